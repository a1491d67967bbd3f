"""Batches: 20 small runs against papermill's command and API, what a run costs beside its cells, and 1,000 runs with their memory.

    .venv/bin/python benchmarks/batch.py           about ten minutes; writes benchmarks/results/batch.json

The home is made up (batch_home.py): two small notebooks with the imports of the project's own, 500 departments, 24 months. All sides run
the same notebook for the same 20 departments from the same snapshot. Ours is the whole command, from its start to its exit: every run
checked before anything starts, executed, its report as HTML, tables, manifest and checks written, moved into place, published, recorded;
papermill's sides write the executed notebook (and the drafts that its record cell leaves). `times_faster` is papermill's command, run after
run, divided by `planning batch` on two processes. The overhead of a run is what one process needs for a run beside its cells' seconds.
Memory is resident memory: the batch's own process and the zygotes, looked at every half second; their growth is from the second hundred
runs to the last hundred.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from statistics import mean, median

import batch_home
import psutil
from measuring import about, save

RUNS = 20
PROCESSES = 2
EVERY = 0.5  # seconds between two looks at the memory
API = """
import sys, papermill
for department in sys.argv[2:]:
    papermill.execute_notebook(sys.argv[1], department + ".ipynb", {"department": department}, kernel_name="python3", progress_bar=False)
"""


def departments(count: int) -> list[str]:
    return [f"d{number:03}" for number in range(count)]


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    return kept | {"PLANNING_HOME": str(home), "PLANNING_OUTPUTS": str(home / "outputs"), "OMP_NUM_THREADS": "1"}


def quietly(command: list[str], folder: Path, home: Path) -> None:
    subprocess.run(command, cwd=folder, env=environment(home), check=True, capture_output=True)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# ------------------------------------------------------------------------------------------------------------------ peers


def papermill_command(home: Path, folder: Path, department: str) -> None:
    notebook = str(home / "notebooks" / "trend.ipynb")
    command = [sys.executable, "-m", "papermill", notebook, f"{department}.ipynb", "-p", "department", department, "-k", "python3"]
    quiet = ["--no-progress-bar", "--log-level", "ERROR"]
    place = folder / department  # the drafts of runs in parallel would overwrite each other
    place.mkdir(parents=True)
    quietly([*command, *quiet], place, home)


def one_by_one(home: Path, folder: Path) -> None:
    for department in departments(RUNS):
        papermill_command(home, folder, department)


def in_parallel(home: Path, folder: Path) -> None:
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda department: papermill_command(home, folder, department), departments(RUNS)))


def in_one_process(home: Path, folder: Path) -> None:
    folder.mkdir()
    notebook = str(home / "notebooks" / "trend.ipynb")
    quietly([sys.executable, "-c", API, notebook, *departments(RUNS)], folder, home)


# ------------------------------------------------------------------------------------------------------------------- ours


def batch_file(home: Path, name: str, notebooks: list[str], count: int) -> Path:
    """A batch of each notebook for so many departments."""
    grid = {"grid": {"department": departments(count)}}
    path = home / f"{name}.yaml"
    path.write_text(json.dumps({"runs": {notebook: {"company": "works"} | grid for notebook in notebooks}}), encoding="utf-8")
    return path


def batch(home: Path, file: Path, *words: str) -> list[dict]:
    """`planning batch`, whole; its events."""
    command = [sys.executable, "-m", "planning.cli", "batch", str(file), "--json", *words]
    done = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the batch broke: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def overhead(home: Path, events: list[dict]) -> dict:
    """Of runs one after the other: seconds a run, seconds of its cells, and the rest, which is what a run costs."""
    at = [datetime.fromisoformat(event["at"]) for event in events if event["event"] in ("run_started", "run_done")]
    each = (max(at) - min(at)).total_seconds() / RUNS
    folders = [Path(event["folder"]) for event in events if event["event"] == "run_done"]
    cells = mean(sum(json.loads((folder / "manifest.json").read_text())["seconds"]["cells"]) for folder in folders)
    return {"seconds_a_run": round(each, 3), "cells": round(cells, 3), "overhead": round(each - cells, 3)}


class Memory:
    """The resident memory of a batch's own process and its zygotes, by how many runs are done."""

    def __init__(self, process: subprocess.Popen):
        self.process, self.done, self.seen, self.over = psutil.Process(process.pid), 0, [], threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(EVERY):
            with suppress(psutil.Error):
                zygotes = [child for child in self.process.children() if "planning.kernels.zygote" in child.cmdline()]
                resident = [member.memory_info().rss / 2**20 for member in (self.process, *zygotes)]
                family = len(self.process.children(recursive=True))
                self.seen.append((self.done, resident[0], sum(resident[1:]), family, self.process.num_fds()))

    def end(self) -> dict:
        self.over.set()
        self.thread.join()
        early = [row for row in self.seen if 100 <= row[0] < 200]
        late = [row for row in self.seen if row[0] >= self.done - 100]
        found = {"most_processes": max(row[3] for row in self.seen)}
        for column, name in ((1, "batch_mb"), (2, "zygotes_mb"), (4, "open_files")):
            before, after = median(row[column] for row in early), median(row[column] for row in late)
            found[name] = {"second_hundred": round(before, 1), "last_hundred": round(after, 1), "growth": round(after / before - 1, 3)}
        return found


def thousand(home: Path) -> dict:
    """1,000 runs, two notebooks for each of 500 departments."""
    file = batch_file(home, "thousand", list(batch_home.METHODS), batch_home.DEPARTMENTS)
    command = [sys.executable, "-m", "planning.cli", "batch", str(file), "--json", "--force", "--parallel", str(PROCESSES)]
    started = time.perf_counter()
    child = subprocess.Popen(command, cwd=home, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    memory = Memory(child)
    for line in child.stdout:
        memory.done += json.loads(line)["event"] == "run_done"
    if child.wait():
        raise SystemExit("the thousand runs broke")
    took = time.perf_counter() - started
    return {"runs": memory.done, "seconds": round(took, 1), "seconds_a_run": round(took / memory.done, 3), **memory.end()}


# ----------------------------------------------------------------------------------------------------------------- result


def measured(home: Path, folder: Path) -> dict:
    file = batch_file(home, "twenty", ["trend"], RUNS)
    quietly([sys.executable, "-m", "planning.cli", "intake", "works"], home, home)
    peers = {"papermill_command": one_by_one, "papermill_command_in_parallel": in_parallel, "papermill_in_one_process": in_one_process}
    found = {}
    for name, peer in peers.items():
        found[name] = round(seconds(lambda peer=peer, name=name: peer(home, folder / name)), 2)
        print(f"{name}: {found[name]} s", flush=True)
    two, one = ("--parallel", str(PROCESSES)), ("--parallel", "1")
    found["planning_batch"] = round(seconds(lambda: batch(home, file, "--force", *two)), 2)
    found["planning_batch_unchanged"] = round(seconds(lambda: batch(home, file, *two)), 2)
    events: list[dict] = []
    found["planning_batch_one_process"] = round(seconds(lambda: events.extend(batch(home, file, "--force", *one))), 2)
    print(found, flush=True)
    return {"seconds": found, "overhead_per_run": overhead(home, events)}


def main() -> None:
    rounds = []
    with tempfile.TemporaryDirectory() as place:
        home = batch_home.build(Path(place) / "home")
        for number in range(1 if "--quick" in sys.argv else 3):
            rounds.append(measured(home, Path(place) / f"round{number}"))
        many = {} if "--quick" in sys.argv else {"thousand_runs": thousand(home)}
    spent = {name: round(median(found["seconds"][name] for found in rounds), 2) for name in rounds[0]["seconds"]}
    result = {
        **about("batch"),
        "runs": RUNS,
        "processes": PROCESSES,
        "times_faster": round(spent["papermill_command"] / spent["planning_batch"], 2),
        "times_faster_than": {name: round(spent[name] / spent["planning_batch"], 2) for name in spent if name.startswith("papermill")},
        "seconds": spent,
        "overhead_per_run": {name: median(found["overhead_per_run"][name] for found in rounds) for name in rounds[0]["overhead_per_run"]},
        "rounds": rounds,
        **many,
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if "--quick" not in sys.argv:
        save(result)


if __name__ == "__main__":
    main()
