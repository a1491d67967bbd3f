"""How long each subscriber who is here stays and what they are still worth, with intervals, from tenure and who has left.

For sources that say neither when somebody came nor when they left: the odds of leaving are told by month of tenure (model.survival).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.errors import Problem, RequestError
from planning.model.attributes import Attributes
from planning.model.contract_value import lifetime_value, value_ends
from planning.model.survival import Survival, Tried, fit_survival, months_ahead, months_until, stays_of_log_odds
from planning.model.survival_scores import gap_by_chance, groups_by_odds, mean_gap

WITHIN = (1, 3, 12)
"""Months within which the odds of leaving are told: about 30, 90 and 365 days."""
HORIZON = 36
"""Months ahead whose margin is counted."""
WORLDS = 400
"""Worlds drawn: odds of leaving as unsure as they are, and in each who leaves when."""
TOLD = 0.9
"""Harrell's C above which the tenure itself must be among the attributes."""
OFF = 0.01
"""A distance of the odds told from what came, the mean over ten groups, that matters beyond what chance explains."""


@dataclass(frozen=True)
class Worth:
    """What turns staying into money: the margin on a month's charge (a share), the yearly rate of discount, how many months are counted."""

    margin: float
    discount_rate: float
    months: int = HORIZON


@dataclass(frozen=True)
class Lifetimes:
    """What is told of those who are here, with intervals at `level`.

    `people`, by the index of the rows: tenure, charge, odds_1, odds_3, odds_12 (of leaving within so many months from now), median (months
    until the odds of having left reach one half; missing where they don't within `worth.months`), value, lower, upper (discounted
    margin of the months ahead; the interval is of what one customer will bring, as chance has it: beside it the doubt in the odds is
    small. `value` is the mean, and may lie below `lower` of somebody who all but surely stays).
    `total`: value, lower, upper of all, and the standard deviations it is made of: estimate (odds are learnt), chance (who leaves).
    `stays`: the odds of still being there after each month ahead, people × months; these, and all odds and values, are the mean of the
    worlds drawn. `curve`: month ahead, stays (share of those here who
    still are), lower, low, middle, high, upper (the interval, half of the worlds, and the worlds' median). Customers are taken to leave
    each for themselves: what would drive many away at once, and hasn't yet, is in no interval. How often the intervals held is measured
    by benchmarks/survival.py.
    """

    level: float
    worth: Worth
    survival: Survival
    people: pd.DataFrame
    total: pd.Series
    stays: pd.DataFrame
    curve: pd.DataFrame


def build_lifetimes(
    rows: pd.DataFrame, tenure: np.ndarray, left: np.ndarray, charge: np.ndarray, attributes: Attributes, worth: Worth, level: float,
    seed: int, workers: int = 1,
) -> Lifetimes:  # fmt: skip
    """Learnt from all subscribers (`rows`, `tenure` in months, whether they have `left`) and told of those who haven't.

    `charge`: what each pays a month. RequestError where it can't be learnt (model.survival.fit_survival), nobody is here, or a charge of
    those who are isn't known.
    """
    survival = fit_survival(rows, tenure, left, attributes, seed, workers)
    here = ~np.asarray(left, dtype=bool)
    return tell_lifetimes(survival, rows[here], np.asarray(tenure)[here], np.asarray(charge)[here], worth, level, seed)


def tell_lifetimes(
    survival: Survival, rows: pd.DataFrame, tenure: np.ndarray, charge: np.ndarray, worth: Worth, level: float, seed: int
) -> Lifetimes:
    """The same of those who are here, from odds already learnt."""
    tenure, charge = np.asarray(tenure, dtype=float), np.asarray(charge, dtype=float)
    _check(rows, charge)
    by_fold, rng = survival.log_odds(rows, months_ahead(tenure, max(worth.months, *WITHIN))), np.random.default_rng(seed)
    stays, drawn = np.zeros(by_fold.shape[1:]), []
    for _ in range(WORLDS):
        odds = stays_of_log_odds(survival.draw(by_fold, rng))
        drawn.append(_one_world(odds[:, : worth.months], charge, worth, rng))
        stays += odds / WORLDS
    ends = [(1 - level) / 2, (1 + level) / 2]
    people = _people(rows, tenure, charge, stays, worth, ends)
    expected, came, there = (np.array(each) for each in zip(*drawn, strict=True))
    total = dict(zip(["value", "lower", "upper"], [people["value"].sum(), *np.quantile(came, ends)], strict=True))
    spread = {"estimate": expected.std(), "chance": (came - expected).std()}
    months = pd.RangeIndex(1, worth.months + 1, name="month")
    edges = {"lower": ends[0], "low": 0.25, "middle": 0.5, "high": 0.75, "upper": ends[1]}
    drawn = {name: np.quantile(there, edge, axis=0) for name, edge in edges.items()}
    curve = pd.DataFrame({"stays": stays[:, : worth.months].mean(axis=0), **drawn}, index=months).reset_index()
    each = pd.DataFrame(stays[:, : worth.months], rows.index, months)
    return Lifetimes(level, worth, survival, people, pd.Series(total | spread), each, curve)


def _one_world(stays: np.ndarray, charge: np.ndarray, worth: Worth, rng: np.random.Generator) -> tuple[float, float, np.ndarray]:
    """Given these odds: what is to be expected of all, what came in one draw of who leaves when, and who was still there by month."""
    there = stays > rng.random(len(stays))[:, None]
    expected, came = (lifetime_value(odds, charge, worth.margin, worth.discount_rate).sum() for odds in (stays, there))
    return float(expected), float(came), there.mean(axis=0)


def _people(rows: pd.DataFrame, tenure: np.ndarray, charge: np.ndarray, stays: np.ndarray, worth: Worth, ends: list[float]) -> pd.DataFrame:
    ahead, months = stays[:, : worth.months], months_until(stays)
    lower, upper = value_ends(ahead, charge, worth.margin, worth.discount_rate, ends[1] - ends[0])
    told = {f"odds_{month}": 1 - stays[:, month - 1] for month in WITHIN}
    value = lifetime_value(ahead, charge, worth.margin, worth.discount_rate)
    return pd.DataFrame({"tenure": tenure, "charge": charge, **told, "median": np.where(months > worth.months, np.nan, months),
                         "value": value, "lower": lower, "upper": upper}, index=rows.index)  # fmt: skip


def _check(rows: pd.DataFrame, charge: np.ndarray) -> None:
    unknown = ~np.isfinite(charge)
    if not len(rows):
        raise RequestError("subscribers", [Problem("nobody is here", "subscribers", "all have left", "somebody who hasn't")])
    if unknown.any():
        names = ", ".join(str(name) for name in rows.index[unknown][:5])
        said = f"{int(unknown.sum())} without a charge"
        raise RequestError("subscribers", [Problem(said, "subscribers", names, "what each pays a month")])


def gap_within(tried: Tried, tenure: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    """How far odds of leaving within the first year of tenure lay from what came, the mean of ten groups by odds; and what that stays
    under by chance (model.survival_scores)."""
    months = min(max(WITHIN), tried.stays.shape[1])
    grouped = groups_by_odds(1 - tried.stays[:, months - 1], months, np.asarray(tenure, dtype=float), np.asarray(left, dtype=bool))
    return mean_gap(grouped), gap_by_chance(grouped)


def check_lifetimes(lifetimes: Lifetimes, tried: Tried, tenure: np.ndarray, left: np.ndarray, ceiling: float = TOLD) -> list[Check]:
    """What must hold: nothing that tells the tenure is among the attributes, and the odds within a year came true.

    `tried`, `tenure`, `left`: of all subscribers (model.survival.try_survival)."""
    told, (gap, chance) = tried.concordance(), gap_within(tried, tenure, left)
    allowed, total = OFF + chance, lifetimes.total
    return [
        Check("subscribers: no leak: who leaves sooner is told no better than it can honestly be", told <= ceiling,
              f"{told:.4f} ≤ {ceiling}"),
        Check("subscribers: odds by month of tenure held in ten groups", gap <= allowed, f"{gap:.4f} ≤ {allowed:.4f}"),
        Check("subscribers: the total lies within its interval", bool(total["lower"] <= total["value"] <= total["upper"]),
              f"{total['lower']:,.0f} ≤ {total['value']:,.0f} ≤ {total['upper']:,.0f}"),
    ]  # fmt: skip
