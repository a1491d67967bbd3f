"""The scorecard notebook on a small town made for it: intake, run, and what is recorded, in both languages."""

import json
import shutil

import desk as at
import numpy as np
import pandas as pd
import pytest

CENTRES, YEARS, WORSE = [f"d{number:02}" for number in range(8)], range(2013, 2020), "d05"
COMPANY = """
company: town
label_en: Town
label_zh: 小镇
currency: USD
calendar: {first_month: 7, start: 2012-07, end: 2030-06}
reporting_lag_days: 45
data: {folder: sources}
source_en: made up
source_zh: 虚构
people_en: Town's own forecast
people_zh: 小镇自有预测
roles: {reported: told, headcount: heads, personnel_reported: pay, overtime: extra, revenue: receipts}
sources:
  reports:
    file: reports.csv
    key: [dept, fiscal_year, variable, report_fiscal_year, report_quarter]
    measures: [told, heads, pay, extra]
    entity: town
    cost_centre: {column: dept}
    account: {by: [measure], map: {told: told, heads: heads, pay: pay, extra: extra}, unmapped: unmapped}
    scenario: {column: variable, map: {Actual: actual, Budget: budget, Projection: forecast}}
    version: {actual: actual, budget: "{fiscal_year}_adopted", forecast: "{report}"}
    grain: year
    period: {fiscal_year: fiscal_year}
    report: {fiscal_year: report_fiscal_year, quarter: report_quarter}
    known: {after: report, days: 45}
  cash:
    file: cash.csv
    key: [line, date]
    measures: [amount]
    entity: town
    cost_centre: {code: all}
    account: {by: [line], map: {Taxes: receipts}, unmapped: unmapped}
    scenario: actual
    grain: month
    period: {date: date}
    known: {after: period_end, days: 45}
tables:
  indicators:
    file: indicators.csv
    data: {folder: .}
    columns:
      {code: code, label_en: label_en, label_zh: label_zh, measure: measure, better: better, target: target, floor: floor, ceiling: ceiling,
       weight: weight, owner: owner, unit: unit}
"""
ACCOUNTS = "code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale\n" + "".join(
    f"{code},,{en},{zh},{kind},1,{effect},{better},flow,USD,2\n"
    for code, en, zh, kind, effect, better in [
        ("receipts", "Receipts", "收入", "revenue", 1, "up"), ("told", "Told", "季报支出", "expense", -1, "down"),
        ("heads", "Heads", "岗位", "statistical", 0, "neutral"), ("pay", "Pay", "人员费用", "expense", -1, "down"),
        ("extra", "Overtime", "加班费", "expense", -1, "down"), ("unmapped", "Unmapped", "未映射", "expense", -1, "down"),
    ]
)  # fmt: skip


def reports() -> pd.DataFrame:
    """Projections in the third quarter, the rest in the fourth of the next year; WORSE overspends by a fifth."""
    rng, rows = np.random.default_rng(3), []
    for centre in CENTRES:
        for year in YEARS:
            miss, over = rng.normal(0, 0.03, 4), 1.2 if centre == WORSE else 1.0
            budget = {"told": 2e6, "heads": 100, "pay": 1e6, "extra": 1e5}
            actual = {"told": 2e6 * (1 + miss[0]) * over, "heads": round(100 * (1 + miss[1])), "pay": 1e6, "extra": 1e5 + 1e4 * miss[2]}
            rows.append({"dept": centre, "fiscal_year": year, "variable": "Projection", "report_quarter": 3} | budget)
            rows[-1] |= {"told": 2e6 * (1 + miss[3]), "report_fiscal_year": year}
            for variable, figures in (("Budget", budget), ("Actual", actual)):
                rows.append({"dept": centre, "fiscal_year": year, "variable": variable, "report_quarter": 1} | figures)
                rows[-1] |= {"report_fiscal_year": year + 1}
    return pd.DataFrame(rows).round(2)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A home with the notebook and a town, taken in."""
    root = tmp_path_factory.mktemp("town")
    place = root / "params" / "town"
    (place / "sources").mkdir(parents=True)
    (place / "scorecard_review").mkdir()
    (root / "notebooks").mkdir()
    shutil.copy(at.ROOT / "notebooks" / "scorecard_review.ipynb", root / "notebooks")
    shutil.copy(at.ROOT / "params" / "philadelphia" / "indicators.csv", place)
    texts = {"company.yaml": COMPANY, "accounts.csv": ACCOUNTS}
    texts["entities.csv"] = "code,parent,label_en,label_zh,currency\ntown,,Town,小镇,USD\n"
    offices = "".join(f"{code},,town,Office {code},{code}局,\n" for code in CENTRES)
    offices = f"all,,town,All,全镇,\nunmapped,,town,Unmapped,未映射,\n{offices}"
    texts["cost_centres.csv"] = f"code,parent,entity,label_en,label_zh,owner\n{offices}"
    texts["scorecard_review/2019.yaml"] = "fiscal_year: 2019\nas_of: 2019-09\nsmallest: 1000\ndraws: 1000\ntrials: 10\n"
    for name, text in texts.items():
        (place / name).write_text(text.lstrip("\n"), encoding="utf-8")
    reports().to_csv(place / "sources" / "reports.csv", index=False)
    months = pd.date_range("2012-07-31", "2019-09-30", freq="ME")
    cash = pd.DataFrame({"line": "Taxes", "date": months.strftime("%Y-%m-%d"), "amount": 100.0})
    cash.to_csv(place / "sources" / "cash.csv", index=False)
    at.shell(root, "planning intake town")
    return root


def ran(root, more=""):
    about = json.loads(at.shell(root, f"planning run scorecard_review town --case 2019 --json {more}"))
    return about, at.tables(root / "outputs" / "town" / "scorecard_review" / about["run"])


def test_the_department_worse_by_construction_comes_last_and_none_of_its_equals_is_crowned(town):
    about, tables = ran(town)
    cards = tables["scorecards"].set_index("department")
    assert about["checks"]["failed"] == [] and about["checks"]["of"] >= 6 and not about["publish"]
    assert cards.at[WORSE, "rank"] == 8 and cards.at[WORSE, "long_standing"] == "lower" and cards["rank_upper"].min() > 1
    equals = cards.drop(WORSE)
    assert max((equals[half] == "lower").sum() for half in ("standing", "long_standing")) <= 1, "of seven; how often is in test_ranking"
    assert {"key_figures", "indicators", "track", "what_ifs", "tried"} <= set(tables)
    assert f"Office {WORSE} comes last" in about["headlines"]["en"] and about["headlines"]["zh"].endswith("。")


def test_the_language_changes_no_result_and_the_seed_repeats_itself(town):
    english, chinese = (ran(town, f"-p lang={lang}")[1] for lang in ("en", "zh"))
    assert all(english[name].equals(chinese[name]) for name in english)


def test_a_year_nobody_knows_yet_stops_the_run_and_says_so(town):
    said = at.shell(town, "planning run scorecard_review town --case 2019 -p fiscal_year=2020 2>&1", codes=(1, 2))
    assert "what was spent isn't known" in said
