"""The airline model, by which a month is judged against the months around it and the same month of other years.

    (1 − B)(1 − Bˢ) y = (1 − θB)(1 − ΘBˢ) ε

A level and a season that both move, slowly where θ and Θ are near 1. It is the workhorse of official seasonal adjustment and
serves here not to forecast but to *whiten*: what it leaves over is what the season and the level don't explain, and a
one-off month, a new level or a working day can be read from that by plain regression. θ and Θ come from a small grid, so that
the whitening is one product with a matrix that all series share.

Source: Box and Jenkins (1970); Bell and Hillmer (1983) for its use with regressors; X-13ARIMA-SEATS.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular, toeplitz

LEVEL_GRID = (-0.3, 0.0, 0.3, 0.6, 0.8, 0.95)
"""θ: from a level that overreacts to one that hardly moves."""
SEASON_GRID = (0.2, 0.6, 0.95)
"""Θ: from a season that is last year's to one that hardly moves."""
FREEDOM = 4.0
"""Degrees of freedom of the t by which models are compared, so that a wild month doesn't choose the model."""
NEGLIGIBLE = 0.002
"""A spread below this share of the typical amount is taken as this share: nothing is told apart below it."""
TINY = 1e-9
"""Keeps the logarithm of a column that says nothing finite."""
LONGEST = 240
"""Periods that are whitened at once; a matrix grows with their square."""


class Whitening(NamedTuple):
    """What whitens n periods: `matrices` (models × n − s − 1 × n), `penalties`, half the log determinant of each model's covariance."""

    matrices: np.ndarray
    penalties: np.ndarray


class Fit(NamedTuple):
    """The model that serves one series: its whitening (rows × n), the robust spread of what it leaves over, whether in logarithms,
    and the spread below which nothing is told apart."""

    matrix: np.ndarray
    spread: float
    logs: bool
    floor: float


def whitening(n: int, season: int) -> Whitening:
    """The whitening of n periods, LONGEST at most, for each model of the grid; `season` 1 means none, and differences once.

    That of a short series is the corner of that of the longest, since the covariance is the same along its diagonals.
    """
    longest, rows = _longest_whitening(season), n - 1 - (season if season > 1 else 0)
    return Whitening(longest.matrices[:, :rows, :n], longest.penalties[:, rows - 1])


@cache
def _longest_whitening(season: int) -> Whitening:
    """The whitening of LONGEST periods; its penalties are models × rows, those of each number of rows."""
    differences = _differences(LONGEST, season)
    pairs = [(level, pace) for level in LEVEL_GRID for pace in (SEASON_GRID if season > 1 else (0.0,))]
    factors = [np.linalg.cholesky(_covariance(len(differences), season, *pair)) for pair in pairs]
    matrices = [solve_triangular(factor, differences, lower=True) for factor in factors]
    return Whitening(np.stack(matrices), np.cumsum([np.log(np.diag(factor)) for factor in factors], axis=1))


def _differences(n: int, season: int) -> np.ndarray:
    """The matrix that takes the difference to the period before, and of that the difference to the season before."""
    once = np.diff(np.eye(n), axis=0)
    return once if season == 1 else once[season:] - once[:-season]


def _covariance(n: int, season: int, level: float, pace: float) -> np.ndarray:
    """The covariance of n differences, as a multiple of the variance of ε."""
    weights = np.zeros(season + 2)
    for lag, weight in ((0, 1.0), (1, -level), (season, -pace), (season + 1, level * pace)):
        weights[lag] += weight
    lags = np.correlate(weights, weights, "full")[len(weights) - 1 :]
    return toeplitz(np.pad(lags, (0, max(n - len(lags), 0)))[:n])


def fitted(amounts: np.ndarray, season: int, logs: bool | None = None, loose: np.ndarray | None = None) -> Fit:
    """The likeliest model of a series without gaps. `logs`: None lets the likelihood decide, and only positive amounts can.

    `loose`: columns (n × k) that the amounts may freely follow, for instance regressors or periods that don't count.
    """
    scales = [log for log in ((False, True) if logs is None else (logs,)) if not log or (amounts > 0).all()]
    matrices, penalties = whitening(len(amounts), season)
    basis = np.zeros((len(matrices), matrices.shape[1], 0))
    if loose is not None and loose.shape[1]:
        basis, spans = np.linalg.qr(matrices @ loose)
        penalties = penalties + np.log(np.abs(np.diagonal(spans, axis1=1, axis2=2)) + TINY).sum(axis=1)
    fits = [_best(np.log(amounts) if log else amounts, matrices, penalties, basis, log) for log in scales]
    return max(fits, key=lambda fit: fit[0])[1]


def _best(values: np.ndarray, matrices: np.ndarray, penalties: np.ndarray, basis: np.ndarray, logs: bool) -> tuple[float, Fit]:
    """The likeliest model of the grid and its restricted log-likelihood, in the density of the amounts themselves.

    `basis`: models × rows × k, what each model's rest may freely follow and what therefore says nothing of its size.
    """
    left = matrices @ values
    left = left - (basis @ (basis.transpose(0, 2, 1) @ left[..., None]))[..., 0]
    rows, told = left.shape[1], max(left.shape[1] - basis.shape[2], 1)
    floor = NEGLIGIBLE * (1.0 if logs else float(np.median(np.abs(values))) or float(np.abs(values).max()) or 1.0)
    spreads = np.maximum(_t_spread(left) * (rows / told) ** 0.5, floor)
    bends = (FREEDOM + 1) / 2 * np.log1p(rows / told * (left / spreads[:, None]) ** 2 / FREEDOM).mean(axis=1)
    likelihood = -told * (np.log(spreads) + bends + (values[-rows:].mean() if logs else 0.0)) - penalties
    best = int(np.argmax(likelihood))
    return float(likelihood[best]), Fit(matrices[best], robust_spread(left[best], floor), logs, floor)


def _t_spread(left: np.ndarray, rounds: int = 8) -> np.ndarray:
    """The scale of a t with FREEDOM degrees for each row, by the usual reweighting."""
    square = left**2
    scale = np.maximum(np.median(square, axis=1), square.mean(axis=1) * 1e-6) + 1e-300
    for _ in range(rounds):
        scale = np.mean((FREEDOM + 1) * square / (FREEDOM + square / scale[:, None]), axis=1) + 1e-300
    return np.sqrt(scale)


def robust_spread(left: np.ndarray, floor: float) -> float:
    """The standard deviation that a normal sample with this median absolute size would have; never below `floor`."""
    return max(1.4826 * float(np.median(np.abs(left))), floor)
