"""What people see of a batch that goes on: runs, cells, the time left."""

import io

import pytest
from rich.console import Console

from planning.batch.jobs import Standing
from planning.batch.progress import Shown, TimeLeft, seconds_before
from planning.inputs.batches import Job
from planning.run.requests import Request

PLACE = ("toy", "outlook")


def standing(name):
    return Standing(Job(name, name, "outlook", "toy", "base", {}, (), {}, 0, 0, None, None, False), Request("outlook", "toy", "base", {}))


def event(what, job="", **said):
    return {"event": what, "job": job, "company": "toy", "notebook": "outlook", "case": "base", "reason": "", **said}


def test_the_time_left_is_what_each_notebook_took_before_shared_among_those_at_once():
    left = TimeLeft([PLACE] * 4 + [("toy", "review")] * 2, 2, {PLACE: 10.0, ("toy", "review"): 30.0})
    assert left.seconds() == 50.0
    left.end(PLACE, 20.0)
    assert left.seconds() == pytest.approx((3 * 15 + 60) / 2)


def test_a_notebook_never_run_is_taken_for_a_usual_one_and_nothing_is_said_where_none_is_known():
    assert TimeLeft([PLACE], 2, {}).seconds() is None
    assert TimeLeft([PLACE, ("toy", "review")], 1, {PLACE: 10.0}).seconds() == 20.0


def test_more_at_once_than_there_are_runs_make_nothing_faster():
    left = TimeLeft([PLACE] * 2, 8, {PLACE: 10.0})
    assert left.seconds() == 10.0
    for _ in range(2):
        left.end(PLACE, None)
    assert left.seconds() == 0.0


def test_what_a_notebook_took_is_read_from_its_newest_run(finished):
    home, run = finished
    assert seconds_before(home, [PLACE, ("toy", "review")]) == {PLACE: run.manifest["seconds"]["all"]}


def test_a_terminal_shows_runs_cells_and_what_broke_and_is_left_clean():
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100)
    shown = Shown([standing("a"), standing("b [x]")], TimeLeft([PLACE] * 2, 2, {PLACE: 60.0}), terminal)
    shown(event("batch_started", jobs=2, left=2))
    shown(event("run_started", "a"))
    shown(event("run_started", "b [x]"))
    shown(event("cell", "a", cell=3, cells=7))
    with shown.console.capture() as now:
        shown.console.print(shown._lines())
    for said in ("a  ", "cell 3/7", "b [x]", "0 of 2 runs", "about 0:01:00 left"):
        assert said in now.get()
    shown(event("run_failed", "b [x]", seconds=1.0, reason="cell 3 raised [E]"))
    shown(event("run_done", "a", seconds=2.0))
    shown(event("batch_done", totals={}))
    assert "b [x]: cell 3 raised [E]" in screen.getvalue() and screen.getvalue().rstrip("\n").endswith("\x1b[2K")
