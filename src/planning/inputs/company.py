"""A company is data: params/<company>/company.yaml and the dimension tables beside it, read and checked here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.periods import FiscalCalendar, month
from planning.core.tables import OPTIONAL_DIMENSIONS, accounts_schema, contract_problems, cost_centres_schema, entities_schema
from planning.inputs.yaml_files import read_mapping

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Strict(BaseModel):
    """A part of company.yaml: unknown keys are problems, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Calendar(Strict):
    """The fiscal year and the span of periods that may appear in any table."""

    first_month: int = Field(ge=1, le=12)
    start: Month
    end: Month


class Correction(Strict):
    """Rows that the source files under a wrong code: where, the right code, and why."""

    when: dict[str, str]
    code: str
    reason: str
    reason_zh: str = ""


class AccountMap(Strict):
    """Which account a row lands on: the values of the columns `by`, joined with " / ", looked up in `map`.

    `measure` in `by` stands for the name of the amount column. A key in `skip` is left out on purpose; a key in neither
    lands on `unmapped`.
    """

    by: list[str]
    map: dict[str, str]
    unmapped: str
    skip: dict[str, str] = {}


class CostCentreMap(Strict):
    """Which cost centre a row lands on: one for all (`code`), or the code found in `column`."""

    code: str | None = None
    column: str | None = None
    corrections: list[Correction] = []

    @model_validator(mode="after")
    def _one(self):
        if (self.code is None) == (self.column is None):
            raise ValueError("give either code or column")
        return self


class Mapped(Strict):
    """A value by row: the text of `column` looked up in `map`."""

    column: str
    map: dict[str, str]


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
        return self


class ReportColumns(Strict):
    """Which report a row stands in: fiscal year and quarter."""

    fiscal_year: str
    quarter: str


class Known(Strict):
    """The day a row could be known: so many days after the report's quarter, or after its fiscal year begins or ends."""

    after: Literal["report", "year_start", "year_end", "period_end"]
    days: int


class Source(Strict):
    """One table outside: where it lies, and what its columns mean."""

    file: str | None = None
    sheet: str | None = None
    url: str | None = None
    query: str | None = None
    key: list[str]
    measures: list[str]
    scale: float = 1.0
    account: AccountMap
    cost_centre: CostCentreMap
    entity: str
    scenario: str | Mapped | ClosedThrough
    version: dict[str, str] = {}
    grain: Literal["month", "quarter", "year"] | Mapped
    period: PeriodColumns
    report: ReportColumns | None = None
    known: Known
    dated: str | None = None

    @model_validator(mode="after")
    def _one(self):
        if (self.file is None) == (self.url is None):
            raise ValueError("give either file or url")
        if self.url is not None and self.query is None:
            raise ValueError("a url needs a query")
        return self


class Tolerance(Strict):
    """How far a control total may lie from its lines, in the account's unit, and who owns the difference."""

    amount: float = Field(ge=0)
    owner: str


class Agreement(Strict):
    """Two accounts that should say the same by top cost centre and period, in one scenario."""

    left: str
    right: str
    scenario: str
    grain: str
    tolerance: float = Field(ge=0)
    owner: str


class Accepted(Strict):
    """A finding that somebody decided to live with: which, why, and who."""

    control: str
    where: str
    reason: str
    reason_zh: str = ""
    owner: str


class Root(Strict):
    """Where the source files lie when no folder is given: inside an installed data package, or a folder beside the params."""

    package: str | None = None
    folder: str


class CompanyFile(Strict):
    """The whole of company.yaml."""

    company: Name
    label_en: str
    label_zh: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    calendar: Calendar
    reporting_lag_days: int = Field(ge=0)
    data: Root
    source_en: str
    source_zh: str
    people_en: str
    people_zh: str
    dimensions: list[Literal[OPTIONAL_DIMENSIONS]] = []
    roles: dict[Name, str]
    cash_lines: dict[str, list[str]] = {}
    sources: dict[Name, Source]
    tolerances: dict[str, Tolerance] = {}
    agreements: dict[Name, Agreement] = {}
    accepted: list[Accepted] = []


@dataclass(frozen=True)
class Company:
    """A company as everybody else is handed it: the file's content, its calendar and its dimension tables."""

    file: CompanyFile
    folder: Path
    calendar: FiscalCalendar
    accounts: pd.DataFrame
    cost_centres: pd.DataFrame
    entities: pd.DataFrame

    @property
    def code(self) -> str:
        """The company's code, its folder's name."""
        return self.file.company

    @property
    def tree(self) -> AccountTree:
        """The chart of accounts as a tree."""
        return AccountTree(self.accounts)

    @property
    def reasons_zh(self) -> dict[str, str]:
        """The reasons of decisions in Chinese, by their English text, where there are any."""
        moved = [correction for source in self.file.sources.values() for correction in source.cost_centre.corrections]
        return {choice.reason: choice.reason_zh for choice in [*self.file.accepted, *moved] if choice.reason_zh}

    def known_by(self, as_of: pd.Timestamp) -> pd.Timestamp:
        """The day on which the report that closes `as_of` is known: its month end and the publication lag."""
        return as_of + pd.offsets.MonthEnd(0) + pd.Timedelta(days=self.file.reporting_lag_days)


def read_company(folder: Path) -> Company:
    """params/<company>/ as a Company; every problem of the file and its dimension tables in one RequestError."""
    path = folder / "company.yaml"
    if not path.is_file():
        known = [p.parent.name for p in folder.parent.glob("*/company.yaml")]
        raise RequestError(folder.name, [Problem("no such company", str(path), next=did_you_mean(folder.name, known))])
    try:
        file = CompanyFile.model_validate(read_mapping(path))
    except ValidationError as invalid:
        raise RequestError(str(path), [_said(error) for error in invalid.errors()]) from None
    accounts, first = _dimension(folder / "accounts.csv", accounts_schema(), {"weight": float, "effect": int, "scale": int})
    cost_centres, second = _dimension(folder / "cost_centres.csv", cost_centres_schema(), {})
    entities, third = _dimension(folder / "entities.csv", entities_schema(), {})
    problems = [*first, *second, *third]
    if not problems:
        problems = _cross_problems(file, folder, accounts, cost_centres, entities)
    if problems:
        raise RequestError(str(folder), problems)
    calendar = FiscalCalendar(file.calendar.first_month, month(file.calendar.start), month(file.calendar.end))
    return Company(file, folder, calendar, accounts, cost_centres, entities)


def _said(error: dict) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    return Problem(error["msg"], where, got=repr(error["input"])[:80])


def _dimension(path: Path, schema, types: dict) -> tuple[pd.DataFrame, list[Problem]]:
    if not path.is_file():
        return pd.DataFrame(), [Problem("missing file", str(path), expected="a CSV file of this dimension")]
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    table.index = table.index + 2  # the line of the file
    for column, kind in types.items():
        if column in table:
            numbers = pd.to_numeric(table[column], errors="coerce")
            if numbers.isna().any():
                bad = table.loc[numbers.isna(), column]
                return table, [Problem(f"wrong {column}", f"{path}, row {row}", repr(text), "a number") for row, text in bad.items()]
            table[column] = numbers.astype(kind)
    problems = contract_problems(table, schema, str(path))
    if not problems and "parent" in table:
        problems = [
            Problem("unknown parent", f"{path}, row {row}", repr(parent), "a code of this table")
            for row, parent in table["parent"].dropna().items()
            if parent not in set(table["code"])
        ]
    return table.reset_index(drop=True), problems


def _cross_problems(file: CompanyFile, folder: Path, accounts, cost_centres, entities) -> list[Problem]:
    """References between the parts: every account, cost centre and entity that company.yaml names must exist."""
    chart, centres, units = set(accounts["code"]), set(cost_centres["code"]), set(entities["code"])
    where = str(folder / "company.yaml")
    problems = [Problem(text, str(folder / "accounts.csv")) for text in AccountTree(accounts).problems()]
    named = [("roles." + role, code) for role, code in file.roles.items()]
    named += [("tolerances", code) for code in file.tolerances]
    named += [("cash_lines", code) for budgeted, lines in file.cash_lines.items() for code in (budgeted, *lines)]
    for name, agreement in file.agreements.items():
        named += [(f"agreements.{name}", agreement.left), (f"agreements.{name}", agreement.right)]
    for name, source in file.sources.items():
        named += [(f"sources.{name}.account", code) for code in [*source.account.map.values(), source.account.unmapped]]
        if source.entity not in units:
            problems.append(Problem("unknown entity", f"{where}, sources.{name}", source.entity, next=did_you_mean(source.entity, units)))
        fixed = [source.cost_centre.code] if source.cost_centre.code else [c.code for c in source.cost_centre.corrections]
        for code in fixed:
            if code not in centres:
                problems.append(Problem("unknown cost centre", f"{where}, sources.{name}", code, next=did_you_mean(code, centres)))
    for place, code in named:
        if code not in chart:
            problems.append(Problem("unknown account", f"{where}, {place}", code, next=did_you_mean(code, chart)))
    for row, entity in cost_centres["entity"].items():
        if entity not in units:
            problems.append(Problem("unknown entity", f"{folder / 'cost_centres.csv'}, row {row + 2}", entity))
    return problems
