"""The response of sales to spend: carry-over, saturation, planted returns found again, bands that hold as often as they say."""

import dataclasses

import numpy as np
import pytest
from channel_world import BELIEF, build
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import multivariate_normal

from planning.model import response as model
from planning.model.bands import wilson
from planning.model.contribution import (
    conditions_ahead,
    contributions,
    entanglement,
    marginal_returns,
    returns_over,
    strength,
    width_left,
)
from planning.model.response import Belief, Weeks, carried, fit_response, lagged, saturated
from planning.model.response_trial import held_out, plant, planted_trial, sales_ahead


@pytest.fixture(scope="module")
def world():
    return build(3, returns=[4.0, 1.0, 0.3], noise=0.015, share=0.06)


@pytest.fixture(scope="module")
def fitted(world):
    return fit_response(world.weeks, BELIEF, 600, 1)


# carry-over and saturation


AT_ONCE = np.array([-10.0])


def test_spend_that_works_at_once_carries_over_geometrically_and_none_is_lost():
    spend = np.zeros((40, 1))
    spend[0] = 100.0
    working = carried(lagged(spend, np.zeros((model.LAGS, 1))), np.array([0.5]), AT_ONCE)[:, 0]
    assert working[:3] == pytest.approx([50.0, 25.0, 12.5], rel=1e-6)
    assert working.sum() == pytest.approx(100.0)


def test_spend_that_works_late_rises_to_its_delay_and_then_fades():
    late, fading = model.carry_weights(np.array([0.5, 0.9]), np.array([3.0, 3.0]))
    assert late.argmax() == 3 and (np.diff(late[:4]) > 0).all() and (np.diff(late[3:]) < 0).all()
    assert late[8:12] / late[7:11] == pytest.approx(0.5, rel=1e-3)
    assert late.sum() == pytest.approx(1) and late[:8].sum() > 0.95 > 0.5 > fading[:8].sum()


def test_half_of_the_most_comes_at_the_half():
    assert saturated(np.array([0.0, 3.0, 9.0]), 3.0).tolist() == [0.0, 0.5, 0.75]


def test_weeks_before_the_first_work_on():
    spend, before = np.zeros((3, 1)), np.zeros((model.LAGS, 1))
    before[-1] = 100.0
    assert carried(lagged(spend, before), np.array([0.5]), AT_ONCE)[:, 0] == pytest.approx([25.0, 12.5, 6.25], rel=1e-6)


LIFTS = (model.Lift(1, 40, 6, 0.0, 80.0, 30.0), model.Lift(0, 125, 5, 1.8, -60.0, 20.0))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_told_of_a_point_is_the_density_of_the_sales_and_the_lift_tests(seed):
    weeks = dataclasses.replace(build(seed % 7).weeks, lifts=LIFTS)
    question, chance = model._pose(weeks, BELIEF), np.random.default_rng(seed)
    points = question.centre + 0.7 * chance.normal(size=(2, len(question.centre))) @ question.reach.T
    points[:, -3] = -20.0
    logs = question.begun(points)["log"]
    assert logs[1] - logs[0] == pytest.approx(told_of(weeks, points[1]) - told_of(weeks, points[0]), rel=1e-6, abs=1e-6)


def told_of(weeks, point):
    """The log density as the model's page says it, without any shortcut."""
    returns, decay, half, delay = point[:12].reshape(4, 3)
    noise, walk, scale, active = *np.exp(point[-2:]), weeks.sales.mean(), np.array([each[each > 0].mean() for each in weeks.spend.T])
    one = model.Response(weeks, BELIEF, *(x[None] for x in (np.exp(returns), expit(decay), delay, np.exp(half) * active)),
                         np.zeros(1), np.array([noise]), np.array([walk]), scale, 1.0)  # fmt: skip
    counted, middle = np.arange(1, weeks.count + 1), model.swings(weeks.conditions)
    columns = model.baseline_columns(weeks.first + counted - 1, weeks.count, weeks.conditions, *middle)
    spread = columns @ columns.T + walk**2 * model.walk_covariance(counted, counted) + noise**2 * np.eye(weeks.count)
    left = (weeks.sales - contributions(one)[0].sum(axis=1)) / scale - 1
    planted = strength(one)[0]
    misses = [(lifted(weeks, lift, one, planted) - lift.sales) / lift.error for lift in weeks.lifts]
    return multivariate_normal(cov=spread).logpdf(left) - 0.5 * np.square(misses).sum()


def lifted(weeks, lift, one, full):
    tail, other = np.zeros((model.LAGS, 3)), weeks.spend.copy()
    other[lift.first : lift.first + lift.weeks, lift.channel] *= lift.times
    before = model.before_first(weeks.spend)
    kept, changed = (saturated(carried(lagged(np.vstack([arm, tail]), before), one.decays[0], one.delays[0]), one.halves[0])
                     for arm in (weeks.spend, other))  # fmt: skip
    return full[lift.channel] * (kept - changed)[:, lift.channel].sum()


def test_what_moves_with_one_block_is_what_is_told_of_the_whole():
    question, chance = model._pose(dataclasses.replace(build(2).weeks, lifts=LIFTS), BELIEF), np.random.default_rng(1)
    points, other = (question.centre + chance.normal(size=(5, len(question.centre))) @ question.reach.T for _ in range(2))
    for at, block in enumerate(question.blocks):
        changed, state = points.copy(), question.begun(points)
        changed[:, block] = other[:, block]
        whole = question.begun(changed)
        for name, values in (state | question.moved(changed, at, state)).items():
            assert values == pytest.approx(whole[name]), name


def test_lasting_noise_is_weighed_nearly_as_it_is():
    question, count = model._pose(build(2).weeks, BELIEF), build(2).weeks.count
    point = question.centre.copy()
    point[-3:] = logit(0.5), np.log(0.05), np.log(0.01)
    spread = question.begun(point[None])["spread"][0]
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    exact = np.diag(question.turned.T @ (0.05**2 * 0.5**apart) @ question.turned) + 0.01**2 * question.roots
    assert spread == pytest.approx(exact, rel=0.15)


# what a fit gives


def test_planted_returns_are_found_in_their_order_and_inside_their_bands(world, fitted):
    lower, middle, upper = np.quantile(fitted.returns, [0.05, 0.5, 0.95], axis=0)
    assert (lower <= world.returns).all() and (world.returns <= upper).all()
    assert middle[0] == pytest.approx(4.0, rel=0.25)
    assert middle[0] > middle[1] > middle[2]


def test_contributions_are_what_the_returns_say(fitted):
    spent = fitted.weeks.spend.sum(axis=0)
    assert contributions(fitted).sum(axis=1) == pytest.approx(fitted.returns * spent)
    assert returns_over(fitted, fitted.weeks.count) == pytest.approx(fitted.returns)


def test_one_more_unit_never_brings_more_than_the_average(fitted):
    assert (marginal_returns(fitted, 52) <= returns_over(fitted, 52)).all()


def test_what_works_late_is_found_to_work_late():
    world = build(11, returns=[3.0, 3.0, 3.0], noise=0.01, share=0.08)
    late = np.vstack([np.zeros((3, 3)), world.brought[:-3]])
    weeks = dataclasses.replace(world.weeks, sales=world.weeks.sales - world.brought.sum(axis=1) + late.sum(axis=1))
    lower, upper = np.quantile(fit_response(weeks, BELIEF, 600, 1).delays, [0.05, 0.95], axis=0)
    assert (lower > 1).all() and (upper < 5).all()


def test_a_channel_without_spend_of_late_has_no_return(world):
    spend = world.weeks.spend.copy()
    spend[-60:, 1] = 0.0
    late = fit_response(dataclasses.replace(world.weeks, spend=spend), BELIEF, 100, 1)
    assert np.isnan(returns_over(late, 52)[:, 1]).all() and np.isfinite(returns_over(late, 52)[:, [0, 2]]).all()


def test_the_same_seed_gives_the_same_draws_and_another_nearly_the_same_answer(world, fitted):
    again, other = (fit_response(world.weeks, BELIEF, 600, seed) for seed in (1, 2))
    assert np.array_equal(again.returns, fitted.returns) and not np.array_equal(other.returns, fitted.returns)
    assert np.median(other.returns, axis=0) == pytest.approx(np.median(fitted.returns, axis=0), rel=0.25)
    assert fitted.effective > 200


def test_another_currency_changes_no_return(world, fitted):
    weeks = world.weeks
    dearer = fit_response(Weeks(weeks.sales * 1000, weeks.spend * 1000, weeks.conditions), BELIEF, 600, 1)
    assert np.median(dearer.returns, axis=0) == pytest.approx(np.median(fitted.returns, axis=0), rel=0.01)


def test_without_information_the_belief_stays():
    world = build(5, channels=2, noise=0.05)
    spend = world.weeks.spend * np.array([1.0, 1e-4])
    fitted = fit_response(dataclasses.replace(world.weeks, spend=spend), dataclasses.replace(BELIEF, shared=0.0), 1000, 1)
    assert width_left(fitted)[1] > 0.9 > 0.7 > width_left(fitted)[0]
    assert np.quantile(fitted.returns[:, 1], [0.1, 0.5, 0.9]) == pytest.approx([0.46, 1.5, 4.85], rel=0.25)


def test_what_one_channel_returns_tells_something_of_the_others_and_counts_as_nothing_of_its_own():
    world = build(5, channels=3, noise=0.01, returns=[4.0, 4.0, 4.0], share=0.15)
    spend = world.weeks.spend * np.array([1.0, 1.0, 1e-4])
    sales = world.weeks.sales - (1 - 1e-4) * world.brought[:, 2]
    fitted = fit_response(dataclasses.replace(world.weeks, sales=sales, spend=spend), BELIEF, 1000, 1)
    assert np.median(fitted.returns[:, 2]) > 1.5 * 1.3 and np.log(fitted.returns[:, 2]).std() < 0.92 * np.log(BELIEF.factor)
    assert width_left(fitted)[2] > 0.9 > 0.5 > width_left(fitted)[0]


@pytest.fixture(scope="module")
def tested():
    """Weeks of which the sales tell little, what three planted channels bring, and a lift test of the first, exact to a tenth."""
    weeks, chance = build(8, noise=0.08, returns=[0.01] * 3).weeks, np.random.default_rng(4)
    planted = plant(weeks, BELIEF, True, chance)
    before, without = model.before_first(weeks.spend), weeks.spend.copy()
    without[60:73, 0] = 0.0
    brought = planted.brought(weeks.spend, before)
    lost = (brought - planted.brought(without, before))[:, 0].sum()
    sales = weeks.sales + brought.sum(axis=1)
    lift = model.Lift(0, 60, 13, 0.0, float(lost), float(0.1 * lost))
    return dataclasses.replace(weeks, sales=sales), lift, brought.sum(axis=0) / weeks.spend.sum(axis=0)


def test_a_lift_test_narrows_what_is_told_of_its_channel_around_the_truth(tested):
    weeks, lift, returns = tested
    before, after = (fit_response(dataclasses.replace(weeks, lifts=lifts), BELIEF, 1000, 1) for lifts in ((), (lift,)))
    widths = [np.log(fitted.returns[:, 0]).std() for fitted in (before, after)]
    assert widths[1] < 0.5 * widths[0] and abs(np.log(np.median(after.returns[:, 0]) / returns[0])) < 0.3
    assert after.effective > 300


def test_a_lift_test_that_says_otherwise_moves_the_return_towards_it(tested):
    weeks, lift, returns = tested
    low, high = (fit_response(dataclasses.replace(weeks, lifts=(dataclasses.replace(lift, sales=lift.sales * by),)), BELIEF, 1000, 1)
                 for by in (0.5, 2.0))  # fmt: skip
    assert np.median(low.returns[:, 0]) < 0.75 * returns[0] < 1.4 * returns[0] < np.median(high.returns[:, 0])


def test_a_planted_world_measures_a_lift_test_as_its_spend_brings_it(tested):
    weeks, lift, _ = tested
    planted, before = plant(weeks, BELIEF, False, np.random.default_rng(9)), model.before_first(weeks.spend)
    late, doubled = dataclasses.replace(lift, first=weeks.count - 5, weeks=5), dataclasses.replace(lift, times=2.0)
    without = weeks.spend.copy()
    without[-5:, 0] = 0.0
    tail = np.zeros((model.LAGS, 3))
    lost = planted.brought(np.vstack([weeks.spend, tail]), before) - planted.brought(np.vstack([without, tail]), before)
    assert planted.lifted(weeks.spend, late) == pytest.approx(lost.sum()) and planted.lifted(weeks.spend, doubled) < 0 < lost.sum()


def test_a_lift_test_of_weeks_not_known_yet_is_not_looked_at(world):
    weeks = dataclasses.replace(world.weeks, lifts=(model.Lift(0, 60, 13, 0.0, 50.0, 10.0),))
    assert weeks.until(73).lifts and not weeks.until(72).lifts


def test_a_belief_says_where_two_thirds_of_channels_lie():
    assert Belief(2.0, 3.0).band(0.6827) == pytest.approx((2 / 3, 6.0), rel=1e-3)


def test_a_channel_that_copies_another_is_entangled(world):
    spend = world.weeks.spend.copy()
    spend[:, 2] = 0.5 * spend[:, 0] + 0.01 * spend[:, 2]
    weeks = dataclasses.replace(world.weeks, spend=spend)
    explained = entanglement(weeks, fit_response(weeks, BELIEF, 200, 1))
    assert explained[2] > 0.8 > 0.5 > explained[1]


def test_bands_of_returns_hold_as_often_as_they_say_in_worlds_that_are_not_the_model():
    held = []
    for seed in range(40):
        world = build(1000 + seed)
        lower, upper = np.quantile(fit_response(world.weeks, BELIEF, 500, seed).returns, [0.1, 0.9], axis=0)
        held += list((lower <= world.returns) & (world.returns <= upper))
    low, high = wilson(sum(held), len(held))
    assert low <= 0.8 <= high, (sum(held), len(held))


# weeks to come


def test_what_comes_later_changes_nothing_foreseen(world):
    weeks = world.weeks
    shuffled = weeks.sales.copy()
    shuffled[104:] = shuffled[104:][::-1] * 3
    foreseen = [held_out(each, [104], 26, BELIEF, 0.8, 1) for each in (weeks, dataclasses.replace(weeks, sales=shuffled))]
    assert foreseen[0].drop(columns="actual").equals(foreseen[1].drop(columns="actual"))
    assert not foreseen[0]["actual"].equals(foreseen[1]["actual"])


def test_knowing_strong_channels_makes_weeks_more_predictable():
    world = build(8, returns=[4.0, 3.0, 3.0], noise=0.01, share=0.08)
    table = held_out(world.weeks, [104], 26, BELIEF, 0.8, 1)
    missed = {who: (table[who] - table["actual"]).abs().mean() for who in ("ours", "without", "naive")}
    assert missed["ours"] < 0.7 * missed["without"] and missed["ours"] < missed["naive"]


def test_next_weeks_without_spend_bring_less(fitted):
    usual = np.tile(fitted.weeks.spend.mean(axis=0), (13, 1))
    spent, saved = (sales_ahead(fitted, usual * share, np.random.default_rng(1), 40).sum(axis=1) for share in (1.0, 0.0))
    assert (spent > saved).all()


def test_conditions_to_come_stay_within_what_was_seen(world):
    ahead = conditions_ahead(world.weeks, 13, 50, np.random.default_rng(1))
    seen = world.weeks.conditions
    assert ahead.shape == (50, 13, 1) and seen.min() <= ahead.min() and ahead.max() <= seen.max()
    assert conditions_ahead(dataclasses.replace(world.weeks, conditions=seen[:, :0]), 13, 5, np.random.default_rng(1)).shape == (5, 13, 0)


# planted worlds


def test_a_planted_world_brings_the_returns_it_was_made_with(world):
    planted = plant(world.weeks, BELIEF, True, np.random.default_rng(1))
    brought = planted.brought(world.weeks.spend, model.before_first(world.weeks.spend)).sum(axis=0)
    returns = brought / world.weeks.spend.sum(axis=0)
    low, high = BELIEF.band(0.9)
    assert ((low <= returns) & (returns <= high)).all()


def test_plans_in_planted_worlds_never_beat_the_one_who_knows(fitted):
    found, plans = planted_trial(fitted, 3, 52, 13, 0.3, 1.0, 0.8, 1)
    assert len(found) == 9 and len(plans) == 3
    assert (plans["came"] <= plans["possible"] + 1e-6 * plans["possible"].abs() + 1e-6).all()
    nothing = planted_trial(fitted, 0, 52, 13, 0.3, 1.0, 0.8, 1)
    assert [len(table) for table in nothing] == [0, 0]
