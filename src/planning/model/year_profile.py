"""A year's months by its own calendar: the shape of past years with their working days and feasts taken out, this year's put in.

The plain profile (`spread.month_profile`) gives February the mean of Februaries with and without the weeks before Spring Festival.
Here what a working day and each of the feast's windows are worth is learnt (`effects.learn_effects`), the past is freed of it, and
the year that is spread gets what its own calendar brings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.core.periods import FiscalCalendar, month_end
from planning.model.effects import WEEKDAYS, calendar_regressors, learn_effects
from planning.model.history import MONTHS, Series, cell_problems, is_whole, key_columns, raise_problems, series_of
from planning.model.spread import month_profile

CALENDAR = "calendar"
"""The basis of a profile that follows the year's own working days and feasts; other bases are those of `month_profile`."""


def year_profile(
    history: pd.DataFrame, calendar: FiscalCalendar, years: Sequence[int], year: int, country: str, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """Each month's share of the fiscal year `year`, in the columns of `month_profile`: `by` + month, share, years, basis.

    `history`: as there; a series' months up to `year` teach what the calendar is worth to it. `country`: ISO code such as "CN". Basis
    "calendar" where an effect was found; a series that follows nothing, or is too short to tell, keeps its plain profile and
    the plain basis. Months that would fall below 0 by the calendar alone, in a series that never does, make it keep that, too.
    Raises RequestError on bad cells, years and countries. Measured on made-up years in test_year_profile.
    """
    by = key_columns(by)
    raise_problems("year profile", [*cell_problems(history, by), *_year_problems(years, year)])
    plain = month_profile(history, calendar, years, by)
    past = history[history["period"] < calendar.first(year)]
    if past.empty:
        return plain
    known = _known(past["period"].min(), calendar.last(year), country)
    own = [profile for series in series_of(past, by) if (profile := _own(series, by, known, calendar, years)) is not None]
    if not own:
        return plain
    followed = pd.concat(own, ignore_index=True)
    kept = plain.merge(followed[by].drop_duplicates(), on=by, how="left", indicator="whose").query("whose == 'left_only'")
    return pd.concat([kept[plain.columns], followed[plain.columns]]).sort_values([*by, "month"], ignore_index=True)


def _known(first: pd.Timestamp, last: pd.Timestamp, country: str) -> pd.DataFrame:
    """Working days and the windows of the country's feasts, by month."""
    periods = MONTHS.between(first, last)
    return calendar_regressors(periods, month_end(periods), country).drop(columns=[*WEEKDAYS, "length_days"])


def _own(series: Series, by: list[str], known: pd.DataFrame, calendar: FiscalCalendar, years: Sequence[int]) -> pd.DataFrame | None:
    """A series' profile for the last year of `known`; None where the calendar tells it nothing."""
    periods = MONTHS.until(series.last, len(series.amounts))
    effects = learn_effects(series.amounts, known.loc[periods])
    if not effects.names:
        return None
    freed = pd.DataFrame({**dict(zip(by, series.name, strict=True)), "period": periods, "amount": effects.without(series.amounts)})
    profile = month_profile(freed.dropna(subset="amount"), calendar, years, by)
    if profile["basis"].iat[0] != "history":
        return None
    ahead = known.loc[known.index > series.last]
    level = freed.loc[calendar.fiscal_year(freed["period"]).isin(list(years)), "amount"].mean() * 12
    path = level * profile["share"].to_numpy()[np.arange(-len(ahead), 0) % 12]
    shares = _shares(effects.added(path, ahead)[-12:], np.nanmin(series.amounts) >= 0)
    return None if shares is None else profile.assign(share=shares, basis=CALENDAR)


def _shares(months: np.ndarray, never_negative: bool) -> np.ndarray | None:
    """The months' shares of their sum; None where they give no shape, or fall below 0 by the calendar alone."""
    if (never_negative and (months < 0).any()) or np.abs(months).max() > abs(months.sum()) or not months.any():
        return None
    return months / months.sum()


def _year_problems(years: Sequence[int], year) -> list[Problem]:
    """What is wrong with the years: `year` is one that lies after those it is learnt from."""
    if not is_whole(year) or not 1951 <= year <= 2049:
        return [Problem("wrong year", "year", repr(year), "a fiscal year from 1951 to 2049")]
    late = [late for late in years if late >= year]
    return [Problem("a year is learnt from itself or later", "years", str(late), f"years before {year}") for late in late]
