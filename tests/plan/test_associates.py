"""Booked months of companies without control: the owner's share of their profit."""

from types import SimpleNamespace

import pandas as pd

from planning.core.accounts import AccountTree
from planning.plan.associates import with_associates

CODES = {
    "profit": (None, 1, "result"), "sales": ("profit", 1, "revenue"), "cost": ("profit", -1, "expense"), "share": ("profit", 1, "revenue"),
}  # fmt: skip
CHART = pd.DataFrame([
    {"code": code, "parent": parent, "label_en": code, "label_zh": code, "kind": kind, "weight": weight, "effect": weight, "better": "up",
     "aggregation": "flow", "unit": "USD", "scale": 2} for code, (parent, weight, kind) in CODES.items()
])  # fmt: skip
GROUP = SimpleNamespace(
    entities=pd.DataFrame({"code": ["TOP", "SUB", "QUARTER"], "parent": [None, "TOP", "SUB"]}),
    ownership=pd.DataFrame({"entity": ["SUB", "QUARTER"], "owned": [1.0, 0.25], "method": ["full", "equity"],
                            "from": pd.to_datetime(["1900-01-01", "2025-02-01"])}),
    accounts=SimpleNamespace(associate_income="share"),
)  # fmt: skip


def rows(*said):
    table = pd.DataFrame(said, columns=["entity", "account", "period", "amount"]).assign(
        scenario="actual", version="", case="base", cost_centre="D1", layer="booked", grain="month", source="ledger"
    )
    return table.assign(period=pd.to_datetime(table["period"]), known=pd.Timestamp("2025-06-01"))


def told(*said):
    found = with_associates(rows(*said), AccountTree(CHART), "profit", GROUP)
    return found[["entity", "account", "amount"]].to_numpy().tolist()


def test_a_quarter_of_one_that_sells_100_at_a_cost_of_60_is_10():
    assert told(("QUARTER", "sales", "2025-02", 100.0), ("QUARTER", "cost", "2025-02", 60.0)) == [["SUB", "share", 10.0]]


def test_companies_under_control_and_the_top_stay_as_they_are():
    said = [("TOP", "cost", "2025-02", 5.0), ("SUB", "sales", "2025-02", 9.0)]
    assert told(*said) == [["TOP", "cost", 5.0], ["SUB", "sales", 9.0]]


def test_before_it_is_held_a_company_is_in_nobody_s_figures():
    assert told(("QUARTER", "sales", "2025-01", 100.0), ("SUB", "sales", "2025-01", 9.0)) == [["SUB", "sales", 9.0]]
