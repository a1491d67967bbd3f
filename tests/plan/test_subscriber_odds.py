"""Odds of dated subscribers: told on earlier days from what was known then, near the planted ones, no surer than they may be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from dated_subscribers import dated_subscribers

from planning.core.errors import RequestError
from planning.plan.subscriber_history import DATED, known_on
from planning.plan.subscriber_odds import fit_until, last_days, panel_until, score_trials, some_of, try_odds

AS_OF = pd.Timestamp("2023-12-31")


@pytest.fixture(scope="module")
def world():
    return dated_subscribers(3000, 24, 6)


@pytest.fixture(scope="module")
def trials(world):
    return try_odds(world[0], AS_OF, 1)


def test_month_ends_are_learnt_from_whose_outcome_is_known(world):
    days = last_days(world[0]["contracts"], AS_OF, 3)
    assert days[-1] == pd.Timestamp("2023-09-30") and days[0] == pd.Timestamp("2022-04-30") and len(days) == 18


def test_the_panel_tells_how_long_each_was_watched(world):
    panel = panel_until(world[0], AS_OF)
    watched = panel.groupby("day")["watched"].first()
    assert watched[pd.Timestamp("2023-11-30")] == 1 and watched[pd.Timestamp("2022-12-31")] == 12
    assert (panel["months"].dropna() <= panel.loc[panel["months"].notna(), "watched"]).all()


def test_the_planted_odds_are_found(world):
    tables, truth = world
    known = known_on(tables, AS_OF)
    said = fit_until(tables, AS_OF, 1).odds(known, 1)
    true = truth[truth["period"] == "2023-12-01"].set_index("subscriber")["odds"].reindex(known.index)
    assert np.corrcoef(said, true)[0, 1] > 0.8
    assert said.mean() == pytest.approx(true.mean(), rel=0.15)


def test_the_odds_told_earlier_held(trials):
    table = score_trials(trials, 1)
    assert sorted(zip(table["day"].dt.strftime("%Y-%m"), table["months"], strict=True)) == [
        ("2022-12", 1), ("2022-12", 3), ("2022-12", 12), ("2023-09", 1), ("2023-09", 3)
    ]  # fmt: skip
    assert (table["error"] <= table["chance"]).sum() >= 4
    assert (table["log_loss"] < table["base"])[table["months"] < 12].all() and (table["auc"] > 0.6).all()


def test_trials_know_nothing_of_what_came_after(world, trials):
    """Everything after the day of the first trial is dealt out anew: what it said stays."""
    tables, _ = world
    cut, rng = trials[0].day, np.random.default_rng(3)
    changed = dict(tables)
    for name, when in DATED.items():
        if name in tables:
            table, future = tables[name].copy(), (tables[name][when] > cut).to_numpy()
            table.loc[future, "subscriber"] = rng.permutation(table.loc[future, "subscriber"].to_numpy())
            changed[name] = table
    contracts = tables["contracts"].copy()
    later = (contracts["end"] > cut).to_numpy()
    contracts.loc[later, "end"] = rng.permutation(contracts.loc[later, "end"].to_numpy())
    changed["contracts"] = contracts[contracts["start"] <= cut]
    again = try_odds(changed, AS_OF, 1)[0]
    assert again.rows.filter(like="odds_").equals(trials[0].rows.filter(like="odds_"))


def test_days_with_too_short_a_past_are_not_tried(world):
    tables, _ = world
    early = pd.Timestamp("2022-07-31")
    cut = tables | {"contracts": tables["contracts"][tables["contracts"]["start"] <= early]}
    assert [trial.watched for trial in try_odds(cut, early, 1)] in ([], [3])
    with pytest.raises(RequestError, match="too short a past"):
        panel_until(tables, pd.Timestamp("2022-03-31"))


def test_columns_that_say_nothing_are_left_out(world):
    """Nobody answered, and all log in alike: the odds come from what is left."""
    tables, _ = world
    silent = tables | {"satisfaction": tables["satisfaction"].assign(score=np.nan), "activity": tables["activity"].assign(logins=4.0)}
    leaving = fit_until(silent, AS_OF, 1)
    assert not {"satisfaction", "satisfaction_year", "logins_month", "logins_quarter", "logins_year"} & set(leaving.attributes.all)
    odds = leaving.odds(known_on(silent, AS_OF), 12)
    assert np.isfinite(odds).all() and (odds > 0).all() and (odds < 1).all()


def test_a_crowd_is_learnt_from_by_lot(world, monkeypatch):
    tables, truth = world
    monkeypatch.setattr("planning.plan.subscriber_odds.CROWD", 1500)
    some = some_of(tables, 1)
    assert some["contracts"]["subscriber"].nunique() == 1500 and set(some["activity"]["subscriber"]) <= set(some["contracts"]["subscriber"])
    known = known_on(tables, AS_OF)
    true = truth[truth["period"] == "2023-12-01"].set_index("subscriber")["odds"].reindex(known.index)
    assert fit_until(tables, AS_OF, 1).odds(known, 1).mean() == pytest.approx(true.mean(), rel=0.2)


def test_odds_that_are_off_show(trials):
    rows = trials[0].rows.assign(odds_12=lambda told: told["odds_12"] * 0.5)
    table = score_trials([replace(trials[0], rows=rows)], 1).set_index("months")
    assert table.at[12, "error"] > table.at[12, "chance"] and table.at[12, "said"] < 0.7 * table.at[12, "came"]
