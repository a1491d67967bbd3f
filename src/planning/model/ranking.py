"""Ranks with their doubt: from one year's scores, and how much a unit's score moves from year to year anyway.

A score is taken as the unit's level that year plus noise. A unit's noise comes from its own earlier years, drawn towards what
is usual among its peers the more the fewer years it has (Smyth 2004: variances with a scaled inverse chi-squared prior, fitted
by moments of their logarithms). Levels are drawn towards their middle the more the larger the noise is against the differences
between units (a hierarchical model with a half-Cauchy prior on the spread; Gelman and others, Bayesian Data Analysis, chapters 5
and 17), so that equal units are not told apart by luck; the levels' distribution has long tails, so that one unit far from all
others stays there. Ranks are counted in draws of the levels. The noise holds whatever moved a unit in its earlier years, real
changes too; the year that is ranked has no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

STEPS = 20
"""Steps of the grid on which the spread of the levels is weighed."""
NOISES = 100
"""Sets of noise that are drawn at most; every set serves five draws of the levels or more."""
TAILS = 4.0
"""Degrees of freedom of the levels' spread: few, so that one unit far from all others is not drawn to them."""
STRETCHES = np.geomspace(0.3, 300, 6)
STRETCH_ODDS = STRETCHES ** (-TAILS / 2) * np.exp(-TAILS / 2 / STRETCHES)
STRETCH_ODDS = STRETCH_ODDS / STRETCH_ODDS.sum()
"""The t distribution as a mixture of normal ones: variances, as multiples of the usual one, and their odds."""
BELIEVED = 0.5
"""How far levels are believed to lie apart before any score is seen, as a multiple of the noise (the scale of a half-Cauchy
distribution). Small, so that few units that are all equal are seldom told apart: see the tests."""
TINY = 1e-300
STEADIEST = 0.5
"""No unit's score is held to be surer than this, in points: years in which it happened not to move say little."""
MOST_DEGREES = 1000.0
"""Degrees of freedom of a prior that leaves no doubt: every unit has the same noise."""


@dataclass(frozen=True)
class Ranking:
    """A year's ranks and their doubt.

    `table`: a row a unit (its index) with score, rank (1 is the highest score), rank_lower, rank_upper, noise (standard deviation
    in points), years (earlier ones that the noise rests on), upper_half (share of draws in the upper half of the ranks);
    `above`: share of draws in which the row's unit stands above the column's. Both in the order of the scores. Intervals and
    shares are missing where no unit has two earlier years.
    """

    table: pd.DataFrame
    above: pd.DataFrame


def own_noise(track: pd.DataFrame) -> pd.DataFrame:
    """Each unit's variance around its own mean over the years given, after what moved all alike: variance, degrees (years − 1).

    `track`: units in rows, years in columns, scores; a missing year is left out. Units with fewer than two years have no variance.
    """
    moved = track - track.median()
    years = moved.notna().sum(axis=1)
    return pd.DataFrame({"variance": moved.var(axis=1).where(years > 1), "degrees": (years - 1).clip(lower=0).astype(float)})


def usual_noise(own: pd.DataFrame) -> tuple[float, float]:
    """What variance is usual among units, and how many degrees of freedom that is worth: (variance, degrees).

    Missing where no unit has a variance. Example: units whose variances differ no more than chance makes them get 1000 degrees.
    """
    used = own[own["degrees"] > 0]
    if used.empty:
        return np.nan, 0.0
    half = used["degrees"].to_numpy() / 2
    logs = np.log(used["variance"].clip(lower=STEADIEST**2).to_numpy()) - digamma(half) + np.log(half)
    beyond = logs.var(ddof=1) - polygamma(1, half).mean() if len(used) > 2 else 0.0
    degrees = MOST_DEGREES if beyond <= polygamma(1, MOST_DEGREES / 2) else 2 * _inverse_trigamma(beyond)
    return float(np.exp(logs.mean() + digamma(degrees / 2) - np.log(degrees / 2))), degrees


def _inverse_trigamma(value: float) -> float:
    return brentq(lambda x: polygamma(1, x) - value, 1e-4, MOST_DEGREES)


def pooled_noise(track: pd.DataFrame) -> pd.DataFrame:
    """Own and usual noise together: variance and degrees of each unit, own years, floor applied."""
    own = own_noise(track)
    usual, worth = usual_noise(own)
    degrees = own["degrees"] + worth
    together = (own["variance"].fillna(0.0) * own["degrees"] + usual * worth) / degrees
    years = (own["degrees"] + 1).where(own["degrees"] > 0, track.notna().sum(axis=1))
    return pd.DataFrame({"variance": together.clip(lower=STEADIEST**2), "degrees": degrees, "years": years.astype(int)})


def draw_levels(scores: np.ndarray, noise: pd.DataFrame, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws of every unit's level and of its noise variance: two arrays of draws × units."""
    degrees, sets = noise["degrees"].to_numpy(), min(-(-draws // 5), NOISES)
    variances = noise["variance"].to_numpy() * degrees / rng.chisquare(degrees, (sets, len(scores)))
    spread, middle = _draw_peers(scores, variances, -(-draws // sets), rng)
    variances = np.repeat(variances, -(-draws // sets), axis=0)[:draws]
    spread, middle = spread[:draws, None], middle[:draws, None]
    widths = spread**2 * _draw_stretch(scores, variances, spread, middle, rng)
    weights = 1 / (variances + widths)
    total = weights.sum(axis=1, keepdims=True)
    middle = (weights * scores).sum(axis=1, keepdims=True) / total + rng.standard_normal(middle.shape) / np.sqrt(total)
    levels = (widths * scores + variances * middle) * weights
    levels += np.sqrt(widths * variances * weights) * rng.standard_normal(levels.shape)
    return levels + 1e-9 * rng.standard_normal(levels.shape), variances  # equal levels: any order is as good as another


def _draw_peers(scores: np.ndarray, variances: np.ndarray, each: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How far levels lie apart and around what middle, `each` draws a set of noise."""
    seen = max(float(np.std(scores)), STEADIEST)
    spreads = np.linspace(0, 2 * seen, STEPS + 1)
    middles = np.median(scores) + np.linspace(-3, 3, 7) * seen / np.sqrt(len(scores))
    weighed = np.stack([_evidence(scores, variances, spread, middles) for spread in spreads], axis=1)
    believed = -np.log1p(spreads**2 / (BELIEVED**2 * np.median(variances, axis=1, keepdims=True)))
    weighed = (weighed + believed[:, :, None]).reshape(len(variances), 1, -1)
    picked = np.argmax(weighed + rng.gumbel(size=(len(variances), each, weighed.shape[2])), axis=2).ravel()
    return spreads[picked // len(middles)], middles[picked % len(middles)]


def _evidence(scores: np.ndarray, variances: np.ndarray, spread: float, middles: np.ndarray) -> np.ndarray:
    """The log likelihood of the scores for each set of noise (rows) and middle (columns)."""
    by_stretch = variances[:, None, :, None] + spread**2 * STRETCHES
    off = (scores - middles[:, None])[None, :, :, None]
    return np.log((STRETCH_ODDS * np.exp(-0.5 * off**2 / by_stretch) / np.sqrt(by_stretch)).sum(axis=3) + TINY).sum(axis=2)


def _draw_stretch(scores, variances, spread, middle, rng: np.random.Generator) -> np.ndarray:
    """How much wider than usual a unit's level is spread, in each draw: few units may stand far from all others."""
    by_stretch = variances[:, :, None] + (spread**2)[:, :, None] * STRETCHES
    odds = np.log(STRETCH_ODDS) - 0.5 * np.log(by_stretch) - 0.5 * ((scores - middle) ** 2)[:, :, None] / by_stretch
    return STRETCHES[np.argmax(odds + rng.gumbel(size=odds.shape), axis=2)]


def ranks(levels: np.ndarray) -> np.ndarray:
    """Ranks in each draw (row), 1 for the highest."""
    return np.argsort(np.argsort(-levels, axis=1), axis=1) + 1


def central(counted: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The range of ranks that holds at least `level` of the draws, cut alike at both ends: lowest and highest of each unit."""
    tail = (1 - level) / 2
    return np.quantile(counted, tail, axis=0, method="lower"), np.quantile(counted, 1 - tail, axis=0, method="higher")


def rank_units(track: pd.DataFrame, level: float, draws: int, seed: int) -> Ranking:
    """The ranks of the last year's scores and their intervals, each stretched to hold the rank itself.

    `track`: units in rows, years in columns in order; the last column is ranked, units without a score in it are left out.
    """
    used = track[track.iloc[:, -1].notna()]
    return _rank(used.iloc[:, -1], pooled_noise(used.iloc[:, :-1]), level, draws, seed)


def rank_means(track: pd.DataFrame, level: float, draws: int, seed: int) -> Ranking:
    """The same for the mean over all years, after what moved all alike: a unit's noise is so much smaller as it has more years.

    This ranks what stayed the same over the years; a unit that has changed stands between what it was and what it is.
    """
    moved = track - track.median() + track.median().mean()
    noise = pooled_noise(track)
    years = track.notna().sum(axis=1)
    used = years[years > 0].index
    return _rank(moved.mean(axis=1)[used], noise.assign(variance=noise["variance"] / years).loc[used], level, draws, seed)


def _rank(scores: pd.Series, noise: pd.DataFrame, level: float, draws: int, seed: int) -> Ranking:
    scores = scores.sort_values(ascending=False, kind="stable")
    noise = noise.loc[scores.index]
    table = pd.DataFrame({"score": scores, "rank": scores.rank(ascending=False, method="min").astype(int)})
    table = table.assign(rank_lower=np.nan, rank_upper=np.nan, noise=np.sqrt(noise["variance"]), years=noise["years"], upper_half=np.nan)
    above = pd.DataFrame(np.nan, index=scores.index, columns=scores.index)
    if len(scores) and noise["variance"].notna().all():
        levels, _ = draw_levels(scores.to_numpy(), noise, draws, np.random.default_rng(seed))
        counted = ranks(levels)
        lower, upper = central(counted, level)
        table["rank_lower"], table["rank_upper"] = np.minimum(lower, table["rank"]), np.maximum(upper, table["rank"])
        table["upper_half"] = (2 * counted <= len(scores) + 1).mean(axis=0) if len(scores) > 1 else np.nan  # one alone stands in no half
        above[:] = [(levels[:, [at]] > levels).mean(axis=0) for at in range(len(scores))]
    return Ranking(table, above)


def not_told_from(ranking: Ranking, unit: str, level: float) -> list[str]:
    """The units that can't be told apart from one: neither stands above the other in at least `level` of the draws."""
    over, under = ranking.above.loc[unit], ranking.above[unit]
    return [other for other in ranking.above.index if other != unit and not (over[other] >= level or under[other] >= level)]


def pairs_told_apart(ranking: Ranking, level: float) -> tuple[int, int]:
    """How many pairs of units can be told apart, of how many."""
    share = ranking.above.to_numpy()
    upper = np.triu_indices(len(share), 1)
    return int((np.maximum(share, share.T)[upper] >= level).sum()), len(upper[0])


def standing(ranking: Ranking, sure: float) -> pd.Series:
    """Which half of the ranks each unit surely stands in: upper, lower, or open."""
    share = ranking.table["upper_half"]
    return pd.Series(np.select([share >= sure, share <= 1 - sure], ["upper", "lower"], "open"), share.index, name="standing")


def try_on_equals(ranking: Ranking, years: int, sure: float, level: float, trials: int, draws: int, seed: int) -> dict[str, int]:
    """How often luck alone would have been taken for merit: trials in which all units are equal and only as noisy as they are.

    Counted are the trials, those in which a unit was put surely in one half, by the year or by the mean of all years (long), and
    those in which one was ranked first without doubt.
    """
    noise, rng = ranking.table["noise"].to_numpy(), np.random.default_rng(seed)
    said = {"trials": 0, "halves": 0, "firsts": 0, "long_halves": 0}
    for trial in range(trials if np.isfinite(noise).all() and len(noise) > 1 else 0):
        track = pd.DataFrame(rng.standard_normal((len(noise), years + 1)) * noise[:, None])
        made, long = (rank(track, level, draws, seed + trial) for rank in (rank_units, rank_means))
        said["trials"] += 1
        said["halves"] += int((standing(made, sure) != "open").any())
        said["firsts"] += int((made.table["rank_upper"] == 1).any())
        said["long_halves"] += int((standing(long, sure) != "open").any())
    return said


def try_on_next_years(track: pd.DataFrame, level: float, draws: int, seed: int, least: int = 3) -> pd.DataFrame:
    """The method tried where what came is known: each year's ranks foretell the next year's, whose noise comes on top.

    A row a unit and year with at least `least` earlier years: unit, year (the one foretold), rank, lower, upper, inside. Units that
    have no score in both years stand aside. This tests noise and levels; what a unit's true rank was, nobody knows.
    """
    parts = []
    for at in range(least, track.shape[1] - 1):
        both = track[track.iloc[:, at].notna() & track.iloc[:, at + 1].notna()]
        noise = pooled_noise(both.iloc[:, :at])
        if len(both) > 1 and noise["variance"].notna().all():
            parts.append(_foretell(both, at, noise, level, draws, np.random.default_rng([seed, at])))
    columns = ["unit", "year", "rank", "lower", "upper", "inside"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _foretell(both: pd.DataFrame, at: int, noise: pd.DataFrame, level: float, draws: int, rng: np.random.Generator) -> pd.DataFrame:
    levels, variances = draw_levels(both.iloc[:, at].to_numpy(), noise, draws, rng)
    lower, upper = central(ranks(levels + np.sqrt(variances) * rng.standard_normal(levels.shape)), level)
    rank = both.iloc[:, at + 1].rank(ascending=False, method="average").to_numpy()
    inside = (rank >= lower) & (rank <= upper)
    return pd.DataFrame({"unit": both.index, "year": both.columns[at + 1], "rank": rank, "lower": lower, "upper": upper, "inside": inside})
