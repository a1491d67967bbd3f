"""A forecast's folder: its tables, its pictures and a manifest, written aside and moved into place as a whole."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

import planning
from planning.core.errors import Problem, RequestError
from planning.inputs.aside import fresh_room, move_into_place
from planning.run.manifest import surroundings, utc_now, write_manifest

AS_TEXT = ("forecast",)
"""Tables that are written as CSV, too."""


def file_content(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as broken:
        wrong = Problem("can't be read", str(path), broken.strerror or str(broken), "a CSV or Parquet file")
        raise RequestError(str(path), [wrong]) from None


def check_place(place: Path) -> None:
    """RequestError for a folder that holds something: what was forecast before is never written over."""
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise RequestError("forecast", [Problem("already there", str(place), "a folder with files, or a file", "a new or an empty folder")])


@contextmanager
def _aside(place: Path) -> Iterator[Path]:
    """A folder aside to write into; moved to `place` where all goes well, else removed."""
    room = fresh_room(place.parent)
    try:
        yield room
        if place.is_dir():
            place.rmdir()
        move_into_place(room, place)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _write_tables(room: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """The tables as Parquet; those of AS_TEXT as CSV, too, with a mark by which spreadsheets know UTF-8."""
    for name, table in tables.items():
        table.to_parquet(room / f"{name}.parquet", index=False)
        if name in AS_TEXT:
            table.to_csv(room / f"{name}.csv", index=False, encoding="utf-8-sig", date_format="%Y-%m-%d")


def write_forecast(place: Path, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """The folder whole, or not at all; returns its manifest: `about`, by what it was made, what is there."""
    manifest = dict(about) | {"planning": planning.__version__, **surroundings(Path(planning.__path__[0])), "finished": utc_now()}
    manifest["tables"] = {name: len(table) for name, table in tables.items()}
    with _aside(place) as room:
        _write_tables(room, tables)
        for name, figure in figures.items():
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Glyph")  # of a label in another script than the fonts here
                figure.savefig(room / f"{name}.png", dpi=110, metadata={"Software": None})
        write_manifest(room, manifest)
    return manifest
