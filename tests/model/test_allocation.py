"""Scarce money by what its last unit is worth: exact, never worth less than the proportional cut, equal to trying everything."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.model import portfolio
from planning.model.allocation import allocate, curve_tranches

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "allocation.yaml").read_text(encoding="utf-8"))
COLUMNS = ["unit", "piece", "kind", "amount", "value"]


def asked(rows, links=None):
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"amount": float, "value": float})
    said = pd.DataFrame(links or {}).T.reindex(columns=["alternatives", "requires"])
    return table.join(said, on="piece")


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out_as_on_paper(name):
    case = CASES[name]
    made = allocate(asked(case["requests"], case.get("links")), case["funds"])
    found = made.units.set_index("unit")[["granted", "value", "plain_granted", "plain_value"]]
    expected = pd.DataFrame(case["units"], index=found.columns).T.astype(float).sort_index()
    assert np.allclose(found, expected, rtol=0, atol=1e-9), found
    assert made.shadow_price == pytest.approx(case["shadow_price"])


# Properties


@st.composite
def requests(draw, kinds=("floor", "tranche", "project"), most=7):
    count = draw(st.integers(1, most))
    rows = [
        (draw(st.sampled_from("abc")), f"p{n}", draw(st.sampled_from(kinds)), draw(st.integers(1, 400)) / 100, draw(st.integers(-3, 12)))
        for n in range(count)
    ]
    projects = [row[1] for row in rows if row[2] == "project"]
    links = {}
    for at, name in enumerate(projects):
        other = draw(st.sampled_from([None, *projects[:at], *projects[at + 1 :]]))
        links[name] = {"alternatives": draw(st.sampled_from([None, None, "x", "y"])), "requires": other}
    return asked(rows, links)


def floors_of(table):
    return round(float(table.loc[table["kind"] == "floor", "amount"].sum()), 2)


def best_value(table, funds):
    """The largest value there is: every set of projects, and the tranches of most worth with what is left."""
    projects = table[table["kind"] == "project"]
    tranches = table[(table["kind"] == "tranche") & (table["value"] > 0)]
    tranches = tranches.assign(rate=tranches["value"] / tranches["amount"]).sort_values("rate", ascending=False)
    found = []
    for taken in product([False, True], repeat=len(projects)):
        chosen = projects[np.array(taken, dtype=bool)]
        left = funds - floors_of(table) - chosen["amount"].sum()
        groups = chosen["alternatives"].dropna()
        if left < -1e-9 or groups.duplicated().any() or not set(chosen["requires"].dropna()) <= set(chosen["piece"]):
            continue
        value = chosen["value"].sum() + table.loc[table["kind"] == "floor", "value"].sum()
        for _, slice_ in tranches.iterrows():
            given_ = min(slice_["amount"], max(left, 0))
            value, left = value + given_ * slice_["rate"], left - given_
        found.append(value)
    return max(found)


def value_of(made, way="best"):
    return made.totals.set_index("way").at[way, "value"]


@settings(max_examples=50, deadline=None)
@given(requests(), st.integers(0, 1500))
def test_no_sharing_is_worth_more_and_limits_hold_to_the_cent(table, beyond):
    funds = floors_of(table) + beyond / 100
    made = allocate(table, round(funds, 2))
    assert value_of(made) == pytest.approx(best_value(table, funds), abs=1e-9)
    units = made.units
    for granted, cut in (("granted", "cut"), ("plain_granted", "plain_cut")):
        assert (units[granted] <= units["request"]).all() and (units[granted] >= units["floor"]).all()
        assert (to_minor(units[granted], 2) + to_minor(units[cut], 2) == to_minor(units["request"], 2)).all()
        assert to_minor(units[granted], 2).sum() <= to_minor([funds], 2)[0]
    assert (made.totals["left"] >= 0).all()
    assert (to_minor(made.totals["granted"], 2) + to_minor(made.totals["left"], 2) == to_minor([funds], 2)[0]).all()
    whole = made.pieces[made.pieces["kind"] != "tranche"]
    assert (whole["granted"].isin([0.0]) | (whole["granted"] == whole["amount"])).all()
    assert value_of(made) >= value_of(made, "proportional") - 1e-9


@settings(max_examples=30, deadline=None)
@given(requests(), st.integers(0, 1000), st.integers(0, 500))
def test_more_money_is_never_worth_less(table, beyond, more):
    less, most = (allocate(table, round(floors_of(table) + cents / 100, 2)) for cents in (beyond, beyond + more))
    assert value_of(most) >= value_of(less) - 1e-9


@settings(max_examples=30, deadline=None)
@given(requests(kinds=("tranche", "floor")), st.integers(0, 1000))
def test_one_more_cent_is_worth_the_shadow_price(table, beyond):
    less, most = (allocate(table, round(floors_of(table) + cents / 100, 2)) for cents in (beyond, beyond + 1))
    assert value_of(most) - value_of(less) == pytest.approx(less.shadow_price / 100, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(requests(), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_requests_is_irrelevant(table, beyond, random):
    order = list(range(len(table)))
    random.shuffle(order)
    funds = round(floors_of(table) + beyond / 100, 2)
    made, again = allocate(table, funds), allocate(table.iloc[order], funds)
    pd.testing.assert_frame_equal(made.units, again.units)
    beside = made.pieces.set_index("piece")["granted"]
    pd.testing.assert_series_equal(beside, again.pieces.set_index("piece")["granted"].reindex(beside.index))


@settings(max_examples=20, deadline=None)
@given(requests(), st.integers(0, 1000))
def test_the_solver_finds_what_looking_at_every_combination_finds(table, beyond):
    funds = round(floors_of(table) + beyond / 100, 2)
    counted = allocate(table, funds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portfolio, "COUNTED", 0)
        solved = allocate(table, funds)
    assert solved.totals["value"].to_numpy() == pytest.approx(counted.totals["value"].to_numpy(), abs=1e-6)
    assert (solved.totals["left"] >= 0).all()


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_units_alike_differ_by_no_more_than_a_cent(amount, funds, count):
    made = allocate(asked([(f"u{n}", f"p{n}", "tranche", amount / 100, 7.0) for n in range(count)]), funds / 100)
    granted = to_minor(made.units["granted"], 2)
    assert granted.max() - granted.min() <= 1 and (np.diff(granted) <= 0).all(), "the leftover cents go to the first names"


def test_forty_projects_are_chosen_within_the_funds():
    rng = np.random.default_rng(4)
    rows = [(f"u{n % 5}", f"p{n:02}", "project", amount, value) for n, (amount, value) in enumerate(rng.integers(1, 10**6, (40, 2)))]
    made = allocate(asked(rows), 5e6)
    amounts, values = (np.array([row[at] for row in rows], dtype=float) for at in (3, 4))
    ranked = values[portfolio.choose_by_rank(values, amounts, 5e6)].sum()
    assert made.totals["left"].min() >= 0 and value_of(made) >= ranked > value_of(made, "proportional")


def test_a_billion_is_shared_to_the_cent():
    rows = [("a", "a1", "tranche", 1e9, 3e9), ("b", "b1", "tranche", 7e8, 2.1e9), ("c", "c1", "project", 1e9, 5e9)]
    made = allocate(asked(rows), 2e9 + 0.01)
    assert to_minor(made.units["granted"], 2).sum() == 2 * 10**11 + 1


def test_yen_have_no_cents():
    made = allocate(asked([("a", "a1", "tranche", 10, 1), ("b", "b1", "tranche", 10, 1)]), 5, digits=0)
    assert made.units["granted"].tolist() == [3, 2] and made.shadow_price == pytest.approx(0.1)


def test_a_value_curve_becomes_tranches_and_one_that_bends_upwards_is_refused():
    assert curve_tranches("fire", [(100, 300), (150, 400)])[["amount", "value"]].to_numpy().tolist() == [[100, 300], [50, 100]]
    assert allocate(curve_tranches("fire", [(100, 300), (150, 400)]), 120).shadow_price == 2
    for points in ([(100, 100), (150, 400)], [], [(0, 1)], [(100, 1), (50, 2)], [(np.nan, 1)], [(1, np.inf)]):
        with pytest.raises(RequestError, match="value curve of fire"):
            curve_tranches("fire", points)


# Bad input

ONE = [("a", "a1", "tranche", 1, 2)]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: allocate(asked([("a", "f", "floor", 6, 0), ("b", "g", "floor", 5, 0)]), 10), r"a 6.00, b 5.00: the floors .* by 1.00"),
        (lambda: allocate(asked(ONE), -1), "funds: wrong amount, expected 0 or more"),
        (lambda: allocate(asked(ONE), np.nan), "funds: wrong amount"),
        (lambda: allocate(asked(ONE), "much"), "funds: wrong amount"),
        (lambda: allocate(asked(ONE), 0.001), "funds: wrong amount"),
        (lambda: allocate(asked(ONE), 1, digits=9), "wrong decimal places"),
        (lambda: allocate("all", 1), "requests: wrong type"),
        (lambda: allocate(asked(ONE).drop(columns="value"), 1), "missing column value"),
        (lambda: allocate(asked(ONE).iloc[:0], 1), "no request"),
        (lambda: allocate(asked(ONE * 2), 1), "piece a1: name used twice"),
        (lambda: allocate(asked([("a", "a1", "trance", 1, 2)]), 1), "did you mean tranche?"),
        (lambda: allocate(asked([("a", "a1", "tranche", 0, 2)]), 1), "more than 0"),
        (lambda: allocate(asked([("a", "a1", "floor", -1, 2)]), 1), "of a floor 0 or more"),
        (lambda: allocate(asked([("a", "a1", "floor", 0.005, 2)]), 1), "at most 2 decimal places"),
        (lambda: allocate(asked([("a", "a1", "tranche", 1, np.nan)]), 1), "piece a1: wrong value"),
        (lambda: allocate(asked([("", None, "tranche", 1, 2)]), 1), "2 problems"),
        (lambda: allocate(asked(ONE, {"a1": {"requires": "b"}}), 1), "a1, requires: wrong link"),
        (lambda: allocate(asked([("a", "a1", "project", 1, 2)], {"a1": {"requires": "a1"}}), 1), "not another project"),
        (lambda: allocate(asked([("a", "a1", "project", 1, 2)], {"a1": {"requires": "b"}}), 1), "not another project"),
        (lambda: allocate(asked([("a", f"a{n}", "tranche", 2e11, 2) for n in range(2)]), 1), "a sum small enough to be exact"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(ask, said):
    with pytest.raises(RequestError, match=said):
        ask()
