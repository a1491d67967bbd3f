"""One run sent to a Dask cluster (`planning run … --on tcp://…`), and published here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from planning.batch.cluster import Cluster
from planning.batch.executor import News, Wanted
from planning.batch.record import PLACE
from planning.core.errors import RequestError, RunError
from planning.inputs.aside import fresh_room
from planning.inputs.params import Home
from planning.run import engine
from planning.run.execution import Step, silent
from planning.run.manifest import run_id
from planning.run.publishing import publish
from planning.run.register import Run, read_run
from planning.run.requests import Request

ONCE_MORE = 1.0
"""Seconds until a run is sent again that the cluster lost."""


def run_on(
    address: str, home: Home, asked: Request, book: Any, step: Step = silent, *, force: bool = False,
    cell_deadline: float | None = None, say: Callable[[str], None] = print,
) -> Run:  # fmt: skip
    """One notebook executed on a cluster, moved into place there, published here. RunError where it broke; it is kept apart then.

    What the cluster loses is sent again, under the same id; while there is no worker it waits for one.
    """
    found = None if force else engine.unchanged(home, asked, book)
    if not found:
        name = run_id(asked.notebook, asked.params)
        wanted = Wanted(name, asked.notebook, asked.company, asked.case, asked.params, cell_deadline)
        found = _executed(address, home, wanted, step, say)
    publish(home, found, book)
    return found


def _executed(address: str, home: Home, wanted: Wanted, step: Step, say: Callable[[str], None]) -> Run:
    printed = fresh_room(home.outputs / PLACE)
    try:
        with closing(Cluster(home, address, printed / "printed.txt", say=say)) as cluster:
            end = _ended(cluster, home, wanted, step)
    finally:
        shutil.rmtree(printed, ignore_errors=True)
    if end.what == "done":
        return read_run(home.outputs / wanted.company / wanted.notebook / end.id)
    kept = f"\n  kept in {end.folder}, see traceback.txt" if end.folder else ""
    raise RunError(f"{wanted.notebook} {wanted.case}: {end.reason}{kept}", end.folder or None, end.reason)


def _ended(cluster: Cluster, home: Home, wanted: Wanted, step: Step) -> News:
    """How it ended, however often it had to be sent."""
    going = False
    while True:
        if not going and cluster.free() > 0:
            cluster.start(wanted)
            going = True
        for news in cluster.news(0.5):
            if news.what == "cell":
                step(f"{wanted.notebook} {wanted.case}", news.cell, news.cells)
            elif news.what != "lost":
                return news
            elif _stands(home, wanted):
                return News(wanted.run, "done", id=wanted.run)
            elif news.blamed:
                return news
            else:
                going = False
                time.sleep(ONCE_MORE)


def _stands(home: Home, wanted: Wanted) -> bool:
    """Whether it was moved into place before it was lost."""
    try:
        read_run(home.outputs / wanted.company / wanted.notebook / wanted.run)
    except RequestError:
        return False
    return True
