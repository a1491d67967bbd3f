"""A company's drivers: params/<company>/drivers/*.yaml, and the cases of a run that differ in some of them.

A file maps names of drivers to what is known of them: unit, label, owner, and `values` (entries one by one), `file` (a table of
entries beside it) or `formula`. An entry says its value, its source, from which month on, low and high where somebody said, and the
keys it is about.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, StringConstraints, ValidationError, create_model, model_validator

from planning.core.drivers import CHANGES, KEYS, Driver, Entry
from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import month
from planning.inputs.company import Company
from planning.inputs.company_file import Month, Name, Strict
from planning.inputs.yaml_files import read_mapping, read_text

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Number = int | float


class _Dated(Strict):
    """What every entry may say, beside the keys it is about."""

    source: Text
    first: Month | None = Field(default=None, alias="from")
    low: Number | None = None
    high: Number | None = None


class _Given(_Dated):
    value: Number


class _Different(_Dated):
    """How a case differs: one of value, add and times; it needs no source, being a what-if."""

    source: Text = "what if"
    value: Number | None = None
    add: Number | None = None
    times: Number | None = None

    @model_validator(mode="after")
    def _one(self):
        if sum(getattr(self, change) is not None for change in CHANGES) != 1:
            raise ValueError("give one of value, add and times")
        return self


_KEYS: dict[str, Any] = {key: (Text | None, None) for key in KEYS}
GivenEntry = create_model("GivenEntry", __base__=_Given, **_KEYS)
DifferentEntry = create_model("DifferentEntry", __base__=_Different, **_KEYS)


class DriverFile(Strict):
    """One driver as a file has it."""

    unit: Text
    label: list[Text] = Field(min_length=2, max_length=2)
    owner: Text
    values: list[GivenEntry] | None = None
    file: Text | None = None
    formula: Text | None = None

    @model_validator(mode="after")
    def _one(self):
        if sum(said is not None for said in (self.values, self.file, self.formula)) != 1:
            raise ValueError("give one of values, file and formula")
        return self


class DriversFile(Strict):
    """A file of drivers."""

    drivers: dict[Name, DriverFile]


class Differences(Strict):
    """What a case says: its label, and by driver in what it differs."""

    label: list[Text] | None = Field(default=None, min_length=2, max_length=2)
    drivers: dict[Name, list[DifferentEntry]] = Field(default_factory=dict)


class Case(Strict):
    """A case of a run: label_en, label_zh and its entries by driver."""

    name: str
    label_en: str
    label_zh: str
    differences: dict[str, Any]


def read_drivers(company: Company) -> list[Driver]:
    """The drivers that a company's files give; none where there is no such folder. RequestError with every problem."""
    folder = company.folder / "drivers"
    found, problems = [], []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
        drivers, wrong = _read_file(path)
        found += drivers
        problems += wrong
    names = pd.Series([driver.name for driver in found], dtype=object)
    problems += [Problem("given in two files", f"driver {name}", str(folder)) for name in names[names.duplicated()].unique()]
    if problems:
        raise RequestError(str(folder), problems)
    return found


def case_of(name: str, given: Any) -> Case:
    """A case of a run's parameters, checked; RequestError with every problem."""
    try:
        read = Differences.model_validate(given)
    except ValidationError as invalid:
        raise RequestError(f"case {name}", [_said(error, name) for error in invalid.errors()]) from None
    label_en, label_zh = read.label or [name, name]
    differences = {driver: [_entry(one) for one in entries] for driver, entries in read.drivers.items()}
    return Case(name=name, label_en=label_en, label_zh=label_zh, differences=differences)


def _read_file(path: Path) -> tuple[list[Driver], list[Problem]]:
    try:
        read = DriversFile.model_validate({"drivers": read_mapping(path)})
    except ValidationError as invalid:
        return [], [_said(error, path.name) for error in invalid.errors()]
    found, problems = [], []
    for name, driver in read.drivers.items():
        entries, wrong = _read_table(path.parent, driver.file, name) if driver.file else (driver.values or [], [])
        problems += wrong
        label_en, label_zh = driver.label
        dated = tuple(_entry(one) for one in entries)
        found.append(Driver(name, driver.unit, label_en, label_zh, driver.owner, dated, driver.formula or ""))
    return found, problems


def _read_table(folder: Path, file: str, driver: str) -> tuple[list[Any], list[Problem]]:
    """The entries of a table: columns value, source and any of from, low, high and the keys; what is empty is not said."""
    path = folder / file
    if path.name != file or not path.is_file():
        return [], [Problem("no such file", f"driver {driver}", file, "a table in the folder drivers")]
    rows = csv.DictReader(io.StringIO(read_text(path)))
    entries, problems = [], []
    for number, row in enumerate(rows, 2):
        try:
            entries.append(GivenEntry.model_validate(_row(row)))
        except ValidationError as invalid:
            problems += [_said(error, f"{path.name}, line {number}") for error in invalid.errors()]
    return entries, at_most(problems)


def _row(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """A line's texts, figures as numbers; a text that is none stays and is refused with the rest."""
    return {
        str(name): _number(text) if name in ("value", "low", "high") else text
        for name, text in row.items() if not isinstance(text, str) or text.strip()
    }  # fmt: skip


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _entry(read: Any) -> Entry:
    where = {key: code for key in KEYS if (code := getattr(read, key)) is not None}
    change = next(change for change in CHANGES if getattr(read, change, None) is not None)
    first = month(read.first) if read.first else None
    low, high = (float("nan") if end is None else float(end) for end in (read.low, read.high))
    return Entry(float(getattr(read, change)), where, first, read.source, low, high, change)


def _said(error: Mapping[str, Any], where: str) -> Problem:
    place = ".".join(str(part) for part in error["loc"])
    got = repr(error["input"])[:80] if isinstance(error["input"], str | int | float) else ""
    return Problem(error["msg"].removeprefix("Value error, "), f"{where}: {place}" if place else where, got)
