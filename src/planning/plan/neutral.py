"""The neutral view of what units will spend: neither what they ask for nor what is wanted, but what their history says.

From a ledger the forecast engine goes on with each cost centre's own months; one that booked nothing in the last year has no view. A
city that prints its departments' spending by the year has no such months: there the engine's forecast of the cash lines by class
(drafting.draft_lines) is shared out by what each cost centre obligated in the last known years, and the band is that of all cash lines.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from planning.core.money import round_cents
from planning.core.periods import months_between
from planning.model.backtest import closed_months
from planning.model.forecast import tried_forecast
from planning.plan.books import Books
from planning.plan.budget import Known, TopDown
from planning.plan.known import monthly_actuals, yearly

COLUMNS = ["cost_centre", "account", "amount", "lower", "upper"]
YEAR = 12
SHARED_YEARS = 3
"""Known years by which a class is shared out."""


def forecast_view(
    known: Known, account: str, leaves: Collection[str], method: str, level: float = 0.8, workers: int = 1, country: str | None = None
) -> pd.DataFrame:
    """Each cost centre's costs below an account in the budget year, as the engine sees them: COLUMNS, `account` the one above.

    `leaves`: the accounts that count. A month without a booking between others is 0. A year's band is the sum of its months', as if they
    all missed together: wider than needed, since some make up for others.
    """
    history = _histories(known, account, leaves)
    if history.empty:
        return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS[2:], float))
    horizon = months_between(known.as_of, known.calendar.last(known.fiscal_year))
    rows = tried_forecast(history, horizon, method, ["cost_centre"], workers, level=level, country=country).rows
    year = rows[rows["period"].isin(known.calendar.year(known.fiscal_year))]
    sums = year.groupby("cost_centre", as_index=False)[["amount", "lower", "upper"]].sum().assign(account=account)
    return _in_cents(sums)[COLUMNS]


def _histories(known: Known, account: str, leaves: Collection[str]) -> pd.DataFrame:
    """cost_centre, period, amount of every month from a cost centre's first to the last closed one; of those that moved in the last
    year."""
    actuals = monthly_actuals(known.rows, known.tree, account)
    actuals = actuals[actuals["leaf"].isin(set(leaves))]
    if actuals.empty:
        return pd.DataFrame(columns=["cost_centre", "period", "amount"])
    sums = closed_months(actuals, known.as_of, known.when, ("cost_centre",))
    wide = sums.pivot(index="cost_centre", columns="period", values="amount")
    wide = wide.reindex(columns=pd.date_range(wide.columns.min(), known.as_of, freq="MS"))
    moved = wide.iloc[:, -YEAR:].fillna(0.0).ne(0.0).any(axis=1)
    filled = wide[moved].where(wide[moved].notna() | ~wide[moved].notna().cummax(axis=1), 0.0)
    return filled.rename_axis(columns="period").stack().rename("amount").reset_index()


def shared_view(known: Known, books: Books, classes: pd.DataFrame, spending: TopDown) -> pd.DataFrame:
    """The classes' forecast shared out by the last known years: COLUMNS, `account` the class. See the module.

    `classes`: account, top_down (drafting.draft_lines). A class that the cash lines don't tell goes on from the last year as those that
    they do tell grow together. Bands are missing where that of the cash lines is.
    """
    past = yearly(known.rows, known.calendar, "actual", books.budgeted, known.when)
    newest = past["fiscal_year"].max()
    last = past[past["fiscal_year"] == newest].groupby("account")["amount"].sum()
    forecast = classes.set_index("account")["top_down"].reindex(last.index)
    told = forecast.notna() & (last != 0)
    together = forecast[told].sum() / last[told].sum() if told.any() and last[told].sum() else 1.0
    ahead = forecast.where(told).fillna(last * together)
    cells = _lately(past[past["fiscal_year"] > newest - SHARED_YEARS], _projecting(known, books))
    cells = cells.assign(amount=cells["share"] * cells["account"].map(ahead)).dropna(subset="amount")
    year = spending.year
    spread = [(year[edge] - year["amount"]) / year["amount"] if year["amount"] else np.nan for edge in ("lower", "upper")]
    edges = {edge: cells["amount"] + cells["amount"].abs() * part for edge, part in zip(("lower", "upper"), spread, strict=True)}
    return _in_cents(cells.assign(**edges))[COLUMNS].reset_index(drop=True)


def _lately(past: pd.DataFrame, living: set[str]) -> pd.DataFrame:
    """cost_centre, account, share: of each class that of the cost centres that still project their spending, over some years."""
    sums = past[past["cost_centre"].isin(living)].groupby(["cost_centre", "account"], as_index=False)["amount"].sum()
    whole = sums.groupby("account")["amount"].transform("sum")
    return sums.assign(share=sums["amount"] / whole.where(whole != 0))[sums["amount"] != 0]


def _projecting(known: Known, books: Books) -> set[str]:
    projected = yearly(known.rows, known.calendar, "forecast", [books.roles["reported"]], known.when)
    running = projected[(projected["fiscal_year"] == known.fiscal_year - 1) & (projected["amount"] != 0)]
    return set(running["cost_centre"])


def _in_cents(table: pd.DataFrame) -> pd.DataFrame:
    """Amounts and edges rounded to the cent; a missing edge stays missing, and none lies on the wrong side of its amount."""
    amount = round_cents(table["amount"])
    edges = {edge: table[edge].round(2) for edge in ("lower", "upper")}
    lower, upper = edges["lower"].where(~(edges["lower"] > amount), amount), edges["upper"].where(~(edges["upper"] < amount), amount)
    return table.assign(amount=amount, lower=lower, upper=upper)
