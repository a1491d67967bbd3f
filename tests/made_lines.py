"""Monthly and quarterly lines whose truth is known, and histories made of them; for the tests of the forecast engine."""

import numpy as np
import pandas as pd

from planning.core.periods import month_range

LAST = pd.Timestamp("2024-12-01")


def history(amounts, account="taxes", last=LAST):
    """Monthly amounts up to `last` as a history; a NaN is a month without a row."""
    months = month_range(last - pd.DateOffset(months=len(amounts) - 1), len(amounts))
    return pd.DataFrame({"account": account, "period": months, "amount": np.asarray(amounts, dtype="float64")}).dropna()


def many(lines):
    """Several lines (rows) as one history, named 000, 001, …"""
    return pd.concat([history(amounts, f"{place:03}") for place, amounts in enumerate(lines)], ignore_index=True)


def seasonal(months, growth=2.0):
    """A trend and a season without noise."""
    n = np.arange(months)
    return 1000 + growth * n + 200 * np.sin(2 * np.pi * n / 12)


def lines(kind, count, seed, months=72):
    """Lines × months of one kind: noise, lognormal, walk (random), season, or business (a growing level, a season, noise of 5 %)."""
    rng = np.random.default_rng(seed)
    n, errors = np.arange(months), rng.standard_normal((count, months))
    turn = 2 * np.pi * n / 12 + rng.uniform(0, 2 * np.pi, (count, 1))
    return {
        "noise": 1000 + 50 * errors,
        "lognormal": 1000 * np.exp(0.3 * errors),
        "walk": 1000 * np.exp(np.cumsum(0.03 * errors, axis=1)),
        "season": 1000 + 200 * np.sin(turn) + 40 * errors,
        "business": (1000 + 5 * n) * np.exp(0.2 * np.sin(turn) + 0.05 * errors),
    }[kind]
