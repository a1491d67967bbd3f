"""Booked months of companies that a group holds without control: their owner's share of profit, as a consolidation states them."""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.money import round_cents
from planning.model.consolidation import Group
from planning.model.group_shares import EQUITY, FULL

PLACE = ["scenario", "version", "case", "layer", "grain", "period", "known", "source"]


def with_associates(rows: pd.DataFrame, tree: AccountTree, profit: str, group: Group) -> pd.DataFrame:
    """Rows of the income statement in the group's currency, those of companies without control brought to one: the owner's share of their
    profit, on the account of income from associates. A company that isn't held at all is in none.

    `profit`: the statement's root. Example: a quarter of one that sells 100 at a cost of 60 is 10.
    """
    held = rows[["entity", "period"]].drop_duplicates()
    known = pd.merge_asof(
        held.sort_values("period"), group.ownership.sort_values("from")[["entity", "owned", "method", "from"]],
        left_on="period", right_on="from", by="entity",
    ).drop(columns="from")  # fmt: skip
    top = set(group.entities.loc[group.entities["parent"].fillna("") == "", "code"])
    method = known["method"].where(known["method"].notna() | ~known["entity"].isin(top), FULL)
    placed = rows.merge(known.assign(method=method), on=["entity", "period"], how="left")
    full = placed.loc[(placed["method"] == FULL).to_numpy(), rows.columns]
    shared = _shares(placed[(placed["method"] == EQUITY).to_numpy()], tree, profit, group)
    return pd.concat([full, shared], ignore_index=True)[rows.columns] if len(shared) else full.reset_index(drop=True)


def _shares(rows: pd.DataFrame, tree: AccountTree, profit: str, group: Group) -> pd.DataFrame:
    weight = tree.paths[tree.paths["ancestor"] == profit].set_index("account")["weight"]
    earned = rows.assign(amount=rows["amount"] * rows["account"].map(weight).fillna(0.0) * rows["owned"])
    owner = earned["entity"].map(group.entities.set_index("code")["parent"])
    by = [name for name in PLACE if name in earned.columns]
    sums = earned.assign(entity=owner).groupby(["entity", *by], as_index=False)["amount"].sum()
    said = dict.fromkeys(set(rows.columns) & {"partner", "movement", "product", "channel", "store", "project"}, "none")
    return sums.assign(account=group.accounts.associate_income, cost_centre="unassigned", amount=round_cents(sums["amount"]), **said)
