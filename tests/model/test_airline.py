"""The airline model: it whitens what it describes, and the likeliest one is near the truth."""

import numpy as np
import pytest
from scipy.linalg import solve

from planning.model.airline import _covariance, _differences, fitted, whitening


def moving(seed, months, level, pace, season=12):
    """A series whose differences are (1 − level·B)(1 − pace·Bˢ) of normal errors of spread 1."""
    rng = np.random.default_rng(seed)
    errors = rng.standard_normal(months + 2 * season + 2)
    once = errors[1:] - level * errors[:-1]
    moved = once[season:] - pace * once[:-season]
    amounts = np.zeros(len(moved))
    for at in range(season + 1, len(moved)):
        amounts[at] = moved[at] + amounts[at - 1] + amounts[at - season] - amounts[at - season - 1]
    return amounts[-months:]


@pytest.mark.parametrize("n, season", [(36, 12), (120, 12), (240, 12), (24, 4), (20, 1)])
def test_the_corner_of_the_longest_whitening_is_that_of_the_short_one(n, season):
    differences, whitened = _differences(n, season), whitening(n, season)
    factor = np.linalg.cholesky(_covariance(len(differences), season, 0.0, 0.2 if season > 1 else 0.0))
    at = 3 if season > 1 else 1  # θ = 0 with the first pace
    assert whitened.matrices[at] == pytest.approx(solve(factor, differences), abs=1e-9)
    assert whitened.penalties[at] == pytest.approx(np.log(np.diag(factor)).sum())


def test_what_is_left_over_has_the_spread_of_the_errors_and_no_memory():
    spreads, memories = [], []
    for seed in range(60):
        fit = fitted(moving(seed, 120, 0.6, 0.6), 12, logs=False)
        left = fit.matrix @ moving(seed, 120, 0.6, 0.6)
        spreads.append(fit.spread)
        memories.append(np.corrcoef(left[1:], left[:-1])[0, 1])
    assert np.mean(spreads) == pytest.approx(1, abs=0.05) and abs(np.mean(memories)) < 0.05


def test_level_and_season_that_never_move_leave_nothing():
    amounts = 10.0 * np.arange(60) + np.resize(np.arange(12.0) ** 2, 60)
    assert np.abs(whitening(60, 12).matrices @ amounts).max() < 1e-8


def test_growth_by_factors_is_told_from_growth_by_amounts():
    rng = np.random.default_rng(1)
    n, season = np.arange(120), np.resize(np.sin(np.arange(12)), 120)
    by_factor = 100 * np.exp(0.02 * n + 0.3 * season + 0.05 * rng.standard_normal(120))
    by_amount = 1000 + 10 * n + 200 * season + 30 * rng.standard_normal(120)
    assert fitted(by_factor, 12).logs and not fitted(by_amount, 12).logs and not fitted(by_amount - 1500, 12).logs


def test_columns_that_may_be_followed_say_nothing_of_the_spread():
    amounts = moving(2, 120, 0.6, 0.6)
    wild = amounts.copy()
    wild[50] += 1e4
    plain, freed = fitted(amounts, 12, logs=False), fitted(wild, 12, logs=False, loose=np.eye(120)[:, [50]])
    assert freed.spread == pytest.approx(plain.spread, rel=0.1)
