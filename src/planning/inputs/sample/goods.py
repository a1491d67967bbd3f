"""Stock at the month's average cost: what comes in raises quantity and value, what goes out takes its share of both, to the cent."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

PACE, CUSHION = 0.3, 0.25
"""Of what stock lacks, ordered in a month; and months of need that stock never falls under."""


@dataclass
class Stock:
    """What an entity has of each item: quantity, and value in cents."""

    quantity: dict[str, float] = field(default_factory=dict)
    value: dict[str, int] = field(default_factory=dict)

    def receive(self, items: pd.Series, quantity: pd.Series, value: pd.Series) -> None:
        """So much came in, for so many cents."""
        for item, units, cents in zip(items, quantity, value, strict=True):
            self.quantity[item] = self.quantity.get(item, 0) + units
            self.value[item] = self.value.get(item, 0) + int(cents)

    def issue(self, items: pd.Series, quantity: pd.Series) -> np.ndarray:
        """Cents that go out with each line, at average cost; the last line of an item that leaves none takes what is left of its value.

        ValueError where more goes out than there is.
        """
        codes, at = np.unique(items.to_numpy(), return_inverse=True)
        units = quantity.to_numpy()
        have = np.array([self.quantity.get(code, 0) for code in codes])
        worth = np.array([self.value.get(code, 0) for code in codes], dtype=np.int64)
        gone = np.bincount(at, weights=units, minlength=len(codes))
        if short := [code for code, left in zip(codes, have - gone, strict=True) if left < -1e-9]:
            raise ValueError(f"more is issued than there is of {', '.join(short)}")
        running = _running(units, at)
        out = np.rint(worth[at] * running / have[at]).astype(np.int64)
        cost = out - np.rint(worth[at] * (running - units) / have[at]).astype(np.int64)
        for code, left, before, taken in zip(codes, have - gone, worth, _sums(cost, at, len(codes)), strict=True):
            self.quantity[code], self.value[code] = left, int(before - taken)
        return cost

    def table(self) -> pd.DataFrame:
        """item, quantity, value."""
        items = sorted(self.quantity)
        return pd.DataFrame({"item": items, "quantity": [self.quantity[i] for i in items], "value": [self.value[i] for i in items]})


def _running(units: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Units gone so far with each line, its own included, item by item in the lines' order."""
    order = np.argsort(at, kind="stable")
    summed = np.cumsum(units[order])
    first = np.r_[True, at[order][1:] != at[order][:-1]]
    before = np.where(first, np.r_[0, summed[:-1]], 0)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    running = np.empty(len(units))
    running[order] = summed - before[start]
    return running


def _sums(amounts: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, at, amounts)
    return sums


def to_order(stock: Stock, needed: pd.Series, months: float) -> pd.Series:
    """What has to come in, whole units: a month's need (by item), and a part of what stock lacks or has over so many months of it.

    At the least what isn't there of the need and a `CUSHION` of it.
    """
    opening = pd.Series(stock.quantity, dtype=float).reindex(needed.index).fillna(0)
    steady = needed + PACE * (needed * months - opening)
    return np.ceil(np.maximum(steady, needed * (1 + min(CUSHION, months)) - opening).clip(lower=0)).astype(np.int64)
