"""The odds of a company's budget from its books: only what was known, by department and line, with what came beside it."""

import numpy as np
import pandas as pd
import pytest
from ledgers import BOOKED, CALENDAR, CENTRES, actuals, booked, books, budgets, closed_on, tables

from planning.core.periods import month
from planning.core.tables import departments
from planning.plan.budget_odds import adopted_lines, odds_held, past_misses, planned_lines, tell_odds, tried_odds

DEPARTMENT = departments(CENTRES)
DAY = closed_on(month("2023-12"))


@pytest.fixture(scope="module")
def read():
    """The group's books, in which wages come by chance up to a tenth above or below what was planned."""
    rng = np.random.default_rng(1)
    came = actuals()
    chance = pd.Series(1.0, index=came.index)
    for _, at in came[came["account"].isin(["wages", "rent"])].groupby([came["account"], came["period"].dt.year]).groups.items():
        chance[at] = 1 + rng.uniform(-0.1, 0.1)
    return books("2023-12", tables(came.assign(amount=(came["amount"] * chance).round(2)), budgets()))


def test_past_misses_are_the_years_sums_by_department_and_line():
    """Of plain books wages of the works were planned 1 % below what came: 60 a month, and twice as much in December."""
    table = past_misses(books("2023-12"), CALENDAR, DEPARTMENT, DAY).set_index(["fiscal_year", "unit", "line"])
    row = table.loc[(2018, "make", "wages")]
    assert row["actual"] == 60 * 13 and row["budget"] == pytest.approx(0.99 * 60 * 13, abs=0.1) and row["effect"] == -1
    assert table.loc[(2018, "sell", "rent"), "actual"] == 2 * 10 * 13, "a euro was two dollars"
    assert set(table.index.get_level_values("fiscal_year")) == set(range(2018, 2024))
    assert "interest" not in table.index.get_level_values("line"), "nobody has a budget for interest"
    cell = next(cell for cell in BOOKED if cell[2] == "inside")
    assert table.loc[(2018, "works", "inside"), "actual"] == pytest.approx(sum(booked(cell, p) for p in CALENDAR.year(2018)))
    assert table.loc[(2018, "works", "inside"), "effect"] == 1


def test_a_year_counts_once_its_last_month_is_closed():
    read = books("2023-12")
    before = past_misses(read, CALENDAR, DEPARTMENT, closed_on(month("2020-12")) - pd.Timedelta(days=1))
    assert before["fiscal_year"].max() == 2019
    assert past_misses(read, CALENDAR, DEPARTMENT, closed_on(month("2020-12")))["fiscal_year"].max() == 2020
    assert past_misses(read, CALENDAR, DEPARTMENT, closed_on(month("2018-03"))).empty


def test_a_budget_first_known_after_its_year_began_is_no_budget():
    late = budgets()
    in_2020 = late["period"].dt.year == 2020
    late["known"] = late["known"].where(~in_2020, pd.Timestamp("2020-02-01"))
    read = books("2023-12", tables(actuals(), late))
    assert 2020 not in set(past_misses(read, CALENDAR, DEPARTMENT, DAY)["fiscal_year"])
    assert adopted_lines(read, CALENDAR, DEPARTMENT, 2020, DAY).empty


def test_shuffling_what_comes_later_changes_nothing_said_before(read):
    then = closed_on(month("2021-12"))
    later = read.rows.assign(amount=read.rows["amount"].where(read.rows["known"] <= then, read.rows["amount"] * 3))
    changed = type(read)(**(vars(read) | {"rows": later}))
    told = [
        tell_odds(past_misses(of, CALENDAR, DEPARTMENT, then), adopted_lines(of, CALENDAR, DEPARTMENT, 2022, then), 500, 1)
        for of in (read, changed)
    ]
    assert told[0]["odds"].notna().any()
    pd.testing.assert_frame_equal(*told)


def test_a_draft_is_read_as_the_adopted_budget_is(read):
    adopted = adopted_lines(read, CALENDAR, DEPARTMENT, 2023, DAY)
    of = read.own_rows[read.own_rows["scenario"].eq("budget") & read.own_rows["period"].dt.year.eq(2023)]
    pd.testing.assert_frame_equal(planned_lines(read, of, DEPARTMENT), adopted)


def test_earlier_odds_are_said_from_the_years_before_and_compared_with_what_came(read):
    tried = tried_odds(read, CALENDAR, DEPARTMENT, 10, DAY, 500, 1)
    company = tried[tried["level"] == "company"].set_index("fiscal_year")
    assert company["years"].tolist() == [0, 1, 2, 3, 4, 5] and company["odds"].isna().tolist() == [True, True, False, False, False, False]
    wages = tried[(tried["unit"] == "make") & (tried["line"] == "wages")].set_index("fiscal_year")
    known = past_misses(read, CALENDAR, DEPARTMENT, DAY).query("unit == 'make' and line == 'wages'")
    assert wages["met"].tolist() == (known["actual"] <= known["budget"] + 0.005).tolist()


def test_how_odds_fared_is_counted_over_lines(read):
    tried = tried_odds(read, CALENDAR, DEPARTMENT, 10, DAY, 500, 1)
    held = odds_held(tried, 0.8, 1)
    lines = tried[(tried["level"] == "line") & tried["odds"].notna()]
    assert held.years == [2020, 2021, 2022, 2023] and held.likely[1] + held.unlikely[1] == len(lines) == held.score["n"]
    assert held.likely[0] + held.unlikely[0] == lines["met"].sum() == held.bins["count"].sum()


def test_without_a_year_that_had_odds_there_is_nothing_to_compare(read):
    held = odds_held(tried_odds(read, CALENDAR, DEPARTMENT, 10, closed_on(month("2019-12")), 100, 1), 0.8, 1)
    assert held.years == [] and held.score["n"] == 0
    nothing = tried_odds(read, CALENDAR, DEPARTMENT, 10, month("2018-03"), 100, 1)
    assert nothing.empty and odds_held(nothing, 0.8, 1).years == []
