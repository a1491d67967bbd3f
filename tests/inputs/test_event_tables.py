"""Event tables: read, typed and kept; bad input gets one clear list; what is odd becomes a finding."""

from __future__ import annotations

import gzip
import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
from toyland import findings

from planning.core.errors import RequestError
from planning.core.events import EVENTS
from planning.inputs.company import read_company

FILES = {
    "orders": "who,on,pieces,paid\nann,2021-03-01,1,9.99\nann,20210301,2,20\nbo,2021-03-02,1,0\n",
    "customers": "id,months,fee,billed,gone,plan,age\n1,5,10.5,52.5,No,basic,30\n2,0,20,,Yes,gold,41\n",
    "campaigns": "week,tv,web,clicks\n2021-03-01,100,50,7\n2021-03-08,0,60,9\n2021-03-15,20,10,3\n",
    "sales": "week,sold\n2021-03-01,1000\n2021-03-08,900\n2021-03-15,950\n",
    "conditions": "week,fair\n2021-03-01,na\n2021-03-08,spring\n2021-03-15,na\n",
    "cash_flows": "project,period,amount,lower,upper,label_en,label_zh\nmill,2021-01,-1,-2,-1,Mill,磨\nmill,2022-01,150,,,Mill,磨\n",
    "indicators": (
        "code,label_en,label_zh,measure,better,target,floor,ceiling,weight,owner,unit\n"
        "pay,Pay,薪酬,execution_rate,down,1,1.2,0.9,2,Budget office,rate\n"
    ),
}
PLANS = {"basic": ["basic", "基本"], "gold": ["gold", "金"]}
COLUMNS = {
    "orders": {"columns": {"customer": "who", "date": "on", "quantity": "pieces", "amount": "paid"}},
    "customers": {
        "columns": {"customer": "id", "tenure": "months", "monthly_charge": "fee", "total_charge": "billed", "left": "gone"},
        "values": {"left": {"Yes": "yes", "No": "no"}},
        "attributes": {
            "plan": {"column": "plan", "label_en": "Plan", "label_zh": "套餐", "values": PLANS},
            "age": {"column": "age", "label_en": "Age", "label_zh": "年龄"},
        },
    },
    "campaigns": {
        "columns": {"period": "week"},
        "each": [
            {"set": {"channel": "tv"}, "columns": {"spend": "tv"}},
            {"set": {"channel": "web"}, "columns": {"spend": "web", "exposure": "clicks"}},
        ],
        "labels": {"tv": ["TV", "电视"], "web": ["Web", "网络"]},
    },
    "sales": {"columns": {"period": "week", "amount": "sold"}},
    "conditions": {
        "columns": {"period": "week"},
        "each": [{"set": {"condition": "fair"}, "columns": {"value": "fair"}}],
        "values": {"value": {"na": "0", "spring": "1"}},
    },
    "cash_flows": {"columns": {name: name for name in EVENTS["cash_flows"]}},
    "indicators": {"columns": {name: name for name in EVENTS["indicators"]}},
}


@pytest.fixture
def shop(toyland):
    """Toyland with every event table."""
    toyland.settings["tables"] = {name: {"file": f"{name}.csv", **described} for name, described in COLUMNS.items()}
    for name, text in FILES.items():
        toyland.file(f"data/{name}.csv", text)
    return toyland


def only_events(toyland):
    """The same company without a ledger or its dimension tables."""
    for name in ("sources", "roles", "tolerances"):
        toyland.settings.pop(name)
    for name in ("accounts.csv", "cost_centres.csv", "entities.csv", "data/ledger.csv", "data/budget.csv"):
        toyland.file(name, None)


# What is read


def test_every_table_is_read_typed_and_kept_in_the_snapshot(shop):
    taken = shop.load()
    assert {name: len(taken.event(name)) for name in COLUMNS} == {
        "orders": 3, "customers": 2, "campaigns": 6, "sales": 3, "conditions": 3, "cash_flows": 2, "indicators": 1,
    }  # fmt: skip
    assert taken.event("orders")["date"].dt.day.tolist() == [1, 1, 2] and taken.event("orders")["amount"].tolist() == [9.99, 20.0, 0.0]
    customers = taken.event("customers")
    assert customers["left"].tolist() == [False, True] and customers["plan"].tolist() == ["basic", "gold"]
    assert customers["age"].tolist() == [30.0, 41.0] and customers["total_charge"].isna().tolist() == [False, True]


def test_a_wide_table_becomes_a_row_for_each_part_and_texts_get_their_meaning(shop):
    taken = shop.load()
    campaigns = taken.event("campaigns").set_index(["channel", "period"]).sort_index()
    assert campaigns.loc["tv", "spend"].tolist() == [100.0, 0.0, 20.0] and campaigns.loc["tv", "exposure"].isna().all()
    assert campaigns.loc["web", "exposure"].tolist() == [7.0, 9.0, 3.0]
    assert taken.event("conditions")["value"].tolist() == [0.0, 1.0, 0.0]


def test_a_company_may_have_events_and_no_ledger(shop):
    only_events(shop)
    taken = shop.load()
    assert taken.rows.empty and taken.controls.empty and taken.accounts.empty and len(taken.event("orders")) == 3


def test_a_table_that_the_company_has_not_is_refused_with_the_way_to_it(toyland):
    with pytest.raises(RequestError, match=r"no orders, expected a table orders; describe it in company.yaml, tables"):
        toyland.load().event("orders")


def test_a_changed_event_is_another_snapshot_and_the_order_of_rows_is_not(shop):
    first = shop.take_in().snapshot
    head, *lines = FILES["orders"].splitlines()
    shop.file("data/orders.csv", "\n".join([head, *lines[::-1]]) + "\n")
    assert shop.take_in().snapshot == first
    shop.file("data/orders.csv", FILES["orders"].replace("9.99", "9.98"))
    assert shop.take_in().snapshot != first


def test_names_of_attributes_and_channels_come_in_both_languages(shop):
    shop.write()
    about = read_company(shop.folder)
    assert about.labels("campaigns").to_dict("records")[1] == {"code": "web", "label_en": "Web", "label_zh": "网络"}
    assert about.attributes.query("value == 'gold'")[["label_en", "value_zh"]].values.tolist() == [["Plan", "金"]]
    assert about.attributes.query("attribute == 'age'")["value"].tolist() == [""] and about.labels("orders").empty


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_tables_are_also_read_from_other_kinds_of_file(shop, suffix, tmp_path):
    first = shop.load()
    table = pd.read_csv(shop.folder / "data" / "customers.csv")
    (table.to_parquet if suffix == ".parquet" else table.to_excel)(shop.folder / "data" / f"customers{suffix}", index=False)
    shop.file("data/customers.csv", None)
    pd.testing.assert_frame_equal(shop.load().event("customers"), first.event("customers"))


def test_values_may_stand_apart_by_blanks(shop):
    shop.file("data/orders.csv", None)
    shop.settings["tables"]["orders"]["file"] = "orders.txt"
    shop.file("data/orders.txt", " who  on paid  pieces\n\nann 20210301   9.99  1\nbo 20210302 0 2\n")
    assert shop.load().event("orders")["quantity"].tolist() == [1.0, 2.0]


def test_a_table_may_lie_beside_the_params_while_the_rest_lies_elsewhere(shop):
    shop.settings["tables"]["indicators"]["data"] = {"folder": "."}
    shop.file("data/indicators.csv", None)
    shop.file("indicators.csv", FILES["indicators"])
    assert len(shop.load().event("indicators")) == 1
    elsewhere = shop.folder / "elsewhere"
    shutil.copytree(shop.folder / "data", elsewhere)
    assert shop.take_in(elsewhere).events["indicators"] == 1


# Pickles: only from a package in the lock, and only frames


def frame_of(toyland, content):
    toyland.file("data/orders.csv", None)
    toyland.settings["tables"]["orders"]["file"] = "orders.pkl.compress"
    toyland.file("data/orders.pkl.compress", gzip.compress(pickle.dumps(content)))


def test_a_plain_frame_is_read_from_a_pickle(shop):
    frame_of(shop, pd.DataFrame({"who": ["ann"], "on": ["2021-03-01"], "pieces": [1], "paid": [2.5]}))
    assert shop.load().event("orders")["amount"].tolist() == [2.5]


class Evil:
    """Would print when unpickled."""

    def __reduce__(self):
        return (print, ("run",))


def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(shop, capsys):
    frame_of(shop, Evil())
    assert any("builtins.print" in problem for problem in shop.refused())
    assert "run" not in capsys.readouterr().out


def test_a_pickle_of_something_else_is_refused(shop):
    frame_of(shop, {"a": 1})
    assert any("holds a dict, expected a frame" in problem for problem in shop.refused())


def test_no_pickle_is_read_from_a_folder_that_somebody_gives(shop, tmp_path):
    frame_of(shop, pd.DataFrame({"who": ["ann"]}))
    shop.write()
    assert any("not a kind of file that is read here" in problem for problem in shop.refused(shop.folder / "data"))


# Bad input

SPAN = "expected a day from 2020-01-01 to 2026-12-31"


@pytest.mark.parametrize(
    ("table", "line", "expected"),
    [
        ("orders", ",2021-03-01,1,1", "orders, row 5: wrong customer, expected a value, got ''"),
        ("orders", "ann,yesterday,1,1", "orders, row 5: wrong date, expected a date such as 2021-03-31, got 'yesterday'"),
        ("orders", "ann,2021-02-30,1,1", f"orders, row 5, date: period outside the calendar, {SPAN}, got '2021-02-30'"),
        ("orders", "ann,1999-01-01,1,1", f"orders, row 5, date: period outside the calendar, {SPAN}, got '1999-01-01'"),
        ("orders", "ann,2021-03-01,one,1", "orders, row 5: wrong quantity, expected a number, got 'one'"),
        ("orders", "ann,2021-03-01,-1,1", "orders, row 5: wrong quantity, expected at least 0, got -1"),
        ("orders", "ann,2021-03-01,1,", "orders, row 5: wrong amount, expected a number, got ''"),
        ("orders", "ann,2021-03-01,1,1e999", "orders, row 5: wrong amount, expected a finite number, got 1e999"),
        ("customers", "3,-1,10,10,No,basic,30", "customers, row 4: wrong tenure, expected at least 0, got -1"),
        ("customers", "3,1,0,10,No,basic,30", "customers, row 4: wrong monthly_charge, expected more than 0, got 0"),
        ("customers", "3,1,1,10,Maybe,basic,30", "expected yes or no: say in company.yaml, values, which text means which, got 'Maybe'"),
        ("customers", "3,1,1,10,No,silver,30", "customers, row 4: wrong plan, expected one of basic, gold, got 'silver'"),
        ("customers", "3,1,1,10,No,basic,old", "wrong age, expected a number, or name its values in company.yaml, got 'old'"),
        ("campaigns", "2021-03-22,-5,1,1", "campaigns, row 5: wrong spend, expected at least 0, got -5"),
        ("campaigns", "2021-03-22,5,1,many", "campaigns, row 5: wrong exposure, expected a number, got 'many'"),
        ("sales", "2021-03-22,none", "sales, row 5: wrong amount, expected a number, got 'none'"),
        ("conditions", "2021-03-22,autumn", "conditions, row 5: wrong value, expected a number, got 'autumn'"),
        ("cash_flows", "mill,2023-01,5,6,7,Mill,磨坊", "wrong span, expected lower ≤ amount ≤ upper, or neither of the two, got 6 … 5 … 7"),
        ("cash_flows", "mill,2023-01,5,4,,Mill,磨坊", "cash_flows, row 4: wrong span"),
        ("cash_flows", "mill,soon,5,,,Mill,磨坊", "cash_flows, row 4: wrong period, expected a date such as 2021-03-31, got 'soon'"),
        ("indicators", "x,X,甲,m,up,1,0,1,0,Office,rate", "indicators, row 3: wrong weight, expected more than 0, got 0"),
        ("indicators", "x,X,甲,m,upward,1,0,1,1,Office,rate", "wrong better, expected one of up, down, on_target, got 'upward'"),
        ("indicators", "x,X,甲,m,up,1,2,2,1,Office,rate", "indicators, row 3: wrong ceiling, expected another than floor, got 2"),
        ("indicators", "x,X,,m,up,1,0,1,1,Office,rate", "indicators, row 3: wrong label_zh, expected a value, got ''"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_row_and_nothing_is_stored(shop, table, line, expected):
    shop.file(f"data/{table}.csv", FILES[table] + line + "\n")
    problems = shop.refused()
    assert len(problems) == 1 and expected in problems[0], problems


def test_the_problems_of_ledger_and_tables_come_in_one_list(shop):
    shop.line("01,Toys,2021,3,many")
    shop.file("data/orders.csv", FILES["orders"] + "ann,2021-03-01,one,1\n")
    shop.file("data/sales.csv", None)
    said = "\n".join(shop.refused())
    assert "got 'many'" in said and "got 'one'" in said and "sales.csv: missing file" in said


def test_a_missing_column_of_the_file_and_an_empty_file_are_told(shop):
    shop.file("data/orders.csv", "who,on,pieces\nann,2021-03-01,1\n")
    shop.file("data/sales.csv", "week,sold\n")
    expected = ["orders, orders.csv: missing column paid", "sales: no rows, expected at least one"]
    assert [problem.strip() for problem in shop.refused()] == expected


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("orders", {"columns": {"customer": "who", "date": "on", "quantity": "pieces"}}, "tables.orders: missing column amount"),
        ("orders", {"columns": {**COLUMNS["orders"]["columns"], "prise": "paid"}}, "tables.orders: unknown column, got prise"),
        ("orders", {"attributes": COLUMNS["customers"]["attributes"]}, "tables.orders: attributes, expected only customers and"),
        ("orders", {"labels": {"a": ["A", "甲"]}}, "tables.orders: labels, expected only channels and conditions have them here"),
        ("orders", {"columns": {**COLUMNS["orders"]["columns"]}, "file": None}, "tables.orders: give either file or url"),
        ("campaigns", {"labels": {"tv": ["TV"]}}, "tables.campaigns.labels.tv: List should have at least 2 items"),
    ],
)  # fmt: skip
def test_a_wrong_description_is_told(shop, table, change, expected):
    shop.settings["tables"][table] |= change
    assert any(expected in problem for problem in shop.refused()), shop.refused()


def test_an_unknown_table_and_a_company_that_reads_nothing_are_told(shop):
    shop.settings["tables"]["ordres"] = COLUMNS["orders"]
    assert any("tables.ordres" in problem for problem in shop.refused())
    only_events(shop)
    shop.settings["tables"] = {}
    assert any("nothing to read: give sources or tables" in problem for problem in shop.refused())


# Findings


def test_a_key_twice_a_hole_a_gap_and_an_orphan_are_findings_and_nothing_is_lost(shop):
    shop.file("data/customers.csv", FILES["customers"] + "2,1,20,20,No,gold,41\n")
    shop.file("data/sales.csv", "week,sold\n2021-03-01,1\n2021-03-08,1\n2021-03-15,1\n2021-03-29,1\n2021-04-05,1\n2021-04-05,1\n")
    shop.file("data/campaigns.csv", FILES["campaigns"] + "2021-03-22,1,1,1\n")
    taken = shop.take_in()
    assert findings(taken) == [
        ("campaigns", "orphan", "2021-03-22 to 2021-03-22", "open"),
        ("customers", "duplicate", "2", "open"),
        ("customers", "missing", "total_charge", "open"),
        ("sales", "duplicate", "2021-04-05", "open"),
        ("sales", "gap", "2021-03-29", "open"),
    ]  # fmt: skip
    assert taken.events == {"orders": 3, "customers": 3, "campaigns": 8, "sales": 6, "conditions": 3, "cash_flows": 2, "indicators": 1}


def test_the_same_purchase_twice_is_no_finding(shop):
    shop.file("data/orders.csv", FILES["orders"] + "bo,2021-03-02,1,0\n")
    assert findings(shop.take_in()) == [("customers", "missing", "total_charge", "open")]


def test_a_decision_about_a_table_is_kept(shop):
    shop.settings["accepted"] = [{"control": "customers", "where": "total_charge", "reason": "not billed yet", "owner": "Billing"}]
    taken = shop.take_in()
    assert findings(taken) == [("customers", "missing", "total_charge", "accepted")]
    assert taken.findings["reason"].tolist() == ["not billed yet"]


def test_numbers_keep_the_precision_of_their_source(shop):
    shop.file("data/sales.csv", "week,sold\n2021-03-01,2754371.66666667\n2021-03-08,1\n2021-03-15,1\n")
    assert np.isclose(shop.load().event("sales")["amount"].iloc[0], 2754371.66666667, rtol=0, atol=1e-9)
