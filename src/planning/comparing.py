"""Versions side by side: what `planning compare` does, where the rooms meet."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from planning.book.scopes import visible
from planning.book.store import Book
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.people import Person
from planning.model.history import raise_problems
from planning.plan.compare import KEYS, Compared, build_compared
from planning.plan.selection import read_selection, selects
from planning.plan.workbook import Chart


class Side(NamedTuple):
    """A version, or one case of it ('': all of its cells)."""

    scenario: str
    version: str
    case: str = ""

    def __str__(self) -> str:
        return f"{self.scenario} {self.version}" + (f", case {self.case}" if self.case else "")


def read_side(said: str, known: pd.DataFrame) -> Side:
    """What "budget/2027_v1" or "budget/2027_v1:upside" means among a company's versions (scenario, version). RequestError for no such."""
    names = set(known["scenario"] + "/" + known["version"])
    version, _, case = (said, "", "") if said in names else said.rpartition(":")
    if version not in names:
        expected = "SCENARIO/VERSION, or SCENARIO/VERSION:CASE"
        raise RequestError("compare", [Problem("unknown version", said, expected=expected, next=did_you_mean(said, names))])
    scenario, _, name = version.partition("/")
    return Side(scenario, name, case)


def compare(book: Book, company: str, chart: Chart, sides: tuple[Side, Side], where: str, by: str, person: Person | None) -> Compared:
    """Two sides compared, as far as the person sees them (None: all of them), in a range or ('') everywhere.

    RequestError where nothing is to be compared, a range or case means nothing, or one case stands against several.
    """
    tables = [_cells(book, company, side, person) for side in sides]
    across = any(side.case for side in sides)
    raise_problems("compare", [*_case_problems(sides, tables, across), *_by_problems(by, across)])
    if where:
        selection, problems = read_selection(where, pd.concat(tables)[list(KEYS)], chart, "--where")
        raise_problems("compare", problems)
        tables = [table[selects(table, selection)] for table in tables]
    return build_compared(*tables, chart, by, across)


def _cells(book: Book, company: str, side: Side, person: Person | None) -> pd.DataFrame:
    cells, _ = book.read_exact(company, side.scenario, side.version)
    seen = cells if person is None else visible(cells, person)
    return seen[seen["case"] == side.case] if side.case else seen


def _case_problems(sides: tuple[Side, Side], tables: list[pd.DataFrame], across: bool) -> list[Problem]:
    """Cases that aren't there, and a side of several cases against one."""
    if not sum(map(len, tables)):
        return [Problem("no cells to compare", " and ".join(map(str, sides)), expected="some, in the scope of who looks")]
    found = []
    for side, table in zip(sides, tables, strict=True):
        if side.case and table.empty:
            found.append(Problem("no cells of this case", str(side), expected="a case of it, in the scope of who looks"))
        elif across and table["case"].nunique() > 1:
            cases = ", ".join(sorted(table["case"].unique()))
            found.append(Problem("several cases against one", str(side), cases, "one", f"{side.scenario}/{side.version}:CASE"))
    return found


def _by_problems(by: str, across: bool) -> list[Problem]:
    known = [key for key in KEYS if not (across and key == "case")]
    return [] if by in known else [Problem("unknown dimension", "--by", by, next=did_you_mean(by, known))]
