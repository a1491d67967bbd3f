"""The group, month after month: events, and the ledger that follows from them. Only one month is held at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_end, month_range, months_after
from planning.inputs.sample.buyers import build_buyers, orders_of
from planning.inputs.sample.campaigns import build_campaigns
from planning.inputs.sample.dealers import BILL_MONTHS, dealer_orders
from planning.inputs.sample.demand import build_demand
from planning.inputs.sample.leases import build_leases, schedule
from planning.inputs.sample.ledger import no_lines, post
from planning.inputs.sample.month_end import MonthEnd
from planning.inputs.sample.openings import Assets, accounts_of, opening_events
from planning.inputs.sample.people import build_people
from planning.inputs.sample.postings import COLLECTION, OPERATING, PAYROLL, RULES
from planning.inputs.sample.projects import KINDS, build_projects
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import slips_of
from planning.inputs.sample.spending import build_spending
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import build_structure
from planning.inputs.sample.subscribers import build_subscribers, charges_of
from planning.inputs.sample.supply import Supply, material_prices
from planning.inputs.sample.treasury import Balances, OpenItems

ADVERTISING = {"search": "21", "social": "22", "video": "23", "outdoor": "24", "affiliates": "25"}
MARKETING = {"NORTH": "D305", "ONLINE": "D505"}
"""Who pays for advertising, half each."""


@dataclass(frozen=True)
class Month:
    """A month's events by kind, each with entity, date and voucher, and the lines of the ledger."""

    period: pd.Timestamp
    events: dict[str, pd.DataFrame]
    lines: pd.DataFrame


class World:
    """Everything that doesn't change, built once; `months` then lives through it."""

    def __init__(self, settings: Settings):
        self.settings, self.structure = settings, build_structure(settings)
        self.size = self._usual_sales()
        self.campaigns = build_campaigns(settings, self.structure, self.size * 7)
        self.demand = build_demand(settings, self.structure, self.campaigns.lift)
        self.buyers, self.subscribers = build_buyers(settings), build_subscribers(settings)
        self.people = build_people(settings, self.structure)
        self.spending = build_spending(settings, self.structure, self.people.headcount)
        self.projects = build_projects(settings, self.structure)
        self.leases = build_leases(settings, self.structure, self._store_sales() * 365)
        self.periods = month_range(month(settings.first_month), settings.months)
        self.fx = self._rates()

    def months(self) -> Iterator[Month]:
        """Every month in turn."""
        supply = Supply(self.settings, self.structure, material_prices(self.settings, self.structure))
        open_items, balances, assets = OpenItems(), Balances(), Assets(self.settings)
        closing = MonthEnd(self.settings, self.structure, balances, open_items)
        numbers = self.structure.products.set_index("code")["number"]
        leases = pd.concat([schedule(lease, self.settings.money.lease_rate, self.periods[-1] + pd.offsets.MonthBegin()) for lease in
                            self.leases.itertuples()], ignore_index=True)  # fmt: skip
        unsettled = None
        for period in self.periods:
            events = opening_events(self.settings, self.structure, assets) if period == self.periods[0] else {}
            events |= self._trade(period, supply, numbers)
            events |= self._costs(period, leases, unsettled)
            unsettled = events["expenses"]
            events |= assets.month(period, events.pop("finished_projects"))
            events["depreciation"]["account"] = accounts_of(self.structure, events["depreciation"]["department"])
            self._owe(events, open_items)
            payments = open_items.due(month_end(period))
            events["payments"] = payments
            events = {name: vouchered(table, name) for name, table in events.items() if len(table)}
            lines, told = [_posted(events)], []
            balances.add(lines[0])
            for transfers in closing.steps(period):
                table = vouchered(transfers, "transfers", closing.step)
                posted = _posted({"transfers": table})
                balances.add(posted)
                told.append(table)
                lines.append(posted)
            events["transfers"] = pd.concat(told, ignore_index=True)
            yield Month(period, events | {"inventory": _inventory(period, supply)}, pd.concat(lines, ignore_index=True))

    def _trade(self, period: pd.Timestamp, supply: Supply, numbers: pd.Series) -> dict[str, pd.DataFrame]:
        """Sales, and all that comes in for them."""
        settings, structure, demand = self.settings, self.structure, self.demand
        slips = slips_of(settings, structure, demand, period)
        online = orders_of(settings, structure, demand, self.buyers, period).assign(entity="ONLINE")
        dealers = dealer_orders(settings, structure, demand, period)
        needed = {entity: table.groupby("product")["quantity"].sum() for entity, table in slips.groupby("entity")}
        needed["ONLINE"] = online.groupby("product")["quantity"].sum()
        told = supply.come_in(period, needed, dealers.groupby("product")["quantity"].sum(), self.fx[period])
        for entity in ("NORTH", "SOUTH"):
            at = slips["entity"] == entity
            slips.loc[at, "cost"] = supply.stock_of(entity).issue(slips.loc[at, "product"], slips.loc[at, "quantity"])
        slips["cost"] = slips["cost"].astype(np.int64)
        online["cost"] = supply.stock_of("ONLINE").issue(online["product"], online["quantity"])
        dealers["cost"] = supply.products.issue(dealers["product"], dealers["quantity"])
        for name in ("deliveries", "merchandise_purchases", "production"):
            told[name]["number"] = told[name]["product"].map(numbers)
        taken = told["deliveries"].rename(columns={"entity": "partner", "partner": "entity"})
        cleared = slips.assign(amount=slips["net"] + slips["vat"]).groupby("entity", as_index=False)["amount"].sum()
        return {
            "slips": slips, "online_orders": online, "dealer_orders": dealers, **told, "deliveries_in": taken,
            "clearings": cleared.assign(date=month_end(period)),
            "charges": charges_of(settings, self.subscribers, period).assign(entity="ONLINE"),
        }  # fmt: skip

    def _costs(self, period: pd.Timestamp, leases: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
        """People, expenses, advertising, projects and leases."""
        pay = self.people.pay[self.people.pay["month"] == period]
        spent = self.spending.expenses[self.spending.expenses["month"] == period]
        spent = spent.assign(date=month_end(period), invoiced=spent["net"] - spent["accrued"])
        reversed_ = before.assign(date=period, invoiced=before["accrued"]) if before is not None else spent.iloc[:0]
        began = self.leases[self.leases["start"] == period]
        project = self.projects.spent[self.projects.spent["month"] == period] if len(self.projects.spent) else self.projects.spent
        place = {kind: {"plant": "01", "store": "02", "system": "03"}[kind] for kind, *_ in KINDS}
        flows = self.projects.flows[self.projects.flows["month"] == period] if len(self.projects.flows) else self.projects.flows
        ready = self.projects.spent[self.projects.spent["project"].isin(project.loc[project["ready"].astype(bool), "project"])]
        finished = ready.groupby(["entity", "project", "sponsor", "kind"], as_index=False)["amount"].sum() if len(ready) else ready
        return {
            "pay": pay, "expenses": spent, "reversals": reversed_, "campaigns": self._campaigns(period),
            "project_spending": project.assign(date=project["month"], place=project["kind"].map(place)),
            "project_flows": flows.assign(date=month_end(period)),
            "finished_projects": finished.assign(date=month_end(period), place=finished["kind"].map(place)),
            "leases": began.assign(date=period), "lease_months": leases[leases["month"] == period].assign(date=month_end(period)),
        }  # fmt: skip

    def _campaigns(self, period: pd.Timestamp) -> pd.DataFrame:
        weeks = self.campaigns.spend[self.campaigns.spend["week"].dt.to_period("M") == period.to_period("M")]
        halves = []
        for share, (entity, department) in enumerate(MARKETING.items()):
            cents = to_minor(weeks["spend"], 2)
            half = cents // 2 if share else cents - cents // 2
            vat = np.rint(half * self.settings.money.vat_services).astype(np.int64)
            halves.append(weeks.assign(entity=entity, department=department, date=weeks["week"], amount=half, vat=vat))
        return pd.concat(halves, ignore_index=True).assign(number=lambda table: table["channel"].map(ADVERTISING))

    def _owe(self, events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
        """What this month's events will bring and take, and when."""
        gross = lambda table, *more: table["net"] + table["vat"] + sum((table[name] for name in more), 0)  # noqa: E731
        online, dealers = events["online_orders"], events["dealer_orders"]
        open_items.receivable(online.assign(due=online["payment_date"], amount=gross(online)), "112203", COLLECTION, "sales")
        charges = events["charges"]
        charged = charges.assign(due=charges["date"] + pd.Timedelta(days=20), amount=gross(charges))
        open_items.receivable(charged, "112203", COLLECTION, "sales")
        by_bill = dealers["by_bill"].astype(bool)
        bank, bills = dealers[~by_bill], dealers[by_bill]
        open_items.receivable(bank.assign(due=bank["paid_date"], amount=gross(bank)), "112201", COLLECTION, "sales")
        issued = bills.assign(due=bills["paid_date"], amount=gross(bills))
        open_items.receivable(issued, "112201", "1121", "")
        matured = issued.assign(due=[months_after(day, BILL_MONTHS) for day in issued["due"]])
        open_items.receivable(matured, "1121", COLLECTION, "sales")
        rebates = dealers.assign(due=pd.to_datetime(dealers["date"].dt.year.add(1).astype(str) + "-02-15"), amount=dealers["rebate"])
        open_items.payable(rebates, "224104", OPERATING, "sales")
        for name, account, days, more in (("merchandise_purchases", "220202", 45, ()), ("material_purchases", "220201", 30, ("freight",))):
            bought = events[name]
            owed = bought.assign(due=bought["date"] + pd.Timedelta(days=days), amount=gross(bought, *more))
            open_items.payable(owed, account, OPERATING, "goods")
        self._owe_within(events, open_items)
        self._owe_people_and_services(events, open_items)

    def _owe_within(self, events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
        """Deliveries are settled on the 25th of the next month; the plant gets what the buyer owes, at one rate."""
        sent, taken = events["deliveries"], events["deliveries_in"]
        due = month_end(sent["date"]) + pd.Timedelta(days=25)
        open_items.receivable(sent.assign(due=due, amount=sent["net"] + sent["vat"]), "112202", COLLECTION, "sales", "partner")
        open_items.payable(taken.assign(due=due, amount=taken["value"] + taken["vat"]), "220204", OPERATING, "goods", "partner")

    def _owe_people_and_services(self, events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
        pay = events["pay"].assign(due=month_end(events["pay"]["date"]) + pd.Timedelta(days=10))
        february = pd.to_datetime((pay["date"].dt.year + 1).astype(str) + "-02-05")
        owed = (
            ("221101", PAYROLL, pay["wages"] - pay["income_tax"] - pay["own_social"], pay["due"]),
            ("221102", PAYROLL, pay["bonus"], february),
            ("221103", OPERATING, pay["social"] + pay["own_social"], pay["due"]),
            ("221104", OPERATING, pay["housing"], pay["due"]),
            ("222106", OPERATING, pay["income_tax"], pay["due"]),
        )
        for account, cash, amount, due in owed:
            open_items.payable(pay.assign(amount=amount, due=due), account, cash, "people")
        for name, amounts in (("expenses", ["invoiced", "vat"]), ("reversals", ["invoiced"]), ("campaigns", ["amount", "vat"])):
            table = events[name]
            owing = table.assign(due=table["date"] + pd.Timedelta(days=30), amount=table[amounts].sum(axis=1).astype(np.int64))
            open_items.payable(owing, "220203", OPERATING, "other")
        spent = events["project_spending"]
        open_items.payable(spent.assign(due=spent["date"] + pd.Timedelta(days=40)), "220203", OPERATING, "assets")

    def _usual_sales(self) -> float:
        """Yuan without tax that the stores sell in a day on average, before anything lifts them."""
        return self._store_sales() * float((self.structure.stores["size"] * self.structure.truth["store_quality"]["quality"]).sum())

    def _store_sales(self) -> float:
        prices = self.structure.products.groupby("category")["list_price"].mean()
        return float((self.structure.categories["units"] * self.structure.categories["code"].map(prices)).sum())

    def _rates(self) -> pd.Series:
        """Yuan a Hong Kong dollar, by month."""
        money = self.settings.money
        steps = stream(self.settings.seed, "fx").normal(0, money.fx_wander, len(self.periods))
        return pd.Series(money.fx * np.exp(np.cumsum(steps) - steps[0]), index=self.periods)


def _inventory(period: pd.Timestamp, supply: Supply) -> pd.DataFrame:
    """What is in stock at a month's end: entity, date, item, quantity, value in cents."""
    stocks = [("MFG", supply.materials), ("MFG", supply.products), *supply.merchandise.items()]
    return pd.concat([stock.table().assign(entity=entity, date=month_end(period)) for entity, stock in stocks], ignore_index=True)


def vouchered(table: pd.DataFrame, kind: str, step: str = "") -> pd.DataFrame:
    """Events with the number of the voucher they are posted in: one for each entity, day and kind."""
    (whose, entities), (when, days) = pd.factorize(table["entity"]), pd.factorize(table["date"])
    sort = f"{kind}-{step}" if step else kind
    numbers = np.array([f"{entity}-{pd.Timestamp(day):%Y%m%d}-{sort}" for entity in entities for day in days], dtype=object)
    return table.assign(voucher=numbers[whose * len(days) + when])


def _posted(events: dict[str, pd.DataFrame]) -> pd.DataFrame:
    told = [post(table, [rule for rule in RULES if rule.source == name]) for name, table in events.items()]
    told = [lines for lines in told if len(lines)]
    return pd.concat(told, ignore_index=True) if told else no_lines()
