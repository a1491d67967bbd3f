"""Lines of each project in a panel of its own: the value by the cost of money with every internal rate, and the running total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.view.amounts import Unit, is_missing, say_figure, say_number, say_rate
from planning.view.bars import HALO, INNER, POINT, say_facts, say_nothing, zero_based
from planning.view.frame import DARK, INK, LIGHT, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, mark_style, open_sheet, shorten

ACROSS, GAP, HEAD, FOOT, HEIGHT = 3, 30.0, 36.0, 38.0, 124.0


@dataclass(frozen=True)
class Panel:
    """One project's panel: heading and second line, the line's places and figures, marks (place, figure, label, kind), the band."""

    label: str
    below: str
    at: np.ndarray
    amounts: np.ndarray
    marks: list[tuple[float, float, str, str]]
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None


@in_house_style
def show_value_profiles(
    panels: list[Panel], *, title: str, measure: str, unit: Unit, axis: str, rate: float, lang: str, source: str,
    words: Mapping[str, str], notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The present value of each project by the cost of money, each in a panel of its own, every internal rate marked.

    A mark's kind is `root` or `rate` (the value at the discount rate, whose place is drawn as a line). `words`: root, rate (legend).
    """
    legend = [("mark:naive", words["root"]), ("mark:people", words["rate"])]
    grid = Grid(rate, lambda place: say_rate(place, lang, 0), unit, lang)
    return _draw_grid(panels, title, say_facts(measure, unit, lang, axis), legend, source, notes, grid)


@in_house_style
def show_running_totals(
    panels: list[Panel], *, title: str, measure: str, unit: Unit, axis: str, limit: float, lang: str, source: str,
    words: Mapping[str, str], notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The running total of each project with its band, the deepest point and the day it is paid back; a line at the years wanted.

    `words`: back, deepest, band (the legend).
    """
    legend = [("mark:naive", words["back"]), ("mark:other", words["deepest"]), ("prior", words["band"])]
    grid = Grid(limit, lambda place: say_number(place, lang, 0 if float(place).is_integer() else 1), unit, lang)
    return _draw_grid(panels, title, say_facts(measure, unit, lang, axis), legend, source, notes, grid)


@dataclass(frozen=True)
class Grid:
    """What all panels share: the place of the dashed line, how a place on the axis is said, the unit, the language."""

    rule: float
    say_place: Callable[[float], str]
    unit: Unit
    lang: str


def _draw_grid(panels: list[Panel], title: str, facts: str, legend: list, source: str, notes: Iterable[str], grid: Grid) -> Chart:
    step = HEAD + HEIGHT + FOOT
    body = max(-(-len(panels) // ACROSS) * step, 30)
    chart = open_sheet(title=title, facts=facts, lang=grid.lang, source=source, body=body, legend=legend, notes=notes)
    if not panels:
        return say_nothing(chart, grid.lang)
    width = (INNER - GAP * (ACROSS - 1)) / ACROSS
    reach = max(float(panel.at.max()) for panel in panels) or 1.0
    for number, panel in enumerate(panels):
        left, top = MARGIN + (number % ACROSS) * (width + GAP), (number // ACROSS) * step
        _head(chart, panel, left, top, width, grid.lang)
        _draw_panel(chart, panel, left, top + HEAD, width, reach, grid)
    return chart


def _head(chart: Chart, panel: Panel, left: float, top: float, width: float, lang: str) -> None:
    chart.write(left, chart.body_top + top, shorten(panel.label, SMALL + 0.5, width, lang, True), SMALL + 0.5, fontweight="bold")
    chart.write(left, chart.body_top + top + 15, shorten(panel.below, SMALL, width, lang), SMALL, color=QUIET)


def _draw_panel(chart: Chart, panel: Panel, left: float, top: float, width: float, reach: float, grid: Grid) -> None:
    axes = chart.panel(left, top, width, HEIGHT)
    edges = [edge for edge in (panel.lower, panel.upper) if edge is not None]
    low, high = zero_based(np.concatenate([panel.amounts, *edges]))
    room = ((high - low) or 1.0) * 0.2
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(-0.03 * reach, reach * 1.03)
    axes.axhline(0, color=RULE, linewidth=1, zorder=3)
    axes.axvline(grid.rule, color=RULE, linewidth=0.9, linestyle=(0, (3, 2)), zorder=2)
    if panel.lower is not None:
        axes.fill_between(panel.at, panel.lower, panel.upper, color=LIGHT, alpha=0.6, linewidth=0, zorder=1)
    axes.plot(panel.at, panel.amounts, color=DARK, linewidth=1.7, zorder=4)
    _write_places(axes, reach, low - room, grid)
    _write_end(axes, panel, reach, grid)
    for place, amount, label, kind in panel.marks:
        if place <= reach:
            axes.plot(place, amount, zorder=6, **(mark_style(kind) | {"markersize": 7}))
            _write_mark(axes, place, amount, label, reach, panel)


def _write_places(axes: Axes, reach: float, bottom: float, grid: Grid) -> None:
    """The figures along the axis, at round places."""
    for place in [tick for tick in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, reach) if -1e-9 <= tick <= reach]:
        axes.annotate(
            grid.say_place(place), (place, bottom), (0, -4 * POINT), textcoords="offset points", ha="center", va="top",
            fontsize=SMALL - 0.5, color=QUIET, annotation_clip=False,
        )  # fmt: skip


def _write_end(axes: Axes, panel: Panel, reach: float, grid: Grid) -> None:
    """The figure at the line's end, so that the panel's scale can be read."""
    last, amount = panel.at[-1], panel.amounts[-1]
    early = last < 0.8 * reach
    place = (6 if early else -2) * POINT, (-7 if amount < 0 else 7) * POINT
    axes.annotate(
        say_figure(amount, grid.unit, grid.lang), (last, amount), place, textcoords="offset points", ha="left" if early else "right",
        va="top" if amount < 0 else "bottom", fontsize=SMALL - 0.5, color=QUIET, path_effects=HALO, zorder=7,
        annotation_clip=False,
    )  # fmt: skip


def _write_mark(axes: Axes, place: float, amount: float, label: str, reach: float, panel: Panel) -> None:
    """A mark's figure on the side that the line leaves free."""
    if not label or is_missing(amount):
        return
    width = 0.05 * reach
    before, after = np.interp([place - width, place + width], panel.at, panel.amounts)
    above = amount >= 0
    left = (after > before) == above
    if place < 0.14 * reach if left else place > 0.85 * reach:  # no room on that side: on the other one, across the line
        left, above = not left, not above
    if amount <= min(before, after) and place < 0.85 * reach:  # the lowest point: below it all is free
        left, above = False, False
    axes.annotate(
        label, (place, amount), ((-6 if left else 6) * POINT, (7 if above else -7) * POINT), textcoords="offset points",
        ha="right" if left else "left", va="bottom" if above else "top", fontsize=SMALL, color=INK, path_effects=HALO, zorder=8,
        annotation_clip=False,
    )  # fmt: skip


def panel_of(label: str, below: str, line: pd.DataFrame, at: str, marks: list, band: bool = False) -> Panel:
    """A panel from a table with the places in the column `at`, amounts in `amount` and, with `band`, lower and upper."""
    sides = (line["lower"].to_numpy(), line["upper"].to_numpy()) if band else (None, None)
    return Panel(label, below, line[at].to_numpy(dtype="float64"), line["amount"].to_numpy(dtype="float64"), marks, *sides)
