"""A notebook kernel in a process forked from the zygote, and what starts it for papermill, nbclient and Voila."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from queue import Empty
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import CaselessStrEnum, DottedObjectName, Type, default

from planning.kernels.provisioner import ZYGOTE

FILTERS = tuple(warnings.filters)
"""In the zygote: the filters of warnings before the notebooks' modules added theirs."""
INLINE = "module://matplotlib_inline.backend_inline"
LAUNCHER = "ipykernel_launcher"
SPEC = KernelSpec(
    argv=[sys.executable, "-m", LAUNCHER, "-f", "{connection_file}"], display_name="Python 3", language="python",
    metadata={"kernel_provisioner": {"provisioner_name": "planning-forked"}},
)  # fmt: skip
NEAR = 10
"""Milliseconds between attempts to reach a kernel that doesn't listen yet; ZeroMQ's own hundred are longer than the kernel takes."""

SOCKET = "s"
LONGEST_NAME = 100
"""Bytes of a socket's name, with two to come for its number; the system allows 107."""


def run(arguments: list[str]) -> None:
    """In the child: `python -m ipykernel_launcher` with these arguments, as it would have been in a process of its own."""
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as the kernel itself will, between cells
    launcher = importlib.util.find_spec(LAUNCHER).origin
    sys.argv = [launcher, *arguments]
    sys.orig_argv = [sys.executable, "-m", LAUNCHER, *arguments]
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    added = [said for said in warnings.filters if said not in FILTERS]
    warnings.filters[:] = FILTERS
    _choose_inline()
    app = IPKernelApp.instance(parent_handle=os.getppid())
    _drop_nothing(app)
    app.initialize(arguments)
    warnings.filters[:0] = added  # a notebook's imports come after the kernel's own filters
    _choose_widths()
    app.start()
    app.control_thread.stop()  # it may still flush what the shutdown said, for which it needs the threads that are stopped next
    app.control_thread.join(5)


def _choose_inline() -> None:
    """The backend that matplotlib would have found in the environment, had it been imported in the kernel."""
    os.environ["MPLBACKEND"] = os.environ.get("MPLBACKEND") or INLINE
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]


def _drop_nothing(app: Any) -> None:
    """No limit to the outputs under way: past a thousand ZeroMQ drops them, the word that a cell is done among them."""
    begin = app.init_iopub

    def init_iopub(context: zmq.Context) -> None:
        context.sndhwm = 0
        begin(context)

    app.init_iopub = init_iopub


def _choose_widths() -> None:
    """The options that pandas would have found for a notebook, had it been imported in the kernel."""
    if "pandas" in sys.modules:
        config = sys.modules["pandas._config.config"]
        for name, value in (("display.max_columns", 20), ("display.encoding", sys.stdout.encoding)):
            config._registered_options[name] = config._registered_options[name]._replace(defval=value)
            config.reset_option(name)


def _near_context() -> zmq.asyncio.Context:
    """What sockets to a kernel are made from: they try again soon, and take all that comes."""
    context = zmq.asyncio.Context()
    context.reconnect_ivl = NEAR
    context.rcvhwm = 0  # no limit: where a client reads more slowly than a notebook prints, the kernel would drop outputs
    return context


class NearClient(AsyncKernelClient):
    """A kernel's client that says ready as soon as the kernel is: the kernel's greeting on iopub has come, and its answer on shell."""

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        return _near_context()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when both channels work. RuntimeError when the kernel died, or after `timeout` seconds."""
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            await self._greeted()
            if await self._answered():
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _greeted(self) -> None:
        """What the kernel says first on iopub, once it is heard there; asked before that, it would answer unheard."""
        with suppress(Empty):
            await self.iopub_channel.get_msg(timeout=1)

    async def _answered(self) -> bool:
        """Whether a kernel_info request was answered, and its last word on iopub read."""
        asked = self.kernel_info()
        try:
            while (reply := await self.shell_channel.get_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            self._handle_kernel_info_reply(reply)
            while True:
                said = await self.iopub_channel.get_msg(timeout=1)
                if said["parent_header"].get("msg_id") == asked and said["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False


class ForkedKernelManager(AsyncKernelManager):
    """Starts this interpreter's own ipykernel, forked where PLANNING_ZYGOTE names a zygote, cold otherwise.

    For papermill's and nbclient's `kernel_manager_class`; it asks for no installed kernelspec. Where there is a zygote
    they talk over sockets in a folder of the kernel's own: a TCP port that is free when it is chosen may be another's by the time the
    kernel binds it. Elsewhere over TCP, as Jupyter's own.
    """

    _folder = ""

    transport = CaselessStrEnum(["tcp", "ipc"], default_value="ipc", config=True)
    client_class = DottedObjectName("planning.kernels.kernel.NearClient", config=True)
    client_factory = Type(NearClient, AsyncKernelClient, config=True)

    @default("context")
    def _context_near(self) -> zmq.asyncio.Context:
        self._created_context = True
        return _near_context()

    @property
    def kernel_spec(self) -> KernelSpec:
        """The interpreter that runs this, whatever kernels are installed."""
        return SPEC

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        if self.transport == "ipc" and not self.trait_has_value("ip") and not self.connection_file:
            self._take_folder(os.path.dirname((kw.get("env") or os.environ).get(ZYGOTE, "")))
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel

    def _take_folder(self, place: str) -> None:
        """A folder for connection file and sockets beside the zygote's, which goes with it; ports where there is none."""
        if os.access(place, os.W_OK) and len(os.fsencode(os.path.join(place, "kernel-12345678", SOCKET))) < LONGEST_NAME:
            self._folder = tempfile.mkdtemp(prefix="kernel-", dir=place)
            self.connection_file = os.path.join(self._folder, "kernel.json")
            self.ip = os.path.join(self._folder, SOCKET)
        else:
            self.transport = "tcp"

    def cleanup_connection_file(self) -> None:
        """Remove the connection file, and the folder it is in where that is the kernel's own."""
        super().cleanup_connection_file()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def started(self) -> str:
        """How the kernel was started: "forked", or "cold" and why; empty before."""
        return getattr(self.provisioner, "started", "")

    async def _async_wait(self, pollinterval: float = 0.01) -> None:
        while await self.is_alive():
            await asyncio.sleep(min(pollinterval, 0.01))
