"""No group of people so small that a table tells of single ones: those below LEAST are taken together."""

from __future__ import annotations

import pandas as pd

LEAST = 10
"""People of a group, at least, that is shown by itself."""
OTHERS = "others"
"""What the smaller groups are called together."""


def merge_small(groups: pd.Series, least: int = LEAST) -> pd.Series:
    """Each one's group; OTHERS for those in groups of fewer than `least`, and, where these are fewer still, for the next smallest too.

    Example: 40 a, 12 b, 3 c: c alone would be 3 others, so b and c together are 15.
    """
    counts = groups.value_counts(sort=True, ascending=True)
    merged = int((counts < least).sum())
    while 0 < merged < len(counts) and counts.iloc[:merged].sum() < least:
        merged += 1
    return groups.where(~groups.isin(counts.index[:merged]), OTHERS)
