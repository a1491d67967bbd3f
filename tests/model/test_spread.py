"""Yearly amounts over months: parts equal the whole, and a profile says what it rests on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import FiscalCalendar, month_range
from planning.model.spread import month_profile, spread

JULY = FiscalCalendar(7, pd.Timestamp("2000-07-01"), pd.Timestamp("2040-06-01"))
CENTS = st.integers(-(10**13), 10**13).map(lambda cents: cents / 100)


def history(amounts, account="taxes", first="2018-07-01"):
    return pd.DataFrame({"account": account, "period": month_range(pd.Timestamp(first), len(amounts)), "amount": amounts})


def annual(*amounts, account="taxes"):
    return pd.DataFrame({"account": account, "period": [JULY.first(2023 + n) for n in range(len(amounts))], "amount": amounts})


def no_profile():
    return month_profile(history([1.0] * 12), JULY, [2019]).iloc[:0]


def test_a_profile_is_the_share_of_each_fiscal_month_over_the_years_asked_for():
    profile = month_profile(history([*[1.0] * 12, *[3.0] * 6, *[1.0] * 6, *[999.0] * 12]), JULY, [2019, 2020])
    assert list(profile["month"]) == list(range(1, 13))
    assert np.allclose(profile["share"], [4 / 36] * 6 + [2 / 36] * 6)
    assert set(profile["years"]) == {2} and set(profile["basis"]) == {"history"}


@pytest.mark.parametrize(
    ("amounts", "basis", "years"),
    [
        ([5.0] * 11, "absent", 0),
        ([0.0] * 12, "zero", 1),
        ([5.0, -5.0] * 6, "zero", 1),
        ([5.0, -5.1] * 6, "cancelling", 1),
        ([-1.0] * 12, "history", 1),
    ],
)
def test_where_there_is_no_shape_the_profile_is_twelfths_and_says_why(amounts, basis, years):
    profile = month_profile(history(amounts), JULY, [2019])
    assert set(profile["basis"]) == {basis} and set(profile["years"]) == {years}
    assert np.allclose(profile["share"], 1 / 12)


def test_a_year_with_a_missing_month_does_not_count():
    profile = month_profile(history([*[1.0] * 12, *[100.0] * 11]), JULY, [2019, 2020])
    assert set(profile["years"]) == {1}


def test_a_hundred_in_twelfths_is_834_cents_four_times():
    months = spread(annual(100.0), no_profile(), JULY)
    assert list(months["amount"]) == [8.34] * 4 + [8.33] * 8
    assert list(months["period"]) == list(JULY.year(2023)) and set(months["basis"]) == {"absent"}


@given(
    st.lists(CENTS, min_size=1, max_size=4),
    st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=12, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_months_add_up_to_the_year_exactly_whatever_the_profile(amounts, shape):
    months = spread(annual(*amounts), month_profile(history(shape), JULY, [2019]), JULY)
    parts = to_minor(months["amount"].to_numpy(), 2).reshape(-1, 12)
    assert list(parts.sum(axis=1)) == list(to_minor(np.array(amounts), 2))


@given(CENTS, st.lists(st.floats(0, 1e6), min_size=12, max_size=12).filter(any))
@settings(max_examples=40, deadline=None)
def test_each_month_is_within_a_cent_of_its_share(amount, shape):
    profile = month_profile(history(shape), JULY, [2019])
    months = spread(annual(amount), profile, JULY)
    assert np.abs(months["amount"] - amount * profile["share"]).max() <= 0.0101


def test_a_negative_year_mirrors_the_positive_one_to_a_cent_and_a_zero_year_is_zeros():
    months = spread(annual(100.0, -100.0, 0.0), no_profile(), JULY)["amount"].to_numpy().reshape(3, 12)
    assert np.abs(months[0] + months[1]).max() < 0.011 and not months[2].any()


def test_a_month_that_is_always_empty_gets_nothing():
    profile = month_profile(history([*[1 / 3] * 11, 0.0]), JULY, [2019])
    assert spread(annual(99.99), profile, JULY)["amount"].iloc[-1] == 0


def test_the_columns_of_the_year_are_kept_and_the_grain_becomes_the_month():
    table = annual(12.0).assign(grain="year", cost_centre="fire").set_axis([9])
    months = spread(table, no_profile(), JULY)
    assert set(months["grain"]) == {"month"} and set(months["cost_centre"]) == {"fire"} and len(months) == 12


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (annual(np.nan), "annual, row 0: wrong amount"),
        (annual(1e15), "small enough to be exact"),
        (annual("much"), "wrong amount"),
        (annual(1.0).assign(period=pd.Timestamp("2023-01-01")), "expected the first day of a fiscal year"),
        (annual(1.0).drop(columns="account"), "missing column account"),
    ],
)
def test_a_year_that_cannot_be_spread_is_refused(table, expected):
    with pytest.raises(RequestError, match=expected):
        spread(table, no_profile(), JULY)


def test_a_profile_with_a_month_missing_or_twice_or_not_adding_to_one_is_refused():
    profile = month_profile(history([1.0] * 12), JULY, [2019])
    for broken in (profile.iloc[1:], pd.concat([profile, profile.iloc[:1]]), profile.assign(share=0.1)):
        with pytest.raises(RequestError, match="profile, "):
            spread(annual(1.0), broken, JULY)
