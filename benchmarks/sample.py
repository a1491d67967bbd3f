"""The made-up group at three scales: written by `planning sample`, taken in by the intake, taken in again with nothing changed.

    .venv/bin/python benchmarks/sample.py               a quarter of an hour; writes benchmarks/results/sample.json
    .venv/bin/python benchmarks/sample.py tiny          other scales, printed and not kept

Every job is a process of its own: seconds without its imports, the peak of its memory with them. `rows` are those of all files, `read`
those of the intake. `growth` is the power of the number of rows by which seconds or memory grow between the first and the last scale (1: in
proportion, 0: not at all). The peer of the intake at scale is benchmarks/intake.py; nobody we know writes such a group.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT, about, save

from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings

SCALES = ("tiny", "standard", "large")
SEED = 7


def write(folder: Path, scale: str) -> dict[str, int]:
    """The group's files."""
    rows = write_sample(folder / "files", build_settings(scale, SEED, {}))
    return {"rows": sum(rows.values()), "order_lines": rows["order_lines"], "mb": round(_size(folder / "files") / 2**20)}


def take(folder: Path, _: str) -> dict[str, int]:
    """Their intake, all of it: ledger, budgets, projections, people and every event table."""
    taken = take_in(read_company(ROOT / "params" / "sample"), folder / "snapshots", folder / "files")
    return {"read": sum(taken.read.values()), "figures": taken.rows, "events": sum(taken.events.values()), "findings": len(taken.findings)}


JOBS = {"write": write, "first": take, "again": take}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measured(job: str, folder: Path, scale: str) -> dict[str, float]:
    """A job in a process of its own."""
    words = [sys.executable, __file__, "--job", job, str(folder), scale]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def do(job: str, folder: Path, scale: str) -> None:
    """The job itself, in that process."""
    started = time.perf_counter()
    told = JOBS[job](folder, scale)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 1), "peak_mb": round(peak), **told}))


def growth(first: dict, last: dict, what: str, rows: str) -> float:
    """The power of the rows by which something grows."""
    return round(math.log(last[what] / first[what]) / math.log(last[rows] / first[rows]), 2)


def main(scales: tuple[str, ...]) -> None:
    """Every job at every scale, one after the other."""
    told = {}
    for scale in scales:
        with tempfile.TemporaryDirectory(dir=ROOT / "outputs") as folder:
            told[scale] = {job: measured(job, Path(folder), scale) for job in JOBS}
        wrote, first = told[scale]["write"], told[scale]["first"]
        wrote["rows_per_second"] = round(wrote["rows"] / wrote["seconds"])
        first["rows_per_second"] = round(first["read"] / first["seconds"])
        print(scale, json.dumps(told[scale]))
    if scales == SCALES:
        ends = told[scales[0]], told[scales[-1]]
        grows = {
            job: {what: growth(*(end[job] for end in ends), what, rows) for what in ("seconds", "peak_mb")}
            for job, rows in (("write", "rows"), ("first", "read"))
        }
        print(json.dumps(grows))
        print(save(about("sample") | {"seed": SEED, "scales": told, "growth": grows}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        do(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    else:
        main(tuple(sys.argv[1:]) or SCALES)
