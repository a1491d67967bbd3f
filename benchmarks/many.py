"""How `planning forecast` grows with the number of series, on one machine and on a Dask cluster, with the same numbers.

    .venv/bin/python benchmarks/many.py [--sizes 1000 4000 16000 100000] [--method fast]     hours; benchmarks/results/many.json

Each measurement is written when it is made, beside those of other sizes and methods that are there. Made-up monthly series of 60 to 120
months, one in a hundred months missing, 12 months ahead, each tried on its own past. One machine: the command with 2 processes. Cluster:
the command `--on` a scheduler and 3 workers of one thread, each a process of its own, on the same machine, so it is no faster; what
counts is that it grows alike and says the same. At the sizes in KILLED one of the workers is killed when half of the time of one machine
is over. `peak_mb`: proportional memory of all processes together; `command_mb` and `worker_mb`: the command's own, and the
largest other's. `processor_seconds` say what a machine busy with other things hides; on a cluster without those of a killed worker
since it was last looked at. `same`: every cell of all tables as on one machine, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from measuring import RESULTS, ROOT, about, save

from planning.core.periods import month_range
from planning.model.made_up import make_up
from planning.run.manifest import read_manifest

SIZES, KILLED = (1_000, 4_000, 16_000, 100_000), (4_000, 100_000)
WORKERS, SEED, BLOCK, LAST = 3, 11, 5_000, pd.Timestamp("2025-12-01")
SHORTEST, LONGEST, MISSING = 60, 120, 0.01
LOOK = 0.5
NAMED = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "DASK_LOGGING__DISTRIBUTED": "error"}


def write_histories(count: int, path: Path) -> None:
    """So many series in one Parquet file."""
    months = month_range(LAST - pd.DateOffset(months=LONGEST - 1), LONGEST).to_numpy()
    parts, made, block = [], 0, 0
    while made < count:
        rng = np.random.default_rng([SEED, block])
        rows = [row for row in make_up(BLOCK, 12, SEED + block) if len(row) >= SHORTEST][: count - made]
        rows = [row[-int(rng.integers(SHORTEST, LONGEST + 1)) :] for row in rows]
        lengths = np.array([len(row) for row in rows])
        table = pd.DataFrame({
            "account": np.repeat([f"{made + place:06}" for place in range(len(rows))], lengths),
            "period": np.concatenate([months[-length:] for length in lengths]), "amount": 1000 * np.exp(np.concatenate(rows)),
        })  # fmt: skip
        parts.append(table[(rng.random(len(table)) >= MISSING) | (table["period"] == LAST)])
        made, block = made + len(rows), block + 1
    pd.concat(parts, ignore_index=True).to_parquet(path, index=False)


class Watched:
    """Processes looked at every LOOK seconds: the most memory they had together and alone, and the processor time they took."""

    def __init__(self, command: int, others: list[int]):
        self.command, self.roots = command, [command, *others]
        self.peak, self.most, self.spent = 0, {}, {}
        self.before = self._look(others)
        self.peak, self.most = 0, {}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _look(self, roots: list[int]) -> float:
        together = 0
        for root in roots:
            for process in self._tree(root):
                try:
                    memory, times = process.memory_full_info().pss, process.cpu_times()
                except psutil.Error:
                    continue
                self.spent[process.pid] = times.user + times.system
                self.most[process.pid] = max(self.most.get(process.pid, 0), memory)
                together += memory
        self.peak = max(self.peak, together)
        return sum(self.spent.values())

    def _tree(self, root: int) -> list[psutil.Process]:
        try:
            process = psutil.Process(root)
            return [process, *process.children(recursive=True)]
        except psutil.Error:
            return []

    def _watch(self) -> None:
        while not self.done.wait(LOOK):
            self._look(self.roots)

    def end(self) -> dict:
        self.done.set()
        self.thread.join()
        others = [memory for process, memory in self.most.items() if process != self.command]
        memory = {"peak_mb": self.peak, "command_mb": self.most.get(self.command, 0), "worker_mb": max(others, default=0)}
        seconds = {"processor_seconds": round(sum(self.spent.values()) - self.before, 1)}
        return seconds | {name: round(value / 2**20) for name, value in memory.items()}


@contextmanager
def cluster(folder: Path):
    """A scheduler and its workers: the address, and the workers' process ids."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    address, quiet = f"tcp://127.0.0.1:{port}", {"env": NAMED, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    begun = [subprocess.Popen([*words, "--dashboard-address", ":0"], **quiet)]
    words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-dashboard", "--nthreads", "1", "--no-nanny"]
    begun += [subprocess.Popen([*words, "--memory-limit", "0", "--local-directory", str(folder)], **quiet) for _ in range(WORKERS)]
    try:
        time.sleep(15)
        yield address, [process.pid for process in begun]
    finally:
        for process in begun:
            process.kill()
            process.wait()


def measured(history: Path, place: Path, method: str, on: str = "", others: list[int] | None = None, kill_after: float = 0.0) -> dict:
    """One run of the command."""
    words = [sys.executable, "-m", "planning.cli", "forecast", str(history), "--by", "account", "--horizon", "12", "--to", str(place)]
    words += ["--method", method]
    words += ["--on", on] if on else ["--workers", "2"]
    started = time.perf_counter()
    command = subprocess.Popen(words, env=NAMED, cwd=place.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    watched = Watched(command.pid, others or [])
    killer = threading.Timer(kill_after, os.kill, ((others or [0])[-1], signal.SIGKILL))
    if kill_after:
        killer.start()
    said = command.communicate()[1]
    seconds = time.perf_counter() - started
    killer.cancel()
    assert command.returncode == 0, said
    return {"seconds": round(seconds, 1), **watched.end(), "found": read_manifest(place)["found"]}


def is_same(one: Path, other: Path) -> bool:
    tables = sorted(path.name for path in one.glob("*.parquet"))
    return all(pd.read_parquet(one / table).equals(pd.read_parquet(other / table)) for table in tables)


def rows_of(size: int, method: str, folder: Path):
    """Each measurement of one size, as it is made."""
    history, alone = folder / f"{size}.parquet", folder / f"{size}_alone"
    write_histories(size, history)
    taken, what = measured(history, alone, method), {"series": size, "method": method}
    yield what | {"where": "one machine, 2 processes"} | taken
    killed, place = size in KILLED, folder / f"{size}_there"
    with cluster(folder) as (address, others):
        row = what | {"where": f"cluster of {WORKERS} workers{', one killed' if killed else ''}"}
        row |= measured(history, place, method, address, others, taken["seconds"] / 2 if killed else 0.0)
    yield row | {"same": is_same(alone, place)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    asked.add_argument("--method", default="fast")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for size in given.sizes:
            rows = [row for row in rows_before() if (row["series"], row["method"]) != (size, given.method)]
            for row in rows_of(size, given.method, Path(temporary)):
                told = about("many")
                rows.append(row | {"commit": told["commit"]})
                print(row, flush=True)
                save(told | {"months": [SHORTEST, LONGEST], "horizon": 12, "rows": rows})


def rows_before() -> list[dict]:
    """What was measured before."""
    path = RESULTS / "many.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


if __name__ == "__main__":
    main()
