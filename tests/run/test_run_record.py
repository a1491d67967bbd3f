"""The record cell writes where the engine asked, and a draft where nobody did."""

import json

import matplotlib.figure
import pandas as pd
import pytest

from planning.core.checks import Check
from planning.run.record import record

TABLE = pd.DataFrame({"account": ["pay"], "amount": [1.0]})
TABLES = ["tables/checks.parquet", "tables/plan.parquet", "tables/publish_v1.parquet"]
CHECKS = [Check("adds up", True, "1 ↔ 1")]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANNING_RUN", raising=False)
    return tmp_path


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_without_the_engine_a_draft_is_left_and_nothing_else(here):
    said = record("budget", {"en": "headline", "zh": "标题"}, {"plan": TABLE}, CHECKS, publish={"v1": TABLE})
    assert names(here / "drafts" / "budget") == ["record.json", *TABLES]
    assert "draft" in said and "Nothing was recorded" in said


def test_a_draft_replaces_the_one_before(here):
    record("budget", {"en": "one"}, {"plan": TABLE, "old": TABLE}, CHECKS)
    record("budget", {"en": "two"}, {"plan": TABLE}, CHECKS)
    assert json.loads((here / "drafts/budget/record.json").read_text())["headline"] == {"en": "two"}
    assert not (here / "drafts/budget/tables/old.parquet").exists()


def test_what_a_killed_notebook_left_aside_is_swept_by_the_next_draft(here):
    (here / "drafts" / ".aside-4194304-dead-budget").mkdir(parents=True)
    record("budget", {"en": "one"}, {}, CHECKS)
    assert [path.name for path in (here / "drafts").iterdir()] == ["budget"]


def test_the_engine_names_the_folder(here, monkeypatch):
    monkeypatch.setenv("PLANNING_RUN", str(here / "run"))
    figure = matplotlib.figure.Figure()
    assert record("budget", {"zh": "预算"}, {"plan": TABLE}, CHECKS, {"bridge": figure}, {"v1": TABLE}) == "Recorded."
    assert names(here / "run") == ["figures/bridge.png", "record.json", *TABLES]
    assert json.loads((here / "run/record.json").read_text()) == {
        "headline": {"zh": "预算"}, "publish": ["v1"], "tables": ["checks", "plan", "publish_v1"],
    }  # fmt: skip
    assert pd.read_parquet(here / "run/tables/checks.parquet").to_dict("records") == [{"name": "adds up", "passed": True, "said": "1 ↔ 1"}]
