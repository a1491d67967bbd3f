"""Planning verbs on a range of cells: spread, break back, copy, transfer, reallocate, grow; each gives a new table and what it moved.

Ranges, holds and tables are as `model.ranges` says. A verb changes free cells of its ranges and nothing else: held cells and all
other rows stay as they are. A total counts the held cells too: what they hold is taken off first and the free cells get the rest.
Sums are exact: everything is shared in whole smallest units, leftover ones go to the largest remainders, of equal ones to the
cell whose key comes first. Stocks, averages and ratios are copied and grown; their sum over months says nothing to spread.

The zero case: weights, or amounts, of free cells that are all 0 share evenly, and `basis` says so ("zero"). Mixed signs: weights that
cancel so far that a cell would get more than the whole are refused; `break_back` moves cells by their size, so that nothing cancels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.errors import Problem, at_most
from planning.core.money import from_minor, round_parts, to_minor
from planning.core.periods import FiscalCalendar, months_between
from planning.model.conflicts import into_problems, no_way_out
from planning.model.history import raise_problems
from planning.model.ranges import (
    MOST,
    Cells,
    Digits,
    Range,
    amount_problems,
    cell_name,
    cells_of,
    is_number,
    key_of,
    one_scale,
    range_problems,
)

BASES = ("even", "weights", "sizes", "zero", "cells")
"""By what a verb shared: evenly; by weights; by the cells' own sizes; evenly, since weights or sizes were all 0; each cell by itself."""
LARGEST_WEIGHT = 1e200
"""Weights are below it, so that sums of them are finite."""


class Act(NamedTuple):
    """What a verb did: the new `table` (rows and their order as before); `changes`, the key, before, after and difference of each
    cell that moved, in the table's order; `basis`, one of BASES."""

    table: pd.DataFrame
    changes: pd.DataFrame
    basis: str


class Like(NamedTuple):
    """Weights: `rows` (amount and the columns of `on`), matched with cells `on` these columns; "month" is the calendar month (1 to 12).

    Rows with equal keys are added; cells with equal keys share theirs evenly; rows that no cell follows don't count.
    Example: Like(last_year, ["account", "month"]); Like(heads_by_cost_centre, ["cost_centre"]).
    """

    rows: pd.DataFrame
    on: Sequence[str]


def seasonal(profile: pd.DataFrame, calendar: FiscalCalendar, year: int) -> Like:
    """Weights of a fiscal year's months from a profile (`spread.month_profile`, or `year_profile` for the year's own calendar)."""
    periods = profile["month"].map(lambda number: calendar.period(year, number)).astype("datetime64[ns]")
    by = [column for column in profile.columns if column not in ("month", "share", "years", "basis")]
    return Like(profile[by].assign(period=periods, amount=profile["share"]), [*by, "period"])


# -------------------------------------------------------------------------------------------------------------- verbs


def spread(
    table: pd.DataFrame, chosen: Range, amount: float, how: Like | None = None, holds: pd.DataFrame | None = None, digits: Digits = 2
) -> Act:
    """A total put into the range: what it held before is gone, but for held cells. `how`: weights; None spreads evenly.

    Negative totals and totals of 0 work alike. Raises RequestError with everything wrong, among it weights that are missing for a cell or
    cancel, and holds that leave no cell to take the rest. Example: 100.00 over three cells is 33.34, 33.33, 33.33.
    """
    wrong = [*_how_problems(table, how), *_number_problems("amount", amount)]
    raise_problems("spread", [*range_problems(table, {"chosen": chosen}, holds, digits), *wrong])
    cells = cells_of(table, chosen, holds, digits)
    raise_problems("spread", _total_problems(table, chosen, cells, amount, holds) + _unmatched(table, cells, how))
    return _spread("spread", table, cells, _minor(amount, cells), how)


def reallocate(table: pd.DataFrame, chosen: Range, how: Like | None = None, holds: pd.DataFrame | None = None, digits: Digits = 2) -> Act:
    """The range's total shared out anew: by weights, or evenly; the total is kept. Errors as for `spread`."""
    raise_problems("reallocate", [*range_problems(table, {"chosen": chosen}, holds, digits), *_how_problems(table, how)])
    cells = cells_of(table, chosen, holds, digits)
    raise_problems("reallocate", one_scale(cells, "chosen") + _unmatched(table, cells, how))
    return _spread("reallocate", table, cells, int(cells.amount.sum()), how)


def break_back(
    table: pd.DataFrame,
    chosen: Range,
    total: float,
    holds: pd.DataFrame | None = None,
    digits: Digits = 2,
    into: Mapping[str, float] | None = None,
) -> Act:
    """The range's total changed to `total`, and the change broken back to its free cells by the size of what they hold.

    Cells of one sign stay in proportion. Where signs are mixed each cell moves the total's way by its size (a refund beside sales shrinks
    while they grow), so nothing cancels and no cell is blown up. Cells that are all 0 share evenly. `into`: for a total of a hierarchy
    whose accounts go in with signs, the weight (1, −1, or 0: not moved) of each account. Example: 60 and 40 to 50 → 30 and 20.
    """
    raise_problems("break back", [*range_problems(table, {"chosen": chosen}, holds, digits), *_number_problems("total", total)])
    cells = cells_of(table, chosen, holds, digits)
    raise_problems("break back", into_problems(table, cells, into))
    signs = _signs(table, cells, into)
    raise_problems("break back", _total_problems(table, chosen, cells, total, holds, signs))
    after, basis = _broken_back(cells, _minor(total, cells), signs)
    return _act(table, cells, after, basis)


def transfer(
    table: pd.DataFrame, source: Range, target: Range, amount: float, holds: pd.DataFrame | None = None, digits: Digits = 2
) -> Act:
    """An amount moved from one range to another, off and on by the size of what the free cells hold; the sum of both is kept.

    A negative amount goes the other way. The ranges have no cell in common. More than the source holds makes it negative.
    """
    ranges = {"source": source, "target": target}
    raise_problems("transfer", [*range_problems(table, ranges, holds, digits), *_number_problems("amount", amount)])
    off, on = (cells_of(table, chosen, holds, digits) for chosen in (source, target))
    both = Cells(*(np.concatenate(pair) for pair in zip(off, on, strict=True)))
    common = np.intersect1d(off.place, on.place)
    overlap = [Problem("ranges overlap", _name(table, place), expected="no cell in both source and target") for place in common]
    raise_problems("transfer", one_scale(both, "source and target") or at_most(overlap) or amount_problems(amount, "amount", off.digits[0]))
    moved = _minor(amount, off)
    sums = [(source, off, int(off.amount.sum()) - moved), (target, on, int(on.amount.sum()) + moved)]
    raise_problems("transfer", [problem for said, cells, total in sums for problem in _stuck(table, said, cells, total, holds)])
    after, bases = zip(*(_broken_back(cells, total, np.ones(len(cells.place))) for _, cells, total in sums), strict=True)
    return _act(table, both, np.concatenate(after), "zero" if "zero" in bases else "sizes")


def copy(
    table: pd.DataFrame,
    chosen: Range,
    source: pd.DataFrame,
    on: Sequence[str],
    factor: float = 1.0,
    holds: pd.DataFrame | None = None,
    digits: Digits = 2,
) -> Act:
    """The range's free cells take the amounts of `source` (another version, another year: the rows meant and no others), times `factor`.

    `on`: the columns that match a cell with its row, "month" for the calendar month; each cell has its own row and each row its cell,
    so that nothing is lost or counted twice. The copied cells add up to their rounded sum; a factor of 1 copies to the cent.
    """
    how = Like(source, on)
    wrong = [*_how_problems(table, how, "source"), *_number_problems("factor", factor)]
    raise_problems("copy", [*range_problems(table, {"chosen": chosen}, holds, digits), *wrong])
    cells = cells_of(table, chosen, holds, digits)
    raise_problems("copy", _unmatched(table, cells, how) + _not_one_to_one(table, cells, how))
    return _each(table, cells, _followed(table, cells, how) * factor, "copy")


def grow(
    table: pd.DataFrame,
    chosen: Range,
    rate: float,
    since: pd.Timestamp | None = None,
    every: int = 1,
    holds: pd.DataFrame | None = None,
    digits: Digits = 2,
) -> Act:
    """The range's free cells grown by `rate` (a fraction, −1 and more). The grown cells add up to their rounded sum.

    Without `since` each cell grows once. With it the rate compounds, once for each step of `every` months that has begun after that
    period: `every=1` by month, `every=12` by year. Example: 3 % since 2026-12 every 12 months is 1.03 in all of 2027, 1.0609 in 2028.
    """
    raise_problems("grow", [*range_problems(table, {"chosen": chosen}, holds, digits), *_growth_problems(table, rate, since, every)])
    cells = cells_of(table, chosen, holds, digits)
    steps = np.ones(len(cells.place)) if since is None else _steps(table["period"].iloc[cells.place], since, every)
    raise_problems("grow", _too_early(table, cells, steps))
    with np.errstate(over="ignore", invalid="ignore"):
        grown = from_minor(cells.amount, cells.digits) * (1 + rate) ** steps
    return _each(table, cells, grown, "grow")


# ------------------------------------------------------------------------------------------------------ whole amounts


def _minor(amount: float, cells: Cells) -> int:
    return int(to_minor([amount], cells.digits[0])[0])


def _spread(subject: str, table: pd.DataFrame, cells: Cells, total: int, how: Like | None) -> Act:
    """The free cells take the total less what is held, by their weights."""
    weights = np.ones(len(cells.place)) if how is None else _followed(table, cells, how)
    weights = weights[cells.free]
    raise_problems(subject, _cancelling(weights))
    after = cells.amount.copy()
    after[cells.free] = _shared(total - int(cells.amount[~cells.free].sum()), weights)
    return _act(table, cells, after, "even" if how is None else "weights" if weights.any() else "zero")


def _broken_back(cells: Cells, total: int, signs: np.ndarray) -> tuple[np.ndarray, str]:
    """The cells' amounts after their total has changed, and the basis."""
    free, after = cells.free & (signs != 0), cells.amount.copy()
    move, sizes = total - int((cells.amount * signs).sum()), np.abs(cells.amount[free]).astype(float)
    after[free] += _shared(move, sizes) * signs[free].astype("int64")
    return after, "sizes" if sizes.any() or not move else "zero"


def _shared(total: int, weights: np.ndarray) -> np.ndarray:
    """A whole number shared by weights into whole numbers that add up to it; evenly where the weights are all 0."""
    if not len(weights):
        return np.zeros(0, dtype="int64")
    even = weights / np.abs(weights).max() if weights.any() else np.ones(len(weights))
    return round_parts(even / even.sum() * total, total, digits=0)


def _each(table: pd.DataFrame, cells: Cells, wanted: np.ndarray, subject: str) -> Act:
    """The free cells take these amounts (in units), rounded so that those of each scale add up to their rounded sum."""
    scaled, after = wanted * np.power(10.0, cells.digits), cells.amount.copy()
    huge = cells.free & ~(np.abs(scaled) < MOST)
    wrong = zip(cells.place[huge], wanted[huge], strict=True)
    said = [Problem("wrong amount", _name(table, at), f"{amount:g}", "less, too large to be exact") for at, amount in wrong]
    raise_problems(subject, at_most(said))
    for decimals in np.unique(cells.digits):
        these = cells.free & (cells.digits == decimals)
        after[these] = round_parts(scaled[these], digits=0)
    return _act(table, cells, after, "cells")


def _act(table: pd.DataFrame, cells: Cells, after: np.ndarray, basis: str) -> Act:
    """The table with the cells that moved, and these cells before and after."""
    moved = np.flatnonzero(after != cells.amount)
    moved = moved[np.argsort(cells.place[moved])]
    place, digits = cells.place[moved], cells.digits[moved]
    amounts = table["amount"].to_numpy("float64", na_value=np.nan, copy=True)
    amounts[place] = from_minor(after[moved], digits)
    changes = table.iloc[place].drop(columns="amount").assign(
        before=from_minor(cells.amount[moved], digits),
        after=from_minor(after[moved], digits),
        difference=from_minor(after[moved] - cells.amount[moved], digits),
    )  # fmt: skip
    return Act(table.assign(amount=amounts), changes.reset_index(drop=True), basis)


# ------------------------------------------------------------------------------------------------------------ weights


def _keys(table: pd.DataFrame, on: Sequence[str]) -> list[tuple]:
    """The values by which rows are matched, a tuple a row; months from the periods where there is no such column."""
    columns = [table["period"].dt.month if name == "month" and "month" not in table else table[name] for name in on]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _followed(table: pd.DataFrame, cells: Cells, how: Like) -> np.ndarray:
    """What each cell follows: the sum of the rows with its key, shared evenly by the cells that have it; NaN where there is none."""
    sums: dict[tuple, float] = {}
    for key, amount in zip(_keys(how.rows, how.on), how.rows["amount"].to_numpy("float64"), strict=True):
        sums[key] = sums.get(key, 0.0) + amount
    keys = pd.Series(_keys(table.iloc[cells.place], how.on), dtype=object)
    alike = keys.map(keys.value_counts())
    return (keys.map(lambda key: sums.get(key, np.nan)) / alike).to_numpy("float64")


def _signs(table: pd.DataFrame, cells: Cells, into: Mapping[str, float] | None) -> np.ndarray:
    ones = np.ones(len(cells.place))
    return ones if into is None else table["account"].iloc[cells.place].map(into).to_numpy("float64")


def _steps(periods: pd.Series, since: pd.Timestamp, every: int) -> np.ndarray:
    """How many steps of so many months have begun after a period: 1 in the first `every` months."""
    return np.array([-(-months_between(since, period) // every) for period in periods], dtype=float)


# ------------------------------------------------------------------------------------------------------- what's wrong


def _name(table: pd.DataFrame, place: int) -> str:
    return cell_name(table[key_of(table)].astype(object).iloc[place])


def _number_problems(name: str, value) -> list[Problem]:
    return [] if is_number(value) else [Problem("wrong number", name, repr(value), "a finite number")]


def _total_problems(table, chosen: Range, cells: Cells, total, holds, signs: np.ndarray | None = None) -> list[Problem]:
    """What is wrong with a total for a range: several scales, no exact number, or holds that leave nothing to move."""
    wrong = one_scale(cells, "chosen") or amount_problems(total, "total", cells.digits[0])
    return wrong or _stuck(table, chosen, cells, _minor(total, cells), holds, signs)


def _stuck(table, chosen: Range, cells: Cells, total: int, holds, signs: np.ndarray | None = None) -> list[Problem]:
    """A problem where no cell is free and the range doesn't hold the total; it names the smallest set of holds in the way."""
    signs = np.ones(len(cells.place)) if signs is None else signs
    if (cells.free & (signs != 0)).any() or int((cells.amount * signs).sum()) == total:
        return []
    return no_way_out(table, chosen, cells, total, holds, signs)


def _how_problems(table: pd.DataFrame, how, name: str = "weights") -> list[Problem]:
    """What is wrong with weights, or a source, as a table."""
    if how is None or not isinstance(table, pd.DataFrame):
        return []
    if not isinstance(how, Like) or not isinstance(how.rows, pd.DataFrame):
        return [Problem("wrong type", name, type(getattr(how, "rows", how)).__name__, "a table, for weights in Like(rows, on)")]
    if not isinstance(how.on, list | tuple) or not how.on:
        return [Problem("nothing to match by", "on", repr(how.on), "a list of columns of both tables")]
    if not how.rows.columns.is_unique:
        return [Problem("column twice", name, str(column)) for column in how.rows.columns[how.rows.columns.duplicated()].unique()]
    sides = (("table", table), (name, how.rows))
    problems = [Problem(f"missing column {column}", side) for side, rows in sides for column in how.on if not _matchable(rows, column)]
    if "amount" not in how.rows.columns:
        return [*problems, Problem("missing column amount", name)]
    amounts = pd.to_numeric(how.rows["amount"], errors="coerce").to_numpy("float64", na_value=np.nan)
    bad = how.rows.loc[~(np.abs(amounts) < LARGEST_WEIGHT), "amount"]
    return problems + at_most([Problem("wrong amount", f"{name}, row {row}", str(got), "a finite number") for row, got in bad.items()])


def _matchable(rows: pd.DataFrame, name: str) -> bool:
    return name in rows.columns or (name == "month" and "period" in rows and pd.api.types.is_datetime64_dtype(rows["period"]))


def _unmatched(table: pd.DataFrame, cells: Cells, how: Like | None) -> list[Problem]:
    """Cells that have no row to follow: they don't silently become 0."""
    if how is None:
        return []
    places = cells.place[np.isnan(_followed(table, cells, how))]
    advice = "give it a row, if only of 0, or leave it out of the range"
    return at_most([Problem("nothing to follow", _name(table, place), next=advice) for place in places])


def _not_one_to_one(table: pd.DataFrame, cells: Cells, how: Like) -> list[Problem]:
    """Cells and source rows that aren't each other's only match."""
    ours, theirs = pd.Series(_keys(table.iloc[cells.place], how.on), dtype=object), pd.Series(_keys(how.rows, how.on), dtype=object)
    found = {
        "several cells for one row": (ours[ours.duplicated()], "each row's own cell; match on more columns"),
        "several rows for one cell": (theirs[theirs.duplicated()], "each cell's own row; match on more columns, or add them first"),
        "a row without a cell": (theirs[~theirs.isin(set(ours))], "a cell in the range for each row of the source"),
    }
    return [
        problem
        for what, (keys, expected) in found.items()
        for problem in at_most([Problem(what, cell_name(key), expected=expected) for key in keys.drop_duplicates()])
    ]


def _cancelling(weights: np.ndarray) -> list[Problem]:
    """A problem where weights of both signs cancel so far that one cell would get more than the whole."""
    if np.abs(weights).max(initial=0) <= abs(weights.sum()) * (1 + 1e-9):
        return []
    got = f"a sum of {weights.sum():g}, the largest {weights[np.abs(weights).argmax()]:g}"
    return [Problem("weights cancel", "weights", got, "weights of which none is larger than their sum", "spread evenly or by others")]


def _growth_problems(table, rate, since, every) -> list[Problem]:
    problems = [] if is_number(rate) and rate >= -1 else [Problem("wrong rate", "rate", repr(rate), "a fraction from -1")]
    if not isinstance(every, int | np.integer) or isinstance(every, bool) or every < 1:
        problems.append(Problem("wrong step", "every", repr(every), "a whole number of months from 1"))
    if since is not None and not (isinstance(since, pd.Timestamp) and since.day == 1 and since.tz is None):
        problems.append(Problem("wrong period", "since", repr(since), "the first day of a month, as a timestamp"))
    if since is not None and isinstance(table, pd.DataFrame) and "period" not in table.columns:
        problems.append(Problem("missing column period", "table", next="growth by month or year counts from a period"))
    return problems


def _too_early(table: pd.DataFrame, cells: Cells, steps: np.ndarray) -> list[Problem]:
    early = cells.place[steps < 1]
    return at_most([Problem("not after the period that growth counts from", _name(table, place)) for place in early])
