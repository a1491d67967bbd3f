"""Cleaning: what is marked and what isn't, measured on series whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsforecast.models import TSB, CrostonSBA, DynamicTheta

from planning.core.errors import RequestError
from planning.model.cleaning import INTERMITTENT, clean, kind_of


def business(seed, months=120, noise=0.05, tails=0, walk=0.01):
    """A growing series with a season and nothing odd in it; `tails`: degrees of freedom of its errors, 0 for normal ones."""
    rng = np.random.default_rng(seed)
    errors = rng.standard_t(tails, months) / np.sqrt(tails / (tails - 2)) if tails else rng.standard_normal(months)
    level = np.cumsum(rng.standard_normal(months) * walk) + 0.003 * np.arange(months)
    return 1000 * np.exp(level + np.resize(rng.standard_normal(12) * 0.2, months) + noise * errors)


def marked(many, **how):
    """Shares of series with a one-off and with a new level, and the share of months that are one-offs."""
    done = [clean(business(seed, **how)) for seed in range(many)]
    return tuple(float(np.mean(share)) for share in zip(*((c.one_off.any(), bool(c.shifts), c.one_off.mean()) for c in done), strict=True))


def ahead(amounts):
    return DynamicTheta(season_length=12).forecast(amounts, 12)["mean"]


# --------------------------------------------------------------------------------------------------- one-off months


def test_a_double_booking_is_marked_and_replaced_by_what_was_to_be_expected():
    found = []
    for seed in range(50):
        true, at = business(seed), 20 + seed
        booked = true.copy()
        booked[at] *= 2
        cleaned = clean(booked)
        found.append(cleaned.one_off[at])
        assert cleaned.one_off.sum() <= 2 and abs(cleaned.amounts[at] / true[at] - 1) < 0.2
        assert (cleaned.amounts == booked)[~cleaned.one_off].all()
    assert np.mean(found) == 1


def test_the_forecast_around_a_one_off_hardly_changes():
    as_if_not, as_it_is = [], []
    for seed in range(20):
        true = business(seed)
        sold = true.copy()
        sold[115] += 2000
        as_if_not.append(np.abs(ahead(clean(sold).amounts) / ahead(true) - 1).mean())
        as_it_is.append(np.abs(ahead(sold) / ahead(true) - 1).mean())
    assert np.mean(as_if_not) < 0.02 < 0.08 < np.mean(as_it_is)


def test_a_peak_that_comes_every_year_is_not_marked():
    for seed in range(20):
        amounts = business(seed)
        amounts[11::12] *= 3
        assert not clean(amounts).one_off.any()


def test_how_often_chance_alone_is_marked():
    one_offs, levels, months = marked(300)
    assert one_offs <= 0.02 and levels <= 0.02 and months < 0.0005
    one_offs, levels, months = marked(300, tails=4)
    assert 0.2 < one_offs < 0.45 and levels < 0.06 and months < 0.006
    assert marked(300, walk=0.05)[1] < 0.05
    one_offs, levels, _ = marked(300, months=36)
    assert one_offs < 0.03 and levels < 0.02


def test_less_than_a_hundredth_off_is_never_marked():
    rent = np.full(60, 100.0)
    rent[30] = 100.8
    assert not clean(rent).one_off.any()
    rent[30] = 150
    assert list(np.flatnonzero(clean(rent).one_off)) == [30] and clean(rent).amounts[30] == pytest.approx(100)


# ------------------------------------------------------------------------------------------------------- new levels


@pytest.mark.parametrize("since", [3, 6, 40])
def test_a_new_level_is_found_within_a_month_or_two_and_its_step_is_right(since):
    found, steps = [], []
    for seed in range(50):
        amounts = business(seed)
        amounts[-since:] *= 1.4
        cleaned = clean(amounts)
        found.append(any(abs(at - 120 + since) <= 2 for at in cleaned.shifts))
        steps += [step for step in cleaned.steps if cleaned.logs]
    assert np.mean(found) >= 0.95 and np.exp(np.median(steps)) == pytest.approx(1.4, abs=0.05)


def test_a_step_of_a_month_or_two_ago_is_at_first_a_one_off():
    amounts = business(1)
    amounts[-1] *= 1.6
    cleaned = clean(amounts)
    assert cleaned.one_off[-1] and not cleaned.shifts and cleaned.level_from == 0


def test_earlier_months_can_be_lifted_to_the_newest_level():
    rent = np.repeat([100.0, 110.0], 60)
    cleaned = clean(rent)
    assert cleaned.shifts == (60,) and cleaned.level_from == 60
    assert cleaned.at_latest_level() == pytest.approx(np.full(120, 110.0))
    assert (cleaned.amounts == pytest.approx(rent)) and not cleaned.one_off.any()


def test_a_rent_that_rises_every_january_has_no_new_levels():
    cleaned = clean(100 * 1.03 ** (np.arange(120) // 12))
    assert not cleaned.shifts and not cleaned.one_off.any()


# --------------------------------------------------------------------------------------------------- missing months


def test_missing_months_are_marked_and_do_not_move_the_mean():
    moved = []
    for seed in range(50):
        true = business(seed)
        holes = np.random.default_rng(seed).choice(120, 24, replace=False)
        amounts = true.copy()
        amounts[holes] = np.nan
        cleaned = clean(amounts)
        known = np.flatnonzero(~np.isnan(amounts))[0]
        assert cleaned.missing[[at for at in holes if at > known]].all() and cleaned.missing[:known].sum() == 0
        assert np.isfinite(cleaned.amounts).all() and cleaned.amounts.min() > 0
        moved.append(cleaned.amounts.mean() / true.mean() - 1)
    assert abs(np.mean(moved)) < 0.002 and np.abs(moved).max() < 0.02


def test_a_missing_december_is_filled_with_a_december():
    amounts = np.tile(np.r_[np.full(11, 100.0), 500.0], 6)
    amounts[35] = np.nan
    assert clean(amounts).amounts[35] == pytest.approx(500)


def test_months_before_the_first_known_one_are_not_missing_but_before_the_series():
    amounts = np.r_[np.full(7, np.nan), business(3, 60)]
    cleaned = clean(amounts)
    assert cleaned.first == 7 and not cleaned.missing.any() and cleaned.level_from == 7


def test_a_gap_in_an_intermittent_series_keeps_its_rate():
    amounts = np.resize([0, 0, 0, 10.0, 0, 0, 20.0], 60)
    amounts[[5, 20]] = np.nan
    cleaned = clean(amounts)
    assert cleaned.kind == "intermittent" and cleaned.amounts.mean() == pytest.approx(np.nanmean(amounts))


# ------------------------------------------------------------------------------------------------------------ kinds


@pytest.mark.parametrize(
    "amounts, kind",
    [
        ([np.nan] * 30, "empty"),
        ([0.0] * 30 + [np.nan], "all_zero"),
        ([7.0] * 30 + [np.nan], "constant"),
        ([5.0, 6.0] * 12 + [0.0] * 12, "ended"),
        ([5.0, 6.0] * 12 + [0.0] * 11, "intermittent"),
        ([5.0, 6.0] * 12 + [0.0] * 6, "regular"),
        ([0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 8.0] * 6, "intermittent"),
        (list(range(1, 24)), "short"),
        (list(range(1, 25)), "regular"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 0.0, 0.0, 0.0, 4.0, 3.0, 2.0] * 4, "regular"),
    ],
)
def test_the_kind_of_a_series(amounts, kind):
    assert kind_of(np.array(amounts)) == clean(np.array(amounts)).kind == kind


def test_the_method_for_intermittent_series_is_unbiased_while_the_rate_stays_and_forgets_when_it_ends():
    name, *weights = INTERMITTENT
    assert name == TSB.__name__
    tsb, sba, stopped = [], [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        amounts = np.where(rng.random(60) < 0.3, 100 * np.exp(0.3 * rng.standard_normal(60) - 0.045), 0.0)
        tsb.append(TSB(*weights).forecast(amounts, 1)["mean"][0])
        ended = np.r_[amounts[:48], np.zeros(12)]
        stopped.append(TSB(*weights).forecast(ended, 1)["mean"][0])
        sba.append(CrostonSBA().forecast(ended, 1)["mean"][0])
    assert np.mean(tsb) == pytest.approx(30, rel=0.08) and np.mean(stopped) < 10 < 25 < np.mean(sba)


# -------------------------------------------------------------------------------------------------- what is the same


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.001, 1e6), st.sampled_from([12, 4, 1]))
def test_the_unit_makes_no_difference(seed, unit, season):
    amounts = business(seed, 60)
    amounts[40] *= 3
    amounts[20] = np.nan
    one, other = clean(amounts, season), clean(amounts * unit, season)
    assert (one.one_off == other.one_off).all() and one.shifts == other.shifts
    assert other.amounts == pytest.approx(one.amounts * unit, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(0.0), st.just(float("nan"))), min_size=1, max_size=80), st.sampled_from([12, 4, 1]))
def test_whatever_comes_is_filled_and_what_was_known_and_not_marked_stays(amounts, season):
    amounts = np.array(amounts)
    cleaned = clean(amounts, season)
    stays = ~np.isnan(amounts) & ~cleaned.one_off
    assert np.isfinite(cleaned.amounts).all()
    assert (cleaned.amounts[stays] == amounts[stays]).all()


def test_what_can_not_be_cleaned_is_refused_with_everything_wrong():
    with pytest.raises(RequestError) as refused:
        clean(np.array([[1.0, np.inf]]), 7)
    assert "3 problems" in str(refused.value) and "12, 4 or 1" in str(refused.value)
