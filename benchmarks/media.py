"""Made-up companies whose channels' returns are known, that depart from the model of `planning.model.response` as companies may.

`plain`: spend works on geometrically and saturates (Hill, of any steepness), sales have a trend, yearly waves, a promotion and noise.
`bent`: the effect of two channels comes late, two saturate as tanh does, the level walks at random and spend follows it, noise lasts.
What a channel returns differs between companies (by a factor of 2 either way for two thirds of them) and between channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.model.response import Weeks

WEEKS, AHEAD, LAGS, YEAR = 156, 13, 13, 52.18
KINDS = ("plain", "bent")
SALES = 1000.0


@dataclass(frozen=True)
class Media:
    """`weeks` as the model takes them; `returns`: sales per unit spent over all weeks; `lags`: weights by weeks since the spend (lags ×
    channels); `sizes`: working spend by which saturation is measured; `steep`: of Hill's curve, missing where it is tanh; `scale`."""

    weeks: Weeks
    lags: np.ndarray
    sizes: np.ndarray
    steep: np.ndarray
    scale: np.ndarray

    @property
    def returns(self) -> np.ndarray:
        """Sales brought per unit of money spent."""
        return self.brought(self.weeks.spend).sum(axis=0) / self.weeks.spend.sum(axis=0)

    def brought(self, spend: np.ndarray) -> np.ndarray:
        """The sales that this spend brings, weeks × channels, nothing spent before it."""
        return self.scale * _done(_working(spend, self.lags) / self.sizes, self.steep)

    def brought_next(self, ahead: np.ndarray) -> np.ndarray:
        """What the next weeks' spend brings in them and after them, by channel, beside what was spent before."""
        known, tail = self.weeks.spend, np.zeros((LAGS, self.weeks.spend.shape[1]))
        both, before = (self.brought(np.vstack([known, part, tail])) for part in (ahead, np.zeros_like(ahead)))
        return (both - before)[len(known) :].sum(axis=0)


def build(kind: str, seed: int, channels: int = 5, weeks: int = WEEKS) -> Media:
    """A company of a kind; the same by the same seed."""
    dice, bent = np.random.default_rng([seed, KINDS.index(kind)]), kind == "bent"
    level = SALES * (1 + np.cumsum(dice.normal(0, 0.012 if bent else 0.0, weeks)) + dice.uniform(-0.1, 0.3) * np.arange(weeks) / weeks)
    at, turn = np.arange(weeks), dice.uniform(0, 2 * np.pi, 2)
    season = SALES * (dice.uniform(0.03, 0.15) * np.sin(2 * np.pi * at / YEAR + turn[0]) + 0.03 * np.sin(4 * np.pi * at / YEAR + turn[1]))
    spend = _spend(level / SALES if bent else np.ones(weeks), season / SALES, channels, dice)
    late = np.arange(channels) < (2 if bent else 0)
    lags = np.stack([_lags(dice.uniform(0.1, 0.75), dice.uniform(1, 4) if each else 0.0) for each in late], axis=1)
    steep = np.where(np.arange(channels) >= channels - (2 if bent else 0), np.nan, dice.uniform(0.8, 1.6, channels))
    sizes = _working(spend, lags).mean(axis=0) * np.exp(dice.normal(np.log(1.5), 0.5, channels))
    wanted = np.exp(dice.normal(np.log(1.5), np.log(2)) + dice.normal(0, 0.5, channels))
    bare = Media(Weeks(at, spend, np.zeros((weeks, 0))), lags, sizes, steep, np.ones(channels))
    media = Media(bare.weeks, lags, sizes, steep, wanted / bare.returns)
    promotion = (dice.random(weeks) < 0.15).astype(float)
    sales = level + season + 60 * dice.uniform(0, 2) * promotion + media.brought(spend).sum(axis=1) + _noise(weeks, bent, dice)
    return Media(Weeks(sales, spend, promotion[:, None]), lags, sizes, steep, media.scale)


def lift_test(media: Media, channel: int, dice: np.random.Generator, weeks: int = 8, error: float = 0.25) -> tuple[int, int, float, float]:
    """An experiment in the last year, while the channel was on: without its spend in `weeks` from `first`, the sales that were lost as
    measured, and the standard error: first, weeks, lift, error."""
    starts = np.arange(len(media.weeks.sales) - 52, len(media.weeks.sales) - 2 * weeks)
    spent = [(media.weeks.spend[at : at + weeks, channel] > 0).mean() for at in starts]
    first = int(dice.choice(starts[np.array(spent) >= min(0.5, max(spent))]))
    without = media.weeks.spend.copy()
    without[first : first + weeks, channel] = 0.0
    lost = (media.brought(media.weeks.spend) - media.brought(without))[:, channel].sum()
    return first, weeks, float(lost * (1 + error * dice.normal())), float(error * lost)


def _spend(level: np.ndarray, season: np.ndarray, channels: int, dice: np.random.Generator) -> np.ndarray:
    """Spend by week: plans that follow level and season a little, in flights or always on, of very different size."""
    size = SALES * dice.uniform(0.05, 0.25) * dice.dirichlet(np.full(channels, 1.5))
    follows = (level + dice.uniform(0, 3) * season).clip(0.2)[:, None] ** dice.uniform(0, 2, channels)
    wild = np.exp(dice.normal(0, dice.uniform(0.2, 0.7, channels), (len(level), channels)))
    on = np.where(dice.random(channels) < 0.4, _flights(len(level), channels, dice), 1.0)
    made = follows * wild * on
    return made / made.mean(axis=0) * np.maximum(size, SALES * 0.003)


def _flights(weeks: int, channels: int, dice: np.random.Generator) -> np.ndarray:
    on = dice.random((weeks // 4 + 1, channels)) < 0.55
    on[0] = True
    return np.repeat(on, 4, axis=0)[:weeks].astype(float)


def _lags(decay: float, delay: float) -> np.ndarray:
    weights = decay ** ((np.arange(LAGS) - delay) ** 2 if delay else np.arange(LAGS))
    return weights / weights.sum()


def _working(spend: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Spend as it works in each week; before the first, each channel's mean was spent."""
    whole = np.vstack([np.tile(spend.mean(axis=0), (LAGS - 1, 1)), spend])
    return np.stack([np.convolve(whole[:, at], lags[:, at], mode="valid") for at in range(spend.shape[1])], axis=1)


def _done(relative: np.ndarray, steep: np.ndarray) -> np.ndarray:
    power = np.where(np.isnan(steep), 1.0, steep)
    return np.where(np.isnan(steep), np.tanh(relative), relative**power / (1 + relative**power))


def _noise(weeks: int, bent: bool, dice: np.random.Generator) -> np.ndarray:
    noise, keep = dice.normal(0, SALES * dice.uniform(0.02, 0.05), weeks), dice.uniform(0.2, 0.6) if bent else 0.0
    for week in range(1, weeks):
        noise[week] = keep * noise[week - 1] + np.sqrt(1 - keep**2) * noise[week]
    return noise
