"""Made-up business series on which networks are taught: levels, damped trends, seasons that drift, noise, cycles, shifts, one-offs.

They stand for what business series can look like, and for none in particular: no real figure is in them, so what is learnt from
them is owed to no series that is forecast later. All in logarithms; a year is `season` periods.
"""

from __future__ import annotations

import numpy as np

LONGEST = 14
"""Years of the longest series."""


def make_up(count: int, season: int, seed: int) -> list[np.ndarray]:
    """`count` series of logarithms, from two years and a half to LONGEST years long."""
    rng = np.random.default_rng(seed)
    length = LONGEST * season
    noise = np.exp(rng.uniform(np.log(0.005), np.log(0.3), count))
    wandering = rng.random(count) < 0.15
    total = _levels(rng, noise, wandering, season, length) + _seasons(rng, noise, season, length)
    total += (noise * np.where(wandering, 0.1, 1.0))[:, None] * _noise(rng, count, length)
    total += _events(rng, noise, length) + _cycles(rng, noise, season, length)
    lengths = rng.integers(2 * season + season // 2, length, count)
    return [row[:known] for row, known in zip(total, lengths, strict=True)]


def _levels(rng, noise, wandering, season, length) -> np.ndarray:
    """Local levels with a trend that is kept, damped or absent; some wander freely."""
    count = len(noise)
    loose = np.where(rng.random(count) < 0.8, rng.beta(1, 1.5, count), 0.0)
    loose = np.where(wandering, rng.uniform(0.8, 2.0, count), loose) * noise
    size = 0.04 / season * np.sqrt(np.minimum(noise / 0.05, 1.5) + 0.05)
    slope = np.where(rng.random(count) < 0.25, 0.0, rng.standard_t(2.5, count).clip(-6, 6) * size)
    kept = rng.choice([1, 1, 0.98, 0.95, 0.9, 0.8], count)
    unrest = np.where(rng.random(count) < 0.5, rng.beta(0.5, 4, count) * 0.25, 0.0) * noise
    rest = np.where(rng.random(count) < 0.5, slope, 0.3 * slope)
    steps, turns = rng.standard_t(6, (count, length)), rng.standard_normal((count, length))
    levels = np.zeros((count, length))
    for place in range(1, length):
        slope = rest + kept * (slope - rest) + unrest * turns[:, place]
        levels[:, place] = levels[:, place - 1] + slope + loose * steps[:, place]
    return levels


def _seasons(rng, noise, season, length) -> np.ndarray:
    """Seasons of a few waves, now and then one outstanding period, in three of four series; some drift."""
    count, places = len(noise), np.arange(season)
    there = rng.random(count) < 0.75
    size = np.exp(rng.uniform(np.log(0.005), np.log(0.5), count)) * np.sqrt(np.minimum(noise / 0.03, 2) + 0.2)
    waves = rng.integers(1, season // 2 + 1, count)
    shape = np.zeros((count, season))
    for wave in range(1, season // 2 + 1):
        turn = np.cos(2 * np.pi * wave * places / season + rng.uniform(0, 2 * np.pi, (count, 1)))
        shape += (wave <= waves)[:, None] * rng.standard_normal((count, 1)) / wave * turn
    shape[np.arange(count), rng.integers(0, season, count)] += np.where(rng.random(count) < 0.3, rng.normal(0, 2, count), 0)
    shape -= shape.mean(axis=1, keepdims=True)
    shape *= np.where(there, size, 0.0)[:, None] / (shape.std(axis=1, keepdims=True) + 1e-9)
    drift = np.where(there, rng.beta(0.5, 6, count) * 0.5, 0.0) * noise
    turns, seasons = rng.standard_normal((count, length)), np.zeros((count, length))
    for place in range(length):
        seasons[:, place] = shape[:, place % season]
        shape[:, place % season] += drift * turns[:, place]
    return seasons


def _noise(rng, count, length) -> np.ndarray:
    """Normal or heavy-tailed noise, some of it lasting from one period to the next."""
    lasting = rng.choice([0, 0, 0.3, 0.6], count)
    normal = rng.random((count, 1)) < 0.6
    noise = np.where(normal, rng.standard_normal((count, length)), rng.standard_t(4, (count, length)) / 1.4)
    for place in range(1, length):
        noise[:, place] = lasting * noise[:, place - 1] + np.sqrt(1 - lasting**2) * noise[:, place]
    return noise


def _events(rng, noise, length) -> np.ndarray:
    """A level shift in one of seven series, a single odd period in one of five."""
    count, places = len(noise), np.arange(length)
    size = np.sqrt(noise / 0.1)
    shift = np.where(rng.random(count) < 0.15, rng.normal(0, 0.3, count) * size, 0.0)
    events = shift[:, None] * (places >= rng.integers(0, length, (count, 1)))
    events[np.arange(count), rng.integers(0, length, count)] += np.where(rng.random(count) < 0.2, rng.normal(0, 0.5, count) * size, 0.0)
    return events


def _cycles(rng, noise, season, length) -> np.ndarray:
    """Business cycles of two and a half to seven years in one of five series."""
    count = len(noise)
    size = np.where(rng.random(count) < 0.2, rng.uniform(0.02, 0.2, count) * np.sqrt(noise / 0.05), 0.0)
    years = rng.uniform(2.5, 7, (count, 1))
    return size[:, None] * np.sin(2 * np.pi * np.arange(length) / (years * season) + rng.uniform(0, 2 * np.pi, (count, 1)))
