"""What is wrong with the periods behind: missing ones, one-off ones, new levels; and of which kind a series is.

Amounts are one series, oldest first, with NaN where a period is missing; `season` is 12, 4 or 1 periods. A missing period is never
0: it is filled with what the periods around it and the same period of other years suggest, for fitting only, and marked. A one-off
period is one that the series' own season and level don't explain, by 4.5 of its usual errors or more; a repeated yearly peak is
season and stays. It is marked, and for fitting replaced by what was to be expected. A new level is kept and said.

Source: Chen and Liu (1993), Joint estimation of model parameters and outlier effects; the same search as X-13ARIMA-SEATS, with a
robust spread. Kinds of demand: Syntetos, Boylan and Croston (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.core.errors import Problem, RequestError
from planning.model.airline import LONGEST, Fit, fitted, robust_spread

ONE_OFF = 4.5
"""Usual errors from which a period is a one-off. Decided beforehand: chance alone, were errors normal and their spread known,
would show one in 1,200 series of 120 months; real errors have heavier tails."""
NEW_LEVEL = 4.0
"""Usual errors from which a level is new: less than for a one-off, for a level is told by several months."""
SMALLEST = 5
"""Times the spread that is negligible (0.2 % of the typical amount) below which nothing is marked: 1 %."""
SINCE = 3
"""Periods that a new level must have lasted; before that a one-off is all that can be said."""
YEARS = 3
"""Seasons below which nothing is marked: of two years that differ nobody knows which is the odd one."""
FEWEST = 16
"""Periods beyond the first season and one, below which nothing is marked."""
RARE = 1.32
"""Periods between two that aren't 0, on average, from which a series is intermittent."""
SILENT = 3.0
"""Average gaps of nothing at the end from which a series has ended: chance alone is silent that long in one of twenty (e⁻³)."""
INTERMITTENT = ("TSB", 0.1, 0.1)
"""The statsforecast method that serves an intermittent series, with its two smoothing weights: Teunter, Syntetos and Babai (2011).

Measured on 300 made-up series of 60 months in each of six worlds: rates of .1, .3 and .6 that stay, one that fades, one that grows,
one that stopped a year ago. Mean bias and root mean square error, as shares of the rate: TSB .18 and .46, IMAPA .18 and .45, ADIDA .23
and .46, the mean .42 and .58, CrostonSBA .52 and .72, Croston .55 and .75. IMAPA errs as little, but after a year of nothing
TSB forecasts .35 of the old average, IMAPA .37, ADIDA .48, CrostonSBA 1.29. Where the rate stays the mean is best."""
KINDS = ("empty", "all_zero", "constant", "ended", "intermittent", "short", "regular")


@dataclass(frozen=True)
class Cleaned:
    """A series ready to be fitted, and what was done to it.

    `amounts`: for fitting, no gaps; `missing` and `one_off`: which periods were filled (none before the first known one) or replaced;
    `shifts`: where new levels begin, in time order, and `steps`, how far each moved: an amount, or in `logs` a factor's logarithm.
    `first`: the first known period; before it `amounts` repeats that one. `kind`: one of KINDS.
    """

    amounts: np.ndarray
    missing: np.ndarray
    one_off: np.ndarray
    kind: str
    first: int = 0
    shifts: tuple[int, ...] = ()
    steps: tuple[float, ...] = ()
    logs: bool = False

    @property
    def level_from(self) -> int:
        """The period with which the newest level begins; the first known one where it never moved."""
        return self.shifts[-1] if self.shifts else self.first

    def at_latest_level(self) -> np.ndarray:
        """The amounts as though the newest level had always been: earlier periods moved by the steps that came after them."""
        moved = np.zeros(len(self.amounts))
        for at, step in zip(self.shifts, self.steps, strict=True):
            moved[:at] += step
        return self.amounts * np.exp(moved) if self.logs else self.amounts + moved


@dataclass
class Odd:
    """The odd things in one series: periods that are one-offs, and those with which new levels begin."""

    one_offs: list[int]
    shifts: list[int]

    def __len__(self) -> int:
        return len(self.one_offs) + len(self.shifts)

    def drop(self, place: int) -> None:
        """Forgets the event at this place, one-offs being counted first."""
        group, at = (self.one_offs, place) if place < len(self.one_offs) else (self.shifts, place - len(self.one_offs))
        group.pop(at)

    def columns(self, n: int, gaps: np.ndarray, beside: np.ndarray | None = None) -> np.ndarray:
        """What n amounts may freely follow: a column for each gap and one-off, a step for each new level, and those beside."""
        points = [*gaps, *self.one_offs]
        columns = np.zeros((n, len(points) + len(self.shifts)))
        columns[points, range(len(points))] = 1.0
        for place, at in enumerate(self.shifts, len(points)):
            columns[at:, place] = 1.0
        return columns if beside is None else np.hstack([columns, beside])


def clean(amounts: np.ndarray, season: int = 12) -> Cleaned:
    """The series filled and marked. Raises RequestError for a wrong season, an infinite amount or anything but one row of numbers.

    Marks only a regular series of at least three seasons, of which the last 240 periods are looked at; a period that is off by less
    than 1 % of the typical amount is never marked. How often chance alone is marked, measured on made-up series of 120 months with
    nothing odd in them (test_cleaning): of 100 series with normal errors 1 has a one-off and 1 a new level, 3 where the level wanders
    as fast as the errors; with errors by a t of 4 degrees of freedom 35 have a one-off, which is 4 of 1,000 months, and 3 a new level.
    Found, with errors of 5 %: a month 50 % off in 97 of 100, a level 40 % higher in 98 after three months, one 20 % higher in half.
    """
    amounts = _checked(amounts, season)
    kind, missing = kind_of(amounts, season), np.isnan(amounts)
    known = np.flatnonzero(~missing)
    first = int(known[0]) if len(known) else 0
    missing[:first] = False
    plain = Cleaned(_filled(amounts, season, kind), missing, np.zeros(len(amounts), dtype=bool), kind, first)
    begin = max(first, len(amounts) - LONGEST)
    if kind != "regular" or len(amounts) - begin < max(YEARS * season, season + 1 + FEWEST):
        return plain
    return _marked(plain, begin, season)


def _checked(amounts: np.ndarray, season: int) -> np.ndarray:
    amounts = np.asarray(amounts, dtype="float64")
    problems = []
    if season not in (1, 4, 12):
        problems.append(Problem("wrong season", "season", repr(season), "12, 4 or 1 periods"))
    if amounts.ndim != 1 or not len(amounts):
        problems.append(Problem("wrong shape", "amounts", str(amounts.shape), "one series, at least one period"))
    if np.isinf(amounts).any():
        problems.append(Problem("infinite amount", "amounts", f"{np.isinf(amounts).sum()} periods", "numbers, NaN where missing"))
    if problems:
        raise RequestError("cleaning", problems)
    return amounts


# ------------------------------------------------------------------------------------------------------------- kinds


def kind_of(amounts: np.ndarray, season: int = 12) -> str:
    """One of KINDS. `ended`: nothing for a season and for three of the usual gaps. `short`: known for less than two seasons.

    A series whose zeros keep to the same months of the year (a closed summer) is not intermittent but seasonal.
    """
    known = amounts[~np.isnan(amounts)]
    if not len(known):
        return "empty"
    if not known.any():
        return "all_zero"
    if np.ptp(known) <= 1e-9 * np.abs(known).max():
        return "constant"
    silence = len(known) - 1 - np.flatnonzero(known)[-1]
    if silence >= max(season, SILENT * periods_between(known[: len(known) - silence])):
        return "ended"
    if periods_between(known) >= RARE and not _closed_in_season(amounts, season):
        return "intermittent"
    return "short" if len(known) < 2 * season else "regular"


def periods_between(amounts: np.ndarray) -> float:
    """The average interval between periods that aren't 0: 1 where none is, infinite where all are."""
    return len(amounts) / count if (count := np.count_nonzero(amounts)) else float("inf")


def _closed_in_season(amounts: np.ndarray, season: int) -> bool:
    """Whether at most one period in twenty is 0 in a month that mostly isn't, or the other way round; two whole seasons at least."""
    known = ~np.isnan(amounts)
    if season == 1 or known.sum() < 2 * season:
        return False
    months = np.arange(len(amounts)) % season
    zeros = np.bincount(months, known & (amounts == 0), season)
    odd = np.minimum(zeros, np.bincount(months, known, season) - zeros)
    return bool(odd.sum() <= known.sum() / 20)


# ----------------------------------------------------------------------------------------------------------- filling


def without_gaps(amounts: np.ndarray, season: int = 12) -> np.ndarray:
    """The amounts with every gap filled before any model is asked: by the same period of the years around, else along a line."""
    return _filled(amounts, season, kind_of(amounts, season))


def _filled(amounts: np.ndarray, season: int, kind: str) -> np.ndarray:
    """The amounts without gaps, before any model: the mean of what is known where it is intermittent or ended, else by the season."""
    gaps, filled = np.isnan(amounts), amounts.copy()
    if not gaps.any():
        return filled
    if kind == "empty":
        return np.zeros(len(amounts))
    if kind in ("intermittent", "ended"):
        filled[gaps] = np.nanmean(amounts)
        return filled
    known = np.flatnonzero(~gaps)
    filled[gaps] = np.interp(np.flatnonzero(gaps), known, amounts[known])
    around = np.vstack([_shifted(amounts, season), _shifted(amounts, -season)]).mean(axis=0)
    inside = gaps & ~np.isnan(around)
    filled[inside] = around[inside]
    return filled


def _shifted(amounts: np.ndarray, by: int) -> np.ndarray:
    """The amounts so many periods earlier (later when negative), NaN where there are none."""
    moved = np.full(len(amounts), np.nan)
    if abs(by) < len(amounts):
        moved[max(by, 0) : len(amounts) + min(by, 0)] = amounts[max(-by, 0) : len(amounts) - max(by, 0)]
    return moved


# ---------------------------------------------------------------------------------------------------------- marking


def _marked(plain: Cleaned, begin: int, season: int) -> Cleaned:
    """The series with one-offs replaced, new levels found and gaps filled by the model of its last periods."""
    amounts, gaps = plain.amounts[begin:], np.flatnonzero(plain.missing[begin:])
    found, fit = odd_periods(amounts, gaps, season)
    values = np.log(amounts) if fit.logs else amounts
    columns = found.columns(len(values), gaps)
    sizes = np.linalg.lstsq(fit.matrix @ columns, fit.matrix @ values, rcond=None)[0]
    points = len(gaps) + len(found.one_offs)
    expected = values - columns[:, :points] @ sizes[:points]
    replaced, one_off = plain.amounts.copy(), plain.one_off.copy()
    put = [*gaps, *found.one_offs]
    replaced[begin:][put] = (np.exp(expected) if fit.logs else expected)[put]
    one_off[begin:][found.one_offs] = True
    steps = sorted(zip((begin + at for at in found.shifts), sizes[points:].tolist(), strict=True))
    shifts, sizes = tuple(at for at, _ in steps), tuple(size for _, size in steps)
    return Cleaned(replaced, plain.missing, one_off, plain.kind, plain.first, shifts, sizes, fit.logs)


def odd_periods(
    amounts: np.ndarray, gaps: np.ndarray, season: int, beside: np.ndarray | None = None, logs: bool | None = None
) -> tuple[Odd, Fit]:
    """One-offs and new levels, the surest first, the model refitted after each; at last those are dropped that the others explain.

    `gaps`: places that were filled and don't count; `beside`: columns (n × k) that the amounts may follow, so that what follows
    them isn't odd. Amounts have no NaN; as many events as years are found at most.
    """
    found, beside = Odd([], []), np.zeros((len(amounts), 0)) if beside is None else beside
    fit = fitted(amounts, season, logs, found.columns(len(amounts), gaps, beside))
    while len(found) < len(amounts) // max(season, 4):
        at, level, sureness = _surest(amounts, gaps, found, fit, beside)
        if sureness < 1:
            break
        (found.shifts if level else found.one_offs).append(at)
        fit = fitted(amounts, season, fit.logs, found.columns(len(amounts), gaps, beside))
    while len(found):
        place, sureness = _weakest(amounts, gaps, found, fit, beside)
        if sureness >= 1:
            break
        found.drop(place)
        fit = fitted(amounts, season, fit.logs, found.columns(len(amounts), gaps, beside))
    return found, fit


def _surest(amounts: np.ndarray, gaps: np.ndarray, found: Odd, fit: Fit, beside: np.ndarray) -> tuple[int, bool, float]:
    """The period that is hardest to explain, whether as a new level, and by what share of what is needed."""
    n, points = len(amounts), fit.matrix
    tried = np.hstack([points, points[:, ::-1].cumsum(axis=1)[:, ::-1]])
    left, free = _apart(fit, amounts, found.columns(n, gaps, beside))
    tried = tried - free @ (free.T @ tried)
    norms = np.sqrt((tried**2).sum(axis=0))
    sizes = np.abs(left @ tried) / np.where(norms > 1e-3, norms, np.inf) ** 2
    sureness = np.where(sizes < SMALLEST * fit.floor, 0.0, sizes * norms / robust_spread(left, fit.floor))
    sureness[:n] /= ONE_OFF
    sureness[n:] /= NEW_LEVEL
    sureness[[*gaps, *found.one_offs]] = 0.0
    sureness[n : n + SINCE] = sureness[2 * n - SINCE + 1 :] = 0.0
    best = int(np.argmax(sureness))
    return best % n, best >= n, float(sureness[best])


def _apart(fit: Fit, amounts: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the whitened amounts leave over beside the columns, and an orthonormal basis of the whitened columns."""
    values = fit.matrix @ (np.log(amounts) if fit.logs else amounts)
    basis = np.linalg.qr(fit.matrix @ columns)[0]
    return values - basis @ (basis.T @ values), basis


def _weakest(amounts: np.ndarray, gaps: np.ndarray, found: Odd, fit: Fit, beside: np.ndarray) -> tuple[int, float]:
    """The event that all the others explain best: its place, and its share of what is needed."""
    columns = fit.matrix @ found.columns(len(amounts), gaps, beside)
    values = fit.matrix @ (np.log(amounts) if fit.logs else amounts)
    sizes = np.linalg.lstsq(columns, values, rcond=None)[0]
    spread = robust_spread(values - columns @ sizes, fit.floor)
    widths = np.sqrt(np.diag(np.linalg.pinv(columns.T @ columns)))
    needed = np.repeat([ONE_OFF, NEW_LEVEL], [len(found.one_offs), len(found.shifts)])
    sureness = (np.abs(sizes) / np.maximum(widths, 1e-12) / spread)[len(gaps) : len(gaps) + len(found)] / needed
    place = int(np.argmin(sureness))
    return place, float(sureness[place])
