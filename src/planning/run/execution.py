"""One notebook executed into a folder: parameters in, the executed notebook, its report and its tables out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
from papermill.exceptions import PapermillExecutionError

from planning.book.doors import check_plans
from planning.core.errors import RunError
from planning.inputs.company import read_company
from planning.inputs.params import Home, notebook_path
from planning.inputs.snapshots import content_hash
from planning.inputs.sources import digits_by_account
from planning.run.publishing import version_table
from planning.run.report import report_html
from planning.run.requests import Request

KERNEL = [
    "--IPKernelApp.log_level=CRITICAL",
    # A kernel watches its parent from its first second on; one whose parent was killed before that would wait for ever.
    "--IPKernelApp.exec_lines=__import__('os').getppid() == int(__import__('os').environ['JPY_PARENT_PID']) or __import__('os')._exit(1);",
]
Step = Callable[[str, int, int], None]
"""Told of progress: what, done, of how many (cells)."""


def silent(said: str, done: int, total: int) -> None:
    """A Step that keeps quiet."""


def execute(home: Home, asked: Request, name: str, folder: Path, step: Step) -> dict[str, Any]:
    """The notebook run by papermill into `folder`, its report beside it; what the manifest says of it."""
    source, target = notebook_path(home, asked.notebook), folder / "report.ipynb"
    cells = [cell for cell in nbformat.read(source, 4).cells if cell.cell_type == "code"]
    timings: list[float] = []
    started = time.perf_counter()

    def cell_done(**_: Any) -> None:
        timings.append(round(time.perf_counter() - started - sum(timings), 3))
        step(f"{asked.notebook} {asked.case}", len(timings), len(cells) + 1)

    with _environment(home, folder):
        papermill.execute_notebook(
            str(source), str(target), asked.params, kernel_name="python3", progress_bar=False, cwd=str(folder), on_cell_executed=cell_done,
            extra_arguments=KERNEL,
        )  # fmt: skip
    if not (folder / "record.json").is_file():
        raise RunError(f"{asked.notebook} recorded nothing: its record cell did not run")
    said = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    digits = digits_by_account(read_company(home.company(asked.company)))
    check_plans([version_table(folder, version) for version in said["publish"]], digits)
    footer = f"{asked.company} · {asked.notebook} · {asked.case} · snapshot {asked.params.get('snapshot', '')} · {name}"
    (folder / "report.html").write_text(report_html(target, asked.params.get("lang", "en"), footer), encoding="utf-8")
    tables = {path.stem: pd.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    checks = tables["checks"]
    return {
        "headline": said["headline"][asked.params.get("lang", "en")],
        "headlines": said["headline"],
        "publish": said["publish"],
        "tables": {name: {"rows": len(table), "content": content_hash({name: table})} for name, table in tables.items()},
        "checks": {"passed": int(checks["passed"].sum()), "of": len(checks), "failed": list(checks.loc[~checks["passed"], "name"])},
        "seconds": {"all": round(time.perf_counter() - started, 3), "cells": timings},
    }


@contextmanager
def _environment(home: Home, folder: Path):
    """What the kernel inherits: where home and the run are, and one thread per library."""
    wanted = {"PLANNING_HOME": str(home.root), "PLANNING_OUTPUTS": str(home.outputs), "PLANNING_RUN": str(folder), "OMP_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def reason(broken: Exception) -> str:
    """Why a run broke, in a line."""
    if isinstance(broken, PapermillExecutionError):
        return f"cell {broken.cell_index} raised {broken.ename}: {broken.evalue}"
    return f"{type(broken).__name__}: {broken}"
