"""Early warnings on a county whose overspends are planted: raised, judged, covered, and never from the future."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spending import ADOPTED, CALENDAR, county, reports
from worlds import known_by

from planning.core.periods import month
from planning.model.bands import wilson
from planning.plan import warnings
from planning.plan.control import build_control, class_lines, misses, positions
from planning.plan.known import EVER
from planning.plan.warnings import Rule, raise_warnings

OVER = {("police", 2014): 0.2, ("fire", 2015): 0.2, ("roads", 2016): 0.2, ("courts", 2017): 0.25}
ROWS = county(range(2009, 2018), OVER)
RULE = Rule(method="pace", smallest=200_000.0)


@pytest.fixture(scope="module")
def controlled():
    return build_control(reports(ROWS), "pace")


@pytest.fixture(scope="module")
def raised(controlled):
    return raise_warnings(controlled.calls, month("2017-03"), RULE)


def test_the_department_that_overspends_by_construction_is_warned_and_no_other(raised):
    assert raised[["department", "kind"]].values.tolist() == [["courts", "overspend"]]
    [row] = raised.itertuples()
    assert row.amount == pytest.approx(0.25 * ADOPTED["courts"], rel=0.15) and row.lower < row.amount < row.upper and row.odds >= 0.9


@pytest.mark.parametrize("as_of", ["2016-09", "2016-12", "2017-03"])
def test_it_is_warned_at_every_quarter(as_of):
    found = raise_warnings(build_control(reports(ROWS, as_of), "pace").calls, month(as_of), RULE)
    assert found["department"].tolist() == ["courts"]


def test_without_a_plant_nobody_is_warned():
    calm = build_control(reports(county(range(2009, 2018))), "pace")
    assert raise_warnings(calm.calls, month("2017-03"), RULE).empty


def test_a_smaller_amount_than_asked_for_warns_of_nobody(controlled):
    assert raise_warnings(controlled.calls, month("2017-03"), dataclasses.replace(RULE, smallest=3e6)).empty


def test_a_departments_own_projection_warns_where_our_landing_does_not():
    rows = county(range(2009, 2018), OVER, said={("library", 2017): 0.3, ("courts", 2017): 0.25})
    found = raise_warnings(build_control(reports(rows), "pace").calls, month("2017-03"), RULE).set_index("department")
    assert found["kind"].to_dict() == {"courts": "overspend", "library": "projection"}, "one warning a department, ours first"
    assert found.at["library", "amount"] == pytest.approx(0.3 * ADOPTED["library"])


def test_spending_far_below_its_band_is_warned_of_and_is_no_overspend():
    rows = county(range(2009, 2018), {("port", 2017): -0.4})
    [row] = raise_warnings(build_control(reports(rows), "pace").calls, month("2017-03"), RULE).itertuples()
    assert (row.department, row.kind) == ("port", "off_band") and row.upper < 0 and row.odds > 0.9
    assert row.amount == pytest.approx(-0.4 * 0.6 * ADOPTED["port"], rel=0.15)


def test_a_past_warning_is_the_one_that_was_raised_then(controlled):
    then = build_control(reports(ROWS, "2015-12"), "pace")
    columns = ["department", "kind", "amount", "lower", "upper", "odds"]
    now, was = (raise_warnings(made.calls, month("2015-12"), RULE)[columns] for made in (controlled, then))
    assert len(was) and was["department"].tolist() == ["roads"]
    pd.testing.assert_frame_equal(now, was)


def test_shuffling_the_future_moves_no_warning_no_record_and_no_action(controlled, raised):
    later = ROWS["known"] > known_by("2017-03")
    shuffled = ROWS.assign(amount=ROWS["amount"].where(~later, ROWS["amount"].sample(frac=1, random_state=2).to_numpy()))
    other = build_control(reports(shuffled), "pace")
    again = raise_warnings(other.calls, month("2017-03"), RULE)
    pd.testing.assert_frame_equal(raised, again)
    records = [warnings.rule_record(made.calls, RULE, known_by("2017-03"), 9, CALENDAR) for made in (controlled, other)]
    pd.testing.assert_frame_equal(*records)
    acted = [
        warnings.build_actions(table, made, class_lines(made.reports, made), 1.0)[1]
        for made, table in ((controlled, raised), (other, again))
    ]
    pd.testing.assert_frame_equal(*acted)


# the record


def test_the_record_counts_what_was_raised_what_came_true_and_what_was_missed(controlled):
    record = warnings.rule_record(controlled.calls, RULE, EVER, 9, CALENDAR)
    row = record[(record["what"] == "quarter") & (record["kind"] == "over")].iloc[0]
    past = warnings.select_raised(warnings.past_signs(controlled.calls, RULE, EVER), RULE.odds_wanted)
    here = past[(past["closed"] == 9) & (past["kind"] != "off_band")]
    here = here.assign(true=warnings.came_true(here, RULE.smallest))
    assert set(zip(here["department"], here["fiscal_year"], strict=True)) >= {("police", 2014), ("fire", 2015)}
    assert row["raised"] == len(here) and row["true"] == here["true"].sum() and row["precision"] == row["true"] / row["raised"]
    assert (row["low"], row["high"]) == wilson(int(row["true"]), int(row["raised"]))
    assert row["expected"] == pytest.approx(here["odds"].sum())
    assert row["notice"] == pytest.approx(1.5, abs=0.1), "a report of March is known in the middle of May"


def test_a_planted_overspend_that_nobody_could_see_coming_is_missed(controlled):
    """The library spends as ever until March, and then twice as much."""
    final = ROWS["account"].isin(["told", "staff", "supplies"]) & (ROWS["grain"] == "year") & (ROWS["scenario"] == "actual")
    late = final & (ROWS["cost_centre"] == "library") & (ROWS["period"] == "2014-07-01")
    made = build_control(reports(ROWS.assign(amount=ROWS["amount"].where(~late, 1.5 * ROWS["amount"])), "2017-03"), "pace")
    before, after = (
        warnings.rule_record(table.calls, RULE, EVER, 9, CALENDAR).query("what == 'quarter' and kind == 'over'").iloc[0]
        for table in (controlled, made)
    )
    assert after["missed"] == before["missed"] + 1 and after["recall"] < before["recall"]


def test_an_overspend_too_small_to_be_missed_is_none_that_was_caught():
    shown = {"fiscal_year": 2016, "closed": 9, "period": month("2016-03"), "day": known_by("2016-03"), "kind": "overspend", "odds": 0.9}
    ends = pd.DataFrame({"department": list("abc"), "adopted": 100.0, "final": [100.01, 150.0, 150.0], "amount": 50.0}).assign(**shown)
    record = warnings._record_of(ends.iloc[:2], ends, dataclasses.replace(RULE, smallest=10.0), 9, CALENDAR)
    row = record.query("what == 'quarter' and kind == 'over'").iloc[0]
    assert (row["true"], row["missed"], row["recall"]) == (2, 1, 0.5), "of two overspends of 10 or more one was warned of"


def test_odds_of_spending_below_its_band_are_those_of_the_end_it_is_judged_by():
    calls = build_control(reports(county(range(2009, 2018), {("port", 2017): -0.1})), "pace").calls
    port = calls[(calls["period"] == month("2017-03")) & (calls["department"] == "port")].iloc[0]
    past, odds = misses(calls, "pace", 9, 2017, known_by("2017-03")), []
    for smallest in (200_000.0, 450_000.0):
        [row] = raise_warnings(calls, month("2017-03"), dataclasses.replace(RULE, smallest=smallest)).itertuples()
        ends = port["pace"] + past["error"] / past["typical"] * port["adopted"]
        odds.append(row.odds)
        assert row.odds == pytest.approx(((ends <= port["adopted"] - smallest).sum() + 1) / (len(past) + 2))
    assert odds[1] <= odds[0]


def judged(**how):
    base = {"kind": "overspend", "amount": 5.0, "final": 100.0, "adopted": 100.0} | how
    return warnings.came_true(pd.DataFrame([base]), 10.0).iloc[0]


def test_when_a_warning_came_true():
    assert judged(final=100.01) and not judged(final=100.0) and judged(final=np.nan) is pd.NA
    assert judged(kind="off_band", amount=5.0, final=101.0) and not judged(kind="off_band", amount=-5.0, final=101.0)
    assert judged(kind="off_band", amount=-5.0, final=90.0) and not judged(kind="off_band", amount=-5.0, final=90.5)


def test_higher_odds_never_raise_more_and_never_miss_less(controlled):
    table = warnings.thresholds(controlled, RULE)
    assert table["now"].is_monotonic_decreasing and table["raised"].is_monotonic_decreasing and table["missed"].is_monotonic_increasing
    assert table["odds"].tolist() == [0.5, 0.6, 0.7, 0.8, 0.9]


def test_before_any_year_is_known_there_is_no_record():
    early = build_control(reports(ROWS, "2009-12"), "pace")
    record = warnings.rule_record(early.calls, RULE, known_by("2009-12"), 6, CALENDAR)
    assert (record["raised"] == 0).all() and record["precision"].isna().all() and (record["years"] == 0).all()
    assert raise_warnings(early.calls, month("2009-12"), RULE).empty


def test_chance_is_said_in_warnings_and_in_departments():
    warned = pd.DataFrame({"kind": ["overspend", "projection", "off_band"], "odds": [0.9, 0.7, 0.2]})
    lines = pd.DataFrame({"to_date": [1.0, 2.0, np.nan, 1.0], "adopted": [1.0, 1.0, 1.0, 0.0]})
    assert warnings.by_chance(warned, lines, 0.8) == pytest.approx((0.4, 0.4))


# what became of them


def test_what_became_of_earlier_warnings(controlled):
    today = positions(dataclasses.replace(controlled.reports, when=EVER))
    table = warnings.became(controlled, RULE, today).set_index(["period", "department"])
    same_year, last_year = table.loc[(month("2016-12"), "courts")], table.loc[(month("2016-03"), "roads")]
    assert same_year["outcome"] == "open" and same_year["still"] and np.isnan(same_year["ended"])
    assert last_year["outcome"] == "open" and last_year["still"] is pd.NA, "last year's actual is printed after this report"
    assert same_year["since_true"] and last_year["since"] == pytest.approx(0.2 * ADOPTED["roads"], rel=0.15)
    later = build_control(reports(ROWS, "2016-09"), "pace")
    known = warnings.became(later, RULE, today).set_index(["period", "department"])
    assert known.loc[(month("2015-09"), "roads"), "outcome"] == "open" and (known["still"].isna()).all()


def test_a_warning_in_the_other_direction_is_not_the_same_warning_again():
    """The port seems to overspend in December, and by March it has spent far too little."""
    spent = (ROWS["cost_centre"] == "port") & (ROWS["account"] == "told") & (ROWS["grain"] == "year_to_date")
    more, less = spent & (ROWS["period"] == "2016-12-01"), spent & (ROWS["period"] == "2017-03-01")
    rows = ROWS.assign(amount=ROWS["amount"].where(~more, 1.5 * ROWS["amount"]).where(~less, 0.5 * ROWS["amount"]))
    made = build_control(reports(rows), "pace")
    table = warnings.became(made, RULE, made.calls).set_index(["period", "department"])
    port, courts = (table.loc[(month("2016-12"), name)] for name in ("port", "courts"))
    assert port["kind"] == "overspend" and not port["still"] and courts["still"]


def test_an_outcome_that_is_known_is_said(controlled):
    for gap, outcome in ((-1.0, "not_true"), (1.0, "came_true")):
        calls = controlled.calls
        earlier = calls["period"] == month("2016-03")
        ended = dataclasses.replace(controlled, calls=calls.assign(final=calls["final"].where(~earlier, calls["adopted"] + gap)))
        table = warnings.became(ended, RULE, calls)
        assert set(table.loc[table["period"] == month("2016-03"), "outcome"]) == {outcome}


# actions


def acted_on(control, rule=RULE):
    warned = raise_warnings(control.calls, control.reports.as_of, rule)
    return warnings.build_actions(warned, control, class_lines(control.reports, control), rule.smallest)


def test_an_overspend_is_covered_by_who_will_not_need_it_and_the_rest_is_asked_for():
    rows = county(range(2009, 2018), {("courts", 2017): 0.3, ("library", 2017): -0.3}, said={("library", 2017): -0.3})
    made = build_control(reports(rows), "pace")
    table, transfers = acted_on(made)
    courts = table.set_index("department").loc["courts"]
    assert transfers["donor"].unique().tolist() == ["library"]
    assert courts["transfer"] + courts["supplement"] == pytest.approx(courts["amount"])
    library = made.lines.set_index("department").loc["library"]
    spare = library["adopted"] - max(library["upper"], library["projection"])
    assert courts["transfer"] == pytest.approx(spare, abs=0.01), "no more than its band and its own projection leave"
    assert warnings.check_transfers(transfers, made).passed
    assert not warnings.check_transfers(transfers.assign(amount=2 * transfers["amount"]), made).passed


def test_a_department_that_projects_to_need_its_money_gives_none():
    rows = county(range(2009, 2018), {("courts", 2017): 0.3, ("library", 2017): -0.3})
    table, transfers = acted_on(build_control(reports(rows), "pace"))
    courts = table.set_index("department").loc["courts"]
    assert transfers.empty and courts["transfer"] == 0 and courts["supplement"] == pytest.approx(courts["amount"], abs=0.01)


def test_who_spends_faster_than_ever_gives_nothing_before_that_is_explained():
    rows = county(range(2009, 2018), {("courts", 2017): 0.3, ("library", 2017): -0.3}, said={("library", 2017): -0.3})
    made = build_control(reports(rows), "pace")
    warned = raise_warnings(made.calls, made.reports.as_of, RULE)
    fast = warned.iloc[[0]].assign(department="library", kind="off_band", amount=1.0)
    rest = warned[warned["department"] != "library"]
    donors = [warnings._room(pd.concat([rest, fast.assign(amount=amount)]), made, RULE.smallest) for amount in (1.0, -1.0)]
    assert "library" not in donors[0] and "library" in donors[1]


def test_personnel_drives_an_overspend_when_its_own_projection_says_so():
    rows = county(range(2009, 2018), {("courts", 2017): 0.3}, said={("courts", 2017): 0.3})
    crew = (rows["account"] == "crew") & (rows["scenario"] == "forecast") & (rows["cost_centre"] == "courts")
    crew &= rows["period"] == "2016-07-01"
    driven, _ = acted_on(build_control(reports(rows), "pace"))
    calm, _ = acted_on(build_control(reports(rows.assign(amount=rows["amount"].where(~crew, 0.6 * ADOPTED["courts"]))), "pace"))
    assert driven["staff"].tolist() == [True] and calm["staff"].tolist() == [False]
    assert driven["staff_over"].iloc[0] == pytest.approx(0.3 * 0.6 * ADOPTED["courts"])


@given(
    st.lists(st.floats(0.01, 1e9), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from("pqrstu"), st.floats(0.01, 1e9), max_size=5),
)
def test_no_money_is_promised_twice_and_no_need_is_covered_twice(needs, room):
    left, moves = dict(room), []
    for number, need in enumerate(needs):
        moves += warnings._cover(f"d{number}", need, left)
    table = pd.DataFrame(moves, columns=["department", "donor", "amount"])
    assert (table["amount"] > 0).all()
    for donor, given_away in table.groupby("donor")["amount"].sum().items():
        assert given_away <= room[donor] + 0.02 * len(needs)
    for department, got in table.groupby("department")["amount"].sum().items():
        assert got <= needs[int(department[1:])] + 0.02 * len(room)
