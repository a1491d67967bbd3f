"""The past forecast with what was known then: nothing later moves it, and everybody is scored on the same months."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.periods import FiscalCalendar, month_range
from planning.model.backtest import closed_months, horizon_scores, nearer, rest_of_year, scored_months, scores, sum_lines, trial
from planning.model.history import series_of
from planning.model.panel import Given, Panel, panel_paths

JULY = FiscalCalendar(7, pd.Timestamp("2000-07-01"), pd.Timestamp("2040-06-01"))
LAG = pd.Timedelta(days=75)
KEY = {"scenario": "actual", "version": "actual", "case": "base", "layer": "booked", "grain": "month", "cost_centre": "city"}


def published(years=4, seed=0):
    """Two lines, each month published 75 days after its start, and restated by a little a year later."""
    dice = np.random.default_rng(seed)
    months = month_range(pd.Timestamp("2015-07-01"), 12 * years)
    lines = [
        pd.DataFrame({"account": name, "period": months, "amount": 100 + dice.normal(size=12 * years)})
        for name in ("fees", "taxes")
    ]
    first = pd.concat(lines, ignore_index=True).assign(**KEY)
    first["known"] = first["period"] + LAG
    again = first.assign(known=first["known"] + pd.DateOffset(years=1), amount=first["amount"] + 0.5)
    return pd.concat([first, again], ignore_index=True)


def origins(*months):
    as_of = pd.to_datetime(list(months))
    return pd.DataFrame({"as_of": as_of, "when": as_of + LAG})


def left_in_year(as_of):
    return 12 - JULY.month_number(as_of)


def test_a_trial_forecasts_each_origin_to_the_end_of_its_fiscal_year():
    tried = trial(published(), origins("2017-09-01", "2018-03-01"), left_in_year, "seasonal_naive")
    assert list(tried.columns) == ["as_of", "account", "period", "horizon", "amount", "typical"]
    assert tried.groupby("as_of").size().tolist() == [18, 6]
    assert set(tried.groupby("as_of")["period"].max()) == {pd.Timestamp("2018-06-01")}


def test_a_trial_is_the_forecast_of_what_was_known():
    when = pd.Timestamp("2018-05-20")
    tried = trial(published(), pd.DataFrame({"as_of": [pd.Timestamp("2018-03-01")], "when": [when]}), lambda _: 3)
    known = closed_months(published(), pd.Timestamp("2018-03-01"), when)
    paths = panel_paths([Panel([Given(series.amounts) for series in series_of(known, ["account"])], 3)], 12, "standard")[0]
    assert tried["account"].tolist() == ["fees"] * 3 + ["taxes"] * 3 and np.array_equal(tried["amount"], paths.amounts.ravel())


def test_of_each_month_the_last_vintage_published_by_then_counts():
    table, as_of = published(), pd.Timestamp("2017-09-01")
    history = closed_months(table, as_of, as_of + LAG).query("account == 'fees'")
    first = table.query("account == 'fees'").sort_values(["period", "known"]).drop_duplicates("period")["amount"].to_numpy()
    assert history["period"].max() == as_of and len(history) == 27
    assert np.allclose(history["amount"] - first[:27], [0.5] * 15 + [0.0] * 12)


@pytest.mark.parametrize("method", ["seasonal_naive", "fast"])
def test_nothing_published_later_moves_a_forecast(method):
    table, past = published(), origins("2017-09-01", "2017-12-01")
    before = trial(table, past, left_in_year, method)
    later = table["known"] > past["when"].iloc[0]
    changed = table.copy()
    changed.loc[later, "amount"] = np.random.default_rng(5).permutation(changed.loc[later, "amount"]) * 1000 - 7
    born = table[later].assign(account="born later " + table["account"])
    after = trial(pd.concat([changed, born], ignore_index=True), past.iloc[:1], left_in_year, method)
    pd.testing.assert_frame_equal(
        after, before[before["as_of"] == past["as_of"].iloc[0]].reset_index(drop=True), check_exact=True
    )
    dropped = trial(table[~later], past.iloc[:1], left_in_year, method)
    pd.testing.assert_frame_equal(after, dropped, check_exact=True)


@given(st.integers(0, 10**6), st.integers(14, 40))
@settings(max_examples=25, deadline=None)
def test_nothing_published_later_moves_any_origin(seed, months):
    table, as_of = published(), pd.Timestamp("2015-07-01") + pd.DateOffset(months=months)
    past = pd.DataFrame({"as_of": [as_of], "when": [as_of + LAG]})
    later = (table["known"] > as_of + LAG).to_numpy()
    noise = np.random.default_rng(seed).normal(scale=1e6, size=len(table))
    changed = table.assign(amount=np.where(later, noise, table["amount"])).sample(frac=1, random_state=seed)
    here, there = (trial(t, past, lambda _: 5, "seasonal_naive") for t in (table, changed))
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_a_month_known_before_its_close_is_not_used():
    table = published()
    early = table.drop_duplicates(["account", "period"]).assign(known=pd.Timestamp("2000-01-01"))
    tried = trial(early, origins("2017-09-01"), lambda _: 2, "seasonal_naive")
    assert tried["period"].min() == pd.Timestamp("2017-10-01")
    changed = early.assign(amount=early["amount"].where(early["period"] <= pd.Timestamp("2017-09-01"), -1e9))
    pd.testing.assert_frame_equal(trial(changed, origins("2017-09-01"), lambda _: 2, "seasonal_naive"), tried)


@pytest.mark.parametrize(
    ("table", "past", "expected"),
    [
        (published().assign(version=["a", "b"] * 96), origins("2017-09-01"), "several of version, expected one, got a, b"),
        (pd.concat([published()] * 2), origins("2017-09-01"), "the same cell twice"),
        (published().assign(amount=np.nan), origins("2017-09-01"), "missing or infinite amount"),
        (published().drop(columns="known"), origins("2017-09-01"), "missing column known"),
        (published(), origins("2017-09-01", "2017-09-01"), "origin twice, expected each as_of once, got 2017-09"),
        (
            published(),
            origins("2030-06-01"),
            "as of 2030-06, fees: ends elsewhere, expected a last month of 2030-06, got 2019-06",
        ),
        (published(), origins("2017-09-02"), "wrong as_of"),
        (published(), origins().iloc[:0], "no origin"),
    ],
)
def test_what_cannot_be_tried_is_refused(table, past, expected):
    with pytest.raises(RequestError, match=expected):
        trial(table, past, lambda _: 3, "seasonal_naive")


def figures(forecaster, as_of, amounts, first=None):
    months = month_range(pd.Timestamp(first) if first else pd.Timestamp(as_of) + pd.DateOffset(months=1), len(amounts))
    return pd.DataFrame(
        {"forecaster": forecaster, "as_of": pd.Timestamp(as_of), "period": months, "amount": np.asarray(amounts, float)}
    )


def happened(amounts, first="2018-07-01"):
    return pd.DataFrame({"period": month_range(pd.Timestamp(first), len(amounts)), "amount": np.asarray(amounts, float)})


def test_scores_are_what_a_reader_gets_by_hand():
    truth = happened([100.0] * 24)
    ours, people = figures("ours", "2020-03-01", [110, 90, 100]), figures("people", "2020-03-01", [130, 130, 100])
    totals = pd.concat([ours, people])
    lines = pd.concat(
        [totals.assign(account="a", amount=totals["amount"] / 2), totals.assign(account="b", amount=totals["amount"] / 4)]
    )
    halves = pd.concat([truth.assign(account=name, amount=50.0) for name in "ab"])
    table = scores(lines, totals, halves, truth, JULY).set_index("forecaster")
    assert list(table["quarter"]) == [3, 3] and list(table["months"]) == [3, 3] and list(table["cells"]) == [6, 6]
    assert np.allclose(table["wape_total"], [20 / 300, 60 / 300])
    assert np.allclose(table["wape_lines"], [(5 + 5 + 22.5 + 27.5 + 25) / 300, (15 + 15 + 17.5 + 17.5 + 25) / 300])
    assert np.allclose(table["mape_rest"], [0, 60 / 300]) and np.allclose(table["bias_rest"], [0, 60 / 300])
    assert list(table["years"]) == [1, 1]


def test_a_month_counts_only_with_an_actual_one_a_year_before_and_everybodys_figure():
    truth = pd.concat([happened([100.0] * 11, "2018-07-01"), happened([100.0] * 11, "2019-07-01")])  # no June in either year
    totals = pd.concat(
        [figures("ours", "2020-02-01", [1] * 4), figures("people", "2020-02-01", [1] * 2), figures("ours", "2019-02-01", [1] * 4)]
    )
    rows = scored_months(totals, truth, JULY, [])
    assert sorted(rows["period"].dt.strftime("%Y-%m")) == ["2020-03", "2020-03", "2020-04", "2020-04"]
    assert rest_of_year(rows, JULY).empty


def test_a_month_without_an_actual_a_year_before_does_not_count():
    rows = scored_months(figures("ours", "2020-03-01", [1] * 3), happened([100.0] * 14, "2019-05-01"), JULY, [])
    assert list(rows["period"].dt.strftime("%Y-%m")) == ["2020-05", "2020-06"]


def test_months_of_the_next_year_and_closed_months_do_not_count():
    totals = figures("ours", "2020-03-01", [100] * 9, first="2020-02-01")
    rows = scored_months(totals, happened([100.0] * 40), JULY, [])
    assert list(rows["period"].dt.strftime("%Y-%m")) == ["2020-04", "2020-05", "2020-06"]


def test_an_origin_at_the_years_last_month_is_scored_on_the_next_year():
    totals = figures("ours", "2019-06-01", [100] * 12)
    table = rest_of_year(scored_months(totals, happened([100.0] * 24), JULY, []), JULY)
    assert table[["closed", "amount", "actual"]].to_numpy().tolist() == [[0, 1200.0, 1200.0]]


def test_nearer_counts_the_months_in_which_we_came_closer():
    totals = pd.concat([figures("ours", "2020-03-01", [110, 90, 130]), figures("people", "2020-03-01", [120, 110, 100])])
    rows = scored_months(totals, happened([100.0] * 24), JULY, [])
    assert nearer(rows, "ours", "people").to_dict("records") == [{"closed": 9, "count": 3, "nearer": 1, "further": 1}]
    with pytest.raises(RequestError, match="unknown forecaster"):
        nearer(rows, "ours", "nobody")


def test_a_figure_given_twice_or_missing_is_refused():
    totals, truth = figures("ours", "2020-03-01", [1, 2, 3]), happened([100.0] * 24)
    for broken in (pd.concat([totals, totals]), totals.assign(amount=np.nan), totals.drop(columns="forecaster")):
        with pytest.raises(RequestError):
            scored_months(broken, truth, JULY, [])


def test_lines_add_up_to_their_total():
    tried = trial(published(), origins("2017-09-01", "2018-03-01"), left_in_year, "seasonal_naive")
    totals = sum_lines(tried)
    assert len(totals) == 12 and np.isclose(totals["amount"].sum(), tried["amount"].sum())
    assert list(totals.columns) == ["as_of", "period", "horizon", "amount", "typical"]


def test_errors_by_months_ahead_reach_beyond_the_year_and_count_what_all_have():
    """From March 2020 ours looks 18 months ahead, the people three; 10 too high each, of 100."""
    truth = happened([100.0] * 48, "2018-01-01")
    ours, people = figures("ours", "2020-03-01", [110] * 18), figures("people", "2020-03-01", [105] * 3)
    table = horizon_scores(ours.assign(account="all"), ours, truth.assign(account="all"), truth).set_index("horizon")
    assert table.loc[18, ["months", "cells"]].tolist() == [1, 1] and table.at[18, "wape_total"] == pytest.approx(0.1)
    whole = table[table.index.isna()].iloc[0]
    assert (whole["months"], whole["cells"]) == (18, 18) and whole["wape_lines"] == pytest.approx(0.1)
    both = pd.concat([ours, people])
    table = horizon_scores(both.iloc[:0].assign(account="all"), both, truth.assign(account="all"), truth)
    assert sorted(table["horizon"].dropna().unique()) == [1, 2, 3] and (table["cells"] == 0).all()
    assert table[table["horizon"].isna()].set_index("forecaster")[["months", "wape_total"]].to_numpy().tolist() == [[3, 0.1], [3, 0.05]]
