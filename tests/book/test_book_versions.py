"""Versions, locking and findings."""

import pandas as pd
import pytest
from book_data import PEOPLE, approve, findings, plan
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from planning.core.errors import ConflictError, LockedError, RequestError


@pytest.fixture
def approved(open_version):
    """A book with budget/v1 at revision 1, submitted by ana and approved."""
    open_version.save("acme", "budget", "v1", plan({"pay": 1.0}), 0, "ana", 2)
    approve(open_version)
    return open_version


def lock(book, digest="abc", revision=1):
    return book.lock_version("acme", "budget", "v1", "cfo", PEOPLE, "adopted", revision, digest)


def test_a_version_starts_open_and_empty(book):
    made = book.create_version("acme", "budget", "v1", "ana", snapshot="s1")
    assert (made.status, made.revision, made.snapshot, made.created_by) == ("open", 0, "s1", "ana")
    assert book.versions("acme").to_dict("records") == [made._asdict()]


def test_a_version_is_made_once(open_version):
    with pytest.raises(RequestError, match="the version exists"):
        open_version.create_version("acme", "budget", "v1", "ben")


def test_an_unknown_version_is_named_with_the_nearest_one(open_version):
    with pytest.raises(RequestError, match=r"did you mean budget/v1\?"):
        open_version.read("acme", "budget", "v11")


@pytest.mark.parametrize(
    "scenario, version, who",
    [("plan", "v2", "ana"), ("budget", " ", "ana"), ("budget", "v2", ""), ("budget", "v\0", "ana"), ("budget", None, "ana")],
)
def test_versions_with_impossible_names_are_refused(book, scenario, version, who):
    with pytest.raises(RequestError):
        book.create_version("acme", scenario, version, who)
    assert book.versions().empty and book.journal("acme").empty


def test_a_locked_version_never_changes(approved):
    locked = lock(approved)
    assert (locked.status, locked.digest) == ("locked", "abc")
    with pytest.raises(LockedError, match="locked by cfo"):
        approved.save("acme", "budget", "v1", plan({"pay": 2.0}), 1, "ana", 2)
    with pytest.raises(LockedError):
        approved.publish("r1", "acme", "annual_budget", {}, [("budget", "v1", plan({"pay": 2.0}))], "s1", "engine", 2)
    with pytest.raises(LockedError):
        lock(approved, digest="other")
    assert not approved.published("r1")


def test_locking_again_with_the_same_digest_changes_nothing(approved):
    assert lock(approved) == approved.version("acme", "budget", "v1")
    entries = len(approved.journal("acme"))
    lock(approved)
    assert len(approved.journal("acme")) == entries


def test_the_database_itself_refuses_to_change_a_locked_version(approved):
    lock(approved)
    for statement in ("UPDATE version SET status = 'open'", "DELETE FROM version"):
        with pytest.raises(DBAPIError, match="a locked version never changes"), approved._engine.begin() as connection:
            connection.execute(text(statement))


def test_a_digest_of_an_older_revision_does_not_lock(approved):
    with pytest.raises(ConflictError, match="got revision 1"):
        lock(approved, revision=0)


def test_locking_waits_for_open_findings_and_names_them(book):
    book.create_version("acme", "budget", "v1", "ana", snapshot="s1")
    book.save("acme", "budget", "v1", plan({"pay": 1.0}), 0, "ana", 2)
    approve(book)
    book.store_findings("acme", "s1", findings("within", "open", "accepted", "open"))
    with pytest.raises(LockedError, match="2 open findings of snapshot s1") as refused:
        lock(book)
    assert "cash, total, 2027-01: misses by 12.5 (open)" in str(refused.value)
    book.store_findings("acme", "s1", findings("within", "accepted"))
    assert lock(book).status == "locked"


def test_findings_come_back_as_stored_and_the_same_again_changes_nothing(book):
    told = findings("open", "within")
    told.loc[1, ["size", "tolerance"]] = None
    assert book.store_findings("acme", "s1", told)
    assert not book.store_findings("acme", "s1", told)
    pd.testing.assert_frame_equal(book.findings("acme", "s1"), told, check_dtype=False)
    assert book.findings("acme", "s2").empty and book.findings("other", "s1").empty
    assert list(book.journal("acme")["kind"]) == ["findings"]


def test_no_findings_replace_some(book):
    book.store_findings("acme", "s1", findings("open"))
    assert book.store_findings("acme", "s1", findings())
    assert book.findings("acme", "s1").empty


def test_findings_lacking_a_column_are_refused(book):
    with pytest.raises(RequestError, match="wrong columns"):
        book.store_findings("acme", "s1", findings("open").drop(columns="owner"))
