"""Sales: volume × price, mixes that add up, launches, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Driver, Entry, Launch
from planning.core.errors import RequestError
from planning.model.chain.sales import DRIVERS, by_product, plan_sales, with_launches
from planning.model.drivers import Drivers

MONTHS = pd.date_range("2026-01-01", periods=3, freq="MS")
CELLS = pd.DataFrame({
    "entity": ["NORTH", "NORTH", "MFG"], "channel": ["shop", "shop", "dealer"], "store": ["S1", "S2", "none"],
    "category": ["pans", "pans", "pans"], "product": ["P1", "P1", "P1"],
})  # fmt: skip
NEUTRAL = dict.fromkeys((*DRIVERS, "mix_change"), 0.0) | {"list_price": 10.0}


def drivers(**given):
    """Neutral drivers, and what is given: a number everywhere, or entries."""
    entries = {name: value if isinstance(value, list) else [Entry(value)] for name, value in (NEUTRAL | given).items()}
    return Drivers(Driver(name, "", entries=tuple(of)) for name, of in entries.items())


def volume(*rows):
    return np.array(rows, dtype=float)[:, :, None]


def said(act):
    with pytest.raises(RequestError) as wrong:
        act()
    return str(wrong.value)


def test_net_is_volume_times_price_less_the_discount():
    found = plan_sales(CELLS, volume([100, 100, 100], [50, 50, 50], [10, 10, 10]), drivers(discount=0.1), MONTHS)
    assert found.gross[:, 0, 0].tolist() == [1000, 500, 100] and found.net[:, 0, 0].tolist() == [900, 450, 90]


def test_a_dearer_price_sells_less_by_its_elasticity():
    dearer = drivers(price_change=[Entry(0.0), Entry(0.25, first=MONTHS[1])], elasticity=2.0)
    found = plan_sales(CELLS, volume([100] * 3, [50] * 3, [10] * 3), dearer, MONTHS)
    assert found.units[0, :, 0].tolist() == pytest.approx([100, 64, 64])  # 100 / 1.25²
    assert found.net[0, :, 0].tolist() == pytest.approx([1000, 800, 800])  # 64 at 12.50


def test_returns_and_rebates_come_off_revenue():
    given = drivers(returns=[Entry(0.05), Entry(0.0, {"channel": "dealer"})], rebate=[Entry(0.0), Entry(0.02, {"channel": "dealer"})])
    found = plan_sales(CELLS, volume([100] * 3, [0] * 3, [100] * 3), given, MONTHS)
    assert found.revenue[:, 0, 0].tolist() == [950, 0, 980]
    assert found.back[:, 0, 0].tolist() == [5, 0, 0]


def test_a_campaign_lifts_the_volume_where_and_when_it_runs():
    lifted = drivers(volume_change=[Entry(0.0), Entry(0.2, {"store": "S2"}, MONTHS[2])])
    assert plan_sales(CELLS, volume([100] * 3, [50] * 3, [10] * 3), lifted, MONTHS).units[:, :, 0].tolist() == [
        [100, 100, 100], [50, 50, 60], [10, 10, 10],
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------- mix

PLACES = CELLS[["entity", "channel", "store", "category"]].iloc[:2].assign(store=["S1", "S2"])
MIX = pd.DataFrame({"entity": "NORTH", "channel": "shop", "category": "pans", "product": ["P2", "P1"], "share": [0.25, 0.75]})


def test_a_mix_shares_out_a_category_and_loses_nothing():
    cells, found = by_product(PLACES, volume([100] * 3, [40] * 3), MIX, drivers(), MONTHS)
    assert cells[["store", "product"]].to_numpy().tolist() == [["S1", "P1"], ["S1", "P2"], ["S2", "P1"], ["S2", "P2"]]
    assert found[:, 0, 0].tolist() == [75, 25, 30, 10]


def test_a_mix_that_moves_still_adds_up():
    moved = drivers(mix_change=[Entry(0.0), Entry(1.0, {"product": "P2"}, MONTHS[1])])
    _, found = by_product(PLACES, volume([100] * 3, [40] * 3), MIX, moved, MONTHS)
    assert found[:2, :, 0].tolist() == [[75, pytest.approx(60), pytest.approx(60)], [25, pytest.approx(40), pytest.approx(40)]]
    np.testing.assert_allclose(found[:2].sum(axis=0), 100)


def test_a_category_without_a_mix_is_named():
    lamps = PLACES.assign(category="lamps")
    assert "no mix of products" in said(lambda: by_product(lamps, volume([1] * 3, [1] * 3), MIX, drivers(), MONTHS))


# ------------------------------------------------------------------------------------------------------------------ launches


def test_a_new_store_sells_like_another_from_its_opening_on_and_rises():
    new = Launch("store", "S9", "S2", MONTHS[1], ramp=(0.5, 1.0), size=2.0)
    cells, found = with_launches(CELLS, volume([100] * 3, [50] * 3, [10] * 3), [new], MONTHS)
    assert cells.iloc[-1].to_dict() == CELLS.iloc[1].to_dict() | {"store": "S9"}
    assert found[-1, :, 0].tolist() == [0, 50, 100] and found[1, :, 0].tolist() == [50, 50, 50]


def test_a_new_product_takes_from_the_old_one():
    new = Launch("product", "P9", "P1", MONTHS[0], size=0.4, takes=0.5)
    cells, found = with_launches(CELLS, volume([100] * 3, [50] * 3, [10] * 3), [new], MONTHS)
    assert cells["product"].tolist() == ["P1"] * 3 + ["P9"] * 3
    assert found[:, 0, 0].tolist() == [80, 40, 8, 40, 20, 4]


def test_a_launch_before_the_plan_is_as_old_as_it_is():
    old = Launch("store", "S9", "S2", MONTHS[0] - pd.DateOffset(months=1), ramp=(0.5, 0.8, 1.0))
    assert with_launches(CELLS, volume([100] * 3, [50] * 3, [10] * 3), [old], MONTHS)[1][-1, :, 0].tolist() == [40, 50, 50]


def test_every_problem_of_the_launches_is_said():
    wrong = [
        Launch("store", "S1", "S2", MONTHS[0]), Launch("store", "S9", "S8", MONTHS[0]), Launch("entity", "X", "NORTH", MONTHS[0]),
        Launch("store", "S9", "S2", MONTHS[0], ramp=(), takes=2.0),
    ]  # fmt: skip
    message = said(lambda: with_launches(CELLS, volume([1] * 3, [1] * 3, [1] * 3), wrong, MONTHS))
    for told in ("launch S1: a store that sells already", "launch S9: like no store that sells", "launch X: can't be launched",
                 "launch S9: out of range", "launch S9: launched twice"):  # fmt: skip
        assert told in message
