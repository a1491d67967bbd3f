"""Holds and targets that can't all be met: the smallest set of holds in the way, named.

Targets are totals of ranges, which may overlap; held cells keep what they hold; cells of some accounts can't be negative. Whether
figures exist that meet everything is a small linear problem (scipy's HiGHS). The smallest set is found by hitting sets: a set that is
in conflict meets every set of holds whose release would end the conflict, and the smallest that does so and is in conflict is it.

Source: Ignatiev, Previti, Liffiton and Marques-Silva (2015), Smallest MUS extraction with minimal hitting set dualization;
Chinneck and Dravnieks (1991), Locating minimal infeasible constraint sets in linear programs (the deletion filter).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
EXACT = 60
"""Up to so many holds the smallest set in conflict is found; of more, one of which none can be left out."""


class Target(NamedTuple):
    """A total that a range is to come to; `into`: the weight (1, −1, 0) of each account into it, 1 for all where there is none."""

    name: str
    chosen: Range
    total: float
    into: Mapping[str, float] | None = None


class Conflict(NamedTuple):
    """Holds and targets that can't go together; none of them can be left out of the conflict. `smallest`: no fewer holds conflict."""

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
    names = ", ".join(found.holds)
    kind = "the smallest set of holds in the way" if found.smallest else "a set of holds in the way, none of which can be left out"
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
    asked, held = _alike_together(asked, covered.to_numpy(dtype=bool))
    count, everything = held.shape[1], range(len(names))
    if _feasible(asked, held, range(count), everything):
        return None
    if _feasible(asked, held, (), everything):
        found, smallest = _smallest(count, lambda kept: _feasible(asked, held, kept, everything))
    else:
        found, smallest = [], True
    against, fewest = _smallest(len(names), lambda kept: _feasible(asked, held, found, kept))
    return Conflict(tuple(covered.columns[found]), tuple(names[at] for at in against), smallest if found else fewest)


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


def _smallest(count: int, feasible: Callable[[Collection[int]], bool]) -> tuple[list[int], bool]:
    """The smallest set of `count` things that isn't feasible together, all of them not being so; and whether it is the smallest."""
    if count > EXACT:
        return _none_left_out(count, feasible), False
    releases = [{at} for at in range(count) if feasible([other for other in range(count) if other != at])]
    while True:
        tried = _fewest_that_meet(releases, count)
        if not feasible(tried):
            return tried, True
        grown = set(tried)
        for at in range(count):
            if at not in grown and feasible(sorted(grown | {at})):
                grown.add(at)
        releases.append(set(range(count)) - grown)


def _fewest_that_meet(sets: list[set[int]], count: int) -> list[int]:
    """The fewest things of which each set has at least one."""
    if not sets:
        return []
    matrix = np.array([[at in one for at in range(count)] for one in sets], dtype=float)
    solved = milp(np.ones(count), constraints=LinearConstraint(matrix, 1, np.inf), integrality=np.ones(count), bounds=Bounds(0, 1))
    return np.flatnonzero(np.round(solved.x)).tolist()


def _none_left_out(count: int, feasible: Callable[[Collection[int]], bool]) -> list[int]:
    """A set that isn't feasible together and of which none can be left out: one after another is dropped where the rest still isn't."""
    kept = list(range(count))
    for at in range(count):
        fewer = [other for other in kept if other != at]
        if not feasible(fewer):
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
