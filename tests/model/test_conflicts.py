"""Holds and targets that can't go together: the smallest set is named, and it is the smallest."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planning.core.errors import RequestError
from planning.core.periods import month
from planning.model import conflicts
from planning.model.conflicts import Target, check_targets, find_conflict

TABLE = pd.DataFrame({"account": list("abcd"), "amount": [10.0, 20.0, 30.0, 0.0]})


def on(*accounts):
    """A hold on each account, called like it."""
    return pd.DataFrame({"hold": list(accounts), "account": list(accounts)})


def all_held(table):
    return pd.DataFrame({"hold": table["account"], "account": table["account"]})


def test_targets_that_can_be_met_are_no_conflict():
    assert find_conflict(TABLE, [Target("all", {}, 100.0)]) is None
    assert find_conflict(TABLE, [Target("all", {}, 100.0)], on("a", "b", "c"), ["d"]) is None
    assert find_conflict(TABLE, [Target("all", {}, 60.0)], on("a", "b", "c", "d")) is None


def test_all_holds_are_in_the_way_where_any_would_give_room():
    found = find_conflict(TABLE, [Target("all", {}, 61.0)], on("d", "c", "b", "a"))
    assert found == (("a", "b", "c", "d"), ("all",), True)


def test_one_hold_above_a_total_that_has_no_negative_parts_is_the_smallest_set():
    found = find_conflict(TABLE, [Target("all", {}, 25.0)], on("a", "b", "c"), list("abcd"))
    assert found == (("c",), ("all",), True), "30 alone is above 25; a and b together are, too"


def test_the_smallest_set_is_found_where_leaving_out_one_after_another_ends_with_a_larger_one():
    """In the order of their names a is dropped first, the one hold that is above 25 by itself."""
    table = TABLE.assign(account=list("cbad")).sort_values("account")
    targets = [Target("all", {}, 25.0)]
    asked, place = conflicts._demands(table, targets, list("abcd"), 2)
    asked, held = conflicts._alike_together(asked, conflicts.held_by(table, on("a", "b", "c")).to_numpy()[place])
    fits = lambda kept: conflicts._feasible(asked, held, kept, [0])  # noqa: E731
    assert conflicts._none_left_out(3, fits) == [1, 2]
    assert find_conflict(table, targets, on("a", "b", "c"), list("abcd")) == (("a",), ("all",), True)


def test_of_overlapping_targets_those_are_named_that_the_holds_contradict():
    first, second = Target("first", {"account": ["a", "b"]}, 30.0), Target("second", {"account": ["b", "c"]}, 60.0)
    targets = [first, second, Target("alone", {"account": "d"}, 1)]
    found = find_conflict(TABLE, targets, on("a", "c"))
    assert found == (("a", "c"), ("first", "second"), True), "b would have to be 20 and 30"


def test_targets_that_contradict_each_other_are_named_without_a_hold():
    targets = [Target("whole", {}, 50.0), Target("left", {"account": ["a", "b"]}, 20.0), Target("right", {"account": ["c", "d"]}, 20.0)]
    assert find_conflict(TABLE, targets, on("a")) == ((), ("whole", "left", "right"), True)
    with pytest.raises(RequestError, match="targets whole, left, right: targets contradict each other"):
        check_targets(TABLE, targets)


def test_less_than_nothing_of_what_cannot_be_negative_is_a_contradiction():
    assert find_conflict(TABLE, [Target("a", {"account": "a"}, -1.0)], None, ["a"]) == ((), ("a",), True)


def test_a_hold_on_a_negative_cell_that_cannot_be_one_is_in_conflict_by_itself():
    table = TABLE.assign(amount=[-1.0, 20.0, 30.0, 0.0])
    found = find_conflict(table, [Target("all", {}, 100.0)], on("b", "a"), list("abcd"))
    assert found == (("a",), (), True)
    with pytest.raises(RequestError, match=r"cells that can't be negative: the holds leave no way .*: a"):
        check_targets(table, [Target("all", {}, 100.0)], on("a"), ["a"])


def test_costs_go_into_a_profit_with_their_sign():
    target = Target("profit", {}, 40.0, {"a": 1.0, "b": -1.0, "c": 1.0, "d": 0.0})
    assert find_conflict(TABLE, [target], on("a", "c"), ["b"]) is None, "10 - 0 + 30 is 40"
    above = target._replace(total=40.01)
    assert find_conflict(TABLE, [above], on("a", "c"), ["b"]) == (("a", "c"), ("profit",), True)


def test_a_cent_is_told_in_amounts_of_a_hundred_billion():
    table = pd.DataFrame({"account": list("abc"), "amount": [1e11, 5e10, 0.0]})
    targets = [Target("whole", {}, 1.5e11), Target("left", {"account": ["a", "b"]}, 1.5e11 - 0.01)]
    assert find_conflict(table, targets, None, ["c"]) is None
    assert find_conflict(table, [targets[0], targets[1]._replace(total=1.5e11 + 0.01)], None, ["c"]) == ((), ("whole", "left"), True)


@pytest.mark.parametrize("count", [20, 80])
def test_of_many_holds_too_large_for_a_total_the_largest_are_named(count):
    """The smallest set are the largest holds, added until they exceed the total: trying sets one after another would take ages."""
    amounts = np.random.default_rng(count).permutation(np.arange(50.0, 50 + count))
    table = pd.DataFrame({"account": [f"{n:03}" for n in range(count)], "amount": amounts})
    total = amounts.sum() // 2
    found = find_conflict(table, [Target("all", {}, total)], all_held(table), table["account"])
    needed = int((np.cumsum(np.sort(amounts)[::-1]) <= total).sum()) + 1
    assert found.smallest and len(found.holds) == needed


def test_where_no_proposal_is_tried_it_is_said_that_there_may_be_a_smaller_set(monkeypatch):
    monkeypatch.setattr(conflicts, "COUNTED", 0)
    monkeypatch.setattr(conflicts, "ROUNDS", 0)
    found = find_conflict(TABLE, [Target("all", {}, 25.0)], on("a", "b", "c"), list("abcd"))
    assert found == (("c",), ("all",), False)
    with pytest.raises(RequestError, match="perhaps not the smallest set"):
        check_targets(TABLE, [Target("all", {}, 25.0)], on("a", "b", "c"), list("abcd"))


def test_of_hundreds_of_holds_no_smaller_set_is_looked_for_and_that_is_said():
    table = pd.DataFrame({"account": [f"{n:03}" for n in range(400)], "amount": 1.0})
    with pytest.raises(RequestError, match=r"perhaps not the smallest set: 000, 001, .*, … and 380 more\)"):
        check_targets(table, [Target("all", {}, 401.0)], all_held(table))
    assert find_conflict(table, [Target("all", {}, 400.0)], all_held(table)) is None


def test_of_many_parts_that_exceed_the_whole_the_fewest_are_named():
    table = pd.DataFrame({"account": [f"{n:03}" for n in range(20)], "amount": 0.0})
    parts = [Target(account, {"account": account}, 20.0) for account in table["account"]]
    found = find_conflict(table, [*parts, Target("whole", {}, 200.0)], None, table["account"])
    assert found.holds == () and len(found.targets) == 12 and "whole" in found.targets and found.smallest


@st.composite
def cases(draw):
    count = draw(st.integers(2, 5))
    accounts = list("abcde"[:count])
    table = pd.DataFrame({"account": accounts, "amount": draw(st.lists(st.integers(-2, 6), min_size=count, max_size=count))})
    some = st.lists(st.sampled_from(accounts), min_size=1, max_size=count, unique=True)
    targets = [Target(f"t{n}", {"account": draw(some)}, draw(st.integers(-2, 12))) for n in range(draw(st.integers(1, 3)))]
    rows = [(f"h{draw(st.integers(0, 3))}", account) for account in draw(some)]
    return table, targets, pd.DataFrame(rows, columns=["hold", "account"]), draw(st.lists(st.sampled_from(accounts), unique=True))


def possible(table, targets, holds, not_negative):
    """Whether there are figures: every cell for itself in one linear problem."""
    held = table["account"].isin(holds["account"])
    lowest = np.where(table["account"].isin(not_negative), 0.0, -np.inf)
    lowest, highest = np.where(held, np.maximum(lowest, table["amount"]), lowest), np.where(held, table["amount"], np.inf)
    if (lowest > highest).any():
        return False
    matrix = [table["account"].isin(target.chosen["account"]).astype(float) for target in targets]
    totals = [target.total for target in targets]
    return linprog(np.zeros(len(table)), A_eq=matrix, b_eq=totals, bounds=np.column_stack([lowest, highest])).status == 0


@pytest.mark.parametrize("counted", [conflicts.COUNTED, 0], ids=["every set", "the solver"])
@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_smallest_set_is_what_trying_every_set_finds(counted, case):
    table, targets, holds, not_negative = case
    inside = {account for target in targets for account in target.chosen["account"]}
    not_negative = [account for account in not_negative if account in inside]
    holds = holds[holds["account"].isin(inside)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conflicts, "COUNTED", counted)
        found = find_conflict(table, targets, holds, not_negative)
    names = sorted(holds["hold"].unique())
    conflicting = [
        set(some)
        for size in range(len(names) + 1)
        for some in combinations(names, size)
        if not possible(table, targets, holds[holds["hold"].isin(some)], not_negative)
    ]
    if found is None:
        assert not conflicting
    else:
        assert found.smallest and set(found.holds) in conflicting
        assert len(found.holds) == min(map(len, conflicting))


@settings(max_examples=25, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_holds_and_targets_does_not_change_how_many_holds_are_named(case, random):
    table, targets, holds, not_negative = case
    found = find_conflict(table, targets, holds, not_negative)
    again = find_conflict(table.iloc[::-1], random.sample(targets, len(targets)), holds.iloc[::-1], not_negative)
    assert (found is None) == (again is None) and (found is None or len(found.holds) == len(again.holds))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: find_conflict(TABLE, []), "no target"),
        (lambda: find_conflict(TABLE, [Target("x", {}, 1), Target("x", {}, 2)]), "target x: name used twice"),
        (lambda: find_conflict(TABLE, [Target("x", {"account": "z"}, 1)]), "target x, account: unknown value"),
        (lambda: find_conflict(TABLE, [Target("x", {}, np.nan)]), "target x: wrong amount"),
        (lambda: find_conflict(TABLE, [Target("x", {}, 1)], None, ["z"]), "unknown account"),
        (lambda: find_conflict(TABLE, [Target("x", {}, 1, {"a": 2})]), "into, a: wrong weight"),
        (lambda: find_conflict(TABLE.assign(period=month("2027-01")), [Target("x", {"period": "x"}, 1)]), "wrong value"),
    ],
)
def test_targets_that_make_no_sense_are_refused(ask, said):
    with pytest.raises(RequestError, match=said):
        ask()
