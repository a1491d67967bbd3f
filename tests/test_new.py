"""The command `planning new`, from a folder to its last lines, and what a wrong request says."""

import json

import pytest
from click.testing import CliRunner

from planning.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project without companies, and a trial balance beside it."""
    for name in ("params", "notebooks", "files"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PLANNING_HOME", str(tmp_path))
    monkeypatch.delenv("PLANNING_OUTPUTS", raising=False)
    heading = "科目编码,科目名称,期初余额,本期借方,本期贷方,期末余额"
    rows = [heading, "1002,银行存款,10,5,0,15", "6001,主营业务收入,0,5,5,0", "3101,衍生工具,1,0,0,1"]
    (tmp_path / "files" / "余额表_2024-01.csv").write_text("\n".join(rows), encoding="gb18030")
    return tmp_path / "files"


def planning(*words):
    return CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in words])


def test_the_last_lines_say_what_was_understood_where_the_page_is_and_what_is_next(folder):
    result = planning("new", "firm", "--from", folder)
    said = result.stdout.splitlines()
    assert result.exit_code == 0 and said[-5] == "Files: 1; tables in them: 1; intake reads sources of figures: 2, event tables: 0."
    assert "departments: 2; companies: 1, in CNY; 2024-01 to 2024-01; the fiscal year begins with month 1." in said[-4]
    assert "questions.yaml" in said[-3] and said[-2].startswith("page: ") and said[-1].endswith("planning loop firm")
    assert planning("intake", "firm").exit_code == 0


def test_the_page_stands_alone_in_two_languages(folder):
    done = json.loads(planning("new", "firm", "--from", folder, "--json").stdout)
    for name, words in (("index.html", "In short"), ("index_zh.html", "概要")):
        page = (folder.parent / "outputs/firm/new" / name).read_text(encoding="utf-8")
        assert (
            words in page
            and {"index.html": "Revenue from main business", "index_zh.html": "主营业务收入"}[name] in page
            and "http" not in page
            and page.count("data:image/png") == 2
        )
        assert page.index(words) < page.index("<img")
    assert done["questions"] >= 1 and done["left"] == []


@pytest.mark.parametrize(("words", "said"), [
    (("new", "firm", "--from", "nowhere"), "no such folder"),
    (("new", "../firm", "--from", "files"), "not a name"),
])  # fmt: skip
def test_a_wrong_request_is_told_and_changes_nothing(folder, words, said):
    result = planning(*words)
    assert result.exit_code == 2 and said in result.stderr and not list((folder.parent / "params").iterdir())


def test_a_name_that_is_taken_is_refused(folder):
    (folder.parent / "params/firm").mkdir()
    (folder.parent / "params/firm/company.yaml").write_text("company: firm\n")
    result = planning("new", "firm", "--from", folder)
    assert result.exit_code == 2 and "name is taken" in result.stderr


def test_a_folder_of_which_nothing_can_be_read_is_said_first_and_has_no_loop(folder):
    (folder / "余额表_2024-01.csv").unlink()
    (folder / "words.csv").write_text("Colour,Taste\nred,sweet\ngreen,sour\n")
    (folder / "broken.xlsx").write_bytes(b"PK rubbish")
    result = planning("new", "firm", "--from", folder)
    said = result.stdout.splitlines()
    assert result.exit_code == 1 and said[0].startswith("Nothing in ") and "planning loop" not in result.stdout
    assert "  not read: words: nothing the planning reads fits it" in said
    assert any(line.startswith("  not read: broken.xlsx: ") for line in said)
    assert {path.name for path in (folder.parent / "params/firm").iterdir()} == {"questions.yaml", ".understood.json"}
    page = (folder.parent / "outputs/firm/new/index.html").read_text(encoding="utf-8")
    assert "Nothing that the planning reads was found" in page and "Figures from" not in page
    assert planning("new", "firm", "--from", folder, "--json").exit_code == 1


def test_of_a_file_that_was_changed_by_hand_is_said_that_answers_do_not_reach_it(folder):
    planning("new", "firm", "--from", folder)
    company = folder.parent / "params/firm/company.yaml"
    company.write_text(company.read_text(encoding="utf-8").replace("label_en: firm", "label_en: Firm Ltd"), encoding="utf-8")
    said = planning("new", "firm", "--from", folder).stdout.splitlines()
    assert "  company.yaml was changed by hand and is kept: answers and new files no longer reach it" in said
