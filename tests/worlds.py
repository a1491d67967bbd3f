"""Small made-up finance offices whose truth is known: a toy chart, quarterly reports that restate their year, a people's forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month, month_end, month_range, months_after
from planning.core.tables import departments
from planning.plan.budget import Known
from planning.plan.known import origins
from planning.plan.reforecast import build_reforecast, run_trials

CALENDAR = FiscalCalendar(7, month("2005-07"), month("2030-06"))
LAG = 45
RECEIPTS, PAYMENTS = ("taxes", "fees"), ("wages", "goods")
CLASSES = ["staff", "supplies"]
CENTRES = pd.DataFrame(
    [
        ("all", None, "town", "Town", "全镇", None),
        ("a", None, "town", "Roads", "道路", None),
        ("a1", "a", "town", "Bridges", "桥梁", None),
        ("b", None, "town", "Parks", "公园", None),
    ],
    columns=["code", "parent", "entity", "label_en", "label_zh", "owner"],
)
_CHART = """
cash            -           balance  1  0  up      stock  Cash        现金
opening         cash        balance  1  0  up      stock  Opening     期初
notes           cash        balance  1  0  neutral flow   Notes       票据
result          cash        result   1  1  up      flow   Result      净额
receipts        result      revenue  1  1  up      flow   Receipts    收入
taxes           receipts    revenue  1  1  up      flow   Taxes       税收
fees            receipts    revenue  1  1  up      flow   Fees        收费
payments        result      expense -1 -1  down    flow   Payments    支出
wages           payments    expense  1 -1  down    flow   Wages       工资
goods           payments    expense  1 -1  down    flow   Goods       物资
obligations     -           expense  1 -1  down    flow   Obligations 承付
staff           obligations expense  1 -1  down    flow   Staff       人员
supplies        obligations expense  1 -1  down    flow   Supplies    用品
told            -           expense  1 -1  down    flow   Told        部门承付
"""


def chart() -> AccountTree:
    """cash ← opening, notes, result ← receipts (taxes, fees) − payments (wages, goods); obligations ← staff, supplies; told."""
    rows = [line.split() for line in _CHART.split("\n") if line]
    names = ["code", "parent", "kind", "weight", "effect", "better", "aggregation", "label_en", "label_zh"]
    table = pd.DataFrame(rows, columns=names).replace({"parent": {"-": None}})
    return AccountTree(table.astype({"weight": float, "effect": int}).assign(unit="USD", scale=2))


def row(scenario, version, account, grain, period, known, amount, cost_centre="all", source="cash") -> dict:
    """One sourced row, in cents; `period` a timestamp or "2011-07", `known` a timestamp or "2011-11-14"."""
    period = month(period) if isinstance(period, str) else period
    return {
        "scenario": scenario, "version": version, "case": "base", "entity": "town", "cost_centre": cost_centre, "account": account,
        "layer": "booked", "grain": grain, "period": period, "known": pd.Timestamp(known), "source": source,
        "amount": round(float(amount), 2),
    }  # fmt: skip


COLUMNS = list(row("actual", "actual", "taxes", "month", "2011-07", "2011-08-01", 0))


def table(rows: list[dict]) -> pd.DataFrame:
    """Rows as a sourced table."""
    return pd.DataFrame(rows, columns=COLUMNS).astype({"period": "datetime64[ns]", "known": "datetime64[ns]"})


def truth(account: str, period: pd.Timestamp) -> float:
    """What happens in a month: a level, 1 more each month of the year, 12 more each year; opening cash is 1,000, notes are 0."""
    level = {"taxes": 300, "fees": 40, "wages": 200, "goods": 100, "opening": 1000, "notes": 0}[account]
    moving = account not in ("opening", "notes")
    return level + moving * (float(CALENDAR.month_number(period)) + 12 * (float(CALENDAR.fiscal_year(period)) - 2011))


def people_truth(account: str, period: pd.Timestamp) -> float:
    """The people see every open month 5 too high."""
    return truth(account, period) + 5


def first_print(account: str, period: pd.Timestamp) -> float:
    """What a report prints first for its newest month: 2 too low; the next report restates it."""
    return truth(account, period) - 2


@dataclass(frozen=True)
class World:
    """A town's sources and what it takes to read them."""

    rows: pd.DataFrame
    controls: pd.DataFrame
    tree: AccountTree = field(default_factory=chart)
    calendar: FiscalCalendar = CALENDAR

    @property
    def department(self) -> dict[str, str]:
        return departments(CENTRES)

    @property
    def days(self) -> pd.DataFrame:
        return origins(self.rows, self.calendar, LAG, pd.Timestamp("2200-01-01"))

    def trials(self, account: str, method: str = "seasonal_naive") -> pd.DataFrame:
        return run_trials(self.rows, self.tree, account, self.days, method)

    def reforecast(self, account: str, as_of: str, **how):
        """A side's reforecast on the day its report is published."""
        closed = month(as_of)
        build = {"origins": self.days, "method": "seasonal_naive", "level": 0.8} | how
        if "trials" not in build:
            build["trials"] = self.trials(account)
        return build_reforecast(self.rows, self.tree, self.calendar, account, closed, known_by(as_of), **build)

    def known(self, fiscal_year: int, as_of: str) -> Known:
        return Known(self.rows, self.tree, self.calendar, self.department, fiscal_year, month(as_of), known_by(as_of))

    def plus(self, rows: list[dict]) -> World:
        return replace(self, rows=pd.concat([self.rows, table(rows)], ignore_index=True))


def known_by(as_of: str) -> pd.Timestamp:
    """The day a report on the months through `as_of` is published."""
    return month_end(month(as_of)) + pd.Timedelta(days=LAG)


def report(as_of: pd.Timestamp, actual: Callable, newest: Callable, people: Callable | None, accounts: tuple[str, ...]) -> list[dict]:
    """A quarterly report on its fiscal year: closed months as actual, the others as the people see them (none after the fourth)."""
    year = int(CALENDAR.fiscal_year(as_of))
    known, version = known_by(f"{as_of:%Y-%m}"), f"{year}_q{int(CALENDAR.month_number(as_of)) // 3}"
    rows = []
    for account in accounts:
        for period in CALENDAR.year(year):
            if period <= as_of:
                amount = (newest if period == as_of else actual)(account, period)
                rows.append(row("actual", "actual", account, "month", period, known, amount))
            elif people:
                rows.append(row("forecast", version, account, "month", period, known, people(account, period)))
    return rows


def printed_totals(rows: pd.DataFrame, off: float = 0.25) -> pd.DataFrame:
    """The totals the reports print: the lines' sums, off by a rounding."""
    sides = {"receipts": RECEIPTS, "payments": PAYMENTS}
    parts = [rows[(rows["grain"] == "month") & rows["account"].isin(lines)].assign(account=side) for side, lines in sides.items()]
    keys = [column for column in COLUMNS if column != "amount"]
    sums = pd.concat(parts).groupby(keys, as_index=False)["amount"].sum()
    return sums.assign(amount=sums["amount"] + off)


def cash_world(
    first: int = 2011,
    last: str = "2016-12",
    actual: Callable = truth,
    newest: Callable = first_print,
    people: Callable | None = people_truth,
    accounts: tuple[str, ...] = (*RECEIPTS, *PAYMENTS, "opening", "notes"),
) -> World:
    """Quarterly cash reports from a fiscal year's first to the one that closes `last`."""
    ends = pd.date_range(months_after(CALENDAR.first(first), 2), month(last), freq="3MS")
    rows = table([line for end in ends for line in report(end, actual, newest, people, accounts)])
    return World(rows, printed_totals(rows))


def yearly(scenario: str, year: int, amounts: dict[tuple[str, str], float], known: str, version: str = "v") -> list[dict]:
    """Rows of a fiscal year: `amounts` by cost centre and account."""
    first = CALENDAR.first(year)
    return [row(scenario, version, account, "year", first, known, amount, centre, "years") for (centre, account), amount in amounts.items()]


def budget_rows(years=range(2011, 2018), projected: float = 1.01) -> list[dict]:
    """Adopted budgets (the day before the year), actuals (a year after its end), and in each quarter the departments' target,
    projection and spending to date. Roads grow by 4 % a year, Parks by 2 %; a projection is 1 % above the adopted budget."""
    rows = []
    for year in years:
        roads, parks = 800_000 * 1.04 ** (year - 2011), 400_000 * 1.02 ** (year - 2011)
        adopted = {("a", "staff"): roads / 2, ("a", "supplies"): roads / 4, ("a1", "supplies"): roads / 4, ("b", "staff"): parks}
        end = CALENDAR.last(year)
        rows += yearly("budget", year, adopted, f"{CALENDAR.first(year) - pd.Timedelta(days=1):%Y-%m-%d}", f"{year}_adopted")
        rows += yearly("actual", year, adopted, f"{month_end(months_after(end, 12)):%Y-%m-%d}", "actual")
        centres = {"a": 0.75 * roads, "a1": 0.25 * roads, "b": parks}
        for quarter in (1, 2, 3, 4):
            as_of = CALENDAR.period(year, 3 * quarter)
            known = f"{known_by(f'{as_of:%Y-%m}'):%Y-%m-%d}"
            told = {(centre, "told"): amount for centre, amount in centres.items()}
            rows += yearly("target", year, told, known, f"{year}_q{quarter}")
            rows += yearly("forecast", year, {key: projected * amount for key, amount in told.items()}, known, f"{year}_q{quarter}")
            rows += [
                row("actual", "actual", "told", "year_to_date", as_of, known, amount * quarter / 4, centre, "years")
                for centre, amount in centres.items()
            ]
    return rows


def no_trials() -> pd.DataFrame:
    """The trials of somebody who has not tried yet."""
    return cash_world(2011, "2012-06").trials("receipts").iloc[:0]


def town(**how) -> World:
    """Cash reports and budgets together."""
    return cash_world(**how).plus(budget_rows())


def months(first: str, count: int) -> pd.DatetimeIndex:
    return month_range(month(first), count)
