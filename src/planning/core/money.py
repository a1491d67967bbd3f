"""Exact amounts: whole numbers of the smallest unit, and parts that add up to the whole."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd

_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
MINOR_DIGITS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3)
"""Decimal places of the currencies that haven't two (ISO 4217)."""
LARGEST = 2**51
"""Whole numbers below it survive the way to a float of units and back at any number of decimal places (2**53 would do for
whole units alone: beyond 2**51 two neighbouring cents share a float); beyond it an amount would not be exact."""


def minor_digits(currency: str) -> int:
    """Decimal places of a currency's smallest unit (ISO 4217): 2 where it isn't one of the exceptions."""
    return MINOR_DIGITS.get(currency, 2)


def to_minor(amounts, digits) -> np.ndarray:
    """Amounts in units → int64 of the smallest unit, rounded half to even.

    `amounts`: floats, Decimals or whole numbers; `digits`: decimal places, one for all or one each.
    Raises ValueError where an amount is missing, infinite or too large to be exact.
    """
    values = np.asarray(amounts)
    if values.dtype == object and any(isinstance(value, Decimal) for value in values):
        scaled = _scaled_decimals(values, np.broadcast_to(digits, len(values)))
    else:
        scaled = np.rint(values.astype("float64") * np.power(10.0, digits))
    _refuse_inexact(scaled)
    return scaled.astype("int64")


def _scaled_decimals(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    decimals = [Decimal("NaN") if value is None else Decimal(value) for value in values]
    scaled = [(d * 10 ** int(place)).to_integral_value(ROUND_HALF_EVEN) for d, place in zip(decimals, places, strict=True)]
    return np.array([float(whole) for whole in scaled])  # exact below LARGEST


def _refuse_inexact(scaled: np.ndarray) -> None:
    if not np.isfinite(scaled).all() or (np.abs(scaled) >= LARGEST).any():
        raise ValueError("an amount is missing, infinite or too large to be exact")


def from_minor(minor, digits) -> np.ndarray:
    """int64 of the smallest unit → float amounts in units; the nearest float to each exact amount."""
    return np.asarray(minor, dtype="float64") / np.power(10.0, digits)


def round_parts(parts, total_minor: int | None = None, digits: int = 2) -> np.ndarray:
    """Parts rounded to the smallest unit by largest remainder, so that they add up to the whole.

    `parts`: floats in units; `total_minor`: the whole in smallest units (default: the rounded sum of the parts).
    Returns int64 in smallest units. The leftover units go to the largest remainders; ties go to the earlier part.
    Raises ValueError where a part is missing, infinite or too large to be exact, or the parts miss the whole by too much.
    """
    scaled = np.asarray(parts, dtype="float64") * 10.0**digits
    _refuse_inexact(scaled)
    whole = int(np.rint(scaled.sum())) if total_minor is None else int(total_minor)
    floors = np.floor(scaled).astype("int64")
    left = whole - int(floors.sum())
    if not 0 <= left <= len(floors):
        raise ValueError(f"the parts miss the whole by {left / 10**digits:g}, more than rounding can explain")
    order = np.argsort(-(scaled - floors), kind="stable")
    floors[order[:left]] += 1
    return floors


def round_cents(amounts: pd.Series, digits: int = 2) -> pd.Series:
    """Float amounts rounded to the smallest unit, each on its own."""
    return pd.Series(from_minor(to_minor(amounts.to_numpy(), digits), digits), index=amounts.index, name=amounts.name)
