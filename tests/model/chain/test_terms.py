"""Payment terms: days become months, what is open is paid as it was owed, and nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.terms import days_open, paid_after, settle


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


@pytest.mark.parametrize(
    "days, shares", [(0, [1, 0, 0, 0]), (15, [0.5, 0.5, 0, 0]), (30, [0, 1, 0, 0]), (45, [0, 0.5, 0.5, 0]), (400, [0, 0, 0, 1])]
)
def test_days_are_shares_of_months(days, shares):
    assert paid_after(np.array(days), 3).tolist() == pytest.approx(shares)


def test_what_is_open_is_paid_as_the_months_before_were_owed():
    """45 days: all of last month's 100, half of it due in each of the next two months, and half of the 100 before are open: 150."""
    found = settle(row(0, 0, 0), row(45, 45, 45), np.array([150.0]), np.array([[100.0, 100.0]]))
    assert found.paid[0, :, 0].tolist() == pytest.approx([100, 50, 0]) and found.closing[0, -1, 0] == pytest.approx(0)


def test_an_opening_that_nothing_explains_is_paid_in_the_first_month():
    for before in (None, np.zeros((1, 4)), np.zeros((1, 0))):
        assert settle(row(0, 0), row(45, 45), np.array([80.0]), before).paid[0, :, 0].tolist() == [80, 0]


def test_terms_that_change_hold_for_what_is_owed_from_then_on():
    found = settle(row(100, 100, 100), row(30, 0, 0), np.array([0.0]))
    assert found.paid[0, :, 0].tolist() == [0, 200, 100]


OWED = st.lists(st.integers(0, 100), min_size=2, max_size=6)


@given(OWED, st.floats(0, 200), st.integers(0, 500), st.lists(st.integers(0, 50), max_size=5))
def test_nothing_is_lost_and_nothing_is_paid_that_was_not_owed(owed, days, opening, before):
    periods = len(owed)
    past = np.array([before], dtype=float).reshape(1, -1)
    found = settle(row(*owed), np.full((1, periods, 1), days), np.array([float(opening)]), past)
    assert (found.paid >= -1e-9).all() and (found.closing >= -1e-6).all()
    assert found.closing[0, -1, 0] == pytest.approx(opening + sum(owed) - found.paid.sum(), abs=1e-6)


@pytest.mark.parametrize("days", [0, 12, 30, 47.5, 95])
def test_a_steady_flow_stays_open_for_its_days(days):
    before = np.full((1, 12), 100.0)
    opening = np.array([100 * days / 30])
    found = settle(row(*[100] * 6), np.full((1, 6, 1), float(days)), opening, before)
    assert found.closing[0, :, 0].tolist() == pytest.approx([opening[0]] * 6)
    assert days_open(opening, before)[0] == pytest.approx(days)


def test_days_of_nothing_are_not_known():
    assert np.isnan(days_open(np.array([5.0]), np.zeros((1, 3)))[0])


def test_draws_may_owe_and_wait_differently():
    owed, days = np.array([[[100.0, 200.0]] * 3]), np.array([[[0.0, 30.0]] * 3])
    assert settle(owed, days, np.array([0.0])).paid[0].tolist() == [[100, 0], [100, 200], [100, 200]]
