"""The real notebooks on the real figures, run once; needs the data package and a few minutes."""

import json

import desk as at
import pytest


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """A desk with one intake. Shared: what runs there may add to it, and takes nothing away."""
    root = at.build(tmp_path_factory.mktemp("desk"))
    for company in sorted({company for _, company, _ in at.CASES.values()}):
        at.shell(root, f"planning intake {company}")
    return root


@pytest.fixture(scope="session")
def runs(desk):
    """One run of each of desk.CASES, by name: its manifest."""
    lines = {name: f"planning run {notebook} {company} --case {case} --json" for name, (notebook, company, case) in at.CASES.items()}
    return {name: json.loads(at.shell(desk, line)) for name, line in lines.items()}
