"""Values as a notebook takes them: plain text, numbers, truth, lists and mappings, made exactly from what callers and YAML give."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

DEEPEST = 30
"""Levels of lists and mappings within each other."""
LONGEST = 200
"""Characters of a value that an error shows."""


def plain_value(value: Any, depth: int = 0) -> Any:
    """A value as plain Python: dates as ISO text, decimals and numpy's numbers as the int or float that says the same.

    What can't be said exactly, or is none of these, stays as it is, for `is_plain` to find.
    """
    if value is None or type(value) in (str, bool, int, float) or depth > DEEPEST:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (list, tuple)):
        return [plain_value(inner, depth + 1) for inner in value]
    if isinstance(value, Mapping):
        return {plain_value(key, DEEPEST): plain_value(inner, depth + 1) for key, inner in value.items()}
    return _plain_date(value) if _is_date(value) else _plain_number(value)


def _is_date(value: Any) -> bool:
    return isinstance(value, date) or _is_numpy(value, "datetime64")


def _is_numpy(value: Any, name: str) -> bool:
    """numpy's types by their names: importing it takes longer than a command that only looks may."""
    return type(value).__module__ == "numpy" and type(value).__name__ == name


def _plain_date(value: Any) -> Any:
    if value != value:  # pandas' and numpy's missing time
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain_number(value: Any) -> Any:
    if _is_numpy(value, "bool") or _is_numpy(value, "bool_"):
        return bool(value)
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and value == value and float(value) == value:
        return float(value)
    return value


def _plain_decimal(value: Decimal) -> Any:
    """The whole number it is, or the float that is written with the same digits."""
    if not value.is_finite() or value.adjusted() > sys.float_info.max_10_exp:
        return value
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else value


def is_text(value: Any) -> bool:
    """Text that a file can hold: no half of a character."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_whole(value: Any) -> bool:
    """A whole number, no larger than a float may be."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def is_number(value: Any) -> bool:
    """A number that is one: neither missing nor infinite."""
    return is_whole(value) or (isinstance(value, float) and abs(value) <= sys.float_info.max)


def is_plain(value: Any, depth: int = 0) -> bool:
    """Text, numbers, truth, nothing, and lists and mappings of these, not too deep in each other."""
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(is_text(key) and is_plain(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list):
        return all(is_plain(inner, depth + 1) for inner in value)
    return value is None or isinstance(value, bool) or is_text(value) or is_number(value)


def shown(value: Any) -> str:
    """A value as an error shows it, shortened."""
    try:
        said = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits; lists in lists in lists
        return f"a {type(value).__name__} too large to show"
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
