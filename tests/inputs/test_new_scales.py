"""Files of one kind that count in different units or currencies: each with its own, and asked where nothing is said."""

from __future__ import annotations

import pandas as pd
import pytest
from finance_folder import HEADING, write_sheets

from planning.inputs.company import read_company
from planning.inputs.company_file import Place
from planning.inputs.intake import take_in
from planning.inputs.new.look import look_at
from planning.inputs.new.understand import understand
from planning.inputs.new.words import currency_in, unit_said
from planning.inputs.new.write import answers_of, write_params
from planning.inputs.notation import plain_numbers


def renew(folder, params, answers=None):
    known = understand(params.name, look_at(folder), answers or answers_of(params))
    return known, write_params(known, params)


def write_month(folder, month, unit, factor):
    rows = [["6001", "主营业务收入", 0, 0, 5e6 / factor, 0], ["6602", "管理费用", 0, 2e6 / factor, 0, 0]]
    write_sheets(folder / f"余额表_{month}.xlsx", {"表": [[f"余额表 {month}"], [unit], HEADING, *rows]})


def revenue(params, folder, store):
    take_in(read_company(params), store, folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted(store.rglob("*.parquet")) if path.stem == "rows")
    return rows[rows["account"] == "6001"].set_index("period")["amount"]


def test_each_file_counts_in_the_unit_of_its_own_title(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    for month in ("202311", "202312"):
        write_month(folder, month, "单位：元", 1)
    write_month(folder, "202401", "单位：万元", 1e4)
    known, _ = renew(folder, params)
    assert {table["credit"].max() for table in known.facts.values()} == {5e6}
    write_month(folder, "202402", "单位：万元", 1e4)  # a month later: its file is read by the source of the newest
    amounts = revenue(params, folder, tmp_path / "snapshots")
    assert amounts.to_dict() == dict.fromkeys(pd.to_datetime(["2023-11", "2023-12", "2024-01", "2024-02"]), 5e6)


@pytest.mark.parametrize(("factor", "guess"), [(1, "1"), (1e4, "10000")])
def test_a_file_without_a_unit_beside_one_with_is_asked_about_by_its_size(tmp_path, factor, guess):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_month(folder, "202311", "某公司", factor)
    write_month(folder, "202312", "单位：万元", 1e4)
    known, _ = renew(folder, params)
    assert known.doubts.asked["unit.trial_balance"].guess == guess
    other = {"1": "10000", "10000": "1"}[guess]
    again, _ = renew(folder, params, {"unit.trial_balance": other})
    assert {family.scale for family in again.families} == ({1e4} if other == "10000" else {1.0, 1e4})


def test_files_in_another_currency_are_left_out_unless_somebody_says_otherwise(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    for month in ("202310", "202311"):
        write_month(folder, month, "单位：人民币元", 1)
    write_month(folder, "202312", "单位：美元", 1)
    known, _ = renew(folder, params)
    assert "currency.trial_balance_in_2" in known.doubts.asked
    assert list(revenue(params, folder, tmp_path / "snapshots").index.strftime("%Y-%m")) == ["2023-10", "2023-11"]
    known, _ = renew(folder, params, {"currency.trial_balance_in_2": "read as it is"})
    assert [family.what for family in known.families] == ["trial_balance"] * 2


def test_titles_tell_unit_and_currency():
    assert (unit_said(["单位：元"]), unit_said(["单位：万元"]), unit_said(["余额表"])) == (1.0, 10_000.0, None)
    assert [currency_in([said]) for said in ("单位：美元", "单位：元", "GBP thousands", "余额表")] == ["USD", "CNY", "GBP", ""]


BELOW_NOTHING = ["(5,000.00)", "（5,000.00）", "5,000.00-", "-¥5,000.00", "(￥5,000.00)", "−5000", "-5'000.00", "-5，000.00"]


@pytest.mark.parametrize("written", BELOW_NOTHING)
def test_amounts_below_nothing_are_read_as_accountants_write_them(tmp_path, written):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    rows = [["6001", "主营业务收入", 0, 0, written, 0], ["6602", "管理费用", 0, 20, 0, 0]]
    write_sheets(folder / "余额表_202401.xlsx", {"表": [HEADING, ["6001", "主营业务收入", 0, 0, 0, 0], *rows]})
    renew(folder, params)
    assert revenue(params, folder, tmp_path / "snapshots").tolist() == [-5000.0]


@pytest.mark.parametrize("written", ["(5,00)", "5-0", "((5))", "(5", "¥", "(-5)"])
def test_what_only_looks_like_an_amount_is_no_number(written):
    place = Place(file="a.csv", thousands=",", accounting=True)
    assert pd.to_numeric(plain_numbers(pd.Series([written]), place), errors="coerce").isna().all()
