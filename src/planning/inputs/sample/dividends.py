"""What subsidiaries pay to their owners: declared in June out of the profit of the year before, paid in July."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.inputs.sample.openings import capital_of
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.treasury import Balances

DECLARED, PAID = (6, 20), (7, 10)
"""Month and day."""
KEPT = 0.1
"""Of the capital an entity works with, the cash that it keeps at the least."""
COLUMNS = ["entity", "date", "partner", "due", "amount", "value"]


def dividends(
    settings: Settings, structure: Structure, period: pd.Timestamp, profits: dict[str, int], balances: Balances, rates: pd.Series
) -> pd.DataFrame:
    """A June's dividends: entity, date, partner (the holding, or "" for minorities), due; amount, and value in the owner's cents."""
    if period.month != DECLARED[0]:
        return pd.DataFrame(columns=COLUMNS)
    rows, owned = [], structure.entities.set_index("code")["owned"]
    for entity, profit in sorted(profits.items()):
        spare = balances.sum(entity, "1002") - round(KEPT * capital_of(settings, entity))
        whole = min(round(settings.money.payout * profit), -balances.sum(entity, "410401"), spare)
        if whole > 0 and entity != "HOLD":
            ours = round(whole * float(owned[entity]))
            rows += [(entity, "HOLD", ours, round(ours * rates[entity])), (entity, "", whole - ours, whole - ours)]
    table = pd.DataFrame(rows, columns=["entity", "partner", "amount", "value"])
    table = table.assign(date=pd.Timestamp(period.year, *DECLARED), due=pd.Timestamp(period.year, *PAID))[COLUMNS]
    return table[table["amount"] != 0].astype({"amount": np.int64, "value": np.int64}).reset_index(drop=True)


def dividends_in(declared: pd.DataFrame) -> pd.DataFrame:
    """The same, as the holding has it: entity and partner in each other's place."""
    ours = declared[declared["partner"] != ""]
    return ours.assign(entity=ours["partner"], partner=ours["entity"])
