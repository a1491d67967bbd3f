"""One finished toy run, shared; and how the tests ask for more."""

import shutil

import pytest

from planning.kernels.forking import Zygote
from planning.run import register


@pytest.fixture(scope="session")
def zygote():
    """A zygote that has imported what the toy's notebook does; none on systems that have no such thing."""
    started = Zygote(["ipykernel.kernelapp", "pandas", "planning.inputs.snapshots", "planning.run.record"], [])
    started.start()
    yield started
    started.close()


@pytest.fixture
def warm(root, zygote, monkeypatch):
    """Kernels of this test's process are forked, which saves a second each; commands in processes of their own start cold."""
    monkeypatch.setenv("PLANNING_ZYGOTE", str(zygote.address))


@pytest.fixture
def done(finished, root, home):
    """The same run in a home of one's own."""
    shutil.rmtree(root / "outputs")
    shutil.copytree(finished[0].outputs, root / "outputs")
    [manifest] = register.runs(home)
    return register.find_run(home, manifest["run"])
