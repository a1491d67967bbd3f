"""Effects: what the calendar knows, what a series is found to follow, and how often it is found where there is nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsforecast.models import DynamicTheta

from planning.core.errors import RequestError
from planning.core.periods import month_end, month_range
from planning.core.weeks import WeekCalendar
from planning.model.effects import WEEKDAYS, calendar_regressors, feasts_of, learn_effects, regressor_problems

MONTHS = month_range(pd.Timestamp("2014-01-01"), 132)
FEAST = ["spring_festival_before", "spring_festival_during", "spring_festival_after"]


def months_of(country, periods=MONTHS):
    return calendar_regressors(periods, month_end(periods), country)


CHINA, AUSTRALIA = months_of("CN"), months_of("AU")


def business(seed, months=120, noise=0.05, tails=0, walk=0.01):
    """A growing series with a season that follows nothing else; `tails`: degrees of freedom of its errors, 0 for normal ones."""
    rng = np.random.default_rng(seed)
    errors = rng.standard_t(tails, months) / np.sqrt(tails / (tails - 2)) if tails else rng.standard_normal(months)
    level = np.cumsum(rng.standard_normal(months) * walk) + 0.003 * np.arange(months)
    return 1000 * np.exp(level + np.resize(rng.standard_normal(12) * 0.2, months) + noise * errors)


def theta(amounts):
    return DynamicTheta(season_length=12).forecast(amounts, 12)["mean"]


def said(call, *given, **named):
    with pytest.raises(RequestError) as refused:
        call(*given, **named)
    return str(refused.value)


# ------------------------------------------------------------------------------------------------------- the calendar


def test_make_up_days_are_working_days():
    assert CHINA.loc["2024-02-01", "working_days"] == 18  # 21 weekdays, 5 of them off, Sunday the 4th and the 18th worked
    assert CHINA.loc["2024-10-01", "working_days"] == 19  # 23 weekdays, 5 of them off, Saturday the 12th worked
    assert calendar_regressors(MONTHS, month_end(MONTHS)).loc["2024-02-01", "working_days"] == 21


def test_a_weekend_is_the_countrys_own():
    june = pd.DatetimeIndex(["2023-06-01"])
    assert calendar_regressors(june, june + pd.Timedelta(days=6), "SA")["working_days"].item() == 5  # Thursday and Sunday to Wednesday
    assert calendar_regressors(june, june + pd.Timedelta(days=2), "SA")["working_days"].item() == 1


def test_the_two_weeks_before_spring_festival_fall_as_the_days_do():
    of_2024 = CHINA.loc["2024-01-01":"2024-03-01"]  # new year on 10 February
    assert of_2024["spring_festival_before"].tolist() == pytest.approx([5 / 14, 9 / 14, 0])
    assert of_2024["spring_festival_during"].tolist() == pytest.approx([0, 1, 0])
    assert of_2024["spring_festival_after"].tolist() == pytest.approx([0, 13 / 14, 1 / 14])


def test_easter_moves_with_its_date():
    easter = AUSTRALIA["easter"]
    assert easter.loc["2024-03-01"] == 1 and easter.loc["2024-04-01"] == 0  # 31 March
    assert easter.loc["2019-03-01"] == 0 and easter.loc["2019-04-01"] == 1  # 21 April
    assert easter.loc["2015-03-01"] == 0.5 and easter.loc["2015-04-01"] == 0.5  # 5 April


def test_the_feasts_are_those_the_country_or_a_state_of_it_keeps():
    assert [feasts_of(country) for country in ("CN", "AU", "US", "SG", None)] == [
        ("spring_festival",),
        ("easter",),
        ("easter",),
        ("spring_festival", "easter"),
        (),
    ]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]), st.integers(1980, 2030), st.integers(1, 12))
def test_no_day_of_a_feast_is_lost_or_counted_twice_whatever_the_periods(pattern, year, last_month):
    retail = WeekCalendar(pattern, last_month=last_month)
    periods = retail.periods_after(retail.first(year), 36)
    table = calendar_regressors(periods, retail.ends(periods), None, feasts=["easter", "spring_festival"])
    months = month_range(pd.Timestamp(periods[0].year, periods[0].month, 1) - pd.DateOffset(months=1), 40)
    by_day = pd.date_range(periods[0], retail.ends(periods)[-1])
    daily = calendar_regressors(by_day, by_day, None, feasts=["easter", "spring_festival"])
    assert table.sum().to_numpy() == pytest.approx(daily.sum().to_numpy())
    assert calendar_regressors(months, month_end(months), None, feasts=["easter"])["easter"].max() <= 1
    assert set(table["length_days"]) <= {28.0, 35.0, 42.0}


def test_weekdays_are_counted_less_the_sundays():
    march = AUSTRALIA.loc["2024-03-01", list(WEEKDAYS)]
    assert march.tolist() == [-1, -1, -1, -1, 0, 0]  # five Fridays, Saturdays and Sundays


def test_what_is_wrong_with_a_calendar_is_said_at_once():
    words = said(calendar_regressors, MONTHS, MONTHS - pd.Timedelta(days=1), "CNN", None, ["estaer"])
    assert "3 problems" in words and "ends before it begins" in words and "did you mean easter?" in words
    assert "unknown part" in said(calendar_regressors, MONTHS, month_end(MONTHS), "AU", "XYZ")


# ------------------------------------------------------------------------------------------------- what is found


def test_a_planted_spring_festival_is_found_and_lies_in_its_interval():
    inside = []
    for seed in range(100):
        amounts = business(seed) * np.exp(0.3 * CHINA["spring_festival_before"] - 0.4 * CHINA["spring_festival_during"]).to_numpy()[:120]
        learnt = learn_effects(amounts, CHINA[:120], logs=True)
        assert set(FEAST) <= set(learnt.names)
        ends = learnt.interval(0.95).loc["spring_festival_during"]
        inside.append(ends["lower"] <= -0.4 <= ends["upper"])
    assert np.mean(inside) >= 0.9


@pytest.mark.parametrize("how, most", [({}, 0.08), ({"tails": 3}, 0.11), ({"walk": 0.05}, 0.11), ({"months": 60}, 0.11)])
@pytest.mark.parametrize("country", [CHINA, AUSTRALIA], ids=["CN", "AU"])
def test_of_series_that_follow_nothing_few_keep_an_effect(country, how, most):
    months = how.get("months", 120)
    kept = [bool(learn_effects(business(seed, **how), country[:months]).names) for seed in range(200)]
    assert np.mean(kept) <= most


def test_an_easter_effect_moves_with_the_date():
    amounts = business(1, noise=0.01) * np.exp(0.2 * AUSTRALIA["easter"].to_numpy()[:120])
    learnt = learn_effects(amounts, AUSTRALIA[:120])
    assert "easter" in learnt.names
    ahead = months_of("AU", month_range(MONTHS[120], 60))
    path = pd.Series(learnt.added(np.full(60, 1000.0), ahead[list(learnt.names)]), ahead.index)
    assert path["2024-03-01"] > 1.1 * path["2025-03-01"] and path["2025-04-01"] > 1.1 * path["2024-04-01"]


def test_a_series_without_its_effects_is_the_series_before_they_were_planted():
    plain = business(2, noise=0.01)
    planted = plain * np.exp(0.02 * (CHINA["working_days"].to_numpy()[:120] - 21) + 0.3 * CHINA["spring_festival_before"].to_numpy()[:120])
    left = np.log(learn_effects(planted, CHINA[:120]).without(planted) / plain)
    by_month = left.reshape(10, 12) - left.reshape(10, 12).mean(axis=0)
    assert by_month.std() < 0.01 < 0.03 < (np.log(planted / plain).reshape(10, 12).std(axis=0)).max()


def test_what_is_taken_out_is_what_is_put_back():
    amounts = business(3) * np.exp(0.4 * CHINA["spring_festival_before"].to_numpy()[:120])
    learnt = learn_effects(amounts, CHINA[:120])
    assert learnt.names
    assert learnt.added(learnt.without(amounts), CHINA[:120]) == pytest.approx(amounts)
    draws = np.tile(learnt.without(amounts), (5, 1))
    assert learnt.added(draws, CHINA[:120]) == pytest.approx(np.tile(amounts, (5, 1)))


def test_one_wild_month_and_missing_months_hardly_change_an_effect():
    amounts = business(4) * np.exp(0.4 * CHINA["spring_festival_before"].to_numpy()[:120])
    wild = amounts.copy()
    wild[50] *= 4
    wild[[20, 21, 77, 90]] = np.nan
    calm, shaken = (learn_effects(series, CHINA[:120], logs=True).interval() for series in (amounts, wild))
    reach = calm.loc[FEAST, "upper"] - calm.loc[FEAST, "estimate"]
    assert ((calm.loc[FEAST, "estimate"] - shaken.loc[FEAST, "estimate"]).abs() < reach).all()
    assert np.isnan(learn_effects(wild, CHINA[:120]).without(wild)).sum() == 4


def test_a_driver_is_found_and_what_can_not_be_told_is_left_out_with_the_reason():
    rng = np.random.default_rng(5)
    campaign = (rng.random(120) < 0.2).astype(float)
    drivers = pd.DataFrame(
        {
            "campaign": campaign,
            "campaign_again": campaign * 3 + 1,
            "headcount": np.arange(120.0),
            "summer": np.resize([0.0] * 6 + [1.0] * 2 + [0.0] * 4, 120),
            "fire": np.eye(120)[60],
            "price": 10 + rng.standard_normal(120),
        },
        index=MONTHS[:120],
    )
    learnt = learn_effects(business(5) * (1 + 0.3 * campaign), drivers)
    assert learnt.names == ("campaign",) and learnt.sizes[0] == pytest.approx(np.log(1.3), abs=0.05)
    assert learnt.left_out == {
        "campaign_again": "can't be told from campaign",
        "headcount": "it moves only with the season or the trend",
        "summer": "it moves only with the season or the trend",
        "fire": "it moved once",
        "price": "can't be told from chance",
    }


def test_quarters_follow_easter_but_never_spring_festival():
    quarters = pd.date_range("2000-01-01", periods=80, freq="QS")
    ends = quarters + pd.offsets.QuarterEnd(0)
    rng = np.random.default_rng(6)
    table = calendar_regressors(quarters, ends, "SG")
    amounts = 1000 * np.exp(np.resize([0.1, -0.1, 0.2, 0.0], 80) + 0.01 * rng.standard_normal(80) + 0.2 * table["easter"].to_numpy())
    learnt = learn_effects(amounts, table, season=4)
    assert "easter" in learnt.names and set(FEAST) <= set(learnt.left_out)


@pytest.mark.parametrize("amounts, kind", [(np.zeros(60), "all zero"), (np.full(60, 3.0), "constant"), (np.arange(20.0) + 1, "short")])
def test_a_series_that_is_not_regular_follows_nothing(amounts, kind):
    learnt = learn_effects(amounts, CHINA[: len(amounts)])
    assert not learnt.names and set(learnt.left_out.values()) == {f"the series is {kind}"}
    assert (learnt.without(amounts) == amounts).all() and (learnt.added(amounts, CHINA[: len(amounts)]) == amounts).all()
    assert learnt.interval().empty


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 500), st.floats(0.01, 1e6))
def test_the_unit_makes_no_difference(seed, unit):
    amounts = business(seed, 72) * np.exp(0.4 * CHINA["spring_festival_before"].to_numpy()[:72])
    one, other = learn_effects(amounts, CHINA[:72]), learn_effects(amounts * unit, CHINA[:72])
    assert one.names == other.names and one.logs == other.logs
    assert other.without(amounts * unit) == pytest.approx(one.without(amounts) * unit, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e9, 1e9), st.integers(0, 3).map(float), st.just(float("nan"))), min_size=1, max_size=90),
    st.sampled_from([12, 4, 1]),
)
def test_whatever_comes_what_is_taken_out_can_be_put_back(amounts, season):
    amounts, known = np.array(amounts), months_of("AU", month_range(MONTHS[0], 90))
    learnt = learn_effects(amounts, known[: len(amounts)], season)
    without = learnt.without(amounts)
    assert (np.isnan(without) == np.isnan(amounts)).all() and np.isfinite(without[~np.isnan(amounts)]).all()
    assert set(learnt.names) | set(learnt.left_out) == set(known.columns)
    assert len(amounts) % season or learnt.added(without, known[: len(amounts)]) == pytest.approx(amounts, rel=1e-6, abs=1e-3, nan_ok=True)


def test_a_series_without_errors_follows_nothing_but_what_moves_it():
    plain = 100.0 + np.arange(96) + np.resize(np.arange(12.0), 96)
    assert not learn_effects(plain, CHINA[:96]).names
    moved = learn_effects(plain + 10 * AUSTRALIA["easter"].to_numpy()[:96], AUSTRALIA[:96])
    assert moved.names == ("easter",) and moved.sizes[0] == pytest.approx(10, rel=0.02)


def test_what_moves_only_where_nothing_is_known_is_left_out():
    amounts = business(9)
    amounts[[25, 73]] = np.nan  # the Februaries of 2016 and 2020
    assert learn_effects(amounts, AUSTRALIA[:120]).left_out["length_days"] == "it moves only in missing or odd periods"


def test_no_regressors_are_no_effects():
    learnt = learn_effects(business(8), pd.DataFrame(index=MONTHS[:120]))
    assert not learnt.names and not learnt.left_out and (learnt.added(np.ones(12), pd.DataFrame(index=MONTHS[120:])) == 1).all()


# -------------------------------------------------------------------------------------------------- what is wrong


def test_a_regressor_missing_ahead_is_one_problem_with_what_where_expected_and_next():
    amounts = business(7) * np.exp(0.4 * CHINA["spring_festival_before"].to_numpy()[:120])
    learnt = learn_effects(amounts, CHINA[:120])
    words = said(learnt.added, np.ones(12), CHINA[120:].drop(columns="spring_festival_before"))
    assert "1 problem\n" in words and "spring_festival_before: regressor missing ahead, expected 12 periods" in words
    assert "leave it out behind too" in words
    gappy = CHINA[120:].copy()
    gappy.loc["2024-03-01", "spring_festival_after"] = np.nan
    assert "nothing in 1 periods from 2024-03-01" in said(learnt.added, np.ones(12), gappy)


def test_a_door_can_ask_beforehand_what_is_missing_ahead():
    problems = regressor_problems(CHINA[:120], CHINA[120:].drop(columns=["working_days", "mondays"]), 12)
    assert [problem.where for problem in problems] == ["working_days", "mondays"]
    assert not regressor_problems(CHINA[:120], CHINA[120:], 12)


def test_amounts_and_regressors_that_do_not_fit_are_refused_at_once():
    gappy = CHINA[:60].assign(price="dear", campaign=np.nan)
    words = said(learn_effects, np.full(50, np.inf), gappy)
    assert "4 problems" in words and "one for each of 50 amounts" in words and "price" in words and "campaign" in words


@pytest.mark.needs_data
def test_retail_of_a_country_is_forecast_better_with_its_calendar(data):
    rows = pd.read_parquet(data / "aus_retail" / "aus_retail.parquet")
    amounts = rows.groupby(pd.to_datetime(rows["month"].astype(str)))["turnover_aud_m"].sum()["1990-01-01":]
    known = months_of("AU", amounts.index)
    plain, adjusted = [], []
    for now in range(120, len(amounts) - 12, 12):
        past, came = amounts.to_numpy()[:now], amounts.to_numpy()[now : now + 12]
        learnt = learn_effects(past, known[:now])
        forecasts = theta(past), learnt.added(theta(learnt.without(past)), known[now : now + 12])
        for found, path in zip((plain, adjusted), forecasts, strict=True):
            found.append(np.abs(np.diff(np.log(came / path))).mean())
    assert np.mean(adjusted) < 0.9 * np.mean(plain)


def test_months_with_a_moving_feast_are_forecast_better_and_others_hardly_worse():
    known = months_of("CN", month_range(MONTHS[0], 144))
    for size, least, most in ((0.3, 0.4, 0.75), (0.0, 0.97, 1.03)):
        plain, adjusted = 0.0, 0.0
        for seed in range(40):
            now = 96 + 12 * (seed % 4)
            feast = size * (known["spring_festival_before"] - known["spring_festival_during"]).to_numpy()[: now + 12]
            amounts = business(seed, now + 12) * np.exp(feast)
            past, came = amounts[:now], amounts[now : now + 3]
            learnt = learn_effects(past, known[:now])
            plain += np.abs(theta(past)[:3] / came - 1).mean()
            adjusted += np.abs(learnt.added(theta(learnt.without(past)), known[now : now + 12])[:3] / came - 1).mean()
        assert least < adjusted / plain < most
