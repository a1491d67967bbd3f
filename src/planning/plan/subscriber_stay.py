"""How long the subscribers of a file without dates stay and what they are still worth, told by tenure, tried, and by group."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planning.core.checks import Check
from planning.core.small_groups import merge_small
from planning.model.attributes import Attributes, value_text
from planning.model.survival import Tried, enough, months_until, tells_tenure, try_survival
from planning.plan.subscriber_lifetime import WITHIN, Lifetimes, Worth, build_lifetimes, check_lifetimes, gap_within

TENURE = "tenure"
TELLS_APART = 0.01
"""A standard deviation of the groups' odds of leaving within a year below which no attribute is worth a table of its own."""


@dataclass(frozen=True)
class Stay:
    """What is told of those still here. `tried`: the same told of everybody unseen; `trial`: concordance, gap (how far the odds of leaving
    within a year of tenure lay from what came), chance (what that gap stays under by chance). `by`: the attribute whose groups differ
    most in the odds of leaving within a year; empty where none does. `groups`: group (a value of it), n, odds_1, odds_3, odds_12, median
    (months until half have left; missing beyond those that are counted), charge (a month), worth; everybody last, `group` empty."""

    lifetimes: Lifetimes
    tried: Tried
    trial: pd.Series
    by: str
    groups: pd.DataFrame
    checks: tuple[Check, ...]


def build_stay(table: pd.DataFrame, attributes: Attributes, worth: Worth, level: float, seed: int, workers: int = 1) -> Stay | None:
    """Of the event table `customers`, from `attributes` but those that tell the tenure; None where too few left or stayed, or no attribute
    is left. RequestError where a tenure is missing or negative."""
    tenure, left = table[TENURE].to_numpy("float64"), table["left"].to_numpy(dtype=bool)
    known = _without(attributes, {TENURE, *tells_tenure(table, tenure, attributes)})
    if not known.all or not enough(tenure, left):
        return None
    lifetimes = build_lifetimes(table, tenure, left, table["monthly_charge"].to_numpy("float64"), known, worth, level, seed, workers)
    tried = try_survival(lifetimes.survival, table, tenure, left)
    here = table[~left]
    by = _tells_most(here, lifetimes.people["odds_12"], known.lists)
    gap, chance = gap_within(tried, tenure, left)
    trial = pd.Series({"concordance": tried.concordance(), "gap": gap, "chance": chance})
    return Stay(lifetimes, tried, trial, by, _groups(here, lifetimes, by), tuple(check_lifetimes(lifetimes, tried, tenure, left)))


def _without(attributes: Attributes, names: set[str]) -> Attributes:
    numbers, lists = (tuple(name for name in own if name not in names) for own in (attributes.numbers, attributes.lists))
    return Attributes(numbers, lists)


def _values(here: pd.DataFrame, name: str) -> pd.Series:
    return merge_small(here[name].map(value_text))


def _tells_most(here: pd.DataFrame, odds: pd.Series, lists: tuple[str, ...]) -> str:
    """The list whose groups' odds lie farthest apart; empty where none tells anything."""
    apart = {name: float(odds.groupby(_values(here, name)).transform("mean").std(ddof=0)) for name in lists}
    best = max(apart, key=apart.__getitem__, default="")
    return best if best and apart[best] > TELLS_APART else ""


def _groups(here: pd.DataFrame, lifetimes: Lifetimes, by: str) -> pd.DataFrame:
    """Those most likely to leave first, everybody last."""
    members = _values(here, by) if by else pd.Series(dtype=object)
    rows = [{"group": value, **_group(lifetimes, own.index)} for value, own in members.groupby(members)]
    return pd.DataFrame([*sorted(rows, key=lambda row: -row["odds_12"]), {"group": "", **_group(lifetimes, here.index)}])


def _group(lifetimes: Lifetimes, index: pd.Index) -> dict[str, float]:
    own = lifetimes.people.loc[index]
    stays = lifetimes.stays.loc[index].mean().to_numpy()
    odds = {f"odds_{months}": float(own[f"odds_{months}"].mean()) for months in WITHIN}
    median = float(months_until(stays[None, :])[0])
    return {"n": len(own), **odds, "median": median, "charge": float(own["charge"].sum()), "worth": float(own["value"].sum())}


def stay_people(stay: Stay, table: pd.DataFrame) -> pd.DataFrame:
    """Those still here: customer, tenure, charge, odds_1, odds_3, odds_12, median, value, lower, upper."""
    people = stay.lifetimes.people
    return people.assign(customer=table.loc[people.index, "customer"])[["customer", *people.columns]].reset_index(drop=True)
