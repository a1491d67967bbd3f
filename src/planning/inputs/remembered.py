"""Tables that take long to compute and depend on nothing but their key: computed once, then read."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import ArrowInvalid

import planning
from planning.inputs.aside import aside, sweep

try:
    import fcntl
except ImportError:  # not on this system: two who ask at once both compute
    fcntl = None

PURE = ("core", "model", "plan")
"""The rooms whose code a remembered table may depend on."""
TAUGHT = "*.npz"
"""Networks that lie beside that code and decide as much as it does."""
PACKAGES = ("numpy", "pandas", "scipy", "statsforecast")
"""The libraries that figures are computed with."""
METHODS = {"prophet": ("prophet", "cmdstanpy")}
"""Libraries that only one method asks."""


def remembered(folder: Path, key: dict[str, Any], compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """`compute()`, or what it gave before for the same key, the same code and networks of the PURE rooms and the same libraries.

    Of several processes that ask at once one computes and the others wait for it. A folder that can't be written, or a file that
    can't be read, only means computing again. Deleting the folder is always safe.
    """
    name = _name(key)
    path = folder / f"{name}.parquet"
    with contextlib.suppress(OSError, ArrowInvalid):
        return pd.read_parquet(path)
    with _alone(folder, name):
        with contextlib.suppress(OSError, ArrowInvalid):
            return pd.read_parquet(path)
        return _saved(folder, path, compute())


def remembering(folder: Path, key: dict[str, Any]) -> Callable[[dict[str, Any], Callable[[], pd.DataFrame]], pd.DataFrame]:
    """`remembered` in a folder, for what has this key in common: asked with the rest of it, and what to compute."""
    return lambda more, compute: remembered(folder, key | more, compute)


@contextlib.contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Held by one process at a time for each name; the lock is the system's, so that its holder's death frees it."""
    lock, made = folder / f".{name}.lock", not folder.exists()
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
            held.callback(os.close, descriptor)
            if fcntl:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.unlink()  # who waits for it finds the table, or computes as the next one
                if made:
                    folder.rmdir()  # where nothing came of it


def _saved(folder: Path, path: Path, table: pd.DataFrame) -> pd.DataFrame:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        written = aside(folder, path.name)
        table.to_parquet(written, index=False)
        written.replace(path)
    except OSError:
        return table
    return table


def _name(key: dict[str, Any]) -> str:
    versions = {name: importlib.metadata.version(name) for name in (*PACKAGES, *METHODS.get(key.get("method"), ()))}
    rooms = [Path(planning.__path__[0]) / room for room in PURE]
    code = [path.read_text(encoding="utf-8") for room in rooms for path in sorted(room.rglob("*.py"))]
    taught = [hashlib.sha256(path.read_bytes()).hexdigest() for room in rooms for path in sorted(room.glob(TAUGHT))]
    return hashlib.sha256(json.dumps([key, versions, code, taught], sort_keys=True, default=str).encode()).hexdigest()[:16]
