"""The commands that bring a version from a draft to a locked plan, and those that say how it stands."""

import json
import re
import shutil
import sqlite3

import pytest
import toy
from click.testing import CliRunner

from planning.book.store import open_book
from planning.cli import main

VERSION = ("toy", "forecast", "2021_base")


@pytest.fixture(scope="module")
def toy_home(toy_home, tmp_path_factory):
    """The toy home with one run. Shared: look, don't touch."""
    root = tmp_path_factory.mktemp("ran") / "home"
    shutil.copytree(toy_home, root)
    done = toy.start(root, "run", "outlook", "toy", "--case", "base")
    assert done.wait() == 0, done.communicate()
    return root


@pytest.fixture
def planning(root):
    """Runs a command in this process, in a toy home of one's own with one run; errors that nobody foresaw are raised."""
    runner = CliRunner(catch_exceptions=False)
    return lambda *words: runner.invoke(main, words)


def act(planning, command, who, reason="agreed", *more):
    return planning(command, *VERSION, "--as", who, "--reason", reason, *more)


def standing(planning):
    [company] = json.loads(planning("status", "toy", "--json").stdout)
    [row] = company["versions"]
    return row


def test_a_draft_becomes_a_locked_plan_step_by_step(planning, root):
    said = [act(planning, command, who).stdout for command, who in (("submit", "ana"), ("approve", "ben"), ("approve", "cai"))]
    assert [re.match(r"forecast 2021_base: (\w+) since [\d-]+ [\d:]+ UTC, revision 1\n", one)[1] for one in said] == [
        "submitted", "reviewed", "approved",
    ]  # fmt: skip
    assert "submitted by Planner (ana): agreed\n  waits for finance to approve it: Controller (ben)\n" in said[0]
    assert "waits for committee to approve it: Board (cai)" in said[1] and "waits for finance to lock it: Controller (ben)" in said[2]
    locked = act(planning, "lock", "ben", "adopted")
    assert locked.exit_code == 0 and (root / "outputs/toy/locked" / locked.stdout.split()[-1] / "cells.parquet").is_file()
    status = planning("status", "toy")
    assert status.exit_code == 0 and "locked by Controller (ben): adopted" in status.stdout and "waits for" not in status.stdout


@pytest.mark.parametrize("command, who", [("submit", "ana"), ("approve", "ben"), ("return", "cai")])
def test_a_step_prints_json_where_it_is_wanted(planning, command, who):
    if command != "submit":
        act(planning, "submit", "ana")
    row = json.loads(act(planning, command, who, "why not", "--json").stdout)
    status = {"submit": "submitted", "approve": "reviewed", "return": "open"}[command]
    assert (row["company"], row["status"], row["last_who"], row["last_reason"]) == ("toy", status, who, "why not")
    assert {name: row[name] for name in row if name != "company"} == standing(planning)


def test_nobody_approves_their_own_and_is_told_who_may(planning):
    act(planning, "submit", "ben")
    refused = act(planning, "approve", "ben")
    assert refused.exit_code == 2 and refused.stdout == ""
    assert "ben: nobody approves their own, expected somebody else, got one who submitted it; may approve it: nobody" in refused.stderr
    assert "waits for finance to approve it: nobody who may" in planning("status", "toy").stdout
    assert standing(planning)["waits_for"] == []


@pytest.mark.parametrize(
    "command, who, reason, said",
    [
        ("approve", "ben", "early", "expected submitted or reviewed, got open; submit it first"),
        ("return", "ben", "early", "can't return it now"), ("lock", "ben", "early", "expected approved, got open"),
        ("submit", "cai", "mine", "may not submit it, expected owner or finance, got committee; may submit it: ana, ben"),
        ("submit", "anna", "mine", "unknown person"), ("submit", "ana", "", "a reason is missing"),
        ("submit", "", "mine", "name is missing"),
    ],
)  # fmt: skip
def test_a_step_that_may_not_be_taken_is_one_list_and_changes_nothing(planning, root, command, who, reason, said):
    before = standing(planning)
    refused = act(planning, command, who, reason)
    assert refused.exit_code == 2 and refused.stdout == "" and said in refused.stderr and "problem" in refused.stderr
    wanted = json.loads(act(planning, command, who, reason, "--json").stdout)
    assert said in wanted["error"] and len(wanted["problems"]) == 1
    assert standing(planning) == before and not (root / "outputs/toy/locked").exists()


@pytest.mark.parametrize("command", ["submit", "approve", "return", "lock"])
def test_a_step_needs_somebody_and_a_reason(planning, command):
    for words in ((*VERSION,), (*VERSION, "--as", "ana"), (*VERSION, "--reason", "x")):
        assert planning(command, *words).exit_code == 2
    assert standing(planning)["status"] == "open"


def test_approving_another_revision_than_the_one_seen_is_refused(planning):
    act(planning, "submit", "ana")
    old = act(planning, "approve", "ben", "seen", "--revision", "0")
    assert old.exit_code == 1 and "the version moved on" in old.stderr and "got revision 1" in old.stderr
    assert act(planning, "approve", "ben", "seen", "--revision", "7").exit_code == 2
    assert act(planning, "return", "ben", "seen", "--revision", "0").exit_code == 1
    assert act(planning, "approve", "ben", "seen", "--revision", "1").exit_code == 0


def test_a_run_is_refused_by_what_stands_still_and_taken_where_it_says_the_same(planning):
    act(planning, "submit", "ana")
    other = planning("run", "outlook", "toy", "--case", "base", "-p", "growth=0.3")
    assert other.exit_code == 1 and "return it first" in other.stderr and "the book refused the run" in other.stderr
    assert planning("run", "outlook", "toy", "--case", "base").exit_code == 0
    act(planning, "return", "ben", "with more growth")
    assert planning("run", "outlook", "toy", "--case", "base", "-p", "growth=0.3").exit_code == 0
    assert standing(planning)["revision"] == 2


def test_without_people_nobody_may_act_and_the_missing_file_is_named(planning, root):
    (root / "params/toy/people.yaml").unlink()
    for command in ("submit", "approve", "return", "lock"):
        refused = act(planning, command, "ana")
        assert refused.exit_code == 2 and "people.yaml: missing file" in refused.stderr
    status = planning("status", "toy")
    assert status.exit_code == 0 and "nobody may act, for params/toy/people.yaml is missing" in status.stdout
    assert json.loads(planning("status", "--json").stdout)[0]["people"] is None


def test_status_of_all_companies_names_each(planning, root):
    (root / "params/second").mkdir()
    for path in (root / "params/toy").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        (root / "params/second" / path.name).write_text(text.replace("company: toy", "company: second"), encoding="utf-8")
    status = planning("status")
    assert status.exit_code == 0 and status.stdout.startswith("second: no versions\ntoy: 1 version\n  forecast 2021_base: open since")
    assert "published by engine" in status.stdout and "waits for owner to submit it: Planner (ana)" in status.stdout
    assert [company["company"] for company in json.loads(planning("status", "--json").stdout)] == ["second", "toy"]


def test_the_journal_is_printed_and_said_to_be_whole(planning):
    act(planning, "submit", "ana", "ready")
    printed = planning("journal", "toy")
    assert printed.exit_code == 0 and len(printed.stdout.splitlines()) == 3
    assert re.search(r"    2  [\d-]+ [\d:]+  ana  submitted  forecast/2021_base  .*reason ready", printed.stdout)
    assert "the journal is whole: 2 entries" in printed.stdout
    said = json.loads(planning("journal", "toy", "--json").stdout)
    assert said["whole"] and said["problems"] == [] and said["head"]["number"] == 2 and said["head"]["hash"] in printed.stdout
    assert said["entries"][1]["detail"]["reason"] == "ready"


@pytest.mark.parametrize(
    "statements, said",
    [
        (["DROP TRIGGER journal_no_update", "UPDATE journal SET who = 'cai' WHERE number = 2"], "entry 2: was changed"),
        (["UPDATE cell SET amount = amount + 1"], "its cells are not those that were submitted"),
        (["UPDATE version SET status = 'reviewed'"], "its status is not what the journal says, expected submitted, got reviewed"),
    ],
)
def test_a_journal_or_cells_that_were_tampered_with_are_said_to_be_broken(planning, root, statements, said):
    act(planning, "submit", "ana")
    book = sqlite3.connect(root / "outputs/book.sqlite")
    for statement in statements:
        book.execute(statement)
    book.commit()
    printed = planning("journal", "toy")
    assert printed.exit_code == 1 and "BROKEN" in printed.stdout and said in printed.stdout and "the journal is broken" in printed.stdout
    wanted = planning("journal", "toy", "--json")
    assert wanted.exit_code == 1 and not json.loads(wanted.stdout)["whole"] and json.loads(wanted.stdout)["problems"]


def test_what_a_person_saved_they_do_not_approve(planning, root):
    book = open_book(root / "outputs/book.sqlite")
    cells, revision = book.read(*VERSION)
    book.save(*VERSION, cells.assign(amount=cells["amount"] + 1), revision, "ben", 2)
    act(planning, "submit", "ana")
    refused = act(planning, "approve", "ben")
    assert refused.exit_code == 2 and "got one who changed its cells" in refused.stderr


def test_a_reason_can_not_pass_for_a_line_of_ours(planning):
    act(planning, "submit", "ana", "ready\n  waits for nobody\x1b[31m\u202e")
    for words in (("status", "toy"), ("journal", "toy")):
        printed = planning(*words).stdout
        assert "ready   waits for nobody [31m" in printed and "\n  waits for nobody" not in printed
        assert "\x1b" not in printed and "\u202e" not in printed
    assert json.loads(planning("journal", "toy", "--json").stdout)["entries"][1]["detail"]["reason"].startswith("ready\n")


def test_a_runs_figures_are_shown_to_who_sees_the_whole_company_alone(planning, root):
    people = root / "params/toy/people.yaml"
    part = "  dora: {label_en: Part, label_zh: 部分, roles: [finance], sees: {cost_centres: [unmapped]}}\n"
    people.write_text(people.read_text(encoding="utf-8") + part, encoding="utf-8")
    [run] = json.loads(planning("list", "toy", "--json").stdout)
    for words in (("show", run["run"]), ("replay", run["run"]), ("list", "toy"), ("journal", "toy")):
        refused = planning(*words, "--as", "dora")
        assert refused.exit_code == 2 and refused.stdout == "" and "figures of the whole company" in refused.stderr
        assert run["headline"] not in refused.output
    assert planning("show", run["run"], "--as", "ben").stdout == planning("show", run["run"]).stdout
    assert run["headline"] in planning("list", "toy", "--as", "cai").stdout
