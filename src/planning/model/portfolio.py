"""Which projects to take when money is short: the plain ranking, and the best choice there is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

COUNTED = 16
"""Up to so many projects every combination is looked at; more are left to the solver (HiGHS)."""


def choose_by_rank(values, needs, limit: float) -> np.ndarray:
    """The textbook's way: down the ranking by value per unit of capital, each that still fits; none of no value."""
    values, needs = np.asarray(values, dtype="float64"), np.asarray(needs, dtype="float64")
    with np.errstate(divide="ignore", invalid="ignore"):
        per_unit = np.where(needs > 0, values / needs, np.inf)
    chosen, left = np.zeros(len(values), dtype=bool), limit
    for at in np.argsort(-per_unit, kind="stable"):
        if values[at] > 0 and needs[at] <= left:
            chosen[at], left = True, left - needs[at]
    return chosen


class Terms(NamedTuple):
    """What a choice of projects is bound to beyond one limit.

    `purse`: for each project the place of its limit among several, 0 for the only one. `alternatives`: sets of projects of which at most
    one is taken. `requires`: pairs of a project and one that must be taken with it. `rates`, `sizes`, `purses`: what else money
    is worth in each purse, in slices that can be taken in part: value per unit, size, purse.
    """

    purse: np.ndarray
    alternatives: tuple[tuple[int, ...], ...] = ()
    requires: tuple[tuple[int, int], ...] = ()
    rates: np.ndarray = np.zeros(0)
    sizes: np.ndarray = np.zeros(0)
    purses: np.ndarray = np.zeros(0, dtype=int)


def choose_best(values, needs, limit, terms: Terms | None = None) -> np.ndarray:
    """The combination of the largest value whose needs together stay within the limit; of equal ones, that of the least need.

    With `terms` the limits are several, and what the money left over is worth counts.
    """
    values, needs = np.asarray(values, dtype="float64"), np.asarray(needs, dtype="float64")
    terms = Terms(np.zeros(len(values), dtype=int)) if terms is None else terms
    choose = _choose_counted if len(values) <= COUNTED else _choose_solved
    return choose(values, needs, np.atleast_1d(np.asarray(limit, dtype="float64")), terms)


def _choose_counted(values: np.ndarray, needs: np.ndarray, limits: np.ndarray, terms: Terms) -> np.ndarray:
    """Every combination looked at."""
    combinations = (np.arange(2 ** len(values))[:, None] >> np.arange(len(values))) & 1
    allowed = np.ones(len(combinations), dtype=bool)
    for group in terms.alternatives:
        allowed &= combinations[:, list(group)].sum(axis=1) <= 1
    for project, other in terms.requires:
        allowed &= combinations[:, project] <= combinations[:, other]
    worth = combinations @ values
    for purse, limit in enumerate(limits):
        left = limit - combinations @ np.where(terms.purse == purse, needs, 0.0)
        allowed &= left >= 0
        worth = worth + _worth_of(left, terms, purse)
    together = combinations @ needs
    best = np.lexsort((together, -np.where(allowed, worth, -np.inf)))[0]
    return combinations[best].astype(bool)


def _worth_of(left: np.ndarray, terms: Terms, purse: int) -> np.ndarray:
    """What money left in a purse is worth in its slices, the best first."""
    mine = np.flatnonzero((terms.purses == purse) & (terms.rates > 0))
    if not len(mine):
        return np.zeros(len(left))
    mine = mine[np.argsort(-terms.rates[mine], kind="stable")]
    reach = np.concatenate([[0.0], np.cumsum(terms.sizes[mine])])
    return np.interp(left, reach, np.concatenate([[0.0], np.cumsum(terms.sizes[mine] * terms.rates[mine])]))


def _choose_solved(values: np.ndarray, needs: np.ndarray, limits: np.ndarray, terms: Terms) -> np.ndarray:
    """The same through HiGHS, to its exact end; a combination that only the solver's tolerance lets in is shut out."""
    count, slices = len(values), len(terms.sizes)
    rules = [_within(needs, limits, terms), *_rules(terms, count + slices)]
    gains = np.concatenate([values, terms.rates * terms.sizes])
    whole = np.concatenate([np.ones(count), np.zeros(slices)])
    while True:
        solved = milp(-gains, constraints=rules, integrality=whole, bounds=Bounds(0, 1), options={"mip_rel_gap": 0.0})
        chosen = np.round(solved.x[:count]).astype(bool)
        if not (np.bincount(terms.purse, np.where(chosen, needs, 0.0), len(limits)) > limits).any():
            return _of_use(chosen, values, terms)
        shut = np.concatenate([np.where(chosen, 1.0, -1.0), np.zeros(slices)])
        rules.append(LinearConstraint(shut[None, :], -np.inf, chosen.sum() - 1))


def _of_use(chosen: np.ndarray, values: np.ndarray, terms: Terms) -> np.ndarray:
    """The chosen projects less those of no value that nothing chosen requires."""
    while True:
        required = [other for project, other in terms.requires if chosen[project] and project != other]
        kept = chosen & ((values > 0) | np.isin(np.arange(len(values)), required))
        if (kept == chosen).all():
            return chosen
        chosen = kept


def _within(needs: np.ndarray, limits: np.ndarray, terms: Terms) -> LinearConstraint:
    """Each purse's needs and slices within its limit, in parts of it."""
    size = np.where((limits > 0) & np.isfinite(limits), limits, 1.0)
    drawn = np.concatenate([needs, terms.sizes])
    purse = np.concatenate([terms.purse, terms.purses])
    matrix = np.where(purse == np.arange(len(limits))[:, None], drawn / size[:, None], 0.0)
    return LinearConstraint(matrix, -np.inf, limits / size)


def _rules(terms: Terms, columns: int) -> list[LinearConstraint]:
    rows = []
    for group in terms.alternatives:
        rows.append((np.isin(np.arange(columns), group).astype(float), 1.0))
    for project, other in terms.requires:
        rows.append((np.eye(columns)[project] - np.eye(columns)[other], 0.0))
    return [LinearConstraint(row[None, :], -np.inf, highest) for row, highest in rows]
