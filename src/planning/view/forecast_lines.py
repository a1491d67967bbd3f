"""Series with what is forecast of them: the past a line, the forecast a broken one in its band."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import say_level, say_number, say_period
from planning.view.bars import INNER, read_figures, say_nothing
from planning.view.frame import BLUE, DARK, LABEL, LIGHT, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, open_sheet, shorten, widest
from planning.view.words import word

HEAD, TALL, FOOT = 22.0, 200.0, 30.0
"""Pixels of a panel: its heading, the lines, the years below."""


@in_house_style
def show_forecast(
    table: pd.DataFrame, *, title: str, measure: str, lang: str, source: str, level: float, notes: Iterable[str] = ()
) -> Chart:  # fmt: skip
    """One panel a label, each with a scale of its own, with 0 in it. `table`: label, period, amount, and ahead lower and upper."""
    table = read_figures(table, ["amount", "lower", "upper"])
    labels = list(dict.fromkeys(table["label"]))
    legend = [("line", word("actual_long", lang)), ("against", word("forecast_long", lang))]
    legend.append(("area", word("band_level", lang, level=say_level(level, lang))))
    body = (HEAD + TALL + FOOT) * max(len(labels), 0.2)
    chart = open_sheet(title=title, facts=measure, lang=lang, source=source, body=body, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    ends = np.nan_to_num(table[["amount", "lower", "upper"]].to_numpy("float64"))
    room = widest([say_number(end, lang) for end in (ends.min(), ends.max())], SMALL, lang) + 14
    for number, label in enumerate(labels):
        _draw_panel(chart, table[table["label"] == label], str(label), number * (HEAD + TALL + FOOT), room, lang)
    return chart


def _draw_panel(chart: Chart, own: pd.DataFrame, label: str, top: float, room: float, lang: str) -> None:
    ahead = own["lower"].notna().to_numpy()
    chart.write(MARGIN, chart.body_top + top, shorten(label, LABEL, INNER, lang, bold=True), LABEL, fontweight="bold")
    axes = chart.panel(MARGIN + room, top + HEAD, INNER - room, TALL)
    when, amounts = own["period"].to_numpy(), own["amount"].to_numpy("float64")
    axes.set_xlim(when[0], when[-1])
    low, high = _scale(axes, own)
    axes.axhline(0, color=RULE, linewidth=1, zorder=5)
    axes.fill_between(when[ahead], own["lower"][ahead], own["upper"][ahead], color=LIGHT, alpha=0.6, linewidth=0, zorder=2)
    past = pd.Series(amounts[~ahead], index=when[~ahead])
    axes.plot(past.index, past, color=DARK, linewidth=1.8, zorder=4)
    axes.plot(when[ahead], amounts[ahead], color=BLUE, linewidth=1.8, zorder=4)
    axes.axvline(when[~ahead][-1], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    bottom, span = chart.body_top + top + HEAD + TALL, np.diff(axes.get_ylim())[0]
    for end in {end for end in (low, high) if end}:
        y = bottom - TALL * (end - axes.get_ylim()[0]) / span
        chart.write(MARGIN + room - 8, y, say_number(end, lang), SMALL, ha="right", va="center_baseline", color=QUIET)
    _write_years(chart, axes, own["period"], room, bottom, lang)


def _scale(axes: Axes, own: pd.DataFrame) -> tuple[float, float]:
    """The span of the figures with 0 in it, and a little room."""
    known = own[["amount", "lower", "upper"]].to_numpy("float64")
    low, high = min(0.0, np.nanmin(known)), max(0.0, np.nanmax(known))
    pad = 0.05 * (high - low or 1.0)
    axes.set_ylim(low - (pad if low < 0 else 0), high + pad)
    return low, high


def _write_years(chart: Chart, axes: Axes, periods: pd.Series, room: float, bottom: float, lang: str) -> None:
    """Where each year begins, as many as there is room for; the first and the last period where none does."""
    first, last = periods.iloc[0], periods.iloc[-1]
    starts = pd.date_range(first, last, freq="YS")
    width, days = INNER - room, max((last - first).days, 1)
    for start in starts[:: max(1, -(-len(starts) * 60 // int(width)))]:
        axes.axvline(start, color=LIGHT, linewidth=0.5, zorder=0)
        chart.write(MARGIN + room + width * (start - first).days / days + 3, bottom + 5, f"{start.year}", SMALL, color=QUIET)
    if not len(starts):
        chart.write(MARGIN + room, bottom + 5, say_period(first, lang), SMALL, color=QUIET)
        chart.write(MARGIN + INNER, bottom + 5, say_period(last, lang), SMALL, ha="right", color=QUIET)
