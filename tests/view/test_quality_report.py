"""The data-quality report in both languages: every sentence, chart and table, on a group with every kind of flaw and on one with none."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, assert_no_overlap, assert_nothing_is_cut, words_of
from worlds import CALENDAR, CENTRES, chart

from planning.core.checks import FINDING_COLUMNS, checks_table
from planning.core.events import EVENTS
from planning.core.periods import month_range
from planning.plan import quality
from planning.view import quality_report as report
from planning.view.fonts import lacks_font
from planning.view.quality_words import COLUMNS, TABLES
from planning.view.reader import both, build_reader
from planning.view.words import word

MONTHS = month_range(pd.Timestamp("2019-11-01"), 20)
TOWN = {"label_en": "Town", "label_zh": "小镇", "source_en": "made up", "source_zh": "虚构", "people_en": "Own", "people_zh": "自有"}
NAMED = {"ledger": ["Ledger", "总账"], "budget": ["Budget", "预算"], "sold": ["Sold against booked", "销售对账"], "paid": ["Paid", "付款"]}
SHOPS = pd.DataFrame({"code": ["north"], "label_en": ["North"], "label_zh": ["北方"]})


def reader(lang, **words):
    return build_reader(lang, "thousand", "USD", chart(), CENTRES, CALENDAR, TOWN | words)


def names(named=NAMED):
    return report.Names(named, {"Controller": "财务主管"}, {"so it is": "理由如此"})


def finding(control, kind, where, size=0.0, status="open", reason=""):
    values = (control, kind, where, size, 10.0, 3, status, "Controller", reason, "found")
    return dict(zip(FINDING_COLUMNS, values, strict=True))


def two_sides(rule, wrong):
    left = np.linspace(9e5, 2e6, len(MONTHS))
    gap = np.where(np.arange(len(MONTHS)) % 5 == 2, wrong, 0.0)
    told = {"rule": rule, "period": MONTHS, "left": left, "right": left - gap, "over": np.maximum(gap, 0), "under": np.minimum(gap, 0)}
    return pd.DataFrame(told | {"tolerance": 2e4, "open": (gap != 0) & (rule == "sold")})


def flawed():
    """A quality with everything in it."""
    states = ["actual"] * 17 + ["gap", "few", "actual"]
    ledger = pd.DataFrame({"source": "ledger", "period": MONTHS, "rows": 5, "state": states})
    budget = pd.DataFrame({"source": "budget", "period": MONTHS[:12], "rows": 5, "state": "plan"})
    sources = {
        "source": ["ledger", "budget", "order_lines", "customers"], "kind": ["figures", "figures", "events", "events"],
        "read": [120, 40, 1000, 70], "left_out": [3, np.nan, np.nan, np.nan], "rows": [100, 40, 1000, 70],
        "first": [*[MONTHS[0]] * 3, pd.NaT], "last": [*[MONTHS[-1]] * 3, pd.NaT], 
        "known": [pd.Timestamp("2021-07-10")] * 2 + [pd.NaT] * 2,
    }  # fmt: skip
    found = [
        finding("sold", "total", "2020-01", 7e5), finding("order_lines", "missing", "customer"),
        finding("order_lines", "duplicate", "a · 1"),
        finding("customers", "orphan", "x", status="accepted", reason="so it is"), finding("taxes", "total", "all", 4.0, "within"),
    ]  # fmt: skip
    findings = pd.DataFrame(found, columns=list(FINDING_COLUMNS))
    lacking = {"source": "order_lines", "column": ["customer", "payment_date"], "rows": 1000, "missing": [12, 4], "expected": True}
    moved = pd.DataFrame({"account": "receipts", "period": MONTHS, "first": 5e5, "now": np.where(np.arange(20) == 7, 6.2e5, 5e5)})
    cell = {"entity": "town", "cost_centre": "a", "account": "taxes", "period": MONTHS[7], "source": "ledger", "first": 5e5, "now": 6.2e5}
    return quality.Quality(
        sources=pd.DataFrame(sources), coverage=pd.concat([ledger, budget]), empty=pd.DataFrame(lacking),
        totals=pd.DataFrame({"account": ["receipts", "payments"], "totals": 9, "missing": [4, 0], "beyond": [1, 0], "most": [9e5, 0.0],
                             "tolerance": [1e4, 0.0]}),
        reconciled=pd.concat([two_sides("sold", 3e5), two_sides("paid", -1e5)]), findings=findings, at_stake=quality.at_stake(findings),
        restated=moved, changes=pd.DataFrame([cell | {"change": 1.2e5, "since": pd.Timestamp("2020-09-10"), "vintages": 2}]),
        unmapped=pd.DataFrame({"scenario": "actual", "account": "goods", "cost_centre": "b", "period": MONTHS[3:5], "amount": [-7e3, 2e3]}),
        translated=pd.DataFrame({"entity": "north", "period": MONTHS, "amount": np.linspace(-4e4, 9e4, 20)}),
        what_if=pd.DataFrame({"factor": [0.5, 1.0, 2.0], "findings": [8, 5, 2], "amount": [9e5, 8e5, 6e5]}),
    )  # fmt: skip


def clean():
    """A quality of one table of customers with nothing wrong."""
    none = {name: getattr(flawed(), name).iloc[:0] for name in quality.Quality.__dataclass_fields__}
    people = flawed().sources.iloc[3:].reset_index(drop=True)
    calm = pd.DataFrame({"factor": [0.5, 1.0, 2.0], "findings": 0, "amount": 0.0})
    return quality.Quality(**none | {"sources": people, "what_if": calm, "at_stake": quality.at_stake(flawed().findings.iloc[:0])})


CHECKS = checks_table([quality.Check("ledger: every amount read is stored, a total, or left out on purpose", True, "4 = 4")])


def shown(made, read, called=None) -> dict:
    """Everything the report says and shows, by name."""
    called = called or names()
    return {
        "known": report.say_known(made, read, "123"), "coverage": report.show_coverage(made, read, called),
        "sources": report.show_sources(made, read, called), "method": report.say_method(read),
        "headline": report.say_headline(made, called, read), "at stake": report.show_at_stake(made, called, read),
        "totals": report.show_totals(made, read), "reconciled": report.show_reconciled(made, called, read),
        "flaws": report.show_flaws(made, called, read), "restated": report.show_restated(made, read),
        "changes": report.show_changes(made, read), "unmapped": report.show_unmapped(made, read),
        "translated": report.show_translated(made, read, SHOPS), "what if said": report.say_what_if(made, read),
        "what if": report.show_what_if(made, read), "checks": report.check_names(CHECKS, called, read),
        "caveats": report.show_caveats(read),
    }  # fmt: skip


def text_of(of) -> str:
    if isinstance(of, dict):
        return text_of(" ".join(of.values()))
    said = words_of(of) if hasattr(of, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(of)))
    return re.sub(r"\s+", " ", said).strip()


WORLDS = pytest.mark.parametrize("made", [flawed(), clean()], ids=["flawed", "clean"])


@WORLDS
def test_everything_is_said_and_shown(lang, made):
    for name, of in shown(made, reader(lang)).items():
        text = text_of(of)
        assert text and "nan" not in text.lower().split() and "NaT" not in text and "{" not in text, (name, text)


@WORLDS
def test_a_chinese_report_has_no_english_words(made):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, of in shown(made, reader("zh")).items():
        assert not set(re.findall(r"[A-Za-z]{2,}", text_of(of))) - note - {"company", "yaml"}, (name, text_of(of))


def test_the_language_changes_no_number():
    english, chinese = ({name: text_of(of) for name, of in shown(flawed(), reader(lang)).items()} for lang in ("en", "zh"))
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", text[name])) for text in (english, chinese)]
        assert figures[0] == figures[1], name


def test_no_chart_cuts_a_text_or_covers_one_with_another(lang):
    drawn = [of for of in shown(flawed(), reader(lang)).values() if hasattr(of, "axes")]
    assert len(drawn) == 8
    for of in drawn:
        assert_nothing_is_cut(of)
        assert_no_overlap(of)


def test_no_chart_cuts_a_text_however_long(lang):
    long = {code: [LONG, "很长的来源名称" * 12] for code in (*NAMED, "order_lines", "customers")}
    for of in shown(flawed(), reader(lang, label_en=LONG, label_zh="很长的公司名称" * 12), names(long)).values():
        if hasattr(of, "axes"):
            assert_nothing_is_cut(of)


def test_hostile_names_stay_text(lang):
    hostile = names({code: [HOSTILE, HOSTILE] for code in (*NAMED, "order_lines", "customers")})
    pages = [str(of) for of in shown(flawed(), reader(lang), hostile).values() if str(of).startswith("<")]
    assert len(pages) >= 4 and not any("<script" in page for page in pages)


def test_the_headline_says_what_waits_and_what_it_comes_to():
    said = text_of(report.say_headline(flawed(), names(), reader("en")))
    assert "3 findings wait for a decision, $700.0 k in all; most in Sold against booked." in said
    assert "1 of 18 control totals miss their lines" in said
    assert both(lambda read: report.say_headline(flawed(), names(), read), reader("en"))["zh"].endswith("。")


def test_the_titles_carry_the_message():
    said = {name: text_of(of.alt) for name, of in shown(flawed(), reader("en")).items() if hasattr(of, "alt")}
    assert said["coverage"].startswith("From Nov 2019 to Jun 2021, 4 sources: one month is missing in between, in Ledger")
    assert said["reconciled"].startswith("8 of 40 months of 2 comparisons lie apart by more than the tolerance; most in Sold")
    assert said["restated"].startswith("Receipts: 1 of 20 months were restated after they were first known, by up to $120.0 k")
    assert said["unmapped"].startswith("$9.0 k stand on lines for codes that nobody has mapped, in 2 months")
    assert said["translated"].startswith("Translating North leaves a difference of $90.0 k at the end of Jun 2021")


def test_accepted_flaws_are_lighter_than_those_that_wait():
    flaws = report.flaws_table(flawed()).set_index(["table", "kind", "column"])["waits"]
    assert flaws["order_lines", "missing", "customer"] and flaws["order_lines", "duplicate", ""]
    assert not flaws["customers", "orphan", ""] and not flaws["order_lines", "missing", "payment_date"]


def test_every_event_table_and_every_column_that_may_lack_a_value_has_a_name():
    assert set(TABLES) == set(EVENTS)
    assert set(COLUMNS) == {column for name in quality.COMPLETE for column, rule in EVENTS[name].items() if not rule.filled}


def test_key_figures_and_tables_are_recorded():
    made = flawed()
    assert list(report.figures(made, reader("en"))["value"]) == [3.0, 7e5, 1.0, 1.0]
    assert {"sources", "coverage", "totals", "reconciled", "at_stake", "restated", "flaws", "what_if"} <= set(report.quality_tables(made))
