"""How far totals leant before: what is known of it on a day, what is corrected, and how wide it makes a band."""

import numpy as np
import pandas as pd
import pytest

from planning.plan.buyers_lean import BELIEVED, Lean, band, lean_known

DAYS = pd.to_datetime(["2020-06-30", "2020-09-29", "2020-12-29", "2021-06-29"])


def missed(*rows):
    """What was made and ended on which of the DAYS, with what came for 100 expected."""
    made = [(DAYS[one], DAYS[other], "amount", 100.0, came) for one, other, came in rows]
    return pd.DataFrame(made, columns=["made", "ended", "what", "expected", "came"])


def test_of_each_day_tried_the_farthest_total_known_by_then_counts():
    table = missed((0, 1, 80.0), (0, 2, 120.0), (1, 2, 110.0), (1, 3, 300.0))
    assert lean_known(table, "amount", DAYS[0]) == Lean(0, 0.0, 0.0, 0.0) == lean_known(table, "purchases", DAYS[3])
    early = lean_known(table, "amount", DAYS[1])
    assert (early.n, early.weeks) == (1, 13) and early.mean == pytest.approx(np.log(0.8))
    later = lean_known(table, "amount", DAYS[2])
    assert (later.n, later.weeks, later.ahead) == (2, 26, 19.5) and later.mean == pytest.approx(np.log(1.2 * 1.1) / 2)


def test_nothing_is_corrected_until_a_year_was_tried_and_half_from_then_on():
    assert Lean(3, 0.2, 0.04, 51.0).factor == 1 and Lean(3, 0.2, 0.04, 52.0).factor == pytest.approx(np.exp(0.1))
    assert Lean(0, 0.0, 0.0, 0.0).spread == BELIEVED and Lean(2, 0.2, 0.05, 52.0).spread == pytest.approx(0.2121, abs=1e-4)


def test_where_times_broke_little_is_corrected_and_one_day_does_not_decide():
    table = missed((0, 2, 5000.0), (1, 2, 150.0), (0, 3, 6000.0), (1, 3, 100.0 * np.e))
    lean = lean_known(table, "amount", DAYS[3])
    assert lean.mean == pytest.approx(1.0) and lean.square == pytest.approx(1.0) and lean.broken
    assert lean.factor == pytest.approx(np.exp(0.2)) and not Lean(3, -0.3, 0.1, 52.0).broken


def test_a_total_that_came_to_nothing_tells_no_lean():
    assert lean_known(missed((0, 1, 0.0)), "amount", DAYS[3]).n == 0


def test_a_band_holds_the_drawn_one_and_moves_with_the_correction():
    still = Lean(0, 0.0, 0.0, 0.0)
    assert band(100.0, 100.0, 100.0, still, 0.8, 26) == pytest.approx((77.4, 129.2), abs=0.1)
    lower, upper = band(100.0, 60.0, 180.0, still, 0.8, 26)
    assert lower < 60 and upper > 180
    moved = band(100.0, 60.0, 180.0, Lean(0, 0.2, 0.0, 52.0), 0.8, 26)
    assert moved == pytest.approx((lower * np.exp(0.1), upper * np.exp(0.1)))


def test_a_band_from_nothing_stays_a_band():
    lower, upper = band(np.array([0.0, 1.0, 5.0]), np.array([0.0, 0.0, 6.0]), np.array([0.0, 3.0, 9.0]), Lean(0, 0.0, 0.0, 0.0), 0.8, 26)
    assert lower[:2].tolist() == [0.0, 0.0] and upper[0] == 0 and np.isfinite(upper).all() and lower[2] < 5 < upper[2]


def test_beyond_a_year_and_what_was_tried_totals_lean_farther_with_time():
    tried = Lean(2, 0.0, 0.04, 52.0, 39.0)
    assert tried.spread_over(np.array([4.0, 52.0, 156.0])) == pytest.approx([0.2, 0.2, 0.2 * np.sqrt(3)])
    assert Lean(2, 0.0, 0.04, 104.0, 104.0).spread_over(156.0) == pytest.approx(0.2 * np.sqrt(1.5))
    assert band(100.0, 100.0, 100.0, tried, 0.8, 156.0) == pytest.approx((64.1, 155.9), abs=0.1)
