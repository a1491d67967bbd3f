"""Simulated amounts: spans that hold what they promise, amounts that miss together, and an error that is told truly."""

import numpy as np
import pytest
from scipy.stats import norm

from planning.model.cash_draws import (
    SETS,
    columns_needed,
    expected_shortfall,
    mean_amounts,
    odds_of_beating,
    own_error,
    paired_normals,
    plain_normals,
    rank_range,
    set_size,
    shared_normals,
    sobol_normals,
    spread_amounts,
)

GROUP = np.array([0, 0, 0, 1, 1])
AMOUNTS, LOWER, UPPER = np.full(5, 100.0), np.full(5, 40.0), np.array([110.0, 120.0, 100.0, 160.0, 120.0])


def drawn(draws=8192, seed=1, normals=sobol_normals, correlation=0.4):
    return shared_normals(normals(columns_needed(GROUP), draws, seed), GROUP, correlation)


def test_one_in_ten_lies_below_a_span_and_one_in_ten_above():
    amounts = spread_amounts(drawn(), AMOUNTS, LOWER, UPPER)
    assert (amounts < LOWER).mean(axis=0) == pytest.approx(0.1, abs=0.005)
    wide = UPPER > AMOUNTS
    assert (amounts > UPPER).mean(axis=0)[wide] == pytest.approx(0.1, abs=0.005)
    assert (amounts < AMOUNTS).mean(axis=0) == pytest.approx(0.5, abs=0.01), "the amount itself is the middle"


def test_an_amount_without_a_span_is_certain():
    assert (spread_amounts(drawn(), AMOUNTS, AMOUNTS, AMOUNTS) == 100).all()


def test_the_exact_means_are_those_of_very_many_ordinary_draws():
    amounts = spread_amounts(drawn(2**17, normals=plain_normals), AMOUNTS, LOWER, UPPER)
    spread = amounts.std(axis=0) / np.sqrt(len(amounts))
    assert (np.abs(amounts.mean(axis=0) - mean_amounts(AMOUNTS, LOWER, UPPER)) < 4 * spread).all()
    assert mean_amounts([100.0], [90.0], [110.0]) == pytest.approx([100.0]), "an even span keeps the mean in the middle"


def test_amounts_miss_together_as_told_within_and_between_projects():
    normals = drawn(2**16, normals=plain_normals, correlation=0.4)
    found = np.corrcoef(normals.T)
    assert found[0, 1] == pytest.approx(0.4, abs=0.02) and found[3, 4] == pytest.approx(0.4, abs=0.02)
    assert found[0, 3] == pytest.approx(0.16, abs=0.02)
    assert normals.std(axis=0) == pytest.approx(1, abs=0.02)


def test_the_same_seed_draws_the_same_and_another_does_not():
    assert (drawn(seed=4) == drawn(seed=4)).all() and (drawn(seed=4) != drawn(seed=5)).any()


def test_every_other_row_is_the_opposite_of_the_one_before():
    rows = paired_normals(np.random.default_rng(3), 7, 2)
    assert (rows[0:6:2] == -rows[1:6:2]).all() and rows.shape == (7, 2)
    assert (paired_normals(np.random.default_rng(3), 50, 2)[:7] == rows).all()
    assert np.median(paired_normals(np.random.default_rng(3), 50, 1)) == 0


def test_draws_are_rounded_up_to_sets_of_a_power_of_two():
    assert SETS * set_size(1000) == 1024 and SETS * set_size(1024) == 1024 and SETS * set_size(1025) == 2048
    assert len(drawn(1000)) == 1024


def test_sobol_points_miss_the_mean_of_a_sum_far_less_than_ordinary_draws():
    """Root mean squared misses over 12 seeds: at least ten times smaller."""
    exact = mean_amounts(AMOUNTS, LOWER, UPPER).sum()

    def miss(normals):
        sums = [spread_amounts(drawn(4096, seed, normals), AMOUNTS, LOWER, UPPER).sum(axis=1).mean() for seed in range(12)]
        return float(np.sqrt(np.mean((np.array(sums) - exact) ** 2)))

    assert miss(plain_normals) > 10 * miss(sobol_normals)


def test_the_error_it_tells_is_the_error_it_makes():
    """Misses over the told standard error: as spread out as Student's t with 7 degrees of freedom (1.18), by 40 seeds."""
    exact = mean_amounts(AMOUNTS, LOWER, UPPER).sum()
    sums = [spread_amounts(drawn(1024, seed), AMOUNTS, LOWER, UPPER).sum(axis=1) for seed in range(40)]
    shares = np.array([(values.mean() - exact) / own_error(values) for values in sums])
    assert 0.8 < np.sqrt(np.mean(shares**2)) < 1.7


def test_the_shortfall_of_a_normal_is_known():
    values = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert expected_shortfall(values, 0.1) == pytest.approx(-norm.pdf(norm.ppf(0.1)) / 0.1, abs=0.001)


def test_odds_of_beating_are_counted_and_add_up_to_one():
    values = np.array([[1.0, 2.0, 2.0], [3.0, 1.0, 2.0], [5.0, 4.0, 2.0], [0.0, 9.0, 2.0]])
    odds = odds_of_beating(values)
    assert odds[0, 1] == 0.5 and odds[1, 2] == (0.5 + 0 + 1 + 1) / 4
    assert odds + odds.T == pytest.approx(np.ones((3, 3)))


def test_ranks_hold_the_middle_of_the_draws():
    dice = np.random.default_rng(2)
    values = dice.normal([10.0, 0.0, 0.1], [0.1, 1.0, 1.0], (4000, 3))
    low, high = rank_range(values, 0.8)
    assert low.tolist() == [1, 2, 2] and high.tolist() == [1, 3, 3]
