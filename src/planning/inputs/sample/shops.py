"""The stores' sales slips: what was sold of each category in each store on each day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.inputs.sample.demand import Demand
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import SOUTH_PRICES, Structure

CENTS = 100


def slips_of(settings: Settings, structure: Structure, demand: Demand, month: pd.Timestamp) -> pd.DataFrame:
    """A month's slips: order, line, entity, store, department, date, product, quantity; list_price, discount, net, vat in cents.

    Prices are without tax. A slip is what was sold of one product at a time; the promotion of a store's week and category is its discount.
    """
    inside = (demand.days >= month) & (demand.days < month + pd.DateOffset(months=1))
    days, stores = demand.days[inside], structure.stores
    draw = stream(settings.seed, "slips", f"{month:%Y-%m}")
    units, promoted = _units(settings, structure, demand.shops[inside], days, draw)
    table = _slips(settings, structure, demand, units, days, draw)
    at = table["category_at"].to_numpy(), table["store_at"].to_numpy(), table["day_at"].to_numpy()
    discount = np.where(promoted[at[1], at[2], at[0]], settings.prices.discount, 0.0)
    slips = _priced(settings, structure, table, demand.prices[inside][at[2], at[0]], discount, stores, days)
    return slips.assign(order=_numbers(slips), line=1)


def _numbers(slips: pd.DataFrame) -> list[str]:
    """The till's numbers: store, day and a running number."""
    (day, days), running = pd.factorize(slips["date"]), slips.groupby(["store", "date"], sort=False).cumcount() + 1
    said = np.array([f"{each:%y%m%d}" for each in days])[day]
    return [f"{store}-{when}-{number:04}" for store, when, number in zip(slips["store"], said, running, strict=True)]


def _units(settings, structure, levels, days, draw):
    """Units sold by store, day and category; and where there was a promotion."""
    quality = structure.truth["store_quality"]["quality"].to_numpy()
    base = structure.categories["units"].to_numpy()
    noise = np.exp(draw.normal(0, settings.stores.noise, (len(quality), len(days)))) if settings.stores.noise else 1.0
    week = days.isocalendar().week.to_numpy().astype(int)
    weeks, of_day = np.unique(week, return_inverse=True)
    promoted = (draw.random((len(quality), len(weeks), len(base))) < settings.prices.promotions)[:, of_day, :]
    elasticity = structure.truth["elasticity"]["elasticity"].to_numpy()
    cheaper = np.where(promoted, (1 - settings.prices.discount) ** -elasticity, 1.0)
    size = structure.stores["size"].to_numpy() * quality
    expected = size[:, None, None] * np.atleast_3d(noise) * (base * levels)[None] * cheaper
    return draw.poisson(expected), promoted


def _slips(settings, structure, demand, units, days, draw):
    """Units divided among so many slips of a store, day and category, each of one product."""
    store_at, day_at, category_at = np.nonzero(units)
    sold = units[store_at, day_at, category_at]
    count = np.minimum(sold, settings.size.slips)
    slip = np.repeat(np.arange(len(sold)), count)
    even, more = np.divmod(sold, count)
    rank = np.arange(len(slip)) - np.repeat(np.cumsum(count) - count, count)
    quantity = even[slip] + (rank < more[slip])
    table = pd.DataFrame({"store_at": store_at[slip], "day_at": day_at[slip], "category_at": category_at[slip], "quantity": quantity})
    products = {code: np.flatnonzero(structure.products["category"] == code) for code in demand.categories}
    choice = [products[demand.categories[at]] for at in range(len(demand.categories))]
    fewest = min(map(len, choice))
    pick = draw.integers(0, fewest, len(table))
    table["product_at"] = np.array([each[:fewest] for each in choice])[table["category_at"], pick]
    return table


def _priced(settings, structure, table, level, discount, stores, days):
    shop, product = stores.iloc[table["store_at"]], structure.products.iloc[table["product_at"]]
    south = (shop["entity"] == "SOUTH").to_numpy()
    price = to_minor(product["list_price"].to_numpy() * level * np.where(south, SOUTH_PRICES, 1.0), 2)
    quantity = table["quantity"].to_numpy(np.int64)
    given = np.rint(price * quantity * discount).astype(np.int64)
    net = price * quantity - given
    vat = np.where(south, 0, np.rint(net * settings.money.vat_goods)).astype(np.int64)
    return pd.DataFrame({
        "entity": shop["entity"].to_numpy(), "store": shop["code"].to_numpy(), "department": shop["department"].to_numpy(),
        "date": days.to_numpy()[table["day_at"]], "product": product["code"].to_numpy(), "category": product["category"].to_numpy(),
        "number": product["number"].to_numpy(), "quantity": quantity, "list_price": price, "discount": given, "net": net, "vat": vat,
    })  # fmt: skip
