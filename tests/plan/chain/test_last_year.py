"""What balances of the past are set against: flows of the plan at the size that the company had then."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.model.drivers import Drivers
from planning.model.ledger import Ledger
from planning.plan.chain.basis import size_of_last_year, with_payment_days
from planning.plan.chain.meanings import neutral
from planning.plan.chain.money import Settlement

AS_OF = pd.Timestamp("2025-12-01")
PAST, AHEAD = pd.date_range("2025-01-01", AS_OF, freq="MS"), pd.date_range("2026-01-01", periods=15, freq="MS")
CHART = pd.DataFrame({"code": ["profit", "sales", "owed"], "parent": [None, "profit", None], "kind": ["total", "revenue", "balance"]})
CHART = CHART.assign(aggregation=["flow", "flow", "stock"], label_en="x", label_zh="x", weight=1, effect=0, better="up")
TREE = AccountTree(CHART.assign(unit="CNY", scale=2))
ASKED = SimpleNamespace(as_of=AS_OF, when=pd.Timestamp("2026-01-10"))
WIRING = SimpleNamespace(
    tree=TREE, sides={"sales": -1, "owed": -1}, running=["profit"], settlements=[Settlement("owed", "bank", "goods")],
    leaves=lambda nodes: [leaf for node in nodes for leaf in TREE.leaves(node)],
)  # fmt: skip


def ledger(**earned):
    """Each company earns so much a month, and owes half of it."""
    rows = [(who, "none", account, "none", "none", "sale") for who in earned for account in ("sales", "owed")]
    lines = pd.DataFrame(rows, columns=["entity", "cost_centre", "account", "partner", "movement", "event"])
    cents = [-round(100 * amount * share) for amount in earned.values() for share in (1, 0.5)]
    return Ledger(lines, np.repeat(np.array(cents, dtype=np.int64)[:, None, None], len(AHEAD), axis=1), AHEAD)


def books(**earned):
    known = {"scenario": "actual", "grain": "month", "cost_centre": "D1", "account": "sales", "known": AS_OF, "source": "x"}
    return pd.concat([pd.DataFrame({"entity": who, "period": PAST, "amount": float(amount), **known}) for who, amount in earned.items()])


def test_a_company_that_grows_was_smaller_and_one_that_hardly_sells_is_as_it_is():
    size = size_of_last_year(ledger(shop=125, holding=1), books(shop=100, holding=10), WIRING, ASKED)
    assert size.to_dict() == pytest.approx({"holding": 1.0, "shop": 0.8})


def test_days_of_a_company_that_grows_are_those_of_its_books():
    """A month's worth was owed at each month's end while it earned 100; planned is 125 a month, which was no other term."""
    drivers = Drivers().with_measured(neutral())
    balances = pd.DataFrame({"entity": "shop", "account": "owed", "period": PAST, "amount": -50.0})
    grown = ledger(shop=125)
    size = size_of_last_year(grown, books(shop=100), WIRING, ASKED)
    days = with_payment_days(drivers, grown, balances, WIRING, AS_OF, size)["payment_days"].measured
    assert days["value"].tolist() == pytest.approx([30.0], abs=0.01)
