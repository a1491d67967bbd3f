"""The main job, `planning loop`: from nothing, again, and all anew, against papermill's own command.

    .venv/bin/python benchmarks/loop.py            about a quarter of an hour; writes benchmarks/results/loop.json

cold: an empty outputs folder, no remembered trials. again: the same once more, nothing has changed. forced: every run anew, trials
remembered. Each is the whole command for all companies: intake, runs (as many at once as there are cores), checks, HTML, a SQLite book,
the closing table. The peer is `papermill notebooks/X.ipynb out.ipynb -f params.yaml` for the same runs, one after the other, from the same
snapshots and remembered trials (so it is compared with forced): it makes no HTML, checks nothing and publishes nothing. Memory is the
resident memory of the whole process tree, every 50 ms; pages that processes share count once for each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import psutil
from measuring import ROOT, about, save

from planning.batch.jobs import settle_jobs
from planning.inputs.batches import read_loops
from planning.inputs.params import Home, params_text
from planning.run import register, requests

EVERY = 0.05  # seconds between two looks at the memory


class Watch:
    """The peak resident memory of a process tree."""

    def __init__(self, process: subprocess.Popen):
        self.tree, self.peak, self.over = psutil.Process(process.pid), 0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(EVERY):
            self.peak = max(self.peak, self._resident())

    def _resident(self) -> int:
        try:
            family = [self.tree, *self.tree.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        return sum(map(_resident_of, family))

    def end(self) -> int:
        """MB."""
        self.over.set()
        self.thread.join()
        return round(self.peak / 2**20)


def _resident_of(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def watched(command: list[str], outputs: Path, folder: Path) -> dict:
    """A command in a process of its own, on this project and these outputs: seconds and peak memory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    environment = kept | {"PLANNING_HOME": str(ROOT), "PLANNING_OUTPUTS": str(outputs), "OMP_NUM_THREADS": "1"}
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    watch = Watch(child)
    broken, seconds = child.wait(), time.perf_counter() - started
    peak = watch.end()
    if broken:
        raise SystemExit(f"broke: {' '.join(command)}")
    return {"seconds": round(seconds, 2), "peak_mb": peak}


def by_notebook(home: Home) -> dict[str, float]:
    """The seconds of each notebook's runs together."""
    seconds: dict[str, float] = defaultdict(float)
    for run in register.runs(home):
        seconds[run["notebook"]] += run["seconds"]
    return {notebook: round(spent, 2) for notebook, spent in sorted(seconds.items())}


def papermill(home: Home, folder: Path) -> dict:
    """papermill's own command over the same runs, one after the other."""
    runs, peak = {}, 0
    for one in settle_jobs(home, read_loops(home)):
        asked = requests.pinned(home, one.asked)
        name = f"{asked.company} {asked.notebook} {asked.case}"
        params, target = folder / f"{name}.yaml", folder / f"{name}.ipynb"
        params.write_text(params_text(asked.params, "benchmark"), encoding="utf-8")
        words = ["papermill", str(home.notebooks / f"{asked.notebook}.ipynb"), str(target), "-f", str(params)]
        took = watched([*words, "--no-progress-bar", "--log-level", "ERROR", "-k", "python3"], home.outputs, folder)
        runs[name], peak = took["seconds"], max(peak, took["peak_mb"])
        print(f"papermill, {name}: {took['seconds']} s", flush=True)
    return {"seconds": round(sum(runs.values()), 2), "peak_mb": peak, "runs": runs}


def main() -> None:
    found: dict = {}
    with tempfile.TemporaryDirectory() as outputs, tempfile.TemporaryDirectory() as folder:
        home = Home(ROOT, Path(outputs))
        for state, words in (("cold", []), ("again", []), ("forced", ["--force"])):
            found[state] = watched(["planning.cli", "loop", *words], home.outputs, Path(folder))
            print(f"{state}: {found[state]}", flush=True)
            if state == "cold":
                found[state] |= {"runs": len(register.runs(home)), "seconds_by_notebook": by_notebook(home)}
        found["papermill"] = papermill(home, Path(folder))
    faster = round(found["papermill"]["seconds"] / found["forced"]["seconds"], 2)
    print(save(about("loop") | {"times_faster": {"all runs anew against papermill's command": faster}} | found))


if __name__ == "__main__":
    main()
