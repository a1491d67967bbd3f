"""What was known of subscribers on a day: their contract, what they did, complained of and answered; and who left after it.

Only events of that day or before are looked at. When a contract ends is known on its last day: not before.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.errors import Problem, RequestError
from planning.core.periods import months_between

CONTRACTS = "contracts"
DATED = {"activity": "period", "complaints": "date", "satisfaction": "date", "offers": "date"}
"""The other tables and the column that says when; a company may keep any of them."""
MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How far back something is summed up."""
DAYS = 365.25 / 12
"""Days of a month, where months are counted from day to day."""
NAMED = 5
"""How many are named where some are wrong."""

Tables = Mapping[str, pd.DataFrame]


def check_contracts(contracts: pd.DataFrame) -> None:
    """RequestError where contracts of one subscriber overlap, or one ends before it starts."""
    ordered = contracts.sort_values(["subscriber", "start"], kind="stable")
    before = ordered.groupby("subscriber")[["subscriber", "end"]].shift()
    again = ordered.duplicated("subscriber") & (before["end"].isna() | (before["end"] > ordered["start"]))
    turned = ordered["end"] < ordered["start"]
    problems = [
        _wrong("a subscriber has two contracts at once", ordered[again], "each begins when the one before has ended"),
        _wrong("a contract ends before it starts", ordered[turned], "an end on or after the start, or none"),
    ]
    if found := [problem for problem in problems if problem]:
        raise RequestError(CONTRACTS, found)


def _wrong(what: str, rows: pd.DataFrame, expected: str) -> Problem | None:
    if rows.empty:
        return None
    names = ", ".join(f"{row.subscriber} ({row.start:%Y-%m-%d})" for row in rows.head(NAMED).itertuples())
    return Problem(what, CONTRACTS, names + (f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""), expected)


def check_events(tables: Tables) -> list[Check]:
    """Whether every event belongs to somebody who had a contract by then; the others aren't looked at."""
    first = tables[CONTRACTS].groupby("subscriber")["start"].min()
    found = []
    for name, when in DATED.items():
        if name in tables:
            early = ~(tables[name][when] >= _month_of(tables[name]["subscriber"].map(first)))
            found.append(Check(f"subscribers: {name}: nothing before a contract began", not early.any(), f"{int(early.sum()):,} = 0"))
    return found


def _month_of(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.to_timestamp()


def known_on(tables: Tables, day: pd.Timestamp) -> pd.DataFrame:
    """Subscribers who have a contract at the end of the day, a row each by code, and what was known of them.

    plan, price (a month), tenure (months); by MONTHS logins_… (a month, mean), complaints_… (count); satisfaction (the last answer),
    satisfaction_year (mean); offer (group, or none), offer_age (months). Those whose table the company doesn't keep are left out.
    """
    contracts = tables[CONTRACTS]
    begun = contracts[contracts["start"] <= day].sort_values(["subscriber", "start"], kind="stable")
    newest = begun.drop_duplicates("subscriber", keep="last")
    here = newest[~(newest["end"] <= day)].set_index("subscriber")
    first = contracts.groupby("subscriber")["start"].min().reindex(here.index)
    known = here[["plan", "price"]].assign(tenure=((day - first).dt.days + 1) / DAYS)
    seen = {name: _seen(tables[name], when, first, day) for name, when in DATED.items() if name in tables}
    for name, months in MONTHS.items():
        since = day + pd.Timedelta(days=1) - pd.DateOffset(months=months)
        if "activity" in seen:
            known[f"logins_{name}"] = _lately(seen["activity"], since)["logins"].mean().reindex(here.index)
        if "complaints" in seen:
            known[f"complaints_{name}"] = _lately(seen["complaints"], since).size().reindex(here.index, fill_value=0).astype(float)
    if "satisfaction" in seen:
        year = day + pd.Timedelta(days=1) - pd.DateOffset(months=MONTHS["year"])
        answers = seen["satisfaction"].sort_values("when", kind="stable").groupby("subscriber")["score"]
        known["satisfaction"] = answers.last().reindex(here.index)
        known["satisfaction_year"] = _lately(seen["satisfaction"], year)["score"].mean().reindex(here.index)
    if "offers" in seen:
        last = seen["offers"].sort_values("when", kind="stable").drop_duplicates("subscriber", keep="last").set_index("subscriber")
        known["offer"] = last["group"].reindex(here.index)
        known["offer_age"] = ((day - last["when"]).dt.days / DAYS).reindex(here.index)
    return known


def _seen(table: pd.DataFrame, when: str, first: pd.Series, day: pd.Timestamp) -> pd.DataFrame:
    """The events up to the day of those who are there, none from before they had a contract; `when`."""
    rows = table[(table[when] <= day) & table["subscriber"].isin(first.index)].rename(columns={when: "when"})
    return rows[(rows["when"] >= _month_of(rows["subscriber"].map(first))).to_numpy()]


def _lately(rows: pd.DataFrame, since: pd.Timestamp):
    return rows[rows["when"] >= since].groupby("subscriber")


def months_left(contracts: pd.DataFrame, known: pd.Index, day: pd.Timestamp, until: pd.Timestamp) -> pd.Series:
    """In which month after the day each of these subscribers left: 1, 2, …; missing where they were still there at the end of `until`.

    A new contract that begins when the old one ends is a stay.
    """
    later = contracts[contracts["subscriber"].isin(known) & (contracts["start"] <= until)]
    ordered = later.sort_values(["subscriber", "start"], kind="stable")
    following = ordered.groupby("subscriber")["start"].shift(-1)
    last = ordered[(ordered["end"] > day) & (ordered["end"] != following)].drop_duplicates("subscriber").set_index("subscriber")["end"]
    ends = last[last <= until].reindex(known)
    months = months_between(day, ends.dt)
    return months.where(ends.isna(), np.maximum(months, 1)).rename("months")
