"""Events → vouchers: every posted amount is the sum of a measure over the events that carry its voucher's number.

A rule says which measure of which events is debited and credited where. Both sides of a voucher come from one sum, so a voucher
balances; a posted amount is found again in its events by voucher and measure. Amounts are whole numbers of the smallest unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

COLUMNS = ["entity", "voucher", "date", "account", "cost_centre", "partner", "movement", "source", "measure", "debit", "credit"]
WHOM = ["cost_centre", "partner", "movement"]
NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Side:
    """Where one side of a posting lands. Texts in braces stand for the event's column of that name: "1405{category}".

    `movement` says what moves a balance: of cash the line of the cash flow statement, of other balances the opening, additions and so on.
    """

    account: str
    cost_centre: str = ""
    partner: str = ""
    movement: str = ""


@dataclass(frozen=True)
class Rule:
    """A measure of a kind of events, debited and credited. A negative sum is posted on the other side, as a red entry is read."""

    source: str
    measure: str
    debit: Side
    credit: Side


def post(events: pd.DataFrame, rules: Iterable[Rule]) -> pd.DataFrame:
    """The ledger lines of events of one source: columns `entity`, `voucher`, `date`, the measures, and what the rules name in braces.

    One line for each voucher, rule and side that has an amount.
    """
    codes: dict[str, np.ndarray] = {}
    lines = [line for rule in rules for line in _sides(events, rule, codes)]
    return pd.DataFrame({name: np.concatenate([line[name] for line in lines]) for name in COLUMNS}) if lines else no_lines()


def no_lines() -> pd.DataFrame:
    """A ledger without lines."""
    texts = {name: pd.Series(dtype=object) for name in COLUMNS[:-2]}
    return pd.DataFrame(texts | {"debit": pd.Series(dtype=np.int64), "credit": pd.Series(dtype=np.int64)})


def _sides(events: pd.DataFrame, rule: Rule, codes: dict[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """The columns of both sides' lines; `codes` keeps what the events' columns come to as numbers, from rule to rule."""
    amount = events[rule.measure].to_numpy(np.int64)
    moved = np.flatnonzero(amount)
    for side, sign in ((rule.debit, 1), (rule.credit, -1)) if len(moved) else ():
        where = {name: getattr(side, name) for name in ("account", *WHOM)}
        named = sorted({name for pattern in where.values() for name in NAMED.findall(pattern)})
        first, sums = sums_by(events, ["voucher", *named], moved, sign * amount[moved], codes)
        at, sums = moved[first][sums != 0], sums[sums != 0]
        told = {name: events[name].to_numpy()[at] for name in ("entity", "voucher", "date")}
        filled = {name: _filled(events, pattern, at) for name, pattern in where.items()}
        said = {"source": _same(rule.source, at), "measure": _same(rule.measure, at)}
        yield told | filled | said | {"debit": sums.clip(min=0), "credit": (-sums).clip(min=0)}


def sums_by(
    events: pd.DataFrame, by: list[str], moved: np.ndarray, amount: np.ndarray, codes: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The place among the moved of the first row of each group of the same `by`, and the groups' sums; `codes` keeps columns as numbers."""
    code = np.zeros(len(moved), dtype=np.int64)
    for name in by:
        if name not in codes:
            codes[name] = pd.factorize(events[name])[0]
        code = code * (int(codes[name].max()) + 1) + codes[name][moved]
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    sums = np.zeros(len(first), dtype=np.int64)
    np.add.at(sums, group, amount)
    return first, sums


def _filled(events: pd.DataFrame, pattern: str, at: np.ndarray) -> np.ndarray:
    """A text with the events' columns in place of their names in braces."""
    parts = NAMED.split(pattern)
    if len(parts) == 1:
        return _same(pattern, at)
    columns = [events[name].to_numpy()[at] for name in parts[1::2]]
    rows = zip(*columns, strict=True)
    filled = [parts[0] + "".join(f"{one}{after}" for one, after in zip(row, parts[2::2], strict=True)) for row in rows]
    return np.array(filled, dtype=object)


def _same(text: str, at: np.ndarray) -> np.ndarray:
    return np.full(len(at), text, dtype=object)


def unbalanced(lines: pd.DataFrame) -> pd.DataFrame:
    """The vouchers whose debits and credits differ: none, in a ledger of ours."""
    totals = lines.groupby(["entity", "voucher"], as_index=False)[["debit", "credit"]].sum()
    return totals[totals["debit"] != totals["credit"]]


def unreached(lines: pd.DataFrame, events: dict[str, pd.DataFrame], rules: Iterable[Rule]) -> pd.DataFrame:
    """The lines that differ from what their events say by the rules, and those that the events say and the ledger lacks."""
    again = [post(events[source], [rule for rule in rules if rule.source == source]) for source in sorted(events)]
    said = pd.concat([each for each in again if not each.empty] or [no_lines()], ignore_index=True)
    keys = COLUMNS[:-2]
    both = pd.concat([lines.assign(from_events=0), said.assign(debit=-said["debit"], credit=-said["credit"], from_events=1)])
    left = both.groupby(keys, as_index=False)[["debit", "credit"]].sum()
    return left[(left["debit"] != 0) | (left["credit"] != 0)]
