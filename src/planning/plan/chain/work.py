"""Work: who is there, what they are paid, and where it is booked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.model.chain.people import Pay, plan_pay
from planning.model.drivers import Drivers
from planning.model.ledger import Events, sums_by
from planning.plan.chain.trade import Horizon


def work_cells(pay: pd.DataFrame, centres: pd.DataFrame, as_of: pd.Timestamp, drivers: Drivers) -> pd.DataFrame:
    """The positions of a plan: entity, cost_centre, position, account (below which they are booked).

    Those that were paid in the last closed month, and those that a driver of people names: a position that starts later. `centres`: code,
    entity. A position's account is the one that its department's pay was lately booked below.
    """
    now = pay[pay["period"] == as_of]
    booked = pay.sort_values("period").drop_duplicates("cost_centre", keep="last").set_index("cost_centre")["account"]
    of = ["cost_centre", "position"]
    entries = [*drivers["people"].entries, *drivers["people"].case] if "people" in drivers else []
    said = pd.DataFrame([{key: entry.where.get(key) for key in of} for entry in entries], columns=of, dtype=object).dropna()
    cells = pd.concat([now[of], said], ignore_index=True).drop_duplicates(ignore_index=True)
    entity = cells["cost_centre"].map(centres.set_index("code")["entity"])
    account = cells["cost_centre"].map(booked).fillna("")
    return cells.assign(entity=entity, account=account)[["entity", *of, "account"]]


def plan_work(cells: pd.DataFrame, drivers: Drivers, horizon: Horizon) -> tuple[Pay, Events]:
    """What the people of a plan cost, and its event `pay` by cost centre: wages, bonus, social, housing."""
    pay = plan_pay(cells, drivers, horizon.periods)
    measures = {"wages": pay.wages, "bonus": pay.bonus, "social": pay.social, "housing": pay.housing}
    sums = {name: sums_by(cells, values, ["entity", "cost_centre", "account"]) for name, values in measures.items()}
    rows = next(iter(sums.values()))[0]
    return pay, Events(rows, {name: values for name, (_, values) in sums.items()})


def conversion_pool(amounts: np.ndarray, lines: pd.DataFrame, overhead: list[str]) -> dict[str, np.ndarray]:
    """By company, what is booked on overhead accounts in each month: the pool that what it makes takes in. `amounts`: lines × periods ×
    draws, debits positive; `lines`: entity, account."""
    chosen = lines["account"].isin(overhead).to_numpy()
    entities, sums = sums_by(lines[chosen], amounts[chosen], ["entity"])
    return dict(zip(entities["entity"], sums, strict=True))
