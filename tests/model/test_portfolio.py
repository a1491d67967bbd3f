"""Choosing projects when money is short."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.model import portfolio
from planning.model.portfolio import choose_best, choose_by_rank

PROJECTS = st.lists(st.tuples(st.integers(-50, 100), st.integers(0, 60)), min_size=1, max_size=10)


def columns(projects):
    values, needs = zip(*projects, strict=True)
    return np.array(values, dtype=float), np.array(needs, dtype=float)


def test_the_ranking_can_leave_money_idle_that_the_best_choice_uses():
    """60 for 50 leads the ranking and shuts out the other two, which together are worth 100 for 100."""
    values, needs = np.array([60.0, 50.0, 50.0]), np.array([51.0, 50.0, 50.0])
    assert choose_by_rank(values, needs, 100).tolist() == [True, False, False]
    assert choose_best(values, needs, 100).tolist() == [False, True, True]


@settings(max_examples=80, deadline=None)
@given(PROJECTS, st.integers(0, 200))
def test_the_best_choice_fits_and_is_worth_no_less_than_the_ranking(projects, limit):
    values, needs = columns(projects)
    best, ranked = choose_best(values, needs, limit), choose_by_rank(values, needs, limit)
    assert needs[best].sum() <= limit and needs[ranked].sum() <= limit
    assert values[best].sum() >= values[ranked].sum()


@settings(max_examples=25, deadline=None)
@given(PROJECTS, st.integers(0, 200))
def test_the_solver_is_worth_what_looking_at_every_combination_is(projects, limit):
    values, needs = columns(projects)
    solved = portfolio._choose_solved(values, needs, np.array([limit], dtype=float), portfolio.Terms(np.zeros(len(values), dtype=int)))
    assert needs[solved].sum() <= limit and values[solved].sum() == values[choose_best(values, needs, limit)].sum()


def test_without_a_limit_everything_of_value_is_taken_and_nothing_else():
    values, needs = np.array([5.0, -1.0, 0.0, 2.0]), np.array([1.0, 1.0, 1.0, 0.0])
    for choose in (choose_best, choose_by_rank):
        assert choose(values, needs, np.inf).tolist() == [True, False, False, True]
    many = np.tile(values, 10)
    assert choose_best(many, np.tile(needs, 10), np.inf).sum() == 20
