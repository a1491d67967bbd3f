"""Killed at any moment: readers see whole runs only, and the next command finishes the work.

PLANNING_KILLS sets how often a command is killed (default 8; hundreds for a soak).
"""

import contextlib
import ctypes
import random
import signal
import time
from functools import partial

import pandas as pd
import pytest
import toy
from patience import wait_until
from wholeness import KILLS, assert_whole

from planning.book.store import open_book
from planning.inputs.snapshots import TABLES, content_hash
from planning.run import publishing, register

SECONDS = {"run": 4.0, "loop": 8.0}
RUN = ("run", "outlook", "toy", "--case", "base")
LOOP = ("loop", "toy")


def assert_all_whole(root):
    for folder in toy.seen(root):
        assert_whole(folder)
    for folder in (root / "outputs/toy/snapshots").glob("[0-9a-f]" * 16):
        assert content_hash({name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}) == folder.name


def kill(process):
    """The process alone: its kernel has to notice by itself."""
    process.kill()
    process.wait()


@pytest.fixture
def adopting():
    """Orphans come to this process and not to the first one, as they do under systemd and most containers."""
    set_child_subreaper = partial(ctypes.CDLL(None).prctl, 36)
    set_child_subreaper(1)
    yield
    set_child_subreaper(0)


def test_whenever_it_is_killed_nothing_half_done_is_seen_and_the_next_command_finishes(root, home):
    chance = random.Random(KILLS)
    for number in range(KILLS):
        words = LOOP if number % 2 else RUN
        process = toy.start(root, *words)
        with contextlib.suppress(toy.subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.3, 1.1) * SECONDS[words[0]])
        kill(process)
        assert_all_whole(root)
    assert wait_until(lambda: not toy.kernels(root)), "a kernel outlived its engine"
    last = toy.start(root, *LOOP)
    assert last.wait() == 0, last.communicate()
    assert_all_whole(root)
    book = open_book(home.book())
    assert sorted(book.runs()["run_id"]) == [folder.name for folder in toy.seen(root)]
    assert toy.left_aside(root) == [] and book.verify_journal("toy") == []
    assert not (root / "outputs/toy/outlook/failed").exists()
    assert set(book.versions("toy")["version"]) == {"2021_base", "2021_high"}


def test_killed_between_the_move_and_the_book_a_run_is_published_by_the_next_command(root, home):
    dying = (
        "import os; from planning.run import publishing, register; from planning.cli import main\n"
        "publishing.publish = lambda *_: os.kill(os.getpid(), 9)\nmain(['run', 'outlook', 'toy', '--case', 'base'])"
    )
    assert toy.subprocess.run([toy.sys.executable, "-c", dying], env=toy.environment(root)).returncode == -9
    [folder] = toy.seen(root)
    assert_whole(folder)
    book = open_book(home.book())
    assert book.runs().empty
    nxt = toy.start(root, "intake", "toy")
    assert nxt.wait() == 0 and list(book.runs()["run_id"]) == [folder.name]


@pytest.mark.parametrize("at", [0.0, 0.2, 0.5, 1.5])
def test_a_kernel_ends_with_the_process_that_started_it(root, adopting, at):
    process = toy.start(root, *RUN, "-p", "seconds=600")
    assert wait_until(lambda: len(toy.kernels(root)) > 1), (process.poll(), process.communicate(timeout=5))
    time.sleep(at)
    kill(process)
    assert wait_until(lambda: not toy.kernels(root))


def test_what_is_written_aside_by_the_living_is_left_alone(root, home):
    process = toy.start(root, *RUN, "-p", "seconds=600")
    assert wait_until(lambda: any((path / "report.ipynb").is_file() for path in toy.left_aside(root)))
    assert publishing.finish(home, "toy", open_book(home.book())) == [] and len(toy.left_aside(root)) == 1
    assert toy.seen(root) == [] and register.runs(home) == []
    kill(process)
    assert wait_until(lambda: not toy.kernels(root))
    publishing.finish(home, "toy", open_book(home.book()))
    assert toy.left_aside(root) == []


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_a_command_stops_and_leaves_nothing_to_see(root, home, signal_):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may have told us to ignore it
    process = toy.start(root, *RUN, "-p", "seconds=600")
    signal.signal(signal.SIGINT, before)
    assert wait_until(lambda: any((path / "report.ipynb").is_file() for path in toy.left_aside(root)))
    time.sleep(1)
    process.send_signal(signal_)
    _, said = process.communicate(timeout=90)
    assert process.returncode in (1, 130, -signal.SIGTERM) and "Traceback" not in said
    assert wait_until(lambda: not toy.kernels(root))
    publishing.finish(home, "toy", open_book(home.book()))
    assert toy.seen(root) == toy.left_aside(root) == [] and register.runs(home) == []
