"""A company nobody has described: from a folder of its systems' files to the first loop's reports, in two commands."""

import json
import shutil

import desk as at
import pandas as pd
import pytest

from planning.core.accounts import roll_up
from planning.core.tables import as_known
from planning.inputs.company import read_company
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.snapshots import read_snapshot

SMALL = {"months": 36, "size.stores": 4, "size.buyers": 400, "size.subscribers": 200}
EVER = pd.Timestamp("2200-01-01")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A project with notebooks and no company, and the files of three years in a folder beside it."""
    root = tmp_path_factory.mktemp("office")
    shutil.copytree(at.ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns("drafts", ".ipynb_checkpoints"))
    (root / "params").mkdir()
    write_sample(root / "files", build_settings("tiny", 7, SMALL))
    shutil.move(root / "files" / "truth", root / "truth")
    return root


@pytest.fixture(scope="module")
def looped(office):
    """What the two commands said, no question answered."""
    understood = json.loads(at.shell(office, "planning new firm --from files --json"))
    return understood, json.loads(at.shell(office, "planning loop firm --json", codes=(0, 1)))  # 1: findings wait for a decision


def test_the_first_loop_makes_every_report_in_both_languages(office, looped):
    [loop] = looped[1]["companies"]
    assert {run["notebook"] for run in loop["runs"]} == {"data_quality", "annual_budget", "rolling_reforecast", "budget_control"}
    assert len(loop["runs"]) == 8 and loop["broken"] == []
    reports = sorted((office / "outputs" / "firm").glob("*/*/report.html"))
    assert len(reports) == 8 and sum('lang="zh' in path.read_text(encoding="utf-8") for path in reports) == 4


def figures(company, snapshots):
    """Revenue and profit by entity and month, as finally known."""
    taken = read_snapshot(company.code, snapshots)
    rows = as_known(taken.rows[taken.rows["scenario"] == "actual"].drop(columns="source"), EVER)
    totals = roll_up(rows[rows["grain"] == "month"], company.tree, ["entity", "period"])
    named = {company.file.roles[role]: role for role in ("revenue", "result")}
    found = totals[totals["account"].isin(named)]
    return found.assign(account=found["account"].map(named)).set_index(["account", "entity", "period"])["amount"].sort_index()


def test_revenue_and_profit_are_those_that_params_made_by_hand_read(office, looped):
    by_hand = read_company(at.ROOT / "params" / "sample")
    shutil.copytree(by_hand.folder, office / "params" / "sample")
    at.shell(office, "planning intake sample --data files", codes=(0, 1))
    ours, theirs = (
        figures(read_company(office / "params" / name), office / "outputs" / name / "snapshots") for name in ("firm", "sample")
    )
    assert len(theirs) > 300 and ours.index.equals(theirs.index) and (ours - theirs).abs().max() < 0.005
