from __future__ import annotations

import random
import shutil

import pandas as pd
import pytest
from toyland import LEDGER, figures

from planning.inputs.company import read_company
from planning.inputs.snapshots import latest


def test_rows_land_on_their_accounts_and_totals_stand_apart(toyland):
    snapshot = toyland.load()
    assert figures(snapshot) == {
        ("01", "toys", "2021-01"): 70.5, ("01", "games", "2021-01"): 29.5, ("01", "wages", "2021-01"): 40.0,
        ("02", "toys", "2021-01"): 10.0, ("02", "games", "2021-01"): 20.0, ("01", "toys", "2021-02"): 71.25,
    }  # fmt: skip
    assert snapshot.controls["account"].tolist() == ["sales", "sales"] and snapshot.controls["amount"].tolist() == [100.0, 30.0]
    assert (snapshot.tie_out["difference"] == 0).all()


def test_a_figure_knows_its_scenario_version_and_the_day_it_could_be_known(toyland):
    rows = toyland.load().rows.set_index(["scenario", "cost_centre", "account"]).sort_index()
    january = rows.loc[("actual", "02", "toys")].iloc[0]
    assert (january["version"], january["grain"], january["known"]) == ("actual", "month", pd.Timestamp("2021-02-10"))
    budget = rows.loc[("budget", "02", "toys")].iloc[0]
    assert (budget["version"], budget["grain"]) == ("2021_adopted", "year")
    assert (budget["period"], budget["known"]) == (pd.Timestamp("2021-01-01"), pd.Timestamp("2020-12-31"))


def test_loading_the_same_again_changes_nothing_and_says_so(toyland):
    first = toyland.take_in()
    before = {path: path.stat().st_mtime_ns for path in toyland.snapshots.rglob("*")}
    again = toyland.take_in()
    assert again.snapshot == first.snapshot and not again.new
    assert {path: path.stat().st_mtime_ns for path in toyland.snapshots.rglob("*")} == before


def test_shuffled_lines_are_the_same_content(toyland):
    first = toyland.take_in().snapshot
    header, *lines = LEDGER.splitlines()
    toyland.file("data/ledger.csv", "\n".join([header, *random.Random(1).sample(lines, len(lines))]) + "\n")
    assert toyland.take_in().snapshot == first


def test_shuffled_lines_are_the_same_content_where_there_are_findings_too(toyland):
    toyland.line("01,Toys,2021,2,3\n99,Dolls,2021,2,5\n01,Toys,2021,2,1")
    first = toyland.take_in().snapshot
    header, *lines = toyland.files["data/ledger.csv"].splitlines()
    toyland.file("data/ledger.csv", "\n".join([header, *reversed(lines)]) + "\n")
    assert toyland.take_in().snapshot == first


def test_further_columns_are_left_alone(toyland):
    first = toyland.take_in().snapshot
    header, *lines = LEDGER.splitlines()
    toyland.file("data/ledger.csv", "\n".join([f"note,{header}", *(f'"a, b",{line}' for line in lines)]))
    assert toyland.take_in().snapshot == first


def test_a_changed_history_is_a_new_snapshot_and_the_old_one_stays(toyland):
    first = toyland.take_in().snapshot
    toyland.file("data/ledger.csv", LEDGER.replace("71.25", "71.26"))
    second = toyland.take_in()
    assert second.new and second.snapshot != first and latest(toyland.snapshots) == second.snapshot
    assert (toyland.snapshots / first / "manifest.json").is_file()


def test_going_back_to_the_old_files_makes_the_old_snapshot_the_latest_again(toyland):
    first = toyland.take_in().snapshot
    toyland.line("01,Games,2021,2,5")
    toyland.take_in()
    toyland.file("data/ledger.csv", LEDGER)
    again = toyland.take_in()
    assert not again.new and latest(toyland.snapshots) == first


def test_the_same_tables_from_another_folder_are_the_same_snapshot(toyland, tmp_path):
    first = toyland.take_in()
    shutil.copytree(toyland.folder / "data", tmp_path / "newer")
    again = toyland.take_in(tmp_path / "newer")
    assert again.snapshot == first.snapshot and not again.new


def test_the_other_folder_is_read_and_not_the_companys_own(toyland, tmp_path):
    shutil.copytree(toyland.folder / "data", tmp_path / "newer")
    (tmp_path / "newer" / "ledger.csv").write_text(LEDGER + "01,Toys,2021,3,1\n")
    assert toyland.take_in(tmp_path / "newer").rows == toyland.take_in().rows + 1


def test_the_scale_turns_thousands_into_units(toyland):
    toyland.ledger["scale"] = 1000
    assert figures(toyland.load())[("01", "toys", "2021-02")] == 71250.0


def test_a_scale_of_minus_one_turns_the_sign(toyland):
    toyland.ledger["scale"] = -1
    assert figures(toyland.load())[("01", "toys", "2021-02")] == -71.25


def test_a_code_skipped_on_purpose_is_left_out_without_a_finding(toyland):
    toyland.ledger["account"]["skip"] = {"Memo": "told elsewhere"}
    toyland.line("01,Memo,2021,1,1000")
    taken = toyland.take_in()
    assert taken.rows == 10 and taken.findings.empty


def test_heads_are_kept_whole_and_money_to_the_cent(toyland):
    toyland.line("01,Heads,2021,1,12\n01,Games,2021,2,0.30")
    seen = figures(toyland.load())
    assert seen[("01", "heads", "2021-01")] == 12.0 and seen[("01", "games", "2021-02")] == 0.3


def test_dates_are_read_by_the_day_they_write_whatever_the_time_and_zone(toyland):
    toyland.ledger["period"] = {"date": "day"}
    toyland.ledger["key"] = ["shop", "line", "day"]
    days = ("2021-01-31", "2021-02-28T23:59:59-11:00", "2021-03", "2021-04-01 00:00:00", "2021-05-01T00:00:00Z")
    toyland.file("data/ledger.csv", "shop,line,day,amount\n" + "".join(f"01,Toys,{day},1\n" for day in days))
    assert list(figures(toyland.load())) == [("01", "toys", f"2021-0{number}") for number in range(1, 6)]


def test_a_fiscal_year_from_july_places_its_months(toyland):
    toyland.settings["calendar"] = {"first_month": 7, "start": "2019-07", "end": "2026-06"}
    assert ("01", "toys", "2020-07") in figures(toyland.load())


def test_declared_dimensions_are_columns_of_every_row(toyland):
    toyland.settings["dimensions"] = ["product"]
    assert (toyland.load().rows["product"] == "none").all()


@pytest.mark.parametrize("mark", ["﻿", ""])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(toyland, mark):
    first = toyland.take_in().snapshot
    toyland.file("data/ledger.csv", mark + LEDGER.replace("\n", "\r\n"))
    assert toyland.take_in().snapshot == first


def test_blanks_around_values_change_nothing(toyland):
    first = toyland.take_in().snapshot
    toyland.file("data/ledger.csv", LEDGER.replace(",", " , "))
    assert toyland.take_in().snapshot == first


def test_a_report_that_restates_the_year_is_actual_up_to_its_quarter_and_forecast_after(toyland):
    changes = {
        "key": ["shop", "line", "year", "month", "quarter"],
        "scenario": {"quarter": "quarter"},
        "version": {"forecast": "{report}"},
        "report": {"fiscal_year": "year", "quarter": "quarter"},
        "known": {"after": "report", "days": 45},
    }
    toyland.ledger.update(changes)
    lines = [f"01,Toys,2021,{month},{quarter},{quarter}" for quarter in (1, 2) for month in (3, 4)]
    toyland.file("data/ledger.csv", "\n".join(["shop,line,year,month,quarter,amount", *lines]))
    rows = toyland.load().rows.query("source == 'ledger'")
    told = list(zip(rows["scenario"], rows["version"], rows["period"].dt.month, rows["known"].dt.strftime("%m-%d"), strict=True))
    assert told == [("actual", "actual", 3, "05-15"), ("forecast", "2021_q1", 4, "05-15"), ("actual", "actual", 3, "08-14"),
                    ("actual", "actual", 4, "08-14")]  # fmt: skip


def test_every_amount_that_was_read_is_accounted_for_in_the_manifest(toyland):
    toyland.ledger["left_out"] = [{"when": {"shop": "02", "line": "Games"}, "reason": "sold elsewhere"}]
    snapshot = toyland.load()
    assert snapshot.manifest["read"]["ledger"] == 8
    ledger = snapshot.manifest["became"]["ledger"]
    assert ledger == {
        "left_out": 1, "amounts": 7, "skipped": 0, "closing": 0, "totals": 2, "leaves": 5, "cells": 5, "controls": 2,
    }  # fmt: skip


def test_postings_of_one_cell_are_many_amounts_and_one_row(toyland):
    toyland.line("01,Toys,2021,2,3")
    ledger = toyland.load().manifest["became"]["ledger"]
    assert (ledger["leaves"], ledger["cells"]) == (7, 6)


def test_a_source_is_called_by_its_label(toyland):
    toyland.ledger["label"] = ["Ledger", "总账"]
    toyland.write()
    assert read_company(toyland.folder).names == {"ledger": ["Ledger", "总账"]}


def test_a_source_that_is_not_read_again_is_accounted_for_as_before(toyland):
    first = toyland.load().manifest["became"]
    toyland.line("01,Toys,2021,2,3")
    second = toyland.load().manifest["became"]
    assert second["budget"] == first["budget"] and second["ledger"]["amounts"] == first["ledger"]["amounts"] + 1
