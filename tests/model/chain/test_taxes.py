"""Taxes: credits and losses are carried forward, a year's tax is the rate on what it earned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.taxes import income_tax, quarterly, value_added_tax


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


def listed(found):
    return found[0, :, 0].tolist()


def test_input_tax_that_is_left_over_is_carried_forward():
    found = value_added_tax(row(100, 50, 200), row(30, 120, 40), row(0.12, 0.12, 0.12), np.array([20.0]))
    assert listed(found.due) == [50, 0, 90] and listed(found.credit) == [0, 70, 0]
    assert listed(found.surtax) == pytest.approx([6, 0, 10.8])


def test_income_tax_follows_the_year_so_far():
    years = np.array([2026] * 3 + [2027])
    found = income_tax(row(100, -60, 20, 40), row(0.25, 0.25, 0.25, 0.25), years, np.array([30.0]))
    assert listed(found) == [17.5, -15, 5, 10]  # a quarter of 70, of 10, of 30; then of 40 in the new year


def test_a_loss_is_set_off_in_the_years_after():
    found = income_tax(row(-100, 60, 70), row(0.2, 0.2, 0.2), np.array([2025, 2026, 2027]), np.array([0.0]))
    assert listed(found) == pytest.approx([0, 0, 6])  # 100 of losses, 60 used, then 40; 20 % of 30


def test_a_year_that_has_begun_goes_on():
    found = income_tax(row(10, 10), row(0.25, 0.25), np.array([2026, 2026]), np.array([0.0]), np.array([100.0]), np.array([20.0]))
    assert listed(found) == [7.5, 2.5]  # a quarter of 110 less 20 booked, then of 10


@given(st.lists(st.integers(-100, 100), min_size=24, max_size=24), st.integers(0, 300))
def test_a_year_pays_the_rate_on_what_it_earned_after_losses(profit, losses):
    years, left = np.repeat([2026, 2027], 12), losses
    found = income_tax(row(*profit), np.full((1, 24, 1), 0.25), years, np.array([float(losses)]))
    for year in (2026, 2027):
        earned = np.array(profit)[years == year].sum()
        assert found[0, years == year].sum() == pytest.approx(0.25 * max(earned - left, 0), abs=1e-9)
        left = max(left - earned, 0)


def test_a_quarter_is_due_in_its_last_month():
    assert listed(quarterly(row(1, 2, 3, 4, 5, 6, 7), np.array([2, 3, 4, 5, 6, 7, 8]))) == [0, 3, 0, 0, 12, 0, 0]
