"""What a subscriber is still worth: the margin of each month they stay, discounted; and what an offer that keeps some adds to it."""

from __future__ import annotations

import numpy as np

YEAR = 12


def discounts(months: int, rate: float) -> np.ndarray:
    """What a unit earned at the end of month 1, 2, … is worth today, at a yearly rate. Example: 0.1 and 12 months: 1 / 1.1 at the last."""
    return (1 + rate) ** (-np.arange(1, months + 1) / YEAR)


def lifetime_value(stays: np.ndarray, price: np.ndarray, margin: float, rate: float) -> np.ndarray:
    """The discounted margin of the months ahead, of each subscriber. `stays`: the odds of still being there after month 1, 2, … (rows ×
    months); `price`: what each pays a month; a month is earned by those who are there at its end.

    Example: 30 a month, half of it margin, there for two months for certain, no discount: 30.
    """
    return margin * price * (stays @ discounts(stays.shape[1], rate))


def value_ends(stays: np.ndarray, price: np.ndarray, margin: float, rate: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The band of what a subscriber is worth, since nobody knows how long one stays: between both ends with odds `level`, at least.

    Example: odds of still being there .95, .5, .05 after month 1, 2, 3, a margin of 10 a month, level .8, no discount: 10 to 20.
    """
    worth = np.append(0.0, np.cumsum(discounts(stays.shape[1], rate)))
    months = [(stays >= 1 - below).sum(axis=1) for below in ((1 - level) / 2, (1 + level) / 2)]
    lower, upper = (margin * price * worth[count] for count in months)
    return lower, upper


def stays_with_offer(stays: np.ndarray, without: np.ndarray, offered: np.ndarray, lasting: int) -> np.ndarray:
    """The odds of still being there with an offer that works for the first `lasting` months. `without`, `offered`: the odds of leaving
    within these months, as the experiment tells them.

    While it works each month's hazard is the same multiple of what it would have been; after that it is what it would have been.
    Example: 19 % leave in two months, 9.75 % with the offer: half the hazard, so √0.9 instead of 0.9 stay the first month.
    """
    times = np.log1p(-np.minimum(offered, 1 - 1e-12)) / np.log1p(-np.clip(without, 1e-12, 1 - 1e-12))
    early = stays[:, :lasting] ** times[:, None]
    later = stays[:, lasting:] * (early[:, -1:] / np.maximum(stays[:, lasting - 1 : lasting], 1e-12))
    return np.hstack([early, later])
