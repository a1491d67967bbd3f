"""What the charts are made of: rows and columns of bars, their labels, bands, variances and pins, and the facts above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes

from planning.view.amounts import MISSING, Unit, is_missing, say_figure, say_number
from planning.view.frame import (
    DARK,
    DPI,
    FACTS,
    HATCH,
    INK,
    LABEL,
    LIGHT,
    MARGIN,
    QUIET,
    RULE,
    SMALL,
    TINY,
    WIDTH,
    Chart,
    check_scenario,
    shorten,
    text_width,
    widest,
    wrap,
)
from planning.view.words import word

INNER = WIDTH - 2 * MARGIN
"""The width that is drawn on, in pixels."""
POINT = 72 / DPI
"""One pixel of the report in points."""
LINE = 16
"""The height a label needs, in pixels."""
HALO = [patheffects.withStroke(linewidth=2.2, foreground="white")]
REFERENCES = ("people", "naive", "combined")
"""Scenarios that are other people's forecasts."""


@dataclass(frozen=True)
class Label:
    """How the labels of a row of columns are written so that they fit."""

    digits: int
    size: float
    rotation: int
    room: float


def fit_labels(amounts, unit: Unit, lang: str, slot: float, sign: bool = False) -> Label:
    """Fewer decimals, then smaller, then upright: the first way in which every label fits its column."""
    for digits in range(unit.digits, -1, -1):
        texts = [say_figure(amount, unit, lang, sign, digits) for amount in amounts]
        for size in (SMALL, SMALL - 1):
            if widest(texts, size, lang) + 4 <= slot:
                return Label(digits, size, 0, LINE)
    if widest(texts, TINY, lang) + 3 <= slot:
        return Label(0, TINY, 0, LINE)
    return Label(0, TINY if slot < 16 else SMALL, 90, widest(texts, SMALL, lang) + 8)


def zero_based(amounts) -> tuple[float, float]:
    """The span of the amounts, always with 0 in it."""
    known = np.asarray(amounts, dtype="float64")
    known = known[np.isfinite(known)]
    return (min(0.0, known.min()), max(0.0, known.max())) if len(known) else (0.0, 0.0)


def draw_band(axes: Axes, at, lower, upper, upright: bool) -> None:
    """The forecast's band as a line with ends, rimmed in white so that it shows on the hatching."""
    known = np.isfinite(np.asarray(lower, dtype="float64")) & np.isfinite(np.asarray(upper, dtype="float64"))
    at, lower, upper = np.asarray(at, dtype="float64")[known], np.asarray(lower)[known], np.asarray(upper)[known]
    effects = [patheffects.withStroke(linewidth=3, foreground="white")]
    draw = axes.vlines if upright else axes.hlines
    draw(at, lower, upper, color=DARK, linewidth=1.3, zorder=5, path_effects=effects)
    style = {"linestyle": "none", "marker": "_" if upright else "|", "markersize": 7, "color": DARK, "zorder": 5}
    for end in (lower, upper):
        axes.plot(*((at, end) if upright else (end, at)), markeredgewidth=1.3, **style)


def write_column(axes: Axes, at: float, height: float, text: str, label: Label, below: bool, **style) -> None:
    """A column's figure beyond its end."""
    axes.annotate(
        text, (at, height), (0, -3 if below else 3), textcoords="offset points", ha="center", va="top" if below else "bottom",
        fontsize=label.size, rotation=label.rotation, zorder=8, path_effects=HALO, annotation_clip=False, **style,
    )  # fmt: skip


def variance_style(colour: str, scenario: str) -> dict:
    """A variance of a forecast is hatched as the forecast is."""
    if scenario in ("forecast", *REFERENCES):
        return {"facecolor": "white", "edgecolor": colour, "hatch": HATCH}
    return {"facecolor": colour, "edgecolor": colour}


@dataclass(frozen=True)
class Rows:
    """Rows of a chart whose structure runs from top to bottom: their labels, wrapped, and their height in pixels."""

    labels: list[list[str]]
    label_width: float
    step: float
    top: float = 26.0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    @property
    def body(self) -> float:
        """Their height in pixels, the headings included."""
        return self.top + self.count * self.step

    @property
    def rest(self) -> float:
        """Pixels right of the labels."""
        return INNER - self.label_width - 12


def lay_out_rows(labels: Iterable[str], lang: str, most_width: float = 270.0, least: float = 30.0, bold=()) -> Rows:
    """Labels wrapped to a width, and the rows that hold them."""
    labels = [str(label) for label in labels]
    heavy = [bool(b) for b in bold] or [False] * len(labels)
    wrapped = [wrap(label, LABEL, most_width, lang, b, most=3) for label, b in zip(labels, heavy, strict=True)]
    width = max((text_width(line, LABEL, lang, b) for lines, b in zip(wrapped, heavy, strict=True) for line in lines), default=0.0)
    lines = max((len(lines) for lines in wrapped), default=1)
    return Rows(wrapped, width, max(least, lines * 14 + 8))


def write_rows(chart: Chart, rows: Rows, bold: Sequence[bool] = ()) -> None:
    """The rows' labels, from top to bottom."""
    for at, lines in enumerate(rows.labels):
        middle = chart.body_top + rows.top + (at + 0.5) * rows.step
        weight = "bold" if len(bold) and bold[at] else "normal"
        for number, line in enumerate(lines):
            y = middle + (number - (len(lines) - 1) / 2) * 14
            chart.write(MARGIN, y, line, LABEL, va="center_baseline", fontweight=weight)


def rule_above(chart: Chart, rows: Rows, at: int) -> None:
    """A fine line above a row, to set totals apart."""
    axes = chart.panel(MARGIN, rows.top + at * rows.step - 1, INNER, 2)
    axes.axhline(0.5, color=LIGHT, linewidth=0.8)


def row_axes(chart: Chart, rows: Rows, left: float, width: float, limits: tuple[float, float]) -> Axes:
    """A panel beside the labels whose bars stand in the rows."""
    axes = chart.panel(left, rows.top, width, rows.count * rows.step)
    axes.set_xlim(*limits)
    axes.set_ylim(rows.count - 0.5, -0.5)
    axes.axvline(0, color=RULE, linewidth=1, zorder=5)
    return axes


def fit_limits(ends: tuple[float, float], tips: Iterable[tuple[float, float, bool]], width: float) -> tuple[float, float]:
    """Limits of a zero-based scale, the largest at which the bars (`ends`) and the labels at their tips fit into the width.

    `tips`: where a label begins, its width in pixels, whether it stands to the left.
    """
    tips, span = list(tips), (ends[1] - ends[0]) or 1.0

    def reach(scale: float) -> tuple[float, float]:
        left = [ends[0] * scale - 4, *(tip * scale - room for tip, room, leftwards in tips if leftwards)]
        right = [ends[1] * scale + 4, *(tip * scale + room for tip, room, leftwards in tips if not leftwards)]
        return min(left), max(right)

    small, large = 20 / span, width / span
    for _ in range(30):
        middle = (small + large) / 2
        low, high = reach(middle)
        small, large = (middle, large) if high - low <= width else (small, middle)
    low, _ = reach(small)
    return low / small, (low + width) / small


def limits_for(
    amounts, texts: Sequence[str], width: float, lang: str, size: float = SMALL, tips=None, gap: float = 8
) -> tuple[float, float]:
    """Limits for bars with these labels; `tips` says where the labels stand when that is not the end of the bar."""
    amounts = np.nan_to_num(np.asarray(amounts, dtype="float64"))
    tips = amounts if tips is None else np.asarray(tips, dtype="float64")
    rooms = [text_width(text, size, lang) + gap if text else 0.0 for text in texts]
    return fit_limits(zero_based([*amounts, *tips]), zip(tips, rooms, amounts < 0, strict=True), width)


def write_end(axes: Axes, end: float, at: float, text: str, left: bool, size: float = SMALL, gap: float = 5, **style) -> None:
    """A figure beyond a bar's end, left or right of it."""
    style = {"color": INK} | style
    axes.annotate(
        text, (end, at), ((-gap if left else gap) * POINT, 0), textcoords="offset points", ha="right" if left else "left",
        va="center_baseline", fontsize=size, zorder=8, annotation_clip=False, **style,
    )  # fmt: skip


def write_heading(chart: Chart, x: float, text: str, width: float, lang: str, **style) -> None:
    """A panel's heading, centred above it."""
    text = shorten(text, SMALL, width, lang, bold=True)
    chart.write(x, chart.body_top + 2, text, SMALL, fontweight="bold", **style)


def _head_panel(chart: Chart, axes: Axes, left: float, text: str, width: float, lang: str) -> None:
    """A heading over the panel's zero line, inside the panel."""
    text = shorten(text, SMALL, width, lang, bold=True)
    low, high = axes.get_xlim()
    half = text_width(text, SMALL, lang, True) / 2
    middle = left + min(max((0 - low) / (high - low) * width, half), width - half)
    write_heading(chart, middle, text, width, lang, ha="center")


def _draw_variance_bars(axes: Axes, amounts, styles: Sequence[dict], texts: Sequence[str], colours: Sequence[str], thick: float) -> None:
    for at, (amount, style, text, colour) in enumerate(zip(amounts, styles, texts, colours, strict=True)):
        if not is_missing(amount):
            axes.barh(at, amount, thick, zorder=3, **style)
        if text:
            write_end(axes, 0 if is_missing(amount) else amount, at, text, not is_missing(amount) and amount < 0, color=colour)


def _draw_pins(axes: Axes, rates, texts: Sequence[str], colours: Sequence[str]) -> None:
    """Relative variances: a thin line with a head."""
    for at, (rate, text, colour) in enumerate(zip(rates, texts, colours, strict=True)):
        if not is_missing(rate):
            axes.hlines(at, 0, rate, color=colour, linewidth=1.6, zorder=3)
            axes.plot(rate, at, marker="s", markersize=5.5, color=colour, zorder=6)
        if text:
            write_end(axes, 0 if is_missing(rate) else rate, at, text, not is_missing(rate) and rate < 0, gap=8, color=colour)


def variance_panels(
    chart: Chart, rows: Rows, left: float, widths: tuple[float, float], amounts, rates, shown: Sequence[bool],
    styles: Sequence[dict], colours: Sequence[str], headings: tuple[str, str], unit: Unit, lang: str,
) -> None:  # fmt: skip
    """Absolute variances as bars, relative ones as pins, each with its sign; rows that are not `shown` stay empty."""
    texts = [say_figure(amount, unit, lang, sign=True) if show else "" for amount, show in zip(amounts, shown, strict=True)]
    amounts = [amount if show else np.nan for amount, show in zip(amounts, shown, strict=True)]
    axes = row_axes(chart, rows, left, widths[0], limits_for(amounts, texts, widths[0], lang))
    _draw_variance_bars(axes, amounts, styles, texts, colours, 0.5)
    _head_panel(chart, axes, left, headings[0], widths[0], lang)
    texts = [_rate_text(rate, lang) if show else "" for rate, show in zip(rates, shown, strict=True)]
    rates = [rate if show else np.nan for rate, show in zip(rates, shown, strict=True)]
    left += widths[0] + 10
    width = widths[1] - 10
    axes = row_axes(chart, rows, left, width, limits_for(rates, texts, width, lang, gap=12))
    _draw_pins(axes, rates, texts, colours)
    _head_panel(chart, axes, left, headings[1], width, lang)


def _rate_text(rate: float, lang: str) -> str:
    """A rate beside a pin; one of ten times the base or more says only that."""
    if is_missing(rate):
        return MISSING
    if abs(rate) >= 10:
        return ">+999" if rate > 0 else "<−999"
    return say_number(rate * 100, lang, 1, sign=True)


def read_figures(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The table with these columns as floats, missing where absent or infinite; its rows counted from 0."""
    table = table.reset_index(drop=True).copy()
    for column in columns:
        given = table[column] if column in table else pd.Series(np.nan, index=table.index)
        table[column] = pd.to_numeric(given).astype("float64").replace([np.inf, -np.inf], np.nan)
    return table


def flags(table: pd.DataFrame, column: str) -> list[bool]:
    """A yes-or-no column as a list; all no where there is no such column."""
    return table[column].fillna(False).astype(bool).tolist() if column in table else [False] * len(table)


def say_facts(measure: str, unit: Unit, lang: str, *parts: str) -> str:
    """The line below the title: measure, unit and what else is said of them."""
    first = word("facts" if unit.heading(lang) else "facts_plain", lang, measure=measure, unit=unit.heading(lang))
    return word("join", lang).join([first, *(part for part in parts if part)])


def say_scenario(scenario: str, lang: str) -> str:
    """A scenario as a legend names it."""
    return word(f"{check_scenario(scenario)}_long", lang)


def missing_note(amounts: pd.Series, lang: str) -> list[str]:
    """The note that a dash means no figure, where there is one."""
    return [word("some_missing", lang)] if len(amounts) and amounts.isna().any() else []


def say_nothing(chart: Chart, lang: str) -> Chart:
    """The chart with the words that there is nothing to show."""
    chart.write(MARGIN, chart.body_top, word("nothing", lang), FACTS, color=QUIET)
    return chart
