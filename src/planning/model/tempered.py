"""Draws from a posterior that may have several hills: a population led from the prior to the posterior by steps.

At each step the likelihood counts a little more, the population is weighed and drawn anew, and its members move: the numbers of one block
at a time, by the difference of two other members' (Del Moral, Doucet and Jasra 2006, sequential samplers; ter Braak 2006, differential
evolution). The prior is normal.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.special import logsumexp

KEEP = 0.5
"""The share of the population that each step's weights must leave effective."""
MOVES, LAST = 3, 30
"""Rounds of moves after a step, and after the last."""
WHOLE = 0.15
"""How often a difference is taken whole, which leads from hill to hill."""
JITTER = 1e-3


class Target(Protocol):
    """A posterior: the prior's middle (numbers) and a root of its covariance, the numbers' blocks, and the likelihood of points.

    `begun` tells of points (members × numbers) whatever `moved` needs and `log`, all members first; `moved` what of that changes where
    the points differ in one block.
    """

    centre: np.ndarray
    reach: np.ndarray
    blocks: list[np.ndarray]

    def begun(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """What is told of points."""

    def moved(self, points: np.ndarray, at: int, state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What changes of that with a block."""


def draw_tempered(target: Target, count: int, chance: np.random.Generator) -> np.ndarray:
    """A population of `count` drawn from the posterior: members × numbers."""
    points = target.centre + chance.standard_normal((count, len(target.centre))) @ target.reach.T
    narrow = np.linalg.inv(target.reach @ target.reach.T)
    state, heat = target.begun(points) | {"points": points, "prior": _prior(target, narrow, points)}, 0.0
    while heat < 1:
        step = _step(state["log"], 1 - heat)
        chosen, heat = resampled(_weights(state["log"], step), count, chance), 1.0 if step >= 1 - heat else heat + step
        state = {name: values[chosen] for name, values in state.items()}
        for _ in range(MOVES if heat < 1 else LAST):
            for at, block in enumerate(target.blocks):
                _move(target, narrow, state, at, block, heat, chance)
    return state["points"]


def resampled(weights: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """Which members are drawn: systematic, so that chance adds as little as it can."""
    places = (chance.random() + np.arange(count)) / count
    return np.searchsorted(np.cumsum(weights) / weights.sum(), places).clip(max=len(weights) - 1)


def _weights(log: np.ndarray, step: float) -> np.ndarray:
    return np.exp(step * log - logsumexp(step * log))


def _step(log: np.ndarray, most: float) -> float:
    """By how much more the likelihood may count so that enough of the population stays effective."""
    low, high = 0.0, most
    if _effective(log, most) >= KEEP * len(log):
        return most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _effective(log, middle) >= KEEP * len(log) else (low, middle)
    return low


def _effective(log: np.ndarray, step: float) -> float:
    return 1 / float((_weights(log, step) ** 2).sum())


def _prior(target: Target, narrow: np.ndarray, points: np.ndarray) -> np.ndarray:
    away = points - target.centre
    return -0.5 * ((away @ narrow) * away).sum(axis=1)


def _move(target: Target, narrow: np.ndarray, state: dict[str, np.ndarray], at: int, block: np.ndarray, heat: float, chance) -> None:
    """One block of every member moved by the difference of two others', where the posterior lets it; `state` is changed."""
    count = len(state["points"])
    one, other = chance.integers(0, count, (2, count))
    stride = 1.0 if chance.random() < WHOLE else 2.38 / np.sqrt(2 * len(block)) * chance.uniform(0.5, 1)
    points = state["points"].copy()
    apart = state["points"][np.ix_(one, block)] - state["points"][np.ix_(other, block)]
    points[:, block] += stride * apart + JITTER * chance.standard_normal((count, len(block)))
    new = target.moved(points, at, state) | {"points": points, "prior": _prior(target, narrow, points)}
    gain = heat * (new["log"] - state["log"]) + new["prior"] - state["prior"]
    taken = np.log(chance.random(count)) < gain
    for name, values in new.items():
        state[name][taken] = values[taken]
