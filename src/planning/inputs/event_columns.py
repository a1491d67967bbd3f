"""One column of an event table: as it lies outside, checked against its contract, typed.

A column that has its type already (the numbers, days and texts of a Parquet file) is checked as it is; everything else is read
as text, each distinct text once. Rows that don't fit are a fault, told with the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from planning.core.events import EventColumn
from planning.inputs.company_file import Place
from planning.inputs.notation import plain_days, plain_numbers
from planning.inputs.reading import column_text
from planning.inputs.sources import NUMBER

DAY = r"^\d{4}-?\d{2}-?\d{2}(?:[T ].*)?$"
MONTH_ONLY = r"^\d{4}-\d{2}$"
TRUTHS = ("yes", "no")
TYPES = {"text": pa.string(), "number": pa.float64(), "day": pa.timestamp("ns"), "truth": pa.bool_()}
TOLD = 20


@dataclass(frozen=True)
class Wanted:
    """What a column must hold (`said`: in words), within which days, how its system writes it, and which texts company.yaml explains."""

    rule: EventColumn
    place: Place
    span: tuple[pd.Timestamp, pd.Timestamp]
    meaning: dict[str, str] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True)
class Fault:
    """Rows of a column that don't fit: how many, the first with what stands there, what was wanted; `what` where that isn't enough."""

    count: int
    first: list[tuple[int, str]]
    wanted: str
    what: str = ""


def read_column(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pa.Array, list[Fault]]:
    """A column's values in our type, and its faults; where there are faults, the values of their rows mean nothing."""
    match wanted.rule.kind:
        case "number":
            return _numbers(values, wanted)
        case "day":
            return _days(values, wanted)
        case _ if wanted.rule.choices or wanted.rule.kind == "truth":
            return _chosen(values, wanted)
    return _texts_kept(values, wanted)


def _fault(wrong: np.ndarray, text: Callable[[int], str], wanted: str, what: str = "") -> list[Fault]:
    rows = np.flatnonzero(wrong)
    return [Fault(len(rows), [(int(row), text(int(row))) for row in rows[:TOLD]], wanted, what)] if len(rows) else []


def _as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as texts without surrounding blanks, an empty one where there is nothing; digits are kept."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _as_texts(values.cast(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        values = values.cast(pa.string())
    elif not pa.types.is_string(kind):
        values = pa.chunked_array([pa.array(column_text(values.to_pandas()), pa.string())])
    return pc.fill_null(pc.utf8_trim_whitespace(values), "")


def _distinct(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pd.Series, np.ndarray]:
    """The distinct texts of a column with their meaning, and the place of each row's text among them."""
    coded = _as_texts(values).combine_chunks().dictionary_encode()
    texts = pd.Series(coded.dictionary.to_pylist(), dtype=object)
    return texts.map(lambda text: wanted.meaning.get(text, text)), coded.indices.to_numpy(zero_copy_only=False)


def _texts_kept(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pa.Array, list[Fault]]:
    if wanted.meaning:
        texts, codes = _distinct(values, wanted)
        values = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(texts, pa.string()))])
    kept = _as_texts(values)
    empty = pc.equal(kept, "")
    wrong = pc.match_substring(kept, "\x00")  # pandas and databases take a text with a NUL for another one
    if wanted.rule.filled:
        wrong = pc.or_(wrong, empty)
    faults = _fault(wrong.to_numpy(), lambda row: repr(kept[row].as_py()), "a value")
    return (kept if wanted.rule.filled else pc.if_else(empty, None, kept)).combine_chunks(), faults


def _chosen(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pa.Array, list[Fault]]:
    """One of few texts, or yes and no."""
    texts, codes = _distinct(values, wanted)
    truth = wanted.rule.kind == "truth"
    choices = TRUTHS if truth else wanted.rule.choices
    said = "yes or no: say in company.yaml, values, which text means which" if truth else f"one of {', '.join(choices)}"
    wrong = ~texts.isin(choices).to_numpy(dtype=bool)
    faults = _fault(wrong[codes], lambda row: repr(texts[codes[row]]), said)
    if truth:
        return pa.array((texts == "yes").to_numpy(dtype=bool)[codes]), faults
    return pa.array(texts, pa.string()).take(pa.array(codes)), faults


def _numbers(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pa.Array, list[Fault]]:
    if not wanted.meaning and (pa.types.is_float64(values.type) or pa.types.is_integer(values.type)):
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        wrong = np.isnan(numbers) & wanted.rule.filled

        def text(row: int) -> str:
            return "" if np.isnan(numbers[row]) else str(values[row].as_py())

    else:
        texts, codes = _distinct(values, wanted)
        plain = plain_numbers(texts, wanted.place)
        fits = plain.str.match(NUMBER).to_numpy(dtype=bool)
        numbers = plain.where(fits, "nan").astype(float).to_numpy()[codes]
        wrong = ~(fits | ((plain == "").to_numpy(dtype=bool) & (not wanted.rule.filled)))[codes]

        def text(row: int) -> str:
            return texts[codes[row]]

    faults = _fault(wrong, lambda row: repr(text(row)), wanted.said or "a number")
    return pa.array(numbers, from_pandas=True), [*faults, *_out_of_bounds(numbers, wanted.rule, text)]


def _out_of_bounds(numbers: np.ndarray, rule: EventColumn, text: Callable[[int], str]) -> list[Fault]:
    faults = _fault(np.isinf(numbers), text, "a finite number")
    if rule.least is not None:
        faults += _fault(numbers < rule.least, text, f"at least {rule.least:g}")
    if rule.above is not None:
        faults += _fault(numbers <= rule.above, text, f"more than {rule.above:g}")
    return faults


def _days(values: pa.ChunkedArray, wanted: Wanted) -> tuple[pa.Array, list[Fault]]:
    """The day as it is written, whatever time stands behind it. Faults are texts of another form, and days that there are not."""
    if pa.types.is_date(values.type) or (pa.types.is_timestamp(values.type) and values.type.tz is None):
        days = values.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False).astype("datetime64[D]")
        there, unsaid = ~np.isnat(days), np.isnat(days) & wanted.rule.filled

        def text(row: int) -> str:
            return "" if np.isnat(days[row]) else str(days[row])

    else:
        texts, codes = _distinct(values, wanted)
        plain = plain_days(texts, wanted.place)
        fits = plain.str.match(f"{DAY}|{MONTH_ONLY}").to_numpy(dtype=bool)
        written = plain.str.extract(r"^(\d{4}-?\d{2}-?(?:\d{2})?)", expand=False)
        days = pd.to_datetime(written, format="ISO8601", errors="coerce").to_numpy().astype("datetime64[D]")[codes]
        there = fits[codes]
        unsaid = ~(fits | ((plain == "").to_numpy(dtype=bool) & (not wanted.rule.filled)))[codes]

        def text(row: int) -> str:
            return texts[codes[row]]

    start, end = (np.datetime64(day, "D") for day in wanted.span)
    outside = there & (np.isnat(days) | (days < start) | (days > end))
    span = f"a day from {start} to {end}"
    faults = _fault(unsaid, lambda row: repr(text(row)), "a date such as 2021-03-31")
    faults += _fault(outside, lambda row: repr(text(row)), span, "period outside the calendar")
    kept = np.where(outside | ~there, np.datetime64("NaT"), days).astype("datetime64[ns]")
    return pa.array(kept, TYPES["day"], from_pandas=True), faults
