"""What may explain who leaves: the attributes of customers, as numbers and as values of lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

NOTHING = "–"
"""What stands for a missing value of an attribute that has values and not numbers."""
FEW_VALUES = 10
"""A number with fewer values than this is taken as one value of a list."""


@dataclass(frozen=True)
class Attributes:
    """Which columns the score may use: `numbers` enter as smooth curves, `lists` value by value."""

    numbers: tuple[str, ...]
    lists: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        """All of them, numbers first."""
        return [*self.numbers, *self.lists]


def select_attributes(table: pd.DataFrame, without: list[str]) -> Attributes:
    """The columns that may explain who leaves: all but `without` and those that are the same for everybody."""
    used = [column for column in table if column not in without and table[column].nunique(dropna=False) > 1]
    numbers = [c for c in used if pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() >= FEW_VALUES]
    return Attributes(tuple(numbers), tuple(column for column in used if column not in numbers))


def value_text(value: object) -> str:
    """A value of a list as text: 1.0 and True are "1" and "True", nothing is a dash."""
    if pd.isna(value):
        return NOTHING
    return str(int(value)) if isinstance(value, (float, np.floating)) and float(value).is_integer() else str(value)


def in_order(table: pd.DataFrame, attributes: Attributes) -> pd.DataFrame:
    """The attributes alone, numbers as floats and lists as text."""
    numbers = {name: table[name].astype(float) for name in attributes.numbers}
    return pd.DataFrame(numbers | {name: table[name].map(value_text) for name in attributes.lists}, index=table.index)


def coded(rows: pd.DataFrame, attributes: Attributes) -> pd.DataFrame:
    """The same with each value of a list as a number: names only, so that texts needn't be compared again in every fold."""
    return rows.assign(**{name: pd.factorize(rows[name], sort=True)[0].astype(float) for name in attributes.lists})
