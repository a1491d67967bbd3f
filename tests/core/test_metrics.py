from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from planning.core import metrics


def test_a_variance_against_the_plan_by_hand():
    assert metrics.variance(90.0, 100.0) == -10.0
    assert metrics.variance_rate(90.0, 100.0) == -0.1
    assert metrics.variance_rate(-50.0, -100.0) == 0.5  # a smaller loss is a rise
    assert metrics.execution_rate(30.0, 120.0) == 0.25
    assert metrics.growth(110.0, 100.0) == pytest.approx(0.1)


def test_spending_less_is_favourable():
    assert metrics.profit_effect(-1, 90.0, 100.0) == 10.0
    assert metrics.profit_effect(1, 90.0, 100.0) == -10.0
    assert metrics.profit_effect(0, 90.0, 100.0) == 0.0


@pytest.mark.parametrize("measure", [metrics.variance_rate, metrics.execution_rate, metrics.growth, metrics.rate])
def test_a_zero_base_gives_a_missing_rate_never_zero_or_infinity(measure):
    assert math.isnan(measure(5.0, 0.0)) and math.isnan(measure(0.0, 0.0))
    assert np.isnan(measure(np.array([5.0, 0.0]), np.array([0.0, 0.0]))).all()
    assert measure(pd.Series([5.0]), pd.Series([0.0])).isna().all()


def test_numbers_series_and_arrays_mix():
    series, array = pd.Series([1.0, 2.0], index=["a", "b"]), np.array([4.0, 0.0])
    pd.testing.assert_series_equal(metrics.rate(series, 4.0), pd.Series([0.25, 0.5], index=["a", "b"]))
    pd.testing.assert_series_equal(metrics.rate(series, array), pd.Series([0.25, np.nan], index=["a", "b"]))
    np.testing.assert_array_equal(metrics.rate(2.0, array), [0.5, np.nan])
    np.testing.assert_array_equal(metrics.rate([1, 2], np.array([2, 4])), [0.5, 0.5])
    assert metrics.rate(series, 0).isna().all()


def test_a_missing_base_gives_a_missing_rate():
    assert math.isnan(metrics.rate(1.0, float("nan"))) and metrics.rate(1.0, pd.Series([np.nan])).isna().all()


def test_wape_by_hand():
    assert metrics.wape([100, 50], [90, 60]) == pytest.approx(20 / 150)
    assert metrics.wape([100, -100], [100, -90]) == pytest.approx(10 / 200)
    assert math.isnan(metrics.wape([0, 0], [1, 2])) and math.isnan(metrics.wape([], []))


def test_mape_by_hand_leaves_zero_actuals_out():
    assert metrics.mape([100, 50, 0], [90, 60, 7]) == pytest.approx((0.1 + 0.2) / 2)
    assert math.isnan(metrics.mape([0], [1])) and math.isnan(metrics.mape([], []))


def test_bias_says_too_high_with_a_plus():
    assert metrics.bias([100, 100], [120, 100]) == pytest.approx(0.1)
    assert metrics.bias([100, 100], [80, 120]) == 0.0


def test_coverage_counts_the_edges_in():
    assert metrics.coverage([1, 2, 3, 4], [1, 1, 1, 1], [3, 3, 3, 3]) == 0.75
    assert math.isnan(metrics.coverage([], [], []))
    assert metrics.coverage([np.nan, 2], [1, 1], [3, 3]) == 0.5
