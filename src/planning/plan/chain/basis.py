"""What no case of a plan changes: the forecasts of volumes and running costs, and the drivers that are measured in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from planning.core.drivers import Driver
from planning.model.drivers import Drivers
from planning.model.ledger import Ledger
from planning.plan.chain import running as keeps_on
from planning.plan.chain.activities import activity_rate
from planning.plan.chain.annual import plan_operations
from planning.plan.chain.assets import asset_life, capex, cost_by_asset, missed_capex, open_projects
from planning.plan.chain.build import Wiring
from planning.plan.chain.exchange import exchange_rate
from planning.plan.chain.meanings import neutral
from planning.plan.chain.measured import (
    YEAR,
    bill_share,
    customer_rebate,
    goods_drivers,
    lately,
    pay_drivers,
    payment_days,
    product_mix,
    sales_drivers,
)
from planning.plan.chain.measured_money import interest_rate, tax_rate
from planning.plan.chain.orders import at_booked_cost, beyond_orders, booked_sales, bought_as_sold, in_own_currency
from planning.plan.chain.owners import booked_profits, first_year, payout_drivers, tax_losses
from planning.plan.chain.rises import price_histories, with_rises
from planning.plan.chain.sources import Asked, Basis, Sources, known_items, open_balances
from planning.plan.chain.stocks import past_stock
from planning.plan.chain.volumes import forecast_volumes, volume_history

LATER = ("value_added_tax", "income_tax", "funding", "dividends", "dividends_in")
"""Events that follow from the operating ones: what they are booked on doesn't run on by itself."""


def find_basis(found: Sources, asked: Asked, given: Drivers, wiring: Wiring) -> Basis:
    """The forecasts that a plan rests on, and its drivers: what is given, and what was measured where nothing is."""
    sources = booked_orders(found, wiring, asked)
    known, horizon = sources.known(asked.as_of), asked.horizon
    items = known_items(known, asked.as_of)
    past = past_stock(items, known.purchases, known.production, known.inventory)
    priced = [
        *sales_drivers(known.sold, known.returned, asked.as_of), *pay_drivers(known.pay, asked.as_of),
        *_rebate_drivers(known, asked, wiring), *goods_drivers(known.purchases, items.rows, past, asked.as_of),
    ]  # fmt: skip
    drivers = given.with_measured([
        *neutral(), exchange_rate(known.rates), *with_rises(priced, price_histories(known.sold, known.purchases, known.pay), asked.as_of),
        *_money_drivers(sources, wiring, asked), *_asset_drivers(sources, asked, wiring),
        _activity_driver(known, asked, wiring), *_owner_drivers(sources, asked, wiring),
    ])  # fmt: skip
    volumes = forecast_volumes(volume_history(known.sold, asked.as_of), len(horizon.beyond), asked.method, asked.workers, asked.country)
    alone = Basis(found, sources, asked, volumes, drivers, product_mix(known.sold, asked.as_of))
    accounts = running_accounts(plan_operations(alone, drivers, wiring).ledger, wiring)
    booked = keeps_on.running_history(sources.rows, accounts, asked.as_of, asked.when)
    history = beyond_orders(booked, known.sold, wiring.orders.told, asked.as_of)
    running = keeps_on.forecast_running(history, asked.as_of, len(horizon.periods), asked.method, asked.workers, asked.country)
    balances = open_balances(sources.rows, wiring, asked.when)
    spent = missed_capex(balances, wiring, asked.as_of, len(horizon.periods))
    whole = replace(alone, history=history, running=running, capex=spent)
    owed = plan_operations(whole, drivers, wiring).ledger
    size = size_of_last_year(owed, sources.rows, wiring, asked)
    return replace(whole, drivers=with_payment_days(drivers, owed, balances, wiring, asked.as_of, size))


def booked_orders(sources: Sources, wiring: Wiring, asked: Asked) -> Sources:
    """The sources with what was sold as the books would have it: by companies that kept some when the plan was made, in their currencies,
    at the cost that these take; and with what came in for it where nothing is told of a company's goods."""
    orders, balances = wiring.orders, open_balances(sources.rows, wiring, asked.when)
    sold = booked_sales(sources.sold, set(balances.loc[balances["period"] <= asked.as_of, "entity"]), orders.channels)
    own = in_own_currency(sold, orders.currency, sources.entities, sources.rates) if orders.currency else sold
    if orders.cost:
        own = at_booked_cost(own, keeps_on.running_history(sources.rows, [orders.cost], asked.as_of, asked.when), asked.as_of)
    told = {code for table in (sources.purchases, sources.production, sources.inventory) for code in table["entity"]}
    return replace(sources, sold=own, purchases=bought_as_sold(own, sources.purchases, told))


def running_accounts(driven: Ledger, wiring: Wiring) -> list[str]:
    """The accounts of profit and overhead that no driver moves: those that neither the driven events are booked on, nor taxes and debt;
    and those of which the orders tell a part."""
    later = wiring.rules[wiring.rules["event"].isin(LATER)]
    booked = {*driven.lines["account"], *later["debit_account"], *later["credit_account"]} - set(wiring.orders.told)
    gone = booked | set(wiring.leaves(wiring.replaced))
    return [leaf for leaf in wiring.leaves(wiring.running) if leaf not in gone]


def size_of_last_year(ledger: Ledger, rows: pd.DataFrame, wiring: Wiring, asked: Asked) -> pd.Series:
    """By company what it earned in the last year, of what the plan's first twelve months earn; 1 where that is beyond half or twice: such a
    company doesn't live on what it sells."""
    revenue = [leaf for leaf in wiring.leaves(wiring.running) if wiring.tree.accounts.at[leaf, "kind"] == "revenue"]
    planned = ledger.of(ledger.lines["account"].isin(revenue))
    ahead = pd.Series(-planned.units[:, :YEAR].mean(axis=2).sum(axis=1)).groupby(planned.lines["entity"].to_numpy()).sum()
    booked = lately(keeps_on.running_history(rows, revenue, asked.as_of, asked.when), asked.as_of, YEAR)
    came = -(booked["amount"] * booked["account"].map(wiring.sides)).groupby(booked["entity"]).sum()
    ratio = came / ahead.where(ahead > 0)
    return ratio.where(ratio.between(0.5, 2.0), 1.0)


def with_payment_days(
    drivers: Drivers, ledger: Ledger, balances: pd.DataFrame, wiring: Wiring, as_of: pd.Timestamp, size: pd.Series
) -> Drivers:
    """The drivers with the days that what is owed stays open, and the share of it paid by bill: the balances of the last year over what a
    plan's first twelve months let become owed, at the `size` that the company then had of it, by entity."""
    chosen = ledger.of(ledger.lines["account"].isin([one.account for one in wiring.settlements]))
    of_size = chosen.lines["entity"].map(size).fillna(1.0).to_numpy("float64")
    owed = chosen.lines[["entity", "account"]].assign(amount=chosen.units[:, :YEAR].mean(axis=(1, 2)) * of_size)
    owed = owed.groupby(["entity", "account"], as_index=False).sum()
    bills = {one.account: one.bill for one in wiring.settlements if one.bill}
    cells = pd.MultiIndex.from_product([sorted({*owed["entity"]}), sorted({*bills.values()})], names=["entity", "account"])
    run = drivers.values_of("bill_months", cells.to_frame(index=False), ledger.periods[:1])[:, 0, 0]
    shares = bill_share(balances, owed, bills, pd.Series(run, cells, dtype=float), as_of)
    return drivers.with_measured([payment_days(balances, owed, as_of), *([shares] if len(shares.measured) else [])])


def _money_drivers(sources: Sources, wiring: Wiring, asked: Asked) -> list[Driver]:
    """What the books tell of taxes and interest."""
    balances = open_balances(sources.rows, wiring, asked.when)
    entities = [code for code in sources.entities["code"] if code in {*balances.loc[balances["period"] == asked.as_of, "entity"]}]

    def booked(accounts: Sequence[str]) -> pd.DataFrame:
        """What accounts of profit came to by month, profit above 0."""
        found = keeps_on.running_history(sources.rows, accounts, asked.as_of, asked.when)
        return found.assign(amount=-found["amount"] * found["account"].map(wiring.sides))

    def stood(nodes: Sequence[str], side: int) -> pd.DataFrame:
        found = balances[balances["account"].isin(wiring.leaves(nodes))]
        return found.assign(amount=found["amount"] * side)

    taxed = [leaf for leaf in wiring.leaves([wiring.accounts.taxed]) if leaf != wiring.income_tax]
    tax = booked([wiring.income_tax])
    paid, earned = booked([wiring.account_of("funding", "interest", "debit")]), booked([wiring.account_of("funding", "earned", "credit")])
    return [
        tax_rate(booked(taxed), tax.assign(amount=-tax["amount"]), entities, asked.as_of),
        interest_rate("loan_rate", paid.assign(amount=-paid["amount"]), stood(wiring.accounts.debt, -1), entities, asked.as_of),
        interest_rate("deposit_rate", earned, stood(wiring.accounts.cash, 1), entities, asked.as_of),
    ]


def _before_depreciation(balances: pd.DataFrame, sources: Sources, wiring: Wiring, asked: Asked) -> pd.DataFrame:
    """The balances with what the last year wrote off assets that the books keep net: what was spent on them is their growth and this."""
    assets = set(wiring.leaves(wiring.assets))
    settles = keeps_on.settles_by_account(wiring.tree, wiring.leaves(wiring.running), wiring.settles)
    off = {account: asset for account, (asset, _) in settles.items() if asset in assets}
    year = lately(keeps_on.running_history(sources.rows, off, asked.as_of, asked.when), asked.as_of, YEAR)
    taken = year.assign(account=year["account"].map(off), partner="none", period=asked.as_of)
    return pd.concat([balances, taken[balances.columns]], ignore_index=True)


def _rebate_drivers(known: Sources, asked: Asked, wiring: Wiring) -> list[Driver]:
    """What customers are granted, as it was booked where the rules book it; nothing where they don't."""
    accounts = wiring.rules.loc[(wiring.rules["event"] == "sales") & (wiring.rules["measure"] == "rebate"), "debit_account"]
    booked = keeps_on.running_history(known.rows, accounts, asked.as_of, asked.when)
    return [customer_rebate(booked, known.sold, known.stores, asked.as_of)] if len(accounts) else []


def _activity_driver(known: Sources, asked: Asked, wiring: Wiring) -> Driver:
    """What costs that follow an activity were for a unit of it."""
    booked = keeps_on.running_history(known.rows, [one.account for one in wiring.activities], asked.as_of, asked.when)
    heads = known.pay.merge(known.centres[["code", "entity"]], left_on="cost_centre", right_on="code", suffixes=("_", ""))
    return activity_rate(booked, known.sold, heads, wiring.activities, asked.as_of)


def _asset_drivers(sources: Sources, asked: Asked, wiring: Wiring) -> list[Driver]:
    """What is spent on assets beside the projects that are named, and how long assets last, as the books tell."""
    months, known = len(asked.horizon.periods), sources.known(asked.as_of)
    balances = open_balances(sources.rows, wiring, asked.when)
    projects = open_projects(known.projects, known.project_flows, known.centres, asked.as_of, months)
    named = pd.Series(projects.spent.sum(axis=(1, 2)) / months, projects.rows["entity"], dtype=float).groupby(level=0).sum()
    cost = cost_by_asset(balances, wiring.worn, asked.as_of)
    spent = _before_depreciation(balances, sources, wiring, asked)
    return [capex(spent, wiring, asked.as_of, named), asset_life(cost, known.entities["code"].tolist(), asked.as_of)]


def _owner_drivers(sources: Sources, asked: Asked, wiring: Wiring) -> list[Driver]:
    """What of profit was distributed lately, and which losses are to be set off, as the books tell."""
    accounts = wiring.accounts
    taxed = booked_profits(sources.rows, accounts.taxed, wiring, asked, wiring.leaves(accounts.untaxed))
    losses = [tax_losses(taxed.reindex(sources.entities["code"]).fillna(0.0), first_year(asked))]
    if wiring.equity is None:
        return losses
    net = booked_profits(sources.rows, wiring.equity.profit, wiring, asked).reindex(sources.entities["code"]).fillna(0.0)
    return [*losses, *payout_drivers(open_balances(sources.rows, wiring, asked.when), net, wiring, asked.as_of, asked.calendar)]
