"""Budgets as people keep them: a workbook a year and version, a sheet a shop, months across, subtotals, notes."""

from __future__ import annotations

import io

import openpyxl
import pytest
from toyland import ACCOUNT_MAP, findings

MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3}
LINES = [["Toys", 10, 20, 30, 60], ["Games", 1, 2, 3, 6], ["Subtotal", 11, 22, 33, 66], ["Wages", 5, 5, 5, 15]]


def workbook(sheets: dict[str, list[list]], merged: str = "") -> bytes:
    """Sheets with two rows of titles, a header, and these lines."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for row in [["Budget of shop", name], ["in dollars"], ["Line", *MONTHS, "Year"], *lines]:
            sheet.append(row)
        sheet.merge_cells("A1:E1")
        if merged:
            sheet.merge_cells(merged)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture
def budgets(toyland):
    """Toyland whose budget of 2021 stands in workbooks, one a version; the sheet SALES is for somebody else."""
    toyland.settings["sources"]["budget"] = {
        "file": "budget/{fiscal_year}_{issue}.xlsx", "sheets": {"not": ["SALES"]}, "header": 3, "months": MONTHS,
        "key": ["sheet", "Line", "fiscal_year", "issue", "month"], "measures": ["amount"], "entity": "hq",
        "cost_centre": {"column": "sheet"},
        "account": {"by": ["Line"], "map": {**ACCOUNT_MAP, "Subtotal": "sales"}, "unmapped": "sales_unmapped"},
        "scenario": "budget", "version": {"budget": "{fiscal_year}_{issue}"}, "grain": "month",
        "period": {"fiscal_year": "fiscal_year", "month": "month"}, "known": {"after": "year_start", "days": -1},
    }  # fmt: skip
    toyland.file("data/budget/2021_final.xlsx", workbook({"01": LINES, "02": LINES, "SALES": [["something else"]]}))
    return toyland


def budgeted(toyland) -> dict[tuple[str, str, str, str], float]:
    rows = toyland.load().rows.query("scenario == 'budget'")
    return {(row.version, row.cost_centre, row.account, f"{row.period:%Y-%m}"): row.amount for row in rows.itertuples()}


def test_every_sheet_but_the_named_is_read_month_by_month(budgets):
    rows = budgeted(budgets)
    assert len(rows) == 2 * 3 * 3 and rows["2021_final", "02", "toys", "2021-03"] == 30.0


def test_every_file_that_fits_is_a_version(budgets):
    budgets.file("data/budget/2021_request.xlsx", workbook({"01": [["Toys", 100, 200, 300]]}))
    rows = budgeted(budgets)
    assert rows["2021_request", "01", "toys", "2021-01"] == 100.0 and rows["2021_final", "01", "toys", "2021-01"] == 10.0


def test_a_subtotal_is_a_control_total_and_never_a_figure(budgets):
    tied = budgets.load().tie_out.query("scenario == 'budget'")
    assert len(tied) == 6 and (tied["difference"] == 0).all()
    budgets.file("data/budget/2021_final.xlsx", workbook({"01": [LINES[0], ["Subtotal", 11, 20, 30]]}))
    assert ("sales", "total", "budget 2021_final 01 2021-01 known 2020-12-31", "open") in findings(budgets.take_in())


def test_blank_rows_and_notes_are_left_out_and_said(budgets):
    lines = [*LINES[:2], [], *LINES[2:], [], ["Note: without the summer sale"]]
    budgets.file("data/budget/2021_final.xlsx", workbook({"01": lines}))
    taken = budgets.take_in()
    assert findings(taken) == [("budget", "left_out", "rows without a figure", "within")]
    assert taken.findings["rows"].tolist() == [3] and "Note: without the summer sale" in taken.findings["said"].iloc[0]
    assert len(budgeted(budgets)) == 9


def test_a_month_without_a_figure_is_no_0(budgets):
    budgets.file("data/budget/2021_final.xlsx", workbook({"01": [["Toys", 10, None, 30]]}))
    taken = budgets.take_in()
    assert findings(taken) == [("budget", "left_out", "months without a figure", "within")]
    assert [key[3] for key in budgeted(budgets)] == ["2021-01", "2021-03"]


def test_a_cell_merged_downwards_holds_for_all_its_rows(budgets):
    budgets.settings["sources"]["budget"]["account"]["map"]["Play"] = "toys"
    budgets.file("data/budget/2021_final.xlsx", workbook({"01": [["Play", 1, 1, 1], [None, 2, 2, 2]]}, merged="A4:A5"))
    assert budgeted(budgets)["2021_final", "01", "toys", "2021-02"] == 3.0


def test_text_in_a_month_is_said_with_its_file_sheet_row_and_month(budgets):
    budgets.file("data/budget/2021_final.xlsx", workbook({"01": [["Toys", 10, "soon", 30]]}))
    assert budgets.refused() == ["  budget, row 2021_final.xlsx 01 4 Feb: wrong amount, expected a number, got 'soon'"]


def test_a_sheet_without_a_month_is_refused(budgets):
    book = openpyxl.Workbook()
    for row in [[], [], ["Line", "Jan", "Feb"], ["Toys", 1, 2]]:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    budgets.file("data/budget/2021_final.xlsx", written.getvalue())
    assert budgets.refused() == ["  2021_final.xlsx Sheet: missing column Mar"]


def test_a_sheet_that_is_named_and_missing_is_refused(budgets):
    budgets.settings["sources"]["budget"]["sheets"] = ["01", "07"]
    assert "no sheet 07, expected one of 01, 02, SALES" in budgets.refused()[0]


def test_a_pattern_that_nothing_fits_is_a_missing_file(budgets):
    budgets.settings["sources"]["budget"]["file"] = "plans/{fiscal_year}_{issue}.xlsx"
    assert "missing file" in budgets.refused()[0]


def test_names_of_csv_files_may_say_something_too(toyland):
    toyland.ledger["file"] = "ledger_{shop}.csv"
    toyland.file("data/ledger.csv", None)
    for shop, amount in (("01", 7), ("02", 8)):
        toyland.file(f"data/ledger_{shop}.csv", f"line,year,month,amount\nToys,2021,1,{amount}\n")
    rows = toyland.load().rows.query("scenario == 'actual'")
    assert dict(zip(rows["cost_centre"], rows["amount"], strict=True)) == {"01": 7.0, "02": 8.0}
