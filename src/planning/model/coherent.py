"""Forecasts of a whole tree: every node by the one door, then made to add up, in the figures and in every future drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.model.airline import LONGEST, fitted
from planning.model.cleaning import without_gaps
from planning.model.coherence import DENSE, FEWEST, Structure, bottom_draws, reconciled
from planning.model.effects import learn_effects
from planning.model.forecast import Forecast, tried_forecast
from planning.model.history import MONTHS, Timetable, raise_problems, series_of
from planning.model.panel import Given, Panel, panel_paths
from planning.model.regressors import given_with

QUANTILES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
ORIGINS = 20
"""Most earlier origins whose errors tell which nodes miss together."""
APART = 3
"""Periods between two of them, fewer where the past is short."""
YEARS = 2
"""Years that must be known at the first of them."""


@dataclass(frozen=True)
class CoherentForecast:
    """`rows`: the structure's keys + period, horizon, amount, lower, upper, level of every node; amounts add up. `draws`: draws ×
    bottoms × periods; every draw adds up (`structure.add_up`). `alone`: the nodes' own forecasts with their trial, which do not.
    `errors`, `residuals`: what the sums rest on (see `coherence`): origins × nodes × periods, and past periods × nodes or none."""

    rows: pd.DataFrame
    draws: np.ndarray
    structure: Structure
    alone: Forecast
    errors: np.ndarray
    residuals: np.ndarray | None


def coherent_forecast(
    table: pd.DataFrame,
    structure: Structure,
    horizon: int,
    method: str = "standard",
    workers: int = 1,
    level: float = 0.8,
    draws: int = 400,
    seed: int = 1,
    positive: np.ndarray | bool = False,
    digits: int | None = None,
    timetable: Timetable = MONTHS,
    drivers: pd.DataFrame | None = None,
    country: str | None = None,
) -> CoherentForecast:
    """Every node of a structure forecast, adding up. `table`: `structure.by` + period + amount of the bottoms, all in the same periods.

    `positive`: which bottoms never fall below 0; `digits`: decimal places of the money. `drivers`: where they have columns of the
    structure's keys, these name nodes, and a total needs rows of its own, with ALL where a key is added over: nothing is added up
    for it, since a sum of prices says nothing. Without such columns every node, totals too, is told the same; what of it a node
    follows, and how far, is learnt for each. See `forecast.tried_forecast` for the rest, and `coherence` for how sums are made to
    hold. Raises RequestError with every problem, too short a past among them: error paths of FEWEST earlier origins are needed to
    know which nodes miss together.
    """
    history = structure.history(table)
    by = list(structure.by)
    alone = tried_forecast(history, horizon, method, by, workers, level, timetable, drivers, country, QUANTILES, seed)
    named = {series.name: series for series in series_of(history, by, timetable)}
    panel = given_with([named[node] for node in structure.nodes], by, horizon, timetable, drivers, country)
    errors = error_paths(panel, horizon, method, workers, seed, timetable.season)
    base = _of_nodes(alone.rows, "amount", structure, horizon)
    residuals = innovations(panel, timetable.season) if len(panel) <= DENSE else None
    known = {"residuals": residuals, "positive": positive, "digits": digits}
    points = reconciled(base, structure, errors, **known)
    spread = np.stack([_of_nodes(part, "value", structure, horizon) for _, part in alone.quantiles.groupby("quantile")], axis=2)
    drawn = bottom_draws(np.sort(spread, axis=2), QUANTILES, errors, structure, draws, seed, **known)
    ends = np.quantile(structure.add_up(drawn), [(1 - level) / 2, (1 + level) / 2], axis=0)
    rows = _node_rows(structure, timetable.after(history["period"].max(), horizon))
    lower, upper = np.minimum(ends[0], points), np.maximum(ends[1], points)
    rows = rows.assign(amount=points.ravel(), lower=lower.ravel(), upper=upper.ravel(), level=level)
    return CoherentForecast(rows, drawn, structure, alone, errors, residuals)


def _of_nodes(rows: pd.DataFrame, column: str, structure: Structure, horizon: int) -> np.ndarray:
    """A column of rows by node and horizon, nodes in the structure's order."""
    by = list(structure.by)
    wide = rows.pivot(index=by, columns="horizon", values=column)
    return wide.loc[[node[0] if len(by) == 1 else node for node in structure.nodes], range(1, horizon + 1)].to_numpy()


def _node_rows(structure: Structure, periods: pd.DatetimeIndex) -> pd.DataFrame:
    keys = pd.DataFrame(structure.nodes, columns=list(structure.by))
    rows = keys.loc[keys.index.repeat(len(periods))].reset_index(drop=True)
    return rows.assign(period=np.tile(periods.to_numpy(), len(keys)), horizon=np.tile(np.arange(1, len(periods) + 1), len(keys)))


def room_for_errors(periods: int, horizon: int, season: int) -> int:
    """How many periods apart the first and the last of the earlier origins may lie; too few below FEWEST - 1."""
    return periods - horizon - YEARS * season


def error_paths(panel: list[Given], horizon: int, method: str, workers: int, seed: int, season: int) -> np.ndarray:
    """What each node's forecasts missed from earlier origins, origins × nodes × horizon, oldest first, in the node's size of today."""
    amounts = np.array([given.amounts for given in panel])
    room = room_for_errors(amounts.shape[1], horizon, season)
    if room < FEWEST - 1:
        got, expected = f"{amounts.shape[1]} periods", f"{YEARS * season + horizon + FEWEST - 1} for a horizon of {horizon}"
        raise_problems("coherent forecast", [Problem("too short a past to know what misses together", "history", got, expected)])
    apart = min(APART, room // (FEWEST - 1))
    holds = [horizon + apart * back for back in range(min(ORIGINS, room // apart + 1))][::-1]
    panels = [Panel([given.until(hold, horizon) for given in panel], horizon) for hold in holds]
    found = panel_paths(panels, season, method, workers, seed)
    return np.stack([_missed(amounts, paths.amounts, hold, horizon, season) for paths, hold in zip(found, holds, strict=True)])


def _missed(amounts: np.ndarray, paths: np.ndarray, hold: int, horizon: int, season: int) -> np.ndarray:
    """Errors of one origin, times what a year of the node has grown by since."""
    known = amounts.shape[1] - hold
    then, now = (np.abs(amounts[:, end - season : end]).mean(axis=1, keepdims=True) for end in (known, amounts.shape[1]))
    grown = np.divide(now, then, out=np.ones_like(now), where=then > 0)
    return (amounts[:, known : known + horizon] - paths) * grown


def innovations(panel: list[Given], season: int) -> np.ndarray:
    """What level, season and known effects leave over of each node's last periods, in its unit: errors of one step, periods × nodes.

    They are the airline model's, not those of the recipe, and cost no further forecast. All nodes are of the same periods.
    """
    return np.column_stack([_left_over(given, season) for given in panel])


def _left_over(given: Given, season: int) -> np.ndarray:
    effects = None if given.past is None else learn_effects(given.amounts, given.past, season)
    amounts = without_gaps(given.amounts if effects is None else effects.without(given.amounts), season)[-LONGEST:]
    return fitted(amounts, season, logs=False).matrix @ amounts
