"""How far each forecaster missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from planning.view.amounts import MISSING, Unit, is_missing, rounded, say_number
from planning.view.bars import INNER, fit_labels, missing_note, read_figures, say_nothing, write_column, write_heading, zero_based
from planning.view.frame import INK, MARGIN, QUIET, RULE, SMALL, STYLES, Chart, in_house_style, open_sheet, wrap
from planning.view.words import word


@in_house_style
def show_trial(
    table: pd.DataFrame, *, title: str, measure: str, period: str, lang: str, source: str,
    forecasters: Mapping[str, str] | None = None, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """How far each forecaster missed, by the report from which it looked ahead: one panel a measure, all on one scale.

    `table`: report (label), forecaster (ours, people, naive), error (a fraction: WAPE or MAPE), optionally measure (panel label).
    `forecasters` gives their labels and order. `measure` says what the error is ("WAPE of monthly totals").
    """
    table = read_figures(table, ["error"])
    table = table if "measure" in table else table.assign(measure="")
    named = dict(
        forecasters or {key: word(f"{key}_long", lang) for key in ("ours", "people", "naive") if (table["forecaster"] == key).any()}
    )
    panels = list(dict.fromkeys(table["measure"]))
    notes = [*notes, word("trial_note", lang), *missing_note(table["error"], lang)]
    legend = [(f"trial:{key}" if f"trial:{key}" in STYLES else "trial:other", label) for key, label in named.items()]
    facts = word("join", lang).join(part for part in (f"{measure} (%)" if lang == "en" else f"{measure}（%）", period) if part)
    reports = list(dict.fromkeys(table["report"]))
    lines = _report_lines(reports, max(len(panels), 1), lang)
    foot = 8 + 13 * max((len(line) for line in lines.values()), default=1)
    chart = open_sheet(title=title, facts=facts, lang=lang, source=source, body=22 + 210 + foot, legend=legend, notes=notes)
    if table.empty:
        return say_nothing(chart, lang)
    width = (INNER - 30 * (len(panels) - 1)) / len(panels)
    highest = zero_based(table["error"])[1] or 1.0
    for number, panel in enumerate(panels):
        own = table[table["measure"] == panel].pivot_table(index="report", columns="forecaster", values="error", sort=False, dropna=False)
        own = own.reindex(index=reports, columns=list(named))
        _draw_trial(chart, own, lines, str(panel), MARGIN + number * (width + 30), width, highest, lang)
    return chart


def _report_lines(reports: Sequence, panels: int, lang: str) -> dict:
    slot = (INNER - 30 * (panels - 1)) / panels / max(len(reports), 1)
    return {report: wrap(report, SMALL, slot - 6, lang, most=3) for report in reports}


def _draw_trial(
    chart: Chart, errors: pd.DataFrame, lines: Mapping, heading: str, left: float, width: float, highest: float, lang: str
) -> None:
    axes = chart.panel(left, 22, width, 210)
    slot = width / len(errors)
    thick = min(0.8 / max(errors.shape[1], 1), 44 / slot)
    percent = Unit("", "one", 1)
    label = fit_labels(errors.to_numpy().ravel() * 100, percent, lang, thick * slot + 2)
    axes.set_xlim(-0.5, len(errors) - 0.5)
    axes.set_ylim(0, highest / (1 - (label.room + 4) / 210))
    axes.axhline(0, color=RULE, linewidth=1.4, zorder=5)
    write_heading(chart, left, heading, width, lang)
    for at, (report, row) in enumerate(errors.iterrows()):
        shown = [None if is_missing(error) else rounded(error * 100, label.digits) for error in row]
        least = min((error for error in shown if error is not None), default=None)
        for number, (key, error) in enumerate(row.items()):
            x = at + (number - (len(row) - 1) / 2) * thick
            axes.bar(x, error, thick * 0.86, zorder=3, **_trial_style(key))
            text = say_number(error * 100, lang, label.digits) if not is_missing(error) else MISSING
            weight = "bold" if shown[number] is not None and shown[number] == least else "normal"
            write_column(axes, x, 0.0 if is_missing(error) else error, text, label, False, fontweight=weight, color=INK)
        for line_number, line in enumerate(lines[report]):
            y = chart.body_top + 22 + 210 + 6 + 13 * line_number
            chart.write(left + (at + 0.5) * slot, y, line, SMALL, ha="center", color=QUIET)


def _trial_style(key: str) -> dict:
    return STYLES.get(f"trial:{key}", STYLES["trial:other"])
