"""Forecasts: what each method gives, what makes no difference, what every odd line gets, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_lines import history, lines, many, seasonal

from planning.core.errors import RequestError
from planning.core.periods import month_range
from planning.core.weeks import WeekCalendar
from planning.model.forecast import forecast, tried_forecast
from planning.model.history import Timetable, typical_month
from planning.model.methods import NAIVES, intermittent
from planning.model.panel import Given, Panel, panel_paths
from planning.model.recipes import RECIPES, Recipe

QUICK = ["fast", "seasonal_naive"]
NOISE = np.random.default_rng(11).normal(scale=20, size=84)
REGULAR = seasonal(72) + NOISE[:72]


def said(table, horizon=3, method="seasonal_naive", **more):
    with pytest.raises(RequestError) as refused:
        forecast(table, horizon, method, **more)
    assert refused.value.exit_code == 2
    return str(refused.value)


def sound(found, count, horizon):
    """Whether a forecast has a finite row for every series and period, with the amount inside its band."""
    rows = found.rows
    ends = rows[["amount", "lower", "upper"]].to_numpy()
    inside = (rows["lower"] <= rows["amount"]).all() and (rows["amount"] <= rows["upper"]).all()
    return len(rows) == count * horizon and len(found.series) == count and np.isfinite(ends).all() and inside


# ------------------------------------------------------------------------------------------------------- the methods


def test_seasonal_naive_is_the_same_month_of_last_year_and_repeats_beyond_twelve():
    ahead = forecast(history(range(1, 25)), 15, "seasonal_naive")
    assert list(ahead["amount"]) == [*range(13, 25), 13, 14, 15]
    assert list(ahead["horizon"]) == list(range(1, 16))
    assert list(ahead["period"]) == list(month_range(pd.Timestamp("2025-01-01"), 15))


def test_seasonal_naive_is_that_of_any_line():
    """Mostly nothing, ended, or with one odd month: what was there a year ago is what it says."""
    for amounts in ([0, 0, 7, 0] * 9, [*range(1, 25), *[0] * 14], [*REGULAR[:-3], 9e6, 5, 5]):
        assert np.allclose(forecast(history(amounts), 12, "seasonal_naive")["amount"], amounts[-12:])


@pytest.mark.parametrize("method", RECIPES)
def test_every_method_finds_a_trend_and_a_season_that_are_there(method):
    truth = seasonal(84) + NOISE / 4
    found = tried_forecast(history(truth[:72], last=pd.Timestamp("2023-12-01")), 12, method)
    worst = 0.06 if method == "seasonal_naive" else 0.03
    assert sound(found, 1, 12) and np.abs(found.rows["amount"] / truth[72:] - 1).max() < worst


@pytest.mark.parametrize("method", RECIPES)
def test_twelve_equal_months_go_on(method):
    assert forecast(history([100.0] * 12), 12, method)["amount"].tolist() == [100.0] * 12


def test_two_points_give_their_mean_and_say_they_are_too_few():
    found = tried_forecast(history([10, 20]), 2, "fast")
    assert list(found.rows["amount"]) == [15, 15] and found.series["reason"].tolist() == ["too short"]
    assert found.series["method"].tolist() == ["seasonal_naive"] and found.series["skill"].isna().all()


def test_moving_a_series_by_a_year_moves_its_forecast_and_changes_it_by_nothing():
    here, there = (forecast(history(REGULAR, last=pd.Timestamp(last)), 12, "fast") for last in ("2024-12-01", "2020-12-01"))
    assert np.array_equal(here["amount"], there["amount"]) and np.array_equal(here["upper"], there["upper"])
    assert (here["period"] - pd.DateOffset(years=4) == there["period"]).all()


def test_a_method_says_nothing_on_its_way(capfd, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in RECIPES:
            forecast(history(REGULAR[:40]), 2, method)
    assert (*capfd.readouterr(), caplog.text) == ("", "", "")


# ---------------------------------------------------------------------------------------------- what changes nothing


@pytest.mark.parametrize("method", QUICK)
def test_neither_the_number_of_workers_nor_the_order_of_rows_changes_a_forecast(method):
    table = pd.concat([history(REGULAR, "fees"), history(3 * REGULAR[::-1], "fines"), history([1, 2, 3], "new")])
    alone, other = tried_forecast(table, 4, method), tried_forecast(table.sample(frac=1, random_state=3), 4, method, workers=2)
    for part in ("rows", "series", "trial"):
        pd.testing.assert_frame_equal(getattr(other, part), getattr(alone, part), check_exact=True)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.integers(1, 60), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_means_nothing(amounts, horizon, dice):
    table = pd.concat([history(amounts), history(amounts).tail(5).assign(account="fees")])
    order = list(range(len(table)))
    dice.shuffle(order)
    ahead = forecast(table, horizon, "seasonal_naive")
    pd.testing.assert_frame_equal(forecast(table.iloc[order], horizon, "seasonal_naive"), ahead, check_exact=True)
    assert len(ahead) == 2 * horizon and ahead["amount"].between(min(amounts) - 1, max(amounts) + 1).all()


@given(st.integers(0, 40), st.sampled_from([3, 13, 30, 60]), st.floats(1e-9, 1e12), st.sampled_from([0.0, 1100.0]))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_money_scales_the_forecast_and_its_band(seed, months, factor, less):
    """`less`: taken off, so that some lines cross 0 and aren't read as logarithms."""
    amounts = lines("business", 1, seed, months)[0] - less
    for method in ("fast", "standard") if months < 30 else ("fast",):
        here, there = (forecast(history(c * amounts), 12, method)[["amount", "lower", "upper"]].to_numpy() for c in (1.0, factor))
        assert np.abs(there / factor - here).max() <= 1e-6 * np.abs(here).max()


@given(st.integers(0, 1000), st.floats(0.01, 100))
@settings(max_examples=5, deadline=None)
def test_the_unit_of_money_scales_every_method_of_the_standard_recipe(seed, factor):
    amounts = lines("business", 1, seed)[0]
    here, there = (panel_paths([Panel([Given(c * amounts)], 12)], 12, "standard")[0].amounts for c in (1.0, factor))
    assert np.allclose(there, factor * here, rtol=1e-6)


@given(st.integers(0, 100), st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_a_series_added_to_a_small_panel_changes_no_other_path(seed, count):
    amounts = [Given(row) for row in lines("business", count + 1, seed, 48)]
    more, fewer = (panel_paths([Panel(panel, 12)], 12, "fast")[0].amounts for panel in (amounts, amounts[:-1]))
    assert np.allclose(more[:-1], fewer, rtol=1e-9)


def test_further_columns_can_name_a_series():
    table = pd.concat([history([5.0] * 12).assign(cost_centre=unit) for unit in ("fire", "police")])
    ahead = forecast(table, 1, "seasonal_naive", by=["cost_centre", "account"])
    assert list(ahead.columns) == ["cost_centre", "account", "period", "horizon", "amount", "lower", "upper", "level"]
    assert list(ahead["cost_centre"]) == ["fire", "police"] and set(ahead["level"]) == {0.8}


def test_the_typical_month_is_the_mean_size_of_the_last_twelve():
    assert typical_month(history([*[1000] * 5, *[-10, 30] * 6]))["typical"].item() == 20


# --------------------------------------------------------------------------------------------------------- odd lines

MONTH = np.arange(72)
RARE = np.where(np.random.default_rng(1).random(72) < 0.2, 6.0, 0.0)
ODD = {
    "intermittent": RARE,
    "intermittent, below 0": -RARE,
    "intermittent, of both signs": np.where(MONTH % 2, RARE, -RARE),
    "constant": np.full(40, 5.0),
    "all zero": np.zeros(40),
    "one point": [7.0],
    "one zero": [0.0],
    "two points": [7.0, 9.0],
    "three points": [7.0, 9.0, 8.0],
    "three equal points": [7.0, 7.0, 7.0],
    "thirteen points": REGULAR[:13],
    "fourteen points": REGULAR[:14],
    "two years less one": REGULAR[:23],
    "a level shift": np.where(MONTH > 40, 2, 1) * REGULAR,
    "a one-off month": np.where(MONTH == 50, 4, 1) * REGULAR,
    "gaps": np.where(np.random.default_rng(2).random(72) < 0.2, np.nan, REGULAR),
    "mostly gaps": np.where(MONTH % 6 == 5, REGULAR, np.nan),
    "negative": -REGULAR,
    "both signs": REGULAR - 1000,
    "tiny": 1e-12 * REGULAR,
    "huge": 1e12 * REGULAR,
    "zeros at the end": np.where(MONTH >= 66, 0, REGULAR),
    "a year of zeros at the end": np.where(MONTH >= 58, 0, REGULAR),
    "a closed summer": np.where(MONTH % 12 == 6, 0, REGULAR),
    "constant but for the last": [*[5.0] * 40, 9.0],
    "two values in turn": np.tile([1.0, 2.0], 30),
    "a straight line": MONTH + 1.0,
    "growth by half a month": np.exp(MONTH / 2),
    "the last one negative": np.where(MONTH == 71, -1, 1) * REGULAR,
    "thirty years": seasonal(360, 0) + np.random.default_rng(3).normal(0, 20, 360),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("horizon", [1, 12, 60])
def test_an_odd_line_gets_a_finite_forecast_inside_its_band(name, horizon):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sound(tried_forecast(history(ODD[name]), horizon, "fast"), 1, horizon)


@pytest.mark.parametrize("method", ["standard", "accurate", "prophet"])
def test_all_odd_lines_get_a_path_by_every_method(method):
    panel = [Given(np.asarray(amounts)) for name, amounts in ODD.items() if method == "standard" or len(amounts) < 50]
    paths = panel_paths([Panel(panel, 24)], 12, method)[0]
    assert paths.amounts.shape == (len(panel), 24) and np.isfinite(paths.amounts).all() and np.isfinite(paths.apart).all()


def test_all_odd_lines_together_get_one_forecast_each():
    found = tried_forecast(pd.concat([history(amounts, name) for name, amounts in ODD.items()]), 6, "fast", quantiles=(0.05, 0.5))
    assert sound(found, len(ODD), 6) and np.isfinite(found.quantiles["value"]).all()


def about(name, horizon=12):
    return tried_forecast(history(ODD[name]), horizon, "fast").series.iloc[0]


def amounts_of(name, horizon=12):
    return forecast(history(ODD[name]), horizon, "fast")["amount"].to_numpy()


def test_what_never_changes_stays_and_what_never_was_stays_nothing():
    assert set(amounts_of("constant")) == {5.0} and set(amounts_of("all zero")) == {0.0}
    assert about("constant")["method"] in ("constant", *NAIVES)
    assert about("constant")["reason"].endswith("constant") and about("all zero")["reason"].endswith("all zero")


def test_a_line_that_is_mostly_0_is_forecast_by_its_rate_and_says_so():
    assert np.ptp(amounts_of("intermittent")) < 1e-9 and amounts_of("intermittent").mean() == pytest.approx(RARE.mean(), rel=0.5)
    assert about("intermittent")["reason"].endswith("intermittent")


def test_rare_amounts_below_0_are_a_rate_and_the_mirror_of_those_above():
    below = tried_forecast(history(-RARE), 12, "fast")
    assert np.allclose(below.rows["amount"], -amounts_of("intermittent"))
    assert below.series["reason"].item().endswith("intermittent")
    taken_back = np.where(np.arange(60) % 6 == 0, -90.0, np.where(np.arange(60) % 6 == 3, 90.0, 0.0))
    assert np.abs(intermittent(taken_back, 12, 3)).max() < 10


def test_one_off_months_are_marked_and_not_expected_again():
    assert about("a one-off month")["one_off"] == 1
    assert np.allclose(amounts_of("a one-off month"), forecast(history(REGULAR), 12, "fast")["amount"], rtol=0.05)


def test_after_a_level_shift_the_new_level_is_forecast():
    assert np.allclose(amounts_of("a level shift"), 2 * seasonal(84)[72:], rtol=0.15)


def test_a_gap_is_filled_and_marked_and_never_0():
    assert about("gaps")["missing"] == int(np.isnan(ODD["gaps"]).sum())
    assert np.allclose(amounts_of("gaps"), forecast(history(REGULAR), 12, "fast")["amount"], rtol=0.05)
    with_zeros = forecast(history(np.nan_to_num(ODD["gaps"])), 12, "fast")["amount"]
    assert amounts_of("gaps").mean() > 1.05 * with_zeros.mean()


def test_a_line_that_never_was_negative_has_no_band_below_0():
    assert (forecast(history(RARE), 12, "fast")["lower"] >= 0).all()
    assert (forecast(history(ODD["zeros at the end"]), 60, "fast", level=0.99)["lower"] >= 0).all()


def test_a_negative_line_is_the_mirror_of_the_positive_one_as_far_as_networks_see():
    """Positive lines are read as logarithms and negative ones are not, so they differ by little and not by nothing."""
    assert np.allclose(-amounts_of("negative"), forecast(history(REGULAR), 12, "fast")["amount"], rtol=0.03)


def test_one_line_of_many_on_which_a_method_fails_gets_naive_with_the_reason_and_the_others_go_on(monkeypatch):
    usual = RECIPES["fast"].alone["ces"]

    def moody(amounts, season, horizon):
        if amounts[0] > 1e8:
            raise ZeroDivisionError("the model broke")
        return usual(amounts, season, horizon)

    table = lines("business", 12, 1)
    table[5] *= 1e6
    whole = tried_forecast(many(np.delete(table, 5, axis=0)), 6, "fast")
    monkeypatch.setitem(RECIPES, "fast", Recipe({"ces": moody}, RECIPES["fast"].networks))
    found = tried_forecast(many(table), 6, "fast")
    assert sound(found, 12, 6)
    assert found.series["reason"].str.contains("ces: the model broke").tolist() == [place == 5 for place in range(12)]
    others = found.rows[found.rows["account"] != "005"]["amount"].to_numpy()
    assert np.allclose(others, whole.rows["amount"], rtol=1e-9)


@pytest.mark.parametrize("path", [np.nan, np.inf, 1e30])
def test_a_method_that_gives_no_finite_or_no_likely_amount_has_failed(monkeypatch, path):
    monkeypatch.setitem(RECIPES, "fast", Recipe({"ces": lambda amounts, season, horizon: np.full(horizon, path)}))
    found = tried_forecast(history(REGULAR), 6, "fast")
    assert sound(found, 1, 6) and "ces: " in found.series["reason"].item()
    assert np.allclose(found.rows["amount"], REGULAR[-12:-6])


def test_one_method_of_several_that_fails_is_left_out_and_named(monkeypatch):
    def broken(amounts, season, horizon):
        raise ValueError

    monkeypatch.setitem(RECIPES, "fast", Recipe({"ces": RECIPES["fast"].alone["ces"], "broken": broken}))
    alone = panel_paths([Panel([Given(REGULAR)], 6)], 12, "fast")[0]
    assert alone.reasons == ["broken: ValueError"]
    assert np.allclose(alone.amounts[0], RECIPES["fast"].alone["ces"](REGULAR, 12, 6))


@pytest.mark.parametrize("name", ["ces", "theta", "optimized_theta"])
def test_three_years_are_enough_to_know_a_season(name):
    """Lines of a level, a season and noise: last year's noise alone costs the naive a factor of the square root of 2."""
    table = lines("business", 60, 3, 48)
    off = np.abs([RECIPES["accurate"].alone[name](row[:36], 12, 12) for row in table] - table[:, 36:]).mean()
    assert off < 0.95 * np.abs(table[:, 24:36] - table[:, 36:]).mean()


# -------------------------------------------------------------------------------------------- what comes beside it


def test_the_band_has_the_level_that_was_asked_and_quantiles_are_ordered():
    levels = {level: forecast(history(REGULAR), 6, "fast", level=level) for level in (0.5, 0.8, 0.95)}
    widths = [(rows["upper"] - rows["lower"]).to_numpy() for rows in levels.values()]
    assert (widths[0] < widths[1]).all() and (widths[1] < widths[2]).all() and set(levels[0.5]["level"]) == {0.5}
    found = tried_forecast(history(REGULAR), 6, "fast", level=0.8, quantiles=(0.1, 0.5, 0.9))
    table = found.quantiles.pivot(index="horizon", columns="quantile", values="value")
    assert (np.diff(table.to_numpy(), axis=1) > 0).all()
    assert np.allclose(table[0.1], found.rows["lower"]) and np.allclose(table[0.9], found.rows["upper"])


def test_a_trial_has_a_row_a_horizon_with_the_coverage_and_its_interval():
    trial = tried_forecast(many(lines("business", 12, 3)), 6, "fast").trial
    assert trial["horizon"].tolist() == list(range(1, 7)) and set(trial["series"]) == {12} and (trial["error"] < trial["naive"]).all()
    for level in ("80%", "95%"):
        assert (trial[f"low_{level}"] <= trial[f"coverage_{level}"]).all() and (trial[f"coverage_{level}"] <= trial[f"high_{level}"]).all()


def test_where_a_line_is_too_short_to_be_tried_the_trial_is_empty():
    assert tried_forecast(history(REGULAR[:14]), 6, "fast").trial.empty


# ------------------------------------------------------------------------------------------------- other timetables


def test_quarters_have_a_season_of_four():
    n = np.arange(44)
    truth = 100 + n + np.resize([10.0, -20, 30, -20], 44) + np.random.default_rng(5).normal(0, 1, 44)
    quarters = pd.date_range("2012-01-01", periods=44, freq="QS")
    table = pd.DataFrame({"account": "taxes", "period": quarters[:40], "amount": truth[:40]})
    found = tried_forecast(table, 4, "fast", timetable=Timetable("quarter"))
    assert sound(found, 1, 4) and found.rows["period"].tolist() == quarters[40:].tolist()
    assert np.abs(found.rows["amount"].to_numpy() - truth[40:]).max() < 8
    stray = table.assign(period=quarters[:40] + pd.DateOffset(months=1))
    assert "the first day of a quarter" in said(stray, timetable=Timetable("quarter"))


@pytest.mark.parametrize("count", [1, 2, 5, 9, 20])
def test_few_quarters_are_served(count):
    quarters = pd.date_range("2022-01-01", periods=count, freq="QS")
    table = pd.DataFrame({"account": "taxes", "period": quarters, "amount": REGULAR[:count]})
    assert sound(tried_forecast(table, 8, "standard", timetable=Timetable("quarter")), 1, 8)


WEEKS = WeekCalendar("4-4-5")


def test_a_53rd_week_behind_is_no_rise_and_one_ahead_is_expected():
    """100 a week, and nothing else: every period is 100 times its weeks, in long years too."""
    periods = WEEKS.periods_after(WEEKS.first(2016), 95)
    weeks = WEEKS.weeks(periods)
    assert {int(count) for count in weeks} == {4, 5, 6} and (np.flatnonzero(weeks == 6) < 80).any()
    table = pd.DataFrame({"account": "shop", "period": periods[:80], "amount": 100.0 * weeks[:80]})
    found = tried_forecast(table, 15, "fast", timetable=Timetable(weeks=WEEKS))
    assert found.rows["period"].tolist() == periods[80:].tolist()
    assert np.allclose(found.rows["amount"], 100 * weeks[80:], rtol=0.01)


def test_the_53rd_week_ahead_is_given_back():
    long = [year for year in range(2016, 2030) if (WEEKS.first(year + 1) - WEEKS.first(year)).days > 365]
    last = WEEKS.last(long[-1] - 1)
    periods = Timetable(weeks=WEEKS).until(last, 72)
    table = pd.DataFrame({"account": "shop", "period": periods, "amount": 100.0 * WEEKS.weeks(periods)})
    rows = forecast(table, 12, "fast", timetable=Timetable(weeks=WEEKS))
    assert rows["amount"].iloc[-1] == pytest.approx(600, rel=0.01) and rows["amount"].iloc[-4] == pytest.approx(500, rel=0.01)


# ------------------------------------------------------------------------------------------------------- regressors

EVERY = month_range(pd.Timestamp("2019-01-01"), 84)
PRICE = pd.DataFrame({"period": EVERY, "price": np.random.default_rng(6).normal(10, 1, 84)})
PRICED = seasonal(84) + NOISE - 80 * (PRICE["price"].to_numpy() - 10)


def test_a_driver_that_moves_a_line_makes_its_forecast_nearer():
    with_it, without = (forecast(history(PRICED[:72]), 12, "fast", drivers=drivers)["amount"] for drivers in (PRICE, None))
    off = [np.abs(ahead - PRICED[72:]).mean() for ahead in (with_it, without)]
    assert off[0] < off[1] / 2


def test_a_driver_known_ahead_moves_what_is_forecast_by_what_it_is_worth():
    dearer = PRICE.assign(price=PRICE["price"] + np.repeat([0.0, 1.0], [72, 12]))
    here, there = (forecast(history(PRICED[:72]), 12, "fast", drivers=table)["amount"] for table in (PRICE, dearer))
    assert np.allclose(there - here, -80, atol=12)


def test_a_driver_of_one_line_leaves_the_other_alone():
    table = pd.concat([history(PRICED[:72], "sales"), history(REGULAR, "wages")])
    both = pd.concat([PRICE.assign(account="sales"), PRICE.assign(account="wages", price=1.0)])
    paths = {name: forecast(table, 6, "fast", drivers=drivers) for name, drivers in (("with", both), ("without", None))}
    here, there = (rows[rows["account"] == "wages"]["amount"].to_numpy() for rows in paths.values())
    assert np.allclose(here, there, rtol=1e-9)


def test_a_driver_that_is_missing_is_one_clear_list():
    table = pd.concat([history(PRICED[:72], "sales"), history(REGULAR, "wages")])
    text = said(table, 12, "fast", drivers=PRICE.drop(index=[3, 5, 80, 81]))
    assert "4 problems" in text and "sales, price: regressor missing" in text and "wages, price: regressor missing" in text
    assert "2 periods from 2019-04-01" in text and "2 periods from 2025-09-01" in text and "behind too" in text
    assert "12 more: regressors missing" in said(many(lines("noise", 32, 1)), 12, "fast", drivers=PRICE.head(80))


@pytest.mark.parametrize(
    ("drivers", "expected"),
    [
        ([1], "not a table of drivers"),
        (PRICE.drop(columns="period"), "not a table of drivers"),
        (PRICE[["period"]], "drivers: no driver"),
        (pd.concat([PRICE, PRICE.tail(2)]), "drivers: period twice, expected each period once, got 2 rows"),
        (PRICE.assign(period=PRICE["period"].astype(str)), "drivers, period: wrong type"),
        (PRICE.assign(price="dear"), "taxes, price: regressor missing"),
        (PRICE.assign(price=np.inf), "taxes, price: regressor missing"),
        (PRICE.assign(account="fees"), "taxes, price: regressor missing"),
        (PRICE.rename(columns={"price": "working_days"}), "drivers, working_days: name taken"),
    ],
)
def test_a_table_that_holds_no_drivers_is_refused(drivers, expected):
    assert expected in said(history(REGULAR), 12, "fast", drivers=drivers, country="DE")


@pytest.mark.parametrize("country", ["CN", "US", "DE"])
def test_a_country_breaks_nothing(country):
    table = pd.concat([history(amounts, name) for name, amounts in ODD.items() if len(amounts) < 100])
    assert sound(tried_forecast(table, 13, "fast", country=country), len(ODD) - 1, 13)


def test_working_days_are_found_where_a_line_follows_them():
    periods = month_range(pd.Timestamp("2017-01-01"), 108)
    days = np.array([np.busday_count(first.date(), (first + pd.DateOffset(months=1)).date()) for first in periods])
    truth = 50.0 * days + np.random.default_rng(7).normal(0, 8, 108)
    table = history(truth[:96])
    off = [np.abs(forecast(table, 12, "fast", country=country)["amount"] - truth[96:]).mean() for country in ("US", None)]
    assert off[0] < off[1]


def test_an_unknown_country_is_refused():
    assert "country: unknown country" in said(history(REGULAR), country="XX")


# ---------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("horizon", [0, -1, 61, 2.0, "3", None, True])
def test_a_horizon_outside_1_to_60_is_refused(horizon):
    assert "whole number of periods from 1 to 60" in said(history(range(24)), horizon)


def test_an_unknown_method_is_refused_with_the_nearest_name():
    assert "did you mean prophet?" in said(history(range(24)), method="profet")
    assert f"known: {', '.join(sorted(RECIPES))}" in said(history(range(24)), method=None)
    assert "unknown method" in said(history(range(24)), method="combined")


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_a_wrong_number_of_processes_is_refused(workers):
    assert "workers: wrong number of processes" in said(history(range(24)), workers=workers)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"level": 0.0}, "level: wrong level"),
        ({"level": 80}, "level: wrong level"),
        ({"level": float("nan")}, "level: wrong level"),
        ({"level": None}, "level: wrong level"),
        ({"quantiles": (0.5, 1.5)}, "quantiles: wrong quantiles"),
        ({"quantiles": "0.5"}, "quantiles: wrong quantiles"),
        ({"timetable": "quarter"}, "timetable: wrong timetable"),
        ({"timetable": Timetable("week")}, "timetable: wrong timetable"),
        ({"seed": "1"}, "seed: wrong seed"),
    ],
)
def test_what_is_asked_wrongly_is_refused(asked, expected):
    assert expected in said(history(range(24)), **asked)


def test_a_series_that_ended_before_the_others_is_an_error():
    text = said(pd.concat([history(range(24)), history(range(20), "fees", pd.Timestamp("2024-08-01"))]))
    assert "fees: ends elsewhere, expected a last month of 2024-12, got 2024-08" in text


def test_a_month_twice_is_an_error():
    assert "taxes, 2024-12-01: month twice" in said(pd.concat([history(range(24)), history([9])]))


@pytest.mark.parametrize("amount", [np.nan, np.inf, -np.inf])
def test_a_missing_or_infinite_amount_is_an_error(amount):
    text = said(history([1, 2, 3]).assign(amount=[1, amount, 3]))
    assert "taxes, 2024-11-01: wrong amount" in text and "no row where it is missing" in text


def test_every_problem_comes_in_one_list():
    wrong = pd.concat([history([1, 2, 3]).assign(amount=[1, np.nan, 3]), history([1], "fees").assign(amount=np.inf)])
    assert "5 problems" in said(wrong.assign(account=["a", "a", None, "b"]), horizon=0, workers=0)


def test_many_problems_are_counted_and_not_all_shown():
    text = said(history([1] * 50).assign(amount=np.nan))
    assert "30 more: wrong amount" in text and text.count("\n") == 21


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (None, "history: wrong type"),
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


@pytest.mark.parametrize("by", [[], ["account", "account"], ["period"]])
def test_a_key_that_names_no_series_is_refused(by):
    assert "wrong series key" in said(history([1, 2]), by=by)
