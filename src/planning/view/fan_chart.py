"""How a figure may run through a year: the plan, the band of the draws around it, and a floor that it is to keep above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import Unit, say_figure, say_month
from planning.view.bars import INNER, read_figures, say_facts, say_nothing, zero_based
from planning.view.frame import BAD, DARK, LABEL, LIGHT, MARGIN, QUIET, RULE, SMALL, Chart, in_house_style, open_sheet, text_width, widest

HEIGHT, TOP, FOOT, STEP = 280.0, 10.0, 24.0, 15.0
OUTER, INSIDE = "#DCE9F3", "#A9CBE4"
"""The band of eight draws in ten, and of half of them."""
COUNTED = (3, 6, 12, 60)
"""Every how many months one is written, where they are counted from now."""
EDGES = ("lowest", "low", "middle", "high", "highest")


@in_house_style
def show_fan(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, names: Mapping[str, str],
    floor: pd.Series | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Months from left to right. `table`: period (a month, or how many from now), plan, lowest, low, middle, high, highest; `floor`: by
    month.

    `names`: plan, outer, inner, lowest, highest, middle, floor, as they are called in the legend and at the lines' ends.
    """
    table = read_figures(table, ["plan", *EDGES])
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=TOP + HEIGHT + FOOT, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    lines = None if floor is None else floor.reindex(table["period"]).to_numpy("float64")
    ends = _ends(table, lines, names, unit, lang)
    room = widest([text for _, text, _ in ends], LABEL, lang, bold=True) + 18
    axes = chart.panel(MARGIN, TOP, INNER - room, HEIGHT)
    axes.set_xlim(0, max(len(table) - 1, 1))
    low, high = zero_based([*table[["plan", *EDGES]].to_numpy().ravel(), *([] if lines is None else lines)])
    reach = (high - low) or 1.0
    axes.set_ylim(low - 0.02 * reach, high + 0.04 * reach)
    _draw(axes, table, lines)
    _write_ends(chart, axes, ends, MARGIN + INNER - room + 9)
    _write_months(chart, axes, table, INNER - room, lang)
    return chart


def _draw(axes: Axes, table: pd.DataFrame, floor) -> None:
    at = range(len(table))
    axes.axhline(0, color=RULE, linewidth=1.2, zorder=5)
    axes.fill_between(at, table["lowest"], table["highest"], color=OUTER, linewidth=0, zorder=2)
    axes.fill_between(at, table["low"], table["high"], color=INSIDE, linewidth=0, zorder=3)
    axes.plot(at, table["middle"], color=DARK, linewidth=1.3, linestyle=(0, (4, 3)), zorder=4)
    axes.plot(at, table["plan"], color=DARK, linewidth=2.2, zorder=6, clip_on=False)
    if floor is not None:
        axes.plot(at, floor, color=BAD, linewidth=1.4, linestyle=(0, (1, 1.5)), zorder=5, clip_on=False)


def _ends(table: pd.DataFrame, floor, names: Mapping[str, str], unit: Unit, lang: str) -> list[tuple[float, str, str]]:
    """What stands at the right end: the height, the text, the colour."""
    last = table.iloc[-1]
    said = [("plan", DARK), ("highest", QUIET), ("middle", QUIET), ("lowest", QUIET)]
    ends = [(last[name], f"{names[name]} {say_figure(last[name], unit, lang)}", colour) for name, colour in said]
    return ends if floor is None else [*ends, (floor[-1], f"{names['floor']} {say_figure(floor[-1], unit, lang)}", BAD)]


def _write_ends(chart: Chart, axes: Axes, ends: list[tuple[float, str, str]], left: float) -> None:
    """The labels beside the ends of their lines, from top to bottom, never on each other nor below the body."""
    low, high = axes.get_ylim()
    ordered = sorted(enumerate(ends), key=lambda end: (-end[1][0], end[0]))
    places = [chart.body_top + TOP + HEIGHT * (high - end[0]) / (high - low) for _, end in ordered]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + STEP)
    places[-1] = min(places[-1], chart.body_top + TOP + HEIGHT)
    for at in range(len(places) - 2, -1, -1):
        places[at] = min(places[at], places[at + 1] - STEP)
    for place, (number, (_, text, colour)) in zip(places, ordered, strict=True):
        weight = "bold" if number == 0 else "normal"
        chart.write(left, place, text, LABEL if number == 0 else SMALL, va="center_baseline", color=colour, fontweight=weight)


def _write_months(chart: Chart, axes: Axes, table: pd.DataFrame, width: float, lang: str) -> None:
    """Months below the axis, as many as there is room for."""
    counted = pd.api.types.is_integer_dtype(table["period"])
    names = [str(period) if counted else say_month(period, lang) for period in table["period"]]
    step = width / max(len(table) - 1, 1)
    every = max(1, int(-(-(widest(names, SMALL, lang) + 10) // step)))
    every = next(number for number in COUNTED if number >= every) if counted else every
    for at in range(every - 1 if counted else 0, len(table), every):
        axes.axvline(at, color=LIGHT, linewidth=0.5, zorder=1)
        half = text_width(names[at], SMALL, lang) / 2
        place = min(max(MARGIN + at * step, MARGIN + half), MARGIN + width - half)
        chart.write(place, chart.body_top + TOP + HEIGHT + 6, names[at], SMALL, ha="center", color=QUIET)
