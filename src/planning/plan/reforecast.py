"""The rolling reforecast: closed months from actuals, open months from the forecast with its band, and the year's landing.

Everything here is handed tables and says what was known on a day; nothing reads a file or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.metrics import growth, rate, variance
from planning.core.money import round_cents
from planning.core.periods import FiscalCalendar, month_range, months_after
from planning.model.backtest import closed_months, months_closed, sum_lines, trial
from planning.model.bands import band, errors_known, landing_bands, landing_errors, measured_coverage, month_bands
from planning.model.forecast import forecast, typical_month
from planning.model.odds import misses_beyond
from planning.plan.known import monthly_actuals, people_forecast, totals_of, yearly

HORIZON = 18
"""Months ahead that every reforecast and every trial looks, so that the 18-month window has its own measured band."""


@dataclass(frozen=True)
class Reforecast:
    """One side (receipts or disbursements) of a reforecast.

    `lines`: account, period, scenario (actual, forecast), amount, lower, upper; `months`: the same for the total, with prior
    (same month a year before), people, naive; `landing`: one row a forecaster; `windows`: 12 and 18 months ahead;
    `coverage`: measured coverage of months and landing; `errors`: past landing errors.
    """

    account: str
    lines: pd.DataFrame
    months: pd.DataFrame
    landing: pd.DataFrame
    windows: pd.DataFrame
    coverage: pd.DataFrame
    errors: pd.DataFrame
    typical: float
    closed: int


def run_trials(rows: pd.DataFrame, tree: AccountTree, account: str, origins: pd.DataFrame, method: str, workers: int = 1) -> pd.DataFrame:
    """The method tried at each origin, HORIZON months ahead, on what was known then; see model.backtest.trial."""
    return trial(monthly_actuals(rows, tree, account), origins, lambda as_of: HORIZON, method, workers)


def build_reforecast(
    rows: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    as_of: pd.Timestamp,
    when: pd.Timestamp,
    trials: pd.DataFrame,
    origins: pd.DataFrame,
    method: str = "combined",
    level: float = 0.8,
    workers: int = 1,
) -> Reforecast:
    """A side's reforecast from what was known at `when`, its books closed through `as_of`.

    `trials`: the method's forecasts at earlier origins (`run_trials`); only their errors known at `when` make the bands.
    """
    actuals = monthly_actuals(rows, tree, account)
    known = actuals[actuals["known"] <= when]
    past = origins[origins["as_of"] < as_of]
    trials = trials[trials["as_of"].isin(past["as_of"])]
    history = closed_months(known, as_of, when)
    ahead = forecast(history, HORIZON, method, workers=workers).assign(amount=lambda t: round_cents(t["amount"]))
    naive = forecast(history, HORIZON, "seasonal_naive")
    lines = _lines(history, ahead, trials, known, as_of, when, level)
    months = _months(history, ahead, naive, people_forecast(rows, tree, account, as_of, when), trials, known, as_of, when, level)
    errors = landing_errors(sum_lines(trials), known, as_of, when, calendar)
    landing = _landing(months, errors, calendar, as_of, level)
    return Reforecast(
        account, lines, months, landing, _windows(months, as_of), _coverage(trials, known, past, calendar, level), errors,
        float(months["typical"].iloc[-1]), months_closed(as_of, calendar),
    )  # fmt: skip


def _lines(history, ahead, trials, known, as_of, when, level) -> pd.DataFrame:
    points = ahead.merge(typical_month(history), on="account").assign(scenario="forecast")
    banded = band(points, errors_known(trials, known, as_of, when), level, ["account"])
    closed = history.assign(scenario="actual", lower=np.nan, upper=np.nan)
    columns = ["account", "period", "scenario", "amount", "lower", "upper"]
    return pd.concat([closed[columns], banded[columns]]).sort_values(["account", "period"], ignore_index=True)


def _months(history, ahead, naive, people, trials, known, as_of, when, level) -> pd.DataFrame:
    totals = totals_of(history).assign(scenario="actual")
    points = totals_of(ahead).assign(scenario="forecast", typical=float(totals["amount"].abs().tail(12).mean()))
    banded = band(points, errors_known(sum_lines(trials), known, as_of, when, []), level)
    table = pd.concat([totals, banded]).sort_values("period", ignore_index=True)
    by_month = table.set_index("period")["amount"]
    table["prior"] = by_month.reindex(table["period"] - pd.DateOffset(years=1)).to_numpy()
    for name, other in (("people", people), ("naive", naive)):
        table[name] = totals_of(other).set_index("period")["amount"].reindex(table["period"]).to_numpy()
    return table[["period", "scenario", "amount", "lower", "upper", "prior", "people", "naive", "typical"]]


def year_rows(months: pd.DataFrame, calendar: FiscalCalendar, as_of: pd.Timestamp) -> pd.DataFrame:
    """The twelve months of the running fiscal year (the one that the first open month stands in)."""
    fiscal_year = calendar.fiscal_year(months_after(as_of, 1))
    return months[months["period"].isin(calendar.year(fiscal_year))]


def _landing(months: pd.DataFrame, errors: pd.DataFrame, calendar: FiscalCalendar, as_of: pd.Timestamp, level: float) -> pd.DataFrame:
    """forecaster (prior, naive, people, ours), closed, open, amount, lower, upper, n; a forecaster without all months is missing."""
    year = year_rows(months, calendar, as_of)
    is_open = year["scenario"] == "forecast"
    closed = float(year.loc[~is_open, "amount"].sum())
    typical = float(year["typical"].iloc[-1]) * int(is_open.sum())
    ours = pd.DataFrame({"amount": [float(year.loc[is_open, "amount"].sum())], "typical": [typical], "closed": [12 - int(is_open.sum())]})
    banded = band(ours, errors, level, ["closed"]).iloc[0]
    rows = [{"forecaster": "prior", "closed": np.nan, "open": np.nan, "amount": year["prior"].sum(min_count=12)}]
    for name in ("naive", "people"):
        rest = float(year.loc[is_open, name].sum(min_count=int(is_open.sum())))
        rows.append({"forecaster": name, "closed": closed, "open": rest, "amount": closed + rest})
    rows.append({
        "forecaster": "ours", "closed": closed, "open": banded["amount"], "amount": closed + banded["amount"],
        "lower": closed + banded["lower"], "upper": closed + banded["upper"], "n": banded["n"],
    })  # fmt: skip
    return pd.DataFrame(rows, columns=["forecaster", "closed", "open", "amount", "lower", "upper", "n"])


def _windows(months: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The next 12 and 18 months beside the same number of months before them: months, first, last, amount, before, growth."""
    amounts = months.set_index("period")["amount"]
    rows = []
    for count in (12, HORIZON):
        ahead = month_range(months_after(as_of, 1), count)
        earlier = month_range(months_after(as_of, 1 - count), count)
        total, before = float(amounts.reindex(ahead).sum()), float(amounts.reindex(earlier).sum(min_count=count))
        rows.append({"months": count, "first": ahead[0], "last": ahead[-1], "amount": total, "before": before, "growth": growth(total, before)})
    return pd.DataFrame(rows)


def _coverage(trials, known, past, calendar, level) -> pd.DataFrame:
    """How often the bands held at earlier origins, each drawn from errors known then: what, n, inside, coverage, low, high."""
    totals = sum_lines(trials)
    open_year = totals.assign(year_end=lambda t: t["as_of"].map(lambda a: calendar.last(calendar.fiscal_year(months_after(a, 1)))))
    within = open_year[open_year["period"] <= open_year["year_end"]].drop(columns="year_end")
    months = measured_coverage(month_bands(within, known, past, level, [], []))
    landing = measured_coverage(landing_bands(totals, known, past, level, calendar))
    return pd.concat([months.assign(what="months"), landing.assign(what="landing")], ignore_index=True)


def odds_above(side: Reforecast, limit: float) -> tuple[int, int]:
    """In how many of the past years a miss like theirs at this point would carry this landing above a limit: (k, n)."""
    ours = float(side.landing.set_index("forecaster").at["ours", "amount"])
    same_point = side.errors[side.errors["closed"] == side.closed]
    return misses_beyond(ours, side.typical * (12 - side.closed), limit, same_point)


def department_progress(
    rows: pd.DataFrame,
    calendar: FiscalCalendar,
    budgeted: list[str],
    reported: str,
    department: dict[str, str],
    as_of: pd.Timestamp,
    when: pd.Timestamp,
) -> pd.DataFrame:
    """Each department's running year: adopted, the people's target and projection, spent to date, and last year's pace.

    `budgeted`: the accounts of the adopted budget; `reported`: the account of the people's own reports; `department`: each cost
    centre's department. Columns: department, adopted, target, projection, to_date, variance (projection − adopted), execution
    (to_date / adopted), execution_prior (the same at the same point of last year). What nobody reported is missing, never 0.
    """
    year = calendar.fiscal_year(months_after(as_of, 1))
    adopted = yearly(rows, calendar, "budget", budgeted, when)
    table = pd.DataFrame({
        "adopted": _year_of(adopted, year, department),
        "target": _year_of(yearly(rows, calendar, "target", [reported], when), year, department),
        "projection": _year_of(yearly(rows, calendar, "forecast", [reported], when), year, department),
        "to_date": _to_date(rows, reported, as_of, when, department),
    })  # fmt: skip
    before = rate(_to_date(rows, reported, months_after(as_of, -12), when, department), _year_of(adopted, year - 1, department))
    table["variance"] = variance(table["projection"], table["adopted"])
    table["execution"] = rate(table["to_date"], table["adopted"])
    table["execution_prior"] = before.reindex(table.index)
    return table.rename_axis("department").reset_index()


def _year_of(table: pd.DataFrame, fiscal_year: int, department: dict[str, str]) -> pd.Series:
    used = table[table["fiscal_year"] == fiscal_year]
    return used.groupby(used["cost_centre"].map(department))["amount"].sum()


def _to_date(rows: pd.DataFrame, reported: str, period: pd.Timestamp, when: pd.Timestamp, department: dict[str, str]) -> pd.Series:
    used = rows[(rows["scenario"] == "actual") & (rows["grain"] == "year_to_date") & (rows["account"] == reported)]
    used = used[(used["period"] == period) & (used["known"] <= when)].sort_values("known", kind="stable")
    newest = used.drop_duplicates("cost_centre", keep="last")
    return newest.groupby(newest["cost_centre"].map(department))["amount"].sum()
