"""What a table holds, as a number that neither the order of its rows nor their files, batches and types of storage change.

The content of many rows is the sum, modulo 2^256, of the SHA-256 of each row: parts are added up, so a table beyond the memory
is read once, piece by piece, and a part that is known already isn't read at all.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MODULUS = 2**256


WIDTH = 16
"""Bytes that stand for a text: its length and itself, or, beyond 15 bytes, 255 and the beginning of its SHA-256."""


def rows_content(table: pa.Table) -> int:
    """The sum of the digests of a typed table's rows, columns by name; a missing value is a value of its own, −0 is 0."""
    columns = [table[name].combine_chunks() for name in sorted(table.column_names)]
    widths = [1 + (WIDTH if pa.types.is_string(values.type) else 8) for values in columns]
    rows = np.zeros((len(table), sum(widths)), np.uint8)
    for values, width, end in zip(columns, widths, np.cumsum(widths), strict=True):
        rows[:, end - width] = pc.is_valid(values).to_numpy(zero_copy_only=False) if values.null_count else 1
        rows[:, end - width + 1 : end] = _texts(values) if width > 9 else _numbers(values)
    said = rows.view(f"V{rows.shape[1]}").ravel().tolist() if len(table) else []
    return sum(int.from_bytes(hashlib.sha256(row).digest(), "little") for row in said) % MODULUS


def _numbers(values: pa.Array) -> np.ndarray:
    numbers = values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values.cast(pa.float64())
    filled = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False) + 0  # −0.0 + 0 is 0.0
    return filled.view(np.uint8).reshape(-1, 8)


def _texts(values: pa.Array) -> np.ndarray:
    """Each text in a fixed number of bytes, copied from Arrow's at once: the bytes of all texts stand there one after the other."""
    filled = pa.concat_arrays([pc.fill_null(values, "")])
    ends = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset : filled.offset + len(filled) + 1]
    lengths = np.diff(ends)
    fixed = np.zeros((len(filled), WIDTH), np.uint8)
    fixed[:, 0] = np.minimum(lengths, 255)
    short = np.where(lengths < WIDTH, lengths, 0)
    row = np.repeat(np.arange(len(filled)), short)
    place = np.arange(len(row)) - np.repeat(np.cumsum(short) - short, short)
    if len(row):
        fixed[row, 1 + place] = np.frombuffer(filled.buffers()[2], np.uint8)[ends[row] + place]
    for number in np.flatnonzero(lengths >= WIDTH):
        fixed[number] = np.frombuffer(b"\xff" + hashlib.sha256(filled[number].as_py().encode()).digest()[: WIDTH - 1], np.uint8)
    return fixed
