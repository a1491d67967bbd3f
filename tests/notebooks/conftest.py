"""The real notebooks on the real figures, run once; needs the data package and a few minutes."""

import json

import desk as at
import pytest

CASES = {"annual_budget": "2021", "rolling_reforecast": "2021_q2"}


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """A desk with one intake. Shared: what runs there may add to it, and takes nothing away."""
    root = at.build(tmp_path_factory.mktemp("desk"))
    at.shell(root, "planning intake philadelphia")
    return root


@pytest.fixture(scope="session")
def runs(desk):
    """One run of each notebook, by name: its manifest."""
    lines = {notebook: f"planning run {notebook} philadelphia --case {case} --json" for notebook, case in CASES.items()}
    return {notebook: json.loads(at.shell(desk, line)) for notebook, line in lines.items()}
