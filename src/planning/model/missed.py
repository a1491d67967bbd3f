"""How far forecasts miss, drawn: whole paths of errors that were made, so that cells and months miss together as they did.

A draw is the sum of the past paths, each times a normal number of its own: its variance and every covariance between cells and months are
those of the errors made, and so are the variances of all sums. Few paths tell little of how far errors reach, so that a draw is as
Student's t has it, of as many degrees of freedom as the past held whole horizons. Where the past is too short for any path, one path
stands for all: the edge of each cell's own band, which all cells and months miss by together, so that no sum is too narrow.

Sources: draws from the ensemble of past errors as in Evensen (1994); Student (1908).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.stats import t as student

from planning.model.cash_draws import paired_normals
from planning.model.coherence import FEWEST
from planning.model.coherent import error_paths, room_for_errors
from planning.model.forecast import Forecast
from planning.model.history import MONTHS, Series, series_of
from planning.model.regressors import given_with

LEAST = 4.0
"""Degrees of freedom that there are at least: with fewer the errors of a few years would have hardly any size at all."""


@dataclass(frozen=True)
class Missed:
    """Errors (actual minus forecast) of `cells` (their keys, sorted): `paths` × cells × months, in the forecast's unit and today's size.
    `freedom`: degrees of freedom; infinite where the one path is that of the bands."""

    cells: pd.DataFrame
    paths: np.ndarray
    freedom: float

    def weights(self, draws: int, seed: int) -> np.ndarray:
        """Of each path in each draw, draws × paths, every other draw the opposite of the one before; the first draws of many are those of
        few."""
        normals = paired_normals(np.random.default_rng([seed, 0]), draws, len(self.paths)) / np.sqrt(len(self.paths))
        if np.isinf(self.freedom):
            return normals
        squares = np.random.default_rng([seed, 1]).chisquare(self.freedom, -(-draws // 2))
        return normals * np.sqrt(self.freedom / squares.repeat(2)[:draws, None])

    def drawn(self, weights: np.ndarray) -> np.ndarray:
        """The errors of draws with these weights: cells × months × draws."""
        return np.tensordot(self.paths, weights, axes=(0, 1))

    def together(self, value: np.ndarray, months: np.ndarray, share: float) -> np.ndarray:
        """The weights of the one draw in which the sum over cells and `months` misses as far as in `share` of all draws at most, and
        everything else by what goes with that. `value`: of a unit of each cell; nothing misses where the sum never did.

        Example: of two paths whose sums are 3 and 4, the second counts for 4/3 of the first.
        """
        sums = np.einsum("pcm,c->p", self.paths[:, :, months], value)
        size = float((sums**2).sum())
        if not size:
            return np.zeros((1, len(sums)))
        reach = NormalDist().inv_cdf(share) if np.isinf(self.freedom) else float(student.ppf(share, self.freedom))
        return (sums * reach / np.sqrt(size * len(sums)))[None, :]


def missed_paths(
    history: pd.DataFrame, forecast: Forecast, horizon: int, method: str, by: Sequence[str], workers: int = 1, country: str | None = None
) -> Missed:
    """What the same method missed by from earlier origins, forecast with what was known then.

    `history`: `by` + period + amount up to the forecast's last closed month. A cell whose past is shorter than the others' misses as
    they do together: by the same share of what is forecast.
    """
    by = list(by)
    wide = forecast.rows.pivot(index=by, columns="horizon", values="amount")[range(1, horizon + 1)]
    cells = wide.index.to_frame(index=False)
    every = series_of(history, by, MONTHS)
    longest = max(len(series.amounts) for series in every)
    known = [series for series in every if len(series.amounts) == longest]
    room = room_for_errors(longest, horizon, MONTHS.season)
    if room < FEWEST - 1:
        return Missed(cells, _edges(forecast, by, horizon), np.inf)
    panel = given_with(known, by, horizon, MONTHS, None, country)
    errors = error_paths(panel, horizon, method, workers, 1, MONTHS.season)
    return Missed(cells, _of_cells(errors, _places(cells, known), wide.to_numpy("float64")), max(LEAST, 1 + room / horizon))


def _edges(forecast: Forecast, by: list[str], horizon: int) -> np.ndarray:
    """Half of each cell's band as one standard deviation, 1 × cells × months."""
    rows = forecast.rows.assign(half=(forecast.rows["upper"] - forecast.rows["lower"]) / 2)
    reach = NormalDist().inv_cdf((1 + float(rows["level"].iloc[0])) / 2)
    return rows.pivot(index=by, columns="horizon", values="half")[range(1, horizon + 1)].to_numpy("float64")[None] / reach


def _places(cells: pd.DataFrame, known: list[Series]) -> np.ndarray:
    """Where the series stand among the cells."""
    names = pd.MultiIndex.from_frame(cells)
    return names.get_indexer(pd.MultiIndex.from_tuples([series.name for series in known], names=names.names))


def _of_cells(errors: np.ndarray, place: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """The errors of all cells; of those that have none their forecast's share of the sum that the others missed by."""
    whole = np.abs(forecast[place]).sum(axis=0)
    share = np.divide(errors.sum(axis=1), whole, out=np.zeros((len(errors), forecast.shape[1])), where=whole > 0)
    paths = share[:, None, :] * forecast[None]
    paths[:, place] = errors
    return paths
