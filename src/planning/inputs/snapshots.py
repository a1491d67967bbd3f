"""Snapshots: what the sources said, immutable, named by the hash of their content.

A snapshot is a folder of Parquet tables with a manifest. It is written aside and moved into place; a reader sees all of it
or nothing. The name is the hash of the sorted canonical values, so the same content has the same name whatever the order
of the rows and columns, the types they are stored in (1 and 1.0, None and NaN) or the version of the file format.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.events import EVENTS
from planning.inputs.aside import aside, move_into_place, replace_text, sweep
from planning.inputs.queries import connected
from planning.inputs.stored_tables import Before, Part, StoredTable, damaged, described_table, refuse_damaged

RANKED = 75_000
"""Rows up to which an event table's content is hashed as ranks, as that of all other tables is: it takes the whole table and longer."""
TABLES = ("rows", "controls", "tie_out", "findings", "accounts", "cost_centres", "entities")
SOME = ("ownership", "reconciliations", "translated")
"""Tables that a snapshot has where company.yaml asks for them."""


class Tables(Mapping[str, pd.DataFrame]):
    """The tables of a snapshot by name, each read from the disk when it is first asked for, and then kept."""

    def __init__(self, company: str, folder: Path, stored: dict[str, StoredTable], kept: dict[str, pd.DataFrame] | None = None):
        self._company, self.folder, self.stored, self._kept = company, folder, stored, kept or {}
        self._whole = (*TABLES, *(name for name in SOME if (folder / f"{name}.parquet").is_file()))

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._kept:
            if name not in (*self._whole, *self.stored):
                raise KeyError(name)
            try:
                self._kept[name] = self._read(name)
            except (OSError, ArrowException) as broken:
                raise damaged(self._company, self.folder, broken) from None
        return self._kept[name]

    def _read(self, name: str) -> pd.DataFrame:
        return self.stored[name].frame() if name in self.stored else pd.read_parquet(self.folder / f"{name}.parquet")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._whole, *self.stored, *self._kept]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __or__(self, further: Mapping[str, pd.DataFrame]) -> Tables:
        return Tables(self._company, self.folder, self.stored, {**self._kept, **further})

    @property
    def files(self) -> dict[str, list[Path]]:
        """The Parquet files of each table."""
        whole = {name: [self.folder / f"{name}.parquet"] for name in self._whole}
        return whole | {name: table.files for name, table in self.stored.items()}


@dataclass(frozen=True)
class Snapshot:
    """One snapshot as readers get it. `rows`: sourced plan table of leaf rows with `source`; `controls`: the same for totals."""

    id: str
    company: str
    tables: Tables

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES or (name in SOME and name in self.tables):
            return self.tables[name]
        raise AttributeError(name)

    @property
    def manifest(self) -> dict[str, Any]:
        """What intake wrote down of this load beside its tables: lines read by source, what became of their amounts, rows by table."""
        return json.loads((self.tables.folder / "manifest.json").read_text(encoding="utf-8"))

    def event(self, name: str) -> pd.DataFrame:
        """An event table, such as orders, whole; `query` is for those that don't fit into the memory. RequestError where there is none."""
        if name not in self.tables or name not in EVENTS:
            wanted = f"a table {name}"
            advice = f"describe it in company.yaml, tables, and run planning intake {self.company}"
            raise RequestError(self.company, [Problem(f"no {name}", f"snapshot {self.id}", expected=wanted, next=advice)])
        return self.tables[name]

    def query(self, sql: str) -> pd.DataFrame:
        """The answer to a question in SQL (DuckDB's) over the snapshot's tables by their names; nothing else is loaded.

        For example `SELECT channel, sum(net) FROM order_lines GROUP BY channel`. RequestError where it can't be answered.
        """
        import duckdb

        with connected(self.tables.files) as asked:
            try:
                return asked.execute(sql).df()
            except duckdb.Error as broken:
                wrong = Problem("can't be answered", f"snapshot {self.id}", " ".join(str(broken).split())[:200])
                raise RequestError(self.company, [wrong]) from None

    @property
    def tree(self) -> AccountTree:
        """The chart of accounts as it stood in this snapshot."""
        return AccountTree(self.tables["accounts"])


def content_hash(tables: Mapping[str, pd.DataFrame | StoredTable]) -> str:
    """Sixteen hex digits of SHA-256 over the sorted canonical values of every table.

    Hashed are, table by table: its name, columns and number of rows; each column's distinct values as sorted texts; and the
    rows, each value as its rank among those (−1 where missing), sorted. Every text goes in with its length, so that no
    value can pass for two. A stored table of more rows than RANKED is never whole in memory: of it the sum of its rows' digests is
    hashed, which its parts know.
    """
    digest = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        if isinstance(table, StoredTable):
            if table.rows > RANKED:
                _feed(digest, [name, str(table.rows), *sorted(table.columns), table.content])
                continue
            table = table.frame()
        columns = sorted(table.columns)
        _feed(digest, [name, str(len(table)), *columns])
        ranks = []
        for column in columns:
            texts, rank = _ranked(table[column])
            _feed(digest, texts)
            ranks.append(rank)
        if ranks:
            digest.update(np.column_stack(ranks)[np.lexsort(ranks[::-1])].astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def _feed(digest, texts: list[str]) -> None:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    digest.update(b"%d;" % len(encoded) + b"".join(b"%d:%b" % (len(text), text) for text in encoded))


def _ranked(values: pd.Series) -> tuple[list[str], np.ndarray]:
    """A column's distinct values as sorted canonical texts, and each row's rank among them; −1 where the value is missing."""
    there = values.notna().to_numpy()
    codes, distinct = _distinct(values[there])
    said = [_canonical(value) for value in distinct]
    texts = sorted(set(said))
    place = {text: rank for rank, text in enumerate(texts)}
    ranks = np.full(len(values), -1)
    ranks[there] = np.array([place[text] for text in said], dtype=int)[codes]
    return texts, ranks


def _distinct(values: pd.Series) -> tuple[np.ndarray, Sequence[Any]]:
    """The place of each value among the distinct ones, and these. To pandas "" and "\0" are the same text, to Python 1 and True."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return pd.factorize(values)
    found = values.tolist()
    if pd.api.types.infer_dtype(found) != "string":
        return np.arange(len(found)), found
    place = {text: number for number, text in enumerate(dict.fromkeys(found))}
    return np.array([place[text] for text in found], dtype=int), list(place)


def _canonical(value: Any) -> str:
    """A value as text that says its content and nothing of its storage; text, numbers, dates and truth are told apart."""
    if isinstance(value, str):
        return f"t{value}"
    if isinstance(value, (bool, np.bool_)):
        return f"b{bool(value)}"
    if isinstance(value, (int, np.integer)):
        return f"n{int(value)}"
    if isinstance(value, (float, np.floating)):
        return f"n{int(value)}" if float(value).is_integer() else f"n{float(value)!r}"  # −0 is 0, 1.0 is 1
    if isinstance(value, (datetime, np.datetime64)):
        return f"d{pd.Timestamp(value).as_unit('ns').isoformat()}"
    return f"t{value}"


def save_snapshot(company: str, tables: Mapping[str, pd.DataFrame | StoredTable], folder: Path, about: dict) -> tuple[str, bool]:
    """Tables as an immutable snapshot below `folder`; returns its id and whether it is new.

    Stored tables are moved into it from where they were written. The newest load is remembered in `latest`. RequestError where
    the folder can't be written.
    """
    name = content_hash(tables)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        new = not (folder / name / "manifest.json").is_file()
        if new:
            _write(company, name, tables, folder, about)
        if latest(folder) != name:
            replace_text(folder / "latest", name)
    except OSError as broken:
        wrong = Problem("can't be written", str(folder), broken.strerror or str(broken), "a folder that this user may write")
        raise RequestError("snapshot", [wrong]) from None
    return name, new


def _write(company: str, name: str, tables: Mapping[str, pd.DataFrame | StoredTable], folder: Path, about: dict) -> None:
    written = aside(folder)
    written.mkdir()
    events, rows = {}, {}
    for table, content in tables.items():
        if isinstance(content, StoredTable):
            os.rename(content.folder, written / table)
            events[table], rows[table] = content.described(), content.rows
        else:
            content.to_parquet(written / f"{table}.parquet", index=False)
            rows[table] = len(content)
    manifest = {"snapshot": name, "company": company, "rows": rows, "events": events, **about}
    (written / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    move_into_place(written, folder / name)


def latest(folder: Path) -> str | None:
    """The id of the newest load, or None before the first one."""
    path = folder / "latest"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def read_snapshot(company: str, folder: Path, snapshot: str = "") -> Snapshot:
    """A snapshot by id, or the newest when no id is given. RequestError when there is none."""
    name = snapshot or latest(folder)
    if not name or Path(name).name != name or not (folder / name / "manifest.json").is_file():
        wanted = Problem("no such snapshot", str(folder), name or "none yet", next=f"run planning intake {company}")
        raise RequestError(company, [wanted])
    stored = stored_tables(folder / name)
    tables = Tables(company, folder / name, stored)
    refuse_damaged([file for files in tables.files.values() for file in files], company, folder / name)
    return Snapshot(name, company, tables)


def stored_tables(snapshot: Path) -> dict[str, StoredTable]:
    """The event tables of a snapshot by name; one written before tables had parts has a file for each."""
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    if "events" in manifest:
        return {name: described_table(name, snapshot / name, said) for name, said in manifest["events"].items()}
    return {name: _single(name, snapshot) for name in EVENTS if (snapshot / f"{name}.parquet").is_file()}


def _single(name: str, snapshot: Path) -> StoredTable:
    file = snapshot / f"{name}.parquet"
    there = pq.ParquetFile(file)
    part = Part(file.name, "", there.metadata.num_rows, there.metadata.num_rows, file.stat().st_size, "0")
    return StoredTable(name, snapshot, tuple(there.schema_arrow.names), (part,))


def newest(folder: Path) -> Before:
    """What the next intake may take over from the newest load; nothing before the first, or where it is damaged."""
    name = latest(folder)
    try:
        if not name:
            return Before()
        said = json.loads((folder / name / "manifest.json").read_text(encoding="utf-8")).get("event_findings", {})
        return Before(stored_tables(folder / name), said.get("asked", ""), said.get("found", []))
    except (OSError, ValueError, KeyError, TypeError, ArrowException):
        return Before()
