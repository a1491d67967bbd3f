"""Plan tables as the book takes them, and the sharing out of lines to the cells that the book keeps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.money import from_minor, round_cents, round_parts, to_minor
from planning.core.periods import months_after
from planning.core.tables import KEY
from planning.plan.known import monthly_actuals

NO_RATES: Mapping[str, float] = MappingProxyType({})
"""Every entity keeps the same currency."""
CELL = ["entity", "cost_centre", "layer", "leaf"]
"""What a line is shared out to: who booked on which account of the chart, and how it came in."""


def plan_rows(monthly: pd.DataFrame, version: str, entity: str = "", scenario: str = "budget", case: str = "base") -> pd.DataFrame:
    """Monthly rows as a plan table: the full key and amount, rounded to the smallest unit.

    `entity` holds for all rows; without it `monthly` has a column of that name. Rows are booked ones unless a column `layer` says else.
    """
    named = monthly.assign(entity=entity) if entity else monthly
    layer = named["layer"] if "layer" in named.columns else "booked"
    table = named.assign(scenario=scenario, version=version, case=case, layer=layer, grain="month")
    ordered = table[[*KEY, "amount"]].sort_values(list(KEY), ignore_index=True)
    return ordered.assign(amount=round_cents(ordered["amount"]), period=pd.to_datetime(ordered["period"]).astype("datetime64[ns]"))


def shared_out(lines: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """Lines by month shared out to cells, to the cent: the columns of CELL, account, period, amount.

    `lines`: account, period, amount; `usual`: account, CELL, amount, what is usual for each cell in a month. What a line's month
    has beyond the usual is shared by the size of the usual amounts, so that cells of opposite sign keep theirs; a line whose
    cells are all 0 goes to the first. Example: 110 to cells of 60 and 40 usually is 66 and 44.
    """
    parts = exact_shares(lines, usual)
    return parts.assign(amount=_exact(parts)).drop(columns="whole")


def exact_shares(lines: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """The same, not rounded to the cent; `whole`: what the cell's line comes to in that month."""
    size = usual["amount"].abs().groupby(usual["account"]).transform("sum")
    first = ~usual["account"].duplicated()
    share = (usual["amount"].abs() / size.where(size > 0)).fillna(first.astype(float))
    sums = usual.groupby("account")["amount"].sum()
    months = lines[["account", "period", "amount"]].rename(columns={"amount": "whole"})
    parts = months.merge(usual.assign(share=share).rename(columns={"amount": "usual"}), on="account")
    beyond = parts["whole"] - parts["account"].map(sums)
    return parts.assign(amount=parts["usual"] + beyond * parts["share"]).drop(columns=["usual", "share"])


def _exact(parts: pd.DataFrame) -> pd.Series:
    """The parts of each line and month in cents, adding up to the line's amount in cents."""
    found = pd.Series(0.0, index=parts.index)
    for _, cells in parts.groupby(["account", "period"], sort=False):
        total = int(to_minor([cells["whole"].iat[0]], 2)[0])
        found[cells.index] = from_minor(round_parts(cells["amount"].to_numpy(), total), 2)
    return found


def usual_months(rows: pd.DataFrame, tree: AccountTree, account: str, as_of: pd.Timestamp, when: pd.Timestamp) -> pd.DataFrame:
    """What each cell below an account has booked in a month of the last twelve, on average: account (the line), CELL, amount.

    The amounts carry their sign into the account. Cells that booked nothing are left out where their line has others.
    """
    actuals = monthly_actuals(rows, tree, account)
    known = actuals[(actuals["known"] <= when) & (actuals["period"] <= as_of)].sort_values("known", kind="stable")
    newest = known.drop_duplicates([column for column in known.columns if column not in ("known", "amount")], keep="last")
    year = newest["amount"].where(newest["period"] > months_after(as_of, -12), 0.0)
    sums = newest.assign(amount=year / 12).groupby(["account", *CELL], as_index=False)["amount"].sum()
    any_booked = (sums["amount"] != 0).groupby(sums["account"]).transform("any")
    return sums[(sums["amount"] != 0) | ~any_booked].reset_index(drop=True)


def line_rows(
    lines: pd.DataFrame,
    rows: pd.DataFrame,
    tree: AccountTree,
    account: str,
    as_of: pd.Timestamp,
    when: pd.Timestamp,
    rates: Mapping[str, float] = NO_RATES,
) -> pd.DataFrame:
    """A side's lines by month as cells of the chart: entity, cost_centre, layer, account, period, amount.

    Amounts are in each account's natural direction and in the entity's own currency: `rates` says what a unit of it is worth, for
    entities that keep another one than the group's.
    """
    weights = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
    cells = shared_out(lines, usual_months(rows, tree, account, as_of, when))
    natural = cells["amount"] * cells["leaf"].map(weights) / cells["entity"].map(dict(rates)).fillna(1.0)
    return cells.assign(account=cells["leaf"], amount=round_cents(natural)).drop(columns="leaf")
