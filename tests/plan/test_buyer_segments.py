"""Buyers in segments a marketer knows."""

import numpy as np
import pandas as pd

from planning.core.small_groups import OTHERS
from planning.plan.buyer_segments import HIBERNATING, ORDER, RULES, segment_table, segments_of


def of(*rows):
    """Histories of (purchases, weeks since the first, weeks of silence, money), thirty of each."""
    table = pd.DataFrame([row for row in rows for _ in range(30)], columns=["purchases", "age", "silent", "total"])
    return table.assign(repeats=table["purchases"] - 1, last=table["age"] - table["silent"])


SHOP = of(
    (12, 70, 1, 900), (11, 70, 2, 30), (2, 60, 3, 40), (1, 5, 5, 20), (4, 70, 20, 60), (1, 40, 40, 20), (11, 70, 60, 800), (2, 70, 61, 50),
    (1, 70, 70, 10),
)  # fmt: skip


def test_each_kind_of_buyer_is_found_under_its_name():
    found = segments_of(SHOP).iloc[::30].tolist()
    assert found == ["champions", "loyal", "promising", "new", "attention", HIBERNATING, "cant_lose", "at_risk", "lost"]


def test_everybody_is_in_one_segment_and_the_order_of_rows_does_not_matter():
    dice = np.random.default_rng(1)
    silent = dice.uniform(0, 70, 500)
    them = pd.DataFrame({"repeats": dice.poisson(1.5, 500), "age": 70.0, "last": 70 - silent, "total": dice.gamma(1, 50, 500)})
    found = segments_of(them)
    assert set(found) <= set(RULES) | {HIBERNATING} and set(ORDER) == set(RULES) | {HIBERNATING, OTHERS}
    mixed = them.sample(frac=1, random_state=2)
    assert segments_of(mixed).sort_index().equals(found)


def test_a_shop_where_everybody_bought_once_today_has_segments_too():
    assert set(segments_of(of((1, 0, 0, 5)))) == {"new"} and set(segments_of(of((1, 30, 30, 0)))) == {"promising"}


def test_small_segments_stand_together_and_what_came_of_such_buyers_beside_them():
    segment = ["loyal"] * 20 + ["new"] * 4 + ["lost"] * 12
    people = pd.DataFrame({"segment": segment, "still": 0.5, "amount": 2.0, "value": 1.0, "at_risk": 0.1})
    tried = pd.DataFrame({"segment": ["loyal"] * 15 + ["lost"] * 30, "ours_amount": 2.0, "came_amount": 3.0})
    table = segment_table(people, tried).set_index("segment")
    assert list(table.index) == ["loyal", OTHERS] and table["n"].tolist() == [20, 16]
    assert table.loc["loyal", ["then", "said", "came"]].tolist() == [15, 30, 45] and np.isnan(table.at[OTHERS, "then"])
    assert segment_table(people, pd.DataFrame())["came"].isna().all()
