"""The notebook of returns on a made-up shop whose channels' returns were planted: from files to the page's tables."""

import json
import shutil
from pathlib import Path

import desk as at
import pytest
from channel_world import build, event_tables

COMPANY = """
company: shop
label_en: Shop
label_zh: 小店
currency: USD
calendar: {first_month: 1, start: 2019-01, end: 2040-12}
reporting_lag_days: 0
data: {folder: sources}
source_en: made up
source_zh: 虚构
tables:
  sales:
    file: sales.csv
    columns: {period: period, amount: amount}
  campaigns:
    file: campaigns.csv
    columns: {period: period, channel: channel, spend: spend, exposure: exposure}
    labels:
      radio: [Radio, 广播]
      posters: [Posters, 海报]
      leaflets: [Leaflets, 传单]
  conditions:
    file: conditions.csv
    columns: {period: period, condition: condition, value: value}
    labels:
      rain: [Rain, 降雨]
"""
CASE = 'subject: channels\nas_of: "2021-07"\nmargin: 0.5\ndraws: 1024\nworlds: 2\nscale: one\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A desk with one shop, taken in: radio returns 4.0 of sales for each 1 spent, leaflets .3."""
    root = tmp_path_factory.mktemp("shop")
    (root / "notebooks").mkdir()
    shutil.copy(at.ROOT / "notebooks" / "roi_prediction.ipynb", root / "notebooks")
    cases = root / "params" / "shop" / "roi_prediction"
    sources = root / "params" / "shop" / "sources"
    for folder in (cases, sources):
        folder.mkdir(parents=True)
    (root / "params" / "shop" / "company.yaml").write_text(COMPANY.lstrip(), encoding="utf-8")
    (cases / "base.yaml").write_text(CASE, encoding="utf-8")
    for name, table in event_tables(build(3, returns=[4.0, 1.0, 0.3], noise=0.015, share=0.06)).items():
        table.to_csv(sources / f"{name}.csv", index=False)
    at.shell(root, "planning intake shop")
    return root


@pytest.fixture(scope="module")
def ran(shop):
    """Its run: the manifest."""
    return json.loads(at.shell(shop, "planning run roi_prediction shop --case base --json"))


def test_the_planted_return_reaches_the_pages_table(ran):
    table = at.tables(Path(ran["folder"]))["returns"].set_index("label_en")
    assert table["roi"].idxmax() == "Radio" and table["roi"].idxmin() == "Leaflets"
    assert table.at["Radio", "lower"] > 1 > table.at["Leaflets", "upper"]
    assert list(table["label_zh"]) == ["广播" if name == "Radio" else "海报" if name == "Posters" else "传单" for name in table.index]


def test_every_check_passes_and_the_headline_is_said_in_both_languages(ran):
    assert ran["checks"]["failed"] == [] and ran["checks"]["of"] >= 6
    assert ran["headline"].startswith("Over the last 52 weeks") and "nan" not in ran["headline"]
    assert ran["headlines"]["zh"].startswith("近 52 周投放")
    figures = at.tables(Path(ran["folder"]))["key_figures"]
    assert 2 <= len(figures) <= 5 and figures["value"].notna().all()


def test_the_plan_moves_money_to_the_planted_channel_and_keeps_the_budget(ran):
    plan = at.tables(Path(ran["folder"]))["plan"].set_index("code")
    assert plan.at["radio", "change"] > 0 > plan.at["leaflets", "change"]
    assert plan["planned"].sum() == pytest.approx(plan["now"].sum())


def test_the_language_changes_words_and_no_result(shop, ran):
    chinese = json.loads(at.shell(shop, "planning run roi_prediction shop --case base -p lang=zh --json"))
    one, other = (at.tables(Path(run["folder"])) for run in (ran, chinese))
    assert all(one[name].equals(other[name]) for name in one) and chinese["headline"] == ran["headlines"]["zh"]
    page = (Path(chinese["folder"]) / "report.html").read_text(encoding="utf-8")
    assert "结论" in page and "边际贡献" in page and "Traceback" not in page
