"""A made-up group of two companies that keep a ledger in two currencies, sell to each other and budget by month."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import FiscalCalendar, month, month_end, month_range, months_after
from planning.core.tables import departments
from planning.plan.books import Books, open_books
from planning.plan.budget import Known

CALENDAR = FiscalCalendar(1, month("2018-01"), month("2030-12"))
FIRST, MONTHS, LAG = month("2018-01"), 72, 10
ROLES = {"revenue": "sales", "result": "net"}
ENTITIES = pd.DataFrame(
    [("works", None, "Works", "工厂", "USD"), ("shop", "works", "Shop", "商店", "EUR")],
    columns=["code", "parent", "label_en", "label_zh", "currency"],
)
CENTRES = pd.DataFrame(
    [("works", None, "works", "Works", "工厂", None), ("make", None, "works", "Making", "制造部", None),
     ("shop", None, "shop", "Shop", "商店", None), ("sell", None, "shop", "Selling", "销售部", None)],
    columns=["code", "parent", "entity", "label_en", "label_zh", "owner"],
)  # fmt: skip
ACCOUNTS = pd.DataFrame(
    [
        (code, parent, kind, float(weight), effect, "up" if effect > 0 else "down", label, zh)
        for code, parent, kind, weight, effect, label, zh in [
            ("net", None, "result", 1, 1, "Net profit", "净利润"), ("gross", "net", "result", 1, 1, "Gross profit", "毛利"),
            ("sales", "gross", "revenue", 1, 1, "Sales", "销售"), ("outside", "sales", "revenue", 1, 1, "Outside", "对外"),
            ("inside", "sales", "revenue", 1, 1, "Inside", "对内"), ("cost", "gross", "expense", -1, -1, "Cost of sales", "成本"),
            ("goods", "cost", "expense", 1, -1, "Goods", "商品"), ("inside_cost", "cost", "expense", 1, -1, "Of inside", "对内成本"),
            ("spent", "net", "expense", -1, -1, "Overheads", "费用"), ("wages", "spent", "expense", 1, -1, "Wages", "工资"),
            ("rent", "spent", "expense", 1, -1, "Rent", "租金"), ("interest", "spent", "revenue", -1, 1, "Interest", "利息"),
        ]
    ],
    columns=["code", "parent", "kind", "weight", "effect", "better", "label_en", "label_zh"],
).assign(aggregation="flow", unit="USD", scale=2)  # fmt: skip
BOOKED = {
    ("works", "works", "outside", "none"): 400.0, ("works", "works", "inside", "shop"): 50.0,
    ("works", "works", "inside_cost", "shop"): 40.0, ("works", "works", "goods", "none"): 150.0, ("works", "make", "wages", "none"): 60.0,
    ("works", "works", "interest", "none"): 6.0, ("shop", "shop", "outside", "none"): 200.0, ("shop", "shop", "goods", "none"): 70.0,
    ("shop", "sell", "wages", "none"): 30.0, ("shop", "sell", "rent", "none"): 10.0,
}  # fmt: skip
"""What is booked in a month of the first year, in each company's own currency."""
CELL = ["entity", "cost_centre", "account", "partner"]
BUDGETED = {"wages": 1.0, "rent": 1.0, "inside": 1.0, "inside_cost": 1.0}


def rate(period: pd.Timestamp) -> float:
    """Dollars for a euro: 2, from 2023 on 3."""
    return 3.0 if period.year >= 2023 else 2.0


def booked(cell: tuple, period: pd.Timestamp) -> float:
    """A tenth more each year, and double in December."""
    return round(BOOKED[cell] * 1.1 ** (period.year - 2018) * (2 if period.month == 12 else 1), 2)


def rows_of(cells: list[tuple], periods, scenario: str, version, known, source: str, of=booked) -> pd.DataFrame:
    rows = [(*cell, period, known(period), version(period), of(cell, period)) for cell in cells for period in periods]
    table = pd.DataFrame(rows, columns=[*CELL, "period", "known", "version", "amount"])
    table = table.astype({"period": "datetime64[ns]", "known": "datetime64[ns]"})
    return table.assign(scenario=scenario, case="base", layer="booked", grain="month", source=source)


def closed_on(period: pd.Timestamp) -> pd.Timestamp:
    """The day a month's books are closed."""
    return month_end(period) + pd.Timedelta(days=LAG)


def actuals() -> pd.DataFrame:
    """The ledger."""
    return rows_of(list(BOOKED), month_range(FIRST, MONTHS), "actual", lambda _: "actual", closed_on, "ledger")


def budgets() -> pd.DataFrame:
    """Each year's budget in two versions: asked for in September with a tenth more, adopted in November as it will be, less 1 %."""
    cells = [(entity, centre, account, "none") for entity, centre, account, _ in BOOKED if account in BUDGETED]
    real = {cell[:3]: cell for cell in BOOKED}
    periods = month_range(FIRST, MONTHS + 12)

    def made(version, factor, when):
        return rows_of(cells, periods, "budget", lambda p: f"{p.year}_{version}", lambda p: pd.Timestamp(f"{p.year - 1}-{when}"), "budget",
                     lambda cell, period: round(factor * booked(real[cell[:3]], period), 2))  # fmt: skip

    return pd.concat([made("request", 1.1, "09-30"), made("final", 0.99, "11-30")], ignore_index=True)


def projections() -> pd.DataFrame:
    """What departments project of their wages and rent after each quarter but the last: 2 % too much."""
    cells = [cell for cell in BOOKED if cell[2] in ("wages", "rent")]
    parts = []
    for year in range(2018, 2018 + MONTHS // 12):
        for quarter in (1, 2, 3):
            end = month(f"{year}-{3 * quarter:02}")
            ahead = month_range(months_after(end, 1), 12 - 3 * quarter)
            parts.append(rows_of(cells, ahead, "forecast", lambda _, y=year, q=quarter: f"{y}_q{q}", lambda _, e=end: closed_on(e),
                               "projections", lambda cell, period: round(1.02 * booked(cell, period), 2)))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def translated(rows: pd.DataFrame) -> pd.DataFrame:
    """The shop's rows in dollars, as intake gives them."""
    shop = rows[rows["entity"] == "shop"].drop(columns="source")
    return shop.assign(amount=(shop["amount"] * [rate(period) for period in shop["period"]]).round(2), currency="USD")


def tables(*parts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A snapshot's tables of these rows; of the whole group's where none are given."""
    rows = pd.concat(parts or [actuals(), budgets(), projections()], ignore_index=True)
    return {"rows": rows, "accounts": ACCOUNTS, "entities": ENTITIES, "cost_centres": CENTRES, "translated": translated(rows)}


def books(as_of: str = "2023-06", of: dict | None = None, roles: dict | None = None) -> Books:
    """The group's books as of a month."""
    return open_books(of or tables(), CALENDAR, roles or ROLES, "USD", month(as_of))


def known(read: Books, fiscal_year: int, as_of: str) -> Known:
    """What a budget of a year is built from."""
    day = closed_on(month(as_of))
    return Known(read.rows, read.tree, CALENDAR, departments(CENTRES), fiscal_year, month(as_of), day)
