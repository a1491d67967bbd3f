"""What company.yaml may say: its parts as types, each checked on its own; unknown keys are problems, never ignored."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from planning.core.events import EVENTS
from planning.core.periods import GRAINS, MONTH
from planning.core.tables import OPTIONAL_DIMENSIONS, SCENARIOS

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
    carry the result to equity; on flows they are left out. `carried`: the months in which the rows of a trial balance hold such
    entries beside the month's own, as months of the fiscal year (12) or as one month ("2024-03"): a flow is then what stands on
    its own side.
    """

    debit: str | None = None
    credit: str | None = None
    amount: str | None = None
    voucher: list[str] = []
    owner: str = ""
    events: EventsBehind | None = None
    closing: dict[str, str | Annotated[list[str], Field(min_length=1)]] = {}
    carried: list[Annotated[int, Field(ge=1, le=12)] | Month] = []

    @model_validator(mode="after")
    def _one(self):
        if (self.debit is None) != (self.credit is None) or (self.amount is None) == (self.debit is None):
            raise ValueError("give debit and credit, or amount")
        if self.carried and self.debit is None:
            raise ValueError("carried takes one side of postings: give debit and credit")
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


class Alike(Strict):
    """Which rows may have been entered twice: those alike in these columns and in their amounts; `when`: only of rows with these texts."""

    columns: list[str] = Field(min_length=1)
    when: dict[str, str] = {}


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
    """Where the period stands: a fiscal year with its month number (1 to 12), a fiscal year alone, or a date.

    `year_named`: whether the source names a fiscal year by the calendar year in which it ends, as we do, or begins.
    """

    fiscal_year: str | None = None
    month: str | None = None
    date: str | None = None
    year_named: Literal["end", "begin"] = "end"

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
    """Any value but this one, or these."""

    than: str | list[str] = Field(alias="not")


class Place(Strict):
    """Where one table outside lies, and how its system writes: a file, a folder or pattern of files, or a table or query of a database.

    A file with a `data` of its own is always read from there; the others lie where the company's files lie, or in `--data`.
    Of a database's `table` (at a `url`, or in a SQLite `file`) the columns that company.yaml uses are asked for; only rows are read
    whose columns in `where` have one of these values (or, `not`, another); of files whose names say a column, those that fit are read.
    `encoding`, `thousands` (the mark between groups of three digits), `accounting` (amounts such as (5.00), 5.00- and ¥5.00) and
    `dates` (forms such as %Y/%m/%d) hold for texts only.
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
    accounting: bool = False
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


Label = Annotated[list[str], Field(min_length=2, max_length=2)]
"""What a code is called: in English, in Chinese."""


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
    alike: Alike | None = None
    scenario: Scenario | ScenarioByRow | ClosedThrough
    version: dict[Scenario, str] = {}
    grain: Literal["month", "quarter", "year"] | GrainByRow
    period: PeriodColumns
    report: ReportColumns | None = None
    known: Known
    dated: str | None = None
    label: Label | None = None

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
        columns += [*self.alike.columns, *self.alike.when] if self.alike else []
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
    label: Label | None = None

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


class Subscriptions(Strict):
    """Where the books have the contracts: the revenue account of each plan, the accounts of what serving subscribers costs, the one of
    what retention offers cost."""

    accounts: dict[str, str] = Field(min_length=1)
    serving: list[str] = []
    offers: str = ""


class CompanyFile(Strict):
    """The whole of company.yaml."""

    company: Name
    label_en: str
    label_zh: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    calendar: Calendar
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
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
    subscriptions: Subscriptions | None = None
    cash_lines: dict[str, list[str]] = {}
    sources: dict[Name, Source] = {}
    tables: dict[Literal[tuple(EVENTS)], EventSource] = {}
    tolerances: dict[str, Tolerance] = {}
    reconciliations: dict[Name, Reconciliation] = {}
    owners_zh: dict[str, str] = {}
    accepted: list[Accepted] = []

    @model_validator(mode="after")
    def _reads_something(self):
        if not self.sources and not self.tables:
            raise ValueError("nothing to read: give sources or tables")
        return self

    @model_validator(mode="after")
    def _contracts_are_read(self):
        if self.subscriptions and "contracts" not in self.tables:
            raise ValueError("subscriptions says where contracts are booked, but tables has no contracts")
        return self

    @model_validator(mode="after")
    def _decided_once(self):
        decided = [f"{choice.control} {choice.where or choice.kind}" for choice in self.accepted]
        twice = sorted({what for what in decided if decided.count(what) > 1})
        if twice:
            raise ValueError(f"decided more than once: {'; '.join(twice)}")
        return self
