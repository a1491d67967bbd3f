"""The gap between what units ask for and what the targets grant them, as a range to negotiate, with the neutral view in it.

Of each unit three figures are set side by side: the target, the neutral view (what its own history says, with a band) and the request.
Most often they stand in this order. They need not: a unit may ask for less than its history suggests, the target may lie above the neutral
view, or above the request. `order` says which; everything else is plain subtraction, so it holds in every order, and for incomes among
costs, which are negative.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planning.core.errors import Problem, at_most, did_you_mean
from planning.core.metrics import rate
from planning.core.money import from_minor, to_minor
from planning.model.history import raise_problems
from planning.model.ranges import MOST, is_number

KEYS = ["cost_centre", "account"]
ORDERS = ("usual", "below_neutral", "generous", "room", "no_request", "no_target", "no_neutral")
"""usual: target ≤ neutral ≤ request; below_neutral: target < request < neutral; generous: neutral < target < request; room: the request
is no more than the target; otherwise what is missing."""
AMOUNTS = ["running", "target", "neutral", "lower", "upper", "request"]


def negotiate(
    requests: pd.DataFrame, neutral: pd.DataFrame, running: pd.DataFrame, targets: pd.DataFrame, unit_of: Mapping[str, str]
) -> pd.DataFrame:
    """The units, the largest gap first: unit, AMOUNTS, gap, gap_rate, beyond, effort, room, padding, order.

    `requests`, `running`, `targets`: cost_centre, account, amount of a year; `neutral` with lower and upper (missing where nobody knows);
    `unit_of`: each known cost centre's unit. `gap`: request − target, `gap_rate` of the target; a gap above 0 is `beyond`, the part
    above the neutral view, and `effort`, the rest, below it; `room`: by how much the target is above the request. `padding`:
    request − neutral. A unit's band is the sum of its cells', as if all of them missed together: wider than needed. A unit that
    spent nothing had 0; one without a request, target or neutral view has none, which is not 0. RequestError with everything wrong.
    """
    tables = {"requests": requests, "neutral": neutral, "running": running, "targets": targets}
    raise_problems("negotiation", [problem for name, table in tables.items() for problem in cell_problems(table, name, unit_of)])
    table = pd.DataFrame(index=pd.Index(sorted({unit_of[code] for rows in tables.values() for code in rows["cost_centre"]}), name="unit"))
    for name, rows in {"running": running, "target": targets, "neutral": neutral, "request": requests}.items():
        table[name] = by_unit(rows, unit_of)
    for edge in ("lower", "upper"):
        table[edge] = by_unit(neutral.assign(amount=neutral[edge]), unit_of)
    table["running"] = table["running"].fillna(0.0)
    table["target"] = table["target"] if targets["amount"].isna().any() or targets.empty else table["target"].fillna(0.0)
    return _judged(table[AMOUNTS].astype(float)).reset_index()


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    target, neutral, request = table["target"], table["neutral"], table["request"]
    gap = _cents(request - target)
    beyond = (request - np.fmax(neutral, target)).clip(lower=0.0).where(neutral.notna())
    judged = table.assign(
        gap=gap, gap_rate=rate(gap, target.abs()), beyond=_cents(beyond.where(gap.notna())), room=_cents((-gap).clip(lower=0.0)),
        padding=_cents(request - neutral), order=_orders(target, neutral, request),
    )  # fmt: skip
    judged["effort"] = _cents(gap.clip(lower=0.0) - judged["beyond"])
    return judged.sort_values("gap", ascending=False, kind="stable", na_position="last")


def _orders(target: pd.Series, neutral: pd.Series, request: pd.Series) -> np.ndarray:
    tests = {
        "no_request": request.isna(), "no_target": target.isna(), "room": request <= target, "no_neutral": neutral.isna(),
        "generous": neutral < target, "below_neutral": request < neutral,
    }  # fmt: skip
    return np.select(list(tests.values()), list(tests), "usual")


def _cents(amounts: pd.Series) -> pd.Series:
    """Differences of cents without what floats are off by."""
    return amounts.round(2) + 0.0


def by_unit(cells: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.Series:
    """Amounts added up by unit, exact to the cent; a unit with a missing amount is missing."""
    known = cells[cells["amount"].notna()]
    cents = pd.Series(to_minor(known["amount"].to_numpy("float64"), 2), index=known.index, dtype="int64")
    sums = cents.groupby(known["cost_centre"].astype(object).map(unit_of)).sum()
    silent = cells.loc[cells["amount"].isna(), "cost_centre"].map(unit_of)
    kept = sums[~sums.index.isin(silent)]
    return pd.Series(from_minor(kept.to_numpy(), 2), index=kept.index, dtype=float)


def total_of(units: pd.DataFrame) -> dict[str, float]:
    """The sums of units, of each column over the units that have a figure; bands don't add up and have none."""
    summed = [column for column in (*AMOUNTS, "gap", "beyond", "effort", "room", "padding") if column not in ("lower", "upper")]
    cents = {column: units[column].dropna().to_numpy() for column in summed}
    return {column: float(to_minor(found, 2).sum() / 100) if len(found) else np.nan for column, found in cents.items()}


# ------------------------------------------------------------------------------------------------------- what's wrong


def cell_problems(table: pd.DataFrame, name: str, unit_of: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a table of cells: columns, cost centres nobody knows, cells told twice, amounts that are none."""
    edges = ["lower", "upper"] if name == "neutral" else []
    if not isinstance(table, pd.DataFrame):
        return [Problem("wrong type", name, type(table).__name__, "a table with cost_centre, account and amount")]
    missing = [column for column in (*KEYS, "amount", *edges) if column not in table.columns]
    if missing:
        return [Problem(f"missing column {column}", name) for column in missing]
    problems = at_most([
        Problem("unknown cost centre", f"{name}, {code}", next=did_you_mean(str(code), map(str, unit_of)))
        for code in table["cost_centre"].drop_duplicates() if code not in unit_of
    ])  # fmt: skip
    twice = table[table.duplicated(KEYS)]
    where = [f"{name}, {row.cost_centre} {row.account}" for row in twice.itertuples()]
    problems += at_most([Problem("told twice", place, next="add them up") for place in where])
    for column in ("amount", *edges):
        problems += at_most(_amount_problems(table, name, column, may_miss=column != "amount" or name == "targets"))
    return problems or _edge_problems(table, name, edges)


def _amount_problems(table: pd.DataFrame, name: str, column: str, may_miss: bool) -> list[Problem]:
    told = table[column].map(is_number).astype(bool)
    figures = table[column].where(told).astype("float64")
    wrong = ~(figures.abs() * 100 < MOST) & ~(table[column].isna() & may_miss)
    return [
        Problem(f"wrong {column}", f"{name}, {row['cost_centre']} {row['account']}", repr(row[column]), "a number small enough to be exact")
        for row in table[wrong].to_dict("records")
    ]


def _edge_problems(table: pd.DataFrame, name: str, edges: list[str]) -> list[Problem]:
    if not edges:
        return []
    wrong = table[(table["lower"] > table["amount"]) | (table["upper"] < table["amount"])]
    return at_most([
        Problem("wrong band", f"{name}, {row['cost_centre']} {row['account']}", f"{row['lower']:g} … {row['amount']:g} … {row['upper']:g}",
                "lower ≤ amount ≤ upper") for row in wrong.to_dict("records")
    ])  # fmt: skip
