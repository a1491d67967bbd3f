"""One finished toy run, shared; and how the tests ask for more."""

import shutil

import pytest

from planning.book.store import open_book
from planning.inputs.params import Home
from planning.kernels.forking import Zygote
from planning.run import engine, register, requests


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
def book(home):
    return open_book(home.book())


@pytest.fixture
def run(home, book):
    """Runs the toy's notebook with some parameters over the base case's; `force`: though it ran before."""

    def run(force=False, **params):
        return engine.run(home, requests.settle(home, "outlook", "toy", "base", params), book, force=force)

    return run


@pytest.fixture(scope="session")
def finished(toy_home, tmp_path_factory):
    """A home with one finished run, and the run. Shared: look, don't touch."""
    root = tmp_path_factory.mktemp("finished") / "home"
    shutil.copytree(toy_home, root)
    home = Home(root, root / "outputs")
    asked = requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))
    return home, engine.run(home, asked, open_book(root / "outputs" / "book.sqlite"))


@pytest.fixture
def done(finished, root, home):
    """The same run in a home of one's own."""
    shutil.rmtree(root / "outputs")
    shutil.copytree(finished[0].outputs, root / "outputs")
    [manifest] = register.runs(home)
    return register.find_run(home, manifest["run"])
