"""The home that benchmarks/batch.py runs in: one company of many departments, and two small notebooks built like the project's own."""

from __future__ import annotations

from pathlib import Path

import nbformat

DEPARTMENTS = 500
MONTHS = 24
COMPANY = """
company: works
label_en: Works
label_zh: 工厂
currency: USD
calendar: {first_month: 1, start: 2020-01, end: 2030-12}
reporting_lag_days: 30
data: {folder: sources}
source_en: made up
source_zh: 虚构
people_en: People
people_zh: 人员
roles: {spending: cost}
sources:
  cost:
    file: cost.csv
    key: [line, department, date]
    measures: [amount]
    entity: group
    cost_centre: {column: department}
    account: {by: [line], map: {Cost: materials}, unmapped: cost_unmapped}
    scenario: actual
    grain: month
    period: {date: date}
    known: {after: period_end, days: 30}
"""
ACCOUNTS = """code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
cost,,Cost,成本,expense,1,-1,down,flow,USD,2
materials,cost,Materials,材料,expense,1,-1,down,flow,USD,2
cost_unmapped,cost,Unmapped,未映射,expense,1,-1,down,flow,USD,2
"""
ENTITIES = "code,parent,label_en,label_zh,currency\ngroup,,Group,集团,USD\n"
PARAMETERS = """
company: str = "works"  # name, the folder under params
department: str = "d000"  # name, whose cost is looked at
snapshot: str = ""  # name, the snapshot to read; empty for the newest
months: int = 6  # months 1..36, to look ahead
lang: str = "en"  # one of en|zh, the language of the report
"""
SETUP = """
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import prophet
from scipy import stats
from sklearn.linear_model import LinearRegression

from planning.core.checks import Check, checks_table
from planning.core.periods import month_range
from planning.inputs.company import read_company
from planning.inputs.params import find_home
from planning.inputs.snapshots import read_snapshot
from planning.model import forecast
from planning.run.record import record
from planning.view import reforecast_report

home = find_home()
about = read_company(home.company(company))
taken = read_snapshot(company, home.snapshots(company), snapshot)
"""
KNOWN = """
own = taken.rows[taken.rows["cost_centre"] == department].sort_values("period")
own[["period", "amount"]].tail(3)
"""
METHODS = {
    "trend": """
line = LinearRegression().fit(np.arange(len(own)).reshape(-1, 1), own["amount"])
ahead = line.predict(np.arange(len(own), len(own) + months).reshape(-1, 1)).round(2)
""",
    "level": """
middle, spread = own["amount"].median(), stats.median_abs_deviation(own["amount"])
ahead = np.full(months, round(middle + spread, 2))
""",
}
ANSWER = """
plan = pd.DataFrame({"period": month_range(own["period"].iloc[-1] + pd.offsets.MonthBegin(), months), "amount": ahead})
plan
"""
CHART = """
figure, axes = plt.subplots(figsize=(8, 3))
axes.plot(own["period"], own["amount"], color="black")
axes.plot(plan["period"], plan["amount"], color="grey", linestyle="--")
axes.set_title(f"{department}: cost, USD")
plt.show()
"""
RECORD = """
checks = [Check("months are there", len(plan) == months, f"{len(plan)} / {months}")]
record("NAME", {"en": f"{department}: {plan.amount.sum():,.2f}", "zh": f"{department}：{plan.amount.sum():,.2f}"}, {"plan": plan}, checks)
"""


def build(root: Path) -> Path:
    """The home's files below `root`."""
    place = root / "params" / "works"
    (place / "sources").mkdir(parents=True)
    (root / "notebooks").mkdir()
    codes = [f"d{number:03}" for number in range(DEPARTMENTS)]
    centres = [f"{code},,group,Department {code},部门{code}," for code in codes] + ["unmapped,,group,Unmapped,未映射,"]
    costs = [f"Cost,{code},{date},{1000 + 7 * number + 13 * at % 101}.25" for number, code in enumerate(codes) for at, date in _dates()]
    files = {
        "company.yaml": COMPANY,
        "accounts.csv": ACCOUNTS,
        "entities.csv": ENTITIES,
        "cost_centres.csv": "code,parent,entity,label_en,label_zh,owner\n" + "\n".join(centres) + "\n",
        "sources/cost.csv": "line,department,date,amount\n" + "\n".join(costs) + "\n",
    }
    for name, content in files.items():
        (place / name).write_text(content.lstrip("\n"), encoding="utf-8")
    for name, method in METHODS.items():
        nbformat.write(_notebook(name, method), root / "notebooks" / f"{name}.ipynb")
    return root


def _dates() -> list[tuple[int, str]]:
    return [(at, f"{2021 + at // 12}-{at % 12 + 1:02}-28") for at in range(MONTHS)]


def _notebook(name: str, method: str) -> nbformat.NotebookNode:
    titles = {"en": "# Cost ahead", "zh": "# 未来成本"}
    prose = [nbformat.v4.new_markdown_cell(title, metadata={"tags": [lang]}) for lang, title in titles.items()]
    tags = {PARAMETERS: ["parameters"], SETUP: ["setup"], RECORD: ["record"]}
    code = [PARAMETERS, SETUP, KNOWN, method, ANSWER, CHART, RECORD]
    cells = [
        nbformat.v4.new_code_cell(source.strip().replace("NAME", name), metadata={"tags": tags[source]} if source in tags else {})
        for source in code
    ]  # fmt: skip
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=prose + cells, metadata=kernel)
