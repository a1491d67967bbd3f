"""A recipe tried on a panel's own past: forecast from earlier origins with what was known then, set beside what came and the naives.

The naives are the last amount, the same period of last year and the mean: a forecast that beats none of them is called *no skill*,
and the naive ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from planning.model.cleaning import without_gaps
from planning.model.methods import NAIVES
from planning.model.panel import FEWEST, Given, Panel, Paths

ENOUGH = 100
"""Series whose errors are enough to learn from at one origin; fewer are tried from more origins."""
MOST_ORIGINS = 12
LUCK = 1.0
"""How far the logarithm of the ratio of two paths' errors strays by chance over one whole horizon, per distance between the paths
in units of the larger error: where both err to the same side the logarithm is that distance, and its sign a coin's throw."""
UNLIKE = 0.15
"""Standard deviation of the true logarithm of that ratio among the series of a panel; less where the panel tells that it is less."""
BESIDE = 20.0
"""Series whose ratios tell as much of that as is known beforehand."""
SPARSE = ("intermittent", "ended")
"""The kinds of series (see cleaning.KINDS) of which sums can be forecast and single periods can't."""
AT_LEAST = 0.02
"""A forecast that is nearer than naive by less than this share is not said to be."""


@dataclass(frozen=True)
class Tried:
    """One row a series and origin: `series` (its place in the panel), `hold` (periods between the origin and the series' end), and by
    horizon `ours`, `actual` (NaN where nothing is known) and each naive's path; arrays are rows × periods tried. `paths`: each
    origin's paths whole, their series one after the other the rows. `sparse`: of which rows only the sums are judged."""

    series: np.ndarray
    hold: np.ndarray
    ours: np.ndarray
    actual: np.ndarray
    naives: dict[str, np.ndarray]
    paths: list[Paths]
    sparse: np.ndarray

    def __len__(self) -> int:
        return len(self.series)


class Origin(NamedTuple):
    """An earlier origin: `hold` periods before the panel's end, the places of the series that reach it, and the panel as it was then."""

    hold: int
    places: np.ndarray
    panel: Panel


def origins_of(panel: Sequence[Given], season: int, horizon: int) -> list[Origin]:
    """As many earlier origins as the panel is small, each with a whole horizon behind it; none where no series is long enough."""
    ahead = _tried_horizon(panel, season, horizon)
    found = []
    for hold in _holds(panel, season, ahead):
        places = [place for place, given in enumerate(panel) if len(given.amounts) - hold >= _known_at_least(season)]
        found.append(Origin(hold, np.array(places), Panel([panel[place].until(hold, ahead) for place in places], ahead)))
    return found


def join_origins(panel: Sequence[Given], season: int, origins: Sequence[Origin], paths: Sequence[Paths]) -> Tried:
    """The paths from earlier origins beside what came. The naives see a series with its gaps filled, and nothing else done to it."""
    if not origins:
        none = np.zeros(0, int)
        return Tried(none, none, np.zeros((0, 0)), np.zeros((0, 0)), {name: np.zeros((0, 0)) for name in NAIVES}, [], none.astype(bool))
    series, hold = np.concatenate([one.places for one in origins]), np.concatenate([np.full(len(one.places), one.hold) for one in origins])
    ahead = origins[0].panel.horizon
    actual = np.array([panel[place].amounts[len(panel[place].amounts) - held :][:ahead] for place, held in zip(series, hold, strict=True)])
    filled = [without_gaps(given.amounts, season) for one in origins for given in one.panel.series]
    naives = {name: np.array([naive(amounts, season, ahead) for amounts in filled]) for name, naive in NAIVES.items()}
    sparse = np.array([cleaned.kind in SPARSE for path in paths for cleaned in path.cleaned])
    return Tried(series, hold, np.concatenate([path.amounts for path in paths]), actual, naives, list(paths), sparse)


def _tried_horizon(panel: Sequence[Given], season: int, horizon: int) -> int:
    """The whole horizon where half of the series have a year beside it, less where they are shorter; 0 where they are too short."""
    usual = int(np.median([len(given.amounts) for given in panel]))
    return max(0, min(horizon, usual - _known_at_least(season), usual // 2))


def _known_at_least(season: int) -> int:
    return max(season + 2, FEWEST)


def _holds(panel: Sequence[Given], season: int, ahead: int) -> list[int]:
    """The distances of the origins from the end, a quarter of a year apart; as far back as some series reach."""
    count = min(MOST_ORIGINS, -(-ENOUGH // len(panel))) if ahead else 0
    holds = [ahead + step * max(1, season // 4) for step in range(count)]
    longest = max(len(given.amounts) for given in panel)
    return [hold for hold in holds if longest - hold >= _known_at_least(season)]


@dataclass(frozen=True)
class Skill:
    """One entry a series: `naive`, the name of the naive that the forecast does not beat, empty where it beats all; `ratio`, the
    forecast's absolute error over the nearest naive's in the trial, missing where nothing was tried."""

    naive: list[str]
    ratio: np.ndarray


def judge_skill(tried: Tried, series: int) -> Skill:
    """Who has skill beside each naive: a series' own trial is believed as far as it tells, and the panel's for the rest.

    The logarithm of each ratio of errors is shrunk to the panel's mean by its luck (see LUCK), and the panel's mean to 0 (no skill) as if
    by one series more. A series of SPARSE is judged by its sum over the horizon: month by month 0 would be nearest to it.
    """
    tried = _sparse_as_means(tried)
    ours, spans = _summed(tried, np.abs(tried.ours - tried.actual), series), spans_of(tried, series)
    naives = {name: _summed(tried, np.abs(path - tried.actual), series) for name, path in tried.naives.items()}
    seen = np.where(np.isfinite(tried.actual), tried.ours, np.nan)
    between = {name: _summed(tried, np.abs(seen - path), series) for name, path in tried.naives.items()}
    believed = {name: _believed(ours, naives[name], between[name], spans) for name in naives}
    names, worst = list(believed), np.array(list(believed.values()))
    unbeaten = worst.argmax(axis=0)
    without = (spans > 0) & (worst.max(axis=0) > np.log(1 - AT_LEAST))
    nearest = np.array(list(naives.values())).min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(spans > 0, ours / nearest, np.nan)
    return Skill([names[which] if no else "" for which, no in zip(unbeaten, without, strict=True)], ratio)


def _sparse_as_means(tried: Tried) -> Tried:
    """The trial with the periods of each sparse series replaced by their mean, in what came and in every path."""
    rows = np.flatnonzero(tried.sparse)
    if not len(rows):
        return tried
    known = np.isfinite(tried.actual[rows])

    def as_means(table: np.ndarray) -> np.ndarray:
        table = table.copy()
        sums = np.where(known, table[rows], 0.0).sum(axis=1, keepdims=True)
        table[rows] = np.where(known, sums / np.maximum(known.sum(axis=1, keepdims=True), 1), np.nan)
        return table

    naives = {name: as_means(path) for name, path in tried.naives.items()}
    return replace(tried, ours=as_means(tried.ours), actual=as_means(tried.actual), naives=naives)


def _believed(ours: np.ndarray, naive: np.ndarray, between: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """What is to be believed of the logarithm of ours over naive, by series. `between`: how far the two paths lay apart, summed."""
    seen = spans > 0
    small = 1e-9 * (ours + naive + between) + 1e-300
    logs = np.clip(np.log((ours + small) / (naive + small)), -3, 3)
    panel = float(logs[seen].sum() / (seen.sum() + 1))
    luck = (LUCK * np.clip(between / (np.maximum(ours, naive) + small), 1e-6, 1e3)) ** 2 / np.maximum(spans, 1e-9)
    unlike = _unlike(logs[seen], luck[seen])
    return np.where(seen, (logs * unlike + panel * luck) / (unlike + luck), panel)


def _unlike(logs: np.ndarray, luck: np.ndarray) -> float:
    """The variance among the series of a panel that luck doesn't explain, drawn to UNLIKE as if by BESIDE series more and never above it:
    in a panel of one kind a series that did well was lucky. More than UNLIKE is not believed: on made-up panels, whose series differ
    widely, naives chosen by luck cost 3 % of accuracy (from 1 to 5). Source: DerSimonian and Laird (1986)."""
    if len(logs) < 2:
        return UNLIKE**2
    weights = 1 / (luck + UNLIKE**2)
    around = (logs - (weights * logs).sum() / weights.sum()) ** 2
    more = float(np.clip((weights * (around - luck)).sum() / weights.sum(), 0.0, UNLIKE**2))
    return (len(logs) * more + BESIDE * UNLIKE**2) / (len(logs) + BESIDE)


def _summed(tried: Tried, table: np.ndarray, series: int) -> np.ndarray:
    """Sums by series over its origins and periods, what isn't known left out."""
    return np.bincount(tried.series, np.nansum(table, axis=1), minlength=series)


def spans_of(tried: Tried, series: int, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """How many whole horizons each series' trial (all its rows, or those given) tells of; 0 where it wasn't tried."""
    nearest, farthest = np.full(series, np.inf), np.full(series, -np.inf)
    np.minimum.at(nearest, tried.series[rows], tried.hold[rows])
    np.maximum.at(farthest, tried.series[rows], tried.hold[rows])
    return np.where(farthest >= 0, (farthest - nearest) / max(1, tried.actual.shape[1]) + 1, 0.0)


def shipped(tried: Tried, skill: Skill) -> np.ndarray:
    """What would have shipped in the trial: ours, or the naive of a series without skill."""
    paths = tried.ours.copy()
    for row, place in enumerate(tried.series):
        if skill.naive[place]:
            paths[row] = tried.naives[skill.naive[place]][row]
    return paths
