"""Reforecast, budget, control and scorecards of a group that keeps a ledger: the whole way, on books whose truth is known."""

from functools import cache

import ledgers
import pandas as pd
import pytest
from ledgers import CALENDAR, CENTRES, LAG, booked, books, closed_on, rate

from planning.core.checks import all_passed
from planning.core.periods import month, month_range, months_after
from planning.core.tables import contract_problems, departments, plan_schema
from planning.plan import budget, control, drafting, known, reforecast, scorecard, warnings
from planning.plan.accuracy import build_accuracy
from planning.plan.lines import lines_of

AS_OF, YEAR = "2023-06", 2023
WAGES = ("works", "make", "wages", "none")


@cache
def read(as_of=AS_OF, bare=False):
    return books(as_of, ledgers.tables(ledgers.actuals()) if bare else None)


def days_of(made, as_of=AS_OF):
    return known.in_step(known.origins(made.rows, CALENDAR, LAG, known.EVER), month(as_of))


@cache
def trials(side, as_of=AS_OF, bare=False):
    made = read(as_of, bare)
    return reforecast.run_trials(made.rows, made.tree, made.roles[side], days_of(made, as_of), "seasonal_naive")


@cache
def side_of(side, as_of=AS_OF, bare=False):
    made, day, tried = read(as_of, bare), closed_on(month(as_of)), trials(side, as_of, bare)
    days = days_of(made, as_of)
    return reforecast.build_reforecast(made.rows, made.tree, CALENDAR, made.roles[side], month(as_of), day, tried, days, "seasonal_naive")


def group(account, period):
    """What the group booked on an account in a month, in dollars."""
    return sum(booked(cell, period) * (rate(period) if cell[0] == "shop" else 1) for cell in ledgers.BOOKED if cell[2] == account)


# the reforecast


def test_the_landing_is_closed_months_in_dollars_and_last_years_open_ones():
    landing = side_of("revenue").landing.set_index("forecaster")
    closed = sum(group("outside", period) for period in month_range(month("2023-01"), 6))
    ahead = sum(group("outside", period) for period in month_range(month("2022-07"), 6))
    assert landing.at["ours", "closed"] == pytest.approx(closed, abs=0.1) and landing.at["ours", "open"] == pytest.approx(ahead, abs=0.1)
    assert all_passed(reforecast.check_reforecast([side_of("revenue"), side_of("spending")], ledgers.tables()["rows"].iloc[:0], CALENDAR,
                                                  month(AS_OF), closed_on(month(AS_OF)), 0.0))  # fmt: skip


def test_what_departments_project_of_a_part_of_the_costs_does_not_stand_beside_all_of_them():
    assert pd.isna(side_of("spending").landing.set_index("forecaster").at["people", "amount"])
    cells = {("make", "wages"), ("sell", "wages"), ("sell", "rent")}
    assert known.covered(read().rows, read().tree, read().roles["spending"], cells, month(AS_OF), closed_on(month(AS_OF))) < 0.5
    whole = {cell[1:3] for cell in ledgers.BOOKED}
    assert known.covered(read().rows, read().tree, read().roles["spending"], whole, month(AS_OF), closed_on(month(AS_OF))) == 1.0


def test_one_departments_projection_of_an_account_is_none_of_the_others():
    day = closed_on(month(AS_OF))
    one = {("sell", "wages")}
    assert known.covered(read().rows, read().tree, "wages", one, month(AS_OF), day) == pytest.approx(0.5, abs=0.15)


def test_a_budget_is_compared_where_it_covers_the_side():
    day = closed_on(month(AS_OF))
    assert all(map(pd.isna, reforecast.adopted_budgets(read(), CALENDAR, month(AS_OF), day)))
    overheads = books(roles={"revenue": "sales", "spending": "wages"})
    adopted = reforecast.adopted_budgets(overheads, CALENDAR, month(AS_OF), day)[1]
    wages = [cell for cell in ledgers.BOOKED if cell[2] == "wages"]
    worth = {cell: (lambda p: min(p, month(AS_OF))) for cell in wages}
    planned = sum(0.99 * booked(c, p) * (rate(worth[c](p)) if c[0] == "shop" else 1) for c in wages for p in CALENDAR.year(YEAR))
    assert adopted == pytest.approx(planned, abs=1)


def test_forecasts_are_scored_without_printed_totals_and_without_people():
    made = read()
    past = made.rows[made.rows["known"] <= closed_on(month(AS_OF))]
    days = days_of(made)
    table = build_accuracy(past, past.iloc[:0], made.tree, CALENDAR, "sales", days[days["as_of"] < month(AS_OF)], trials("revenue"))
    assert set(table["forecaster"]) == {"ours", "naive"} and set(table["closed"]) == {3, 6, 9} and (table["years"] > 0).all()


def test_what_is_published_stands_on_the_accounts_of_each_company_in_its_own_currency():
    sides = [side_of("revenue"), side_of("spending")]
    rows = reforecast.published_rows(sides, read().rows, read().tree, "2023_06", closed_on(month(AS_OF)), read().rates)
    assert contract_problems(rows, plan_schema(), "published") == [] and set(rows["entity"]) == {"works", "shop"}
    worth = rows["amount"] * rows["entity"].map(read().rates).fillna(1.0)
    outside = worth[rows["account"].isin(["outside", "inside"])].sum()
    assert outside == pytest.approx(side_of("revenue").lines.query("scenario == 'forecast'")["amount"].sum(), abs=1)
    assert rows.loc[rows["account"] == "interest", "amount"].gt(0).all(), "an income, in its own direction"


# the budget


@cache
def drafted(bare=False, as_of="2023-09"):
    made = read(as_of, bare)
    basis = ledgers.known(made, 2024, as_of)
    sides = [(made.roles[side], trials(side, as_of, bare)) for side in ("revenue", "spending")]
    revenue, spending = (budget.top_down(basis, account, tried, "seasonal_naive", 0.8) for account, tried in sides)
    return made, basis, revenue, spending, drafting.build_draft(basis, made, spending)


def test_the_base_is_the_closed_months_and_what_each_department_projects():
    _, _, _, _, draft = drafted()
    wages = draft[(draft["account"] == "wages") & (draft["cost_centre"] == "make")].iloc[0]
    closed, ahead = month_range(month("2023-01"), 9), month_range(month("2023-10"), 3)
    assert wages["base"] == pytest.approx(sum(booked(WAGES, p) for p in closed) + 1.02 * sum(booked(WAGES, p) for p in ahead), abs=0.1)


def test_without_projections_the_base_is_the_landing_and_each_cell_keeps_its_share():
    _, _, _, spending, draft = drafted(bare=True)
    assert draft["base"].sum() == pytest.approx(spending.running["amount"].sum(), abs=0.05)
    closed, ahead, year = month_range(month("2023-01"), 9), month_range(month("2022-10"), 3), month_range(month("2022-10"), 12)
    wages = draft[(draft["account"] == "wages") & (draft["cost_centre"] == "make")].iloc[0]
    share = sum(booked(WAGES, period) for period in year) / sum(group("wages", period) for period in year)
    expected = sum(booked(WAGES, period) for period in closed) + share * sum(group("wages", period) for period in ahead)
    assert wages["base"] == pytest.approx(expected, abs=0.1)


def test_it_grows_as_departments_and_lines_have():
    _, _, _, _, draft = drafted()
    wages = draft[(draft["account"] == "wages") & (draft["cost_centre"] == "make")].iloc[0]
    assert wages["growth"] == pytest.approx(0.1, abs=0.01)
    income = draft[draft["account"] == "interest"].iloc[0]
    assert income["base"] < 0 and income["amount"] < income["base"], "an income among the costs grows too"


def test_where_too_few_years_are_known_a_line_grows_as_it_is_forecast_to():
    basis = ledgers.known(read("2020-06", True), 2021, "2020-06")
    made = read("2020-06", True)
    spending = budget.top_down(basis, made.roles["spending"], trials("spending", "2020-06", True), "seasonal_naive", 0.8)
    draft = drafting.build_draft(basis, made, spending)
    both = drafting.draft_lines(basis, made, spending, draft, {})
    assert both["bottom_up"].to_numpy() == pytest.approx(both["top_down"].to_numpy(), abs=0.1) and draft["growth"].lt(0).any()


def test_months_add_up_and_the_checks_pass():
    for bare in (False, True):
        made, basis, revenue, spending, draft = drafted(bare)
        monthly = drafting.monthly_draft(basis, made, draft, {}, spending.account)
        lines = drafting.draft_lines(basis, made, spending, draft, {})
        assert all_passed(drafting.check_draft(basis, made, draft, monthly, lines, (revenue, spending)))
        december = monthly[monthly["period"] == month("2024-12")]["amount"].sum() / monthly["amount"].sum()
        assert december == pytest.approx(2 / 13, abs=0.01), "shaped like past years"


def test_the_published_draft_keeps_the_contract_and_each_companys_currency():
    made, basis, revenue, spending, draft = drafted()
    monthly = drafting.natural(drafting.monthly_draft(basis, made, draft, {}, spending.account), basis, made, spending.account)
    rows = budget.published_rows(basis, revenue, monthly, "2024_draft", made.rates)
    assert contract_problems(rows, plan_schema(), "published") == []
    rent = draft.loc[draft["account"] == "rent", "amount"].sum()
    assert rows.loc[rows["account"] == "rent", "amount"].sum() == pytest.approx(rent / 3.0, abs=0.1)


def test_the_draft_stands_beside_what_was_adopted_for_the_same_accounts_and_is_tried_on_earlier_years():
    made, basis, _, _, draft = drafted()
    beside = drafting.compared(basis, made, draft).set_index("department")
    year = sum(booked(WAGES, period) for period in CALENDAR.year(2024))
    assert beside.at["make", "adopted"] == pytest.approx(0.99 * year, abs=0.1) and beside["actual"].isna().all()
    tried = drafting.tried_draft(basis, made, known.same_month(days_of(made, "2023-09"), month("2023-09")), trials("spending", "2023-09"))
    assert list(tried["fiscal_year"]) == [2020, 2021, 2022] and tried.notna().all(axis=None)
    assert (tried["draft"] / tried["actual"]).between(0.85, 1.1).all()


def test_a_ledger_plans_no_cash():
    made, basis, revenue, spending, draft = drafted()
    share, opening = drafting.cash_terms(basis, made, revenue, spending)
    table = budget.build_cases(revenue, draft, {"base": {"revenue_shift": 0.0, "spending_shift": 0.0}}, share, opening)
    assert share == 1.0 and pd.isna(table["closing"].iloc[0]) and table["paid"].iloc[0] == table["spending"].iloc[0]


# control and scorecards


def reports(as_of="2023-09"):
    made = read(as_of)
    lines = lines_of(made.tree, made.budgeted, most=2)
    return control.Reports(made.own_rows, CALENDAR, departments(CENTRES), made.budgeted, made.roles["reported"], month(as_of),
                           closed_on(month(as_of)), lines=lines)  # fmt: skip


def test_control_reads_a_ledger_month_by_month():
    state = control.build_control(reports("2023-08"))
    lines = state.lines.set_index("department")
    year = sum(booked(WAGES, period) for period in CALENDAR.year(YEAR))
    assert lines.at["make", "adopted"] == pytest.approx(0.99 * year, abs=0.1) and state.closed == 8
    assert lines.at["make", "pace"] == pytest.approx(year, rel=0.001), "the same share of each year is used by August"
    assert lines.at["make", "amount"] == pytest.approx((lines.at["make", "pace"] + lines.at["make", "projection"]) / 2, abs=0.01)
    bridge = control.control_bridge(state)
    classes = control.class_lines(state.reports, state)
    assert set(classes["account"]) == {"cost", "spent", "others"}
    assert all_passed(control.check_control(state, bridge, classes, read().rows.iloc[:0], ""))


def test_warnings_have_their_measured_record():
    state = control.build_control(reports())
    rule = warnings.Rule(smallest=1.0)
    raised = warnings.raise_warnings(state.calls, month("2023-09"), rule)
    tried = warnings.rule_record(state.calls, rule, closed_on(month("2023-09")), state.closed, CALENDAR)
    over = tried[(tried["what"] == "quarter") & (tried["kind"] == "over")].iloc[0]
    assert set(raised["department"]) == {"make", "sell", "works"}, "every year ends 1 % above its budget"
    assert over["true"] == over["raised"] > 0


def test_scorecards_measure_what_departments_spent_and_projected():
    made = read("2023-09")
    sources = scorecard.Sources(made.issued_rows, made.tree, CALENDAR, departments(CENTRES), made.roles, closed_on(month("2023-09")))
    spent = scorecard.execution_rate(sources, 2022)
    assert spent.loc[["make", "sell"], "value"].tolist() == pytest.approx([1 / 0.99] * 2, rel=0.001)
    error = scorecard.projection_error(sources, 2022)
    assert error.at["make", "value"] == pytest.approx(-0.02 * 4 / 13, rel=0.05), "three open months of thirteen, December counts twice"


def test_shuffling_what_came_later_changes_nothing():
    later = ledgers.tables()
    future = later["rows"]["known"] > closed_on(month(AS_OF))
    later["rows"] = later["rows"].assign(amount=later["rows"]["amount"].where(~future, later["rows"]["amount"] * 7))
    later["translated"] = ledgers.translated(later["rows"])
    other = books(AS_OF, later)
    for name in ("revenue", "spending"):
        made = reforecast.build_reforecast(
            other.rows, other.tree, CALENDAR, other.roles[name], month(AS_OF), closed_on(month(AS_OF)), trials(name),
            days_of(read()), "seasonal_naive",
        )  # fmt: skip
        pd.testing.assert_frame_equal(made.lines, side_of(name).lines)
    assert months_after(month(AS_OF), 18) == side_of("revenue").lines["period"].max()
