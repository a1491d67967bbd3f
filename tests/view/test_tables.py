import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, MILLION, USD

from planning.core.checks import FINDING_COLUMNS
from planning.view.amounts import Unit
from planning.view.frame import BAD, GOOD, NEUTRAL, QUIET
from planning.view.tables import Column, show_checks, show_findings, show_table

COLUMNS = [
    Column("label", "Line", "text"),
    Column("actual", "AC"),
    Column("budget", "BU"),
    Column("gap", "ΔBU", "variance", "down"),
    Column("gap_rate", "ΔBU %", "variance_rate", "down"),
]


def lines(*actuals, budget=100.0, **more):
    table = pd.DataFrame({"label": [f"line {at}" for at in range(len(actuals))], "actual": actuals, "budget": budget}).astype(
        {"actual": float, "budget": float}
    )
    table[["actual", "budget"]] *= MILLION
    table["gap"] = table["actual"] - table["budget"]
    table["gap_rate"] = table["gap"] / table["budget"].where(table["budget"] != 0)
    return table.assign(**more)


def cells(html: str) -> list[list[str]]:
    """What stands in the body's cells, row by row."""
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>") if "<td" in row]


def style_of(html: str, text: str) -> str:
    """The style of the first cell that holds the text."""
    return re.search(rf'<td style="([^"]*)">{re.escape(text)}</td>', html).group(1)


def show(table, lang="en", columns=COLUMNS, **how):
    return show_table(table, columns, unit=USD, lang=lang, **how)


def test_amounts_are_right_aligned_in_the_unit_with_separators():
    html = show(lines(4934, -5))
    assert [row[1] for row in cells(html)] == ["4,934.0", "−5.0"]
    assert "text-align:right" in style_of(html, "4,934.0") and "tabular-nums" in html
    assert "in $ million" in html


def test_variances_carry_a_sign_and_the_colour_of_what_they_mean():
    spending = show(lines(110, 90, 100))
    assert [row[3] for row in cells(spending)] == ["+10.0", "−10.0", "0.0"]
    assert BAD in style_of(spending, "+10.0") and GOOD in style_of(spending, "−10.0") and NEUTRAL in style_of(spending, "0.0")
    revenue = show(lines(110, 90, better="up"))
    assert GOOD in style_of(revenue, "+10.0") and BAD in style_of(revenue, "−10.0")


def test_a_variance_that_shows_as_zero_has_no_colour():
    html = show(lines(100.01))
    assert cells(html)[0][3] == "0.0" and NEUTRAL in style_of(html, "0.0")


def test_missing_is_a_dash_and_never_nan_or_zero(lang):
    html = show(lines(np.nan, 5, budget=[1.0, 0.0]), lang)
    assert cells(html)[0][1:] == ["–", "1.0", "–", "–"]
    assert cells(html)[1][4] == "–"  # no rate on a base of 0
    assert "nan" not in html.lower()
    assert QUIET in re.search(r'<td style="([^"]*)">–</td></tr>', html).group(1)  # a missing variance has no colour
    assert ("– means no figure" if lang == "en" else "表示无数据") in html


def test_every_label_is_escaped():
    column = [Column("label", HOSTILE, "text", group=HOSTILE), *COLUMNS[1:]]
    html = show(lines(1, 2, label=HOSTILE), columns=column, caption=HOSTILE, source=HOSTILE, notes=[HOSTILE])
    assert "<script" not in html and html.count("&lt;script&gt;") == 7
    assert "<script" not in show_checks(pd.DataFrame([(HOSTILE, False, HOSTILE)], columns=["name", "passed", "said"]), "en")
    finding = pd.DataFrame([dict.fromkeys(FINDING_COLUMNS, HOSTILE) | {"size": 1.0, "tolerance": 0.0, "rows": 1}])
    assert "<script" not in show_findings(finding, "en")


def test_there_is_no_script_and_no_outside_address():
    html = show(lines(1, 2), caption=LONG)
    assert "<script" not in html and "http" not in html


def test_totals_are_bold_and_equal_the_input():
    html = show(lines(40, 60, 100, budget=1.0, is_total=[False, False, True], level=[1, 2, 0]))
    assert cells(html)[2][1] == "100.0" and "font-weight:600" in style_of(html, "100.0")
    assert "padding:3px 10px 3px 26px" in html and "padding:3px 10px 3px 42px" in html


def test_rounding_differences_are_stated_and_not_forced():
    html = show(lines(0.04, 0.04, 0.04, 0.12, budget=0.0, is_total=[False] * 3 + [True]))
    assert [row[1] for row in cells(html)] == ["0.0", "0.0", "0.0", "0.1"]
    assert "at most 0.1" in html
    assert "at most" not in show(
        lines(0.04, 0.04, 0.04, 0.12, budget=0.0, is_total=[False] * 3 + [True]), rounding_difference=False
    )


def test_totals_above_their_rows_and_subtotals_are_understood():
    above = lines(0.12, 0.04, 0.04, 0.04, budget=0.0, is_total=[True, False, False, False])
    assert "at most 0.1" in show(above)
    two = lines(0.04, 0.04, 0.08, 5, 5, 10, 10.08, budget=0.0, is_total=[0, 0, 1, 0, 0, 1, 1])
    assert "at most 0.1" in show(two)


def test_a_total_that_is_not_the_sum_of_rows_is_no_rounding_difference():
    assert "at most" not in show(lines(40, 60, 20, is_total=[False, False, True]))
    assert "at most" not in show(lines(40, np.nan, 40, is_total=[False, False, True]))


def test_groups_stand_above_their_columns():
    columns = [COLUMNS[0], Column("actual", "AC", group="Year"), Column("budget", "BU", group="Year")]
    assert 'colspan="2"' in show(lines(1), columns=columns)


def test_edge_tables_are_shown_in_both_languages(lang):
    for table in (
        lines(),
        lines(0),
        lines(np.nan, np.nan, budget=np.nan),
        lines(-1e9, 1e9, label=LONG),
        lines(1).drop(columns="gap"),
    ):
        assert "nan" not in show(table, lang).lower()
    assert ("nothing to show" if lang == "en" else "暂无数据") in show(lines(), lang)


def test_chinese_units():
    html = show_table(lines(12.34), COLUMNS, unit=Unit("CNY", "ten_thousand"), lang="zh")
    assert "单位：万元" in html and cells(html)[0][1] == "1,234.0" and cells(html)[0][4] == "−87.7%"


def test_unknown_kinds_of_columns_are_refused():
    with pytest.raises(ValueError, match="known: text"):
        Column("a", "A", "money")


def test_counts_and_periods():
    table = pd.DataFrame({"when": [pd.Timestamp("2021-03-01"), pd.NaT], "heads": [26812, np.nan]})
    html = show(table, columns=[Column("when", "Month", "period"), Column("heads", "Positions", "count")])
    assert cells(html) == [["Mar 2021", "26,812"], ["–", "–"]]


def test_failed_checks_stand_first(lang):
    checks = pd.DataFrame([("one", True, "a"), ("two", False, "b")], columns=["name", "passed", "said"])
    rows = cells(show_checks(checks, lang, {"two": "second"}))
    assert [row[1] for row in rows] == ["second", "one"]
    assert rows[0][0] == ("✗ failed" if lang == "en" else "✗ 未通过")
    assert "<tbody><tr>" in show_checks(checks[:0], lang)


def test_findings_that_wait_stand_first_and_the_rest_is_counted(lang):
    base = {"control": "cash", "kind": "total", "where": "2013-11", "tolerance": 3e5, "rows": 1, "owner": None, "reason": ""}
    table = pd.DataFrame(
        [
            base | {"status": status, "size": size, "said": status}
            for status, size in (("within", 9e5), ("open", 1e5), ("open", -2e5))
        ]
    )[list(FINDING_COLUMNS)]
    html = show_findings(table, lang, most=2, unit=Unit("USD", "thousand", 0))
    assert [row[3] for row in cells(html)] == ["−200", "100"]
    assert ("… and 1 more" if lang == "en" else "另有1条") in html
    assert ("Owner" if lang == "en" else "责任人") not in html  # nobody is named, so the column is left out
    assert "<tbody>" in show_findings(table[:0], lang)
