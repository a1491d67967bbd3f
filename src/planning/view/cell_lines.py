"""Cells and their figures as lines of text: named by their codes, figures to the right and aligned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from planning.core.periods import month_text
from planning.core.tables import OPTIONAL_DIMENSIONS

MOST_LINES = 60
"""Cells that are printed; --json has them all."""


def cell_words(row: dict[str, Any]) -> str:
    """A cell by its codes and period, without what it shares with nearly all: the base case, the booked layer, the month as its grain."""
    codes = [row[name] for name in ("entity", "cost_centre", "account", "layer", *OPTIONAL_DIMENSIONS) if row[name] not in ("", "booked")]
    case = [] if row.get("case", "base") == "base" else [row["case"]]
    grain = [] if row.get("grain", "month") == "month" else [row["grain"]]
    return " · ".join([*case, *codes, *grain, month_text(row["period"])])


def figures(one: float, other: float, difference: float) -> tuple[str, str, str]:
    """Two amounts and their signed difference; a dash for what isn't there."""
    return amount(one), amount(other), signed(difference)


def amount(said: float) -> str:
    """An amount with all its decimals and no more."""
    if pd.isna(said):
        return "–"
    text = f"{Decimal(repr(float(said) + 0.0)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(said: float) -> str:
    """The same with its sign."""
    return amount(said) if pd.isna(said) or said <= 0 else f"+{amount(said)}"


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """A name to the left, figures to the right, aligned."""
    first, *others = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    said = ["  ".join(f"{figure:>{width}}" for figure, width in zip(row[1:], others, strict=True)) for row in rows]
    return [f"  {row[0]:<{first}}  {figure}" for row, figure in zip(rows, said, strict=True)]
