"""Holds in the book: a name and a range until they are released, and nothing but the journal keeps them."""

import pytest
from book_data import approve, plan, step

from planning.core.errors import ConflictError, LockedError, RequestError

VERSION = ("acme", "budget", "v1")


def names(book, version=VERSION):
    return book.holds(*version)["hold"].tolist()


def test_a_hold_stands_until_it_is_released(open_version):
    book = open_version
    assert names(book) == [] and book.hold(*VERSION, "rent", "account=rent", "ana", "agreed")
    book.hold(*VERSION, "pay", "account=pay,period=2027-01", "amy", "合同")
    assert names(book) == ["pay", "rent"]
    row = book.holds(*VERSION).iloc[0]
    assert (row["where"], row["who"], row["reason"]) == ("account=pay,period=2027-01", "amy", "合同") and row["at"].endswith("+00:00")
    book.release(*VERSION, "rent", "ana", "over")
    assert names(book) == ["pay"] and not book.verify_journal("acme")
    assert [(one["kind"], one["who"]) for one in book.journal("acme").to_dict("records")][1:] == [
        ("held", "ana"), ("held", "amy"), ("released", "ana"),
    ]  # fmt: skip


def test_a_released_name_may_be_used_again(open_version):
    for where in ("account=rent", "account=pay"):
        open_version.hold(*VERSION, "one", where, "ana", "x")
        open_version.release(*VERSION, "one", "ana", "y")
    open_version.hold(*VERSION, "one", "account=rent", "ana", "x")
    assert open_version.holds(*VERSION)["where"].tolist() == ["account=rent"]


def test_the_same_hold_again_changes_nothing_and_another_of_its_name_is_refused(open_version):
    assert open_version.hold(*VERSION, "one", "account=rent", "ana", "x")
    assert not open_version.hold(*VERSION, "one", "account=rent", "amy", "z")
    with pytest.raises(RequestError, match="the hold exists, expected account=rent, got account=pay; name another, or release it first"):
        open_version.hold(*VERSION, "one", "account=pay", "ana", "x")
    with pytest.raises(RequestError, match=r"no such hold, got 'ones'; did you mean one\?"):
        open_version.release(*VERSION, "ones", "ana", "x")
    assert len(open_version.journal("acme")) == 2


@pytest.mark.parametrize(
    "hold, where, reason", [("", "a=b", "x"), ("n", "a=\0", "x"), ("n", "a=b", " "), ("n" * 300, "a=b", "x"), (None, "a=b", "x")]
)
def test_a_hold_needs_a_name_a_range_and_a_reason_that_can_be_kept(open_version, hold, where, reason):
    with pytest.raises(RequestError):
        open_version.hold(*VERSION, hold, where, "ana", reason)
    assert names(open_version) == [] and len(open_version.journal("acme")) == 1


def test_holds_are_each_versions_own_and_outlive_a_round_of_approval(open_version):
    book = open_version
    book.create_version("acme", "budget", "v2", "ana")
    book.save(*VERSION, plan({"rent": 1.0}), 0, "ana", 2)
    book.hold(*VERSION, "one", "account=rent", "ana", "x")
    assert names(book, ("acme", "budget", "v2")) == []
    step(book, "submit", "ana")
    for act in (lambda: book.hold(*VERSION, "two", "account=rent", "ana", "x"), lambda: book.release(*VERSION, "one", "ana", "x")):
        with pytest.raises(LockedError, match="submitted by ana"):
            act()
    step(book, "return", "cfo")
    assert names(book) == ["one"]
    book.release(*VERSION, "one", "ana", "x")
    assert approve_and_lock(book).status == "locked"
    with pytest.raises(LockedError, match="locked"):
        book.hold(*VERSION, "two", "account=rent", "ana", "x")
    with pytest.raises(RequestError, match="unknown version"):
        book.holds("acme", "budget", "v9")


def approve_and_lock(book):
    approved = approve(book)
    return step(book, "lock", "cfo", revision=approved.revision, digest="d")


def test_entries_of_holds_are_written_by_holds_alone(open_version):
    for kind in ("held", "released"):
        with pytest.raises(RequestError, match="written by the step itself"):
            open_version.record("acme", "ana", kind, "budget/v1", {"hold": "x", "where": ""})


def test_a_hold_is_no_change_of_a_cell_so_its_maker_may_approve(open_version):
    open_version.save(*VERSION, plan({"rent": 1.0}), 0, "ana", 2)
    open_version.hold(*VERSION, "one", "account=rent", "cfo", "agreed with the landlord")
    step(open_version, "submit", "ana")
    assert step(open_version, "approve", "cfo").status == "reviewed"


def test_a_save_that_rests_on_the_whole_version_is_refused_once_anything_moved(open_version):
    book = open_version
    book.save(*VERSION, plan({"rent": 1.0, "pay": 2.0}), 0, "ana", 2)
    book.save(*VERSION, plan({"pay": 3.0}), 1, "ben", 2)
    with pytest.raises(ConflictError, match="the version moved on"):
        book.save(*VERSION, plan({"rent": 5.0}), 1, "ana", 2, unmoved=True)
    assert book.save(*VERSION, plan({"rent": 5.0}), 1, "ana", 2).revision == 3
    assert book.save(*VERSION, plan({"rent": 6.0}), 3, "ana", 2, unmoved=True, verb={"verb": "grow"}).revision == 4
    assert book.journal("acme").iloc[-1]["detail"]["verb"] == {"verb": "grow"} and "verb" not in book.journal("acme").iloc[-2]["detail"]
