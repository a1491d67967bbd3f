"""Money in stock: prices run through, nothing is lost, overhead is absorbed, and what the group earned from itself is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.chain.costing import absorb, run_through, unrealised
from planning.model.chain.stock import Stock, plan_stock


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


def months(worth):
    return np.round(worth[0, :, 0], 6).tolist()


def test_a_price_runs_through_the_stock_that_is_there():
    stock = Stock(np.array([10.0]), row(20, 20), row(30, 10))
    worth = run_through(stock, np.array([50.0]), row(210, 80))
    assert months(worth.price) == [6.5, 7.0]  # (50 + 210) / 40, then (130 + 80) / 30
    assert months(worth.gone) == [130, 140] and months(worth.closing) == [130, 70]


def test_what_all_goes_out_takes_all_the_money():
    worth = run_through(Stock(np.array([3.0]), row(3, 0), row(0, 0)), np.array([10.0]), row(0, 0))
    assert months(worth.gone) == [10, 0] and months(worth.closing) == [0, 0]
    assert worth.price[0, 1, 0] == pytest.approx(10 / 3)  # the last price known


def test_what_costs_money_and_brings_no_units_goes_out_at_once():
    worth = run_through(Stock(np.array([0.0]), row(0), row(0)), np.array([0.0]), row(7))
    assert months(worth.gone) == [7] and months(worth.closing) == [0]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=8), st.integers(0, 100), st.integers(0, 9))
def test_money_is_neither_lost_nor_made_and_prices_lie_between_those_paid(months_given, opening, price):
    out, paid = row(*(units for units, _ in months_given)), row(*(price for _, price in months_given))
    stock = plan_stock(np.array([float(opening)]), out, row(*[1] * len(months_given)), len(months_given))
    worth = run_through(stock, np.array([float(opening * price)]), stock.came * paid)
    assert worth.closing[0, -1, 0] == pytest.approx(opening * price + (worth.came - worth.gone).sum(), abs=1e-6)
    assert (worth.closing >= -1e-6).all()
    has_units = (stock.closing > 0)[0, :, 0]
    known = np.maximum.accumulate(np.maximum(paid[0, :, 0], price))
    assert (worth.price[0, has_units, 0] <= known[has_units] + 1e-9).all()


def test_draws_are_worked_out_side_by_side():
    stock = plan_stock(np.array([10.0]), np.array([[[20.0, 40.0], [20.0, 40.0]]]), row(0, 0), 2)
    worth = run_through(stock, np.array([50.0]), stock.came * 7)
    for draw, units in enumerate((20, 40)):
        alone = plan_stock(np.array([10.0]), row(units, units), row(0, 0), 2)
        one = run_through(alone, np.array([50.0]), row(units - 10, units) * 7)
        np.testing.assert_allclose(worth.gone[:, :, draw], one.gone[:, :, 0])


# ------------------------------------------------------------------------------------------------------------------ overhead


def test_overhead_is_absorbed_at_one_rate_a_year():
    made = np.array([[[10.0], [30.0]], [[20.0], [0.0]]])  # two products, two months
    found = absorb(np.array([[70.0], [30.0]]), made, np.array([1.0, 0.5]), np.array([2026, 2026]))
    # weights 10 + 10 = 20, then 30: a rate of 100 / 50 = 2; 40 and 60 absorbed of 70 and 30
    assert found.cost[:, :, 0].tolist() == [[20, 60], [20, 0]]
    assert found.left[:, 0].tolist() == [30, -30]


def test_a_year_in_which_nothing_is_made_absorbs_nothing():
    found = absorb(np.array([[70.0], [30.0]]), np.zeros((1, 2, 1)), np.array([1.0]), np.array([2026, 2027]))
    assert found.cost.sum() == 0 and found.left[:, 0].tolist() == [70, 30]


@given(st.lists(st.integers(0, 9), min_size=24, max_size=24), st.lists(st.integers(0, 900), min_size=24, max_size=24))
def test_what_is_left_of_a_year_adds_up_to_nothing(made, pool):
    made[0], made[12], years = 1, 1, np.repeat([2026, 2027], 12)
    found = absorb(np.array(pool, dtype=float)[:, None], row(*made), np.array([2.0]), years)
    for year in (2026, 2027):
        assert found.left[years == year].sum() == pytest.approx(0, abs=1e-6)


# ---------------------------------------------------------------------------------------------------------------- unrealised


def test_profit_is_unrealised_until_the_goods_are_sold_outside():
    stock = Stock(np.array([0.0]), row(6, 4), row(10, 0))
    paid = run_through(stock, np.array([0.0]), row(120, 0))  # 10 at 12, which cost the plant 9 each
    cost = run_through(stock, np.array([0.0]), row(90, 0))
    assert months(unrealised(paid, cost)) == [12, 0]  # 4 left at 3 each, then none
