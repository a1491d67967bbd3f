"""Widths: what is learnt from a trial's errors, and how often what came lies inside, on lines whose truth is known."""

import numpy as np
import pytest
from made_lines import lines, many

from planning.model.forecast import tried_forecast
from planning.model.learnt import read_panel
from planning.model.made_up import make_up
from planning.model.widths import LEVELS, Widths, as_read, learn_widths, made_up_widths
from planning.model.windows import Scale, cut_windows, describe


def described(amounts):
    scales, read = read_panel(amounts)
    return scales, describe(np.concatenate([cut_windows(row, 12, 0, np.array([len(row)]))[0] for row in read]), 12)


def trial_of(count, seed=1, months=12):
    """Paths of 1000 with normal errors of 50 around them, and how the lines are read."""
    scales, seen = described(lines("noise", count, seed))
    rng = np.random.default_rng(seed)
    path = np.full((count, months), 1000.0)
    return path, path + 50 * rng.standard_normal(path.shape), np.full(path.shape, 10.0), scales, seen


def test_normal_errors_have_normal_quantiles():
    path, actual, apart, scales, seen = trial_of(2000)
    found = learn_widths(path, actual, apart, scales, seen, np.arange(2000), 2000, None)
    around = found.quantiles_around(np.array([0.1, 0.5, 0.9]), path, apart, scales, seen)
    assert np.median(around, axis=(1, 2)) == pytest.approx([1000 - 64, 1000, 1000 + 64], abs=8)


def test_quantiles_rise_with_their_level_and_grow_with_the_unit_of_money():
    path, _, apart, scales, seen = trial_of(20)
    around = made_up_widths(12).quantiles_around(LEVELS, path, apart, scales, seen)
    assert (np.diff(around, axis=0) > 0).all() and around.shape == (len(LEVELS), 20, 12)
    scales, seen = described(7 * lines("noise", 20, 1))
    assert np.allclose(made_up_widths(12).quantiles_around(LEVELS, 7 * path, 7 * apart, scales, seen), 7 * around)


def test_a_band_grows_with_the_horizon_and_with_how_far_the_members_lie_apart():
    path, _, apart, scales, seen = trial_of(20)
    near, far = (made_up_widths(12).quantiles_around(np.array([0.1, 0.9]), path, c * apart, scales, seen) for c in (1, 3))
    widths = near[1] - near[0]
    assert (widths[:, -1] > widths[:, 0]).all() and (far[1] - far[0] > widths).all()


def test_a_horizon_beyond_those_tried_is_as_wide_as_the_last_but_for_being_farther():
    path, actual, apart, scales, seen = trial_of(50, months=6)
    found = learn_widths(path, actual, apart, scales, seen, np.arange(50), 50, made_up_widths(12))
    long, wide = np.full((50, 60), 1000.0), np.full((50, 60), 10.0)
    assert np.isfinite(found.quantiles_around(np.array([0.1]), long, wide, scales, seen)).all() and found.quantiles.shape[1] == 6


def test_few_series_lean_on_the_made_up_ones_and_many_on_themselves():
    """How far the width of the band went from the made-up series' to that of the errors alone."""
    prior = made_up_widths(12)
    way = {}
    for count in (2, 2000):
        path, _, apart, scales, seen = trial_of(count)
        wild = path + 500 * np.random.default_rng(2).standard_normal(path.shape)
        learnt = [learn_widths(path, wild, apart, scales, seen, np.arange(count), count, start) for start in (prior, None)]
        around = [widths.quantiles_around(np.array([0.1, 0.9]), path, apart, scales, seen) for widths in (prior, *learnt)]
        before, found, own = (np.log(np.median(high - low)) for low, high in around)
        way[count] = (found - before) / (own - before)
    assert 0 < way[2] < 0.75 < 0.9 < way[2000] < 1.1


@pytest.mark.parametrize(("spans", "kept"), [(1, 1 / 2), (5, 5 / 6)])
def test_a_lean_of_all_series_in_the_same_months_is_believed_as_far_as_there_are_months(spans, kept):
    """All paths lay 50 too low. Seen over one horizon that may be the months' own; over five it is the method's."""
    path, actual, apart, scales, seen = trial_of(2000)
    told = np.arange(2000), spans * 2000, made_up_widths(12)
    low, level = (learn_widths(path, actual + lean, apart, scales, seen, *told) for lean in (50, 0))
    middles = [np.median(found.quantiles_around(np.array([0.5]), path, apart, scales, seen)) for found in (low, level)]
    assert middles[0] - middles[1] == pytest.approx(kept * 50, abs=4)


def test_where_nothing_came_the_made_up_widths_stand():
    path, actual, apart, scales, seen = trial_of(5)
    prior = made_up_widths(12)
    assert learn_widths(path, np.full_like(actual, np.nan), apart, scales, seen, np.arange(5), 5, prior) is prior
    actual[:, 3:] = np.nan
    found = learn_widths(path, actual, apart, scales, seen, np.arange(5), 5, prior)
    assert np.isfinite(found.quantiles).all() and np.allclose(found.quantiles[:, 5:], prior.quantiles[:, 5:12])
    with pytest.raises(ValueError, match="neither a trial nor a prior"):
        learn_widths(path[:0], actual[:0], apart[:0], [], seen, np.arange(0), 0, None)


def test_one_horizon_and_lines_that_never_move_can_be_learnt_from():
    path, _, apart, scales, seen = trial_of(3, months=1)
    found = learn_widths(path, path, 0 * apart, scales, seen, np.arange(3), 3, made_up_widths(12))
    assert isinstance(found, Widths) and np.isfinite(found.effects).all()


def test_an_amount_at_or_below_0_of_a_line_of_logarithms_is_read_as_small():
    read = as_read(np.array([[100.0, 0.0, -5.0]]), [Scale(True, 100.0)])
    assert read[0, 0] == 0 and np.isfinite(read).all() and (read[0, 1:] < -2).all()


# -------------------------------------------------------------------------------------------------------- coverage

CHANCE = 2.576
"""Standard errors within which 99 of 100 fixed draws lie."""


ENDS = (0.025, 0.1, 0.9, 0.975)


def covered(panels):
    """By level the share of what came that lies inside, line by line; each panel is lines × (known and 12 months), forecast together."""
    shares = {0.8: [], 0.95: []}
    for amounts in panels:
        values = tried_forecast(many([row[:-12] for row in amounts]), 12, "fast", quantiles=ENDS).quantiles["value"]
        far_below, below, above, far_above = values.to_numpy().reshape(4, -1, 12)
        came = np.array([row[-12:] for row in amounts])
        shares[0.8].append(((came >= below) & (came <= above)).mean(axis=1))
        shares[0.95].append(((came >= far_below) & (came <= far_above)).mean(axis=1))
    return {level: np.concatenate(found) for level, found in shares.items()}


def reach(shares):
    """How far chance may take a mean share; lines are independent, the months of a line are not."""
    return CHANCE * shares.std(ddof=1) / np.sqrt(len(shares))


@pytest.mark.parametrize("kind", ["noise", "lognormal", "walk", "season", "business"])
def test_the_band_of_a_panel_covers_what_it_says(kind):
    """The widths rest on one trial of as many lines as they are measured on, so chance comes twice: a band drawn through 200 errors covers
    a share that varies as much by those as by the 200 it is counted on."""
    for level, shares in covered([lines(kind, 200, 21, 84)]).items():
        assert abs(shares.mean() - level) < np.sqrt(2) * reach(shares)


@pytest.mark.parametrize("kind", ["noise", "business"])
def test_the_band_of_a_small_panel_covers_what_it_says(kind):
    shares = covered([lines(kind, 10, seed, 84) for seed in range(8)])[0.8]
    assert abs(shares.mean() - 0.8) < reach(shares)


def test_the_band_of_a_line_alone_covers_what_it_says_over_lines_of_every_kind():
    """A line alone can't tell its tails: its band is that of made-up lines, here of others than those it was learnt from."""
    made = [np.exp(row) for row in make_up(150, 12, 99) if len(row) >= 48][:100]
    shares = covered([[row] for row in made])[0.8]
    assert abs(shares.mean() - 0.8) < reach(shares)
