"""A batch hit at random moments: whatever is killed, what is seen is whole, a resume ends it, every job is published exactly once.

PLANNING_KILLS sets how many hits there are in all (default 8; hundreds for a soak).
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

import batch_worlds
import pytest
import toy
from patience import wait_until
from wholeness import KILLS, assert_whole

from planning.batch.record import batches
from planning.book.store import open_book
from planning.inputs.params import Home

BATCH = """
intake: [toy]
parallel: 2
defaults: {retries: 3, back_off: 0.1}
runs:
  plan: {notebook: outlook, company: toy, case: base, grid: {version: [a, b, c]}}
  last: {notebook: outlook, company: toy, case: base, params: {version: d, months: 5}, after: [plan]}
  review: {company: toy, case: base, needs: {outlook_run: last}}
"""
JOBS = 5
LONG = "runs: {a: {notebook: outlook, company: toy, case: base, params: {seconds: 600}}}"
VICTIMS = ("batch", "run", "kernel", "zygote of run", "zygote of kernel", "interrupt", "terminate")
LONGEST = 9.0  # seconds that a batch takes here, about
SIGNALS = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM}


def stat(pid):
    """The name of a process's parent, and its command line; nothing of one that is gone."""
    with contextlib.suppress(OSError, IndexError):
        parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        return parent, Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return 0, ""


def who(root, batch):
    """The living processes of a batch, by what they are."""
    about = {pid: stat(pid) for pid in toy.kernels(root) if pid != batch}
    zygotes = {pid: kind(words) for pid, (parent, words) in about.items() if parent == batch and "kernels.zygote" in words}
    found = {"batch": [batch], "run": [], "kernel": [], "zygote of run": [], "zygote of kernel": []}
    for pid, (parent, words) in about.items():
        if pid in zygotes:
            found[f"zygote of {zygotes[pid]}"].append(pid)
        elif parent in zygotes or "planning.batch.worker" in words or "ipykernel_launcher" in words:
            found[zygotes.get(parent) or kind(words)].append(pid)
    return found


def kind(words):
    """What a command line is about."""
    return "run" if "planning.batch." in words else "kernel"


def hit(root, process, victim, chance):
    """One of the batch's processes, killed; False where there was none left."""
    what = "batch" if victim in SIGNALS else victim

    def there():
        return process.poll() is not None or who(root, process.pid)[what]

    wait_until(there)
    living = who(root, process.pid)[what] if process.poll() is None else []
    if not living:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(chance.choice(living), SIGNALS.get(victim, signal.SIGKILL))
    return True


@pytest.fixture
def begin(tmp_path):
    """A batch in a home of its own, begun."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def begin(root, *words):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may have told us to ignore it
        process = toy.start(root, "batch", *words, TMPDIR=str(scratch))
        signal.signal(signal.SIGINT, before)
        return process

    begin.scratch = scratch
    return begin


def ended(process):
    """Its exit code, its streams read meanwhile."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def assert_in_order(root, scratch):
    """Every job is done and published once, what is seen is whole, and nothing is left over."""
    seen = sorted((root / "outputs/toy").glob("[!.]*/*Z-*"))
    for folder in seen:
        assert_whole(folder)
    book = open_book(root / "outputs/book.sqlite")
    assert sorted(book.runs()["run_id"]) == sorted(folder.name for folder in seen) and len(seen) == JOBS
    assert book.verify_journal("toy") == [] and set(book.versions("toy")["version"]) == set("abcd")
    assert wait_until(lambda: not toy.kernels(root)), "a process outlived its batch"
    return list(scratch.glob("planning-*"))


@pytest.mark.parametrize("victim", VICTIMS)
def test_whatever_is_killed_whenever_a_resume_ends_it_and_each_job_is_published_once(toy_home, tmp_path, begin, victim):
    chance = random.Random(f"{KILLS} {victim}")
    for number in range(max(1, round(KILLS / len(VICTIMS)))):
        root = shutil.copytree(toy_home, tmp_path / f"home{number}")
        batch_worlds.add_review(root)
        file = batch_worlds.write(root, "batch.yaml", BATCH)
        process = begin(root, str(file))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.3, LONGEST))
        was_there = hit(root, process, victim, chance)
        code, _, said = ended(process)
        assert "Traceback" not in said, said
        if victim in ("run", "kernel", "zygote of run", "zygote of kernel") or not was_there:
            assert code == 0, said
        for folder in (root / "outputs/toy").glob("[!.]*/*Z-*"):
            assert_whole(folder)
        taken_up = ["--resume"] if batches(Home(root, root / "outputs")) else [str(file)]  # killed before its record was there
        code, _, said = ended(begin(root, *taken_up))
        assert code == 0, said
        left = assert_in_order(root, begin.scratch)
        assert left == [] and toy.left_aside(root) == []


@pytest.mark.parametrize("victim", ["interrupt", "terminate"])
def test_told_to_stop_a_batch_says_how_to_go_on(root, begin, victim):
    file = batch_worlds.write(root, "batch.yaml", LONG)
    process = begin(root, str(file), "--json")
    lines = iter(process.stdout.readline, "")
    assert any('"run_started"' in line for line in lines)
    assert wait_until(lambda: toy.left_aside(root))
    process.send_signal(SIGNALS[victim])
    events = batch_worlds.events("".join(lines))
    said = process.stderr.read()
    assert process.wait(60) == 1 and [event["event"] for event in events] == ["run_stopped", "batch_done"]
    assert events[-1]["reason"] == "interrupted" and events[-1]["totals"]["left"] == 1
    assert f"planning batch --resume {events[-1]['batch']}" in said and "Traceback" not in said
    assert toy.left_aside(root) == [] and wait_until(lambda: not toy.kernels(root))
    assert list(begin.scratch.glob("planning-*")) == []


def test_while_a_batch_goes_on_nobody_else_takes_it_up(root, begin):
    file = batch_worlds.write(root, "batch.yaml", LONG)
    process = begin(root, str(file), "--json")
    assert any('"run_started"' in line for line in iter(process.stdout.readline, ""))
    code, _, said = ended(begin(root, "--resume"))
    assert code == 2 and "the batch is going on" in said
    process.terminate()
    assert ended(process)[0] == 1


def test_the_same_file_twice_at_once_runs_everything_once(root, begin):
    batch_worlds.add_review(root)
    file = batch_worlds.write(root, "batch.yaml", BATCH)
    first, second = begin(root, str(file)), begin(root, str(file))
    codes = ended(first), ended(second)
    assert [code for code, _, _ in codes] == [0, 0], codes
    assert assert_in_order(root, begin.scratch) == []


def test_a_full_disk_stops_a_batch_in_order_and_a_resume_ends_it(root, begin):
    """A limit on the size of files stands for the disk."""
    batch_worlds.add_review(root)
    file = batch_worlds.write(root, "batch.yaml", BATCH)
    words = ["bash", "-c", 'ulimit -f 1; exec "$@"', "-", *toy.command("batch", str(file))]
    environment = toy.environment(root, TMPDIR=str(begin.scratch))
    small = subprocess.run(words, env=environment, cwd=root, capture_output=True, text=True, timeout=300)
    assert small.returncode in (1, 2) and "Traceback" not in small.stderr, small.stderr
    for folder in (root / "outputs/toy").glob("[!.]*/*Z-*"):
        assert_whole(folder)
    code, _, said = ended(begin(root, str(file)))
    assert code == 0, said
    assert assert_in_order(root, begin.scratch) == []
