"""Made-up retailers whose channels' returns are known: weekly sales with a drifting baseline, a season, a condition, noise."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.model.response import Belief, Weeks

NAMES = {"radio": ("Radio", "广播"), "posters": ("Posters", "海报"), "leaflets": ("Leaflets", "传单")}
FIRST = pd.Timestamp("2019-01-07")


@dataclass(frozen=True)
class ChannelWorld:
    """Weeks as the model takes them, and the true returns (sales per unit spent, over all weeks)."""

    weeks: Weeks
    returns: np.ndarray
    brought: np.ndarray


def carried_over(spend, decay):
    """Geometric carry-over week by week, summing to what was spent."""
    working = np.empty_like(spend)
    left = spend[0] / 2
    for week, amount in enumerate(spend):
        left = decay * left + (1 - decay) * amount
        working[week] = left
    return working


SHAPES = (np.tanh, lambda x: 1 - np.exp(-x), lambda x: x / (x + 1), lambda x: np.log1p(x))


def build(seed: int, returns=None, weeks: int = 130, channels: int = 3, noise: float = 0.03, share: float = 0.04) -> ChannelWorld:
    """A retailer; returns are drawn around 1.5 unless given, and each channel saturates in a shape of its own."""
    chance = np.random.default_rng(seed)
    at = np.arange(weeks)
    flights = chance.gamma(1.2, 1.0, (weeks, channels)) * (chance.random((weeks, channels)) < 0.6)
    spend = flights / flights.mean(axis=0) * share * 1000 * chance.uniform(0.5, 1.5, channels)
    returns = np.exp(chance.normal(np.log(1.5), 0.8, channels)) if returns is None else np.asarray(returns, dtype=float)
    shapes = [SHAPES[each] for each in chance.integers(0, len(SHAPES), channels)]
    working = np.stack([carried_over(column, chance.uniform(0.1, 0.6)) for column in spend.T], axis=1)
    relative = working / working.mean(axis=0) / chance.uniform(0.8, 2.5, channels)
    done = np.stack([shape(column) for shape, column in zip(shapes, relative.T, strict=True)], axis=1)
    brought = returns * spend.sum(axis=0) * done / done.sum(axis=0)
    condition = chance.normal(size=weeks)
    level = 1000 * (1 + np.cumsum(chance.normal(0, 0.006, weeks)) + 0.1 * (at > weeks / 2) * (at - weeks / 2) / weeks)
    season = 120 * np.sin(2 * np.pi * at / 52.18 + chance.uniform(0, 6)) + 40 * np.cos(4 * np.pi * at / 52.18)
    sales = level + season + 30 * condition + brought.sum(axis=1) + chance.normal(0, 1000 * noise, weeks)
    return ChannelWorld(Weeks(sales, spend, condition[:, None]), returns, brought)


def event_tables(world: ChannelWorld) -> dict[str, pd.DataFrame]:
    """The world's event tables: campaigns, sales, conditions."""
    periods = pd.date_range(FIRST, periods=world.weeks.count, freq="7D")
    spend = [pd.DataFrame({"period": periods, "channel": code, "spend": column, "exposure": np.nan})
             for code, column in zip(NAMES, world.weeks.spend.T, strict=False)]  # fmt: skip
    condition = pd.DataFrame({"period": periods, "condition": "rain", "value": world.weeks.conditions[:, 0]})
    return {"campaigns": pd.concat(spend), "sales": pd.DataFrame({"period": periods, "amount": world.weeks.sales}), "conditions": condition}


def assumptions(**different) -> dict:
    """What the tests take as given of channels."""
    named = [(code, *both) for code, both in (NAMES | {"rain": ("Rain", "降雨")}).items()]
    labels = pd.DataFrame(named, columns=["code", "label_en", "label_zh"])
    given = {
        "as_of": "2021-07", "labels": labels, "budget": 0.0, "most_change": 0.3, "margin": 0.5, "risk": 1.0, "draws": 1024,
        "return_prior": 1.5, "return_factor": 2.5, "return_shared": 0.5, "worlds": 2, "currency": "USD",
    }  # fmt: skip
    return given | different


BELIEF = Belief(1.5, 2.5)
