"""All that is said of one side's forecasts when they are tried on the past: how near, what each layer added, how often bands held."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planning.core.periods import FiscalCalendar
from planning.plan.accuracy import build_accuracy, build_coverage, build_value_added
from planning.plan.books import Books
from planning.plan.horizons import build_held, build_horizons, forecasts_made
from planning.plan.known import final_actuals, rows_below, totals_of


@dataclass(frozen=True)
class Backtested:
    """One side (revenue or spending), tried at the company's own origins.

    `accuracy`, `added`, `coverage`: by months closed, by layer and month, whole (plan.accuracy); `horizons`, `held`: errors and measured
    coverage by months ahead (plan.horizons); `skill`: the lines judged at the last origin (plan.horizons.judge_lines); `made`: the monthly
    totals as they were forecast (forecaster, as_of, period, amount), `banded`: ours with their bands and what came; `actual`: the
    totals that came (period, amount). `whole_budget`: the budget is one of the whole side, by year. `is_naive`: by origin, whether last
    year's figures shipped as ours, since the method had no skill by its record (model.shipping).
    """

    account: str
    accuracy: pd.DataFrame
    added: pd.DataFrame
    coverage: pd.DataFrame
    horizons: pd.DataFrame
    held: pd.DataFrame
    skill: pd.DataFrame
    made: pd.DataFrame
    banded: pd.DataFrame
    actual: pd.DataFrame
    whole_budget: bool
    is_naive: pd.Series

    @property
    def compared(self) -> set[str]:
        """Who could be compared: keys of plan.horizons.COMPARED."""
        return set(self.horizons["compared"])

    @property
    def without_skill(self) -> pd.DataFrame:
        """The lines on which the method does not beat naive."""
        return self.skill[self.skill["skill"].notna() & ~self.skill["skill"].fillna(True).astype(bool)]


def build_side(
    books: Books, controls: pd.DataFrame, calendar: FiscalCalendar, side: str, days: pd.DataFrame, trials: pd.DataFrame,
    judged: pd.DataFrame, skill: pd.DataFrame,
) -> Backtested:  # fmt: skip
    """A side's trial told from all points of view; nothing is fitted here."""
    tree, account = books.tree, books.roles[side]
    rows = rows_below(books.rows, tree, account)
    figures = (rows, controls, tree, calendar, account, days, trials, judged)
    made = forecasts_made(books, calendar, side, days, trials, judged)
    held, banded = build_held(rows, tree, account, days, trials)
    spoken = made.totals["forecaster"].eq("budget").any()
    return Backtested(
        account, build_accuracy(*figures), build_value_added(*figures),
        build_coverage(rows, tree, calendar, account, days, {"ours": trials, "combined": judged}),
        build_horizons(made, rows, tree, calendar, account), held, skill, made.totals, banded,
        totals_of(final_actuals(rows, tree, account)), bool(spoken and not made.lines["forecaster"].eq("budget").any()),
        trials.groupby("as_of")["naive"].first().ne(""),
    )  # fmt: skip
