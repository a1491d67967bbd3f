"""Where the year lands: one bar a scenario, and the variance of each from the base."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from planning.core.metrics import variance_rate
from planning.view.amounts import Unit, is_missing, say_figure, say_level
from planning.view.bars import (
    REFERENCES,
    Rows,
    draw_band,
    lay_out_rows,
    limits_for,
    missing_note,
    read_figures,
    row_axes,
    say_facts,
    say_nothing,
    say_scenario,
    variance_panels,
    variance_style,
    write_end,
    write_rows,
)
from planning.view.frame import LABEL, MARGIN, NEUTRAL, Chart, bar_style, in_house_style, open_sheet, variance_colour
from planning.view.words import WORDS, word


@in_house_style
def show_landing(
    table: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, base: str | None = None,
    better: str = "up", level: float | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """Where the year lands: one row a scenario, zero-based bars with the forecast's band, and the variance of each from the base.

    `table`: label, amount, scenario (prior, budget, actual, forecast, people, naive …), lower and upper where there is a band.
    `base` is the label of the row that the others are compared with: the first budget unless told otherwise.
    """
    table = read_figures(table, ["amount", "lower", "upper"])
    at_base = _base_row(table, base)
    rows = lay_out_rows(table["label"], lang, bold=[at == at_base for at in range(len(table))])
    notes = [*notes, *([word("own_scale", lang)] if at_base is not None else []), *missing_note(table["amount"], lang)]
    facts = say_facts(measure, unit, lang, period)
    chart = open_sheet(
        title=title,
        facts=facts,
        lang=lang,
        source=source,
        body=rows.body,
        legend=_landing_legend(table, level, lang),
        notes=notes,
    )
    if table.empty:
        return say_nothing(chart, lang)
    write_rows(chart, rows, [at == at_base for at in range(len(table))])
    left, width = MARGIN + rows.label_width + 12, rows.rest * (0.52 if at_base is not None else 1.0)
    _draw_landing_bars(chart, rows, table, left, width - 14, unit, lang)
    if at_base is not None:
        _draw_landing_variances(chart, rows, table, at_base, left + width, rows.rest - width, better, unit, lang)
    return chart


def _base_row(table: pd.DataFrame, base: str | None) -> int | None:
    if base is not None:
        found = np.flatnonzero((table["label"] == base).to_numpy())
        if not len(found):
            raise ValueError(f"base: no row is labelled {base!r}")
    else:
        found = np.flatnonzero(table["scenario"].isin(["budget", "plan", "target"]).to_numpy())
    return int(found[0]) if len(found) else None


def _landing_legend(table: pd.DataFrame, level: float | None, lang: str) -> list[tuple[str, str]]:
    legend = [(key, say_scenario(key, lang)) for key in table["scenario"].unique() if key not in REFERENCES]
    if (table["lower"].notna() & table["upper"].notna()).any():
        legend.append(("band", word("band_level", lang, level=say_level(level, lang)) if level else word("band", lang)))
    return legend


def _draw_landing_bars(chart: Chart, rows: Rows, table: pd.DataFrame, left: float, width: float, unit: Unit, lang: str) -> None:
    texts = [say_figure(amount, unit, lang) for amount in table["amount"]]
    tips = [_tip(row) for row in table.to_dict("records")]
    axes = row_axes(chart, rows, left, width, limits_for(table["amount"], texts, width, lang, LABEL, tips))
    for at, row in enumerate(table.to_dict("records")):
        if not is_missing(row["amount"]):
            axes.barh(at, row["amount"], 0.56, zorder=3, **bar_style(row["scenario"]))
        write_end(axes, tips[at], at, texts[at], row["amount"] < 0, LABEL)
    draw_band(axes, np.arange(len(table)), table["lower"], table["upper"], upright=False)


def _tip(row: dict) -> float:
    """Where the label of a bar stands: beyond the bar and its band."""
    known = [row[key] for key in ("amount", "lower", "upper") if not is_missing(row[key])]
    return min(known) if row["amount"] < 0 else max(0.0, *known, 0.0)


def _draw_landing_variances(
    chart: Chart, rows: Rows, table: pd.DataFrame, base: int, left: float, width: float, better: str, unit: Unit, lang: str
) -> None:
    against = table["amount"].iloc[base]
    amounts = (table["amount"] - against).to_numpy()
    rates = [variance_rate(amount, against) for amount in table["amount"]]
    rates = [np.nan if is_missing(amount) else rate for amount, rate in zip(amounts, rates, strict=True)]
    colours = [
        NEUTRAL if scenario == "prior" else variance_colour(a, better) for a, scenario in zip(amounts, table["scenario"], strict=True)
    ]
    styles = [variance_style(colour, scenario) for colour, scenario in zip(colours, table["scenario"], strict=True)]
    shown = [at != base for at in range(len(table))]
    name = _short_scenario(table["scenario"].iloc[base], lang)
    headings = word("delta", lang, base=name), word("delta_rate", lang, base=name)
    variance_panels(chart, rows, left, (width * 0.56, width * 0.44), amounts, rates, shown, styles, colours, headings, unit, lang)


def _short_scenario(scenario: str, lang: str) -> str:
    return word(scenario, lang) if scenario in WORDS else scenario
