"""Entries of a ledger in files that carry the result to equity: told by their vouchers, left out by a column that marks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from planning.inputs.new.families import Family
from planning.inputs.new.gathered import rows_of

MOST_TEXTS = 500
"""A column that marks closing entries by more texts than these is no mark."""
FEW = 3
"""So few texts mark the entries of next month too."""


def closing_marks(folder: Path, family: Family, account: str) -> tuple[str, tuple[str, ...]]:
    """The column whose texts stand on closing entries and on no others, and those texts, the fewest; nothing where no column does.

    A closing entry is a voucher of a month (and company) with a line on `account`.
    """
    parts = family.parts
    columns = [column.name for column in family.columns.values() if column.kind == "text" or column.role == "voucher"]
    columns = [name for name in columns if name != parts["account"]]
    vouchers = {key for piece in _lines(folder, family, columns) for key in piece.loc[piece[parts["account"]] == account, "entry"]}
    inside: dict[str, set[str]] = {name: set() for name in columns}
    outside: dict[str, set[str]] = {name: set() for name in columns}
    for piece in _lines(folder, family, columns):
        closing = piece["entry"].isin(vouchers)
        for name in [name for name in columns if len(inside[name]) <= MOST_TEXTS]:
            inside[name] |= set(piece.loc[closing, name])
            outside[name] |= set(piece.loc[~closing, name])
    marks = [name for name in columns if "" not in inside[name] and len(inside[name]) <= MOST_TEXTS and not inside[name] & outside[name]]
    best = min(marks, key=lambda name: len(inside[name]), default="")
    return (best, tuple(sorted(inside[best]))) if best else ("", ())


def _lines(folder: Path, family: Family, columns: list[str]) -> Iterator[pd.DataFrame]:
    """The rows of a ledger's tables with their entry: month, company and voucher."""
    key = [family.parts[role] for role in ("entity", "voucher") if role in family.parts]
    for piece, months in rows_of(folder, family, [*columns, family.parts["account"], *key]):
        entry = piece[key].agg("\n".join, axis=1) if len(piece) else pd.Series(dtype=str)
        yield piece.assign(entry=pd.Series(months, index=piece.index, dtype=str) + "\n" + entry)
