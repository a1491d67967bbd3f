"""Planned rates of exchange: each month's closing by currency, and the average between two closings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.drivers import Driver
from planning.core.errors import Problem, RequestError
from planning.core.periods import month_text, months_after
from planning.model.drivers import Drivers
from planning.plan.chain.meanings import measured


def exchange_rate(rates: pd.DataFrame) -> Driver:
    """The last closing of each currency: what a unit of it was worth in the company's. `rates`: date, currency, closing, as known."""
    newest = rates.sort_values("date").drop_duplicates("currency", keep="last")
    until = f" of {month_text(newest['date'].max())}" if len(newest) else ""
    return measured("exchange_rate", newest[["currency"]].assign(value=newest["closing"]), f"last closing{until}")


def planned_rates(drivers: Drivers, entities: pd.DataFrame, rates: pd.DataFrame, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """The rates that a consolidation of the plan takes, from the month before the first on: period, currency, average, closing; and draw,
    where rates are drawn. `entities`: code, currency; `rates`: those known when the plan begins.

    The driver `exchange_rate` is a month's closing. The average is the mean of the closing before and the month's own, as if the rate had
    moved evenly between them. RequestError where a currency has no rate. Example: closings 0.90 and 0.92 make an average of 0.91.
    """
    foreign = _foreign(drivers, entities)
    closing = drivers.values_of("exchange_rate", pd.DataFrame({"currency": foreign}, dtype=object), periods)
    known = exchange_rate(rates).measured.set_index("currency")["value"].reindex(foreign).to_numpy("float64")
    opening = np.where(np.isnan(known)[:, None], closing[:, 0], known[:, None])[:, None]
    whole = np.concatenate([opening, closing], axis=1)
    average = np.concatenate([opening, (whole[:, :-1] + whole[:, 1:]) / 2], axis=1)
    months = pd.DatetimeIndex([months_after(periods[0], -1), *periods])
    index = pd.MultiIndex.from_product([foreign, months, range(whole.shape[2])], names=["currency", "period", "draw"])
    table = pd.DataFrame({"average": average.ravel(), "closing": whole.ravel()}, index=index).reset_index()
    return table[["period", "currency", *(["draw"] if whole.shape[2] > 1 else []), "average", "closing"]]


def average_worth(drivers: Drivers, entities: pd.DataFrame, rates: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
    """What a unit of each entity's currency is worth in the company's on average in a month: entities × periods × draws; 1 of its own."""
    table = planned_rates(drivers, entities, rates, periods)
    shape = (len(periods), table["draw"].nunique() if "draw" in table else 1)
    worth = {name: rows["average"].to_numpy().reshape(-1, shape[1])[1:] for name, rows in table.groupby("currency")}
    return np.stack([worth.get(currency, np.ones(shape)) for currency in entities["currency"]])


def _foreign(drivers: Drivers, entities: pd.DataFrame) -> list[str]:
    """The currencies that need a rate: all but the company's own, which alone may have none."""
    driver = drivers["exchange_rate"]
    told = {entry.where.get("currency") for entry in (*driver.entries, *driver.case)}
    told |= {*driver.measured["currency"]} if driver.measured is not None else set()
    used = sorted({*entities["currency"].dropna()})
    untold = [currency for currency in used if currency not in told]
    if len(untold) > 1:
        said = "a rate for each but the company's own: driver exchange_rate"
        raise RequestError("exchange rates", [Problem("currencies without a rate", ", ".join(untold), next=said)])
    return [currency for currency in used if currency in told]
