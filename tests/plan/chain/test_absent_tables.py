"""The tables of a plan: what a company doesn't keep is there without rows."""

import pandas as pd
import pytest

from planning.core.events import EVENTS, no_events
from planning.plan.chain.tables import RETURNED, find_returned, find_sold, find_table

SOLD = pd.DataFrame({
    "period": pd.to_datetime(["2025-02-01"] * 3), "entity": "HOME", "channel": "dealer", "store": ["C1", "C2", None],
    "category": [None, None, "pots"], "product": ["P1", "P1", "P2"], "units": [1.0, 2.0, 3.0], "gross": 10.0, "net": 9.0,
    "vat": [0.0, 1.0, 0.0], "cost": 5.0,
})  # fmt: skip
PRODUCTS = pd.DataFrame({"product": ["P1", "P2"], "category": ["pans", "lids"]})
STORES = pd.DataFrame({"store": ["C1"]})


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_table_that_is_not_kept_has_its_columns_and_no_rows(name):
    table = find_table(name, (), lambda name: pytest.fail("asked for what isn't there"))
    assert table.empty and list(table.columns) == list(EVENTS[name]) and table.equals(no_events(name))


def test_a_table_that_is_kept_is_as_it_is_but_for_rows_of_no_company():
    kept = pd.DataFrame({"entity": ["HOME", None], "item": ["P1", "P1"]})
    assert find_table("inventory", ["inventory"], lambda name: kept)["entity"].tolist() == ["HOME"]


def test_a_category_is_that_of_the_line_or_else_of_the_product():
    found = find_sold(lambda sql: SOLD, PRODUCTS, STORES.iloc[:0])
    assert found.set_index("category")["units"].to_dict() == {"pans": 3.0, "pots": 3.0}
    assert find_sold(lambda sql: SOLD, PRODUCTS.iloc[:0], STORES)["category"].tolist() == ["none", "none", "pots"]


def test_stores_are_told_apart_where_the_company_keeps_a_list_of_its_own():
    assert find_sold(lambda sql: SOLD, PRODUCTS, STORES)["store"].tolist() == ["C1", "C2", "none"]
    assert set(find_sold(lambda sql: SOLD, PRODUCTS, STORES.iloc[:0])["store"]) == {"none"}


def test_nothing_came_back_where_returns_are_not_kept():
    assert find_returned(lambda sql: pytest.fail("asked"), ["order_lines"]).dtypes.astype(str).to_dict() == RETURNED
