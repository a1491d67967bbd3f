"""The return of channels in both languages: every sentence, chart and table, at the edges too."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from channel_world import assumptions, build, event_tables
from drawn import HOSTILE, assert_no_overlap, assert_nothing_is_cut, text_of
from worlds import CALENDAR, CENTRES, chart

from planning.core.checks import checks_table
from planning.model.response import Lift
from planning.plan.channels import build_study, check_study, study_key_figures
from planning.view import channels_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader, key_figures
from planning.view.words import word

WORDS = {"label_en": "Shop", "label_zh": "小店", "source_en": "Shop books", "source_zh": "小店账簿", "people_en": "", "people_zh": ""}
SHOWN = ("show_answer", "show_list", "show_why", "show_more", "show_trial", "show_what_ifs", "say_method", "say_headline", "say_caveats")
CHARTS = ("show_answer", "show_why", "show_more", "show_trial")


def reader(lang, scale="one"):
    return build_reader(lang, scale, "USD", chart(), CENTRES, CALENDAR, WORDS)


def texts(study, lang) -> dict[str, str]:
    """Everything the report says and shows, by name."""
    said = {name: text_of(getattr(report, name)(study, reader(lang))) for name in SHOWN}
    return said | {"say_known": text_of(report.say_known(study, reader(lang), "abc123"))}


@pytest.fixture(scope="module")
def study():
    world = build(3, returns=[4.0, 1.0, 0.3], noise=0.015, share=0.06)
    return build_study(event_tables(world), assumptions(), 0.8, 1)


@pytest.fixture(scope="module")
def doubtful(study):
    """The same with posters that the data can't tell and that go with everything else."""
    doubted = study.channels["code"] == "posters"
    table = study.channels.assign(told=~doubted, width=np.where(doubted, 1.0, 0.3), explained=np.where(doubted, 0.9, 0.2))
    return dataclasses.replace(study, channels=table)


def test_everything_is_said_and_shown(lang, study, doubtful):
    for each in (study, doubtful):
        for name, text in texts(each, lang).items():
            assert text and "nan" not in text.lower().split() and "None" not in text and "{" not in text, (name, text)
            assert ",," not in text and ".." not in text and "。。" not in text, (name, text)


def test_a_chinese_report_has_no_english_words(doubtful):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(doubtful, "zh").items():
        assert set(re.findall(r"[A-Za-z]{2,}", text)) - note <= {"abc"}, (name, text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number(doubtful):
    def figures(text):
        return sorted(re.findall(r"\d[\d,]*\.\d+", text))

    english, chinese = texts(doubtful, "en"), texts(doubtful, "zh")
    assert all(figures(english[name]) == figures(chinese[name]) for name in english)


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_in_a_chart_is_cut_or_covered(lang, name, doubtful):
    drawn = getattr(report, name)(doubtful, reader(lang))
    assert_nothing_is_cut(drawn)
    assert_no_overlap(drawn)


def test_hostile_names_stay_text_and_long_ones_fit(lang, doubtful):
    labels = doubtful.assumptions.labels.assign(label_en=HOSTILE * 3, label_zh=HOSTILE * 3)
    rows = {name: getattr(doubtful, name).assign(label_en=HOSTILE * 3, label_zh=HOSTILE * 3) for name in ("channels", "plan")}
    hostile = dataclasses.replace(doubtful, assumptions=dataclasses.replace(doubtful.assumptions, labels=labels), **rows)
    page = report.show_list(hostile, reader(lang)) + report.say_caveats(hostile, reader(lang))
    assert "<script" not in page and "&lt;script" in page
    for name in ("show_answer", "show_why", "show_more"):
        assert_nothing_is_cut(getattr(report, name)(hostile, reader(lang)))


def test_the_headline_says_return_plan_and_doubt(study, doubtful):
    said = text_of(report.say_headline(doubtful, reader("en")))
    assert re.search(r"^Over the last 52 weeks, \$[\d,.]+ of spend brought \d\.\d\d of contribution for each 1 spent \(80 % band", said)
    assert re.search(r"Moving \$[\d,.]+ between channels over the next 13 weeks is expected to add \$[\d,.]+ of contribution", said)
    assert "The data can't tell the return of Posters" in said
    assert "can't tell" not in report.say_headline(study, reader("en"))
    assert set(both(lambda read: report.say_headline(study, read), reader("en"))) == {"en", "zh"}


def test_without_a_shift_worth_its_risk_todays_mix_stays(lang, study):
    still = dataclasses.replace(study, plan=study.plan.assign(planned=study.plan["now"], change=0.0))
    assert {"en": "today's mix stays", "zh": "维持现有结构"}[lang] in report.say_headline(still, reader(lang))


def test_a_large_scale_hides_no_shift(lang, study):
    read = reader(lang, "hundred_million")
    assert study.plan["change"].clip(lower=0).sum() < read.unit.step
    assert {"en": "today's mix stays", "zh": "维持现有结构"}[lang] not in report.say_headline(study, read)


def test_where_nothing_may_change_no_risk_is_blamed(lang, study):
    fixed = dataclasses.replace(
        study, plan=study.plan.assign(planned=study.plan["now"], change=0.0),
        assumptions=dataclasses.replace(study.assumptions, most_change=0.0),
    )  # fmt: skip
    said, ifs = report.say_headline(fixed, reader(lang)), text_of(report.show_what_ifs(fixed, reader(lang)))
    assert {"en": "No channel may change", "zh": "不得变动"}[lang] in said and {"en": "worth its risk", "zh": "抵偿"}[lang] not in said
    assert {"en": "a budget", "zh": "预算减少"}[lang] not in ifs, "a budget 0 % lower is no case"


def test_the_return_of_all_is_not_left_unexplained(lang, study):
    apart = dataclasses.replace(study, channels=study.channels.assign(roi=lambda table: 0.8 * table["roi"]))
    mean = (apart.channels["roi"] * apart.channels["spend"]).sum() / apart.channels["spend"].sum()
    said, own = texts(apart, lang), {"en": f"middle estimates would come to {mean:.2f}", "zh": f"加权为 {mean:.2f}"}[lang]
    assert own in said["show_list"] and {"en": "not assigned to one", "zh": "未归属单一渠道"}[lang] in said["show_why"]
    assert {"en": "would come to", "zh": "加权为"}[lang] not in texts(study, lang)["show_list"], "nothing to explain where they agree"


def test_untold_channels_are_marked_everywhere(lang, doubtful):
    name, mark = {"en": ("Posters", "can't tell"), "zh": ("海报", "无法判断")}[lang]
    said = texts(doubtful, lang)
    assert all(mark in said[each] and name in said[each] for each in ("show_answer", "show_list", "show_why", "say_caveats"))
    assert {"en": "90 % of its spend", "zh": "其投放的 90%"}[lang] in said["say_caveats"]


def test_where_nothing_is_told_the_title_says_so(lang, study):
    nothing = dataclasses.replace(study, channels=study.channels.assign(told=False))
    answer, curves = (text_of(show(nothing, reader(lang))) for show in (report.show_answer, report.show_more))
    assert {"en": "can't tell the return of any channel", "zh": "无法判断任何渠道"}[lang] in answer
    assert {"en": "the data show no channel", "zh": "数据未显示任何渠道"}[lang] in curves


def test_a_return_below_break_even_is_not_said_to_pay(study):
    low = dataclasses.replace(study, channels=study.channels.assign(marginal_lower=0.9))
    assert "the data show no channel" in text_of(report.show_more(low, reader("en")))
    assert "pays for itself in Radio" in text_of(report.show_more(study, reader("en")))


@pytest.mark.parametrize("shift, words", [(1.0, "hardly more predictable"), (0.5, "sees the channels at work"), (2.0, "less predictable")])
def test_the_verdict_on_held_out_weeks_follows_the_errors(study, shift, words):
    actual = study.trial["actual"]
    ours = actual + shift * (study.trial["without"] - actual)
    assert words in report.say_held(dataclasses.replace(study, trial=study.trial.assign(ours=ours)), reader("en"))


def test_bands_that_were_too_narrow_carry_a_warning(lang, study):
    warned = {"en": "too narrow", "zh": "偏窄"}[lang]
    found = pd.concat([study.found.assign(truth=0.0, lower=1.0, upper=2.0)] * 10)
    assert warned in report.say_planted(dataclasses.replace(study, found=found), reader(lang))[0]
    assert warned not in report.say_planted(dataclasses.replace(study, found=found.assign(truth=1.5)), reader(lang))[0]


def test_which_returns_rest_on_an_experiment_is_said(lang, study):
    none = {"en": "none from an experiment", "zh": "而非试验"}[lang]
    assert none in texts(study, lang)["say_caveats"]
    lifts = tuple(Lift(study.codes.index("radio"), first, 8, 0.0, 900.0, 90.0) for first in (20, 60))
    weeks = dataclasses.replace(study.response.weeks, lifts=lifts)
    tested = dataclasses.replace(study, response=dataclasses.replace(study.response, weeks=weeks))
    said = {"en": "Lift tests taken in beside the sales: 2, of Radio.", "zh": "除销售数据外采用增量试验 2 次（广播）。"}[lang]
    assert said in texts(tested, lang)["say_caveats"]


def test_a_study_without_worlds_or_held_out_weeks_says_what_it_has(lang, study):
    bare = dataclasses.replace(study, found=study.found.iloc[:0], plans=study.plans.iloc[:0], trial=study.trial.iloc[:0])
    said = texts(bare, lang)
    assert {"en": "Too few weeks to hold any out", "zh": "周数太少"}[lang] in said["show_trial"] + said["say_caveats"]
    assert report.say_planted(bare, reader(lang)) == []


def test_a_paused_channel_has_dashes_and_no_panel(lang, study):
    gone = study.channels["code"] == "posters"
    figures = ["roi", "lower", "upper", "marginal", "marginal_lower", "marginal_upper", "odds"]
    table = study.channels.assign(**{name: study.channels[name].where(~gone) for name in figures})
    plan = study.plan.assign(last=study.plan["last"].where(study.plan["code"] != "posters", 0.0))
    paused = dataclasses.replace(study, channels=table, plan=plan, curves=study.curves[study.curves["code"] != "posters"])
    name = {"en": "Posters", "zh": "海报"}[lang]
    assert name not in text_of(report.show_more(paused, reader(lang))) and name in text_of(report.show_answer(paused, reader(lang)))
    assert "–" in text_of(report.show_list(paused, reader(lang)))


def test_odds_of_a_model_are_never_sure(study):
    sure = dataclasses.replace(study, channels=study.channels.assign(odds=1.0))
    assert "> 99 %" in text_of(report.show_list(sure, reader("en"))) and "100 %" not in text_of(report.show_what_ifs(sure, reader("en")))


def test_every_check_and_key_figure_has_its_words(lang, study):
    checks = checks_table(check_study(study))
    assert len(set(reader(lang).checks(checks).values())) == len(checks)
    assert not key_figures(study_key_figures(study))[["label_en", "label_zh", "value"]].isna().any(axis=None)
