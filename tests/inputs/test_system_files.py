"""Files as their systems write them: encodings, thousands, days, folders of files, and folders that the environment names."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from toyland import BUDGET, LEDGER, figures

STOCK = "公司,日期,存货编码,数量,金额\nhq,2021年1月31日,M-1,1200,\"1,234,567.50\"\nhq,2021年2月28日,M-1,900,\"-12,000\"\n"
INVENTORY = {
    "file": "inventory.csv", "encoding": "gb18030", "thousands": ",", "dates": "%Y年%m月%d日",
    "columns": {"entity": "公司", "date": "日期", "item": "存货编码", "quantity": "数量", "value": "金额"},
}  # fmt: skip


@pytest.fixture
def warehouse(toyland):
    """Toyland with a stock list of a Chinese system."""
    toyland.settings["tables"] = {"inventory": dict(INVENTORY)}
    toyland.file("data/inventory.csv", STOCK.encode("gb18030"))
    return toyland


# Encodings


def test_a_file_is_read_in_the_encoding_it_is_said_to_have(warehouse):
    stock = warehouse.load().event("inventory")
    assert stock["entity"].tolist() == ["hq", "hq"] and stock["value"].tolist() == [1234567.5, -12000.0]
    assert stock["date"].dt.strftime("%Y-%m-%d").tolist() == ["2021-01-31", "2021-02-28"]


def test_a_ledger_may_come_in_another_encoding_too(toyland):
    expected = figures(toyland.load())
    toyland.ledger["encoding"] = "gb18030"
    toyland.ledger["account"]["map"] = {**toyland.ledger["account"]["map"], "玩具": "toys"}
    toyland.file("data/ledger.csv", LEDGER.replace("Toys", "玩具").encode("gb18030"))
    assert figures(toyland.load()) == expected


def test_a_wrong_encoding_is_told_with_its_line_its_byte_and_what_would_read_it(warehouse):
    del warehouse.settings["tables"]["inventory"]["encoding"]
    (problem,) = warehouse.refused()
    assert "inventory.csv, line 1: can't be read, expected text in utf-8, got byte 0xb9" in problem
    assert "say encoding: gb18030 in company.yaml (the file reads as gb18030" in problem


def test_the_line_is_the_first_that_does_not_fit(warehouse):
    warehouse.file("data/inventory.csv", STOCK.encode() + "hq,2021年3月31日,货,1,1\n".encode("gb18030"))
    del warehouse.settings["tables"]["inventory"]["encoding"]
    assert "inventory.csv, line 4" in warehouse.refused()[0]


def test_text_in_utf_8_is_not_taken_for_another_encoding(warehouse):
    """It would be read without an error, as other characters."""
    warehouse.file("data/inventory.csv", STOCK)
    assert "expected text in gb18030, got text in utf-8; leave encoding out" in warehouse.refused()[0]


def test_a_file_cut_in_the_middle_of_a_character_is_told(warehouse):
    warehouse.file("data/inventory.csv", STOCK.encode("gb18030") + "货".encode("gb18030")[:1])
    assert "can't be read, expected text in gb18030, got an end in the middle of a character" in warehouse.refused()[0]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(warehouse, monkeypatch):
    monkeypatch.setattr("planning.inputs.encodings.LONGEST", 1000)
    warehouse.file("data/inventory.csv", (STOCK + "hq,2021年3月31日," + "x" * 2000).encode("gb18030"))
    assert "line too long, expected fewer than 1,000 characters" in warehouse.refused()[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"encoding": "klingon"}, "tables.inventory: unknown encoding klingon"),
        ({"thousands": "x"}, "tables.inventory.thousands"),
        ({"dates": "31.1."}, "tables.inventory: 31.1. is no form of dates such as %Y/%m/%d"),
        ({"table": "stock"}, "table and query are a database's"),
        ({"file": None, "url": "sqlite:///x"}, "a database needs a table or a query"),
    ],
)
def test_a_way_of_writing_that_nobody_knows_is_told(warehouse, change, expected):
    warehouse.settings["tables"]["inventory"] |= change
    assert any(expected in problem for problem in warehouse.refused())


# Numbers and days


@pytest.mark.parametrize("written", ["12,34", "1,2345", ",123", "1,234,5", "1,234.5.6"])
def test_marks_in_other_places_make_no_number(warehouse, written):
    warehouse.file("data/inventory.csv", STOCK.replace("1,234,567.50", written).encode("gb18030"))
    assert warehouse.refused() == [f"  inventory, row 2: wrong value, expected a number, got '{written}'"]


def test_thousands_that_nobody_mentioned_are_refused(warehouse):
    del warehouse.settings["tables"]["inventory"]["thousands"]
    assert len(warehouse.refused()) == 2


@pytest.mark.parametrize(("written", "forms"), [("20210131", []), ("2021/1/31", "%Y/%m/%d"), ("31.01.2021", ["%Y/%m/%d", "%d.%m.%Y"])])
def test_days_are_read_in_the_forms_that_are_said(warehouse, written, forms):
    warehouse.settings["tables"]["inventory"]["dates"] = forms
    warehouse.file("data/inventory.csv", STOCK.splitlines()[0].encode("gb18030") + f"\nhq,{written},M-1,1,1\n".encode())
    assert warehouse.load().event("inventory")["date"].tolist() == [pd.Timestamp("2021-01-31")]


def test_a_day_in_no_such_form_is_refused(warehouse):
    warehouse.file("data/inventory.csv", STOCK.replace("2021年2月28日", "28/2/2021").encode("gb18030"))
    assert warehouse.refused() == ["  inventory, row 3: wrong date, expected a date such as 2021-03-31, got '28/2/2021'"]


def test_amounts_and_dates_of_a_ledger_follow_the_same_words(toyland):
    toyland.ledger.update(thousands=",", dates="%Y/%m/%d", period={"date": "day"}, key=["shop", "line", "day"])
    toyland.file("data/ledger.csv", 'shop,line,day,amount\n01,Toys,2021/1/31,"1,070.5"\n')
    assert figures(toyland.load()) == {("01", "toys", "2021-01"): 1070.5}


# Several files


def test_a_pattern_of_files_is_one_table_and_a_problem_names_the_file(warehouse):
    head, first, second = STOCK.splitlines(keepends=True)
    warehouse.settings["tables"]["inventory"]["file"] = "stock/2021_*.csv"
    warehouse.file("data/stock/2021_01.csv", (head + first).encode("gb18030"))
    warehouse.file("data/stock/2021_02.csv", (head + second).encode("gb18030"))
    assert warehouse.load().event("inventory")["quantity"].tolist() == [1200.0, 900.0]
    warehouse.file("data/stock/2021_02.csv", (head + second.replace("900", "many")).encode("gb18030"))
    assert warehouse.refused() == ["  inventory, row 2021_02.csv:2: wrong quantity, expected a number, got 'many'"]


def test_a_folder_is_all_its_files_and_the_same_snapshot_as_one_file(warehouse):
    whole = warehouse.take_in()
    head, first, second = STOCK.splitlines(keepends=True)
    warehouse.settings["tables"]["inventory"]["file"] = "stock"
    warehouse.file("data/stock/a.csv", (head + second).encode("gb18030"))
    warehouse.file("data/stock/b/c.csv", (head + first).encode("gb18030"))
    assert warehouse.take_in().snapshot == whole.snapshot


def test_a_ledger_in_several_files_is_one_ledger(toyland):
    expected = toyland.take_in().snapshot
    head, *lines = LEDGER.splitlines(keepends=True)
    toyland.ledger["file"] = "ledger_*.csv"
    toyland.file("data/ledger.csv", None)
    toyland.file("data/ledger_1.csv", head + "".join(lines[:5]))
    toyland.file("data/ledger_2.csv", head + "".join(lines[5:]))
    assert toyland.take_in().snapshot == expected
    toyland.file("data/ledger_2.csv", head + "".join(lines[5:]) + "01,Toys,2021,3,many\n")
    assert toyland.refused() == ["  ledger, row ledger_2.csv:5: wrong amount, expected a number, got 'many'"]


def test_a_pattern_that_no_file_fits_is_told(warehouse):
    warehouse.settings["tables"]["inventory"]["file"] = "stock/*.parquet"
    assert "stock/*.parquet: missing file" in warehouse.refused()[0]


# Folders that the environment names


@pytest.fixture
def elsewhere(toyland, monkeypatch):
    """Toyland's data below a folder that a variable names."""
    place = toyland.root / "warehouse"
    (place / "toys").mkdir(parents=True)
    (place / "toys" / "ledger.csv").write_text(LEDGER)
    (place / "toys" / "budget.csv").write_text(BUDGET)
    toyland.settings["data"] = {"env": "TOYLAND_DATA", "folder": "toys"}
    toyland.file("data/ledger.csv", None)
    toyland.file("data/budget.csv", None)
    monkeypatch.delenv("TOYLAND_DATA", raising=False)
    return place


def test_data_may_lie_below_a_folder_that_the_environment_names(toyland, elsewhere, monkeypatch):
    monkeypatch.setenv("TOYLAND_DATA", str(elsewhere))
    assert toyland.take_in().read == {"ledger": 8, "budget": 2}


def test_a_folder_that_is_given_goes_before_the_environment_with_or_without_the_companys_folder_in_it(toyland, elsewhere, monkeypatch):
    monkeypatch.setenv("TOYLAND_DATA", str(toyland.root / "nowhere"))
    assert toyland.take_in(elsewhere).snapshot == toyland.take_in(elsewhere / "toys").snapshot


def test_a_variable_that_is_not_set_is_told_with_the_two_ways_out(toyland, elsewhere):
    assert toyland.refused()[0] == (
        "  data.env: TOYLAND_DATA is not set; export TOYLAND_DATA=FOLDER that holds toys, or give --data FOLDER"
    )  # fmt: skip


def test_data_lies_in_a_package_or_below_a_variable_not_both(toyland):
    toyland.settings["data"] = {"env": "A", "package": "b", "folder": "c"}
    assert any("data: give one of package, env and sample" in problem for problem in toyland.refused())


def test_no_pickle_is_read_from_a_folder_that_the_environment_names(toyland, elsewhere, monkeypatch):
    monkeypatch.setenv("TOYLAND_DATA", str(elsewhere))
    toyland.ledger["file"] = "ledger.pkl"
    shutil.move(elsewhere / "toys" / "ledger.csv", elsewhere / "toys" / "ledger.pkl")
    assert any("not a kind of file that is read here" in problem for problem in toyland.refused())
