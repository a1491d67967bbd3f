"""What is counted, row by row: bars in panels side by side, each with its own scale; what waits for a decision is dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from planning.view.amounts import MISSING, Unit, is_missing, say_figure, say_number, say_rate
from planning.view.bars import Rows, lay_out_rows, limits_for, missing_note, row_axes, say_nothing, write_end, write_heading, write_rows
from planning.view.frame import LABEL, MARGIN, STYLES, Chart, in_house_style, open_sheet


@dataclass(frozen=True)
class Tally:
    """One panel: its column in the table, its heading, and how it is written (amount in the unit, count, rate)."""

    name: str
    heading: str
    kind: str = "count"


@in_house_style
def show_tallies(
    table: pd.DataFrame, panels: Sequence[Tally], *, title: str, measure: str, unit: Unit, lang: str, source: str,
    legend: Sequence[tuple[str, str]] = (), notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One row a line of the table, in its order: label, style (actual, prior, budget) and the panels' columns; missing is a dash."""
    table = table.reset_index(drop=True)
    rows = lay_out_rows(table["label"], lang, most_width=330, least=26)
    dashes = missing_note(table[[panel.name for panel in panels]].sum(axis=1, skipna=False), lang)
    chart = open_sheet(
        title=title, facts=measure, lang=lang, source=source, body=rows.body, legend=legend, notes=[*notes, *dashes]
    )  # fmt: skip
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    width = (rows.rest - 18 * len(panels)) / len(panels)
    for number, panel in enumerate(panels):
        _draw_panel(chart, rows, table, panel, MARGIN + rows.label_width + 16 + number * (width + 18), width, unit, lang)
    return chart


def _draw_panel(
    chart: Chart, rows: Rows, table: pd.DataFrame, panel: Tally, left: float, width: float, unit: Unit, lang: str
) -> None:  # fmt: skip
    figures = table[panel.name].astype(float)
    texts = [_say(figure, panel.kind, unit, lang) for figure in figures]
    axes = row_axes(chart, rows, left, width, limits_for(figures, texts, width, lang, LABEL))
    for at, (figure, style) in enumerate(zip(figures, table["style"], strict=True)):
        if not is_missing(figure):
            axes.barh(at, figure, 0.56, zorder=3, **STYLES[style])
        write_end(axes, 0.0 if is_missing(figure) else figure, at, texts[at], not is_missing(figure) and figure < 0, LABEL)
    write_heading(chart, left, panel.heading, width, lang)


def _say(figure: float, kind: str, unit: Unit, lang: str) -> str:
    if is_missing(figure):
        return MISSING
    if kind == "amount":
        return say_figure(figure, unit, lang)
    return say_rate(figure, lang) if kind == "rate" else say_number(figure, lang)
