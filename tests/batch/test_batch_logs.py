"""The log of a batch: a line is a line, can be read back, and names run, notebook and cell."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.batch.logs import Log, line

RUN = {"batch": "b1", "job": "units lang=en", "run": "r1", "notebook": "units", "company": "toy", "case": "base"}
CELL = {"event": "cell", **RUN, "cell": 7, "cells": 23, "seconds": 1.23456}


def read(text):
    """A line of the log, read back."""
    at, level, what, rest = [*text.split(" ", 3), ""][:4]
    fields = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', rest)
    return at, level, what, {name: json.loads(value) if value.startswith('"') else value for name, value in fields}


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "log.txt", io.StringIO())
    yield log
    log.close()


def lines(log):
    return [read(text) for text in Path(log.file.name).read_text(encoding="utf-8").splitlines()]


def test_a_line_names_run_notebook_and_cell(log):
    log(CELL)
    [(at, level, what, fields)] = lines(log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at) and (level, what) == ("INFO", "cell")
    assert fields == RUN | {"cell": "7/23", "seconds": "1.235"}


def test_cells_are_in_the_file_and_not_on_the_stream(log):
    log({"event": "run_started", **RUN})
    log(CELL)
    assert [what for _, _, what, _ in lines(log)] == ["run_started", "cell"]
    assert [read(text)[2] for text in log.stream.getvalue().splitlines()] == ["run_started"]


@pytest.mark.parametrize(
    ("event", "level"),
    [
        ({"event": "run_done"}, "INFO"),
        ({"event": "run_retried", "reason": "the kernel died"}, "WARNING"),
        ({"event": "run_failed", "reason": "a cell broke"}, "ERROR"),
        ({"event": "batch_done", "totals": {"done": 3, "failed": 0}, "good": True}, "INFO"),
        ({"event": "batch_done", "totals": {"done": 3, "failed": 1}, "good": False}, "ERROR"),
        ({"event": "batch_done", "totals": {"done": 3}, "good": False}, "ERROR"),
    ],
)
def test_the_level_says_how_grave_it_is(log, event, level):
    log(event)
    assert lines(log)[0][1] == level


def test_totals_are_names_of_their_own(log):
    log({"event": "batch_done", "batch": "b1", "totals": {"done": 3, "failed": 1}, "good": False})
    assert lines(log)[0][3] == {"batch": "b1", "done": "3", "failed": "1", "good": "false"}


WORDS, TEXTS = st.from_regex("[a-z]{1,8}", fullmatch=True), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(WORDS, TEXTS, max_size=4))
def test_any_text_stays_on_its_line_and_can_be_read_back(fields):
    text = line("INFO", "note", fields)
    assert text.splitlines() == [text] and read(text)[3] == fields


def test_a_lone_surrogate_does_not_stop_the_log(log):
    log({"event": "run_failed", "reason": "a name that is no text: \udcff"})
    assert lines(log)[0][3]["reason"] == "a name that is no text: \udcff"


def test_a_log_goes_on_where_the_one_before_ended(log, tmp_path):
    log({"event": "run_started", **RUN})
    again = Log(tmp_path / "log.txt")
    again({"event": "run_done", **RUN})
    again.close()
    assert [what for _, _, what, _ in lines(log)] == ["run_started", "run_done"]


def test_a_full_disk_and_a_closed_stream_do_not_break_a_batch(tmp_path):
    (tmp_path / "log.txt").symlink_to("/dev/full")
    shut = io.StringIO()
    shut.close()
    log = Log(tmp_path / "log.txt", shut)
    log(CELL)
    log({"event": "run_done", **RUN})
    log.close()
    heard = io.StringIO()
    other = Log(tmp_path / "log.txt", heard)
    other({"event": "run_done", **RUN})
    other.close()
    assert read(heard.getvalue().strip())[2] == "run_done"
