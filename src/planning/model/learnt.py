"""Networks taught on windows of many series: made-up ones that come with the package, and a panel's own, which go on from those.

A network of each view (see windows.VIEWS) corrects that view's plain line, in units of the series' noise; their mean is the forecast.
The made-up ones' networks are data beside this file, written by `benchmarks/teach.py` and read when they are first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from planning.model.network import Network, learn
from planning.model.windows import VIEWS, cut_windows, cycle, describe, scale_of

ROUNDS = {"adjusted": 5, "plain": 8}
"""Times that a network sees each window."""
AHEAD = {12: 24, 4: 8}
"""Periods that a network looks ahead, by season; what is beyond repeats the last year that it sees, with the growth that it had."""
WINDOWS = 80
"""Most windows of one series, drawn by chance."""
ENOUGH = 40_000
"""Most windows of a panel: more teach nothing new."""
FAR_OFF = 8.0
"""Targets are cut here, in units of noise."""

Networks = Sequence[tuple[str, Network]]
"""Networks with the view that each reads."""


def teach(panel: Sequence[np.ndarray], season: int, seed: int, enough: int = ENOUGH, start: Networks = ()) -> Networks:
    """A network of each view taught on a panel's windows (each series read by its scale, oldest first, no NaN); none where no series is
    long enough. `start`: networks of which the first of each view is what this one goes on from.

    Every future in a window lies within the series as given: hand over what was known at the origin and nothing later is seen.
    """
    rng = np.random.default_rng(seed)
    most = max(1, min(WINDOWS, enough // max(1, len(panel))))
    cut = [cut_windows(series, season, AHEAD[season], _origins(len(series), season, most, rng)) for series in panel]
    cut = [(past, future) for past, future in cut if len(past)]
    if not cut:
        return []
    pasts, futures = (np.concatenate(side) for side in zip(*cut, strict=True))
    seen, begun = describe(pasts, season), dict(reversed(start))
    return [(view, _taught(view, seen, futures, season, seed, begun.get(view))) for view in VIEWS]


def _origins(length: int, season: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """Some of the origins from which a series has a future: after a year and two periods (two years of quarters) at the earliest."""
    possible = np.arange(max(season + 2, 8), length)
    return possible if len(possible) <= most else np.sort(rng.choice(possible, most, replace=False))


def _taught(view: str, seen, futures: np.ndarray, season: int, seed: int, start: Network | None) -> Network:
    inputs, line = VIEWS[view](seen, AHEAD[season])
    targets = np.clip((futures - line) / seen.noise[:, None], -FAR_OFF, FAR_OFF)
    return learn(inputs, targets, ROUNDS[view], seed, start)


def learnt_paths(networks: Networks, panel: Sequence[np.ndarray], season: int, horizon: int) -> np.ndarray:
    """Each series' path ahead (rows × horizon), read by its scale: the mean of the views, the last year's growth beyond AHEAD."""
    pasts = np.concatenate([cut_windows(series, season, 0, np.array([len(series)]))[0] for series in panel])
    seen, ahead = describe(pasts, season), AHEAD[season]
    views = []
    for view, network in networks:
        inputs, line = VIEWS[view](seen, ahead)
        views.append(line + network.forecast(inputs) * seen.noise[:, None])
    near = np.mean(views, axis=0)
    return near[:, :horizon] if horizon <= ahead else np.concatenate([near, _beyond(near, season, horizon)], axis=1)


def _beyond(near: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The periods after those that a network sees: its last year again, halved growth added for each year."""
    last, before = near[:, -season:], near[:, -2 * season : -season]
    growth = (last - before).mean(axis=1, keepdims=True) / 2
    periods = horizon - near.shape[1]
    years = np.arange(periods) // season + 1
    return cycle(last, periods) + growth * years


@cache
def made_up_networks(season: int) -> Networks:
    """The networks that were taught on made-up series only, several of each view."""
    with as_file(files("planning.model") / "made_up_networks.npz") as path, np.load(path) as held:
        names = sorted({name.rsplit("_", 1)[0] for name in held.files if name.startswith(f"{season}_network_")})
        return [(name.rsplit("_", 1)[1], _unpacked(held, f"{name}_")) for name in names]


def _unpacked(held, name: str) -> Network:
    parts = [held[f"{name}{part}"] for part in range(8)]
    wide = [part.astype(np.float32) for part in parts]
    return Network(wide[0], wide[1], tuple(wide[2::2]), tuple(wide[3::2]))


def packed(networks: Networks, season: int) -> dict[str, np.ndarray]:
    """Networks as arrays under names that `made_up_networks` finds again, in half precision."""
    arrays = {}
    for place, (view, network) in enumerate(networks):
        layers = [layer for pair in zip(network.weights, network.offsets, strict=True) for layer in pair]
        for part, array in enumerate([network.centre, network.spread, *layers]):
            arrays[f"{season}_network_{place}_{view}_{part}"] = array.astype(np.float16)
    return arrays


def read_panel(panel: Sequence[np.ndarray]) -> tuple[list, list[np.ndarray]]:
    """The scales of series of amounts, and the series as they are read."""
    scales = [scale_of(amounts) for amounts in panel]
    return scales, [scale.read(amounts) for scale, amounts in zip(scales, panel, strict=True)]
