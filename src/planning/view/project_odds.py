"""What each project is worth, how far that may lie off, and the odds that it is worth anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from planning.view.amounts import Unit, is_missing, say_figure
from planning.view.bars import (
    HALO,
    INNER,
    Rows,
    draw_band,
    fit_limits,
    flags,
    lay_out_rows,
    read_figures,
    row_axes,
    say_facts,
    say_nothing,
    write_end,
    write_heading,
    write_rows,
    zero_based,
)
from planning.view.frame import (
    BAD,
    DARK,
    GOOD,
    LABEL,
    LIGHT,
    MARGIN,
    QUIET,
    STYLES,
    TINY,
    Chart,
    in_house_style,
    mark_style,
    open_sheet,
    text_width,
)

FIGURES = ["amount", "lower", "upper", "planned", "odds", "need"]
ODDS_WIDTH, FIGURE_WIDTH = 150.0, 84.0


@in_house_style
def show_project_odds(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, words: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One row a project: expected value as a bar with its band and the planned value as a mark, odds of being above 0, capital needed.

    `table`: label, amount, lower, upper, planned, odds (0 to 1), said_odds, need, chosen (written bold). `words`: expected, planned,
    band (the legend), odds, need (the headings).
    """
    table = read_figures(table, FIGURES)
    bold = flags(table, "chosen")
    rows = lay_out_rows(table["label"], lang, most_width=230, least=34, bold=bold)
    legend = [("forecast", words["expected"]), ("mark:people", words["planned"]), ("band", words["band"])]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, bold)
    right = MARGIN + rows.label_width + 12 + FIGURE_WIDTH
    _write_figures(chart, rows, table["amount"], right, words["expected"], unit, lang, bold)
    left, width = right + 16, rows.rest - ODDS_WIDTH - 2 * FIGURE_WIDTH - 40
    _draw_values(chart, rows, table, left, width, unit, lang)
    _draw_odds(chart, rows, table, left + width + 24, words["odds"], lang)
    _write_figures(chart, rows, table["need"], MARGIN + INNER, words["need"], unit, lang, bold)
    return chart


def _draw_values(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, unit: Unit, lang: str) -> None:
    """Bars with their band, its ends in small figures, and the planned value as a mark."""
    ends = table[["lower", "upper"]].to_numpy()
    texts = [[say_figure(end, unit, lang) for end in pair] for pair in ends]
    rooms = [(end, text_width(text, TINY + 0.5, lang) + 10, not side)
             for pair, said in zip(ends, texts, strict=True) for side, (end, text) in enumerate(zip(pair, said, strict=True))
             if not is_missing(end)]  # fmt: skip
    span = zero_based(table[FIGURES[:4]].to_numpy().ravel())
    axes = row_axes(chart, rows, left, width, fit_limits(span, rooms, width))
    axes.barh(np.arange(len(table)), table["amount"].fillna(0.0), 0.5, zorder=3, **STYLES["forecast"])
    draw_band(axes, np.arange(len(table)), table["lower"], table["upper"], upright=False)
    axes.plot(table["planned"], np.arange(len(table)), zorder=7, **(mark_style("people") | {"markersize": 7}))
    for at, (pair, said) in enumerate(zip(ends, texts, strict=True)):
        for side, (end, text) in enumerate(zip(pair, said, strict=True)):
            if not is_missing(end):
                write_end(axes, end, at, text, not side, TINY + 0.5, color=QUIET, path_effects=HALO)


def _draw_odds(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, heading: str, lang: str) -> None:
    """Odds as bars from 0 to 100 %, green above one half."""
    room = 48.0
    axes = row_axes(chart, rows, left, ODDS_WIDTH, (0.0, ODDS_WIDTH / (ODDS_WIDTH - room)))
    axes.barh(np.arange(len(table)), np.ones(len(table)), 0.34, color=LIGHT, alpha=0.45, zorder=2)
    axes.axvline(0.5, color=DARK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=4)
    for at, (odds, said) in enumerate(zip(table["odds"], table["said_odds"], strict=True)):
        colour = GOOD if odds > 0.5 else BAD
        axes.barh(at, odds, 0.34, zorder=3, color=colour)
        write_end(axes, 1.0, at, said, False, LABEL, color=colour)
    write_heading(chart, left, heading, ODDS_WIDTH, lang)


def _write_figures(
    chart: Chart, rows: Rows, amounts: pd.Series, right: float, heading: str, unit: Unit, lang: str, bold: list[bool]
) -> None:
    """A column of figures that ends at `right`, under its heading."""
    write_heading(chart, right, heading, FIGURE_WIDTH, lang, ha="right")
    for at, amount in enumerate(amounts):
        y = chart.body_top + rows.top + (at + 0.5) * rows.step
        weight = "bold" if bold[at] else "normal"
        chart.write(right, y, say_figure(amount, unit, lang), LABEL, ha="right", va="center_baseline", fontweight=weight)
