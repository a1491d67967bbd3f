"""Made-up series: what they are, and that a seed makes them."""

import numpy as np
import pytest

from planning.model.made_up import LONGEST, make_up


@pytest.mark.parametrize("season", [12, 4])
def test_made_up_series_are_finite_and_from_two_years_and_a_half_to_the_longest_long(season):
    made = make_up(400, season, seed=1)
    lengths = [len(row) for row in made]
    assert len(made) == 400 and all(np.isfinite(row).all() for row in made)
    assert min(lengths) >= 2.5 * season and max(lengths) < LONGEST * season and len(set(lengths)) > season


def test_a_seed_makes_the_same_series_and_another_seed_others():
    first, again, other = make_up(20, 12, 1), make_up(20, 12, 1), make_up(20, 12, 2)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not any(len(one) == len(two) and np.allclose(one, two) for one, two in zip(first, other, strict=True))


def test_their_amounts_stay_amounts():
    """They are logarithms: none strays so far that its amounts overflow where they are read (see windows.Scale)."""
    assert max(np.ptp(row) for row in make_up(2000, 12, 3)) < 50


def test_some_have_a_season_and_some_have_none():
    made = [row[-36:] for row in make_up(400, 12, 4) if len(row) >= 36]
    alike = [np.corrcoef(np.diff(row)[:-12], np.diff(row)[12:])[0, 1] for row in made]
    assert np.mean(np.array(alike) > 0.7) > 0.2 and np.mean(np.array(alike) < 0.3) > 0.2
