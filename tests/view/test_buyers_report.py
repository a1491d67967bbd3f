"""The report on buyers in both languages: every sentence, table and chart, and the edges."""

import dataclasses
import html
import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, assert_no_overlap, assert_nothing_is_cut, words_of
from shoppers import shop
from worlds import CALENDAR, CENTRES, chart

from planning.core.checks import checks_table
from planning.model import lifetime
from planning.plan import buyers
from planning.plan.buyer_segments import ORDER
from planning.view import buyers_report as report
from planning.view import charts
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader, key_figures
from planning.view.report_words import WORDS, say
from planning.view.words import word

SHOP = {
    "label_en": "Corner shop", "label_zh": "街角小店", "source_en": "Till rolls", "source_zh": "收银记录", "people_en": "", "people_zh": "",
}  # fmt: skip
TERMS = {"as_of": "2020-12", "horizon_weeks": 20, "margin": 0.5, "offer_cost": 1.0, "save_rate": 0.2, "discount_rate": 0.08,
         "months_ahead": 36}  # fmt: skip
NAMES = {"Pareto", "NBD", "BG", "Gamma", "retention", "abc"}
"""Words that may stand in a Chinese report: names of methods and of a table, and a snapshot."""


@pytest.fixture(scope="module")
def study():
    return buyers.build_study(shop(700, weeks=53, seed=4, free=0.02).orders, TERMS, 0.8, 1)


def reader(lang, scale="thousand", **words):
    return build_reader(lang, scale, "USD", chart(), CENTRES, CALENDAR, SHOP | words)


def text_of(shown) -> str:
    said = words_of(shown) if hasattr(shown, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(shown)))
    return re.sub(r"\s+", " ", said).strip()


def shown(study, read) -> dict:
    """Everything that the notebook shows of buyers, by name."""
    labels = pd.DataFrame()
    return {
        "known": report.say_known(study, read, "abc"), "method": report.say_method(study, read),
        "headline": report.say_headline(study, read), "answer": report.show_ahead(study, read), "totals": report.show_totals(study, read),
        "list": report.show_list(study, read, labels), "why": report.show_stakes(study, read),
        "segments": report.show_segments(study, read),
        "reasons": report.show_reasons(study, read, labels), "trial": report.show_trial(study, read),
        "trial table": report.show_trial_table(study, read), "what ifs": report.show_what_ifs(study, read),
        "caveats": report.say_caveats(study, read),
    }  # fmt: skip


def texts(study, read) -> dict[str, str]:
    return {name: text_of(of) for name, of in shown(study, read).items()}


def test_everything_is_said_in_both_languages(lang, study):
    for name, text in texts(study, reader(lang)).items():
        assert text and "nan" not in text.lower().split() and "None" not in text and "{" not in text, (name, text)
        assert "  " not in text and ",," not in text and ".." not in text, (name, text)


@pytest.mark.parametrize(("lang", "some"), [("en", "learnt from 300 of the {n} buyers"), ("zh", "{n} 位客户中随机抽取的 300 位估计")])
def test_rates_learnt_from_some_buyers_are_said_to_be(lang, some, study, monkeypatch):
    assert "300" not in text_of(report.say_method(study, reader(lang)))
    monkeypatch.setattr(lifetime, "MOST_LEARNT_FROM", 300)
    assert some.format(n=len(study.people)) in text_of(report.say_method(study, reader(lang)))
    monkeypatch.setattr(buyers, "MOST_TRIED", 250)
    assert "250" in text_of(report.say_method(study, reader(lang)))


def test_a_chinese_report_has_no_english_words(study):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(study, reader("zh")).items():
        foreign = set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES - note
        assert not foreign, (name, foreign, text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number(study):
    def figures(text):
        return sorted(re.findall(r"\d[\d,]*\.\d+", text))

    english, chinese = texts(study, reader("en")), texts(study, reader("zh"))
    for name in english:
        assert figures(english[name]) == figures(chinese[name]), name


def test_charts_are_whole(lang, study):
    for name in ("answer", "why", "trial"):
        drawn = shown(study, reader(lang))[name]
        assert_nothing_is_cut(drawn)
        if not lacks_font(lang):
            assert_no_overlap(drawn) if name != "answer" else None


def test_the_headline_tells_the_figures_of_the_study(study):
    said, amount = text_of(report.say_headline(study, reader("en", "one"))), buyers.total(study, "amount")
    assert f"Of {len(study.people):,} buyers about {buyers.total(study, 'customers')['expected']:,.0f}" in said
    assert f"expected to spend ${amount['expected']:,.1f} in the next 20 weeks" in said and f"(band ${amount['lower']:,.1f} to" in said
    assert f"winning back the {len(study.retention):,} for whom an offer pays gains ${study.outcome['gain']:,.1f} if 20.0 %" in said


def test_where_no_offer_pays_the_report_says_so(lang, study):
    none = buyers.build_study(shop(700, weeks=53, seed=4, free=0.02).orders, TERMS | {"offer_cost": 1e6}, 0.8, 1)
    said = texts(none, reader(lang))
    assert {"en": "no offer pays", "zh": "无一值得挽回"}[lang] in said["headline"] and word("nothing", lang) in said["list"]
    assert say("buyers_list_none", lang) in said["list"]


def test_without_a_trial_the_report_says_so_and_shows_the_rest(lang):
    early = shop(700, weeks=30, seed=4).orders
    young = buyers.build_study(early, TERMS | {"as_of": "2020-07", "horizon_weeks": 39}, 0.8, 1)
    said, twenty = texts(young, reader(lang)), {"en": "20 %", "zh": "20%"}[lang]
    assert say("buyers_caveat_untried", lang, believed=twenty) in said["caveats"] and twenty in said["answer"]
    assert say("buyers_no_trial", lang, weeks=39) in said["trial"] and word("nothing", lang) in said["trial table"]
    assert {"en": "a year before", "zh": "上年同期"}[lang] not in said["headline"]
    for name, text in said.items():
        assert text and "nan" not in text.lower().split() and "{" not in text, (name, text)


def test_segments_and_totals_have_a_word_for_each_code_and_no_other(study):
    def codes(prefix):
        return {key.removeprefix(prefix) for key in WORDS if key.startswith(prefix)}

    assert codes("buyers_segment_") == codes("buyers_rule_") == set(ORDER)
    assert codes("buyers_total_") == set(study.totals["what"]) - {"customers"}


def test_the_totals_say_what_was_corrected_and_why_or_why_not(lang, study):
    def note(**changes):
        lean = dataclasses.replace(study.leans["amount"], **changes)
        return text_of(report.show_totals(dataclasses.replace(study, leans={"purchases": lean, "amount": lean}), reader(lang)))

    assert {"en": "No correction: no earlier forecast", "zh": "未作修正：此前数据不足"}[lang] in note(n=0)
    assert {"en": "cover 26 weeks", "zh": "检验时段仅 26 周"}[lang] in note(n=3, weeks=26.0).replace("\u00a0", " ")
    assert {"en": "half of that is corrected", "zh": "故修正其中一半"}[lang] in note(n=4, weeks=52.0, mean=0.1)
    assert {"en": "buying has changed", "zh": "购买行为的变化"}[lang] in note(n=4, weeks=52.0, mean=0.9)
    assert "+10.5" in note(n=4, weeks=52.0, mean=0.1)


def test_where_leaving_cannot_be_told_headline_and_caveats_say_so(lang, study):
    untold = dataclasses.replace(study, leaving=0.3)
    assert {"en": "can't be told", "zh": "无法判断"}[lang] in text_of(report.say_headline(untold, reader(lang)))
    assert say("buyers_caveat_untold", lang)[:30] in text_of(report.say_caveats(untold, reader(lang)))
    assert say("buyers_caveat_untold", lang)[:30] not in text_of(report.say_caveats(study, reader(lang)))


def test_seasons_are_called_unknowable_only_where_the_orders_are_too_short_to_tell(lang, study):
    short, long = {"en": ("don't tell one year's course", "might tell"), "zh": ("不足以区分季节规律", "可能已含其规律")}[lang]
    assert short in text_of(report.say_caveats(study, reader(lang)))
    older = dataclasses.replace(study, first=study.closing - pd.DateOffset(months=30))
    said = text_of(report.say_caveats(older, reader(lang)))
    assert long in said and short not in said


def test_reasons_say_how_often_and_how_long_ago(study):
    regular = {"repeats": 9, "last": 27.0, "silent": 30.0, "spent": 40.0}
    assert report.say_reason(regular, reader("en")) == "10 purchases, one every 3 weeks, $40 each; none for 30 weeks"
    assert report.say_reason(regular, reader("zh")).replace("\u00a0", " ") == "10 次，约每 3 周一次，每次 40 美元；停购 30 周"
    assert report.say_reason(regular | {"silent": 1.2}, reader("en")).endswith("none for 1 week")
    assert "one every 4 days" in report.say_reason(regular | {"last": 5.0}, reader("en"))
    assert report.say_reason(regular | {"repeats": 0}, reader("en")) == "1 purchase of $40; none for 30 weeks"
    assert report.say_reason(regular | {"spent": np.nan}, reader("en")) == "10 purchases that cost nothing; none for 30 weeks"


def test_the_list_for_the_page_carries_reasons_in_both_languages(study):
    table = report.retention(study, reader("zh"), None)
    assert len(table) == len(study.retention) and {"customer", "probability", "charge", "gain", "said_en", "said_zh"} <= set(table)
    assert table["said_en"].str.contains("weeks").all() and table["said_zh"].str.contains("停购").all()


def test_key_figures_and_checks_have_their_words(study):
    figures = key_figures(buyers.study_key_figures(study, "USD"))
    assert 2 <= len(figures) <= 5 and figures["label_zh"].str.contains("[\u4e00-\u9fff]").all() and (figures["unit"] == "USD").any()
    checks = checks_table(buyers.check_study(study))
    for lang in ("en", "zh"):
        assert reader(lang).checks(checks).keys() == set(checks["name"])
    headline = both(lambda read: report.say_headline(study, read), reader("en"))
    assert "位客户" in headline["zh"] and "buyers" in headline["en"]


def test_a_forecast_that_was_too_low_says_too_few_and_one_too_high_too_many(study):
    tried = study.scores["weeks"] == study.weeks
    for bias, said in ((-0.1, "10.0 % too few expected"), (0.1, "10.0 % too many expected")):
        changed = dataclasses.replace(study, scores=study.scores.assign(bias_purchases=study.scores["bias_purchases"].where(~tried, bias)))
        assert said in text_of(report.show_trial(changed, reader("en")))


def test_hostile_and_long_names_stay_text(lang, study):
    people = study.retention.assign(customer=HOSTILE)
    page = report.show_list(dataclasses.replace(study, retention=people), reader(lang), None)
    assert "<script" not in page and "&lt;script" in page
    assert_nothing_is_cut(report.show_why(study, reader(lang, source_en=LONG, source_zh=LONG))[0])


# the charts


def curve(**changes):
    weeks = np.arange(-4, 5)
    ahead = np.where(weeks >= 0, 40.0 + 8 * weeks, np.nan)
    table = pd.DataFrame({"step": weeks, "date": pd.Timestamp("2021-03-31") + weeks * pd.Timedelta(weeks=1), "came": 10.0 * (weeks + 4)})
    return table.assign(expected=ahead, lower=ahead * 0.9, upper=ahead * 1.1, **changes)


def cumulative(table, lang="en"):
    names = {"came": "came", "expected": "expected", "known": "known then", "held_out": "held back"}
    return charts.show_cumulative(table, title="A message", measure="Purchases", lang=lang, source="till", names=names, level=0.8)


def test_a_cumulative_chart_begins_at_zero_and_counts_from_the_boundary(lang):
    drawn = cumulative(curve(), lang)
    said = words_of(drawn)
    assert "came +40" in said and "expected +32" in said and "known then ◂" in said and "▸ held back" in said
    assert drawn.axes[0].get_ylim()[0] == 0
    assert_nothing_is_cut(drawn)
    assert_no_overlap(drawn)


def test_ends_that_meet_are_written_apart():
    for came in (72.0, 72.5, 71.5):
        table = curve()
        table.loc[table["step"] == 4, "came"] = came
        assert_no_overlap(cumulative(table))


def test_empty_charts_say_so(lang):
    assert word("nothing", lang) in words_of(cumulative(curve().iloc[:0], lang))
    names = {"still": "still", "amount": "money", "at_risk": "risk", "of": "{still} of {buyers}"}
    nothing = pd.DataFrame(columns=["label", "buyers", "still", "amount", "at_risk"])
    drawn = charts.show_stakes(
        nothing, title="t", measure="m", unit=reader(lang).unit, period="p", lang=lang, source="s", names=names
    )  # fmt: skip
    assert word("nothing", lang) in words_of(drawn)


def test_money_of_both_panels_stands_on_one_scale_from_zero():
    table = pd.DataFrame({"label": ["few", "many"], "buyers": [10, 5], "still": [2.0, 4.0], "amount": [1e3, 4e3], "at_risk": [2e3, 5e2]})
    names = {"still": "still", "amount": "money", "at_risk": "risk", "of": "{still} of {buyers}"}
    drawn = charts.show_stakes(table, title="t", measure="m", unit=reader("en").unit, period="p", lang="en", source="s", names=names)
    money = [axes.get_xlim() for axes in drawn.axes[1:]]
    assert money[0] == money[1] and money[0][0] <= 0 < money[0][1] and "2 of 10" in words_of(drawn)
