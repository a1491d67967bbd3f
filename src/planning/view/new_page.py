"""The page that shows what was understood of a folder of files: questions first, then tables, months, chart of accounts, departments.

It is one HTML file in one language that needs no network, fed with plain tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

from planning.view.amounts import say_number, say_rate
from planning.view.markup import escape
from planning.view.new_charts import show_coverage, show_sketch
from planning.view.page_markup import fit_unit, say_html
from planning.view.report_words import say

MOST_QUESTIONS = 200


@dataclass(frozen=True)
class NewPage:
    """What the page shows. Codes and labels are texts.

    questions: id, about_en, about_zh, seen, guess, others, sure, answer · tables: name, file, what, sure, rows · left: name, why
    spans: name, first, last (timestamps) · months: month, revenue, costs, result · accounts: code, parent, label_en, label_zh, kind,
    weight, amount · departments: code, entity, label_en, label_zh
    """

    name: str
    folder: str
    params: str
    currency: str
    first_month: int
    start: str
    end: str
    questions: pd.DataFrame
    tables: pd.DataFrame
    left: pd.DataFrame
    spans: pd.DataFrame
    months: pd.DataFrame
    accounts: pd.DataFrame
    departments: pd.DataFrame


def show_new_page(page: NewPage, lang: str, other: str) -> str:
    """The page as HTML; `other` is the file with the other language."""
    title = say_html("new_title", lang, name=page.name)
    facts = say_html("new_facts", lang, currency=page.currency, month=page.first_month, start=page.start, end=page.end)
    parts = [_questions(page, lang), _pictures(page, lang), _tables(page, lang), _chart(page, lang), _departments(page, lang)]
    style = files("planning.view").joinpath("templates/style.css").read_text(encoding="utf-8")
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f"{meta}<title>{title}</title><style>{style}</style>"
    link = f'<p><a href="{escape(other)}">{say_html("new_other", lang)}</a></p>'
    html_lang = "zh-CN" if lang == "zh" else "en"
    body = f'<main style="max-width:1080px;margin:0 auto;padding:1em"><h1>{title}</h1><p>{facts}</p>{link}{"".join(parts)}</main>'
    return f'<!DOCTYPE html>\n<html lang="{html_lang}"><head>{head}</head><body>{body}</body></html>\n'


def _section(key: str, lang: str, content: str) -> str:
    return f"<section><h2>{say_html(key, lang)}</h2>{content}</section>"


def _table(columns: list[str], rows: list[list[str]], lang: str) -> str:
    head = "".join(f"<th>{say_html(column, lang)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _questions(page: NewPage, lang: str) -> str:
    if page.questions.empty:
        return _section("new_questions", lang, f"<p>{say_html('new_none', lang)}</p>")
    shown = page.questions.head(MOST_QUESTIONS)
    rows = [
        [escape(row[f"about_{lang}"]), escape(row["guess"]), escape(" | ".join(row["others"])[:160]), say_rate(row["sure"], lang, 0),
         escape(row["seen"][:200]), escape(row["answer"])]
        for row in shown.to_dict("records")
    ]  # fmt: skip
    columns = ["new_about", "new_guess", "new_others", "new_sure", "new_seen", "new_answer"]
    file = f"{page.params}/questions.yaml"
    more = len(page.questions) - len(shown)
    said = f"<p>{say_html('new_more', lang, count=more, file=file)}</p>" if more else ""
    return _section("new_questions", lang, f"<p>{say_html('new_how', lang, file=file)}</p>{_table(columns, rows, lang)}{said}")


def _pictures(page: NewPage, lang: str) -> str:
    source = say("new_source", lang, folder=page.folder)
    if page.spans.empty:
        return _section("new_periods", lang, f"<p>{say_html('new_nothing', lang)}</p>")
    drawn = show_coverage(page.spans, lang=lang, source=source)._repr_html_()
    sketch = ""
    if len(page.months):
        unit = fit_unit(page.months[["revenue", "costs"]].to_numpy().ravel(), page.currency, lang)
        sketch = _section("new_months", lang, show_sketch(page.months, unit=unit, lang=lang, source=source)._repr_html_())
    return _section("new_periods", lang, drawn) + sketch


def _tables(page: NewPage, lang: str) -> str:
    rows = [
        [escape(row["name"]), escape(row["what"]), say_rate(row["sure"], lang, 0), say_number(row["rows"], lang, 0), escape(row["file"])]
        for row in page.tables.to_dict("records")
    ]
    taken = _section("new_files", lang, _table(["new_table", "new_what", "new_sure", "new_rows", "new_file"], rows, lang))
    if page.left.empty:
        return taken
    left = [[escape(row["name"]), escape(row["why"])] for row in page.left.to_dict("records")]
    return taken + _section("new_left", lang, _table(["new_table", "new_why"], left, lang))


def _chart(page: NewPage, lang: str) -> str:
    """The chart of accounts as an indented tree: totals can be folded away."""
    children: dict[str, list[dict]] = {}
    for row in page.accounts.to_dict("records"):
        children.setdefault(row["parent"], []).append(row)
    return _section("new_chart", lang, "".join(_branch(row, children, lang, page) for row in children.get("", [])))


def _branch(row: dict, children: dict[str, list[dict]], lang: str, page: NewPage) -> str:
    below = children.get(row["code"], [])
    turned = f" · {say('new_contra', lang)}" if row["weight"] < 0 else ""
    amount = "" if pd.isna(row["amount"]) else f" · {say_number(row['amount'], lang, 0)}"
    said = escape(f"{row['code']} {row[f'label_{lang}']} · {say('new_kind_' + row['kind'], lang)}{turned}{amount}")
    if not below:
        return f'<div style="margin-left:1.4em">{said}</div>'
    inner = "".join(_branch(each, children, lang, page) for each in below)
    opened = "" if row["code"][:1].isdigit() else " open"
    return f'<details{opened} style="margin-left:1em"><summary>{said}</summary>{inner}</details>'


def _departments(page: NewPage, lang: str) -> str:
    rows = [[escape(row["code"]), escape(row[f"label_{lang}"]), escape(row["entity"])] for row in page.departments.to_dict("records")]
    return _section("new_departments", lang, _table(["new_code", "new_name", "new_entity"], rows, lang))
