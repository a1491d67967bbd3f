"""Forecasts of whatever series somebody has, by the engine's one door: what was asked, the tables that come of it, what is to be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from planning.core.errors import Problem, at_most, did_you_mean
from planning.model.coherence import ALL, Structure, grouped_structure
from planning.model.coherent import coherent_forecast
from planning.model.forecast import NO_SKILL, tried_forecast
from planning.model.history import MONTHS, Timetable, horizon_problems, raise_problems
from planning.model.recipes import request_problems

SUMMED = 20_000
"""Nodes up to which a tree is added up: every one of them is in every draw."""
FEW = 4
"""Series that are drawn one by one."""


@dataclass(frozen=True)
class Asked:
    """What is wanted: see `model.forecast.tried_forecast`; `add_up`: the keys, outermost first, over whose levels all adds up."""

    by: tuple[str, ...]
    horizon: int
    method: str = "standard"
    timetable: Timetable = MONTHS
    country: str | None = None
    level: float = 0.8
    add_up: tuple[str, ...] = ()
    seed: int = 1

    def problems(self) -> list[Problem]:
        """What is wrong with it, before any figure is seen."""
        found = [*request_problems(self.method, 1), *horizon_problems(self.horizon, "--horizon")]
        taken = sorted({"period", "amount", "horizon"} & set(self.by))
        if not self.by or len(set(self.by)) < len(self.by) or taken:
            found.append(Problem("wrong series key", "--by", ",".join(self.by), "the columns that name a series, each once"))
        unknown = [key for key in self.add_up if key not in self.by]
        found += [Problem("not a key of the series", "--add-up", key, next=did_you_mean(key, self.by)) for key in unknown]
        if len(set(self.add_up)) < len(self.add_up):
            found.append(Problem("key twice", "--add-up", ",".join(self.add_up), "each key once"))
        if self.timetable.weeks is not None and self.timetable.grain != "month":
            found.append(Problem("a calendar of weeks has months", "--weeks", f"--grain {self.timetable.grain}", "--grain month"))
        return found


    def said(self) -> dict[str, Any]:
        """The same as plain values."""
        found = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items() if name != "timetable"}
        return found | {"grain": self.timetable.grain, "weeks": self.timetable.weeks and asdict(self.timetable.weeks)}


@dataclass(frozen=True)
class Forecasts:
    """`rows`, `series` and `trial` as `model.forecast.Forecast` has them, `series` saying naive where nothing could be fitted; `draws`:
    keys + period, horizon, draw, amount of every node of a tree that adds up, else none."""

    rows: pd.DataFrame
    series: pd.DataFrame
    trial: pd.DataFrame
    draws: pd.DataFrame | None

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that there are, by name."""
        found = {"forecast": self.rows, "series": self.series, "trial": self.trial}
        return found if self.draws is None else found | {"draws": self.draws}


def build_forecasts(history: pd.DataFrame, asked: Asked, drivers: pd.DataFrame | None = None, workers: int = 1) -> Forecasts:
    """What was asked, of a history (`by` + period + amount). RequestError with everything that is wrong with it."""
    raise_problems("forecast", _grain_problems(history, asked.timetable))
    if not asked.add_up:
        found = tried_forecast(
            history, asked.horizon, asked.method, asked.by, workers, asked.level, asked.timetable, drivers, asked.country, seed=asked.seed
        )
        return Forecasts(found.rows, found.series, found.trial, None)
    structure, positive = tree_of(history, asked)
    found = coherent_forecast(
        history, structure, asked.horizon, asked.method, workers, asked.level,
        seed=asked.seed, positive=positive, timetable=asked.timetable, drivers=drivers, country=asked.country,
    )  # fmt: skip
    return Forecasts(found.rows, found.alone.series, found.alone.trial, _draw_rows(found.rows, structure, found.draws))


def _grain_problems(history: pd.DataFrame, timetable: Timetable) -> list[Problem]:
    """Quarters that would be taken for months of which two in three are missing."""
    months = history["period"].drop_duplicates()
    if timetable != MONTHS or len(months) < 3 or months.dt.month.mod(3).nunique() > 1:
        return []
    return [Problem("only every third month has rows", "period", "quarters or years", "months", "of quarters say so: --grain quarter")]


def tree_of(history: pd.DataFrame, asked: Asked) -> tuple[Structure, np.ndarray]:
    """The total, every level of the nested keys, and the series themselves; and which series were never below 0."""
    lowest = history.groupby(list(asked.by), sort=True)["amount"].min()
    structure = grouped_structure(lowest.index.to_frame(index=False), [asked.add_up[:depth] for depth in range(len(asked.add_up) + 1)])
    if len(structure.nodes) > SUMMED:
        wrong = Problem("too many to add up", "--add-up", f"{len(structure.nodes):,} nodes", f"at most {SUMMED:,}", "sum first, or by part")
        raise_problems("forecast", [wrong])
    raise_problems("forecast", _gap_problems(history["period"], asked.timetable))
    return structure, (lowest >= 0).to_numpy()


def _gap_problems(periods: pd.Series, timetable: Timetable) -> list[Problem]:
    """Periods in which nothing at all has a row: what misses together can't be learnt across them."""
    lacking = timetable.between(periods.min(), periods.max()).difference(pd.DatetimeIndex(periods.unique()))
    advice = "add it, as 0 where nothing happened"
    return at_most([Problem("period missing everywhere", f"{period:%Y-%m-%d}", next=advice) for period in lacking])


def _draw_rows(rows: pd.DataFrame, structure: Structure, draws: np.ndarray) -> pd.DataFrame:
    """Every node's future in every draw; keys as categories, for there are many rows."""
    keys = rows[[*structure.by, "period", "horizon"]].astype(dict.fromkeys(structure.by, "category"))
    every = structure.add_up(draws)
    table = keys.loc[np.tile(np.arange(len(keys)), len(every))].reset_index(drop=True)
    return table.assign(draw=np.repeat(np.arange(1, len(every) + 1), len(keys)), amount=every.ravel())


# --------------------------------------------------------------------------------------------------------- what to say


def reasons_of(series: pd.DataFrame, which: Sequence[bool] | pd.Series) -> list[tuple[str, int]]:
    """The reasons of some series, counted, the most frequent first."""
    said = series.loc[which, "reason"].str.removeprefix(f"{NO_SKILL}; ").str.removeprefix(NO_SKILL)
    return Counter(reason for reason in said if reason).most_common()


# ---------------------------------------------------------------------------------------------------------- what to draw


def lines_to_draw(history: pd.DataFrame, rows: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The total of what adds up, or up to FEW series, before and after the origin: label, period, amount, lower, upper (ahead only).

    No row where there are more series and no total: bands of a sum are not the sums of bands.
    """
    keys = list(asked.by)
    if asked.add_up:
        total, rows = history.groupby("period", as_index=False)["amount"].sum(), rows[(rows[keys] == ALL).all(axis=1)]
        past, ahead = total.assign(label=""), rows.assign(label="")
    elif len(rows) <= FEW * asked.horizon:
        past, ahead = (table.assign(label=table[keys].astype(str).agg(" · ".join, axis=1)) for table in (history, rows))
    else:
        past = ahead = rows.iloc[:0].assign(label="")
    return pd.concat([past.sort_values(["label", "period"]), ahead], ignore_index=True)[["label", "period", "amount", "lower", "upper"]]
