"""A run is checked before launch, written aside, moved into place, and published once; a broken one is kept apart."""

import json
import os
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace

import pandas as pd
import pytest
import toy

from planning.book.store import open_book
from planning.core.errors import PlanningError, RequestError, RunError
from planning.core.people import Person
from planning.inputs.snapshots import content_hash
from planning.run import cells, engine, identity, publishing, register, requests

pytestmark = pytest.mark.usefixtures("warm")

PEOPLE = {
    "ana": Person("ana", "Planner", "编制人", ("owner",), owns_all=True),
    "ben": Person("ben", "Controller", "财务主管", ("finance",)),
    "cai": Person("cai", "Board", "董事会", ("committee",)),
}


def folders(root):
    return sorted(path.name for path in (root / "outputs" / "toy").glob("outlook/*"))


def asked_for(home, **params):
    return requests.settle(home, "outlook", "toy", "base", params)


class DeadBook:
    """A book at which the process dies."""

    def published(self, run_id):
        return False

    def publish(self, **_):
        raise KeyboardInterrupt


# Before launch


def test_every_wrong_parameter_is_told_in_one_list(home):
    with pytest.raises(RequestError) as wrong:
        requests.settle(home, "outlook", "toy", "base", {"growht": 1, "months": "twelve", "lang": "fr", "growth": 7.0})
    said = str(wrong.value)
    assert wrong.value.exit_code == 2 and len(wrong.value.problems) == 4
    assert "did you mean growth?" in said and "months 1..36" in said and "one of en, zh" in said and "from -1 to 1" in said


@pytest.mark.parametrize("notebook, company, case", [("outlok", "toy", ""), ("outlook", "toi", ""), ("outlook", "toy", "bas")])
def test_a_name_nearly_right_is_suggested(home, notebook, company, case):
    with pytest.raises(RequestError, match=r"did you mean (outlook|toy|base)\?"):
        requests.settle(home, notebook, company, case)


@pytest.mark.parametrize("name", ["../toy", "a/b", "*", "", ".", "toy\n"])
def test_a_company_never_names_a_path(home, name):
    finish, prune = partial(publishing.finish, home, name, None), partial(register.prune, home, name, 1)
    for ask in (partial(requests.settle, home, "outlook", name), finish, prune):
        with pytest.raises(RequestError):
            ask()


def test_a_params_file_of_another_company_is_refused(home, root):
    (root / "params/toy/outlook/base.yaml").write_text("company: other\n")
    with pytest.raises(RequestError, match="another company"):
        requests.settle(home, "outlook", "toy", "base")


def test_a_snapshot_that_is_not_there_is_refused(home, root):
    with pytest.raises(RequestError, match="no such snapshot"):
        requests.settle(home, "outlook", "toy", "base", {"snapshot": "0" * 16})
    shutil.rmtree(root / "outputs")
    with pytest.raises(RequestError, match="run planning intake toy"):
        requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))


@pytest.mark.parametrize("blocked", ["toy/outlook", "toy"])
def test_outputs_that_cannot_be_written_are_a_wrong_request(home, book, root, blocked):
    asked = requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))
    shutil.rmtree(root / "outputs" / blocked, ignore_errors=True)
    (root / "outputs" / blocked).write_text("a file where a folder should be")
    with pytest.raises(RequestError, match="can't be written"):
        engine.run(home, asked, book)


# What a run leaves


def test_the_manifest_says_what_ran_on_what_and_what_came_out(finished):
    home, run = finished
    about = json.loads((run.folder / "manifest.json").read_text())
    assert about == run.manifest and run.folder.name == about["run"] == run.id
    assert (about["notebook"], about["company"], about["case"]) == ("outlook", "toy", "base")
    assert about["params"]["months"] == 3 and about["params"]["growth"] == 0.1
    assert about["snapshot"] == about["params"]["snapshot"] == (home.snapshots("toy") / "latest").read_text().strip()
    assert len(about["notebook_sha256"]) == 16 and "commit" in about and about["packages"]["pandas"] == pd.__version__
    assert about["checks"] == {"passed": 1, "of": 1, "failed": []} and about["headline"] == "2021"
    assert about["started"] <= about["finished"] and len(about["seconds"]["cells"]) == 7  # code cells and the injected one
    tables = {path.stem: pd.read_parquet(path) for path in (run.folder / "tables").glob("*.parquet")}
    assert set(tables) == {"plan", "checks", "publish_2021_base"} == set(about["tables"])
    for name, table in tables.items():
        assert about["tables"][name] == {"rows": len(table), "content": content_hash({name: table})}


def test_the_plan_stands_in_the_book_under_the_runs_id(finished):
    home, run = finished
    book = open_book(home.outputs / "book.sqlite")
    cells, revision = book.read("toy", "forecast", "2021_base")
    assert list(cells["amount"]) == [121.55, 133.71, 147.08] and revision == 1
    assert book.version("toy", "forecast", "2021_base").run_id == run.id


def test_nothing_is_left_aside(finished):
    assert toy.left_aside(finished[0].root) == []


def test_what_ran_already_is_not_run_again(done, home, book, run):
    again = run()
    assert (again.id, again.manifest, again.reused) == (done.id, done.manifest, True) and folders(home.root) == [done.id]
    assert len(book.runs()) == 1 and not done.reused


def test_a_run_of_the_same_inputs_that_was_not_published_is_published_and_not_run_again(home, book, run):
    with pytest.raises(KeyboardInterrupt):
        engine.run(home, requests.settle(home, "outlook", "toy", "base"), DeadBook())
    [name] = folders(home.root)
    assert run().id == name and book.published(name) and book.version("toy", "forecast", "2021_base").run_id == name


def test_a_run_that_another_has_replaced_in_the_book_is_run_again(done, home, book, run):
    other = run(growth=0.2)
    assert engine.unchanged(home, asked_for(home)).id == done.id and engine.unchanged(home, asked_for(home), book) is None
    again = run()
    assert len({done.id, other.id, again.id}) == 3 and book.version("toy", "forecast", "2021_base").run_id == again.id
    assert list(book.read("toy", "forecast", "2021_base")[0]["amount"]) == [121.55, 133.71, 147.08]


@pytest.mark.parametrize("file", ["report.html", "tables/plan.parquet", "tables/publish_2021_base.parquet"])
def test_a_run_with_a_file_that_was_left_empty_is_run_again(done, home, book, run, file):
    os.truncate(done.folder / file, 0)
    assert engine.unchanged(home, asked_for(home), book) is None and run().id != done.id


def test_a_run_that_failed_or_was_refused_or_lost_a_file_is_run_again(done, home, book, run):
    (done.folder / "tables" / "plan.parquet").unlink()
    again = run()
    assert again.id != done.id and engine.unchanged(home, asked_for(home)).id == again.id
    change(book, "2021_base")
    for _ in range(2):
        with pytest.raises(RunError, match="refused"):
            run(growth=0.2)
        with pytest.raises(RunError, match="a cell that breaks"):
            run(fault="cell")
    assert [about["status"] for about in register.runs(home)].count("refused") == 2
    assert [about["status"] for about in register.runs(home)].count("failed") == 2


# A run whose id is given


NAME = "20210401T120000000000Z-0123abcd"


def test_a_run_asked_for_again_under_its_id_is_the_one_that_stands(home, book):
    first = engine.produce(home, asked_for(home), NAME, batch="b1")
    assert first.id == NAME and first.manifest["batch"] == "b1" and book.runs().empty
    for force in (False, True):
        again = engine.run(home, asked_for(home), book, name=NAME, force=force)
        assert (again.id, again.manifest, again.reused) == (NAME, first.manifest, False)
    assert folders(home.root) == list(book.runs()["run_id"]) == [NAME]


def test_a_run_executed_twice_under_one_id_stands_once(home, book, monkeypatch):
    monkeypatch.setattr(engine, "only_one", lambda *_: nullcontext(identity.Turn(None)))  # a file system without locks
    start = threading.Barrier(2)

    def stands(said, done, of):
        if done == of:
            start.wait()

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: engine.produce(home, asked_for(home), NAME, stands), range(2)))
    assert {each.id for each in both} == {NAME} and folders(home.root) == [NAME] and toy.left_aside(home.root) == []
    assert both[0].manifest == both[1].manifest == register.read_run(both[0].folder).manifest


def test_a_run_that_fails_twice_under_one_id_is_kept_twice(home, book):
    for folder in (NAME, f"{NAME}-2", f"{NAME}-3"):
        with pytest.raises(RunError) as broken:
            engine.produce(home, asked_for(home, fault="silent"), NAME)
        assert broken.value.folder == home.outputs / "toy" / "outlook" / "failed" / folder
    assert sorted(path.name for path in broken.value.folder.parent.iterdir()) == [NAME, f"{NAME}-2", f"{NAME}-3"]
    assert len(register.runs(home)) == 3


@pytest.mark.parametrize("name", ["../x", "a/b", "20210401T120000000000Z-0123abcd/..", "latest", "20210401T120000000000Z-0123ABCD"])
def test_an_id_never_names_a_path(home, name):
    with pytest.raises(RequestError, match="not a run's id"):
        engine.produce(home, asked_for(home), name)


def test_with_the_clock_set_back_an_id_is_drawn_again_and_nothing_is_overwritten(done, home, monkeypatch):
    drawn = [done.id, done.id, "20200101T000000000000Z-00000000"]
    monkeypatch.setattr(engine, "run_id", lambda *_: drawn.pop(0))
    before = (done.folder / "manifest.json").read_bytes()
    again = engine.produce(home, asked_for(home), force=True)
    assert again.id == "20200101T000000000000Z-00000000" and (done.folder / "manifest.json").read_bytes() == before
    assert folders(home.root) == [again.id, done.id]


def test_the_language_changes_words_and_never_results(done, run):
    said = run(lang="zh")
    english, chinese = ((each.folder / "report.html").read_text() for each in (done, said))
    assert done.manifest["tables"] == said.manifest["tables"]
    assert '<html lang="en">' in english and "Outlook" in english and "展望" not in english
    assert '<html lang="zh">' in chinese and "展望" in chinese and "Outlook" not in chinese


# What breaks


@pytest.mark.parametrize(
    "fault, said",
    [
        ("cell", "AssertionError: a cell that breaks"),
        ("dead", r"the kernel died in cell 6 \(exit code 1\)"),
        ("silent", "recorded nothing"),
        ("check", "checks failed: amounts are positive"),
        ("missing", "nothing where a value is needed"),
        ("strange", "nothing where a value is needed"),
        ("empty", "no rows"),
    ],
)
def test_a_broken_run_is_kept_apart_and_changes_nothing(home, book, run, fault, said):
    with pytest.raises(RunError, match=said) as broken:
        run(fault=fault)
    [kept] = (home.outputs / "toy" / "outlook" / "failed").iterdir()
    assert folders(home.root) == ["failed"] and str(kept) in str(broken.value) and broken.value.exit_code == 1
    assert toy.left_aside(home.root) == [] and book.runs().empty and book.versions().empty
    trace = (kept / "traceback.txt").read_text()
    assert trace.strip() and "\x1b" not in trace and (kept / "report.ipynb").is_file()
    about = json.loads((kept / "manifest.json").read_text())
    assert about["status"] == "failed" and about["params"]["fault"] == fault
    assert broken.value.folder == kept and about["reason"] == broken.value.reason and "\n" not in broken.value.reason
    assert broken.value.kind == ("checks" if fault in ("check", "missing", "empty", "strange") else "broken")
    assert publishing.finish(home, "toy", book) == [] and book.runs().empty


def test_a_notebook_that_asks_for_a_parameter_nobody_declared_is_kept_apart_too(home, root, run):
    (root / "notebooks/outlook.ipynb").write_text((root / "notebooks/outlook.ipynb").read_text().replace("round(last", "round(lost"))
    with pytest.raises(RunError, match="cell 4 raised NameError"):
        run()


def test_an_interrupted_run_leaves_nothing(home, book, monkeypatch):
    asked = requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))
    monkeypatch.setattr(cells.papermill, "execute_notebook", lambda *_, **__: sys.exit(1))
    with pytest.raises(SystemExit):
        engine.run(home, asked, book)
    assert folders(home.root) == []


# Publishing


def test_publishing_again_changes_nothing(done, home, book):
    before = book.journal("toy")
    publishing.publish(home, done, book)
    assert publishing.finish(home, "toy", book) == []
    assert book.journal("toy").equals(before) and len(book.runs()) == 1


def test_a_run_that_was_moved_and_not_published_is_finished_by_the_next_command(home, book):
    asked = requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))
    with pytest.raises(KeyboardInterrupt):
        engine.run(home, asked, DeadBook())
    [name] = folders(home.root)
    assert book.runs().empty
    assert publishing.finish(home, "toy", book) == [name] and publishing.finish(home, "toy", book) == []
    assert list(book.runs()["run_id"]) == [name] and book.version("toy", "forecast", "2021_base").revision == 1


def change(book, version):
    cells, revision = book.read("toy", "forecast", version)
    book.save("toy", "forecast", version, cells.assign(amount=cells["amount"] + 1), revision, "ana", 2)


def submit(book, version):
    book.submit_version("toy", "forecast", version, "ana", PEOPLE, "ready")


def approve(book, version):
    submit(book, version)
    for who in ("ben", "cai"):
        book.approve_version("toy", "forecast", version, who, PEOPLE, "agreed")


def lock(book, version):
    approve(book, version)
    book.lock_version("toy", "forecast", version, "cai", PEOPLE, "adopted", 1, "x")


@pytest.mark.parametrize("by_a_person", [change, submit, approve, lock])
def test_a_version_that_a_person_changed_submitted_approved_or_locked_is_left_alone(done, home, book, run, by_a_person):
    by_a_person(book, "2021_base")
    before = book.read("toy", "forecast", "2021_base")
    with pytest.raises(RunError, match="the book refused the run") as refused:
        run(growth=0.2)
    [newest, _] = register.runs(home)
    assert newest["status"] == "refused" and newest["folder"] in str(refused.value)
    assert publishing.finish(home, "toy", book) == []
    after = book.read("toy", "forecast", "2021_base")
    assert after[0].equals(before[0]) and after[1] == before[1]
    assert run(growth=0.3, version="other").manifest["publish"] == ["other"]


def test_an_unpublished_run_that_the_book_refuses_does_not_stop_the_next_command(done, home, book, run):
    with pytest.raises(KeyboardInterrupt):
        engine.run(home, requests.pinned(home, requests.settle(home, "outlook", "toy", "base", {"growth": 0.2})), DeadBook())
    change(book, "2021_base")
    assert publishing.finish(home, "toy", book) == []
    assert register.runs(home)[0]["status"] == "refused"


def test_two_runs_of_the_same_at_once_are_done_once(home, book):
    runners = [toy.start(home.root, "run", "outlook", "toy", "--case", "base", "-p", "seconds=2", "--json") for _ in range(2)]
    said = [json.loads(runner.communicate()[0]) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0]
    assert folders(home.root) == list(book.runs()["run_id"]) == [said[0]["run"]] == [said[1]["run"]]
    assert sorted(one["reused"] for one in said) == [False, True] and toy.left_aside(home.root) == []


def test_two_forced_runs_of_the_same_one_after_the_other_both_stand(home, book, run):
    first, second = run(), run(force=True)
    assert folders(home.root) == [first.id, second.id] and len(book.runs()) == 2 and not second.reused
    assert book.version("toy", "forecast", "2021_base").revision == 1, "the same figures change nothing"


def test_what_several_threads_publish_is_published_once(done, home, book, tmp_path):
    (home.outputs / "book.sqlite").rename(tmp_path / "old.sqlite")
    fresh, found = open_book(home.book()), []
    threads = [threading.Thread(target=lambda: found.extend(publishing.finish(home, "toy", fresh))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.id in found and len(fresh.runs()) == 1 and len(fresh.journal("toy")) == 1


# Looking, pruning, locking


def copies(done, count):
    """Older runs beside a finished one: the same under ids of an earlier day."""
    for number in range(count):
        name = f"20200101T00000000000{number}Z-00000000"
        shutil.copytree(done.folder, done.folder.parent / name)
        (done.folder.parent / name / "manifest.json").write_text(json.dumps(done.manifest | {"run": name}))


def test_runs_are_listed_newest_first_with_the_failed_ones_and_nothing_else(done, home, book, run):
    with pytest.raises(RunError):
        run(fault="silent")
    approve(book, "2021_base")
    publishing.lock(home, book, "toy", "forecast", "2021_base", "cai", PEOPLE, "adopted")
    shutil.copytree(done.folder, done.folder.parent / ".aside-1-half")
    found = register.runs(home, "toy")
    assert [about.get("status", "done") for about in found] == ["failed", "done"]
    assert register.runs(home, "toy", "other") == [] and register.runs(home) == found
    assert register.find_run(home, done.id[:24]).folder == done.folder


@pytest.mark.parametrize("name, said", [("", "several such runs|no such run"), ("2099", "no such run"), ("2", "several such runs")])
def test_a_run_that_is_not_one_is_refused(done, home, name, said):
    copies(done, 1)
    with pytest.raises(RequestError, match=said):
        register.find_run(home, name)


def test_pruning_keeps_the_newest_of_each_and_the_book(done, home, book, run):
    copies(done, 3)
    for _ in range(2):
        with pytest.raises(RunError):
            run(fault="cell")
    gone = register.prune(home, "toy", 1)
    assert len(gone) == 4 and done.folder.is_dir()
    assert [about.get("status", "done") for about in register.runs(home)] == ["failed", "done"]
    assert book.published(done.id) and toy.left_aside(home.root) == []


def test_a_run_half_pruned_is_seen_by_nobody(done, home, book, monkeypatch):
    copies(done, 1)

    def dies(folder, **_):
        next(folder.glob("**/*.parquet")).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(register, "shutil", SimpleNamespace(rmtree=dies))
        register.prune(home, "toy", 1)
    assert [about["run"] for about in register.runs(home)] == [done.id] and toy.left_aside(home.root)


def test_a_locked_version_is_written_as_parquet_under_its_hash(done, home, book):
    approve(book, "2021_base")
    digest = publishing.lock(home, book, "toy", "forecast", "2021_base", "cai", PEOPLE, "adopted")
    cells = pd.read_parquet(home.outputs / "toy" / "locked" / digest / "cells.parquet")
    assert content_hash({"cells": cells}) == digest == book.version("toy", "forecast", "2021_base").digest
    entries = len(book.journal("toy"))
    assert publishing.lock(home, book, "toy", "forecast", "2021_base", "cai", PEOPLE, "adopted") == digest
    assert len(book.journal("toy")) == entries


def test_locking_what_is_not_there_is_refused(done, home, book):
    with pytest.raises(PlanningError):
        publishing.lock(home, book, "toy", "forecast", "2021_bse", "cai", PEOPLE, "adopted")
    assert not list((home.outputs / "toy").glob("locked/*"))


def test_locking_what_is_not_approved_or_by_whom_may_not_is_refused_before_a_copy_is_written(done, home, book):
    for who, said in (("cai", "expected approved, got open"), ("ana", "may not lock it"), ("bon", "did you mean ben")):
        if who == "ana":
            approve(book, "2021_base")
        with pytest.raises(RequestError, match=said):
            publishing.lock(home, book, "toy", "forecast", "2021_base", who, PEOPLE, "adopted")
    with pytest.raises(RequestError, match="a reason is missing"):
        publishing.lock(home, book, "toy", "forecast", "2021_base", "cai", PEOPLE, " ")
    assert not (home.outputs / "toy" / "locked").exists()


@pytest.mark.parametrize("by_a_person", [submit, approve, lock])
def test_a_run_that_says_the_same_as_a_version_that_stands_still_is_published_and_changes_nothing(done, home, book, run, by_a_person):
    by_a_person(book, "2021_base")
    before = book.version("toy", "forecast", "2021_base")
    again = run(force=True)
    assert again.id != done.id and book.published(again.id) and "status" not in again.manifest
    assert book.version("toy", "forecast", "2021_base") == before and book.verify_versions("toy") == []
