"""What a run depends on is one hash: it changes with anything that could change a figure, and with nothing else; one run at a time."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import toy

import planning
from planning.core.errors import RunError
from planning.run import engine, identity, manifest, requests
from planning.run.identity import LOCKS, inputs_hash, only_one

pytestmark = pytest.mark.usefixtures("warm")


def asked(home, case="base", **params):
    return requests.pinned(home, requests.settle(home, "outlook", "toy", case, params))


def append(path, text="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)


# The hash


@pytest.mark.parametrize(
    "file, text",
    [
        ("params/toy/company.yaml", "\n# a remark"),
        ("params/toy/accounts.csv", "rent,sales,Rent,房租,revenue,1,1,up,flow,USD,2\n"),
        ("params/toy/people.yaml", "\n"),
        ("params/toy/drivers/wages.yaml", "growth: 0.04\n"),
        ("params/toy/metrics/deep/er.csv", "a,b\n"),
        ("notebooks/outlook.ipynb", " "),
    ],
)
def test_a_file_that_a_notebook_may_read_changes_it(home, root, file, text):
    before = inputs_hash(home, asked(home))
    append(root / file, text)
    after = inputs_hash(home, asked(home))
    assert len(before) == len(after) == 64 and before != after


@pytest.mark.parametrize(
    "file",
    ["params/toy/outlook/high_zh.yaml", "params/toy/loop.yaml", "params/toy/.hidden/x.yaml", "notebooks/other.ipynb", "outputs/toy/x.csv"],
)
def test_a_file_that_no_notebook_reads_changes_nothing(home, root, file):
    before = inputs_hash(home, asked(home))
    append(root / file)
    assert inputs_hash(home, asked(home)) == before


def test_a_parameter_a_snapshot_a_case_and_a_language_change_it(home, root):
    before = inputs_hash(home, asked(home))
    assert inputs_hash(home, asked(home, growth=0.1)) == before, "the default, said again"
    others = {inputs_hash(home, asked(home, **params)) for params in ({"growth": 0.2}, {"lang": "zh"}, {"months": 4})}
    others |= {inputs_hash(home, asked(home, "high_zh", growth=0.1, lang="en", version="2021_base"))}
    (root / "params/toy/sources/sales.csv").write_text(toy.SALES + "Toys,2021-03-31,120\n")
    assert toy.start(root, "intake", "toy").wait() == 0
    assert len(others | {inputs_hash(home, asked(home)), before}) == 6


def test_the_order_of_a_mapping_changes_it_for_a_notebook_goes_through_it(home, root):
    path = root / "notebooks/outlook.ipynb"
    declared = path.read_text().replace('months: int', 'shocks: dict = {\\"a\\": 1, \\"b\\": 2}  # steps, in turn\\n",\n    "months: int')
    path.write_text(declared)
    same, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    before = inputs_hash(home, asked(home))
    assert inputs_hash(home, asked(home, shocks=same)) == before != inputs_hash(home, asked(home, shocks=other))


def test_how_many_processes_fit_changes_nothing(home, root):
    path = root / "notebooks/outlook.ipynb"
    path.write_text(path.read_text().replace('months: int', 'workers: int = 2  # processes 1..64, that fit\\n",\n    "months: int'))
    assert inputs_hash(home, asked(home, workers=1)) == inputs_hash(home, asked(home, workers=8))


def test_the_code_of_this_package_and_the_installed_distributions_change_it(home, tmp_path, monkeypatch):
    before = inputs_hash(home, asked(home))
    code = tmp_path / "planning"
    for path in (path for path in Path(planning.__path__[0]).rglob("*") if path.suffix in identity.CODE):
        (code / path.relative_to(planning.__path__[0])).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, code / path.relative_to(planning.__path__[0]))
    monkeypatch.setattr(planning, "__path__", [str(code)])
    assert inputs_hash(home, asked(home)) == before, "the same code elsewhere"
    append(code / "model" / "forecast.py", "# a remark")
    changed = inputs_hash(home, asked(home))
    append(code / "model" / "more.py", "")
    more = inputs_hash(home, asked(home))
    append(code / "model" / "made_up_networks.npz", "taught anew")
    taught = inputs_hash(home, asked(home))
    monkeypatch.setattr(identity, "installed", lambda: [*manifest.installed(), "pandas-99"])
    assert len({before, changed, more, taught, inputs_hash(home, asked(home))}) == 5


def test_it_is_the_same_in_another_process(home, root):
    ask = (
        "from planning.inputs.params import find_home; from planning.run import identity, requests; home = find_home()\n"
        "print(identity.inputs_hash(home, requests.settle(home, 'outlook', 'toy', 'base')))"
    )
    for seed in ("0", "7"):
        environment = toy.environment(root, PYTHONHASHSEED=seed)
        said = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True).stdout
        assert said.strip() == inputs_hash(home, requests.settle(home, "outlook", "toy", "base")), "pinned or not"


def test_of_a_run_that_a_parameter_names_it_is_what_that_run_found(home, root):
    path = root / "notebooks/outlook.ipynb"
    path.write_text(path.read_text().replace('months: int', 'base_run: str = \\"\\"  # name, of a run\\n",\n    "months: int'))
    ids = [f"20210{day}01T000000000000Z-00000000" for day in (1, 2, 3)]
    for name, content in zip(ids, ("a", "a", "b"), strict=True):
        about = {"run": name, "notebook": "budget", "tables": {"plan": {"rows": 1, "content": content}}}
        append(root / f"outputs/toy/budget/{name}/manifest.json", json.dumps(about))
    first, same, other = (inputs_hash(home, asked(home, base_run=name)) for name in ids)
    assert first == same != other


@pytest.mark.parametrize("manifest", ["", "[]", "{}"])
def test_a_run_that_a_parameter_names_is_known_by_its_id_where_its_manifest_is_damaged(home, root, manifest):
    path = root / "notebooks/outlook.ipynb"
    path.write_text(path.read_text().replace('months: int', 'base_run: str = \\"\\"  # name, of a run\\n",\n    "months: int'))
    name = "20210101T000000000000Z-00000000"
    without = inputs_hash(home, asked(home, base_run=name))
    append(root / f"outputs/toy/budget/{name}/manifest.json", manifest)
    assert inputs_hash(home, asked(home, base_run=name)) == without != ""


def test_distributions_are_seen_wherever_python_looks_and_the_first_one_counts(tmp_path, monkeypatch):
    mine, systems = tmp_path / "site-packages", tmp_path / "dist-packages"
    for folder in (mine / "toys-2.dist-info", systems / "toys-3.dist-info", systems / "games_x-1.dist-info"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(mine), str(systems), str(tmp_path / "gone-packages")])
    assert manifest.installed() == ["games_x-1", "toys-2"]


@pytest.mark.parametrize("source", ["from planning.book.store import open_book", "planning.book.store", "read_results(home)"])
def test_a_notebook_that_looks_at_the_book_or_at_what_ran_last_is_never_the_same_twice(home, root, source):
    path = root / "notebooks/outlook.ipynb"
    path.write_text(path.read_text().replace("home = find_home()", f"home = find_home(); # {source}"))
    assert inputs_hash(home, asked(home)) == ""


def test_it_takes_milliseconds(home):
    wanted = asked(home)
    inputs_hash(home, wanted)
    seconds = []
    for _ in range(20):
        begun = time.process_time()
        inputs_hash(home, wanted)
        seconds.append(time.process_time() - begun)
    assert min(seconds) < 0.02


def test_what_changes_while_a_run_goes_on_leaves_a_run_that_is_not_taken_for_either(home, root, monkeypatch):
    def step(*_):
        append(root / "params/toy/drivers/wages.yaml", "a: 1\n")

    done = engine.produce(home, asked(home), step=step)
    assert done.manifest["inputs"] == "" and engine.unchanged(home, asked(home)) is None


# One at a time


def test_who_comes_second_waits_and_is_handed_what_the_first_one_left(tmp_path):
    waited, took = threading.Event(), []

    def second():
        with only_one(tmp_path, "a", waited.set) as turn:
            took.append(turn.result)

    with only_one(tmp_path, "a", pytest.fail) as turn:
        with only_one(tmp_path, "b", pytest.fail):  # other inputs wait for nobody
            pass
        waiting = [threading.Thread(target=second) for _ in range(3)]
        for thread in waiting:
            thread.start()
        assert waited.wait(20) and not took
        turn.leave("run-1")
    for thread in waiting:
        thread.join()
    assert "run-1" in took and set(took) <= {"run-1", ""} and not (tmp_path / LOCKS).exists()


def test_who_comes_later_is_handed_nothing(tmp_path):
    with only_one(tmp_path, "a", pytest.fail) as turn:
        turn.leave("run-1")
    with only_one(tmp_path, "a", pytest.fail) as turn:
        assert turn.result == ""


def _hold(place, ready, leaves):
    with only_one(Path(place), "a", lambda: None) as turn:
        if leaves:
            turn.leave("run-1")
        ready.set()
        signal.pause()


@pytest.mark.parametrize("leaves", ["run-1", ""])
def test_the_lock_of_one_who_died_is_free_and_its_file_goes(tmp_path, leaves):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), ready, leaves))
    holder.start()
    assert ready.wait(60)
    waited, took = threading.Event(), []

    def second():
        with only_one(tmp_path, "a", waited.set) as turn:
            took.append(turn.result)

    thread = threading.Thread(target=second)
    thread.start()
    assert waited.wait(20) and not took
    os.kill(holder.pid, signal.SIGKILL)
    thread.join(20)
    assert took == [leaves] and not (tmp_path / LOCKS).exists()
    holder.join()


def test_files_of_those_who_died_are_removed_by_the_next_whatever_its_inputs(tmp_path):
    (tmp_path / LOCKS).mkdir()
    for name in "abc":
        (tmp_path / LOCKS / name).write_text("run-1")
    with only_one(tmp_path, "d", pytest.fail) as turn:
        assert turn.result == "" and [path.name for path in (tmp_path / LOCKS).iterdir()] == ["d"]
    with only_one(tmp_path, "a", pytest.fail):
        assert [path.name for path in (tmp_path / LOCKS).iterdir()] == ["a"]


def _count(place, number):
    """Adds one to a number in a file, `number` times, in a way that two at once would spoil."""
    for _ in range(number):
        with only_one(Path(place), "a", lambda: None):
            counted = int((Path(place) / "count").read_text())
            time.sleep(0)
            (Path(place) / "count").write_text(str(counted + 1))


def test_many_at_once_are_one_after_the_other(tmp_path):
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count, args=(str(tmp_path), 60)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert (tmp_path / "count").read_text() == "180" and not (tmp_path / LOCKS).exists()


def test_without_locks_on_the_file_system_nobody_waits_and_it_is_said(tmp_path, monkeypatch, caplog):
    def refuses(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(identity.fcntl, "flock", refuses)
    with only_one(tmp_path, "a", pytest.fail) as turn, only_one(tmp_path, "a", pytest.fail):
        turn.leave("run-1")
    assert "Operation not supported" in caplog.text


# Twice at once


def both(home, **options):
    """The same run asked for twice; the second begins to wait while the first is going on."""
    going, waits, ended = threading.Event(), threading.Event(), {}

    def first(said, done, of):
        going.set()
        assert waits.wait(60) or done

    def second(said, done, of):
        if "waits for the same run" in said:
            waits.set()

    def ask(name, step):
        try:
            ended[name] = engine.produce(home, asked(home, **options.get("params", {})), step=step, force=options.get("force", False))
        except RunError as broken:
            ended[name] = broken

    threads = [threading.Thread(target=ask, args=("first", first)), threading.Thread(target=ask, args=("second", second))]
    threads[0].start()
    assert going.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(120)
    assert waits.is_set()
    return ended["first"], ended["second"]


@pytest.mark.parametrize("force", [False, True])
def test_the_same_run_asked_for_twice_at_once_is_done_once(home, root, force):
    first, second = both(home, force=force)
    assert first.id == second.id and not first.reused and second.reused and [path.name for path in toy.seen(root)] == [first.id]
    assert not (root / "outputs/toy/outlook" / LOCKS).exists()
    later = engine.produce(home, asked(home), force=force)
    assert (later.id == first.id) is not force


def test_when_the_first_one_fails_the_second_runs_itself(home, root):
    first, second = both(home, params={"fault": "cell"})
    assert isinstance(first, RunError) and isinstance(second, RunError) and first.folder != second.folder
    assert toy.seen(root) == toy.left_aside(root) == [] and not (root / "outputs/toy/outlook" / LOCKS).exists()


def test_when_the_first_one_is_killed_the_second_runs_itself(home, root):
    process = toy.start(root, "run", "outlook", "toy", "--case", "base", "-p", "seconds=5")
    give_up = time.monotonic() + 60
    while not list((root / "outputs/toy/outlook").glob(f"{LOCKS}/*")):
        assert time.monotonic() < give_up and process.poll() is None
        time.sleep(0.02)

    def step(said, done, of):
        if "waits for the same run" in said:
            process.kill()

    done = engine.produce(home, asked(home, seconds=5), step=step, cell_deadline=60)
    process.wait()
    assert [path.name for path in toy.seen(root)] == [done.id] and not done.reused


def test_a_run_goes_on_without_a_lock_where_there_is_none(home, monkeypatch):
    monkeypatch.setattr(engine, "only_one", lambda *_: nullcontext(identity.Turn(None)))
    assert engine.produce(home, asked(home)).id
