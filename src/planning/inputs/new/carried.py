"""Trial balances in whose months profit and loss is carried to equity: which months those are, and what the movements are then."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from planning.inputs.new.families import Family
from planning.inputs.new.questions import Doubts

PROFIT = re.compile(r"^本年利润|profit of the year|income summary|current year (?:profit|earnings)", re.IGNORECASE)
PROFIT_CODES = ("4103", "3131", "3103")
CENT = 0.01
MOST, SOME = 0.6, 0.2
"""The share of a month's profit-and-loss accounts that come to nothing in a month of closing, and in one that may be."""
BLIND = "where debit equals credit a row can't tell refunds from what is carried"


@dataclass(frozen=True)
class Carried:
    """The months of a trial balance in which profit and loss is carried to equity, the accounts it is carried from, and whether always."""

    months: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    always: bool = False

    def rule(self, covered: set[str], first_month: int) -> list[int | str]:
        """The months as company.yaml says them: months of the fiscal year where every year's is one, else each by itself."""
        numbers = {(int(month[5:]) - first_month) % 12 + 1 for month in self.months}
        same = {month for month in covered if (int(month[5:]) - first_month) % 12 + 1 in numbers}
        return sorted(numbers) if same == self.months else sorted(self.months)


def carried_in(family: Family, table: pd.DataFrame, accounts: pd.DataFrame, first_month: int, doubts: Doubts) -> Carried:
    """In which months a trial balance carries profit and loss to equity; asked where the months differ, or nothing checks them."""
    rows = _moved(table, accounts)
    shut = _come_to_nothing(family, rows)
    share = shut.groupby(rows["month"]).mean()
    seen = frozenset(share.index[share > MOST])
    if not (share > SOME).any():
        return Carried()
    alike = len(seen) == len(share)
    checks = _checks(family, table, accounts, rows, seen, first_month) if seen else pd.Series(dtype=float)
    answer = _ask_months(family, seen, share, alike, len(checks) >= len(seen) / 2, doubts)
    even = (alike or answer == "every month") and (rows["debit"] - rows["credit"]).abs().le(CENT)[shut].mean() > MOST
    if answer == "never":
        return Carried()
    _ask_refunds(family, checks, doubts)
    months = frozenset(share.index) if answer == "every month" else seen
    return Carried(months, frozenset(rows.loc[shut & rows["month"].isin(months), "account"]), bool(even))


def movements(debit: pd.Series, credit: pd.Series, side: pd.Series, carried: pd.Series, always: bool = False) -> pd.Series:
    """Movements in the accounts' natural direction; where the result is carried, what stands on the account's own side.

    An account that moved the other way in the year is carried on its own side, which is then the larger one: what stands opposite moved it.
    """
    own, other = credit.where(side < 0, debit), debit.where(side < 0, credit)
    month = own.where((other >= own - CENT) | always, -other)
    return month.where(carried, own - other)


def profit_account(codes: set[str], accounts: pd.DataFrame) -> str:
    """The account that takes the result of the year, by its name or in the standard numbering; empty where none is used."""
    named = [row["code"] for row in accounts.to_dict("records") if PROFIT.search(row["label_zh"]) or PROFIT.search(row["label_en"])]
    return next((code for code in (*named, *PROFIT_CODES) if code in codes), "")


def _moved(table: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Rows of profit and loss with something on either side."""
    flows = accounts[accounts["kind"].isin(("revenue", "expense")) & (accounts["aggregation"] == "flow")]
    rows = table[table["account"].isin(flows["code"]) & (table["month"] != "")]
    rows = rows.assign(debit=rows["debit"].fillna(0.0), credit=rows["credit"].fillna(0.0))
    return rows[(rows["debit"] != 0) | (rows["credit"] != 0)]


def _come_to_nothing(family: Family, rows: pd.DataFrame) -> pd.Series:
    """Which rows end at nothing: by their closing balance, and by their opening one and what moved."""
    moved = (rows["debit"] - rows["credit"]).abs()
    shut = pd.Series(True, index=rows.index)
    if family.has_any("closing", "closing_debit", "closing_credit"):
        shut &= _balance(rows, "closing") <= CENT
    if family.has_any("opening", "opening_debit", "opening_credit"):
        shut &= (_balance(rows, "opening") - moved).abs() <= CENT
    return shut


def _balance(rows: pd.DataFrame, name: str) -> pd.Series:
    """The size of a balance that stands in one column or in two."""
    return (rows[name].fillna(0.0) + rows[f"{name}_debit"].fillna(0.0) - rows[f"{name}_credit"].fillna(0.0)).abs()


def _ask_months(family: Family, seen: frozenset[str], share: pd.Series, alike: bool, checked: bool, doubts: Doubts) -> str:
    about = (
        f"In which months of {family.name} is profit and loss carried to equity? There a row holds more than its month's movement.",
        f"{family.name} 在哪些月份将损益结转至权益？这些月份的发生额包含结转。",
    )
    named = ", ".join(sorted(seen)[:12])
    said = f"accounts come to nothing in {len(seen)} of {len(share)} months" + (f": {named}" if named and not alike else "")
    guess = "every month" if alike else "in the months seen" if seen else "never"
    sure = 0.5 if not alike else 0.95 if checked else 0.8
    others = ("every month", "never") if alike else ("in the months seen", "every month", "never")
    return doubts.ask(f"closing.{family.name}", about, said if checked else f"{said}; {BLIND}", guess, others, sure)


def _checks(
    family: Family, table: pd.DataFrame, accounts: pd.DataFrame, rows: pd.DataFrame, closed: frozenset[str], first_month: int
) -> pd.Series:
    """Result as read less what the account of the year's profit took, by month of closing where that account isn't emptied."""
    profit = profit_account(set(table["account"]), accounts)
    if not profit:
        return pd.Series(dtype=float)
    took = table[table["account"] == profit].assign(left=lambda found: _balance(found, "closing"))
    took = took.fillna({"debit": 0.0, "credit": 0.0}).groupby("month")[["debit", "credit", "left"]].sum()
    result = _result_by_month(rows, accounts, closed)
    found, since = {}, 0.0 if int(result.index[0][5:]) == first_month or result.index[0] in closed else float("nan")
    for month, amount in result.items():
        since += amount
        if month in closed:
            if month in took.index and took.at[month, "left"] > CENT:
                found[month] = since - (took.at[month, "credit"] - took.at[month, "debit"])
            since = 0.0
    return pd.Series(found, dtype=float).dropna()


def _result_by_month(rows: pd.DataFrame, accounts: pd.DataFrame, closed: frozenset[str]) -> pd.Series:
    """Income less costs as read, of accounts without others below them."""
    leaves = accounts[~accounts["code"].isin(accounts["parent"]) & (accounts["effect"] != 0)].set_index("code")
    rows = rows[rows["account"].isin(leaves.index)]
    side = rows["account"].map(leaves["effect"]).map({1: -1, -1: 1})
    amount = movements(rows["debit"], rows["credit"], side, rows["month"].isin(closed))
    return (-side * amount).groupby(rows["month"]).sum().sort_index()


def _ask_refunds(family: Family, checks: pd.Series, doubts: Doubts) -> None:
    """Months whose result isn't what the account of the year's profit took: refunds stand beside what is carried."""
    wrong = checks[checks.abs() > CENT]
    if wrong.empty:
        return
    about = (
        f"The result read from {family.name} isn't what was carried to equity in some months: refunds, or income among costs, stand on the "
        "side of what is carried. Keep it?",
        f"{family.name} 部分月份读出的损益与结转至权益的金额不符（退款或冲减与结转记在同一方向），是否保留？",
    )
    seen = "; ".join(f"{month}: {abs(gap):,.2f} {'more' if gap > 0 else 'less'} than carried" for month, gap in wrong.head(12).items())
    doubts.ask(
        f"refunds.{family.name}", about, f"{len(wrong)} months; {seen}", "keep it", ("no",), 0.3,
        by_hand="no", instead="write the refunds of those months below 0 on the account's own side in the files, then run this again",
    )  # fmt: skip
