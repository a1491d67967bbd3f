"""The stability index: as reckoned by hand, small where nothing changed, large where much did."""

import numpy as np
import pandas as pd
import pytest

from planning.model.drift import drift_table, stability


def test_the_index_is_as_reckoned_by_hand():
    then, now = pd.Series(["a"] * 50 + ["b"] * 50), pd.Series(["a"] * 60 + ["b"] * 40)
    assert stability(then, now)[0] == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8))


def test_chance_alone_stays_under_its_limit_as_often_as_it_says():
    rng = np.random.default_rng(1)
    under = [index <= chance for index, chance in (stability(*_two(rng)) for _ in range(400))]
    assert np.mean(under) == pytest.approx(0.99, abs=0.015)


def _two(rng):
    return pd.Series(rng.normal(size=800)), pd.Series(rng.normal(size=1200))


def test_a_shift_shows_and_comes_first():
    rng = np.random.default_rng(2)
    then = pd.DataFrame({"steady": rng.normal(size=900), "moved": rng.normal(size=900), "plan": rng.choice(["a", "b"], 900)})
    now = pd.DataFrame({"steady": rng.normal(size=900), "moved": rng.normal(1, 1, size=900), "plan": rng.choice(["a", "b"], 900)})
    table = drift_table(then, now)
    assert table["attribute"].iloc[0] == "moved" and table["index"].iloc[0] > 0.25
    assert (table.set_index("attribute").loc[["steady", "plan"], "index"] < 0.05).all()


def test_missing_values_are_a_group_and_new_values_count():
    then = pd.Series(np.append(np.arange(500.0), [np.nan] * 20))
    assert stability(then, then)[0] == 0
    assert stability(then, pd.Series([np.nan] * 100))[0] > 1
    assert stability(pd.Series(["a", "b"] * 50), pd.Series(["c"] * 30))[0] > 1
