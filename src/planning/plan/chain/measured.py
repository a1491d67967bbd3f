"""Drivers measured in the books: what prices, discounts, mixes, terms and pay were lately, for what nobody says otherwise.

Months are those up to the last closed one; "lately" is the last RECENT of them for prices, the last YEAR for shares.
"""

from __future__ import annotations

from collections.abc import Collection

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
        measured("discount", _ratio(year.assign(off=year["gross"] - year["net"]), [*of, "category"], "off", "gross"), _basis(year)),
        measured("returns", _ratio(came.merge(year.groupby(of, as_index=False)["net"].sum(), on=of), of, "net_x", "net_y"), _basis(year)),
        measured("output_tax", _ratio(recent, of, "vat", "net"), f"mean of {_span(recent)}"),
    ]


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
        *(measured(name, _ratio(year, ["cost_centre"], column, "amount"), _basis(year))
          for name, column in (("bonus", "bonus"), ("social_rate", "social"), ("housing_rate", "housing"))),
    ]  # fmt: skip


def goods_drivers(purchases: pd.DataFrame, items: pd.DataFrame, stock: pd.DataFrame, as_of: pd.Timestamp) -> list[Driver]:
    """purchase_price and freight of a unit, and input_tax on both, by entity and item; stock_cover in months, by entity and source.

    `purchases`: event table; `items`: entity, item, source; `stock`: entity, item, period, closing and out (units).
    """
    filled = purchases.fillna({"freight": 0.0, "vat": 0.0})
    bought = filled.assign(period=filled["date"].dt.to_period("M").dt.to_timestamp(), worth=filled["amount"] + filled["freight"])
    recent = lately(bought, as_of, YEAR)
    newest = _newest(recent, ["entity", "item"])
    of, said = ["entity", "item"], f"newest of {_span(recent)}"
    return [
        measured("purchase_price", _ratio(newest, of, "amount", "quantity").rename(columns={"item": "product"}), said),
        measured("freight", _ratio(newest, of, "freight", "quantity").rename(columns={"item": "product"}), said),
        measured("input_tax", _ratio(newest, of, "vat", "worth").rename(columns={"item": "product"}), said),
        measured("stock_cover", _cover(stock.merge(items, on=of), as_of), _basis(lately(stock, as_of, YEAR))),
    ]


def _cover(stock: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Months that stocks lasted: closing over what went out in the month after, by item; the company's mean where an item tells nothing."""
    after = stock[["entity", "item", "period", "out"]].assign(period=stock["period"] - pd.DateOffset(months=1))
    both = lately(stock.drop(columns="out").merge(after, on=["entity", "item", "period"]), months_after(as_of, -1), YEAR)
    found = _ratio(both, ["entity", "item"], "closing", "out")
    whole = _ratio(both, ["entity"], "closing", "out").set_index("entity")["value"]
    every = stock[["entity", "item"]].drop_duplicates().merge(found, on=["entity", "item"], how="left")
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


def _basis(table: pd.DataFrame) -> str:
    return f"measured from {_span(table)}"


def capex(balances: pd.DataFrame, accounts: Collection[str], as_of: pd.Timestamp) -> Driver:
    """What a company spends on assets in a month, by entity and account: what their cost grew by in the last year, over twelve.

    `balances`: entity, account, period, amount, debits positive; `accounts`: those of cost, construction in progress among them. A
    company's growth as a whole goes to the accounts that grew, for construction becomes another account's asset.
    """
    used = balances[balances["account"].isin(accounts)]
    sums = used.groupby(["entity", "account", "period"])["amount"].sum().unstack("period", fill_value=0.0)
    before = months_after(as_of, -YEAR)
    if as_of not in sums.columns or before not in sums.columns:
        return measured("capex", pd.DataFrame({"entity": [], "account": [], "value": []}), "nothing known of a year")
    grown = sums[as_of] - sums[before]
    rose = grown.clip(lower=0.0)
    whole = grown.groupby(level="entity").transform("sum").clip(lower=0.0)
    share = rose / rose.groupby(level="entity").transform("sum").where(lambda total: total > 0)
    table = (whole * share / YEAR).fillna(0.0).rename("value").reset_index()
    return measured("capex", table, f"growth of cost from {month_text(before)} to {month_text(as_of)}")


def payment_days(balances: pd.DataFrame, owed: pd.DataFrame, as_of: pd.Timestamp) -> Driver:
    """Days that what is owed stays open, by entity and account: the mean balance of the last year's month ends over what becomes owed in
    a month of the plan. `balances`: entity, account, period, amount; `owed`: entity, account, amount (a month's, on average)."""
    year = lately(balances, as_of, YEAR)
    lay = year.groupby(["entity", "account"])["amount"].mean().abs()
    flow = owed.groupby(["entity", "account"])["amount"].sum().abs()
    days = (MONTH * lay.reindex(flow.index).fillna(0.0) / flow.where(flow > 0)).fillna(0.0).rename("value")
    return measured("payment_days", days.reset_index(), f"mean balance of {_span(year)}, over what the plan lets become owed in a month")
