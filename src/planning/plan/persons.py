"""What each person's own forecasts and overrides added: who answers for the rows, by what the rows themselves name.

Sources name cost centres, not people: a person is the owner that cost_centres.csv gives a cost centre, and where it gives none the
department it belongs to. In the book each revision has its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from planning.core.money import round_cents
from planning.core.periods import FiscalCalendar, months_after
from planning.core.tables import departments
from planning.model.backtest import closed_months
from planning.model.judgement import HELPS, HURTS, UNTOLD, judge_layer
from planning.plan.accuracy import closed_years
from planning.plan.books import Books
from planning.plan.cells import exact_shares, usual_months
from planning.plan.known import EVER, closed_through, final_actuals, monthly_actuals, newest_cells, rows_below, yearly

CELL = ["entity", "cost_centre", "leaf"]
BEFORE = ("ours", "budget", "naive")
"""What a person's own forecast is laid on, the nearest layer first."""
BOOKED = ["entity", "cost_centre", "account", "layer", "period"]
COLUMNS = [
    "of", "person", "month", "layer", "before", "count", "periods", "error_before", "error", "added", "nearer", "further", "won", "p",
    "verdict",
]  # fmt: skip

__all__ = ["HELPS", "HURTS", "UNTOLD", "book_overrides", "build_persons", "monthly_overrides", "persons_of", "yearly_overrides"]


def persons_of(cost_centres: pd.DataFrame) -> dict[str, str]:
    """Who answers for each cost centre: the owner named in its table, else its department's name."""
    label, top = cost_centres.set_index("code")["label_en"], departments(cost_centres)
    owner = cost_centres.set_index("code")["owner"].fillna("")
    return {code: str(owner[code] or label[top[code]]) for code in top}


def monthly_overrides(
    books: Books, calendar: FiscalCalendar, side: str, days: pd.DataFrame, trials: pd.DataFrame, person: Mapping[str, str]
) -> pd.DataFrame:
    """Each person's monthly projections beside ours, the budget and the same month last year, on the cells that they projected:
    forecaster, person, as_of, period, amount, actual.

    Ours of a cell is its share of the line, as it is published. A cell that somebody doesn't name is 0 with them. None where one
    cost centre alone speaks for all: what the people added is then what that one did.
    """
    tree, account = books.tree, books.roles[side]
    rows = rows_below(books.rows, tree, account)
    monthly = rows[rows["grain"] == "month"]
    if monthly.loc[monthly["scenario"] == "forecast", "cost_centre"].nunique() < 2:
        return pd.DataFrame()
    actuals, parts = monthly_actuals(rows, tree, account), []
    final = closed_years(final_actuals(rows, tree, account, CELL), calendar).rename(columns={"amount": "actual"})
    budgets = bool(monthly["scenario"].eq("budget").any())
    for day in days[days["as_of"].isin(trials["as_of"])].itertuples():
        people = _by_cell(newest_cells(rows, tree, account, "forecast", day.as_of, day.when))
        people = people[people["period"].isin(final["period"])]
        if people.empty:
            continue
        closed = closed_months(actuals, day.as_of, day.when, CELL)
        lines = trials[(trials["as_of"] == day.as_of) & trials["period"].isin(people["period"])]
        said = {"people": people, "ours": _by_cell(exact_shares(lines, usual_months(rows, tree, account, day.as_of, day.when)))}
        said["naive"] = closed.assign(period=closed["period"] + pd.DateOffset(years=1))
        if budgets:
            said["budget"] = _by_cell(newest_cells(rows, tree, account, "budget", day.as_of, day.when))
        cells = people[[*CELL, "period"]].merge(final, on=[*CELL, "period"], how="left")
        for name, table in said.items():
            beside = cells.merge(table, on=[*CELL, "period"], how="left").fillna({"amount": 0.0, "actual": 0.0})
            parts.append(beside.assign(forecaster=name, as_of=day.as_of, person=beside["cost_centre"].map(person)))
    return _sums(parts)


def _by_cell(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby([*CELL, "period"], as_index=False)["amount"].sum()


def _sums(parts: list[pd.DataFrame]) -> pd.DataFrame:
    keys = ["forecaster", "person", "as_of", "period"]
    if not parts:
        return pd.DataFrame()
    sums = pd.concat(parts).groupby(keys, as_index=False)[["amount", "actual"]].sum()
    return sums.assign(amount=round_cents(sums["amount"]), actual=round_cents(sums["actual"]))


def yearly_overrides(books: Books, calendar: FiscalCalendar, days: pd.DataFrame, person: Mapping[str, str]) -> pd.DataFrame:
    """Each department's projections of the running year beside its adopted budget and what it spent in the last year known,
    columns as `monthly_overrides`, `period` the year's first month. None of a ledger, whose projections are by month."""
    if books.is_ledger or not books.has_projections:
        return pd.DataFrame()
    rows, reported, parts = books.rows, [books.roles["reported"]], []
    final = yearly(rows, calendar, "actual", reported, EVER).rename(columns={"amount": "actual"})
    keys = ["cost_centre", "fiscal_year"]
    final = final.groupby(keys, as_index=False)["actual"].sum()
    for day in days[calendar.month_number(days["as_of"]) % 12 != 0].itertuples():
        year = int(calendar.fiscal_year(months_after(day.as_of, 1)))
        spent = yearly(rows, calendar, "actual", reported, day.when).sort_values("fiscal_year", kind="stable")
        last = spent[spent["fiscal_year"] == spent.groupby("cost_centre")["fiscal_year"].transform("max")]
        said = {
            "people": yearly(rows, calendar, "forecast", reported, day.when),
            "budget": yearly(rows, calendar, "budget", books.budgeted, day.when),
            "naive": last.assign(fiscal_year=year),
        }
        for name, table in said.items():
            now = table[table["fiscal_year"] == year].groupby(keys, as_index=False)["amount"].sum().merge(final, on=keys)
            parts.append(now.assign(forecaster=name, as_of=day.as_of, period=calendar.first(year), person=now["cost_centre"].map(person)))
    every = pd.concat(parts) if parts else pd.DataFrame(columns=["cost_centre", "as_of", "forecaster"])
    everybody = every.groupby(["cost_centre", "as_of"])["forecaster"].transform("nunique") == 3
    return _sums([every[everybody]] if everybody.any() else [])


def book_overrides(overrides: Iterable[Any], books: Books) -> pd.DataFrame:
    """The cells that people changed in the book's forecasts, before and after, with what came: forecaster (before, override), person,
    as_of (the version and its revision), BOOKED, amount, actual. Months that aren't closed yet are left out.

    `overrides`: as book.overrides reads them: person, version, revision, and the plan table before and after; a cell that isn't in one
    of them is 0 there, as an account on which nothing was booked is 0. Amounts are taken into the group's currency, as the actuals are.
    """
    rows, parts = books.rows, []
    actual = rows[(rows["scenario"] == "actual") & (rows["grain"] == "month")].sort_values("known", kind="stable")
    last = actual.drop_duplicates([c for c in actual.columns if c not in ("known", "amount")], keep="last")
    happened = last.groupby(BOOKED, as_index=False)["amount"].sum().rename(columns={"amount": "actual"})
    closed = closed_through(rows, EVER)
    for one in overrides:
        both = [table.groupby(BOOKED, as_index=False)["amount"].sum() for table in (one.before, one.after)]
        cells = both[0].merge(both[1], on=BOOKED, how="outer", suffixes=("_before", "")).fillna({"amount_before": 0.0, "amount": 0.0})
        cells = cells[(cells["amount_before"] != cells["amount"]) & (cells["period"] <= closed)]
        cells = cells.merge(happened, on=BOOKED, how="left").fillna({"actual": 0.0})
        worth = cells["entity"].map(books.rates).fillna(1.0)
        for name, column in (("before", "amount_before"), ("override", "amount")):
            named = cells[[*BOOKED, "actual"]].assign(amount=cells[column] * worth, forecaster=name, person=one.person)
            parts.append(named.assign(as_of=f"{one.version}, revision {one.revision}"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def build_persons(of: str, scored: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """What the layer of each person added to each layer before it, and what all of them added by month of the fiscal year: COLUMNS.

    `of` says what is scored (a side, projections by year, the book); a row is a person's (`month` missing) or a month's (`person`
    missing). See model.judgement.judge_layer for the verdict.
    """
    if scored.empty:
        return pd.DataFrame(columns=COLUMNS)
    names = set(scored["forecaster"])
    steps = [("before", "override")] if "override" in names else [(name, "people") for name in BEFORE if name in names]
    tables = []
    for before, layer in steps:
        tables.append(judge_layer(scored, before, layer, ["person"]))
        months = scored.assign(month=calendar.month_number(scored["period"]))
        if months["month"].nunique() > 1:
            tables.append(judge_layer(months, before, layer, ["month"]))
    table = pd.concat(tables, ignore_index=True).assign(of=of)
    return table.reindex(columns=COLUMNS).astype({"month": "Int64"})
