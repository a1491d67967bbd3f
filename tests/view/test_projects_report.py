"""The report on projects in both languages: true sentences, every table and chart, nothing cut, nothing left in the wrong language."""

import dataclasses
import html
import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, assert_no_overlap, assert_nothing_is_cut, words_of

from planning.core.accounts import AccountTree
from planning.core.checks import checks_table
from planning.core.periods import FiscalCalendar
from planning.plan.projects import build_study, check_study, study_key_figures
from planning.view import projects_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader, key_figures
from planning.view.words import word

CALENDAR = FiscalCalendar(1, pd.Timestamp("2020-01-01"), pd.Timestamp("2040-12-01"))
WORDS = {"label_en": "Shop", "label_zh": "商店", "source_en": "Plans", "source_zh": "计划表", "people_en": "", "people_zh": ""}
GIVEN = {
    "rate": 0.1, "hurdle_years": 2.5, "capital": 1500.0, "correlation": 0.3, "draws": 1024,
    "origin": {"en": "made up for the test", "zh": "测试虚构"}, "currency": "CNY",
}  # fmt: skip
NO_TREE = pd.DataFrame(
    columns=["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
)
SHOWN = ("show_answer", "show_list", "show_why", "show_more", "show_trial", "show_what_ifs")
CHARTS = ("show_answer", "show_why", "show_more")
SAID = ("say_method", "say_headline", "say_caveats")


def flow(project, names, period, amount, lower=None, upper=None):
    row = {"project": project, "period": pd.Timestamp(period), "amount": float(amount), "lower": lower, "upper": upper}
    return row | {"label_en": names[0], "label_zh": names[1]}


def flows(names=None):
    plain, studio, kiosks, loss = names or [("Loyalty", "会员"), ("Studio", "演播室"), ("Kiosks", "终端"), ("Loss", "亏损项目")]
    return pd.DataFrame([
        flow("plain", plain, "2024-01", -1000, -1100, -980), flow("plain", plain, "2025-01", 700, 500, 800),
        flow("plain", plain, "2026-01", 720, 500, 900),
        flow("studio", studio, "2024-01", -1000), flow("studio", studio, "2025-01", 2350, 2200, 2500),
        flow("studio", studio, "2026-01", -1375),
        flow("kiosks", kiosks, "2024-01", 200), flow("kiosks", kiosks, "2025-01", -400), flow("kiosks", kiosks, "2026-01", 250, 200, 300),
        flow("loss", loss, "2024-01", -100), flow("loss", loss, "2025-01", -50, -80, -40),
    ]).astype({"lower": float, "upper": float})  # fmt: skip


def study(table=None, **changes):
    return build_study({"cash_flows": flows() if table is None else table}, GIVEN | changes, 0.8, 3)


STUDY = study()


def reader(lang, scale="one"):
    centres = pd.DataFrame({"code": [], "label_en": [], "label_zh": []})
    return build_reader(lang, scale, "CNY", AccountTree(NO_TREE), centres, CALENDAR, WORDS)


def text_of(shown) -> str:
    said = words_of(shown) if hasattr(shown, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(shown)))
    return re.sub(r"\s+", " ", said).strip()


def texts(made, read) -> dict[str, str]:
    shown = {name: getattr(report, name)(made, read) for name in (*SHOWN, *SAID)} | {"known": report.say_known(made, read, "abc123")}
    return {name: text_of(of) for name, of in shown.items()}


# everything, in both languages


def test_the_report_is_said_and_shown(lang):
    for name, text in texts(STUDY, reader(lang)).items():
        assert text and "nan" not in text.lower().split() and "None" not in text and "{" not in text and "inf " not in text, (name, text)
        assert "  " not in text and ",," not in text and ".." not in text, (name, text)


def test_a_chinese_report_has_no_english_words():
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(STUDY, reader("zh")).items():
        assert not set(re.findall(r"[A-Za-z]{2,}", text)) - note - {"abc"}, (name, text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number():
    english, chinese = texts(STUDY, reader("en")), texts(STUDY, reader("zh"))
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", text)) for text in (english[name], chinese[name])]
        assert figures[0] == figures[1], name


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_in_a_chart_is_cut(lang, name):
    chart = getattr(report, name)(STUDY, reader(lang))
    assert_nothing_is_cut(chart)
    assert chart.alt


def test_the_rows_of_the_answer_do_not_overlap(lang):
    assert_no_overlap(report.show_answer(STUDY, reader(lang)))


def test_every_check_and_key_figure_has_its_words(lang):
    checks = checks_table(check_study(STUDY))
    assert reader(lang).checks(checks).keys() == set(checks["name"])
    assert key_figures(study_key_figures(STUDY))[[f"label_{lang}", "value", "unit"]].notna().all(axis=None)


def test_hostile_names_stay_text(lang):
    hostile = study(flows([(HOSTILE, HOSTILE)] * 4))
    for name in ("show_list", "show_trial", "show_what_ifs"):
        page = getattr(report, name)(hostile, reader(lang))
        assert "<script" not in page and "&lt;script" in page
    for name in CHARTS:
        assert_nothing_is_cut(getattr(report, name)(hostile, reader(lang)))


# true sentences


def test_the_headline_names_the_choice_and_its_odds():
    said = both(lambda read: report.say_headline(STUDY, read), reader("en"))
    best = STUDY.choices.set_index("way").loc["best"]
    assert said["en"].startswith("Projects with an expected NPV above 0 at 10.0\u00a0% a year: 2 of 4. With CNY\u00a01,500.0 of capital, ")
    assert f"{best['npv']:,.1f}" in said["en"] and f"{best['npv']:,.1f}" in said["zh"] and "最优选择为" in said["zh"]


def test_a_loan_is_not_said_to_earn_the_rate():
    loan = study(pd.DataFrame([flow("loan", ("Loan", "贷款"), "2024-01", 1000), flow("loan", ("Loan", "贷款"), "2026-01", -1100)])
                 .astype({"lower": float, "upper": float}))  # fmt: skip
    said = both(lambda read: report.say_headline(loan, read), reader("en"))
    assert "earn" not in said["en"] and "回报高于" not in said["zh"], "it costs 4.9 % and earns nothing; only its value is above 0"


def test_the_headline_says_the_odds_that_the_capital_suffices(lang):
    tight = study(capital=1000.0)
    best = tight.choices.set_index("way").loc["best"]
    assert best["need"] <= 1000 < best["need_upper"] and 0.3 < best["within"] < 0.7
    odds, need = report.say_odds(best["within"], lang), f"{best['need_upper']:,.1f}"
    said, drawn = report.say_headline(tight, reader(lang)), texts(tight, reader(lang))["show_answer"]
    assert {"en": f"suffices with odds of {odds}", "zh": f"资金够用的概率为{odds}"}[lang] in said and need in said
    assert need in drawn, "the chart says it too"


def test_the_capital_of_all_is_not_said_to_be_the_most(lang):
    need, said = STUDY.choices.set_index("way").loc["all"], text_of(report.show_more(STUDY, reader(lang)))
    assert need["need_upper"] > need["need"], "it can be more"
    assert not any(word in said for word in ("at most", "至多", "确定收回")) and f"{need['need']:,.1f}" in said


def test_a_choice_with_room_for_overruns_is_named(lang):
    two = [flow("big", ("Big", "大项"), "2024-01", -1000, -1300, -950), flow("big", ("Big", "大项"), "2025-01", 1500),
           flow("small", ("Small", "小项"), "2024-01", -500, -520, -480), flow("small", ("Small", "小项"), "2025-01", 650)]  # fmt: skip
    made = study(pd.DataFrame(two).astype({"lower": float, "upper": float}), capital=1000.0)
    assert made.portfolio.set_index("project")["best"].to_dict() == {"big": True, "small": False}
    said = texts(made, reader(lang))
    assert {"en": "Small would leave room for overruns", "zh": "可选小项"}[lang] in said["say_caveats"]
    assert {"en": "room for overruns (80", "zh": "预留超支余地"}[lang] in said["show_what_ifs"]


def test_without_a_limit_none_is_said(lang):
    headline = report.say_headline(study(capital=0.0), reader(lang))
    assert not any(part in headline for part in {"en": ("of capital", "suffices"), "zh": ("资金限额", "资金够用")}[lang])
    assert {"en": "capital suffices", "zh": "资金够用"}[lang] not in text_of(report.show_what_ifs(study(capital=0.0), reader(lang)))


def test_where_nothing_is_worth_it_that_is_the_headline(lang):
    made = study(flows()[lambda t: t["project"] == "loss"])
    assert {"en": "No project is chosen of 1", "zh": "1 个项目均不可取"}[lang] in report.say_headline(made, reader(lang))
    assert {"en": "No project is worth choosing", "zh": "没有值得入选的项目"}[lang] in texts(made, reader(lang))["show_answer"]


def test_several_internal_rates_are_all_told_and_none_is_called_the_return(lang):
    said = texts(STUDY, reader(lang))
    rates = STUDY.roots.loc[STUDY.roots["project"] == "studio", "rate"]
    assert len(rates) == 2 and all(f"{rate * 100:.1f}" in said["say_caveats"] and f"{rate * 100:.1f}" in said["show_why"] for rate in rates)
    assert {"en": "none of them its return: as planned", "zh": "均非其真实回报：按计划"}[lang] in said["show_why"]
    assert {"en": "Kiosks has no internal rate", "zh": "终端在 −99% 至 +1,000% 之间无内部收益率"}[lang] in said["say_caveats"]


@pytest.mark.parametrize(("project", "en", "zh"), [
    ("plain", "less than ", "低于 "), ("kiosks", "anything", "任何水平"), ("loss", "at no rate", "均不值得"),
])  # fmt: skip
def test_what_internal_rates_mean_is_said(project, en, zh):
    assert report.say_worth_at(STUDY, project, "en").startswith(en) and report.say_worth_at(STUDY, project, "zh").startswith(zh)


def test_between_two_rates_and_above_one():
    two = report.say_worth_at(STUDY, "studio", "en")
    assert re.fullmatch(r"\d+\.\d\s% to \d+\.\d\s%", two)
    loan = study(pd.DataFrame([flow("loan", ("Loan", "贷款"), "2024-01", 100), flow("loan", ("Loan", "贷款"), "2025-01", -120)])
                 .astype({"lower": float, "upper": float}))  # fmt: skip
    assert report.say_worth_at(loan, "loan", "en") == "more than 20.0\u00a0%"


def test_odds_are_never_rounded_to_sure_or_impossible():
    assert report.say_odds(0.999, "en") == "over 99\u00a0%" and report.say_odds(0.001, "zh") == "不足1%"
    assert report.say_odds(1.0, "zh") == "100%" and report.say_odds(0.7349, "en") == "73\u00a0%" and report.say_odds(np.nan, "en") == "–"


def test_made_up_figures_are_said_to_be_made_up_everywhere(lang):
    said = texts(STUDY, reader(lang))
    for name in (*SHOWN, "say_caveats", "known"):
        assert GIVEN["origin"][lang] in said[name], name
    silent = texts(study(origin={}), reader(lang))
    assert WORDS[f"source_{lang}"] in silent["show_answer"] and {"en": "come from", "zh": "现金流来源"}[lang] not in silent["known"]


def test_spans_that_reach_down_are_owned_up_to(lang):
    gap = abs(float(STUDY.projects["planned"].sum() - STUDY.projects["npv"].sum()))
    assert f"{gap:,.1f}" in texts(STUDY, reader(lang))["say_caveats"]
    up = flows().assign(lower=lambda t: t["amount"], upper=lambda t: t["amount"] + 50)
    assert {"en": "add ", "zh": "增加"}[lang] in texts(study(up), reader(lang))["say_caveats"]


def test_a_choice_that_overruns_its_money_is_told(lang):
    over = dataclasses.replace(STUDY, choices=STUDY.choices.assign(within=0.25))
    assert {"en": "in 75\u00a0% of the simulated courses", "zh": "75%的模拟情形下"}[lang] in str(report.say_caveats(over, reader(lang)))


def test_a_long_choice_names_three_and_counts_the_others(lang):
    names = [f"P{at}" for at in range(6)]
    assert report._listed(names, lang) == {"en": "P0, P1, P2 and 3 others", "zh": "P0、P1、P2和其他 3 个项目"}[lang]
    assert report._listed(names[:4], lang).count("P") == 4 and report._listed(names[:1], lang) == "P0"


def test_one_project_alone_has_its_report(lang):
    one = study(flows()[lambda t: t["project"] == "plain"])
    assert all(texts(one, reader(lang)).values())
    assert_nothing_is_cut(report.show_why(one, reader(lang)))
