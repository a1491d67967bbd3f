"""Amounts drawn at random around a plan: Sobol points, amounts that miss together, spans that hold what they promise."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

SPAN = 0.8
"""The share of outcomes that an amount's lower and upper hold between them: one in ten lies below, one in ten above."""
REACH = float(ndtri((1 + SPAN) / 2))
"""Standard deviations from the middle to an edge of the span."""
SETS = 8
"""Independently scrambled sets of points; how far they differ is the simulation's own error."""
HALF_MEAN = 1 / np.sqrt(2 * np.pi)
"""The mean of the positive part of a standard normal."""


def set_size(draws: int) -> int:
    """Draws in each of the SETS: a power of two, as Sobol points need, so that all together are no fewer than asked."""
    return 1 << max(0, int(np.ceil(np.log2(max(draws, SETS) / SETS))))


def sobol_normals(dimensions: int, draws: int, seed: int) -> np.ndarray:
    """Independent standard normals, a row a draw, from scrambled Sobol points; the SETS follow each other."""
    seeds = np.random.SeedSequence(seed).spawn(SETS)
    size = set_size(draws)
    points = [qmc.Sobol(dimensions, rng=np.random.default_rng(own)).random(size) for own in seeds]
    return ndtri(np.clip(np.concatenate(points), 2.0**-40, 1 - 2.0**-40))


def plain_normals(dimensions: int, draws: int, seed: int) -> np.ndarray:
    """As many standard normals from ordinary random numbers, to compare with."""
    return np.random.default_rng(seed).standard_normal((SETS * set_size(draws), dimensions))


def paired_normals(dice: np.random.Generator, draws: int, columns: int) -> np.ndarray:
    """As many standard normals, each row but the last of an odd number followed by its opposite, so that their middle is 0 and leans
    nowhere by chance; the first rows of many are those of few."""
    half = dice.standard_normal((-(-draws // 2), columns))
    return np.stack([half, -half], axis=1).reshape(-1, columns)[:draws]


def shared_normals(normals: np.ndarray, group: np.ndarray, correlation: float) -> np.ndarray:
    """Standard normals of amounts that miss together: `correlation` within a group (a project), its square between groups.

    `normals`: one column for what all share, one a group, one an amount, in this order; `group`: each amount's group, 0, 1, ….
    """
    groups = int(group.max()) + 1 if len(group) else 0
    own, shared = np.sqrt(1 - correlation), np.sqrt(correlation)
    of_group = shared * normals[:, :1] + own * normals[:, 1 : 1 + groups]
    return shared * of_group[:, group] + own * normals[:, 1 + groups :]


def columns_needed(group: np.ndarray) -> int:
    """How many columns of normals `shared_normals` needs."""
    return 1 + (int(group.max()) + 1 if len(group) else 0) + len(group)


def spread_amounts(normals: np.ndarray, amounts, lower, upper) -> np.ndarray:
    """Amounts around their middles: one in ten below `lower`, one in ten above `upper`, half below the amount itself.

    A split normal: each side has its own standard deviation, so a lopsided span stays lopsided.
    """
    amounts, lower, upper = (np.asarray(side, dtype="float64") for side in (amounts, lower, upper))
    return amounts + normals * np.where(normals < 0, amounts - lower, upper - amounts) / REACH


def mean_amounts(amounts, lower, upper) -> np.ndarray:
    """The exact means of such amounts: off the middle where the span is lopsided."""
    amounts, lower, upper = (np.asarray(side, dtype="float64") for side in (amounts, lower, upper))
    return amounts + HALF_MEAN * ((upper - amounts) - (amounts - lower)) / REACH


def own_error(values: np.ndarray) -> float:
    """The standard error of the mean of simulated values (or of odds, from 0 and 1), from how the SETS differ."""
    means = np.asarray(values, dtype="float64").reshape(SETS, -1).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(SETS))


def expected_shortfall(values: np.ndarray, share: float) -> float:
    """The mean of the worst share of the values."""
    ordered = np.sort(np.asarray(values, dtype="float64"))
    return float(ordered[: max(1, round(share * len(ordered)))].mean())


def odds_of_beating(values: np.ndarray) -> np.ndarray:
    """In what share of the draws each column is worth more than each other one; a tie counts half. `values`: a row a draw."""
    columns = range(values.shape[1])
    more = np.stack([(values[:, [at]] > values).mean(axis=0) for at in columns])
    same = np.stack([(values[:, [at]] == values).mean(axis=0) for at in columns])
    return more + same / 2


def rank_range(values: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Between which ranks each column lies in the middle `level` of the draws; 1 is the largest."""
    ranks = values.shape[1] - np.argsort(np.argsort(values, axis=1), axis=1)
    edges = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(ranks, edges, axis=0, method="inverted_cdf")
    return low.astype(int), high.astype(int)
