"""Random numbers by name: each part of the world draws from a stream of its own, so that a change in one part moves no other."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """The generator of one part: of an entity, a month, a store. The same seed and names draw the same numbers."""
    said = json.dumps([seed, *map(str, names)]).encode()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(hashlib.sha256(said).digest()[:16], "little")))
