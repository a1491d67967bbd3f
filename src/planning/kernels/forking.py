"""Processes forked from a zygote, for those who start them: the zygote's owner, and the children that clients ask for.

A client that gets no child (UnavailableError says why) starts its process cold; nothing but time is lost.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planning.kernels.zygote import ONE_THREAD, inherited, peer, short_name

WAIT = 30.0
"""Seconds after which a zygote that doesn't answer counts as none; its imports are part of the wait."""
WHOLE_GROUP = 4  # PIDFD_SIGNAL_PROCESS_GROUP
CHILDREN: weakref.WeakSet[Child] = weakref.WeakSet()


class UnavailableError(Exception):
    """No child can be forked, and why: start cold."""


class Zygote:
    """A zygote's owner: starts it, knows its address, ends it; whatever becomes of the owner, the zygote and its children end with it.

    `modules`: what it imports, each "module" or "module:name,name" (see planning.kernels.preload). `watched`: folders of sources; when
    one of their files changes, clients are refused until the zygote has begun anew. `env`: its environment, this process's where none
    is given.
    """

    def __init__(self, modules: Sequence[str], watched: Sequence[str | Path] = (), env: Mapping[str, str] | None = None):
        self.modules, self.watched = list(modules), [str(Path(folder).resolve()) for folder in watched]
        self._env = env
        self._process: subprocess.Popen | None = None
        self._folder = ""

    def start(self) -> Zygote:
        """Begin it, listening; it imports meanwhile and answers then. UnavailableError where there can be none."""
        if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
            raise UnavailableError(f"not on {sys.platform}")
        try:
            if not os.path.isdir(self._folder):
                self._folder = tempfile.mkdtemp(prefix="planning-zygote-")
            self._begin()
            self._wait_until_listening()
        except (OSError, ValueError) as broken:
            self.close()
            raise UnavailableError(f"no zygote: {broken}") from broken
        return self

    def _begin(self) -> None:
        told = {"address": self.address, "owner": os.getpid(), "modules": self.modules, "watched": self.watched}
        words = [sys.executable, "-m", "planning.kernels.zygote", json.dumps(told)]
        environ = {**(os.environ if self._env is None else self._env), **dict.fromkeys(ONE_THREAD, "1")}
        with open(os.path.join(self._folder, "log"), "ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=self._folder, env=environ, start_new_session=True
            )

    def _wait_until_listening(self) -> None:
        with self._process.stdout as said:
            ready, _, _ = select.select([said], [], [], WAIT)
            if not ready or said.readline() != b"listening\n":
                raise OSError(self.log().strip().rpartition("\n")[2] or "it does not answer")

    @property
    def address(self) -> str:
        """Where it listens: a socket in a folder that nobody else may enter."""
        return os.path.join(self._folder, "socket")

    @property
    def pid(self) -> int:
        """The zygote's process, 0 where there is none."""
        return self._process.pid if self.alive else 0

    @property
    def alive(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def ensure(self) -> Zygote:
        """Started anew, at the same address, where it died. UnavailableError where that fails."""
        return self if self.alive else self.start()

    def log(self) -> str:
        """What it said: modules skipped, requests refused."""
        with contextlib.suppress(OSError):
            return Path(self._folder, "log").read_text(encoding="utf-8", errors="replace")
        return ""

    def close(self) -> None:
        """It ends, and every child of it; nothing of it is left."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.terminate()  # heard only while it imports and has no child
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Zygote:
        return self if self.alive else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class Child:
    """A forked process: `pid`, and its connection to the zygote, which is its lease.

    When the connection ends (close, or this process does) the child and its process group are killed. `returncode` is as
    subprocess.Popen's: None while it runs, negative where a signal ended it.
    """

    def __init__(self, connection: socket.socket, pid: int, pidfd: int, read: bytes = b""):
        self.pid, self.returncode = pid, None
        self._connection, self._pidfd, self._read = connection, pidfd, read
        self._end = weakref.finalize(self, _close, connection, pidfd)
        connection.setblocking(False)
        CHILDREN.add(self)

    def fileno(self) -> int:
        """A descriptor that becomes readable when there is news: look with poll()."""
        return self._connection.fileno()

    def poll(self) -> int | None:
        """Its exit code, None while it runs. A child whose zygote was killed was killed with it."""
        while self.returncode is None:
            if self._read.endswith(b"\n"):
                self.returncode = json.loads(self._read)["exit"]
            elif (data := self._news()) is None:
                break
            elif not data:
                self.kill()  # what is left of its group
                self.returncode = -signal.SIGKILL
            else:
                self._read += data
        return self.returncode

    def _news(self) -> bytes | None:
        """What the zygote said, nothing when it is gone, None while it is silent."""
        try:
            return self._connection.recv(4096)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code when it has ended. subprocess.TimeoutExpired where it has not in `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(f"child {self.pid}", timeout)
            _readable(self._connection, left)
        return self.returncode

    def signal(self, number: int) -> None:
        """A signal to it and its process group; none where it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                try:
                    self._signal_group(number)
                except ProcessLookupError:  # forked a moment ago, no group of its own yet
                    signal.pidfd_send_signal(self._pidfd, number)

    def _signal_group(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, number, None, WHOLE_GROUP)
        except OSError as broken:
            if broken.errno != errno.EINVAL:  # which is what Linux before 6.9 says
                raise
            signal.pidfd_send_signal(self._pidfd, 0)  # still there: its number is its own
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Kill it and its process group."""
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Give the lease back: whatever still runs of it is killed."""
        if self.poll() is None:
            self.returncode = -signal.SIGKILL
        self._end()


def _close(connection: socket.socket, pidfd: int) -> None:
    connection.close()
    os.close(pidfd)


def _readable(connection: socket.socket, seconds: float | None) -> None:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.poll(None if seconds is None else seconds * 1000 + 1)


def _disown() -> None:
    """A process forked from a client has no children here; its copies would keep leases alive."""
    for child in list(CHILDREN):
        child._end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown)


def fork(
    address: str,
    target: str,
    arguments: Sequence[Any] = (),
    env: dict[str, str] | None = None,
    cwd: str | Path | None = None,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    timeout: float = WAIT,
) -> Child:
    """A child of the zygote at `address` that calls `target` ("module:function") with `arguments`, which JSON can hold.

    It exits as Python would, with what the function returns. Environment, working folder and streams (descriptors, files) are the
    caller's where none are given; stdin is empty then.
    UnavailableError where the zygote isn't there, doesn't answer, is another user's, or refuses.
    """
    wanted = {
        "target": target, "arguments": list(arguments), "environ": dict(os.environ if env is None else env),
        "cwd": os.path.abspath(cwd or os.getcwd()), "inherited": inherited(),
    }  # fmt: skip
    connection = _connect(address, timeout)
    try:
        with open(os.devnull) as nothing:
            streams = (nothing if stdin is None else stdin, 1 if stdout is None else stdout, 2 if stderr is None else stderr)
            descriptors = [stream if isinstance(stream, int) else stream.fileno() for stream in streams]
            _send(connection, json.dumps(wanted).encode() + b"\n", descriptors)
        said, rest, handed = _reply(connection)
    except (OSError, ValueError) as broken:
        connection.close()
        raise UnavailableError(f"the zygote did not answer: {broken}") from broken
    if not handed:
        connection.close()
        raise UnavailableError(said.get("refused", "no child came"))
    return Child(connection, said["pid"], handed[0], rest)


def _connect(address: str, timeout: float) -> socket.socket:
    """A connection to a process of this same user."""
    if not hasattr(os, "pidfd_open"):
        raise UnavailableError(f"not on {sys.platform}")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        with short_name(address) as name:
            connection.connect(name)
        user = peer(connection)[1]
    except (OSError, ValueError) as broken:
        connection.close()
        raise UnavailableError(f"no zygote: {broken}") from broken
    if user != os.geteuid():
        connection.close()
        raise UnavailableError("the zygote is another user's")
    return connection


def _send(connection: socket.socket, data: bytes, descriptors: list[int]) -> None:
    sent = socket.send_fds(connection, [data], descriptors)
    if sent < len(data):  # nothing is not sent: whoever answered already may be gone
        connection.sendall(data[sent:])


def _reply(connection: socket.socket) -> tuple[dict[str, Any], bytes, list[int]]:
    """The first line of the answer, what came after it, and the pidfd where there is a child."""
    data, handed, _, _ = socket.recv_fds(connection, 1 << 16, 1, socket.MSG_CMSG_CLOEXEC)
    while data and b"\n" not in data:
        more = connection.recv(1 << 16)
        data = data + more if more else b""
    line, _, rest = data.partition(b"\n")
    return (json.loads(line) if line else {}), rest, handed
