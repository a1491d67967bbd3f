"""The plan tried: the same plan made for earlier years from what was known then, beside what came and what had been adopted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from planning.core.periods import months_after
from planning.model.drivers import Drivers
from planning.plan.chain.basis import find_basis
from planning.plan.chain.sources import Asked, Basis
from planning.plan.chain.whole import How, plan_whole
from planning.plan.known import adopted_versions
from planning.plan.pack import below, plan_months, reading_order, rolled

LEAST = 18
"""Months of sales that a plan is tried on at least."""


def earlier_plans(basis: Basis, known_by: Callable[[pd.Timestamp], pd.Timestamp]) -> list[Asked]:
    """The plans that could have been made at the same month of earlier years and whose year is closed by now, the oldest first."""
    asked, sold = basis.asked, basis.sources.sold
    found = []
    for years in range(1, 30):
        as_of = months_after(asked.as_of, -12 * years)
        known = sold.loc[sold["period"] <= as_of, "period"].nunique()
        closed = asked.calendar.last(asked.fiscal_year - years) <= asked.as_of
        if known >= LEAST and closed:
            found.insert(0, replace(asked, as_of=as_of, when=known_by(as_of), fiscal_year=asked.fiscal_year - years, launches=()))
    return found


def tried_plans(asked: list[Asked], basis: Basis, given: Drivers, how: How, past: pd.DataFrame) -> pd.DataFrame:
    """Earlier plans beside what came: fiscal_year, line, planned, adopted (missing where nothing was), came; the year's amounts.

    `given`: the drivers of the company's files, as they are today; `past`: pack.past_rows, for what came.
    """
    tables = [_tried(one, basis, given, how, past) for one in asked]
    columns = ["fiscal_year", "line", "planned", "adopted", "came"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns).astype({"fiscal_year": int})


def _tried(asked: Asked, basis: Basis, given: Drivers, how: How, past: pd.DataFrame) -> pd.DataFrame:
    then = find_basis(basis.found, asked, given, how.wiring)
    whole = plan_whole(then, then.drivers, how)
    lines = reading_order(how.layout.tree, how.layout.profit)["line"]
    booked = past[past["scenario"] == "actual"]
    budget = adopted_versions(past[past["scenario"] == "budget"], asked.calendar)
    views = {"planned": plan_months(whole.told.income, how.layout.tree), "adopted": budget, "came": booked}
    sums = {name: _of_year(rows, asked, how, lines) for name, rows in views.items()}
    table = pd.DataFrame(sums, index=lines)
    for line in lines:
        parts = below(how.layout.tree, line) - {line}
        whole = [part for part in lines if part in parts and abs(table.at[part, "came"]) > 0]
        if table.loc[whole, "adopted"].isna().any():  # a budget of some of its parts alone is none of the line
            table.at[line, "adopted"] = np.nan
    told = table.rename_axis("line").reset_index().assign(fiscal_year=asked.fiscal_year)
    return told[["fiscal_year", "line", "planned", "adopted", "came"]]


def _of_year(rows: pd.DataFrame, asked: Asked, how: How, lines: pd.Series) -> pd.Series:
    used = rows[np.asarray(asked.calendar.fiscal_year(rows["period"])) == asked.fiscal_year] if len(rows) else rows
    return rolled(used.assign(number=1)[["account", "number", "amount"]], how.layout.tree, lines).groupby("line")["amount"].sum()
