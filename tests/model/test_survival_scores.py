"""Scores of told survival, reckoned by hand."""

import numpy as np
import pytest

from planning.model.survival_scores import (
    brier_scores,
    censoring,
    concordance,
    gap_by_chance,
    groups_by_odds,
    integrated_brier,
    kaplan_meier,
    mean_gap,
)

TENURE, LEFT = np.array([1.0, 2, 2, 3]), np.array([True, True, False, False])


def test_the_share_still_there_falls_when_somebody_leaves():
    assert kaplan_meier(TENURE, LEFT).at(np.array([0, 0.5, 1, 2, 2.9, 9])) == pytest.approx([1, 1, 3 / 4, 1 / 2, 1 / 2, 1 / 2])


def test_the_odds_of_not_being_censored_fall_when_somebody_is():
    """Of the two who are there in the second month and don't leave in it one is censored, in the third the last."""
    assert censoring(TENURE, LEFT).at(np.array([0, 1, 2, 3])) == pytest.approx([1, 1, 1 / 2, 0])


def test_where_nobody_is_censored_nothing_weighs():
    everybody = np.ones(4, dtype=bool)
    assert (censoring(TENURE, everybody).odds == 1).all()
    assert kaplan_meier(TENURE, everybody).at(np.array([1, 2, 3])) == pytest.approx([3 / 4, 1 / 4, 0])


@pytest.mark.parametrize(
    ("risk", "share"),
    [([4, 3, 2, 1], 1), ([1, 2, 3, 4], 0), ([1, 1, 1, 1], 1 / 2), ([4, 1, 2, 3], 3 / 5), ([2, 3, 3, 1], (1 + 1 + 1 / 2) / 5)],
)
def test_concordance_counts_pairs_of_whom_it_is_known_who_left_sooner(risk, share):
    """Five: the first against three, the second against the one censored in its month and the last."""
    assert concordance(TENURE, LEFT, np.array(risk)) == pytest.approx(share)


def test_concordance_may_end_early_and_is_missing_where_there_is_no_pair():
    risk = np.array([4, 1, 2, 3])
    assert concordance(TENURE, LEFT, risk, until=2) == 1 and np.isnan(concordance(TENURE, ~np.ones(4, bool), risk))


def test_two_who_leave_in_one_month_are_no_pair():
    assert np.isnan(concordance(np.array([2.0, 2]), np.array([True, True]), np.array([1, 2])))


def test_briers_score_by_hand():
    """After one month: one left who was told 0.6 to stay, three are there: 0.36 + 3 × 0.16. After two the censored one counts nothing, and
    the one who is there counts for two, as does the one who left when one of two was censored."""
    among, times = censoring(TENURE, LEFT), np.array([1.0, 2])
    scores = brier_scores(np.full((4, 2), [0.6, 0.5]), times, TENURE, LEFT, among.at(TENURE), among.at(times))
    assert scores == pytest.approx([(0.36 + 3 * 0.16) / 4, (0.25 + 0.25 * 2 + 0.25 * 2) / 4])
    assert integrated_brier(scores, times) == pytest.approx(scores.mean())


def test_the_score_is_integrated_straight_between_the_times():
    assert integrated_brier(np.array([0.1, 0.2, 0.4]), np.array([1.0, 2, 4])) == pytest.approx((0.15 + 2 * 0.3) / 3)
    assert np.isnan(integrated_brier(np.array([0.1]), np.array([1.0])))


def test_weights_of_each_ones_own_give_the_score_as_if_nobody_were_censored():
    """Those who leave soon are censored soon too, so weights that are the same for all favour who says too much of leaving."""
    rng = np.random.default_rng(5)
    hasty, size, times = rng.random(40_000) < 0.5, 40_000, np.arange(1, 25)
    leaving = ending = np.where(hasty, 0.06, 0.01)
    leaves, ends = rng.geometric(leaving).astype(float), rng.geometric(ending).astype(float)
    tenure, left = np.minimum(leaves, ends), leaves <= ends
    stays, watched = (1 - leaving[:, None]) ** times, (1 - ending[:, None]) ** times
    nobody = np.ones(size)
    whole = brier_scores(stays, times, leaves, np.ones(size, bool), nobody, np.ones(len(times)))
    own = brier_scores(stays, times, tenure, left, (1 - ending) ** (tenure - 1), watched)
    among = censoring(tenure, left)
    alike = brier_scores(stays, times, tenure, left, among.at(tenure), among.at(times))
    assert own == pytest.approx(whole, rel=0.03) and abs(alike[-1] / whole[-1] - 1) > 0.05

    gloomy = np.where(hasty[:, None], stays * 0.8, stays)
    worse = brier_scores(gloomy, times, leaves, np.ones(size, bool), nobody, np.ones(len(times)))
    praised = brier_scores(gloomy, times, tenure, left, among.at(tenure), among.at(times))
    assert worse[-1] > whole[-1] and praised[-1] < alike[-1]


def test_odds_that_came_true_lie_near_what_came_though_most_are_censored():
    rng = np.random.default_rng(6)
    rate = rng.uniform(0.01, 0.08, 20_000)
    leaves, ends = rng.geometric(rate).astype(float), rng.geometric(0.06, 20_000).astype(float)
    tenure, left, odds = np.minimum(leaves, ends), leaves <= ends, 1 - (1 - rate) ** 12
    grouped = groups_by_odds(odds, 12, tenure, left)
    assert grouped["n"].sum() == 20_000 and (np.diff(grouped["said"]) > 0).all()
    assert mean_gap(grouped) < gap_by_chance(grouped) < 0.02 < mean_gap(groups_by_odds(odds * 0.9, 12, tenure, left))


def test_greenwoods_error_by_hand():
    """Where nobody is censored it is the binomial one."""
    grouped = groups_by_odds(np.full(8, 0.5), 2, np.array([1.0, 1, 2, 3, 3, 3, 3, 3]), np.ones(8, bool), groups=1)
    assert grouped.loc[0, ["n", "came"]].tolist() == [8, 3 / 8] and grouped.at[0, "error"] == pytest.approx(np.sqrt(15 / 64 / 8))
