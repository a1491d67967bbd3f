"""Prophet's posterior maximised in this process, in place of a Stan program that is started, and talked to by files, for every series.

The model is Prophet's own, line for line: a normal observation with scale σ ~ N⁺(0, ½), slope and intercept ~ N(0, 5), changes of the
slope ~ Laplace(0, τ), seasonal terms ~ N(0, their prior scale). Each step replaces |δ| by the parabola that touches it at the last δ and
lies above it elsewhere, solves the ridge regression that is left, and takes the best σ for it; so the posterior never falls. Source:
Taylor and Letham (2018) for the model; Hunter and Lange (2004) for the steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from prophet.models import IStanBackend

STEPS = 200
"""Most steps; sixty are usual."""
NEAR = 1e-5
"""A step that moves no fitted value by more than this share of the largest amount is the last."""
STILL = 1e-9
"""Changes of the slope below this are none."""
NOISE_SCALE, LINE_SCALE = 0.5, 5.0


class InProcess(IStanBackend):
    """A backend as Prophet's own, for the most probable parameters of an additive model with a linear trend.

    `fit` takes and returns what Prophet hands to Stan and expects back: arrays of one row. Raises ValueError for any other model.
    """

    @staticmethod
    def get_type() -> str:
        """What Prophet calls this backend."""
        return "IN_PROCESS"

    def load_model(self) -> None:
        """Nothing to load."""

    def sampling(self, stan_init: dict, stan_data: dict, samples: int, **kwargs: Any) -> dict:
        """Refused: only the most probable parameters are found here."""
        raise ValueError("draws from the posterior need Prophet's own backend")

    def fit(self, stan_init: dict, stan_data: dict, **kwargs: Any) -> dict[str, np.ndarray]:
        """The most probable parameters by name. ValueError for a model with another trend or multiplicative terms."""
        if stan_data["trend_indicator"] or np.any(stan_data["s_m"]):
            raise ValueError("only a linear trend with additive terms is fitted here")
        terms, amounts = design(stan_data), np.asarray(stan_data["y"], dtype=float)
        weights, noise = _most_probable(terms, amounts, stan_data)
        slope, level, changes, seasonal = np.split(weights, [1, 2, 2 + stan_data["S"]])
        found = {"k": slope, "m": level, "delta": changes, "beta": seasonal, "sigma_obs": np.sqrt(noise)}
        return {name: values.reshape(1, -1) for name, values in found.items()}


def design(data: dict) -> np.ndarray:
    """The columns whose sum is the trend and the season: time, one, time since each change of the slope, the seasonal terms."""
    time, changes = np.asarray(data["t"], dtype=float), np.asarray(data["t_change"], dtype=float)
    return np.column_stack([time, np.ones(len(time)), np.maximum(time[:, None] - changes, 0), np.asarray(data["X"], dtype=float)])


def log_posterior(weights: np.ndarray, noise: float, data: dict) -> float:
    """The logarithm of the posterior, up to a constant: `weights` in the order of `design`'s columns, `noise` = σ²."""
    amounts, changes = np.asarray(data["y"], dtype=float), slice(2, 2 + data["S"])
    missed = amounts - design(data) @ weights
    likely = -len(amounts) / 2 * np.log(noise) - missed @ missed / (2 * noise) - noise / (2 * NOISE_SCALE**2)
    return float(likely - _precisions(data) @ weights**2 / 2 - np.abs(weights[changes]).sum() / data["tau"])


def _precisions(data: dict) -> np.ndarray:
    """One over the variance of each normal prior, 0 for the changes of the slope."""
    return np.r_[np.full(2, LINE_SCALE**-2), np.zeros(data["S"]), np.asarray(data["sigmas"], dtype=float) ** -2]


def _most_probable(terms: np.ndarray, amounts: np.ndarray, data: dict) -> tuple[np.ndarray, np.ndarray]:
    """The weights of the columns, and σ²."""
    squares, products, size = terms.T @ terms, terms.T @ amounts, len(amounts)
    changes, precisions = slice(2, 2 + data["S"]), _precisions(data)
    bent, noise, before = np.full(data["S"], float(data["tau"])), amounts.var() + STILL, None
    for _ in range(STEPS):
        precisions[changes] = 1 / (data["tau"] * np.maximum(bent, STILL))
        weights = np.linalg.solve(squares + noise * np.diag(precisions), products)
        fitted, bent = terms @ weights, np.abs(weights[changes])
        missed = amounts - fitted
        noise = np.maximum(_best_noise(missed @ missed, size), STILL**2)
        if before is not None and np.abs(fitted - before).max() < NEAR:
            break
        before = fitted
    return weights, noise


def _best_noise(squares: float, size: int) -> float:
    """The σ² at which ½ n ln σ² + squares / 2σ² + σ² / 2·NOISE_SCALE² is smallest."""
    scale = NOISE_SCALE**2
    return (np.sqrt((size * scale) ** 2 + 4 * squares * scale) - size * scale) / 2
