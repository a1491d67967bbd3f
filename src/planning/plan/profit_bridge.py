"""The bridge from the running year's profit to the budget year's: what is sold by volume, mix, price and cost, then line by line.

Volume is what the change in pieces would have brought at the running year's average margin of its category, mix what comes from selling
other products and in other places, price and unit cost what each product of both years earns more or less; a product of one year
only brings or takes its whole margin. What the lines of revenue and cost of sales change by beside that stands as their rest, so that the
bridge closes to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.model.bridge import bridge, bridge_by
from planning.plan.chain.sources import Basis
from planning.plan.chain.whole import How, Whole, stated
from planning.plan.pack import Pack, below, weight_in

PLACE = ["entity", "channel", "category"]
PRODUCT = [*PLACE, "product"]
NOTHING = 1e-6
"""Pieces up to which nothing was sold: there is no price in them."""
EFFECTS = ("volume", "mix", "price", "unit_cost", "launched")


def sold_by_year(basis: Basis, whole: Whole) -> pd.DataFrame:
    """What was or will be sold in the running and in the budget year: year, PRODUCT, units, net, cost, in the company's currency.

    Closed months of the running year are those of the order lines, all others planned; before returns and rebates. Of the companies whose
    sales are the group's.
    """
    asked, sales = basis.asked, whole.operations.trade.traffic.sales
    closed = basis.sources.known(asked.as_of).sold
    closed = closed[np.asarray(asked.calendar.fiscal_year(closed["period"])) == asked.fiscal_year - 1]
    parts = [closed.assign(year=asked.fiscal_year - 1)]
    figures = {"units": sales.units, "net": sales.net, "cost": whole.operations.trade.cost}
    for year in (asked.fiscal_year - 1, asked.fiscal_year):
        chosen = asked.horizon.years == year
        sums = {name: values[:, chosen, 0].sum(axis=1) for name, values in figures.items()}
        parts.append(sales.cells.assign(year=year, **sums))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["entity"].isin(stated(whole))]
    worth = table["entity"].map(basis.sources.known(asked.as_of).worth()).to_numpy("float64")
    table[["net", "cost"]] = table[["net", "cost"]].mul(worth, axis=0)
    return table.groupby(["year", *PRODUCT], as_index=False)[["units", "net", "cost"]].sum()


def margin_effects(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    """What the margin of what is sold changes by, by EFFECTS; they add up to the whole change.

    `before`, `after`: PRODUCT, units, net, cost.

    Example: 10 pieces at 5 with a cost of 3, then 12 at 6 with a cost of 4: volume +4, price +12, unit cost −12.
    """
    both = before.merge(after, on=PRODUCT, how="outer", suffixes=("_0", "_1")).fillna(0.0)
    known = both[both["units_0"] > NOTHING]
    new = both[both["units_0"] <= NOTHING]
    margin = (known["net_0"] - known["cost_0"]) / known["units_0"]
    stays = known["units_1"] > NOTHING
    u1 = known["units_1"].where(stays, 1.0)
    price = (known["net_1"] - known["net_0"] / known["units_0"] * u1).where(stays, known["net_1"]).sum()
    cost = (known["cost_0"] / known["units_0"] * u1 - known["cost_1"]).where(stays, -known["cost_1"]).sum()
    moved = ((known["units_1"] - known["units_0"]) * margin).sum()
    sums = known.assign(earned=known["net_0"] - known["cost_0"]).groupby(PLACE)[["units_0", "units_1", "earned"]].sum()
    volume = ((sums["units_1"] - sums["units_0"]) * sums["earned"] / sums["units_0"]).sum()
    launched = (new["net_1"] - new["cost_1"] - new["net_0"] + new["cost_0"]).sum()
    return dict(zip(EFFECTS, map(float, (volume, moved - volume, price, cost, launched)), strict=True))


def profit_bridge(
    pack: Pack, basis: Basis, whole: Whole, how: How, revenue: str, customers: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """The bridge from the running year's profit to the budget year's, in codes: EFFECTS, `customers`, `revenue_rest`, `cost_rest`, then
    lines.

    `revenue`: the account of all revenue; `customers`: steps that tell a part of what it changes by. Steps of nothing are left out.
    """
    of_customers = dict(customers or {})
    tree, root = how.layout.tree, how.layout.profit
    sold = sold_by_year(basis, whole)
    before, after = (sold[sold["year"] == year].drop(columns="year") for year in (basis.asked.fiscal_year - 1, basis.asked.fiscal_year))
    costs = cost_lines(pack, whole, tree)
    change = lambda line: _change(pack, line) * weight_in(tree, line, root)  # noqa: E731
    steps = margin_effects(before, after)
    steps |= of_customers
    steps["revenue_rest"] = change(revenue) - (after["net"].sum() - before["net"].sum()) - sum(of_customers.values())
    steps["cost_rest"] = sum(map(change, costs)) + after["cost"].sum() - before["cost"].sum()
    told = below(tree, revenue, *costs)
    steps |= {line: change(line) for line in pack.lines.loc[~pack.lines["is_total"], "line"] if line not in told}
    start, end = (round(pack.of(root, view), 2) for view in ("forecast", "draft"))
    steps = {name: round(value, 2) for name, value in steps.items()}
    steps["cost_rest"] += round(end - start - sum(steps.values()), 2)  # the cents that rounding leaves
    return bridge(start, end, [(name, round(value, 2)) for name, value in steps.items() if round(value, 2)])


def cost_lines(pack: Pack, whole: Whole, tree: AccountTree) -> list[str]:
    """The lines of the pack on which the cost of what is sold is booked."""
    lines = whole.plan.ledger.lines
    booked = {account for account in lines.loc[lines["event"] == "sales", "account"] if tree.accounts.at[account, "kind"] == "expense"}
    lowest = pack.lines.loc[~pack.lines["is_total"], "line"]
    return [line for line in lowest if booked & set(tree.leaves(line))]


def _change(pack: Pack, line: str) -> float:
    return float(np.nan_to_num(pack.of(line, "draft")) - np.nan_to_num(pack.of(line, "forecast")))


def versions_bridge(table: pd.DataFrame, first: str, last: str, how: How) -> pd.DataFrame:
    """The bridge of the result from one version of a budget to another, by line, in codes. `table`: executive.versions_table."""
    tree, root = how.layout.tree, how.layout.profit
    signed = table.assign(amount=table["amount"] * table["line"].map(lambda line: weight_in(tree, line, root)))
    sides = [signed.loc[signed["version"] == version, ["line", "amount"]] for version in (first, last)]
    return bridge_by(*sides, "line")
