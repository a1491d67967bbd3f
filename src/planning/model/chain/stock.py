"""Units: what must come in so that what goes out can, and what lies in stock at each month's end.

Every array is rows × periods × draws; a row is an item (a product or a material) in one company's stock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stock:
    """Units of items by month: `out` goes out, `came` comes in, `closing` lies there at the end. opening + came − out = closing."""

    opening: np.ndarray
    out: np.ndarray
    came: np.ndarray

    @property
    def closing(self) -> np.ndarray:
        """What lies in stock at the end of each month."""
        return self.opening[:, None, None] + np.cumsum(self.came - self.out, axis=1)


def plan_stock(opening: np.ndarray, out: np.ndarray, cover: np.ndarray, periods: int) -> Stock:
    """What must come in each month so that at its end as much lies there as the next `cover` months take.

    `opening`: rows; `out`: rows × periods or more × draws, the months beyond `periods` being looked at and not planned (the last month
    is repeated where there are too few); `cover`: months, rows × periods × draws. Nothing is sent back: where more lies there than is
    wanted nothing comes in until it has gone out.
    Example: opening 10, out 20, 30, 40, cover 1: 40 come in (to keep 30), then 40.
    """
    wanted = needed_ahead(out, cover, periods)
    draws = np.broadcast_shapes(out.shape[2:], cover.shape[2:])
    held = np.broadcast_to(opening[:, None], (len(opening), *draws)).astype(float)
    came = np.empty((len(opening), periods, *draws))
    for month in range(periods):
        came[:, month] = np.maximum(out[:, month] + wanted[:, month] - held, 0.0)
        held = held + came[:, month] - out[:, month]
    return Stock(opening.astype(float), out[:, :periods], came)


def needed_ahead(out: np.ndarray, cover: np.ndarray, periods: int) -> np.ndarray:
    """What the `cover` months after each month take; of a month begun its share. Same arguments as `plan_stock`."""
    months = int(np.ceil(cover.max(initial=0.0)))
    last = np.repeat(out[:, -1:], max(periods + months - out.shape[1], 0), axis=1)
    known = np.concatenate([out, last], axis=1)
    return sum(
        (known[:, 1 + ahead : 1 + ahead + periods] * np.clip(cover[:, :periods] - ahead, 0.0, 1.0) for ahead in range(months)),
        start=np.zeros((len(out), periods, 1)),
    )
