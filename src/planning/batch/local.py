"""Runs in processes of this machine: each in one of its own, forked from a zygote where there is one, else started cold.

A run's process is the leader of its own group and can't outlive the batch: it holds a lease (a connection to the zygote, or
its standard input) that ends with the batch's process, however that ends. It writes no book: the batch publishes.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planning.batch.executor import News, Wanted
from planning.batch.zygotes import Zygotes
from planning.inputs.aside import aside, move_into_place, written_by
from planning.inputs.params import Home
from planning.run.manifest import surroundings, utc_now, write_manifest
from planning.run.register import FAILED


class Local:
    """An executor of this machine: `parallel` runs at once, each in a process of its own; what they print goes to `log`."""

    def __init__(
        self, home: Home, parallel: int, log: Path, forked: bool = True, environment: Mapping[str, str] | None = None,
        zygotes: Zygotes | None = None,
    ):  # fmt: skip
        self.home, self.parallel, self.log, self.environment = home, parallel, log, dict(environment or {})
        self.zygotes = zygotes or (Zygotes(home) if forked else None)
        self._own = None if zygotes else self.zygotes
        self.going: dict[str, Going] = {}
        self.unborn: list[News] = []
        self.ready = selectors.DefaultSelector()

    def free(self) -> int:
        """How many more runs may be started now."""
        return self.parallel - len(self.going)

    def start(self, wanted: Wanted) -> None:
        """Begin a run in a process of its own."""
        try:
            process, channel = self._begun(wanted)
        except OSError as broken:
            self.unborn.append(News(wanted.run, "lost", reason=f"could not be started: {broken}"))
            return
        self.going[wanted.run] = Going(wanted, process, channel)
        self.ready.register(channel, selectors.EVENT_READ, wanted.run)

    def _begun(self, wanted: Wanted) -> tuple[Any, int]:
        """A run's process, and the end of a pipe on which it tells."""
        environment = os.environ | {"OMP_NUM_THREADS": "1"} | self.environment
        environment |= self.zygotes.environment() if self.zygotes else {}
        asked = {"home": str(self.home.root), "outputs": str(self.home.outputs), "wanted": asdict(wanted)}
        channel, theirs = os.pipe()
        try:
            with open(theirs, "wb") as told, self.log.open("ab") as log:
                surroundings = {"env": environment, "cwd": self.log.parent, "stdout": told, "stderr": log}
                process = self.zygotes.fork("planning.batch.worker:work", [asked], **surroundings) if self.zygotes else None
                process = process or Cold(asked, **surroundings)
        except BaseException:
            os.close(channel)
            raise
        os.set_blocking(channel, False)
        return process, channel

    def news(self, timeout: float) -> list[News]:
        """What the runs' processes told, and which of them ended."""
        told, self.unborn = self.unborn, []
        for key, _ in self.ready.select(0 if told else timeout):
            going = self.going[key.data]
            told += going.read()
            if going.silent:
                self.ready.unregister(going.channel)
                del self.going[key.data]
                told.append(going.end(self.home))
        return told

    def stop(self, run: str, reason: str = "") -> None:
        """Kill a run's processes; with a reason what it had written is kept."""
        if going := self.going.get(run):
            going.stop(self.home, reason)

    def close(self) -> None:
        """Kill what is still going on, and end the zygotes, if they are its own."""
        for going in self.going.values():
            going.stop(self.home)
            going.end(self.home)
        self.going.clear()
        self.ready.close()
        if self._own:
            self._own.close()


class Cold:
    """A run's process started cold; its standard input is its lease. The same doors as a forked child's."""

    def __init__(self, asked: dict[str, Any], **surroundings: Any):
        words = [sys.executable, "-P", "-m", "planning.batch.worker"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True, **surroundings)
        self.pid = self._process.pid
        with contextlib.suppress(BrokenPipeError):  # it died at once: its end is told
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code (below zero: the signal). subprocess.TimeoutExpired while it lives."""
        return self._process.wait(timeout)

    def signal(self, number: int) -> None:
        """Send its whole group a signal."""
        with contextlib.suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.killpg(self.pid, number)

    def close(self) -> None:
        """Give up the lease, which ends it."""
        self.signal(signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


class Going:
    """One run that is going on: its process, and the pipe on which it tells how far it is and how it ended."""

    def __init__(self, wanted: Wanted, process: Any, channel: int):
        self.wanted, self.process, self.channel = wanted, process, channel
        self.silent, self._read, self._said, self._why, self._kept = False, b"", None, "", None

    def read(self) -> list[News]:
        """The cells it told of since the last time; `silent` when nothing more will come."""
        told = []
        for line in self._lines():
            said = json.loads(line)
            if "cell" in said:
                told.append(News(self.wanted.run, "cell", said["cell"], said["cells"]))
            else:
                self._said = said
        return told

    def _lines(self) -> list[bytes]:
        try:
            while part := os.read(self.channel, 1 << 16):
                self._read += part
            self.silent = True
        except BlockingIOError:
            pass
        *whole, self._read = self._read.split(b"\n")
        return whole

    def stop(self, home: Home, reason: str = "") -> None:
        """Freeze it, set apart what it wrote where there is a reason, and kill it."""
        if reason and not self._why:
            self._why = reason
            self.process.signal(signal.SIGSTOP)  # so that it doesn't notice, and nobody takes what it wrote for a dead one's
            self._kept = _set_apart(home, self.wanted, self.process.pid)
        self.process.signal(signal.SIGKILL)

    def end(self, home: Home) -> News:
        """How it ended; nothing of it lives afterwards."""
        try:
            code = self.process.wait(10.0)
        except subprocess.TimeoutExpired:
            code = None
        self.process.close()
        os.close(self.channel)
        if self._said:
            return News(self.wanted.run, **self._said)
        for written in _aside(home, self.wanted, self.process.pid):
            shutil.rmtree(written, ignore_errors=True)
        if self._why:
            folder = keep_stopped(home, self.wanted, self._kept, self._why) if self._kept else ""
            return News(self.wanted.run, "failed", reason=self._why, folder=str(folder))
        return News(self.wanted.run, "lost", reason=f"its process {say_end(code)}")


def say_end(code: int | None) -> str:
    """How a process ended, from its exit code."""
    if code is None:
        return "fell silent"
    if code >= 0:
        return f"ended with exit code {code}"
    hint = " (out of memory?)" if code == -signal.SIGKILL else ""
    return f"was killed by {signal.Signals(-code).name}{hint}"


def _set_apart(home: Home, wanted: Wanted, pid: int) -> Path | None:
    """What a process was writing aside, under a name of this process, so that no other clears it away."""
    for written in _aside(home, wanted, pid):
        ours = aside(written.parent)
        with contextlib.suppress(OSError):  # it was moved into place this moment
            os.rename(written, ours)
            return ours
    return None


def _aside(home: Home, wanted: Wanted, pid: int) -> list[Path]:
    """The folders a run's process was writing."""
    return [path for path in written_by(home.outputs / wanted.company / wanted.notebook, pid) if path.is_dir()]


def keep_stopped(home: Home, wanted: Wanted, written: Path, reason: str) -> Path:
    """A stopped run's unfinished folder under failed/, with a manifest that says why."""
    place = written.parent / FAILED
    about = {name: getattr(wanted, name) for name in ("run", "notebook", "company", "case", "params", "batch")}
    about |= {"snapshot": wanted.params.get("snapshot", ""), "finished": utc_now(), "status": "failed", "reason": reason}
    write_manifest(written, about | {"started": utc_now(), **surroundings(home.root)})
    (written / "traceback.txt").write_text(reason + "\n", encoding="utf-8")
    place.mkdir(exist_ok=True)
    kept = place / wanted.run
    while kept.exists():
        kept = place / f"{wanted.run[:-8]}{os.urandom(4).hex()}"
    move_into_place(written, kept)
    return kept
