"""A city whose departments keep to their plans equally well, but for those that are made worse by construction."""

import numpy as np
import pandas as pd
import worlds
from worlds import CALENDAR, cash_world, row, table

from planning.core.accounts import AccountTree
from planning.core.tables import departments
from planning.plan.scorecard import Sources, build_scorecards

YEARS = range(2012, 2019)
LAST = YEARS[-1]
WHEN = pd.Timestamp("2019-12-31")
ROLES = {"reported": "told", "headcount": "heads", "personnel_reported": "pay", "overtime": "extra", "revenue": "receipts"}
INDICATORS = pd.DataFrame(
    [
        ("execution", "Spent", "预算执行率", "execution_rate", "on_target", 1.0, 0.2, 0.02, 35.0, "North", "rate"),
        ("projection", "Projected", "预计偏差", "projection_error", "on_target", 0.0, 0.1, 0.01, 25.0, "d01", "rate"),
        ("headcount", "Filled", "岗位到位率", "headcount_rate", "on_target", 1.0, 0.25, 0.02, 20.0, "外部单位", "rate"),
        ("overtime", "Overtime", "超预算加班", "overtime_overrun", "down", 0.0, 0.05, 0.0, 20.0, "North", "rate"),
        ("revenue", "Receipts", "收入偏差", "revenue_error", "on_target", 0.0, 0.1, 0.01, 20.0, "North", "rate"),
    ],
    columns=["code", "label_en", "label_zh", "measure", "better", "target", "floor", "ceiling", "weight", "owner", "unit"],
)


def chart() -> AccountTree:
    """The town's accounts with heads, pay and overtime as departments report them."""
    accounts = worlds.chart().accounts.reset_index(drop=True)
    more = accounts[accounts["code"] == "told"]
    heads = more.assign(code="heads", kind="statistical", label_en="Heads", label_zh="在岗人数", aggregation="stock", effect=0)
    return AccountTree(pd.concat([accounts, heads, more.assign(code="pay"), more.assign(code="extra")], ignore_index=True))


def centres(count: int) -> pd.DataFrame:
    """`count` departments, d00 the smallest budget; the first is called North."""
    rows = [("all", None, "town", "Town", "全镇", None)]
    rows += [(f"d{at:02}", None, "town", f"Office {at}" if at else "North", f"第{at}局" if at else "北局", None) for at in range(count)]
    return pd.DataFrame(rows, columns=["code", "parent", "entity", "label_en", "label_zh", "owner"])


def year_rows(centre: str, year: int, **figures: float) -> list[dict]:
    """One department's reports on a year. `figures`: adopted, projected, late (a projection made after the year), actual, heads,
    filled, pay, extra (planned overtime), worked (overtime); what isn't given isn't reported."""
    last, reported = CALENDAR.last(year), {}
    before, after = last - pd.DateOffset(days=20), last + pd.DateOffset(days=75)
    cells = [
        ("adopted", "budget", "told", after), ("projected", "forecast", "told", before), ("late", "forecast", "told", after),
        ("actual", "actual", "told", after), ("heads", "budget", "heads", after), ("filled", "actual", "heads", after),
        ("pay", "budget", "pay", after), ("extra", "budget", "extra", after), ("worked", "actual", "extra", after),
    ]  # fmt: skip
    for name, scenario, account, known in cells:
        if name in figures:
            version = f"{year}_{name}"
            reported[name] = row(scenario, version, account, "year", CALENDAR.first(year), known, figures[name], centre, "told")
    return list(reported.values())


def city_rows(count: int = 12, worse: dict[str, float] | None = None, noise: float = 0.05, seed: int = 1, years=YEARS) -> list[dict]:
    """Departments that miss what was adopted, projected, budgeted by `noise` either way; `worse` ones overspend by so much more."""
    rng, rows = np.random.default_rng(seed), []
    for at in range(count):
        for year in years:
            adopted, miss = 1_000_000.0 * (at + 1), rng.normal(0, noise, 4)
            over = 1 + (worse or {}).get(f"d{at:02}", 0.0)
            figures = {"adopted": adopted, "projected": adopted * (1 + miss[0]), "actual": adopted * (1 + miss[1]) * over}
            figures |= {"heads": 100.0, "filled": round(100 * (1 + miss[2])), "pay": adopted / 2}
            figures |= {"extra": adopted / 20, "worked": adopted / 20 + adopted / 2 * abs(miss[3]) / 2 * over}
            rows += year_rows(f"d{at:02}", year, **figures)
    return rows


def sources(rows: list[dict], count: int = 12, when: pd.Timestamp = WHEN, roles: dict = ROLES, cash: bool = True) -> Sources:
    """What the measures read: these rows, and the town's cash."""
    together = table(rows)
    if cash:
        cash_rows = cash_world(2011, "2018-12").rows
        together = pd.concat([cash_rows, together], ignore_index=True) if rows else cash_rows
    return Sources(together, chart(), CALENDAR, departments(centres(count)), roles, when)


def scored(rows: list[dict] | None = None, count: int = 12, **how):
    """The last year's scorecards."""
    build = {"years": len(YEARS), "draws": 1000, "trials": 0, "seed": 1} | how
    return build_scorecards(sources(rows or city_rows(count), count), INDICATORS, LAST, **build)
