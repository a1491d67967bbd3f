"""Worlds of subscribers: bands hold as often as they say where the truth is known, and an offer without effect only costs."""

import numpy as np
import pandas as pd
import pytest

from planning.model.contract_value import lifetime_value
from planning.model.uplift import AssumedOffer, fit_uplift
from planning.plan.contract_worlds import Tried, ahead_table, draw_worlds, ends, gain_curve
from planning.plan.experiment import Terms, net_gains

TERMS = Terms(offer_cost=12.0, margin=0.6, discount_rate=0.08)
MONTHS = np.arange(1, 37)


def people(rng, size):
    """The odds of leaving within a year, the odds of still being there by month, and prices."""
    risk = rng.beta(2, 4, size)
    return risk, (1 - risk)[:, None] ** (MONTHS / 12), rng.uniform(20, 90, size)


def tried(rng, size=1500, off=0.0):
    """A trial of odds whose true log-odds are `off` from those told."""
    told = rng.beta(2, 4, size)
    true = 1 / (1 + (1 - told) / told * np.exp(-off))
    return Tried(12, told, rng.random(size) < true)


def test_bands_hold_as_often_as_they_say():
    """Sixty worlds: the true odds are off those told by as much as in the trial, and what comes is drawn from them."""
    rng, held = np.random.default_rng(7), []
    for _ in range(60):
        off = rng.normal(0, 0.2)
        risk, told, price = people(rng, 300)
        true = told ** (np.log1p(-1 / (1 + (1 - risk) / risk * np.exp(-off))) / np.log1p(-risk))[:, None]
        worlds = draw_worlds(told, price, 100, AssumedOffer(0.3), TERMS, tried(rng, off=off), rng)
        there = true > rng.random((300, 1))
        came = (~there[:, 11]).sum(), price @ ~there[:, 11], lifetime_value(there.astype(float), price, 0.6, 0.08).sum()
        drawn = worlds.leavers[:, 11], worlds.charges[:, 11], worlds.value
        held.append([low <= one <= high for one, (low, high) in zip(came, (ends(each, 0.8) for each in drawn), strict=True)])
    assert (np.mean(held, axis=0) > 0.65).all() and (np.mean(held, axis=0) < 0.95).all()


def test_the_gain_of_offers_is_what_is_expected_of_them_on_average():
    rng = np.random.default_rng(8)
    _, stays, price = people(rng, 2000)
    worlds = draw_worlds(stays, price, 500, AssumedOffer(0.3), TERMS, tried(rng, 60_000), rng)
    expected = net_gains(stays, AssumedOffer(0.3), price, TERMS)["gain"].cumsum()
    curve = gain_curve(expected.diff().fillna(expected.iloc[0]), worlds, 0.8)
    assert curve["contacted"].iloc[0] == 0 and 500 in set(curve["contacted"])
    last = worlds.gains[:, -1]
    assert last.mean() == pytest.approx(expected.iloc[-1], abs=4 * last.std() / np.sqrt(len(last)) + 0.03 * abs(expected.iloc[-1]))
    assert ((curve["lower"] <= curve["gain"]) & (curve["gain"] <= curve["upper"])).mean() > 0.9


def test_an_offer_that_does_nothing_costs_what_it_costs_in_every_world():
    rng = np.random.default_rng(9)
    _, stays, price = people(rng, 50)
    worlds = draw_worlds(stays, price, 50, AssumedOffer(0.0), TERMS, tried(rng), rng)
    assert (worlds.gains[:, -1] == -50 * 12).all()


def test_an_unsure_experiment_makes_a_wider_band():
    rng = np.random.default_rng(10)
    _, stays, price = people(rng, 500)
    widths = []
    for size in (400, 40_000):
        score, offered = rng.normal(-0.8, 0.7, size), rng.random(size) < 0.5
        left = rng.random(size) < 1 / (1 + np.exp(-(score - 0.3 * offered)))
        worlds = draw_worlds(stays, price, 500, fit_uplift(score, offered, left), TERMS, tried(rng), rng)
        widths.append(np.diff(ends(worlds.gains[:, -1], 0.8))[0])
    assert widths[0] > 2 * widths[1]


def test_months_ahead_add_up_and_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(11)
    risk, stays, price = people(rng, 400)
    monkeypatch.setattr("planning.plan.contract_worlds.BLOCK", 90)
    worlds = draw_worlds(stays, price, 40, AssumedOffer(0.2), TERMS, tried(rng), rng)
    table = ahead_table(stays, price, worlds, 0.8)
    assert table["leavers"].iloc[-1] == pytest.approx(risk.sum()) and table["month"].tolist() == list(range(1, 13))
    assert (np.diff(worlds.leavers, axis=1) >= 0).all() and worlds.gains.shape == (300, len(worlds.at))
    assert isinstance(table, pd.DataFrame) and (table["charges_lower"] <= table["charges_upper"]).all()
