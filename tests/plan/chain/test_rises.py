"""Yearly rises: seen in the same month of every year, or not at all."""

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Driver
from planning.model.drivers import Drivers
from planning.plan.chain.rises import price_histories, with_rises, yearly_rises

MONTHS = pd.date_range("2022-01-01", "2025-09-01", freq="MS")
AS_OF = MONTHS[-1]


def prices(change, what=("pan", "pot"), seed=0, noise=0.0, entity="NORTH"):
    """A price list that changes by `change(month)` in each month."""
    random = np.random.default_rng(seed)
    rows = []
    for name in what:
        price = 100.0
        for month in MONTHS:
            price *= (1 + change(month)) * np.exp(random.normal(0, noise))
            rows.append({"entity": entity, "what": name, "period": month, "price": price})
    return pd.DataFrame(rows)


def test_what_rose_each_march_is_expected_to_rise_in_march():
    found = yearly_rises(prices(lambda month: 0.03 if month.month == 3 else 0.0), AS_OF)
    assert found[["entity", "month", "years"]].values.tolist() == [["NORTH", 3, 4]]
    assert found["rise"].iloc[0] == pytest.approx(0.03)


def test_the_usual_rise_is_the_median_of_those_seen():
    seen = {2022: 0.01, 2023: 0.02, 2024: 0.06, 2025: 0.02}
    found = yearly_rises(prices(lambda month: seen[month.year] if month.month == 3 else 0.0), AS_OF)
    assert found["rise"].iloc[0] == pytest.approx(0.02)


def test_two_years_are_no_habit():
    assert yearly_rises(prices(lambda month: 0.03 if month.month == 3 else 0.0), pd.Timestamp("2023-09-01")).empty


def test_prices_that_move_all_the_time_have_none():
    for seed in range(20):
        assert yearly_rises(prices(lambda month: 0.0, seed=seed, noise=0.03, what=("steel",)), AS_OF).empty


def test_a_rise_and_a_fall_in_the_same_month_are_none():
    turn = {2022: 0.03, 2023: -0.03, 2024: 0.03, 2025: 0.03}
    assert yearly_rises(prices(lambda month: turn[month.year] if month.month == 3 else 0.0), AS_OF).empty


def test_prices_that_never_move_have_none():
    assert yearly_rises(prices(lambda month: 0.0), AS_OF).empty
    assert yearly_rises(prices(lambda month: 0.0).iloc[:0], AS_OF).empty


def test_nothing_after_the_last_closed_month_is_looked_at():
    later = prices(lambda month: 0.03 if month.month == 3 else 0.0)
    known = yearly_rises(later, pd.Timestamp("2025-02-01"))
    assert known["years"].tolist() == [3]


def test_each_rise_ahead_comes_on_the_one_before_and_only_from_its_month_on():
    history = prices(lambda month: 0.02 if month.month == 3 else 0.0)
    today = pd.DataFrame({"entity": ["NORTH", "SOUTH"], "product": ["pan", "pan"], "value": [100.0, 50.0]})
    [risen] = with_rises([Driver("list_price", "currency", measured=today, basis="newest of 2025-09")], {"list_price": history}, AS_OF)
    assert risen.basis == "newest of 2025-09, then +2.0% each year in month 3, as in 4 years"
    ahead = pd.date_range("2025-10-01", "2027-03-01", freq="MS")
    values = Drivers([risen]).values_of("list_price", today[["entity", "product"]], ahead)[:, :, 0]
    assert values[0, ahead < "2026-03-01"].tolist() == [100.0] * 5
    assert values[0, (ahead >= "2026-03-01") & (ahead < "2027-03-01")] == pytest.approx([102.0] * 12)
    assert values[0, -1] == pytest.approx(104.04) and (values[1] == 50.0).all()


def test_a_driver_without_a_history_stays_as_it_is():
    alone = Driver("discount", "fraction", measured=pd.DataFrame({"value": [0.1]}))
    assert with_rises([alone], {}, AS_OF) == [alone]


def test_pay_is_looked_at_by_cost_centre_and_prices_by_company():
    sold = pd.DataFrame({"entity": "NORTH", "channel": "shop", "product": "pan", "period": MONTHS, "gross": 200.0, "units": 2.0})
    bought = pd.DataFrame({"entity": "NORTH", "supplier": "V1", "item": "pan", "date": MONTHS, "amount": 90.0, "quantity": 9.0})
    pay = pd.DataFrame({"cost_centre": "D1", "position": "staff", "period": MONTHS, "amount": 60.0, "heads": 3.0})
    found = price_histories(sold, bought, pay)
    assert {name: table["price"].unique().tolist() for name, table in found.items()} == {
        "list_price": [100.0], "purchase_price": [10.0], "pay": [20.0],
    }  # fmt: skip
    assert list(found["pay"].columns) == ["cost_centre", "what", "period", "price"]
