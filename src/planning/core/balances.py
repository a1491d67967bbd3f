"""Balances from postings: what stood on an account at each month's end, and when that could be known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month_range, months_between


def month_end_balances(postings: pd.DataFrame, closes: pd.Series) -> pd.DataFrame:
    """The balance of every cell at each month's end, from its first posting to the last month of `closes`.

    `postings`: cell columns, `period`, `known` and `amount` (what the month adds). `closes`: the day on which each month's
    balance is first known, by period, one for every month from the first posting to the last. A posting that came to be known
    later makes a further row of each balance it moves, with its own `known`; earlier ones are in the first row. A balance
    that has come down to nothing is a row of 0. Example: +100 in January, −30 in March gives 100, 100, 70.
    """
    postings = postings.reset_index(drop=True)
    cell = [column for column in postings.columns if column not in ("period", "known", "amount")]
    number = postings.groupby(cell, sort=False, dropna=False, observed=True).ngroup()
    cells = postings[cell].assign(cell=number).drop_duplicates("cell").set_index("cell")
    months = month_range(closes.index.min(), months_between(closes.index.min(), closes.index.max()) + 1)
    days = closes.reindex(months).to_numpy()
    posted = months.get_indexer(postings["period"])
    seen = np.maximum(posted, np.searchsorted(days, postings["known"].to_numpy()))  # the first month whose first balance has it
    moved = pd.DataFrame({"cell": number, "posted": posted, "seen": seen, "known": postings["known"], "amount": postings["amount"]})
    first = _first_balances(moved, len(months))
    late = _later_balances(moved[moved["posted"] < moved["seen"]], first, len(months))
    both = pd.concat([first.assign(known=days[first["month"]]), late], ignore_index=True)
    return both.assign(period=months[both["month"]]).join(cells, on="cell")[list(postings.columns)]


def sums_as_known(postings: pd.DataFrame) -> pd.DataFrame:
    """What a period's postings add up to on each day on which more of them came to be known; rows of a sourced plan table.

    A posting that is booked later is added to what was known before. Example: 100 known in February and −30 known in April give
    100 from February and 70 from April.
    """
    cell = [column for column in postings.columns if column not in ("known", "amount")]
    ordered = postings.sort_values("known", kind="stable")
    groups = ordered.groupby(cell, sort=False, dropna=False, observed=True)["amount"]
    return ordered.assign(amount=groups.cumsum()).sort_index()


def _first_balances(moved: pd.DataFrame, months: int) -> pd.DataFrame:
    """What stood at each month's close, as it was first known: cell, month, amount."""
    sums = moved[moved["seen"] < months].groupby(["cell", "seen"])["amount"].sum().unstack(fill_value=0.0)
    stood = sums.reindex(columns=range(months), fill_value=0.0).cumsum(axis=1)
    begun = moved.groupby("cell")["seen"].min().reindex(stood.index)
    long = stood.rename_axis(columns="month").stack().rename("amount").reset_index()
    return long[long["month"] >= long["cell"].map(begun)]


def _later_balances(late: pd.DataFrame, first: pd.DataFrame, months: int) -> pd.DataFrame:
    """The balances that a posting came too late for, once it was known: cell, month, known, amount."""
    touched = late["seen"].clip(upper=months) - late["posted"]
    each = late.loc[late.index.repeat(touched)]
    each = each.assign(month=each["posted"] + each.groupby(level=0).cumcount())
    steps = each.groupby(["cell", "month", "known"], as_index=False)["amount"].sum()
    steps["amount"] = steps.groupby(["cell", "month"])["amount"].cumsum()
    stood = steps.merge(first, on=["cell", "month"], how="left", suffixes=("", "_first"))["amount_first"].fillna(0.0)
    return steps.assign(amount=steps["amount"] + stood)
