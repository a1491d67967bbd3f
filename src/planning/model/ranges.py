"""Ranges of cells in a plan table, the holds on them, and the amounts in them as whole numbers of the smallest unit.

A *table* has one row a cell: key columns (every column but amount; a `period` is a timestamp) and amount. A *range* says which rows
are meant: column → value, or several values, e.g. {"account": ["wages", "rent"], "period": "2027-01"}; {} is the whole table. A total
of a hierarchy is the range of its leaves. *Holds* are a table: `hold` (a name) and key columns; a row holds every cell that agrees
with it where it says something, so one row may hold a cell, a line or a department; several rows may share a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.errors import Problem, at_most, did_you_mean
from planning.core.money import LARGEST, to_minor
from planning.core.periods import month, month_text

Range = Mapping[str, object]
Digits = int | pd.Series
"""Decimal places of the amounts: one number for all, or a Series by account (a headcount has 0)."""
MOST = LARGEST // 100
"""Amounts below it, in smallest units, are shared out exactly: floats tell every unit of their shares."""
WHOLE = 0.01
"""How far an amount may be from a whole smallest unit, in smallest units: what sums of floats are off by, and no more."""


class Cells(NamedTuple):
    """The cells of a range in the order of their keys: place in the table, amount in smallest units, decimal places, free to move."""

    place: np.ndarray
    amount: np.ndarray
    digits: np.ndarray
    free: np.ndarray


def key_of(table: pd.DataFrame) -> list[str]:
    """The columns that name a cell: all but the amount, the period last."""
    return sorted((column for column in table.columns if column != "amount"), key=lambda column: (column == "period", str(column)))


def select_cells(table: pd.DataFrame, chosen: Range) -> np.ndarray:
    """Which rows of a sound table a sound range means, as truth values."""
    meant = np.ones(len(table), dtype=bool)
    for column, asked in chosen.items():
        meant &= table[column].isin(_values(column, asked)).to_numpy()
    return meant


def held_by(table: pd.DataFrame, holds: pd.DataFrame | None) -> pd.DataFrame:
    """Which rows each hold covers: a column a hold, in the order of their names, a row for each row of the table."""
    covered = {name: np.zeros(len(table), dtype=bool) for name in ([] if holds is None else sorted(holds["hold"].unique()))}
    for name, _, places in _covering(table, holds):
        covered[name][places] = True
    return pd.DataFrame(covered, index=range(len(table)))


def _covering(table: pd.DataFrame, holds: pd.DataFrame | None) -> Iterator[tuple[str, Range, list[int]]]:
    """Of each row of a sound table of holds the name, the range that it says, and the places of the rows that it covers."""
    found: dict[tuple, dict[tuple, list[int]]] = {}
    for name, said in _hold_ranges(holds):
        columns = tuple(said)
        if columns not in found:
            found[columns] = {}
            for place, key in enumerate(zip(*(table[column].tolist() for column in columns), strict=True)):
                found[columns].setdefault(key, []).append(place)
        yield name, said, found[columns].get(tuple(said.values()), [])


def cells_of(table: pd.DataFrame, chosen: Range, holds: pd.DataFrame | None, digits: Digits) -> Cells:
    """The cells of a sound range. Their order is that of their keys, so that no result depends on the order of rows."""
    meant = select_cells(table, chosen)
    free = np.ones(len(table), dtype=bool)
    for _, _, places in _covering(table, holds):
        free[places] = False
    keys = table.loc[meant, key_of(table)].astype(str).reset_index(drop=True)
    place = np.flatnonzero(meant)[keys.sort_values(list(keys.columns)).index.to_numpy()]
    decimals = _decimals(table.iloc[place], digits)
    return Cells(place, to_minor(table["amount"].to_numpy("float64")[place], decimals), decimals, free[place])


def cell_name(row: pd.Series) -> str:
    """A cell as people read it: its key, the period as 2027-01."""
    return " · ".join(month_text(value) if isinstance(value, pd.Timestamp) else str(value) for value in row)


def say_range(chosen: Range) -> str:
    """A range as people read it: account wages, rent · period 2027-01."""
    parts = [f"{column} {', '.join(str(_text(value)) for value in _values(column, asked))}" for column, asked in chosen.items()]
    return " · ".join(parts) or "the whole table"


# ------------------------------------------------------------------------------------------------------- what's wrong


def range_problems(table: pd.DataFrame, ranges: Mapping[str, Range], holds: pd.DataFrame | None, digits: Digits) -> list[Problem]:
    """Everything wrong with a table, with ranges of it (by the name that the error gives them), holds and decimal places."""
    problems = _table_problems(table) or _hold_table_problems(table, holds)
    if problems:
        return problems
    wrong = {name: _range_problems(table, said, name) for name, said in ranges.items()}
    of_holds = _hold_problems(table, holds)
    sound = [select_cells(table, said) for name, said in ranges.items() if not wrong[name]]
    rows = table[np.logical_or.reduce(sound)] if sound else table.iloc[:0]
    return [*(problem for found in wrong.values() for problem in found), *of_holds, *_cell_problems(rows, digits)]


def is_number(value) -> bool:
    """Whether this is a finite number that a float can hold, and no truth value."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) and -1e300 < value < 1e300


def amount_problems(amount, where: str, decimals: int = 2) -> list[Problem]:
    """What is wrong with one amount that was asked for: it must be a number, whole in the smallest unit and small enough to be exact."""
    if is_number(amount) and abs(amount) * 10.0**decimals < MOST and _whole(np.array([float(amount)]), decimals).all():
        return []
    return [Problem("wrong amount", where, repr(amount), f"a finite number of at most {decimals} decimal places, small enough to be exact")]


def _table_problems(table) -> list[Problem]:
    if not isinstance(table, pd.DataFrame):
        return [Problem("wrong type", "table", type(table).__name__, "a table with key columns and amount")]
    if twice := table.columns[table.columns.duplicated()].unique().tolist():
        return [Problem("column twice", "table", str(column)) for column in twice]
    if "amount" not in table.columns:
        return [Problem("missing column amount", "table")]
    problems, kind = [], table["amount"].dtype
    if not pd.api.types.is_float_dtype(kind) and not pd.api.types.is_integer_dtype(kind):
        problems.append(Problem("wrong type", "table, amount", str(kind), "numbers"))
    if len(table.columns) < 2:
        problems.append(Problem("no key column", "table", next="give the columns that name a cell"))
    if "period" in table.columns and not pd.api.types.is_datetime64_dtype(table["period"]):
        problems.append(Problem("wrong type", "table, period", str(table["period"].dtype), "datetime64[ns] without a time zone"))
    return problems


def _range_problems(table: pd.DataFrame, said, name: str) -> list[Problem]:
    """What is wrong with one range: columns and values that the table doesn't have, or no cell at all."""
    if not isinstance(said, Mapping):
        return [Problem("wrong type", name, type(said).__name__, 'column → values, such as {"account": "wages"}')]
    key = key_of(table)
    strange = [column for column in said if column not in key]
    problems = [Problem("unknown column", name, repr(column), next=did_you_mean(str(column), map(str, key))) for column in strange]
    for column in (column for column in said if column in key):
        problems += _value_problems(table[column], said[column], f"{name}, {column}")
    if not problems and not select_cells(table, said).any():
        problems.append(Problem("no such cell", name, say_range(said), "a range with at least one cell of the table"))
    return problems


def _value_problems(column: pd.Series, asked, where: str) -> list[Problem]:
    """What is wrong with the values that a range asks of a column."""
    try:
        values = _values(column.name, asked)
    except (ValueError, TypeError):
        expected = 'months such as "2027-01"' if column.name == "period" else "a value or a list of values"
        return [Problem("wrong value", where, repr(asked), expected)]
    known = set(column.dropna().unique())
    strange = [value for value in values if not _hashable(value) or value not in known]
    return at_most([_unknown(value, known, where) for value in strange])


def _unknown(value, known: set, where: str) -> Problem:
    said = str(_text(value))
    return Problem("unknown value", where, repr(_text(value)), next=did_you_mean(said, {str(_text(one)) for one in known}))


def _cell_problems(rows: pd.DataFrame, digits: Digits) -> list[Problem]:
    """What is wrong with the cells that are to be worked on: names that are missing or not alone, amounts that can't be exact."""
    key = key_of(rows)
    nameless, twice = rows[key].isna().any(axis=1), rows.duplicated(key)
    problems = [
        *_rows_wrong(rows[nameless], "nothing where a value is needed", "a value in each key column"),
        *_rows_wrong(rows[twice & ~nameless], "cell twice", "each cell once"),
    ]
    scaled = _scale_problems(rows, digits)
    if scaled:
        return [*problems, *scaled]
    amount, decimals = rows["amount"].to_numpy("float64", na_value=np.nan), _decimals(rows, digits)
    exact = np.isfinite(amount) & (np.abs(amount) * 10.0**decimals < MOST)
    exact[exact] = _whole(amount[exact], decimals[exact])
    return [*problems, *_rows_wrong(rows[~exact], "wrong amount", "a finite number, whole in the smallest unit, small enough to be exact")]


def _scale_problems(rows: pd.DataFrame, digits) -> list[Problem]:
    """What is wrong with decimal places, one number or one by account."""
    if isinstance(digits, pd.Series):
        if "account" not in rows.columns:
            return [Problem("missing column account", "table", next="decimal places by account need it")]
        unknown = sorted(map(str, set(rows["account"].dropna().unique()) - set(digits.index)))
        wrong = [(code, places) for code, places in digits.items() if not _places(places)]
        twice = digits.index[digits.index.duplicated()].unique()
        return [
            *(Problem("no decimal places", "digits", repr(account), "a number of decimal places for each account") for account in unknown),
            *(Problem("wrong decimal places", f"digits, {code}", repr(got), "a whole number from 0 to 6") for code, got in wrong),
            *(Problem("account twice", "digits", repr(code), "each account once") for code in twice),
        ]
    return digit_problems(digits)


def digit_problems(digits) -> list[Problem]:
    """What is wrong with one number of decimal places."""
    return [] if _places(digits) else [Problem("wrong decimal places", "digits", repr(digits), "a whole number from 0 to 6")]


def _places(number) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and 0 <= number <= 6


def _rows_wrong(rows: pd.DataFrame, what: str, expected: str) -> list[Problem]:
    shown = rows.head(20)
    names = [cell_name(row) for row in shown[key_of(rows)].astype(object).itertuples(index=False, name=None)]
    found = [Problem(what, name, str(amount), expected) for name, amount in zip(names, shown["amount"], strict=True)]
    return at_most(found, of=len(rows)) if found else []


def _hold_table_problems(table: pd.DataFrame, holds) -> list[Problem]:
    if holds is None:
        return []
    if not isinstance(holds, pd.DataFrame) or "hold" not in holds.columns:
        return [Problem("not a table of holds", "holds", type(holds).__name__, "a table with hold (its name) and key columns")]
    key = key_of(table)
    strange = [column for column in holds.columns if column not in ("hold", *key)]
    problems = [Problem("unknown column", "holds", repr(column), next=did_you_mean(str(column), map(str, key))) for column in strange]
    named = holds["hold"].map(lambda name: isinstance(name, str) and name != "").to_numpy(dtype=bool)
    empty = holds.drop(columns="hold").isna().all(axis=1).to_numpy(dtype=bool)
    problems += [Problem("nameless hold", f"holds, row {row}", repr(name), "a name") for row, name in holds.loc[~named, "hold"].items()]
    problems += [
        Problem("a hold on everything", f"hold {name}", "no column filled", "at least one column that says which cells")
        for name in holds.loc[empty & named, "hold"]
    ]
    return problems + [
        problem
        for column in key
        if column in holds.columns
        for name, value in zip(holds["hold"], holds[column], strict=True)
        if not _missing(value)
        for problem in _one_value(column, value, f"hold {name}, {column}")
    ]


def _one_value(column: str, value, where: str) -> list[Problem]:
    """A problem where what a hold says of a column isn't one value."""
    try:
        if _hashable(value) and len(_values(column, value)) == 1:
            return []
    except (ValueError, TypeError):
        pass
    return [Problem("wrong value", where, repr(value), 'a month such as "2027-01"' if column == "period" else "one value")]


def _hold_problems(table: pd.DataFrame, holds: pd.DataFrame | None) -> list[Problem]:
    """Values in a table of holds that the table doesn't have, and holds that cover no cell."""
    known = {column: set(table[column].dropna().unique()) for column in ([] if holds is None else holds.columns.drop("hold"))}
    problems = []
    for name, said, places in _covering(table, holds):
        strange = [_unknown(value, known[column], f"hold {name}, {column}") for column, value in said.items() if value not in known[column]]
        nowhere = [Problem("no such cell", f"hold {name}", say_range(said), "a hold on at least one cell of the table")]
        problems += strange or ([] if places else nowhere)
    return at_most(problems)


# -------------------------------------------------------------------------------------------------------------- parts


def _hold_ranges(holds: pd.DataFrame | None) -> Iterator[tuple[str, Range]]:
    """Each row of a table of holds as its name and the range that it says: column → one value."""
    if holds is None:
        return
    for row in holds.to_dict("records"):
        filled = [(column, value) for column, value in row.items() if column != "hold" and not _missing(value)]
        yield row["hold"], {column: _values(column, value)[0] for column, value in filled}


def _missing(value) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _values(column: str, asked) -> list:
    """What a range asks of a column as a list; months may be written 2027-01. Raises ValueError or TypeError where it can't be told."""
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        asked = [asked]
    if iter(asked) is asked:
        raise TypeError("an iterator is used up when it is read")
    return [_month(value) for value in asked] if column == "period" else list(asked)


def _month(value) -> pd.Timestamp:
    if isinstance(value, str):
        return month(value)
    if not hasattr(value, "month") and not isinstance(value, np.datetime64):
        raise ValueError("no month")
    return pd.Timestamp(value)


def _text(value):
    return month_text(value) if isinstance(value, pd.Timestamp) else value


def _hashable(value) -> bool:
    return getattr(value, "__hash__", None) is not None and not isinstance(value, tuple)


def _decimals(rows: pd.DataFrame, digits: Digits) -> np.ndarray:
    if isinstance(digits, pd.Series):
        return rows["account"].map(digits).to_numpy("int64")
    return np.full(len(rows), digits, dtype="int64")


def _whole(amounts: np.ndarray, decimals) -> np.ndarray:
    scaled = amounts * np.power(10.0, decimals)
    return np.abs(scaled - np.rint(scaled)) <= WHOLE


def one_scale(cells: Cells, where: str) -> list[Problem]:
    """A problem where the cells of a range have several scales: a total of money and heads says nothing."""
    found = sorted(set(cells.digits.tolist()))
    if len(found) < 2:
        return []
    return [Problem("amounts of several scales", where, f"{', '.join(map(str, found))} decimal places", "one, so that there is a total")]
