"""Reading: one table outside, in files or a database, whole as text or a piece at a time; what can't be read is told with its place."""

from __future__ import annotations

import importlib.util
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute
import pyarrow.parquet

from planning.core.errors import Problem, RequestError
from planning.inputs.company import Company
from planning.inputs.company_file import Other, Place, Root
from planning.inputs.csv_files import csv_parts, read_columns, read_csv, twice
from planning.inputs.databases import query_parts
from planning.inputs.encodings import LONGEST
from planning.inputs.notation import plain_source
from planning.inputs.pickled import read_frame

ANSWERS = (".csv", ".parquet", ".xlsx")
PIECE = 200_000
"""Rows that are in memory at once."""
WORKBOOK = 2**28
"""Bytes that a workbook may have unpacked; in memory they are many times as many."""
USUAL = 1000
"""Bytes of a cell that are nothing strange when all rows have as many."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a table outside: its columns as they lie there, the line or row of each, and what didn't fit."""

    columns: pyarrow.Table
    lines: np.ndarray
    problems: list[Problem]


def read_text(source: Place, name: str, company: Company, data: Path | None) -> pd.DataFrame:
    """One table outside as text, indexed by its line or row (and file, of several); values keep the digits the source wrote."""
    if source.url is not None:
        return plain_source(_query_text(source, name), source)
    paths = find_files(source, name, company, data)
    texts = [_file_text(path, source, name, trusts(source, company, data)) for path in paths]
    if len(texts) == 1:
        return plain_source(texts[0], source)
    named = [text.set_axis([f"{path.name}:{line}" for line in text.index]) for path, text in zip(paths, texts, strict=True)]
    return plain_source(pd.concat(named).fillna(""), source)


def _query_text(source: Place, name: str) -> pd.DataFrame:
    return _as_text(pd.concat(query_parts(source, name), ignore_index=True), name)


def in_file(source: Place, path: Path) -> Place:
    """The same table of a database, which lies in this file."""
    return source.model_copy(update={"url": f"sqlite:///{path}", "file": None})


def trusts(source: Place, company: Company, data: Path | None) -> bool:
    """Whether a table's files are the package's or the company's own, and not from a folder that somebody gives."""
    root = source.data or company.file.data
    return root.env is None and (source.data is not None or data is None)


def read_pieces(path: Path, source: Place, name: str, columns: list[str], trusted: bool) -> Iterator[Piece]:
    """These columns of one file, as many rows at a time as fit into the memory. RequestError where it can't be read or one is missing."""
    asked = list(dict.fromkeys([*columns, *source.where]))
    if source.is_database:
        yield from query_pieces(in_file(source, path), name, columns)
    elif path.suffix == ".parquet":
        yield from (_chosen(piece, source) for piece in _parquet_pieces(path, name, asked))
    elif path.suffix == ".csv":
        for text, wrong in csv_parts(path, source.encoding):
            yield _chosen(_text_piece(text, f"{name}, {path.name}", asked, wrong), source)
    else:
        yield _text_piece(_file_text(path, source, name, trusted), f"{name}, {path.name}", columns, [])


def _chosen(piece: Piece, source: Place) -> Piece:
    """The rows of a piece that the source wants."""
    wanted = np.ones(len(piece.lines), dtype=bool)
    for column, values in source.where.items():
        texts = pyarrow.compute.fill_null(pyarrow.compute.cast(piece.columns[column], pyarrow.string()), "")
        wanted &= pyarrow.compute.is_in(texts, pyarrow.array(listed_texts(values))).to_numpy() != isinstance(values, Other)
    return piece if wanted.all() else Piece(piece.columns.filter(pyarrow.array(wanted)), piece.lines[wanted], piece.problems)


def listed_texts(values: object) -> list[str]:
    """What a rule of `where` names, as texts."""
    values = values.than if isinstance(values, Other) else values
    return [str(value) for value in (values if isinstance(values, list) else [values])]


def query_pieces(source: Place, name: str, columns: list[str]) -> Iterator[Piece]:
    """The same of a database's answer."""
    first = 0
    for answer in query_parts(source, name, columns):
        text = _as_text(answer, name)
        yield _text_piece(text.set_axis(text.index + first), name, columns, [])
        first += len(text)


def _text_piece(text: pd.DataFrame, where: str, columns: list[str], wrong: list[Problem]) -> Piece:
    _refuse_missing(columns, list(text.columns), where)
    found = {column: pyarrow.array(text[column].tolist(), pyarrow.string()) for column in columns}
    return Piece(pyarrow.table(found), text.index.to_numpy(), wrong)


def _parquet_pieces(path: Path, name: str, columns: list[str]) -> Iterator[Piece]:
    try:
        file = pyarrow.parquet.ParquetFile(path)
        problems = twice(file.schema_arrow.names, str(path))
        if problems:
            raise RequestError(name, problems)
        _refuse_missing(columns, file.schema_arrow.names, f"{name}, {path.name}")
        _refuse_giants(file, columns, path)
        first = 2
        for batch in file.iter_batches(PIECE, columns=columns):
            yield Piece(pyarrow.Table.from_batches([batch]), np.arange(first, first + len(batch)), [])
            first += len(batch)
    except (OSError, pyarrow.ArrowException) as broken:
        raise RequestError(name, [_broken(path, broken)]) from None


def _refuse_giants(file: pyarrow.parquet.ParquetFile, columns: list[str], path: Path) -> None:
    """RequestError where a column is so large for its rows that a text in it would fill the memory; nothing of it is read."""
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    chunks = [(group.num_rows, group.column(at)) for group in groups for at in range(group.num_columns)]
    swollen = {chunk.path_in_schema for rows, chunk in chunks if chunk.total_uncompressed_size > LONGEST + USUAL * rows}
    said = f"cells of fewer than {LONGEST:,} characters"
    problems = [Problem(f"texts too long in {column}", str(path), expected=said) for column in columns if column in swollen]
    if problems:
        raise RequestError(str(path), problems)


def _refuse_missing(columns: list[str], there: list[str], where: str) -> None:
    missing = [column for column in columns if column not in there]
    if missing:
        raise RequestError(where, [Problem(f"missing column {column}", where) for column in missing])


def _broken(path: Path, reason: Exception) -> Problem:
    return Problem("can't be read", str(path), " ".join(str(reason).split())[:200])


def _file_text(path: Path, source: Place, name: str, trusted: bool) -> pd.DataFrame:
    """The rows of a file that the source wants, as text."""
    if source.is_database:
        return _query_text(in_file(source, path), name)
    text = _whole_text(path, source, name, trusted)
    _refuse_missing(list(source.where), list(text.columns), name)
    for column, values in source.where.items():
        text = text[text[column].isin(listed_texts(values)) != isinstance(values, Other)]
    return text


def _whole_text(path: Path, source: Place, name: str, trusted: bool) -> pd.DataFrame:
    if path.suffix in (".csv", ".txt"):
        return read_csv(path, source.encoding) if path.suffix == ".csv" else read_columns(path, source.encoding)
    try:
        table = _reader(path, source, trusted)
    except RequestError:
        raise
    except Exception as broken:  # every reader has its own errors; the reason is passed on as it is
        raise RequestError(name, [_broken(path, broken)]) from None
    return _as_text(table, str(path))


def _reader(path: Path, source: Place, trusted: bool) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix in (".xlsx", ".xls"):
        return _read_excel(path, source.sheet)
    if ".pkl" in path.suffixes and trusted:
        return read_frame(path)
    raise ValueError(f"not a kind of file that is read here: {', '.join(ANSWERS)}")


def _read_parquet(path: Path) -> pd.DataFrame:
    """The file's columns as they are: no pandas index restored, and a code of a column with gaps stays whole (35, not 35.0)."""
    file = pyarrow.parquet.ParquetFile(path)
    _refuse_giants(file, file.schema_arrow.names, path)
    return file.read().to_pandas(ignore_metadata=True, integer_object_nulls=True)


def _read_excel(path: Path, sheet: str | None) -> pd.DataFrame:
    """One sheet under its first row; a code such as NA stays text, a column named twice stays twice."""
    refuse_giant_workbook(path)
    cells = pd.read_excel(path, sheet_name=sheet or 0, header=None, dtype=object, na_filter=False)
    header = cells.iloc[0] if len(cells) else []
    return cells.iloc[1:].set_axis([str(name).strip() for name in header], axis=1)


def refuse_giant_workbook(path: Path) -> None:
    """RequestError where a workbook would unpack to more than a sheet that can be read has; nothing is unpacked."""
    with zipfile.ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > WORKBOOK:
        raise RequestError(str(path), [Problem("too large to be read", str(path), f"{size:,} bytes unpacked", f"at most {WORKBOOK:,}")])


def find_files(source: Place, name: str, company: Company, data: Path | None) -> list[Path]:
    """The files of a table, sorted: one, those of a folder, or those that fit a pattern. RequestError where there are none."""
    root = _root(company, source.data or company.file.data, data if source.data is None or source.data.env else None)
    wanted = root / source.file
    if "*" in source.file or "?" in source.file:
        found = sorted(path for path in root.glob(source.file) if path.is_file())
    elif wanted.is_dir():
        found = sorted(path for path in wanted.rglob("*") if path.suffix in ANSWERS)
    else:
        bare = wanted.with_name(wanted.name.split(".")[0])
        found = [path for path in (wanted, *(bare.with_suffix(suffix) for suffix in ANSWERS)) if path.is_file()][:1]
    if not found:
        kinds = f"this file, or the same with {', '.join(ANSWERS)}"
        there = "a folder without such files" if wanted.is_dir() else "nothing"
        raise RequestError(name, [Problem("missing file", str(wanted), there, kinds, f"it is read for source {name}")])
    return found


def _root(company: Company, root: Root, data: Path | None) -> Path:
    """Where the files lie. A folder that somebody gives stands for the company's own; below it may lie the folder that data names."""
    if root.env is not None:
        return _environment(company, root, data)
    if data is not None:
        return data
    if root.package is None:
        return company.folder / root.folder
    spec = importlib.util.find_spec(root.package)
    if spec is None or not spec.submodule_search_locations:
        wanted = Problem("package not installed", "data.package", root.package, next="run make env, or give --data DIR")
        raise RequestError(company.code, [wanted])
    return Path(spec.submodule_search_locations[0]) / root.folder


def _environment(company: Company, root: Root, data: Path | None) -> Path:
    named = os.environ.get(root.env, "")
    if data is None and not named:
        advice = f"export {root.env}=FOLDER that holds {root.folder}, or give --data FOLDER"
        raise RequestError(company.code, [Problem(f"{root.env} is not set", "data.env", next=advice)])
    base = data if data is not None else Path(named)
    return base / root.folder if data is None or (base / root.folder).is_dir() else base


def _as_text(table: pd.DataFrame, where: str) -> pd.DataFrame:
    problems = twice([str(column) for column in table.columns], where)
    if problems:
        raise RequestError(where, problems)
    text = pd.DataFrame({str(column): readable(values, where) for column, values in table.items()})
    text.index = np.arange(2, len(table) + 2)  # the line of a CSV file, the row of a sheet
    return text


def readable(values: pd.Series, where: str) -> np.ndarray:
    """The values of a column as texts. RequestError where one is none, or too long."""
    try:
        return column_text(values)
    except ValueError as broken:
        raise RequestError(where, [Problem(f"wrong {values.name}", where, str(broken), "texts")]) from None


def column_text(values: pd.Series) -> np.ndarray:
    """Values as texts that keep their digits, days as 2021-03-31; an empty text where there is none. ValueError where one is no text."""
    missing = values.isna()
    said = values.map(_said).where(~missing, "").str.strip()
    if len(said) and said.str.len().max() >= LONGEST:
        raise ValueError(f"a text of {said.str.len().max():,} characters")
    return said.to_numpy()


def _said(value: object) -> str:
    if isinstance(value, bytes):  # some systems keep their texts so
        return value.decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
