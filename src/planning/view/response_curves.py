"""What a channel brings at each level of spend: small panels on one scale, with today, the plan and the line where it pays for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.view.amounts import Unit, say_figure
from planning.view.bars import INNER, say_facts, say_nothing, write_heading
from planning.view.frame import BLUE, DARK, LIGHT, LINES, MARGIN, QUIET, RULE, TINY, Chart, in_house_style, open_sheet, widest

HIGH, FOOT, GAP, ACROSS = 190.0, 24.0, 18.0, 3
"""A panel's height, the room below it, between panels, and how many stand in a row; in pixels."""
LEGEND = {"mark:told": "now", "mark:people": "plan", "line": "curve", "broken": "beyond", "area": "band", "dotted": "even"}


@in_house_style
def show_curves(
    curves: pd.DataFrame, points: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str,
    words: Mapping[str, str], notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Contribution against spend, a panel a channel, all on one scale; the broken part of a curve lies beyond what was ever spent.

    `curves`: label, spend, amount, lower, upper, seen. `points`: label, now, planned. `words`: curve, beyond, now, plan, even, band.
    """
    labels = list(dict.fromkeys(curves["label"]))
    lines = max(1, -(-len(labels) // ACROSS))
    facts = say_facts(measure, unit, lang, period)
    body = lines * (18 + HIGH + FOOT + GAP)
    legend = [(key, words[name]) for key, name in LEGEND.items()]
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=body, legend=legend, notes=notes)
    if not labels:
        return say_nothing(chart, lang)
    ends = curves["spend"].max() * 1.02, max(curves["upper"].max(), points[["now", "planned"]].max().max()) * 1.04
    ticks = [[tick for tick in MaxNLocator(4).tick_values(0, end) if 0 <= tick <= end] for end in ends]
    digits = 0 if all(tick % unit.size == 0 for pair in ticks for tick in pair) else unit.digits
    texts = [[(tick, say_figure(tick, unit, lang, digits=digits)) for tick in pair] for pair in ticks]
    room = widest([text for _, text in texts[1]], TINY + 1, lang) + 8
    width = (INNER - room - GAP * (ACROSS - 1)) / ACROSS
    for at, label in enumerate(labels):
        line, column = divmod(at, ACROSS)
        left, top = MARGIN + room + column * (width + GAP), line * (18 + HIGH + FOOT + GAP)
        axes = _panel(chart, left, top, width, ends)
        _head(chart, left, top, label, width, lang)
        _write_ticks(chart, left, top, width, texts, ends, first=column == 0)
        _draw_curve(axes, curves[curves["label"] == label], ends, ticks[1])
        _draw_points(axes, curves[curves["label"] == label], points[points["label"] == label])
    return chart


def _panel(chart: Chart, left: float, top: float, width: float, ends: tuple[float, float]) -> Axes:
    axes = chart.panel(left, top + 18, width, HIGH)
    axes.set_xlim(0, ends[0])
    axes.set_ylim(0, ends[1])
    axes.axhline(0, color=RULE, linewidth=1.2, zorder=5)
    axes.axvline(0, color=RULE, linewidth=1.2, zorder=5)
    return axes


def _head(chart: Chart, left: float, top: float, label: str, width: float, lang: str) -> None:
    before, chart.body_top = chart.body_top, chart.body_top + top
    write_heading(chart, left, label, width, lang)
    chart.body_top = before


def _write_ticks(chart: Chart, left: float, top: float, width: float, texts, ends: tuple[float, float], first: bool) -> None:
    bottom = chart.body_top + top + 18 + HIGH
    for tick, text in texts[0]:
        chart.write(left + tick / ends[0] * width, bottom + 4, text, TINY + 1, ha="center", color=QUIET)
    for tick, text in texts[1] if first else ():
        chart.write(left - 5, bottom - tick / ends[1] * HIGH, text, TINY + 1, ha="right", va="center_baseline", color=QUIET)


def _draw_curve(axes: Axes, curve: pd.DataFrame, ends: tuple[float, float], ticks: list[float]) -> None:
    for tick in ticks:
        axes.axhline(tick, color=LIGHT, linewidth=0.4, zorder=1)
    axes.fill_between(curve["spend"], curve["lower"], curve["upper"], color=LIGHT, alpha=0.6, linewidth=0, zorder=2)
    axes.plot([0, min(ends)], [0, min(ends)], zorder=3, **LINES["dotted"])
    seen = curve[curve["seen"]]
    beyond = curve[curve["spend"] >= seen["spend"].max()]
    axes.plot(seen["spend"], seen["amount"], zorder=4, **LINES["line"])
    axes.plot(beyond["spend"], beyond["amount"], zorder=4, **LINES["broken"])


def _draw_points(axes: Axes, curve: pd.DataFrame, points: pd.DataFrame) -> None:
    for name, colour, marker, size in (("now", DARK, "o", 9), ("planned", BLUE, "D", 6)):
        for spend in points[name]:
            height = np.interp(spend, curve["spend"], curve["amount"])
            axes.plot(spend, height, marker=marker, markersize=size, color=colour, markeredgecolor="white", zorder=7, clip_on=False)
