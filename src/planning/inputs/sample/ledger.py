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
    lines = [line for rule in rules for line in _sides(events, rule)]
    return pd.concat(lines, ignore_index=True)[COLUMNS] if lines else no_lines()


def no_lines() -> pd.DataFrame:
    """A ledger without lines."""
    texts = {name: pd.Series(dtype=object) for name in COLUMNS[:-2]}
    return pd.DataFrame(texts | {"debit": pd.Series(dtype=np.int64), "credit": pd.Series(dtype=np.int64)})


def _sides(events: pd.DataFrame, rule: Rule) -> Iterator[pd.DataFrame]:
    moved = events[events[rule.measure] != 0]
    if moved.empty:
        return
    amount = moved[rule.measure].to_numpy(np.int64)
    for side, sign in ((rule.debit, 1), (rule.credit, -1)):
        where = {name: getattr(side, name) for name in ("account", *WHOM)}
        named = sorted({name for pattern in where.values() for name in NAMED.findall(pattern)})
        first, sums = _summed(moved, ["voucher", *named], sign * amount)
        told = moved.iloc[first]
        filled = {name: _filled(told, pattern) for name, pattern in where.items()}
        lines = told[["entity", "voucher", "date"]].assign(**filled, source=rule.source, measure=rule.measure)
        yield lines.assign(debit=sums.clip(min=0), credit=(-sums).clip(min=0))[sums != 0]


def _summed(events: pd.DataFrame, by: list[str], amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of the first row of each group, and the groups' sums."""
    code = np.zeros(len(events), dtype=np.int64)
    for name in by:
        each, known = pd.factorize(events[name])
        code = code * len(known) + each
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    sums = np.zeros(len(first), dtype=np.int64)
    np.add.at(sums, group, amount)
    return first, sums


def _filled(events: pd.DataFrame, pattern: str) -> pd.Series | str:
    """A text with the events' columns in place of their names in braces."""
    named = NAMED.findall(pattern)
    if not named:
        return pattern
    parts = NAMED.split(pattern)
    text = pd.Series(parts[0], index=events.index, dtype=object)
    for at, name in enumerate(named):
        text = text + events[name].astype(str) + parts[2 * at + 2]
    return text


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
