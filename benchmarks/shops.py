"""Made-up shops whose buyers depart from the model of `planning.model.lifetime` as buyers of real shops may.

Every shop has settings of its own, drawn: how many buyers, when they come (in one quarter, or all the time), how often they buy and how
much that differs (gamma or lognormal), how fast they slow down after the first purchase, how they leave (Weibull, some never), whether
later ones differ; a season, a trend, a wandering of all rates; amounts (lognormal, prices that move, dear buyers who buy more or less
often).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2020-01-01")
WEEKS = 240
"""How long a shop is watched."""
YEAR = 52.18


def settings(seed: int) -> dict:
    """What kind of shop it is, drawn."""
    dice = np.random.default_rng([seed, 1])
    return {
        "buyers": int(np.exp(dice.uniform(np.log(700), np.log(3000)))),
        "one_quarter": bool(dice.random() < 0.5),
        "every": float(np.exp(dice.uniform(np.log(5), np.log(40)))),  # weeks between purchases of the mean buyer
        "differs": float(dice.uniform(0.6, 1.6)),  # standard deviation of rates over their mean
        "lognormal": bool(dice.random() < 0.5),
        "eager": float(dice.uniform(0, 1)), "eager_weeks": float(dice.uniform(4, 30)),  # more at first, and for how long
        "stays": float(np.exp(dice.uniform(np.log(15), np.log(120)))), "stays_differ": float(dice.uniform(0.3, 1.5)),
        "stays_shape": float(dice.uniform(0.6, 1.6)), "never": float(dice.uniform(0, 0.3)),
        "later": float(dice.normal(0, 0.3)),  # log of the rate of buyers who come a year later
        "season": float(dice.uniform(0, 0.3)), "season_at": float(dice.uniform(0, 1)), "peak": float(max(0.0, dice.uniform(-0.6, 0.6))),
        "trend": float(dice.normal(0, 0.15)), "wander": float(dice.uniform(0, 0.1)),  # of the log rate: a year, a quarter
        "amount_differs": float(dice.uniform(0.3, 0.9)), "amount_scatters": float(dice.uniform(0.3, 0.8)),
        "dear": float(dice.normal(0, 0.2)), "prices": float(dice.normal(0.02, 0.05)), "amount_season": float(dice.uniform(0, 0.1)),
    }  # fmt: skip


def orders(seed: int) -> pd.DataFrame:
    """The shop's orders over all WEEKS: customer, date, amount."""
    made, dice = settings(seed), np.random.default_rng([seed, 2])
    start = dice.random(made["buyers"]) * (13 if made["one_quarter"] else 130)
    rate, left = _rates(made, start, dice), start + _stays(made, dice)
    level, most = _level(made, dice), 3.0
    stop = np.minimum(left, WEEKS)
    tries = dice.poisson(rate * most * level.max() * np.maximum(stop - start, 0))
    who = np.repeat(np.arange(len(start)), tries)
    week = start[who] + dice.random(len(who)) * (stop - start)[who]
    lively = level[np.minimum(week.astype(int), WEEKS - 1)] * (1 + made["eager"] * np.exp(-(week - start[who]) / made["eager_weeks"]))
    taken = dice.random(len(who)) * most * level.max() < lively
    who, week = np.concatenate([np.arange(len(start)), who[taken]]), np.concatenate([start, week[taken]])
    date = FIRST + pd.to_timedelta(np.floor(week * 7).astype(int), unit="D")
    amount = _amounts(made, rate, who, week, dice)
    return pd.DataFrame({"customer": who, "date": date, "amount": amount}).sort_values("date", ignore_index=True)


def _rates(made: dict, start: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    spread = made["differs"]
    if made["lognormal"]:
        sigma = np.sqrt(np.log1p(spread**2))
        own = np.exp(dice.normal(-(sigma**2) / 2, sigma, len(start)))
    else:
        own = dice.gamma(spread**-2, spread**2, len(start))
    return own / made["every"] * np.exp(made["later"] * start / YEAR)


def _stays(made: dict, dice: np.random.Generator) -> np.ndarray:
    count = made["buyers"]
    own = made["stays"] * np.exp(dice.normal(0, made["stays_differ"], count))
    return np.where(dice.random(count) < made["never"], np.inf, own * dice.weibull(made["stays_shape"], count))


def _level(made: dict, dice: np.random.Generator) -> np.ndarray:
    """How lively all buyers are in each week: season, a peak of six weeks a year, trend, and a wandering that knows no way back."""
    week = np.arange(WEEKS)
    phase = week / YEAR % 1
    wave = made["season"] * np.cos(2 * np.pi * (phase - made["season_at"])) + made["peak"] * (phase > 1 - 6 / YEAR)
    walk = np.repeat(np.cumsum(dice.normal(0, made["wander"], WEEKS // 13 + 1)), 13)[:WEEKS]
    return np.exp(wave + made["trend"] * week / YEAR + walk)


def _amounts(made: dict, rate: np.ndarray, who: np.ndarray, week: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    logs = np.log(rate)
    own = made["amount_differs"] * dice.normal(0, 1, len(rate)) + made["dear"] * (logs - logs.mean())
    moved = made["prices"] * week / YEAR + made["amount_season"] * np.cos(2 * np.pi * (week / YEAR - made["season_at"]))
    return np.round(np.exp(3.3 + own[who] + moved + made["amount_scatters"] * dice.normal(0, 1, len(who))), 2)
