"""The study of subscribers: money by hand, a list that adds up, bands that hold, alarms that ring, requests that are refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from subscriber_worlds import TERMS, subscribers

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.plan import subscribers as plan
from planning.plan.subscribers import (
    build_study,
    check_study,
    coverage,
    offer_gain,
    saved_value,
    score_table,
    study_key_figures,
    study_tables,
    typical_tenure,
)
from planning.plan.why import extremes, reasons

pytestmark = pytest.mark.usefixtures("few_rows")


@pytest.fixture(scope="module")
def world():
    return subscribers(1500, 5)


@pytest.fixture(scope="module")
def study(world):
    return build_study(world[0], TERMS, 0.8, 1)


@pytest.fixture
def quick(monkeypatch):
    """One round of folds and fewer drawn worlds."""
    monkeypatch.setattr(plan, "REPEATS", 1)
    monkeypatch.setattr(plan, "WORLDS", 120)


def failed(study):
    return {check.name for check in check_study(study) if not check.passed}


# money


def test_value_and_gain_by_hand():
    assert saved_value(70.0, 0.5, 12.0) == 420.0
    assert offer_gain(0.5, 420.0, 0.15, 20.0) == pytest.approx(11.5)


def test_the_list_names_those_still_here_whom_an_offer_pays_for_best_first(study, world):
    table, _ = world
    listed = study.retention
    assert len(listed) and set(listed["customer"]) <= set(table.loc[~table["left"], "customer"])
    assert (listed["gain"] > 0).all() and listed["gain"].is_monotonic_decreasing
    left_out = study.people[~study.people["left"] & ~study.people["customer"].isin(listed["customer"])]
    assert (left_out["gain"] <= 0).all()
    first = listed.iloc[0]
    assert first["gain"] == pytest.approx(first["probability"] * 0.3 * (first["charge"] * 0.5 * 10) - 20)


def test_the_outcome_adds_up_and_breaks_even_where_it_says(study):
    out, listed = study.outcome, study.retention
    assert out["n"] == len(listed) and out["cost"] == 20.0 * len(listed)
    assert out["gain"] == pytest.approx(listed["gain"].sum()) and out["lower"] < out["gain"] < out["upper"]
    assert (listed["probability"] * out["break_even"] * listed["value"]).sum() == pytest.approx(out["cost"])


def test_the_curve_begins_at_nobody_and_is_highest_at_the_list(study):
    curve = study.curve.set_index("contacted")
    assert curve.loc[0].eq(0).all() and curve.index.max() == (~study.people["left"]).sum()
    assert curve["gain"].idxmax() == study.outcome["n"] and curve["gain"].max() == pytest.approx(study.outcome["gain"])
    assert (curve["lower"] <= curve["upper"]).all()


def test_what_ifs_begin_at_the_assumptions_and_a_list_drawn_anew_is_never_worse(study):
    cases = study.cases.set_index("case")
    assert cases.at["assumed", "gain"] == pytest.approx(study.outcome["gain"]) and cases.at["assumed", "n"] == study.outcome["n"]
    assert (cases["gain"] >= cases["as_drawn"] - 1e-9).all()
    assert cases.at["more_saved", "gain"] > cases.at["assumed", "gain"] > cases.at["half_saved", "gain"]
    assert cases.at["cheap", "n"] > cases.at["assumed", "n"] > cases.at["dear", "n"]


def test_nobody_is_listed_where_no_offer_pays(world, quick):
    study = build_study(world[0], TERMS | {"offer_cost": 10_000.0}, 0.8, 1)
    assert study.retention.empty and study.outcome["n"] == 0 and study.outcome["gain"] == 0.0 and np.isnan(study.outcome["break_even"])
    assert all_passed(check_study(study)) and len(study.curve) > 10


# what was planted


def test_the_planted_contract_is_the_reason(study):
    assert set(study.why.weights["attribute"].head(2)) == {"tenure", "contract"}
    raises, lowers = extremes(study.why, "contract")
    assert (raises["value"], lowers["value"]) == ("monthly", "yearly") and raises["rate"] > lowers["rate"]
    named = reasons(study.why.parts.loc[study.retention["row"]], study.why.rows)
    first = named.drop_duplicates("row")
    assert first["attribute"].isin(["tenure", "contract"]).mean() > 0.95 and (named["factor"] > 1.05).all()
    assert set(named.loc[named["attribute"] == "contract", "value"]) == {"monthly"}


def test_shares_are_counts_of_the_table(study, world):
    own = study.why.segments[study.why.segments["attribute"] == "contract"].set_index("value")
    table = world[0]
    assert own.at["monthly", "gone"] == table.loc[table["contract"] == "monthly", "left"].sum()
    assert own["n"].sum() == len(table) and ((own["lower"] < own["rate"]) & (own["rate"] < own["upper"])).all()
    tenure = study.why.segments[study.why.segments["attribute"] == "tenure"]
    assert tenure["first"].tolist() == [0, 6, 12, 24, 48] and tenure["last"].tolist()[:-1] == [6, 12, 24, 48]
    assert tenure.iloc[0]["n"] == (table["tenure"] < 6).sum()


def test_the_score_is_better_than_the_bare_rate_and_its_probabilities_hold(study):
    table = score_table(study).set_index("method")
    assert table.at["base", "auc"] == 0.5 and table.at["ours", "auc"] > 0.7 and table.at["ours", "log_loss"] < table.at["base", "log_loss"]
    assert table.at["ours", "folds"] == 15 and table.at["ours", "auc_min"] <= table.at["ours", "auc"] <= table.at["ours", "auc_max"]
    assert failed(study) == set()
    held = coverage(study)
    assert held["n"] == 50 and 0.7 <= held["coverage"] <= 0.98


def test_bands_of_leavers_and_of_gain_hold_what_comes_in_fresh_worlds(quick, monkeypatch):
    """Who is still here leaves with the true odds; 16 bands of 80 % must hold about 13 of what came."""
    monkeypatch.setattr(plan, "shuffled_auc", lambda *_: (0.5, 0.02))
    inside = []
    for seed in range(8):
        table, truth = subscribers(600, 100 + seed)
        study = build_study(table, TERMS, 0.8, seed)
        luck, here = np.random.default_rng(seed).random(len(table)), ~table["left"].to_numpy()
        risk, out = study.risk.set_index("what").loc["leavers"], study.outcome
        leavers = int((luck < truth)[here].sum())
        rows = study.retention["row"]
        gain = study.retention.loc[(luck < truth * TERMS["save_rate"])[rows], "value"].sum() - out["cost"]
        inside += [risk["lower"] <= leavers <= risk["upper"], out["lower"] <= gain <= out["upper"]]
    assert 10 <= sum(inside) <= 16


# alarms


def test_something_known_after_leaving_rings(world, quick):
    table = world[0].assign(goodbye=lambda t: np.where(t["left"], "called", "no"))
    rung = failed(build_study(table, TERMS, 0.8, 1))
    assert {
        "subscribers: no leak: the AUC is no better than it can honestly be", "subscribers: no leak: no attribute alone tells who left",
        "subscribers: no leak: no value belongs to leavers only",
    } <= rung  # fmt: skip


def test_a_total_under_another_name_rings_and_the_total_itself_is_never_used(world, quick):
    table = world[0].assign(revenue=lambda t: t["tenure"] * t["monthly_charge"] * 1.1)
    study = build_study(table, TERMS, 0.8, 1)
    rung = {"no leak: nothing stands for the total charged", "odds by month of tenure held in ten groups"}
    rung.add("no leak: who leaves sooner is told no better than it can honestly be")
    assert failed(study) == {f"subscribers: {name}" for name in rung}, "the total knows the tenure"
    assert "total_charge" not in study.attributes.all and "revenue" in study.attributes.all


def test_the_ceiling_is_a_parameter(world, quick):
    study = build_study(world[0], TERMS | {"auc_ceiling": 0.7}, 0.8, 1)
    assert failed(study) == {"subscribers: no leak: the AUC is no better than it can honestly be"}


def test_odds_that_are_too_bold_ring(study):
    worse = study.quality.copy()
    worse["error_ours"], worse["slope"] = 0.09, 0.5
    bold = {"subscribers: probabilities are off by no more than chance", "subscribers: high odds are as high as they are said"}
    assert {check.name for check in plan._check_odds(_with(study, quality=worse)) if not check.passed} == bold


def test_reasons_that_do_not_add_up_ring(study):
    assert "subscribers: reasons add up to the score" in failed(_with(study, why=replace(study.why, parts=study.why.parts + 0.01)))


def _with(study, **changes):
    return type(study)(**{name: changes.get(name, getattr(study, name)) for name in study.__dataclass_fields__})


# requests


def test_attributes_left_out_weigh_nothing(world, quick):
    study = build_study(world[0], TERMS | {"leave_out": ["contract"]}, 0.8, 1)
    assert "contract" not in study.why.parts and study.attributes.all == ["tenure", "monthly_charge", "colour"]


def test_an_unknown_attribute_to_leave_out_is_refused(world):
    with pytest.raises(RequestError, match=r"(?s)2 problems.*'contrakt'; did you mean contract\?.*'sex'"):
        build_study(world[0], TERMS | {"leave_out": ["contrakt", "sex"]}, 0.8, 1)


def test_nothing_to_learn_from_is_refused(world):
    with pytest.raises(RequestError, match="no attribute to learn from"):
        build_study(world[0], TERMS | {"leave_out": ["tenure", "monthly_charge", "contract", "colour"]}, 0.8, 1)


@pytest.mark.parametrize(("scale", "firsts"), [(1.0, 4), (1e-3, 4), (-500.0, 4)])
def test_numbers_of_any_size_stand_in_quarters(world, quick, scale, firsts):
    share = np.random.default_rng(1).random(len(world[0])) * scale
    made = build_study(world[0].assign(share=share), TERMS, 0.8, 1)
    own = made.why.segments[made.why.segments["attribute"] == "share"]
    assert len(own) == firsts and own["n"].min() > len(share) / 8 and own["n"].sum() == len(share)


def test_too_few_of_a_kind_are_refused(world):
    table = world[0].assign(left=lambda t: t.index < 10)
    with pytest.raises(RequestError, match=r"too few who left.*at least 50.*got 10"):
        build_study(table, TERMS, 0.8, 1)
    with pytest.raises(RequestError, match="2 problems"):
        build_study(table.head(20), TERMS, 0.8, 1)


def test_customers_who_stand_twice_are_named(world):
    twice = pd.concat([world[0], world[0].iloc[3:10]])
    with pytest.raises(RequestError, match="a customer stands twice, expected a row each, got c3, c4, c5, c6, c7 and 2 more"):
        build_study(twice, TERMS, 0.8, 1)


def test_where_all_came_at_once_the_tenure_tells_nothing(world, quick):
    made = build_study(world[0].assign(tenure=12.0), TERMS, 0.8, 1)
    assert all_passed(check_study(made)) and made.stay is not None


# results


def test_the_tables_are_plain_and_the_key_figures_few(study, tmp_path):
    tables = study_tables(study)
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    assert {"retention", "curve", "trial", "calibration", "what_ifs"} <= set(tables)
    figures = study_key_figures(study, "USD")
    assert 2 <= len(figures) <= 5 and figures[1][1] == study.outcome["gain"] and figures[1][2] == "USD"


def test_the_same_seed_gives_the_same(world, quick):
    first, again = (build_study(world[0].head(600), TERMS, 0.8, 2) for _ in range(2))
    pd.testing.assert_frame_equal(first.retention, again.retention)
    pd.testing.assert_frame_equal(first.curve, again.curve)


def test_typical_tenures_are_medians(study, world):
    table = world[0]
    assert typical_tenure(study) == (table.loc[table["left"], "tenure"].median(), table.loc[~table["left"], "tenure"].median())
