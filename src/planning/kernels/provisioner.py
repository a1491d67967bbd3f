"""The provisioner: what jupyter_client starts a kernel with; forked where there is a zygote, cold where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import sys
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from planning.kernels.forking import Child, UnavailableError, fork

ZYGOTE = "PLANNING_ZYGOTE"
"""Names the address of the zygote of kernels."""
HEAD = ("-m", "ipykernel_launcher")
KNOWN = {"env", "cwd", "stdout", "stderr", "kernel_id", "extra_arguments", "independent"}
"""What a launch may be told for a child to be like it; whatever else is meant for a process started cold."""


class ForkedProvisioner(LocalProvisioner):
    """LocalProvisioner with kernels forked from a zygote; `started` says "forked", or "cold" and why."""

    process: Any = None
    started = ""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """A kernel in a child of the zygote; as LocalProvisioner would start it where there can be none."""
        try:
            self.process = await asyncio.to_thread(self._forked, cmd, kwargs)
        except UnavailableError as why:
            self.started = f"cold: {why}"
            self.log.debug("kernel %s: %s", self.kernel_id, self.started)
            return await super().launch_kernel(cmd, **kwargs)
        self.started = "forked"
        self.log.debug("kernel %s: forked, process %d", self.kernel_id, self.process.pid)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or pathlib.Path.cwd()
        return self.connection_info

    @staticmethod
    def _forked(cmd: list[str], told: dict[str, Any]) -> Child:
        """UnavailableError where a child of the zygote would not be what was asked for."""
        address = (told.get("env") or os.environ).get(ZYGOTE)
        if not address:
            raise UnavailableError(f"no {ZYGOTE}")
        if cmd[0] != sys.executable or tuple(cmd[1:3]) != HEAD:
            raise UnavailableError("another kernel")
        if not told.keys() <= KNOWN or told.get("independent"):
            raise UnavailableError(f"asked for {', '.join(sorted(told.keys() - KNOWN)) or 'independence'}")
        empty, end = os.pipe()  # what LocalProvisioner gives a kernel to read from
        os.close(end)
        try:
            streams = {name: told.get(name) for name in ("stdout", "stderr")}
            return fork(address, "planning.kernels.kernel:run", [cmd[3:]], told.get("env"), told.get("cwd"), stdin=empty, **streams)
        finally:
            os.close(empty)

    async def wait(self) -> int | None:
        """The kernel's exit code, when it has ended."""
        if not isinstance(self.process, Child):
            return await super().wait()
        while (code := self.process.poll()) is None:
            await asyncio.sleep(0.01)
        self.process.close()
        self.process = None
        return code

    async def send_signal(self, signum: int) -> None:
        """A signal to the kernel's process group."""
        if isinstance(self.process, Child):
            self.process.signal(signum)
        else:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """As LocalProvisioner, and the lease given back: nothing of a forked kernel stays."""
        await super().cleanup(restart)
        if isinstance(self.process, Child):
            with contextlib.suppress(OSError):
                self.process.close()
            self.process = None
