"""Fiscal years that don't begin in January: whichever way a file names them, page and intake place them alike."""

from __future__ import annotations

import pytest
from finance_folder import understood_and_taken, write_sheets

from planning.core.periods import year_in, year_spanned
from planning.inputs.new.look import look_at
from planning.inputs.new.understand import understand

FROM_APRIL = "Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar".split()
NAMED = "calendar.year_name"


def write_budget(path, title="Operating budget", sheet="Plan"):
    heading = ["Account Code", "Account Name", *FROM_APRIL]
    write_sheets(path, {sheet: [[title], heading, ["4000", "Sales revenue", *range(1, 13)], ["6100", "Rent", *[1] * 12]]})


def months_read(folder, params, answers=None):
    """The months that are shown, and those that intake stores."""
    known, rows = understood_and_taken(folder, params, answers)
    april = rows[(rows["account"] == "4000") & (rows["amount"] == 1)]
    assert april["period"].dt.month.tolist() == [4]
    shown = {month for table in known.facts.values() for month in table["month"]}
    assert shown == set(rows["period"].dt.strftime("%Y-%m")) and (known.start, known.end) == (min(shown), max(shown))
    return known, sorted(rows["period"].dt.strftime("%Y-%m").unique())


@pytest.mark.parametrize("stem", ["Budget 2024-25", "Budget 2024-2025", "Budget_2024_25"])
def test_a_budget_named_by_both_its_years_lies_in_both(tmp_path, stem):
    write_budget(tmp_path / "files" / f"{stem}.xlsx")
    known, months = months_read(tmp_path / "files", tmp_path / "firm")
    assert (months[0], months[-1], len(months)) == ("2024-04", "2025-03", 12)
    assert NAMED not in known.doubts.asked


@pytest.mark.parametrize(("answers", "first"), [({}, "2024-04"), ({NAMED: "ends"}, "2024-04"), ({NAMED: "begins"}, "2025-04")])
def test_a_budget_named_by_one_year_is_asked_about_and_the_answer_places_it(tmp_path, answers, first):
    write_budget(tmp_path / "files" / "Budget FY2025.xlsx")
    known, months = months_read(tmp_path / "files", tmp_path / "firm", answers)
    assert NAMED in known.doubts.asked and months[0] == first and len(months) == 12


def test_a_sheets_name_may_say_more_than_the_year(tmp_path):
    write_budget(tmp_path / "files" / "Budget.xlsx", sheet="Plan 2024-25")
    _, months = months_read(tmp_path / "files", tmp_path / "firm")
    assert months[0] == "2024-04"


def test_a_year_written_over_two_is_no_month_and_no_span_of_many():
    assert [year_spanned(text) for text in ("FY 2024/25", "2024–2025", "1999-00", "2024-12", "2011-12", "2021-2024", "2024")] == [
        2025, 2025, None, None, None, None, None,
    ]  # fmt: skip
    assert [year_in(text) for text in ("Budget 2024-25", "2023-24 and 2024-25", "FY2025")] == [2025, None, 2025]


@pytest.mark.parametrize(("answers", "first"), [({}, "2023-07"), ({NAMED: "begins"}, "2024-07")])
def test_numbered_months_count_from_the_years_first(tmp_path, answers, first):
    folder = tmp_path / "files"
    folder.mkdir()
    rows = [f"2024,{number},4000,{number}" for number in range(1, 13)]
    (folder / "budget.csv").write_text("\n".join(["Fiscal Year,Period,Account Code,Amount", *rows]) + "\n")
    known = understand("firm", look_at(folder), answers | {"calendar.first_month": "7"})
    assert known.facts["budget"].set_index("amount")["month"][1] == first and known.start == first


def test_months_that_stand_beside_their_number_follow_the_answer(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    months = [(number + 6 - 1) % 12 + 1 for number in range(1, 13)]
    rows = [f"2024,{month},{number},4000,{number}" for number, month in enumerate(months, start=1)]
    (folder / "budget.csv").write_text("\n".join(["Fiscal Year,Period,Fiscal Month,Account Code,Amount", *rows]) + "\n")
    starts = [understand("firm", look_at(folder), answers).start for answers in ({}, {NAMED: "begins"})]
    assert starts == ["2023-07", "2024-07"]
