"""What is written aside says whose it is: a process of this machine, or of another one that shares the folder."""

import os
import subprocess
import sys

import pytest

from planning.inputs.aside import ASIDE, FORGOTTEN, aside, move_into_place, sweep, written_by


@pytest.fixture
def gone():
    """The id of a process that is no more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def named(mine, pid=None, machine=None):
    """The name that another process, or another machine's, would have given."""
    writer, machine_here = mine.name.removeprefix(ASIDE).split("-")[0].split("@")
    return mine.with_name(mine.name.replace(f"{writer}@{machine_here}", f"{pid or writer}@{machine or machine_here}"))


def test_what_a_dead_process_of_this_machine_left_is_swept(tmp_path, gone):
    left = named(aside(tmp_path), pid=gone)
    left.mkdir()
    assert sweep(tmp_path) == [left.name] and not left.exists()


def test_what_another_machine_writes_is_left_alone_whatever_its_process_is_here(tmp_path, gone):
    theirs = named(aside(tmp_path), pid=gone, machine="0123abcd")
    (theirs / "tables").mkdir(parents=True)
    assert sweep(tmp_path) == [] and theirs.is_dir()


def test_what_another_machine_left_goes_when_nothing_in_it_has_changed_for_a_week(tmp_path, gone):
    theirs = named(aside(tmp_path), pid=gone, machine="0123abcd")
    (theirs / "tables").mkdir(parents=True)
    for path in (theirs, theirs / "tables"):
        before = path.stat().st_mtime - FORGOTTEN - 60
        os.utime(path, (before, before))
    assert sweep(tmp_path) == [theirs.name]
    file = named(aside(tmp_path, "latest"), machine="0123abcd")
    file.write_text("half")
    assert sweep(tmp_path) == []


def test_a_process_finds_what_it_writes_and_nothing_of_anothers(tmp_path, gone):
    mine = aside(tmp_path)
    for path in (mine, named(mine, pid=gone), named(mine, machine="0123abcd")):
        path.mkdir()
    assert written_by(tmp_path, os.getpid()) == [mine]


def test_what_is_moved_into_place_is_on_the_disk_before(tmp_path, monkeypatch):
    written, settled = tmp_path / "written", []
    (written / "tables").mkdir(parents=True)
    (written / "tables" / "plan.parquet").write_text("1")
    monkeypatch.setattr(os, "fsync", lambda opened: settled.append(os.fstat(opened).st_ino))
    wanted = {path.stat().st_ino for path in (written, *written.rglob("*"))}
    rename = os.rename
    monkeypatch.setattr(os, "rename", lambda *names: (settled.append("renamed"), rename(*names)))
    move_into_place(written, tmp_path / "place")
    assert set(settled[:-1]) == wanted and settled[-1] == "renamed" and (tmp_path / "place/tables/plan.parquet").is_file()
