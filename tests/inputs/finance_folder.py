"""Folders as finance teams have them, written by the tests: trial balances by month, a budget by department, an order export."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.new.look import look_at
from planning.inputs.new.understand import Understood, understand
from planning.inputs.new.write import write_params

CHART = {
    "1002": ("银行存款", 1000.0), "1122": ("应收账款", 400.0), "1602": ("累计折旧", -200.0), "2202": ("应付账款", -300.0),
    "4001": ("实收资本", -900.0),
}  # fmt: skip
FLOWS = {"6001": ("主营业务收入", -500.0), "6401": ("主营业务成本", 300.0), "6602": ("管理费用", 80.0), "660201": ("管理费用—工资", 80.0)}
DEPARTMENTS = {"D01": "销售部", "D02": "财务部"}
HEADING = ["科目编码", "科目名称", "期初余额", "本期借方", "本期贷方", "期末余额"]


def balance_rows(month: int) -> list[list]:
    """A trial balance of a month in which profit and loss is carried to equity: each flow's debit equals its credit."""
    rows = [[code, name, abs(amount), 10.0 * month, 10.0 * month, abs(amount)] for code, (name, amount) in CHART.items()]
    return rows + [[code, name, 0.0, abs(amount) + month, abs(amount) + month, 0.0] for code, (name, amount) in FLOWS.items()]


def write_sheets(path: Path, sheets: dict[str, list[list]]) -> None:
    """A workbook with these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def write_trial_balances(folder: Path, months: int = 3) -> None:
    """One workbook a month, with a title above and a total and a note below."""
    for month in range(1, months + 1):
        rows = [["科目余额表"], ["单位：元"], HEADING, *balance_rows(month), ["合计", "", 0, 0, 0, 0], [], ["制表人：某某"]]
        write_sheets(folder / f"科目余额表_2024年{month}月.xlsx", {"余额表": rows})


def write_budget(folder: Path) -> None:
    """A budget of 2024 in ten thousands, a sheet a department, with subtotals."""
    months = [f"{month}月" for month in range(1, 13)]
    lines = [["660201", "管理费用—工资", *[8] * 12, 96], ["6602", "管理费用小计", *[8] * 12, 96]]
    sheets = {
        code: [[f"2024年度预算 {name}"], ["单位：万元"], ["科目编码", "科目名称", *months, "全年"], *lines, [], ["注：不含税"]]
        for code, name in DEPARTMENTS.items()
    }
    write_sheets(folder / "2024年预算.xlsx", sheets)


def write_orders(folder: Path) -> None:
    """An order export as an old system gives it: GB18030, thousands apart, days with slashes."""
    rows = [f'S{number:03},1,2024/01/{number:02},客户{number % 3},P{number % 2},{number},"1,{number:03}.50"' for number in range(1, 29)]
    text = "\n".join(["订单号,行号,下单日期,客户,产品,数量,销售金额", *rows])
    (folder / "订单导出.csv").write_bytes(text.encode("gb18030"))


def write_departments(folder: Path) -> None:
    """A list of departments, UTF-8 with its mark."""
    text = "\n".join(["部门编码,部门名称", *(f"{code},{name}" for code, name in DEPARTMENTS.items())])
    (folder / "部门.csv").write_text(text, encoding="utf-8-sig")


def finance_folder(folder: Path) -> Path:
    """All of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for write in (write_trial_balances, write_budget, write_orders, write_departments):
        write(folder)
    return folder


def write_english(folder: Path) -> Path:
    """A long trial balance in English over a year from July, with other numbering, and year-to-date profit and loss."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "1000": ("Cash at bank", 1), "1200": ("Accounts receivable", 1), "1290": ("Allowance for doubtful accounts", -1),
        "2000": ("Accounts payable", -1), "3000": ("Retained earnings", -1), "4000": ("Sales revenue", -1),
        "5000": ("Cost of goods sold", 1), "6100": ("Salaries and wages", 1), "6200": ("Office rent", 1),
    }  # fmt: skip
    rows = []
    for number, month in enumerate(pd.date_range("2023-07-01", "2024-06-01", freq="MS")):
        for code, (name, side) in names.items():
            flow = code >= "4000"
            opening = 100.0 * side * (number if flow else 10)
            moved = 100.0 if flow else 0.0
            sides = (moved, 0.0) if side > 0 else (0.0, moved)
            rows.append([f"{month:%Y-%m}", code, name, opening, *sides, opening + moved * side])
    columns = ["Period", "Account Code", "Account Name", "Opening Balance", "Debit", "Credit", "Closing Balance"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "trial_balance.csv", index=False)
    return folder


def understood_and_taken(folder: Path, params: Path, answers: dict[str, str] | None = None) -> tuple[Understood, pd.DataFrame]:
    """What the command understands of a folder, and the rows that intake then stores."""
    known = understand(params.name, look_at(folder), answers or {})
    write_params(known, params)
    store = params.parent / f"{params.name}_snapshots"
    take_in(read_company(params), store, folder)
    return known, pd.concat(pd.read_parquet(path) for path in store.rglob("rows.parquet"))
