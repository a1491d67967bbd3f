"""What ships from each origin of a company's record: the method's own figures, or a naive's for a line in which the method had no skill.

The judgement of an origin knows the method's earlier forecasts and what had come of them by that day, and nothing later; a forecast
counts when its whole horizon was over. See `tried` for the rule and the naives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.periods import months_between
from planning.model.backtest import closed_months
from planning.model.cleaning import kind_of, without_gaps
from planning.model.history import key_columns, series_of
from planning.model.methods import NAIVES
from planning.model.recipes import RECIPES
from planning.model.tried import SPARSE, Tried, judge_skill

SEASON = 12


class _Origin(NamedTuple):
    """An origin's forecasts, lines × periods: the method's own and each naive's; `lines` by name, their place being the row."""

    as_of: pd.Timestamp
    lines: dict[tuple, int]
    periods: pd.DatetimeIndex
    own: np.ndarray
    naives: dict[str, np.ndarray]
    sparse: np.ndarray


def shipped_trials(
    made: pd.DataFrame, actuals: pd.DataFrame, origins: pd.DataFrame, method: str, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """A trial as it would have shipped at each origin: the columns of `made` and when, own (the method's figure) and naive (the name of
    the naive that shipped in its place, empty where the method `method` did).

    `made`: as `backtest.trial` gives; `actuals` and `origins` as there. An origin's judgement rests on the origins before it.
    """
    by = key_columns(by)
    if RECIPES[method].as_it_is:
        return _unjudged(made.merge(origins[["as_of", "when"]], on="as_of"))
    every, parts = _origins(made, actuals, origins, by), []
    for place, day in enumerate(origins.sort_values("as_of").itertuples()):
        rows = made[made["as_of"] == day.as_of].assign(when=day.when)
        naive = _naives(every[:place], every[place], closed_months(actuals, day.as_of, day.when, by), by)
        parts.append(_with_naives(rows, every[place], naive, by))
    return pd.concat(parts, ignore_index=True)


def ship_ahead(
    ahead: pd.DataFrame, trials: pd.DataFrame, actuals: pd.DataFrame, day: tuple, method: str, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """The method's newest figures as they ship, judged by the origins before: the columns of `ahead` and when, own and naive.

    `ahead`: of one origin, as `backtest.trial` gives, as far ahead as it likes; `day`: its as_of and when; `trials`: as
    `shipped_trials` gives.
    """
    by, (as_of, when) = key_columns(by), day
    ahead = ahead.assign(when=when)
    if RECIPES[method].as_it_is:
        return _unjudged(ahead)
    before = trials[trials["as_of"] < as_of]
    every = _origins(before.assign(amount=before["own"]), actuals, before[["as_of", "when"]].drop_duplicates(), by)
    (now,) = _origins(ahead, actuals, ahead[["as_of", "when"]].head(1), by)
    return _with_naives(ahead, now, _naives(every, now, closed_months(actuals, as_of, when, by), by), by)


def _unjudged(rows: pd.DataFrame) -> pd.DataFrame:
    """A method that takes every series as it is ships as it is."""
    return rows.assign(own=rows["amount"], naive="")


def _origins(made: pd.DataFrame, actuals: pd.DataFrame, days: pd.DataFrame, by: list[str]) -> list[_Origin]:
    """Each origin's own and naive paths, in time order; the naives see what was known on that day."""
    found = []
    for day in days.sort_values("as_of").itertuples():
        own = made[made["as_of"] == day.as_of].pivot(index=by, columns="period", values="amount")
        known = series_of(closed_months(actuals, day.as_of, day.when, by), by)
        series = [one for one in known if (one.name if len(by) > 1 else one.name[0]) in own.index]
        filled = [without_gaps(one.amounts, SEASON) for one in series]
        naives = {name: np.array([naive(row, SEASON, own.shape[1]) for row in filled]) for name, naive in NAIVES.items()}
        lines = {one.name: place for place, one in enumerate(series)}
        sparse = np.array([kind_of(one.amounts, SEASON) in SPARSE for one in series])
        own = own.loc[[name if len(by) > 1 else name[0] for name in lines]]
        found.append(_Origin(day.as_of, lines, pd.DatetimeIndex(own.columns), own.to_numpy(), naives, sparse))
    return found


def _naives(before: list[_Origin], now: _Origin, closed: pd.DataFrame, by: list[str]) -> list[str]:
    """By line of an origin the naive that ships there, empty where the method does."""
    whole = [one for one in before if one.periods[-1] <= now.as_of]
    if not whole:
        return [""] * len(now.lines)
    happened = closed.pivot(index=by, columns="period", values="amount")
    long = max(len(one.periods) for one in whole)
    parts = [_rows(one, now, happened, long, by) for one in whole]
    joined = {name: np.concatenate([part.naives[name] for part in parts]) for name in NAIVES}
    sides = [np.concatenate([getattr(part, side) for part in parts]) for side in ("series", "hold", "ours", "actual")]
    tried = Tried(*sides, joined, [], np.concatenate([part.sparse for part in parts]))
    return judge_skill(tried, len(now.lines)).naive


def _rows(one: _Origin, now: _Origin, happened: pd.DataFrame, long: int, by: list[str]) -> Tried:
    """An earlier origin's lines that are still there, beside what had come of them by now."""
    kept = [name for name in one.lines if name in now.lines]
    places = [one.lines[name] for name in kept]
    keys = [name if len(by) > 1 else name[0] for name in kept]
    actual = happened.reindex(index=keys, columns=one.periods).to_numpy()
    wider = ((0, 0), (0, long - len(one.periods)))
    ours, actual = (np.pad(side, wider, constant_values=np.nan) for side in (one.own[places], actual))
    naives = {name: np.pad(path[places], wider, constant_values=np.nan) for name, path in one.naives.items()}
    hold = np.full(len(kept), months_between(one.as_of, now.as_of))
    return Tried(np.array([now.lines[name] for name in kept], int), hold, ours, actual, naives, [], one.sparse[places])


def _with_naives(rows: pd.DataFrame, now: _Origin, naive: list[str], by: list[str]) -> pd.DataFrame:
    """The rows with each line's naive in place of its own figure where one ships."""
    keys = list(rows[by].itertuples(index=False, name=None))
    names = [naive[now.lines[key]] for key in keys]
    place = {period: step for step, period in enumerate(now.periods)}
    amounts = [
        now.naives[name][now.lines[key], place[period]] if name else own
        for key, name, period, own in zip(keys, names, rows["period"], rows["amount"], strict=True)
    ]
    return rows.assign(own=rows["amount"], amount=amounts, naive=names)
