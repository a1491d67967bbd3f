"""How well told survival held: who left sooner (concordance), and how far the odds of still being there were off (Brier's score).

Who hasn't left yet is censored at their present tenure. Those censored before a month count nothing in its Brier score, and the others
count for them: each is weighted by the inverse of the odds of not being censored so early, as Kaplan and Meier's curve of those learnt
from tells them. Source: Harrell, Lee and Mark 1996; Graf, Schmoor, Sauerbrei and Schumacher 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Curve:
    """Odds of still being there after each of `times` (ascending); 1 before the first, after the last as at the last."""

    times: np.ndarray
    odds: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """The odds after `times`, the month itself over."""
        return np.append(1.0, self.odds)[np.searchsorted(self.times, times, side="right")]


def kaplan_meier(tenure: np.ndarray, left: np.ndarray) -> Curve:
    """The share still there after each month in which somebody left or is censored; who is censored in a month was there all of it.

    Example: tenures 1, 2, 2, 3, left in the first two: 3/4 after one month, 3/4 × 2/3 = 1/2 after two and three.
    """
    times, gone, there = _counts(tenure, left)
    return Curve(times, np.cumprod(1 - gone / there))


def censoring(tenure: np.ndarray, left: np.ndarray) -> Curve:
    """The odds of not being censored by the end of each month; who leaves in a month leaves before others of it are censored.

    Example: tenures 1, 2, 2, 3, left in the first two: 1 after one month, 1/2 after two, 0 after three.
    """
    times, gone, there = _counts(tenure, left)
    ended = there - np.append(there[1:], 0) - gone
    return Curve(times, np.cumprod(1 - ended / np.maximum(there - gone, 1)))


def _counts(tenure: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different tenures, how many left at each, and how many were there until then."""
    times, where = np.unique(tenure, return_inverse=True)
    ended = np.bincount(where)
    return times, np.bincount(where, np.asarray(left, dtype=float)), ended[::-1].cumsum()[::-1]


def concordance(tenure: np.ndarray, left: np.ndarray, risk: np.ndarray, until: float | None = None) -> float:
    """Harrell's C: of pairs of which it is known who left sooner, the share in which that one has the higher risk; a tie counts half.

    Pairs: one left, the other's tenure is longer, or as long and not left; with `until` only those in which the first left before it.
    1 sorts perfectly, ½ not at all; missing where there is no such pair. Example: tenures 1, 2, 3, left in the first two, risks 5, 1, 2:
    two of three.
    """
    tenure, left, risk = np.asarray(tenure, dtype=float), np.asarray(left, dtype=bool), np.asarray(risk, dtype=float)
    order = np.argsort(risk, kind="stable")
    right = pairs = 0.0
    for time in np.unique(tenure[left & (tenure < (np.inf if until is None else until))]):
        gone = np.sort(risk[left & (tenure == time)])
        there = risk[order][((tenure > time) | ((tenure == time) & ~left))[order]]
        right += (np.searchsorted(there, gone, "left") + np.searchsorted(there, gone, "right")).sum() / 2
        pairs += len(gone) * len(there)
    return right / pairs if pairs else np.nan


def brier_scores(
    stays: np.ndarray, times: np.ndarray, tenure: np.ndarray, left: np.ndarray, own: np.ndarray, then: np.ndarray
) -> np.ndarray:
    """Brier's score after each of `times`; less is better. `stays`: the odds told (rows × times); `tenure`, `left`: what came; `own`: the
    odds of not being censored by one's tenure, `then`: by each of `times` (of all, or rows × times). Infinite where `then` is 0.

    The odds of not being censored may be those of all, `among.at(…)` of a curve, as most tell the score, or each one's own. Where some
    are censored sooner than others by what the odds are told from, only these give what it would be if nobody were (Gerds and
    Schumacher 2006). Example: nobody censored, odds of ½ for all: ¼ after any time.
    """
    gone = np.asarray(left, dtype=bool)[:, None] & (tenure[:, None] <= times)
    there = tenure[:, None] > times
    with np.errstate(divide="ignore", invalid="ignore"):
        missed = np.where(gone, stays**2 / own[:, None], 0.0) + np.where(there, (1 - stays) ** 2 / then, 0.0)
    return missed.mean(axis=0)


def integrated_brier(scores: np.ndarray, times: np.ndarray) -> float:
    """The mean of Brier's scores over the time from the first to the last of `times`, straight between them (trapezoids); missing where
    there are fewer than two."""
    if len(times) < 2:
        return np.nan
    return float(np.trapezoid(scores, times) / (times[-1] - times[0]))


def groups_by_odds(odds: np.ndarray, month: int, tenure: np.ndarray, left: np.ndarray, groups: int = 10) -> pd.DataFrame:
    """Whether odds of having left after `month` came true: equal groups from the least odds to the most; n, said (their mean), came, error.

    `came` is the share that left by then as Kaplan and Meier tell it of the group, so who is censored counts as long as watched; `error`
    its standard error (Greenwood 1926).
    """
    parts = [part for part in np.array_split(np.argsort(odds, kind="stable"), groups) if len(part)]
    came = [_came(month, tenure[part], left[part]) for part in parts]
    rows = [(len(part), odds[part].mean(), *told) for part, told in zip(parts, came, strict=True)]
    return pd.DataFrame(rows, columns=["n", "said", "came", "error"])


def _came(month: int, tenure: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    """The share that left by a month, and its standard error."""
    times, gone, there = _counts(tenure, left)
    early = (times <= month) & (there > gone)
    stays = float(kaplan_meier(tenure, left).at(month))
    return 1 - stays, stays * float(np.sqrt(np.sum(gone[early] / (there[early] * (there - gone)[early]))))


def mean_gap(grouped: pd.DataFrame) -> float:
    """How far what was said lay from what came, the mean over the groups, each by its size."""
    return float(np.average(np.abs(grouped["said"] - grouped["came"]), weights=grouped["n"]))


def gap_by_chance(grouped: pd.DataFrame) -> float:
    """What that stays under in 99 of 100 files where all odds hold: the mean of so many normal distances, and 2.33 deviations of it."""
    return float(grouped["error"].mean() * (np.sqrt(2 / np.pi) + 2.33 * np.sqrt((1 - 2 / np.pi) / len(grouped))))
