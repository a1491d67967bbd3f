"""What the report says and shows of subscribers with dated contracts: in both languages, whole, and frank about what an offer does."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn import assert_chinese, assert_no_overlap, assert_nothing_is_cut, assert_readable, text_of
from sample_tables import contract_tables

from planning.core.accounts import AccountTree
from planning.core.checks import checks_table
from planning.core.periods import FiscalCalendar, month
from planning.core.small_groups import OTHERS
from planning.model.uplift import AssumedOffer
from planning.plan.behaviour import RULES, STEADY
from planning.plan.contracts import build_study, check_study, experiment_table, study_key_figures
from planning.view import contracts_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader, key_figures
from planning.view.report_words import WORDS
from planning.view.words import word

pytestmark = pytest.mark.usefixtures("few_rows")
TERMS = {"margin": 0.6, "offer_cost": 30.0, "save_rate": 0.3, "months_ahead": 36, "discount_rate": 0.08, "as_of": "",
         "fair_groups": ["plan"]}  # fmt: skip
TOWN = {
    "label_en": "Care", "label_zh": "关怀公司", "source_en": "Made-up files", "source_zh": "虚构数据", "people_en": "", "people_zh": "",
}  # fmt: skip
COLUMNS = ["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
LABELS = pd.DataFrame(
    [("plan", value, "Plan", "套餐", value, zh) for value, zh in (("basic", "基础版"), ("family", "家庭版"), ("care", "关怀版"))],
    columns=["attribute", "value", "label_en", "label_zh", "value_en", "value_zh"],
)
ENGLISH = {"AUC", "PSI", "CNY"}


def reader(lang):
    centres = pd.DataFrame(columns=["code", "parent", "entity", "label_en", "label_zh", "owner"])
    tree, calendar = AccountTree(pd.DataFrame(columns=COLUMNS)), FiscalCalendar(1, month("2020-01"), month("2025-12"))
    return build_reader(lang, "thousand", "CNY", tree, centres, calendar, TOWN)


@pytest.fixture(scope="module")
def made():
    """With an experiment that tells; with one that doesn't; without; and without any offer that pays."""
    tables = contract_tables(11, customers__offer_share=0.6, customers__offer_effect=-1.0, customers__offer_spread=0.2)
    told = build_study(tables, TERMS, 0.8, 1)
    bare = build_study({name: table for name, table in tables.items() if name != "offers"}, TERMS | {"fair_groups": []}, 0.8, 1)
    unclear = replace(bare, experiment=replace(told.experiment, uplift=replace(told.experiment.uplift, mean=0.01, error=0.03)))
    none = build_study(tables, TERMS | {"offer_cost": 5000.0}, 0.8, 1)
    assert told.tells and isinstance(unclear.offer, AssumedOffer) and not len(none.retention)
    return {"told": told, "unclear": unclear, "bare": bare, "none": none}


@pytest.fixture(params=["told", "unclear", "bare", "none"])
def study(request, made):
    return made[request.param]


def shown(study, read) -> dict[str, object]:
    """Everything the report says and shows, by name."""
    several = {
        "answer": report.show_answer(study, read), "why": report.show_why(study, read, LABELS),
        "what ifs": report.show_what_ifs(study, read), "trial table": report.show_trial_table(study, read),
    }  # fmt: skip
    return {
        "known": report.say_known(study, read, "abc123"), "method": report.say_method(study, read),
        "headline": report.say_headline(study, read), "list": report.show_list(study, read, LABELS),
        "contacts": report.show_contacts(study, read, LABELS), "reasons": report.show_reasons(study, read, LABELS),
        "trial": report.show_trial(study, read), "caveats": report.say_caveats(study, read),
        **{f"{name} {at}": part for name, parts in several.items() for at, part in enumerate(parts)},
    }  # fmt: skip


def texts(study, lang):
    return {name: text_of(part) for name, part in shown(study, reader(lang)).items() if part is not None}


def test_everything_is_said_and_shown(lang, study):
    for name, text in texts(study, lang).items():
        assert_readable(name, text)


def test_a_chinese_report_has_no_english_words(study):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(study, "zh").items():
        assert_chinese(name, text, ENGLISH | note | {"abc", "retention"})


def test_charts_are_whole(lang, study):
    charts = {name: part for name, part in shown(study, reader(lang)).items() if hasattr(part, "axes")}
    assert len(charts) == 4
    for name, chart in charts.items():
        assert_nothing_is_cut(chart)
        if name != "trial":  # points of the lowest tenths lie on each other
            assert_no_overlap(chart)


def test_the_report_says_where_the_response_comes_from(made):
    english, chinese = ({kind: texts(study, lang) for kind, study in made.items()} for lang in ("en", "zh"))
    assert "What an offer does is read from the experiment of Apr 2024" in english["told"]["method"]
    assert "odds of a loss" in english["told"]["headline"] and "isn't known" not in english["told"]["headline"]
    assert "Response not known; no experiment" in english["bare"]["method"] and "没有对照试验" in chinese["bare"]["method"]
    assert "Response not known: the experiment of Apr 2024" in english["unclear"]["method"]
    assert "不足以作为依据" in chinese["unclear"]["method"]
    for kind in ("bare", "unclear"):
        assert "What an offer does isn't known." in english[kind]["headline"] and "优惠的作用未知" in chinese[kind]["headline"]
        assert any("An experiment that would tell: by lot" in text for text in english[kind].values())
    assert not any("An experiment that would tell" in text for text in english["told"].values())


def test_the_headline_carries_the_figures_of_the_study(made):
    study = made["told"]
    said, worth, out = texts(study, "en")["headline"], study.portfolio, study.outcome
    assert f"{study.known['here']:,} subscribers are worth CNY {worth['value'] / 1e3:,.1f} k" in said.replace("\xa0", " ")
    assert f"{study.ahead['leavers'].iloc[-1]:,.0f} of them are expected to leave within 12 months" in said
    assert f"Offers to the {out['n']:,.0f} for whom one pays" in said
    assert "No offer brings more than it costs." in texts(made["none"], "en")["headline"]


def test_reasons_are_said_in_both_languages(made):
    table = report.retention(made["told"], reader("en"), LABELS)
    assert list(table["customer"]) == list(made["told"].retention["customer"]) and table["gain"].is_monotonic_decreasing
    assert table["said_en"].str.contains(r"\(×\d").any() and not table["said_zh"].str.contains("[a-z]").any()


def test_a_group_listed_too_seldom_is_named(made):
    contacts = pd.DataFrame({"attribute": "plan", "value": ["basic", "care"], "n": [40, 60], "listed": [4, 30], "share": [0.1, 0.5],
                             "ratio": [0.2, 1.0], "alike": [0.3, 0.4]})  # fmt: skip
    said = texts(replace(made["told"], contacts=contacts), "en")["contacts"]
    assert "Plan: basic: listed only 20 % as often as the group listed most" in said
    assert report.show_contacts(made["bare"], reader("en"), LABELS) is None


def test_what_shifted_since_the_trial_is_named(made):
    drift = pd.DataFrame({"attribute": ["tenure", "price"], "index": [0.4, 0.01], "chance": [0.02, 0.02]})
    assert "Not as it was in Dec 2024: Tenure" in texts(replace(made["told"], drift=drift), "en")["trial table 1"]
    assert "much as they were" in texts(replace(made["told"], drift=drift.assign(index=np.array([0.1, 0.0]))), "en")["trial table 1"]


def test_every_check_has_its_words(lang, made):
    checks = checks_table(check_study(made["told"]))
    names = reader(lang).checks(checks)
    assert len(names) == len(checks) >= 12 and all(names.values())


def test_there_is_a_word_for_each_code_and_no_other(made):
    def codes(prefix):
        return {key.removeprefix(prefix) for key in WORDS if key.startswith(prefix)}

    cases = {"expected_told", "expected_assumed", "weaker_told", "weaker_assumed", "stronger_told", "stronger_assumed"}
    assert codes("contracts_case_") == cases | {"cheap", "dear", "short"}
    assert codes("contracts_fan_") == {"plan", "lowest", "middle", "highest"}
    for study in made.values():
        assert {case.split("_")[0] for case in codes("contracts_case_")} == set(study.cases["case"])
    assert codes("contracts_group_") == set(experiment_table(made["told"].experiment)["group"])
    assert codes("behaviour_") == {*RULES, STEADY, OTHERS, "note"}
    attributes = set(made["told"].leaving.attributes.all)
    named = {code.removeprefix("no ").split(":")[0] for code in codes("attribute: ")}
    assert attributes - {"plan"} <= named <= attributes | {"monthly_charge"}, "the monthly charge is that of subscribers without dates"


def test_key_figures_and_headlines_carry_both_languages(made):
    figures = key_figures(study_key_figures(made["told"], "CNY"))
    assert len(figures) == 4 and figures[["label_en", "label_zh"]].notna().all(axis=None)
    said = both(lambda read: report.say_headline(made["told"], read), reader("en"))
    assert set(said) == {"en", "zh"} and said["en"] != said["zh"]
