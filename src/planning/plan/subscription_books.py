"""What contracts are to the books: the revenue account of each plan, the share of what is charged that is booked there, and what serving
the subscribers costs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import month_end, month_range, months_after
from planning.model.backtest import closed_months
from planning.plan.books import Books
from planning.plan.known import monthly_actuals
from planning.plan.subscriber_history import CONTRACTS, Tables

CELL = ["cost_centre", "account"]
YEAR = 12


class Subscriptions(Protocol):
    """Where the books have the contracts: the revenue account of each plan, the accounts of what serving costs, the one of offers."""

    accounts: Mapping[str, str]
    serving: Sequence[str]
    offers: str


def shares_of(
    tables: Tables, accounts: Mapping[str, str], books: Books, revenue: str, closed: pd.Timestamp, when: pd.Timestamp
) -> pd.DataFrame:
    """`booked_shares` of a company's books as known at `when`. `revenue`: the account of all revenue."""
    return booked_shares(_booked(books, revenue, closed, when), tables[CONTRACTS], accounts, month_end(closed))


def serving_costs(books: Books, accounts: Sequence[str], shares: pd.DataFrame, closed: pd.Timestamp, when: pd.Timestamp) -> pd.DataFrame:
    """What serving subscribers cost over the last twelve closed months, as known at `when`: CELL, booked, share (of their revenue in
    `shares`). Cells without a cost are left out. `accounts`: of these costs, each with those below it."""
    periods = _year(month_end(closed))
    costs = pd.concat([_booked(books, account, closed, when) for account in accounts]) if accounts else None
    if costs is None:
        return pd.DataFrame({name: pd.Series(dtype=float if name in ("booked", "share") else str) for name in [*CELL, "booked", "share"]})
    booked = costs[costs["period"].isin(periods)].groupby(CELL)["amount"].sum()
    booked = booked[booked != 0].rename("booked").reset_index()
    return booked.assign(share=booked["booked"] / shares["booked"].sum())


def _booked(books: Books, account: str, closed: pd.Timestamp, when: pd.Timestamp) -> pd.DataFrame:
    """CELL, period and amount of the closed months below an account."""
    sums = monthly_actuals(books.rows, books.tree, account)
    return closed_months(sums, closed, when, by=("cost_centre", "leaf")).rename(columns={"leaf": "account"})


def _year(as_of: pd.Timestamp) -> pd.DatetimeIndex:
    return month_range(months_after(as_of.replace(day=1), 1 - YEAR), YEAR)


def booked_shares(actuals: pd.DataFrame, contracts: pd.DataFrame, accounts: Mapping[str, str], as_of: pd.Timestamp) -> pd.DataFrame:
    """By CELL over the last twelve closed months: charges (of the account's contracts in force), booked, share, least, most (a month's).

    `actuals`: CELL, period, amount; `accounts`: the revenue account of each plan. Plans without a contract in these months don't count.
    RequestError for others without an account, and where nothing was booked of what was charged.
    """
    periods = _year(as_of)
    contracts = contracts[(contracts["start"] <= as_of) & ~(contracts["end"] <= periods[0])]
    unknown = sorted(set(contracts["plan"]) - set(accounts))
    if unknown:
        raise RequestError("subscriptions", [Problem("no account for a plan", "subscriptions.accounts", name) for name in unknown])
    account = contracts["plan"].map(accounts)
    charges = pd.DataFrame({period: _in_force(contracts, month_end(period)).groupby(account).sum() for period in periods}).T
    booked = actuals[actuals["account"].isin(charges) & actuals["period"].isin(periods)]
    booked = booked.pivot_table(index="period", columns=CELL, values="amount", aggfunc="sum").reindex(periods).fillna(0.0)
    sums = booked.sum().groupby("account").sum().reindex(charges.columns, fill_value=0.0)
    silent = [code for code in charges if sums[code] <= 0]
    if silent:
        said = f"charges {charges[silent[0]].sum():,.0f}, booked {sums[silent[0]]:,.0f}"
        raise RequestError("subscriptions", [Problem("no revenue of a plan's account", f"account {silent[0]}", said, "both above 0")])
    of_cell = charges[booked.columns.get_level_values("account")].set_axis(booked.columns, axis=1)
    monthly, table = booked / of_cell, pd.DataFrame({"charges": of_cell.sum(), "booked": booked.sum()})
    return table.assign(share=table["booked"] / table["charges"], least=monthly.min(), most=monthly.max()).reset_index()


def _in_force(contracts: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """What each contract charges a month at the end of a day, nothing where it isn't in force."""
    return contracts["price"].where((contracts["start"] <= day) & ~(contracts["end"] <= day), 0.0)
