"""The best mix of spend: worked cases by hand, the bounds, the budget, and never worse than today."""

import numpy as np
import pytest
from channel_world import BELIEF, build
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.model.contribution import contributions
from planning.model.response import fit_response
from planning.model.spend_plan import best_mix, best_shift, brought_at, mix_at, spend_levels, worth


def roots(strengths, levels, cost):
    """Channels that bring strength × √spend, in each draw (draws × levels × channels)."""
    return np.asarray(strengths)[:, None, :] * np.sqrt(levels[:, None] * np.asarray(cost))[None]


def test_money_goes_in_proportion_to_the_square_of_strength_where_each_brings_its_root():
    levels, cost = spend_levels(0.9), np.array([50.0, 50.0])
    mix = best_mix(roots([[1.2, 1.0]], levels, cost), levels, cost, 1.0, 0.0)
    assert mix * cost == pytest.approx([59.02, 40.98], abs=0.3)  # 100 × 1.44 / 2.44
    assert best_shift(roots([[1.2, 1.0]], levels, cost), levels, cost, 1.0, 0.0, mix) < 0.001


def test_a_bound_holds_what_wants_to_go_beyond():
    levels, cost = spend_levels(0.2), np.array([50.0, 50.0])
    mix = best_mix(roots([[3.0, 1.0]], levels, cost), levels, cost, 1.0, 0.0)
    assert mix == pytest.approx([1.2, 0.8])


def test_a_gain_that_is_chance_is_left_alone_when_risk_counts():
    levels, cost = spend_levels(0.3), np.array([50.0, 50.0])
    brought = roots([[1.6, 0.4], [0.4, 1.5]], levels, cost)  # either may be the better one
    assert best_mix(brought, levels, cost, 1.0, 1.0) == pytest.approx([1.0, 1.0])
    assert best_mix(brought, levels, cost, 1.0, 0.0)[0] > 1.001


def test_at_todays_mix_a_shift_is_worth_something_unless_all_are_alike():
    levels, cost, today = spend_levels(0.3), np.array([50.0, 50.0]), np.ones(2)
    assert best_shift(roots([[2.0, 1.0]], levels, cost), levels, cost, 1.0, 0.0, today) > 0.05
    assert best_shift(roots([[1.0, 1.0]], levels, cost), levels, cost, 1.0, 0.0, today) <= 0


def test_a_channel_that_spent_nothing_stays_at_nothing_and_no_change_leaves_all():
    levels, cost = spend_levels(0.3), np.array([50.0, 0.0, 50.0])
    brought = roots([[2.0, 9.0, 1.0]], levels, cost)
    mix = best_mix(brought, levels, cost, 1.0, 0.0)
    assert mix[1] == 1.0 and mix @ cost == pytest.approx(100.0)
    assert best_mix(brought[:, :1], spend_levels(0.0), cost, 1.0, 1.0).tolist() == [1.0, 1.0, 1.0]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), channels=st.integers(2, 6), change=st.floats(0.05, 0.9), risk=st.floats(0, 2), share=st.floats(-1, 1)
)  # fmt: skip
def test_the_best_mix_keeps_budget_and_bounds_and_is_never_worse_than_todays(seed, channels, change, risk, share):
    chance = np.random.default_rng(seed)
    levels, cost, base = spend_levels(change), chance.uniform(10, 100, channels), 1 + share * change
    brought = roots(np.exp(chance.normal(size=(60, channels))), levels, cost)
    mix = best_mix(brought, levels, cost, base, risk)
    assert mix @ cost == pytest.approx(base * cost.sum())
    assert (mix >= levels[0] - 1e-9).all() and (mix <= levels[-1] + 1e-9).all()
    gain = mix_at(brought, levels, mix).sum(axis=1) - mix_at(brought, levels, np.full(channels, base)).sum(axis=1)
    assert worth(gain, risk) >= -1e-9
    assert best_shift(brought, levels, cost, base, risk, mix) < 0.02


def test_no_mix_of_a_fine_grid_is_worth_more():
    chance = np.random.default_rng(4)
    levels, cost = spend_levels(0.4), np.array([40.0, 30.0, 30.0])
    brought = roots(np.exp(chance.normal(0, 0.6, (80, 3))), levels, cost)
    today = mix_at(brought, levels, np.ones(3)).sum(axis=1)
    mix = best_mix(brought, levels, cost, 1.0, 0.7)
    tried = [np.array([a, b, (100 - 40 * a - 30 * b) / 30]) for a in np.linspace(0.6, 1.4, 41) for b in np.linspace(0.6, 1.4, 41)]
    tried = [other for other in tried if 0.6 <= other[2] <= 1.4]
    best = max(worth(mix_at(brought, levels, other).sum(axis=1) - today, 0.7) for other in tried)
    assert worth(mix_at(brought, levels, mix).sum(axis=1) - today, 0.7) >= best - 1e-3


def test_what_a_quarter_brings_grows_with_its_spend_less_and_less():
    response = fit_response(build(2).weeks, BELIEF, 50, 1)
    last = response.weeks.spend[-13:]
    brought = brought_at(response, last, np.array([0.0, 0.5, 1.0, 1.5]))
    steps = np.diff(brought, axis=1)
    assert np.abs(brought[:, 0]).max() < 1e-6 and (steps > 0).all() and (np.diff(steps, axis=1) < 1e-9).all()
    assert brought[:, 2].sum(axis=1).mean() == pytest.approx(contributions(response)[:, -13:].sum(axis=(1, 2)).mean(), rel=0.25)
