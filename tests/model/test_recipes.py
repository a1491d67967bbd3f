"""The weights of a recipe: of the methods, of the networks that come with the package, and of a panel's own."""

import pytest

from planning.model.recipes import BESIDE, RECIPES, RICH


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("series", [1, RICH - 1, RICH, BESIDE, 100_000])
def test_weights_are_shares_of_one(name, series):
    weights = RECIPES[name].weights(series)
    assert sum(weights) == pytest.approx(1) and min(weights) >= 0


def test_a_small_panel_has_no_networks_of_its_own_and_the_made_up_ones_weigh_a_half():
    assert RECIPES["standard"].weights(RICH - 1) == (0.5, 0.5, 0.0)


def test_the_more_series_the_more_networks_weigh_up_to_two_thirds_and_the_more_of_it_is_the_panels_own():
    few, some, many = (RECIPES["standard"].weights(series) for series in (RICH, BESIDE, 10**9))
    assert few[0] > some[0] > many[0] == pytest.approx(1 / 3)
    assert some == pytest.approx((0.4, 0.3, 0.3))
    assert many[1:] == pytest.approx((0, 2 / 3), abs=1e-6)


@pytest.mark.parametrize("name", ["prophet", "seasonal_naive"])
def test_a_model_asked_for_by_name_stands_alone(name):
    assert RECIPES[name].weights(1_000) == (1.0, 0.0, 0.0)
