"""The forecasts as they were made, against what came: a panel a side, a line an origin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from planning.core.periods import months_after, months_between
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
    mark_style,
    open_sheet,
    shorten,
    widest,
)
from planning.view.reader import Reader

HEAD, FOOT, GAP = 42.0, 22.0, 14.0
"""Pixels of a panel's heading, of the years below a row, and between panels."""
TALL = {1: 240.0, 2: 170.0}
"""Pixels of a row, the fewer the more rows a panel has; beyond two as of two."""
MOST_MONTHS = 108
"""Months in a row; a longer history goes on in the next."""


@dataclass(frozen=True)
class Panel:
    """One side: heading and the line below it, what came (period, amount), the paths (as_of, period, amount) of ours and of the
    people, one path with its band (as_of, period, lower, upper; without rows where none could be drawn), and what came outside the band
    of the forecast before it (period, amount)."""

    label: str
    below: str
    actual: pd.DataFrame
    ours: pd.DataFrame
    people: pd.DataFrame
    band: pd.DataFrame
    outside: pd.DataFrame


@in_house_style
def show_forecasts_made(
    panels: list[Panel], *, title: str, measure: str, unit: Unit, lang: str, source: str, names: dict[str, str], notes: Iterable[str] = ()
) -> Chart:
    """All forecasts of each side as lines over what came, on a scale that begins where the figures do.

    `names`: actual, ours, people, band, outside, as the legend calls them.
    """
    shown = {"actual": "line", "ours": "path:ours", "people": "path:people", "band": "area", "outside": "mark:outside"}
    legend = [(key, names[part]) for part, key in shown.items() if any(len(getattr(panel, part)) for panel in panels)]
    facts = say_facts(measure, unit, lang)
    tops = [0.0]
    for panel in panels:
        rows = len(_rows(panel))
        tops.append(tops[-1] + HEAD + rows * (_tall(rows) + FOOT) + GAP)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=max(tops[-1] - GAP, 30), legend=legend, notes=notes)
    if not panels:
        return say_nothing(chart, lang)
    for top, panel in zip(tops[:-1], panels, strict=True):
        _draw_panel(chart, panel, top, unit, lang)
    return chart


def _tables(panel: Panel) -> list[pd.DataFrame]:
    return [table for table in (panel.actual, panel.ours, panel.people, panel.band) if len(table)]


def _rows(panel: Panel) -> list[tuple[pd.Timestamp, int]]:
    """The first month of each row, and how many months all rows have."""
    periods = pd.concat([table["period"] for table in _tables(panel)])
    first, months = periods.min(), months_between(periods.min(), periods.max()) + 1
    count = -(-months // MOST_MONTHS)
    each = -(-months // count)
    return [(months_after(first, at * each), each) for at in range(count)]


def _tall(rows: int) -> float:
    return TALL[min(rows, max(TALL))]


def _draw_panel(chart: Chart, panel: Panel, top: float, unit: Unit, lang: str) -> None:
    chart.write(MARGIN, chart.body_top + top, shorten(panel.label, LABEL, INNER, lang, True), LABEL, fontweight="bold")
    chart.write(MARGIN, chart.body_top + top + 17, shorten(panel.below, SMALL, INNER, lang), SMALL, color=QUIET)
    figures = [table[name] for table in _tables(panel) for name in ("amount", "lower", "upper") if name in table]
    low, high = min(float(each.min()) for each in figures), max(float(each.max()) for each in figures)
    span = (low - 0.04 * ((high - low) or 1), high + 0.04 * ((high - low) or 1))
    rows = _rows(panel)
    tall = _tall(len(rows))
    for at, (first, months) in enumerate(rows):
        _draw_row(chart, panel, top + HEAD + at * (tall + FOOT), tall, span, first, months, unit, lang)


def _draw_row(
    chart: Chart, panel: Panel, top: float, tall: float, span: tuple[float, float], first: pd.Timestamp, months: int, unit: Unit, lang: str
) -> None:
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(*span) if span[0] <= tick <= span[1]]
    digits = 0 if all(float(tick / unit.size).is_integer() for tick in ticks) else unit.digits
    texts = [say_figure(tick, unit, lang, digits=digits) for tick in ticks]
    room = widest(texts, SMALL, lang) + 10
    axes = chart.panel(MARGIN + room, top, INNER - room, tall)
    axes.set_xlim(-0.6, months - 0.4)
    axes.set_ylim(*span)
    for tick, text in zip(ticks, texts, strict=True):
        axes.axhline(tick, color=RULE if tick == 0 else LIGHT, linewidth=1.0 if tick == 0 else 0.6, zorder=1)
        y = chart.body_top + top + tall * (span[1] - tick) / (span[1] - span[0])
        chart.write(MARGIN + room - 8, y, text, SMALL, ha="right", va="center_baseline", color=QUIET)
    if len(panel.band):
        axes.fill_between(_at(panel.band, first), panel.band["lower"], panel.band["upper"], color=LIGHT, alpha=0.6, linewidth=0, zorder=2)
    axes.plot(_at(panel.actual, first), panel.actual["amount"], zorder=3, **LINES["line"])
    for key, table in (("path:people", panel.people), ("path:ours", panel.ours)):
        for _, path in table.groupby("as_of"):
            axes.plot(_at(path, first), path["amount"], zorder=4 if key == "path:people" else 5, **LINES[key])
    axes.plot(_at(panel.outside, first), panel.outside["amount"], zorder=6, **mark_style("outside"))
    _write_years(axes, first, months, span[0])


def _at(table: pd.DataFrame, first: pd.Timestamp) -> np.ndarray:
    """Where each month stands: months after the first."""
    return ((table["period"].dt.year - first.year) * 12 + table["period"].dt.month - first.month).to_numpy()


def _write_years(axes: Axes, first: pd.Timestamp, months: int, bottom: float) -> None:
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
    names = {
        "actual": reader.say("backtest_actual"), "ours": reader.say("backtest_ours"), "outside": reader.say("backtest_outside"),
        "people": reader.say("backtest_people", people=reader.people), "band": reader.say("backtest_band", level=level),
    }  # fmt: skip
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
    return Panel(reader.account(tried.account), below, tried.actual, ours, people, whole[whole["as_of"] == last], _outside(whole))


def _outside(whole: pd.DataFrame) -> pd.DataFrame:
    """The months of which the last forecast before them had a band that they fell out of."""
    nearest = whole.sort_values("as_of").drop_duplicates("period", keep="last")
    fell = (nearest["actual"] < nearest["lower"]) | (nearest["actual"] > nearest["upper"])
    return nearest.loc[fell, ["period", "actual"]].rename(columns={"actual": "amount"})


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
