"""What a planning verb did, and how two versions differ, as lines and as records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from planning.core.periods import month_text
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.plan.change import Changed
from planning.plan.compare import Compared
from planning.view.cell_lines import MOST_LINES, aligned, amount, cell_words, figures, signed
from planning.view.workbook_lines import changes_lines

SHARED = {
    "even": "shared evenly", "weights": "shared by weights", "sizes": "shared by the size of what the cells hold",
    "zero": "shared evenly, for all that it would go by is 0", "cells": "each cell by itself",
}  # fmt: skip
"""What a verb shared by, in words."""

RANGES = {"--where": "the range", "--into": "the range that it goes into"}


def change_lines(changed: Changed, sums: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """The cells that moved, their sums by account, what the ranges come to, by what was shared; `label` says an account's name."""
    lines = changes_lines(changed.changes, sums, label) if len(changed.changes) else ["  no cell moves"]
    for row in changed.ranges.itertuples():
        held = f", {row.held:,} of them held" if row.held else ""
        total = f": {amount(row.before)} → {amount(row.after)} {row.unit}" if pd.notna(row.before) else ""
        lines.append(f"  {RANGES[row.range]}: {row.cells:,} cells{held}{total}")
    return [*lines, f"  {SHARED[changed.basis]}", *(f"  {note}" for note in changed.notes)]


def compare_lines(compared: Compared, names: tuple[str, str], by: str, label: Callable[[str], str]) -> list[str]:
    """How two sides differ: how many cells, totals by a dimension, cells, the largest difference first; or that they don't."""
    one, other = names
    if compared.cells.empty:
        return [f"{one} and {other} are identical: {compared.same:,} cells"]
    alone = [f"{count:,} only in {name}" for count, name in zip(compared.only, names, strict=True) if count]
    both = len(compared.cells) - sum(compared.only)
    heads = ", ".join([*([f"{both:,} differ"] if both else []), *alone])
    head = f"{one} and {other}: {compared.same + len(compared.cells):,} cells, {heads}"
    sums, shown = compared.totals.head(MOST_LINES), compared.cells.head(MOST_LINES)
    totals = [(_total_words(row, by, label), *figures(*row[-3:])) for row in sums.itertuples(index=False, name=None)]
    cells = [(cell_words(row), *figures(row["one"], row["other"], row["difference"])) for row in shown.to_dict("records")]
    effects = [f"  effect on the result: {signed(effect)} {unit}" for unit, effect in compared.effects.items()]
    return [
        head, *aligned([(f"by {by}", one, other, "difference"), *totals]), *_more(compared.totals, "totals"), *effects,
        *aligned([("cell", one, other, "difference"), *cells]), *_more(compared.cells, "cells"),
    ]  # fmt: skip


def _more(table: pd.DataFrame, what: str) -> list[str]:
    return [f"  … and {len(table) - MOST_LINES:,} more {what}: --json has them all"] if len(table) > MOST_LINES else []


def _total_words(row: tuple, by: str, label: Callable[[str], str]) -> str:
    """A total by its value, what is added up, unit, and how many of its cells differ."""
    value, of, unit, cells = row[:4]
    said = f"{value} {label(value)}" if by == "account" else f"{_plain(value) or 'none'}, {of}"
    return f"{said}, {unit}, cells that differ: {cells:,}"


def compare_records(compared: Compared) -> dict[str, Any]:
    """The same for JSON: every cell that differs, with the codes in use; nothing for a side that has no such cell."""
    cells = [
        {name: _plain(value) for name, value in row.items() if name not in OPTIONAL_DIMENSIONS or value}
        for row in compared.cells.to_dict("records")
    ]
    totals = [{name: _plain(value) for name, value in row.items()} for row in compared.totals.to_dict("records")]
    same = {"identical": not cells, "same": compared.same, "only": list(compared.only)}
    return same | {"effect_on_result": compared.effects, "totals": totals, "cells": cells}


def range_records(changed: Changed) -> list[dict[str, Any]]:
    """The ranges of a verb for JSON."""
    return [{name: _plain(value) for name, value in row.items()} for row in changed.ranges.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return month_text(value)
    return None if isinstance(value, float) and pd.isna(value) else value
