"""The cases side by side, one panel a measure, on one scale."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import Unit, is_missing, say_figure
from planning.view.bars import (
    Rows,
    lay_out_rows,
    missing_note,
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
    LABEL,
    MARGIN,
    SMALL,
    STYLES,
    Chart,
    in_house_style,
    open_sheet,
    text_width,
    variance_colour,
    widest,
)
from planning.view.words import word


@in_house_style
def show_cases(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, base: str = "base",
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The cases side by side, one panel a measure, all on one scale; what is not the base shows its distance from it.

    `table`: measure (its label), case (downside, base, upside or a name), amount, optionally better (up, down, neutral).
    `measure` in the arguments names the whole ("General Fund").
    """
    table = read_figures(table, ["amount"])
    cases = list(dict.fromkeys(table["case"]))
    rows = lay_out_rows([_case_label(case, lang) for case in cases], lang, most_width=170)
    panels = [_case_panel(table, name, cases, base, unit, lang) for name in dict.fromkeys(table["measure"])]
    grid = [panels[start : start + 3] for start in range(0, len(panels), 3)]
    notes = [*notes, *([word("one_scale", lang)] if panels else []), *missing_note(table["amount"], lang)]
    body = max(len(grid), 1) * (rows.body + 18)
    chart = open_sheet(title=title, facts=say_facts(measure, unit, lang, period), lang=lang, source=source, body=body, notes=notes)
    if not panels:
        return say_nothing(chart, lang)
    scale = min(_case_scale(line, rows.rest) for line in grid)
    for number, line in enumerate(grid):
        chart_top = chart.body_top
        chart.body_top = chart_top + number * (rows.body + 18)
        _draw_case_line(chart, rows, line, cases, base, scale, lang)
        chart.body_top = chart_top
    return chart


def _case_label(case: str, lang: str) -> str:
    return word(case, lang) if case in ("downside", "base", "upside") else str(case)


def _case_panel(table: pd.DataFrame, measure: str, cases: list, base: str, unit: Unit, lang: str) -> dict:
    """One measure's amounts by case, their labels and colours, and the pixels the labels need."""
    own = table[table["measure"] == measure].drop_duplicates("case").set_index("case")
    amounts = own["amount"].reindex(cases).to_numpy()
    against = own["amount"].get(base, np.nan)
    better = own["better"].iloc[0] if "better" in own else "neutral"
    gaps = [np.nan if case == base else amount - against for case, amount in zip(cases, amounts, strict=True)]
    texts = [say_figure(amount, unit, lang) for amount in amounts]
    changes = ["" if is_missing(gap) else say_figure(gap, unit, lang, sign=True) for gap in gaps]
    colours = [variance_colour(0.0 if is_missing(gap) else gap, better) for gap in gaps]
    room = widest(texts, LABEL, lang, bold=True) + widest(changes, SMALL, lang) + 24
    return {"measure": measure, "amounts": amounts, "texts": texts, "changes": changes, "colours": colours,
            "ends": zero_based(amounts), "room": max(room, min(text_width(measure, SMALL, lang, True) + 4, 190.0))}  # fmt: skip


def _case_scale(line: list[dict], width: float) -> float:
    """Pixels of one unit of money, the same in every panel."""
    spans = sum(panel["ends"][1] - panel["ends"][0] for panel in line)
    return max(width - sum(panel["room"] + 22 for panel in line), 60) / spans if spans else np.inf


def _draw_case_line(chart: Chart, rows: Rows, line: list[dict], cases: list, base: str, scale: float, lang: str) -> None:
    write_rows(chart, rows, [case == base for case in cases])
    left, scale = MARGIN + rows.label_width + 12, scale if np.isfinite(scale) else 1.0
    for panel in line:
        low, high = panel["ends"]
        width = (high - low) * scale + panel["room"]
        axes = row_axes(chart, rows, left, width, (low, low + width / scale))
        write_heading(chart, left, panel["measure"], width, lang)
        for at, case in enumerate(cases):
            _draw_case(axes, at, panel, bold=case == base, lang=lang)
        left += width + 22


def _draw_case(axes: Axes, at: int, panel: dict, bold: bool, lang: str) -> None:
    amount, text = panel["amounts"][at], panel["texts"][at]
    if not is_missing(amount):
        axes.barh(at, amount, 0.56, zorder=3, **STYLES["forecast"])
    end = 0.0 if is_missing(amount) else max(0.0, amount)
    write_end(axes, end, at, text, False, LABEL, fontweight="bold" if bold else "normal")
    gap = text_width(text, LABEL, lang, bold) + 13
    write_end(axes, end, at, panel["changes"][at], False, SMALL, gap, color=panel["colours"][at])
