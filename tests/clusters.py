"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own, that can be killed and started again."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from patience import wait_until

QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning", "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False", "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


class Cluster:
    """A scheduler on a port of its own, and workers of one thread; `close` ends all of them. Their words are in `folder`."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None):
        self.folder, self.environment = folder, {**(environment or os.environ), **QUIET}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.scheduler: subprocess.Popen | None = None
        self.workers: list[subprocess.Popen] = []

    @property
    def address(self) -> str:
        """Where the scheduler listens; the same after it was started again."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, workers: int = 3) -> "Cluster":
        """A scheduler and so many workers, begun at once; the workers wait for the scheduler."""
        self.start_scheduler()
        for _ in range(workers):
            self.start_worker()
        return self

    def start_scheduler(self) -> None:
        """The scheduler, on its port, and heard there."""
        words = ["dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port)]
        self.scheduler = self._begin("scheduler", [*words, "--no-dashboard", "--dashboard-address", ":0", "--no-jupyter"])
        assert wait_until(self._listening), self.said()

    def start_worker(self, *words: str, **environment: str) -> subprocess.Popen:
        """One more worker, of one thread unless `words` say otherwise."""
        local = self.folder / f"worker-{len(self.workers)}"
        said = ["dask_worker", self.address, "--no-dashboard", "--local-directory", str(local), "--memory-limit", "0"]
        said += words or ("--nthreads", "1", "--no-nanny")
        self.workers.append(self._begin(f"worker-{len(self.workers)}", said, environment))
        return self.workers[-1]

    def kill_scheduler(self) -> None:
        """The scheduler gone, without a word."""
        self.scheduler.kill()
        self.scheduler.wait()

    def living(self) -> list[subprocess.Popen]:
        """The workers that are there."""
        return [worker for worker in self.workers if worker.poll() is None]

    def close(self) -> None:
        """Everything ended."""
        for process in [*self.workers, self.scheduler]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def said(self) -> str:
        """What the processes wrote, for the reader of a failed test."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    def _begin(self, name: str, words: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
        with (self.folder / f"{name}.log").open("a") as said:
            return subprocess.Popen(
                command, env=self.environment | (environment or {}), cwd=self.folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,
            )  # fmt: skip

    def _listening(self) -> bool:
        assert self.scheduler.poll() is None, self.said()
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0


def _end_with_parent() -> None:
    """A test that is killed leaves no cluster behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Wire:
    """A line to the cluster's scheduler that can be cut: bytes pass both ways until `cut`, and again after `mend`."""

    def __init__(self, port: int):
        self.there, self.port, self.whole = port, free_port(), threading.Event()
        self.ends: list[socket.socket] = []
        self.listening = socket.create_server(("127.0.0.1", self.port))
        self.whole.set()
        threading.Thread(target=self._answer, daemon=True).start()

    @property
    def address(self) -> str:
        """Where this end of the line is."""
        return f"tcp://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection broken, and none taken until `mend`."""
        self.whole.clear()
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()

    def mend(self) -> None:
        """Connections are taken again."""
        self.whole.set()

    def close(self) -> None:
        """The end of the line."""
        self.cut()
        self.listening.close()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                if not self.whole.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.there))
                self.ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 16):
            target.sendall(part)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
