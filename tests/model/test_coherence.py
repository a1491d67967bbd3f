"""Forecasts that add up: exact in every draw, the least change that does it, and spreads that hold what comes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from scipy.special import ndtri

from planning.core.accounts import AccountTree
from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import month_range
from planning.model import coherence
from planning.model.coherence import (
    ALL,
    account_structure,
    bottom_draws,
    crossed,
    exact,
    grouped_structure,
    holding,
    reconciled,
    shrunk_correlation,
    spread_of,
    unit_structure,
)

MONTHS = 3


def accounts(*rows):
    """code, parent, weight, and the aggregation where it isn't a flow."""
    table = pd.DataFrame([(*row, "flow")[:4] for row in rows], columns=["code", "parent", "weight", "aggregation"])
    return AccountTree(table)


def chart():
    """The result is revenue less costs, costs are wages and rent, revenue is goods and services less returns."""
    return accounts(
        ("result", None, 1.0),
        ("revenue", "result", 1.0),
        ("goods", "revenue", 1.0),
        ("services", "revenue", 1.0),
        ("returns", "revenue", -1.0),
        ("costs", "result", -1.0),
        ("wages", "costs", 1.0),
        ("rent", "costs", 1.0),
    )


def group():
    """A group of two regions, north of two shops and south of one."""
    return unit_structure({"north": "group", "south": "group", "n1": "north", "n2": "north", "s1": "south"})


def company():
    return crossed(account_structure(chart()), group())


def sectors():
    cells = pd.MultiIndex.from_product([["a", "b", "c"], ["x", "y", "z"]], names=["state", "industry"]).to_frame(index=False)
    return grouped_structure(cells, [(), ("state",), ("industry",)])


def erring(structure, origins, seed, months=MONTHS):
    """Errors of every node: a shock that all bottoms share, one of each bottom, and one of each node's own forecast; they grow by month."""
    dice = np.random.default_rng(seed)
    cells = len(structure.bottoms)
    bottoms = dice.normal(size=(origins, cells, months)) + dice.normal(size=(origins, 1, months))
    own = dice.normal(size=(origins, len(structure.nodes), months)) * 0.7
    return (structure.add_up(bottoms) + own) * np.sqrt(np.arange(1, months + 1))


LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def quantiles_around(base, errors):
    """Of every node alone: normal around its forecast, as wide as it erred."""
    return base[:, :, None] + np.sqrt(np.mean(errors**2, axis=0))[:, :, None] * ndtri(LEVELS)


def drawn(base, errors, structure, draws, seed, **asked):
    """Futures of all nodes, draws × nodes × months."""
    return structure.add_up(bottom_draws(quantiles_around(base, errors), LEVELS, errors, structure, draws, seed, **asked))


def forecasts(structure, seed, size=20.0, months=MONTHS):
    bottoms = np.random.default_rng(seed).uniform(0, size, (len(structure.bottoms), months))
    return structure.add_up(bottoms) + erring(structure, 1, seed, months)[0]


# ------------------------------------------------------------------------------------------------------------- structure


def test_a_result_is_revenue_less_costs():
    structure = account_structure(chart())
    amounts = dict(zip(structure.nodes, structure.add_up(np.array([100.0, 50.0, 10.0, 60.0, 30.0])), strict=True))
    assert amounts[("revenue",)] == 140 and amounts[("costs",)] == 90 and amounts[("result",)] == 50


def test_a_crossing_has_the_result_of_a_region_and_the_wages_of_the_group():
    structure = company()
    ones = dict(zip(structure.nodes, structure.add_up(np.ones(len(structure.bottoms))), strict=True))
    assert len(structure.nodes) == 8 * 6 and len(structure.bottoms) == 5 * 3
    assert ones[("result", "north")] == (1 + 1 - 1 - 1 - 1) * 2 and ones[("wages", "group")] == 3
    assert structure.levels[structure.position[("result", "group")]] == "account 2 × cost_centre 2"


def test_cells_without_rows_leave_no_empty_nodes():
    structure = crossed(account_structure(chart()), group(), [("goods", "n1"), ("wages", "s1")])
    assert ("services", "group") not in structure.nodes and ("result", "n2") not in structure.nodes
    assert ("revenue", "north") in structure.nodes and ("costs", "north") not in structure.nodes
    assert structure.add_up(np.array([7.0, 2.0]), [("result", "group"), ("result", "south")]).tolist() == [5, -2]


def test_only_what_people_look_at_is_kept_and_all_bottoms():
    structure = company().only([("result", "group"), ("revenue", "north")])
    assert set(structure.levels) == {"account 2 × cost_centre 2", "account 1 × cost_centre 1", "account bottom × cost_centre bottom"}
    assert len(structure.nodes) == 2 + 15 and (structure.sums[structure.bottoms] != np.eye(15)).sum() == 0


def test_groupings_give_the_total_each_state_and_each_industry():
    structure = sectors()
    assert structure.nodes[0] == (ALL, ALL) and ("a", ALL) in structure.nodes and (ALL, "x") in structure.nodes
    assert structure.add_up(np.ones(9), [(ALL, ALL), ("a", ALL), ("a", "x")]).tolist() == [9, 3, 1]


def test_a_line_that_is_shown_and_not_added_moves_no_total():
    tree = accounts(("costs", None, 1.0), ("wages", "costs", 1.0), ("of which overtime", "costs", 0.0))
    structure = account_structure(tree)
    assert structure.add_up(np.array([10.0, 4.0]), [("costs",)]).tolist() == [10]


def test_the_history_of_every_node_is_added_up_from_the_cells():
    structure = sectors()
    cells = [structure.nodes[place] for place in structure.bottoms][::-1]
    rows = [(*cell, period, 1.0) for cell in cells for period in month_range(pd.Timestamp("2026-01-01"), 2)]
    history = structure.history(pd.DataFrame(rows, columns=["state", "industry", "period", "amount"]))
    assert len(history) == 16 * 2 and list(history.columns) == ["state", "industry", "period", "amount"]
    assert list(history.loc[history["state"] == ALL, "amount"]) == [9.0] * 2 + [3.0] * 6


def test_a_month_that_a_cell_lacks_is_told_and_never_taken_for_0():
    structure = unit_structure({"n1": "north", "n2": "north"})
    months = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-01"])
    table = pd.DataFrame({"cost_centre": ["n1", "n1", "n3"], "period": months, "amount": 1.0})
    with pytest.raises(RequestError) as told:
        structure.history(table)
    assert "n2: no rows" in str(told.value) and "unknown bottom, got n3" in str(told.value)
    with pytest.raises(RequestError, match="n2: months missing"):
        structure.history(table.replace("n3", "n2"))


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: account_structure(chart(), ["revenue", "goods"]), "revenue: no leaf of the tree"),
        (lambda: account_structure(accounts(("margin", None, 1.0, "ratio")), ["margin"]), "margin: a ratio doesn't add up"),
        (lambda: account_structure(chart(), []), "bottoms: nothing to add up"),
        (lambda: unit_structure({"n1": "north"}, ["n1", "north"]), "north: no leaf of the tree"),
        (lambda: unit_structure({"a": "b", "b": "a"}), "parents run in a circle"),
        (lambda: crossed(account_structure(chart()), group(), [("goods", "north")]), "unknown cell, got goods · north"),
        (lambda: company().only([("result", "east")]), "unknown node, got result · east"),
        (lambda: grouped_structure(pd.DataFrame({"state": ["a", "a"]}), [()]), "a cell twice"),
        (lambda: grouped_structure(pd.DataFrame({"state": ["a", "*"]}), [()]), r"a key \*"),
        (lambda: grouped_structure(pd.DataFrame({"state": ["a"]}), [("stat",)]), "unknown key, expected state, got stat"),
    ],
)
def test_what_cannot_be_a_structure_is_refused(build, expected):
    with pytest.raises(RequestError, match=expected):
        build()


# ---------------------------------------------------------------------------------------------------------------- points


def test_a_total_of_ten_over_parts_of_four_and_four_gives_nine():
    structure = unit_structure({"n1": "north", "n2": "north"})
    assert np.allclose(reconciled([[10.0], [4.0], [4.0]], structure).ravel(), [9, 4.5, 4.5])


@pytest.mark.parametrize("structure", [company(), sectors(), group(), account_structure(chart())])
def test_what_adds_up_already_is_left_as_it_is(structure):
    sound = structure.add_up(np.random.default_rng(1).uniform(-5, 5, (len(structure.bottoms), MONTHS)))
    assert np.allclose(reconciled(sound, structure, erring(structure, 30, 2)), sound)


def test_it_is_the_published_formula():
    structure, errors = sectors(), erring(sectors(), 40, 3)
    spread, sums, base = spread_of(errors, structure), structure.sums.toarray(), forecasts(structure, 4)
    inverse = np.linalg.inv(spread.correlation * spread.size[:, None] * spread.size)
    published = sums @ np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse @ base)
    assert np.allclose(reconciled(base, structure, errors), published)


@pytest.mark.parametrize("structure", [company(), sectors()])
def test_with_errors_known_the_forecast_comes_nearer_at_every_level(structure):
    """Each node is forecast with an error of its own, the larger the more it holds; what is true adds up."""
    holds = np.sqrt(abs(structure.sums).sum(axis=1))[:, None]
    errors = np.random.default_rng(5).normal(size=(700, len(structure.nodes), 1)) * holds
    after = np.stack([reconciled(error, structure, errors[:100]) for error in errors[100:]])
    before, after = (pd.Series(np.mean(e**2, axis=(0, 2))).groupby(structure.levels).mean() for e in (errors[100:], after))
    assert (after < 0.8 * before).all()


def test_a_node_that_never_errs_keeps_its_forecast():
    structure, errors = sectors(), erring(sectors(), 40, 3)
    errors[:, 0] = 0
    base = forecasts(structure, 4)
    assert np.allclose(reconciled(base, structure, errors)[0], base[0], atol=1e-4)


def test_few_errors_fall_back_on_variances_and_none_on_the_number_of_cells():
    structure, errors = sectors(), erring(sectors(), 1, 3)
    assert spread_of(errors, structure).correlation is None
    assert np.allclose(spread_of(None, structure).size ** 2, [9] + [3] * 6 + [1] * 9)
    assert np.allclose(spread_of(errors * 0, structure).size ** 2, [9] + [3] * 6 + [1] * 9)


def test_correlation_is_kept_with_many_errors_and_mostly_dropped_with_few():
    dice = np.random.default_rng(1)
    shares = dice.normal(size=(2000, 3, 1))
    shares[:, 1] = 0.8 * shares[:, 0] + 0.6 * shares[:, 1]
    assert shrunk_correlation(shares)[0, 1] == pytest.approx(0.8, abs=0.05)
    noise = np.stack([shrunk_correlation(dice.normal(size=(5, 20, 1))) for _ in range(20)])
    assert np.abs(noise[:, ~np.eye(20, dtype=bool)]).mean() < 0.1


def test_sizes_are_of_the_months_asked_for_and_correlations_of_the_many_residuals():
    structure = sectors()
    errors, residuals = erring(structure, 8, 1), erring(structure, 90, 2)[:, :, :1]
    spread = spread_of(errors, structure, residuals)
    assert np.allclose(spread.size, spread_of(errors, structure).size)
    assert np.allclose(spread.correlation, spread_of(residuals, structure).correlation)


def test_months_of_one_origin_are_one_witness():
    """Twelve copies of an error tell no more than one does."""
    shares = np.random.default_rng(2).normal(size=(6, 10, 1))
    assert np.allclose(shrunk_correlation(shares), shrunk_correlation(np.repeat(shares, 12, axis=2)))


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_without_negatives_it_is_the_nearest_of_all_that_have_none(seed, crossing):
    structure = company() if crossing else sectors()
    errors, base = erring(structure, 30, seed), forecasts(structure, seed, size=2.0)
    sums = structure.sums.toarray() / holding(structure, spread_of(errors, structure)).size[:, None]
    free = reconciled(base, structure, errors)[structure.bottoms]
    found = reconciled(base, structure, errors, positive=True)
    for month in range(MONTHS):
        nearest = lsq_linear(sums, sums @ free[:, month], (0, np.inf), method="bvls", tol=1e-12).x
        assert np.allclose(found[structure.bottoms, month], nearest, atol=1e-5)


def test_only_bottoms_that_are_declared_so_stay_above_zero():
    structure = account_structure(chart())
    base = structure.add_up(np.array([-4.0, 5.0, -3.0, 3.0, -2.0]))[:, None]
    positive = np.array([True, True, False, False, False])
    found = reconciled(base, structure, positive=positive)[structure.bottoms, 0]
    assert found[0] == 0 and found[1] > 0 and found[2] < 0 and found[4] < 0


def test_the_total_stays_near_where_a_part_is_raised_to_zero():
    """Ten parts, one of them −5: cutting it alone would move the well-known total by 5."""
    structure = unit_structure({f"u{n}": "group" for n in range(10)})
    dice = np.random.default_rng(1)
    bottoms = dice.normal(size=(60, 10, 1))
    errors = structure.add_up(bottoms - bottoms.mean(axis=1, keepdims=True)) + 0.01 * dice.normal(size=(60, 11, 1))
    base = structure.add_up(np.array([-5.0, *[20.0] * 9]))[:, None]
    found = reconciled(base, structure, errors, positive=True)
    assert found[structure.bottoms].min() == 0 and abs(found[structure.position[("group",)]] - 175) < 0.5


def test_shops_that_rise_and_fall_together_are_not_all_raised_with_the_one_below_zero():
    cells = pd.MultiIndex.from_product([map(str, range(10)), map(str, range(10))], names=["a", "b"]).to_frame(index=False)
    structure = grouped_structure(cells, [(), ("a",), ("b",)])
    errors, base = erring(structure, 20, 1), forecasts(structure, 2, 20.0)
    free, kept = (drawn(base, errors, structure, 50, 1, positive=positive) for positive in (False, True))
    below = np.minimum(free[:, structure.bottoms], 0).sum(axis=1)
    possible = (free[:, 0] > 100) & (below < -1)
    assert possible.sum() > 20
    assert (np.abs(kept - free)[:, 0][possible] < 0.05 * -below[possible]).all()


# --------------------------------------------------------------------------------------------------------------- exactness


@given(st.integers(0, 10_000), st.floats(1e-6, 1e9))
@settings(max_examples=25, deadline=None)
def test_sums_agree_to_the_last_bit_in_whatever_order(seed, size):
    structure = sectors()
    cells = reconciled(size * forecasts(structure, seed), structure)[structure.bottoms]
    totals = {tuple(np.sum(cells[np.random.default_rng(n).permutation(9)].cumsum(axis=0)[-1:], axis=0)) for n in range(5)}
    states = structure.add_up(cells)[1:4]
    assert len(totals) == 1 and tuple(states[2] + (states[0] + states[1])) in totals


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_in_cents_every_node_is_the_sum_of_its_parts(seed):
    structure = company()
    cents = to_minor(reconciled(forecasts(structure, seed), structure, digits=2), 2)
    whole = structure.sums.astype("int64") @ cents[structure.bottoms]
    assert (cents == whole).all()


def test_amounts_too_large_for_exact_cents_are_refused():
    with pytest.raises(RequestError, match="too large to be exact"):
        exact(np.full((9, 1), 1e14), sectors(), 2)


# ----------------------------------------------------------------------------------------------------------------- draws


@pytest.mark.parametrize("digits", [None, 2])
@pytest.mark.parametrize("structure", [company(), sectors(), group()])
def test_every_draw_adds_up_and_no_cell_is_below_zero(structure, digits):
    draws = drawn(forecasts(structure, 1, 3.0), erring(structure, 12, 2), structure, 50, 3, positive=True, digits=digits)
    assert draws.shape == (50, len(structure.nodes), MONTHS) and draws[:, structure.bottoms].min() == 0
    if digits is None:
        assert (draws == structure.add_up(draws[:, structure.bottoms])).all()
    else:
        cents = np.stack([structure.sums.astype("int64") @ to_minor(draw[structure.bottoms], 2) for draw in draws])
        assert (to_minor(draws, 2) == cents).all()


def test_the_same_seed_draws_the_same_and_another_does_not():
    structure = sectors()
    given_them = (forecasts(structure, 1), erring(structure, 12, 2), structure, 20)
    assert (drawn(*given_them, 5) == drawn(*given_them, 5)).all()
    assert (drawn(*given_them, 5) != drawn(*given_them, 6)).all()


def test_draws_lie_around_the_reconciled_forecast_and_keep_what_missed_together():
    structure, errors, base = sectors(), erring(sectors(), 80, 2), forecasts(sectors(), 1)
    draws = drawn(base, errors, structure, 4000, 3)
    spread = draws.std(axis=0)
    assert (np.abs(np.median(draws, axis=0) - reconciled(base, structure, errors)) < 0.1 * spread).all()
    shared = np.corrcoef(draws[:, structure.bottoms, 0].T)[~np.eye(9, dtype=bool)]
    true = np.corrcoef(np.concatenate([reconciled(e, structure, errors)[structure.bottoms] for e in erring(structure, 500, 9)], axis=1))
    assert np.abs(shared.mean() - true[~np.eye(9, dtype=bool)].mean()) < 0.15


def lopsided(base, scale):
    """Quantiles of every node and month, twice as far above the middle as below it."""
    return base[:, :, None] + scale * np.array([-2, -1.3, -0.7, 0, 1.4, 2.6, 4])


def test_draws_keep_the_quantiles_they_are_given_where_nothing_has_to_add_up():
    alone = grouped_structure(pd.DataFrame({"shop": ["a", "b"]}), [])
    given_them = lopsided(np.full((2, 3), 10.0), 1.0)
    draws = bottom_draws(given_them, LEVELS, np.random.default_rng(1).normal(size=(9, 2, 3)), alone, 20_000, 1)
    assert np.allclose(np.quantile(draws, LEVELS, axis=0).transpose(1, 2, 0), given_them, atol=0.15)


def test_lopsided_draws_miss_together_as_errors_did():
    structure, errors, base = sectors(), erring(sectors(), 40, 2), forecasts(sectors(), 1)
    size = np.sqrt(np.mean(errors**2, axis=0))[:, :, None]
    cells = bottom_draws(lopsided(base, size / 2), LEVELS, errors, structure, 2000, 1)
    shared = np.corrcoef(cells[:, :, 0].T)[~np.eye(9, dtype=bool)].mean()
    assert shared > 0.25 and structure.add_up(cells)[:, 0, 0].std() > 1.3 * np.sqrt((cells[:, :, 0].std(axis=0) ** 2).sum())


def test_bands_of_draws_from_right_quantiles_hold_what_comes():
    """The quantiles of each node alone are right; the draws know the other nodes, too, and are narrower."""
    structure, held = sectors(), []
    size = np.sqrt(np.mean(erring(structure, 3000, 5) ** 2, axis=0))
    for world in range(200):
        errors = erring(structure, 41, world)
        came = structure.add_up(errors[40, structure.bottoms])
        bands = (came - errors[40])[:, :, None] + size[:, :, None] * ndtri(LEVELS)
        residuals = erring(structure, 60, world + 10_000)[:, :, 0]
        draws = structure.add_up(bottom_draws(bands, LEVELS, errors[:40], structure, 200, 1, residuals=residuals))
        lower, upper = np.quantile(draws, [0.1, 0.9], axis=0)
        held.append((came >= lower) & (came <= upper))
    levels = pd.Series(np.mean(held, axis=(0, 2))).groupby(structure.levels).mean()
    assert levels.between(0.74, 0.86).all(), levels


def walking(structure, origins, apart, months, seed):
    """Errors of forecasts that stand still while every bottom walks: the paths of near origins are largely the same steps."""
    steps = np.random.default_rng(seed).normal(size=(len(structure.bottoms), (origins - 1) * apart + months))
    walk = structure.add_up(np.cumsum(np.column_stack([np.zeros(len(steps)), steps]), axis=1))
    starts = np.arange(origins) * apart
    return np.stack([walk[:, first + 1 : first + 1 + months] - walk[:, [first]] for first in starts])


@pytest.mark.parametrize(("origins", "apart"), [(40, 1), (20, 3), (6, 6)])
def test_bands_of_right_quantiles_hold_what_comes_though_the_origins_paths_overlap(origins, apart):
    """100 worlds; what comes are the months after the last path's end."""
    structure, months, held = group(), 12, []
    size = np.sqrt(structure.sums.sum(axis=1)[:, None] * np.arange(1, months + 1))
    for world in range(100):
        errors, came = walking(structure, origins, apart, months, world), walking(structure, 1, 1, months, world + 10_000)[0]
        bands = size[:, :, None] * ndtri(LEVELS)
        draws = structure.add_up(bottom_draws(bands, LEVELS, errors, structure, 200, 1))
        lower, upper = np.quantile(draws, [0.1, 0.9], axis=0)
        held.append((came >= lower) & (came <= upper))
    assert np.abs(np.mean(held, axis=(0, 2)) - 0.8).max() < 0.05, np.mean(held, axis=(0, 2))
    assert np.abs(np.mean(held, axis=(0, 1)) - 0.8).max() < 0.07, np.mean(held, axis=(0, 1))


def test_what_is_sure_and_never_erred_is_drawn_as_it_was_forecast():
    structure, base = sectors(), forecasts(sectors(), 1)
    assert np.allclose(drawn(base, np.zeros((9, 16, MONTHS)), structure, 5, 1), reconciled(base, structure))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"levels": [0.9, 0.1]}, "wrong levels"),
        ({"levels": [0.1, 0.5]}, r"wrong shape, expected \(16 nodes, months, 2 levels\), got \(16, 3, 7\)"),
        ({"quantiles": np.ones((16, 7))}, r"quantiles: wrong shape, expected \(16 nodes, months, 7 levels\), got \(16, 7\)"),
        ({"quantiles": -lopsided(np.ones((16, 3)), 1.0)}, "falling quantiles, expected none, got 48 nodes and months"),
        ({"quantiles": lopsided(np.full((16, 3), np.inf), 1.0)}, "missing, infinite or falling quantiles"),
        ({"errors": np.ones((2, 16, 3))}, "too few origins, expected at least 4, got 2; backtest from more origins"),
        ({"errors": np.ones((9, 16, 2))}, "wrong months, expected 3, as the quantiles have, got 2"),
        ({"errors": np.full((9, 16, 3), np.nan)}, "a missing or infinite error"),
        ({"errors": np.ones((9, 3, 3))}, r"wrong shape, expected \(origins, 16 nodes, months\)"),
        ({"errors": None}, "errors: missing"),
        ({"residuals": np.full((9, 16), np.nan)}, "residuals: a missing or infinite error"),
        ({"draws": 0}, "draws: wrong number"),
        ({"draws": 1.5}, "draws: wrong number"),
        ({"positive": np.ones(3, bool)}, "positive: wrong shape"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(change, expected):
    sound = {"quantiles": lopsided(np.ones((16, 3)), 1.0), "levels": LEVELS, "errors": erring(sectors(), 9, 1), "draws": 10}
    with pytest.raises(RequestError, match=expected):
        bottom_draws(**(sound | change), structure=sectors(), seed=1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"base": np.ones((3, 3))}, r"forecasts: wrong shape, expected \(16 nodes, months\)"),
        ({"base": np.full((16, 3), np.inf)}, r"forecast of \* · \*: a missing or infinite amount"),
        ({"errors": np.ones((9, 3, 3))}, r"errors: wrong shape, expected \(origins, 16 nodes, months\)"),
        ({"positive": np.ones(3, bool)}, "positive: wrong shape"),
    ],
)
def test_what_cannot_be_made_to_add_up_is_refused(change, expected):
    with pytest.raises(RequestError, match=expected):
        reconciled(**({"base": np.ones((16, 3)), "structure": sectors()} | change))


def test_everything_wrong_is_said_at_once():
    with pytest.raises(RequestError) as told:
        bottom_draws(np.ones((3, 3)), LEVELS, np.ones((2, 16, 3)), sectors(), 0, 1)
    assert len(told.value.problems) == 3


# ----------------------------------------------------------------------------------------------------------------- scale


def test_many_nodes_are_reconciled_as_few_are_but_for_their_correlations(monkeypatch):
    structure, base = company(), forecasts(company(), 4, size=2.0)
    errors = erring(structure, 1, 3)  # one origin: variances alone
    few, free = reconciled(base, structure, errors, positive=True), reconciled(base, structure, errors)
    monkeypatch.setattr(coherence, "DENSE", 1)
    assert np.allclose(reconciled(base, structure, errors, positive=True), few, atol=1e-4)
    assert np.allclose(reconciled(base, structure, errors), free)


def test_a_thousand_accounts_and_units_take_seconds_without_a_dense_matrix():
    tree = accounts(("result", None, 1.0), *[(f"s{n}", "result", 1.0) for n in range(8)], *[(f"a{n}", f"s{n % 8}", 1.0) for n in range(80)])
    units = unit_structure({**{f"r{n}": "group" for n in range(5)}, **{f"u{n}": f"r{n % 5}" for n in range(25)}})
    structure = crossed(account_structure(tree), units)
    assert len(structure.nodes) == 89 * 31 > coherence.DENSE
    draws = drawn(forecasts(structure, 1, 5.0), erring(structure, 8, 2), structure, 5, 3, positive=True, digits=2)
    assert draws[:, structure.bottoms].min() == 0
