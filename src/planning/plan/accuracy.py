"""How near the forecasts came on the same months of the past: same month last year's, ours, the people's, and both combined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.model.backtest import closed_months, scored_months, scores, sum_lines
from planning.model.bands import landing_bands, measured_coverage, month_bands
from planning.model.judgement import value_added
from planning.plan.known import EVER, control_totals, final_actuals, monthly_actuals, people_forecast, totals_of

COLUMNS = (
    "forecaster", "closed", "quarter", "months", "wape_total", "cells", "wape_lines", "years", "mape_rest", "bias_rest", "account",
)  # fmt: skip
"""One row a forecaster and number of closed months."""
LAYERS = ("naive", "ours", "people", "combined")
"""The forecasters in the order in which each is laid on the one before."""


class Figures(NamedTuple):
    """One side's forecasts and what happened, by line and in total: what is scored."""

    lines: pd.DataFrame
    totals: pd.DataFrame
    line_actuals: pd.DataFrame
    total_actuals: pd.DataFrame


def build_accuracy(
    rows: pd.DataFrame,
    controls: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    origins: pd.DataFrame,
    trials: pd.DataFrame,
    judged: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Scores of one side by forecaster and report quarter; see model.backtest.scores for the columns and the rule.

    `judged`: people and ours combined (plan.judged), shown as `combined`. What happened is what the report that closes the year
    prints; a year that isn't closed yet is not scored. Totals are the printed control totals for the actuals, the people and
    naive, and the sum of its lines for ours and the combined; a ledger prints none, so there all are sums of lines. Who never
    forecast isn't scored. Origins at a year's end are left out: the people print no forecast there. No rows where there is no
    origin yet.
    """
    used = _within_years(origins, calendar)
    if used.empty:
        return pd.DataFrame(columns=COLUMNS)
    figures = _figures(rows, controls, tree, calendar, account, used, trials, judged)
    return scores(*figures, calendar).assign(account=account)


def total_months(
    rows: pd.DataFrame,
    controls: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    origins: pd.DataFrame,
    trials: pd.DataFrame,
    judged: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The monthly totals that `build_accuracy` scores: forecaster, as_of, closed, period, amount, actual."""
    used = _within_years(origins, calendar)
    figures = _figures(rows, controls, tree, calendar, account, used, trials, judged)
    return scored_months(figures.totals, figures.total_actuals, calendar, [])


def build_value_added(
    rows: pd.DataFrame,
    controls: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    origins: pd.DataFrame,
    trials: pd.DataFrame,
    judged: pd.DataFrame,
) -> pd.DataFrame:
    """What each layer added to the one before it on the monthly totals, whole and by month: month (1 to 12 of the fiscal year,
    missing for all together) and the columns of model.judgement.value_added. No rows where fewer than two ever forecast."""
    used = _within_years(origins, calendar)
    if used.empty:
        return pd.DataFrame(columns=["month", "layer", "before"])
    scored = total_months(rows, controls, tree, calendar, account, used, trials, judged)
    scored["month"] = calendar.month_number(scored["period"])
    layers = [name for name in LAYERS if (scored["forecaster"] == name).any()]
    if len(layers) < 2:
        return pd.DataFrame(columns=["month", "layer", "before"])
    tables = [value_added(scored, layers), value_added(scored, layers, ["month"])]
    return pd.concat(tables, ignore_index=True).astype({"month": "Int64"}).assign(account=account)


def build_coverage(
    rows: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    origins: pd.DataFrame,
    forecasts: Mapping[str, pd.DataFrame],
    level: float = 0.8,
) -> pd.DataFrame:
    """How often bands drawn from a forecaster's own earlier errors held: forecaster, what, and the columns of
    model.bands.measured_coverage.

    `forecasts`: each forecaster's lines in the form of a trial. `what`: months (totals of the months left of the year) and
    landings (the rest of the year), from the origins within a year.
    """
    used = _within_years(origins, calendar)
    actuals, tables = monthly_actuals(rows, tree, account), []
    for name, lines in forecasts.items():
        within = calendar.fiscal_year(lines["period"]) == calendar.fiscal_year(lines["as_of"])
        totals = sum_lines(lines[within & lines["as_of"].isin(used["as_of"])])
        if totals.empty:
            continue
        drawn = {
            "months": month_bands(totals, actuals, used, level, [], []),
            "landings": landing_bands(totals, actuals, used, level, calendar),
        }
        tables += [measured_coverage(banded).assign(forecaster=name, what=what) for what, banded in drawn.items()]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["forecaster", "what"])


def _within_years(origins: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """The origins but those at a year's end, at which the people print no forecast."""
    return origins[calendar.month_number(origins["as_of"]) % 12 != 0]


def _figures(rows, controls, tree, calendar, account, origins, trials, judged) -> Figures:
    """What each forecaster said at these origins, and what the closed years came to; nothing is combined with people who are silent."""
    others = pd.concat(_others(rows, tree, account, origins))
    asked = judged is not None and (others["forecaster"] == "people").any()
    made = [trials.assign(forecaster="ours"), *([judged.assign(forecaster="combined")] if asked else [])]
    ours = pd.concat(made)[["forecaster", "as_of", "account", "period", "amount"]]
    ours = ours[ours["as_of"].isin(origins["as_of"])]
    final = final_actuals(rows, tree, account)
    printed = control_totals(controls, account, "actual", EVER)[["period", "amount"]]
    if printed.empty:
        totals, printed = [sum_lines(others)], totals_of(final)
    else:
        totals = [_people_totals(controls, account, origins), _naive_totals(controls, account, origins)]
    totals = pd.concat([sum_lines(ours), *totals])
    return Figures(pd.concat([ours, others]), totals, closed_years(final, calendar), closed_years(printed, calendar))


def closed_years(actuals: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """The months of fiscal years that are closed to their last."""
    year = calendar.fiscal_year(actuals["period"])
    months = actuals.groupby(year)["period"].nunique()
    return actuals[year.isin(months[months == 12].index)]


def _others(rows: pd.DataFrame, tree: AccountTree, account: str, origins: pd.DataFrame) -> list[pd.DataFrame]:
    """The people's lines and last year's lines at each origin, as known then."""
    actuals, tables = monthly_actuals(rows, tree, account), []
    for day in origins.itertuples():
        people = people_forecast(rows, tree, account, day.as_of, day.when)
        naive = _year_later(closed_months(actuals, day.as_of, day.when))
        for name, table in (("people", people), ("naive", naive)):
            tables.append(table[["account", "period", "amount"]].assign(forecaster=name, as_of=day.as_of))
    return tables


def _year_later(history: pd.DataFrame) -> pd.DataFrame:
    return history.assign(period=history["period"] + pd.DateOffset(years=1))


def _people_totals(controls: pd.DataFrame, account: str, origins: pd.DataFrame) -> pd.DataFrame:
    issued = control_totals(controls, account, "forecast", EVER)
    tables = [
        issued[issued["known"] == issued.loc[issued["known"] <= day.when, "known"].max()].assign(as_of=day.as_of)
        for day in origins.itertuples()
    ]
    return pd.concat(tables)[["as_of", "period", "amount"]].assign(forecaster="people")


def _naive_totals(controls: pd.DataFrame, account: str, origins: pd.DataFrame) -> pd.DataFrame:
    tables = [
        _year_later(control_totals(controls, account, "actual", day.when)[["period", "amount"]]).assign(as_of=day.as_of)
        for day in origins.itertuples()
    ]
    return pd.concat(tables)[["as_of", "period", "amount"]].assign(forecaster="naive")
