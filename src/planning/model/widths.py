"""How far off forecasts are: widths learnt from the errors of a trial, pooled over the series of a panel in units of their noise.

Each error is set against what the series lets expect (its noise, how far the members of the recipe lie apart, how far ahead, and more:
see `_expected_of`); the quantiles of what is left are those of the whole panel, and where a panel is small of the made-up series that
come with the package. Source: conformal prediction with a normalised score (Papadopoulos and others 2002; Lei and others 2018); pooled
over series since a series' own trial is too short to tell its tails.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from planning.model.windows import Described, Scale

LEVELS = np.array([0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995])
"""Quantiles that are held; others lie on the line between two."""
MIDDLE = int(np.searchsorted(LEVELS, 0.5))
BESIDE = 10.0
"""Whole horizons of single series whose errors weigh as much as the made-up ones'."""
SMALL = 0.05
"""Errors and distances below this share of a series' noise tell no more by being smaller."""
NEAR = 1
"""Horizons on each side that a horizon's quantiles are pooled with."""


@dataclass(frozen=True)
class Widths:
    """`effects`: of what a series lets expect (see `_expected_of`) on the logarithm of its error. `quantiles`: LEVELS × horizon, of what is
    left; a horizon beyond takes the last. `usual`: the second moments of what lets expect,
    which say in what directions the effects are sure."""

    effects: np.ndarray
    quantiles: np.ndarray
    usual: np.ndarray

    def quantiles_around(self, levels: np.ndarray, path: np.ndarray, apart: np.ndarray, scales: list[Scale], seen: Described) -> np.ndarray:
        """The quantiles of amounts around a path: levels × series × horizon."""
        centre, unit = as_read(path, scales), seen.noise[:, None]
        expected = unit * np.exp(_expected_of(apart_as_read(apart, path, scales), seen) @ self.effects)
        places = np.minimum(np.arange(path.shape[1]), self.quantiles.shape[1] - 1)
        held = np.array([np.interp(levels, LEVELS, self.quantiles[:, place]) for place in places]).T
        found = centre[None] + held[:, None, :] * expected[None]
        return np.array([[scale.amounts(row) for scale, row in zip(scales, level, strict=True)] for level in found])


def as_read(paths: np.ndarray, scales: list[Scale]) -> np.ndarray:
    """Paths of amounts as their series are read; an amount at or below 0 of a series of logarithms counts as the smallest positive."""
    return np.array([
        scale.read(np.maximum(row, _floor(row, scale)) if scale.logarithm else row) for row, scale in zip(paths, scales, strict=True)
    ]).reshape(paths.shape)  # fmt: skip


def _floor(row: np.ndarray, scale: Scale) -> float:
    positive = row[row > 0]
    return float(positive.min()) / 10 if len(positive) else 1e-6 * scale.unit


def apart_as_read(apart: np.ndarray, path: np.ndarray, scales: list[Scale]) -> np.ndarray:
    """Distances of amounts in the units in which their series are read."""
    rows = [
        distance / np.maximum(np.abs(row), _floor(np.abs(row), scale)) if scale.logarithm else distance / scale.unit
        for distance, row, scale in zip(apart, path, scales, strict=True)
    ]
    return np.array(rows).reshape(path.shape)


def _expected_of(apart: np.ndarray, seen: Described) -> np.ndarray:
    """What lets expect an error, series × horizon × 10: one, how far ahead, how far apart the members lie; the season's strength, the
    trend and the last year's slope of the series, its noise, and how far its last two years reached; and how much it
    stays (its change over one period beside that over a year), alone and the farther ahead: what wanders errs more and more."""
    rows, ahead = apart.shape
    ones, farther = np.ones((rows, ahead)), np.log(np.arange(1, ahead + 1)) * np.ones((rows, ahead))
    traits = seen.traits
    reached = np.clip(traits[:, 14], 0, 8) + np.clip(-traits[:, 15], 0, 8)
    slopes = (np.clip(np.abs(traits[:, place]), 0, 6) for place in (6, 5))
    of_series = [traits[:, 10], *slopes, np.clip(traits[:, 8], -7, 0), reached]
    stays = np.clip(traits[:, 9], -3.0, 0.5)[:, None]
    far = np.log(apart / seen.noise[:, None] + SMALL)
    return np.stack([ones, farther, far, *(trait[:, None] * ones for trait in of_series), stays * ones, stays * farther], axis=2)


def learn_widths(path: np.ndarray, actual: np.ndarray, apart: np.ndarray, scales: list[Scale], seen: Described, series: np.ndarray,
                 told: float, prior: Widths | None) -> Widths:  # fmt: skip
    """Widths from a trial's paths and what came (rows × horizon), `series` saying whose each row is; they tell of so many whole horizons of
    single series (see tried.spans_of). The prior where there is no row. What is left of an error is set against effects learnt from the
    other half of the series: errors that made their own width would look too small. How far the panel leaned to one side is believed as
    one whole horizon more without a lean would have it: all series leaned in the same months, so that it is one chance and not many."""
    known = np.isfinite(actual) & np.isfinite(path)
    if not known.any():
        if prior is None:
            raise ValueError("neither a trial nor a prior to learn widths from")
        return prior
    left = (as_read(actual, scales) - as_read(path, scales)) / seen.noise[:, None]
    signs = _expected_of(apart_as_read(apart, path, scales), seen)
    effects, usual = _effects(signs[known], left[known], told, prior)
    expected = signs @ effects
    half = series % 2 == 1
    for rows in (half, ~half):
        if known[rows].any() and known[~rows].any():
            others, _ = _effects(signs[~rows][known[~rows]], left[~rows][known[~rows]], told / 2, prior)
            expected[rows] = signs[rows] @ others
    spread = np.where(known, left, np.nan) / np.exp(expected)
    beside = told + (0 if prior is None else BESIDE)
    own = np.array([_quantiles(spread[:, max(0, place - NEAR) : place + NEAR + 1], beside) for place in range(spread.shape[1])]).T
    if prior is None:
        return Widths(effects, own, usual)
    own = own - own[MIDDLE] / (1 + told / len(np.unique(series)))
    places = np.minimum(np.arange(own.shape[1]), prior.quantiles.shape[1] - 1)
    share = np.where(np.isfinite(own), told / (told + BESIDE), 0.0)
    own = np.where(np.isfinite(own), own, 0.0)
    return Widths(effects, share * own + (1 - share) * prior.quantiles[:, places], usual)


def _quantiles(spread: np.ndarray, told: float) -> np.ndarray:
    """LEVELS of what is known, as far out as the next error of so many may lie (the order statistic of conformal prediction: of a
    hundred errors nine tenths lie below the ninety-first of a hundred and one); missing where nothing is known."""
    known = spread[np.isfinite(spread)]
    outward = np.clip((LEVELS * (told + 1) - 0.5) / told, 0, 1)
    return np.quantile(known, outward, method="hazen") if len(known) else np.full(len(LEVELS), np.nan)


def _effects(signs: np.ndarray, left: np.ndarray, told: float, prior: Widths | None) -> tuple[np.ndarray, np.ndarray]:
    """Least squares on the logarithm of what is left, as if the prior's series stood beside, BESIDE horizons of them; and the moments."""
    usual = signs.T @ signs / len(signs)
    start = np.zeros(len(usual)) if prior is None else prior.effects
    held = 1e-9 * np.eye(len(usual))  # what is always 0 (one horizon only, a series that never moves) has no effect of its own
    if prior is not None:
        held += BESIDE / told * prior.usual
    logs = np.log(np.abs(left) + SMALL)
    return start + np.linalg.solve(usual + held, signs.T @ (logs - signs @ start) / len(signs)), usual


@cache
def made_up_widths(season: int) -> Widths:
    """The widths learnt from made-up series that no network was taught on."""
    with as_file(files("planning.model") / "made_up_networks.npz") as path, np.load(path) as held:
        return Widths(*(held[f"{season}_{part}"].astype(float) for part in ("effects", "quantiles", "usual")))
