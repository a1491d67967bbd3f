"""What would be sold on average: the truth behind shops and the online shop, by store, day and category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.periods import month
from planning.inputs.sample import days as calendar
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

BROKEN = "lighting"
"""The category whose growth turns."""
ONLINE_PULL = 0.75
"""Of the stores' yearly pattern, which the online shop follows less."""


@dataclass(frozen=True)
class Demand:
    """Levels by day and category, the same for every store: `shops` and `online` (days × categories), and what they are made of."""

    days: pd.DatetimeIndex
    categories: list[str]
    shops: np.ndarray
    online: np.ndarray
    prices: np.ndarray  # of the list price before promotions, days × categories, 1 at the start
    parts: pd.DataFrame  # day, category, season, feast, trend, price, campaign: their product is the level


def build_demand(settings: Settings, structure: Structure, lift: np.ndarray) -> Demand:
    """The levels of every day; `lift` (days × 1 or days × categories) is what campaigns add, as a factor."""
    days = calendar.days_of(month(settings.first_month), settings.months)
    categories = structure.categories["code"].tolist()
    prices = price_levels(settings, structure, days)
    elasticity = structure.truth["elasticity"].set_index("category").loc[categories, "elasticity"].to_numpy()
    season, trend = _seasons(settings, structure, days), _trends(settings, categories, days)
    general = calendar.growth(days, days[0], settings.prices.drift)[:, None]
    by_price = (prices / general) ** -elasticity
    feast = calendar.spring(days, settings.seasons)[:, None]
    week = calendar.weekend(days, settings.seasons)[:, None]
    shops = season * feast * week * trend * by_price * lift
    online = _online(settings, season, days) * trend * by_price * lift
    parts = _parts(days, categories, season=season * week, feast=feast, trend=trend, price=by_price, campaign=lift)
    return Demand(days, categories, shops, online, prices, parts)


def price_levels(settings: Settings, structure: Structure, days: pd.DatetimeIndex) -> np.ndarray:
    """List prices over those of the start: changed every year in March, by category."""
    levels = np.ones((len(days), len(structure.categories)))
    for at, category in enumerate(structure.categories["code"]):
        draw = stream(settings.seed, "prices", category)
        for year in sorted(set(days.year)):
            step = (1 + settings.prices.drift) * np.exp(draw.normal(0, settings.prices.change))
            levels[days >= pd.Timestamp(year, 3, 1), at] *= step
    return levels


def _seasons(settings: Settings, structure: Structure, days: pd.DatetimeIndex) -> np.ndarray:
    quarters = structure.categories[["january", "april", "july", "october"]].to_numpy()
    return np.column_stack([calendar.year_pattern(days, each, settings.seasons.strength) for each in quarters])


def _trends(settings: Settings, categories: list[str], days: pd.DatetimeIndex) -> np.ndarray:
    seasons, first, turn = settings.seasons, days[0], month(settings.seasons.break_month)
    usual = calendar.growth(days, first, seasons.growth)
    turned = calendar.growth(days, first, seasons.growth, turn, seasons.break_growth)
    return np.column_stack([turned if category == BROKEN else usual for category in categories])


def _online(settings: Settings, season: np.ndarray, days: pd.DatetimeIndex) -> np.ndarray:
    seasons = settings.seasons
    sales = calendar.sale(days, 6, 18, seasons.mid_year) * calendar.sale(days, 11, 11, seasons.double_eleven)
    return (1 + ONLINE_PULL * (season - 1)) * sales[:, None]


def _parts(days: pd.DatetimeIndex, categories: list[str], **parts: np.ndarray) -> pd.DataFrame:
    shape = (len(days), len(categories))
    table = pd.DataFrame({"day": np.repeat(days, len(categories)), "category": np.tile(categories, len(days))})
    return table.assign(**{name: np.broadcast_to(part, shape).ravel() for name, part in parts.items()})
