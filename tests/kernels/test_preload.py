"""What a zygote of kernels imports is read from the notebooks' cells, and from nothing that can't be read."""

import json
import sys

import nbformat
from kernel_desk import notebook

from planning.kernels.preload import KERNEL, notebook_modules
from planning.kernels.zygote import preload


def imported(folder, *sources):
    """The modules besides the kernel's own."""
    nbformat.write(notebook(*sources), folder / "one.ipynb")
    modules = notebook_modules(folder)
    assert modules[: len(KERNEL)] == list(KERNEL)
    return modules[len(KERNEL) :]


def test_imports_are_read_from_every_cell_and_joined(tmp_path):
    nbformat.write(notebook("from planning.view import months"), tmp_path / "two.ipynb")
    found = imported(tmp_path, "import os, pandas as pd", "from planning.view import bars\nfrom planning.view.tables import show_text as t")
    assert found == ["os", "pandas", "planning.view:bars,months", "planning.view.tables:show_text"]


def test_imports_inside_of_something_count_too(tmp_path):
    assert imported(tmp_path, "if True:\n    import json\ntry:\n    from csv import *\nexcept ImportError:\n    pass") == ["csv", "json"]


def test_magics_are_passed_over_and_a_cell_that_is_no_python_says_nothing(tmp_path):
    cells = ["%matplotlib inline\n!ls\nimport csv", "import 1", "from . import x", "%%bash\nimport json"]
    assert imported(tmp_path, *cells) == ["csv", "json"]


def test_what_looks_at_its_kernel_is_left_out(tmp_path):
    assert imported(tmp_path, "import ipywidgets as w, tqdm.auto, csv\nfrom tqdm.auto import tqdm\nfrom plotly import express") == ["csv"]


def test_notebooks_that_cannot_be_read_say_nothing(tmp_path):
    for name, content in {"broken": "{", "other": "[]", "empty": "", "odd": json.dumps({"cells": [{"cell_type": "code"}]})}.items():
        (tmp_path / f"{name}.ipynb").write_text(content)
    assert imported(tmp_path, "import csv") == ["csv"]
    assert notebook_modules([tmp_path / "one.ipynb", tmp_path / "none.ipynb"])[-1] == "csv"
    assert notebook_modules(tmp_path / "none") == [*KERNEL]


def test_a_name_that_a_module_has_is_no_module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "__init__.py").write_text("book = 'a name'\n")
    (tmp_path / "shelf" / "book.py").write_text("")
    (tmp_path / "shelf" / "lamp.py").write_text("")
    preload(["shelf:book,lamp,nothing"])
    assert sys.modules["shelf"].book == "a name" and "shelf.book" not in sys.modules and "shelf.lamp" in sys.modules
