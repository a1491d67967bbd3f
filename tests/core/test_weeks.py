from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.weeks import ENDINGS, PATTERNS, WEEKDAYS, WeekCalendar

RETAIL = WeekCalendar("4-5-4", last_month=1, weekday="saturday", ending="nearest")
any_calendar = st.builds(
    WeekCalendar,
    st.sampled_from(sorted(PATTERNS)),
    st.integers(1, 12),
    st.sampled_from(WEEKDAYS),
    st.sampled_from(ENDINGS),
    st.integers(1, 12),
)
years = st.integers(1902, 2190)


def day(text):
    return pd.Timestamp(text)


def test_the_national_retail_federations_published_years():
    assert RETAIL.first(2024) == day("2023-01-29") and RETAIL.first(2025) == day("2024-02-04")
    assert RETAIL.weeks_of_year(2024) == 53 and RETAIL.weeks_of_year(2025) == 52
    assert [year for year in range(2002, 2026) if RETAIL.weeks_of_year(year) == 53] == [2007, 2013, 2018, 2024]


def test_a_year_that_ends_on_the_last_saturday_of_september():
    maker = WeekCalendar("5-4-4", last_month=9, weekday="saturday")
    assert maker.ends([maker.last(2023)])[0] == day("2023-09-30") and maker.ends([maker.last(2024)])[0] == day("2024-09-28")
    assert maker.weeks_of_year(2023) == 53 and list(maker.weeks(maker.year(2024))) == [5, 4, 4] * 4


def test_the_53rd_week_goes_to_the_period_that_takes_it():
    assert list(RETAIL.weeks(RETAIL.year(2024))) == [4, 5, 4] * 3 + [4, 5, 5]
    july = WeekCalendar("4-5-4", 1, "saturday", "nearest", long_period=6)
    assert list(july.weeks(july.year(2024))) == [4, 5, 4, 4, 5, 5] + [4, 5, 4] * 2
    assert list(july.days(july.year(2024)))[:2] == [28, 35]


@given(any_calendar, years)
def test_a_year_has_whole_weeks_and_ends_where_it_should(calendar, year):
    end = calendar.ends([calendar.last(year)])[0]
    month_end = pd.Timestamp(year, calendar.last_month, 1) + pd.offsets.MonthEnd(0)
    assert WEEKDAYS[end.weekday()] == calendar.weekday
    assert calendar.weeks_of_year(year) in (52, 53)
    assert 0 <= (month_end - end).days <= 6 if calendar.ending == "last" else abs((month_end - end).days) <= 3


@given(any_calendar, years, st.integers(1, 12))
def test_year_and_number_lead_back_to_the_period(calendar, year, number):
    period = calendar.period(year, number)
    assert (calendar.fiscal_year([period])[0], calendar.month_number([period])[0]) == (year, number)


@given(any_calendar, years, st.integers(1, 30))
def test_periods_follow_each_other_without_a_day_between(calendar, year, count):
    periods = calendar.periods_after(calendar.first(year), count)
    assert len(periods) == count and (periods[0] - calendar.ends([calendar.first(year)])[0]).days == 1
    assert (periods[1:] == calendar.ends(periods)[:-1] + pd.Timedelta(days=1)).all()


@given(any_calendar, st.datetimes(pd.Timestamp("1905-01-01"), pd.Timestamp("2195-01-01")))
def test_every_day_lies_in_one_period(calendar, moment):
    period = calendar.containing(moment)
    assert period <= pd.Timestamp(moment).normalize() <= calendar.ends([period])[0]


def test_days_that_start_no_period_are_listed_at_once_with_the_start_they_belong_to():
    with pytest.raises(RequestError) as refused:
        RETAIL.weeks([day("2024-02-04"), day("2024-02-05"), day("2024-04-01"), pd.NaT])
    said = str(refused.value)
    assert "3 problems" in said and "2024-02-05" in said and "expected 2024-03-03 or another start" in said and "NaT" in said


def test_wrong_settings_are_listed_at_once():
    with pytest.raises(RequestError) as refused:
        WeekCalendar("4-4-4", 13, "saterday", "close", 0)
    said = str(refused.value)
    assert "5 problems" in said and "did you mean saturday?" in said


def test_a_year_out_of_reach_is_refused():
    with pytest.raises(RequestError):
        RETAIL.year(1900)
    with pytest.raises(RequestError) as refused:
        RETAIL.periods_after(RETAIL.first(2200), 12)
    assert "from 0 to 11" in str(refused.value) and len(RETAIL.periods_after(RETAIL.first(2200), 11)) == 11


def test_long_runs_are_read_at_once():
    periods = RETAIL.periods_after(RETAIL.first(1990), 480)
    assert np.unique(RETAIL.fiscal_year(periods), return_counts=True)[1].max() == 12
