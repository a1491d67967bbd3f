"""The methods that forecast one series by itself: amounts up to now (oldest first, no NaN) → the path ahead.

Each is a library's, called in one place; none sees more than the series. `season`: periods a year, 12 or 4.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from planning.model.cleaning import INTERMITTENT
from planning.model.windows import cut_windows, describe, scale_of

USUAL = 1000.0
"""The mean size to which amounts are brought before they are fitted: Theta stops its search by absolute tolerances, so that
the same figures in another currency would be forecast elsewhere."""
FAR_BELOW = 100.0
"""A path of a series of positive amounts stops at its smallest amount over this."""
DAYS = 365.25  # of a year, as Prophet counts
FOURIER_TERMS = 5  # pairs of sine and cosine a year; twelve months can carry no more than five


def seasonal_naive(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The same period of last year, repeated beyond it; the mean of what there is when that is less than a year."""
    year = amounts[-season:]
    return np.full(horizon, year.mean()) if len(year) < season else np.resize(year, horizon)


def last_amount(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last amount, kept: nothing is nearer when a series wanders."""
    return np.full(horizon, amounts[-1])


def mean_amount(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The mean of the last three years: nothing is nearer when a series is noise around a level."""
    return np.full(horizon, amounts[-3 * season :].mean())


NAIVES: dict[str, Callable[[np.ndarray, int, int], np.ndarray]] = {
    "seasonal_naive": seasonal_naive,
    "last": last_amount,
    "mean": mean_amount,
}
"""What a forecast has to beat before it is called one."""


def constant(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """What never changed stays; nothing known at all is 0."""
    return np.full(horizon, amounts[-1] if len(amounts) and np.isfinite(amounts[-1]) else 0.0)


def intermittent(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The rate of a series that is mostly 0, fading while nothing comes (see cleaning.INTERMITTENT); `statsforecast`.

    Amounts below 0 alone mirror those above. Where both come (what is advanced and paid back), nothing is nearer than their mean.
    """
    if (amounts > 0).any() and (amounts < 0).any():
        return mean_amount(amounts, season, horizon)
    sign = -1.0 if (amounts < 0).any() else 1.0
    name, size, chance = INTERMITTENT
    made = _models()[name](alpha_d=size, alpha_p=chance).forecast(y=sign * amounts, h=horizon)
    return sign * np.asarray(made["mean"], dtype=float)


def ces(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Complex exponential smoothing, without a season or with a full one, as AICc prefers; package `statsforecast`.

    The forms between, which AICc would prefer most of the time, forecast worse and take longer: `benchmarks/recipes.py`.
    Source: Svetunkov, Kourentzes and Ord (2022).
    """
    seasonal, unit = _season_and_unit(amounts, season)
    forms = [_models()["AutoCES"](season_length=seasonal, model=form).fit(amounts / unit) for form in ("NF" if seasonal > 1 else "N")]
    return np.asarray(min(forms, key=lambda form: form.model_["aicc"]).predict(horizon)["mean"], dtype=float) * unit


def ets(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Exponential smoothing, its form chosen by AICc. Source: Hyndman and others (2008); package `statsforecast`."""
    return _statsforecast("AutoETS", amounts, season, horizon)


def theta(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The dynamic Theta method. Source: Fiorucci and others (2016), after Assimakopoulos and Nikolopoulos (2000); `statsforecast`."""
    return _without_season("DynamicTheta", amounts, season, horizon)


def optimized_theta(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The dynamic Theta method with its own second line. Source: Fiorucci and others (2016); package `statsforecast`."""
    return _without_season("DynamicOptimizedTheta", amounts, season, horizon)


def _without_season(name: str, amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The path of the series without its season, with the season again. The season is the one that networks read (see windows.describe),
    as far as it is sure: the library's own test for one finds none in three years, whatever there is."""
    scale = scale_of(amounts)
    read = scale.read(amounts)
    deviations = describe(cut_windows(read, season, 0, np.array([len(read)]))[0], season).season[0]
    path = _statsforecast(name, scale.amounts(read - deviations[(np.arange(len(read)) - len(read)) % season]), 1, horizon)
    path = np.maximum(path, amounts.min() / FAR_BELOW) if scale.logarithm else path
    return scale.amounts(scale.read(path) + deviations[np.arange(horizon) % season])


def _statsforecast(name: str, amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    seasonal, unit = _season_and_unit(amounts, season)
    return np.asarray(_models()[name](season_length=seasonal).forecast(y=amounts / unit, h=horizon)["mean"], dtype=float) * unit


def _season_and_unit(amounts: np.ndarray, season: int) -> tuple[int, float]:
    """The season that a series is long enough to show, 1 where it isn't, and what brings its mean size to USUAL."""
    return season if len(amounts) > 2 * season else 1, float(np.abs(amounts).mean() / USUAL) or 1.0


@cache
def _models() -> dict[str, type]:
    """statsforecast's models; imported here since a seasonal naive need not pay for it."""
    from statsforecast import models

    return {name: getattr(models, name) for name in ("AutoCES", "AutoETS", "DynamicTheta", "DynamicOptimizedTheta", "TSB")}


def prophet(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Prophet's linear trend with a yearly season; seasonal naive below two years, 0 after a year of nothing.

    Five Fourier terms for months (ten alias) and one for quarters, no draws, and the posterior maximised in this process instead of by
    a Stan program started for every series (see prophet_posterior). The calendar is made up, so the same values give the same forecast
    in whatever year they lie. Source: Taylor and Letham (2018); package `prophet`.
    """
    if len(amounts) < 2 * season or not amounts[-season:].any():
        return seasonal_naive(amounts, season, horizon)
    dates = pd.date_range("2001-01-01", periods=len(amounts) + horizon, freq="MS" if season == 12 else "QS")
    terms = min(FOURIER_TERMS, season // 2 - 1)
    prophet_class, backend = _prophet()
    model = prophet_class(yearly_seasonality=terms, weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
    model.stan_backend = backend
    model.fit(pd.DataFrame({"ds": dates[: len(amounts)], "y": amounts}))
    ahead = pd.DataFrame({"ds": dates[len(amounts) :], "floor": 0.0}).assign(t=lambda df: (df["ds"] - model.start) / model.t_scale)
    seasonal = model.fourier_series(ahead["ds"], DAYS, terms) @ model.params["beta"][0]
    return np.asarray(model.predict_trend(ahead), dtype=float) + seasonal * model.y_scale  # what `predict` says, without its tables


@cache
def _prophet():
    """The Prophet class, silenced, and what fits it; imported here since it costs a second and a half that others need not pay."""
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    from prophet import Prophet

    from planning.model.prophet_posterior import InProcess

    return Prophet, InProcess()
