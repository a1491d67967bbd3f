"""The report from strategy to budget in both languages: true sentences, nothing cut, from three units to more than the chart holds."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, assert_no_overlap, assert_nothing_is_cut, words_of

from planning.core.accounts import AccountTree
from planning.core.checks import checks_table
from planning.core.drivers import Driver, Entry
from planning.core.periods import FiscalCalendar
from planning.plan.funds import Money
from planning.plan.negotiation import ORDERS
from planning.plan.strategy import Worth, build_strategy, check_strategy
from planning.plan.targets import RULES
from planning.view import strategy_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader
from planning.view.strategy_words import WORDS

CALENDAR = FiscalCalendar(1, pd.Timestamp("2020-01-01"), pd.Timestamp("2040-12-01"))
COMPANY = {"label_en": "Shop", "label_zh": "商店", "source_en": "Plans", "source_zh": "计划表", "people_en": "", "people_zh": ""}
NO_TREE = pd.DataFrame(
    columns=["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
)
SAID = ("say_strategy_method", "say_frame", "say_gap_headline", "say_gap", "say_sharing")


def strategy(count=5, targets=None, worth=None, opening=300.0, asked=1.06, seed=3, lower=0.9, last=-0.01):
    """Units of very different sizes; the first asks least, the last is an income."""
    chance = np.random.default_rng(seed)
    codes = [f"u{number:02d}" for number in range(count)]
    base = np.round(np.geomspace(50, 50_000, count), 2) * np.where(np.arange(count) == count - 1, last, 1)
    rows = pd.DataFrame({"cost_centre": codes, "account": "costs", "amount": base.round(2)})
    wanted = np.where(np.arange(count) == 0, 0.7, asked) * (1 + 0.02 * chance.normal(size=count))
    view = rows.assign(amount=(base * (1 + 0.05 * chance.normal(size=count))).round(2))
    view = view.assign(lower=view["amount"] - view["amount"].abs() * 0.04, upper=view["amount"] + view["amount"].abs() * 0.06)
    total = float(base.sum())
    money = Money(1.25 * total, 1.3 * total, lower * 1.3 * total, 1.5 * total, opening=opening, other=-0.2 * total)
    given = {"growth": 0.05, "margin": 0.22, "cash_floor": 100.0} if targets is None else targets
    requests = rows.assign(amount=(base * wanted).round(2))
    return build_strategy(requests, view, rows, money, given, {code: code for code in codes}, pd.Timestamp("2026-01-01"), worth)


def reader(lang, name=None, ledger=True):
    codes = [f"u{number:02d}" for number in range(60)]
    centres = pd.DataFrame({"code": codes, "label_en": [name or f"Department of {code}" for code in codes],
                            "label_zh": [name or f"第{code[1:]}部门" for code in codes]})  # fmt: skip
    return build_reader(lang, "one", "CNY", AccountTree(NO_TREE), centres, CALENDAR, COMPANY, ledger)


PROJECTS = pd.DataFrame({"project": ["p1", "p2"], "label_en": ["New line", "Old line"], "label_zh": ["新线", "旧线"],
                         "need": [900.0, 400.0], "npv": [300.0, -10.0], "odds": [0.9, 0.4]})  # fmt: skip
DRIVER = Driver("marginal_value", "fraction", owner="Controlling", entries=(Entry(1.3, {"cost_centre": "u02"}, source="tried in 2025"),))
VALUED = Worth(drivers=(DRIVER,), projects=PROJECTS, kept=0.5)


def text_of(shown) -> str:
    said = words_of(shown) if hasattr(shown, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(shown)))
    return re.sub(r"[ \n]+", " ", said).strip()


def texts(made, read):
    shown = {name: getattr(report, name)(made, read) for name in SAID}
    shown |= {"say_funds": report.say_funds(made, 0.8, read), "show_range": report.show_range(made, "2026", 0.8, read)}
    shown |= {"show_units": report.show_units(made, 0.8, read), "show_funds": report.show_funds(made, 0.8, read)}
    return {name: text_of(of) for name, of in (shown | {"show_sharing": report.show_sharing(made, read)}).items()}


CASES = {
    "plain": {}, "valued": {"worth": VALUED}, "no targets": {"targets": {}}, "growth alone": {"targets": {"growth": 0.03}},
    "floor alone": {"targets": {"cash_floor": 10.0}}, "no cash": {"opening": float("nan")}, "nobody asks": {"asked": 0.5},
    "no band": {"lower": float("nan")}, "all is kept": {"worth": Worth(kept=1.0), "targets": {"margin": 0.5}},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ledger", [True, False])
def test_every_case_is_said_and_shown(case, ledger, lang):
    for name, text in texts(strategy(**CASES[case]), reader(lang, ledger=ledger)).items():
        assert text or name == "say_gap", name
        assert "nan" not in text.lower().split() and "None" not in text and "{" not in text and "inf " not in text, (name, text)
        assert ".." not in text and ",," not in text and "。。" not in text and " –" not in text.replace(" – ", ""), (name, text)


@pytest.mark.parametrize("case", CASES)
def test_the_chinese_report_has_no_english_words(case):
    for name, text in texts(strategy(**CASES[case]), reader("zh")).items():
        known = re.sub(r"marginal_value|Controlling|tried in 2025", "", text)
        assert not re.findall(r"[A-Za-z]{2,}", known), (name, text)


def test_the_frame_is_spoken_of_where_targets_are_set(lang):
    said = [text_of(report.say_strategy_method(strategy(targets=targets), reader(lang))) for targets in ({}, {"growth": 0.03})]
    word = {"en": "frame", "zh": "总控制数"}[lang]
    assert [word in text for text in said] == [False, True]


@pytest.mark.parametrize("count", [3, 12, 40, 55])
def test_the_chart_holds_few_and_many_units(count, lang):
    if lang == "zh" and lacks_font("zh"):
        pytest.skip("no Chinese font is installed")
    chart = report.show_range(strategy(count), "2026", 0.8, reader(lang))
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)
    others = {"en": "15 others", "zh": "其他 15 个"}[lang]
    assert (others in words_of(chart)) == (count == 55)


def test_long_and_hostile_names_are_wrapped_and_escaped(lang):
    read, made = reader(lang, HOSTILE * 3), strategy(4, worth=VALUED)
    assert_nothing_is_cut(report.show_range(made, "2026", 0.8, read))
    for shown in (report.show_units(made, 0.8, read), report.show_sharing(made, read)):
        assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_every_order_rule_value_and_check_has_its_words(lang):
    read = reader(lang)
    said = {"order": ORDERS, "rule": RULES, "basis": ("curves", "npv", ""), "what": ("target", "neutral", "request")}
    assert all(read.say(f"strategy_{kind}_{name}") for kind, names in said.items() for name in names)
    checks = checks_table(check_strategy(strategy(worth=VALUED)))
    assert len(checks) == 5 and checks["passed"].all() and set(read.checks(checks)) == set(checks["name"])


# what is said is true


def test_the_headline_names_who_gives_most_and_the_sum():
    made, read = strategy(5), reader("en")
    givers = made.units[made.units["gap"] > 0]
    said = report.say_gap_headline(made, read)
    assert f"CNY {givers['gap'].sum():,.1f}".replace(" ", "\u00a0") in said.replace(" ", "\u00a0")
    names = [f"Department of {unit}" for unit in givers["unit"].head(3)]
    assert [name for name in re.findall(r"Department of u\d\d", said)] == names and "u00" not in said


def test_nobody_must_give_where_requests_stay_within_targets():
    assert "nobody must give" in report.say_gap_headline(strategy(asked=0.5, targets={"margin": 0.1}, last=1), reader("en"))


def test_whether_it_can_be_paid_is_said_by_the_figures():
    assert "can't be paid" in report.say_funds(strategy(targets={"cash_floor": 9000.0}), 0.8, reader("en"))
    fits = report.say_funds(strategy(opening=1e6, targets={"cash_floor": 10.0}), 0.8, reader("en"))
    assert "can be paid" in fits and "lower edge of the 80\u00a0% band, too" in fits
    assert "would be missing" in report.say_funds(strategy(targets={"cash_floor": 0.0}, lower=0.1), 0.8, reader("en"))
    assert "No cash floor" in report.say_funds(strategy(targets={"margin": 0.1}), 0.8, reader("en"))
    assert "not known" in report.say_funds(strategy(opening=float("nan")), 0.8, reader("en"))


def test_only_the_plain_cut_is_shown_where_nobody_said_a_value_and_the_page_says_why(lang):
    made, read = strategy(), reader(lang)
    assert "marginal_value" in report.say_sharing(made, read)
    assert WORDS["strategy_by_value"][0 if lang == "en" else 1] not in text_of(report.show_sharing(made, read))


def test_a_value_is_shown_with_its_owner_its_source_and_the_odds(lang):
    text = text_of(report.show_sharing(strategy(worth=VALUED), reader(lang)))
    for part in ("Controlling", "tried in 2025", "90\u00a0%" if lang == "en" else "90%", "New line" if lang == "en" else "新线"):
        assert part in text, part


def test_a_department_without_a_request_and_one_without_a_history_are_named():
    rows = pd.DataFrame({"cost_centre": ["u00", "u01", "u02"], "account": "costs", "amount": [10.0, 20.0, 30.0]})
    view = rows.iloc[:2].assign(lower=1.0, upper=99.0)
    units = {code: code for code in rows["cost_centre"]}
    made = build_strategy(rows.iloc[1:], view, rows, Money(100.0, 100.0), {"margin": 0.5}, units, pd.Timestamp("2026-01-01"))
    said = report.say_gap(made, reader("en"))
    assert "No request from Department of u00" in said and "No neutral view of Department of u02" in said
    assert_nothing_is_cut(report.show_range(made, "2026", 0.8, reader("en")))


def test_the_headline_is_said_in_both_languages():
    said = both(lambda read: report.say_gap_headline(strategy(), read), reader("en"))
    assert said["en"].startswith("Departments must give") and said["zh"].startswith("为达成目标")
