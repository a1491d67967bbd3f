"""Units: what comes in covers what goes out and the months after, whatever lay there before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from planning.model.chain.stock import needed_ahead, plan_stock


def row(*months):
    return np.array(months, dtype=float).reshape(1, -1, 1)


def test_what_comes_in_covers_the_month_and_the_next():
    stock = plan_stock(np.array([10.0]), row(20, 30, 40), row(1, 1, 1), 3)
    assert stock.came[0, :, 0].tolist() == [40, 40, 40]  # keeps 30, then 40, and 40 again since nothing is known beyond
    assert stock.closing[0, :, 0].tolist() == [30, 40, 40]


def test_half_a_month_is_kept_where_the_cover_is_half():
    assert needed_ahead(row(20, 30, 40), row(0.5, 1.5, 2.25), 3)[0, :, 0].tolist() == [15, 60, 90]


def test_months_beyond_the_plan_are_looked_at():
    assert plan_stock(np.array([0.0]), row(10, 10, 50), row(1, 1), 2).came[0, :, 0].tolist() == [20, 50]


def test_too_much_stock_is_used_up_before_anything_comes():
    stock = plan_stock(np.array([100.0]), row(30, 30, 30, 30), row(1, 1, 1, 1), 4)
    assert stock.came[0, :, 0].tolist() == [0, 0, 20, 30]
    assert stock.closing[0, :, 0].tolist() == [70, 40, 30, 30]


SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 3))


@given(st.data())
def test_nothing_is_lost_nothing_runs_out_and_the_cover_is_there(data):
    rows, months, draws = data.draw(SHAPES)
    out = data.draw(arrays.arrays(float, (rows, months, draws), elements=st.integers(0, 100)))
    cover = data.draw(arrays.arrays(float, (rows, months, 1), elements=st.sampled_from([0.0, 0.5, 1.0, 2.5])))
    opening = data.draw(arrays.arrays(float, rows, elements=st.integers(0, 300)))
    stock = plan_stock(opening, out, cover, months)
    assert (stock.came >= 0).all() and (stock.closing >= -1e-9).all()
    np.testing.assert_allclose(stock.closing[:, -1], opening[:, None] + (stock.came - stock.out).sum(axis=1))
    wanted = needed_ahead(out, cover, months)
    assert (stock.closing >= wanted - 1e-9).all()
    assert (np.isclose(stock.closing, wanted) | (stock.came == 0)).all()  # never more than wanted, but where nothing came
