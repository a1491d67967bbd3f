"""Made-up subscribers with dated contracts whose odds of leaving are known: more where they log in rarely, more after a complaint."""

import numpy as np
import pandas as pd

from planning.core.periods import month, month_range

FIRST = "2022-01"
RARE, OFTEN = 0.06, 0.015
"""Odds of leaving in a month by how often one logs in."""
COMPLAINED = 3.0
"""Times as likely in the month after a complaint."""


def dated_subscribers(size: int, months: int, seed: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The event tables (contracts, activity, complaints, satisfaction), and of each subscriber and month there (subscriber, period)
    the true odds of leaving at its end: `odds`."""
    rng, periods = np.random.default_rng(seed), month_range(month(FIRST), months + 1)
    joined = np.where(rng.random(size) < 0.4, 0, rng.integers(0, months, size))
    rare, plan = rng.random(size) < 0.3, rng.choice(["basic", "family"], size)
    complained = rng.random((size, months)) < 0.05
    upset = complained.copy()
    upset[:, 1:] |= complained[:, :-1]
    odds = np.where(rare, RARE, OFTEN)[:, None] * np.where(upset, COMPLAINED, 1.0)
    leaves = rng.random((size, months)) < odds
    leaves[np.arange(months) < joined[:, None]] = False
    last = np.where(leaves.any(axis=1), leaves.argmax(axis=1), months)
    there = (np.arange(months) >= joined[:, None]) & (np.arange(months) <= last[:, None])
    codes = np.array([f"S{number:05}" for number in range(size)])
    who, when = np.nonzero(there)
    logins = rng.poisson(np.where(rare[who], 2.0, 8.0))
    ends = pd.Series(periods[np.minimum(last + 1, months)]).where(last < months)
    tables = {
        "contracts": pd.DataFrame({"subscriber": codes, "plan": plan, "price": np.where(plan == "basic", 30.0, 80.0),
                                   "start": periods[joined], "end": ends}),
        "activity": pd.DataFrame({"subscriber": codes[who], "period": periods[when], "logins": logins.astype(float)}),
        "complaints": pd.DataFrame({"subscriber": codes[who], "date": periods[when]})[complained[who, when]].reset_index(drop=True),
        "satisfaction": pd.DataFrame({"subscriber": codes[who], "date": periods[when], "score": 4.0 - complained[who, when]})[
            when % 3 == 0
        ],
    }  # fmt: skip
    return tables, pd.DataFrame({"subscriber": codes[who], "period": periods[when], "odds": odds[who, when]})
