"""Buyers' lifetimes, spend and outlook: published figures, planted truths, and the edges."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gamma, hyp2f1
from shoppers import FIRST, RATES, SPEND, day, shop

from planning.core.errors import RequestError
from planning.model import outlook
from planning.model.dropout import dropout_log_likelihood, dropout_purchases, dropout_still_customer, fit_dropout
from planning.model.lifetime import (
    UNTOLD,
    build_histories,
    continued_fraction,
    draw_purchases,
    expected_purchases,
    fit_lifetimes,
    gauss_function,
    learnt_from,
    leaving_told,
    log_likelihood,
    purchase_odds,
    purchases_if_customer,
    still_customer,
)
from planning.model.outlook import Later, draw_outlook, draw_saved, expected_buying, fit_buying, tells_enough, worth_ahead
from planning.model.spend import amount_a_purchase, fit_spend, free_share

LARGE = shop(6000, weeks=52, seed=3)
HISTORIES = build_histories(LARGE.orders, day(52))
FIT = fit_lifetimes(HISTORIES)
TRUE = np.array(list(RATES.values()))


def columns(histories):
    return [histories[name].to_numpy(dtype=float) for name in ("repeats", "last", "age")]


def orders(*rows):
    lines = [(who, pd.Timestamp(when), 1.0, amount) for who, when, amount in rows]
    return pd.DataFrame(lines, columns=["customer", "date", "quantity", "amount"])


def one(*values):
    return [np.array([float(value)]) for value in values]


# histories


def test_orders_of_one_day_are_one_purchase_and_the_first_is_no_repeat():
    table = orders(("ann", "2020-01-01 09:00", 3), ("ann", "2020-01-01 18:00", 4), ("ann", "2020-01-15", 5), ("bob", "2020-01-08", 9))
    rows = build_histories(table, pd.Timestamp("2020-01-29")).set_index("customer")
    assert rows.loc["ann", ["repeats", "last", "age", "paid", "spent", "total"]].tolist() == [1, 2.0, 4.0, 2, 6.0, 12.0]
    assert rows.loc["bob", ["repeats", "last", "age"]].tolist() == [0, 0.0, 3.0]


def test_a_purchase_that_cost_nothing_is_a_purchase_without_money():
    table = orders(("ann", "2020-01-01", 0), ("ann", "2020-01-08", 6), ("bob", "2020-01-01", 0))
    rows = build_histories(table, day(4)).set_index("customer")
    assert rows.loc["ann", ["repeats", "paid", "spent"]].tolist() == [1, 1, 6.0]
    assert rows.at["bob", "paid"] == 0 and pd.isna(rows.at["bob", "spent"])
    assert free_share(rows) == pytest.approx(2 / 3)


def test_orders_of_the_closing_day_count_and_later_ones_do_not():
    table = orders(("ann", "2020-01-01", 3), ("ann", "2020-01-28 23:00", 4), ("ann", "2020-01-29", 5), ("new", "2020-02-01", 5))
    rows = build_histories(table, day(4))
    assert rows["customer"].tolist() == ["ann"] and rows["repeats"].tolist() == [1]


# the likelihood


@pytest.fixture(scope="module")
def published_sample():
    """The tenth of the buyers on which the literature compares: purchases by day, to the end of the 39th week."""
    place = Path(importlib.util.find_spec("lifetimes").submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    table = pd.read_csv(place, sep=r"\s+", header=None, names=["old", "customer", "date", "quantity", "amount"], dtype={"customer": str})
    return build_histories(table.assign(date=pd.to_datetime(table["date"].astype(str))), pd.Timestamp("1997-09-30"))


def test_published_lifetimes_come_out(published_sample):
    fit = fit_lifetimes(published_sample)
    assert len(published_sample) == 2357 and fit.converged
    assert fit.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert list(fit.values.values()) == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=0.002)


def test_published_dropouts_come_out(published_sample):
    fit = fit_dropout(published_sample)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert list(fit.values.values()) == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.002)


@pytest.mark.parametrize("parameters", [(0.8, 8.0, 0.7, 10.0), (0.6, 12.0, 0.5, 6.0), (0.6, 9.0, 0.5, 9.0)])
@pytest.mark.parametrize("history", [(0, 0.0, 20.0), (2, 11.0, 30.0), (5, 38.0, 39.0), (60, 20.0, 39.0)])
def test_the_likelihood_is_the_sum_over_every_week_of_leaving(parameters, history):
    r, alpha, s, beta = parameters
    repeats, last, age = history

    def bought_until(week):
        """The rate of buying integrated out, for a buyer who was there until that week."""
        return gamma(r + repeats) / gamma(r) * alpha**r / (alpha + week) ** (r + repeats)

    left = quad(lambda week: bought_until(week) * s * beta**s / (beta + week) ** (s + 1), last, age, epsabs=0)[0]
    there = bought_until(age) * (beta / (beta + age)) ** s
    assert log_likelihood(parameters, *one(*history))[0] == pytest.approx(np.log(left + there), abs=1e-8)
    assert still_customer(parameters, *one(*history))[0] == pytest.approx(there / (left + there), abs=1e-8)


@pytest.mark.parametrize(
    "parameters", [(0.55, 10.6, 0.61, 11.7), (1.2, 12.4, 7.5, 758.0), (0.05, 300.0, 20.0, 0.5), (15.0, 2.0, 0.1, 90.0)]
)
def test_many_buyers_have_the_likelihood_each_has_alone(parameters):
    rng = np.random.default_rng(4)
    repeats, age = rng.poisson(rng.gamma(0.8, 8.0, 20_000)).astype(float), rng.uniform(0.0, 260.0, 20_000)
    last = np.where(repeats > 0, age * rng.random(20_000), 0.0)
    together = log_likelihood(parameters, repeats, last, age)
    picked = rng.choice(20_000, 300, replace=False)
    alone = [log_likelihood(parameters, *one(repeats[at], last[at], age[at]))[0] for at in picked]
    assert together[picked] == pytest.approx(alone, abs=1e-8)


def test_of_many_buyers_the_same_draw_is_learnt_from_and_of_few_all():
    many = pd.concat([HISTORIES] * 6, ignore_index=True)
    few = learnt_from(many)
    assert len(few) == 30_000 < len(many) and few.equals(learnt_from(many)) and few.index.is_monotonic_increasing
    assert learnt_from(HISTORIES) is HISTORIES


def test_equal_histories_counted_once_give_what_rows_give():
    shuffled = HISTORIES.sample(frac=1, random_state=1)
    by_row = float(log_likelihood(FIT.parameters, *columns(shuffled)).sum())
    assert FIT.log_likelihood == pytest.approx(by_row, rel=1e-9)
    assert fit_lifetimes(shuffled).values == FIT.values


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(0.02, 60.0)] * 4),
    st.integers(0, 3000),
    st.floats(0.0, 1.0),
    st.floats(0.0, 300.0),
    st.floats(1.0, 104.0),
)
def test_no_history_overflows(parameters, repeats, share, age, weeks):
    last = age * share if repeats else 0.0
    known = one(repeats, last, age)
    still = still_customer(parameters, *known)[0]
    assert 0 <= still <= 1 and np.isfinite(log_likelihood(parameters, *known)[0])
    assert 0 <= purchase_odds(parameters, *known, weeks)[0] <= 1
    assert 0 <= expected_purchases(parameters, *known, weeks)[0] < np.inf
    assert 0 <= dropout_still_customer(parameters, *known)[0] <= 1 and np.isfinite(dropout_log_likelihood(parameters, *known)[0])


def test_gauss_function_is_right_where_the_library_gives_up():
    assert gauss_function(1.0, 2.0, 0.5) == pytest.approx(2 * np.log(2))
    b, c, z = np.array([2744.098, 0.9, 30.0]), np.array([2746.835, 2.5, 40.0]), np.array([0.9971758, 0.7, 0.3])
    assert np.isnan(hyp2f1(1.0, b, c, z)[0]) and np.isfinite(hyp2f1(1.0, b, c, z)[1:]).all()
    assert gauss_function(b, c, z)[0] == pytest.approx(267.7479, abs=1e-3), "by quadrature of Euler's integral"
    assert gauss_function(b, c, z)[1:] == pytest.approx(continued_fraction(b, c, z)[1:], rel=1e-12)


def test_silence_makes_leaving_likelier_and_the_more_so_the_more_often_somebody_bought():
    rare, often = (still_customer(TRUE, np.full(4, float(n)), np.array([38.0, 30, 20, 10]), np.full(4, 39.0)) for n in (2, 20))
    assert (np.diff(rare) < 0).all() and (np.diff(often) < 0).all()
    assert rare[-1] > often[-1] and often[0] > 0.95


def test_a_dropout_who_bought_once_is_a_customer_for_certain_and_here_is_not():
    once = one(0, 0, 60)
    assert dropout_still_customer((0.3, 5.0, 0.8, 2.4), *once)[0] == 1 and still_customer(TRUE, *once)[0] < 0.6


# planted truth


def test_planted_parameters_are_found_within_their_own_error():
    off = (np.log(FIT.parameters) - np.log(TRUE)) / np.sqrt(np.diag(FIT.spread))
    assert FIT.converged and (np.abs(off) < 3).all(), off


def test_of_those_said_to_be_customers_so_many_are():
    said = still_customer(FIT.parameters, *columns(HISTORIES))
    really = LARGE.still(HISTORIES["customer"], day(52))
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        rows = (said >= low) & (said < high)
        error = 3 * np.sqrt((said[rows] * (1 - said[rows])).sum()) / rows.sum()
        assert rows.sum() > 100 and abs(said[rows].mean() - really[rows].mean()) < error + 0.02, (low, rows.sum())


def test_planted_spend_is_found():
    fit = fit_spend(HISTORIES)
    off = (np.log(fit.parameters) - np.log(list(SPEND.values()))) / np.sqrt(np.diag(fit.spread))
    assert fit.converged and (np.abs(off) < 3.5).all(), off


def test_few_purchases_are_drawn_towards_everybodys_mean():
    parameters, everybody = np.array(list(SPEND.values())), 6 * 15 / 3
    none, single, many = amount_a_purchase(parameters, np.array([0.0, 1.0, 50.0]), np.array([np.nan, 90.0, 90.0]), 0.0)
    assert none == pytest.approx(everybody) and everybody < single < many < 90 and many > 85
    assert amount_a_purchase(parameters, *one(1, 90), 0.25)[0] == pytest.approx(0.75 * single)


def test_draws_have_the_expected_mean_and_odds():
    rng, n = np.random.default_rng(5), 200_000
    count, stays = draw_purchases(TRUE, np.full(n, 3.0), np.full(n, 30.0), 26.0, rng)
    assert count.mean() == pytest.approx(purchases_if_customer(TRUE, *one(3, 30), 26.0)[0], rel=0.01)
    bought = purchase_odds(TRUE, *one(3, 29.9, 30), 26.0)[0] / still_customer(TRUE, *one(3, 29.9, 30))[0]
    assert (count > 0).mean() == pytest.approx(bought, abs=0.005) and stays.max() == 26.0


def test_dropouts_buy_as_their_formula_says():
    r, alpha, a, b = 0.5, 6.0, 0.8, 2.5
    dice, n, weeks = np.random.default_rng(2), 60_000, 20.0
    rate, leave = dice.gamma(r, 1 / alpha, n), dice.beta(a, b, n)
    count, at, here = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    while here.any():
        at = at + dice.exponential(1, n) / rate
        here &= at < weeks
        count += here
        here &= dice.random(n) >= leave
    assert dropout_purchases((r, alpha, a, b), *one(0, 0, 0), weeks)[0] == pytest.approx(count.mean(), rel=0.03)


def test_where_the_data_tell_little_parameters_are_drawn_as_wide_as_the_data_allow():
    few, many = fit_lifetimes(build_histories(shop(300, weeks=26, seed=5).orders, day(26))), FIT
    assert len(few.cloud) > 100 and few.weight.sum() == pytest.approx(1) and not len(many.cloud)
    for fit, wider in ((few, True), (many, False)):
        drawn = np.log(fit.draw(np.random.default_rng(1), 400))
        assert (drawn.std(axis=0) > 0.25).any() == wider


def test_the_total_falls_inside_its_band_as_often_as_said():
    inside = {0.5: 0, 0.8: 0}
    for seed in range(30):
        world = shop(400, weeks=52, seed=100 + seed)
        buying = fit_buying(world.orders, day(26))
        came = world.orders[world.orders["date"] > day(26)]
        came = came[came["customer"].isin(buying.histories["customer"])].drop_duplicates(["customer", "date"])
        drawn = draw_outlook(buying, [26.0], 100, seed).purchases
        for level in inside:
            low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
            inside[level] += low <= len(came) <= high
    assert 20 <= inside[0.8] <= 29 and 9 <= inside[0.5] <= 21, inside


# the outlook


@pytest.fixture(scope="module")
def buying():
    return fit_buying(shop(500, weeks=39, seed=8, free=0.1).orders, day(39))


def test_draws_add_up_and_agree_with_what_is_expected(buying):
    drawn, made = draw_outlook(buying, [4.0, 13.0, 26.0], 300, 1), expected_buying(buying, 26.0)
    assert np.allclose(drawn.step_amount.sum(axis=1), drawn.amount, rtol=1e-4)
    assert (drawn.step_purchases.sum(axis=1) == drawn.purchases).all()
    for what in ("purchases", "amount"):
        sums = getattr(drawn, what)
        assert abs(sums.mean() - made[what].sum()) < 4 * sums.std() / np.sqrt(300) + 0.02 * made[what].sum(), what
    assert drawn.customers.mean() == pytest.approx(made["still"].sum(), rel=0.05)
    assert 0.05 < buying.free < 0.15


def test_the_same_seed_draws_the_same_and_another_does_not(buying):
    first, again, other = (draw_outlook(buying, [26.0], 8, seed).amount for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_drawn_in_blocks_all_buyers_are_drawn_and_single_ones_keep_their_bands(buying, monkeypatch):
    whole = draw_outlook(buying, [13.0], 400, 1)
    monkeypatch.setattr(outlook, "BLOCK", 60)
    parts = draw_outlook(buying, [13.0], 400, 1)
    assert len(parts.own) == len(buying.histories) and list(parts.own) == list(whole.own)
    for what in ("customers", "purchases", "amount"):
        one, other = getattr(whole, what), getattr(parts, what)
        assert abs(one.mean() - other.mean()) < 4 * one.std() / np.sqrt(200), what
    assert np.corrcoef(whole.own["amount_upper"], parts.own["amount_upper"])[0, 1] > 0.98
    assert parts.formula == pytest.approx(whole.formula)


def test_worth_is_what_is_spent_month_by_month_discounted(buying):
    ends = np.arange(1, 13) * 4.0
    plain, half = Later(ends, np.ones(12)), Later(ends, np.full(12, 0.5))
    assert worth_ahead(buying, plain) == pytest.approx(expected_buying(buying, 48.0)["amount"])
    assert worth_ahead(buying, half) == pytest.approx(worth_ahead(buying, plain) / 2)
    later = Later(ends, 0.99 ** np.arange(12))
    drawn = draw_outlook(buying, [13.0], 300, 2, 0.8, later)
    assert abs(drawn.worth.mean() / worth_ahead(buying, later).sum() - 1) < 4 * drawn.worth.std() / drawn.worth.mean() / np.sqrt(75) + 0.02
    assert (drawn.own["worth_upper"] >= drawn.own["worth_lower"]).all() and drawn.worth.mean() > drawn.amount.mean()


def test_where_nobody_leaves_the_parameters_are_found_and_leaving_is_not_told():
    """Rates of leaving of one in a hundred thousand weeks: the likelihood rises as leaving goes to nothing."""
    staying = build_histories(shop(3000, weeks=60, seed=5, rates=RATES | {"s": 20.0, "beta": 2e6}).orders, day(60))
    fit = fit_lifetimes(staying)
    assert fit.converged and leaving_told(staying, fit) < UNTOLD and still_customer(fit.parameters, *columns(staying)).mean() > 0.98
    assert leaving_told(HISTORIES, FIT) > 100


def test_nobody_is_won_back_who_has_not_left_and_none_at_a_rate_of_nothing(buying):
    everybody = np.arange(len(buying.histories))
    back = draw_saved(buying, everybody, 1.0, 26.0, 200, 3)
    made = expected_buying(buying, 26.0)
    expected = float(((1 - made["still"]) * made["amount_if"]).sum())
    assert back.mean() == pytest.approx(expected, rel=0.08)
    assert (draw_saved(buying, everybody, 0.0, 26.0, 4, 3) == 0).all()


def test_too_few_who_bought_again_are_refused():
    table = orders(*[(f"c{n}", FIRST, 5.0) for n in range(100)], ("c1", "2020-01-10", 3.0))
    assert not tells_enough(build_histories(table, day(4)))
    with pytest.raises(RequestError) as refused:
        fit_buying(table, day(4))
    assert "too few to learn from, expected at least 20, got 1 buyers who bought on more than one day" in str(refused.value)
