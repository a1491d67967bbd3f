"""How a company's planned events are booked: wiring.yaml, posting_rules.csv and settlements.csv in its params folder."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.company import Company
from planning.inputs.company_file import Strict
from planning.inputs.yaml_files import read_mapping, read_text

Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
FILES = ("wiring.yaml", "posting_rules.csv", "settlements.csv", "cash_sections.csv")
SETTLEMENT = ["account", "cash", "movement", "month", "bill"]
SECTION = ["account", "movement", "event", "section", "line"]


class AccountsFile(Strict):
    """The accounts, or nodes of the chart, that taxes and debt look at."""

    output_tax: str = ""
    input_tax: str = ""
    tax_owed: str = ""
    taxed: Code
    untaxed: list[Code] = Field(default_factory=list)
    cash: list[Code] = Field(min_length=1)
    debt: list[Code] = Field(min_length=1)

    @model_validator(mode="after")
    def _all_or_none(self):
        if len({bool(code) for code in (self.output_tax, self.input_tax, self.tax_owed)}) > 1:
            raise ValueError("give output_tax, input_tax and tax_owed, or none of them where there is no such tax")
        return self


class OrdersFile(Strict):
    """What the company's orders are to its books; see plan.chain.orders.Orders."""

    currency: str = ""
    channels: list[Code] = Field(default_factory=list)
    told: dict[Code, Literal["gross", "net", "vat", "cost"]] = Field(default_factory=dict)
    cost: str = ""


class ActivityFile(Strict):
    """What an account's cost follows; see plan.chain.activities.Activity."""

    per: Literal["net", "units", "people"]
    channels: list[Code] = Field(default_factory=list)


class StatementsFile(Strict):
    """The accounts, or nodes of the chart, that the three statements are made of; see model.statements.Layout."""

    profit: Code
    assets: Code
    claims: Code
    equity: Code
    year_result: Code
    retained: Code
    distributions: list[Code] = Field(default_factory=list)
    cash_change: Code
    operating: Code
    cost_of_sales: Code
    operating_costs: Code
    cash_lines: dict[Code, Code] = Field(min_length=1)
    within_cash: list[Code] = Field(default_factory=list)


class GroupAccountsFile(Strict):
    """The accounts that a consolidation reads and writes; see model.eliminations.GroupAccounts."""

    investments: Code
    capital: list[Code] = Field(min_length=1)
    dividends: Code
    dividend_income: Code
    associates: Code
    associate_income: Code
    goodwill: Code
    bargain: Code
    minority: Code
    capital_reserve: Code
    difference: Code
    stock_cost: Code
    deferred_tax: Code
    tax: Code
    mismatch: Code


class DealingFile(Strict):
    """What companies of a group have with each other: the account of one, the other's, and where a difference goes."""

    name: Code
    ours: Code
    theirs: str = ""
    rest: Code


class OwnersFile(Strict):
    """The accounts of what is done with profit: what is distributed, and what is put aside to a reserve."""

    dividends: Code
    put_aside: Code
    reserve: Code


class GroupFile(Strict):
    """A group of companies that is consolidated."""

    label: list[Code] = Field(min_length=2, max_length=2)
    shares: dict[Code, float] = Field(default_factory=dict)
    accounts: GroupAccountsFile
    dealings: list[DealingFile] = Field(default_factory=list)


class WiringFile(Strict):
    """wiring.yaml."""

    running: list[Code] = Field(min_length=1)
    replaced: list[Code] = Field(default_factory=list)
    overhead: list[Code] = Field(default_factory=list)
    assets: list[Code] = Field(default_factory=list)
    orders: OrdersFile = Field(default_factory=OrdersFile)
    depreciation: list[Code] = Field(default_factory=list)
    activities: dict[Code, ActivityFile] = Field(default_factory=dict)
    codes: dict[Code, dict[Code, dict[Code, Code]]] = Field(default_factory=dict)
    settles: dict[Code, Code | list[Code]] = Field(default_factory=dict)
    accounts: AccountsFile
    statements: StatementsFile
    owners: OwnersFile | None = None
    group: GroupFile | None = None

    @field_validator("settles")
    @classmethod
    def _account_and_movement(cls, settles: dict) -> dict:
        wrong = [code for code, said in settles.items() if isinstance(said, list) and len(said) != 2]
        if wrong:
            raise ValueError(f"expected an account, or [account, movement]: {', '.join(wrong)}")
        return settles

    @property
    def other_sides(self) -> dict[str, tuple[str, str]]:
        """For each account or node of `settles` the account on the other side and its movement."""
        return {code: (said, "") if isinstance(said, str) else (said[0], said[1]) for code, said in self.settles.items()}


@dataclass(frozen=True)
class ReadWiring:
    """What the files say: `file`; `rules`, texts as posting rules have them; `settlements`: account, cash, movement, month, bill;
    `sections` of the cash flow: account, movement, event, section, line."""

    file: WiringFile
    rules: pd.DataFrame
    settlements: pd.DataFrame
    sections: pd.DataFrame

    @property
    def said(self) -> dict[str, Any]:
        """wiring.yaml as plain values."""
        return self.file.model_dump()

    @property
    def other_sides(self) -> dict[str, tuple[str, str]]:
        """See WiringFile.other_sides."""
        return self.file.other_sides

    @property
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The rules, the settlements and the sections."""
        return self.rules, self.settlements, self.sections

    @property
    def content(self) -> list[str]:
        """All that the files say, as text: the same where they say the same."""
        return [self.file.model_dump_json(), *(table.to_csv(index=False) for table in self.tables)]


def has_wiring(company: Company) -> bool:
    """Whether the company says how its plan is booked."""
    return (company.folder / FILES[0]).is_file()


def read_wiring(company: Company, tree: AccountTree) -> ReadWiring:
    """The company's wiring, its accounts being those of the chart. RequestError with every problem."""
    missing = [name for name in FILES if not (company.folder / name).is_file()]
    if missing:
        raise RequestError(str(company.folder), [Problem("missing file", name, next="see docs/drivers.md") for name in missing])
    try:
        file = WiringFile.model_validate(read_mapping(company.folder / FILES[0]))
    except ValidationError as invalid:
        raise RequestError(str(company.folder / FILES[0]), [_said(error) for error in invalid.errors()]) from None
    rules, settlements, sections = (_read_table(company.folder / name) for name in FILES[1:])
    problems = [*_file_problems(file, tree), *_settlement_problems(settlements, tree), *_section_problems(sections, tree)]
    problems += _order_problems(file.orders, company)
    if problems:
        raise RequestError(str(company.folder), problems)
    months = pd.Series([int(month) if month else None for month in settlements["month"]], settlements.index, dtype=object)
    return ReadWiring(file, rules, settlements.assign(month=months), sections)


def _read_table(path: Path) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(read_text(path)), dtype=str, keep_default_na=False)


def _file_problems(file: WiringFile, tree: AccountTree) -> list[Problem]:
    taxes, parts = file.accounts, file.statements
    told = {name: getattr(taxes, name) for name in ("output_tax", "input_tax", "tax_owed")}
    leaves = {f"accounts.{name}": [code] for name, code in told.items() if code}
    leaves |= {"orders": [*file.orders.told, *filter(None, [file.orders.cost])]}
    leaves |= {"depreciation": file.depreciation, "activities": [*file.activities]}
    leaves |= {f"owners.{name}": [code] for name, code in (file.owners.model_dump() if file.owners else {}).items()}
    leaves |= {"settles": [account for account, _ in file.other_sides.values()]}
    leaves |= {f"statements.{name}": [getattr(parts, name)] for name in ("year_result", "retained")}
    leaves |= {"statements.distributions": parts.distributions, "statements.cash_lines": [*parts.cash_lines.values()]}
    leaves |= _of_group(file.group)
    nodes = {name: getattr(file, name) for name in ("running", "replaced", "overhead", "assets")} | {"settles": [*file.settles]}
    nodes |= {"accounts.taxed": [taxes.taxed], "accounts.untaxed": taxes.untaxed, "accounts.cash": taxes.cash, "accounts.debt": taxes.debt}
    names = ("profit", "assets", "claims", "equity", "cash_change", "operating", "cost_of_sales", "operating_costs")
    nodes |= {f"statements.{name}": [getattr(parts, name)] for name in names}
    return [
        *[_unknown(f"wiring.yaml, {where}", code, tree) for where, codes in nodes.items() for code in codes if code not in tree],
        *[_leaf(f"wiring.yaml, {where}", code, tree) for where, codes in leaves.items() for code in codes if not _holds(code, tree)],
    ]


def _order_problems(orders: OrdersFile, company: Company) -> list[Problem]:
    own = company.file.currency
    if orders.currency in ("", own):
        return []
    return [Problem("orders in a currency that isn't the company's", "wiring.yaml, orders.currency", orders.currency, f"{own}, or nothing")]


def _of_group(group: GroupFile | None) -> dict[str, list[str]]:
    """The accounts that a consolidation names, by where they stand."""
    if group is None:
        return {}
    told = group.accounts.model_dump().items()
    named = {f"group.accounts.{name}": [said] if isinstance(said, str) else list(said) for name, said in told}
    dealings = [code for one in group.dealings for code in (one.ours, one.theirs, one.rest) if code]
    return named | {"group.dealings": dealings}


def _section_problems(table: pd.DataFrame, tree: AccountTree) -> list[Problem]:
    lacking = [Problem(f"missing column {name}", FILES[3]) for name in SECTION if name not in table.columns]
    if lacking:
        return lacking
    lines = [(f"{FILES[3]}, line {line}", row) for line, row in enumerate(table.itertuples(), 2)]
    return [_unknown(where, code, tree) for where, row in lines for code in (row.account, row.section) if code and code not in tree]


def _settlement_problems(table: pd.DataFrame, tree: AccountTree) -> list[Problem]:
    lacking = [Problem(f"missing column {name}", "settlements.csv") for name in SETTLEMENT if name not in table.columns]
    if lacking:
        return lacking
    found = []
    for line, row in enumerate(table.itertuples(), 2):
        where = f"settlements.csv, line {line}"
        found += [_leaf(where, code, tree) for code in (row.account, row.cash) if not _holds(code, tree)]
        if row.month and row.month not in map(str, range(1, 13)):
            found.append(Problem("no month", where, row.month, "1 to 12, or nothing"))
    astray = sorted({*table["bill"]} - {*table["account"], ""})
    found += [Problem("a bill's account that isn't settled", "settlements.csv", code, next="a row of its own") for code in astray]
    chained = table[table["account"].isin(table["bill"]) & (table["bill"] != "")]
    found += [Problem("a bill paid by a bill", "settlements.csv", code) for code in chained["account"]]
    twice = table["account"].duplicated()
    return found + [Problem("settled twice", f"settlements.csv, line {line + 2}", table["account"][line]) for line in table.index[twice]]


def _holds(code: str, tree: AccountTree) -> bool:
    return code in tree and not tree.is_total(code)


def _unknown(where: str, code: str, tree: AccountTree) -> Problem:
    return Problem("unknown account", where, code, next=did_you_mean(code, tree.accounts.index))


def _leaf(where: str, code: str, tree: AccountTree) -> Problem:
    return Problem("a total, which holds no postings", where, code) if code in tree else _unknown(where, code, tree)


def _said(error: dict) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    got = repr(error["input"])[:80] if isinstance(error["input"], str | int | float) else ""
    return Problem(error["msg"].removeprefix("Value error, "), where, got)
