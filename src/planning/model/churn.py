"""The odds that a subscriber leaves: a blend of scores, calibrated, with reasons that add up, tried on customers it hasn't seen.

Everything that learns (knots, codes, rare values, all members, their weights, the calibration) learns within a fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.optimize import minimize
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from planning.model.attributes import Attributes, coded
from planning.model.calibration import calibration_line
from planning.model.churn_members import MEMBERS, RARE, Member

FOLDS = 5
ALIKE, UNBENT = 50.0, 2.0
"""How strongly the members' weights are drawn to equal ones, and the calibration to none: what a distance of 1 costs beside the log
losses of all customers."""
AVERAGE = 1_000
"""Customers of a fold, at most, whose parts make the average subscriber's."""
TINY = 1e-9
"""Nearer to the average subscriber than this a score is taken to be theirs."""


# ------------------------------------------------------------------------------------------------------------ the score


@dataclass(frozen=True)
class Score:
    """A fitted score in log-odds: `base` is that of the average subscriber, `parts(rows)` what each attribute adds to it.

    `members`: by kind those of each fold, whose mean counts; `weights` of the kinds, `shift`; `bend`: the calibration (a, b, c).
    `middle`: the blend of the average subscriber, `means`: the parts it is made of. `unsure`: the covariance of the line (intercept,
    slope) of the true log-odds on the score, as many as were learnt from make it. `fold`: of each row learnt from, that whose members
    haven't seen it.
    """

    members: tuple[tuple[Member, ...], ...]
    weights: np.ndarray
    bend: np.ndarray
    middle: float
    means: pd.Series
    unsure: np.ndarray
    fold: np.ndarray

    @property
    def base(self) -> float:
        """The log-odds of the average subscriber."""
        return float(bent(np.array([self.middle]), self.bend)[0])

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base for each row, in log-odds: its part of the blend, as the calibration stretches it."""
        own = blended_parts(self.members, self.weights, rows) - self.means
        off = own.sum(axis=1).to_numpy()
        moved, here = bent(self.middle + off, self.bend) - self.base, np.full(len(off), slope_of(self.middle, self.bend))
        return own.mul(np.divide(moved, off, out=here, where=np.abs(off) > TINY), axis=0)

    def score(self, rows: pd.DataFrame) -> np.ndarray:
        """The score of each row, in log-odds."""
        return bent(self.weights[:-1] @ _mean_scores(self.members, rows) + self.weights[-1], self.bend)

    def by_fold(self, rows: pd.DataFrame) -> np.ndarray:
        """The score as the members of each fold alone tell it, in log-odds: folds × rows. How far they lie apart tells how sure it is."""
        return np.array([self.of_fold(rows, fold) for fold in range(FOLDS)])

    def of_fold(self, rows: pd.DataFrame, fold: int) -> np.ndarray:
        """The score as the members tell it that haven't seen a fold, in log-odds."""
        told = np.array([kind[fold].scores(rows) for kind in self.members])
        return bent(self.weights[:-1] @ told + self.weights[-1], self.bend)


def fit_score(
    rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int, workers: int = 1, who: np.ndarray | None = None,
    kinds: tuple[type[Member], ...] = MEMBERS,
) -> Score:
    """The score of customers like these; `rows` as `in_order` gives them, `left` whether each has left; `who` tells which rows are of
    one customer, where some have several: these stay in one fold; `kinds` of members that are blended.

    Each kind of member learns on all folds but one, FOLDS times; what they say of the fold left out tells their weights and the
    calibration (stacking: Wolpert 1992; beta calibration: Kull, Silva Filho and Flach 2017).
    """
    folds = list(deal_folds(left, seed, who))
    tasks = [(kind, seen, unseen) for kind in kinds for seen, unseen in folds]
    found = Parallel(workers)(delayed(_fit_member)(kind, rows, left, attributes, seed, *where) for kind, *where in tasks)
    said, parts, fold = np.empty((len(kinds), len(rows))), np.zeros((len(kinds), rows.shape[1])), np.empty(len(rows), dtype=int)
    for (kind, _, unseen), (_, scores, own) in zip(tasks, found, strict=True):
        said[kinds.index(kind), unseen] = scores
        parts[kinds.index(kind)] += own / FOLDS
    members = tuple(tuple(member for member, *_ in found[at : at + FOLDS]) for at in range(0, len(found), FOLDS))
    for at, (_, unseen) in enumerate(folds):
        fold[unseen] = at
    weights = find_weights(said, left)
    means = pd.Series(weights[:-1] @ parts, rows.columns)
    blend = weights[:-1] @ said + weights[-1]
    bend = find_bend(blend, left)
    _, unsure = calibration_line(left, bent(blend, bend))
    return Score(members, weights, bend, _middle(members, weights, means), means, unsure, fold)


def _middle(members, weights: np.ndarray, means: pd.Series) -> float:
    """The blend of the average subscriber, whose parts are these."""
    return float(weights[:-1] @ [np.mean([one.base for one in kind]) for kind in members] + weights[-1] + means.sum())


def for_all(score: Score, rows: pd.DataFrame, times: float) -> Score:
    """A score learnt where those who left were drawn `times` as often as those who stayed, as it holds for all: the odds are so many
    times lower (King and Zeng 2001), and the average subscriber is that of `rows`, some of all."""
    means = blended_parts(score.members, score.weights, rows).mean()
    lower = score.bend - np.array([0.0, 0.0, np.log(times)])
    return replace(score, bend=lower, middle=_middle(score.members, score.weights, means), means=means)


def _fit_member(kind, rows, left, attributes, seed, seen, unseen) -> tuple[Member, np.ndarray, np.ndarray]:
    """A member, and what it says of whom it hasn't seen: scores, and the mean parts of some of them."""
    member, few = kind(rows.iloc[seen], left[seen], attributes, seed), unseen[:: len(unseen) // AVERAGE + 1]
    return member, member.scores(rows.iloc[unseen]), member.parts(rows.iloc[few]).mean().to_numpy()


def _mean_scores(members, rows: pd.DataFrame) -> np.ndarray:
    """Kinds × rows: the mean of each kind's members."""
    return np.array([np.mean([one.scores(rows) for one in kind], axis=0) for kind in members])


def blended_parts(members, weights: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    """What each attribute adds to the blend, before it is calibrated."""
    shares = [(weight / len(kind), one) for weight, kind in zip(weights[:-1], members, strict=True) for one in kind if weight > 0]
    parts = sum(share * one.parts(rows).to_numpy() for share, one in shares) if shares else np.zeros(rows.shape)
    return pd.DataFrame(parts, index=rows.index, columns=rows.columns)


def find_weights(said: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The weights of the members (kinds × customers, in log-odds), none below 0, and a shift, at the least log loss."""
    count, pull = len(said), ALIKE / len(left)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        score, off = weights[:-1] @ said + weights[-1], weights[:-1] - 1 / count
        gap = (probability_of(score) - left) / len(left)
        return float(np.mean(np.logaddexp(0, score) - left * score) + pull * off @ off), np.append(said @ gap + 2 * pull * off, gap.sum())

    start, bounds = np.append(np.full(count, 1 / count), 0.0), [(0, None)] * count + [(None, None)]
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x


def find_bend(score: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The calibration (a, b, c) of a score at the least log loss: see `bent`."""
    low, high, pull = -np.logaddexp(0, -score), np.logaddexp(0, score), UNBENT / len(left)

    def loss(bend: np.ndarray) -> tuple[float, np.ndarray]:
        said, off = bent(score, bend), bend - [1.0, 1.0, 0.0]
        gap = (probability_of(said) - left) / len(left)
        slope = np.array([gap @ low, gap @ high, gap.sum()]) + 2 * pull * off
        return float(np.mean(np.logaddexp(0, said) - left * said) + pull * off @ off), slope

    return minimize(loss, [1.0, 1.0, 0.0], jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)]).x


def bent(score: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Log-odds after calibration: a · ln p − b · ln (1 − p) + c of the score's probability p; (1, 1, 0) changes nothing."""
    return bend[0] * -np.logaddexp(0, -score) + bend[1] * np.logaddexp(0, score) + bend[2]


def slope_of(score: float, bend: np.ndarray) -> float:
    """By how much the calibrated log-odds rise there when the score rises by 1."""
    p = float(probability_of(np.array([score]))[0])
    return float(bend[0] * (1 - p) + bend[1] * p)


# ------------------------------------------------------------------------------------------------------- tried unseen


@dataclass(frozen=True)
class Unseen:
    """What was said of every customer by scores that hadn't seen them, the mean of all rounds.

    `base` and `parts` add up to the log-odds of `probability`. `rounds`: repeat, fold, row, ours (the probability said in that
    round), plain. `scores`: repeat, fold, method (ours, plain, base), auc, log_loss, brier.
    """

    probability: np.ndarray
    base: np.ndarray
    parts: pd.DataFrame
    rounds: pd.DataFrame
    scores: pd.DataFrame


def try_unseen(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, repeats: int, seed: int, workers: int = 1) -> Unseen:
    """The score, a plain logistic regression and the bare rate of leaving, each tried on the folds it hasn't learnt from."""
    rows = coded(rows, attributes)
    folds = [(repeat, fold, *of) for repeat in range(repeats) for fold, of in enumerate(deal_folds(left, seed + repeat))]
    found = Parallel(workers)(delayed(_try_fold)(rows, left, attributes, seed, seen, unseen) for _, _, seen, unseen in folds)
    base, parts = np.zeros(len(rows)), np.zeros(rows[attributes.all].shape)
    rounds, scores = [], []
    for (repeat, fold, _, unseen), (start, own, said) in zip(folds, found, strict=True):
        base[unseen] += start / repeats
        parts[unseen] += own / repeats
        scores += [{"repeat": repeat, "fold": fold, "method": m, **measure(left[unseen], p)} for m, p in said.items()]
        rounds.append(pd.DataFrame({"repeat": repeat, "fold": fold, "row": unseen, "ours": said["ours"], "plain": said["plain"]}))
    named = pd.DataFrame(parts, index=rows.index, columns=attributes.all)
    probability = probability_of(base + named.sum(axis=1).to_numpy())
    return Unseen(probability, base, named, pd.concat(rounds, ignore_index=True), pd.DataFrame(scores))


def _try_fold(rows, left, attributes, seed, seen, unseen) -> tuple[float, np.ndarray, dict[str, np.ndarray]]:
    """The score's base, its parts for the rows held back, and the probability that each method says of them."""
    fitted, held = fit_score(rows.iloc[seen], left[seen], attributes, seed), rows.iloc[unseen]
    parts = fitted.parts(held)[attributes.all].to_numpy()
    plain = plain_logistic(attributes).fit(rows.iloc[seen], left[seen]).predict_proba(held)[:, 1]
    ours = probability_of(fitted.base + parts.sum(axis=1))
    return fitted.base, parts, {"ours": ours, "plain": plain, "base": np.full(len(held), left[seen].mean())}


def deal_folds(left: np.ndarray, seed: int, who: np.ndarray | None = None):
    """The rows seen and unseen of each fold, those who left in equal shares, and those of one customer (`who`) together."""
    if who is None:
        return StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(left)), left)
    return StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(left)), left, who)


def plain_logistic(attributes: Attributes):
    """The plain logistic regression that the score is compared with: straight lines and values."""
    lists = OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist")
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    coder = make_column_transformer((lists, list(attributes.lists)), (numbers, list(attributes.numbers)))
    return make_pipeline(coder, LogisticRegression(max_iter=2000))


def probability_of(score: np.ndarray) -> np.ndarray:
    """Log-odds as a probability."""
    return 1 / (1 + np.exp(-np.asarray(score, dtype=float)))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """A probability as log-odds."""
    return np.log(probability / (1 - probability))


def measure(left: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """auc (1 sorts perfectly, 0.5 not at all), log_loss and brier (less is better)."""
    auc = roc_auc_score(left, probability)
    return {"auc": auc, "log_loss": log_loss(left, probability), "brier": brier_score_loss(left, probability)}


# --------------------------------------------------------------------------------------------------- reasons


def speak_once(parts: pd.DataFrame, rows: pd.DataFrame, attributes: Attributes) -> pd.DataFrame:
    """The parts with what two attributes say of exactly the same customers given to the first ("no internet service").

    The sum of each row stays the same.
    """
    parts, owner = parts.copy(), {}
    for name in sorted(attributes.lists, key=lambda name: rows[name].nunique()):
        for members in rows.groupby(name).groups.values():
            who = rows.index.isin(members)
            first = owner.setdefault(who.tobytes(), name)
            if first != name:
                parts.loc[who, first] += parts.loc[who, name]
                parts.loc[who, name] = 0.0
    return parts
