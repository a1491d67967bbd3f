"""The odds of a company's budget from its own books: what was adopted before each year, what came, and what that says of a plan.

Units are departments, lines those of plan.lines on the side of revenue and of spending; the company's result is revenue less spending on
the accounts that were budgeted. Nothing is used that wasn't known on the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.model.budget_odds import KEYS, ODDS, budget_odds, draw_outcomes, met
from planning.model.calibration import reliability
from planning.model.odds_score import score_odds
from planning.plan.books import Books
from planning.plan.known import yearly
from planning.plan.lines import lines_of

DRAWS, SEED = 4000, 7
"""Of what odds are counted in."""
GROUPS, LEAST = 5, 20
"""When odds are compared with what came: into how many groups, and how many odds a group has at the least."""


def past_misses(books: Books, calendar: FiscalCalendar, department: Mapping[str, str], when: pd.Timestamp) -> pd.DataFrame:
    """What earlier budgets were missed by, as known on a day: fiscal_year, unit, line, effect, budget, actual.

    A year counts when all its months are closed by then and a budget was known by its first day; what was booked on accounts that
    this budget doesn't name is left out. `department`: of each cost centre. Amounts in the group's currency and in the line's direction.
    """
    lines = _lines(books)
    actual = yearly(books.own_rows, calendar, "actual", list(lines.index), when)
    parts = [_adopted(books, calendar, int(year), when, lines) for year in actual["fiscal_year"].unique()]
    budget = pd.concat([part for part in parts if len(part)] or [actual.iloc[:0]], ignore_index=True)
    named = pd.MultiIndex.from_frame(budget[["fiscal_year", "account"]].drop_duplicates())
    came = actual[pd.MultiIndex.from_frame(actual[["fiscal_year", "account"]]).isin(named)]
    sums = [_by_line(table, lines, department, ["fiscal_year"]).rename(name) for table, name in ((budget, "budget"), (came, "actual"))]
    table = pd.concat(sums, axis=1).fillna(0.0).reset_index()
    return table[["fiscal_year", *KEYS, "effect", "budget", "actual"]].sort_values(["fiscal_year", *KEYS], ignore_index=True)


def planned_lines(books: Books, rows: pd.DataFrame, department: Mapping[str, str]) -> pd.DataFrame:
    """A year's plan as lines whose odds can be told: unit, line, effect, amount.

    `rows`: cost_centre, account (of the chart), amount of one year and version, by month or not, in the group's currency; accounts that
    are neither revenue nor spending are left out.
    """
    return _by_line(rows, _lines(books), department, []).rename("amount").reset_index()[[*KEYS, "effect", "amount"]]


def adopted_lines(
    books: Books, calendar: FiscalCalendar, department: Mapping[str, str], fiscal_year: int, when: pd.Timestamp
) -> pd.DataFrame:
    """The year's adopted budget as it was known on a day, and at the latest on the year's first: the columns of `planned_lines`."""
    return planned_lines(books, _adopted(books, calendar, fiscal_year, when, _lines(books)), department)


def tell_odds(past: pd.DataFrame, plan: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """The odds of a plan (`planned_lines`, `adopted_lines`) from earlier misses: see model.budget_odds."""
    return budget_odds(past, plan, draw_outcomes(past, plan, draws, seed))


def tried_odds(
    books: Books, calendar: FiscalCalendar, department: Mapping[str, str], lag_days: int, when: pd.Timestamp, draws: int, seed: int
) -> pd.DataFrame:
    """The odds of every earlier year as they would have been said then, and what came: the columns of `tell_odds`, fiscal_year, met.

    Said on the day the books of the year before were closed (`lag_days` after its end), for years that are closed on the day `when`.
    """
    known = past_misses(books, calendar, department, when)
    told = []
    for year, came in known.groupby("fiscal_year"):
        then = calendar.first(int(year)) + pd.Timedelta(days=lag_days)
        plan = adopted_lines(books, calendar, department, int(year), then)
        odds = tell_odds(past_misses(books, calendar, department, then), plan, draws, seed)
        told.append(odds.merge(met(came), on=["level", *KEYS]).assign(fiscal_year=int(year)))
    columns = ["fiscal_year", *ODDS, "met"]
    return pd.concat(told, ignore_index=True)[columns] if told else pd.DataFrame(columns=columns)


def year_odds(
    books: Books, calendar: FiscalCalendar, department: Mapping[str, str], lag_days: int, when: pd.Timestamp, rows: pd.DataFrame,
) -> tuple[pd.DataFrame, Held]:  # fmt: skip
    """The odds of a year's plan as known on a day, and how those of earlier years held. `rows`: see planned_lines."""
    plan, past = planned_lines(books, rows, department), past_misses(books, calendar, department, when)
    tried = tried_odds(books, calendar, department, lag_days, when, DRAWS, SEED)
    return tell_odds(past, plan, DRAWS, SEED), odds_held(tried, 0.95, SEED)


@dataclass(frozen=True)
class Held:
    """How earlier odds of lines fared. `years`: those that had odds; `score`: model.odds_score.score_odds, by year; `bins`: said, n,
    count, rate, lower, upper at `level`; `likely`, `unlikely`: (met, all) of lines called above one half, and of the others."""

    years: list[int]
    level: float
    score: pd.Series
    bins: pd.DataFrame
    likely: tuple[int, int]
    unlikely: tuple[int, int]


def odds_held(tried: pd.DataFrame, level: float, seed: int, draws: int = 500) -> Held:
    """How the odds of lines in `tried_odds` fared; nothing but empty tables where no year had odds."""
    lines = tried[(tried["level"] == "line") & tried["odds"].notna()]
    happened, said = lines["met"].to_numpy(dtype=bool), lines["odds"].to_numpy(dtype=float)
    score = score_odds(lines.assign(group=lines["fiscal_year"]), level, draws, seed)
    bins = reliability(happened, said, level, min(GROUPS, max(1, len(lines) // LEAST)))
    sides = [(int(happened[side].sum()), int(side.sum())) for side in (said > 0.5, said <= 0.5)]
    return Held(sorted(lines["fiscal_year"].unique().tolist()), level, score, bins, *sides)


def _lines(books: Books) -> pd.DataFrame:
    """The accounts below revenue and spending: index account; line, weight (into its side), effect (of its side on the result)."""
    tree: AccountTree = books.tree
    parts = []
    for role, effect in (("revenue", 1), ("spending", -1)):
        account = books.roles[role]
        weight = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
        line = pd.Series(lines_of(tree, weight.index, account))
        parts.append(pd.DataFrame({"line": line, "weight": weight, "effect": effect}))
    return pd.concat(parts)


def _adopted(books: Books, calendar: FiscalCalendar, year: int, when: pd.Timestamp, lines: pd.DataFrame) -> pd.DataFrame:
    budget = yearly(books.own_rows, calendar, "budget", list(lines.index), min(when, calendar.first(year)))
    return budget[budget["fiscal_year"] == year]


def _by_line(rows: pd.DataFrame, lines: pd.DataFrame, department: Mapping[str, str], by: list[str]) -> pd.Series:
    """Sums by `by`, unit, line and effect, each amount with its sign into its side."""
    used = rows[rows["account"].isin(lines.index)]
    about = lines.loc[used["account"]]
    unit = used["cost_centre"].map(department).fillna(used["cost_centre"])
    signed = used.assign(unit=unit, line=about["line"].to_numpy(), effect=about["effect"].to_numpy(),
                         amount=used["amount"].to_numpy() * about["weight"].to_numpy())  # fmt: skip
    return signed.groupby([*by, *KEYS, "effect"])["amount"].sum().pipe(np.round, 2)
