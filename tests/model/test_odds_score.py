"""Odds are scored rightly: by hand, and against truths that are known."""

import numpy as np
import pandas as pd
import pytest

from planning.model.odds_score import brier, score_odds


def told(slope, groups=40, each=50, seed=1):
    """Odds, and what came when the true log-odds are `slope` times those said."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 1, groups * each)
    came = rng.random(len(logit)) < 1 / (1 + np.exp(-slope * logit))
    return pd.DataFrame({"odds": 1 / (1 + np.exp(-logit)), "met": came, "group": np.repeat(np.arange(groups), each)})


def test_the_brier_score_by_hand():
    """(0.2² + 0.5² + 0.3²) / 3 = (0.04 + 0.25 + 0.09) / 3"""
    assert brier(np.array([1.0, 0.0, 0.0]), np.array([0.8, 0.5, 0.3])) == pytest.approx(0.38 / 3)
    assert np.isnan(brier(np.array([]), np.array([])))


def test_the_band_holds_1_when_odds_hold_and_not_when_they_are_too_bold_or_too_timid():
    for slope, inside in ((1.0, True), (0.5, False), (2.0, False)):
        score = score_odds(told(slope), 0.95, 300, 1)
        assert (score["slope_lower"] <= 1 <= score["slope_upper"]) == inside
        assert score["slope"] == pytest.approx(slope, abs=0.2)
    assert score["brier"] < score["brier_rate"] <= score["brier_half"]


def test_what_came_together_widens_the_band():
    table = told(1.0)
    copies = pd.concat([table] * 4)
    narrow = score_odds(copies.assign(group=np.arange(len(copies))), 0.95, 200, 1)
    wide = score_odds(copies, 0.95, 200, 1)
    assert wide["slope_upper"] - wide["slope_lower"] > 1.4 * (narrow["slope_upper"] - narrow["slope_lower"])


def test_at_the_edges_what_isnt_known_is_missing():
    table = told(1.0, groups=1)
    assert np.isnan(score_odds(table, 0.95, 50, 1)["slope_lower"]) and score_odds(table, 0.95, 50, 1)["slope"] > 0
    assert np.isnan(score_odds(table.assign(met=True), 0.95, 50, 1)["slope"])
    assert np.isnan(score_odds(table.assign(odds=0.5), 0.95, 50, 1)["slope"])
    empty = score_odds(table.iloc[:0], 0.95, 50, 1)
    assert empty["n"] == 0 and empty.drop(["n", "groups"]).isna().all()
    assert score_odds(table.assign(odds=1.0), 0.95, 50, 1)["brier"] == pytest.approx(1 - table["met"].mean(), abs=1e-4)
