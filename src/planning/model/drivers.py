"""What drivers come to: for each cell and period the value in force, in each case and draw.

A driver's value for a cell (an entity, a product …) in a period is the last one in force among those that name the cell most closely:
an entry with more keys goes before one with fewer, and among equals the later `from`. Where nobody says anything stands what was
measured in the books. A driver may be a formula of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planning.core.drivers import KEYS, Driver, Entry
from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.formulas import check_order, names_in, value_of
from planning.core.periods import month_text


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
