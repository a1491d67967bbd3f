"""Workbooks out and back: what `planning workbook` and `planning submit --workbook` do, where the rooms meet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from planning.book.doors import check_reason
from planning.book.rights import check_person
from planning.book.scopes import visible
from planning.book.store import Book
from planning.book.versions import Version
from planning.core.errors import Problem, RequestError, at_most
from planning.core.people import Person
from planning.inputs.aside import fresh_room, move_into_place
from planning.inputs.company import Company
from planning.inputs.returned import Returned, read_returned
from planning.inputs.snapshots import latest, read_snapshot
from planning.inputs.sources import digits_by_account
from planning.plan.workbook import Chart, Department, build_departments
from planning.plan.workbook_changes import build_changes, plan_of, sums_of
from planning.plan.workbook_history import build_history
from planning.view.workbook import About, write_workbook


def chart_of(company: Company) -> Chart:
    """A company's dimensions as plans are handed them."""
    digits = digits_by_account(company).to_dict()
    return Chart(company.tree, company.cost_centres, company.entities, company.calendar, company.file.currency, digits)


@dataclass(frozen=True)
class Desk:
    """Who works on which version of which company, with the book and the company's snapshots."""

    company: Company
    people: dict[str, Person]
    book: Book
    snapshots: Path
    scenario: str
    version: str
    who: str

    @property
    def name(self) -> tuple[str, str, str]:
        """The version as the book is asked for it."""
        return self.company.code, self.scenario, self.version

    @property
    def subject(self) -> str:
        """The version as errors name it."""
        return f"{self.company.code}, {self.scenario}/{self.version}"

    @property
    def person(self) -> Person:
        """Who acts. RequestError where there is no such person."""
        return check_person(self.people, self.who, self.subject)

    def open_version(self, instead: str) -> Version:
        """The version, which must be open. RequestError where it stands still; `instead`: what to do then, beside returning it."""
        version = self.book.version(*self.name)
        if version.status != "open":
            wrong = Problem("it stands still", "status", version.status, "open", f"return it first, or {instead}")
            raise RequestError(self.subject, [wrong])
        return version

    @property
    def chart(self) -> Chart:
        """The company's dimensions."""
        return chart_of(self.company)


@dataclass(frozen=True)
class Drawn:
    """The workbooks that were written: folder, by department file, sheets, lines and cells to be filled in; and what no sheet takes."""

    folder: Path
    revision: int
    files: pd.DataFrame
    left: dict[str, int]


def draw_workbooks(desk: Desk, folder: Path, lang: str, say: Callable[[str], None]) -> Drawn:
    """A workbook for each department of an open version that a person sees, in a new folder, all of them or none.

    RequestError where there is no such person, version or place, the version stands still, or the person sees nothing of it.
    """
    person, version = desk.person, desk.open_version("draw from another version")
    check_new(folder)
    say("reading the version and its history")
    cells, revision = desk.book.read(*desk.name, revision=version.revision)
    departments, left, source = _departments(desk, visible(cells, person))
    if not departments:
        wrong = Problem("nothing to fill in or to read", desk.who, "no monthly cells in their scope", "some", "see people.yaml: owns, sees")
        raise RequestError(desk.subject, [wrong])
    label = desk.company.file.label_en if lang == "en" else desk.company.file.label_zh
    saved = datetime.fromisoformat(version.changed_at)
    spoken = person.label_en if lang == "en" else person.label_zh
    about = About(desk.company.code, label, desk.scenario, desk.version, revision, desk.who, spoken, source, saved, lang)
    files = _write(departments, desk.chart, about, folder, say)
    return Drawn(folder, revision, files, left)


def check_new(folder: Path) -> None:
    """RequestError where a folder holds something already: a workbook that somebody filled in is never written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RequestError("workbooks", [Problem("not empty", str(folder), expected="a new or empty folder")])


def _departments(desk: Desk, cells: pd.DataFrame) -> tuple[list[Department], dict[str, int], str]:
    """The workbooks' content, what they leave out, and the snapshot that the history is from; '' where nothing was taken in yet."""
    if cells.empty:
        return [], {}, ""
    snapshot = read_snapshot(desk.company.code, desk.snapshots) if latest(desk.snapshots) else None
    rows = visible(snapshot.rows, desk.person) if snapshot else None

    def history(year: int, dimensions: tuple[str, ...]) -> dict[Any, pd.Series]:
        chart = desk.chart
        return {} if rows is None else build_history(rows, chart.tree, chart.calendar, year, desk.scenario, dimensions)

    departments, left = build_departments(cells, history, desk.chart, desk.person)
    return departments, left, snapshot.id if snapshot else ""


def _write(departments: list[Department], chart: Chart, about: About, folder: Path, say: Callable[[str], None]) -> pd.DataFrame:
    written, rows = fresh_room(folder.parent), []
    try:
        for department, name in zip(departments, _file_names([one.code for one in departments], about), strict=True):
            say(f"writing {name}")
            write_workbook(written / name, department, chart, about)
            inputs = sum(sum(sheet.open) for sheet, line in department.lines if line.inputs)
            rows.append((department.code, name, len(department.sheets), len(department.lines), inputs))
        if folder.is_dir():
            folder.rmdir()
        move_into_place(written, folder)
    finally:
        shutil.rmtree(written, ignore_errors=True)
    return pd.DataFrame(rows, columns=["department", "file", "sheets", "lines", "inputs"])


def _file_names(codes: list[str], about: About) -> list[str]:
    """A file's name says company, version and department; what a file may not be called is replaced, and no two are alike."""
    names: list[str] = []
    for code in codes:
        plain = re.sub(r"[^\w.-]+", "_", f"{about.company}_{about.scenario}_{about.version}_{code}")[:150]
        taken = {name.lower() for name in names}
        tries = (f"{plain}{end}.xlsx" for end in ("", *(f"_{n}" for n in range(2, len(codes) + 2))))
        names.append(next(name for name in tries if name.lower() not in taken))
    return names


# Back


@dataclass(frozen=True)
class TakenBack:
    """What workbooks brought: the changed cells and their sums; the revision they were drawn at, the one that stands now, and how
    many cells of it are new: somebody may have made the same changes meanwhile."""

    base: int
    revision: int
    saved: int
    changes: pd.DataFrame
    sums: pd.DataFrame


def take_back(desk: Desk, files: list[Path], reason: str, rehearse: bool) -> TakenBack:
    """Saves what was typed into workbooks, all of them as one revision; `rehearse`: says what it would do, and does nothing.

    RequestError with everything that is wrong with the files and with what was typed, ConflictError where somebody else changed the
    same cells to something else meanwhile, LockedError where the version stands still; then nothing is saved.
    """
    check_reason(reason)
    person = desk.person
    base, typed = _typed(desk, files, desk.book.version(*desk.name).revision)
    exact, _ = desk.book.read_exact(*desk.name, revision=base)
    _refuse_unseen(desk, person, typed)
    stood = visible(exact[exact["grain"] == "month"], person)
    changes, problems = build_changes(typed, stood, desk.chart, person)
    if problems:
        raise RequestError(desk.subject, at_most(problems))
    plan = plan_of(changes, desk.scenario, desk.version)
    saved = desk.book.save(*desk.name, plan, base, desk.who, digits_by_account(desk.company), reason, rehearse=rehearse)
    return TakenBack(base, saved.revision, saved.changed, changes, sums_of(changes, desk.chart))


def _typed(desk: Desk, files: list[Path], newest: int) -> tuple[int, pd.DataFrame]:
    """What was typed into all files, and the revision that they were drawn at; one list of what is wrong with any of them."""
    read: dict[Path, Returned] = {}
    problems: list[Problem] = []
    for path in dict.fromkeys(files):
        try:
            read[path] = read_returned(path)
            problems += _stamp_problems(desk, path.name, read[path], newest)
        except RequestError as wrong:
            problems += wrong.problems
    revisions = {returned.stamp.revision for returned in read.values()}
    if not problems and len(revisions) > 1:
        drawn = ", ".join(f"{path.name}: {returned.stamp.revision}" for path, returned in read.items())
        problems.append(Problem("workbooks of different revisions", desk.subject, drawn, "one revision", "submit them one after the other"))
    if problems:
        raise RequestError(desk.subject, at_most(problems))
    return revisions.pop(), pd.concat([returned.cells for returned in read.values()], ignore_index=True)


def _stamp_problems(desk: Desk, name: str, returned: Returned, newest: int) -> list[Problem]:
    """What a workbook was drawn from must be what it is submitted to."""
    stamp = returned.stamp
    got, wanted = (stamp.company, stamp.scenario, stamp.version), desk.name
    if got != wanted:
        return [Problem("a workbook of another version", name, " ".join(got), " ".join(wanted), "submit it to the version it is of")]
    if not isinstance(stamp.revision, int) or not 0 <= stamp.revision <= newest:
        return [Problem("no such revision", name, str(stamp.revision), f"at most {newest}", "draw a new workbook: planning workbook")]
    return []


def _refuse_unseen(desk: Desk, person: Person, typed: pd.DataFrame) -> None:
    """Nothing is said of cells that they don't see, not even whether they differ: such a workbook is refused whole."""
    if len(typed) and len(visible(typed, person)) < len(typed):
        advice = f"draw one for them: planning workbook … --as {desk.who}"
        wrong = Problem("a workbook with cells outside their scope", desk.who, next=advice)
        raise RequestError(desk.subject, [wrong])
