"""Yearly rises: prices and pay that were changed in the same month of every year known are expected to be changed in it again.

Nothing is made of prices that move all the time: their newest value stands, as of anything nobody says more about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planning.core.drivers import Driver
from planning.core.periods import months_after

LEAST = 3
"""Years in which a rise has to have been seen in the same month."""
AHEAD = 3
"""Rises ahead that are expected."""
QUIET = 0.25
"""Of a rise, how much prices may move on average in another month for it to stand out."""


def yearly_rises(prices: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """For each group the month in which its prices usually rise: month (1 to 12), rise (fraction), years (how many tell).

    `prices`: the columns of a group, then what (whatever has a price), period, price. The change of a month is the median over what was
    sold or paid in it and in the month before.
    Example: +3 % each March of 2023, 2024 and 2025 and nothing else is month 3, rise 0.03, years 3.
    """
    by = _group(prices)
    found = [(*codes, *rise) for codes, own in prices[prices["period"] <= as_of].groupby(by) if (rise := _rise_of(own))]
    return pd.DataFrame(found, columns=[*by, "month", "rise", "years"])


def _group(table: pd.DataFrame) -> list[str]:
    return [column for column in table.columns if column not in ("what", "period", "price", "month", "rise", "years")]


def _rise_of(prices: pd.DataFrame) -> tuple[int, float, int] | None:
    wide = prices[prices["price"] > 0].pivot_table(index="what", columns="period", values="price", aggfunc="mean")
    months = pd.date_range(wide.columns.min(), wide.columns.max(), freq="MS") if len(wide.columns) else wide.columns
    changes = np.log(wide.reindex(columns=months)).diff(axis=1).median().dropna()
    number = changes.index.month
    by_month = changes.groupby(number).mean().abs()
    if by_month.empty or by_month.max() == 0:
        return None
    month = int(by_month.idxmax())
    own, others = changes[number == month], changes[number != month]
    same_way = len(own) >= LEAST and (np.sign(own) == np.sign(own.iloc[-1])).all()
    if not same_way or others.abs().mean() > QUIET * own.abs().median():
        return None
    return month, float(np.expm1(own.median())), len(own)


def with_rises(measured: Sequence[Driver], prices: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> list[Driver]:
    """Measured drivers with the rises expected of them: dated rows beside today's. `prices`: by driver, see yearly_rises."""
    return [_risen(driver, yearly_rises(prices[driver.name], as_of), as_of) if driver.name in prices else driver for driver in measured]


def _risen(driver: Driver, rises: pd.DataFrame, as_of: pd.Timestamp) -> Driver:
    """A driver whose measured table gains, for each rise ahead, its rows with `first` and the risen value."""
    by = _group(rises)
    if driver.measured is None or rises.empty or not set(by) <= set(driver.measured.columns):
        return driver
    now = driver.measured.assign(first=pd.NaT)
    told = now.merge(rises[[*by, "month", "rise"]], on=by).drop(columns="first")
    first = told["month"].map(lambda month: _next(as_of, month))
    ahead = [
        told.assign(first=first + pd.DateOffset(years=at), value=told["value"] * (1 + told["rise"]) ** (at + 1)) for at in range(AHEAD)
    ]
    table = pd.concat([now, *(rows[now.columns] for rows in ahead)], ignore_index=True)
    usual = rises.loc[rises["years"].idxmax()]
    said = f"then {rises['rise'].median():+.1%} each year in month {usual['month']}, as in {usual['years']} years"
    return replace(driver, measured=table.astype({"first": "datetime64[ns]"}), basis=f"{driver.basis}, {said}")


def _next(as_of: pd.Timestamp, month: int) -> pd.Timestamp:
    """The first month after `as_of` that has this number."""
    ahead = (month - as_of.month - 1) % 12 + 1
    return months_after(as_of, ahead)


def price_histories(sold: pd.DataFrame, purchases: pd.DataFrame, pay: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What list prices (of each company), purchase prices (of each product) and pay (of each cost centre) were by month, for
    yearly_rises. `sold`: measured.MONTHLY_SALES."""
    bought = purchases.assign(
        period=purchases["date"].dt.to_period("M").dt.to_timestamp(), product=purchases["item"], what=purchases["supplier"]
    )
    units = sold.assign(what=sold["channel"] + " · " + sold["product"])
    return {
        "list_price": _mean_price(units, "gross", "units", ["entity"]),
        "purchase_price": _mean_price(bought, "amount", "quantity", ["entity", "product"]),
        "pay": _mean_price(pay.assign(what=pay["position"]), "amount", "heads", ["cost_centre"]),
    }


def _mean_price(table: pd.DataFrame, amount: str, units: str, by: list[str]) -> pd.DataFrame:
    keys = [*by, "what", "period"]
    sums = table.groupby(keys, as_index=False)[[amount, units]].sum()
    return sums[sums[units] > 0].assign(price=lambda rows: rows[amount] / rows[units])[[*keys, "price"]]

