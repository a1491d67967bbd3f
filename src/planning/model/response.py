"""What spend in channels brings: weekly sales as a baseline and one concave, lagging response for each channel, with draws.

    sales = baseline + Σ channel: return × spend of all weeks × share of the week, + noise
    share of a week = h / Σ h,  h = x / (x + half),  x = the spend carried over geometrically

The baseline is a level that walks at random, a trend, yearly waves and the conditions; being linear and Gaussian it is integrated
out, not estimated. What is left (each channel's return, carry-over and half-saturation, two sizes of noise) is found at its most
probable place, drawn from a Student t around it and weighted by its posterior. A return is positive by construction.

What experiments measured (lift tests: some weeks' spend of a channel left out or raised somewhere, the rest as it was) is data like the
sales: what the curves say of the same change misses it by the experiment's own error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import norm

LAGS = 26
"""Weeks that spend can work on."""
WAVES = 4
"""Yearly waves of the baseline."""
YEAR = 365.25 / 7
DECAY = (-0.4, 1.0)
"""Carry-over from week to week, as a logit: median .40, two thirds between .20 and .65."""
HALF = (float(np.log(1.5)), 0.9)
"""Half-saturation, as a logarithm of the mean spend of the weeks with spend."""
NOISE, WALK = (float(np.log(0.05)), 1.0), (float(np.log(0.01)), 1.0)
"""Sizes of the weekly noise and of the level's weekly step, as logarithms of mean sales."""
LEVEL_SD, TREND_SD, WAVE_SD, CONDITION_SD = 1.0, 0.5, 0.3, 0.5
"""How far the baseline's parts may reach, in mean sales: the level, the trend over all weeks, a wave, a condition's whole swing."""
FREEDOM = 6
"""Degrees of freedom of the t that draws are made from."""


@dataclass(frozen=True)
class Belief:
    """What is believed of every channel's return before the sales are looked at: its median, the factor within which two thirds of
    channels lie (median ÷ factor to median × factor), and the share of that which a company's channels have in common: what one
    returns tells something of the others."""

    median: float = 1.5
    factor: float = 2.5
    shared: float = 0.5

    def band(self, level: float) -> tuple[float, float]:
        """The band of a return at a nominal level, before the sales are looked at."""
        reach = self.factor ** norm.ppf(0.5 + level / 2)
        return self.median / reach, self.median * reach


@dataclass(frozen=True)
class Lift:
    """A lift test: by how much `sales` were higher with a channel's spend as it was than with `times` of it (0: none) in so many `weeks`
    from week `first` on, counted over them and the LAGS after; `error`: the standard error of that."""

    channel: int
    first: int
    weeks: int
    times: float
    sales: float
    error: float


@dataclass(frozen=True)
class Weeks:
    """Consecutive weeks: sales (T), spend (T × channels), conditions (T × conditions), the number of the first week in time, and what
    experiments in these weeks measured."""

    sales: np.ndarray
    spend: np.ndarray
    conditions: np.ndarray
    first: int = 0
    lifts: tuple[Lift, ...] = ()

    @property
    def count(self) -> int:
        """How many weeks there are."""
        return len(self.sales)

    def until(self, count: int) -> Weeks:
        """The first weeks alone."""
        lifts = tuple(lift for lift in self.lifts if lift.first + lift.weeks <= count)
        return Weeks(self.sales[:count], self.spend[:count], self.conditions[:count], self.first, lifts)


@dataclass(frozen=True)
class Response:
    """Draws from what is possible: returns, decays, halves (draws × channels), noise, walk (draws), with what they were made from.

    `scale`: mean sales, by which noise and walk are measured; `effective`: how many independent draws they are worth;
    `proposed`: of how many.
    """

    weeks: Weeks
    belief: Belief
    returns: np.ndarray
    decays: np.ndarray
    halves: np.ndarray
    noise: np.ndarray
    walk: np.ndarray
    scale: float
    effective: float
    proposed: int

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.noise)


# ------------------------------------------------------------------------------------------- carry-over and saturation


def lagged(spend: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Spend by week, lag and channel; weeks before the first are taken at `before` (lags × channels, the oldest first)."""
    whole = np.concatenate([before, spend])
    views = np.lib.stride_tricks.sliding_window_view(whole, LAGS, axis=0)[len(before) - LAGS + 1 :]
    return views[:, :, ::-1].transpose(0, 2, 1)


def before_first(spend: np.ndarray) -> np.ndarray:
    """What is assumed of the weeks before the first: each channel's mean spend."""
    return np.tile(spend.mean(axis=0), (LAGS, 1))


def carry_weights(decay: np.ndarray) -> np.ndarray:
    """The share of a week's spend that works now, a week later, …: geometric, summing to 1; one more axis than `decay`."""
    powers = decay[..., None] ** np.arange(LAGS)
    return powers / powers.sum(axis=-1, keepdims=True)


def carried(lags: np.ndarray, decay: np.ndarray) -> np.ndarray:
    """Spend as it works in each week (…, weeks, channels) for decays (…, channels)."""
    return np.einsum("tlc,...cl->...tc", lags, carry_weights(decay), optimize=True)


def saturated(working: np.ndarray, half: np.ndarray) -> np.ndarray:
    """How much of its most a channel does at this working spend: concave, one half at `half`."""
    return working / (working + half)


# ------------------------------------------------------------------------------------------------------- the posterior


@dataclass(frozen=True)
class Experiment:
    """A lift test in that shape: of its `channel` the spend by lag in the weeks it moved, as it was and as it was elsewhere (weeks × lags
    each), and what was measured, with its error, over mean sales."""

    channel: int
    kept: np.ndarray
    other: np.ndarray
    sales: float
    error: float


@dataclass(frozen=True)
class Question:
    """The weeks in the shape that the posterior is computed in: sales over their mean, rotated so that the walk is diagonal."""

    sales: np.ndarray
    lags: np.ndarray
    spend: np.ndarray
    size: np.ndarray
    turned: np.ndarray
    roots: np.ndarray
    baseline: np.ndarray
    belief: Belief
    experiments: tuple[Experiment, ...]

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return len(self.size)

    @property
    def centre(self) -> np.ndarray:
        """The prior's middle: log returns, logit decays, log halves, log noise, log walk."""
        each = (np.log(self.belief.median), DECAY[0], HALF[0])
        return np.concatenate([np.repeat(each, self.channels), [NOISE[0], WALK[0]]])

    @property
    def reach(self) -> np.ndarray:
        """A root of the prior's covariance, in the same order: its rows times standard points."""
        root = np.diag(np.concatenate([np.repeat((1.0, DECAY[1], HALF[1]), self.channels), [NOISE[1], WALK[1]]]))
        root[: self.channels, : self.channels] = np.log(self.belief.factor) * _alike(self.channels, self.belief.shared)
        return root


def baseline_columns(weeks: np.ndarray, count: int, conditions: np.ndarray, middle: np.ndarray, swing: np.ndarray) -> np.ndarray:
    """The baseline's columns times how far each may reach: level, trend, yearly waves, conditions.

    `weeks`: numbers of the weeks in time; `count`: weeks of the fit; `middle`, `swing`: each condition's mean and whole reach.
    """
    angle = 2 * np.pi * np.outer(weeks, np.arange(1, WAVES + 1)) / YEAR
    level, trend = np.ones((len(weeks), 1)), ((weeks - weeks[0]) / count)[:, None]
    scaled = (conditions - middle) / np.where(swing > 0, swing, 1.0)
    return np.hstack([LEVEL_SD * level, TREND_SD * trend, WAVE_SD * np.sin(angle), WAVE_SD * np.cos(angle), CONDITION_SD * scaled])


def swings(conditions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each condition's mean and the largest distance from it."""
    middle = conditions.mean(axis=0)
    return middle, np.abs(conditions - middle).max(axis=0, initial=0.0)


def walk_covariance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Covariance of a level that takes a step of size 1 a week, between weeks counted from 1."""
    return np.minimum(one[:, None], other[None, :]).astype(float)


def _pose(weeks: Weeks, belief: Belief) -> Question:
    numbers = weeks.first + np.arange(weeks.count)
    columns = baseline_columns(numbers, weeks.count, weeks.conditions, *swings(weeks.conditions))
    counted = np.arange(1, weeks.count + 1)
    roots, turned = np.linalg.eigh(walk_covariance(counted, counted))
    active = np.array([column[column > 0].mean() for column in weeks.spend.T])
    scale = weeks.sales.mean()
    return Question(
        turned.T @ (weeks.sales / scale - 1), lagged(weeks.spend, before_first(weeks.spend)) / active, weeks.spend.sum(axis=0) / scale,
        active, turned, roots, turned.T @ columns, belief, tuple(_experiment(lift, weeks.spend, active, scale) for lift in weeks.lifts),
    )  # fmt: skip


def _experiment(lift: Lift, spend: np.ndarray, active: np.ndarray, scale: float) -> Experiment:
    """Spend after the last week is taken to be none: what counts is the change."""
    at, over = lift.channel, slice(lift.first, lift.first + lift.weeks)
    kept = np.append(spend[:, at], np.zeros(LAGS))[:, None]
    other, before = kept.copy(), before_first(spend[:, [at]])
    other[over] *= lift.times
    moved = slice(lift.first, lift.first + lift.weeks + LAGS - 1)
    arms = (lagged(arm, before)[moved, :, 0] / active[at] for arm in (kept, other))
    return Experiment(at, *arms, lift.sales / scale, lift.error / scale)


def _alike(count: int, shared: float) -> np.ndarray:
    """A root of the correlations of `count` numbers of whose variance this share is one and the same."""
    return np.linalg.cholesky(np.full((count, count), shared) + (1 - shared) * np.eye(count)) if count else np.empty((0, 0))


def _parts(points: np.ndarray, question: Question) -> tuple[np.ndarray, ...]:
    """Returns, decays, halves (in mean active spend), noise and walk of standard points (…, parameters)."""
    raw, c = question.centre + points @ question.reach.T, question.channels
    decay = 1 / (1 + np.exp(-raw[..., c : 2 * c]))
    return np.exp(raw[..., :c]), decay, np.exp(raw[..., 2 * c : 3 * c]), np.exp(raw[..., -2]), np.exp(raw[..., -1])


def _log_posterior(points: np.ndarray, question: Question) -> np.ndarray:
    """The logarithm of the posterior at many standard points, up to a constant."""
    returns, decay, half, noise, walk = _parts(points, question)
    if question.channels:
        done = saturated(carried(question.lags, decay), half[:, None, :])
        told = np.einsum("ntc,nc->nt", done, returns * question.spend / done.sum(axis=1))
    else:
        told = np.zeros((len(points), len(question.sales)))
    left = question.sales - told @ question.turned
    spread = noise[:, None] ** 2 + walk[:, None] ** 2 * question.roots
    weighed = left / spread
    inner = np.eye(question.baseline.shape[1]) + np.einsum("ta,nt,tb->nab", question.baseline, 1 / spread, question.baseline, optimize=True)
    side = weighed @ question.baseline
    fitted = np.einsum("na,na->n", side, np.linalg.solve(inner, side[..., None])[..., 0])
    size = np.log(spread).sum(axis=1) + np.linalg.slogdet(inner)[1]
    tested = sum((_tested(one, returns * question.spend / done.sum(axis=1), decay, half) ** 2 for one in question.experiments), 0.0)
    return -0.5 * ((left * weighed).sum(axis=1) - fitted + size + (points**2).sum(axis=1) + tested)


def _tested(experiment: Experiment, full: np.ndarray, decay: np.ndarray, half: np.ndarray) -> np.ndarray:
    """By how many of its errors what the curves say misses a lift test, for many points; `full`: what channels bring saturated."""
    at = experiment.channel
    weights = carry_weights(decay[:, at])
    kept, other = (saturated(weights @ arm.T, half[:, [at]]).sum(axis=1) for arm in (experiment.kept, experiment.other))
    return (full[:, at] * (kept - other) - experiment.sales) / experiment.error


def _slopes(question: Question, returns, decay, half) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the channels bring by week, and how it moves with logit decay and log half (weeks × channels each)."""
    lag = np.arange(LAGS)
    weights = carry_weights(decay)
    bend = weights * (lag - (weights * lag).sum(axis=1, keepdims=True)) * (1 - decay)[:, None]
    working = np.einsum("tlc,cl->tc", question.lags, weights)
    done, flat = saturated(working, half), half / (working + half) ** 2
    total, size = done.sum(axis=0), returns * question.spend
    moves = (flat * np.einsum("tlc,cl->tc", question.lags, bend), -flat * working)
    return size * done / total, *(size * (move / total - done * move.sum(axis=0) / total**2) for move in moves)


def _steepness(point: np.ndarray, question: Question) -> tuple[float, np.ndarray]:
    """Minus the log posterior at one standard point, and its gradient."""
    returns, decay, half, noise, walk = _parts(point, question)
    told, by_decay, by_half = _slopes(question, returns, decay, half)
    left = question.sales - question.turned.T @ told.sum(axis=1)
    spread = noise**2 + walk**2 * question.roots
    thin = question.baseline / spread[:, None]
    inner = np.eye(question.baseline.shape[1]) + question.baseline.T @ thin
    inverse = np.linalg.inv(inner)
    pull = left / spread - thin @ (inverse @ (thin.T @ left))
    own = 1 / spread - np.einsum("ta,ab,tb->t", thin, inverse, thin, optimize=True)
    back = question.turned @ pull
    by_noise, by_walk = noise**2 * (pull @ pull - own.sum()), walk**2 * (question.roots @ (pull**2 - own))
    slope = np.concatenate([back @ told, back @ by_decay, back @ by_half, [by_noise, by_walk]]) @ question.reach
    value = -0.5 * (left @ pull + np.log(spread).sum() + np.linalg.slogdet(inner)[1] + point @ point)
    for one in question.experiments:
        miss, bend = _lift_slopes(one, question, returns, decay, half)
        value, slope = value - 0.5 * miss**2, slope - miss * bend @ question.reach
    return -value, point - slope


def _lift_slopes(experiment: Experiment, question: Question, returns, decay, half) -> tuple[float, np.ndarray]:
    """By how many of its errors a lift test is missed, and how that moves with every parameter."""
    at, c = experiment.channel, question.channels
    whole, kept, other = (_moved(lags, decay[at], half[at]) for lags in (question.lags[:, :, at], experiment.kept, experiment.other))
    size, total = returns[at] * question.spend[at] / experiment.error, whole[0]
    apart = kept - other
    slope = np.zeros(len(question.centre))
    slope[[at, c + at, 2 * c + at]] = size * np.array([apart[0], *(apart[1:] - apart[0] * whole[1:] / total)]) / total
    return size * apart[0] / total - experiment.sales / experiment.error, slope


def _moved(lags: np.ndarray, decay: float, half: float) -> np.ndarray:
    """The sum of a channel's saturation over weeks (× lags), and how it moves with logit decay and log half."""
    weights = carry_weights(np.array(decay))
    bend = weights * (np.arange(LAGS) - weights @ np.arange(LAGS)) * (1 - decay)
    working = lags @ weights
    flat = half / (working + half) ** 2
    return np.array([saturated(working, half).sum(), flat @ (lags @ bend), -flat @ working])


# ------------------------------------------------------------------------------------------------------------ the draws


def fit_response(weeks: Weeks, belief: Belief, draws: int, seed: int, proposals: int = 4000, rounds: int = 4) -> Response:
    """The response of sales to the channels' spend: `draws` draws, made the same by the same seed.

    Draws come from a t around the most probable place, are weighted by the posterior, and the t is fitted again to them until
    it is near enough (at most `rounds` times).
    """
    question, chance = _pose(weeks, belief), np.random.default_rng(seed)
    centre, spread = _most_probable(question, chance)
    for _ in range(rounds):
        points, weights = _weighed(question, centre, spread, proposals, chance)
        effective = 1 / (weights**2).sum()
        if effective > proposals / 5:
            break
        kept = _tempered(weights, proposals / 10)
        centre = kept @ points
        spread = (points - centre).T @ ((points - centre) * kept[:, None]) + 1e-6 * np.eye(len(centre))
    chosen = points[_resample(weights, draws, chance)]
    returns, decay, half, noise, walk = _parts(chosen, question)
    return Response(weeks, belief, returns, decay, half * question.size, noise, walk, weeks.sales.mean(), float(effective), proposals)


def _most_probable(question: Question, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The most probable place of three searches, and the covariance that the curvature there says."""
    length = len(question.centre)
    starts = [np.zeros(length), *chance.normal(scale=0.7, size=(2, length))]
    found = [minimize(_steepness, start, (question,), "L-BFGS-B", jac=True, options={"maxiter": 300}) for start in starts]
    best = min(found, key=lambda each: each.fun).x
    return best, _curvature(question, best)


def _curvature(question: Question, place: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """The inverse of the posterior's curvature at a place, held positive."""
    moves = step * np.eye(len(place))
    bends = np.array([_steepness(place + move, question)[1] - _steepness(place - move, question)[1] for move in moves]) / (2 * step)
    values, vectors = np.linalg.eigh((bends + bends.T) / 2)
    return (vectors / np.clip(values, 0.5, None)) @ vectors.T


def _weighed(question: Question, centre, spread, count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points of a t, and their weights under the posterior (summing to 1)."""
    length, root = len(centre), np.linalg.cholesky(spread)
    normal = chance.standard_normal((count, length))
    heavy = np.sqrt(FREEDOM / chance.chisquare(FREEDOM, count))[:, None]
    points = centre + heavy * normal @ root.T
    inside = (heavy * normal) ** 2
    proposed = -0.5 * (FREEDOM + length) * np.log1p(inside.sum(axis=1) / FREEDOM)
    logs = np.concatenate([_log_posterior(part, question) for part in np.array_split(points, max(1, count // 500))]) - proposed
    return points, np.exp(logs - logsumexp(logs))


def _tempered(weights: np.ndarray, least: float) -> np.ndarray:
    """Weights flattened as little as leaves `least` of them effective."""
    for power in np.linspace(1, 0, 21):
        flat = weights**power / (weights**power).sum()
        if 1 / (flat**2).sum() >= least:
            return flat
    return flat


def _resample(weights: np.ndarray, draws: int, chance: np.random.Generator) -> np.ndarray:
    """Which points are drawn: systematic, so that chance adds as little as it can."""
    places = (chance.random() + np.arange(draws)) / draws
    return np.searchsorted(np.cumsum(weights) / weights.sum(), places).clip(max=len(weights) - 1)
