"""Sales: volume × price by product, channel and store, less discounts, returns and rebates.

Every array is rows × periods × draws; a row is a product in a channel and store of a company.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.drivers import Launch
from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import months_between
from planning.model.drivers import Drivers

CELL = ["entity", "channel", "store", "category", "product"]
"""What a row of sales is."""


@dataclass(frozen=True)
class Sales:
    """`cells`: CELL. `units` sold and `back` (returned), pieces. `gross` at list prices, `net` after discounts, `returned` of it, `rebate`
    granted on it, all without tax, in the entity's currency."""

    cells: pd.DataFrame
    units: np.ndarray
    back: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    returned: np.ndarray
    rebate: np.ndarray

    @property
    def revenue(self) -> np.ndarray:
        """What is left: net of returns and rebates."""
        return self.net - self.returned - self.rebate


def plan_sales(cells: pd.DataFrame, volume: np.ndarray, drivers: Drivers, periods: pd.DatetimeIndex) -> Sales:
    """Sales at the drivers' prices. `volume`: pieces that would be sold at today's prices, rows × periods × draws.

    A price that changes by x moves the volume by (1 + x) to the power of minus the elasticity; `volume_change` is on top (a campaign, a
    new competitor). Returns and rebates are shares of what was sold in the month.
    """
    of = {name: drivers.values_of(name, cells, periods) for name in DRIVERS}
    dearer = 1 + of["price_change"]
    units = volume * (dearer ** -of["elasticity"] * (1 + of["volume_change"]))
    gross = units * (of["list_price"] * dearer)
    net = gross * (1 - of["discount"])
    return Sales(cells, units, units * of["returns"], gross, net, net * of["returns"], net * of["rebate"])


DRIVERS = ("list_price", "price_change", "elasticity", "volume_change", "discount", "returns", "rebate")
"""The drivers that sales ask for."""


def by_product(
    cells: pd.DataFrame, volume: np.ndarray, mix: pd.DataFrame, drivers: Drivers, periods: pd.DatetimeIndex
) -> tuple[pd.DataFrame, np.ndarray]:
    """The volume of a category shared out over its products: their cells, and pieces of each.

    `cells`: entity, channel, store, category; `mix`: entity, channel, category, product, share (what each product was of its category
    there); the driver `mix_change` moves a product's share by a fraction of it, before all are brought to add up to one again.
    RequestError where a category that is sold has no mix.
    """
    keys = ["entity", "channel", "category"]
    place = cells.assign(row=np.arange(len(cells))).merge(mix, on=keys, how="left").sort_values(["row", "product"], ignore_index=True)
    lacking = place.loc[place["product"].isna(), keys].drop_duplicates()
    if len(lacking):
        problems = [Problem("no mix of products", " · ".join(row), next="say which product takes its volume") for row in lacking.to_numpy()]
        raise RequestError("sales", at_most(problems))
    wanted = place["share"].to_numpy()[:, None, None] * (1 + drivers.values_of("mix_change", place[CELL], periods))
    whole = np.zeros((len(cells), *wanted.shape[1:]))
    np.add.at(whole, place["row"].to_numpy(), wanted)
    row = place["row"].to_numpy()
    share = np.divide(wanted, whole[row], out=np.zeros_like(wanted), where=whole[row] > 0)
    return place[CELL].reset_index(drop=True), volume[row] * share


def with_launches(
    cells: pd.DataFrame, volume: np.ndarray, launches: list[Launch], periods: pd.DatetimeIndex
) -> tuple[pd.DataFrame, np.ndarray]:
    """Cells and volume with what is launched: a row more for each row of what it is like, in order. RequestError with every problem."""
    problems = [problem for launch in launches for problem in _launch_problems(launch, cells)]
    codes = pd.Series([launch.code for launch in launches], dtype=object)
    problems += [Problem("launched twice", f"launch {code}") for code in codes[codes.duplicated()]]
    if problems:
        raise RequestError("launches", problems)
    for launch in launches:
        like = (cells[launch.key] == launch.like).to_numpy()
        months = np.array([months_between(launch.first, period) for period in periods])
        ramp = np.where(months >= 0, np.array(launch.ramp)[np.clip(months, 0, len(launch.ramp) - 1)], 0.0)[None, :, None]
        new = volume[like] * launch.size * ramp
        volume = volume.copy()
        volume[like] -= launch.takes * np.minimum(new, volume[like])
        cells = pd.concat([cells, cells[like].assign(**{launch.key: launch.code})], ignore_index=True)
        volume = np.concatenate([volume, new])
    return cells, volume


def _launch_problems(launch: Launch, cells: pd.DataFrame) -> list[Problem]:
    where, problems = f"launch {launch.code}", []
    if launch.key not in ("store", "product", "channel"):
        problems.append(Problem("can't be launched", where, launch.key, "a store, a product or a channel"))
    elif launch.like not in set(cells[launch.key]):
        problems.append(Problem(f"like no {launch.key} that sells", where, launch.like))
    elif launch.code in set(cells[launch.key]):
        problems.append(Problem(f"a {launch.key} that sells already", where, launch.code))
    if not launch.ramp or min(launch.ramp) < 0 or launch.size < 0 or not 0 <= launch.takes <= 1:
        got = f"ramp {list(launch.ramp)}, size {launch.size:g}, takes {launch.takes:g}"
        problems.append(Problem("out of range", where, got, "a ramp and a size from 0 on, takes from 0 to 1"))
    return problems
