"""What a Dask worker does for a batch: runs, each in a process of its own below it; and it says what it is.

A worker's thread only waits for its run's process, and has left the worker's pool meanwhile, so that fits of notebooks find
room there. The process ends with the worker, and when the scheduler takes the task back: cancelled, its client gone, its
scheduler gone.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import distributed

import planning
from planning.batch.executor import News, Wanted
from planning.batch.local import Local
from planning.inputs.params import Home
from planning.run.fits import ADDRESS
from planning.run.identity import CODE
from planning.run.manifest import PACKAGES

LOOK = 0.05
"""Seconds between two looks at what a run's process said."""
IDLE = 60.0
"""Seconds without a run after which a worker gives up the processes it forks from."""
RUNNING = ("executing", "long-running")
SAME = (*PACKAGES, "cloudpickle", "dask", "distributed", "joblib")
"""Packages whose versions must be the same here and there."""


class Below:
    """The processes below one worker: its threads take turns at one executor of this machine."""

    def __init__(self, home: Home):
        self.local = Local(home, sys.maxsize, Path(os.devnull))
        self.told: dict[str, list[News]] = {}
        self.lock = threading.Lock()
        self.wanted = time.monotonic()
        """When a run last began or ended here."""

    def execute(self, wanted: Wanted, log: Path, fits: str, tell: Callable[[News], None], ending: Callable[[], str | None]) -> News:
        """One run, which prints to `log` and is told where its `fits` go; how it ended.

        `ending` gives a reason to end it, "" to keep nothing of it, None to go on.
        """
        self._start(wanted, log, fits)
        while True:
            for news in self._news(wanted.run):
                if news.what != "cell":
                    return news
                tell(news)
            reason = ending()
            if reason is not None:
                with self.lock:
                    self.local.stop(wanted.run, reason)
            time.sleep(LOOK)

    def _start(self, wanted: Wanted, log: Path, fits: str) -> None:
        """Begin; where the same run is being ended here, it waits for that."""
        while True:
            with self.lock:
                if wanted.run not in self.told:
                    self.told[wanted.run], self.local.log, self.local.environment = [], log, {ADDRESS: fits}
                    return self.local.start(wanted)
            time.sleep(LOOK)

    def _news(self, run: str) -> list[News]:
        with self.lock:
            for news in self.local.news(0):
                self.told[news.run].append(news)
            mine, self.told[run] = self.told[run], []
            if any(news.what != "cell" for news in mine):
                del self.told[run]
            return mine

    def close(self) -> bool:
        """Ends where nothing goes on, and nothing did for a while; False else."""
        with self.lock:
            if self.told or time.monotonic() - self.wanted < IDLE:
                return False
            self.local.close()
            return True


_every: dict[tuple[str, ...], Below] = {}
_turn = threading.Lock()
_stops: dict[str, str] = {}
"""Tasks that their client wants ended, and why."""


def execute_there(wanted: Wanted, root: str, outputs: str, log: str, topic: str, like: list[str]) -> News:
    """One run on the worker that this is called on; how it ended. Its cells are told under `topic`, fits go to workers `like` it."""
    worker = distributed.get_worker()
    task = worker.get_current_task()
    distributed.secede()
    below, fits = _begun(root, outputs), " ".join([worker.scheduler.address, *like])

    def tell(news: News) -> None:
        worker.log_event(topic, {"task": task, "news": asdict(news)})

    try:
        return below.execute(wanted, Path(log), fits, tell, lambda: _stops.get(task, "" if _released(worker, task) else None))
    finally:
        _stops.pop(task, None)
        below.wanted = time.monotonic()
        late = threading.Timer(IDLE + 1, _end_idle)
        late.daemon = True
        late.start()


def _begun(*where: str) -> Below:
    root, outputs = where
    with _turn:
        if where not in _every:
            _every[where] = Below(Home(Path(root), Path(outputs)))
        _every[where].wanted = time.monotonic()
        return _every[where]


def _end_idle() -> None:
    with _turn:
        for where in [where for where, below in _every.items() if below.close()]:
            del _every[where]


def _released(worker: Any, task: str) -> bool:
    """Whether the scheduler has taken the task back, or the worker is closing."""
    state = worker.state.tasks.get(task)
    return state is None or state.state not in RUNNING or worker.status not in distributed.worker.WORKER_ANY_RUNNING


def stop_there(task: str, reason: str) -> None:
    """End a task's run on this worker, what it wrote kept for a reason; its end is told as any other."""
    _stops[task] = reason


def what_it_is(root: str, token: str) -> dict[str, str]:
    """What figures depend on, as it is here: Python, packages, the package's code, notebooks and params; and what `token` holds."""
    return what_fits() | {"notebooks and params": _files(Path(root)), "token": _exchanged(Path(token))}


def what_fits() -> dict[str, str]:
    """What the figures of a fit depend on, as it is here: Python, the package's code, packages."""
    said = {"Python": platform.python_version(), "planning's code": _code()}
    return said | {name: _version(name) for name in SAME if name != "planning"}


def _exchanged(token: Path) -> str:
    """What the file holds; empty where it isn't seen. A file laid beside it shows that this worker can write there."""
    try:
        text = token.read_text(encoding="utf-8")
        seen = token.with_name(f"{token.name}-{platform.node()}-{os.getpid()}")
        seen.touch()
        seen.unlink()
    except OSError:
        return ""
    return text


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


@cache
def _code() -> str:
    folder = Path(planning.__path__[0])
    return _digest(sorted(path for path in folder.rglob("*") if path.suffix in CODE), folder)


def _files(root: Path) -> str:
    params = sorted(path for path in (root / "params").rglob("*") if path.suffix in (".yaml", ".csv"))
    return _digest([*sorted((root / "notebooks").glob("*.ipynb")), *params], root)


def _digest(paths: list[Path], folder: Path) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()[:16]
