"""The fiscal year: which month it begins with, and which months the figures cover."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.inputs.new.columns import numbers
from planning.inputs.new.families import Family
from planning.inputs.new.questions import Doubts
from planning.inputs.new.words import month_named

Evidence = tuple[int, float, str]
"""A first month, how sure, and from what."""


def first_month(families: list[Family], facts: dict[str, pd.DataFrame], standard: bool, doubts: Doubts) -> int:
    """The month (1 to 12) with which the fiscal year begins; asked where what was seen disagrees, or nothing was."""
    found = [
        *_by_fiscal_months(families),
        *_by_calendars(families),
        *_by_openings(facts),
        *_by_month_columns(families),
        *_by_one_year(families, facts),
    ]
    if standard:
        found.append((1, 0.9, "charts in this numbering belong to calendar years by law"))
    found.append((1, 0.3, "nothing says otherwise"))
    month, sure, _ = max(found, key=lambda evidence: evidence[1])
    told = [evidence for evidence in found if evidence[1] > 0.5]
    if any(other != month for other, *_ in told):
        sure = min(sure, 0.6)
    seen = "; ".join(f"{why}: month {other}" for other, _, why in dict.fromkeys(found))
    others = tuple(map(str, range(1, 13)))
    return int(
        doubts.ask("calendar.first_month", ("Which month begins the fiscal year?", "财年从哪个月开始？"), seen, str(month), others, sure)
    )


def covered(facts: dict[str, pd.DataFrame]) -> tuple[str, str]:
    """The first and the last month of all figures; this year where none says its month."""
    months = sorted(month for table in facts.values() for month in table["month"].unique() if month)
    return (months[0], months[-1]) if months else (f"{pd.Timestamp.now():%Y}-01", f"{pd.Timestamp.now():%Y}-12")


def _by_fiscal_months(families: list[Family]) -> list[Evidence]:
    """Tables with the fiscal month beside the calendar's."""
    found = []
    for family in families:
        if family.has("fiscal_month", "period") and family.columns[family.parts["period"]].kind == "number":
            sample = family.first.sample
            first = numbers(sample[family.parts["period"]])[numbers(sample[family.parts["fiscal_month"]]) == 1]
            if len(first) and first.nunique() == 1 and 1 <= first.iloc[0] <= 12:
                found.append((int(first.iloc[0]), 0.97, f"{family.name} says both months"))
    return found


def _by_calendars(families: list[Family]) -> list[Evidence]:
    """Lists of days with their fiscal year: the month in which it changes."""
    found = []
    for family in (family for family in families if family.what == "calendar"):
        day = next((column for column in family.columns.values() if column.kind == "day" and column.dates == "%Y-%m-%d"), None)
        day = day or next(column for column in family.columns.values() if column.kind == "day")
        days = pd.to_datetime(family.first.sample[day.name], format=day.dates, errors="coerce")
        years = family.first.sample[family.parts["fiscal_year"]]
        changes = days[years.ne(years.shift()) & years.shift().notna()].dt.month
        if len(changes) and changes.nunique() == 1:
            found.append((int(changes.iloc[0]), 0.75, f"the fiscal year changes in the list {family.name}"))
    return found


def _by_openings(facts: dict[str, pd.DataFrame]) -> list[Evidence]:
    """Trial balances whose year to date begins anew: profit and loss opens at nothing in the first month only."""
    found = []
    for name, table in facts.items():
        if table["opening"].notna().any() and table["account"].str.match(r"6\d{3}").any():
            rows = table[table["account"].str.match(r"6\d{3}")]
            opening = rows.assign(size=rows["opening"].abs()).groupby("month")["size"].sum()
            zero = {int(month[5:]) for month in opening.index[opening == 0] if month}
            if len(zero) == 1 and len(opening) > 1:
                found.append((zero.pop(), 0.92, f"profit and loss opens at 0 in {name}"))
    return found


def _by_month_columns(families: list[Family]) -> list[Evidence]:
    """Budgets with twelve months across begin with the fiscal year's first."""
    wide = [family for family in families if family.what in ("budget", "headcount", "forecast") and len(family.months) == 12]
    return [
        (month_named(family.months[0]), 0.9 if month_named(family.months[0]) != 1 else 0.7, f"{family.name} begins its columns there")
        for family in wide
    ]


def _by_one_year(families: list[Family], facts: dict[str, pd.DataFrame]) -> list[Evidence]:
    """A budget that covers exactly twelve months begins with the year."""
    found = []
    for family in families:
        table = facts.get(family.name)
        if table is None or family.months:
            continue
        for scenario, rows in table.groupby("scenario"):
            months = sorted(set(rows["month"]) - {""})
            whole = len(months) == 12 and np.ptp([int(month[:4]) * 12 + int(month[5:]) for month in months]) == 11
            if whole and (scenario or family.what == "budget"):
                found.append((int(months[0][5:]), 0.8, f"{family.name} covers the twelve months from {months[0]}"))
    return found
