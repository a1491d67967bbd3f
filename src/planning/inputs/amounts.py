"""The figures of a source as numbers: one column a measure, as the source counts them (before its scale)."""

from __future__ import annotations

import pandas as pd

from planning.inputs.company_file import Source

POSTED = "amount"
"""The measure of postings: debit less credit."""


def amounts(text: pd.DataFrame, source: Source) -> pd.DataFrame:
    """A source's measures, or debit less credit of postings (an empty side is 0); `text` has been checked against the contract."""
    if source.posted is None:
        return text[source.measures].astype(float)
    numbers = text[source.posted.columns].replace("", "0").astype(float)
    if source.posted.amount is not None:
        return numbers.set_axis([POSTED], axis=1)
    return (numbers[source.posted.debit] - numbers[source.posted.credit]).to_frame(POSTED)
