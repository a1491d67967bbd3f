"""The first draft of a budget on towns whose truth is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR, CLASSES, PAYMENTS, RECEIPTS, chart, known_by, months, row, table, town, truth, yearly

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import month
from planning.core.tables import contract_problems, plan_schema
from planning.model.odds import misses_beyond
from planning.plan import budget
from planning.plan.known import EVER, same_month

TREE = chart()
WORLD = town()
TRIALS = {side: WORLD.trials(side) for side in ("receipts", "payments")}
KNOWN = WORLD.known(2016, "2015-03")
CASH_LINES = {"staff": ["wages"], "supplies": ["goods"]}
CASES = {
    "base": {"revenue_shift": 0.0, "spending_shift": 0.0},
    "down": {"revenue_shift": -0.05, "spending_shift": 0.02},
    "same": {"revenue_shift": 0.0, "spending_shift": 0.0},
}


def top(account, known=KNOWN):
    return budget.top_down(known, account, TRIALS[account], "seasonal_naive", 0.8)


REVENUE, SPENDING = top("receipts"), top("payments")
DRAFT = budget.bottom_up(KNOWN, CLASSES, "told")


def changed(rows):
    return dataclasses.replace(KNOWN, rows=rows)


def drafted(rows):
    """The draft by cost centre and account."""
    return budget.bottom_up(changed(rows), CLASSES, "told").set_index(["cost_centre", "account"])


def plus(*rows):
    return pd.concat([WORLD.rows, table([line for lines in rows for line in lines])], ignore_index=True)


# the year


@pytest.mark.parametrize(("fiscal_year", "as_of"), [(2016, "2015-03"), (2016, "2014-09"), (2016, "2015-06"), (2016, "2014-06")])
def test_the_next_year_can_be_budgeted_from_a_quarter_of_this_one_and_from_the_last_ones_end(fiscal_year, as_of):
    budget.check_year(WORLD.known(fiscal_year, as_of))


@pytest.mark.parametrize(("fiscal_year", "as_of"), [(2015, "2015-03"), (2016, "2015-09"), (2017, "2015-03"), (2010, "2015-03")])
def test_another_year_is_refused_and_the_right_one_is_named(fiscal_year, as_of):
    right = CALENDAR.fiscal_year(month(as_of)) + 1
    with pytest.raises(RequestError, match=f"can't be budgeted from here.*try {right}"):
        budget.check_year(WORLD.known(fiscal_year, as_of))


# top-down


def test_top_down_is_the_forecast_of_the_budget_years_months():
    assert set(REVENUE.lines["period"]) == set(CALENDAR.year(2016)) and set(REVENUE.lines["account"]) == set(RECEIPTS)
    last_twelve = sum(truth(line, period) for line in RECEIPTS for period in months("2014-04", 12)) - 2 * 2 * 2
    assert REVENUE.lines["amount"].sum() == last_twelve == REVENUE.year["amount"], "June and March as first printed"


def test_the_running_year_is_its_closed_months_and_the_forecast_of_the_others():
    closed = sum(truth(line, period) for line in RECEIPTS for period in months("2014-07", 9)) - 4
    open_months = sum(truth(line, period) for line in RECEIPTS for period in months("2014-04", 3)) - 4
    assert REVENUE.running["amount"].sum() == closed + open_months


def test_errors_are_of_a_whole_next_year_forecast_at_the_same_month_and_known_by_now():
    errors = REVENUE.errors
    assert [f"{day:%Y-%m}" for day in errors["as_of"]] == ["2012-03", "2013-03"], "the year after March 2014's isn't over"
    happened = sum(truth(line, period) for line in RECEIPTS for period in CALENDAR.year(2013)) - 4
    forecast = sum(truth(line, period) for line in RECEIPTS for period in months("2011-04", 12)) - 2 * 2 * 2
    assert errors["amount"].iloc[0] == forecast and errors["error"].iloc[0] == happened - forecast
    assert (REVENUE.year["n"], pd.isna(REVENUE.year["lower"])) == (2, True)


def test_the_band_appears_once_four_earlier_forecasts_can_be_checked():
    later = top("receipts", WORLD.known(2018, "2016-12"))
    widest = (later.errors["error"].abs() / later.errors["typical"]).max()
    assert later.year["n"] == len(later.errors) == 4
    assert later.year["upper"] - later.year["amount"] == pytest.approx(widest * later.year["typical"])
    assert budget.odds_below(later, 0) == (0, 4) and budget.odds_below(later, 1e12) == (4, 4)


def test_a_year_budgeted_at_the_last_ones_end_has_nothing_open_before_it():
    at_end = WORLD.known(2016, "2015-06")
    side = top("receipts", at_end)
    assert side.running["amount"].sum() == sum(truth(line, period) for line in RECEIPTS for period in CALENDAR.year(2015)) - 4
    assert [f"{day:%Y-%m}" for day in side.errors["as_of"]] == ["2011-06", "2012-06", "2013-06", "2014-06"][-len(side.errors) :]
    assert len(side.errors) >= 3, "at the year's end the next year is the running one"


# bottom-up


def test_the_base_is_the_projection_of_each_cost_centre_to_the_cent():
    base = DRAFT.groupby("cost_centre")["base"].sum()
    roads, parks = 1.01 * 800_000 * 1.04**4, 1.01 * 400_000 * 1.02**4
    assert base.to_dict() == pytest.approx({"a": 0.75 * roads, "a1": 0.25 * roads, "b": parks}, abs=0.0051)
    assert to_minor(DRAFT["base"], 2).sum() == to_minor([budget.projected_total(KNOWN, "told")], 2)[0]


def test_it_is_split_like_the_newest_adopted_budget_of_the_cost_centre():
    base = DRAFT.set_index(["cost_centre", "account"])["base"]
    assert base["a", "staff"] / base["a", "supplies"] == pytest.approx(2, abs=0.001), "a: a half and a quarter of Roads"
    assert ("a1", "staff") not in base.index and ("b", "supplies") not in base.index


def test_a_later_budget_of_the_same_kind_is_not_used_before_it_is_adopted():
    rows = WORLD.rows
    other = rows.assign(amount=rows["amount"].where((rows["scenario"] != "budget") | (rows["known"] <= KNOWN.when), 7.0))
    pd.testing.assert_frame_equal(drafted(other), DRAFT.set_index(["cost_centre", "account"]))


def test_growth_is_half_the_departments_and_half_the_classes_median():
    """Staff: half of Roads (4 %) and all of Parks (2 %); supplies: half of Roads (4 %)."""
    growth = DRAFT.set_index(["cost_centre", "account"])["growth"]
    staff = [(400_000 * 1.04**n + 400_000 * 1.02**n) for n in range(3)]  # actuals of 2011 to 2013 are known in May 2015
    median = np.median([staff[1] / staff[0] - 1, staff[2] / staff[1] - 1])
    assert growth.isin([0.0]).all(), "two growths are fewer than FEWEST"
    later = budget.bottom_up(WORLD.known(2018, "2017-03"), CLASSES, "told").set_index(["cost_centre", "account"])["growth"]
    assert later["a", "supplies"] == pytest.approx(0.04) == later["a1", "supplies"]
    assert later["b", "staff"] == pytest.approx((0.02 + median) / 2, abs=0.001)
    assert later["a", "staff"] == pytest.approx((0.04 + median) / 2, abs=0.001)


def test_where_one_past_is_too_short_the_other_stands_alone():
    """Parks came into the actuals late: it grows like its class."""
    known = WORLD.known(2018, "2017-03")
    early = (WORLD.rows["scenario"] == "actual") & (WORLD.rows["period"] < month("2013-07"))
    young = WORLD.rows[~(early & (WORLD.rows["cost_centre"] == "b"))]
    draft = budget.bottom_up(dataclasses.replace(known, rows=young), CLASSES, "told").set_index(["cost_centre", "account"])
    staff = young[(young["account"] == "staff") & (young["scenario"] == "actual") & (young["known"] <= known.when)]
    sums = staff.groupby("period")["amount"].sum()
    assert draft.at[("b", "staff"), "growth"] == pytest.approx((sums / sums.shift() - 1).median())


def test_trends_leave_out_years_from_to_and_after_nothing():
    def trend(*amounts, years=range(2011, 2020)):
        return budget.trends(pd.DataFrame({"of": "x", "fiscal_year": list(years)[: len(amounts)], "amount": amounts}), "of")["x"]

    assert trend(100, 110, 121, 133.1) == pytest.approx(0.1)
    assert pd.isna(trend(100, 110, 121)), "two growths are fewer than FEWEST"
    assert pd.isna(trend(0, 100, 0, 100, 110, 121)), "from and to nothing is no growth"
    assert trend(*[2.0**n for n in range(4)], *[8 * 1.1**n for n in range(1, 6)]) == pytest.approx(0.1), "the last five years"
    assert pd.isna(trend(1, 2, 4, 8, years=(2011, 2012, 2014, 2015))), "2014 has no year before it, and two growths are too few"


def test_a_new_cost_centre_is_split_like_its_department_and_a_new_department_stands_on_the_last_class():
    known = f"{KNOWN.when:%Y-%m-%d}"
    bridges = WORLD.rows[~((WORLD.rows["cost_centre"] == "a1") & (WORLD.rows["scenario"] == "budget"))]
    base = drafted(bridges)["base"]
    assert base["a1", "staff"] == pytest.approx(2 * base["a1", "supplies"], abs=0.02), "as the rest of Roads"
    assert base.sum() == pytest.approx(DRAFT["base"].sum())
    unknown = plus(yearly("forecast", 2015, {("c", "told"): 90}, known))
    new = budget.bottom_up(dataclasses.replace(changed(unknown), department=WORLD.department | {"c": "c"}), CLASSES, "told")
    assert new[new["cost_centre"] == "c"][["account", "base"]].values.tolist() == [["supplies", 90.0]]


def test_a_department_without_a_projection_has_no_row():
    silent = WORLD.rows[~((WORLD.rows["cost_centre"] == "b") & (WORLD.rows["account"] == "told"))]
    assert "b" not in drafted(silent).index.get_level_values("cost_centre")


def test_nobodys_projection_is_a_clear_error():
    silent = WORLD.rows[~((WORLD.rows["scenario"] == "forecast") & (WORLD.rows["account"] == "told"))]
    with pytest.raises(RequestError, match="no projection of the running year"):
        budget.bottom_up(changed(silent), CLASSES, "told")


@pytest.mark.parametrize("amount", [0.0, -30.0])
def test_a_projection_of_nothing_makes_no_row_and_a_negative_one_stays_and_fails_the_check(amount):
    rows = plus(yearly("forecast", 2015, {("b", "told"): amount}, f"{KNOWN.when:%Y-%m-%d}"))
    draft = budget.bottom_up(changed(rows), CLASSES, "told")
    assert draft.loc[draft["cost_centre"] == "b", "base"].tolist() == ([amount] if amount else [])
    checks = budget.check_budget(draft, monthly(draft), classes(draft), REVENUE, budget.projected_total(changed(rows), "told"))
    assert all_passed(checks) == (amount == 0)


# by class


def classes(draft=DRAFT, known=KNOWN):
    return budget.by_class(known, SPENDING, draft, CASH_LINES, CLASSES)


def monthly(draft=DRAFT, known=KNOWN):
    return budget.spread_draft(known, draft, CASH_LINES, "payments")


def test_cash_lines_become_obligations_by_what_was_paid_per_obligation():
    rows = classes().set_index("account")
    paid = sum(truth("wages", period) for year in (2011, 2012, 2013) for period in CALENDAR.year(year)) - 3 * 2
    obligated = sum(400_000 * 1.04**n + 400_000 * 1.02**n for n in range(3))
    assert rows.at["staff", "ratio"] == pytest.approx(paid / obligated)
    assert rows.at["staff", "top_down"] == pytest.approx(rows.at["staff", "cash"] / rows.at["staff", "ratio"], abs=0.01)
    assert rows.at["staff", "gap"] == pytest.approx(rows.at["staff", "bottom_up"] - rows.at["staff", "top_down"])
    assert rows["bottom_up"].sum() == pytest.approx(DRAFT["amount"].sum())


def test_a_class_whose_ratio_is_not_steady_has_no_top_down_figure():
    rows = WORLD.rows.copy()
    wild = (rows["account"] == "staff") & (rows["scenario"] == "actual") & (rows["period"] == month("2012-07"))
    rows.loc[wild, "amount"] *= 1.6
    told = classes(known=changed(rows)).set_index("account")
    assert told.loc["staff", ["ratio", "top_down", "gap"]].isna().all() and told.at["supplies", "top_down"] > 0


def test_a_class_that_no_cash_line_pays_for_has_none_either():
    told = budget.by_class(KNOWN, SPENDING, DRAFT, {"staff": ["wages"]}, CLASSES).set_index("account")
    assert told.loc["supplies", ["cash", "ratio", "top_down"]].isna().all() and told.at["supplies", "bottom_up"] > 0


def test_the_paid_share_sets_all_cash_against_all_obligations_of_the_last_three_known_years():
    paid = sum(truth(line, period) for line in PAYMENTS for year in (2011, 2012, 2013) for period in CALENDAR.year(year)) - 3 * 4
    obligated = sum(800_000 * 1.04**n + 400_000 * 1.02**n for n in range(3))
    assert share(WORLD.rows) == pytest.approx(paid / obligated)
    assert pd.isna(share(WORLD.rows[WORLD.rows["grain"] != "year"])), "no year known on both sides"


def share(rows):
    return budget.paid_share(rows, TREE, CALENDAR, "payments", CLASSES, KNOWN.as_of, KNOWN.when)


# cases and cash


def test_a_case_with_no_differences_equals_its_base_and_the_others_shift_the_draft():
    rows = budget.build_cases(REVENUE, DRAFT, CASES, 0.9, 100.0).set_index("case")
    assert rows.loc["same"].equals(rows.loc["base"])
    assert rows.at["base", "revenue"] == REVENUE.lines["amount"].sum() and rows.at["base", "spending"] == DRAFT["amount"].sum()
    assert rows.at["down", "revenue"] == pytest.approx(0.95 * rows.at["base", "revenue"], abs=0.005)
    assert rows.at["down", "paid"] == pytest.approx(0.9 * 1.02 * DRAFT["amount"].sum(), abs=0.005)
    assert np.allclose(rows["result"], rows["revenue"] - rows["paid"]) and np.allclose(rows["closing"], 100 + rows["result"])
    assert rows.at["down", "revenue"] < rows.at["base", "revenue"] and rows.at["down", "closing"] < rows.at["base", "closing"]


def test_opening_cash_is_the_last_balance_and_the_open_months_as_forecast():
    march = month("2015-03")
    balance = 1000 - 2 - 2 + sum(truth(line, march) for line in RECEIPTS) - sum(truth(line, march) for line in PAYMENTS)
    year_before = months("2014-04", 3)
    ahead = sum(truth(line, p) for line in RECEIPTS for p in year_before) - sum(truth(line, p) for line in PAYMENTS for p in year_before)
    people = 3 * 5  # notes: the people see 0, and are always 5 too high
    assert budget.opening_cash(KNOWN, "cash", REVENUE, SPENDING) == balance + ahead + people


def test_notes_that_fall_due_before_the_year_begins_are_not_counted_as_cash():
    rows = WORLD.rows.copy()
    due = (rows["account"] == "notes") & (rows["scenario"] == "forecast") & (rows["period"] == month("2015-05"))
    rows.loc[due, "amount"] -= 300
    assert opening(rows) == opening(WORLD.rows) - 300
    rows.loc[(rows["account"] == "notes") & (rows["period"] == month("2015-07")), "amount"] -= 300
    assert opening(rows) == opening(WORLD.rows) - 300, "what falls due in the budget year is not the opening's"


def opening(rows):
    return budget.opening_cash(changed(rows), "cash", REVENUE, SPENDING)


def test_odds_below_are_counted_by_hand():
    year = pd.Series({"amount": 100.0, "typical": 100.0})
    errors = pd.DataFrame({"error": [-10.0, 5.0, 10.0, 3.0], "typical": [100.0, 50.0, 100.0, 0.0]})
    side = dataclasses.replace(REVENUE, year=year, errors=errors)  # 90, 110, 110, and one without a size
    assert budget.odds_below(side, 100) == (1, 3) and budget.odds_below(side, 110) == (1, 3) and budget.odds_below(side, 111) == (3, 3)
    assert budget.odds_below(dataclasses.replace(side, errors=errors.iloc[:0]), 100) == (0, 0)


def test_misses_beyond_are_counted_by_hand():
    errors = pd.DataFrame({"error": [-10.0, 5.0, 10.0, 3.0], "typical": [100.0, 50.0, 100.0, 0.0]})
    assert misses_beyond(100.0, 100.0, 100.0, errors) == (2, 3), "90, 110 and 110; the one without a size is left out"
    assert misses_beyond(100.0, 100.0, 110.0, errors) == (0, 3), "a landing on the limit is not beyond it"
    assert misses_beyond(100.0, 200.0, 119.0, errors) == (2, 3), "twice the size misses by twice as much"
    assert misses_beyond(100.0, 100.0, 0.0, errors.iloc[:0]) == (0, 0)


# looking back


def test_compare_knows_what_came_later_and_the_draft_does_not():
    rows = budget.compare(KNOWN, DRAFT, CLASSES, "told").set_index("department")
    assert rows.at["a", "adopted"] == pytest.approx(800_000 * 1.04**5) == rows.at["a", "actual"]
    then = changed(WORLD.rows[WORLD.rows["known"] <= KNOWN.when])
    blind = budget.compare(then, DRAFT, CLASSES, "told").set_index("department")
    assert blind[["adopted", "actual"]].isna().all(axis=None) and blind["draft"].equals(rows["draft"])


def test_where_no_actual_by_class_is_known_the_departments_own_report_stands_in():
    told = plus(yearly("actual", 2016, {("a", "told"): 5, ("a1", "told"): 6}, "2016-08-14"))
    unprinted = told[~((told["account"].isin(CLASSES)) & (told["scenario"] == "actual") & (told["period"] == month("2015-07")))]
    rows = budget.compare(changed(unprinted), DRAFT, CLASSES, "told").set_index("department")
    assert rows.at["a", "actual"] == 11 and pd.isna(rows.at["b", "actual"])


def test_the_drafts_trial_uses_only_what_was_known_then_and_today():
    days = same_month(WORLD.days, month("2016-03"))
    today = known_by("2016-03")
    rows = budget.draft_trial(WORLD.rows, TREE, CALENDAR, WORLD.department, days, CLASSES, "told", today)
    assert rows["fiscal_year"].tolist() == [2013, 2014], "the actual of 2015 is printed in June 2016"
    by_hand = budget.bottom_up(WORLD.known(2014, "2013-03"), CLASSES, "told")
    assert rows["draft"].iloc[1] == pytest.approx(by_hand["amount"].sum())
    assert rows["actual"].iloc[1] == pytest.approx(800_000 * 1.04**3 + 400_000 * 1.02**3) == rows["adopted"].iloc[1]
    future = WORLD.rows.assign(amount=WORLD.rows["amount"].where(WORLD.rows["known"] <= today, 1e9))
    again = budget.draft_trial(future, TREE, CALENDAR, WORLD.department, days, CLASSES, "told", today)
    pd.testing.assert_frame_equal(again, rows)


def test_without_an_earlier_year_there_is_no_trial():
    nothing = budget.draft_trial(WORLD.rows, TREE, CALENDAR, WORLD.department, WORLD.days.iloc[:0], CLASSES, "told", EVER)
    assert nothing.empty and list(nothing.columns) == ["fiscal_year", "draft", "adopted", "actual"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_published_later_moves_the_draft(seed):
    dice = np.random.default_rng(seed)
    later = WORLD.rows["known"] > KNOWN.when
    amounts = WORLD.rows["amount"].where(~later, dice.permutation(WORLD.rows["amount"].to_numpy()) * dice.uniform(-3, 3, len(later)))
    for rows in (WORLD.rows.assign(amount=amounts).sample(frac=1, random_state=seed), WORLD.rows[~later]):
        known = changed(rows)
        trials = dataclasses.replace(WORLD, rows=rows).trials("receipts")
        revenue = budget.top_down(known, "receipts", trials, "seasonal_naive", 0.8)
        for name in ("lines", "running", "errors"):
            pd.testing.assert_frame_equal(getattr(revenue, name), getattr(REVENUE, name))
        pd.testing.assert_series_equal(revenue.year, REVENUE.year)
        draft = budget.bottom_up(known, CLASSES, "told")
        pd.testing.assert_frame_equal(draft, DRAFT)
        pd.testing.assert_frame_equal(classes(draft, known), classes())
        pd.testing.assert_frame_equal(monthly(draft, known), monthly())
        assert share(rows) == pytest.approx(share(WORLD.rows)) and opening(rows) == pytest.approx(opening(WORLD.rows))


# what leaves the room


def test_months_add_up_to_each_year_to_the_cent():
    rows = monthly()
    assert set(rows["period"]) == set(CALENDAR.year(2016)) and set(rows["basis"]) == {"history"}
    sums = rows.groupby(["cost_centre", "account"])["amount"].agg(lambda amounts: to_minor(amounts, 2).sum())
    assert sums.to_dict() == {(r.cost_centre, r.account): to_minor([r.amount], 2)[0] for r in DRAFT.itertuples()}


def test_staff_is_spread_like_wages():
    rows = monthly().query("cost_centre == 'b'").set_index("period")["amount"]
    wages = {p: sum(truth("wages", q) for q in (p - pd.DateOffset(years=n) for n in (2, 3, 4))) for p in rows.index}
    june = CALENDAR.last(2016)  # printed 2 too low in each of the three years
    expected = {p: amount - 6 * (p == june) for p, amount in wages.items()}
    assert (rows / rows.sum()).to_dict() == pytest.approx({p: a / sum(expected.values()) for p, a in expected.items()}, abs=1e-4)


@pytest.mark.parametrize("by", ["department", "account"])
def test_the_bridge_leads_from_the_running_year_to_the_draft(by):
    steps = budget.draft_bridge(WORLD.known(2018, "2017-03"), LATER, by)
    cents = to_minor(steps["amount"], 2)
    assert cents[:-1].sum() == cents[-1] == to_minor([LATER["amount"].sum()], 2)[0] and cents[0] == to_minor([LATER["base"].sum()], 2)[0]
    assert len(steps) == 4


LATER = budget.bottom_up(WORLD.known(2018, "2017-03"), CLASSES, "told")


def test_the_bridge_of_receipts_leads_from_the_running_year_to_the_budget_year():
    cents = to_minor(budget.side_bridge(REVENUE)["amount"], 2)
    assert cents[:-1].sum() == cents[-1] == to_minor([REVENUE.lines["amount"].sum()], 2)[0]


def test_published_rows_keep_the_contract_and_add_up_to_receipts_and_draft():
    rows = budget.published_rows(KNOWN, REVENUE, monthly(), "2016_draft")
    assert contract_problems(rows, plan_schema(), "published") == []
    assert set(rows["scenario"]) == {"budget"} and set(rows["version"]) == {"2016_draft"} and set(rows["entity"]) == {"town"}
    assert rows["amount"].sum() == pytest.approx(REVENUE.lines["amount"].sum() + DRAFT["amount"].sum(), abs=0.005)


def test_a_sound_draft_passes_its_checks_and_a_lost_row_fails_them():
    projected = budget.projected_total(KNOWN, "told")
    assert all_passed(budget.check_budget(DRAFT, monthly(), classes(), REVENUE, projected))
    lost = DRAFT.iloc[1:]
    failed = [c.name for c in budget.check_budget(lost, monthly(), classes(), REVENUE, projected) if not c.passed]
    assert failed == ["the base is what the departments project", "months add up to the draft", "classes add up to the draft"]


def test_a_future_row_of_the_day_itself_counts():
    rows = plus([row("forecast", "2015_q3b", "told", "year", CALENDAR.first(2015), KNOWN.when, 50, "b", "years")])
    assert drafted(rows).xs("b")["base"].sum() == 50
