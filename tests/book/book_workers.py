"""What other processes do in the tests: `python book_workers.py JOB PLACE …` prints one line of JSON.

count        add 1 to one cell so many times, reading again after each conflict
race         save one amount into one cell from revision 0, at a given moment
publish      publish a run at a given moment
approve      approve a version at a given moment
hand_in      submit a version (even numbers) or save into it (odd ones) at a given moment
open         open a book that doesn't exist yet, at a given moment
kill_saves   kill a saving and publishing process at random moments, and look at the book after each
kill_steps   kill a process that submits, approves and returns at random moments, and look at the book after each
kill_opens   kill an opening process at random moments, each time on a fresh book
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time

from book_data import plan, step
from sqlalchemy import text

from planning.book.opening import build_engine, read_url
from planning.book.store import open_book
from planning.core.errors import ConflictError, PlanningError
from planning.core.people import Person

WIDE = [f"account {n}" for n in range(300)]


def wait_for_all():
    """Say that this process is ready, and go when the test says that all are."""
    print("ready", flush=True)
    sys.stdin.readline()


def count(place, number, times):
    """Steps are powers of 1000, so that no two people ever mean the same amount."""
    book, step, conflicts = open_book(place), 1000.0 ** int(number), 0
    wait_for_all()
    for _ in range(int(times)):
        while True:
            table, revision = book.read("acme", "budget", "v1")
            try:
                saved = book.save("acme", "budget", "v1", table.assign(amount=table["amount"] + step), revision, number, 0)
                assert saved == (revision + 1, 1)
                break
            except ConflictError:
                conflicts += 1
    return conflicts


def race(place, amount):
    book, table = open_book(place), plan({"pay": float(amount)})
    wait_for_all()
    try:
        return book.save("acme", "budget", "v1", table, 0, f"saver {amount}", 0).revision
    except ConflictError as refused:
        return [[problem.got, problem.expected] for problem in refused.problems]


def publish(place, amount):
    book, names = open_book(place), ["v1", "v2", "v3"]
    random.shuffle(names)
    tables = [("forecast", name, plan({"pay": float(amount)}, "forecast", name)) for name in names]
    wait_for_all()
    return book.publish("r1", "acme", "n", None, tables, "s1", f"engine {amount}", 0)


def many(number):
    """Somebody who may do everything, but not approve their own."""
    return {f"p{number}": Person(f"p{number}", "", "", ("owner", "finance", "committee"), owns_all=True)}


def told(act):
    """The status a step led to, or the kind of error and what it says."""
    try:
        return act().status
    except PlanningError as refused:
        return [type(refused).__name__, str(refused)]


def approve(place, number, seen=None):
    book = open_book(place)
    wait_for_all()
    return told(lambda: book.approve_version("acme", "budget", "v1", f"p{number}", many(number), "because", 1, seen))


def hand_in(place, number):
    book, who, table = open_book(place), f"p{number}", plan({"pay": float(number) + 100})
    wait_for_all()
    if int(number) % 2:
        saved = lambda: book.save("acme", "budget", "v1", table, 1, who, 0) and book.version("acme", "budget", "v1")  # noqa: E731
        return told(saved)
    return told(lambda: book.submit_version("acme", "budget", "v1", who, many(number), "because", 1))


def open_new(place, _number):
    wait_for_all()
    return len(open_book(place).versions())


def _write_forever(place, start, report):
    """Saves and publishes; each writes one number into every cell, and reports it only after the book has."""
    book = open_book(place)
    for number in range(start, start + 10**6):
        revision = book.version("acme", "budget", "v1").revision
        book.save("acme", "budget", "v1", plan(dict.fromkeys(WIDE, float(number))), revision, "ana", 0)
        os.write(report, f"saved {number}\n".encode())
        tables = [("forecast", name, plan(dict.fromkeys(WIDE, float(number)), "forecast", name)) for name in ("f1", "f2")]
        book.publish(f"run {number}", "acme", "n", None, tables, "s1", "engine", 0)
        os.write(report, f"published {number}\n".encode())


def _killed(work, *details, within=0.6):
    """What a forked child reported until it was killed at a random moment, so many seconds from now at the latest."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(*details, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    time.sleep(random.uniform(0.0, within))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read_end) as report:
        lines = report.read().splitlines()
    return lines, os.WTERMSIG(status) == signal.SIGKILL


def _longer(within, seen):
    """The time given to the next child: twice as much while none has reported anything, as on a machine that is busy."""
    return within if seen else min(2 * within, 20.0)


def _number(book, scenario, version):
    """The number that stands in every cell of a version."""
    table, _ = book.read("acme", scenario, version)
    assert len(table) == len(WIDE) and table["amount"].nunique() == 1, f"half of {scenario}/{version} was written"
    return int(table["amount"].iloc[0])


def kill_saves(place, times):
    book = open_book(place)
    book.create_version("acme", "budget", "v1", "ana")
    start, seen, within = 1, 0, 0.6
    for _ in range(int(times)):
        lines, killed = _killed(_write_forever, place, start, within=within)
        assert killed, "the child ended by itself"
        seen += len(lines)
        within = _longer(within, seen)
        start = max(start, _check_after_kill(open_book(place), lines)) + 1
    return seen


def _check_after_kill(book, lines):
    """Every reported number stands, versions of one run agree, the journal tells the same; gives the last number."""
    last = {line.split()[0]: int(line.split()[1]) for line in lines}
    saved = _number(book, "budget", "v1") if book.version("acme", "budget", "v1").revision else 0
    assert saved >= last.get("saved", 0), "a reported save is gone"
    runs = len(book.runs("acme"))
    if runs:
        assert _number(book, "forecast", "f1") == _number(book, "forecast", "f2"), "half a run was published"
    for line in lines:
        assert line.startswith("saved") or book.published(line.replace("published", "run")), "a reported run is gone"
    kinds = book.journal("acme")["kind"].value_counts()
    assert kinds.get("saved", 0) == book.version("acme", "budget", "v1").revision and kinds.get("published", 0) == runs
    assert book.verify_journal("acme") == []
    return saved


ROUND = (("submit", "ana", "submitted"), ("approve", "cfo", "reviewed"), ("approve", "board", "approved"), ("return", "board", "open"))


def _step_forever(place, report):
    book = open_book(place)
    place_in_round = [status for *_, status in ROUND].index(book.version("acme", "budget", "v1").status) + 1
    for number in range(place_in_round, 10**6):
        act, who, _ = ROUND[number % len(ROUND)]
        step(book, act, who)
        os.write(report, b"done\n")


def kill_steps(place, times):
    book = open_book(place)
    book.create_version("acme", "budget", "v1", "ana")
    book.save("acme", "budget", "v1", plan(dict.fromkeys(WIDE, 1.0)), 0, "ana", 0)
    reported, within, kinds = 0, 0.6, {"submit": "submitted", "approve": "approved", "return": "returned"}
    for _ in range(int(times)):
        before = len(book.journal("acme"))
        lines, killed = _killed(_step_forever, place, within=within)
        assert killed, "the child ended by itself"
        book, reported = open_book(place), reported + len(lines)
        within = _longer(within, reported)
        steps = book.journal("acme").iloc[2:]
        assert len(lines) <= 2 + len(steps) - before <= len(lines) + 1, "a reported step is gone, or more were made than one after it"
        want = [(kinds[act], who) for act, who, _ in (ROUND[n % len(ROUND)] for n in range(len(steps)))]
        assert list(zip(steps["kind"], steps["who"], strict=True)) == want
        assert book.version("acme", "budget", "v1").status == ROUND[(len(steps) - 1) % len(ROUND)][2], "half a step"
        assert book.verify_journal("acme") == book.verify_versions("acme") == []
    return reported


def kill_opens(place, times):
    for number in range(int(times)):
        fresh = _emptied(place, number)
        _killed(lambda where, _report: open_book(where).create_version("acme", "budget", "v1", "ana"), fresh)
        versions = open_book(fresh).versions("acme")
        assert len(versions) == len(open_book(fresh).journal("acme")) <= 1
    return int(times)


def _emptied(place, number):
    if "://" not in place:
        return f"{place}.{number}"
    with build_engine(read_url(place)).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return place


if __name__ == "__main__":
    jobs = {
        "count": count,
        "race": race,
        "publish": publish,
        "open": open_new,
        "approve": approve,
        "hand_in": hand_in,
        "kill_saves": kill_saves,
        "kill_steps": kill_steps,
        "kill_opens": kill_opens,
    }
    print(json.dumps(jobs[sys.argv[1]](*sys.argv[2:])))
