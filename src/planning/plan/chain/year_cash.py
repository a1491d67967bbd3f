"""The cash of a planned year, as the check of funds takes it: all companies together, without new loans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.plan.chain.build import Plan, Wiring
from planning.plan.chain.sources import Asked


def year_cash(plan: Plan, open_at: pd.DataFrame, worth: pd.Series, wiring: Wiring, asked: Asked) -> tuple[float, float]:
    """Cash when the budget year begins and when it ends, in the company's currency; of draws the mean.

    `open_at`: the balances that the plan begins with (annual.plan_company), for a plan that begins with the budget year; `worth`: what a
    unit of each entity's currency is worth (Sources.worth). What is borrowed in the year is taken off its end: a plan that keeps its floor
    by new debt has not got the money.
    """
    rates = worth.reindex(plan.entities).fillna(1.0).to_numpy("float64")
    cash, drawn = (rates @ getattr(plan.funding, name).mean(axis=2) for name in ("cash", "drawn"))
    year = np.flatnonzero(asked.calendar.fiscal_year(asked.horizon.periods) == asked.fiscal_year)
    leaves = [leaf for node in wiring.accounts.cash for leaf in wiring.tree.leaves(node)]
    lying = open_at[open_at["account"].isin(leaves) & open_at["entity"].isin(plan.entities)]
    begins = float((lying["amount"] * lying["entity"].map(worth).fillna(1.0)).sum())
    opening = float(cash[year[0] - 1]) if year[0] else begins
    return opening, float(cash[year[-1]] - drawn[year].sum())
