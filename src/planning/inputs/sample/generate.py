"""The made-up group as a folder of files, and its truth beside them; the same settings give the same bytes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import month_end
from planning.inputs.aside import aside, move_into_place, sweep
from planning.inputs.sample.budgets import Budgeting, rules_table, workbook_sheets
from planning.inputs.sample.files import ByYear, Database, in_units, write_csv, write_workbook
from planning.inputs.sample.flaws import bank_shown, ledger_shown, orders_shown
from planning.inputs.sample.projects import KINDS, Projects
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import CENTS
from planning.inputs.sample.spending import VERSIONS
from planning.inputs.sample.systems import (
    SHOP,
    bank_lines,
    customer_files,
    feasts,
    headcount_sheets,
    ledger_lines,
    order_lines,
    stock_list,
    weekly_sales,
)
from planning.inputs.sample.world import Month, World

TRUTH = "truth"
"""The folder beside the files that only tests and trials may open."""
FOLDERS = ("shop", "hr", "budget", "crm", "warehouse", "marketing", "projects", "treasury", TRUTH)
ELSEWHERE = {*SHOP, "returns", "inventory"}
"""Events that another system than the ERP keeps."""
LISTS = (
    "entities", "departments", "categories", "products", "materials", "bills_of_material", "stores", "dealers", "suppliers", "channels",
    "accounts",
)  # fmt: skip
"""What there is, as the ERP lists it."""
CAPITAL_RANGE, FLOW_RANGE = (1.1, 0.95), (0.8, 1.15)
"""What sponsors give as range of what they ask for and promise; the truth is another matter."""
BUDGET_WIDTHS = (10, 22, 30, *([14] * 13))
HEADCOUNT_WIDTHS = (11, 18, 11, 18, *([8] * 12))


def settings_name(settings: Settings) -> str:
    """Ten hex digits that stand for all settings."""
    text = json.dumps(settings.model_dump(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def write_sample(folder: Path, settings: Settings, step: Callable[[str, float], None] = lambda said, part: None) -> dict[str, int]:
    """The group's files in a new folder, whole or not at all; returns rows by table. RequestError where the folder holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        wanted = Problem("not an empty folder", str(folder), "files", "a folder that isn't there yet, or an empty one")
        raise RequestError("sample", [wanted])
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent)
        written = aside(folder.parent)
        written.mkdir()
        rows = _write(written, settings, step)
        move_into_place(written, folder)
    except OSError as broken:
        wrong = Problem("can't be written", str(folder), broken.strerror or str(broken), "a folder that this user may write")
        raise RequestError("sample", [wrong]) from None
    return rows


def made_once(folder: Path, settings: Settings, step: Callable[[str], None] = lambda said: None) -> Path:
    """The folder below `folder` that holds the files of these settings as this code writes them; they are written when it isn't there.

    What other code wrote for the same settings is removed then.
    """
    made = folder / f"{settings_name(settings)}-{_written_by()}"
    if not made.is_dir():
        write_sample(made, settings, lambda said, _: step(said))
        for old in folder.glob(f"{settings_name(settings)}-*"):
            if old != made:
                shutil.rmtree(old, ignore_errors=True)
    return made


def _written_by() -> str:
    """Six hex digits that stand for the code and the catalogue of this room."""
    room = Path(__file__).parent
    files = sorted([*room.glob("*.py"), *room.glob("catalogue/*.csv")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:6]


def _write(folder: Path, settings: Settings, step: Callable[[str, float], None]) -> dict[str, int]:
    for name in FOLDERS:
        (folder / name).mkdir()
    step("building the group", 0.0)
    world = World(settings)
    writing = Writing(folder, world)
    for done, told in enumerate(world.months()):
        step(f"living through {told.period:%Y-%m}", done / settings.months)
        writing.month(told)
    step("writing the year's lists", 1.0)
    writing.rest()
    return writing.rows


@dataclass
class Writing:
    """The files at work: months are added in turn, then the lists that come once."""

    folder: Path
    world: World
    rows: dict[str, int] = field(default_factory=dict)
    stock: list[pd.DataFrame] = field(default_factory=list)
    bank: list[pd.DataFrame] = field(default_factory=list)
    sales: list[pd.DataFrame] = field(default_factory=list)
    flaws: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self):
        self.erp = Database(self.folder / "erp.sqlite")
        self.lines, self.returns = ByYear(self.folder / "shop", "order_lines"), ByYear(self.folder / "shop", "returns")
        chart = self.world.structure.accounts
        self.leaves = chart.loc[~chart["code"].isin(chart["parent"]), "code"]
        self.budgeting = Budgeting(self.world.settings, self.world.structure, self.world.spending.budgets)

    def month(self, told: Month) -> None:
        """One month of every system."""
        year = told.period.year
        sold = order_lines(told.events)
        self._shop(self.lines, "order_lines", year, self._shown(orders_shown(sold, self.world.settings, told.period)))
        self.sales.append(weekly_sales(sold, self.world.fx))
        if len(told.events.get("returns", ())):
            self._shop(self.returns, "returns", year, told.events["returns"])
        shown = self._shown(ledger_shown(told.lines, self.world.settings, told.period, self.leaves))
        self._erp("ledger", ledger_lines(shown))
        for name, table in told.events.items():
            if name not in ELSEWHERE:
                self._erp(name, table)
        self.stock.append(stock_list(told.events["inventory"]))
        self.bank.append(self._shown(bank_shown(bank_lines(told.lines), self.world.settings, told.period)))
        self.budgeting.add(told.period, told.lines)

    def rest(self) -> None:
        """What isn't kept by the month."""
        world, structure = self.world, self.world.structure
        self.lines.close()
        self.returns.close()
        for name in LISTS:
            self._erp(name, getattr(structure, name))
        self._erp("posting_rules", rules_table())
        self.erp.close()
        self._csv("warehouse", "inventory", pd.concat(self.stock, ignore_index=True), "gb18030")
        for name, table in customer_files(world.settings, world.subscribers).items():
            self._csv("crm", name, in_units(table), "utf-8-sig")
        sales = pd.concat(self.sales).groupby("week", as_index=False)["sales"].sum()
        self._csv("marketing", "weekly_sales", self._whole(sales.assign(sales=(sales["sales"] / CENTS).round(2))))
        self._csv("marketing", "feasts", self._whole(feasts(world.settings)))
        self._csv("marketing", "campaigns", self._whole(world.campaigns.spend))
        self._csv("marketing", "market", world.market)
        self._csv("treasury", "bank_statement", in_units(pd.concat(self.bank, ignore_index=True)))
        self._csv("treasury", "rates", world.rates.round(6))
        self._projects()
        self._workbooks()
        self._truth()

    def _workbooks(self) -> None:
        sheets = headcount_sheets(self.world.people.headcount, self.world.structure)
        write_workbook(self.folder / "hr" / "headcount.xlsx", sheets, HEADCOUNT_WIDTHS)
        self.rows["headcount"] = len(self.world.people.headcount)
        for year in sorted(set(self.world.periods.year)):
            budget = self.budgeting.year(year)
            self._count("budgets", budget)
            for version in VERSIONS:
                sheets = workbook_sheets(budget[budget["version"] == version], self.world.structure, year)
                write_workbook(self.folder / "budget" / f"{year}_{version}.xlsx", sheets, BUDGET_WIDTHS, title_rows=2)
        self._csv("budget", "projections", in_units(pd.concat(self.budgeting.projections(), ignore_index=True)))

    def _projects(self) -> None:
        projects = self.world.projects
        proposals = projects.proposals.drop(columns="promised")
        promised = projects.proposals[["project", "promised"]].explode("promised")
        promised["year"] = promised.groupby("project").cumcount() + 1
        self._csv("projects", "proposals", in_units(proposals))
        self._csv("projects", "promised", in_units(promised.rename(columns={"promised": "amount"}).astype({"amount": "int64"})))
        self._csv("projects", "proposed_flows", in_units(self._proposed(projects)))
        spent = projects.spent.assign(amount=-projects.spent["amount"].astype("int64"))
        parts = [table for table in (spent, projects.flows) if len(table)]
        flows = pd.concat(parts or [spent], ignore_index=True)[["project", "month", "amount"]]
        self._csv("projects", "flows", in_units(flows.astype({"amount": "int64"}).sort_values(["project", "month"], ignore_index=True)))

    def _whole(self, table: pd.DataFrame) -> pd.DataFrame:
        """Of weeks those that lie wholly within the months."""
        inside = (table["week"] >= self.world.periods[0]) & (table["week"] + pd.Timedelta(days=6) <= month_end(self.world.periods[-1]))
        return table[inside]

    def _proposed(self, projects: Projects) -> pd.DataFrame:
        """What the projects decided on in the last year were said to cost and to bring, as their sponsors drew it up."""
        last = self.world.periods[-1].year
        rows = []
        for row in projects.proposals[projects.proposals["decided"].dt.year == last].itertuples():
            en, zh = next((en, zh) for kind, en, zh, *_ in KINDS if kind == row.kind)
            names = f"{en} {row.project}", f"{zh} {row.project}"
            amounts = [(-row.capital, *CAPITAL_RANGE), *((amount, *FLOW_RANGE) for amount in row.promised)]
            rows += [
                (row.project, row.decided + pd.DateOffset(years=at), amount, round(amount * low), round(amount * high), *names)
                for at, (amount, low, high) in enumerate(amounts)
            ]
        return pd.DataFrame(rows, columns=["project", "period", "amount", "lower", "upper", "label_en", "label_zh"])

    def _truth(self) -> None:
        told = self.world.truth() | {"flaws": pd.concat(self.flaws, ignore_index=True)}
        for name, table in told.items():
            in_units(table).to_parquet(self.folder / TRUTH / f"{name}.parquet", index=False)
        text = json.dumps(self.world.settings.model_dump(), indent=2, ensure_ascii=False)
        (self.folder / TRUTH / "settings.json").write_text(text + "\n", encoding="utf-8")

    def _shop(self, files: ByYear, name: str, year: int, table: pd.DataFrame) -> None:
        files.add(year, in_units(table))
        self._count(name, table)

    def _erp(self, name: str, table: pd.DataFrame) -> None:
        self.erp.add(name, in_units(table))
        self._count(name, table)

    def _csv(self, folder: str, name: str, table: pd.DataFrame, encoding: str = "utf-8") -> None:
        write_csv(table, self.folder / folder / f"{name}.csv", encoding)
        self._count(name, table)

    def _shown(self, shown: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
        """A table as its source shows it; what is wrong with it is kept for the truth."""
        table, flaws = shown
        self.flaws.append(flaws)
        return table

    def _count(self, name: str, table: pd.DataFrame) -> None:
        self.rows[name] = self.rows.get(name, 0) + len(table)
