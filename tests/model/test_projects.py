"""Projects' worth, internal rates and payback: worked cases, planted roots, and what must hold of any stream of cash."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planning.model.projects import (
    HIGHEST,
    LOWEST,
    capital_need,
    internal_rates,
    modified_rate,
    net_present_value,
    payback,
    sign_changes,
    sole_rates,
    value_profile,
)

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "irr.yaml").read_text(encoding="utf-8"))
AMOUNTS = st.lists(st.integers(-1000, 1000), min_size=2, max_size=9)


def stream(case):
    return np.array(list(case["flows"].values()), dtype=float), np.array(list(case["flows"]), dtype=float)


def planted(rates, first=-1000.0):
    """Yearly cash flows whose internal rates are just these: the product of (1 − (1 + rate) v)."""
    amounts = np.array([first])
    for rate in rates:
        amounts = np.convolve(amounts, [1.0, -(1 + rate)])
    return amounts, np.arange(len(amounts), dtype=float)


@pytest.mark.parametrize("name", CASES)
def test_a_case_worked_by_hand(name):
    case = CASES[name]
    amounts, years = stream(case)
    found = internal_rates(amounts, years)
    assert [root.turns for root in found] == [turns for _, turns in case["roots"]]
    assert [root.rate for root in found] == pytest.approx([rate for rate, _ in case["roots"]], abs=1e-7)
    assert net_present_value(amounts, years, case["rate"]) == pytest.approx(case["npv"], abs=1e-6)
    assert payback(amounts, years) == pytest.approx(np.inf if case["payback"] == "never" else case["payback"], abs=1e-6)
    assert capital_need(amounts) == pytest.approx(case["need"])


# every root, and only roots


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(-60, 300), min_size=1, max_size=5, unique=True).map(sorted))
def test_planted_rates_are_all_found(percents):
    rates = [percent / 100 for percent in percents]
    assume(all(high - low >= 0.05 for low, high in pairwise(rates)))
    found = internal_rates(*planted(rates))
    assert [root.rate for root in found] == pytest.approx(rates, abs=1e-5)
    assert [root.turns for root in found][::-1] == ["falls" if at % 2 == 0 else "rises" for at in range(len(rates))], "they take turns"


@settings(max_examples=200, deadline=None)
@given(AMOUNTS)
def test_a_rate_leaves_no_value_and_there_are_no_more_than_changes_of_sign(amounts):
    amounts, years = np.array(amounts, dtype=float), np.arange(len(amounts)) / 2
    found = internal_rates(amounts, years)
    assert len(found) <= sign_changes(amounts)
    for root in found:
        size = net_present_value(np.abs(amounts), years, root.rate)
        assert abs(net_present_value(amounts, years, root.rate)) <= 1e-9 * size
        assert LOWEST <= root.rate <= HIGHEST


@settings(max_examples=200, deadline=None)
@given(AMOUNTS)
def test_a_search_by_small_steps_finds_no_crossing_that_is_missing(amounts):
    years = np.arange(len(amounts)) / 4
    rates = np.expm1(np.linspace(np.log1p(LOWEST) + 1e-9, np.log1p(HIGHEST) - 1e-9, 801))
    stepped = sign_changes(value_profile(amounts, years, rates))
    crossing = sum(root.turns != "touches" for root in internal_rates(amounts, years))
    assert stepped <= crossing and (crossing - stepped) % 2 == 0


def test_a_year_later_or_ten_times_larger_changes_no_rate():
    amounts, years = planted([0.04, 0.31])
    rates = [root.rate for root in internal_rates(amounts, years)]
    assert [root.rate for root in internal_rates(amounts * 10, years + 1)] == pytest.approx(rates, abs=1e-12)


def test_turning_the_signs_turns_how_rates_are_passed():
    amounts, years = planted([0.04, 0.31])
    assert [root.turns for root in internal_rates(amounts, years)] == ["rises", "falls"]
    assert [root.turns for root in internal_rates(-amounts, years)] == ["falls", "rises"]


def test_amounts_of_the_same_day_and_amounts_of_nothing_make_no_difference():
    assert internal_rates([-60, -40, 0, 110], [0, 0, 0.5, 1]) == internal_rates([-100, 110], [0, 1])


def test_monthly_flows_over_thirty_years_neither_overflow_nor_lose_the_rate():
    amounts = np.full(361, 1000.0)
    amounts[0] = -(1000 * (1 - 1.005**-360) / 0.005)  # an annuity at half a per cent a month
    (found,) = internal_rates(amounts, np.arange(361) / 12)
    assert found.rate == pytest.approx(1.005**12 - 1, abs=1e-10)


def test_a_rate_out_of_range_is_none():
    assert internal_rates([-1, 100], [0, 1]) == [] and internal_rates([-1000, 1], [0, 1]) == []


# many draws at once


def test_draws_have_the_rates_that_each_has_alone():
    dice = np.random.default_rng(3)
    draws = np.column_stack([-dice.uniform(50, 150, 300), dice.normal(40, 30, (300, 4))])
    years = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
    together = sole_rates(draws, years)
    for row, rate in zip(draws, together, strict=True):
        alone = internal_rates(row, years)
        if sign_changes(row) == 1 and alone:
            assert rate == pytest.approx(alone[0].rate, abs=1e-9)
        else:
            assert np.isnan(rate)
    assert 0.3 < np.isfinite(together).mean() < 1, "both kinds are there"


def test_a_draw_with_several_rates_shows_none_of_them():
    assert np.isnan(sole_rates([[-1000, 2300, -1320]], [0, 1, 2])).all()


# payback


def test_money_that_has_to_be_paid_again_later_is_not_back():
    assert payback([-100, 150, -80, 60], [0, 1, 2, 3]) == pytest.approx(2 + 30 / 60)
    assert payback([-100, 150, -80, 20], [0, 1, 2, 3]) == np.inf


def test_payback_of_draws_is_that_of_each():
    draws = np.random.default_rng(5).normal([-100, 40, 40, 40, 10], 30, (200, 5))
    assert payback(draws, [0, 1, 2, 3, 4]) == pytest.approx([payback(row, [0, 1, 2, 3, 4]) for row in draws])


@settings(max_examples=100, deadline=None)
@given(AMOUNTS)
def test_a_stream_that_ends_in_debt_is_never_paid_back_and_any_other_is(amounts):
    assert np.isinf(payback(amounts, np.arange(len(amounts)))) == (sum(amounts) < 0)


def test_the_modified_rate_by_hand():
    # 1000 paid; 600 reinvested for a year at 10 % and 600 make 1260 after two years: the square root of 1.26
    assert modified_rate([-1000, 600, 600], [0, 1, 2], 0.10) == pytest.approx(1.26**0.5 - 1)
    assert np.isnan(modified_rate([-1, -2], [0, 1], 0.1))
