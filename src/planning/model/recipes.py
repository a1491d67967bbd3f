"""The recipes by name: which methods a forecast is the mean of, and how much the networks weigh beside them.

The weights are equal thirds and were learnt from nobody's data: combining is the largest gain there is, and weights learnt
by feature or by backtest were no nearer than equal ones on held-out series. Source: Clemen (1989); Makridakis and others (2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planning.core.errors import Problem, did_you_mean
from planning.model.history import is_whole
from planning.model.methods import arima, ces, ets, optimized_theta, prophet, seasonal_naive, theta

Method = Callable[[np.ndarray, int, int], np.ndarray]

THIRDS = 2 / 3
"""A third each: the methods that see one series, the networks of made-up series, those of the panel."""
RICH = 30
"""Series from which on a panel teaches networks of its own."""


@dataclass(frozen=True)
class Recipe:
    """`alone`: methods that see one series, equal weights among them. `networks`: how much the networks weigh together; `times`: how
    many of each view a panel teaches. `as_it_is`: every series is taken as it is but for its gaps: no one-off set aside, no effect, no
    other method for any kind."""

    alone: dict[str, Method]
    networks: float = 0.0
    times: int = 1
    as_it_is: bool = False

    def weights(self, series: int) -> tuple[float, float, float]:
        """The weights of the methods' mean, of the networks taught on made-up series and of those taught on a panel of so many series.

        The panel's share grows with the number of its series: half of the networks' weight from ten times RICH on.
        """
        own = self.networks / 2 * min(1.0, series / (10 * RICH)) if series >= RICH else 0.0
        return 1 - self.networks, self.networks - own, own


RECIPES = {
    "fast": Recipe({"ces": ces, "theta": theta}, THIRDS),
    "standard": Recipe({"ces": ces, "theta": theta, "optimized_theta": optimized_theta}, THIRDS, 2),
    "accurate": Recipe({"ces": ces, "theta": theta, "optimized_theta": optimized_theta, "ets": ets, "arima": arima}, THIRDS, 3),
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
