"""Questions to tables on the disk, in SQL by DuckDB: nothing is loaded but the answer, and the memory is bounded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "1GB"
"""What a question may take before it goes on on the disk."""


def connected(tables: Mapping[str, Sequence[Path]]) -> DuckDBPyConnection:
    """A connection with a view for each table, by its name, over its Parquet files; it can read these files and nothing else."""
    import duckdb  # only who asks waits for it

    beyond = str(Path(tempfile.gettempdir()) / f"planning-questions-{os.getpid()}")  # a folder of its own: whoever asks may read it
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": beyond, "preserve_insertion_order": False})
    for name, files in tables.items():
        listed = ", ".join(_quoted(str(file)) for file in files)
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}])')
    folders = sorted({str(file.parent) for files in tables.values() for file in files})
    connection.execute(f"SET allowed_directories = [{', '.join(map(_quoted, folders))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
