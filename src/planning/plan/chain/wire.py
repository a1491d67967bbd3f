"""A company's wiring as the plan, its statements and its consolidation take it, from what its params files say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.periods import FiscalCalendar
from planning.core.translation import Translation
from planning.model.consolidation import Group
from planning.model.eliminations import DEALINGS, GroupAccounts
from planning.model.statements import Layout
from planning.plan.chain.activities import Activity
from planning.plan.chain.build import Equity, Wiring
from planning.plan.chain.money import Accounts, Settlement
from planning.plan.chain.orders import Orders

SHARE = ["entity", "account", "partner"]
GROUP = "GROUP"
"""What the group's own columns are called as an entity."""


def wire(
    said: Mapping[str, Any], other_sides: Mapping[str, tuple[str, str]], rules: pd.DataFrame, settlements: pd.DataFrame, tree: AccountTree,
    sides: Mapping[str, int],
) -> Wiring:  # fmt: skip
    """How events are booked. `said`: wiring.yaml; `other_sides`: of what runs on; `settlements`: account, cash, movement, month, bill."""
    paid = [Settlement(row.account, row.cash, row.movement, row.month, row.bill) for row in settlements.itertuples()]
    accounts = {name: tuple(code) if isinstance(code, list) else code for name, code in said["accounts"].items()}
    return Wiring(
        tree, sides, rules, paid, Accounts(**accounts), said["codes"], said["running"], dict(other_sides), said["overhead"], said["assets"],
        Orders(**said["orders"] | {"channels": tuple(said["orders"]["channels"])}), said["depreciation"], _equity(said),
        said["replaced"], [Activity(account, each["per"], tuple(each["channels"])) for account, each in said["activities"].items()],
    )  # fmt: skip


def _equity(said: Mapping[str, Any]) -> Equity | None:
    """The accounts of what is done with profit; none where the files don't say."""
    told = said["owners"]
    return Equity(said["statements"]["profit"], said["statements"]["year_result"], said["statements"]["retained"], **told) if told else None


def lay_out(said: Mapping[str, Any], sections: pd.DataFrame, wiring: Wiring, calendar: FiscalCalendar) -> Layout:
    """What the three statements are made of."""
    parts = said["statements"]
    lines = parts["cash_lines"] | dict.fromkeys(parts["within_cash"], "")
    return Layout(
        wiring.tree, wiring.sides, calendar, parts["profit"], parts["assets"], parts["claims"], parts["equity"], parts["year_result"],
        parts["retained"], wiring.accounts.cash, parts["cash_change"], parts["operating"], lines, sections, tuple(parts["distributions"]),
    )  # fmt: skip


def group_of(said: Mapping[str, Any], entities: pd.DataFrame, ownership: pd.DataFrame, layout: Layout, currency: str) -> Group:
    """What a consolidation needs to know of a group. `entities`: code, parent, currency; `ownership`: entity, owned, method, from."""
    told = said["group"]["accounts"]
    accounts = GroupAccounts(**told | {"capital": tuple(told["capital"])})
    dealings = pd.DataFrame(said["group"]["dealings"], columns=DEALINGS)
    chart = layout.tree.accounts.reset_index(drop=True)
    translation = Translation(currency, chart, dict(layout.sides), frozenset(layout.leaves(layout.equity)), accounts.difference)
    return Group(GROUP, entities, ownership, translation, accounts, dealings)


def with_shares(opening: pd.DataFrame, said: Mapping[str, Any], entities: pd.DataFrame, tolerance: float = 0.01) -> pd.DataFrame:
    """Opening balances whose shares in subsidiaries say whose they are, where the books don't.

    `opening`: entity, account, partner, amount in the account's direction; group.shares of `said`: by subsidiary, what it stands at in the
    books of its parent. RequestError where the shares named are not what the books hold.
    """
    account, shares = said["group"]["accounts"]["investments"], said["group"]["shares"]
    untold = (opening["account"] == account) & (opening["partner"] == "none")
    if not shares or not untold.any():
        return opening
    parent = entities.set_index("code")["parent"]
    told = pd.DataFrame([(parent.get(code), account, code, amount) for code, amount in shares.items()], columns=[*SHARE, "amount"])
    held, named = (table.groupby("entity")["amount"].sum() for table in (opening[untold], told))
    gap = named.reindex(held.index.union(named.index), fill_value=0.0).sub(held, fill_value=0.0)
    wrong = gap[gap.abs() > tolerance]
    if len(wrong):
        said_wrong = "shares that are not those of the books"
        raise RequestError("group.shares", [Problem(said_wrong, f"{who}, {account}", f"{size:,.2f} apart") for who, size in wrong.items()])
    return pd.concat([opening[~untold], told], ignore_index=True)
