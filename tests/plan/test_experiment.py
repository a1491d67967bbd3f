"""The experiment in a made-up group's files: the planted effect is read, nothing later is looked at, gains are what they are said to be."""

import numpy as np
import pandas as pd
import pytest
from sample_tables import contract_tables

from planning.model.contract_value import lifetime_value
from planning.model.uplift import AssumedOffer, Uplift
from planning.plan.experiment import HORIZON, Terms, design, net_gains, read_experiment
from planning.plan.subscriber_history import DATED, known_on
from planning.plan.subscriber_odds import fit_until

AS_OF = pd.Timestamp("2025-12-31")
TERMS = Terms(offer_cost=12.0, margin=0.6, discount_rate=0.08)
NONE = Uplift(np.array([0.0, 1.0, 0.0, 0.0]), np.eye(4) * 1e-6, -1.5, 0.0, 0.01, (100, 100), (20, 20))


@pytest.fixture(scope="module")
def tables():
    """Half of all subscribers are in the experiment, so that its effect is plain in few."""
    return contract_tables(11, customers__offer_share=0.6, customers__offer_effect=-1.0, customers__offer_spread=0.2)


@pytest.fixture(scope="module")
def experiment(tables):
    return read_experiment(tables, AS_OF, 1)


@pytest.fixture(scope="module")
def leaving(tables):
    return fit_until(tables, AS_OF, 1)


def test_who_took_part_and_what_the_offer_did(tables, experiment):
    assert experiment.day == pd.Timestamp("2024-03-31") and experiment.watched == 12 and experiment.balance < 0.15
    rows, offers = experiment.rows, tables["offers"].set_index("subscriber")["group"]
    assert (offers.reindex(rows["subscriber"]).eq("offer").to_numpy() == rows["offered"]).all()
    shares = rows.groupby("offered")["left"].mean()
    assert experiment.uplift.mean == pytest.approx(shares[False] - shares[True], abs=0.02), "chance made the groups alike"
    assert experiment.uplift.mean > 3 * experiment.uplift.error, "e^-1 of the hazard is far from nothing"


def test_nothing_after_the_watched_year_matters(tables, experiment):
    until = pd.Timestamp("2025-03-31")
    contracts = tables["contracts"]
    known = contracts[contracts["start"] <= until].assign(end=lambda table: table["end"].where(table["end"] <= until))
    earlier = {name: tables[name][tables[name][when] <= until] for name, when in DATED.items()}
    again = read_experiment({"contracts": known, **earlier}, until, 1)
    assert again.rows.equals(experiment.rows) and again.uplift.mean == experiment.uplift.mean


def test_without_an_experiment_nothing_is_read(tables):
    offers = tables["offers"]
    everybody = offers.assign(group="offer")
    few = offers.groupby("group").head(20)
    for none in (offers.head(0), everybody, offers.assign(date=pd.Timestamp("2025-12-15")), few):
        assert read_experiment(tables | {"offers": none}, AS_OF, 1) is None
    assert read_experiment({name: table for name, table in tables.items() if name != "offers"}, AS_OF, 1) is None


def gains_of(leaving, offer, known, terms):
    return net_gains(leaving.stays(known, np.arange(1, terms.ahead + 1)), offer, known["price"].to_numpy(), terms).set_axis(known.index)


def test_an_offer_without_effect_costs_what_it_costs(tables, leaving):
    known = known_on(tables, AS_OF).head(200)
    gains = gains_of(leaving, NONE, known, TERMS)
    assert gains["gain"].to_numpy() == pytest.approx(-12.0) and (gains["saved"] == 0).all()
    stays = leaving.stays(known, np.arange(1, HORIZON + 1))
    assert gains["value"].to_numpy() == pytest.approx(lifetime_value(stays, known["price"].to_numpy(), 0.6, 0.08))
    assert gains["risk"].to_numpy() == pytest.approx(leaving.odds(known, 12))


def test_who_earns_more_or_is_likelier_to_leave_brings_more(tables, leaving, experiment):
    known = known_on(tables, AS_OF).head(400)
    gains = gains_of(leaving, experiment.uplift, known, TERMS)
    twice = gains_of(leaving, experiment.uplift, known, Terms(12.0, 1.2, 0.08))
    free = gains_of(leaving, experiment.uplift, known, Terms(0.0, 0.6, 0.08))
    assert (gains["saved"] > 0).all() and (free["gain"] - gains["gain"]).to_numpy() == pytest.approx(12.0)
    assert ((twice["gain"] + 12) / (gains["gain"] + 12)).to_numpy() == pytest.approx(2.0)
    same_price = gains[known["price"] == known["price"].mode()[0]]
    assert same_price["gain"].corr(same_price["risk"], method="spearman") > 0.5


def test_an_experiment_is_designed_where_there_is_none(tables, leaving):
    known = known_on(tables, AS_OF)
    rate = leaving.odds(known, 12).mean()
    said = design(rate, len(known), 0.3, TERMS)
    assert said["rate"] == rate and said["cost"] == 12 * said["each"]
    assert said["enough"] == (2 * said["each"] <= len(known)) and not design(rate, len(known), 0.02, TERMS)["enough"]


def test_an_assumed_offer_keeps_the_same_share_of_all(tables, leaving):
    known = known_on(tables, AS_OF).head(200)
    gains = gains_of(leaving, AssumedOffer(0.3), known, TERMS)
    assert (gains["saved"] / gains["risk"]).to_numpy() == pytest.approx(0.3)
