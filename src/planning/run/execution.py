"""One notebook executed into a folder: parameters in, the executed notebook, its report and its tables out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from planning.book.doors import check_plans
from planning.core.errors import RunError
from planning.inputs.params import Home, notebook_path
from planning.inputs.secrets import Redaction
from planning.inputs.snapshots import content_hash
from planning.inputs.sources import digits_by_account
from planning.kernels.kernel import INLINE, ForkedKernelManager
from planning.run.cells import Work, execute_cells
from planning.run.publishing import version_table
from planning.run.report import report_html
from planning.run.requests import Request, company_of, hidden

Step = Callable[[str, int, int], None]
"""Told of progress: what, done, of how many (cells)."""


def silent(said: str, done: int, total: int) -> None:
    """A Step that keeps quiet."""


def execute(
    home: Home, asked: Request, name: str, folder: Path, step: Step = silent, *, cell_deadline: float | None = None,
    kernel: type = ForkedKernelManager,
) -> dict[str, Any]:  # fmt: skip
    """The notebook run by papermill into `folder`, its report beside it; what the manifest says of it. RunError where it broke.

    `cell_deadline`: seconds that a cell may take. Nothing in the folder shows a secret, whether or not the run broke.
    """
    secrets = hidden(home, asked)
    try:
        said = _execute(home, asked, name, folder, step, cell_deadline, kernel, secrets)
    except Exception:
        remove_shown(folder, secrets)
        raise
    shown = remove_shown(folder, secrets)
    if shown:
        raise RunError(f"the value of a secret stood in {', '.join(shown)}: not kept", kind="checks")
    return said


def _execute(
    home: Home, asked: Request, name: str, folder: Path, step: Step, cell_deadline: float | None, kernel: type, secrets: Redaction
) -> dict[str, Any]:
    started, lang = time.perf_counter(), asked.params.get("lang", "en")
    work = Work(
        notebook_path(home, asked.notebook), folder / "report.ipynb", asked.params, _about(asked, name), _environment(home, folder),
        kernel, cell_deadline, secrets, lambda done, of: step(f"{asked.notebook} {asked.case}", done, of),
    )  # fmt: skip
    execute_cells(work)
    said = _recorded(asked, folder, secrets)
    checked = [version_table(folder, version) for version in said["publish"]]
    check_plans(checked, digits_by_account(company_of(home, asked.company)) if checked else {})
    footer = f"{asked.company} · {asked.notebook} · {asked.case} · snapshot {asked.params.get('snapshot', '')} · {name}"
    report = secrets.text(report_html(work.target, lang, footer))
    (folder / "report.html").write_text(report, encoding="utf-8", errors="xmlcharrefreplace")
    tables = {path.stem: pd.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    checks = tables["checks"]
    return {
        "headline": said["headline"][lang],
        "headlines": said["headline"],
        "publish": said["publish"],
        "tables": {name: {"rows": len(table), "content": content_hash({name: table})} for name, table in tables.items()},
        "checks": {"passed": int(checks["passed"].sum()), "of": len(checks), "failed": list(checks.loc[~checks["passed"], "name"])},
        "seconds": {"all": round(time.perf_counter() - started, 3), "cells": work.seconds},
    }


def _about(asked: Request, name: str) -> dict[str, str]:
    return {"run": name, "notebook": asked.notebook, "company": asked.company, "case": asked.case}


def _environment(home: Home, folder: Path) -> dict[str, str]:
    """What the kernel is told: where home and the run are, one thread per library, pictures in the notebook whatever the caller's are."""
    told = {"PLANNING_HOME": str(home.root), "PLANNING_OUTPUTS": str(home.outputs), "PLANNING_RUN": str(folder)}
    return told | {"OMP_NUM_THREADS": "1", "MPLBACKEND": INLINE}


def _recorded(asked: Request, folder: Path, secrets: Redaction) -> dict[str, Any]:
    """What the record cell said."""
    path = folder / "record.json"
    if not path.is_file():
        raise RunError(f"{asked.notebook} recorded nothing: its record cell did not run")
    text = secrets.text(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    return json.loads(text)


def remove_shown(folder: Path, secrets: Redaction) -> list[str]:
    """The files below a run's folder that show a secret, removed; returns their names."""
    shown = []
    for path in sorted(folder.rglob("*")) if secrets else ():
        if path.is_file() and _shows(path, secrets):
            os.unlink(path)
            shown.append(str(path.relative_to(folder)))
    return shown


def _shows(path: Path, secrets: Redaction) -> bool:
    if secrets.in_bytes(path.read_bytes()) or secrets.in_text(path.name):
        return True
    try:
        return path.suffix == ".parquet" and secrets.in_table(pd.read_parquet(path))
    except (OSError, ValueError):  # half written: nobody can tell what it holds
        return True
