"""The operating plan of a company: from its tables and drivers to every event of its trade, work, leases and running costs.

Steps stand in the order in which one rests on the other: units before prices, work and overhead before what goods cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.periods import FiscalCalendar, months_after, months_between
from planning.model.chain.assets import Leases, plan_leases
from planning.model.chain.people import Pay
from planning.model.chain.sales import Launch
from planning.model.drivers import Drivers
from planning.model.forecast import Forecast
from planning.model.ledger import Events, Ledger, post, sums_by
from planning.plan.chain import running as keeps_on
from planning.plan.chain.build import Plan, Wiring, close_plan, coded
from planning.plan.chain.meanings import neutral
from planning.plan.chain.measured import capex, goods_drivers, pay_drivers, payment_days, product_mix, sales_drivers
from planning.plan.chain.money import Opening
from planning.plan.chain.stocks import find_items, group_cost_share, past_stock, with_group_cost
from planning.plan.chain.trade import (
    Demand,
    Horizon,
    Trade,
    Traffic,
    conversion_weight,
    launched_drivers,
    plan_months,
    plan_trade,
    plan_traffic,
)
from planning.plan.chain.trade_events import trade_events
from planning.plan.chain.volumes import forecast_volumes, volume_history, volume_table
from planning.plan.chain.work import conversion_pool, plan_work, work_cells

LATER = ("value_added_tax", "income_tax", "funding")
"""Events that follow from the operating ones."""


@dataclass(frozen=True)
class Sources:
    """What a company's snapshot holds for a plan, as known on a day: `sold`, `returned` (see measured.MONTHLY_SALES), the event tables by
    name, the ledger's `rows`, `centres`, `entities` (code, currency), `rates` (date, currency, closing)."""

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

    def known(self, as_of: pd.Timestamp) -> Sources:
        """The same as it stood when a month was closed: nothing that came later."""
        last = as_of + pd.offsets.MonthEnd(0)
        cut = {name: table[table["date"] <= last] for name, table in vars(self).items() if "date" in table.columns}
        cut |= {name: table[table["period"] <= as_of] for name, table in vars(self).items() if name in ("sold", "returned", "pay")}
        return Sources(**{**vars(self), **cut, "leases": self.leases[self.leases["start"] <= last]})

    def worth(self) -> pd.Series:
        """What a unit of each entity's currency was worth in the company's at the end of the last month that has a rate; 1 of its own."""
        newest = self.rates.sort_values("date").drop_duplicates("currency", keep="last").set_index("currency")["closing"]
        return self.entities.set_index("code")["currency"].map(newest).fillna(1.0)


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
class Basis:
    """What no case changes: the forecasts of volumes and of running costs, what was measured, what lies in stock."""

    sources: Sources
    asked: Asked
    volumes: Forecast
    drivers: Drivers
    mix: pd.DataFrame
    history: pd.DataFrame | None = None
    running: Forecast | None = None


@dataclass(frozen=True)
class Operations:
    """An operating plan: its events, and what they were worked out from."""

    events: dict[str, Events]
    ledger: Ledger
    trade: Trade
    pay: Pay
    leases: Leases
    drivers: Drivers


def find_basis(sources: Sources, asked: Asked, given: Drivers, wiring: Wiring) -> Basis:
    """The forecasts that a plan rests on, and its drivers: what is given, and what was measured where nothing is."""
    known, horizon = sources.known(asked.as_of), asked.horizon
    items = _items(known, asked.as_of)
    past = past_stock(items, known.purchases, known.production, known.inventory)
    drivers = given.with_measured([
        *neutral(), *sales_drivers(known.sold, known.returned, asked.as_of), *pay_drivers(known.pay, asked.as_of),
        *goods_drivers(known.purchases, items.rows, past, asked.as_of),
        capex(open_balances(sources.rows, wiring, asked.when), _leaves(wiring, wiring.assets), asked.as_of),
    ])  # fmt: skip
    volumes = forecast_volumes(volume_history(known.sold, asked.as_of), len(horizon.beyond), asked.method, asked.workers, asked.country)
    alone = Basis(sources, asked, volumes, drivers, product_mix(known.sold, asked.as_of))
    accounts = running_accounts(plan_operations(alone, drivers, wiring).ledger, wiring)
    history = keeps_on.running_history(sources.rows, accounts, asked.as_of, asked.when)
    running = keeps_on.forecast_running(history, asked.as_of, len(horizon.periods), asked.method, asked.workers, asked.country)
    whole = replace(alone, history=history, running=running)
    balances = open_balances(sources.rows, wiring, asked.when)
    owed = plan_operations(whole, drivers, wiring).ledger
    return replace(whole, drivers=with_payment_days(drivers, owed, balances, wiring, asked.as_of))


def plan_company(basis: Basis, drivers: Drivers, wiring: Wiring) -> tuple[Operations, Plan, pd.DataFrame]:
    """A company's plan at some drivers, those of the basis or of a case: its operations, all that follows in money, and the balances that
    it begins with (entity, account, partner, amount, debits positive)."""
    asked, made = basis.asked, plan_operations(basis, drivers, wiring)
    balances = open_balances(basis.sources.rows, wiring, asked.when)
    open_at = balances[balances["period"] == asked.as_of].drop(columns="period").reset_index(drop=True)
    entities = [code for code in basis.sources.entities["code"] if code in {*made.ledger.lines["entity"]}]
    opening = find_opening(balances, basis.sources.rows, entities, wiring, asked)
    return made, close_plan(made.events, open_at, opening, entities, wiring, made.drivers, asked.horizon), open_at


def running_accounts(driven: Ledger, wiring: Wiring) -> list[str]:
    """The accounts of profit and overhead that no driver moves: those that neither the driven events are booked on, nor taxes and debt."""
    later = wiring.rules[wiring.rules["event"].isin(LATER)]
    booked = {*driven.lines["account"], *later["debit_account"], *later["credit_account"]}
    return [leaf for leaf in _leaves(wiring, wiring.running) if leaf not in booked]


def plan_operations(basis: Basis, drivers: Drivers, wiring: Wiring) -> Operations:
    """The operating plan at some drivers: those of the basis, or of a case."""
    asked, horizon = basis.asked, basis.asked.horizon
    known, drivers = basis.sources.known(asked.as_of), launched_drivers(drivers, asked.launches)
    cells, volume, _ = volume_table(basis.volumes, asked.as_of, len(horizon.beyond))
    items = _items(known, asked.as_of)
    traffic = plan_traffic(Demand(cells, volume, basis.mix, asked.launches), items, drivers, horizon)
    pay, paid = plan_work(work_cells(known.pay, known.centres, asked.as_of, drivers), drivers, horizon)
    leases, leased = _leases(known.leases, drivers, asked.as_of, len(horizon.periods))
    events = {"pay": paid, "leases": leased, "capex": _capex(known, drivers, wiring, horizon)} | _running(basis, wiring)
    booked = post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
    trade = _priced(traffic, conversion_pool(booked.units, booked.lines, _leaves(wiring, wiring.overhead)), known, drivers, horizon)
    rates = _rates(traffic, known, horizon)
    events |= trade_events(trade, drivers, horizon, known.stores, known.products, rates)
    ledger = post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
    return Operations(events, ledger, trade, pay, leases, drivers)


def with_payment_days(drivers: Drivers, ledger: Ledger, balances: pd.DataFrame, wiring: Wiring, as_of: pd.Timestamp) -> Drivers:
    """The drivers with the days that what is owed stays open, measured on the balances of the books and what a plan lets become owed."""
    chosen = ledger.of(ledger.lines["account"].isin([one.account for one in wiring.settlements]))
    owed = chosen.lines[["entity", "account"]].assign(amount=chosen.units.mean(axis=(1, 2)))
    return drivers.with_measured([payment_days(balances, owed, as_of)])


def open_balances(rows: pd.DataFrame, wiring: Wiring, when: pd.Timestamp) -> pd.DataFrame:
    """What stood on balance-sheet accounts at each month's end, as known: entity, account, partner, period, amount, debits positive."""
    kept = wiring.tree.accounts["aggregation"]
    used = rows[(rows["scenario"] == "actual") & (rows["known"] <= when) & (rows["account"].map(kept) == "stock")]
    keys = [column for column in used.columns if column not in ("known", "source", "amount")]
    newest = used.sort_values("known", kind="stable").drop_duplicates(keys, keep="last")
    partner = newest.get("partner", "none")
    signed = newest.assign(amount=newest["amount"] * newest["account"].map(wiring.sides), partner=partner)
    return signed.groupby(["entity", "account", "partner", "period"], as_index=False)["amount"].sum()


def _items(known: Sources, as_of: pd.Timestamp):
    items = find_items(known.purchases, known.production, known.inventory, known.bills, list(known.entities["code"]), as_of)
    return with_group_cost(items, group_cost_share(items, known.purchases, known.worth(), as_of))


def _rates(traffic: Traffic, known: Sources, horizon: Horizon) -> np.ndarray:
    worth = known.worth().reindex(traffic.items.rows["entity"]).fillna(1.0).to_numpy("float64")
    return np.repeat(worth[:, None, None], len(horizon.periods), axis=1)


def _priced(traffic: Traffic, pool: Mapping[str, np.ndarray], known: Sources, drivers: Drivers, horizon: Horizon) -> Trade:
    weight = conversion_weight(traffic.items, known.production)
    making = set(traffic.items.rows["entity"].iloc[traffic.items.made])
    pools = {entity: pool.get(entity, np.zeros((len(horizon.periods), 1))) for entity in sorted(making)}
    return plan_trade(traffic, pools, _rates(traffic, known, horizon), weight, drivers, horizon)


def _running(basis: Basis, wiring: Wiring) -> dict[str, Events]:
    """The event `running` with what it debits: an amount in its account's direction, by that account's side."""
    if basis.running is None:
        return {}
    settles = keeps_on.settles_by_account(wiring.tree, basis.history["account"].unique(), wiring.settles)
    found = keeps_on.running_events(basis.running, basis.history, settles, basis.asked.as_of, basis.asked.horizon.periods)
    side = found.rows["account"].map(wiring.sides).to_numpy("float64")[:, None, None]
    return {"running": Events(found.rows, {"debit": found.measures["amount"] * side})}


def _capex(known: Sources, drivers: Drivers, wiring: Wiring, horizon: Horizon) -> Events:
    """The event `capex`: spent, by company and account, where the driver says anything."""
    accounts, entities = _leaves(wiring, wiring.assets), known.entities["code"].tolist()
    cells = pd.MultiIndex.from_product([entities, accounts], names=["entity", "account"]).to_frame(index=False)
    told = drivers["capex"].measured
    said = [(entry.where.get("entity"), entry.where.get("account")) for entry in (*drivers["capex"].entries, *drivers["capex"].case)]
    keys = {*said, *(zip(told["entity"], told["account"], strict=True) if told is not None else ())}
    rows = cells[[pair in keys for pair in zip(cells["entity"], cells["account"], strict=True)]].reset_index(drop=True)
    spent = drivers.values_of("capex", rows, horizon.periods)
    return Events(rows.rename(columns={"account": "asset"}), {"spent": spent})


def _leaves(wiring: Wiring, nodes: Sequence[str]) -> list[str]:
    return [leaf for node in nodes for leaf in wiring.tree.leaves(node)]


def renewed(leases: pd.DataFrame, drivers: Drivers, last: pd.Timestamp) -> pd.DataFrame:
    """The leases with those that follow when one ends before the plan does: for as long again, at its rent and the driver `rent_rise`.

    A lease that another of the same store already follows isn't renewed; nor is one whose `lease_renewal` is 0.
    """
    while True:
        terms = zip(leases["start"], leases["months"], strict=True)
        end = pd.Series([months_after(day, int(months)) for day, months in terms], leases.index)
        newest = leases["start"] == leases.groupby(["entity", "store"])["start"].transform("max")
        ends = newest & (end <= last)
        if not ends.any():
            return leases.reset_index(drop=True)
        due = leases[ends].assign(start=end[ends])
        asked = due[["entity", "store"]], pd.DatetimeIndex([last])
        goes_on = drivers.values_of("lease_renewal", *asked)[:, 0, 0] > 0
        rent = due["rent"] * (1 + drivers.values_of("rent_rise", *asked)[:, 0, 0])
        following = due.assign(rent=rent, lease=due["lease"] + "+")[goes_on]
        if following.empty:
            return leases.reset_index(drop=True)
        leases = pd.concat([leases, following], ignore_index=True)


def _leases(leases: pd.DataFrame, drivers: Drivers, as_of: pd.Timestamp, periods: int) -> tuple[Leases, Events]:
    """Every lease that runs, and the event `leases` by cost centre: added, paid, interest, depreciation."""
    first = months_after(as_of, 1)
    leases = renewed(leases, drivers, months_after(as_of, periods))
    start = np.array([months_between(first, day) for day in leases["start"]], dtype=int)
    asked = leases[["entity", "store"]], pd.DatetimeIndex([first])
    rate, every = (drivers.values_of(name, *asked)[:, 0, 0] for name in ("lease_rate", "rent_months"))
    found = plan_leases(start, leases["months"].to_numpy(int), leases["rent"].to_numpy(), every.astype(int), rate, periods)
    by = ["entity", "cost_centre"]
    names = ("added", "paid", "interest", "depreciation")
    sums = {name: sums_by(leases[by].reset_index(drop=True), getattr(found, name), by) for name in names}
    return found, Events(next(iter(sums.values()))[0], {name: values for name, (_, values) in sums.items()})


def find_opening(balances: pd.DataFrame, rows: pd.DataFrame, entities: list[str], wiring: Wiring, asked: Asked) -> Opening:
    """What there is when the plan begins. `balances`: open_balances; `rows`: the ledger's, for profit and tax of the year so far."""
    now = balances[balances["period"] == asked.as_of]

    def of(codes) -> np.ndarray:
        return np.array([now.loc[(now["entity"] == one) & now["account"].isin(codes), "amount"].sum() for one in entities])

    accounts = wiring.accounts
    year = asked.calendar.fiscal_year(months_after(asked.as_of, 1))
    begun = [period for period in asked.calendar.year(year) if period <= asked.as_of]
    booked = keeps_on.running_history(rows, _leaves(wiring, [accounts.taxed]), asked.as_of, asked.when)
    booked = booked[booked["period"].isin(begun) & ~booked["account"].isin(_leaves(wiring, accounts.untaxed))]
    earned = -(booked["amount"] * booked["account"].map(wiring.sides)).groupby(booked["entity"]).sum().reindex(entities).fillna(0.0)
    taxes = keeps_on.running_history(rows, [wiring.income_tax], asked.as_of, asked.when)
    taken = taxes[taxes["period"].isin(begun)].groupby("entity")["amount"].sum().reindex(entities).fillna(0.0)
    none = np.zeros(len(entities))
    cash, debt, owed = of(_leaves(wiring, accounts.cash)), -of(_leaves(wiring, accounts.debt)), -of([accounts.tax_owed])
    return Opening(cash, debt, owed, none, earned.to_numpy(), taken.to_numpy())
