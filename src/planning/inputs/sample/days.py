"""Days and what people do on them: weekends, the year's pattern, Spring Festival by the lunar calendar, 18 June and 11 November."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays
import numpy as np
import pandas as pd

from planning.inputs.sample.settings import Seasons

BEFORE, FEAST = 21, 7
"""Days of shopping before Spring Festival, and days of the feast."""


@cache
def spring_festival(year: int) -> pd.Timestamp:
    """The first day of the lunar year. Source: the `holidays` package."""
    named = holidays.country_holidays("CN", years=[year], language="en_US").items()
    days = [day for day, name in named if "Spring Festival" in name and "observed" not in name and day.month in (1, 2)]
    return pd.Timestamp(min(days, default=date(year, 2, 5)))


def days_of(first: pd.Timestamp, months: int) -> pd.DatetimeIndex:
    """Every day of so many months."""
    return pd.date_range(first, first + pd.DateOffset(months=months) - pd.Timedelta(days=1))


def weekend(days: pd.DatetimeIndex, seasons: Seasons) -> np.ndarray:
    """How much more or less is sold by the day of the week; 1 on average."""
    rise = np.where(days.dayofweek >= 5, 1 + seasons.weekend, 1.0)
    return rise / ((5 + 2 * (1 + seasons.weekend)) / 7)


def spring(days: pd.DatetimeIndex, seasons: Seasons) -> np.ndarray:
    """The three weeks before Spring Festival rise to their height two days before it; on the feast's own days most are at home."""
    factor = np.ones(len(days))
    for year in sorted(set(days.year) | set(days.year + 1)):
        until = (spring_festival(year) - days).days.to_numpy()
        rising = (until > 0) & (until <= BEFORE)
        factor[rising] += seasons.spring_festival * (BEFORE - np.maximum(until[rising], 2)) / (BEFORE - 2)
        factor[(until <= 0) & (until > -FEAST)] = 1 - seasons.spring_closed
    return factor


def sale(days: pd.DatetimeIndex, month: int, day: int, height: float) -> np.ndarray:
    """A sale of a fortnight around a day of the year, its height on the day itself."""
    factor = np.ones(len(days))
    for year in sorted(set(days.year)):
        apart = np.abs((days - pd.Timestamp(year, month, day)).days.to_numpy())
        factor += np.where(apart <= 7, height * np.exp(-apart / 2.5), 0.0)
    return factor


def year_pattern(days: pd.DatetimeIndex, quarters: np.ndarray, strength: float) -> np.ndarray:
    """A smooth pattern of the year through the levels of mid-January, -April, -July and -October."""
    nodes = np.array([15, 105, 196, 288, 380]) - 15
    levels = np.append(quarters, quarters[0])
    level = np.interp((days.dayofyear.to_numpy() - 15) % 365, nodes, levels)
    return 1 + strength * (level - quarters.mean())


def growth(days: pd.DatetimeIndex, first: pd.Timestamp, rate: float, turn: pd.Timestamp | None = None, later: float = 0.0) -> np.ndarray:
    """Growth since the first day at a yearly rate; from `turn` on at another."""
    years = (days - first).days.to_numpy() / 365.25
    if turn is None:
        return (1 + rate) ** years
    until = max((turn - first).days, 0) / 365.25
    return (1 + rate) ** np.minimum(years, until) * (1 + later) ** np.maximum(years - until, 0)
