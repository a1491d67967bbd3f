"""Plan tables as the book takes them."""

from __future__ import annotations

import pandas as pd

from planning.core.money import round_cents
from planning.core.tables import KEY


def plan_rows(monthly: pd.DataFrame, version: str, entity: str, scenario: str = "budget", case: str = "base") -> pd.DataFrame:
    """Monthly rows as a plan table: the full key and amount, rounded to the smallest unit."""
    table = monthly.assign(scenario=scenario, version=version, case=case, entity=entity, layer="booked", grain="month")
    ordered = table[[*KEY, "amount"]].sort_values(list(KEY), ignore_index=True)
    return ordered.assign(amount=round_cents(ordered["amount"]), period=pd.to_datetime(ordered["period"]).astype("datetime64[ns]"))
