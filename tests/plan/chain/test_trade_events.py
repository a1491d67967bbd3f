"""What trade posts: every unit and every cent of a plan's trade, once, on both sides."""

import numpy as np
import pandas as pd
import pytest
from small_trade import HORIZON, traded

from planning.core.accounts import AccountTree
from planning.model.ledger import check_ledger, post
from planning.plan.chain.trade_events import trade_events

STORES = pd.DataFrame({"store": ["S1", "S2"], "cost_centre": ["D1", "D2"]})
PRODUCTS = pd.DataFrame({"product": ["pan", "lamp", "steel", "cup"], "number": ["01", "02", "09", "03"]})


@pytest.fixture(scope="module")
def found(items, drivers):
    trade = traded(items, drivers)
    rates = np.where(trade.traffic.items.rows["entity"] == "SOUTH", 0.8, 1.0)[:, None, None]
    return trade, trade_events(trade, drivers, HORIZON, STORES, PRODUCTS, rates)


def total(event, measure):
    return event.measures[measure].sum()


def test_sales_are_by_company_channel_cost_centre_and_category(found):
    trade, events = found
    rows = [["NORTH", "shop", "D1", "01"], ["NORTH", "shop", "D1", "02"], ["SOUTH", "shop", "D2", "01"]]
    assert events["sales"].rows.to_numpy().tolist() == rows
    assert total(events["sales"], "net") == pytest.approx(trade.traffic.sales.net.sum())
    assert events["sales"].measures["net"][:, 0, 0].tolist() == pytest.approx([4500, 900, 550])


def test_what_one_delivers_another_takes_in_its_own_money(found):
    _, events = found
    out, taken = events["deliveries"], events["deliveries_in"]
    assert out.rows.to_numpy().tolist() == [["MFG", "NORTH", "01"], ["MFG", "SOUTH", "01"]]
    assert taken.rows.to_numpy().tolist() == [["NORTH", "MFG", "01"], ["SOUTH", "MFG", "01"]]
    assert taken.measures["value"][:, 1, 0].tolist() == pytest.approx([90 * 20, 10 * 25])
    assert out.measures["net"][:, 1, 0].tolist() == pytest.approx([90 * 20, 10 * 25 * 0.8])
    assert out.measures["vat"][:, 1, 0].tolist() == pytest.approx([90 * 20 * 0.13, 0])


def test_what_was_delivered_cost_what_left_the_giver(found):
    trade, events = found
    rows = trade.traffic.items.rows
    giver = ((rows["entity"] == "MFG") & (rows["item"] == "pan")).to_numpy()
    assert total(events["deliveries"], "cost") == pytest.approx(trade.costs.worth.gone[giver].sum())


def test_materials_go_into_what_is_made_with_all_of_the_pool(found):
    _, events = found
    assert total(events["material_uses"], "cost") == pytest.approx(total(events["production"], "material"))
    assert total(events["conversion"], "pool") == pytest.approx(3 * 660)
    assert total(events["conversion"], "variance") == pytest.approx(3 * 660 - total(events["production"], "conversion"), abs=0.05)


def test_purchases_are_what_came_at_what_it_costs(found):
    trade, events = found
    bought = events["material_purchases"]
    steel = trade.traffic.flows.stock.came[(trade.traffic.items.rows["item"] == "steel").to_numpy()].sum()
    assert total(bought, "net") == pytest.approx(5 * steel) and total(bought, "freight") == pytest.approx(0.5 * steel)
    assert total(bought, "vat") == pytest.approx(5.5 * steel * 0.13)
    assert events["merchandise_purchases"].rows["number"].tolist() == ["02", "03"]


def test_stock_in_the_ledger_is_what_lies_there(found):
    """Posted by rules, the stock accounts move by what the stocks are worth at the end less what they were."""
    trade, events = found
    chart = ["1405", "1403", "2202", "6401", "6001", "5001", "2221", "6404"]
    accounts = pd.DataFrame({"code": chart, "parent": "", "kind": "balance", "weight": 1, "aggregation": "stock"})
    accounts = accounts.assign(label_en=chart, label_zh=chart, effect=0, better="neutral", unit="CNY", scale=2)
    rules = pd.DataFrame([
        ("sales", "cost", "6401", "1405"), ("returns", "cost", "1405", "6401"), ("deliveries", "cost", "6401", "1405"),
        ("deliveries_in", "value", "1405", "2202"), ("merchandise_purchases", "net", "1405", "2202"),
        ("material_purchases", "net", "1403", "2202"), ("material_purchases", "freight", "1403", "2202"),
        ("material_uses", "cost", "5001", "1403"), ("production", "material", "1405", "5001"),
        ("production", "conversion", "1405", "5001"), ("conversion", "pool", "5001", "2221"), ("conversion", "variance", "6404", "5001"),
    ], columns=["event", "measure", "debit_account", "credit_account"])  # fmt: skip
    for side in ("debit", "credit"):
        rules[[f"{side}_cost_centre", f"{side}_partner", f"{side}_movement"]] = ""
    ledger = post(events, rules, AccountTree(accounts), dict.fromkeys(chart, 1), HORIZON.periods)
    assert check_ledger(ledger).passed
    moved = pd.Series(ledger.units.sum(axis=(1, 2))).groupby(ledger.lines["account"]).sum()
    items_of = trade.traffic.items
    grown = pd.Series(trade.costs.worth.closing[:, -1, 0] - items_of.worth).groupby(items_of.rows["item"] == "steel").sum()
    assert moved["1403"] == pytest.approx(grown[True], abs=0.1) and moved["1405"] == pytest.approx(grown[False], abs=0.1)
    assert moved["5001"] == 0
