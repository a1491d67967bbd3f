"""The made-up group's files: as its systems give them, tied to its ledger to the cent, the same bytes for the same seed."""

import filecmp
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.inputs.sample import generate
from planning.inputs.sample.generate import made_once, settings_name, write_sample
from planning.inputs.sample.settings import build_settings

SMALL = {"months": 24}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two years of a small group."""
    folder = tmp_path_factory.mktemp("group") / "files"
    write_sample(folder, build_settings("tiny", 7, SMALL))
    return folder


@pytest.fixture(scope="module")
def ledger(folder) -> pd.DataFrame:
    with closing(sqlite3.connect(folder / "erp.sqlite")) as connection:
        return pd.read_sql_query("select * from ledger", connection)


def lines_of(folder: Path) -> pd.DataFrame:
    """All order lines."""
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / "shop").glob("order_lines_*.parquet"))], ignore_index=True)


def lines_sold(folder: Path) -> pd.DataFrame:
    """Order lines as they were sold: those that are shown twice once."""
    return lines_of(folder).drop_duplicates(["order", "line"])


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_same_settings_give_the_same_bytes_and_another_seed_gives_others(folder, tmp_path):
    write_sample(tmp_path / "again", build_settings("tiny", 7, SMALL))
    assert files_in(folder) == files_in(tmp_path / "again")
    _, differ, broken = filecmp.cmpfiles(folder, tmp_path / "again", files_in(folder), shallow=False)
    assert differ == broken == []
    write_sample(tmp_path / "other", build_settings("tiny", 8, SMALL))
    assert not lines_of(tmp_path / "other").equals(lines_of(folder))


def test_vouchers_balance_in_the_file(ledger):
    totals = ledger.groupby("voucher")[["debit", "credit"]].sum()
    assert (totals["debit"] - totals["credit"]).abs().max() < 0.005 and len(totals) > 1_000


def test_the_shops_lines_are_the_ledgers_revenue_voucher_by_voucher(folder, ledger):
    sold = lines_sold(folder).groupby("voucher")["net"].sum()
    booked = ledger[(ledger["measure"] == "net") & ledger["source"].isin(["slips", "online_orders", "dealer_orders"])]
    revenue = booked[booked["account"].str.startswith("6001")].groupby("voucher")["credit"].sum()
    assert set(sold.index) == set(revenue.index) and (sold - revenue).abs().max() < 0.005


def test_every_line_has_its_order_and_its_number_once_but_for_those_the_truth_lists(folder):
    lines, flaws = lines_of(folder), pd.read_parquet(folder / "truth" / "flaws.parquet")
    twice = lines[lines.duplicated(["order", "line"])]
    assert len(twice) and twice.duplicated(["order", "line"]).sum() == 0 and lines.duplicated().sum() == len(twice)
    listed = flaws.loc[(flaws["kind"] == "duplicate") & (flaws["table"] == "order_lines"), "key"]
    assert sorted(twice["order"]) == sorted(listed)
    assert set(lines["channel"]) == {"shop", "online", "dealer"} and (lines["quantity"] > 0).all()


def test_the_banks_statement_is_what_the_ledger_says_of_the_bank(folder, ledger):
    bank = pd.read_csv(folder / "treasury" / "bank_statement.csv", dtype={"account": str})
    flaws = pd.read_parquet(folder / "truth" / "flaws.parquet")
    listed = flaws.loc[(flaws["kind"] == "duplicate") & (flaws["table"] == "bank_statement"), "key"]
    bank = bank[~(bank.duplicated() & bank["reference"].isin(listed))]
    booked = ledger[ledger["account"].str.startswith("1002")]
    moved = (booked["debit"] - booked["credit"]).groupby(booked["account"]).sum()
    assert (bank.groupby("account")["amount"].sum() - moved).abs().max() < 0.01


def budget_cells(path: Path, sheet: str) -> pd.DataFrame:
    rows = list(openpyxl.load_workbook(path, read_only=True)[sheet].iter_rows(min_row=3, values_only=True))
    return pd.DataFrame(rows[1:], columns=rows[0]).dropna(subset="科目编码")


def test_a_budget_workbook_has_a_sheet_a_department_and_its_subtotals_are_its_lines(folder):
    path = folder / "budget" / "2022_final.xlsx"
    book = openpyxl.load_workbook(path, read_only=True)
    assert len(book.sheetnames) == 41 and book.sheetnames[-1] == "SALES"
    for sheet in ("D101", "D301", "D403"):
        cells = budget_cells(path, sheet).set_index("科目编码")
        months = cells[[f"{number}月" for number in range(1, 13)]].fillna(0).astype(float)
        totals = months[months.index.str.len() == 4]
        lines = months[months.index.str.len() > 4]
        assert lines.groupby(lines.index.str[:4]).sum().equals(totals.rename_axis("科目编码"))
        assert (months.sum(axis=1) - cells["全年"].astype(float)).abs().max() < 0.005


def test_those_who_pad_ask_for_more_than_their_honest_neighbours_against_what_they_need(folder):
    habits = pd.read_parquet(folder / "truth" / "department_habits.parquet").set_index("department")["padding"]
    request, same = folder / "budget" / "2022_request.xlsx", "^(66|51)..(08|10|12)$"
    asked = {code: budget_cells(request, code).set_index("科目编码")["全年"].filter(regex=same).sum() for code in habits.index}
    needs = pd.read_parquet(folder / "truth" / "department_needs.parquet").assign(year=lambda table: table["month"].dt.year)
    wanted = needs[(needs["year"] == 2022) & needs["nature"].isin(["08", "10", "12"])].groupby("department")["need"].sum()
    over = pd.Series(asked) / wanted - 1
    assert over[habits > 0].min() > over[habits == 0].max() + 0.05


def test_a_budget_knows_nothing_of_the_year_it_is_for(folder, tmp_path):
    """Another year after October leaves the budget written in that November as it was."""
    rates = SMALL | {"supply.shock_month": "2021-11", "supply.shock": 3.0}
    write_sample(tmp_path / "shocked", build_settings("tiny", 7, rates))
    for department in ("D201", "D301", "D504"):
        before, after = (budget_cells(of / "budget" / "2022_final.xlsx", department) for of in (folder, tmp_path / "shocked"))
        assert before.equals(after)


def test_projections_are_of_open_months_only(folder):
    said = pd.read_csv(folder / "budget" / "projections.csv", parse_dates=["month"])
    assert ((said["month"].dt.month > 3 * said["quarter"]) & (said["month"].dt.year == said["fiscal_year"])).all()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="not an empty folder"):
        write_sample(tmp_path / "kept", build_settings("tiny", 7, SMALL))
    assert files_in(tmp_path / "kept") == ["mine.txt"]


def test_what_breaks_off_leaves_no_folder(tmp_path):
    class Stopped(Exception):
        pass

    def stop(said: str, part: float) -> None:
        if "2021-03" in said:
            raise Stopped

    with pytest.raises(Stopped):
        write_sample(tmp_path / "group", build_settings("tiny", 7, SMALL), stop)
    assert not (tmp_path / "group").exists()


def test_the_truth_says_every_rate(folder):
    said = json.loads((folder / "truth" / "settings.json").read_text())
    assert said["supply"]["shock_material"] == "copper" and said["months"] == 24


def test_every_rate_is_in_the_name_of_the_settings():
    plain = build_settings("tiny", 7, {})
    assert settings_name(plain) == settings_name(build_settings("tiny", 7, {}))
    assert len({settings_name(build_settings("tiny", 7, {rate: 0})) for rate in ("supply.shock", "prices.leak", "people.rush")}) == 3


def test_the_files_are_made_once_and_again_only_by_other_code(tmp_path, monkeypatch):
    settings, said = build_settings("tiny", 7, {"months": 12, "size.stores": 4, "size.buyers": 100, "size.subscribers": 20}), []
    first = made_once(tmp_path, settings, said.append)
    assert said and (first / "erp.sqlite").is_file()
    said.clear()
    assert made_once(tmp_path, settings, said.append) == first and said == []
    monkeypatch.setattr(generate, "_written_by", lambda: "others")
    again = made_once(tmp_path, settings, said.append)
    assert said and again != first and not first.exists()
