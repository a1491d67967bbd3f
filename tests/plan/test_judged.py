"""People and model combined in a made-up town, and against the real finance office."""

import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR, cash_world, chart, known_by, month, truth

from planning.plan.accuracy import build_accuracy, build_coverage, build_value_added
from planning.plan.judged import TRIAL, run_judged, told
from planning.plan.known import people_forecast
from planning.plan.reforecast import HORIZON

TREE = chart()


def judged(world, side="receipts", days=None):
    days = world.days if days is None else days
    return run_judged(world.rows, TREE, side, days, world.trials(side), "seasonal_naive")


WORLD = cash_world(2011, "2014-12", newest=truth)
JUDGED = judged(WORLD)
RIGHT = cash_world(2011, "2018-12", newest=truth, people=truth)


def test_a_month_that_was_over_on_the_day_is_the_peoples_print():
    """A report on September comes in the middle of November: October is over."""
    parts = told(WORLD.rows, TREE, "receipts", month("2013-09"), known_by("2013-09"))
    assert set(parts.over["period"]) == {month("2013-10")} and parts.ahead["period"].min() == month("2013-11")
    october = JUDGED[(JUDGED["as_of"] == month("2013-09")) & (JUDGED["horizon"] == 1)].set_index("account")["amount"]
    assert october.to_dict() == parts.over.set_index("account")["amount"].to_dict()


def test_the_form_is_that_of_a_trial():
    assert list(JUDGED.columns) == TRIAL and JUDGED[["amount", "typical"]].notna().all(axis=None)
    assert not JUDGED.duplicated(["as_of", "account", "period"]).any()
    assert (JUDGED.groupby(["as_of", "account"])["horizon"].agg(list).map(lambda every: every == list(range(1, HORIZON + 1)))).all()


def test_the_first_time_the_people_speak_the_rest_is_the_mean_with_the_model():
    first = next(day for day in WORLD.days.itertuples() if len(people_forecast(WORLD.rows, TREE, "receipts", day.as_of, day.when)))
    people = told(WORLD.rows, TREE, "receipts", first.as_of, first.when).ahead
    made = JUDGED[JUDGED["as_of"] == first.as_of].merge(people, on=["account", "period"], suffixes=("", "_people"))
    model = made["period"].map(lambda period: period - pd.DateOffset(years=1))
    year_before = np.array([truth(account, period) for account, period in zip(made["account"], model, strict=True)])
    np.testing.assert_allclose(made["amount"], (made["amount_people"] + year_before) / 2)


def test_people_who_are_always_right_are_hardly_missed_by_the_combination():
    days = RIGHT.days
    made = judged(RIGHT)
    scored = build_accuracy(RIGHT.rows, RIGHT.controls, TREE, CALENDAR, "receipts", days, RIGHT.trials("receipts"), made)
    rates = scored.set_index(["forecaster", "closed"])["wape_lines"]
    assert set(rates.index.get_level_values(0)) == {"people", "naive", "ours", "combined"}
    assert (rates["people"] < 1e-9).all() and (rates["combined"] < rates["ours"] / 3).all()


def test_nothing_published_later_moves_an_origin():
    day = WORLD.days.iloc[8]
    until = WORLD.rows[WORLD.rows["known"] <= day.when]
    then = run_judged(until, TREE, "receipts", WORLD.days.iloc[:9], WORLD.trials("receipts"), "seasonal_naive")
    made = JUDGED[JUDGED["as_of"] <= day.as_of].reset_index(drop=True)
    pd.testing.assert_frame_equal(then, made, check_exact=True)


def test_where_the_people_are_silent_it_is_the_model_and_nobody_is_combined():
    silent = cash_world(2011, "2014-12", people=None)
    trials = silent.trials("receipts")
    made = judged(silent)
    pd.testing.assert_frame_equal(made, trials[TRIAL])
    scored = build_accuracy(silent.rows, silent.controls, TREE, CALENDAR, "receipts", silent.days, trials, made)
    assert set(scored["forecaster"]) == {"naive", "ours"}


def test_value_added_walks_from_naive_to_the_combination():
    made = build_value_added(RIGHT.rows, RIGHT.controls, TREE, CALENDAR, "receipts", RIGHT.days, RIGHT.trials("receipts"), judged(RIGHT))
    whole = made[made["month"].isna()].set_index("layer")
    assert whole["before"].to_dict() == {"ours": "naive", "people": "ours", "combined": "people"}
    assert whole["added"].sum() == pytest.approx(whole.at["ours", "error_before"] - whole.at["combined", "error"])
    assert whole.at["people", "added"] > 0 and set(made["month"].dropna()) == set(range(4, 13))
    assert build_value_added(RIGHT.rows, RIGHT.controls, TREE, CALENDAR, "receipts", RIGHT.days.iloc[:0], None, None).empty


def test_the_bands_of_both_are_drawn_from_their_own_misses():
    """The same rise every year: what last year's misses were, this year's are, so every band that could be drawn holds at its edge."""
    tables = {"ours": RIGHT.trials("receipts"), "combined": judged(RIGHT)}
    table = build_coverage(RIGHT.rows, TREE, CALENDAR, "receipts", RIGHT.days, tables).set_index(["forecaster", "what"])
    assert set(table.index) == {(who, what) for who in tables for what in ("months", "landings")}
    assert (table["n"] > 0).all() and table["n"].nunique() == 2, "the same months and landings for both"
    assert table.at[("ours", "months"), "coverage"] == 1
    assert build_coverage(RIGHT.rows, TREE, CALENDAR, "receipts", RIGHT.days.iloc[:0], tables).empty


# beside ours and the people in the reforecast


def landing(world, as_of, **how):
    return world.reforecast("receipts", as_of, **how).landing.set_index("forecaster")


def test_the_combined_landing_stands_beside_both_with_a_band_from_its_own_misses():
    made = landing(RIGHT, "2017-12", judged=judged(RIGHT))
    happened = sum(truth(account, period) for account in ("taxes", "fees") for period in CALENDAR.year(2018))
    miss = (made["amount"] - happened).abs()
    assert miss["combined"] < miss["ours"] / 3 and made.at["combined", "closed"] == made.at["ours", "closed"]
    width = made["upper"] - made["lower"]
    assert made.at["combined", "n"] == made.at["ours", "n"] and 0 < width["combined"] < width["ours"]


def test_no_month_is_combined_with_people_who_are_silent_of_it():
    months = RIGHT.reforecast("receipts", "2017-12", judged=judged(RIGHT)).months
    assert months["combined"].isna().equals(months["people"].isna()) and months["combined"].notna().sum() == 6
    silent = cash_world(people=None)
    assert pd.isna(landing(silent, "2014-12", judged=judged(silent)).at["combined", "amount"])
    assert pd.isna(landing(RIGHT, "2017-12").at["combined", "amount"]), "nobody combined anything"


def test_later_origins_move_nothing_in_the_combined_landing():
    until = RIGHT.days[RIGHT.days["as_of"] <= month("2016-12")]
    now, then = (landing(RIGHT, "2016-12", judged=judged(RIGHT, days=days)) for days in (RIGHT.days, until))
    pd.testing.assert_frame_equal(now, then)
