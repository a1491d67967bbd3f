"""What spend in channels brings: weekly sales as a baseline and one concave, lagging response for each channel, with draws.

    sales = baseline + Σ channel: return × spend of all weeks × share of the week, + noise
    share of a week = h / Σ h,  h = x / (x + half),  x = the spend carried over: to work at once or late, then fading geometrically

The baseline is a level that walks at random, a trend, yearly waves and the conditions; being linear and Gaussian it is integrated
out, not estimated. What is left (each channel's return, carry-over, delay and half-saturation; how large noise and steps are, and how
lasting noise is) is drawn by `model.tempered`: what comes late and what fades slowly look alike, so there may be several hills. A return
is positive by construction.

What experiments measured (lift tests: some weeks' spend of a channel left out or raised somewhere, the rest as it was) is data like the
sales: what the curves say of the same change misses it by the experiment's own error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from planning.model.tempered import draw_tempered, resampled

LAGS = 26
"""Weeks that spend can work on."""
WAVES = 4
"""Yearly waves of the baseline."""
YEAR = 365.25 / 7
DECAY = (-0.4, 1.0)
"""Carry-over from week to week, as a logit: median .40, two thirds between .20 and .65."""
DELAY = (-1.0, 2.0)
"""Weeks after the spend in which it works most; below 0 it works at once and only fades."""
RISE = 2.0
"""How fast what comes late begins: a week earlier it is a factor of e to this less."""
HALF = (float(np.log(1.5)), 0.9)
"""Half-saturation, as a logarithm of the mean spend of the weeks with spend."""
NOISE, WALK = (float(np.log(0.05)), 1.0), (float(np.log(0.01)), 1.0)
"""Sizes of the weekly noise and of the level's weekly step, as logarithms of mean sales."""
LASTING = (-0.8, 1.0)
"""The noise's correlation from week to week, as a logit: median .31, two thirds between .14 and .55."""
LEVEL_SD, TREND_SD, WAVE_SD, CONDITION_SD = 1.0, 0.5, 0.3, 0.5
"""How far the baseline's parts may reach, in mean sales: the level, the trend over all weeks, a wave, a condition's whole swing."""
POPULATIONS, LEAST_DRAWS = 2, 200
"""Populations that draws are made in, to see whether they agree, and the fewest in each."""


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
    """Draws from what is possible: returns, decays, delays, halves (draws × channels), lasting, noise, walk (draws), with what they were
    made from.

    `scale`: mean sales, by which noise and walk are measured; `effective`: how many independent draws they are worth.
    """

    weeks: Weeks
    belief: Belief
    returns: np.ndarray
    decays: np.ndarray
    delays: np.ndarray
    halves: np.ndarray
    lasting: np.ndarray
    noise: np.ndarray
    walk: np.ndarray
    scale: float
    effective: float

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


def carry_weights(decay: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """The share of a week's spend that works now, a week later, …, summing to 1; one more axis than `decay`.

    1 / (decay^(delay − lag) + e^(RISE (delay − lag))): rising to about the delay, then fading geometrically; far below 0 geometric.
    """
    late, fading = np.arange(LAGS) - delay[..., None], -np.log(decay)[..., None]
    logs = -np.logaddexp(late * fading, -late * RISE)
    powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def carried(lags: np.ndarray, decay: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """Spend as it works in each week (…, weeks, channels) for decays and delays (…, channels)."""
    return np.einsum("tlc,...cl->...tc", lags, carry_weights(decay, delay), optimize=True)


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
        """The prior's middle: log returns, logit decays, log halves, delays, logit lasting, log noise, log walk."""
        each = (np.log(self.belief.median), DECAY[0], HALF[0], DELAY[0])
        return np.concatenate([np.repeat(each, self.channels), [LASTING[0], NOISE[0], WALK[0]]])

    @property
    def reach(self) -> np.ndarray:
        """A root of the prior's covariance, in the same order: its rows times standard points."""
        root = np.diag(np.concatenate([np.repeat((1.0, DECAY[1], HALF[1], DELAY[1]), self.channels), [LASTING[1], NOISE[1], WALK[1]]]))
        root[: self.channels, : self.channels] = np.log(self.belief.factor) * _alike(self.channels, self.belief.shared)
        return root

    @property
    def blocks(self) -> list[np.ndarray]:
        """Which numbers move together: each channel's, then those of noise and walk."""
        return [at + self.channels * np.arange(4) for at in range(self.channels)] + [4 * self.channels + np.arange(3)]

    def begun(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """What is told of many points, as `moved` needs it: of each channel what it brings by week and by how much it misses lift tests."""
        state = {"tested": np.zeros(len(points)), "left": np.tile(self.sales, (len(points), 1))}
        for at in range(self.channels):
            told, tested = self._channel(points, at)
            state |= {f"told {at}": told, f"tested {at}": tested, "left": state["left"] - told, "tested": state["tested"] + tested}
        return state | self.moved(points, self.channels, state)

    def moved(self, points: np.ndarray, at: int, state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What changes where the numbers of one block are these; `log` is the logarithm of the likelihood, up to a constant."""
        if at == self.channels:
            new = self._noise(points)
        else:
            told, tested = self._channel(points, at)
            left, misses = state["left"] + state[f"told {at}"] - told, state["tested"] - state[f"tested {at}"] + tested
            new = {f"told {at}": told, f"tested {at}": tested, "left": left, "tested": misses}
        return new | {"log": self._log(state | new)}

    def _channel(self, points: np.ndarray, at: int) -> tuple[np.ndarray, np.ndarray]:
        """What a channel brings by week, rotated, and the squares of the errors by which it misses its lift tests."""
        returns, decay, half, delay = points[:, self.blocks[at]].T
        weights, half = carry_weights(expit(decay), delay), np.exp(half)[:, None]
        done = saturated(weights @ self.lags[:, :, at].T, half)
        full = np.exp(returns) * self.spend[at] / done.sum(axis=1)
        tested = np.zeros(len(points))
        for one in self.experiments:
            if one.channel == at:
                kept, other = (saturated(weights @ arm.T, half).sum(axis=1) for arm in (one.kept, one.other))
                tested += ((full * (kept - other) - one.sales) / one.error) ** 2
        return (full[:, None] * done) @ self.turned, tested

    def _noise(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """In the walk's own directions, which are waves of a known length, lasting noise is as good as diagonal too."""
        lasting, noise, walk = expit(points[:, -3, None]), np.exp(points[:, -2, None]), np.exp(points[:, -1, None])
        spread = noise**2 * (1 - lasting**2) / ((1 - lasting) ** 2 + lasting / self.roots) + walk**2 * self.roots
        thin = np.einsum("ta,nt,tb->nab", self.baseline, 1 / spread, self.baseline, optimize=True)
        inner = np.eye(self.baseline.shape[1]) + thin
        return {"spread": spread, "inverse": np.linalg.inv(inner), "size": np.log(spread).sum(axis=1) + np.linalg.slogdet(inner)[1]}

    def _log(self, state: dict[str, np.ndarray]) -> np.ndarray:
        weighed = state["left"] / state["spread"]
        side = weighed @ self.baseline
        fitted = np.einsum("na,nab,nb->n", side, state["inverse"], side, optimize=True)
        return -0.5 * ((state["left"] * weighed).sum(axis=1) - fitted + state["size"] + state["tested"])


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


# ------------------------------------------------------------------------------------------------------------ the draws


def fit_response(weeks: Weeks, belief: Belief, draws: int, seed: int) -> Response:
    """The response of sales to the channels' spend: `draws` draws, made the same by the same seed.

    They come from POPULATIONS populations that don't know of each other; how far their means lie apart says what they are worth.
    """
    question, chance = _pose(weeks, belief), np.random.default_rng(seed)
    each = max(LEAST_DRAWS, -(-draws // POPULATIONS))
    made = np.array([draw_tempered(question, each, chance) for _ in range(POPULATIONS)])
    apart = made.mean(axis=1).var(axis=0, ddof=1) / POPULATIONS
    worth = 1 / (apart / made.var(axis=1).mean(axis=0)).mean()
    points = made.reshape(-1, made.shape[2])[resampled(np.ones(POPULATIONS * each), draws, chance)]
    c = question.channels
    returns, decay, half, delay = (points[:, at * c : (at + 1) * c] for at in range(4))
    lasting, noise, walk = expit(points[:, -3]), np.exp(points[:, -2]), np.exp(points[:, -1])
    drawn = (np.exp(returns), expit(decay), delay, np.exp(half) * question.size, lasting, noise, walk)
    return Response(weeks, belief, *drawn, weeks.sales.mean(), float(min(worth, draws)))
