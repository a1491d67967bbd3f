"""What goes into the workbooks of departments: a version's cells by line and month, totals through the account tree, history beside.

Pure: the cells and the history are handed in, already cut to what the person sees; nothing of the rest can show in a total.
A workbook has a sheet for each cost centre, entity, case and fiscal year, so that a sheet has one currency and one year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.people import Person
from planning.core.periods import FiscalCalendar
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.core.workbook_form import TOTAL, sheet_names
from planning.plan.workbook_history import BOOKED, Column

SHEET = ["cost_centre", "entity", "case", "year"]
"""What makes a sheet."""
Amounts = tuple[float | None, ...]


class Chart(NamedTuple):
    """The company's dimensions: its accounts, cost centres, entities, calendar and currency; `digits`: decimal places by account."""

    tree: AccountTree
    cost_centres: pd.DataFrame
    entities: pd.DataFrame
    calendar: FiscalCalendar
    currency: str
    digits: Mapping[str, int]

    def currency_of(self, entity: str) -> str:
        """The currency an entity's amounts are in."""
        return self.entities.set_index("code")["currency"].get(entity, self.currency)

    def units(self, rows: pd.DataFrame) -> pd.Series:
        """The unit of each row (account, entity), of money its entity's currency; "unknown" of an account that isn't in the chart."""
        unit = rows["account"].map(self.tree.accounts["unit"]).fillna("unknown").astype(object)
        currencies = {entity: self.currency_of(entity) for entity in rows["entity"].unique()}
        return unit.where(unit != self.currency, rows["entity"].map(currencies))

    def is_quantity(self, account: str) -> bool:
        """Whether an account counts things: its figures can't be negative. Money can: a return, a reversal."""
        said = self.tree.accounts.loc[account]
        return said["kind"] == "statistical" and said["unit"] not in {self.currency, *self.entities["currency"]}


@dataclass(frozen=True)
class Line:
    """A row of a sheet: cells of an account, or a total over other rows.

    `id`: the line's mark, TOTAL of a total; `codes`: of the cells (none of a total); `parts`: the rows that a total adds up,
    by their place in the sheet, with weights; `months` and `history`: amounts in units, none where there is no cell.
    """

    id: str
    account: str
    level: int
    months: Amounts
    history: Amounts
    codes: dict[str, str] | None = None
    parts: tuple[tuple[int, float], ...] = ()
    inputs: bool = False


@dataclass(frozen=True)
class Sheet:
    """A cost centre's year: twelve months, those `open` that the version has cells in, and the lines in the chart's order.

    `columns`: the history; `compared`: the place among them of the year that the plan is compared with, none where the plan or
    that year isn't whole. `further`: the codes beside the account in which lines differ. `top`: rows that no total adds up.
    """

    name: str
    cost_centre: str
    entity: str
    case: str
    year: int
    currency: str
    months: tuple[pd.Timestamp, ...]
    open: tuple[bool, ...]
    columns: tuple[Column, ...]
    compared: int | None
    further: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def top(self) -> list[int]:
        """The places of the rows that no total adds up."""
        added = {place for line in self.lines for place, _ in line.parts}
        return [place for place in range(len(self.lines)) if place not in added]


@dataclass(frozen=True)
class Department:
    """A workbook: the department's code, and its sheets."""

    code: str
    sheets: tuple[Sheet, ...]

    @property
    def lines(self) -> list[tuple[Sheet, Line]]:
        """The lines with cells, each with its sheet."""
        return [(sheet, line) for sheet in self.sheets for line in sheet.lines if line.codes is not None]


HistoryOf = Callable[[int, tuple[str, ...]], dict[Column, pd.Series]]
"""The history beside a plan of a fiscal year, by the plan's further dimensions (plan.workbook_history)."""


def build_departments(cells: pd.DataFrame, history: HistoryOf, chart: Chart, person: Person) -> tuple[list[Department], dict[str, int]]:
    """The workbooks of a version, one for each department that its cells belong to; and how many cells no sheet takes, by why.

    `cells`: the version's plan table, cut to what the person sees. A department is the topmost cost centre at or above a cell's
    that the person sees whole. Inputs are the booked rows of cost centres that the person owns; all else is to be read.
    """
    taken, left = _taken(cells, chart)
    taken = taken.assign(year=chart.calendar.fiscal_year(taken["period"]))
    dimensions = tuple(name for name in OPTIONAL_DIMENSIONS if name in cells)
    setting = _Setting(chart, _Tree.of(chart), person, dimensions, (taken["period"].min(), taken["period"].max()))
    beside = {year: _by_place(history(int(year), dimensions)) for year in taken["year"].unique()}
    rows = {key: group for key, group in taken.groupby(SHEET, sort=False, observed=True)}
    found = []
    for code, keys in _by_department(rows, chart, person).items():
        ids = (f"r{number}" for number in range(1, 10**9))
        named = zip(keys, sheet_names(_wanted_names(keys)), strict=True)
        sheets = [_sheet(name, key, rows[key], beside[key[-1]], setting, ids) for key, name in named]
        found.append(Department(code, tuple(sheets)))
    return found, left


def _taken(cells: pd.DataFrame, chart: Chart) -> tuple[pd.DataFrame, dict[str, int]]:
    """The cells that a sheet has a place for, and the count of the others."""
    monthly = cells["grain"] == "month"
    leaf = cells["account"].isin(set(chart.tree.paths["account"]))
    left = {"of another grain than months": int((~monthly).sum()), "on no line of the chart of accounts": int((monthly & ~leaf).sum())}
    return cells[monthly & leaf], {why: count for why, count in left.items() if count}


def _by_department(rows: dict[tuple, pd.DataFrame], chart: Chart, person: Person) -> dict[str, list[tuple]]:
    """The sheets of each department, departments and sheets in the order of the cost centres."""
    order = {code: place for place, code in enumerate(chart.cost_centres["code"])}
    found: dict[str, list[tuple]] = {}
    for key in sorted(rows, key=lambda key: (order.get(key[0], len(order)), *key)):
        found.setdefault(department_of(key[0], chart.cost_centres, person), []).append(key)
    return found


def department_of(cost_centre: str, cost_centres: pd.DataFrame, person: Person) -> str:
    """The topmost cost centre at or above this one that the person sees whole; itself where they see it by its entity alone."""
    parent, scope = cost_centres.set_index("code")["parent"].dropna().to_dict(), person.scope
    while (above := parent.get(cost_centre)) and (scope.everything or above in scope.cost_centres):
        cost_centre = above
    return cost_centre


def _wanted_names(keys: list[tuple]) -> list[str]:
    """A sheet is called by its cost centre, and by what else tells it from the others of its workbook."""
    names = []
    for key in keys:
        alike = [other for other in keys if other[0] == key[0]]
        names.append(" ".join(str(said) for at, said in enumerate(key) if at == 0 or len({other[at] for other in alike}) > 1))
    return names


def _by_place(history: dict[Column, pd.Series]) -> dict[tuple[str, str], dict[Column, dict[tuple, float]]]:
    """History by entity and cost centre, then by column and the rest of a line's codes: account, layer, further dimensions."""
    found: dict[tuple[str, str], dict[Column, dict[tuple, float]]] = {}
    for column, amounts in history.items():
        for (entity, cost_centre, *codes), amount in amounts.items():
            found.setdefault((entity, cost_centre), {}).setdefault(column, {})[tuple(codes)] = amount
    return found


class _Tree(NamedTuple):
    """The chart of accounts as mappings by code, for reading many times; `children` also of "", the roots."""

    children: dict[str, list[str]]
    root: dict[str, str]
    weight: dict[str, float]
    digits: Mapping[str, int]

    @classmethod
    def of(cls, chart: Chart) -> _Tree:
        """The same tree."""
        tree, accounts = chart.tree, chart.tree.accounts
        children: dict[str, list[str]] = {"": [code for code, parent in accounts["parent"].items() if not isinstance(parent, str)]}
        children |= {code: tree.children(code) for code in accounts.index}
        root: dict[str, str] = {code: code for code in children[""]}
        waiting = list(children[""])
        while waiting:
            code = waiting.pop()
            root |= dict.fromkeys(children[code], root[code])
            waiting += children[code]
        return cls(children, root, accounts["weight"].astype(float).to_dict(), chart.digits)

    def rounded(self, amount: float | None, account: str) -> float | None:
        """An amount at its account's decimal places; none stays none, and -0 is 0."""
        return None if amount is None else round(float(amount), self.digits[account]) + 0.0


class _Setting(NamedTuple):
    """What all sheets share: the first and the last month that the version has cells in are its `span`."""

    chart: Chart
    tree: _Tree
    person: Person
    dimensions: tuple[str, ...]
    span: tuple[pd.Timestamp, pd.Timestamp]


def _sheet(name: str, key: tuple, rows: pd.DataFrame, beside: dict, setting: _Setting, ids: Iterator[str]) -> Sheet:
    (cost_centre, entity, case, year), chart = key, setting.chart
    months = tuple(chart.calendar.year(int(year)))
    planned = _planned(rows, months, setting.dimensions)
    history = _among(beside.get((entity, cost_centre), {}), {codes[0] for codes in planned}, setting.tree)
    lines = _Lines(setting.tree, _leaves(key, planned, history, setting), ids).build()
    is_open = tuple(setting.span[0] <= month <= setting.span[1] for month in months)
    further = tuple(one for one in ("layer", *setting.dimensions) if len({line.codes[one] for line in lines if line.codes}) > 1)
    compared = _compared(tuple(history), int(year)) if all(is_open) else None
    currency = chart.currency_of(entity)
    return Sheet(name, cost_centre, entity, case, int(year), currency, months, is_open, tuple(history), compared, further, tuple(lines))


def _leaves(
    key: tuple, planned: dict[tuple, Amounts], history: dict[Column, dict[tuple, float]], setting: _Setting
) -> dict[str, list[dict]]:
    """The rows of each account: those that are planned, and those that were booked without being planned, to be filled in."""
    (cost_centre, entity, case, _), tree = key, setting.tree
    names, found = ("account", "layer", *setting.dimensions), {}
    for codes in dict.fromkeys([*planned, *(codes for amounts in history.values() for codes in amounts)]):
        said = {"case": case, "entity": entity, "cost_centre": cost_centre} | dict(zip(names, codes, strict=True))
        past = tuple(tree.rounded(amounts.get(codes), codes[0]) for amounts in history.values())
        inputs = said["layer"] == BOOKED and setting.person.owns_one(cost_centre)
        row = {"codes": said, "months": planned.get(codes, (None,) * 12), "history": past, "inputs": inputs}
        found.setdefault(codes[0], []).append(row)
    return found


def _planned(rows: pd.DataFrame, months: tuple[pd.Timestamp, ...], dimensions: tuple[str, ...]) -> dict[tuple, Amounts]:
    """The cells of a sheet by account, layer and further dimensions: twelve amounts, none where there is no cell."""
    found: dict[tuple, list[float | None]] = {}
    place = {month: at for at, month in enumerate(months)}
    for *codes, period, amount in rows[["account", "layer", *dimensions, "period", "amount"]].itertuples(index=False, name=None):
        found.setdefault(tuple(codes), [None] * 12)[place[period]] = float(amount)
    return {codes: tuple(amounts) for codes, amounts in found.items()}


def _among(history: dict[Column, dict[tuple, float]], accounts: set[str], tree: _Tree) -> dict[Column, dict[tuple, float]]:
    """History under the same roots of the chart as what is planned: so that its totals are whole, and no balance sheet comes along.

    What is 0 in every column and isn't planned has no row.
    """
    roots = {tree.root[account] for account in accounts}
    within = {codes for amounts in history.values() for codes, amount in amounts.items() if amount or codes[0] in accounts}
    within = {codes for codes in within if tree.root[codes[0]] in roots}
    kept = {column: {codes: amount for codes, amount in amounts.items() if codes in within} for column, amounts in history.items()}
    return {column: amounts for column, amounts in kept.items() if amounts}


def _compared(columns: tuple[Column, ...], year: int) -> int | None:
    """What a plan's year is compared with: last year's actuals; until they are whole the forecast, else the budget, of that year."""
    wanted = [Column("actual", year - 1), Column("forecast", year - 1), Column("budget", year - 1), Column("actual", year - 2)]
    return next((columns.index(column) for column in wanted if column in columns), None)


class _Lines:
    """A sheet's rows in the chart's order: each total below what it adds up."""

    def __init__(self, tree: _Tree, leaves: dict[str, list[dict]], ids: Iterator[str]):
        self.tree, self.leaves, self.ids, self.rows = tree, leaves, ids, []

    def build(self) -> list[Line]:
        """All rows, indented by how many totals they go into."""
        for code in self.tree.children[""]:
            self._visit(code)
        level = [0] * len(self.rows)
        for place in reversed(range(len(self.rows))):
            for part, _ in self.rows[place].parts:
                level[part] = level[place] + 1
        return [Line(**(vars(row) | {"level": level[place]})) for place, row in enumerate(self.rows)]

    def _visit(self, code: str) -> list[tuple[int, float]]:
        """Adds the rows of an account and of all below it; gives the rows that stand for it, with weights.

        A total over a single row would say the same again, and is left out: the row stands for it.
        """
        parts = self._below(code) if self.tree.children[code] else self._own(code)
        if len(parts) < 2:
            return parts
        self.rows.append(self._total(code, parts))
        return [(len(self.rows) - 1, 1.0)]

    def _own(self, code: str) -> list[tuple[int, float]]:
        first = len(self.rows)
        for row in sorted(self.leaves.get(code, []), key=lambda row: tuple(row["codes"].values())):
            self.rows.append(Line(next(self.ids), code, 0, **row))
        return [(place, 1.0) for place in range(first, len(self.rows))]

    def _below(self, code: str) -> list[tuple[int, float]]:
        parts = []
        for child in self.tree.children[code]:
            weight = self.tree.weight[child]
            parts += [(place, weight * inner) for place, inner in self._visit(child) if weight * inner]
        return parts

    def _total(self, code: str, parts: list[tuple[int, float]]) -> Line:
        first = self.rows[parts[0][0]]
        months = tuple(self._sum(code, parts, "months", at) for at in range(len(first.months)))
        history = tuple(self._sum(code, parts, "history", at) for at in range(len(first.history)))
        return Line(TOTAL, code, 0, months, history, None, tuple(parts))

    def _sum(self, code: str, parts: list[tuple[int, float]], kind: str, at: int) -> float | None:
        """Absent is not 0: a total of no amounts at all is none."""
        there = [(getattr(self.rows[place], kind)[at], weight) for place, weight in parts]
        there = [(amount, weight) for amount, weight in there if amount is not None]
        return self.tree.rounded(sum(amount * weight for amount, weight in there), code) if there else None


def year_amount(months: Amounts, aggregation: str) -> float | None:
    """What months come to in a year: their sum, the last of a stock, the mean of an average; none of a ratio, or without any month."""
    there = [amount for amount in months if amount is not None]
    if not there or aggregation == "ratio":
        return None
    return there[-1] if aggregation == "stock" else fsum(there) / len(there) if aggregation == "average" else fsum(there)
