from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from mangling import shorten
from toyland import Toyland

from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.snapshots import read_snapshot

PARAMS = Path(__file__).parents[2] / "params"


@pytest.fixture(scope="session")
def taken_toyland(tmp_path_factory) -> Path:
    """Toyland's files and one sound load of them, for every test to copy."""
    root = tmp_path_factory.mktemp("toyland")
    Toyland(root).take_in()
    return root


@pytest.fixture
def toyland(tmp_path, taken_toyland) -> Toyland:
    """A made-up company whose files a test may change; one sound load of it is already stored."""
    shutil.copytree(taken_toyland, tmp_path, dirs_exist_ok=True)
    return Toyland(tmp_path)


@pytest.fixture(scope="session")
def philadelphia():
    """The real company."""
    return read_company(PARAMS / "philadelphia")


@pytest.fixture(scope="session")
def city_intake(philadelphia, tmp_path_factory):
    """The real company's own files taken in once: the intake and the folder of its snapshots."""
    folder = tmp_path_factory.mktemp("city") / "snapshots"
    return take_in(philadelphia, folder), folder


@pytest.fixture(scope="session")
def city(city_intake):
    """The snapshot of the real company."""
    taken, folder = city_intake
    return read_snapshot("philadelphia", folder, taken.snapshot)


@pytest.fixture(scope="session")
def group(tmp_path_factory) -> Path:
    """The made-up group's first year, cut to a few lines of each kind of source. Shared: look, don't touch."""
    folder = tmp_path_factory.mktemp("group") / "files"
    write_sample(folder, build_settings("tiny", 7, {"months": 12}))
    shorten(folder)
    return folder


@pytest.fixture(scope="session")
def group_company():
    """The company that reads such files."""
    return read_company(PARAMS / "sample")


@pytest.fixture
def server():
    """A new PostgreSQL database, removed afterwards."""
    named = os.environ.get("PLANNING_TEST_POSTGRES")
    if not named:
        said = "PLANNING_TEST_POSTGRES is not set; start a server with .ci/postgres"
        pytest.fail(said) if os.environ.get("CI_FULL") == "1" else pytest.skip(said)
    url = sqlalchemy.make_url(named).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT")
    name = f"planning_intake_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
