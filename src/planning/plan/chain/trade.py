"""Trade: what is sold, and all that follows from it in goods: deliveries, production, purchases, stocks and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from planning.core.drivers import Driver, Launch
from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import FiscalCalendar, month_range, months_after, months_between
from planning.model.chain.costing import unrealised
from planning.model.chain.goods import BOUGHT, MADE, Costs, Flows, Items, Prices, plan_costs, plan_units
from planning.model.chain.sales import Sales, by_product, plan_sales, with_launches
from planning.model.drivers import Drivers

AHEAD = 3
"""Months after the plan whose sales are looked at: stocks are kept for them."""


@dataclass(frozen=True)
class Demand:
    """What would be sold at today's prices. `cells`: entity, channel, store, category; `volume`: pieces, cells × periods and AHEAD more ×
    draws; `mix`: see model.chain.sales.by_product; `launches`: new stores and products."""

    cells: pd.DataFrame
    volume: np.ndarray
    mix: pd.DataFrame
    launches: tuple[Launch, ...] = ()


@dataclass(frozen=True)
class Horizon:
    """The months of a plan: `periods`, `beyond` (the same with AHEAD more), and of each period its fiscal year and the month of it."""

    periods: pd.DatetimeIndex
    beyond: pd.DatetimeIndex
    years: np.ndarray
    months: np.ndarray


@dataclass(frozen=True)
class Traffic:
    """Units of a plan before anything has a price: `sales` of the periods, `flows` of the `items`, `place`: each sales cell's item."""

    sales: Sales
    items: Items
    flows: Flows
    place: np.ndarray


def plan_traffic(demand: Demand, items: Items, drivers: Drivers, horizon: Horizon) -> Traffic:
    """Sales by product, and what must come in and be made for them. RequestError where what is sold is kept nowhere."""
    cells, volume = by_product(demand.cells, demand.volume, demand.mix, drivers, horizon.beyond)
    cells, volume = with_launches(cells, volume, list(demand.launches), horizon.beyond)
    sales = plan_sales(cells, volume, drivers, horizon.beyond)
    items = _with_launched(items, demand.launches)
    place = items.places(cells["entity"], cells["product"])
    lacking = cells.loc[place < 0, ["entity", "product"]].drop_duplicates()
    if len(lacking):
        problems = [Problem("sold but kept in no stock", " · ".join(row), next="say where it comes from") for row in lacking.to_numpy()]
        raise RequestError("goods", at_most(problems))
    sold = summed(sales.units - sales.back, place, len(items.rows))
    cover = drivers.values_of("stock_cover", _keys(items), horizon.periods)
    flows = plan_units(items, sold, cover, len(horizon.periods))
    return Traffic(_cut(sales, len(horizon.periods)), items, flows, place)


@dataclass(frozen=True)
class Trade:
    """Traffic with its money. `cost` and `back_cost`: of what each sales cell sold and took back; `paid`: for a unit that came in;
    `freight`: of it, on top, and `rebate`: what its supplier gives back, where it was bought outside."""

    traffic: Traffic
    costs: Costs
    cost: np.ndarray
    back_cost: np.ndarray
    paid: np.ndarray
    freight: np.ndarray
    rebate: np.ndarray

    @property
    def unrealised(self) -> np.ndarray:
        """What the group earned on goods that still lie in its stocks, by item at each month's end, in the keeper's currency."""
        return unrealised(self.costs.worth, self.costs.at_cost)


def plan_trade(
    traffic: Traffic, pool: dict[str, np.ndarray], rate: np.ndarray, weight: np.ndarray, drivers: Drivers, horizon: Horizon
) -> Trade:
    """What the traffic costs. `pool`: by company that makes, work and overhead by month; `rate`: what a unit of each item's currency is
    worth in the group's, items × periods × draws; `weight`: items, what one made takes of the pool."""
    items, keys = traffic.items, _keys(traffic.items)
    bought = (items.rows["source"] != MADE).to_numpy() & (traffic.flows.stock.came > 0).any(axis=(1, 2))
    names = ("purchase_price", "purchase_price_change", "freight", "supplier_rebate")
    paid, change, freight, back = (_of_bought(name, drivers, keys, bought, horizon.periods) for name in names)
    paid = paid * (1 + change)
    outside = (items.rows["source"] == BOUGHT).to_numpy()[:, None, None]
    freight, rebate = np.where(outside, freight, 0.0), np.where(outside, paid * back, 0.0)
    prices = Prices(paid + freight - rebate, rate, pool, weight, horizon.years)
    costs = plan_costs(items, traffic.flows, prices)
    out, gone = traffic.flows.stock.out[traffic.place], costs.worth.gone[traffic.place]
    each = np.divide(gone, out, out=np.array(costs.worth.price[traffic.place]), where=out != 0)
    return Trade(traffic, costs, traffic.sales.units * each, traffic.sales.back * each, paid, freight, rebate)


def conversion_weight(items: Items, production: pd.DataFrame) -> np.ndarray:
    """What one piece made takes of work and overhead: what it took lately, in the company's currency; what its like take on average where
    nothing is told of it, and one for each piece where nothing is told at all."""
    spent = production.assign(spent=production["labour"].fillna(0.0) + production["overhead"].fillna(0.0))
    told = spent.groupby(["entity", "product"])[["spent", "quantity"]].sum()
    each = (told["spent"] / told["quantity"]).where((told["quantity"] > 0) & (told["spent"] > 0))
    each = each.reindex(pd.MultiIndex.from_frame(items.rows[["entity", "item"]]))
    usual = each.groupby(level=0).transform("mean")
    return each.fillna(usual).fillna(1.0).to_numpy("float64")


def summed(values: np.ndarray, place: np.ndarray, size: int) -> np.ndarray:
    """Rows added up by place: size × periods × draws."""
    adds = sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(size, len(place)))
    return np.asarray(adds @ values.reshape(len(place), -1)).reshape(size, *values.shape[1:])


def _of_bought(name: str, drivers: Drivers, keys: pd.DataFrame, bought: np.ndarray, periods: pd.DatetimeIndex) -> np.ndarray:
    """A driver of what comes in from others; 0 of what is made, or doesn't come: nobody need know its price."""
    values = drivers.values_of(name, keys[bought], periods)
    found = np.zeros((len(keys), *values.shape[1:]))
    found[bought] = values
    return found


def _keys(items: Items) -> pd.DataFrame:
    return items.rows.rename(columns={"item": "product"})[["entity", "product"]]


def _cut(sales: Sales, months: int) -> Sales:
    return replace(sales, **{name: values[:, :months] for name, values in vars(sales).items() if name != "cells"})


def _with_launched(items: Items, launches: tuple[Launch, ...]) -> Items:
    """New products are kept, made and bought like those they are like; nothing of them lies there yet."""
    for launch in launches:
        if launch.key != "product":
            continue
        rows = items.rows[items.rows["item"] == launch.like].assign(item=launch.code)
        bills = items.bills[items.bills["product"] == launch.like].assign(product=launch.code)
        none = np.zeros(len(rows))
        items = Items(
            pd.concat([items.rows, rows], ignore_index=True), pd.concat([items.bills, bills], ignore_index=True),
            *(np.r_[known, none] for known in (items.units, items.worth, items.at_cost)),
        )  # fmt: skip
    return items


def launched_drivers(drivers: Drivers, launches: tuple[Launch, ...]) -> Drivers:
    """The drivers with those of what is launched: where nothing is said of it, what holds for what it is like."""
    for launch in launches:
        likes = {driver.name: _like(driver, launch) for driver in drivers.values()}
        copies = {(name, len(drivers[name].entries) + n): (name, place) for name, like in likes.items() for n, place in enumerate(like)}
        drivers = drivers.replaced([_with_like(driver, launch, likes[driver.name]) for driver in drivers.values()], copies)
    return drivers


def _like(driver: Driver, launch: Launch) -> list[int]:
    """The places of the entries that hold for what is launched: those of what it is like, where none is about itself."""
    told = any(entry.where.get(launch.key) == launch.code for entry in driver.entries)
    return [place for place, entry in enumerate(driver.entries) if entry.where.get(launch.key) == launch.like and not told]


def _with_like(driver: Driver, launch: Launch, like: list[int]) -> Driver:
    entries = tuple(replace(driver.entries[place], where={**driver.entries[place].where, launch.key: launch.code}) for place in like)
    measured = driver.measured
    if measured is not None and launch.key in measured.columns:
        rows = measured[measured[launch.key] == launch.like].assign(**{launch.key: launch.code})
        measured = pd.concat([measured, rows], ignore_index=True)
    return replace(driver, entries=(*driver.entries, *entries), measured=measured)


def plan_months(as_of: pd.Timestamp, fiscal_year: int, calendar: FiscalCalendar) -> Horizon:
    """The months from the first open one to the last of the budget year."""
    count = months_between(as_of, calendar.last(fiscal_year))
    beyond = month_range(months_after(as_of, 1), count + AHEAD)
    periods = beyond[:count]
    years, months = (np.asarray(of(pd.Series(periods))) for of in (calendar.fiscal_year, calendar.month_number))
    return Horizon(periods, beyond, years, months)
