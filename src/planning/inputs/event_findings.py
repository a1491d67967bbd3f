"""What is odd about event tables: keys that stand there twice, values that are missing, periods left out, rows that refer to nothing.

Asked of the tables on the disk, however large they are; nothing is lost for it, every row counts until somebody decides.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pandas as pd

from planning.core.events import COMPLETE, EVENTS, KEYS, REFERENCES, SERIES
from planning.inputs.findings import finding
from planning.inputs.queries import connected
from planning.inputs.stored_tables import StoredTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RULES = "1"
"""Raised when other questions are asked: findings remembered from before are then asked for again."""
SINGLY = 1000
"""Keys that are told one by one; more of a table are told in one finding, with their number."""
NAMED = 5


def asked_of(tables: dict[str, StoredTable]) -> str:
    """The mark of all that the findings follow from: what the tables hold, and what is asked of them."""
    rules = [RULES, SINGLY, {name: [KEYS.get(name), REFERENCES.get(name), list(EVENTS[name])] for name in sorted(tables)}, COMPLETE, SERIES]
    contents = {name: [table.rows, table.content] for name, table in sorted(tables.items())}
    return hashlib.sha256(json.dumps([rules, contents]).encode()).hexdigest()


def event_findings(tables: dict[str, StoredTable]) -> list[dict]:
    """The findings of every event table of a company."""
    if not tables:
        return []
    with connected({name: table.files for name, table in tables.items()}) as asked:
        parts = [(_duplicates(name, asked), _missing(name, asked), _gaps(name, asked), _orphans(name, tables, asked)) for name in tables]
    return [found for part in parts for kind in part for found in kind]


def _duplicates(name: str, asked: DuckDBPyConnection) -> list[dict]:
    if name not in KEYS:
        return []
    key = ", ".join(f'"{column}"' for column in KEYS[name])
    again = f'SELECT {key}, count(*) AS " rows" FROM "{name}" GROUP BY {key} HAVING count(*) > 1'
    asked.execute(f'CREATE OR REPLACE TEMP TABLE " again" AS {again}')
    keys, lines = asked.execute('SELECT count(*), coalesce(sum(" rows"), 0)::BIGINT FROM " again"').fetchone()
    first = asked.execute(f'FROM " again" ORDER BY {key} LIMIT {SINGLY}').fetchall()
    said = "{} rows have this key; all of them count"
    found = [finding(name, "duplicate", _said_key(values), said.format(rows), rows=rows) for *values, rows in first]
    if keys > len(first):
        rest = lines - sum(rows for *_, rows in first)
        said = f"{keys - len(first):,} more keys have {rest:,} rows; all of them count"
        found.append(finding(name, "duplicate", "further keys", said, rows=rest))
    return found


def _said_key(values: list) -> str:
    return " · ".join(f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value or "") for value in values)


def _missing(name: str, asked: DuckDBPyConnection) -> list[dict]:
    """Optional columns that are filled in some rows only; one that no row fills isn't there at all."""
    optional = [column for column, rule in EVENTS[name].items() if not rule.filled] if name in COMPLETE else []
    if not optional:
        return []
    counts = ", ".join(f'count("{column}")' for column in optional)
    rows, *filled = asked.execute(f'SELECT count(*), {counts} FROM "{name}"').fetchone()
    said = "{:,} of {:,} rows have no {}"
    empty = [(column, rows - count) for column, count in zip(optional, filled, strict=True) if 0 < count < rows]
    return [finding(name, "missing", column, said.format(none, rows, column), rows=none) for column, none in empty]


def _gaps(name: str, asked: DuckDBPyConnection) -> list[dict]:
    if name not in SERIES:
        return []
    periods = asked.execute(f'SELECT DISTINCT period::DATE FROM "{name}" ORDER BY 1').fetchall()
    days = pd.Series([day for (day,) in periods], dtype="datetime64[ns]")
    steps = days.diff().dt.days
    usual = steps.mode()
    wide = steps[steps > usual.iloc[0] * 1.5] if len(usual) and usual.iloc[0] < 28 else steps.iloc[:0]
    said = "no period in the {:.0f} days before; usually {:.0f}"
    return [finding(name, "gap", f"{days[at]:%Y-%m-%d}", said.format(step, usual.iloc[0])) for at, step in wide.items()]


def _orphans(name: str, tables: dict[str, StoredTable], asked: DuckDBPyConnection) -> list[dict]:
    """Periods of campaigns or conditions for which there are no sales, and codes that the table they name doesn't have."""
    found = [_unknown(name, *reference, asked) for reference in REFERENCES.get(name, ()) if reference[1] in tables]
    if name in ("campaigns", "conditions") and "sales" in tables:
        found.append(_without_sales(name, asked))
    return [one for one in found if one is not None]


def _without_sales(name: str, asked: DuckDBPyConnection) -> dict | None:
    alone = f'SELECT DISTINCT period FROM "{name}" WHERE period NOT IN (SELECT period FROM sales)'
    count, first, last = asked.execute(f"SELECT count(*), min(period)::DATE, max(period)::DATE FROM ({alone})").fetchone()
    said = f"{count:,} periods have no sales"
    return finding(name, "orphan", f"{first:%Y-%m-%d} to {last:%Y-%m-%d}", said, rows=count) if count else None


def _unknown(name: str, columns: tuple[str, ...], other: str, theirs: tuple[str, ...], asked: DuckDBPyConnection) -> dict | None:
    """Rows that name, in all of these columns, what the other table doesn't have."""
    named = " || ' · ' || ".join(f'this."{column}"' for column in columns)
    same = " AND ".join(f'this."{ours}" = other."{their}"' for ours, their in zip(columns, theirs, strict=True))
    there = " AND ".join(f'this."{column}" IS NOT NULL' for column in columns)
    alone = f'SELECT {named} AS code, count(*) AS lines FROM "{name}" this ANTI JOIN "{other}" other ON {same} WHERE {there} GROUP BY code'
    codes, lines = asked.execute(f"SELECT count(*), coalesce(sum(lines), 0)::BIGINT FROM ({alone})").fetchone()
    if not codes:
        return None
    first = [code for (code,) in asked.execute(f"SELECT code FROM ({alone}) ORDER BY code LIMIT {NAMED}").fetchall()]
    more = ", …" if codes > NAMED else ""
    said = f"{lines:,} rows name {codes:,} that {other} does not have: {', '.join(first)}{more}"
    return finding(name, "orphan", f"{' · '.join(columns)} in {other}", said, rows=lines)
