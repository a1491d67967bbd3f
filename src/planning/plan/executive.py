"""The first page of a budget: its key figures beside the running year's and the last closed one's, its cash, and its departments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.tables import as_known
from planning.model.statements import Layout, Statement
from planning.plan.chain.sources import Basis
from planning.plan.chain.whole import How, Whole
from planning.plan.known import adopted_versions
from planning.plan.pack import VIEWS, Pack

NOBODYS = (
    "sales", "returns", "deliveries", "deliveries_in", "material_purchases", "merchandise_purchases", "material_uses", "production",
    "conversion", "payments", "value_added_tax", "income_tax", "funding",
)  # fmt: skip
"""Events of what is sold, bought and made, of taxes and of debt: no department answers for their costs alone."""


def key_table(pack: Pack, whole: Whole, how: How, basis: Basis, revenue: str) -> pd.DataFrame:
    """The key figures: code, a column for each of VIEWS, better (up, down). Flows are those of the year, balances those at its end.

    `code`: an account, or `margin` (profit per unit of revenue), `cash`, `debt`. What isn't known of a year is missing.
    """
    lines = pack.lines.loc[pack.lines["is_total"], "line"]
    rows = [{"code": line} | {view: pack.of(line, view) for view in VIEWS} for line in lines]
    rows.append({"code": "margin"} | {view: _per(pack.of(how.layout.profit, view), pack.of(revenue, view)) for view in VIEWS})
    for node in how.layout.tree.children(how.layout.cash_change):
        if how.layout.tree.is_total(node):
            rows.append({"code": node, "draft": _of_year(whole.told.direct, node, how.layout, basis.asked.fiscal_year)})
    for code, accounts in (("cash", how.layout.cash), ("debt", how.wiring.accounts.debt)):
        ends = month_ends(whole.told.sheet, accounts, how.layout)
        years = {"draft": basis.asked.fiscal_year, "forecast": basis.asked.fiscal_year - 1}
        rows.append({"code": code} | {view: _at_end(ends, how.layout, year) for view, year in years.items()})
    table = pd.DataFrame(rows, columns=["code", *VIEWS])
    better = how.layout.tree.accounts["better"].to_dict() | {"margin": "up", "cash": "up", "debt": "down"}
    return table.assign(better=table["code"].map(better))


def _per(part: float, base: float) -> float:
    return part / base if base else np.nan


def _of_year(statement: Statement, account: str, layout: Layout, year: int) -> float:
    chosen = np.asarray(layout.calendar.fiscal_year(statement.periods)) == year
    own = (statement.rows["account"] == account).to_numpy()
    return float(statement.units[own][:, chosen, 0].sum())


def month_ends(sheet: Statement, accounts, layout: Layout) -> pd.Series:
    """What stands on some accounts or nodes at each month's end, by month, entities added up."""
    leaves = {leaf for account in accounts for leaf in layout.tree.leaves(account)}
    own = sheet.rows["account"].isin(leaves).to_numpy()
    return pd.Series(sheet.units[own][:, :, 0].sum(axis=0), index=sheet.periods)


def _at_end(ends: pd.Series, layout: Layout, year: int) -> float:
    return float(ends.get(layout.calendar.last(year), np.nan))


def lowest_cash(whole: Whole, how: How, basis: Basis) -> tuple[pd.Timestamp, float]:
    """The month of the budget year that ends with the least cash, and how much that is."""
    ends = month_ends(whole.told.sheet, how.layout.cash, how.layout)
    within = ends[np.asarray(how.layout.calendar.fiscal_year(ends.index)) == basis.asked.fiscal_year]
    return within.idxmin(), float(within.min())


def by_department(whole: Whole, how: How, basis: Basis) -> pd.DataFrame:
    """What departments spend by month of the year: cost_centre, number, amount (budget year), other (running year), company's currency.

    Closed months of the running year are those booked on the same accounts. Costs of the events NOBODYS are in none.
    """
    lines = whole.plan.ledger.lines
    tree, asked = how.layout.tree, basis.asked
    is_cost = lines["account"].map(tree.accounts["kind"]).eq("expense") & ~lines["event"].isin(NOBODYS)
    told = is_cost & ~lines["cost_centre"].isin(["none", "unassigned"])
    chosen = whole.plan.ledger.of(told.to_numpy())
    worth = basis.sources.known(asked.as_of).worth()
    rate = chosen.lines["entity"].map(worth).to_numpy("float64")[:, None]
    planned = pd.DataFrame(chosen.units[:, :, 0] * rate, columns=whole.plan.ledger.periods).assign(cost_centre=chosen.lines["cost_centre"])
    long = planned.melt("cost_centre", var_name="period", value_name="amount")
    booked = _booked(basis, set(chosen.lines["account"]), set(chosen.lines["cost_centre"]), worth)
    both = pd.concat([long.astype({"period": "datetime64[ns]"}), booked], ignore_index=True)
    both = both.assign(year=asked.calendar.fiscal_year(both["period"]), number=asked.calendar.month_number(both["period"]))
    wide = both.groupby(["cost_centre", "number", "year"])["amount"].sum().unstack()
    named = wide.reindex(columns=[asked.fiscal_year, asked.fiscal_year - 1]).fillna(0.0)
    return named.set_axis(["amount", "other"], axis=1).rename_axis(columns=None).round(2).reset_index()


def _booked(basis: Basis, accounts: set[str], centres: set[str], worth: pd.Series) -> pd.DataFrame:
    """What was booked in the closed months of the running year: cost_centre, period, amount."""
    asked, rows = basis.asked, basis.sources.rows
    year = [period for period in asked.calendar.year(asked.fiscal_year - 1) if period <= asked.as_of]
    booked = rows[rows["scenario"].eq("actual") & rows["period"].isin(year)]
    own = booked[booked["account"].isin(accounts) & booked["cost_centre"].isin(centres)]
    known = as_known(own.drop(columns="source"), asked.when)
    return known.assign(amount=known["amount"] * known["entity"].map(worth))[["cost_centre", "period", "amount"]]


def versions_table(past: pd.DataFrame, basis: Basis, how: How, lines: pd.DataFrame) -> pd.DataFrame:
    """The newest budgeted year's versions: fiscal_year, version, line, amount; the adopted one last, before it those that became known
    earlier, of one day those that lie farther from it.

    `past`: pack.past_rows; `lines`: those of a pack.
    """
    used = past[past["scenario"] == "budget"]
    if used.empty:
        return pd.DataFrame({"fiscal_year": [], "version": [], "line": [], "amount": []})
    years = np.asarray(how.layout.calendar.fiscal_year(used["period"]))
    newest = used[years == years.max()]
    line = {leaf: name for name in lines.loc[~lines["is_total"], "line"] for leaf in how.layout.tree.leaves(name)}
    named = newest.assign(line=newest["account"].map(line)).dropna(subset=["line"])
    wide = named.groupby(["version", "line"])["amount"].sum().unstack(fill_value=0.0)
    adopted = adopted_versions(newest, how.layout.calendar)["version"].iloc[0]
    apart = (wide - wide.loc[adopted]).abs().sum(axis=1)
    known = newest.groupby("version")["known"].min().where(lambda days: days.index != adopted, pd.Timestamp.max)
    order = pd.DataFrame({"known": known, "near": -apart}).sort_values(["known", "near"]).index
    told = wide.loc[order].round(2).stack().rename("amount").reset_index()
    return told.assign(fiscal_year=int(years.max()))[["fiscal_year", "version", "line", "amount"]]
