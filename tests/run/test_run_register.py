"""What ran is listed, found and pruned from thousands of manifests, each read once; what is damaged is said and hides nothing."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import toy
from click.testing import CliRunner

from planning.book.store import open_book
from planning.cli import main
from planning.core.errors import RequestError
from planning.inputs.params import Home
from planning.run import publishing, register, summaries

HEAVY = ("pandas", "numpy", "nbformat", "papermill", "nbconvert", "matplotlib", "sqlalchemy", "pandera", "pydantic", "jupyter_client")


def run_name(number, day=1):
    return f"202601{day:02}T000000{number:06}Z-0000abcd"


def leave(home, number, day=1, below="", notebook="outlook", **said):
    """A run's folder with its manifest, as the engine would leave it; its folder."""
    name = run_name(number, day)
    about = {"run": name, "notebook": notebook, "company": "toy", "case": "base", "headline": f"headline {number}", "started": "then"}
    folder = home.outputs / "toy" / notebook / below / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(about | {"publish": [], "snapshot": "s", "seconds": {"all": 1.5}} | said))
    return folder


def listed(home, *asked):
    return [about["run"] for about in register.runs(home, *asked)]


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A home with a company and nothing run, which commands in this process find."""
    for name in ("params/toy", "notebooks", "outputs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "params/toy/company.yaml").write_text("company: toy\n")
    monkeypatch.setenv("PLANNING_HOME", str(tmp_path))
    monkeypatch.setenv("PLANNING_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    return Home(tmp_path, tmp_path / "outputs")


@pytest.fixture
def index(bare):
    return summaries.index_folder(bare, "toy") / "outlook.json"


@pytest.fixture
def planning(bare):
    runner = CliRunner(catch_exceptions=False)
    return lambda *words: runner.invoke(main, words)


# Listing


def test_a_summary_says_what_the_manifest_says(bare):
    folder = leave(bare, 1, headlines={"en": "a", "zh": "甲"}, finished="later", inputs="i", batch="b", params={"not": "listed"})
    assert register.runs(bare) == [
        {
            "run": folder.name, "status": "done", "company": "toy", "notebook": "outlook", "case": "base", "headline": "headline 1",
            "headlines": {"en": "a", "zh": "甲"}, "snapshot": "s", "started": "then", "finished": "later", "seconds": 1.5, "inputs": "i",
            "batch": "b", "why": "", "folder": str(folder),
        }
    ]  # fmt: skip


def test_runs_of_all_notebooks_are_listed_newest_first_with_failed_and_refused_ones(bare):
    leave(bare, 1)
    leave(bare, 2, below="failed", status="failed", reason="cell 3 broke")
    leave(bare, 3, notebook="other", status="refused", refused="it is locked")
    leave(bare, 4)
    assert listed(bare) == [run_name(number) for number in (4, 3, 2, 1)] and listed(bare, "toy", "outlook") == [
        run_name(number) for number in (4, 2, 1)
    ]
    said = {about["run"]: (about["status"], about["why"]) for about in register.runs(bare, "toy")}
    assert said[run_name(2)] == ("failed", "cell 3 broke") and said[run_name(3)] == ("refused", "it is locked")


def test_a_run_among_the_failed_ones_has_failed_whatever_its_manifest_says(bare):
    leave(bare, 1, below="failed", inputs="same")
    assert register.runs(bare)[0]["status"] == "failed" and register.find_finished(bare, "toy", "outlook", "same") is None


def test_what_is_no_run_is_not_listed(bare):
    folder = leave(bare, 1)
    shutil.copytree(folder, folder.parent / f".aside-1-{folder.name}")
    (folder.parent / run_name(2)).mkdir()  # where the manifest is written last, this is no run yet
    (folder.parent / run_name(3)).write_text("a file")
    (folder.parent / "drafts").mkdir()
    (bare.outputs / "book.sqlite").write_text("")
    assert listed(bare) == [folder.name]


def test_a_manifest_is_read_once(bare):
    path = leave(bare, 1) / "manifest.json"
    before, mark = register.runs(bare), path.stat()
    path.write_text(path.read_text().replace("headline 1", "headline X"))  # what a run leaves never changes in this way
    os.utime(path, ns=(mark.st_atime_ns, mark.st_mtime_ns))
    assert register.runs(bare) == before
    os.utime(path)
    assert register.runs(bare)[0]["headline"] == "headline X"


def test_a_run_that_the_book_refused_meanwhile_a_new_one_and_one_that_went_are_seen(bare):
    folders = [leave(bare, number) for number in (1, 2)]
    assert [about["status"] for about in register.runs(bare)] == ["done", "done"]
    publishing.write_manifest(folders[0], json.loads((folders[0] / "manifest.json").read_text()) | {"status": "refused"})
    shutil.rmtree(folders[1])
    leave(bare, 3)
    assert [(about["run"], about["status"]) for about in register.runs(bare)] == [(run_name(3), "done"), (run_name(1), "refused")]


# The index


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def become_a_folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_text(""),
    "torn": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "a bit flipped": flip,
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "something else": lambda path: path.write_text('{"a": []}'),
    "a folder": become_a_folder,
    "all gone": lambda path: shutil.rmtree(path.parent.parent),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_index_that_is_damaged_or_gone_changes_no_answer(bare, index, damage):
    leave(bare, 1)
    leave(bare, 2, status="refused")
    before = register.runs(bare)
    damage(index)
    assert register.runs(bare) == before == register.runs(bare)
    assert toy.left_aside(bare.root) == []


def test_a_damaged_index_is_made_anew(bare, index):
    leave(bare, 1)
    register.runs(bare)
    whole = index.read_bytes()
    flip(index)
    register.runs(bare)
    assert index.read_bytes() == whole


def test_where_no_index_can_be_written_runs_are_listed_all_the_same(bare):
    leave(bare, 1)
    (bare.outputs / ".runs").write_text("a file where a folder should be")
    assert listed(bare) == [run_name(1)] and toy.left_aside(bare.root) == []


def test_on_a_full_disk_runs_are_listed_and_no_half_index_is_left(bare, index):
    for number in range(40):
        leave(bare, number)
    asked = (
        "import resource, sys; from planning.run import register; from planning.inputs.params import find_home\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\nsys.exit(len(register.runs(find_home())))"
    )
    assert subprocess.run([sys.executable, "-c", asked], env=toy.environment(bare.root)).returncode == 40
    assert not index.exists() and toy.left_aside(bare.root) == []


def test_the_index_forgets_what_went(bare, index):
    folders = [leave(bare, number) for number in range(3)]
    register.runs(bare)
    for folder in folders:
        shutil.rmtree(folder)
    assert register.runs(bare) == [] and run_name(1) not in index.read_text()


def test_what_a_killed_reader_left_of_an_index_is_swept(bare, index):
    leave(bare, 1)
    index.parent.mkdir(parents=True)
    killed = f"from planning.inputs.aside import aside; aside(__import__('pathlib').Path({str(index.parent)!r})).write_text('half')"
    subprocess.run([sys.executable, "-c", killed], check=True)
    assert toy.left_aside(bare.root)
    register.runs(bare)
    assert [path.name for path in index.parent.iterdir()] == ["outlook.json"]


ADDING = """
import sys
sys.path[:0] = [{tests!r}, {here!r}]
from test_run_register import leave, listed, run_name
from planning.inputs.params import find_home
home, me = find_home(), int(sys.argv[1])
for number in range(20):
    leave(home, number, day=me)
    mine = [name for name in listed(home) if name.startswith(f"202601{{me:02}}")]
    assert mine == [run_name(n, me) for n in reversed(range(number + 1))], mine
"""


def test_several_processes_at_once_see_every_run_that_is_in_place(bare):
    here = Path(__file__).parent
    code = ADDING.format(tests=str(here.parent), here=str(here))
    started = [subprocess.Popen([sys.executable, "-c", code, str(me)], env=toy.environment(bare.root)) for me in (1, 2, 3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert len(listed(bare)) == 60 and toy.left_aside(bare.root) == []


# Damaged manifests

NO_MANIFESTS = {
    "torn": '{"run": "2026',
    "empty": "",
    "no text": b"\xff\xfe",
    "a list": "[]",
    "without a case": '{"run": "x", "company": "toy", "notebook": "outlook"}',
    "another run's": f'{{"run": "{run_name(9)}", "company": "toy", "notebook": "outlook", "case": ""}}',
    "another company's": f'{{"run": "{run_name(2)}", "company": "toi", "notebook": "outlook", "case": ""}}',
    "no text for a name": '{"run": 1, "company": "toy", "notebook": "outlook", "case": ""}',
    "nobody's": '{"run": "", "company": "toy", "notebook": "outlook", "case": ""}',
    "nested": '{"run":' * 100_000,
    "half a character": f'{{"run": "{run_name(2)}", "company": "toy", "notebook": "outlook", "case": "", "headline": "\\ud800"}}',
}


@pytest.mark.parametrize("content", NO_MANIFESTS.values(), ids=NO_MANIFESTS)
def test_a_damaged_manifest_is_said_and_hides_no_other_run(bare, planning, content):
    leave(bare, 1)
    path = leave(bare, 2) / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for _ in range(2):
        damaged, whole = register.runs(bare, "toy", "outlook")
        assert (damaged["run"], damaged["status"], whole["status"]) == (run_name(2), "damaged", "done")
        assert damaged["why"].startswith("manifest.json: ") and set(damaged) == set(whole)
    result = planning("list")
    assert result.exit_code == 1 and f"{run_name(2)}  damaged  toy outlook   manifest.json: " in result.stdout
    assert [about["status"] for about in json.loads(planning("list", "--json").stdout)] == ["damaged", "done"]
    assert planning("list", "--status", "done").exit_code == 0 and planning("list", "--status", "damaged").stdout.count("\n") == 1


@pytest.mark.parametrize("content", ["", "[]", '{"run":' * 100_000], ids=["empty", "a list", "nested"])
def test_a_damaged_run_asked_for_is_one_clear_error(bare, planning, content):
    path = leave(bare, 1) / "manifest.json"
    path.write_text(content)
    result = planning("show", run_name(1))
    assert result.exit_code == 2 and f"{path}: damaged, expected the manifest of a run, got " in result.stderr
    assert json.loads(planning("replay", run_name(1), "--json").stdout)["problems"][0]["where"] == str(path)


def test_a_manifest_that_is_mended_is_a_run_again(bare):
    path = leave(bare, 1) / "manifest.json"
    whole = path.read_text()
    path.write_text(whole[:20])
    assert register.runs(bare)[0]["status"] == "damaged"
    path.write_text(whole)
    assert register.runs(bare)[0]["status"] == "done"


def test_a_manifest_that_can_not_be_read_now_is_tried_again(bare):
    path = leave(bare, 1) / "manifest.json"
    whole = path.read_text()
    path.unlink()
    path.mkdir()
    assert register.runs(bare)[0]["why"] == "manifest.json: Is a directory"
    path.rmdir()
    path.write_text(whole)
    assert register.runs(bare)[0]["status"] == "done"


def test_a_damaged_run_is_neither_published_nor_pruned_nor_taken_for_another(done, root):
    home = Home(root, root / "outputs")
    for number in (1, 2):
        (leave(home, number) / "manifest.json").write_text("{")
    book = open_book(home.book())
    assert publishing.finish(home, "toy", book) == [] and len(book.runs()) == 1
    assert register.prune(home, "toy", 1) == [] and len(listed(home)) == 3
    assert register.find_finished(home, "toy", "outlook", "") is None


# Finding


def test_a_run_is_found_by_its_beginning_with_its_whole_manifest(bare):
    folder = leave(bare, 1, params={"months": 3})
    leave(bare, 2, below="failed", status="failed")
    found = register.find_run(bare, folder.name[:-10])
    assert (found.id, found.folder, found.manifest["params"]) == (folder.name, folder, {"months": 3})
    assert register.find_run(bare, run_name(2)).manifest["status"] == "failed"


def test_a_run_that_is_not_one_is_refused_with_the_nearest(bare):
    for number in (1, 2):
        leave(bare, number)
    for name, said in (("2026", "several such runs"), ("", "several such runs"), ("../toy", "no such run"), (run_name(3), "did you mean")):
        with pytest.raises(RequestError, match=said):
            register.find_run(bare, name)


def test_a_run_tried_again_under_its_id_is_the_finished_one(bare):
    leave(bare, 1, below="failed", status="failed")
    shutil.copytree(bare.outputs / "toy/outlook/failed" / run_name(1), bare.outputs / "toy/outlook/failed" / f"{run_name(1)}-2")
    folder = leave(bare, 1)
    assert register.find_run(bare, run_name(1)).folder == folder
    assert listed(bare) == [f"{run_name(1)}-2", run_name(1), run_name(1)]
    assert register.find_run(bare, f"{run_name(1)}-2").manifest["status"] == "failed"


def test_the_newest_finished_run_of_the_same_inputs_is_found(bare):
    same = [leave(bare, number, inputs="same", case=case) for number, case in ((1, "base"), (2, "high"))]
    leave(bare, 3, inputs="other")
    leave(bare, 4)
    leave(bare, 5, inputs="same", status="refused")
    leave(bare, 6, inputs="same", below="failed", status="failed")
    leave(bare, 7, inputs="same", notebook="other")
    found = register.find_finished(bare, "toy", "outlook", "same")
    assert found == register.Run(run_name(2), same[1], json.loads((same[1] / "manifest.json").read_text()))
    shutil.rmtree(same[1])
    assert register.find_finished(bare, "toy", "outlook", "same").id == run_name(1)
    assert register.find_finished(bare, "toy", "outlook", "none") is None is register.find_finished(bare, "toy", "outlook", "")
    assert register.find_finished(bare, "toy", "nothing", "same") is None


# A clock set back


def test_after_a_clock_was_set_back_every_run_is_listed_found_and_published_and_none_overwritten(done, root):
    home, book = Home(root, root / "outputs"), open_book(root / "outputs" / "book.sqlite")
    earlier = done.folder.parent / "19991231T235959000000Z-0000abcd"
    shutil.copytree(done.folder, earlier)
    publishing.write_manifest(earlier, done.manifest | {"run": earlier.name})
    assert listed(home) == [done.id, earlier.name]  # by the clock, not by what happened
    assert register.find_run(home, "1999").folder == earlier
    assert publishing.finish(home, "toy", book) == [earlier.name] and set(book.runs()["run_id"]) == {done.id, earlier.name}
    assert register.find_run(home, done.id).manifest == done.manifest


# Pruning


def test_pruning_keeps_the_newest_of_each_notebook_case_and_status(bare):
    for number in range(6):
        leave(bare, number, case=("base", "high")[number % 2])
        leave(bare, 10 + number, below="failed", status="failed")
        leave(bare, 20 + number, notebook="other")
    assert {about["run"] for about in register.old_runs(bare, "toy", 2)} == {run_name(n) for n in (0, 1, 10, 11, 12, 13, 20, 21, 22, 23)}
    assert len(register.prune(bare, "toy", 2)) == 10 and len(listed(bare)) == 8 and register.prune(bare, "toy", 2) == []
    assert toy.left_aside(bare.root) == []


@pytest.mark.parametrize("company", ["", "toi", ".", "../toy"])
def test_pruning_is_of_one_company_that_there_is(bare, company):
    for number in (1, 2):
        leave(bare, number)
    with pytest.raises(RequestError):
        register.prune(bare, company, 1)
    assert len(listed(bare)) == 2


def test_what_a_killed_command_left_unpublished_is_published_before_it_is_pruned(done, root):
    for path in root.glob("outputs/book.sqlite*"):
        path.unlink()
    newer = done.folder.parent / "20990101T000000000000Z-0000abcd"
    shutil.copytree(done.folder, newer)
    publishing.write_manifest(newer, done.manifest | {"run": newer.name})
    result = CliRunner(catch_exceptions=False).invoke(main, ["prune", "toy", "--keep", "1", "--json"])
    assert json.loads(result.stdout)["removed"] == [done.id]
    assert set(open_book(root / "outputs/book.sqlite").runs()["run_id"]) == {done.id, newer.name}





# Commands


def test_a_list_can_be_cut_and_says_what_it_leaves_out(bare, planning):
    for number in range(3):
        leave(bare, number)
    cut = planning("list", "--limit", "2")
    assert cut.stdout.count("\n") == 2 and cut.stdout.startswith(run_name(2)) and cut.stderr == "1 older ones: --limit 3 shows them\n"
    assert len(json.loads(planning("list", "--limit", "2", "--json").stdout)) == 2 and planning("list").stdout.count("\n") == 3
    assert planning("list", "--status", "nosuch").exit_code == planning("list", "--limit", "0").exit_code == 2


def test_every_status_can_be_asked_for():
    [choice] = [option.type.choices for option in main.commands["list"].params if option.name == "status"]
    assert tuple(choice) == summaries.STATUSES


def test_on_a_terminal_a_list_is_its_newest_fifty(bare):
    for number in range(60):
        leave(bare, number)
    screen, terminal = pty.openpty()
    process = subprocess.Popen(toy.command("list"), env=toy.environment(bare.root), stdout=terminal, stderr=subprocess.PIPE, text=True)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(screen, 65536):
            shown += part
    except OSError:  # the end of a terminal's input
        pass
    os.close(screen)
    assert process.communicate()[1] == "10 older ones: --limit 60 shows them\n" and shown.count(b"headline") == 50


def test_a_headline_can_not_pass_for_another_line(bare, planning):
    leave(bare, 1, headline="one\n20990101T000000000000Z-0000abcd  done")
    assert planning("list").stdout.count("\n") == 1


def loaded(root, *words):
    """Which heavy libraries a command imports, in a process of its own."""
    asked = f"import sys; from planning.cli import main\ntry:\n    main({list(words)})\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", asked], env=toy.environment(root), cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(HEAVY) & set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["list"], ["list", "toy", "--json"], ["show", run_name(1)], ["run", "--help"]], ids=" ".join)
def test_looking_needs_no_heavy_library(bare, words):
    leave(bare, 1)
    assert loaded(bare.root, *words) == set()


def test_pruning_what_is_published_needs_no_heavy_library(done, root):
    assert loaded(root, "prune", "toy", "--keep", "1") == set()


def test_flat_params_need_no_notebook_library_and_no_database(root):
    assert not loaded(root, "params", "outlook", "toy", "base") & {"nbformat", "papermill", "nbconvert", "matplotlib", "jupyter_client"}
