"""How long subscribers stay: the odds of leaving in each month of tenure, from what was known of them when they came.

Every month a subscriber was there is a row (who left, left in the last of theirs), and a score of such rows (model.churn) with the month
among its attributes says how likely leaving in that month is for those still there: discrete-time survival analysis (Cox 1972; Singer
and Willett 1993). Attributes and months may matter together. Of the many months that were stayed some are drawn, which shifts the
log-odds by a known amount (Prentice and Pyke 1979).

Two things must hold. An attribute may not tell how long somebody was there: neither the tenure nor what adds up over it, such as
charges to date. And the file must hold all who came, whether they left or not, and nobody for being there a long time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.model.attributes import Attributes, in_order
from planning.model.churn import FOLDS, Score, fit_score, probability_of
from planning.model.churn_members import Trees
from planning.model.survival_member import MONTH, MovingSplines
from planning.model.survival_scores import brier_scores, censoring, concordance, integrated_brier, kaplan_meier

SUBJECT = "subscribers"
KINDS = (MovingSplines, Trees)
"""What the odds are blended from."""
LEAST = 50
"""Fewer who left, or fewer months stayed, are too few to learn from."""
MOST = 25_000
"""Months that are learnt from: at most a quarter of it those in which somebody left, the others drawn from the months stayed."""
AT_ONCE = 200_000
"""Months of subscribers that are scored at once."""
FEW = 0.1
"""The share of subscribers whose tenure is the longest: beyond what they all reached, so few were watched that the months count as one."""
SAME = 0.99
"""A rank correlation with the tenure from which on an attribute is taken to be the tenure."""
YEAR = 12


@dataclass(frozen=True)
class Survival:
    """Odds of leaving by month of tenure. `shift`: what the draw took from the log-odds of `score`; `last`: the longest tenure learnt from;
    `steady`: the month that FEW of the subscribers reached, from which on the odds of leaving are one; `fold`: of each subscriber learnt
    from, that whose members haven't seen them."""

    attributes: Attributes
    score: Score
    shift: float
    last: int
    steady: int
    fold: np.ndarray

    def log_odds(self, rows: pd.DataFrame, months: np.ndarray) -> np.ndarray:
        """Of leaving in each of `months` of tenure (1, 2, …; rows × months) if still there, as each fold tells: folds × rows × months."""
        return np.array([self._of_fold(rows, months, fold) for fold in range(FOLDS)])

    def unseen_stays(self, rows: pd.DataFrame) -> np.ndarray:
        """The odds that those learnt from (all of them, in their order) were still there after month 1, 2, … `last` of their tenure, as
        told by members that haven't seen them: rows × months."""
        stays = np.empty((len(rows), self.last))
        for fold in range(FOLDS):
            who = np.flatnonzero(self.fold == fold)
            stays[who] = stays_of_log_odds(self._of_fold(rows.iloc[who], months_ahead(np.zeros(len(who)), self.last), fold))
        return stays

    def _of_fold(self, rows: pd.DataFrame, months: np.ndarray, fold: int) -> np.ndarray:
        known, month = in_order(rows, self.attributes).reset_index(drop=True), np.clip(months, 1, self.steady)
        told, size = np.empty(month.shape), max(1, AT_ONCE // month.shape[1])
        for at in range(0, len(known), size):
            some = month[at : at + size]
            panel = _with_month(known.iloc[np.repeat(np.arange(at, at + len(some)), month.shape[1])], some.ravel())
            told[at : at + size] = self.score.of_fold(panel, fold).reshape(some.shape) + self.shift
        return told

    def draw(self, by_fold: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Log-odds of leaving as they might as well be: rows × months, from those that `log_odds` tells (draw_log_odds)."""
        return draw_log_odds(by_fold, self.score.unsure, self.shift, rng)

    def stays(self, rows: pd.DataFrame, months: int) -> np.ndarray:
        """The odds that somebody who comes now is still there after month 1, 2, … `months`: rows × months."""
        return self.stays_on(rows, np.zeros(len(rows)), months)

    def stays_on(self, rows: pd.DataFrame, tenure: np.ndarray, months: int) -> np.ndarray:
        """The odds that those who are there after `tenure` months still are 1, 2, … `months` later: rows × months."""
        return stays_of_log_odds(self.log_odds(rows, months_ahead(tenure, months)).mean(axis=0))


def months_ahead(tenure: np.ndarray, months: int) -> np.ndarray:
    """The months of tenure that come next: rows × months. Example: a tenure of 5.5 months and 2 months: 6, 7."""
    return np.floor(np.asarray(tenure, dtype=float))[:, None].astype(int) + np.arange(1, months + 1)


def stays_of_log_odds(log_odds: np.ndarray) -> np.ndarray:
    """The odds of still being there after each month, from the log-odds of leaving in each (… × months). Example: 0, 0: ½, ¼."""
    return np.cumprod(1 - probability_of(log_odds), axis=-1)


def draw_log_odds(by_fold: np.ndarray, unsure: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Log-odds of leaving as they might as well be, given how many were learnt from: rows × months, from folds × rows × months.

    Odds that learnt without a fold tell by their spread what other subscribers would have taught (the jackknife by groups: Kott 2001),
    with the thick tails of so few folds; level and slope, which are alike in all folds, are as unsure as the calibration of the score,
    the log-odds less `shift` (`unsure`: covariance). Half the variance is taken off, so that the mean of small odds stays what it is.
    """
    folds, middle = len(by_fold), by_fold.mean(axis=0)
    apart = (by_fold - middle) * np.sqrt((folds - 1) / folds)
    tails, score = (folds - 1) / rng.chisquare(folds - 1), middle - shift
    intercept, slope = rng.multivariate_normal(np.zeros(2), unsure)
    off = np.tensordot(rng.normal(size=folds), apart, axes=1) * np.sqrt(tails) + intercept + slope * score
    line = unsure[0, 0] + 2 * unsure[0, 1] * score + unsure[1, 1] * score**2
    return middle + off - ((apart**2).sum(axis=0) * tails + line) / 2


def months_until(stays: np.ndarray, share: float = 0.5) -> np.ndarray:
    """The month within which the odds of still being there fall to `share` (½: the median time to leave); missing where they don't.

    Example: 0.8, 0.5, 0.4: 2.
    """
    reached = stays <= share
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.nan)


# -------------------------------------------------------------------------------------------------------------- learning


def fit_survival(
    rows: pd.DataFrame, tenure: np.ndarray, left: np.ndarray, attributes: Attributes, seed: int, workers: int = 1
) -> Survival:
    """Learnt from subscribers (`rows`) with `tenure` in months, 0 or more, and whether they have `left`.

    Who left after 3.4 months left in the fourth; who is there after 3.4 stayed three. Everybody may have left. RequestError where
    fewer than LEAST left, or fewer months were stayed, a tenure is missing or negative, or an attribute is the tenure.
    """
    tenure, left = np.asarray(tenure, dtype=float), np.asarray(left)
    _check(rows, tenure, left, attributes)
    left = left.astype(bool)
    months = months_there(tenure, left)
    who, month, gone, shift = _drawn(months, left, np.random.default_rng(seed))
    steady = max(1, int(np.quantile(months, 1 - FEW)))
    panel = _with_month(in_order(rows.iloc[who], attributes), np.minimum(month, steady)).reset_index(drop=True)
    score = fit_score(panel, gone, Attributes((MONTH, *attributes.numbers), attributes.lists), seed, workers, who, KINDS)
    fold = np.arange(len(rows)) % FOLDS  # of whom no month was drawn: no fold has seen them
    fold[who] = score.fold
    return Survival(attributes, score, shift, int(months.max()), steady, fold)


def months_there(tenure: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Whole months, of who left with the one in which they did (at least 1), of the others those over. Example: 3.4: left 4, not left 3."""
    return np.where(left, np.maximum(np.ceil(tenure), 1), np.floor(tenure)).astype(int)


def _with_month(known: pd.DataFrame, month: np.ndarray) -> pd.DataFrame:
    return known.assign(**{MONTH: month.astype(float)})[[MONTH, *known]]


def _drawn(months: np.ndarray, left: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Months of subscribers to learn from: whose, which, whether they left in it, and what the draw takes from the log-odds."""
    leavers, ends = np.flatnonzero(left), np.cumsum(months - left)
    some = rng.choice(leavers, min(len(leavers), MOST // 4), replace=False)
    stayed = rng.choice(ends[-1], min(int(ends[-1]), MOST - len(some)), replace=False)
    whose = np.searchsorted(ends, stayed, side="right")
    month = stayed - (ends - (months - left))[whose] + 1
    who, when = np.append(some, whose), np.append(months[some], month)
    gone, order = np.arange(len(who)) < len(some), np.lexsort((when, who))
    return who[order], when[order], gone[order], float(np.log(len(stayed) / ends[-1]) - np.log(len(some) / len(leavers)))


def _check(rows: pd.DataFrame, tenure: np.ndarray, left: np.ndarray, attributes: Attributes) -> None:
    if not len(rows) == len(tenure) == len(left):
        said = f"{len(rows)} rows, {len(tenure)} tenures, {len(left)} outcomes"
        raise RequestError(SUBJECT, [Problem("not one of each for every subscriber", SUBJECT, said)])
    odd = {"no tenure": ~np.isfinite(tenure), "a tenure below 0": tenure < 0, "not known whether they left": pd.isna(left)}
    problems = [Problem(what, SUBJECT, _named(rows.index[wrong]), "0 or more months, and whether they left")
                for what, wrong in odd.items() if wrong.any()]  # fmt: skip
    if not problems:
        problems = _too_few(tenure, left.astype(bool)) or _same_as_tenure(rows, tenure, attributes)
    if problems:
        raise RequestError(SUBJECT, problems)


def _named(index: pd.Index, most: int = 5) -> str:
    return ", ".join(str(name) for name in index[:most]) + (f" and {len(index) - most:,} more" if len(index) > most else "")


def enough(tenure: np.ndarray, left: np.ndarray) -> bool:
    """Whether as many left, and as many months were stayed, as `fit_survival` needs, of those whose tenure is one."""
    known = tenure >= 0
    return not _too_few(tenure[known], left[known])


def _too_few(tenure: np.ndarray, left: np.ndarray) -> list[Problem]:
    stayed = int((months_there(tenure, left) - left).sum())
    said = f"{int(left.sum())} left, {stayed} months stayed"
    return [Problem("too few to learn from", SUBJECT, said, f"at least {LEAST} of each")] if min(left.sum(), stayed) < LEAST else []


def _same_as_tenure(rows: pd.DataFrame, tenure: np.ndarray, attributes: Attributes) -> list[Problem]:
    said = "it says how long they were there, which is what is asked"
    alike = tells_tenure(rows, tenure, attributes).items()
    return [Problem("an attribute is the tenure", name, f"rank correlation {r:.3f}", next=said) for name, r in alike]


def tells_tenure(rows: pd.DataFrame, tenure: np.ndarray, attributes: Attributes) -> dict[str, float]:
    """Leaks that need no trial: the numbers that sort subscribers as their tenure does, and their rank correlation with it."""
    numbers = [name for name in attributes.numbers if rows[name].nunique() > 1 and np.ptp(tenure) > 0]
    alike = {name: abs(pd.Series(tenure, rows.index).corr(rows[name].astype(float), method="spearman")) for name in numbers}
    return {name: float(r) for name, r in alike.items() if r > SAME}


# ---------------------------------------------------------------------------------------------------------- tried unseen


@dataclass(frozen=True)
class Tried:
    """What was said of subscribers by survival that hadn't learnt from them. `stays`: rows × months; `scores`: fold, method (ours; base:
    Kaplan and Meier's curve for all), concordance (of the odds within a year), integrated_brier (from month 1 to the last but one)."""

    stays: np.ndarray
    scores: pd.DataFrame

    def concordance(self) -> float:
        """Of one who left sooner and one who left later, how often ours named the right one: the mean of the folds."""
        return float(self.scores.loc[self.scores["method"] == "ours", "concordance"].mean())


def try_survival(survival: Survival, rows: pd.DataFrame, tenure: np.ndarray, left: np.ndarray) -> Tried:
    """The odds of staying of all it was learnt from (`rows`, `tenure`, `left` as there), each told by the members that haven't seen them.

    Only the weights of the members and the calibration, a handful of numbers, have seen everybody.
    """
    tenure, left = np.asarray(tenure, dtype=float), np.asarray(left).astype(bool)
    stays, scores = survival.unseen_stays(rows), []
    for fold in range(FOLDS):
        seen, unseen = np.flatnonzero(survival.fold != fold), np.flatnonzero(survival.fold == fold)
        base = kaplan_meier(tenure[seen], left[seen]).at(np.arange(1, survival.last + 1))
        told = {"ours": stays[unseen], "base": np.tile(base, (len(unseen), 1))}
        scores += [{"fold": fold, "method": name, **measure_survival(own, tenure, left, seen, unseen)} for name, own in told.items()]
    return Tried(stays, pd.DataFrame(scores))


def measure_survival(stays: np.ndarray, tenure: np.ndarray, left: np.ndarray, seen: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
    """concordance and integrated_brier of what was said of the rows unseen (unseen × months), as most tell them: who is censored is so
    by chance alone, at the rate of those seen. Where that isn't so see survival_scores.brier_scores."""
    among, times = censoring(tenure[seen], left[seen]), np.arange(1, min(tenure[seen].max(), tenure[unseen].max(), stays.shape[1]))
    came = tenure[unseen], left[unseen]
    scores = brier_scores(stays[:, : len(times)], times, *came, among.at(came[0]), among.at(times))
    risk = 1 - stays[:, min(YEAR, stays.shape[1]) - 1]
    return {"concordance": concordance(*came, risk), "integrated_brier": integrated_brier(scores, times)}
