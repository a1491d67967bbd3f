"""Months in columns, their prior year behind them and the variances below, all on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import Unit, is_missing, say_figure, say_level, say_month, say_period
from planning.view.bars import (
    INNER,
    Label,
    draw_band,
    fit_labels,
    read_figures,
    say_facts,
    say_nothing,
    say_scenario,
    variance_style,
    write_column,
    zero_based,
)
from planning.view.frame import (
    INK,
    MARGIN,
    QUIET,
    RULE,
    SMALL,
    STYLES,
    TINY,
    Chart,
    bar_style,
    in_house_style,
    mark_style,
    open_sheet,
    text_width,
    variance_colour,
    widest,
)
from planning.view.words import word


@in_house_style
def show_months(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, lang: str, source: str, as_of: pd.Timestamp | None = None,
    better: str = "up", peers: Mapping[str, str] | None = None, level: float | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Months of a year or a rolling window: closed ones solid, open ones hatched with their band, the prior year behind.

    `table`: one row a month, in order: period, amount, scenario (actual, forecast), prior; lower and upper for the open
    months. `peers` names further columns that are drawn as marks, with their labels: {"people": "City's own forecast"}.
    """
    table, peers = read_figures(table, ["amount", "prior", "lower", "upper", *(peers or {})]), dict(peers or {})
    notes = [*notes, *([] if table["prior"].notna().any() or table.empty else [word("no_prior", lang)])]
    layout = _lay_out_months(table, peers, unit, lang)
    facts = say_facts(measure, unit, lang, _months_said(table, lang), word("as_of", lang, period=say_period(as_of, lang)) if as_of else "")
    chart = open_sheet(
        title=title,
        facts=facts,
        lang=lang,
        source=source,
        body=layout.body,
        legend=_months_legend(table, peers, level, lang),
        notes=notes,
    )
    if table.empty:
        return say_nothing(chart, lang)
    _draw_months(chart, table, layout, peers, unit, lang)
    _draw_boundary(chart, table, layout, as_of, lang)
    if layout.lower_height:
        _draw_month_variances(chart, table, layout, better, unit, lang)
    return chart


@dataclass(frozen=True)
class _Months:
    """Where everything stands in a chart of months, in pixels; both panels share one scale."""

    top: float
    height: float
    limits: tuple[float, float]
    lower_height: float
    lower_limits: tuple[float, float]
    label: Label
    lower_label: Label
    left: float = 62.0
    axis: float = 38.0

    @property
    def width(self) -> float:
        return INNER + MARGIN - self.left

    @property
    def body(self) -> float:
        return self.top + self.height + self.axis + self.lower_height


def _lay_out_months(table: pd.DataFrame, peers: Mapping, unit: Unit, lang: str, bars: float = 290.0) -> _Months:
    slot = (INNER + MARGIN - _Months.left) / max(len(table), 1)
    change = (table["amount"] - table["prior"]).to_numpy()
    label = fit_labels(table["amount"], unit, lang, slot)
    lower_label = fit_labels(change, unit, lang, slot, sign=True)
    upper_range = zero_based(table[["amount", "prior", "lower", "upper", *peers]].to_numpy())
    lower_range = zero_based(change)
    rooms = _rooms(upper_range, label.room), _rooms(lower_range, lower_label.room)
    shown = bool(np.isfinite(change).any())
    scale = bars / ((np.ptp(upper_range) + (np.ptp(lower_range) if shown else 0)) or 1)
    limits, height = _with_rooms(upper_range, rooms[0], scale)
    lower_limits, lower_height = _with_rooms(lower_range, rooms[1], scale)
    has_both = table["scenario"].nunique() > 1
    return _Months(24.0 if has_both else 0.0, height, limits, lower_height if shown else 0.0, lower_limits, label, lower_label)


def _rooms(span: tuple[float, float], room: float) -> tuple[float, float]:
    """Pixels for labels below and above: always above, below where a column goes down."""
    return (room if span[0] < 0 else 3.0, room)


def _with_rooms(span: tuple[float, float], rooms: tuple[float, float], scale: float) -> tuple[tuple[float, float], float]:
    """The limits of an axis and its length in pixels when labels need these rooms beyond the span."""
    limits = (span[0] - rooms[0] / scale, span[1] + rooms[1] / scale)
    return limits, (limits[1] - limits[0]) * scale


def _months_said(table: pd.DataFrame, lang: str) -> str:
    if table.empty:
        return ""
    first, last = (say_period(table["period"].iloc[end], lang) for end in (0, -1))
    return first if len(table) == 1 else word("between", lang, first=first, last=last)


def _months_legend(table: pd.DataFrame, peers: Mapping, level: float | None, lang: str) -> list[tuple[str, str]]:
    legend = [("prior", word("prior_long", lang))] if table["prior"].notna().any() else []
    legend += [(s, say_scenario(s, lang)) for s in table["scenario"].unique()]
    if (table["lower"].notna() & table["upper"].notna()).any():
        legend.append(("band", word("band_level", lang, level=say_level(level, lang)) if level else word("band", lang)))
    return legend + [(f"mark:{key}", label) for key, label in peers.items() if table[key].notna().any()]


def _draw_months(chart: Chart, table: pd.DataFrame, layout: _Months, peers: Mapping, unit: Unit, lang: str) -> None:
    axes = _month_axes(chart, layout.top, layout.height, layout.limits, layout, len(table))
    at, thick = np.arange(len(table)), _thickness(layout, len(table))
    axes.bar(at - 0.28 * thick, table["prior"], thick, **STYLES["prior"], zorder=2)
    for scenario in table["scenario"].unique():
        rows = (table["scenario"] == scenario).to_numpy()
        axes.bar(at[rows], table["amount"][rows], thick, **bar_style(scenario), zorder=3)
    draw_band(axes, at, table["lower"], table["upper"], upright=True)
    spread = 0.17 * thick
    for number, key in enumerate(peers):
        axes.plot(at + (number - (len(peers) - 1) / 2) * 2 * spread, table[key], **mark_style(key), zorder=6)
    _write_month_amounts(axes, table, layout, peers, unit, lang)
    _write_months(chart, table, layout, lang)


def _month_axes(chart: Chart, top: float, height: float, limits: tuple, layout: _Months, months: int) -> Axes:
    axes = chart.panel(layout.left, top, layout.width, height)
    axes.set_xlim(-0.5, months - 0.5)
    axes.set_ylim(*(limits if limits[0] < limits[1] else (0, 1)))
    axes.axhline(0, color=RULE, linewidth=1, zorder=5, clip_on=False)
    return axes


def _thickness(layout: _Months, months: int) -> float:
    """A column's width as a share of its month: narrow windows don't get fat columns."""
    return min(0.56, 48 / (layout.width / months))


def _write_month_amounts(axes: Axes, table: pd.DataFrame, layout: _Months, peers: Mapping, unit: Unit, lang: str) -> None:
    scale = layout.height / (layout.limits[1] - layout.limits[0] or 1)
    for at, row in enumerate(table.to_dict("records")):
        text = say_figure(row["amount"], unit, lang, digits=layout.label.digits)
        write_column(axes, at, _label_height(row, peers, layout.label.room / scale), text, layout.label, row["amount"] < 0, color=INK)


def _label_height(row: dict, peers: Mapping, near: float) -> float:
    """Where a month's label stands: beyond the column and its band, and beyond a prior year or a mark that would touch it.

    A mark far away keeps its distance: a label beyond it would be read as the mark's own figure.
    """
    down = row["amount"] < 0
    own = [row[key] for key in ("amount", "lower", "upper") if not is_missing(row[key])] or [0.0]
    height = min(own) if down else max(0.0, *own)
    for other in sorted((row[key] for key in ("prior", *peers) if not is_missing(row[key])), reverse=down):
        if height - near < other < height if down else height < other < height + near:
            height = other
    return height


def _write_months(chart: Chart, table: pd.DataFrame, layout: _Months, lang: str) -> None:
    """The months below the columns, and the year where it begins."""
    slot, y = layout.width / len(table), chart.body_top + layout.top + layout.height + 5
    names = [say_month(period, lang) for period in table["period"]]
    size = SMALL if widest(names, SMALL, lang) + 3 <= slot else TINY
    year = None
    for at, (period, name) in enumerate(zip(table["period"], names, strict=True)):
        x = layout.left + (at + 0.5) * slot
        chart.write(x, y, name, size, ha="center", color=QUIET)
        if period.year != year:
            year = period.year
            chart.write(x, y + 14, f"{year}年" if lang == "zh" else str(year), size, ha="center", color=INK, fontweight="bold")


def _draw_boundary(chart: Chart, table: pd.DataFrame, layout: _Months, as_of: pd.Timestamp | None, lang: str) -> None:
    """The line between the last closed and the first open month, with the words to tell them apart."""
    closed = (table["scenario"] == "actual").to_numpy()
    if not closed.any() or closed.all() or not layout.top:
        return
    first_open = int(np.flatnonzero(~closed)[0])
    x = layout.left + first_open * layout.width / len(table)
    bottom = layout.top + layout.height + (layout.axis + layout.lower_height if layout.lower_height else 0)
    axes = chart.panel(x - 1, 0, 2, bottom)
    axes.axvline(0.5, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    said = word("closed_to", lang, period=say_period(as_of, lang)) if as_of is not None else word("closed", lang)
    opened, y = word("open", lang), chart.body_top
    if x - text_width(said, SMALL, lang) - 20 >= 0:
        chart.write(x - 7, y, f"{said} ◂", SMALL, ha="right", color=QUIET)
        chart.write(x + 7, y, f"▸ {opened}", SMALL, color=QUIET)
    else:
        chart.write(x + 7, y, f"▸ {opened}" + (f"（{said}）" if lang == "zh" else f" ({said})"), SMALL, color=QUIET)


def _draw_month_variances(chart: Chart, table: pd.DataFrame, layout: _Months, better: str, unit: Unit, lang: str) -> None:
    axes = _month_axes(chart, layout.top + layout.height + layout.axis, layout.lower_height, layout.lower_limits, layout, len(table))
    change = (table["amount"] - table["prior"]).to_numpy()
    for at, (amount, scenario) in enumerate(zip(change, table["scenario"], strict=True)):
        colour = variance_colour(amount, better)
        axes.bar(at, amount, _thickness(layout, len(table)), zorder=3, **variance_style(colour, scenario))
        text = say_figure(amount, unit, lang, True, layout.lower_label.digits)
        height = 0 if is_missing(amount) else amount
        write_column(axes, at, height, text, layout.lower_label, height < 0, color=QUIET if is_missing(amount) else colour)
    zero = 1 - (0 - layout.lower_limits[0]) / (layout.lower_limits[1] - layout.lower_limits[0])
    y = chart.body_top + layout.top + layout.height + layout.axis + zero * layout.lower_height
    chart.write(MARGIN, y, word("delta", lang, base=word("prior", lang)), SMALL, va="center_baseline", fontweight="bold")
