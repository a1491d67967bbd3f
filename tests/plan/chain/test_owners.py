"""Dividends in the books of who pays and who gets them; what the books of earlier years tell of payout and losses."""

import numpy as np
import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.core.drivers import Driver, Entry
from planning.core.periods import FiscalCalendar
from planning.model.chain.dividends import Begun
from planning.model.drivers import Drivers
from planning.model.ledger import LINE, Ledger
from planning.plan.chain.build import Equity, Plan, Wiring
from planning.plan.chain.dividends import Owners, dividend_events
from planning.plan.chain.meanings import neutral
from planning.plan.chain.owners import find_begun, payout_drivers, tax_losses, with_reserve, yearly_profit
from planning.plan.chain.trade import Horizon

MONTHS = pd.date_range("2025-12-01", periods=2, freq="MS")
HORIZON = Horizon(MONTHS, MONTHS, np.array([2025, 2026]), np.array([12, 1]))
CALENDAR = FiscalCalendar(first_month=1, start="2020-01", end="2030-12")
CHART = pd.DataFrame([("profit", None), ("sales", "profit")], columns=["code", "parent"]).assign(kind="revenue", aggregation="flow")
STANDS = ["bank", "result", "kept", "paid", "aside", "reserve"]
SHEET = pd.DataFrame({"code": STANDS, "parent": None, "kind": "balance", "aggregation": "stock"})
SAME = {"weight": 1, "effect": 0, "better": "neutral", "unit": "CNY", "scale": 2}
EVERY = pd.concat([CHART, SHEET], ignore_index=True).assign(**SAME)
TREE = AccountTree(EVERY.assign(label_en=EVERY["code"], label_zh=EVERY["code"]))
EQUITY = Equity("profit", "result", "kept", "paid", "aside", "reserve")
SIDES = {"sales": -1, "bank": 1, "result": -1, "kept": -1, "paid": -1, "aside": -1, "reserve": -1}
WIRING = Wiring(TREE, SIDES, pd.DataFrame(), (), None, {}, equity=EQUITY)


def drivers(**given):
    return Drivers(Driver(name, "", entries=(Entry(value),)) for name, value in given.items()).with_measured(neutral())


def ledger(*amounts):
    """Sales of A in December and January, in units, by the bank."""
    cents = np.array([amounts, [-amount for amount in amounts]], dtype=np.int64)[:, :, None] * 100
    lines = pd.DataFrame([["A", "unassigned", account, "none", "none", "sales"] for account in ("bank", "sales")], columns=LINE)
    return Ledger(lines, cents, MONTHS)


def shared(owned, parents=None, worth=(1.0, 1.0), **given):
    begun = Begun(*(np.array([value, 0.0]) for value in (0.0, 100.0, 0.0, 0.0)))
    rates = np.array(worth)[:, None, None] * np.ones((2, 2, 1))
    owners = Owners("profit", {"A": "H"} if parents is None else parents, {"A": owned}, rates, begun)
    told = drivers(**({"payout": 0.5, "dividend_month": 1.0} | given))
    return dividend_events(ledger(0, 0), TREE, ["A", "H"], owners, told, HORIZON)


def test_the_owner_gets_its_share_and_those_outside_the_rest():
    """50 of 100 are declared in January: 30 to the holding, 20 outside."""
    made = shared(0.6)
    paid = made["dividends"].rows.assign(amount=made["dividends"].measures["amount"][:, 1, 0])
    assert paid[paid["amount"] != 0].set_index(["entity", "partner"])["amount"].to_dict() == {("A", "H"): 30, ("A", "none"): 20}
    assert not made["dividends"].measures["amount"][:, 0].any()
    had = made["dividends_in"]
    assert had.rows.to_dict("records") == [{"entity": "H", "partner": "A"}] and had.measures["value"][0, :, 0].tolist() == [0, 30]


def test_the_owner_has_them_in_its_own_currency():
    assert shared(1.0, worth=(0.9, 1.0))["dividends_in"].measures["value"][0, 1, 0] == pytest.approx(45)


def test_both_parts_are_the_whole_to_the_cent():
    made = shared(1 / 3, payout=0.33333)["dividends"].measures["amount"]
    assert made[:, 1, 0].sum().round(6) == 33.33 and (np.round(made, 2) == np.round(made, 8)).all()


def test_without_an_owner_in_the_group_all_goes_outside():
    made = shared(1.0, parents={})
    assert made["dividends_in"].rows.empty and made["dividends"].measures["amount"][:, 1, 0].tolist() == [50, 0]


def test_a_share_of_the_years_profit_is_put_aside_at_its_end():
    """90 earned before and 10 in December: a tenth of 100."""
    open_at = pd.DataFrame({"entity": ["A", "A"], "account": ["result", "bank"], "partner": "none", "amount": [-90.0, 90.0]})
    plan = Plan({}, ledger(10, 7), None, ["A"])
    made = with_reserve(plan, open_at, WIRING, drivers(reserve_share=0.1), CALENDAR).ledger
    amounts = made.lines["account"].to_frame().assign(december=made.units[:, 0, 0], january=made.units[:, 1, 0]).set_index("account")
    assert amounts.loc["reserve"].tolist() == [-10, 0] and amounts.loc["aside"].tolist() == [10, 0]
    assert with_reserve(plan, open_at, WIRING, drivers(), CALENDAR).ledger.lines["account"].tolist() == ["bank", "sales"]


# --------------------------------------------------------------------------------------------------- measured in the books


def booked(*rows):
    table = pd.DataFrame(rows, columns=["entity", "account", "period", "amount"])
    return table.assign(period=pd.to_datetime(table["period"]))


def test_the_payout_is_what_was_declared_over_the_profit_of_the_year_before():
    """70 declared in June 2025 out of 100 of 2024; the year's end empties the account again."""
    earned = booked(("A", "sales", "2024-03", 100.0), ("A", "sales", "2025-01", 999.0), ("B", "sales", "2024-01", 5.0))
    profits = yearly_profit(earned, WIRING, CALENDAR)
    balances = booked(*[("A", "paid", month, 70.0 if "2025-06" <= month < "2025-12" else 0.0) for month in
                        ("2024-12", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11")])  # fmt: skip
    payout, month = payout_drivers(balances, profits, WIRING, pd.Timestamp("2025-11-01"), CALENDAR)
    assert payout.measured.set_index("entity")["value"].to_dict() == {"A": pytest.approx(0.7), "B": 0}
    assert month.measured.set_index("entity")["value"].to_dict() == {"A": 6, "B": 6}


def test_where_nothing_was_ever_declared_nothing_is_expected():
    profits = yearly_profit(booked(("A", "sales", "2024-03", 100.0)), WIRING, CALENDAR)
    payout, _ = payout_drivers(booked(("A", "bank", "2025-01", 1.0)), profits, WIRING, pd.Timestamp("2025-11-01"), CALENDAR)
    assert payout.measured["value"].tolist() == [0]


def test_where_companies_stand_is_read_from_their_books():
    profits = pd.DataFrame({2024: [100.0], 2025: [40.0]}, index=["A"])
    balances = pd.DataFrame({"entity": "A", "account": ["kept", "paid"], "amount": [-300.0, 70.0]})
    begun = find_begun(profits, balances, ["A", "H"], WIRING, 2025)
    assert [values.tolist() for values in vars(begun).values()] == [[100, 0], [40, 0], [70, 0], [300, 0]]


def test_losses_are_those_of_the_years_before_the_plans_first():
    found = tax_losses(pd.DataFrame({2023: [-50.0], 2024: [20.0], 2025: [-999.0]}, index=["A"]), 2025)
    assert found.measured["value"].tolist() == [30] and found.basis == "losses of 2023 to 2024 in the books, less later profit"
