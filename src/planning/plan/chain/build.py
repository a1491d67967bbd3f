"""A company's plan from its drivers: the events of its trade, work and money, posted month by month until every payment is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.model.chain.funding import Funding
from planning.model.drivers import Drivers
from planning.model.ledger import Events, Ledger, add_ledgers, post
from planning.plan.chain.activities import Activity
from planning.plan.chain.dividends import Owners, dividend_events
from planning.plan.chain.money import (
    Accounts,
    Opening,
    Settlement,
    funding_events,
    payment_events,
    profit_tax_events,
    settlement_events,
    tax_events,
)
from planning.plan.chain.orders import Orders
from planning.plan.chain.trade import Horizon

PASSES = 20
"""Most rounds of interest, tax on what it leaves, and debt that pays both; three or four are usual."""
STILL = 0.005
"""Units of currency by which interest no longer moves."""


@dataclass(frozen=True)
class Equity:
    """The accounts of what is done with profit: the root of `profit`, where it stands (`year_result`) and goes (`retained`), what is
    distributed (`dividends`, and `put_aside` to the `reserve`)."""

    profit: str
    year_result: str
    retained: str
    dividends: str
    put_aside: str
    reserve: str


@dataclass(frozen=True)
class Wiring:
    """How a company's events are booked: the chart and its sides, posting rules, settlements, the accounts of taxes and debt.

    `codes`: for values of an event's column, more of them that rules name; `running`: nodes of the chart whose accounts go on where no
    driver moves them; `settles`: for accounts or nodes, the other side of what runs on, account and movement; `overhead`: nodes of what
    production takes in; `assets`: nodes of what is used for years, at cost; `orders`: what the orders are to the books; `depreciation`:
    the accounts of profit or overhead that take its depreciation, each below the account that its department's pay is booked below;
    `equity`: of what is done with profit; `replaced`: nodes of what doesn't run on, since a driver takes its place;
    `activities`: accounts whose cost follows what is done.
    """

    tree: AccountTree
    sides: Mapping[str, int]
    rules: pd.DataFrame
    settlements: Sequence[Settlement]
    accounts: Accounts
    codes: Mapping[str, Mapping[str, Mapping[str, str]]]
    running: Sequence[str] = ()
    settles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    overhead: Sequence[str] = ()
    assets: Sequence[str] = ()
    orders: Orders = field(default_factory=Orders)
    depreciation: Sequence[str] = ()
    equity: Equity | None = None
    replaced: Sequence[str] = ()
    activities: Sequence[Activity] = ()

    def leaves(self, nodes: Sequence[str]) -> list[str]:
        """The accounts below some nodes of the chart."""
        return [leaf for node in nodes for leaf in self.tree.leaves(node)]

    @property
    def worn(self) -> dict[str, str]:
        """For accounts of cost the account on which their depreciation gathers."""
        return {asset: words["worn"] for asset, words in self.codes.get("asset", {}).items()}

    @property
    def income_tax(self) -> str:
        """The account that the tax on profit is booked on."""
        return self.account_of("income_tax", "tax", "debit")

    def account_of(self, event: str, measure: str, side: str) -> str:
        """The account that a measure of events is debited or credited on."""
        rule = (self.rules["event"] == event) & (self.rules["measure"] == measure)
        return str(self.rules.loc[rule, f"{side}_account"].iloc[0])


@dataclass(frozen=True)
class Plan:
    """A plan's `events` by name, the `ledger` that they come to, and the `funding` by entity."""

    events: dict[str, Events]
    ledger: Ledger
    funding: Funding
    entities: list[str]


def coded(events: Mapping[str, Events], codes: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, Events]:
    """The events with the columns that a company's codes say for theirs: {channel: {shop: {part: "1"}}} gives a column part. Those in
    which nothing happens need no rule, and are left out."""
    found = {}
    for name, each in events.items():
        if each.measures and not any(np.any(measure) for measure in each.measures.values()):
            continue
        rows = each.rows
        for column in [column for column in codes if column in rows.columns]:
            for further in sorted({word for said in codes[column].values() for word in said}):
                said = {code: words.get(further, "") for code, words in codes[column].items()}
                rows = rows.assign(**{further: rows[column].map(said).fillna("")})
        found[name] = Events(rows, each.measures)
    return found


def close_plan(
    events: Mapping[str, Events], open_at: pd.DataFrame, opening: Opening, entities: Sequence[str], wiring: Wiring, drivers: Drivers,
    horizon: Horizon, owners: Owners | None = None,
) -> Plan:  # fmt: skip
    """The plan of some operating events with all that follows from them in money: taxes, payments, dividends, interest, debt.

    `open_at`: entity, account, partner, amount (debits positive) when the plan begins. Interest lowers profit and so tax, tax lowers cash
    and so raises debt and interest: they are gone through again until interest stands still.
    """
    entities = list(entities)
    operating = _posted(events, wiring, horizon)
    tax = tax_events(operating, entities, wiring.accounts, opening, drivers, horizon)
    base = add_ledgers([operating, _posted(tax, wiring, horizon)])
    paid = payment_events(base, open_at, wiring.settlements, drivers, horizon, lambda made: _posted(made, wiring, horizon))
    base = add_ledgers([base, _posted(paid, wiring, horizon)])
    none = open_at.iloc[:0]
    funded: Events | None = None
    before: np.ndarray | None = None
    shared: dict[str, Events] = {}
    for _ in range(PASSES):
        with_interest = add_ledgers([base, *([_posted({"funding": funded, **shared}, wiring, horizon)] if funded else [])])
        profit_tax = profit_tax_events(with_interest, wiring.tree, entities, wiring.accounts, opening, drivers, horizon)
        if owners:
            earned = add_ledgers([with_interest, _posted(profit_tax, wiring, horizon)])
            shared = dividend_events(earned, wiring.tree, entities, owners, drivers, horizon)
        taxed = _posted({**profit_tax, **shared}, wiring, horizon)
        tax_paid = {"payments": settlement_events(taxed, none, wiring.settlements, drivers, horizon)}
        whole = add_ledgers([base, taxed, _posted(tax_paid, wiring, horizon)])
        funding, found = funding_events(whole, wiring.tree, entities, wiring.accounts, opening, drivers, horizon)
        still = _still(before, funding.interest)
        if still.all():
            break
        funded = _held(funded, found["funding"], still)
        before = funding.interest if before is None else np.where(still, before, funding.interest)
    ledger = add_ledgers([whole, _posted(found, wiring, horizon)])
    every = {**events, **tax, **paid, **profit_tax, **shared, "funding": found["funding"]}
    return Plan(every, ledger, funding, entities)


def _still(before: np.ndarray | None, interest: np.ndarray) -> np.ndarray:
    """In which draws interest no longer moves; in none where there was none before."""
    if before is None:
        return np.zeros(interest.shape[2], dtype=bool)
    return np.abs(before - interest).max(axis=(0, 1), initial=0.0) < STILL


def _held(last: Events | None, new: Events, still: np.ndarray) -> Events:
    """What is owed and paid, for the next round: of draws that stand still that of the last, so that none waits for another."""
    if last is None:
        return new
    return Events(new.rows, {name: np.where(still, last.measures[name], values) for name, values in new.measures.items()})


def _posted(events: Mapping[str, Events], wiring: Wiring, horizon: Horizon) -> Ledger:
    return post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
