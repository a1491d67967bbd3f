"""The annual budget's first draft: top-down from the cash lines, bottom-up from the departments, side by side.

Everything is built from what was known on a day. What became known later is compared in `compare`, never used before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError
from planning.core.metrics import growth, rate, variance
from planning.core.money import from_minor, round_cents, round_parts
from planning.core.periods import FiscalCalendar, months_after, months_between
from planning.model.backtest import closed_months, sum_lines
from planning.model.bands import band, errors_known
from planning.model.bridge import bridge_by
from planning.model.history import typical_month
from planning.model.spread import month_profile, spread
from planning.plan.cells import NO_RATES, line_rows, plan_rows
from planning.plan.known import EVER, monthly_actuals, only, people_forecast, yearly
from planning.plan.reforecast import run_ahead

YEARS = 5
"""Known years that a department's and a class's trend rest on."""
FEWEST = 3
"""Yearly growths below which a trend is not believed."""
SHIFTS = ("revenue_shift", "spending_shift")
"""What a case of a draft without drivers may say: fractions of it."""
PAID_YEARS = 3
"""Known years over which cash is set against obligations."""
STEADY = 1.5
"""A class whose cash per obligation varied by more than this factor over the known years can't be told from its cash lines."""


@dataclass(frozen=True)
class Known:
    """What a budget is built from: the rows of a snapshot, the chart, the calendar, and the day."""

    rows: pd.DataFrame
    tree: AccountTree
    calendar: FiscalCalendar
    department: dict[str, str]
    fiscal_year: int
    as_of: pd.Timestamp
    when: pd.Timestamp

    @property
    def horizon(self) -> int:
        """Months from the first open month to the end of the budget year."""
        last = self.calendar.last(self.fiscal_year)
        return months_between(self.as_of, last)


def check_year(known: Known) -> None:
    """RequestError unless the budget year begins after `as_of` and ends at most 24 months after it."""
    first = known.calendar.first(known.fiscal_year)
    if not (known.as_of < first and known.horizon <= 24):
        lowest = known.calendar.fiscal_year(months_after(known.as_of, 12))
        got = f"{known.fiscal_year}, which begins {first:%Y-%m}, as of {known.as_of:%Y-%m}"
        raise RequestError("fiscal_year", [Problem("can't be budgeted from here", "fiscal_year", got, "the next year", f"try {lowest}")])


@dataclass(frozen=True)
class TopDown:
    """The forecast of the cash lines over the budget year.

    `lines`: account, period, amount of the year's months; `running`: the running year's landing by line (closed and open
    months); `year`: one row with amount, lower, upper, n; `errors`: what earlier forecasts of a next year missed by; `is_naive`: whether
    last year's figures ship, since the method had no skill by its record.
    """

    account: str
    lines: pd.DataFrame
    running: pd.DataFrame
    year: pd.Series
    errors: pd.DataFrame
    is_naive: bool


def top_down(known: Known, account: str, trials: pd.DataFrame, method: str, level: float, workers: int = 1,
             country: str | None = None) -> TopDown:  # fmt: skip
    """A side's cash lines forecast over the budget year, and the running year as it will probably land.

    `trials`: earlier forecasts of the same lines (reforecast.run_trials), whose misses of a whole next year make the band.
    """
    actuals = monthly_actuals(known.rows, known.tree, account)
    actuals = actuals[actuals["known"] <= known.when]
    history = closed_months(actuals, known.as_of, known.when)
    ahead = run_ahead(actuals, known.as_of, known.when, known.horizon, method, trials, workers, country)
    both = pd.concat([history, ahead[["account", "period", "amount"]]])
    years = both.assign(fiscal_year=known.calendar.fiscal_year(both["period"]))
    lines = years[years["fiscal_year"] == known.fiscal_year].drop(columns="fiscal_year").reset_index(drop=True)
    running = years[years["fiscal_year"] == known.fiscal_year - 1].groupby("account", as_index=False)["amount"].sum()
    errors = next_year_errors(known, trials, actuals)
    typical = float(typical_month(history)["typical"].sum())
    point = pd.DataFrame({"amount": [lines["amount"].sum()], "typical": [12 * typical]})
    return TopDown(account, lines, running, band(point, errors, level).iloc[0], errors, bool((ahead["naive"] != "").any()))


def next_year_errors(known: Known, trials: pd.DataFrame, actuals: pd.DataFrame) -> pd.DataFrame:
    """What earlier forecasts at the same month of the year missed a whole next year by, as far as that year is known:
    as_of, amount, typical (of the year), error (actual − forecast)."""
    same = trials[known.calendar.month_number(trials["as_of"]) == known.calendar.month_number(known.as_of)]
    missed = errors_known(sum_lines(same), actuals, known.as_of, known.when, [])
    target = missed["as_of"].map(lambda as_of: known.calendar.fiscal_year(months_after(as_of, 1)) + 1)
    running = known.calendar.month_number(known.as_of) < 12
    target = target if running else target - 1
    used = missed[known.calendar.fiscal_year(missed["period"]) == target]
    whole = used.groupby("as_of").agg(
        amount=("amount", "sum"), typical=("typical", "sum"), error=("error", "sum"), months=("period", "size")
    )
    return whole[whole["months"] == 12].drop(columns="months").reset_index()


def trends(amounts: pd.DataFrame, by: str) -> pd.Series:
    """The median yearly growth of each series over the last YEARS known years: `by` → growth, missing below FEWEST growths.

    `amounts`: `by`, fiscal_year, amount. A year from or to nothing has no growth, nor has one after a year that isn't known.
    """
    wide = amounts.pivot_table(index=by, columns="fiscal_year", values="amount", aggfunc="sum")
    grown = pd.DataFrame({now: growth(wide[now], wide[now - 1]) for now in wide.columns if now - 1 in wide.columns}, index=wide.index)
    last = grown.where(grown > -1).iloc[:, -YEARS:]
    return last.median(axis=1).where(last.notna().sum(axis=1) >= FEWEST)


def bottom_up(known: Known, classes: list[str], reported: str) -> pd.DataFrame:
    """The departments' draft: cost_centre, account, base (the running year), growth, amount; in the unit of the budget.

    The base is the people's newest projection of each cost centre, split into classes like its newest adopted budget, to the
    cent; a cost centre that was never in one takes its department's shares, and where the department wasn't either, all of it
    stands on the last class. It grows by half the department's own trend and half the class's, both medians of known yearly
    growth: neither is believed alone. Where one of them has too short a past the other stands alone; where both have, nothing
    grows. A cost centre without a projection has no row.
    """
    actual = yearly(known.rows, known.calendar, "actual", classes, known.when)
    past = actual.assign(department=actual["cost_centre"].map(known.department))
    return grown(known, _base(known, classes, reported), trends(past, "department"), trends(past, "account"))


def grown(
    known: Known, base: pd.DataFrame, by_department: pd.Series, by_class: pd.Series, otherwise: pd.Series | None = None
) -> pd.DataFrame:
    """A base with growth and amount: half its department's trend and half its account's, see `bottom_up`.

    `base`: cost_centre, account, base and what else it carries; `otherwise`: growth by account where neither has a trend.
    """
    department = base["cost_centre"].map(known.department)
    both = pd.DataFrame({"department": department.map(by_department), "class": base["account"].map(by_class)})
    mixed = both.mean(axis=1)
    mixed = (mixed if otherwise is None else mixed.fillna(base["account"].map(otherwise))).fillna(0.0)
    return base.assign(growth=mixed, amount=round_cents(base["base"] * (1 + mixed)))


def _base(known: Known, classes: list[str], reported: str) -> pd.DataFrame:
    running = known.fiscal_year - 1
    projected = yearly(known.rows, known.calendar, "forecast", [reported], known.when)
    projected = projected[projected["fiscal_year"] == running].assign(department=lambda t: t["cost_centre"].map(known.department))
    if projected.empty:
        wrong = Problem("no projection of the running year", "as_of", f"{known.as_of:%Y-%m}", f"a report on fiscal year {running}")
        raise RequestError("as_of", [wrong])
    left, found = projected[["cost_centre", "department", "amount"]], []
    for by in ("cost_centre", "department"):
        split = left.merge(_class_shares(known, classes, running, by), on=by)
        found.append(split)
        left = left[~left[by].isin(split[by])]
    rows = pd.concat([*found, left.assign(account=classes[-1], share=1.0)]).sort_values(["cost_centre", "account"], ignore_index=True)
    parts = (rows["share"] * rows["amount"]).groupby(rows["cost_centre"])
    rows["base"] = parts.transform(lambda parts: from_minor(round_parts(parts), 2))
    return rows.loc[rows["base"] != 0, ["cost_centre", "account", "base"]].reset_index(drop=True)


def _class_shares(known: Known, classes: list[str], running: int, by: str) -> pd.DataFrame:
    """Of each cost centre or department the classes' shares in its newest adopted budget that has amounts: `by`, account, share."""
    adopted = yearly(known.rows, known.calendar, "budget", classes, known.when)
    adopted = adopted[adopted["fiscal_year"] <= running].assign(department=lambda t: t["cost_centre"].map(known.department))
    sums = adopted.groupby([by, "fiscal_year", "account"], as_index=False)["amount"].sum()
    whole = sums.groupby([by, "fiscal_year"])["amount"].transform("sum")
    filled = sums.assign(share=sums["amount"] / whole)[whole > 0]
    newest = filled["fiscal_year"] == filled.groupby(by)["fiscal_year"].transform("max")
    return filled.loc[newest & (filled["share"] != 0), [by, "account", "share"]]


def by_class(known: Known, spending: TopDown, draft: pd.DataFrame, cash_lines: dict[str, list[str]], classes: list[str]) -> pd.DataFrame:
    """Top-down and bottom-up side by side: account, cash, ratio, top_down, base, bottom_up, gap, gap_rate.

    `ratio` is cash per obligation over the last three known years; top_down = cash / ratio, in obligations like bottom_up.
    Where the ratio is not steady, or there is none, top_down is missing: the cash lines can't tell.
    """
    of = {line: budgeted for budgeted, lines in cash_lines.items() for line in lines}
    cash = spending.lines.assign(account=spending.lines["account"].map(of)).groupby("account")["amount"].sum()
    ratio = cash_ratio(known, spending.account, of, classes)
    table = pd.DataFrame(index=pd.Index(classes, name="account"))
    table["cash"], table["ratio"] = cash, ratio
    table["top_down"] = round_cents((table["cash"] / table["ratio"]).fillna(0.0)).where(table["ratio"].notna() & table["cash"].notna())
    sums = draft.groupby("account")[["base", "amount"]].sum().reindex(classes).fillna(0.0)
    table["base"], table["bottom_up"] = sums["base"], sums["amount"]
    table["gap"] = variance(table["bottom_up"], table["top_down"])
    table["gap_rate"] = rate(table["gap"], table["top_down"])
    return table.reset_index()


def draft_bridge(known: Known, draft: pd.DataFrame, by: str, most: int = 8) -> pd.DataFrame:
    """The bridge from the running year to the draft by `department` or `account`, in codes; closes to the cent."""
    named = draft.assign(department=draft["cost_centre"].map(known.department))
    return bridge_by(named[[by]].assign(amount=named["base"]), named[[by, "amount"]], by, most)


def side_bridge(side: TopDown, most: int = 8) -> pd.DataFrame:
    """The bridge from the running year's cash to the budget year's by line, in codes; closes to the cent."""
    return bridge_by(side.running, side.lines, "account", most)


def cash_ratio(known: Known, spending: str, of: dict[str, str], classes: list[str]) -> pd.Series:
    """Cash paid per obligation by class over the last PAID_YEARS known years; missing where it isn't steady."""
    actual = yearly(known.rows, known.calendar, "actual", classes, known.when).groupby(["fiscal_year", "account"])["amount"].sum()
    cash = closed_months(monthly_actuals(known.rows, known.tree, spending), known.as_of, known.when)
    cash = cash.assign(fiscal_year=known.calendar.fiscal_year(cash["period"]), account=cash["account"].map(of))
    paid = cash.groupby(["fiscal_year", "account"])["amount"].sum()
    both = pd.concat({"paid": paid, "obligated": actual}, axis=1).dropna().reset_index()
    last = both[both["fiscal_year"] > both["fiscal_year"].max() - PAID_YEARS]
    each = rate(last["paid"], last["obligated"]).groupby(last["account"])
    steady = each.min() * STEADY >= each.max()
    sums = last.groupby("account")[["paid", "obligated"]].sum()
    return rate(sums["paid"], sums["obligated"]).where(steady & (sums["paid"] > 0)).reindex(classes)


def build_cases(
    revenue: TopDown, draft: pd.DataFrame, cases: dict[str, dict[str, float]], paid_share: float, opening: float
) -> pd.DataFrame:
    """Each case's year: case, revenue, spending (obligations), paid (cash), result (revenue − paid), closing (cash at the end).

    Shifts are fractions of the draft, 0 where a case says nothing; `paid_share`: cash per obligation; `opening`: cash at the start,
    without which there is no closing.
    """
    refuse_shifts(cases)
    year, spent = float(revenue.lines["amount"].sum()), float(draft["amount"].sum())
    rows = [
        {"case": case, "revenue": year * (1 + shift.get("revenue_shift", 0.0)), "spending": spent * (1 + shift.get("spending_shift", 0.0))}
        for case, shift in cases.items()
    ]
    table = pd.DataFrame(rows)
    table["paid"] = table["spending"] * paid_share
    table[["revenue", "spending", "paid"]] = table[["revenue", "spending", "paid"]].apply(round_cents)
    table["result"] = round_cents(table["revenue"] - table["paid"])
    return table.assign(closing=np.nan if np.isnan(opening) else round_cents(opening + table["result"]))


def refuse_shifts(cases: Mapping[str, Mapping[str, float]]) -> None:
    """RequestError with everything in a case that is no shift: this company's draft has no drivers."""
    found = [(case, name, shift[name]) for case, shift in cases.items() for name in shift]
    problems = [
        Problem("unknown" if name not in SHIFTS else "no number above −1", f"cases.{case}.{name}", repr(got)[:80], " and ".join(SHIFTS))
        for case, name, got in found
        if name not in SHIFTS or not isinstance(got, int | float) or not got > -1 or not np.isfinite(got)
    ]
    if problems:
        raise RequestError("cases", problems)


def paid_share(
    rows: pd.DataFrame,
    tree: AccountTree,
    calendar: FiscalCalendar,
    spending: str,
    classes: list[str],
    as_of: pd.Timestamp,
    when: pd.Timestamp,
) -> float:
    """All cash paid per obligation over the last PAID_YEARS known years; missing when no year is known on both sides."""
    actual = yearly(rows, calendar, "actual", classes, when).groupby("fiscal_year")["amount"].sum()
    cash = closed_months(monthly_actuals(rows, tree, spending), as_of, when)
    paid = cash.groupby(calendar.fiscal_year(cash["period"]))["amount"].sum()
    both = pd.concat({"paid": paid, "obligated": actual}, axis=1).dropna().tail(PAID_YEARS)
    return float(rate(both["paid"].sum(), both["obligated"].sum()))


def opening_cash(known: Known, balance: str, revenue: TopDown, spending: TopDown) -> float:
    """Cash at the start of the budget year: the last closed month's balance and the running year's open months as forecast.

    Movements that are neither receipts nor spending, such as notes that fall due, are taken from the people's forecast.
    """
    last = closed_months(monthly_actuals(known.rows, known.tree, balance), known.as_of, known.when)
    at_close = float(last.loc[last["period"] == known.as_of, "amount"].sum())
    others = _other_movements(known, balance, revenue, spending)
    return at_close + _open_months(known, revenue) - _open_months(known, spending) + others


def _open_months(known: Known, side: TopDown) -> float:
    history = closed_months(monthly_actuals(known.rows, known.tree, side.account), known.as_of, known.when)
    running = history[known.calendar.fiscal_year(history["period"]) == known.fiscal_year - 1]
    return float(side.running["amount"].sum() - running["amount"].sum())


def _other_movements(known: Known, balance: str, *sides: TopDown) -> float:
    """What the people expect to move the balance in the running year's open months beside the sides' own lines."""
    counted = [leaf for side in sides for leaf in known.tree.leaves(side.account)]
    ahead = people_forecast(known.rows, known.tree, balance, known.as_of, known.when, "leaf")
    is_flow = ahead["account"].map(known.tree.accounts["aggregation"]) == "flow"
    due = ahead[is_flow & ~ahead["account"].isin(counted) & (ahead["period"] < known.calendar.first(known.fiscal_year))]
    return float(due["amount"].sum())


def odds_below(side: TopDown, amount: float) -> tuple[int, int]:
    """In how many past years a miss like theirs would bring the side's year below an amount: (k, n)."""
    used = side.errors[side.errors["typical"] > 0]
    landed = side.year["amount"] + used["error"] / used["typical"] * side.year["typical"]
    return int((landed < amount).sum()), len(used)


def compare(known: Known, draft: pd.DataFrame, classes: list[str], reported: str) -> pd.DataFrame:
    """The draft beside what was adopted and what happened, by department, as known today: department, running, draft,
    adopted, actual. What is not known yet is missing."""
    adopted = yearly(known.rows, known.calendar, "budget", classes, EVER)
    actual = yearly(known.rows, known.calendar, "actual", classes, EVER)
    told = yearly(known.rows, known.calendar, "actual", [reported], EVER)
    by_class_known = _of_year(actual, known)
    sums = draft.groupby(draft["cost_centre"].map(known.department))[["base", "amount"]].sum()
    table = pd.DataFrame({
        "running": sums["base"],
        "draft": sums["amount"],
        "adopted": _of_year(adopted, known),
        "actual": by_class_known if len(by_class_known) else _of_year(told, known),
    })  # fmt: skip
    return table.rename_axis("department").reset_index()


def _of_year(table: pd.DataFrame, known: Known) -> pd.Series:
    used = table[table["fiscal_year"] == known.fiscal_year]
    return used.groupby(used["cost_centre"].map(known.department))["amount"].sum()


def draft_trial(rows: pd.DataFrame, tree: AccountTree, calendar: FiscalCalendar, department: dict[str, str], days: pd.DataFrame,
                classes: list[str], reported: str, today: pd.Timestamp) -> pd.DataFrame:  # fmt: skip
    """The same bottom-up draft made for earlier years from what was known then: fiscal_year, draft, adopted, actual (totals).

    `days`: as_of and when, one a year. A year without a projection then, or without an actual by `today`, is left out.
    """
    rows = rows[rows["known"] <= today]
    found = []
    for day in days.itertuples():
        year = calendar.fiscal_year(months_after(day.as_of, 1)) + 1
        known = Known(rows, tree, calendar, department, int(year), day.as_of, day.when)
        try:
            table = compare(known, bottom_up(known, classes, reported), classes, reported)
        except RequestError:
            continue
        sums = table[["draft", "adopted", "actual"]].sum(min_count=1)
        if sums[["draft", "actual"]].notna().all():
            found.append({"fiscal_year": int(year), **sums.to_dict()})
    return pd.DataFrame(found, columns=["fiscal_year", "draft", "adopted", "actual"])


def spread_draft(known: Known, draft: pd.DataFrame, cash_lines: dict[str, list[str]], spending: str) -> pd.DataFrame:
    """The departments' draft by month, shaped like the last three whole years of the cash lines that pay for each class:
    cost_centre, account, period, amount, basis. Months add up to each year exactly."""
    of = {line: budgeted for budgeted, lines in cash_lines.items() for line in lines}
    cash = closed_months(monthly_actuals(known.rows, known.tree, spending), known.as_of, known.when)
    cash = (
        cash.assign(account=cash["account"].map(of)).dropna(subset="account").groupby(["account", "period"], as_index=False)["amount"].sum()
    )
    running = known.calendar.fiscal_year(months_after(known.as_of, 1))
    profile = month_profile(cash, known.calendar, range(running - 3, running))
    annual = draft[["cost_centre", "account", "amount"]].assign(period=known.calendar.first(known.fiscal_year))
    return spread(annual, profile, known.calendar)


def check_budget(draft: pd.DataFrame, monthly: pd.DataFrame, classes: pd.DataFrame, revenue: TopDown, projected: float) -> list[Check]:
    """What must hold: the base is the people's projection, months add up to the year, classes to the draft, twelve months of receipts."""
    months = revenue.lines["period"].nunique()
    return [
        check_close("the base is what the departments project", float(draft["base"].sum()), projected, 0.005),
        check_close("months add up to the draft", float(monthly["amount"].sum()), float(draft["amount"].sum()), 0.005),
        check_close("classes add up to the draft", float(classes["bottom_up"].sum()), float(draft["amount"].sum()), 0.005),
        Check("twelve months of receipts", months == 12, f"{months} = 12"),
        Check("nothing is negative", bool((draft["amount"] >= 0).all()), f"{int((draft['amount'] >= 0).sum())} / {len(draft)}"),
    ]


def projected_total(known: Known, reported: str) -> float:
    """The people's newest projection of the running year, all cost centres together."""
    table = yearly(known.rows, known.calendar, "forecast", [reported], known.when)
    return float(table.loc[table["fiscal_year"] == known.fiscal_year - 1, "amount"].sum())


def published_rows(
    known: Known, revenue: TopDown, monthly: pd.DataFrame, version: str, rates: Mapping[str, float] = NO_RATES
) -> pd.DataFrame:
    """The draft as one plan table of scenario budget: receipts by line and month (see plan.cells.line_rows), and the draft's months.

    `monthly`: cost_centre, account, period, amount, and entity where there are several.
    """
    lines = line_rows(revenue.lines, known.rows, known.tree, revenue.account, known.as_of, known.when, rates)
    if "entity" not in monthly.columns:
        monthly = monthly.assign(entity=only(known.rows, known.tree, revenue.account, "entity"))
    return plan_rows(pd.concat([lines, monthly], ignore_index=True).fillna({"layer": "booked"}), version)
