"""What people see of a batch that goes on: runs, cells, the time left."""

import io
import json
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from planning.batch.jobs import Standing
from planning.batch.progress import Shown, TimeLeft, seconds_before
from planning.batch.start import JsonLines, Options, Telling
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


class Closed(io.StringIO):
    """A terminal that may be closed."""

    gone = False

    def write(self, text):
        if self.gone:
            raise OSError(5, "Input/output error")
        return super().write(text)


def shown_on(screen):
    return Shown([standing("a")], TimeLeft([PLACE], 1, {}), Console(file=screen, force_terminal=True, width=100))


def test_a_closed_terminal_keeps_nobody_else_from_hearing_of_the_batch():
    screen = Closed()
    shown = shown_on(screen)
    shown(event("batch_started", jobs=1, left=1))
    screen.gone = True
    shown(event("run_failed", "a", seconds=1.0, reason="broken"))
    shown(event("batch_done", totals={}))


def test_however_a_batch_ends_its_terminal_gets_its_cursor_back(home, tmp_path):
    def run():
        shown(event("batch_started", jobs=1, left=1))
        raise KeyboardInterrupt

    screen = io.StringIO()
    shown = shown_on(screen)
    telling = Telling(home, SimpleNamespace(about={}, subject="b.yaml", notify=None), Options(), [shown])
    with pytest.raises(KeyboardInterrupt):
        telling.of(SimpleNamespace(record=SimpleNamespace(folder=tmp_path), listeners=[], run=run))
    assert screen.getvalue().count("\x1b[?25l") == screen.getvalue().count("\x1b[?25h") == 1


def test_lines_of_json_go_to_a_stream_that_is_not_utf8(monkeypatch):
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="ascii"))
    JsonLines()(event("run_done", "年 \ud800"))
    assert json.loads(content.getvalue())["job"] == "年 \ud800"


def test_lines_of_json_that_no_disk_takes_do_not_stop_the_batch(monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        for _ in range(3):
            JsonLines()(event("run_done", "a"))
