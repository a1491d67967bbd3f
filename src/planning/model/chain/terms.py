"""When what is owed is paid: from days to months, beginning with what is open.

Every array is rows × periods × draws, in the entity's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MONTH = 30.0
"""Days of a month of payment terms."""


@dataclass(frozen=True)
class Settled:
    """`owed`: what becomes due by and by; `paid`: what is paid of it; opening + owed − paid = closing."""

    opening: np.ndarray
    owed: np.ndarray
    paid: np.ndarray

    @property
    def closing(self) -> np.ndarray:
        """What is still open at each month's end."""
        return self.opening[:, None, None] + np.cumsum(self.owed - self.paid, axis=1)


def paid_after(days: np.ndarray, periods: int) -> np.ndarray:
    """Of what is owed evenly over a month, the shares paid in that month and in each of the next: … × periods + 1 (the last: later).

    Example: 45 days are half in the next month and half in the one after.
    """
    months = np.asarray(days, dtype=float)[..., None] / MONTH
    ahead = np.arange(periods + 1)
    shares = np.clip(1 - np.abs(ahead - months), 0.0, 1.0)
    shares[..., -1] = 1 - shares[..., :-1].sum(axis=-1)
    return shares


def settle(owed: np.ndarray, days: np.ndarray, opening: np.ndarray, before: np.ndarray | None = None) -> Settled:
    """What is paid in each month. `days`: rows × periods × 1 or draws, from being owed to being paid; `opening`: rows, what is open when
    the plan begins; `before`: rows × months (× draws), what became owed in the months before, newest last, which tells when the opening is
    paid. No draw has anything to do with another.

    The opening is paid as those months would be at the first month's days, brought to its size; all in the first month where they say
    nothing.
    """
    rows, periods = owed.shape[:2]
    draws = np.broadcast_shapes(owed.shape[2:], days.shape[2:])
    paid = np.zeros((rows, periods, *draws))
    for month in range(periods):
        shares = paid_after(np.broadcast_to(days[:, month], (rows, *days.shape[2:])), periods - month)
        for ahead in range(periods - month):
            paid[:, month + ahead] += owed[:, month] * shares[..., ahead]
    paid += opening[:, None, None] * _opening_shares(np.broadcast_to(days[:, 0], (rows, days.shape[2])), before, periods)
    return Settled(opening.astype(float), owed, paid)


def _opening_shares(days: np.ndarray, before: np.ndarray | None, periods: int) -> np.ndarray:
    """The share of the opening that is paid in each month of the plan, rows × periods × draws; what is paid after it isn't here.

    `days`: rows × draws.
    """
    first = np.zeros((len(days), periods, 1))
    first[:, 0] = 1.0
    if before is None or not before.shape[1]:
        return first
    before = before[:, :, None] if before.ndim == 2 else before
    known = before.shape[1]
    shares = np.moveaxis(paid_after(days, known + periods), 1, 2)
    still = np.zeros((len(days), periods + 1, *np.broadcast_shapes(days.shape[1:], before.shape[2:])))
    for back in range(known):  # owed `back` + 1 months before the plan begins
        owed = before[:, known - 1 - back]
        still[:, :periods] += owed[:, None] * shares[:, back + 1 : back + 1 + periods]
        still[:, periods] += owed * (1 - shares[:, : back + 1 + periods].sum(axis=1))
    whole = still.sum(axis=1, keepdims=True)
    told = (still >= -1e-9).all(axis=1, keepdims=True) & (whole > 0)
    return np.where(told, still[:, :periods] / np.where(told, whole, 1.0), first)


def days_open(open_at_end: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """Days that a steady flow stays open: what is open at the end over what became owed in a month on average, in days; rows.

    `owed`: rows × months before. Missing where nothing became owed.
    """
    usual = owed.mean(axis=1)
    return np.divide(open_at_end * MONTH, usual, out=np.full(len(usual), np.nan), where=usual > 0)
