"""Retail calendars: years of 52 or 53 whole weeks in twelve periods of 4-4-5, 4-5-4 or 5-4-4 weeks, each named by its first day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most, did_you_mean

PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
"""Weeks of the three periods of a quarter."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ENDINGS = ("last", "nearest")
"""The year ends on the last such weekday of its last month, or on the one nearest to that month's end."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class WeekCalendar:
    """A year of weeks that end on `weekday`; it ends on the last one of `last_month` or the one nearest to its end.

    `long_period`: the period, 1 to 12, to which the 53rd week of a long year is added. A fiscal year is named by the calendar
    year of its `last_month`, as in FiscalCalendar (the National Retail Federation names it one less: its 2023 is 2024 here).
    The federation's calendar is WeekCalendar("4-5-4", last_month=1, weekday="saturday", ending="nearest").
    Raises RequestError with every wrong setting.
    """

    pattern: str = "4-4-5"
    last_month: int = 12
    weekday: str = "saturday"
    ending: str = "last"
    long_period: int = 12

    def __post_init__(self):
        problems = self._setting_problems()
        if problems:
            raise RequestError("calendar of weeks", problems)

    def _setting_problems(self) -> list[Problem]:
        named = {"pattern": PATTERNS, "weekday": WEEKDAYS, "ending": ENDINGS}
        given = {name: getattr(self, name) for name in (*named, "last_month", "long_period")}
        words = [(name, given[name], known) for name, known in named.items() if given[name] not in known]
        numbers = [name for name in ("last_month", "long_period") if given[name] not in range(1, 13)]
        return [
            *(Problem("unknown", name, repr(got), next=did_you_mean(str(got), known)) for name, got, known in words),
            *(Problem("wrong number", name, repr(given[name]), "a whole number from 1 to 12") for name in numbers),
        ]

    @cached_property
    def _year_ends(self) -> np.ndarray:
        """The last day of each year from FIRST_YEAR to LAST_YEAR."""
        months = np.array([f"{year}-{self.last_month:02}" for year in range(FIRST_YEAR, LAST_YEAR + 1)], dtype="datetime64[M]")
        month_ends = (months + 1).astype("datetime64[D]") - DAY
        beyond = ((month_ends.astype(int) + 3) % 7 - WEEKDAYS.index(self.weekday)) % 7
        back = beyond if self.ending == "last" else np.where(beyond <= 3, beyond, beyond - 7)
        return month_ends - back * DAY

    @cached_property
    def _starts(self) -> np.ndarray:
        """The first day of every period of the years after FIRST_YEAR, and one more that ends the last."""
        firsts, weeks = self._year_ends[:-1] + DAY, np.diff(self._year_ends).astype(int) // 7
        lengths = np.tile(PATTERNS[self.pattern] * 4, (len(firsts), 1))
        lengths[:, self.long_period - 1] += weeks - 52
        begun = np.cumsum(lengths, axis=1) - lengths
        return np.append((firsts[:, None] + begun * 7 * DAY).ravel(), self._year_ends[-1] + DAY)

    def first(self, fiscal_year: int) -> pd.Timestamp:
        """The first period of a fiscal year."""
        return self.period(fiscal_year, 1)

    def last(self, fiscal_year: int) -> pd.Timestamp:
        """The last period of a fiscal year."""
        return self.period(fiscal_year, 12)

    def period(self, fiscal_year: int, month_number: int) -> pd.Timestamp:
        """The n-th period of a fiscal year."""
        return self.year(fiscal_year)[month_number - 1]

    def year(self, fiscal_year: int) -> pd.DatetimeIndex:
        """The twelve periods of a fiscal year. Raises RequestError outside 1901 to 2200."""
        at = (fiscal_year - FIRST_YEAR - 1) * 12
        if not FIRST_YEAR < fiscal_year <= LAST_YEAR:
            raise RequestError("calendar of weeks", [Problem("unknown year", got=str(fiscal_year), expected="a year from 1901 to 2200")])
        return _days(self._starts[at : at + 12])

    def weeks_of_year(self, fiscal_year: int) -> int:
        """52 or 53."""
        return int(self.weeks(self.year(fiscal_year)).sum())

    def containing(self, day: pd.Timestamp) -> pd.Timestamp:
        """The period in which a day lies."""
        return pd.Timestamp(self._starts[np.searchsorted(self._starts, np.datetime64(day, "D"), side="right") - 1]).as_unit("ns")

    def periods_after(self, period: pd.Timestamp, count: int) -> pd.DatetimeIndex:
        """So many periods in a row, the first being the one after `period`. Raises RequestError beyond 2200."""
        at = self._places([period])[0] + 1
        if not 0 <= count < len(self._starts) - at:
            got, most = f"{count} after {period:%Y-%m-%d}", len(self._starts) - 1 - at
            raise RequestError("calendar of weeks", [Problem("wrong number of periods", "count", got, f"from 0 to {most}")])
        return _days(self._starts[at : at + count])

    def fiscal_year(self, periods) -> np.ndarray:
        """The fiscal year of each period."""
        return self._places(periods) // 12 + FIRST_YEAR + 1

    def month_number(self, periods) -> np.ndarray:
        """1 for the first period of the fiscal year to 12 for the last, for each period."""
        return self._places(periods) % 12 + 1

    def ends(self, periods) -> pd.DatetimeIndex:
        """The last day of each period."""
        return _days(self._starts[self._places(periods) + 1] - DAY)

    def days(self, periods) -> np.ndarray:
        """28 or 35 days in each period, a week more in the long one of a long year."""
        at = self._places(periods)
        return (self._starts[at + 1] - self._starts[at]).astype(int)

    def weeks(self, periods) -> np.ndarray:
        """4 or 5 weeks in each period, one more in the long one of a long year."""
        return self.days(periods) // 7

    def problems(self, periods, where: str = "period") -> list[Problem]:
        """What is wrong with days that should be starts of periods: each, with the start of the period in which it lies."""
        days = pd.DatetimeIndex(periods)
        starts = days.isin(self._starts[:-1])
        return at_most([self._stray(day, where) for day in days[~starts]])

    def _stray(self, day: pd.Timestamp, where: str) -> Problem:
        if pd.isna(day) or not _days(self._starts[:1])[0] <= day < _days(self._starts[-1:])[0]:
            return Problem("not a period of this calendar", where, str(day), f"the first day of a {self.pattern} period, 1901 to 2200")
        got, start = str(day).removesuffix(" 00:00:00"), f"{self.containing(day):%Y-%m-%d}"
        return Problem("not the start of a period", where, got, f"{start} or another start")

    def _places(self, periods) -> np.ndarray:
        """Where each period stands among all. Raises RequestError with those that are not starts of periods."""
        problems = self.problems(periods)
        if problems:
            raise RequestError("calendar of weeks", problems)
        return np.searchsorted(self._starts, pd.DatetimeIndex(periods).to_numpy())


def calendar_of(pattern: str, year_ends: str) -> WeekCalendar:
    """The calendar of a pattern and a year's end in one word: 4-5-4 and nearest-saturday-1. RequestError for any other."""
    ending, _, rest = year_ends.partition("-")
    weekday, _, month = rest.partition("-")
    if not month.isdecimal():
        wrong = Problem("not a year's end", "--year-ends", repr(year_ends), "ending-weekday-month, such as last-saturday-12")
        raise RequestError("calendar of weeks", [wrong])
    return WeekCalendar(pattern, int(month), weekday, ending)


def _days(days: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days).as_unit("ns")
