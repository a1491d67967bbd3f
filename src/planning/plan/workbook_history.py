"""What stands beside a workbook's inputs: last years' actuals, the year to date, the budget and the people's forecast, line by line."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.plan.known import adopted_versions

PLACE = ("entity", "cost_centre", "account", "layer")
"""What history is matched by, beside the plan's further dimensions."""
BOOKED = "booked"
"""The layer beside whose rows all history stands that is no elimination: how a figure came in is of no matter for the next plan."""
OVER_TIME = {"flow": "sum", "stock": "last", "average": "mean"}
"""How months make a year, by aggregation; a ratio's can't be told from its months."""


class Column(NamedTuple):
    """A column of history: a scenario's fiscal year; `through`: the last month it holds where the year isn't whole."""

    scenario: str
    year: int
    through: pd.Timestamp | None = None


def build_history(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, year: int, scenario: str, dimensions: tuple[str, ...]
) -> dict[Column, pd.Series]:
    """The figures beside a plan of this scenario and fiscal year: by column a Series over PLACE and `dimensions`.

    `rows`: a snapshot's sourced plan table, already cut to what the reader sees. The columns are the actuals of the two years
    before and of the year itself as far as they go, the budget of the year before (and of the year, where the plan is none), and
    the people's newest forecast of the year before while it is open. A column without a figure isn't there.
    """
    of = _prepared(rows, tree, calendar, dimensions)
    actual = {each: of[(of["scenario"] == "actual") & (of["year"] == each)] for each in (year - 2, year - 1, year)}
    found = {Column("actual", each, _through(cells, calendar, each)): cells for each, cells in actual.items()}
    budgets = (year - 1,) if scenario == "budget" else (year - 1, year)
    found |= {Column("budget", each): of[(of["scenario"] == "budget") & (of["year"] == each)] for each in budgets}
    found[Column("forecast", year - 1)] = _expected(of, actual[year - 1], calendar, year - 1)
    order = sorted(found, key=lambda column: (column.year, ("actual", "budget", "forecast").index(column.scenario)))
    amounts = {column: _year_amounts(found[column], tree, [*PLACE, *dimensions]) for column in order}
    return {column: said for column, said in amounts.items() if len(said)}


def _prepared(rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, dimensions: tuple[str, ...]) -> pd.DataFrame:
    """The newest row of each cell, with its fiscal year; of a year's budgets the adopted one."""
    leaf = rows["account"].isin(set(tree.paths["account"]))
    used = rows[leaf & (rows["case"] == "base") & rows["grain"].isin(["month", "year", "year_to_date"])].reset_index(drop=True)
    used = adopted_versions(used, calendar)
    cells = [name for name in used if name not in ("known", "amount", "version", "source")]
    projected = used["scenario"] == "forecast"
    last = used.sort_values("known", kind="stable").assign(issue=used["version"].where(projected, ""))
    newest = last.drop_duplicates([*cells, "issue"], keep="last")
    layer = newest["layer"].where(newest["layer"] == "elimination", BOOKED)
    missing = {name: "" for name in dimensions if name not in newest}
    return newest.assign(layer=layer, year=calendar.fiscal_year(newest["period"]), **missing)


def _through(cells: pd.DataFrame, calendar: FiscalCalendar, year: int) -> pd.Timestamp | None:
    """The last month of actuals, where they don't reach the year's end."""
    last = cells.loc[cells["grain"] != "year", "period"].max()
    whole = (cells["grain"] == "year").any() or not len(cells) or last == calendar.last(year)
    return None if whole else last


def _expected(of: pd.DataFrame, actual: pd.DataFrame, calendar: FiscalCalendar, year: int) -> pd.DataFrame:
    """The people's newest forecast of an open year: closed months as they were and the others as forecast, or the year as projected."""
    issued = of[(of["scenario"] == "forecast") & (of["year"] == year)]
    if issued.empty or (len(actual) and _through(actual, calendar, year) is None):
        return issued.iloc[:0]
    newest = issued[issued["version"] == issued.sort_values("known", kind="stable")["version"].iloc[-1]]
    monthly = newest[newest["grain"] == "month"]
    closed = actual[(actual["grain"] == "month") & (actual["period"] < monthly["period"].min())]
    return pd.concat([closed, newest]) if len(monthly) else newest


def _year_amounts(cells: pd.DataFrame, tree: AccountTree, by: list[str]) -> pd.Series:
    """A year's amount of each line: from its months; where it has none as it is printed for the year, or for the year to date."""
    sums = cells.groupby([*by, "grain", "period"], as_index=False, observed=True)["amount"].sum().sort_values("period", kind="stable")
    aggregation = sums["account"].map(tree.accounts["aggregation"])
    amounts = pd.Series(dtype=float, index=pd.MultiIndex.from_tuples([], names=by))
    for grain in ("month", "year", "year_to_date"):
        ways = OVER_TIME if grain == "month" else dict.fromkeys(OVER_TIME, "last")
        parts = [
            sums[(sums["grain"] == grain) & (aggregation == kind)].groupby(by, observed=True)["amount"].agg(way)
            for kind, way in ways.items()
        ]
        parts = [part for part in [amounts, *parts] if len(part)]
        whole = pd.concat(parts) if parts else amounts
        amounts = whole[~whole.index.duplicated()]
    return amounts
