"""Copies of the made-up group's files, small enough to be read in a moment, and what a copy may suffer."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from planning.inputs.company import Company

Rows = list[list]
"""A table as lists of cells, its header first."""


@dataclass(frozen=True)
class Kind:
    """One kind of source: its file, the table or sheet in it, the row of its header, its encoding."""

    file: str
    within: str = ""
    header: int = 1
    encoding: str = "utf-8"


KINDS = {
    "ledger": Kind("erp.sqlite", "ledger"),
    "order_lines": Kind("shop/order_lines_2021.parquet"),
    "orders": Kind("shop/order_lines_2021.parquet"),
    "budget": Kind("budget/2021_final.xlsx", "D101", 3),
    "projections": Kind("budget/projections.csv"),
    "headcount": Kind("hr/headcount.xlsx", "2021"),
    "customers": Kind("crm/customers.csv", encoding="utf-8-sig"),
    "inventory": Kind("warehouse/inventory.csv", encoding="gb18030"),
    "rates": Kind("treasury/rates.csv"),
}


def shorten(group: Path) -> None:
    """The group's files cut to what says enough: a month of the ledger, a budget of two departments, some hundred lines of all else."""
    with sqlite3.connect(group / "erp.sqlite") as books:
        books.execute("DELETE FROM ledger WHERE date >= '2021-02'")
    for path in group.glob("shop/*.parquet"):
        pq.write_table(pq.read_table(path).slice(0, 2000), path)
    for name in ("budget/projections.csv", "crm/activity.csv", "crm/customers.csv", "crm/contracts.csv", "warehouse/inventory.csv"):
        (group / name).write_bytes(b"".join((group / name).read_bytes().splitlines(keepends=True)[:500]))
    for path in (group / "budget").glob("*.xlsx"):
        path.unlink() if "final" not in path.name else _keep_sheets(path, ("D101", "SALES"))


def _keep_sheets(path: Path, kept: tuple[str, ...]) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in set(book.sheetnames) - set(kept):
        del book[sheet]
    book.save(path)


def only(company: Company, *names: str) -> Company:
    """The company with these of its sources and tables, and without what compares them with others."""
    sources = {name: source for name, source in company.file.sources.items() if name in names}
    tables = {name: table for name, table in company.file.tables.items() if name in names}
    return replace(
        company, file=company.file.model_copy(update={"sources": sources, "tables": tables, "reconciliations": {}, "accepted": []})
    )


def mangle(group: Path, name: str, change: Callable[[Rows], Rows | None]) -> None:
    """A source's table changed in its file."""
    kind = KINDS[name]
    path = group / kind.file
    read, write = {
        ".csv": (_csv_rows, _write_csv), ".parquet": (_parquet_rows, _write_parquet),
        ".xlsx": (_sheet_rows, _write_sheet), ".sqlite": (_sqlite_rows, _write_sqlite),
    }[path.suffix]  # fmt: skip
    rows = read(path, kind)
    write(path, kind, change(rows) or rows)


def _csv_rows(path: Path, kind: Kind) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(kind.encoding))))


def _write_csv(path: Path, kind: Kind, rows: Rows) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), kind.encoding)


def _parquet_rows(path: Path, kind: Kind) -> Rows:
    table = pq.read_table(path)
    return [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]


def _write_parquet(path: Path, kind: Kind, rows: Rows) -> None:
    columns = [_array(values) for values in zip(*rows[1:], strict=True)] or [pa.array([], pa.string())] * len(rows[0])
    pq.write_table(pa.Table.from_arrays(columns, names=rows[0]), path)


def _array(values: tuple) -> pa.Array:
    """A column of one type, texts where they are mixed."""
    mixed = len({type(value) for value in values} - {type(None)}) > 1
    return pa.array([None if value is None else str(value) for value in values] if mixed else values)


def _sheet_rows(path: Path, kind: Kind) -> Rows:
    rows = openpyxl.load_workbook(path)[kind.within].iter_rows(min_row=kind.header, values_only=True)
    return [list(row) for row in rows]


def _write_sheet(path: Path, kind: Kind, rows: Rows) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book[kind.within]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.delete_rows(kind.header, sheet.max_row)
    for number, row in enumerate(rows, start=kind.header):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column, value)
    book.save(path)


def _sqlite_rows(path: Path, kind: Kind) -> Rows:
    with sqlite3.connect(path) as books:
        found = books.execute(f"SELECT * FROM {kind.within}")
        return [[column[0] for column in found.description], *map(list, found.fetchall())]


def _write_sqlite(path: Path, kind: Kind, rows: Rows) -> None:
    with sqlite3.connect(path) as books:
        books.execute(f"DROP TABLE {kind.within}")
        books.execute(f"CREATE TABLE {kind.within} ({', '.join(f'[{column}]' for column in rows[0])})")
        books.executemany(f"INSERT INTO {kind.within} VALUES ({', '.join('?' * len(rows[0]))})", rows[1:])


# What a table may suffer


def cell(column: str, value: object, row: int = 1) -> Callable[[Rows], None]:
    """Another value in a cell; rows count from 1, below the header."""

    def change(rows: Rows) -> None:
        rows[row][rows[0].index(column)] = value

    return change


def filled(column: str, value: object) -> Callable[[Rows], None]:
    """The same value in all rows."""

    def change(rows: Rows) -> None:
        for row in rows[1:]:
            row[rows[0].index(column)] = value

    return change


def swapped(one: str, other: str) -> Callable[[Rows], None]:
    """Two columns under each other's name."""

    def change(rows: Rows) -> None:
        first, second = rows[0].index(one), rows[0].index(other)
        rows[0][first], rows[0][second] = other, one

    return change


def named(column: str, other: str) -> Callable[[Rows], None]:
    """A column under another name."""

    def change(rows: Rows) -> None:
        rows[0][rows[0].index(column)] = other

    return change


def without_rows(rows: Rows) -> Rows:
    """The header alone."""
    return rows[:1]
