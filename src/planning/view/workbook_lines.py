"""What a returned workbook changes, as lines: cell by cell, then what it comes to by account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from planning.core.periods import month_text
from planning.core.tables import OPTIONAL_DIMENSIONS

MOST_LINES = 60
"""Changed cells that are printed; --json has them all."""


def changes_lines(changes: pd.DataFrame, sums: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """The changed cells with before, after and signed difference, then the sums by account; `label` says an account's name."""
    if changes.empty:
        return ["nothing differs from what was sent out"]
    shown = changes.head(MOST_LINES)
    cells = [(_cell_name(row), *_figures(row)) for row in shown.to_dict("records")]
    more = [f"  … and {len(changes) - len(shown):,} more cells: --json has them all"] if len(changes) > len(shown) else []
    lines = _columns([("cell", "before", "after", "difference"), *cells])
    named = [f"{row.account} {label(row.account)}, {row.unit}, cells: {row.cells}" for row in sums.itertuples()]
    totals = [(name, *_figures(row)) for name, row in zip(named, sums.to_dict("records"), strict=True)]
    effects = sums[sums["profit_effect"] != 0].groupby("unit")["profit_effect"].sum()
    said = [f"  effect on the result: {_signed(round(effect, 6))} {unit}" for unit, effect in effects.items()]
    return [*lines, *more, *_columns([("sum of the changed cells", "before", "after", "difference"), *totals]), *said]


def changes_records(changes: pd.DataFrame) -> list[dict[str, Any]]:
    """The changed cells for JSON: codes in use, month, before (nothing where there was no cell), after, difference, where it was typed."""
    found = []
    for row in changes.to_dict("records"):
        codes = {name: said for name, said in row.items() if name not in OPTIONAL_DIMENSIONS or said}
        found.append(codes | {"period": month_text(row["period"]), "before": None if pd.isna(row["before"]) else row["before"]})
    return found


def _cell_name(row: dict[str, Any]) -> str:
    codes = [row[name] for name in ("entity", "cost_centre", "account", "layer", *OPTIONAL_DIMENSIONS) if row[name] not in ("", "booked")]
    case = [] if row["case"] == "base" else [row["case"]]
    return " · ".join([*case, *codes, month_text(row["period"])])


def _figures(row: dict[str, Any]) -> tuple[str, str, str]:
    return _amount(row["before"]), _amount(row["after"]), _signed(row["difference"])


def _amount(amount: float) -> str:
    return "–" if pd.isna(amount) else f"{amount:,.6f}".rstrip("0").rstrip(".") if amount % 1 else f"{amount:,.0f}"


def _signed(amount: float) -> str:
    return _amount(amount) if amount <= 0 else f"+{_amount(amount)}"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """A name to the left, figures to the right, aligned."""
    first, *others = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    figures = ["  ".join(f"{said:>{width}}" for said, width in zip(row[1:], others, strict=True)) for row in rows]
    return [f"  {row[0]:<{first}}  {said}" for row, said in zip(rows, figures, strict=True)]
