"""How far totals of buyers leant at earlier closing days, what of it is corrected, and how wide it makes the bands.

The rule and its numbers were chosen on made-up shops that depart from the model (benchmarks/shops.py, seeds 1 to 160) and are scored on
others (benchmarks/buyers.py): until the days tried cover a year, none of a lean came again there, from then on about half. Totals of a
quarter leant there as far as those of a year, those of three years 1.7 times as far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from planning.model.lifetime import WEEK

YEAR = 52
"""Weeks that earlier closing days must cover before their lean is believed to come again: less than a year leans with its season."""
COMES_AGAIN = 0.5
"""The share of a lean that is corrected then."""
FARTHEST = 1.0
"""A lean beyond this (e-fold) counts as this: it tells that the times broke, not how far the next total leans."""
MOST_CORRECTED = 0.4
"""Of a mean lean no more than this is looked at: one in 60 of the made-up shops leant farther, so of such nothing is known."""
BELIEVED, COUNTS = 0.2, 2
"""How far a total leans before anything was tried, and as how many closing days tried that counts."""


@dataclass(frozen=True)
class Lean:
    """What earlier closing days tell of a total: `n` of them, the `mean` and the mean `square` of their leans, the `weeks` they cover, and
    how many weeks `ahead` those totals reached on the mean.

    A lean is the log of what came over what was expected: 0.1 where about a tenth too little was.
    """

    n: int
    mean: float
    square: float
    weeks: float
    ahead: float = 0.0

    @property
    def factor(self) -> float:
        """What is expected is multiplied by this, at most e^0.2 = 1.22; 1 where a year isn't covered."""
        return float(np.exp(COMES_AGAIN * np.clip(self.mean, -MOST_CORRECTED, MOST_CORRECTED))) if self.weeks >= YEAR else 1.0

    @property
    def broken(self) -> bool:
        """Whether totals leant farther than any rule of correction is known to hold."""
        return abs(self.mean) > MOST_CORRECTED

    @property
    def spread(self) -> float:
        """How far a total leans, from the days tried and what is believed beforehand: a standard deviation of the log.

        Example: two days that leant .1 and .3 beside the two believed to lean .2: √((.01 + .09 + .04 + .04) / 4) = .212.
        """
        return float(np.sqrt((self.n * self.square + COUNTS * BELIEVED**2) / (self.n + COUNTS)))

    def spread_over(self, weeks: float | np.ndarray) -> float | np.ndarray:
        """How far a total of so many weeks ahead leans: beyond a year, and beyond what was tried, as √ of time.

        Example: .2 within a year, tried for 39 weeks: .2 for 26 weeks, .2 × √3 = .346 for 156.
        """
        return self.spread * np.sqrt(np.maximum(1.0, weeks / max(YEAR, self.ahead)))


def lean_known(missed: pd.DataFrame, what: str, closing: pd.Timestamp) -> Lean:
    """The lean of `what` (purchases, amount) as it was known on a closing day, each within FARTHEST; `missed`: buyers_trial.misses.

    Of every earlier closing day the farthest total that had come counts, once.
    """
    known = missed[(missed["what"] == what) & (missed["ended"] <= closing) & (missed["came"] > 0) & (missed["expected"] > 0)]
    if known.empty:
        return Lean(0, 0.0, 0.0, 0.0)
    farthest = known.loc[known.groupby("made")["ended"].idxmax()]
    leans = np.log(farthest["came"] / farthest["expected"]).clip(-FARTHEST, FARTHEST)
    weeks = (farthest["ended"].max() - farthest["made"].min()) / WEEK
    ahead = (farthest["ended"] - farthest["made"]).mean() / WEEK
    return Lean(len(leans), float(leans.mean()), float((leans**2).mean()), float(weeks), float(ahead))


def band(expected, lower, upper, lean: Lean, level: float, weeks: float | np.ndarray) -> tuple:
    """The band of a total of the next `weeks`: as drawn, corrected by the lean, and wider by how far such totals lean; `expected`: as
    drawn, before the correction.

    Half widths add up on the log's scale as those of independent causes do. Example: drawn 100 from 100 to 100, nothing tried, 26 weeks,
    level .8: 100 × e^(∓1.28 × .2), 77 to 129.
    """
    expected, lower, upper = (np.asarray(of, dtype=float) for of in (expected, lower, upper))
    wide = norm.ppf((1 + level) / 2) * lean.spread_over(weeks)
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = np.log(expected / lower), np.log(upper / expected)
        low = np.where(lower > 0, expected * np.exp(-np.hypot(np.maximum(below, 0.0), wide)), 0.0)
        high = np.where((expected > 0) & (upper > 0), expected * np.exp(np.hypot(np.maximum(above, 0.0), wide)), upper)
    return low * lean.factor, high * lean.factor
