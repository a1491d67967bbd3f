"""A toy home: one company with two accounts, and a notebook that runs in a second and breaks in the way it is told to."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat

COMPANY = """
company: toy
label_en: Toy
label_zh: 玩具
currency: USD
calendar: {first_month: 1, start: 2020-01, end: 2030-12}
reporting_lag_days: 30
data: {folder: sources}
source_en: made up
source_zh: 虚构
people_en: People
people_zh: 人员
roles: {revenue: sales}
sources:
  sales:
    file: sales.csv
    key: [line, date]
    measures: [amount]
    entity: group
    cost_centre: {code: all}
    account: {by: [line], map: {Toys: toys}, unmapped: sales_unmapped}
    scenario: actual
    grain: month
    period: {date: date}
    known: {after: period_end, days: 30}
"""
ACCOUNTS = """code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
sales,,Sales,销售,revenue,1,1,up,flow,USD,2
toys,sales,Toys,玩具,revenue,1,1,up,flow,USD,2
sales_unmapped,sales,Unmapped,未映射,revenue,1,1,up,flow,USD,2
"""
PEOPLE = """
people:
  ana: {label_en: Planner, label_zh: 编制人, roles: [owner], owns: all}
  ben: {label_en: Controller, label_zh: 财务主管, roles: [finance]}
  cai: {label_en: Board, label_zh: 董事会, roles: [committee]}
"""
SALES = "line,date,amount\nToys,2021-01-31,100.25\nToys,2021-02-28,110.50\n"
FILES = {
    "params/toy/company.yaml": COMPANY,
    "params/toy/accounts.csv": ACCOUNTS,
    "params/toy/cost_centres.csv": "code,parent,entity,label_en,label_zh,owner\nall,,group,All,全部,\nunmapped,,group,Unmapped,未映射,\n",
    "params/toy/entities.csv": "code,parent,label_en,label_zh,currency\ngroup,,Group,集团,USD\n",
    "params/toy/people.yaml": PEOPLE,
    "params/toy/sources/sales.csv": SALES,
    "params/toy/loop.yaml": 'runs:\n  outlook: {case: ["base", "high_zh"]}\n',
    "params/toy/outlook/base.yaml": "months: 3\n",
    "params/toy/outlook/high_zh.yaml": 'extends: base\ngrowth: 0.5\nlang: zh\nversion: "2021_high"\n',
}
PARAMETERS = """
company: str = "toy"  # name, the folder under params
months: int = 3  # months 1..36, to look ahead
growth: float = 0.1  # fraction -1..1, from month to month
snapshot: str = ""  # name, the snapshot to read; empty for the newest
version: str = "2021_base"  # name, the version to publish
fault: str = ""  # one of |cell|check|silent|dead|missing|empty|strange, how to break
seconds: float = 0.0  # seconds 0..600, to wait before the record
lang: str = "en"  # one of en|zh, the language of the report
"""
SETUP = """
import os, time
import pandas as pd
from planning.core.checks import Check
from planning.core.periods import month, month_range
from planning.inputs.params import find_home
from planning.inputs.snapshots import read_snapshot
from planning.run.record import record

home = find_home()
taken = read_snapshot(company, home.snapshots(company), snapshot)
"""
METHOD = """
last = taken.rows["amount"].iloc[-1]
amounts = [round(last * (1 + growth) ** ahead, 2) for ahead in range(1, months + 1)]
plan = taken.rows.iloc[[0] * months].drop(columns=["known", "source"]).assign(
    scenario="forecast", version=version, period=month_range(month("2021-03"), months), amount=amounts
).reset_index(drop=True)
"""
ANSWER = """
print("a printed line")
plan[["period", "amount"]]
"""
BREAK = """
assert fault != "cell", "a cell that breaks"
if fault == "dead": os._exit(1)
if fault == "missing": plan.loc[0, "amount"] = float("nan")
if fault == "empty": plan = plan.iloc[:0]
if fault == "strange": plan["account"] = None
time.sleep(seconds)
"""
RECORD = """
checks = [Check("amounts are positive", fault != "check", "3 / 3")]
if fault != "silent": record("outlook", {"en": "2021", "zh": "2021"}, {"plan": plan}, checks, publish={version: plan})
"""


def _cell(kind, source, *tags):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source.strip(), metadata={"tags": list(tags)} if tags else {})


def outlook():
    """The toy's notebook."""
    pairs = [("# Outlook", "# 展望"), ("## Answer", "## 结论")]
    [title, answer] = [[_cell("markdown", en, "en"), _cell("markdown", zh, "zh")] for en, zh in pairs]
    body = [_cell("code", PARAMETERS, "parameters"), _cell("code", SETUP, "setup"), _cell("code", METHOD)]
    cells = [*title, *body, *answer, _cell("code", ANSWER), _cell("code", BREAK), _cell("code", RECORD, "record")]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def build(root: Path) -> Path:
    """The toy home's files below `root`."""
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip("\n"), encoding="utf-8")
    (root / "notebooks").mkdir()
    nbformat.write(outlook(), root / "notebooks" / "outlook.ipynb")
    return root


def environment(root: Path, **more: str) -> dict[str, str]:
    """The environment of a command in a toy home, whatever the caller's own says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    return kept | {"PLANNING_HOME": str(root), "PLANNING_OUTPUTS": str(root / "outputs")} | more


def command(*words: str) -> list[str]:
    """The words of `planning …` for a process of its own."""
    return [sys.executable, "-m", "planning.cli", *words]


def start(root: Path, *words: str, stderr=subprocess.PIPE, **more: str) -> subprocess.Popen:
    """A command begun in a process of its own, its streams captured; `more` goes into its environment."""
    return subprocess.Popen(command(*words), env=environment(root, **more), cwd=root, stdout=subprocess.PIPE, stderr=stderr, text=True)


def seen(root: Path) -> list[Path]:
    """The folders of finished runs."""
    return sorted((root / "outputs" / "toy" / "outlook").glob("*Z-*"))


def left_aside(root: Path) -> list[Path]:
    """What is written aside and not yet in place, anywhere below outputs."""
    return sorted((root / "outputs").rglob(".aside-*"))


def kernels(root: Path) -> list[int]:
    """The living processes that know this home by their environment, or work in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            knows = str(root).encode() in (process / "environ").read_bytes()
        except OSError:
            continue
        if knows and (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
            found.append(int(process.name))
    return found
