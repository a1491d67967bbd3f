"""Periods: a period is the first day of its month; a fiscal year is named by the calendar year in which it ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

GRAINS = ("month", "quarter", "year", "year_to_date")
"""What an amount spans. `year_to_date` runs from the first month of the fiscal year up to and including `period`;
the other grains start at `period`."""

MONTH = r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])"
"""How a month is written, as a pattern: "2021-03"."""


YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[-–—/_]\s?((?:19|20)?\d{2})(?!\d)")
"""A fiscal year written by the two calendar years it lies in."""


def year_spanned(text: str) -> int | None:
    """The later of the two years that a text writes as one fiscal year: 2024-25, 2024/25, 2024-2025. None for any other (2024-12)."""
    found = YEARS.search(text)
    if found is None:
        return None
    first, last = int(found.group(1)), found.group(2)
    alike = int(last) == first + 1 if len(last) == 4 else int(last) == (first + 1) % 100 and int(last) > 12
    return first + 1 if alike else None


def year_in(text: str) -> int | None:
    """The year that a text names, none or two make None; of a fiscal year such as 2024-25 the one in which it ends."""
    spanned = [year for found in YEARS.finditer(text) if (year := year_spanned(found.group()))]
    rest = YEARS.sub(lambda found: "" if year_spanned(found.group()) else found.group(), text)
    years = {*spanned, *map(int, re.findall(r"(?<!\d)((?:19|20)\d{2})(?!\d{3})", rest))}
    return years.pop() if len(years) == 1 else None


def month(text: str) -> pd.Timestamp:
    """The period written as "2021-03". Raises ValueError for anything else."""
    if not isinstance(text, str) or not re.fullmatch(MONTH, text):
        raise ValueError(f'expected a month such as "2021-03", got {text!r}')
    return pd.Timestamp(f"{text}-01")


def month_text(period: pd.Timestamp) -> str:
    """A period as people and files write it: "2021-03"."""
    return f"{period:%Y-%m}"


def month_end(period):
    """The last day of the period's month; of a Series, each one's."""
    return period + pd.offsets.MonthEnd(0)


def months_after(period: pd.Timestamp, months: int) -> pd.Timestamp:
    """The period so many months later (earlier when negative)."""
    return period + pd.DateOffset(months=months)


def months_between(first: pd.Timestamp, last: pd.Timestamp) -> int:
    """How many months `last` is after `first`; below zero when it is before it."""
    return (last.year - first.year) * 12 + last.month - first.month


def month_range(first: pd.Timestamp, months: int) -> pd.DatetimeIndex:
    """So many periods in a row, the first included."""
    return pd.date_range(first, periods=months, freq="MS")


@dataclass(frozen=True)
class FiscalCalendar:
    """A year of twelve calendar months that begins with `first_month`, valid from `start` to `end` (periods, both included)."""

    first_month: int
    start: pd.Timestamp
    end: pd.Timestamp

    def fiscal_year(self, period):
        """The fiscal year of a period, or of each in a Series or DatetimeIndex: July 2020 is 2021 in a July year."""
        dates = period.dt if isinstance(period, pd.Series) else period
        if self.first_month == 1:
            return dates.year
        return dates.year + (dates.month >= self.first_month)

    def month_number(self, period):
        """1 for the first month of the fiscal year to 12 for the last; element-wise like `fiscal_year`."""
        dates = period.dt if isinstance(period, pd.Series) else period
        return (dates.month - self.first_month) % 12 + 1

    def period(self, fiscal_year: int, month_number: int) -> pd.Timestamp:
        """The period of the n-th month of a fiscal year."""
        return months_after(self.first(fiscal_year), month_number - 1)

    def first(self, fiscal_year: int) -> pd.Timestamp:
        """The first period of a fiscal year."""
        year = fiscal_year if self.first_month == 1 else fiscal_year - 1
        return pd.Timestamp(year, self.first_month, 1)

    def last(self, fiscal_year: int) -> pd.Timestamp:
        """The last period of a fiscal year."""
        return self.period(fiscal_year, 12)

    def year(self, fiscal_year: int) -> pd.DatetimeIndex:
        """The twelve periods of a fiscal year."""
        return month_range(self.first(fiscal_year), 12)

    def __contains__(self, period: pd.Timestamp) -> bool:
        return self.start <= period <= self.end
