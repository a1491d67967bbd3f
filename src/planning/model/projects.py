"""What a stream of cash flows is worth: present value, all its internal rates of return, payback, the capital it needs.

`amounts` are in currency, negative where paid; `years` when each falls, in years from a common start, rising. Where it says so,
`amounts` may be a table of draws, one row a draw; the figure then is an array of one value a draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

LOWEST, HIGHEST = -0.99, 10.0
"""Rates of return a year between which all internal rates are searched: from −99 % to +1,000 %."""
NOTHING = 1e-12
"""A present value smaller than this share of the discounted amounts is zero: closer than this, floats can't tell."""


def discount_factors(years, rate: float) -> np.ndarray:
    """What one unit of money at each time is worth at the start, at a rate a year."""
    return (1.0 + rate) ** -np.asarray(years, dtype="float64")


def net_present_value(amounts, years, rate: float):
    """The amounts discounted at the rate and added up; of draws, one value each."""
    return np.asarray(amounts, dtype="float64") @ discount_factors(years, rate)


def value_profile(amounts, years, rates) -> np.ndarray:
    """The net present value at each of these rates."""
    return np.array([net_present_value(amounts, years, rate) for rate in rates])


def sign_changes(amounts) -> int:
    """How often the amounts change their sign in time; there are at most so many internal rates (Descartes)."""
    signs = np.sign(np.asarray(amounts, dtype="float64"))
    signs = signs[signs != 0]
    return int((signs[1:] != signs[:-1]).sum())


# ------------------------------------------------------------------------------------------------- internal rates of return


@dataclass(frozen=True)
class InternalRate:
    """A rate of return a year at which the present value is zero.

    `turns`: falls (above it the stream no longer pays, as with an investment), rises (only above it does it pay, as with a
    loan taken up), touches (the value reaches zero there without passing it).
    """

    rate: float
    turns: str


def internal_rates(amounts, years) -> list[InternalRate]:
    """Every internal rate of return between LOWEST and HIGHEST, in rising order; empty where there is none.

    No starting guess, no grid that a root could slip through: by Rolle's theorem a sum of n exponentials has at most one
    root more than a derivative that is a sum of n − 1, so the roots of each derivative part the range into stretches on
    which the next one runs one way. Two roots closer than about a millionth are told as one that touches.
    −100, +210, −110.25 gives 5 % once: the present value −100 (1 − 1.05 v)² touches zero. −1000, +2300, −1320 gives 10 % and 20 %.
    """
    weights, times = _merged(amounts, years)
    low, high = np.log1p(LOWEST), np.log1p(HIGHEST)
    orders = [(weights, times)]
    while sign_changes(orders[-1][0]) > 1:
        orders.append(_derivative(*orders[-1]))
    cuts: list[tuple[float, str]] = []
    for order in reversed(orders):
        cuts = _zeros(*order, [low, *(force for force, _ in cuts), high])
    return [InternalRate(float(np.expm1(force)), turns) for force, turns in cuts]


def _merged(amounts, years) -> tuple[np.ndarray, np.ndarray]:
    """Amounts of the same time added up, those of nothing left out."""
    times, at = np.unique(np.asarray(years, dtype="float64"), return_inverse=True)
    weights = np.bincount(at, weights=np.asarray(amounts, dtype="float64"), minlength=len(times))
    return weights[weights != 0], times[weights != 0]


def _derivative(weights: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The derivative of the sum once its first term has been made constant: one term less, its sign turned."""
    rest = weights[1:] * (times[1:] - times[0])
    return rest / np.abs(rest).max(), times[1:]


def _zeros(weights: np.ndarray, times: np.ndarray, cuts: list[float]) -> list[tuple[float, str]]:
    """The zeros of Σ weights · exp(−force · times), which runs one way between neighbouring cuts."""
    if not len(weights):
        return []
    signs = [_sign(weights, times, cut) for cut in cuts]
    found = [(cut, _turn(signs[at], signs[at + 2])) for at, cut in enumerate(cuts[1:-1]) if signs[at + 1] == 0]
    for (low, left), (high, right) in pairwise(zip(cuts, signs, strict=True)):
        if left * right < 0:
            force = brentq(_scaled_value, low, high, args=(weights, times), xtol=1e-15, rtol=1e-15)
            found.append((force, _turn(left, right)))
    return sorted(found)


def _turn(left: float, right: float) -> str:
    return "touches" if left == right else "falls" if left > right else "rises"


def _scaled_value(force: float, weights: np.ndarray, times: np.ndarray) -> float:
    """The value at a force of interest, over the largest of its discount factors, so that nothing overflows."""
    exponents = -force * times
    return float(weights @ np.exp(exponents - exponents.max()))


def _sign(weights: np.ndarray, times: np.ndarray, force: float) -> float:
    value = _scaled_value(force, weights, times)
    return 0.0 if abs(value) <= NOTHING * _scaled_value(force, np.abs(weights), times) else float(np.sign(value))


def sole_rates(amounts, years, most: int = 100) -> np.ndarray:
    """The internal rate of each draw (a row each) that has exactly one; missing for the others.

    A draw whose amounts change sign once has at most one; draws with more changes, none, or a rate out of range are missing.
    """
    amounts, years = np.atleast_2d(np.asarray(amounts, dtype="float64")), np.asarray(years, dtype="float64")
    ends = [_values(np.full(len(amounts), np.log1p(rate)), amounts, years)[0] for rate in (LOWEST, HIGHEST)]
    sole = np.flatnonzero((_changes(amounts) == 1) & (np.sign(ends[0]) * np.sign(ends[1]) < 0))
    rates = np.full(len(amounts), np.nan)
    rates[sole] = np.expm1(_solve(amounts[sole], years, np.sign(ends[0])[sole], most))
    return rates


def _solve(amounts: np.ndarray, years: np.ndarray, first: np.ndarray, most: int) -> np.ndarray:
    """The forces at which the rows are worth nothing: Newton's steps, halved brackets where these lead away."""
    low, high = np.full(len(amounts), np.log1p(LOWEST)), np.full(len(amounts), np.log1p(HIGHEST))
    force, still = np.full(len(amounts), np.log1p(0.1)), np.arange(len(amounts))
    before = high - low
    for _ in range(most):
        value, slope = _values(force[still], amounts[still], years)
        left = np.sign(value) == first[still]
        low[still], high[still] = np.where(left, force[still], low[still]), np.where(left, high[still], force[still])
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = force[still] - value / slope
        closing = (newton > low[still]) & (newton < high[still]) & (np.abs(newton - force[still]) < before[still] / 2)
        moved = np.where(closing, newton, (low[still] + high[still]) / 2)
        before[still], force[still] = np.abs(moved - force[still]), moved
        still = still[before[still] > 1e-12]
        if not len(still):
            break
    return force


def _changes(amounts: np.ndarray) -> np.ndarray:
    """Changes of sign of each row; amounts of nothing take the sign before them."""
    signs = np.sign(amounts)
    for at in range(1, signs.shape[1]):
        signs[:, at] = np.where(signs[:, at] == 0, signs[:, at - 1], signs[:, at])
    return ((signs[:, 1:] != signs[:, :-1]) & (signs[:, :-1] != 0)).sum(axis=1)


def _values(force: np.ndarray, amounts: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Present value and its slope at each draw's own force of interest."""
    discounted = amounts * np.exp(-force[:, None] * years)
    return discounted.sum(axis=1), -(discounted * years).sum(axis=1)


def modified_rate(amounts, years, rate: float) -> float:
    """The modified internal rate of return: receipts reinvested and payments financed at the rate; missing without both."""
    amounts, years = np.asarray(amounts, dtype="float64"), np.asarray(years, dtype="float64")
    paid = -net_present_value(np.minimum(amounts, 0.0), years, rate)
    received = net_present_value(np.maximum(amounts, 0.0), years, rate)
    span = float(years.max() - years.min())
    if paid <= 0 or received <= 0 or span == 0:
        return float("nan")
    return float((received / paid) ** (1 / span) * (1 + rate) - 1)


# ------------------------------------------------------------------------------------------------------ payback and capital


def payback(amounts, years):
    """Years from the first amount until the money is back for good, the last step taken evenly; infinite where it never is.

    A stream that falls below zero again later, as with a clean-up at the end, is paid back only after that. Of draws, one value each.
    """
    amounts, years = np.asarray(amounts, dtype="float64"), np.asarray(years, dtype="float64")
    total = np.cumsum(np.atleast_2d(amounts), axis=1)
    below = total < 0
    last = np.where(below.any(axis=1), below.shape[1] - 1 - below[:, ::-1].argmax(axis=1), -1)
    here, after = np.maximum(last, 0), np.minimum(last + 1, below.shape[1] - 1)
    rows = np.arange(len(total))
    gain = total[rows, after] - total[rows, here]
    with np.errstate(divide="ignore", invalid="ignore"):
        at = years[here] + (years[after] - years[here]) * -total[rows, here] / gain - years[0]
    back = np.where(last < 0, 0.0, np.where(last == below.shape[1] - 1, np.inf, at))
    return float(back[0]) if amounts.ndim == 1 else back


def capital_need(amounts):
    """The most money that is out at any time: the lowest point of the running total, as a positive amount; of draws, one each."""
    return np.maximum(0.0, -np.cumsum(np.asarray(amounts, dtype="float64"), axis=-1).min(axis=-1))
