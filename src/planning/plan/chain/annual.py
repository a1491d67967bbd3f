"""The operating plan of a company: from its tables and drivers to every event of its trade, work, leases and running costs.

Steps stand in the order in which one rests on the other: units before prices, work and overhead before what goods cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.periods import months_after
from planning.model.chain.assets import Leases
from planning.model.chain.people import Pay
from planning.model.drivers import Drivers
from planning.model.ledger import Events, Ledger, post
from planning.plan.chain import running as keeps_on
from planning.plan.chain.activities import activity_costs, with_requests
from planning.plan.chain.assets import capex_events, cost_by_asset, depreciation_events, depreciation_shares, open_projects, project_events
from planning.plan.chain.build import Plan, Wiring, close_plan, coded
from planning.plan.chain.dividends import Owners
from planning.plan.chain.exchange import average_worth
from planning.plan.chain.leases import lease_events
from planning.plan.chain.money import Opening
from planning.plan.chain.owners import booked_profits, find_begun, first_year, with_reserve
from planning.plan.chain.sources import Asked, Basis, Sources, known_items, open_balances
from planning.plan.chain.supplier_rebates import EVENT, earlier_rebates, rebate_month
from planning.plan.chain.trade import Demand, Horizon, Trade, Traffic, conversion_weight, launched_drivers, plan_trade, plan_traffic
from planning.plan.chain.trade_events import trade_events
from planning.plan.chain.volumes import volume_table
from planning.plan.chain.work import conversion_pool, plan_work, work_cells


@dataclass(frozen=True)
class Operations:
    """An operating plan: its events, and what they were worked out from."""

    events: dict[str, Events]
    ledger: Ledger
    trade: Trade
    pay: Pay
    leases: Leases
    drivers: Drivers


def plan_company(basis: Basis, drivers: Drivers, wiring: Wiring) -> tuple[Operations, Plan, pd.DataFrame]:
    """A company's plan at some drivers, those of the basis or of a case: its operations, all that follows in money, and the balances that
    it begins with (entity, account, partner, amount, debits positive)."""
    asked, made = basis.asked, plan_operations(basis, drivers, wiring)
    balances = open_balances(basis.sources.rows, wiring, asked.when)
    open_at = balances[balances["period"] == asked.as_of].drop(columns="period").reset_index(drop=True)
    entities = [code for code in basis.sources.entities["code"] if code in {*made.ledger.lines["entity"]}]
    opening = find_opening(balances, basis.sources.rows, entities, wiring, asked, made.drivers)
    owners = _owners(basis, made.drivers, entities, open_at, wiring)
    plan = close_plan(made.events, open_at, opening, entities, wiring, made.drivers, asked.horizon, owners)
    return made, with_reserve(plan, open_at, wiring, made.drivers, asked.calendar), open_at


def plan_operations(basis: Basis, drivers: Drivers, wiring: Wiring) -> Operations:
    """The operating plan at some drivers: those of the basis, or of a case."""
    asked, horizon = basis.asked, basis.asked.horizon
    known, drivers = basis.sources.known(asked.as_of), launched_drivers(drivers, asked.launches)
    cells, volume, _ = volume_table(basis.volumes, asked.as_of, len(horizon.beyond), basis.astray.volumes)
    items = known_items(known, asked.as_of)
    traffic = plan_traffic(Demand(cells, volume, basis.mix, asked.launches), items, drivers, horizon)
    pay, paid = plan_work(work_cells(known.pay, known.centres, asked.as_of, drivers), drivers, horizon)
    leases, leased = lease_events(known.leases, drivers, asked.as_of, len(horizon.periods))
    events = {"pay": paid, "leases": leased} | _assets(known, basis, drivers, wiring) | _running(basis, drivers, wiring, traffic, pay)
    booked = post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
    rates = _rates(traffic, known, drivers, horizon)
    pool = conversion_pool(booked.units, booked.lines, wiring.leaves(wiring.overhead))
    trade = _priced(traffic, pool, known, drivers, horizon, rates)
    events |= trade_events(trade, drivers, horizon, known.stores, known.products, rates)
    month = rebate_month(wiring)
    if month is not None:
        events |= {EVENT: earlier_rebates(known.purchases, items, drivers, month, asked.calendar, horizon)}
    ledger = post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
    return Operations(events, ledger, trade, pay, leases, drivers)


def _rates(traffic: Traffic, known: Sources, drivers: Drivers, horizon: Horizon) -> np.ndarray:
    entities = known.entities.reset_index(drop=True)
    place = pd.Index(entities["code"]).get_indexer(traffic.items.rows["entity"])
    return average_worth(drivers, entities, known.rates, horizon.periods)[place]


def _priced(
    traffic: Traffic, pool: Mapping[str, np.ndarray], known: Sources, drivers: Drivers, horizon: Horizon, rates: np.ndarray
) -> Trade:
    weight = conversion_weight(traffic.items, known.production)
    making = set(traffic.items.rows["entity"].iloc[traffic.items.made])
    pools = {entity: pool.get(entity, np.zeros((len(horizon.periods), 1))) for entity in sorted(making)}
    return plan_trade(traffic, pools, rates, weight, drivers, horizon)


def _running(basis: Basis, drivers: Drivers, wiring: Wiring, traffic: Traffic, pay: Pay) -> dict[str, Events]:
    """The event `running`: what goes on, follows an activity or is requested. What it debits (an amount in its account's direction, by that
    account's side), `settles` and `movement`: the other side, and the value added tax on it, `input` on costs and `output` on incomes, at
    the driver `running_tax`."""
    if basis.running is None:
        return {}
    as_of, periods = basis.asked.as_of, basis.asked.horizon.periods
    told = activity_costs(wiring.activities, traffic.sales, pay, drivers, periods)
    found = keeps_on.running_events(basis.running, basis.history, as_of, periods, basis.astray.running, told)
    homes = basis.sources.centres.set_index("code")["entity"].to_dict()
    cells, amounts = with_requests(found.rows, found.measures["amount"], drivers, homes, periods)
    other = keeps_on.settles_by_account(wiring.tree, cells["account"].unique(), wiring.settles)
    settles, movement = (cells["account"].map(lambda code, at=at: other.get(code, ("", ""))[at]) for at in (0, 1))
    debit = amounts * cells["account"].map(wiring.sides).to_numpy("float64")[:, None, None]
    tax = debit * drivers.values_of("running_tax", cells, periods)
    income = (cells["account"].map(wiring.tree.accounts["kind"]) == "revenue").to_numpy()[:, None, None]
    rows = cells.assign(settles=settles, movement=movement)
    return {"running": Events(rows, {"debit": debit, "input": np.where(income, 0.0, tax), "output": np.where(income, -tax, 0.0)})}


def _assets(known: Sources, basis: Basis, drivers: Drivers, wiring: Wiring) -> dict[str, Events]:
    """The events of what is used for years: capex, projects, depreciation."""
    asked, months = basis.asked, basis.asked.horizon.periods
    projects = project_events(open_projects(known.projects, known.project_flows, known.centres, asked.as_of, len(months)), drivers, months)
    spent = capex_events(drivers, known.entities["code"].tolist(), wiring, months)
    found = {"capex": spent} | ({"projects": projects} if len(projects.rows) else {})
    if not wiring.worn:
        return found
    cost = cost_by_asset(open_balances(known.rows, wiring, asked.when), wiring.worn, asked.as_of)
    shares = depreciation_shares(keeps_on.running_history(known.rows, wiring.depreciation, asked.as_of, asked.when), asked.as_of)
    above = {wiring.tree.accounts.loc[code, "parent"]: code for code in wiring.depreciation}
    expense = known.pay.drop_duplicates("cost_centre", keep="last").set_index("cost_centre")["account"].map(above).dropna().to_dict()
    lost = depreciation_events(cost, shares, spent, projects, expense, wiring, drivers, months)
    return found | {"depreciation": lost}


def _owners(basis: Basis, drivers: Drivers, entities: list[str], open_at: pd.DataFrame, wiring: Wiring) -> Owners | None:
    """Who owns the companies of the plan, and what there is to distribute; none where the wiring doesn't say how it is booked."""
    if wiring.equity is None:
        return None
    sources, asked = basis.sources, basis.asked
    net = booked_profits(sources.rows, wiring.equity.profit, wiring, asked)
    begun = find_begun(net, open_at, entities, wiring, first_year(asked))
    chosen = sources.entities.set_index("code").loc[entities].reset_index()
    worth = average_worth(drivers, chosen, sources.known(asked.as_of).rates, asked.horizon.periods)
    parents = chosen.set_index("code")["parent"].dropna().to_dict() if "parent" in chosen else {}
    known = sources.ownership
    owned = known[known["from"] <= asked.as_of].sort_values("from").groupby("entity")["owned"].last().to_dict() if known is not None else {}
    return Owners(wiring.equity.profit, parents, owned, worth, begun)


def find_opening(
    balances: pd.DataFrame, rows: pd.DataFrame, entities: list[str], wiring: Wiring, asked: Asked, drivers: Drivers
) -> Opening:
    """What there is when the plan begins. `balances`: open_balances; `rows`: the ledger's, for profit and tax of the year so far."""
    now = balances[balances["period"] == asked.as_of]

    def of(codes) -> np.ndarray:
        return np.array([now.loc[(now["entity"] == one) & now["account"].isin(codes), "amount"].sum() for one in entities])

    accounts = wiring.accounts
    year = asked.calendar.fiscal_year(months_after(asked.as_of, 1))
    begun = [period for period in asked.calendar.year(year) if period <= asked.as_of]
    booked = keeps_on.running_history(rows, wiring.leaves([accounts.taxed]), asked.as_of, asked.when)
    booked = booked[booked["period"].isin(begun) & ~booked["account"].isin(wiring.leaves(accounts.untaxed))]
    earned = -(booked["amount"] * booked["account"].map(wiring.sides)).groupby(booked["entity"]).sum().reindex(entities).fillna(0.0)
    taxes = keeps_on.running_history(rows, [wiring.income_tax], asked.as_of, asked.when)
    taken = taxes[taxes["period"].isin(begun)].groupby("entity")["amount"].sum().reindex(entities).fillna(0.0)
    losses = drivers.values_of("tax_losses", pd.DataFrame({"entity": entities}), asked.horizon.periods[:1])[:, 0, 0]
    cash, debt, owed = of(wiring.leaves(accounts.cash)), -of(wiring.leaves(accounts.debt)), -of([accounts.tax_owed])
    return Opening(cash, debt, owed, losses, earned.to_numpy(), taken.to_numpy())
