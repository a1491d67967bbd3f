"""What the recipes were chosen on: methods, weights and networks, on none of the series of forecast_sample.

    .venv/bin/python benchmarks/recipes.py              ten minutes; writes benchmarks/results/recipes.json

OWA (see accuracy.py) on M3's monthly and quarterly series that forecast_sample doesn't hold, and on Australian retail turnover (148
cells, months of the last ten years and quarters of the last thirteen before each of three origins six years apart). One row a choice:
methods by themselves, as their library gives them and as they are used here; networks; recipes and their weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pandas as pd
from accuracy import AHEAD, DATA, GRAINS, PROCESSES, Tested, m3, owa, sample
from measuring import about, save

from planning.model import panel
from planning.model.learnt import teach
from planning.model.methods import USUAL, ces, ets, optimized_theta, theta
from planning.model.panel import Given, Panel, panel_paths
from planning.model.recipes import RECIPES, Method, Recipe

BACK = (0, 72, 144)
KNOWN = {12: 120, 4: 52}
"""Periods known at an origin of retail turnover."""


@dataclass(frozen=True)
class Weighted(Recipe):
    """A recipe whose weights are given: of the methods, of the networks of made-up series, of the panel's own."""

    given: tuple[float, float, float] = (1.0, 0.0, 0.0)

    def weights(self, series: int) -> tuple[float, float, float]:
        return self.given


def as_library(name: str) -> Method:
    """A model of statsforecast as it comes, given the season."""

    def path(amounts: np.ndarray, season: int, horizon: int) -> np.ndarray:
        from statsforecast import models

        unit, seasonal = np.abs(amounts).mean() / USUAL or 1.0, season if len(amounts) > 2 * season else 1
        return getattr(models, name)(season_length=seasonal).forecast(y=amounts / unit, h=horizon)["mean"] * unit

    return path


BOTH = {"ces": ces, "theta": theta}
CHOICES: dict[str, Recipe] = {
    "CES, its form by the library": Recipe({"ces": as_library("AutoCES")}),
    "CES, without a season or with a full one": Recipe({"ces": ces}),
    "Theta, its season by the library": Recipe({"theta": as_library("DynamicTheta")}),
    "Theta, given the season": Recipe({"theta": theta}),
    "optimised Theta, given the season": Recipe({"optimized_theta": optimized_theta}),
    "ETS": Recipe({"ets": ets}),
    "CES and Theta": Recipe(BOTH),
    "networks of made-up series": Weighted(BOTH, True, given=(0.0, 1.0, 0.0)),
    "networks of the panel": Weighted(BOTH, True, given=(0.0, 0.0, 1.0)),
    "networks of the panel, from the beginning": Weighted(BOTH, True, given=(0.0, 0.0, 1.0)),
    "CES and Theta, made-up networks a half": Weighted(BOTH, True, given=(1 / 2, 1 / 2, 0.0)),
    "CES and Theta, made-up networks two thirds": Weighted(BOTH, True, given=(1 / 3, 2 / 3, 0.0)),
    "CES and Theta, a third each": Weighted(BOTH, True, given=(1 / 3, 1 / 3, 1 / 3)),
    "fast": RECIPES["fast"],
    "standard": RECIPES["standard"],
    "standard and optimised Theta": Recipe(BOTH | {"optimized_theta": optimized_theta}, True),
    "accurate": RECIPES["accurate"],
    "accurate and ARIMA": Recipe(RECIPES["accurate"].alone | {"arima": as_library("AutoARIMA")}, True),
}


def held_out() -> dict[str, list[list[Tested]]]:
    """The panels of each group, each forecast by itself."""
    scored = {one.name for one in sample(1)}
    rest = [one for one in m3() if f"M3-{one.name}" not in scored]
    found = {f"M3, {grain}s": [[one for one in rest if one.season == season]] for season, grain in GRAINS.items()}
    return found | {f"retail, {grain}s": [retail(season, back) for back in BACK] for season, grain in GRAINS.items()}


def retail(season: int, back: int) -> list[Tested]:
    """The cells of retail turnover as they were so many months before the end."""
    table = pd.read_parquet(DATA / "aus_retail" / "aus_retail.parquet")
    wide = table.pivot(index=["state", "industry"], columns="month", values="turnover_aud_m").loc[:, "1988-04":].dropna()
    months = wide.to_numpy("float64")[:, : wide.shape[1] - back]
    per = 12 // season
    periods = months[:, months.shape[1] % per :].reshape(len(months), -1, per).sum(axis=2)[:, -(KNOWN[season] + AHEAD[season]) :]
    return [Tested(f"{place}", "retail", season, row[: -AHEAD[season]], row[-AHEAD[season] :]) for place, row in enumerate(periods)]


def row_of(name: str, groups: dict[str, list[list[Tested]]]) -> dict[str, float]:
    """A choice's OWA by group, the mean over its panels; ARIMA's of quarters only, for its months take seconds each."""
    groups = {group: panels for group, panels in groups.items() if "ARIMA" not in name or "quarters" in group}
    with tried_as(CHOICES[name]), patch.object(panel, "teach", from_the_beginning if "from the beginning" in name else teach):
        return {group: round(float(np.mean([owa(series, paths_of(series)) for series in panels])), 4) for group, panels in groups.items()}


@contextmanager
def tried_as(recipe: Recipe) -> Iterator[None]:
    RECIPES["tried"] = recipe
    try:
        yield
    finally:
        del RECIPES["tried"]


def from_the_beginning(*given, start):
    return teach(*given)


def paths_of(series: list[Tested]) -> np.ndarray:
    season = series[0].season
    given = Panel([Given(one.known) for one in series], AHEAD[season])
    return panel_paths([given], season, "tried", PROCESSES)[0].amounts[:, : max(len(one.came) for one in series)]


def main() -> None:
    told, groups = about("recipes"), held_out()
    told["series"] = {group: [len(series) for series in panels] for group, panels in groups.items()}
    told["owa"] = {}
    for name in CHOICES:
        told["owa"][name] = row_of(name, groups)
        print(name, told["owa"][name], flush=True)
    save(told)
    print(json.dumps(told["series"]))


if __name__ == "__main__":
    main()
