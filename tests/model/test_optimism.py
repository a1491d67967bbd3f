"""How far sponsors promise too much: planted optimism found again, few projects drawn towards everybody's, bands that hold."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.model.bands import wilson
from planning.model.optimism import LEAST, fit_optimism


def world(seed, sponsors=8, most=7, mean=-0.22, between=0.16, within=0.35):
    """Projects of sponsors with an optimism of their own; also the true share that comes of what each promises."""
    rng = np.random.default_rng(seed)
    own = rng.normal(mean, between, sponsors)
    who = np.repeat(np.arange(sponsors), rng.integers(1, most + 1, sponsors))
    promised = rng.uniform(50, 500, len(who))
    came = promised * np.exp(own[who] + rng.normal(0, within, len(who)))
    return [f"s{at}" for at in who], promised, came, {f"s{at}": np.exp(each) for at, each in enumerate(own)}


def test_planted_optimism_is_found_and_its_bands_hold():
    inside, total, misses, plain = 0, 0, [], []
    for seed in range(60):
        sponsor, promised, came, truth = world(seed)
        table = fit_optimism(sponsor, promised, came, 800, seed).table(0.8).set_index("sponsor")
        true = pd.Series(truth).reindex(table.index)
        inside, total = inside + int(((table["lower"] <= true) & (true <= table["upper"])).sum()), total + len(true)
        misses.append(np.log(table["share"] / true).abs().mean())
        plain.append(np.log(table["own"] / true).abs().mean())
    low, high = wilson(inside, total, 0.99)
    assert low <= 0.8 <= high and np.mean(misses) < 0.75 * np.mean(plain), (inside / total, np.mean(misses), np.mean(plain))


def test_one_project_is_drawn_towards_everybodys_and_many_are_not():
    sponsor = ["one"] + ["many"] * 40 + [f"s{at}" for at in range(30)]
    came = np.array([20.0] + [50.0] * 40 + [90.0] * 30) * np.exp(np.append(0.0, np.random.default_rng(1).normal(0, 0.4, 70)))
    found = fit_optimism(sponsor, np.full(71, 100.0), came, 2000, 1)
    table = found.table(0.8).set_index("sponsor")
    assert table.at["one", "own"] < 0.21 < 0.4 < table.at["one", "share"] and table.at["many", "share"] == pytest.approx(0.5, abs=0.06)
    assert table.index[0] in ("one", "many") and table.at["many", "odds"] > 0.99
    assert np.median(found.shares("nobody knows")) == pytest.approx(0.88, abs=0.12)
    assert np.std(np.log(found.shares("nobody knows"))) > np.std(np.log(found.shares("many")))


def test_a_project_that_brought_nothing_counts_and_does_not_decide():
    found = fit_optimism(list("aabbb"), np.full(5, 100.0), [0.0, 100.0, 100.0, 90.0, 110.0], 1000, 1)
    assert np.isfinite(found.sponsors).all() and 0.03 < found.table(0.8).set_index("sponsor").at["a", "share"] < 1


def test_another_currency_and_order_change_nothing():
    sponsor, promised, came, _ = world(3)
    one, other = fit_optimism(sponsor, promised, came, 500, 1), fit_optimism(sponsor[::-1], promised[::-1] * 7, came[::-1] * 7, 500, 1)
    assert other.table(0.8)["share"].to_numpy() == pytest.approx(one.table(0.8)["share"].to_numpy(), rel=1e-9)


def test_too_few_and_unknown_projects_are_refused():
    with pytest.raises(RequestError, match=f"too few projects.*at least {LEAST}.*got 2"):
        fit_optimism(["a", "b", "c"], [1.0, 2.0, 0.0], [1.0, 1.0, 1.0], 100, 1)
    with pytest.raises(RequestError, match="expected all, got 1 of 3"):
        fit_optimism(["a", "b", "c"], [1.0, 2.0, 3.0], [1.0, np.nan, 1.0], 100, 1)
