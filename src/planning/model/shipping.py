"""What ships from each origin of a company's record: the method's own figures, or last year's where the method had no skill by then.

The lines are judged together, by their total: line by line a record of some years is mostly luck, and lines chosen by it made
the total of a real city's receipts worse. The judgement of an origin knows the method's earlier
forecasts and what had come of them by that day, and nothing later; a forecast counts when its whole horizon was over. See `tried`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.periods import months_between
from planning.model.backtest import closed_months
from planning.model.cleaning import without_gaps
from planning.model.history import key_columns, series_of
from planning.model.methods import seasonal_naive
from planning.model.recipes import RECIPES
from planning.model.tried import Tried, judge_skill

SEASON = 12
NAIVE = "seasonal_naive"


class _Origin(NamedTuple):
    """An origin's forecasts, lines × periods: the method's own and last year's; the lines by name, in their rows' order."""

    as_of: pd.Timestamp
    own: pd.DataFrame
    naive: pd.DataFrame


def shipped_trials(
    made: pd.DataFrame, actuals: pd.DataFrame, origins: pd.DataFrame, method: str, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """A trial as it would have shipped at each origin: the columns of `made` and when, own (the method's figure) and naive
    (NAIVE where that shipped in the place of the method `method`, else empty).

    `made`: as `backtest.trial` gives; `actuals` and `origins` as there. An origin's judgement rests on the origins before it.
    """
    by = key_columns(by)
    if RECIPES[method].as_it_is:
        return _unjudged(made.merge(origins[["as_of", "when"]], on="as_of"))
    every, parts = _origins(made, actuals, origins, by), []
    for place, day in enumerate(origins.sort_values("as_of").itertuples()):
        rows = made[made["as_of"] == day.as_of].assign(when=day.when)
        has_skill = _has_skill(every[:place], day.as_of, closed_months(actuals, day.as_of, day.when, by), by)
        parts.append(_unjudged(rows) if has_skill else _with_naive(rows, every[place], by))
    return pd.concat(parts, ignore_index=True)


def ship_ahead(
    ahead: pd.DataFrame, trials: pd.DataFrame, actuals: pd.DataFrame, day: tuple, method: str, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """The method's newest figures as they ship, judged by the origins before: the columns of `ahead` and when, own and naive.

    `ahead`: of one origin, as `backtest.trial` gives, as far ahead as it likes; `day`: its as_of and when; `trials`: as
    `shipped_trials` gives.
    """
    by, (as_of, when) = key_columns(by), day
    ahead, before = ahead.assign(when=when), trials[trials["as_of"] < as_of]
    if RECIPES[method].as_it_is:
        return _unjudged(ahead)
    every = _origins(before.assign(amount=before["own"]), actuals, before[["as_of", "when"]].drop_duplicates(), by)
    if _has_skill(every, as_of, closed_months(actuals, as_of, when, by), by):
        return _unjudged(ahead)
    (now,) = _origins(ahead, actuals, ahead[["as_of", "when"]].head(1), by)
    return _with_naive(ahead, now, by)


def _unjudged(rows: pd.DataFrame) -> pd.DataFrame:
    """The method's own figures ship."""
    return rows.assign(own=rows["amount"], naive="")


def _origins(made: pd.DataFrame, actuals: pd.DataFrame, days: pd.DataFrame, by: list[str]) -> list[_Origin]:
    """Each origin's own and naive paths, in time order; naive sees what was known on that day."""
    found = []
    for day in days.sort_values("as_of").itertuples():
        own = made[made["as_of"] == day.as_of].pivot(index=by, columns="period", values="amount")
        series = series_of(closed_months(actuals, day.as_of, day.when, by), by)
        paths = [seasonal_naive(without_gaps(one.amounts, SEASON), SEASON, own.shape[1]) for one in series]
        names = pd.MultiIndex.from_tuples([one.name for one in series], names=by) if len(by) > 1 else [one.name[0] for one in series]
        found.append(_Origin(day.as_of, own, pd.DataFrame(paths, index=names, columns=own.columns).loc[own.index]))
    return found


def _has_skill(before: list[_Origin], as_of: pd.Timestamp, closed: pd.DataFrame, by: list[str]) -> bool:
    """Whether the total was forecast better than by last year's figures, as far as was known; nothing is said against no record."""
    whole = [one for one in before if len(one.own) and one.own.columns[-1] <= as_of]
    if not whole:
        return True
    happened, long = closed.pivot(index=by, columns="period", values="amount"), max(one.own.shape[1] for one in whole)
    own, naive, came = (np.full((len(whole), long), np.nan) for _ in range(3))
    for row, one in enumerate(whole):
        actual = happened.reindex(index=one.own.index, columns=one.own.columns)
        told = actual.notna()
        for side, table in ((own, one.own), (naive, one.naive), (came, actual)):
            side[row, : told.shape[1]] = table.where(told).sum(min_count=1)
    hold = np.array([months_between(one.as_of, as_of) for one in whole])
    nothing = np.zeros(len(whole), dtype=bool)
    return not judge_skill(Tried(np.zeros(len(whole), int), hold, own, came, {NAIVE: naive}, [], nothing), 1).naive[0]


def _with_naive(rows: pd.DataFrame, now: _Origin, by: list[str]) -> pd.DataFrame:
    """The rows with last year's figures in place of the method's own."""
    shipped = now.naive.reset_index().melt(by, var_name="period", value_name="shipped").astype({"period": rows["period"].dtype})
    table = rows.merge(shipped, on=[*by, "period"], how="left", validate="one_to_one").set_axis(rows.index)
    return table.assign(own=table["amount"], amount=table["shipped"], naive=NAIVE).drop(columns="shipped")
