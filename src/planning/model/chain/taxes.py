"""Taxes by legal entity: value added tax with what is carried forward, surtax on it, income tax on the year so far.

Every array is entities × periods × draws, in the entity's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ValueAdded:
    """`due` for each month, paid in the next; `credit` that is carried forward at each month's end; `surtax` on what is due."""

    due: np.ndarray
    credit: np.ndarray
    surtax: np.ndarray


def value_added_tax(output: np.ndarray, inputs: np.ndarray, surtax_rate: np.ndarray, credit: np.ndarray) -> ValueAdded:
    """Output tax less input tax less what is carried forward; what is left over is carried on. `credit`: entities, at the start."""
    shape = np.broadcast_shapes(output.shape, inputs.shape)
    due, carried = np.zeros(shape), np.zeros(shape)
    left = np.broadcast_to(credit[:, None], (shape[0], shape[2])).astype(float)
    for month in range(shape[1]):
        net = output[:, month] - inputs[:, month] - left
        due[:, month], left = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        carried[:, month] = left
    return ValueAdded(due, carried, due * surtax_rate)


def income_tax(profit: np.ndarray, rate: np.ndarray, years: np.ndarray, losses: np.ndarray, so_far: np.ndarray | None = None,
               booked: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """The tax of each month: the rate on the year's profit so far, less losses of years before, less what was booked in the year.

    `profit`: before tax and without what isn't taxed; `years`: periods, the fiscal year of each; `losses`: entities, still to be set off;
    `so_far`, `booked`: entities, profit and tax of the first year's months before the plan. A month in which the year turns to a loss takes
    back what was booked. Losses don't expire here (in the mainland they do after five years).
    """
    tax = np.zeros(np.broadcast_shapes(profit.shape, rate.shape))
    width = (len(tax), tax.shape[2])
    left = np.broadcast_to(losses[:, None], width).astype(float)
    earned = _opening(so_far, width)
    taken = _opening(booked, width)
    for month in range(tax.shape[1]):
        if month and years[month] != years[month - 1]:
            left = np.maximum(left - earned, 0.0)
            earned, taken = np.zeros(width), np.zeros(width)
        earned = earned + profit[:, month]
        whole = np.maximum(earned - left, 0.0) * rate[:, month]
        tax[:, month] = whole - taken
        taken = whole
    return tax


def losses_left(profits: np.ndarray) -> np.ndarray:
    """What losses are still to be set off after some years: entities. `profits`: entities × years, taxed, oldest first.
    Example: 10, −50, 20 leave 30."""
    left = np.zeros(len(profits))
    for year in range(profits.shape[1]):
        left = np.maximum(left - profits[:, year], 0.0)
    return left


def _opening(amounts: np.ndarray | None, width: tuple[int, int]) -> np.ndarray:
    return np.zeros(width) if amounts is None else np.broadcast_to(amounts[:, None], width).astype(float)


def quarterly(monthly: np.ndarray, months: np.ndarray) -> np.ndarray:
    """What of a monthly tax is due at each quarter's end: the quarter's, in its last month. `months`: of the fiscal year, 1 to 12."""
    due, waiting = np.zeros_like(monthly), np.zeros_like(monthly[:, 0])
    for month in range(monthly.shape[1]):
        waiting = waiting + monthly[:, month]
        if months[month] % 3 == 0:
            due[:, month], waiting = waiting, np.zeros_like(waiting)
    return due
