"""What a returned workbook changes: cell by cell before, after and difference; and what may not be so.

Pure: what was typed, what the version held when the workbook was drawn, and who changes it are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.core.money import LARGEST, from_minor
from planning.core.people import Person
from planning.core.periods import month_text
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.core.workbook_form import NEEDED
from planning.plan.workbook import Chart
from planning.plan.workbook_history import BOOKED

CODES = [*NEEDED, *OPTIONAL_DIMENSIONS]
"""Of a cell, beside its month; '' in a dimension that the company doesn't use."""
PLACE = ["case", "entity", "cost_centre"]
"""What a sheet is of, beside the year."""
NOISE = 1e-4
"""Of a smallest unit: what sums of decimals leave behind in a spreadsheet's floats."""
FLOAT = 2.5e-16
"""How far apart two neighbouring floats are, as a share of them."""
CHANGES = [*CODES, "period", "before", "after", "difference", "where"]


def build_changes(typed: pd.DataFrame, base: pd.DataFrame, chart: Chart, person: Person) -> tuple[pd.DataFrame, list[Problem]]:
    """The cells that differ from what the workbook was drawn with (CHANGES), in the order of their codes; and what is wrong with them.

    `typed`: where, codes, period, amount (NaN: blank); of several workbooks together. `base`: the version's exact monthly cells at the
    workbooks' revision that the person sees (codes, period, amount in smallest units, scale). A blank where a figure stood is a
    problem, not a 0; a blank where none stood is nothing. `before` is NaN where there was no cell.
    """
    cells = typed.reindex(columns=[*CODES, "period", "where", "amount"])
    cells[CODES] = cells[CODES].fillna("")
    stood = base.assign(before=from_minor(base["amount"], base["scale"]))[[*CODES, "period", "before"]]
    both = cells.rename(columns={"amount": "after"}).merge(stood, on=[*CODES, "period"], how="left")
    moved = both[~_same(both, chart)].sort_values([*CODES, "period"], kind="stable")
    problems = [*_emptied(moved), *_twice(moved), *_not_theirs(moved, stood, chart, person), *_wrong_figures(moved, chart)]
    once = moved.drop_duplicates([*CODES, "period"])
    rounded = [_rounded(after, account, chart) for after, account in zip(once["after"], once["account"], strict=True)]
    changes = once.assign(after=rounded)
    changes["difference"] = [
        _rounded(after - (0.0 if pd.isna(before) else before), account, chart)
        for after, before, account in zip(changes["after"], changes["before"], changes["account"], strict=True)
    ]
    return changes[CHANGES].reset_index(drop=True), problems


def _same(both: pd.DataFrame, chart: Chart) -> pd.Series:
    """Which cells are as they were: the same figure but for what floats leave behind, or both blank."""
    units = 10.0 ** both["account"].map(lambda account: chart.digits.get(account, 2)).astype(float)
    apart = (both["after"] - both["before"]).abs() * units
    return (apart <= np.maximum(NOISE, both["before"].abs() * units * FLOAT)) | (both["after"].isna() & both["before"].isna())


def _rounded(amount: float, account: str, chart: Chart) -> float:
    return round(float(amount), chart.digits.get(account, 2)) + 0.0 if np.isfinite(amount) else amount


def _emptied(moved: pd.DataFrame) -> Iterator[Problem]:
    gone = moved[moved["after"].isna()]
    for where, before in zip(gone["where"], gone["before"], strict=True):
        yield Problem("a figure was deleted", where, "blank", f"a number, such as {before:,.10g}", "type 0 for nothing")


def _twice(moved: pd.DataFrame) -> Iterator[Problem]:
    """A cell that two workbooks change to different figures."""
    key = [*CODES, "period"]
    differ = moved.groupby(key, sort=False)["after"].transform("nunique") > 1
    for _, rows in moved[differ].groupby(key, sort=False):
        yield Problem("one cell, two figures", " and ".join(rows["where"]), " and ".join(f"{one:,.10g}" for one in rows["after"]), "one")


def _not_theirs(moved: pd.DataFrame, stood: pd.DataFrame, chart: Chart, person: Person) -> Iterator[Problem]:
    """Cells that are to be read only: of others' cost centres, of other layers, of places and months that the version doesn't plan."""
    first, last = stood["period"].min(), stood["period"].max()
    places, leaves = set(stood[PLACE].itertuples(index=False, name=None)), set(chart.tree.paths["account"])
    for row in moved.itertuples():
        if not person.owns_one(row.cost_centre):
            yield Problem("a cost centre that isn't theirs to fill in", row.where, row.cost_centre, f"one that {person.code} owns")
        elif row.layer != BOOKED:
            yield Problem("a layer that isn't filled in by workbooks", row.where, row.layer, BOOKED)
        elif (row.case, row.entity, row.cost_centre) not in places:
            yield Problem("a place that the version doesn't plan", row.where, f"{row.case} · {row.entity} · {row.cost_centre}")
        elif row.account not in leaves:
            yield Problem("no line of the chart of accounts any more", row.where, row.account, next="draw a new workbook")
        elif not first <= row.period <= last:
            got = month_text(row.period)
            yield Problem("a month that the version doesn't plan", row.where, got, f"{month_text(first)} to {month_text(last)}")


def _wrong_figures(moved: pd.DataFrame, chart: Chart) -> Iterator[Problem]:
    """Figures that are too large, finer than their account, or below 0 where things are counted."""
    there = moved[moved["after"].notna()]
    for where, account, after in zip(there["where"], there["account"], there["after"], strict=True):
        scale = chart.digits.get(account, 2)
        minor = after * 10.0**scale
        if not abs(minor) < LARGEST:
            yield Problem("a figure too large to be exact", where, f"{after:g}", f"below {LARGEST / 10**scale:,.0f}")
        elif abs(minor - np.rint(minor)) > max(NOISE, abs(minor) * FLOAT):
            yield Problem("more decimals than the account has", where, f"{after!r}", f"at most {scale}", f"round it: ROUND(…,{scale})")
        if account in chart.tree and chart.is_quantity(account) and after < 0:
            yield Problem("a quantity below 0", where, f"{after:,.10g}", "0 or more")


def plan_of(changes: pd.DataFrame, scenario: str, version: str) -> pd.DataFrame:
    """The changed cells as a plan table, with the further dimensions that they use."""
    used = [name for name in CODES if name not in OPTIONAL_DIMENSIONS or (changes[name] != "").any()]
    named = changes[used].assign(scenario=scenario, version=version, grain="month", period=changes["period"].astype("datetime64[ns]"))
    order = ["scenario", "version", *used, "grain", "period"]
    return named[order].assign(amount=changes["after"].astype(float))


def sums_of(changes: pd.DataFrame, chart: Chart) -> pd.DataFrame:
    """Differences added up by account and unit, in the chart's order: account, unit, cells, before, after, difference, profit_effect.

    `before` and `after` are those of the changed cells alone; a cell that wasn't there counts as 0. Amounts of entities with different
    currencies stand apart. `profit_effect`: positive is favourable.
    """
    accounts = chart.tree.accounts
    effect = changes["account"].map(accounts["effect"])
    table = changes.assign(unit=chart.units(changes), before=changes["before"].fillna(0.0), cells=1, effect=effect)
    table["profit_effect"] = table["effect"] * table["difference"]
    columns = ["cells", "before", "after", "difference", "profit_effect"]
    sums = table.groupby(["account", "unit"], as_index=False, sort=False)[columns].sum()
    order = {code: place for place, code in enumerate(accounts.index)}
    for column in columns[1:]:
        sums[column] = [_rounded(amount, account, chart) for amount, account in zip(sums[column], sums["account"], strict=True)]
    return sums.assign(place=sums["account"].map(order)).sort_values(["place", "unit"], ignore_index=True).drop(columns="place")

