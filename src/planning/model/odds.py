"""Odds from misses that really happened: how often the past would have carried a landing over a limit."""

from __future__ import annotations

import pandas as pd


def misses_beyond(amount: float, typical: float, limit: float, past_errors: pd.DataFrame) -> tuple[int, int]:
    """(k, n): in k of n past years the miss (actual minus forecast, scaled to `typical`) would have carried `amount` above `limit`.

    `past_errors`: error, typical; rows whose typical isn't positive are left out. (0, 0) when there is no past.
    """
    used = past_errors[past_errors["typical"] > 0]
    landed = amount + used["error"] / used["typical"] * typical
    return int((landed > limit).sum()), len(used)
