"""Drivers measured in the books: which months, which quotients, and what nobody's rows say."""

import pandas as pd
import pytest

from planning.model.drivers import Drivers
from planning.plan.chain.meanings import MEANINGS, NEUTRAL, neutral
from planning.plan.chain.measured import goods_drivers, pay_drivers, product_mix, sales_drivers

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


def test_what_is_neutral_changes_nothing_and_stays_in_its_bounds():
    for driver in neutral():
        meaning, [value] = MEANINGS[driver.name], driver.measured["value"]
        assert meaning.lowest <= value <= meaning.highest and driver.unit == meaning.unit and value == NEUTRAL[driver.name]


def test_every_measured_driver_is_one_that_the_chain_knows():
    assert all(driver.name in MEANINGS and driver.basis for driver in sales_drivers(SOLD, BACK, AS_OF))
