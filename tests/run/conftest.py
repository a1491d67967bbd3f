"""One finished toy run, shared; and how the tests ask for more."""

import shutil

import pytest

from planning.book.store import open_book
from planning.inputs.params import Home
from planning.run import engine, register, requests


@pytest.fixture
def book(home):
    return open_book(home.book())


@pytest.fixture
def run(home, book):
    """Runs the toy's notebook with some parameters over the base case's."""

    def run(**params):
        return engine.run(home, requests.pinned(home, requests.settle(home, "outlook", "toy", "base", params)), book)

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
