"""CSV and column files as text: one header, one value a column in every line; whatever breaks that is a problem, never guessed at."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.inputs.encodings import text_lines


def read_csv(path: Path, encoding: str = "utf-8") -> pd.DataFrame:
    """The file's values as text without surrounding blanks, indexed by line; RequestError with every line that doesn't fit."""
    parts = list(csv_parts(path, encoding))
    problems = at_most([problem for _, wrong in parts for problem in wrong])
    if problems:
        raise RequestError(str(path), problems)
    return pd.concat([part for part, _ in parts]) if len(parts) > 1 else parts[0][0]


def csv_parts(path: Path, encoding: str = "utf-8", most: int = 100_000) -> Iterator[tuple[pd.DataFrame, list[Problem]]]:
    """The same for files beyond the memory: so many lines at a time, each part with the lines that don't fit left out and told."""
    try:
        lines = _numbered(csv.reader(text_lines(path, encoding), strict=True))
        names = _names(next(lines, None), path)
        part = list(islice(lines, most))
        yield _table(part, names, path)
        while part := list(islice(lines, most)):
            yield _table(part, names, path)
    except (OSError, csv.Error) as broken:
        raise RequestError(str(path), [Problem("can't be read", str(path), " ".join(str(broken).split()))]) from None


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    return ((reader.line_num, cells) for cells in reader if cells)


def read_columns(path: Path, encoding: str = "utf-8") -> pd.DataFrame:
    """The same for a text file whose values stand apart by blanks."""
    try:
        numbered = [(number, line.split()) for number, line in enumerate(text_lines(path, encoding), start=1) if line.strip()]
    except OSError as broken:
        raise RequestError(str(path), [Problem("can't be read", str(path), " ".join(str(broken).split()))]) from None
    lines = iter(numbered)
    names = _names(next(lines, None), path)
    table, problems = _table(list(lines), names, path)
    if problems:
        raise RequestError(str(path), at_most(problems))
    return table


def _names(header: tuple[int, list[str]] | None, path: Path) -> list[str]:
    if header is None:
        raise RequestError(str(path), [Problem("empty file", str(path), expected="a line of column names")])
    return [name.strip() for name in header[1]]


def _table(lines: list[tuple[int, list[str]]], names: list[str], path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    fitting = [(line, cells) for line, cells in lines if len(cells) == len(names)]
    columns = zip(*(cells for _, cells in fitting), strict=True) if fitting else [()] * len(names)
    again = twice(names, str(path))
    if again:
        raise RequestError(str(path), again)
    ragged = [
        Problem("wrong number of values", f"{path}, row {line}", str(len(cells)), str(len(names)))
        for line, cells in lines
        if len(cells) != len(names)
    ]
    values = {name: [value.strip() for value in column] for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(values, index=[line for line, _ in fitting], dtype=object), ragged


def twice(names: list[str], where: str) -> list[Problem]:
    """Column names that stand there more than once: which of them is meant can't be told."""
    again = dict.fromkeys(name for name in names if name and names.count(name) > 1)
    return [Problem(f"column {name} stands there twice", where, expected="each column once") for name in again]
