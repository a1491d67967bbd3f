"""The notebooks on the real figures: by the engine, by plain papermill, as JupyterLab runs them; and blind to the future."""

import importlib.util
import json
import os
import re
import shutil
from pathlib import Path

import desk as at
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from planning.book.store import open_book

PUBLISHED = ("annual_budget", "rolling_reforecast")
"""What gives a version to the book."""


@pytest.mark.parametrize("name", at.CASES)
def test_the_engine_runs_it_and_every_check_passes(runs, name):
    about = runs[name]
    folder = Path(about["folder"])
    assert about["checks"]["failed"] == [] and about["checks"]["passed"] == about["checks"]["of"] >= 5
    assert about["headline"].endswith(".") and "nan" not in about["headline"]
    html = (folder / "report.html").read_text()
    assert not re.search(r"https?://|<script|<link|@import|\bNaN\b|\bnan\b|Traceback|href=", html)
    assert "import pandas" not in html and "read_snapshot" not in html and about["headline"].split(",")[0] in html.replace("&amp;", "&")
    assert len(list(folder.glob("tables/publish_*.parquet"))) == len(about["publish"]) == (name in PUBLISHED)


@pytest.mark.parametrize("name", at.CASES)
def test_the_page_finds_key_figures_and_headlines_in_both_languages(runs, name):
    about = runs[name]
    figures = at.tables(Path(about["folder"]))["key_figures"]
    assert list(figures) == ["code", "label_en", "label_zh", "value", "lower", "upper", "unit", "better"] and 2 <= len(figures) <= 6
    assert figures["value"].notna().all() and ((figures["lower"] <= figures["upper"]) | figures["lower"].isna()).all()
    assert about["headlines"]["en"] == about["headline"] and re.search("[\u4e00-\u9fff].*。$", about["headlines"]["zh"])
    assert not re.search("nan|None|[\u4e00-\u9fff]", about["headlines"]["en"])


def test_what_was_run_stands_in_the_book(desk, runs):
    book = open_book(desk / "outputs" / "book.sqlite")
    for about in (runs[name] for name in PUBLISHED):
        [version] = about["publish"]
        published = at.tables(Path(about["folder"]))[f"publish_{version}"]
        cells, _ = book.read("philadelphia", published["scenario"].iat[0], version)
        assert book.published(about["run"]) and cells["amount"].sum() == pytest.approx(published["amount"].sum(), abs=0.005)


def test_a_replay_gives_the_same_to_the_cent(desk, runs):
    replayed = json.loads(at.shell(desk, f"planning replay {runs['rolling_reforecast']['run']} --json"))
    assert replayed["same"] and {table["largest"] for table in replayed["tables"]} == {0.0} and len(replayed["tables"]) > 10


def assert_draft(desk, place, before, notebook, others):
    """A draft like the engine's run, and nothing recorded."""
    assert at.recorded(desk) == before
    assert [path.name for path in (place / "drafts").iterdir()] == [notebook]
    draft = at.tables(place / "drafts" / notebook)
    assert set(draft) >= others and draft["checks"]["passed"].all()
    return draft


def test_plain_papermill_runs_the_flat_params_as_a_draft(desk, runs):
    before = at.recorded(desk)
    at.shell(desk, "planning params rolling_reforecast philadelphia 2021_q2 > p.yaml")
    at.shell(desk, "papermill notebooks/rolling_reforecast.ipynb out.ipynb -f p.yaml")
    same = at.tables(Path(runs["rolling_reforecast"]["folder"]))
    draft = assert_draft(desk, desk, before, "rolling_reforecast", set(same))
    assert all(draft[name].equals(table) for name, table in same.items())
    shutil.rmtree(desk / "drafts")


def test_a_params_file_without_extends_works_as_it_is(desk, runs):
    before = at.recorded(desk)
    at.shell(desk, "papermill notebooks/annual_budget.ipynb out.ipynb -f params/philadelphia/annual_budget/2022.yaml")
    draft = assert_draft(desk, desk, before, "annual_budget", {"draft", "cases"})
    assert list(draft["cases"]["case"]) == ["base", "upside", "downside"]
    shutil.rmtree(desk / "drafts")


def test_jupyterlab_runs_the_defaults_from_the_notebooks_folder_as_a_draft(desk, runs, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PLANNING_")]:
        monkeypatch.delenv(name)
    before = at.recorded(desk)
    notebook = nbformat.read(desk / "notebooks" / "rolling_reforecast.ipynb", 4)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(desk / "notebooks")}}).execute()
    assert_draft(desk, desk / "notebooks", before, "rolling_reforecast", {"landing", "windows"})
    assert "A draft: " in notebook.cells[-1].outputs[-1]["data"]["text/plain"]
    shutil.rmtree(desk / "notebooks" / "drafts")


# The City's own score proves the reading right


def test_the_citys_forecast_comes_out_as_it_must(desk, runs):
    scored = json.loads(at.shell(desk, "planning backtest philadelphia --json"))
    quarters = ("q1", "q2", "q3")

    def percents(side, figure):
        return [round(100 * scored[side][quarter]["people"][figure], 1) for quarter in quarters]

    for side in ("revenue", "spending"):
        assert [scored[side][quarter]["people"]["months"] for quarter in quarters] == [126, 84, 42]
        assert all({"people", "naive", "ours", "combined"} == set(scored[side][quarter]) for quarter in quarters)
    assert percents("revenue", "wape_total") == [11.0, 9.3, 6.9] and percents("revenue", "mape_rest") == [4.6, 3.7, 4.4]
    assert percents("spending", "wape_total") == [14.5, 14.3, 12.3] and percents("spending", "mape_rest") == [4.7, 4.4, 7.2]


# The future

WHEN = pd.Timestamp("2021-02-14")
"""The day on which the second report of fiscal year 2021, which closes 2020-12, is known."""
FILES = ("qcmr/*.csv", "spending/budgeted-department-spending-adopted.csv", "spending/actual-department-spending.csv")
AMOUNTS = ("amount", "total", "civilian", "uniformed", "full_time_positions", "class_")


def future(table, file):
    """The rows published after WHEN."""
    if "adopted" in file.name:
        return table["fiscal_year"].astype(int) > 2021
    if "actual" in file.name:
        return table["fiscal_year"].astype(int) > 2019
    year, quarter = ("report_fiscal_year", "report_quarter") if "report_quarter" in table else ("fiscal_year", "quarter")
    return table[year].astype(int) * 10 + table[quarter].astype(int) > 20212


def shuffle_future(source: Path, target: Path) -> Path:
    """The City's files with every figure published after WHEN shuffled among its like, and the last year's reports gone."""
    for path in (path for pattern in FILES for path in source.glob(pattern)):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        later = future(table, path)
        figures = [column for column in table if column.startswith(AMOUNTS)]
        table.loc[later, figures] = table.loc[later, figures].sample(frac=1.0, random_state=7).to_numpy()
        if "report_quarter" in table or "quarter" in table:
            table = table[table.get("report_fiscal_year", table["fiscal_year"]) != "2022"]
        (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(target / path.relative_to(source), index=False)
    return target


@pytest.fixture(scope="module")
def futures(desk, tmp_path_factory):
    """Two snapshots, of the true future and of a shuffled one."""
    source = Path(importlib.util.find_spec("phl_budget_data").submodule_search_locations[0]) / "data" / "historical"
    data = shuffle_future(source, tmp_path_factory.mktemp("future"))
    true = json.loads(at.shell(desk, "planning intake philadelphia --json"))["snapshot"]
    shuffled = json.loads(at.shell(desk, f"planning intake philadelphia --data {data} --json", codes=(0, 1)))["snapshot"]
    at.shell(desk, "planning intake philadelphia")  # the true one is the newest again
    assert true != shuffled
    return true, shuffled


LOOKS_BACK = [
    ("rolling_reforecast", "-p method=seasonal_naive", set()),
    ("annual_budget", "-p method=seasonal_naive -p fiscal_year=2022", {"compared"}),
    ("budget_control", "", {"past_warnings"}),
    ("scorecard_review", "-p fiscal_year=2019 -p trials=5 -p draws=500", set()),
]
"""A notebook, its parameters, and the tables that show what happened since, and may."""
SINCE = ("adopted", "actual", "since", "since_true")
"""The columns of those tables in which it stands."""


@pytest.mark.parametrize("notebook, more, looks_back", LOOKS_BACK)
def test_shuffling_the_future_moves_nothing_in_the_past(desk, futures, notebook, more, looks_back):
    ask = f"planning run {notebook} philadelphia -p as_of=2020-12 {more} --json -p snapshot="
    true, shuffled = (at.tables(Path(json.loads(at.shell(desk, ask + snapshot))["folder"])) for snapshot in futures)
    moved = {name for name in true if not true[name].equals(shuffled[name])}
    assert moved == looks_back and set(true) == set(shuffled)
    for name in looks_back:
        past = [column for column in true[name] if column not in SINCE]
        assert true[name][past].equals(shuffled[name][past])
