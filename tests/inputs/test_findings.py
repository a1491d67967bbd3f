"""What is wrong with the content is found, counted and shown; it never loses a row."""

from __future__ import annotations

import pandas as pd
import pytest
from toyland import LEDGER, figures, findings

from planning.core.checks import FINDING_COLUMNS
from planning.inputs.company_file import Accepted
from planning.inputs.findings import SINGLY, finding
from planning.inputs.reconcile import decide


def accept(toyland, control: str, where: str, reason: str = "we know") -> None:
    toyland.settings.setdefault("accepted", []).append({"control": control, "where": where, "reason": reason, "owner": "Bob"})


def test_clean_files_have_no_findings(toyland):
    assert toyland.take_in().findings.empty and list(toyland.take_in().findings.columns) == list(FINDING_COLUMNS)


def test_an_unmapped_account_lands_on_the_visible_line_and_the_total_still_ties(toyland):
    toyland.file("data/ledger.csv", LEDGER.replace("01,Games,2021,1", "01,Video games,2021,1"))
    taken, snapshot = toyland.take_in(), toyland.load()
    assert figures(snapshot)[("01", "sales_unmapped", "2021-01")] == 29.5 and (snapshot.tie_out["difference"] == 0).all()
    assert findings(taken) == [("ledger", "unmapped", "line = Video games", "open")]


def test_each_unmapped_code_is_one_finding_with_its_rows(toyland):
    toyland.line("01,Dolls,2021,3,5\n01,Dolls,2021,4,6\n01,Kites,2021,3,7")
    found = toyland.take_in().findings
    assert found[["where", "rows"]].values.tolist() == [["line = Dolls", 2], ["line = Kites", 1]]


def test_an_unmapped_cost_centre_is_visible_and_its_amounts_kept(toyland):
    toyland.line("99,Toys,2021,3,5")
    assert findings(toyland.take_in()) == [("ledger", "unmapped", "shop = 99", "open")]
    assert figures(toyland.load())[("unmapped", "toys", "2021-03")] == 5.0


def test_a_source_that_says_unmapped_itself_is_found_too(toyland):
    toyland.line("unmapped,Toys,2021,3,5")
    assert findings(toyland.take_in()) == [("ledger", "unmapped", "shop = unmapped", "open")]


def test_rows_that_stand_there_twice_both_count_and_are_found(toyland):
    toyland.line("01,Toys,2021,1,70.5")
    taken = toyland.take_in()
    assert figures(toyland.load())[("01", "toys", "2021-01")] == 141.0
    assert findings(taken)[0] == ("ledger", "duplicate", "01 · Toys · 2021 · 1", "open")
    assert taken.findings["size"].iloc[0] == 70.5 and taken.findings["rows"].iloc[0] == 2


def test_rows_alike_but_for_their_key_are_found_the_largest_first_and_all_count(toyland):
    toyland.line("01,Toys,2021,3,71.25")
    toyland.line("01,Wages,2021,2,40")
    toyland.line("01,Wages,2021,3,40")
    toyland.ledger["alike"] = {"columns": ["shop", "line"]}
    taken = toyland.take_in()
    assert findings(taken) == [("ledger", "alike", "01 · Toys · 71.25", "open"), ("ledger", "alike", "01 · Wages · 40", "open")]
    assert taken.findings["size"].tolist() == [71.25, 80.0] and taken.findings["rows"].tolist() == [2, 3]
    assert figures(toyland.load())[("01", "wages", "2021-03")] == 40.0


def test_only_the_rows_named_can_be_alike_and_a_key_that_stands_twice_is_told_once(toyland):
    toyland.line("01,Toys,2021,3,71.25")
    toyland.line("01,Wages,2021,1,40")
    toyland.ledger["alike"] = {"columns": ["shop", "line"], "when": {"line": "Wages"}}
    assert findings(toyland.take_in()) == [("ledger", "duplicate", "01 · Wages · 2021 · 1", "open")]


def test_of_many_rows_alike_the_largest_are_named_and_the_others_told_together(toyland):
    for month in (2, 3):
        for number in range(SINGLY + 5):
            toyland.line(f"01,Wages,2021,{month},{number + 100}")
    toyland.ledger["key"] = ["shop", "line", "year", "month", "amount"]
    toyland.ledger["alike"] = {"columns": ["shop", "line"]}
    taken = toyland.take_in()
    assert len(taken.findings) == SINGLY + 1
    rest = taken.findings.set_index("where").loc["further rows"]
    assert rest["rows"] == 10 and rest["size"] == sum(range(100, 105))


def test_a_decision_about_a_duplicate_stays_with_its_key_when_lines_are_added_above(toyland):
    toyland.line("01,Wages,2021,1,1")
    accept(toyland, "ledger", "01 · Wages · 2021 · 1")
    toyland.file("data/ledger.csv", toyland.files["data/ledger.csv"].replace("amount\n", "amount\n02,Wages,2021,1,7\n"))
    assert findings(toyland.take_in()) == [("ledger", "duplicate", "01 · Wages · 2021 · 1", "accepted")]


def test_a_row_left_out_needs_no_code_and_no_amount(toyland):
    toyland.line("01,,2021,1,subtotal")
    assert "row 10" in toyland.refused()[0]
    toyland.ledger["left_out"] = [{"when": {"line": ""}, "reason": "subtotals have no code"}]
    taken = toyland.take_in()
    assert findings(taken) == [("ledger", "left_out", "line = ", "accepted")]
    toyland.ledger["left_out"] = [{"when": {"kind": ""}, "reason": "subtotals have no kind"}]
    assert any("missing column kind" in problem for problem in toyland.refused())


def test_a_year_written_as_a_decimal_is_the_same_year(toyland):
    toyland.line("01,Toys,2021.0,1.0,70.5")
    assert findings(toyland.take_in())[0] == ("ledger", "duplicate", "01 · Toys · 2021 · 1", "open")


def test_totals_within_the_tolerance_are_one_finding_for_all(toyland):
    toyland.file("data/ledger.csv", LEDGER.replace("2021,1,100", "2021,1,100.4").replace("2021,1,30", "2021,1,29.8"))
    found = toyland.take_in().findings.iloc[0]
    assert (found["kind"], found["where"], found["status"], found["owner"]) == ("total", "all periods", "within", "Ann")
    assert found["rows"] == 2 and found["size"] == pytest.approx(0.4) and found["tolerance"] == 0.5


def test_a_total_beyond_the_tolerance_waits_for_its_owner(toyland):
    toyland.file("data/ledger.csv", LEDGER.replace("2021,1,100", "2021,1,101"))
    found = toyland.take_in().findings.iloc[0]
    assert (found["control"], found["where"], found["status"]) == ("sales", "actual 01 2021-01 known 2021-02-10", "open")
    assert (found["owner"], found["size"], found["said"]) == ("Ann", 1.0, "total 101.00, lines 100.00, difference 1.00")


def test_the_edge_of_the_tolerance_is_within(toyland):
    toyland.file("data/ledger.csv", LEDGER.replace("2021,1,100", "2021,1,100.5"))
    assert toyland.take_in().findings["status"].tolist() == ["within"]


def test_a_total_without_any_line_misses_by_all_of_it(toyland):
    toyland.line("02,Total sales,2021,5,12")
    assert toyland.take_in().findings["size"].tolist() == [12.0]


def test_lines_without_a_total_are_no_finding(toyland):
    toyland.line("02,Toys,2021,5,12")
    assert toyland.take_in().findings.empty


def test_an_account_without_a_tolerance_must_tie_to_the_cent(toyland):
    del toyland.settings["tolerances"]
    toyland.file("data/ledger.csv", LEDGER.replace("2021,1,100", "2021,1,100.01"))
    assert toyland.take_in().findings["status"].tolist() == ["open"]


def test_amounts_finer_than_a_cent_are_rounded_and_it_is_said(toyland):
    toyland.line("01,Games,2021,2,0.125\n01,Games,2021,3,0.376")
    found = toyland.take_in().findings.iloc[0]
    assert (found["control"], found["kind"], found["rows"], found["status"]) == ("ledger", "rounded", 2, "within")
    assert found["size"] == pytest.approx(0.009) and figures(toyland.load())[("01", "games", "2021-02")] == 0.12


def test_large_exact_amounts_are_not_called_rounded(toyland):
    toyland.ledger["scale"] = 1_000_000
    toyland.file("data/ledger.csv", "shop,line,year,month,amount\n01,Toys,2021,1,12345678.12\n01,Toys,2021,2,7.2\n")
    assert toyland.take_in().findings.empty


def test_a_report_filed_under_two_quarters_is_found(toyland):
    toyland.ledger["key"] += ["quarter"]
    toyland.ledger["report"] = {"fiscal_year": "year", "quarter": "quarter"}
    toyland.ledger["known"] = {"after": "report", "days": 45}
    lines = [f"0{shop},Toys,2021,{month},{quarter},{month}.0" for quarter in ("2", "1.0") for shop in (1, 2) for month in (1, 2, 3)]
    text = "\n".join(["shop,line,year,month,quarter,amount", *lines]) + "\n"
    toyland.file("data/ledger.csv", text)
    assert findings(toyland.take_in()) == [("ledger", "repeated", "2021_q1", "open")]
    toyland.file("data/ledger.csv", text.replace("3,2,3.0", "3,2,3.1"))
    assert toyland.take_in().findings.empty


def test_rows_without_their_date_are_counted(toyland):
    toyland.ledger["dated"] = "day"
    toyland.file("data/ledger.csv", "shop,line,year,month,amount,day\n01,Toys,2021,1,1,\n01,Toys,2021,2,1,2021-02-28\n")
    taken = toyland.take_in()
    assert findings(taken) == [("ledger", "undated", "day", "open")] and taken.findings["rows"].tolist() == [1]


def test_a_correction_moves_its_rows_and_says_so(toyland):
    toyland.ledger["cost_centre"]["corrections"] = [{"when": {"shop": "02", "line": "Games"}, "code": "01", "reason": "misfiled"}]
    taken = toyland.take_in()
    assert ("ledger", "corrected", "shop = 02, line = Games", "accepted") in findings(taken)
    assert figures(toyland.load())[("01", "games", "2021-01")] == 49.5 and taken.findings["reason"].tolist()[0] == "misfiled"


# --- two sources that should say the same


@pytest.fixture
def compared(toyland):
    """Toyland with a second ledger that counts heads where the first counts wages, and should give the same figure."""
    other = {**toyland.ledger, "file": "payroll.csv"}
    toyland.settings["sources"]["payroll"] = other
    sides = {"left": {"account": "wages"}, "right": {"account": "heads"}, "by": ["cost_centre", "month"]}
    toyland.settings["reconciliations"] = {"pay": {**sides, "tolerance": {"amount": 1}, "owner": "Cy"}}
    return toyland


def payroll(toyland, *lines: str) -> None:
    toyland.file("data/payroll.csv", "\n".join(["shop,line,year,month,amount", *lines]) + "\n")


def test_two_sources_that_agree_within_the_tolerance_are_quiet(compared):
    payroll(compared, "01,Heads,2021,1,39")
    assert compared.take_in().findings.empty


def test_departments_are_compared_with_all_their_cost_centres(compared):
    payroll(compared, "01,Heads,2021,1,30", "02,Heads,2021,1,10")
    assert compared.take_in().findings.empty


def test_two_sources_that_disagree_are_found_with_their_owner(compared):
    payroll(compared, "01,Heads,2021,1,50")
    taken = compared.take_in()
    assert findings(taken) == [("pay", "total", "01 2021-01", "open")]
    assert taken.findings[["size", "tolerance", "owner"]].values.tolist() == [[10.0, 1.0, "Cy"]]


def test_a_department_that_one_source_does_not_know_is_an_orphan(compared):
    compared.file("cost_centres.csv", compared.files["cost_centres.csv"] + "03,,hq,West,西,\n")
    payroll(compared, "01,Heads,2021,1,40", "03,Heads,2021,1,7")
    assert findings(compared.take_in()) == [("pay", "orphan", "03 2021-01", "open")]


def test_months_that_only_one_source_covers_are_not_compared(compared):
    payroll(compared, "01,Heads,2021,1,40", "01,Heads,2021,2,41")
    assert compared.take_in().findings.empty


# --- decisions


def test_a_decision_applies_to_its_finding_with_reason_and_owner(toyland):
    toyland.line("01,Dolls,2021,3,5")
    accept(toyland, "ledger", "line = Dolls", "a gift")
    found = toyland.take_in().findings.iloc[0]
    assert (found["status"], found["reason"], found["owner"]) == ("accepted", "a gift", "Bob")


@pytest.mark.parametrize(
    ("control", "where"),
    [("ledger", "line = Doll"), ("ledger", "line = dolls"), ("ledger", "*"), ("ledger", ""), ("budget", "line = Dolls")],
)
def test_a_decision_about_anything_else_does_not_apply(toyland, control, where):
    toyland.line("01,Dolls,2021,3,5")
    accept(toyland, control, where)
    assert toyland.take_in().findings["status"].tolist() == ["open"]


def test_a_decision_about_one_month_leaves_the_next_open(toyland):
    toyland.file("data/ledger.csv", LEDGER.replace("2021,1,100", "2021,1,150").replace("2021,1,30", "2021,1,80"))
    accept(toyland, "sales", "actual 01 2021-01 known 2021-02-10")
    assert sorted(toyland.take_in().findings["status"]) == ["accepted", "open"]


def test_a_forecast_and_a_target_of_one_report_are_two_places(toyland):
    toyland.ledger["scenario"] = {"column": "kind", "map": {"F": "forecast", "T": "target"}}
    toyland.ledger["version"] = {"forecast": "2021_q1", "target": "2021_q1"}
    toyland.ledger["key"] += ["kind"]
    toyland.file("data/ledger.csv", "shop,line,year,month,amount,kind\n01,Total sales,2021,1,9,F\n01,Total sales,2021,1,9,T\n")
    assert toyland.take_in().findings["where"].tolist() == [
        "forecast 2021_q1 01 2021-01 known 2021-02-10", "target 2021_q1 01 2021-01 known 2021-02-10",
    ]  # fmt: skip


def test_a_decision_never_touches_what_is_within_the_tolerance():
    found = [finding("sales", "total", "all periods", "x", status="within"), finding("sales", "total", "01", "x")]
    decided = decide(found, [Accepted(control="sales", where="all periods", reason="r", owner="o")])
    assert decided["status"].tolist() == ["open", "within"]


def test_no_findings_are_an_empty_table_of_the_right_columns():
    pd.testing.assert_index_equal(decide([], []).columns, pd.Index(FINDING_COLUMNS))
