"""Goods through the group: what is sold draws on stock, stock on deliveries, deliveries on what is made, and that on materials bought.

Units go up the chain, from who sells to who makes; money comes down it, from what materials cost to what a sale does. Every array is
rows × periods × draws; a row is an item in one company's stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.model.chain.costing import Worth, absorb, run_through
from planning.model.chain.stock import Stock, plan_stock

MADE, BOUGHT = "made", "bought"
"""The sources of what a company makes itself or buys outside; any other source is the company of the group that delivers it."""


@dataclass(frozen=True)
class Items:
    """What lies in the group's stocks. `rows`: entity, item, source, each entity and item once; `bills`: product, material, quantity (of
    a material in a piece); `units`, `worth`: of each row, when the plan begins, in the entity's currency; `at_cost`: the same at what it
    cost the group, before what it earned on it itself."""

    rows: pd.DataFrame
    bills: pd.DataFrame
    units: np.ndarray
    worth: np.ndarray
    at_cost: np.ndarray

    def __post_init__(self) -> None:
        problems = _problems(self.rows, self.bills)
        if problems:
            raise RequestError("goods", at_most(problems))

    def places(self, entity: pd.Series, item: pd.Series) -> np.ndarray:
        """The rows of items in companies' stocks; -1 where one keeps none."""
        return pd.MultiIndex.from_frame(self.rows[["entity", "item"]]).get_indexer(pd.MultiIndex.from_arrays([entity, item]))

    @cached_property
    def made(self) -> np.ndarray:
        """The rows of what is made."""
        return np.flatnonzero(self.rows["source"] == MADE)

    @cached_property
    def draws_on(self) -> pd.DataFrame:
        """Which row draws on which: taker, giver, quantity (units of the giver for one of the taker), made (or else delivered)."""
        numbered = self.rows.assign(taker=np.arange(len(self.rows)))
        within = numbered[~numbered["source"].isin([MADE, BOUGHT])]
        delivered = within.assign(giver=self.places(within["source"], within["item"]), quantity=1.0, made=False)
        used = numbered[numbered["source"] == MADE].merge(self.bills, left_on="item", right_on="product")
        made = used.assign(giver=self.places(used["entity"], used["material"]), made=True)
        links = pd.concat([delivered, made], ignore_index=True)[["taker", "giver", "quantity", "made"]]
        return links.astype({"quantity": float, "made": bool})

    @cached_property
    def levels(self) -> list[np.ndarray]:
        """The rows by level: those on which nothing draws first. RequestError where items draw on each other in a circle."""
        rests_on: dict[int, list[int]] = {row: [] for row in range(len(self.rows))}
        for taker, giver in self.draws_on[["taker", "giver"]].itertuples(index=False):
            rests_on[giver].append(taker)
        sorter = TopologicalSorter(rests_on)
        try:
            sorter.prepare()
        except CycleError as broken:
            circle = " → ".join(" · ".join(self.rows[["entity", "item"]].iloc[row]) for row in broken.args[1])
            wrong = Problem("items draw on each other in a circle", "goods", circle, "a chain that begins with what is bought")
            raise RequestError("goods", [wrong]) from None
        found = []
        while sorter.is_active():
            ready = sorter.get_ready()
            found.append(np.array(sorted(ready)))
            sorter.done(*ready)
        return found


def _problems(rows: pd.DataFrame, bills: pd.DataFrame) -> list[Problem]:
    known = set(zip(rows["entity"], rows["item"], strict=True))
    twice = rows.loc[rows.duplicated(["entity", "item"]), ["entity", "item"]]
    within, made = rows[~rows["source"].isin([MADE, BOUGHT])], rows[rows["source"] == MADE]
    used = made.merge(bills, left_on="item", right_on="product")
    wrong = bills[~(np.isfinite(bills["quantity"]) & (bills["quantity"] > 0))]
    doubled = bills[bills.duplicated(["product", "material"])]
    return [
        *[Problem("given twice", " · ".join(row)) for row in twice.to_numpy()],
        *[Problem("delivered by who doesn't keep it", f"{row.entity} · {row.item}", row.source, "a company that buys or makes it")
          for row in within.itertuples() if (row.source, row.item) not in known],
        *[Problem("made without a bill of materials", f"{row.entity} · {row.item}")
          for row in made.itertuples() if row.item not in set(bills["product"])],
        *[Problem("a material that isn't kept where it is used", f"{row.entity} · {row.material}", f"for {row.product}")
          for row in used.itertuples() if (row.entity, row.material) not in known],
        *[Problem("wrong quantity", f"{row.material} for {row.product}", str(row.quantity), "more than 0") for row in wrong.itertuples()],
        *[Problem("given twice", f"{row.material} for {row.product}") for row in doubled.itertuples()],
    ]  # fmt: skip


@dataclass(frozen=True)
class Flows:
    """Units: `stock` of every item; what goes out is `sold` outside, `delivered` to others of the group, and `used` in making."""

    stock: Stock
    sold: np.ndarray
    delivered: np.ndarray
    used: np.ndarray


def plan_units(items: Items, sold: np.ndarray, cover: np.ndarray, periods: int) -> Flows:
    """What comes into and goes out of every stock. `sold`: units that leave the group, net of what comes back, for the periods and, as far
    as they are known, months beyond; `cover`: months of what goes out that each item is kept for, in the periods.

    Level after level, those first on which nothing draws; what they take goes out where it is kept in the same month.
    """
    months = sold.shape[1]
    shape = (*sold.shape[:2], *np.broadcast_shapes(sold.shape[2:], cover.shape[2:]))
    came, taken = np.zeros(shape), {False: np.zeros(shape), True: np.zeros(shape)}
    kept = np.concatenate([cover, np.repeat(cover[:, -1:], months - periods, axis=1)], axis=1)
    for level in items.levels:
        out = sold[level] + taken[False][level] + taken[True][level]
        came[level] = plan_stock(items.units[level], out, kept[level], months).came
        for made, links in items.draws_on[items.draws_on["taker"].isin(level)].groupby("made"):
            drawn = came[links["taker"]] * links["quantity"].to_numpy()[:, None, None]
            np.add.at(taken[bool(made)], links["giver"].to_numpy(), drawn)
    delivered, used = taken[False], taken[True]
    stock = Stock(items.units, (sold + delivered + used)[:, :periods], came[:, :periods])
    return Flows(stock, sold[:, :periods], delivered[:, :periods], used[:, :periods])


@dataclass(frozen=True)
class Prices:
    """`paid`: for a unit bought outside, or delivered by the group (the transfer price), in the taker's currency; items × periods × draws.
    `rate`: what a unit of each item's currency is worth in the group's; as wide. `pool`: by company, work and overhead of the month
    (periods × draws), in its currency; `weight`: items, what one made takes of the pool; `years`: periods, the fiscal year of each."""

    paid: np.ndarray
    rate: np.ndarray
    pool: dict[str, np.ndarray]
    weight: np.ndarray
    years: np.ndarray


@dataclass(frozen=True)
class Costs:
    """Money: `worth` of every stock; `at_cost`, the same at what goods cost the group; `conversion`: work and overhead taken in by what is
    made; `left`: by company, what of the pool wasn't (periods × draws)."""

    worth: Worth
    at_cost: Worth
    conversion: np.ndarray
    left: dict[str, np.ndarray]


def plan_costs(items: Items, flows: Flows, prices: Prices) -> Costs:
    """What everything costs: materials run through their stock into what is made, with work and overhead; that into what is delivered and
    sold; a delivery at its transfer price into the taker's stock, and beside it at what it cost the group."""
    drawn = [pool.shape for pool in prices.pool.values()]
    conversion = np.zeros(np.broadcast_shapes(flows.stock.came.shape, prices.paid.shape, prices.rate.shape, *drawn))
    left = {}
    for entity, pool in prices.pool.items():
        mine = items.made[(items.rows["entity"].iloc[items.made] == entity).to_numpy()]
        absorbed = absorb(pool, flows.stock.came[mine], prices.weight[mine], prices.years)
        conversion[mine], left[entity] = absorbed.cost, absorbed.left
    worth = _run_down(items, flows, prices, conversion, items.worth, at_cost=False)
    return Costs(worth, _run_down(items, flows, prices, conversion, items.at_cost, at_cost=True), conversion, left)


def _run_down(items: Items, flows: Flows, prices: Prices, conversion: np.ndarray, opening: np.ndarray, at_cost: bool) -> Worth:
    """Money through every stock, level after level, those first that draw on nothing."""
    came = flows.stock.came * prices.paid + np.zeros(conversion.shape)
    came[items.made] = conversion[items.made]
    gone, price = np.zeros(came.shape), np.zeros(came.shape)
    for level in reversed(items.levels):
        for made, links in items.draws_on[items.draws_on["taker"].isin(level)].groupby("made"):
            taker, giver = links["taker"].to_numpy(), links["giver"].to_numpy()
            drawn = flows.stock.came[taker] * links["quantity"].to_numpy()[:, None, None] * price[giver]
            if made:
                np.add.at(came, taker, drawn)
            elif at_cost:
                came[taker] = drawn * prices.rate[giver] / prices.rate[taker]
        stock = Stock(items.units[level], flows.stock.out[level], flows.stock.came[level])
        through = run_through(stock, opening[level], came[level])
        gone[level], price[level] = through.gone, through.price
    return Worth(opening, came, gone, price)


def cost_of(worth: Worth, stock: Stock, units: np.ndarray) -> np.ndarray:
    """What some of the units that went out cost: their share of all that went out of their stock in the month."""
    shape = np.broadcast_shapes(units.shape, stock.out.shape, worth.gone.shape)
    return np.divide(units, stock.out, out=np.zeros(shape), where=stock.out != 0) * worth.gone
