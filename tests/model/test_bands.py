"""Bands against a known truth, and blind to what came later."""

from math import ceil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.periods import FiscalCalendar, month_range
from planning.model.backtest import rest_of_year, sum_lines
from planning.model.bands import (
    band,
    errors_known,
    landing_bands,
    landing_errors,
    measured_coverage,
    month_bands,
    order_width,
    wilson,
)

JULY = FiscalCalendar(7, pd.Timestamp("1980-07-01"), pd.Timestamp("2040-06-01"))
KEY = {"scenario": "actual", "version": "actual", "case": "base", "layer": "booked", "grain": "month"}
LAG = pd.Timedelta(days=75)


def simulated(years, lines, seed, noise=0.1):
    """Lines of very different size whose truth is known: 1, 10, 100 … times (1 + noise), forecast by their true mean.

    One origin a year at the end of March, three months ahead, so that all errors are independent.
    """
    dice = np.random.default_rng(seed)
    months = month_range(pd.Timestamp("1990-07-01"), 12 * years)
    names = [f"line {n:03d}" for n in range(lines)]
    actuals = pd.MultiIndex.from_product([names, months], names=["account", "period"]).to_frame(index=False).assign(**KEY)
    mean = 10.0 ** (actuals["account"].str[-3:].astype(int) % 6)
    actuals["amount"] = mean * (1 + noise * dice.standard_t(4, size=len(actuals)))
    actuals["known"] = actuals["period"] + LAG
    as_of = [JULY.period(1991 + n, 9) for n in range(years)]
    origins = pd.DataFrame({"as_of": as_of, "when": pd.DatetimeIndex(as_of) + LAG})
    open_months = actuals[JULY.month_number(actuals["period"]) > 9]
    forecasts = open_months[["account", "period"]].assign(amount=mean, typical=mean)
    forecasts["as_of"] = [JULY.period(year, 9) for year in JULY.fiscal_year(forecasts["period"])]
    return actuals, origins, forecasts


def points(amount=100.0, typical=100.0):
    return pd.DataFrame({"amount": [amount], "typical": [typical]})


def errors(*shares):
    return pd.DataFrame({"error": list(shares), "typical": 1.0})


def test_four_errors_carry_a_band_of_80_percent_and_it_is_the_largest():
    row = band(points(), errors(0.01, -0.02, 0.03, -0.04), 0.8).iloc[0]
    assert (row["lower"], row["upper"], row["level"], row["n"]) == (96, 104, 0.8, 4)


def test_with_too_few_errors_the_band_is_missing_not_narrow():
    for n, level in ((3, 0.8), (8, 0.9), (18, 0.95), (0, 0.5)):
        assert band(points(), errors(*[0.01] * n), level)[["lower", "upper"]].isna().all(axis=None)
    for n, level in ((4, 0.8), (9, 0.9), (19, 0.95), (1, 0.5)):
        assert band(points(), errors(*[0.01] * n), level)[["lower", "upper"]].notna().all(axis=None)


def test_a_series_of_nothing_has_no_band_and_gives_no_width_to_others():
    assert band(points(0.0, 0.0), errors(*[0.1] * 9), 0.8)["upper"].isna().all()
    silent = pd.concat([errors(*[0.1] * 4), pd.DataFrame({"error": [0.0] * 50, "typical": 0.0})])
    assert band(points(), silent, 0.8)[["upper", "n"]].to_numpy().tolist() == [[110, 4]]


def test_errors_are_pooled_within_the_columns_named():
    table = pd.concat([errors(*[0.1] * 4).assign(account="calm"), errors(*[0.5] * 5).assign(account="wild")])
    here = pd.concat([points().assign(account=name) for name in ("wild", "calm", "new")], ignore_index=True)
    drawn = band(here, table, 0.8, ["account"])
    assert list(drawn["n"]) == [5, 4, 0]
    assert drawn["upper"].tolist()[:2] == [150, 110] and np.isnan(drawn["upper"].iloc[2])


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=60), st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_higher_level_is_never_narrower_and_the_order_of_errors_means_nothing(shares, one, other, dice):
    low, high = sorted((one, other))
    narrow, wide = (band(points(), errors(*shares), level)["upper"].iloc[0] for level in (low, high))
    assert np.isnan(wide) or narrow <= wide
    dice.shuffle(shares)
    again = band(points(), errors(*shares), low)["upper"].iloc[0]
    assert again == narrow or (np.isnan(again) and np.isnan(narrow))


@pytest.mark.parametrize("n", [4, 9, 14, 19, 30])
def test_the_next_error_lies_inside_as_often_as_the_level_promises(n):
    draws = np.abs(np.random.default_rng(n).standard_t(3, size=(4000, n + 1)))
    inside = sum(draw[-1] <= order_width(draw[:-1], 0.8) for draw in draws)
    low, high = wilson(inside, 4000, level=0.999)
    assert low <= ceil(round((n + 1) * 0.8, 9)) / (n + 1) <= high


def test_simulated_lines_of_any_size_are_covered_as_promised_each_by_its_own_errors():
    actuals, origins, forecasts = simulated(years=12, lines=60, seed=3)
    row = measured_coverage(month_bands(forecasts, actuals, origins, 0.8)).iloc[0]
    promised = np.mean([ceil(round((3 * past + 1) * 0.8, 9)) / (3 * past + 1) for past in range(2, 12)])
    assert row["n"] == 10 * 3 * 60 and row["without"] == 2 * 3 * 60
    low, high = wilson(int(row["inside"]), int(row["n"]), level=0.999)
    assert low <= promised <= high and promised >= 0.8


def test_simulated_totals_and_landings_are_covered_as_promised():
    actuals, origins, forecasts = simulated(years=45, lines=6, seed=5)
    totals = sum_lines(forecasts)
    months = measured_coverage(month_bands(totals, actuals, origins, 0.8, by=[], pool=[])).iloc[0]
    landings = measured_coverage(landing_bands(totals, actuals, origins, 0.8, JULY)).iloc[0]
    assert (months["n"], landings["n"]) == (43 * 3, 41)
    assert months["low"] <= 0.8 <= months["high"] and landings["low"] <= 0.8 <= landings["high"]


def test_a_band_that_is_too_narrow_is_found_out():
    actuals, origins, forecasts = simulated(years=12, lines=30, seed=8)
    drawn = month_bands(forecasts, actuals, origins, 0.8)
    half = (drawn["upper"] - drawn["amount"]) / 2
    narrow = drawn.assign(lower=drawn["amount"] - half, upper=drawn["amount"] + half)
    assert measured_coverage(narrow)["high"].item() < 0.8


def test_later_errors_and_vintages_do_not_change_a_band():
    actuals, origins, forecasts = simulated(years=10, lines=3, seed=1)
    origin = origins.iloc[6]
    later = actuals["known"] > origin["when"]
    restated = actuals[~later].assign(known=origin["when"] + pd.Timedelta(days=1), amount=-1e9)
    changed = pd.concat([actuals.assign(amount=actuals["amount"].where(~later, 1e9)), restated], ignore_index=True)
    redone = forecasts.assign(amount=forecasts["amount"].where(forecasts["as_of"] <= origin["as_of"], -5.0))

    def until(table):
        return table[table["as_of"] <= origin["as_of"]].drop(columns="actual")

    pd.testing.assert_frame_equal(
        until(month_bands(redone, changed, origins, 0.8)), until(month_bands(forecasts, actuals, origins, 0.8)), check_exact=True
    )
    pd.testing.assert_frame_equal(
        until(landing_bands(sum_lines(redone), changed, origins, 0.8, JULY)),
        until(landing_bands(sum_lines(forecasts), actuals, origins, 0.8, JULY)),
        check_exact=True,
    )


def test_an_error_counts_once_its_month_is_closed_and_never_for_its_own_origin():
    actuals, _, forecasts = simulated(years=3, lines=1, seed=2)

    def known(month):
        return errors_known(forecasts, actuals, pd.Timestamp(month), pd.Timestamp(month) + LAG)

    assert len(known("1991-03-01")) == 0
    assert list(known("1991-05-01")["period"].dt.month) == [4, 5]
    assert len(known("1992-03-01")) == 3


def test_a_landing_has_one_past_error_a_year_and_none_for_a_year_still_open():
    actuals, _, forecasts = simulated(years=4, lines=2, seed=2)
    totals = sum_lines(forecasts)

    def count(month):
        return len(landing_errors(totals, actuals, pd.Timestamp(month), pd.Timestamp(month) + LAG, JULY))

    assert [count("1991-05-01"), count("1991-06-01"), count("1992-05-01"), count("1993-03-01")] == [0, 1, 1, 2]


def test_a_landings_error_is_the_sum_of_its_months():
    actuals, origins, forecasts = simulated(years=3, lines=2, seed=4)
    last = origins.iloc[-1]
    months = errors_known(sum_lines(forecasts), actuals, last["as_of"], last["when"], [])
    assert np.isclose(rest_of_year(months, JULY)["error"].sum(), months["error"].sum())


def test_points_without_a_band_are_counted_and_not_scored():
    table = pd.DataFrame({"lower": [1, np.nan, 1], "upper": [3, np.nan, 3], "actual": [3, 2, np.nan], "level": 0.8})
    row = measured_coverage(table).iloc[0]
    assert (row["n"], row["inside"], row["coverage"], row["without"]) == (1, 1, 1, 2)
    assert measured_coverage(table.iloc[1:])[["coverage", "low", "high"]].isna().all(axis=None)


def test_wilson_gives_the_interval_of_the_textbook():
    assert np.allclose(wilson(8, 10), (0.4902, 0.9433), atol=1e-4)
    assert wilson(0, 20)[0] == 0 and wilson(20, 20)[1] == 1
    assert all(np.isnan(wilson(0, 0)))
    with pytest.raises(RequestError):
        wilson(3, 2)


@pytest.mark.parametrize("level", [0, 1, 80, 1.2, "0.8", np.nan])
def test_a_level_that_is_no_fraction_is_refused(level):
    with pytest.raises(RequestError, match="a fraction between 0 and 1"):
        band(points(), errors(0.1), level)


def test_forecasts_of_an_origin_that_is_not_listed_are_refused():
    actuals, origins, forecasts = simulated(years=3, lines=1, seed=2)
    with pytest.raises(RequestError, match="unknown origin"):
        month_bands(forecasts, actuals, origins.iloc[:1], 0.8)
