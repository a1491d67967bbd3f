"""Replay runs again what ran, and says to the cent whether the same came out."""

import json

import numpy as np
import pandas as pd
import pytest
import toy

from planning.core.errors import RequestError, RunError
from planning.run import register, replay
from planning.run.replay import _largest_difference

pytestmark = pytest.mark.usefixtures("warm")


def tampered(done, change, table="plan"):
    path = done.folder / "tables" / f"{table}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    return done


def raised(cents):
    def change(table):
        table.loc[0, "amount"] += cents / 100
        return table

    return change


def test_replay_gives_the_same_to_the_last_digit_and_keeps_nothing(done, home, book):
    before = sorted(home.outputs.rglob("*"))
    compared = replay.replay(home, done)
    assert {each.table: each.largest for each in compared} == {"checks": 0.0, "plan": 0.0, "publish_2021_base": 0.0}
    assert all(each.same and each.rows == each.replayed for each in compared)
    assert sorted(home.outputs.rglob("*")) == before and len(book.runs()) == 1


def test_replay_reads_the_runs_own_snapshot_and_not_the_newest(done, home, root):
    (home.snapshots("toy") / "latest").write_text("0" * 16)
    assert all(each.same for each in replay.replay(home, done))


def test_replay_names_the_table_that_was_changed_or_taken_away(done, home):
    tampered(done, raised(1))
    (done.folder / "tables" / "publish_2021_base.parquet").unlink()
    differing = {each.table: each.largest for each in replay.replay(home, done) if not each.same}
    assert set(differing) == {"plan", "publish_2021_base"} and differing["plan"] == pytest.approx(0.01)


def test_replay_of_a_failed_run_is_refused(home, run):
    with pytest.raises(RunError):
        run(fault="cell")
    with pytest.raises(RequestError, match="nothing to compare"):
        replay.replay(home, register.find_run(home, register.runs(home)[0]["run"]))


def test_replay_of_a_parameter_that_is_no_more_is_refused(done, home):
    done.manifest["params"]["gone"] = 1
    with pytest.raises(RequestError, match="gone: unknown"):
        replay.replay(home, done)


def test_replay_that_breaks_says_so_and_keeps_nothing(done, home, root):
    source = (root / "notebooks/outlook.ipynb").read_text()
    (root / "notebooks/outlook.ipynb").write_text(source.replace("round(last", "round(lost"))
    with pytest.raises(RunError, match="NameError"):
        replay.replay(home, done)
    assert toy.left_aside(root) == [] and not (done.folder.parent / "failed").exists()


TABLE = pd.DataFrame({"account": ["pay", "rent"], "amount": [1.0, np.nan]})


@pytest.mark.parametrize(
    "after, largest",
    [
        (TABLE, 0.0),
        (TABLE.iloc[::-1], 0.0),
        (TABLE.assign(amount=[1.004, np.nan]), 0.004),
        (TABLE.assign(amount=[np.nan, np.nan]), np.inf),
        (TABLE.assign(amount=[1.0, 0.0]), np.inf),
        (TABLE.assign(account=["pay", "cars"]), np.inf),
        (TABLE.rename(columns={"amount": "value"}), np.inf),
        (TABLE.assign(amount=["1", "2"]), np.inf),
        (TABLE.head(1), np.inf),
        (TABLE.head(0), np.inf),
        (pd.DataFrame(), np.inf),
    ],
)
def test_a_figure_that_came_went_or_moved_is_a_difference(after, largest):
    assert _largest_difference(TABLE, after) == pytest.approx(largest)


def test_the_manifest_of_the_run_is_not_touched(done, home):
    before = (done.folder / "manifest.json").read_bytes()
    replay.replay(home, done)
    assert (done.folder / "manifest.json").read_bytes() == before and json.loads(before)["run"] == done.id
