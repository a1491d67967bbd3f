"""The next weeks' spend by channel under a budget: the mix whose gain over today's is largest, less what it risks.

A gain is what a mix brings beyond today's mix of the same budget, in every draw. Its mean alone promises too much (the channel
that looks best is partly the luckiest), so its standard deviation is taken off: mean − risk × sd. Today's mix gains 0 for sure, so
the answer is never worse than it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.optimize import minimize_scalar

from planning.model.contribution import strength
from planning.model.response import LAGS, Response, carried, lagged, saturated

GRID = 81
"""Levels of spend at which the gains are known; between them they are straight."""
SWEEPS = 60
"""Rounds of exchange between all pairs at most."""
SHIFT = 0.002
"""The share of the budget that a check of the best mix shifts."""


def spend_levels(most_change: float) -> np.ndarray:
    """The levels of a channel's spend that are tried, as shares of what it spent last; a change of 0 leaves one."""
    return np.linspace(1 - most_change, 1 + most_change, GRID if most_change else 1)


def brought_at(response: Response, last: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """What each channel brings if its last weeks' spend comes again at each level: draws × levels × channels.

    Counts what the spend brings afterwards as well; what earlier spend carries over is not counted.
    """
    nothing, tail = np.zeros_like(last), np.zeros((LAGS - 1, last.shape[1]))
    shape = response.decays, response.delays
    earlier = carried(lagged(np.vstack([nothing, tail]), response.weeks.spend[-LAGS:]), *shape)
    own = carried(lagged(np.vstack([last, tail]), np.zeros((LAGS, last.shape[1]))), *shape)
    half, full = response.halves[:, None, :], strength(response)
    without = saturated(earlier, half).sum(axis=1)
    return np.stack([full * (saturated(earlier + level * own, half).sum(axis=1) - without) for level in levels], axis=1)


def worth(gain: np.ndarray, risk: float) -> float:
    """What a gain that differs by draw is worth: its mean less `risk` standard deviations."""
    return float(gain.mean() - risk * gain.std())


def mix_at(brought: np.ndarray, levels: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """What a mix brings: draws × channels. `mix`: each channel's level."""
    return np.stack([_at(brought[:, :, at], levels, level) for at, level in enumerate(mix)], axis=1)


def _at(brought: np.ndarray, levels: np.ndarray, level: float) -> np.ndarray:
    if len(levels) == 1:
        return brought[:, 0]
    place = np.clip((level - levels[0]) / (levels[1] - levels[0]), 0, len(levels) - 1)
    below = min(int(place), len(levels) - 2)
    return brought[:, below] + (place - below) * (brought[:, below + 1] - brought[:, below])


def best_mix(brought: np.ndarray, levels: np.ndarray, cost: np.ndarray, base: float, risk: float) -> np.ndarray:
    """Each channel's level in the best mix that costs what the base does; `cost`: spend at level 1; `base`: today's mix.

    Money moves between two channels at a time as long as that is worth something, from today's mix and from the mix that is best
    on average. Channels that spent nothing stay at nothing.
    """
    start = np.full(len(cost), float(base))
    if len(levels) == 1:
        return start
    against = mix_at(brought, levels, start).sum(axis=1)
    average = _exchanged(brought, levels, cost, start, 0.0, against)
    ends = [start, *(_exchanged(brought, levels, cost, first, risk, against) for first in ((start, average) if risk else (average,)))]
    return max(ends, key=lambda mix: worth(mix_at(brought, levels, mix).sum(axis=1) - against, risk))


def _exchanged(brought, levels, cost, mix, risk, against) -> np.ndarray:
    pairs = list(combinations(np.flatnonzero(cost > 0), 2))
    reached = worth(mix_at(brought, levels, mix).sum(axis=1) - against, risk)
    for _ in range(SWEEPS):
        before = reached
        for one, other in pairs:
            mix, reached = _exchange(brought, levels, cost, mix, risk, against, one, other, reached)
        if reached - before <= 1e-4 * max(abs(reached), 1e-9):
            break
    return mix


def _exchange(brought, levels, cost, mix, risk, against, one, other, reached) -> tuple[np.ndarray, float]:
    """The mix after the best transfer from one channel to another, and what it is worth; unchanged when none helps."""
    rest = np.delete(mix_at(brought, levels, mix), [one, other], axis=1).sum(axis=1) - against
    low, high = _room(levels, cost, mix, one, other)
    if high - low <= 0:
        return mix, reached

    def shortfall(money: float) -> float:
        moved = _at(brought[:, :, one], levels, mix[one] - money / cost[one])
        return -worth(rest + moved + _at(brought[:, :, other], levels, mix[other] + money / cost[other]), risk)

    found = minimize_scalar(shortfall, bounds=(low, high), method="bounded", options={"xatol": 1e-4 * cost.sum()})
    money = min([found.x, low, high], key=shortfall)
    if -shortfall(money) <= reached:
        return mix, reached
    return shifted(mix, cost, one, other, money), -shortfall(money)


def _room(levels, cost, mix, one, other) -> tuple[float, float]:
    """The least and the most money that can go from one channel to another."""
    low = max((mix[one] - levels[-1]) * cost[one], (levels[0] - mix[other]) * cost[other])
    high = min((mix[one] - levels[0]) * cost[one], (levels[-1] - mix[other]) * cost[other])
    return low, high


def shifted(mix: np.ndarray, cost: np.ndarray, one: int, other: int, money: float) -> np.ndarray:
    """The mix after money went from one channel to another."""
    moved = mix.copy()
    moved[one] -= money / cost[one]
    moved[other] += money / cost[other]
    return moved


def best_shift(brought: np.ndarray, levels: np.ndarray, cost: np.ndarray, base: float, risk: float, mix: np.ndarray) -> float:
    """What the best further small shift between two channels would be worth, per unit of money; 0 or less at the best mix.

    So marginal returns are equal, less their risk, but where a channel is at its bound.
    """
    against = mix_at(brought, levels, np.full(len(cost), float(base))).sum(axis=1)
    here, money = worth(mix_at(brought, levels, mix).sum(axis=1) - against, risk), SHIFT * float(mix @ cost)
    gains = [0.0]
    for one, other in combinations(np.flatnonzero(cost > 0), 2):
        for giver, taker in ((one, other), (other, one)):
            if _room(levels, cost, mix, giver, taker)[1] >= money:
                there = mix_at(brought, levels, shifted(mix, cost, giver, taker, money)).sum(axis=1)
                gains.append((worth(there - against, risk) - here) / money)
    return max(gains)
