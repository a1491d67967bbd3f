"""Two edits of one cell are a conflict; edits of different cells both succeed."""

import pytest
from book_data import amounts, plan

from planning.core.errors import ConflictError, RequestError


@pytest.fixture
def started(open_version):
    """Revision 1: rent 1, pay 2."""
    open_version.save("acme", "budget", "v1", plan({"rent": 1.0, "pay": 2.0}), 0, "ana", 2)
    return open_version


def save(book, table, base, who="ana", **options):
    return book.save("acme", "budget", "v1", plan(table), base, who, 2, **options)


def now(book):
    return amounts(book.read("acme", "budget", "v1")[0])


def test_the_second_edit_of_a_cell_is_refused_with_both_amounts(started):
    save(started, {"pay": 1234.5}, 1, "ben")
    with pytest.raises(ConflictError) as refused:
        save(started, {"pay": 4.0, "rent": 9.0}, 1)
    [problem] = refused.value.problems
    assert (problem.where, problem.got, problem.expected) == (
        "budget/v1, base · hq · all · pay · booked · month · 2027-01",
        "1,234.50",
        "4.00",
    )
    assert now(started) == {"rent": 1.0, "pay": 1234.5}


def test_a_name_does_not_help_two_windows_of_one_person_conflict_too(started):
    save(started, {"pay": 3.0}, 1, "ana")
    with pytest.raises(ConflictError):
        save(started, {"pay": 4.0}, 1, "ana")


def test_edits_of_different_cells_both_succeed(started):
    assert save(started, {"pay": 3.0}, 1, "ben") == (2, 1)
    assert save(started, {"rent": 4.0}, 1, "ana") == (3, 1)
    assert now(started) == {"rent": 4.0, "pay": 3.0}


def test_a_whole_sheet_keeps_what_others_changed_in_cells_it_did_not_touch(started):
    save(started, {"pay": 3.0, "travel": 7.0}, 1, "ben")
    assert save(started, {"pay": 2.0, "rent": 4.0}, 1, "ana", mode="replace") == (3, 1)
    assert now(started) == {"rent": 4.0, "pay": 3.0, "travel": 7.0}


def test_the_same_edit_twice_is_no_conflict_and_no_revision(started):
    save(started, {"pay": 3.0}, 1, "ben")
    assert save(started, {"pay": 3.0}, 1, "ana") == (2, 0)


def test_adding_the_same_cell_with_another_amount_is_a_conflict(started):
    save(started, {"travel": 3.0}, 1, "ben")
    with pytest.raises(ConflictError):
        save(started, {"travel": 4.0}, 1)


def test_changing_a_cell_that_was_removed_is_a_conflict(started):
    save(started, {"rent": 1.0}, 1, "ben", mode="replace")
    with pytest.raises(ConflictError, match="got no amount"):
        save(started, {"pay": 4.0}, 1)


def test_removing_a_cell_that_was_changed_is_a_conflict(started):
    save(started, {"pay": 3.0}, 1, "ben")
    with pytest.raises(ConflictError, match="expected no amount"):
        save(started, {"rent": 1.0}, 1, mode="replace")


def test_a_cell_changed_and_changed_back_is_no_conflict(started):
    save(started, {"pay": 3.0}, 1, "ben")
    save(started, {"pay": 2.0}, 2, "ben")
    assert save(started, {"pay": 4.0}, 1) == (4, 1)


def test_a_conflict_saves_nothing_and_leaves_no_entry(started):
    save(started, {"pay": 3.0}, 1, "ben")
    before = len(started.journal("acme"))
    with pytest.raises(ConflictError):
        save(started, {"pay": 4.0, "rent": 5.0, "travel": 6.0}, 1)
    assert (now(started), len(started.journal("acme"))) == ({"rent": 1.0, "pay": 3.0}, before)


@pytest.mark.parametrize("base", [-1, 2, True, None, "1", 1.0])
def test_a_revision_the_version_never_had_is_refused(started, base):
    with pytest.raises(RequestError, match="no such revision"):
        save(started, {"pay": 4.0}, base)


def test_a_rehearsal_gives_the_same_answer_and_the_same_errors_and_writes_nothing(started):
    before = started.version("acme", "budget", "v1"), len(started.journal("acme"))
    assert save(started, {"pay": 3.0, "tea": 1.0}, 1, rehearse=True) == (2, 2) and save(started, {"pay": 2.0}, 1, rehearse=True) == (1, 0)
    assert (started.version("acme", "budget", "v1"), len(started.journal("acme"))) == before and now(started) == {"rent": 1.0, "pay": 2.0}
    assert save(started, {"pay": 3.0, "tea": 1.0}, 1) == (2, 2)
    with pytest.raises(ConflictError):
        save(started, {"pay": 4.0}, 1, rehearse=True)
    started.create_version("acme", "budget", "v2", "ana")
    assert started.save("acme", "budget", "v2", plan({"rent": 1.0}, version="v2"), 0, "ana", 2, rehearse=True) == (1, 1)
    assert started.read("acme", "budget", "v2")[0].empty
