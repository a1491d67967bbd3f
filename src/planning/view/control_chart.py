"""Departments under control: what was adopted, what is spent, where the year lands with its band, and how far from the budget."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.core.metrics import variance_rate
from planning.view.amounts import Unit, is_missing, say_figure, say_level
from planning.view.bars import (
    Rows,
    draw_band,
    lay_out_rows,
    limits_for,
    missing_note,
    read_figures,
    row_axes,
    say_facts,
    say_nothing,
    say_scenario,
    variance_panels,
    variance_style,
    write_end,
    write_rows,
)
from planning.view.frame import LABEL, MARGIN, Chart, bar_style, in_house_style, open_sheet, variance_colour
from planning.view.words import word


@in_house_style
def show_control(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, level: float,
    better: str = "down", notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One row a department: outlined what was adopted, dark what is spent to date, hatched what is still to come; variances beside.

    `table`: label, adopted, to_date, amount (the landing), lower, upper; missing where nobody knows.
    """
    table = read_figures(table, ["adopted", "to_date", "amount", "lower", "upper"])
    rows = lay_out_rows(table["label"], lang, most_width=250)
    legend = [(key, say_scenario(key, lang)) for key in ("budget", "actual", "forecast")]
    legend.append(("band", word("band_level", lang, level=say_level(level, lang))))
    notes = [*notes, word("own_scale", lang), *missing_note(table["amount"], lang)]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    left, width = MARGIN + rows.label_width + 12, rows.rest * 0.48
    _draw_bars(chart, rows, table, left, width - 14, unit, lang)
    _draw_variances(chart, rows, table, left + width, rows.rest - width, better, unit, lang)
    return chart


def _draw_bars(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, unit: Unit, lang: str) -> None:
    texts = [say_figure(amount, unit, lang) for amount in table["amount"]]
    tips = table[["adopted", "to_date", "amount", "upper"]].max(axis=1).fillna(0.0).clip(lower=0.0)
    axes = row_axes(chart, rows, left, width, limits_for(table["amount"], texts, width, lang, LABEL, tips))
    for at, row in enumerate(table.to_dict("records")):
        _draw_row(axes, at, row)
        write_end(axes, tips[at], at, texts[at], False, LABEL)
    draw_band(axes, np.arange(len(table)), table["lower"], table["upper"], upright=False)


def _draw_row(axes: Axes, at: int, row: dict) -> None:
    if not is_missing(row["adopted"]):
        axes.barh(at, row["adopted"], 0.74, zorder=2, **bar_style("budget"))
    spent = 0.0 if is_missing(row["to_date"]) else row["to_date"]
    if not is_missing(row["amount"]) and row["amount"] > spent:
        axes.barh(at, row["amount"] - spent, 0.36, left=spent, zorder=3, **bar_style("forecast"))
    if spent:
        axes.barh(at, spent, 0.36, zorder=4, **bar_style("actual"))


def _draw_variances(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, better: str, unit: Unit, lang: str) -> None:
    gaps = (table["amount"] - table["adopted"]).to_numpy()
    rates = variance_rate(table["amount"], table["adopted"]).to_numpy()
    colours = [variance_colour(0.0 if is_missing(gap) else gap, better) for gap in gaps]
    styles = [variance_style(colour, "forecast") for colour in colours]
    name = word("budget", lang)
    headings = word("delta", lang, base=name), word("delta_rate", lang, base=name)
    variance_panels(chart, rows, left, (width * 0.56, width * 0.44), gaps, rates, [True] * len(gaps), styles, colours, headings, unit, lang)
