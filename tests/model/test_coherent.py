"""Forecasts of a whole tree: what is shown adds up, what is drawn adds up, and nothing falls below zero that can't."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.periods import month_range
from planning.model.coherence import ALL, grouped_structure, reconciled
from planning.model.coherent import coherent_forecast, innovations
from planning.model.panel import Given


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


def test_amounts_rest_on_the_errors_and_residuals_that_come_with_them():
    made = forecast_of(shops())
    alone = made.alone.rows.pivot(index=["region", "shop"], columns="horizon", values="amount").loc[made.structure.nodes].to_numpy()
    assert made.errors.shape == (19, 9, 6) and made.residuals.shape == (84 - 13, 9)
    rested = reconciled(alone, made.structure, made.errors, made.residuals, positive=True)
    np.testing.assert_array_equal(made.rows["amount"], rested.ravel())


def test_innovations_are_what_level_season_and_drivers_leave_over():
    """Two lines of one season and one driver, 1 noise in common of 2: only that makes them alike; the second is ten times the first."""
    dice = np.random.default_rng(7)
    noise, driver = dice.normal(0, 1, (3, 144)), pd.DataFrame({"price": dice.normal(0, 10, 144)})
    alike = 500 * np.sin(2 * np.pi * np.arange(144) / 12) + 3 * np.arange(144) + 5 * driver["price"].to_numpy()
    amounts = [1000 + alike + noise[0] + noise[1], 10 * (1000 + alike + noise[0] + noise[2])]
    told, untold = (innovations([Given(row, *past) for row in amounts], 12) for past in ((driver,), ()))
    assert told.shape == (131, 2) and np.corrcoef(told.T)[0, 1] == pytest.approx(0.5, abs=0.2)
    assert np.corrcoef(untold.T)[0, 1] > 0.95
    assert told[:, 1].std() / told[:, 0].std() == pytest.approx(10, rel=0.2)
    assert told[:, 0].std() == pytest.approx(np.sqrt(2), rel=0.3)


def test_a_month_that_all_bottoms_lack_long_ago_is_no_hindrance():
    table = shops()
    made = forecast_of(table[table["period"] != pd.Timestamp("2015-05-01")])
    assert np.isfinite(made.rows["amount"]).all() and np.isfinite(made.residuals).all()


# ------------------------------------------------------------------------------------------------------- regressors

EVERY = month_range(pd.Timestamp("2015-01-01"), 126)
CAMPAIGN = np.random.default_rng(5).normal(0, 1, 126)
CAMPAIGNS = pd.DataFrame({"period": EVERY, "campaign": CAMPAIGN})
SHOPS = ["s0", "s1", "s2"]


def moved(by_shop):
    """Three shops of 1,000 and noise of 10 a month, with what moves each (shops × 126 months): 120 known months and 6 that came."""
    amounts = 1000 + np.random.default_rng(4).normal(0, 10, (3, 126)) + by_shop
    table = pd.DataFrame({"shop": np.repeat(SHOPS, 126), "period": np.tile(EVERY, 3), "amount": amounts.ravel()})
    known = table["period"] < EVERY[120]
    return table[known], table[~known]


def made_with(table, **known):
    structure = grouped_structure(table[["shop"]].drop_duplicates(), [()])
    return coherent_forecast(table, structure, 6, "fast", draws=200, **known)


def missed(made, came):
    """Mean absolute error of the total, and of the shops."""
    rows = made.rows.merge(came, on=["shop", "period"], suffixes=("", "_came"))
    total = made.rows[made.rows["shop"] == ALL].set_index("period")["amount"] - came.groupby("period")["amount"].sum()
    return np.abs(total).mean(), np.abs(rows["amount"] - rows["amount_came"]).mean()


def test_a_tree_that_follows_working_days_comes_nearer_with_the_country():
    days = np.array([np.busday_count(first.date(), (first + pd.DateOffset(months=1)).date()) for first in EVERY])
    table, came = moved(60.0 * (days - days.mean()))
    with_it, without = (missed(made_with(table, country=country), came) for country in ("US", None))
    assert with_it[0] < 0.7 * without[0] and with_it[1] < 0.7 * without[1]


def test_what_a_driver_explains_is_not_missed_together():
    """Campaigns move all shops at once; who knows of them, at the earlier origins too, sees shops that miss each on its own."""
    table, came = moved(100.0 * CAMPAIGN)
    made = [made_with(table, drivers=drivers) for drivers in (CAMPAIGNS, None)]
    assert missed(made[0], came)[0] < 0.3 * missed(made[1], came)[0]
    together = [np.corrcoef(one.draws[:, :, 0].T)[~np.eye(3, dtype=bool)].mean() for one in made]
    assert together[0] < 0.5 and together[1] > 0.8


def test_a_driver_may_name_nodes_and_totals_need_rows_of_their_own():
    table, _ = moved(100.0 * CAMPAIGN * np.array([[1], [0], [0]]))
    held = [CAMPAIGNS.assign(shop=shop, campaign=CAMPAIGN * (shop in ("s0", ALL))) for shop in (ALL, *SHOPS)]
    rows = pd.concat(held)
    more = rows.assign(campaign=rows["campaign"] + ((rows["period"] >= EVERY[120]) & (rows["campaign"] != 0)))
    here, there = (made_with(table, drivers=drivers).rows.groupby("shop")["amount"].mean() for drivers in (rows, more))
    assert np.allclose((there - here)[[ALL, "s0", "s1", "s2"]], [100, 100, 0, 0], atol=15)
    with pytest.raises(RequestError, match=r"\*, campaign: regressor missing"):
        made_with(table, drivers=rows[rows["shop"] != ALL])
