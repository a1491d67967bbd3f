"""The negotiation: a range by unit from target to request, the neutral view with its band in it, and the gap in money."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.core.metrics import rate
from planning.view.amounts import Unit, rounded, say_figure, say_rate
from planning.view.bars import (
    INNER,
    Rows,
    draw_band,
    flags,
    lay_out_rows,
    limits_for,
    missing_note,
    read_figures,
    row_axes,
    rule_above,
    say_facts,
    say_nothing,
    write_end,
    write_heading,
    write_rows,
)
from planning.view.frame import (
    LABEL,
    LIGHT,
    MARGIN,
    QUIET,
    SMALL,
    Chart,
    in_house_style,
    mark_style,
    open_sheet,
    shorten,
    text_width,
    variance_colour,
    widest,
)
from planning.view.report_words import say

FIGURES = ["running", "target", "neutral", "lower", "upper", "request", "gap"]
TOP, ROOM = 42.0, 1.25
"""Room for two lines of headings; how far the scale of changes reaches beyond the usual one."""


@in_house_style
def show_negotiation(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, level: str, headings: dict[str, str],
    better: str = "down", notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """A row a unit, in the order of the table: request and target in figures, both as change on the running year with the range between
    them and the neutral view, and the gap as a bar.

    `table`: label, FIGURES in units of currency, optionally is_total (bold, no bar). The scale of changes is common to all rows; what
    lies beyond it is marked at its edge. `headings`: request, target, neutral, running and gap as the reader calls them.
    """
    table, total = read_figures(table, FIGURES), flags(table, "is_total")
    changes = _changes(table)
    rows = lay_out_rows(table["label"], lang, most_width=230, least=24.0, bold=total)
    rows = Rows(rows.labels, rows.label_width, rows.step, TOP)
    limits = _limits(changes)
    has_target, has_band = table["target"].notna().any(), changes["lower"].notna().any()
    legend = [("prior", say("strategy_range", lang)), ("mark:target", headings["target"])] if has_target else []
    legend += [("mark:people", headings["request"]), ("mark:told", headings["neutral"])]
    legend += [("band", say("strategy_band", lang, level=level))] if has_band else []
    beyond = _beyond(changes, limits)
    notes = [*notes, *([say("strategy_beyond_scale", lang)] if beyond else []), *missing_note(table["gap"], lang)]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, total)
    for at in np.flatnonzero(total):
        rule_above(chart, rows, int(at))
    left = _write_figures(chart, rows, table, total, headings, unit, lang)
    width = (MARGIN + INNER - left) * 0.62
    _draw_ranges(chart, rows, changes, left, width, limits, headings["running"], lang)
    _draw_gaps(chart, rows, table, total, left + width + 20, MARGIN + INNER - left - width - 20, better, headings["gap"], unit, lang)
    return chart


def _changes(table: pd.DataFrame) -> pd.DataFrame:
    """Each figure as change on the running year; missing where that is 0."""
    base = table["running"]
    return pd.DataFrame({name: rate(table[name] - base, base.abs()) for name in FIGURES[1:-1]})


def _limits(changes: pd.DataFrame) -> tuple[float, float]:
    """The scale of changes: wide enough for nine in ten targets and requests and most neutral views, and no wider than what there is."""
    asked, neutral = changes[["target", "request"]].abs().max(axis=1).dropna(), changes["neutral"].abs().dropna()
    usual = [float(sizes.quantile(share)) for sizes, share in ((asked, 0.9), (neutral, 0.6)) if len(sizes)]
    most = max(0.01, *usual) * ROOM
    inside = changes.clip(-most, most).to_numpy().ravel()
    low, high = np.nanmin([0.0, *inside]), np.nanmax([0.01, *inside])
    room = 0.06 * (high - low)
    return float(low - room), float(high + room)


def _beyond(changes: pd.DataFrame, limits: tuple[float, float]) -> bool:
    return bool(((changes < limits[0]) | (changes > limits[1])).any(axis=None))


def _write_figures(
    chart: Chart, rows: Rows, table: pd.DataFrame, total: list[bool], headings: dict[str, str], unit: Unit, lang: str
) -> float:
    """Request and target in figures; returns where they end."""
    right = MARGIN + rows.label_width + 8
    for column in ("request", "target") if table["target"].notna().any() else ("request", "neutral"):
        texts = [say_figure(amount, unit, lang) for amount in table[column]]
        heading = shorten(headings[column], SMALL, 110, lang, bold=True)
        right += max(widest(texts, LABEL, lang, True), text_width(heading, SMALL, lang, True)) + 14
        write_heading(chart, right, heading, 120, lang, ha="right", color=QUIET)
        for at, text in enumerate(texts):
            y = chart.body_top + rows.top + (at + 0.5) * rows.step
            chart.write(right, y, text, LABEL, ha="right", va="center_baseline", fontweight="bold" if total[at] else "normal")
    return right + 18


def _draw_ranges(
    chart: Chart, rows: Rows, changes: pd.DataFrame, left: float, width: float, limits: tuple[float, float], running: str, lang: str
) -> None:
    axes = row_axes(chart, rows, left, width, limits)
    write_heading(chart, left + width / 2, say("strategy_change", lang, running=running), width, lang, ha="center")
    for tick in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(*limits):
        if limits[0] <= tick <= limits[1]:
            axes.axvline(tick, color=LIGHT, linewidth=0.6, zorder=1)
            x = left + (tick - limits[0]) / (limits[1] - limits[0]) * width
            chart.write(x, chart.body_top + 22, say_rate(tick + 0.0, lang, _digits(limits), sign=True), SMALL, ha="center", color=QUIET)
    _draw_marks(axes, changes, limits)


def _digits(limits: tuple[float, float]) -> int:
    return 0 if limits[1] - limits[0] > 0.05 else 1


def _draw_marks(axes: Axes, changes: pd.DataFrame, limits: tuple[float, float]) -> None:
    """The range as a bar, the neutral view's band and dot, target and request at the ends; what is beyond the scale as a wedge."""
    places = np.arange(len(changes))
    inside = changes.clip(*limits)
    axes.barh(places, inside["request"] - inside["target"], 0.42, left=inside["target"], color=LIGHT, zorder=2)
    draw_band(axes, places, changes["lower"], changes["upper"], upright=False)
    for name, style in (("target", "target"), ("request", "people"), ("neutral", "told")):
        shown = changes[name].between(*limits)
        axes.plot(changes[name][shown], places[shown], **mark_style(style), zorder=6 if name != "neutral" else 7)
        for edge, marker, out in ((limits[0], "<", changes[name] < limits[0]), (limits[1], ">", changes[name] > limits[1])):
            wedge = mark_style(style) | {"marker": marker, "markersize": 7, "clip_on": False}
            axes.plot(np.full(int(out.sum()), edge), places[out], **wedge, zorder=7)


def _draw_gaps(
    chart: Chart, rows: Rows, table: pd.DataFrame, total: list[bool], left: float, width: float, better: str, heading: str, unit: Unit,
    lang: str,
) -> None:  # fmt: skip
    gaps = table["gap"].to_numpy()
    texts = [say_figure(gap, unit, lang, sign=True) for gap in gaps]
    bars = np.where(total, np.nan, gaps)
    axes = row_axes(chart, rows, left, width, limits_for(bars, texts, width, lang))
    write_heading(chart, left + width / 2, heading, width, lang, ha="center")
    for at, (bar, text) in enumerate(zip(bars, texts, strict=True)):
        seen = np.isfinite(gaps[at]) and rounded(gaps[at] / unit.size, unit.digits) != 0
        colour = variance_colour(float(gaps[at]), better) if seen else QUIET
        if np.isfinite(bar):
            axes.barh(at, bar, 0.5, zorder=3, facecolor=colour, edgecolor=colour)
        end = bar if np.isfinite(bar) else 0.0
        write_end(axes, end, at, text, end < 0, color=colour, fontweight="bold" if total[at] else "normal")
