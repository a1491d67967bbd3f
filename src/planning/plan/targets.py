"""Top-down: from targets for growth, margin and cash to what all units together and each of them may spend.

Revenue is to grow by `growth` over the running year, `margin` of it is to be left after all costs, and cash is not to fall below
`cash_floor`. Each target that is set is a limit to spending, and the tightest one is the frame. Without `margin` growth keeps the running
year's; without `growth` the margin is asked of the neutral view's revenue. The cash floor always reckons with the neutral view's
receipts. The frame is broken back to units by what they spend in the running year (`verbs.break_back`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, did_you_mean
from planning.core.money import from_minor, to_minor
from planning.model.history import raise_problems
from planning.model.ranges import is_number
from planning.model.verbs import break_back
from planning.plan.funds import Money

NAMES = ("growth", "margin", "cash_floor")
RULES = ("margin", "cash_floor")
"""What limits spending; growth does so through the margin."""


@dataclass(frozen=True)
class Targets:
    """What is wanted: growth of revenue over the running year and margin left of it, fractions, and the least cash at the year's end.
    Missing: not set."""

    growth: float = np.nan
    margin: float = np.nan
    cash_floor: float = np.nan

    @property
    def are_set(self) -> bool:
        """Whether any target is set."""
        return bool(np.isfinite([self.growth, self.margin, self.cash_floor]).any())


@dataclass(frozen=True)
class Frame:
    """What may be spent. `revenue`, `margin`: that the margin's limit reckons with (missing where neither growth nor margin is set);
    `limits`: rule (RULES), amount (missing where the target isn't set or can't be told), binding; `total`: the tightest, missing
    where there is none."""

    revenue: float
    margin: float
    limits: pd.DataFrame
    total: float


def read_targets(given: Mapping[str, object]) -> Targets:
    """Targets from a notebook's parameter; RequestError with every one that is unknown or can't be.

    Example: {"growth": 0.08, "cash_floor": 5e7} sets two; {} sets none.
    """
    if not isinstance(given, Mapping):
        raise_problems("targets", [Problem("wrong type", "targets", type(given).__name__, "names and figures, such as growth: 0.08")])
    problems = [Problem("unknown target", str(name), next=did_you_mean(str(name), NAMES)) for name in given if name not in NAMES]
    problems += [_not_a_number(name, given[name]) for name in NAMES if name in given and not is_number(given[name])]
    known = {name: float(given[name]) for name in NAMES if is_number(given.get(name))}
    if known.get("growth", 0.0) <= -1:
        problems.append(Problem("can't be", "growth", f"{known['growth']:g}", "a fraction above −1"))
    if known.get("margin", 0.0) >= 1:
        problems.append(Problem("can't be", "margin", f"{known['margin']:g}", "a fraction below 1"))
    raise_problems("targets", problems)
    return Targets(**known)


def _not_a_number(name: str, figure: object) -> Problem:
    return Problem("not a finite number", name, repr(figure), next="leave it out where it isn't set")


def build_frame(targets: Targets, money: Money, running: float) -> Frame:
    """What the targets leave for all units together. `running`: what they spend in the running year.

    RequestError where growth is asked of no revenue, or the targets leave less than nothing. Example: revenue 100, growth 10 %, margin
    20 %, nothing that follows from sales: 88.
    """
    grows, asks = np.isfinite(targets.growth), np.isfinite(targets.margin)
    if (grows or asks) and not (money.running_revenue > 0 and money.revenue > 0):
        got = f"{money.running_revenue:,.2f} and {money.revenue:,.2f}"
        raise_problems("targets", [Problem("no revenue that could grow or have a margin", "running and budget year", got, "above 0")])
    revenue = money.running_revenue * (1 + targets.growth) if grows else money.revenue if asks else np.nan
    kept = 1 - (running + money.running_following) / money.running_revenue if grows else np.nan
    margin = targets.margin if asks else kept
    following = money.following * (revenue / money.revenue if money.following else 1.0)
    limits = {"margin": revenue * (1 - margin) - following, "cash_floor": money.spendable(targets.cash_floor)}
    table = pd.DataFrame({"rule": list(RULES), "amount": [_whole_cents(limits[rule]) for rule in RULES]})
    total = float(table["amount"].min())
    raise_problems("targets", _below_nothing(table))
    return Frame(revenue, margin, table.assign(binding=table["amount"] == total), total)


def _whole_cents(amount: float) -> float:
    """The amount without the part of a cent that a limit doesn't let out; missing stays missing."""
    return float(np.floor(round(amount * 100, 3)) / 100) if np.isfinite(amount) else np.nan


def _below_nothing(limits: pd.DataFrame) -> list[Problem]:
    said = "0 or more: lower the target, or find other money"
    below = limits[limits["amount"] < 0]
    return [Problem("nothing is left to spend", row["rule"], f"{row['amount']:,.2f}", said) for row in below.to_dict("records")]


def cell_targets(running: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    """The frame broken back to cells: cost_centre, account, amount; adds up to the frame to the cent.

    `running`: the same columns, the running year, in whole cents. A cell that spent nothing gets nothing; without a frame every amount
    is missing. RequestError where there is a frame and nobody to have it.
    """
    cells = running[["cost_centre", "account", "amount"]].reset_index(drop=True)
    if np.isnan(frame.total):
        return cells.assign(amount=np.nan)
    nobody = Problem("nobody spent anything that a frame could be broken back by", "running", "no rows", "the running year by cost centre")
    raise_problems("targets", [nobody] if cells.empty else [])
    whole = cells.assign(amount=from_minor(to_minor(cells["amount"], 2), 2))
    return break_back(whole, {}, frame.total).table
