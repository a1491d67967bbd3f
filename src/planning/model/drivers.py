"""Drivers: the dated quantities that move a plan, each with unit, owner and source, and the cases that differ in some of them.

A driver's value for a cell (an entity, a product …) in a period is the last one in force among those that name the cell most closely:
an entry with more keys goes before one with fewer, and among equals the later `from`. Where nobody says anything stands what was
measured in the books. A driver may be a formula of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.periods import month_text
from planning.model.formulas import check_order, names_in, value_of

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
    lie in eight of ten cases, missing where nobody said; `change`: one of CHANGES, on what stands there without it."""

    value: float
    where: Mapping[str, str] = field(default_factory=dict)
    first: pd.Timestamp | None = None
    source: str = ""
    low: float = np.nan
    high: float = np.nan
    change: str = "value"

    @property
    def about(self) -> str:
        """What it is about, in a word or two."""
        named = [f"{key} {code}" for key, code in self.where.items()]
        return ", ".join([*named, *([f"from {month_text(self.first)}"] if self.first is not None else [])]) or "everywhere"


@dataclass(frozen=True)
class Driver:
    """A quantity with its unit and owner: entries, or a formula of other drivers. `measured`: keys + value, for what no entry is about;
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


@dataclass(frozen=True)
class Meaning:
    """What the plan takes a driver for: its unit, the keys it may depend on, and between which values it lies."""

    unit: str
    keys: tuple[str, ...] = ()
    lowest: float = -np.inf
    highest: float = np.inf


class Drivers(Mapping[str, Driver]):
    """A company's drivers by name, in every draw where some are drawn (see `shifted`)."""

    def __init__(self, drivers: Iterable[Driver] = (), shifts: Mapping[tuple[str, int], np.ndarray] | None = None):
        self._drivers = {driver.name: driver for driver in drivers}
        self._shifts = dict(shifts or {})
        check_order({name: driver.formula for name, driver in self._drivers.items()})

    def __getitem__(self, name: str) -> Driver:
        return self._drivers[name]

    def __iter__(self):
        return iter(self._drivers)

    def __len__(self) -> int:
        return len(self._drivers)

    def shifted(self, shifts: Mapping[tuple[str, int], np.ndarray]) -> Drivers:
        """The same with an amount added to the value of some entries in each draw: (driver, place among its entries) → draws."""
        return Drivers(self._drivers.values(), shifts)

    def with_case(self, differences: Mapping[str, Sequence[Entry]]) -> Drivers:
        """The drivers of a case, which lists what differs and nothing else. RequestError where it names a driver that isn't there."""
        unknown = [name for name in differences if name not in self]
        if unknown:
            raise RequestError("case", [Problem("unknown driver", name, next=did_you_mean(name, self)) for name in unknown])
        changed = [
            replace(driver, case=(*driver.case, *differences.get(name, ()))) if name in differences else driver
            for name, driver in self.items()
        ]
        return Drivers(changed, self._shifts)

    def with_measured(self, measured: Iterable[Driver]) -> Drivers:
        """The drivers with what was measured, which serves where no entry says anything."""
        found = {driver.name: driver for driver in measured}
        given = [
            replace(driver, measured=found[name].measured, basis=found[name].basis) if name in found else driver
            for name, driver in self.items()
        ]
        return Drivers([*given, *(driver for name, driver in found.items() if name not in self)], self._shifts)

    def values_of(self, name: str, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
        """The driver for each cell and period, in each draw: cells × periods × draws (1 where nothing is drawn).

        `cells`: one column a key; what names a key that they lack is about none of them. RequestError where a cell has no value.
        """
        if name not in self:
            raise RequestError("drivers", [Problem("missing driver", name, next=did_you_mean(name, self))])
        values = self._evaluated(name, cells, periods, {})
        lacking = np.isnan(values).any(axis=2)
        if lacking.any():
            raise RequestError("drivers", at_most(_lacking_problems(name, cells, periods, lacking)))
        return values

    def _evaluated(self, name: str, cells: pd.DataFrame, periods: pd.DatetimeIndex, found: dict[str, np.ndarray]) -> np.ndarray:
        if name in found:
            return found[name]
        driver = self[name]
        if driver.formula:
            known = {other: self._evaluated(other, cells, periods, found) for other in names_in(driver.formula)}
            values = value_of(driver.formula, known) + np.zeros((len(cells), len(periods), 1))
        else:
            values = self._of_entries(driver, cells, periods)
        found[name] = _with_changes(driver, values, cells, periods)
        return found[name]

    def _of_entries(self, driver: Driver, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
        draws = max([len(by) for (name, _), by in self._shifts.items() if name == driver.name], default=1)
        values = np.empty((len(cells), len(periods), draws))
        values[:] = _measured(driver, cells)[:, None, None]
        for place in _from_weakest(driver.entries):
            entry = driver.entries[place]
            rows, months = _in_force(entry, cells, periods)
            values[np.ix_(rows, months)] = entry.value + self._shifts.get((driver.name, place), 0.0)
        return values


# ------------------------------------------------------------------------------------------------------------- entries


def _measured(driver: Driver, cells: pd.DataFrame) -> np.ndarray:
    """What was measured for each cell; missing where nothing was."""
    keys = [] if driver.measured is None else [name for name in driver.measured.columns if name != "value"]
    if driver.measured is None or not set(keys) <= set(cells.columns):
        return np.full(len(cells), np.nan)
    if not keys:
        return np.full(len(cells), driver.measured["value"].iloc[0])
    return cells[keys].merge(driver.measured, on=keys, how="left", validate="many_to_one")["value"].to_numpy("float64")

def _from_weakest(entries: Sequence[Entry]) -> list[int]:
    """The places of entries, those that the others overrule first."""
    return sorted(range(len(entries)), key=lambda place: (len(entries[place].where), entries[place].first or pd.Timestamp.min))


def _in_force(entry: Entry, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """The rows that an entry names, and the periods from which on it holds."""
    named = np.ones(len(cells), dtype=bool)
    for key, code in entry.where.items():
        named &= (cells[key] == code).to_numpy() if key in cells.columns else False
    months = periods >= entry.first if entry.first is not None else np.ones(len(periods), dtype=bool)
    return np.flatnonzero(named), np.flatnonzero(months)


def _with_changes(driver: Driver, values: np.ndarray, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
    """What a case says instead, or on top, in the order in which it says it."""
    changed = values.copy() if driver.case else values
    for entry in driver.case:
        where = np.ix_(*_in_force(entry, cells, periods))
        if entry.change == "value":
            changed[where] = entry.value
        else:
            changed[where] = changed[where] + entry.value if entry.change == "add" else changed[where] * entry.value
    return changed


def _lacking_problems(name: str, cells: pd.DataFrame, periods: pd.DatetimeIndex, lacking: np.ndarray) -> list[Problem]:
    problems = []
    for row in np.flatnonzero(lacking.any(axis=1)):
        first = periods[np.flatnonzero(lacking[row])[0]]
        where = ", ".join(f"{key} {cells[key].iloc[row]}" for key in cells.columns if key in KEYS)
        problems.append(Problem("no value", f"driver {name}", f"none in {month_text(first)} for {where}", "one for every cell and month"))
    return problems


# -------------------------------------------------------------------------------------------------------------- checking


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


def drivers_table(drivers: Drivers) -> pd.DataFrame:
    """Every assumption, a row each: driver, label_en, label_zh, unit, owner, about, value, low, high, change, source, formula, in_case."""
    rows = []
    for driver in drivers.values():
        same = {"driver": driver.name, "label_en": driver.label_en, "label_zh": driver.label_zh, "unit": driver.unit, "owner": driver.owner}
        rows += [same | {"about": "everywhere", "formula": driver.formula, "in_case": False}] if driver.formula else []
        rows += [same | {"about": "where nobody says", "source": driver.basis, "in_case": False}] if driver.measured is not None else []
        rows += [same | _told(entry) | {"in_case": False} for entry in driver.entries]
        rows += [same | _told(entry) | {"in_case": True} for entry in driver.case]
    columns = ["driver", "label_en", "label_zh", "unit", "owner", "about", "value", "low", "high", "change", "source", "formula", "in_case"]
    return pd.DataFrame(rows, columns=columns)


def _told(entry: Entry) -> dict:
    return {name: getattr(entry, name) for name in ("about", "value", "low", "high", "change", "source")}
