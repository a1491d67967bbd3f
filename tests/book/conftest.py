"""A fresh book for each test, on SQLite and on PostgreSQL.

PLANNING_TEST_POSTGRES names a server where databases may be made (`.ci/postgres start` prints one). Without it the
PostgreSQL half is skipped; with CI_FULL=1 that is a failure.
"""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from planning.book.store import open_book


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """The path or URL of a book that doesn't exist yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "book.db")
    else:
        yield from _fresh_database()


@pytest.fixture
def book(place):
    return open_book(place)


@pytest.fixture
def open_version(book):
    """A book with the empty version budget/v1 of company acme."""
    book.create_version("acme", "budget", "v1", "ana")
    return book


def _fresh_database():
    server = os.environ.get("PLANNING_TEST_POSTGRES")
    if not server:
        said = "PLANNING_TEST_POSTGRES is not set; start a server with .ci/postgres"
        pytest.fail(said) if os.environ.get("CI_FULL") == "1" else pytest.skip(said)
    name = f"planning_test_{uuid4().hex}"
    engine = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
