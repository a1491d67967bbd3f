"""Foreign entities in the company's currency: flows at average rates, balances at closing rates, capital at those of its day.

The method is that of IAS 21 and of 企业会计准则第 19 号: assets and liabilities at the closing rate, income and expenses at the
average rate of their month, listed accounts (capital, retained earnings) at the rate of the month that moved them, and what
then keeps the sheet from balancing on an account of its own in equity.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planning.core.money import minor_digits, round_cents
from planning.core.tables import sum_postings

BOOKS = ["scenario", "version", "case", "entity"]
"""What has a balance sheet of its own each month."""


@dataclass(frozen=True)
class Translation:
    """How a company translates: its currency, its accounts, their sides (core.sides), the accounts at historical rates and the
    account that takes the difference."""

    currency: str
    accounts: pd.DataFrame
    sides: dict[str, int]
    historical: frozenset[str] = frozenset()
    difference: str = ""

    @property
    def method(self) -> pd.Series:
        """How each account is translated, by code: average, closing, historical, or none (what isn't money)."""
        chart = self.accounts.set_index("code")
        money = (chart["unit"] == self.currency) & (chart["kind"] != "statistical")
        named = chart["aggregation"].map({"stock": "closing"}).fillna("average").where(~chart.index.isin(self.historical), "historical")
        return named.where(money, "none")


def monthly_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates of days as rates of months: the mean of the days' averages, and the last day's closing.

    `rates`: date, currency, average and closing (units of company currency for one of it). Returns period instead of date.
    """
    days = rates.sort_values("date").assign(period=lambda t: t["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[ns]"))
    return days.groupby(["period", "currency"], as_index=False).agg(average=("average", "mean"), closing=("closing", "last"))


def missing_rates(rows: pd.DataFrame, rates: pd.DataFrame, currencies: dict[str, str], company: str) -> pd.DataFrame:
    """The months of rows for which their entity's currency has no rate: scenario, currency and period.

    `currencies`: each entity's; `company`: the company's own, which needs none.
    """
    used = rows.assign(currency=rows["entity"].map(currencies))[["scenario", "currency", "period"]].drop_duplicates()
    both = used[used["currency"] != company].merge(rates[["currency", "period"]], how="left", indicator=True)
    return both.loc[both["_merge"] == "left_only", ["scenario", "currency", "period"]].sort_values(["scenario", "currency", "period"])


def translate(rows: pd.DataFrame, rates: pd.DataFrame, currencies: dict[str, str], how: Translation) -> pd.DataFrame:
    """The monthly rows of entities with another currency, in the company's, with a `currency` column.

    `rows`: plan table of leaf rows, one vintage (each row keeps its `known` where it has one); `rates`: period, currency,
    average, closing. Quantities stay as they are; months without a rate are left out (see `missing_rates`). Each amount is
    rounded to the smallest unit; the sheet balances with what is left on the difference account.
    Example: 100 of capital at 2.0 with a closing rate of 2.5 is 200, cash 100 is 250, the difference 50.
    """
    currency = rows["entity"].map(currencies)
    foreign = rows.assign(currency=currency)[(currency != how.currency) & (rows["grain"] == "month")]
    rated = foreign.merge(rates, on=["currency", "period"], how="inner")
    rated["method"] = rated["account"].map(how.method)
    exact = _translated(rated)
    rated["translated"] = exact.where(rated["method"] == "none", round_cents(exact, minor_digits(how.currency)))
    differences = _differences(rated, how)
    kept = rated.assign(amount=rated["translated"], currency=how.currency)[[*rows.columns, "currency"]]
    if differences.empty:
        return kept
    both = sum_postings(pd.concat([kept, differences[kept.columns]], ignore_index=True))
    return both.assign(
        amount=both["amount"].where(both["account"] != how.difference, round_cents(both["amount"], minor_digits(how.currency)))
    )


def _translated(rated: pd.DataFrame) -> pd.Series:
    rate = rated["average"].where(rated["method"] == "average", rated["closing"]).where(rated["method"] != "none", 1.0)
    return (rated["amount"] * rate).where(rated["method"] != "historical", _historical(rated))


def _historical(rated: pd.DataFrame) -> pd.Series:
    """Each month's change at that month's average rate, added up; a balance that wasn't there the month before is new."""
    beside = {"period", "known", "amount", "average", "closing"}
    cell = [column for column in rated.columns if column not in beside]
    ordered = rated[rated["method"] == "historical"].sort_values("period")
    if ordered.empty:
        return pd.Series(dtype=float)
    number = ordered["period"].dt.year * 12 + ordered["period"].dt.month
    groups = [ordered[column] for column in cell]
    groups.append(number - number.groupby(groups).cumcount())  # the same in months that follow each other
    moved = ordered["amount"] - ordered["amount"].groupby(groups).shift(fill_value=0.0)
    return (moved * ordered["average"]).groupby(groups).cumsum()


def _differences(rated: pd.DataFrame, how: Translation) -> pd.DataFrame:
    """What the difference account takes, one row for each month's sheet."""
    if not how.difference:
        return pd.DataFrame()
    kind = rated["account"].map(how.accounts.set_index("code")["kind"])
    side = rated["account"].map(how.sides)
    sided = rated.assign(own=rated["amount"] * side, ours=rated["translated"] * side)
    sheets = sided[(kind == "balance") & rated["method"].isin(["closing", "historical"])]
    flows = sided[kind.isin(["revenue", "expense", "result"])].groupby([*BOOKS, "period"])[["own", "ours"]].sum()
    found = [row for books, sheet in sheets.groupby(BOOKS, sort=True) for row in _of_books(books, sheet, flows, how)]
    return pd.DataFrame(found)


def _of_books(books: tuple, sheet: pd.DataFrame, flows: pd.DataFrame, how: Translation) -> list[dict]:
    """The differences of one entity's books, month by month.

    The sheet in its own currency may not add up to 0: it lacks the profit that has not been closed to equity yet. That is
    translated as it grows, so that the translated sheet lacks the translated profit and no more.
    """
    sums = sheet.groupby("period").agg(own=("own", "sum"), ours=("ours", "sum"), rate=("average", "first"))
    half = 10.0 ** -minor_digits(how.currency) / 2
    unclosed, before, rows = 0.0, 0.0, []
    for period, own, ours, rate in sums.itertuples():
        earned = flows.loc[(*books, period)] if (*books, period) in flows.index else {"own": 0.0, "ours": 0.0}
        unclosed += earned["ours"] + (before - own - earned["own"]) * rate
        unclosed, before = 0.0 if abs(own) < half else unclosed, own
        gap = (-unclosed - ours) * how.sides[how.difference]
        rows.append(_row(sheet[sheet["period"] == period], gap, how))
    return rows


def _row(sheet: pd.DataFrame, amount: float, how: Translation) -> dict:
    """A row like those of the sheet, on the difference account; dimensions have nothing to say about it."""
    like = sheet.sort_values("cost_centre").iloc[0].to_dict()
    known = {"known": sheet["known"].max()} if "known" in sheet else {}
    source = {"source": "translation"} if "source" in sheet else {}
    free = dict.fromkeys(set(like) & {"partner", "movement", "product", "channel", "store", "project"}, "none")
    return like | known | source | free | {"account": how.difference, "amount": amount, "currency": how.currency}
