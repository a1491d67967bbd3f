"""How the group begins: capital, what it is invested in, the first assets; and how every asset loses its value month by month."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from planning.core.periods import month, month_end, months_after, months_between
from planning.inputs.sample.people import WORK
from planning.inputs.sample.postings import OPERATING
from planning.inputs.sample.projects import KINDS
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import CENTS
from planning.inputs.sample.structure import Structure

CAPITAL = {"MFG": 300, "NORTH": 80, "SOUTH": 75, "ONLINE": 20}
"""Million, in the entity's own currency, of the standard group."""
OWN = 110
"""Million yuan of capital that the holding keeps for itself."""
ASSOCIATE = 30
"""Million yuan that the standard group paid for the associate."""
ASSETS = (
    ("HOLD", "D102", "160101", "160201", 40, 30), ("HOLD", "D106", "160104", "160204", 6, 5),
    ("MFG", "D202", "160101", "160201", 90, 30), ("MFG", "D201", "160102", "160202", 60, 10), ("MFG", "D208", "160103", "160203", 4, 6),
    ("NORTH", "D301", "160105", "160205", 36, 5), ("NORTH", "D306", "160103", "160203", 5, 6), ("SOUTH", "D402", "160105", "160205", 22, 5),
    ("ONLINE", "D501", "160104", "160204", 3, 4),
)  # fmt: skip
"""Entity, department, account, account of its depreciation, million of the standard group, years of life."""
MILLION = 1_000_000 * CENTS


@dataclass
class Assets:
    """The register: each asset's part of its cost every month, until nothing is left."""

    settings: Settings
    register: list[dict] = field(default_factory=list)

    def add(self, entity: str, department: str, depreciation_account: str, cost: int, years: int, ready: pd.Timestamp) -> None:
        """An asset, used from the month after the one it is ready in."""
        self.register.append({
            "entity": entity, "department": department, "depreciation_account": depreciation_account, "cost": cost, "months": 12 * years,
            "start": months_after(ready, 1),
        })  # fmt: skip

    def month(self, period: pd.Timestamp, finished: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """A month's depreciation; and the projects finished in it, which are assets from now on."""
        about = {kind: (asset, depreciation, life) for kind, _, _, asset, depreciation, _, life in KINDS}
        for row in finished.itertuples():
            self.add(row.entity, row.sponsor, about[row.kind][1], int(row.amount), about[row.kind][2], period)
        rows = [
            {**asset, "amount": cost // months + (number < cost % months)}
            for asset in self.register
            for cost, months, number in [(asset["cost"], asset["months"], months_between(asset["start"], period))]
            if 0 <= number < months
        ]
        columns = ["entity", "department", "depreciation_account", "amount"]
        lost = pd.DataFrame(rows, columns=[*columns, "cost", "months", "start"])[columns].assign(date=month_end(period))
        assets = finished.assign(asset_account=[about[kind][0] for kind in finished["kind"]]) if len(finished) else finished
        return {"depreciation": lost, "project_assets": assets}


def accounts_of(structure: Structure, departments: pd.Series) -> pd.Series:
    """Under which account a department's depreciation is: a plant's is overhead."""
    work = structure.departments.set_index("code")["work"]
    return departments.map(work).map(WORK)


def capital_of(settings: Settings, entity: str) -> int:
    """Cents of capital that an entity works with; the holding's without what it has invested in others."""
    return round(CAPITAL.get(entity, OWN) * MILLION * settings.size.part(entity))


def associate_of(settings: Settings) -> int:
    """Cents paid for the associate."""
    return round(ASSOCIATE * MILLION * settings.size.part("HOLD"))


def opening_events(settings: Settings, structure: Structure, assets: Assets) -> dict[str, pd.DataFrame]:
    """The first day: capital paid in, the parent's investments, the first assets bought."""
    day, rows = month(settings.first_month), []
    owned = structure.entities.set_index("code")["owned"]
    capital = {entity: capital_of(settings, entity) for entity in CAPITAL}
    invested = {entity: round(of * owned[entity] * (settings.money.fx if entity == "SOUTH" else 1.0)) for entity, of in capital.items()}
    invested["associate"] = associate_of(settings)
    for entity, worth in invested.items():
        rows.append(("HOLD", "151102" if entity == "associate" else "151101", OPERATING, "addition", "investments", worth))
    capital["HOLD"] = sum(invested.values()) + capital_of(settings, "HOLD")
    rows += [(entity, OPERATING, "4001", "capital", "addition", of) for entity, of in capital.items()]
    for entity, department, account, depreciation, million, years in ASSETS:
        cost = round(million * MILLION * settings.size.part(entity))
        rows.append((entity, account, OPERATING, "addition", "assets", cost))
        assets.add(entity, department, depreciation, cost, years, months_after(day, -1))
    columns = ["entity", "debit", "credit", "debit_movement", "credit_movement", "amount"]
    return {"openings": pd.DataFrame(rows, columns=columns).assign(date=day)}
