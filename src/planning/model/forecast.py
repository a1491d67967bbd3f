"""Forecasts of monthly series: several methods behind one door, each at home with what a finance office has.

A *history* has one row a series and month: the columns of `by` (which series), period (first day of the month), amount.
Every series runs without gaps to the same last month, the `as_of`; what is missing is an error and never a 0.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from planning.core.errors import PlanningError, Problem, RequestError, did_you_mean
from planning.core.periods import month_range, month_text, months_after

LONGEST = 60  # months ahead that may be asked for
FOURIER_TERMS = 5  # pairs of sine and cosine a year; twelve months can carry no more than five
SHOWN = 20  # problems listed one by one; the rest are counted


class Series(NamedTuple):
    """One monthly series: its name, the last month, and the amounts up to it, oldest first."""

    name: tuple
    last: pd.Timestamp
    amounts: np.ndarray


def seasonal_naive(series: Series, horizon: int) -> np.ndarray:
    """The same month of last year, repeated beyond twelve months; the mean of what there is when that is less than a year."""
    year = series.amounts[-12:]
    if len(year) < 12:
        return np.full(horizon, year.mean())
    return np.resize(year, horizon)


def prophet(series: Series, horizon: int) -> np.ndarray:
    """Prophet's linear trend with a yearly season; seasonal naive below two years, 0 after twelve months of nothing.

    Five Fourier terms (ten alias on monthly data), no draws: the same series gives the same forecast.
    Source: Taylor and Letham (2018), Forecasting at scale; package `prophet`.
    """
    if len(series.amounts) < 24 or not series.amounts[-12:].any():
        return seasonal_naive(series, horizon)
    months = month_range(months_after(series.last, 1 - len(series.amounts)), len(series.amounts))
    model = _prophet()(yearly_seasonality=FOURIER_TERMS, weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
    model.fit(pd.DataFrame({"ds": months, "y": series.amounts}), seed=1)
    ahead = pd.DataFrame({"ds": month_range(months_after(series.last, 1), horizon)})
    return model.predict(ahead)["yhat"].to_numpy()


def combined(series: Series, horizon: int) -> np.ndarray:
    """The plain mean of Prophet and seasonal naive; equal weights decided beforehand, not fitted to anybody's data.

    Source: Clemen (1989), Combining forecasts; Makridakis and others (2020), The M4 competition.
    """
    return (prophet(series, horizon) + seasonal_naive(series, horizon)) / 2


METHODS: dict[str, Callable[[Series, int], np.ndarray]] = {
    "seasonal_naive": seasonal_naive,
    "prophet": prophet,
    "combined": combined,
}


@cache
def _prophet():
    """The Prophet class, silenced; imported here since it costs a second and a half that a seasonal naive need not pay."""
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    from prophet import Prophet

    return Prophet


def forecast(
    history: pd.DataFrame, horizon: int, method: str = "combined", by: Sequence[str] = ("account",), workers: int = 1
) -> pd.DataFrame:
    """The months after the history: `by` + period, horizon (1 is the first open month), amount in the history's unit.

    `history`: `by` + period + amount, further columns are not read; the order of its rows means nothing. `method`: see
    METHODS. Below 12 months a series gets its mean, below 24 months seasonal naive. `workers`: processes, which change the
    time it takes and nothing else. Raises RequestError with every problem: gaps, months twice, missing or infinite
    amounts, a series that ended early, nothing to go on, a horizon outside 1 to 60, an unknown method.
    Example: 12 months of 100 forecast 100.
    """
    by = key_columns(by)
    raise_problems("forecast", [*request_problems(method, workers), *horizon_problems(horizon, "horizon")])
    raise_problems("forecast: history", history_problems(history, by))
    every = series_of(history, by)
    paths = forecast_each([(series, horizon) for series in every], method, workers)
    return pd.concat([path_table(*pair, by) for pair in zip(every, paths, strict=True)], ignore_index=True)


def forecast_each(tasks: list[tuple[Series, int]], method: str, workers: int) -> list[np.ndarray]:
    """The forecast of each series for its horizon, in the order given; one process, or `workers` wherever joblib has been told to work."""
    return Parallel(n_jobs=workers, idle_worker_timeout=10)(delayed(_forecast_one)(*task, method) for task in tasks)


def _forecast_one(series: Series, horizon: int, method: str) -> np.ndarray:
    name = " · ".join(map(str, series.name))
    try:
        amounts = METHODS[method](series, horizon)
    except Exception as error:
        raise PlanningError(f"forecast of {name} up to {month_text(series.last)} by {method} broke: {error}") from error
    if not np.isfinite(amounts).all():
        raise PlanningError(f"forecast of {name} up to {month_text(series.last)} by {method} is not a finite amount")
    return amounts


def series_of(history: pd.DataFrame, by: list[str]) -> list[Series]:
    """Each series of a sound history, ordered by name."""
    rows = history.sort_values([*by, "period"])
    return [
        Series(name, months.iloc[-1].as_unit("ns"), amounts.to_numpy("float64"))
        for name, months, amounts in (
            (name, group["period"], group["amount"]) for name, group in rows.groupby(by, observed=True, sort=True)
        )
    ]


def path_table(series: Series, amounts: np.ndarray, by: list[str]) -> pd.DataFrame:
    """One series' forecast as rows: `by` + period, horizon, amount."""
    ahead = np.arange(1, len(amounts) + 1)
    columns = dict(zip(by, series.name, strict=True))
    return pd.DataFrame(columns | {"period": month_range(months_after(series.last, 1), len(ahead)), "horizon": ahead, "amount": amounts})


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


def request_problems(method: str, workers: int) -> list[Problem]:
    """What is wrong with the method or the number of workers."""
    problems = []
    if not isinstance(method, str) or method not in METHODS:
        problems.append(Problem("unknown method", "method", repr(method), next=did_you_mean(str(method), METHODS)))
    if not _whole(workers) or workers < 1:
        problems.append(Problem("wrong number of processes", "workers", repr(workers), "a whole number from 1"))
    return problems


def horizon_problems(horizon: int, where: str) -> list[Problem]:
    """What is wrong with the months ahead that were asked for."""
    if _whole(horizon) and 1 <= horizon <= LONGEST:
        return []
    return [Problem("wrong horizon", where, repr(horizon), f"a whole number of months from 1 to {LONGEST}")]


def _whole(number) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def history_problems(history: pd.DataFrame, by: list[str], last: pd.Timestamp | None = None) -> list[Problem]:
    """Everything wrong with a history; `last` is the month it must reach (default: the latest month in it)."""
    return cell_problems(history, by) or _run_problems(history, by, last)


def cell_problems(history: pd.DataFrame, by: list[str]) -> list[Problem]:
    """What is wrong with the columns and cells of a history, its series taken as they are, gaps and all."""
    return _column_problems(history, by) or _bad_cells(history, by)


def _column_problems(history: pd.DataFrame, by: list[str]) -> list[Problem]:
    if not by or {"period", "amount", "horizon"} & set(by):
        return [Problem("wrong series key", "by", repr(by), "the columns that name a series, at least one")]
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


def _bad_cells(history: pd.DataFrame, by: list[str]) -> list[Problem]:
    period, amount = history["period"], history["amount"].to_numpy("float64", na_value=np.nan)
    start = period.dt.to_period("M").dt.to_timestamp()
    nameless = history[by].isna().any(axis=1)
    return [
        *_rows_wrong(history[nameless], by, "nothing where a value is needed", "a value in each column of the key"),
        *_rows_wrong(history[(period != start).to_numpy()], by, "wrong period", "the first day of a month"),
        *_rows_wrong(history[~np.isfinite(amount)], by, "wrong amount", "a finite number", "amount"),
        *_rows_wrong(history[history.duplicated([*by, "period"])], by, "month twice", "each month of a series once"),
    ]


def _rows_wrong(rows: pd.DataFrame, by: list[str], what: str, expected: str, got: str = "period") -> list[Problem]:
    shown = rows.sort_values("period").head(SHOWN)
    names = shown[by].astype(object).itertuples(index=False, name=None)
    problems = [
        Problem(what, f"{_name(name)}, {month:%Y-%m-%d}" if pd.notna(month) else _name(name), str(cell), expected)
        for name, month, cell in zip(names, shown["period"], shown[got], strict=True)
    ]
    return [*problems, *_rest(len(rows) - len(shown), what)]


def _run_problems(history: pd.DataFrame, by: list[str], last: pd.Timestamp | None) -> list[Problem]:
    last = history["period"].max() if last is None else last
    runs = history.groupby(by, observed=True)["period"].agg(["min", "max", "size"])
    span = (runs["max"].dt.year - runs["min"].dt.year) * 12 + runs["max"].dt.month - runs["min"].dt.month + 1
    ended, gaps = runs[runs["max"] != last], runs[runs["size"] != span]
    until, advice = f"a last month of {month_text(last)}", "bring it up to date or leave it out"
    shown = ended["max"].head(SHOWN).items()
    early = [Problem("ends elsewhere", _name(name), month_text(end), until, advice) for name, end in shown]
    holes = [_gap(history, by, name) for name in gaps.index[:SHOWN]]
    return [*early, *_rest(len(ended) - len(early), "ends elsewhere"), *holes, *_rest(len(gaps) - len(holes), "months missing")]


def _gap(history: pd.DataFrame, by: list[str], name) -> Problem:
    wanted = name if isinstance(name, tuple) else (name,)
    has = history.loc[(history[by].astype(object) == wanted).all(axis=1), "period"]
    absent = pd.date_range(has.min(), has.max(), freq="MS").difference(has)
    said = f"{len(absent)} from {month_text(absent[0])}"
    return Problem("months missing", _name(name), said, "every month from first to last", "add them, as 0 where nothing happened")


def _name(name) -> str:
    return " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _rest(count: int, what: str) -> list[Problem]:
    return [Problem(f"{count} more: {what}", "history")] if count > 0 else []


def raise_problems(subject: str, problems: list[Problem]) -> None:
    """Raises RequestError when there is any problem."""
    if problems:
        raise RequestError(subject, problems)
