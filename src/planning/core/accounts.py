"""The account tree: which line adds into which, with what sign, and how amounts add up over time."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

AGGREGATIONS = ("flow", "stock", "average", "ratio")


class AccountTree:
    """The chart of accounts as a tree.

    `accounts`: one row an account with code, parent (missing at a root), label_en, label_zh, kind, weight (into the
    parent), effect (on the result), better, aggregation, unit, scale. Codes are unique; the contract is in core.tables.
    """

    def __init__(self, accounts: pd.DataFrame):
        self.accounts = accounts.set_index("code", drop=False)
        self._parent = self.accounts["parent"].dropna().to_dict()
        self._children: dict[str, list[str]] = {}
        for code, parent in self._parent.items():
            self._children.setdefault(parent, []).append(code)

    def __contains__(self, code: str) -> bool:
        return code in self.accounts.index

    def is_total(self, code: str) -> bool:
        """Whether the account is computed from others, so that a row on it is a control total and never a figure."""
        return code in self._children

    def children(self, code: str) -> list[str]:
        """The accounts that add into this one, in the chart's order."""
        return self._children.get(code, [])

    def leaves(self, code: str) -> list[str]:
        """The accounts below this one that hold rows, in the chart's order; the account itself when it is one."""
        below = self.children(code)
        return [leaf for child in below for leaf in self.leaves(child)] if below else [code]

    def label(self, code: str, lang: str) -> str:
        """The account's name in the reader's language."""
        return self.accounts.at[code, f"label_{lang}"]

    def effect(self, code: str) -> int:
        """What a rise of the account does to the result: +1, −1 or 0."""
        return int(self.accounts.at[code, "effect"])

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Every leaf with every account above it and itself: account, ancestor, weight (the product of the weights between)."""
        rows = []
        for leaf in (code for code in self.accounts.index if not self.is_total(code)):
            code, weight = leaf, 1.0
            rows.append((leaf, code, weight))
            while code in self._parent:
                weight *= float(self.accounts.at[code, "weight"])
                code = self._parent[code]
                rows.append((leaf, code, weight))
        return pd.DataFrame(rows, columns=["account", "ancestor", "weight"])

    def problems(self) -> list[str]:
        """What is wrong with the tree itself: parents that don't exist, and circles."""
        found = [f"{code}: parent {parent} is not an account" for code, parent in self._parent.items() if parent not in self]
        return found + [f"parents run in a circle: {' → '.join([*circle, circle[0]])}" for circle in circles(self._parent)]


def circles(parent: dict[str, str]) -> list[list[str]]:
    """The codes whose parents lead back to themselves, one list a circle; `parent` gives each code's parent."""
    found, seen = [], set()
    for code in parent:
        path = []
        while code in parent and code not in seen:
            seen.add(code)
            path.append(code)
            code = parent[code]
        if code in path:
            found.append(path[path.index(code) :])
    return found


def roll_up(table: pd.DataFrame, tree: AccountTree, by: list[str]) -> pd.DataFrame:
    """Totals of every account at every level: `by` + account + amount, one row each.

    `table` holds leaf rows (account, amount and the columns of `by`); an amount adds into each account above it with the
    weights between. An account with no row below it in a group has no row there: absent is not 0.
    Raises ValueError for a row on anything but a leaf: it would be lost, or counted twice.
    """
    astray = set(table["account"]) - set(tree.paths["account"])
    if astray:
        raise ValueError(f"not leaves of the account tree: {', '.join(sorted(map(str, astray)))}")
    joined = table.merge(tree.paths, on="account", how="left")
    joined["amount"] = joined["amount"] * joined["weight"]
    joined["account"] = joined["ancestor"]
    return joined.groupby([*by, "account"], as_index=False, observed=True)["amount"].sum()


def total(table: pd.DataFrame, tree: AccountTree, account: str, by: list[str]) -> pd.DataFrame:
    """One account's total by the given columns, from leaf rows: `by` + amount."""
    weights = tree.paths.query("ancestor == @account").set_index("account")["weight"]
    rows = table[table["account"].isin(weights.index)]
    weighted = rows.assign(amount=rows["amount"] * rows["account"].map(weights))
    return weighted.groupby(by, as_index=False, observed=True)["amount"].sum()
