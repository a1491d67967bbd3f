"""Files as real systems write them: a database, Parquet by year, workbooks, CSV. The same tables give the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from planning.inputs.sample.postings import RULES
from planning.inputs.sample.shops import CENTS

CREATED = datetime(2021, 1, 1)
"""What workbooks say about their making, so that the same figures are the same bytes."""
MONEY = {rule.measure for rule in RULES} | {
    "list_price",
    "discount",
    "price",
    "rent",
    "value",
    "lower",
    "upper",
    "debit",
    "credit",
    "capital",
    "own_social",
    "purchases",
    "target",
    "owed",
    "need",
    "margin",
    "promised",
    "true",
}
"""Whole-numbered columns of these names are cents."""
PLACES = {"quantity": 3, "units": 3}
"""Digits kept of quantities."""
Row = list[object]


def in_units(table: pd.DataFrame) -> pd.DataFrame:
    """Cents as units of the currency with two decimals, days as days; the order of rows and columns stays."""
    told = {}
    for name, column in table.items():
        if name in MONEY and pd.api.types.is_integer_dtype(column):
            column = column / CENTS
        elif name in PLACES and pd.api.types.is_float_dtype(column):
            column = column.round(PLACES[name])
        told[name] = column
    return pd.DataFrame(told, index=table.index)


class Database:
    """A SQLite database whose tables grow by the month."""

    def __init__(self, path: Path):
        self.connection = sqlite3.connect(path, isolation_level=None)
        for setting in ("journal_mode = off", "synchronous = off", "page_size = 8192", "locking_mode = exclusive"):
            self.connection.execute(f"pragma {setting}")
        self.columns: dict[str, list[str]] = {}

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Rows more of a table; the first ones say what its columns are."""
        if name not in self.columns:
            self.columns[name] = list(table.columns)
            types = ", ".join(f'"{column}" {_sql_type(values)}' for column, values in table.items())
            self.connection.execute(f'create table "{name}" ({types})')
        values = [_plain(table[column]) for column in self.columns[name]]
        marks = ", ".join("?" * len(values))
        self.connection.execute("begin")
        self.connection.executemany(f'insert into "{name}" values ({marks})', zip(*values, strict=True))
        self.connection.execute("commit")

    def close(self) -> None:
        """Everything is in the file."""
        self.connection.close()


def _sql_type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_integer_dtype(values):
        return "integer"
    return "numeric" if pd.api.types.is_float_dtype(values) else "text"


def _plain(values: pd.Series) -> list:
    """Values that a database knows: days as text, missing ones as nothing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        code, days = pd.factorize(values)
        said = np.array([*(f"{day:%Y-%m-%d}" for day in days), None], dtype=object)
        return said[code].tolist()
    told = values.tolist()
    return told if values.notna().all() else [None if missing else value for value, missing in zip(told, values.isna(), strict=True)]


class ByYear:
    """Parquet files, one a calendar year, to which months are added in turn: `name`_2021.parquet and so on."""

    def __init__(self, folder: Path, name: str):
        self.folder, self.name, self.year, self.writer = folder, name, 0, None

    def add(self, year: int, table: pd.DataFrame) -> None:
        """A month's rows."""
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        arrow = arrow.cast(pa.schema([(field.name, _short(field.type)) for field in arrow.schema]))
        if year != self.year:
            self.close()
            self.year, self.writer = year, pq.ParquetWriter(self.folder / f"{self.name}_{year}.parquet", arrow.schema, compression="zstd")
        self.writer.write_table(arrow)

    def close(self) -> None:
        """The year's file is whole."""
        if self.writer:
            self.writer.close()


def _short(kind: pa.DataType) -> pa.DataType:
    return pa.date32() if pa.types.is_timestamp(kind) else pa.string() if pa.types.is_null(kind) else kind


def write_csv(table: pd.DataFrame, path: Path, encoding: str = "utf-8") -> None:
    """A table as CSV; days as 2021-01-31."""
    table.to_csv(path, index=False, encoding=encoding, date_format="%Y-%m-%d", lineterminator="\n")


def write_workbook(path: Path, sheets: dict[str, Iterable[Row]], widths: tuple[int, ...], title_rows: int = 0) -> None:
    """Rows of cells by sheet; the rows under the title are the header, in bold; texts stay texts."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": CREATED})
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    _write_cell(sheet, at, column, cell, bold if at <= title_rows else money)
            sheet.freeze_panes(title_rows + 1, 0)


def _write_cell(sheet, at: int, column: int, cell: object, form) -> None:
    if isinstance(cell, (int, float, np.number)):
        sheet.write_number(at, column, float(cell), form)
    elif cell not in ("", None):
        sheet.write_string(at, column, str(cell), form)
