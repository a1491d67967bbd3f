"""A company is data: params/<company>/company.yaml and the dimension tables beside it, read and checked here."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pandera.pandas import DataFrameSchema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from planning.core.accounts import AccountTree, circles
from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.events import EVENTS
from planning.core.periods import GRAINS, MONTH, FiscalCalendar, month, month_end
from planning.core.sides import natural_sides
from planning.core.tables import OPTIONAL_DIMENSIONS, SCENARIOS, accounts_schema, contract_problems, cost_centres_schema, entities_schema
from planning.inputs.code_maps import DatedCodes, read_dated_codes
from planning.inputs.csv_files import read_csv
from planning.inputs.ownership import split_ownership
from planning.inputs.yaml_files import read_mapping

UNMAPPED_COST_CENTRE = "unmapped"
"""The cost centre that takes the rows of codes nobody knows; a company that maps by column has it."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Month = Annotated[str, StringConstraints(pattern=f"^{MONTH}$")]
Scenario = Literal[SCENARIOS]
Grain = Literal[GRAINS]
Days = Annotated[int, Field(ge=-3660, le=3660)]


class Strict(BaseModel):
    """A part of company.yaml: unknown keys are problems, never ignored; nothing is converted (true is not 1, "7" is not 7)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Calendar(Strict):
    """The fiscal year and the span of periods that may appear in any table."""

    first_month: int = Field(ge=1, le=12)
    start: Month
    end: Month

    @model_validator(mode="after")
    def _runs_forward(self):
        if self.start > self.end:
            raise ValueError("start is later than end")
        return self


class Correction(Strict):
    """Rows that the source files under a wrong code: where, the right code, and why."""

    when: dict[str, str]
    code: str
    reason: str
    reason_zh: str = ""


class AccountMap(Strict):
    """Which account a row lands on: the values of the columns `by`, joined with " / ", looked up in `map`, then in `file`.

    `measure` in `by` stands for the name of the amount column. `file` is a table beside company.yaml whose codes hold for a
    span of months (inputs.code_maps); with `same` a code of our own chart means itself. A key in `skip` is left out on
    purpose; one that is nowhere lands on `unmapped`.
    """

    by: list[str] = Field(min_length=1)
    map: dict[str, str] = {}
    file: str | None = None
    same: bool = False
    unmapped: str
    skip: dict[str, str] = {}

    @model_validator(mode="after")
    def _lands_somewhere(self):
        if not self.map and self.file is None and not self.same:
            raise ValueError("give map, file or same")
        return self

    @model_validator(mode="after")
    def _one(self):
        both = sorted(self.map.keys() & self.skip.keys())
        if both:
            raise ValueError(f"both mapped and skipped: {', '.join(both)}")
        return self


class CostCentreMap(Strict):
    """Which cost centre a row lands on: one for all (`code`), or the code found in `column`.

    `file` is a table beside company.yaml that says which code means which cost centre, and when; a code that it hasn't is our
    own. `none` is the cost centre of rows without a code.
    """

    code: str | None = None
    column: str | None = None
    file: str | None = None
    none: str | None = None
    corrections: list[Correction] = []

    @model_validator(mode="after")
    def _one(self):
        if (self.code is None) == (self.column is None):
            raise ValueError("give either code or column")
        if self.column is None and (self.file or self.none):
            raise ValueError("file and none say what stands in column: give column")
        return self


class EntityByRow(Strict):
    """The entity by row: the text of `column` looked up in `map`; without a map it is our code already."""

    column: str
    map: dict[str, str] = {}


class EntityOfCentre(Strict):
    """The entity of a row is the one its cost centre belongs to, by cost_centres.csv."""

    of: Literal["cost_centre"]


class DimensionByRow(Strict):
    """A further dimension by row: the text of `column`, and the word for none."""

    column: str
    none: str = "none"


class Sides(Strict):
    """Nodes of the account tree by the side on which what is below them grows (core.sides)."""

    debit: list[str] = []
    credit: list[str] = []

    @model_validator(mode="after")
    def _one(self):
        both = sorted(set(self.debit) & set(self.credit))
        if both:
            raise ValueError(f"on both sides: {', '.join(both)}")
        return self


class EventsBehind(Strict):
    """Which business events stand behind a posting: the text of `column` looked up in `tables`, on the day in `date`."""

    column: str
    date: str
    tables: dict[str, Literal[tuple(EVENTS)]] = Field(min_length=1)


class Posted(Strict):
    """Postings: `debit` and `credit` (either may be empty in a row), or `amount`, debit less credit.

    Each is turned to its account's natural direction. `voucher`: the columns that name a voucher, whose debits equal its
    credits; `owner` sees to those that don't. `events`: what stands behind a posting. `closing`: what marks the entries that
    carry the result to equity; on flows they are left out.
    """

    debit: str | None = None
    credit: str | None = None
    amount: str | None = None
    voucher: list[str] = []
    owner: str = ""
    events: EventsBehind | None = None
    closing: dict[str, str] = {}

    @model_validator(mode="after")
    def _one(self):
        if (self.debit is None) != (self.credit is None) or (self.amount is None) == (self.debit is None):
            raise ValueError("give debit and credit, or amount")
        if self.events is not None and not self.voucher:
            raise ValueError("events stand behind vouchers: give voucher")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns that hold figures."""
        return [self.debit, self.credit] if self.amount is None else [self.amount]


class LeftOut(Strict):
    """Rows that are no figures of ours: where, and why."""

    when: dict[str, str]
    reason: str
    reason_zh: str = ""


class ScenarioByRow(Strict):
    """The scenario by row: the text of `column` looked up in `map`."""

    column: str
    map: dict[str, Scenario]


class GrainByRow(Strict):
    """The grain by row: the text of `column` looked up in `map`."""

    column: str
    map: dict[str, Grain]


class ClosedThrough(Strict):
    """A report that restates a whole year: months up to 3 × `quarter` are actual, later ones are the reporter's forecast."""

    quarter: str


class PeriodColumns(Strict):
    """Where the period stands: a fiscal year with its month number (1 to 12), a fiscal year alone, or a date."""

    fiscal_year: str | None = None
    month: str | None = None
    date: str | None = None

    @model_validator(mode="after")
    def _one(self):
        if (self.fiscal_year is None) == (self.date is None):
            raise ValueError("give either fiscal_year or date")
        if self.month is not None and self.fiscal_year is None:
            raise ValueError("month is the month of a fiscal year: give fiscal_year too")
        return self


class ReportColumns(Strict):
    """Which report a row stands in: fiscal year and quarter."""

    fiscal_year: str
    quarter: str


class Known(Strict):
    """The day a row could be known: so many days after the report's quarter, after its fiscal year begins or ends, after the
    date in its own `column`, or, with both, after the later of its period's end and that date."""

    after: Literal["report", "year_start", "year_end", "period_end"] | None = None
    column: str | None = None
    days: Days = 0

    @model_validator(mode="after")
    def _one(self):
        if self.after is None and self.column is None:
            raise ValueError("give after or column")
        if self.after not in (None, "period_end") and self.column is not None:
            raise ValueError("beside column only after: period_end can be given: the later of the two counts")
        if self.after is not None and "days" not in self.model_fields_set:
            raise ValueError("how many days after?")
        return self


class MadeUp(Strict):
    """Which made-up group's files are read (inputs.sample); they are written once, where the company's outputs lie."""

    scale: Literal["tiny", "standard", "large"] = "standard"
    seed: int = Field(7, ge=0)
    rates: dict[str, Any] = {}


class Root(Strict):
    """Where the source files lie when no folder is given: in an installed data package, below the folder that a variable of
    the environment names, beside the params, or with the made-up group of these settings."""

    package: Name | None = None
    env: Name | None = None
    sample: MadeUp | None = None
    folder: str = ""

    @model_validator(mode="after")
    def _one(self):
        if sum(given is not None for given in (self.package, self.env, self.sample)) > 1:
            raise ValueError("give one of package, env and sample")
        if not self.folder and self.sample is None:
            raise ValueError("which folder?")
        return self


DATABASES = (".sqlite", ".sqlite3", ".db")
"""How files end that are SQLite databases."""


class Other(Strict):
    """Any value but this one."""

    than: str = Field(alias="not")


class Place(Strict):
    """Where one table outside lies, and how its system writes: a file, a folder or pattern of files, or a table or query of a database.

    A file with a `data` of its own is always read from there; the others lie where the company's files lie, or in `--data`.
    Of a database's `table` (at a `url`, or in a SQLite `file`) the columns that company.yaml uses are asked for; only rows are read
    whose columns in `where` have one of these values (or, `not`, another).
    `encoding`, `thousands` (the mark between groups of three digits) and `dates` (forms such as %Y/%m/%d) hold for texts only.
    """

    file: str | None = None
    sheet: str | None = None
    data: Root | None = None
    url: str | None = None
    query: str | None = None
    table: str | None = None
    where: dict[str, str | int | float | bool | list[str] | Other] = {}
    encoding: str = "utf-8"
    thousands: Literal[",", "，", "'", " "] | None = None
    dates: str | list[str] = []

    @model_validator(mode="after")
    def _lies_somewhere(self):
        if (self.file is None) == (self.url is None):
            raise ValueError("give either file or url")
        if self.is_database and self.query is None and self.table is None:
            raise ValueError("a database needs a table or a query")
        if self.query is not None and self.table is not None:
            raise ValueError("give either table or query")
        if not self.is_database and (self.table is not None or self.query is not None):
            raise ValueError("table and query are a database's: give its url, or a file that ends in .sqlite")
        if self.where and self.query is not None:
            raise ValueError("a query says itself which rows: give where with a table or a file")
        return self

    @property
    def is_database(self) -> bool:
        """Whether the table lies in a database, and not in a file of its own."""
        return self.url is not None or (self.file or "").endswith(DATABASES)

    @model_validator(mode="after")
    def _written_in_a_known_way(self):
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"unknown encoding {self.encoding}") from None
        for form in [self.dates] if isinstance(self.dates, str) else self.dates:
            if "%Y" not in form or not ("%m" in form or "%b" in form):
                raise ValueError(f"{form} is no form of dates such as %Y/%m/%d")
        return self


def filled_in(template: str) -> list[str]:
    """The columns whose texts a version's name takes up."""
    return [name for name in re.findall(r"{(.*?)}", template) if name not in ("fiscal_year", "report")]


class AllBut(Strict):
    """All sheets of a workbook but these."""

    named: list[str] = Field(alias="not", min_length=1)


class Source(Place):
    """One table of figures outside: where it lies, and what its columns mean.

    `file` may hold columns' names in braces, and a workbook several `sheets`; `header` is the row of the columns' names, and
    `months` the columns that hold a month each, by the month of the fiscal year (inputs.workbooks).
    """

    sheets: Literal["all"] | list[str] | AllBut | None = None
    header: int = Field(1, ge=1)
    months: dict[str, Annotated[int, Field(ge=1, le=12)]] = {}

    key: list[str] = Field(min_length=1)
    measures: Annotated[list[str], Field(min_length=1)] | None = None
    posted: Posted | None = None
    balances: Literal["given", "cumulate"] = "given"
    scale: float = 1.0
    account: AccountMap
    cost_centre: CostCentreMap
    entity: str | EntityByRow | EntityOfCentre
    dimensions: dict[Literal[OPTIONAL_DIMENSIONS], DimensionByRow] = {}
    left_out: list[LeftOut] = []
    scenario: Scenario | ScenarioByRow | ClosedThrough
    version: dict[Scenario, str] = {}
    grain: Literal["month", "quarter", "year"] | GrainByRow
    period: PeriodColumns
    report: ReportColumns | None = None
    known: Known
    dated: str | None = None

    @model_validator(mode="after")
    def _one(self):
        if self.scale == 0:
            raise ValueError("a scale of 0 leaves nothing")
        if (self.measures is None) == (self.posted is None):
            raise ValueError("give either measures or posted")
        if self.balances == "cumulate" and (self.posted is None or self.grain != "month" or self.known.after == "report"):
            raise ValueError("balances are cumulated from postings by month, not from reports")
        return self

    @model_validator(mode="after")
    def _laid_out(self):
        if (self.sheets or self.header > 1) and not (self.file or "").endswith(".xlsx"):
            raise ValueError("sheets and header are a workbook's: give a file that ends in .xlsx")
        if self.sheets and self.sheet:
            raise ValueError("give either sheet or sheets")
        if self.months and self.measures != ["amount"]:
            raise ValueError("months across are read as the columns month and amount: give measures: [amount]")
        return self

    @property
    def figures(self) -> list[str]:
        """The columns that hold amounts."""
        return self.measures or self.posted.columns

    @property
    def own_days(self) -> list[str]:
        """The columns of days that are no period: when a row was known, when its event happened."""
        behind = self.posted.events if self.posted else None
        return [column for column in (self.known.column, behind.date if behind else None) if column]

    @property
    def told_by(self) -> list[str]:
        """Every other column that company.yaml uses."""
        columns = [*self.key, *(column for column in self.account.by if column != "measure"), self.cost_centre.column]
        by_row = (self.entity, self.scenario, self.grain, *self.dimensions.values())
        columns += [part.column for part in by_row if isinstance(part, (EntityByRow, ScenarioByRow, GrainByRow, DimensionByRow))]
        columns += [column for part in (*self.cost_centre.corrections, *self.left_out) for column in part.when]
        columns += [self.scenario.quarter] if isinstance(self.scenario, ClosedThrough) else []
        columns += [self.period.fiscal_year, self.period.month, self.period.date, self.dated, *self.own_days]
        columns += [self.report.fiscal_year, self.report.quarter] if self.report else []
        columns += [column for template in self.version.values() for column in filled_in(template)]
        if self.posted is not None:
            columns += [*self.posted.voucher, *self.posted.closing]
            columns += [self.posted.events.column] if self.posted.events else []
        return [column for column in dict.fromkeys(columns) if column is not None]

    @property
    def named_by_file(self) -> list[str]:
        """The columns that stand in the file's name."""
        return re.findall(r"{(\w+)}", self.file or "")

    @model_validator(mode="after")
    def _periods_stand_somewhere(self):
        reported = [*self.version.values(), "{report}" if self.known.after == "report" else ""]
        grains = self.grain.map.values() if isinstance(self.grain, GrainByRow) else [self.grain]
        by_quarter = isinstance(self.scenario, ClosedThrough)
        if self.report is None and (any("{report}" in text for text in reported) or "year_to_date" in grains):
            raise ValueError("known, version or year_to_date refers to the report: give report its columns")
        if self.period.month is None and self.period.date is None and (by_quarter or "month" in grains):
            raise ValueError("months need period.month or period.date")
        if by_quarter and self.period.month is None:
            raise ValueError("a scenario by quarter needs period.month")
        return self


class Tolerance(Strict):
    """How far a control total may lie from its lines, in the account's unit, and who owns the difference."""

    amount: float = Field(ge=0)
    owner: str


class Limit(Strict):
    """How far two sides may lie apart: an amount, or a share of the right one, whichever is more."""

    amount: float = Field(0.0, ge=0)
    rate: float = Field(0.0, ge=0)


class Side(Strict):
    """One side of a reconciliation: an account of the ledger with all below it, or a measure of an event table.

    `where`: only rows with these texts in these columns. `columns`: which column of the table is which key of the rule, where
    it isn't called the same (a table's month is that of its date or period).
    """

    account: str | None = None
    table: Literal[tuple(EVENTS)] | None = None
    measure: str | None = None
    where: dict[str, str | list[str]] = {}
    columns: dict[str, str] = {}

    @model_validator(mode="after")
    def _one(self):
        if (self.account is None) == (self.table is None) or (self.table is None) != (self.measure is None):
            raise ValueError("give an account, or a table and its measure")
        if self.table is None and self.columns:
            raise ValueError("columns are those of a table")
        return self

    @property
    def said(self) -> str:
        """What is compared, as a finding names it."""
        return self.account or f"{self.table}.{self.measure}"


class Reconciliation(Strict):
    """Two sides that should say the same in one scenario, by month and further keys; `cost_centre` is the topmost above it.

    `covering`: `common` finds differences in the months that both sides cover, `all` in every month of either.
    """

    left: Side
    right: Side
    by: list[Literal[("month", "entity", "cost_centre", *OPTIONAL_DIMENSIONS)]] = Field(["month"], min_length=1)
    scenario: Scenario = "actual"
    grain: Grain = "month"
    covering: Literal["common", "all"] = "common"
    tolerance: Limit = Limit()
    owner: str

    @model_validator(mode="after")
    def _by_month(self):
        if "month" not in self.by:
            raise ValueError("by needs month")
        return self


class Accepted(Strict):
    """What somebody decided to live with, why, and who: the finding at `where`, or all of a `kind` with no more than `most` rows each."""

    control: str
    where: str | None = None
    kind: str | None = None
    most: int = Field(1, ge=1)
    reason: str
    reason_zh: str = ""
    owner: str

    @model_validator(mode="after")
    def _names_them(self):
        if (self.where is None) == (self.kind is None):
            raise ValueError("give either where or kind")
        return self

    def covers(self, row: dict) -> bool:
        """Whether a finding is among those it is about."""
        named = row["where"] == self.where if self.kind is None else row["kind"] == self.kind and row["rows"] <= self.most
        return named and row["control"] == self.control


Label = Annotated[list[str], Field(min_length=2, max_length=2)]
"""What a code is called: in English, in Chinese."""


class Attribute(Strict):
    """A further column of customers: its name, and the names of its values where they aren't numbers."""

    label_en: str
    label_zh: str
    column: str
    values: dict[str, Label] = {}


class Part(Strict):
    """One of several rows made from each row of a wide table: what it says by itself, and which columns it takes."""

    set: dict[str, str]
    columns: dict[str, str]


class EventSource(Place):
    """One event table outside: which of its columns is which of ours, and what its texts mean; `also`: where more of its rows lie."""

    columns: dict[str, str]
    values: dict[str, dict[str, str]] = {}
    each: list[Part] = []
    attributes: dict[Name, Attribute] = {}
    labels: dict[str, Label] = {}
    also: list[EventSource] = []

    @model_validator(mode="after")
    def _further_rows_only(self):
        if any(source.also or source.attributes or source.labels for source in self.also) or (self.also and self.attributes):
            raise ValueError("also says where more rows lie: labels stand above it, attributes only where there is none")
        return self


class CompanyFile(Strict):
    """The whole of company.yaml."""

    company: Name
    label_en: str
    label_zh: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    calendar: Calendar
    reporting_lag_days: Days = Field(ge=0)
    data: Root
    source_en: str
    source_zh: str
    people_en: str = ""
    people_zh: str = ""
    dimensions: list[Literal[OPTIONAL_DIMENSIONS]] = []
    sides: Sides = Sides()
    historical: list[str] = []
    roles: dict[Name, str] = {}
    cash_lines: dict[str, list[str]] = {}
    sources: dict[Name, Source] = {}
    tables: dict[Literal[tuple(EVENTS)], EventSource] = {}
    tolerances: dict[str, Tolerance] = {}
    reconciliations: dict[Name, Reconciliation] = {}
    accepted: list[Accepted] = []

    @model_validator(mode="after")
    def _reads_something(self):
        if not self.sources and not self.tables:
            raise ValueError("nothing to read: give sources or tables")
        return self

    @model_validator(mode="after")
    def _decided_once(self):
        decided = [f"{choice.control} {choice.where or choice.kind}" for choice in self.accepted]
        twice = sorted({what for what in decided if decided.count(what) > 1})
        if twice:
            raise ValueError(f"decided more than once: {'; '.join(twice)}")
        return self


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
    def attributes(self) -> pd.DataFrame:
        """The names of the customers' attributes and of their values: attribute, label_en, label_zh, value, value_en, value_zh.

        An attribute that is a number has one row, with value "".
        """
        rows = []
        for code, what in self._attributes().items():
            rows += [(code, what.label_en, what.label_zh, value, *named) for value, named in (what.values or {"": ["", ""]}).items()]
        return pd.DataFrame(rows, columns=["attribute", "label_en", "label_zh", "value", "value_en", "value_zh"])

    def _attributes(self) -> dict[str, Attribute]:
        return self.file.tables["customers"].attributes if "customers" in self.file.tables else {}

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
    if table.attributes and name != "customers":
        problems.append(Problem("attributes", place, expected="only customers have them"))
    problems += [Problem("attribute named like a column", place, code) for code in table.attributes if code in known]
    if table.labels and not set(known) & {"channel", "condition"}:
        problems.append(Problem("labels", place, expected="only channels and conditions have them here"))
    return list(dict.fromkeys([*problems, *further]))


def _unknown(what: str, where: str, code: str, known: set[str]) -> Problem:
    return Problem(f"unknown {what}", where, code, next=did_you_mean(code, known))


def _named_accounts(file: CompanyFile) -> list[tuple[str, str]]:
    """Every account that company.yaml names, with the place where it does."""
    named = [("roles." + role, code) for role, code in file.roles.items()]
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
