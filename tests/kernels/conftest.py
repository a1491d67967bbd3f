"""Zygotes for the tests: one that has imported nearly nothing, one with all that a notebook uses; and how to run cells."""

import os
import time
from contextlib import contextmanager

import nbformat
import pytest
from nbclient import NotebookClient

from planning.kernels.forking import Zygote
from planning.kernels.kernel import ForkedKernelManager
from planning.kernels.preload import KERNEL
from planning.kernels.provisioner import ZYGOTE

LIBRARIES = (
    "matplotlib.pyplot", "pandas", "numpy.random", "pyarrow.compute", "duckdb", "sqlalchemy", "sklearn.ensemble", "joblib", "scipy.stats",
    "planning.view:budget_report,reforecast_report", "planning.run.record:record", "planning.plan:budget,reforecast",
)  # fmt: skip


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """As the engine runs kernels: one thread per library, and no zygote but the one a test names."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
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


def notebook(*sources):
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def execute(*sources, **options):
    """The outputs of each cell, run in a kernel of its own, and how that was started."""
    book = notebook(*sources)
    client = NotebookClient(book, kernel_manager_class=ForkedKernelManager, **options)
    seen = []
    client.on_notebook_start = lambda notebook: seen.append(client.km.started)
    client.execute()
    return [cell.outputs for cell in book.cells], seen[0].partition(":")[0]


@contextmanager
def started(book=None, **options):
    """A client with its kernel running, and cells to run in it."""
    client = NotebookClient(book or notebook(), **{"kernel_manager_class": ForkedKernelManager} | options)
    with client.setup_kernel():
        yield client


def run(client, source):
    """One cell's outputs in a running kernel."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return cell.outputs


def wait_until(holds, seconds=30):
    """Whether it came to hold."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def alive(pid):
    """Whether there is such a process, and it isn't just waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
