"""Bridges close to the cent, or there is none."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import PlanningError, RequestError
from planning.core.money import to_minor
from planning.model.bridge import bridge, bridge_by, group_small

CENTS = st.integers(-(10**12), 10**12)
SIDE = st.lists(st.tuples(st.sampled_from("abcdefghijklm"), CENTS), max_size=25)


def side(rows):
    return pd.DataFrame({"account": [name for name, _ in rows], "amount": [cents / 100 for _, cents in rows]})


def test_volume_and_price_lead_from_100_to_107():
    table = bridge(100, 107, [("volume", 10), ("price", -3)])
    assert list(table["step"]) == ["start", "volume", "price", "end"]
    assert list(table["kind"]) == ["start", "step", "step", "end"]
    assert list(table["amount"]) == [100, 10, -3, 107] and list(table["cumulative"]) == [100, 110, 107, 107]


def test_a_bridge_that_misses_by_one_cent_is_refused_and_says_by_how_much():
    with pytest.raises(PlanningError, match=r"107\.00, the end is 107\.01, -0\.01 apart"):
        bridge(100, 107.01, [("volume", 10), ("price", -3)])


def test_floats_that_only_miss_by_dust_close():
    assert bridge(0, 0.3, [("a", 0.1), ("b", 0.2)])["cumulative"].iloc[-1] == 0.3


def test_no_steps_bridge_equal_figures_only():
    assert len(bridge(5, 5, [])) == 2
    with pytest.raises(PlanningError):
        bridge(5, 6, [])


@given(CENTS, st.lists(CENTS, max_size=12), st.integers(0, 10))
@settings(max_examples=100, deadline=None)
def test_a_bridge_from_its_own_steps_closes_and_grouping_keeps_the_sum(start, steps, most):
    named = [(f"step {n}", cents / 100) for n, cents in enumerate(steps)]
    end = (start + sum(steps)) / 100
    grouped = group_small(named, most)
    assert len(grouped) <= most + 1 and to_minor(grouped["amount"], 2).sum() == sum(steps)
    table = bridge(start / 100, end, grouped)
    assert to_minor(table["cumulative"], 2)[-1] == to_minor([end], 2)[0]


def test_the_largest_steps_keep_their_name_and_their_order():
    grouped = group_small([("a", 1), ("b", -5), ("c", 2), ("d", 5)], most=2)
    assert list(grouped.itertuples(index=False, name=None)) == [("b", -5.0), ("d", 5.0), ("others", 3.0)]


def test_a_step_already_called_others_joins_the_rest():
    grouped = group_small([("others", 100), ("a", 1), ("b", 2)], most=1)
    assert list(grouped.itertuples(index=False, name=None)) == [("b", 2.0), ("others", 101.0)]


@given(SIDE, SIDE, st.integers(0, 15), st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_bridge_between_two_tables_closes_whatever_the_order_of_their_rows(before, after, most, dice):
    table = bridge_by(side(before), side(after), "account", most)
    cents = to_minor(table["amount"], 2)
    assert (cents[0], cents[-1]) == (sum(c for _, c in before), sum(c for _, c in after))
    assert cents[:-1].sum() == cents[-1] and len(table) <= most + 3
    dice.shuffle(before)
    dice.shuffle(after)
    pd.testing.assert_frame_equal(bridge_by(side(before), side(after), "account", most), table, check_exact=True)


def test_what_begins_or_ends_changes_by_its_whole_amount_and_what_stays_makes_no_step():
    table = bridge_by(side([("a", 100), ("b", 300)]), side([("b", 300), ("c", 900)]), "account")
    assert list(table["step"]) == ["start", "c", "a", "end"] and list(table["amount"]) == [4, 9, -1, 12]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("a", 1), ("a", 1)], "name used twice"),
        ([("a", None)], "wrong amount"),
        ([("a", "x")], "wrong amount"),
        ([(None, 2)], "a name is needed"),
    ],
)
def test_steps_that_make_no_bridge_are_refused(steps, expected):
    with pytest.raises(RequestError, match=expected):
        bridge(0, 2, steps)


def test_a_missing_value_or_amount_in_a_table_is_refused():
    good = side([("a", 100)])
    for broken in (
        good.assign(account=None),
        good.assign(amount=float("nan")),
        good.assign(amount="x"),
        good.drop(columns="amount"),
    ):
        with pytest.raises(RequestError, match="before"):
            bridge_by(broken, good, "account")
