"""What leaves with subscribers month by month, with its band, and how the same was told a year before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from planning.core.errors import RequestError
from planning.core.periods import month_end
from planning.model.leaving import Leaving
from planning.plan.contract_worlds import YEAR, Tried, draw_losses, spread
from planning.plan.subscriber_history import CONTRACTS, Tables, check_contracts, known_on, months_left
from planning.plan.subscriber_odds import fit_until, months_before
from planning.plan.subscription_books import CELL

Remember = Callable[[dict, Callable[[], pd.DataFrame]], pd.DataFrame]
"""What takes long, computed but once for a key."""
ALL = ""
"""Department and account of the rows that hold all together."""
SEED = 1
"""From which the worlds of leavers are drawn."""
LOSSES = ["day", "month", *CELL, "there", "lost", "lower", "low", "middle", "high", "upper", "came"]


def losses_of(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, closed: pd.Timestamp, ahead: int, level: float, workers: int,
    remember: Remember,
) -> pd.DataFrame:  # fmt: skip
    """`losses_ahead`, computed but once."""
    key = {"at risk": dict(accounts), "as_of": closed, "ahead": ahead, "level": level}
    return remember(key, partial(losses_ahead, tables, accounts, shares, month_end(closed), ahead, level, SEED, workers))


def losses_ahead(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, as_of: pd.Timestamp, ahead: int, level: float, seed: int,
    workers: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """What leaves with subscribers in the `ahead` months after `as_of`, a month end, and what was told of it a year before.

    day (told at), month (1, 2, …), CELL (or ALL), there, lost, lower, low, middle, high, upper; came (what was lost by then; missing
    where nobody knows yet). No rows where too few left, or stayed, to tell anything. RequestError where contracts contradict each other.
    """
    check_contracts(tables[CONTRACTS])
    now, before, first = (_told(tables, months_before(as_of, YEAR * years), seed, workers) for years in range(3))
    told = [(one, past) for one, past in ((now, before), (before, first)) if now and one]
    tell = lambda one, past: _losses(one, _tried(tables, past), tables, accounts, shares, as_of, ahead, level, seed)  # noqa: E731
    return pd.concat([tell(one, past) for one, past in told], ignore_index=True)[LOSSES] if told else pd.DataFrame(columns=LOSSES)


@dataclass(frozen=True)
class _Told:
    day: pd.Timestamp
    known: pd.DataFrame
    leaving: Leaving


def _told(tables: Tables, day: pd.Timestamp, seed: int, workers: int) -> _Told | None:
    """What is known on a day and learnt from the days before; None where too little is."""
    try:
        return _Told(day, known_on(tables, day), fit_until(tables, day, seed, workers))
    except RequestError:
        return None


def tried_odds(tables: Tables, as_of: pd.Timestamp, seed: int, workers: int = 1) -> Tried | None:
    """The odds of a year told a year before, beside who left in it; None where too little was known then."""
    return _tried(tables, _told(tables, months_before(as_of, YEAR), seed, workers))


def _tried(tables: Tables, told: _Told | None) -> Tried | None:
    if told is None:
        return None
    left = months_left(tables[CONTRACTS], told.known.index, told.day, months_before(told.day, -YEAR)).notna().to_numpy()
    odds = told.leaving.odds(told.known, YEAR)
    return Tried(YEAR, odds, left) if left.any() and not left.all() else None


def _losses(told: _Told, tried: Tried | None, tables: Tables, accounts, shares, as_of, ahead, level, seed) -> pd.DataFrame:
    known, account = told.known, told.known["plan"].map(accounts)
    worth = [(account == row.account).to_numpy() * row.share for row in shares.itertuples()]
    charges = known["price"].to_numpy(float)[:, None] * np.column_stack([*worth, sum(worth)])
    stays = told.leaving.stays(known, np.arange(1, ahead + 1))
    drawn = draw_losses(stays, charges, tried, np.random.default_rng(seed))
    left = months_left(tables[CONTRACTS], known.index, told.day, as_of).to_numpy()
    months = np.arange(1, ahead + 1)
    is_over = [months_before(told.day, -int(month)) <= as_of for month in months]
    came = np.where(is_over, charges.T @ (left[:, None] <= months), np.nan)
    cells = {"there": np.repeat(charges.sum(axis=0)[:, None], ahead, axis=1), "lost": charges.T @ (1 - stays), **spread(drawn, level)}
    rows = pd.concat([shares[CELL], pd.DataFrame([[ALL, ALL]], columns=CELL)]).merge(pd.DataFrame({"month": months}), how="cross")
    return rows.assign(**{name: values.ravel() for name, values in (cells | {"came": came}).items()}, day=told.day)
