"""What the City's files say, checked figure by figure against the files themselves."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pandas as pd
import pytest

from planning.inputs.intake import take_in
from planning.inputs.sources import read_sources

MILLION = 1_000_000


@pytest.fixture(scope="session")
def files() -> Path:
    return Path(importlib.util.find_spec("phl_budget_data").submodule_search_locations[0]) / "data" / "historical"


def cash(city, account: str, month: str, known: str) -> pd.Series:
    rows = city.rows.query("source == 'cash_revenue' and account == @account")
    rows = rows[(rows["period"] == pd.Timestamp(month)) & (rows["known"] == pd.Timestamp(known))]
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_line_of_the_files_is_read(city_intake, files):
    taken, _ = city_intake
    assert taken.read == {
        "cash_revenue": 10680, "cash_spending": 10416, "cash_flow": 2976, "fund_balances": 8784, "department_obligations": 8736,
        "positions": 12114, "personal_services": 5182, "adopted_budget": 1207, "actual_spending": 1207, "indicators": 5,
    }  # fmt: skip
    assert len(pd.read_csv(files / "qcmr" / "cash-reports-revenue.csv")) == 10680
    assert (taken.rows, taken.controls) == (83480, 21215)


def test_no_amount_is_lost_on_the_way(city, files):
    """Lines of the revenue report in million dollars add up to the rows in dollars, totals left out."""
    lines = pd.read_csv(files / "qcmr" / "cash-reports-revenue.csv")
    leaves = lines[~lines["category"].isin(["Total Current Revenue", "Total Cash Receipts"])]["amount"].sum() * MILLION
    assert city.rows.query("source == 'cash_revenue'")["amount"].sum() == pytest.approx(leaves, abs=1)


def test_million_dollars_in_the_report_are_dollars_in_the_rows(city):
    july = cash(city, "real_estate_tax", "2021-07-01", "2022-02-14")
    assert july["amount"] == 7_200_000.0


def test_closed_months_are_actual_and_open_ones_the_citys_forecast(city):
    closed = cash(city, "real_estate_tax", "2021-12-01", "2022-02-14")
    opened = cash(city, "real_estate_tax", "2022-01-01", "2022-02-14")
    assert (closed["scenario"], closed["version"]) == ("actual", "actual")
    assert (opened["scenario"], opened["version"]) == ("forecast", "2022_q2")


def test_no_actual_is_known_before_its_month_has_ended(city):
    actual = city.rows[city.rows["scenario"] == "actual"]
    assert (actual["known"] > actual["period"] + pd.offsets.MonthEnd(0)).all()


def test_a_budget_is_known_before_its_year_begins(city):
    adopted = city.rows.query("source == 'adopted_budget'")
    assert (adopted["known"] == adopted["period"] - pd.Timedelta(days=1)).all()
    assert (adopted["period"].dt.month == 7).all() and set(adopted["version"]) >= {"2022_adopted", "2006_adopted"}


def test_the_year_to_date_ends_with_its_reports_quarter(city):
    reported = city.rows.query("source == 'department_obligations' and grain == 'year_to_date' and version == '2021_q2'")
    assert reported.empty or (reported["period"] == pd.Timestamp("2020-12-01")).all()
    told = city.rows.query("grain == 'year_to_date' and scenario == 'actual'")
    assert set(told["period"].dt.month) <= {3, 6, 9, 12}


def test_control_totals_are_never_rows(city):
    assert not city.rows["account"].map(city.tree.is_total).any() and city.controls["account"].map(city.tree.is_total).all()
    assert set(city.controls["account"]) >= {"receipts", "disbursements", "closing_balance", "consolidated_cash", "obligations"}


def test_nothing_is_unmapped_and_nothing_waits_for_a_decision(city):
    assert not city.rows["account"].str.contains("unmapped").any() and not (city.rows["cost_centre"] == "unmapped").any()
    assert set(city.findings["status"]) == {"within", "accepted"}


def test_receipts_miss_their_lines_by_rounding_only_and_it_is_said(city):
    found = city.findings.query("control == 'receipts'")
    assert found["status"].tolist() == ["within"] and found["kind"].tolist() == ["total"]
    assert found["size"].iloc[0] == 300_000.0 and found["tolerance"].iloc[0] == 350_000.0 and found["owner"].iloc[0] != ""


def test_the_tie_out_shows_every_total_beside_its_lines(city):
    tied = city.tie_out.query("account == 'receipts'")
    assert len(tied) == 744 and (tied["difference"].abs() <= 350_000).all() and (tied["difference"] != 0).sum() == 367


def test_undated_positions_are_one_finding_of_2466_rows(city):
    found = city.findings.query("kind == 'undated'")
    assert found[["control", "where", "rows", "status"]].values.tolist() == [["positions", "as_of_date", 2466, "accepted"]]


def test_the_four_cash_files_that_repeat_a_report_are_found(city):
    found = city.findings.query("kind == 'repeated' and where == '2014_q2'")
    assert set(found["control"]) == {"cash_revenue", "cash_spending", "cash_flow", "fund_balances"}
    assert (found["status"] == "accepted").all() and found["reason"].str.contains("third-quarter").all()


def test_property_assessment_is_not_filed_under_arts_and_culture(city, files):
    found = city.findings.query("kind == 'corrected'")
    assert found["rows"].tolist() == [3, 3] and (found["status"] == "accepted").all()
    lines = pd.read_csv(files / "qcmr" / "fulltime-positions.csv", dtype={"dept_code": str})
    moved = lines[lines["dept_name_raw"].str.startswith("Office of Property Assessment (")]
    assert set(moved["dept_code"]) != {"59"}
    named = lines[(lines["dept_code"] == "59") | lines.index.isin(moved.index)].query("fund == 'General'")
    rows = city.rows.query("source == 'positions' and cost_centre == '59'")
    in_tree = rows[rows["account"].isin(city.tree.leaves("positions_general"))]["amount"].sum()
    assert in_tree == named[["civilian", "uniformed"]].to_numpy().sum()


def test_every_decision_of_the_company_applies_to_a_finding(city, philadelphia):
    decided = {(choice.control, choice.where) for choice in philadelphia.file.accepted}
    found = set(city.findings[["control", "where"]].itertuples(index=False, name=None))
    assert decided <= found


def test_every_cell_is_a_whole_number_of_cents(city):
    cents = city.rows["amount"] * 100
    assert ((cents - cents.round()).abs() < 1e-3).all()


def test_shuffled_copies_of_the_files_give_the_same_snapshot(philadelphia, city_intake, files, tmp_path):
    taken, folder = city_intake
    for source in philadelphia.file.sources.values():
        (tmp_path / source.file).parent.mkdir(exist_ok=True)
        shutil.copy(files / source.file, tmp_path / source.file)
        header, *lines = (tmp_path / source.file).read_text().splitlines(keepends=True)
        (tmp_path / source.file).write_text("".join([header, *sorted(lines)]))
    again = take_in(philadelphia, folder, tmp_path)
    assert again.snapshot == taken.snapshot and not again.new


def test_reading_without_a_folder_finds_the_installed_package(philadelphia, files, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    short = philadelphia.file.model_copy(update={"sources": {"actual_spending": philadelphia.file.sources["actual_spending"]}})
    company = type(philadelphia)(short, *(getattr(philadelphia, n) for n in ("folder", "calendar", "accounts", "cost_centres", "entities")))
    assert read_sources(company).read == {"actual_spending": 1207}
