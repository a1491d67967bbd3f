"""From targets and requests to gaps: on paper, in every order of the three figures, to the cent, and with everything wrong said at once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.plan.funds import Money, check_funds, with_cash
from planning.plan.negotiation import negotiate, total_of
from planning.plan.strategy import CAMPAIGNS, Worth, build_strategy, check_strategy
from planning.plan.targets import build_frame, cell_targets, read_targets

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "strategy.yaml").read_text(encoding="utf-8"))
JANUARY = pd.Timestamp("2026-01-01")
COLUMNS = ["target", "gap", "beyond", "effort", "room"]


def cells(amounts, account="costs"):
    rows = [(unit, account, *(float(part) for part in np.atleast_1d(amount))) for unit, amount in amounts.items()]
    names = ["cost_centre", "account", "amount", "lower", "upper"]
    return pd.DataFrame(rows, columns=names[: len(rows[0])] if rows else names[:3])


def built(case, targets=None, **worth):
    units = {unit: unit for unit in {*case["running"], *case["requests"], *case["neutral"]}}
    tables = (cells(case[name]) for name in ("requests", "neutral", "running"))
    money = Money(**{name: float(figure) for name, figure in case["money"].items()})
    return build_strategy(*tables, money, case["targets"] if targets is None else targets, units, JANUARY, Worth(**worth))


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out_as_on_paper(name):
    case = CASES[name]
    made = built(case)
    units = made.units.set_index("unit")
    assert (made.frame.revenue, made.frame.margin) == pytest.approx((case["frame"]["revenue"], case["frame"]["margin"]))
    assert made.frame.total == case["frame"]["total"]
    for unit, expected in case["units"].items():
        assert units.loc[unit, COLUMNS].tolist() == pytest.approx(expected[:5], abs=1e-9), unit
        assert units.at[unit, "order"] == expected[5], unit
    assert total_of(made.units)["gap"] == case["total_gap"]
    for what, expected in (case["funds"] or {}).items():
        assert made.funds.set_index("what").loc[what, ["closing", "short"]].tolist() == pytest.approx(expected)
    assert all(check.passed for check in check_strategy(made))


# The frame


def test_the_tightest_target_is_the_frame():
    money = Money(100.0, 100.0, opening=10.0)
    loose = build_frame(read_targets({"margin": 0.2, "cash_floor": 5.0}), money, 90.0)
    tight = build_frame(read_targets({"margin": 0.2, "cash_floor": 50.0}), money, 90.0)
    assert (loose.total, tight.total) == (80.0, 60.0)
    assert tight.limits.loc[tight.limits["binding"], "rule"].tolist() == ["cash_floor"]


def test_without_targets_there_is_no_frame_and_no_gap():
    made = built(CASES["every order there is"], {})
    assert np.isnan(made.frame.total) and made.shared is None and not made.targets.are_set
    assert set(made.units["order"]) == {"no_target"} and made.units["gap"].isna().all()
    assert made.units["padding"].notna().all() and all(check.passed for check in check_strategy(made))


def test_a_cash_floor_without_known_cash_limits_nothing():
    frame = build_frame(read_targets({"cash_floor": 5.0}), Money(100.0, 100.0), 90.0)
    assert np.isnan(frame.total)


def test_what_follows_from_sales_grows_with_the_revenue_that_is_aimed_at():
    money = Money(100.0, 100.0, running_following=40.0, following=40.0)
    assert build_frame(read_targets({"growth": 0.5, "margin": 0.2}), money, 30.0).total == 60.0  # 150 × 80 % − 60


def test_a_limit_is_rounded_down_to_the_cent():
    assert build_frame(read_targets({"margin": 1 / 3}), Money(100.0, 100.0), 90.0).total == 66.66


def test_a_unit_that_spent_nothing_is_granted_nothing_by_the_frame():
    made = built({"targets": {"margin": 0.1}, "money": {"running_revenue": 100, "revenue": 100}, "running": {"old": 80},
                  "requests": {"old": 80, "new": 7}, "neutral": {"old": (80, 70, 90)}})  # fmt: skip
    units = made.units.set_index("unit")
    assert units.loc["new", ["running", "target", "gap"]].tolist() == [0.0, 0.0, 7.0]
    assert units.at["new", "order"] == "no_neutral" and np.isnan(units.at["new", "beyond"])
    assert units.at["old", "target"] == 90.0


def test_a_unit_without_a_request_has_none_which_is_not_zero():
    made = built({"targets": {"margin": 0.1}, "money": {"running_revenue": 100, "revenue": 100}, "running": {"a": 50, "b": 50},
                  "requests": {"a": 60}, "neutral": {"a": (50, 40, 60), "b": (50, 40, 60)}})  # fmt: skip
    units = made.units.set_index("unit")
    assert units.at["b", "order"] == "no_request" and np.isnan(units.at["b", "gap"])
    assert total_of(made.units)["gap"] == 15.0 and all(check.passed for check in check_strategy(made))


# Cash


def test_the_cash_of_a_plan_comes_back_from_its_spending():
    money = with_cash(Money(90.0, 100.0, following=20.0), 50.0, 65.0, 70.0)
    assert money.closing(70.0) == pytest.approx(65.0)
    assert money.closing(money.spendable(40.0)) == pytest.approx(40.0)


def test_the_lower_edge_of_receipts_is_told_beside_the_neutral_view():
    row = check_funds({"request": 100.0}, Money(100.0, 100.0, lower=80.0, upper=120.0, opening=10.0), 5.0).iloc[0]
    assert row[["closing", "short", "cautious", "cautious_short"]].tolist() == [10.0, 0.0, -10.0, 15.0]


# Properties

AMOUNT = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
CASE = st.dictionaries(st.sampled_from("abcdefg"), st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1)


@given(CASE, st.integers(0, 10**11).map(lambda cents: cents / 100))
@settings(max_examples=200, deadline=None)
def test_targets_gaps_and_their_parts_add_up_to_the_cent(figures, total):
    running = cells({unit: one for unit, (one, _, _) in figures.items()})
    frame = build_frame(read_targets({"cash_floor": 0.0}), Money(1.0, 1.0, opening=total - 1.0), 0.0)
    targets = cell_targets(running, frame)
    neutral = cells({unit: (two, two, two) for unit, (_, two, _) in figures.items()})
    units = negotiate(cells({u: three for u, (_, _, three) in figures.items()}), neutral, running, targets, {u: u for u in figures})
    cents = {column: to_minor(units[column], 2) for column in (*COLUMNS, "request", "padding", "neutral")}
    assert cents["target"].sum() == to_minor([frame.total], 2)[0]
    assert (cents["gap"] == cents["request"] - cents["target"]).all()
    assert (cents["gap"] == cents["beyond"] + cents["effort"] - cents["room"]).all()
    assert min(cents[column].min() for column in ("beyond", "effort", "room")) >= 0
    told = total_of(units)
    assert all(round(told[column] * 100) == cents[column].sum() for column in ("target", "gap", "request", "beyond", "room"))


@given(CASE)
@settings(max_examples=60, deadline=None)
def test_a_target_equal_to_the_request_leaves_no_gap(figures):
    asked = cells({unit: one for unit, (one, _, _) in figures.items()})
    neutral = cells({unit: (two, two, two) for unit, (_, two, _) in figures.items()})
    units = negotiate(asked, neutral, asked, asked, {unit: unit for unit in figures})
    assert (units[["gap", "beyond", "effort", "room"]] == 0).all(axis=None) and set(units["order"]) == {"room"}


@given(CASE, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_means_nothing(figures, chance):
    shuffled = list(figures)
    chance.shuffle(shuffled)
    made = [cell_targets(cells({unit: figures[unit][0] for unit in order}), build_frame(
        read_targets({"cash_floor": 0.0}), Money(1.0, 1.0, opening=77.77), 0.0)).set_index("cost_centre")["amount"]
        for order in (sorted(figures), shuffled)]  # fmt: skip
    pd.testing.assert_series_equal(made[0].sort_index(), made[1].sort_index())


def test_a_department_is_the_sum_of_its_cost_centres_and_accounts():
    running = pd.DataFrame([("d1", "pay", 10.1), ("d1", "rent", 0.2), ("d2", "pay", 5.0)], columns=["cost_centre", "account", "amount"])
    neutral = running.assign(lower=running["amount"] - 1, upper=[12.0, np.nan, 6.0])
    units = negotiate(running, neutral, running, running, {"d1": "d", "d2": "d"})
    assert units.loc[0, ["unit", "running", "lower"]].tolist() == ["d", 15.3, 12.3]
    assert np.isnan(units.at[0, "upper"])  # of one cell nobody knows


# What can't be


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"growth": -1}, "growth: can't be, expected a fraction above −1, got -1"),
        ({"margin": 1.0}, "margin: can't be, expected a fraction below 1, got 1"),
        ({"growht": 0.1}, "growht: unknown target; did you mean growth?"),
        ({"margin": float("nan")}, "margin: not a finite number"),
        ({"cash_floor": "much"}, "cash_floor: not a finite number, got 'much'"),
        ({"growth": True}, "growth: not a finite number, got True"),
        ([0.1], "targets: wrong type"),
    ],
)
def test_targets_that_cannot_be_are_refused(given, said):
    with pytest.raises(RequestError) as refused:
        read_targets(given)
    assert said in str(refused.value)


def test_all_that_is_wrong_with_targets_is_said_at_once():
    with pytest.raises(RequestError) as refused:
        read_targets({"growth": -2, "margin": 2, "cash": 1})
    assert len(refused.value.problems) == 3


def test_targets_that_leave_less_than_nothing_are_refused():
    with pytest.raises(RequestError, match="nothing is left to spend"):
        build_frame(read_targets({"cash_floor": 500.0}), Money(100.0, 100.0, opening=0.0), 90.0)
    with pytest.raises(RequestError, match="no revenue"):
        build_frame(read_targets({"growth": 0.1}), Money(0.0, 100.0), 90.0)


@pytest.mark.parametrize("figures", [{"revenue": float("nan")}, {"revenue": "1"}, {"opening": float("inf")}, {"paid_share": 0.0}])
def test_money_that_is_none_is_refused(figures):
    with pytest.raises(RequestError):
        Money(**{"running_revenue": 1.0, "revenue": 1.0} | figures)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost_centre": "x"}, "requests, x: unknown cost centre"),
        ({"amount": float("nan")}, "wrong amount"),
        ({"amount": "12"}, "wrong amount"),
        ({"amount": 1e300}, "wrong amount"),
    ],
)
def test_a_wrong_request_is_refused_by_name(change, said):
    good = cells({"a": 1.0})
    wrong = good.astype(object).assign(**change)
    with pytest.raises(RequestError) as refused:
        negotiate(wrong, good.assign(lower=1.0, upper=1.0), good, good, {"a": "a"})
    assert said in str(refused.value)


def test_a_cell_told_twice_a_missing_column_and_a_turned_band_are_refused_together():
    good = cells({"a": 1.0})
    with pytest.raises(RequestError) as refused:
        negotiate(pd.concat([good, good]), good.assign(lower=2.0, upper=3.0), good.drop(columns="account"), None, {"a": "a"})
    said = str(refused.value)
    assert "told twice" in said and "wrong band" in said and "missing column account" in said and "targets: wrong type" in said


def test_a_share_that_is_kept_is_a_fraction():
    with pytest.raises(RequestError, match="kept"):
        built(CASES["every order there is"], kept=1.5)


def test_a_frame_that_nobody_can_have_is_refused():
    with pytest.raises(RequestError, match="nobody spent anything"):
        built({"targets": {"margin": 0.1}, "money": {"running_revenue": 1, "revenue": 1}, "running": {}, "requests": {"a": 1},
               "neutral": {"a": (1, 1, 1)}})  # fmt: skip


def test_money_for_campaigns_is_set_apart_where_its_return_was_measured():
    curves = pd.DataFrame({"code": "tv", "spend": [0.0, 10.0, 20.0], "amount": [0.0, 20.0, 25.0], "seen": True})
    rows = pd.DataFrame([("m", "tv", 100.0), ("m", "pay", 50.0), ("n", "pay", 50.0)], columns=["cost_centre", "account", "amount"])
    made = build_strategy(rows, rows.assign(lower=1.0, upper=200.0), rows, Money(300.0, 200.0), {"margin": 0.25}, {"m": "m", "n": "n"},
                          JANUARY, Worth(curves=curves, accounts=("tv",)))  # fmt: skip
    shared = made.shared.units.set_index("unit")
    assert shared.loc[[CAMPAIGNS, "m", "n"], "request"].tolist() == [100.0, 50.0, 50.0]
    assert shared.at[CAMPAIGNS, "basis"] == "curves" and made.units.set_index("unit").at["m", "request"] == 150.0
