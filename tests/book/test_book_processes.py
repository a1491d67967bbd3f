"""Several processes at one book at once, and processes killed in the middle of it.

PLANNING_KILLS sets how often a process is killed in each test (default 10).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from book_data import amounts, plan

from planning.book.store import open_book

KILLS = os.environ.get("PLANNING_KILLS", "10")


def start(job, place, *details):
    program = [sys.executable, str(Path(__file__).with_name("book_workers.py")), job, place, *map(str, details)]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def results(processes):
    ended = [(*process.communicate("go\n"), process.returncode) for process in processes]
    assert all(code == 0 for *_, code in ended), "\n".join(error for _, error, _ in ended)
    return [json.loads(output.splitlines()[-1]) for output, *_ in ended]


def at_once(job, place, number, *details):
    """So many processes that begin their work at the same moment."""
    processes = [start(job, place, n, *details) for n in range(number)]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return results(processes)


def test_no_update_is_lost_when_four_processes_count_in_one_cell(open_version, place):
    open_version.save("acme", "budget", "v1", plan({"pay": 0.0}), 0, "ana", 0)
    conflicts = at_once("count", place, 4, 5)
    assert amounts(open_version.read("acme", "budget", "v1")[0]) == {"pay": 5 * 1_001_001_001.0}
    assert open_version.version("acme", "budget", "v1").revision == 21 and sum(conflicts) > 0
    assert open_version.verify_journal("acme") == [] and len(open_version.journal("acme")) == 22


def test_of_five_first_edits_at_once_one_wins_and_each_other_is_told_once(open_version, place):
    told = at_once("race", place, 5)
    [winner] = [n for n, result in enumerate(told) if result == 1]
    assert [result for n, result in enumerate(told) if n != winner] == [[[str(winner), str(n)]] for n in range(5) if n != winner]
    assert amounts(open_version.read("acme", "budget", "v1")[0]) == {"pay": float(winner)}
    assert list(open_version.journal("acme")["who"]) == ["ana", f"saver {winner}"]


def test_one_run_published_by_four_processes_is_published_once(book, place):
    told = at_once("publish", place, 4)
    assert sorted(told) == [False, False, False, True]
    read = [amounts(book.read("acme", "forecast", name)[0]) for name in ("v1", "v2", "v3")]
    assert read == [{"pay": float(told.index(True))}] * 3
    assert list(book.journal("acme")["kind"]) == ["published"]


def test_six_processes_may_make_one_book_at_once(place):
    assert at_once("open", place, 6) == [0] * 6
    assert open_book(place).verify_journal("acme") == []


@pytest.mark.timeout(3600)
def test_a_process_killed_while_writing_leaves_every_reported_save_and_nothing_half(place):
    [reported] = results([start("kill_saves", place, KILLS)])
    assert reported > 0


@pytest.mark.timeout(3600)
def test_a_process_killed_while_opening_leaves_a_book_that_opens(place):
    results([start("kill_opens", place, KILLS)])
