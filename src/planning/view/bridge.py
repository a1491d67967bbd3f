"""The steps from one total to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from planning.view.amounts import Unit, is_missing, say_figure, say_rate
from planning.view.bars import (
    Rows,
    fit_limits,
    lay_out_rows,
    missing_note,
    read_figures,
    row_axes,
    rule_above,
    say_facts,
    say_nothing,
    write_end,
    write_heading,
    write_rows,
    zero_based,
)
from planning.view.frame import (
    DARK,
    INK,
    LABEL,
    MARGIN,
    QUIET,
    RULE,
    SMALL,
    Chart,
    in_house_style,
    open_sheet,
    text_width,
    variance_colour,
    widest,
)
from planning.view.words import word


@in_house_style
def show_bridge(
    steps: pd.DataFrame, *, title: str, measure: str, unit: Unit, period: str, lang: str, source: str, better: str = "up",
    most: int = 14, notes: Iterable[str] = (),
) -> Chart:  # fmt: skip
    """The steps from one total to another. The bars show the changes alone, in full; the totals are printed beside them.

    (A bar of the total beside steps of one per cent would have to be cut to be read; nothing here is cut.)
    `steps`: step, amount, kind (start, step, end), in order; amount of start and end is the total. More than `most` steps:
    the smallest are put together. Steps that don't reach the end are shown as a difference that nobody has explained.
    """
    steps = read_figures(steps, ["amount"])
    lines = _bridge_lines(steps, most, better, lang)
    bold = [line["kind"] != "step" for line in lines]
    rows = lay_out_rows([line["label"] for line in lines], lang, least=26.0, bold=bold)
    notes = [*notes, word("bridge_note", lang), *missing_note(steps["amount"], lang)]
    chart = open_sheet(
        title=title, facts=say_facts(measure, unit, lang, period), lang=lang, source=source, body=rows.body, notes=notes,
        legend=[],
    )  # fmt: skip
    if not lines:
        return say_nothing(chart, lang)
    write_rows(chart, rows, bold)
    _draw_bridge(chart, rows, lines, unit, lang)
    return chart


def _bridge_lines(steps: pd.DataFrame, most: int, better: str, lang: str) -> list[dict]:
    """The rows of the chart: label, kind, amount (the change), the change before and after it, and the total reached."""
    totals = {kind: _only(steps.loc[steps["kind"] == kind, "amount"]) for kind in ("start", "end")}
    changes = _pool_small(steps[steps["kind"] == "step"], most, lang)
    gap = totals["end"] - totals["start"] - changes["amount"].sum()
    if not is_missing(gap) and abs(gap) > max(0.005 * len(steps), 1e-9 * abs(totals["end"])):
        changes = pd.concat([changes, pd.DataFrame({"step": [word("not_explained", lang)], "amount": [gap], "better": ["neutral"]})])
    lines, reached = [], 0.0
    for row in changes.to_dict("records"):
        before, reached = reached, reached + (0.0 if is_missing(row["amount"]) else row["amount"])
        line = {"label": row["step"], "kind": "step", "amount": row["amount"], "before": before, "after": reached}
        lines.append(line | {"total": totals["start"] + reached, "better": _own_better(row, better)})
    for kind, place in (("start", 0), ("end", len(lines) + 1)):
        if (steps["kind"] == kind).any():
            label = steps.loc[steps["kind"] == kind, "step"].iloc[0]
            change = totals["end"] - totals["start"] if kind == "end" else np.nan
            line = {"label": label, "kind": kind, "amount": change, "before": 0.0, "after": 0.0 if is_missing(change) else change}
            lines.insert(place, line | {"total": totals[kind], "better": better})
    return lines


def _own_better(row: dict, better: str) -> str:
    return row["better"] if isinstance(row.get("better"), str) else better


def _only(amounts: pd.Series) -> float:
    return float(amounts.iloc[0]) if len(amounts) else np.nan


def _pool_small(steps: pd.DataFrame, most: int, lang: str) -> pd.DataFrame:
    if len(steps) <= most:
        return steps
    kept = steps["amount"].abs().sort_values(ascending=False, kind="stable").index[: most - 1]
    small = steps[~steps.index.isin(kept)]
    together = {"step": word("smaller_steps", lang, count=len(small)), "kind": "step", "amount": small["amount"].sum()}
    return pd.concat([steps[steps.index.isin(kept)], pd.DataFrame([together])], ignore_index=True)


def _draw_bridge(chart: Chart, rows: Rows, lines: list[dict], unit: Unit, lang: str) -> None:
    totals = [say_figure(line["total"], unit, lang) for line in lines]
    total_width = max(widest(totals, LABEL, lang, bold=True), text_width(word("running_total", lang), SMALL, lang, True)) + 18
    left, width = MARGIN + rows.label_width + 12 + total_width, rows.rest - total_width
    texts = ["" if line["kind"] == "start" else say_figure(line["amount"], unit, lang, sign=True) for line in lines]
    texts = [_with_rate(text, line, unit, lang) for text, line in zip(texts, lines, strict=True)]
    axes = row_axes(chart, rows, left, width, _bridge_limits(lines, texts, width, lang))
    write_heading(chart, left - 14, word("running_total", lang), total_width, lang, ha="right", color=QUIET)
    write_heading(chart, left + 2, word("change", lang), width, lang, color=QUIET)
    for at, (line, text) in enumerate(zip(lines, texts, strict=True)):
        weight, y = "normal" if line["kind"] == "step" else "bold", chart.body_top + rows.top + (at + 0.5) * rows.step
        colour = INK if line["kind"] != "step" else QUIET
        chart.write(left - 14, y, totals[at], LABEL, ha="right", va="center_baseline", fontweight=weight, color=colour)
        _draw_step(axes, at, line, text, last=at == len(lines) - 1)
    _rule_totals(chart, rows, lines)


def _with_rate(text: str, line: dict, unit: Unit, lang: str) -> str:
    """The change of the whole also as a rate of the start."""
    if line["kind"] != "end" or is_missing(line["amount"]):
        return text
    start = line["total"] - line["amount"]
    rate = line["amount"] / abs(start) if start else np.nan
    return text if is_missing(rate) else f"{text}  ({say_rate(rate, lang, sign=True)})"


def _bridge_limits(lines: list[dict], texts: Sequence[str], width: float, lang: str) -> tuple[float, float]:
    ends = zero_based([value for line in lines for value in (line["before"], line["after"])])
    tips = [(line["after"], text_width(text, SMALL, lang, True) + 10, line["amount"] < 0) for line, text in zip(lines, texts, strict=True)]
    return fit_limits(ends, tips, width)


def _draw_step(axes: Axes, at: int, line: dict, text: str, last: bool) -> None:
    amount = line["amount"]
    whole = line["kind"] == "end"
    colour = DARK if whole else variance_colour(0.0 if is_missing(amount) else amount, line["better"])
    if not is_missing(amount):
        axes.barh(at, amount, 0.56, left=line["before"], facecolor=colour, edgecolor=colour, zorder=3)
    if not last:
        axes.vlines(line["after"], at - 0.28, at + 1.28, color=RULE, linewidth=0.8, zorder=2)
    down = not is_missing(amount) and amount < 0
    if text:
        weight, ink = ("bold", INK) if whole else ("normal", colour)
        write_end(axes, line["after"], at, text, down, color=ink, fontweight=weight)


def _rule_totals(chart: Chart, rows: Rows, lines: list[dict]) -> None:
    for at, line in enumerate(lines):
        if line["kind"] != "step":
            rule_above(chart, rows, at + 1 if line["kind"] == "start" else at)
