"""Which runs are published is read from a SQLite book's file alone, and the same as the book says; else nothing is said."""

import sqlite3

from alembic.script import ScriptDirectory

from planning.book import opening
from planning.book.published import _newest_schema, published_runs
from planning.book.store import open_book


def publish(book, run_id, company="acme"):
    book.publish(run_id=run_id, company=company, notebook="n", headline="", snapshot="s", tables=[], who="engine", digits={})


def test_the_file_says_what_the_book_says_of_each_company(tmp_path):
    place = str(tmp_path / "a book, 100 %.sqlite")
    book = open_book(place)
    assert published_runs(place, "acme") == set()
    for run_id, company in (("r1", "acme"), ("r2", "acme"), ("r3", "other")):
        publish(book, run_id, company)
    assert published_runs(place, "acme") == {"r1", "r2"} == set(book.runs("acme")["run_id"])
    assert published_runs(f"sqlite:///{place}", "other") == {"r3"}


def test_what_is_still_in_the_write_ahead_log_is_read_too(tmp_path):
    place = str(tmp_path / "book.sqlite")
    book = open_book(place)
    with sqlite3.connect(place) as held:
        held.execute("SELECT count(*) FROM run").fetchall()  # an open connection keeps the log from being folded in
        publish(book, "r1")
        assert (tmp_path / "book.sqlite-wal").stat().st_size and published_runs(place, "acme") == {"r1"}
    held.close()


def test_the_newest_step_of_the_migrations_is_the_schema_that_books_get():
    assert _newest_schema() == ScriptDirectory.from_config(opening._config()).get_current_head()


def test_where_the_book_itself_must_be_asked_nothing_is_said(tmp_path):
    place = tmp_path / "book.sqlite"
    assert published_runs(str(place), "acme") is None and not place.exists()
    assert published_runs("postgresql://localhost/book", "acme") is None
    (tmp_path / "text").write_text("no book")
    sqlite3.connect(tmp_path / "other").close()
    assert published_runs(str(tmp_path / "text"), "acme") is None is published_runs(str(tmp_path / "other"), "acme")
    open_book(place)
    with sqlite3.connect(place) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    assert published_runs(str(place), "acme") is None
