"""The commands that look at what ran, over 5,000 runs: `list`, `show` and `prune` as whole processes, against the version before.

    .venv/bin/python benchmarks/register.py            some minutes; writes benchmarks/results/register.json

The runs are made up: manifests as a real notebook of thirty cells leaves them, a few small files beside each, all published in a
SQLite book. The version before (commit BEFORE, taken from git) read every manifest for every command and imported pandas, nbformat and
the book for it; both versions are asked in turn, with the same libraries, and must say the same. Seconds are the median of ROUNDS, the
start of Python included; `python` is that start alone; processor seconds beside them say what a machine busy with other things hides.
`cold` is a listing without its index. A pruning removes REMOVED runs, which are put back before the next.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from measuring import about, save

from planning.book.store import open_book

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "8043294"
RUNS, ROUNDS, REMOVED = 5_000, 5, 40
COMPANY = "philadelphia"
NOTEBOOKS = ("annual_budget", "rolling_reforecast", "budget_control", "scorecard_review")
CASES = ("base", "base_zh")
KEEP = RUNS // (len(NOTEBOOKS) * len(CASES)) - REMOVED // (len(NOTEBOOKS) * len(CASES))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def name(number: int) -> str:
    """The id of a made-up run: one every ten minutes."""
    return f"{FIRST + timedelta(minutes=10 * number):%Y%m%dT%H%M%S%f}Z-{number:08x}"


def manifest(number: int) -> dict:
    """What a run of thirty cells and twenty tables says about itself, about as long as a real one's."""
    tables = {f"table_{each}": {"rows": 100 + each, "content": f"{number + each:016x}"} for each in range(20)}
    case, began = CASES[number // len(NOTEBOOKS) % len(CASES)], FIRST + timedelta(minutes=10 * number)
    english = f"Number {number} comes to 1,234 million, 5 % above the plan."
    return {
        "run": name(number), "notebook": NOTEBOOKS[number % len(NOTEBOOKS)], "company": COMPANY, "case": case,
        "params": {f"parameter_{each}": each for each in range(12)} | {"company": COMPANY, "lang": "en"}, "snapshot": f"{number % 9:016x}",
        "notebook_sha256": "0" * 16, "inputs": f"{number:064x}", "started": began.isoformat(), "commit": "0" * 40, "python": "3.11.7",
        "packages": {f"package_{each}": "1.2.3" for each in range(9)}, "headline": english,
        "headlines": {"en": english, "zh": f"第 {number} 个结果：12.34 亿，高于计划 5 %。"},
        "publish": [], "tables": tables, "checks": {"passed": 8, "of": 8, "failed": []},
        "seconds": {"all": 12.3, "cells": [0.4] * 30}, "finished": began.isoformat(),
    }  # fmt: skip


def leave(outputs: Path, numbers: range) -> None:
    """The folders of these runs, where they are not there yet."""
    for number in numbers:
        folder = outputs / COMPANY / NOTEBOOKS[number % len(NOTEBOOKS)] / name(number)
        if not folder.exists():
            (folder / "tables").mkdir(parents=True)
            for each in ("report.html", "report.ipynb", "record.json", "tables/checks.parquet", "tables/plan.parquet"):
                (folder / each).write_bytes(b" " * 2_000)
            (folder / "manifest.json").write_text(json.dumps(manifest(number), indent=2, ensure_ascii=False), encoding="utf-8")


def register_as_published(place: Path) -> None:
    """All runs in a book, as if it had published them."""
    open_book(place)
    rows = [(name(n), COMPANY, NOTEBOOKS[n % len(NOTEBOOKS)], "published", "s", '""', "2026", "engine") for n in range(RUNS)]
    with closing(sqlite3.connect(place)) as book, book:
        book.executemany("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


class Version:
    """One version of the package, asked in processes of its own."""

    def __init__(self, source: Path, outputs: Path):
        kept = {each: value for each, value in os.environ.items() if not each.startswith("PLANNING_")}
        self.named = kept | {"PLANNING_HOME": str(ROOT), "PLANNING_OUTPUTS": str(outputs), "PYTHONPATH": str(source)}
        self.outputs = outputs

    def ask(self, *words: str) -> tuple[float, float, str]:
        """The seconds that a command takes, those of the processor, and what it prints."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([sys.executable, *words], env=self.named, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    def measure(self) -> dict[str, tuple[float, float, str]]:
        """One round: what `ask` says of each command."""
        planning, told = ("-m", "planning.cli"), {}
        shutil.rmtree(self.outputs / ".runs", ignore_errors=True)
        for command, words in COMMANDS.items():
            if command == "prune":
                leave(self.outputs, range(RUNS))
                self.ask(*planning, "list")
            told[command] = self.ask(*(() if command == "python" else planning), *words)
        leave(self.outputs, range(RUNS))
        return told


COMMANDS = {
    "python": ("-c", ""),
    "help": ("--help",),
    "list, cold": ("list",),
    "list": ("list",),
    "list of one notebook": ("list", COMPANY, "--notebook", NOTEBOOKS[0]),
    "list as JSON": ("list", "--json"),
    "show": ("show", name(RUNS // 2)),
    "prune, nothing to remove": ("prune", COMPANY, "--keep", str(RUNS)),
    "prune": ("prune", COMPANY, "--keep", str(KEEP)),
}
THE_SAME = ("list, cold", "list", "list of one notebook", "show", "prune, nothing to remove", "prune")
"""What both versions must say in the same words."""


def source_before(folder: Path) -> Path:
    """The package as it was at BEFORE, taken from git."""
    folder.mkdir()
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", BEFORE, "src"], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder / "src"


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        outputs = Path(temporary) / "outputs"
        leave(outputs, range(RUNS))
        register_as_published(outputs / "book.sqlite")
        now = shutil.copytree(ROOT / "src", Path(temporary) / "now", ignore=shutil.ignore_patterns("__pycache__"))  # as it is now
        versions = {"before": Version(source_before(Path(temporary) / "before"), outputs), "now": Version(now, outputs)}
        rounds = [{which: version.measure() for which, version in versions.items()} for _ in range(ROUNDS)]
    for each in rounds:
        different = [command for command in THE_SAME if each["before"][command][-1] != each["now"][command][-1]]
        assert not different, f"the versions say different things: {different}"
    seconds, processor = (
        {which: {c: round(median(each[which][c][at] for each in rounds), 3) for c in COMMANDS} for which in versions} for at in (0, 1)
    )
    faster = {c: float(f"{seconds['before'][c] / seconds['now'][c]:.3g}") for c in COMMANDS if c != "python"}
    told = about("register") | {"before": BEFORE, "rows": RUNS, "removed": REMOVED, "rounds": ROUNDS}
    save(told | {"times_faster": faster, "seconds": seconds, "processor_seconds": processor})
    for command in COMMANDS:
        before, now = (f"{seconds[which][command]:7.3f} s ({processor[which][command]:.3f})" for which in ("before", "now"))
        print(f"{command:26} {before} before  {now} now")


if __name__ == "__main__":
    main()
