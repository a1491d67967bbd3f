"""The rolling reforecast: closed months from actuals, open months from the forecast with its band, and the year's landing.

Everything here is handed tables and says what was known on a day; nothing reads a file or a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.checks import Check, check_close
from planning.core.metrics import execution_rate, growth, variance
from planning.core.money import round_cents
from planning.core.periods import FiscalCalendar, month_range, months_after
from planning.model.backtest import closed_months, months_closed, sum_lines, trial
from planning.model.bands import band, errors_known, landing_bands, landing_errors, measured_coverage, month_bands
from planning.model.bridge import bridge_by
from planning.model.history import typical_month
from planning.model.odds import misses_beyond
from planning.model.shipping import ship_ahead, shipped_trials
from planning.plan.books import Books
from planning.plan.cells import NO_RATES, line_rows, plan_rows
from planning.plan.known import (
    COVERS,
    EVER,
    control_totals,
    covered,
    first_forecast,
    monthly_actuals,
    people_forecast,
    totals_of,
    yearly,
)

HORIZON = 18
"""Months ahead that every reforecast and every trial looks, so that the 18-month window has its own measured band."""


@dataclass(frozen=True)
class Reforecast:
    """One side (receipts or disbursements) of a reforecast.

    `lines`: account, period, scenario (actual, forecast), amount, lower, upper; `months`: the same for the total, with prior
    (same month a year before), people, naive, combined (people and model); `landing`: one row a forecaster
    (prior: last year as it was; first: the people's first forecast of this year); `windows`: 12 and 18 months ahead;
    `coverage`: measured coverage of months and landing; `errors`: past landing errors; `typical`: the size of a month, by
    which errors are compared; `closed`: months of the running year that are closed; `is_naive`: whether last
    year's figures ship, since the method had no skill by its record.
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
    is_naive: bool


def run_trials(
    rows: pd.DataFrame, tree: AccountTree, account: str, origins: pd.DataFrame, method: str, workers: int = 1,
    country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The method tried at each origin, HORIZON months ahead, on what was known then, and what would have shipped; see
    model.backtest.trial and model.shipping.shipped_trials."""
    actuals = monthly_actuals(rows, tree, account)
    return shipped_trials(trial(actuals, origins, lambda as_of: HORIZON, method, workers, country=country), actuals, origins, method)


def run_ahead(
    actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, horizon: int, method: str, trials: pd.DataFrame, workers: int = 1,
    country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The months ahead of each line as the method's next trial, to the cent: account, period, horizon, amount, naive (see
    model.shipping: where the method had no skill by `trials`, as `run_trials` gives them, last year's figures ship).

    What ships is what was tried: the company's own record and the bands from it are of this very forecast.
    """
    ahead = trial(actuals, pd.DataFrame({"as_of": [as_of], "when": [when]}), lambda _: horizon, method, workers, country=country)
    ahead = ship_ahead(ahead, trials, actuals, (as_of, when), method)
    return ahead[["account", "period", "horizon", "amount", "naive"]].assign(amount=round_cents(ahead["amount"]))


def build_reforecast(
    rows: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    account: str,
    as_of: pd.Timestamp,
    when: pd.Timestamp,
    trials: pd.DataFrame,
    origins: pd.DataFrame,
    method: str = "standard",
    level: float = 0.8,
    workers: int = 1,
    judged: pd.DataFrame | None = None,
    country: str | None = None,
) -> Reforecast:
    """A side's reforecast from what was known at `when`, its books closed through `as_of`.

    `trials`: the method's forecasts at earlier origins (`run_trials`); only their errors known at `when` make the bands. `judged`: people
    and model combined at each origin, this one included (plan.judged), whose band rests on its own earlier errors.
    """
    actuals = monthly_actuals(rows, tree, account)
    known = actuals[actuals["known"] <= when]
    past = origins[origins["as_of"] < as_of]
    trials = trials[trials["as_of"].isin(past["as_of"])]
    history = closed_months(known, as_of, when)
    ahead = run_ahead(actuals, as_of, when, HORIZON, method, trials, workers, country)
    naive = run_ahead(actuals, as_of, when, HORIZON, "seasonal_naive", trials.iloc[:0])
    lines = _lines(history, ahead, trials, known, as_of, when, level)
    people = people_forecast(rows, tree, account, as_of, when)
    combined = combined_ahead(judged, people, as_of)
    others = {"people": people, "naive": naive, "combined": combined}
    months = _months(history, ahead, others, trials, known, as_of, when, level)
    errors = landing_errors(sum_lines(trials), known, as_of, when, calendar)
    missed = {"ours": errors, "combined": _combined_errors(judged, past, known, as_of, when, calendar)}
    landing = _landing(months, missed, calendar, as_of, level)
    landing.loc[len(landing)] = {"forecaster": "first", "amount": first_forecast(rows, tree, calendar, account, as_of, when)}
    closed = months_closed(as_of, calendar)
    coverage = _coverage(trials, known, past, calendar, level, closed)
    typical = float(months["typical"].iloc[-1])
    is_naive = bool((ahead["naive"] != "").any())
    return Reforecast(account, lines, months, landing, _windows(months, as_of), coverage, errors, typical, closed, is_naive)


def combined_ahead(judged: pd.DataFrame | None, people: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The months of an origin's combined lines that the people speak of: account, period, amount; none where they are silent."""
    if judged is None:
        return people[["account", "period", "amount"]].iloc[:0]
    now = judged[(judged["as_of"] == as_of) & judged["period"].isin(people["period"])]
    return now[["account", "period", "amount"]].assign(amount=round_cents(now["amount"]))


def _combined_errors(judged, past, known, as_of, when, calendar) -> pd.DataFrame | None:
    if judged is None:
        return None
    earlier = judged[judged["as_of"].isin(past["as_of"])]
    return landing_errors(sum_lines(earlier), known, as_of, when, calendar)


def _lines(history, ahead, trials, known, as_of, when, level) -> pd.DataFrame:
    points = ahead.merge(typical_month(history), on="account").assign(scenario="forecast")
    banded = band(points, errors_known(trials, known, as_of, when), level, ["account"])
    closed = history.assign(scenario="actual", lower=np.nan, upper=np.nan)
    columns = ["account", "period", "scenario", "amount", "lower", "upper"]
    return pd.concat([closed[columns], banded[columns]]).sort_values(["account", "period"], ignore_index=True)


def _months(history, ahead, others, trials, known, as_of, when, level) -> pd.DataFrame:
    totals = totals_of(history).assign(scenario="actual")
    points = totals_of(ahead).assign(scenario="forecast", typical=float(typical_month(history)["typical"].sum()))
    banded = band(points, errors_known(sum_lines(trials), known, as_of, when, []), level)
    table = pd.concat([totals, banded]).sort_values("period", ignore_index=True)
    by_month = table.set_index("period")["amount"]
    table["prior"] = by_month.reindex(table["period"] - pd.DateOffset(years=1)).to_numpy()
    for name, other in others.items():
        table[name] = totals_of(other).set_index("period")["amount"].reindex(table["period"]).to_numpy()
    return table[["period", "scenario", "amount", "lower", "upper", "prior", *others, "typical"]]


def year_rows(months: pd.DataFrame, calendar: FiscalCalendar, as_of: pd.Timestamp) -> pd.DataFrame:
    """The twelve months of the running fiscal year (the one that the first open month stands in)."""
    fiscal_year = calendar.fiscal_year(months_after(as_of, 1))
    return months[months["period"].isin(calendar.year(fiscal_year))]


def _landing(
    months: pd.DataFrame, errors: Mapping[str, pd.DataFrame | None], calendar: FiscalCalendar, as_of: pd.Timestamp, level: float
) -> pd.DataFrame:
    """forecaster (prior, naive, people, ours, combined), closed, open, amount, lower, upper, n; one without all months is missing.

    `errors`: what earlier landings of ours and of the combined missed, from which their bands are drawn.
    """
    year = year_rows(months, calendar, as_of)
    is_open = year["scenario"] == "forecast"
    closed = float(year.loc[~is_open, "amount"].sum())
    typical = float(year["typical"].iloc[-1]) * int(is_open.sum())
    rows = [{"forecaster": "prior", "closed": np.nan, "open": np.nan, "amount": year["prior"].sum(min_count=12)}]
    for name in ("naive", "people"):
        rest = float(year.loc[is_open, name].sum(min_count=int(is_open.sum())))
        rows.append({"forecaster": name, "closed": closed, "open": rest, "amount": closed + rest})
    for name, column in (("ours", "amount"), ("combined", "combined")):
        rest = float(year.loc[is_open, column].sum(min_count=int(is_open.sum())))
        row = {"forecaster": name, "closed": closed, "open": rest, "amount": closed + rest}
        if pd.notna(rest) and errors[name] is not None:
            point = pd.DataFrame({"amount": [rest], "typical": [typical], "closed": [12 - int(is_open.sum())]})
            banded = band(point, errors[name], level, ["closed"]).iloc[0]
            row |= {"lower": closed + banded["lower"], "upper": closed + banded["upper"], "n": banded["n"]}
        rows.append(row)
    return pd.DataFrame(rows, columns=["forecaster", "closed", "open", "amount", "lower", "upper", "n"])


def _windows(months: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The next 12 and 18 months beside the same calendar months as they last were: months, first, last, amount, before,
    before_first, growth (per year; missing where an amount turns its sign). 18 months are compared with those two years
    earlier, which are all closed."""
    amounts = months.set_index("period")["amount"]
    rows = []
    for count, years in ((12, 1), (HORIZON, 2)):
        ahead = month_range(months_after(as_of, 1), count)
        earlier = month_range(months_after(as_of, 1 - 12 * years), count)
        total, before = float(amounts.reindex(ahead).sum()), float(amounts.reindex(earlier).sum(min_count=count))
        ratio = 1 + growth(total, before)
        rows.append({
            "months": count, "first": ahead[0], "last": ahead[-1], "amount": total, "before": before, "before_first": earlier[0],
            "growth": ratio ** (1 / years) - 1 if ratio > 0 else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _coverage(trials, known, past, calendar, level, closed) -> pd.DataFrame:
    """How often the bands held at earlier origins, each drawn from errors known then: what, n, inside, coverage, low, high.

    `what`: months (every month of the 18 ahead, drawn as they are shown), landings (from any quarter), landing (from the same
    point of the year, one a year). Nothing was measured (n = 0) where there is no earlier origin.
    """
    totals = sum_lines(trials)
    if totals.empty:
        nothing = {"level": level, "n": 0, "inside": 0, "coverage": np.nan, "low": np.nan, "high": np.nan, "without": 0}
        return pd.DataFrame([nothing | {"what": what} for what in ("months", "landings")])
    landings = landing_bands(totals, known, past, level, calendar)
    here = landings[landings["closed"] == closed]
    parts = {"months": measured_coverage(month_bands(totals, known, past, level, [], [])), "landings": measured_coverage(landings)}
    parts |= {"landing": measured_coverage(here)} if len(here) else {}
    return pd.concat([table.assign(what=what) for what, table in parts.items()], ignore_index=True)


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
    before = execution_rate(_to_date(rows, reported, months_after(as_of, -12), when, department), _year_of(adopted, year - 1, department))
    table["variance"] = variance(table["projection"], table["adopted"])
    table["execution"] = execution_rate(table["to_date"], table["adopted"])
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


def landing_bridge(side: Reforecast, calendar: FiscalCalendar, as_of: pd.Timestamp, most: int = 8) -> pd.DataFrame:
    """The bridge from last year's total to this year's landing by line, the largest changes first; closes to the cent.

    Steps are account codes; see model.bridge.bridge_by. No rows where last year isn't known whole.
    """
    year = calendar.fiscal_year(months_after(as_of, 1))
    of_year = calendar.fiscal_year(side.lines["period"])
    before, after = (side.lines[of_year == which] for which in (year - 1, year))
    steps = bridge_by(before[["account", "amount"]], after[["account", "amount"]], "account", most)
    return steps if before["period"].nunique() == 12 else steps.iloc[:0]


def what_ifs(revenue: Reforecast, spending: Reforecast, balance: float) -> pd.DataFrame:
    """The year under each view of it: view (ours, people, naive, cautious), revenue, spending, result, closing (cash).

    Cautious takes the lower edge of the revenue's band and the upper edge of the spending's. `balance`: cash at the year's start.
    """
    left, right = revenue.landing.set_index("forecaster"), spending.landing.set_index("forecaster")
    views = {view: (left.at[view, "amount"], right.at[view, "amount"]) for view in ("ours", "people", "naive")}
    views["cautious"] = (left.at["ours", "lower"], right.at["ours", "upper"])
    table = pd.DataFrame([{"view": view, "revenue": r, "spending": s, "result": r - s} for view, (r, s) in views.items()])
    return table.assign(closing=balance + table["result"])


def adopted_total(rows: pd.DataFrame, calendar: FiscalCalendar, budgeted: list[str], as_of: pd.Timestamp, when: pd.Timestamp) -> float:
    """The running year's adopted budget as known on a day; missing when none was."""
    table = yearly(rows, calendar, "budget", budgeted, when)
    year = table[table["fiscal_year"] == calendar.fiscal_year(months_after(as_of, 1))]
    return float(year["amount"].sum(min_count=1))


def covering_budget(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str, as_of: pd.Timestamp, when: pd.Timestamp
) -> float:
    """The running year's adopted budget of a ledger's account, with its sign; missing where it names less than COVERS of what is
    booked there: a landing of all is not to be compared with a budget of a part."""
    weights = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
    table = yearly(rows, calendar, "budget", list(weights.index), when)
    year = table[table["fiscal_year"] == calendar.fiscal_year(months_after(as_of, 1))]
    named = set(zip(year["cost_centre"], year["account"], strict=True))
    if covered(rows, tree, account, named, as_of, when) < COVERS:
        return float("nan")
    return float((year["amount"] * year["account"].map(weights)).sum())


def adopted_budgets(books: Books, calendar: FiscalCalendar, as_of: pd.Timestamp, when: pd.Timestamp) -> tuple[float, float]:
    """The running year's budgets of revenue and spending as known on a day; missing where there is none. A city budgets spending only."""
    rows, tree, roles = books.rows, books.tree, books.roles
    if not books.is_ledger:
        return float("nan"), adopted_total(rows, calendar, books.budgeted, as_of, when)
    revenue, spending = (covering_budget(rows, tree, calendar, roles[side], as_of, when) for side in ("revenue", "spending"))
    return revenue, spending


def cash_at_start(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, balance: str, as_of: pd.Timestamp, when: pd.Timestamp
) -> float:
    """Cash when the running year began: the balance of the month before; missing when that month isn't there."""
    before = months_after(calendar.first(calendar.fiscal_year(months_after(as_of, 1))), -1)
    months = totals_of(closed_months(monthly_actuals(rows, tree, balance), as_of, when))
    return float(months.loc[months["period"] == before, "amount"].sum(min_count=1))


def lines_table(sides: list[Reforecast]) -> pd.DataFrame:
    """The sides' lines, and their totals under the side's own account, as one table."""
    parts = [side.lines for side in sides]
    parts += [side.months.assign(account=side.account)[side.lines.columns] for side in sides]
    return pd.concat(parts, ignore_index=True)


def by_side(sides: list[Reforecast], name: str) -> pd.DataFrame:
    """One table of every side (landing, windows, coverage, months …) with the side's account as a column."""
    return pd.concat([getattr(side, name).assign(account=side.account) for side in sides], ignore_index=True)


def check_reforecast(sides: list[Reforecast], controls: pd.DataFrame, calendar: FiscalCalendar, as_of: pd.Timestamp, when: pd.Timestamp,
                     tolerance: float) -> list[Check]:  # fmt: skip
    """What must hold: lines add up to totals, closed months agree with the printed totals where any are printed, nothing is missing,
    nobody's months are; bands are there once forecasts have been tried."""
    return [check for side in sides for check in _check_side(side, controls, calendar, as_of, when, tolerance)]


def _check_side(side: Reforecast, controls, calendar, as_of, when, tolerance) -> list[Check]:
    year = year_rows(side.months, calendar, as_of)
    by_line = float(side.lines.loc[side.lines["period"].isin(year["period"]), "amount"].sum())
    landing = side.landing.set_index("forecaster")["amount"]
    printed = control_totals(controls, side.account, "actual", when)
    closed = year[year["scenario"] == "actual"]
    said = float(printed.loc[printed["period"].isin(closed["period"]), "amount"].sum())
    open_months = year[year["scenario"] == "forecast"]
    silent = int(open_months["people"].isna().sum())
    agrees = check_close(
        f"{side.account}: closed months agree with the printed totals", float(closed["amount"].sum()), said, tolerance * max(1, len(closed))
    )
    return [
        check_close(f"{side.account}: lines add up to the landing", by_line, float(landing["ours"]), 0.005),
        *([agrees] if len(printed) else []),
        Check(f"{side.account}: twelve months", len(year) == 12, f"{len(year)} = 12"),
        Check(
            f"{side.account}: every open month has a band",
            bool(open_months["lower"].notna().all()) or not side.coverage["n"].any(),
            f"{int(open_months['lower'].notna().sum())} / {len(open_months)}",
        ),
        Check(
            f"{side.account}: the people forecast every open month, or none",
            silent in (0, len(open_months)),
            f"{len(open_months) - silent} / {len(open_months)}",
        ),
    ]


def published_rows(
    sides: list[Reforecast],
    rows: pd.DataFrame,
    tree: AccountTree,
    version: str,
    when: pd.Timestamp = EVER,
    rates: Mapping[str, float] = NO_RATES,
) -> pd.DataFrame:
    """The open months of each side's lines as one plan table of scenario forecast; see plan.cells.line_rows for who gets what."""
    ahead = [side.lines[side.lines["scenario"] == "forecast"] for side in sides]
    closed = [side.lines.loc[side.lines["scenario"] == "actual", "period"].max() for side in sides]
    parts = [
        line_rows(lines[["account", "period", "amount"]], rows, tree, side.account, as_of, when, rates)
        for side, lines, as_of in zip(sides, ahead, closed, strict=True)
    ]
    return pd.concat([plan_rows(part, version, scenario="forecast") for part in parts], ignore_index=True)
