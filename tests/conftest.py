"""Homes for the tests of run and of the commands, see toy.py; and which tests share a worker when several run at once."""

import os
import shutil
from pathlib import Path

import pytest
import toy

from planning.book.store import open_book
from planning.inputs.params import Home
from planning.model.survival_member import MovingSplines
from planning.run import engine, requests

LONG = ("notebooks", "batch", "run", "browser")
"""The rooms whose tests take longest: begun first, so that no worker ends with them alone."""


DATA = Path(os.environ.get("PLANNING_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
"""The folder with figures that are not in the repository."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """A file's tests go to one worker, and so do all that share the desk with the real notebooks' runs."""
    for item in items:
        room = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group("desk" if room == "notebooks" else str(item.path)))
        if item.get_closest_marker("needs_data") and not DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"no data in {DATA}: set PLANNING_DATA"))
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def data():
    """The folder with figures that are not in the repository; a test that asks for it is marked needs_data."""
    return DATA


@pytest.fixture(scope="session")
def toy_home(tmp_path_factory):
    """A toy home taken in, nothing run yet. Shared: look, don't touch."""
    root = toy.build(tmp_path_factory.mktemp("toy") / "home")
    done = toy.start(root, "intake", "toy")
    assert done.wait() == 0, done.communicate()
    return root


@pytest.fixture
def root(toy_home, tmp_path, monkeypatch):
    """A toy home of one's own, which commands in this process find."""
    place = tmp_path / "home"
    shutil.copytree(toy_home, place)
    for name in ("PLANNING_BOOK", "PLANNING_RUN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLANNING_HOME", str(place))
    monkeypatch.setenv("PLANNING_OUTPUTS", str(place / "outputs"))
    return place


@pytest.fixture
def home(root):
    """The same, as the engine is handed it."""
    return Home(root, root / "outputs")


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


@pytest.fixture(scope="module")
def few_rows():
    """Odds of leaving are learnt from fewer rows, and by month of tenure from one kind of member, than they might be, which has tests of
    its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.model.leaving.MOST", 4000)
        patch.setattr("planning.model.survival.MOST", 4000)
        patch.setattr("planning.model.survival.KINDS", (MovingSplines,))
        patch.setattr("planning.plan.subscriber_lifetime.WORLDS", 100)
        yield
