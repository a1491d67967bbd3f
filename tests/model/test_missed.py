"""How far forecasts miss, drawn: as wide as the errors that were made, in each cell, in sums, and where little is known."""

import numpy as np
import pandas as pd
import pytest

from planning.model.forecast import tried_forecast
from planning.model.missed import LEAST, Missed, missed_paths

CELLS = pd.DataFrame({"account": ["a", "b"]})
TOGETHER = np.array([[[3.0, 1.0], [1.0, 2.0]], [[-4.0, 0.0], [2.0, -1.0]]])
"""Two paths of two cells and two months."""


def history(months, late=0, cells=("a", "b", "c"), seed=3):
    """Monthly amounts around 100 with a season, cells moving together; the last cell begins `late` months after the others."""
    dice = np.random.default_rng(seed)
    shared = dice.normal(0, 5, months)
    rows = []
    for cell in cells:
        amounts = 100 + 20 * np.sin(np.arange(months) * np.pi / 6) + shared + dice.normal(0, 2, months)
        first = late if cell == cells[-1] else 0
        periods = pd.date_range("2020-01-01", periods=months, freq="MS")[first:]
        rows.append(pd.DataFrame({"account": cell, "period": periods, "amount": amounts[first:]}))
    return pd.concat(rows, ignore_index=True)


def missed(table, horizon=6, method="seasonal_naive"):
    return missed_paths(table, tried_forecast(table, horizon, method, ["account"]), horizon, method, ["account"])


def test_a_sum_over_cells_and_months_is_as_wide_as_it_was_missed_by():
    drawn = Missed(CELLS, TOGETHER, np.inf).drawn(Missed(CELLS, TOGETHER, np.inf).weights(40000, 5))
    sums = drawn.sum(axis=(0, 1))
    made = TOGETHER.sum(axis=(1, 2))  # 7 and −3
    assert sums.std() == pytest.approx(np.sqrt((made**2).mean()), rel=0.02)
    assert np.corrcoef(drawn[0, 0], drawn[1, 0])[0, 1] == pytest.approx((3 * 1 - 4 * 2) / np.sqrt(25 * 5), abs=0.02)


def test_few_paths_reach_farther_than_many():
    wide, narrow = (np.quantile(Missed(CELLS, TOGETHER, freedom).weights(40000, 5)[:, 0], 0.99) for freedom in (LEAST, np.inf))
    assert wide > 1.3 * narrow


def test_the_first_draws_of_many_are_those_of_few():
    one = Missed(CELLS, TOGETHER, LEAST)
    assert (one.weights(50, 9)[:7] == one.weights(7, 9)).all()
    assert (one.weights(7, 9) != one.weights(7, 10)).any()


@pytest.mark.parametrize("freedom", [LEAST, np.inf])
def test_draws_lean_to_neither_side(freedom):
    one = Missed(CELLS, TOGETHER, freedom)
    assert one.drawn(one.weights(50, 9)).mean(axis=2) == pytest.approx(np.zeros((2, 2)), abs=1e-12)


def test_the_draw_at_an_edge_misses_in_sum_as_far_as_one_in_ten():
    one = Missed(CELLS, TOGETHER, np.inf)
    value, months = np.array([1.0, 2.0]), np.array([1])
    edge = one.drawn(one.together(value, months, 0.9))[:, 1, 0] @ value
    sums = one.drawn(one.weights(60000, 4))[:, 1].T @ value
    assert (sums < edge).mean() == pytest.approx(0.9, abs=0.01)
    assert one.drawn(one.together(value, months, 0.1))[:, 1, 0] @ value == pytest.approx(-edge)


def test_what_never_missed_in_sum_misses_at_no_edge():
    one = Missed(CELLS, np.zeros((3, 2, 2)), LEAST)
    assert (one.together(np.ones(2), np.array([0, 1]), 0.9) == 0).all()


def test_the_paths_are_what_the_method_would_have_missed_by():
    """The same month of last year is off by the difference of the years, in today's size."""
    table = history(48)
    found = missed(table)
    wide = table.pivot(index="account", columns="period", values="amount").to_numpy()
    last = wide[:, 42:] - wide[:, 30:36]
    grown = wide[:, 36:].mean(axis=1) / wide[:, 30:42].mean(axis=1)
    assert found.paths[-1] == pytest.approx(last * grown[:, None])
    assert found.cells["account"].tolist() == ["a", "b", "c"]


def test_the_order_of_rows_means_nothing():
    table = history(48)
    assert (missed(table).paths == missed(table.sample(frac=1, random_state=1)).paths).all()


def test_a_cell_of_short_past_misses_by_the_share_of_the_others():
    table = history(48, late=30)
    found = missed(table)
    rows = tried_forecast(table, 6, "seasonal_naive", ["account"]).rows
    ahead = rows.pivot(index="account", columns="horizon", values="amount").to_numpy()
    share = found.paths[:, :2].sum(axis=1) / ahead[:2].sum(axis=0)
    assert found.paths[:, 2] == pytest.approx(share * ahead[2])


def test_a_past_too_short_for_any_trial_misses_by_the_bands_all_together():
    table = history(27)
    found = missed(table)
    rows = tried_forecast(table, 6, "seasonal_naive", ["account"]).rows
    assert found.freedom == np.inf and len(found.paths) == 1
    half = (rows["upper"] - rows["lower"]).to_numpy().reshape(3, 6) / 2
    assert found.paths[0] * 1.2815515655 == pytest.approx(half)
