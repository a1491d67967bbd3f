"""Plan tables in and out of the book: exact amounts, bulk writing, merging a save with what stands there, reading, totals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, and_, case, func, insert, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable, DropTable

from planning.book.schema import LATEST, LINE, cell, change, incoming, incoming_line, line
from planning.core.errors import Problem
from planning.core.money import from_minor, to_minor
from planning.core.tables import OPTIONAL_DIMENSIONS, plan_key

HALF = 2**31
"""Totals are summed in two halves, so that no sum of whole numbers runs over."""

Digits = int | pd.Series
"""Decimal places of the amounts: one for all, or a Series by account."""


class Cells(NamedTuple):
    """A plan table as the book keeps it: its distinct lines, and one of each cell: which line, period, amount, scale.

    A period is its first day as a whole number, 20270101; an amount is in whole smallest units.
    """

    lines: pd.DataFrame
    line: np.ndarray
    period: np.ndarray
    amount: np.ndarray
    scale: np.ndarray


# Plan tables


def line_columns(table: pd.DataFrame) -> list[str]:
    """The columns of a plan table that make its lines."""
    return [name for name in LINE if name in table]


def line_numbers(table: pd.DataFrame) -> np.ndarray:
    """For each row the number of its line, counted from 0 in order of appearance."""
    return table.groupby(line_columns(table), sort=False, observed=True, dropna=False).ngroup().to_numpy()


def scales(table: pd.DataFrame, digits: Digits) -> np.ndarray:
    """The decimal places of each row."""
    if isinstance(digits, pd.Series):
        return table["account"].map(digits).to_numpy(dtype="int64")
    return np.full(len(table), digits, dtype="int64")


def exact_cells(table: pd.DataFrame, digits: Digits) -> Cells:
    """A checked plan table as the book keeps it; amounts are rounded half to even to the smallest unit."""
    numbers = line_numbers(table)
    _, first = np.unique(numbers, return_index=True)
    lines = table.iloc[first].reindex(columns=list(LINE), fill_value="")
    scale = scales(table, digits)
    return Cells(lines, numbers, _days(table["period"]), to_minor(table["amount"].to_numpy(), scale), scale)


def _days(periods: pd.Series) -> np.ndarray:
    codes, days = pd.factorize(periods)
    days = pd.DatetimeIndex(days)
    return np.asarray(days.year * 10000 + days.month * 100 + days.day, dtype="int64")[codes]


def _periods(days: np.ndarray) -> np.ndarray:
    codes, found = pd.factorize(days)
    return pd.to_datetime(found.astype(str), format="%Y%m%d").to_numpy(dtype="datetime64[ns]")[codes]


def exact_table(cells: Cells) -> pd.DataFrame:
    """Cells as a table: all of LINE, period, amount in whole smallest units, scale."""
    codes = {name: cells.lines[name].to_numpy(dtype=object)[cells.line] for name in LINE}
    return pd.DataFrame(codes | {"period": _periods(cells.period), "amount": cells.amount, "scale": cells.scale})


def plan_table(cells: Cells, scenario: str, version: str, dimensions: tuple[str, ...] | None) -> pd.DataFrame:
    """Cells as a plan table with amounts in units, and the dimensions asked for (default: those in use)."""
    used = tuple(name for name in OPTIONAL_DIMENSIONS if (cells.lines[name] != "").any()) if dimensions is None else dimensions
    codes = {name: cells.lines[name].to_numpy(dtype=object)[cells.line] for name in plan_key(used) if name in LINE}
    same = {name: np.full(len(cells.line), said, dtype=object) for name, said in (("scenario", scenario), ("version", version))}
    amount = from_minor(cells.amount, cells.scale.astype("float64"))
    return pd.DataFrame(same | codes | {"period": _periods(cells.period), "amount": amount})


def cell_name(codes: Iterable[str], period: int) -> str:
    """A cell in words: its codes and the month in which its period begins, without the dimensions that aren't declared."""
    return " · ".join([*(code for code in codes if code), f"{period // 10000}-{period // 100 % 100:02d}"])


def exact_amount(amount: int, scale: int) -> Decimal:
    """Whole smallest units as an exact amount in units."""
    return Decimal(amount).scaleb(-scale)


# Writing


def write_bulk(connection: Connection, table: Table, columns: dict[str, np.ndarray]) -> None:
    """Many rows at once: COPY on PostgreSQL, one prepared insert on SQLite."""
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
    cursor.close()


def insert_new(connection: Connection, table: Table):
    """An INSERT that leaves a row alone which is already there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def store_lines(connection: Connection, company: str, lines: pd.DataFrame) -> np.ndarray:
    """The ids of these lines, in their order; new ones are added.

    One statement a transaction adds them, in the order of their codes, so that no two writers wait for each other in a circle.
    """
    connection.execute(CreateTable(incoming_line))
    write_bulk(connection, incoming_line, {"n": np.arange(len(lines))} | {name: lines[name].to_numpy() for name in LINE})
    codes = [incoming_line.c[name] for name in LINE]
    same = and_(line.c.company == company, *(line.c[name] == incoming_line.c[name] for name in LINE))
    new = select(literal(company), *codes).outerjoin_from(incoming_line, line, same).where(line.c.id.is_(None)).distinct()
    connection.execute(insert_new(connection, line).from_select(["company", *LINE], new.order_by(*codes)))
    ids = connection.scalars(select(line.c.id).join_from(incoming_line, line, same).order_by(incoming_line.c.n)).all()
    connection.execute(DropTable(incoming_line))
    return np.array(ids, dtype="int64")


def write_first(connection: Connection, version_id: int, cells: Cells, line_id: np.ndarray) -> int:
    """The first cells of a version, where there is nothing to compare with; gives their number."""
    rows = _sorted_rows(cells, line_id)
    same = {"version_id": version_id, "revision": 1, "until": LATEST}
    write_bulk(connection, cell, {name: np.full(len(line_id), said) for name, said in same.items()} | rows)
    return len(line_id)


def _sorted_rows(cells: Cells, line_id: np.ndarray) -> dict[str, np.ndarray]:
    order = np.lexsort((cells.period, line_id))
    rows = {"line_id": line_id, "period": cells.period, "amount": cells.amount, "scale": cells.scale}
    return {name: values[order] for name, values in rows.items()}


# Merging


class Merge(NamedTuple):
    """How a save meets what stands in its version.

    `base`: the revision it was made from; a cell that equals it was not touched, and what stands there now stays.
    `whole`: cells of the base that it lacks are removed. `strict`: any change since the base is in conflict, touched or not.
    """

    base: int
    whole: bool
    strict: bool = False


def stage_changes(connection: Connection, version_id: int, cells: Cells, line_id: np.ndarray, how: Merge) -> None:
    """Fill `change` with the cells that a save changes, marked where somebody else changed them to something else."""
    connection.execute(CreateTable(incoming))
    connection.execute(CreateTable(change))
    write_bulk(connection, incoming, _sorted_rows(cells, line_id))
    if how.whole:
        connection.execute(_removals(version_id, how))
    _count_rows(connection, incoming)
    connection.execute(_changes(version_id, how))
    _count_rows(connection, change)


def drop_staged(connection: Connection) -> None:
    """Clear the desk after a save."""
    connection.execute(DropTable(incoming))
    connection.execute(DropTable(change))


def _count_rows(connection: Connection, table: Table) -> None:
    """Tell PostgreSQL's planner how large a staging table is."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _stands(cells, revision: int):
    return and_(cells.c.revision <= revision, cells.c.until > revision)


def _differ(one, other):
    """Whether two cells differ, one or both of which may be absent."""
    return or_(one.c.amount.is_distinct_from(other.c.amount), one.c.scale.is_distinct_from(other.c.scale))


def _removals(version_id: int, how: Merge):
    """Cells of the base that the save lacks, with no amount; where strict, those that came later too."""
    kept = select(literal(1)).where(incoming.c.line_id == cell.c.line_id, incoming.c.period == cell.c.period)
    standing = or_(_stands(cell, how.base), cell.c.until == LATEST) if how.strict else _stands(cell, how.base)
    gone = select(cell.c.line_id, cell.c.period).where(cell.c.version_id == version_id, standing, ~kept.exists()).distinct()
    return insert(incoming).from_select(["line_id", "period"], gone)


def _changes(version_id: int, how: Merge):
    """Every cell that the save changes: what it wants, what stands there now, and whether that moved since the base."""
    before, now = cell.alias("before"), cell.alias("now")
    joined = incoming.outerjoin(before, and_(_same_cell(before, version_id, incoming), _stands(before, how.base)))
    joined = joined.outerjoin(now, and_(_same_cell(now, version_id, incoming), now.c.until == LATEST))
    touched = true() if how.strict else _differ(incoming, before)
    moved = case((_differ(now, before), 1), else_=0)
    rows = select(*incoming.c, now.c.amount, now.c.scale, moved).select_from(joined).where(touched, _differ(incoming, now))
    return insert(change).from_select(list(change.c.keys()), rows)


def _same_cell(cells, version_id: int, staged: Table):
    return and_(cells.c.version_id == version_id, cells.c.line_id == staged.c.line_id, cells.c.period == staged.c.period)


def read_conflicts(connection: Connection, where: str) -> list[Problem]:
    """The staged changes that hit a cell somebody else changed: where, theirs, yours."""
    codes = [line.c[name] for name in LINE]
    rows = select(change.c["period", "theirs", "their_scale", "amount", "scale"], *codes)
    rows = rows.join_from(change, line, line.c.id == change.c.line_id).where(change.c.conflict == 1)
    problems = []
    for period, theirs, their_scale, yours, scale, *cell_codes in connection.execute(rows.order_by(*codes, change.c.period)):
        at = f"{where}, {cell_name(cell_codes, period)}"
        problems.append(Problem("changed since", at, _said(theirs, their_scale), _said(yours, scale), "read it again"))
    return problems


def _said(amount: int | None, scale: int | None) -> str:
    return "no amount" if amount is None else f"{exact_amount(amount, scale):,f}"


def apply_changes(connection: Connection, version_id: int, revision: int) -> int:
    """Make the staged changes the given revision of the version; gives the number of cells changed."""
    replaced = update(cell).where(_same_cell(cell, version_id, change), cell.c.until == LATEST)
    connection.execute(replaced.values(until=revision))
    mine = change.c["line_id", "period", "amount", "scale"]
    added = select(literal(version_id), literal(revision), literal(LATEST), *mine).where(change.c.amount.is_not(None))
    names = ["version_id", "revision", "until", *(column.name for column in mine)]
    connection.execute(insert(cell).from_select(names, added.order_by(change.c.line_id, change.c.period)))
    return connection.scalar(select(func.count()).select_from(change))


# Reading


def read_cells(connection: Connection, version_id: int, revision: int) -> Cells:
    """A version's cells at a revision, in the order of their codes and periods."""
    standing = and_(cell.c.version_id == version_id, _stands(cell, revision))
    numbers = _fetch_numbers(connection, select(cell.c["line_id", "period", "amount", "scale"]).where(standing))
    used = select(cell.c.line_id).where(standing).distinct().subquery()
    rows = connection.execute(select(line.c["id", *LINE]).join_from(used, line, line.c.id == used.c.line_id))
    lines = pd.DataFrame(rows.all(), columns=["id", *LINE]).sort_values(list(LINE), ignore_index=True)
    place = pd.Series(lines.index, index=lines["id"]).reindex(numbers[:, 0]).to_numpy(dtype="int64")
    order = np.lexsort((numbers[:, 1], place))
    return Cells(lines, place[order], *numbers[order, 1:].T)


def _fetch_numbers(connection: Connection, query) -> np.ndarray:
    """A large result of whole numbers, straight from the driver: one row each, one column each."""
    cursor = connection.execute(query).cursor
    numbers = np.fromiter(chain.from_iterable(cursor), dtype="int64")
    return numbers.reshape(-1, len(query.selected_columns))


def sum_cells(connection: Connection, version_id: int, revision: int, by: list[str]) -> pd.DataFrame:
    """Totals of a version's cells by the given columns, summed in the database, exact: `by` + amount (Decimal, in units)."""
    columns = [cell.c.period if name == "period" else line.c[name] for name in by]
    sums = [func.sum(cell.c.amount // HALF), func.sum(cell.c.amount % HALF)]
    rows = select(*columns, cell.c.scale, *sums).join_from(cell, line, line.c.id == cell.c.line_id)
    rows = rows.where(cell.c.version_id == version_id, _stands(cell, revision)).group_by(*columns, cell.c.scale)
    totals: dict[tuple, Decimal] = {}
    for *key, scale, high, low in connection.execute(rows):
        totals[tuple(key)] = totals.get(tuple(key), Decimal(0)) + exact_amount(int(high) * HALF + int(low), scale)
    table = pd.DataFrame([(*key, amount) for key, amount in sorted(totals.items())], columns=[*by, "amount"])
    return table.assign(period=_periods(table["period"].to_numpy(dtype="int64"))) if "period" in by else table
