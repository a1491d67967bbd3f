"""Firms outside the group that the plant sells to: their orders, when they truly pay, and by bank or by acceptance bill."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.inputs.sample.demand import Demand
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

ORDERS = 3.0
"""Of a dealer of size 1 in a month, on average."""
PIECES = 38.0
"""Of each product on an order, on average."""
LINES = (2, 6)
"""Products on an order, at the least and below."""
BILL_MONTHS = 6
"""From an acceptance bill's issue to its maturity."""


def dealer_orders(settings: Settings, structure: Structure, demand: Demand, period: pd.Timestamp) -> pd.DataFrame:
    """A month's lines: order, line, dealer, date, product, quantity; price, net and vat in cents; due, paid_date, by_bill, rebate.

    The rebate is what a line earns its dealer if the year's target is reached; it is owed from the line on.
    """
    made = structure.products[structure.products["made"] == 1].reset_index(drop=True)
    inside = (demand.days >= period) & (demand.days < period + pd.DateOffset(months=1))
    level = pd.DataFrame(demand.shops[inside].mean(axis=0), index=demand.categories)[0]
    tables = [
        _orders(settings, dealer, made, level, demand.days[inside], stream(settings.seed, "dealer orders", dealer.code, f"{period:%Y-%m}"))
        for dealer in structure.dealers.itertuples()
    ]
    lines = pd.concat([table for table in tables if len(table)], ignore_index=True) if any(map(len, tables)) else tables[0]
    lines = lines.sort_values(["date", "order"], kind="stable", ignore_index=True)
    lines["line"] = lines.groupby("order").cumcount() + 1
    lines["price"] = to_minor(_price(settings, demand, lines, structure), 2)
    lines["net"] = lines["price"] * lines["quantity"]
    lines["vat"] = np.rint(lines["net"] * settings.money.vat_goods).astype(np.int64)
    lines["rebate"] = np.rint(lines["net"] * settings.supply.customer_rebate).astype(np.int64)
    return lines


def targets(settings: Settings, structure: Structure, year: int) -> pd.Series:
    """Cents of purchases in a year, by dealer, from which on the rebate is theirs: what is usual for their size, grown since the start."""
    made = structure.products[structure.products["made"] == 1]
    order = (sum(range(*LINES)) / len(range(*LINES))) * (PIECES + 1) * made["list_price"].mean() * settings.prices.dealers
    grown = (1 + settings.seasons.growth) ** (year - int(settings.first_month[:4]) + 0.5)
    dealers = structure.dealers.set_index("code")
    return pd.Series(to_minor(dealers["size"] * dealers["target"] * 12 * ORDERS * order * grown, 2), index=dealers.index)


def _orders(
    settings: Settings, dealer, made: pd.DataFrame, level: pd.Series, days: pd.DatetimeIndex, draw: np.random.Generator
) -> pd.DataFrame:
    """One dealer's lines of a month, without prices."""
    count = int(draw.poisson(ORDERS * dealer.size))
    lines = draw.integers(*LINES, count)
    order = np.repeat(np.arange(count), lines)
    product = draw.integers(0, len(made), len(order))
    pieces = draw.poisson(PIECES * level.loc[made["category"].to_numpy()[product]].to_numpy()) + 1
    date = days[np.sort(draw.integers(0, len(days), count))][order] if count else pd.DatetimeIndex([])
    late = np.rint(draw.gamma(2.0, max(dealer.late, 1e-9) / 2.0, count))[order] if count else np.array([])
    due = date + pd.Timedelta(days=int(dealer.terms))
    return pd.DataFrame({
        "entity": "MFG", "order": [f"{dealer.code}-{days[0]:%y%m}-{number + 1:02}" for number in order], "dealer": dealer.code,
        "date": date,
        "product": made["code"].to_numpy()[product], "category": made["category"].to_numpy()[product],
        "number": made["number"].to_numpy()[product], "quantity": pieces.astype(np.int64), "due": due,
        "paid_date": due + pd.to_timedelta(late, "D"), "by_bill": (draw.random(count) < settings.supply.bills)[order] if count else [],
    })  # fmt: skip


def _price(settings: Settings, demand: Demand, lines: pd.DataFrame, structure: Structure) -> np.ndarray:
    """Yuan a piece: the list price of the day, less what dealers get."""
    at = demand.days.get_indexer(pd.DatetimeIndex(lines["date"]))
    category = np.array([demand.categories.index(each) for each in lines["category"]], dtype=int)
    base = structure.products.set_index("code")["list_price"].loc[lines["product"]].to_numpy()
    return base * settings.prices.dealers * demand.prices[at, category]
