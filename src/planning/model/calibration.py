"""Whether probabilities hold: bins of what was said and what came, the error that chance allows, and bands of counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.model.bands import wilson

BINS = 10


def reliability(happened: np.ndarray, probability: np.ndarray, level: float, bins: int = BINS) -> pd.DataFrame:
    """What was said and what came, in bins of equal size: said, n, count, rate, lower, upper (Wilson's interval of the rate)."""
    rows = []
    for members in np.array_split(np.argsort(probability, kind="stable"), bins):
        count, n = int(happened[members].sum()), len(members)
        lower, upper = wilson(count, n, level)
        said = float(probability[members].mean()) if n else np.nan
        rows.append({"said": said, "n": n, "count": count, "rate": count / n if n else np.nan, "lower": lower, "upper": upper})
    return pd.DataFrame(rows)


def calibration_error(happened: np.ndarray, probability: np.ndarray, bins: int = BINS) -> float:
    """The mean distance of what was said from what came, over bins of equal size (the expected calibration error)."""
    gaps = np.add.reduceat((happened - probability)[np.argsort(probability, kind="stable")], _starts(len(probability), bins))
    return float(np.abs(gaps).sum() / len(probability))


def _starts(n: int, bins: int) -> np.ndarray:
    return np.unique(np.linspace(0, n, min(bins, n), endpoint=False).astype(int))


def error_by_chance(probability: np.ndarray, draws: int, level: float, seed: int) -> float:
    """The calibration error that probabilities which hold stay under with odds `level`, from `draws` worlds drawn from them."""
    rng = np.random.default_rng(seed)
    worlds = [calibration_error(rng.random(len(probability)) < probability, probability) for _ in range(draws)]
    return float(np.quantile(worlds, level))


def calibration_line(happened: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The line of the true log-odds on the score, (intercept, slope), and its covariance; (0, 1) is perfect. Newton's method."""
    design, weights = np.column_stack([np.ones(len(score)), score]), np.ones(len(score)) if weights is None else weights
    line = np.array([0.0, 1.0])
    for _ in range(25):
        rate = 1 / (1 + np.exp(-design @ line))
        curvature = design.T @ (design * (weights * rate * (1 - rate))[:, None])
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), design.T @ (weights * (happened - rate)))
        line = line + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    return line, np.linalg.inv(curvature + 1e-9 * np.eye(2))


def draw_lines(happened: np.ndarray, score: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """The calibration line on samples of the customers drawn with replacement, (intercept, slope) a row."""
    n = len(score)
    samples = (rng.multinomial(n, np.full(n, 1 / n)).astype(float) for _ in range(draws))
    return np.array([calibration_line(happened, score, weights)[0] for weights in samples]).reshape(draws, 2)


def count_band(probability: np.ndarray, level: float, rng: np.random.Generator, draws: int = 2000) -> tuple[float, float]:
    """The band of how many of these happen when the probabilities hold."""
    counts = (rng.random((draws, len(probability))) < probability).sum(axis=1)
    low, high = np.quantile(counts, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def held_counts(rounds: pd.DataFrame, happened: np.ndarray, level: float, seed: int, groups: int = BINS) -> pd.DataFrame:
    """Within each fold of one round, by tenths of the probability: fold, group, n, expected, lower, upper, actual.

    `rounds`: fold, row, ours. The groups are disjoint, so how often the band held can be counted.
    """
    rng, rows = np.random.default_rng(seed), []
    for fold, part in rounds.groupby("fold"):
        ordered = part.sort_values("ours", kind="stable")
        for group, members in enumerate(np.array_split(np.arange(len(ordered)), groups)):
            said = ordered["ours"].to_numpy()[members]
            lower, upper = count_band(said, level, rng)
            actual = int(happened[ordered["row"].to_numpy()[members]].sum())
            rows.append((fold, group, len(said), said.sum(), lower, upper, actual))
    return pd.DataFrame(rows, columns=["fold", "group", "n", "expected", "lower", "upper", "actual"])
