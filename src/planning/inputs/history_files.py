"""Histories and drivers as a file gives them, CSV or Parquet, read a piece at a time; what is no period or number is told with its row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from planning.core.errors import Problem, RequestError, at_most
from planning.inputs.csv_files import csv_parts, twice
from planning.inputs.reading import readable

PERIOD = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ]00:00:00)?|(\d{4})-?Q([1-4])")
"""How a period is written: 2024-01, 2024-01-01 or 2024Q1."""
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
FORMS = "2024-01, 2024-01-01 or 2024Q1"
PIECE = 200_000
"""Rows that are texts at once."""


def read_history(path: Path, by: Sequence[str], encoding: str = "utf-8") -> pd.DataFrame:
    """`by` (texts) + period + amount. RequestError with every row in which one of them is none; a row without an amount is one."""
    return _read(path, encoding, lambda names: [*by, "period", "amount"], by)


def read_drivers(path: Path, by: Sequence[str], encoding: str = "utf-8") -> pd.DataFrame:
    """period, the columns of `by` that are there, and every other column as a driver. An empty cell is a gap, told where it is needed."""

    def wanted(names: list[str]) -> list[str]:
        return [*(name for name in by if name in names), "period", *(name for name in names if name not in (*by, "period"))]

    return _read(path, encoding, wanted, by, True)


def _read(path: Path, encoding: str, wanted, by: Sequence[str], gaps: bool = False) -> pd.DataFrame:
    parts, problems = [], []
    for text, wrong in _pieces(path, encoding):
        columns = wanted(list(text.columns))
        missing = [Problem(f"missing column {name}", str(path), ", ".join(text.columns)) for name in columns if name not in text.columns]
        if missing:
            raise RequestError(str(path), missing)
        found, bad = _typed(text[columns], by, str(path), gaps)
        parts.append(found)
        problems += wrong + bad
    if problems:
        raise RequestError(str(path), at_most(problems))
    return pd.concat(parts, ignore_index=True)


def _pieces(path: Path, encoding: str) -> Iterator[tuple[pd.DataFrame, list[Problem]]]:
    """The file's rows as they lie there, indexed by line or row."""
    if path.suffix == ".csv":
        try:
            yield from csv_parts(path, encoding)
        except RequestError as wrong:
            raise RequestError(wrong.subject, [replace(one, next=_of_command(one.next)) for one in wrong.problems]) from None
    elif path.suffix == ".parquet":
        yield from _parquet_pieces(path)
    else:
        wrong = Problem("not a kind of file that is read here", str(path), path.suffix or "no ending", ".csv or .parquet")
        raise RequestError(str(path), [wrong])


def _of_command(advice: str) -> str:
    """Advice on an encoding in the words of the command, where it is given as an option and not in company.yaml."""
    return re.sub(r"encoding: (\S+) in company.yaml", r"--encoding \1", advice).replace("encoding out in company.yaml", "--encoding out")


def _parquet_pieces(path: Path) -> Iterator[tuple[pd.DataFrame, list[Problem]]]:
    try:
        file = pq.ParquetFile(path)
        if again := twice(file.schema_arrow.names, str(path)):
            raise RequestError(str(path), again)
        first = 1
        for batch in file.iter_batches(PIECE):
            rows = batch.to_pandas(integer_object_nulls=True, ignore_metadata=True)
            yield rows.set_axis(range(first, first + len(rows))), []
            first += len(rows)
        if first == 1:
            yield file.schema_arrow.empty_table().to_pandas(ignore_metadata=True), []
    except (OSError, pa.ArrowException) as broken:
        raise RequestError(str(path), [Problem("can't be read", str(path), " ".join(str(broken).split())[:200])]) from None


def _typed(rows: pd.DataFrame, by: Sequence[str], where: str, gaps: bool) -> tuple[pd.DataFrame, list[Problem]]:
    """Keys as texts (nothing where one is missing), periods as days, all else as numbers."""
    found, problems = {}, []
    for name, cells in rows.items():
        if name in by:
            texts = pd.Series(readable(cells, where), dtype=object)
            found[name] = texts.where(texts != "", None).to_numpy()
            continue
        found[name], right, expected = _periods(cells, where) if name == "period" else _numbers(cells, where, gaps)
        what = "not a period" if name == "period" else f"not a number in {name}"
        bad = zip(rows.index[~right], cells[~right], strict=True)
        problems += [Problem(what, f"{where}, row {row}", _said(cell), expected) for row, cell in bad]
    return pd.DataFrame(found, columns=list(rows.columns)), problems


def _said(cell: object) -> str:
    return "nothing" if cell is None or cell == "" or cell != cell else repr(str(cell))


def _periods(cells: pd.Series, where: str) -> tuple[np.ndarray, np.ndarray, str]:
    if pd.api.types.is_datetime64_dtype(cells):
        days = cells.to_numpy("datetime64[ns]")
    else:
        texts = pd.Series(readable(cells, where), dtype=object)
        codes, unique = pd.factorize(texts)
        days = np.array([_day(text) for text in unique], dtype="datetime64[ns]")[codes] if len(texts) else np.zeros(0, "datetime64[ns]")
    return days, ~np.isnat(days), FORMS


def _day(text: str) -> np.datetime64:
    found = PERIOD.fullmatch(text)
    if not found:
        return np.datetime64("NaT")
    year, month, day, of, quarter = found.groups()
    said = f"{of}-{3 * int(quarter) - 2:02}-01" if quarter else f"{year}-{month}-{day or '01'}"
    stamp = pd.to_datetime(said, errors="coerce", format="%Y-%m-%d")
    return np.datetime64("NaT") if pd.isna(stamp) else stamp.to_datetime64()


def _numbers(cells: pd.Series, where: str, gaps: bool) -> tuple[np.ndarray, np.ndarray, str]:
    """Numbers written plainly: text with separators is none, and neither is an infinity; where `gaps` may be, an empty cell is one."""
    expected = "a finite number, without separators" if gaps else "a finite number, without separators; no row where it is missing"
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        numbers = cells.to_numpy("float64", na_value=np.nan)
        return numbers, np.isfinite(numbers) | (gaps & np.isnan(numbers)), expected
    texts = pd.Series(readable(cells, where), dtype=object)
    plain = texts.str.fullmatch(NUMBER).to_numpy(dtype=bool) if len(texts) else np.zeros(0, dtype=bool)
    numbers = np.full(len(texts), np.nan)
    numbers[plain] = texts.to_numpy()[plain].astype("float64")
    return numbers, np.isfinite(numbers) | (gaps & (texts == "").to_numpy()), expected
