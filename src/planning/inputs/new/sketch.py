"""Plain tables of what was understood, for a page: months covered, profit and loss by month, amounts by account."""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import AccountTree, roll_up
from planning.core.sides import natural_sides
from planning.inputs.new.carried import CENT, Carried, movements
from planning.inputs.new.columns import numbers
from planning.inputs.new.describe import EVENT_COLUMNS, side_nodes
from planning.inputs.new.families import Family
from planning.inputs.new.gathered import month_texts
from planning.inputs.new.understand import WITH_FIGURES, Understood

LISTS = ("accounts", "departments", "entities", "calendar", "scenarios", "currencies")
"""Lists that the params are made from."""


def months_covered(known: Understood) -> pd.DataFrame:
    """First and last month of every family that tells its months: name, first, last."""
    rows = []
    for family in known.families:
        months = sorted(set(_months_of(family, known)))
        if months:
            rows.append((family.name, pd.Timestamp(f"{months[0]}-01"), pd.Timestamp(f"{months[-1]}-01")))
    return pd.DataFrame(rows, columns=["name", "first", "last"]).sort_values(["first", "last"], ignore_index=True)


def _months_of(family: Family, known: Understood) -> list[str]:
    if family.name in known.facts:
        return [month for month in known.facts[family.name]["month"].unique() if month]
    if family.what in ("left out", "list", *LISTS):
        return []
    column = next((family.parts[role] for role in ("date", "period", "week", "start") if role in family.parts), None)
    if column is None or family.columns[column].kind not in ("day", "month"):
        return []
    texts = pd.concat([table.sample[column] for table in family.tables])
    return [said for said in month_texts(texts, family.columns[column].dates).unique() if said]


def actual_by_account(known: Understood) -> pd.DataFrame:
    """Actual amounts by account and month in the account's natural direction: account, month, amount. Movements only, for flows."""
    parts = [_actual(family, known) for family in known.of("ledger", "trial_balance")]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["account", "month", "amount"])
    return found[found["month"] != ""].groupby(["account", "month"], as_index=False)["amount"].sum()


def _actual(family: Family, known: Understood) -> pd.DataFrame:
    table = known.facts[family.name]
    texts = known.scenarios.get(family.name, {})
    if texts:
        table = table[table["scenario"].map(texts) == "actual"]
    sides = _sides(known)
    side = table["account"].map(sides).fillna(1)
    if not family.has("debit", "credit"):
        amount = table["amount"].fillna(0.0)
        natural = known.doubts.answers.get(f"signs.{family.name}", "natural" if _revenue_above_zero(table, known) else "") == "natural"
        return table.assign(amount=amount if natural else amount * side)[["account", "month", "amount"]]
    debit, credit = table["debit"].fillna(0.0), table["credit"].fillna(0.0)
    told = known.carried.get(family.name, Carried())
    carried = table["month"].isin(told.months) & (table["account"].isin(told.accounts) | told.always)
    flow = table["account"].map(known.accounts.set_index("code")["aggregation"]) == "flow"
    amount = movements(debit, credit, side, carried & flow, told.always)
    return table.assign(amount=amount)[["account", "month", "amount"]]


def _revenue_above_zero(table: pd.DataFrame, known: Understood) -> bool:
    earned = known.accounts.query("kind == 'revenue' and weight > 0")["code"]
    return bool(table.loc[table["account"].isin(earned), "amount"].sum() > 0)


def _sides(known: Understood) -> dict[str, int]:
    sides = side_nodes(known)
    accounts = known.accounts.assign(parent=known.accounts["parent"].where(known.accounts["parent"] != "", None))
    return natural_sides(accounts, sides.get("debit", []), sides.get("credit", []))


def profit_by_month(known: Understood) -> pd.DataFrame:
    """A sketch of profit and loss: month, revenue, costs, result; of accounts without others below them, cost of production left out."""
    actual = actual_by_account(known) if len(known.accounts) else pd.DataFrame()
    if actual.empty:
        return pd.DataFrame(columns=["month", "revenue", "costs", "result"])
    leaves = known.accounts[~known.accounts["code"].isin(known.accounts["parent"])].set_index("code")
    rows = actual[actual["account"].isin(leaves.index[leaves["effect"] != 0])]
    effect = rows["account"].map(leaves["effect"])
    parts = {"revenue": rows["amount"].where(effect > 0, 0.0), "costs": rows["amount"].where(effect < 0, 0.0)}
    found = pd.DataFrame({"month": rows["month"], **parts}).groupby("month", as_index=False).sum()
    return found.assign(month=pd.to_datetime(found["month"]), result=found["revenue"] - found["costs"])


def ask_about_nothing(known: Understood) -> None:
    """Years whose revenue or result comes to 0 in what is read, though their accounts moved: closing entries are among the movements."""
    profit = profit_by_month(known)
    if profit.empty:
        return
    moved = _profit_accounts_moved(known)
    year = profit["month"].dt.year + ((profit["month"].dt.month >= known.first_month) & (known.first_month > 1))
    for of, rows in profit.groupby(year):
        nothing = [part for part in ("revenue", "result") if abs(rows[part].sum()) < CENT]
        if len(rows) > 1 and nothing and set(rows["month"].dt.strftime("%Y-%m")) & moved:
            about = (f"Profit and loss of {of} comes to 0 in what is read: is that so?", f"读出的 {of} 年损益为零，是否正确？")
            known.doubts.ask(
                f"nothing.{of}", about, f"{', '.join(nothing)} of {of}: 0", "no", ("yes",), 0.1,
                by_hand="no", instead="answer the questions about closing, or set closing or carried in company.yaml",
            )  # fmt: skip


def _profit_accounts_moved(known: Understood) -> set[str]:
    """Months in which an account of revenue moved."""
    earned = set(known.accounts.query("kind == 'revenue'")["code"])
    found: set[str] = set()
    for family in known.of("ledger", "trial_balance"):
        table = known.facts[family.name]
        sides = table[["debit", "credit", "amount"]].fillna(0.0).abs().sum(axis=1)
        found |= set(table.loc[table["account"].isin(earned) & (sides > 0), "month"])
    return found


def accounts_with_amounts(known: Understood) -> pd.DataFrame:
    """The chart with what moved in the last twelve months on each flow account, totals too; missing on the others."""
    if known.accounts.empty:
        return known.accounts.reindex(columns=["code", "parent", "label_en", "label_zh", "kind", "weight", "amount"])
    accounts = known.accounts.assign(parent=known.accounts["parent"].where(known.accounts["parent"] != "", None))
    tree, actual = AccountTree(accounts), actual_by_account(known)
    latest = sorted(actual["month"].unique())[-12:]
    leaf = actual["account"].map(lambda code: code in tree and not tree.is_total(code)).astype(bool)
    rows = actual[actual["month"].isin(latest) & leaf & actual["account"].isin(accounts.query("aggregation == 'flow'")["code"])]
    totals = roll_up(rows.assign(all=1), tree, ["all"]).set_index("account")["amount"] if len(rows) else pd.Series(dtype=float)
    return known.accounts.assign(amount=numbers(known.accounts["code"].map(totals).astype(str)))


def tables_taken(known: Understood) -> pd.DataFrame:
    """What every family is taken for, and whether there is a place for what it holds: name, file, what, sure, rows, placed."""
    places = (*WITH_FIGURES, *EVENT_COLUMNS, *LISTS)
    rows = [
        (family.name, family.pattern or family.first.file, family.what, family.sure, family.rows, family.what in places)
        for family in known.families
    ]
    return pd.DataFrame(rows, columns=["name", "file", "what", "sure", "rows", "placed"]).sort_values("what", ignore_index=True)
