"""Drivers measured in the books: what prices, discounts, mixes, terms and pay were lately, for what nobody says otherwise.

Months are those up to the last closed one; "lately" is the last RECENT of them for prices, the last YEAR for shares.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planning.core.drivers import Driver
from planning.core.periods import month_text, months_after
from planning.model.chain.terms import MONTH
from planning.plan.chain.meanings import measured

RECENT, YEAR = 3, 12
"""Months."""

MONTHLY_SALES = """
SELECT date_trunc('month', date) AS period, entity, channel, store, category, product,
       sum(quantity) AS units, sum(quantity * list_price) AS gross, sum(net) AS net, sum(vat) AS vat, sum(cost) AS cost
FROM order_lines GROUP BY ALL ORDER BY ALL
"""
"""What was sold by month, out of a snapshot's order lines."""
MONTHLY_RETURNS = """
SELECT date_trunc('month', back.date) AS period, entity, channel, category, product, sum(back.quantity) AS units, sum(back.net) AS net
FROM returns AS back JOIN (SELECT DISTINCT "order", line, entity, channel, category, product FROM order_lines) USING ("order", line)
GROUP BY ALL ORDER BY ALL
"""
"""What came back by month."""


def sales_drivers(sold: pd.DataFrame, returned: pd.DataFrame, as_of: pd.Timestamp) -> list[Driver]:
    """list_price, discount, returns and output_tax. `sold`: MONTHLY_SALES; `returned`: MONTHLY_RETURNS."""
    recent, year, back = lately(sold, as_of, RECENT), lately(sold, as_of, YEAR), lately(returned, as_of, YEAR)
    of = ["entity", "channel"]
    came = back.groupby(of)["net"].sum().reindex(pd.MultiIndex.from_frame(year[of].drop_duplicates()), fill_value=0.0).reset_index()
    return [
        measured("list_price", _ratio(_newest(year, [*of, "product"]), [*of, "product"], "gross", "units"), f"newest of {_span(year)}"),
        measured("discount", _ratio(year.assign(off=year["gross"] - year["net"]), [*of, "category"], "off", "gross"), basis_of(year)),
        measured("returns", _ratio(came.merge(year.groupby(of, as_index=False)["net"].sum(), on=of), of, "net_x", "net_y"), basis_of(year)),
        measured("output_tax", _ratio(recent, of, "vat", "net"), f"mean of {_span(recent)}"),
    ]


def customer_rebate(booked: pd.DataFrame, sold: pd.DataFrame, stores: pd.DataFrame, as_of: pd.Timestamp) -> Driver:
    """What customers were granted of net sales in the last year, less what lapsed, by entity, channel and store: what each department
    booked over what its stores sold.

    `booked`: entity, cost_centre, period, amount; `sold`: MONTHLY_SALES; `stores`: store, cost_centre.
    """
    of = ["entity", "cost_centre"]
    year, granted = lately(sold, as_of, YEAR).merge(stores[["store", "cost_centre"]], on="store"), lately(booked, as_of, YEAR)
    both = year.groupby(of)[["net"]].sum().join(granted.groupby(of)["amount"].sum().clip(lower=0.0)).fillna(0.0).reset_index()
    cells = lately(sold, as_of, YEAR)[["entity", "channel", "store"]].drop_duplicates()
    found = cells.merge(stores[["store", "cost_centre"]], on="store", how="left")
    found = found.merge(_ratio(both, of, "amount", "net"), on=of, how="left").fillna({"value": 0.0})
    return measured("rebate", found.drop(columns="cost_centre"), basis_of(year))


def product_mix(sold: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What each product was of its category's units in the last year: entity, channel, category, product, share."""
    keys = ["entity", "channel", "category"]
    units = lately(sold, as_of, YEAR).groupby([*keys, "product"])["units"].sum()
    units = units[units > 0]
    return (units / units.groupby(keys).transform("sum")).rename("share").reset_index()


def pay_drivers(pay: pd.DataFrame, as_of: pd.Timestamp) -> list[Driver]:
    """people and pay of the last closed month, bonus and contributions as shares of the last year's wages; by cost centre and position."""
    now, year = pay[pay["period"] == as_of], lately(pay, as_of, YEAR)
    of, said = ["cost_centre", "position"], f"{month_text(as_of)}"
    return [
        measured("people", now[of].assign(value=now["heads"]), said),
        measured("pay", _ratio(now, of, "amount", "heads"), said),
        *(measured(name, _ratio(year, ["cost_centre"], column, "amount"), basis_of(year))
          for name, column in (("bonus", "bonus"), ("social_rate", "social"), ("housing_rate", "housing"))),
    ]  # fmt: skip


def goods_drivers(purchases: pd.DataFrame, items: pd.DataFrame, stock: pd.DataFrame, as_of: pd.Timestamp) -> list[Driver]:
    """purchase_price and freight of a unit, and input_tax on both, by entity and item, of its newest months, however long ago: what sells
    seldom isn't bought every year; stock_cover in months, by entity and source.

    `purchases`: event table; `items`: entity, item, source; `stock`: entity, item, period, closing and out (units).
    """
    filled = purchases.fillna({"freight": 0.0, "vat": 0.0})
    bought = filled.assign(period=filled["date"].dt.to_period("M").dt.to_timestamp(), worth=filled["amount"] + filled["freight"])
    newest = _newest(bought[bought["period"] <= as_of], ["entity", "item"])
    of, said = ["entity", "item"], f"newest of {_span(newest)}"
    return [
        measured("purchase_price", _ratio(newest, of, "amount", "quantity").rename(columns={"item": "product"}), said),
        measured("freight", _ratio(newest, of, "freight", "quantity").rename(columns={"item": "product"}), said),
        measured("input_tax", _ratio(newest, of, "vat", "worth").rename(columns={"item": "product"}), said),
        measured("stock_cover", _cover(stock.merge(items, on=of), items, as_of), basis_of(lately(stock, as_of, YEAR))),
    ]


def _cover(stock: pd.DataFrame, items: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Months that stocks lasted: closing over what went out in the month after, by item; the company's mean where an item tells nothing,
    and 0 where the company tells nothing of any."""
    after = stock[["entity", "item", "period", "out"]].assign(period=stock["period"] - pd.DateOffset(months=1))
    both = lately(stock.drop(columns="out").merge(after, on=["entity", "item", "period"]), months_after(as_of, -1), YEAR)
    found = _ratio(both, ["entity", "item"], "closing", "out")
    whole = _ratio(both, ["entity"], "closing", "out").set_index("entity")["value"]
    every = items[["entity", "item"]].drop_duplicates().merge(found, on=["entity", "item"], how="left")
    every["value"] = every["value"].fillna(every["entity"].map(whole)).fillna(0.0).clip(lower=0.0)
    return every.rename(columns={"item": "product"})


def lately(table: pd.DataFrame, as_of: pd.Timestamp, months: int) -> pd.DataFrame:
    """The rows of the last months up to the closed one."""
    return table[(table["period"] <= as_of) & (table["period"] > months_after(as_of, -months))]


def _newest(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The rows of each group's own last months: what moves seldom is known from when it last did."""
    return table[table["period"] > table.groupby(by)["period"].transform("max") - pd.DateOffset(months=RECENT)]


def _ratio(table: pd.DataFrame, by: list[str], upper: str, lower: str) -> pd.DataFrame:
    """The quotient of sums: `by` + value; no row where it is over nothing."""
    sums = table.groupby(by)[[upper, lower]].sum()
    return (sums[upper] / sums[lower].where(sums[lower] != 0)).rename("value").dropna().reset_index()


def _span(table: pd.DataFrame) -> str:
    if table.empty:
        return "no month"
    first, last = month_text(table["period"].min()), month_text(table["period"].max())
    return first if first == last else f"{first} to {last}"


def basis_of(table: pd.DataFrame) -> str:
    """Which months a figure was measured from, in words."""
    return f"measured from {_span(table)}"


def payment_days(balances: pd.DataFrame, owed: pd.DataFrame, as_of: pd.Timestamp) -> Driver:
    """Days that what is owed stays open, by entity and account: the mean balance of the last year's month ends over what becomes owed in
    a month of the plan. `balances`: entity, account, period, amount; `owed`: entity, account, amount (a month's, on average)."""
    year = lately(balances, as_of, YEAR)
    lay = year.groupby(["entity", "account"])["amount"].mean().abs()
    flow = owed.groupby(["entity", "account"])["amount"].sum().abs()
    days = (MONTH * lay.reindex(flow.index).fillna(0.0) / flow.where(flow > 0)).fillna(0.0).rename("value")
    said = f"mean balance of {_span(year)}, over a month of what the plan lets become owed, at the size of that year"
    return measured("payment_days", days.reset_index(), said)


def bill_share(balances: pd.DataFrame, owed: pd.DataFrame, bills: Mapping[str, str], months: pd.Series, as_of: pd.Timestamp) -> Driver:
    """Of what is owed the share that is paid by acceptance bill, by entity and account: the mean balance of bills at the last year's month
    ends over what becomes owed in as many months as a bill runs.

    `balances`, `owed`: see payment_days; `bills`: for accounts of what is owed the one on which their bills wait; `months`: by entity and
    account of bills. Accounts with one account of bills have the same share. Example: bills of 60, 100 owed a month, three months: 0.2.
    """
    year = lately(balances, as_of, YEAR)
    lay = year.groupby(["entity", "account"])["amount"].mean().abs()
    rows = owed[owed["account"].isin(bills)].assign(bill=owed["account"].map(bills))
    flow = rows["amount"].abs().groupby([rows["entity"], rows["bill"]]).sum().rename_axis(["entity", "account"])
    while_one_runs = flow * months.reindex(flow.index)
    share = (lay.reindex(flow.index).fillna(0.0) / while_one_runs.where(while_one_runs > 0)).clip(0.0, 1.0)
    cells = pd.MultiIndex.from_product([sorted({*owed["entity"]}), sorted(bills)], names=["entity", "account"]).to_frame(index=False)
    of = pd.MultiIndex.from_arrays([cells["entity"], cells["account"].map(bills)])
    table = cells.assign(value=share.reindex(of).fillna(0.0).to_numpy())
    said = f"mean bills of {_span(year)}, over what the plan lets become owed while one runs, at the size of that year"
    return measured("bill_share", table, said)
