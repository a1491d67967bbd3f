"""Subscribers in groups that a marketer knows, by how long they have been there and what they did lately."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

FADING = 0.6
"""Logs in less than so many times as often as over the year."""
QUIET = 0.2
"""The share of all that logs in least."""
NEW, LOYAL = 6, 24
"""Months of tenure below, and from which on."""


def _is_new(known: pd.DataFrame) -> pd.Series:
    return known["tenure"] < NEW


def _has_complained(known: pd.DataFrame) -> pd.Series:
    return known["complaints_quarter"] > 0


def _is_fading(known: pd.DataFrame) -> pd.Series:
    return known["logins_quarter"] < FADING * known["logins_year"]


def _is_unhappy(known: pd.DataFrame) -> pd.Series:
    answers = known["satisfaction"]
    return answers < (answers.min() + answers.max()) / 2


def _is_quiet(known: pd.DataFrame) -> pd.Series:
    return known["logins_quarter"].rank(pct=True) <= QUIET


def _is_loyal(known: pd.DataFrame) -> pd.Series:
    return known["tenure"] >= LOYAL


RULES: dict[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], pd.Series]]] = {
    "new": (("tenure",), _is_new),
    "complained": (("complaints_quarter",), _has_complained),
    "fading": (("logins_quarter", "logins_year"), _is_fading),
    "unhappy": (("satisfaction",), _is_unhappy),
    "quiet": (("logins_quarter",), _is_quiet),
    "loyal": (("tenure",), _is_loyal),
}
"""The groups in their order, what must be known for each, and who belongs: the first that fits counts."""
STEADY = "steady"


def behaviour(known: pd.DataFrame) -> pd.Series:
    """The group of each subscriber, one of RULES or STEADY, from what was known of them on a day (subscriber_history.known_on).

    Groups whose attributes a company doesn't keep are left out.
    """
    groups = pd.Series(STEADY, index=known.index)
    for name, (needed, fits) in RULES.items():
        if all(column in known for column in needed):
            groups = groups.mask((groups == STEADY) & fits(known).fillna(False), name)
    return groups
