"""What a monthly ledger and monthly projections say of each department, as a report on each month would have said it."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import FiscalCalendar
from planning.core.tables import as_known

PLACE = ["entity", "cost_centre"]
CARRIED = "_carried"
"""Ends the version of a landing that nobody projected anew: closed months took the place of projected ones."""


def reported_rows(rows: pd.DataFrame, calendar: FiscalCalendar, accounts: list[str], code: str) -> pd.DataFrame:
    """Sourced rows of account `code`: of each closed month what was spent to date (actual, year_to_date) and where the people's newest
    projection would have let the year land (forecast, year), known on the day the month was closed; of each closed year the
    actual, of each budget the year (year). A projection of fewer than all open months is none; a landing whose projection is older
    than the month before has a version that ends in CARRIED.

    `rows`: sourced plan table of monthly rows in one currency, one version of each budget. Amounts are those of `accounts`.
    """
    used = rows[rows["account"].isin(accounts) & rows["grain"].eq("month")]
    used = used.assign(fiscal_year=calendar.fiscal_year(used["period"]))
    actual, issued = used[used["scenario"] == "actual"], used[used["scenario"] == "forecast"]
    found = [_budgets(used[used["scenario"] == "budget"], calendar)]
    for year, of_year in actual.groupby("fiscal_year"):
        days = of_year.groupby("period")["known"].min()
        ahead = issued[issued["fiscal_year"] == year]
        before = days.shift(1)
        for period, day in days.items():
            to_date = _sums(as_known(of_year[of_year["period"] <= period].drop(columns="source"), day))
            found.append(to_date.assign(scenario="actual", version="actual", grain="year_to_date", period=period, known=day))
            told = ahead[(ahead["known"] <= day) & (ahead["period"] > period)]
            version = f"{period:%Y_%m}{CARRIED if told['known'].max() <= before[period] else ''}"
            found.append(_landing(to_date, told, period, day, calendar).assign(version=version))
        if len(days) == 12:
            found += [_closed(of_year, calendar.first(int(year)), day) for day in dict.fromkeys([days.max(), of_year["known"].max()])]
    table = pd.concat(found, ignore_index=True).assign(case="base", account=code, layer="booked", source="reported")
    further = [column for column in rows.columns if column not in table.columns]
    return table.assign(**dict.fromkeys(further, "none"))[list(rows.columns)]


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(PLACE, as_index=False)["amount"].sum()


def _closed(of_year: pd.DataFrame, first: pd.Timestamp, day: pd.Timestamp) -> pd.DataFrame:
    sums = _sums(as_known(of_year.drop(columns="source"), day))
    return sums.assign(scenario="actual", version="actual", grain="year", period=first, known=day)


def _landing(to_date: pd.DataFrame, ahead: pd.DataFrame, period: pd.Timestamp, day: pd.Timestamp, calendar: FiscalCalendar) -> pd.DataFrame:
    """The year's landing of the cost centres that have projected every month after the period."""
    cells = [column for column in ahead.columns if column not in ("known", "amount", "source", "version")]
    newest = ahead.sort_values("known", kind="stable").drop_duplicates(cells, keep="last")
    open_months = 12 - int(calendar.month_number(period))
    rest = newest.groupby(PLACE).agg(rest=("amount", "sum"), months=("period", "nunique"))
    rest = rest.loc[(rest["months"] == open_months) & (open_months > 0), "rest"].reset_index()
    both = rest.merge(to_date, on=PLACE, how="left")
    landed = both[PLACE].assign(amount=both["rest"] + both["amount"].fillna(0.0))
    first = calendar.first(int(calendar.fiscal_year(period)))
    return landed.assign(scenario="forecast", grain="year", period=first, known=day)


def _budgets(budget: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    keys = [*PLACE, "fiscal_year", "version", "known"]
    sums = budget.groupby(keys, as_index=False)["amount"].sum()
    return sums.assign(scenario="budget", grain="year", period=sums["fiscal_year"].map(calendar.first).astype("datetime64[ns]"))
