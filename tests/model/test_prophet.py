"""Prophet by name: the same model as the library's, its posterior maximised in this process."""

import numpy as np
import pandas as pd
import pytest
from prophet import Prophet

from planning.model.methods import prophet
from planning.model.prophet_posterior import InProcess, design, log_posterior


def lines(count, periods, season, seed=7):
    """Made-up series with a trend that bends, a season and noise; some far from 0, some that cross it."""
    rng, time = np.random.default_rng(seed), np.arange(periods)
    for _ in range(count):
        level, slope = rng.choice([0.0, 5.0, 5e6]), rng.normal(0, 0.02)
        bend = np.maximum(time - rng.integers(periods // 3, periods), 0) * rng.normal(0, 0.05)
        shape = slope * time + bend + rng.uniform(0, 1) * np.sin(2 * np.pi * time / season) + rng.normal(0, rng.uniform(0.05, 0.5), periods)
        yield (level + shape) if level < 10 else level * np.exp(shape / 3)


def fitted_by_library(amounts, season, backend=None):
    """Prophet as it comes, with our terms; `data`: what it handed to its backend."""
    frequency, terms = ("MS", 5) if season == 12 else ("QS", 1)
    dates = pd.date_range("2001-01-01", periods=len(amounts) + 2 * season, freq=frequency)
    model = Prophet(yearly_seasonality=terms, weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
    model.stan_backend, handed = backend or model.stan_backend, {}
    real = model.stan_backend.fit
    model.stan_backend.fit = lambda init, data, **options: handed.update(data) or real(init, data, **options)
    model.fit(pd.DataFrame({"ds": dates[: len(amounts)], "y": amounts}), **({} if backend else {"seed": 1, "algorithm": "LBFGS"}))
    return model, handed, model.predict(pd.DataFrame({"ds": dates[len(amounts) :]}))["yhat"].to_numpy()


def posterior(model, data):
    found = model.params
    weights = np.concatenate([np.ravel(found[name]) for name in ("k", "m", "delta", "beta")])
    return log_posterior(weights, float(np.ravel(found["sigma_obs"])[0]) ** 2, data)


@pytest.mark.parametrize("season, periods", [(12, 40), (12, 130), (4, 30)])
def test_the_posterior_is_nowhere_below_that_of_stan(season, periods):
    for amounts in lines(6, periods, season):
        stan, data, _ = fitted_by_library(amounts, season)
        ours, _, _ = fitted_by_library(amounts, season, InProcess())
        assert posterior(ours, data) >= posterior(stan, data) - 1e-3


@pytest.mark.parametrize("season, periods", [(12, 60), (4, 40)])
def test_no_step_in_any_direction_raises_the_posterior(season, periods):
    """The best of a posterior that has one top: what any small move away from it lowers."""
    rng = np.random.default_rng(3)
    for amounts in lines(4, periods, season):
        ours, data, _ = fitted_by_library(amounts, season, InProcess())
        weights = np.concatenate([np.ravel(ours.params[name]) for name in ("k", "m", "delta", "beta")])
        noise, best = float(np.ravel(ours.params["sigma_obs"])[0]) ** 2, posterior(ours, data)
        for scale in (1e-3, 1e-2, 1e-1):
            moved = [log_posterior(weights + scale * rng.standard_normal(len(weights)), noise, data) for _ in range(50)]
            assert max(moved) < best
        assert max(log_posterior(weights, noise * (1 + by), data) for by in (-0.05, 0.05)) < best


@pytest.mark.parametrize("season, periods", [(12, 60), (12, 130), (4, 40)])
def test_the_path_is_what_the_library_predicts_from_the_same_fit(season, periods):
    for amounts in lines(4, periods, season):
        _, _, predicted = fitted_by_library(amounts, season, InProcess())
        np.testing.assert_allclose(prophet(amounts, season, 2 * season), predicted, rtol=1e-9, atol=1e-9 * np.abs(amounts).max())


def test_a_line_with_a_season_and_no_noise_goes_on():
    time = np.arange(84)
    path = prophet(1e6 + 2e3 * time + 5e4 * np.sin(2 * np.pi * time / 12), 12, 12)
    ahead = np.arange(84, 96)
    assert np.abs(path / (1e6 + 2e3 * ahead + 5e4 * np.sin(2 * np.pi * ahead / 12)) - 1).max() < 0.01


def test_the_trend_is_one_column_a_change_of_slope():
    data = {"t": [0.0, 0.5, 1.0], "t_change": [0.25], "X": [[1.0], [2.0], [3.0]]}
    assert design(data).tolist() == [[0, 1, 0, 1], [0.5, 1, 0.25, 2], [1, 1, 0.75, 3]]


@pytest.mark.parametrize("other", [{"growth": "flat"}, {"seasonality_mode": "multiplicative"}])
def test_another_model_is_refused(other):
    model = Prophet(yearly_seasonality=5, weekly_seasonality=False, daily_seasonality=False, **other)
    model.stan_backend = InProcess()
    amounts = pd.DataFrame({"ds": pd.date_range("2001-01-01", periods=48, freq="MS"), "y": np.arange(48.0) % 12 + 1})
    with pytest.raises(ValueError, match="only a linear trend with additive terms"):
        model.fit(amounts)
