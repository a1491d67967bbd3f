"""The churn notebook on a made-up telephone company: what was planted comes out, and a leak keeps the run from being published."""

import json
import shutil
from pathlib import Path

import desk as at
import pytest
import yaml
from subscriber_worlds import subscribers

from planning.plan.subscribers import TABLE

NAMED = {"monthly": ["by the month", "按月"], "yearly": ["by the year", "按年"]}
COLOURS = {colour: [colour, zh] for colour, zh in (("red", "红"), ("blue", "蓝"), ("green", "绿"))}
FLAG = {"no": ["no", "否"], "yes": ["yes", "是"]}


def attribute(column, label_en, label_zh, values):
    return {"column": column, "label_en": label_en, "label_zh": label_zh, "values": values}


COMPANY = {
    "company": "phones", "label_en": "Phones", "label_zh": "电话公司", "currency": "USD",
    "calendar": {"first_month": 1, "start": "2020-01", "end": "2025-12"}, "reporting_lag_days": 0, "data": {"folder": "data"},
    "source_en": "made up", "source_zh": "虚构",
    "tables": {TABLE: {
        "file": "people.csv",
        "columns": {name: name for name in ("customer", "tenure", "monthly_charge", "total_charge", "left")},
        "attributes": {
            "contract": attribute("contract", "Contract", "合同", NAMED), "colour": attribute("colour", "Colour", "颜色", COLOURS),
            "called": attribute("called", "Called to leave", "来电退订", FLAG),
        },
    }},
}  # fmt: skip


@pytest.fixture(scope="module")
def phones(tmp_path_factory):
    """A desk with the company's file taken in; `called` is noise in its snapshot, and a leak in a second one."""
    root = tmp_path_factory.mktemp("phones")
    shutil.copytree(at.ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns("drafts", ".ipynb_checkpoints", "views"))
    (root / "params" / "phones").mkdir(parents=True)
    (root / "params" / "phones" / "company.yaml").write_text(yaml.safe_dump(COMPANY, allow_unicode=True, sort_keys=False))
    table, _ = subscribers(900, 21)
    yes = {True: "yes", False: "no"}
    taken = {}
    for name, called in (("leak", table["left"]), ("honest", table.index % 2 == 0)):
        folder = root / name
        folder.mkdir()
        table.assign(called=[yes[bool(c)] for c in called], left=table["left"].map(yes)).to_csv(folder / "people.csv", index=False)
        taken[name] = json.loads(at.shell(root, f"planning intake phones --data {folder} --json", codes=(0, 1)))["snapshot"]
    return root, table, taken


def test_what_was_planted_comes_out(phones):
    root, table, taken = phones
    ask = f"planning run churn_prediction phones -p snapshot={taken['honest']} -p save_rate=0.3 -p offer_cost=20.0 --json"
    about = json.loads(at.shell(root, ask))
    assert about["checks"]["failed"] == [] and about["checks"]["of"] >= 12
    assert about["headlines"]["en"].startswith("Of ") and about["headlines"]["zh"].startswith("在网用户")
    made = at.tables(Path(about["folder"]))
    listed = made["retention"]
    assert list(listed)[:4] == ["customer", "probability", "charge", "gain"] and {"said_en", "said_zh"} <= set(listed)
    assert listed["gain"].is_monotonic_decreasing and (listed["gain"] > 0).all()
    assert not set(listed["customer"]) & set(table.loc[table["left"], "customer"])
    first = listed.head(100)
    assert first["said_en"].str.contains("by the month|Tenure").all() and first["said_zh"].str.contains("按月|在网时长").all()
    assert set(made["weights"]["attribute"].head(2)) == {"contract", "tenure"}
    assert len(made["key_figures"]) >= 2


def test_a_leak_fails_the_run_and_nothing_is_published(phones):
    root, _, taken = phones
    place = root / "outputs" / "phones" / "churn_prediction"
    before = {folder.name for folder in place.glob("2*")}
    at.shell(root, f"planning run churn_prediction phones -p snapshot={taken['leak']}", codes=(1,))
    assert {folder.name for folder in place.glob("2*")} == before
    [kept] = (place / "failed").iterdir()
    checks = at.tables(kept)["checks"].set_index("name")["passed"]
    rung = set(checks.index[~checks])
    assert "subscribers: no leak: no attribute alone tells who left" in rung
    assert "subscribers: no leak: the AUC is no better than it can honestly be" in rung
