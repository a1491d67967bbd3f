"""What owners get: last year's profit times the payout, once a year, and never more than there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.dividends import Begun, dividends
from planning.model.chain.taxes import losses_left

YEARS, MONTHS = np.array([2025, 2025, 2026, 2026]), np.array([11, 12, 1, 2])


def declared(profit=(10.0, 10.0, 10.0, 10.0), last=0.0, so_far=0.0, taken=0.0, retained=0.0, payout=0.5, month=2.0, reserve=0.1):
    begun = Begun(*(np.array([value]) for value in (last, so_far, taken, retained)))
    flat = lambda value: np.full((1, 4, 1), value)  # noqa: E731
    return dividends(np.array(profit).reshape(1, 4, 1), YEARS, MONTHS, begun, flat(payout), flat(month), flat(reserve))[0, :, 0].tolist()


def test_what_the_year_earned_before_and_in_the_plan_is_paid_out_in_the_next():
    """100 so far and 20 in the plan: 120, of which half in February; 12 go to the reserve first."""
    assert declared(so_far=100.0) == [0, 0, 0, 60]


def test_no_more_is_declared_than_is_undistributed():
    """A loss of 70 from before, a profit of 120 less 12: 38 are left, and not 60."""
    assert declared(so_far=100.0, retained=-70.0) == pytest.approx([0, 0, 0, 38])
    assert declared(so_far=100.0, retained=-500.0) == [0, 0, 0, 0]


def test_a_month_that_is_still_to_come_pays_last_years_profit_less_what_is_declared_already():
    assert declared(last=40.0, retained=100.0, month=12.0) == [0, 20, 0, 0]
    assert declared(last=40.0, retained=100.0, taken=95.0, month=12.0) == [0, 5, 0, 0]


def test_a_loss_pays_nothing_and_puts_nothing_aside():
    assert declared(so_far=-200.0, retained=500.0) == [0, 0, 0, 0]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1), st.integers(1, 12), st.floats(0, 1))
def test_dividends_are_never_negative_nor_more_than_the_profit_that_they_are_of(last, so_far, retained, payout, month, reserve):
    found = declared(last=last, so_far=so_far, retained=retained, payout=payout, month=float(month), reserve=reserve)
    assert min(found) >= 0
    assert sum(found[:2]) <= max(last, 0) + 1e-6 and sum(found[2:]) <= max(so_far + 20, 0) + 1e-6


def test_losses_are_set_off_against_later_profit_and_profit_is_not_kept_for_later_losses():
    """10, −50, 20 leave 30; 90 and then −40 leave 40; a loss made good leaves nothing."""
    assert losses_left(np.array([[10.0, -50.0, 20.0], [0.0, 90.0, -40.0], [-5.0, 3.0, 4.0]])).tolist() == [30, 40, 0]
    assert losses_left(np.zeros((2, 0))).tolist() == [0, 0]
