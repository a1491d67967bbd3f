"""What is granted from above against what is asked from below."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from planning.core.metrics import variance_rate
from planning.view.amounts import Unit, say_figure
from planning.view.bars import (
    INNER,
    Rows,
    fit_limits,
    flags,
    lay_out_rows,
    missing_note,
    read_figures,
    row_axes,
    rule_above,
    say_facts,
    say_nothing,
    variance_panels,
    variance_style,
    write_heading,
    write_rows,
    zero_based,
)
from planning.view.frame import (
    LABEL,
    MARGIN,
    QUIET,
    SMALL,
    STYLES,
    Chart,
    in_house_style,
    mark_style,
    open_sheet,
    shorten,
    text_width,
    variance_colour,
    widest,
)
from planning.view.words import word


@in_house_style
def show_top_down_bottom_up(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, better: str = "down",
    labels: tuple[str, str] | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """What is granted from above against what is asked from below, one row a line or department, and the gap.

    `table`: label, top_down, bottom_up, optionally is_total (written bold, its bar left out so that the others can be read).
    The gap is bottom-up minus top-down; `labels` renames the two sides.
    """
    table = read_figures(table, ["top_down", "bottom_up"])
    total = flags(table, "is_total")
    sides = labels or (word("top_down", lang), word("bottom_up", lang))
    rows = lay_out_rows(table["label"], lang, most_width=250, least=24.0, bold=total)
    both = table[["top_down", "bottom_up"]]
    notes = [*notes, word("own_scale", lang), *missing_note(both.stack(future_stack=True), lang)]
    legend = [("budget", sides[0]), ("mark:people", sides[1])]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, total)
    for at in np.flatnonzero(total):
        rule_above(chart, rows, int(at))
    left = _write_both_sides(chart, rows, table, total, sides, unit, lang)
    width = MARGIN + INNER - left
    _draw_both_sides(chart, rows, both.mask(np.array([total, total]).T), left, width * 0.36)
    _draw_gaps(chart, rows, table, left + width * 0.36 + 16, width * 0.64 - 16, better, unit, lang)
    return chart


def _write_both_sides(chart: Chart, rows: Rows, table: pd.DataFrame, total: list[bool], sides: tuple, unit: Unit, lang: str) -> float:
    """The two columns of figures; returns where they end."""
    right = MARGIN + rows.label_width + 8
    for column, side in zip(("top_down", "bottom_up"), sides, strict=True):
        texts = [say_figure(amount, unit, lang) for amount in table[column]]
        side = shorten(side, SMALL, 110, lang, bold=True)
        right += max(widest(texts, LABEL, lang, True), text_width(side, SMALL, lang, True)) + 14
        write_heading(chart, right, side, 120, lang, ha="right", color=QUIET)
        for at, text in enumerate(texts):
            y = chart.body_top + rows.top + (at + 0.5) * rows.step
            chart.write(right, y, text, LABEL, ha="right", va="center_baseline", fontweight="bold" if total[at] else "normal")
    return right + 18


def _draw_both_sides(chart: Chart, rows: Rows, both: pd.DataFrame, left: float, width: float) -> None:
    ends = zero_based(both.to_numpy())
    axes = row_axes(chart, rows, left, width, fit_limits(ends, [(ends[1], 6, False)], width))
    known = both["top_down"].notna().to_numpy()
    axes.barh(np.arange(len(both))[known], both["top_down"][known], 0.56, zorder=3, **STYLES["budget"])
    axes.plot(both["bottom_up"], np.arange(len(both)), **(mark_style("people") | {"markersize": 6.5}), zorder=6)


def _draw_gaps(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, better: str, unit: Unit, lang: str) -> None:
    gaps = (table["bottom_up"] - table["top_down"]).to_numpy()
    rates = variance_rate(table["bottom_up"], table["top_down"]).to_numpy()
    colours = [variance_colour(gap, better) for gap in gaps]
    styles = [variance_style(colour, "actual") for colour in colours]
    headings = word("gap", lang), word("gap_rate", lang)
    widths = width * 0.56, width * 0.44
    variance_panels(chart, rows, left, widths, gaps, rates, [True] * len(gaps), styles, colours, headings, unit, lang)
