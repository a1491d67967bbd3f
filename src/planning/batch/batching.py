"""A batch at work: its jobs in their order, so many at once, tried again, stopped at their deadlines, taken up again after anything.

This process keeps the record and publishes; the runs themselves are an executor's (local.py: processes of this machine). A run's id is
in the record before the run starts, so that whatever is killed, and whenever, a run in place under that id is done, and no other is.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planning.batch.done_before import DoneBefore
from planning.batch.executor import Executor, News, Wanted
from planning.batch.jobs import Asked, Standing, check_again, pinned
from planning.batch.order import Order
from planning.batch.record import Record
from planning.core.errors import PlanningError, RequestError, RunError
from planning.inputs.company import read_company
from planning.inputs.intake import Intake, take_in
from planning.inputs.params import Home
from planning.run import publishing, register
from planning.run.manifest import run_id
from planning.run.requests import Request

Listener = Callable[[dict[str, Any]], None]
"""Told of everything that happens, as mappings of plain values; docs/batches.md lists them."""
NOT_KEPT = ("cell",)
"""Events that listeners hear and the record doesn't keep."""
LONGEST_WAIT = 0.5
"""Seconds between two looks at signals and deadlines."""
LAST_WORDS = 15.0
"""Seconds that stopped runs get to be gone."""
SAME_STOP = 2.0
"""Seconds within which another signal is the same stop told again: by the terminal to all, by a parent that passes it on."""
ONCE_MORE = 1.0
"""Seconds until a run is sent again that a cluster lost through no fault of the run."""
STATES = ("done", "unchanged", "failed", "skipped")
GOOD = ("done", "unchanged")
FINDINGS = ("within", "accepted", "open")


@dataclass
class Batching:
    """One batch at work, in this process. `run` does all of it; afterwards `jobs` and `intakes` say what became of them."""

    home: Home
    record: Record
    asked: Asked
    book: Any
    executor: Executor
    listeners: list[Listener]
    intakes: dict[str, Intake | PlanningError] = field(default_factory=dict)
    finished: dict[str, list[str]] = field(default_factory=dict)
    stopping: str = ""
    exit_code: int = 1

    def __post_init__(self):
        self.jobs, self.snapshots = self.asked.jobs, dict(self.asked.snapshots)
        self._named = {one.job.name: one for one in self.jobs}
        self._order = Order(one.job for one in self.jobs)
        self._running: dict[str, Standing] = {}
        self._ended: deque[tuple[Standing, News]] = deque()
        self._before, self._noted = DoneBefore(self.home), set()
        self._open_findings, self._began = 0, time.monotonic()

    def run(self) -> None:
        """Intakes, then every job. Whatever happens, no run is left going on, and the listeners hear the end."""
        try:
            with self._signals():
                self._begin()
                self._do()
        except Exception as broken:
            self.stopping = f"{broken}"
            self._tell_the_end(getattr(broken, "exit_code", 1))
            raise
        finally:
            self.executor.close()
        self._tell_the_end()

    def _begin(self) -> None:
        resumed = self._take_up(self.record.events())
        left = [one for one in self.jobs if one.state == "waiting"]
        if resumed:
            check_again(self.home, self.record.id, left)
        about = {f"about_{lang}": said for lang, said in self.asked.about.items()} | {"file": self.asked.subject}
        whole = {"jobs": len(self.jobs), "left": len(left), "resumed": resumed, "parallel": self.asked.parallel}
        self._tell("batch_started", **about, **whole, deadline=self.asked.deadline, folder=str(self.record.folder))

    def _do(self) -> None:
        for company in dict.fromkeys(one.job.company for one in self.jobs):
            self.finished[company] = publishing.finish(self.home, company, self.book)
        self._note_published()
        for company in self.asked.intake:
            if company not in self.snapshots and not self._stop_asked():
                self._take_in(company)
        while len(self._order) and not self._stop_asked():
            self._start_ready()
            settled = self._settle_next()
            self._hear(0.0 if settled else self._patience())
            self._stop_late()
        self._stop_all()

    # Told to stop

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP end the batch in order; another one, SAME_STOP seconds later or more, at once."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if threading.current_thread() is threading.main_thread() else ()
        before = {number: signal.getsignal(number) for number in numbers}
        told: list[float] = []

        def stop(number: int, _frame: Any) -> None:
            if told and time.monotonic() - told[0] > SAME_STOP:
                raise KeyboardInterrupt
            self.stopping = self.stopping or "interrupted"
            told.append(time.monotonic())

        for number, handler in before.items():
            if handler != signal.SIG_IGN:  # nohup
                signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop_asked(self) -> bool:
        deadline = self.asked.deadline
        if deadline and time.monotonic() - self._began > deadline:
            self.stopping = self.stopping or f"the batch's deadline of {deadline:g} s exceeded"
        return bool(self.stopping)

    def _stop_all(self) -> None:
        """What is still going on ended; what was done meanwhile is settled like any other."""
        stopped = list(self._running.values())
        for one in stopped:
            self.executor.stop(one.run)
        until = time.monotonic() + LAST_WORDS
        while self._running and time.monotonic() < until:
            self._hear(LONGEST_WAIT)
        while self._ended:
            self._settle_next(dict.fromkeys(one.run for one in stopped))

    # From the record

    def _take_up(self, events: list[dict[str, Any]]) -> bool:
        """What an earlier process did: runs in place under an id of the record are done, all else is to be done."""
        for event in events:
            if event["event"] == "intake_done" and event.get("snapshot"):
                self.snapshots[event["company"]] = event["snapshot"]
                self._open_findings += event.get("findings", {}).get("open", 0)
            one = self._named.get(event.get("job", ""))
            if one and event.get("run"):
                one.run, one.state = event["run"], event["event"].removeprefix("run_")
                one.same_id = one.state in ("started", "stopped") or event.get("lost", False)
                self._noted |= {one.run} if one.state in GOOD else set()
        for one in self.jobs:
            if one.run and (stands := self._in_place(one)):
                one.folder, one.state = str(stands.folder), "unchanged" if one.state == "unchanged" else "done"
                self._order.end(one.job, True)
            else:
                one.state = "waiting"
        return bool(events)

    def _in_place(self, one: Standing) -> register.Run | None:
        """The run of a job that was moved into place, unless the book has refused it."""
        with suppress(RequestError):
            stands = register.read_run(self.home.outputs / one.job.company / one.job.notebook / one.run)
            return None if "refused" in stands.manifest else stands
        return None

    def _note_published(self) -> None:
        """Runs that were moved, but not yet noted as done when the earlier process ended: they are published now."""
        for one in self.jobs:
            if one.state in GOOD and one.run not in self._noted:
                self._publish(one, News(one.run, "done", id=one.run, folder=one.folder))

    # Intakes

    def _take_in(self, company: str) -> None:
        """A company's intake; where it breaks, its runs are skipped and nothing else."""
        began = time.monotonic()
        try:
            taken = take_in(read_company(self.home.company(company)), self.home.snapshots(company), self.asked.data)
            self.book.store_findings(company, taken.snapshot, taken.findings)
        except PlanningError as wrong:
            self.intakes[company] = wrong
            self._tell("intake_done", company=company, snapshot="", seconds=time.monotonic() - began, reason=str(wrong), findings={})
            for one in self.jobs:
                if one.job.company == company and one.state == "waiting":
                    self._skip(one, f"the intake of {company} broke")
            return
        counts = taken.findings["status"].value_counts().to_dict()
        findings = {status: int(counts.get(status, 0)) for status in FINDINGS}
        self.intakes[company], self.snapshots[company] = taken, taken.snapshot
        self._open_findings += findings["open"]
        about = {"company": company, "snapshot": taken.snapshot, "seconds": time.monotonic() - began, "reason": "", "findings": findings}
        self._tell("intake_done", **about)

    # Runs

    def _start_ready(self) -> None:
        while self.executor.free() > 0 and not self._stop_asked():
            job = self._order.next(time.monotonic())
            if job is None:
                return
            one = self._named[job.name]
            try:
                self._start(one, pinned(one, self.snapshots, {name: self._named[name].run for name in job.needs.values()}))
            except PlanningError as wrong:
                self._fail(one, str(wrong), "")

    def _start(self, one: Standing, asked: Request) -> None:
        """A run begun, under an id that the record knows first; none where the same was done before."""
        job, force = one.job, self.asked.force or one.job.force
        if not force and (before := self._before.find(asked)) and publishing.stands(self.book, before):
            self._publish(one, News(one.run, "done", id=before.id, folder=str(before.folder), reused=True))
            return
        if not one.same_id:
            one.run = run_id(job.notebook, asked.params)
        one.attempt, one.state, one.cell, one.since = one.attempt + 1, "running", 0, time.monotonic()
        one.until = one.since + job.deadline if job.deadline else float("inf")
        self._tell("run_started", **one.about, run=one.run, attempt=one.attempt)
        self._running[one.run] = one
        wanted = Wanted(one.run, job.notebook, job.company, job.case, asked.params, job.cell_deadline, self.record.id)
        self.executor.start(wanted)

    def _patience(self) -> float:
        """Seconds to wait for news: no longer than to the next deadline or the next attempt."""
        now, wakes = time.monotonic(), self._order.wakes()
        until = [one.until for one in self._running.values()] + ([wakes] if wakes is not None and self.executor.free() > 0 else [])
        return max(0.0, min([LONGEST_WAIT, *(moment - now for moment in until)]))

    def _hear(self, seconds: float) -> None:
        for news in self.executor.news(seconds):
            if news.run not in self._running:
                continue
            one = self._running[news.run]
            if news.what == "cell":
                one.cell = news.cell
                self._tell("cell", **one.about, run=one.run, cell=news.cell, cells=news.cells)
            else:
                del self._running[news.run]
                self._ended.append((one, news))

    def _stop_late(self) -> None:
        now = time.monotonic()
        for one in self._running.values():
            if one.until <= now:
                one.until = float("inf")
                self.executor.stop(one.run, f"deadline of {one.job.deadline:g} s exceeded in cell {one.cell + 1}")

    # Ends

    def _settle_next(self, stopped: Iterable[str] = ()) -> bool:
        """The next run that ended published, tried again or given up; False where there is none."""
        if not self._ended:
            return False
        one, news = self._ended.popleft()
        stands = self._in_place(one) if news.what != "done" else None
        if stands:  # it was moved into place, and only then its process died
            news = News(one.run, "done", id=one.run, folder=str(stands.folder))
        if news.what == "done":
            self._publish(one, news)
        elif one.run in stopped:
            one.state, one.same_id = "waiting", True
            self._tell("run_stopped", **one.about, run=one.run, attempt=one.attempt, seconds=self._took(one), reason=self.stopping)
        elif not news.blamed:
            one.attempt -= 1
            self._retry(one, news, ONCE_MORE)
        elif news.again and one.attempt <= one.job.retries:
            self._retry(one, news, self._back_off(one))
        else:
            self._fail(one, news.reason, news.folder, lost=news.what == "lost")
        return True

    def _publish(self, one: Standing, news: News) -> None:
        """A run in place given to the book, noted and told; its job has ended."""
        try:
            done = register.read_run(Path(news.folder))
            publishing.publish(self.home, done, self.book)
        except PlanningError as refused:
            one.run = news.id or one.run
            self._fail(one, getattr(refused, "reason", str(refused)), news.folder)
            return
        one.run, one.folder, one.reason, one.state = done.id, news.folder, "", "unchanged" if news.reused else "done"
        said = {"run": done.id, "folder": news.folder, "headline": done.manifest["headline"]}
        if not news.reused:
            checks = {name: done.manifest["checks"][name] for name in ("passed", "of")}
            said |= {"attempt": one.attempt, "seconds": self._took(one), "checks": checks}
        self._tell(f"run_{one.state}", **one.about, **said)
        self._order.end(one.job, True)

    def _back_off(self, one: Standing) -> float:
        """Seconds until the next attempt: twice the last wait, and up to a quarter more, so that not all come back together."""
        chance = random.Random(f"{self.record.id} {one.job.name} {one.attempt}")
        return one.job.back_off * 2 ** (one.attempt - 1) * (1 + chance.random() / 4)

    def _retry(self, one: Standing, news: News, wait: float) -> None:
        lost = news.what == "lost"
        about = {"run": one.run, "attempt": one.attempt, "seconds": self._took(one), "reason": news.reason, "folder": news.folder}
        self._tell("run_retried", **one.about, **about, wait=round(wait, 3), lost=lost)
        one.state, one.same_id = "waiting", lost
        self._order.again(one.job, time.monotonic() + wait)

    def _fail(self, one: Standing, reason: str, folder: str, lost: bool = False) -> None:
        one.state, one.reason, one.folder = "failed", reason, folder
        about = {"run": one.run, "attempt": one.attempt, "seconds": self._took(one), "reason": reason, "folder": folder, "lost": lost}
        self._tell("run_failed", **one.about, **about)
        self._end_without(one)

    def _skip(self, one: Standing, reason: str) -> None:
        one.state, one.reason = "skipped", reason
        self._tell("run_skipped", **one.about, reason=reason)
        self._end_without(one)

    def _end_without(self, one: Standing) -> None:
        """A job that is not done ends, and with it those that need it."""
        for job, needed in self._order.end(one.job, False):
            other = self._named[job.name]
            if other.state == "waiting":
                other.state, other.reason = "skipped", f"needs {needed}, which was not done"
                self._tell("run_skipped", **other.about, reason=other.reason)

    @staticmethod
    def _took(one: Standing) -> float:
        return round(time.monotonic() - one.since, 3) if one.since else 0.0

    # Telling

    def _tell(self, event: str, **said: Any) -> None:
        """An event: kept in the record first, then told."""
        told = {"event": event, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "batch": self.record.id, **said}
        if event not in NOT_KEPT:
            with suppress(RunError) if event == "batch_done" else nullcontext():  # the end is told, whatever the disk says
                self.record.write(told)
        for listener in self.listeners:
            listener(told)

    @property
    def totals(self) -> dict[str, int]:
        """How many runs there are, and how many stand how; `left` have not ended."""
        counts = Counter(one.state for one in self.jobs)
        totals = {"runs": len(self.jobs), **{state: counts[state] for state in STATES}}
        return totals | {"left": totals["runs"] - sum(totals[state] for state in STATES)}

    def _tell_the_end(self, bad: int = 1) -> None:
        totals = self.totals
        done = totals["done"] + totals["unchanged"] == totals["runs"] and not self.stopping
        broken = [company for company, taken in self.intakes.items() if isinstance(taken, PlanningError)]
        good = done and not broken and not self._open_findings
        self.exit_code = 0 if good else bad
        resume = "" if done else f"planning batch --resume {self.record.id}"
        seconds = round(time.monotonic() - self._began, 3)
        self._tell("batch_done", seconds=seconds, totals=totals, good=good, exit_code=self.exit_code, reason=self.stopping, resume=resume)
