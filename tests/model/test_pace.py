"""A unit's usual share: its own past, drawn towards everybody's as far as its years differ."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.odds import misses_beyond, odds_beyond
from planning.model.pace import shrunk_means


def years(**units):
    return pd.DataFrame([{"unit": unit, "value": value} for unit, values in units.items() for value in values])


def test_units_whose_years_agree_keep_their_own_mean():
    own, pooled = shrunk_means(years(early=[0.9, 0.9], even=[0.5, 0.5], late=[0.1, 0.1]))
    assert own.to_dict() == {"early": 0.9, "even": 0.5, "late": 0.1} and pooled == pytest.approx(0.5)


def test_units_that_differ_less_than_their_years_get_the_pooled_mean():
    own, pooled = shrunk_means(years(a=[0.2, 0.8], b=[0.8, 0.2], c=[0.3, 0.7]))
    assert own.tolist() == pytest.approx([pooled] * 3) and pooled == pytest.approx(0.5)


def test_the_pull_is_the_variance_within_over_the_variance_between():
    own, pooled = shrunk_means(years(a=[0.2, 0.4], b=[0.6, 0.8]))
    within, between = 0.02, 0.08 - 0.02 / 2
    pull = within / between
    assert own["a"] == pytest.approx((2 * 0.3 + pull * 0.5) / (2 + pull)) and pooled == pytest.approx(0.5)


def test_a_unit_with_fewer_years_is_drawn_further():
    own, pooled = shrunk_means(years(short=[0.9], long=[0.9, 0.92, 0.88, 0.9, 0.9], other=[0.3, 0.34, 0.3], another=[0.3, 0.28]))
    assert pooled < own["short"] < own["long"] < 0.9


def test_single_years_are_not_drawn_and_nothing_gives_nothing():
    own, _ = shrunk_means(years(a=[0.2], b=[0.8]))
    assert own.to_dict() == {"a": 0.2, "b": 0.8}
    own, pooled = shrunk_means(pd.DataFrame({"unit": [], "value": []}))
    assert own.empty and np.isnan(pooled)


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.floats(0, 1), min_size=1, max_size=5), min_size=1))
def test_a_drawn_mean_lies_between_the_own_and_the_pooled_one(units):
    own, pooled = shrunk_means(years(**units))
    for unit, values in units.items():
        ends = sorted([float(np.mean(values)), pooled])
        assert ends[0] - 1e-9 <= own[unit] <= ends[1] + 1e-9


def test_drawing_towards_the_others_comes_nearer_to_the_truth_than_the_own_mean_or_the_pooled_one():
    random = np.random.default_rng(1)
    truth = random.normal(0.5, 0.1, 200)
    past = pd.DataFrame({"unit": np.repeat(np.arange(200), 3), "value": np.repeat(truth, 3) + random.normal(0, 0.15, 600)})
    own, pooled = shrunk_means(past)
    error = np.mean((own.to_numpy() - truth) ** 2)
    assert error < 0.8 * np.mean((past.groupby("unit")["value"].mean().to_numpy() - truth) ** 2)
    assert error < 0.8 * np.mean((pooled - truth) ** 2)


def test_odds_of_many_are_the_odds_of_each():
    past = pd.DataFrame({"error": [-3.0, 1.0, 5.0, 9.0], "typical": [100.0, 50.0, 100.0, 0.0]})
    amounts, typicals, limits = pd.Series([100.0, 104.0, np.nan]), pd.Series([100.0, 10.0, 5.0]), pd.Series([101.0, 104.0, 1.0])
    odds = odds_beyond(amounts, typicals, limits, past)
    for at in (0, 1):
        k, n = misses_beyond(amounts[at], typicals[at], limits[at], past)
        assert odds[at] == (k + 1) / (n + 2), "a few misses that all carried it over are no certainty"
    assert np.isnan(odds[2]) and odds_beyond(amounts, typicals, limits, past.iloc[:0]).isna().all()
