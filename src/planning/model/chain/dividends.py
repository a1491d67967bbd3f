"""What owners get: a share of last year's profit, as far as there are earnings to distribute.

Every array is entities × periods × draws, in the entity's currency. Source: 公司法 art. 210 (losses are made good and the reserve is put
aside before anything is distributed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Begun:
    """Where each entity stands when the plan begins: `last`, the profit of the fiscal year before the one of the first month; of that one
    the profit `so_far` and what is `declared` already; `retained`, undistributed earnings as the last closed year left them."""

    last: np.ndarray
    so_far: np.ndarray
    declared: np.ndarray
    retained: np.ndarray


def dividends(
    profit: np.ndarray, years: np.ndarray, months: np.ndarray, begun: Begun, payout: np.ndarray, month: np.ndarray, reserve: np.ndarray
) -> np.ndarray:
    """What is declared: in the fiscal year's `month` the `payout` of the profit of the year before, never more than is undistributed.

    `profit`: after tax; `years`, `months`: periods, the fiscal year and the month of it; `reserve`: what a year's profit puts aside first.
    Example: profit 100, payout 0.7, undistributed 50: 50 are declared.
    """
    shape = np.broadcast_shapes(profit.shape, payout.shape, month.shape, reserve.shape)
    found = np.zeros(shape)
    wide = [np.broadcast_to(of[:, None], (shape[0], shape[2])).astype(float) for of in vars(begun).values()]
    last, so_far, declared, retained = wide
    for at in range(shape[1]):
        if at and years[at] != years[at - 1]:
            retained = retained + so_far - np.maximum(so_far, 0.0) * reserve[:, at - 1] - declared
            last, so_far, declared = so_far, np.zeros_like(so_far), np.zeros_like(declared)
        whole = np.maximum(np.minimum(payout[:, at] * last, retained - declared), 0.0)
        found[:, at] = np.where(month[:, at] == months[at], whole, 0.0)
        declared, so_far = declared + found[:, at], so_far + profit[:, at]
    return found
