"""The trial: what was known then, who has skill, and how often chance alone is called skill."""

import numpy as np
import pytest
from made_lines import history, lines, many

from planning.model.forecast import forecast, tried_forecast
from planning.model.methods import NAIVES
from planning.model.panel import Given, panel_paths
from planning.model.tried import ENOUGH, MOST_ORIGINS, UNLIKE, Tried, _unlike, join_origins, judge_skill, origins_of, shipped


def trial_of(ours, actual, naives, hold=12):
    """One origin of a panel, rows are its series."""
    count = len(actual)
    return Tried(np.arange(count), np.full(count, hold), np.array(ours, float), np.array(actual, float), naives, [], np.zeros(count, bool))


def naives_of(values):
    return {name: np.array(values, float) for name in NAIVES}


def has_skill(amounts, horizon=12, method="fast"):
    return tried_forecast(many(amounts), horizon, method).series["skill"].astype(bool).to_numpy()


def test_a_small_panel_is_tried_from_many_origins_and_a_large_one_from_one():
    small, large = ([Given(row) for row in lines("noise", count, 1)] for count in (1, ENOUGH))
    assert [one.hold for one in origins_of(small, 12, 12)] == list(range(12, 12 + 3 * MOST_ORIGINS, 3))
    assert [one.hold for one in origins_of(large, 12, 12)] == [12]


def test_an_origin_knows_nothing_later_and_what_came_lies_beside_it():
    panel = [Given(np.arange(72.0)), Given(np.arange(30.0))]
    origins = origins_of(panel, 12, 6)
    for one in origins:
        for place, then in zip(one.places, one.panel.series, strict=True):
            assert then.amounts[-1] == len(panel[place].amounts) - one.hold - 1
    tried = join_origins(panel, 12, origins, panel_paths([one.panel for one in origins], 12, "seasonal_naive"))
    known = np.array([len(panel[place].amounts) for place in tried.series]) - tried.hold
    assert np.array_equal(tried.actual, known[:, None] + np.arange(6))
    assert np.array_equal(tried.naives["last"], np.repeat(known[:, None] - 1.0, 6, axis=1))
    assert np.array_equal(tried.naives["seasonal_naive"], tried.actual - 12)


def test_lines_that_are_too_short_are_not_tried():
    assert origins_of([Given(np.arange(14.0))], 12, 12) == []
    first, *_ = origins_of([Given(np.arange(14.0)), Given(np.arange(40.0))], 12, 6)
    assert first.places.tolist() == [1]


def test_who_is_right_every_time_has_skill_and_who_is_wrong_every_time_has_none():
    actual = np.random.default_rng(1).normal(100, 10, (20, 12))
    right, wrong = trial_of(actual, actual, naives_of(actual + 5)), trial_of(actual + 10, actual, naives_of(actual + 5))
    assert judge_skill(right, 20).naive == [""] * 20
    assert all(judge_skill(wrong, 20).naive) and np.allclose(judge_skill(wrong, 20).ratio, 2)


def test_the_naive_that_is_not_beaten_is_the_one_that_ships():
    actual = np.zeros((10, 12))
    naives = {"seasonal_naive": actual + 9, "last": actual + 0.1, "mean": actual + 9}
    tried = trial_of(actual + 1, actual, naives)
    skill = judge_skill(tried, 10)
    assert set(skill.naive) == {"last"} and np.array_equal(shipped(tried, skill), naives["last"])


def test_one_line_of_many_is_judged_by_its_own_trial_only_as_far_as_it_tells():
    """Nineteen lines are forecast well; that the twentieth went wrong once is believed to be luck."""
    rng = np.random.default_rng(2)
    actual = rng.normal(0, 10, (20, 12))
    naives = naives_of(actual + rng.normal(0, 10, (20, 12)))
    ours = actual + rng.normal(0, 5, (20, 12))
    ours[-1] = actual[-1] + 1.2 * (naives["last"][-1] - actual[-1])
    assert judge_skill(trial_of(ours, actual, naives), 20).naive[-1] == ""
    assert judge_skill(trial_of(ours[-1:], actual[-1:], {name: path[-1:] for name, path in naives.items()}), 1).naive[0]


def test_a_missing_month_is_counted_for_nobody():
    actual = np.random.default_rng(3).normal(100, 10, (5, 12))
    gappy = actual.copy()
    gappy[:, ::3] = np.nan
    ours, naives = actual + 1, naives_of(actual + 2)
    ours[:, ::3] += 1000
    skill = judge_skill(trial_of(ours, gappy, naives), 5)
    assert skill.naive == [""] * 5 and np.allclose(skill.ratio, 0.5)


def test_the_unit_of_money_changes_no_judgement():
    rng = np.random.default_rng(4)
    actual = rng.normal(100, 10, (30, 12))
    ours, naive = (actual + rng.normal(0, 10, (30, 12)) for _ in range(2))
    found = [judge_skill(trial_of(c * ours, c * actual, naives_of(c * naive)), 30) for c in (1.0, 1e-9, 1e12)]
    assert found[0].naive == found[1].naive == found[2].naive and np.allclose(found[0].ratio, found[2].ratio)


def test_where_nothing_was_tried_nothing_is_said():
    about = tried_forecast(history([5, 6, 7, 5]), 3, "fast").series
    assert about["skill"].isna().all() and about["ratio"].isna().all() and about["method"].tolist() == ["seasonal_naive"]


def test_in_a_panel_of_one_kind_who_did_well_was_lucky():
    """What luck explains whole leaves hardly anything to believe of a single line; no panel makes it more than is known beforehand."""
    luck, alike, unlike = np.full(100, 0.04), np.random.default_rng(1).normal(0, 0.2, 100), np.repeat([-0.5, 0.5], 50)
    assert _unlike(alike, luck) < UNLIKE**2 / 2
    assert _unlike(unlike, luck) == pytest.approx(UNLIKE**2) and _unlike(unlike[:1], luck[:1]) == pytest.approx(UNLIKE**2)


# --------------------------------------------------------------------------------------------------------- measured


def test_noise_is_rarely_said_to_have_skill():
    """Lines by themselves and a hundred together. A rate of one in twenty would show 7 or more of 50 once in a hundred times, and 11 or
    more of 100."""
    assert sum(has_skill(lines("noise", 1, seed))[0] for seed in range(50)) < 7
    assert has_skill(lines("noise", 100, 1)).sum() < 11


def test_most_random_walks_say_no_skill():
    """By themselves, a rate of one half would show 16 or fewer of 50 once in a hundred times; a hundred together tell each other what
    they are, and a rate of one in twenty would show 11 or more once in a hundred times."""
    assert sum(has_skill(lines("walk", 1, seed))[0] for seed in range(50)) <= 16
    assert has_skill(lines("walk", 100, 1)).sum() < 11


def test_lines_with_a_level_a_season_and_a_trend_have_skill():
    """A rate of nineteen in twenty would show 43 or fewer of 50, or 89 or fewer of 100, once in a hundred times."""
    assert sum(has_skill(lines("business", 1, seed))[0] for seed in range(50)) > 43
    assert has_skill(lines("business", 100, 1)).sum() > 89


def test_pure_noise_says_no_skill_and_its_mean_ships():
    amounts = lines("noise", 1, 5)
    found = tried_forecast(many(amounts), 12, "fast")
    assert found.series[["method", "reason"]].to_numpy().tolist() == [["mean", "no skill"]]
    assert np.allclose(found.rows["amount"], amounts[0, -36:].mean())


def test_most_panels_of_noise_ship_their_mean():
    assert (tried_forecast(many(lines("noise", 100, 2)), 12, "fast").series["method"] == "mean").mean() > 0.9


def test_a_random_walk_without_skill_ships_its_last_amount():
    amounts = lines("walk", 100, 3)
    found = tried_forecast(many(amounts), 12, "fast")
    last = (found.series["method"] == "last").to_numpy()
    assert last.sum() > (~found.series["skill"].astype(bool)).sum() / 2
    assert np.allclose(found.rows["amount"].to_numpy().reshape(100, 12)[last], amounts[last, -1:])


def test_a_line_that_is_mostly_0_is_judged_by_its_sum():
    """Month by month 0 is nearest to it, and its last amount is mostly 0; what comes in a year is what a plan needs."""
    rng = np.random.default_rng(6)
    amounts = np.where(rng.random((40, 72)) < 0.2, rng.poisson(5, (40, 72)) + 1.0, 0.0)
    found = tried_forecast(many(amounts), 12, "fast")
    assert (found.series["method"] == "last").mean() < 0.2 and found.rows["amount"].mean() == pytest.approx(amounts.mean(), rel=0.25)


def test_a_gap_in_what_came_leaves_the_trial_whole():
    """Months known every other quarter only: some horizons are told by nobody, and have no error and no coverage."""
    amounts = np.where(np.arange(72) % 6 == 5, lines("business", 1, 1)[0], np.nan)
    found = tried_forecast(history(amounts), 12, "fast")
    unknown = found.trial[found.trial["n"] == 0]
    assert len(found.trial) == 12 and len(unknown) and unknown[["error", "coverage_80%", "low_95%"]].isna().all(axis=None)
    assert np.isfinite(forecast(history(amounts), 12, "fast")[["lower", "upper"]]).all(axis=None)
