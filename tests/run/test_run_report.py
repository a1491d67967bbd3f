"""The report is the notebook as people read it: one language, no code, no other host."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from planning.run.report import report_html


def page(tmp_path, *cells, lang="en", **more):
    path = tmp_path / "report.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return report_html(path, lang, **more)


def prose(text, tag):
    return new_markdown_cell(text, metadata={"tags": [tag]})


def code(source, *outputs, tag="method"):
    return new_code_cell(source, metadata={"tags": [tag]}, outputs=list(outputs))


def test_a_real_report_has_no_code_and_asks_no_other_host(finished):
    _, run = finished
    html = (run.folder / "report.html").read_text()
    assert not re.search(r"""(https?:)?//[a-z]|src=(?!"data:)|<script|<link|@import|url\(""", html)
    assert "import pandas" not in html and "months_ahead" not in html and "record(" not in html and "a printed line" not in html
    assert "121.55" in html and f"toy · outlook · base · snapshot {run.manifest['snapshot']} · {run.id}" in html


def test_each_language_has_its_own_words_and_the_same_figures(tmp_path):
    cells = prose("# Outlook", "en"), prose("# 展望", "zh"), code("f()", new_output("execute_result", {"text/html": "<b>1,234</b>"}))
    english, chinese = page(tmp_path, *cells), page(tmp_path, *cells, lang="zh")
    assert "<title>Outlook</title>" in english and "展望" not in english
    assert "<title>展望</title>" in chinese and "Outlook" not in chinese
    assert "<b>1,234</b>" in english and "<b>1,234</b>" in chinese


def test_printed_text_errors_parameters_setup_and_record_are_left_out(tmp_path):
    result = new_output("execute_result", {"text/plain": "seen"})
    warning, error = new_output("stream", text="a warning"), new_output("error", ename="E", evalue="bad", traceback=["bad"])
    html = page(tmp_path, *(code("1", result, tag=tag) for tag in ("parameters", "setup", "record")), code("2", warning, error))
    assert "seen" not in html and "a warning" not in html and "bad" not in html


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "A & B", '"quoted"'])
def test_title_and_footer_are_text_and_not_markup(tmp_path, text):
    html = page(tmp_path, prose(f"# {text}", "en"), footer=text)
    head, foot = re.search("<title>(.*)</title>", html)[1], re.search("<footer>(.*)</footer>", html)[1]
    assert not set("<>") & set(head + foot)


def test_a_notebook_without_a_title_is_a_report(tmp_path):
    assert "<title>Report</title>" in page(tmp_path, prose("## Part", "en"))
