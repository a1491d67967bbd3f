"""Revenue at risk and a year's retention offers as people read them: in both languages, whole, and frank about what isn't known."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from drawn import assert_chinese, assert_no_overlap, assert_nothing_is_cut, assert_readable, text_of

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month
from planning.plan.at_risk import AtRisk, check_at_risk
from planning.plan.customers import Customers
from planning.plan.losses import ALL
from planning.plan.retention import Retention
from planning.view.at_risk_report import show_at_risk
from planning.view.fonts import lacks_font
from planning.view.reader import build_reader
from planning.view.report_words import WORDS
from planning.view.retention_report import say_customers
from planning.view.words import word

CALENDAR = FiscalCalendar(1, month("2020-12"), month("2040-12"))
AS_OF = pd.Timestamp("2025-06-30")
PERIODS = pd.date_range("2025-07-01", periods=18, freq="MS")


def reader(lang):
    accounts = [{"code": code, "parent": None, "kind": "revenue", "weight": 1.0, "effect": 1, "label_en": en, "label_zh": zh}
                for code, en, zh in (("5001", "Basic plan", "基础版"), ("5002", "Family plan", "家庭版"))]  # fmt: skip
    centres = pd.DataFrame({"code": ["D1"], "label_en": ["Subscriptions"], "label_zh": ["订阅业务部"]})
    words = {f"{name}_{other}": said for name in ("label", "source", "people") for other, said in (("en", "the books"), ("zh", "账簿"))}
    return build_reader(lang, "thousand", "CNY", AccountTree(pd.DataFrame(accounts)), centres, CALENDAR, words, True)


def months(centre, account, there):
    lost = there * (1 - 0.98 ** np.arange(1, 19))
    edges = {name: lost * times for name, times in (("lower", 0.8), ("low", 0.9), ("middle", 1.0), ("high", 1.1), ("upper", 1.25))}
    return pd.DataFrame({"period": PERIODS, "month": range(1, 19), "cost_centre": centre, "account": account, "there": there, "lost": lost,
                         **edges, "forecast": there * 1.05, "won": there * 0.05 + lost})  # fmt: skip


def at_risk():
    tables = [months("D1", "5001", 4e5), months("D1", "5002", 6e5), months(ALL, ALL, 1e6)]
    tried = months(ALL, ALL, 9e5).head(12).assign(day=pd.Timestamp("2024-06-30"), came=lambda table: table["lost"] * 0.85)
    shares = pd.DataFrame({"account": ["5001", "5002"], "share": 0.94, "least": 0.94, "most": 0.94})
    return AtRisk(AS_OF, shares, pd.concat(tables, ignore_index=True), tried)


SHARES = pd.DataFrame({"cost_centre": "D1", "account": ["5001"], "charges": [100.0], "booked": [94.0], "share": [0.94]})
SERVING = pd.DataFrame({"cost_centre": ["D1"], "account": ["6401"], "booked": [18.8], "share": [0.2]})


def customers(**outcome):
    out = {"offers": 3100.0, "cost": 93000.0, "gain": 41000.0, "lower": 12000.0, "upper": 70000.0, "odds": 0.97, "told": True,
           "kept_share": 0.031, "error": 0.007, "day": pd.Timestamp("2024-03-31")} | outcome  # fmt: skip
    kept = pd.DataFrame({"period": pd.date_range("2026-01-01", periods=12, freq="MS"), "cost_centre": "D1", "account": "5001", "kept": 9e3})
    offers = Retention(month("2026-01"), kept, pd.Series(out, dtype=object), 0.3, 0.6)
    return Customers(("5001",), 2.4e6, SHARES, SERVING, offers, "6001")


CASES = {
    "told": customers(), "assumed": customers(told=False, kept_share=np.nan, error=np.nan, day=pd.NaT),
    "none": customers(offers=0.0, cost=0.0, odds=np.nan), "not asked": replace(customers(), offers=None),
    "too few": Customers(("5001",), float("nan"), SHARES, SERVING), "served by nobody": replace(customers(), serving=SERVING.iloc[:0]),
}  # fmt: skip


def everything(lang):
    read = reader(lang)
    few = AtRisk(AS_OF, at_risk().shares, pd.DataFrame(), pd.DataFrame())
    untried = replace(at_risk(), tried=at_risk().tried.iloc[:0])
    shown = {f"{name} {at}": part for name, found in (("whole", at_risk()), ("few", few), ("untried", untried))
             for at, part in enumerate(show_at_risk(found, read, 0.8))}  # fmt: skip
    return shown | {name: say_customers(case, read, 2026, 0.8) for name, case in CASES.items()}


def test_everything_is_said_and_shown(lang):
    for name, part in everything(lang).items():
        assert_readable(name, text_of(part))


def test_a_chinese_report_has_no_english_words():
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, part in everything("zh").items():
        assert_chinese(name, text_of(part), {"CNY", "FY"} | note)


def test_the_language_changes_no_number():
    english, chinese = everything("en"), everything("zh")
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", text_of(side[name]))) for side in (english, chinese)]
        assert figures[0] == figures[1] or "万" in text_of(chinese[name]), name


def test_the_chart_is_whole(lang):
    [chart] = [part for part in show_at_risk(at_risk(), reader(lang), 0.8) if hasattr(part, "axes")]
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)


def test_the_sentence_carries_the_figures_and_how_it_was_told_before():
    found = at_risk()
    said = text_of(show_at_risk(found, reader("en"), 0.8)[0]).replace("\xa0", " ")
    lost = 1e6 * (1 - 0.98**18)
    assert "bring CNY 1,000.0 k a month" in said and f"CNY {lost / 1e3:,.1f} k of it" in said and "By Dec 2026 (18 months ahead)" in said
    assert f"new subscribers must bring CNY {(lost + 5e4) / 1e3:,.1f} k" in said and "12 of 12 months" in said
    missed = replace(found, tried=found.tried.assign(came=found.tried["lost"] * 2))
    assert "in 0 of 12 months" in text_of(show_at_risk(missed, reader("en"), 0.8)[0]).replace("\xa0", " ")


def test_who_has_no_contracts_is_shown_nothing():
    assert show_at_risk(None, reader("en"), 0.8) == [] and say_customers(None, reader("en"), 2026, 0.8) is None


def test_offers_say_what_tells_their_effect():
    said = {name: text_of(say_customers(case, reader("en"), 2026, 0.8)) for name, case in CASES.items()}
    assert "odds of a loss 3" in said["told"] and "it kept 3.1 of 100 (standard error 0.7)" in said["told"]
    assert "Response not known; no experiment tells it" in said["assumed"] and "Response not known" not in said["told"]
    assert "costs CNY 21.6 k of that revenue" in said["told"] and "75.2 % of what is charged" in said["told"]
    assert "60.0 % is assumed" in said["told"]
    assert "names no accounts of it" in said["served by nobody"] and "costs CNY" not in said["none"]
    assert "none would pay" in said["none"] and "none were asked for" in said["not asked"] and "Too few" in said["too few"]


def test_every_check_has_its_words(lang):
    names = {check.name for check in check_at_risk(at_risk())}
    assert len(names) == 2 and all(f"check: {name}" in WORDS for name in names)
