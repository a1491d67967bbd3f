"""Debt: cash stays above its floor as far as may be borrowed, what lies over the ceiling repays, interest goes round in no circle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.funding import NEVER, Terms, plan_funding


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


def terms(months, floor=0.0, ceiling=NEVER, limit=NEVER, rate=0.0, deposit_rate=0.0, planned=None):
    flat = {name: np.full((1, months, 1), value) for name, value in
            {"floor": floor, "ceiling": ceiling, "limit": limit, "rate": rate, "deposit_rate": deposit_rate}.items()}  # fmt: skip
    return Terms(**flat, planned=row(*planned) if planned else np.zeros((1, months, 1)))


def listed(found):
    return np.round(found[0, :, 0], 6).tolist()


def test_debt_is_drawn_up_to_the_floor_and_repaid_from_above_the_ceiling():
    found = plan_funding(row(-50, -30, 100), np.array([60.0]), np.array([0.0]), terms(3, floor=20, ceiling=40))
    assert listed(found.drawn) == [10, 30, 0] and listed(found.repaid) == [0, 0, 40]
    assert listed(found.cash) == [20, 20, 80] and listed(found.debt) == [10, 40, 0]


def test_what_may_not_be_borrowed_is_missing():
    found = plan_funding(row(-50, -30), np.array([20.0]), np.array([0.0]), terms(2, floor=10, limit=25))
    assert listed(found.debt) == [25, 25] and listed(found.cash) == [-5, -35] and listed(found.short) == [15, 45]


def test_interest_is_on_what_was_owed_at_the_months_beginning():
    asked = terms(2, floor=-1e6, rate=0.06, deposit_rate=0.012, planned=[-1200, 600])
    found = plan_funding(row(0, 0), np.array([1200.0]), np.array([2400.0]), asked)
    assert listed(found.interest) == [12, 6] and listed(found.earned) == [1.2, 0]
    assert listed(found.debt) == [1200, 1800] and found.cash[0, 0, 0] == pytest.approx(1200 - 12 + 1.2 - 1200)


def test_no_more_is_repaid_than_is_owed():
    found = plan_funding(row(0), np.array([500.0]), np.array([100.0]), terms(1, planned=[-300]))
    assert listed(found.repaid) == [100] and listed(found.debt) == [0]


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=12), st.integers(0, 100), st.integers(0, 100))
def test_cash_and_debt_move_by_what_is_said_and_by_nothing_else(flow, cash, debt):
    asked = terms(len(flow), floor=30, ceiling=60, limit=150, rate=0.05)
    found = plan_funding(row(*flow), np.array([float(cash)]), np.array([float(debt)]), asked)
    moved = row(*flow) - found.interest + found.earned + found.drawn - found.repaid
    np.testing.assert_allclose(found.cash, cash + np.cumsum(moved, axis=1), atol=1e-9)
    np.testing.assert_allclose(found.debt, debt + np.cumsum(found.drawn - found.repaid, axis=1), atol=1e-9)
    assert (found.debt >= -1e-9).all() and (found.cash + found.short >= 30 - 1e-9).all()
    assert (np.isclose(found.short, 0) | (found.debt >= 150 - 1e-9)).all()
