"""What buyers will do: purchases and money ahead, expected and drawn buyer by buyer, with the parameters as sure as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.model.lifetime import (
    LEAST_REPEATING,
    Fit,
    build_histories,
    draw_purchases,
    fit_lifetimes,
    learnt_from,
    purchase_odds,
    purchases_if_customer,
    still_customer,
)
from planning.model.spend import amount_a_purchase, draw_levels, fit_spend, free_share

DRAWS_OF_ONE = 4
"""Draws that share one draw of the parameters: drawing these takes the time."""


@dataclass(frozen=True)
class Buying:
    """The buyers known on a closing day and what was learnt from them: their histories, lifetimes, spend, share of free purchases."""

    histories: pd.DataFrame
    lifetimes: Fit
    spend: Fit
    free: float

    @property
    def known(self) -> dict[str, np.ndarray]:
        """The histories' figures as arrays."""
        return {name: self.histories[name].to_numpy(dtype=float) for name in ("repeats", "last", "age", "paid", "spent")}


def tells_enough(histories: pd.DataFrame) -> bool:
    """Whether enough of the buyers learnt from have bought, and paid, on more than one day to learn anything."""
    histories = learnt_from(histories)
    return min((histories["repeats"] > 0).sum(), (histories["paid"] > 1).sum()) >= LEAST_REPEATING


def fit_buying(orders: pd.DataFrame, closing: pd.Timestamp) -> Buying:
    """What the orders (customer, date, amount) up to the closing day tell; later ones are not looked at."""
    histories = build_histories(orders, closing)
    few = learnt_from(histories)
    return Buying(histories, fit_lifetimes(few), fit_spend(few), free_share(histories))


def expected_buying(buying: Buying, weeks: float) -> pd.DataFrame:
    """One row a buyer: customer, still (probability), purchases, each (amount of one), amount, and, if they are still a customer,
    purchases_if and amount_if; all of the next `weeks`."""
    rates, of = buying.lifetimes.parameters, buying.known
    still = still_customer(rates, of["repeats"], of["last"], of["age"])
    there = purchases_if_customer(rates, of["repeats"], of["age"], weeks)
    each = amount_a_purchase(buying.spend.parameters, of["paid"], of["spent"], buying.free)
    return pd.DataFrame({
        "customer": buying.histories["customer"], "still": still, "purchases": still * there, "each": each,
        "amount": still * there * each, "purchases_if": there, "amount_if": there * each,
    })  # fmt: skip


def odds_of_buying(buying: Buying, weeks: float) -> np.ndarray:
    """The probability of a purchase in the next `weeks`, of each buyer."""
    of = buying.known
    return purchase_odds(buying.lifetimes.parameters, of["repeats"], of["last"], of["age"], weeks)


@dataclass(frozen=True)
class Outlook:
    """Draws of the next weeks: a row a draw.

    `customers`: how many are customers now. `purchases`, `amount`: a column a buyer. `step_purchases`, `step_amount`: those of all
    buyers in each step ahead, a column a step. `formula`: the purchases that the draw's parameters let expect of all.
    """

    customers: np.ndarray
    purchases: np.ndarray
    amount: np.ndarray
    step_purchases: np.ndarray
    step_amount: np.ndarray
    formula: np.ndarray


def draw_outlook(buying: Buying, ends: Sequence[float], draws: int, seed: int) -> Outlook:
    """What the buyers do, drawn; `ends`: the steps' ends in weeks from the closing day, ascending; the last is the horizon."""
    rng = np.random.default_rng(seed)
    steps, count = np.asarray(ends, dtype=float), len(buying.histories)
    held = Outlook(
        np.zeros(draws), np.zeros((draws, count), dtype=np.int32), np.zeros((draws, count), dtype=np.float32),
        np.zeros((draws, len(steps))), np.zeros((draws, len(steps))), np.zeros(draws),
    )  # fmt: skip
    for draw, (rates, spend, still) in enumerate(_draw_states(buying, draws, rng)):
        there = np.flatnonzero(rng.random(count) < still)
        buyer, week, amount = draw_amounts(buying, there, rates, spend, float(steps[-1]), rng)
        step = np.searchsorted(steps, week)
        held.customers[draw] = len(there)
        held.formula[draw] = still @ purchases_if_customer(rates, buying.known["repeats"], buying.known["age"], float(steps[-1]))
        held.purchases[draw, there] = np.bincount(buyer, minlength=len(there))
        held.amount[draw, there] = np.bincount(buyer, amount, minlength=len(there))
        held.step_purchases[draw] = np.bincount(step, minlength=len(steps))
        held.step_amount[draw] = np.bincount(step, amount, minlength=len(steps))
    return held


def _draw_states(buying: Buying, draws: int, rng: np.random.Generator):
    """For each draw: the lifetimes' and the spend's parameters, and each buyer's probability of being a customer under them."""
    groups = buying.histories.groupby(["repeats", "last", "age"], sort=True)
    keys = groups.size().index.to_frame(index=False).astype(float)
    place = groups.ngroup().to_numpy()
    blocks = -(-draws // DRAWS_OF_ONE)
    drawn = zip(buying.lifetimes.draw(rng, blocks), buying.spend.draw(rng, blocks), strict=True)
    for block, (rates, spend) in enumerate(drawn):
        still = still_customer(rates, *(keys[name].to_numpy() for name in keys))[place]
        for _ in range(block * DRAWS_OF_ONE, min((block + 1) * DRAWS_OF_ONE, draws)):
            yield rates, spend, still


def draw_amounts(
    buying: Buying, rows: np.ndarray, rates: np.ndarray, spend: np.ndarray, weeks: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The purchases ahead of the buyers in these `rows`, all customers now; one row each: whose (its place in `rows`), week, amount."""
    of = {name: values[rows] for name, values in buying.known.items()}
    count, stays = draw_purchases(rates, of["repeats"], of["age"], weeks, rng)
    buyer = np.repeat(np.arange(len(rows)), count)
    week = rng.random(len(buyer)) * stays[buyer]
    levels = draw_levels(spend, of["paid"], of["spent"], rng)
    amount = rng.standard_gamma(spend[0], len(buyer)) / levels[buyer]
    return buyer, week, np.where(rng.random(len(buyer)) < buying.free, 0.0, amount)


def draw_saved(buying: Buying, rows: np.ndarray, save_rate: float, weeks: float, draws: int, seed: int) -> np.ndarray:
    """What buyers in these rows who have left spend in the next `weeks` when each of them comes back with `save_rate`: one sum a draw.

    Who comes back buys as somebody of the same history who never left.
    """
    rng, sums = np.random.default_rng(seed), np.zeros(draws)
    for draw, (rates, spend, still) in enumerate(_draw_states(buying, draws, rng)):
        saved = rows[(rng.random(len(rows)) >= still[rows]) & (rng.random(len(rows)) < save_rate)]
        sums[draw] = draw_amounts(buying, saved, rates, spend, weeks, rng)[2].sum()
    return sums
