"""Subscribers: contracts by the month, a hazard of leaving that nobody sees, complaints that raise it, and an experiment with an offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range, months_between
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

PLANS = (("1", "basic", 39.0), ("2", "family", 99.0), ("3", "care", 69.0))
"""Number of the account, code and yuan a month with tax."""
EARLY = 0.35
"""Of subscribers who had a contract before the first month."""
EXPERIMENT, OFFER_MONTHS = 0.65, 12
"""The experiment begins when this share of all months has passed; an offer works for so many months."""
COMPLAINT_MONTHS = 3
"""How long a complaint weighs."""


@dataclass(frozen=True)
class Subscribers:
    """Everyone who ever had a contract; `there`, `complained` and `logins` are subscribers × months."""

    codes: np.ndarray
    plan: np.ndarray  # at which place of PLANS
    joined: np.ndarray  # month number; below zero where it was earlier
    there: np.ndarray
    complained: np.ndarray
    logins: np.ndarray
    satisfaction: np.ndarray
    hazard: np.ndarray  # a month, before complaints and offers
    group: np.ndarray  # of the experiment: "", "control" or "offer"
    effect: np.ndarray  # of the offer on the logarithm of the hazard, had everyone got it
    begins: int  # month number of the experiment

    def left(self) -> np.ndarray:
        """The month number in which each is gone for the first time; the number of all months where they stay."""
        months = self.there.shape[1]
        last = months - self.there[:, ::-1].argmax(axis=1)
        return np.where(self.there.any(axis=1), last, np.maximum(self.joined, 0))

    def truth(self) -> pd.DataFrame:
        """What nobody is told: each one's hazard, and what the offer would change for them."""
        return pd.DataFrame({"subscriber": self.codes, "hazard": self.hazard, "offer_effect": self.effect})


def build_subscribers(settings: Settings) -> Subscribers:
    """The whole history, month after month."""
    size, months, rates = settings.size.subscribers, settings.months, settings.customers
    draw = stream(settings.seed, "subscribers")
    joined = np.where(draw.random(size) < EARLY, -1, draw.integers(0, months, size))
    plan = draw.choice(len(PLANS), size, p=[0.5, 0.3, 0.2])
    spread = rates.hazard_spread
    hazard = np.minimum(rates.hazard * np.exp(draw.normal(-(spread**2) / 2, spread, size)), 1.0)
    effect = draw.normal(rates.offer_effect, rates.offer_spread, size)
    begins = round(EXPERIMENT * months)
    lot = draw.random(size)
    complained = draw.random((size, months)) < rates.complaint
    chance = draw.random((size, months))
    there, group = np.zeros((size, months), dtype=bool), np.full(size, "", dtype=object)
    alive = joined < 0
    for now in range(months):
        alive = alive | (joined == now)
        if now == begins:
            group = _groups(alive, lot, rates.offer_share)
        there[:, now] = alive
        leaves = chance[:, now] < _odds(hazard, _upset(complained & there, now) * rates.complaint_effect, effect, group, now - begins)
        alive = alive & ~leaves
    complained &= there
    logins = draw.poisson(np.where(there, 12.0 / (1 + 8 * hazard[:, None]), 0.0))
    satisfaction = np.clip(np.rint(draw.normal(4.3 - 6 * hazard[:, None] - 0.8 * complained, 0.6)), 1, 5)
    codes = np.array([f"C{number:07}" for number in range(1, size + 1)])
    return Subscribers(codes, plan, joined, there, complained, logins, satisfaction, hazard, group, effect, begins)


def _groups(alive: np.ndarray, lot: np.ndarray, share: float) -> np.ndarray:
    """Who is in the experiment, half of them with the offer, by lot among those there."""
    group = np.full(len(lot), "", dtype=object)
    group[alive & (lot < share / 2)] = "offer"
    group[alive & (lot >= share / 2) & (lot < share)] = "control"
    return group


def _upset(complained: np.ndarray, now: int) -> np.ndarray:
    return complained[:, max(0, now - COMPLAINT_MONTHS) : now + 1].any(axis=1)


def _odds(hazard: np.ndarray, upset: np.ndarray, effect: np.ndarray, group: np.ndarray, since: int) -> np.ndarray:
    """Each one's odds of leaving at the end of a month."""
    offered = (group == "offer") & (0 <= since < OFFER_MONTHS)
    return np.minimum(hazard * np.exp(upset + np.where(offered, effect, 0.0)), 1.0)


def contracts(settings: Settings, them: Subscribers) -> pd.DataFrame:
    """subscriber, plan, price (cents a month with tax), start, end (missing where it goes on)."""
    periods = month_range(month(settings.first_month), settings.months + 1)
    left = them.left()
    plans = pd.DataFrame(PLANS, columns=["number", "plan", "price"]).iloc[them.plan].reset_index(drop=True)
    return pd.DataFrame({
        "subscriber": them.codes, "plan": plans["plan"], "price": to_minor(plans["price"], 2),
        "start": periods[np.maximum(them.joined, 0)], "end": pd.Series(periods[left]).where(left < settings.months),
    })  # fmt: skip


def charges_of(settings: Settings, them: Subscribers, period: pd.Timestamp) -> pd.DataFrame:
    """What a month's subscribers are charged: subscriber, number (of the plan's account), net and vat in cents."""
    first = month(settings.first_month)
    at = np.flatnonzero(them.there[:, months_between(first, period)])
    plans = pd.DataFrame(PLANS, columns=["number", "plan", "price"]).iloc[them.plan[at]]
    gross = to_minor(plans["price"], 2)
    net = np.rint(gross / (1 + settings.money.vat_services)).astype(np.int64)
    return pd.DataFrame(
        {"subscriber": them.codes[at], "number": plans["number"].to_numpy(), "date": period, "net": net, "vat": gross - net}
    )
