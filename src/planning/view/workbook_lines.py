"""What a returned workbook changes, as lines: cell by cell, then what it comes to by account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from planning.core.periods import month_text
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.view.cell_lines import MOST_LINES, aligned, cell_words, figures, signed


def changes_lines(changes: pd.DataFrame, sums: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """The changed cells with before, after and signed difference, then the sums by account; `label` says an account's name."""
    if changes.empty:
        return ["nothing differs from what was sent out"]
    shown = changes.head(MOST_LINES)
    cells = [(cell_words(row), *_figures(row)) for row in shown.to_dict("records")]
    more = [f"  … and {len(changes) - len(shown):,} more cells: --json has them all"] if len(changes) > len(shown) else []
    lines = aligned([("cell", "before", "after", "difference"), *cells])
    named = [f"{row.account} {label(row.account)}, {row.unit}, cells: {row.cells}" for row in sums.itertuples()]
    totals = [(name, *_figures(row)) for name, row in zip(named, sums.to_dict("records"), strict=True)]
    effects = sums[sums["profit_effect"] != 0].groupby("unit")["profit_effect"].sum()
    said = [f"  effect on the result: {signed(round(effect, 6))} {unit}" for unit, effect in effects.items()]
    return [*lines, *more, *aligned([("sum of the changed cells", "before", "after", "difference"), *totals]), *said]


def changes_records(changes: pd.DataFrame) -> list[dict[str, Any]]:
    """The changed cells for JSON: codes in use, month, before (nothing where there was no cell), after, difference, where it was typed."""
    found = []
    for row in changes.to_dict("records"):
        codes = {name: said for name, said in row.items() if name not in OPTIONAL_DIMENSIONS or said}
        found.append(codes | {"period": month_text(row["period"]), "before": None if pd.isna(row["before"]) else row["before"]})
    return found


def _figures(row: dict[str, Any]) -> tuple[str, str, str]:
    return figures(row["before"], row["after"], row["difference"])
