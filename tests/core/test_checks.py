from __future__ import annotations

import math

import pandas as pd

from planning.core.checks import FINDING_COLUMNS, Check, all_passed, check_close, checks_table, open_findings


def test_figures_within_the_tolerance_agree_its_edge_included():
    assert check_close("sum", 100.0, 100.5, 0.5).passed and not check_close("sum", 100.0, 100.51, 0.5).passed


def test_a_check_says_its_figures():
    assert check_close("sum", 1234.5, 1234.0, 1.0).said == "1,234.50 ↔ 1,234.00: Δ 0.50, ≤ 1.00"


def test_a_gap_that_rounds_to_nothing_has_no_minus():
    assert "Δ 0.00" in check_close("sum", 1.0, 1.0000001, 1.0).said


def test_a_missing_figure_never_agrees():
    assert not check_close("sum", math.nan, 1.0, 10.0).passed and not check_close("sum", math.inf, math.inf, 10.0).passed


def test_checks_as_a_table():
    table = checks_table([Check("a", True, "x"), Check("b", False, "y")])
    assert table.to_dict("list") == {"name": ["a", "b"], "passed": [True, False], "said": ["x", "y"]}
    assert list(checks_table([]).columns) == ["name", "passed", "said"]


def test_all_passed_wants_every_one():
    assert all_passed([]) and all_passed([Check("a", True, "")]) and not all_passed([Check("a", True, ""), Check("b", False, "")])


def test_only_open_findings_wait():
    findings = pd.DataFrame([dict.fromkeys(FINDING_COLUMNS, "") | {"status": status} for status in ("within", "accepted", "open")])
    assert open_findings(findings)["status"].tolist() == ["open"]
