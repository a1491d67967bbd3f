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

from planning.core.drivers import CHANGES, KEYS, Driver, Entry, Launch
from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import month
from planning.inputs.company import Company
from planning.inputs.company_file import Month, Name, Strict
from planning.inputs.yaml_files import read_mapping, read_text

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Both = Annotated[list[Text], Field(min_length=2, max_length=2)]
"""What is said in English and in Chinese."""
Number = int | float


class _Dated(Strict):
    """What every entry may say, beside the keys it is about."""

    source: Text | Both
    first: Month | None = Field(default=None, alias="from")
    low: Number | None = None
    high: Number | None = None


class _Given(_Dated):
    value: Number


class _Different(_Dated):
    """How a case differs: one of value, add and times; it needs no source, being a what-if."""

    source: Text | Both = "what if"
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
    owner: Text | Both
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


class Launched(Strict):
    """A new store or product of a case: sold like another one from a month on; see core.drivers.Launch."""

    store: Text | None = None
    product: Text | None = None
    like: Text
    first: Month = Field(alias="from")
    ramp: list[Number] = Field(default_factory=lambda: [1.0], min_length=1, max_length=60)
    size: Number = 1.0
    takes: Number = 0.0

    @model_validator(mode="after")
    def _one(self):
        if (self.store is None) == (self.product is None):
            raise ValueError("give one of store and product")
        return self


class Differences(Strict):
    """What a case says: its label, by driver in what it differs, and what is launched."""

    label: list[Text] | None = Field(default=None, min_length=2, max_length=2)
    drivers: dict[Name, list[DifferentEntry]] = Field(default_factory=dict)
    launches: list[Launched] = Field(default_factory=list)


class Case(Strict):
    """A case of a run: label_en, label_zh, its entries by driver and its launches."""

    name: str
    label_en: str
    label_zh: str
    differences: dict[str, Any]
    launches: list[Any]


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
    launches = [_launch(one) for one in read.launches]
    return Case(name=name, label_en=label_en, label_zh=label_zh, differences=differences, launches=launches)


def _launch(read: Launched) -> Launch:
    key = "store" if read.store else "product"
    ramp = tuple(map(float, read.ramp))
    return Launch(key, getattr(read, key), read.like, month(read.first), ramp, float(read.size), float(read.takes))


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
        owner, owner_zh = _both(driver.owner)
        found.append(Driver(name, driver.unit, label_en, label_zh, owner, dated, driver.formula or "", owner_zh=owner_zh))
    return found, problems


def _read_table(folder: Path, file: str, driver: str) -> tuple[list[Any], list[Problem]]:
    """The entries of a table: columns value, source and any of source_zh, from, low, high and the keys; what is empty is not said."""
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
    said = {
        str(name): _number(text) if name in ("value", "low", "high") else text
        for name, text in row.items() if not isinstance(text, str) or text.strip()
    }  # fmt: skip
    source_zh = said.pop("source_zh", None) if "source" in said else None
    return said | ({"source": [said["source"], source_zh]} if source_zh else {})


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
    source, source_zh = _both(read.source)
    return Entry(float(getattr(read, change)), where, first, source, low, high, change, source_zh)


def _both(said: str | list[str]) -> tuple[str, str]:
    """What is said in English and in Chinese; in the one language where there is but one."""
    return (said, said) if isinstance(said, str) else (said[0], said[1])


def _said(error: Mapping[str, Any], where: str) -> Problem:
    place = ".".join(str(part) for part in error["loc"])
    got = repr(error["input"])[:80] if isinstance(error["input"], str | int | float) else ""
    return Problem(error["msg"].removeprefix("Value error, "), f"{where}: {place}" if place else where, got)
