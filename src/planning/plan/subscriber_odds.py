"""The odds that subscribers with dated contracts leave, learnt from past days and tried on later ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import month_end, months_after, months_between
from planning.model.attributes import Attributes, select_attributes
from planning.model.calibration import calibration_error, error_by_chance
from planning.model.churn import measure
from planning.model.leaving import PIECES, Leaving, fit_leaving
from planning.plan.subscriber_history import CONTRACTS, DATED, Tables, known_on, months_left

PAST = 24
"""Month ends that are learnt from, at most, counted back from the last whose outcome is known."""
FIRST = 3
"""Months of contracts before the first of them."""
CROWD = 100_000
"""Subscribers that are learnt from, at most."""
TRIED = (12, 3)
"""Months before the last known one at which the odds are tried."""


@dataclass(frozen=True)
class Trial:
    """Odds told on an earlier day, and who left. `rows`: subscriber, months (left in; missing: stayed), odds_… and base_… by horizon;
    `known`: what was known of them; `leaving`: what told the odds."""

    day: pd.Timestamp
    watched: int
    rows: pd.DataFrame
    known: pd.DataFrame
    leaving: Leaving


def last_days(contracts: pd.DataFrame, as_of: pd.Timestamp, ahead: int) -> list[pd.Timestamp]:
    """The month ends to learn from, oldest first, that lie `ahead` months or more before `as_of`."""
    first = month_end(months_after(contracts["start"].min().normalize().replace(day=1), FIRST))
    days = [months_before(as_of, back) for back in range(ahead, ahead + PAST)]
    return [day for day in reversed(days) if day >= first]


def months_before(as_of: pd.Timestamp, months: int) -> pd.Timestamp:
    """The month end so many months before a month end."""
    return month_end(months_after(as_of.replace(day=1), -months))


def some_of(tables: Tables, seed: int) -> Tables:
    """The tables of CROWD subscribers drawn by lot, where there are more: memory stays bounded, and the odds are those of all."""
    everybody = tables[CONTRACTS]["subscriber"].unique()
    if len(everybody) <= CROWD:
        return tables
    chosen = set(np.random.default_rng(seed).choice(np.sort(everybody), CROWD, replace=False))
    return {name: tables[name][tables[name]["subscriber"].isin(chosen)] for name in (CONTRACTS, *DATED) if name in tables}


def panel_until(tables: Tables, as_of: pd.Timestamp) -> pd.DataFrame:
    """What was known of subscribers on past month ends, and what came of it by `as_of`: subscriber, day, attributes, months, watched."""
    parts = []
    for day in last_days(tables[CONTRACTS], as_of, 1):
        known = known_on(tables, day)
        watched = months_between(day, as_of)
        left = months_left(tables[CONTRACTS], known.index, day, as_of)
        parts.append(known.assign(months=left, watched=watched, day=day).reset_index())
    if not parts:
        said = f"contracts since {tables[CONTRACTS]['start'].min():%Y-%m}"
        raise RequestError("subscribers", [Problem("too short a past", CONTRACTS, said, f"{FIRST + 1} months before {as_of:%Y-%m}")])
    return pd.concat(parts, ignore_index=True)


def attributes_of(panel: pd.DataFrame) -> Attributes:
    """What may explain who leaves: everything known that isn't the same for all."""
    return select_attributes(panel, ["subscriber", "day", "months", "watched"])


def fit_until(tables: Tables, as_of: pd.Timestamp, seed: int, workers: int = 1) -> Leaving:
    """The odds of leaving, learnt from what was known by the end of `as_of`, a month end; of CROWD subscribers where there are more."""
    panel = panel_until(some_of(tables, seed), as_of)
    return fit_leaving(panel, attributes_of(panel), seed, workers)


def try_odds(tables: Tables, as_of: pd.Timestamp, seed: int, workers: int = 1) -> list[Trial]:
    """Odds told on earlier days as they would have been then, beside who left by `as_of`; days with too short a past are left out."""
    trials = []
    for back in TRIED:
        day = months_before(as_of, back)
        try:
            leaving = fit_until(tables, day, seed, workers)
        except RequestError:
            continue
        known = known_on(tables, day)
        ends = [piece for piece in PIECES if piece <= back]
        odds = dict(zip([f"odds_{months}" for months in ends], 1 - leaving.stays(known, np.array(ends)).T, strict=True))
        base = {f"base_{months}": _rate(leaving, months) for months in ends}
        left = months_left(tables[CONTRACTS], known.index, day, as_of)
        rows = pd.DataFrame({"months": left, **odds}, index=known.index).assign(**base).reset_index()
        trials.append(Trial(day, back, rows, known, leaving))
    return trials


def _rate(leaving: Leaving, months: int) -> float:
    """The share that left within so many months before: what one would say of everybody."""
    return float(1 - np.prod([1 - rate for end, rate in zip(leaving.pieces, leaving.rates, strict=True) if end <= months]))


def score_trials(trials: list[Trial], seed: int) -> pd.DataFrame:
    """By day and horizon: months, n, said (expected to leave), came, auc, log_loss, base (log loss of the rate before), error, chance.

    `error`: the calibration error, `chance`: what it stays under in 99 of 100 worlds where the odds hold.
    """
    rows = []
    for trial in trials:
        for months in (piece for piece in PIECES if f"odds_{piece}" in trial.rows):
            left, odds = (trial.rows["months"] <= months).to_numpy(), trial.rows[f"odds_{months}"].to_numpy()
            if left.all() or not left.any():
                continue
            told, base = measure(left, odds), measure(left, trial.rows[f"base_{months}"].to_numpy())
            rows.append({"day": trial.day, "months": months, "n": len(left), "said": odds.sum(), "came": int(left.sum()),
                         "auc": told["auc"], "log_loss": told["log_loss"], "base": base["log_loss"],
                         "error": calibration_error(left, odds), "chance": error_by_chance(odds, 200, 0.99, seed)})  # fmt: skip
    return pd.DataFrame(rows)
