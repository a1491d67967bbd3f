"""Frames that a data package carries as pickles: only pandas' and numpy's own building blocks are let in, so that no code runs."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import warnings
from pathlib import Path

import pandas as pd

LET_IN = {
    ("builtins", "slice"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("pandas._libs.internals", "_unpickle_block"),
    ("pandas.core.frame", "DataFrame"),
    ("pandas.core.indexes.base", "Index"),
    ("pandas.core.indexes.base", "_new_Index"),
    ("pandas.core.indexes.range", "RangeIndex"),
    ("pandas.core.internals.managers", "BlockManager"),
}
"""What a plain frame of numbers and texts is made of."""

OPENERS = {b"\xfd7zXZ": lzma.open, b"\x1f\x8b": gzip.open, b"BZh": bz2.open}


class _Frames(pickle.Unpickler):
    def find_class(self, module: str, name: str):
        if (module, name) not in LET_IN:
            raise pickle.UnpicklingError(f"holds {module}.{name}, which a table of numbers and texts does not need")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old files name modules that numpy has moved
            return super().find_class(module, name)


def read_frame(path: Path) -> pd.DataFrame:
    """The frame in a pickle, compressed or not. UnpicklingError where it holds anything but numbers and texts."""
    start = path.read_bytes()[:6]
    opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), open)
    with opener(path, "rb") as file:
        frame = _Frames(file).load()
    if not isinstance(frame, pd.DataFrame):
        raise pickle.UnpicklingError(f"holds a {type(frame).__name__}, expected a frame")
    return frame
