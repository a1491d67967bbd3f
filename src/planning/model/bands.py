"""Honest bands: as wide as the errors that were really made, and measured on the past before anybody relies on them.

An error counts for an origin only when its forecast is of an earlier origin and its month was closed and known by then.
Errors are compared as shares of `typical`, the series' size as known at the forecast's origin, so large and small series
and months near and far share one list. The band is symmetric: it takes the absolute error, because a landing has one
past error a year, and two tails of their own would need nine years for a band of 80 % where this needs four.
A forecast that leans to one side therefore gets a wider band, not a shifted one; the lean is in `scores`.

Source: split conformal prediction (Vovk and others 2005; Lei and others 2018), with the finite-sample order statistic.
Its promise holds for exchangeable errors; errors of one origin hang together and times change, hence `measured_coverage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import FiscalCalendar, month_text
from planning.model.backtest import closed_months, rest_of_year
from planning.model.history import key_columns, raise_problems

BAND = ["lower", "upper", "level", "n"]


def errors_known(
    forecasts: pd.DataFrame, actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """The errors that were known on a day: as_of, `by`, period, amount, typical, error (actual minus forecast).

    `forecasts`: as_of, `by`, period, amount, typical, from `trial` or `sum_lines` (then `by` is empty). `actuals`: sourced plan
    table. Origins before `as_of` and months up to it count, with the actual as it stood at `when`.
    """
    by = key_columns(by)
    happened = closed_months(actuals, as_of, when, by).rename(columns={"amount": "actual"})
    rows = forecasts[forecasts["as_of"] < as_of].merge(happened, on=[*by, "period"], validate="many_to_one")
    rows = rows.assign(error=rows["actual"] - rows["amount"])
    return rows[["as_of", *by, "period", "amount", "typical", "error"]]


def band(points: pd.DataFrame, past_errors: pd.DataFrame, level: float, pool: Sequence[str] = ()) -> pd.DataFrame:
    """The points with lower, upper (the amount's unit), level and n, the number of past errors the width rests on.

    `points`: amount, typical, the columns of `pool`; `past_errors`: error, typical, the same columns. Errors are pooled within
    equal values of `pool`: none for all together, "account" for each line's own, "closed" for landings at the same month.
    The half-width is the k-th smallest share times `typical`, k = ceil((n + 1) × level). With fewer than k errors the band is
    missing, not narrow (80 % needs 4, 90 % needs 9, 95 % needs 19), as it is for a series whose `typical` is 0.
    Example: amount 100, typical 100, errors 1, 2, 3, 4 of typical 100, level 0.8: from 96 to 104.
    """
    pool = key_columns(pool)
    raise_problems("band", _level_problems(level) + _table_problems(points, past_errors, pool))
    used = past_errors[(past_errors["typical"] > 0) & np.isfinite(past_errors["error"])]
    shares = used.assign(share=used["error"].abs() / used["typical"])
    widths = _pooled_widths(shares, level, pool)
    rows = points.drop(columns=BAND, errors="ignore")
    placed = rows.merge(widths, on=pool, how="left") if pool else rows.merge(widths, how="cross")
    half = placed["width"] * placed["typical"].where(placed["typical"] > 0)
    placed = placed.assign(lower=placed["amount"] - half, upper=placed["amount"] + half, level=level)
    return placed.assign(n=placed["n"].fillna(0).astype(int)).drop(columns="width")[[*rows.columns, *BAND]].set_axis(points.index)


def _pooled_widths(shares: pd.DataFrame, level: float, pool: list[str]) -> pd.DataFrame:
    groups = shares.groupby(pool, observed=True) if pool else [((), shares)]
    rows = [(*key, order_width(group["share"], level), len(group)) for key, group in groups]
    types = {column: shares[column].dtype for column in pool} | {"width": float, "n": int}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def order_width(shares, level: float) -> float:
    """The k-th smallest of n, k = ceil((n + 1) × level); missing when n is too small for the level."""
    rank = ceil(round((len(shares) + 1) * level, 9))
    return float(np.sort(shares)[rank - 1]) if rank <= len(shares) else float("nan")


def _level_problems(level: float) -> list[Problem]:
    right = isinstance(level, float) and 0 < level < 1
    return [] if right else [Problem("wrong level", "level", repr(level), "a fraction between 0 and 1, such as 0.8")]


def _table_problems(points: pd.DataFrame, past_errors: pd.DataFrame, pool: list[str]) -> list[Problem]:
    wanted = {"points": (points, "amount"), "past errors": (past_errors, "error")}
    return [
        Problem(f"missing column {column}", name)
        for name, (table, figure) in wanted.items()
        for column in (figure, "typical", *pool)
        if column not in table.columns
    ]


def month_bands(
    forecasts: pd.DataFrame,
    actuals: pd.DataFrame,
    origins: pd.DataFrame,
    level: float,
    by: Sequence[str] = ("account",),
    pool: Sequence[str] = ("account",),
) -> pd.DataFrame:
    """Each origin's forecasts with the band that could be drawn then, and what happened: `forecasts` + BAND + actual.

    `by` empty and `pool` empty give the monthly total. `actual` is the last published, missing where the month isn't closed.
    """
    by = key_columns(by)
    drawn = [
        band(forecasts[forecasts["as_of"] == o.as_of], errors_known(forecasts, actuals, o.as_of, o.when, by), level, pool)
        for o in _origins_of(forecasts, origins)
    ]
    return pd.concat(drawn, ignore_index=True).merge(_last_known(actuals, by), on=[*by, "period"], how="left")


def landing_bands(
    totals: pd.DataFrame, actuals: pd.DataFrame, origins: pd.DataFrame, level: float, calendar: FiscalCalendar
) -> pd.DataFrame:
    """Each origin's rest-of-year total with its band and what happened: as_of, closed, period, amount, typical + BAND + actual.

    Add the closed months to amount, lower, upper and actual for the landing of the year; the width stays. Its errors are
    those of past years at the same number of closed months, one a year.
    """
    points = rest_of_year(totals, calendar)
    drawn = [
        band(points[points["as_of"] == o.as_of], landing_errors(totals, actuals, o.as_of, o.when, calendar), level, ["closed"])
        for o in _origins_of(points, origins)
    ]
    happened = rest_of_year(totals.merge(_last_known(actuals, []), on="period"), calendar)
    return pd.concat(drawn, ignore_index=True).merge(happened[["as_of", "actual"]], on="as_of", how="left")


def landing_errors(
    totals: pd.DataFrame, actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, calendar: FiscalCalendar
) -> pd.DataFrame:
    """The errors of past rest-of-year totals known on a day: as_of, closed, period, amount, typical, error; whole years only."""
    return rest_of_year(errors_known(totals, actuals, as_of, when, []), calendar)


def _origins_of(forecasts: pd.DataFrame, origins: pd.DataFrame) -> list:
    """The origins that have forecasts, in time order; a forecast of an origin that isn't listed is an error."""
    stray = forecasts.loc[~forecasts["as_of"].isin(origins["as_of"]), "as_of"].unique()
    raise_problems("bands", [Problem("forecasts of an unknown origin", "as_of", month_text(as_of)) for as_of in stray])
    used = origins[origins["as_of"].isin(forecasts["as_of"])].sort_values("as_of")
    raise_problems("bands", [] if len(used) else [Problem("no origin with a whole forecast", "forecasts")])
    return list(used.itertuples())


def _last_known(actuals: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    last = closed_months(actuals, actuals["period"].max(), actuals["known"].max(), by)
    return last.rename(columns={"amount": "actual"})


def measured_coverage(banded: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """How often what happened fell inside: `by`, level, n, inside, coverage, low, high, without.

    `banded`: lower, upper, level, actual, as `month_bands` and `landing_bands` give; edges are inside. `low` to `high` is the
    95 % Wilson interval of the coverage; it takes the n as independent, which months of one origin are not, so the truth is
    less certain than it says. `without`: points that had no band, or no actual yet; they are counted, not scored.
    """
    keys = [*key_columns(by), "level"]
    scored = banded[["lower", "upper", "actual"]].notna().all(axis=1)
    inside = scored & (banded["actual"] >= banded["lower"]) & (banded["actual"] <= banded["upper"])
    rows = banded[keys].assign(n=scored, inside=inside, without=~scored)
    table = rows.groupby(keys, as_index=False, observed=True)[["n", "inside", "without"]].sum()
    table["coverage"] = (table["inside"] / table["n"]).where(table["n"] > 0)
    ends = [wilson(*counts) for counts in zip(table["inside"], table["n"], strict=True)]
    table[["low", "high"]] = pd.DataFrame(ends, index=table.index, columns=["low", "high"], dtype=float)
    return table[[*keys, "n", "inside", "coverage", "low", "high", "without"]]


def wilson(inside: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share of n independent trials, fractions; missing for n = 0. Source: Wilson (1927)."""
    if n == 0:
        return float("nan"), float("nan")
    if not 0 <= inside <= n:
        raise RequestError("wilson", [Problem("wrong count", "inside", str(inside), f"from 0 to {n}")])
    z, share = NormalDist().inv_cdf((1 + level) / 2), inside / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
