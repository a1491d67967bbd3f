"""Which files lie in a folder and which tables they hold: encodings, sheets, headings, notes above and below, a sample of the rows."""

from __future__ import annotations

import csv
import hashlib
import re
import sqlite3
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow
import pyarrow.parquet

from planning.core.errors import Problem, RequestError
from planning.inputs.new.words import month_in, month_named

FORMS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "workbook", ".xlsm": "workbook", ".parquet": "parquet"}
FORMS |= dict.fromkeys((".sqlite", ".sqlite3", ".db"), "database")
SAVE_AS = dict.fromkeys((".xls", ".xlsb", ".ods", ".et", ".numbers"), "a workbook of another kind: save it as .xlsx")
SAVE_OTHERS = "a kind of file that isn't read: if it holds figures, save them as .xlsx or .csv"
MOST_FILES = 5_000
SAMPLE = 20_000
"""Rows of a table that are looked at; of a larger one the first, and the last few."""
LAST_ROWS = 2_000
LAST = 65_536
"""Bytes at the end of a large text file that are looked at."""
NO_HEADING = "line item (no heading)"
"""What a first column of texts is called that has no name."""
HEADING = 40
"""Rows among which a sheet's heading is looked for."""


@dataclass(frozen=True)
class Table:
    """One table as it lies in a file: its columns, a sample of its rows as text, and what stands around them.

    `file` is relative to the folder; `sheet` a workbook's sheet or a database's table. `heading` is the line of the column
    names, `headings` how many lines they take, `places` where in them the columns stand.
    `complete`: the sample is the whole table. `rows` is an estimate where it isn't.
    """

    file: str
    sheet: str
    form: str
    sample: pd.DataFrame
    rows: int
    complete: bool = True
    heading: int = 1
    headings: int = 1
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return list(self.sample.columns)

    @property
    def name(self) -> str:
        """File and sheet, as a reader names it."""
        return f"{self.file} / {self.sheet}" if self.sheet else self.file


@dataclass
class Looked:
    """What was found in a folder: tables, files that can't be read with the reason, and files that are the same twice.

    `others` are files of kinds that aren't read, with what to do.
    """

    folder: Path
    files: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


def look_at(folder: Path, say=lambda said, part=0.0: None) -> Looked:
    """Every table in the folder's files. RequestError where there is no folder, or nothing in it that is read here."""
    paths, others = _files(folder)
    looked = Looked(folder, [_relative(path, folder) for path in paths])
    looked.same = _same_files(paths, folder)
    looked.others = {_relative(path, folder): SAVE_AS.get(path.suffix.lower(), SAVE_OTHERS) for path in others}
    for done, path in enumerate(paths):
        name = _relative(path, folder)
        say(f"looking at {name}", done / len(paths))
        if name not in looked.same:
            _look_at_file(path, name, looked)
    if not looked.tables:
        problems = [Problem("can't be read", name, why, "rows of figures under a heading") for name, why in looked.unreadable.items()]
        raise RequestError(str(folder), problems or [Problem("no tables", str(folder), expected="files with rows of figures")])
    return looked


def _look_at_file(path: Path, name: str, looked: Looked) -> None:
    try:
        found = list(READERS[FORMS[path.suffix.lower()]](path, name))
    except (OSError, ValueError, KeyError, csv.Error, sqlite3.Error, pyarrow.ArrowException, zipfile.BadZipFile) as broken:
        looked.unreadable[name] = _reason(path, broken)
        return
    looked.tables += [table for table in found if len(table.columns) and table.rows]
    if not any(len(table.columns) and table.rows for table in found):
        looked.unreadable[name] = "holds no table"


def _files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files that are looked at, and those of other kinds. RequestError where there are none, or too many."""
    if not folder.is_dir():
        raise RequestError(str(folder), [Problem("no such folder", str(folder), expected="a folder with your files", next="--from DIR")])
    there = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path, folder)]
    paths, others = ([path for path in there if (path.suffix.lower() in FORMS) == known] for known in (True, False))
    kinds = ", ".join(FORMS)
    if not paths:
        got = ", ".join(path.name for path in others[:5]) or "nothing of these kinds"
        save = SAVE_AS.get(others[0].suffix.lower(), SAVE_OTHERS) if others else ""
        raise RequestError(str(folder), [Problem("no files to look at", str(folder), got, f"files ending in {kinds}", save)])
    if len(paths) > MOST_FILES:
        raise RequestError(str(folder), [Problem("too many files", str(folder), f"{len(paths):,}", f"at most {MOST_FILES:,}")])
    return paths, others


def _hidden(path: Path, folder: Path) -> bool:
    """Locks and leftovers of other programs, and a folder that says that it is the truth withheld."""
    return any(part.startswith((".", "~$")) or part == "truth" for part in path.relative_to(folder).parts)


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _same_files(paths: list[Path], folder: Path) -> dict[str, str]:
    """Files with the content of an earlier one, by name."""
    sizes: dict[int, list[Path]] = {}
    for path in paths:
        sizes.setdefault(path.stat().st_size, []).append(path)
    first: dict[str, str] = {}
    same = {}
    for path in (path for alike in sizes.values() if len(alike) > 1 for path in alike):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        kept = first.setdefault(content, _relative(path, folder))
        if kept != _relative(path, folder):
            same[_relative(path, folder)] = kept
    return same


def _reason(path: Path, broken: Exception) -> str:
    with path.open("rb") as file:
        start = file.read(8)
    if path.suffix.lower() in (".xlsx", ".xlsm") and start.startswith(b"\xd0\xcf\x11\xe0"):
        return "is protected by a password (or is an old .xls): save it without one"
    if path.suffix.lower() in (".xlsx", ".xlsm") and not start.startswith(b"PK"):
        return "is no workbook but a page or a text with that ending: open it in a spreadsheet program and save it as .xlsx"
    return " ".join(str(broken).split())[:200] or type(broken).__name__


# Text


def encoding_of(path: Path) -> str:
    """The encoding a text file is in: utf-8 (with or without its mark), gb18030, or utf-16. ValueError for none of them."""
    with path.open("rb") as file:
        start = file.read(2**20)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:
        raise ValueError("not text")
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            start[: -4 if len(start) == 2**20 else None].decode(encoding)
            return encoding
        except UnicodeDecodeError as broken:
            if len(start) == 2**20 and broken.start > len(start) - 8:
                return encoding
    raise ValueError("in no encoding that is read here (utf-8, gb18030, utf-16)")


def _csv_tables(path: Path, name: str) -> Iterator[Table]:
    encoding = encoding_of(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="", errors="replace") as file:
        start = file.read(65_536)
        delimiter = _delimiter(start)
        file.seek(0)
        rows, size = [], 0
        for cells in csv.reader(file, delimiter=delimiter):
            rows.append([cell.strip()[:500] for cell in cells])
            size += sum(map(len, cells)) + len(cells)
            if len(rows) > SAMPLE + HEADING:
                break
        complete = len(rows) <= SAMPLE + HEADING
    if not complete:
        estimate = int(path.stat().st_size / max(size, 1) * len(rows))
        rows += _last_rows(path, encoding, delimiter)
    table = _table(rows, name, "", "csv", encoding=encoding, delimiter=delimiter)
    if table is not None:
        yield table if complete else _with(table, rows=estimate, complete=False)


def _with(table: Table, **changed) -> Table:
    return Table(**(vars(table) | changed))


def _delimiter(start: str) -> str:
    lines = [line for line in start.splitlines()[:HEADING] if line.strip()]
    return max(",;\t|", key=lambda mark: sum(line.count(mark) for line in lines))


def _last_rows(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    with path.open("rb") as file:
        file.seek(-min(LAST, path.stat().st_size), 2)
        lines = file.read().decode(encoding, errors="replace").splitlines()[1:]
    return [[cell.strip()[:500] for cell in cells] for cells in csv.reader(lines, delimiter=delimiter)]


# Sheets


def _workbook_tables(path: Path, name: str) -> Iterator[Table]:
    for title, rows in _sheets(path):
        first = list(islice(rows, SAMPLE + HEADING))
        counted = count(1)
        last = deque((row for row, _ in zip(rows, counted, strict=False)), maxlen=LAST_ROWS)
        more = next(counted) - 1
        table = _table([*first, *last], name, title, "workbook")
        if table is not None:
            yield table if more <= len(last) else _with(table, rows=table.rows - len(last) + more, complete=False)


def sheet_pieces(path: Path, table: Table, columns: list[str], most: int) -> Iterator[pd.DataFrame]:
    """These columns of a sheet's table, so many rows at a time, without its notes."""
    for title, rows in _sheets(path):
        if title != table.sheet:
            continue
        body = islice(rows, table.heading - 1 + table.headings, None)
        while piece := list(islice(body, most)):
            full = [row + [""] * (max(table.places) + 1 - len(row)) for row in piece]
            data = [[row[place] for place in table.places] for row in full if not _is_note(row, list(table.places))]
            yield pd.DataFrame(data, columns=table.columns, dtype=object)[columns]


def _sheets(path: Path) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """A workbook's sheets, each with its rows as text. ValueError where the file is damaged."""
    with telling_damage():
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            yield sheet.title, _rows(sheet)
    finally:
        book.close()


def _rows(sheet) -> Iterator[list[str]]:
    with telling_damage():
        for cells in sheet.iter_rows(values_only=True):
            yield [_cell(cell) for cell in cells]


@contextmanager
def telling_damage() -> Iterator[None]:
    """Whatever a damaged workbook raises as one ValueError that says so."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, LookupError, TypeError, AttributeError, ValueError) as broken:
        said = " ".join(str(broken).split())[:160]
        raise ValueError(f"is damaged ({said}): open it in a spreadsheet program and save it again") from broken


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return repr(value) if isinstance(value, float) else str(value).strip()[:500]


def _table(rows: list[list[str]], name: str, sheet: str, form: str, **written) -> Table | None:
    """The table in a grid of cells: under the row that looks like its heading, down to the notes below it."""
    width = max((len(row) for row in rows), default=0)
    grid = [row + [""] * (width - len(row)) for row in rows]
    found = _heading(grid)
    if found is None:
        return None
    at, lines = found
    names = _with_lines(_named(grid[at : at + lines]), grid[at + lines :])
    kept = [place for place, column in enumerate(names) if column]
    body = [row for row in grid[at + lines :]]
    notes = [" ".join(filter(None, row)) for row in body if _is_note(row, kept)]
    data = [[row[place] for place in kept] for row in body if not _is_note(row, kept)]
    sample = pd.DataFrame(data, columns=_apart([names[place] for place in kept]), dtype=object)
    above = tuple(" ".join(filter(None, row)) for row in grid[:at] if any(row))
    return Table(name, sheet, form, sample, len(sample), True, at + 1, lines, above, tuple(filter(None, notes)), tuple(kept), **written)


def _is_note(row: list[str], kept: list[int]) -> bool:
    """A blank row, or one with a single text in a table of several columns."""
    said = [row[place] for place in kept if row[place]]
    return not said or (len(said) == 1 and len(kept) > 2 and not _is_number(said[0]))


def _heading(grid: list[list[str]]) -> tuple[int, int] | None:
    """The first row that names as many columns as the rows below have, and how many rows the heading takes."""
    fills = [sum(map(bool, row)) for row in grid]
    if not fills:
        return None
    usual = max(pd.Series(fills[: HEADING * 5]).mode().max(), 1)
    for at, row in enumerate(grid[:HEADING]):
        named = [cell for cell in row if cell and (month_named(cell) or month_in(cell) or not _is_number(cell))]
        if len(named) == fills[at] and fills[at] >= max(0.5 * usual, 1) and (fills[at] >= 2 or max(fills) == 1) and at + 1 < len(grid):
            return at, 2 if _continues(grid, at) else 1
    return None


def _continues(grid: list[list[str]], at: int) -> bool:
    """Whether the next row goes on with the heading: only words in several cells, under merged ones; and figures come after it."""
    above, row = grid[at], grid[at + 1]
    if at + 2 >= len(grid) or sum(map(bool, row)) < 2 or any(_is_number(cell) for cell in row if cell):
        return False
    under_gaps = [cell for over, cell in zip(above, row, strict=True) if cell and not over]
    lone = [cell for over, cell in zip(above, row, strict=True) if over and not cell]
    return bool(under_gaps) and bool(lone) and any(_is_number(cell) for cell in grid[at + 2] if cell)


def _named(heading: list[list[str]]) -> list[str]:
    """The columns' names; of two rows the upper one's cell goes on to the right until the next."""
    if len(heading) == 1:
        return heading[0]
    upper, over = [], ""
    for cell, below in zip(*heading, strict=True):
        over = cell or (over if below else "")
        upper.append(over)
    return [f"{above}{below}" if above != below else above for above, below in zip(upper, heading[1], strict=True)]


def _with_lines(names: list[str], body: list[list[str]]) -> list[str]:
    """The names, with one for a first column of texts that has none: the lines of a statement."""
    first = [row[0] for row in body if any(row)]
    texts = [cell for cell in first if cell and not _is_number(cell)]
    return [NO_HEADING, *names[1:]] if not names[0] and 2 * len(texts) > len(first) else names


def _apart(names: list[str]) -> list[str]:
    """Names that stand twice get a number, so that each column can be named."""
    seen: dict[str, int] = {}
    said = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        said.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return said


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[(（+\-−]?[¥￥$€£]?\s?\d[\d,，' ]*(?:\.\d+)?(?:e[+-]?\d+)?%?[)）\-]?", text.strip(), re.IGNORECASE))


# Columns and databases


def _parquet_tables(path: Path, name: str) -> Iterator[Table]:
    with pyarrow.parquet.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        parts, read = [], 0
        for batch in file.iter_batches(SAMPLE):
            parts.append(batch)
            read += len(batch)
            if read >= SAMPLE:
                break
        if rows > read:
            parts += list(file.iter_batches(SAMPLE, row_groups=[file.num_row_groups - 1]))[-1:]
        frame = pyarrow.Table.from_batches(parts, file.schema_arrow).to_pandas(ignore_metadata=True, integer_object_nulls=True)
    yield Table(name, "", "parquet", as_text(frame), rows, rows <= read)


def _database_tables(path: Path, name: str) -> Iterator[Table]:
    with path.open("rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            raise ValueError("not a SQLite database")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        named = base.execute("select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by 1")
        for (table,) in named.fetchall():
            rows = base.execute(f"select count(*) from {quoted(table)}").fetchone()[0]
            sample = pd.read_sql_query(f"select * from {quoted(table)} limit {SAMPLE}", base, dtype=object)
            if rows > SAMPLE:
                more = pd.read_sql_query(f"select * from {quoted(table)} limit 2000 offset {rows - 2000}", base, dtype=object)
                sample = pd.concat([sample, more], ignore_index=True)
            yield Table(name, table, "database", as_text(sample), rows, rows <= SAMPLE)
    base.close()


def quoted(name: str) -> str:
    """A database's name in quotes."""
    return '"' + name.replace('"', '""') + '"'


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Values as texts; days as 2021-03-31, nothing as an empty text."""
    return pd.DataFrame({str(column): _texts(values) for column, values in frame.items()}, dtype=object)


def _texts(values: pd.Series) -> list[str]:
    missing = values.isna().to_numpy()
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():  # a code of a column with gaps: 35, not 35.0
        values = values.astype("Int64").astype(object)
    return ["" if gone else _cell(value).removesuffix(" 00:00:00") for value, gone in zip(values, missing, strict=True)]


READERS = {"csv": _csv_tables, "workbook": _workbook_tables, "parquet": _parquet_tables, "database": _database_tables}
"""How the tables of a file are read, by the file's form."""
