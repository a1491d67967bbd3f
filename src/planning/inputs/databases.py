"""Databases: a query's rows, or a table summed where it lies, so that only the sums travel.

Of a source with `table` the measures are summed by every other column that company.yaml uses; where its figures are monthly,
dates are cut to their month first. Of an event table with `table` the columns in use are selected and nothing is summed.
What a sum would hide (nothing, or a text, where an amount should stand) is counted beside it and refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import sqlalchemy
from sqlalchemy.sql.expression import ColumnElement

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.company import Other, Place, Source

AMISS = " amiss"
"""What the count of a measure's missing amounts is called beside its sum; no column of a database is."""


def query_parts(source: Place, name: str, columns: list[str] | None = None, most: int = 100_000) -> Iterator[pd.DataFrame]:
    """The rows that the database gives, so many at a time (at least one part); what goes wrong is said without the password."""
    engine = _engine(source, name)
    where = f"{name}, {engine.url.render_as_string(hide_password=True)}"
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise RequestError(name, [Problem("missing file", where, "nothing", "a SQLite database")])
    try:
        asked = sqlalchemy.text(source.query) if source.query is not None else _selection(engine, source, columns or [], where)
        with engine.connect().execution_options(stream_results=True) as connection:
            found = connection.execute(asked)
            names = list(found.keys())
            rows = found.fetchmany(most)
            yield _sound(pd.DataFrame(rows, columns=names, dtype=object), where)
            while rows := found.fetchmany(most):
                yield _sound(pd.DataFrame(rows, columns=names, dtype=object), where)
    except sqlalchemy.exc.SQLAlchemyError as broken:
        reason = " ".join(str(getattr(broken, "orig", None) or broken).split())[:200]
        raise RequestError(name, [Problem("can't be queried", where, reason)]) from None


def _engine(source: Place, name: str) -> sqlalchemy.Engine:
    try:
        return sqlalchemy.create_engine(os.path.expandvars(source.url), poolclass=sqlalchemy.NullPool)
    except (sqlalchemy.exc.ArgumentError, ValueError, ImportError) as broken:
        reason = f"no driver {broken.name}" if isinstance(broken, ImportError) else ""
        wanted = "such as postgresql://user@host/name"
        raise RequestError(name, [Problem("not a database URL", f"{name}, url", reason, wanted)]) from None


def _selection(engine: sqlalchemy.Engine, source: Place, columns: list[str], where: str) -> sqlalchemy.Select:
    """What is asked of the database for a source's or an event table's `table`."""
    table = _table(engine, source, where)
    if not isinstance(source, Source):
        _refuse_unknown(table, [*columns, *source.where], where)
        return sqlalchemy.select(*(table.c[column] for column in columns)).where(*_conditions(table, source))
    by, figures = source.told_by, source.figures
    _refuse_unknown(table, [*by, *figures, *source.where], where)
    groups = [_month(table.c[column], engine) if column in _days(source) else table.c[column] for column in by]
    named = [group.label(column) for group, column in zip(groups, by, strict=True)]
    sums = [sqlalchemy.func.sum(table.c[measure]).label(measure) for measure in figures]
    either = source.posted is not None and source.posted.amount is None
    amiss = [_amiss(table.c[measure], engine, either).label(measure + AMISS) for measure in figures]
    return sqlalchemy.select(*named, *sums, *amiss).where(*_conditions(table, source)).group_by(*groups)


def _table(engine: sqlalchemy.Engine, source: Place, where: str) -> sqlalchemy.FromClause:
    schema, _, name = source.table.rpartition(".")
    try:
        table = sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema or None, autoload_with=engine)
    except sqlalchemy.exc.NoSuchTableError:
        there = sqlalchemy.inspect(engine)
        known = [*there.get_table_names(schema or None), *there.get_view_names(schema or None)]
        raise RequestError(where, [Problem(f"no table {source.table}", where, next=did_you_mean(name, known))]) from None
    if engine.dialect.name == "sqlite":  # what a column is declared as says nothing of what stands in it
        return sqlalchemy.table(name, *(sqlalchemy.column(column.name) for column in table.c), schema=schema or None)
    return table


def _refuse_unknown(table: sqlalchemy.FromClause, columns: list[str], where: str) -> None:
    lacking = [column for column in dict.fromkeys(columns) if column not in table.c]
    if lacking:
        known = table.c.keys()
        raise RequestError(where, [Problem(f"missing column {column}", where, next=did_you_mean(column, known)) for column in lacking])


def _conditions(table: sqlalchemy.FromClause, source: Place) -> list[ColumnElement]:
    return [_condition(table.c[column], value) for column, value in source.where.items()]


def _condition(column: ColumnElement, value: object) -> ColumnElement:
    match value:
        case list():
            return column.in_(value)
        case Other(than=other):
            return column != other
    return column == value


def _days(source: Source) -> list[str]:
    """The columns of days that are cut to their month: those of monthly figures that nothing else needs by the day."""
    return [source.period.date] if source.period.date and source.grain == "month" and source.period.date not in source.own_days else []


def _month(column: ColumnElement, engine: sqlalchemy.Engine) -> ColumnElement:
    """The month of a day: 2021-03 of a text, the month's first day of a date."""
    if engine.dialect.name == "sqlite" or isinstance(column.type, sqlalchemy.types.String):
        return sqlalchemy.func.substr(column, 1, 7)
    return sqlalchemy.cast(sqlalchemy.func.date_trunc("month", column), sqlalchemy.Date)


def _amiss(measure: ColumnElement, engine: sqlalchemy.Engine, either: bool) -> ColumnElement:
    """How many amounts of a group are none: missing (a posting has either debit or credit), or (SQLite keeps anything) texts."""
    wrong = sqlalchemy.false() if either else measure.is_(None)
    if engine.dialect.name == "sqlite":
        wrong = sqlalchemy.func.typeof(measure).not_in(("integer", "real", *(("null",) if either else ())))
    return sqlalchemy.func.sum(sqlalchemy.case((wrong, 1), else_=0))


def _sound(answer: pd.DataFrame, where: str) -> pd.DataFrame:
    """The sums without the counts beside them. RequestError where one of these isn't 0."""
    counts = [column for column in answer if str(column).endswith(AMISS)]
    amiss = {column.removesuffix(AMISS): int(answer[column].sum()) for column in counts}
    said = "rows without one: {:,}"
    problems = [Problem(f"wrong {measure}", where, said.format(count), "a number") for measure, count in amiss.items() if count]
    if problems:
        raise RequestError(where, problems)
    return answer.drop(columns=counts)
