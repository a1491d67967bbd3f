"""A home with one small company: four years of a ledger, quarterly projections of its departments and yearly adopted budgets by month.

What comes is 1,000 and a season, more each year, and noise. The shop's head sees what will come, the workshop's is always far off.
"""

from pathlib import Path

import numpy as np
import pandas as pd

COMPANY = """
company: mill
label_en: The mill
label_zh: 磨坊
currency: EUR
calendar: {first_month: 1, start: 2016-01, end: 2030-12}
reporting_lag_days: 10
data: {folder: sources}
source_en: made up
source_zh: 虚构
people_en: The heads' own forecast
people_zh: 部门自报预测
roles: {revenue: sales, result: profit}
sources:
"""
SOURCE = """  {name}:
    file: {name}.csv
    key: [{key}]
    measures: [amount]
    entity: mill
    cost_centre: {{column: centre}}
    account: {{by: [account], same: true, unmapped: unmapped}}
    grain: month
"""
SOURCES = {
    "ledger": SOURCE.format(name="ledger", key="centre, account, date") + """    scenario: actual
    period: {date: date}
    known: {after: period_end, days: 10}
""",
    "budget": SOURCE.format(name="budget", key="centre, account, fiscal_year, month") + """    scenario: budget
    version: {budget: "{fiscal_year}_adopted"}
    period: {fiscal_year: fiscal_year, month: month}
    known: {after: year_start, days: -30}
""",
    "projections": SOURCE.format(name="projections", key="fiscal_year, quarter, centre, account, date") + """    scenario: forecast
    version: {forecast: "{report}"}
    period: {date: date}
    report: {fiscal_year: fiscal_year, quarter: quarter}
    known: {after: report, days: 10}
""",
}
ACCOUNTS = """code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
profit,,Profit,利润,result,1,1,up,flow,EUR,2
sales,profit,Sales,销售,revenue,1,1,up,flow,EUR,2
flour,sales,Flour,面粉,revenue,1,1,up,flow,EUR,2
bran,sales,Bran,麸皮,revenue,1,1,up,flow,EUR,2
costs,profit,Costs,成本,expense,-1,-1,down,flow,EUR,2
grain,costs,Grain,谷物,expense,1,-1,down,flow,EUR,2
pay,costs,Pay,工资,expense,1,-1,down,flow,EUR,2
unmapped,costs,Unmapped,未映射,expense,1,-1,down,flow,EUR,2
"""
CENTRES = """code,parent,entity,label_en,label_zh,owner
shop,,mill,Shop,门店,Head of the shop
works,,mill,Workshop,车间,
unmapped,,mill,Unmapped,未映射,
"""
YEARS = range(2018, 2022)
LEAVES = ("flour", "bran", "grain", "pay")


def _amount(centre: str, account: str, period: pd.Timestamp) -> float:
    noise = np.random.default_rng([("shop", "works").index(centre), LEAVES.index(account), period.year, period.month]).normal(0, 60)
    return round(1000 + 150 * np.sin(period.month / 12 * 2 * np.pi) + 100 * (period.year - YEARS[0]) + noise, 2)


def _rows(periods) -> pd.DataFrame:
    cells = [(centre, account, period) for centre in ("shop", "works") for account in LEAVES for period in periods]
    table = pd.DataFrame(cells, columns=["centre", "account", "date"])
    return table.assign(amount=[_amount(*cell) for cell in cells])


def build(root: Path) -> Path:
    """The home's files below `root`."""
    months = pd.date_range(f"{YEARS[0]}-01-01", periods=12 * len(YEARS), freq="MS")
    ledger = _rows(months)
    dates = {"fiscal_year": ledger["date"].dt.year, "month": ledger["date"].dt.month}
    budget = ledger.assign(**dates, amount=(ledger["amount"] + 80).round(2)).drop(columns="date")
    told = []
    for year in YEARS:
        for quarter in (1, 2, 3):
            ahead = _rows(pd.date_range(f"{year}-{3 * quarter + 1:02}-01", f"{year}-12-01", freq="MS"))
            off = np.where(ahead["centre"] == "shop", 0.0, np.where(ahead["date"].dt.month % 2, 400.0, -400.0))
            told.append(ahead.assign(fiscal_year=year, quarter=quarter, amount=(ahead["amount"] + off).round(2)))
    folder = root / "params" / "mill"
    (folder / "sources").mkdir(parents=True)
    (root / "notebooks").mkdir()
    tables = {"ledger": ledger, "budget": budget, "projections": pd.concat(told)}
    for name, table in tables.items():
        table.to_csv(folder / "sources" / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    texts = {"company.yaml": COMPANY + "".join(SOURCES.values()), "accounts.csv": ACCOUNTS, "cost_centres.csv": CENTRES}
    texts["entities.csv"] = "code,parent,label_en,label_zh,currency\nmill,,Mill,磨坊,EUR\n"
    for name, text in texts.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return root
