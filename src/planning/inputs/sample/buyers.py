"""Buyers without a contract: each with a rate and a life of their own that nobody sees; what is seen are their online orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range, months_between
from planning.inputs.sample.demand import Demand
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

EARLY = 0.33
"""Of buyers who had bought before the first month."""
PAYS_LATER = (1, 8)
"""Days after an order at which the platform passes its money on, at the least and below."""
MORE_THAN_ONE = 0.15
"""Of orders of two pieces."""


@dataclass(frozen=True)
class Buyers:
    """Arrays by buyer: month number of the first possible order, purchases a month while active, and how many months that lasts."""

    codes: np.ndarray
    joined: np.ndarray
    rate: np.ndarray
    life: np.ndarray

    def orders(self, months: int) -> float:
        """Orders in a month on average, before anything lifts them."""
        there = np.clip(np.minimum(self.joined + self.life, months) - np.maximum(self.joined, 0), 0, None)
        return float((self.rate * there).sum() / months)

    def truth(self, first: pd.Timestamp) -> pd.DataFrame:
        """What nobody is told of each: the rate, and the months in which they were a customer at all."""
        months = month_range(first, int((self.joined + self.life).max()) + 1)
        left = months[self.joined + self.life]
        return pd.DataFrame({"buyer": self.codes, "rate": self.rate, "joined": months[np.maximum(self.joined, 0)], "left": left})


def build_buyers(settings: Settings) -> Buyers:
    """Everyone who ever buys online without a contract."""
    size, rates = settings.size.buyers, settings.customers
    draw = stream(settings.seed, "buyers")
    joined = np.where(draw.random(size) < EARLY, 0, draw.integers(0, settings.months, size))
    spread = max(rates.purchases_spread, 1e-6)
    rate = draw.gamma(1 / spread**2, rates.purchases * spread**2, size)
    life = draw.geometric(rates.dropout, size) if rates.dropout else np.full(size, settings.months)
    return Buyers(np.array([f"B{number:07}" for number in range(1, size + 1)]), joined, rate, np.minimum(life, settings.months))


def orders_of(settings: Settings, structure: Structure, demand: Demand, buyers: Buyers, period: pd.Timestamp) -> pd.DataFrame:
    """A month's online orders, one line each: order, buyer, date, product, quantity; prices, net and vat in cents; payment_date."""
    number = months_between(month(settings.first_month), period)
    inside = (demand.days >= period) & (demand.days < period + pd.DateOffset(months=1))
    level = demand.online[inside]
    draw = stream(settings.seed, "online orders", f"{period:%Y-%m}")
    active = (buyers.joined <= number) & (number < buyers.joined + buyers.life)
    rise = level.mean() / demand.online.mean()
    count = draw.poisson(np.where(active, buyers.rate * rise, 0.0))
    buyer = np.repeat(np.arange(len(count)), count)
    table = _drawn(structure, demand, level, len(buyer), draw)
    days = demand.days[inside][table["day_at"]]
    order = np.lexsort((buyer, days))
    told = _priced(settings, structure, table, demand.prices[inside][table["day_at"], table["category_at"]])
    told.insert(0, "date", days)
    told.insert(0, "buyer", buyers.codes[buyer])
    told["payment_date"] = days + pd.to_timedelta(draw.integers(*PAYS_LATER, len(days)), "D")
    told = told.iloc[order].reset_index(drop=True)
    told.insert(0, "order", [f"W{period:%y%m}{at:07}" for at in range(1, len(told) + 1)])
    return told.assign(line=1)


def _drawn(structure, demand, level, size, draw):
    """The day, category, product and pieces of each order: days and categories as the level has them."""
    odds = (level * structure.categories["units"].to_numpy()).ravel()
    cell = draw.choice(len(odds), size, p=odds / odds.sum())
    day_at, category_at = np.divmod(cell, level.shape[1])
    products = [np.flatnonzero(structure.products["category"] == code) for code in demand.categories]
    pick = draw.random(size)
    product_at = np.array([products[at][int(where * len(products[at]))] for at, where in zip(category_at, pick, strict=True)], dtype=int)
    quantity = 1 + (draw.random(size) < MORE_THAN_ONE)
    return {"day_at": day_at, "category_at": category_at, "product_at": product_at, "quantity": quantity.astype(np.int64)}


def _priced(settings, structure, table, level):
    product = structure.products.iloc[table["product_at"]]
    price = to_minor(product["list_price"].to_numpy() * level, 2)
    net = price * table["quantity"]
    return pd.DataFrame({
        "product": product["code"].to_numpy(), "category": product["category"].to_numpy(), "number": product["number"].to_numpy(),
        "quantity": table["quantity"], "list_price": price, "discount": np.zeros(len(net), dtype=np.int64), "net": net,
        "vat": np.rint(net * settings.money.vat_goods).astype(np.int64),
    })  # fmt: skip
