"""What made-up subscribers are still worth, and how often the intervals held what they brought."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.model import survival
from planning.model.attributes import Attributes
from planning.model.survival import Tried, draw_log_odds, fit_survival, try_survival
from planning.model.survival_member import MovingSplines
from planning.plan import subscriber_lifetime
from planning.plan.subscriber_lifetime import Worth, build_lifetimes, check_lifetimes

ATTRIBUTES, WORTH = Attributes(("visits",), ("contract",)), Worth(0.5, 0.1, 24)
LONGEST = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One kind of member instead of two, few months learnt from, few worlds drawn."""
    monkeypatch.setattr(survival, "KINDS", (MovingSplines,))
    monkeypatch.setattr(survival, "MOST", 6000)
    monkeypatch.setattr(subscriber_lifetime, "WORLDS", 200)


def world(size, seed):
    """Rows, tenure, left and charge as the sources have them, and in which month of tenure each will leave; all came within three years."""
    rng = np.random.default_rng(seed)
    monthly, visits, months = rng.random(size) < 0.6, rng.uniform(0, 8, size), np.arange(1, LONGEST + 1)
    hazard = np.where(monthly[:, None], 0.03 + 0.05 / months, 0.012) * np.where(visits < 2, 1.7, 1.0)[:, None]
    gone = rng.random(hazard.shape) < hazard
    leaves = np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, 999)
    began, rows = rng.integers(0, 37, size), pd.DataFrame({"contract": np.where(monthly, "monthly", "yearly"), "visits": visits})
    charge = np.where(monthly, 30.0, 60.0) + rng.uniform(0, 10, size)
    return rows, np.minimum(leaves, began).astype(float), leaves <= began, charge, leaves


def brought(tenure, leaves, charge):
    """What each brought in the 24 months that followed: half of the charge of each month they were there to the end of."""
    stayed = np.clip(leaves - 1 - tenure, 0, 24).astype(int)
    earned = np.append(0.0, np.cumsum(1.1 ** (-np.arange(1, 25) / 12)))
    return 0.5 * charge * earned[stayed]


@pytest.fixture(scope="module")
def told():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survival, "KINDS", (MovingSplines,))
        rows, tenure, left, charge, leaves = world(4000, 1)
        return build_lifetimes(rows, tenure, left, charge, ATTRIBUTES, WORTH, 0.8, 7), tenure[~left], leaves[~left], charge[~left]


# ------------------------------------------------------------------------------------------------------- one telling


def test_only_those_who_are_here_are_told_of(told):
    lifetimes, tenure, _, charge = told
    people = lifetimes.people
    assert (people["tenure"] == tenure).all() and (people["charge"] == charge).all()
    assert people["value"].sum() == pytest.approx(lifetimes.total["value"])
    assert (people["odds_1"] < people["odds_3"]).all() and (people["odds_3"] < people["odds_12"]).all()


def test_odds_from_the_present_tenure_came_true(told):
    lifetimes, tenure, leaves, _ = told
    for months in (1, 3, 12):
        came, said = (leaves - tenure <= months).mean(), lifetimes.people[f"odds_{months}"].mean()
        assert said == pytest.approx(came, abs=4 * np.sqrt(came / len(tenure)))


def test_ones_own_interval_is_of_what_one_brings(told):
    lifetimes, tenure, leaves, charge = told
    came, people = brought(tenure, leaves, charge), lifetimes.people
    inside = (came >= people["lower"] - 1e-9) & (came <= people["upper"] + 1e-9)
    assert 0.78 < inside.mean() < 0.93, "months are whole, so somewhat more than 0.8 is held"
    most = people["charge"] * 0.5 * sum(1.1 ** (-month / 12) for month in range(1, 25))
    assert (people["lower"] >= 0).all() and (people["upper"] <= most + 1e-9).all()


def test_the_share_still_here_falls_and_lies_in_its_band(told):
    curve = told[0].curve
    assert len(curve) == 24 and (curve["stays"].diff().dropna() < 0).all()
    assert ((curve["lower"] <= curve["stays"]) & (curve["stays"] <= curve["upper"])).all()


def test_what_is_earned_sooner_is_worth_more(told):
    lifetimes = told[0]
    flat = subscriber_lifetime.lifetime_value(np.ones((1, 24)), np.array([100.0]), 0.5, 0.1)[0]
    assert lifetimes.people["value"].max() < 0.5 * 70 * 24 and flat < 0.5 * 100 * 24


# ------------------------------------------------------------------------------------------------------- many worlds


def test_eight_of_ten_totals_lie_in_their_intervals():
    inside, off = [], []
    for seed in range(40):
        rows, tenure, left, charge, leaves = world(1200, 100 + seed)
        total = build_lifetimes(rows, tenure, left, charge, ATTRIBUTES, WORTH, 0.8, seed).total
        came = brought(tenure[~left], leaves[~left], charge[~left]).sum()
        inside.append(total["lower"] <= came <= total["upper"])
        off.append(total["value"] / came - 1)
    assert 26 <= sum(inside) <= 38, "32 of 40 expected, by chance 26 to 38"
    assert abs(np.mean(off)) < 0.02


def test_fewer_subscribers_are_less_sure():
    """Eight times as many; not 2.8 times as sure, since here only 6,000 months are learnt from."""
    told = [[build_lifetimes(*world(size, seed)[:4], ATTRIBUTES, WORTH, 0.8, 3).total for seed in range(6)] for size in (600, 4800)]
    wide, narrow = ([(total["upper"] - total["lower"]) / total["value"] for total in totals] for totals in told)
    assert np.mean(wide) > 1.5 * np.mean(narrow) and min(total["estimate"] for total in told[0]) > 0


def test_drawn_odds_are_as_unsure_as_folds_and_calibration_say():
    """And small odds stay in the mean what they are."""
    by_fold, rng = np.array([-0.1, -0.05, 0.0, 0.05, 0.1])[:, None, None] * np.ones((5, 1, 2)), np.random.default_rng(1)
    line, shift = np.array([[0.03, 0.01], [0.01, 0.005]]), 2.0
    drawn = np.array([draw_log_odds(by_fold, line, shift, rng)[0] for _ in range(20_000)])
    jackknife = 4 / 5 * 0.025 * 4 / 2 + 0.03 - 2 * 0.01 * 2 + 0.005 * 2**2
    assert np.exp(drawn).mean(axis=0) == pytest.approx([1, 1], abs=0.01) and (drawn[:, 0] == drawn[:, 1]).all()
    assert drawn[:, 0].var() == pytest.approx(jackknife, rel=0.15), "the variance of four degrees of freedom is twice that of the normal"


# ------------------------------------------------------------------------------------------------------------ checks


def test_checks_pass_on_a_clean_file_and_fail_where_charges_to_date_are_known():
    rows, tenure, left, charge, _ = world(1500, 5)
    clean = build_lifetimes(rows, tenure, left, charge, ATTRIBUTES, WORTH, 0.8, 7)
    held_by = try_survival(clean.survival, rows, tenure, left)
    held = check_lifetimes(clean, held_by, tenure, left)
    assert [check.passed for check in held] == [True] * 3
    leaking, attributes = rows.assign(total=tenure * charge), Attributes(("visits", "total"), ("contract",))
    tried = try_survival(fit_survival(leaking, tenure, left, attributes, 7), leaking, tenure, left)
    assert not check_lifetimes(clean, tried, tenure, left)[0].passed
    off = Tried(held_by.stays**2, held_by.scores)
    assert not check_lifetimes(clean, off, tenure, left)[1].passed, "odds that are told too high"


def test_where_nobody_is_here_or_a_charge_is_missing_it_is_said():
    rows, tenure, left, charge, _ = world(800, 5)
    with pytest.raises(RequestError, match="nobody is here"):
        build_lifetimes(rows[left], tenure[left], left[left], charge[left], ATTRIBUTES, WORTH, 0.8, 7)
    here = np.flatnonzero(~left)[:2]
    charge[here] = np.nan
    with pytest.raises(RequestError, match=f"2 without a charge.*{here[0]}, {here[1]}"):
        build_lifetimes(rows, tenure, left, charge, ATTRIBUTES, WORTH, 0.8, 7)
