"""Worlds drawn of subscribers with contracts: who leaves when, whom an offer keeps, and what it all brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.model.calibration import draw_lines
from planning.model.churn import log_odds, probability_of
from planning.model.contract_value import discounts
from planning.model.uplift import AssumedOffer, Uplift
from planning.plan.experiment import Terms, there_at, with_offer

WORLDS = 300
POINTS = 80
"""Points of the curve of gain."""
YEAR = 12
AS_TOLD = np.array([0.0, 1.0])
"""The line on which odds lie that hold."""
QUARTERS = {"low": 0.25, "middle": 0.5, "high": 0.75}
BLOCK = 20_000
"""Subscribers drawn at a time, so that memory stays bounded."""


@dataclass(frozen=True)
class Worlds:
    """A row a world. `leavers`, `charges`: gone by the end of month 1, 2, … (and their prices a month); `value`: of everybody, without
    offers; `gains`: of offers to the first `at` of the list."""

    at: np.ndarray
    leavers: np.ndarray
    charges: np.ndarray
    value: np.ndarray
    gains: np.ndarray


@dataclass(frozen=True)
class Tried:
    """Odds of leaving within `months` that were told earlier, and who left."""

    months: int
    odds: np.ndarray
    left: np.ndarray


def draw_worlds(
    stays: np.ndarray, price: np.ndarray, listed: int, offer: Uplift | AssumedOffer, terms: Terms, tried: Tried, rng: np.random.Generator
) -> Worlds:
    """Worlds in which the odds are off by as much as in the trial, either way, the offer does as much as the experiment leaves open, and
    leaving is a matter of chance. `stays`, `price`: of the subscribers, best of the list first; `listed`: how many are on it."""
    at = np.unique(np.append(np.linspace(0, len(price), POINTS + 1).round(), listed).astype(int))
    drawn = zip(_draw_off(tried, rng), offer.draw(rng, WORLDS), strict=True)
    worlds = [_one(stays, price, at, offer, terms, line, tried.months, values, rng) for line, values in drawn]
    leavers, charges, value, gains = (np.array(each) for each in zip(*worlds, strict=True))
    return Worlds(at, leavers, charges, value, gains)


def draw_losses(stays: np.ndarray, charges: np.ndarray, tried: Tried | None, rng: np.random.Generator) -> np.ndarray:
    """What is lost with those who left by month in each world: worlds × groups × months. `charges`: subscribers × groups, a month's.

    The odds are off by as much as in the trial, either way; as told where nothing could be tried.
    """
    lines, months = (np.tile(AS_TOLD, (WORLDS, 1)), stays.shape[1]) if tried is None else (_draw_off(tried, rng), tried.months)
    lost = np.zeros((WORLDS, charges.shape[1], stays.shape[1]))
    for start in range(0, len(stays), BLOCK):
        own, pays = stays[start : start + BLOCK], charges[start : start + BLOCK].T
        for world, line in enumerate(lines):
            lost[world] += pays @ (_off(own, line, months) <= rng.random((len(own), 1)))
    return lost


def _draw_off(tried: Tried, rng: np.random.Generator) -> np.ndarray:
    """A line of each world on which the true log-odds lie, off those told by as much as in the trial, either way."""
    off = draw_lines(tried.left, log_odds(tried.odds), WORLDS, rng) - AS_TOLD
    return AS_TOLD + rng.choice([-1.0, 1.0], (WORLDS, 1)) * off


def _one(stays, price, at, offer, terms, line, months, values, rng):
    """Of a world: how many have left by month, their charges, the value of all, and the gain of offers to the first of the list."""
    worth, ahead = discounts(terms.ahead, terms.discount_rate), min(YEAR, terms.ahead)
    gone, charges, value, gains = np.zeros(ahead), np.zeros(ahead), 0.0, []
    for start in range(0, len(price), BLOCK):
        own, pays = _off(stays[start : start + BLOCK], line, months), price[start : start + BLOCK]
        luck = rng.random((len(pays), 1))
        there, kept = own > luck, with_offer(own, offer, terms, values)[3] > luck
        gone += (~there[:, :ahead]).sum(axis=0)
        charges += pays @ ~there[:, :ahead]
        value += terms.margin * float(pays @ (there @ worth))
        made = there_at(own, terms) > luck[:, 0]
        gains.append(terms.margin * pays * ((kept.astype(float) - there) @ worth) - terms.cost_today * made)
    total = np.append(0.0, np.cumsum(np.concatenate(gains))) if gains else np.zeros(1)
    return gone, charges, value, total[at]


def _off(stays: np.ndarray, line: np.ndarray, months: int) -> np.ndarray:
    """The odds of still being there where the true log-odds of leaving within `months` lie on this line of those told: each month's hazard
    is the same multiple of what was told."""
    told = np.clip(1 - stays[:, months - 1], 1e-9, 1 - 1e-9)
    true = probability_of(line[0] + line[1] * log_odds(told))
    return stays ** (np.log1p(-true) / np.log1p(-told))[:, None]


def ends(draws: np.ndarray, level: float) -> np.ndarray:
    """Both ends of the band of the draws."""
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)


def spread(draws: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Both ends of the band of the draws and their quarters: lower, low, middle, high, upper."""
    lower, upper = ends(draws, level)
    return {"lower": lower, "upper": upper} | {name: np.quantile(draws, at, axis=0) for name, at in QUARTERS.items()}


def gain_curve(gain: pd.Series, worlds: Worlds, level: float) -> pd.DataFrame:
    """The gain by how many are contacted, best first: contacted, gain, lower, upper; begins at nobody."""
    expected = np.append(0.0, gain.cumsum())[worlds.at]
    lower, upper = ends(worlds.gains, level)
    return pd.DataFrame({"contacted": worlds.at, "gain": expected, "lower": lower, "upper": upper})


def ahead_table(stays: np.ndarray, price: np.ndarray, worlds: Worlds, level: float) -> pd.DataFrame:
    """By month ahead: month, leavers and charges (a month, of those gone), each with _lower and _upper (the band), _low, _middle and _high
    (quarters of the worlds)."""
    months = worlds.leavers.shape[1]
    gone = 1 - stays[:, :months]
    table = {"month": np.arange(1, months + 1)}
    for name, expected, drawn in (("leavers", gone.sum(axis=0), worlds.leavers), ("charges", price @ gone, worlds.charges)):
        table |= {name: expected} | {f"{name}_{edge}": values for edge, values in spread(drawn, level).items()}
    return pd.DataFrame(table)
