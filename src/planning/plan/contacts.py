"""Whom a retention list names, by groups that a company declares: whether some are left out more than their gain explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.small_groups import merge_small
from planning.model.attributes import value_text

FOUR_FIFTHS = 0.8
"""A group contacted less than so many times as often as another is one to explain (the rule of American labour law, by custom)."""
BINS = 10


def check_declared(declared: list[str], known: pd.DataFrame) -> None:
    """RequestError for groups that aren't known of anybody."""
    unknown = [
        Problem("unknown group", "fair_groups", repr(name), next=did_you_mean(str(name), known)) for name in declared if name not in known
    ]
    if unknown:
        raise RequestError("fair_groups", unknown)


def contact_table(known: pd.DataFrame, people: pd.DataFrame, declared: list[str]) -> pd.DataFrame:
    """By declared attribute and value: attribute, value, n, listed, share (of them that is listed), ratio (to the group listed most often),
    alike (the share of everybody of the same risk that is listed).

    `people`: risk, listed; `known`: the attributes of the same people. Small groups are taken together. Where `share` is near `alike`,
    the odds of leaving explain how often a group is listed.
    """
    alike = _listed_alike(people)
    parts = []
    for attribute in declared:
        value = merge_small(known[attribute].map(value_text)).to_numpy()
        group = people.assign(value=value, alike=alike).groupby("value")
        table = group.agg(n=("listed", "size"), listed=("listed", "sum"), share=("listed", "mean"), alike=("alike", "mean"))
        parts.append(table.assign(attribute=attribute, ratio=table["share"] / table["share"].max()).reset_index())
    columns = ["attribute", "value", "n", "listed", "share", "ratio", "alike"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _listed_alike(people: pd.DataFrame) -> np.ndarray:
    """Of each the share of those in the same tenth of risk that is listed."""
    tenth = pd.Series(np.minimum(people["risk"].rank(pct=True).to_numpy() * BINS, BINS - 1e-9).astype(int), index=people.index)
    return people["listed"].groupby(tenth).transform("mean").to_numpy()


def least_ratio(table: pd.DataFrame) -> Mapping | None:
    """The group that is listed least often beside another of the same attribute; None where nothing is declared or nobody is listed."""
    known = table[table["ratio"].notna()]
    return None if known.empty else known.loc[known["ratio"].idxmin()].to_dict()
