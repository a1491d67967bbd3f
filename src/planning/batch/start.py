"""A batch begun, or taken up again: its record, where its runs are executed, and who is told."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.batch.batching import Batching, Listener
from planning.batch.done_before import DoneBefore
from planning.batch.executor import Executor
from planning.batch.jobs import Asked, ask, kept, pinned, restored
from planning.batch.local import Local
from planning.batch.logs import Log
from planning.batch.messages import Messages
from planning.batch.metrics import Metrics
from planning.batch.record import Record, new_record, open_record
from planning.batch.zygotes import Zygotes
from planning.core.errors import PlanningError
from planning.inputs.batches import Batch
from planning.inputs.params import Home
from planning.inputs.snapshots import latest
from planning.run import publishing

Listeners = Callable[[Asked], list[Listener]]
"""Who is told besides, once it is known what is asked."""


@dataclass(frozen=True)
class Options:
    """What the command says over the file: runs at once, seconds for all, whether unchanged runs are run anew, where, and who is told."""

    parallel: int | None = None
    deadline: float | None = None
    force: bool = False
    on: str = ""
    data: Path | None = None
    notify: str = ""
    metrics: Path | None = None


def run_new(
    home: Home, batch: Batch, options: Options, open_book: Callable[[], Any], listeners: Listeners, zygotes: Zygotes | None = None
) -> Batching:  # fmt: skip
    """A batch from its file: checked, recorded, run to its end. RequestError, with nothing begun, where anything about it is wrong."""
    with ExitStack() as ending:
        given = {"parallel": options.parallel, "deadline": options.deadline, "force": options.force, "data": options.data}
        asked = ask(home, batch, **given)
        telling = Telling(home, asked, options, listeners(asked))
        book = open_book()
        record = new_record(home, kept(asked))
        ending.callback(record.close)
        try:
            executor = _executor(home, record, asked, options, zygotes, telling.warn)
        except PlanningError:
            shutil.rmtree(record.folder)
            raise
        ending.callback(executor.close)
        return telling.of(Batching(home, record, asked, book, executor, []))


def run_again(
    home: Home, name: str, options: Options, open_book: Callable[[], Any], listeners: Listeners, zygotes: Zygotes | None = None
) -> Batching:  # fmt: skip
    """A batch taken up where it was left, from its own record; what is done is not done again."""
    with closing(open_record(home, name)) as record:
        asked = restored(record.asked(), parallel=options.parallel, deadline=options.deadline, force=options.force)
        telling = Telling(home, asked, options, listeners(asked))
        book = open_book()
        with closing(_executor(home, record, asked, options, zygotes, telling.warn)) as executor:
            return telling.of(Batching(home, record, asked, book, executor, []))


class Telling:
    """Who is told of a batch: its log, those given, and whoever gets messages or watches. RequestError where they can't be told."""

    def __init__(self, home: Home, asked: Asked, options: Options, listeners: list[Listener]):
        self.log: Log | None = None
        self.listeners, name = list(listeners), asked.about.get("en") or Path(asked.subject).stem
        notify = dict(asked.notify or {}) | ({"to": options.notify} if options.notify else {})
        if options.metrics:
            self.listeners.append(Metrics(options.metrics, self.warn))
        if notify:
            said = {"on": ("failure", "completion"), "lang": "en"} | notify
            name = asked.about.get(said["lang"]) or name
            self.listeners.append(Messages(**said | {"on": tuple(said["on"])}, name=name, where=home.outputs, warn=self.warn))

    def warn(self, said: str) -> None:
        """Something about the batch itself, for its log."""
        if self.log:
            self.log.warn(said)

    def of(self, batching: Batching) -> Batching:
        """Run a batch, telling of it."""
        self.log = Log(batching.record.folder / "log.txt", None if sys.stderr.isatty() else sys.stderr)
        try:
            batching.listeners += [self.log, *self.listeners]
            batching.run()
        finally:
            for one in (*self.listeners, self.log):
                getattr(one, "close", lambda: None)()
        return batching


def _executor(
    home: Home, record: Record, asked: Asked, options: Options, zygotes: Zygotes | None, warn: Callable[[str], None]
) -> Executor:  # fmt: skip
    if not options.on:
        return Local(home, asked.parallel, record.printed, zygotes=zygotes)
    from planning.batch.cluster import Cluster

    return Cluster(home, options.on, record.printed, options.parallel, warn)


def foresee(home: Home, batch: Batch, options: Options, book: Any = None) -> Iterator[dict[str, Any]]:
    """What a batch would do, as things stand now: of each job whether it would be run, is unchanged, or waits for another's result."""
    asked, before = ask(home, batch, force=options.force), DoneBefore(home)
    for one in asked.jobs:
        found = None
        if not one.job.needs and not (asked.force or one.job.force):
            with suppress(PlanningError, KeyError):  # no snapshot yet
                found = before.find(pinned(one, asked.snapshots | _newest(home, batch), {}))
        if found and (book is None or publishing.stands(book, found)):
            yield one.about | {"would": "unchanged", "run": found.id}
        else:
            yield one.about | {"would": "wait" if one.job.needs else "run", "needs": one.job.needs, "params": one.asked.params}


def _newest(home: Home, batch: Batch) -> dict[str, str]:
    return {company: found for company in batch.intake if (found := latest(home.snapshots(company)))}


class JsonLines:
    """A listener that prints each event but the cells as a line of JSON; a reader that stops, or a full disk, doesn't stop the batch."""

    def __call__(self, event: dict[str, Any]) -> None:
        """One event."""
        if event["event"] == "cell":
            return
        try:
            print(json.dumps(event, ensure_ascii=False, default=str), flush=True)
        except UnicodeEncodeError:  # a stream that isn't UTF-8
            print(json.dumps(event, default=str), flush=True)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
