"""Goods through the group: units go up the chain, money comes down it, and nothing is lost on the way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.model.chain.costing import unrealised
from planning.model.chain.goods import BOUGHT, MADE, Items, Prices, cost_of, plan_costs, plan_units

EXAMPLE = yaml.safe_load((Path(__file__).parents[2] / "examples" / "goods.yaml").read_text(encoding="utf-8"))


def items(rows, bills=(), units=None, worth=None, at_cost=None):
    table = pd.DataFrame(rows, columns=["entity", "item", "source"])
    found = [np.zeros(len(table)) if given is None else np.array(given, dtype=float) for given in (units, worth, at_cost)]
    return Items(table, pd.DataFrame(bills, columns=["product", "material", "quantity"]).astype({"quantity": float}), *found)


def wide(values, months, draws=1):
    return np.broadcast_to(np.array(values, dtype=float)[:, None, None], (len(values), months, draws)).copy()


def said(act):
    with pytest.raises(RequestError) as wrong:
        act()
    return str(wrong.value)


@pytest.fixture(scope="module")
def example():
    rows = EXAMPLE["items"]
    known = items([row[:3] for row in rows], EXAMPLE["bills"], *(list(column) for column in zip(*(row[3:6] for row in rows), strict=True)))
    sold = np.zeros((len(rows), 3, 1))
    for row, (entity, item, *_) in enumerate(rows):
        sold[row, :, 0] = EXAMPLE["sold"].get(item, [0, 0, 0]) if entity == "stores" else 0
    flows = plan_units(known, sold, wide([row[6] for row in rows], 2), 2)
    paid = wide([EXAMPLE["paid"][row[1]] for row in rows], 2)
    pool = {"works": np.array(EXAMPLE["pool"], dtype=float)[:, None]}
    prices = Prices(paid, wide([1] * len(rows), 2), pool, np.ones(len(rows)), np.array([2026] * 2))
    return {f"{entity} {item}": row for row, (entity, item, *_) in enumerate(rows)}, flows, plan_costs(known, flows, prices)


@pytest.mark.parametrize("what", ["came", "closing", "gone", "gone_at_cost", "unrealised"])
def test_the_worked_case(example, what):
    places, flows, costs = example
    found = {
        "came": flows.stock.came, "closing": flows.stock.closing, "gone": costs.worth.gone, "gone_at_cost": costs.at_cost.gone,
        "unrealised": unrealised(costs.worth, costs.at_cost),
    }[what]  # fmt: skip
    for name, months in EXAMPLE["expected"][what].items():
        assert found[places[name], :, 0].tolist() == pytest.approx(months, abs=5e-4), name


def test_what_of_the_pool_is_not_taken_in_is_left(example):
    assert example[2].left["works"][:, 0].tolist() == pytest.approx(EXAMPLE["expected"]["left"])


def test_cost_of_sales_is_the_share_of_what_went_out(example):
    places, flows, costs = example
    half = cost_of(costs.worth, flows.stock, flows.sold / 2)
    assert half[places["stores pan"], 0, 0] == pytest.approx(942.857 / 2, abs=5e-4)
    assert half[places["works pan"]].tolist() == [[0], [0]]


# --------------------------------------------------------------------------------------------------------------- properties


GROUP = [
    ["works", "ore", BOUGHT], ["works", "steel", MADE], ["works", "pan", MADE], ["works", "lamp", MADE], ["north", "pan", "works"],
    ["south", "pan", "works"], ["south", "lamp", "works"], ["north", "cup", BOUGHT],
]  # fmt: skip
BILLS = [["steel", "ore", 1.5], ["pan", "steel", 2], ["pan", "ore", 0.5], ["lamp", "steel", 0.25]]
NUMBERS = st.lists(st.integers(0, 50), min_size=len(GROUP), max_size=len(GROUP))


def made_group(units, prices, sold, draws=1):
    """The draws sell from half as much to half as much again; a single one sells half."""
    known = items(GROUP, BILLS, units, np.array(units) * np.array(prices), np.array(units) * np.array(prices) * 0.8)
    drawn = np.array(sold, dtype=float)[:, None, None] * np.linspace(1, 2, 5)[None, :, None] * np.linspace(0.5, 1.5, draws)[None, None, :]
    flows = plan_units(known, drawn, wide([0.5] * len(GROUP), 4), 4)
    return known, flows, plan_costs(known, flows, at_prices(wide(prices, 4)))


def at_prices(paid):
    return Prices(paid, wide([1] * 8, 4), {"works": np.full((4, 1), 300.0)}, np.ones(8), np.array([2026, 2026, 2027, 2027]))


@settings(max_examples=40, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_no_unit_and_no_money_is_lost_on_the_way(units, prices, sold):
    known, flows, costs = made_group(units, prices, sold, draws=3)
    assert (flows.stock.closing > -1e-9).all()
    np.testing.assert_allclose(flows.delivered[2], flows.stock.came[4] + flows.stock.came[5])
    np.testing.assert_allclose(flows.used[1], 2 * flows.stock.came[2] + 0.25 * flows.stock.came[3])
    np.testing.assert_allclose(flows.used[0], 1.5 * flows.stock.came[1] + 0.5 * flows.stock.came[2])
    taken = cost_of(costs.worth, flows.stock, flows.used).sum(axis=0) + costs.conversion.sum(axis=0)
    there = flows.stock.out[:4] > 0  # what goes out for nothing has a cost too: money without units leaves at once
    if there.all():
        np.testing.assert_allclose(costs.worth.came[known.made].sum(axis=0), taken, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(costs.conversion.sum(axis=0) + costs.left["works"], 300)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, NUMBERS)
def test_goods_delivered_at_cost_hold_no_profit(units, sold):
    """With transfer prices equal to what the works' pans cost, nothing is unrealised."""
    _, flows, _ = made_group(units, [3] * 8, sold)
    known = items(GROUP, BILLS, units, np.array(units) * 3.0, np.array(units) * 3.0)
    paid = wide([3] * 8, 4)
    for taker, giver in ((4, 2), (5, 2), (6, 3)):
        paid[taker] = plan_costs(known, flows, at_prices(paid)).worth.price[giver]
    costs = plan_costs(known, flows, at_prices(paid))
    np.testing.assert_allclose(unrealised(costs.worth, costs.at_cost), 0, atol=1e-6)


def test_a_delivery_across_currencies_costs_the_group_what_it_cost_the_giver():
    known = items([["works", "pan", BOUGHT], ["south", "pan", "works"]])
    flows = plan_units(known, np.array([[[0.0]], [[10.0]]]), wide([0, 0], 1), 1)
    prices = Prices(wide([6, 10], 1), np.array([[[1.0]], [[0.8]]]), {}, np.ones(2), np.array([2026]))
    costs = plan_costs(known, flows, prices)
    assert costs.worth.gone[:, 0, 0].tolist() == [60, 100] and costs.at_cost.gone[:, 0, 0].tolist() == [60, 75]  # 60 at 0.8


def test_draws_are_worked_out_side_by_side():
    units, prices, sold = [9, 8, 7, 6, 5, 4, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 3, 20, 30, 10, 5]
    _, _, all_three = made_group(units, prices, sold, draws=3)
    _, _, half = made_group(units, prices, sold)
    np.testing.assert_allclose(all_three.worth.gone[:, :, 0], half.worth.gone[:, :, 0])


# ----------------------------------------------------------------------------------------------------------------- bad input


def test_items_that_draw_on_each_other_in_a_circle_are_named():
    wrong = items([["works", "pan", MADE], ["works", "steel", MADE]], [["pan", "steel", 1], ["steel", "pan", 1]])
    message = said(lambda: wrong.levels)
    assert "items draw on each other in a circle" in message and "works · pan" in message and "works · steel" in message
    assert "circle" in said(lambda: items([["a", "pan", "b"], ["b", "pan", "a"]]).levels)


def test_every_problem_is_said():
    rows = [["works", "pan", MADE], ["works", "pan", MADE], ["works", "cup", MADE], ["north", "pan", "south"]]
    message = said(lambda: items(rows, [["pan", "glass", 1], ["pan", "steel", 0], ["pan", "glass", 2], ["pan", "wood", np.nan]]))
    for told in ("works · pan: given twice", "works · cup: made without a bill", "north · pan: delivered by who doesn't keep it",
                 "works · glass: a material that isn't kept", "steel for pan: wrong quantity", "wood for pan: wrong quantity",
                 "glass for pan: given twice"):  # fmt: skip
        assert told in message, message
