"""The group, month after month: events, and the ledger that follows from them. Only one month is held at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_end, month_range
from planning.inputs.sample import planted
from planning.inputs.sample.bills import Bills
from planning.inputs.sample.buyers import MORE_THAN_ONE, build_buyers, orders_of
from planning.inputs.sample.campaigns import build_campaigns
from planning.inputs.sample.dealers import dealer_orders
from planning.inputs.sample.demand import build_demand
from planning.inputs.sample.dividends import dividends, dividends_in
from planning.inputs.sample.exchange import Claims, rates_of_exchange
from planning.inputs.sample.leases import build_leases, schedule
from planning.inputs.sample.ledger import no_lines, post
from planning.inputs.sample.market import build_market
from planning.inputs.sample.month_end import MonthEnd
from planning.inputs.sample.openings import Assets, accounts_of, opening_events
from planning.inputs.sample.people import build_people
from planning.inputs.sample.postings import RULES
from planning.inputs.sample.projects import build_projects
from planning.inputs.sample.rebates import Rebates
from planning.inputs.sample.returns import Returns
from planning.inputs.sample.services import bank_charges, scrap, services
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import slips_of
from planning.inputs.sample.spending import build_spending
from planning.inputs.sample.structure import SOUTH_PRICES, build_structure
from planning.inputs.sample.subscribers import build_subscribers, charges_of
from planning.inputs.sample.supply import Supply, material_prices
from planning.inputs.sample.terms import owe
from planning.inputs.sample.treasury import Balances, OpenItems

ADVERTISING = {"search": "21", "social": "22", "video": "23", "outdoor": "24", "affiliates": "25"}
MARKETING = {"NORTH": "D305", "SOUTH": "D405", "ONLINE": "D505"}
"""Who pays for advertising, each by what it sells."""
PLACES = {"plant": "01", "store": "02", "system": "03"}
"""Of construction in progress, by the kind of project."""


@dataclass(frozen=True)
class Month:
    """A month's events by kind, each with entity, date and voucher, and the lines of the ledger."""

    period: pd.Timestamp
    events: dict[str, pd.DataFrame]
    lines: pd.DataFrame


class Life:
    """What a world carries from month to month: stocks, claims and debts, balances, goods and bills on their way."""

    def __init__(self, settings: Settings, structure, prices):
        self.supply = Supply(settings, structure, prices)
        self.open_items, self.balances, self.assets = OpenItems(), Balances(), Assets(settings)
        self.closing = MonthEnd(settings, structure, self.balances, self.open_items)
        self.returns, self.rebates = Returns(settings), Rebates(settings, structure)
        self.bills, self.claims = Bills(settings), Claims()
        self.unsettled: pd.DataFrame | None = None

    def new_year(self, period: pd.Timestamp) -> None:
        """In January the plant's rates are set anew by what the year before came to."""
        if period.month == 1 and self.closing.converted:
            self.supply.set_rate(self.closing.converted)
            self.closing.converted = 0


class World:
    """Everything that doesn't change, built once; `months` then lives through it."""

    def __init__(self, settings: Settings):
        self.settings, self.structure = settings, build_structure(settings)
        self.periods = month_range(month(settings.first_month), settings.months)
        self.buyers, self.subscribers = build_buyers(settings), build_subscribers(settings)
        self.rates = rates_of_exchange(settings)
        self.usual = self._usual_sales()
        self.campaigns = build_campaigns(settings, self.structure, self.usual.sum() * 7)
        self.demand = build_demand(settings, self.structure, self.campaigns.lift)
        self.market = build_market(settings, self.structure, self.demand, self.usual.sum())
        self.people = build_people(settings, self.structure)
        self.spending = build_spending(settings, self.structure, self.people.headcount)
        self.projects = build_projects(settings, self.structure)
        self.leases = build_leases(settings, self.structure, self._store_sales() * 365)
        self.prices = material_prices(settings, self.structure)
        self.fx = self.rates.set_index("month")["average"]
        self.leaked: dict[pd.Timestamp, float] = {}

    def months(self) -> Iterator[Month]:
        """Every month in turn."""
        life = Life(self.settings, self.structure, self.prices)
        until = self.periods[-1] + pd.offsets.MonthBegin()
        schedules = [schedule(lease, self.settings.money.lease_rate, until) for lease in self.leases.itertuples()]
        leases = pd.concat(schedules, ignore_index=True)
        for period in self.periods:
            life.new_year(period)
            events = opening_events(self.settings, self.structure, life.assets) if period == self.periods[0] else {}
            events |= self._trade(period, life)
            events |= self._costs(period, leases, life)
            life.rebates.note(period, events)
            events["rebates_customer"] = life.rebates.customers(period)
            self.leaked[period] = planted.leaked(self.settings, events["merchandise_purchases"], self.rates_in(period))
            owe(events, life.open_items)
            events |= self._settle(period, life, events)
            events = {name: vouchered(table, name) for name, table in events.items() if len(table)}
            lines = _posted(events)
            life.balances.add(lines)
            transfers, closed = self._close(period, life)
            events |= {"transfers": transfers, "inventory": _inventory(period, life.supply), "market": _of(self.market, period)}
            yield Month(period, events, pd.concat([lines, *closed], ignore_index=True))

    def truth(self) -> dict[str, pd.DataFrame]:
        """What was planted, by table; `leak` of the months that have been lived through."""
        settings, structure, usual = self.settings, self.structure, float(self.usual.sum() * 7)
        told = planted.advertising(settings, structure, self.campaigns, usual)
        return {
            "expected_demand": planted.expected_demand(self.demand), "seasons": planted.seasons(settings, self.demand),
            "trend_breaks": planted.trend_breaks(settings), "elasticity": structure.truth["elasticity"],
            "store_quality": planted.store_levels(structure), "advertising": told,
            "channels": planted.channels(settings, structure, told, usual), "hazards": planted.hazards(settings, self.subscribers),
            "subscriber_value": planted.subscriber_value(settings, self.subscribers),
            "buyer_value": planted.buyer_value(settings, structure, self.buyers),
            "department_needs": self.spending.needs, "department_habits": structure.truth["department_habits"],
            "material_prices": planted.material_truth(settings, self.prices), "sponsors": planted.sponsors(self.projects),
            "leak": pd.DataFrame(list(self.leaked.items()), columns=["month", "leak"]),
        }  # fmt: skip

    def rates_in(self, period: pd.Timestamp, sort: str = "average") -> pd.Series:
        """Yuan for one of an entity's currency: on average in a month, or at its end (`closing`)."""
        rate = float(self.rates.set_index("month").loc[period, sort])
        return self.structure.entities.set_index("code")["currency"].map({"CNY": 1.0, "HKD": rate})

    def _trade(self, period: pd.Timestamp, life: Life) -> dict[str, pd.DataFrame]:
        """Sales, all that comes in for them, and what comes back."""
        settings, structure, demand, supply = self.settings, self.structure, self.demand, life.supply
        slips = slips_of(settings, structure, demand, period)
        online = orders_of(settings, structure, demand, self.buyers, period).assign(entity="ONLINE")
        dealers = dealer_orders(settings, structure, demand, period)
        needed = {entity: table.groupby("product")["quantity"].sum() for entity, table in slips.groupby("entity")}
        needed["ONLINE"] = online.groupby("product")["quantity"].sum()
        to_dealers = dealers.groupby("product")["quantity"].sum()
        begun = supply.begin_with(period, needed, to_dealers, self.fx[period]) if period == self.periods[0] else slips.iloc[:0]
        told = {"opening_stock": begun} | supply.come_in(period, needed, to_dealers, self.fx[period])
        _cost(slips, online, dealers, supply)
        back = life.returns.month(period, slips, online)
        for entity, table in back.groupby("entity"):
            supply.stock_of(entity).receive(table["product"], table["quantity"], table["cost"])
        numbers = structure.products.set_index("code")["number"]
        for name in ("deliveries", "merchandise_purchases", "production"):
            told[name]["number"] = told[name]["product"].map(numbers)
        charges = charges_of(settings, self.subscribers, period).assign(entity="ONLINE")
        cleared = slips.assign(amount=slips["net"] + slips["vat"]).groupby("entity", as_index=False)["amount"].sum()
        return {
            "slips": slips, "online_orders": online, "dealer_orders": dealers, "returns": back, **told,
            "deliveries_in": told["deliveries"].rename(columns={"entity": "partner", "partner": "entity"}),
            "clearings": cleared.assign(date=month_end(period)), "charges": charges,
            "services": services(settings, period, online, charges), "scrap": scrap(settings, period, told["material_uses"]),
        }  # fmt: skip

    def _costs(self, period: pd.Timestamp, leases: pd.DataFrame, life: Life) -> dict[str, pd.DataFrame]:
        """People, expenses, advertising, projects, assets and leases; dividends."""
        spent = _of(self.spending.expenses, period)
        spent = spent.assign(date=month_end(period), invoiced=spent["net"] - spent["accrued"])
        before, life.unsettled = life.unsettled, spent
        reversed_ = before.assign(date=period, invoiced=before["accrued"]) if before is not None else spent.iloc[:0]
        events = {
            "pay": _of(self.people.pay, period), "expenses": spent, "reversals": reversed_, "campaigns": self._campaigns(period),
            "leases": self.leases[self.leases["start"] == period].assign(date=period),
            "lease_months": _of(leases, period).assign(date=month_end(period)), **self._projects(period, life),
        }  # fmt: skip
        events["depreciation"]["account"] = accounts_of(self.structure, events["depreciation"]["department"])
        paid = dividends(self.settings, self.structure, period, life.closing.profits, life.balances, self.rates_in(period))
        return events | {"dividends": paid, "dividends_in": dividends_in(paid)}

    def _projects(self, period: pd.Timestamp, life: Life) -> dict[str, pd.DataFrame]:
        """What is spent on projects and comes of them, those that become assets, and what all assets lose."""
        project, flows, spent = _of(self.projects.spent, period), _of(self.projects.flows, period), self.projects.spent
        ready = spent[spent["project"].isin(project.loc[project["ready"].astype(bool), "project"])]
        finished = ready.groupby(["entity", "project", "sponsor", "kind"], as_index=False)["amount"].sum() if len(ready) else ready
        finished = finished.assign(date=month_end(period), place=finished["kind"].map(PLACES))
        return {
            "project_spending": project.assign(date=project["month"], place=project["kind"].map(PLACES)),
            "project_flows": flows.assign(date=month_end(period)), **life.assets.month(period, finished),
        }  # fmt: skip

    def _campaigns(self, period: pd.Timestamp) -> pd.DataFrame:
        """A month's weeks of advertising, each divided among those whom it helps to sell."""
        weeks = self.campaigns.spend[self.campaigns.spend["week"].dt.to_period("M") == period.to_period("M")]
        cents, shares = to_minor(weeks["spend"], 2), self.usual / self.usual.sum()
        bounds = np.rint(np.outer(np.r_[0, shares.cumsum().to_numpy()], cents)).astype(np.int64)
        parts = []
        for at, entity in enumerate(self.usual.index):
            amount = np.rint((bounds[at + 1] - bounds[at]) / self.rates_in(period)[entity]).astype(np.int64)
            vat = np.rint(amount * (0.0 if entity == "SOUTH" else self.settings.money.vat_services)).astype(np.int64)
            parts.append(weeks.assign(entity=entity, department=MARKETING[entity], date=weeks["week"], amount=amount, vat=vat))
        return pd.concat(parts, ignore_index=True).assign(number=lambda table: table["channel"].map(ADVERTISING))

    def _settle(self, period: pd.Timestamp, life: Life, events: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """What falls due is paid, in money or by bills; rebates of the year; what the rate of exchange changes."""
        rates, sent, ours = self.rates_in(period), events["deliveries"], events["dividends_in"]
        life.claims.arise("112202", sent.assign(owed=sent["value"] + sent["vat"], booked=sent["net"] + sent["vat"]))
        life.claims.arise("1131", ours.assign(owed=ours["amount"], booked=ours["value"]))
        life.bills.promise(period, events["dealer_orders"])
        payments = life.open_items.due(month_end(period))
        bills = life.bills.month(period, payments)
        payments = pd.concat([payments, life.claims.receipts(payments, rates)], ignore_index=True)
        return {
            "payments": payments, **bills, "rebates_supplier": life.rebates.suppliers(period),
            "bank_charges": bank_charges(self.settings, period, payments, events["clearings"]),
            "exchange": life.claims.differences(period, self.rates_in(period, "closing")),
        }  # fmt: skip

    def _close(self, period: pd.Timestamp, life: Life) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
        """The month's end: transfers between accounts, and their lines."""
        transfers, lines = [], []
        for table in life.closing.steps(period):
            transfers.append(vouchered(table, "transfers", life.closing.step))
            lines.append(_posted({"transfers": transfers[-1]}))
            life.balances.add(lines[-1])
        return pd.concat(transfers, ignore_index=True), lines

    def _usual_sales(self) -> pd.Series:
        """Yuan without tax sold in a day on average, before anything lifts it, by who sells to the public."""
        stores = self.structure.stores.assign(worth=self.structure.stores["size"] * self.structure.truth["store_quality"]["quality"])
        chains = stores.groupby("entity")["worth"].sum() * self._store_sales()
        chains["SOUTH"] *= SOUTH_PRICES * self.settings.money.fx
        prices = self.structure.products.groupby("category")["list_price"].mean()
        piece = self._store_sales() / self.structure.categories["units"].sum() if len(prices) else 0.0
        chains["ONLINE"] = self.buyers.orders(self.settings.months) / 30.4 * (1 + MORE_THAN_ONE) * piece
        return chains[list(MARKETING)]

    def _store_sales(self) -> float:
        prices = self.structure.products.groupby("category")["list_price"].mean()
        return float((self.structure.categories["units"] * self.structure.categories["code"].map(prices)).sum())


def _of(table: pd.DataFrame, period: pd.Timestamp) -> pd.DataFrame:
    """A month's rows."""
    return table[table["month"] == period] if len(table) else table


def _cost(slips: pd.DataFrame, online: pd.DataFrame, dealers: pd.DataFrame, supply: Supply) -> None:
    """What is sold goes out of stock: the column `cost`, cents."""
    slips["cost"] = np.int64(0)
    for entity, at in slips.groupby("entity").groups.items():
        slips.loc[at, "cost"] = supply.stock_of(entity).issue(slips.loc[at, "product"], slips.loc[at, "quantity"])
    online["cost"] = supply.stock_of("ONLINE").issue(online["product"], online["quantity"])
    dealers["cost"] = supply.products.issue(dealers["product"], dealers["quantity"])


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
