"""Money: what the ledger's postings let become owed is paid when it is due, with taxes and debt, until nothing changes any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.money import from_minor
from planning.model.chain.funding import Funding, Terms, plan_funding
from planning.model.chain.taxes import income_tax, quarterly, value_added_tax
from planning.model.chain.terms import MONTH, settle
from planning.model.drivers import Drivers
from planning.model.ledger import Events, Ledger, stacked, sums_by
from planning.plan.chain.trade import Horizon

DAYS = {"payment_days": 1.0, "bill_months": MONTH}
"""Drivers that say how long what is owed waits, and the days of their unit."""
Posted = Callable[[Mapping[str, Events]], Ledger]
"""Events as they are booked."""
PAST = 12
"""Months before the plan whose flows tell when what is open then is paid."""


@dataclass(frozen=True)
class Settlement:
    """How an account of what is owed is paid: through which account of `cash`, as which `movement` of it; after the driver
    `payment_days`, or all that was owed when the year ended in a `month` of the next (1 to 12). `bill`: the account of acceptance bills,
    on which a `bill_share` of it waits until they fall due; that account is settled too."""

    account: str
    cash: str
    movement: str
    month: int | None = None
    bill: str = ""


def bill_accounts(settlements: Sequence[Settlement]) -> set[str]:
    """The accounts on which acceptance bills wait."""
    return {one.bill for one in settlements if one.bill}


def payment_events(
    ledger: Ledger, open_at: pd.DataFrame, settlements: Sequence[Settlement], drivers: Drivers, horizon: Horizon, posted: Posted
) -> dict[str, Events]:
    """The events `payments` and `bills`: what is owed is paid in money (see settlement_events) or by a bill, and bills when they fall due.

    bills: entity, settles, bill, partner; received and given. No cash moves with them, and no profit. `posted`: how events are booked.
    """
    waiting = bill_accounts(settlements)
    paid = settlement_events(ledger, open_at, [one for one in settlements if one.account not in waiting], drivers, horizon)
    if not waiting:
        return {"payments": paid}
    share = _bill_share(paid, settlements, drivers, horizon)
    whole = {name: np.broadcast_to(values, np.broadcast_shapes(values.shape, share.shape)) for name, values in paid.measures.items()}
    bill = paid.rows["settles"].map({one.account: one.bill for one in settlements}).fillna("")
    some = (share != 0).any(axis=(1, 2))
    rows = paid.rows.assign(bill=bill)[["entity", "settles", "bill", "partner"]]
    given = {name: (whole[old] * share)[some] for name, old in (("received", "received"), ("given", "paid"))}
    bills = Events(rows[some].reset_index(drop=True), given)
    falling_due = [one for one in settlements if one.account in waiting]
    due = settlement_events(posted({"bills": bills}), open_at, falling_due, drivers, horizon, "bill_months")
    return {"payments": _both(Events(paid.rows, {name: values * (1 - share) for name, values in whole.items()}), due), "bills": bills}


def _bill_share(paid: Events, settlements: Sequence[Settlement], drivers: Drivers, horizon: Horizon) -> np.ndarray:
    """Of each payment what is done by bill; 0 where none is taken."""
    billed = paid.rows["settles"].isin([one.account for one in settlements if one.bill]).to_numpy()
    cells = paid.rows.loc[billed].rename(columns={"settles": "account"})[["entity", "account"]]
    said = drivers.values_of("bill_share", cells, horizon.periods)
    found = np.zeros((len(billed), *said.shape[1:]))
    found[billed] = said
    return found


def _both(one: Events, other: Events) -> Events:
    """Two lots of events of one kind."""
    measures = {name: stacked(one.measures[name], other.measures[name]) for name in one.measures}
    return Events(pd.concat([one.rows, other.rows], ignore_index=True), measures)


def settlement_events(
    ledger: Ledger, open_at: pd.DataFrame, settlements: Sequence[Settlement], drivers: Drivers, horizon: Horizon,
    term: str = "payment_days",
) -> Events:  # fmt: skip
    """The event `payments`: entity, settles, cash, movement, partner; received and paid. Every row is one account of one company, towards
    one partner, and moves one way.

    `open_at`: entity, account, partner, amount (debits positive) when the plan begins. What an account lets become owed is what is posted
    on it; what is open before was owed evenly, like the plan's own months. `term`: the driver of what it waits for, one of DAYS.
    """
    said = {one.account: one for one in settlements}
    keys, owed = _postings(ledger, list(said))
    by = ["entity", "account", "partner"]
    stood = open_at[open_at["account"].isin(said)].astype(dict.fromkeys(by, object))
    both = keys.astype(object).merge(stood, on=by, how="outer").fillna({"amount": 0.0})
    place = keys.astype(object).reset_index(names="row").merge(both, on=by, how="right")["row"]
    flows = np.zeros((len(both), *owed.shape[1:]))
    flows[place.notna().to_numpy()] = owed[place.dropna().astype(int)]
    opening = both["amount"].to_numpy("float64")
    way = np.where(flows.sum(axis=1) + opening[:, None] >= 0, 1.0, -1.0)[:, None]  # receivable or payable, in each draw
    paid = _paid(both, flows, opening, way, said, drivers, horizon, term)
    rows = both.assign(
        settles=both["account"], cash=both["account"].map(lambda code: said[code].cash),
        movement=both["account"].map(lambda code: said[code].movement),
    )[["entity", "settles", "cash", "movement", "partner"]]  # fmt: skip
    received = np.where(way > 0, paid, 0.0)
    return Events(rows.reset_index(drop=True), {"received": received, "paid": received - paid})


def _paid(
    rows: pd.DataFrame, owed: np.ndarray, opening: np.ndarray, way: np.ndarray, said: Mapping[str, Settlement], drivers: Drivers,
    horizon: Horizon, term: str,
) -> np.ndarray:  # fmt: skip
    """What is paid of each row, debits positive. `way`: rows × 1 × draws, +1 where others owe it; what is owed the other way round tells
    nothing of when the opening is paid."""
    months = rows["account"].map(lambda code: said[code].month or 0).to_numpy()
    by_days = months == 0
    days = drivers.values_of(term, rows.loc[by_days, ["entity", "account", "partner"]], horizon.periods) * DAYS[term]
    paid = np.zeros((*owed.shape[:2], max(owed.shape[2], days.shape[2])))
    if by_days.any():
        usual = np.maximum(owed[by_days].mean(axis=1, keepdims=True) * way[by_days], 0.0)
        paid[by_days] = settle(owed[by_days], days, opening[by_days], np.repeat(usual, PAST, axis=1)).paid
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
    """The accounts, or nodes of the chart, that taxes and debt look at: output and input tax and what is owed of it, "" where there is no
    such tax; what income tax is on, and what of that isn't taxed; cash; debt."""

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
    """value_added_tax: output, input (moved to what is owed), due (paid in the month after), surtax. None where the books have no such
    tax."""
    if not accounts.output_tax:
        return {}
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
