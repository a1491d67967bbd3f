from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.periods import FiscalCalendar, month, month_end, month_range, month_text, months_after, months_between

months = st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31")).map(lambda day: pd.Timestamp(day.year, day.month, 1))


def calendar(first_month: int, start: str = "2000-01", end: str = "2050-12") -> FiscalCalendar:
    return FiscalCalendar(first_month, month(start), month(end))


def test_a_july_year_is_named_by_the_year_in_which_it_ends():
    city = calendar(7)
    assert city.fiscal_year(month("2020-07")) == 2021 and city.fiscal_year(month("2020-06")) == 2020
    assert city.first(2021) == month("2020-07") and city.last(2021) == month("2021-06")
    assert city.month_number(month("2020-07")) == 1 and city.month_number(month("2021-06")) == 12


def test_a_january_year_is_the_calendar_year():
    shop = calendar(1)
    assert shop.fiscal_year(month("2020-12")) == 2020 and shop.month_number(month("2020-12")) == 12
    assert shop.first(2021) == month("2021-01") and shop.last(2021) == month("2021-12")


@given(months, st.integers(1, 12))
def test_year_and_month_number_lead_back_to_the_period(period, first_month):
    any_calendar = calendar(first_month)
    year, number = any_calendar.fiscal_year(period), any_calendar.month_number(period)
    assert any_calendar.period(year, number) == period
    assert period in any_calendar.year(year)


@given(months, st.integers(1, 12))
def test_a_fiscal_year_has_twelve_months_numbered_one_to_twelve(period, first_month):
    any_calendar = calendar(first_month)
    twelve = any_calendar.year(any_calendar.fiscal_year(period))
    assert list(any_calendar.month_number(twelve)) == list(range(1, 13))
    assert set(any_calendar.fiscal_year(twelve)) == {any_calendar.fiscal_year(period)}


@given(st.lists(months, min_size=1), st.sampled_from([1, 7]))
def test_a_series_is_read_like_each_of_its_periods(periods, first_month):
    any_calendar, series = calendar(first_month), pd.Series(periods)
    assert any_calendar.fiscal_year(series).tolist() == [any_calendar.fiscal_year(period) for period in periods]
    assert any_calendar.month_number(series).tolist() == [any_calendar.month_number(period) for period in periods]


@given(months)
def test_a_month_survives_being_written_and_read(period):
    assert month(month_text(period)) == period


@pytest.mark.parametrize(
    "text",
    ["2021", "2021-13", "2021-00", "2021-3", "2021-03-01", " 2021-03", "2021-03\n", "0001-01", "9999-12", "２０２１-03", "", None, 202103],
)
def test_anything_else_is_no_month(text):
    with pytest.raises(ValueError, match="expected a month"):
        month(text)


@given(months, st.integers(-240, 240))
def test_months_forward_and_back_again_is_where_we_were(period, count):
    assert months_after(months_after(period, count), -count) == period


def test_a_month_ends_on_its_last_day_leap_years_included():
    assert month_end(month("2020-02")) == pd.Timestamp("2020-02-29") and month_end(month("2100-02")) == pd.Timestamp("2100-02-28")


def test_a_range_counts_its_first_month():
    assert list(month_range(month("2020-11"), 3)) == [month("2020-11"), month("2020-12"), month("2021-01")]


def test_both_ends_belong_to_the_calendar():
    short = calendar(1, "2020-01", "2020-12")
    assert month("2020-01") in short and month("2020-12") in short
    assert month("2019-12") not in short and month("2021-01") not in short


@given(months, st.integers(-1200, 1200))
def test_months_between_undoes_months_after(first, steps):
    assert months_between(first, months_after(first, steps)) == steps
