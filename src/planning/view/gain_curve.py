"""What an action brings by how many it reaches, best first: the expected gain with its band, and where it stops paying."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.view.amounts import Unit, say_figure, say_level, say_number
from planning.view.bars import HALO, INNER, read_figures, say_facts, say_nothing
from planning.view.frame import DARK, GOOD, INK, LABEL, LIGHT, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, open_sheet, widest
from planning.view.words import word

HEIGHT, FOOT, TOP = 300.0, 40.0, 22.0


@in_house_style
def show_gain_curve(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, reached: str, best: int = 0,
    best_label: str = "", level: float | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The expected gain by how many are reached, best first, as a line with its band; `best` of them are marked.

    `table`: contacted, gain, lower, upper, from 0 on. It is drawn to where the gain has fallen well below its best.
    `reached` is what the horizontal axis counts.
    """
    table = _as_far_as_it_tells(read_figures(table, ["contacted", "gain", "lower", "upper"]), best)
    facts = say_facts(measure, unit, lang, period, word("band_level", lang, level=say_level(level, lang)) if level else "")
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=TOP + HEIGHT + FOOT, notes=notes)
    if len(table) < 2:
        return say_nothing(chart, lang)
    ticks = MaxNLocator(5).tick_values(*_span(table))
    left = widest([say_figure(tick, unit, lang) for tick in ticks], SMALL, lang) + 10
    axes = chart.panel(MARGIN + left, TOP, INNER - left - 20, HEIGHT)
    axes.set_xlim(0, table["contacted"].max())
    axes.set_ylim(*_span(table))
    _draw_ticks(axes, ticks, unit, lang)
    _draw_curve(axes, table)
    if best:
        _mark(axes, best, float(table.loc[table["contacted"] == best, "gain"].iloc[0]), best_label)
    chart.write(MARGIN + left + (INNER - left - 20) / 2, chart.body_top + TOP + HEIGHT + 20, reached, SMALL, ha="center", color=QUIET)
    return chart


def _as_far_as_it_tells(table: pd.DataFrame, best: int) -> pd.DataFrame:
    """To two and a half times the best number, or a fifth of all where nobody is worth it."""
    most = max(2.5 * best, 0.2 * table["contacted"].max()) if len(table) else 0
    return table[table["contacted"] <= most]


def _span(table: pd.DataFrame) -> tuple[float, float]:
    known = table[["gain", "lower", "upper"]].to_numpy()
    low, high = min(0.0, np.nanmin(known)), max(0.0, np.nanmax(known))
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + 2 * room


def _draw_ticks(axes: Axes, ticks: np.ndarray, unit: Unit, lang: str) -> None:
    low, high = axes.get_ylim()
    for tick in ticks[(ticks >= low) & (ticks <= high)]:
        axes.axhline(tick, color=RULE if tick == 0 else "#E6E6E6", linewidth=1.2 if tick == 0 else 0.7, zorder=1)
        _note(axes, (0, tick), (-5, 0), say_figure(tick, unit, lang), ha="right", va="center_baseline", color=QUIET)
    for count in MaxNLocator(8, integer=True).tick_values(*axes.get_xlim()):
        if 0 <= count <= axes.get_xlim()[1]:
            _note(axes, (count, low), (0, -3), say_number(count, lang), ha="center", va="top", color=QUIET)


def _draw_curve(axes: Axes, table: pd.DataFrame) -> None:
    axes.fill_between(table["contacted"], table["lower"], table["upper"], color=LIGHT, alpha=0.6, linewidth=0, zorder=2)
    axes.plot(table["contacted"], table["gain"], color=DARK, linewidth=1.8, zorder=4)


def _mark(axes: Axes, best: int, gain: float, label: str) -> None:
    axes.plot([best, best], [0, gain], color=GOOD, linewidth=1.2, linestyle=(0, (4, 2)), zorder=5)
    axes.plot(best, gain, marker="o", markersize=6, color=GOOD, markeredgecolor="white", zorder=6)
    top = axes.get_ylim()[1]
    axes.plot([best, best], [gain, top], color=GOOD, linewidth=0.8, linestyle=(0, (1, 2)), zorder=5)
    side = best / axes.get_xlim()[1]
    ha = "right" if side > 0.8 else "left" if side < 0.2 else "center"
    _note(axes, (best, top), (0, 2), label, ha=ha, va="bottom", color=INK, fontsize=LABEL, fontweight="bold")


def _note(axes: Axes, at: tuple[float, float], offset: tuple[float, float], text: str, **style) -> None:
    style = {"fontsize": SMALL} | style
    axes.annotate(text, at, offset, textcoords="offset points", annotation_clip=False, path_effects=HALO, zorder=8, **style)
