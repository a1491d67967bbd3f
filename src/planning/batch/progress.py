"""A batch's progress on a terminal: how many runs are done, which are going on and in which cell, and how long it may take yet."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from planning.batch.jobs import Standing
from planning.inputs.params import Home
from planning.run import register

SHOWN = 12
"""Runs going on that are shown."""
ENDED = ("run_done", "run_unchanged", "run_failed", "run_skipped")


class TimeLeft:
    """The time a batch may take yet: its open runs at what each notebook took last, shared among so many at once."""

    def __init__(self, places: Iterable[tuple[str, str]], parallel: int, before: dict[tuple[str, str], float]):
        self.open, self.parallel, self.took = Counter(places), parallel, dict(before)

    def end(self, place: tuple[str, str], seconds: float | None) -> None:
        """A run of a company's notebook ended; after so many seconds, where it was run."""
        self.open[place] -= 1
        if seconds:
            self.took[place] = seconds if place not in self.took else (self.took[place] + seconds) / 2

    def seconds(self) -> float | None:
        """Seconds left; None while nothing is known of how long a run takes."""
        if not self.took:
            return None
        usual = sum(self.took.values()) / len(self.took)
        whole = sum(count * self.took.get(place, usual) for place, count in self.open.items())
        return whole / max(1, min(self.parallel, sum(self.open.values())))


def seconds_before(home: Home, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """How long the newest finished run of each company's notebook took."""
    found = {}
    for place in set(places):
        done = (about["seconds"] for about in register.runs(home, *place) if about["status"] == "done" and about["seconds"])
        if seconds := next(done, None):
            found[place] = float(seconds)
    return found


class Shown:
    """A listener that keeps a few lines of a terminal up to date; a failure is printed above them."""

    def __init__(self, jobs: list[Standing], left: TimeLeft, console: Console | None = None):
        self.console = console or Console(stderr=True)
        self.bar = Progress(BarColumn(), TextColumn("{task.completed:.0f} of {task.total} runs"), TextColumn("{task.description}"))
        self.task, self.left = self.bar.add_task("", total=len(jobs)), left
        self.going: dict[str, tuple[str, str, float]] = {}
        self.live = Live(self._lines(), console=self.console, refresh_per_second=4, transient=True, get_renderable=self._lines)

    def __call__(self, event: dict[str, Any]) -> None:
        """One event; a terminal that was closed doesn't stop the batch, nor keep others from hearing of it."""
        with suppress(OSError):
            self._show(event)

    def close(self) -> None:
        """The lines taken away, however the batch ended."""
        with suppress(OSError):
            self.live.stop()

    def _show(self, event: dict[str, Any]) -> None:
        what, job = event["event"], event.get("job", "")
        if what == "batch_started":
            self.live.start()
            self.bar.update(self.task, completed=event["jobs"] - event["left"])
        elif what == "run_started":
            self.going[job] = (job, "", time.monotonic())
        elif what == "cell" and job in self.going:
            self.going[job] = (job, f"cell {event['cell']}/{event['cells']}", self.going[job][2])
        elif what == "batch_done":
            self.live.stop()
        else:
            self.going.pop(job, None)
        if what in ENDED:
            self.bar.advance(self.task)
            self.left.end((event["company"], event["notebook"]), event.get("seconds"))
        if what in ("run_failed", "run_retried") or (what == "intake_done" and event["reason"]):
            self.console.print(Text(f"{job or event['company']}: {event['reason']}"), soft_wrap=True)

    def _lines(self) -> Group:
        left = self.left.seconds()
        self.bar.update(self.task, description="" if left is None else f"about {timedelta(seconds=round(left))} left")
        table = Table.grid(padding=(0, 2))
        for job, cell, since in list(self.going.values())[:SHOWN]:
            table.add_row(Text(job), cell, f"{time.monotonic() - since:.0f} s")
        if len(self.going) > SHOWN:
            table.add_row(f"… and {len(self.going) - SHOWN} more")
        return Group(table, self.bar)
