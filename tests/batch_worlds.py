"""Batches in a toy home: a second notebook that goes on from the first one's run, and batch files."""

import json
from pathlib import Path

import nbformat
import toy

PARAMETERS = """
company: str = "toy"  # name, the folder under params
outlook_run: str = ""  # name, the run of outlook to go on from
department: str = "all"  # name, whose
seconds: float = 0.0  # seconds 0..600, to wait before the record
lang: str = "en"  # one of en|zh, the language of the report
"""
SETUP = """
import time
from planning.core.checks import Check
from planning.inputs.params import find_home
from planning.run.record import record
from planning.run.results import read_run

plan = read_run(find_home(), company, outlook_run).table("plan", ["period", "amount"])
"""
METHOD = """
doubled = plan.assign(amount=plan["amount"] * 2)[["period", "amount"]]
time.sleep(seconds)
"""
RECORD = """
checks = [Check("there are rows", len(doubled) > 0, "1")]
record("review", {"en": f"{doubled['amount'].sum():.2f}", "zh": "1"}, {"doubled": doubled}, checks)
"""


def add_review(root: Path) -> Path:
    """The notebook `review` and its case `base`, added to a toy home."""
    cells = [toy._cell("code", PARAMETERS, "parameters"), toy._cell("code", SETUP, "setup"), toy._cell("code", METHOD)]
    cells.append(toy._cell("code", RECORD, "record"))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "review.ipynb")
    write(root, "params/toy/review/base.yaml", "lang: en\n")
    return root


def write(root: Path, name: str, text: str) -> Path:
    """A file of a home."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def events(text: str) -> list[dict]:
    """What `planning batch --json` printed."""
    return [json.loads(line) for line in text.splitlines()]


def kept(root: Path, batch: str = "") -> list[dict]:
    """The record's events of a batch, by default of the newest."""
    folder = sorted((root / "outputs" / ".batches").glob(f"{batch}*Z-*"))[-1]
    return events((folder / "events.jsonl").read_text(encoding="utf-8"))


FLAKY = """
company: str = "toy"  # name, the folder under params
breaks: int = 1  # times 0..9, to break before it is well
lang: str = "en"  # one of en|zh, the language of the report
"""
COUNT = """
from planning.core.checks import Check
from planning.inputs.params import find_home
from planning.run.record import record
import pandas as pd

tries = find_home().root / "tries"
before = len(tries.read_text()) if tries.exists() else 0
written = tries.write_text("x" * (before + 1))
"""
BREAKS = """
assert before >= breaks, f"break {before + 1}"
"""
FLAKY_RECORD = """
record("flaky", {"en": f"after {before}", "zh": "1"}, {"tries": pd.DataFrame({"before": [before]})}, [Check("well", True, "1")])
"""


def add_flaky(root: Path) -> Path:
    """The notebook `flaky`, which breaks so many times before it is well, added to a toy home."""
    sources = [(FLAKY, "parameters"), (COUNT, "setup"), (BREAKS,), (FLAKY_RECORD, "record")]
    cells = [toy._cell("code", *source) for source in sources]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "flaky.ipynb")
    return root
