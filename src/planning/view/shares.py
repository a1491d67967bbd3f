"""Shares by group: one bar a group with the interval of its true share, the groups under their headings."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from planning.view.amounts import say_rate
from planning.view.bars import HALO, draw_band, lay_out_rows, limits_for, read_figures, row_axes, say_nothing, write_end, write_rows
from planning.view.frame import BLUE, LABEL, MARGIN, QUIET, SMALL, STYLES, Chart, in_house_style, open_sheet, widest
from planning.view.words import word


@in_house_style
def show_shares(
    table: pd.DataFrame, *, title: str, measure: str, lang: str, source: str, everybody: float | None = None, everybody_label: str = "",
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The share of each group as a zero-based bar with its interval, and what stands behind it; `everybody` is a fine line.

    `table`: label, rate, lower, upper (fractions; missing in a heading), counted (text, such as "744 of 1,371"), is_heading.
    """
    table = read_figures(table, ["rate", "lower", "upper"])
    bold = table["is_heading"].astype(bool).tolist()
    rows = lay_out_rows(table["label"], lang, least=24, bold=bold)
    facts = measure + (f"{word('join', lang)}{everybody_label} {say_rate(everybody, lang)}" if everybody is not None else "")
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, bold)
    room = widest(table["counted"].fillna(""), SMALL, lang) + 16
    left, width = MARGIN + rows.label_width + 12, rows.rest - room
    texts = ["" if heading else say_rate(rate, lang) for rate, heading in zip(table["rate"], bold, strict=True)]
    ends = table["upper"].fillna(0.0)
    axes = row_axes(chart, rows, left, width, limits_for(ends, texts, width, lang, LABEL))
    for at, row in enumerate(table.itertuples()):
        if not row.is_heading:
            axes.barh(at, row.rate, 0.6, zorder=3, **STYLES["actual"])
            write_end(axes, row.upper, at, texts[at], False, LABEL, path_effects=HALO)
            place = chart.body_top + rows.top + (at + 0.5) * rows.step
            chart.write(left + width + room, place, row.counted, SMALL, ha="right", va="center_baseline", color=QUIET)
    draw_band(axes, range(len(table)), table["lower"], table["upper"], upright=False)
    if everybody is not None:
        axes.axvline(everybody, color=BLUE, linewidth=1.1, linestyle=(0, (5, 3)), zorder=2)
        axes.annotate(
            everybody_label, (everybody, -0.5), (0, 3), textcoords="offset points", ha="center", va="bottom", fontsize=SMALL, color=BLUE,
            annotation_clip=False,
        )  # fmt: skip
    return chart
