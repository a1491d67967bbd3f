"""What is known of the periods ahead: working days, moving feasts, lengths, declared drivers; and what each is worth to a series.

A table of *regressors* has a row a period, past or ahead, and a column for each thing known of it. `calendar_regressors` makes those
that the calendar knows; drivers (price, campaign, headcount) are further columns that the caller adds. `learn_effects` tells which
of them a series follows; the series is then cleaned and forecast without them, and they are added to what is forecast. Effects come
before cleaning: a feast that moves into another month would be marked as a one-off.

Source: Bell and Hillmer (1983), Modeling time series with calendar variation (working days, Easter); Lin and Liu (2002),
Modeling lunar calendar holiday effects in Taiwan (windows before, during and after the new year); X-13ARIMA-SEATS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

import holidays
import numpy as np
import pandas as pd
from dateutil.easter import easter
from scipy.special import fdtrc, stdtrit

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.model.airline import LONGEST
from planning.model.cleaning import Odd, kind_of, odd_periods, without_gaps

DAY = np.timedelta64(1, "D")
NOISE_KEPT = 0.05
"""How often a series that follows nothing may seem to follow something, all its regressors counted together. Decided beforehand."""
FEWEST_FREE = 12
"""Periods that must be left, after the season and all effects are learnt, to tell an effect from chance."""
ESTIMATED = 2
"""Degrees of freedom that the model of level and season takes: its θ and Θ."""
ALIKE = 0.99
"""Share of a regressor that others explain, from which it can't be told from them."""
BEND = 1.5
"""Usual errors beyond which a period pulls no harder."""
WEEKDAYS = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays")
GROUPS = {"weekdays": WEEKDAYS, "spring_festival": ("spring_festival_before", "spring_festival_during", "spring_festival_after")}
"""Regressors that are kept or left out together; any other stands alone."""


# ---------------------------------------------------------------------------------------------------- the calendar's


@cache
def spring_festival(year: int) -> date:
    """The first day of the lunar year, 1950 to 2050 at least. Source: the `holidays` package."""
    named = holidays.country_holidays("CN", years=[year], language="en_US").items()
    days = [day for day, name in named if "Spring Festival" in name and "observed" not in name and day.month < 3]
    if not days:
        raise RequestError("Spring Festival", [Problem("unknown date", got=str(year), expected="a year from 1950 to 2050")])
    return min(days)


class Feast(NamedTuple):
    """A feast that moves: its day of a year, the days by which a country is known to keep it, counted from that day, and the windows
    of days around it, each from and to, both included."""

    day: Callable[[int], date]
    kept: tuple[int, ...]
    windows: dict[str, tuple[int, int]]


FEASTS = {
    "spring_festival": Feast(spring_festival, (0,), {"_before": (-14, -1), "_during": (0, 6), "_after": (7, 20)}),
    "easter": Feast(easter, (-2, 1), {"": (-8, -1)}),
}
"""The feasts and their windows, decided beforehand. Spring Festival: two weeks of buying and travelling home, the week of the feast,
two weeks to the Lantern Festival and back at work. Easter: the eight days up to Holy Saturday, X-13's middle window."""
SEEN = range(2015, 2025)
"""Years by which it is told whether a country keeps a feast."""


def calendar_regressors(
    periods: pd.DatetimeIndex,
    ends: pd.DatetimeIndex,
    country: str | None = None,
    part: str | None = None,
    feasts: Sequence[str] | None = None,
) -> pd.DataFrame:
    """What the calendar knows of each period, from its first to its last day: a row a period, indexed by it.

    working_days: days that are neither weekend nor public holiday, make-up days counted (in China from the year they are announced
    in; a later year has its holidays only). length_days. mondays to saturdays: how many there are, less the Sundays, for those who
    sell more on some days than on others. spring_festival_before, _during, _after and easter: the share of the
    feast's window that falls in the period. `country`: ISO code such as "CN", `part` a state of it; None knows weekends only.
    `feasts`: names from FEASTS; None takes those that the country, or a state of it, keeps as a public holiday.
    Raises RequestError with everything wrong at once. Example: February 2024 in China has 18 working days.
    """
    _raise("calendar regressors", _calendar_problems(periods, ends, country, part, feasts))
    first, last = periods.to_numpy().astype("datetime64[D]"), ends.to_numpy().astype("datetime64[D]")
    named = feasts_of(country) if feasts is None else tuple(feasts)
    columns = {"working_days": working_days(first, last, country, part), "length_days": (last - first + DAY).astype(float)}
    columns |= _weekday_counts(first, last)
    for name in named:
        for suffix, window in FEASTS[name].windows.items():
            columns[name + suffix] = _window_share(first, last, FEASTS[name].day, window)
    return pd.DataFrame(columns, index=periods)


def working_days(first: np.ndarray, last: np.ndarray, country: str | None = None, part: str | None = None) -> np.ndarray:
    """Working days from each first to each last day (datetime64[D], both included)."""
    off, weekend, made_up = _days_off(country, part, _year(first.min()), _year(last.max()))
    mask = [day not in weekend for day in range(7)]
    extra = np.searchsorted(made_up, last, side="right") - np.searchsorted(made_up, first)
    return (np.busday_count(first, last + DAY, weekmask=mask, holidays=off) + extra).astype(float)


@cache
def _days_off(country: str | None, part: str | None, first: int, last: int) -> tuple[np.ndarray, frozenset[int], np.ndarray]:
    """The public holidays, the weekend's days (0 is Monday) and the weekend days that are worked, in those years."""
    if country is None:
        return np.array([], dtype="datetime64[D]"), frozenset({5, 6}), np.array([], dtype="datetime64[D]")
    known = holidays.country_holidays(country, subdiv=part, years=range(first, last + 1))
    off, made_up = sorted(known), sorted(set(getattr(known, "weekend_workdays", ())).difference(known.keys()))
    return np.array(off, dtype="datetime64[D]"), frozenset(known.weekend), np.array(made_up, dtype="datetime64[D]")


@cache
def feasts_of(country: str | None) -> tuple[str, ...]:
    """The moving feasts that a country, or a state of it, keeps as a public holiday."""
    if country is None:
        return ()
    parts = [None, *holidays.list_supported_countries()[country]]
    off = [holidays.country_holidays(country, subdiv=part, years=SEEN) for part in parts]
    return tuple(name for name, feast in FEASTS.items() if any(_keeps(days, feast) for days in off))


def _keeps(off: holidays.HolidayBase, feast: Feast) -> bool:
    days = [[pd.Timestamp(feast.day(year)) + pd.Timedelta(days=apart) for apart in feast.kept] for year in SEEN]
    return sum(any(day in off for day in of_year) for of_year in days) > len(SEEN) / 2


def _weekday_counts(first: np.ndarray, last: np.ndarray) -> dict[str, np.ndarray]:
    """How many Mondays to Saturdays lie in each period, less its Sundays: the trading-day contrasts of Bell and Hillmer."""
    days = [np.busday_count(first, last + DAY, weekmask=[day == only for day in range(7)]) for only in range(7)]
    return {name: (count - days[6]).astype(float) for name, count in zip(WEEKDAYS, days[:6], strict=True)}


def _window_share(first: np.ndarray, last: np.ndarray, day: Callable[[int], date], window: tuple[int, int]) -> np.ndarray:
    """The share of the days from `window[0]` to `window[1]` around the feast that fall in each period; feasts of all years added."""
    feasts = np.array([day(year) for year in range(_year(first.min()) - 1, _year(last.max()) + 2)], dtype="datetime64[D]")
    begin, end = feasts + window[0], feasts + window[1]
    common = np.minimum(last[:, None], end) - np.maximum(first[:, None], begin) + DAY
    return np.maximum(common.astype(float), 0.0).sum(axis=1) / (window[1] - window[0] + 1)


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970


def _calendar_problems(periods, ends, country, part, feasts) -> list[Problem]:
    problems = [
        Problem("wrong type", name, type(days).__name__, "a DatetimeIndex of days, none missing")
        for name, days in (("periods", periods), ("ends", ends))
        if not isinstance(days, pd.DatetimeIndex) or days.hasnans or not len(days)
    ]
    if not problems and len(periods) != len(ends):
        problems.append(Problem("wrong number of ends", "ends", str(len(ends)), f"one for each of {len(periods)} periods"))
    elif not problems and (ends < periods).any():
        backward = periods[ends < periods]
        problems.append(Problem("ends before it begins", "ends", f"{len(backward)} periods from {backward[0]:%Y-%m-%d}", "last days"))
    known = holidays.list_supported_countries()
    if country is not None and country not in known:
        problems.append(Problem("unknown country", "country", repr(country), "an ISO code such as CN", did_you_mean(str(country), known)))
    elif part is not None and part not in known.get(country, ()):
        problems.append(Problem("unknown part of the country", "part", repr(part), next=did_you_mean(str(part), known.get(country, ()))))
    strange = [name for name in feasts or () if name not in FEASTS]
    return [*problems, *(Problem("unknown feast", "feasts", repr(name), next=did_you_mean(str(name), FEASTS)) for name in strange)]


# --------------------------------------------------------------------------------------------------- what they're worth


@dataclass(frozen=True)
class Effects:
    """What a series follows, and by how much.

    `names`: the regressors kept; `sizes`, what one unit of each is worth (an amount, or in `logs` a factor's logarithm), drawn towards 0
    as far as they are unsure; `estimates` and `errors`: before that, and their standard errors; `free`: the degrees of freedom.
    `past`: what they did to each past period, against the usual of that period of the year (`usual`: season × names), so that level
    and season stay in the series. `left_out`: every other regressor with the reason.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    estimates: np.ndarray
    errors: np.ndarray
    free: int
    past: np.ndarray
    usual: np.ndarray
    logs: bool
    left_out: dict[str, str]

    def without(self, amounts: np.ndarray) -> np.ndarray:
        """The past amounts as they would have been with the usual working days, feasts and drivers; NaN stays NaN."""
        return amounts / np.exp(self.past) if self.logs else amounts - self.past

    def added(self, path: np.ndarray, ahead: pd.DataFrame) -> np.ndarray:
        """A forecast of the periods after the past (… × h, so draws too) with what is known of them: `ahead`, a row a period.

        Raises RequestError for a regressor that is missing ahead, with all that are.
        """
        path = np.asarray(path, dtype="float64")
        _raise("effects", _ahead_problems(self.names, ahead, path.shape[-1]))
        if not self.names:
            return path
        seasons = (len(self.past) + np.arange(len(ahead))) % len(self.usual)
        effect = (ahead[list(self.names)].to_numpy("float64") - self.usual[seasons]) @ self.sizes
        return path * np.exp(effect) if self.logs else path + effect

    def interval(self, level: float = 0.95) -> pd.DataFrame:
        """Each effect's estimate with its confidence interval, before it is drawn towards 0: estimate, lower, upper by regressor."""
        reach = float(stdtrit(self.free, (1 + level) / 2)) * self.errors if self.names else self.errors
        ends = {"estimate": self.estimates, "lower": self.estimates - reach, "upper": self.estimates + reach}
        return pd.DataFrame(ends, index=list(self.names))


def learn_effects(amounts: np.ndarray, regressors: pd.DataFrame, season: int = 12, logs: bool | None = None) -> Effects:
    """Which regressors a series follows. `amounts`: oldest first, NaN where missing; `regressors`: a row for each of them.

    Level and season are whitened away by the likeliest airline model (`logs`: None lets the likelihood decide between a
    factor and an amount), one-offs and new levels are set aside, wild periods bent in, and the regressors that are hardest to tell
    from chance dropped one after another until all pass. Of made-up series of 120 months that follow nothing 5 in 100 keep some
    effect, 8 where errors have heavy tails or 60 months are known (test_effects, benchmarks/effects.py). What is kept is drawn
    towards 0 by 1 − 1/F. Left out with the reason: what moves only with the season or the trend, what moved once, what others
    explain. A series that isn't regular follows nothing. The last 240 periods count.
    Raises RequestError for amounts and regressors that don't fit together, and for every gap in the regressors.
    """
    amounts = np.asarray(amounts, dtype="float64")
    _raise("effects", _past_problems(amounts, regressors))
    table, names = _numbers(regressors), [str(name) for name in regressors.columns]
    kind, known = kind_of(amounts, season), np.flatnonzero(~np.isnan(amounts))
    if kind != "regular":
        return _none(amounts, season, dict.fromkeys(names, f"the series is {kind.replace('_', ' ')}"))
    begin = max(int(known[0]), len(amounts) - LONGEST)
    months = np.arange(len(amounts)) % season
    useful, left_out = _that_move(table[begin:], months[begin:], names, season)
    gaps = np.flatnonzero(np.isnan(amounts[begin:]))
    if len(amounts) - begin - season - 1 - len(gaps) - len(useful) - ESTIMATED < FEWEST_FREE:
        return _none(amounts, season, dict.fromkeys(names, "too few periods") | left_out)
    learnt = _learn(without_gaps(amounts, season)[begin:], table[begin:, useful], gaps, [names[at] for at in useful], season, logs)
    kept = [useful[at] for at in learnt.kept]
    usual = _usual(table[begin:, kept], months[begin:], season)
    past = (table[:, kept] - usual[months]) @ learnt.sizes
    chosen = tuple(names[at] for at in kept)
    return Effects(chosen, learnt.sizes, learnt.estimates, learnt.errors, learnt.free, past, usual, learnt.logs, left_out | learnt.left_out)


def regressor_problems(past: pd.DataFrame, ahead: pd.DataFrame, periods: int) -> list[Problem]:
    """What is missing of the regressors behind, and ahead for so many periods: for a door that asks before it learns."""
    return [*_gap_problems(past, list(past.columns)), *_ahead_problems(tuple(map(str, past.columns)), ahead, periods)]


class _Learnt(NamedTuple):
    kept: list[int]
    sizes: np.ndarray
    estimates: np.ndarray
    errors: np.ndarray
    free: int
    logs: bool
    left_out: dict[str, str]


def _none(amounts: np.ndarray, season: int, left_out: dict[str, str]) -> Effects:
    nothing = np.zeros(0)
    return Effects((), nothing, nothing, nothing, 0, np.zeros(len(amounts)), np.zeros((season, 0)), False, left_out)


def _usual(table: np.ndarray, months: np.ndarray, season: int) -> np.ndarray:
    """The mean of each regressor in each period of the year: season × regressors."""
    counts = np.bincount(months, minlength=season)[:, None]
    sums = np.stack([np.bincount(months, column, season) for column in table.T], axis=1) if table.shape[1] else np.zeros((season, 0))
    return sums / np.maximum(counts, 1)


def _that_move(table: np.ndarray, months: np.ndarray, names: list[str], season: int) -> tuple[list[int], dict[str, str]]:
    """The regressors that move against the season and the trend, by their places, and why the others can't be told from them."""
    apart = np.diff(table, axis=0)
    apart = apart[season:] - apart[:-season] if season > 1 else apart - apart.mean(axis=0)
    moved = np.abs(table - _usual(table, months, season)[months])
    reach = np.maximum(np.ptp(table, axis=0), 1e-300)
    middle = _middles(table, months, season)
    still = ~(np.abs(apart) > 1e-9 * reach).any(axis=0) | ~(moved > 1e-9 * reach).any(axis=0)
    once = (np.abs(table - middle[months]) > 1e-9 * reach).sum(axis=0) < 2
    reasons = np.select([still, once], ["it moves only with the season or the trend", "it moved once"], "")
    left_out = {name: str(reason) for name, reason in zip(names, reasons, strict=True) if reason}
    return [at for at, name in enumerate(names) if name not in left_out], left_out


def _middles(table: np.ndarray, months: np.ndarray, season: int) -> np.ndarray:
    """The median of each regressor in each period of the year: season × regressors."""
    years = -(-len(table) // season)
    whole = np.full((years * season, table.shape[1]), np.nan)
    whole[: len(table)] = table
    ordered, known = np.sort(whole.reshape(years, season, -1), axis=0), len(table) // season + (np.arange(season) < len(table) % season)
    lower, upper = ordered[(known - 1) // 2, np.arange(season)], ordered[known // 2, np.arange(season)]
    return np.roll((lower + upper) / 2, months[0], axis=0)


def _learn(amounts: np.ndarray, table: np.ndarray, gaps: np.ndarray, names: list[str], season: int, logs: bool | None) -> _Learnt:
    """The effects of regressors that move, on amounts whose gaps (places) are filled and don't count, nor do one-offs."""
    odd, fit = odd_periods(amounts, gaps, season, table / np.abs(table).max(axis=0), logs)
    if len(fit.matrix) - len(gaps) - len(odd) - table.shape[1] - ESTIMATED < FEWEST_FREE:
        odd = Odd([], [])
    basis = np.linalg.qr(fit.matrix @ odd.columns(len(amounts), gaps))[0]
    values, whitened = fit.matrix @ (np.log(amounts) if fit.logs else amounts), fit.matrix @ table
    values, columns = _beside(basis, values), _beside(basis, whitened)
    told, left_out = _told_apart(columns, (whitened**2).sum(axis=0), names)
    rows = len(values) - basis.shape[1] - ESTIMATED
    bent, noise = _bent(values, columns[:, told], rows - len(told), fit.floor)
    kept, chance = _not_chance(bent, columns, told, names, rows, noise)
    estimates, covariance = _regression(bent, columns[:, kept], rows - len(kept), noise)
    draw, errors = _towards_zero(estimates, covariance, kept, names), np.sqrt(np.diag(covariance))
    return _Learnt(kept, estimates * draw, estimates, errors, rows - len(kept), fit.logs, left_out | chance)


def _beside(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values - basis @ (basis.T @ values)


def _told_apart(columns: np.ndarray, moved: np.ndarray, names: list[str]) -> tuple[list[int], dict[str, str]]:
    """The regressors that those before them don't explain, and what explains the others. `moved`: squared lengths with all periods."""
    told, left_out = [], {}
    if (np.diag(np.linalg.qr(columns, "r")) ** 2 > (1 - ALIKE) * moved).all():
        return list(range(len(names))), left_out
    for at, name in enumerate(names):
        basis = np.linalg.qr(columns[:, told])[0]
        rest = _beside(basis, columns[:, at])
        if columns[:, at] @ columns[:, at] <= (1 - ALIKE) * moved[at]:
            left_out[name] = "it moves only in missing or odd periods"
        elif rest @ rest <= (1 - ALIKE) * moved[at]:
            left_out[name] = f"can't be told from {', '.join(names[place] for place in told)}"
        else:
            told.append(at)
    return told, left_out


class _Noise(NamedTuple):
    """By what `factor` the variance of bent values is to be raised, and the spread that it never falls below."""

    factor: float
    floor: float


def _bent(values: np.ndarray, columns: np.ndarray, free: int, floor: float, rounds: int = 4) -> tuple[np.ndarray, _Noise]:
    """The values with wild ones pulled in to BEND usual errors, and what that does to their variance.

    Source: Huber (1981), Robust Statistics, chapter 7: pseudo-observations, and the correction of their variance.
    """
    n, bent, inside, basis = len(values), values, 1.0, np.linalg.qr(columns)[0]
    for _ in range(rounds):
        smooth = basis @ (basis.T @ bent)
        left = values - smooth
        reach = BEND * max(1.4826 * float(np.median(np.abs(left))) * (n / free) ** 0.5, floor)
        bent = smooth + np.clip(left, -reach, reach)
        inside = max(float(np.mean(np.abs(left) <= reach)), 0.5)
    return bent, _Noise(((1 + (1 - free / n) * (1 - inside) / inside) / inside) ** 2, floor)


def _regression(values: np.ndarray, columns: np.ndarray, free: int, noise: _Noise) -> tuple[np.ndarray, np.ndarray]:
    """The regression of values on columns: estimates, and their covariance."""
    if not columns.shape[1]:
        return np.zeros(0), np.zeros((0, 0))
    sizes = np.sqrt((columns**2).sum(axis=0))
    even = columns / sizes
    inverse = np.linalg.inv(even.T @ even) / np.outer(sizes, sizes)
    estimates = inverse @ (columns.T @ values)
    left = values - columns @ estimates
    return estimates, inverse * max(noise.factor * float(left @ left) / free, noise.floor**2)


def _not_chance(values: np.ndarray, columns: np.ndarray, told: list[int], names: list[str], rows: int, noise: _Noise):
    """The regressors that are left when those are dropped, one group after another, that chance could show; and what was dropped."""
    kept, left_out, groups = list(told), {}, _groups(told, names)
    needed = NOISE_KEPT / max(len(groups), 1)
    while kept:
        free = rows - len(kept)
        estimates, covariance = _regression(values, columns[:, kept], free, noise)
        groups = _groups(kept, names)
        strengths = {group: _strength(estimates, covariance, places) for group, places in groups.items()}
        chances = {group: float(fdtrc(len(places), free, strengths[group])) for group, places in groups.items()}
        group = max(chances, key=chances.get)
        if chances[group] <= needed:
            break
        left_out |= dict.fromkeys((names[kept[place]] for place in groups[group]), "can't be told from chance")
        kept = [at for at in kept if names[at] not in left_out]
    return kept, left_out


def _groups(places: list[int], names: list[str]) -> dict[str, list[int]]:
    """Which of these regressors, by their order among them, stand together: by the name of the group, or of the one that stands alone."""
    group_of = {name: group for group, members in GROUPS.items() for name in members}
    groups: dict[str, list[int]] = {}
    for order, at in enumerate(places):
        groups.setdefault(group_of.get(names[at], names[at]), []).append(order)
    return groups


def _strength(estimates: np.ndarray, covariance: np.ndarray, places: list[int]) -> float:
    """F: how far a group's estimates are from 0, in its own variance, by regressor; 1 is what chance shows."""
    size, spread = estimates[places], covariance[np.ix_(places, places)]
    return float(size @ np.linalg.solve(spread, size)) / len(places) if spread.any() else 0.0


def _towards_zero(estimates: np.ndarray, covariance: np.ndarray, kept: list[int], names: list[str]) -> np.ndarray:
    """What each estimate is multiplied by: 1 − 1/F of its group, the empirical Bayes shrinkage of James and Stein (1961)."""
    draw = np.zeros(len(estimates))
    for places in _groups(kept, names).values():
        draw[places] = max(0.0, 1 - 1 / max(_strength(estimates, covariance, places), 1.0))
    return draw


# ------------------------------------------------------------------------------------------------------- what's wrong


def _past_problems(amounts: np.ndarray, regressors: pd.DataFrame) -> list[Problem]:
    problems = []
    if amounts.ndim != 1 or len(amounts) != len(regressors):
        problems.append(Problem("wrong number of rows", "regressors", str(len(regressors)), f"one for each of {amounts.size} amounts"))
    if np.isinf(amounts).any():
        problems.append(Problem("infinite amount", "amounts", f"{np.isinf(amounts).sum()} periods", "numbers, NaN where missing"))
    return [*problems, *_gap_problems(regressors, list(regressors.columns))]


def _ahead_problems(names: Sequence[str], ahead: pd.DataFrame, periods: int) -> list[Problem]:
    absent = [name for name in names if name not in ahead.columns]
    advice = "give it for every period ahead, or leave it out behind too"
    problems = [Problem("regressor missing ahead", name, "no column", f"{periods} periods", advice) for name in absent]
    if len(ahead) != periods:
        problems.append(Problem("wrong number of periods ahead", "regressors", str(len(ahead)), str(periods)))
    return [*problems, *_gap_problems(ahead, [name for name in names if name not in absent], advice)]


def _gap_problems(table: pd.DataFrame, names: Sequence[str], advice: str = "give it for every period, or leave it out") -> list[Problem]:
    broken = ~np.isfinite(_numbers(table[list(names)]))
    return [
        Problem("regressor missing", str(name), f"nothing in {broken[:, at].sum()} periods from {_said(first)}", "a number", advice)
        for at, name in enumerate(names)
        if broken[:, at].any()
        for first in table.index[broken[:, at]][:1]
    ]


def _numbers(table: pd.DataFrame) -> np.ndarray:
    """The cells as numbers, NaN where a cell is none."""
    try:
        return table.to_numpy("float64", na_value=np.nan)
    except (TypeError, ValueError):
        return table.apply(pd.to_numeric, errors="coerce").to_numpy("float64", na_value=np.nan)


def _said(label) -> str:
    return f"{label:%Y-%m-%d}" if isinstance(label, pd.Timestamp) else str(label)


def _raise(subject: str, problems: list[Problem]) -> None:
    if problems:
        raise RequestError(subject, problems)
