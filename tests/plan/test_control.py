"""A quarter under control, on a county whose overspends are planted."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from spending import ADOPTED, PACES, county, reports
from worlds import known_by, months_after, table

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.core.periods import month
from planning.plan.control import band_coverage, build_control, check_control, class_lines, control_bridge, landing_calls, positions

OVER = {("police", 2017): 0.3}
ROWS = county(over=OVER)


@pytest.fixture(scope="module")
def controlled():
    return build_control(reports(ROWS))


def line(control, name):
    return control.lines.set_index("department").loc[name]


@pytest.mark.parametrize("as_of", ["2016-09", "2016-12", "2017-03"])
def test_the_pace_finds_the_planted_overspend_at_every_quarter_and_no_other(as_of):
    made = build_control(reports(ROWS, as_of), method="pace")
    over = made.lines.set_index("department")["over"] / pd.Series(ADOPTED)
    assert over["police"] == pytest.approx(0.3, abs=0.05)
    assert over.drop("police").abs().max() < 0.06, "departments that always pay early or late are no overspenders"


def test_the_combined_landing_is_the_mean_of_pace_and_projection(controlled):
    lines = controlled.lines
    assert np.allclose(lines["amount"], (lines["pace"] + lines["projection"]) / 2, atol=0.01)
    assert line(controlled, "police")["over"] == pytest.approx(0.15 * ADOPTED["police"], rel=0.1), "its own projection says nothing"
    alone = build_control(reports(ROWS), method="projection")
    assert alone.lines["over"].abs().max() < 0.01


def test_available_and_execution_are_of_what_was_adopted(controlled):
    lines = controlled.lines
    assert np.allclose(lines["available"], lines["adopted"] - lines["to_date"])
    assert np.allclose(lines["execution"], lines["to_date"] / lines["adopted"])
    assert line(controlled, "parks")["execution_prior"] == pytest.approx(PACES["parks"][2], abs=0.05)


def test_the_whole_is_the_sum_of_the_departments_and_the_bridge_closes(controlled):
    bridge = control_bridge(controlled, most=3)
    classes = class_lines(controlled.reports, controlled)
    printed = ROWS[ROWS["scenario"] == "budget"].assign(account="obligations")
    checks = check_control(controlled, bridge, classes, printed, "obligations")
    assert all_passed(checks) and len(checks) == 6
    assert bridge["step"].tolist()[1] == "police" and len(bridge) == 6
    whole = controlled.landing.set_index("what")["amount"]
    assert whole["adopted"] == sum(ADOPTED.values()) and whole["ours"] == pytest.approx(controlled.lines["amount"].sum())
    off = check_control(controlled, bridge, classes.iloc[1:], printed.iloc[:-1], "obligations")
    assert [check.passed for check in off] == [False, False, True, True, True, True]


def test_budgets_of_some_and_spending_of_others_are_no_gap():
    police, budget = ROWS["cost_centre"] == "police", ROWS["scenario"] == "budget"
    with pytest.raises(RequestError, match=r"budgets and spending don't meet.*spending of police"):
        build_control(reports(ROWS[police != budget]))


def test_nothing_known_later_moves_anything(controlled):
    later = ROWS["known"] > known_by("2017-03")
    assert later.any()
    moved = ROWS.assign(amount=ROWS["amount"].where(~later, 3 * ROWS["amount"]))
    again = build_control(reports(pd.concat([moved, moved[later].assign(account="told")], ignore_index=True)))
    for name in ("lines", "landing", "calls", "coverage", "accuracy"):
        pd.testing.assert_frame_equal(getattr(controlled, name), getattr(again, name))


def test_a_past_call_is_what_was_called_then(controlled):
    then = build_control(reports(ROWS, "2015-03"))
    columns = ["department", "adopted", "projection", "to_date", "share", "pace", "combined", "expected", "tried"]
    now, was = (made.calls.loc[made.calls["period"] == month("2015-03"), columns].reset_index(drop=True) for made in (controlled, then))
    pd.testing.assert_frame_equal(now, was)


def test_a_report_that_stands_under_two_quarters_counts_only_under_the_later():
    told = (ROWS["account"] == "told") & (ROWS["grain"] == "year_to_date")
    second = ROWS[told & (ROWS["period"] == "2014-12-01")].set_index("cost_centre")["amount"]
    first = told & (ROWS["period"] == "2014-09-01")
    twice = ROWS.assign(amount=ROWS["amount"].where(~first, ROWS["cost_centre"].map(second)))
    periods = set(positions(reports(twice))["period"])
    assert month("2014-09") not in periods and month("2014-12") in periods and month("2014-09") in set(positions(reports(ROWS))["period"])
    assert build_control(reports(ROWS, "2014-09")).closed == 3
    with pytest.raises(RequestError, match="no report on the departments closes it"):
        build_control(reports(twice, "2014-09"))  # on its own day too: half a year's spending is not a quarter's


def test_a_department_without_a_report_is_missing_and_lands_at_what_was_adopted():
    silent = ROWS[~((ROWS["cost_centre"] == "library") & (ROWS["period"] == "2017-03-01"))]
    silent = silent[~((silent["cost_centre"] == "library") & (silent["version"] == "2017_q3"))]
    made = build_control(reports(silent))
    library = line(made, "library")
    assert library[["to_date", "available", "amount", "odds"]].isna().all() and library["counted"] == ADOPTED["library"]
    whole = made.landing.set_index("what")["amount"]
    assert whole["ours"] == pytest.approx(made.lines["amount"].sum() + ADOPTED["library"])


def test_spending_of_nothing_has_no_pace_and_takes_the_projection():
    still = (ROWS["cost_centre"] == "port") & (ROWS["period"] == "2017-03-01")
    made = build_control(reports(ROWS.assign(amount=ROWS["amount"].where(~still, 0.0))))
    port = line(made, "port")
    assert np.isnan(port["pace"]) and port["amount"] == port["projection"] == ADOPTED["port"]


def test_a_month_that_no_report_closes_is_refused():
    for as_of in ("2017-02", "2017-06"):
        with pytest.raises(RequestError, match=r"no report on the departments closes it.*2017-"):
            build_control(reports(ROWS, as_of))
    with pytest.raises(RequestError, match="a month with a report"):
        build_control(reports(ROWS.iloc[:0]))


def test_the_first_years_have_no_band_and_say_so():
    early = build_control(reports(ROWS, "2011-03"))
    assert early.lines[["lower", "upper", "odds"]].isna().all(axis=None) and early.coverage.empty and early.accuracy.empty
    assert np.isnan(early.landing.set_index("what").at["ours", "lower"]) and not early.pooled


def test_with_few_years_the_band_of_the_whole_rests_on_all_quarters():
    few, many = (build_control(reports(county(range(2011, 2021)), as_of)) for as_of in ("2016-03", "2020-03"))
    assert few.pooled and not many.pooled
    assert few.landing.set_index("what").loc["ours", ["lower", "upper"]].notna().all()


# classes


def test_personnel_is_told_by_quarter_and_the_rest_is_what_is_left(controlled):
    classes = class_lines(controlled.reports, controlled)
    roads = classes[classes["department"] == "roads"].set_index("account")
    spent = line(controlled, "roads")["to_date"]
    assert roads.at["staff", "to_date"] == pytest.approx(0.6 * spent) and roads.at["others", "to_date"] == pytest.approx(0.4 * spent)
    assert roads.at["others", "available"] == pytest.approx(0.4 * ADOPTED["roads"] - 0.4 * spent)
    assert roads.loc["supplies", ["projection", "to_date", "available"]].isna().all(), "not reported by quarter is missing, never 0"


def test_the_last_actual_by_class_is_the_newest_year_known(controlled):
    classes = class_lines(controlled.reports, controlled).set_index(["department", "account"])
    actual = ROWS[(ROWS["cost_centre"] == "roads") & (ROWS["account"] == "supplies") & (ROWS["scenario"] == "actual")]
    known_year = actual[actual["known"] <= known_by("2017-03")].sort_values("period").iloc[-1]
    assert known_year["period"] == month("2014-07") and classes.at[("roads", "supplies"), "last_actual"] == known_year["amount"]


def test_a_personnel_report_that_covers_little_of_its_class_tells_nothing():
    crew = (ROWS["account"] == "crew") & (ROWS["cost_centre"] == "police")
    made = build_control(reports(ROWS.assign(amount=ROWS["amount"].where(~crew, 0.1 * ROWS["amount"]))))
    police = class_lines(made.reports, made).query("department == 'police'").set_index("account")
    assert police["to_date"].isna().all() and police["adopted"].notna().all()


def test_without_a_budget_for_personnel_its_report_tells_nothing():
    rows = ROWS[~((ROWS["account"] == "staff") & (ROWS["scenario"] == "budget") & (ROWS["period"] == "2016-07-01"))]
    made = build_control(reports(rows))
    classes = class_lines(made.reports, made)
    assert classes.loc[classes["account"] == "staff", "to_date"].isna().all() and made.lines["adopted"].notna().all()


def test_without_a_personnel_report_only_the_whole_department_is_told():
    made = build_control(reports(ROWS, staff_class="", staff=""))
    classes = class_lines(made.reports, made)
    assert classes.loc[classes["account"] != "others", "to_date"].isna().all()
    others = classes[classes["account"] == "others"].set_index("department")["to_date"]
    assert np.allclose(others, made.lines.set_index("department")["to_date"].reindex(others.index))


# how good it was


def random_years(seed, units=40, years=range(2011, 2023)):
    """Departments that spend about half by mid-year, with exchangeable luck."""
    random, rows = np.random.default_rng(seed), []
    for year in years:
        for unit in range(units):
            final = 1e6 * (1 + random.normal(0, 0.1))
            rows.append((f"u{unit:02}", year, 1e6, 1e6, final * 0.5 * (1 + random.normal(0, 0.05)), final))
    made = pd.DataFrame(rows, columns=["department", "fiscal_year", "adopted", "projection", "to_date", "final"])
    period = [pd.Timestamp(year - 1, 12, 1) for year in made["fiscal_year"]]
    made = made.assign(period=period, closed=6, day=[months_after(p, 2) for p in period], target=1e6)
    return made.assign(final_known=[months_after(p, 10) for p in period])


def test_bands_hold_as_often_as_they_promise_where_luck_is_exchangeable():
    calls = landing_calls(random_years(3))
    for level in (0.5, 0.8):
        measured = band_coverage(calls, "pace", level, 6, pd.Timestamp("2024-01-01")).set_index("what").loc["quarter"]
        assert measured["n"] > 300 and abs(measured["coverage"] - level) < 0.05


def test_a_year_of_shocks_breaks_the_band_and_is_counted():
    shocked = random_years(3)
    late = shocked["fiscal_year"] == 2022
    calls = landing_calls(shocked.assign(final=shocked["final"].where(~late, 2 * shocked["final"])))
    parts = calls[calls["fiscal_year"] < 2022], calls
    before, after = (band_coverage(part, "pace", 0.8, 6, pd.Timestamp("2024-01-01")).iloc[0] for part in parts)
    assert after["n"] - before["n"] == 40 and after["inside"] <= before["inside"] + 2


def test_the_band_of_the_whole_is_scored_on_the_reports_that_could_draw_one():
    rows = county(range(2009, 2018))
    late = rows["account"].eq("told") & rows["grain"].eq("year") & rows["scenario"].eq("actual") & rows["period"].eq("2013-07-01")
    calm, shocked = (
        build_control(reports(table, "2017-03")).coverage.set_index("what").loc["whole"]
        for table in (rows, rows.assign(amount=rows["amount"].where(~late, 3 * rows["amount"])))
    )
    assert shocked["n"] == calm["n"] and shocked["inside"] <= calm["inside"] - 3, "a year that tripled leaves its three bands"


def test_accuracy_scores_all_methods_on_the_same_departments(controlled):
    here = controlled.accuracy[controlled.accuracy["closed"] == 9].set_index("method")
    assert here["n"].nunique() == 1 and set(here.index) == {"pace", "projection", "combined"}
    calls = controlled.calls
    done = calls[calls["tried"] & (calls["closed"] == 9) & calls["final"].notna()]
    assert here.at["pace", "wape"] == pytest.approx((done["final"] - done["pace"]).abs().sum() / done["final"].sum())


def test_the_order_of_the_rows_does_not_matter(controlled):
    mixed = build_control(dataclasses.replace(controlled.reports, rows=ROWS.sample(frac=1, random_state=5)))
    pd.testing.assert_frame_equal(mixed.lines, controlled.lines)
    pd.testing.assert_frame_equal(mixed.landing, controlled.landing)


def test_rows_of_other_accounts_change_nothing(controlled):
    strange = table([dict(ROWS.iloc[0]) | {"account": "taxes", "amount": 1e9}])
    more = build_control(dataclasses.replace(controlled.reports, rows=pd.concat([ROWS, strange], ignore_index=True)))
    pd.testing.assert_frame_equal(more.lines, controlled.lines)
