"""The way to approval: who may, what stands still, what is proved, and many people at once."""

import json

import pytest
from alembic import command
from book_data import PEOPLE, amounts, approve, findings, plan, step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from test_book_processes import KILLS, at_once, results, start

from planning.book import journal
from planning.book.opening import _config, build_engine, read_url
from planning.book.rights import FROZEN, ROUTE, Standing, check_right, waits_for
from planning.book.store import Book, open_book
from planning.core.errors import ConflictError, LockedError, PlanningError, RequestError
from planning.core.people import Person

STAGES = ("open", "submitted", "reviewed", "approved")


@pytest.fixture
def filled(open_version):
    """A book with budget/v1 at revision 1: pay 1.0 in cost centre `north`, which a machine saved."""
    open_version.save("acme", "budget", "v1", plan({"pay": 1.0}, cost_centre="north"), 0, "engine", 2)
    return open_version


def reach(book, status):
    """The version taken to a status."""
    for act, who in (("submit", "ana"), ("approve", "cfo"), ("approve", "board"))[: STAGES.index(status)]:
        step(book, act, who)


def now(book):
    return book.version("acme", "budget", "v1")


def lock(book, who="cfo", digest="abc", reason="adopted"):
    return book.lock_version("acme", "budget", "v1", who, PEOPLE, reason, now(book).revision, digest)


# The route


def test_a_version_goes_from_open_to_locked_in_four_steps(filled):
    seen = [step(filled, "submit", "ana"), step(filled, "approve", "cfo"), step(filled, "approve", "board"), lock(filled)]
    assert [version.status for version in seen] == ["submitted", "reviewed", "approved", "locked"]
    assert {version.revision for version in seen} == {1} and seen[-1] == now(filled)


def test_every_step_leaves_who_why_in_which_role_and_on_which_cells(filled):
    approve(filled)
    lock(filled)
    steps = filled.journal("acme").iloc[2:]
    assert list(zip(steps["kind"], steps["who"], strict=True)) == [
        ("submitted", "ana"), ("approved", "cfo"), ("approved", "board"), ("locked", "cfo"),
    ]  # fmt: skip
    assert [detail["role"] for detail in steps["detail"]] == ["owner", "finance", "committee", "finance"]
    assert [detail["from"] for detail in steps["detail"]] == list(STAGES)
    assert {detail["revision"] for detail in steps["detail"]} == {1} and len({detail["content"] for detail in steps["detail"]}) == 1
    assert [detail["reason"] for detail in steps["detail"]] == ["because"] * 3 + ["adopted"]
    assert filled.verify_journal("acme") == [] and steps["detail"].iloc[-1]["digest"] == "abc"


@pytest.mark.parametrize("status", STAGES)
@pytest.mark.parametrize("act, who", [("submit", "ana"), ("approve", "fay"), ("return", "fay"), ("lock", "fay")])
def test_a_step_out_of_turn_is_refused_and_changes_nothing(filled, status, act, who):
    reach(filled, status)
    takes = {"open": "submit", "submitted": "approve", "reviewed": "approve", "approved": "lock"}[status] == act
    takes = takes or (act == "return" and status != "open")
    before, entries = now(filled), len(filled.journal("acme"))
    if takes:
        assert (lock(filled, who) if act == "lock" else step(filled, act, who)).status != status
        return
    with pytest.raises(RequestError, match=f"can't {act} it now, expected .*, got {status}"):
        lock(filled, who) if act == "lock" else step(filled, act, who)
    assert now(filled) == before and len(filled.journal("acme")) == entries


@pytest.mark.parametrize("status", FROZEN)
def test_a_returned_version_is_open_again_and_its_approvals_are_void(filled, status):
    reach(filled, status)
    assert step(filled, "return", "board", reason="too little for the north").status == "open"
    filled.save("acme", "budget", "v1", plan({"pay": 2.0}, cost_centre="north"), 1, "ana", 2)
    assert step(filled, "submit", "ana").revision == 2
    assert step(filled, "approve", "cfo").status == "reviewed", "who approved the last round may approve this one"


def test_once_locked_every_step_is_refused(filled):
    approve(filled)
    lock(filled)
    for act, who in (("submit", "ana"), ("approve", "fay"), ("return", "board")):
        with pytest.raises(LockedError, match="locked by cfo"):
            step(filled, act, who)


def test_an_empty_version_is_not_submitted(open_version):
    with pytest.raises(RequestError, match="no cells to submit"):
        step(open_version, "submit", "ana")


@pytest.mark.parametrize("reason", ["", "  ", "\0", "\ud800"])
def test_a_step_without_a_reason_that_can_be_kept_is_refused(filled, reason):
    with pytest.raises(RequestError):
        step(filled, "submit", "ana", reason=reason)
    assert now(filled).status == "open"


# Who may


def refused(standing, act, who):
    with pytest.raises(RequestError) as wrong:
        check_right(PEOPLE, who, act, standing)
    return [str(problem) for problem in wrong.value.problems]


SUBMITTED = Standing("v1", "submitted", submitted_by=frozenset(["ana"]), changed_by=frozenset(["fay"]))
REVIEWED = SUBMITTED._replace(status="reviewed", changed_by=frozenset(), approved_by=frozenset(["fay"]))


@pytest.mark.parametrize(
    "status, act, able",
    [
        ("open", "submit", {"ana": "owner", "amy": "owner", "cfo": "finance", "fay": "finance"}),
        ("submitted", "approve", {"amy": "finance", "cfo": "finance", "fay": "finance"}),
        ("reviewed", "approve", {"fay": "committee", "board": "committee"}),
        ("approved", "lock", {"amy": "finance", "cfo": "finance", "fay": "finance", "board": "committee"}),
        *((status, "return", {"amy": "finance", "cfo": "finance", "fay": "finance", "board": "committee"}) for status in FROZEN),
    ],
)
def test_each_step_belongs_to_its_roles(status, act, able):
    standing = Standing("v1", status, frozenset(["north"]))
    for who in PEOPLE:
        if who in able:
            assert check_right(PEOPLE, who, act, standing) == able[who]
        else:
            assert f"may not {act} it" in refused(standing, act, who)[0]


def test_nobody_approves_what_they_submitted_changed_or_approved_before():
    assert "one who changed its cells" in refused(SUBMITTED, "approve", "fay")[0]
    assert "one who approved it before" in refused(REVIEWED, "approve", "fay")[0]
    assert check_right(PEOPLE, "board", "approve", REVIEWED) == "committee"
    own = SUBMITTED._replace(submitted_by=frozenset(["fay"]))
    said = refused(own, "approve", "fay")
    assert len(said) == 2 and all(one.endswith("may approve it: amy, cfo") for one in said)


def test_an_owner_submits_only_what_is_all_theirs():
    mixed = Standing("v1", "open", frozenset(["north", "south"]))
    alone = Person("amy", "", "", ("owner",), frozenset(["north"]))
    with pytest.raises(RequestError, match="amy: holds cost centres of others, expected only north, got south; may submit it: cfo"):
        check_right({"amy": alone, "cfo": PEOPLE["cfo"]}, "amy", "submit", mixed)
    assert check_right(PEOPLE, "amy", "submit", mixed) == "finance", "amy may as one of finance"


def test_the_cost_centres_are_those_that_the_version_holds_now(filled):
    filled.save("acme", "budget", "v1", plan({"pay": 1.0}, cost_centre="south"), 1, "engine", 2)
    assert step(filled, "submit", "amy") and filled.journal("acme")["detail"].iloc[-1]["role"] == "finance"
    step(filled, "return", "cfo")
    filled.save("acme", "budget", "v1", plan({"pay": 1.0}, cost_centre="north"), 2, "engine", 2, mode="replace")
    assert step(filled, "submit", "amy") and filled.journal("acme")["detail"].iloc[-1]["role"] == "owner"


def test_somebody_unknown_is_told_the_nearest_name(filled):
    with pytest.raises(RequestError, match=r"unknown person.*did you mean board"):
        step(filled, "submit", "bord")
    with pytest.raises(RequestError, match="unknown person"):
        filled.submit_version("acme", "budget", "v1", "ana", {}, "because")


def test_who_changed_a_cell_long_ago_still_does_not_approve(filled):
    filled.save("acme", "budget", "v1", plan({"pay": 5.0}, cost_centre="north"), 1, "cfo", 2)
    filled.save("acme", "budget", "v1", plan({"pay": 6.0}, cost_centre="north"), 2, "ana", 2)
    step(filled, "submit", "ana")
    with pytest.raises(RequestError, match="one who changed its cells"):
        step(filled, "approve", "cfo")
    assert step(filled, "approve", "fay").status == "reviewed"


@pytest.mark.parametrize("who, own", [("engine", False), ("cfo", True)])
def test_what_the_engine_publishes_is_nobodys_and_what_a_person_publishes_is_theirs(book, who, own):
    book.publish("r1", "acme", "n", None, [("budget", "v1", plan({"pay": 1.0}))], "s1", who, 2)
    book.publish("r2", "acme", "n", None, [("budget", "v11", plan({"pay": 1.0}, version="v11"))], "s1", "fay", 2)
    step(book, "submit", "ana")
    assert book.waiting("acme", PEOPLE)["waits_for"].iloc[0] == (["amy", "fay"] if own else ["amy", "cfo", "fay"])


def test_other_rooms_cannot_write_entries_that_look_like_steps(filled):
    for kind in ("submitted", "approved", "returned", "locked", "saved", "published"):
        with pytest.raises(RequestError, match="written by the step itself"):
            filled.record("acme", "ana", kind, "budget/v1", {})


WHO = st.sampled_from([*PEOPLE, "engine"])
STEPS = st.lists(st.tuples(st.sampled_from(["submit", "approve", "approve", "return", "save", "lock"]), WHO), max_size=14)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_whatever_people_try_what_is_locked_was_approved_by_two_others_as_it_stands(tmp_path_factory, tried):
    book = open_book(tmp_path_factory.mktemp("walk") / "book.db")
    book.create_version("acme", "budget", "v1", "ana")
    book.save("acme", "budget", "v1", plan({"pay": 0.0}), 0, "engine", 0)
    for number, (act, who) in enumerate(tried, start=1):
        revision = now(book).revision
        try:
            if act == "save":
                book.save("acme", "budget", "v1", plan({"pay": float(number)}), revision, who, 0)
            else:
                lock(book, who) if act == "lock" else step(book, act, who)
        except (RequestError, LockedError):
            assert now(book).revision == revision
    check_history(book.journal("acme"), now(book))
    assert book.verify_journal("acme") == book.verify_versions("acme") == []


def check_history(entries, version):
    """Read anew from the journal alone: the status it leads to, and that each approval was somebody else's, of the same cells."""
    status, hands, changed, content = "open", [], set(), None
    for kind, who, detail in zip(entries["kind"], entries["who"], entries["detail"], strict=True):
        if kind == "saved":
            assert status == "open", "a save while it stood still"
            changed.add(who)
        elif kind == "returned":
            assert status in FROZEN and {"finance", "committee"} & set(PEOPLE[who].roles)
            status, hands = "open", []
        elif kind in ("submitted", "approved", "locked"):
            assert detail["from"] == status and detail["role"] in PEOPLE[who].roles
            assert kind != "approved" or who not in {*hands, *changed}
            assert kind == "submitted" or detail["content"] == content
            status, content = ROUTE[status].leads_to, detail["content"]
            hands.append(who)
    assert version.status == status


# What stands still


@pytest.mark.parametrize("status", FROZEN)
def test_while_it_waits_its_cells_stand_still(filled, status):
    reach(filled, status)
    before, entries = now(filled), len(filled.journal("acme"))
    with pytest.raises(LockedError, match=f"{status} by .*nothing was changed; return it first"):
        filled.save("acme", "budget", "v1", plan({"pay": 9.0}, cost_centre="north"), 1, "ana", 2)
    assert now(filled) == before and len(filled.journal("acme")) == entries


def publish(book, run_id, pay, **more):
    tables = [("budget", "v1", plan({"pay": pay, **more}, cost_centre="north")), ("budget", "a", plan({"pay": 1.0}, version="a"))]
    return book.publish(run_id, "acme", "n", None, tables, "s2", "engine", 2)


@pytest.mark.parametrize("status", [*FROZEN, "locked"])
def test_a_run_that_says_the_same_is_registered_and_leaves_it_alone(filled, status):
    reach(filled, "approved" if status == "locked" else status)
    if status == "locked":
        lock(filled)
    before = now(filled)
    assert publish(filled, "r1", 1.0) and filled.published("r1") and now(filled) == before
    [_, said] = filled.journal("acme")["detail"].iloc[-1]["versions"]
    assert said == {"version": "budget/v1", "revision": 1, "cells": 0, "status": status}
    assert filled.version("acme", "budget", "a").revision == 1


@pytest.mark.parametrize("status", [*FROZEN, "locked"])
@pytest.mark.parametrize("amounts_", [{"pay": 2.0}, {"pay": 1.0, "rent": 1.0}, {"pay": 0.0}], ids=["changed", "added", "zero"])
def test_a_run_that_says_something_else_is_refused_as_a_whole(filled, status, amounts_):
    reach(filled, "approved" if status == "locked" else status)
    if status == "locked":
        lock(filled)
    before, entries = now(filled), len(filled.journal("acme"))
    with pytest.raises(LockedError, match="1 cells would change; nothing was changed"):
        publish(filled, "r1", **amounts_)
    assert now(filled) == before and len(filled.journal("acme")) == entries
    assert not filled.published("r1") and list(filled.versions("acme")["version"]) == ["v1"]


def test_a_run_that_lacks_a_cell_says_something_else(filled):
    filled.save("acme", "budget", "v1", plan({"rent": 1.0}, cost_centre="north"), 1, "engine", 2)
    reach(filled, "submitted")
    with pytest.raises(LockedError, match="1 cells would change"):
        publish(filled, "r1", 1.0)


@pytest.mark.parametrize(
    "statement, status",
    [
        ("UPDATE version SET status = 'approved'", "open"), ("UPDATE version SET status = 'locked'", "reviewed"),
        ("UPDATE version SET status = 'approved'", "submitted"), ("UPDATE version SET revision = 2, status = 'open'", "approved"),
        ("UPDATE version SET revision = 2", "submitted"), ("UPDATE version SET snapshot = 'x', status = 'reviewed'", "submitted"),
        ("DELETE FROM version", "reviewed"), ("UPDATE version SET status = 'nonsense'", "open"),
    ],
)  # fmt: skip
def test_the_database_itself_keeps_to_the_route(filled, statement, status):
    reach(filled, status)
    with pytest.raises(DBAPIError, match=r"keeps to its route|stands still"), filled._engine.begin() as connection:
        connection.execute(text(statement))


# What is proved


@pytest.mark.parametrize("status", [*FROZEN, "locked"])
def test_a_cell_changed_behind_the_books_back_is_seen(filled, status):
    reach(filled, "approved" if status == "locked" else status)
    if status == "locked":
        lock(filled)
    assert filled.verify_versions("acme") == []
    with filled._engine.begin() as connection:
        connection.execute(text("UPDATE cell SET amount = amount + 1"))
    [problem] = filled.verify_versions("acme")
    assert "not those that were submitted" in problem.what and "budget/v1" in problem.where


def test_a_version_pushed_along_its_route_behind_the_books_back_is_seen_and_goes_no_further(filled):
    reach(filled, "submitted")
    with filled._engine.begin() as connection:
        for status in ("reviewed", "approved"):
            connection.execute(text(f"UPDATE version SET status = '{status}'"))
    [problem] = filled.verify_versions("acme")
    assert (problem.what, problem.got, problem.expected) == ("its status is not what the journal says", "approved", "submitted")
    with pytest.raises(PlanningError, match="approved, but the journal says submitted"):
        lock(filled)
    assert now(filled).status == "approved" and step(filled, "return", "cfo").status == "open" and filled.verify_versions("acme") == []
    reach(filled, "approved")
    assert lock(filled).status == "locked" and filled.verify_versions("acme") == []


def test_a_cell_changed_behind_the_books_back_is_not_approved_but_may_be_returned(filled):
    reach(filled, "submitted")
    with filled._engine.begin() as connection:
        connection.execute(text("UPDATE cell SET amount = amount + 1"))
    with pytest.raises(PlanningError, match="not those that were submitted"):
        step(filled, "approve", "cfo")
    assert now(filled).status == "submitted" and step(filled, "return", "cfo").status == "open"


def test_the_hash_of_cells_is_the_same_wherever_they_are_kept(filled, tmp_path):
    other = open_book(tmp_path / "other.db")
    other.create_version("acme", "budget", "v1", "ana")
    other.save("acme", "budget", "v1", plan({"zoo": 4.0, "pay": 2.0}, cost_centre="north"), 0, "ben", 2)
    table, revision = other.read("acme", "budget", "v1")
    other.save("acme", "budget", "v1", table[table["account"] == "pay"].assign(amount=1.0), revision, "ben", 2, mode="replace")
    for book in (filled, other):
        step(book, "submit", "ana")
    first, second = (book.journal("acme")["detail"].iloc[-1]["content"] for book in (filled, other))
    assert first == second


# What waits for whom


def test_findings_that_keep_a_version_from_being_locked_are_counted(book):
    book.create_version("acme", "budget", "v1", "ana", snapshot="s1")
    book.store_findings("acme", "s1", findings("open", "within", "open"))
    assert list(book.waiting("acme", PEOPLE)["open_findings"]) == [2]


def test_the_table_says_what_waits_for_whom_and_why(filled):
    [row] = filled.waiting("acme", PEOPLE).to_dict("records")
    assert (row["status"], row["step"], row["role"], row["waits_for"]) == ("open", "submit", "owner", ["ana", "amy"])
    assert (row["last_act"], row["last_who"], row["since"], row["open_findings"]) == ("saved", "engine", now(filled).created_at, 0)
    step(filled, "submit", "ana", reason="ready")
    [row] = filled.waiting("acme", PEOPLE).to_dict("records")
    assert (row["status"], row["role"], row["waits_for"]) == ("submitted", "finance", ["amy", "cfo", "fay"])
    assert (row["last_act"], row["last_who"], row["last_reason"]) == ("submitted", "ana", "ready")
    step(filled, "approve", "fay")
    [row] = filled.waiting("acme", PEOPLE).to_dict("records")
    assert (row["role"], row["waits_for"], row["since"]) == ("committee", ["board"], now(filled).changed_at)
    step(filled, "return", "board", reason="more")
    [row] = filled.waiting("acme", PEOPLE).to_dict("records")
    assert (row["status"], row["last_act"], row["last_reason"], row["revision"]) == ("open", "returned", "more", 1)
    assert row["since"] == filled.journal("acme")["at"].iloc[-1]


def test_a_locked_version_waits_for_nobody_and_without_people_nobody_may(filled):
    approve(filled)
    lock(filled)
    [row] = filled.waiting("acme", PEOPLE).to_dict("records")
    assert (row["status"], row["step"], row["role"], row["waits_for"]) == ("locked", "", "", [])
    filled.create_version("acme", "budget", "v2", "ana")
    rows = filled.waiting("acme", {}).to_dict("records")
    assert [row["version"] for row in rows] == ["v1", "v2"] and rows[1]["waits_for"] == []
    assert filled.waiting("nobody", PEOPLE).empty


def test_who_waits_is_asked_in_the_first_role_of_the_step_that_somebody_holds():
    approved = Standing("v1", "approved")
    assert waits_for(PEOPLE, approved) == ("finance", ["amy", "cfo", "fay"])
    assert waits_for({"board": PEOPLE["board"]}, approved) == ("committee", ["board"])
    assert waits_for({"cfo": PEOPLE["cfo"]}, Standing("v1", "submitted", submitted_by=frozenset(["cfo"]))) == ("finance", [])


def test_a_published_version_says_which_run_filled_it(book):
    book.publish("r1", "acme", "n", None, [("budget", "v1", plan({"pay": 1.0}))], "s1", "engine", 2)
    [row] = book.waiting("acme", PEOPLE).to_dict("records")
    assert (row["last_act"], row["last_who"], row["last_reason"]) == ("published", "engine", "")


# At once


def test_an_approval_of_another_revision_or_status_than_was_seen_is_a_conflict(filled):
    step(filled, "submit", "ana", revision=1)
    step(filled, "return", "cfo")
    filled.save("acme", "budget", "v1", plan({"pay": 7.0}, cost_centre="north"), 1, "ana", 2)
    with pytest.raises(ConflictError, match="expected revision 1, got revision 2"):
        step(filled, "submit", "ana", revision=1)
    step(filled, "submit", "ana")
    with pytest.raises(ConflictError, match="the version moved on"):
        step(filled, "approve", "cfo", revision=1)
    with pytest.raises(RequestError, match="no such revision"):
        step(filled, "approve", "cfo", revision=3)
    step(filled, "approve", "cfo", seen="submitted")
    with pytest.raises(ConflictError, match="expected submitted, got reviewed by cfo"):
        step(filled, "approve", "fay", seen="submitted")
    assert now(filled).status == "reviewed" and amounts(filled.read("acme", "budget", "v1")[0]) == {"pay": 7.0}


def test_of_four_who_approve_at_once_one_does_and_the_others_are_told_who(filled, place):
    step(filled, "submit", "ana")
    told = at_once("approve", place, 4, "submitted")
    [winner] = [number for number, said in enumerate(told) if said == "reviewed"]
    others = [said for said in told if said != "reviewed"]
    assert {kind for kind, _ in others} == {"ConflictError"} and all(f"reviewed by p{winner} at" in said for _, said in others)
    assert list(filled.journal("acme")["kind"].iloc[2:]) == ["submitted", "approved"] and filled.verify_journal("acme") == []


def test_of_four_who_approve_whatever_stands_two_do_and_each_one_stage(filled, place):
    step(filled, "submit", "ana")
    told = at_once("approve", place, 4)
    assert sorted(said for said in told if isinstance(said, str)) == ["approved", "reviewed"]
    assert [kind for kind, _ in (said for said in told if not isinstance(said, str))] == ["RequestError"] * 2
    approvals = filled.journal("acme").iloc[3:]
    assert approvals["who"].nunique() == 2 and [detail["role"] for detail in approvals["detail"]] == ["finance", "committee"]


def test_of_those_who_submit_and_those_who_save_at_once_one_comes_first_and_the_others_are_refused(filled, place):
    told = at_once("hand_in", place, 4)
    [won] = [said for said in told if isinstance(said, str)]
    assert won == now(filled).status and now(filled).revision == (1 if won == "submitted" else 2)
    assert len(filled.journal("acme")) == 3 and filled.verify_versions("acme") == []


@pytest.mark.timeout(3600)
def test_a_process_killed_while_submitting_approving_or_returning_leaves_every_step_whole(place):
    [reported] = results([start("kill_steps", place, KILLS)])
    assert reported > 0


# Books from before


def test_a_book_from_before_there_were_approvals_keeps_all_it_holds(place):
    engine = build_engine(read_url(place))
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    old = Book(engine)
    for name in ("v1", "v2"):
        old.create_version("acme", "budget", name, "ana", snapshot="s1")
        old.save("acme", "budget", name, plan({"pay": 1.0}, version=name), 0, "ben", 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE version SET status = 'locked', digest = 'abc' WHERE version = 'v1'"))
        journal.write_entry(connection, "acme", "cfo", "locked", "budget/v1", {"revision": 1, "digest": "abc"})
    before = old.versions("acme"), old.journal("acme")
    book = open_book(place)
    after = book.versions("acme"), book.journal("acme")
    assert all(one.equals(other) for one, other in zip(before, after, strict=True)) and book.verify_journal("acme") == []
    assert amounts(book.read("acme", "budget", "v1")[0]) == {"pay": 1.0} and book.verify_versions("acme") == []
    locked, opened = book.waiting("acme", PEOPLE).to_dict("records")
    assert (locked["status"], locked["last_who"], locked["last_reason"], opened["status"]) == ("locked", "cfo", "", "open")
    with pytest.raises(LockedError):
        step(book, "return", "board")
    assert approve(book, "v2").status == "approved" and json.dumps(opened)
