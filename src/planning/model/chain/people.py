"""People: positions by month, what they are paid, and what the company pays for them on top.

Every array is rows × periods × draws; a row is a position of a department, in a city whose rules hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.model.drivers import Drivers

DRIVERS = ("people", "pay", "pay_rise", "bonus", "social_rate", "social_floor", "social_cap", "housing_rate")
"""The drivers that pay asks for."""


@dataclass(frozen=True)
class Pay:
    """`cells`: entity, cost_centre, position, city. `people` in the month; `wages`, `bonus` (earned, paid later), `social` and `housing`
    (the employer's contributions), in the entity's currency."""

    cells: pd.DataFrame
    people: np.ndarray
    wages: np.ndarray
    bonus: np.ndarray
    social: np.ndarray
    housing: np.ndarray

    @property
    def cost(self) -> np.ndarray:
        """All of it."""
        return self.wages + self.bonus + self.social + self.housing


def plan_pay(cells: pd.DataFrame, drivers: Drivers, periods: pd.DatetimeIndex) -> Pay:
    """What the people of a plan cost. `people`: heads in the month, which a start date changes; `pay`: of one of them in a month before
    `pay_rise` (a fraction, from its date on).

    Contributions are a rate on a month's pay held between the city's floor and cap; all people of a position are taken to earn its mean.
    """
    of = {name: drivers.values_of(name, cells, periods) for name in DRIVERS}
    each = of["pay"] * (1 + of["pay_rise"])
    base = contribution_base(each, of["social_floor"], of["social_cap"])
    wages, people = of["people"] * each, of["people"]
    return Pay(cells, people, wages, wages * of["bonus"], people * base * of["social_rate"], people * base * of["housing_rate"])


def contribution_base(pay: np.ndarray, floor: np.ndarray, cap: np.ndarray) -> np.ndarray:
    """The monthly pay on which contributions are due: between the city's floor and cap; nothing where nothing is paid."""
    return np.where(pay > 0, np.clip(pay, floor, np.maximum(floor, cap)), 0.0)
