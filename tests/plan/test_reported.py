"""Reports added up from a ledger: what each would have said on its day."""

import pandas as pd
import pytest
from ledgers import CALENDAR, booked, books, closed_on, tables

from planning.core.periods import month, month_range
from planning.plan.books import REPORTED
from planning.plan.reported import reported_rows

READ = books()
ROWS = READ.rows[READ.rows["account"] == REPORTED]
WAGES, INSIDE = ("works", "make", "wages", "none"), ("works", "works", "inside_cost", "shop")


def said(scenario, grain, period, centre="make"):
    found = ROWS[(ROWS["scenario"] == scenario) & (ROWS["grain"] == grain) & (ROWS["period"] == month(period))]
    return found[found["cost_centre"] == centre].sort_values("known")


def total(cell, periods):
    return sum(booked(cell, period) for period in periods)


def test_each_month_says_what_was_spent_to_date_on_the_day_it_was_closed():
    row = said("actual", "year_to_date", "2022-05").iloc[0]
    assert row["amount"] == pytest.approx(total(WAGES, month_range(month("2022-01"), 5))) and row["known"] == closed_on(month("2022-05"))


def test_a_department_is_read_with_what_it_sold_within_the_group():
    row = said("actual", "year_to_date", "2022-05", "works").iloc[0]
    assert row["amount"] == pytest.approx(total(INSIDE, month_range(month("2022-01"), 5)))


def test_the_newest_projection_makes_a_landing_in_every_month_after_it():
    april = said("forecast", "year", "2022-01").set_index("version")["amount"]
    closed, ahead = month_range(month("2022-01"), 4), month_range(month("2022-05"), 8)
    assert april["2022_04_carried"] == pytest.approx(total(WAGES, closed) + 1.02 * total(WAGES, ahead), abs=0.1)
    assert "2022_02" not in april.index and "2022_12" not in april.index, "nobody projected yet; nothing is left to project"


def test_a_projection_of_some_months_only_is_none():
    rows = READ.rows[READ.rows["account"] != REPORTED]
    lost = rows[(rows["scenario"] == "forecast") & (rows["period"] == month("2022-12"))].index
    again = reported_rows(rows.drop(index=lost), CALENDAR, READ.budgeted, REPORTED)
    assert not ((again["scenario"] == "forecast") & (again["period"] == month("2022-01"))).any()
    assert ((again["scenario"] == "forecast") & (again["period"] == month("2021-01"))).any()


def test_a_year_is_known_once_its_last_month_is_closed_and_its_budget_when_it_was_adopted():
    year = said("actual", "year", "2022-01").iloc[0]
    assert year["known"] == closed_on(month("2022-12")) and said("actual", "year", "2024-01").empty
    budget = said("budget", "year", "2022-01")
    assert list(budget["known"]) == [pd.Timestamp("2021-11-30")]
    assert budget["amount"].iloc[0] == pytest.approx(0.99 * total(WAGES, month_range(month("2022-01"), 12)), abs=0.1)


def test_a_month_restated_later_changes_what_is_said_later_and_nothing_before():
    whole = tables()
    rows = whole["rows"]
    cell = (rows["scenario"] == "actual") & (rows["cost_centre"] == "make") & (rows["period"] == month("2022-03"))
    again = rows[cell].assign(amount=1000.0, known=closed_on(month("2022-06")))
    restated = books(of={**whole, "rows": pd.concat([rows, again], ignore_index=True)})
    table = restated.rows[(restated.rows["account"] == REPORTED) & (restated.rows["grain"] == "year_to_date")]
    table = table[table["cost_centre"] == "make"].set_index("period")["amount"]
    before = READ.rows[(READ.rows["account"] == REPORTED) & (READ.rows["grain"] == "year_to_date")]
    before = before[before["cost_centre"] == "make"].set_index("period")["amount"]
    more = 1000.0 - booked(WAGES, month("2022-03"))
    assert table[month("2022-05")] == before[month("2022-05")]
    assert table[month("2022-06")] == pytest.approx(before[month("2022-06")] + more)
