"""The report on subscribers in both languages: every sentence, table and chart, on subscribers whose truth is known and at the edges."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, assert_chinese, assert_no_overlap, assert_nothing_is_cut, assert_readable, text_of, words_of
from subscriber_worlds import LABELS, TERMS, subscribers

from planning.core.accounts import AccountTree
from planning.core.checks import checks_table
from planning.core.periods import FiscalCalendar, month
from planning.plan import subscribers as plan
from planning.plan.subscribers import build_study, check_study, study_key_figures
from planning.view import charts
from planning.view import subscribers_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader, key_figures
from planning.view.why_report import value_label
from planning.view.words import word

TOWN = {
    "label_en": "Phones", "label_zh": "电话公司", "source_en": "Made-up file", "source_zh": "虚构数据", "people_en": "", "people_zh": "",
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("few_rows")
COLUMNS = ["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
ENGLISH = {"AUC", "DSL"}


def reader(lang, **words):
    tree = AccountTree(pd.DataFrame(columns=COLUMNS))
    centres = pd.DataFrame(columns=["code", "parent", "entity", "label_en", "label_zh", "owner"])
    return build_reader(lang, "thousand", "USD", tree, centres, FiscalCalendar(1, month("2020-01"), month("2025-12")), TOWN | words)


@pytest.fixture(scope="module")
def made():
    """A study, and one in which no offer pays, with an attribute left out."""
    table, _ = subscribers(900, 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "REPEATS", 1)
        study = build_study(table, TERMS, 0.8, 1)
        none = build_study(table, TERMS | {"offer_cost": 5000.0, "leave_out": ["colour"]}, 0.8, 1)
    return {"study": study, "none": none}


@pytest.fixture(params=["study", "none"])
def study(request, made):
    return made[request.param]


def shown(study, read, labels=LABELS) -> dict[str, object]:
    """Everything the report says and shows, by name."""
    return {
        **{f"what ifs {at}": part for at, part in enumerate(report.show_what_ifs(study, read, labels))},
        "known": report.say_known(study, read, "abc123"), "method": report.say_method(study, read),
        "headline": report.say_headline(study, read), "answer": report.show_answer(study, read),
        "list": report.show_list(study, read, labels), "why": report.show_why(study, read, labels),
        "reasons": report.show_reasons(study, read, labels), "trial": report.show_trial(study, read),
        "trial table": report.show_trial_table(study, read),
        "caveats": report.say_caveats(study, read),
    }  # fmt: skip


def texts(study, lang, labels=LABELS):
    return {name: text_of(said) for name, said in shown(study, reader(lang), labels).items()}


def test_everything_is_said_and_shown(lang, study):
    for name, text in texts(study, lang).items():
        assert_readable(name, text)


def test_a_chinese_report_has_no_english_words(study):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(study, "zh").items():
        assert_chinese(name, text, ENGLISH | note | {"abc", "retention"})  # a snapshot, a table's name


def test_the_language_changes_no_number(study):
    english, chinese = texts(study, "en"), texts(study, "zh")
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", said[name])) for said in (english, chinese)]
        assert figures[0] == figures[1], name


def test_charts_are_whole(lang, study):
    for name in ("answer", "what ifs 1", "why", "trial"):
        chart = shown(study, reader(lang))[name]
        assert_nothing_is_cut(chart)
        if name != "trial":  # points of the lowest tenths lie on each other
            assert_no_overlap(chart)


def test_the_headline_says_what_the_list_costs_and_brings(made):
    study = made["study"]
    out, risk = study.outcome, study.risk.set_index("what")["amount"]
    said = texts(study, "en")["headline"]
    here = (~study.people["left"]).sum()
    charges, cost, gain = (f"${amount / 1e3:.1f} k" for amount in (risk["charges"], out["cost"], out["gain"]))
    leavers = f"Of {here:,} subscribers still here, {risk['leavers']:,.0f} are expected to leave next, and {charges} of charges a month"
    assert said.startswith(leavers)
    assert f"offers to the {out['n']:.0f} for whom one pays cost {cost} and are expected to gain {gain} after that cost" in said
    assert said.endswith("if an offer keeps 30.0 % of those who would leave.")
    assert "no offer pays if it costs $5,000.00 and keeps 30.0 %" in texts(made["none"], "en")["headline"]


def test_reasons_are_said_in_words_and_in_both_languages(made):
    study = made["study"]
    table = report.retention(study, reader("en"), LABELS)
    assert list(table["customer"]) == list(study.retention["customer"]) and table["gain"].is_monotonic_decreasing
    first = table.head(50)
    assert first["said_en"].str.contains(r"(?:Contract: by the month|Tenure: \d+ months?) \(×\d").all()
    assert first["said_zh"].str.contains("合同：按月|在网时长").all() and not table["said_zh"].str.contains("[a-z]").any()
    assert (table["said_en"] != "").all() and not table["said_en"].str.contains("×1.0", regex=False).any()
    assert report.retention(made["none"], reader("en"), LABELS).empty


def test_where_nothing_raises_the_odds_that_is_said(made):
    study = made["study"]
    flat = type(study)(**{**vars(study), "why": replace(study.why, parts=study.why.parts * 0.0)})
    assert set(report.retention(flat, reader("en"), LABELS)["said_en"]) == {"no one reason; the charge makes an offer pay"}
    assert "无突出原因" in texts(flat, "zh")["list"]


def test_the_list_shows_25_at_most_and_says_how_many_there_are(made):
    study = made["study"]
    said = texts(study, "en")["list"]
    assert f"The first 25 of {len(study.retention)} offers that pay" in said and len(study.retention) > 25
    assert str(report.show_list(study, reader("en"), LABELS)).count("<tr") == 26
    assert "Charges a month expected to leave: $" in said


def test_where_an_offer_pays_for_everybody_the_title_says_so_and_shares_keep_their_digits(lang):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "REPEATS", 1)
        study = build_study(subscribers(900, 8)[0], TERMS | {"offer_cost": 0.0}, 0.8, 1)
    title = words_of(report.show_answer(study, reader(lang)))
    assert {"en": "pay for all", "zh": "全部"}[lang] in title and {"en": "any more", "zh": "得不偿失"}[lang] not in title
    said = {12.0: "12", 12.5: "12.5", 0.25: "0.25", 0.041: "0.041"}
    assert {value: value_label(LABELS, "use", value, reader("en")) for value in said} == said


def test_values_without_a_name_are_themselves(made):
    nobody = LABELS.iloc[:0]
    said = texts(made["study"], "en", nobody)
    assert "contract: monthly" in said["list"] and "monthly" in said["reasons"]


def test_bands_of_numbers_are_said_as_people_say_them(made):
    said = texts(made["study"], "en")["why"]
    assert "0 to 5 months" in said and "48 months or more" in said
    assert "0～5 个月" in texts(made["study"], "zh")["why"]


def test_attributes_left_out_are_named(made):
    assert "Left out by choice: Colour." in texts(made["none"], "en")["reasons"]
    assert "按设定不使用：颜色。" in texts(made["none"], "zh")["reasons"]


def test_break_even_is_said_where_there_is_a_list(made):
    rate = made["study"].outcome["break_even"]
    assert f"keeps at least {100 * rate:.1f} % of those who would leave" in texts(made["study"], "en")["what ifs 0"]
    assert "at least" not in texts(made["none"], "en")["what ifs 0"]


def test_every_check_has_its_words(lang, made):
    names = reader(lang).checks(checks_table(check_study(made["study"])))
    assert len(names) == 15 and all(names.values())


def test_key_figures_and_headlines_carry_both_languages(made):
    study = made["study"]
    figures = key_figures(study_key_figures(study, "USD"))
    assert 2 <= len(figures) <= 5 and figures[["label_en", "label_zh"]].notna().all(axis=None)
    said = both(lambda read: report.say_headline(study, read), reader("en"))
    assert said["en"] == report.say_headline(study, reader("en")) and said["zh"] == report.say_headline(study, reader("zh"))


def test_hostile_labels_stay_text(lang, made):
    labels = LABELS.assign(label_en=HOSTILE, label_zh=HOSTILE, value_en=HOSTILE, value_zh=HOSTILE)
    everything = shown(made["study"], reader(lang), labels)
    for name in ("list", "reasons"):
        assert "<script" not in everything[name] and "&lt;script" in everything[name]
    assert_nothing_is_cut(everything["why"])


# the charts alone


def test_a_curve_of_nothing_says_so(lang):
    empty = pd.DataFrame({"contacted": [0], "gain": [0.0], "lower": [0.0], "upper": [0.0]})
    chart = charts.show_gain_curve(empty, title="t", measure="m", unit=reader(lang).unit, period="", lang=lang, source="s", reached="r")
    assert word("nothing", lang) in words_of(chart)
    bins = pd.DataFrame({"said": [np.nan], "rate": [np.nan], "lower": [np.nan], "upper": [np.nan]})
    chart = charts.show_calibration(bins, title="t", measure="m", said="x", came="y", as_said="z", lang=lang, source="s")
    assert word("nothing", lang) in words_of(chart)


def test_bars_of_shares_begin_at_zero_and_are_as_long_as_the_share(lang):
    rows = pd.DataFrame({"label": ["A", "a", "b"], "rate": [np.nan, 0.5, 0.25], "lower": [np.nan, 0.4, 0.2], "upper": [np.nan, 0.6, 0.3],
                         "counted": ["", "5", "2"], "is_heading": [True, False, False]})  # fmt: skip
    chart = charts.show_shares(rows, title="t", measure="m", lang=lang, source="s", everybody=0.3, everybody_label="all")
    bars = [bar for axes in chart.axes for bar in axes.patches]
    assert sorted(bar.get_width() for bar in bars) == [0.25, 0.5] and all(bar.get_x() == 0 for bar in bars)


def test_the_curve_of_gain_is_drawn_to_where_it_tells(lang):
    at = np.arange(0, 101, 5.0)
    table = pd.DataFrame({"contacted": at, "gain": 1000 - (at - 20) ** 2, "lower": at * 0.0, "upper": at * 0 + 1500})
    chart = charts.show_gain_curve(
        table, title="t", measure="m", unit=reader(lang).unit, period="", lang=lang, source="s", reached="r", best=20, best_label="20"
    )
    [axes] = chart.axes
    assert axes.get_xlim() == (0, 50) and axes.get_ylim()[0] <= 0 <= 1500 <= axes.get_ylim()[1]
