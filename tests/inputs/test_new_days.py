"""Days in other countries' forms: the calendar is that of the files, and what can be read in two ways is asked."""

from __future__ import annotations

import pandas as pd
import pytest
from finance_folder import understood_and_taken

from planning.inputs.new.look import look_at
from planning.inputs.new.sketch import months_covered
from planning.inputs.new.understand import understand


def write_ledger(folder, form, days):
    folder.mkdir(exist_ok=True)
    rows = [f"JV{n},{day.strftime(form)},{code},{sides}" for n, day in enumerate(days) for code, sides in (("1000", "5,"), ("4000", ",5"))]
    (folder / "general ledger.csv").write_text("\n".join(["Voucher No,Posting Date,Account Code,Debit,Credit", *rows]) + "\n")
    return folder


def months_read(folder, params, answers=None):
    known, rows = understood_and_taken(folder, params, answers)
    return known, sorted(rows["period"].dt.strftime("%Y-%m").unique())


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d"])
def test_the_calendar_is_that_of_the_days_whatever_their_form(tmp_path, form):
    folder = write_ledger(tmp_path / "files", form, pd.date_range("2022-04-15", periods=6, freq="30D"))
    known, months = months_read(folder, tmp_path / "firm")
    assert (known.start, known.end) == ("2022-04", "2022-09") == (months[0], months[-1])
    assert not [id for id in known.doubts.asked if id.startswith(("dates.", "period."))]
    assert months_covered(known)["first"].dt.strftime("%Y-%m").tolist() == ["2022-04"]


@pytest.mark.parametrize(("form", "other"), [("%m/%d/%Y", "day/month/year"), ("%d/%m/%Y", "month/day/year")])
def test_first_days_of_months_spread_over_months_and_are_asked_about(tmp_path, form, other):
    folder = write_ledger(tmp_path / "files", form, pd.date_range("2023-01-01", periods=5, freq="MS"))
    known, months = months_read(folder, tmp_path / "firm")
    assert months == [f"2023-{month:02}" for month in range(1, 6)]
    id = "dates.general_ledger"
    assert id in known.doubts.asked
    assert months_read(folder, tmp_path / "firm_again", {id: other})[1] == ["2023-01"]


def test_another_table_of_the_family_can_tell_the_order(tmp_path):
    folder = write_ledger(tmp_path / "files", "%d/%m/%Y", pd.date_range("2023-01-01", periods=5, freq="MS"))
    (folder / "general ledger.csv").rename(folder / "general ledger 2023-01.csv")
    write_ledger(folder, "%d/%m/%Y", [pd.Timestamp("2023-02-25")])
    (folder / "general ledger.csv").rename(folder / "general ledger 2023-02.csv")
    known = understand("firm", look_at(folder), {})
    assert known.end == "2023-05" and not [id for id in known.doubts.asked if id.startswith("dates.")]


def test_a_table_without_months_is_left_out_where_somebody_says_so(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "trial balance.csv").write_text("Account Code,Account Name,Debit,Credit,Closing Balance\n1000,Bank,5,,5\n4000,Sales,,5,-5\n")
    id = "period.trial_balance"
    assert id in understand("firm", look_at(folder), {}).doubts.asked
    known = understand("firm", look_at(folder), {id: "left out"})
    assert [family.what for family in known.families] == ["left out"] and not known.facts
