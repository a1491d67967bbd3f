"""The study of dated contracts on a made-up group: checks pass, the list rests on the experiment or says it doesn't, bad input is told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sample_tables import contract_tables

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.model.uplift import AssumedOffer
from planning.plan import contracts
from planning.plan.contracts import build_study, check_study, find_as_of, study_key_figures, study_tables

pytestmark = pytest.mark.usefixtures("few_rows")
TERMS = {"margin": 0.6, "offer_cost": 30.0, "save_rate": 0.3, "months_ahead": 36, "discount_rate": 0.08, "as_of": "",
         "fair_groups": ["plan"]}  # fmt: skip
WHEN = ("start", *contracts.DATED.values())


@pytest.fixture(scope="module")
def tables():
    """Six in ten of all subscribers are in the experiment, and its effect is plain."""
    return contract_tables(11, customers__offer_share=0.6, customers__offer_effect=-1.0, customers__offer_spread=0.2)


@pytest.fixture(scope="module")
def study(tables):
    return build_study(tables, TERMS, 0.8, 1)


@pytest.fixture(scope="module")
def alone(tables):
    """The same without an experiment."""
    return build_study({name: table for name, table in tables.items() if name != "offers"}, TERMS | {"fair_groups": []}, 0.8, 1)


def test_everything_that_must_hold_holds(study, alone):
    for one in (study, alone):
        checks = check_study(one)
        assert all_passed([check for check in checks if "told earlier held" not in check.name])
        assert sum(check.passed for check in checks if "told earlier held" in check.name) >= 2, "three tests of a hundredth each"


def test_the_list_is_ordered_by_what_an_offer_brings_and_pays_for_all_on_it(study):
    gain = study.retention["gain"]
    assert gain.is_monotonic_decreasing and (gain > 0).all() and (study.here.loc[~study.here["listed"], "gain"] <= 0).all()
    assert study.outcome["gain"] == pytest.approx(gain.sum()) and study.outcome["cost"] == 30.0 * len(gain)
    assert study.curve["gain"].max() == pytest.approx(gain.sum()), "no other number brings more"
    assert 0 <= study.outcome["odds"] <= 1 and study.outcome["lower"] < study.outcome["upper"]


def test_odds_grow_with_the_horizon_and_leavers_add_up(study):
    here = study.here
    assert (here["odds_1"] <= here["odds_3"]).all() and (here["odds_3"] <= here["odds_12"]).all()
    year = study.ahead.iloc[-1]
    assert year["leavers"] == pytest.approx(here["odds_12"].sum())
    assert year["charges"] == pytest.approx((here["odds_12"] * here["price"]).sum())
    assert (here["value_lower"] <= here["value"]).mean() > 0.95 and (here["value"] <= here["value_upper"]).all()
    assert study.portfolio["lower"] < study.portfolio["upper"]


def test_what_an_offer_does_is_read_from_the_experiment(study, alone):
    assert study.tells and study.designed is None and study.experiment.uplift.mean > 0
    assert not alone.tells and alone.experiment is None and isinstance(alone.offer, AssumedOffer)
    assert alone.designed["kept"] == 0.3 and alone.designed["each"] > 50
    assert "experiment" in study_tables(study) and "designed" in study_tables(alone)


def test_an_experiment_that_tells_nothing_is_not_gone_by(tables):
    """Groups are dealt out anew among those of the experiment: nothing is left of its effect, and no list rests on it."""
    offers, rng = tables["offers"], np.random.default_rng(4)
    dealt = offers.assign(group=np.where(rng.random(len(offers)) < 0.5, "offer", "control"))
    found = build_study(tables | {"offers": dealt}, TERMS, 0.8, 1)
    assert found.experiment is not None and not found.tells and isinstance(found.offer, AssumedOffer)
    assert found.designed["kept"] == TERMS["save_rate"] and {"experiment", "designed"} <= set(study_tables(found))


def test_groups_by_behaviour_hold_everybody(study):
    table = study.segments
    assert table["n"].sum() == len(study.here) and (table["n"] >= 10).all()
    assert table["leavers"].sum() == pytest.approx(study.here["odds_12"].sum())
    assert table["gain"].sum() == pytest.approx(study.outcome["gain"])


def test_reasons_add_up_to_the_odds(study):
    odds = study.retention["odds_12"].to_numpy()
    assert study.base + study.parts.sum(axis=1).to_numpy() == pytest.approx(np.log(odds / (1 - odds)), abs=1e-6)
    wrong = replace(study, parts=study.parts + 0.01)
    assert "contracts: reasons add up to the score" in {check.name for check in check_study(wrong) if not check.passed}


def test_leaks_and_odds_that_did_not_hold_fail_their_checks(study):
    worse = study.scores.assign(error=0.2)
    leaking = study.alarms | {"future": True, "only": ["offer: x"], "alone": pd.Series({"offer": 0.99})}
    failed = {check.name for check in check_study(replace(study, scores=worse, alarms=leaking)) if not check.passed}
    assert len([name for name in failed if "told earlier held" in name]) == 3 and len([name for name in failed if "no leak" in name]) == 3


def test_every_case_is_reckoned_anew(study):
    cases = study.cases.set_index("case")
    assert cases.at["expected", "gain"] == pytest.approx(study.outcome["gain"])
    assert cases.at["cheap", "n"] >= cases.at["expected", "n"] >= cases.at["dear", "n"]
    assert cases.at["weaker", "gain"] < cases.at["expected", "gain"] < cases.at["stronger", "gain"]
    assert (cases["gain"] >= cases["as_drawn"] - 1e-9).all()


def test_key_figures_stand_in_the_tables(study):
    figures = {code: value for code, value, *_ in study_key_figures(study, "CNY")}
    tables = study_tables(study)
    assert figures["contracts_value"] == pytest.approx(tables["subscribers"]["value"].sum())
    assert figures["contracts_listed"] == len(tables["retention"])
    assert figures["contracts_gain"] == pytest.approx(tables["retention"]["gain"].sum())


def test_the_month_is_the_last_that_is_known_whole(tables):
    assert find_as_of(tables, "") == pd.Timestamp("2025-12-31") and find_as_of(tables, "2024-06") == pd.Timestamp("2024-06-30")
    with pytest.raises(RequestError, match="a month that isn't known yet"):
        find_as_of(tables, "2026-01")
    half = {"contracts": tables["contracts"][lambda table: table["start"] <= "2025-03-15"].assign(end=pd.NaT)}
    assert find_as_of(half, "") in (pd.Timestamp("2025-02-28"), pd.Timestamp("2025-03-31"))


def test_too_few_too_short_and_contradicting_contracts_are_refused(tables):
    few = set(tables["contracts"]["subscriber"].head(10))
    ten = {name: table[table["subscriber"].isin(few)] for name, table in tables.items()}
    with pytest.raises(RequestError, match="too few to learn from"):
        build_study(ten, TERMS, 0.8, 1)
    contracts_of = tables["contracts"]
    with pytest.raises(RequestError, match="two contracts at once"):
        build_study(tables | {"contracts": pd.concat([contracts_of, contracts_of.head(1)])}, TERMS, 0.8, 1)
    with pytest.raises(RequestError, match="too few to learn from"):
        build_study(tables | {"contracts": contracts_of.assign(end=pd.NaT)}, TERMS, 0.8, 1)
    with pytest.raises(RequestError, match="unknown group"):
        build_study(tables, TERMS | {"fair_groups": ["sex"]}, 0.8, 1)
    with pytest.raises(RequestError, match="nobody is a subscriber, expected somebody who may still leave, got 3,000 contracts from"):
        build_study(tables | {"contracts": contracts_of.assign(end=contracts_of["end"].fillna(contracts_of["start"]))}, TERMS, 0.8, 1)
    with pytest.raises(RequestError, match="no contracts"):
        build_study({name: table.head(0) for name, table in tables.items()}, TERMS, 0.8, 1)
    early = {name: table[table[when] <= "2021-03-31"] for (name, table), when in zip(tables.items(), WHEN, strict=True)}
    early["contracts"] = early["contracts"].assign(end=lambda table: table["end"].where(table["end"] <= "2021-03-31"))
    with pytest.raises(RequestError, match=r"too short a past|too few"):
        build_study(early, TERMS, 0.8, 1)

