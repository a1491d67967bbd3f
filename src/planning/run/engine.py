"""The engine: the only place that launches a notebook or publishes a run.

A run is written aside, checked, moved into place and then published to the book once, by its id. Whatever kills the
process, a reader sees whole runs only, and the next command publishes a run that was moved but not yet published.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import papermill
from papermill.exceptions import PapermillExecutionError

from planning.book.doors import check_plans
from planning.core.errors import ConflictError, LockedError, Problem, RequestError, RunError, did_you_mean
from planning.core.people import Person
from planning.inputs.aside import aside, move_into_place, sweep
from planning.inputs.company import read_company
from planning.inputs.params import Home, check_params, notebook_path, read_case, read_declarations
from planning.inputs.snapshots import content_hash, latest
from planning.inputs.sources import digits_by_account
from planning.run.manifest import read_manifest, run_id, surroundings, utc_now, write_manifest
from planning.run.report import report_html

FAILED = "failed"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
KERNEL = [
    "--IPKernelApp.log_level=CRITICAL",
    # A kernel watches its parent from its first second on; one whose parent was killed before that would wait for ever.
    "--IPKernelApp.exec_lines=__import__('os').getppid() == int(__import__('os').environ['JPY_PARENT_PID']) or __import__('os')._exit(1);",
]
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


def settle(home: Home, notebook: str, company: str, case: str = "", overrides: dict[str, Any] | None = None) -> Request:
    """A wish checked before anything runs: every parameter known, there and typed. RequestError with every problem."""
    declared = read_declarations(notebook_path(home, notebook))
    read_company(home.company(company))
    values = read_case(home, company, notebook, case) if case else {}
    values = {"company": company} | values | (overrides or {})
    subject = str(home.company(company) / notebook / f"{case}.yaml") if case else f"{notebook} for {company}"
    params = check_params(values, declared, subject)
    if params["company"] != company:
        raise RequestError(subject, [Problem("another company", "company", repr(params["company"]), company)])
    if params.get("snapshot"):
        _existing_snapshot(home, company, params["snapshot"])
    return Request(notebook, company, case, params)


def settle_all(home: Home, company: str, wanted: Iterable[tuple[str, str]]) -> list[Request]:
    """Several (notebook, case) settled together. RequestError with every problem of every one."""
    settled, problems = [], []
    for notebook, case in wanted:
        try:
            settled.append(settle(home, notebook, company, case))
        except RequestError as wrong:
            problems += [replace(problem, where=f"{notebook} {case}, {problem.where}".strip(", ")) for problem in wrong.problems]
    if problems:
        raise RequestError(company, list(dict.fromkeys(problems)))
    return settled


def pinned(home: Home, asked: Request) -> Request:
    """The same wish with its snapshot named: the newest where it names none. RequestError where there is none yet."""
    if "snapshot" not in asked.params:
        return asked
    snapshot = _existing_snapshot(home, asked.company, asked.params["snapshot"])
    return replace(asked, params=asked.params | {"snapshot": snapshot})


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
    except BaseException:  # interrupted: nobody asks why it broke
        shutil.rmtree(written, ignore_errors=True)
        raise
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
            extra_arguments=KERNEL,
        )  # fmt: skip
    if not (folder / "record.json").is_file():
        raise RunError(f"{asked.notebook} recorded nothing: its record cell did not run")
    said = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    check_plans([_version(folder, version) for version in said["publish"]], digits_by_account(read_company(home.company(asked.company))))
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


def _reason(broken: Exception) -> str:
    if isinstance(broken, PapermillExecutionError):
        return f"cell {broken.cell_index} raised {broken.ename}: {broken.evalue}"
    return f"{type(broken).__name__}: {broken}"


def _keep_failed(written: Path, place: Path, name: str, manifest: dict[str, Any], broken: Exception | None) -> Path:
    """A failed run under failed/, with its traceback, never among the finished ones."""
    text = "".join(traceback.format_exception(broken)) if broken else "checks failed: see tables/checks.parquet\n"
    (written / "traceback.txt").write_text(COLOURS.sub("", text), encoding="utf-8")
    write_manifest(written, manifest | {"finished": utc_now(), "status": "failed"})
    (place / FAILED).mkdir(exist_ok=True)
    move_into_place(written, place / FAILED / name)
    return place / FAILED / name


def publish(home: Home, done: Run, book: Any) -> None:
    """A run's plan tables given to the book, once: keyed by the run's id, so that repeating it changes nothing.

    Where the book refuses (the version is locked, or a person changed it since) the run stays, marked as refused: RunError.
    """
    if book.published(done.id):
        return
    about, company = done.manifest, read_company(home.company(done.manifest["company"]))
    try:
        book.publish(
            run_id=done.id, company=company.code, notebook=about["notebook"], headline=about["headline"], snapshot=about["snapshot"],
            tables=[_version(done.folder, version) for version in about["publish"]], who="engine", digits=digits_by_account(company),
        )  # fmt: skip
    except (ConflictError, LockedError) as refused:
        write_manifest(done.folder, about | {"status": "refused", "refused": str(refused)})
        said = f"{about['notebook']} {about['case']}: the book refused the run: {refused}\n  the run stands, unpublished, in {done.folder}"
        raise RunError(said) from refused


def _version(folder: Path, version: str) -> tuple[str, str, pd.DataFrame]:
    table = pd.read_parquet(folder / "tables" / f"publish_{version}.parquet")
    if table.empty:
        raise RunError(f"nothing to publish as {version}: its table has no rows")
    return table["scenario"].iat[0], version, table


def finish(home: Home, company: str, book: Any) -> list[str]:
    """Clear what killed processes left aside, and publish every run that was moved but not published; returns their ids."""
    finished = []
    for place in sorted(path for path in _place(home, company).glob("*") if path.is_dir()):
        sweep(place)
        for manifest in _manifests(place.glob("*Z-*/manifest.json")):
            if "refused" not in manifest and not book.published(manifest["run"]):
                with suppress(RunError):  # refused: marked so, and no concern of the next command
                    publish(home, Run(manifest["run"], Path(manifest["folder"]), manifest), book)
                    finished.append(manifest["run"])
    return finished


def _place(home: Home, company: str) -> Path:
    """A company's folder of outputs. RequestError for a company that there isn't."""
    if not home.company(company).is_dir():
        known = [path.parent.name for path in home.params.glob("*/company.yaml")]
        raise RequestError(company, [Problem("no such company", str(home.company(company)), next=did_you_mean(company, known))])
    return home.outputs / company


def _manifests(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Manifests oldest first, each with its folder; one that is pruned meanwhile is none."""
    for folder in sorted((path.parent for path in paths), key=lambda folder: folder.name):
        with suppress(FileNotFoundError):
            yield read_manifest(folder) | {"folder": str(folder)}


def runs(home: Home, company: str = "", notebook: str = "") -> list[dict[str, Any]]:
    """The manifests of finished, refused and failed runs, newest first. RequestError for a company that there isn't."""
    places = [_place(home, company)] if company else [path for path in home.outputs.glob("*") if path.is_dir()]
    paths = [path for place in places for below in ("*", f"*/{FAILED}") for path in place.glob(f"{below}/*Z-*/manifest.json")]
    found = [manifest for manifest in _manifests(paths) if notebook in ("", manifest["notebook"])]
    return found[::-1]


def find_run(home: Home, name: str) -> Run:
    """A run by its id, or by its unambiguous beginning. RequestError when there is none or several."""
    known = runs(home)
    found = [manifest for manifest in known if manifest["run"].startswith(name)]
    if len(found) != 1:
        ids = [manifest["run"] for manifest in found or known][:20]
        said = Problem("several such runs" if found else "no such run", got=name, next=did_you_mean(name, ids))
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
    """The same run again, aside, from the same snapshot and parameters, compared table by table; nothing is kept.

    RequestError for a failed run, or where the snapshot or a parameter is no more; RunError where the notebook breaks.
    """
    about = done.manifest
    if about.get("status") == "failed":
        raise RequestError(done.id, [Problem("a failed run has nothing to compare", str(done.folder), next="see its traceback.txt")])
    asked = settle(home, about["notebook"], about["company"], overrides=about["params"])
    written = _room(home.outputs / asked.company / asked.notebook)
    try:
        _execute(home, replace(asked, case=about["case"]), done.id, written, step)
        names = {path.stem for folder in (done.folder, written) for path in (folder / "tables").glob("*.parquet")}
        return [_compare(name, done.folder, written) for name in sorted(names | set(about["tables"]))]
    except PapermillExecutionError as broken:
        raise RunError(f"replay of {done.id}: {_reason(broken)}; nothing was kept") from broken
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


def prune(home: Home, company: str, keep: int) -> list[str]:
    """Old runs removed, the newest `keep` of each notebook, case and status kept; returns the ids of those that went."""
    place, gone, seen = _place(home, company), [], {}
    for manifest in runs(home, company):
        key = (manifest["notebook"], manifest["case"], manifest.get("status", ""))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > keep:
            going = aside(place / manifest["notebook"])  # no reader sees half of it
            with suppress(FileNotFoundError):
                os.rename(manifest["folder"], going)
                shutil.rmtree(going)
                gone.append(manifest["run"])
    return gone


def lock(
    home: Home, book: Any, company: str, scenario: str, version: str, who: str, people: Mapping[str, Person], reason: str
) -> str:
    """An approved version locked for ever: its cells written as Parquet under the hash of their content, the hash kept in the book.

    RequestError where they may not or it isn't approved, LockedError while findings of the snapshot it stands on are open,
    ConflictError when it moved on meanwhile. Returns the hash.
    """
    book.check_lock(company, scenario, version, who, people, reason)
    cells, revision = book.read(company, scenario, version)
    digest = content_hash({"cells": cells})
    folder = _place(home, company) / "locked"
    written = _room(folder)
    cells.to_parquet(written / "cells.parquet", index=False)
    write_manifest(written, {"company": company, "scenario": scenario, "version": version, "revision": revision, "content": digest})
    move_into_place(written, folder / digest)  # first the copy: without the book's entry it is never read
    book.lock_version(company, scenario, version, who, people, reason, revision, digest)
    return digest
