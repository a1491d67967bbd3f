"""Assets in construction and in use, depreciation, leases: nothing is written off twice, and nothing is owed at the end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.assets import completed, plan_leases, running_off, spent_evenly, straight_line


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


def test_construction_becomes_an_asset_when_it_is_ready():
    spent = np.concatenate([row(10, 20, 30, 40)] * 3)
    assert completed(spent, np.array([2, 0, 9]))[:, :, 0].tolist() == [[0, 0, 60, 40], [10, 20, 30, 40], [0, 0, 0, 0]]


def test_depreciation_begins_the_month_after_and_ends_with_the_life():
    assert straight_line(row(0, 1200, 0, 0, 0, 0), np.array([3]))[0, :, 0].tolist() == [0, 0, 400, 400, 400, 0]
    assert straight_line(row(0, 1200, 0, 0, 0, 0), np.array([3]), 0.1)[0, :, 0].tolist() == pytest.approx([0, 0, 360, 360, 360, 0])


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(1, 8))
def test_all_but_the_residual_is_written_off_in_the_end(added, life):
    longer = row(*added, *[0] * (life + 1))
    assert straight_line(longer, np.array([life]), 0.05).sum() == pytest.approx(0.95 * sum(added))


def test_what_is_there_runs_off_until_nothing_is_left():
    assert running_off(np.array([40.0, 5.0]), np.array([100.0, 0.0]), 4)[:, :, 0].tolist() == [[40, 40, 20, 0], [0, 0, 0, 0]]


def test_what_is_left_of_a_project_is_spent_at_its_pace():
    left, pace = np.array([250.0, 90.0, 0.0]), np.array([100.0, 0.0, 5.0])
    assert spent_evenly(left, pace, 4)[:, :, 0].tolist() == [[100, 100, 50, 0], [90, 0, 0, 0], [0, 0, 0, 0]]


def lease(start=0, months=12, rent=300.0, every=3, rate=0.05, periods=12):
    return plan_leases(*(np.array([value]) for value in (start, months, rent, every, rate)), periods)


def test_a_lease_is_worth_its_rents_and_is_paid_off():
    """Four rents of 300 in advance at 5 %: 300 × (1 + 1.05^-¼ + 1.05^-½ + 1.05^-¾) = 1,178.35."""
    found = lease()
    assert found.added[0, 0, 0] == pytest.approx(1178.35, abs=0.005)
    assert found.paid.sum() == 1200 and found.depreciation.sum() == pytest.approx(found.added.sum())
    assert found.interest.sum() == pytest.approx(1200 - found.added.sum())
    assert found.owed[0, -1, 0] == pytest.approx(0, abs=1e-9)


def test_a_lease_that_runs_already_goes_on_where_it_is():
    whole, later = lease(periods=12), lease(start=-5, periods=12)
    for name in ("paid", "interest", "depreciation", "owed"):
        assert getattr(later, name)[0, :7, 0].tolist() == getattr(whole, name)[0, 5:, 0].tolist()
        assert not getattr(later, name)[0, 7:].any()
    assert not later.added.any()


@given(st.integers(-20, 20), st.integers(1, 40), st.sampled_from([1, 3, 12]), st.floats(0, 0.2))
def test_what_is_owed_moves_only_by_what_is_added_paid_and_charged(start, months, every, rate):
    found = lease(start, months, 300.0, every, rate, 24)
    moved = (found.added - found.paid + found.interest)[0, :, 0]
    before = np.r_[found.owed[0, 0, 0] - moved[0], found.owed[0, :-1, 0]]
    np.testing.assert_allclose(found.owed[0, :, 0], before + moved, atol=1e-6)
    if start >= 0:
        assert before[0] == pytest.approx(0, abs=1e-6)
    assert (found.owed > -1e-6).all()


def test_without_a_lease_nothing_is_leased():
    none = np.array([])
    leases = plan_leases(none, none, none, none, none, 4)
    assert leases.added.shape == leases.owed.shape == (0, 4, 1)
