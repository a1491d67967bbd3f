"""Opening a book: where it is, how to talk to it, and bringing its schema up to date."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from planning.book.doors import refusal
from planning.core.errors import PlanningError, RequestError

BUSY_SECONDS = 60
"""How long a SQLite writer waits for another one."""

_LOCK = 20170702  # any number, the same in every process; marks the upgrade among PostgreSQL's advisory locks
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def open_engine(place: str | Path) -> Engine:
    """The engine of the book at a path or URL, its schema up to date; raises RequestError where that can't be."""
    url = read_url(place)
    if url.get_backend_name() == "sqlite":
        _make_folder(Path(url.database))
    engine = build_engine(url)
    try:
        upgrade(engine)
    except DBAPIError as error:
        raise _refused(url, error) from None
    return engine


def read_url(place: str | Path) -> URL:
    """A path, `sqlite:///path` or `postgresql://…` as SQLAlchemy wants it; errors never show a password."""
    if "://" not in str(place):
        return URL.create("sqlite+pysqlite", database=str(Path(place).absolute()))
    kind, rest = str(place).split("://", 1)
    name = kind.lower().split("+")[0]
    if name not in _DRIVERS:
        raise refusal("not a book", kind + "://…", kind, "a path, sqlite:///… or postgresql://…")
    try:
        url = make_url(f"{_DRIVERS[name]}://{rest}")
    except (ArgumentError, ValueError):
        expected = "postgresql://user:password@host:port/database"
        raise refusal("can't be read as an address", kind + "://…", expected=expected) from None
    if name == "sqlite" and not url.database:
        raise refusal("names no file", kind + "://", "", "sqlite:///path/to/book.db")
    return url.set(database=str(Path(url.database).absolute())) if name == "sqlite" else url


def shown(url: URL) -> str:
    """Where the book is, for people: no password, and no further settings, which could hold one."""
    if url.get_backend_name() == "sqlite":
        return url.database
    at = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{at}{url.host or ''}{port}/{url.database or ''}"


def build_engine(url: URL) -> Engine:
    """Connections are made for each use and closed after it, so a forked process never shares one."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    return create_engine(url, poolclass=NullPool, connect_args=patience, isolation_level="READ COMMITTED")


def _prepare_sqlite(connection, _record):
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3 would leave reads and schema changes outside
    for setting in ("foreign_keys = ON", "synchronous = FULL", "temp_store = MEMORY", "cache_size = -65536"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection):
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with _answering(engine), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing. On SQLite it waits here until it is the only writer."""
    with _answering(engine), engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
        yield connection


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:  # bulk work talks to the driver itself
        said = f"{shown(engine.url)} did not finish, and nothing is half done: {_reason(engine.url, error)}"
        raise PlanningError(said) from None


def upgrade(engine: Engine) -> None:
    """Bring the schema to this code's; one process at a time, all steps or none. Raises RequestError on a newer schema."""
    with engine.begin() as connection:
        if _is_current(connection):
            return
    if engine.dialect.name == "sqlite":
        _use_wal(engine)
    with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if not _is_current(connection):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _is_current(connection: Connection) -> bool:
    """Whether the schema is this code's; RequestError where this code doesn't know it."""
    script = ScriptDirectory.from_config(_config())
    revision = MigrationContext.configure(connection).get_current_revision()
    place = shown(connection.engine.url)
    if revision is None and inspect(connection).get_table_names():
        raise refusal(
            "a database of something else", place, "tables, but no book", "a book, or nothing yet", "name another place"
        )
    if revision not in (None, *(step.revision for step in script.walk_revisions())):
        expected = f"{script.get_current_head()} or older"
        raise refusal("a schema this planning doesn't know", place, f"schema {revision}", expected, "update planning")
    return revision == script.get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


def _use_wal(engine: Engine) -> None:
    """Write-ahead logging stays with the file. Several processes may try at once, and SQLite doesn't wait for this one."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with engine.connect().execution_options(begin="SELECT 1") as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except DBAPIError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal("the book's folder can't be made", str(path.parent), str(error.strerror), "a folder to write in") from None


def _refused(url: URL, error: DBAPIError) -> RequestError:
    return refusal("the book can't be opened", shown(url), _reason(url, error), "a place to read and write", "see PLANNING_BOOK")


def _reason(url: URL, error: Exception) -> str:
    """The driver's own words in one line, without any password of the URL."""
    said = " ".join(str(getattr(error, "orig", error)).split())
    for secret in (url.password, *(value for key, value in url.query.items() if "pass" in key)):
        said = said.replace(str(secret), "***") if secret else said
    return said
