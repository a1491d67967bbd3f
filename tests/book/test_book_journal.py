"""The journal: append-only, chained, checkable."""

import pytest
from book_data import plan
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from planning.book.journal import Head
from planning.core.errors import RequestError


@pytest.fixture
def written(open_version):
    """Three entries: created, saved, noted."""
    open_version.save("acme", "budget", "v1", plan({"pay": 1.0}), 0, "ben", 2, comment="O'Brien's 预算")
    open_version.record("acme", "cfo", "noted", "budget/v1", {"b": 1, "a": [None, "é"]})
    return open_version


def tamper(book, statement):
    """What somebody could do who owns the database: first the guards away, then the deed."""
    sqlite = book._engine.dialect.name == "sqlite"
    guards = ["journal_no_update", "journal_no_delete", "journal_no_insert"] if sqlite else ["journal_no_change"]
    with book._engine.begin() as connection:
        for guard in guards:
            connection.execute(text(f"DROP TRIGGER {guard}" + ("" if sqlite else " ON journal")))
        connection.execute(text(statement))


def test_every_change_leaves_an_entry(written):
    entries = written.journal("acme")
    assert list(zip(entries["number"], entries["who"], entries["kind"], strict=True)) == [
        (1, "ana", "created"),
        (2, "ben", "saved"),
        (3, "cfo", "noted"),
    ]
    assert entries["detail"][1] == {"revision": 1, "base_revision": 0, "mode": "patch", "cells": 1, "comment": "O'Brien's 预算"}
    assert entries["at"].str.endswith("+00:00").all()
    assert written.verify_journal("acme") == []


@pytest.mark.parametrize("statement", ["UPDATE journal SET who = 'x'", "DELETE FROM journal"])
def test_the_database_refuses_to_change_an_entry(written, statement):
    with pytest.raises(DBAPIError, match="append-only"), written._engine.begin() as connection:
        connection.execute(text(statement))


def test_an_entry_cannot_be_replaced_or_the_table_emptied(written):
    sqlite = written._engine.dialect.name == "sqlite"
    statement = "INSERT OR REPLACE INTO journal SELECT * FROM journal" if sqlite else "TRUNCATE journal"
    with pytest.raises(DBAPIError, match="append-only"), written._engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement, said",
    [
        ("UPDATE journal SET who = 'x' WHERE number = 2", "entry 2: was changed"),
        ("UPDATE journal SET detail = '{}' WHERE number = 3", "entry 3: was changed"),
        ("DELETE FROM journal WHERE number = 2", "entry 3: an entry is missing"),
        ("DELETE FROM journal WHERE number = 1", "entry 2: an entry is missing"),
    ],
)
def test_tampering_is_seen(written, statement, said):
    tamper(written, statement)
    assert any(said in str(problem) for problem in written.verify_journal("acme"))


def test_an_end_cut_off_is_seen_only_with_a_head_kept_elsewhere(written):
    head = written.journal_head("acme")
    assert head.number == 3 and written.verify_journal("acme", head) == []
    tamper(written, "DELETE FROM journal WHERE number = 3")
    assert written.verify_journal("acme") == []
    assert "does not hold the head" in str(written.verify_journal("acme", head)[0])


def test_a_head_kept_earlier_still_stands_after_more_entries(written):
    head = written.journal_head("acme")
    written.record("acme", "ana", "noted", "more", {})
    assert written.verify_journal("acme", head) == []


def test_each_company_has_a_chain_of_its_own(written):
    written.record("other", "ana", "noted", "x", {})
    assert written.journal_head("other").number == 1 and written.journal_head("none") == Head(0, "0" * 64)


@pytest.mark.parametrize("detail", [{"a": float("nan")}, {"a": object()}, {"a": "\0"}])
def test_details_that_are_not_json_are_refused(written, detail):
    with pytest.raises(RequestError):
        written.record("acme", "ana", "noted", "x", detail)
