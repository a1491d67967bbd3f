"""The same run again, from its snapshot and parameters, compared table by table."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, RunError
from planning.inputs.aside import fresh_room
from planning.inputs.params import Home
from planning.inputs.snapshots import content_hash
from planning.run.execution import Step, execute, silent
from planning.run.register import Run
from planning.run.requests import settle


@dataclass(frozen=True)
class Comparison:
    """One table of a run beside its replay: rows, and the largest difference of any number (0 when equal to the last digit)."""

    table: str
    rows: int
    replayed: int
    largest: float
    same: bool


def replay(home: Home, done: Run, step: Step = silent) -> list[Comparison]:
    """The same run again, aside, from the same snapshot and parameters, compared table by table; nothing is kept.

    RequestError for a failed run, or where the snapshot or a parameter is no more; RunError where the notebook breaks.
    """
    about = done.manifest
    if about.get("status") == "failed":
        raise RequestError(done.id, [Problem("a failed run has nothing to compare", str(done.folder), next="see its traceback.txt")])
    asked = settle(home, about["notebook"], about["company"], overrides=about["params"])
    written = fresh_room(home.outputs / asked.company / asked.notebook)
    try:
        execute(home, replace(asked, case=about["case"]), done.id, written, step)
        names = {path.stem for folder in (done.folder, written) for path in (folder / "tables").glob("*.parquet")}
        return [_compare(name, done.folder, written) for name in sorted(names | set(about["tables"]))]
    except RunError as broken:
        raise RunError(f"replay of {done.id}: {broken.reason}; nothing was kept") from broken
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _compare(name: str, first: Path, second: Path) -> Comparison:
    paths = [folder / "tables" / f"{name}.parquet" for folder in (first, second)]
    tables = [pd.read_parquet(path) if path.is_file() else pd.DataFrame() for path in paths]
    there = all(path.is_file() for path in paths)
    largest = _largest_difference(*tables) if there else float("inf")
    return Comparison(name, len(tables[0]), len(tables[1]), largest, largest < 0.005)


def _largest_difference(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """The largest difference of any number, 0 when equal to the last digit; infinite where anything else differs."""
    if content_hash({"": before}) == content_hash({"": after}):
        return 0.0
    numbers = list(before.select_dtypes("number").columns)
    if before.shape != after.shape or list(after.select_dtypes("number").columns) != numbers:
        return float("inf")
    if not before.drop(columns=numbers).equals(after.drop(columns=numbers)):
        return float("inf")
    left, right = before[numbers].to_numpy(float), after[numbers].to_numpy(float)
    with np.errstate(invalid="ignore"):
        gaps = np.abs(left - right)
    gaps[(left == right) | (np.isnan(left) & np.isnan(right))] = 0.0
    return float(np.nan_to_num(gaps, nan=np.inf).max())
