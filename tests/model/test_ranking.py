"""Ranks with doubt, on units whose true levels are known."""

import numpy as np
import pandas as pd
import pytest

from planning.model.ranking import (
    not_told_from,
    own_noise,
    pairs_told_apart,
    pooled_noise,
    rank_means,
    rank_units,
    standing,
    try_on_equals,
    try_on_next_years,
    usual_noise,
)

WORLDS, DRAWS = 40, 200


def track(levels, noise, years, rng, common=3.0):
    """Scores by unit and year: the unit's level, what moves all alike, and noise (one for all, or each unit's own)."""
    moved = rng.normal(0, 1, (len(levels), years)) * np.broadcast_to(noise, len(levels))[:, None]
    scores = np.asarray(levels)[:, None] + moved + rng.normal(0, common, years)
    return pd.DataFrame(scores, [f"u{at}" for at in range(len(levels))], range(2015, 2015 + years))


def worlds(levels, noise, years=7):
    for seed in range(WORLDS):
        yield track(levels, noise, years, np.random.default_rng(1000 + seed))


@pytest.mark.parametrize("count", [5, 20])
def test_among_equals_hardly_ever_one_is_called_the_best(count):
    made = [rank_units(scores, 0.8, DRAWS, 1) for scores in worlds([80.0] * count, 8.0)]
    best = sum((ranking.table["rank_upper"] == 1).any() for ranking in made)
    worst = sum((ranking.table["rank_lower"] == count).any() for ranking in made)
    halves = sum((standing(ranking, 0.95) != "open").any() for ranking in made)
    assert best <= 0.05 * WORLDS and worst <= 0.05 * WORLDS and halves <= 0.1 * WORLDS


def test_equals_are_not_told_apart_whatever_their_scores():
    told = [pairs_told_apart(rank_units(scores, 0.8, DRAWS, 1), 0.8) for scores in worlds([80.0] * 20, 8.0)]
    assert sum(apart for apart, _ in told) / sum(pairs for _, pairs in told) < 0.1


def test_one_that_is_worse_by_construction_is_found():
    levels = [80.0] * 19 + [40.0]
    made = [rank_units(scores, 0.8, DRAWS, 1) for scores in worlds(levels, 6.0)]
    found = sum(ranking.table.at["u19", "rank_lower"] >= 16 for ranking in made)
    surely = sum(standing(ranking, 0.95)["u19"] == "lower" for ranking in made)
    assert found >= 0.8 * WORLDS and surely >= 0.9 * WORLDS
    others = sum((standing(ranking, 0.95).drop("u19") == "lower").sum() for ranking in made)
    assert others <= 0.02 * 19 * WORLDS


def test_intervals_hold_the_true_rank_at_least_as_often_as_they_say():
    rng, inside = np.random.default_rng(5), []
    for seed in range(WORLDS):
        levels, noise = rng.normal(70, 8, 20), 8 * np.exp(rng.normal(0, 0.4, 20))
        scores = track(levels, noise, 7, rng)
        table = rank_units(scores, 0.8, DRAWS, seed).table
        true = pd.Series(levels, scores.index).rank(ascending=False)[table.index]
        inside.append(true.between(table["rank_lower"], table["rank_upper"]).mean())
    assert 0.78 <= np.mean(inside) <= 0.93


def test_next_years_ranks_fall_inside_as_often_as_meant():
    rng = np.random.default_rng(6)
    tried = pd.concat([try_on_next_years(track(rng.normal(70, 6, 15), 6.0, 6, rng), 0.8, DRAWS, seed) for seed in range(15)])
    assert len(tried) == 15 * 15 * 2 and set(tried["year"]) == {2019, 2020}
    assert 0.75 <= tried["inside"].mean() <= 0.88


def test_many_years_tell_apart_what_one_year_cannot():
    scores = track([65.0] * 10 + [80.0] * 10, 12.0, 9, np.random.default_rng(3))
    one, all_years = (standing(rank(scores, 0.8, 1000, 1), 0.95) for rank in (rank_units, rank_means))
    assert (all_years != "open").sum() > (one != "open").sum()
    low = all_years.index[all_years == "lower"]
    assert len(low) >= 4 and all(int(unit[1:]) < 10 for unit in low)


# the noise


def test_what_moves_all_alike_is_no_noise():
    scores = track([50.0, 60.0, 70.0, 80.0], 0.0, 6, np.random.default_rng(1), common=20.0)
    assert own_noise(scores)["variance"].max() < 1e-9
    assert pooled_noise(scores)["variance"].between(0.25, 0.5).all(), "and nobody is surer than half a point"


def test_the_noise_is_found_and_few_years_are_drawn_towards_the_usual():
    rng = np.random.default_rng(2)
    scores = track([70.0] * 400, 9.0, 6, rng)
    variance, degrees = usual_noise(own_noise(scores))
    assert variance == pytest.approx(81, rel=0.1) and degrees > 30, "they differ no more than chance makes them"
    uneven = track([70.0] * 60, 9.0 * np.exp(rng.normal(0, 1.0, 60)), 12, rng)
    assert usual_noise(own_noise(uneven))[1] < 6
    scores.iloc[0, 1:] = np.nan
    assert pooled_noise(scores).loc["u0", ["years", "variance"]].tolist() == [1, pytest.approx(usual_noise(own_noise(scores))[0])]


def test_the_year_that_is_ranked_has_no_part_in_its_noise():
    scores = track([70.0] * 8, 5.0, 6, np.random.default_rng(4))
    crash = scores.copy()
    crash.loc["u3", 2020] = 0.0
    before, after = (rank_units(table, 0.8, DRAWS, 1).table["noise"] for table in (scores, crash))
    pd.testing.assert_series_equal(before.sort_index(), after.sort_index())


# the edges


def test_without_earlier_years_there_are_ranks_and_no_intervals():
    made = rank_units(pd.DataFrame({2015: [3.0, 9.0, 9.0]}, ["a", "b", "c"]), 0.8, DRAWS, 1)
    assert made.table["rank"].to_dict() == {"b": 1, "c": 1, "a": 3}
    assert made.table[["rank_lower", "rank_upper", "noise"]].isna().all(axis=None)
    assert pairs_told_apart(made, 0.8) == (0, 3) and not_told_from(made, "b", 0.8) == ["c", "a"]
    assert (standing(made, 0.95) == "open").all() and try_on_equals(made, 3, 0.95, 0.8, 5, DRAWS, 1)["trials"] == 0


def test_nobody_and_one_alone_can_be_ranked():
    nobody = pd.DataFrame(columns=[2015, 2016], dtype=float)
    assert rank_units(nobody, 0.8, DRAWS, 1).table.empty and rank_means(nobody, 0.8, DRAWS, 1).table.empty
    alone = rank_units(pd.DataFrame([[50.0, 60.0, 70.0]], ["a"]), 0.8, DRAWS, 1).table.loc["a"]
    assert alone[["rank", "rank_lower", "rank_upper"]].tolist() == [1, 1, 1]


def test_a_unit_without_a_score_this_year_is_left_out():
    scores = track([70.0] * 5, 5.0, 6, np.random.default_rng(4))
    scores.loc["u2", 2020] = np.nan
    assert set(rank_units(scores, 0.8, DRAWS, 1).table.index) == {"u0", "u1", "u3", "u4"}


def test_the_same_seed_gives_the_same_whatever_the_order_of_the_units():
    scores = track(np.linspace(40, 90, 12), 8.0, 6, np.random.default_rng(9))
    one, again = (rank_units(table, 0.8, DRAWS, 7).table for table in (scores, scores.iloc[::-1]))
    pd.testing.assert_frame_equal(one, again)
    assert (one["rank_lower"] <= one["rank"]).all() and (one["rank"] <= one["rank_upper"]).all()


def test_false_calls_are_counted_on_equals():
    made = rank_units(track(np.linspace(20, 95, 10), 6.0, 7, np.random.default_rng(1)), 0.8, DRAWS, 1)
    said = try_on_equals(made, 6, 0.95, 0.8, 20, DRAWS, 1)
    assert said["trials"] == 20 and said["halves"] <= 3 and said["firsts"] <= 1 and said["long_halves"] <= 3
