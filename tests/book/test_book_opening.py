"""Opening a book: made once, brought up to date, refused without a change."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from planning.book.opening import read_url, shown
from planning.book.schema import metadata
from planning.book.store import open_book
from planning.core.errors import PlanningError, RequestError


def test_the_steps_lead_to_the_tables_of_the_code(book):
    with book._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_book_is_opened_again_with_all_it_holds(place):
    open_book(place).create_version("acme", "budget", "v1", "ana")
    assert len(open_book(place).versions()) == 1


def test_a_book_of_a_newer_schema_is_refused_and_left_alone(place):
    book = open_book(place)
    with book._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RequestError, match="got schema 9999") as refused:
        open_book(place)
    with book._engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    assert refused.value.exit_code == 2


def test_a_database_of_something_else_is_refused_and_left_alone(place):
    book = open_book(place)
    with book._engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(RequestError, match="a database of something else"):
        open_book(place)


def test_sqlite_writes_ahead_and_syncs_fully(tmp_path):
    with open_book(tmp_path / "b.db")._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("name", ["a b.db", "ünï?q#%41.db", ":memory:", "quo'te.db"])
def test_any_file_name_is_a_path(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    open_book(name)
    assert Path(tmp_path, name).is_file()


def test_the_folder_is_made(tmp_path):
    open_book(tmp_path / "new" / "deep" / "book.db")
    assert (tmp_path / "new" / "deep" / "book.db").is_file()


def test_places_that_cannot_hold_a_book(tmp_path):
    (tmp_path / "file").write_text("not a database, but long enough to be read as one " * 50)
    for place in (
        tmp_path,
        tmp_path / "file",
        tmp_path / "file" / "book.db",
        "/proc/no/book.db",
        "sqlite://",
        "mysql://u:secret@h/d",
    ):
        with pytest.raises(RequestError) as refused:
            open_book(place)
        assert "secret" not in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@127.0.0.1:1/book",
        "postgres://me@127.0.0.1:1/book?password=s3cret",
        "postgresql+psycopg://me:s3cret@127.0.0.1:port/book",
        "postgresql://me:s3cret@no.such.host.invalid/book",
        "postgresql://me:s3cret@/book?host=/nowhere&nonsense=s3cret",
    ],
)
def test_an_address_that_does_not_answer_is_refused_without_its_password(url):
    with pytest.raises(RequestError) as refused:
        open_book(url)
    seen = [refused.value, refused.value.__cause__] + ([] if refused.value.__suppress_context__ else [refused.value.__context__])
    assert not any("s3cret" in str(error) for error in seen)


def test_postgresql_may_be_spelt_as_people_do():
    for spelling in ("postgres", "postgresql", "POSTGRESQL", "postgresql+psycopg"):
        assert read_url(f"{spelling}://me:pw@host/book").drivername == "postgresql+psycopg"
    assert shown(read_url("postgresql://me:pw@host:5433/book?password=x")) == "postgresql://me@host:5433/book"


def test_a_book_shows_where_it_is_without_a_password(book):
    assert "planning:" not in repr(book)


def test_a_broken_book_says_so_in_one_line(book):
    with book._engine.begin() as connection:
        connection.execute(text("DROP TABLE run"))
    with pytest.raises(PlanningError, match="nothing is half done"):
        book.published("r1")
