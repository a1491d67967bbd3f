"""The budget control's notebook on a made-up county: the department that overspends by construction is warned, the others aren't."""

import json
import shutil
from pathlib import Path

import desk as at
import pandas as pd
import pytest
import yaml
from spending import CALENDAR, CENTRES, county
from worlds import known_by

from planning.core.periods import month_text, months_after

OVER, AS_OF = {("police", 2014): 0.2, ("fire", 2015): 0.2, ("roads", 2016): 0.2, ("courts", 2017): 0.25}, "2017-03"
ROWS = county(range(2009, 2018), OVER)
VARIABLES = {"actual": "Actual", "budget": "Adopted", "target": "Target", "forecast": "Projection"}
GRAINS = {"year": "Full Year", "year_to_date": "YTD"}
ACCOUNTS = """code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
obligations,,Obligations,承付,expense,1,-1,down,flow,USD,2
staff,obligations,Staff,人员,expense,1,-1,down,flow,USD,2
supplies,obligations,Supplies,用品,expense,1,-1,down,flow,USD,2
unmapped_class,obligations,Unmapped,未映射,expense,1,-1,down,flow,USD,2
told,,Told,部门承付,expense,1,-1,down,flow,USD,2
crew,,Crew,部门人员费用,expense,1,-1,down,flow,USD,2
unmapped_told,,Unmapped,未映射,expense,1,-1,down,flow,USD,2
"""


def reported(account: str) -> dict:
    """A quarterly report as a source: full years and years to date, by department."""
    return {
        "file": f"{account}.csv", "key": ["centre", "fiscal_year", "variable", "span", "report_year", "report_quarter"],
        "measures": ["total"], "entity": "town", "cost_centre": {"column": "centre"},
        "account": {"by": ["measure"], "map": {"total": account}, "unmapped": "unmapped_told"},
        "scenario": {"column": "variable", "map": {said: scenario for scenario, said in VARIABLES.items()}},
        "version": {
            "actual": "actual", "budget": "{fiscal_year}_adopted", "target": "{report}", "forecast": "{report}",
        },
        "grain": {"column": "span", "map": {said: grain for grain, said in GRAINS.items()}},
        "period": {"fiscal_year": "fiscal_year"}, "report": {"fiscal_year": "report_year", "quarter": "report_quarter"},
        "known": {"after": "report", "days": 45},
    }  # fmt: skip


def by_class(scenario: str, known: dict) -> dict:
    """Yearly figures by class as a source."""
    return {
        "file": f"{scenario}.csv", "key": ["centre", "fiscal_year"], "measures": ["staff", "supplies", "total"], "entity": "town",
        "cost_centre": {"column": "centre"}, "scenario": scenario, "grain": "year",
        "period": {"fiscal_year": "fiscal_year"}, "known": known,
        "account": {
            "by": ["measure"], "map": {"staff": "staff", "supplies": "supplies", "total": "obligations"}, "unmapped": "unmapped_class",
        },
    } | ({"version": {"budget": "{fiscal_year}_adopted"}} if scenario == "budget" else {})  # fmt: skip


SETTINGS = {
    "company": "county", "label_en": "County", "label_zh": "县", "currency": "USD", "reporting_lag_days": 45,
    "calendar": {"first_month": 7, "start": "2005-07", "end": "2030-06"}, "data": {"folder": "data"},
    **{name: "made up" for name in ("source_en", "source_zh", "people_en", "people_zh")},
    "roles": {"budget": "obligations", "reported": "told", "personnel": "staff", "personnel_reported": "crew"},
    "sources": {
        "told": reported("told"), "crew": reported("crew"), "budget": by_class("budget", {"after": "year_start", "days": -1}),
        "actual": by_class("actual", {"after": "year_end", "days": 365}),
    },
}  # fmt: skip


def report_table(rows: pd.DataFrame, account: str) -> pd.DataFrame:
    """The rows of a quarterly report as its file would hold them."""
    used = rows[rows["account"] == account]
    ends = used["known"] - pd.Timedelta(days=45)
    return pd.DataFrame({
        "centre": used["cost_centre"], "fiscal_year": CALENDAR.fiscal_year(used["period"]), "variable": used["scenario"].map(VARIABLES),
        "span": used["grain"].map(GRAINS), "report_year": CALENDAR.fiscal_year(ends), "report_quarter": CALENDAR.month_number(ends) // 3,
        "total": used["amount"],
    })  # fmt: skip


def class_table(rows: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Yearly figures by class as their file would hold them, with the total that is a control."""
    used = rows[(rows["scenario"] == scenario) & rows["account"].isin(["staff", "supplies"])]
    used = used.assign(centre=used["cost_centre"], fiscal_year=CALENDAR.fiscal_year(used["period"]))
    wide = used.pivot_table(index=["centre", "fiscal_year"], columns="account", values="amount").reset_index()
    return wide.assign(total=wide["staff"] + wide["supplies"])


def build(root: Path) -> Path:
    """A home with the county's files, its params, and the real notebook; nothing published after AS_OF's report but the ends of years."""
    folder = root / "params" / "county"
    (folder / "data").mkdir(parents=True)
    (root / "notebooks").mkdir()
    shutil.copy(at.ROOT / "notebooks" / "budget_control.ipynb", root / "notebooks")
    (folder / "company.yaml").write_text(yaml.safe_dump(SETTINGS, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    others = pd.DataFrame([("unmapped", None, "town", "Unmapped", "未映射", None)], columns=CENTRES.columns)
    pd.concat([CENTRES, others]).to_csv(folder / "cost_centres.csv", index=False)
    (folder / "entities.csv").write_text("code,parent,label_en,label_zh,currency\ntown,,Town,小镇,USD\n", encoding="utf-8")
    for account in ("told", "crew"):
        report_table(ROWS, account).to_csv(folder / "data" / f"{account}.csv", index=False)
    for scenario in ("budget", "actual"):
        class_table(ROWS, scenario).to_csv(folder / "data" / f"{scenario}.csv", index=False)
    return root


@pytest.fixture(scope="module")
def town_hall(tmp_path_factory):
    root = build(tmp_path_factory.mktemp("county"))
    at.shell(root, "planning intake county")
    return root


@pytest.fixture(scope="module")
def run(town_hall):
    line = f"planning run budget_control county -p as_of={AS_OF} -p method=pace -p smallest=200000 -p scale=thousand --json"
    return json.loads(at.shell(town_hall, line))


def test_the_planted_overspender_is_warned_and_no_other(run):
    tables = at.tables(Path(run["folder"]))
    warned = tables["warnings"]
    assert warned[["department", "kind", "owner_en", "owner_zh"]].values.tolist() == [["courts", "overspend", "Courts", "法院"]]
    truth = ROWS[
        (ROWS["account"] == "told") & (ROWS["cost_centre"] == "courts") & (ROWS["grain"] == "year") & (ROWS["scenario"] == "actual")
    ]
    final = float(truth.loc[truth["period"] == "2016-07-01", "amount"].iloc[0])
    [row] = warned.itertuples()
    assert row.lower <= final - 7_000_000 <= row.upper and row.odds > 0.9
    assert run["headline"].startswith("As of Mar 2017, spending lands at ") and "1 department is warned" in run["headline"]


def test_every_check_passes_and_every_table_is_there(run):
    tables = at.tables(Path(run["folder"]))
    assert run["checks"]["failed"] == [] and run["checks"]["passed"] == 7
    wanted = {"warnings", "landing", "departments", "classes", "past_warnings", "rule_record", "key_figures", "bridge", "thresholds"}
    assert wanted <= set(tables)
    assert tables["landing"]["what"].tolist() == ["adopted", "projected", "ours"] and tables["key_figures"]["value"].notna().all()
    html = (Path(run["folder"]) / "report.html").read_text()
    assert "Traceback" not in html and "Courts" in html and ">nan<" not in html.lower()


def test_the_past_is_judged_by_what_is_known(run):
    tables = at.tables(Path(run["folder"]))
    record = tables["rule_record"].query("what == 'quarter' and kind == 'over'").iloc[0]
    past = tables["past_warnings"].set_index(["period", "department"])
    assert record["raised"] >= 2 and record["true"] == record["raised"], (
        "police 2014 and fire 2015 were planted and known to have come true"
    )
    assert past.loc[(pd.Timestamp("2016-12-01"), "courts"), "outcome"] == "open"
    assert past.loc[(pd.Timestamp("2016-03-01"), "roads"), "since_true"]


def test_language_changes_words_and_no_table_of_figures(town_hall, run):
    line = f"planning run budget_control county -p as_of={AS_OF} -p method=pace -p smallest=200000 -p scale=thousand -p lang=zh --json"
    chinese = json.loads(at.shell(town_hall, line))
    assert chinese["headline"] == run["headlines"]["zh"] and chinese["headlines"] == run["headlines"]
    assert chinese["tables"] == run["tables"]


def test_a_month_that_no_report_closes_is_refused_with_the_nearest(town_hall):
    line = "planning run budget_control county -p as_of=2017-02 2>&1"
    said = at.shell(town_hall, line, codes=(1, 2))
    assert "no report on the departments closes it" in said and "2016-12" in said
    assert known_by("2017-02") < known_by(AS_OF) and month_text(months_after(pd.Timestamp("2017-02-01"), 1)) == AS_OF
