"""What drivers come to: for each cell and period the value in force, in each case and draw.

A driver's value for a cell (an entity, a product …) in a period is the last one in force among those that name the cell most closely:
an entry with more keys goes before one with fewer, and among equals the later `from`. Where nobody says anything stands what was
measured in the books. A driver may be a formula of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.drivers import KEYS, Driver, Entry
from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.formulas import check_order, names_in, value_of
from planning.core.periods import month_text

Place = tuple[str, int]
"""An entry: its driver, and its place among the entries; below 0 among what a case says, −1 the first."""


@dataclass(frozen=True)
class Move:
    """A driver moved as a whole: `by` is added to what it comes to in each draw, never below `least`. `where`: by key the codes that move,
    all where none."""

    driver: str
    by: np.ndarray
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    least: float = -np.inf


class Drivers(Mapping[str, Driver]):
    """A company's drivers by name, in every draw where some are drawn (see `shifted`)."""

    def __init__(
        self, drivers: Iterable[Driver] = (), shifts: Mapping[Place, np.ndarray] | None = None, moves: Sequence[Move] = ()
    ):  # fmt: skip
        self._drivers = {driver.name: driver for driver in drivers}
        self._shifts, self._moves = dict(shifts or {}), tuple(moves)
        check_order({name: driver.formula for name, driver in self._drivers.items()})

    def __getitem__(self, name: str) -> Driver:
        return self._drivers[name]

    def __iter__(self):
        return iter(self._drivers)

    def __len__(self) -> int:
        return len(self._drivers)

    def shifted(self, shifts: Mapping[Place, np.ndarray], moves: Sequence[Move] = ()) -> Drivers:
        """The same with an amount added to the value of some entries in each draw (Place → draws), and some drivers moved as a whole."""
        return Drivers(self._drivers.values(), shifts, moves)

    def replaced(self, drivers: Iterable[Driver], copies: Mapping[Place, Place]) -> Drivers:
        """Other drivers, drawn as these are. `copies`: entries that were copied, from their place to that of what they copy."""
        shifts = {copy: self._shifts[place] for copy, place in copies.items() if place in self._shifts}
        return Drivers(drivers, self._shifts | shifts, self._moves)

    def with_case(self, differences: Mapping[str, Sequence[Entry]]) -> Drivers:
        """The drivers of a case, which lists what differs and nothing else. RequestError where it names a driver that isn't there."""
        unknown = [name for name in differences if name not in self]
        if unknown:
            raise RequestError("case", [Problem("unknown driver", name, next=did_you_mean(name, self)) for name in unknown])
        changed = [
            replace(driver, case=(*driver.case, *differences.get(name, ()))) if name in differences else driver
            for name, driver in self.items()
        ]
        return Drivers(changed, self._shifts, self._moves)

    def with_measured(self, measured: Iterable[Driver]) -> Drivers:
        """The drivers with what was measured, which serves where no entry says anything."""
        found = {driver.name: driver for driver in measured}
        given = [
            replace(driver, measured=found[name].measured, basis=found[name].basis) if name in found else driver
            for name, driver in self.items()
        ]
        return Drivers([*given, *(driver for name, driver in found.items() if name not in self)], self._shifts, self._moves)

    def values_of(self, name: str, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
        """The driver for each cell and period, in each draw: cells × periods × draws (1 where nothing is drawn).

        `cells`: one column a key; what names a key that they lack is about none of them. RequestError where a cell has no value; of
        no cells nobody need know anything.
        """
        if not len(cells):
            return np.zeros((0, len(periods), 1))
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
        changed = _with_changes(driver, values, cells, periods, self._shifts)
        found[name] = _moved(changed, [move for move in self._moves if move.driver == name], cells)
        return found[name]

    def _of_entries(self, driver: Driver, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
        values = np.empty((len(cells), len(periods), _draws(driver, self._shifts)))
        values[:] = _measured(driver, cells, periods)[:, :, None]
        for place in _from_weakest(driver.entries):
            entry = driver.entries[place]
            rows, months = _in_force(entry, cells, periods)
            values[np.ix_(rows, months)] = entry.value + self._shifts.get((driver.name, place), 0.0)
        return values


# ------------------------------------------------------------------------------------------------------------- entries


def _measured(driver: Driver, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
    """What was measured for each cell, cells × periods; missing where nothing was. Rows with a `first` hold from that month on."""
    table = driver.measured
    keys = [] if table is None else [name for name in table.columns if name not in ("value", "first")]
    values = np.full((len(cells), len(periods)), np.nan)
    if table is None or not set(keys) <= set(cells.columns):
        return values
    if "first" not in table.columns:
        values[:] = _measured_at(table, keys, cells)[:, None]
        return values
    begins = table["first"].fillna(pd.Timestamp.min)
    for first, rows in table.groupby(begins, sort=True):
        told, months = _measured_at(rows, keys, cells), np.asarray(periods >= first)
        values[np.ix_(~np.isnan(told), months)] = told[~np.isnan(told)][:, None]
    return values


def _measured_at(rows: pd.DataFrame, keys: list[str], cells: pd.DataFrame) -> np.ndarray:
    """The one value of each cell; missing where no row names it."""
    if not keys:
        return np.full(len(cells), rows["value"].iloc[0])
    return cells[keys].merge(rows[[*keys, "value"]], on=keys, how="left", validate="many_to_one")["value"].to_numpy("float64")


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


def _draws(driver: Driver, shifts: Mapping[Place, np.ndarray]) -> int:
    return max([len(by) for (name, _), by in shifts.items() if name == driver.name], default=1)


def _with_changes(
    driver: Driver, values: np.ndarray, cells: pd.DataFrame, periods: pd.DatetimeIndex, shifts: Mapping[Place, np.ndarray]
) -> np.ndarray:
    """What a case says instead, or on top, in the order in which it says it."""
    if not driver.case:
        return values
    changed = values + np.zeros(max(values.shape[2], _draws(driver, shifts)))
    for place, entry in enumerate(driver.case):
        where = np.ix_(*_in_force(entry, cells, periods))
        said = entry.value + shifts.get((driver.name, -1 - place), 0.0)
        if entry.change == "value":
            changed[where] = said
        else:
            changed[where] = changed[where] + said if entry.change == "add" else changed[where] * said
    return changed


def _moved(values: np.ndarray, moves: Sequence[Move], cells: pd.DataFrame) -> np.ndarray:
    for move in moves:
        chosen = np.ones(len(cells), dtype=bool)
        for key, codes in move.where.items():
            chosen &= cells[key].isin(codes).to_numpy() if key in cells.columns else False
        moved = np.maximum(values + move.by, np.minimum(values, move.least))
        values = np.where(chosen[:, None, None], moved, values)
    return values



def _lacking_problems(name: str, cells: pd.DataFrame, periods: pd.DatetimeIndex, lacking: np.ndarray) -> list[Problem]:
    problems = []
    for row in np.flatnonzero(lacking.any(axis=1)):
        first = periods[np.flatnonzero(lacking[row])[0]]
        where = ", ".join(f"{key} {cells[key].iloc[row]}" for key in cells.columns if key in KEYS)
        problems.append(Problem("no value", f"driver {name}", f"none in {month_text(first)} for {where}", "one for every cell and month"))
    return problems


def drivers_table(drivers: Drivers) -> pd.DataFrame:
    """Every assumption, a row each: driver, label_en, label_zh, unit, owner, owner_zh, about, value, low, high, change, source, source_zh,
    formula, in_case."""
    rows = []
    for driver in drivers.values():
        same = {name: getattr(driver, name) for name in ("label_en", "label_zh", "unit", "owner", "owner_zh")} | {"driver": driver.name}
        rows += [same | {"about": "everywhere", "formula": driver.formula, "in_case": False}] if driver.formula else []
        rows += [same | {"about": "where nobody says", "source": driver.basis, "in_case": False}] if driver.measured is not None else []
        rows += [same | _told(entry) | {"in_case": False} for entry in driver.entries]
        rows += [same | _told(entry) | {"in_case": True} for entry in driver.case]
    columns = ["driver", "label_en", "label_zh", "unit", "owner", "owner_zh", "about", "value", "low", "high", "change", "source",
               "source_zh", "formula", "in_case"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _told(entry: Entry) -> dict:
    return {name: getattr(entry, name) for name in ("about", "value", "low", "high", "change", "source", "source_zh")}
