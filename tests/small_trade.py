"""A small group that trades: works that make pans of steel, stores in the north and, with another currency, in the south."""

import numpy as np
import pandas as pd

from planning.model.drivers import Drivers
from planning.plan.chain.meanings import neutral
from planning.plan.chain.measured import goods_drivers, product_mix, sales_drivers
from planning.plan.chain.stocks import find_items, past_stock
from planning.plan.chain.trade import Demand, Horizon, conversion_weight, plan_trade, plan_traffic

AS_OF = pd.Timestamp("2025-12-01")
PAST = pd.date_range("2024-12-01", AS_OF, freq="MS")
MONTHS = pd.date_range("2026-01-01", periods=6, freq="MS")
HORIZON = Horizon(MONTHS[:3], MONTHS, np.array([2026] * 3), np.array([1, 2, 3]))


def day(period):
    return period + pd.Timedelta(days=9)


def monthly(**row):
    """A row for each month of the past."""
    return pd.DataFrame([{"date": day(period)} | row for period in PAST])


def bought(entity, supplier, item, quantity, amount, freight=0.0):
    tax = 0.0 if entity == "SOUTH" else 0.13
    bought = {"entity": entity, "supplier": supplier, "item": item, "quantity": quantity, "amount": amount}
    return monthly(**bought, freight=freight, vat=(amount + freight) * tax)


def sold(entity, store, category, product, units, net):
    named = {"entity": entity, "channel": "shop", "store": store, "category": category, "product": product}
    table = monthly(**named, units=units, gross=net, net=net, vat=0.0, cost=net / 2)
    return table.assign(period=table["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[ns]"))


PURCHASES = pd.concat([
    bought("MFG", "V1", "steel", 200.0, 1000.0, 100.0),
    bought("NORTH", "MFG", "pan", 100.0, 2000.0),
    bought("NORTH", "V2", "lamp", 50.0, 450.0),
    bought("NORTH", "MFG", "lamp", 10.0, 450.0),  # less than V2 brings
    bought("SOUTH", "MFG", "pan", 10.0, 250.0),
], ignore_index=True)  # fmt: skip
PRODUCTION = monthly(entity="MFG", product="pan", quantity=110.0, labour=440.0, overhead=220.0)
KEPT = [("MFG", "steel", 100.0, 550.0), ("MFG", "pan", 50.0, 800.0), ("NORTH", "pan", 100.0, 2000.0), ("NORTH", "lamp", 50.0, 450.0),
        ("SOUTH", "pan", 10.0, 250.0), ("SOUTH", "cup", -3.0, -9.0)]  # fmt: skip
INVENTORY = pd.DataFrame(
    [{"entity": entity, "item": item, "date": period + pd.offsets.MonthEnd(0), "quantity": units, "value": worth}
     for period in PAST for entity, item, units, worth in KEPT]
)  # fmt: skip
BILLS = pd.DataFrame({"product": ["pan", "pot"], "material": ["steel", "gold"], "quantity": [2.0, 9.0]})
SOLD = pd.concat([
    sold("NORTH", "S1", "pans", "pan", 90.0, 4500.0),
    sold("NORTH", "S1", "lights", "lamp", 60.0, 900.0),
    sold("SOUTH", "S2", "pans", "pan", 10.0, 550.0),
    sold("NORTH", "S3", "pans", "pan", 5.0, 250.0).head(3),  # closed since
], ignore_index=True)  # fmt: skip
BACK = SOLD.iloc[:0]


def small_items():
    return find_items(PURCHASES, PRODUCTION, INVENTORY, BILLS, ["MFG", "NORTH", "SOUTH"], AS_OF)


def small_drivers():
    items = small_items()
    past = past_stock(items, PURCHASES, PRODUCTION, INVENTORY)
    return Drivers().with_measured([*neutral(), *sales_drivers(SOLD, BACK, AS_OF), *goods_drivers(PURCHASES, items.rows, past, AS_OF)])


def demand(launches=()):
    cells = SOLD[["entity", "channel", "store", "category"]].drop_duplicates().iloc[:3].reset_index(drop=True)
    volume = np.repeat(np.array([90.0, 60.0, 10.0])[:, None, None], len(MONTHS), axis=1)
    return Demand(cells, volume, product_mix(SOLD, AS_OF), launches)


def traded(items, drivers, launches=(), pool=660.0):
    traffic = plan_traffic(demand(launches), items, drivers, HORIZON)
    rate = np.where(traffic.items.rows["entity"] == "SOUTH", 0.8, 1.0)[:, None, None]
    weight = conversion_weight(traffic.items, PRODUCTION)
    return plan_trade(traffic, {"MFG": np.full((3, 1), pool)}, rate, weight, drivers, HORIZON)
