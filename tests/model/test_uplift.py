"""The effect of an offer: planted and found, doubly robust by hand, small groups refused, experiments large enough."""

import numpy as np
import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from planning.core.errors import RequestError
from planning.model.churn import probability_of
from planning.model.uplift import doubly_robust, fit_uplift, group_size


def experiment(size=20_000, shift=-0.6, lean=0.0, level=0.0, seed=1):
    """Log-odds before the offer, who got one by chance, who left, and the true share kept."""
    rng = np.random.default_rng(seed)
    score = rng.normal(-1.2, 0.7, size)
    offered = rng.random(size) < 0.5
    without = probability_of(score + level)
    with_it = probability_of(score + level + shift + lean * (score - score.mean()))
    left = rng.random(size) < np.where(offered, with_it, without)
    return score, offered, left, float((without - with_it).mean())


@pytest.mark.parametrize(("shift", "lean"), [(-0.6, 0.0), (-0.4, 0.25), (0.3, 0.0)])
def test_a_planted_effect_is_found(shift, lean):
    score, offered, left, kept = experiment(shift=shift, lean=lean)
    found = fit_uplift(score, offered, left)
    error = np.sqrt(found.spread.diagonal())
    assert abs(found.values[2] - shift) < 3 * error[2] and abs(found.values[3] - lean) < 3 * error[3]
    assert found.mean == pytest.approx(kept, abs=3 * found.error) and found.saved(score).mean() == pytest.approx(kept, abs=3 * found.error)


def test_the_errors_are_as_large_as_said():
    """In 200 small experiments without any effect."""
    found = [fit_uplift(*experiment(600, shift=0.0, seed=seed)[:3]) for seed in range(200)]
    off = np.array([one.mean / one.error for one in found])
    assert 0.9 < off.std() < 1.12 and (np.abs(off) < 1.96).mean() > 0.91


def test_scores_that_were_too_high_change_nothing_of_the_effect():
    score, offered, left, kept = experiment(level=-0.8)
    found = fit_uplift(score, offered, left)
    assert found.mean == pytest.approx(kept, abs=3 * found.error) and found.values[0] == pytest.approx(-0.8, abs=0.1)


def test_where_little_is_known_the_effect_stays_near_none():
    score, offered, left, _ = experiment(120, shift=-1.5, seed=3)
    found = fit_uplift(score, offered, left)
    assert -1.5 < found.values[2] < -0.3 and abs(found.values[3]) < 0.3


def test_draws_are_as_unsure_as_the_effect():
    found = fit_uplift(*experiment()[:3])
    drawn = found.draw(np.random.default_rng(2), 5000)
    assert np.cov(drawn.T) == pytest.approx(found.spread, abs=3e-4) and drawn.mean(axis=0) == pytest.approx(found.values, abs=0.01)


def test_an_effect_is_told_only_beyond_luck():
    assert fit_uplift(*experiment()[:3]).tells(0.99)
    none = [fit_uplift(*experiment(600, shift=0.0, seed=seed)[:3]).tells(0.8) for seed in range(100)]
    assert 10 <= sum(none) <= 32, "one in five by luck"


def test_the_doubly_robust_mean_by_hand():
    offered = np.repeat([True, False], 10)
    left = np.r_[np.arange(10) < 2, np.arange(10) < 6]
    mean, error = doubly_robust(np.full(20, 0.5), np.full(20, 0.5), offered, left)
    assert mean == pytest.approx(0.4)
    each = np.where(offered, -2 * (left - 0.5), 2 * (left - 0.5))
    assert error == pytest.approx(each.std(ddof=1) / np.sqrt(20))


@pytest.mark.parametrize("rows", [slice(0, 60), slice(0, 99)])
def test_a_small_experiment_is_refused(rows):
    score, _, left, _ = experiment(2000)
    with pytest.raises(RequestError, match="too small an experiment"):
        fit_uplift(score[rows], np.arange(len(score[rows])) < 45, left[rows])


@pytest.mark.parametrize("outcome", [True, False])
def test_an_experiment_with_one_outcome_is_refused(outcome):
    score, offered, _, _ = experiment(500)
    with pytest.raises(RequestError, match="without an outcome"):
        fit_uplift(score, offered, np.full(500, outcome))


@pytest.mark.parametrize(("rate", "kept"), [(0.2, 0.3), (0.1, 0.2), (0.5, 0.5), (0.02, 0.5)])
def test_an_experiment_of_the_size_told_has_its_power(rate, kept):
    each = group_size(rate, kept)
    power = power_proportions_2indep(rate * kept, rate * (1 - kept), each, alpha=0.05).power
    assert power == pytest.approx(0.8, abs=0.01) and group_size(rate, kept, power=0.9) > each
    assert group_size(0.2, 0.3) == 615


@pytest.mark.parametrize(("rate", "kept"), [(0.0, 0.3), (1.0, 0.3), (0.2, 0.0), (0.2, 1.5)])
def test_an_experiment_that_tells_nothing_is_refused(rate, kept):
    with pytest.raises(RequestError, match="no experiment can be designed"):
        group_size(rate, kept)
