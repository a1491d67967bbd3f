"""The engine: the only place that launches a notebook or publishes a run.

A run is written aside, checked, moved into place and then published to the book once, by its id. Whatever kills the
process, a reader sees whole runs only, and the next command publishes a run that was moved but not yet published.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
from papermill.exceptions import PapermillExecutionError

from planning.core.errors import ConflictError, LockedError, Problem, RequestError, RunError, did_you_mean
from planning.inputs.aside import aside, move_into_place, sweep
from planning.inputs.company import Company, read_company
from planning.inputs.params import Home, check_params, notebook_path, read_case, read_declarations
from planning.inputs.snapshots import content_hash, latest, read_snapshot
from planning.inputs.sources import digits_by_account
from planning.run.manifest import read_manifest, run_id, surroundings, utc_now, write_manifest
from planning.run.report import report_html

FAILED = "failed"
Step = Callable[[str, int, int], None]
"""Told of progress: what, done, of how many (cells)."""


def silent(said: str, done: int, total: int) -> None:
    """A Step that keeps quiet."""


@dataclass(frozen=True)
class Request:
    """A checked wish: which notebook, whose company, which case, with every parameter settled."""

    notebook: str
    company: str
    case: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A finished run: its id, folder and manifest."""

    id: str
    folder: Path
    manifest: dict[str, Any]


def request(home: Home, notebook: str, company: str, case: str = "", overrides: dict[str, Any] | None = None) -> Request:
    """Everything a run needs, settled and checked before launch: the snapshot is named, every parameter typed.

    RequestError with every problem; nothing was run.
    """
    path = notebook_path(home, notebook)
    declared = read_declarations(path)
    read_company(home.company(company))
    values = read_case(home, company, notebook, case) if case else {}
    values = values | (overrides or {}) | {"company": company}
    subject = str(home.company(company) / notebook / f"{case}.yaml") if case else f"{notebook} for {company}"
    params = check_params(values, declared, subject)
    if "snapshot" in declared:
        params["snapshot"] = _existing_snapshot(home, company, params["snapshot"])
    return Request(notebook, company, case, params)


def _existing_snapshot(home: Home, company: str, snapshot: str) -> str:
    folder = home.snapshots(company)
    name = snapshot or latest(folder)
    if name is None or not (folder / name / "manifest.json").is_file():
        raise RequestError(
            company, [Problem("no such snapshot", str(folder), snapshot or "none yet", next=f"run planning intake {company}")]
        )
    return name


def run(home: Home, asked: Request, book: Any, step: Step = silent) -> Run:
    """One notebook executed, checked, moved into place and published. RunError where it broke; it is kept apart then."""
    place = home.outputs / asked.company / asked.notebook
    written = _room(place)
    name = run_id(asked.notebook, asked.params)
    manifest = _begun(home, asked, name)
    try:
        manifest |= _execute(home, asked, name, written, step)
        manifest["finished"] = utc_now()
        write_manifest(written, manifest)
    except Exception as broken:
        folder = _keep_failed(written, place, name, manifest, broken)
        raise RunError(f"{asked.notebook} {asked.case}: {_reason(broken)}\n  kept in {folder}, see traceback.txt") from broken
    if manifest["checks"]["failed"]:
        folder = _keep_failed(written, place, name, manifest, None)
        failed = ", ".join(manifest["checks"]["failed"])
        raise RunError(f"{asked.notebook} {asked.case}: checks failed: {failed}\n  kept in {folder}")
    move_into_place(written, place / name)
    done = Run(name, place / name, manifest)
    publish(home, done, book)
    return done


def _room(place: Path) -> Path:
    """A fresh folder aside. RequestError where outputs can't be written."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        written = aside(place)
        written.mkdir()
    except OSError as broken:
        wrong = Problem("can't be written", str(place), broken.strerror or str(broken), "a folder that this user may write")
        raise RequestError("outputs", [wrong]) from None
    return written


def _begun(home: Home, asked: Request, name: str) -> dict[str, Any]:
    about = {"run": name, "notebook": asked.notebook, "company": asked.company, "case": asked.case, "params": asked.params}
    code = hashlib.sha256(notebook_path(home, asked.notebook).read_bytes()).hexdigest()[:16]
    return about | {"snapshot": asked.params.get("snapshot", ""), "notebook_sha256": code, "started": utc_now(), **surroundings(home.root)}


def _execute(home: Home, asked: Request, name: str, folder: Path, step: Step) -> dict[str, Any]:
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
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )  # fmt: skip
    if not (folder / "record.json").is_file():
        raise RunError(f"{asked.notebook} recorded nothing: its record cell did not run")
    footer = f"{asked.company} · {asked.notebook} · {asked.case} · snapshot {asked.params.get('snapshot', '')} · {name}"
    (folder / "report.html").write_text(report_html(target, asked.params.get("lang", "en"), footer), encoding="utf-8")
    tables = {path.stem: pd.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    checks = tables["checks"]
    said = pd.read_json(folder / "record.json", typ="series")
    return {
        "headline": said["headline"],
        "publish": list(said["publish"]),
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


def _reason(broken: Exception) -> str:
    if isinstance(broken, PapermillExecutionError):
        return f"cell {broken.cell_index} raised {broken.ename}: {broken.evalue}"
    return f"{type(broken).__name__}: {broken}"


def _keep_failed(written: Path, place: Path, name: str, manifest: dict[str, Any], broken: Exception | None) -> Path:
    """A failed run under failed/, with its traceback, never among the finished ones."""
    text = "".join(traceback.format_exception(broken)) if broken else "checks failed: see tables/checks.parquet\n"
    (written / "traceback.txt").write_text(text, encoding="utf-8")
    write_manifest(written, manifest | {"finished": utc_now(), "status": "failed"})
    (place / FAILED).mkdir(exist_ok=True)
    move_into_place(written, place / FAILED / name)
    return place / FAILED / name


def publish(home: Home, done: Run, book: Any) -> None:
    """A run's plan tables given to the book, once: keyed by the run's id, so that repeating it changes nothing.

    Where the book refuses (the version is locked, or a person changed it since) the run stays, marked as refused.
    """
    if book.published(done.id):
        return
    try:
        _publish(done, read_company(home.company(done.manifest["company"])), book)
    except (ConflictError, LockedError) as refused:
        write_manifest(done.folder, done.manifest | {"refused": str(refused)})
        raise


def _publish(done: Run, company: Company, book: Any) -> None:
    tables = [_version(done.folder, name) for name in done.manifest["publish"]]
    book.publish(
        run_id=done.id, company=company.code, notebook=done.manifest["notebook"], headline=done.manifest["headline"],
        tables=tables, snapshot=done.manifest["snapshot"], who="engine", digits=digits_by_account(company),
    )  # fmt: skip


def _version(folder: Path, version: str) -> tuple[str, str, pd.DataFrame]:
    table = pd.read_parquet(folder / "tables" / f"publish_{version}.parquet")
    return table["scenario"].iat[0], version, table


def finish(home: Home, company: str, book: Any) -> list[str]:
    """Clear what killed processes left aside, and publish every run that was moved but not published; returns their ids."""
    finished = []
    for place in sorted(path for path in (home.outputs / company).glob("*") if path.is_dir()):
        sweep(place)
        for folder in sorted(place.glob("*Z-*")):
            manifest = read_manifest(folder)
            if "refused" not in manifest and not book.published(manifest["run"]):
                publish(home, Run(manifest["run"], folder, manifest), book)
                finished.append(manifest["run"])
    return finished


def runs(home: Home, company: str = "", notebook: str = "") -> list[dict[str, Any]]:
    """The manifests of finished and failed runs, newest first."""
    found = []
    for folder in home.outputs.glob(f"{company or '*'}/{notebook or '*'}/**/manifest.json"):
        if folder.parent.parent.name == "snapshots":
            continue
        found.append(read_manifest(folder.parent) | {"folder": str(folder.parent)})
    return sorted(found, key=lambda manifest: manifest["run"], reverse=True)


def find_run(home: Home, name: str) -> Run:
    """A run by its id, or by its unambiguous beginning. RequestError when there is none or several."""
    found = [manifest for manifest in runs(home) if manifest["run"].startswith(name)]
    if len(found) != 1:
        known = [manifest["run"] for manifest in runs(home)]
        said = Problem("no such run" if not found else "several such runs", got=name, next=did_you_mean(name, known[:20]))
        raise RequestError("run", [said])
    return Run(found[0]["run"], Path(found[0]["folder"]), found[0])


@dataclass(frozen=True)
class Comparison:
    """One table of a run beside its replay: rows, and the largest difference of any number (0 when equal to the last digit)."""

    table: str
    rows: int
    replayed: int
    largest: float
    same: bool


def replay(home: Home, done: Run, step: Step = silent) -> list[Comparison]:
    """The same run again, aside, from the same snapshot and parameters, compared table by table; nothing is kept."""
    about = done.manifest
    read_snapshot(about["company"], home.snapshots(about["company"]), about["snapshot"])
    asked = Request(about["notebook"], about["company"], about["case"], about["params"])
    written = _room(home.outputs / asked.company / asked.notebook)
    try:
        _execute(home, asked, done.id, written, step)
        names = sorted(path.stem for path in (done.folder / "tables").glob("*.parquet"))
        return [_compare(name, done.folder, written) for name in names]
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _compare(name: str, first: Path, second: Path) -> Comparison:
    before = pd.read_parquet(first / "tables" / f"{name}.parquet")
    path = second / "tables" / f"{name}.parquet"
    after = pd.read_parquet(path) if path.is_file() else before.iloc[0:0]
    same = content_hash({name: before}) == content_hash({name: after})
    largest = 0.0 if same else float("inf")
    if not same and before.shape == after.shape:
        numbers = before.select_dtypes("number").columns.intersection(after.select_dtypes("number").columns)
        texts = before.columns.difference(numbers)
        if before[texts].equals(after[texts]):
            largest = float((before[numbers] - after[numbers]).abs().max().max())
    return Comparison(name, len(before), len(after), largest, same or largest < 0.005)


def prune(home: Home, company: str, keep: int) -> list[str]:
    """Old runs removed, the newest `keep` of each notebook and case kept; returns the ids of those that went."""
    gone, seen = [], {}
    for manifest in runs(home, company):
        key = (manifest["notebook"], manifest["case"])
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > keep:
            shutil.rmtree(manifest["folder"])
            gone.append(manifest["run"])
    return gone


def lock(home: Home, book: Any, company: str, scenario: str, version: str, who: str) -> str:
    """A version locked for ever: its cells written as Parquet under the hash of their content, the hash kept in the book.

    LockedError while findings of the snapshot it stands on are open, ConflictError when it moved on meanwhile. Returns the hash.
    """
    cells, revision = book.read(company, scenario, version)
    digest = content_hash({"cells": cells})
    folder = home.outputs / company / "locked"
    written = _room(folder)
    cells.to_parquet(written / "cells.parquet", index=False)
    write_manifest(written, {"company": company, "scenario": scenario, "version": version, "revision": revision, "content": digest})
    move_into_place(written, folder / digest)  # first the copy: without the book's entry it is never read
    book.lock_version(company, scenario, version, who, digest, revision)
    return digest
