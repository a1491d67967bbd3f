"""Databases: a query's rows, or a table summed where it lies, so that only the sums travel.

Of a source with `table` the measures are summed by every other column that company.yaml uses; where its figures are monthly,
by the month of their days, for which its last day stands. Of an event table with `table` the columns in use are selected and
nothing is summed.
What a sum would hide (nothing, or a text, where an amount should stand) is counted beside it and refused.

What is asked is said once, in Ibis, for whatever database it is; the answer comes as the database's own driver gives it, some rows
at a time, because a SQLite column may hold other things than it is declared for, and a decimal keeps its digits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pandas as pd

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.company_file import Other, Place, Source
from planning.inputs.encodings import LONGEST

if TYPE_CHECKING:  # Ibis takes as long to import as a small company to read: only who asks a database waits for it
    from ibis import BaseBackend
    from ibis.expr.types import BooleanValue, Column, Table

AMISS, MONTH = " amiss", " month"
"""What the count of a measure's missing amounts is called beside its sum, and the month beside its last day; no column of a database is."""
PASSWORD = re.compile(r"(://[^:@/]*:)(.*)(?=@)|([?&]password=)([^&]*)")
FILES = {"sqlite": "a SQLite database", "duckdb": "a DuckDB database"}
"""Databases that are files, by the first word of their URLs."""


def query_parts(source: Place, name: str, columns: list[str] | None = None, most: int = 100_000) -> Iterator[pd.DataFrame]:
    """The rows that the database gives, so many at a time (at least one part); what goes wrong is said without the password."""
    url = os.path.expandvars(source.url)
    where = f"{name}, {_shown(url)}"
    try:
        with _connected(url, where) as database:
            asked = source.query or database.compile(_selection(database, source, columns or [], where))
            with _answer(database, asked) as rows:
                names = [column[0] for column in rows.description or ()]
                part = rows.fetchmany(most)
                yield _sound(pd.DataFrame(part, columns=names, dtype=object), where)
                while part := rows.fetchmany(most):
                    yield _sound(pd.DataFrame(part, columns=names, dtype=object), where)
    except RequestError:
        raise
    except Exception as broken:  # every driver has its own errors; the reason is passed on
        raise RequestError(name, [Problem("can't be queried", where, _reason(broken, url))]) from None


def _shown(url: str) -> str:
    """A URL without its password."""
    return PASSWORD.sub(r"\1\3***", url)


def _reason(broken: Exception, url: str) -> str:
    """What a driver says in one line, without the URL's password."""
    said = str(broken)
    for password in {part for found in PASSWORD.finditer(url) for part in (found[2], found[4]) if part}:
        said = said.replace(password, "***").replace(unquote(password), "***")
    return " ".join(said.split())[:200]


@contextmanager
def _connected(url: str, where: str) -> Iterator[BaseBackend]:
    """The database that a URL names, opened for reading. RequestError where the URL is none, or its file isn't there."""
    scheme, _, rest = url.partition("://")
    kind, file = scheme.partition("+")[0], rest.removeprefix("/")
    if kind in FILES and not Path(file).is_file():
        raise RequestError(where, [Problem("missing file", where, "nothing", FILES[kind])])
    try:
        database = _opened(kind, url, file if kind in FILES else rest)
    except (ImportError, ValueError) as broken:
        reason = f"no driver for {kind}" if isinstance(broken, ImportError) else ""
        wanted = "such as postgresql://user@host/name"
        raise RequestError(where, [Problem("not a database URL", where, reason, wanted)]) from None
    try:
        yield database
    finally:
        database.disconnect()


def _opened(kind: str, url: str, rest: str) -> BaseBackend:
    """A database of this kind, for reading. ValueError where the URL is none, ImportError where its driver isn't installed."""
    import sqlite3

    import ibis

    if not kind or not rest or urlsplit(url).port == 0:  # a port that is no number is a ValueError too
        raise ValueError
    match kind:
        case "sqlite":
            database = ibis.sqlite.connect(rest)
            database.raw_sql("PRAGMA query_only = ON")
            database.con.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
            return database
        case "duckdb":
            return ibis.duckdb.connect(rest, read_only=True)
        case "postgresql" | "postgres":
            return _postgres(rest)
    return ibis.connect(url)


def _postgres(rest: str) -> BaseBackend:
    """PostgreSQL's own reading of the URL: Ibis's takes a + in a password for a blank."""
    import ibis
    import psycopg

    connection = psycopg.connect(f"postgresql://{rest.replace(' ', '%20')}", autocommit=True)
    connection.read_only = True
    return ibis.postgres.from_connection(connection)


@contextmanager
def _answer(database: BaseBackend, asked: str) -> Iterator[Any]:
    """The driver's cursor over the answer; PostgreSQL's stands on the server, or the whole answer would come at once."""
    if database.name == "postgres":
        with database.con.transaction(), database.con.cursor(name="planning") as rows:
            yield rows.execute(asked)
    else:
        with closing(database.raw_sql(asked)) as rows:
            yield rows


def _selection(database: BaseBackend, source: Place, columns: list[str], where: str) -> Table:
    """What is asked of the database for a source's or an event table's `table`."""
    table = _table(database, source, where)
    if not isinstance(source, Source):
        _refuse_unknown(table, [*columns, *source.where], where)
        return _wanted(table, source).select(columns)
    _refuse_unknown(table, [*source.told_by, *source.figures, *source.where], where)
    _refuse_no_numbers(table, source.figures, where)
    table = _wanted(table, source)
    days = _days(source)
    groups = {column: _month(table[column]) if column in days else table[column] for column in source.told_by}
    named = {column: f"{column}{MONTH}" if column in days else column for column in groups}
    last = {column: table[column].max() for column in days}
    sums = {measure: table[measure].sum() for measure in source.figures}
    either = source.posted is not None and source.posted.amount is None
    amiss = {measure + AMISS: _amiss(table[measure], database.name, either) for measure in source.figures}
    answer = table.group_by(**{named[column]: group for column, group in groups.items()}).aggregate(**last, **sums, **amiss)
    return answer.select(*groups, *sums, *amiss)


def _table(database: BaseBackend, source: Place, where: str) -> Table:
    schema, _, name = source.table.rpartition(".")
    try:
        if database.name == "sqlite":
            return _sqlite_table(database, source, schema or "main", name)
        return database.table(name, database=schema or None)
    except Exception:  # some drivers' own, some Ibis's
        known = _tables(database, schema)
        if name in known:
            raise
        raise RequestError(where, [Problem(f"no table {source.table}", where, next=did_you_mean(name, known))]) from None


def _tables(database: BaseBackend, schema: str) -> list[str]:
    if database.name != "duckdb":
        return database.list_tables(database=schema or None)
    with _answer(database, "SELECT table_name FROM duckdb_tables()") as rows:  # Ibis's own list fails with DuckDB 2
        return [name for (name,) in rows.fetchall()]


def _sqlite_table(database: BaseBackend, source: Place, schema: str, name: str) -> Table:
    """A table of SQLite, where what a column is declared as says nothing of what stands in it: its columns are typed by their use."""
    import ibis

    rows = database.con.execute("SELECT name FROM pragma_table_info(?, ?)", (name, schema)).fetchall()
    if not rows:
        raise LookupError(name)
    figures = source.figures if isinstance(source, Source) else []
    chosen = {column: ibis.literal(values[0]).type() for column, values in _chosen(source).items() if values}
    used = chosen | dict.fromkeys(figures, "float64")
    return ibis.table({column: used.get(column, "string") for (column,) in rows}, name=name, database=schema)


def _refuse_unknown(table: Table, columns: list[str], where: str) -> None:
    lacking = [column for column in dict.fromkeys(columns) if column not in table.columns]
    if lacking:
        known = table.columns
        raise RequestError(where, [Problem(f"missing column {column}", where, next=did_you_mean(column, known)) for column in lacking])


def _refuse_no_numbers(table: Table, figures: list[str], where: str) -> None:
    kinds = {measure: table[measure].type() for measure in figures}
    wrong = [Problem(f"wrong {of}", where, f"a column of {kind}", "a number") for of, kind in kinds.items() if not kind.is_numeric()]
    if wrong:
        raise RequestError(where, wrong)


def _chosen(source: Place) -> dict[str, list]:
    """The values that choose rows, or, `not`, leave them out, by column."""
    named = {column: value.than if isinstance(value, Other) else value for column, value in source.where.items()}
    return {column: value if isinstance(value, list) else [value] for column, value in named.items()}


def _wanted(table: Table, source: Place) -> Table:
    """The rows that the source wants."""
    others = {column for column, value in source.where.items() if isinstance(value, Other)}
    conditions = [_condition(table[column], values, column in others) for column, values in _chosen(source).items()]
    return table.filter(conditions) if conditions else table


def _condition(column: Column, values: list, other: bool) -> BooleanValue:
    """A row's column has one of these values or, `other`, none of them. Nothing is an empty text, as in a file."""
    import ibis

    kind = column.type()
    wanted = column.isin([ibis.literal(value, kind) for value in values if value != "" or kind.is_string()])
    if "" in values:
        wanted = wanted | column.isnull()
    return ~wanted.fill_null(False) if other else wanted


def _days(source: Source) -> list[str]:
    """The columns of days that are summed by month: those of monthly figures that nothing else needs by the day."""
    return [source.period.date] if source.period.date and source.grain == "month" and source.period.date not in source.own_days else []


def _month(day: Column) -> Column:
    """The month of a day, such as 2021-03."""
    return day.left(7) if day.type().is_string() else day.strftime("%Y-%m")


def _amiss(measure: Column, kind: str, either: bool) -> Column:
    """How many amounts of a group are none: missing (a posting has either debit or credit), or (SQLite keeps anything) texts."""
    if kind == "sqlite":
        wrong = measure.typeof().notin(["integer", "real", *(["null"] if either else [])])
    else:
        wrong = measure.isnull() & (not either)
    return wrong.ifelse(1, 0).sum()


def _sound(answer: pd.DataFrame, where: str) -> pd.DataFrame:
    """The sums without the counts beside them. RequestError where one of these isn't 0."""
    counts = [column for column in answer if str(column).endswith(AMISS)]
    amiss = {column.removesuffix(AMISS): int(answer[column].sum()) for column in counts}
    said = "rows without one: {:,}"
    problems = [Problem(f"wrong {measure}", where, said.format(count), "a number") for measure, count in amiss.items() if count]
    if problems:
        raise RequestError(where, problems)
    return answer.drop(columns=counts)
