"""The series of a panel with what is known of their periods: the calendar's working days and feasts, and declared drivers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.model.effects import calendar_regressors, regressor_problems
from planning.model.history import MONTHS, SHOWN, Series, Timetable, raise_problems, rest
from planning.model.panel import Given


def given_with(
    every: list[Series], by: list[str], horizon: int, timetable: Timetable = MONTHS, drivers: pd.DataFrame | None = None,
    country: str | None = None,
) -> list[Given]:  # fmt: skip
    """The series, all ending together, with the regressors that belong to them; a 53rd week taken out.

    Raises RequestError with every regressor that is missing, in the past or ahead.
    """
    shorter = [_in_usual_weeks(series, timetable) for series in every]
    if drivers is None and country is None:
        return [Given(amounts) for amounts in shorter]
    raise_problems("forecast: drivers", _driver_problems(drivers, by))
    tables = _regressors(every, by, horizon, timetable, drivers, country)
    lengths = [len(series.amounts) for series in every]
    wrong = [
        Problem(problem.what, f"{' · '.join(map(str, series.name))}, {problem.where}", problem.got, problem.expected, problem.next)
        for series, table, known in zip(every, tables, lengths, strict=True)
        for problem in regressor_problems(table.iloc[:known], table.iloc[known:], horizon)
    ]
    raise_problems("forecast: drivers", [*wrong[:SHOWN], *rest(len(wrong) - SHOWN, "regressors missing")])
    return [
        Given(amounts, table.iloc[:known], table.iloc[known:]) for amounts, table, known in zip(shorter, tables, lengths, strict=True)
    ]


def _in_usual_weeks(series: Series, timetable: Timetable) -> np.ndarray:
    if timetable.weeks is None:
        return series.amounts
    return series.amounts / timetable.long(timetable.until(series.last, len(series.amounts)))


def _driver_problems(drivers: pd.DataFrame | None, by: list[str]) -> list[Problem]:
    """What is wrong with a table of drivers as a table; gaps are told series by series."""
    if drivers is None:
        return []
    if not isinstance(drivers, pd.DataFrame) or "period" not in drivers.columns:
        got = ", ".join(map(str, drivers.columns)) if isinstance(drivers, pd.DataFrame) else type(drivers).__name__
        return [Problem("not a table of drivers", "drivers", got, "a table with period and a column for each driver")]
    keys = [*(column for column in by if column in drivers.columns), "period"]
    problems = []
    if not pd.api.types.is_datetime64_dtype(drivers["period"]):
        problems.append(Problem("wrong type", "drivers, period", str(drivers["period"].dtype), "datetime64[ns] without a time zone"))
    if len(keys) == len(drivers.columns):
        problems.append(Problem("no driver", "drivers", ", ".join(keys), "a column for each driver"))
    if twice := int(drivers.duplicated(keys).sum()):
        problems.append(Problem("period twice", "drivers", f"{twice} rows", f"each {' and '.join(keys)} once"))
    return problems


def _regressors(every: list[Series], by: list[str], horizon: int, timetable: Timetable, drivers, country) -> list[pd.DataFrame]:
    """Each series' regressors of all its periods and those ahead, a row a period; NaN where a driver isn't given."""
    last, longest = every[0].last, max(len(series.amounts) for series in every)
    periods = timetable.until(last, longest).append(timetable.after(last, horizon))
    calendar = pd.DataFrame(index=periods) if country is None else calendar_regressors(periods, timetable.ends(periods), country)
    given = [calendar] * len(every) if drivers is None else _with_drivers(calendar, every, by, drivers)
    return [table.iloc[longest - len(series.amounts) :] for series, table in zip(every, given, strict=True)]


def _with_drivers(calendar: pd.DataFrame, every: list[Series], by: list[str], drivers: pd.DataFrame) -> list[pd.DataFrame]:
    """The calendar's regressors with each series' drivers beside them."""
    named = [column for column in by if column in drivers.columns]
    names = [column for column in drivers.columns if column not in (*named, "period")]
    taken = calendar.columns.intersection(names)
    advice = "the calendar has one of that name"
    raise_problems("forecast: drivers", [Problem("name taken", f"drivers, {name}", next=advice) for name in taken])
    if not named:
        return [calendar.join(drivers.set_index("period")[names])] * len(every)
    groups = {key: rows.set_index("period")[names] for key, rows in drivers.groupby(named, observed=True)}
    nobody = pd.DataFrame(columns=names, index=calendar.index[:0], dtype=float)
    keys = [tuple(series.name[by.index(column)] for column in named) for series in every]
    return [calendar.join(groups.get(key, nobody)) for key in keys]
