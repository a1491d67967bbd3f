"""An intake killed at any moment: the newest snapshot is the old or the new one, whole, and the next intake succeeds and leaves no rubbish.

PLANNING_KILLS sets how often it is killed (default 8; hundreds for a soak).
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from mangling import cell, mangle
from toy import start
from wholeness import KILLS

from planning.inputs.snapshots import content_hash, latest, read_snapshot

PARAMS = Path(__file__).parents[2] / "params"
READ = {
    "sources": ("ledger",),
    "tables": ("rates", "orders", "customers", "inventory"),
    "subscriptions": (),
    "reconciliations": (),
    "accepted": (),
}
"""What is read of the company: enough for every step of an intake."""
TAKE_IN = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mangling import only
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
left = int(sys.argv[5])
def dying(call):
    def called(*words, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*words, **named)
    return called
os.rename, os.replace, os.link = dying(os.rename), dying(os.replace), dying(os.link)
take_in(only(read_company(Path(sys.argv[2])), "rates", "orders", "customers"), Path(sys.argv[3]), Path(sys.argv[4]))
"""


@pytest.fixture
def files(group, tmp_path) -> Path:
    """The group's files, which change from one intake to the next."""
    return shutil.copytree(group, tmp_path / "files")


@pytest.fixture
def home(tmp_path) -> Path:
    """A project with the company that reads some of them."""
    (tmp_path / "notebooks").mkdir()
    folder = shutil.copytree(PARAMS / "sample", tmp_path / "params" / "sample")
    said = yaml.safe_load((folder / "company.yaml").read_text())
    kept = {part: {name: said[part][name] for name in names} for part, names in READ.items() if names}
    rest = {part: value for part, value in said.items() if part not in READ}
    (folder / "company.yaml").write_text(yaml.safe_dump(rest | kept, allow_unicode=True))
    return tmp_path


@pytest.fixture
def snapshots(home) -> Path:
    return home / "outputs" / "sample" / "snapshots"


def begin(home: Path, files: Path) -> subprocess.Popen:
    """`planning intake sample` of these files, begun."""
    return start(home, "intake", "sample", "--data", str(files))


def take_in(params: Path, snapshots: Path, files: Path, last: int = 0) -> int:
    """Some tables taken in by a process that is killed at its `last` move of a file; its exit code."""
    words = [str(Path(__file__).parent), str(params), str(snapshots), str(files), str(last)]
    return subprocess.run([sys.executable, "-W", "ignore", "-c", TAKE_IN, *words], check=False).returncode


def change(files: Path, number: int) -> None:
    """Other rates than before."""
    mangle(files, "rates", cell("average", f"0.{number + 100}"))


def assert_all_whole(snapshots: Path) -> None:
    """Every snapshot that can be seen holds what its name says, and the newest is one of them."""
    seen = [folder.name for folder in snapshots.glob("*") if re.fullmatch("[0-9a-f]{16}", folder.name)]
    for name in seen:
        tables = read_snapshot("sample", snapshots, name).tables
        assert content_hash({table: tables.stored.get(table, tables[table]) for table in tables}) == name
    assert latest(snapshots) in (None, *seen)


def rubbish(snapshots: Path) -> list[str]:
    """What lies below the outputs beside snapshots and the name of the newest."""
    return [path.name for path in snapshots.iterdir() if path.name != "latest" and not re.fullmatch("[0-9a-f]{16}", path.name)]


def test_killed_at_any_moment_the_newest_snapshot_is_whole_and_the_next_intake_leaves_no_rubbish(home, files, snapshots):
    chance, started = random.Random(KILLS), time.monotonic()
    process = begin(home, files)
    _, said = process.communicate()
    assert process.returncode in (0, 1), said  # 1: stored, with findings that wait for a decision
    usual = time.monotonic() - started
    for number in range(KILLS):
        change(files, number)
        old, there = latest(snapshots), {path.name for path in snapshots.iterdir()}
        process = begin(home, files)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.3, 1.1) * usual)
        process.kill()
        process.communicate()
        assert_all_whole(snapshots)
        assert latest(snapshots) == old or latest(snapshots) not in there
    change(files, KILLS)
    before = latest(snapshots)
    process = begin(home, files)
    _, said = process.communicate()
    assert process.returncode in (0, 1) and latest(snapshots) != before, said
    assert_all_whole(snapshots)
    assert rubbish(snapshots) == []


@pytest.mark.parametrize("last", range(1, 7))
def test_killed_at_each_move_of_a_file_the_newest_snapshot_is_the_old_one_until_the_last(home, files, snapshots, last):
    """Two parts are taken over or three tables moved, then the snapshot; last of all its name replaces the old one's."""
    assert take_in(home / "params" / "sample", snapshots, files) == 0
    old = latest(snapshots)
    change(files, last)
    assert take_in(home / "params" / "sample", snapshots, files, last) == -signal.SIGKILL
    assert_all_whole(snapshots)
    assert latest(snapshots) == old
    assert take_in(home / "params" / "sample", snapshots, files) == 0
    assert latest(snapshots) != old and rubbish(snapshots) == []
    assert_all_whole(snapshots)
