"""The scores that the odds of leaving are made of: splines, steps and trees, each in log-odds, each the sum of its attributes' parts.

Splines (a logistic regression) and steps (boosted trees of one attribute each) know no attribute that matters by another's value; trees
do. What a tree says is divided among its attributes by Shapley's values (Lundberg and Lee 2017), so that parts always add up to the score.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler

from planning.model.attributes import Attributes

RARE = 10
"""Values that fewer customers have are taken together."""
KNOTS = 6


class Member(Protocol):
    """A fitted score of its own; `rows` as attributes.in_order or attributes.coded give them."""

    base: float

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base, rows × attributes, in log-odds."""

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """The base and all parts, row by row."""


class Splines:
    """A logistic regression: numbers as splines through their quantiles, one column for each value of a list."""

    def __init__(self, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> None:
        coders = {name: column_coder(rows[[name]], name in attributes.numbers).fit(rows[[name]]) for name in rows}
        blocks = {name: coder.transform(rows[[name]]) for name, coder in coders.items()}
        fitted = LogisticRegression(C=1.0, max_iter=2000).fit(np.hstack(list(blocks.values())), left)
        ends = np.cumsum([block.shape[1] for block in blocks.values()])
        weights = np.split(fitted.coef_[0], ends[:-1])
        self.base = float(fitted.intercept_[0])
        self.curves = {name: (coders[name], own) for name, own in zip(rows, weights, strict=True)}

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base."""
        return _by_value(rows, {name: self._curve(name, values) for name, values in _values_of(rows).items()})

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """The base and all parts."""
        return self.base + self.parts(rows).sum(axis=1).to_numpy()

    def _curve(self, name: str, values: pd.Series) -> np.ndarray:
        coder, weights = self.curves[name]
        return np.asarray(coder.transform(values.to_frame(name)) @ weights).ravel()


def column_coder(column: pd.DataFrame, is_number: bool):
    """How one attribute enters the regression: a spline through its quantiles, or one column a value."""
    if not is_number:
        return OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
    known = column.iloc[:, 0].dropna()
    knots = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS)))
    spline = SplineTransformer(knots=knots[:, None], extrapolation="linear", include_bias=False) if len(knots) > 1 else StandardScaler()
    return make_union(make_pipeline(SimpleImputer(strategy="median"), spline), MissingIndicator(features="all"))


class Steps:
    """Boosted trees of one attribute each; parts are counted from the first row they learnt from."""

    def __init__(self, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> None:
        lists = OrdinalEncoder(min_frequency=RARE, max_categories=100, handle_unknown="use_encoded_value", unknown_value=np.nan)
        self.coder = make_column_transformer((lists, list(attributes.lists)), ("passthrough", list(attributes.numbers)))
        numbers = self.coder.fit_transform(rows).astype(float)
        self.trees = HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=300, max_leaf_nodes=4, min_samples_leaf=40, l2_regularization=1.0, early_stopping=False,
            categorical_features=np.arange(numbers.shape[1]) < len(attributes.lists), interaction_cst="no_interactions",
            random_state=seed,
        ).fit(numbers, left)  # fmt: skip
        self.first, self.base = rows.iloc[:1], float(self.trees.decision_function(numbers[:1])[0])

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base: the first row's score with this attribute's values, less its own."""
        values = _values_of(rows)
        frames = [pd.concat([self.first] * len(each)).assign(**{name: each.to_numpy()}) for name, each in values.items()]
        said = self.scores(pd.concat(frames, ignore_index=True)[self.first.columns]) - self.base
        ends = np.cumsum([len(each) for each in values.values()])
        return _by_value(rows, dict(zip(values, np.split(said, ends[:-1]), strict=True)))

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """What the trees say."""
        return self.trees.decision_function(self.coder.transform(rows[self.first.columns]).astype(float))


class Trees:
    """Boosted symmetric trees in which up to four attributes matter together."""

    def __init__(self, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> None:
        from catboost import CatBoostClassifier  # where trees grow only: it loads Polars where that is, whose thread forbids a fork

        self.attributes = attributes
        self.model = CatBoostClassifier(
            iterations=250, depth=4, learning_rate=0.06, l2_leaf_reg=8, one_hot_max_size=20, random_seed=seed, thread_count=1, verbose=0,
            allow_writing_files=False,
        ).fit(self._pool(rows, left))  # fmt: skip
        self.base = float(self._shares(rows.iloc[:1])[0, -1])

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base, by Shapley's values."""
        return pd.DataFrame(self._shares(rows)[:, :-1], index=rows.index, columns=self.attributes.all)[list(rows)]

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """What the trees say."""
        return self.model.predict(self._pool(rows), prediction_type="RawFormulaVal")

    def _shares(self, rows: pd.DataFrame) -> np.ndarray:
        return self.model.get_feature_importance(self._pool(rows), type="ShapValues", thread_count=1)

    def _pool(self, rows: pd.DataFrame, left: np.ndarray | None = None):
        from catboost import Pool

        lists = {name: rows[name].astype(str) for name in self.attributes.lists}
        return Pool(rows[self.attributes.all].assign(**lists), left, cat_features=list(self.attributes.lists))


MEMBERS = (Splines, Steps, Trees)


def _values_of(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The different values of each attribute: what is said of them is reckoned once and then looked up."""
    return {name: pd.Series(rows[name].unique()) for name in rows}


def _by_value(rows: pd.DataFrame, said: dict[str, np.ndarray]) -> pd.DataFrame:
    columns = {name: each[pd.factorize(rows[name], use_na_sentinel=False)[0]] for name, each in said.items()}
    return pd.DataFrame(columns, index=rows.index)
