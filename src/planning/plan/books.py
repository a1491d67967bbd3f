"""A company's books as the plan reads them: one currency, without the group's own dealings, with reports on its departments.

A city prints reports: who spent and projects what is a source. A company keeps a ledger: the same is added up from it here, as a
report on each month would have said it on the day the month was closed. After that everything reads both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.periods import FiscalCalendar
from planning.plan.group import NO_DEALINGS, eliminated_rows, in_one_currency
from planning.plan.known import adopted_versions, apart
from planning.plan.reported import CARRIED, reported_rows

COSTS, REPORTED = "costs_of_result", "budgeted_costs"
"""The accounts added to a chart: all that stands between revenue and result, and what departments have a budget for."""


@dataclass(frozen=True)
class Books:
    """What a finance notebook reads.

    `rows`: sourced plan table in one currency; `roles`: the accounts that are meant, completed; `budgeted`: the accounts of the adopted
    budget; `is_ledger`: whether reports were added up from a ledger; `rates`: for each entity that keeps another currency, what a
    unit of it was worth in the last closed month; `dealings`: by account, what the group sold to itself and is left out.
    """

    rows: pd.DataFrame
    tree: AccountTree
    roles: dict[str, str]
    budgeted: list[str]
    is_ledger: bool = False
    rates: dict[str, float] = field(default_factory=dict)
    dealings: pd.DataFrame = field(default_factory=NO_DEALINGS.copy)

    def step(self, as_of: pd.Timestamp) -> dict[str, int]:
        """What tells the trials of a ledger apart: which third of its months they are made at, seen from a month."""
        return {"step": as_of.month % 3} if self.is_ledger else {}

    @property
    def line(self) -> str:
        """The column of a draft that names its lines: a city budgets its lines themselves, a ledger's stand above its accounts."""
        return "line" if self.is_ledger else "account"

    @property
    def printed_budget(self) -> str:
        """The account whose budget the sources print as a total too; empty for a ledger, whose total nobody prints."""
        return "" if self.is_ledger else self.roles["budget"]

    @property
    def own_rows(self) -> pd.DataFrame:
        """The rows as each department booked and planned them, whether within the group or not."""
        return self.rows[self.rows["layer"] != "elimination"] if self.is_ledger else self.rows

    @property
    def issued_rows(self) -> pd.DataFrame:
        """The departments' own rows without landings that nobody projected anew: who is judged by a projection is by the one made."""
        return self.own_rows[~self.own_rows["version"].str.endswith(CARRIED)] if self.is_ledger else self.rows

    @property
    def has_budget(self) -> bool:
        """Whether any budget of the departments was ever read."""
        return bool((self.rows["scenario"].eq("budget") & self.rows["account"].isin(self.budgeted)).any())

    @property
    def has_projections(self) -> bool:
        """Whether the departments' own projections were ever read."""
        return bool((self.rows["scenario"].eq("forecast") & self.rows["account"].eq(self.roles["reported"])).any())


def open_books(
    tables: Mapping[str, pd.DataFrame],
    calendar: FiscalCalendar,
    roles: dict[str, str],
    currency: str,
    as_of: pd.Timestamp,
    needed: tuple[str, ...] = ("revenue", "spending", "budget", "balance"),
) -> Books:
    """The books of a snapshot's tables as they are read for a plan as of a month.

    A company that names `roles.reported` has reports of its own and is read as it is; those of its roles that are
    `needed` must be there. Otherwise `roles.revenue` and `roles.result`
    (or `roles.spending`) are needed. RequestError where one is missing, or entities keep currencies that nothing was translated from.
    """
    tree = AccountTree(tables["accounts"])
    if "reported" in roles:
        check_roles(roles, list(needed))
        return Books(tables["rows"], tree, roles, tree.leaves(roles["budget"]) if "budget" in roles else [])
    check_roles(roles, ["revenue", "spending" if "spending" in roles else "result"])
    roles = {"spending": COSTS} | roles | {"reported": REPORTED}
    tree = with_costs(tree, roles)
    rows = tables["rows"]
    budgeted = _budgeted(rows, tree, roles["revenue"])
    rows = rows[rows["grain"].eq("month") & rows["account"].isin(_read(tree, roles) | set(budgeted))]
    rows, rates = in_one_currency(rows, tables.get("translated"), tables["entities"], tree, currency, as_of)
    rows = apart(adopted_versions(rows, calendar))
    away, dealings = eliminated_rows(rows, tree, tables["entities"], roles["revenue"], roles["spending"])
    reports = reported_rows(rows, calendar, budgeted, REPORTED)
    return Books(pd.concat([rows, away, reports], ignore_index=True), tree, roles, budgeted, True, rates, dealings)


def check_roles(roles: dict[str, str], needed: list[str]) -> None:
    """RequestError unless company.yaml says which account plays each of these roles."""
    silent = [role for role in needed if role not in roles]
    missing = [Problem("no account for a role", f"roles.{role}", "nothing", "an account of the chart") for role in silent]
    if missing:
        raise RequestError("company.yaml", missing)


def _read(tree: AccountTree, roles: dict[str, str]) -> set[str]:
    return {leaf for role in ("revenue", "spending", "balance") if role in roles for leaf in tree.leaves(roles[role])}


def _budgeted(rows: pd.DataFrame, tree: AccountTree, revenue: str) -> list[str]:
    """The expense accounts that any budget names, in the chart's order."""
    named = set(rows.loc[rows["scenario"] == "budget", "account"]) - set(tree.leaves(revenue))
    return [code for code, kind in tree.accounts["kind"].items() if code in named and kind == "expense"]


def with_costs(tree: AccountTree, roles: dict[str, str]) -> AccountTree:
    """The chart with an account for what departments have a budget for, and, where `roles.spending` is to be COSTS, one for all that
    stands between revenue and result, so that revenue less costs is the result whatever the levels between.

    The levels between give way: what was added to one of them on the way up is taken off the costs, and the other way round.
    """
    accounts = tree.accounts.reset_index(drop=True)
    label = {"label_en": "Budgeted costs", "label_zh": "有预算的费用"}
    added = [_account(accounts, REPORTED, None, label)]
    if roles["spending"] == COSTS:
        between = _between(tree, roles["revenue"], roles["result"])
        weight = {code: -between[code] for code in between}
        accounts = accounts.assign(
            parent=accounts["parent"].where(~accounts["code"].isin(weight), COSTS),
            weight=accounts["code"].map(weight).fillna(accounts["weight"]),
        )
        revenue = accounts["code"] == roles["revenue"]
        accounts.loc[revenue, "weight"] = _weight(tree, roles["revenue"], roles["result"])
        accounts.loc[revenue, "parent"] = roles["result"]
        accounts = accounts[~accounts["code"].isin(_above(tree, roles["revenue"], roles["result"]))]
        end = {lang: tree.label(roles["result"], lang) for lang in ("en", "zh")}
        named = {"label_en": f"Costs down to {end['en']}", "label_zh": f"成本费用（至{end['zh']}）"}
        added.append(_account(accounts, COSTS, roles["result"], named) | {"weight": -1.0})
    return AccountTree(pd.concat([accounts, pd.DataFrame(added)], ignore_index=True))


def _account(accounts: pd.DataFrame, code: str, parent: str | None, label: dict[str, str]) -> dict:
    like = accounts[accounts["kind"] == "expense"].iloc[0].to_dict()
    return like | label | {"code": code, "parent": parent, "weight": 1.0, "effect": -1, "better": "down", "aggregation": "flow"}


def _above(tree: AccountTree, code: str, top: str) -> list[str]:
    """The accounts between one and another above it, from the bottom up. RequestError where it isn't above."""
    parents, found = tree.accounts["parent"].dropna().to_dict(), []
    while code in parents and parents[code] != top:
        code = parents[code]
        found.append(code)
    if code not in parents:
        raise RequestError("company.yaml", [Problem("not below the result", "roles.revenue", expected=f"an account below {top}")])
    return found


def _weight(tree: AccountTree, code: str, top: str) -> float:
    weight = float(tree.accounts.at[code, "weight"])
    for level in _above(tree, code, top):
        weight *= float(tree.accounts.at[level, "weight"])
    return weight


def _between(tree: AccountTree, revenue: str, result: str) -> dict[str, float]:
    """The accounts that add into the result beside the revenue, at any level between, each with its weight into the result."""
    passed = _above(tree, revenue, result)
    beside = [code for level in (result, *passed) for code in tree.children(level) if code not in (revenue, *passed)]
    return {code: _weight(tree, code, result) for code in beside}
