"""The commands: exit codes, JSON, words on the right stream, and never a traceback."""

import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import weakref

import click
import pytest
import toy
from click.testing import CliRunner

from planning.book.store import open_book
from planning.cli import main, stoppable
from planning.core.errors import PlanningError
from planning.model.recipes import RECIPES

COMMANDS = sorted(main.commands)
VERBS = [(name, verb) for name, group in main.commands.items() if isinstance(group, click.Group) for verb in sorted(group.commands)]
EACH = [(name,) for name in COMMANDS if name not in dict(VERBS)] + VERBS
BOARD = ("--as", "cai", "--reason", "adopted")


@pytest.fixture
def planning(root):
    """Runs a command in this process, in a toy home; errors that nobody foresaw are raised."""
    runner = CliRunner(catch_exceptions=False)
    return lambda *words: runner.invoke(main, words)


def said(result):
    return json.loads(result.stdout)


def approve(planning, version):
    """A version of the toy's taken to where it can be locked."""
    for act, who in (("submit", "ana"), ("approve", "ben"), ("approve", "cai")):
        assert planning(act, "toy", "forecast", version, "--as", who, "--reason", "agreed").exit_code == 0


def everything(root):
    """Every file but the book's own, which opening may touch."""
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and "book.sqlite" not in path.name}


def write(root, name, text):
    (root / "params" / "toy" / name).write_text(text, encoding="utf-8")


# Asking


@pytest.mark.parametrize("command", EACH, ids=" ".join)
def test_every_command_explains_itself_and_takes_json(planning, command):
    result = planning(*command, "--help")
    assert result.exit_code == 0 and "--json" in result.stdout and result.stderr == ""


def test_the_program_explains_itself(planning):
    result = planning("--help")
    assert result.exit_code == 0 and all(command in result.stdout for command in COMMANDS)
    assert planning("--version").stdout.startswith("planning, version ")


def test_every_command_prints_json(planning, root):
    [looped] = said(planning("loop", "toy", "--json"))["companies"]
    assert [run["case"] for run in looped["runs"]] == ["base", "high_zh"] and looped["broken"] == looped["finished"] == []
    assert said(planning("intake", "toy", "--json"))["new"] is False
    newest = looped["runs"][-1]["run"]
    assert [run["run"] for run in said(planning("list", "toy", "--json"))] == [newest, looped["runs"][0]["run"]]
    assert said(planning("show", newest, "--json"))["case"] == "high_zh"
    assert said(planning("params", "outlook", "toy", "base", "--json"))["months"] == 3
    assert said(planning("replay", newest, "--json"))["same"] is True
    assert said(planning("run", "outlook", "toy", "-p", "months=2", "--json"))["tables"]["plan"]["rows"] == 2
    versions = said(planning("versions", "toy", "--json"))
    assert {row["version"]: row["status"] for row in versions} == {"2021_base": "open", "2021_high": "open"}
    assert said(planning("versions", "toy", "--scenario", "budget", "--json")) == []
    approve(planning, "2021_high")
    assert len(said(planning("lock", "toy", "forecast", "2021_high", *BOARD, "--json"))["content"]) == 16
    assert said(planning("prune", "toy", "--keep", "1", "--json")) == {"removed": [], "batches": []}


def test_people_read_lines(planning, root):
    run = planning("run", "outlook", "toy", "--case", "base")
    [folder] = toy.seen(root)
    assert run.exit_code == 0 and run.stdout == f"2021\n  1 of 1 checks passed · {folder / 'report.html'}\n"
    assert run.stderr == "outlook base\n"
    assert planning("list").stdout.startswith(f"{folder.name}  done")
    assert f"run              {folder.name}" in planning("show", folder.name).stdout
    again = planning("replay", folder.name)
    assert again.exit_code == 0 and again.stdout.count("same  ") == 3 and "largest difference 0" in again.stdout
    assert "forecast  2021_base                open      revision 1" in planning("versions", "toy").stdout
    approve(planning, "2021_base")
    locked = planning("lock", "toy", "forecast", "2021_base", *BOARD)
    assert locked.stdout.startswith("forecast 2021_base is locked: ") and " locked    revision 1" in planning("versions", "toy").stdout


def test_the_flat_params_are_what_papermill_reads(planning):
    result = planning("params", "outlook", "toy", "high_zh")
    assert "months: 3\ngrowth: 0.5\n" in result.stdout and "extends" not in result.stdout and "lang: zh" in result.stdout


def test_loading_the_same_again_changes_nothing_and_says_so(planning, root):
    before = everything(root / "outputs" / "toy")
    result = planning("intake", "toy")
    assert result.exit_code == 0 and "nothing changed: already stored" in result.stdout
    assert everything(root / "outputs" / "toy") == before


# Asking for what there isn't

WRONG = [
    ("intake", "toi"), ("loop", "toi"), ("list", "toi"), ("prune", "toi"), ("backtest", "toi"), ("versions", "toi"),
    ("run", "outlok", "toy"), ("run", "outlook", "toi"), ("run", "outlook", "toy", "--case", "bas"),
    ("run", "outlook", "toy", "-p", "growht=1"), ("run", "outlook", "toy", "-p", "months=twelve"),
    ("run", "outlook", "toy", "-p", "months"), ("params", "outlook", "toy", "bas"), ("params", "outlook", "toi", "base"),
    ("show", "2099"), ("replay", "2099"), ("lock", "toi", "forecast", "x", *BOARD), ("lock", "toy", "forecast", "x", *BOARD),
    ("submit", "toy", "forecast", "x", *BOARD), ("approve", "toi", "forecast", "x", *BOARD), ("return", "toy", "forecast", "x", *BOARD),
    ("status", "toi"), ("journal", "toi"),
    ("backtest", "toy", "--method", "magic"),
]  # fmt: skip


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_request_is_one_list_on_the_error_stream_and_changes_nothing(planning, root, words):
    before = everything(root)
    result = planning(*words)
    assert result.exit_code == 2 and result.stdout == "" and "problem" in result.stderr
    assert everything(root) == before
    if words[-1].endswith(("toi", "outlok", "bas", "growht=1")):
        assert "did you mean" in result.stderr or "known:" in result.stderr


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_request_is_json_where_json_is_wanted(planning, words):
    result = planning(*words, "--json")
    assert result.exit_code == 2 and said(result)["error"]
    assert {"what", "where", "got", "expected", "next"} == set(said(result)["problems"][0])


@pytest.mark.parametrize("words", [("nosuch",), ("run",), ("run", "outlook", "toy", "--not"), ("prune", "toy", "--keep", "0"), ("lock",)])
def test_words_that_make_no_command_exit_with_2(planning, words):
    assert planning(*words).exit_code == 2 and "Error" in planning(*words).stderr
    wanted = planning(*words, "--json")
    assert wanted.exit_code == 2 and said(wanted)["problems"] == [] and said(wanted)["error"]


def test_a_loop_with_a_wrong_case_is_refused_before_anything_is_stored(planning, root):
    shutil.rmtree(root / "outputs")
    write(root, "outlook/high_zh.yaml", 'extends: "base"\nlang: fr\n')
    result = planning("loop", "toy")
    assert result.exit_code == 2 and "outlook case=high_zh, lang" in result.stderr and not (root / "outputs" / "toy").exists()


def test_outside_a_project_every_command_says_so(planning, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNING_HOME", str(tmp_path))
    result = planning("list")
    assert result.exit_code == 2 and "set PLANNING_HOME" in result.stderr


# Places that can't be written, books that can't be read


def test_outputs_that_cannot_be_written_are_refused(planning, root, monkeypatch):
    (root / "file").write_text("not a folder")
    monkeypatch.setenv("PLANNING_OUTPUTS", str(root / "file"))
    for words in (("intake", "toy"), ("loop", "toy"), ("versions", "toy")):
        assert planning(*words).exit_code == 2
    monkeypatch.setenv("PLANNING_BOOK", str(root / "book.sqlite"))
    assert planning("intake", "toy").exit_code == planning("loop", "toy").exit_code == 2


def test_a_book_from_a_newer_schema_is_refused_and_left_alone(planning, root):
    book = sqlite3.connect(root / "outputs" / "book.sqlite")
    book.execute("UPDATE alembic_version SET version_num = '9999'")
    book.commit()
    write(root, "sources/sales.csv", toy.SALES + "Toys,2021-03-31,1\n")
    before = everything(root / "outputs" / "toy")
    for words in (("intake", "toy"), ("loop", "toy"), ("run", "outlook", "toy"), ("versions", "toy"), ("prune", "toy")):
        result = planning(*words)
        assert result.exit_code == 2 and "schema 9999" in result.stderr
    assert everything(root / "outputs" / "toy") == before
    assert book.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_disk_that_refuses_is_told_in_one_line(planning, root, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "outputs")

    monkeypatch.setattr("planning.run.register.runs", full)
    result = planning("list")
    assert result.exit_code == 1 and "No space left on device" in result.stderr and result.stdout == ""
    assert "No space left" in said(planning("list", "--json"))["error"]


# Findings, broken runs


def test_a_version_waits_for_its_open_findings_and_is_locked_when_they_are_decided(planning, root):
    write(root, "sources/sales.csv", toy.SALES + "Dolls,2021-02-28,7\n")
    taken = planning("intake", "toy")
    assert taken.exit_code == 1 and "1 findings waiting for a decision" in taken.stdout and "Dolls" in taken.stdout
    lock = ("lock", "toy", "forecast", "2021_base", *BOARD)
    assert planning("run", "outlook", "toy").exit_code == 0
    approve(planning, "2021_base")
    assert "keep it from being locked: 1" in planning("status", "toy").stdout
    refused = planning(*lock)
    assert refused.exit_code == 1 and refused.stdout == "" and "finding" in refused.stderr and "Traceback" not in refused.stderr
    assert " approved " in planning("versions", "toy").stdout
    assert planning("return", "toy", "forecast", "2021_base", *BOARD).exit_code == 0
    write(root, "company.yaml", toy.COMPANY.replace("map: {Toys: toys}", "map: {Toys: toys, Dolls: toys}"))
    assert planning("intake", "toy").exit_code == 0 and planning("run", "outlook", "toy").exit_code == 0
    approve(planning, "2021_base")
    assert planning(*lock).exit_code == 0 and " locked " in planning("versions", "toy").stdout


def test_a_loop_goes_on_past_a_broken_run_and_says_so(planning, root):
    write(root, "outlook/base.yaml", 'months: 3\nfault: "check"\n')
    write(root, "outlook/high_zh.yaml", 'extends: "base"\nfault: ""\n')
    result = planning("loop", "toy")
    assert result.exit_code == 1 and "BROKEN toy outlook base: checks failed" in result.stdout
    assert re.search(r"^ +outlook\b.*\n +high_zh\b", result.stdout, re.M) and "report.html" in result.stdout
    assert planning("list").stdout.count("failed ") == 1 and len(toy.seen(root)) == 1


def test_the_problems_of_every_case_of_a_loop_are_told_at_once(planning, root):
    write(root, "outlook/base.yaml", "months: 99\n")
    write(root, "outlook/high_zh.yaml", "lang: fr\n")
    result = planning("loop", "toy")
    assert result.exit_code == 2 and "case=base, months" in result.stderr and "case=high_zh, lang" in result.stderr
    assert toy.seen(root) == []


def test_a_loop_of_all_companies_is_one_batch_and_one_broken_intake_stops_only_its_own_runs(planning, root):
    shutil.copytree(root / "params" / "toy", root / "params" / "toytwo")
    write(root, "../toytwo/company.yaml", toy.COMPANY.replace("company: toy", "company: toytwo"))
    write(root, "sources/sales.csv", "nothing\n1\n")
    result = planning("loop", "--json")
    first, second = said(result)["companies"]
    assert result.exit_code == 2 and "missing column" in first["broken"][0] and first["intake"] is None and first["runs"] == []
    assert second["company"] == "toytwo" and len(second["runs"]) == 2 and second["broken"] == []
    assert planning("loop", "--data", str(root)).exit_code == 2


def test_a_broken_run_exits_with_1_and_names_the_folder_that_keeps_it(planning, root):
    result = planning("run", "outlook", "toy", "-p", "fault=cell")
    assert result.exit_code == 1 and "a cell that breaks" in result.stderr and str(root / "outputs/toy/outlook/failed") in result.stderr
    wanted = planning("run", "outlook", "toy", "-p", "fault=silent", "--json")
    assert wanted.exit_code == 1 and "recorded nothing" in said(wanted)["error"]


def test_replay_of_a_run_that_was_tampered_with_exits_with_1(planning, root):
    planning("run", "outlook", "toy")
    [folder] = toy.seen(root)
    (folder / "tables" / "plan.parquet").write_bytes((folder / "tables" / "checks.parquet").read_bytes())
    result = planning("replay", folder.name)
    assert result.exit_code == 1 and "DIFFERS  plan" in result.stdout and result.stdout.count("same  ") == 2
    assert said(planning("replay", folder.name, "--json"))["same"] is False


def test_what_a_killed_command_left_unpublished_is_published_by_the_next_one(planning, root):
    planning("run", "outlook", "toy", "--case", "base")
    for path in root.glob("outputs/book.sqlite*"):
        path.unlink()
    assert "2021_base" in planning("versions", "toy").stdout and len(open_book(root / "outputs/book.sqlite").runs()) == 1


# Streams


def test_on_a_terminal_progress_is_a_bar_and_the_result_stays_clean(root):
    screen, terminal = pty.openpty()
    process = toy.start(root, "intake", "toy", "--json", stderr=terminal, TERM="xterm")
    out, _ = process.communicate()
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(screen, 65536):
            shown += part
    except OSError:  # the end of a terminal's input
        pass
    os.close(screen)
    assert process.returncode == 0 and json.loads(out)["company"] == "toy" and "\x1b" not in out
    assert "━" in shown.decode() and "%" in shown.decode() and "\x1b[" in shown.decode()


def test_elsewhere_progress_is_plain_lines_whatever_the_environment_says(root):
    done = subprocess.run(toy.command("intake", "toy"), env=toy.environment(root, FORCE_COLOR="1"), capture_output=True, text=True)
    assert done.stderr == "reading the sources\ntying out the control totals\nstoring the snapshot\n" and "\x1b" not in done.stdout


def test_a_reader_that_stops_reading_is_no_error(root):
    line = ["bash", "-c", '"$@" --help | head -1', "-", *toy.command()]
    done = subprocess.run(line, env=toy.environment(root), capture_output=True, text=True)
    assert done.stdout.startswith("Usage") and done.stderr == ""


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_error(root, closed):
    line = ["bash", "-c", f'"$@" {closed}', "-", *toy.command("intake", "toy")]
    done = subprocess.run(line, env=toy.environment(root), capture_output=True, text=True)
    assert done.returncode == 0 and "Traceback" not in done.stderr


def test_an_interrupt_that_python_drops_in_a_callback_is_not_lost(capfd):
    class Thing:
        pass

    def stopped(_):
        signal.raise_signal(signal.SIGTERM)
        return "the interrupt is raised no later than here"

    with pytest.raises(PlanningError, match="interrupted"), stoppable():
        thing = Thing()
        seen = weakref.ref(thing, stopped)
        del thing
        time.sleep(30)
    assert seen() is None and capfd.readouterr().err == ""


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "soon"])
def test_a_deadline_is_a_number_of_seconds(planning, seconds):
    assert planning("batch", "x.yaml", "--deadline", seconds).exit_code == 2
    assert planning("run", "outlook", "toy", "--cell-deadline", seconds).exit_code == 2


def test_the_help_of_a_backtest_names_every_method_that_there_is(planning):
    said = planning("backtest", "--help").stdout
    assert all(name in said for name in RECIPES)
