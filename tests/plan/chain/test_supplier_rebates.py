"""Suppliers' rebates: they lower what stock costs, are owed until the year is over, and come in once."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_trade import HORIZON, PURCHASES, traded

from planning.core.drivers import Entry
from planning.core.periods import FiscalCalendar
from planning.plan.chain.money import Settlement
from planning.plan.chain.supplier_rebates import earlier_rebates, rebate_month
from planning.plan.chain.trade_events import trade_events

CALENDAR = FiscalCalendar(1, pd.Timestamp("2024-01-01"), pd.Timestamp("2026-12-01"))
STORES = pd.DataFrame({"store": ["S1", "S2"], "cost_centre": ["D1", "D2"]})
PRODUCTS = pd.DataFrame({"product": ["pan", "lamp", "steel", "cup"], "number": ["01", "02", "09", "03"]})
RULES = pd.DataFrame({"event": ["material_purchases"] * 2, "measure": ["net", "rebate"], "debit_account": ["1403", "1221"]})


def granted(drivers, share=0.1):
    return drivers.with_case({"supplier_rebate": [Entry(share)]})


def steel(trade, of):
    return of[np.flatnonzero(trade.traffic.items.rows["item"] == "steel")[0], :, 0]


def test_a_rebate_lowers_what_stock_costs_through_what_lies_there(items, drivers):
    """Steel at 5 with 0.5 of freight; a tenth of the price comes back, so what is bought now is taken in at 5."""
    before, after = traded(items, drivers), traded(items, granted(drivers))
    came, worth = (steel(after, of) for of in (after.traffic.flows.stock.came, after.costs.worth.came))
    assert worth == pytest.approx(came * 5.0) and steel(before, before.costs.worth.came) == pytest.approx(came * 5.5)
    assert (steel(after, after.costs.worth.price) < steel(before, before.costs.worth.price)).all()


def test_nothing_comes_back_of_what_the_group_sells_itself(items, drivers):
    trade = traded(items, granted(drivers))
    own = (trade.traffic.items.rows["source"] == "MFG").to_numpy()
    assert own.any() and (trade.rebate[own] == 0).all()


def test_what_will_be_given_back_is_owed_with_its_tax(items, drivers):
    trade = traded(items, granted(drivers))
    events = trade_events(trade, granted(drivers), HORIZON, STORES, PRODUCTS, np.ones((len(items.rows), 1, 1)))
    bought = events["material_purchases"].measures
    assert bought["rebate"] == pytest.approx(0.1 * bought["net"]) and bought["rebate_vat"] == pytest.approx(0.13 * bought["rebate"])


def test_what_was_bought_before_comes_back_in_the_month_of_the_next_year(items, drivers):
    """Twelve months of 2025 at 1,000 of steel and 450 of lamps, a tenth: 1,200 and 540 in March 2026, with 13 % of tax. December 2024 was
    settled in March 2025. What the works delivered isn't bought outside."""
    found = earlier_rebates(PURCHASES, items, granted(drivers), 3, CALENDAR, HORIZON)
    assert found.rows["entity"].tolist() == ["MFG", "NORTH"]
    assert found.measures["net"][:, :, 0].tolist() == pytest.approx(np.array([[0, 0, 1200], [0, 0, 540]]))
    assert found.measures["vat"][:, 2, 0] == pytest.approx([156, 70.2])


def test_what_was_bought_last_year_too_comes_back_where_its_month_is_ahead(items, drivers):
    late = PURCHASES[PURCHASES["date"] < "2025-01-01"].assign(date=pd.Timestamp("2025-12-09"))
    found = earlier_rebates(late, items, granted(drivers), 1, CALENDAR, HORIZON)
    assert found.measures["net"][:, 0, 0] == pytest.approx([100, 45])


def test_nothing_granted_is_nothing_to_come(items, drivers):
    assert earlier_rebates(PURCHASES, items, drivers, 3, CALENDAR, HORIZON).rows.empty


@pytest.mark.parametrize(("account", "month"), [("1221", 3), ("1403", None)])
def test_the_month_is_that_of_the_account_on_which_rebates_wait(account, month):
    wiring = SimpleNamespace(rules=RULES, settlements=[Settlement(account, "bank", "goods", 3)])
    assert rebate_month(wiring) == month
