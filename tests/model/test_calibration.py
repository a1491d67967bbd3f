"""Whether probabilities hold is counted rightly, and chance is told from fault."""

import numpy as np
import pandas as pd
import pytest

from planning.model.calibration import (
    calibration_error,
    calibration_line,
    count_band,
    draw_lines,
    error_by_chance,
    held_counts,
    reliability,
)
from planning.model.churn import probability_of


def draw(n, slope=1.0, seed=1):
    """Scores, and what happened when the true log-odds are `slope` times the score."""
    rng = np.random.default_rng(seed)
    score = rng.normal(-1, 1.2, n)
    return score, rng.random(n) < probability_of(slope * score)


def test_bins_count_what_was_said_and_what_came():
    table = reliability(np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9]), 0.8, bins=2)
    assert table["said"].tolist() == pytest.approx([0.2, 0.8])
    assert table["count"].tolist() == [1, 2] and table["n"].tolist() == [2, 2] and table["rate"].tolist() == [0.5, 1.0]
    assert (table["lower"] < table["rate"]).all() and table["upper"].iloc[1] == 1.0


def test_the_error_is_the_mean_distance_by_hand():
    happened, said = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9])
    assert calibration_error(happened, said, bins=2) == pytest.approx((abs(1 - 0.4) + abs(2 - 1.6)) / 4)
    assert calibration_error(happened, said, bins=100) == pytest.approx((0.1 + 0.7 + 0.3 + 0.1) / 4)


def test_the_line_finds_odds_that_hold_and_odds_that_are_too_bold():
    for slope in (1.0, 0.5):
        score, happened = draw(20_000, slope)
        line, covariance = calibration_line(happened, score)
        assert line[1] == pytest.approx(slope, abs=4 * np.sqrt(covariance[1, 1])) and line[0] == pytest.approx(0, abs=0.1)
        assert np.sqrt(covariance[1, 1]) < 0.05


def test_weights_are_repetitions():
    score, happened = draw(300)
    weights = np.random.default_rng(2).integers(0, 4, 300)
    twice = np.repeat(np.arange(300), weights)
    assert calibration_line(happened, score, weights)[0] == pytest.approx(calibration_line(happened[twice], score[twice])[0], abs=1e-6)


def test_drawn_lines_spread_as_the_curvature_says():
    score, happened = draw(1500)
    lines = draw_lines(happened, score, 200, np.random.default_rng(3))
    line, covariance = calibration_line(happened, score)
    assert lines.mean(axis=0) == pytest.approx(line, abs=0.05)
    assert lines.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.25)


def test_chance_stays_under_its_limit_and_bold_odds_do_not():
    errors = {slope: [] for slope in (1.0, 0.4)}
    for seed in range(20):
        for slope in errors:
            score, happened = draw(1000, slope, seed)
            errors[slope].append(calibration_error(happened, probability_of(score)))
    limit = error_by_chance(probability_of(draw(1000)[0]), 200, 0.99, 5)
    assert sum(error > limit for error in errors[1.0]) <= 1 and min(errors[0.4]) > limit


def test_counts_fall_inside_their_bands_as_often_as_meant():
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        odds = rng.uniform(0.05, 0.6, 80)
        low, high = count_band(odds, 0.8, rng, 400)
        inside += low <= (rng.random(80) < odds).sum() <= high
    assert 0.78 <= inside / 300 <= 0.92  # counts are whole, so a band holds a little more than it says


def test_groups_are_disjoint_and_hold_everybody():
    score, happened = draw(203)
    rounds = pd.DataFrame({"fold": np.arange(203) % 3, "row": np.arange(203), "ours": probability_of(score)})
    held = held_counts(rounds, happened, 0.8, 1, groups=4)
    assert len(held) == 12 and held["n"].sum() == 203 and held["actual"].sum() == happened.sum()
    assert held["expected"].sum() == pytest.approx(probability_of(score).sum())
