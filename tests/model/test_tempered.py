"""A population led to a posterior: one hill, two hills far apart, moments known exactly."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from planning.model.tempered import draw_tempered, resampled


@dataclass
class Hills:
    """Under a wide normal prior, hills of the same height and width in two numbers, each its own block."""

    tops: tuple
    centre: np.ndarray = field(default_factory=lambda: np.zeros(2))
    reach: np.ndarray = field(default_factory=lambda: 10 * np.array([[1.0, 0.0], [0.8, 0.6]]))
    blocks: list = field(default_factory=lambda: [np.array([0]), np.array([1])])

    def begun(self, points):
        away = ((points[:, None, :] - np.array(self.tops)) ** 2).sum(axis=2)
        return {"log": np.logaddexp.reduce(-0.5 * away, axis=1)}

    def moved(self, points, at, state):
        return self.begun(points)


def test_the_population_of_one_hill_has_the_moments_of_the_posterior():
    target = Hills(((3.0, -1.0),))
    drawn = draw_tempered(target, 2000, np.random.default_rng(1))
    narrow = np.linalg.inv(target.reach @ target.reach.T) + np.eye(2)
    assert drawn.mean(axis=0) == pytest.approx(np.linalg.solve(narrow, [3.0, -1.0]), abs=0.1)
    assert np.cov(drawn.T) == pytest.approx(np.linalg.inv(narrow), abs=0.1)


def test_two_hills_are_both_found_and_keep_their_weight():
    drawn = draw_tempered(Hills(((-8.0, -8.0), (8.0, 8.0))), 2000, np.random.default_rng(2))
    right = drawn[:, 0] > 0
    assert 0.4 < right.mean() < 0.6
    assert drawn[right].mean(axis=0) == pytest.approx([8.0, 8.0], abs=0.3) and drawn[~right].std(axis=0) == pytest.approx([1, 1], abs=0.15)


def test_the_same_chance_gives_the_same_population():
    one, other = (draw_tempered(Hills(((1.0, 1.0),)), 100, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)


def test_members_are_drawn_as_often_as_they_weigh():
    drawn = resampled(np.array([0.0, 1.0, 3.0]), 400, np.random.default_rng(4))
    assert np.bincount(drawn, minlength=3).tolist() == pytest.approx([0, 100, 300], abs=1)
