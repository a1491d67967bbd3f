"""A company is data: params/<company>/company.yaml and the dimension tables beside it, read and checked here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pandera.pandas import DataFrameSchema
from pydantic import ValidationError

from planning.core.accounts import AccountTree, circles
from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.events import DESCRIBED, EVENTS
from planning.core.periods import FiscalCalendar, month, month_end
from planning.core.sides import natural_sides
from planning.core.tables import accounts_schema, contract_problems, cost_centres_schema, entities_schema
from planning.inputs.code_maps import DatedCodes, read_dated_codes
from planning.inputs.company_file import (
    UNMAPPED_COST_CENTRE,
    Attribute,
    CompanyFile,
    EntityByRow,
    EventSource,
    Label,
    Part,
    Reconciliation,
    Side,
    Source,
)
from planning.inputs.csv_files import read_csv
from planning.inputs.ownership import split_ownership
from planning.inputs.yaml_files import read_mapping


@dataclass(frozen=True)
class Company:
    """A company as everybody else is handed it: the file's content, its calendar and its dimension tables."""

    file: CompanyFile
    folder: Path
    calendar: FiscalCalendar
    accounts: pd.DataFrame
    cost_centres: pd.DataFrame
    entities: pd.DataFrame
    dated_codes: dict[str, DatedCodes] = field(default_factory=dict)
    ownership: pd.DataFrame | None = None

    @property
    def code(self) -> str:
        """The company's code, its folder's name."""
        return self.file.company

    @property
    def tree(self) -> AccountTree:
        """The chart of accounts as a tree."""
        return AccountTree(self.accounts)

    @property
    def sides(self) -> dict[str, int]:
        """Which way each account grows: +1 by debits, −1 by credits."""
        return natural_sides(self.accounts, self.file.sides.debit, self.file.sides.credit)

    @property
    def reasons_zh(self) -> dict[str, str]:
        """The reasons of decisions in Chinese, by their English text, where there are any."""
        moved = [part for source in self.file.sources.values() for part in (*source.cost_centre.corrections, *source.left_out)]
        return {choice.reason: choice.reason_zh for choice in [*self.file.accepted, *moved] if choice.reason_zh}

    @property
    def allowed(self) -> dict[str, float]:
        """How far a control total may lie from its lines, by account."""
        return {account: tolerance.amount for account, tolerance in self.file.tolerances.items()}

    @property
    def everywhere(self) -> frozenset[str]:
        """The reconciliations that hold in every month of either side."""
        return frozenset(name for name, rule in self.file.reconciliations.items() if rule.covering == "all")

    @property
    def unmapped(self) -> frozenset[str]:
        """The accounts that hold the amounts of codes nobody has mapped."""
        return frozenset(source.account.unmapped for source in self.file.sources.values())

    @property
    def names(self) -> dict[str, Label]:
        """What its sources and reconciliations are called, by code: in English, in Chinese; those that have a label."""
        named = {**self.file.sources, **self.file.reconciliations}
        return {code: one.label for code, one in named.items() if one.label is not None}

    @property
    def attributes(self) -> pd.DataFrame:
        """The names of the customers' attributes and of their values: attribute, label_en, label_zh, value, value_en, value_zh.

        An attribute that is a number has one row, with value "".
        """
        rows = []
        for code, what in self._attributes().items():
            rows += [(code, what.label_en, what.label_zh, value, *named) for value, named in (what.values or {"": ["", ""]}).items()]
        return pd.DataFrame(rows, columns=["attribute", "label_en", "label_zh", "value", "value_en", "value_zh"])

    def _attributes(self) -> dict[str, Attribute]:
        """By code; of all tables that have them."""
        tables = [self.file.tables[name] for name in DESCRIBED if name in self.file.tables]
        return {code: what for table in tables for code, what in table.attributes.items()}

    def labels(self, table: str) -> pd.DataFrame:
        """The names of an event table's codes (channels, conditions): code, label_en, label_zh."""
        named = self.file.tables[table].labels if table in self.file.tables else {}
        return pd.DataFrame([(code, *label) for code, label in named.items()], columns=["code", "label_en", "label_zh"])

    def known_by(self, as_of: pd.Timestamp) -> pd.Timestamp:
        """The day on which the report that closes `as_of` is known: its month end and the publication lag."""
        return month_end(as_of) + pd.Timedelta(days=self.file.reporting_lag_days)


def read_company(folder: Path) -> Company:
    """params/<company>/ as a Company; every problem of the file and its dimension tables in one RequestError."""
    path = folder / "company.yaml"
    if not path.is_file():
        known = [p.parent.name for p in folder.parent.glob("*/company.yaml")]
        raise RequestError(folder.name, [Problem("no such company", str(path), next=did_you_mean(folder.name, known))])
    file, problems = _company_file(path)
    needed = file is None or bool(file.sources)
    accounts, first = _dimension(folder / "accounts.csv", accounts_schema(), needed)
    cost_centres, second = _dimension(folder / "cost_centres.csv", cost_centres_schema(), needed)
    entities, ownership, third = _entities(folder / "entities.csv", needed)
    dated_codes, fourth = _dated_codes(file, folder) if file else ({}, [])
    problems += [*first, *second, *third, *fourth]
    if not problems:
        problems = _cross_problems(file, folder, accounts, cost_centres, entities, dated_codes)
    if problems:
        raise RequestError(str(folder), problems)
    calendar = FiscalCalendar(file.calendar.first_month, month(file.calendar.start), month(file.calendar.end))
    return Company(file, folder, calendar, accounts, cost_centres, entities, dated_codes, ownership)


def _dated_codes(file: CompanyFile, folder: Path) -> tuple[dict[str, DatedCodes], list[Problem]]:
    """The tables of codes that company.yaml names, by file name, and what is wrong with them."""
    named = {source.account.file: "account" for source in file.sources.values() if source.account.file}
    named |= {source.cost_centre.file: "cost_centre" for source in file.sources.values() if source.cost_centre.file}
    tables, problems = {}, []
    for name, means in named.items():
        try:
            tables[name] = read_dated_codes(folder / name, means)
        except RequestError as wrong:
            problems += wrong.problems
    return tables, problems


def _company_file(path: Path) -> tuple[CompanyFile | None, list[Problem]]:
    try:
        file = CompanyFile.model_validate(read_mapping(path))
    except RequestError as wrong:
        return None, [replace(problem, where=problem.where or str(path)) for problem in wrong.problems]
    except ValidationError as invalid:
        return None, [_said(error, path) for error in invalid.errors()]
    if file.company != path.parent.name:
        return file, [Problem("wrong company", f"{path}, company", repr(file.company), f"its folder's name, {path.parent.name}")]
    return file, []


def _said(error: dict, path: Path) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    got = error["input"]
    shown = re.sub(r"://\S*@", "://***@", repr(got))[:80] if isinstance(got, (str, int, float)) else ""  # never a password
    return Problem(error["msg"].removeprefix("Value error, "), f"{path}, {where}" if where else str(path), shown)


def _dimension(path: Path, schema: DataFrameSchema, needed: bool) -> tuple[pd.DataFrame, list[Problem]]:
    """A dimension table with its numbers as numbers, and what is wrong with it; one that isn't needed may be missing: it has no rows."""
    table, problems = _dimension_texts(path, needed)
    return _typed_dimension(table, schema, path) if table is not None else (_empty(schema), problems)


def _entities(path: Path, needed: bool) -> tuple[pd.DataFrame, pd.DataFrame | None, list[Problem]]:
    """The entities, who owns them (missing where the file doesn't say), and what is wrong with the two."""
    table, problems = _dimension_texts(path, needed)
    if table is None:
        return _empty(entities_schema()), None, problems
    texts, ownership, wrong = split_ownership(table, path)
    entities, problems = _typed_dimension(texts, entities_schema(), path)
    return entities, ownership, [*wrong, *problems]


def _empty(schema: DataFrameSchema) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype=rule.dtype.type if rule.dtype else object) for column, rule in schema.columns.items()})


def _dimension_texts(path: Path, needed: bool) -> tuple[pd.DataFrame | None, list[Problem]]:
    if not needed and not path.exists():
        return None, []
    try:
        table = read_csv(path) if path.is_file() else None
    except RequestError as wrong:
        return None, wrong.problems
    missing = Problem("missing file", str(path), "nothing", "a CSV file of this dimension")
    return table, [missing] if table is None else []


def _typed_dimension(table: pd.DataFrame, schema: DataFrameSchema, path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    table, problems = table.where(table != "", np.nan), []
    for column, rule in schema.columns.items():
        if str(rule.dtype) in ("float64", "int64") and column in table:
            problems += _wrong_numbers(table[column], str(rule.dtype), path)
            numbers = pd.to_numeric(table[column], errors="coerce")
            table[column] = numbers.where(np.isfinite(numbers), 0).astype(str(rule.dtype))
    problems += contract_problems(table, schema, str(path))
    return table.reset_index(drop=True), problems or _parent_problems(table, path)


def _wrong_numbers(texts: pd.Series, kind: str, path: Path) -> list[Problem]:
    numbers = pd.to_numeric(texts, errors="coerce")
    wrong = ~np.isfinite(numbers) | ((kind == "int64") & (numbers % 1 != 0))
    wanted = "a whole number" if kind == "int64" else "a number"
    return [Problem(f"wrong {texts.name}", f"{path}, row {row}", repr(text), wanted) for row, text in texts[wrong].items()]


def _parent_problems(table: pd.DataFrame, path: Path) -> list[Problem]:
    parent = table.dropna(subset="parent").set_index("code")["parent"].to_dict()
    line = pd.Series(table.index, index=table["code"])
    unknown = [(code, above) for code, above in parent.items() if above not in line]
    return [
        *[Problem("unknown parent", f"{path}, row {line[code]}", repr(above), "a code of this table") for code, above in unknown],
        *[Problem("parents run in a circle", str(path), " → ".join([*loop, loop[0]])) for loop in circles(parent)],
    ]


def _cross_problems(file: CompanyFile, folder: Path, accounts, cost_centres, entities, dated_codes) -> list[Problem]:
    """References between the parts: every account, cost centre and entity that company.yaml names must exist."""
    chart, centres, units = set(accounts["code"]), set(cost_centres["code"]), set(entities["code"])
    where = f"{folder / 'company.yaml'}, "
    problems = [_unknown("account", where + place, code, chart) for place, code in _named_accounts(file) if code not in chart]
    problems += [_unknown("cost centre", where + place, code, centres) for place, code in _named_centres(file) if code not in centres]
    for name, source in file.sources.items():
        problems += _source_problems(source, f"{where}sources.{name}", units, file.dimensions, set(file.tables))
        if source.account.unmapped in set(accounts["parent"]):
            wanted = "an account that no other adds into"
            problems.append(Problem("unmapped is a total", f"{where}sources.{name}.account", source.account.unmapped, wanted))
    problems += [problem for name, table in file.tables.items() for problem in _table_problems(name, table, where)]
    for name, table in dated_codes.items():
        known = chart if "account" in _meant(file, name) else centres
        astray = [(row, code) for row, code in table.spans["means"].items() if code not in known]
        problems += [_unknown("code", f"{folder / name}, row {row}", code, known) for row, code in astray]
    for name, rule in file.reconciliations.items():
        problems += [each for side in (rule.left, rule.right) for each in _reconciled_problems(side, rule, name, file, where)]
    problems += _side_problems(file, accounts, dated_codes, where)
    controls = {*file.sources, *file.tables, *file.reconciliations, *chart}
    problems += [_unknown("control", where + "accepted", c.control, controls) for c in file.accepted if c.control not in controls]
    for row, entity in cost_centres["entity"].items():
        if entity not in units:
            problems.append(_unknown("entity", f"{folder / 'cost_centres.csv'}, row {row + 2}", entity, units))
    return problems


def _source_problems(source: Source, where: str, units: set[str], declared: list[str], tables: set[str]) -> list[Problem]:
    """Entities that a source names and nobody knows, and dimensions that the company hasn't declared."""
    problems = [_unknown("entity", where, code, units) for code in dict.fromkeys(_named_entities(source)) if code not in units]
    behind = source.posted.events.tables if source.posted and source.posted.events else {}
    problems += [_unknown("table", where, name, tables) for name in dict.fromkeys(behind.values()) if name not in tables]
    undeclared = [name for name in source.dimensions if name not in declared]
    return problems + [Problem("undeclared dimension", where, name, next=f"dimensions: [{name}]") for name in undeclared]


def _named_entities(source: Source) -> list[str]:
    match source.entity:
        case str(code):
            return [code]
        case EntityByRow(map=meaning):
            return list(meaning.values())
    return []


def _reconciled_problems(side: Side, rule: Reconciliation, name: str, file: CompanyFile, where: str) -> list[Problem]:
    """Keys, tables and columns of a reconciliation that aren't there."""
    place = f"{where}reconciliations.{name}"
    if side.table is None:
        known = {"month", "entity", "cost_centre", *file.dimensions}
        return [_unknown("key", place, key, known) for key in (*rule.by, *side.where) if key not in known]
    if side.table not in file.tables:
        return [_unknown("table", place, side.table, set(file.tables))]
    columns = EVENTS[side.table]
    used = [side.measure, *side.where, *side.columns.values(), *(key for key in rule.by if key != "month" and key not in side.columns)]
    found = [_unknown("column", place, column, set(columns)) for column in used if column not in columns]
    if side.measure in columns and columns[side.measure].kind != "number":
        found.append(Problem("not a number", place, f"{side.table}.{side.measure}", "a column of figures"))
    return found


def _meant(file: CompanyFile, name: str) -> list[str]:
    """What the codes of a table of codes mean: accounts, cost centres."""
    parts = [("account", source.account.file) for source in file.sources.values()]
    parts += [("cost_centre", source.cost_centre.file) for source in file.sources.values()]
    return [means for means, file_name in parts if file_name == name]


def _side_problems(file: CompanyFile, accounts: pd.DataFrame, dated_codes: dict[str, DatedCodes], where: str) -> list[Problem]:
    """Accounts on which postings can land and whose side nobody has told."""
    sides = natural_sides(accounts, file.sides.debit, file.sides.credit)
    leaves = set(accounts["code"]) - set(accounts["parent"])
    problems = []
    for name, source in file.sources.items():
        if source.posted is not None:
            landed = {*source.account.map.values(), source.account.unmapped, *(leaves if source.account.same else ())}
            landed |= set(dated_codes[source.account.file].spans["means"]) if source.account.file else set()
            wanted = "an account above it, or itself, in sides"
            lost = [code for code in accounts["code"] if code in landed and code not in sides]
            problems += at_most([Problem(f"no side for {code}", f"{where}sources.{name}.posted", expected=wanted) for code in lost])
    return problems


def _table_problems(name: str, table: EventSource, where: str) -> list[Problem]:
    """Columns that the event table doesn't have, or that nobody gives."""
    known, place = EVENTS[name], f"{where}tables.{name}"
    further = [problem for source in table.also for problem in _table_problems(name, source, where)]
    given = [*table.columns, *(column for part in table.each for column in (*part.set, *part.columns))]
    problems = [_unknown("column", place, column, set(known)) for column in dict.fromkeys([*given, *table.values]) if column not in known]
    for part in table.each or [Part(set={}, columns={})]:
        there = {*table.columns, *part.set, *part.columns}
        missing = [column for column, rule in known.items() if rule.filled and column not in there]
        problems += [Problem(f"missing column {column}", place, expected="which column of the file it is") for column in missing]
    if table.attributes and name not in DESCRIBED:
        problems.append(Problem("attributes", place, expected=f"only {' and '.join(DESCRIBED)} have them"))
    problems += [Problem("attribute named like a column", place, code) for code in table.attributes if code in known]
    if table.labels and not set(known) & {"channel", "condition"}:
        problems.append(Problem("labels", place, expected="only channels and conditions have them here"))
    return list(dict.fromkeys([*problems, *further]))


def _unknown(what: str, where: str, code: str, known: set[str]) -> Problem:
    return Problem(f"unknown {what}", where, code, next=did_you_mean(code, known))


def _named_accounts(file: CompanyFile) -> list[tuple[str, str]]:
    """Every account that company.yaml names, with the place where it does."""
    named = [("roles." + role, code) for role, code in file.roles.items()]
    if told := file.subscriptions:
        named += [("subscriptions", code) for code in (*told.accounts.values(), *told.serving, told.offers) if code]
    named += [("tolerances", code) for code in file.tolerances]
    named += [("sides", code) for code in (*file.sides.debit, *file.sides.credit)] + [("historical", code) for code in file.historical]
    named += [("cash_lines", code) for budgeted, lines in file.cash_lines.items() for code in (budgeted, *lines)]
    for name, rule in file.reconciliations.items():
        named += [(f"reconciliations.{name}", side.account) for side in (rule.left, rule.right) if side.account]
    for name, source in file.sources.items():
        named += [(f"sources.{name}.account", code) for code in [*source.account.map.values(), source.account.unmapped]]
    return named


def _named_centres(file: CompanyFile) -> list[tuple[str, str]]:
    """Every cost centre that company.yaml names or needs, with the place where it does."""
    named = []
    for name, source in file.sources.items():
        rule = source.cost_centre
        codes = [rule.code] if rule.code else [*(correction.code for correction in rule.corrections), UNMAPPED_COST_CENTRE]
        codes += [rule.none] if rule.none else []
        named += [(f"sources.{name}.cost_centre", code) for code in codes]
    return named
