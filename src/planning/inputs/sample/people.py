"""People by department and month, and what they are paid: wages, a bonus accrued for February, employers' contributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

POSITIONS = (
    ("manager", "Managers", "经理", 0.12, 1.9),
    ("senior", "Senior staff", "骨干", 0.33, 1.15),
    ("staff", "Staff", "员工", 0.55, 0.71),
)
"""Code, words, share of a department's people and of its average pay."""
MOVES = 0.012
"""Of people, who come or go in a month."""
MADE_UP = 0.12
"""Of the people that a department has too few or too many, made up for in a month."""
PAY_ROUND = 4
"""The month of the yearly rise."""
HOUSING, PERSONAL_TAX, OWN_SOCIAL = 0.07, 0.035, 0.105
"""Of pay: the employer's part of the housing fund; withheld from the pay for the tax office and for social security."""
WORK = {"support": "6602", "selling": "6601", "marketing": "6601", "research": "6604", "plant": "5101"}
"""The account under which a department's people are, by its work."""


@dataclass(frozen=True)
class People:
    """`headcount`: department, position, month, people; `pay`: one row a department, position and month, in cents."""

    headcount: pd.DataFrame
    pay: pd.DataFrame


def build_people(settings: Settings, structure: Structure) -> People:
    """Everyone's work and pay in every month."""
    headcount = pd.concat([_heads(settings, row) for row in structure.departments.itertuples()], ignore_index=True)
    return People(headcount, _pay(settings, structure, headcount))


def _heads(settings: Settings, department) -> pd.DataFrame:
    """A department's people: they come and go by ones, around the number it began with. In a small group each is there part of the time."""
    draw, tables = stream(settings.seed, "people", department.code), []
    periods, part = month_range(month(settings.first_month), settings.months), settings.size.part(department.entity)
    for code, _, _, share, _ in POSITIONS:
        usual = max(1, round(department.people * share * max(part, 1.0)))
        moves = draw.poisson(MOVES * usual, settings.months) - draw.poisson(MOVES * usual, settings.months)
        people = np.round(np.maximum(1, usual + _remaining(moves)) * min(part, 1.0), 3)
        tables.append(pd.DataFrame({"department": department.code, "position": code, "month": periods, "people": people}))
    return pd.concat(tables, ignore_index=True)


def _remaining(moves: np.ndarray) -> np.ndarray:
    """By how many people a department is off its usual number: of those who came or went, a part is made up for each month."""
    off, left = 0.0, np.empty(len(moves))
    for at, moved in enumerate(moves):
        off = left[at] = off * (1 - MADE_UP) + moved
    return np.rint(left)


def _pay(settings: Settings, structure: Structure, headcount: pd.DataFrame) -> pd.DataFrame:
    people = settings.people
    about = structure.departments.set_index("code").loc[headcount["department"]]
    level = {code: pay for code, *_, pay in POSITIONS}
    first = month(settings.first_month)
    rounds = headcount["month"].dt.year - first.year + (headcount["month"].dt.month >= PAY_ROUND) - (first.month >= PAY_ROUND)
    one = about["pay"].to_numpy() * headcount["position"].map(level).to_numpy() * (1 + people.wage_growth) ** rounds.to_numpy()
    wages = np.rint(to_minor(one, 2) * headcount["people"].to_numpy()).astype(np.int64)
    share = lambda rate: np.rint(wages * rate).astype(np.int64)  # noqa: E731
    return headcount.assign(
        entity=about["entity"].to_numpy(), account=about["work"].map(WORK).to_numpy(), date=headcount["month"] + pd.offsets.MonthEnd(0),
        wages=wages, bonus=share(people.bonus), social=share(people.social), housing=share(HOUSING),
        income_tax=share(PERSONAL_TAX), own_social=share(OWN_SOCIAL),
    )  # fmt: skip
