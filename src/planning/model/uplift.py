"""What an offer does to the odds of leaving, from an experiment in which chance said who got it.

The effect is a shift of the log-odds, and a slope: those likelier to leave may be moved more, or less. A prior keeps both small where the
experiment says little. Beside it stands the mean effect by the doubly robust estimator, which needs no such model to be right.
Sources: Robins, Rotnitzky and Zhao (1994) for the latter; Gutierrez and Gérardy (2017) for uplift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from planning.core.errors import Problem, RequestError
from planning.model.churn import probability_of

PRIOR = np.array([1.0, 0.5, 1.0, 0.1])
"""Standard deviations before anything is known: of level and slope of the odds without an offer (about 0 and 1), of shift and slope of
the effect (about 0)."""
LEAST = 50
"""Fewer in either group are too few to read an effect from."""


@dataclass(frozen=True)
class Uplift:
    """An effect in log-odds: `values` (level, slope, shift, lean), their `spread` (covariance), `middle`: the score they are counted from.

    `mean`, `error`: the share kept by the offer among those of the experiment, doubly robust, and its standard error; `groups`: how many
    had the offer and how many didn't, `left`: how many of each left.
    """

    values: np.ndarray
    spread: np.ndarray
    middle: float
    mean: float
    error: float
    groups: tuple[int, int]
    left: tuple[int, int]

    def odds(self, score: np.ndarray, values: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The odds of leaving without and with the offer, by score (log-odds without one)."""
        level, slope, shift, lean = self.values if values is None else values
        without = level + slope * (score - self.middle) + self.middle
        return probability_of(without), probability_of(without + shift + lean * (score - self.middle))

    def saved(self, score: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
        """By how much the offer lowers each one's odds of leaving; below 0 where it drives away."""
        without, offered = self.odds(score, values)
        return without - offered

    def tells(self, level: float = 0.8) -> bool:
        """Whether the experiment tells an effect: 0 lies outside the band of the mean. Where it doesn't, its sign may be luck."""
        return abs(self.mean) > norm.ppf((1 + level) / 2) * self.error

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """Values as unsure as they are, a row a draw."""
        return rng.multivariate_normal(self.values, self.spread, draws)


@dataclass(frozen=True)
class AssumedOffer:
    """An offer that is assumed to keep `save_rate` of all who would leave, where no experiment tells what it does."""

    save_rate: float

    def odds(self, score: np.ndarray, values: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The odds of leaving without and with the offer, by score (log-odds without one); `values`: another share kept."""
        without = probability_of(score)
        return without, without * (1 - (self.save_rate if values is None else values))

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """The share kept in each draw: always the same, since nothing tells how unsure it is."""
        return np.full(draws, self.save_rate)


def fit_uplift(score: np.ndarray, offered: np.ndarray, left: np.ndarray) -> Uplift:
    """The effect from an experiment: `score` the log-odds of leaving without an offer, as told before it; `offered` who got one by
    chance; `left` who left.

    RequestError where a group is too small, or all or nobody left.
    """
    _check_groups(offered, left)
    middle = float(score.mean())
    off = score - middle
    design = np.column_stack([np.ones(len(score)), off, offered, offered * off])
    start = np.array([0.0, 1.0, 0.0, 0.0])
    values, tight = start.copy(), np.diag(1 / PRIOR**2)
    for _ in range(50):
        rate = probability_of(design @ values + middle)
        curvature = design.T @ (design * (rate * (1 - rate))[:, None]) + tight
        step = np.linalg.solve(curvature, design.T @ (left - rate) - tight @ (values - start))
        values = values + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    fitted = Uplift(values, np.linalg.inv(curvature), middle, 0.0, 0.0, _counts(offered), _counts(offered, left))
    mean, error = doubly_robust(*fitted.odds(score), offered, left)
    return Uplift(values, fitted.spread, middle, mean, error, fitted.groups, fitted.left)


def _counts(offered: np.ndarray, of: np.ndarray | None = None) -> tuple[int, int]:
    chosen = np.ones(len(offered), dtype=bool) if of is None else of
    return int((offered & chosen).sum()), int((~offered & chosen).sum())


def _check_groups(offered: np.ndarray, left: np.ndarray) -> None:
    groups, gone = _counts(offered), int(left.sum())
    problems = []
    if min(groups) < LEAST:
        problems.append(Problem("too small an experiment", "offers", f"{groups[0]} with and {groups[1]} without", f"at least {LEAST} each"))
    elif gone in (0, len(left)):
        some = "some who left and some who stayed"
        problems.append(Problem("an experiment without an outcome", "offers", f"{gone} of {len(left)} left", some))
    if problems:
        raise RequestError("experiment", problems)


def doubly_robust(without: np.ndarray, offered_odds: np.ndarray, offered: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    """The mean share kept by an offer given by chance, and its standard error; right where either the odds or the shares are.

    Example: odds .5 for all in both groups, 2 of 10 with the offer and 6 of 10 without it left: .6 − .2 = .4.
    """
    share = offered.mean()
    with_it = offered_odds + offered * (left - offered_odds) / share
    alone = without + ~offered * (left - without) / (1 - share)
    each = alone - with_it
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def group_size(rate: float, kept: float, level: float = 0.95, power: float = 0.8) -> int:
    """How many each group of an experiment needs to tell, with this power, that an offer keeps `kept` of those who leave at `rate`.

    Two-sided, of the difference of two shares (Fleiss 1981). Example: 20 % leave and 30 % of them are kept: 615.
    """
    if not 0 < rate < 1 or not 0 < kept <= 1:
        got = f"rate {rate:g}, kept {kept:g}"
        raise RequestError("experiment", [Problem("no experiment can be designed", "group_size", got, "both above 0, the rate below 1")])
    other = rate * (1 - kept)
    mean = (rate + other) / 2
    sure, seen = norm.ppf((1 + level) / 2), norm.ppf(power)
    spread = sure * np.sqrt(2 * mean * (1 - mean)) + seen * np.sqrt(rate * (1 - rate) + other * (1 - other))
    return int(np.ceil((spread / (rate - other)) ** 2))
