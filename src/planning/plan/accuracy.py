"""How near the forecasts came: the people's, same month last year's, and ours, on the same months of the past."""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.model.backtest import closed_months, scores, sum_lines
from planning.plan.known import EVER, control_totals, final_actuals, monthly_actuals, people_forecast, totals_of

COLUMNS = (
    "forecaster", "closed", "quarter", "months", "wape_total", "cells", "wape_lines", "years", "mape_rest", "bias_rest", "account",
)  # fmt: skip
"""One row a forecaster and number of closed months."""


def build_accuracy(
    rows: pd.DataFrame,
    controls: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    origins: pd.DataFrame,
    trials: pd.DataFrame,
) -> pd.DataFrame:
    """Scores of one side by forecaster and report quarter; see model.backtest.scores for the columns and the rule.

    What happened is what the report that closes the year prints; a year that isn't closed yet is not scored. Totals are the
    printed control totals for the actuals, the people and naive, and the sum of its lines for ours; a ledger prints none, so
    there all are sums of lines. Who never forecast isn't scored. Origins at a year's end
    are left out: the people print no forecast there. No rows where there is no origin yet.
    """
    used = origins[calendar.month_number(origins["as_of"]) % 12 != 0]
    if used.empty:
        return pd.DataFrame(columns=COLUMNS)
    trials = trials[trials["as_of"].isin(used["as_of"])]
    ours = trials[["as_of", "account", "period", "amount"]]
    others = pd.concat(_others(rows, tree, account, used))
    lines = pd.concat([ours.assign(forecaster="ours"), others])
    final = final_actuals(rows, tree, account)
    printed = control_totals(controls, account, "actual", EVER)[["period", "amount"]]
    if printed.empty:
        totals, printed = [sum_lines(others)], totals_of(final)
    else:
        totals = [_people_totals(controls, account, used), _naive_totals(controls, account, used)]
    totals = pd.concat([sum_lines(ours).assign(forecaster="ours"), *totals])
    table = scores(lines, totals, _closed_years(final, calendar), _closed_years(printed, calendar), calendar)
    return table.assign(account=account)


def _closed_years(actuals: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
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
