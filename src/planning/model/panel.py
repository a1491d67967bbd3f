"""A panel of series forecast at once by a recipe, each with what it rests on; a series that can't be fitted says why.

Series are arrays of amounts up to the same last period, oldest first, NaN where a period is missing. Each is cleaned for fitting (gaps
filled, one-offs set aside), freed of what the calendar and known drivers do to it, forecast, and given their effects ahead.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from planning.model.cleaning import Cleaned, clean, kind_of, without_gaps
from planning.model.effects import Effects, learn_effects
from planning.model.learnt import learnt_paths, made_up_networks, read_panel, teach
from planning.model.methods import constant, intermittent, seasonal_naive
from planning.model.recipes import RECIPES, RICH, Method, Recipe
from planning.model.windows import Described, Scale, cut_windows, describe

CHUNK = 32
"""Series sent to a process at once."""
PATIENCE = 30
"""Seconds that a process without work waits for more."""
FEWEST = 3
"""Points below which nothing is fitted."""
BEYOND = 20.0
"""A method's path that leaves the series' known range by more than this many times its width is taken for a failure."""
ALONE: dict[str, Method] = {
    "empty": constant, "all_zero": constant, "constant": constant, "ended": intermittent, "intermittent": intermittent,
}  # fmt: skip
"""The kinds of series (see cleaning.KINDS) that the recipe doesn't serve, with what serves them."""


class Given(NamedTuple):
    """One series as it is handed over: `amounts`, and the regressors of its periods and of those ahead where there are any."""

    amounts: np.ndarray
    past: pd.DataFrame | None = None
    ahead: pd.DataFrame | None = None

    def until(self, hold: int, horizon: int) -> Given:
        """The series as it was `hold` periods earlier, its regressors ahead those that came."""
        known = len(self.amounts) - hold
        if self.past is None:
            return Given(self.amounts[:known])
        every = pd.concat([self.past, self.ahead])
        return Given(self.amounts[:known], every.iloc[:known], every.iloc[known : known + horizon])


@dataclass(frozen=True)
class Paths:
    """`amounts`: series × horizon. `plain`: the same before the effects ahead. `apart`: how far the members lie apart, in the unit of the
    amounts. `scales`, `seen`: how the series are read, and as they were described at the origin. `effects`: what each follows, None where
    nothing was given. `cleaned`: what was done to each. `instead`: what serves a series in the recipe's place, empty where
    the recipe does. `reasons`: why a series got naive or a part of the recipe only; empty where nothing went wrong. `unfitted`: which got
    naive since nothing could be fitted to them."""

    amounts: np.ndarray
    plain: np.ndarray
    apart: np.ndarray
    scales: list[Scale]
    seen: Described
    effects: list[Effects | None]
    given: Sequence[Given]
    cleaned: list[Cleaned]
    instead: list[str]
    reasons: list[str]
    unfitted: list[bool]

    def with_effects(self, paths: np.ndarray) -> np.ndarray:
        """Paths (… × series × horizon) with what is known of the periods ahead; none below 0 of a series that never was."""
        found = paths.copy()
        for place, (effects, given) in enumerate(zip(self.effects, self.given, strict=True)):
            if effects is not None:
                found[..., place, :] = effects.added(paths[..., place, :], given.ahead)
            if not (given.amounts < 0).any():
                found[..., place, :] = np.maximum(found[..., place, :], 0.0)
        return found


class _Fitted(NamedTuple):
    """One series fitted by the methods that see it alone: `paths` methods × horizon, NaN where one failed; `instead`: what serves it in the
    recipe's place, all its paths being that one's."""

    cleaned: Cleaned
    effects: Effects | None
    free: np.ndarray
    paths: np.ndarray
    instead: str
    reason: str
    unfitted: bool = False


class Panel(NamedTuple):
    """Series that are forecast together, from one origin: what each is given, and the periods ahead."""

    series: Sequence[Given]
    horizon: int


def panel_paths(panels: Sequence[Panel], season: int, method: str, workers: int = 1, seed: int = 1) -> list[Paths]:
    """The paths of every series of each panel by the recipe `method`; `workers` change the time it takes and nothing else.

    Panels know nothing of each other; they are handed over together so that their fits share the processes.
    """
    recipe = RECIPES[method]
    fitted = _fit_each(panels, season, recipe, workers)
    reads = [read_panel([one.free for one in each]) for each in fitted]
    served = [np.array([not one.instead for one in each]) for each in fitted]
    tasks = (
        delayed(_networks)(read, of.tolist(), season, panel.horizon, recipe, seed)
        for (_, read), of, panel in zip(reads, served, panels, strict=True)
    )
    learnt = Parallel(n_jobs=workers if len(panels) > 1 else 1, idle_worker_timeout=PATIENCE)(tasks)
    parts = zip(panels, fitted, reads, served, learnt, strict=True)
    return [_paths(panel, each, *read, of, found, season, recipe) for panel, each, read, of, found in parts]


def _paths(panel: Panel, fitted: list[_Fitted], scales, read, served, learnt: list[np.ndarray], season: int, recipe: Recipe) -> Paths:
    members = [np.moveaxis(np.array([one.paths for one in fitted]), 0, 1)]
    members += [_only(_as_amounts(paths, scales), served)[None] for paths in learnt]
    of_members = recipe.weights(int(served.sum()))
    weights = [weight / len(member) for weight, member in zip(of_members, members, strict=False) for _ in member]
    plain, apart = _combined(np.concatenate(members), np.array(weights))
    cleaned, effects = [one.cleaned for one in fitted], [one.effects for one in fitted]
    said = [one.instead for one in fitted], [one.reason for one in fitted], [one.unfitted for one in fitted]
    paths = Paths(plain, plain, apart, scales, _seen(read, season), effects, panel.series, cleaned, *said)
    return Paths(paths.with_effects(plain), *list(vars(paths).values())[1:])


def _combined(stacked: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean over the members that there are, and their weighted standard deviation."""
    there = np.isfinite(stacked)
    share = np.where(there, weights[:, None, None], 0.0)
    share = share / share.sum(axis=0)
    middle = (share * np.where(there, stacked, 0.0)).sum(axis=0)
    return middle, np.sqrt((share * np.where(there, stacked - middle, 0.0) ** 2).sum(axis=0))


def _only(paths: np.ndarray, served: np.ndarray) -> np.ndarray:
    return np.where(served[:, None], paths, np.nan)


def _as_amounts(paths: np.ndarray, scales: list[Scale]) -> np.ndarray:
    return np.array([scale.amounts(path) for scale, path in zip(scales, paths, strict=True)])


def _networks(read: list[np.ndarray], served: list[bool], season: int, horizon: int, recipe: Recipe, seed: int) -> list[np.ndarray]:
    """The paths of the networks that come with the package, and of the panel's own where it is rich; none where the recipe has none.

    Lists, for joblib lays an array on one worker of a cluster beforehand, and it is gone when that worker dies.
    """
    if not recipe.networks or not any(served):
        return []
    own = [series for series, use in zip(read, served, strict=True) if use]
    made_up = made_up_networks(season)
    taught = [made_up, teach(own, season, seed, start=made_up) if len(own) >= RICH else []]
    return [learnt_paths(networks, read, season, horizon) for networks in taught if networks]


def _seen(read: Sequence[np.ndarray], season: int) -> Described:
    return describe(np.concatenate([cut_windows(series, season, 0, np.array([len(series)]))[0] for series in read]), season)


def _fit_each(panels: Sequence[Panel], season: int, recipe: Recipe, workers: int) -> list[list[_Fitted]]:
    """Each series of each panel fitted by itself, in the order given; in one process, or in `workers` wherever joblib works."""
    tasks = [
        (panel.series[start : start + CHUNK], panel.horizon) for panel in panels for start in range(0, len(panel.series), CHUNK)
    ]
    fits = (delayed(_fit_chunk)(chunk, season, horizon, recipe) for chunk, horizon in tasks)
    found = Parallel(n_jobs=workers, idle_worker_timeout=PATIENCE)(fits)
    each = iter([one for chunk in found for one in chunk])
    return [[next(each) for _ in panel.series] for panel in panels]


def _fit_chunk(chunk: Sequence[Given], season: int, horizon: int, recipe: Recipe) -> list[_Fitted]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fits that divide by nothing on the way; what comes out is checked
        return [_fit_one(given, season, horizon, recipe) for given in chunk]


def _fit_one(given: Given, season: int, horizon: int, recipe: Recipe) -> _Fitted:
    """Naive in all methods where nothing can be fitted, with the reason."""
    if recipe.as_it_is:
        return _fit_as_it_is(given.amounts, season, horizon, recipe)
    effects = None if given.past is None else learn_effects(given.amounts, given.past, season)
    cleaned = clean(given.amounts if effects is None else effects.without(given.amounts), season)
    free = cleaned.amounts[cleaned.first :]
    if len(free) < FEWEST:
        return _fit_naive(cleaned, effects, free, season, horizon, recipe, "too short")
    alone = {cleaned.kind: ALONE[cleaned.kind]} if cleaned.kind in ALONE else recipe.alone
    paths, failed = _tried_methods(alone, free, season, horizon)
    if len(failed) == len(alone):
        return _fit_naive(cleaned, effects, free, season, horizon, recipe, "; ".join(failed))
    if alone is not recipe.alone:
        method, kind = ALONE[cleaned.kind].__name__, cleaned.kind.replace("_", " ")
        return _Fitted(cleaned, effects, free, np.array(paths * len(recipe.alone)), method, kind)
    return _Fitted(cleaned, effects, free, np.array(paths), "", "; ".join(failed))


def _fit_naive(cleaned: Cleaned, effects: Effects | None, free: np.ndarray, season: int, horizon: int, recipe: Recipe, why: str) -> _Fitted:
    paths = np.array([seasonal_naive(free, season, horizon)] * len(recipe.alone))
    return _Fitted(cleaned, effects, free, paths, seasonal_naive.__name__, why, True)


def _fit_as_it_is(amounts: np.ndarray, season: int, horizon: int, recipe: Recipe) -> _Fitted:
    missing, nothing = np.isnan(amounts), np.zeros(len(amounts), dtype=bool)
    known = Cleaned(without_gaps(amounts, season), missing, nothing, kind_of(amounts, season))
    paths = [method(known.amounts, season, horizon) for method in recipe.alone.values()]
    return _Fitted(known, None, known.amounts, np.array(paths), "", "")


def _tried_methods(methods: dict[str, Method], amounts: np.ndarray, season: int, horizon: int) -> tuple[list[np.ndarray], list[str]]:
    """Each method's path, NaN where it failed, and what went wrong."""
    paths, failed = [], []
    for name, method in methods.items():
        try:
            path = np.asarray(method(amounts, season, horizon), dtype=float)
            wrong = _wrong(path, amounts)
        except Exception as error:  # whatever a library raises on one series must not stop the others; the reason is kept
            path, wrong = np.full(horizon, np.nan), str(error) or type(error).__name__
        paths.append(np.full(horizon, np.nan) if wrong else path)
        failed += [f"{name}: {wrong}"] if wrong else []
    return paths, failed


def _wrong(path: np.ndarray, amounts: np.ndarray) -> str:
    """What is wrong with a method's path, if anything."""
    if not np.isfinite(path).all():
        return "not a finite amount"
    low, high = amounts.min(), amounts.max()
    width = BEYOND * (high - low)
    return "far out of the series' range" if path.min() < low - width or path.max() > high + width else ""
