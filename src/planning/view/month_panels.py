"""Months in panels, one above the other: an amount with another to compare it with, and below it how far the two lie apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.core.periods import months_between
from planning.view.amounts import Unit, say_figure
from planning.view.bars import HALO, INNER, read_figures, say_facts, say_nothing
from planning.view.frame import (
    BAD,
    BLUE,
    LABEL,
    LIGHT,
    MARGIN,
    NEUTRAL,
    QUIET,
    RULE,
    SMALL,
    STYLES,
    Chart,
    in_house_style,
    open_sheet,
    shorten,
    widest,
)

HEAD, TALL, LOW, FOOT = 22, 74, 64, 28
"""Pixels of a panel: its heading, the amounts, the differences, the years below."""


@in_house_style
def show_month_panels(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, lang: str, source: str, labels: Mapping[str, str],
    names: Mapping[str, str], one_scale: bool = False, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One panel a code, in the order of `labels`; all share the months, and the largest figure of each is written beside its scale.

    `one_scale`: the panels are compared with each other, and not only within.

    `table`: code, period, amount and, where there is something to compare with: other (a line), over and under (differences above and
    below 0), band (how far the two may lie apart), open (whether a month waits for a decision, in red). `names`: amount, other, open,
    settled and band as the legend calls them; what is not named is not drawn.
    """
    table = read_figures(table, ["amount", "other", "over", "under", "band"])
    tall = HEAD + TALL + (LOW if _compares(names) else 0) + FOOT
    facts = say_facts(measure, unit, lang)
    body = tall * max(len(labels), 0.2)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=body, legend=_legend(names), notes=notes)
    if table.empty or not labels:
        return say_nothing(chart, lang)
    span = table["period"].min(), table["period"].max()
    tips = [_tips(own, unit, lang) for _, own in table.groupby("code")]
    room = max(widest(texts, SMALL, lang) for texts in tips) + 10
    for at, (code, label) in enumerate(labels.items()):
        scaled = table if one_scale else table[table["code"] == code]
        _draw_panel(chart, table[table["code"] == code], scaled, label, at * tall, span, room, names, unit, lang)
    return chart


def _compares(names: Mapping[str, str]) -> bool:
    return "open" in names or "settled" in names


def _legend(names: Mapping[str, str]) -> list[tuple[str, str]]:
    keys = {"amount": "actual", "other": "against", "open": "state:open", "settled": "state:settled", "band": "area"}
    return [(keys[name], names[name]) for name in keys if name in names]


def _tips(own: pd.DataFrame, unit: Unit, lang: str) -> list[str]:
    """The largest figures of a panel, as they stand beside its scales."""
    amounts, apart = own[["amount", "other"]].abs().max(axis=None), own[["over", "under", "band"]].abs().max(axis=None)
    return [say_figure(amounts, unit, lang), say_figure(apart, unit, lang)]


def _draw_panel(
    chart: Chart, own: pd.DataFrame, scaled: pd.DataFrame, label: str, top: float, span: tuple, room: float, names: Mapping[str, str],
    unit: Unit, lang: str,
) -> None:  # fmt: skip
    chart.write(MARGIN, chart.body_top + top, shorten(label, LABEL, INNER, lang, bold=True), LABEL, fontweight="bold")
    left, width = MARGIN + room, INNER - room
    axes = _strip(chart, left, top + HEAD, width, TALL, span)
    at = [months_between(span[0], period) for period in own["period"]]
    low, high = _scale(axes, scaled[["amount", "other"]])
    axes.bar(at, own["amount"].fillna(0.0), 0.8, zorder=3, **STYLES["actual"])
    if "other" in names:
        _draw_line(axes, at, own["other"])
    _write_scale(chart, axes, left, top + HEAD, TALL, (low, high), unit, lang)
    below = top + HEAD + TALL
    if _compares(names):
        lower = _strip(chart, left, below + 12, width, LOW - 12, span)
        _draw_apart(lower, at, own, names)
        _write_scale(chart, lower, left, below + 12, LOW - 12, _scale(lower, own[["over", "under", "band"]], even=True), unit, lang)
        below += LOW
    _write_years(chart, left, below + 4, width, span)


def _strip(chart: Chart, left: float, top: float, width: float, height: float, span: tuple) -> Axes:
    axes = chart.panel(left, top, width, height)
    axes.set_xlim(-0.6, months_between(*span) + 0.6)
    axes.axhline(0, color=RULE, linewidth=0.9, zorder=5)
    return axes


def _scale(axes: Axes, figures: pd.DataFrame, even: bool = False) -> tuple[float, float]:
    """The span of the figures with 0 in it (even: as far below 0 as above), with a little room."""
    known = figures.to_numpy(dtype="float64")
    known = known[np.isfinite(known)]
    low, high = (min(0.0, known.min()), max(0.0, known.max())) if len(known) else (0.0, 0.0)
    if even:
        low, high = -max(-low, high), max(-low, high)
    pad = 0.06 * (high - low or 1.0)
    axes.set_ylim(low - (pad if low < 0 or even else 0), high + pad)
    return low, high


def _draw_line(axes: Axes, at: list[int], amounts: pd.Series) -> None:
    """The other figure as a step across its column, rimmed in white so that it shows on the dark."""
    axes.hlines(amounts, np.array(at) - 0.45, np.array(at) + 0.45, color=BLUE, linewidth=1.8, zorder=6, path_effects=HALO)


def _draw_apart(axes: Axes, at: list[int], own: pd.DataFrame, names: Mapping[str, str]) -> None:
    if "band" in names:
        axes.bar(at, 2 * own["band"].fillna(0.0), 1.0, bottom=-own["band"].fillna(0.0), color=LIGHT, alpha=0.6, zorder=1)
    colours = [BAD if flag else NEUTRAL for flag in own["open"]] if "open" in own else [NEUTRAL] * len(own)
    for side in ("over", "under"):
        axes.bar(at, own[side].fillna(0.0), 0.8, color=colours, zorder=3)


def _write_scale(
    chart: Chart, axes: Axes, left: float, top: float, height: float, ends: tuple[float, float], unit: Unit, lang: str
) -> None:  # fmt: skip
    """The largest and, where it lies below 0, the smallest figure beside the strip; 0 goes without saying."""
    low, high = axes.get_ylim()
    for end in {end for end in ends if end}:
        y = chart.body_top + top + height * (1 - (end - low) / (high - low))
        chart.write(left - 8, y, say_figure(end, unit, lang), SMALL, ha="right", va="center_baseline", color=QUIET)


def _write_years(chart: Chart, left: float, top: float, width: float, span: tuple) -> None:
    months = months_between(*span) + 1
    years = range(span[0].year, span[1].year + 1)
    step = -(-len(years) * 44 // int(width))
    for year in list(years)[::step]:
        start = max((year - span[0].year) * 12 + 1 - span[0].month, 0)
        last = min((year - span[0].year) * 12 + 13 - span[0].month, months)
        if (last - start) * width / months >= 40 or len(years) == 1 or step > 1:
            chart.write(left + (start + 0.1) * width / months, chart.body_top + top, str(year), SMALL, color=QUIET)


