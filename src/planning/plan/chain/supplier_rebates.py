"""What suppliers give back on a year's purchases once it is over: of purchases before the plan, what still comes in during it.

What the plan itself buys is taken in at its price less the rebate, which is owed from then on (trade_events); of what was bought earlier
the stock is in the books at the full price, so its rebate lowers cost when it comes in.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import FiscalCalendar
from planning.model.chain.goods import BOUGHT, Items
from planning.model.drivers import Drivers
from planning.model.ledger import Events, sums_by
from planning.plan.chain.build import Wiring
from planning.plan.chain.trade import Horizon

EVENT = "supplier_rebates"
DRIVER = "supplier_rebate"
PURCHASES = ("merchandise_purchases", "material_purchases")


def rebate_month(wiring: Wiring) -> int | None:
    """The month of the fiscal year in which rebates of the year before come in: that of the account on which the rules keep them; none
    where they keep none, or it is paid after days."""
    rules = wiring.rules[wiring.rules["event"].isin(PURCHASES) & (wiring.rules["measure"] == "rebate")]
    months = {one.month for one in wiring.settlements if one.account in set(rules["debit_account"])}
    return next(iter(months), None)


def earlier_rebates(
    purchases: pd.DataFrame, items: Items, drivers: Drivers, month: int, calendar: FiscalCalendar, horizon: Horizon
) -> Events:
    """The event `supplier_rebates`: entity; net and vat that come in on what was bought outside the group before the plan begins.

    `purchases`: entity, item, supplier, date, amount, as known; `month`: see rebate_month. A fiscal year's rebate comes in during the next.
    Example: 1 % of the 500 bought from January to September is 5 in next March.
    """
    outside = items.rows.loc[items.rows["source"] == BOUGHT, ["entity", "item"]]
    strangers = purchases[~purchases["supplier"].isin(items.rows["entity"])]
    bought = strangers.merge(outside, on=["entity", "item"]).rename(columns={"item": "product"})
    year = calendar.fiscal_year(bought["date"].dt.to_period("M").dt.to_timestamp())
    by = ["entity", "product", "year"]
    sums = bought.assign(year=np.asarray(year, dtype="int64")).groupby(by, as_index=False)["amount"].sum()
    cells = sums[["entity", "product"]]
    rate, tax = (drivers.values_of(name, cells, horizon.periods[:1])[:, 0] for name in (DRIVER, "input_tax"))
    comes = (horizon.years - 1 == sums["year"].to_numpy()[:, None]) & (horizon.months == month)
    net = (sums["amount"].to_numpy()[:, None] * rate)[:, None, :] * comes[:, :, None]
    moved = net.any(axis=(1, 2))
    rows, net, vat = sums[moved].reset_index(drop=True), net[moved], (net * tax[:, None, :])[moved]
    keys = sums_by(rows, net, ["entity"])[0]
    return Events(keys, {name: sums_by(rows, values, ["entity"])[1] for name, values in (("net", net), ("vat", vat))})
