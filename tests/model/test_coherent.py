"""Forecasts of a whole tree: what is shown adds up, what is drawn adds up, and nothing falls below zero that can't."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.periods import month_range
from planning.model.coherence import grouped_structure
from planning.model.coherent import coherent_forecast


def shops(months=84, seed=3):
    """Six shops in two regions, seasonal, rising and falling together within a region."""
    rng = np.random.default_rng(seed)
    periods = month_range(pd.Timestamp("2015-01-01"), months)
    region_moves = {region: np.cumsum(rng.normal(0, 0.03, months)) for region in ("north", "south")}
    parts = []
    for place in range(6):
        region = "north" if place < 3 else "south"
        season = 0.2 * np.sin(2 * np.pi * np.arange(months) / 12 + place)
        amounts = 100 * (place + 1) * np.exp(region_moves[region] + season + rng.normal(0, 0.05, months))
        parts.append(pd.DataFrame({"region": region, "shop": f"s{place}", "period": periods, "amount": amounts}))
    return pd.concat(parts)


def regions(table):
    return grouped_structure(table[["region", "shop"]].drop_duplicates(), [(), ("region",)])


def forecast_of(table, **asked):
    return coherent_forecast(table, regions(table), 6, "fast", draws=60, positive=True, **asked)


def test_every_node_and_every_draw_adds_up_to_the_cent():
    made = forecast_of(shops(), digits=2)
    wide = made.rows.pivot(index=["region", "shop"], columns="horizon", values="amount")
    bottoms = wide[(wide.index.get_level_values("shop") != "*")]
    np.testing.assert_array_equal((bottoms.sum() * 100).round(), (wide.loc[("*", "*")] * 100).round())
    every = made.structure.add_up(made.draws)
    total = made.structure.position[("*", "*")]
    np.testing.assert_allclose(every[:, total], made.draws.sum(axis=1), rtol=0, atol=1e-9)
    assert (made.draws >= 0).all()
    assert ((made.rows["lower"] <= made.rows["amount"]) & (made.rows["amount"] <= made.rows["upper"])).all()


def test_what_moves_together_leaves_the_region_less_sure_than_its_shops_on_their_own_would():
    made = forecast_of(shops())
    widths = made.rows.assign(width=made.rows["upper"] - made.rows["lower"])
    spread = widths.pivot(index=["region", "shop"], columns="horizon", values="width")
    shop_widths = spread.loc["north"].drop("*")
    alone = np.sqrt((shop_widths**2).sum())
    assert (spread.loc[("north", "*")] / alone).mean() > 1.1


def test_a_past_too_short_to_know_what_misses_together_is_said():
    with pytest.raises(RequestError, match="too short a past"):
        forecast_of(shops(months=30))
