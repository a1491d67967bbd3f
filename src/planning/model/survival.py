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
from planning.model.churn import FOLDS, Score, deal_folds, fit_score, probability_of
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
SAME = 0.99
"""A rank correlation with the tenure from which on an attribute is taken to be the tenure."""
YEAR = 12


@dataclass(frozen=True)
class Survival:
    """Odds of leaving by month of tenure. `shift`: what the draw took from the log-odds of `score`; `last`: the longest tenure learnt from,
    after which the odds of leaving stay what they were in that month; `leavers`: how many had left of those learnt from."""

    attributes: Attributes
    score: Score
    shift: float
    last: int
    leavers: int

    def log_odds(self, rows: pd.DataFrame, months: np.ndarray) -> np.ndarray:
        """Of leaving in each of `months` of tenure (1, 2, …; rows × months) if still there, as each fold tells: folds × rows × months."""
        known, month = in_order(rows, self.attributes).reset_index(drop=True), np.clip(months, 1, self.last)
        size = max(1, AT_ONCE // month.shape[1])
        parts = [self._some(known.iloc[at : at + size], month[at : at + size]) for at in range(0, len(known), size)]
        return np.concatenate(parts, axis=1) if parts else np.empty((FOLDS, *month.shape))

    def _some(self, known: pd.DataFrame, month: np.ndarray) -> np.ndarray:
        panel = _with_month(known.iloc[np.repeat(np.arange(len(known)), month.shape[1])], month.ravel())
        return self.score.by_fold(panel).reshape(-1, *month.shape) + self.shift

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


def draw_log_odds(by_fold: np.ndarray, leavers: int, rng: np.random.Generator) -> np.ndarray:
    """Log-odds of leaving as they might as well be, given how many were learnt from: rows × months, from folds × rows × months.

    Odds that learnt without a fold tell by their spread what other subscribers would have taught (the jackknife by groups: Kott 2001),
    with the thick tails of so few folds; the level, which is alike in all folds, is as unsure as `leavers` make it. Half the variance
    is taken off, so that the mean of small odds stays what it is.
    """
    folds, middle = len(by_fold), by_fold.mean(axis=0)
    apart = (by_fold - middle) * np.sqrt((folds - 1) / folds)
    tails, level = (folds - 1) / rng.chisquare(folds - 1), 1 / leavers
    off = np.tensordot(rng.normal(size=folds), apart, axes=1) * np.sqrt(tails) + rng.normal() * np.sqrt(level)
    return middle + off - ((apart**2).sum(axis=0) * tails + level) / 2


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
    panel = _with_month(in_order(rows.iloc[who], attributes), month).reset_index(drop=True)
    score = fit_score(panel, gone, Attributes((MONTH, *attributes.numbers), attributes.lists), seed, workers, who, KINDS)
    return Survival(attributes, score, shift, int(months.max()), int(left.sum()))


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


def _too_few(tenure: np.ndarray, left: np.ndarray) -> list[Problem]:
    stayed = int((months_there(tenure, left) - left).sum())
    said = f"{int(left.sum())} left, {stayed} months stayed"
    return [Problem("too few to learn from", SUBJECT, said, f"at least {LEAST} of each")] if min(left.sum(), stayed) < LEAST else []


def _same_as_tenure(rows: pd.DataFrame, tenure: np.ndarray, attributes: Attributes) -> list[Problem]:
    """A leak that needs no trial: what sorts subscribers as their tenure does."""
    numbers = [name for name in attributes.numbers if rows[name].nunique() > 1]
    alike = {name: abs(pd.Series(tenure, rows.index).corr(rows[name].astype(float), method="spearman")) for name in numbers}
    said = "it says how long they were there, which is what is asked"
    return [Problem("an attribute is the tenure", name, f"rank correlation {r:.3f}", next=said) for name, r in alike.items() if r > SAME]


# ---------------------------------------------------------------------------------------------------------- tried unseen


@dataclass(frozen=True)
class Tried:
    """What was said of subscribers by survival that hadn't learnt from them. `stays`: rows × months; `scores`: fold, method (ours; base:
    Kaplan and Meier's curve for all), concordance (of the odds within a year), integrated_brier (from month 1 to the last but one)."""

    stays: np.ndarray
    scores: pd.DataFrame


def try_survival(
    rows: pd.DataFrame, tenure: np.ndarray, left: np.ndarray, attributes: Attributes, seed: int, workers: int = 1
) -> Tried:
    """The odds of staying tried on folds they haven't learnt from. RequestError as `fit_survival`, of a fold."""
    tenure, left = np.asarray(tenure, dtype=float), np.asarray(left)
    _check(rows, tenure, left, attributes)
    left = left.astype(bool)
    last, scores = int(months_there(tenure, left).max()), []
    stays = np.empty((len(rows), last))
    for fold, (seen, unseen) in enumerate(deal_folds(left, seed)):
        fitted = fit_survival(rows.iloc[seen], tenure[seen], left[seen], attributes, seed, workers)
        stays[unseen] = fitted.stays(rows.iloc[unseen], last)
        base = kaplan_meier(tenure[seen], left[seen]).at(np.arange(1, last + 1))
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
