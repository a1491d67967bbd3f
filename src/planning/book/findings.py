"""Findings: what is wrong with the content of a snapshot, as intake found it and people decided on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from planning.book import schema
from planning.book.doors import check_json, refusal
from planning.core.checks import FINDING_COLUMNS


def finding_rows(findings: pd.DataFrame) -> list[dict]:
    """Findings as rows of plain values; RequestError where a column is missing or a value can't be kept."""
    if set(findings.columns) != set(FINDING_COLUMNS):
        raise refusal("wrong columns", "findings", ", ".join(map(str, findings.columns)), ", ".join(FINDING_COLUMNS))
    rows = [_plain_row(row) for row in findings[list(FINDING_COLUMNS)].astype(object).to_dict("records")]
    check_json(rows, "findings")
    return rows


def _plain_row(row: dict) -> dict:
    """Numbers as Python's own, a missing number as None, a missing text as ''."""
    plain = {name: _plain(value) for name, value in row.items()}
    texts = (name for name in plain if name not in ("size", "tolerance", "rows"))
    numbers = {name: None if plain[name] is None else float(plain[name]) for name in ("size", "tolerance")}
    return plain | numbers | {name: "" if plain[name] is None else str(plain[name]) for name in texts}


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    missing = value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
    return None if missing else value


def read_findings(connection: Connection, company: str, snapshot: str) -> pd.DataFrame:
    """A snapshot's findings in the order they were stored."""
    table = schema.finding
    rows = select(*(table.c[name] for name in FINDING_COLUMNS)).where(table.c.company == company, table.c.snapshot == snapshot)
    return pd.DataFrame(connection.execute(rows.order_by(table.c.number)).all(), columns=list(FINDING_COLUMNS))


def replace_findings(connection: Connection, company: str, snapshot: str, rows: list[dict]) -> bool:
    """Keep these rows instead of the earlier; False where they are the same."""
    table = schema.finding
    if finding_rows(read_findings(connection, company, snapshot)) == rows:
        return False
    connection.execute(delete(table).where(table.c.company == company, table.c.snapshot == snapshot))
    numbered = [{"company": company, "snapshot": snapshot, "number": number} | row for number, row in enumerate(rows)]
    if numbered:
        connection.execute(insert(table), numbered)
    return True
