"""The questions about a folder in groups by what they change: figures first, tables of events next, what is left out last and folded."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planning.view.amounts import say_number, say_rate
from planning.view.markup import escape
from planning.view.new_words import CHOICES, say_choice, say_seen
from planning.view.page_markup import Field, say_html, show_note, show_table
from planning.view.report_words import say

SHAPING = (
    "ledger", "trial_balance", "budget", "forecast", "figures", "accounts", "departments", "entities", "calendar", "scenarios",
    "currencies", "rates",
)  # fmt: skip
"""What a table is taken for where another answer changes the figures of the books."""
UNREAD = {"left out": "new_no_use", "list": "new_is_list", "detail": "new_is_detail"}
"""What is never read, and why."""
NO_PLACE = "new_no_place"
"""Why something known isn't read."""
TOPICS = {
    "file": "new_topic_files", "table": "new_topic_table", "account": "new_topic_accounts", "accounts": "new_topic_accounts",
    "signs": "new_topic_sides", "calendar": "new_topic_months", "period": "new_topic_months", "period_column": "new_topic_months",
    "closing": "new_topic_closing", "refunds": "new_topic_closing", "nothing": "new_topic_closing",
    "department": "new_topic_departments", "sheet": "new_topic_departments",
    "entities": "new_topic_departments",
    "currency": "new_topic_currency", "rates": "new_topic_currency", "scenario": "new_topic_scenario",
    "unit": "new_topic_currency", "dates": "new_topic_months",
}  # fmt: skip
"""What a question is about, by the beginning of its id; in this order on the page."""
OTHER_TOPIC = "new_topic_more"
FEW, SHORT = 25, 4
"""So many questions of a topic stand open, and so many alternatives; the rest is folded, never cut."""


def group_questions(questions: pd.DataFrame, left: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The questions by what they change: figures, events, left; every question is in one of them. `left`: see `build_left_out`."""
    ids, guesses = questions.get("id", pd.Series(dtype=str)), questions.get("guess", pd.Series(dtype=str))
    out = ids.isin(set(left["question"]) - {""})
    events = ids.str.startswith("table.") & ~guesses.isin(SHAPING) & ~out
    return {"figures": questions[~out & ~events], "events": questions[events], "left": questions[out]}


def build_left_out(questions: pd.DataFrame, tables: pd.DataFrame, left: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """What isn't read: file, name, rows (missing for a whole file), why (English, or a key of the words), seen, covers, question ("").

    A table that intake can't read, one that it has no use for, and a file that says what another says.
    """
    asked = questions.set_index("id")["seen"].to_dict() if len(questions) else {}
    why = dict(left.itertuples(index=False))
    months = {row.name: f"{row.first:%Y-%m} – {row.last:%Y-%m}" for row in spans.itertuples(index=False)}
    known = {row.name: row for row in tables.itertuples(index=False)}
    names = [name for name, row in known.items() if name in why or not row.placed]
    rows = []
    for name in [*names, *(name for name in why if name not in known)]:
        file, count, what = (known[name].file, known[name].rows, known[name].what) if name in known else ("", None, "")
        id = f"table.{name}" if f"table.{name}" in asked else ""
        rows.append((file, name, count, why.get(name) or UNREAD.get(what, NO_PLACE), _columns(asked.get(id, "")), months.get(name, ""), id))
    twice = questions[questions["id"].str.startswith("file.") & (questions["guess"] == "left out")] if len(questions) else questions
    rows += [(row.id.removeprefix("file."), "", None, row.seen, "", "", row.id) for row in twice.itertuples(index=False)]
    return pd.DataFrame(rows, columns=["file", "name", "rows", "why", "seen", "covers", "question"]).sort_values(
        ["file", "name"], ignore_index=True
    )


def _columns(seen: str) -> str:
    """The columns in what was seen of a table; its file and its rows stand beside it."""
    return seen.split("; ", 2)[-1]


def show_questions(groups: dict[str, pd.DataFrame], lang: str) -> str:
    """The questions that change figures by topic, then those about tables of events."""
    parts = ["<h3>" + say_html("new_figures_first", lang) + "</h3>"]
    figures = groups["figures"]
    topics = figures["id"].str.partition(".")[0].map(TOPICS).fillna(OTHER_TOPIC) if len(figures) else pd.Series(dtype=str)
    for topic in dict.fromkeys([*TOPICS.values(), OTHER_TOPIC]):
        parts.append(_show_topic(figures[topics == topic], say(topic, lang), lang))
    parts += [] if len(figures) else [show_note(say("new_no_figures", lang))]
    if len(groups["events"]):
        parts.append(_show_topic(groups["events"], say("new_events", lang), lang))
    return "".join(parts)


def _show_topic(questions: pd.DataFrame, caption: str, lang: str) -> str:
    if questions.empty:
        return ""
    first, rest = questions.head(FEW), questions.iloc[FEW:]
    more = fold(say("new_rest", lang, count=len(rest)), _ask(rest, caption, lang)) if len(rest) else ""
    return _ask(first, caption, lang) + more


def _ask(questions: pd.DataFrame, caption: str, lang: str) -> str:
    rows = questions.to_dict("records")
    return show_table(
        [
            Field(say("new_about", lang), [f"{escape(row[f'about_{lang}'])}<br>{code(row['id'])}" for row in rows]),
            Field(say("new_guess", lang), [escape(say_choice(row["guess"], lang)) for row in rows]),
            Field(say("new_sure", lang), [say_rate(row["sure"], lang, 0) for row in rows], "figure"),
            Field(say("new_seen", lang), [escape(say_seen(row["seen"], lang)) for row in rows], "said"),
            Field(say("new_others", lang), [_show_others(row, lang) for row in rows]),
        ],
        caption,
        style="rows asked",
    )


def _show_others(row: dict, lang: str) -> str:
    """Alternatives in words, with what to write; those of a table stand once below."""
    if row["id"].startswith("table."):
        return f'<a href="#kinds">{say_html("new_any_kind", lang)}</a>'
    if not len(row["others"]):
        return say_html("new_own_words", lang)
    said = "<br>".join(_show_choice(choice, lang) for choice in row["others"])
    return said if len(row["others"]) <= SHORT else fold(say("new_choices", lang, count=len(row["others"])), said)


def _show_choice(choice: str, lang: str) -> str:
    said = say_choice(choice, lang)
    return code(choice) if said == choice and choice not in CHOICES else escape(said) + (f" {code(choice)}" if said != choice else "")


def show_kinds(questions: pd.DataFrame, lang: str) -> str:
    """What may be answered for a table, once for all of them: the words, and what to write."""
    tables = questions[questions["id"].str.startswith("table.")] if len(questions) else questions
    kinds = dict.fromkeys(choice for row in tables.itertuples() for choice in (row.guess, *row.others))
    if not kinds:
        return ""
    said = "".join(f"<li>{_show_choice(kind, lang)}</li>" for kind in kinds)
    return f'<div id="kinds">{fold(say("new_kinds", lang, count=len(kinds)), f"<ul class=kinds>{said}</ul>", opened=True)}</div>'


def show_left_out(left: pd.DataFrame, lang: str) -> str:
    """What is left out as one folded table: file, table, rows, months, why."""
    if left.empty:
        return ""
    rows = left.to_dict("records")
    grid = show_table(
        [
            Field(say("new_table", lang), [_show_name(row) for row in rows]),
            Field(say("new_file", lang), [escape(row["file"]) for row in rows]),
            Field(say("new_rows", lang), ["" if pd.isna(row["rows"]) else say_number(row["rows"], lang) for row in rows], "figure"),
            Field(say("new_covers", lang), [_show_span(row["covers"]) for row in rows]),
            Field(say("new_why", lang), [_show_why(row, lang) for row in rows], "said"),
        ],
        say("new_left_how", lang),
        style="rows unread",
    )
    asked = int((left["question"] != "").sum())
    return fold(say("new_left_out", lang, count=len(left), questions=asked), grid, style="whole")


def _show_name(row: dict) -> str:
    return escape(row["name"]) + ("<br>" + code(row["question"]) if row["question"] else "")


def _show_span(covers: str) -> str:
    first, dash, last = covers.partition(" – ")
    return f'<span class="month">{first}{dash}</span><span class="month">{last}</span>' if covers else ""


def _show_why(row: dict, lang: str) -> str:
    why = say(row["why"], lang) if row["why"] in (*UNREAD.values(), NO_PLACE) else say_seen(row["why"], lang)
    return escape(why) + (f'<br><span class="span">{escape(row["seen"])}</span>' if row["seen"] else "")


def code(text: str) -> str:
    """What is to be written as it stands."""
    return f"<code>{escape(text)}</code>"


def fold(said: str, content: str, *, opened: bool = False, style: str = "") -> str:
    """Content behind its heading."""
    return f'<details class="{style}"{" open" if opened else ""}><summary>{escape(said)}</summary>{content}</details>'


def say_kinds(tables: Sequence[str], lang: str) -> str:
    """What tables are taken for, each kind once, as people say it."""
    return ("、" if lang == "zh" else ", ").join(say_choice(kind, lang) for kind in dict.fromkeys(tables))
