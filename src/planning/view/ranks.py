"""Ranks with their doubt: each unit's score beside its own earlier years, and its rank with the interval it could stand in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import is_missing, say_level, say_number
from planning.view.bars import INNER, Rows, draw_band, lay_out_rows, read_figures, row_axes, say_nothing, write_heading, write_rows
from planning.view.frame import DARK, LABEL, LIGHT, MARGIN, QUIET, RULE, SMALL, STYLES, Chart, in_house_style, mark_style, open_sheet
from planning.view.frame import text_width as _width
from planning.view.report_words import say

FIGURE, SAID, GAP = 44, 96, 16


@in_house_style
def show_ranks(
    table: pd.DataFrame, *, title: str, measure: str, year: str, lang: str, source: str, level: float, notes: Iterable[str] = ()
) -> Chart:  # fmt: skip
    """Scores as bars from 0 to 100 with dots for the earlier years, ranks as dots with their interval; the best on top.

    `table`: label, score, earlier (a list of scores), rank, rank_lower, rank_upper, long_standing (upper, lower, open).
    """
    table = read_figures(table, ["score", "rank", "rank_lower", "rank_upper"])
    rows = lay_out_rows(table["label"], lang, most_width=250, least=23)
    legend = [("actual", say("scorecard_of_year", lang, year=year)), ("mark:earlier", say("scorecard_earlier", lang))]
    doubtful = table["rank_lower"].notna().any()
    legend += [("band", say("scorecard_rank_interval", lang, level=say_level(level, lang)))] if doubtful else []
    notes = [*notes, *([] if doubtful else [say("scorecard_missing_note", lang)])]
    chart = open_sheet(title=title, facts=measure, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    _draw_scores(chart, rows, table, lang)
    _draw_ranks(chart, rows, table, lang)
    return chart


def _panels(rows: Rows) -> tuple[float, float, float]:
    """Where the scores and the ranks begin, and how wide each is."""
    left = MARGIN + rows.label_width + 12 + FIGURE
    width = (INNER + MARGIN - left - 2 * GAP - 1.5 * FIGURE - SAID) / 2
    return left, left + width + 2 * GAP, width


def _draw_scores(chart: Chart, rows: Rows, table: pd.DataFrame, lang: str) -> None:
    left, _, width = _panels(rows)
    axes = row_axes(chart, rows, left, width, (0, 102))
    axes.barh(range(len(table)), table["score"], 0.56, zorder=2, **STYLES["actual"])
    for at, (score, earlier) in enumerate(zip(table["score"], table["earlier"], strict=True)):
        axes.plot(earlier, np.full(len(earlier), at), zorder=4, **mark_style("earlier"))
        _write_figure(axes, -6, at, say_number(score, lang, 1), "right")
    write_heading(chart, left, say("scorecard_score", lang), width, lang)


def _draw_ranks(chart: Chart, rows: Rows, table: pd.DataFrame, lang: str) -> None:
    _, left, width = _panels(rows)
    axes = chart.panel(left, rows.top, width, rows.count * rows.step)
    axes.set_xlim(0.5, len(table) + 0.5)
    axes.set_ylim(rows.count - 0.5, -0.5)
    axes.axvline((len(table) + 1) / 2, color=RULE, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    for at in range(len(table)):
        axes.axhline(at, color=LIGHT, linewidth=0.4, zorder=0)
    draw_band(axes, np.arange(len(table)), table["rank_lower"], table["rank_upper"], upright=False)
    axes.plot(table["rank"], range(len(table)), linestyle="none", marker="o", markersize=6, color=DARK, zorder=6)
    for at, row in enumerate(table.itertuples()):
        _write_figure(axes, width + 8, at, say_range(row.rank, row.rank_lower, row.rank_upper, lang), "left")
        if row.long_standing in ("upper", "lower"):
            low = row.long_standing == "lower"
            said = say("scorecard_lower", lang) if low else say("scorecard_upper", lang)
            _write_figure(axes, width + 1.5 * FIGURE + GAP, at, said, "left", fontweight="bold" if low else "normal")
    write_heading(chart, left, say("scorecard_rank", lang), width, lang)
    middle = say("scorecard_middle", lang)
    if _width(middle, SMALL, lang) < width / 2 - 20:
        chart.write(left + width / 2, chart.body_top + 2, middle, SMALL, ha="center", color=QUIET)
    write_heading(chart, left + width + 1.5 * FIGURE + GAP, say("scorecard_over_years", lang), SAID, lang)


def say_range(rank, lower, upper, lang: str) -> str:
    """A rank with its interval: 12 (4–25)."""
    if is_missing(rank) or is_missing(lower):
        return say_number(rank, lang)
    return say("scorecard_range", lang, rank=say_number(rank, lang), lower=say_number(lower, lang), upper=say_number(upper, lang))


def _write_figure(axes: Axes, x: float, at: float, text: str, side: str, **style) -> None:
    """A figure so many pixels from the panel's left edge."""
    axes.annotate(
        text, (0, at), (x * 0.72, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha=side, va="center_baseline",
        fontsize=LABEL if side == "right" else SMALL, annotation_clip=False, zorder=8, **style,
    )  # fmt: skip
