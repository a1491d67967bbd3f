from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.money import LARGEST, from_minor, minor_digits, round_cents, round_parts, to_minor

whole = st.integers(-LARGEST + 1, LARGEST - 1)


@given(st.lists(whole), st.integers(0, 6))
def test_whole_smallest_units_survive_the_way_through_floats(minor, digits):
    assert to_minor(from_minor(minor, digits), digits).tolist() == minor


@given(st.lists(whole, min_size=1), st.integers(0, 6))
def test_decimals_are_read_exactly(minor, digits):
    assert to_minor([Decimal(m).scaleb(-digits) for m in minor], digits).tolist() == minor


def test_half_a_cent_goes_to_the_even_neighbour():
    assert to_minor([0.125, 0.375, -0.125], 2).tolist() == [12, 38, -12]
    assert to_minor([Decimal("0.125"), Decimal("0.135")], 2).tolist() == [12, 14]


def test_each_amount_may_have_its_own_digits():
    assert to_minor([1.5, 7.0], [2, 0]).tolist() == [150, 7]


@pytest.mark.parametrize(
    "amount", [np.nan, np.inf, -np.inf, 1e300, float(LARGEST), None, Decimal("NaN"), Decimal("Infinity"), Decimal("1e30")]
)
@pytest.mark.parametrize("beside", [1.0, Decimal("1.00")])
def test_what_can_not_be_exact_is_refused(amount, beside):
    with pytest.raises(ValueError, match="missing, infinite or too large"):
        to_minor([beside, amount], 0)


def test_no_amounts_are_no_units():
    assert to_minor([], 2).tolist() == [] and round_parts([]).tolist() == []


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("CNY", 2), ("JPY", 0), ("KWD", 3), ("XYZ", 2)])
def test_currencies_have_their_own_smallest_unit(currency, digits):
    assert minor_digits(currency) == digits


parts = st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=40)


@given(parts, st.integers(0, 4))
def test_rounded_parts_add_up_to_the_rounded_whole(drawn, digits):
    rounded = round_parts(drawn, digits=digits)
    assert int(rounded.sum()) == int(np.rint((np.array(drawn) * 10.0**digits).sum()))
    assert (np.abs(rounded - np.array(drawn) * 10.0**digits) <= 1).all()


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=24).filter(any), st.integers(0, 10**12))
def test_shares_of_a_whole_add_up_to_it(weights, total_minor):
    shares = np.array(weights) / sum(weights) * total_minor
    assert int(round_parts(shares, total_minor, digits=0).sum()) == total_minor


def test_leftover_cents_go_to_the_largest_remainder_and_ties_to_the_earlier():
    assert round_parts([1 / 3, 1 / 3, 1 / 3], 100).tolist() == [34, 33, 33]
    assert round_parts([0.104, 0.109, 0.107]).tolist() == [10, 11, 11]


@pytest.mark.parametrize("wrong", [[np.nan], [np.inf, 1.0], [1e300], [1e17]])
def test_parts_that_can_not_be_exact_are_refused(wrong):
    with pytest.raises(ValueError, match="missing, infinite or too large"):
        round_parts(wrong)


def test_parts_that_miss_the_whole_by_more_than_rounding_are_refused():
    with pytest.raises(ValueError, match="miss the whole"):
        round_parts([1.0, 2.0], 400)


def test_rounding_a_column_keeps_its_index_and_name():
    column = pd.Series([1.005, 2.675], index=["a", "b"], name="amount")
    assert round_cents(column).index.tolist() == ["a", "b"] and round_cents(column).name == "amount"
