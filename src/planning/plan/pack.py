"""The pack of a planned year: each line of the income statement by month, to date and for the year, beside the years before it.

Four views of a line: `draft`, the plan of the budget year; `forecast`, the running year as it will probably land (closed months as
booked, open ones as planned); `budget`, the running year's adopted budget; `prior`, the last year that is closed. All in the company's
currency and without what a group sold to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree, roll_up
from planning.core.checks import Check, check_close
from planning.core.tables import as_known
from planning.model.statements import Layout, Statement
from planning.plan.associates import with_associates
from planning.plan.chain.sources import Basis
from planning.plan.chain.whole import How, Whole
from planning.plan.group import eliminated_rows, in_one_currency
from planning.plan.known import adopted_versions, apart

VIEWS = ("draft", "forecast", "budget", "prior")
GRAINS = ("month", "to_date", "year")


@dataclass(frozen=True)
class Pack:
    """`lines`: line, level, is_total, in reading order; `months`: line, view, number (1 to 12, the month of the fiscal year), amount in
    the line's natural direction; `unbudgeted`: lines that the adopted budget has nothing for, so that totals with them have none."""

    lines: pd.DataFrame
    months: pd.DataFrame
    unbudgeted: list[str]

    def of(self, line: str, view: str, last: int = 12, first: int = 1) -> float:
        """A line's sum over some months; missing where the view has no such line."""
        rows = self.months[(self.months["line"] == line) & (self.months["view"] == view)]
        return float(rows.loc[rows["number"].between(first, last), "amount"].sum(min_count=1))


def reading_order(tree: AccountTree, root: str) -> pd.DataFrame:
    """The lines of a statement as it is read, each total below its parts: line, level, is_total.

    What lies below a result is shown one level deep; results are opened all the way.
    """
    return pd.DataFrame(_lines_below(tree, root, 0), columns=["line", "level", "is_total"])


def _lines_below(tree: AccountTree, code: str, level: int) -> list[tuple[str, int, bool]]:
    parts = tree.children(code)
    if tree.accounts.at[code, "kind"] == "result":
        return [*(line for part in parts for line in _lines_below(tree, part, level)), (code, level, True)]
    shown = len(parts) > 1 and any(tree.is_total(part) for part in parts)
    return [*((part, level + 1, False) for part in parts if shown), (code, level, shown)]


def past_rows(tables: Mapping[str, pd.DataFrame], how: How, currency: str, revenue: str, basis: Basis) -> pd.DataFrame:
    """What earlier years' income statements and all versions of their budgets are made of, as known: a plan table.

    `tables`: those of a snapshot; `revenue`: the account of all revenue. In the company's currency; a group's sales to itself are taken
    off in rows of their own (layer elimination), what it earned on goods in stock is not; dividends within the group are left out, and
    companies without control are there with the owner's share of their profit.
    """
    tree, rows = how.layout.tree, tables["rows"]
    leaves = how.layout.tree.leaves(how.layout.profit)
    rows = rows[rows["grain"].eq("month") & rows["account"].isin(leaves) & (rows["known"] <= basis.asked.when)]
    rows, _ = in_one_currency(rows, tables.get("translated"), tables["entities"], tree, currency, basis.asked.as_of)
    rows = apart(rows[rows["known"] <= basis.asked.when])
    rows = rows if how.group is None else with_associates(rows, tree, how.layout.profit, how.group)
    costs = [code for code in tree.accounts.index if code in _siblings(tree, revenue)]
    away = [eliminated_rows(rows, tree, tables["entities"], revenue, cost)[0] for cost in costs]
    within = [] if how.group is None else [how.group.accounts.dividend_income]
    every = pd.concat([rows[~rows["account"].isin(within)], *_once(away)], ignore_index=True)
    newest = [as_known(part.drop(columns="source"), basis.asked.when) for _, part in every.groupby("layer")]
    return pd.concat(newest, ignore_index=True).assign(grain="month")


def _siblings(tree: AccountTree, revenue: str) -> list[str]:
    """What stands beside revenue and holds the costs of what is sold: its parent's accounts of kind expense."""
    parent = tree.accounts.at[revenue, "parent"]
    return [code for code in tree.children(parent) if tree.accounts.at[code, "kind"] == "expense"]


def _once(away: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Eliminations against several costs: sales are taken off once, the costs of each."""
    sales = set(away[0]["account"]) if away else set()
    return [*away[:1], *(part[~part["account"].isin(sales)] for part in away[1:])]


def build_pack(past: pd.DataFrame, whole: Whole, how: How, basis: Basis) -> Pack:
    """The pack of a plan. `past`: past_rows."""
    tree, year = how.layout.tree, basis.asked.fiscal_year
    views = _draft_and_forecast(past, whole, how, basis) | {
        "budget": _of_year(adopted_versions(past[past["scenario"] == "budget"], how.layout.calendar), how, year - 1),
        "prior": _booked(past, how, year - 2, basis),
    }
    lines = reading_order(tree, how.layout.profit)
    tables = [rolled(rows, tree, lines["line"]).assign(view=view) for view, rows in views.items()]
    months = pd.concat(tables, ignore_index=True)[["line", "view", "number", "amount"]]
    unbudgeted = _without_budget(months, lines, tree)
    above = tree.paths[tree.paths["account"].isin([leaf for line in unbudgeted for leaf in tree.leaves(line)])]["ancestor"]
    hidden = months["view"].eq("budget") & months["line"].isin({*above})
    return Pack(lines, months[~hidden].reset_index(drop=True), unbudgeted)


def _draft_and_forecast(past: pd.DataFrame, whole: Whole, how: How, basis: Basis) -> dict[str, pd.DataFrame]:
    """The budget year and the running one, closed months as booked: account, number, amount."""
    planned, year = plan_months(whole.told.income, how.layout.tree), basis.asked.fiscal_year
    running = pd.concat([_booked(past, how, year - 1, basis), _of_year(planned, how, year - 1)])
    return {"draft": _of_year(planned, how, year), "forecast": running}


def change_of(past: pd.DataFrame, whole: Whole, how: How, basis: Basis, accounts: Collection[str]) -> float:
    """What some accounts change by from the running year to the budget year."""
    views = _draft_and_forecast(past, whole, how, basis)
    draft, forecast = (rows.loc[rows["account"].isin(accounts), "amount"].sum() for rows in (views["draft"], views["forecast"]))
    return float(draft - forecast)


def plan_months(statement: Statement, tree: AccountTree) -> pd.DataFrame:
    """A planned statement's accounts by month, entities added up: account, period, amount."""
    leaf = ~statement.rows["account"].map(tree.is_total).to_numpy(bool)
    rows, units = statement.rows[leaf], statement.units[leaf][:, :, 0]
    table = pd.DataFrame(units, columns=statement.periods).assign(account=rows["account"].to_numpy())
    long = table.melt("account", var_name="period", value_name="amount")
    return long.groupby(["account", "period"], as_index=False)["amount"].sum()


def _booked(past: pd.DataFrame, how: How, year: int, basis: Basis) -> pd.DataFrame:
    closed = (past["scenario"] == "actual") & (past["period"] <= basis.asked.as_of)
    return _of_year(past[closed], how, year)


def _of_year(rows: pd.DataFrame, how: How, year: int) -> pd.DataFrame:
    """account, number, amount of one fiscal year."""
    used = rows[np.asarray(how.layout.calendar.fiscal_year(rows["period"])) == year] if len(rows) else rows
    return used.assign(number=how.layout.calendar.month_number(used["period"]) if len(used) else 0)[["account", "number", "amount"]]


def rolled(rows: pd.DataFrame, tree: AccountTree, lines: pd.Series) -> pd.DataFrame:
    """Accounts' amounts (account, number, amount) as lines of a statement: number, line, amount, all levels."""
    if rows.empty:
        return pd.DataFrame({"line": [], "number": [], "amount": []})
    totals = roll_up(rows.groupby(["account", "number"], as_index=False)["amount"].sum(), tree, ["number"])
    return totals[totals["account"].isin(lines)].rename(columns={"account": "line"})


def _without_budget(months: pd.DataFrame, lines: pd.DataFrame, tree: AccountTree) -> list[str]:
    """The lowest lines that move in the running year and have no budget; none where nothing was budgeted at all."""
    seen = months.groupby(["view", "line"])["amount"].agg(lambda amounts: float(amounts.abs().sum()))
    if "budget" not in seen.index.get_level_values("view"):
        return []
    lowest = lines.loc[~lines["is_total"], "line"]
    moves = [line for line in lowest if seen.get(("forecast", line), 0.0) > 0]
    return [line for line in moves if seen.get(("budget", line), 0.0) == 0]


def pack_table(pack: Pack, number: int) -> pd.DataFrame:
    """The pack up to a month of the fiscal year: line, level, is_total, and for each grain and view a column such as to_date_budget."""
    table = pack.lines.copy()
    spans = {"month": (number, number), "to_date": (1, number), "year": (1, 12)}
    for grain, (first, last) in spans.items():
        within = pack.months[pack.months["number"].between(first, last)]
        wide = within.pivot_table(index="line", columns="view", values="amount", aggfunc="sum")
        for view in VIEWS:
            table[f"{grain}_{view}"] = table["line"].map(wide.get(view, pd.Series(dtype=float)))
    empty = table[[f"year_{view}" for view in VIEWS]].fillna(0.0).eq(0).all(axis=1)
    return table[~empty | table["is_total"]].reset_index(drop=True)


def by_company(whole: Whole, how: How, basis: Basis) -> pd.DataFrame:
    """The budget year's income statement by company, in the group's currency: line, level, is_total, a column for each company, for what is
    taken out between them (`elimination`) and for the whole (`group`)."""
    lines, year = reading_order(how.layout.tree, how.layout.profit), basis.asked.fiscal_year
    statement = whole.statements.income if whole.group is None else whole.group.columns.income
    chosen = np.asarray(how.layout.calendar.fiscal_year(statement.periods)) == year
    sums = pd.Series(statement.units[:, chosen, 0].sum(axis=1), index=statement.rows.index)
    is_step = statement.rows.get("layer", pd.Series("", statement.rows.index)) == "elimination"
    column = statement.rows["entity"].where(~is_step, "elimination")
    wide = sums.groupby([statement.rows["account"], column]).sum().unstack(fill_value=0.0).round(2)
    order = [column for column in (*whole.plan.entities, "elimination") if column in wide]
    table = lines.join(wide[order], on="line").fillna(0.0)
    table["group"] = table[order].sum(axis=1).round(2)
    return table[(table[[*order, "group"]] != 0).any(axis=1) | table["is_total"]].reset_index(drop=True)


def sheet_table(whole: Whole, how: How, basis: Basis) -> pd.DataFrame:
    """The balance sheet as it stands at the end of the running year and of each quarter of the budget year: line, level, is_total, and a
    column for each month's end."""
    sheet, layout = whole.told.sheet, how.layout
    numbers = np.asarray(layout.calendar.month_number(sheet.periods))
    years = np.asarray(layout.calendar.fiscal_year(sheet.periods))
    shown = ((years == basis.asked.fiscal_year) & (numbers % 3 == 0)) | ((years == basis.asked.fiscal_year - 1) & (numbers == 12))
    sides = [_signed(_two_deep(layout.tree, root), layout.tree, root) for root in (layout.assets, layout.claims)]
    return _columns(sheet, pd.concat(sides, ignore_index=True), list(sheet.periods[shown]))


def _two_deep(tree: AccountTree, root: str) -> pd.DataFrame:
    """The parts of a side of the balance sheet, and their parts, each total below them."""
    found = []
    for part in tree.children(root):
        below = [each for child in tree.children(part) for each in (tree.children(child) if _is_heading(tree, child) else [child])]
        found += [(line, 1, False) for line in below] + [(part, 0, True)]
    return pd.DataFrame([*found, (root, 0, True)], columns=["line", "level", "is_total"])


def _is_heading(tree: AccountTree, code: str) -> bool:
    """Whether an account only gathers others that are totals themselves."""
    return any(tree.is_total(child) for child in tree.children(code))


def _signed(lines: pd.DataFrame, tree: AccountTree, root: str) -> pd.DataFrame:
    """Lines with the sign with which they add into the root: what is taken off others is shown below 0."""
    weights = {line: np.sign(weight_in(tree, line, root)) for line in lines["line"]}
    return lines.assign(sign=lines["line"].map(weights))


def weight_in(tree: AccountTree, line: str, root: str) -> float:
    """What one of a line is in an account above it; 1 of itself."""
    weight, code = 1.0, line
    while code != root:
        weight *= float(tree.accounts.at[code, "weight"])
        code = tree.accounts.at[code, "parent"]
    return weight


def below(tree: AccountTree, *codes: str) -> set[str]:
    """The accounts of some nodes and all that stands below them."""
    found = set(codes)
    for code in codes:
        found |= below(tree, *tree.children(code))
    return found


def _columns(statement: Statement, lines: pd.DataFrame, periods: list[pd.Timestamp]) -> pd.DataFrame:
    """The lines with a column for each period; without those that never move."""
    sums = pd.DataFrame(statement.units[:, :, 0], columns=statement.periods).groupby(statement.rows["account"].to_numpy()).sum()
    return _moving(lines.join(sums[periods].round(2), on="line"), periods)


def _moving(table: pd.DataFrame, amounts: list) -> pd.DataFrame:
    signed = table.copy()
    signed[amounts] = signed[amounts].fillna(0.0).mul(signed["sign"], axis=0) + 0.0
    return signed[(signed[amounts].abs() >= 0.005).any(axis=1)].drop(columns="sign").reset_index(drop=True)


def cash_table(whole: Whole, how: How, basis: Basis) -> pd.DataFrame:
    """The budget year's cash flow, direct, by quarter: line, level, is_total, q1 to q4 and year."""
    layout, year = how.layout, basis.asked.fiscal_year
    lines = _signed(reading_order(layout.tree, layout.cash_change), layout.tree, layout.cash_change)
    return _by_quarter(whole.told.direct, lines, layout, year)


def reconciled_cash(whole: Whole, how: How, basis: Basis) -> pd.DataFrame:
    """The budget year's cash from operations from its profit: line, is_total, q1 to q4 and year; its last line is the direct figure."""
    layout, year, told = how.layout, basis.asked.fiscal_year, whole.told
    rows = told.indirect.rows
    own = rows["section"] == layout.operating
    lines = rows.loc[own, ["line"]].drop_duplicates().assign(level=0, is_total=False, sign=1.0)
    lines = lines.sort_values("line", key=lambda names: names != "profit", kind="stable")
    part = Statement(rows.loc[own].rename(columns={"line": "account"}), told.indirect.amounts[own.to_numpy()], told.indirect.periods)
    table = _by_quarter(part, lines, layout, year)
    total = _by_quarter(told.direct, pd.DataFrame({"line": [layout.operating], "level": 0, "is_total": True, "sign": 1.0}), layout, year)
    return pd.concat([table, total], ignore_index=True)


def _by_quarter(statement: Statement, lines: pd.DataFrame, layout: Layout, year: int) -> pd.DataFrame:
    chosen = np.asarray(layout.calendar.fiscal_year(statement.periods)) == year
    quarter = (np.asarray(layout.calendar.month_number(statement.periods))[chosen] - 1) // 3
    sums = pd.DataFrame(statement.units[:, chosen, 0]).T.groupby(quarter).sum().T
    sums.columns = [f"q{number + 1}" for number in sums.columns]
    sums = sums.groupby(statement.rows["account"].to_numpy()).sum()
    table = lines.join(sums.assign(year=sums.sum(axis=1)).round(2), on="line")
    return _moving(table, [*sums.columns, "year"])


def check_pack(pack: Pack, whole: Whole, how: How, basis: Basis) -> list[Check]:
    """The pack's year is that of the statements, and the companies and what is taken out between them make it."""
    income = whole.told.income
    chosen = np.asarray(how.layout.calendar.fiscal_year(income.periods)) == basis.asked.fiscal_year
    root = (income.rows["account"] == how.layout.profit).to_numpy()
    stated = float(income.units[root][:, chosen, 0].sum())
    table = by_company(whole, how, basis)
    companies = float(table.loc[table["line"] == how.layout.profit, "group"].iloc[0])
    return [
        check_close("pack_profit", pack.of(how.layout.profit, "draft"), stated, 0.01 * len(pack.lines)),
        check_close("companies_profit", companies, stated, 0.01 * len(pack.lines)),
    ]
