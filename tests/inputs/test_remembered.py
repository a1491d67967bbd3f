from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from test_snapshots import begin, start

from planning.inputs import remembered as room
from planning.inputs.aside import ASIDE
from planning.inputs.remembered import remembered


class Computing:
    """Computes a table, and counts how often it had to."""

    def __init__(self, value: float = 1.0):
        self.value, self.times = value, 0

    def __call__(self) -> pd.DataFrame:
        self.times += 1
        return pd.DataFrame({"a": ["x", None], "value": self.value})


def test_the_same_key_is_read_and_not_computed_again(tmp_path):
    compute = Computing()
    first = remembered(tmp_path / "trials", {"snapshot": "a", "method": "naive"}, compute)
    again = remembered(tmp_path / "trials", {"method": "naive", "snapshot": "a"}, compute)
    assert compute.times == 1
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize("other", [{"snapshot": "b"}, {"snapshot": "a", "method": "x"}, {}, {"snapshot": ["a"]}, {"snap": "shota"}])
def test_another_key_is_computed(tmp_path, other):
    compute = Computing()
    remembered(tmp_path, {"snapshot": "a"}, compute)
    remembered(tmp_path, other, compute)
    assert compute.times == 2


def test_other_code_is_computed(tmp_path, monkeypatch):
    compute = Computing()
    remembered(tmp_path, {"snapshot": "a"}, compute)
    monkeypatch.setattr(room, "PURE", ("core",))
    remembered(tmp_path, {"snapshot": "a"}, compute)
    assert compute.times == 2


def test_networks_taught_anew_are_computed(tmp_path, monkeypatch):
    compute, model = Computing(), tmp_path / "planning" / "model"
    model.mkdir(parents=True)
    monkeypatch.setattr(room.planning, "__path__", [str(tmp_path / "planning")])
    for content in (b"taught", b"taught", b"taught anew"):
        (model / "networks.npz").write_bytes(content)
        remembered(tmp_path / "trials", {"snapshot": "a"}, compute)
    assert compute.times == 2


@pytest.mark.parametrize("method, asked", [("prophet", 2), ("fast", 1)])
def test_prophets_version_matters_to_prophet_alone(tmp_path, monkeypatch, method, asked):
    compute, version = Computing(), room.importlib.metadata.version
    remembered(tmp_path, {"method": method}, compute)
    monkeypatch.setattr(room.importlib.metadata, "version", lambda name: "0.0" if name == "prophet" else version(name))
    remembered(tmp_path, {"method": method}, compute)
    assert compute.times == asked


def test_other_libraries_are_computed(tmp_path, monkeypatch):
    compute = Computing()
    remembered(tmp_path, {"snapshot": "a"}, compute)
    monkeypatch.setattr(room.importlib.metadata, "version", lambda name: "0.0")
    remembered(tmp_path, {"snapshot": "a"}, compute)
    assert compute.times == 2


def test_a_folder_that_can_not_be_written_only_means_computing_again(tmp_path):
    (tmp_path / "flat").write_text("x")
    compute = Computing()
    for _ in range(2):
        assert remembered(tmp_path / "flat" / "trials", {"snapshot": "a"}, compute)["value"].tolist() == [1.0, 1.0]
    assert compute.times == 2


def test_a_damaged_file_is_computed_again_and_mended(tmp_path):
    compute = Computing()
    remembered(tmp_path, {"snapshot": "a"}, compute)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-50])
    remembered(tmp_path, {"snapshot": "a"}, compute)
    remembered(tmp_path, {"snapshot": "a"}, compute)
    assert compute.times == 2


def test_what_can_not_be_computed_is_not_remembered(tmp_path):
    def fail():
        raise ValueError("no history")

    with pytest.raises(ValueError, match="no history"):
        remembered(tmp_path, {"snapshot": "a"}, fail)
    assert not list(tmp_path.iterdir())


def test_a_killed_writer_leaves_nothing_readable_and_the_next_one_tidies_up(tmp_path):
    rng = random.Random(3)
    for _ in range(4):
        writer = start("remember", tmp_path, 1)
        begin(writer)
        time.sleep(rng.uniform(0, 0.08))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        for path in tmp_path.glob("[!.]*.parquet"):
            assert len(pd.read_parquet(path)) == 150_000
    remembered(tmp_path, {"number": 2}, Computing())
    assert not list(tmp_path.glob(f"{ASIDE}*"))


ASKING = """
import pathlib, sys, time
import pandas as pd
from planning.inputs.remembered import remembered
here = pathlib.Path(sys.argv[1])

def compute():
    with (here / "computed").open("a") as file: file.write("x")
    while not (here / "go").exists(): time.sleep(0.01)
    return pd.DataFrame({"a": [1]})

print("asking", flush=True)
assert list(remembered(here / "trials", {"key": 1}, compute)["a"]) == [1]
"""


def waiting(process) -> bool:
    """Whether a process waits for a lock of the system's."""
    return any("->" in line and f" {process.pid} " in line for line in open("/proc/locks"))


def test_of_two_processes_that_ask_at_once_one_computes_and_the_other_waits_for_it(tmp_path):
    first, second = (subprocess.Popen([sys.executable, "-c", ASKING, tmp_path], stdout=subprocess.PIPE) for _ in range(2))
    assert first.stdout.readline() == second.stdout.readline() == b"asking\n"
    give_up = time.monotonic() + 60
    while not (waiting(first) or waiting(second)) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert waiting(first) or waiting(second)
    (tmp_path / "go").touch()
    assert [process.communicate(timeout=60) and process.returncode for process in (first, second)] == [0, 0]
    assert (tmp_path / "computed").read_text() == "x"
