"""Windows: what a network is shown of a past, and what makes no difference to it."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.model.windows import LEAST_NOISE, UNSEEN, VIEWS, YEARS, cut_windows, cycle, describe, join_described, scale_of


def window(amounts, season=12):
    """The one window that ends with the last amount."""
    return cut_windows(np.asarray(amounts, dtype=float), season, 0, np.array([len(amounts)]))[0]


def noisy(seed, months=60):
    n = np.arange(months)
    return 5 + 0.02 * n + np.sin(2 * np.pi * n / 12) + 0.1 * np.random.default_rng(seed).standard_normal(months)


def test_a_window_has_its_last_point_at_the_right_and_nothing_before_its_first():
    past, future = cut_windows(np.arange(10.0), 4, 3, np.array([2, 9]))
    assert past.shape == (2, YEARS * 4) and past[0, -2:].tolist() == [0, 1] and np.isnan(past[0, :-2]).all()
    assert future[0].tolist() == [2, 3, 4] and future[1, 0] == 9 and np.isnan(future[1, 1:]).all()


@pytest.mark.parametrize("season", [12, 4])
def test_a_pure_season_is_recovered(season):
    shape = np.random.default_rng(1).normal(size=season)
    seen = describe(window(np.tile(shape, 5), season), season)
    assert np.allclose(seen.season[0], shape - shape.mean(), atol=1e-9)
    assert seen.level[0] == pytest.approx(shape.mean()) and abs(seen.slope[0]) < 1e-9 and seen.noise[0] == LEAST_NOISE


def test_the_season_comes_in_the_order_of_the_periods_ahead():
    shape = np.arange(12.0)
    seen = describe(window(np.resize(shape, 65)), 12)
    assert np.allclose(seen.season[0] + shape.mean(), np.roll(shape, -(65 % 12)), atol=1e-9)


def test_a_pure_line_has_its_slope_and_no_season():
    seen = describe(window(3 + 0.5 * np.arange(60)), 12)
    assert seen.slope[0] == pytest.approx(0.5) and np.abs(seen.season).max() < 1e-9


def test_noise_alone_has_hardly_a_season():
    """What chance shows of a season is shrunk by how unsure it is: over 200 windows of noise by more than half."""
    rng = np.random.default_rng(2)
    whole = np.concatenate([window(rng.standard_normal(60)) for _ in range(200)])
    raw = np.std([np.nanmean(row[-48:].reshape(4, 12), axis=0) for row in whole])
    assert describe(whole, 12).season.std() < raw / 2


@given(st.integers(0, 50), st.floats(-100, 100), st.floats(0.1, 50))
@settings(max_examples=40, deadline=None)
def test_what_is_shifted_and_stretched_is_described_in_the_same_units(seed, shift, stretch):
    """Levels move with the figures, noise, seasons and slopes stretch, and all else, told in units of noise, stays."""
    first, other = describe(window(noisy(seed)), 12), describe(window(shift + stretch * noisy(seed)), 12)
    assert np.allclose(other.level, shift + stretch * first.level) and np.allclose(other.noise, stretch * first.noise)
    assert np.allclose(other.season, stretch * first.season) and np.allclose(other.slope, stretch * first.slope)
    size = 8  # the logarithm of the noise is the one trait that tells the size
    assert other.traits[0, size] == pytest.approx(first.traits[0, size] + np.log(stretch))
    same = [place for place in range(first.traits.shape[1]) if place != size]
    assert np.allclose(other.traits[0, same], first.traits[0, same], atol=1e-6)
    assert np.allclose(other.adjusted, first.adjusted) and np.allclose(other.last, first.last) and np.allclose(other.before, first.before)


@given(st.integers(1, 30), st.integers(0, 20), st.sampled_from([12, 4]))
@settings(max_examples=60, deadline=None)
def test_whatever_is_known_a_description_is_finite_and_silent(known, seed, season):
    amounts = np.random.default_rng(seed).normal(size=known)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = describe(window(amounts, season), season)
        views = [part for view in VIEWS.values() for part in view(seen, 2 * season)]
    assert all(np.isfinite(values).all() for values in [*vars(seen).values(), *views]) and (seen.noise > 0).all()


def test_what_lies_before_the_window_is_not_seen():
    long = noisy(1, 200)
    changed = long.copy()
    changed[: 200 - YEARS * 12] = 99
    assert np.array_equal(describe(window(long), 12).traits, describe(window(changed), 12).traits)


def test_windows_are_described_each_by_itself():
    pasts = np.concatenate([window(noisy(seed, months)) for seed, months in ((1, 60), (2, 9), (3, 100))])
    together, apart = describe(pasts, 12), join_described([describe(pasts[place : place + 1], 12) for place in range(3)])
    assert all(np.allclose(one, other, rtol=1e-12) for one, other in zip(vars(together).values(), vars(apart).values(), strict=True))
    assert np.array_equal(together.rows(np.array([2])).level, together.level[2:])


def test_one_point_says_nothing_of_noise():
    seen = describe(window([4.0]), 12)
    assert seen.noise[0] == UNSEEN and seen.level[0] == 4


def test_the_plain_line_is_last_year_and_the_adjusted_line_level_season_and_half_the_slope():
    amounts = noisy(4)
    seen = describe(window(amounts), 12)
    assert np.allclose(VIEWS["plain"](seen, 24)[1][0], np.tile(amounts[-12:], 2))
    line = seen.level + np.tile(seen.season[0], 2) + seen.slope / 2 * np.arange(1, 25)
    assert np.allclose(VIEWS["adjusted"](seen, 24)[1][0], line)


def test_a_year_is_repeated_over_the_horizon():
    assert cycle(np.array([[1, 2, 3, 4]]), 6).tolist() == [[1, 2, 3, 4, 1, 2]]


@pytest.mark.parametrize(
    ("amounts", "logarithm"),
    [([100, 120, 90], True), ([100, 120, 3], False), ([100, 120, 0], False), ([100, 120, -90], False), ([0, 0], False)],
)
def test_positive_amounts_far_from_0_are_read_as_logarithms(amounts, logarithm):
    amounts = np.array(amounts, dtype=float)
    scale = scale_of(amounts)
    assert scale.logarithm is logarithm and np.allclose(scale.amounts(scale.read(amounts)), amounts)


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1, max_size=30), st.floats(1e-9, 1e9))
@settings(deadline=None)
def test_the_unit_of_money_is_not_read(amounts, factor):
    amounts = np.array(amounts)
    if amounts.any():
        here, there = scale_of(amounts), scale_of(factor * amounts)
        assert here.logarithm == there.logarithm and np.allclose(here.read(amounts), there.read(factor * amounts), rtol=1e-9, atol=1e-9)
