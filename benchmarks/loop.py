"""The loop of every company: wall time and peak memory by stage and by notebook, against papermill's own command.

    .venv/bin/python benchmarks/loop.py            some minutes; writes benchmarks/results/loop.json

The loop begins with an empty outputs folder (cold: no remembered trials) and goes once more over it (warm). It is, for each company,
intake, then every run of its loop.yaml: kernel, cells, checks, HTML, moved into place, published to a SQLite book. The peer is
`papermill notebooks/X.ipynb out.ipynb -f params.yaml` for the same runs, one after the other, from the same snapshots and remembered
trials (so it is compared with the warm loop): it makes no HTML, checks nothing and publishes nothing. Memory is the resident memory of
the whole process tree, every 50 ms; pages that processes share count once for each.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import nbformat
import psutil
from measuring import about, save

from planning.batch.jobs import settle_jobs
from planning.book.store import open_book
from planning.inputs.batches import read_loops
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.params import Home, params_text
from planning.run import engine, execution, publishing, register, requests

ROOT = Path(__file__).resolve().parents[1]
EVERY = 0.05  # seconds between two looks at the memory
SLOWEST = 5  # cells named


# ------------------------------------------------------------------------------------------- the loop, in a child process


class Stages:
    """Seconds by stage; every stage is told to the parent as it begins, so that the parent knows whose memory it sees."""

    def __init__(self):
        self.seconds: dict[str, float] = defaultdict(float)
        self.now, self.since = "start", time.perf_counter()

    def begin(self, stage: str) -> None:
        at = time.perf_counter()
        self.seconds[self.now] += at - self.since
        self.now, self.since = stage, at
        print(json.dumps({"stage": stage}), flush=True)

    def during(self, stage: str, work):
        """`work`, as a stage of its own inside the one that runs."""

        def told(*args, **named):
            outer = self.now
            self.begin(stage)
            try:
                return work(*args, **named)
            finally:
                self.begin(outer)

        return told


def loop(outputs: Path) -> None:
    """The loop in this process, as `planning loop` runs it; the last line printed is what it took."""
    stages, home = Stages(), Home(ROOT, outputs)
    execution.report_html = stages.during("html", execution.report_html)
    publishing.publish = stages.during("publish", publishing.publish)
    book, runs, rows = open_book(home.book()), [], {}

    def cell_done(said: str, done: int, total: int) -> None:
        stages.begin("cells" if done < total else "finish")

    for company, wanted in settled(home).items():
        stages.begin("intake")
        taken = take_in(read_company(home.company(company)), home.snapshots(company))
        rows[company] = taken.rows + sum(taken.events.values())
        for asked in wanted:
            stages.begin("kernel")  # until the first cell, the parameters, has run
            runs.append(described(engine.run(home, requests.pinned(home, asked), book, cell_done)))
    stages.begin("end")
    seconds = {stage: round(spent, 2) for stage, spent in stages.seconds.items() if stage not in ("start", "end")}
    print(json.dumps({"seconds": seconds, "runs": runs, "by_notebook": by_notebook(runs), "rows": rows}), flush=True)


def settled(home: Home) -> dict[str, list[requests.Request]]:
    """The runs of every company's loop, in order."""
    wanted = defaultdict(list)
    for one in settle_jobs(home, read_loops(home)):
        wanted[one.job.company].append(one.asked)
    return wanted


def by_notebook(runs: list[dict]) -> dict[str, float]:
    """The seconds of each notebook's runs together."""
    seconds: dict[str, float] = defaultdict(float)
    for run in runs:
        seconds[run["run"].split()[1]] += run["seconds"]
    return {notebook: round(spent, 2) for notebook, spent in seconds.items()}


def described(done: register.Run) -> dict:
    """A run's seconds by section, and its slowest cells."""
    sections, section = [], "setup"
    for cell in nbformat.read(done.folder / "report.ipynb", 4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## ") and "zh" not in cell.metadata.get("tags", []):
            section = cell.source.removeprefix("## ").strip().lower()
        elif cell.cell_type == "code":
            sections.append((section, cell.source.strip().splitlines()[0]))
    cells = list(zip(sections, done.manifest["seconds"]["cells"], strict=True))
    by_section: dict[str, float] = defaultdict(float)
    for (name, _), spent in cells[1:]:
        by_section[name] += spent
    slowest = sorted(cells[1:], key=lambda cell: -cell[1])[:SLOWEST]
    about = done.manifest
    return {
        "run": f"{about['company']} {about['notebook']} {about['case']}",
        "seconds": about["seconds"]["all"],
        "kernel": cells[0][1],
        "sections": {name: round(spent, 2) for name, spent in by_section.items()},
        "slowest_cells": {f"{section}: {line}": spent for (section, line), spent in slowest},
        "checks": f"{about['checks']['passed']} of {about['checks']['of']}",
    }


# ---------------------------------------------------------------------------------------------------- the watching parent


class Watch:
    """The peak resident memory of a process tree, in all and by the stage that was running."""

    def __init__(self, process: subprocess.Popen):
        self.tree, self.stage, self.peaks = psutil.Process(process.pid), "start", defaultdict(int)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(EVERY):
            self.peaks[self.stage] = max(self.peaks[self.stage], self._resident())

    def _resident(self) -> int:
        try:
            family = [self.tree, *self.tree.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        return sum(map(_resident_of, family))

    def end(self) -> dict[str, int]:
        self.over.set()
        self.thread.join()
        return {stage: round(peak / 2**20) for stage, peak in self.peaks.items() if stage not in ("start", "end")}


def _resident_of(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def surroundings(outputs: Path) -> dict[str, str]:
    """The environment of everything measured: this project, these outputs, the book beside them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    return kept | {"PLANNING_HOME": str(ROOT), "PLANNING_OUTPUTS": str(outputs), "OMP_NUM_THREADS": "1"}


def measured_loop(outputs: Path) -> dict:
    """The loop in a process of its own: seconds and peak memory by stage."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, __file__, "child", str(outputs)], env=surroundings(outputs), stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    watch, last = Watch(child), {}
    for line in child.stdout:
        if line.startswith("{"):
            last = json.loads(line)
            watch.stage = last.get("stage", watch.stage)
    peaks = watch.end()
    if child.wait() or "seconds" not in last:
        raise SystemExit("the loop broke")
    seconds = last.pop("seconds")
    stages = {stage: {"seconds": spent, "peak_mb": peaks.get(stage)} for stage, spent in seconds.items()}
    whole = {"seconds": round(time.perf_counter() - started, 2), "peak_mb": max(peaks.values())}
    runs = sum(spent for stage, spent in seconds.items() if stage != "intake")
    return whole | {"stages": stages, "runs_seconds": round(runs, 2)} | last


def measured_papermill(outputs: Path, folder: Path) -> dict:
    """papermill's own command over the same runs, one after the other: seconds and peak memory."""
    home, runs, peak = Home(ROOT, outputs), {}, 0
    for asked in (requests.pinned(home, asked) for wanted in settled(home).values() for asked in wanted):
        name = f"{asked.company} {asked.notebook} {asked.case}"
        params, target = folder / f"{name}.yaml", folder / f"{name}.ipynb"
        params.write_text(params_text(asked.params, "benchmark"), encoding="utf-8")
        command = [sys.executable, "-m", "papermill", str(home.notebooks / f"{asked.notebook}.ipynb"), str(target), "-f", str(params)]
        started = time.perf_counter()
        quiet = ["--no-progress-bar", "--log-level", "ERROR", "-k", "python3"]
        child = subprocess.Popen([*command, *quiet], env=surroundings(outputs), cwd=folder)
        watch = Watch(child)
        watch.stage = "run"
        broken = child.wait()
        runs[name] = round(time.perf_counter() - started, 2)
        peak = max(peak, watch.end()["run"])
        if broken:
            raise SystemExit(f"papermill broke on {name}")
    return {"seconds": round(sum(runs.values()), 2), "peak_mb": peak, "runs": runs}


def code() -> str:
    """A hash of what runs: a change of it forgets the remembered trials, so that nothing measured would mean anything."""
    files = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "params").rglob("*.*")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def main() -> None:
    found, before = {}, code()
    with tempfile.TemporaryDirectory() as outputs, tempfile.TemporaryDirectory() as folder:
        for state in ("cold", "warm"):
            found[state] = measured_loop(Path(outputs))
            say(state, found[state])
        found["papermill"] = measured_papermill(Path(outputs), Path(folder))
    if code() != before:
        raise SystemExit("the code changed while it was measured: nothing written")
    result = {
        **about("loop"),
        "times_faster": {
            "the warm loop's runs against papermill's command": round(found["papermill"]["seconds"] / found["warm"]["runs_seconds"], 2)
        },
        **found,
    }  # fmt: skip
    print(f"times faster: {result['times_faster']}\n{save(result)}")


def say(state: str, ours: dict) -> None:
    print(f"{state}: loop {ours['seconds']} s, {ours['peak_mb']} MB", flush=True)
    for stage, of in ours["stages"].items():
        print(f"  {stage:<8} {of['seconds']:>7.1f} s  {of['peak_mb'] or 0:>6} MB")
    for notebook, spent in ours["by_notebook"].items():
        print(f"  {notebook:<20} {spent:>7.1f} s")


if __name__ == "__main__":
    loop(Path(sys.argv[2])) if sys.argv[1:2] == ["child"] else main()
