"""The pack: lines in the order in which a statement is read, and what a budget has nothing for stays open."""

import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.plan.pack import Pack, below, pack_table, reading_order, rolled, weight_in

CHART = """
profit - result 1
before_tax profit result 1
revenue before_tax revenue 1
goods revenue revenue 1
returns revenue revenue -1
g1 goods revenue 1
g2 goods revenue 1
costs before_tax expense -1
c1 costs expense 1
c2 costs expense 1
c11 c1 expense 1
c12 c1 expense 1
tax profit expense -1
"""


@pytest.fixture
def tree():
    rows = [line.split() for line in CHART.strip().split("\n")]
    table = pd.DataFrame(rows, columns=["code", "parent", "kind", "weight"]).astype({"weight": float})
    named = table.assign(parent=table["parent"].replace("-", None), label_en=table["code"], label_zh=table["code"])
    return AccountTree(named.assign(effect=1, better="up", aggregation="flow", unit="CNY", scale=2))


def test_a_statement_is_read_from_revenue_down_each_total_below_its_parts(tree):
    lines = reading_order(tree, "profit")
    assert lines["line"].tolist() == ["goods", "returns", "revenue", "c1", "c2", "costs", "before_tax", "tax", "profit"]
    assert lines.loc[lines["is_total"], "line"].tolist() == ["revenue", "costs", "before_tax", "profit"]


def test_accounts_are_lines_of_every_level_with_their_signs(tree):
    rows = pd.DataFrame({"account": ["g1", "g2", "returns", "c11", "c2", "tax"], "number": 1, "amount": [100.0, 50, 10, 60, 20, 15]})
    found = rolled(rows, tree, reading_order(tree, "profit")["line"]).set_index("line")["amount"].to_dict()
    assert [found[line] for line in ("goods", "returns", "revenue", "c1", "c2", "costs")] == [150, 10, 140, 60, 20, 80]
    assert [found[line] for line in ("before_tax", "tax", "profit")] == [60, 15, 45]
    assert weight_in(tree, "returns", "profit") == -1 and weight_in(tree, "c11", "profit") == -1 and weight_in(tree, "g1", "profit") == 1
    assert below(tree, "c1", "tax") == {"c1", "c11", "c12", "tax"}


def months(line, view, amounts):
    return pd.DataFrame({"line": line, "view": view, "number": range(1, 13), "amount": amounts})


def test_a_month_the_year_to_it_and_the_whole_year_stand_side_by_side(tree):
    told = pd.concat([months("goods", "draft", range(1, 13)), months("goods", "prior", [1.0] * 12)], ignore_index=True)
    table = pack_table(Pack(reading_order(tree, "profit"), told, []), 3).set_index("line")
    goods = table.loc["goods"]
    assert goods[["month_draft", "to_date_draft", "year_draft"]].tolist() == [3, 6, 78]
    assert goods[["month_prior", "to_date_prior", "year_prior"]].tolist() == [1, 3, 12]
    assert goods[["month_budget", "year_forecast"]].isna().all()
    assert "returns" not in table.index and "profit" in table.index  # lines that never move go, totals stay
