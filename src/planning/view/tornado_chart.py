"""What matters in a plan: a row for each thing that is uncertain, with what it adds to profit and to cash at either edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from planning.view.amounts import Unit, say_figure
from planning.view.bars import (
    Rows,
    fit_limits,
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
from planning.view.frame import BAD, GOOD, HATCH, INK, MARGIN, NEUTRAL, QUIET, SMALL, Chart, in_house_style, open_sheet, shorten, text_width

AMOUNTS = ["profit_low", "profit_high", "cash_low", "cash_high"]


@in_house_style
def show_tornado(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, names: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Rows from the most to the least that matters, profit left and cash right, each on one scale. `table`: label, edges (what is said of
    low and high), heading (rows that only name what follows), profit_low, profit_high, cash_low, cash_high. The high edge is hatched.

    `names`: headings of profit and cash, low and high for the legend.
    """
    table = read_figures(table, AMOUNTS)
    headings = table["heading"].astype(bool).tolist()
    labels = [row.label if row.heading else f"{row.label}\n{row.edges}" for row in table.itertuples()]
    rows = lay_out_rows([label.split("\n")[0] for label in labels], lang, most_width=230, least=36, bold=headings)
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, bold=headings)
    edges = max((text_width(text, SMALL, lang) for text in table["edges"]), default=0.0)
    _write_edges(chart, rows, table, MARGIN + rows.label_width + 12)
    left = MARGIN + rows.label_width + edges + 30
    width = (rows.rest - edges - 18 - 24) / 2
    for number, name in enumerate(("profit", "cash")):
        at_left = left + number * (width + 24)
        _draw_side(chart, rows, table, name, at_left, width, unit, lang)
        write_heading(chart, at_left, names[name], width, lang)
    return chart


def _write_edges(chart: Chart, rows: Rows, table: pd.DataFrame, left: float) -> None:
    for at, text in enumerate(table["edges"]):
        chart.write(left, chart.body_top + rows.top + (at + 0.5) * rows.step, text, SMALL, va="center_baseline", color=QUIET)


def _draw_side(chart: Chart, rows: Rows, table: pd.DataFrame, name: str, left: float, width: float, unit: Unit, lang: str) -> None:
    """Two bars a row, the low edge above the high one, each with its figure beyond its end."""
    bars = [
        (at + shift, float(amount), edge)
        for at, (heading, *amounts) in enumerate(table[["heading", f"{name}_low", f"{name}_high"]].itertuples(index=False))
        if not heading
        for shift, amount, edge in zip((-0.2, 0.2), amounts, ("low", "high"), strict=True)
        if np.isfinite(amount)
    ]
    texts = [say_figure(amount, unit, lang, sign=True) for _, amount, _ in bars]
    tips = [(amount, text_width(text, SMALL, lang) + 9, amount < 0) for (_, amount, _), text in zip(bars, texts, strict=True)]
    axes = row_axes(chart, rows, left, width, fit_limits(zero_based([amount for _, amount, _ in bars]), tips, width))
    for (at, amount, edge), text in zip(bars, texts, strict=True):
        colour = GOOD if amount > 0 else BAD if amount < 0 else NEUTRAL
        style = {"facecolor": colour, "edgecolor": colour} if edge == "low" else {"facecolor": "white", "edgecolor": colour, "hatch": HATCH}
        axes.barh(at, amount, 0.34, zorder=3, **style)
        write_end(axes, amount, at, shorten(text, SMALL, width, lang), amount < 0, SMALL, color=INK)
