"""What was read, by source and month: one row a source, one tile a month, so that a gap is seen as a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.axes import Axes

from planning.core.periods import months_between
from planning.view.bars import HALO, lay_out_rows, say_nothing, write_rows
from planning.view.frame import LIGHT, MARGIN, QUIET, SMALL, STYLES, Chart, in_house_style, open_sheet, widest

TILES = {"actual": "actual", "plan": "budget", "few": "prior", "gap": "state:gap"}
"""Actuals solid, plans outlined, few rows lighter, a month without rows in red."""


@in_house_style
def show_coverage(
    table: pd.DataFrame, *, title: str, measure: str, lang: str, source: str, labels: Mapping[str, str], counts: Mapping[str, str],
    names: Mapping[str, str], notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The months in which each source has rows. `table`: source, period, state (actual, few, plan, gap).

    `labels` and `counts` (what stands at the right end) by source, in the order of the rows; a source that says no month is a row
    without tiles. `names`: what the states are called.
    """
    rows = lay_out_rows(labels.values(), lang, most_width=210, least=24)
    used = [state for state in TILES if state in set(table["state"])]
    legend = [(TILES[state], names[state]) for state in used]
    chart = open_sheet(title=title, facts=measure, lang=lang, source=source, body=rows.body, legend=legend, notes=notes)
    if not labels:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    room = widest(counts.values(), SMALL, lang) + 14
    left, width = MARGIN + rows.label_width + 14, rows.rest - room - 4
    for at, code in enumerate(labels):
        place = chart.body_top + rows.top + (at + 0.5) * rows.step
        chart.write(left + width + room, place, counts[code], SMALL, ha="right", va="center_baseline", color=QUIET)
    if len(table):
        axes = chart.panel(left, 0, width, rows.body)
        _draw_tiles(axes, table, list(labels), rows.top / rows.step, rows.count)
    return chart


def _draw_tiles(axes: Axes, table: pd.DataFrame, codes: list[str], head: float, count: int) -> None:
    first, last = table["period"].min(), table["period"].max()
    months = months_between(first, last) + 1
    axes.set_xlim(0, months)
    axes.set_ylim(count, -head)
    gap = min(0.12, months / 1500)
    place = {code: at for at, code in enumerate(codes)}
    for row in table.itertuples():
        style = STYLES[TILES[row.state]] | {"linewidth": 0.6 if row.state != "gap" else 1.1}
        axes.barh(place[row.source] + 0.5, 1 - gap, 0.62, left=months_between(first, row.period) + gap / 2, zorder=3, **style)
    _write_years(axes, first, months, count, head)


def _write_years(axes: Axes, first: pd.Timestamp, months: int, count: int, head: float) -> None:
    """A line at each January, and the years that have room above."""
    years = range(first.year, first.year + (first.month + months - 2) // 12 + 1)
    step = -(-len(years) // 14)
    for year in years:
        at = max((year - first.year) * 12 + 1 - first.month, 0)
        axes.vlines(at, 0, count, color=LIGHT, linewidth=0.6, zorder=1)
        room = months - at if year == years[-1] else 12 - (first.month - 1 if year == first.year else 0)
        if (year - years[0]) % step == 0 and room * step >= months / 28:
            axes.text(at, -0.35 * head, str(year), fontsize=SMALL, color=QUIET, ha="left", va="center", path_effects=HALO)
