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


def rows_content(table: pa.Table) -> int:
    """The sum of the digests of a typed table's rows, columns by name; a missing value is a value of its own, −0 is 0."""
    if not len(table):
        return 0
    columns = [_fixed(table[name].combine_chunks()) for name in sorted(table.column_names)]
    rows = np.hstack(columns)
    said = rows.view(f"V{rows.shape[1]}").ravel().tolist()
    return sum(int.from_bytes(hashlib.sha256(row).digest(), "little") for row in said) % MODULUS


def _fixed(values: pa.Array) -> np.ndarray:
    """Each value as a fixed number of bytes: whether it is there, and what it is (texts as half of their SHA-256)."""
    there = pc.is_valid(values).to_numpy(zero_copy_only=False).astype(np.uint8)[:, None]
    if pa.types.is_string(values.type):
        return np.hstack([there, _text_digests(values)])
    numbers = values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values.cast(pa.float64())
    filled = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False) + 0  # −0.0 + 0 is 0.0
    return np.hstack([there, np.ascontiguousarray(filled).view(np.uint8).reshape(len(values), 8)])


def _text_digests(values: pa.Array) -> np.ndarray:
    coded = pc.fill_null(values, "").dictionary_encode()
    digests = b"".join(hashlib.sha256(text.encode()).digest()[:16] for text in coded.dictionary.to_pylist())
    return np.frombuffer(digests, np.uint8).reshape(-1, 16)[coded.indices.to_numpy()]
