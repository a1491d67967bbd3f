"""The odds of a budget in both languages: the sentence, the tables and the chart, and where nothing can be said."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, assert_no_overlap, assert_nothing_is_cut, words_of

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month
from planning.plan.budget_odds import odds_held
from planning.view import odds_report as report
from planning.view.odds_words import WORDS
from planning.view.reader import build_reader
from planning.view.words import word

ABOUT = {
    "label_en": "Shops", "label_zh": "商店", "source_en": "Made-up books", "source_zh": "虚构账簿", "people_en": "", "people_zh": "",
}  # fmt: skip
ACCOUNTS = pd.DataFrame(
    [("sales", "Sales", "销售"), ("wages", "Wages", "工资"), ("rent", "Rent", "租金")], columns=["code", "label_en", "label_zh"]
).assign(parent=None, kind="expense", weight=1.0, effect=-1, better="down", aggregation="flow", unit="USD", scale=2)
CENTRES = pd.DataFrame(
    [("n", None, "x", "North", "北区", None), ("s", None, "x", "South", "南区", None)],
    columns=["code", "parent", "entity", "label_en", "label_zh", "owner"],
)
TABLE = pd.DataFrame(
    [
        ("line", "n", "sales", 9e5, 8.8e5, 0.40, 4), ("line", "n", "wages", 5e5, 4.9e5, 0.60, 4),
        ("line", "s", "wages", 2e5, 2.2e5, 0.21, 3),
        ("line", "s", "rent", 1e5, np.nan, np.nan, 1), ("unit", "n", "", 4e5, 3.9e5, 0.45, 4), ("unit", "s", "", -3e5, np.nan, np.nan, 1),
        ("company", "", "", 1e5, 0.7e5, 0.34, 3),
    ],
    columns=["level", "unit", "line", "amount", "expected", "odds", "years"],
)  # fmt: skip


CALENDAR = FiscalCalendar(1, month("2015-01"), month("2025-12"))


def reader(lang):
    return build_reader(lang, "thousand", "USD", AccountTree(ACCOUNTS), CENTRES, CALENDAR, ABOUT)


def tried(n=200, years=(2022, 2023), seed=1):
    rng = np.random.default_rng(seed)
    odds = rng.uniform(0.1, 0.9, n)
    return pd.DataFrame({"level": "line", "odds": odds, "met": rng.random(n) < odds, "fiscal_year": np.resize(years, n)})


def text_of(said):
    said = words_of(said) if hasattr(said, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(said)))
    return re.sub(r"\s+", " ", said).strip()


def test_the_approver_reads_the_odds_of_the_result_and_the_weakest_line():
    said = text_of(report.say_odds(TABLE, reader("en")))
    assert "met: 34 %" in said.replace("\u202f", " ").replace("\xa0", " ") and "from 3 earlier years" in said
    assert "South, Wages: 21" in said
    assert "34%" in report.say_odds(TABLE, reader("zh")) and "南区，工资：21%" in report.say_odds(TABLE, reader("zh"))


def test_with_too_few_years_the_sentence_says_so_instead_of_odds(lang):
    few = TABLE.assign(odds=np.nan, expected=np.nan, years=1)
    said = report.say_odds(few, reader(lang))
    assert said == WORDS["odds_few"][lang == "zh"].format(years=1) and "%" not in said
    assert report.say_odds(TABLE.iloc[:0], reader(lang)) == WORDS["odds_few"][lang == "zh"].format(years=0)


def test_without_any_odds_no_empty_table_is_shown(lang):
    few = TABLE.assign(odds=np.nan, expected=np.nan, years=1)
    assert report.show_odds((few, odds_held(tried(), 0.8, 1)), reader(lang)) == [report.say_odds(few, reader(lang))]


def test_units_stand_with_their_weakest_line_and_those_without_odds_last():
    said = text_of(report.show_unit_odds(TABLE, reader("en")))
    assert said.index("North") < said.index("South") < said.index("Result of the plan")
    assert said.index("Sales") < said.index("South"), "the weakest line of the north is its sales"
    short = text_of(report.show_unit_odds(TABLE, reader("en"), most=1))
    assert "Other units (1)" in short and "South" not in short


def test_lines_stand_from_the_least_likely_on_without_those_that_have_no_odds():
    said = text_of(report.show_line_odds(TABLE, reader("en")))
    assert said.index("South") < said.index("Sales") and "Rent" not in said
    assert "South" in text_of(report.show_line_odds(TABLE, reader("en"), most=1)) and "North" not in text_of(
        report.show_line_odds(TABLE, reader("en"), most=1)
    )


def test_the_title_counts_what_was_called_likely():
    table = tried()
    held = odds_held(table, 0.8, 1)
    said = report.say_odds_held(held, reader("en"))
    likely = table["odds"] > 0.5
    assert f"{table.loc[likely, 'met'].sum()} of {likely.sum()}" in said


@pytest.mark.parametrize("n", [0, 3, 200])
def test_the_chart_is_whole_at_any_number_of_odds(lang, n):
    chart = report.show_odds_held(odds_held(tried(n), 0.8, 1), reader(lang))
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)
    if not n:
        assert word("nothing", lang) in words_of(chart)


def test_a_chinese_report_has_no_english_words():
    read = reader("zh")
    said = [report.say_odds(TABLE, read), report.show_unit_odds(TABLE, read), report.show_line_odds(TABLE, read),
            report.show_odds_held(odds_held(tried(), 0.8, 1), read)]  # fmt: skip
    for text in map(text_of, said):
        assert not set(re.findall(r"[A-Za-z]{2,}", text)) - {"Brier"}, text


def test_hostile_names_do_no_harm():
    centres = CENTRES.assign(label_en=HOSTILE)
    read = build_reader("en", "one", "USD", AccountTree(ACCOUNTS), centres, CALENDAR, ABOUT)
    assert "<script>" not in str(report.show_unit_odds(TABLE, read)) + str(report.show_line_odds(TABLE, read))


def test_empty_tables_are_shown_as_such(lang):
    for shown in (report.show_unit_odds(TABLE.iloc[:0], reader(lang)), report.show_line_odds(TABLE.iloc[:0], reader(lang))):
        assert word("nothing", lang) in text_of(shown)
