"""Who came how near, counted by hand on a town of three lines of history."""

import dataclasses

import pandas as pd
import pytest
from worlds import CALENDAR, RECEIPTS, cash_world, chart, months, truth

from planning.plan.accuracy import COLUMNS, build_accuracy

TREE = chart()
WORLD = cash_world(2011, "2014-12", newest=truth)
TRIALS = WORLD.trials("receipts")


def scores(world=WORLD, days=None, trials=TRIALS):
    days = world.days if days is None else days
    table = build_accuracy(world.rows, world.controls, TREE, CALENDAR, "receipts", days, trials)
    return table.set_index(["forecaster", "quarter"])


TABLE = scores()


def test_the_people_miss_by_what_they_are_made_to_miss():
    """Each line 5 too high; the printed total of two lines by 10. Years 2012 to 2014 are closed and have a year before."""
    after_q3 = [period for year in (2012, 2013, 2014) for period in months(f"{year}-04", 3)]
    happened = sum(truth(line, period) + 0.125 for line in RECEIPTS for period in after_q3)
    assert TABLE.at[("people", 3), "wape_total"] == pytest.approx(9 * 10 / happened)
    lines = sum(truth(line, period) for line in RECEIPTS for period in after_q3)
    assert TABLE.at[("people", 3), "wape_lines"] == pytest.approx(18 * 5 / lines)
    assert TABLE.at[("people", 3), "bias_rest"] > 0


def test_naive_misses_by_a_years_rise():
    rests = [sum(truth(line, p) for line in RECEIPTS for p in months(f"{year}-01", 6)) + 6 * 0.25 for year in (2012, 2013, 2014)]
    assert TABLE.at[("naive", 2), "mape_rest"] == pytest.approx(sum(6 * 2 * 12 / rest for rest in rests) / 3)
    assert TABLE.at[("naive", 2), "bias_rest"] < 0


def test_ours_is_the_sum_of_its_lines_beside_the_printed_total():
    """The printed total is a quarter more than its lines, so the same method misses it by that quarter more."""
    rest = [sum(truth(line, p) for line in RECEIPTS for p in months(f"{year}-01", 6)) + 6 * 0.25 for year in (2012, 2013, 2014)]
    assert TABLE.at[("ours", 2), "mape_rest"] == pytest.approx(sum((6 * 2 * 12 + 6 * 0.25) / of for of in rest) / 3)
    assert TABLE.at[("ours", 2), "wape_lines"] == TABLE.at[("naive", 2), "wape_lines"]


def test_everybody_is_scored_on_the_same_months():
    assert (TABLE.groupby("quarter")[["months", "cells", "years"]].nunique() == 1).all(axis=None)
    assert TABLE.xs("ours")["months"].to_dict() == {1: 27, 2: 18, 3: 9} and (TABLE["years"] == 3).all()
    assert TABLE.xs("ours")["cells"].to_dict() == {1: 54, 2: 36, 3: 18}


def test_a_year_that_is_not_closed_is_not_scored_and_year_ends_are_left_out():
    assert set(TABLE["closed"]) == {3, 6, 9}, "the people print no forecast at a year's end"
    assert (TABLE["years"] == 3).all(), "2015 is closed to December only"


def test_a_forecast_for_a_month_that_someone_left_out_counts_for_nobody():
    rows = WORLD.rows
    silent = (rows["scenario"] == "forecast") & (rows["period"] == pd.Timestamp("2013-05-01"))
    controls = WORLD.controls
    unprinted = (controls["scenario"] == "forecast") & (controls["period"] == pd.Timestamp("2013-05-01"))
    table = scores(dataclasses.replace(WORLD, rows=rows[~silent], controls=controls[~unprinted]))
    assert table.xs("ours")["months"].to_dict() == {1: 26, 2: 17, 3: 8} and (table["years"] == 2).all()


def test_without_an_origin_there_is_no_row():
    nothing = build_accuracy(WORLD.rows, WORLD.controls, TREE, CALENDAR, "receipts", WORLD.days.iloc[:0], TRIALS)
    assert nothing.empty and tuple(nothing.columns) == COLUMNS
    assert tuple(TABLE.reset_index().columns.sort_values()) == tuple(sorted(COLUMNS))
