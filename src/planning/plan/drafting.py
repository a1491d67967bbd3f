"""The draft of a year's costs from whichever books there are: a city's reports (plan.budget) or a company's ledger (here).

From a ledger the base is the running year: closed months as booked, open ones as the departments project them, and where they
don't as forecast, shared out by who booked what in the last twelve months. It grows as a city's does, and where too few years are
known for a trend as its line is forecast to; so do costs that no department has a budget for, such as interest and taxes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.metrics import growth, rate, variance
from planning.core.money import round_cents
from planning.core.periods import FiscalCalendar, months_after, months_between
from planning.model.backtest import closed_months
from planning.model.spread import month_profile, spread
from planning.plan.books import Books
from planning.plan.budget import (
    Known,
    TopDown,
    bottom_up,
    by_class,
    check_budget,
    compare,
    draft_trial,
    grown,
    opening_cash,
    paid_share,
    projected_total,
    spread_draft,
    trends,
)
from planning.plan.cells import CELL, shared_out, usual_months
from planning.plan.known import monthly_actuals, yearly
from planning.plan.lines import lines_of
from planning.plan.reforecast import cash_at_start

PLACE = ["entity", "cost_centre", "layer"]


def build_draft(known: Known, books: Books, spending: TopDown) -> pd.DataFrame:
    """The departments' draft: cost_centre, account, base, growth, amount, and from a ledger also entity, layer and line.

    From a ledger amounts carry their sign into the costs (an income among them is negative), in the group's currency.
    """
    if not books.is_ledger:
        return bottom_up(known, books.budgeted, books.roles["reported"])
    closed = _closed(known, spending.account)
    return _drafted(known, spending.account, closed, spending.running.set_index("account")["amount"], _by_line(spending.lines))


def _by_line(lines: pd.DataFrame) -> pd.Series:
    return lines.groupby("account")["amount"].sum()


def _drafted(known: Known, account: str, closed: pd.DataFrame, landing: pd.Series, following: pd.Series) -> pd.DataFrame:
    """The base grown, by cell; trends are those of departments and of lines. `landing`, `following`: the running year and the budget
    year by line, as forecast."""
    ahead = landing.sub(closed.groupby("line")["amount"].sum(), fill_value=0.0)
    base = _running_year(known, account, closed, ahead)
    line = lines_of(known.tree, known.tree.leaves(account), account)
    past = _signed_years(known, account).assign(account=lambda table: table["account"].map(line))
    past = past.assign(department=past["cost_centre"].map(known.department))
    turned = np.sign(past.groupby("account")["amount"].sum())  # an income among costs is negative, and grows away from 0
    by_line = trends(past.assign(amount=past["amount"] * past["account"].map(turned)), "account")
    forecast = growth(following.reindex(landing.index) * np.sign(landing), landing.abs())
    named = base.rename(columns={"line": "account", "account": "leaf"})
    drafted = grown(known, named, trends(past, "department"), by_line, forecast)
    nobodys = ~drafted["cost_centre"].isin(_budgeted_centres(known))
    told = drafted["account"].map(forecast).fillna(0.0)
    drafted["growth"] = drafted["growth"].where(~nobodys, told)
    drafted["amount"] = round_cents(drafted["base"] * (1 + drafted["growth"]))
    return drafted.rename(columns={"account": "line", "leaf": "account"})


def _budgeted_centres(known: Known) -> set[str]:
    """Who was ever given a budget; everybody where nobody was."""
    rows = known.rows[known.rows["known"] <= known.when]
    return set(rows.loc[rows["scenario"] == "budget", "cost_centre"]) or set(rows["cost_centre"])


def _running_year(known: Known, account: str, closed: pd.DataFrame, ahead: pd.Series) -> pd.DataFrame:
    """The running year by cell: entity, cost_centre, layer, account, line, base. `ahead`: the open months' forecast by line."""
    first_open = months_after(known.as_of, 1)
    lines = ahead.rename("amount").rename_axis("account").reset_index().assign(period=first_open)
    lines["amount"] = round_cents(lines["amount"])
    forecast = shared_out(lines, usual_months(known.rows, known.tree, account, known.as_of, known.when))
    open_cells = forecast.set_index(CELL)["amount"]
    told = _projected(known, account)
    open_cells = told.combine_first(open_cells)
    both = pd.concat([closed.set_index(CELL)["amount"], open_cells]).groupby(level=CELL).sum()
    base = both[both != 0].rename("base").reset_index().rename(columns={"leaf": "account"})
    line = lines_of(known.tree, known.tree.leaves(account), account)
    return base.assign(line=base["account"].map(line), base=round_cents(base["base"]))


def _closed(known: Known, account: str) -> pd.DataFrame:
    """The running year's closed months by cell: line, CELL, amount."""
    year = known.calendar.year(known.fiscal_year - 1)
    actuals = monthly_actuals(known.rows, known.tree, account)
    cells = closed_months(actuals[actuals["period"].isin(year)], known.as_of, known.when, ("account", *CELL))
    return cells.groupby(["account", *CELL], as_index=False)["amount"].sum().rename(columns={"account": "line"})


def _projected(known: Known, account: str) -> pd.Series:
    """The open months of the running year as people project them, of cost centres that project all of them, by CELL."""
    weights = known.tree.paths[known.tree.paths["ancestor"] == account].set_index("account")["weight"]
    rows, last = known.rows, known.calendar.last(known.fiscal_year - 1)
    issued = rows[rows["scenario"].eq("forecast") & rows["grain"].eq("month") & rows["account"].isin(weights.index)]
    issued = issued[(issued["known"] <= known.when) & (issued["period"] > known.as_of) & (issued["period"] <= last)]
    cells = ["entity", "cost_centre", "layer", "account", "period"]
    newest = issued.sort_values("known", kind="stable").drop_duplicates(cells, keep="last")
    whole = newest.groupby("cost_centre")["period"].transform("nunique") == months_between(known.as_of, last)
    signed = newest.assign(leaf=newest["account"], amount=newest["amount"] * newest["account"].map(weights))[whole]
    return signed.groupby(CELL)["amount"].sum()


def _signed_years(known: Known, account: str) -> pd.DataFrame:
    """Known years of the accounts below one, with their sign into it."""
    weights = known.tree.paths[known.tree.paths["ancestor"] == account].set_index("account")["weight"]
    actual = yearly(known.rows, known.calendar, "actual", list(weights.index), known.when)
    return actual.assign(amount=actual["amount"] * actual["account"].map(weights))


def draft_lines(
    known: Known, books: Books, spending: TopDown, draft: pd.DataFrame, cash_lines: dict[str, list[str]]
) -> pd.DataFrame:
    """Top-down and bottom-up side by side (see budget.by_class); a ledger's lines are the same on both sides."""
    if not books.is_ledger:
        return by_class(known, spending, draft, cash_lines, books.budgeted)
    table = pd.DataFrame({"top_down": spending.lines.groupby("account")["amount"].sum()})
    sums = draft.groupby("line")[["base", "amount"]].sum().reindex(table.index).fillna(0.0)
    table = table.assign(cash=table["top_down"], ratio=1.0, base=sums["base"], bottom_up=sums["amount"])
    table["gap"] = variance(table["bottom_up"], table["top_down"])
    table["gap_rate"] = rate(table["gap"], table["top_down"])
    columns = ["account", "cash", "ratio", "top_down", "base", "bottom_up", "gap", "gap_rate"]
    return table.rename_axis("account").reset_index()[columns]


def monthly_draft(
    known: Known, books: Books, draft: pd.DataFrame, cash_lines: dict[str, list[str]], spending: str
) -> pd.DataFrame:
    """The draft by month; a ledger's is shaped like the last three whole years of each line. Months add up to each year exactly."""
    if not books.is_ledger:
        return spread_draft(known, draft, cash_lines, spending)
    past = closed_months(monthly_actuals(known.rows, known.tree, spending), known.as_of, known.when)
    running = known.calendar.fiscal_year(months_after(known.as_of, 1))
    profile = month_profile(past, known.calendar, range(running - 3, running))
    annual = draft[[*PLACE, "account", "line", "amount"]].rename(columns={"account": "leaf", "line": "account"})
    months = spread(annual.assign(period=known.calendar.first(known.fiscal_year)), profile, known.calendar)
    return months.rename(columns={"account": "line", "leaf": "account"})


def natural(monthly: pd.DataFrame, known: Known, books: Books, spending: str) -> pd.DataFrame:
    """A monthly draft as the book takes it: each account in its own direction, each entity in its own currency."""
    if not books.is_ledger:
        return monthly
    weights = known.tree.paths[known.tree.paths["ancestor"] == spending].set_index("account")["weight"]
    worth = monthly["entity"].map(books.rates).fillna(1.0)
    return monthly.assign(amount=round_cents(monthly["amount"] * monthly["account"].map(weights) / worth))


def compared(known: Known, books: Books, draft: pd.DataFrame) -> pd.DataFrame:
    """The draft beside what was adopted and what happened, by department (see budget.compare).

    From a ledger: of the accounts that departments have a budget for, as they booked them; of all where nobody has one.
    """
    if not books.is_ledger:
        return compare(known, draft, books.budgeted, books.roles["reported"])
    scope = _scope(known, books)
    own = draft[(draft["layer"] != "elimination") & draft["account"].isin(scope)]
    within = Known(books.own_rows, known.tree, known.calendar, known.department, known.fiscal_year, known.as_of, known.when)
    return compare(within, own, scope, books.roles["reported"])


def _scope(known: Known, books: Books) -> list[str]:
    leaves = known.tree.leaves(books.roles["spending"])
    return [code for code in leaves if code in set(books.budgeted)] or leaves


def tried_draft(known: Known, books: Books, days: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    """The same draft made for earlier years from what was known then; see budget.draft_trial. A year that the trials don't reach the
    end of is left out.

    `days`: as_of and when, one a year; `trials`: the costs as they were forecast on those days.
    """
    if not books.is_ledger:
        return draft_trial(
            known.rows, known.tree, known.calendar, known.department, days, books.budgeted, books.roles["reported"], known.when
        )
    found = [_tried_year(known, books, day.as_of, day.when, trials) for day in days.itertuples()]
    table = pd.DataFrame([row for row in found if row], columns=["fiscal_year", "draft", "adopted", "actual"])
    return table.astype({"adopted": float})


def _tried_year(known: Known, books: Books, as_of: pd.Timestamp, when: pd.Timestamp, trials: pd.DataFrame) -> dict | None:
    calendar: FiscalCalendar = known.calendar
    year = int(calendar.fiscal_year(months_after(as_of, 1))) + 1
    account = books.roles["spending"]
    then = Known(known.rows, known.tree, calendar, known.department, year, as_of, when)
    tried, closed = trials[trials["as_of"] == as_of], _closed(then, account)
    if tried["period"].max() < calendar.last(year):
        return None
    running, following = (_by_line(tried[tried["period"].isin(calendar.year(which))]) for which in (year - 1, year))
    landing = closed.groupby("line")["amount"].sum().add(running, fill_value=0.0)
    draft = _drafted(then, account, closed, landing, following)
    today = Known(known.rows[known.rows["known"] <= known.when], *list(vars(then).values())[1:])
    limited = Books(today.rows, books.tree, books.roles, books.budgeted, True)
    sums = compared(today, limited, draft)[["draft", "adopted", "actual"]].sum(min_count=1)
    return {"fiscal_year": year, **sums.to_dict()} if sums[["draft", "actual"]].notna().all() else None


def paid_terms(books: Books, calendar: FiscalCalendar, as_of: pd.Timestamp, when: pd.Timestamp) -> float:
    """Cash paid per obligation; 1 for a ledger, whose budget and actuals count the same way."""
    if books.is_ledger:
        return 1.0
    return paid_share(books.rows, books.tree, calendar, books.roles["spending"], books.budgeted, as_of, when)


def starting_cash(books: Books, calendar: FiscalCalendar, as_of: pd.Timestamp, when: pd.Timestamp) -> float:
    """Cash when the running year began; missing for a ledger, whose result is no cash."""
    return np.nan if books.is_ledger else cash_at_start(books.rows, books.tree, calendar, books.roles["balance"], as_of, when)


def cash_terms(known: Known, books: Books, revenue: TopDown, spending: TopDown) -> tuple[float, float]:
    """(cash paid per obligation, cash at the start of the budget year); 1 and missing for a ledger, whose result is no cash."""
    if books.is_ledger:
        return 1.0, np.nan
    share = paid_terms(books, known.calendar, known.as_of, known.when)
    return share, opening_cash(known, books.roles["balance"], revenue, spending)


def check_draft(
    known: Known, books: Books, draft: pd.DataFrame, monthly: pd.DataFrame, lines: pd.DataFrame, sides: tuple[TopDown, TopDown]
) -> list[Check]:
    """What must hold: see budget.check_budget; from a ledger, that the base keeps every closed month, and nothing was forecast but
    what nobody projects."""
    revenue, spending = sides
    if not books.is_ledger:
        return check_budget(draft, monthly, lines, revenue, projected_total(known, books.roles["reported"]))
    closed = float(_closed(known, spending.account)["amount"].sum())
    open_sum = float(draft["base"].sum()) - closed
    forecast = float(spending.running["amount"].sum()) - closed
    told = not _projected(known, spending.account).empty
    amount, months = float(draft["amount"].sum()), revenue.lines["period"].nunique()
    near = [] if told else [check_close("the base is the closed months and the forecast of the open ones", open_sum, forecast, 1.0)]
    return [
        *near,
        check_close("months add up to the draft", float(monthly["amount"].sum()), amount, 0.005),
        check_close("classes add up to the draft", float(lines["bottom_up"].sum()), amount, 0.005),
        Check("twelve months of receipts", months == 12, f"{months} = 12"),
    ]


