"""Small multiples: a panel for each unit, its months in columns before those of the year before, all on one scale or each on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from planning.core.metrics import growth
from planning.view.amounts import Unit, say_figure, say_rate
from planning.view.bars import INNER, read_figures, say_facts, say_nothing, zero_based
from planning.view.frame import (
    LABEL,
    MARGIN,
    NEUTRAL,
    RULE,
    SMALL,
    STYLES,
    Chart,
    in_house_style,
    open_sheet,
    shorten,
    text_width,
    variance_colour,
)
from planning.view.words import word

ACROSS = 4
"""Panels in a row."""
GAP, HEAD, TALL, FOOT = 18, 34, 62, 16
"""Pixels: between panels, their headings, their columns, and below them."""


@in_house_style
def show_small_multiples(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, labels: Mapping[str, str],
    names: Mapping[str, str], better: str = "down", notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One panel a code, in the order of `labels`, with its sum and how far that lies above the other's; one scale for each panel.

    `table`: code, number (1 to 12), amount (columns), other (steps behind them). `names`: amount and other as the legend calls them.
    """
    table = read_figures(table, ["amount", "other"])
    rows = -(-len(labels) // ACROSS)
    legend = [("plan", names["amount"]), ("prior", names["other"])]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(
        title=title, facts=facts, lang=lang, source=source, body=max(rows, 0.4) * (HEAD + TALL + FOOT), legend=legend,
        notes=[*notes, word("each_scale", lang)],
    )  # fmt: skip
    if table.empty or not labels:
        return say_nothing(chart, lang)
    width = (INNER - GAP * (ACROSS - 1)) / ACROSS
    for at, (code, label) in enumerate(labels.items()):
        place = (at % ACROSS) * (width + GAP), (at // ACROSS) * (HEAD + TALL + FOOT)
        _draw_panel(chart, table[table["code"] == code], label, place, width, unit, lang, better)
    return chart


def _draw_panel(
    chart: Chart, own: pd.DataFrame, label: str, place: tuple[float, float], width: float, unit: Unit, lang: str, better: str
) -> None:  # fmt: skip
    left, top = MARGIN + place[0], place[1]
    sums = own[["amount", "other"]].sum()
    chart.write(left, chart.body_top + top, shorten(label, LABEL, width, lang, bold=True), LABEL, fontweight="bold")
    said = say_figure(sums["amount"], unit, lang)
    chart.write(left, chart.body_top + top + 16, said, SMALL)
    change = growth(sums["amount"], sums["other"])
    colour = variance_colour(float(np.nan_to_num(change)), better)
    chart.write(
        left + text_width(said, SMALL, lang) + 8, chart.body_top + top + 16, say_rate(change, lang, sign=True), SMALL,
        color=colour or NEUTRAL,
    )  # fmt: skip
    axes = chart.panel(left, top + HEAD, width, TALL)
    axes.set_xlim(0.4, 12.6)
    low, high = zero_based(own[["amount", "other"]].to_numpy().ravel())
    axes.set_ylim(low, high * 1.02 if high > 0 else 1.0)
    axes.axhline(0, color=RULE, linewidth=0.9, zorder=5)
    axes.bar(own["number"] - 0.14, own["other"], 0.62, zorder=2, **STYLES["prior"])
    axes.bar(own["number"] + 0.14, own["amount"], 0.5, zorder=3, **STYLES["plan"])
