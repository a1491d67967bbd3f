from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.inputs.aside import ASIDE, aside, move_into_place, replace_text, sweep
from planning.inputs.snapshots import TABLES, content_hash, latest, read_snapshot, save_snapshot

WRITERS = Path(__file__).with_name("snapshot_writers.py")


def hashed(**columns) -> str:
    return content_hash({"rows": pd.DataFrame(columns)})


def tables(amount: float = 1.0, rows: int = 3) -> dict[str, pd.DataFrame]:
    """A snapshot's tables: all alike, as only their being there matters."""
    return {name: pd.DataFrame({"code": [f"a{n}" for n in range(rows)], "amount": amount}) for name in TABLES}


# --- the name


values = st.one_of(st.none(), st.text("ab\x00\x1e\x1f;:0 nt1", max_size=3), st.integers(-3, 3), st.floats(-2, 2), st.booleans())
lines = st.lists(st.tuples(values, values), min_size=1, max_size=8)


@given(lines, st.randoms())
def test_the_order_of_rows_and_columns_does_not_count(drawn, rng):
    table = pd.DataFrame(drawn, columns=["x", "y"], dtype=object)
    shuffled = pd.DataFrame(rng.sample(drawn, len(drawn)), columns=["x", "y"], dtype=object)[["y", "x"]]
    assert content_hash({"t": table}) == content_hash({"t": shuffled})


texts = st.text("ab\x00\x1e\x1f;:0", max_size=3)
rows = st.lists(st.tuples(texts, texts), max_size=3)


@given(rows, rows)
def test_only_the_same_rows_have_the_same_name(left, right):
    """Whatever separators the texts contain."""
    first, second = (content_hash({"t": pd.DataFrame(rows, columns=["x", "y"], dtype=object)}) for rows in (left, right))
    assert (first == second) == (sorted(left) == sorted(right))


def test_each_of_these_is_a_content_of_its_own():
    different = [
        hashed(a=["x"]), hashed(b=["x"]), hashed(a=["x", "x"]), hashed(a=["x", None]), hashed(a=["x", ""]), hashed(a=["1"]), hashed(a=[1]),
        hashed(a=[True]), hashed(a=["True"]), hashed(a=[1.5]), hashed(a=["nan"]), hashed(a=[None]), hashed(a=["None"]), hashed(a=[""]),
        hashed(a=[]), hashed(), hashed(a=[pd.Timestamp("2021-01-01")]), hashed(a=["2021-01-01T00:00:00"]), hashed(a=["\x00"]),
        hashed(a=[pd.Timestamp("2021-01-01 00:00:00.000001")]), hashed(a=[2**60]), hashed(a=[2**60 + 1]), hashed(a=["a"], b=["b"]),
        hashed(a=["b"], b=["a"]), content_hash({"other": pd.DataFrame({"a": ["x"]})}), content_hash({}),
    ]  # fmt: skip
    assert len(set(different)) == len(different)


def test_rows_are_kept_together():
    assert hashed(a=["x", "y"], b=["1", "2"]) != hashed(a=["x", "y"], b=["2", "1"])


def test_storage_does_not_count():
    assert hashed(a=[0.0]) == hashed(a=[-0.0]) == hashed(a=[0])
    assert hashed(a=[1, 2]) == hashed(a=[1.0, 2.0]) == hashed(a=pd.array([1, 2], "Int32")) == hashed(a=np.array([1, 2], "float32"))
    assert (
        hashed(a=["x", None])
        == hashed(a=["x", np.nan])
        == hashed(a=pd.array(["x", pd.NA], "string"))
        == hashed(a=pd.Categorical(["x", None]))
    )
    assert hashed(a=[True, None]) == hashed(a=pd.array([True, None], "boolean"))
    day = pd.Series([pd.Timestamp("2021-01-01"), pd.NaT])
    assert hashed(a=day) == hashed(a=day.astype("datetime64[s]")) == hashed(a=np.array([datetime(2021, 1, 1), None], dtype=object))


@pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
def test_the_version_of_parquet_does_not_count(tmp_path, version):
    table = pd.DataFrame({"a": ["x", None], "n": [1.5, -0.0], "d": pd.to_datetime(["2021-01-01", None])})
    table.to_parquet(tmp_path / "t.parquet", version=version, compression="gzip", coerce_timestamps="us")
    assert content_hash({"t": pd.read_parquet(tmp_path / "t.parquet")}) == content_hash({"t": table})


def test_what_is_read_back_has_the_name_it_was_saved_under(city):
    assert content_hash(city.tables) == city.id


# --- saving and reading


def test_a_snapshot_is_read_as_it_was_saved(tmp_path):
    name, new = save_snapshot("toyland", tables(), tmp_path, {"read": {"ledger": 3}})
    read = read_snapshot("toyland", tmp_path)
    assert new and read.id == name == latest(tmp_path)
    pd.testing.assert_frame_equal(read.rows, tables()["rows"])
    manifest = json.loads((tmp_path / name / "manifest.json").read_text())
    assert manifest["rows"]["rows"] == 3 and manifest["read"] == {"ledger": 3} and manifest["snapshot"] == name


def test_an_unknown_table_is_no_attribute(tmp_path):
    save_snapshot("toyland", tables(), tmp_path, {})
    with pytest.raises(AttributeError):
        _ = read_snapshot("toyland", tmp_path).colours


@pytest.mark.parametrize("name", ["0" * 16, "..", "../x", "/", "latest", "."])
def test_a_snapshot_that_is_not_there_is_said_with_the_way_to_get_one(tmp_path, name):
    save_snapshot("toyland", tables(), tmp_path / "snapshots", {})
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(RequestError, match="run planning intake toyland"):
        read_snapshot("toyland", tmp_path / "snapshots", name)


def test_before_the_first_load_there_is_none(tmp_path):
    assert latest(tmp_path) is None
    with pytest.raises(RequestError, match="none yet"):
        read_snapshot("toyland", tmp_path)


def test_a_damaged_snapshot_is_refused(tmp_path):
    name, _ = save_snapshot("toyland", tables(), tmp_path, {})
    (tmp_path / name / "rows.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(RequestError, match="damaged snapshot"):
        read_snapshot("toyland", tmp_path)


# --- killed, and at the same time


def start(*words: object) -> subprocess.Popen:
    """A writer of its own process, ready to begin: it has said so."""
    writer = subprocess.Popen([sys.executable, str(WRITERS), *map(str, words)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    return writer


def begin(writer: subprocess.Popen) -> None:
    writer.stdin.write("go\n")
    writer.stdin.flush()


def whole(folder: Path) -> list[str]:
    """The snapshots a reader can see, each of them read."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(ASIDE))
    for name in names:
        assert content_hash(read_snapshot("toyland", folder, name).tables) == name
    return names


def test_a_writer_killed_at_any_moment_leaves_nothing_half_done(tmp_path):
    first, _ = save_snapshot("toyland", tables(), tmp_path, {})
    rng = random.Random(2)
    for attempt in range(10):
        writer = start("save", tmp_path, attempt)
        begin(writer)
        time.sleep(rng.uniform(0, 0.06))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        seen = whole(tmp_path)
        assert first in seen and latest(tmp_path) in seen
    last, new = save_snapshot("toyland", tables(99.0), tmp_path, {})
    assert new and latest(tmp_path) == last and not list(tmp_path.glob(f"{ASIDE}*"))


def test_what_a_killed_writer_left_aside_is_swept_by_the_next_save(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"{ASIDE}{gone.pid}-0123abcd"
    left.mkdir()
    (left / "rows.parquet").write_bytes(b"half")
    (tmp_path / f"{ASIDE}{gone.pid}-4567cdef-latest").write_text("half")
    name, _ = save_snapshot("toyland", tables(), tmp_path, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["latest", name])


def test_what_a_living_writer_has_aside_is_left_alone(tmp_path):
    mine = aside(tmp_path)
    mine.mkdir()
    strange = tmp_path / f"{ASIDE}notes"
    strange.touch()
    assert sweep(tmp_path) == [] and mine.is_dir() and strange.is_file()


def test_several_writers_of_the_same_content_agree(tmp_path):
    writers = [start("save", tmp_path, 7) for _ in range(3)]
    for writer in writers:
        begin(writer)
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0] and len({name for name, _ in said}) == 1
    assert whole(tmp_path) == [said[0][0]] and not list(tmp_path.glob(f"{ASIDE}*"))


def test_a_reader_during_writes_sees_whole_snapshots_only(tmp_path):
    save_snapshot("toyland", tables(), tmp_path, {})
    writer = start("save-many", tmp_path, 12)
    begin(writer)
    seen = set()
    while writer.poll() is None:
        read = read_snapshot("toyland", tmp_path)
        assert content_hash(read.tables) == read.id
        seen.add(read.id)
    assert writer.returncode == 0 and len(seen) > 1


def test_the_first_of_two_finished_folders_stays(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    move_into_place(tmp_path / "one", tmp_path / "place")
    move_into_place(tmp_path / "two", tmp_path / "place")
    assert (tmp_path / "place" / "who").read_text() == "one" and not (tmp_path / "two").exists()


def test_a_small_file_is_replaced_whole(tmp_path):
    replace_text(tmp_path / "latest", "a")
    replace_text(tmp_path / "latest", "b")
    assert (tmp_path / "latest").read_text() == "b\n" and os.listdir(tmp_path) == ["latest"]
