"""The forecasts as they were made, against what came: a panel a side, a line an origin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.core.periods import months_between
from planning.plan.backtested import Backtested
from planning.view.amounts import Unit, say_figure, say_level, say_period, say_rate
from planning.view.bars import INNER, POINT, say_facts, say_nothing
from planning.view.frame import (
    LABEL,
    LIGHT,
    LINES,
    MARGIN,
    QUIET,
    RULE,
    SMALL,
    Chart,
    in_house_style,
    open_sheet,
    shorten,
    widest,
)
from planning.view.reader import Reader

HEAD, TALL, FOOT, GAP = 42.0, 250.0, 22.0, 16.0
"""Pixels of a panel: its heading, the lines, the years below, and the distance to the next one."""


@dataclass(frozen=True)
class Panel:
    """One side: heading and the line below it, what came (period, amount), the paths (as_of, period, amount) of ours and of the
    people, and one path with its band (as_of, period, lower, upper; without rows where none could be drawn)."""

    label: str
    below: str
    actual: pd.DataFrame
    ours: pd.DataFrame
    people: pd.DataFrame
    band: pd.DataFrame


@in_house_style
def show_forecasts_made(
    panels: list[Panel], *, title: str, measure: str, unit: Unit, lang: str, source: str, names: dict[str, str], notes: Iterable[str] = ()
) -> Chart:
    """All forecasts of each side as lines over what came, on a scale that starts where the figures do. `names`: actual, ours, people, band, as the legend calls them."""
    step = HEAD + TALL + FOOT + GAP
    legend = [("line", names["actual"]), ("path:ours", names["ours"])]
    legend += [("path:people", names["people"])] if any(len(panel.people) for panel in panels) else []
    legend += [("area", names["band"])] if any(len(panel.band) for panel in panels) else []
    facts = say_facts(measure, unit, lang)
    body = max(step * len(panels) - GAP, 30)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=body, legend=legend, notes=notes)
    if not panels:
        return say_nothing(chart, lang)
    for at, panel in enumerate(panels):
        _draw_panel(chart, panel, at * step, unit, lang)
    return chart


def _draw_panel(chart: Chart, panel: Panel, top: float, unit: Unit, lang: str) -> None:
    chart.write(MARGIN, chart.body_top + top, shorten(panel.label, LABEL, INNER, lang, True), LABEL, fontweight="bold")
    chart.write(MARGIN, chart.body_top + top + 17, shorten(panel.below, SMALL, INNER, lang), SMALL, color=QUIET)
    tables = [table for table in (panel.actual, panel.ours, panel.people, panel.band) if len(table)]
    first, last = (getattr(pd.concat([table["period"] for table in tables]), end)() for end in ("min", "max"))
    figures = [table[name] for table in tables for name in ("amount", "lower", "upper") if name in table]
    low, high = min(float(each.min()) for each in figures), max(float(each.max()) for each in figures)
    low -= 0.04 * ((high - low) or 1)
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= tick <= high]
    room = widest([say_figure(tick, unit, lang) for tick in ticks], SMALL, lang) + 10
    axes = chart.panel(MARGIN + room, top + HEAD, INNER - room, TALL)
    axes.set_xlim(-0.6, months_between(first, last) + 0.6)
    axes.set_ylim(low, high + 0.04 * ((high - low) or 1))
    for tick in ticks:
        axes.axhline(tick, color=RULE if tick == 0 else LIGHT, linewidth=1.0 if tick == 0 else 0.6, zorder=1)
        y = chart.body_top + top + HEAD + TALL * (1 - (tick - low) / (axes.get_ylim()[1] - low))
        chart.write(MARGIN + room - 8, y, say_figure(tick, unit, lang), SMALL, ha="right", va="center_baseline", color=QUIET)
    _draw_band(axes, panel.band, first)
    for key, table in (("path:people", panel.people), ("path:ours", panel.ours)):
        for _, path in table.groupby("as_of"):
            axes.plot(_at(path, first), path["amount"], zorder=3 if key == "path:people" else 4, **LINES[key])
    axes.plot(_at(panel.actual, first), panel.actual["amount"], zorder=5, **LINES["line"])
    _write_years(axes, first, months_between(first, last) + 1, low, lang)


def _at(table: pd.DataFrame, first: pd.Timestamp) -> np.ndarray:
    """Where each month stands: months after the first."""
    return ((table["period"].dt.year - first.year) * 12 + table["period"].dt.month - first.month).to_numpy()


def _draw_band(axes: Axes, band: pd.DataFrame, first: pd.Timestamp) -> None:
    if len(band):
        axes.fill_between(_at(band, first), band["lower"], band["upper"], color=LIGHT, alpha=0.6, linewidth=0, zorder=2)


def _write_years(axes: Axes, first: pd.Timestamp, months: int, bottom: float, lang: str) -> None:
    """A line at each January, and below it the years that have room."""
    years = range(first.year, first.year + (first.month + months - 2) // 12 + 1)
    step = -(-len(years) // 18)
    for year in years:
        at = (year - first.year) * 12 + 1 - first.month
        if at > 0:
            axes.axvline(at - 0.5, color=LIGHT, linewidth=0.6, zorder=1)
        room = min(at + 12, months) - max(at, 0)
        if (year - years[0]) % step == 0 and room * step >= months / 26:
            axes.annotate(
                str(year), (max(at, 0), bottom), (2 * POINT, -5 * POINT), textcoords="offset points", ha="left", va="top",
                fontsize=SMALL, color=QUIET, annotation_clip=False,
            )  # fmt: skip


def draw_backtest(sides: dict[str, Backtested], reader: Reader) -> Chart:
    """The chart of a backtest in the reader's language, its message how often what came lay within the bands."""
    panels = [_panel(tried, reader) for tried in sides.values()]
    counts = {tried.account: tried.held[(tried.held["what"] == "total") & tried.held["horizon"].isna()] for tried in sides.values()}
    level = say_level(float(next(iter(counts.values()))["level"].iloc[0]), reader.lang)
    told = [
        reader.say("backtest_title_side", account=reader.account(account), inside=int(rows["inside"].iloc[0]), n=int(rows["n"].iloc[0]))
        for account, rows in counts.items()
        if rows["n"].iloc[0]
    ]
    joined = (", " if reader.lang == "en" else "；").join(told)
    title = reader.say("backtest_title", level=level, sides=joined) if told else reader.say("backtest_title_none")
    names = {name: reader.say(f"backtest_{name}", people=reader.people, level=level) for name in ("actual", "ours", "people", "band")}
    return show_forecasts_made(
        panels, title=title, measure=reader.say("backtest_measure"), unit=reader.unit, lang=reader.lang, source=reader.source,
        names=names, notes=[reader.say("backtest_note")],
    )  # fmt: skip


def _panel(tried: Backtested, reader: Reader) -> Panel:
    ours, people = (tried.made[tried.made["forecaster"] == name] for name in ("ours", "people"))
    whole = tried.banded.dropna(subset=["lower", "upper", "actual"])
    counts = whole.groupby("as_of")["period"].count()
    last = counts.index[counts == counts.max()].max() if len(counts) else None
    below = _missed(tried, reader) + (reader.say("backtest_origin", period=say_period(last, reader.lang)) if last is not None else "")
    return Panel(reader.account(tried.account), below, tried.actual, ours, people, whole[whole["as_of"] == last])


def _missed(tried: Backtested, reader: Reader) -> str:
    """How far ours missed, beside naive and, where they speak, the people."""
    every = tried.horizons[tried.horizons["horizon"].isna()].set_index(["compared", "forecaster"])
    if ("all", "ours") not in every.index:
        return ""

    def said(compared: str, name: str) -> str:
        return say_rate(every.at[(compared, name), "wape_total"], reader.lang)

    counts = every["months"].groupby("compared").first()
    text = reader.say("backtest_missed", ours=said("all", "ours"), naive=said("all", "naive"), months=counts["all"])
    if "people" in counts:
        text += reader.say("backtest_missed_people", ours=said("people", "ours"), people=said("people", "people"), months=counts["people"])
    return text
