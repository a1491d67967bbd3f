"""Balances from postings: what stood on an account at each month's end, and when that could be known."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import month_range, months_between


def month_end_balances(postings: pd.DataFrame, closes: pd.Series) -> pd.DataFrame:
    """The balance of every cell at each month's end, from its first posting to the last month of `closes`.

    `postings`: cell columns, `period`, `known` and `amount` (what the month adds). `closes`: the day on which each month's
    balance is first known, by period, one for every month from the first posting to the last. A posting that came to be known
    later makes a further row of each balance it moves, with its own `known`; earlier ones are in the first row. A balance
    that has come down to nothing is a row of 0. Example: +100 in January, −30 in March gives 100, 100, 70.
    """
    cell = [column for column in postings.columns if column not in ("period", "known", "amount")]
    months = month_range(closes.index.min(), months_between(closes.index.min(), closes.index.max()) + 1)
    standing = pd.DataFrame({"month": months, "close": closes.reindex(months).to_numpy()})
    moved = postings.merge(standing, how="cross")
    moved = moved[moved["period"] <= moved["month"]]
    moved["known"] = moved[["known", "close"]].max(axis=1)
    steps = moved.groupby([*cell, "month", "known"], as_index=False, observed=True, dropna=False)["amount"].sum()
    steps["amount"] = steps.groupby([*cell, "month"], observed=True, dropna=False)["amount"].cumsum()
    return steps.rename(columns={"month": "period"})[list(postings.columns)]
