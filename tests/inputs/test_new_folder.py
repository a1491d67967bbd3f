"""From a finance team's folder to params that intake reads, with questions; and again, keeping what people changed."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from finance_folder import (
    HEADING,
    balance_rows,
    finance_folder,
    write_budget,
    write_departments,
    write_english,
    write_sheets,
    write_trial_balances,
)

from planning.core.errors import RequestError
from planning.inputs.batches import read_batch
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.new import look
from planning.inputs.new.look import look_at
from planning.inputs.new.sketch import accounts_with_amounts, months_covered, profit_by_month
from planning.inputs.new.understand import understand
from planning.inputs.new.write import answers_of, write_params


def renew(folder, params):
    """What the command does."""
    known = understand(params.name, look_at(folder), answers_of(params))
    return known, write_params(known, params)


@pytest.fixture
def chinese(tmp_path):
    """A Chinese folder, understood and written."""
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    return folder, params, *renew(folder, params)


def accounts(params):
    return pd.read_csv(params / "accounts.csv", dtype=str, keep_default_na=False).set_index("code")


def test_every_table_is_taken_for_what_it_is(chinese):
    *_, known, _ = chinese
    assert {family.what for family in known.families} == {"trial_balance", "budget", "order_lines", "departments"}


def test_the_chart_follows_the_numbering_and_the_names(chinese):
    _, params, *_ = chinese
    chart = accounts(params)
    assert chart.loc["1602", ["kind", "weight", "aggregation", "parent"]].tolist() == ["balance", "-1", "stock", "non_current_assets"]
    assert chart.loc["6001", ["kind", "parent", "effect"]].tolist() == ["revenue", "revenue", "1"]
    assert chart.loc["660201", ["kind", "parent", "weight"]].tolist() == ["expense", "6602", "1"]
    assert chart.loc["operating_profit", "parent"] == "profit_before_tax"


def test_the_year_the_currency_and_the_departments_are_told(chinese):
    *_, known, _ = chinese
    assert (known.currency, known.first_month, known.start, known.end) == ("CNY", 1, "2024-01", "2024-12")
    assert set(known.departments["code"]) == {"D01", "D02", "unmapped", "none"}
    assert known.departments.set_index("code").at["D01", "label_zh"] == "销售部"


def test_intake_reads_what_was_written(chinese, tmp_path):
    folder, params, *_ = chinese
    taken = take_in(read_company(params), tmp_path / "snapshots", folder)
    assert taken.events == {"order_lines": 28} and taken.rows > 0
    rows = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "snapshots").rglob("*.parquet")) if path.stem == "rows")
    january = rows[rows["period"] == "2024-01-01"].groupby(["scenario", "account"])["amount"].sum()
    assert january["actual", "6001"] == 501.0 and january["actual", "1122"] == 400.0 and january["actual", "1602"] == 200.0
    assert january["budget", "660201"] == 160_000.0


def test_profit_and_loss_is_sketched_by_month(chinese):
    *_, known, _ = chinese
    january = profit_by_month(known).iloc[0]
    assert (january["revenue"], january["costs"], january["result"]) == (501.0, 301.0 + 81.0, 119.0)
    assert set(months_covered(known)["name"]) == {family.name for family in known.of("trial_balance", "budget", "order_lines")}
    assert accounts_with_amounts(known).set_index("code").at["operating_profit", "amount"] == 3 * 500 + 6 - 3 * 300 - 6 - 3 * 80 - 6


def test_an_edited_file_is_never_written_over(chinese):
    folder, params, *_ = chinese
    edited = (params / "accounts.csv").read_text().replace("Bank deposits", "House bank")
    (params / "accounts.csv").write_text(edited)
    _, written = renew(folder, params)
    assert (params / "accounts.csv").read_text() == edited
    assert written.kept == ["accounts.csv"] and "company.yaml" in written.written
    (params / "accounts.csv").unlink()
    _, written = renew(folder, params)
    assert written.kept == ["accounts.csv"] and not (params / "accounts.csv").exists()


def test_the_same_files_give_the_same_params(chinese):
    folder, params, *_ = chinese
    before = {path: path.read_bytes() for path in params.rglob("*.*")}
    renew(folder, params)
    assert {path: path.read_bytes() for path in params.rglob("*.*")} == before


def answer(params, id, text):
    said = yaml.safe_load((params / "questions.yaml").read_text())
    next(each for each in said["questions"] if each["id"] == id)["answer"] = text
    (params / "questions.yaml").write_text(yaml.safe_dump(said, allow_unicode=True))


def test_an_answer_is_followed_and_kept(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_sheets(
        folder / "余额表_2024年1月.xlsx",
        {"表": [HEADING, *balance_rows(1), ["3101", "衍生工具", 5, 0, 0, 5], ["6602", "管理费用", 0, 1, 1, 0]]},
    )
    known, _ = renew(folder, params)
    assert "account.3101" in {question.id for question in known.doubts.open}
    answer(params, "account.3101", "balance (contra)")
    for _ in range(2):
        known, _ = renew(folder, params)
        assert "account.3101" not in {question.id for question in known.doubts.open}
        assert accounts(params).at["3101", "weight"] == "-1"


def test_an_answer_that_fits_nothing_is_refused(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_sheets(folder / "余额表_2024年1月.xlsx", {"表": [HEADING, *balance_rows(1), ["3101", "衍生工具", 5, 0, 0, 5]]})
    renew(folder, params)
    answer(params, "account.3101", "balence")
    with pytest.raises(RequestError, match=r"answer that fits nothing.*did you mean balance"):
        renew(folder, params)


def test_a_name_that_somebody_made_by_hand_is_taken(tmp_path):
    params = tmp_path / "params" / "firm"
    params.mkdir(parents=True)
    (params / "company.yaml").write_text("company: firm\n")
    with pytest.raises(RequestError, match="name is taken"):
        answers_of(params)


def test_an_english_trial_balance_over_a_year_from_july(tmp_path):
    folder, params = write_english(tmp_path / "files"), tmp_path / "params" / "firm"
    known, _ = renew(folder, params)
    chart = known.accounts.set_index("code")
    kinds = {
        "1000": "balance",
        "1290": "balance",
        "2000": "balance",
        "3000": "balance",
        "4000": "revenue",
        "5000": "expense",
        "6200": "expense",
    }
    assert {code: chart.at[code, "kind"] for code in kinds} == kinds and chart.at["1290", "weight"] == -1
    assert (known.start, known.end) == ("2023-07", "2024-06")
    asked = {question.id for question in known.doubts.open}
    assert known.first_month == 7 or "calendar.first_month" in asked
    take_in(read_company(params), tmp_path / "snapshots", folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "snapshots").rglob("*.parquet")) if path.stem == "rows")
    july = rows[rows["period"] == "2023-07-01"].set_index("account")["amount"]
    assert july["4000"] == 100.0 and july["1000"] == 1000.0 and july["2000"] == 1000.0


def test_one_sheet_a_month(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_sheets(folder / "余额表.xlsx", {f"2024-0{month}": [HEADING, *balance_rows(month)] for month in (1, 2, 3)})
    known, _ = renew(folder, params)
    assert known.families[0].sheet_says == "period" and (known.start, known.end) == ("2024-01", "2024-03")
    taken = take_in(read_company(params), tmp_path / "snapshots", folder)
    assert (taken.rows, taken.controls) == (3 * 8, 3)  # 6602 adds up 660201


@pytest.fixture
def whole_year(tmp_path):
    """A folder with twelve months, written as params."""
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    write_trial_balances(folder, 12)
    renew(folder, params)
    return folder, params


def test_the_first_loop_is_written_with_a_case_of_every_run_it_can_make(whole_year):
    _, params = whole_year
    runs = yaml.safe_load((params / "loop.yaml").read_text())["runs"]
    cases = {name: yaml.safe_load((params / name / f"{run['case'][0]}.yaml").read_text()) for name, run in runs.items()}
    assert list(read_batch(params / "loop.yaml", "firm").runs) == list(cases)
    assert cases == {
        "data_quality": {"owner": "Finance", "scale": "thousand"},
        "annual_budget": {"fiscal_year": 2025, "as_of": "2024-09", "scale": "thousand"},
        "rolling_reforecast": {"as_of": "2024-09", "scale": "thousand"},
    }, "no control: budgets are of departments, and the trial balances know none"
    assert yaml.safe_load((params / "annual_budget" / "2025_zh.yaml").read_text()) == {"extends": "2025", "lang": "zh"}


def test_a_company_with_a_few_months_begins_with_the_quality_of_its_data(chinese):
    _, params, *_ = chinese
    assert list(yaml.safe_load((params / "loop.yaml").read_text())["runs"]) == ["data_quality"]


def test_a_case_that_somebody_changed_is_kept(whole_year):
    folder, params = whole_year
    (params / "annual_budget" / "2025.yaml").write_text("fiscal_year: 2025\nas_of: 2024-06\n")
    _, written = renew(folder, params)
    assert written.kept == ["annual_budget/2025.yaml"]
    assert yaml.safe_load((params / "annual_budget" / "2025.yaml").read_text())["as_of"] == "2024-06"


def test_what_cannot_be_read_yet_is_told(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    upper = ["科目编码", "科目名称", "期初余额", None, "本期发生额", None, "期末余额", None]
    lower = [None, None, "借方", "贷方", "借方", "贷方", "借方", "贷方"]
    write_sheets(
        folder / "余额表_2024年1月.xlsx",
        {"表": [upper, lower, ["1002", "银行存款", 5, 0, 1, 1, 5, 0], ["2202", "应付账款", 0, 5, 1, 1, 0, 5]]},
    )
    known, written = renew(folder, params)
    assert known.families[0].what == "trial_balance" and known.families[0].has("opening_debit", "closing_credit", "debit")
    assert written.left == [(known.families[0].name, "its heading takes two rows: write it in one")]


@pytest.mark.parametrize(("sheet", "asked"), [("汇总", False), ("Sheet3", True)])
def test_a_sheet_that_adds_up_the_departments_is_no_department(tmp_path, sheet, asked):
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    months = [f"{month}月" for month in range(1, 13)]
    rows = [["2024年度预算"], ["单位：万元"], ["科目编码", "科目名称", *months, "全年"]]
    sheets = {code: [*rows, ["660201", "工资", *[8] * 12, 96]] for code in ("D01", "D02")}
    write_sheets(folder / "2024年预算.xlsx", sheets | {sheet: [*rows, ["660201", "工资", *[16] * 12, 192]]})
    known, _ = renew(folder, params)
    (budget,) = known.of("budget")
    assert known.facts[budget.name]["amount"].sum() == 1_920_000.0
    assert (f"sheet.{budget.name}.{sheet}" in {question.id for question in known.doubts.open}) == asked
    take_in(read_company(params), tmp_path / "snapshots", folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "snapshots").rglob("*.parquet")) if path.stem == "rows")
    assert rows.query("scenario == 'budget'")["amount"].sum() == 1_920_000.0


def test_a_ledger_that_carries_names_tells_what_its_accounts_are(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    folder.mkdir()
    rows = ["Journal No,Date,Account Code,Account Name,Debit,Credit"]
    for number, text in enumerate(("Sales revenue", "Sales revenue", "Sales reven."), start=1):
        rows += [f"V{number},2024-0{number}-10,1000,Bank,5,", f"V{number},2024-0{number}-10,4000,{text},,5"]
    (folder / "general ledger.csv").write_text("\n".join(rows))
    known, _ = renew(folder, params)
    chart = known.accounts.set_index("code")
    assert chart.loc[["1000", "4000"], "kind"].tolist() == ["balance", "revenue"]
    assert chart.loc[["1000", "4000"], "label_en"].tolist() == ["Bank", "Sales revenue"]


def next_month(folder):
    write_sheets(folder / "科目余额表_2025年1月.xlsx", {"余额表": [["科目余额表"], ["单位：元"], HEADING, *balance_rows(1)]})


def test_cases_of_older_months_go_when_nobody_changed_them(whole_year):
    folder, params = whole_year
    assert (params / "rolling_reforecast" / "2024_09.yaml").exists()
    next_month(folder)
    renew(folder, params)
    assert {path.name for path in (params / "rolling_reforecast").iterdir()} == {"2025_01.yaml", "2025_01_zh.yaml"}
    assert not any("2024_09" in name for name in yaml.safe_load((params / ".understood.json").read_text()))


def test_cases_that_somebody_changed_or_names_stay(whole_year):
    folder, params = whole_year
    (params / "rolling_reforecast" / "2024_09.yaml").write_text("as_of: 2024-08\n")
    (params / "annual_budget" / "mine.yaml").write_text("extends: '2025'\n")
    next_month(folder)
    renew(folder, params)
    assert (params / "rolling_reforecast" / "2024_09.yaml").exists() and (params / "annual_budget" / "2025.yaml").exists()


def test_a_loop_that_somebody_changed_keeps_its_cases(whole_year):
    folder, params = whole_year
    (params / "loop.yaml").write_text((params / "loop.yaml").read_text() + "# ours\n")
    next_month(folder)
    renew(folder, params)
    assert (params / "rolling_reforecast" / "2024_09.yaml").exists()


def test_files_of_other_kinds_are_listed_as_not_read(tmp_path):
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    (folder / "TB2023.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert "save it as .xlsx" in dict(renew(folder, params)[1].left)["TB2023.xls"]


def test_lines_without_a_heading_are_told(tmp_path):
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    write_sheets(folder / "Budget 2025.xlsx", {"P": [["", "Jan", "Feb"], ["Sales", 5, 6], ["Rent", 1, 1], ["Travel", 1, 1]]})
    assert dict(renew(folder, params)[1].left)["budget_2025"] == "the column of its lines has no heading: write one above it"


def test_months_and_accounts_beyond_the_sample_of_a_sheet_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(look, "SAMPLE", 100)
    monkeypatch.setattr(look, "LAST_ROWS", 20)
    days = pd.date_range("2022-01-01", periods=500).strftime("%Y-%m-%d")
    rows = [[f"V{number}", day, "1000" if number != 300 else "2000", 1, 0] for number, day in enumerate(days)]
    heading = ["Voucher No", "Posting Date", "Account Code", "Debit", "Credit"]
    write_sheets(tmp_path / "files" / "ledger.xlsx", {"GL": [["Ledger"], [], heading, *rows, [], ["Printed by somebody"]]})
    (table,) = look_at(tmp_path / "files").tables
    assert not table.complete and abs(table.rows - 500) <= 2 and len(table.sample) < 200
    known = understand("firm", look_at(tmp_path / "files"), {})
    assert known.facts["ledger"]["lines"].sum() == 500 and (known.start, known.end) == ("2022-01", "2023-05")
    assert "2000" in set(known.accounts["code"])


@pytest.mark.parametrize("department", ["D01", ""])
def test_control_is_written_where_budgets_and_spending_are_of_the_same_departments(tmp_path, department):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_budget(folder)
    rows = ["凭证号,日期,科目编码,部门,借方金额,贷方金额"]
    for number in range(1, 13):
        day = f"2024-{number:02}-10"
        rows += [f"V{number}A,{day},1002,,5.5,", f"V{number}A,{day},6001,,,5.5"]
        rows += [f"V{number}B,{day},660201,{department},3.5,", f"V{number}B,{day},1002,,,3.5"]
    (folder / "序时账.csv").write_text("\n".join(rows), encoding="utf-8")
    write_departments(folder)
    renew(folder, params)
    assert ("budget_control" in yaml.safe_load((params / "loop.yaml").read_text())["runs"]) == bool(department)
