"""What waits for whom in all companies' versions, for those who read: from the book, with people's labels; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from planning.book.store import Book, open_book
from planning.core.errors import PlanningError
from planning.inputs.company import read_company
from planning.inputs.params import Home
from planning.inputs.people import has_people, read_people

COLUMNS = (
    "company", "scenario", "version", "status", "revision", "since", "last_act", "last_who_en", "last_who_zh", "last_reason", "waits_en",
    "waits_zh", "open_findings",
)  # fmt: skip


class Waiting(NamedTuple):
    """Versions that aren't locked, those under approval first: COLUMNS; `why` says why there are none to be seen, where that is so.

    `waits_en`, `waits_zh`: lists of those who may take the next step. `missing`: companies that have versions and no people.yaml.
    """

    table: pd.DataFrame
    why: str = ""
    missing: tuple[str, ...] = ()


def read_waiting(home: Home) -> Waiting:
    """The versions of every company in the book. A book that isn't there is not made; one that doesn't answer says why."""
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if not _exists(home.book()):
        return Waiting(nothing)
    try:
        book = open_book(home.book())
        companies = sorted(book.versions()["company"].unique())
        people = {company: _people(home, company) for company in companies}
        tables = [_standing(book, company, people[company]) for company in companies]
    except PlanningError as broken:
        return Waiting(nothing, str(broken))
    table = pd.concat([nothing, *tables], ignore_index=True)
    table = table[table["status"] != "locked"].sort_values("status", key=lambda status: status == "open", kind="stable")
    return Waiting(table[list(COLUMNS)].reset_index(drop=True), missing=tuple(company for company in companies if not people[company]))


def _exists(place: str) -> bool:
    return "://" in place or Path(place).is_file()


def _people(home: Home, company: str) -> dict[str, Any]:
    """A company's people; none where it has none, or is no more."""
    if not (home.company(company) / "company.yaml").is_file():
        return {}
    described = read_company(home.company(company))
    return read_people(described) if has_people(described) else {}


def _standing(book: Book, company: str, people: dict[str, Any]) -> pd.DataFrame:
    table = book.waiting(company, people)
    for lang in ("en", "zh"):
        called = {code: getattr(person, f"label_{lang}") for code, person in people.items()}
        table[f"last_who_{lang}"] = [called.get(who, who) for who in table["last_who"]]
        table[f"waits_{lang}"] = [[called.get(who, who) for who in able] for able in table["waits_for"]]
    return table.assign(company=company)
