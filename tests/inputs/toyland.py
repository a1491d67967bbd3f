"""Toyland, a made-up company: two shops, a ledger of monthly amounts with its totals, and a yearly budget."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.intake import Intake, take_in
from planning.inputs.snapshots import Snapshot, latest, read_snapshot

LEDGER = """\
shop,line,year,month,amount
01,Toys,2021,1,70.5
01,Games,2021,1,29.5
01,Total sales,2021,1,100
02,Toys,2021,1,10
02,Games,2021,1,20
02,Total sales,2021,1,30
01,Wages,2021,1,40
01,Toys,2021,2,71.25
"""

BUDGET = """\
shop,year,Toys,Wages
01,2021,900,480
02,2021,120,0
"""

ACCOUNTS = """\
code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
profit,,Profit,利润,result,1,1,up,flow,USD,2
sales,profit,Sales,销售,revenue,1,1,up,flow,USD,2
toys,sales,Toys,玩具,revenue,1,1,up,flow,USD,2
games,sales,Games,游戏,revenue,1,1,up,flow,USD,2
sales_unmapped,sales,Unmapped,未映射,revenue,1,1,up,flow,USD,2
wages,profit,Wages,工资,expense,-1,-1,down,flow,USD,2
heads,,Heads,人数,statistical,1,0,neutral,stock,heads,0
"""

COST_CENTRES = """\
code,parent,entity,label_en,label_zh,owner
unmapped,,hq,Unmapped,未映射,
01,,hq,North,北,Ann
02,01,hq,South,南,
"""

ENTITIES = """\
code,parent,label_en,label_zh,currency
hq,,Toyland,玩具国,USD
"""

ACCOUNT_MAP = {"Toys": "toys", "Games": "games", "Wages": "wages", "Total sales": "sales", "Heads": "heads"}

SETTINGS: dict[str, Any] = {
    "company": "toyland",
    "label_en": "Toyland",
    "label_zh": "玩具国",
    "currency": "USD",
    "calendar": {"first_month": 1, "start": "2020-01", "end": "2026-12"},
    "reporting_lag_days": 10,
    "data": {"folder": "data"},
    **{name: "made up" for name in ("source_en", "source_zh", "people_en", "people_zh")},
    "roles": {"revenue": "sales", "spending": "wages", "result": "profit"},
    "sources": {
        "ledger": {
            "file": "ledger.csv",
            "key": ["shop", "line", "year", "month"],
            "measures": ["amount"],
            "entity": "hq",
            "cost_centre": {"column": "shop"},
            "account": {"by": ["line"], "map": ACCOUNT_MAP, "unmapped": "sales_unmapped"},
            "scenario": "actual",
            "grain": "month",
            "period": {"fiscal_year": "year", "month": "month"},
            "known": {"after": "period_end", "days": 10},
        },
        "budget": {
            "file": "budget.csv",
            "key": ["shop", "year"],
            "measures": ["Toys", "Wages"],
            "entity": "hq",
            "cost_centre": {"column": "shop"},
            "account": {"by": ["measure"], "map": ACCOUNT_MAP, "unmapped": "sales_unmapped"},
            "scenario": "budget",
            "version": {"budget": "{fiscal_year}_adopted"},
            "grain": "year",
            "period": {"fiscal_year": "year"},
            "known": {"after": "year_start", "days": -1},
        },
    },
    "tolerances": {"sales": {"amount": 0.5, "owner": "Ann"}},
}


@dataclass
class Toyland:
    """The company as files below `root`; a test changes what it needs and takes it in."""

    root: Path
    settings: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(SETTINGS))
    files: dict[str, str | bytes | None] = field(
        default_factory=lambda: {
            "accounts.csv": ACCOUNTS, "cost_centres.csv": COST_CENTRES, "entities.csv": ENTITIES,
            "data/ledger.csv": LEDGER, "data/budget.csv": BUDGET,
        }
    )  # fmt: skip
    text: str | None = None

    @property
    def folder(self) -> Path:
        """params/toyland."""
        return self.root / "params" / "toyland"

    @property
    def snapshots(self) -> Path:
        """Where its snapshots lie."""
        return self.root / "outputs" / "toyland" / "snapshots"

    @property
    def ledger(self) -> dict[str, Any]:
        """The settings of the ledger."""
        return self.settings["sources"]["ledger"]

    def read_from(self, url: str, query: str) -> None:
        """The ledger from a database instead of its file."""
        self.settings["sources"]["ledger"] = {key: value for key, value in self.ledger.items() if key != "file"} | {
            "url": url,
            "query": query,
        }

    def file(self, name: str, text: str | bytes | None) -> None:
        """A file with other content, or none at all."""
        self.files[name] = text

    def line(self, line: str) -> None:
        """One more line in the ledger."""
        self.files["data/ledger.csv"] += line + "\n"

    def write(self) -> None:
        """params/toyland and its data as files; notebooks/ too, so that the commands find the project."""
        (self.root / "notebooks").mkdir(parents=True, exist_ok=True)
        described = self.text if self.text is not None else yaml.safe_dump(self.settings, allow_unicode=True, sort_keys=False)
        for name, content in {**self.files, "company.yaml": described}.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def take_in(self, data: Path | None = None) -> Intake:
        """The files written and taken in."""
        self.write()
        return take_in(read_company(self.folder), self.snapshots, data)

    def load(self) -> Snapshot:
        """The files taken in, as a reader gets them."""
        return read_snapshot("toyland", self.snapshots, self.take_in().snapshot)

    def stored(self) -> list[str]:
        """Everything below the snapshots folder, and what `latest` says."""
        return [str(latest(self.snapshots)), *sorted(str(path) for path in self.snapshots.rglob("*"))]

    def refused(self, data: Path | None = None) -> list[str]:
        """The problems for which an intake is refused, each as a line, having seen that it left what was stored as it was."""
        before = self.stored()
        with pytest.raises(RequestError) as wrong:
            self.take_in(data)
        assert wrong.value.exit_code == 2 and self.stored() == before
        return str(wrong.value).replace(f"{self.folder}/", "").splitlines()[1:]


def figures(snapshot: Snapshot) -> dict[tuple[str, str, str], float]:
    """Leaf rows as {(cost centre, account, month): amount}, the budget left out."""
    rows = snapshot.rows[snapshot.rows["scenario"] == "actual"]
    keys = zip(rows["cost_centre"], rows["account"], rows["period"].dt.strftime("%Y-%m"), strict=True)
    return dict(zip(keys, rows["amount"], strict=True))


def findings(taken: Intake) -> list[tuple[str, str, str, str]]:
    """Findings as (control, kind, where, status)."""
    return list(taken.findings[["control", "kind", "where", "status"]].itertuples(index=False, name=None))


def table(text: str) -> pd.DataFrame:
    """The lines of a CSV text as a typed table, as a database or a workbook would hold them; shops stay text."""
    lines = [line.split(",") for line in text.splitlines()]
    read = pd.DataFrame(lines[1:], columns=lines[0])
    numbers = [name for name in read if name not in ("shop", "line")]
    return read.assign(**{name: pd.to_numeric(read[name]) for name in numbers})
