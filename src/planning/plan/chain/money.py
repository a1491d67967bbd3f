"""Money: what the ledger's postings let become owed is paid when it is due, with taxes and debt, until nothing changes any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.money import from_minor
from planning.model.chain.funding import Funding, Terms, plan_funding
from planning.model.chain.taxes import income_tax, quarterly, value_added_tax
from planning.model.chain.terms import settle
from planning.model.drivers import Drivers
from planning.model.ledger import Events, Ledger, sums_by
from planning.plan.chain.trade import Horizon

PAST = 12
"""Months before the plan whose flows tell when what is open then is paid."""


@dataclass(frozen=True)
class Settlement:
    """How an account of what is owed is paid: through which account of `cash`, as which `movement` of it; after the driver
    `payment_days`, or all that was owed when the year ended in a `month` of the next (1 to 12)."""

    account: str
    cash: str
    movement: str
    month: int | None = None


def settlement_events(
    ledger: Ledger, open_at: pd.DataFrame, settlements: Sequence[Settlement], drivers: Drivers, horizon: Horizon
) -> Events:
    """The event `payments`: entity, settles, cash, movement, partner; received and paid. Every row is one account of one company, towards
    one partner, and moves one way.

    `open_at`: entity, account, partner, amount (debits positive) when the plan begins. What an account lets become owed is what is posted
    on it; what is open before was owed evenly, like the plan's own months.
    """
    said = {one.account: one for one in settlements}
    keys, owed = _postings(ledger, list(said))
    both = keys.merge(open_at[open_at["account"].isin(said)], on=["entity", "account", "partner"], how="outer").fillna({"amount": 0.0})
    place = keys.reset_index(names="row").merge(both, on=["entity", "account", "partner"], how="right")["row"]
    flows = np.zeros((len(both), *owed.shape[1:]))
    flows[place.notna().to_numpy()] = owed[place.dropna().astype(int)]
    way = np.where(flows.sum(axis=(1, 2)) + both["amount"].to_numpy() >= 0, 1.0, -1.0)  # receivable or payable
    paid = _paid(both, flows * way[:, None, None], both["amount"].to_numpy() * way, said, drivers, horizon)
    rows = both.assign(
        settles=both["account"], cash=both["account"].map(lambda code: said[code].cash),
        movement=both["account"].map(lambda code: said[code].movement),
    )[["entity", "settles", "cash", "movement", "partner"]]  # fmt: skip
    received = paid * (way > 0)[:, None, None]
    return Events(rows.reset_index(drop=True), {"received": received, "paid": paid - received})


def _paid(
    rows: pd.DataFrame, owed: np.ndarray, opening: np.ndarray, said: Mapping[str, Settlement], drivers: Drivers, horizon: Horizon
) -> np.ndarray:
    months = rows["account"].map(lambda code: said[code].month or 0).to_numpy()
    by_days = months == 0
    paid = np.zeros(owed.shape)
    if by_days.any():
        days = drivers.values_of("payment_days", rows.loc[by_days, ["entity", "account", "partner"]], horizon.periods)
        before = np.repeat(owed[by_days].mean(axis=(1, 2))[:, None], PAST, axis=1)
        paid[by_days] = settle(owed[by_days], days, opening[by_days], np.maximum(before, 0.0)).paid
    for row in np.flatnonzero(~by_days):
        paid[row] = paid_in(owed[row], opening[row], horizon, months[row])
    return paid


def paid_in(owed: np.ndarray, opening: float, horizon: Horizon, month: int) -> np.ndarray:
    """What had become owed when the fiscal year before ended, paid in one month of the year. `owed`: periods × draws."""
    paid = np.zeros(owed.shape)
    for place, number in enumerate(horizon.months):
        if number == month:
            earlier = horizon.years < horizon.years[place]
            paid[place] = opening + owed[earlier].sum(axis=0) - paid[:place].sum(axis=0)
    return paid


def _postings(ledger: Ledger, accounts: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """What is posted on some accounts, by entity, account and partner, in money."""
    chosen = ledger.of(ledger.lines["account"].isin(accounts))
    keys, sums = sums_by(chosen.lines, chosen.amounts, ["entity", "account", "partner"])
    return keys, from_minor(sums, ledger.digits)


def by_entity(ledger: Ledger, entities: Sequence[str], accounts: Sequence[str]) -> np.ndarray:
    """What is posted on some accounts together, entities × periods × draws, debits positive, in money; 0 where nothing is."""
    chosen = ledger.of(ledger.lines["account"].isin(set(accounts)))
    keys, sums = sums_by(chosen.lines, chosen.amounts, ["entity"])
    found = np.zeros((len(entities), *ledger.amounts.shape[1:]))
    for row, entity in enumerate(keys["entity"]):
        if entity in entities:
            found[list(entities).index(entity)] = from_minor(sums[row], ledger.digits)
    return found


@dataclass(frozen=True)
class Accounts:
    """The accounts, or nodes of the chart, that taxes and debt look at: output and input tax and what is owed of it; what income tax is
    on, and what of that isn't taxed; cash; debt."""

    output_tax: str
    input_tax: str
    tax_owed: str
    taxed: str
    untaxed: tuple[str, ...]
    cash: tuple[str, ...]
    debt: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """What there is when the plan begins, by entity: `cash`, `debt`, `tax_owed` (below 0: to be set off), `losses` to be set off against
    profit, and of the fiscal year so far `profit` before tax and `tax` booked."""

    cash: np.ndarray
    debt: np.ndarray
    tax_owed: np.ndarray
    losses: np.ndarray
    profit: np.ndarray
    tax: np.ndarray


def tax_events(
    ledger: Ledger, entities: Sequence[str], accounts: Accounts, opening: Opening, drivers: Drivers, horizon: Horizon
) -> dict[str, Events]:
    """value_added_tax: output, input (moved to what is owed), due (paid in the month after), surtax."""
    rows = pd.DataFrame({"entity": list(entities)})
    output, inputs = -by_entity(ledger, entities, [accounts.output_tax]), by_entity(ledger, entities, [accounts.input_tax])
    rate = drivers.values_of("surtax", rows, horizon.periods)
    found = value_added_tax(output, inputs, rate, np.maximum(-opening.tax_owed, 0.0))
    due = _next_month(found.due, np.maximum(opening.tax_owed, 0.0))
    return {"value_added_tax": Events(rows, {"output": output, "input": inputs, "due": due, "surtax": found.surtax})}


def profit_tax_events(
    ledger: Ledger, tree: AccountTree, entities: Sequence[str], accounts: Accounts, opening: Opening, drivers: Drivers, horizon: Horizon
) -> dict[str, Events]:
    """income_tax: `tax` of each quarter, booked in its last month, on the profit that the ledger's postings make."""
    rows = pd.DataFrame({"entity": list(entities)})
    free = {leaf for code in accounts.untaxed for leaf in tree.leaves(code)}
    taxed = [leaf for leaf in tree.leaves(accounts.taxed) if leaf not in free]
    profit = -by_entity(ledger, entities, taxed)
    rate = drivers.values_of("income_tax", rows, horizon.periods)
    monthly = income_tax(profit, rate, horizon.years, opening.losses, opening.profit, opening.tax)
    return {"income_tax": Events(rows, {"tax": quarterly(monthly, horizon.months)})}


def funding_events(
    ledger: Ledger, tree: AccountTree, entities: Sequence[str], accounts: Accounts, opening: Opening, drivers: Drivers, horizon: Horizon
) -> tuple[Funding, dict[str, Events]]:
    """funding: drawn, repaid, interest, earned; from the cash that the ledger's postings move."""
    rows = pd.DataFrame({"entity": list(entities)})
    cash = [leaf for code in accounts.cash for leaf in tree.leaves(code)]
    of = {name: drivers.values_of(name, rows, horizon.periods) for name in
          ("cash_floor", "cash_ceiling", "debt_limit", "loan_rate", "deposit_rate", "debt_change")}  # fmt: skip
    terms = Terms(of["cash_floor"], of["cash_ceiling"], of["debt_limit"], of["loan_rate"], of["deposit_rate"], of["debt_change"])
    found = plan_funding(by_entity(ledger, entities, cash), opening.cash, opening.debt, terms)
    measures = {name: getattr(found, name) for name in ("drawn", "repaid", "interest", "earned")}
    return found, {"funding": Events(rows, measures)}


def _next_month(due: np.ndarray, first: np.ndarray) -> np.ndarray:
    """What is due for a month moved to the one in which it is paid."""
    before = np.broadcast_to(first[:, None, None], (len(first), 1, due.shape[2]))
    return np.concatenate([before, due[:, :-1]], axis=1)
