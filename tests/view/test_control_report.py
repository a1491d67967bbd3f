"""The budget control in both languages: every sentence, table and chart, on a county whose overspends are planted, and at the edges."""

import dataclasses
import re

import pandas as pd
import pytest
from drawn import HOSTILE, assert_no_overlap, assert_nothing_is_cut, text_of
from spending import ADOPTED, CALENDAR, CENTRES, CHINESE, county, reports
from worlds import chart, known_by

from planning.core.checks import checks_table
from planning.plan import control, warnings
from planning.plan.known import EVER
from planning.plan.warnings import Rule
from planning.view import control_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader
from planning.view.report_words import say
from planning.view.words import word

WORDS_OF_TOWN = {
    "label_en": "Town", "label_zh": "小镇", "source_en": "Town reports", "source_zh": "小镇报告", "people_en": "Town's own forecast",
    "people_zh": "小镇自有预测",
}  # fmt: skip
OVER = {("police", 2012): 0.2, ("fire", 2014): 0.2, ("courts", 2016): 0.3, ("port", 2016): -0.4, ("library", 2016): -0.3}
SAID = {("roads", 2016): 0.4, ("library", 2016): -0.3, ("courts", 2016): 0.2}
ROWS = county(range(2009, 2017), OVER, SAID)
RULE = Rule("combined", 0.8, 0.7, 200_000.0)


def reader(lang, centres=CENTRES):
    return build_reader(lang, "thousand", "USD", chart(), centres, CALENDAR, WORDS_OF_TOWN)


class Made:
    """Everything the notebook makes before it shows anything."""

    def __init__(self, rows=ROWS, as_of="2016-03", rule=RULE, **how):
        self.rule, told = rule, reports(rows, as_of, **how)
        self.control = control.build_control(told, rule.method, rule.level)
        self.classes = control.class_lines(told, self.control)
        self.warned = warnings.raise_warnings(self.control.calls, told.as_of, rule)
        self.acted, self.transfers = warnings.build_actions(self.warned, self.control, self.classes, rule.smallest)
        self.record = warnings.rule_record(self.control.calls, rule, told.when, self.control.closed, CALENDAR)
        today = control.positions(dataclasses.replace(told, when=EVER))
        self.past = warnings.became(self.control, rule, today)
        self.back = warnings.looked_back(self.warned, today, rule)
        self.ifs = warnings.thresholds(self.control, rule)
        self.bridge = control.control_bridge(self.control)


@pytest.fixture(scope="module")
def made():
    return Made()


def texts(made, read) -> dict[str, str]:
    """Everything the report says and shows, by name."""
    listed = report.build_warnings(made.control, made.acted, made.transfers, read)
    shown = {
        "headline": report.say_headline(made.control, made.warned, made.record, read),
        "band": report.say_whole_band(made.control, read),
        "all": report.say_all_record(made.record, made.rule, read),
        "chance": report.say_chance(made.control, made.warned, read),
        "staff": report.say_staff(made.control, made.classes, read),
        "coverage": report.say_coverage(made.control, read),
        "accuracy": report.say_accuracy(made.control, read),
        "chart": report.show_departments_chart(made.control, made.warned, read, most=5),
        "warnings": report.show_warnings(listed, read),
        "positions": report.show_positions(made.control, read, most=5),
        "landings": report.show_landings(made.control, read, most=5),
        "classes": report.show_classes(made.control, made.classes, read),
        "matrix": report.show_matrix(made.control, made.classes, read),
        "bridge": report.show_bridge(made.control, made.bridge, read),
        "record": report.show_record(made.record, read),
        "past": report.show_past(made.past, read),
        "ifs": report.show_thresholds(made.ifs, read),
    }
    several = {
        "method": report.say_method(read, made.rule),
        "became": report.say_became(made.past, made.back, read),
        "caveats": report.say_caveats(made.control, read),
    }
    return {name: text_of(of) for name, of in shown.items()} | {name: " ".join(filter(None, of)) for name, of in several.items()}


def test_everything_is_said_and_shown(lang, made):
    for name, text in texts(made, reader(lang)).items():
        assert text, name
        assert "nan" not in text.lower().split() and "None" not in text and "{" not in text and "<NA>" not in text, (name, text)
        assert ",," not in text and ".." not in text and "。。" not in text, (name, text)


def test_the_first_report_of_all_says_that_it_knows_little(lang):
    first = Made(as_of="2009-09")
    said = texts(first, reader(lang))
    assert said["headline"].endswith(say("control_no_record", lang)) and say("control_none", lang) in said["headline"]
    assert said["band"] == say("control_no_band", lang, level={"en": "80\u00a0%", "zh": "80%"}[lang]).replace("\u00a0", " ")
    assert said["coverage"] == say("coverage_unknown", lang) and said["all"] == said["accuracy"] == ""
    assert said["became"] == say("control_became_none", lang)


def test_a_chinese_report_has_no_english_words(made):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(made, reader("zh")).items():
        assert not set(re.findall(r"[A-Za-z]{2,}", text)) - note, (name, text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number(made):
    english, chinese = texts(made, reader("en")), texts(made, reader("zh"))
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", said[name])) for said in (english, chinese)]
        assert figures[0] == figures[1], name


def test_the_headline_says_landing_warnings_and_their_record(made):
    said = texts(made, reader("en"))["headline"]
    whole = made.control.landing.set_index("what")["amount"]
    over = made.warned[made.warned["kind"] != "off_band"]
    assert f"As of Mar 2016, spending lands at ${whole['ours'] / 1000:,.1f} k" in said
    assert f"{len(over)} departments are warned of overspending ${over['amount'].sum() / 1000:,.1f} k together." in said
    row = made.record.query("what == 'quarter' and kind == 'over'").iloc[0]
    assert f"Of {row['raised']} such warnings after the same quarter of {row['years']} earlier years, {row['true']} came true" in said
    assert both(lambda read: report.say_headline(made.control, made.warned, made.record, read), reader("zh"))["en"] == report.say_headline(
        made.control, made.warned, made.record, reader("en")
    )


def test_each_warning_has_owner_reason_and_action_in_both_languages(made):
    listed = report.build_warnings(made.control, made.acted, made.transfers, reader("zh"))
    assert list(listed) == [
        "department", "label_en", "label_zh", "account", "kind", "amount", "lower", "upper", "odds",
        "owner_en", "owner_zh", "said_en", "said_zh", "action_en", "action_zh",
    ]  # fmt: skip
    courts = listed.set_index("department").loc["courts"]
    assert courts["owner_en"] == "Courts" and courts["owner_zh"] == CHINESE["courts"] and courts["kind"] == "overspend"
    landing = made.control.lines.set_index("department").at["courts", "amount"] / 1000
    assert courts["said_en"].startswith(f"Lands at ${landing:,.1f}\u00a0k, ${courts['amount'] / 1000:,.1f}\u00a0k above what was adopted")
    assert "Prepare a transfer" in courts["action_en"] and "from Library (" in courts["action_en"] and "从图书（" in courts["action_zh"]
    port = listed.set_index("department").loc["port"]
    assert port["kind"] == "off_band" and "less than earlier years give" in port["said_en"] and "先查明" in port["action_zh"]
    roads = listed.set_index("department").loc["roads"]
    assert roads["kind"] in ("projection", "overspend")


def test_who_is_asked_why_it_spends_so_little_and_who_gets_its_money_are_told_the_same(made):
    listed = report.build_warnings(made.control, made.acted, made.transfers, reader("en")).set_index("department")
    given = made.transfers.groupby("donor")["amount"].sum()
    below = listed[(listed["kind"] == "off_band") & (listed["amount"] < 0)]
    assert set(given.index) & set(below.index), "the plant holds a donor that is warned of itself"
    for name, row in below.iterrows():
        assert ("once that is confirmed, release" in row["action_en"]) == (name in given.index)
        assert name not in given.index or f"${given[name] / 1000:,.1f}\u00a0k" in row["action_en"]
    assert listed["action_en"].str.contains("once confirmed there").sum() == made.transfers["department"].nunique()


def test_personnel_above_its_class_is_told_without_odds(made):
    staff = made.classes[(made.classes["account"] == "staff") & made.classes["projection"].notna()]
    over = staff["projection"] - staff["adopted"]
    said = report.say_staff(made.control, made.classes, reader("en"))
    assert f"of {len(staff)} departments" in said and f"{(over > 0).sum()} project more" in said and (over > 0).any()
    assert f"${over[over > 0].sum() / 1000:,.1f}\u00a0k together" in said
    assert report.say_staff(made.control, made.classes.iloc[:0], reader("en")) == ""


def test_the_band_of_the_whole_says_how_often_it_held(lang, made):
    row = pd.DataFrame([{"what": "whole", "n": 5, "inside": 4}])
    tried, untried = (
        report.say_whole_band(dataclasses.replace(made.control, coverage=row.assign(n=n)), reader(lang)) for n in (5, 0)
    )
    assert tried.endswith(say("control_whole_held", lang, n=5, inside=4)) and untried.endswith(say("control_whole_untried", lang))


def test_a_named_owner_is_the_owner(made):
    named = CENTRES.assign(owner=["Treasurer", *CENTRES["owner"][1:]])
    listed = report.build_warnings(made.control, made.acted, made.transfers, reader("en", named)).set_index("department")
    assert listed.at["roads", "owner_en"] == "Treasurer" and listed.at["courts", "owner_en"] == "Courts"


def test_odds_are_never_certain():
    assert report.say_odds(1.0, reader("en")) == "over 99\u00a0%" and report.say_odds(0.0, reader("zh")) == "不足 1%"
    assert report.say_odds(0.994, reader("en")) == "99\u00a0%" and report.say_odds(float("nan"), reader("en")) == "–"


def test_nobody_warned_is_said(made):
    calm = Made(county(range(2009, 2017)))
    said = texts(calm, reader("en"))
    assert calm.warned.empty and say("control_none", "en") in said["headline"] and "nothing" in said["warnings"].lower()


def test_what_is_not_reported_is_a_dash_and_never_nothing(made):
    shown = text_of(report.show_classes(made.control, made.classes, reader("en")))
    assert re.search(r"Supplies [\d,.]+ [\d,.]+ – – –", shown) and "of which in the personnel report" in shown
    silent = Made(staff_class="", staff="")
    shown = text_of(report.show_classes(silent.control, silent.classes, reader("en")))
    assert re.search(r"Staff [\d,.]+ [\d,.]+ – – –", shown) and "of which" not in shown


def test_the_total_row_is_the_whole(made):
    shown = text_of(report.show_positions(made.control, reader("en"), most=3))
    assert f"Total {sum(ADOPTED.values()) / 1000:,.1f}" in shown and "Others (5)" in shown


def test_charts_are_whole_and_readable(lang, made):
    read = reader(lang)
    for drawn in (report.show_departments_chart(made.control, made.warned, read), report.show_bridge(made.control, made.bridge, read)):
        assert_nothing_is_cut(drawn)
        assert_no_overlap(drawn)


def test_hostile_labels_stay_text(lang, made):
    hostile = reader(lang, CENTRES.assign(label_en=HOSTILE, label_zh=HOSTILE))
    listed = report.build_warnings(made.control, made.acted, made.transfers, hostile)
    for page in (report.show_warnings(listed, hostile), report.show_positions(made.control, hostile), report.show_past(made.past, hostile)):
        assert "<script" not in page and "&lt;script" in page
    assert_nothing_is_cut(report.show_departments_chart(made.control, made.warned, hostile))


def test_a_band_that_was_too_narrow_carries_a_warning(lang, made):
    narrow = made.control.coverage.assign(n=100, inside=50, coverage=0.5, high=0.6)
    told = dataclasses.replace(made.control, coverage=narrow)
    assert {"en": "too narrow", "zh": "偏窄"}[lang] in report.say_coverage(told, reader(lang))


def test_departments_that_cannot_be_warned_of_are_named():
    gone = ROWS[~((ROWS["cost_centre"] == "library") & (ROWS["scenario"] == "budget") & (ROWS["period"] == "2015-07-01"))]
    told = control.build_control(reports(gone, "2016-03"))
    assert "Library" in report.say_unassessed(told, reader("en")) and "图书" in report.say_unassessed(told, reader("zh"))
    assert report.say_unassessed(control.build_control(reports(ROWS, "2016-03")), reader("en")) == ""


def test_every_check_has_its_words(made):
    checks = control.check_control(made.control, made.bridge, made.classes, ROWS.iloc[:0], "obligations")
    checks.append(warnings.check_transfers(made.transfers, made.control))
    for lang in ("en", "zh"):
        assert reader(lang).checks(checks_table(checks)).keys() == {check.name for check in checks}


def test_the_key_figures_are_those_of_the_report(made):
    table = report.build_key_figures(made.control, made.warned, made.record, "USD").set_index("code")
    whole = made.control.landing.set_index("what")
    assert table.at["control_key_landing", "value"] == whole.at["ours", "amount"]
    assert table.at["control_key_over", "lower"] == pytest.approx(whole.at["ours", "lower"] - whole.at["adopted", "amount"])
    assert table.at["control_key_count", "value"] == (made.warned["kind"] != "off_band").sum() and len(table) <= 5
    assert pd.notna(table[["label_en", "label_zh", "unit", "better"]]).all(axis=None)


def test_a_run_as_of_a_day_shows_nothing_that_came_later_but_the_last_column(made):
    later = Made(ROWS[ROWS["known"] <= known_by("2016-03")])
    now, then = texts(made, reader("en")), texts(later, reader("en"))
    assert {name for name in now if now[name] != then[name]} <= {"past", "became"}
    assert now["past"] != then["past"], "how the years ended is shown beside them"
