"""Snapshots: what the sources said, immutable, named by the hash of their content.

A snapshot is a folder of Parquet tables with a manifest. It is written aside and moved into place; a reader sees all of it
or nothing. The name is the hash of the sorted canonical values, so the same content has the same name whatever the order
of the rows or the version of the file format.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.inputs.aside import aside, move_into_place, replace_text, sweep

TABLES = ("rows", "controls", "tie_out", "findings", "accounts", "cost_centres", "entities")


@dataclass(frozen=True)
class Snapshot:
    """One snapshot as readers get it. `rows`: sourced plan table of leaf rows with `source`; `controls`: the same for totals."""

    id: str
    company: str
    tables: dict[str, pd.DataFrame]

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES:
            return self.tables[name]
        raise AttributeError(name)

    @property
    def tree(self) -> AccountTree:
        """The chart of accounts as it stood in this snapshot."""
        return AccountTree(self.tables["accounts"])


def content_hash(tables: dict[str, pd.DataFrame]) -> str:
    """Sixteen hex digits of SHA-256 over the sorted canonical values of every table."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        columns = sorted(table.columns)
        texts = pd.DataFrame({column: _canonical(table[column]) for column in columns})
        ordered = texts.sort_values(columns, kind="stable") if columns else texts
        digest.update(f"{name}\x1e{chr(31).join(columns)}\x1e{len(table)}\x1e".encode())
        for row in ordered.itertuples(index=False):
            digest.update(("\x1f".join(row) + "\x1e").encode())
    return digest.hexdigest()[:16]


def _canonical(values: pd.Series) -> pd.Series:
    """Each value as text that says its content and nothing of its storage; a missing value is a mark of its own."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%dT%H:%M:%S")
    elif pd.api.types.is_bool_dtype(values):
        text = values.map({True: "true", False: "false"})
    elif pd.api.types.is_numeric_dtype(values):
        text = (values.astype("float64") + 0.0).map(repr)  # adding 0 makes −0 and 0 one
    else:
        text = values.astype(str)
    return text.where(values.notna(), "\x00")


def save_snapshot(company: str, tables: dict[str, pd.DataFrame], folder: Path, about: dict) -> tuple[str, bool]:
    """Tables as an immutable snapshot below `folder`; returns its id and whether it is new.

    The newest load is remembered in `latest`. RequestError where the folder can't be written.
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


def _write(company: str, name: str, tables: dict[str, pd.DataFrame], folder: Path, about: dict) -> None:
    written = aside(folder)
    written.mkdir()
    for table, content in tables.items():
        content.to_parquet(written / f"{table}.parquet", index=False)
    rows = {table: len(content) for table, content in tables.items()}
    manifest = {"snapshot": name, "company": company, "rows": rows, **about}
    (written / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    move_into_place(written, folder / name)


def latest(folder: Path) -> str | None:
    """The id of the newest load, or None before the first one."""
    path = folder / "latest"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def read_snapshot(company: str, folder: Path, snapshot: str = "") -> Snapshot:
    """A snapshot by id, or the newest when no id is given. RequestError when there is none."""
    name = snapshot or latest(folder)
    if name is None or not (folder / name / "manifest.json").is_file():
        wanted = Problem("no such snapshot", str(folder), snapshot or "none yet", next=f"run planning intake {company}")
        raise RequestError(company, [wanted])
    return Snapshot(name, company, {table: pd.read_parquet(folder / name / f"{table}.parquet") for table in TABLES})
