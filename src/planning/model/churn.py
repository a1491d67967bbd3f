"""The odds that a subscriber leaves: an additive score, tried on customers it hasn't seen, and the alarms of a leak.

Everything that learns (spline knots, codes, rare values, both halves of the score) learns within a fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler

FOLDS = 5
NOTHING = "–"
"""What stands for a missing value of an attribute that has values and not numbers."""
FEW_VALUES = 10
"""A number with fewer values than this is taken as one value of a list."""
RARE = 10
"""Values that fewer customers have are taken together."""
KNOTS = 6


@dataclass(frozen=True)
class Attributes:
    """Which columns the score may use: `numbers` enter as smooth curves, `lists` value by value."""

    numbers: tuple[str, ...]
    lists: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        """All of them, numbers first."""
        return [*self.numbers, *self.lists]


def select_attributes(table: pd.DataFrame, without: list[str]) -> Attributes:
    """The columns that may explain who leaves: all but `without` and those that are the same for everybody."""
    used = [column for column in table if column not in without and table[column].nunique(dropna=False) > 1]
    numbers = [c for c in used if pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() >= FEW_VALUES]
    return Attributes(tuple(numbers), tuple(column for column in used if column not in numbers))


def value_text(value: object) -> str:
    """A value of a list as text: 1.0 and True are "1" and "True", nothing is a dash."""
    if pd.isna(value):
        return NOTHING
    return str(int(value)) if isinstance(value, (float, np.floating)) and float(value).is_integer() else str(value)


def in_order(table: pd.DataFrame, attributes: Attributes) -> pd.DataFrame:
    """The attributes alone, numbers as floats and lists as text."""
    numbers = {name: table[name].astype(float) for name in attributes.numbers}
    return pd.DataFrame(numbers | {name: table[name].map(value_text) for name in attributes.lists}, index=table.index)


def coded(rows: pd.DataFrame, attributes: Attributes) -> pd.DataFrame:
    """The same with each value of a list as a number: names only, so that texts needn't be compared again in every fold."""
    return rows.assign(**{name: pd.factorize(rows[name], sort=True)[0].astype(float) for name in attributes.lists})


# ------------------------------------------------------------------------------------------------------------ the score


@dataclass(frozen=True)
class Score:
    """A fitted score in log-odds: `base` is the average subscriber's, `parts(rows)` what each attribute adds to it.

    It is the plain mean of two additive scores, a logistic regression on splines and boosted trees of one attribute each, so
    the parts add up to it exactly.
    """

    base: float
    smooth: dict[str, tuple]
    stepped: tuple
    means: pd.Series

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What each attribute adds to the base for each row, in log-odds."""
        return _parts(rows, self.smooth, self.stepped) - self.means

    def score(self, rows: pd.DataFrame) -> np.ndarray:
        """The score of each row, in log-odds."""
        return self.base + self.parts(rows).sum(axis=1).to_numpy()


def fit_score(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> Score:
    """The score of customers like these; `rows` as `in_order` gives them, `left` whether each has left."""
    smooth, start = _fit_smooth(rows, left, attributes)
    stepped, reference = _fit_stepped(rows, left, attributes, seed)
    means = _parts(rows, smooth, stepped).mean()
    return Score((start + reference) / 2 + float(means.sum()), smooth, stepped, means)


def _parts(rows: pd.DataFrame, smooth: dict[str, tuple], stepped: tuple) -> pd.DataFrame:
    """Half the sum of what both scores say of each attribute; value by value, then looked up."""
    known = {name: pd.Series(rows[name].unique()) for name in rows}
    steps = _step_values(known, rows, stepped)
    columns = {}
    for name, values in known.items():
        transformer, weights = smooth[name]
        curve = np.asarray(transformer.transform(values.to_frame(name)) @ weights).ravel()
        at = pd.Index(values).get_indexer(rows[name])
        columns[name] = ((curve + steps[name]) / 2)[at]
    return pd.DataFrame(columns, index=rows.index)


def _fit_smooth(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes) -> tuple[dict[str, tuple], float]:
    """The logistic regression: by attribute its transformer and weights, and the intercept."""
    transformers = {name: _coder(rows[[name]], name in attributes.numbers).fit(rows[[name]]) for name in rows}
    blocks = {name: transformer.transform(rows[[name]]) for name, transformer in transformers.items()}
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(np.hstack(list(blocks.values())), left)
    ends = np.cumsum([block.shape[1] for block in blocks.values()])
    weights = np.split(fitted.coef_[0], ends[:-1])
    return {name: (transformers[name], w) for name, w in zip(rows, weights, strict=True)}, float(fitted.intercept_[0])


def _coder(column: pd.DataFrame, is_number: bool):
    """How one attribute enters the regression: a spline through its quantiles, or one column a value."""
    if not is_number:
        return OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
    known = column.iloc[:, 0].dropna()
    knots = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS)))
    spline = SplineTransformer(knots=knots[:, None], extrapolation="linear", include_bias=False) if len(knots) > 1 else StandardScaler()
    return make_union(make_pipeline(SimpleImputer(strategy="median"), spline), MissingIndicator(features="all"))


def _fit_stepped(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> tuple[tuple, float]:
    """The boosted trees, each of one attribute; and the score of the first row, from which their parts are counted."""
    lists = OrdinalEncoder(min_frequency=RARE, max_categories=100, handle_unknown="use_encoded_value", unknown_value=np.nan)
    coder = make_column_transformer((lists, list(attributes.lists)), ("passthrough", list(attributes.numbers)))
    coded = coder.fit_transform(rows).astype(float)
    listed = np.arange(coded.shape[1]) < len(attributes.lists)
    trees = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=300, max_leaf_nodes=4, min_samples_leaf=40, l2_regularization=1.0, early_stopping=False,
        categorical_features=listed, interaction_cst="no_interactions", random_state=seed,
    ).fit(coded, left)  # fmt: skip
    return (coder, trees, coded[:1], rows.iloc[:1]), float(trees.decision_function(coded[:1])[0])


def _step_values(known: dict[str, pd.Series], rows: pd.DataFrame, stepped: tuple) -> dict[str, np.ndarray]:
    """What the trees say of each value of each attribute, against the first row they learnt from."""
    coder, trees, coded, first = stepped
    frames = [pd.concat([first] * len(values)).assign(**{name: values.to_numpy()}) for name, values in known.items()]
    said = trees.decision_function(coder.transform(pd.concat(frames, ignore_index=True)[rows.columns]).astype(float))
    ends = np.cumsum([len(values) for values in known.values()])
    return dict(zip(known, np.split(said - trees.decision_function(coded)[0], ends[:-1]), strict=True))


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


def try_unseen(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, repeats: int, seed: int) -> Unseen:
    """The score, a plain logistic regression and the bare rate of leaving, each tried on the folds it hasn't learnt from."""
    rows = coded(rows, attributes)
    base, parts = np.zeros(len(rows)), np.zeros((repeats, len(rows), len(attributes.all)))
    rounds, scores = [], []
    for repeat in range(repeats):
        for fold, (seen, unseen) in enumerate(_folds(left, seed + repeat)):
            fitted = fit_score(rows.iloc[seen], left[seen], attributes, seed)
            held = rows.iloc[unseen]
            base[unseen] += fitted.base / repeats
            parts[repeat, unseen] = fitted.parts(held)[attributes.all]
            ours = probability_of(fitted.base + parts[repeat, unseen].sum(axis=1))
            plain = plain_logistic(attributes).fit(rows.iloc[seen], left[seen]).predict_proba(held)[:, 1]
            said = {"ours": ours, "plain": plain, "base": np.full(len(held), left[seen].mean())}
            scores += [{"repeat": repeat, "fold": fold, "method": m, **measure(left[unseen], p)} for m, p in said.items()]
            rounds.append(pd.DataFrame({"repeat": repeat, "fold": fold, "row": unseen, "ours": ours, "plain": plain}))
    mean = pd.DataFrame(parts.mean(axis=0), index=rows.index, columns=attributes.all)
    probability = probability_of(base + mean.sum(axis=1).to_numpy())
    return Unseen(probability, base, mean, pd.concat(rounds, ignore_index=True), pd.DataFrame(scores))


def _folds(left: np.ndarray, seed: int):
    return StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(left)), left)


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


def shuffled_auc(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> tuple[float, float]:
    """The AUC of the whole method when who left is dealt out at random, and its standard error there: ½ unless something leaks."""
    rows, dealt = coded(rows, attributes), np.random.default_rng(seed).permutation(left)
    fits = [(unseen, fit_score(rows.iloc[seen], dealt[seen], attributes, seed)) for seen, unseen in _folds(dealt, seed)]
    auc = np.mean([roc_auc_score(dealt[unseen], fitted.score(rows.iloc[unseen])) for unseen, fitted in fits])
    n, gone = len(dealt), int(dealt.sum())
    return float(auc), float(np.sqrt((n + 1) / (12 * gone * (n - gone))))


# --------------------------------------------------------------------------------------------------- reasons and alarms


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


def alone_auc(rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> pd.Series:
    """How well each attribute alone sorts those who left from the others, by the rate of leaving in its bands, unseen."""
    folds = list(_folds(left, seed))
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
