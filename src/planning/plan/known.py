"""What was known, by whom, and when: the plan's reading of a snapshot's rows.

`rows` is always the sourced plan table of a snapshot (core.tables); every function takes it whole and returns a selection.
"""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.periods import FiscalCalendar, month_end, month_text, months_after
from planning.core.tables import as_known

EVER = pd.Timestamp("2200-01-01")
"""A day after every publication: with it, figures are as finally known."""


def monthly_actuals(rows: pd.DataFrame, tree: AccountTree, account: str) -> pd.DataFrame:
    """All vintages of the monthly actual lines below an account, each with its sign into that account: a sourced plan table.

    A line that earlier reports printed and a later one of the same source no longer does is 0 there: the later report closes
    the month without it.
    """
    printed = _lines(rows, tree, account, "actual", "month")
    return pd.concat([printed, _no_longer_printed(printed)], ignore_index=True).drop(columns="source")


def _no_longer_printed(printed: pd.DataFrame) -> pd.DataFrame:
    issues = printed[["source", "period", "known"]].drop_duplicates()
    names = [column for column in printed.columns if column not in ("period", "known", "amount")]
    born = printed.groupby(names, as_index=False).agg(first_known=("known", "min"), first=("period", "min"))
    every = born.merge(issues, on="source")
    every = every[(every["known"] > every["first_known"]) & (every["period"] > every["first"])]
    beside = every.merge(printed, on=[*names, "period", "known"], how="left")
    return beside.loc[beside["amount"].isna(), [*names, "period", "known"]].assign(amount=0.0)[printed.columns]


def people_forecast(rows: pd.DataFrame, tree: AccountTree, account: str, as_of: pd.Timestamp, when: pd.Timestamp) -> pd.DataFrame:
    """The people's newest forecast on a day, for the months after `as_of`, by line: account, period, amount, version."""
    issued = _lines(rows, tree, account, "forecast", "month")
    issued = issued[(issued["known"] <= when) & (issued["period"] > as_of)].sort_values("known", kind="stable")
    newest = issued.drop_duplicates(["entity", "cost_centre", "account", "period"], keep="last")
    return newest[["account", "period", "amount", "version"]].reset_index(drop=True)


def _lines(rows: pd.DataFrame, tree: AccountTree, account: str, scenario: str, grain: str) -> pd.DataFrame:
    weights = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
    used = rows[(rows["scenario"] == scenario) & (rows["grain"] == grain) & rows["account"].isin(weights.index)]
    return used.assign(amount=used["amount"] * used["account"].map(weights)).reset_index(drop=True)


def totals_of(lines: pd.DataFrame) -> pd.DataFrame:
    """Signed lines added up: period, amount."""
    return lines.groupby("period", as_index=False)["amount"].sum()


def control_totals(controls: pd.DataFrame, account: str, scenario: str, when: pd.Timestamp = EVER) -> pd.DataFrame:
    """The printed monthly totals of an account as known on a day: period, amount, version; of several the newest."""
    used = controls[(controls["account"] == account) & (controls["scenario"] == scenario) & (controls["grain"] == "month")]
    newest = used[used["known"] <= when].sort_values("known", kind="stable").drop_duplicates(["version", "period"], keep="last")
    return newest[["period", "amount", "version", "known"]].reset_index(drop=True)


def closed_through(rows: pd.DataFrame, when: pd.Timestamp) -> pd.Timestamp:
    """The last month with actuals on a day. RequestError when nothing was known yet."""
    known = rows[(rows["scenario"] == "actual") & (rows["grain"] == "month") & (rows["known"] <= when)]
    if known.empty:
        raise RequestError("as_of", [Problem("nothing was closed yet", got=f"{when:%Y-%m-%d}", expected="a later month")])
    return known["period"].max()


def check_as_of(rows: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp) -> None:
    """RequestError unless the books were closed exactly through `as_of` on that day."""
    closed = closed_through(rows, when)
    if closed != as_of:
        wrong = Problem(
            "not the last closed month", "as_of", month_text(as_of), f"a month that a report closes, such as {month_text(closed)}"
        )
        raise RequestError("as_of", [wrong])


def origins(rows: pd.DataFrame, calendar: FiscalCalendar, lag_days: int, before: pd.Timestamp, least: int = 12) -> pd.DataFrame:
    """The days in the past at which somebody could have forecast: as_of and when, one a report, after `least` months of history."""
    actual = rows[(rows["scenario"] == "actual") & (rows["grain"] == "month")]
    ends = actual.groupby("known")["period"].max().reset_index(name="as_of").rename(columns={"known": "when"})
    first = months_after(actual["period"].min(), least - 1)
    used = ends[(ends["as_of"] >= first) & (ends["as_of"] < before)].drop_duplicates("as_of", keep="first")
    due = month_end(used["as_of"]) + pd.Timedelta(days=lag_days)
    return used[used["when"] <= due].sort_values("as_of", ignore_index=True)[["as_of", "when"]]


def same_month(days: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The days whose `as_of` is the same month of the year."""
    return days[days["as_of"].dt.month == as_of.month]


def yearly(rows: pd.DataFrame, calendar: FiscalCalendar, scenario: str, accounts: list[str], when: pd.Timestamp = EVER) -> pd.DataFrame:
    """Yearly figures of a scenario as known on a day: cost_centre, account, fiscal_year, version, known, amount.

    Of several versions of a year (a projection is issued each quarter) the newest counts.
    """
    used = rows[(rows["scenario"] == scenario) & (rows["grain"] == "year") & rows["account"].isin(accounts) & (rows["known"] <= when)]
    newest = used.sort_values("known", kind="stable").drop_duplicates(["entity", "cost_centre", "account", "period"], keep="last")
    table = newest.assign(fiscal_year=calendar.fiscal_year(newest["period"]))
    columns = ["cost_centre", "account", "fiscal_year", "version", "known", "amount"]
    return table[columns].sort_values(columns[:3], ignore_index=True)


def final_actuals(rows: pd.DataFrame, tree: AccountTree, account: str) -> pd.DataFrame:
    """What happened, as finally known, by line and month: account, period, amount."""
    last = as_known(monthly_actuals(rows, tree, account), EVER)
    return last.groupby(["account", "period"], as_index=False)["amount"].sum()


def first_forecast(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str, as_of: pd.Timestamp, when: pd.Timestamp
) -> float:
    """The running year's total in its first report: the months closed then and the people's forecast of the others; missing
    when no report of the year is known by `when`, or the first one leaves months out."""
    year = calendar.year(calendar.fiscal_year(months_after(as_of, 1)))
    parts = [_lines(rows, tree, account, scenario, "month") for scenario in ("actual", "forecast")]
    issued = pd.concat(parts)
    issued = issued[issued["period"].isin(year) & (issued["known"] <= when)]
    first = issued[issued["known"] == issued["known"].min()]
    return float(first["amount"].sum()) if first["period"].nunique() == 12 else float("nan")


def happened(rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str, fiscal_year: int) -> float:
    """The year's total as the snapshot knows it today; missing while the year isn't closed. For looking back only."""
    final = final_actuals(rows, tree, account)
    year = final[final["period"].isin(calendar.year(fiscal_year))]
    return float(year["amount"].sum()) if year["period"].nunique() == 12 else float("nan")


def only(rows: pd.DataFrame, tree: AccountTree, account: str, column: str) -> str:
    """The one value of a column among an account's monthly actuals, such as the cost centre that cash is booked on."""
    found = monthly_actuals(rows, tree, account)[column].unique()
    if len(found) != 1:
        raise RequestError(account, [Problem(f"several values of {column}", account, ", ".join(map(str, found)), "one")])
    return str(found[0])
