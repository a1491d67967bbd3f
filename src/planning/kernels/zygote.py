"""The zygote: a process that has only imported, and forks itself into a child for whoever asks on its socket.

It imports and never computes: a library whose threads have worked hangs or aborts after a fork, so the threads are looked at
before every fork. A connection is a child's lease: whoever ends it, or dies, kills the child and its process group, and a
child's end is told on it. Lines of JSON:

    → {"target": "module:function", "arguments": […], "environ": {…}, "cwd": "…", …}   with stdin, stdout and stderr
    ← {"pid": 4711}   with the child's pidfd, and at its end   {"exit": 0}
    ← {"refused": "why"}   where a cold start is the better one

Started by planning.kernels.forking.Zygote; it ends with its owner, or when its stdin does. Linux only.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

LONGEST = 4 << 20
"""Bytes of the longest request; an environment is two million at most."""
PATIENCE = 5.0
"""Seconds in which a request has to be there as a whole."""
MOST = 128
"""Connections at a time."""
HARMLESS = ("jemalloc_bg_thd",)
"""Threads that may be there at a fork: jemalloc's own stops and starts by itself around it (its pthread_atfork handlers)."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
READ_AT_IMPORT = re.compile(
    "PYTHON.*|LD_.*|LANG|LANGUAGE|LC_.*|HOME|XDG_.*|TMPDIR|TEMP|TMP|MPLCONFIGDIR|MATPLOTLIBRC|GLIBC_TUNABLES|"
    "(OMP|GOMP|KMP|OPENBLAS|MKL|NUMEXPR|MALLOC|ARROW|PANDAS|NPY|NUMPY|SCIPY|SKLEARN|JOBLIB|LOKY|TQDM|DASK|SQLALCHEMY)_.*"
)
"""Names in the environment that Python or a library reads once, when it is imported."""
PEER = struct.Struct("3i")
LATE = -2
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Order(NamedTuple):
    """What a child is to do: whom to call, and the surroundings it would have had from the process that asks for it."""

    target: str
    arguments: list[Any]
    environ: dict[str, str]
    cwd: str
    inherited: dict[str, Any]
    streams: tuple[int, int, int]


# ------------------------------------------------------------------------------------------ what both sides of the socket say


def peer(connection: socket.socket) -> tuple[int, int]:
    """Process id and user of the other side, as the kernel knows them."""
    pid, user, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return pid, user


def inherited() -> dict[str, Any]:
    """What a process has from its parent besides environment and streams: which Python, umask, ignored signals, niceness, cores, limits."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    ignored = int(re.search(r"^SigIgn:\s*(\w+)", status, re.M)[1], 16)
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return {
        "python": [sys.executable, sys.prefix],
        "umask": int(re.search(r"^Umask:\s*(\d+)", status, re.M)[1], 8),
        "ignored": [number for number in range(1, 65) if ignored >> number - 1 & 1],
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "cores": sorted(os.sched_getaffinity(0)),
        "limits": {name: list(resource.getrlimit(getattr(resource, name))) for name in names},
    }


@contextlib.contextmanager
def short_name(address: str):
    """A name of a socket that fits into a socket's address, however long the path of its folder is."""
    folder, name = os.path.split(address)
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{opened}/{name}"
    finally:
        os.close(opened)


# ------------------------------------------------------------------------------------------------------------- before the fork


def preload(modules: list[str]) -> None:
    """Import them, each "module" or "module:name,name" for `from module import name`; one that can't be imported is skipped."""
    for wanted in modules:
        module, _, names = wanted.partition(":")
        try:
            __import__(module, fromlist=names.split(",") if names else [])
        except (Exception, SystemExit) as broken:
            print(f"skipped {wanted}: {type(broken).__name__}: {broken}", file=sys.stderr, flush=True)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that holds an object


def look_at(folders: list[str]) -> dict[str, tuple[int, int]]:
    """Time and size of every source file below the folders, and when a package was last installed."""
    seen = {path: (os.stat(path).st_mtime_ns, 0) for path in sys.path if path.endswith("-packages") and os.path.isdir(path)}
    below = list(folders)
    while below:
        with contextlib.suppress(OSError), os.scandir(below.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    about = entry.stat()
                    seen[entry.path] = (about.st_mtime_ns, about.st_size)
                elif not entry.name.startswith((".", "__")) and entry.is_dir():
                    below.append(entry.path)
    return seen


def other_threads() -> list[str]:
    """The threads that a fork would leave behind in the middle of something, by name."""
    names = []
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            names.append(Path(f"/proc/self/task/{thread}/comm").read_text().strip() if int(thread) != os.getpid() else "")
    return sorted(name for name in names if name and name not in HARMLESS)


def differing(environ: dict[str, str], ours: dict[str, str]) -> list[str]:
    """Names in the environment that would have made another process of this one, which began with `ours`.

    What the imports wrote into it since is no difference: who asks may have imported the same.
    """
    read = {name for name in environ.keys() | ours.keys() if READ_AT_IMPORT.fullmatch(name) and name not in ONE_THREAD}
    threads = [name for name in ONE_THREAD if environ.get(name, "1") != "1"]
    if "OMP_NUM_THREADS" not in environ:
        threads.append("OMP_NUM_THREADS")
    return sorted([*threads, *(name for name in read if environ.get(name) not in (ours.get(name), os.environ.get(name)))])


def beyond(wanted: dict[str, Any]) -> list[str]:
    """What can't be had from this process: another Python, a better niceness, higher limits."""
    ours = inherited()
    names = ["python"] if wanted["python"] != ours["python"] else []
    if wanted["nice"] < ours["nice"]:
        names.append("nice")
    for name, (_, hard) in wanted["limits"].items():
        most = ours["limits"][name][1]
        if most != resource.RLIM_INFINITY and (hard == resource.RLIM_INFINITY or hard > most):
            names.append(name)
    return names


def in_the_way(cwd: str) -> list[str]:
    """Files of a working folder that a cold start would have imported, or read at import, instead of what is loaded here."""
    loaded = {module.partition(".")[0] for module in sys.modules}
    found = []
    with os.scandir(cwd) as entries:
        for entry in entries:
            module = entry.name.removesuffix(".py")
            package = module == entry.name and module in loaded and os.path.isfile(os.path.join(entry.path, "__init__.py"))
            if entry.name == "matplotlibrc" or package or (module != entry.name and module in loaded):
                found.append(entry.name)
    return sorted(found)


# -------------------------------------------------------------------------------------------------------------- after the fork


def become(order: Order, parent: int, added: dict[str, str]) -> Any:
    """The child's part: a process like one started by who asked, then the call; returns what the call does.

    `added`: what the imports wrote into the environment, as a process that imported them itself would have it.
    """
    os.setsid()
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    _take_streams(order.streams)
    _take_signals({*order.inherited["ignored"], signal.SIGPIPE, signal.SIGXFSZ})
    _take_inherited(order.inherited)
    os.environ.clear()
    os.environ.update(added | order.environ)
    time.tzset()
    os.chdir(order.cwd)
    _forget_the_zygote()
    module, _, name = order.target.partition(":")
    return getattr(importlib.import_module(module), name)(*order.arguments)


def _take_streams(streams: tuple[int, int, int]) -> None:
    """Standard streams as Python would open them over these descriptors."""
    for number, (handed, name) in enumerate(zip(streams, ("stdin", "stdout", "stderr"), strict=True)):
        os.dup2(handed, number)
        os.close(handed)
        old = getattr(sys, f"__{name}__")
        raw = io.FileIO(number, "w" if number else "r", closefd=False)
        raw.name = f"<{name}>"
        unbuffered = bool(number) and old.write_through  # PYTHONUNBUFFERED
        buffer = raw if unbuffered else io.BufferedWriter(raw) if number else io.BufferedReader(raw)
        by_line = not unbuffered and (name == "stderr" or os.isatty(number))
        new = io.TextIOWrapper(buffer, old.encoding, old.errors, "\n", by_line, unbuffered)
        new.mode = "w" if number else "r"
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def _take_signals(ignored: set[int]) -> None:
    """Every signal handled as in a Python just started by who ignores these, and none blocked."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    if signal.SIGINT not in ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _take_inherited(wanted: dict[str, Any]) -> None:
    os.umask(wanted["umask"])
    os.sched_setaffinity(0, wanted["cores"])
    os.nice(wanted["nice"] - os.getpriority(os.PRIO_PROCESS, 0))
    for name, limits in wanted["limits"].items():
        resource.setrlimit(getattr(resource, name), tuple(limits))


def _forget_the_zygote() -> None:
    """No two children draw the same (Python's own generator sees to itself), and the main thread has its new number."""
    threading.main_thread()._set_native_id()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "multiprocessing.process" in sys.modules:
        sys.modules["multiprocessing.process"].current_process().authkey = os.urandom(32)


def end(value: Any) -> None:
    """As Python ends, with `value` for sys.exit: threads waited for, exit functions called, what is no longer used freed, buffers written.

    The modules, which are the zygote's too, are not taken apart: that alone would take longer than a short child's work.
    """
    threading._shutdown()
    atexit._run_exitfuncs()
    gc.collect()
    code = value if isinstance(value, int) else 0
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        code = code or 120
    ctypes.CDLL(None).fflush(None)
    os._exit(code & 0xFF)


# ------------------------------------------------------------------------------------------------------------------ the server


@dataclass(eq=False)
class Lease:
    """A connection, first with a request to come and then with a child; `connection` is None when only the child's end is awaited."""

    connection: socket.socket | None
    until: float
    read: bytearray = field(default_factory=bytearray)
    handed: list[int] = field(default_factory=list)
    pid: int = 0
    pidfd: int = -1


class Server:
    """Leases handed out on one socket, by one thread that waits for nobody in particular."""

    def __init__(self, told: dict[str, Any], environ: dict[str, str]):
        self.told, self.environ, self.pid = told, environ, os.getpid()
        self.owner = os.pidfd_open(told["owner"])
        self.listener = socket.socket(fileno=told["listener"]) if told.get("listener") else self._listen(told["address"])
        self.listener.setblocking(False)
        self.leases: list[Lease] = []
        self.seen = look_at(told["watched"])
        self.stale = False

    @staticmethod
    def _listen(address: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)
        with short_name(address) as name:
            listener.bind(name)
        listener.listen(8 * MOST)  # a full queue is an error to a client with a timeout
        return listener

    def serve(self) -> tuple[Order, dict[str, str]] | None:
        """Answer until the owner is gone (None), or until this is a child: what it is to do, and what imports added to the environment."""
        while not self._owner_gone():
            for lease, readable in self._wait():
                order = self._turn(lease, readable)
                if order is not None:
                    return order, {name: value for name, value in os.environ.items() if name not in self.environ and name != "MPLBACKEND"}
            if self.stale and not any(lease.pid for lease in self.leases):
                self._begin_anew()
        return None

    def _wait(self) -> list[tuple[Lease | None, int]]:
        """Who has something to say, as (lease, descriptor), None for the listener; and who has waited too long, with LATE."""
        poll, whose = select.poll(), {self.listener.fileno(): None}
        for lease in self.leases:
            whose |= {lease.connection.fileno(): lease} if lease.connection else {}
            whose |= {lease.pidfd: lease} if lease.pid else {}
        for descriptor in (0, self.owner, *whose):
            poll.register(descriptor, select.POLLIN)
        untils = [lease.until for lease in self.leases if not lease.pid]
        ready = poll.poll(max(0.0, min(untils) - time.monotonic()) * 1000 + 1 if untils else None)
        late = [(lease, LATE) for lease in self.leases if not lease.pid and lease.until < time.monotonic()]
        return [(whose[descriptor], descriptor) for descriptor, _ in ready if descriptor in whose] + late

    def _owner_gone(self) -> bool:
        poll = select.poll()
        for descriptor in (0, self.owner):
            poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))

    def _turn(self, lease: Lease | None, descriptor: int) -> Order | None:
        if lease is None:
            self._accept()
        elif lease not in self.leases:
            pass  # it ended a moment ago, by its other descriptor
        elif descriptor == LATE:
            self._refuse(lease, "the request took too long")
        elif descriptor == lease.pidfd:
            self._reap(lease)
        elif lease.pid:
            self._kill(lease)  # its client has nothing more to say but that it is gone
        else:
            return self._read(lease)
        return None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # nobody there after all
            connection, _ = self.listener.accept()
            lease = Lease(connection, time.monotonic() + PATIENCE)
            connection.setblocking(False)
            self.leases.append(lease)
            if peer(connection)[1] != os.geteuid():
                self._refuse(lease, "another user")
            elif len(self.leases) > MOST:
                self._refuse(lease, "too many at a time")

    def _read(self, lease: Lease) -> Order | None:
        try:
            data, handed, _, _ = socket.recv_fds(lease.connection, 1 << 18, 3, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return None
        except OSError:
            data, handed = b"", []
        lease.read += data
        lease.handed += handed
        if not data:
            self._end(lease)
        elif len(lease.read) > LONGEST or len(lease.handed) > 3:
            self._refuse(lease, "the request is too long")
        elif lease.read.endswith(b"\n"):
            return self._answer(lease)
        return None

    def _answer(self, lease: Lease) -> Order | None:
        """Fork where nothing speaks against it: in the child, what it is to do."""
        try:
            asked = json.loads(lease.read)
            order = Order(*(asked[name] for name in Order._fields[:-1]), tuple(lease.handed))
            why = "no streams" if len(order.streams) != 3 else self._objection(order)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError) as wrong:
            why = f"no request: {type(wrong).__name__}: {wrong}"
        if why:
            self._refuse(lease, why)
            return None
        try:
            lease.pid = os.fork()
        except OSError as broken:  # too many processes, too little memory
            self._refuse(lease, f"no fork: {broken.strerror}")
            return None
        if not lease.pid:
            self._leave(lease)
            return order
        lease.pidfd = os.pidfd_open(lease.pid)
        self._let_go(lease)
        self._say(lease, {"pid": lease.pid}, lease.pidfd)
        return None

    def _objection(self, order: Order) -> str:
        """Why a child would not be like a process started cold; empty where it would."""
        self.stale = self.stale or look_at(self.told["watched"]) != self.seen
        if self.stale:
            return "sources have changed"
        found = {
            "other threads": other_threads(),
            "the environment differs": differing(order.environ, self.environ),
            "can't be had": beyond(order.inherited),
            "in the working folder": in_the_way(order.cwd) if os.access(order.cwd, os.X_OK) else ["no such folder"],
        }
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in found.items() if names)

    def _refuse(self, lease: Lease, why: str) -> None:
        self._say(lease, {"refused": why})
        print(f"refused: {why}", file=sys.stderr, flush=True)
        self._end(lease)

    @staticmethod
    def _say(lease: Lease, said: dict[str, Any], descriptor: int = -1) -> None:
        """One line to a client, who may be gone: then the connection says so, too."""
        with contextlib.suppress(OSError):
            if lease.connection:
                socket.send_fds(lease.connection, [json.dumps(said).encode() + b"\n"], [descriptor] if descriptor >= 0 else [])

    def _kill(self, lease: Lease) -> None:
        """The child and all of its group; it is not reaped yet, so its number is its own."""
        lease.connection.close()
        lease.connection = None
        try:
            os.killpg(lease.pid, signal.SIGKILL)
        except ProcessLookupError:  # forked a moment ago, no group of its own yet
            os.kill(lease.pid, signal.SIGKILL)

    def _reap(self, lease: Lease) -> None:
        if os.waitid(os.P_PID, lease.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(lease.pid, signal.SIGKILL)  # what it started and left behind; not reaped yet, its number is its own
        pid, status = os.waitpid(lease.pid, os.WNOHANG)
        if pid:
            self._say(lease, {"exit": os.waitstatus_to_exitcode(status)})
            self._end(lease)

    def _end(self, lease: Lease) -> None:
        self.leases.remove(lease)
        self._let_go(lease)
        if lease.connection:
            lease.connection.close()
        if lease.pidfd >= 0:
            os.close(lease.pidfd)

    @staticmethod
    def _let_go(lease: Lease) -> None:
        for descriptor in lease.handed:
            os.close(descriptor)
        lease.handed = []

    def _leave(self, ours: Lease) -> None:
        """In a child: nothing of the zygote's stays open but the three streams that were handed over."""
        ours.handed, ours.pid = [], 0
        for lease in list(self.leases):
            self._end(lease)
        self.listener.close()
        os.close(self.owner)

    def close(self) -> None:
        """The owner is gone: every child is, too."""
        for lease in [lease for lease in self.leases if lease.pid]:
            if lease.connection:
                self._kill(lease)
            os.waitpid(lease.pid, 0)
        shutil.rmtree(os.path.dirname(self.told["address"]), ignore_errors=True)

    def _begin_anew(self) -> None:
        """The same process with the new sources, listening on the same socket; nobody has a child of it now."""
        os.set_inheritable(self.listener.fileno(), True)
        told = self.told | {"listener": self.listener.fileno()}
        os.execve(sys.executable, [sys.executable, "-m", "planning.kernels.zygote", json.dumps(told)], self.environ)


def main() -> None:
    """The zygote's process, and its children's: told by its first argument where to listen, what to import, what to watch."""
    told, environ = json.loads(sys.argv[1]), dict(os.environ)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.path[0] == os.getcwd():
        del sys.path[0]  # as ipykernel_launcher does: a kernel puts its own working folder there
    os.environ.pop("MPLBACKEND", None)
    try:
        server = Server(told, environ)
    except ProcessLookupError:  # the owner was gone before this began
        shutil.rmtree(os.path.dirname(told["address"]), ignore_errors=True)
        return
    if "listener" not in told:
        print("listening", flush=True)
    os.dup2(2, 1)
    preload(told["modules"])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from now on it ends with its owner, and its children with it
    order = server.serve()
    if order is None:
        server.close()
    else:
        end(become(order[0], server.pid, order[1]))  # an exception, SystemExit too, goes the way of every Python's


if __name__ == "__main__":
    # not as __main__: a child that becomes a kernel has another one, and pickles name this module
    from planning.kernels.zygote import main as begin

    begin()
