"""How often declared groups are on a list: counted by hand, small groups taken together, unknown ones refused."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.plan.contacts import check_declared, contact_table, least_ratio


def test_shares_and_ratios_are_as_counted():
    known = pd.DataFrame({"sex": ["f"] * 40 + ["m"] * 60})
    people = pd.DataFrame({"risk": np.tile([0.1, 0.9], 50), "listed": [True] * 10 + [False] * 30 + [True] * 30 + [False] * 30})
    table = contact_table(known, people, ["sex"]).set_index("value")
    assert table["share"].to_dict() == {"f": 0.25, "m": 0.5} and table["ratio"].to_dict() == {"f": 0.5, "m": 1.0}
    assert table["n"].sum() == 100 and table["listed"].sum() == 40
    assert least_ratio(contact_table(known, people, ["sex"]))["value"] == "f"


def test_where_risk_explains_it_the_share_is_near_that_of_everybody_alike():
    rng = np.random.default_rng(3)
    old = rng.random(4000) < 0.5
    risk = np.where(old, rng.uniform(0.3, 0.9, 4000), rng.uniform(0.0, 0.6, 4000))
    people = pd.DataFrame({"risk": risk, "listed": risk > 0.5})
    fair = contact_table(pd.DataFrame({"old": old}), people, ["old"])
    gap = (fair["share"] - fair["alike"]).abs().max()
    assert fair["ratio"].min() < 0.5 and gap < 0.03
    unfair = contact_table(pd.DataFrame({"old": old}), people.assign(listed=people["listed"] & ~old), ["old"])
    assert (unfair["share"] - unfair["alike"]).abs().max() > 3 * gap


def test_small_groups_are_taken_together():
    known = pd.DataFrame({"town": ["a"] * 50 + ["b"] * 4 + ["c"] * 8})
    table = contact_table(known, pd.DataFrame({"risk": np.linspace(0, 1, 62), "listed": [True, False] * 31}), ["town"])
    assert sorted(zip(table["value"], table["n"], strict=True)) == [("a", 50), ("others", 12)]


def test_nothing_declared_or_nobody_listed_has_no_least():
    people = pd.DataFrame({"risk": [0.1] * 20, "listed": [False] * 20})
    assert least_ratio(contact_table(pd.DataFrame({"a": ["x"] * 20}), people, [])) is None
    assert least_ratio(contact_table(pd.DataFrame({"a": ["x"] * 20}), people, ["a"])) is None


def test_a_group_that_nobody_has_is_refused():
    with pytest.raises(RequestError, match="unknown group") as told:
        check_declared(["paln"], pd.DataFrame(columns=["plan", "price"]))
    assert "plan" in str(told.value)
