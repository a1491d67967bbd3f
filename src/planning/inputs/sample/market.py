"""The market around the group: its size by category and month, and what competitors ask: told to the group, no cause of its sales."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month, month_range
from planning.inputs.sample.demand import Demand
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

COMPETITORS = ("R1", "R2", "R3")
"""Codes of those whose prices are watched."""


def build_market(settings: Settings, structure: Structure, demand: Demand, sales: float) -> pd.DataFrame:
    """month, category, market_size (yuan without tax), our_price_index, competitor, price_index (1 at the start).

    `sales`: yuan that the group sells in a day before anything lifts them. Its share of the market wanders; what is in it wanders too.
    """
    months = month_range(month(settings.first_month), settings.months)
    at = demand.days.to_period("M").to_timestamp()
    products = structure.products.groupby("category")["list_price"].mean()
    worth = structure.categories["units"].to_numpy() * products.loc[demand.categories].to_numpy()
    worth = worth / worth.sum()
    volume = pd.DataFrame(demand.shops * demand.prices, columns=demand.categories).groupby(at).sum()
    prices = pd.DataFrame(demand.prices, columns=demand.categories).groupby(at).mean()
    tables = []
    for place, category in enumerate(demand.categories):
        sold = volume[category].to_numpy() * worth[place] * sales
        share = settings.customers.market_share * _path(settings, len(months), "market", category)
        size = np.round(sold / share, -3) if settings.customers.market_share else np.zeros(len(months))
        for competitor in COMPETITORS:
            index = np.round(_path(settings, len(months), "competitor", competitor, category), 4)
            about = {"month": months, "category": category, "market_size": size, "our_price_index": prices[category].round(4).to_numpy()}
            tables.append(pd.DataFrame({**about, "competitor": competitor, "price_index": index}))
    return pd.concat(tables, ignore_index=True).sort_values(["month", "category", "competitor"], ignore_index=True)


def _path(settings: Settings, months: int, *names: str) -> np.ndarray:
    """A level that wanders from 1."""
    steps = stream(settings.seed, *names).normal(0, settings.customers.market_wander, months)
    return np.exp(np.cumsum(steps) - steps[0])
