"""What departments need, ask for, get and spend: the need is the truth; habits make the request and the spending something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range
from planning.inputs.sample.people import WORK
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

NEEDS = {
    "06": {"support": 380, "selling": 260, "marketing": 700, "research": 420, "plant": 40},  # travel
    "07": {"support": 120, "selling": 180, "marketing": 260, "research": 60, "plant": 10},  # entertainment
    "08": {"support": 210, "selling": 90, "marketing": 180, "research": 240, "plant": 60},  # office
    "09": {"support": 90, "selling": 60, "marketing": 90, "research": 160, "plant": 25},  # telephone and network
    "10": {"support": 130, "selling": 70, "marketing": 110, "research": 220, "plant": 55},  # training
    "11": {"support": 420, "selling": 30, "marketing": 350, "research": 260, "plant": 0},  # consulting
    "12": {"support": 380, "selling": 60, "marketing": 240, "research": 900, "plant": 30},  # software services
    "13": {"support": 40, "selling": 110, "marketing": 20, "research": 70, "plant": 310},  # repairs
    "14": {"support": 60, "selling": 280, "marketing": 40, "research": 120, "plant": 420},  # utilities
    "18": {"support": 50, "selling": 40, "marketing": 60, "research": 50, "plant": 30},  # other
}
"""Yuan a person and month by nature (the last two figures of its account) and the department's work."""
SUMMER = {"14": np.array([1.25, 1.2, 1.0, 0.85, 0.8, 0.95, 1.2, 1.25, 1.0, 0.8, 0.8, 0.9])}
"""Natures with a pattern over the year, by month."""
CUT = 0.04
"""Of requests, taken off in the round of negotiations."""
VAT = {"06": 0.0, "07": 0.0}
"""Natures whose tax can't be deducted; others carry the rate of services."""
ACCRUED = 0.25
"""Of a month's expenses, not invoiced by its end: accrued, and reversed on the first of the next."""
VERSIONS = ("request", "negotiated", "final")


@dataclass(frozen=True)
class Spending:
    """`needs` (truth), `budgets` (by version) and `expenses`: department, nature, month, amounts in cents without tax."""

    needs: pd.DataFrame
    budgets: pd.DataFrame
    expenses: pd.DataFrame


def build_spending(settings: Settings, structure: Structure, headcount: pd.DataFrame) -> Spending:
    """Every department's needs, budgets and expenses in all months."""
    heads = headcount.groupby(["department", "month"])["people"].sum()
    habits = structure.truth["department_habits"].set_index("department")
    parts = [_department(settings, row, heads[row.code].to_numpy(), habits.loc[row.code]) for row in structure.departments.itertuples()]
    return Spending(*(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)))


def _department(settings: Settings, department, heads: np.ndarray, habits: pd.Series) -> tuple[pd.DataFrame, ...]:
    periods = month_range(month(settings.first_month), settings.months)
    natures = [nature for nature, rates in NEEDS.items() if rates[department.work]]
    grown = 1.02 ** (np.arange(len(periods)) / 12)
    need = np.array([heads * NEEDS[nature][department.work] * _pattern(nature, periods) * grown for nature in natures])
    asked = need * (1 + habits["padding"])
    final = asked * (1 - CUT)
    spent = [_spent(settings, department.code, *each, periods, habits) for each in zip(natures, need, final, strict=True)]
    table = pd.DataFrame({
        "entity": department.entity, "department": department.code, "nature": np.repeat(natures, len(periods)),
        "account": np.repeat([WORK[department.work] + nature for nature in natures], len(periods)), "month": np.tile(periods, len(natures)),
    })  # fmt: skip
    amounts = zip(VERSIONS, (asked, asked * (1 - CUT / 2), final), strict=True)
    budgets = pd.concat([table.assign(version=version, amount=to_minor(each.ravel(), 2)) for version, each in amounts])
    rate = table["nature"].map(lambda nature: VAT.get(nature, settings.money.vat_services)) * (department.entity != "SOUTH")
    net = to_minor(np.concatenate(spent), 2)
    vat, accrued = np.rint(net * rate).astype(np.int64), np.rint(net * ACCRUED).astype(np.int64)
    return table.assign(need=to_minor(need.ravel(), 2)), budgets, table.assign(net=net, vat=vat, accrued=accrued)


def _pattern(nature: str, periods: pd.DatetimeIndex) -> np.ndarray:
    return SUMMER.get(nature, np.ones(12))[periods.month - 1]


def _spent(settings, department, nature, need, final, periods, habits):
    """What is spent: the need with its noise, over it where a department overspends; rushers spend of what is left in December."""
    noise = settings.people.expense_noise
    spent = need * np.exp(stream(settings.seed, "spending", department, nature).normal(-(noise**2) / 2, noise, len(need)))
    spent = spent * (1 + habits["overspend"])
    for year in sorted(set(periods.year)) if habits["rush"] else []:
        of_year = periods.year == year
        left = max(0.0, final[of_year].sum() - spent[of_year].sum())
        spent = spent + np.where(of_year & (periods.month == 12), habits["rush"] * left, 0.0)
    return spent
