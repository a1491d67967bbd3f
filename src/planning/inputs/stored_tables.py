"""Event tables on the disk: a folder of Parquet parts, one for each file outside, read whole only when somebody asks.

A part knows the mark of what it was made from (the file's content and all of company.yaml that decides how it is read), so that
the next intake takes it over, as a hard link, as long as neither has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from planning.core.errors import Problem, RequestError
from planning.inputs.content import MODULUS, rows_content


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table: its name, the mark of its making ("" where it can't be known), rows, lines read, size, and content."""

    file: str
    mark: str
    rows: int
    read: int
    size: int
    content: str


@dataclass(frozen=True)
class StoredTable:
    """An event table as parts in a folder, its columns in the order of the contract."""

    name: str
    folder: Path
    columns: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows all parts have."""
        return sum(part.rows for part in self.parts)

    @property
    def read(self) -> int:
        """How many lines outside they were read from."""
        return sum(part.read for part in self.parts)

    @property
    def files(self) -> list[Path]:
        """The Parquet files, in the order of the files outside."""
        return [self.folder / part.file for part in self.parts]

    @property
    def content(self) -> str:
        """The content of all rows, whatever their order and parts: 64 hex digits."""
        return f"{sum(int(part.content, 16) for part in self.parts) % MODULUS:064x}"

    def frame(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """The table as a frame, or these columns of it. A large one may not fit into the memory: query it instead."""
        wanted = list(self.columns if columns is None else columns)
        return pa.concat_tables([pq.ParquetFile(file).read(wanted) for file in self.files]).to_pandas()

    def at(self, folder: Path) -> StoredTable:
        """The same table in another folder."""
        return StoredTable(self.name, folder, self.columns, self.parts)

    def described(self) -> dict:
        """What the manifest says of it."""
        return {"columns": list(self.columns), "parts": [asdict(part) for part in self.parts]}


@dataclass(frozen=True)
class Before:
    """What the newest snapshot knows that the next intake need not find out again: its event tables, and their findings under a mark."""

    tables: dict[str, StoredTable] = field(default_factory=dict)
    asked: str = ""
    findings: list[dict] = field(default_factory=list)


def described_table(name: str, folder: Path, said: dict) -> StoredTable:
    """A table as the manifest describes it."""
    return StoredTable(name, folder, tuple(said["columns"]), tuple(Part(**part) for part in said["parts"]))


def mark_of(path: Path, *said: str) -> str:
    """The mark of a part: the SHA-256 of the file outside, of its kind, and of what decides how it is read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for text in ("".join(path.suffixes), *said):
        digest.update(b"%d:%b" % (len(text.encode()), text.encode()))
    return digest.hexdigest()


def write_part(folder: Path, number: int, mark: str, schema: pa.Schema, pieces: Iterable[tuple[pa.Table, int]]) -> Part:
    """Typed pieces of a table, each with the lines it was read from, as one Parquet file."""
    path = folder / f"{number:05d}.parquet"
    rows = read = content = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for piece, lines in pieces:
            file.write_table(piece)
            rows, read, content = rows + len(piece), read + lines, content + rows_content(piece)
    return Part(path.name, mark, rows, read, path.stat().st_size, f"{content % MODULUS:064x}")


def take_over(part: Part, there: Path, folder: Path, number: int) -> Part | None:
    """A part of an earlier snapshot in this one too; None where its file is gone, cut or not what was written."""
    path = folder / f"{number:05d}.parquet"
    try:
        whole = (there / part.file).stat().st_size == part.size and pq.read_metadata(there / part.file).num_rows == part.rows
        if not whole:
            return None
        _link(there / part.file, path)
    except (OSError, pa.ArrowException):
        return None
    return Part(path.name, part.mark, part.rows, part.read, part.size, part.content)


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:  # another disk, or one without links
        shutil.copyfile(file, place)


def refuse_damaged(files: Iterable[Path], company: str, snapshot: Path) -> None:
    """RequestError where a Parquet file's end, which says what is in it, can't be read."""
    try:
        for file in files:
            pq.read_metadata(file)
    except (OSError, pa.ArrowException) as broken:
        raise damaged(company, snapshot, broken) from None


def damaged(company: str, snapshot: Path, reason: Exception) -> RequestError:
    """What is said of a snapshot that can't be read."""
    advice = f"remove the folder and run planning intake {company}"
    return RequestError(company, [Problem("damaged snapshot", str(snapshot), " ".join(str(reason).split()), next=advice)])
