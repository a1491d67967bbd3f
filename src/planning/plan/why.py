"""Why customers leave, as a score sees it: who left by attribute, what each attribute weighs, and the reasons of each customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.small_groups import LEAST, merge_small
from planning.model.attributes import NOTHING, Attributes
from planning.model.bands import wilson

TENURE_EDGES = (0.0, 6.0, 12.0, 24.0, 48.0)
"""Months at which the bands of tenure begin."""
REASONS, TELLS = 3, 1.05
"""How many reasons are named, and the least factor on the odds that is a reason."""


@dataclass(frozen=True)
class Why:
    """What set those who left apart. `rows`: the attributes of all; `parts`: what each adds to their log-odds; `everybody`: the share
    that left.

    `segments`: attribute, value, first, last (of a band of numbers), n, gone, rate, lower, upper, part. `weights`: attribute, share (of
    all that sets scores apart), first (how often the first reason on the list).
    """

    rows: pd.DataFrame
    parts: pd.DataFrame
    everybody: float
    segments: pd.DataFrame
    weights: pd.DataFrame


def build_why(rows: pd.DataFrame, parts: pd.DataFrame, left: np.ndarray, attributes: Attributes, listed: pd.DataFrame) -> Why:
    """From what is known and said of customers whose outcome is known; `listed`: the parts of those on the list."""
    tables = [_segment(name, rows, parts, left, name in attributes.numbers) for name in attributes.all]
    return Why(rows, parts, float(np.mean(left)), pd.concat(tables, ignore_index=True), _weights(parts, listed))


def _segment(name: str, rows: pd.DataFrame, parts: pd.DataFrame, left: np.ndarray, is_number: bool) -> pd.DataFrame:
    value, first, last = _bands(name, rows[name]) if is_number else (merge_small(rows[name]), np.nan, np.nan)
    known = pd.DataFrame({"value": value, "first": first, "last": last, "n": 1, "gone": left, "part": parts[name]})
    how = {"first": "first", "last": "first", "n": "sum", "gone": "sum", "part": "mean"}
    table = known.groupby("value", as_index=False).agg(how).assign(attribute=name, rate=lambda t: t["gone"] / t["n"])
    ends = [wilson(int(gone), int(n)) for gone, n in zip(table["gone"], table["n"], strict=True)]
    table[["lower", "upper"]] = pd.DataFrame(ends, index=table.index, dtype=float)
    table = table[table["n"] >= LEAST]  # numbers that aren't known, of very few
    return table.sort_values("first" if is_number else "rate", ascending=is_number, kind="stable")


def _bands(name: str, column: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """A number in bands: the band's number as text, where it begins and where the next one does (missing for the last)."""
    edges = np.array(TENURE_EDGES) if name == "tenure" else _round_edges(column)
    edges = _wide_enough(edges[edges <= column.max()], column)
    at = pd.Series(np.searchsorted(edges, column.fillna(-np.inf), side="right") - 1, index=column.index).clip(lower=0)
    first, last = edges[at], np.append(edges[1:], np.nan)[at]
    known = column.notna()
    text = at.astype(str).where(known, NOTHING)
    return text, pd.Series(first, index=column.index).where(known), pd.Series(last, index=column.index).where(known)


def _round_edges(column: pd.Series) -> np.ndarray:
    """Quarters of a number, rounded as coarsely as its span allows: to ones from 10 on, to tenths from 1 on."""
    span = column.max() - column.min()
    digits = 0 if span >= 10 else int(np.ceil(1 - np.log10(span)))
    return np.unique(np.round(column.quantile([0, 0.25, 0.5, 0.75]).to_numpy(), digits))


def _wide_enough(edges: np.ndarray, column: pd.Series) -> np.ndarray:
    """The edges without those that set fewer than LEAST apart: their band joins the one before, the first the one after."""
    while len(edges) > 1:
        counts = np.bincount(np.clip(np.searchsorted(edges, column.dropna(), side="right") - 1, 0, None), minlength=len(edges))
        if counts.min() >= LEAST:
            break
        edges = np.delete(edges, max(1, int(counts.argmin())))
    return edges


def _weights(parts: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    size, first = parts.abs().mean(), listed.idxmax(axis=1).value_counts()
    table = pd.DataFrame({"share": size / size.sum(), "first": first.reindex(size.index).fillna(0).astype(int)})
    return table.rename_axis("attribute").reset_index().sort_values("share", ascending=False, ignore_index=True)


def extremes(why: Why, attribute: str, least: int = 30) -> tuple[pd.Series, pd.Series]:
    """The segments of an attribute that raise and lower the odds most, among those of at least `least` customers where there are."""
    own = why.segments[why.segments["attribute"] == attribute]
    own = own[own["n"] >= least] if (own["n"] >= least).any() else own
    return own.loc[own["part"].idxmax()], own.loc[own["part"].idxmin()]


def reasons(parts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The attributes that raise each customer's odds most: row (their label in the index), attribute, value, factor (on the odds).

    None for those whose odds nothing raises by as much as TELLS.
    """
    order = np.argsort(-parts.to_numpy(), axis=1, kind="stable")[:, :REASONS]
    found = []
    for row, names, own in zip(parts.index, order, parts.to_numpy(), strict=True):
        found += [(row, parts.columns[at], rows.at[row, parts.columns[at]], np.exp(own[at])) for at in names if own[at] > np.log(TELLS)]
    return pd.DataFrame(found, columns=["row", "attribute", "value", "factor"])
