"""What the pages are made of: tiles, bars, tables and notes as plain HTML that a phone, a printer and a screen reader can use."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.view.amounts import MISSING, Unit, is_missing, say_amount, say_figure, say_level, say_number, say_rate
from planning.view.markup import escape
from planning.view.report_words import say
from planning.view.words import SCALES

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“$€£−])|(?<=[。！？])(?!$)")
CHINESE = re.compile("[\u4e00-\u9fff]")
ENOUGH = 210
"""Marks of a message's beginning; a third of it in Chinese."""
CURRENCY = re.compile(r"[A-Z]{3}")
AUTOMATIC = {
    "en": ((1e7, "million", 1), (1e6, "million", 2), (1e4, "thousand", 1)),
    "zh": ((1e8, "hundred_million", 2), (1e5, "ten_thousand", 1)),
}
"""From which size on which scale is chosen where the run names none, by language."""
STYLES = {
    "adopted": "budget", "ours": "forecast", "projected": "people", "people": "people", "first": "people", "naive": "naive",
    "prior": "prior", "combined": "combined",
}  # fmt: skip
"""How a bar is drawn by what it stands for; IBCS as in the charts."""


def say_html(key: str, lang: str, **values: object) -> str:
    """Words with their values, as HTML."""
    return escape(say(key, lang, **values))


def fit_unit(amounts: Iterable[float], currency: str, lang: str, scale: str = "") -> Unit:
    """The unit for some amounts: the run's own scale, so that page and report agree, unless it would show them as next to nothing."""
    known = [abs(amount) for amount in amounts if not is_missing(amount)]
    most = max(known, default=0.0)
    if scale in SCALES and (not most or most >= SCALES[scale] / 2):
        return Unit(currency, scale, 1 if SCALES[scale] > 1 or most < 1000 else 0).spoken(lang)
    for least, fitting, digits in AUTOMATIC[lang]:
        if most >= least:
            return Unit(currency, fitting, digits)
    return Unit(currency, "one", 0 if most >= 1000 else 2)


def say_key_figure(value: float, unit: str, lang: str, scale: str = "") -> str:
    """A key figure in its unit: a currency, rate, count, months or score; any other is a plain number."""
    if is_missing(value):
        return MISSING
    if CURRENCY.fullmatch(unit):
        return say_amount(value, fit_unit([value], unit, lang, scale), lang)
    said = {
        "rate": lambda: say_rate(value, lang),
        "count": lambda: say_number(value, lang, 0 if float(value).is_integer() or abs(value) >= 100 else 1),
        "months": lambda: say("cockpit_months", lang, count=say_number(value, lang, 0 if float(value).is_integer() else 1)),
        "score": lambda: say("cockpit_score_points", lang, score=say_number(value, lang, 1)),
    }
    return said[unit]() if unit in said else say_number(value, lang, 2)


def say_odds(odds: float, lang: str) -> str:
    """Odds in whole per cents; nothing is ever said to be sure: >99 %, <1 %."""
    if is_missing(odds):
        return MISSING
    mark = ">" if odds > 0.995 else "<" if odds < 0.005 else ""
    return mark + say_rate(min(max(odds, 0.01), 0.99), lang, 0)


def first_sentences(text: str) -> tuple[str, str]:
    """A message's beginning, as many whole sentences as stand well together, and the rest."""
    sentences = SENTENCE_END.split(text.strip())
    kept = sentences.pop(0)
    while sentences and len(kept) + len(sentences[0]) < (ENOUGH // 3 if CHINESE.search(kept) else ENOUGH):
        kept = join_sentences(kept, sentences.pop(0))
    return kept, functools.reduce(join_sentences, sentences, "")


def join_sentences(first: str, second: str) -> str:
    """Two sentences in a row; in Chinese without a space between them."""
    return first + (" " if first and not first.endswith(("。", "！", "？")) else "") + second


def show_tiles(figures: pd.DataFrame, lang: str, scale: str = "") -> str:
    """Key figures as tiles: label, value, and its band where there is one, with its level where a column `level` says it."""
    tiles = [_tile(row, lang, scale) for row in figures.to_dict("records")]
    return f'<dl class="tiles">{"".join(tiles)}</dl>' if tiles else ""


def _tile(row: dict, lang: str, scale: str) -> str:
    unit = str(row["unit"])
    value = say_key_figure(row["value"], unit, lang, scale)
    ends = {end: say_key_figure(row[end], unit, lang, scale) for end in ("lower", "upper")}
    band = "" if MISSING in ends.values() else f'<dd class="span">{escape(say_band(ends, lang, row.get("level")))}</dd>'
    return f'<div><dt>{escape(row[f"label_{lang}"])}</dt><dd class="figure">{escape(value)}</dd>{band}</div>'


def say_band(ends: dict[str, str], lang: str, level: float | None) -> str:
    """A band in words, with its nominal level where that is known."""
    if isinstance(level, float) and 0 < level < 1:
        return say("cockpit_band_level", lang, level=say_level(level, lang), **ends)
    return say("cockpit_band", lang, **ends)


@dataclass(frozen=True)
class Field:
    """A column of a table: its heading, its cells as HTML, and what they hold: figure, text, said (a sentence) or wide (bars)."""

    heading: str
    cells: Sequence[str]
    holds: str = "text"


def show_table(fields: Sequence[Field], caption: str, notes: Iterable[str] = (), style: str = "rows") -> str:
    """A table whose rows become cards on a phone; the first field heads its row. `style`: rows, rows bars, rows titled."""
    head = "".join(f'<th scope="col" class="{field.holds}">{escape(field.heading)}</th>' for field in fields)
    rows = "".join(_table_row(fields, at) for at in range(len(fields[0].cells)))
    below = "".join(f'<p class="note">{escape(note)}</p>' for note in notes if note)
    grid = f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<table class="{style}">{grid}</table>{below}'


def _table_row(fields: Sequence[Field], at: int) -> str:
    first, *others = fields
    cells = "".join(f'<td data-label="{escape(field.heading)}" class="{field.holds}">{_cell(field.cells[at])}</td>' for field in others)
    return f'<tr><th scope="row">{first.cells[at]}</th>{cells}</tr>'


def _cell(html: str) -> str:
    return f"<div>{html}</div>" if html else ""


@dataclass(frozen=True)
class Scale:
    """Where amounts stand on a bar's track, as a share of its width; 0 is always on it."""

    low: float
    high: float

    def at(self, amount: float) -> float:
        """An amount's place from 0 to 1."""
        return (min(max(amount, self.low), self.high) - self.low) / (self.high - self.low)


def fit_scale(*amounts: Iterable[float]) -> Scale:
    """The span of all amounts and 0."""
    known = [float(amount) for group in amounts for amount in group if not is_missing(amount)]
    low, high = min([0.0, *known]), max([0.0, *known])
    return Scale(low, high if high > low else low + 1.0)


def draw_bar(scale: Scale, amount: float, style: str, lower: float = np.nan, upper: float = np.nan, mark: float | None = None) -> str:
    """A bar from zero with its band, and a line where a mark is wanted. For the eye only: its figures stand beside it."""
    parts = [f'<i class="zero" style="left:{scale.at(0):.2%}"></i>']
    if not is_missing(amount):
        parts.append(_strip(scale, min(0.0, amount), max(0.0, amount), f"bar {style}"))
    if not (is_missing(lower) or is_missing(upper)):
        parts.append(_strip(scale, lower, upper, "band"))
    if mark is not None:
        parts.append(f'<i class="mark" style="left:{scale.at(mark):.2%}"></i>')
    return f'<div class="track" aria-hidden="true">{"".join(parts)}</div>'


def _strip(scale: Scale, low: float, high: float, style: str) -> str:
    left, right = scale.at(low), scale.at(high)
    return f'<i class="{style}" style="left:{left:.2%};width:{right - left:.2%}"></i>'


def say_ends(lower: float, upper: float, unit: Unit, lang: str) -> str:
    """A band for a table's cell: 4,890.1 – 4,990.3."""
    if is_missing(lower) or is_missing(upper):
        return ""
    return f"{say_figure(lower, unit, lang)} – {say_figure(upper, unit, lang)}"


def show_difference(amount: float, unit: Unit, lang: str, better: str) -> str:
    """A signed difference, green where it is good, red where it is bad; the sign says the same without the colour."""
    if is_missing(amount):
        return ""
    good = "" if better not in ("up", "down") or not amount else " good" if (amount > 0) == (better == "up") else " bad"
    return f'<span class="difference{good}">{escape(say_figure(amount, unit, lang, sign=True))}</span>'


def show_note(said: str, style: str = "note") -> str:
    """A sentence on its own."""
    return f'<p class="{style}">{escape(said)}</p>' if said else ""
