"""What buyers will do: purchases and money ahead, expected and drawn buyer by buyer, with the parameters as sure as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

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
BLOCK = 20_000
"""Buyers drawn at a time: 400 draws of them take about 100 MB, however many buyers there are."""


@dataclass(frozen=True)
class Buying:
    """The buyers known on a closing day and what was learnt from them: their histories, lifetimes, spend, share of free purchases."""

    histories: pd.DataFrame
    lifetimes: Fit
    spend: Fit
    free: float

    @cached_property
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
class Later:
    """Months beyond or within the horizon that count in what a buyer is worth: their `ends` in weeks from the closing day, ascending,
    and what a unit spent in each is worth today."""

    ends: np.ndarray
    worth: np.ndarray


def worth_ahead(buying: Buying, later: Later) -> np.ndarray:
    """What each buyer is expected to spend in these months, discounted."""
    rates, of = buying.lifetimes.parameters, buying.known
    upto = np.zeros(len(of["age"]))
    there = np.zeros(len(of["age"]))
    for end, worth in zip(later.ends, later.worth, strict=True):
        now = purchases_if_customer(rates, of["repeats"], of["age"], end)
        there, upto = there + worth * (now - upto), now
    still = still_customer(rates, of["repeats"], of["last"], of["age"])
    return still * there * amount_a_purchase(buying.spend.parameters, of["paid"], of["spent"], buying.free)


@dataclass(frozen=True)
class Outlook:
    """Draws of the next weeks: a row a draw; of single buyers only the ends of their bands are kept, so memory doesn't grow with draws.

    `customers`: how many are customers now. `purchases`, `amount`: of all by the horizon; `worth`: of all in the months of Later,
    discounted (nothing without). `step_purchases`, `step_amount`: a column a step ahead. `formula`: the purchases that the draw's
    parameters let expect of all. `own`: a row a buyer, purchases_lower, purchases_upper, amount_lower … worth_upper.
    """

    customers: np.ndarray
    purchases: np.ndarray
    amount: np.ndarray
    worth: np.ndarray
    step_purchases: np.ndarray
    step_amount: np.ndarray
    formula: np.ndarray
    own: pd.DataFrame


def draw_outlook(buying: Buying, ends: Sequence[float], draws: int, seed: int, level: float = 0.8, later: Later | None = None) -> Outlook:
    """What the buyers do, drawn; `ends`: the steps' ends in weeks from the closing day, ascending; the last is the horizon.

    Buyers are drawn BLOCK at a time, all blocks under the same draws of the parameters.
    """
    steps, later = np.asarray(ends, dtype=float), later or Later(np.empty(0), np.empty(0))
    parameters = _draw_parameters(buying, draws, np.random.default_rng(seed))
    whole = {name: np.zeros(draws) for name in ("customers", "purchases", "amount", "worth", "formula")}
    whole |= {name: np.zeros((draws, len(steps))) for name in ("step_purchases", "step_amount")}
    own = []
    for number, first in enumerate(range(0, len(buying.histories), BLOCK)):
        block = replace(buying, histories=buying.histories.iloc[first : first + BLOCK])
        each = _draw_block(block, parameters, steps, later, np.random.default_rng([seed, number]), whole)
        own.append(pd.DataFrame({f"{what}_{end}": kept for what, drawn in each.items()
                                 for end, kept in zip(("lower", "upper"), middle(drawn, level), strict=True)}))  # fmt: skip
    return Outlook(**whole, own=pd.concat(own, ignore_index=True))


def middle(drawn: np.ndarray, level: float) -> np.ndarray:
    """The lower and upper end of the middle `level` of draws, a column a buyer or step; ends are draws, so counts stay counts."""
    return np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")


def _draw_block(block: Buying, parameters: list, steps: np.ndarray, later: Later, rng: np.random.Generator, whole: dict) -> dict:
    """Draws of some buyers, added to those of the whole; returned: purchases, amount, worth, a row a draw, a column a buyer."""
    count, horizon, of = len(block.histories), float(steps[-1]), block.known
    longest = float(np.append(later.ends[-1:], horizon).max())
    each = {"purchases": np.zeros((len(parameters), count), dtype=np.int32)}
    each |= {name: np.zeros((len(parameters), count), dtype=np.float32) for name in ("amount", "worth")}
    discounted = np.append(later.worth, 0.0)
    for draw, (rates, spend, still) in enumerate(_draw_states(block, parameters)):
        there = np.flatnonzero(rng.random(count) < still)
        buyer, week, amount = draw_amounts(block, there, rates, spend, longest, rng)
        each["worth"][draw, there] = np.bincount(buyer, amount * discounted[np.searchsorted(later.ends, week)], minlength=len(there))
        near = week <= horizon
        buyer, amount, step = buyer[near], amount[near], np.searchsorted(steps, week[near])
        each["purchases"][draw, there] = np.bincount(buyer, minlength=len(there))
        each["amount"][draw, there] = np.bincount(buyer, amount, minlength=len(there))
        whole["customers"][draw] += len(there)
        whole["formula"][draw] += still @ purchases_if_customer(rates, of["repeats"], of["age"], horizon)
        whole["step_purchases"][draw] += np.bincount(step, minlength=len(steps))
        whole["step_amount"][draw] += np.bincount(step, amount, minlength=len(steps))
    for name, drawn in each.items():
        whole[name] += drawn.sum(axis=1, dtype=float)
    return each


def _draw_parameters(buying: Buying, draws: int, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """The lifetimes' and the spend's parameters for each draw; DRAWS_OF_ONE in a row share theirs."""
    few = -(-draws // DRAWS_OF_ONE)
    drawn = zip(buying.lifetimes.draw(rng, few), buying.spend.draw(rng, few), strict=True)
    return [pair for pair in drawn for _ in range(DRAWS_OF_ONE)][:draws]


def _draw_states(buying: Buying, parameters: list[tuple[np.ndarray, np.ndarray]]):
    """For each draw: its parameters, and each buyer's probability of being a customer under them."""
    groups = buying.histories.groupby(["repeats", "last", "age"], sort=True)
    keys = groups.size().index.to_frame(index=False).astype(float)
    place = groups.ngroup().to_numpy()
    for draw, (rates, spend) in enumerate(parameters):
        if draw % DRAWS_OF_ONE == 0:
            still = still_customer(rates, *(keys[name].to_numpy() for name in keys))[place]
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
    for draw, (rates, spend, still) in enumerate(_draw_states(buying, _draw_parameters(buying, draws, rng))):
        saved = rows[(rng.random(len(rows)) >= still[rows]) & (rng.random(len(rows)) < save_rate)]
        sums[draw] = draw_amounts(buying, saved, rates, spend, weeks, rng)[2].sum()
    return sums
