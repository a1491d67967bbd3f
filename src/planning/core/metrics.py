"""The few measures every report shares: variances, execution, and the accuracy of a forecast.

All are plain functions over numbers, Series or arrays of equal length; a zero base gives a missing rate, never 0 or infinity.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def variance(actual, plan):
    """Actual minus plan, in the account's unit."""
    return actual - plan


def profit_effect(effect, actual, plan):
    """What a variance does to the result: `effect` (+1, −1, 0) times variance; positive is favourable."""
    return effect * variance(actual, plan)


def variance_rate(actual, plan):
    """Variance over the absolute plan, a fraction; missing where the plan is 0."""
    return rate(variance(actual, plan), np.abs(plan))


def execution_rate(actual, budget):
    """Share of the budget that was used; missing where the budget is 0."""
    return rate(actual, budget)


def growth(now, before):
    """Change over the absolute earlier amount, a fraction; missing where the earlier amount is 0."""
    return variance_rate(now, before)


def rate(part, base):
    """part / base, missing where the base is 0; numbers, Series and arrays alike."""
    if np.ndim(base) == 0 and np.ndim(part) == 0:
        return float(part) / float(base) if base else float("nan")
    return part / (base.where(base != 0) if isinstance(base, pd.Series) else np.where(np.asarray(base) == 0, np.nan, base))


def wape(actual, forecast) -> float:
    """Weighted absolute percentage error: sum of absolute errors over sum of absolute actuals; missing where all actuals are 0."""
    return rate(float(np.abs(np.asarray(forecast) - np.asarray(actual)).sum()), float(np.abs(np.asarray(actual)).sum()))


def mape(actual, forecast) -> float:
    """Mean absolute percentage error, a fraction, over the rows whose actual is not 0; missing when there are none."""
    actual, forecast = np.asarray(actual, dtype="float64"), np.asarray(forecast, dtype="float64")
    used = actual != 0
    return float(np.mean(np.abs((forecast[used] - actual[used]) / actual[used]))) if used.any() else float("nan")


def bias(actual, forecast) -> float:
    """Sum of forecast minus actual over the sum of absolute actuals: positive says too high."""
    return rate(float((np.asarray(forecast) - np.asarray(actual)).sum()), float(np.abs(np.asarray(actual)).sum()))


def coverage(actual, lower, upper) -> float:
    """Share of actuals inside the band, its edges included; missing when there are none."""
    actual = np.asarray(actual)
    inside = (actual >= np.asarray(lower)) & (actual <= np.asarray(upper))
    return float(inside.mean()) if len(inside) else float("nan")
