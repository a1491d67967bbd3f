"""Zygotes for the tests: one that has imported nearly nothing, one with all that a notebook uses."""

import os

import pytest

from planning.kernels.forking import Zygote
from planning.kernels.preload import KERNEL
from planning.kernels.provisioner import ZYGOTE

LIBRARIES = (
    "matplotlib.pyplot", "pandas", "numpy.random", "pyarrow.compute", "duckdb", "sqlalchemy", "sklearn.ensemble", "joblib", "scipy.stats",
    "planning.view:budget_report,reforecast_report", "planning.run.record:record", "planning.plan:budget,reforecast",
)  # fmt: skip


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """As the engine runs kernels: one thread per library, no backend chosen, and no zygote but the one a test names."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.delenv(ZYGOTE, raising=False)


@pytest.fixture(scope="session")
def _one_thread():
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    yield
    os.environ.pop("OMP_NUM_THREADS") if before is None else os.environ.update(OMP_NUM_THREADS=before)


@pytest.fixture(scope="session")
def zygote(_one_thread):
    """One that has imported nearly nothing. Shared: fork from it, don't end it."""
    with Zygote(["json", "random", "numpy.random"]) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def warm(_one_thread):
    """One that has imported what kernels and notebooks use. Shared: fork from it, don't end it."""
    with Zygote([*KERNEL, *LIBRARIES]) as zygote:
        yield zygote


@pytest.fixture
def forked(warm, monkeypatch):
    """Kernels are forked in this test."""
    monkeypatch.setenv(ZYGOTE, warm.address)
    return warm
