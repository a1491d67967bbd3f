"""What a forecast expected to add up over time, beside what came, with the line between what was known and what was held back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import say_level, say_number, say_period
from planning.view.bars import INNER, read_figures, say_nothing
from planning.view.frame import BLUE, DARK, LABEL, LIGHT, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, open_sheet, text_width, widest
from planning.view.words import word

HEIGHT, TOP, FOOT, STEP = 300.0, 22.0, 22.0, 16.0
BAND = "#CFE3F1"
"""The band's colour: a light tone of the expected line's."""


@in_house_style
def show_cumulative(
    table: pd.DataFrame, *, title: str, measure: str, lang: str, source: str, names: Mapping[str, str], level: float | None = None,
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Two lines that add up over time: what came, and from the boundary on what was expected, with its band.

    `table`: one row a step, in order: step (0 at the boundary), date, came, expected, lower, upper (missing before the boundary).
    `names`: came, expected, known and held_out (what is said left and right of the boundary).
    """
    table = read_figures(table, ["step", "came", "expected", "lower", "upper"])
    facts = word("join", lang).join([measure, *_span(table, lang)])
    band = word("band_level", lang, level=say_level(level, lang)) if level else word("band", lang)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=TOP + HEIGHT + FOOT, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    ends = _end_labels(table, names, band, lang)
    room = widest([text for _, text, _ in ends], LABEL, lang, bold=True) + 16
    axes = chart.panel(MARGIN, TOP, INNER - room, HEIGHT)
    axes.set_xlim(table["step"].min(), table["step"].max())
    axes.set_ylim(0, table[["came", "expected", "upper"]].max().max() * 1.04)
    _draw_lines(axes, table)
    _write_ends(chart, axes, ends, MARGIN + INNER - room + 8)
    _write_boundary(chart, axes, table, names, INNER - room, lang)
    _write_dates(chart, axes, table, INNER - room, lang)
    return chart


def _span(table: pd.DataFrame, lang: str) -> list[str]:
    if table.empty:
        return []
    first, last = (say_period(table["date"].iloc[at], lang) for at in (min(1, len(table) - 1), -1))
    return [word("between", lang, first=first, last=last)]


def _draw_lines(axes: Axes, table: pd.DataFrame) -> None:
    axes.axhline(0, color=RULE, linewidth=1.4, zorder=5, clip_on=False)
    axes.fill_between(table["step"], table["lower"], table["upper"], color=BAND, linewidth=0, zorder=2)
    axes.plot(table["step"], table["expected"], color=BLUE, linewidth=2, linestyle=(0, (4, 2)), zorder=4, clip_on=False)
    axes.plot(table["step"], table["came"], color=DARK, linewidth=2.4, zorder=3, clip_on=False, solid_capstyle="butt")


def _end_labels(table: pd.DataFrame, names: Mapping[str, str], band: str, lang: str) -> list[tuple[float, str, str]]:
    """What stands at the right end: the height, the text, the colour; figures count from the boundary."""
    last, start = table.iloc[-1], float(table.loc[table["step"] == 0, "came"].iloc[0])
    said = [(name, last[name], colour) for name, colour in (("came", DARK), ("expected", BLUE))]
    labels = [(height, f"{names[name]} {say_number(height - start, lang, sign=True)}", colour) for name, height, colour in said]
    ends = word("between", lang, first=say_number(last["lower"] - start, lang), last=say_number(last["upper"] - start, lang))
    return [*labels, (np.nan, band, BLUE), (np.nan, ends, BLUE)]


def _write_ends(chart: Chart, axes: Axes, ends: list[tuple[float, str, str]], left: float) -> None:
    """The labels beside the ends of their lines, never on each other; the band's two lines stand below the expected."""
    high = axes.get_ylim()[1]
    came, expected = (chart.body_top + TOP + HEIGHT * (1 - height / high) for height, _, _ in ends[:2])
    expected = max(expected, came + STEP + 2) if came <= expected else min(expected, came - 3 * STEP - 2)
    for number, (place, (_, text, colour)) in enumerate(zip([came, expected, expected + STEP, expected + 2 * STEP], ends, strict=True)):
        style = {"fontweight": "bold"} if number < 2 else {}
        chart.write(left, place, text, LABEL if number < 2 else SMALL, va="center_baseline", color=colour, **style)


def _write_boundary(chart: Chart, axes: Axes, table: pd.DataFrame, names: Mapping[str, str], width: float, lang: str) -> None:
    axes.axvline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    low, high = axes.get_xlim()
    x = MARGIN + width * (0 - low) / (high - low)
    known = f"{names['known']} ◂"
    if x - text_width(known, SMALL, lang) - 12 >= 0:
        chart.write(x - 7, chart.body_top, known, SMALL, ha="right", color=QUIET)
    chart.write(x + 7, chart.body_top, f"▸ {names['held_out']}", SMALL, color=QUIET)
    start = float(table.loc[table["step"] == 0, "came"].iloc[0])
    y = chart.body_top + TOP + HEIGHT * (1 - start / axes.get_ylim()[1])
    chart.write(x - 6, y - 5, say_number(start, lang), LABEL, ha="right", va="bottom", color=DARK, fontweight="bold")


def _write_dates(chart: Chart, axes: Axes, table: pd.DataFrame, width: float, lang: str) -> None:
    """Months below the axis, as many as there is room for, each where it begins."""
    (low, high), start = axes.get_xlim(), table["date"].iloc[0]
    days = (table["date"] - start).dt.days.to_numpy()
    months = pd.date_range(start, table["date"].iloc[-1], freq="MS")
    every = max(1, int(np.ceil(len(months) * (widest([say_period(month, lang) for month in months], SMALL, lang) + 16) / width)))
    for month in months[::every]:
        step = np.interp((month - start).days, days, table["step"])
        axes.vlines(step, 0, axes.get_ylim()[1], color=LIGHT, linewidth=0.5, zorder=0)
        text, y = say_period(month, lang), chart.body_top + TOP + HEIGHT + 5
        x, half = MARGIN + width * (step - low) / (high - low), text_width(say_period(month, lang), SMALL, lang) / 2
        if x + half <= MARGIN + width + 4:
            chart.write(max(x, MARGIN + half), y, text, SMALL, ha="center", color=QUIET)
