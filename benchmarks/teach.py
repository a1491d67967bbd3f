"""Teaches the networks that come with the package, on made-up series only, and writes them where the package finds them.

    .venv/bin/python benchmarks/teach.py [--series 6000] [--seed 1] [--workers 2] [--out src/planning/model/made_up_networks.npz]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from planning.model import learnt
from planning.model.learnt import AHEAD, packed, teach
from planning.model.made_up import make_up
from planning.model.panel import Given, panel_paths
from planning.model.tried import join_origins, origins_of
from planning.model.widths import learn_widths

HERE = Path(__file__).parents[1] / "src" / "planning" / "model" / "made_up_networks.npz"
SERIES, SEED, TIMES = 6000, 1, 3
WINDOWS = 400_000
"""Most windows that the networks are taught on."""


def taught(series: int, seed: int) -> dict[str, np.ndarray]:
    """The networks of both seasons as arrays, each view TIMES with other series."""
    arrays = {}
    for season in (12, 4):
        networks = [pair for draw in range(TIMES) for pair in teach(make_up(series, season, seed + draw), season, seed + draw, WINDOWS)]
        arrays |= packed(networks, season)
    return arrays


def widths(series: int, seed: int, workers: int) -> dict[str, np.ndarray]:
    """How far off the fast recipe is on made-up series that the networks were not taught on; networks as they lie in the package."""
    arrays = {}
    for season in (12, 4):
        panel = [np.exp(row) for row in make_up(series, season, seed)]
        given = [Given(amounts) for amounts in panel]
        origins = origins_of(given, season, AHEAD[season])
        earlier = panel_paths([origin.panel for origin in origins], season, "fast", workers)
        tried = join_origins(given, season, origins, earlier)
        read = earlier[0].apart, earlier[0].scales, earlier[0].seen
        found = learn_widths(tried.ours, tried.actual, *read, tried.series, len(panel), None)
        arrays |= {f"{season}_{part}": array for part, array in vars(found).items()}
    return arrays


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--series", type=int, default=SERIES)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--out", type=Path, default=HERE)
    given = asked.parse_args()
    networks = taught(given.series, given.seed)
    np.savez_compressed(given.out, **networks)
    learnt.made_up_networks.cache_clear()
    np.savez_compressed(given.out, **networks, **widths(given.series // 4, given.seed + TIMES, given.workers))
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
