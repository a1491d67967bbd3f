"""The page that shows what was understood of a folder of files: in short, in pictures, then the questions, then all that was found.

It is one HTML file in one language that needs no network, fed with plain tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

from planning.view.amounts import say_number, say_rate
from planning.view.markup import escape
from planning.view.new_charts import show_coverage, show_sketch
from planning.view.new_questions import build_left_out, code, fold, group_questions, say_kinds, show_kinds, show_left_out, show_questions
from planning.view.new_words import say_choice
from planning.view.page_markup import Field, draw_bar, fit_scale, fit_unit, say_html, show_note, show_table
from planning.view.report_words import say

OTHER_LANGUAGE = {"en": "中文", "zh": "English"}
"""What the link to the page in the other language says, in that language."""


@dataclass(frozen=True)
class NewPage:
    """What the page shows. Codes and labels are texts.

    files, found, sources, events, companies: how many files, tables in them, sources and event tables that are read, legal companies
    questions: id, about_en, about_zh, seen, guess, others, sure
    tables: name, file, what, sure, rows, placed (whether there is a place for such tables) · left: name, why
    spans: name, first, last (timestamps) · months: month, revenue, costs, result
    accounts: code, parent, label_en, label_zh, kind, weight, amount · departments: code, entity, label_en, label_zh
    """

    name: str
    folder: str
    params: str
    currency: str
    first_month: int
    start: str
    end: str
    files: int
    found: int
    sources: int
    events: int
    companies: int
    questions: pd.DataFrame
    tables: pd.DataFrame
    left: pd.DataFrame
    spans: pd.DataFrame
    months: pd.DataFrame
    accounts: pd.DataFrame
    departments: pd.DataFrame

    @property
    def left_out(self) -> pd.DataFrame:
        """What isn't read, with the question about it."""
        return build_left_out(self.questions, self.tables, self.left, self.spans)

    @property
    def read(self) -> pd.DataFrame:
        """The tables that are read."""
        return self.tables[~self.tables["name"].isin(self.left_out["name"])]


def show_new_page(page: NewPage, lang: str, other: str) -> str:
    """The page as HTML; `other` is the file with the other language."""
    title = say_html("new_title", lang, name=page.name)
    left, groups = page.left_out, group_questions(page.questions, page.left_out)
    asked = _questions(page, groups, lang) + show_left_out(left, lang)
    parts = [
        _section("new_summary", lang, _summary(page, groups, lang)), _section("new_pictures", lang, _pictures(page, lang)),
        _section("new_questions", lang, asked),
        _section("new_files", lang, _tables(page, lang)), _section("new_chart", lang, _chart(page, lang)),
        _section("new_departments", lang, _departments(page, lang)),
    ]  # fmt: skip
    templates = files("planning.view").joinpath("templates")
    style = "".join(templates.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "new.css"))
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'{meta}<title>{title}</title><link rel="icon" href="data:,"><style>{style}</style>'
    link = f'<nav><a href="{escape(other)}">{OTHER_LANGUAGE[lang]}</a></nav>'
    top = f'<header class="top"><h1>{title}</h1><p>{say_html("new_source", lang, folder=page.folder)}</p>{link}</header>'
    html_lang = "zh-CN" if lang == "zh" else "en"
    return f'<!DOCTYPE html>\n<html lang="{html_lang}"><head>{head}</head><body>{top}<main>{"".join(parts)}</main></body></html>\n'


def _section(key: str, lang: str, content: str) -> str:
    return f"<section><h2>{say_html(key, lang)}</h2><article>{content}</article></section>"


def _summary(page: NewPage, groups: dict[str, pd.DataFrame], lang: str) -> str:
    """Three sentences: what was found, what will be read, what is open."""
    count = {"files": page.files, "tables": page.found, "accounts": len(page.accounts), "departments": len(page.departments)}
    said = {name: say_number(number, lang) for name, number in (count | {"companies": page.companies}).items()}
    key = "new_found" if page.sources or page.events else "new_found_none"
    found = say(key, lang, start=page.start, end=page.end, currency=page.currency, month=page.first_month, **said)
    kinds, left = say_kinds(page.read["what"], lang), len(page.left_out)
    will = say("new_will_read", lang, sources=page.sources, events=page.events, kinds=kinds, left=left)
    asked = {name: len(questions) for name, questions in groups.items()}
    doubt = say("new_open" if asked["figures"] else "new_open_later", lang, questions=len(page.questions), **asked)
    doubt = doubt if len(page.questions) else say("new_no_doubt", lang)
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in (found, will, doubt))


def _pictures(page: NewPage, lang: str) -> str:
    """Months covered by each source that is read, profit and loss by month, accounts by kind; each where there is something to show."""
    source = say("new_source", lang, folder=page.folder)
    spans = page.spans[page.spans["name"].isin(page.read["name"])].reset_index(drop=True)
    covered = show_coverage(spans, lang=lang, source=source)._repr_html_() if len(spans) else show_note(say("new_nothing", lang))
    drawn = [covered]
    if len(page.months):
        unit = fit_unit(page.months[["revenue", "costs"]].to_numpy().ravel(), page.currency, lang)
        drawn.append(show_sketch(page.months, unit=unit, lang=lang, source=source)._repr_html_())
    return "</article><article>".join([*drawn, *([_kinds(page, lang)] if len(page.accounts) else [])])


def _kinds(page: NewPage, lang: str) -> str:
    """How many accounts there are of each kind, and how many of them are in doubt."""
    counts = page.accounts["kind"].value_counts()
    asked = {id.removeprefix("account.") for id in page.questions.get("id", ())}
    doubted = page.accounts[page.accounts["code"].isin(asked)]["kind"].value_counts().reindex(counts.index, fill_value=0)
    scale = fit_scale(counts)
    return show_table(
        [
            Field(say("new_kind", lang), [escape(say_choice(kind, lang)) for kind in counts.index]),
            Field("", [draw_bar(scale, count, "actual") for count in counts], "wide"),
            Field(say("new_count", lang), [say_number(count, lang) for count in counts], "figure"),
            Field(say("new_doubted", lang), [say_number(count, lang) for count in doubted], "figure"),
        ],
        say("new_by_kind", lang),
        style="rows counted",
    )


def _questions(page: NewPage, groups: dict[str, pd.DataFrame], lang: str) -> str:
    if page.questions.empty:
        return show_note(say("new_no_doubt", lang))
    how = say_html("new_how", lang, file=f"{page.params}/questions.yaml")
    return f"<p>{how}</p>" + show_questions(groups, lang) + show_kinds(page.questions, lang)


def _tables(page: NewPage, lang: str) -> str:
    rows = page.read.to_dict("records")
    return show_table(
        [
            Field(say("new_table", lang), [escape(row["name"]) for row in rows]),
            Field(say("new_what", lang), [escape(say_choice(row["what"], lang)) for row in rows]),
            Field(say("new_sure", lang), [say_rate(row["sure"], lang, 0) for row in rows], "figure"),
            Field(say("new_rows", lang), [say_number(row["rows"], lang) for row in rows], "figure"),
            Field(say("new_file", lang), [escape(row["file"]) for row in rows]),
        ],
        say("new_files", lang),
        style="rows titled taken",
    )


def _chart(page: NewPage, lang: str) -> str:
    """The chart of accounts as an indented tree: totals can be folded away."""
    children: dict[str, list[dict]] = {}
    for row in page.accounts.to_dict("records"):
        children.setdefault(row["parent"], []).append(row)
    return f'<div class="tree">{"".join(_branch(row, children, lang) for row in children.get("", []))}</div>'


def _branch(row: dict, children: dict[str, list[dict]], lang: str) -> str:
    below = children.get(row["code"], [])
    line = _line(row, lang)
    if not below:
        return line
    inner = "".join(_branch(each, children, lang) for each in below)
    opened = "" if row["parent"] or row["code"][:1].isdigit() else " open"
    return f"<details{opened}><summary>{line}</summary>{inner}</details>"


def _line(row: dict, lang: str) -> str:
    turned = " · " + say("new_contra", lang) if row["weight"] < 0 else ""
    amount = "" if pd.isna(row["amount"]) else say_number(row["amount"], lang)
    kind = escape(say_choice(row["kind"], lang) + turned)
    named = f"{code(row['code'])} {escape(row[f'label_{lang}'])}"
    return f'<span class="line"><span>{named}</span><span class="kind">{kind}</span><span class="figure">{amount}</span></span>'


def _departments(page: NewPage, lang: str) -> str:
    rows = page.departments.to_dict("records")
    if not rows:
        return ""
    grid = show_table(
        [
            Field(say("new_code", lang), [code(row["code"]) for row in rows]),
            Field(say("new_name", lang), [escape(row[f"label_{lang}"]) for row in rows]),
            Field(say("new_entity", lang), [code(row["entity"]) for row in rows]),
        ],
        say("new_departments", lang),
        style="rows titled",
    )
    return fold(" · ".join([say("new_departments", lang), say_number(len(rows), lang)]), grid)
