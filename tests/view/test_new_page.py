"""The page that shows what was understood of a folder: its order, its groups, both languages, and that no question is lost."""

import inspect
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from planning.view.new_page import NewPage, show_new_page
from planning.view.new_questions import build_left_out, group_questions
from planning.view.new_words import CHOICES, say_choice, say_seen

KINDS = ("ledger", "bank_lines", "list", "left out")


def question(id, guess, others=(), seen="file.csv; 1 tables, 7 rows; day: 2024-01-01", sure=0.5):
    about = {"about_en": f"What is {id}?", "about_zh": f"{id} 是什么？"}
    return {"id": id, **about, "seen": seen, "guess": guess, "others": others, "sure": sure}


QUESTIONS = [
    question("table.bills", "left out", KINDS),
    question("table.places", "list", KINDS),
    question("table.bank", "bank_lines", KINDS),
    question("table.lines", "figures", KINDS),
    question("table.books", "ledger", KINDS),
    question("file.copy.csv", "left out", ("left out",), seen="copy.csv = first.csv"),
    question("file.torn.xlsx", "go on without it", (), seen="no workbook"),
    question("account.1002", "balance", ("expense", "expense (contra)")),
    question("signs.books", "natural", ("debit less credit",), seen="revenue adds up to 5"),
    question("calendar.first_month", "1", tuple(map(str, range(2, 13)))),
    question("closing.books", "yes", ("no",)),
    question("department.D1.entity", "A", ("A", "B")),
    question("something.new", "this", ()),
]
TABLES = [
    ("bills", "all.sqlite", "left out", 0.0, 42, False), ("places", "all.sqlite", "list", 0.75, 4, False),
    ("bank", "bank.csv", "bank_lines", 0.8, 90, True), ("lines", "lines.csv", "figures", 0.6, 12, True),
    ("books", "all.sqlite", "ledger", 0.8, 366657, True), ("staff", "staff.xlsx", "headcount", 0.95, 8, False),
]  # fmt: skip
LEFT = [("lines", "its heading takes two rows: write it in one")]


@pytest.fixture(scope="module")
def page():
    month = pd.Timestamp("2024-01-01")
    accounts = [("assets", "", "Assets", "资产", "balance", 1, None), ("1002", "assets", "Bank", "银行存款", "balance", 1, None)]
    return NewPage(
        "firm", "files", "params/firm", "CNY", 1, "2024-01", "2024-02", 6, 7, 1, 1, 2, pd.DataFrame(QUESTIONS),
        pd.DataFrame(TABLES, columns=["name", "file", "what", "sure", "rows", "placed"]), pd.DataFrame(LEFT, columns=["name", "why"]),
        pd.DataFrame([("books", month, month), ("bills", month, month)], columns=["name", "first", "last"]),
        pd.DataFrame([(month, 5.0, 3.0, 2.0)], columns=["month", "revenue", "costs", "result"]),
        pd.DataFrame(accounts, columns=["code", "parent", "label_en", "label_zh", "kind", "weight", "amount"]),
        pd.DataFrame([("D1", "A", "Sales", "销售部")], columns=["code", "entity", "label_en", "label_zh"]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def shown(page):
    return {lang: show_new_page(page, lang, "other.html") for lang in ("en", "zh")}


@pytest.fixture(scope="module")
def groups(page):
    return {name: set(questions["id"]) for name, questions in group_questions(page.questions, page.left_out).items()}


def test_every_question_is_on_the_page_by_its_id_in_both_languages(shown):
    for html in shown.values():
        assert [each["id"] for each in QUESTIONS if f"<code>{each['id']}</code>" not in html] == []


def test_every_question_stands_in_one_group(groups):
    together = [id for ids in groups.values() for id in ids]
    assert sorted(together) == sorted(each["id"] for each in QUESTIONS)


def test_questions_are_grouped_by_what_they_change(groups):
    assert groups["events"] == {"table.bank"}
    assert groups["left"] == {"table.bills", "table.places", "table.lines", "file.copy.csv"}
    assert {"table.books", "account.1002", "file.torn.xlsx", "something.new"} < groups["figures"]


def test_the_summary_comes_first_then_the_pictures_then_the_questions_then_what_was_found(shown):
    folded = '<details class="whole">'
    for lang, words in (
        ("en", ("In short", "In pictures", "<img", ">Questions<", "What changes", "What is read beside", folded, "What is read, and")),
        ("zh", ("概要", "图示", "<img", ">待确认的问题<", "影响数据的问题", "账簿以外的业务明细", folded, "将读取的各表及其用途")),
    ):
        places = [shown[lang].index(word, shown[lang].index("<main>")) for word in words]
        assert places == sorted(places) and shown[lang].rindex("<img") < places[3]


def test_the_summary_is_three_sentences_and_counts_what_matters_for_the_first_loop(shown):
    found, read, doubts = re.findall("<p>(.*?)</p>", shown["en"].split("In short")[1].split("</article>")[0])
    assert found.startswith("Figures from 2024-01 to 2024-02 in CNY") and "accounts: 2, departments: 1, companies: 2" in found
    assert read.startswith("What will be read is bank statement, ledger (") and read.endswith("tables left out: 5).")
    assert doubts.startswith("Of 13 open questions, 8 matter for the first loop") and "events: 1, about tables left out: 4" in doubts
    assert "共有 13 个待确认的问题，其中 8 个影响数据" in shown["zh"]


def test_what_is_left_out_is_one_folded_table_with_its_reasons(page, shown):
    left = page.left_out.set_index("name")
    assert left.loc["lines", "why"] == LEFT[0][1] and left.loc["bills", "covers"] == "2024-01 – 2024-01"
    assert left.loc["staff", "question"] == "" and left.loc["bills", "rows"] == 42
    folded = re.search('<details class="whole">.*?</table></details>', shown["en"])[0]
    assert "<summary>Tables that are left out: 5, with a question: 4</summary>" in folded
    assert all(name in folded for name in ("bills", "places", "lines", "staff", "copy.csv")) and folded.count("<tr>") == 6


def test_a_table_that_has_a_reason_and_no_row_is_not_lost(page):
    more = pd.concat([page.left, pd.DataFrame([("ghost", "lacks date")], columns=["name", "why"])])
    assert "ghost" in set(build_left_out(page.questions, page.tables, more, page.spans)["name"])


def test_a_long_topic_is_folded_and_not_cut(page):
    many = pd.DataFrame([question(f"account.{code}", "expense", ("revenue",)) for code in range(1000, 1060)])
    html = show_new_page(NewPage(**vars(page) | {"questions": many}), "en", "other.html")
    assert all(f"<code>account.{code}</code>" in html for code in range(1000, 1060)) and "35 more" in html


def test_alternatives_are_said_in_words_with_what_to_write_and_many_are_folded(shown):
    assert "成本费用（抵减） <code>expense (contra)</code>" in shown["zh"] and "11 others</summary>" in shown["en"]
    assert shown["en"].count("bank statement <code>bank_lines</code>") == 1


def test_nothing_in_doubt_is_said(page):
    none = NewPage(**vars(page) | {"questions": pd.DataFrame()})
    assert "Nothing is in doubt." in show_new_page(none, "en", "other.html")
    assert "没有疑问。" in show_new_page(none, "zh", "other.html")


def test_the_pages_stand_alone_and_are_well_formed(shown):
    class Balance(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "link", "br", "img"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    for html in shown.values():
        balance = Balance()
        balance.feed(html)
        assert balance.open == [] and "http" not in html and "<script" not in html


def test_reasons_and_what_was_seen_are_said_in_chinese():
    assert say_seen(LEFT[0][1], "zh") == "表头占两行，请合为一行" and say_seen(LEFT[0][1], "en") == LEFT[0][1]
    assert say_seen("bank_lines is read from another table", "zh") == "银行流水已从另一张表读取"
    assert say_seen("a.csv; 1 tables, 2,336 rows; day: 2024", "zh") == "a.csv; 1 张表，2,336 行; day: 2024"


def test_every_reason_for_not_reading_a_table_is_said_in_chinese():
    from planning.inputs.new import describe

    reasons = re.findall('return "([^"]+)"', inspect.getsource(describe._unreadable))
    assert len(reasons) >= 8 and [each for each in reasons if say_seen(each, "zh").startswith(each[:12])] == []
    seen = "6602 Costs / 费用; class 6 of the standard numbering, 费用"
    assert say_seen(seen, "zh") == "6602 Costs / 费用; 标准编码第 6 类，费用" and say_seen(seen, "en") == seen


def test_every_kind_of_table_and_account_has_words():
    from planning.inputs.new import chart, understand

    assert set(understand.CHOICES) | set(chart.KINDS) <= set(CHOICES)
    assert all(re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[\u4e00-\u9fff]", en) for en, zh in CHOICES.values())
    assert say_choice("6602", "zh") == "6602"
