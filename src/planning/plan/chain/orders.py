"""Orders beside the books: in the currency of who books them, what they tell of an account, and what of it they don't."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import FiscalCalendar, month_text
from planning.core.translation import monthly_rates
from planning.plan.chain.measured import YEAR, lately

MONEY = ["gross", "net", "vat", "cost"]
CELL = ["entity", "account", "cost_centre"]


@dataclass(frozen=True)
class Orders:
    """What a company's orders are to its books. `currency`: the group's where all are in it, "" where each company's are in its own;
    `channels`: those whose sales are booked, all where none is named; `told`: by account of profit the measure (of what was sold) that
    tells a part of it: what the books hold beyond runs on; `cost`: the account at whose level the orders' unit costs are taken, "" where
    they are what the books take."""

    currency: str = ""
    channels: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    cost: str = ""


def in_own_currency(sold: pd.DataFrame, currency: str, entities: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """What was sold, in the currency of each company, at the average rates of its month.

    `sold`: see measured.MONTHLY_SALES, in the group's `currency`; `entities`: code, currency; `rates`: date, currency, average, closing in
    the group's. RequestError where a month has no rate. Example: 100 dollars at 0.8 dollars for one are 125.
    """
    worth = monthly_rates(rates).set_index(["currency", "period"])["average"]
    own = sold["entity"].map(entities.set_index("code")["currency"])
    found = worth.reindex(pd.MultiIndex.from_arrays([own, sold["period"]])).to_numpy("float64")
    factor = (1.0 / pd.Series(found, sold.index)).where(own != currency, 1.0)
    lacking = sold.assign(currency=own)[factor.isna()][["currency", "period"]].drop_duplicates()
    if len(lacking):
        problems = [Problem("no rate", "rates", f"{name}, {month_text(period)}") for name, period in lacking.to_numpy()]
        raise RequestError("orders", at_most(problems))
    return sold.assign(**{name: sold[name] * factor for name in MONEY})


def booked_sales(sold: pd.DataFrame, keepers: Collection[str], channels: Collection[str]) -> pd.DataFrame:
    """What was sold by companies that keep books, in channels that these hold (all where none is named). The rest is in no plan."""
    held = sold["channel"].isin(channels) if channels else True
    return sold[sold["entity"].isin(keepers) & held].reset_index(drop=True)


def at_booked_cost(sold: pd.DataFrame, booked: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What was sold, with its cost brought to what the company booked for it in the last year; as it is where it booked nothing.

    `booked`: entity, period, amount of the account of cost. Example: orders that cost 100 and 30 booked: each unit costs 0.3 of what the
    orders say.
    """
    taken = lately(booked, as_of, YEAR).groupby("entity")["amount"].sum()
    share = (taken / lately(sold, as_of, YEAR).groupby("entity")["cost"].sum()).where(lambda found: (found > 0) & (found < float("inf")))
    return sold.assign(cost=sold["cost"] * sold["entity"].map(share).fillna(1.0))


def bought_as_sold(sold: pd.DataFrame, purchases: pd.DataFrame, told: Collection[str]) -> pd.DataFrame:
    """The purchases, with those of companies of whose goods nothing is told (not among `told`): what they sold came in the same month, at
    what the orders say that it cost, and nothing lies in stock."""
    untold = sold[~sold["entity"].isin(set(told)) & (sold["units"] > 0)]
    came = untold.groupby(["period", "entity", "category", "product"], as_index=False)[["units", "cost"]].sum()
    named = came.rename(columns={"period": "date", "product": "item", "units": "quantity", "cost": "amount"})
    return pd.concat([purchases, named], ignore_index=True) if len(named) else purchases


def beyond_orders(history: pd.DataFrame, sold: pd.DataFrame, told: Mapping[str, str], as_of: pd.Timestamp) -> pd.DataFrame:
    """What was booked on accounts (see running.running_history) less what the orders tell of some: below 0 where orders are more.

    Orders name no department: theirs is the one that booked most on the account in the last year. Months from the account's first
    booking on; what was ordered before, nobody booked.
    """
    home = _homes(history, as_of)
    parts = [history]
    for account, measure in told.items():
        sums = sold.groupby(["entity", "period"], as_index=False)[measure].sum().rename(columns={measure: "amount"})
        known = sums.assign(account=account).merge(home, on=["entity", "account"])
        parts.append(known[known["period"] >= known["first"]].assign(amount=lambda table: -table["amount"]).drop(columns="first"))
    return pd.concat(parts, ignore_index=True).groupby([*CELL, "period"], as_index=False)["amount"].sum()


def _homes(history: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """entity, account, the cost_centre that booked most on it in the last year, and the first month of the account."""
    booked = lately(history, as_of, YEAR).assign(amount=lambda table: table["amount"].abs()).groupby(CELL, as_index=False)["amount"].sum()
    most = booked.sort_values(["amount", "cost_centre"]).drop_duplicates(["entity", "account"], keep="last")[CELL]
    first = history[history["amount"] != 0].groupby(["entity", "account"])["period"].min().rename("first").reset_index()
    return most.merge(first, on=["entity", "account"])


def orders_beside_books(sold: pd.DataFrame, booked: pd.DataFrame, orders: Orders, calendar: FiscalCalendar) -> pd.DataFrame:
    """How far orders and books agree, in each company's currency: entity, account, year, booked, ordered (in channels that the books hold)
    and elsewhere (in others, and by companies without books); of months in which anything is booked anywhere.

    `sold`: in_own_currency, of all companies and channels; `booked`: CELL, period, amount.
    """
    keepers, months = set(booked["entity"]), sold["period"].isin(booked["period"])
    held = sold["entity"].isin(keepers) & (sold["channel"].isin(orders.channels) if orders.channels else True)
    parts = [booked[booked["account"].isin(orders.told)].assign(side="booked")]
    for account, measure in orders.told.items():
        side = held.map({True: "ordered", False: "elsewhere"})
        parts.append(sold[months].assign(account=account, side=side, amount=sold[measure]))
    every = pd.concat(parts, ignore_index=True).assign(year=lambda table: calendar.fiscal_year(table["period"]))
    wide = every.pivot_table(index=["entity", "account", "year"], columns="side", values="amount", aggfunc="sum", fill_value=0.0)
    return wide.reindex(columns=["booked", "ordered", "elsewhere"], fill_value=0.0).rename_axis(columns=None).reset_index()
