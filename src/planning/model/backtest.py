"""The forecasts tried on the past, each origin with only what was known then, and scored against what happened.

An *origin* is a day in the past at which somebody forecast: `as_of`, the last closed month, and `when`, the day up to
which things could be known. A forecaster is a name: a method of ours, seasonal naive, the people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.metrics import bias, mape, rate, wape
from planning.core.periods import FiscalCalendar, month_text
from planning.core.tables import as_known
from planning.model.history import (
    history_problems,
    horizon_problems,
    key_columns,
    path_table,
    raise_problems,
    series_of,
    typical_month,
)
from planning.model.panel import Panel, panel_paths
from planning.model.recipes import request_problems
from planning.model.regressors import given_with

ALONE = ("scenario", "version", "case", "grain")
"""Columns of which actuals hold one value: two versions of one month would be added together."""


def closed_months(actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """The history that could be known on a day: `by` + period + amount, up to and including `as_of`.

    `actuals`: sourced plan table; of each cell the last row published by `when` counts, later rows do not exist.
    Amounts are added over the columns that are not in `by`; with `by` empty that is the total. A missing amount that is
    still in force raises RequestError: it must not add up as 0.
    """
    known = as_known(actuals, when)
    known = known[known["period"] <= as_of]
    raise_problems("actuals", _amount_problems(known))
    in_order = known.sort_values([column for column in known.columns if column not in ("known", "amount")])
    return in_order.groupby([*key_columns(by), "period"], as_index=False, observed=True)["amount"].sum()


def trial(
    actuals: pd.DataFrame,
    origins: pd.DataFrame,
    horizon_of: Callable[[pd.Timestamp], int],
    method: str = "standard",
    workers: int = 1,
    by: Sequence[str] = ("account",),
    country: str | None = None,
) -> pd.DataFrame:
    """A method's forecasts at each origin: as_of, `by`, period, horizon, amount, typical (the series' size as known then).

    `actuals`: sourced plan table of one scenario, version, case and grain. `origins`: as_of and when, one row each.
    `horizon_of`: months to forecast from an `as_of`, for instance those left in the fiscal year. `country`: its working days and
    feasts are known ahead. The fits of all origins share the processes. Raises RequestError with the problems of every origin, named
    by its `as_of`.
    """
    by = key_columns(by)
    raise_problems("trial", [*request_problems(method, workers), *_actuals_problems(actuals, by), *_origin_problems(origins)])
    known = {origin.as_of: closed_months(actuals, origin.as_of, origin.when, by) for origin in origins.itertuples()}
    horizons = {as_of: horizon_of(as_of) for as_of in known}
    raise_problems("trial", [p for as_of in known for p in _known_problems(known[as_of], by, as_of, horizons[as_of])])
    panels = {as_of: series_of(known[as_of], by) for as_of in known}
    tasks = [Panel(given_with(panels[as_of], by, horizons[as_of], country=country), horizons[as_of]) for as_of in known]
    paths = [found.amounts for found in panel_paths(tasks, 12, method, workers)]
    sizes = pd.concat([typical_month(known[as_of], by).assign(as_of=as_of) for as_of in known])
    rows = [path_table(panels[as_of], found, by).assign(as_of=as_of) for as_of, found in zip(known, paths, strict=True)]
    table = pd.concat(rows, ignore_index=True).merge(sizes, on=["as_of", *by], validate="many_to_one")
    return table[["as_of", *by, "period", "horizon", "amount", "typical"]]


def _amount_problems(actuals: pd.DataFrame) -> list[Problem]:
    amounts = pd.to_numeric(actuals["amount"], errors="coerce").to_numpy("float64", na_value=np.nan)
    wrong = actuals[~np.isfinite(amounts)]
    said = f"{len(wrong)} rows, first {wrong['period'].min():%Y-%m}" if len(wrong) else ""
    return [Problem("missing or infinite amount", "actuals", said, "a finite number")] if len(wrong) else []


def _actuals_problems(actuals: pd.DataFrame, by: list[str]) -> list[Problem]:
    missing = [column for column in (*by, "period", "known", "amount") if column not in actuals.columns]
    if missing:
        return [Problem(f"missing column {column}", "actuals") for column in missing]
    mixed = [column for column in ALONE if column in actuals.columns and actuals[column].nunique(dropna=False) > 1]
    problems = [
        Problem(f"several of {column}", "actuals", ", ".join(sorted(map(str, actuals[column].unique()))), "one", "choose one")
        for column in mixed
    ]
    twice = actuals.duplicated([column for column in actuals.columns if column != "amount"]).sum()
    return problems + ([Problem("the same cell twice with one date", "actuals", f"{twice} rows", "each once")] if twice else [])


def _origin_problems(origins: pd.DataFrame) -> list[Problem]:
    missing = [column for column in ("as_of", "when") if column not in origins.columns]
    if missing or origins.empty:
        return [Problem("missing column " + column, "origins") for column in missing] or [Problem("no origin", "origins")]
    undated = [column for column in ("as_of", "when") if not pd.api.types.is_datetime64_dtype(origins[column])]
    if undated or origins[["as_of", "when"]].isna().any(axis=None):
        return [Problem("wrong dates", f"origins, {' and '.join(undated) or 'as_of or when'}", expected="a date in each row")]
    days = [Problem("wrong as_of", "origins", f"{d:%Y-%m-%d}", "the first day of a month") for d in origins["as_of"] if d.day != 1]
    twice = origins.loc[origins["as_of"].duplicated(), "as_of"]
    return days + [Problem("origin twice", "origins", month_text(as_of), "each as_of once") for as_of in twice]


def _known_problems(history: pd.DataFrame, by: list[str], as_of: pd.Timestamp, horizon: int) -> list[Problem]:
    found = [*horizon_problems(horizon, "horizon"), *history_problems(history, by, as_of)]
    return [Problem(p.what, f"as of {month_text(as_of)}, {p.where}", p.got, p.expected, p.next) for p in found]


def sum_lines(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Totals of the lines: amount (and typical, horizon) by forecaster, as_of and period, whichever of those there are."""
    keys = [column for column in ("forecaster", "as_of", "period", "horizon") if column in forecasts.columns]
    added = [column for column in ("amount", "typical") if column in forecasts.columns]
    return forecasts.groupby(keys, as_index=False, observed=True)[added].sum(min_count=1)


def months_closed(as_of, calendar: FiscalCalendar):
    """Months of the running fiscal year that are closed, 0 to 11: at a year's last month it is the next year's 0."""
    return calendar.month_number(as_of) % 12


def scores(
    lines: pd.DataFrame,
    totals: pd.DataFrame,
    line_actuals: pd.DataFrame,
    total_actuals: pd.DataFrame,
    calendar: FiscalCalendar,
    by: Sequence[str] = ("account",),
) -> pd.DataFrame:
    """How near each forecaster came, by months closed at the origin, all on the identical months.

    `lines`: forecaster, as_of, `by`, period, amount; `totals`: the same without `by`; `line_actuals`, `total_actuals`: `by`,
    period, amount as finally known. A month (for lines: a cell) counts when it has an actual, an actual a year before,
    and a figure of every forecaster in the table, and lies after the origin in the origin's fiscal year.
    Gives one row a forecaster and `closed`: quarter (closed / 3, missing between quarters), months, wape_total, cells,
    wape_lines, years, mape_rest, bias_rest. Rates are fractions; the rest of the year counts where all its months do;
    positive bias says too high; what could not be scored is missing.
    """
    by = key_columns(by)
    months = scored_months(totals, total_actuals, calendar, [])
    cells = scored_months(lines, line_actuals, calendar, by)
    rest = rest_of_year(months, calendar)
    parts = [_group_scores(months, "months", "wape_total"), _group_scores(cells, "cells", "wape_lines"), _rest_scores(rest)]
    table = pd.concat(parts, axis=1).reset_index()
    table[["months", "cells", "years"]] = table[["months", "cells", "years"]].fillna(0).astype(int)
    quarter = (table["closed"] // 3).astype("Int64").where(table["closed"] % 3 == 0)
    table.insert(2, "quarter", quarter)
    return table.sort_values(["closed", "forecaster"], ignore_index=True)


def scored_months(
    forecasts: pd.DataFrame, actuals: pd.DataFrame, calendar: FiscalCalendar, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """The forecasts that count, with what happened: forecaster, as_of, closed, `by`, period, amount, actual.

    The same cells for every forecaster; the rule is in `scores`. Raises RequestError on a figure given twice or missing.
    """
    rows = compared_months(forecasts, actuals, by)
    rows = rows[rows["period"] <= _year_end(rows["as_of"], calendar)]
    return rows.assign(closed=lambda t: months_closed(t["as_of"], calendar)).reset_index(drop=True)


def compared_months(forecasts: pd.DataFrame, actuals: pd.DataFrame, by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """The forecasts that may be compared, however far ahead, with what happened: forecaster, as_of, `by`, period, amount, actual.

    A cell counts when it lies after its origin, has an actual, an actual a year before, and a figure of every forecaster in the table.
    Raises RequestError on a figure given twice or missing.
    """
    by, cell = key_columns(by), ["as_of", *key_columns(by), "period"]
    raise_problems("scores", [*_figure_problems(forecasts, ["forecaster", *cell]), *_figure_problems(actuals, cell[1:])])
    happened = actuals[[*by, "period", "amount"]].rename(columns={"amount": "actual"})
    year_before = happened.assign(period=happened["period"] + pd.DateOffset(years=1))[[*by, "period"]]
    rows = forecasts[["forecaster", *cell, "amount"]].merge(happened, on=cell[1:]).merge(year_before, on=cell[1:])
    rows = rows[rows["period"] > rows["as_of"]]
    everybody = rows.groupby(cell, observed=True)["forecaster"].transform("nunique") == forecasts["forecaster"].nunique()
    return rows[everybody].reset_index(drop=True)


def months_ahead(table: pd.DataFrame) -> pd.Series:
    """Months from each row's `as_of` to its `period`: its horizon; 1 is the first open month."""
    return (table["period"].dt.year - table["as_of"].dt.year) * 12 + table["period"].dt.month - table["as_of"].dt.month


def horizon_scores(
    lines: pd.DataFrame, totals: pd.DataFrame, line_actuals: pd.DataFrame, total_actuals: pd.DataFrame, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """How near each forecaster came, by months ahead, all on the identical months: horizon (missing for all of them together),
    forecaster, months, wape_total, cells, wape_lines.

    Tables as in `scores`, from each origin as far ahead as they look; what counts is said in `compared_months`.
    """
    months, cells = compared_months(totals, total_actuals, []), compared_months(lines, line_actuals, by)
    tables = []
    for keys in (["forecaster"], ["forecaster", "horizon"]):
        scored = [_rates(table.assign(horizon=months_ahead(table)), keys) for table in (months, cells)]
        both = scored[0].merge(scored[1], on=keys, how="left", suffixes=("_total", "_lines"))
        tables.append(both.rename(columns={"count_total": "months", "count_lines": "cells"}))
    table = pd.concat(tables, ignore_index=True).astype({"horizon": "Int64"})
    table["cells"] = table["cells"].fillna(0).astype(int)
    return table[["horizon", "forecaster", "months", "wape_total", "cells", "wape_lines"]]


def _rates(scored: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Weighted absolute error by the keys, and the rows it is of."""
    rows = scored[keys].assign(count=1, size=scored["actual"].abs(), miss=(scored["amount"] - scored["actual"]).abs())
    sums = rows.groupby(keys, as_index=False, observed=True).sum()
    return sums[[*keys, "count"]].assign(wape=rate(sums["miss"], sums["size"]))


def _figure_problems(table: pd.DataFrame, key: list[str]) -> list[Problem]:
    missing = [column for column in (*key, "amount") if column not in table.columns]
    if missing:
        return [Problem(f"missing column {column}", "scores") for column in missing]
    twice = table.duplicated(key).sum()
    broken = (~np.isfinite(table["amount"].to_numpy("float64"))).sum()
    found = [(twice, "a figure twice"), (broken, "a missing or infinite amount")]
    return [Problem(what, f"table by {', '.join(key)}", f"{count} rows", "none") for count, what in found if count]


def _year_end(as_of: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    """The last period of the fiscal year that is running after each `as_of`."""
    left = 12 - months_closed(as_of, calendar)
    return (as_of.dt.to_period("M").array + left.to_numpy("int64")).to_timestamp()


def rest_of_year(months: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Monthly rows added up from each origin to the end of its fiscal year: a landing without its closed months.

    `months`: as_of, period and any of forecaster, amount, actual, typical, error. Gives as_of, closed, period (the year's last)
    and the sums, only where all months that are left are there.
    """
    keys = [column for column in ("forecaster", "as_of") if column in months.columns]
    added = [column for column in ("amount", "actual", "typical", "error") if column in months.columns]
    open_months = (months["period"] > months["as_of"]) & (months["period"] <= _year_end(months["as_of"], calendar))
    rows = months[open_months].dropna(subset=added).assign(closed=lambda t: months_closed(t["as_of"], calendar), count=1)
    rest = rows.groupby([*keys, "closed"], as_index=False).agg({"period": "max", "count": "sum", **dict.fromkeys(added, "sum")})
    return rest[rest["count"] == 12 - rest["closed"]].drop(columns="count").reset_index(drop=True)


def _group_scores(rows: pd.DataFrame, count: str, rate: str) -> pd.DataFrame:
    groups = rows.groupby(["forecaster", "closed"])
    found = {key: {count: len(group), rate: wape(group["actual"], group["amount"])} for key, group in groups}
    return _by_forecaster(found, [count, rate])


def _rest_scores(rest: pd.DataFrame) -> pd.DataFrame:
    groups = rest.groupby(["forecaster", "closed"])
    measures = {"years": lambda actual, _: len(actual), "mape_rest": mape, "bias_rest": bias}
    found = {key: {name: of(rows["actual"], rows["amount"]) for name, of in measures.items()} for key, rows in groups}
    return _by_forecaster(found, list(measures))


def _by_forecaster(found: dict, columns: list[str]) -> pd.DataFrame:
    keys = list(zip(*found, strict=True)) or [[], []]
    index = pd.MultiIndex.from_arrays(keys, names=["forecaster", "closed"])
    return pd.DataFrame(list(found.values()), index=index, columns=columns, dtype=float)


def nearer(rows: pd.DataFrame, ours: str, theirs: str) -> pd.DataFrame:
    """How often one forecaster came nearer than another: closed, count, nearer, further; equal distances are neither.

    `rows`: forecaster, as_of, closed, period, amount, actual (and key columns), as `scored_months` and `rest_of_year` give.
    """
    key = [column for column in rows.columns if column not in ("forecaster", "amount", "actual")]
    miss = rows.assign(miss=(rows["amount"] - rows["actual"]).abs()).pivot(index=key, columns="forecaster", values="miss")
    absent = [name for name in (ours, theirs) if name not in miss.columns]
    if absent:
        raise RequestError("nearer", [Problem("unknown forecaster", "rows", name, ", ".join(miss.columns)) for name in absent])
    gap = (miss[ours] - miss[theirs]).round(6).dropna()
    table = pd.DataFrame({"count": 1, "nearer": gap < 0, "further": gap > 0}, index=gap.index)
    return table.groupby("closed").sum().astype(int).reset_index()
