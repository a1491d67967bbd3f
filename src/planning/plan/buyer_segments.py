"""Buyers in segments that a marketer knows, by how lately, how often and for how much they bought (recency, frequency, money).

Where the lines run is the shop's own: thirds of its buyers by weeks of silence, its top fifth by purchases and by money.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from planning.core.small_groups import OTHERS, merge_small

NEW_WEEKS = 13
"""Weeks since the first purchase within which somebody is new."""
OFTEN = 3
"""Purchases, at least, that count as often, however seldom the others buy."""
TOP = 0.8
"""Above this share of all buyers is the top fifth."""
Known = pd.DataFrame


def _is_new(them: Known) -> pd.Series:
    return them["age"] < NEW_WEEKS


def _is_champion(them: Known) -> pd.Series:
    return them["lately"] & them["often"] & them["much"]


def _is_loyal(them: Known) -> pd.Series:
    return them["lately"] & them["often"]


def _is_promising(them: Known) -> pd.Series:
    return them["lately"]


def _is_not_to_lose(them: Known) -> pd.Series:
    return them["silent_long"] & them["often"] & them["much"]


def _is_at_risk(them: Known) -> pd.Series:
    return them["silent_long"] & them["again"]


def _is_lost(them: Known) -> pd.Series:
    return them["silent_long"]


def _needs_attention(them: Known) -> pd.Series:
    return them["again"]


RULES: dict[str, Callable[[Known], pd.Series]] = {
    "new": _is_new, "champions": _is_champion, "loyal": _is_loyal, "promising": _is_promising, "cant_lose": _is_not_to_lose,
    "at_risk": _is_at_risk, "lost": _is_lost, "attention": _needs_attention,
}  # fmt: skip
"""The segments, and who belongs: the first that fits counts."""
HIBERNATING = "hibernating"
"""Everybody else: bought once, neither lately nor longest ago."""
ORDER = ("champions", "loyal", "promising", "new", "attention", "cant_lose", "at_risk", "hibernating", "lost", OTHERS)
"""As they are shown."""


def segments_of(histories: pd.DataFrame) -> pd.Series:
    """The segment of each buyer, one of RULES or HIBERNATING; `histories`: repeats, last, age, total (model.lifetime.build_histories)."""
    silent, purchases = histories["age"] - histories["last"], histories["repeats"] + 1
    them = pd.DataFrame({
        "age": histories["age"], "again": purchases > 1, "lately": silent <= silent.quantile(1 / 3),
        "silent_long": silent >= silent.quantile(2 / 3), "often": purchases >= max(OFTEN, purchases.quantile(TOP)),
        "much": (histories["total"] > 0) & (histories["total"] >= histories["total"].quantile(TOP)),
    })  # fmt: skip
    found = pd.Series(HIBERNATING, index=histories.index)
    for name, fits in RULES.items():
        found = found.mask((found == HIBERNATING) & fits(them), name)
    return found


def segment_table(people: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """One row a segment: segment, n, still (mean probability), amount, value, at_risk (sums); and of those who were in it in the newest
    whole trial: then (how many), said, came (money expected and come, sums); missing where nothing was tried.

    `people`: segment, still, amount, value, at_risk; `tried`: segment, ours_amount, came_amount. Segments of few stand together as OTHERS.
    """
    table = people.assign(segment=merge_small(people["segment"])).groupby("segment").agg(
        n=("still", "size"), still=("still", "mean"), amount=("amount", "sum"), value=("value", "sum"), at_risk=("at_risk", "sum"),
    )  # fmt: skip
    if len(tried):
        then = tried.assign(segment=merge_small(tried["segment"])).groupby("segment")
        table = table.join(then.agg(then=("came_amount", "size"), said=("ours_amount", "sum"), came=("came_amount", "sum")))
    else:
        table = table.assign(then=float("nan"), said=float("nan"), came=float("nan"))
    return table.reindex([name for name in ORDER if name in table.index]).reset_index()
