"""Alarms of a leak: what is known only after a customer has left, or stands for it, tells too well who leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from planning.model.attributes import NOTHING, Attributes, coded
from planning.model.churn import deal_folds, fit_score


def shuffled_auc(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int, workers: int = 1) -> tuple[float, float]:
    """The AUC of the whole method when who left is dealt out at random, and its standard error there: ½ unless something leaks."""
    rows, dealt = coded(rows, attributes), np.random.default_rng(seed).permutation(left)
    fits = [(unseen, fit_score(rows.iloc[seen], dealt[seen], attributes, seed, workers)) for seen, unseen in deal_folds(dealt, seed)]
    auc = np.mean([roc_auc_score(dealt[unseen], fitted.score(rows.iloc[unseen])) for unseen, fitted in fits])
    n, gone = len(dealt), int(dealt.sum())
    return float(auc), float(np.sqrt((n + 1) / (12 * gone * (n - gone))))


def alone_auc(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> pd.Series:
    """How well each attribute alone sorts those who left from the others, by the rate of leaving in its bands, unseen."""
    folds = list(deal_folds(left, seed))
    return pd.Series({name: _alone(rows[name], left, name in attributes.numbers, folds) for name in attributes.all}, dtype=float)


def _alone(column: pd.Series, left: np.ndarray, is_number: bool, folds: list) -> float:
    group = (column.rank(pct=True) * 20).round().fillna(-1) if is_number else column
    said = np.zeros(len(left))
    for seen, unseen in folds:
        rates = pd.Series(left[seen]).groupby(group.to_numpy()[seen]).mean()
        said[unseen] = group.iloc[unseen].map(rates).fillna(left[seen].mean())
    return float(roc_auc_score(left, said))


def leavers_only(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, least: int = 30) -> list[str]:
    """Values that at least `least` customers have and all of those have left: known only after leaving, one must fear."""
    found = []
    for name in attributes.all:
        group = rows[name].isna().map({True: NOTHING, False: ""}) if name in attributes.numbers else rows[name]
        counts = pd.Series(left).groupby(group.to_numpy()).agg(["size", "mean"])
        found += [f"{name}: {value}" for value, n, rate in counts.itertuples() if n >= least and rate == 1]
    return found


def stands_for_total(table: pd.DataFrame, attributes: Attributes, tenure: str, charge: str) -> pd.Series:
    """How closely each further number follows tenure × charge (rank correlation): a total knows the date of leaving."""
    billed = table[tenure] * table[charge]
    others = [name for name in attributes.numbers if name not in (tenure, charge)]
    return pd.Series({name: abs(billed.corr(table[name], method="spearman")) for name in others}, dtype=float)
