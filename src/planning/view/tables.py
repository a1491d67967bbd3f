"""The tables of the reports: static HTML with everything inline, so that a notebook, a report and a page show the same.

A missing figure is a dash; variances carry a sign and a colour; totals are bold; every word is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.view.amounts import MISSING, Unit, is_missing, rounded, say_figure, say_number, say_period, say_rate
from planning.view.frame import BAD, GOOD, INK, QUIET, variance_colour
from planning.view.markup import FONT, NO_MATH, Html, escape, show_text
from planning.view.words import FOUND_ZH, WORDS, word

__all__ = ["Column", "Html", "show_checks", "show_findings", "show_table", "show_text"]

FINDING_SHOWN = ("control", "kind", "where", "size", "rows", "status", "said")
KINDS = ("text", "said", "amount", "variance", "rate", "variance_rate", "count", "period")


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the frame, its heading, and how it is written.

    `kind`: text, said (a figure with its own unit, as text), amount (in the unit), variance (in the unit, signed and coloured), rate (a
    fraction), variance_rate (signed and coloured), count (a plain number), period (a month). `better`: up, down or neutral; a column named
    `better` in the frame overrules it row by row. `digits` overrules the unit's decimals.
    """

    name: str
    heading: str
    kind: str = "amount"
    better: str = "up"
    digits: int | None = None
    group: str = ""

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: unknown kind {self.kind!r}; known: {', '.join(KINDS)}")


# ------------------------------------------------------------------------------------------------------------ the table


def show_table(
    table: pd.DataFrame, columns: Sequence[Column], *, unit: Unit, lang: str, caption: str = "", source: str = "",
    rounding_difference: bool = True, notes: Iterable[str] = (),
) -> Html:  # fmt: skip
    """A table as HTML, one line a row of the frame, in its order.

    Optional columns of the frame: `is_total` (bold, ruled), `level` (indents the first column), `better` (see Column).
    Columns with the same `group` stand under one common heading. `rounding_difference` says, where rounded rows miss their
    total, by how much; nothing is forced to add up.
    """
    caption = " · ".join(
        part for part in (caption, word("unit", lang, unit=unit.heading(lang)) if _has_money(columns, unit) else "") if part
    )
    body = [_row(row, columns, unit, lang) for row in table.to_dict("records")]
    if table.empty:
        body = [f'<tr><td colspan="{len(columns)}" style="{_cell("left")}color:{QUIET}">{escape(word("nothing", lang))}</td></tr>']
    notes = [*notes, *([word("missing", lang)] if _any_missing(table, columns) else [])]
    notes += _say_rounding(table, columns, unit, lang) if rounding_difference else []
    return _html(caption, _headings(columns), body, [*notes, *([word("source", lang, source=source)] if source else [])])


def _has_money(columns: Sequence[Column], unit: Unit) -> bool:
    return any(column.kind in ("amount", "variance") for column in columns)


def _html(caption: str, head: Sequence[str], body: Sequence[str], foot: Sequence[str]) -> Html:
    style = f"{FONT};font-size:13px;line-height:1.35;color:{INK};background:#fff;max-width:1000px;overflow-x:auto;margin:0.6em 0"
    table = "border-collapse:collapse;border:none;margin:0;table-layout:auto;font-variant-numeric:tabular-nums"
    title = f'<caption style="{_CAPTION}">{escape(caption)}</caption>' if caption else ""
    below = "".join(f'<div style="font-size:11.5px;color:{QUIET};margin-top:3px">{escape(line)}</div>' for line in foot)
    grid = f'<table style="{table}">{title}<thead>{"".join(head)}</thead><tbody>{"".join(body)}</tbody></table>'
    return Html(f'<div class="{NO_MATH}" style="{style}">{grid}{below}</div>')


_CAPTION = f"caption-side:top;text-align:left;font-weight:600;color:{INK};padding:0 0 6px 0;white-space:normal"
_SHORT = "white-space:nowrap;"
_LINE = "background:#fff;border:none"


def _cell(align: str, bold: bool = False, left: int = 10) -> str:
    weight = "font-weight:600;" if bold else ""
    wrap = "white-space:nowrap;" if align == "right" else "white-space:normal;max-width:420px;"
    return f"text-align:{align};{weight}{wrap}padding:3px 10px 3px {left}px;border:none;vertical-align:top;"


def _align(column: Column) -> str:
    return "left" if column.kind in ("text", "period") else "right"


def _headings(columns: Sequence[Column]) -> list[str]:
    rows = [_group_headings(columns)] if any(column.group for column in columns) else []
    cells = "".join(f'<th scope="col" style="{_head(_align(column))}">{escape(column.heading)}</th>' for column in columns)
    return [*rows, f'<tr style="{_LINE};border-bottom:1.5px solid {INK}">{cells}</tr>']


def _head(align: str) -> str:
    wrap = "white-space:normal;word-break:keep-all;"
    return f"text-align:{align};font-weight:600;color:{INK};padding:3px 10px;border:none;vertical-align:bottom;{wrap}"


def _group_headings(columns: Sequence[Column]) -> str:
    cells, at = [], 0
    while at < len(columns):
        span = 1
        while columns[at].group and at + span < len(columns) and columns[at + span].group == columns[at].group:
            span += 1
        rule = f"border-bottom:1px solid {QUIET};" if columns[at].group else ""
        cells.append(f'<th scope="colgroup" colspan="{span}" style="{_head("center")}{rule}">{escape(columns[at].group)}</th>')
        at += span
    return f'<tr style="{_LINE}">{"".join(cells)}</tr>'


def _row(row: dict, columns: Sequence[Column], unit: Unit, lang: str) -> str:
    total = _flag(row.get("is_total"))
    rule = f"border-top:1px solid {INK};" if total else "border-top:1px solid #ececec;"
    level = 0 if is_missing(row.get("level")) else int(row["level"])
    cells = [_write(row, column, unit, lang, total, level if not at else 0) for at, column in enumerate(columns)]
    return f'<tr style="{_LINE};{rule}">{"".join(cells)}</tr>'


def _flag(value) -> bool:
    return not pd.isna(value) and bool(value) if value is not None else False


def _write(row: dict, column: Column, unit: Unit, lang: str, total: bool, level: int) -> str:
    value = row.get(column.name)
    style = _cell(_align(column), total, 10 + 16 * level)
    if column.kind in ("variance", "variance_rate"):
        style += f"color:{_colour(value, row, column, unit)};"
    return f'<td style="{style}">{escape(_say(value, column, unit, lang))}</td>'


def _say(value, column: Column, unit: Unit, lang: str) -> str:
    if column.kind in ("text", "said"):
        return MISSING if value is None or pd.isna(value) or value == "" else str(value)
    return SAY[column.kind](value, column, unit, lang)


SAY: Mapping[str, Callable] = {
    "amount": lambda value, column, unit, lang: say_figure(value, unit, lang, digits=column.digits),
    "variance": lambda value, column, unit, lang: say_figure(value, unit, lang, sign=True, digits=column.digits),
    "rate": lambda value, column, unit, lang: say_rate(value, lang, 1 if column.digits is None else column.digits),
    "variance_rate": lambda value, column, unit, lang: say_rate(value, lang, 1 if column.digits is None else column.digits, sign=True),
    "count": lambda value, column, unit, lang: say_number(value, lang, column.digits or 0),
    "period": lambda value, column, unit, lang: MISSING if value is None or pd.isna(value) else say_period(value, lang),
}


def _colour(value, row: dict, column: Column, unit: Unit) -> str:
    """A variance that is shown as 0 has no colour."""
    if is_missing(value):
        return QUIET
    size, digits = (unit.size, unit.digits) if column.kind == "variance" else (0.01, 1)
    shown = rounded(value / size, digits if column.digits is None else column.digits)
    own = row.get("better")
    return variance_colour(float(shown), own if isinstance(own, str) and own else column.better)


def _any_missing(table: pd.DataFrame, columns: Sequence[Column]) -> bool:
    return any(column.name not in table or table[column.name].isna().any() for column in columns) if len(table) else False


# --------------------------------------------------------------------------------------------------- rounding differences


def _say_rounding(table: pd.DataFrame, columns: Sequence[Column], unit: Unit, lang: str) -> list[str]:
    """The largest difference between a rounded total and its rounded rows, where there is one."""
    if "is_total" not in table:
        return []
    gaps = [gap for column in columns if column.kind == "amount" and column.name in table for gap in _rounding_gaps(table, column, unit)]
    most = max(map(abs, gaps), default=0)
    return [word("rounding", lang, most=say_number(most, lang, unit.digits))] if most else []


def _rounding_gaps(table: pd.DataFrame, column: Column, unit: Unit) -> list:
    """For each total that is the exact sum of rows: rounded total minus the rounded rows, in the unit."""
    digits = unit.digits if column.digits is None else column.digits
    totals = table["is_total"].map(_flag).to_numpy()
    exact = pd.to_numeric(table[column.name]).to_numpy(dtype="float64")
    shown = [None if is_missing(amount) else rounded(amount / unit.size, digits) for amount in exact]
    gaps = []
    for at in np.flatnonzero(totals):
        parts = next((rows for rows in _candidates(totals, int(at)) if _adds_up(exact, rows, int(at))), None)
        if parts is not None:
            gaps.append(shown[at] - sum(shown[row] for row in parts))
    return gaps


def _candidates(totals: np.ndarray, at: int) -> list[list[int]]:
    """The rows a total may be the sum of: those just above it, those just below it, all rows that are no totals."""
    above, below = [], []
    for rows, places in ((above, range(at - 1, -1, -1)), (below, range(at + 1, len(totals)))):
        for place in places:
            if totals[place]:
                break
            rows.append(place)
    return [rows for rows in (above, below, [*np.flatnonzero(~totals)]) if rows]


def _adds_up(exact: np.ndarray, rows: list[int], at: int) -> bool:
    return bool(np.isfinite(exact[[*rows, at]]).all() and abs(exact[rows].sum() - exact[at]) <= 0.005 * (len(rows) + 1))


# ----------------------------------------------------------------------------------------------------- checks and findings


def show_checks(checks: pd.DataFrame, lang: str, labels: Mapping[str, str] | None = None) -> Html:
    """The checks of a result, failed ones first. `checks`: name, passed, said; `labels` renames them in the reader's language."""
    ordered = checks.sort_values("passed", kind="stable") if len(checks) else checks
    head = _headings([Column(name, word(name, lang), "text") for name in ("result", "check", "details")])
    body = [_check_row(row, lang, labels or {}) for row in ordered.to_dict("records")]
    return _html("", head, body or [_nothing(3, lang)], [])


def _check_row(row: dict, lang: str, labels: Mapping[str, str]) -> str:
    passed = bool(row["passed"])
    colour, mark, said = (GOOD, "✓", "passed") if passed else (BAD, "✗", "failed")
    result = f'<td style="{_cell("left")}color:{colour};white-space:nowrap">{mark} {escape(word(said, lang))}</td>'
    texts = [labels.get(row["name"], row["name"]), row["said"]]
    cells = "".join(f'<td style="{_cell("left", bold=not passed and not at)}">{escape(t)}</td>' for at, t in enumerate(texts))
    return f'<tr style="{_LINE};border-top:1px solid #ececec">{result}{cells}</tr>'


def _nothing(columns: int, lang: str) -> str:
    return f'<tr><td colspan="{columns}" style="{_cell("left")}color:{QUIET}">{escape(word("nothing", lang))}</td></tr>'


FINDING_RANK = {"open": 0, "accepted": 1, "within": 2}


def show_findings(
    findings: pd.DataFrame, lang: str, *, most: int = 20, unit: Unit | None = None, labels: Mapping[str, str] | None = None
) -> Html:
    """The findings, those that wait for a decision first and the largest first; at most `most`, the rest counted.

    `findings`: core.checks.FINDING_COLUMNS; reason and owner stand below what was found. Sizes of totals are written in the
    unit where one is given; other kinds count rows. `labels` renames controls and reasons in the reader's language.
    """
    rank = findings["status"].map(FINDING_RANK).fillna(0)
    size = pd.to_numeric(findings["size"]).abs()
    ordered = findings.assign(_rank=rank, _size=size).sort_values(["_rank", "_size"], ascending=[True, False], kind="stable")
    columns = [Column(name, word(name, lang), "count" if name in ("size", "rows") else "text") for name in FINDING_SHOWN]
    body = [_finding_row(row, columns, lang, unit, labels or {}) for row in ordered.head(most).to_dict("records")]
    left = len(findings) - len(body)
    notes = [word("more_rows", lang, count=left)] if left > 0 else []
    notes += [word("finding_unit", lang, unit=unit.heading(lang))] if unit and (findings["kind"] == "total").any() else []
    return _html("", _headings(columns), body or [_nothing(len(columns), lang)], notes)


def _finding_row(row: dict, columns: Sequence[Column], lang: str, unit: Unit | None, labels: Mapping[str, str]) -> str:
    cells = "".join(
        f'<td style="{_cell(_align(column))}{_SHORT if column.name in ("kind", "status") else ""}">'
        f"{_say_finding(row, column.name, lang, unit, labels)}</td>"
        for column in columns
    )
    return f'<tr style="{_LINE};border-top:1px solid #ececec">{cells}</tr>'


def _say_finding(row: dict, name: str, lang: str, unit: Unit | None, labels: Mapping[str, str]) -> str:
    value = row[name]
    if name == "said":
        return _say_what_was_found(row, lang, unit, labels)
    if name in ("kind", "status"):
        return escape(word(f"{name}_{value}", lang) if f"{name}_{value}" in WORDS else str(value))
    if name == "size":
        return escape(_finding_size(value, row["kind"], lang, unit))
    if name == "rows":
        return escape(say_number(value, lang))
    return escape(MISSING if pd.isna(value) or value == "" else labels.get(value, str(value)))


def _finding_size(size, kind: str, lang: str, unit: Unit | None) -> str:
    if kind in ("total", "orphan", "duplicate", "unbalanced"):
        return say_figure(size, unit, lang) if unit else say_number(size, lang, 2)
    return MISSING if not size else say_number(size, lang, 2)


def _say_what_was_found(row: dict, lang: str, unit: Unit | None, labels: Mapping[str, str]) -> str:
    """The finding as a sentence (in Chinese made from its figures), its reason and owner below it."""
    said = str(row["said"])
    if lang == "zh" and row["kind"] in FOUND_ZH:
        sizes = {name: _finding_size(row[name], row["kind"], lang, unit) for name in ("size", "tolerance")}
        said = FOUND_ZH[row["kind"]].format(rows=say_number(row["rows"], lang), **sizes)
    reason, owner = ("" if pd.isna(row[name]) else str(row[name]) for name in ("reason", "owner"))
    below = " · ".join(part for part in (labels.get(reason, reason), labels.get(owner, owner)) if part)
    return escape(said) + (f'<br><span style="color:{QUIET}">{escape(below)}</span>' if below else "")
