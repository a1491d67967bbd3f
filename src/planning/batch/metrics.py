"""The figures of a batch for those who watch: a text file for node_exporter's textfile collector.

The file is replaced whole, at most once a second while the batch goes on, and at its end. It remembers, from one batch to the next,
when the last one went well. Every series carries the file's own name (planning_loop.prom: batch="planning_loop"), so that the
files of several batches can lie in one folder; each kind of batch has a file of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, disable_created_metrics, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from planning.core.errors import Problem, RequestError

EVERY = 1.0  # seconds between two writes
MOST = 500  # series of run times; whatever comes after them is counted together
OTHERS = "(others)"
STATUSES = {"run_done": "done", "run_unchanged": "unchanged", "run_failed": "failed", "run_skipped": "skipped"}
SUCCEEDED = "planning_batch_last_success_timestamp_seconds"


class Metrics:
    """A listener that keeps the metrics file of a batch true. RequestError, when made, where the file can't be written or isn't ours.

    `warn` is told once where a later write fails; the batch goes on.
    """

    def __init__(self, path: Path, warn: Callable[[str], None], every: float = EVERY):
        self.path, self.batch, self.warn, self.every = path, path.stem, warn, every
        self.registry, self.known = CollectorRegistry(), set()
        self.lock, self.due, self.broken = threading.Lock(), None, False
        self.running: set[str] = set()
        self._build(_last_success(path))
        try:
            write_to_textfile(str(path), self.registry)
        except OSError as wrong:
            raise _refused(path, "can't be written", wrong.strerror or str(wrong), "a folder that this user may write") from None
        self.written = time.monotonic()

    def __call__(self, event: dict[str, Any]) -> None:
        """One event, counted; the file follows within a second, at the end of the batch at once."""
        what = event["event"]
        if what == "batch_started":
            self._begun(event)
        elif what == "run_started":
            self.running.add(event["job"])
        elif what in ("run_retried", "run_stopped"):
            self.running.discard(event["job"])
            self.retries.labels(self.batch).inc(what == "run_retried")
        elif what in STATUSES:
            self._ended(event, STATUSES[what])
        elif what == "batch_done":
            self._finished(event)
        if what != "cell":
            self.runs.labels(self.batch, "running").set(len(self.running))
            self._write_soon()
        if what == "batch_done":
            self.close()

    def close(self) -> None:
        """The last write."""
        with self.lock:
            if self.due:
                self.due.cancel()
            self._write()

    def _build(self, last_success: float) -> None:
        disable_created_metrics()  # a file has no need of them

        def gauge(name: str, said: str, *labels: str) -> Gauge:
            return Gauge(name, said, ["batch", *labels], registry=self.registry)

        self.runs = gauge("planning_batch_runs", "Runs of the batch by what has become of them.", "status")
        self.expected = gauge("planning_batch_runs_expected", "Runs the batch has in all.")
        self.retries = Counter("planning_batch_retries", "Attempts that were followed by another one.", ["batch"], registry=self.registry)
        self.going = gauge("planning_batch_running", "1 while the batch goes on.")
        self.good = gauge("planning_batch_succeeded", "1 if the batch ended well (exit code 0).")
        self.began = gauge("planning_batch_start_timestamp_seconds", "When the batch began or was resumed.")
        self.took = gauge("planning_batch_duration_seconds", "What the batch took, once it has ended.")
        self.success = gauge(SUCCEEDED, "When the batch last ended well; 0 for never.")
        self.seconds = Summary(
            "planning_run_seconds", "What the finished runs took.", ["batch", "company", "notebook", "case"], registry=self.registry
        )
        self.success.labels(self.batch).set(last_success)
        for status in ("running", *STATUSES.values()):
            self.runs.labels(self.batch, status).set(0)
        for one in (self.expected, self.going, self.good):
            one.labels(self.batch).set(0)
        self.retries.labels(self.batch)

    def _begun(self, event: dict[str, Any]) -> None:
        self.going.labels(self.batch).set(1)
        self.began.labels(self.batch).set_to_current_time()
        self.expected.labels(self.batch).set(event.get("jobs", 0))

    def _ended(self, event: dict[str, Any], status: str) -> None:
        self.running.discard(event["job"])
        self.runs.labels(self.batch, status).inc()
        if status == "done":
            key = (event.get("company", ""), event.get("notebook", ""), event.get("case", ""))
            self.seconds.labels(self.batch, *self._within(key)).observe(event.get("seconds") or 0.0)

    def _within(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """A grid of many thousand cases must not become as many series."""
        if key not in self.known and len(self.known) >= MOST:
            return (OTHERS,) * len(key)
        self.known.add(key)
        return key

    def _finished(self, event: dict[str, Any]) -> None:
        """What the batch says of itself counts: after a resume it knows of runs that ended before."""
        totals = event.get("totals") or {}
        self.running.clear()
        for status in STATUSES.values():
            self.runs.labels(self.batch, status).set(totals.get(status, 0))
        good = bool(event.get("good"))
        self.going.labels(self.batch).set(0)
        self.good.labels(self.batch).set(good)
        self.took.labels(self.batch).set(event.get("seconds") or 0.0)
        if good:
            self.success.labels(self.batch).set_to_current_time()

    def _write_soon(self) -> None:
        """Now, where the last write is a second old; else when it is."""
        with self.lock:
            wait = self.written + self.every - time.monotonic()
            if wait <= 0:
                self._write()
            elif not self.due:
                self.due = threading.Timer(wait, self._write_due)
                self.due.daemon = True
                self.due.start()

    def _write_due(self) -> None:
        with self.lock:
            if self.due:
                self._write()

    def _write(self) -> None:
        self.due, self.written = None, time.monotonic()
        try:
            write_to_textfile(str(self.path), self.registry)
        except OSError as wrong:
            if not self.broken:
                self.warn(f"the metrics can't be written to {self.path}: {wrong.strerror or wrong}")
            self.broken = True


def _last_success(path: Path) -> float:
    """When the batch last went well, as the file that is there says. RequestError where that file is something else."""
    if path.suffix != ".prom":
        raise _refused(path, "not a metrics file's name", path.name, "a name that ends with .prom")
    try:
        families = list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return 0.0
    except OSError as wrong:
        raise _refused(path, "can't be read", wrong.strerror or str(wrong), "a file, or none yet") from None
    except ValueError:
        raise _refused(path, "holds something else than metrics", "", "a file of this command's own, or none yet") from None
    samples = [sample for family in families for sample in family.samples]
    others = sorted({sample.name for sample in samples if not sample.name.startswith("planning_")})
    if others:
        raise _refused(path, "holds somebody else's metrics", ", ".join(others[:5]), "a file of this command's own, or none yet")
    return next((sample.value for sample in samples if sample.name == SUCCEEDED), 0.0)


def _refused(path: Path, what: str, got: str, expected: str) -> RequestError:
    return RequestError("metrics", [Problem(what, str(path), got, expected)])
