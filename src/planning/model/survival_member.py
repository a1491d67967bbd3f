"""A score of months of tenure: splines whose weights move with the month, so what matters early may matter otherwise late."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer

from planning.model.attributes import Attributes
from planning.model.churn_members import column_coder

MONTH = "month of tenure"
"""The attribute that says which month of tenure a row is."""
KNOTS = 9
"""Of the month alone, dense where tenure is short."""
UNIT = 20.0
"""Months that a straight move of a weight is counted in."""


class MovingSplines:
    """A logistic regression: numbers as splines, one column a value of a list, the month as a spline; the weights of attributes move with
    the month and with its logarithm. A member of a blend (churn_members.Member)."""

    def __init__(self, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> None:
        names, month = [name for name in rows if name != MONTH], rows[MONTH].to_numpy()
        self.coders = {name: column_coder(rows[[name]], name in attributes.numbers).fit(rows[[name]]) for name in names}
        knots = np.unique(np.geomspace(month.min(), max(month.max(), month.min() + 2), KNOTS).round())
        self.spline = SplineTransformer(knots=knots[:, None], include_bias=False).fit(month[:, None])
        self.middle = np.array([np.log(month).mean(), month.mean() / UNIT])
        blocks = [np.asarray(self.coders[name].transform(rows[[name]])) for name in names]
        moves = self._moves(month)
        moving = [(block[:, :, None] * moves[:, None, :]).reshape(len(rows), -1) for block in blocks]
        fitted = LogisticRegression(C=1.0, max_iter=2000).fit(np.hstack([self.spline.transform(month[:, None]), *moving]), left)
        ends = np.cumsum([self.spline.n_features_out_, *(part.shape[1] for part in moving)])
        self.base, (self.curve, *weights) = float(fitted.intercept_[0]), np.split(fitted.coef_[0], ends[:-1])
        self.weights = {name: own.reshape(-1, moves.shape[1]) for name, own in zip(names, weights, strict=True)}

    def _moves(self, month: np.ndarray) -> np.ndarray:
        """1, and how far the month's logarithm and the month lie from their middle: rows × 3."""
        return np.column_stack([np.ones(len(month)), np.log(month) - self.middle[0], month / UNIT - self.middle[1]])

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base in the month of its row."""
        month = rows[MONTH].to_numpy()
        moves, told = self._moves(month), {}
        for name in rows:
            where, values = pd.factorize(rows[name], use_na_sentinel=False)
            frame = pd.Series(values, name=name).to_frame()
            if name == MONTH:
                told[name] = (self.spline.transform(frame.to_numpy()) @ self.curve)[where]
            else:
                told[name] = ((np.asarray(self.coders[name].transform(frame)) @ self.weights[name])[where] * moves).sum(axis=1)
        return pd.DataFrame(told, index=rows.index)

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """The base and all parts."""
        return self.base + self.parts(rows).sum(axis=1).to_numpy()
