"""Groups of people, what is expected of them and what is at risk with them, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from planning.view.amounts import Unit, is_missing, say_figure, say_number
from planning.view.bars import (
    Rows,
    lay_out_rows,
    limits_for,
    missing_note,
    read_figures,
    row_axes,
    say_facts,
    say_nothing,
    write_end,
    write_heading,
    write_rows,
)
from planning.view.frame import BAD, DARK, HATCH, LABEL, LIGHT, MARGIN, Chart, in_house_style, open_sheet

EXPECTED = {"facecolor": "white", "edgecolor": DARK, "hatch": HATCH}
AT_RISK = {"facecolor": "white", "edgecolor": BAD, "hatch": HATCH}


@in_house_style
def show_stakes(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, names: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """One row a group: how many of it are still there, what is expected of it, what is at risk; money on one scale.

    `table`: label, buyers, still, amount, at_risk. `names`: headings of still, amount and at_risk, and `of` ("{still} of {buyers}").
    """
    table = read_figures(table, ["buyers", "still", "amount", "at_risk"])
    rows = lay_out_rows(table["label"], lang, most_width=170)
    facts, notes = say_facts(measure, unit, lang, period), [*notes, *missing_note(table["amount"], lang)]
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=rows.body, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows)
    left, width = MARGIN + rows.label_width + 14, (rows.rest - 36) / 3
    _draw_people(chart, rows, table, left, width, names, lang)
    _draw_money(chart, rows, table, left + width + 18, width, names, unit, lang)
    return chart


def _draw_people(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, names: Mapping[str, str], lang: str) -> None:
    counts = table[["still", "buyers"]].to_dict("records")
    texts = [names["of"].format(**{name: say_number(count, lang) for name, count in row.items()}) for row in counts]
    axes = row_axes(chart, rows, left, width, limits_for(table["buyers"], texts, width, lang, LABEL))
    axes.barh(range(len(table)), table["buyers"], 0.56, facecolor=LIGHT, edgecolor=LIGHT, zorder=2)
    axes.barh(range(len(table)), table["still"], 0.56, facecolor=DARK, edgecolor=DARK, zorder=3)
    for at, text in enumerate(texts):
        write_end(axes, 0.0 if is_missing(table["buyers"][at]) else table["buyers"][at], at, text, False, LABEL)
    write_heading(chart, left, names["still"], width, lang)


def _draw_money(
    chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, names: Mapping[str, str], unit: Unit, lang: str
) -> None:  # fmt: skip
    """Both panels share one scale: that of the widest bar of either."""
    texts = {name: [say_figure(amount, unit, lang) for amount in table[name]] for name in ("amount", "at_risk")}
    limits = [limits_for(table[name], texts[name], width, lang, LABEL) for name in texts]
    shared = min(low for low, _ in limits), max(high for _, high in limits)
    for number, (name, style) in enumerate((("amount", EXPECTED), ("at_risk", AT_RISK))):
        at_left = left + number * (width + 18)
        axes = row_axes(chart, rows, at_left, width, shared)
        for at, amount in enumerate(table[name]):
            if not is_missing(amount):
                axes.barh(at, amount, 0.56, zorder=3, **style)
            write_end(axes, 0.0 if is_missing(amount) else amount, at, texts[name][at], False, LABEL)
        write_heading(chart, at_left, names[name], width, lang)
