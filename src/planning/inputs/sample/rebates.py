"""Yearly rebates: what dealers get who reach their target, and what suppliers give back on a year's purchases."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.inputs.sample.dealers import targets
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.structure import Structure

RECEIVED = (3, 20)
"""Month and day on which suppliers' rebates of the year before come in."""
COST = {"MFG": "640401", "NORTH": "6401{}1", "SOUTH": "6401{}1", "ONLINE": "6401{}2"}
BUYERS = {"MFG": "D207", "NORTH": "D304", "SOUTH": "D404", "ONLINE": "D504"}
"""Account and department whose cost a supplier's rebate lowers: by the time it comes the goods are sold."""


@dataclass
class Rebates:
    """What the year has come to so far, by dealer and by supplier."""

    settings: Settings
    structure: Structure
    sold: list[pd.DataFrame] = field(default_factory=list)
    bought: list[pd.DataFrame] = field(default_factory=list)
    before: list[pd.DataFrame] = field(default_factory=list)

    def note(self, period: pd.Timestamp, events: dict[str, pd.DataFrame]) -> None:
        """A month's orders of dealers and purchases."""
        if period.month == 1:
            self.before, self.bought = self.bought, []
        self.sold.append(events["dealer_orders"].groupby("dealer", as_index=False)[["net", "rebate"]].sum())
        by = ["entity", "supplier", "number"]
        for name in ("merchandise_purchases", "material_purchases"):
            self.bought.append(events[name].groupby(by, as_index=False)["net"].sum())

    def customers(self, period: pd.Timestamp) -> pd.DataFrame:
        """At the end of a year: entity, date, dealer, purchases, target; rebate (as accrued), paid and released, cents."""
        columns = ["entity", "date", "dealer", "purchases", "target", "rebate", "paid", "released"]
        if period.month != 12 or not self.sold:
            return pd.DataFrame(columns=columns)
        year = pd.concat(self.sold).groupby("dealer", as_index=False)[["net", "rebate"]].sum().rename(columns={"net": "purchases"})
        self.sold = []
        year["target"] = year["dealer"].map(targets(self.settings, self.structure, period.year))
        reached = year["purchases"] >= year["target"]
        year = year.assign(paid=year["rebate"].where(reached, 0), released=year["rebate"].where(~reached, 0))
        return year.assign(entity="MFG", date=pd.Timestamp(period.year, 12, 31))[columns]

    def suppliers(self, period: pd.Timestamp) -> pd.DataFrame:
        """In March, for the year before: entity, date, supplier, number, department, account, purchases; net and vat in cents."""
        if period.month != RECEIVED[0] or not self.before:
            return pd.DataFrame(columns=["entity", "date"])
        year = pd.concat(self.before).groupby(["entity", "supplier", "number"])["net"].sum().rename("purchases").reset_index()
        net = np.rint(year["purchases"] * self.settings.supply.supplier_rebate).astype(np.int64)
        rate = year["entity"].map(lambda entity: 0.0 if entity == "SOUTH" else self.settings.money.vat_goods)
        return year.assign(
            date=pd.Timestamp(period.year, *RECEIVED), department=year["entity"].map(BUYERS),
            net=net, vat=np.rint(net * rate).astype(np.int64),
            account=[COST[entity].format(number) for entity, number in zip(year["entity"], year["number"], strict=True)],
        )  # fmt: skip
