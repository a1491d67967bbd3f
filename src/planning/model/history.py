"""Histories as the forecasts take them: their columns and cells, gaps and ends, and the series they hold.

A *history* has one row a series and period: the columns of `by` (which series), period (its first day), amount. Every series runs to
the same last period, the `as_of`; a period without a row is missing, which is never a 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import month_range, month_text, months_after, months_between
from planning.core.weeks import PATTERNS, WeekCalendar

LONGEST = 60  # periods ahead that may be asked for
SHOWN = 20  # problems listed one by one; the rest are counted
SEASONS = {"month": 12, "quarter": 4}
"""Periods a year, by grain."""


class Timetable(NamedTuple):
    """Which periods follow each other: months or quarters of the calendar, or the months of a calendar of weeks."""

    grain: str = "month"
    weeks: WeekCalendar | None = None

    @property
    def season(self) -> int:
        """Periods a year."""
        return SEASONS[self.grain]

    def after(self, period: pd.Timestamp, count: int) -> pd.DatetimeIndex:
        """So many periods after one."""
        if self.weeks is not None:
            return self.weeks.periods_after(period, count)
        step = 12 // self.season
        return month_range(months_after(period, step), step * count)[::step]

    def until(self, last: pd.Timestamp, count: int) -> pd.DatetimeIndex:
        """So many periods, the last of them this one."""
        if self.weeks is not None:
            return self.between(last - pd.Timedelta(days=31 * count + 40), last)[-count:]
        step = 12 // self.season
        return month_range(months_after(last, -step * (count - 1)), step * (count - 1) + 1)[::step]

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Every period from the first to the last, both included."""
        step = 12 // self.season
        months = months_between(first, last)
        if self.weeks is not None:
            start = self.weeks.containing(first)
            found = self.weeks.periods_after(start, months + 3).insert(0, start)
            return found[(found >= first) & (found <= last)]
        return month_range(first, months + 1)[::step]

    def ends(self, periods: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """The last day of each period."""
        if self.weeks is not None:
            return self.weeks.ends(periods)
        return periods + pd.DateOffset(months=12 // self.season) - pd.Timedelta(days=1)

    def long(self, periods: pd.DatetimeIndex) -> np.ndarray:
        """How long each period is beside the usual: 1, and more in a period that has the year's 53rd week."""
        if self.weeks is None:
            return np.ones(len(periods))
        usual = np.array(PATTERNS[self.weeks.pattern] * 4)[self.weeks.month_number(periods) - 1]
        return self.weeks.weeks(periods) / usual

    def stray(self, periods: pd.Series) -> pd.Series:
        """Which of these aren't the first day of a period."""
        if self.weeks is None:
            return periods != periods.dt.to_period(self.grain[0].upper()).dt.to_timestamp()
        first, last = periods.min(), periods.max()
        return ~periods.isin(self.between(self.weeks.containing(first), last)) if pd.notna(first) else periods.isna()


MONTHS = Timetable()


class Series(NamedTuple):
    """One series: its name, the last period, and the amounts of all periods from its first to the last, NaN where one is missing."""

    name: tuple
    last: pd.Timestamp
    amounts: np.ndarray


def series_of(history: pd.DataFrame, by: list[str], timetable: Timetable = MONTHS) -> list[Series]:
    """Each series of a sound history, ordered by name."""
    grouped = history.groupby(by, observed=True, sort=True)
    place, periods = grouped.ngroup().to_numpy(), history["period"].to_numpy("datetime64[ns]")
    order = np.lexsort((periods, place))
    ends = np.flatnonzero(np.diff(place[order], append=-1)) + 1
    names = [name if len(by) > 1 else (name,) for name in grouped.size().index]
    amounts = np.split(history["amount"].to_numpy("float64")[order], ends[:-1])
    spans = np.split(periods[order], ends[:-1])
    lasts = pd.DatetimeIndex(periods[order][ends - 1])
    return [Series(*one, _whole(*two, timetable)) for *one, two in zip(names, lasts, zip(spans, amounts, strict=True), strict=True)]


def _whole(periods: np.ndarray, amounts: np.ndarray, timetable: Timetable) -> np.ndarray:
    """The amounts of every period from the first to the last, NaN where one is missing."""
    if timetable.weeks is not None:
        every = timetable.between(pd.Timestamp(periods[0]), pd.Timestamp(periods[-1]))
        return pd.Series(amounts, index=periods).reindex(every.to_numpy()).to_numpy()
    places = (periods.astype("datetime64[M]") - periods[0].astype("datetime64[M]")).astype(int) // (12 // timetable.season)
    if len(amounts) == places[-1] + 1:
        return amounts
    whole = np.full(places[-1] + 1, np.nan)
    whole[places] = amounts
    return whole


def path_table(every: Sequence[Series], paths: np.ndarray, by: list[str], timetable: Timetable = MONTHS) -> pd.DataFrame:
    """Forecasts of series (rows of `paths`) as rows: `by` + period, horizon, amount."""
    count, horizon = paths.shape
    names = pd.DataFrame([series.name for series in every], columns=by)
    ahead = {last: timetable.after(last, horizon) for last in {series.last for series in every}}
    table = names.loc[names.index.repeat(horizon)].reset_index(drop=True)
    table["period"] = np.concatenate([ahead[series.last].to_numpy() for series in every])
    table["horizon"] = np.tile(np.arange(1, horizon + 1), count)
    return table.assign(amount=paths.ravel())


def typical_month(history: pd.DataFrame, by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """The size of each series: `by` + typical, the mean absolute amount of its last twelve months (or of what there is).

    The yardstick by which errors of large and small series are compared; known at the history's end.
    """
    last = history.sort_values("period").groupby(list(by), observed=True).tail(12)
    sizes = last.assign(typical=last["amount"].abs())
    return sizes.groupby(list(by), as_index=False, observed=True)["typical"].mean()


def key_columns(by: Sequence[str]) -> list[str]:
    """The columns that name a series, as a list; one name alone may be given as text."""
    return [by] if isinstance(by, str) else list(by)


def horizon_problems(horizon: int, where: str) -> list[Problem]:
    """What is wrong with the months ahead that were asked for."""
    if is_whole(horizon) and 1 <= horizon <= LONGEST:
        return []
    return [Problem("wrong horizon", where, repr(horizon), f"a whole number of periods from 1 to {LONGEST}")]


def is_whole(number) -> bool:
    """Whether this is a whole number, and no truth value."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def history_problems(
    history: pd.DataFrame, by: list[str], last: pd.Timestamp | None = None, timetable: Timetable = MONTHS
) -> list[Problem]:
    """Everything wrong with a history; `last` is the period it must reach (default: the latest in it)."""
    return cell_problems(history, by, timetable) or _ends_elsewhere(history, by, last)


def cell_problems(history: pd.DataFrame, by: list[str], timetable: Timetable = MONTHS) -> list[Problem]:
    """What is wrong with the columns and cells of a history, its series taken as they are, gaps and all."""
    return _column_problems(history, by) or _bad_cells(history, by, timetable)


def _column_problems(history: pd.DataFrame, by: list[str]) -> list[Problem]:
    if not by or len(set(by)) < len(by) or {"period", "amount", "horizon"} & set(by):
        return [Problem("wrong series key", "by", repr(by), "the columns that name a series, at least one, each once")]
    if not isinstance(history, pd.DataFrame):
        return [Problem("wrong type", "history", type(history).__name__, f"a table with {', '.join(by)}, period and amount")]
    missing = [column for column in (*by, "period", "amount") if column not in history.columns]
    if missing:
        return [Problem(f"missing column {column}", "history") for column in missing]
    if history.empty:
        return [Problem("nothing to forecast from", "history", "no rows", "at least one month")]
    problems = []
    if not pd.api.types.is_datetime64_dtype(history["period"]):
        got = str(history["period"].dtype)
        problems.append(Problem("wrong type", "history, period", got, "datetime64[ns] without a time zone"))
    if not pd.api.types.is_float_dtype(history["amount"]) and not pd.api.types.is_integer_dtype(history["amount"]):
        problems.append(Problem("wrong type", "history, amount", str(history["amount"].dtype), "numbers"))
    return problems


def _bad_cells(history: pd.DataFrame, by: list[str], timetable: Timetable) -> list[Problem]:
    amount = history["amount"].to_numpy("float64", na_value=np.nan)
    nameless, stray = history[by].isna().any(axis=1), timetable.stray(history["period"])
    grain = timetable.grain
    return [
        *_rows_wrong(history[nameless], by, "nothing where a value is needed", "a value in each column of the key"),
        *_rows_wrong(history[stray.to_numpy()], by, "wrong period", f"the first day of a {grain}"),
        *_rows_wrong(history[~np.isfinite(amount)], by, "wrong amount", "a finite number; no row where it is missing", "amount"),
        *_rows_wrong(history[history.duplicated([*by, "period"])], by, f"{grain} twice", f"each {grain} of a series once"),
    ]


def _rows_wrong(rows: pd.DataFrame, by: list[str], what: str, expected: str, got: str = "period") -> list[Problem]:
    shown = rows.sort_values("period").head(SHOWN)
    names = shown[by].astype(object).itertuples(index=False, name=None)
    problems = [
        Problem(what, f"{_name(name)}, {month:%Y-%m-%d}" if pd.notna(month) else _name(name), str(cell), expected)
        for name, month, cell in zip(names, shown["period"], shown[got], strict=True)
    ]
    return [*problems, *rest(len(rows) - len(shown), what)]


def _ends_elsewhere(history: pd.DataFrame, by: list[str], last: pd.Timestamp | None) -> list[Problem]:
    last = history["period"].max() if last is None else last
    ends = history.groupby(by, observed=True)["period"].max()
    ended = ends[ends != last]
    until, advice = f"a last month of {month_text(last)}", "bring it up to date or leave it out"
    early = [Problem("ends elsewhere", _name(name), month_text(end), until, advice) for name, end in ended.head(SHOWN).items()]
    return [*early, *rest(len(ended) - len(early), "ends elsewhere")]


def _name(name) -> str:
    return " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def rest(count: int, what: str) -> list[Problem]:
    """Problems that are counted and not shown one by one."""
    return [Problem(f"{count} more: {what}", "history")] if count > 0 else []


def raise_problems(subject: str, problems: list[Problem]) -> None:
    """Raises RequestError when there is any problem."""
    if problems:
        raise RequestError(subject, problems)
