"""Debt: what is planned to be drawn and repaid, what is drawn on top so that cash never falls below its floor, and interest on it.

Every array is entities × periods × draws, in the entity's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEVER = np.inf
"""A ceiling of cash from which on nothing is repaid before its time."""


@dataclass(frozen=True)
class Funding:
    """`drawn`, `repaid`, `interest` and `earned` (on deposits) by month; `debt` and `cash` at each month's end; `short`: cash that is
    missing under the floor since no more may be borrowed."""

    drawn: np.ndarray
    repaid: np.ndarray
    interest: np.ndarray
    earned: np.ndarray
    debt: np.ndarray
    cash: np.ndarray
    short: np.ndarray


@dataclass(frozen=True)
class Terms:
    """What a lender and the treasurer ask, each entities × periods × 1 or draws: `floor` and `ceiling` of cash, `limit` of debt, `rate` and
    `deposit_rate` a year, `planned` changes of debt (drawn above 0, repaid below)."""

    floor: np.ndarray
    ceiling: np.ndarray
    limit: np.ndarray
    rate: np.ndarray
    deposit_rate: np.ndarray
    planned: np.ndarray


def plan_funding(flow: np.ndarray, cash: np.ndarray, debt: np.ndarray, terms: Terms) -> Funding:
    """Cash and debt month by month. `flow`: cash of the month before interest and debt; `cash`, `debt`: entities, when the plan begins.

    Interest of a month is on what was owed, and lay in the bank, at its beginning, and paid in it: nothing goes round in a circle. Then
    what is planned moves, then debt is drawn up to the floor, as far as the limit lets it, or repaid with what lies above the ceiling.
    """
    shape = np.broadcast_shapes(flow.shape, *(values.shape for values in vars(terms).values()))
    parts = {name: np.zeros(shape) for name in ("drawn", "repaid", "interest", "earned", "debt", "cash", "short")}
    now, owed = (np.broadcast_to(opening[:, None], (shape[0], shape[2])).astype(float) for opening in (cash, debt))
    for month in range(shape[1]):
        at = {name: values[:, month] for name, values in vars(terms).items()}
        interest, earned = owed * at["rate"] / 12, np.maximum(now, 0.0) * at["deposit_rate"] / 12
        planned = np.maximum(at["planned"], -owed)
        now, owed = now + flow[:, month] - interest + earned + planned, owed + planned
        more = np.clip(at["floor"] - now, 0.0, np.maximum(at["limit"] - owed, 0.0))
        less = np.clip(now - at["ceiling"], 0.0, owed)
        now, owed = now + more - less, owed + more - less
        told = {
            "drawn": np.maximum(planned, 0) + more, "repaid": np.maximum(-planned, 0) + less, "interest": interest, "earned": earned,
            "debt": owed, "cash": now, "short": np.maximum(at["floor"] - now, 0.0),
        }  # fmt: skip
        for name, values in told.items():
            parts[name][:, month] = values
    return Funding(**parts)
