"""What trade posts: sales and returns, deliveries within the group, purchases, production, and what of work and overhead it took in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from planning.model.chain.goods import BOUGHT, MADE, cost_of
from planning.model.drivers import Drivers
from planning.model.ledger import Events, sums_by
from planning.plan.chain.trade import Horizon, Trade


def trade_events(
    trade: Trade, drivers: Drivers, horizon: Horizon, stores: pd.DataFrame, products: pd.DataFrame, rates: np.ndarray
) -> dict[str, Events]:
    """Events by name, with the measures that posting rules may name.

    `stores`: store, cost_centre; `products`: product, category, number (what stands for it in account numbers); `rates`: see plan_trade.
    sales: net, vat, cost, rebate. returns: net, vat, cost. deliveries (by who delivers) and deliveries_in (by who takes): net, vat, cost
    or value. material_purchases, merchandise_purchases: net, freight, vat, and what suppliers will give
    back: rebate, rebate_vat. material_uses: cost. production: material, conversion.
    conversion: pool (of work and overhead, into production), variance (what production took in too little, or too much).
    """
    supplied = _supply_events(trade, drivers, horizon, products)
    return {
        **_sale_events(trade, drivers, horizon, stores, products), **_delivery_events(trade, drivers, horizon, products, rates), **supplied,
        "conversion": _conversion(trade, supplied["material_uses"], supplied["production"]),
    }  # fmt: skip


def _sale_events(trade: Trade, drivers: Drivers, horizon: Horizon, stores: pd.DataFrame, products: pd.DataFrame) -> dict[str, Events]:
    sales = trade.traffic.sales
    tax = drivers.values_of("output_tax", sales.cells, horizon.periods)
    rows = _numbered(sales.cells.merge(stores[["store", "cost_centre"]], on="store", how="left").fillna({"cost_centre": ""}), products)
    by = ["entity", "channel", "cost_centre", "number"]
    sold = {"net": sales.net, "vat": sales.net * tax, "cost": trade.cost, "rebate": sales.rebate}
    back = {"net": sales.returned, "vat": sales.returned * tax, "cost": trade.back_cost}
    return {"sales": _summed(rows, by, sold), "returns": _summed(rows, by, back)}


def _delivery_events(trade: Trade, drivers: Drivers, horizon: Horizon, products: pd.DataFrame, rates: np.ndarray) -> dict[str, Events]:
    """Both sides of what one of the group sends to another: each in its own currency, at one price."""
    items, stock = trade.traffic.items, trade.traffic.flows.stock
    links = items.draws_on[~items.draws_on["made"]]
    taker, giver = links["taker"].to_numpy(), links["giver"].to_numpy()
    units = stock.came[taker]
    value = units * trade.paid[taker]
    net = value * rates[taker] / rates[giver]
    given = trade.traffic.flows.delivered
    gone = cost_of(trade.costs.worth, stock, given)[giver]
    cost = gone * np.divide(units, given[giver], out=np.zeros(np.broadcast_shapes(units.shape, gone.shape)), where=given[giver] > 0)
    rows = items.rows.rename(columns={"item": "product"})
    out = rows.iloc[giver].assign(partner=rows["entity"].iloc[taker].to_numpy()).reset_index(drop=True)
    taken = rows.iloc[taker].assign(partner=rows["entity"].iloc[giver].to_numpy()).reset_index(drop=True)
    tax = drivers.values_of("input_tax", taken[["entity", "product"]], horizon.periods)
    by = ["entity", "partner", "number"]
    return {
        "deliveries": _summed(_numbered(out, products), by, {"net": net, "vat": net * tax, "cost": cost}),
        "deliveries_in": _summed(_numbered(taken, products), by, {"value": value, "vat": value * tax}),
    }


def _supply_events(trade: Trade, drivers: Drivers, horizon: Horizon, products: pd.DataFrame) -> dict[str, Events]:
    items, flows, costs = trade.traffic.items, trade.traffic.flows, trade.costs
    rows = _numbered(items.rows.rename(columns={"item": "product"}), products)
    material = items.rows["item"].isin(items.bills["material"]).to_numpy()
    bought, made = ((items.rows["source"] == source).to_numpy() for source in (BOUGHT, MADE))
    comes = bought & (flows.stock.came > 0).any(axis=(1, 2))
    net, freight, rebate = (flows.stock.came * of for of in (trade.paid, trade.freight, trade.rebate))
    told = drivers.values_of("input_tax", rows.loc[comes, ["entity", "product"]], horizon.periods)
    tax = np.zeros((len(rows), *told.shape[1:]))
    tax[comes] = told
    purchases = {"net": net, "freight": freight, "vat": (net + freight) * tax, "rebate": rebate, "rebate_vat": rebate * tax}
    used = cost_of(costs.worth, flows.stock, flows.used)
    making = {"material": costs.worth.came - costs.conversion, "conversion": costs.conversion}
    by = ["entity", "number"]
    return {
        "material_purchases": _summed(rows, by, purchases, bought & material),
        "merchandise_purchases": _summed(rows, by, purchases, bought & ~material),
        "material_uses": _summed(rows, by, {"cost": used}, material),
        "production": _summed(rows, by, making, made),
    }


def _conversion(trade: Trade, uses: Events, production: Events) -> Events:
    """By company that makes: its `pool`, and the `variance`: materials and pool less what was finished, each as it is posted, in whole
    cents, so that nothing stays in production."""
    entities = sorted(trade.costs.left)
    shape = trade.costs.conversion.shape[1:]
    made = (trade.traffic.items.rows["source"] == MADE).to_numpy()
    rows = trade.traffic.items.rows[made]
    pool, variance = np.zeros((len(entities), *shape)), np.zeros((len(entities), *shape))
    for at, entity in enumerate(entities):
        taken = trade.costs.conversion[made][(rows["entity"] == entity).to_numpy()].sum(axis=0)
        pool[at] = taken + trade.costs.left[entity]
        finished = sum(_posted(production, name, entity) for name in ("material", "conversion"))
        variance[at] = _posted(uses, "cost", entity) + np.round(pool[at], 2) - finished
    return Events(pd.DataFrame({"entity": entities}, dtype=object), {"pool": pool, "variance": variance})


def _posted(events: Events, measure: str, entity: str) -> np.ndarray:
    """What a company's events come to as they are posted: each in whole cents."""
    return np.round(events.measures[measure][(events.rows["entity"] == entity).to_numpy()], 2).sum(axis=0)


def _numbered(rows: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """The rows with the part of account numbers that stands for their product; empty where it has none."""
    return rows.assign(number=rows["product"].map(products.set_index("product")["number"]).fillna(""))


def _summed(rows: pd.DataFrame, by: Sequence[str], measures: Mapping[str, np.ndarray], chosen: np.ndarray | None = None) -> Events:
    """Events of the chosen rows, added up over what nothing is posted by."""
    chosen = np.ones(len(rows), dtype=bool) if chosen is None else chosen
    sums = {name: sums_by(rows[chosen], values[chosen], by) for name, values in measures.items()}
    keys = next(iter(sums.values()))[0]
    return Events(keys, {name: values for name, (_, values) in sums.items()})
