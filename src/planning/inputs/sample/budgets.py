"""The group's budgets, written each November from what was known then, in three versions; and departments' projections each quarter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.inputs.sample.flaws import CLOSING
from planning.inputs.sample.ledger import WHOM, Rule
from planning.inputs.sample.postings import RULES
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import CENTS
from planning.inputs.sample.spending import VERSIONS
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.systems import MONTHS

PLANNED = ("6001", "6051", "6401", "6601", "6602", "6604", "6603", "5101")
"""Beginnings of the accounts that departments plan; taxes, variances and income from investments are nobody's."""
NOT_PLANNED = ("510120", "660301")
"""Overhead charged to products, and interest on loans."""
LAST_KNOWN = 10
"""The month whose figures are closed when budgets are written: October."""
RAISED = {"request": 0.0, "negotiated": 0.01, "final": 0.02}
"""What the round of negotiations puts on top of planned sales, by version."""
USUAL_RISE = 0.02
"""A year, of costs that are neither pay nor follow sales."""
GUESS = 0.06
"""Standard deviation of the logarithm by which the first year's plans miss: there is no year before it."""
SLIP = 0.04
"""Standard deviation of the logarithm by which a quarter's projection of a month misses what its department believes."""
ROUND = 100 * CENTS
"""Departments of the standard group plan in hundreds, those of a smaller one in as much less."""
OUTSIDE_SALES = r"6001\d\d[123]"
"""Accounts of goods sold in stores, online and to dealers, which is outside the group."""
PAY = ("01", "02", "03", "04")
"""Natures that rise with pay."""


@dataclass
class Budgeting:
    """Actual figures as they come in, and the budgets that are made of them."""

    settings: Settings
    structure: Structure
    requested: pd.DataFrame  # of spending: department, account, month, version, amount in cents
    actuals: list[pd.DataFrame] = field(default_factory=list)

    def add(self, period: pd.Timestamp, lines: pd.DataFrame) -> None:
        """A closed month's ledger."""
        planned = lines["account"].str.startswith(PLANNED) & ~lines["account"].isin(NOT_PLANNED) & (lines["cost_centre"] != "")
        of = lines[planned & ~lines["voucher"].str.endswith(CLOSING)]
        debit = of["debit"] - of["credit"]
        amount = debit.where(~of["account"].str.startswith("60"), -debit)
        by = [of["cost_centre"].rename("department"), of["account"]]
        self.actuals.append(amount.groupby(by).sum().rename("amount").reset_index().assign(month=period))

    def year(self, year: int) -> pd.DataFrame:
        """A year's budgets: department, account, month, version, amount in cents, positive in the account's own direction."""
        base = self._base(year)
        last = pd.to_datetime(dict(year=year, month=base["month"].dt.month, day=1))
        rows = [base.assign(month=last, version=version, amount=self._planned(base, version)) for version in VERSIONS]
        asked = self.requested[self.requested["month"].dt.year == year]
        own = pd.concat(rows, ignore_index=True)
        keys = ["department", "account"]
        replaced = pd.MultiIndex.from_frame(own[keys]).isin(pd.MultiIndex.from_frame(asked[keys].drop_duplicates()))
        told = pd.concat([own[~replaced], asked[["department", "account", "month", "version", "amount"]]], ignore_index=True)
        told["amount"] = self._rounded(told["amount"])
        return told[told["amount"] != 0].sort_values(["version", "department", "account", "month"], kind="stable", ignore_index=True)

    def projections(self) -> Iterator[pd.DataFrame]:
        """What departments say each quarter of the year's open months: fiscal_year, quarter, department, account, month, amount in cents.

        They trust half the budget and half their own course so far; sandbaggers hold back, now half of what they held back in the budget.
        """
        actual = pd.concat(self.actuals, ignore_index=True)
        for year in sorted(set(actual["month"].dt.year)):
            budget = self.year(year)
            final = budget[budget["version"] == VERSIONS[-1]].drop(columns="version")
            for quarter in (1, 2, 3):
                yield self._projected(final, actual[actual["month"].dt.year == year], year, quarter)

    def _projected(self, final: pd.DataFrame, actual: pd.DataFrame, year: int, quarter: int) -> pd.DataFrame:
        keys = ["department", "account"]
        closed = pd.Timestamp(year, 3 * quarter, 1)
        planned = final[final["month"] <= closed].groupby(keys)["amount"].sum()
        came = actual[actual["month"] <= closed].groupby(keys)["amount"].sum()
        course = (came / planned.where(planned != 0)).clip(0, 3).fillna(1.0).rename("course")
        held = self.structure.truth["department_habits"].set_index("department")["sandbag"] / 2
        ahead = final[final["month"] > closed].merge(course, left_on=keys, right_index=True, how="left")
        sells = ahead["account"].str.startswith(("60", "64"))
        back = np.where(sells, 1 - ahead["department"].map(held), 1.0)
        miss = stream(self.settings.seed, "projections", year, quarter).normal(0, SLIP, len(ahead))
        amount = ahead["amount"] * (1 + ahead["course"].fillna(1.0)) / 2 * back * np.exp(miss)
        told = ahead.assign(fiscal_year=year, quarter=quarter, amount=self._rounded(amount))
        return told[["fiscal_year", "quarter", *keys, "month", "amount"]]

    def _rounded(self, amount: pd.Series) -> pd.Series:
        step = max(1, round(ROUND * min(1.0, self.settings.size.part("HOLD"))))
        return (np.rint(amount / step) * step).astype(np.int64)

    def _base(self, year: int) -> pd.DataFrame:
        """The twelve months that are known last; of the first year, which has none before it, its own months as people guess them."""
        actual = pd.concat(self.actuals, ignore_index=True)
        first = actual["month"].dt.year.min()
        until = pd.Timestamp(year - 1, LAST_KNOWN, 1)
        if year == first or until < actual["month"].min():
            return self._guessed(actual[actual["month"].dt.year == year])
        known = actual[(actual["month"] <= until) & (actual["month"] > until - pd.DateOffset(years=1))]
        missing = set(range(1, 13)) - set(known["month"].dt.month)
        if missing:  # the year before was the first: its last months are not known yet, its budget is
            before = self._guessed(actual[(actual["month"].dt.year == year - 1) & actual["month"].dt.month.isin(missing)])
            known = pd.concat([known, before], ignore_index=True)
        return known

    def _guessed(self, actual: pd.DataFrame) -> pd.DataFrame:
        keys = actual[["department", "account"]].drop_duplicates()
        miss = {
            (row.department, row.account): float(np.exp(stream(self.settings.seed, "first budget", *row[1:]).normal(0, GUESS)))
            for row in keys.itertuples()
        }
        guess = [miss[key] for key in zip(actual["department"], actual["account"], strict=True)]
        return actual.assign(amount=actual["amount"] * guess)

    def _planned(self, base: pd.DataFrame, version: str) -> pd.Series:
        """The base with what planners expect of the year: growth of sales less what sandbaggers hold back, pay rounds, prices."""
        habits = self.structure.truth["department_habits"].set_index("department")
        held = base["department"].map(habits["sandbag"]).fillna(0)
        sales = (1 + self.settings.seasons.growth) * (1 - held) * (1 + RAISED[version])
        follows = base["account"].str.startswith(("60", "64"))
        pays = base["account"].str[4:6].isin(PAY) & ~follows
        rate = np.where(follows, sales, np.where(pays, 1 + self.settings.people.wage_growth, 1 + USUAL_RISE))
        return base["amount"] * rate


def workbook_sheets(budget: pd.DataFrame, structure: Structure, year: int) -> dict[str, list[list[object]]]:
    """A version's workbook: a sheet a department with its subtotals, and one of the group's sales by entity and category."""
    accounts = structure.accounts.set_index("code")
    departments = structure.departments.set_index("code")
    currency = structure.entities.set_index("code")["currency"]
    sheets = {}
    for code, rows in budget.groupby("department", sort=True):
        about = departments.loc[code]
        title = [[f"{year} 年度预算 Budget: {code} {about.label_zh} {about.label_en}"], [f"单位 Unit: {currency[about.entity]}"]]
        sheets[code] = title + _rows(rows, accounts)
    sheets["SALES"] = _sales(budget, structure, year)
    return sheets


def _rows(rows: pd.DataFrame, accounts: pd.DataFrame) -> list[list[object]]:
    """The header, the accounts in blocks with a subtotal under each, and a note."""
    codes, at = np.unique(rows["account"], return_inverse=True)
    table = np.zeros((len(codes), 12))
    np.add.at(table, (at, rows["month"].dt.month.to_numpy() - 1), rows["amount"].to_numpy() / CENTS)
    cells: list[list[object]] = [["科目编码", "科目", "Account", *MONTHS, "全年"]]
    blocks = np.array([code[:4] for code in codes])
    for block in np.unique(blocks):
        for code, amounts in zip(codes[blocks == block], table[blocks == block], strict=True):
            cells.append([code, accounts.at[code, "label_zh"], accounts.at[code, "label_en"], *amounts, amounts.sum()])
        total = table[blocks == block].sum(axis=0)
        cells.append([block, f"{accounts.at[block, 'label_zh']}小计", f"{accounts.at[block, 'label_en']}, subtotal", *total, total.sum()])
    return [*cells, [], ["", "注：金额不含税。Without value-added tax."]]


def _sales(budget: pd.DataFrame, structure: Structure, year: int) -> list[list[object]]:
    outside = budget["account"].str.fullmatch(OUTSIDE_SALES)
    category = budget["account"].str[4:6].map(structure.categories.set_index("number")["code"])
    entity = budget["department"].map(structure.departments.set_index("code")["entity"])
    sold = budget.assign(entity=entity, category=category, number=budget["month"].dt.month)[outside]
    table = sold.pivot_table(index=["entity", "category"], columns="number", values="amount", aggfunc="sum").fillna(0) / CENTS
    cells: list[list[object]] = [[f"{year} 年度销售预算 Sales budget"], ["单位：各公司本位币 Unit: each entity's currency"]]
    cells.append(["entity", "category", "", *(MONTHS[at - 1] for at in table.columns), "全年"])
    return cells + [[*key, "", *amounts, amounts.sum()] for key, amounts in zip(table.index, table.to_numpy(), strict=True)]


def rules_table(rules: list[Rule] = RULES) -> pd.DataFrame:
    """The posting rules as the accounting department's table: which measure of which events is debited and credited where."""
    names = ("account", *WHOM)
    rows = [(rule.source, rule.measure, *(getattr(side, name) for side in (rule.debit, rule.credit) for name in names)) for rule in rules]
    sides = [f"{side}_{name}" for side in ("debit", "credit") for name in names]
    return pd.DataFrame(rows, columns=["source", "measure", *sides])
