"""Money: what becomes owed is paid, taxes follow from the books, debt from cash, and all of it balances to the cent."""

import numpy as np
import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.core.drivers import Driver, Entry
from planning.model.drivers import Drivers
from planning.model.ledger import Events, check_ledger
from planning.plan.chain.build import Wiring, close_plan, coded
from planning.plan.chain.meanings import neutral
from planning.plan.chain.money import Accounts, Opening, Settlement, by_entity, paid_in
from planning.plan.chain.trade import Horizon

MONTHS = pd.date_range("2025-11-01", periods=8, freq="MS")
HORIZON = Horizon(MONTHS[:5], MONTHS, np.array([2025, 2025, 2026, 2026, 2026]), np.array([11, 12, 1, 2, 3]))
CHART = pd.DataFrame([
    ("profit", "", "result", "flow"), ("sales", "profit", "revenue", "flow"), ("cost", "profit", "expense", "flow"),
    ("interest", "profit", "expense", "flow"), ("surtax", "profit", "expense", "flow"), ("tax", "", "expense", "flow"),
    ("sheet", "", "balance", "stock"), ("bank", "sheet", "balance", "stock"), ("owed_to_us", "sheet", "balance", "stock"),
    ("owed", "sheet", "balance", "stock"), ("bonus", "sheet", "balance", "stock"), ("vat_out", "sheet", "balance", "stock"),
    ("vat_in", "sheet", "balance", "stock"), ("vat_due", "sheet", "balance", "stock"), ("tax_due", "sheet", "balance", "stock"),
    ("loan", "sheet", "balance", "stock"), ("bills", "sheet", "balance", "stock"),
], columns=["code", "parent", "kind", "aggregation"]).assign(weight=1, effect=0, better="neutral", unit="CNY", scale=2)  # fmt: skip
CHART["parent"] = CHART["parent"].replace("", None)
TREE = AccountTree(CHART.assign(label_en=CHART["code"], label_zh=CHART["code"]))
ACCOUNTS = Accounts("vat_out", "vat_in", "vat_due", "profit", (), ("bank",), ("loan",))
RULES = pd.DataFrame([
    ("sales", "net", "{owing}", "", "sales", ""), ("sales", "vat", "{owing}", "", "vat_out", ""), ("costs", "net", "cost", "", "owed", ""),
    ("costs", "vat", "vat_in", "", "owed", ""), ("bonus", "earned", "cost", "", "bonus", ""),
    ("bills", "received", "{bill}", "", "{settles}", ""), ("bills", "given", "{settles}", "", "{bill}", ""),
    ("payments", "received", "{cash}", "{movement}", "{settles}", ""), ("payments", "paid", "{settles}", "", "{cash}", "{movement}"),
    ("value_added_tax", "output", "vat_out", "", "vat_due", ""), ("value_added_tax", "input", "vat_due", "", "vat_in", ""),
    ("value_added_tax", "due", "vat_due", "", "bank", "taxes"), ("value_added_tax", "surtax", "surtax", "", "tax_due", ""),
    ("income_tax", "tax", "tax", "", "tax_due", ""), ("funding", "drawn", "bank", "loans", "loan", ""),
    ("funding", "repaid", "loan", "", "bank", "loans"), ("funding", "interest", "interest", "", "bank", "interest"),
    ("funding", "earned", "bank", "interest", "interest", ""),
], columns=["event", "measure", "debit_account", "debit_movement", "credit_account", "credit_movement"])  # fmt: skip
for name in ("debit_cost_centre", "credit_cost_centre", "debit_partner", "credit_partner"):
    RULES[name] = ""
SETTLEMENTS = (
    Settlement("owed_to_us", "bank", "sales"), Settlement("owed", "bank", "goods", bill="bills"), Settlement("bills", "bank", "goods"),
    Settlement("tax_due", "bank", "taxes"),
    Settlement("bonus", "bank", "people", month=2),
)  # fmt: skip
WIRING = Wiring(TREE, dict.fromkeys(CHART["code"], 1), RULES, SETTLEMENTS, ACCOUNTS, {"channel": {"shop": {"owing": "owed_to_us"}}})
NOTHING = pd.DataFrame({"entity": [], "account": [], "partner": [], "amount": []}).astype({"amount": float})


def drivers(**given):
    said = {"payment_days": 30.0, "surtax": 0.1, "income_tax": 0.25, "loan_rate": 0.12, "deposit_rate": 0.0} | given
    return Drivers(Driver(name, "", entries=(Entry(value),)) for name, value in said.items()).with_measured(neutral())


def monthly(*months, draws=1):
    return np.repeat(np.array(months, dtype=float).reshape(1, -1, 1), draws, axis=2)


def plan(open_at=NOTHING, cash=1000.0, debt=0.0, draws=1, **given):
    rows = pd.DataFrame({"entity": ["A"]})
    sales, costs = monthly(100, 100, 100, 100, 100, draws=draws), monthly(60, 60, 60, 60, 60, draws=draws)
    sales = sales * np.linspace(1, 2, draws) if draws > 1 else sales
    events = {
        "sales": Events(rows.assign(channel="shop"), {"net": sales, "vat": sales * 0.1}),
        "costs": Events(rows, {"net": costs, "vat": costs * 0.1}),
        "bonus": Events(rows, {"earned": monthly(5, 5, 5, 5, 5)}),
    }
    begin = Opening(*(np.array([value]) for value in (cash, debt, 7.0, 0.0, 0.0, 0.0)))
    return close_plan(events, open_at, begin, ["A"], WIRING, drivers(**given), HORIZON)


def posted(made, account, event):
    chosen = made.ledger.of((made.ledger.lines["account"] == account) & (made.ledger.lines["event"] == event))
    return by_entity(chosen, ["A"], [account])[0, :, 0].round(2).tolist()


def test_every_month_and_draw_balances():
    assert check_ledger(plan(draws=3).ledger).passed


def test_what_is_owed_for_thirty_days_is_paid_the_month_after():
    made = plan()
    received = made.events["payments"].measures["received"].sum(axis=0)[:, 0]
    assert received.tolist() == pytest.approx([0, 110, 110, 110, 110])


def test_what_is_open_when_the_plan_begins_is_paid_too():
    open_at = pd.DataFrame({"entity": "A", "account": ["owed_to_us", "owed"], "partner": "none", "amount": [80.0, -30.0]})
    payments = plan(open_at).events["payments"]
    settled = dict(zip(payments.rows["settles"], range(len(payments.rows)), strict=True))
    assert payments.measures["received"][settled["owed_to_us"], :, 0].tolist() == pytest.approx([80, 110, 110, 110, 110])
    assert payments.measures["paid"][settled["owed"], :, 0].tolist() == pytest.approx([30, 66, 66, 66, 66])


def test_a_bonus_earned_in_a_year_is_paid_in_february():
    payments = plan().events["payments"]
    at = payments.rows.index[payments.rows["settles"] == "bonus"][0]
    assert payments.measures["paid"][at, :, 0].tolist() == [0, 0, 0, 10, 0]
    assert paid_in(np.full((5, 1), 5.0), 3.0, HORIZON, 2)[:, 0].tolist() == [0, 0, 0, 13, 0]


def test_part_of_what_suppliers_are_owed_is_paid_by_bill_and_cash_leaves_when_it_is_due():
    """66 are owed a month and settled in the next: half in money, half by a bill that runs two months. Bills of 33 open at the start were
    given evenly over two months: half is due in the first month, half in the second."""
    open_at = pd.DataFrame({"entity": ["A"], "account": ["bills"], "partner": ["none"], "amount": [-33.0]})
    made = plan(open_at, bill_share=0.5, bill_months=2.0)
    assert made.events["bills"].measures["given"][:, :, 0].tolist() == [pytest.approx([0, 33, 33, 33, 33])]
    assert posted(made, "bills", "bills") == [0, -33, -33, -33, -33]
    assert posted(made, "owed", "payments") == [0, 33, 33, 33, 33]
    assert posted(made, "bills", "payments") == [16.5, 16.5, 0, 33, 33]


def test_bills_move_cash_and_never_profit():
    plain, billed = plan(), plan(bill_share=0.6, bill_months=1.0)
    assert check_ledger(billed.ledger).passed
    for account in ("sales", "cost", "surtax", "interest", "tax"):
        assert np.array_equal(by_entity(plain.ledger, ["A"], [account]), by_entity(billed.ledger, ["A"], [account])), account
    moved = (billed.funding.cash - plain.funding.cash)[0, :, 0].round(2)
    assert moved.tolist() == [0, 39.6, 39.6, 39.6, 39.6]  # six tenths of 66, a month later for good


def test_everything_by_bill_that_is_due_at_once_is_as_money():
    plain, billed = plan(), plan(bill_share=1.0, bill_months=0.0)
    np.testing.assert_allclose(plain.funding.cash, billed.funding.cash, atol=0.01)


def test_vat_is_paid_the_month_after_with_what_was_due_before():
    due = plan().events["value_added_tax"].measures["due"][0, :, 0]
    assert due.tolist() == pytest.approx([7, 4, 4, 4, 4])


def test_income_tax_is_a_quarter_of_the_years_profit():
    """A month earns 100 − 60 − 5 − 0.4 of surtax: 34.60. December books two months, March three."""
    assert plan().events["income_tax"].measures["tax"][0, :, 0].round(2).tolist() == [0, 17.3, 0, 0, 25.95]


def test_debt_keeps_cash_at_its_floor_and_interest_lowers_tax():
    made = plan(cash=0.0, cash_floor=50.0)
    assert made.funding.cash.min() == pytest.approx(50) and made.funding.debt[0, 0, 0] == pytest.approx(57)  # 7 of VAT and the floor
    interest = made.funding.interest[0, :, 0]
    assert interest[1] == pytest.approx(0.57) and posted(made, "interest", "funding")[1] == 0.57
    tax = made.events["income_tax"].measures["tax"][0, :, 0]
    assert tax[1] == pytest.approx(0.25 * (2 * 34.6 - interest[:2].sum()), abs=0.01)


def test_the_cash_of_the_ledger_is_the_cash_of_the_funding():
    made = plan(cash=20.0, cash_floor=30.0, draws=3)
    moved = np.cumsum(by_entity(made.ledger, ["A"], ["bank"]), axis=1)
    np.testing.assert_allclose(20 + moved, made.funding.cash, atol=0.05)
    debt = -np.cumsum(by_entity(made.ledger, ["A"], ["loan"]), axis=1)
    np.testing.assert_allclose(debt, made.funding.debt, atol=0.05)


def test_codes_add_the_columns_that_rules_name():
    events = {"sales": Events(pd.DataFrame({"entity": ["A", "A"], "channel": ["shop", "other"]}), {})}
    assert coded(events, WIRING.codes)["sales"].rows["owing"].tolist() == ["owed_to_us", ""]


def test_events_in_which_nothing_happens_need_no_rule_and_others_stay():
    rows, none = pd.DataFrame({"entity": ["A"]}), np.zeros((1, 5, 1))
    found = coded({"leases": Events(rows, {"paid": none}), "sales": Events(rows, {"net": none, "cost": none + 1})}, {})
    assert list(found) == ["sales"]
