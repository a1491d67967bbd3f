"""Yearly amounts spread over months by the shape of past years, to the last cent: parts equal the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.core.money import LARGEST, from_minor, round_parts, to_minor
from planning.core.periods import FiscalCalendar
from planning.model.history import cell_problems, key_columns, raise_problems

PROFILE = ("month", "share", "years", "basis")
BASES = ("history", "absent", "zero", "cancelling")
"""Why a profile is as it is: shares of past years; or twelfths, since there is no whole year, the years add up to nothing,
or the months cancel each other so far that one of them is larger than the year."""


def month_profile(history: pd.DataFrame, calendar: FiscalCalendar, years: Sequence[int], by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """Each fiscal month's share of the year: `by` + month (1 to 12), share (adds up to 1), years (how many it rests on), basis.

    `history`: `by` + period + amount, each month once. The share is the month's sum over the years' sum, so a large year
    weighs more. Of `years` (fiscal) those count in which the series has all twelve months. Where that gives no shape,
    twelfths: `basis` says why (BASES). Raises RequestError on bad cells. Example: 12 months of 5 → 1/12 each, basis history.
    """
    by = key_columns(by)
    raise_problems("month profile", cell_problems(history, by))
    sums = _month_sums(history, calendar, years, by)
    total = sums[range(1, 13)].sum(axis=1)
    shares = sums[range(1, 13)].div(total.where(total != 0), axis=0)
    basis = _basis(sums["years"], total, shares)
    shares = shares.where(basis == "history", 1 / 12)
    rows = shares.assign(years=sums["years"], basis=basis).reset_index()
    table = rows.melt([*by, "years", "basis"], var_name="month", value_name="share").astype({"month": int})
    return table.sort_values([*by, "month"], ignore_index=True)[[*by, *PROFILE]]


def _month_sums(history: pd.DataFrame, calendar: FiscalCalendar, years: Sequence[int], by: list[str]) -> pd.DataFrame:
    """Per series: the sums of months 1 to 12 over its whole years, and `years`, how many those are; 0 where there are none."""
    rows = history[[*by, "period", "amount"]].sort_values([*by, "period"])
    rows = rows.assign(year=calendar.fiscal_year(rows["period"]), month=calendar.month_number(rows["period"]))
    whole = rows.groupby([*by, "year"], observed=True)["month"].transform("size") == 12
    used = rows[whole & rows["year"].isin(list(years))]
    every = rows.groupby(by, observed=True).size()
    sums = used.groupby([*by, "month"], observed=True)["amount"].sum().unstack("month")
    sums = sums.reindex(index=every.index, columns=range(1, 13)).fillna(0.0)
    return sums.assign(years=used.groupby(by, observed=True)["year"].nunique().reindex(every.index).fillna(0).astype(int))


def _basis(years: pd.Series, total: pd.Series, shares: pd.DataFrame) -> pd.Series:
    cancelling = ~(shares.abs() <= 1 + 1e-9).all(axis=1)
    said = np.select([years == 0, total == 0, cancelling], ["absent", "zero", "cancelling"], "history")
    return pd.Series(said, index=years.index)


def spread(annual: pd.DataFrame, profile: pd.DataFrame, calendar: FiscalCalendar, digits: int = 2) -> pd.DataFrame:
    """Yearly amounts as twelve monthly rows each that add up to the year exactly: the columns of `annual`, and basis.

    `annual`: period (the fiscal year's first), amount (in units, a flow), any further columns, which are repeated; a
    `grain` becomes `month`. `profile`: from `month_profile`, joined on its key columns; a row without one gets twelfths
    (basis absent). Amounts are rounded to `digits` decimals, the leftover cents go to the largest remainders; negative
    and zero years work alike. Stocks and headcounts are not to be spread. Raises RequestError with every bad row.
    Example: 100.00 in twelfths is 8.34 four times and 8.33 eight times.
    """
    keys = [column for column in profile.columns if column not in PROFILE]
    raise_problems("spread", _annual_problems(annual, keys, calendar, digits) or _profile_problems(profile, keys))
    annual = annual.reset_index(drop=True)
    shares, basis = _shares(annual, profile, keys)
    whole = to_minor(annual["amount"].to_numpy("float64"), digits)
    parts = [round_parts(share * total, int(total), digits=0) for share, total in zip(shares, whole, strict=True)]
    table = annual.loc[annual.index.repeat(12)].reset_index(drop=True)
    table["period"] = _months_of(annual["period"])
    table["amount"] = from_minor(np.array(parts, dtype="int64").ravel(), digits)
    if "grain" in table:
        table["grain"] = "month"
    return table.assign(basis=np.repeat(basis, 12))


def _months_of(firsts: pd.Series) -> np.ndarray:
    """The twelve periods from each first one, in a row."""
    months = firsts.to_numpy("datetime64[M]")[:, None] + np.arange(12)
    return months.ravel().astype("datetime64[ns]")


def _shares(annual: pd.DataFrame, profile: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Of each yearly row its twelve shares and the basis they rest on."""
    wide = profile.pivot(index=[*keys, "basis"], columns="month", values="share")
    wide = wide.reindex(columns=range(1, 13)).reset_index("basis")
    rows = annual[keys].merge(wide, left_on=keys, right_index=True, how="left")
    basis = rows["basis"].fillna("absent").to_numpy(object)
    shares = rows[list(range(1, 13))].fillna(1 / 12).to_numpy("float64")
    return shares / shares.sum(axis=1, keepdims=True), basis


def _annual_problems(annual: pd.DataFrame, keys: list[str], calendar: FiscalCalendar, digits: int) -> list[Problem]:
    missing = [column for column in (*keys, "period", "amount") if column not in annual.columns]
    if missing:
        return [Problem(f"missing column {column}", "annual") for column in missing]
    if not pd.api.types.is_datetime64_dtype(annual["period"]):
        return [Problem("wrong type", "annual, period", str(annual["period"].dtype), "datetime64[ns] without a time zone")]
    amount = pd.to_numeric(annual["amount"], errors="coerce").to_numpy("float64", na_value=np.nan)
    exact = np.abs(amount) * 10.0**digits < LARGEST / 100  # so that floats tell every unit of its shares
    first = (annual["period"].dt.day == 1) & (calendar.month_number(annual["period"]) == 1)
    return [
        *_rows_wrong(annual.loc[~exact, "amount"], "wrong amount", "a finite number, small enough to be exact"),
        *_rows_wrong(annual.loc[~first, "period"], "wrong period", "the first day of a fiscal year"),
    ]


def _rows_wrong(cells: pd.Series, what: str, expected: str) -> list[Problem]:
    return [Problem(what, f"annual, row {row}", str(cell), expected) for row, cell in cells.items()]


def _profile_problems(profile: pd.DataFrame, keys: list[str]) -> list[Problem]:
    missing = [column for column in PROFILE if column not in profile.columns]
    if missing or not keys:
        return [Problem(f"missing column {column}", "profile") for column in missing or ["that names a series"]]
    series = profile.sort_values("month").groupby([*keys, "basis"], observed=True, dropna=False)
    months, sums = series["month"].agg(tuple), series["share"].sum(min_count=12)
    wrong = (months != tuple(range(1, 13))) if len(months) else months.astype(bool)
    off = ~((sums - 1).abs() < 1e-9)
    return [
        *[Problem("wrong months", f"profile, {name}", str(got), "1 to 12, each once") for name, got in months[wrong].items()],
        *[Problem("wrong shares", f"profile, {name}", str(got), "a sum of 1") for name, got in sums[off & ~wrong].items()],
    ]
