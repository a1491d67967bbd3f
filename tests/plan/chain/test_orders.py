"""Orders beside the books: currency, what the books hold of them and beyond them, and goods of which nothing else is told."""

import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.periods import FiscalCalendar
from planning.plan.chain.orders import (
    Orders,
    at_booked_cost,
    beyond_orders,
    booked_sales,
    bought_as_sold,
    in_own_currency,
    orders_beside_books,
)

AS_OF = pd.Timestamp("2025-03-01")
ENTITIES = pd.DataFrame({"code": ["HOME", "ABROAD"], "currency": ["USD", "CAD"]})
RATES = pd.DataFrame({"date": pd.to_datetime(["2025-02-10", "2025-02-20"]), "currency": "CAD", "average": [0.7, 0.9], "closing": 0.9})
CALENDAR = FiscalCalendar(1, pd.Timestamp("2024-01-01"), pd.Timestamp("2026-12-01"))


def sold(*rows):
    columns = ["period", "entity", "channel", "category", "product", "units", "net", "cost"]
    table = pd.DataFrame(rows, columns=columns).assign(gross=lambda table: table["net"], vat=0.0, store="none")
    return table.assign(period=pd.to_datetime(table["period"]))


def booked(*rows):
    table = pd.DataFrame(rows, columns=["period", "entity", "account", "cost_centre", "amount"])
    return table.assign(period=pd.to_datetime(table["period"]))


SOLD = sold(
    ("2025-02", "HOME", "shop", "pans", "P1", 10.0, 100.0, 60.0),
    ("2025-02", "ABROAD", "shop", "pans", "P1", 10.0, 100.0, 60.0),
    ("2025-02", "ABROAD", "web", "pans", "P2", 5.0, 40.0, 20.0),
    ("2025-02", "ELSEWHERE", "shop", "pans", "P1", 1.0, 7.0, 5.0),
)


def test_orders_in_the_group_s_currency_are_brought_to_each_company_s_at_the_month_s_average():
    own = in_own_currency(SOLD[SOLD["entity"] != "ELSEWHERE"], "USD", ENTITIES, RATES)
    assert own["net"].tolist() == pytest.approx([100.0, 125.0, 50.0])  # 0.8 dollars for one
    assert own["cost"].tolist() == pytest.approx([60.0, 75.0, 25.0]) and own["units"].tolist() == [10, 10, 5]


def test_a_month_without_a_rate_is_named_and_the_own_currency_needs_none():
    later = SOLD.assign(period=pd.Timestamp("2025-03-01"))
    with pytest.raises(RequestError, match="no rate, got CAD, 2025-03"):
        in_own_currency(later[later["entity"] == "ABROAD"], "USD", ENTITIES, RATES)
    assert in_own_currency(later[later["entity"] == "HOME"], "USD", ENTITIES, RATES.iloc[:0])["net"].tolist() == [100.0]


def test_only_what_the_books_hold_is_planned():
    assert booked_sales(SOLD, {"HOME", "ABROAD"}, ())["net"].tolist() == [100.0, 100.0, 40.0]
    assert booked_sales(SOLD, {"HOME", "ABROAD"}, ("shop",))["net"].tolist() == [100.0, 100.0]
    assert booked_sales(SOLD, set(), ()).empty


def test_unit_costs_are_brought_to_what_the_books_take_where_they_take_any():
    at = at_booked_cost(SOLD, booked(("2025-02", "HOME", "cost", "D1", 15.0), ("2023-02", "ABROAD", "cost", "D1", 9.0)), AS_OF)
    assert at["cost"].tolist() == [15.0, 60.0, 20.0, 5.0]
    nothing = SOLD.assign(cost=0.0)
    assert at_booked_cost(nothing, booked(("2025-02", "HOME", "cost", "D1", 15.0)), AS_OF)["cost"].tolist() == [0.0] * 4


def test_goods_of_which_nothing_is_told_came_in_when_they_were_sold_at_their_cost():
    none = pd.DataFrame({"entity": [], "item": [], "date": pd.to_datetime([]), "quantity": [], "amount": []})
    came = bought_as_sold(SOLD[SOLD["entity"].isin(["HOME", "ABROAD"])], none, {"HOME"})
    assert came[["entity", "item", "quantity", "amount"]].to_numpy().tolist() == [["ABROAD", "P1", 10.0, 60.0], ["ABROAD", "P2", 5.0, 20.0]]
    assert bought_as_sold(SOLD, none, set(SOLD["entity"])) is none


def test_what_the_books_hold_beyond_the_orders_runs_on_in_the_department_that_books_most():
    history = booked(("2025-01", "HOME", "sales", "D1", 80.0), ("2025-02", "HOME", "sales", "D1", 90.0),
                     ("2025-02", "HOME", "sales", "D2", 30.0), ("2025-02", "HOME", "rent", "D2", 5.0))  # fmt: skip
    beyond = beyond_orders(history, SOLD, {"sales": "net"}, AS_OF).set_index(["account", "cost_centre", "period"])["amount"]
    assert beyond.groupby("account").sum().to_dict() == {"rent": 5.0, "sales": 100.0}
    assert beyond["sales", "D1", pd.Timestamp("2025-02-01")] == -10.0 and beyond["sales", "D1", pd.Timestamp("2025-01-01")] == 80.0


def test_orders_before_the_account_was_ever_booked_on_are_nobody_s_and_without_any_told_nothing_is_taken_off():
    history = booked(("2025-03", "HOME", "sales", "D1", 80.0))
    assert beyond_orders(history, SOLD, {"sales": "net"}, AS_OF)["amount"].tolist() == [80.0]
    assert beyond_orders(history, SOLD, {}, AS_OF)["amount"].tolist() == [80.0]


def test_how_far_orders_and_books_agree_is_told_with_what_is_booked_nowhere():
    rows = booked(("2025-02", "ABROAD", "sales", "D1", 150.0), ("2025-02", "HOME", "sales", "D1", 90.0))
    table = orders_beside_books(SOLD, rows, Orders("", ("shop",), {"sales": "net"}), CALENDAR).set_index("entity")
    assert table[["booked", "ordered", "elsewhere"]].T.to_dict("list") == {
        "ABROAD": [150.0, 100.0, 40.0], "ELSEWHERE": [0.0, 0.0, 7.0], "HOME": [90.0, 100.0, 0.0],
    }  # fmt: skip
