"""What was known, by whom, and when: the plan's reading of a snapshot's rows.

`rows` is always the sourced plan table of a snapshot (core.tables); every function takes it whole and returns a selection.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.periods import FiscalCalendar, month_end, month_text, months_after
from planning.core.tables import as_known
from planning.plan.lines import lines_of

EVER = pd.Timestamp("2200-01-01")
"""A day after every publication: with it, figures are as finally known."""
COVERS = 0.95
"""The people's forecast of an account counts when it covers at least this share of what is booked there."""


def monthly_actuals(rows: pd.DataFrame, tree: AccountTree, account: str) -> pd.DataFrame:
    """All vintages of the monthly actual lines below an account, each with its sign into that account: a sourced plan table.

    `account` is the line (plan.lines), `leaf` the account of the chart. A line that earlier reports printed and a later one of the
    same source no longer does is 0 there: the later report closes the month without it. (A ledger's corrections: see `apart`.)
    """
    printed = signed_lines(rows, tree, account, "actual", "month")
    return pd.concat([printed, _no_longer_printed(printed)], ignore_index=True).drop(columns="source")


def _no_longer_printed(printed: pd.DataFrame) -> pd.DataFrame:
    issues = printed[["source", "period", "known"]].drop_duplicates()
    names = [column for column in printed.columns if column not in ("period", "known", "amount")]
    born = printed.groupby(names, as_index=False).agg(first_known=("known", "min"), first=("period", "min"))
    every = born.merge(issues, on="source")
    every = every[(every["known"] > every["first_known"]) & (every["period"] > every["first"])]
    beside = every.merge(printed, on=[*names, "period", "known"], how="left")
    return beside.loc[beside["amount"].isna(), [*names, "period", "known"]].assign(amount=0.0)[printed.columns]


def apart(rows: pd.DataFrame) -> pd.DataFrame:
    """A ledger's rows, what was booked on a month after its close as a source of its own: a correction speaks of the lines it names
    and, unlike a city's later report, says nothing of the others."""
    actual = rows["scenario"] == "actual"
    first = rows["known"].where(actual).groupby([rows["source"], rows["period"]]).transform("min")
    later = actual & (rows["known"] > first)
    issue = rows["source"] + rows["period"].dt.strftime(" %Y-%m") + rows["known"].dt.strftime(" corrected %Y-%m-%d")
    return rows.assign(source=rows["source"].where(~later, issue))


def people_forecast(
    rows: pd.DataFrame, tree: AccountTree, account: str, as_of: pd.Timestamp, when: pd.Timestamp, by: str = "account"
) -> pd.DataFrame:
    """The people's newest forecast on a day, for the months after `as_of`, by line: account, period, amount, version.

    With `by` leaf it is by account of the chart.

    Nothing where they forecast less than COVERS of what was booked on the account in the last twelve months: what a part of the
    lines comes to is no forecast of the whole.
    """
    newest = newest_cells(rows, tree, account, "forecast", as_of, when)
    told = set(zip(newest["cost_centre"], newest["leaf"], strict=True))
    if covered(rows, tree, account, told, as_of, when) < COVERS:
        newest = newest.iloc[:0]
    lines = newest.groupby([by, "period"], as_index=False, sort=False).agg({"amount": "sum", "version": "last"})
    return lines.rename(columns={by: "account"})[["account", "period", "amount", "version"]]


def newest_cells(
    rows: pd.DataFrame, tree: AccountTree, account: str, scenario: str, as_of: pd.Timestamp, when: pd.Timestamp
) -> pd.DataFrame:
    """What plans said on a day of the months after `as_of`, cell by cell, of several versions the newest; columns as `signed_lines`."""
    issued = signed_lines(rows, tree, account, scenario, "month")
    issued = issued[(issued["known"] <= when) & (issued["period"] > as_of)].sort_values("known", kind="stable")
    cells = [column for column in issued.columns if column not in ("known", "amount", "version", "source")]
    return issued.drop_duplicates(cells, keep="last")


def covered(
    rows: pd.DataFrame, tree: AccountTree, account: str, cells: set[tuple[str, str]], as_of: pd.Timestamp, when: pd.Timestamp
) -> float:
    """The share of an account's last twelve months that was booked in these cells (cost centre, account of the chart), all sums taken
    as positive; 1 where nothing was booked."""
    booked = signed_lines(rows, tree, account, "actual", "month")
    year = booked["period"].between(months_after(as_of, -11), as_of)
    size = booked[year & (booked["known"] <= when)].groupby(["cost_centre", "leaf"])["amount"].sum().abs()
    return float(size[size.index.isin(list(cells))].sum() / size.sum()) if size.sum() > 0 else 1.0


def rows_below(rows: pd.DataFrame, tree: AccountTree, account: str) -> pd.DataFrame:
    """The rows of an account and of all below it; who asks many times of one account reads no others."""
    return rows[rows["account"].isin(tree.paths.loc[tree.paths["ancestor"] == account, "account"])]


def signed_lines(rows: pd.DataFrame, tree: AccountTree, account: str, scenario: str, grain: str) -> pd.DataFrame:
    """The rows of a scenario and grain below an account, each with its sign into it: `account` the line, `leaf` the chart's."""
    weights = tree.paths[tree.paths["ancestor"] == account].set_index("account")["weight"]
    used = rows[(rows["scenario"] == scenario) & (rows["grain"] == grain) & rows["account"].isin(weights.index)]
    lines = lines_of(tree, weights.index, account)
    signed = used["amount"] * used["account"].map(weights)
    return used.assign(amount=signed, leaf=used["account"], account=used["account"].map(lines)).reset_index(drop=True)


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


def in_step(days: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The days whose `as_of` is a whole number of quarters from this one: of quarterly reports all, of monthly closings every third."""
    return days[(days["as_of"].dt.month - as_of.month) % 3 == 0].reset_index(drop=True)


def same_month(days: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The days whose `as_of` is the same month of the year."""
    return days[days["as_of"].dt.month == as_of.month]


def yearly(rows: pd.DataFrame, calendar: FiscalCalendar, scenario: str, accounts: list[str], when: pd.Timestamp = EVER) -> pd.DataFrame:
    """Yearly figures of a scenario as known on a day: cost_centre, account, fiscal_year, version, known, amount.

    Of several versions of a year (a projection is issued each quarter) the newest counts. Where only months are known they are
    added up: of actuals the closed years, of budgets and targets the adopted version; never where the year itself is printed.
    """
    used = rows[(rows["scenario"] == scenario) & rows["account"].isin(accounts) & (rows["known"] <= when)]
    printed = used[used["grain"] == "year"].sort_values("known", kind="stable")
    newest = printed.drop_duplicates(["entity", "cost_centre", "account", "layer", "period"], keep="last")
    columns = ["cost_centre", "account", "fiscal_year", "version", "known", "amount"]
    table = newest.assign(fiscal_year=calendar.fiscal_year(newest["period"]))[columns]
    monthly = used[used["grain"] == "month"] if scenario != "forecast" else used.iloc[:0]
    if len(monthly):
        sums = _years_of_months(monthly, calendar, rows, when)
        beside = pd.MultiIndex.from_frame(sums[columns[:3]]).isin(pd.MultiIndex.from_frame(table[columns[:3]]))
        table = pd.concat([table, sums.loc[~beside, columns]]) if len(table) else sums[columns]
    return table.sort_values(columns[:3], ignore_index=True)


def _years_of_months(monthly: pd.DataFrame, calendar: FiscalCalendar, rows: pd.DataFrame, when: pd.Timestamp) -> pd.DataFrame:
    """Months added up to years by cost centre and account, known when the last of them was."""
    newest = as_known(adopted_versions(monthly, calendar).drop(columns="source", errors="ignore"), when)
    sums = newest.assign(fiscal_year=calendar.fiscal_year(newest["period"]))
    if (sums["scenario"] == "actual").any():
        closed = rows.loc[(rows["scenario"] == "actual") & (rows["grain"] == "month") & (rows["known"] <= when), "period"].unique()
        months = pd.Series(calendar.fiscal_year(pd.DatetimeIndex(closed))).value_counts()
        sums = sums[sums["fiscal_year"].isin(months.index[months == 12])]
    keys = ["cost_centre", "account", "fiscal_year"]
    return sums.groupby(keys, as_index=False).agg(version=("version", "last"), known=("known", "max"), amount=("amount", "sum"))


def adopted_versions(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """The rows without the versions of a year's monthly budget that a later one took the place of: what was asked for and what was
    negotiated, once the adopted one is there. Of several known on one day the one whose name ends in adopted or final counts."""
    monthly = rows[(rows["scenario"] == "budget") & (rows["grain"] == "month")]
    if monthly.empty:
        return rows
    monthly = monthly.assign(fiscal_year=calendar.fiscal_year(monthly["period"]))
    issued = monthly.groupby(["fiscal_year", "version"], as_index=False)["known"].max()
    named = issued["version"].str.endswith(("adopted", "final"))
    last = issued.assign(named=named).sort_values(["known", "named", "version"]).drop_duplicates("fiscal_year", keep="last")
    stays = monthly["version"] == monthly["fiscal_year"].map(last.set_index("fiscal_year")["version"])
    return rows.drop(index=monthly.index[~stays])


def final_actuals(rows: pd.DataFrame, tree: AccountTree, account: str, by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """What happened, as finally known, by line (or other columns of `monthly_actuals`) and month: `by`, period, amount."""
    last = as_known(monthly_actuals(rows, tree, account), EVER)
    return last.groupby([*by, "period"], as_index=False)["amount"].sum()


def first_forecast(
    rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, account: str, as_of: pd.Timestamp, when: pd.Timestamp
) -> float:
    """The running year's total in its first report: the months closed then and the people's forecast of the others; missing
    when no report of the year is known by `when`, or the first one leaves months out."""
    year = calendar.year(calendar.fiscal_year(months_after(as_of, 1)))
    parts = [signed_lines(rows, tree, account, scenario, "month") for scenario in ("actual", "forecast")]
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
