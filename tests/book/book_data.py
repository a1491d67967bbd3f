"""Small plan tables and findings for the book's tests."""

from __future__ import annotations

import pandas as pd

from planning.core.checks import FINDING_COLUMNS
from planning.core.people import Person
from planning.core.tables import plan_key

PEOPLE = {
    code: Person(code, code.title(), code, tuple(roles.split()), frozenset(owns), owns_all)
    for code, roles, owns, owns_all in [
        ("ana", "owner", [], True),
        ("amy", "owner finance", ["north"], False),
        ("cfo", "finance", [], False),
        ("fay", "finance committee", [], False),
        ("board", "committee", [], False),
    ]
}
"""Ana owns everything, Amy the north; Fay may approve for finance or for the committee, but not twice."""


def step(book, act, who, version="v1", scenario="budget", reason="because", **seen):
    """One step of a version of acme's."""
    return getattr(book, f"{act}_version")("acme", scenario, version, who, PEOPLE, reason, **seen)


def approve(book, version="v1", scenario="budget"):
    """A version of acme's taken all the way until it can be locked."""
    step(book, "submit", "ana", version, scenario)
    step(book, "approve", "cfo", version, scenario)
    return step(book, "approve", "board", version, scenario)


def plan(amounts: dict, scenario: str = "budget", version: str = "v1", **codes: str) -> pd.DataFrame:
    """A plan table from {"rent": 100.0} (January 2027) or {("rent", "2027-02"): 100.0}; `codes` change or add columns."""
    cells = [(*(key if isinstance(key, tuple) else (key, "2027-01")), amount) for key, amount in amounts.items()]
    same = {
        "scenario": scenario,
        "version": version,
        "case": "base",
        "entity": "hq",
        "cost_centre": "all",
        "layer": "booked",
        "grain": "month",
    }
    rows = [same | {"account": account, "period": month, "amount": amount} | codes for account, month, amount in cells]
    dimensions = tuple(name for name in codes if name not in plan_key())
    table = pd.DataFrame(rows, columns=[*plan_key(dimensions), "amount"])
    return table.astype({"period": "datetime64[ns]", "amount": "float64"})


def amounts(table: pd.DataFrame) -> dict:
    """The reverse, for tables of one period: {"rent": 100.0}."""
    return dict(zip(table["account"], table["amount"], strict=True))


def findings(*statuses: str) -> pd.DataFrame:
    """One finding for each status."""
    rows = [("cash", "total", "2027-01", 12.5, 10.0, 3, status, "ana", "", f"misses by 12.5 ({status})") for status in statuses]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
