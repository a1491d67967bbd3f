"""Accounts from codes and names alone: what the made-up group's list says is withheld, and compared with afterwards."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd
import pytest

from planning.core.sides import natural_sides
from planning.inputs.new.chart import build_chart, follows_standard
from planning.inputs.new.questions import Doubts

COLUMNS = ["code", "label_en", "label_zh", "parent", "kind", "operator", "effect", "better", "aggregation", "unit", "scale"]


def chart(rows: dict[str, tuple[str, str]], answers: dict[str, str] | None = None):
    """The chart of these codes with their names in Chinese and English."""
    seen = pd.DataFrame([(code, en, zh) for code, (zh, en) in rows.items()], columns=COLUMNS[:3]).reindex(columns=COLUMNS, fill_value="")
    doubts = Doubts(answers or {})
    return build_chart(seen, doubts, "CNY").set_index("code"), doubts


def sides(accounts):
    table = accounts.reset_index().astype({"weight": float, "effect": int})
    return natural_sides(table.assign(parent=table["parent"].where(table["parent"] != "", None)), ["assets"], ["liabilities_equity"])


def test_of_the_made_up_group_95_in_100_accounts_are_right_and_the_others_are_asked():
    catalogue = files("planning.inputs.sample").joinpath("catalogue/accounts.csv")
    truth = pd.read_csv(catalogue.open(encoding="utf-8"), dtype=str, keep_default_na=False).set_index("code")
    found, doubts = chart({code: (row["label_zh"], row["label_en"]) for code, row in truth.iterrows()})
    told, known = sides(found), sides(truth)
    wrong = {
        code for code in truth.index
        if found.at[code, "kind"] != truth.at[code, "kind"] or found.at[code, "aggregation"] != truth.at[code, "aggregation"]
        or (truth.at[code, "kind"] != "statistical" and told.get(code) != known.get(code))
        or (truth.at[code, "parent"][:1].isdigit() and found.at[code, "parent"] != truth.at[code, "parent"])
    }  # fmt: skip
    assert len(wrong) <= 0.05 * len(truth)
    assert {f"account.{code}" for code in wrong} <= {question.id for question in doubts.open}


def test_contra_accounts_take_off_and_sub_accounts_follow_their_prefix():
    found, _ = chart(
        {"1601": ("固定资产", ""), "1602": ("累计折旧", ""), "160201": ("累计折旧—房屋", ""), "2202": ("应付账款", ""), "220201": ("", "")}
    )
    assert found.loc["1602", ["kind", "weight", "parent"]].tolist() == ["balance", -1, "non_current_assets"]
    assert found.loc["160201", ["parent", "weight"]].tolist() == ["1602", 1]
    assert sides(found)["160201"] == -1 and sides(found)["220201"] == -1 and sides(found)["1601"] == 1


def test_cost_of_production_stays_out_of_profit():
    found, _ = chart(
        {
            "5001": ("生产成本", ""),
            "5101": ("制造费用", ""),
            "6001": ("主营业务收入", ""),
            "6401": ("主营业务成本", ""),
            "1002": ("银行存款", ""),
        }
    )
    assert found.loc[["5001", "6001", "6401"], "effect"].tolist() == [0, 1, -1] and found.at["5001", "parent"] == ""


def test_another_numbering_is_told_by_names():
    names = {
        "100": "Cash at bank",
        "110": "Accounts receivable",
        "200": "Accounts payable",
        "400": "Consulting revenue",
        "500": "Office rent",
    }
    seen = {code: ("", name) for code, name in names.items()}
    found, _ = chart(seen)
    assert found["kind"].reindex(names).tolist() == ["balance", "balance", "balance", "revenue", "expense"]
    assert found.at["200", "parent"] == "current_liabilities"


def test_the_same_codes_with_other_names_are_not_the_standard_numbering():
    rows = {"1001": "办公费", "1002": "差旅费", "1122": "广告费", "2001": "销售收入"}
    assert not follows_standard(pd.DataFrame({"code": rows.keys(), "label_zh": rows.values(), "label_en": ""}))


@pytest.mark.parametrize("name", ["Zyxwv", "其他"])
def test_what_nothing_tells_is_asked(name):
    _, doubts = chart({"X9": (name, name)})
    assert [question.id for question in doubts.open] == ["account.X9"]


def test_a_list_with_parents_operators_and_types_is_followed():
    rows = [
        ("1", "Net income", "", "Revenue", "+"), ("2", "Net sales", "1", "Revenue", "+"), ("3", "Gross sales", "2", "Revenue", "+"),
        ("4", "Returns", "2", "Expenditures", "-"), ("5", "Operating expenses", "1", "Expenditures", "-"),
        ("6", "Headcount", "", "Statistical", "~"),
    ]  # fmt: skip
    seen = pd.DataFrame([(code, name, "", parent, kind, sign) for code, name, parent, kind, sign in rows], columns=COLUMNS[:6])
    found = build_chart(seen.reindex(columns=COLUMNS, fill_value=""), Doubts(), "USD").set_index("code")
    assert found["kind"].tolist() == ["result", "revenue", "revenue", "expense", "expense", "statistical"]
    assert found["weight"].tolist() == [1, 1, 1, -1, -1, 1] and found["parent"].tolist() == ["", "1", "2", "2", "1", ""]
