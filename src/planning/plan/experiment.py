"""What offers do to subscribers, read from the experiment in the books, and whom an offer pays for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import RequestError
from planning.core.periods import month_end, months_after, months_between
from planning.model.churn import log_odds
from planning.model.contract_value import lifetime_value, stays_with_offer
from planning.model.uplift import AssumedOffer, Uplift, fit_uplift, group_size
from planning.plan.subscriber_history import CONTRACTS, Tables, known_on, months_left
from planning.plan.subscriber_odds import fit_until, months_before

OFFERS, CONTROL = "offers", "control"
"""The table of who took part, and the group in it that got nothing."""
WATCHED = 12
"""Months after the offer in which leaving counts: as long as a year, or as is known."""
YEAR = 12
HORIZON = 36
"""Months ahead whose margin is counted."""


@dataclass(frozen=True)
class Experiment:
    """An offer given by chance on the day after `day`. `rows`: subscriber, score (log-odds of leaving within `watched` months as told on
    that day), offered, left; `balance`: how far the groups' scores lay apart, in standard deviations; `uplift`: what it did."""

    day: pd.Timestamp
    watched: int
    rows: pd.DataFrame
    balance: float
    uplift: Uplift


def read_experiment(tables: Tables, as_of: pd.Timestamp, seed: int, workers: int = 1) -> Experiment | None:
    """The newest experiment whose outcome is known by `as_of`, at least a month of it; None where there is none that is large enough to
    read anything from."""
    offers = tables.get(OFFERS)
    if offers is None or offers.empty:
        return None
    begun = offers[offers["date"] <= as_of - pd.DateOffset(months=1)]
    both = begun.groupby("date")["group"].agg(lambda groups: (groups == CONTROL).any() and (groups != CONTROL).any())
    if not both.any():
        return None
    date = both[both].index.max()
    day = month_end(months_after(date.normalize().replace(day=1), -1))
    watched = min(WATCHED, months_between(day, as_of))
    groups = begun[begun["date"] == date].drop_duplicates("subscriber").set_index("subscriber")["group"]
    known = known_on(tables, day)
    known = known[known.index.isin(groups.index)]
    score = log_odds(fit_until(tables, day, seed, workers).odds(known, watched))
    until = months_before(day, -watched)
    left = months_left(tables[CONTRACTS], known.index, day, until).notna().to_numpy()
    offered = (groups.reindex(known.index) != CONTROL).to_numpy()
    rows = pd.DataFrame({"subscriber": known.index, "score": score, "offered": offered, "left": left})
    try:
        return Experiment(day, watched, rows, _apart(rows), fit_uplift(score, offered, left))
    except RequestError:
        return None


def _apart(rows: pd.DataFrame) -> float:
    means = rows.groupby("offered")["score"].mean()
    return float(abs(means.diff().iloc[-1]) / rows["score"].std())


@dataclass(frozen=True)
class Terms:
    """What an offer costs everybody who gets it, the margin on the price, the yearly rate of discount, how many months it works, how
    many months ahead count, and after how many of them it is made, to those who are still there."""

    offer_cost: float
    margin: float
    discount_rate: float
    lasting: int = WATCHED
    ahead: int = HORIZON
    begins: int = 0

    @property
    def cost_today(self) -> float:
        """What an offer costs, discounted to today."""
        return self.offer_cost * (1 + self.discount_rate) ** (-self.begins / YEAR)


def net_gains(
    stays: np.ndarray, offer: Uplift | AssumedOffer, price: np.ndarray, terms: Terms, values: np.ndarray | float | None = None
) -> pd.DataFrame:
    """By subscriber: risk (odds of leaving while an offer works), value (of all months ahead, without one), saved (by how much it lowers
    the risk), gain (what it adds to the value, less its cost).

    `stays`: the odds of still being there after month 1, 2, …, `terms.ahead`; `values`: of the offer, where they aren't the likeliest.
    Risk and saved are of those who are there when it is made.
    """
    risk, without, offered, kept = with_offer(stays, offer, terms, values)
    worth = lifetime_value(stays, price, terms.margin, terms.discount_rate)
    gain = lifetime_value(kept, price, terms.margin, terms.discount_rate) - worth - terms.cost_today * there_at(stays, terms)
    return pd.DataFrame({"risk": risk, "value": worth, "saved": without - offered, "gain": gain})


def there_at(stays: np.ndarray, terms: Terms) -> np.ndarray:
    """The odds of still being there when the offer is made."""
    return stays[:, terms.begins - 1] if terms.begins else np.ones(len(stays))


def with_offer(
    stays: np.ndarray, offer: Uplift | AssumedOffer, terms: Terms, values: np.ndarray | float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of those there when it is made the odds of leaving while an offer works, as told, as the experiment sees them without it and with
    it; and the odds of still being there with it, month by month."""
    there = there_at(stays, terms)[:, None]
    later = stays[:, terms.begins :] / np.maximum(there, 1e-12)
    risk = 1 - later[:, terms.lasting - 1]
    without, offered = offer.odds(log_odds(np.clip(risk, 1e-9, 1 - 1e-9)), values)
    kept = there * stays_with_offer(later, without, offered, terms.lasting)
    return risk, without, offered, np.hstack([stays[:, : terms.begins], kept])


def known_offer(experiment: Experiment | None, save_rate: float) -> Uplift | AssumedOffer:
    """What an offer does as the experiment tells; as assumed where there is none, or it tells nothing or that offers drive away."""
    told = experiment is not None and experiment.uplift.tells() and experiment.uplift.mean > 0
    return experiment.uplift if told else AssumedOffer(save_rate)


def design(rate: float, count: int, kept: float, terms: Terms, level: float = 0.95, power: float = 0.8) -> pd.Series:
    """An experiment that would tell an effect, among `count` subscribers: rate (that leaves in the months an offer works), kept (share of
    them to be told), each (how many subscribers in either group), enough (whether there are as many), cost (of the offers)."""
    each = group_size(rate, kept, level, power)
    return pd.Series({"rate": rate, "kept": kept, "each": each, "enough": 2 * each <= count, "cost": each * terms.offer_cost})
