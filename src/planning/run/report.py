"""report.html: the executed notebook as people read it, without code, in one file that asks no other host."""

from __future__ import annotations

from html import escape
from pathlib import Path

import nbformat
from jinja2.bccache import Bucket, BytecodeCache
from nbconvert import HTMLExporter
from traitlets.config import Config

LANGUAGES = ("en", "zh")
UNSEEN = {"parameters", "injected-parameters", "setup", "record"}
SHOWN = ("display_data", "execute_result")

PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light; }}
body {{ max-width: 1040px; margin: 2.5rem auto 4rem; padding: 0 1.25rem; color: #1f2428; background: #fff;
  font: 16px/1.55 "Source Sans 3", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
    "Helvetica Neue", Arial, sans-serif; }}
h1 {{ font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }}
h2 {{ font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid #d8dde2; }}
p {{ margin: .5rem 0; max-width: 46rem; }}
li {{ max-width: 44rem; }}
img {{ max-width: 100%; height: auto; display: block; margin: 1rem 0; }}
table {{ font-variant-numeric: tabular-nums; }}
.output_html, .output_png {{ overflow-x: auto; }}
footer {{ margin-top: 3rem; padding-top: .8rem; border-top: 1px solid #d8dde2; color: #5b6670; font-size: .85rem; }}
@media print {{ body {{ margin: 0; max-width: none; }} h2 {{ break-after: avoid; }} img, table {{ break-inside: avoid; }} }}
</style>
</head>
<body>
{body}
<footer>{footer}</footer>
</body>
</html>
"""


class _Compiled(BytecodeCache):
    """Templates compiled once in a process, and before a fork for all its children."""

    def __init__(self):
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


def report_html(notebook: Path, lang: str, footer: str = "") -> str:
    """The report of an executed notebook in one language: prose, figures and tables.

    Code, printed text and error streams are left out, and so are the prose cells tagged with the other language.
    """
    return page_html(nbformat.read(notebook, 4), lang, footer)


def page_html(content: nbformat.NotebookNode, lang: str, footer: str = "") -> str:
    """The same of a notebook's content."""
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type in SHOWN]
    config = Config()
    config.TemplateExporter.exclude_input = True
    config.TemplateExporter.exclude_output_prompt = True
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = UNSEEN | {other for other in LANGUAGES if other != lang}
    exporter = HTMLExporter(config=config, template_name="basic")
    exporter.exclude_anchor_links = True
    exporter.register_preprocessor("nbconvert.preprocessors.TagRemovePreprocessor", enabled=True)
    exporter.environment.bytecode_cache = COMPILED
    body, _ = exporter.from_notebook_node(content)
    return PAGE.format(lang=lang, title=escape(_title(content, lang)), body=body, footer=escape(footer))


def _title(content: nbformat.NotebookNode, lang: str) -> str:
    others = {other for other in LANGUAGES if other != lang}
    for cell in content.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# ") and not others & set(cell.metadata.get("tags", [])):
            return cell.source.splitlines()[0].removeprefix("# ")
    return "Report"
