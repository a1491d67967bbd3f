"""The recipes by name: which methods a forecast is the mean of, and how much the networks weigh beside them.

Combining is the largest gain there is, and weights learnt by feature or by backtest were no nearer than plain ones on held-out series.
Methods and weights were chosen on series of M3 that forecast_sample doesn't hold and on retail turnover (`benchmarks/recipes.py`),
never on those of forecast_sample. Source: Clemen (1989); Makridakis and others (2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planning.core.errors import Problem, did_you_mean
from planning.model.history import is_whole
from planning.model.methods import ces, ets, optimized_theta, prophet, seasonal_naive, theta

Method = Callable[[np.ndarray, int, int], np.ndarray]

RICH = 30
"""Series from which on a panel teaches networks of its own."""
BESIDE = 200
"""Series that teach as much of a panel's kind as the made-up ones."""


@dataclass(frozen=True)
class Recipe:
    """`alone`: methods that see one series, equal weights among them. `networks`: whether networks stand beside them. `as_it_is`: every
    series is taken as it is but for its gaps: no one-off set aside, no effect, no other method for any kind."""

    alone: dict[str, Method]
    networks: bool = False
    as_it_is: bool = False

    def weights(self, series: int) -> tuple[float, float, float]:
        """The weights of the methods' mean, of the networks taught on made-up series and of those taught on a panel of so many series.

        A panel of BESIDE series knows half of what there is to know of its kind. So much of the networks' weight is its own; and
        networks weigh as much as the methods where no panel taught them, and up to twice as much the more it knows.
        """
        if not self.networks:
            return 1.0, 0.0, 0.0
        known = series / (series + BESIDE) if series >= RICH else 0.0
        both = (1 + known) / (2 + known)
        return 1 - both, both * (1 - known), both * known


RECIPES = {
    "fast": Recipe({"ces": ces}, networks=True),
    "standard": Recipe({"ces": ces, "theta": theta}, networks=True),
    "accurate": Recipe({"ces": ces, "theta": theta, "optimized_theta": optimized_theta, "ets": ets}, networks=True),
    "prophet": Recipe({"prophet": prophet}),
    "seasonal_naive": Recipe({"seasonal_naive": seasonal_naive}, as_it_is=True),
}


def request_problems(method: str, workers: int) -> list[Problem]:
    """What is wrong with the method or the number of workers."""
    problems = []
    if not isinstance(method, str) or method not in RECIPES:
        problems.append(Problem("unknown method", "method", repr(method), next=did_you_mean(str(method), RECIPES)))
    if not is_whole(workers) or workers < 1:
        problems.append(Problem("wrong number of processes", "workers", repr(workers), "a whole number from 1"))
    return problems
