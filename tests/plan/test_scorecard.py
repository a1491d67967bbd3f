"""Scorecards: measures by hand, reasons that add up, ranks that don't pretend; on departments whose truth is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_city import CALENDAR, INDICATORS, LAST, ROLES, city_rows, scored, sources, year_rows

from planning.core.errors import RequestError
from planning.plan import scorecard
from planning.plan.scorecard import MEASURES, WHOLE, attainment, build_scorecards, check_indicators, check_scorecards, of_year, ranked


@pytest.fixture(scope="module")
def equal():
    return scored()


@pytest.fixture(scope="module")
def one_worse():
    return scored(city_rows(worse={"d04": 0.2}, noise=0.03))


def measured(rows, measure, count=2, **how):
    return MEASURES[measure](sources(rows, count, **how), LAST)


# what is measured


def test_execution_is_spent_over_adopted_and_missing_where_nothing_was_adopted():
    rows = [*year_rows("d00", LAST, adopted=200.0, actual=180.0), *year_rows("d01", LAST, adopted=0.0, actual=5.0)]
    table = measured(rows, "execution_rate")
    assert table.loc["d00"].tolist() == [180.0, 200.0, 0.9] and np.isnan(table.at["d01", "value"])


def test_the_last_projection_is_the_newest_one_made_before_the_year_was_over():
    rows = year_rows("d00", LAST, adopted=200.0, projected=160.0, late=179.0, actual=180.0)
    assert measured(rows, "projection_error").loc["d00"].tolist() == [180.0, 160.0, 0.125]


def test_headcount_is_filled_over_budgeted():
    assert measured(year_rows("d00", LAST, heads=40.0, filled=36.0), "headcount_rate").at["d00", "value"] == 0.9


def test_overtime_beyond_budget_is_a_share_of_the_budgeted_pay():
    rows = [*year_rows("d00", LAST, pay=1000.0, extra=50.0, worked=80.0), *year_rows("d01", LAST, pay=500.0, extra=0.0, worked=0.0)]
    table = measured(rows, "overtime_overrun")
    assert table.at["d00", "value"] == pytest.approx(0.03)
    assert np.isnan(table.at["d01", "value"]), "who neither plans nor pays overtime keeps no promise"


def test_receipts_are_the_whole_citys_against_the_years_first_forecast():
    assert measured([], "revenue_error").empty, "no department owns them"
    read = sources([])
    table = scorecard.revenue_error(dataclasses.replace(read, department=dict.fromkeys(read.department, WHOLE)), LAST)
    months = CALENDAR.year(LAST)
    true = sum(300 + 40 + 2 * (float(CALENDAR.month_number(period)) + 12 * (LAST - 2011)) for period in months)
    came_in = true - 2 * 2  # the newest month of both lines is printed two too low
    first = true + 9 * 2 * 5 - 2 * 2  # and so in the first report, whose nine open months are five too high in both
    assert list(table.index) == [WHOLE] and table["actual"].iloc[0] == pytest.approx(came_in)
    assert table["plan"].iloc[0] == pytest.approx(first)


def test_a_measure_whose_account_is_not_there_is_not_measured():
    made = build_scorecards(sources(city_rows(), roles={"reported": "told"}, cash=False), INDICATORS, LAST, draws=200)
    assert set(of_year(made)["indicator"]) == {"execution", "projection"} and ranked(made)["measured"].eq(1).all()


# points


def test_points_run_in_a_straight_line_and_no_further():
    assert attainment([1.0, 1.02, 0.88, 1.12, 1.5], "on_target", 1.0, 0.22, 0.02) == pytest.approx([100, 100, 50, 50, 0])
    assert attainment([-1.0, 0.0, 0.02, 0.05, 9.0], "down", 0.0, 0.05, 0.0) == pytest.approx([100, 100, 60, 0, 0])
    assert attainment([0.0, 5.0, 12.0], "up", 10.0, 0.0, 10.0) == pytest.approx([0, 50, 100])
    assert np.isnan(attainment([np.nan], "up", 10.0, 0.0, 10.0)).all()


@given(st.floats(-10, 10), st.floats(0, 5))
def test_further_from_the_target_is_never_better(value, step):
    target, floor, ceiling = 1.0, 0.5, 0.1
    away = value + step if value >= target else value - step
    near, far = attainment([value, away], "on_target", target, floor, ceiling)
    assert 0 <= far <= near <= 100


def test_indicators_that_can_not_be_read_are_listed_all_at_once():
    wrong = INDICATORS.assign(measure=["execution_rat", *INDICATORS["measure"][1:]], floor=[0.2, 0.005, 0.25, -0.05, 0.1])
    with pytest.raises(RequestError) as refused:
        check_indicators(wrong)
    said = str(refused.value)
    assert "3 problems" in said and "did you mean execution_rate?" in said
    assert "projection (better: on_target)" in said and "overtime (better: down)" in said
    with pytest.raises(RequestError, match="no indicators"):
        check_indicators(INDICATORS.iloc[:0])


# the score


def test_reasons_add_up_to_the_score(equal):
    year = of_year(equal)
    sums = 100 + year.groupby("department")["points"].sum()
    assert (sums - equal.cards.set_index("department")["score"]).abs().max() < 1e-9 and year["points"].max() <= 0
    by_hand = (year["attainment"] * year["indicator"].map({"execution": 0.35, "projection": 0.25, "headcount": 0.2, "overtime": 0.2}))
    assert by_hand.groupby(year["department"]).sum().to_numpy() == pytest.approx(equal.cards.set_index("department")["score"].sort_index())


def test_the_weight_of_what_is_not_measured_goes_to_the_others_and_too_little_gives_no_score():
    full = [cells for cells in city_rows(3) if not (cells["cost_centre"] == "d02" and cells["account"] in ("heads", "extra"))]
    made = scored(full, 3)
    card = made.cards.set_index("department").loc["d02"]
    own = of_year(made, "d02").set_index("indicator")
    assert card["measured"] == pytest.approx(0.6) and own.at["execution", "share"] == pytest.approx(35 / 60)
    assert own.loc["headcount", ["attainment", "share", "points"]].isna().all()
    strict = scored(full, 3, least_weight=0.7).cards.set_index("department").loc["d02"]
    assert np.isnan(strict["score"]) and strict["why"] == "unmeasured" and np.isnan(strict["rank"])


def test_the_small_and_the_unbudgeted_are_listed_and_not_ranked():
    rows = [*city_rows(4), *year_rows("d04", LAST, adopted=0.0, actual=9.0)]
    cards = scored(rows, 5, smallest=1_500_000.0).cards.set_index("department")
    assert cards["why"].to_dict() == {"d01": "", "d02": "", "d03": "", "d00": "small", "d04": "unbudgeted"}
    assert cards.loc[["d00", "d04"], "rank"].isna().all() and sorted(cards["rank"].dropna()) == [1, 2, 3]


def test_the_whole_has_its_card_with_receipts_that_no_department_has(equal):
    codes = set(INDICATORS["code"])
    assert set(equal.whole["indicator"]) == codes and set(of_year(equal)["indicator"]) == codes - {"revenue"}
    assert equal.whole.set_index("indicator").at["execution", "plan"] == 1_000_000.0 * sum(range(1, 13))
    assert equal.whole["share"].sum() == pytest.approx(1)


# the rank


def test_a_department_worse_by_construction_is_found(one_worse):
    card = one_worse.cards.set_index("department").loc["d04"]
    assert card["rank"] == 12 and card["rank_lower"] >= 7 and card["long_standing"] == "lower"
    assert (ranked(one_worse).set_index("department")["long_standing"].drop("d04") != "lower").all()
    worst = of_year(one_worse, "d04").sort_values("points")["indicator"].iloc[0]
    assert worst in ("execution", "projection")


def test_equal_departments_are_not_told_apart():
    apart = []
    for seed in range(6):
        made = scored(city_rows(seed=seed), draws=300)
        assert (ranked(made)["standing"] == "open").sum() >= 11 and (ranked(made)["rank_upper"] > 1).all()
        apart.append(scorecard.apart(made))
    assert sum(told for told, _ in apart) <= 0.15 * sum(pairs for _, pairs in apart)


def test_one_year_alone_gives_ranks_without_intervals():
    made = scored(city_rows(years=[LAST]))
    assert ranked(made)["rank"].notna().all() and ranked(made)["rank_lower"].isna().all() and made.tried.empty
    assert len(scorecard.not_told_from_first(made)) == len(scorecard.not_told_from_last(made)) == 11


@pytest.mark.parametrize("years", [1, 2])
def test_a_city_without_a_history_passes_its_checks(years):
    rows = city_rows(4, years=[LAST - 1, LAST][-years:])
    assert [check.name for check in check_scorecards(scored(rows, 4), sources(rows, 4)) if not check.passed] == []


def test_one_department_alone_stands_in_no_half_and_proves_nothing():
    made = scored(city_rows(1), 1)
    assert list(ranked(made)["standing"]) == list(ranked(made)["long_standing"]) == ["open"] and made.tried.empty


def test_where_no_department_can_be_measured_it_is_said():
    with pytest.raises(RequestError, match="nothing was measured in any department"):
        scorecard.build_scorecards(sources(city_rows(3), 3), INDICATORS[INDICATORS["measure"] == "revenue_error"], LAST)
    with pytest.raises(RequestError, match="no account for what departments spend"):
        scorecard.build_scorecards(sources(city_rows(3), 3, roles={}), INDICATORS, LAST)


def test_what_is_published_later_changes_nothing():
    day = CALENDAR.last(LAST) + pd.DateOffset(days=80)
    rows = city_rows()
    later = year_rows("d03", LAST, adopted=1.0, actual=9e9, heads=1.0, filled=900.0)
    later = [cells | {"known": day + pd.DateOffset(days=1), "version": "later"} for cells in later]
    made = [build_scorecards(sources(given, when=day), INDICATORS, LAST, draws=200) for given in (rows, rows + later)]
    pd.testing.assert_frame_equal(made[0].cards, made[1].cards)
    pd.testing.assert_frame_equal(made[0].details, made[1].details)


def test_a_year_that_is_not_known_yet_is_refused():
    with pytest.raises(RequestError, match=r"what was spent isn't known.*2012 to 2018"):
        build_scorecards(sources(city_rows()), INDICATORS, LAST + 1)
    with pytest.raises(RequestError, match="none yet"):
        build_scorecards(sources([]), INDICATORS, LAST)


def test_wrong_calls_are_expected_where_calls_are_made(one_worse):
    wrong, called = scorecard.wrong_calls(one_worse)
    assert called >= 1 and 0 <= wrong <= 0.05 * called


# other weights


def test_left_out_what_pulled_it_down_the_worst_rises():
    rows = city_rows(worse={"d04": 0.0})
    rows = [cells | {"amount": 10.0} if cells["cost_centre"] == "d04" and cells["version"] == f"{LAST}_filled" else cells for cells in rows]
    made = scored(rows)
    moved = scorecard.reweigh(made, {"headcount": 0, "execution": 1}).set_index(["case", "indicator", "department"])
    assert set(moved.index.get_level_values("case")) == {"equal", "without", "own"}
    assert moved.at[("without", "headcount", "d04"), "moved"] > 0 >= moved.at[("equal", "", "d04"), "moved"]
    assert moved.groupby(["case", "indicator"])["score"].max().max() <= 100


def test_own_weights_of_nothing_or_below_zero_are_refused(equal):
    with pytest.raises(RequestError) as refused:
        scorecard.reweigh(equal, {"headcont": 1, "overtime": -1, "execution": True})
    assert "3 problems" in str(refused.value) and "did you mean headcount?" in str(refused.value)


# checks


def test_every_check_holds_and_each_can_fail(equal):
    read = sources(city_rows())
    assert [check.name for check in check_scorecards(equal, read) if not check.passed] == []
    lost = dataclasses.replace(equal, cards=equal.cards.iloc[1:])
    nudged = dataclasses.replace(equal, cards=equal.cards.assign(score=equal.cards["score"] + 0.01, rank=1, rank_lower=2))
    beyond = dataclasses.replace(equal, details=equal.details.assign(share=0.3))
    failed = {check.name for broken in (lost, nudged, beyond) for check in check_scorecards(broken, read) if not check.passed}
    high = dataclasses.replace(equal, cards=equal.cards.assign(score=101.0))
    failed |= {check.name for check in check_scorecards(high, read) if not check.passed}
    astray = dataclasses.replace(read, department={code: to for code, to in read.department.items() if code != "d03"})
    failed |= {check.name for check in check_scorecards(equal, astray) if not check.passed}
    assert failed == {check.name for check in check_scorecards(equal, read)}


def test_roles_say_where_to_look():
    assert sources([], roles=ROLES | {"headcount": "extra"}).of_year("budget", "headcount", LAST).empty
