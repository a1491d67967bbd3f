"""A small group with departments, for the tests of workbooks: two shops under one roof, a shop abroad, figures one can add up by hand.

Texts that begin like formulas stand in it on purpose.
"""

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
from click.testing import CliRunner

from planning.book.store import open_book
from planning.cli import main
from planning.core.tables import plan_key

COMPANY = """
company: acme
label_en: "=Acme"
label_zh: 艾克美
currency: CNY
calendar: {first_month: 1, start: 2020-01, end: 2030-12}
reporting_lag_days: 10
data: {folder: sources}
source_en: made up
source_zh: 虚构
people_en: People
people_zh: 人员
roles: {revenue: sales}
sources:
  ledger:
    file: ledger.csv
    key: [entity, centre, account, scenario, version, date]
    measures: [amount]
    entity: {column: entity}
    cost_centre: {column: centre, none: none}
    account: {by: [account], same: true, unmapped: unmapped_lines}
    scenario: actual
    grain: month
    period: {date: date}
    known: {after: period_end, days: 10}
"""
ACCOUNTS = """code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
profit,,Profit,利润,result,1,1,up,flow,CNY,2
sales,profit,Sales,销售,revenue,1,1,up,flow,CNY,2
toys,sales,Toys,玩具,revenue,1,1,up,flow,CNY,2
games,sales,"=1+1",游戏,revenue,1,1,up,flow,CNY,2
returns,sales,Returns,退货,revenue,-1,-1,down,flow,CNY,2
costs,profit,Costs,成本,expense,-1,-1,down,flow,CNY,2
wages,costs,"+Wages",工资,expense,1,-1,down,flow,CNY,2
=rent,costs,"@Rent",房租,expense,1,-1,down,flow,CNY,2
heads,,Heads,人数,statistical,1,0,neutral,average,person,1
stores,,Stores,门店数,statistical,1,0,neutral,stock,store,0
unmapped_lines,,Unmapped,未映射,statistical,1,0,neutral,flow,CNY,2
"""
CENTRES = """code,parent,entity,label_en,label_zh,owner
shops,,home,Shops,门店,
north,shops,home,"-North",北店,
south,shops,home,South,南店,
abroad,,far,Abroad,海外,
none,,home,None,无,
unmapped,,home,Unmapped,未映射,
"""
ENTITIES = "code,parent,label_en,label_zh,currency\nhome,,Home,本部,CNY\nfar,home,Far,远方,HKD\n"
PEOPLE = """
people:
  ana: {label_en: Planner, label_zh: 编制人, roles: [owner], owns: all}
  nora: {label_en: North, label_zh: 北店, roles: [owner], owns: [north]}
  nick: {label_en: Northern deputy, label_zh: 北店副手, roles: [owner], owns: [north]}
  shay: {label_en: Shops, label_zh: 门店, roles: [owner], owns: [shops]}
  sita: {label_en: South, label_zh: 南店, roles: [owner], owns: [south], sees: {cost_centres: [north]}}
  farah: {label_en: Far, label_zh: 远方, roles: [finance], sees: {entities: [far]}}
  ben: {label_en: Controller, label_zh: 财务主管, roles: [finance]}
  cai: {label_en: Board, label_zh: 董事会, roles: [committee]}
"""
MONTHS = pd.date_range("2026-01-01", periods=12, freq="MS")
PLAN = {
    ("home", "north", "toys"): 1000.10,
    ("home", "north", "games"): 200.20,
    ("home", "north", "returns"): 50.05,
    ("home", "north", "wages"): 300.30,
    ("home", "north", "=rent"): 100.0,
    ("home", "north", "heads"): 4.5,
    ("home", "north", "stores"): 2.0,
    ("home", "south", "toys"): 7777.77,
    ("home", "south", "wages"): 6666.66,
    ("far", "abroad", "toys"): 5555.55,
    ("far", "abroad", "games"): 4444.44,
}
"""What every month of budget 2026 has."""
PAST = {
    ("home", "north", "toys"): 900.0,
    ("home", "north", "wages"): 280.0,
    ("home", "south", "toys"): 8888.88,
    ("far", "abroad", "toys"): 3333.33,
}
"""What every month of 2025 had."""


def plan(amounts: dict = PLAN, version: str = "v1", **codes: str) -> pd.DataFrame:
    """A budget of so much a month, in every month of 2026."""
    same = {"scenario": "budget", "version": version, "case": "base", "layer": "booked", "grain": "month"} | codes
    rows = [
        same | {"entity": entity, "cost_centre": centre, "account": account, "period": period, "amount": amount}
        for (entity, centre, account), amount in amounts.items()
        for period in MONTHS
    ]
    return pd.DataFrame(rows)[[*plan_key(), "amount"]].astype({"period": "datetime64[ns]", "amount": float})


def build(root: Path) -> Path:
    """The group's home below `root`: taken in, with the open version budget v1 at revision 1."""
    tables = {"accounts.csv": ACCOUNTS, "cost_centres.csv": CENTRES, "entities.csv": ENTITIES}
    for name, text in ({"company.yaml": COMPANY, "people.yaml": PEOPLE} | tables).items():
        path = root / "params" / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    (root / "notebooks").mkdir()
    (root / "params/acme/sources").mkdir()
    rows = [(*key, f"2025-{number:02}-28", amount) for key, amount in PAST.items() for number in range(1, 13)]
    ledger = pd.DataFrame(rows, columns=["entity", "centre", "account", "date", "amount"]).assign(scenario="a", version="a")
    ledger.to_csv(root / "params/acme/sources/ledger.csv", index=False)
    done = command("intake", "acme")
    assert done.exit_code == 0, done.output
    book = open_book(root / "outputs" / "book.sqlite")
    book.create_version("acme", "budget", "v1", "ana")
    book.save("acme", "budget", "v1", plan(), 0, "ana", 2)
    return root


def command(*words: str):
    """A command in this process; errors that nobody foresaw are raised."""
    return CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in words])


def draw(folder: Path, who: str = "nora", *more: str) -> list[Path]:
    """The workbooks that a person gets of budget v1."""
    done = command("workbook", "acme", "budget", "v1", "--as", who, "--out", folder, *more)
    assert done.exit_code == 0, done.output
    return sorted(folder.glob("*.xlsx"))


def submit(*files: Path, who: str = "nora", more: tuple[str, ...] = (), version: str = "v1"):
    """Workbooks handed back."""
    words = [word for file in files for word in ("--workbook", file)]
    return command("submit", "acme", "budget", version, "--as", who, "--reason", "agreed", *words, *more)


def fill(path: Path, figures: dict, to: Path | None = None, sheet: str = "north") -> Path:
    """Types figures into a workbook, {("toys", "2026-03"): 5}, as somebody would: by what the sheet shows."""
    book = openpyxl.load_workbook(path)
    for (account, month), amount in figures.items():
        book[sheet][place(book[sheet], account, month)] = amount
    book.save(to or path)
    return to or path


def place(page, account: str, month: str) -> str:
    """The address of a line's month."""
    column = next(cell.column_letter for cell in page[3] if cell.value == month)
    row = next(row for row in range(6, page.max_row + 1) if page.cell(row, 2).value == account)
    return f"{column}{row}"


def parts(path: Path) -> dict[str, str]:
    """All parts of a workbook as text."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def rewrite(path: Path, changes: dict[str, bytes | None]) -> Path:
    """A workbook with parts added, replaced or (None) taken out."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()} | changes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content)
    return path
