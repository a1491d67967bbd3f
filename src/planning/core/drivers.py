"""Drivers: the dated quantities that move a plan, each with unit, owner and source, and the cases that differ in some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.errors import Problem, did_you_mean
from planning.core.formulas import names_in
from planning.core.periods import month_text

KEYS = (
    "entity", "cost_centre", "account", "category", "product", "material", "channel", "store", "dealer", "supplier", "position", "city",
    "asset_class", "project", "currency",
)  # fmt: skip
"""What an entry may name."""
CHANGES = ("value", "add", "times")
"""How a case differs: another value, so much more, or so many times as much."""


@dataclass(frozen=True)
class Entry:
    """One dated value. `where`: the keys it names; `first`: from which period on, missing for ever since; `low`, `high`: where it may
    lie in eight of ten cases, missing where nobody said; `change`: one of CHANGES, on what stands there without it;
    `source_zh`: the source in Chinese, where somebody said."""

    value: float
    where: Mapping[str, str] = field(default_factory=dict)
    first: pd.Timestamp | None = None
    source: str = ""
    low: float = np.nan
    high: float = np.nan
    change: str = "value"
    source_zh: str = ""

    @property
    def about(self) -> str:
        """What it is about, in a word or two."""
        named = [f"{key} {code}" for key, code in self.where.items()]
        return ", ".join([*named, *([f"from {month_text(self.first)}"] if self.first is not None else [])]) or "everywhere"


@dataclass(frozen=True)
class Driver:
    """A quantity with its unit and owner: entries, or a formula of other drivers. `measured`: keys + value (and `first`, the
    month from which on a row holds), for what no entry is about;
    `basis`: how it was measured. `case`: entries in which a case differs, the last one wins."""

    name: str
    unit: str
    label_en: str = ""
    label_zh: str = ""
    owner: str = ""
    entries: tuple[Entry, ...] = ()
    formula: str = ""
    measured: pd.DataFrame | None = None
    basis: str = ""
    case: tuple[Entry, ...] = ()
    owner_zh: str = ""


@dataclass(frozen=True)
class Launch:
    """A new store or product: sold like another one, times `size`, from a period on, rising by `ramp` (shares of the full volume by
    month, the last one stays). `takes`: what of its volume it takes from the one it is like, 0 to 1."""

    key: str
    code: str
    like: str
    first: pd.Timestamp
    ramp: tuple[float, ...] = (1.0,)
    size: float = 1.0
    takes: float = 0.0


@dataclass(frozen=True)
class Meaning:
    """What the plan takes a driver for: its unit, the keys it may depend on, and between which values it lies."""

    unit: str
    keys: tuple[str, ...] = ()
    lowest: float = -np.inf
    highest: float = np.inf


def driver_problems(drivers: Iterable[Driver], meanings: Mapping[str, Meaning]) -> list[Problem]:
    """What is wrong with drivers, as far as the plan knows them: names, units, keys, bounds, entries that can't be told apart."""
    drivers = list(drivers)
    used = {name for driver in drivers if driver.formula for name in names_in(driver.formula)}
    problems = []
    for driver in drivers:
        meaning = meanings.get(driver.name)
        if meaning is None and driver.name not in used:
            advice = did_you_mean(driver.name, meanings)
            problems.append(Problem("unknown driver", f"driver {driver.name}", expected="one that the plan or a formula uses", next=advice))
        problems += _entry_problems(driver, meaning)
    return problems


def _entry_problems(driver: Driver, meaning: Meaning | None) -> list[Problem]:
    where, problems = f"driver {driver.name}", []
    if meaning is not None and driver.unit != meaning.unit:
        problems.append(Problem("wrong unit", where, driver.unit, meaning.unit))
    for entry in (*driver.entries, *driver.case):
        problems += _value_problems(entry, f"{where}, {entry.about}", meaning)
    same = pd.Series([(tuple(sorted(entry.where.items())), entry.first) for entry in driver.entries], dtype=object)
    twice = same[same.duplicated()].index
    return problems + [Problem("given twice", f"{where}, {driver.entries[place].about}", next="leave one out") for place in twice]


def _value_problems(entry: Entry, where: str, meaning: Meaning | None) -> list[Problem]:
    problems = []
    if not np.isfinite(entry.value):
        problems.append(Problem("not a finite number", where, str(entry.value)))
    if np.isnan(entry.low) != np.isnan(entry.high) or entry.low > entry.value or entry.high < entry.value:
        problems.append(Problem("wrong low and high", where, f"{entry.low} and {entry.high}", f"both or neither, around {entry.value}"))
    if meaning is None:
        return problems
    unknown = [key for key in entry.where if key not in meaning.keys]
    keys = ", ".join(meaning.keys) or "none"
    problems += [Problem("depends on what it can't", where, key, f"keys: {keys}") for key in unknown]
    told = entry.change == "value" and np.isfinite(entry.value)
    if told and not meaning.lowest <= entry.value <= meaning.highest:
        problems.append(Problem("out of range", where, f"{entry.value:g}", f"{meaning.lowest:g} to {meaning.highest:g} ({meaning.unit})"))
    return problems
