"""Scarce money both ways: on paper, within the funds, never worth less than the cut, and silent where nobody said a value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.drivers import Driver, Entry
from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.plan.scarce import (
    NO_PIECES,
    campaign_pieces,
    declared_pieces,
    declared_values,
    project_pieces,
    share_scarce,
)

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "scarce.yaml").read_text(encoding="utf-8"))
NOTHING = pd.Series(dtype=float)


def declared(returns, requests):
    values = pd.DataFrame(returns.items(), columns=["unit", "rate"]).astype({"rate": float})
    return declared_pieces(values, requests)


def projects(said):
    rows = [(name, float(need), float(npv)) for name, (need, npv) in said.items()]
    return project_pieces(pd.DataFrame(rows, columns=["project", "need", "npv"]))


def shared(requests, funds, returns=None, kept=None, asked=None):
    requests = pd.Series(requests, dtype=float)
    parts = [part for part in (declared(returns or {}, requests), projects(asked or {})) if len(part)]
    pieces = pd.concat(parts, ignore_index=True) if parts else NO_PIECES
    return share_scarce(requests, pd.Series(kept or {}, dtype=float), pieces, float(funds))


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out_as_on_paper(name):
    case = CASES[name]
    made = shared(case["requests"], case["funds"], case.get("returns"), case.get("kept"), case.get("projects"))
    units = made.units.set_index("unit")
    assert {unit: units.loc[unit, ["proportional", "by_value"]].tolist() for unit in case["units"]} == case["units"]
    assert made.lost == pytest.approx(case["lost"]) if case["lost"] is not None else np.isnan(made.lost)


def test_where_nobody_said_a_value_both_ways_are_the_plain_cut():
    made = shared({"a": 10.0, "b": 30.0}, 20)
    assert not made.is_valued and np.isnan(made.lost) and made.units["value"].isna().all()
    assert (made.units["difference"] == 0).all() and made.units["by_value"].sum() == 20.0


def test_what_is_kept_and_does_not_fit_is_said_and_nothing_is_shared():
    made = shared({"a": 10.0, "b": 30.0}, 20, {"a": 2.0}, {"a": 10, "b": 25})
    assert made.lacking == 15.0 and made.units[["proportional", "by_value"]].isna().all(axis=None) and np.isnan(made.lost)


def test_what_is_kept_counts_up_to_the_request():
    assert shared({"a": 10.0}, 10, kept={"a": 90}).units.loc[0, ["kept", "by_value"]].tolist() == [10.0, 10.0]


def test_enough_money_grants_all_that_is_worth_it():
    made = shared({"a": 10.0, "b": 30.0}, 1000, {"a": 2.0}, asked={"p": (5, 1)})
    assert not made.is_scarce and made.units["by_value"].tolist() == made.units["request"].tolist() and made.lost == 0


def test_nothing_but_incomes_is_left_as_it_is():
    made = shared({"fees": -5.0, "none": 0.0}, 3)
    assert made.units["by_value"].tolist() == [0.0, -5.0] and made.asked == -5.0


# Properties

AMOUNT = st.integers(-500, 10_000).map(lambda cents: cents / 100)
RATE = st.integers(0, 40).map(lambda tenths: tenths / 10)
WORLD = st.dictionaries(st.sampled_from("abcdef"), st.tuples(AMOUNT, st.one_of(st.none(), RATE), AMOUNT), min_size=1)
ASKED = st.dictionaries(st.sampled_from("xyz"), st.tuples(st.integers(1, 5000).map(lambda cents: cents / 100), st.integers(-50, 50)))


def made_of(world, asked, funds):
    requests = {unit: amount for unit, (amount, _, _) in world.items()}
    returns = {unit: rate for unit, (_, rate, _) in world.items() if rate is not None}
    return shared(requests, funds, returns, {unit: kept for unit, (_, _, kept) in world.items()}, asked)


@given(WORLD, ASKED, st.integers(0, 50_000))
@settings(max_examples=150, deadline=None)
def test_neither_way_exceeds_the_funds_or_the_request_and_value_never_falls_below_the_cut(world, asked, cents):
    made = made_of(world, asked, cents / 100)
    if made.lacking:
        return
    units = made.units
    for way in ("proportional", "by_value"):
        granted = to_minor(units[way], 2)
        assert granted.sum() <= max(cents, 0) and (granted <= to_minor(units["request"], 2)).all()
        assert (granted >= np.minimum(to_minor(units["kept"], 2), to_minor(units["request"], 2))).all()
    assert not made.is_valued or made.lost >= -1e-9
    scarce = to_minor([made.asked], 2)[0] >= cents
    assert to_minor(units["proportional"], 2).sum() == (cents if scarce else to_minor([made.asked], 2)[0])


@given(WORLD, ASKED, st.integers(0, 40_000), st.integers(0, 20_000))
@settings(max_examples=150, deadline=None)
def test_more_money_never_lowers_the_value_reached(world, asked, cents, more):
    poor, rich = made_of(world, asked, cents / 100), made_of(world, asked, (cents + more) / 100)
    if not poor.lacking:
        assert rich.units["value"].sum() >= poor.units["value"].sum() - 1e-9


# Where values come from

CURVE = pd.DataFrame({"code": "tv", "spend": [0.0, 10.0, 20.0, 30.0, 40.0], "amount": [0.0, 30.0, 44.0, 60.0, 99.0],
                      "seen": [True, True, True, True, False]})  # fmt: skip


def test_a_curve_becomes_tranches_of_a_year_net_of_what_they_cost():
    pieces = campaign_pieces("campaigns", CURVE)
    # 30 for 10, then straight to 60 for 30 (44 at 20 lies below that line), four quarters; 40 was never spent
    assert pieces[["amount", "value"]].to_numpy().tolist() == [[40.0, 80.0], [80.0, 40.0]]


def test_a_channel_that_never_brought_more_than_it_cost_is_not_granted():
    flat = CURVE.assign(amount=CURVE["spend"] * 0.5)
    made = share_scarce(pd.Series({"campaigns": 100.0}), NOTHING, campaign_pieces("campaigns", flat), 90.0)
    assert made.units.loc[0, ["proportional", "by_value", "request"]].tolist() == [90.0, 0.0, 100.0]


def test_the_best_of_a_curve_is_taken_to_be_kept():
    made = share_scarce(pd.Series({"campaigns": 120.0}), pd.Series({"campaigns": 40.0}), campaign_pieces("campaigns", CURVE), 80.0)
    assert made.units.loc[0, "value"] == pytest.approx(20.0)  # 40 of 80 at half a unit each; the first 40 are not at stake


def test_a_curve_that_ends_before_the_request_leaves_the_rest_unvalued():
    requests = pd.Series({"campaigns": 240.0, "zoo": 240.0})
    made = share_scarce(requests, NOTHING, campaign_pieces("campaigns", CURVE), 240.0)
    # half of the 120 beyond the curve and of the zoo's 240; the other 60 go where the curve is steepest
    assert made.units.set_index("unit")["by_value"].to_dict() == {"campaigns": 120.0, "zoo": 120.0}
    assert made.units.set_index("unit").at["campaigns", "value"] == pytest.approx(90.0)


def test_a_project_that_needs_no_capital_asks_for_nothing():
    assert projects({"a": (0, 5), "b": (10, 5)})["unit"].tolist() == ["b"]


def test_the_entry_that_names_the_department_is_in_force():
    entries = (
        Entry(1.2, source="rule"), Entry(1.1, first=pd.Timestamp("2027-01-01"), source="later"),
        Entry(2.0, {"cost_centre": "a"}, source="tried"), Entry(9.0, {"account": "a"}, source="other"),
    )  # fmt: skip
    driver = Driver("marginal_value", "currency per unit", owner="Controlling", entries=entries)
    found = declared_values([driver], ["a", "b"], pd.Timestamp("2026-01-01"))
    assert found.to_numpy().tolist() == [["a", 2.0, "tried", "Controlling"], ["b", 1.2, "rule", "Controlling"]]
    assert declared_values([], ["a"], pd.Timestamp("2026-01-01")).empty


# What can't be


def test_everything_wrong_is_said_at_once():
    pieces = pd.concat([declared({"a": 2.0}, pd.Series({"a": 1.0})).assign(unit="c"), projects({"a": (1, np.nan)})], ignore_index=True)
    with pytest.raises(RequestError) as refused:
        share_scarce(pd.Series({"a": np.nan, "b": 1.0}), pd.Series({"b": "x"}), pieces, float("nan"))
    said = str(refused.value)
    for part in ("funds", "requests, a", "kept, b", "pieces, c", "named like a unit", "wrong piece"):
        assert part in said, part
    with pytest.raises(RequestError, match="missing column source"):
        share_scarce(pd.Series({"a": 1.0}), NOTHING, NO_PIECES.drop(columns="source"), 1.0)
