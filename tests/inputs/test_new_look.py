"""Files as they come: encodings, headings under titles, notes, merged cells; and those that can't be read."""

from __future__ import annotations

import sqlite3
import zipfile

import pandas as pd
import pytest
from finance_folder import HEADING, balance_rows, write_sheets

from planning.core.errors import RequestError
from planning.core.periods import year_in
from planning.inputs.new import look
from planning.inputs.new.columns import describe, numbers
from planning.inputs.new.families import build_families
from planning.inputs.new.look import look_at
from planning.inputs.new.words import month_in, month_named, unit_said


def only(folder):
    (table,) = look_at(folder).tables
    return table


@pytest.mark.parametrize(("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")])
def test_a_text_files_encoding_is_told(tmp_path, encoding, told):
    (tmp_path / "a.csv").write_bytes("科目编码,科目名称\n1001,库存现金\n".encode(encoding))
    table = only(tmp_path)
    assert table.encoding == told and table.columns == ["科目编码", "科目名称"]


def test_a_heading_stands_under_titles_and_notes_stand_below(tmp_path):
    write_sheets(tmp_path / "a.xlsx", {"一月": [["某公司科目余额表"], ["单位：千元"], HEADING, *balance_rows(1), [], ["注：未经审计"]]})
    table = only(tmp_path)
    assert (table.heading, table.columns, len(table.sample)) == (3, HEADING, 9)
    assert table.above == ("某公司科目余额表", "单位：千元") and table.below == ("注：未经审计",)


def test_a_heading_over_two_rows_with_merged_cells_is_joined(tmp_path):
    upper, lower = ["科目编码", "科目名称", "期初余额", None, "本期发生额", None], [None, None, "借方", "贷方", "借方", "贷方"]
    write_sheets(tmp_path / "a.xlsx", {"表": [upper, lower, ["1002", "银行存款", 5, 0, 1, 1]]})
    roles = {column.role for column in describe(only(tmp_path)).values()}
    assert {"account", "account_name", "opening_debit", "opening_credit", "debit", "credit"} == roles


def test_a_database_gives_its_tables(tmp_path):
    with sqlite3.connect(tmp_path / "erp.sqlite") as base:
        base.execute("create table entries (account text, posting_date text, debit real, credit real)")
        base.execute("insert into entries values ('1001', '2024-01-31', 5, null)")
    base.close()
    assert (only(tmp_path).name, only(tmp_path).sample.iloc[0].tolist()) == ("erp.sqlite / entries", ["1001", "2024-01-31", "5.0", ""])


def test_of_a_huge_file_the_first_rows_and_the_last_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(look, "SAMPLE", 100)
    monkeypatch.setattr(look, "LAST", 200)
    lines = [f"2024-{1 + row // 1000:02}-01,1001,{row}" for row in range(5000)]
    (tmp_path / "a.csv").write_text("\n".join(["date,account,amount", *lines]) + "\n")
    table = only(tmp_path)
    assert len(table.sample) < 160 and not table.complete and abs(table.rows - 5000) < 500
    assert table.sample["date"].iloc[[0, -1]].tolist() == ["2024-01-01", "2024-05-01"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no files to look at"):
        look_at(tmp_path)
    with pytest.raises(RequestError, match="no such folder"):
        look_at(tmp_path / "nowhere")


def test_a_workbook_under_a_password_is_told_and_the_rest_is_read(tmp_path):
    (tmp_path / "secret.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "broken.xlsx").write_bytes(b"PK nonsense")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\0\0\0")
    (tmp_path / "a.csv").write_text("code,name\n1,one\n")
    looked = look_at(tmp_path)
    assert len(looked.tables) == 1 and "password" in looked.unreadable["secret.xlsx"]
    assert set(looked.unreadable) == {"secret.xlsx", "broken.xlsx", "picture.csv"}


def test_the_same_export_twice_is_looked_at_once(tmp_path):
    for name in ("a.csv", "a (1).csv"):
        (tmp_path / name).write_text("code,name\n1,one\n")
    looked = look_at(tmp_path)
    assert looked.same == {"a.csv": "a (1).csv"} and len(looked.tables) == 1


def test_two_hundred_workbooks_are_one_family(tmp_path):
    for number in range(200):
        text = "\n".join(["科目编码,期初余额,本期借方,本期贷方,期末余额", "1001,1,2,3,0"])
        (tmp_path / f"余额表_{2010 + number // 12}-{1 + number % 12:02}.csv").write_text(text + "\n" * (number + 1))
    (family,) = build_families(look_at(tmp_path).tables)
    assert (family.what, family.pattern, len(family.tables)) == ("trial_balance", "余额表_{period}.csv", 200)


def test_numbers_are_read_as_people_write_them():
    texts = pd.Series(["1,234.50", "￥12", "(5.00)", "7-", "−3", "x", ""])
    assert numbers(texts).tolist()[:5] == [1234.5, 12.0, -5.0, -7.0, -3.0] and numbers(texts).isna().tolist()[5:] == [True, True]


@pytest.mark.parametrize(
    "text", ["2024年1月", "2024.01", "2024-01", "202401", "2024/1", "2024-01-31", "20240131", "Jan 2024", "January 2024", "2024年第1期"]
)
def test_a_month_is_told_however_it_is_written(text):
    assert month_in(f"科目余额表 {text}") == "2024-01"


def test_headings_units_and_years_are_told():
    assert [month_named(text) for text in ("1月", "十二月", "Jan", "September", "M07", "Market", "合计")] == [1, 12, 1, 9, 7, None, None]
    assert [unit_said([text]) for text in ("单位：元", "单位：万元", "（千元）", "in thousands", "USD")] == [1, 1e4, 1e3, 1e3, None]
    assert [year_in(text) for text in ("2024年度预算", "budget_2021_final", "2021-2024", "none")] == [2024, 2021, None, None]


def damaged(path, change):
    """A workbook with one of its parts changed."""
    write_sheets(path, {"表": [HEADING, *balance_rows(1)]})
    with zipfile.ZipFile(path) as whole:
        parts = {name: change(name, whole.read(name)) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)


@pytest.mark.parametrize(("part", "kept"), [("sheet1.xml", 300), ("styles.xml", 1), ("workbook.xml", 50), ("[Content_Types].xml", 20)])
def test_a_damaged_workbook_is_told_and_the_rest_is_read(tmp_path, part, kept):
    damaged(tmp_path / "broken.xlsx", lambda name, content: content[:kept] if name.endswith(part) else content)
    (tmp_path / "a.csv").write_text("code,name\n1,one\n")
    looked = look_at(tmp_path)
    assert [table.file for table in looked.tables] == ["a.csv"]
    assert "is damaged" in looked.unreadable["broken.xlsx"] and "save it again" in looked.unreadable["broken.xlsx"]


def test_a_workbook_whose_packing_is_damaged_is_told(tmp_path):
    write_sheets(tmp_path / "broken.xlsx", {"表": [HEADING, *balance_rows(1)]})
    content = bytearray((tmp_path / "broken.xlsx").read_bytes())
    start = bytes(content).find(b"sheet1.xml") + 12
    content[start : start + 40] = b"\xff" * 40
    (tmp_path / "broken.xlsx").write_bytes(content)
    with pytest.raises(RequestError, match=r"can't be read, expected rows of figures.*is damaged.*save it again"):
        look_at(tmp_path)


def test_a_page_saved_as_a_workbook_is_told_with_what_to_do(tmp_path):
    (tmp_path / "a.xlsx").write_text("<html><table><tr><td>x</td></tr></table></html>")
    with pytest.raises(RequestError, match=r"no workbook.*save it as \.xlsx"):
        look_at(tmp_path)


def test_files_of_other_kinds_are_told_with_what_to_do(tmp_path):
    (tmp_path / "TB2024.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    with pytest.raises(RequestError, match=r"no files to look at.*TB2024\.xls, notes\.pdf.*save it as \.xlsx"):
        look_at(tmp_path)
    (tmp_path / "a.csv").write_text("code,name\n1,one\n")
    others = look_at(tmp_path).others
    assert list(others) == ["TB2024.xls", "notes.pdf"] and others["TB2024.xls"].endswith("save it as .xlsx")


def test_a_sections_title_under_the_months_is_no_heading(tmp_path):
    rows = [["Profit and loss 2024"], [], ["", "Jan", "Feb"], ["Revenue", None, None], ["Product sales", 100, 100], ["Services", 40, 40]]
    write_sheets(tmp_path / "a.xlsx", {"P&L": rows})
    table = only(tmp_path)
    assert (table.headings, table.columns) == (1, [look.NO_HEADING, "Jan", "Feb"])
    assert table.sample[look.NO_HEADING].tolist()[-2:] == ["Product sales", "Services"]


SPANS = [("序时账2021-2024", "序时账2021-2024"), ("序时账2023-2024", "序时账{fiscal_year}"), ("2023年预算", "{fiscal_year}年预算")]


@pytest.mark.parametrize(("stem", "pattern"), SPANS)
def test_a_name_with_a_span_of_years_is_no_pattern_of_one(tmp_path, stem, pattern):
    write_sheets(tmp_path / f"{stem}.xlsx", {"表": [HEADING, *balance_rows(1)]})
    assert build_families(look_at(tmp_path).tables)[0].pattern == f"{pattern}.xlsx"
