"""CSV and column files as text: one header, one value a column in every line; whatever breaks that is a problem, never guessed at."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from planning.core.errors import Problem, RequestError, at_most


def read_csv(path: Path) -> pd.DataFrame:
    """The file's values as text without surrounding blanks, indexed by line; RequestError with every line that doesn't fit."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as broken:
        raise RequestError(str(path), [Problem("can't be read", str(path), " ".join(str(broken).split()))]) from None
    return _table(lines, path)


def read_columns(path: Path) -> pd.DataFrame:
    """The same for a text file whose values stand apart by blanks."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as broken:
        raise RequestError(str(path), [Problem("can't be read", str(path), " ".join(str(broken).split()))]) from None
    return _table([(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()], path)


def _table(lines: list[tuple[int, list[str]]], path: Path) -> pd.DataFrame:
    if not lines:
        raise RequestError(str(path), [Problem("empty file", str(path), expected="a line of column names")])
    (_, header), *rows = lines
    names = [name.strip() for name in header]
    ragged = [
        Problem("wrong number of values", f"{path}, row {line}", str(len(cells)), str(len(names)))
        for line, cells in rows
        if len(cells) != len(names)
    ]
    problems = [*twice(names, str(path)), *at_most(ragged)]
    if problems:
        raise RequestError(str(path), problems)
    columns = zip(*(cells for _, cells in rows), strict=True) if rows else [()] * len(names)
    values = {name: [value.strip() for value in column] for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(values, index=[line for line, _ in rows], dtype=object)


def twice(names: list[str], where: str) -> list[Problem]:
    """Column names that stand there more than once: which of them is meant can't be told."""
    again = dict.fromkeys(name for name in names if name and names.count(name) > 1)
    return [Problem(f"column {name} stands there twice", where, expected="each column once") for name in again]
