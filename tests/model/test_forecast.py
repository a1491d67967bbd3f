"""Forecasts: what each method gives, what makes no difference, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.periods import month_range
from planning.model.forecast import forecast, typical_month


def history(amounts, account="taxes", first="2018-07-01"):
    months = month_range(pd.Timestamp(first), len(amounts))
    return pd.DataFrame({"account": account, "period": months, "amount": np.asarray(amounts, dtype="float64")})


def seasonal(months, growth=2.0):
    n = np.arange(months)
    return 1000 + growth * n + 200 * np.sin(2 * np.pi * n / 12)


def said(history, horizon=3, method="seasonal_naive", **more):
    with pytest.raises(RequestError) as refused:
        forecast(history, horizon, method, **more)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_seasonal_naive_is_the_same_month_of_last_year_and_repeats_beyond_twelve():
    ahead = forecast(history(range(1, 25)), 15, "seasonal_naive")
    assert list(ahead["amount"]) == [*range(13, 25), 13, 14, 15]
    assert list(ahead["horizon"]) == list(range(1, 16))
    assert list(ahead["period"]) == list(month_range(pd.Timestamp("2020-07-01"), 15))


def test_less_than_a_year_gives_the_mean_of_what_there_is():
    assert list(forecast(history([10, 20, 60]), 2, "combined")["amount"]) == [30, 30]


@pytest.mark.parametrize("method", ["prophet", "combined"])
def test_less_than_two_years_gives_seasonal_naive_whatever_the_method(method):
    short = history(seasonal(23))
    pd.testing.assert_frame_equal(forecast(short, 14, method), forecast(short, 14, "seasonal_naive"))


@pytest.mark.parametrize("method", ["seasonal_naive", "prophet", "combined"])
def test_a_series_of_nothing_for_a_year_forecasts_nothing(method):
    assert not forecast(history([*seasonal(30), *[0] * 12]), 6, method)["amount"].any()


def test_prophet_finds_a_trend_and_a_season_that_are_there():
    truth = seasonal(84)
    ahead = forecast(history(truth[:72]), 12, "prophet")
    assert np.abs(ahead["amount"] / truth[72:] - 1).max() < 0.03


def test_moving_a_series_by_a_year_moves_its_forecast_and_hardly_changes_it():
    amounts = seasonal(60) + np.random.default_rng(1).normal(scale=20, size=60)
    here = forecast(history(amounts), 12, "prophet")["amount"]
    there = forecast(history(amounts, first="2019-07-01"), 12, "prophet")["amount"]
    assert np.abs(here / there - 1).max() < 0.02


def test_combined_is_the_plain_mean_of_the_two():
    table = history(seasonal(40))
    each = [forecast(table, 5, method)["amount"] for method in ("prophet", "seasonal_naive")]
    assert np.array_equal(forecast(table, 5)["amount"], (each[0] + each[1]) / 2)


def test_neither_the_number_of_workers_nor_the_order_of_rows_changes_a_forecast():
    noisy = seasonal(30) + np.random.default_rng(7).normal(scale=30, size=30)
    table = pd.concat([history(noisy, "fees"), history(3 * noisy[::-1], "fines"), history([1, 2, 3], "new", "2020-10-01")])
    alone = forecast(table, 4)
    pd.testing.assert_frame_equal(forecast(table.sample(frac=1, random_state=3), 4, workers=2), alone, check_exact=True)


def test_prophet_says_nothing_on_its_way(capfd, caplog):
    forecast(history(seasonal(36)), 2, "prophet")
    assert (capfd.readouterr().out, capfd.readouterr().err, caplog.text) == ("", "", "")


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.integers(1, 60), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_means_nothing(amounts, horizon, dice):
    table = pd.concat([history(amounts), history(amounts).tail(5).assign(account="fees")])
    order = list(range(len(table)))
    dice.shuffle(order)
    ahead = forecast(table, horizon, "seasonal_naive")
    pd.testing.assert_frame_equal(forecast(table.iloc[order], horizon, "seasonal_naive"), ahead, check_exact=True)
    assert len(ahead) == 2 * horizon and ahead["amount"].between(min(amounts) - 1, max(amounts) + 1).all()


def test_further_columns_can_name_a_series():
    table = pd.concat([history([5.0] * 12).assign(cost_centre=unit) for unit in ("fire", "police")])
    ahead = forecast(table, 1, "seasonal_naive", by=["cost_centre", "account"])
    assert list(ahead.columns) == ["cost_centre", "account", "period", "horizon", "amount"]
    assert list(ahead["cost_centre"]) == ["fire", "police"]


def test_the_typical_month_is_the_mean_size_of_the_last_twelve():
    assert typical_month(history([*[1000] * 5, *[-10, 30] * 6]))["typical"].item() == 20


@pytest.mark.parametrize("horizon", [0, -1, 61, 2.0, "3", None, True])
def test_a_horizon_outside_1_to_60_is_refused(horizon):
    assert "whole number of months from 1 to 60" in said(history(range(24)), horizon)


def test_an_unknown_method_is_refused_with_the_nearest_name():
    assert "did you mean prophet?" in said(history(range(24)), method="profet")
    assert "known: combined, prophet, seasonal_naive" in said(history(range(24)), method=None)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_a_wrong_number_of_processes_is_refused(workers):
    assert "workers: wrong number of processes" in said(history(range(24)), workers=workers)


def test_a_gap_is_an_error_that_says_where():
    text = said(history(range(24)).drop(index=[4, 5]))
    assert "taxes: months missing" in text and "got 2 from 2018-11" in text and "as 0 where nothing happened" in text


def test_a_series_that_ended_before_the_others_is_an_error():
    text = said(pd.concat([history(range(24)), history(range(20), "fees")]))
    assert "fees: ends elsewhere, expected a last month of 2020-06, got 2020-02" in text


def test_a_month_twice_is_an_error():
    assert "taxes, 2018-07-01: month twice" in said(pd.concat([history(range(24)), history([9])]))


@pytest.mark.parametrize("amount", [np.nan, np.inf, -np.inf])
def test_a_missing_or_infinite_amount_is_an_error(amount):
    assert "taxes, 2018-08-01: wrong amount" in said(history([1, amount, 3]))


def test_every_problem_comes_in_one_list():
    text = said(pd.concat([history([1, np.nan, 3]), history([np.inf], "fees")]).assign(account=["a", "a", None, "b"]))
    assert "3 problems" in text


def test_many_problems_are_counted_and_not_all_shown():
    text = said(history([np.nan] * 50))
    assert "30 more: wrong amount" in text and text.count("\n") == 21


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (history([]), "nothing to forecast from"),
        (history([1, 2]).drop(columns="amount"), "missing column amount"),
        (history([1, 2]).assign(amount="x"), "history, amount: wrong type"),
        (history([1, 2]).assign(period=["2018-07", "2018-08"]), "history, period: wrong type"),
        (history([1, 2]).assign(period=pd.to_datetime(["2018-07-02", "2018-08-01"])), "expected the first day of a month"),
        (history([1, 2]).assign(period=pd.to_datetime(["2018-07-01", None])), "wrong period"),
        (history([1, 2]).assign(account=[None, "taxes"]), "nothing where a value is needed"),
    ],
)
def test_a_table_that_is_no_history_is_refused(table, expected):
    assert expected in said(table)


def test_a_key_of_no_columns_is_refused():
    assert "wrong series key" in said(history([1, 2]), by=[])
