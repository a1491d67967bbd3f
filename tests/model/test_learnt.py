"""Networks taught on windows: what they see, what they never see, and how far ahead they look."""

import numpy as np
import pytest
from made_lines import lines

from planning.model.learnt import AHEAD, _origins, learnt_paths, made_up_networks, packed, read_panel, teach
from planning.model.panel import Given, Panel, panel_paths
from planning.model.recipes import RICH


def given(amounts):
    return [Given(row) for row in amounts]


def paths(panel, horizon=12, method="fast", **more):
    return panel_paths([Panel(panel, horizon)], 12, method, **more)[0].amounts


@pytest.mark.parametrize("count", [3, RICH + 2])
def test_nothing_later_than_the_origin_is_seen(count):
    """Whatever happened after the origin, the paths from there are the same to the last digit; in a panel that teaches its own, too."""
    amounts = lines("business", count, 1)
    changed = amounts.copy()
    changed[:, 60:] = np.random.default_rng(2).permutation(changed[:, 60:].ravel()).reshape(count, 12) * 1000
    here, there = (paths([one.until(12, 12) for one in given(table)]) for table in (amounts, changed))
    assert np.array_equal(here, there)
    assert not np.array_equal(paths(given(amounts)), paths(given(changed)))


@pytest.mark.parametrize("season", [12, 4])
def test_beyond_what_a_network_sees_its_last_year_goes_on_with_half_of_its_growth(season):
    read = read_panel(lines("business", 4, 3))[1]
    near = learnt_paths(made_up_networks(season), read, season, AHEAD[season])
    far = learnt_paths(made_up_networks(season), read, season, AHEAD[season] + 2 * season)
    assert np.array_equal(far[:, : AHEAD[season]], near)
    growth = near[:, -season:].mean(axis=1) - near[:, -2 * season : -season].mean(axis=1)
    for year in (1, 2):
        begin = AHEAD[season] + (year - 1) * season
        assert np.allclose(far[:, begin : begin + season], near[:, -season:] + year * growth[:, None] / 2)


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one():
    read = read_panel(lines("business", 4, 3))[1]
    assert np.array_equal(learnt_paths(made_up_networks(12), read, 12, 5), learnt_paths(made_up_networks(12), read, 12, 24)[:, :5])


def test_a_panel_teaches_its_season_to_a_line_that_is_too_short_to_show_it():
    """Forty lines double in December and one of a year and two months has seen one; its next is expected, too."""
    rng = np.random.default_rng(4)
    months = np.where(np.arange(72) % 12 == 11, np.log(2), 0.0)
    long = [months + 0.02 * rng.standard_normal(72) for _ in range(40)]
    taught = teach(long, 12, seed=1)
    ahead = learnt_paths(taught, [long[0][-14:]], 12, 12)[0]
    assert ahead[11] > np.delete(ahead, 11).mean() + 0.3


def test_the_same_seed_teaches_the_same_and_another_seed_something_else():
    read = read_panel(lines("business", 10, 5))[1]
    first, again, other = (learnt_paths(teach(read, 12, seed), read, 12, 12) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_panel_that_goes_on_from_the_made_up_networks_needs_few_lines():
    """Five lines: what they teach beside what was known of made-up ones is nearer than what they teach alone."""
    amounts = lines("business", 105, 11, 84)
    scales, read = read_panel(amounts[:, :72])
    taught = [teach(read[:5], 12, seed=1, start=start) for start in (made_up_networks(12), [])]
    paths = [learnt_paths(networks, read[5:], 12, 12) for networks in taught]
    wanted = np.array([scale.read(row) for scale, row in zip(scales, amounts[:, 72:], strict=True)])[5:]
    further, alone = (np.abs(path - wanted).mean() for path in paths)
    assert further < 0.95 * alone


def test_nothing_can_be_taught_where_no_line_is_long_enough():
    assert teach([np.zeros(14), np.zeros(3)], 12, seed=1) == []
    assert len(teach([np.random.default_rng(1).normal(size=15)], 12, seed=1)) == 2


@pytest.mark.parametrize(("length", "season", "most"), [(72, 12, 80), (200, 12, 20), (14, 12, 80), (20, 4, 80)])
def test_origins_leave_a_year_and_two_periods_behind_and_one_ahead(length, season, most):
    origins = _origins(length, season, most, np.random.default_rng(1))
    assert len(origins) == min(most, max(0, length - max(season + 2, 8))) and len(set(origins)) == len(origins)
    assert not len(origins) or (origins.min() >= max(season + 2, 8) and origins.max() < length)


def test_packing_keeps_a_network_to_half_precision():
    read = read_panel(lines("business", 5, 6))[1]
    arrays = packed(made_up_networks(12), 12)
    assert all(array.dtype == np.float16 for array in arrays.values()) and len(arrays) == 8 * len(made_up_networks(12))
    assert np.isfinite(learnt_paths(made_up_networks(12), read, 12, 12)).all()


def test_the_packaged_networks_are_nearer_than_last_year_on_lines_they_never_saw():
    """Lines of a level, a season and noise: last year's noise alone costs the naive a factor of the square root of 2."""
    amounts = lines("business", 100, 7, 84)
    scales, read = read_panel(amounts[:, :72])
    ahead = np.array([scale.amounts(path) for scale, path in zip(scales, learnt_paths(made_up_networks(12), read, 12, 12), strict=True)])
    ours, naive = (np.abs(found - amounts[:, 72:]).mean() for found in (ahead, amounts[:, 60:72]))
    assert ours < 0.8 * naive


def test_a_line_added_to_a_small_panel_moves_no_other_path():
    amounts = lines("business", 6, 8)
    alone = paths(given(amounts[:5]))
    assert np.allclose(paths(given(amounts))[:5], alone, rtol=1e-9)
