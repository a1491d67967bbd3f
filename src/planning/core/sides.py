"""Debit and credit: which way an account's amounts grow, and what a debit less a credit means on it."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

DEBIT, CREDIT = 1, -1


def natural_sides(accounts: pd.DataFrame, debit: Collection[str], credit: Collection[str]) -> dict[str, int]:
    """Each account's side: +1 where debits raise it, −1 where credits do; an account whose side can't be told has none.

    `accounts`: the accounts dimension. `debit` and `credit` name nodes of the tree. An account has the side of the nearest of
    them that is itself or stands above it, turned round by each weight −1 on the way (an allowance below the assets grows by
    credits). Without one, revenue and expenses go by their effect on profit, and statistical accounts count as they are.
    Example: {assets: +1} and an allowance with weight −1 below assets gives the allowance −1.
    """
    rows = accounts.set_index("code")
    listed = dict.fromkeys(debit, DEBIT) | dict.fromkeys(credit, CREDIT)
    parent, weight = rows["parent"].dropna().to_dict(), rows["weight"].to_dict()
    sides = {code: _listed_side(code, listed, parent, weight) or _own_side(rows.loc[code]) for code in rows.index}
    return {code: side for code, side in sides.items() if side}


def _listed_side(code: str, listed: dict[str, int], parent: dict[str, str], weight: dict[str, float]) -> int:
    turned = 1
    while code not in listed:
        if code not in parent:
            return 0
        turned *= -1 if weight[code] < 0 else 1
        code = parent[code]
    return turned * listed[code]


def _own_side(account: pd.Series) -> int:
    if account["kind"] == "statistical":
        return DEBIT
    return -int(account["effect"]) if account["kind"] in ("revenue", "expense", "result") else 0
