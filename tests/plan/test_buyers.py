"""The study of buyers on shops whose truth is known."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shoppers import FIRST, day, shop

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.plan import buyers
from planning.plan.buyers_lean import BELIEVED
from planning.plan.buyers_trial import FORECASTERS, scores, total_bands, trial_days, try_buyers

WORLD = shop(900, weeks=74, seed=4, free=0.02)
TERMS = {"as_of": "2020-12", "horizon_weeks": 20, "margin": 0.5, "offer_cost": 1.0, "save_rate": 0.2, "months_kept": 12.0,
         "discount_rate": 0.08, "months_ahead": 36}  # fmt: skip
CLOSING = pd.Timestamp("2020-12-31")
KNOWN = WORLD.orders[WORLD.orders["date"] <= CLOSING]


@pytest.fixture(scope="module")
def study():
    return buyers.build_study(WORLD.orders, TERMS, 0.8, 1)


def same(one, other) -> bool:
    """Whether two studies hold the same figures."""
    left, right = buyers.study_tables(one), buyers.study_tables(other)
    return left.keys() == right.keys() and all(left[name].equals(right[name]) for name in left)


# no leak


def test_what_comes_after_the_closing_day_changes_nothing(study):
    dice = np.random.default_rng(0)
    later = WORLD.orders["date"] > CLOSING
    shuffled = WORLD.orders.copy()
    shuffled.loc[later, "customer"] = dice.permutation(shuffled.loc[later, "customer"])
    shuffled.loc[later, "amount"] = 10_000.0
    assert later.sum() > 100
    assert same(study, buyers.build_study(shuffled, TERMS, 0.8, 1)) and same(study, buyers.build_study(KNOWN, TERMS, 0.8, 1))


def test_a_trial_forecasts_the_same_whatever_came_after_its_closing_day():
    cut = day(30)
    later = KNOWN["date"] > cut
    shuffled = KNOWN.assign(amount=KNOWN["amount"].where(~later, 1.0), date=KNOWN["date"].where(~later, CLOSING))
    one, other = (try_buyers(orders, cut, 20.0, 40, 0.8, 1) for orders in (KNOWN, shuffled))
    forecast = [column for column in one.rows if not column.startswith("came_")]
    assert one.rows[forecast].equals(other.rows[forecast])
    assert not one.rows["came_amount"].equals(other.rows["came_amount"])


def test_the_order_of_the_rows_and_the_hour_of_the_day_change_nothing(study):
    mixed = WORLD.orders.sample(frac=1, random_state=2)
    mixed = mixed.assign(date=mixed["date"] + pd.Timedelta(hours=23))
    other = buyers.build_study(mixed, TERMS, 0.8, 1)
    assert other.people["still"].equals(study.people["still"]) and np.allclose(other.people["amount"], study.people["amount"])


# planted truth


def test_those_said_to_be_customers_are_customers(study):
    really = WORLD.still(study.people["customer"], CLOSING)
    said, drawn = study.people["still"], buyers.total(study, "customers")
    assert abs(said.sum() - really.sum()) < 3 * drawn["drawn_spread"]
    assert said[really].mean() > said[~really].mean() + 0.3


def test_what_came_lies_inside_the_bands_that_were_shown(study):
    after = WORLD.orders[(WORLD.orders["date"] > CLOSING) & (WORLD.orders["date"] <= CLOSING + pd.Timedelta(weeks=20))]
    amount, purchases = buyers.total(study, "amount"), buyers.total(study, "purchases")
    assert amount["lower"] < after["amount"].sum() < amount["upper"]
    assert purchases["lower"] < len(after.drop_duplicates(["customer", "date"])) < purchases["upper"]


def test_single_buyers_stay_inside_their_own_bands_at_least_as_often_as_said(study):
    shares = study.own["inside"] / study.own["n"]
    assert len(shares) >= 4 and (shares > 0.77).all() and (shares < 1).all()
    assert (study.own["inside"] + study.own["below"] + study.own["above"] == study.own["n"]).all()


def test_ours_misses_less_than_the_rate_so_far_where_buyers_leave(study):
    by = study.scores.set_index(["closing", "forecaster"])
    for closing in study.scores["closing"].unique():
        assert by.loc[(closing, "ours"), "mae_purchases"] < by.loc[(closing, "rate"), "mae_purchases"]
        assert abs(by.loc[(closing, "ours"), "bias_purchases"]) < 0.25 < by.loc[(closing, "rate"), "bias_purchases"]


def test_a_regular_who_went_silent_heads_the_list_and_one_who_did_not_is_not_on_it():
    dates = [FIRST + pd.Timedelta(weeks=week) for week in range(20)]
    gone = pd.DataFrame({"customer": "gone", "date": dates, "quantity": 1.0, "amount": 200.0})
    here = gone.assign(customer="here", date=[CLOSING - pd.Timedelta(weeks=week) for week in range(20)])
    made = buyers.build_study(pd.concat([WORLD.orders, gone, here]), TERMS, 0.8, 1)
    still = made.people.set_index("customer")["still"]
    assert still["gone"] < 0.02 and still["here"] > 0.97
    assert made.retention["customer"].iloc[0] == "gone" and "here" not in set(made.retention["customer"].head(20))


# money


def test_an_offer_gains_what_comes_back_less_its_cost():
    assert buyers.offer_gain(60.0, {"save_rate": 0.1, "margin": 0.4, "offer_cost": 2.0}) == pytest.approx(0.4)


def test_the_list_holds_whom_an_offer_pays_for_best_first(study):
    people = study.people.set_index("customer")
    assert set(study.retention["customer"]) == set(people.index[people["gain"] > 0])
    assert study.retention["gain"].is_monotonic_decreasing and 0 < len(study.retention) < len(people)
    assert np.allclose(people["at_risk"], (1 - people["still"]) * people["amount_if"])
    assert np.allclose(people["amount"], people["still"] * people["amount_if"])


def test_at_its_break_even_the_list_gains_nothing(study):
    even = TERMS | {"save_rate": study.outcome["break_even"]}
    assert buyers.offer_gain(study.retention["at_risk"], even).sum() == pytest.approx(0, abs=1e-6)
    assert study.outcome["lower"] < study.outcome["gain"] < study.outcome["upper"]
    assert 0 < study.outcome["break_even"] < TERMS["save_rate"]


def test_a_case_without_differences_is_the_list_itself_and_more_come_back_gains_more(study):
    cases = study.cases.set_index("case")
    assert cases.at["assumed", "gain"] == cases.at["assumed", "as_drawn"] == pytest.approx(study.outcome["gain"])
    assert cases.at["half_back", "gain"] < cases.at["assumed", "gain"] < cases.at["more_back", "gain"]
    assert (cases["gain"] >= cases["as_drawn"] - 1e-9).all(), "a list drawn anew is never worse"


def test_an_offer_that_never_pays_leaves_an_empty_list():
    made = buyers.build_study(KNOWN, TERMS | {"offer_cost": 1e6}, 0.8, 1)
    assert made.retention.empty and made.outcome["n"] == 0 and pd.isna(made.outcome["break_even"]) and made.outcome["gain"] == 0
    assert all_passed(buyers.check_study(made))


# parts and wholes


def test_groups_months_and_people_add_up_to_the_total(study):
    for what in ("purchases", "amount"):
        assert study.people[what].sum() == pytest.approx(buyers.total(study, what)["expected"])
    ahead = study.months[study.months["scenario"] == "forecast"]
    assert ahead["amount"].sum() == pytest.approx(buyers.total(study, "amount")["expected"])
    assert study.groups["buyers"].sum() == len(study.people) >= study.silences["buyers"].sum() > 0.9 * len(study.people)
    assert study.groups["still"].sum() == pytest.approx(buyers.total(study, "customers")["expected"])


def test_closed_months_are_the_repeat_purchases_and_stand_beside_the_year_before(study):
    first = WORLD.orders.groupby("customer")["date"].transform("min")
    november = (WORLD.orders["date"] > first) & (WORLD.orders["date"].dt.to_period("M") == pd.Period("2020-11"))
    months = study.months.set_index("period")
    assert months.at[pd.Timestamp("2020-11-01"), "amount"] == pytest.approx(WORLD.orders.loc[november, "amount"].sum())
    assert months["prior"].isna().all(), "a year before, nobody was known yet"
    assert list(months.index[months["scenario"] == "forecast"]) == list(pd.date_range("2021-01-01", "2021-05-01", freq="MS"))


def test_months_ahead_stand_beside_the_same_days_of_buyers_already_known_a_year_before():
    old, new = shop(500, weeks=105, seed=3, joined=20), shop(300, weeks=70, seed=4)
    late = new.orders.assign(customer="n" + new.orders["customer"], date=new.orders["date"] + pd.Timedelta(weeks=50))
    orders = pd.concat([old.orders, late])
    made = buyers.build_study(orders, TERMS | {"as_of": "2021-12", "horizon_weeks": 20}, 0.8, 1)
    first = orders.groupby("customer")["date"].transform("min")

    def spent(start, stop):
        return orders.loc[(first <= start) & orders["date"].between(start, stop, inclusive="right"), "amount"].sum()

    ahead = made.months[made.months["scenario"] == "forecast"].set_index("period")
    march, may = pd.Timestamp("2022-03-01"), pd.Timestamp("2022-05-01")
    upto = {end: spent("2020-12-31", end) for end in ("2021-02-28", "2021-03-31", "2021-04-30", "2021-05-20")}
    everybody = orders.loc[(orders["date"] > first) & orders["date"].between("2021-03-01", "2021-03-31"), "amount"].sum()
    assert ahead.at[march, "prior"] == pytest.approx(upto["2021-03-31"] - upto["2021-02-28"]) and len(ahead) == 5
    assert 0 < ahead.at[march, "prior"] < 0.95 * everybody, "buyers who came in 2021 don't count"
    assert ahead.at[may, "prior"] == pytest.approx(upto["2021-05-20"] - upto["2021-04-30"]), "the horizon ends on the 20th"
    assert made.before == pytest.approx(spent("2021-01-01", "2021-05-21"))


def test_the_year_before_is_missing_where_it_is_not_known_whole(study):
    assert study.before > 0 and pd.isna(buyers.build_study(KNOWN, TERMS | {"as_of": "2020-11"}, 0.8, 1).before)


# trials


def test_closing_days_are_tried_every_quarter_and_at_the_horizon():
    days = trial_days(pd.Timestamp("1997-01-01"), pd.Timestamp("1998-06-30"), 39)
    assert [(f"{when:%Y-%m-%d}", weeks) for when, weeks in days] == [
        ("1998-03-31", 13.0), ("1997-12-30", 26.0), ("1997-09-30", 39.0), ("1997-07-01", 39.0),
    ]  # fmt: skip
    assert trial_days(FIRST, day(38), 39) == []


def test_a_curve_adds_up_to_what_was_expected_and_what_came(study):
    tried, curve = buyers.whole_trial(study), study.curve.set_index("week")
    now, last = curve.loc[0], curve.iloc[-1]
    assert last.name == 20 and last["came"] - now["came"] == tried.at["ours", "came_purchases"]
    assert last["expected"] - now["expected"] == pytest.approx(tried.at["ours", "expected_purchases"])
    assert curve["came"].is_monotonic_increasing and curve.loc[:-1, "expected"].isna().all()
    assert (curve.loc[0:, "lower"] <= curve.loc[0:, "expected"]).all() and (curve.loc[0:, "expected"] <= curve.loc[0:, "upper"]).all()


def test_bands_of_earlier_trials_rest_on_fewer_days_tried(study):
    bands = study.bands[study.bands["what"] == "amount"].sort_values("closing")
    assert bands["n"].is_monotonic_increasing and bands["n"].iloc[0] == 0 and bands["n"].iloc[-1] > 0
    assert (bands["lower"] <= bands["drawn_lower"]).all() and (bands["upper"] >= bands["drawn_upper"]).all()
    assert total_bands([], 0.8).empty


def test_where_a_year_was_tried_everything_expected_is_corrected_alike():
    orders = shop(700, weeks=130, seed=4).orders
    later = orders["date"] > pd.Timestamp("2020-09-30")
    orders = pd.concat([orders, orders[later & (orders["date"].dt.day % 2 == 0)].assign(date=lambda t: t["date"] - pd.Timedelta(days=1))])
    made = buyers.build_study(orders, TERMS | {"as_of": "2021-06"}, 0.8, 1)
    factor = made.leans["amount"].factor
    assert made.leans["amount"].weeks >= 52 and factor > 1.05, "later on more comes than any earlier day expected"
    plain = (made.people["still"] * made.people["each"]).sum()
    assert made.people["amount"].sum() == pytest.approx(buyers.total(made, "amount")["expected"]) and plain > 0
    assert np.allclose(made.people["amount"], made.people["still"] * made.people["amount_if"])
    ahead = made.months[made.months["scenario"] == "forecast"]
    assert ahead["amount"].sum() == pytest.approx(made.people["amount"].sum()) and all_passed(buyers.check_study(made))
    assert buyers.total(made, "amount")["drawn_mean"] * factor == pytest.approx(buyers.total(made, "amount")["expected"], rel=0.05)


def test_trials_of_many_buyers_are_made_on_some_drawn_by_chance(monkeypatch):
    assert buyers.tried_on(KNOWN) is KNOWN
    monkeypatch.setattr(buyers, "MOST_TRIED", 300)
    some, mixed = buyers.tried_on(KNOWN), buyers.tried_on(KNOWN.sample(frac=1, random_state=1))
    assert some["customer"].nunique() == 300 and set(some["customer"]) == set(mixed["customer"])
    whole = KNOWN[KNOWN["customer"].isin(some["customer"])]
    assert len(some) == len(whole), "each with every order"
    made = buyers.build_study(KNOWN, TERMS, 0.8, 1)
    assert made.scores["buyers"].max() <= 300 < len(made.people) and all_passed(buyers.check_study(made))


def test_every_forecaster_is_scored_on_the_same_buyers(study):
    for _, rows in study.scores.groupby("closing"):
        assert set(rows["forecaster"]) == set(FORECASTERS) and rows["came_amount"].nunique() == rows["buyers"].nunique() == 1


def test_where_too_little_was_known_before_there_is_no_trial_and_still_an_answer():
    made = buyers.build_study(KNOWN[KNOWN["date"] <= day(30)], TERMS | {"as_of": "2020-07", "horizon_weeks": 39}, 0.8, 1)
    assert made.scores.empty and made.tried.empty and made.curve.empty and buyers.whole_trial(made).empty
    amount = buyers.total(made, "amount")
    assert (amount["n"], amount["factor"], amount["spread"]) == (0, 1.0, BELIEVED) and amount["lower"] < 0.9 * amount["drawn_lower"]


def test_on_the_published_sample_it_misses_less_than_its_peers_and_by_no_more_than_was_measured():
    place = Path(importlib.util.find_spec("lifetimes").submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    table = pd.read_csv(place, sep=r"\s+", header=None, names=["old", "customer", "date", "quantity", "amount"], dtype={"customer": str})
    orders = table.assign(date=pd.to_datetime(table["date"].astype(str)))
    found = scores(try_buyers(orders, pd.Timestamp("1997-09-30"), 39.0, 40, 0.8, 1)).set_index("forecaster")
    ours, peers = found.loc["ours"], found.drop(index="ours")
    assert (ours["mae_purchases"] < peers["mae_purchases"]).all() and (ours["mae_amount"] < peers["mae_amount"]).all()
    assert ours["mae_purchases"] < 0.758 and ours["mae_amount"] < 29.6 and ours["came_purchases"] == 1882
    assert -0.12 < ours["bias_purchases"] < 0, "it expects too few: nothing in it knows of a season"


def test_the_band_of_the_gain_is_as_unsure_as_a_total(study):
    spread, out = study.leans["amount"].spread, study.outcome
    back = out["gain"] + out["cost"]
    assert spread > 0.05 and out["lower"] + out["cost"] <= back * (1 - spread) and out["upper"] + out["cost"] >= back * (1 + spread)


# lifetime value


def test_value_is_the_margin_of_what_is_expected_month_by_month(study):
    value, people = buyers.total(study, "value"), study.people
    assert value["expected"] == pytest.approx(people["value"].sum()) and value["lower"] < value["expected"] < value["upper"]
    assert (people["value_lower"] <= people["value_upper"]).all() and (people["value"] >= 0).all()
    plain = buyers.build_study(KNOWN, TERMS | {"discount_rate": 0.0, "margin": 1.0, "months_ahead": 1, "horizon_weeks": 20}, 0.8, 1)
    january = plain.months[plain.months["scenario"] == "forecast"]["amount"].iloc[0]
    assert buyers.total(plain, "value")["expected"] == pytest.approx(january), "one month, nothing discounted, all of it earned"


def test_what_buyers_are_worth_lies_inside_its_band():
    world = shop(900, weeks=60 + 53, seed=9)
    made = buyers.build_study(world.orders, TERMS | {"as_of": "2020-12", "discount_rate": 0.0, "margin": 1.0, "months_ahead": 12}, 0.8, 1)
    after = world.orders[(world.orders["date"] > CLOSING) & (world.orders["date"] <= pd.Timestamp("2021-12-31"))]
    value = buyers.total(made, "value")
    assert value["lower"] < after["amount"].sum() < value["upper"]
    came = after.groupby("customer")["amount"].sum().reindex(made.people["customer"]).fillna(0.0).to_numpy()
    inside = (came >= made.people["value_lower"] - 1e-6) & (came <= made.people["value_upper"] + 1e-6)
    assert inside.mean() > 0.77


# segments


def test_segments_add_up_and_none_is_small(study):
    table = study.segments
    assert table["n"].sum() == len(study.people) and (table["n"] >= 10).all() and (study.groups["buyers"] >= 10).all()
    assert table["amount"].sum() == pytest.approx(study.people["amount"].sum())
    assert table["value"].sum() == pytest.approx(study.people["value"].sum())
    assert (study.silences["buyers"] >= 10).all() and (study.tried["buyers"] >= 10).all()


# checks and bad requests


def test_draws_from_unsure_parameters_still_agree_with_the_formula():
    young = buyers.build_study(KNOWN[KNOWN["date"] < "2020-04-01"], TERMS | {"as_of": "2020-03"}, 0.8, 1)
    assert all_passed(buyers.check_study(young)), [check for check in buyers.check_study(young) if not check.passed]
    assert young.drawing[1] < buyers.total(young, "purchases")["expected"] / 10


def test_checks_pass_and_one_fails_where_the_orders_end_before_the_closing_day(study):
    assert all_passed(buyers.check_study(study)), [check for check in buyers.check_study(study) if not check.passed]
    late = buyers.build_study(KNOWN, TERMS | {"as_of": "2021-02"}, 0.8, 1)
    assert [check.name for check in buyers.check_study(late) if not check.passed] == ["buyers: the orders reach to the closing day"]


def test_a_check_fails_where_figures_were_tampered_with(study):
    def failed(**changes):
        checks = buyers.check_study(dataclasses.replace(study, **changes))
        return {check.name.removeprefix("buyers: ") for check in checks if not check.passed}

    assert failed(people=study.people.assign(still=1.5)) == {"probabilities lie between none and all"}
    assert failed(people=study.people.assign(total=0.0)) == {"every order counts once"}
    assert failed(retention=study.retention.iloc[1:]) == {"the list adds up to its gain"}
    assert failed(groups=study.groups.iloc[1:]) == {"groups add up to the total"}
    assert failed(drawing=(2 * study.drawing[1], study.drawing[1])) == {"draws agree with the formula"}


def test_a_bad_request_lists_everything():
    with pytest.raises(RequestError) as refused:
        buyers.build_study(KNOWN, {"as_of": "", "horizon_weeks": 39}, 0.8, 1)
    assert [problem.what for problem in refused.value.problems] == [
        "as_of is missing", "margin is missing", "offer_cost is missing", "save_rate is missing", "discount_rate is missing",
        "months_ahead is missing",
    ]  # fmt: skip
    with pytest.raises(RequestError) as refused:
        buyers.build_study(KNOWN, TERMS | {"as_of": "2019-01", "horizon_weeks": 0}, 0.8, 1)
    assert [problem.what for problem in refused.value.problems] == ["no horizon", "no orders"]
    with pytest.raises(RequestError, match="no month"):
        buyers.build_study(KNOWN, TERMS | {"as_of": "June"}, 0.8, 1)
    with pytest.raises(RequestError, match="too few to learn from"):
        buyers.build_study(KNOWN.head(15), TERMS, 0.8, 1)


def test_key_figures_are_those_of_the_study(study):
    figures = {code: value for code, value, *_ in buyers.study_key_figures(study, "USD")}
    assert figures["buyers_expected"] == buyers.total(study, "amount")["expected"] and figures["buyers_gain"] == study.outcome["gain"]
    assert ("buyers_still", buyers.total(study, "customers")["expected"], "count", "up") in buyers.study_key_figures(study, "USD")
    assert figures["buyers_at_risk"] == pytest.approx(study.people["at_risk"].sum())


def test_the_page_finds_the_columns_of_the_list(study):
    table = buyers.study_tables(study)["retention"]
    assert {"customer", "probability", "charge", "gain"} <= set(table)
    assert np.allclose(table["probability"] * table["charge"], table["at_risk"])
