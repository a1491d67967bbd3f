"""Splines whose weights move with the month: parts that add up, and a weight that turns."""

import numpy as np
import pandas as pd
import pytest

from planning.model.attributes import Attributes
from planning.model.churn import fit_score, probability_of
from planning.model.survival_member import MONTH, MovingSplines

ATTRIBUTES = Attributes((MONTH, "visits"), ("plan",))


def months(size=6000, seed=1):
    """Months of tenure in which plan a leaves sooner at first and later at last."""
    rng = np.random.default_rng(seed)
    month, visits = rng.integers(1, 49, size).astype(float), rng.normal(size=size)
    rows = pd.DataFrame({MONTH: month, "visits": visits, "plan": rng.choice(["a", "b"], size)})
    truth = -2 + (rows["plan"] == "a") * (1.5 - rows[MONTH] / 16) - 0.5 * rows["visits"]
    return rows, rng.random(size) < probability_of(truth), truth.to_numpy()


@pytest.fixture(scope="module")
def fitted():
    rows, left, truth = months()
    return rows, MovingSplines(rows, left, ATTRIBUTES, 1), truth


def test_parts_add_up_to_the_score(fitted):
    rows, member, _ = fitted
    parts = member.parts(rows)
    assert list(parts) == list(rows) and member.base + parts.sum(axis=1).to_numpy() == pytest.approx(member.scores(rows))


def test_a_weight_turns_with_the_month(fitted):
    _, member, _ = fitted
    four = pd.DataFrame({MONTH: [2.0, 2, 46, 46], "visits": 0.0, "plan": ["a", "b"] * 2})
    early, late = -np.diff(member.scores(four))[[0, 2]]
    assert early == pytest.approx(1.5 - 2 / 16, abs=0.6) and late == pytest.approx(1.5 - 46 / 16, abs=0.6)


def test_the_truth_is_found(fitted):
    rows, member, truth = fitted
    assert np.abs(probability_of(member.scores(rows)) - probability_of(truth)).mean() < 0.03


def test_one_month_for_all_and_a_value_never_seen_are_borne():
    rows, left, _ = months(800)
    member = MovingSplines(rows.assign(**{MONTH: 1.0}), left, ATTRIBUTES, 1)
    assert np.isfinite(member.scores(pd.DataFrame({MONTH: [1.0, 9.0], "visits": [np.nan, 0.0], "plan": ["c", "a"]}))).all()


def test_folds_tell_apart_what_their_mean_tells():
    rows, left, _ = months(3000)
    score = fit_score(rows, left, ATTRIBUTES, 1, kinds=(MovingSplines,))
    told = score.by_fold(rows)
    assert told.shape == (5, 3000) and told.mean(axis=0) == pytest.approx(score.score(rows), abs=0.02) and told.std(axis=0).min() > 0
