"""Bridges: ordered, named steps from one figure to another that add up to the cent, or there is no bridge.

Amounts are rounded to the smallest unit first, each on its own, and everything after that is whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from planning.core.errors import PlanningError, Problem, RequestError
from planning.core.money import from_minor, to_minor
from planning.model.history import raise_problems

OTHERS = "others"


def bridge(start: float, end: float, steps: pd.DataFrame | Iterable[tuple[str, float]], digits: int = 2) -> pd.DataFrame:
    """The bridge as rows, in the steps' order: step, kind (start, step, end), amount, cumulative; in units.

    `steps`: a table with step and amount, or pairs. No steps bridge equal figures. Raises PlanningError when the rounded
    steps miss the end by a cent or more, RequestError on a missing amount or a name used twice.
    Example: 100 → volume +10, price −3 → 107.
    """
    steps = steps_table(steps)
    raise_problems("bridge", _step_problems(steps))
    amounts = _minor([start, *steps["amount"], end], ["start", *steps["step"], "end"], digits)
    running = np.cumsum(amounts[:-1])
    if running[-1] != amounts[-1]:
        raise PlanningError(f"the bridge does not close: {_said(running[-1], amounts[-1], digits)}")
    return pd.DataFrame(
        {
            "step": ["start", *steps["step"], "end"],
            "kind": ["start", *["step"] * len(steps), "end"],
            "amount": from_minor(amounts, digits),
            "cumulative": from_minor([*running, amounts[-1]], digits),
        }
    )


def steps_table(steps: pd.DataFrame | Iterable[tuple[str, float]]) -> pd.DataFrame:
    """Steps as a table: step, amount, in the order given."""
    if isinstance(steps, pd.DataFrame):
        return steps[["step", "amount"]].reset_index(drop=True)
    return pd.DataFrame(list(steps), columns=["step", "amount"])


def _said(reached: int, end: int, digits: int) -> str:
    got, wanted, gap = from_minor([reached, end, reached - end], digits)
    return f"from start the steps reach {got:,.{digits}f}, the end is {wanted:,.{digits}f}, {gap:+,.{digits}f} apart"


def _minor(amounts: list, names: list, digits: int) -> np.ndarray:
    """Amounts in smallest units; RequestError names each one that can't be exact."""
    numbers = pd.to_numeric(pd.Series(amounts, dtype=object), errors="coerce").astype(float).fillna(np.nan)
    try:
        return to_minor(numbers.to_numpy(), digits)
    except ValueError:
        wrong = [(name, amount) for name, amount in zip(names, amounts, strict=True) if not _exact(amount, digits)]
    raise RequestError("bridge", [Problem("wrong amount", str(n), repr(a), "a finite number that is exact") for n, a in wrong])


def _exact(amount, digits: int) -> bool:
    try:
        return bool(len(to_minor([amount], digits)))
    except (ValueError, TypeError):
        return False


def _step_problems(steps: pd.DataFrame) -> list[Problem]:
    names = steps["step"]
    twice = names[names.duplicated() & names.notna()]
    nameless = [Problem("nothing where a name is needed", f"step {row + 1}") for row in names.index[names.isna()]]
    return nameless + [Problem("name used twice", str(name), expected="each step once") for name in twice.unique()]


def group_small(steps: pd.DataFrame | Iterable[tuple[str, float]], most: int = 8, others: str = OTHERS, digits: int = 2) -> pd.DataFrame:
    """At most `most` steps by name, in their order, and the rest as one last step `others`; the sum stays to the cent.

    The largest absolute amounts keep their name, of equal ones the name first in the alphabet. A step that is already
    called `others` is part of the rest. Nothing is added where nothing is left over.
    """
    steps = steps_table(steps)
    whole = [] if isinstance(most, int) and most >= 0 else [Problem("wrong number", "most", repr(most), "a whole number from 0")]
    raise_problems("bridge", whole + _step_problems(steps))
    steps = steps.assign(minor=_minor(list(steps["amount"]), list(steps["step"]), digits))
    named = steps[steps["step"] != others].assign(size=lambda t: t["minor"].abs(), text=lambda t: t["step"].astype(str))
    kept = named.sort_values(["size", "text"], ascending=[False, True]).index[:most]
    left = steps.drop(index=kept)
    table = steps.loc[steps.index.isin(kept), ["step", "minor"]]
    if len(left):
        table = pd.concat([table, pd.DataFrame({"step": [others], "minor": [left["minor"].sum()]})])
    return pd.DataFrame({"step": table["step"].to_numpy(object), "amount": from_minor(table["minor"], digits)})


def bridge_by(before: pd.DataFrame, after: pd.DataFrame, by: str, most: int = 8, others: str = OTHERS, digits: int = 2) -> pd.DataFrame:
    """The bridge between two tables' totals by one dimension: the largest changes by name, the rest as `others`.

    `before`, `after`: `by` and amount, any number of rows a value. Each value's sum is rounded to the cent on each side, and
    the totals are the sums of those. A value on one side only changes by its whole amount. Largest change first, `others` last;
    what does not change makes no step. Raises RequestError on a missing value or amount.
    """
    raise_problems("bridge", [*_side_problems(before, "before", by), *_side_problems(after, "after", by)])
    sides = pd.DataFrame({"before": _sums(before, by, digits), "after": _sums(after, by, digits)}).fillna(0).astype("int64")
    change = sides["after"] - sides["before"]
    change = change[change != 0].sort_index()
    order = change.abs().sort_values(ascending=False, kind="stable").index
    steps = zip(order, from_minor(change[order], digits), strict=True)
    grouped = group_small(steps, most, others, digits)
    start, end = from_minor(sides.sum(), digits)
    return bridge(start, end, grouped, digits)


def _side_problems(table: pd.DataFrame, side: str, by: str) -> list[Problem]:
    missing = [column for column in (by, "amount") if column not in table.columns]
    if missing:
        return [Problem(f"missing column {column}", side) for column in missing]
    amounts = pd.to_numeric(table["amount"], errors="coerce").to_numpy("float64", na_value=np.nan)
    found = [(table[by].isna().sum(), f"no {by}"), ((~np.isfinite(amounts)).sum(), "an amount that is no finite number")]
    return [Problem(what, side, f"{count} rows", "none") for count, what in found if count]


def _sums(table: pd.DataFrame, by: str, digits: int) -> pd.Series:
    """Each value's sum in smallest units, the same whatever the order of the rows."""
    named = pd.DataFrame({by: table[by].astype(str), "amount": table["amount"].astype(float)})
    sums = named.sort_values([by, "amount"]).groupby(by)["amount"].sum()
    return pd.Series(_minor(list(sums), list(sums.index), digits), index=sums.index)
