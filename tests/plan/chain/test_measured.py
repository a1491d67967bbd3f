"""Drivers measured in the books: which months, which quotients, and what nobody's rows say."""

import pandas as pd
import pytest

from planning.model.drivers import Drivers
from planning.plan.chain.meanings import MEANINGS, NEUTRAL, neutral
from planning.plan.chain.measured import bill_share, customer_rebate, goods_drivers, pay_drivers, product_mix, sales_drivers

AS_OF = pd.Timestamp("2025-09-01")
MONTHS = pd.DatetimeIndex(["2025-10-01"])


def sold(*rows):
    columns = ["period", "entity", "channel", "store", "category", "product", "units", "gross", "net", "vat", "cost"]
    return pd.DataFrame(rows, columns=columns).assign(period=lambda table: pd.to_datetime(table["period"]))


SOLD = sold(
    ("2024-08", "NORTH", "shop", "S1", "pans", "P1", 999, 1.0, 1.0, 0.5, 1.0),  # too old for anything
    ("2024-12", "NORTH", "shop", "S1", "pans", "P1", 10, 100.0, 60.0, 6.0, 50.0),
    ("2025-08", "NORTH", "shop", "S1", "pans", "P1", 10, 120.0, 120.0, 12.0, 50.0),
    ("2025-09", "NORTH", "shop", "S2", "pans", "P1", 10, 130.0, 120.0, 12.0, 50.0),
    ("2025-09", "NORTH", "shop", "S2", "pans", "P2", 10, 50.0, 50.0, 5.0, 20.0),
    ("2025-09", "MFG", "dealer", "none", "pans", "P1", 4, 40.0, 40.0, 0.0, 20.0),
    ("2025-10", "NORTH", "shop", "S2", "pans", "P2", 999, 1.0, 1.0, 1.0, 1.0),  # not closed yet
)
BACK = pd.DataFrame({
    "period": pd.to_datetime(["2025-02-01", "2025-10-01"]), "entity": "NORTH", "channel": "shop", "category": "pans", "product": "P1",
    "units": [1, 5], "net": [35.0, 99.0],
})  # fmt: skip


def values(drivers, name, **cell):
    return Drivers(drivers).values_of(name, pd.DataFrame([cell]), MONTHS)[0, 0, 0]


def test_prices_are_those_of_the_last_three_months_and_shares_those_of_the_last_twelve():
    found = sales_drivers(SOLD, BACK, AS_OF)
    shop = {"entity": "NORTH", "channel": "shop", "store": "S1", "category": "pans"}
    assert values(found, "list_price", product="P1", **shop) == pytest.approx(250 / 20)
    assert values(sales_drivers(SOLD[SOLD["period"] < "2025-01"], BACK, AS_OF), "list_price", product="P1", **shop) == 10  # sold last then
    assert values(found, "discount", product="P1", **shop) == pytest.approx(50 / 400)  # 40 and 10 off 100 + 120 + 130 + 50
    assert values(found, "returns", product="P1", **shop) == pytest.approx(35 / 350)
    assert values(found, "output_tax", product="P1", **shop) == pytest.approx(0.1)


def test_where_nothing_came_back_nothing_is_expected_to():
    found = sales_drivers(SOLD, BACK, AS_OF)
    assert values(found, "returns", entity="MFG", channel="dealer") == 0


def test_a_mix_adds_up_to_one_in_each_category():
    mix = product_mix(SOLD, AS_OF)
    assert mix.groupby(["entity", "channel", "category"])["share"].sum().tolist() == [1, 1]
    assert mix.set_index(["entity", "product"])["share"].to_dict() == {("MFG", "P1"): 1, ("NORTH", "P1"): 0.75, ("NORTH", "P2"): 0.25}


def test_pay_is_that_of_the_last_month_and_contributions_those_of_the_last_year():
    pay = pd.DataFrame({
        "cost_centre": "D1", "position": ["chief", "clerk", "clerk"], "period": pd.to_datetime(["2025-09", "2025-09", "2025-03"]),
        "heads": [1, 4, 2], "amount": [9000.0, 16000.0, 5000.0], "bonus": [900.0, 0.0, 600.0], "social": [1000.0, 3000.0, 2000.0],
        "housing": [0.0, 1500.0, 0.0], "account": "6602",
    })  # fmt: skip
    found = pay_drivers(pay, AS_OF)
    clerk = {"cost_centre": "D1", "position": "clerk"}
    assert values(found, "people", **clerk) == 4 and values(found, "pay", **clerk) == 4000
    assert values(found, "bonus", **clerk) == pytest.approx(1500 / 30000) and values(found, "social_rate", **clerk) == pytest.approx(0.2)
    assert values(found, "housing_rate", **clerk) == pytest.approx(0.05)


def test_a_price_is_that_of_the_newest_purchases_and_cover_what_lay_there_over_what_went_out_next():
    purchases = pd.DataFrame({
        "date": pd.to_datetime(["2024-12-09", "2025-05-03", "2025-07-30", "2025-01-05"]),
        "entity": "NORTH", "item": ["P1", "P1", "P1", "P2"],
        "quantity": [10.0, 10, 30, 5], "amount": [50.0, 60, 240, 45], "freight": [None, None, 30.0, None], "vat": [5.0, 6, 27, 0],
    })  # fmt: skip
    items = pd.DataFrame({"entity": "NORTH", "item": ["P1", "P2"], "source": "bought"})
    months = pd.date_range("2025-06-01", "2025-09-01", freq="MS")
    stock = pd.DataFrame({"entity": "NORTH", "item": "P1", "period": months, "closing": [20.0, 30, 40, 99], "out": [7.0, 10, 20, 30]})
    stock = pd.concat([stock, stock.tail(1).assign(item="P2", closing=5.0, out=0.0)])
    found = goods_drivers(purchases, items, stock, AS_OF)
    assert values(found, "purchase_price", entity="NORTH", product="P1") == pytest.approx(300 / 40)  # May to July, the newest
    assert values(found, "purchase_price", entity="NORTH", product="P2") == 9
    assert values(found, "freight", entity="NORTH", product="P1") == pytest.approx(30 / 40)
    assert values(found, "input_tax", entity="NORTH", product="P1") == pytest.approx(33 / 330)
    assert values(found, "stock_cover", entity="NORTH", product="P1") == pytest.approx((20 + 30 + 40) / (10 + 20 + 30))
    assert values(found, "stock_cover", entity="NORTH", product="P2") == pytest.approx(1.5)  # tells nothing itself: as the company does


def test_what_was_last_bought_years_ago_has_the_price_of_then():
    """A shop that sells a piece in a while still plans to buy the next."""
    dates = pd.to_datetime(["2022-01-05", "2023-07-05", "2023-08-05", "2025-10-01"])  # the last isn't known yet
    rest = {"quantity": [9.0, 2, 2, 9], "amount": [9.0, 400, 440, 9], "freight": None, "vat": 0.0}
    purchases = pd.DataFrame({"date": dates, "entity": "NORTH", "item": "P1", **rest})
    none = pd.DataFrame({"entity": [], "item": [], "period": pd.DatetimeIndex([]), "closing": [], "out": []})
    items = pd.DataFrame({"entity": ["NORTH"], "item": ["P1"], "source": ["bought"]})
    found = goods_drivers(purchases, items, none, AS_OF)
    assert values(found, "purchase_price", entity="NORTH", product="P1") == pytest.approx(840 / 4)


def test_a_rebate_is_what_a_department_granted_over_what_its_stores_sold():
    """NORTH's two stores are one department's: 23 of 60 + 120 + 120 + 50. Nobody else granted anything."""
    booked = pd.DataFrame({
        "entity": "NORTH", "cost_centre": "D1", "amount": [43.0, -20.0, 999],
        "period": pd.to_datetime(["2025-05-01", "2024-12-01", "2024-08-01"]),
    })  # fmt: skip
    stores = pd.DataFrame({"store": ["S1", "S2", "none"], "cost_centre": ["D1", "D1", "D2"]})
    found = customer_rebate(booked, SOLD, stores, AS_OF).measured.set_index("store")["value"]
    assert found.to_dict() == {"S1": pytest.approx(23 / 350), "S2": pytest.approx(23 / 350), "none": 0}


def test_the_share_of_bills_is_what_lies_there_over_what_becomes_owed_while_one_runs():
    """Bills of 60 on average, 100 + 100 owed a month, three months: 60 / 600."""
    months = pd.date_range("2024-10-01", "2025-09-01", freq="MS")
    balances = pd.DataFrame({"entity": "MFG", "account": "bills", "period": months, "amount": [-40.0, -80.0] * 6})
    owed = pd.DataFrame({"entity": ["MFG", "MFG", "NORTH"], "account": ["materials", "goods", "goods"], "amount": [-100.0, -100.0, 0.0]})
    run = pd.Series(3.0, pd.MultiIndex.from_tuples([("MFG", "bills"), ("NORTH", "bills")], names=["entity", "account"]))
    found = bill_share(balances, owed, {"materials": "bills", "goods": "bills"}, run, AS_OF).measured
    assert found["account"].tolist() == ["goods", "materials"] * 2 and found["entity"].tolist() == ["MFG", "MFG", "NORTH", "NORTH"]
    assert found["value"].tolist() == pytest.approx([0.1, 0.1, 0, 0])


def test_what_is_neutral_changes_nothing_and_stays_in_its_bounds():
    for driver in neutral():
        meaning, [value] = MEANINGS[driver.name], driver.measured["value"]
        assert meaning.lowest <= value <= meaning.highest and driver.unit == meaning.unit and value == NEUTRAL[driver.name]


def test_every_measured_driver_is_one_that_the_chain_knows():
    assert all(driver.name in MEANINGS and driver.basis for driver in sales_drivers(SOLD, BACK, AS_OF))
