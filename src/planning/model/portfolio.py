"""Which projects to take when money is short: the plain ranking, and the best choice there is."""

from __future__ import annotations

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


def choose_best(values, needs, limit: float) -> np.ndarray:
    """The combination of the largest value whose needs together stay within the limit; of equal ones, that of the least need."""
    values, needs = np.asarray(values, dtype="float64"), np.asarray(needs, dtype="float64")
    return _choose_counted(values, needs, limit) if len(values) <= COUNTED else _choose_solved(values, needs, limit)


def _choose_counted(values: np.ndarray, needs: np.ndarray, limit: float) -> np.ndarray:
    """Every combination looked at."""
    combinations = (np.arange(2 ** len(values))[:, None] >> np.arange(len(values))) & 1
    together = combinations @ needs
    allowed = together <= limit
    worth = np.where(allowed, combinations @ values, -np.inf)
    best = np.lexsort((together, -worth))[0]
    return combinations[best].astype(bool)


def _choose_solved(values: np.ndarray, needs: np.ndarray, limit: float) -> np.ndarray:
    """The same through HiGHS, to its exact end."""
    fits = LinearConstraint(needs[None, :], -np.inf, limit)
    whole = np.ones(len(values))
    options = {"mip_rel_gap": 0.0}
    solved = milp(-values, constraints=fits, integrality=whole, bounds=Bounds(0, 1), options=options)
    return np.round(solved.x).astype(bool) & (values > 0)
