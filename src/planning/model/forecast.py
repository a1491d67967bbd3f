"""One door to the forecasts: a history and a horizon in, plan rows with lower and upper out, each tried before it ships.

What is behind it: `history` reads and checks, `cleaning` and `effects` say what is odd and what is known, `panel` combines the methods of
a recipe (`recipes`: fast, standard, accurate, prophet, seasonal_naive) with networks (`learnt`), `tried` tries the same recipe on
the past against naive, and `widths` makes the bands from the errors of that trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.model.bands import wilson
from planning.model.history import (
    MONTHS,
    SEASONS,
    Series,
    Timetable,
    history_problems,
    horizon_problems,
    is_whole,
    key_columns,
    path_table,
    raise_problems,
    series_of,
)
from planning.model.methods import NAIVES
from planning.model.panel import ALONE, Given, Panel, Paths, panel_paths
from planning.model.recipes import request_problems
from planning.model.regressors import given_with
from planning.model.tried import Skill, Tried, join_origins, judge_skill, origins_of, shipped, spans_of
from planning.model.widths import Widths, learn_widths, made_up_widths
from planning.model.windows import join_described

NO_SKILL = "no skill"
LEVELS = (0.8, 0.95)
"""Levels whose coverage every trial measures."""


@dataclass(frozen=True)
class Forecast:
    """A forecast with what it rests on.

    `rows`: `by` + period, horizon, amount, lower, upper, level. `series`: `by` + method (the recipe, what serves a series in its place, or
    the naive that ships), skill (missing where nothing could be tried), ratio (absolute error in the trial over the nearest naive's),
    reason, unfitted (nothing could be fitted, naive ships), missing and one_off (how many periods were filled, and set aside).
    `trial`: one row a horizon: n, series, error and naive (mean absolute error in units of the series' own noise, of what would have
    shipped and of the same period of last year, or of the naive that ships), and for each of LEVELS coverage with low and high, its
    95 % binomial interval over the series. `quantiles`: `by` + period, horizon, quantile, value.
    """

    rows: pd.DataFrame
    series: pd.DataFrame
    trial: pd.DataFrame
    quantiles: pd.DataFrame


def forecast(
    history: pd.DataFrame, horizon: int, method: str = "standard", by: Sequence[str] = ("account",), workers: int = 1, **asked
) -> pd.DataFrame:
    """The periods after the history: `by` + period, horizon (1 is the first open period), amount, lower, upper, level.

    See `tried_forecast`, which gives the trial beside it and says what else may be asked. Example: 12 months of 100 forecast 100.
    """
    return tried_forecast(history, horizon, method, by, workers, **asked).rows


def tried_forecast(
    history: pd.DataFrame,
    horizon: int,
    method: str = "standard",
    by: Sequence[str] = ("account",),
    workers: int = 1,
    level: float = 0.8,
    timetable: Timetable = MONTHS,
    drivers: pd.DataFrame | None = None,
    country: str | None = None,
    quantiles: Sequence[float] = (),
    seed: int = 1,
) -> Forecast:
    """A forecast with its trial; amounts in the history's unit.

    `history`: `by` + period + amount, further columns are not read; the order of its rows means nothing; a period without a row is
    missing and is filled for fitting, never a 0. `method`: fast, standard or accurate, prophet, seasonal_naive. `drivers`: `by` (or none
    of it, for all) + period + a column a regressor, for the past and the periods ahead. `country`: its working days and feasts
    are regressors, too. `timetable`: quarters, or the months of a calendar of weeks, whose 53rd week is taken out of a flow and
    given back. `workers`: processes, which change the time it takes and nothing else. A series that can't be fitted gets naive with
    the reason beside it. A forecast that doesn't beat the nearest naive in the trial is called *no skill*, and that naive ships.
    Raises RequestError with every problem: missing or infinite amounts, periods twice, a series that ended early, nothing to go on, a
    horizon outside 1 to 60, an unknown method, regressors missing ahead.
    """
    by = key_columns(by)
    asked = [*request_problems(method, workers), *horizon_problems(horizon, "horizon"), *_asked_problems(level, quantiles, timetable, seed)]
    grains = timetable if isinstance(timetable, Timetable) and timetable.grain in SEASONS else MONTHS
    raise_problems("forecast", [*asked, *history_problems(history, by, timetable=grains)])
    every = series_of(history, by, timetable)
    panel = given_with(every, by, horizon, timetable, drivers, country)
    season = timetable.season
    origins = origins_of(panel, season, horizon)
    paths, *earlier = panel_paths([Panel(panel, horizon), *(origin.panel for origin in origins)], season, method, workers, seed)
    tried = join_origins(panel, season, origins, earlier)
    skill = judge_skill(tried, len(panel)) if method != "seasonal_naive" else Skill([""] * len(panel), np.full(len(panel), np.nan))
    plain = _plain(paths, skill, panel, season, horizon)
    widths = _widths(tried, shipped(tried, skill), season)
    ends = [(1 - level) / 2, (1 + level) / 2, *quantiles]
    around = paths.with_effects(widths.quantiles_around(np.array(ends), plain, paths.apart, paths.scales, paths.seen))
    long = _long(every, horizon, timetable)
    amounts = paths.with_effects(plain) * long
    rows = path_table(every, amounts, by, timetable)
    lower, upper = np.minimum(around[0] * long, amounts), np.maximum(around[1] * long, amounts)
    rows = rows.assign(lower=lower.ravel(), upper=upper.ravel(), level=level)
    about = _about(every, by, method, paths, skill, tried)
    return Forecast(rows, about, _trial(tried, skill, season), _quantiles(rows[[*by, "period", "horizon"]], quantiles, around[2:] * long))


def _asked_problems(level: float, quantiles: Sequence[float], timetable: Timetable, seed: int) -> list[Problem]:
    """What is wrong with the band, the quantiles, the timetable and the seed."""
    problems = []
    if not _is_share(level):
        problems.append(Problem("wrong level", "level", repr(level), "a fraction between 0 and 1, such as 0.8"))
    if isinstance(quantiles, str) or not all(_is_share(share) for share in quantiles):
        problems.append(Problem("wrong quantiles", "quantiles", repr(quantiles), "fractions between 0 and 1, such as (0.1, 0.9)"))
    if not isinstance(timetable, Timetable) or timetable.grain not in SEASONS:
        problems.append(Problem("wrong timetable", "timetable", repr(timetable), f"a Timetable of {' or '.join(SEASONS)}"))
    if not is_whole(seed) or seed < 0:
        problems.append(Problem("wrong seed", "seed", repr(seed), "a whole number from 0"))
    return problems


def _is_share(number) -> bool:
    return isinstance(number, float) and 0 < number < 1


def _long(every: list[Series], horizon: int, timetable: Timetable) -> np.ndarray:
    """How long each period ahead is beside the usual, series × horizon."""
    if timetable.weeks is None:
        return np.ones((1, 1))
    return np.array([timetable.long(timetable.after(series.last, horizon)) for series in every])


def _plain(paths: Paths, skill: Skill, panel: list[Given], season: int, horizon: int) -> np.ndarray:
    """The paths that ship, before the effects ahead: the recipe's, or the naive of a series without skill."""
    plain = paths.plain.copy()
    for place, naive in enumerate(skill.naive):
        if naive:
            cleaned = paths.cleaned[place]
            plain[place] = NAIVES[naive](cleaned.amounts[cleaned.first :], season, horizon)
    return plain


def _widths(tried: Tried, ours: np.ndarray, season: int, used: np.ndarray | None = None) -> Widths:
    """Widths from the rows of a trial (all, or those `used`)."""
    used = np.ones(len(tried), dtype=bool) if used is None else used
    if not used.any():
        return made_up_widths(season)
    apart, scales, seen = _of_origins(tried)
    kept = np.flatnonzero(used)
    told = float(spans_of(tried, int(tried.series.max()) + 1, kept).sum())
    whose, rows = tried.series[kept], [scales[row] for row in kept]
    return learn_widths(ours[kept], tried.actual[kept], apart[kept], rows, seen.rows(kept), whose, told, made_up_widths(season))


def _of_origins(tried: Tried):
    """What the trial's rows have of their paths: how far apart the members lay, the scales and the descriptions."""
    apart = np.concatenate([paths.apart for paths in tried.paths])
    scales = [scale for paths in tried.paths for scale in paths.scales]
    return apart, scales, join_described([paths.seen for paths in tried.paths])


def _trial(tried: Tried, skill: Skill, season: int) -> pd.DataFrame:
    """The trial by horizon. Bands are those learnt from the other half of the series (of the origins, where there is one series), so
    that no error is measured by a width that it made."""
    measured = (f"{what}_{level:.0%}" for level in LEVELS for what in ("coverage", "low", "high"))
    columns = ["horizon", "n", "series", "error", "naive", *measured]
    if not len(tried):
        return pd.DataFrame(columns=columns)
    ours = shipped(tried, skill)
    apart, scales, seen = _of_origins(tried)
    inside = _inside(tried, ours, apart, scales, seen, season)
    size = np.array([scale.unit if not scale.logarithm else 1.0 for scale in scales])[:, None] * seen.noise[:, None]
    size = np.where([[scale.logarithm] for scale in scales], np.abs(ours) * size, size)
    moves = np.array([kind not in ALONE for kind in (cleaned.kind for paths in tried.paths for cleaned in paths.cleaned)])
    nearest = [skill.naive[place] or "seasonal_naive" for place in tried.series]
    naive = np.array([tried.naives[name][row] for row, name in enumerate(nearest)])
    rows = []
    for place in range(tried.actual.shape[1]):
        known = np.isfinite(tried.actual[:, place])
        series = len(np.unique(tried.series[known]))
        told = known & moves & (size[:, place] > 0)
        misses = [np.abs(paths[told, place] - tried.actual[told, place]) / size[told, place] for paths in (ours, naive)]
        row = {"horizon": place + 1, "n": int(known.sum()), "series": series, "error": _mean(misses[0]), "naive": _mean(misses[1])}
        for level in LEVELS:
            share = _mean(inside[level][known, place])
            low, high = wilson(round(share * series), series) if series else (share, share)
            row |= {f"coverage_{level:.0%}": share, f"low_{level:.0%}": low, f"high_{level:.0%}": high}
        rows.append(row)
    return pd.DataFrame(rows, columns=columns)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _inside(tried: Tried, ours: np.ndarray, apart, scales, seen, season: int) -> dict[float, np.ndarray]:
    """Whether what came lies inside the bands of each level, drawn from the other half."""
    half = tried.series % 2 if len(np.unique(tried.series)) > 1 else (tried.hold > np.median(tried.hold)).astype(int)
    inside = {level: np.zeros(ours.shape, dtype=bool) for level in LEVELS}
    ends = np.array([end for level in LEVELS for end in ((1 - level) / 2, (1 + level) / 2)])
    for side in (0, 1):
        rows = np.flatnonzero(half == side)
        if len(rows):
            widths = _widths(tried, ours, season, half != side)
            around = widths.quantiles_around(ends, ours[rows], apart[rows], [scales[row] for row in rows], seen.rows(rows))
            for place, level in enumerate(LEVELS):
                inside[level][rows] = (tried.actual[rows] >= around[2 * place]) & (tried.actual[rows] <= around[2 * place + 1])
    return inside


def _about(every: list[Series], by: list[str], method: str, paths: Paths, skill: Skill, tried: Tried) -> pd.DataFrame:
    table = pd.DataFrame([series.name for series in every], columns=by)
    seen = np.isin(np.arange(len(every)), tried.series)
    has = pd.array([(not naive) if known else None for naive, known in zip(skill.naive, seen, strict=True)], dtype="boolean")
    said = zip(skill.naive, paths.reasons, strict=True)
    reasons = ["; ".join(filter(None, [NO_SKILL if naive else "", reason])) for naive, reason in said]
    ships = [naive or instead or method for naive, instead in zip(skill.naive, paths.instead, strict=True)]
    return table.assign(
        method=ships, skill=has, ratio=skill.ratio, reason=reasons, unfitted=paths.unfitted,
        missing=[int(cleaned.missing.sum()) for cleaned in paths.cleaned],
        one_off=[int(cleaned.one_off.sum()) for cleaned in paths.cleaned],
    )  # fmt: skip


def _quantiles(cells: pd.DataFrame, asked: Sequence[float], values: np.ndarray) -> pd.DataFrame:
    """The quantiles asked for as rows; none where none was asked for."""
    parts = [cells.assign(quantile=float(share), value=value.ravel()) for share, value in zip(asked, values, strict=True)]
    return pd.concat(parts, ignore_index=True) if parts else cells.iloc[:0].assign(quantile=np.zeros(0), value=np.zeros(0))
