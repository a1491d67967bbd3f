"""What contracts are worth, by hand."""

import numpy as np
import pytest

from planning.model.contract_value import discounts, lifetime_value, stays_with_offer, value_ends


def test_a_discount_is_by_the_year():
    assert discounts(12, 0.1)[[0, 11]] == pytest.approx([1.1 ** (-1 / 12), 1 / 1.1]) and (discounts(3, 0.0) == 1).all()


def test_the_value_is_the_margin_of_the_months_stayed():
    stays = np.array([[1.0, 1.0], [0.5, 0.25]])
    assert lifetime_value(stays, np.array([30.0, 100.0]), 0.5, 0.0) == pytest.approx([30.0, 37.5])
    assert lifetime_value(stays, np.array([30.0, 100.0]), 0.5, 0.21)[0] == pytest.approx(15 * (1.21 ** (-1 / 12) + 1.21 ** (-1 / 6)))


def test_an_offer_halves_the_hazard_as_long_as_it_works():
    stays = np.array([[0.9, 0.81, 0.729, 0.6561]])
    kept = stays_with_offer(stays, np.array([0.19]), np.array([1 - 0.9]), 2)[0]
    assert kept == pytest.approx([0.9**0.5, 0.9, 0.81, 0.729])


def test_an_offer_that_does_nothing_changes_nothing_and_one_that_drives_away_costs():
    stays = np.array([[0.9, 0.8, 0.7]])
    same, worse = (stays_with_offer(stays, np.array([0.2]), np.array([odds]), 2) for odds in (0.2, 0.36))
    assert same == pytest.approx(stays) and worse[0] == pytest.approx([0.81, 0.64, 0.56])


def test_odds_at_the_edges_stay_odds():
    stays = np.array([[1.0, 1.0], [0.0, 0.0], [0.5, 0.0]])
    kept = stays_with_offer(stays, np.array([0.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.5]), 2)
    assert np.isfinite(kept).all() and ((kept >= 0) & (kept <= 1)).all()


def test_the_band_of_what_one_is_worth_holds_as_often_as_it_says():
    stays = np.array([[0.95, 0.5, 0.05]])
    lower, upper = value_ends(stays, np.array([20.0]), 0.5, 0.0, 0.8)
    assert (lower, upper) == (pytest.approx([10.0]), pytest.approx([20.0]))
    rng, months = np.random.default_rng(5), np.arange(1, 37)
    hazard = rng.uniform(0.01, 0.2, 4000)
    stays, price = (1 - hazard)[:, None] ** months, rng.uniform(20, 90, 4000)
    lower, upper = value_ends(stays, price, 0.6, 0.08, 0.8)
    there = rng.geometric(hazard)[:, None] > months
    came = lifetime_value(there.astype(float), price, 0.6, 0.08)
    held = ((came >= lower - 1e-9) & (came <= upper + 1e-9)).mean()
    assert 0.79 < held < 0.92, "months are whole, so that the band is never too narrow"
