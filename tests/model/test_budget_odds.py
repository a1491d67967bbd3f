"""The odds of a budget: what the past says shows in them, lines move together, and nothing is said where little is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.model.budget_odds import budget_odds, draw_outcomes, met
from planning.model.odds_score import score_odds

DRAWS = 2000
LINES = {"sales": 1, "goods": -1, "wages": -1, "travel": -1}
SIZES = {"sales": 1000.0, "goods": 600.0, "wages": 200.0, "travel": 20.0}


def organisation(years, units=6, seed=1, bias=None, noise=0.05, together=0.9):
    """Misses with a known truth: goods follow sales as far as `together`, `bias` lasts, by line; all else is chance."""
    rng, rows = np.random.default_rng(seed), []
    for year in range(2020, 2020 + years):
        for unit in range(units):
            volume = rng.normal()
            for line, effect in LINES.items():
                own = rng.normal()
                chance = together * volume + np.sqrt(1 - together**2) * own if line in ("sales", "goods") else own
                miss = (bias or {}).get(line, 0.0) + noise * chance
                rows.append((year, f"u{unit}", line, effect, SIZES[line], round(SIZES[line] * (1 + miss), 2)))
    return pd.DataFrame(rows, columns=["fiscal_year", "unit", "line", "effect", "budget", "actual"])


def plan_of(past):
    last = past[past["fiscal_year"] == past["fiscal_year"].max()]
    return last.rename(columns={"budget": "amount"})[["unit", "line", "effect", "amount"]].reset_index(drop=True)


def tell(past, plan=None, seed=1, draws=DRAWS):
    plan = plan_of(past) if plan is None else plan
    return budget_odds(past, plan, draw_outcomes(past, plan, draws, seed))


def test_sales_that_are_always_planned_too_high_show_in_the_odds_of_every_unit():
    odds = tell(organisation(5, bias={"sales": -0.08})).set_index(["level", "unit", "line"])["odds"]
    assert odds.xs("sales", level="line").max() < 0.35 and odds["company", "", ""] < 0.1
    assert odds.xs("wages", level="line").between(0.2, 0.8).all()
    fair = tell(organisation(5)).set_index(["level", "unit", "line"])["odds"]
    assert fair["company", "", ""] > 0.25 and odds.xs("sales", level="line").max() < fair.xs("sales", level="line").mean()


def test_costs_that_always_exceed_their_plan_are_unlikely_to_be_met_and_expected_above_it():
    table = tell(organisation(5, bias={"wages": 0.10})).query("line == 'wages'")
    assert (table["odds"] < 0.3).all() and (table["expected"] > table["amount"]).all()


def test_costs_that_follow_sales_keep_the_result_together():
    """600 of goods follow 1,000 of sales: the result varies less than if both went their own way."""
    tied, loose = (organisation(6, together=share, noise=0.1, seed=3) for share in (0.99, 0.0))
    spreads = []
    for past in (tied, loose):
        plan = plan_of(past)
        drawn = draw_outcomes(past, plan, DRAWS, 1)
        sales, goods = (drawn[:, np.flatnonzero((plan["line"] == line) & (plan["unit"] == "u0"))[0]] for line in ("sales", "goods"))
        spreads.append(np.std(sales - goods) / np.sqrt(np.var(sales) + np.var(goods)))
    assert spreads[0] < 0.75 < 0.85 < spreads[1]


def test_below_two_years_nothing_is_said():
    one = organisation(1)
    table = tell(one)
    assert table["odds"].isna().all() and table["expected"].isna().all() and (table["years"] <= 1).all()
    assert tell(one.iloc[:0], plan_of(one))["odds"].isna().all()


def test_a_new_line_has_no_odds_and_a_sum_mostly_of_new_lines_neither():
    past = organisation(4)
    small = pd.concat([plan_of(past), pd.DataFrame([("u0", "rent", -1, 10.0)], columns=["unit", "line", "effect", "amount"])])
    odds = tell(past, small.reset_index(drop=True)).set_index(["level", "unit", "line"])
    assert np.isnan(odds.loc[("line", "u0", "rent"), "odds"]) and odds.loc[("line", "u0", "rent"), "years"] == 0
    assert odds.loc[("unit", "u0", ""), "odds"] > 0 and odds.loc[("unit", "u0", ""), "years"] == 4
    large = small.assign(amount=small["amount"].where(small["line"] != "rent", 1e6)).reset_index(drop=True)
    odds = tell(past, large).set_index(["level", "unit", "line"])["odds"]
    assert np.isnan(odds["unit", "u0", ""]) and np.isnan(odds["company", "", ""]) and odds["unit", "u1", ""] > 0


def test_a_line_met_to_the_cent_every_year_is_very_likely_met():
    past = organisation(4)
    past.loc[past["line"] == "wages", "actual"] = SIZES["wages"]
    assert (tell(past).query("line == 'wages'")["odds"] > 0.8).all()
    assert (tell(past.assign(actual=past["budget"]))["odds"] > 0.99).all()


def test_an_easier_plan_is_likelier_met():
    past = organisation(5)
    plan = plan_of(past)
    easy = plan.assign(amount=plan["amount"] * np.where(plan["effect"] > 0, 0.9, 1.1))
    assert budget_odds(past, easy, draw_outcomes(past, plan, DRAWS, 1))["odds"].min() > 0.6


def test_the_same_seed_gives_the_same_odds_and_the_order_of_the_past_changes_nothing():
    past = organisation(4)
    again = tell(past.sample(frac=1, random_state=2).reset_index(drop=True), plan_of(past))
    pd.testing.assert_frame_equal(tell(past), tell(past))
    assert again["odds"].to_numpy() == pytest.approx(tell(past)["odds"].to_numpy(), abs=0.02)


@given(scale=st.sampled_from([1e-2, 1.0, 1e9]), years=st.integers(2, 4), hole=st.integers(0, 20), wild=st.sampled_from([0.0, -500.0, 1e7]))
@settings(max_examples=20, deadline=None)
def test_odds_are_odds_whatever_the_books_hold(scale, years, hole, wild):
    past = organisation(years, units=2).drop(index=hole % 7)
    past.loc[past.index[3], ["budget", "actual"]] = [0.0, wild]
    past[["budget", "actual"]] *= scale
    table = tell(past, draws=200)
    assert table["odds"].dropna().between(0, 1, inclusive="neither").all() and len(table.query("level == 'company'")) == 1
    assert np.isfinite(table.loc[table["years"] >= 2, "expected"]).all()


def test_a_plan_of_0_is_missed_by_what_usually_came_and_met_where_nothing_ever_came():
    past = organisation(4)
    plan = plan_of(past)
    plan.loc[plan["line"] == "travel", "amount"] = 0.0
    drawn = draw_outcomes(past, plan, DRAWS, 1)[:, np.flatnonzero(plan["line"] == "travel")]
    assert drawn.std() > 0.2


def test_bad_cells_are_told_all_at_once():
    past = organisation(3)
    past.loc[0, "budget"], past.loc[1, "effect"] = np.nan, 0
    plan = pd.concat([plan_of(past)] * 2, ignore_index=True)
    with pytest.raises(RequestError) as refused:
        draw_outcomes(past, plan, 10, 1)
    said = str(refused.value)
    assert "past, row 0, budget" in said and "past, row 1" in said and "stands twice" in said
    with pytest.raises(RequestError, match="key"):
        draw_outcomes(organisation(3).replace({"unit": {"u0": None}}), plan_of(organisation(3)), 10, 1)
    with pytest.raises(RequestError, match="missing column"):
        draw_outcomes(past.drop(columns="actual"), plan_of(past), 10, 1)


def test_what_is_met_by_hand():
    year = pd.DataFrame(
        [("a", "sales", 1, 100.0, 99.0), ("a", "wages", -1, 50.0, 48.0), ("b", "wages", -1, 10.0, 11.5)],
        columns=["unit", "line", "effect", "budget", "actual"],
    )
    table = met(year).set_index(["level", "unit", "line"])["met"]
    assert not table["line", "a", "sales"] and table["line", "a", "wages"] and not table["line", "b", "wages"]
    assert table["unit", "a", ""] and not table["unit", "b", ""] and not table["company", "", ""]


def test_odds_of_made_up_organisations_hold():
    """Twelve organisations with a bias of their own: the slope's band holds 1, and the score beats one half."""
    told = []
    for world in range(12):
        rng = np.random.default_rng(world)
        bias = dict(zip(LINES, rng.normal(0, 0.04, len(LINES)), strict=True))
        every = organisation(5, units=5, seed=100 + world, bias=bias)
        past, now = every[every["fiscal_year"] < 2024], every[every["fiscal_year"] == 2024]
        told.append(tell(past).merge(met(now), on=["level", "unit", "line"]).assign(group=world))
    table = pd.concat(told)
    score = score_odds(table[table["level"] == "line"], 0.95, 200, 1)
    assert score["brier"] < score["brier_half"] - 0.02
    assert score["slope_lower"] > 0.7, "what is called likely comes clearly more often"
