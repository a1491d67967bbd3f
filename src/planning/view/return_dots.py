"""What spend returns: a row a channel, its spend as a bar, its return and marginal return as dots with their bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes

from planning.view.amounts import Unit, is_missing, say_figure, say_number
from planning.view.bars import (
    Rows,
    lay_out_rows,
    limits_for,
    missing_note,
    read_figures,
    row_axes,
    rule_above,
    say_facts,
    say_nothing,
    write_end,
    write_heading,
    write_rows,
)
from planning.view.frame import BLUE, DARK, MARGIN, QUIET, RULE, SMALL, STYLES, Chart, in_house_style, open_sheet, widest

THREES = (("roi", "lower", "upper"), ("marginal", "marginal_lower", "marginal_upper"))
FIGURES = ("spend", *THREES[0], *THREES[1])
LEGEND = {"mark:told": "roi", "mark:untold": "untold", "mark:people": "marginal", "band": "band"}
DIGITS = 2
MOST = 4.0
"""The scale ends at this many times the largest return where a band goes on beyond."""


@in_house_style
def show_returns(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, words: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Returns and marginal returns with their bands, break-even marked; a return that the data can't tell is hollow.

    `table`: label, spend, roi, lower, upper, marginal, marginal_lower, marginal_upper, told, is_total. `words`: spend, roi, untold,
    marginal, band, even, cut (how they are called; `cut` is the note on bands that go on beyond the scale).
    """
    table = read_figures(table, FIGURES)
    edge = _edge(table)
    cut = [words["cut"]] if len(table) and (table[["upper", "marginal_upper"]] > edge).any(axis=None) else []
    rows = lay_out_rows(table["label"], lang, most_width=190, least=40, bold=table["is_total"])
    facts = say_facts(measure, Unit("", "one"), lang, period)
    notes = [*notes, *cut, *missing_note(table["roi"], lang)]
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, legend=_legend(words), notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, list(table["is_total"]))
    left, width = MARGIN + rows.label_width + 12, rows.rest * 0.24
    _draw_spend(chart, rows, table, left, width - 16, unit, words["spend"], lang)
    _draw_returns(chart, rows, table, left + width, rows.rest - width, edge, words["even"], lang)
    for at in np.flatnonzero(table["is_total"]):
        rule_above(chart, rows, int(at))
    return chart


def _legend(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, words[name]) for key, name in LEGEND.items()]


def _edge(table: pd.DataFrame) -> float:
    """Where the scale ends: at the widest band, but not beyond MOST times the largest return."""
    largest = np.nanmax([1.0, *table["roi"], *table["marginal"]])
    return float(min(MOST * largest, np.nanmax([1.0, *table["upper"], *table["marginal_upper"]])))


def _draw_spend(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, unit: Unit, heading: str, lang: str) -> None:
    amounts = table["spend"].where(~table["is_total"])
    texts = [say_figure(amount, unit, lang) for amount in table["spend"]]
    axes = row_axes(chart, rows, left, width, limits_for(amounts, texts, width, lang))
    for at, (amount, total) in enumerate(zip(table["spend"], table["is_total"], strict=True)):
        if not total and not is_missing(amount):
            axes.barh(at, amount, 0.5, zorder=3, **STYLES["actual"])
        write_end(axes, 0.0 if total or is_missing(amount) else amount, at, texts[at], False, fontweight="bold" if total else "normal")
    named = f"{heading} ({unit.heading(lang)})" if lang == "en" else f"{heading}（{unit.heading(lang)}）"
    write_heading(chart, left, named, width, lang)


def _draw_returns(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, edge: float, even: str, lang: str) -> None:
    texts = [_said(row, lang) for row in table.to_dict("records")]
    room = widest([text for pair in texts for text in pair], SMALL, lang) + 20
    axes = row_axes(chart, rows, left, width, (-0.02 * edge, edge * 1.02 / (1 - room / width)))
    axes.vlines(1, -0.5, rows.count - 0.5, color=RULE, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    _head_even(chart, axes, left, width, even, lang)
    for at, (row, (first, second)) in enumerate(zip(table.to_dict("records"), texts, strict=True)):
        filled = bool(row["told"])
        for way, three, colour, marker in ((-0.17, THREES[0], DARK, "o"), (0.17, THREES[1], BLUE, "D")):
            _draw_dot(axes, at + way, tuple(row[name] for name in three), edge, colour, marker, filled)
        weight = "bold" if row["is_total"] else "normal"
        write_end(axes, edge * 1.02, at - 0.17, first, False, fontweight=weight, color=DARK if filled else QUIET)
        write_end(axes, edge * 1.02, at + 0.17, second, False, color=BLUE)


def _head_even(chart: Chart, axes: Axes, left: float, width: float, even: str, lang: str) -> None:
    low, high = axes.get_xlim()
    write_heading(chart, left + (1 - low) / (high - low) * width, even, width, lang, ha="center", color=QUIET)


def _said(row: dict, lang: str) -> tuple[str, str]:
    """A return and a marginal return with their bands, in figures."""
    figures = ([say_number(row[name], lang, DIGITS) for name in three] for three in THREES)
    return tuple("" if is_missing(row[three[0]]) else f"{a} ({b}–{c})" for three, (a, b, c) in zip(THREES, figures, strict=True))


def _draw_dot(axes: Axes, at: float, figures: tuple[float, float, float], edge: float, colour: str, marker: str, filled: bool) -> None:
    middle, lower, upper = figures
    if is_missing(middle):
        return
    effects = [patheffects.withStroke(linewidth=3, foreground="white")]
    axes.hlines(at, lower, min(upper, edge), color=colour, linewidth=1.5 if filled else 1.0, zorder=4, path_effects=effects)
    end = ">" if upper > edge else "|"
    for place, mark in ((lower, "|"), (min(upper, edge), end)):
        axes.plot(place, at, marker=mark, markersize=6, color=colour, markeredgewidth=1.3, zorder=5, clip_on=False)
    inside = colour if filled else "white"
    axes.plot(middle, at, marker=marker, markersize=7, color=inside, markeredgecolor=colour, markeredgewidth=1.3, zorder=6)
