"""How near the forecasts came by months ahead, 1 to 18: same month last year's, the last budget, ours, the people's, both combined."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, months_after
from planning.model.backtest import closed_months, horizon_scores, months_ahead, sum_lines
from planning.model.bands import measured_coverage, month_bands
from planning.model.forecast import tried_forecast
from planning.model.spread import month_profile, spread
from planning.plan.accuracy import closed_years
from planning.plan.books import Books
from planning.plan.known import (
    COVERS,
    covered,
    final_actuals,
    monthly_actuals,
    newest_cells,
    people_forecast,
    rows_below,
    totals_of,
    yearly,
)
from planning.plan.reforecast import HORIZON

COMPARED = {"all": ("naive", "ours"), "people": ("naive", "ours", "people", "combined"), "budget": ("naive", "ours", "budget")}
"""Who is compared with whom, on the months of which all of them speak: the people are silent beyond the year, and so is a budget."""
PROFILE_YEARS = 3
"""The whole years whose shape a yearly budget is spread over its months by."""
LINE = ["account", "period", "amount"]


class Made(NamedTuple):
    """One side's forecasts as they were made: `lines` (forecaster, as_of, account, period, amount), `totals` (without account)."""

    lines: pd.DataFrame
    totals: pd.DataFrame


def forecasts_made(
    books: Books, calendar: FiscalCalendar, side: str, days: pd.DataFrame, trials: pd.DataFrame, judged: pd.DataFrame
) -> Made:
    """What everybody said at each origin of the HORIZON months ahead, as known then; who never spoke is not in it.

    `trials`: ours (plan.reforecast.run_trials); `judged`: people and ours combined. Totals are the sums of the lines, for everybody;
    only where a company has one yearly budget of its whole spending there are no lines of the budget.
    """
    tree, account = books.tree, books.roles[side]
    rows = rows_below(books.rows, tree, account)
    actuals, lines, wholes = monthly_actuals(rows, tree, account), [], []
    for day in days.itertuples():
        closed = closed_months(actuals, day.as_of, day.when)
        said = {
            "naive": last_year(closed, day.as_of),
            "people": people_forecast(rows, tree, account, day.as_of, day.when)[LINE],
            "budget": budget_ahead(rows, tree, calendar, account, day.as_of, day.when, closed),
        }
        lines += [table.assign(forecaster=name, as_of=day.as_of) for name, table in said.items()]
        if side == "spending" and not books.is_ledger and said["budget"].empty:
            whole = whole_budget(books.rows, calendar, books.budgeted, day.as_of, day.when, closed)
            wholes.append(whole.assign(forecaster="budget", as_of=day.as_of))
    table = pd.concat([*lines, trials.assign(forecaster="ours")[["forecaster", "as_of", *LINE]]])
    if (table["forecaster"] == "people").any():
        table = pd.concat([table, judged.assign(forecaster="combined")[table.columns]])
    table = table[table["period"] <= table["as_of"] + pd.DateOffset(months=HORIZON)].reset_index(drop=True)
    totals = pd.concat([sum_lines(table), *wholes], ignore_index=True)
    return Made(table, totals[months_ahead(totals) <= HORIZON].reset_index(drop=True))


def last_year(closed: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The last twelve closed months of each line said again, and again, for HORIZON months: account, period, amount."""
    year = closed[closed["period"] > months_after(as_of, -12)]
    again = pd.concat([year.assign(period=year["period"] + pd.DateOffset(years=years)) for years in (1, 2)])
    return again.loc[again["period"] <= months_after(as_of, HORIZON), LINE]


def budget_ahead(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str, as_of: pd.Timestamp, when: pd.Timestamp,
    closed: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """The adopted budget in force on a day, of the months after `as_of`, by line: account, period, amount.

    Yearly budgets are spread by the line's shape of the last closed years. Nothing where it names less than COVERS of what is booked.
    """
    months = newest_cells(rows, tree, account, "budget", as_of, when)
    told = set(zip(months["cost_centre"], months["leaf"], strict=True))
    if months.empty:
        weights = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
        months = yearly(rows, calendar, "budget", list(weights.index), when)
        told = set(zip(months["cost_centre"], months["account"], strict=True))
        lines = dict(monthly_actuals(rows, tree, account)[["leaf", "account"]].drop_duplicates().itertuples(index=False, name=None))
        signed = months["amount"] * months["account"].map(weights)
        months = months.assign(amount=signed, account=months["account"].map(lines).fillna(months["account"]))
        months = _spread(months, closed, calendar, as_of, ["account"])
    if covered(rows, tree, account, told, as_of, when) < COVERS:
        months = months.iloc[:0]
    return months.groupby(["account", "period"], as_index=False)["amount"].sum()


def whole_budget(
    rows: pd.DataFrame, calendar: FiscalCalendar, budgeted: list[str], as_of: pd.Timestamp, when: pd.Timestamp, closed: pd.DataFrame
) -> pd.DataFrame:
    """The whole adopted budget of a company that budgets by year and department, spread over the months after `as_of` by the shape in
    which it spent: period, amount."""
    table = yearly(rows, calendar, "budget", budgeted, when).assign(account="all")
    return _spread(table, totals_of(closed).assign(account="all"), calendar, as_of, ["account"])[["period", "amount"]]


def _spread(table: pd.DataFrame, closed: pd.DataFrame, calendar: FiscalCalendar, as_of: pd.Timestamp, by: list[str]) -> pd.DataFrame:
    """Yearly amounts as the months after `as_of`."""
    first = int(calendar.fiscal_year(months_after(as_of, 1)))
    table = table[table["fiscal_year"] >= first].groupby([*by, "fiscal_year"], as_index=False)["amount"].sum()
    table = table.assign(period=table["fiscal_year"].map(calendar.first).astype("datetime64[ns]"))
    if table.empty:
        return table.reindex(columns=[*by, "period", "amount"])
    profile = month_profile(closed, calendar, range(first - PROFILE_YEARS, first), by)
    months = spread(table[[*by, "period", "amount"]], profile, calendar)
    return months.loc[months["period"] > as_of, [*by, "period", "amount"]]


def build_horizons(made: Made, rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str) -> pd.DataFrame:
    """Errors by months ahead: compared (a key of COMPARED) and the columns of model.backtest.horizon_scores; months of closed years."""
    final = closed_years(final_actuals(rows, tree, account), calendar)
    spoke, tables = set(made.totals["forecaster"]), []
    for compared, names in COMPARED.items():
        if not set(names) <= spoke:
            continue
        lines, totals = (table[table["forecaster"].isin(names)] for table in made)
        if lines["forecaster"].nunique() < len(names):  # who has no lines is compared by totals alone
            lines = lines.iloc[:0]
        tables.append(horizon_scores(lines, totals, final, totals_of(final)).assign(compared=compared))
    return pd.concat(tables, ignore_index=True)[["compared", "horizon", "forecaster", "months", "wape_total", "cells", "wape_lines"]]


def build_held(
    rows: pd.DataFrame, tree: AccountTree, account: str, days: pd.DataFrame, trials: pd.DataFrame, level: float = 0.8
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How often our bands held by months ahead, and the banded totals that it was counted from.

    The first: what (total, lines), horizon (missing for all together) and the columns of model.bands.measured_coverage; the second as
    model.bands.month_bands gives. Bands are drawn as they are shown: of all errors known at the origin, those of lines each from its own.
    """
    actuals = monthly_actuals(rows, tree, account)
    totals = month_bands(sum_lines(trials), actuals, days, level, [], [])
    lines = month_bands(trials, actuals, days, level)
    tables = [
        measured_coverage(banded, by).assign(what=what)
        for what, banded in {"total": totals, "lines": lines}.items()
        for by in ([], ["horizon"])
    ]
    table = pd.concat(tables, ignore_index=True).astype({"horizon": "Int64"})
    return table[["what", "horizon", "level", "n", "inside", "coverage", "low", "high", "without"]], totals


def judge_lines(
    rows: pd.DataFrame, tree: AccountTree, account: str, as_of: pd.Timestamp, when: pd.Timestamp, method: str, workers: int = 1,
    country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Which lines the method has skill on, by its own trial at an origin (model.forecast): account, method (what the door ships: the
    method, or the naive that it doesn't beat), skill (missing where nothing could be tried, and for naive itself), ratio (its error over
    the nearest naive's), reason."""
    closed = closed_months(monthly_actuals(rows, tree, account), as_of, when)
    made = tried_forecast(closed, HORIZON, method, workers=workers, country=country)
    series = made.series[["account", "method", "skill", "ratio", "reason"]]
    return series.assign(skill=series["skill"].mask(series["method"].eq(method) & (method == "seasonal_naive")))
