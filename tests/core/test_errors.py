from __future__ import annotations

import pytest

from planning.core.errors import (
    ConflictError,
    LockedError,
    PlanningError,
    Problem,
    RequestError,
    RunError,
    at_most,
    did_you_mean,
)


def test_a_problem_says_where_what_expected_got_and_next():
    whole = Problem("wrong month", "as_of", "'2021'", 'a month such as "2021-03"', "see the README")
    assert str(whole) == "as_of: wrong month, expected a month such as \"2021-03\", got '2021'; see the README"
    assert str(Problem("no rows")) == "no rows"


def test_a_request_error_lists_every_problem_and_exits_with_2():
    wrong = RequestError("params.yaml", [Problem("unknown", "growht"), Problem("missing", "months")])
    assert str(wrong) == "params.yaml: 2 problems\n  growht: unknown\n  months: missing" and wrong.exit_code == 2
    assert str(RequestError("x", [Problem("unknown", "y")])).startswith("x: 1 problem\n")


def test_the_problems_of_a_request_may_come_from_a_generator():
    wrong = RequestError("x", (Problem(str(n)) for n in range(3)))
    assert len(wrong.problems) == 3 and str(wrong).count("\n") == 3


def test_a_conflict_shows_ten_cells_and_counts_the_rest():
    said = str(ConflictError("v1", [Problem("changed", f"cell {n}") for n in range(13)]))
    assert said.startswith("v1: 13 cells in conflict") and said.endswith("… and 3 more") and said.count("cell ") == 10


@pytest.mark.parametrize("error", [ConflictError("x", []), LockedError("x"), RunError("x")])
def test_every_other_error_of_ours_exits_with_1(error):
    assert isinstance(error, PlanningError) and error.exit_code == 1


def test_the_nearest_name_is_offered():
    assert did_you_mean("growht", ["growth", "months"]) == "did you mean growth?"


def test_without_a_near_name_the_first_known_ones_are_told():
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b" and did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", [f"account{n:02d}" for n in range(15)]).endswith("account11, … (3 more)")


def test_twenty_problems_are_shown_and_the_rest_counted():
    assert len(at_most([Problem("x")] * 20)) == 20
    assert str(at_most([Problem("x")] * 1500)[-1]) == "1,480 more of the same kind"
    assert str(at_most([Problem("x")] * 20, of=21)[-1]) == "1 more of the same kind"
