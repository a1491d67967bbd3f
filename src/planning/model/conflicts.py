"""Holds and targets that can't all be met: the smallest set of holds in the way, named.

Targets are totals of ranges, which may overlap; held cells keep what they hold; cells of some accounts can't be negative. Whether
figures exist that meet everything is a small linear problem (scipy's HiGHS). Where there are none, some sum of targets and held cells,
each times a factor, contradicts itself (Farkas); the sum that needs the fewest holds is a mixed-integer problem, and each set that
it proposes is tried. A proposal that is no conflict, because of the solver's tolerances, shows holds of which a conflict has at least one.
Of few holds every set is tried.

Source: Gleeson and Ryan (1990), Identifying minimally infeasible subsystems of inequalities; Chinneck and Dravnieks (1991), Locating
minimal infeasible constraint sets in linear programs (the deletion filter).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from planning.core.errors import PlanningError, Problem
from planning.core.money import from_minor, to_minor
from planning.model.history import raise_problems
from planning.model.ranges import (
    Cells,
    Digits,
    Range,
    amount_problems,
    cells_of,
    held_by,
    one_scale,
    range_problems,
    say_range,
    select_cells,
)

FOUND, NONE = 0, 2  # what linprog's status says
COUNTED = 8
"""Up to so many holds every set of them is tried, the smaller ones first; more are left to the solver."""
ROUNDS = 50
"""Proposals that are tried; after them a set is found of which none can be left out, but there may be a smaller one elsewhere."""
MANY = 300
"""Holds beyond which no smaller set is looked for."""
NAMED = 20
GAP = 0.1
"""By how much a contradiction misses at least, in smallest units: the targets' factors are at most 1, and seldom below a tenth."""


class Target(NamedTuple):
    """A total that a range is to come to; `into`: the weight (1, −1, 0) of each account into it, 1 for all where there is none."""

    name: str
    chosen: Range
    total: float
    into: Mapping[str, float] | None = None


class Conflict(NamedTuple):
    """Holds and targets that can't go together. `smallest`: no fewer holds do (of contradicting targets: no fewer targets); else, where
    there are more than MANY holds or the solver's tolerances were in the way, there may be a smaller set."""

    holds: tuple[str, ...]
    targets: tuple[str, ...]
    smallest: bool


def find_conflict(
    table: pd.DataFrame,
    targets: Sequence[Target],
    holds: pd.DataFrame | None = None,
    not_negative: Collection[str] = (),
    digits: Digits = 2,
) -> Conflict | None:
    """The smallest set of holds that leaves no figures for the targets, with the targets it is in conflict with; None where all go.

    Without holds in it the targets contradict each other, or ask for less than 0 of accounts that can't be negative. A hold on a negative
    cell of such an account is in conflict by itself. Whether the figures come out in whole cents isn't told where targets overlap in
    circles. Raises RequestError with everything wrong in the table, the ranges, the holds and the targets.
    """
    raise_problems("targets", _target_problems(table, targets, holds, not_negative, digits))
    asked, place = _demands(table, targets, not_negative, digits)
    return _conflict(asked, held_by(table, holds).iloc[place], [target.name for target in targets])


def check_targets(
    table: pd.DataFrame,
    targets: Sequence[Target],
    holds: pd.DataFrame | None = None,
    not_negative: Collection[str] = (),
    digits: Digits = 2,
) -> None:
    """Raises RequestError that names the smallest set of holds, or of targets, that can't go together."""
    found = find_conflict(table, targets, holds, not_negative, digits)
    if found is None:
        return
    where = f"targets {', '.join(found.targets)}" if found.targets else "cells that can't be negative"
    if not found.holds:
        raise_problems("targets", [Problem("targets contradict each other", where, next="change one of them")])
    raise_problems("targets", [_said(found, where)])


def no_way_out(
    table: pd.DataFrame, chosen: Range, cells: Cells, total: int, holds: pd.DataFrame | None, signs: np.ndarray
) -> list[Problem]:
    """The problem of one range whose held cells don't come to a total (smallest units), nothing being free: the holds to release."""
    covered = held_by(table, holds).iloc[cells.place]
    nothing = np.zeros(len(cells.place), dtype=bool)
    found = _conflict(_Demands(signs[None, :], np.array([total]), cells.amount, nothing), covered, ["total"])
    got, wanted = (f"{amount:,.{cells.digits[0]}f}" for amount in from_minor([(cells.amount * signs).sum(), total], cells.digits[0]))
    if found is None or not found.holds:
        return [Problem("no cell goes into the total", say_range(chosen), got, wanted)]
    return [_said(found, say_range(chosen), got, wanted)]


def _said(found: Conflict, where: str, got: str = "", expected: str = "") -> Problem:
    names = ", ".join(found.holds[:NAMED]) + (f", … and {len(found.holds) - NAMED} more" if len(found.holds) > NAMED else "")
    kind = "the smallest set of holds in the way" if found.smallest else "holds in the way, perhaps not the smallest set"
    return Problem(f"the holds leave no way ({kind}: {names})", where, got, expected, "release one of them, or change the total")


# ------------------------------------------------------------------------------------------------------- linear problem


class _Demands(NamedTuple):
    """What is asked of cells: coefficients (targets × cells), totals and amounts in smallest units, and which can't be negative."""

    coefficients: np.ndarray
    totals: np.ndarray
    amounts: np.ndarray
    bounded: np.ndarray


def _demands(table: pd.DataFrame, targets: Sequence[Target], not_negative: Collection[str], digits: Digits) -> tuple[_Demands, np.ndarray]:
    """What the targets ask of the cells that are in any of them, and the places of these cells."""
    inside = np.logical_or.reduce([select_cells(table, target.chosen) for target in targets])
    place = np.flatnonzero(inside)
    rows, coefficients, totals, amounts = table.iloc[place], [], [], np.zeros(len(table), dtype="int64")
    for target in targets:
        cells = cells_of(table, target.chosen, None, digits)
        amounts[cells.place] = cells.amount
        weights = 1.0 if target.into is None else rows["account"].map(target.into).to_numpy("float64", na_value=0.0)
        coefficients.append(np.where(select_cells(rows, target.chosen), weights, 0.0))
        totals.append(int(to_minor([target.total], cells.digits[0])[0]))
    bounded = rows["account"].isin(list(not_negative)).to_numpy() if len(not_negative) else np.zeros(len(rows), dtype=bool)
    return _Demands(np.array(coefficients), np.array(totals), amounts[place], bounded), place


def _conflict(asked: _Demands, covered: pd.DataFrame, names: list[str]) -> Conflict | None:
    """The smallest set of holds (columns of `covered`, a row a cell) in conflict with the targets, and which of these."""
    covered = covered.loc[:, covered.any(axis=0).to_numpy(dtype=bool)]
    if covered.shape[1] > MANY:
        return _conflict_of_many(asked, covered, names)
    asked, held = _alike_together(asked, covered.to_numpy(dtype=bool))
    every = list(range(held.shape[1])), list(range(len(names)))
    if _feasible(asked, held, *every):
        return None
    found, smallest = [], True
    if _feasible(asked, held, [], every[1]):
        below = held[asked.bounded & (asked.amounts < 0)].any(axis=0)
        if below.any():
            return Conflict((covered.columns[below.argmax()],), (), True)
        found, smallest = _fewest(asked, held, None, every[1])
    against, fewest = _fewest(asked, held, found, None)
    return Conflict(tuple(covered.columns[found]), tuple(names[at] for at in against), smallest if found else fewest)


def _conflict_of_many(asked: _Demands, covered: pd.DataFrame, names: list[str]) -> Conflict | None:
    """The same with all holds as one."""
    together = _conflict(asked, covered.any(axis=1).to_frame("all"), names)
    if together is None or not together.holds:
        return together
    return Conflict(tuple(covered.columns), together.targets, False)


def _alike_together(asked: _Demands, held: np.ndarray) -> tuple[_Demands, np.ndarray]:
    """Cells that the same targets, holds and bounds bear on, added into one. A negative cell that can't be one stays by itself."""
    below = asked.bounded & (asked.amounts < 0)
    kinds = np.vstack([asked.coefficients, held.T, asked.bounded, below])
    unlike, which = np.unique(kinds, axis=1, return_inverse=True)
    sums = np.zeros(unlike.shape[1], dtype="int64")
    np.add.at(sums, which.ravel(), asked.amounts)
    targets = len(asked.totals)
    together = _Demands(unlike[:targets], asked.totals, sums, unlike[-2].astype(bool))
    return together, unlike[targets:-2].T.astype(bool)


def _feasible(asked: _Demands, held: np.ndarray, holds: Collection[int], targets: Collection[int]) -> bool:
    """Whether there are figures for these targets when these holds hold."""
    fixed, rows = held[:, list(holds)].any(axis=1), list(targets)
    if (fixed & asked.bounded & (asked.amounts < 0)).any():
        return False
    left = asked.totals[rows] - asked.coefficients[np.ix_(rows, fixed)] @ asked.amounts[fixed]
    matrix = asked.coefficients[np.ix_(rows, ~fixed)]
    empty = ~matrix.any(axis=1)
    if (left[empty] != 0).any():
        return False
    lowest = np.where(asked.bounded[~fixed], 0.0, -np.inf)
    if empty.all() or ((~empty).sum() == 1 and np.isinf(lowest[matrix[~empty][0] != 0]).any()):
        return True
    bounds = np.column_stack([lowest, np.full(len(lowest), np.inf)])
    solved = linprog(np.zeros(len(lowest)), A_eq=matrix[~empty], b_eq=left[~empty], bounds=bounds)
    if solved.status not in (FOUND, NONE):
        raise PlanningError(f"whether the targets can be met could not be told: {solved.message}")
    return solved.status == FOUND


# --------------------------------------------------------------------------------------------------------- smallest set


def _fewest(asked: _Demands, held: np.ndarray, holds: list[int] | None, targets: list[int] | None) -> tuple[list[int], bool]:
    """The fewest holds (where `holds` is None), or targets, that conflict with the targets, or holds, given; whether no fewer do."""
    count = held.shape[1] if holds is None else len(asked.totals)

    def fits(some: list[int]) -> bool:
        return _feasible(asked, held, some if holds is None else holds, some if targets is None else targets)

    if count <= COUNTED:
        return next(list(some) for size in range(count + 1) for some in combinations(range(count), size) if not fits(list(some))), True
    releases: list[list[int]] = []
    for _ in range(ROUNDS):
        proposed = _proposed(asked, held, holds, targets, releases)
        if proposed is None:
            break
        if not fits(proposed):
            return proposed, True
        releases.append(_release(proposed, count, fits))
    return _none_left_out(count, fits), False


def _proposed(asked: _Demands, held: np.ndarray, holds: list[int] | None, targets: list[int] | None, releases) -> list[int] | None:
    """The fewest holds or targets with which a sum contradicts itself and each release is met; None where the solver finds none.

    The columns: the targets' factors y, the held cells' factors u, holds in use, targets in use, and which target's factor is 1 or −1,
    so that no sum is so small that it hides in a tolerance. Free cells drop out of the sum, or stay on the side on which they
    can't be negative.
    """
    (cells, count), most = held.shape, len(asked.totals)
    width = 4 * most + cells + count
    y, u, h, t, up, down = np.split(np.eye(width), np.cumsum([most, cells, count, most, most]))
    drop = asked.coefficients.T @ y + u
    used = held.astype(float) @ h * most
    toggles = np.flatnonzero((h if holds is None else t).any(axis=0))
    rules = [
        LinearConstraint(drop, 0, np.where(asked.bounded, np.inf, 0.0)),
        LinearConstraint(np.vstack([used - u, used + u, t - y, t + y]), 0, np.inf),
        LinearConstraint(asked.totals @ y + asked.amounts @ u, -np.inf, -GAP),
        LinearConstraint(np.vstack([y - 2 * up, -y - 2 * down]), -1, np.inf),
        LinearConstraint((up + down).sum(axis=0), 1, np.inf),
        *(LinearConstraint(np.isin(np.arange(width), toggles[one]).astype(float), 1, np.inf) for one in releases),
    ]
    reach = np.concatenate([np.ones(most), np.full(cells, float(most))])
    low = np.concatenate([-reach, _lowest(holds, count), _lowest(targets, most), np.zeros(2 * most)])
    high = np.concatenate([reach, _highest(holds, count), _highest(targets, most), np.ones(2 * most)])
    counted = np.isin(np.arange(width), toggles).astype(float)
    whole = np.arange(width) >= most + cells
    solved = milp(counted, constraints=rules, integrality=whole, bounds=Bounds(low, high), options={"mip_rel_gap": 0.0})
    return None if solved.x is None else np.flatnonzero(np.round(solved.x[toggles])).tolist()


def _lowest(used: list[int] | None, count: int) -> np.ndarray:
    return np.zeros(count) if used is None else np.isin(np.arange(count), used).astype(float)


def _highest(used: list[int] | None, count: int) -> np.ndarray:
    return np.ones(count) if used is None else np.isin(np.arange(count), used).astype(float)


def _release(proposed: list[int], count: int, fits: Callable[[list[int]], bool]) -> list[int]:
    """What is left over when as much as goes is added to what fits: any conflict has at least one of it."""
    grown = list(proposed)
    for at in range(count):
        if at not in grown and fits(sorted([*grown, at])):
            grown.append(at)
    return [at for at in range(count) if at not in grown]


def _none_left_out(count: int, fits: Callable[[list[int]], bool]) -> list[int]:
    """A set that doesn't fit together and of which none can be left out: one after another is dropped where the rest still doesn't."""
    kept = list(range(count))
    for at in range(count):
        fewer = [other for other in kept if other != at]
        if not fits(fewer):
            kept = fewer
    return kept


# ------------------------------------------------------------------------------------------------------- what's wrong


def _target_problems(table, targets: Sequence[Target], holds, not_negative: Collection[str], digits: Digits) -> list[Problem]:
    """What is wrong with the targets; their names are told apart, their totals exact, each of one scale."""
    if not targets or not all(isinstance(target, Target) for target in targets):
        return [Problem("no target", "targets", repr(targets), "at least one Target, and nothing else")]
    if isinstance(not_negative, str):
        return [Problem("wrong type", "not_negative", repr(not_negative), "a list of accounts")]
    names = [target.name for target in targets]
    problems = [Problem("name used twice", f"target {name}") for name in sorted({name for name in names if names.count(name) > 1})]
    problems += range_problems(table, {f"target {target.name}": target.chosen for target in targets}, holds, digits)
    if problems:
        return problems
    if (len(not_negative) or any(target.into is not None for target in targets)) and "account" not in table.columns:
        return [Problem("missing column account", "table", next="weights into a total, and what can't be negative, are by account")]
    unknown = sorted(set(not_negative) - set(table["account"])) if len(not_negative) else []
    problems = [Problem("unknown account", "not_negative", account) for account in unknown]
    for target in targets:
        cells, where = cells_of(table, target.chosen, None, digits), f"target {target.name}"
        problems += one_scale(cells, where) or amount_problems(target.total, where, cells.digits[0])
        problems += into_problems(table, cells, target.into)
    return problems


def into_problems(table: pd.DataFrame, cells: Cells, into: Mapping[str, float] | None) -> list[Problem]:
    """What is wrong with the weights of a range's accounts into a total: each has one, 1, −1 or 0."""
    if into is None:
        return []
    if not isinstance(into, Mapping):
        return [Problem("wrong type", "into", type(into).__name__, "account → weight")]
    if "account" not in table.columns:
        return [Problem("missing column account", "table", next="weights into a total are by account")]
    found = {account: into.get(account) for account in sorted(table["account"].iloc[cells.place].unique())}
    wrong = {account: weight for account, weight in found.items() if weight not in (-1, 0, 1)}
    return [Problem("wrong weight", f"into, {account}", repr(weight), "1, -1 or 0") for account, weight in wrong.items()]
