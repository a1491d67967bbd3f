"""What a plan rests on: a company's tables as known on a day, what is asked of them, and what was forecast and measured from both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.drivers import Launch
from planning.core.periods import FiscalCalendar
from planning.model.drivers import Drivers
from planning.model.forecast import Forecast
from planning.model.missed import Missed
from planning.plan.chain.build import Wiring
from planning.plan.chain.stocks import Items, find_items, group_cost_share, with_group_cost
from planning.plan.chain.trade import Horizon, plan_months


@dataclass(frozen=True)
class Sources:
    """What a company's snapshot holds for a plan, as known on a day: `sold`, `returned` (see measured.MONTHLY_SALES), the event tables by
    name (`projects`: proposals, where there are any), the ledger's `rows`, `centres`, `entities` (code, parent, currency), `rates` (date,
    currency, closing), `ownership` (entity, owned, from)."""

    sold: pd.DataFrame
    returned: pd.DataFrame
    purchases: pd.DataFrame
    production: pd.DataFrame
    inventory: pd.DataFrame
    bills: pd.DataFrame
    products: pd.DataFrame
    stores: pd.DataFrame
    pay: pd.DataFrame
    leases: pd.DataFrame
    rows: pd.DataFrame
    centres: pd.DataFrame
    entities: pd.DataFrame
    rates: pd.DataFrame
    projects: pd.DataFrame | None = None
    project_flows: pd.DataFrame | None = None
    ownership: pd.DataFrame | None = None

    def known(self, as_of: pd.Timestamp) -> Sources:
        """The same as it stood when a month was closed: nothing that came later."""
        last = as_of + pd.offsets.MonthEnd(0)
        told = {name: table for name, table in vars(self).items() if table is not None}
        cut = {name: table[table["date"] <= last] for name, table in told.items() if "date" in table.columns}
        cut |= {name: table[table["period"] <= as_of] for name, table in told.items() if name in ("sold", "returned", "pay", "projects")}
        return Sources(**{**vars(self), **cut, "leases": self.leases[self.leases["start"] <= last]})

    def worth(self) -> pd.Series:
        """What a unit of each entity's currency was worth in the company's at the end of the last month that has a rate; 1 of its own."""
        newest = self.rates.sort_values("date").drop_duplicates("currency", keep="last").set_index("currency")["closing"]
        return self.entities.set_index("code")["currency"].map(newest).fillna(1.0)

    def abroad(self) -> list[str]:
        """The entities whose currency has rates in the company's."""
        return self.entities.loc[self.entities["currency"].isin(self.rates["currency"]), "code"].tolist()


@dataclass(frozen=True)
class Asked:
    """What plan is wanted: the last closed month, when it was known, the budget year, how volumes are forecast, what is launched."""

    as_of: pd.Timestamp
    when: pd.Timestamp
    fiscal_year: int
    calendar: FiscalCalendar
    method: str = "fast"
    workers: int = 1
    country: str | None = None
    launches: tuple[Launch, ...] = ()

    @property
    def horizon(self) -> Horizon:
        """The months from the first open one to the last of the budget year."""
        return plan_months(self.as_of, self.fiscal_year, self.calendar)


@dataclass(frozen=True)
class Astray:
    """What a plan in draws is off by. `volumes`: pieces, cells of the forecast (sorted by PLACE) × months with those beyond × draws;
    `running`: as the accounts go, BY sorted × months × draws."""

    volumes: np.ndarray | None = None
    running: np.ndarray | None = None


@dataclass(frozen=True)
class Basis:
    """What no case changes: the forecasts of volumes and of running costs, what was measured, what lies in stock; and in draws, by how
    much each of them is off. `found`: the sources as the snapshot has them; `sources`: as the books would, see booked_orders; `capex`: how
    far what is spent on assets was missed before, see assets.missed_capex."""

    found: Sources
    sources: Sources
    asked: Asked
    volumes: Forecast
    drivers: Drivers
    mix: pd.DataFrame
    history: pd.DataFrame | None = None
    running: Forecast | None = None
    capex: Missed | None = None
    astray: Astray = field(default_factory=Astray)


def open_balances(rows: pd.DataFrame, wiring: Wiring, when: pd.Timestamp) -> pd.DataFrame:
    """What stood on balance-sheet accounts at each month's end, as known: entity, account, partner, period, amount, debits positive."""
    kept = wiring.tree.accounts["aggregation"]
    used = rows[(rows["scenario"] == "actual") & (rows["known"] <= when) & (rows["account"].map(kept) == "stock")]
    keys = [column for column in used.columns if column not in ("known", "source", "amount")]
    newest = used.sort_values("known", kind="stable").drop_duplicates(keys, keep="last")
    partner = newest.get("partner", "none")
    signed = newest.assign(amount=newest["amount"] * newest["account"].map(wiring.sides), partner=partner)
    return signed.groupby(["entity", "account", "partner", "period"], as_index=False)["amount"].sum()


def known_items(known: Sources, as_of: pd.Timestamp) -> Items:
    """What is kept and made, at what it cost the group."""
    items = find_items(known.purchases, known.production, known.inventory, known.bills, list(known.entities["code"]), as_of)
    return with_group_cost(items, group_cost_share(items, known.purchases, known.worth(), as_of))
