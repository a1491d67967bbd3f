"""What the group earned on goods that still lie in its own stocks, as a consolidation takes it out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.model.chain.goods import BOUGHT, MADE
from planning.model.drivers import Drivers
from planning.model.eliminations import GroupStock
from planning.model.ledger import sums_by
from planning.plan.chain.build import Wiring
from planning.plan.chain.trade import Horizon, Trade

BY = ["seller", "buyer", "account"]


def group_stock(trade: Trade, products: pd.DataFrame, wiring: Wiring, drivers: Drivers, horizon: Horizon) -> GroupStock:
    """Stocks bought within the group, by seller, buyer and stock account: what they are worth at month ends, the share of it that the
    group earned, what it earned in them when the plan begins, and the tax on that, at the seller's rate.

    The stock account is the one that the rule for what is taken in debits.
    """
    items, costs = trade.traffic.items, trade.costs
    within = ~items.rows["source"].isin([MADE, BOUGHT]).to_numpy()
    number = items.rows["item"].map(products.set_index("product")["number"]).fillna("")
    rule = wiring.rules[(wiring.rules["event"] == "deliveries_in") & (wiring.rules["measure"] == "value")]
    account = [str(rule["debit_account"].iloc[0]).replace("{number}", each) if len(rule) else "" for each in number]
    rows = pd.DataFrame({"seller": items.rows["source"], "buyer": items.rows["entity"], "account": account})[within]
    keys, values = sums_by(rows, costs.worth.closing[within], BY)
    _, earned = sums_by(rows, trade.unrealised[within], BY)
    _, opening = sums_by(rows, (items.worth - items.at_cost)[within], BY)
    rate = drivers.values_of("income_tax", keys[["seller"]].rename(columns={"seller": "entity"}), horizon.periods[-1:])[:, 0, 0]
    margins = np.divide(earned, values, out=np.zeros(earned.shape), where=values > 0)
    return GroupStock(keys.assign(tax=rate, opening=opening), values, margins)
