"""Whether odds held: the share to which it came, by what had been said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.view.amounts import say_level, say_rate
from planning.view.bars import HALO, INNER, draw_band, read_figures, say_nothing
from planning.view.frame import BLUE, DARK, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, open_sheet, widest
from planning.view.words import word

HEIGHT, FOOT, TOP = 330.0, 40.0, 22.0


@in_house_style
def show_calibration(
    table: pd.DataFrame, *, title: str, measure: str, said: str, came: str, as_said: str, lang: str, source: str,
    level: float | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """What came against what had been said, a point a group with its interval; on the diagonal the odds held exactly.

    `table`: said, rate, lower, upper (fractions). `said` and `came` name the axes, `as_said` the diagonal.
    """
    table = read_figures(table, ["said", "rate", "lower", "upper"]).dropna()
    facts = measure + (word("join", lang) + word("band_level", lang, level=say_level(level, lang)) if level else "")
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=TOP + HEIGHT + FOOT, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    most = float(table[["said", "upper"]].to_numpy().max()) * 1.04
    ticks = MaxNLocator(6).tick_values(0, most)
    left = widest([say_rate(tick, lang, 0) for tick in ticks], SMALL, lang) + 10
    axes = chart.panel(MARGIN + left, TOP, INNER - left - 20, HEIGHT)
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    _draw_ticks(axes, ticks[(ticks >= 0) & (ticks <= most)], lang)
    axes.plot([0, most], [0, most], color=BLUE, linewidth=1.1, linestyle=(0, (5, 3)), zorder=2)
    _note(axes, (most * 0.93, most * 0.93), (8, -12), as_said, ha="center", color=BLUE)
    draw_band(axes, table["said"], table["lower"], table["upper"], upright=True)
    axes.plot(table["said"], table["rate"], color=DARK, linewidth=1.2, marker="o", markersize=5.5, markeredgecolor="white", zorder=6)
    chart.write(MARGIN + left, chart.body_top, came, SMALL, fontweight="bold")
    middle = MARGIN + left + (INNER - left - 20) / 2
    chart.write(middle, chart.body_top + TOP + HEIGHT + 20, said, SMALL, ha="center", fontweight="bold")
    return chart


def _draw_ticks(axes: Axes, ticks: np.ndarray, lang: str) -> None:
    for tick in ticks:
        axes.axhline(tick, color=RULE if tick == 0 else "#E6E6E6", linewidth=1.2 if tick == 0 else 0.7, zorder=1)
        _note(axes, (0, tick), (-5, 0), say_rate(tick, lang, 0), ha="right", va="center_baseline", color=QUIET)
        _note(axes, (tick, 0), (0, -4), say_rate(tick, lang, 0), ha="center", va="top", color=QUIET)


def _note(axes: Axes, at: tuple[float, float], offset: tuple[float, float], text: str, **style) -> None:
    axes.annotate(text, at, offset, textcoords="offset points", annotation_clip=False, path_effects=HALO, zorder=8, fontsize=SMALL, **style)
