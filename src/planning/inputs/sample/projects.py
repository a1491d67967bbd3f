"""Projects: what sponsors promise, what is decided on it, and what truly comes; capital spent month by month until it becomes an asset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

KINDS = (
    ("plant", "Line extension", "产线扩建", "160102", "160202", 6_000_000, 10),
    ("store", "Store refit", "门店改造", "160105", "160205", 1_200_000, 5),
    ("system", "Information system", "信息系统", "160104", "160204", 2_000_000, 5),
)
"""Code, words, the accounts of the asset and of its depreciation, yuan on average and years of life."""
SPONSORS = {"plant": ("D201", "D202", "D203", "D205"), "store": ("D301", "D302", "D303"), "system": ("D106", "D501", "D507")}
BUILDING = (3, 9)
"""Months in which the capital is spent, at the least and below."""
RATE = 0.09
"""A year, at which proposals are judged."""
MULTIPLE = 1.15
"""Value of the true flows over the capital, on average."""
NOISE = 0.25
"""Standard deviation of the logarithm of a project's true value, and of a year's flow."""


@dataclass(frozen=True)
class Projects:
    """`proposals`: project, sponsor, kind, decided (month), capital, promised by year, approved; `spent` and `flows` by month; `truth`."""

    proposals: pd.DataFrame
    spent: pd.DataFrame
    flows: pd.DataFrame
    truth: pd.DataFrame


def build_projects(settings: Settings, structure: Structure) -> Projects:
    """All projects ever proposed. A sponsor's optimism is the same in each of theirs."""
    draw, rates = stream(settings.seed, "projects"), settings.projects
    sponsors = sorted({code for codes in SPONSORS.values() for code in codes})
    optimism = dict(zip(sponsors, draw.normal(rates.optimism, rates.optimism_spread, len(sponsors)), strict=True))
    periods = month_range(month(settings.first_month), settings.months)
    counts = draw.poisson(rates.a_year / 12, len(periods))
    entity = structure.departments.set_index("code")["entity"]
    scale = {code: settings.size.part(whose) for code, whose in entity.items()}
    decided = np.repeat(np.arange(len(periods)), counts)
    told = [_project(settings, number, at, optimism, scale, periods) for number, at in enumerate(decided, 1)]
    proposals, spent, flows, truth = (_together([each[place] for each in told]) for place in range(4))
    for table in (proposals, spent, flows):
        if not table.empty:
            table.insert(0, "entity", table["sponsor"].map(entity))
    return Projects(proposals, spent, flows, truth)


def _project(
    settings: Settings, number: int, at: int, optimism: dict[str, float], scale: dict[str, float], periods: pd.DatetimeIndex
) -> tuple[pd.DataFrame, ...]:
    draw, code = stream(settings.seed, "project", number), f"J{number:04}"
    kind, _, _, asset, depreciation, usual, life = KINDS[int(draw.integers(len(KINDS)))]
    sponsor = SPONSORS[kind][int(draw.integers(len(SPONSORS[kind])))]
    capital = max(1_000.0, round(usual * scale[sponsor] * float(np.exp(draw.normal(0, 0.5))), -3))
    years = np.arange(1, life + 1)
    worth = capital * MULTIPLE * np.exp(draw.normal(0, NOISE))
    level = worth / ((1 + RATE) ** -years).sum()
    true = level * np.exp(draw.normal(-(NOISE**2) / 2, NOISE, life))
    promised = np.full(life, level * (1 + optimism[sponsor]))
    approved = (promised * (1 + RATE) ** -years).sum() > capital
    about = {"project": code, "sponsor": sponsor, "kind": kind}
    proposal = pd.DataFrame([{
        **about, "decided": periods[at], "capital": to_minor(capital, 2), "life": life, "asset_account": asset,
        "depreciation_account": depreciation, "promised": to_minor(promised, 2).tolist(), "approved": approved,
    }])  # fmt: skip
    truth = pd.DataFrame([{**about, "optimism": optimism[sponsor], "true_flows": to_minor(true, 2).tolist()}])
    months = int(draw.integers(*BUILDING))
    spent = _spent(about, capital, months, at, periods) if approved else _nothing()
    flows = _flows(about, true, at + months, periods) if approved else _nothing()
    return proposal, spent, flows, truth


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else _nothing()


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["project", "sponsor", "kind", "month", "amount", "ready"])


def _spent(about: dict, capital: float, months: int, at: int, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """Capital in even parts from the month after the decision; `ready` in the last of them, when it becomes an asset."""
    even, more = divmod(int(to_minor(capital, 2)), months)
    amounts = [even + (number < more) for number in range(months)]
    inside = [
        (periods[at + 1 + number], amount, number == months - 1) for number, amount in enumerate(amounts) if at + 1 + number < len(periods)
    ]
    return pd.DataFrame(inside, columns=["month", "amount", "ready"]).assign(**about)


def _flows(about: dict, true: np.ndarray, from_month: int, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """What a project truly brings, a twelfth of its year each month, as far as time has come."""
    monthly = np.repeat(true / 12, 12)
    inside = range(from_month + 1, min(from_month + 1 + len(monthly), len(periods)))
    rows = [(periods[at], int(to_minor(monthly[at - from_month - 1], 2)), False) for at in inside]
    return pd.DataFrame(rows, columns=["month", "amount", "ready"]).assign(**about)
