"""Buyers whose truth is known: each has a rate of buying, a rate of leaving and a level of spending, drawn as the model says."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2020-01-01")
RATES = {"r": 0.8, "alpha": 8.0, "s": 0.7, "beta": 10.0}
SPEND = {"p": 6.0, "q": 4.0, "gamma": 15.0}


@dataclass(frozen=True)
class Shop:
    """Orders, and by customer the day on which they left (as week from the first day)."""

    orders: pd.DataFrame
    left: pd.Series

    def still(self, customers, closing: pd.Timestamp) -> np.ndarray:
        """Whether they really were customers at the end of that day."""
        return (self.left.reindex(customers) > (closing - FIRST).days / 7).to_numpy()


def shop(buyers: int, weeks: int = 78, seed: int = 1, joined: int = 12, free: float = 0.0, rates=RATES, spend=SPEND) -> Shop:
    """`buyers` who first buy in the first `joined` weeks, watched for `weeks`."""
    dice = np.random.default_rng(seed)
    rate = dice.gamma(rates["r"], 1 / rates["alpha"], buyers)
    leaving = dice.gamma(rates["s"], 1 / rates["beta"], buyers)
    start = dice.integers(0, joined * 7, buyers) / 7
    left = start + dice.exponential(1, buyers) / leaving
    stays = np.minimum(left, weeks) - start
    count = dice.poisson(rate * stays)
    who = np.concatenate([np.arange(buyers), np.repeat(np.arange(buyers), count)])
    week = np.concatenate([start, np.repeat(start, count) + dice.random(count.sum()) * np.repeat(stays, count)])
    level = dice.gamma(spend["q"], 1 / spend["gamma"], buyers)
    amount = np.round(dice.gamma(spend["p"], 1, len(who)) / level[who], 2) * (dice.random(len(who)) >= free)
    names = np.array([f"c{n:05d}" for n in range(buyers)])
    day = FIRST + pd.to_timedelta(np.floor(week * 7).astype(int), unit="D")
    orders = pd.DataFrame({"customer": names[who], "date": day, "quantity": 1.0, "amount": amount})
    return Shop(orders.sort_values(["date", "customer"], ignore_index=True), pd.Series(left, index=names))


def day(weeks: float) -> pd.Timestamp:
    """The last day of the first so many weeks."""
    return FIRST + pd.Timedelta(days=7 * weeks - 1)
