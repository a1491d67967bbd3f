"""The response tried: weeks that were held out, and worlds with returns that were planted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from planning.model.contribution import (
    YEAR_WEEKS,
    baseline_ahead,
    channel_sales_ahead,
    conditions_ahead,
    contributions,
    fitted_baseline,
    returns_over,
    thinned,
)
from planning.model.response import LAGS, Belief, Lift, Response, Weeks, before_first, carried, fit_response, lagged
from planning.model.spend_plan import best_mix, brought_at, mix_at, spend_levels

PATHS = 250
"""Paths of the weeks to come."""
BLOCK = 8
"""Weeks of noise that a planted world takes together, so that noise stays as lasting as it was."""
DECAYS, DELAYS, SIZES = (0.05, 0.7), (-3.0, 3.0), (0.7, 3.0)
"""Between which the carry-over and delay of planted channels lie, and the size of their saturation in mean working spend."""
HELD_COLUMNS = ["origin", "week", "actual", "ours", "lower", "upper", "without", "naive"]
KEPT = 500
"""Draws that are kept of each fit to a planted world."""


def sales_ahead(response: Response, spend: np.ndarray, chance: np.random.Generator, paths: int = PATHS) -> np.ndarray:
    """Paths of sales in the next weeks with this spend (paths × ahead); conditions as they may be, noise included."""
    conditions = conditions_ahead(response.weeks, len(spend), paths, chance)
    brought = channel_sales_ahead(response, spend).sum(axis=2)
    return baseline_ahead(response, conditions, chance) + brought[np.arange(paths) % response.draws]


def held_out(weeks: Weeks, origins: list[int], ahead: int, belief: Belief, level: float, seed: int) -> pd.DataFrame:
    """Sales after each origin, foreseen from the weeks before it with the spend that came: origin, week, actual, ours, lower, upper,
    without (the same model without channels), naive (the same week last year).

    `origins`: how many weeks were known; without any there are no rows. Nobody knew the conditions of the weeks after.
    """
    parts = [_after(weeks, origin, ahead, belief, level, seed) for origin in origins]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=HELD_COLUMNS).astype({"origin": int, "week": int})


def _after(weeks: Weeks, origin: int, ahead: int, belief: Belief, level: float, seed: int) -> pd.DataFrame:
    known, then = weeks.until(origin), slice(origin, origin + ahead)
    bare = Weeks(known.sales, known.spend[:, :0], known.conditions, known.first)
    paths = _foreseen(known, weeks.spend[then], belief, seed)
    without = _foreseen(bare, weeks.spend[then, :0], belief, seed)
    lower, upper = np.quantile(paths, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return pd.DataFrame({
        "origin": origin, "week": np.arange(origin, origin + ahead), "actual": weeks.sales[then], "ours": paths.mean(axis=0),
        "lower": lower, "upper": upper, "without": without.mean(axis=0),
        "naive": weeks.sales[origin - YEAR_WEEKS : origin - YEAR_WEEKS + ahead],
    })  # fmt: skip


def _foreseen(known: Weeks, spend: np.ndarray, belief: Belief, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return sales_ahead(fit_response(known, belief, PATHS, seed), spend, chance)


@dataclass(frozen=True)
class PlantedWorld:
    """Channels whose response is known because it was made: another shape of saturation than the one that is fitted.

    One of each a channel: decays, delays, `sizes` (the working spend that saturation is measured by), `scale` (sales at full saturation).
    `bounded`: tanh, else exponential.
    """

    decays: np.ndarray
    delays: np.ndarray
    sizes: np.ndarray
    bounded: bool
    scale: np.ndarray

    def brought(self, spend: np.ndarray, before: np.ndarray) -> np.ndarray:
        """The sales that this spend brings, weeks × channels, after these weeks before."""
        return self.scale * self._done(carried(lagged(spend, before), self.decays, self.delays) / self.sizes)

    def lifted(self, spend: np.ndarray, lift: Lift) -> float:
        """What a lift test without error measures here."""
        tail, other = np.zeros((LAGS, spend.shape[1])), spend.copy()
        other[lift.first : lift.first + lift.weeks, lift.channel] *= lift.times
        kept, changed = (self.brought(np.vstack([arm, tail]), before_first(spend)) for arm in (spend, other))
        return float((kept - changed)[:, lift.channel].sum())

    def _done(self, relative: np.ndarray) -> np.ndarray:
        return np.tanh(relative) if self.bounded else 1 - np.exp(-relative)


def plant(weeks: Weeks, belief: Belief, bounded: bool, chance: np.random.Generator) -> PlantedWorld:
    """Channels made by chance for this spend: returns evenly spread over what is believed in 9 of 10 cases, as alike as is believed."""
    channels, before = weeks.spend.shape[1], before_first(weeks.spend)
    alike = np.sqrt(belief.shared) * chance.normal() + np.sqrt(1 - belief.shared) * chance.normal(size=channels)
    low, high = np.log(belief.band(0.9))
    returns = np.exp(low + (high - low) * norm.cdf(alike))
    decays, delays = chance.uniform(*DECAYS, channels), chance.uniform(*DELAYS, channels)
    sizes = carried(lagged(weeks.spend, before), decays, delays).mean(axis=0) * chance.uniform(*SIZES, channels)
    bare = PlantedWorld(decays, delays, sizes, bounded, np.ones(channels))
    return replace(bare, scale=returns * weeks.spend.sum(axis=0) / bare.brought(weeks.spend, before).sum(axis=0))


def planted_trial(
    response: Response, worlds: int, last: int, quarter: int, most_change: float, risk: float, level: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Channels planted into made-up sales and looked for, on the company's own spend and conditions.

    The baseline and the noise are those found in its sales. Returns two tables. Returns over the `last` weeks: world, channel,
    truth, estimate, lower, upper. The next quarter's plans: world, promised (what the best mix was expected to gain), came, possible
    (what the best mix of one who knows the truth gains).
    """
    chance = np.random.default_rng(seed)
    found, plans = [], []
    for number in range(worlds):
        world = plant(response.weeks, response.belief, bool(number % 2), chance)
        again = _fitted_again(response, world, number, chance)
        found.append(_returns_found(again, world, last, level).assign(world=number))
        plans.append({"world": number} | _plan_found(again, world, quarter, most_change, risk))
    columns = ["world", "channel", "truth", "estimate", "lower", "upper"]
    table = pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)
    return table, pd.DataFrame(plans, columns=["world", "promised", "came", "possible"])


def _fitted_again(response: Response, world: PlantedWorld, number: int, chance: np.random.Generator) -> Response:
    weeks, draw = response.weeks, int(chance.integers(response.draws))
    baseline = fitted_baseline(response, draw)
    noise = weeks.sales - baseline - contributions(thinned(response, draw))[0].sum(axis=1)
    brought = world.brought(weeks.spend, before_first(weeks.spend)).sum(axis=1)
    sales = baseline + _blocks(noise, chance) + brought
    lifts = tuple(replace(lift, sales=world.lifted(weeks.spend, lift) + lift.error * chance.normal()) for lift in weeks.lifts)
    return fit_response(replace(weeks, sales=sales, lifts=lifts), response.belief, KEPT, number)


def _returns_found(again: Response, world: PlantedWorld, last: int, level: float) -> pd.DataFrame:
    spend = again.weeks.spend
    spent = spend[-last:].sum(axis=0)
    told = np.flatnonzero(spent > 0)
    lower, estimate, upper = np.quantile(returns_over(again, last)[:, told], [0.5 - level / 2, 0.5, 0.5 + level / 2], axis=0)
    truth = world.brought(spend, before_first(spend))[-last:].sum(axis=0)[told] / spent[told]
    return pd.DataFrame({"channel": told, "truth": truth, "estimate": estimate, "lower": lower, "upper": upper})


def _plan_found(again: Response, world: PlantedWorld, quarter: int, most_change: float, risk: float) -> dict[str, float]:
    last, levels = again.weeks.spend[-quarter:], spend_levels(most_change)
    cost, today = last.sum(axis=0), np.ones(last.shape[1])
    tail = np.zeros((LAGS - 1, last.shape[1]))
    brought = brought_at(again, last, levels)
    truth = np.array([[world.brought(np.vstack([level * last, tail]), again.weeks.spend[-LAGS:]).sum(axis=0) for level in levels]])
    mix, known = best_mix(brought, levels, cost, 1.0, risk), best_mix(truth, levels, cost, 1.0, 0.0)
    promised, came, possible = (
        float((mix_at(table, levels, which) - mix_at(table, levels, today)).sum(axis=1).mean())
        for table, which in ((brought, mix), (truth, mix), (truth, known))
    )
    return {"promised": promised, "came": came, "possible": possible}


def _blocks(noise: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The noise in blocks taken at random."""
    starts = chance.integers(0, len(noise) - BLOCK + 1, len(noise) // BLOCK + 1)
    return noise[(starts[:, None] + np.arange(BLOCK)).ravel()[: len(noise)]]
