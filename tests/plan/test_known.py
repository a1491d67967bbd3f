"""What was known, by whom, and when."""

import pandas as pd
import pytest
from worlds import CALENDAR, CENTRES, PAYMENTS, RECEIPTS, cash_world, chart, known_by, printed_totals, row, table, town, truth

from planning.core.accounts import AccountTree
from planning.core.errors import RequestError
from planning.core.periods import month
from planning.core.tables import accounts_schema, as_known, cost_centres_schema, departments
from planning.plan import known

TREE = chart()
NOV, FEB = known_by("2011-09"), known_by("2011-12")


def test_the_toy_keeps_the_contracts():
    accounts_schema().validate(TREE.accounts.reset_index(drop=True))
    cost_centres_schema().validate(CENTRES)
    assert TREE.problems() == [] and departments(CENTRES)["a1"] == "a"


def test_a_report_restates_the_months_of_its_year():
    rows = cash_world(2012, "2011-12").rows
    actuals = known.monthly_actuals(rows, TREE, "receipts")
    september = actuals[(actuals["period"] == month("2011-09")) & (actuals["account"] == "taxes")].set_index("known")["amount"]
    assert september[NOV] == truth("taxes", month("2011-09")) - 2 and september[FEB] == truth("taxes", month("2011-09"))


def test_lines_carry_their_sign_into_the_account_above():
    rows = cash_world(2012, "2011-09").rows
    result = known.monthly_actuals(rows, TREE, "result").set_index(["account", "period"])["amount"]
    july = month("2011-07")
    assert result["taxes", july] == truth("taxes", july) and result["wages", july] == -truth("wages", july)
    assert known.totals_of(known.monthly_actuals(rows, TREE, "payments"))["amount"].iloc[0] == 201 + 101 + 24


def test_a_line_that_a_report_no_longer_prints_is_0_from_then_on():
    rows = table([
        row("actual", "actual", "taxes", "month", "2011-07", NOV, 5), row("actual", "actual", "taxes", "month", "2011-08", NOV, 5),
        row("actual", "actual", "fees", "month", "2011-07", NOV, 7), row("actual", "actual", "fees", "month", "2011-08", NOV, 7),
        row("actual", "actual", "taxes", "month", "2011-08", FEB, 5), row("actual", "actual", "taxes", "month", "2011-09", FEB, 5),
    ])  # fmt: skip
    now = as_known(known.monthly_actuals(rows, TREE, "receipts"), FEB).set_index(["account", "period"])["amount"]
    assert now["fees", month("2011-09")] == 0 and now["fees", month("2011-08")] == 0
    assert now["fees", month("2011-07")] == 7, "the later report does not cover July"


def test_a_line_not_yet_born_is_absent_not_0():
    rows = table([
        row("actual", "actual", "taxes", "month", "2011-07", NOV, 5), row("actual", "actual", "taxes", "month", "2011-08", FEB, 5),
        row("actual", "actual", "fees", "month", "2011-08", FEB, 7),
    ])  # fmt: skip
    actuals = known.monthly_actuals(rows, TREE, "receipts")
    assert list(actuals.loc[actuals["account"] == "fees", "period"]) == [month("2011-08")]


def test_another_sources_report_says_nothing_about_a_line():
    """Payments are published for August, receipts not yet: that makes no receipts of 0."""
    rows = table([
        row("actual", "actual", "taxes", "month", "2011-07", NOV, 5, source="receipts"),
        row("actual", "actual", "wages", "month", "2011-07", NOV, 3, source="payments"),
        row("actual", "actual", "wages", "month", "2011-08", FEB, 3, source="payments"),
    ])  # fmt: skip
    actuals = known.monthly_actuals(rows, TREE, "result")
    assert list(actuals.loc[actuals["account"] == "taxes", "period"]) == [month("2011-07")]


def test_the_people_are_heard_with_the_newest_report_that_was_known():
    rows = table([
        row("forecast", "2012_q1", "taxes", "month", "2012-03", NOV, 10), row("forecast", "2012_q2", "taxes", "month", "2012-03", FEB, 20),
        row("forecast", "2012_q1", "taxes", "month", "2011-10", NOV, 9),
    ])  # fmt: skip

    def heard(as_of, when):
        return known.people_forecast(rows, TREE, "receipts", month(as_of), when).set_index("period")["amount"].to_dict()

    assert heard("2011-09", NOV) == {month("2011-10"): 9, month("2012-03"): 10}
    assert heard("2011-12", FEB) == {month("2012-03"): 20}
    assert heard("2011-12", FEB - pd.Timedelta(days=1)) == {month("2012-03"): 10}
    assert heard("2011-09", NOV - pd.Timedelta(days=1)) == {}


def test_the_first_forecast_is_the_first_reports_year():
    world = cash_world(2012, "2012-06")
    closed = sum(truth(line, period) for line in ("taxes", "fees") for period in CALENDAR.year(2012))
    expected = closed - 2 * 2 + 9 * 2 * 5  # two lines print September 2 too low; nine open months of two lines 5 too high
    assert known.first_forecast(world.rows, TREE, CALENDAR, "receipts", month("2011-12"), FEB) == expected
    assert known.first_forecast(world.rows, TREE, CALENDAR, "receipts", month("2012-03"), known_by("2012-03")) == expected


def test_there_is_no_first_forecast_before_the_years_first_report_or_with_months_left_out():
    world = cash_world(2012, "2012-06")
    assert pd.isna(known.first_forecast(world.rows, TREE, CALENDAR, "receipts", month("2011-06"), NOV - pd.Timedelta(days=1)))
    holes = world.rows[world.rows["period"] != month("2012-03")]
    assert pd.isna(known.first_forecast(holes, TREE, CALENDAR, "receipts", month("2011-12"), FEB))


def test_the_books_are_closed_through_the_last_month_published():
    rows = cash_world(2012, "2011-12").rows
    assert known.closed_through(rows, FEB) == month("2011-12")
    assert known.closed_through(rows, FEB - pd.Timedelta(days=1)) == month("2011-09")
    with pytest.raises(RequestError, match="nothing was closed yet"):
        known.closed_through(rows, NOV - pd.Timedelta(days=1))


def test_as_of_must_be_the_last_closed_month():
    rows = cash_world(2012, "2011-12").rows
    known.check_as_of(rows, month("2011-12"), FEB)
    with pytest.raises(RequestError, match=r"got 2011-11.*|such as 2011-12"):
        known.check_as_of(rows, month("2011-11"), FEB)


def test_an_origin_is_a_report_in_time_with_a_year_behind_it():
    days = known.origins(cash_world(2011, "2012-12").rows, CALENDAR, 45, known.EVER)
    assert [f"{day:%Y-%m}" for day in days["as_of"]] == ["2011-06", "2011-09", "2011-12", "2012-03", "2012-06", "2012-09", "2012-12"]
    assert days["when"].iloc[0] == known_by("2011-06")


def test_a_late_report_is_no_origin_and_a_restatement_is_not_a_second_one():
    rows = cash_world(2011, "2011-12").rows
    late = rows.assign(known=rows["known"].where(rows["known"] != known_by("2011-12"), known_by("2011-12") + pd.Timedelta(days=1)))
    again = table([row("actual", "actual", "taxes", "month", "2011-09", known_by("2011-12"), 1)])
    days = known.origins(pd.concat([late, again]), CALENDAR, 45, known.EVER)
    assert [f"{day:%Y-%m}" for day in days["as_of"]] == ["2011-06", "2011-09"]
    assert list(known.origins(rows, CALENDAR, 45, month("2011-09"))["as_of"]) == [month("2011-06")]


def test_of_several_versions_of_a_year_the_newest_known_counts():
    world = town()
    when = known_by("2014-12")
    told = known.yearly(world.rows, CALENDAR, "forecast", ["told"], when)
    assert set(told.loc[told["fiscal_year"] == 2015, "version"]) == {"2015_q2"}
    assert not told.duplicated(["cost_centre", "fiscal_year"]).any()
    assert known.yearly(world.rows, CALENDAR, "budget", ["staff"], when)["fiscal_year"].max() == 2015
    assert known.yearly(world.rows, CALENDAR, "actual", ["staff"], when)["fiscal_year"].max() == 2013, "printed a year after the year's end"


def test_printed_totals_are_those_of_the_newest_report():
    rows = cash_world(2012, "2011-12").rows
    totals = known.control_totals(printed_totals(rows), "receipts", "actual", FEB).set_index("period")["amount"]
    assert totals[month("2011-09")] == truth("taxes", month("2011-09")) + truth("fees", month("2011-09")) + 0.25
    earlier = known.control_totals(printed_totals(rows), "receipts", "actual", NOV).set_index("period")["amount"]
    assert earlier[month("2011-09")] == totals[month("2011-09")] - 4


def test_a_year_happened_when_all_its_months_are_closed():
    world = cash_world(2011, "2012-03")
    year = sum(truth(line, period) for line in ("taxes", "fees") for period in CALENDAR.year(2011))
    assert known.happened(world.rows, TREE, CALENDAR, "receipts", 2011) == year - 2 * 2, "June stays as the closing report prints it"
    assert pd.isna(known.happened(world.rows, TREE, CALENDAR, "receipts", 2012))


def test_only_names_the_one_value_or_says_that_there_are_several():
    rows = cash_world(2012, "2011-09").rows
    assert known.only(rows, TREE, "receipts", "cost_centre") == "all"
    with pytest.raises(RequestError, match="several values of cost_centre"):
        known.only(rows.assign(cost_centre=rows["account"]), TREE, "receipts", "cost_centre")


def test_same_month_keeps_one_day_a_year():
    days = cash_world(2011, "2014-06").days
    assert list(known.same_month(days, month("2014-12"))["as_of"]) == [month("2011-12"), month("2012-12"), month("2013-12")]


def test_the_chart_may_be_read_from_the_accounts_alone():
    assert AccountTree(TREE.accounts.reset_index(drop=True)).leaves("result") == ["taxes", "fees", "wages", "goods"]


# months added up to years


def monthly(scenario, year, amount, known_by, version="actual", months=12, account="staff"):
    return [row(scenario, version, account, "month", period, known_by(period), amount, "a", "ledger")
            for period in pd.date_range(f"{year - 1}-07-01", periods=months, freq="MS")]  # fmt: skip


def closed(period):
    return period + pd.Timedelta(days=40)


def test_months_are_added_up_to_years_once_all_are_closed():
    rows = table(monthly("actual", 2012, 5, closed) + monthly("actual", 2013, 6, closed, months=11))
    years = known.yearly(rows, CALENDAR, "actual", ["staff"])
    assert years[["fiscal_year", "amount"]].values.tolist() == [[2012, 60.0]]
    assert years["known"].iloc[0] == closed(month("2012-06"))
    assert known.yearly(rows, CALENDAR, "actual", ["staff"], closed(month("2012-05"))).empty


def test_a_year_that_is_printed_is_never_added_up_again():
    printed = [row("actual", "actual", "staff", "year", CALENDAR.first(2012), "2013-06-30", 100, "a", "years")]
    rows = table(monthly("actual", 2012, 5, closed) + monthly("actual", 2013, 6, closed) + printed)
    assert known.yearly(rows, CALENDAR, "actual", ["staff"])["amount"].tolist() == [100.0, 72.0]


def test_of_a_monthly_budgets_versions_the_one_known_last_counts_and_none_is_added_to_another():
    asked = monthly("budget", 2012, 9, lambda _: "2011-04-01", "2012_request")
    adopted = monthly("budget", 2012, 8, lambda _: "2011-06-01", "2012_final")
    assert known.yearly(table(asked + adopted), CALENDAR, "budget", ["staff"])["amount"].tolist() == [96.0]
    same_day = monthly("budget", 2012, 9, lambda _: "2011-06-01", "2012_request")
    assert known.yearly(table(adopted + same_day), CALENDAR, "budget", ["staff"])["version"].tolist() == ["2012_final"]


def test_projected_months_are_no_projection_of_a_year():
    assert known.yearly(table(monthly("forecast", 2012, 5, closed, "q1")), CALENDAR, "forecast", ["staff"]).empty


def test_a_correction_of_some_lines_says_nothing_of_the_others():
    def line(account, known_on, amount):
        return row("actual", "actual", account, "month", "2011-08", known_on, amount, "all", "ledger")

    before = [row("actual", "actual", account, "month", "2011-07", "2011-08-10", 5, "all", "ledger") for account in RECEIPTS + PAYMENTS]
    august = [line(account, "2011-09-10", 6) for account in RECEIPTS + PAYMENTS]
    rows = known.apart(table([*before, *august, line("taxes", "2011-12-10", 7), line("fees", "2012-01-10", 8)]))
    now = as_known(known.monthly_actuals(rows, TREE, "result"), FEB)
    amounts = now[now["period"] == month("2011-08")].set_index("account")["amount"]
    assert amounts.to_dict() == {"taxes": 7, "fees": 8, "wages": -6, "goods": -6}
