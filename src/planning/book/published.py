"""Which runs a book in a SQLite file has, for who only wants to know that: what else the book needs takes a second to import."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_STEPS = Path(__file__).with_name("migrations") / "versions"


def published_runs(place: str, company: str) -> set[str] | None:
    """The ids of a company's published runs; None where the book itself has to be asked.

    That is: it is no file, or can't be read without writing, or its schema is not this code's, or it is none.
    """
    path = str(place).removeprefix("sqlite:///")
    if "://" in path or not Path(path).is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(Path(path).absolute()))}?mode=ro", uri=True)) as connection:
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if schema != [(_newest_schema(),)]:
                return None
            return {run for (run,) in connection.execute("SELECT run_id FROM run WHERE company = ?", (company,))}
    except sqlite3.Error:
        return None


def _newest_schema() -> str:
    """The schema that the newest step of the migrations leads to."""
    return max(path.stem.removeprefix("step_") for path in _STEPS.glob("step_*.py"))
