"""Points lost: one panel an indicator, all on one scale, a row a department."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from planning.view.amounts import is_missing, say_number
from planning.view.bars import (
    fit_limits,
    lay_out_rows,
    missing_note,
    read_figures,
    row_axes,
    say_nothing,
    write_end,
    write_rows,
    zero_based,
)
from planning.view.frame import BAD, MARGIN, QUIET, SMALL, Chart, in_house_style, open_sheet, text_width, wrap
from planning.view.words import word


@in_house_style
def show_points(
    table: pd.DataFrame, *, title: str, measure: str, lang: str, source: str, notes: Iterable[str] = ()
) -> Chart:  # fmt: skip
    """What each indicator costs: bars to the left of zero, one panel an indicator.

    `table`: code and label (a row), indicator and measure (a panel and its heading), points (0 or below; missing where it wasn't
    measured). The order is the table's.
    """
    table = read_figures(table, ["points"])
    names, panels = (dict(zip(table[code], table[label], strict=True)) for code, label in (("code", "label"), ("indicator", "measure")))
    rows = lay_out_rows(names.values(), lang, most_width=240, least=26)
    width = (rows.rest - 14 * (len(panels) - 1)) / max(len(panels), 1)
    heads = [wrap(panel, SMALL, width, lang, bold=True, most=3) for panel in panels.values()]
    tall = max((len(lines) for lines in heads), default=1)
    rows = type(rows)(rows.labels, rows.label_width, rows.step, top=14.0 * tall + 10)
    notes = [*notes, *([word("one_scale", lang)] if panels else []), *missing_note(table["points"], lang)]
    chart = open_sheet(title=title, facts=measure, lang=lang, source=source, body=rows.body, notes=notes)
    if not panels:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    wide = table.pivot(index="code", columns="indicator", values="points").loc[list(names), list(panels)]
    limits = _limits(wide, width, lang)
    for number, (panel, head) in enumerate(zip(panels, heads, strict=True)):
        left = MARGIN + rows.label_width + 12 + number * (width + 14)
        axes = row_axes(chart, rows, left, width, limits)
        for line, text in enumerate(head):
            chart.write(left + width, chart.body_top + 2 + 14 * line, text, SMALL, fontweight="bold", ha="right")
        for at, points in enumerate(wide[panel]):
            _draw_points(axes, at, points, lang)
    return chart


def _limits(wide: pd.DataFrame, width: float, lang: str) -> tuple[float, float]:
    figures = np.nan_to_num(wide.to_numpy(dtype="float64")).ravel()
    tips = [(points, text_width(say_number(points, lang, 1), SMALL, lang) + 8, True) for points in figures]
    low, _ = fit_limits(zero_based(figures), tips, width - 4)
    return low, -low * 4 / max(width - 4, 1)


def _draw_points(axes, at: int, points: float, lang: str) -> None:
    if not is_missing(points):
        axes.barh(at, points, 0.56, zorder=3, facecolor=BAD, edgecolor=BAD)
    end = 0.0 if is_missing(points) else points
    write_end(axes, end, at, say_number(points, lang, 1), True, color=BAD if points <= -0.05 else QUIET)
