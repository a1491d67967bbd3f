"""What misses of earlier budgets have in common: how much of them lasts, how much belongs to a year, and who shares it.

A miss, measured by its usual size, is a sum of parts: some last from year to year (a unit that always sells less than it plans), some
belong to one year. Either may be shared by all, by revenue or by costs, by a line in every unit, or by the lines of a unit as far as
two lines are seen to move together in all units; what is left is a cell's own (a line of a unit). How much each part is comes from the
products of pairs of misses (Haseman and Elston, 1972), held at 0 or more and pulled towards LASTING and YEARS while years are few.
What comes next is predicted from all of the past at once (best linear unbiased prediction; Henderson, 1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls

LASTING = {"all": 0.003, "kind": 0.006, "line": 0.009, "unit": 0.015, "cell": 0.009}
YEARS = {"all": 0.020, "kind": 0.020, "line": 0.060, "unit": 0.808, "cell": 0.050}
"""Of a miss squared, what each part is before anything is known, lasting and of one year; together 1. benchmarks/odds.py: chosen on
worlds that aren't scored. That little lasts is no bar to seeing what does: what many cells share is seen in a few years."""
WORTH = 10.0
"""How many years these are worth."""
PAIRS = 2.0
"""Pairs of misses after which two lines are half believed to move together as they were seen to."""
BLOCK = 300
"""Rows whose pairs with all others are looked at together, which bounds the memory."""


@dataclass(frozen=True)
class Parts:
    """`lasting`, `years`: each sharer's part of a miss squared (as LASTING), together 1; `together`: the correlation of lines within a
    unit; `square`: the mean of a miss squared."""

    lasting: np.ndarray
    years: np.ndarray
    together: pd.DataFrame
    square: float


def weigh_parts(misses: pd.DataFrame) -> Parts:
    """How much each part is of these misses, which aren't all 0.

    `misses`: fiscal_year, unit, line, effect (+1 revenue, −1 costs), z (a miss measured by its usual size); a unit's line once a year.
    """
    together, square = _together(misses), float((misses["z"] ** 2).mean())
    gram, with_z = _products(misses, misses["z"].to_numpy(dtype=float) / np.sqrt(square), together)
    prior, n = np.r_[[*LASTING.values(), *YEARS.values()]], len(LASTING)
    held = np.diag(np.diag(gram)) * WORTH / misses["fiscal_year"].nunique()
    root = np.linalg.cholesky(gram + held + 1e-9 * np.trace(gram) * np.eye(2 * n))
    shares = nnls(root.T, np.linalg.solve(root, with_z + held @ prior))[0]
    shares = np.maximum(shares, prior / 10)
    return Parts(*np.split(shares / shares.sum(), 2), together, square)


def covariance(a: pd.DataFrame, b: pd.DataFrame, parts: Parts) -> np.ndarray:
    """How misses of cells `a` go with those of cells `b` (fiscal_year, unit, line, effect), before any of them is known."""
    found = np.empty((len(a), len(b)))
    for at in range(0, len(a), BLOCK):
        shared, same = _shared(a.iloc[at : at + BLOCK], b, parts.together)
        found[at : at + BLOCK] = np.tensordot(parts.lasting, shared, 1) + np.tensordot(parts.years, shared, 1) * same
    return parts.square * found


def predict_misses(misses: pd.DataFrame, ahead: pd.DataFrame, parts: Parts) -> tuple[np.ndarray, np.ndarray]:
    """What cells of a year that isn't among the misses' will miss by, in their usual sizes: means and covariance."""
    both = covariance(ahead, misses, parts)
    solver = cho_factor(covariance(misses, misses, parts), lower=True)
    left = covariance(ahead, ahead, parts) - both @ cho_solve(solver, both.T)
    return both @ cho_solve(solver, misses["z"].to_numpy(dtype=float)), (left + left.T) / 2


def _products(misses: pd.DataFrame, z: np.ndarray, together: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Sums over all pairs of misses: of products of the parts' correlations with each other, and with the misses' own products."""
    many = 2 * len(LASTING)
    gram, with_z = np.zeros((many, many)), np.zeros(many)
    for at in range(0, len(misses), BLOCK):
        shared, same = _shared(misses.iloc[at : at + BLOCK], misses, together)
        stack = np.concatenate([shared, shared * same]).reshape(many, -1)
        gram += stack @ stack.T
        with_z += stack @ np.outer(z[at : at + BLOCK], z).ravel()
    return gram, with_z


def _shared(a: pd.DataFrame, b: pd.DataFrame, together: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What rows of `a` share with rows of `b`: by sharer (-1 to 1), and whether they are of one year (0 or 1)."""
    kind, line, unit, year = (np.equal.outer(a[name].to_numpy(), b[name].to_numpy()) for name in ("effect", "line", "unit", "fiscal_year"))
    places = [together.index.get_indexer(table["line"]) for table in (a, b)]
    near = np.where(line, 1.0, np.pad(together.to_numpy(), (0, 1))[np.ix_(*places)])
    return np.stack([np.ones(kind.shape), kind, line, unit * near, unit & line]).astype(float), year.astype(float)


def _together(misses: pd.DataFrame) -> pd.DataFrame:
    """How far two lines move together within a unit, from all units and years: correlations, 0 where they never stand side by side."""
    wide = misses.pivot_table(index=["fiscal_year", "unit"], columns="line", values="z")
    z, seen = wide.fillna(0.0).to_numpy(), wide.notna().to_numpy().astype(float)
    pairs, squares = seen.T @ seen, (z**2).T @ seen
    scale = np.sqrt(squares * squares.T)
    found = np.divide(z.T @ z, scale, out=np.zeros_like(scale), where=scale > 0) * pairs / (pairs + PAIRS)
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh(found)
    held = (vectors * np.clip(values, 1e-6, None)) @ vectors.T
    scale = np.sqrt(np.diag(held))
    return pd.DataFrame(held / np.outer(scale, scale), wide.columns, wide.columns)
