"""How far sponsors promise too much: from what became of their projects, each drawn towards everybody's.

What a project brought over what was promised for the same months is a logarithm that scatters around its sponsor's own, and sponsors
around a mean: log came / promised = mean + sponsor + project. How far sponsors and projects scatter isn't known either: both are
averaged over a grid, so that few projects of few sponsors tell little (Gelman and Hill 2007, random intercepts; half-normal beliefs of
the two scatters). The mean has no belief beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from planning.core.errors import Problem, RequestError

LEAST = 3
"""Fewer projects with something to hold against what was promised tell nothing."""
FARTHEST = 3.0
"""A logarithm beyond this (a twentieth, or nothing at all, of what was promised) counts as this."""
SPONSORS, PROJECTS = 0.4, 0.5
"""How far sponsors' logarithms, and projects' of one sponsor, are believed to scatter beforehand: scales of half-normals."""
GRID = 60
"""Sizes of either scatter that are looked at."""


@dataclass(frozen=True)
class Optimism:
    """What came over what is promised, drawn: `sponsors` (draws × names, those of `names`), `others` (draws: a sponsor of whom no project
    is known), `project` (draws: how far one project scatters around its sponsor's, as a logarithm's standard deviation). `known`: a
    row a sponsor: sponsor, projects, came over promised of those alone (the mean logarithm, back as a share)."""

    names: tuple[str, ...]
    sponsors: np.ndarray
    others: np.ndarray
    project: np.ndarray
    known: pd.DataFrame

    def shares(self, sponsor: str) -> np.ndarray:
        """What comes of what this sponsor promises, as a share: draws."""
        return self.sponsors[:, self.names.index(sponsor)] if sponsor in self.names else self.others

    def table(self, level: float) -> pd.DataFrame:
        """A row a sponsor, the most optimistic first: sponsor, projects, own, share (median), lower, upper, odds (that less comes than was
        promised)."""
        low, middle, high = np.quantile(self.sponsors, [0.5 - level / 2, 0.5, 0.5 + level / 2], axis=0)
        told = self.known.assign(share=middle, lower=low, upper=high, odds=(self.sponsors < 1).mean(axis=0))
        return told.sort_values("share", kind="stable", ignore_index=True)


def fit_optimism(sponsor, promised, came, draws: int, seed: int) -> Optimism:
    """Learnt from finished or running projects: of each its sponsor, what was `promised` for the months that have come, and what `came`.

    RequestError where fewer than LEAST projects had anything promised, or an amount isn't known.
    """
    table = pd.DataFrame({"sponsor": np.asarray(sponsor, dtype=object), "promised": promised, "came": came})
    _check(table)
    table = table[table["promised"] > 0]
    share = np.maximum(table["came"] / table["promised"], np.exp(-FARTHEST))
    table = table.assign(log=np.log(share).clip(-FARTHEST, FARTHEST))
    groups = table.groupby("sponsor")["log"]
    n, own, inside = groups.size().to_numpy(), groups.mean().to_numpy(), groups.var(ddof=0).to_numpy() * groups.size().to_numpy()
    rng = np.random.default_rng(seed)
    between, within = _scatters(n, own, inside, draws, rng)
    precision = 1 / (between[:, None] ** 2 + within[:, None] ** 2 / n)
    mean = (precision @ own) / precision.sum(axis=1) + rng.normal(size=draws) / np.sqrt(precision.sum(axis=1))
    pull = between[:, None] ** 2 * precision
    spread = between[:, None] * np.sqrt(1 - pull)
    sponsors = mean[:, None] + pull * (own - mean[:, None]) + spread * rng.normal(size=(draws, len(n)))
    known = pd.DataFrame({"sponsor": list(groups.groups), "projects": n, "own": np.exp(own)})
    return Optimism(tuple(groups.groups), np.exp(sponsors), np.exp(mean + between * rng.normal(size=draws)), within, known)


def _scatters(n: np.ndarray, own: np.ndarray, inside: np.ndarray, draws: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draws of how far sponsors, and projects of one sponsor, scatter, the mean integrated out."""
    sizes = [np.linspace(0, 4 * scale, GRID + 1)[1:] - 2 * scale / GRID for scale in (SPONSORS, PROJECTS)]
    between, within = (grid.ravel() for grid in np.meshgrid(*sizes, indexing="ij"))
    spread = between[:, None] ** 2 + within[:, None] ** 2 / n
    weight = (1 / spread).sum(axis=1)
    middle = (own / spread).sum(axis=1) / weight
    logs = -0.5 * (np.log(spread).sum(axis=1) + np.log(weight) + ((own - middle[:, None]) ** 2 / spread).sum(axis=1))
    logs -= (n - 1).sum() * np.log(within) + inside.sum() / (2 * within**2)
    logs -= (between / SPONSORS) ** 2 / 2 + (within / PROJECTS) ** 2 / 2
    chosen = rng.choice(len(logs), draws, p=np.exp(logs - logsumexp(logs)))
    return between[chosen], within[chosen]


def _check(table: pd.DataFrame) -> None:
    problems = []
    unknown = ~np.isfinite(table[["promised", "came"]].astype(float)).all(axis=1) | table["sponsor"].isna()
    if unknown.any():
        problems.append(Problem("amounts or sponsors that aren't known", "projects", f"{int(unknown.sum())} of {len(table)}", "all"))
    if (count := int((table["promised"] > 0).sum())) < LEAST:
        problems.append(Problem("too few projects to hold against what was promised", "projects", str(count), f"at least {LEAST}"))
    if problems:
        raise RequestError("projects", problems)
