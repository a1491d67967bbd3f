from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.accounts import AccountTree, circles, roll_up, total


def tree(*lines: str) -> AccountTree:
    """A tree from lines such as "wages costs -1": code, parent (or nothing) and weight into the parent."""
    parts = [(*words, *(None, "1")[len(words) - 1 :]) for words in map(str.split, lines)]
    rows = [
        {"code": code, "parent": parent, "weight": float(weight), "effect": 1, "label_en": code.title(), "label_zh": "科目" + code}
        for code, parent, weight in parts
    ]
    return AccountTree(pd.DataFrame(rows))


PROFIT = ("profit", "sales profit 1", "toys sales 1", "games sales 1", "costs profit -1", "wages costs 1")


def rows(**amounts: float) -> pd.DataFrame:
    return pd.DataFrame({"account": list(amounts), "amount": list(amounts.values()), "period": "2021-01"})


def rolled(table: pd.DataFrame, chart: AccountTree) -> dict[str, float]:
    return roll_up(table, chart, ["period"]).set_index("account")["amount"].to_dict()


def test_costs_count_against_the_profit():
    assert rolled(rows(toys=70.0, games=30.0, wages=60.0), tree(*PROFIT)) == {
        "toys": 70.0, "games": 30.0, "sales": 100.0, "wages": 60.0, "costs": 60.0, "profit": 40.0,
    }  # fmt: skip


def test_an_of_which_line_of_weight_0_adds_nothing():
    chart = tree("wages", "regular wages 1", "overtime wages 0")
    assert rolled(rows(regular=100.0, overtime=20.0), chart)["wages"] == 100.0


def test_absent_is_not_zero():
    assert "sales" not in rolled(rows(wages=60.0), tree(*PROFIT))


def test_one_total_is_the_same_alone_as_among_all():
    chart, table = tree(*PROFIT), rows(toys=70.0, games=30.0, wages=60.0)
    assert total(table, chart, "profit", ["period"])["amount"].tolist() == [rolled(table, chart)["profit"]]


def test_a_row_on_a_total_or_on_no_account_is_refused_rather_than_lost():
    for code in ("sales", "nowhere"):
        with pytest.raises(ValueError, match=f"not leaves of the account tree: {code}"):
            roll_up(rows(**{code: 1.0}), tree(*PROFIT), ["period"])


def test_leaves_stand_in_the_order_of_the_chart():
    assert tree(*PROFIT).leaves("profit") == ["toys", "games", "wages"]
    assert tree(*PROFIT).leaves("toys") == ["toys"] and tree(*PROFIT).children("toys") == []
    assert tree(*PROFIT).is_total("sales") and not tree(*PROFIT).is_total("toys")


def test_labels_speak_the_readers_language():
    assert tree(*PROFIT).label("toys", "en") == "Toys" and tree(*PROFIT).label("toys", "zh") == "科目toys"


def test_a_sound_tree_has_no_problems():
    assert tree(*PROFIT).problems() == []


def test_a_missing_parent_is_named():
    assert tree("a b").problems() == ["a: parent b is not an account"]


def test_a_circle_is_found_once_and_shown_whole():
    assert tree("a b", "b c", "c a", "below a").problems() == ["parents run in a circle: a → b → c → a"]
    assert tree("a a").problems() == ["parents run in a circle: a → a"]


def test_two_circles_are_two():
    assert circles({"a": "b", "b": "a", "c": "c", "d": "a", "e": "f"}) == [["a", "b"], ["c"]]


@st.composite
def grown(draw):
    """A random tree (each account's parent stands before it) with amounts on its leaves."""
    size = draw(st.integers(1, 12))
    weights = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=size, max_size=size))
    parents = [None, *(draw(st.one_of(st.none(), st.integers(0, n - 1))) for n in range(1, size))]
    chart = tree(*(f"a{n}" if up is None else f"a{n} a{up} {weights[n]}" for n, up in enumerate(parents)))
    leaves = [code for code in chart.accounts["code"] if not chart.is_total(code)]
    amounts = {leaf: draw(st.integers(-(10**9), 10**9)) for leaf in leaves}
    return chart, amounts


def by_hand(chart: AccountTree, code: str, amounts: dict[str, int]) -> float:
    below = chart.children(code)
    if not below:
        return amounts[code]
    return sum(chart.accounts.at[child, "weight"] * by_hand(chart, child, amounts) for child in below)


@given(grown())
def test_every_total_is_the_weighted_sum_of_its_children(drawn):
    chart, amounts = drawn
    assert rolled(rows(**amounts), chart) == {code: by_hand(chart, code, amounts) for code in chart.accounts["code"]}


@given(grown(), st.randoms())
def test_the_order_of_rows_changes_no_total(drawn, random):
    chart, amounts = drawn
    shuffled = random.sample(list(amounts), len(amounts))
    assert rolled(rows(**{leaf: amounts[leaf] for leaf in shuffled}), chart) == rolled(rows(**amounts), chart)
