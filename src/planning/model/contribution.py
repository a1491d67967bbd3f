"""What the draws of a response say in money: contributions by week, returns, marginal returns, and the sales of weeks to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from planning.model.response import (
    LAGS,
    Belief,
    Response,
    Weeks,
    baseline_columns,
    before_first,
    carried,
    lagged,
    saturated,
    swings,
    walk_covariance,
)

YEAR_WEEKS = 52
"""Weeks from a week to the same week of the next year."""


def working_spend(response: Response) -> np.ndarray:
    """Spend as it works in each week, what is carried over included: draws × weeks × channels."""
    spend = response.weeks.spend
    return carried(lagged(spend, before_first(spend)), response.decays, response.delays)


def strength(response: Response) -> np.ndarray:
    """What a channel would bring in a week at full saturation: draws × channels."""
    done = saturated(working_spend(response), response.halves[:, None, :])
    return response.returns * response.weeks.spend.sum(axis=0) / done.sum(axis=1)


def contributions(response: Response) -> np.ndarray:
    """The sales that each channel brought in each week: draws × weeks × channels."""
    return strength(response)[:, None, :] * saturated(working_spend(response), response.halves[:, None, :])


def returns_over(response: Response, last: int) -> np.ndarray:
    """Sales brought per unit of money spent over the last weeks: draws × channels; missing where nothing was spent."""
    return _per_spend(contributions(response)[:, -last:].sum(axis=1), response, last)


def marginal_returns(response: Response, last: int) -> np.ndarray:
    """Sales brought by one more unit of money, spent like the last weeks' spend: draws × channels; missing without spend."""
    working, half = working_spend(response), response.halves[:, None, :]
    rise = strength(response)[:, None, :] * half * working / (working + half) ** 2
    return _per_spend(rise[:, -last:].sum(axis=1), response, last)


def _per_spend(amounts: np.ndarray, response: Response, last: int) -> np.ndarray:
    spent = response.weeks.spend[-last:].sum(axis=0)
    return amounts / np.where(spent > 0, spent, np.nan)


def width_left(response: Response) -> np.ndarray:
    """How wide each channel's return still is beside what is believed of it from the other channels alone (logarithms): channels.

    1 says that its own spend told nothing; 0 that it told everything.
    """
    told = np.cov(np.log(response.returns), rowvar=False, ddof=0).reshape(2 * (response.returns.shape[1],))
    return np.sqrt([told[at, at] / _believed_from_others(told, at, response.belief) for at in range(len(told))])


def _believed_from_others(told: np.ndarray, at: int, belief: Belief) -> float:
    """The variance of a channel's log return if only the others were looked at; `told`: the covariance of all after the sales."""
    others, alone, shared = len(told) - 1, np.log(belief.factor) ** 2, belief.shared
    pull = shared / (1 + (others - 1) * shared) if others else 0.0
    rest = np.delete(np.delete(told, at, axis=0), at, axis=1)
    return float(alone * (1 - others * shared * pull) + pull**2 * rest.sum())


def entanglement(weeks: Weeks, response: Response) -> np.ndarray:
    """How far a channel's working spend is explained by the others', the yearly waves and the conditions: channels, R² from 0 to 1."""
    working = working_spend(response).mean(axis=0)
    columns = baseline_columns(np.arange(weeks.count), weeks.count, weeks.conditions, *swings(weeks.conditions))
    explained = [_explained(working[:, at], np.hstack([columns, np.delete(working, at, axis=1)])) for at in range(working.shape[1])]
    return np.array(explained)


def _explained(wanted: np.ndarray, columns: np.ndarray) -> float:
    left = wanted - columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0]
    return float(1 - left.var() / wanted.var()) if wanted.var() > 0 else 1.0


# ------------------------------------------------------------------------------------------------------ weeks to come


def conditions_ahead(weeks: Weeks, ahead: int, paths: int, chance: np.random.Generator) -> np.ndarray:
    """What the conditions may be in the next weeks: the same weeks last year and a stretch of past changes from year to year.

    paths × ahead × conditions, held within what has been seen. At most YEAR_WEEKS ahead, with more than a year of history.
    """
    seen = weeks.conditions
    last = seen[len(seen) - YEAR_WEEKS :][:ahead]
    changes = seen[YEAR_WEEKS:] - seen[:-YEAR_WEEKS]
    starts = chance.integers(0, max(len(changes) - ahead, 0) + 1, paths)
    stretch = changes[(starts[:, None] + np.arange(ahead)) % len(changes)]
    return np.clip(last + stretch, seen.min(axis=0, initial=np.inf), seen.max(axis=0, initial=-np.inf)) if seen.size else last + stretch


def channel_sales_ahead(response: Response, spend: np.ndarray) -> np.ndarray:
    """The sales that the channels bring in the next weeks, what earlier spend carries over included: draws × ahead × channels.

    `spend`: the next weeks' spend (ahead × channels).
    """
    working = carried(lagged(spend, response.weeks.spend[-LAGS:]), response.decays, response.delays)
    return strength(response)[:, None, :] * saturated(working, response.halves[:, None, :])


def baseline_ahead(response: Response, conditions: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Sales without the channels in the next weeks, noise included: one path for each path of conditions (paths × ahead).

    The draws are taken in turn, as many as there are paths.
    """
    brought = contributions(response).sum(axis=2)
    paths = [_path(response, brought[at % response.draws], at % response.draws, path, chance) for at, path in enumerate(conditions)]
    return np.array(paths)


def _path(response: Response, brought: np.ndarray, draw: int, conditions: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    weeks, ahead, known = response.weeks, len(conditions), slice(None, response.weeks.count)
    steady, noise = _covariances(response, draw, _columns(weeks, conditions))
    whole = steady + noise
    solver, cross = cho_factor(whole[known, known]), whole[weeks.count :, known]
    middle = cross @ cho_solve(solver, (weeks.sales - brought) / response.scale - 1)
    spread = whole[weeks.count :, weeks.count :] - cross @ cho_solve(solver, cross.T)
    return response.scale * (1 + middle + np.linalg.cholesky(spread) @ chance.standard_normal(ahead))


def _covariances(response: Response, draw: int, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the baseline and of the noise, between the weeks of these columns, under one draw."""
    counted = np.arange(1, len(columns) + 1)
    steady = columns @ columns.T + response.walk[draw] ** 2 * walk_covariance(counted, counted)
    return steady, response.noise[draw] ** 2 * response.lasting[draw] ** np.abs(counted[:, None] - counted)


def _columns(weeks: Weeks, conditions: np.ndarray) -> np.ndarray:
    """The baseline's columns of the known weeks and of those after them, measured like the known ones."""
    both = np.vstack([weeks.conditions, conditions])
    numbers = weeks.first + np.arange(len(both))
    return baseline_columns(numbers, weeks.count, both, *swings(weeks.conditions))


def fitted_baseline(response: Response, draw: int) -> np.ndarray:
    """The most probable baseline of the known weeks under one draw, without noise."""
    weeks = response.weeks
    steady, noise = _covariances(response, draw, _columns(weeks, weeks.conditions[:0]))
    left = (weeks.sales - contributions(thinned(response, draw))[0].sum(axis=1)) / response.scale - 1
    return response.scale * (1 + steady @ np.linalg.solve(steady + noise, left))


def thinned(response: Response, draw: int) -> Response:
    """The response of one draw alone."""
    names = ("returns", "decays", "delays", "halves", "lasting", "noise", "walk")
    return replace(response, **{name: getattr(response, name)[draw : draw + 1] for name in names})
