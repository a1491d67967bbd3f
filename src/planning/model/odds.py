"""Odds from misses that really happened: how often the past would have carried a landing over a limit."""

from __future__ import annotations

import numpy as np
import pandas as pd


def misses_beyond(amount: float, typical: float, limit: float, past_errors: pd.DataFrame) -> tuple[int, int]:
    """(k, n): in k of n past years the miss (actual minus forecast, scaled to `typical`) would have carried `amount` above `limit`.

    `past_errors`: error, typical; rows whose typical isn't positive are left out. (0, 0) when there is no past.
    """
    used = past_errors[past_errors["typical"] > 0]
    landed = amount + used["error"] / used["typical"] * typical
    return int((landed > limit).sum()), len(used)


def odds_beyond(amounts: pd.Series, typicals: pd.Series, limits: pd.Series, past_errors: pd.DataFrame) -> pd.Series:
    """For each amount the odds that a miss like the past ones, scaled to its own `typicals`, carries it above its limit.

    Of k in n (`misses_beyond`) the odds are (k + 1) / (n + 2), Laplace's rule of succession: a few misses are never certainty.
    Missing where there is no past, or no amount, size or limit.
    """
    used = past_errors[past_errors["typical"] > 0]
    shares = (used["error"] / used["typical"]).to_numpy(dtype="float64")
    known = amounts.notna() & (typicals > 0) & limits.notna()
    if not len(shares):
        return pd.Series(np.nan, index=amounts.index)
    landed = amounts.to_numpy(dtype="float64")[:, None] + typicals.to_numpy(dtype="float64")[:, None] * shares
    beyond = (landed > limits.to_numpy(dtype="float64")[:, None]).sum(axis=1)
    return pd.Series((beyond + 1) / (len(shares) + 2), index=amounts.index).where(known)
