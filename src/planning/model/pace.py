"""The pace of a year: what share of it is used by a point of the year, each unit's own past drawn towards everybody's."""

from __future__ import annotations

import numpy as np
import pandas as pd


def shrunk_means(values: pd.DataFrame) -> tuple[pd.Series, float]:
    """Each unit's mean drawn towards the mean of all units, and that mean, for a unit without a past: (by unit, pooled).

    `values`: unit, value, a row a year. The pull is what the years of one unit vary by, over what units differ by: a unit with
    n years keeps n / (n + pull) of its own mean. Where no unit has two years nothing is known of the first and no mean is
    drawn; where units don't differ by more than their years explain, all get the pooled mean. Empty values give no means and
    a missing pooled one. Source: one-way empirical Bayes (James and Stein 1961; Efron and Morris 1975), by moments.
    """
    units = values.groupby("unit")["value"].agg(["mean", "size", "var"])
    pooled = float(units["mean"].mean())
    pull = _pull(units)
    if np.isinf(pull):
        return pd.Series(pooled, index=units.index), pooled
    return (units["size"] * units["mean"] + pull * pooled) / (units["size"] + pull), pooled


def _pull(units: pd.DataFrame) -> float:
    """The variance within units over the variance between them; 0 where either can't be told."""
    several = units[units["size"] > 1]
    if several.empty or len(units) < 2:
        return 0.0
    degrees = several["size"] - 1
    within = float((several["var"] * degrees).sum() / degrees.sum())
    between = float(units["mean"].var() - within * (1 / units["size"]).mean())
    if within == 0:
        return 0.0
    return within / between if between > 0 else float("inf")
