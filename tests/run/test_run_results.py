"""Reading what runs left: the newest of each case, what is damaged, and the only files that are ever given out."""

import json
import shutil

import page_outputs as at
import pandas as pd
import pytest

from planning.inputs.params import Home
from planning.run.results import UnreadableError, read_results, report_file
from planning.run.waiting import read_waiting


@pytest.fixture
def bare(tmp_path):
    """A home without a single run."""
    (tmp_path / "params").mkdir()
    (tmp_path / "notebooks").mkdir()
    return Home(tmp_path, tmp_path / "outputs")


def answer(home, notebook="rolling_reforecast", table=""):
    return [run.headline("en") for run in read_results(home).answers(notebook, table)]


def test_without_outputs_there_are_no_results_and_none_are_made(bare):
    results = read_results(bare)
    assert results.runs == [] and results.damaged == [] and not bare.outputs.exists()


def test_the_latest_business_time_is_shown_even_where_an_older_one_ran_later(bare):
    at.write_run(bare, 1, "town", "rolling_reforecast", "2021_q2", "newer time", params={"as_of": "2021-12"})
    at.write_run(bare, 2, "town", "rolling_reforecast", "2020_q2", "older time", params={"as_of": "2020-12"})
    assert answer(bare) == ["newer time"]


def test_of_one_case_the_newest_finished_run_is_shown(bare):
    for number, status in ((1, ""), (2, ""), (3, "failed"), (4, "refused")):
        at.write_run(bare, number, "town", "rolling_reforecast", "q2", f"run {number}", status=status)
    results = read_results(bare)
    assert answer(bare) == ["run 2"] and [run.run for run in results.attempts()] == [at.run_id(4)]
    assert [run.status for run in results.runs] == ["refused", "failed", "done", "done"]


def test_a_trial_without_a_case_does_not_take_the_place_of_a_named_one(bare):
    at.write_run(bare, 1, "town", "rolling_reforecast", "q2", "named", params={"as_of": "2021-12"})
    at.write_run(bare, 2, "town", "rolling_reforecast", "", "what if", params={"as_of": "2021-12"})
    at.write_run(bare, 3, "shop", "rolling_reforecast", "", "all there is", params={"as_of": "2021-12"})
    assert answer(bare) == ["all there is", "named"]


def test_only_runs_that_left_the_table_answer(bare):
    at.write_run(bare, 1, "shop", "roi_prediction", "channels", "channels", at.return_tables())
    at.write_run(bare, 2, "shop", "roi_prediction", "projects", "projects", at.project_tables())
    assert answer(bare, "roi_prediction", "returns") == ["channels"] and answer(bare, "roi_prediction", "projects") == ["projects"]


def test_a_reader_gets_the_run_in_their_language_only_where_its_tables_are_the_same(bare):
    same = {"t": pd.DataFrame({"a": [1.0]})}
    english = at.write_run(bare, 1, "town", "budget_control", "q3", "E", same, {"lang": "en", "workers": 2})
    at.write_run(bare, 2, "town", "budget_control", "q3_zh", "Z", same, {"lang": "zh", "workers": 1})
    results = read_results(bare)
    [shown] = results.answers("budget_control")
    assert (shown.lang, results.report(shown, "en").lang) == ("zh", "en")
    manifest = json.loads((english / "manifest.json").read_text())
    manifest["tables"]["t"]["content"] = "something else"
    (english / "manifest.json").write_text(json.dumps(manifest))
    assert read_results(bare).report(shown, "en").lang == "zh"


def test_an_older_run_without_headlines_in_both_languages_says_the_one_it_has(bare):
    at.write_run(bare, 1, "town", "budget_control", "q3", "Only English.")
    [run] = read_results(bare).answers("budget_control")
    assert run.headline("zh") == "Only English."


BREAK = {
    "cut off": lambda folder: (folder / "manifest.json").write_text('{"run": '),
    "gone": lambda folder: (folder / "manifest.json").unlink(),
    "not text": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "a list": lambda folder: (folder / "manifest.json").write_text("[]"),
    "empty": lambda folder: (folder / "manifest.json").write_text("{}"),
    "another run's": lambda folder: folder.rename(folder.with_name(at.run_id(9))),
    "without checks": lambda folder: _without(folder, "checks"),
    "a folder": lambda folder: ((folder / "manifest.json").unlink(), (folder / "manifest.json").mkdir()),
}


def _without(folder, name):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop(name)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("how", BREAK)
def test_a_damaged_folder_is_skipped_and_named(bare, how):
    at.write_run(bare, 1, "town", "budget_control", "q3", "Whole.")
    BREAK[how](at.write_run(bare, 2, "town", "budget_control", "q3", "Damaged."))
    results = read_results(bare)
    assert answer(bare, "budget_control") == ["Whole."]
    assert len(results.damaged) == 1 and results.damaged[0].startswith("town/budget_control/202611")


def test_a_table_that_is_not_there_damaged_or_short_of_a_column_says_so(bare):
    folder = at.write_run(bare, 1, "town", "budget_control", "q3", "A.", {"t": pd.DataFrame({"a": [1.0]})})
    [run] = read_results(bare).runs
    assert run.table("t", ["a"])["a"].tolist() == [1.0]
    with pytest.raises(UnreadableError, match="t: b, c"):
        run.table("t", ["a", "b", "c"])
    with pytest.raises(UnreadableError, match="gone"):
        run.table("gone")
    (folder / "tables" / "t.parquet").write_bytes(b"PAR1 no longer")
    with pytest.raises(UnreadableError, match="t:"):
        run.table("t")


def test_names_come_from_params_and_a_company_without_them_keeps_its_code(bare):
    at.write_run(bare, 1, "town", "budget_control", "q3", "A.")
    assert read_results(bare).label("town", "zh") == "town"
    (bare.params / "town").mkdir()
    (bare.params / "town" / "company.yaml").write_text("label_en: Town\nlabel_zh: 小镇\ncurrency: USD\n", encoding="utf-8")
    results = read_results(bare)
    assert (results.label("town", "zh"), results.currency("town")) == ("小镇", "USD")
    (bare.params / "town" / "company.yaml").write_text("label_en: [", encoding="utf-8")
    assert read_results(bare).label("town", "en") == "town"


# What is given out


@pytest.fixture
def given(bare):
    return bare, at.write_run(bare, 1, "town", "budget_control", "q3", "A.")


def test_a_finished_runs_report_and_figures_are_given(given):
    home, folder = given
    assert report_file(home.outputs, "town", "budget_control", folder.name, "report.html").name == "report.html"
    assert report_file(home.outputs, "town", "budget_control", folder.name, "year.png").parent.name == "figures"


TRICKS = [
    ("town", "budget_control", "RUN", "manifest.json"), ("town", "budget_control", "RUN", "checks.parquet"),
    ("town", "budget_control", "RUN", "../report.html"), ("town", "budget_control", "RUN", "..%2freport.html"),
    ("town", "budget_control", "RUN", "year.png\x00"), ("town", "budget_control", "RUN", "year.PNG"), ("town", "budget_control", "RUN", ""),
    ("town", "budget_control", "..", "report.html"), ("..", "town", "RUN", "report.html"), ("town", "..", "RUN", "report.html"),
    (".serve", "budget_control", "RUN", "report.html"), ("town", "budget_control", "latest", "report.html"),
    ("town/budget_control", "budget_control", "RUN", "report.html"), ("", "budget_control", "RUN", "report.html"),
    ("town", "failed", "RUN", "report.html"), ("town", "budget_control", "RUN/", "report.html"),
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS, ids=str)
def test_nothing_else_is_given(given, trick):
    home, folder = given
    assert report_file(home.outputs, *(folder.name if part == "RUN" else part for part in trick)) is None


def test_a_failed_a_refused_and_a_damaged_run_give_nothing(bare):
    at.write_run(bare, 1, "town", "budget_control", "q3", "A.", status="failed")
    refused = at.write_run(bare, 2, "town", "budget_control", "q3", "A.", status="refused")
    damaged = at.write_run(bare, 3, "town", "budget_control", "q3", "A.")
    (damaged / "manifest.json").unlink()
    for number in (1, 2, 3):
        assert report_file(bare.outputs, "town", "budget_control", at.run_id(number), "report.html") is None
    assert (refused / "report.html").is_file()


def test_a_link_leads_nowhere(given, tmp_path):
    home, folder = given
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    (folder / "report.html").unlink()
    (folder / "report.html").symlink_to(secret)
    assert report_file(home.outputs, "town", "budget_control", folder.name, "report.html") is None
    elsewhere = shutil.move(folder, tmp_path / folder.name)
    folder.symlink_to(elsewhere)
    assert report_file(home.outputs, "town", "budget_control", folder.name, "year.png") is None


# What waits


def test_a_book_that_is_not_there_is_not_made(bare, monkeypatch):
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    waiting = read_waiting(bare)
    assert waiting.table.empty and waiting.why == "" and not bare.outputs.exists()


def test_a_book_that_does_not_answer_says_why(bare, monkeypatch):
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    bare.outputs.mkdir()
    (bare.outputs / "book.sqlite").write_text("no database")
    waiting = read_waiting(bare)
    assert waiting.table.empty and "book.sqlite" in waiting.why


def test_versions_wait_for_those_who_may(tmp_path, monkeypatch):
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    waiting = read_waiting(at.build(tmp_path / "home"))
    first, second = waiting.table.to_dict("records")
    assert (first["version"], first["status"], first["waits_zh"]) == ("2022_v1", "submitted", ["财务主管"])
    assert (second["version"], second["status"], second["waits_en"]) == ("2023_v1", "open", ["Planner"])
    assert waiting.missing == () and waiting.why == ""


def test_without_people_versions_wait_for_nobody_and_the_company_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    home = at.build(tmp_path / "home")
    (home.params / "toy" / "people.yaml").unlink()
    waiting = read_waiting(home)
    assert waiting.missing == ("toy",) and waiting.table["waits_en"].tolist() == [[], []]
