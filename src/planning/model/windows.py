"""Windows of series as a network reads them: what was known at an origin, described in units of the series' own noise.

A window is the known past of one series, at most YEARS long, its last point at the right end and nothing (NaN) before its first.
All are taken at once: arrays have one row a window. Series of positive amounts far from 0 are read as logarithms, so that growth and
seasons are factors; others in units of their mean absolute amount. No unit of money changes what a network reads.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

YEARS = 6
"""Years of the past that a window holds."""
NEAR_ZERO = 0.05
"""Share of the median below which a smallest amount keeps a series from being read as logarithms."""
FAR = 12.0
"""Descriptions are cut here, in units of the series' noise: what is farther away tells no more."""
LEAST_NOISE = 1e-3
UNSEEN = 0.3
"""The noise of a series of one point, none of whose changes anybody has seen: that of the loudest made-up series."""


@dataclass(frozen=True)
class Scale:
    """How a series is read: in units of `unit`, or as the logarithms of that."""

    logarithm: bool
    unit: float

    def read(self, amounts: np.ndarray) -> np.ndarray:
        """The amounts as the windows hold them."""
        return np.log(amounts / self.unit) if self.logarithm else amounts / self.unit

    def amounts(self, read: np.ndarray) -> np.ndarray:
        """What was read, as amounts again."""
        return (np.exp(np.clip(read, -50, 50)) if self.logarithm else read) * self.unit


def scale_of(amounts: np.ndarray) -> Scale:
    """How a series (no NaN) is read."""
    typical = np.abs(amounts)
    middle = float(np.median(typical))
    if amounts.min() > NEAR_ZERO * middle and amounts.min() > 0:
        return Scale(True, middle)
    return Scale(False, float(typical.mean()) or 1.0)


def cut_windows(read: np.ndarray, season: int, horizon: int, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pasts (origins × YEARS of periods) and futures (origins × horizon) of one series; an origin is the number of known points."""
    long = YEARS * season
    padded = np.concatenate([np.full(long, np.nan), read, np.full(horizon, np.nan)])
    places = np.asarray(origins)[:, None]
    return padded[places + np.arange(long)], padded[places + long + np.arange(horizon)]


@dataclass(frozen=True)
class Described:
    """Windows described, a row each. `noise`: the unit, the mean absolute change of the adjusted series and over a year. `level`: the
    weighted mean of the adjusted past, newest most. `season`: the next year's seasonal deviations. `slope`: per period, over the
    window. `traits`: what kind of series (see `describe`). `adjusted`, `last`, `before`: the adjusted last year, and the last two years as
    they were in the order of the next year's periods, as distances from the level in units of noise."""

    noise: np.ndarray
    level: np.ndarray
    season: np.ndarray
    slope: np.ndarray
    traits: np.ndarray
    adjusted: np.ndarray
    last: np.ndarray
    before: np.ndarray

    def rows(self, places: np.ndarray) -> Described:
        """Some of the windows."""
        return Described(*(values[places] for values in vars(self).values()))


def join_described(parts: list[Described]) -> Described:
    """Windows described apart, one after the other."""
    return Described(*(np.concatenate(side) for side in zip(*(vars(part).values() for part in parts), strict=True)))


def describe(past: np.ndarray, season: int) -> Described:
    """What the windows show, all at once: seasonal deviations from a centred moving average, shrunk by how sure they are, then levels,
    slopes and noise of the adjusted past."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing: windows shorter than what is averaged
        return _describe(past, season)


def _describe(past: np.ndarray, season: int) -> Described:
    known = np.isfinite(past)
    deviations, strength, sure, unrest = _season(past, known, season)
    adjusted = past - np.tile(deviations, (1, YEARS))
    steps = np.nanmean(np.abs(np.diff(adjusted, axis=1)), axis=1)
    years = np.nanmean(np.abs(past[:, season:] - past[:, :-season]), axis=1)
    years = np.where(np.isfinite(years), years, steps)
    noise = np.where(known.sum(axis=1) > 1, np.maximum((steps + years) / 2, LEAST_NOISE), UNSEEN)
    levels = {share: _weighted_level(adjusted, known, share) for share in (0.1, 0.25, 0.5, 0.75)}
    level, unit = levels[0.5], noise[:, None]
    slopes = [_slope(adjusted, length) for length in (season // 2, season, 2 * season, YEARS * season)]
    recent = adjusted[:, -2 * season :]
    traits = np.column_stack([
        (adjusted[:, -1] - level) / noise, *((levels[share] - level) / noise for share in (0.1, 0.25, 0.75)),
        *(slope / noise * season for slope in slopes), np.log(noise), np.log(steps / years + 1e-3), strength, sure,
        np.log(known.sum(axis=1)), unrest / noise, (np.nanmax(recent, axis=1) - level) / noise, (np.nanmin(recent, axis=1) - level) / noise,
    ])  # fmt: skip
    last = past[:, -season:]
    before = past[:, -2 * season : -season]
    return Described(
        noise, level, deviations, slopes[-1], np.nan_to_num(traits, posinf=0.0, neginf=0.0),
        np.nan_to_num((adjusted[:, -season:] - level[:, None]) / unit), np.nan_to_num((last - level[:, None]) / unit),
        np.nan_to_num((np.where(np.isfinite(before), before, last) - level[:, None]) / unit),
    )  # fmt: skip


def _season(past: np.ndarray, known: np.ndarray, season: int) -> tuple[np.ndarray, ...]:
    """The seasonal deviations (in the order of the next year's periods), their strength, how sure they are, and what they leave over."""
    around = _centred_mean(past, known, season)
    by_year = (past - around).reshape(len(past), YEARS, season)
    count = np.isfinite(by_year).sum(axis=1)
    means = np.nanmean(by_year, axis=1)
    means = means - np.nanmean(means, axis=1, keepdims=True)
    left = np.nanvar(by_year - means[:, None], axis=(1, 2))
    strength = np.clip(1 - left / np.maximum(np.nanvar(by_year, axis=(1, 2)), 1e-12), 0, 1)
    years = count.mean(axis=1)
    unrest = left * years / np.maximum(years - 1, 0.5)
    spread = np.nanvar(means, axis=1)
    sure = np.maximum(spread - unrest / np.maximum(years, 1), 0) / np.maximum(spread, 1e-12)
    sure = np.where(count.min(axis=1) >= 1, np.nan_to_num(sure), 0.0)
    return np.nan_to_num(means) * sure[:, None], np.nan_to_num(strength), sure, np.sqrt(np.nan_to_num(unrest))


def _centred_mean(past: np.ndarray, known: np.ndarray, season: int) -> np.ndarray:
    """The mean of a whole year around each point; NaN where a year isn't known around it."""
    zero = np.zeros((len(past), 1))
    sums = np.concatenate([zero, np.cumsum(np.where(known, past, 0.0), axis=1)], axis=1)
    counts = np.concatenate([zero, np.cumsum(known, axis=1)], axis=1)
    means = (sums[:, season:] - sums[:, :-season]) / season
    whole = (counts[:, season:] - counts[:, :-season]) == season
    centred = np.where(whole[:, :-1] & whole[:, 1:], (means[:, :-1] + means[:, 1:]) / 2, np.nan)
    table = np.full_like(past, np.nan)
    table[:, season // 2 : season // 2 + centred.shape[1]] = centred
    return table


def _weighted_level(adjusted: np.ndarray, known: np.ndarray, share: float) -> np.ndarray:
    """The mean of the past with weights that fall by `share` a period."""
    weights = (1 - share) ** np.arange(adjusted.shape[1])[::-1] * known
    return (np.where(known, adjusted, 0.0) * weights).sum(axis=1) / weights.sum(axis=1)


def _slope(adjusted: np.ndarray, length: int) -> np.ndarray:
    """The least-squares slope per period over the last `length` periods, as far as they are known."""
    recent = adjusted[:, -length:]
    weights = np.isfinite(recent).astype(float)
    when = np.arange(length) - (weights * np.arange(length)).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    mean = np.where(weights > 0, recent, 0.0).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    rise = (weights * when * np.where(weights > 0, recent - mean, 0.0)).sum(axis=1)
    return rise / np.maximum((weights * when**2).sum(axis=1), 1e-9)


def cycle(by_season: np.ndarray, horizon: int) -> np.ndarray:
    """A year's columns repeated over the horizon."""
    return by_season[:, np.arange(horizon) % by_season.shape[1]]


def adjusted_view(seen: Described, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """What a network reads of the adjusted past, and the line it corrects: level, season and half the slope (as Theta has it)."""
    unit = seen.noise[:, None]
    years = [side - seen.season / unit for side in (seen.last, seen.before)]
    inputs = np.column_stack([seen.adjusted, *years, seen.season / unit, seen.traits])
    line = seen.level[:, None] + cycle(seen.season, horizon) + 0.5 * seen.slope[:, None] * np.arange(1, horizon + 1)
    return np.clip(inputs, -FAR, FAR), line


def plain_view(seen: Described, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """What a network reads of the last two years as they were, and the line it corrects: the same period of the last year."""
    middle = seen.last.mean(axis=1, keepdims=True)
    inputs = np.column_stack([seen.last - middle, seen.before - middle, seen.traits[:, [8, 9, 10, 12, 13]]])
    return np.clip(inputs, -FAR, FAR), cycle(seen.last, horizon) * seen.noise[:, None] + seen.level[:, None]


VIEWS = {"adjusted": adjusted_view, "plain": plain_view}
"""Two ways to look at the same window; networks that see different things err differently."""
