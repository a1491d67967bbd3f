"""Whether customers of today are like those that were learnt from, attribute by attribute."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

BANDS = 10
"""Bands of a number: tenths of those that were learnt from."""
RARE = 1e-4
"""The share that an empty band is taken to have."""


def stability(then: pd.Series, now: pd.Series, level: float = 0.99) -> tuple[float, float]:
    """The population stability index: the sum of (now − then) · ln (now / then) over the shares of all bands or values; and what it stays
    under with odds `level` where nothing has changed. Above 0.1 by custom a change to watch, above 0.25 a great one.

    Example: shares .5 and .5 then, .6 and .4 now: .1 · ln 1.2 − .1 · ln .8 = .041.
    """
    before, after = _groups(then, now)
    names = before.unique() if len(before) else []
    names = pd.Index(names).union(after.unique())
    shares = [np.maximum(side.value_counts(normalize=True).reindex(names, fill_value=0.0), RARE) for side in (before, after)]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return index, float(chi2.ppf(level, max(len(names) - 1, 1)) * (1 / len(then) + 1 / len(now)))


def _groups(then: pd.Series, now: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers as the tenth they fall into, values as they are; missing ones as a group of their own."""
    if not pd.api.types.is_numeric_dtype(then) or then.nunique() < BANDS:
        return then.astype("string").fillna("–"), now.astype("string").fillna("–")
    edges = np.unique(then.quantile(np.linspace(0, 1, BANDS + 1)[1:-1]))
    tenths = [pd.Series(np.where(side.isna(), -1, np.searchsorted(edges, side.fillna(0.0), side="right"))) for side in (then, now)]
    return tenths[0], tenths[1]


def drift_table(then: pd.DataFrame, now: pd.DataFrame, level: float = 0.99) -> pd.DataFrame:
    """By attribute of both: attribute, index (stability), chance; the greatest change first."""
    rows = [(name, *stability(then[name], now[name], level)) for name in then if name in now]
    return pd.DataFrame(rows, columns=["attribute", "index", "chance"]).sort_values("index", ascending=False, ignore_index=True)
