"""How long made-up subscribers stay, whose hazards are known."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.model import survival
from planning.model.attributes import Attributes
from planning.model.survival import (
    fit_survival,
    months_ahead,
    months_there,
    months_until,
    stays_of_log_odds,
    try_survival,
)
from planning.model.survival_scores import groups_by_odds, mean_gap

ATTRIBUTES = Attributes(("visits",), ("contract",))
MONTHS = np.arange(1, 61)


def world(size, seed, watched=60):
    """Monthly contracts: leaving at 8 % in the first month and less and less; yearly: 1 % and more and more; fewer visits, more leave.

    Everybody began at a time of their own, at most `watched` months ago. Also the true odds of leaving by month.
    """
    rng = np.random.default_rng(seed)
    monthly, visits = rng.random(size) < 0.6, rng.uniform(0, 8, size)
    hazard = np.where(monthly[:, None], 0.02 + 0.06 / MONTHS, 0.01 + 0.02 * (MONTHS / 60) ** 2) * np.where(visits < 2, 2.0, 1.0)[:, None]
    gone = rng.random(hazard.shape) < hazard
    leaves = np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, 999)
    began = rng.integers(0, watched + 1, size)
    rows = pd.DataFrame({"contract": np.where(monthly, "monthly", "yearly"), "visits": visits}, index=[f"c{at}" for at in range(size)])
    return rows, np.minimum(leaves, began).astype(float), leaves <= began, hazard


@pytest.fixture(scope="module")
def fitted():
    rows, tenure, left, _ = world(9000, 1)
    return fit_survival(rows, tenure, left, ATTRIBUTES, 7)


@pytest.fixture(scope="module")
def later():
    """Others of the same world."""
    rows, tenure, left, hazard = world(2500, 2)
    return rows, tenure, left, np.cumprod(1 - hazard, axis=1)


# the odds


@pytest.mark.parametrize("month", [1, 3, 12, 36])
def test_the_true_odds_are_found_for_others_though_most_are_censored(fitted, later, month):
    rows, _, _, true = later
    told = fitted.stays(rows, month)[:, -1]
    for _, who in rows.assign(few=rows["visits"] < 2).reset_index().groupby(["contract", "few"]):
        assert told[who.index].mean() == pytest.approx(true[who.index, month - 1].mean(), abs=0.035), "by chance about 0.015"


def test_what_matters_early_may_matter_otherwise_late(fitted):
    """In the first month five times as many leave a monthly contract as a yearly one; after four years about as many do."""
    two = pd.DataFrame({"contract": ["monthly", "yearly"], "visits": [5.0, 5.0]})
    hazard = 1 / (1 + np.exp(-fitted.log_odds(two, np.tile([1, 50], (2, 1))).mean(axis=0)))
    assert 4 < hazard[0, 0] / hazard[1, 0] < 12 and 0.6 < hazard[0, 1] / hazard[1, 1] < 1.6


def test_the_odds_of_those_still_there_are_those_of_who_comes_given_that_they_stayed(fitted, later):
    rows = later[0].head(40)
    new, later_on = fitted.stays(rows, 24), fitted.stays_on(rows, np.full(40, 12.0), 12)
    assert later_on == pytest.approx(new[:, 12:] / new[:, 11:12])
    assert (np.diff(new, axis=1) <= 0).all() and ((new > 0) & (new < 1)).all()


def test_odds_hold_by_tenth_of_the_subscribers(fitted, later):
    rows, tenure, left, _ = later
    assert mean_gap(groups_by_odds(1 - fitted.stays(rows, 12)[:, -1], 12, tenure, left)) < 0.04, "by chance about 0.025"


def test_after_the_longest_tenure_the_odds_of_its_month_go_on(fitted):
    one = pd.DataFrame({"contract": ["monthly"], "visits": [5.0]})
    stays = fitted.stays_on(one, np.array([60.0]), 3)[0]
    assert fitted.last == 60 and stays == pytest.approx(stays[0] ** np.array([1, 2, 3]))


def test_the_months_that_few_reached_are_told_as_one(fitted):
    one = pd.DataFrame({"contract": ["monthly", "yearly"], "visits": [5.0, 1.0]})
    stays = fitted.stays_on(one, np.full(2, fitted.steady - 1.0), 12)
    assert 30 < fitted.steady < fitted.last and stays == pytest.approx(stays[:, :1] ** np.arange(1, 13))


def test_where_few_were_watched_the_odds_are_those_of_all_who_were(monkeypatch):
    """Who is there after 40 months, as a tenth are, leaves in the 45th or never: told is what came a month from then on."""
    monkeypatch.setattr(survival, "MOST", 8000)
    rng = np.random.default_rng(5)
    watched = np.append(rng.integers(1, 40, 2700), rng.integers(40, 61, 300))
    leaves = np.where(rng.random(3000) < 0.5, rng.geometric(0.02, 3000), 999)
    leaves = np.where((leaves > 40) & (leaves < 999), 45, leaves)
    rows, tenure, left = pd.DataFrame({"noise": rng.normal(size=3000)}), np.minimum(leaves, watched), leaves <= watched
    fitted = fit_survival(rows, tenure, left, Attributes((), ()), 7)
    late = tenure >= fitted.steady
    months = (tenure[late] - fitted.steady + 1).sum()
    told = 1 - fitted.stays_on(rows.head(2), np.array([44.0, 59.0]), 1)[:, 0]
    assert told == pytest.approx(np.full(2, left[late].sum() / months), abs=0.01)


def test_a_constant_hazard_is_found_without_an_attribute(monkeypatch):
    monkeypatch.setattr(survival, "MOST", 8000)
    rng = np.random.default_rng(3)
    leaves, watched = rng.geometric(0.03, 4000), rng.integers(0, 37, 4000)
    rows = pd.DataFrame({"noise": rng.normal(size=4000)})
    fitted = fit_survival(rows, np.minimum(leaves, watched), leaves <= watched, Attributes((), ()), 7)
    assert fitted.stays(rows.head(1), 24)[0, [0, 11, 23]] == pytest.approx(0.97 ** np.array([1, 12, 24]), abs=0.03)


def test_everybody_may_have_left():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"plan": rng.choice(["a", "b"], 1500)})
    leaves = rng.geometric(np.where(rows["plan"] == "a", 0.2, 0.05))
    fitted = fit_survival(rows, leaves, np.ones(1500, dtype=bool), Attributes((), ("plan",)), 7)
    two = pd.DataFrame({"plan": ["a", "b"]})
    assert fitted.stays(two, 6)[:, -1] == pytest.approx([0.8**6, 0.95**6], abs=0.05)


def test_the_same_seed_tells_the_same_odds(monkeypatch):
    monkeypatch.setattr(survival, "MOST", 2000)
    rows, tenure, left, _ = world(1000, 1)
    first, again = (fit_survival(rows, tenure, left, ATTRIBUTES, 7).stays(rows.head(20), 12) for _ in range(2))
    assert (first == again).all()


def test_a_value_never_seen_and_a_missing_number_get_odds(fitted):
    odd = pd.DataFrame({"contract": ["for ever", None], "visits": [np.nan, 4.0]})
    stays = fitted.stays(odd, 12)
    assert ((stays > 0) & (stays < 1)).all()


def test_nobody_to_tell_of_is_no_row(fitted):
    assert fitted.stays(pd.DataFrame({"contract": [], "visits": []}), 12).shape == (0, 12)


# tried


def test_survival_is_tried_on_whom_it_has_not_seen(monkeypatch):
    monkeypatch.setattr(survival, "MOST", 4000)
    rows, tenure, left, _ = world(2500, 4)
    tried = try_survival(fit_survival(rows, tenure, left, ATTRIBUTES, 7), rows, tenure, left)
    mean = tried.scores.groupby("method")[["concordance", "integrated_brier"]].mean()
    assert len(tried.scores) == 10 and tried.stays.shape == (2500, 60)
    assert mean.at["base", "concordance"] == 0.5 < 0.58 < mean.at["ours", "concordance"] < 0.75
    assert mean.at["ours", "integrated_brier"] < mean.at["base", "integrated_brier"]


# by hand


def test_months_are_counted_whole():
    assert months_there(np.array([3.4, 3.4, 3.0, 3.0, 0.0, 0.0]), np.array([1, 0, 1, 0, 1, 0], bool)).tolist() == [4, 3, 3, 3, 1, 0]
    assert months_ahead(np.array([0.0, 5.5]), 2).tolist() == [[1, 2], [6, 7]]


def test_odds_multiply_and_the_median_is_the_month_they_reach_one_half():
    assert stays_of_log_odds(np.array([[0.0, 0.0], [np.log(1 / 9), -50]])) == pytest.approx(np.array([[0.5, 0.25], [0.9, 0.9]]))
    months = months_until(np.array([[0.8, 0.5, 0.4], [0.9, 0.8, 0.7], [0.2, 0.1, 0.0]]))
    assert months.tolist()[::2] == [2, 1] and np.isnan(months[1])


# bad input


def broken(tenure=None, left=None, size=400):
    rows, months, gone, _ = world(size, 5)
    return rows, months if tenure is None else tenure(months), gone if left is None else left(gone)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (broken(left=np.zeros_like), "too few to learn from.*got 0 left"),
        (broken(tenure=np.ones_like, left=np.ones_like), "too few to learn from.*400 left, 0 months stayed"),
        (broken(size=10), "too few to learn from"),
        (broken(tenure=lambda months: np.where(np.arange(400) < 7, np.nan, months)), "no tenure.*c0, c1, c2, c3, c4 and 2 more"),
        (broken(tenure=lambda months: np.where(np.arange(400) == 7, -1, months)), "tenure below 0.*c7"),
        (broken(left=lambda gone: np.where(np.arange(400) == 3, None, gone)), "not known whether they left.*c3"),
        (broken(tenure=lambda months: months[:-1]), "not one of each.*400 rows, 399 tenures"),
    ],
    ids=["nobody left", "all left at once", "ten", "missing", "negative", "unknown", "short"],
)
def test_what_cannot_be_learnt_from_is_refused(what, said):
    with pytest.raises(RequestError, match=said):
        fit_survival(*what, ATTRIBUTES, 7)


def test_the_tenure_is_no_attribute_of_tenure():
    rows, tenure, left, _ = world(400, 5)
    with pytest.raises(RequestError, match="months: an attribute is the tenure"):
        fit_survival(rows.assign(months=tenure * 30.4), tenure, left, Attributes(("visits", "months"), ("contract",)), 7)
