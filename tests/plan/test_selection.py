"""Ranges as people write them: what they mean, and what is said where they mean nothing."""

import io

import departments
import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.plan.selection import narrowed, overlaid, read_selection, selects, split_range
from planning.plan.workbook import Chart

ACCOUNTS = pd.read_csv(io.StringIO(departments.ACCOUNTS))
CHART = Chart(
    AccountTree(ACCOUNTS), pd.read_csv(io.StringIO(departments.CENTRES)), pd.read_csv(io.StringIO(departments.ENTITIES)),
    FiscalCalendar(1, pd.Timestamp("2020-01-01"), pd.Timestamp("2030-12-01")), "CNY", ACCOUNTS.set_index("code")["scale"].to_dict(),
)  # fmt: skip
CELLS = departments.plan().drop(columns=["scenario", "version"])


def meant(text, cells=CELLS):
    selection, problems = read_selection(text, cells, CHART, "--where")
    assert not problems, [str(problem) for problem in problems]
    return cells[selects(cells, selection)]


def wrong(text, cells=CELLS):
    return [str(problem) for problem in read_selection(text, cells, CHART, "--where")[1]]


def test_a_total_of_the_chart_means_the_lines_below_it():
    assert set(meant("account=costs,cost_centre=north")["account"]) == {"wages", "=rent"}
    assert set(meant("account=profit,entity=far")["account"]) == {"toys", "games"}


def test_a_cost_centre_and_an_entity_mean_all_below_them_and_with_a_dot_themselves_alone():
    assert set(meant("cost_centre=shops")["cost_centre"]) == {"north", "south"}
    assert set(meant("entity=home")["entity"]) == {"home", "far"} and set(meant("entity=home.")["entity"]) == {"home"}


@pytest.mark.parametrize(
    "text, first, last, months",
    [
        ("2026-03", "2026-03", "2026-03", 1), ("2026-02..2026-05", "2026-02", "2026-05", 4), ("2026", "2026-01", "2026-12", 12),
        ("2026-Q2", "2026-04", "2026-06", 3), ("2026-Q3..2026", "2026-07", "2026-12", 6), ("2026-12,2026-01", "2026-01", "2026-12", 2),
    ],
)  # fmt: skip
def test_a_period_is_a_month_a_quarter_a_year_or_a_span_of_them(text, first, last, months):
    periods = meant(f"account=toys,cost_centre=north,period={text}")["period"]
    assert (f"{periods.min():%Y-%m}", f"{periods.max():%Y-%m}", len(periods)) == (first, last, months)


def test_quarters_are_those_of_the_fiscal_year():
    july = CHART._replace(calendar=FiscalCalendar(7, pd.Timestamp("2020-07-01"), pd.Timestamp("2030-06-01")))
    selection, problems = read_selection("period=2027-Q1", CELLS, july, "--where")
    assert not problems and [f"{period:%Y-%m}" for period in selection.chosen["period"]] == ["2026-07", "2026-08", "2026-09"]


def test_values_may_look_like_formulas_and_blanks_around_them_do_not_count():
    assert set(meant("account==rent")["account"]) == {"=rent"}
    assert set(meant(" account = toys , =rent , cost_centre = north ")["account"]) == {"toys", "=rent"}


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not a range, expected column=value"), ("toys", "not a range"), ("amount=5", "unknown column"),
        ("acount=toys", "unknown column, got 'acount'; did you mean account?"),
        ("account=", "nothing where a value is needed"), ("account=toys,", "nothing where a value is needed"),
        ("account=toy", "--where, account: unknown value, got 'toy'; did you mean toys?"),
        ("account=unmapped_lines,cost_centre=unmapped", "no cell has it"),
        ("cost_centre=unmapped", "cost_centre: no cell has it, got 'unmapped'"), ("cost_centre=umapped", "unknown value"),
        ("period=2026-13", "no such period"), ("period=2026-05..2026-02", "no such period"), ("period=2027", "there is 2026-01 to 2026-12"),
        ("account=heads,cost_centre=south", "no such cell"), ("account=profit,wages", "an account with two signs"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_said(text, said):
    assert any(said in problem for problem in wrong(text)), wrong(text)


def test_all_that_is_wrong_is_said_at_once():
    assert len(wrong("account=toy,games2,cost_centre=nort,perid=2026")) == 4


def test_an_empty_version_has_no_cells_to_mean():
    assert wrong("period=2026", CELLS.iloc[:0]) == [
        "--where, period: no such period, expected 2027-01, 2027-01..2027-06, 2027-Q1 or 2027, got 2026; there is nothing"
    ]


def test_the_order_of_rows_and_of_words_does_not_matter():
    shuffled = CELLS.sample(frac=1, random_state=3)
    one, other = meant("account=costs,cost_centre=north"), meant("cost_centre=north,account=costs", shuffled)
    assert sorted(one.index) == sorted(other.index) and len(one) == 24


def test_signs_are_those_into_the_account_that_was_named():
    def signs(text):
        return read_selection(text, CELLS, CHART, "--where")[0].into

    assert signs("account=profit,cost_centre=north") == {"toys": 1, "games": 1, "returns": -1, "wages": -1, "=rent": -1}
    assert signs("account=costs,cost_centre=north") == {"wages": 1, "=rent": 1} and signs("cost_centre=north") == {}


def test_one_range_laid_over_another_says_only_what_differs():
    assert overlaid("account=toys,games,period=2026-01", "account=wages") == "account=wages,period=2026-01"
    assert split_range(overlaid("account=toys", "cost_centre=north,south")) == {"account": ["toys"], "cost_centre": ["north", "south"]}


def test_a_narrowed_selection_means_the_same_cells():
    selection, _ = read_selection("account=profit,entity=far", CELLS, CHART, "--where")
    small = narrowed(selection, CELLS)
    assert set(small.chosen["account"]) == {"toys", "games"} and selects(CELLS, small).equals(selects(CELLS, selection))
