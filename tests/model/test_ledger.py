"""The planned ledger: postings by rules balance exactly in every month and draw, and what can't be posted is said in full."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.accounts import AccountTree
from planning.core.errors import RequestError
from planning.core.periods import month, month_range
from planning.core.sides import natural_sides
from planning.model.ledger import RULE, Events, Ledger, add_ledgers, check_ledger, ledger_of, post, sums_by

_CHART = """
assets     -       balance  1  0
cash       assets  balance  1  0
debtors    assets  balance  1  0
stock      assets  balance  1  0
stock01    stock   balance  1  0
stock02    stock   balance  1  0
claims     -       balance  1  0
vat        claims  balance  1  0
profit     -       result   1  1
sales      profit  revenue  1  1
sales01    sales   revenue  1  1
sales02    sales   revenue  1  1
cost       profit  expense -1 -1
odd        -       balance  1  0
people     -       statistical 1 0
"""
PERIODS = month_range(month("2027-01"), 3)


def chart() -> AccountTree:
    rows = [line.split() for line in _CHART.split("\n") if line]
    table = pd.DataFrame(rows, columns=["code", "parent", "kind", "weight", "effect"]).replace({"parent": {"-": None}})
    return AccountTree(table.astype({"weight": float, "effect": int}).assign(unit="CNY", scale=2, aggregation="flow"))


TREE = chart()
SIDES = natural_sides(TREE.accounts.reset_index(drop=True), ["assets"], ["claims"])
BLANK = dict.fromkeys(RULE, "")


def rules(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([BLANK | row for row in rows])


SOLD = rules(
    {"event": "sold", "measure": "net", "debit_account": "debtors", "debit_partner": "{partner}", "credit_account": "sales{number}",
     "credit_cost_centre": "{department}"},
    {"event": "sold", "measure": "cost", "debit_account": "cost", "credit_account": "stock{number}", "credit_movement": "sold"},
)  # fmt: skip


def sold(net, cost=None, **columns) -> dict[str, Events]:
    net = np.asarray(net, float)
    rows = pd.DataFrame({"entity": "shop", "number": "01", "partner": None, "department": "D1"} | columns, index=range(len(net)))
    return {"sold": Events(rows, {"net": net, "cost": np.zeros(net.shape) if cost is None else np.asarray(cost, float)})}


def posted(events, by=SOLD) -> Ledger:
    return post(events, by, TREE, SIDES, PERIODS)


def problems(*args) -> str:
    with pytest.raises(RequestError) as error:
        posted(*args)
    return str(error.value)


def test_a_measure_is_debited_and_credited_where_its_rule_says():
    ledger = posted(sold([[100.0, 50.0, 0.0]], [[60.0, 0.0, 0.0]]))
    seen = ledger.lines.assign(first=ledger.units[:, 0, 0]).set_index("account")
    assert dict(seen["first"]) == {"debtors": 100.0, "sales01": -100.0, "cost": 60.0, "stock01": -60.0}
    assert seen.at["debtors", "partner"] == "none" and seen.at["sales01", "cost_centre"] == "D1"
    assert seen.at["stock01", "movement"] == "sold" and set(seen["event"]) == {"sold"}


def test_rows_that_land_on_one_line_are_added_up_after_rounding():
    ledger = posted(sold([[0.004] * 3, [0.006] * 3, [1.0] * 3]))
    assert list(ledger.units[ledger.lines["account"] == "debtors"].ravel()) == [1.01] * 3


def test_a_measure_without_draws_holds_in_every_draw():
    net = np.arange(12.0).reshape(1, 3, 4)
    ledger = posted(sold(net, [[5.0, 5.0, 5.0]]))
    assert ledger.draws == 4
    assert (ledger.units[ledger.lines["account"] == "cost"] == 5.0).all()
    assert (ledger.units[ledger.lines["account"] == "debtors"] == net).all()


def test_a_negative_measure_is_a_red_entry():
    ledger = posted(sold([[-10.0, 0.0, 0.0]]))
    assert ledger.units[ledger.lines["account"] == "debtors"].ravel()[0] == -10.0
    assert check_ledger(ledger).passed


def test_a_row_without_an_amount_posts_nothing_and_needs_no_account():
    assert len(posted(sold([[0.0] * 3], number=None)).lines) == 0


def test_a_rule_whose_event_is_not_planned_waits():
    more = pd.concat([SOLD, rules({"event": "leases", "measure": "x", "debit_account": "gone", "credit_account": "cash"})])
    assert len(posted(sold([[1.0] * 3]), more).lines) == 2


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=1, max_size=6), st.randoms())
@settings(max_examples=50, deadline=None)
def test_every_ledger_balances_to_the_cent_and_the_order_of_rows_does_not_matter(amounts, chance):
    numbers = ["01" if chance.random() < 0.5 else "02" for _ in amounts]
    order = chance.sample(range(len(amounts)), len(amounts))
    ledger = posted(sold(amounts, amounts, number=numbers))
    other = posted(sold([amounts[i] for i in order], [amounts[i] for i in order], number=[numbers[i] for i in order]))
    assert check_ledger(ledger).passed and not ledger.amounts.sum(axis=0).any()
    pd.testing.assert_frame_equal(ledger.lines, other.lines)
    assert (ledger.amounts == other.amounts).all()


def test_everything_wrong_with_events_and_rules_is_said_at_once():
    events = sold([[1.0, np.nan, 1.0]]) | {"bought": Events(pd.DataFrame({"entity": ["shop"]}))}
    events["sold"].measures["cost"] = np.ones((2, 3))
    said = problems(events)
    assert "sold, net, row 0" in said and "wrong shape" in said and "2 × 3" in said
    assert "bought: no rule posts these events" in said and said.startswith("posting: 3 problems")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"number": "03"}, "unknown account"),
        ({"number": None}, "unfilled template"),
        ({"number": ""}, "unfilled template"),
        ({"entity": None}, "no entity"),
    ],
)
def test_a_row_that_lands_nowhere_is_refused(columns, said):
    assert said in problems(sold([[1.0] * 3], **columns))


@pytest.mark.parametrize(("account", "said"), [("sales", "a total"), ("odd", "on neither side"), ("people", "on neither side")])
def test_only_accounts_with_a_side_are_posted_to(account, said):
    by = rules({"event": "sold", "measure": "net", "debit_account": "cash", "credit_account": account})
    assert said in problems(sold([[1.0] * 3]), by)


def test_missing_columns_and_accounts_of_rules_are_said():
    assert "missing column debit_account" in problems(sold([[1.0] * 3]), SOLD.drop(columns="debit_account"))
    assert "row 0: no credit_account" in problems(sold([[1.0] * 3]), SOLD.assign(credit_account=["", "cash"]))
    assert "missing column number" in problems({"sold": Events(pd.DataFrame({"entity": ["a"]}), {})})


def test_periods_have_no_gap():
    with pytest.raises(RequestError, match="without a gap"):
        post(sold([[1.0, 1.0]]), SOLD, TREE, SIDES, PERIODS[[0, 2]])


def test_ledgers_add_up_and_a_ledger_less_itself_is_nothing():
    one, drawn = posted(sold([[1.0, 2.0, 3.0]])), posted(sold(np.ones((1, 3, 2))))
    both = add_ledgers([one, drawn])
    assert both.draws == 2 and list(both.units[both.lines["account"] == "debtors"][0, :, 1]) == [2.0, 3.0, 4.0]
    less = Ledger(one.lines, -one.amounts, one.periods)
    assert not add_ledgers([one, less]).amounts.any()
    with pytest.raises(RequestError, match="other draws"):
        add_ledgers([drawn, posted(sold(np.ones((1, 3, 3))))])


def test_what_is_booked_is_a_ledger_too():
    booked = pd.DataFrame(
        [("shop", "cash", "2026-01", 5.0), ("shop", "sales01", "2026-01", -5.0), ("shop", "cash", "2026-03", 0.10)],
        columns=["entity", "account", "period", "amount"],
    ).assign(period=lambda t: pd.to_datetime(t["period"]))
    ledger = ledger_of(booked)
    assert list(ledger.units[0, :, 0]) == [5.0, 0.0, 0.10]
    check = check_ledger(ledger)
    assert not check.passed and "shop, 2026-03, 0: Δ 0.10" in check.said
    with pytest.raises(RequestError, match="no account"):
        ledger_of(booked.assign(account=[None, "cash", "cash"]))


def test_sums_by_groups_in_sorted_order():
    keys, sums = sums_by(pd.DataFrame({"a": ["y", "x", "y"]}), np.array([[1, 2], [3, 4], [10, 20]]), ["a"])
    assert list(keys["a"]) == ["x", "y"] and sums.tolist() == [[3, 4], [11, 22]]
