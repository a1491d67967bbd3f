"""When subscribers leave: their odds within any number of months, from what was known of them on a day.

Time ahead is cut into PIECES; for each a score of its own (model.churn) says who of those still there at its beginning leaves within
it. So odds never fall with the months, and each piece learns from all days whose outcome is known. Within a piece, and after the last
whose outcome is known of anybody, a subscriber leaves at an even rate.

Source: landmarking (van Houwelingen 2007), pieces as in discrete-time survival analysis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.model.attributes import Attributes, in_order
from planning.model.churn import AVERAGE, Score, fit_score, for_all, probability_of

PIECES = (1, 3, 12)
"""Months at which the pieces end."""
LEAST = 50
"""Fewer who left within a piece, or who stayed, are too few to learn from."""
MOST = 25_000
"""Rows a piece learns from, drawn from all where there are more: of those who left all, as long as they are no more than half."""
NODES = 16
"""Points of the way on which reasons are weighed: more move them by less than 1e-9."""


@dataclass(frozen=True)
class Leaving:
    """A score for each piece (none where too few left in it: then `rates` hold), `rates`: the share that left in each piece."""

    attributes: Attributes
    pieces: tuple[int, ...]
    scores: tuple[Score | None, ...]
    rates: tuple[float, ...]

    def steps(self, known: pd.DataFrame) -> np.ndarray:
        """Of each subscriber the odds of leaving in each piece, had they stayed until then: rows × pieces."""
        rows = in_order(known, self.attributes)
        pieces = zip(self.scores, self.rates, strict=True)
        return np.column_stack([np.full(len(rows), rate) if score is None else probability_of(score.score(rows)) for score, rate in pieces])

    def stays(self, known: pd.DataFrame, months: np.ndarray) -> np.ndarray:
        """The odds of still being there after so many months: rows × months."""
        return stays_of(self.steps(known), np.asarray(months, dtype=float), self.pieces)

    def odds(self, known: pd.DataFrame, months: float) -> np.ndarray:
        """The odds of having left after so many months, of each."""
        return 1 - self.stays(known, np.array([months]))[:, 0]

    def parts(self, known: pd.DataFrame, months: float) -> tuple[float, pd.DataFrame]:
        """What each attribute adds to the log-odds of having left after so many months, and the base it adds to: the average subscriber's.

        Each piece's parts count as much as the log-odds move with its score, on the straight way from the average subscriber to this one
        (Aumann and Shapley 1974), so that they add up.
        """
        rows = in_order(known, self.attributes)
        scored = [None if score is None else score.parts(rows)[self.attributes.all].to_numpy() for score in self.scores]
        starts = [_log_odds(rate) if score is None else score.base for score, rate in zip(self.scores, self.rates, strict=True)]
        way = np.array([np.zeros(len(rows)) if own is None else own.sum(axis=1) for own in scored]).T
        most = [*[1.0] * (len(self.pieces) - 1), np.inf]  # after the last piece its rate goes on
        shares = np.clip((months - np.array([0, *self.pieces[:-1]])) / np.diff([0, *self.pieces]), 0, most)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        counted = sum(
            weight / 2 * _weights_of(np.array(starts) + (node + 1) / 2 * way, shares) for node, weight in zip(nodes, weights, strict=True)
        )
        parts = sum(own * counted[:, [at]] for at, own in enumerate(scored) if own is not None)
        stay = float(shares @ np.log1p(-probability_of(starts)))
        return float(np.log(np.expm1(-stay))), pd.DataFrame(parts, index=known.index, columns=self.attributes.all)


def _log_odds(rate: float) -> float:
    return float(np.log(rate / (1 - rate))) if 0 < rate < 1 else -np.inf


def _weights_of(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """By how much the log-odds of having left rise with each piece's score: rows × pieces. `shares`: how much of each piece counts."""
    odds = probability_of(scores)
    return shares * odds / -np.expm1(np.log1p(-odds) @ shares)[:, None]


def stays_of(steps: np.ndarray, months: np.ndarray, pieces: tuple[int, ...] = PIECES) -> np.ndarray:
    """The odds of still being there after `months`, from the odds of leaving in each piece (rows × pieces).

    Example: 10 % in the first month, then 19 % in two: 0.9 after one, 0.9 × 0.9 after two, 0.9 × 0.81 after three.
    """
    starts, lengths = np.array([0, *pieces[:-1]]), np.diff([0, *pieces])
    rates = -np.log1p(-np.minimum(steps, 1 - 1e-12)) / lengths
    lasting = np.clip(months[:, None] - starts, 0, np.append(lengths[:-1], np.inf))
    return np.exp(-rates @ lasting.T)


def months_to_leave(steps: np.ndarray, most: int, pieces: tuple[int, ...] = PIECES) -> np.ndarray:
    """The month within which the odds of having left reach one half; missing where they don't within `most` months."""
    gone = stays_of(steps, np.arange(1, most + 1), pieces) <= 0.5
    return np.where(gone.any(axis=1), gone.argmax(axis=1) + 1.0, np.nan)


def fit_leaving(panel: pd.DataFrame, attributes: Attributes, seed: int, workers: int = 1, pieces: tuple[int, ...] = PIECES) -> Leaving:
    """Learnt from subscribers on past days. `panel`: subscriber, the attributes, `months` (in which they left; missing where they stayed
    as long as was watched) and `watched` (how many months).

    RequestError where too few left in any piece, or nobody stayed.
    """
    scores, rates, start = [], [], 0
    pieces = tuple(end for end in pieces if end <= panel["watched"].max())
    for end in pieces:
        known = panel[(panel["watched"] >= end) & ~(panel["months"] <= start)]
        left = (known["months"] <= end).to_numpy()
        rates.append(float(left.mean()) if len(left) else 0.0)
        scores.append(_fit_piece(known, left, attributes, seed, workers) if min(left.sum(), (~left).sum()) >= LEAST else None)
        start = end
    if not any(scores):
        counts = f"{int((panel['months'] <= pieces[-1]).sum())} left, {int((~(panel['months'] <= pieces[-1])).sum())} stayed"
        raise RequestError("subscribers", [Problem("too few to learn from", "contracts", counts, f"at least {LEAST} of each in a piece")])
    return Leaving(attributes, pieces, tuple(scores), tuple(rates))


def _fit_piece(known: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int, workers: int) -> Score:
    """The score of a piece; where there are more rows than MOST, learnt from some of them as it holds for all."""
    if len(known) <= MOST:
        return _fit_rows(known, left, attributes, seed, workers)
    rng, gone, stayed = np.random.default_rng(seed), np.flatnonzero(left), np.flatnonzero(~left)
    some = max(min(len(gone), MOST // 2), MOST - len(stayed))
    drawn = np.sort(np.concatenate([rng.choice(gone, some, replace=False), rng.choice(stayed, MOST - some, replace=False)]))
    score = _fit_rows(known.iloc[drawn], left[drawn], attributes, seed, workers)
    few = known.iloc[rng.choice(len(known), min(len(known), AVERAGE), replace=False)]
    return for_all(score, in_order(few, attributes), some / len(gone) / ((MOST - some) / len(stayed)))


def _fit_rows(known: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int, workers: int) -> Score:
    who = pd.factorize(known["subscriber"])[0]
    return fit_score(in_order(known, attributes).reset_index(drop=True), left, attributes, seed, workers, who)
