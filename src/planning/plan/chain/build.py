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
from planning.plan.chain.money import (
    Accounts,
    Opening,
    Settlement,
    funding_events,
    profit_tax_events,
    settlement_events,
    tax_events,
)
from planning.plan.chain.trade import Horizon

PASSES = 20
"""Most rounds of interest, tax on what it leaves, and debt that pays both; three or four are usual."""
STILL = 0.005
"""Units of currency by which interest no longer moves."""


@dataclass(frozen=True)
class Wiring:
    """How a company's events are booked: the chart and its sides, posting rules, settlements, the accounts of taxes and debt.

    `codes`: for values of an event's column, more of them that rules name; `running`: nodes of the chart whose accounts go on where no
    driver moves them; `settles`: for accounts or nodes, the other side of what runs on, account and movement; `overhead`: nodes of what
    production takes in; `assets`: nodes of what is used for years, at cost.
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

    @property
    def income_tax(self) -> str:
        """The account that the tax on profit is booked on."""
        return str(self.rules.loc[self.rules["event"] == "income_tax", "debit_account"].iloc[0])


@dataclass(frozen=True)
class Plan:
    """A plan's `events` by name, the `ledger` that they come to, and the `funding` by entity."""

    events: dict[str, Events]
    ledger: Ledger
    funding: Funding
    entities: list[str]


def coded(events: Mapping[str, Events], codes: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, Events]:
    """The events with the columns that a company's codes say for theirs: {channel: {shop: {part: "1"}}} gives a column part."""
    found = {}
    for name, each in events.items():
        rows = each.rows
        for column in [column for column in codes if column in rows.columns]:
            for further in sorted({word for said in codes[column].values() for word in said}):
                said = {code: words.get(further, "") for code, words in codes[column].items()}
                rows = rows.assign(**{further: rows[column].map(said).fillna("")})
        found[name] = Events(rows, each.measures)
    return found


def close_plan(
    events: Mapping[str, Events], open_at: pd.DataFrame, opening: Opening, entities: Sequence[str], wiring: Wiring, drivers: Drivers,
    horizon: Horizon,
) -> Plan:  # fmt: skip
    """The plan of some operating events with all that follows from them in money: taxes, payments, interest, debt.

    `open_at`: entity, account, partner, amount (debits positive) when the plan begins. Interest lowers profit and so tax, tax lowers cash
    and so raises debt and interest: they are gone through again until interest stands still.
    """
    entities = list(entities)
    operating = _posted(events, wiring, horizon)
    tax = tax_events(operating, entities, wiring.accounts, opening, drivers, horizon)
    base = add_ledgers([operating, _posted(tax, wiring, horizon)])
    paid = {"payments": settlement_events(base, open_at, wiring.settlements, drivers, horizon)}
    base = add_ledgers([base, _posted(paid, wiring, horizon)])
    none = open_at.iloc[:0]
    funded: Events | None = None
    before = np.zeros(1)
    for _ in range(PASSES):
        with_interest = add_ledgers([base, *([_posted({"funding": funded}, wiring, horizon)] if funded else [])])
        profit_tax = profit_tax_events(with_interest, wiring.tree, entities, wiring.accounts, opening, drivers, horizon)
        taxed = _posted(profit_tax, wiring, horizon)
        tax_paid = {"payments": settlement_events(taxed, none, wiring.settlements, drivers, horizon)}
        whole = add_ledgers([base, taxed, _posted(tax_paid, wiring, horizon)])
        funding, found = funding_events(whole, wiring.tree, entities, wiring.accounts, opening, drivers, horizon)
        funded = found["funding"]
        if np.shape(before) == funding.interest.shape and np.abs(before - funding.interest).max(initial=0.0) < STILL:
            break
        before = funding.interest
    ledger = add_ledgers([whole, _posted(found, wiring, horizon)])
    every = {**events, **tax, "payments": paid["payments"], "income_tax": profit_tax["income_tax"], "funding": funded}
    return Plan(every, ledger, funding, entities)


def _posted(events: Mapping[str, Events], wiring: Wiring, horizon: Horizon) -> Ledger:
    return post(coded(events, wiring.codes), wiring.rules, wiring.tree, wiring.sides, horizon.periods)
