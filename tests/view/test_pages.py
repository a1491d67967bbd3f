"""The cockpit's parts on runs written by hand: each message, figure and way to its report, and what is missing, said in its place."""

import ast
import html
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import page_outputs as at
import pandas as pd
import pytest

from planning.inputs.params import Home, read_declarations
from planning.run.results import Results, read_results
from planning.run.waiting import COLUMNS, Waiting, read_waiting
from planning.view import pages
from planning.view.page_markup import draw_bar, first_sentences, fit_scale, fit_unit, say_key_figure, say_odds, show_tiles
from planning.view.pages import PARTS

NOTEBOOK = at.ROOT / "notebooks" / "views" / "cockpit.ipynb"
NOBODY = Waiting(pd.DataFrame(columns=list(COLUMNS)))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A home with everything. Shared: look, don't touch."""
    return at.build(tmp_path_factory.mktemp("cockpit") / "home")


@pytest.fixture(scope="module")
def results(full):
    return read_results(full)


@pytest.fixture(scope="module")
def waiting(full):
    return read_waiting(full)


@pytest.fixture
def bare(tmp_path):
    (tmp_path / "params").mkdir()
    return Home(tmp_path, tmp_path / "outputs")


def show(code: str, results: Results, lang: str, waiting: Waiting = NOBODY) -> str:
    """A part of the page as HTML."""
    return pages.show_waiting(results, waiting, lang) if code == "waiting" else getattr(pages, f"show_{code}")(results, lang)


def text_of(shown: str) -> str:
    """What a reader reads."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown))).strip()


SAYS = {
    ("plan", "en"): ["FY2022 draft", "$4,901.0 m", "band $4,600.0 m to $5,180.0 m", "Downside 4,700.0 5,300.0 −510.0 −1.0"],
    ("plan", "zh"): [
        "2022财年草案", "4,901.0 百万美元", "区间 4,600.0 百万美元至 5,180.0 百万美元", "悲观 4,700.0 5,300.0 −510.0 −1.0",
        "单位：百万美元",
    ],
    ("forecast", "en"): [
        "Town · as of Dec 2021", "This forecast 4,713.0 4,524.5 – 4,948.6 −75.0",
        "own forecast, first report", "case 2021_q2 ",
    ],
    ("forecast", "zh"): [
        "小镇 · 截至2021年12月", "本次预测 4,713.0 4,524.5 – 4,948.6 −75.0",
        "小镇自有预测（本年首份报告）", "情景 2021_q2_zh",
    ],
    ("control", "en"): ["$34.0 m", "Prisons", "15.3 3.6 – 27.9 90 %", "Freeze vacancies until March", "1 more in the full report."],
    ("control", "zh"): ["预计超支", "监狱局", "15.3 3.6 – 27.9 90%", "3 月前冻结空缺岗位", "另有 1 项"],
    ("waiting", "en"): [
        "One version waits for a decision. Drafts not yet submitted: 1.", "Controller",
        "submitted: waits for finance", "by Planner",
    ],
    ("waiting", "zh"): ["1 个版本等待审批。尚未提交的草稿 1 个。", "财务主管", "已提交：待财务审核", "编制人提交"],
    ("customers", "en"): ["$139.1 k", "29 months", "4021 83 % 95.50 118.20 Month-to-month", "4 more in the full report."],
    ("customers", "zh"): ["13.9 万美元", "29 个月", "4021 83% 95.50 118.20 按月合约", "（美元）"],
    ("returns", "en"): ["€2.50 m", "210.0 %", "Search 1.60 1.10 – 2.20 3.10 2.40 – 3.90 0.90", "Studio lease −95.0 −310.0 – 90.0 22 %"],
    ("returns", "zh"): ["250.0 万欧元", "210.0%", "搜索 1.60 1.10 – 2.20", "演播室租赁 −9.5 −31.0 – 9.0 22%"],
    ("scorecards", "en"): [
        "68.0 of 100", "Department A 88.0 1 (1 to 3)",
        "Department L 44.0 12 (10 to 12)", "4 more between", "1 without a rank",
    ],
    ("scorecards", "zh"): ["68.0 分", "第1部门 88.0 1（1至3）", "第12部门 44.0 12（10至12）", "中间另有 4 项", "另有 1 个未排名"],
    ("runs", "en"): [
        "The newest run of 9 cases: 1 failed or refused.",
        "2026-11-10 08:00 Town Scorecard review 2021 12 of 12 checks passed",
    ],
    ("runs", "zh"): ["9 个情景的最新运行：失败或被拒收 1 个。", "2026-11-10 08:00 小镇 绩效考核 2021 12 项检查通过 12 项"],
}  # fmt: skip


@pytest.mark.parametrize("code, spoken", SAYS, ids=str)
def test_each_part_says_its_message_and_figures(results, waiting, code, spoken):
    read = text_of(show(code, results, spoken, waiting)).replace("\xa0", " ")
    assert [said for said in SAYS[code, spoken] if said not in read] == [], read


def test_every_part_has_a_case_above(lang):
    assert {code for code, spoken in SAYS if spoken == lang} == set(PARTS)


def test_the_contents_lead_to_every_part_and_say_its_message(results, waiting, lang):
    shown = pages.show_contents(results, waiting, lang)
    assert re.findall(r'href="#(\w+)"', shown) == list(PARTS)
    for code in PARTS:
        assert f'<section id="{code}">' in show(code, results, lang, waiting)
    assert {"en": "One of two projects pays.", "zh": "两个项目中一个可行。"}[lang] in shown
    assert {"en": "One version waits", "zh": "1 个版本等待审批"}[lang] in shown


def whole(results, waiting, lang) -> str:
    return pages.show_contents(results, waiting, lang) + "".join(show(code, results, lang, waiting) for code in PARTS)


def test_nothing_is_left_untranslated_or_unsaid(results, waiting, lang):
    read = text_of(whole(results, waiting, lang))
    assert not re.search(r"cockpit_|\bnan\b|NaN|None|\{|\}", read)
    if lang == "en":
        assert set(re.findall("[\u4e00-\u9fff]+", read)) == {"完整报告"}, "the link to a Chinese report is in Chinese"


def test_every_link_leads_to_a_part_or_a_finished_runs_report(results, waiting, lang):
    links = re.findall(r'href="([^"]+)"', whole(results, waiting, lang))
    reports = {link for link in links if not link.startswith("#")}
    done = {f"reports/{run.company}/{run.notebook}/{run.run}/report.html" for run in results.runs if run.status == "done"}
    assert len(reports) >= 8 and reports <= done


def test_the_page_is_plain_html_that_asks_nobody(results, waiting, lang):
    shown = whole(results, waiting, lang)
    assert not re.search(r"<script|<link|<img|<iframe|https?:|//|@import|url\(|\son\w+=|javascript:", shown)


def test_headings_go_down_one_by_one_and_every_table_has_a_caption(results, waiting, lang):
    shown = whole(results, waiting, lang)
    levels = [2 if tag == "h2" else 3 for tag in re.findall(r"<(h\d)>", shown)]
    assert levels[0] == 2 and all(after - before <= 1 for before, after in pairwise(levels))
    assert shown.count("<table") == len(re.findall(r"<caption>[^<]+</caption>", shown)) > 8
    assert shown.count('scope="row"') > 30 and "<th>" not in shown


def test_a_failed_newer_attempt_is_said_where_its_figures_are_missing(results, lang):
    shown = text_of(pages.show_control(results, lang))
    assert {"en": "A newer attempt failed on 2026-11-06 08:00", "zh": "2026-11-06 08:00（UTC）的一次较新运行失败"}[lang] in shown
    assert {"en": "A newer", "zh": "较新运行"}[lang] not in text_of(pages.show_plan(results, lang))


def test_a_run_is_hostile_to_nobody(bare, lang):
    tables = at.control_tables()
    words = [f"{name}_{spoken}" for name in ("label", "owner", "said", "action") for spoken in ("en", "zh")]
    tables["warnings"][words] = at.HOSTILE
    tables["key_figures"][["label_en", "label_zh", "unit"]] = at.HOSTILE
    tables["landing"]["what"] = at.HOSTILE
    at.write_run(bare, 1, "town", "budget_control", at.HOSTILE, {"en": at.HOSTILE, "zh": at.HOSTILE}, tables, {"as_of": "2021-03"})
    shown = whole(read_results(bare), NOBODY, lang)
    assert "<script" not in shown and html.escape(at.HOSTILE) in shown


NEEDED = {
    "plan": "annual_budget", "forecast": "rolling_reforecast", "control": "budget_control", "customers": "churn_prediction",
    "returns": "roi_prediction", "scorecards": "scorecard_review", "runs": "annual_budget",
}  # fmt: skip


@pytest.mark.parametrize("code", NEEDED)
def test_where_nothing_ran_the_command_that_makes_it_is_said(bare, code, lang):
    read = text_of(show(code, read_results(bare), lang))
    assert f"planning run {NEEDED[code]} COMPANY --case CASE" in read and "planning loop" in read


def test_an_empty_home_says_what_to_run_first(bare, lang):
    read = text_of(pages.show_contents(read_results(bare), NOBODY, lang))
    assert {"en": "Nothing has run yet", "zh": "尚未运行"}[lang] in read and "planning loop" in read


def test_a_damaged_run_is_skipped_and_named(bare, lang):
    (at.write_run(bare, 1, "town", "budget_control", "q3", "A.") / "manifest.json").write_text("{")
    read = text_of(pages.show_contents(read_results(bare), NOBODY, lang))
    assert f"town/budget_control/{at.run_id(1)}" in read and {"en": "Skipped", "zh": "已略过"}[lang] in read


@pytest.mark.parametrize("harm", ["gone", "damaged", "short", "text"])
@pytest.mark.parametrize("notebook, code, tables", [
    ("budget_control", "control", at.control_tables), ("rolling_reforecast", "forecast", at.landing_tables),
    ("churn_prediction", "customers", at.churn_tables), ("roi_prediction", "returns", at.return_tables),
    ("scorecard_review", "scorecards", at.score_tables), ("annual_budget", "plan", at.budget_tables),
])  # fmt: skip
def test_a_table_that_cannot_be_shown_is_said_and_the_rest_stands(bare, notebook, code, tables, harm, lang):
    made = tables()
    name = next(table for table in made if table != "key_figures")
    folder = at.write_run(bare, 1, "town", notebook, "q3", {"en": "The message.", "zh": "结论。"}, made)
    path = folder / "tables" / f"{name}.parquet"
    spoil = {
        "gone": path.unlink, "damaged": lambda: path.write_bytes(b"PAR1"), "short": lambda: made[name].iloc[:, :1].to_parquet(path),
        "text": lambda: made[name].astype(str).replace(r".*", "words", regex=True).to_parquet(path),
    }  # fmt: skip
    spoil[harm]()
    read = text_of(show(code, read_results(bare), lang))
    assert f"planning replay {at.run_id(1)}" in read and {"en": "The message.", "zh": "结论。"}[lang] in read
    assert {"en": "12 of 12 checks passed", "zh": "12 项检查通过 12 项"}[lang] in read


def test_empty_tables_are_no_accident(bare, lang):
    for notebook, tables in (("budget_control", at.control_tables()), ("churn_prediction", at.churn_tables()),
                             ("scorecard_review", at.score_tables()), ("rolling_reforecast", at.landing_tables())):  # fmt: skip
        at.write_run(bare, 1, "town", notebook, "q3", "A.", {name: table.iloc[:0] for name, table in tables.items()})
    shown = whole(read_results(bare), NOBODY, lang)
    assert "planning replay" not in shown and {"en": "No warning is raised.", "zh": "无预警。"}[lang] in shown


def test_a_landing_without_a_band_a_budget_or_names_is_shown_as_it_is(bare, lang):
    landing = at.landing_tables()["landing"].assign(lower=float("nan"), upper=float("nan"))
    at.write_run(bare, 1, "town", "rolling_reforecast", "q2", "A.", {"landing": landing}, {"scale": "million"})
    read = text_of(pages.show_forecast(read_results(bare), lang))
    assert "receipts" in read and "4,934.0 +328.0" in read and "planning replay" not in read and "first_forecast" not in read


def test_a_shut_book_says_why(lang):
    read = text_of(pages.show_waiting(Results([], []), Waiting(NOBODY.table, "no answer"), lang))
    assert "no answer" in read and {"en": "The book can't be read", "zh": "账簿无法读取"}[lang] in read


def test_nobody_who_may_is_said(waiting, lang):
    lonely = Waiting(waiting.table.assign(waits_en=[[]] * 2, waits_zh=[[]] * 2), missing=("toy",))
    read = text_of(pages.show_waiting(Results([], []), lonely, lang))
    assert {"en": "nobody who may", "zh": "无人有权"}[lang] in read and "people.yaml" in read


# Figures and bars


@pytest.mark.parametrize("value, unit, scale, en, zh", [
    (4_934e6, "USD", "million", "$4,934.0 m", "4,934.0 百万美元"), (4_934e6, "USD", "", "$4,934.0 m", "49.34 亿美元"),
    (139_130.0, "USD", "", "$139.1 k", "13.9 万美元"), (95.5, "USD", "million", "$95.50", "95.50 美元"),
    (-212.6e6, "CNY", "", "−CNY 212.6 m", "−2.13 亿元"),
    (0.0, "USD", "million", "$0.0 m", "0.0 百万美元"), (0.624, "rate", "", "62.4 %", "62.4%"),
    (7.0, "count", "", "7", "7"), (6.5, "count", "", "6.5", "6.5"),
    (29.0, "months", "", "29 months", "29 个月"), (68.04, "score", "", "68.0 of 100", "68.0 分"), (2.1, "times", "", "2.10", "2.10"),
    (float("nan"), "USD", "", "–", "–"), (1250.0, "EUR", "one", "€1,250", "1,250 欧元"),
])  # fmt: skip
def test_a_key_figure_is_said_in_its_unit(value, unit, scale, en, zh):
    for spoken, expected in (("en", en), ("zh", zh)):
        assert say_key_figure(value, unit, spoken, scale).replace("\xa0", " ") == expected


def test_a_tile_without_a_band_says_none_and_one_without_a_level_names_none():
    figures = at.key_figures(("a", "A", "甲", 1.0, "count", "up"), ("b", "B", "乙", 2.0, "count", "up", 1.0, 3.0))
    read = text_of(show_tiles(figures, "en"))
    assert read == "A 1 B 2 band 1 to 3" and text_of(show_tiles(figures.assign(level=0.9), "zh")) == "甲 1 乙 2 90% 区间：1至 3"
    assert show_tiles(figures.iloc[:0], "en") == ""


@pytest.mark.parametrize("odds, en, zh", [
    (0.9, "90 %", "90%"), (0.998, ">99 %", ">99%"), (0.001, "<1 %", "<1%"), (1.0, ">99 %", ">99%"), (0.0, "<1 %", "<1%"), (None, "–", "–"),
])  # fmt: skip
def test_odds_that_are_not_sure_are_never_said_to_be(odds, en, zh):
    assert [say_odds(odds, spoken).replace("\xa0", " ") for spoken in ("en", "zh")] == [en, zh]


@pytest.mark.parametrize("text, first", [
    ("One. Two.", "One. Two."), ("Lands at $1.5 m. " + "Long " * 40 + "end.", "Lands at $1.5 m."), ("", ""), ("No end", "No end"),
    ("收入高。支出低。", "收入高。支出低。"), ("收入高。" + "很长" * 40 + "。", "收入高。"), ("A 1.0 b. c", "A 1.0 b. c"),
])  # fmt: skip
def test_a_message_begins_with_whole_sentences_and_loses_none(text, first):
    begun, rest = first_sentences(text)
    assert begun == first and (begun + rest).replace(" ", "") == text.replace(" ", "")


def test_an_owner_is_named_where_it_is_not_the_department(bare, lang):
    tables = at.control_tables()
    at.write_run(bare, 1, "town", "budget_control", "q3", "A.", tables, {"as_of": "2021-03"})
    word = {"en": "Department, owner", "zh": "部门（责任部门）"}[lang]
    assert word in text_of(pages.show_control(read_results(bare), lang))
    tables["warnings"].loc[0, ["owner_en", "owner_zh"]] = ["Finance", "财政局"]
    at.write_run(bare, 2, "town", "budget_control", "q3", "A.", tables, {"as_of": "2021-03"})
    read = text_of(pages.show_control(read_results(bare), lang))
    assert word not in read and {"en": "Finance", "zh": "财政局"}[lang] in read


def test_the_runs_own_scale_is_kept_unless_it_hides_the_figures():
    assert fit_unit([4e9], "USD", "zh", "million").scale == "million" and fit_unit([4e5], "USD", "en", "million").scale == "thousand"
    assert fit_unit([], "USD", "en").scale == "one" and fit_unit([None, float("nan")], "USD", "en", "nonsense").scale == "one"


def places(bar: str) -> dict[str, tuple[float, float]]:
    found = re.findall(r'class="([\w ]+)" style="left:([\d.]+)%(?:;width:([\d.]+)%)?', bar)
    return {style: (float(left), float(width or 0)) for style, left, width in found}


def test_bars_begin_at_zero_and_share_one_scale():
    scale = fit_scale([50.0, 200.0], [None, float("nan")])
    assert places(draw_bar(scale, 50.0, "actual"))["bar actual"] == (0.0, 25.0)
    assert places(draw_bar(scale, 200.0, "actual"))["bar actual"] == (0.0, 100.0)


def test_bars_below_zero_grow_to_the_left_of_it():
    drawn = places(draw_bar(fit_scale([-50.0, 150.0]), -50.0, "forecast", -50.0, 50.0, mark=100.0))
    assert drawn == {"zero": (25.0, 0.0), "bar forecast": (0.0, 25.0), "band": (0.0, 50.0), "mark": (75.0, 0.0)}


def test_a_missing_amount_has_no_bar_and_nothing_leaves_the_track():
    assert set(places(draw_bar(fit_scale([float("nan")]), float("nan"), "actual"))) == {"zero"}
    assert places(draw_bar(fit_scale([1.0]), 7.0, "actual", -3.0, 9.0))["band"] == (0.0, 100.0)


# The notebook


def cells():
    return [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]


def test_the_page_notebook_is_stripped_bilingual_and_no_program():
    notebook = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(notebook)
    assert [cell.metadata.tags for cell in notebook.cells if cell.cell_type == "markdown"] == [["en"], ["zh"]]
    kept = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try, ast.With)
    for cell in cells():
        assert not cell.outputs and cell.execution_count is None and set(cell.metadata) <= {"tags"}
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kept)]
    assert list(read_declarations(NOTEBOOK)) == ["lang"]


def test_the_page_notebook_shows_every_part_once():
    called = re.findall(r"pages\.show_(\w+)\(", "".join(cell.source for cell in cells()))
    assert called == ["contents", *PARTS]


def recorded(home: Home) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.root.rglob("*") if path.is_file() and ".sqlite-" not in path.name}


def test_loading_the_page_fits_nothing_and_writes_nothing(full, tmp_path):
    home = Home(shutil.copytree(full.root, tmp_path / "home"), tmp_path / "home" / "outputs")
    before = recorded(home)
    source = "\n".join(cell.source for cell in cells())
    libraries = "'sklearn', 'prophet', 'cmdstanpy', 'statsforecast', 'statsmodels', 'matplotlib', 'papermill'"
    heavy = f"('planning.model', 'planning.plan', {libraries})"
    source += f"\nimport sys\nprint(sorted(name for name in sys.modules if name.startswith({heavy})))\n"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=home.root, env=environment | {"PLANNING_HOME": str(home.root)}, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.strip() == "[]", done.stdout + done.stderr
    assert recorded(home) == before


def test_the_words_of_the_page_stand_in_no_other_file():
    source = Path(pages.__file__).read_text(encoding="utf-8") + Path(pages.__file__).with_name("page_markup.py").read_text(encoding="utf-8")
    assert not re.search("[\u4e00-\u9fff]", source.replace("、", "").replace("：", "").replace("（", "").replace("）", ""))
