"""Odds by horizon: pieces that multiply, the truth of made-up subscribers found, and too few refused."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.model.attributes import Attributes, in_order
from planning.model.leaving import Leaving, fit_leaving, months_to_leave, stays_of

NEVER = np.nan


def panel(size=4000, seed=4, months=12):
    """Subscribers of whom those with few logins leave at 8 % a month and the others at 2 %."""
    rng = np.random.default_rng(seed)
    few = rng.random(size) < 0.4
    left = rng.geometric(np.where(few, 0.08, 0.02)).astype(float)
    known = pd.DataFrame({"subscriber": np.arange(size), "logins": np.where(few, rng.uniform(0, 3, size), rng.uniform(3, 9, size)),
                          "plan": rng.choice(["basic", "care"], size)})  # fmt: skip
    return known.assign(months=np.where(left <= months, left, NEVER), watched=months), few


ATTRIBUTES = Attributes(("logins",), ("plan",))


def test_pieces_multiply_and_go_on_at_the_last_rate():
    steps = np.array([[0.1, 0.19, 1 - 0.95**9]])
    stays = stays_of(steps, np.array([0.0, 1, 2, 3, 4, 12, 24]))[0]
    assert stays == pytest.approx([1, 0.9, 0.81, 0.729, 0.729 * 0.95, 0.729 * 0.95**9, 0.729 * 0.95**21])


def test_the_month_of_even_odds_is_told_where_it_comes_in_time():
    steps = np.array([[0.1, 0.19, 1 - 0.95**9], [0.6, 0.1, 0.1], [0.001, 0.001, 0.001]])
    months = months_to_leave(steps, 24)
    assert months[:2].tolist() == [11, 1] and np.isnan(months[2]), "0.729 × 0.95^8 is 0.484, × 0.95^7 is 0.509"


def test_somebody_sure_to_leave_leaves():
    assert stays_of(np.array([[1.0, 0.0, 0.0]]), np.array([1.0, 12.0]))[0] == pytest.approx([0, 0], abs=1e-9)


@pytest.fixture(scope="module")
def fitted():
    known, few = panel()
    return known, few, fit_leaving(known, ATTRIBUTES, 1)


@pytest.mark.parametrize("months", [1, 3, 12])
def test_the_true_odds_are_found_at_every_horizon(fitted, months):
    known, few, leaving = fitted
    odds = leaving.odds(known, months)
    for group, rate in ((few, 0.08), (~few, 0.02)):
        true = 1 - (1 - rate) ** months
        by_chance = 3 * np.sqrt(true * (1 - true) / group.sum())
        assert odds[group].mean() == pytest.approx(true, abs=by_chance)


def test_odds_never_fall_with_the_months(fitted):
    known, _, leaving = fitted
    assert (np.diff(leaving.stays(known.head(50), np.arange(0, 30)), axis=1) <= 0).all()


def test_outcomes_not_yet_known_are_not_learnt_from():
    """Watched for three months only: nobody knows of the year's piece, and the rate before it goes on."""
    known, _ = panel(2000, months=3)
    leaving = fit_leaving(known, ATTRIBUTES, 1)
    assert leaving.pieces == (1, 3) and None not in leaving.scores
    one, three, year = (leaving.stays(known, np.array([months]))[:, 0] for months in (1, 3, 12))
    assert year == pytest.approx(three * (three / one) ** 4.5)


def test_odds_learnt_from_all_leavers_and_few_who_stayed_are_those_of_all():
    """Leavers drawn many times as often as those who stayed: the odds of both groups are still the true ones, and so is the average."""
    known, few = panel(40_000, seed=9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.model.leaving.MOST", 4000)
        leaving = fit_leaving(known, ATTRIBUTES, 1)
    odds = leaving.odds(known, 1)
    for group, rate in ((few, 0.08), (~few, 0.02)):
        assert odds[group].mean() == pytest.approx(rate, rel=0.1)
    base = leaving.scores[0].base
    mean = np.log(odds / (1 - odds)).mean()
    assert base == pytest.approx(mean, abs=0.05), "the average subscriber's"
    rows = in_order(known.head(50), ATTRIBUTES)
    assert base + leaving.scores[0].parts(rows).sum(axis=1).to_numpy() == pytest.approx(leaving.scores[0].score(rows))


def test_a_piece_in_which_few_left_has_the_rate_of_all():
    known, _ = panel(2000)
    rarely = known.assign(months=known["months"].where(known["months"] > 1))
    leaving = fit_leaving(rarely, ATTRIBUTES, 1)
    assert leaving.scores[0] is None and (leaving.steps(known)[:, 0] == 0.0).all()


@pytest.mark.parametrize(("months", "said"), [(NEVER, "0 left"), (1.0, "0 stayed")])
def test_one_outcome_only_is_refused(months, said):
    known, _ = panel(300)
    with pytest.raises(RequestError, match=f"too few to learn from.*{said}"):
        fit_leaving(known.assign(months=months), ATTRIBUTES, 1)


def test_ten_subscribers_are_too_few():
    with pytest.raises(RequestError, match="too few to learn from"):
        fit_leaving(panel(10)[0], ATTRIBUTES, 1)


def test_a_value_never_seen_and_a_missing_number_get_odds(fitted):
    known, _, leaving = fitted
    odd = known.head(2).assign(plan=["for ever", None], logins=[np.nan, 4.0])
    assert ((leaving.odds(odd, 12) > 0) & (leaving.odds(odd, 12) < 1)).all()


def test_reasons_add_up_to_the_odds_of_any_number_of_months():
    table, _ = panel()
    leaving = fit_leaving(table, ATTRIBUTES, 1)
    known = table.head(300)
    for months in (1, 7, 12, 20):
        base, parts = leaving.parts(known, months)
        odds = leaving.odds(known, months)
        assert base + parts.sum(axis=1).to_numpy() == pytest.approx(np.log(odds / (1 - odds)), abs=1e-8)
        assert list(parts) == ["logins", "plan"] and parts["logins"].abs().mean() > 3 * parts["plan"].abs().mean()


def test_a_piece_without_a_score_gives_no_reasons_but_counts():
    table, _ = panel()
    leaving = fit_leaving(table, ATTRIBUTES, 1)
    bare = Leaving(leaving.attributes, leaving.pieces, (None, *leaving.scores[1:]), leaving.rates)
    base, parts = bare.parts(table.head(50), 12)
    odds = bare.odds(table.head(50), 12)
    assert base + parts.sum(axis=1).to_numpy() == pytest.approx(np.log(odds / (1 - odds)), abs=1e-8)
