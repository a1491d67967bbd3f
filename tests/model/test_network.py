"""The network: what it can learn, that its gradients are right, and that it is the same every time."""

import numpy as np
import pytest

from planning.model import network
from planning.model.network import Network, learn


def points(rows, inputs=4, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, inputs))


TIMES = np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 1.0], [1.0, 0.0, -2.0], [0.5, 0.5, 0.0]])


def test_it_learns_a_line_that_can_be_computed():
    known, new = points(20_000), points(500, seed=1)
    found = learn(known, known @ TIMES + 3, 20, seed=1).forecast(new)
    wanted = new @ TIMES + 3
    assert np.abs(found - wanted).mean() < 0.1 * np.abs(wanted - wanted.mean(axis=0)).mean()


def test_one_that_goes_on_from_another_keeps_what_that_had_learnt():
    """A few points more, of a function that is a little higher: what was learnt from many is not forgotten."""
    known, few, new = points(20_000), points(600, seed=2), points(500, seed=1)
    start = learn(known, known @ TIMES, 20, seed=1)
    before = [layer.copy() for layer in (*start.weights, *start.offsets)]
    further, again = (learn(few, few @ TIMES + 1, 10, seed=1, start=from_) for from_ in (start, None))
    off = [np.abs(network.forecast(new) - new @ TIMES - 1).mean() for network in (further, again, start)]
    assert off[0] < 0.5 * off[1] and off[0] < 0.75 * off[2]
    assert all(np.array_equal(*pair) for pair in zip(before, (*start.weights, *start.offsets), strict=True))


def test_it_learns_a_bend_that_no_line_has():
    known, new = points(20_000), points(500, seed=1)
    found = learn(known, np.abs(known[:, :1]), 20, seed=1).forecast(new)
    assert np.abs(found - np.abs(new[:, :1])).mean() < 0.1


def test_it_learns_the_middle_and_not_the_mean():
    """The absolute error is least at the median: one target in five is 100, the others are 0."""
    targets = np.where(np.random.default_rng(2).random((10_000, 1)) < 0.2, 100.0, 0.0)
    assert np.abs(learn(points(10_000), targets, 10, seed=1).forecast(points(200, seed=1))).max() < 5


def test_the_gradients_are_those_of_finite_differences(monkeypatch):
    monkeypatch.setattr(network, "HIDDEN", 5)
    monkeypatch.setattr(network, "DROPPED", 0.0)
    rng = np.random.default_rng(3)
    layers = [layer.astype(float) + 0.1 for layer in network._first_layers(rng, 4, 3)]
    rows, wanted, counted = points(30), rng.normal(size=(30, 3)), (rng.random((30, 3)) < 0.7).astype(float)

    def error():
        values = rows
        for place in (0, 2):
            values = np.maximum(values @ layers[place] + layers[place + 1], 0)
        off = np.abs(values @ layers[4] + layers[5] - wanted)
        bent = np.where(off < network.BEND, off**2 / (2 * network.BEND), off - network.BEND / 2)
        return (bent * counted).sum() * wanted.shape[1] / counted.sum()

    found = network._gradients(layers, rows, wanted, counted, np.random.default_rng(4))
    for layer, gradient in zip(layers, found, strict=True):
        for place in np.ndindex(layer.shape):
            kept = layer[place]
            sides = []
            for step in (1e-6, -1e-6):
                layer[place] = kept + step
                sides.append(error())
            layer[place] = kept
            assert gradient[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-3, abs=1e-6)


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    known = points(2000)
    first, again, other = (learn(known, known @ TIMES, 2, seed).forecast(known) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_target_that_is_not_known_teaches_nothing():
    """Half of the rows don't know one output; it is learnt from the others, and no 0 is made of what is missing."""
    known, new = points(20_000), points(500, seed=1)
    targets = known @ TIMES + 50
    targets[::2, 0] = np.nan
    found = learn(known, targets, 20, seed=1).forecast(new)[:, 0]
    assert np.abs(found - (new @ TIMES[:, 0] + 50)).mean() < 1


def test_what_no_row_knows_stays_near_the_line_it_corrects():
    known = points(3000)
    targets = np.column_stack([known[:, 0], np.full(3000, np.nan)])
    assert np.abs(learn(known, targets, 5, seed=1).forecast(known)[:, 1]).max() < 1


def test_an_input_that_never_changes_does_no_harm():
    known = np.column_stack([points(2000), np.full(2000, 7.0)])
    assert np.isfinite(learn(known, known[:, :1], 3, seed=1).forecast(known)).all()


def test_a_row_answers_the_same_whatever_stands_beside_it():
    taught = learn(points(2000), points(2000) @ TIMES, 2, seed=1)
    rows = points(300, seed=5)
    whole = taught.forecast(rows)
    for begin, end in ((0, 1), (0, 2), (3, 8), (5, 299)):
        assert np.allclose(taught.forecast(rows[begin:end]), whole[begin:end], rtol=1e-12, atol=1e-12)
    assert np.allclose(taught.forecast(rows[::-1]), whole[::-1], rtol=1e-12, atol=1e-12)


def test_the_sum_of_a_network_can_be_done_by_hand():
    """Two inputs less their centre 1, one unit that adds them, one that passes it on, one output that doubles it and adds 3."""
    weights, offsets = (np.ones((2, 1)), np.ones((1, 1)), np.full((1, 1), 2.0)), (np.zeros(1), np.zeros(1), np.array([3.0]))
    one = Network(np.ones(2), np.ones(2), weights, offsets)
    assert one.forecast(np.array([[2.0, 3.0], [0.0, 0.0]])).tolist() == [[9.0], [3.0]]
