"""Dividends: declared by each company out of last year's profit, to its owner in the group and to those outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.model.chain.dividends import Begun, dividends
from planning.model.drivers import Drivers
from planning.model.ledger import Events, Ledger
from planning.plan.chain.money import by_entity
from planning.plan.chain.trade import Horizon

NOBODY = "none"


@dataclass(frozen=True)
class Owners:
    """Who owns the companies of a plan. `parents`, `owned`: by entity, its owner in the group and the share of it; `worth`: entities ×
    periods × draws, what a unit of each one's currency is worth; `begun`: where they stand when the plan begins; `profit`: root of it."""

    profit: str
    parents: Mapping[str, str]
    owned: Mapping[str, float]
    worth: np.ndarray
    begun: Begun


def dividend_events(
    ledger: Ledger, tree: AccountTree, entities: Sequence[str], owners: Owners, drivers: Drivers, horizon: Horizon
) -> dict[str, Events]:
    """dividends: entity, partner (who in the group gets them, "none" outside it), amount; dividends_in, as who gets them has them: entity,
    partner, value in the owner's currency. From the profit that the ledger's postings make.

    A company without an owner in the group (or whose owner keeps no books in the plan) pays all outside. The owner's part is rounded to
    the cent and the rest goes outside, so both are the whole.
    """
    rows = pd.DataFrame({"entity": list(entities)})
    leaves = tree.leaves(owners.profit)
    payout, month, reserve = (drivers.values_of(name, rows, horizon.periods) for name in ("payout", "dividend_month", "reserve_share"))
    profit = -by_entity(ledger, entities, leaves)
    whole = np.round(dividends(profit, horizon.years, horizon.months, owners.begun, payout, np.rint(month), reserve), 2)
    parent = [owners.parents.get(code, NOBODY) for code in entities]
    parent = [code if code in entities else NOBODY for code in parent]
    owned = np.array([owners.owned.get(code, 0.0) if to != NOBODY else 0.0 for code, to in zip(entities, parent, strict=True)])
    ours = np.round(whole * owned[:, None, None], 2)
    within = owned > 0
    paid = pd.concat([rows.assign(partner=parent)[within], rows.assign(partner=NOBODY)], ignore_index=True)
    place = [list(entities).index(to) for to, is_ours in zip(parent, within, strict=True) if is_ours]
    value = ours[within] * owners.worth[within] / owners.worth[place]
    had = pd.DataFrame({"entity": np.array(parent, dtype=object)[within], "partner": rows["entity"].to_numpy()[within]}, dtype=object)
    return {
        "dividends": Events(paid, {"amount": np.concatenate([ours[within], whole - ours])}),
        "dividends_in": Events(had, {"value": value}),
    }
