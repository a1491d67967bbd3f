"""Operating costs that don't simply go on: those that follow what is done, those requested anew, what a case adds or cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.drivers import Driver
from planning.core.errors import Problem, RequestError, at_most
from planning.model.chain.people import Pay
from planning.model.chain.sales import Sales
from planning.model.drivers import Drivers
from planning.plan.chain.meanings import measured
from planning.plan.chain.measured import YEAR, basis_of, lately
from planning.plan.chain.running import BY, CELL

RATE, CHANGE, EXTRA, REQUEST = "activity_rate", "running_change", "extra_cost", "cost_request"
"""The drivers of operating costs: of a unit of what is done, share on top of what goes on, amount on top, and amount instead."""
PER = ("net", "units", "people")
"""What costs may follow: net sales, pieces sold, people at work."""


@dataclass(frozen=True)
class Activity:
    """An account whose cost follows what a company does: `per` one of PER; of sales in `channels` alone, in all where none is named."""

    account: str
    per: str
    channels: tuple[str, ...] = ()


def activity_rate(
    booked: pd.DataFrame, sold: pd.DataFrame, pay: pd.DataFrame, activities: Sequence[Activity], as_of: pd.Timestamp
) -> Driver:
    """What an account cost for a unit of its activity in the last year, by company; nothing where nothing was done.

    `booked`: entity, account, period, amount; `sold`: measured.MONTHLY_SALES; `pay`: entity, period, heads.
    Example: 20 of commissions on 400 of net sales are 0.05.
    """
    cost = lately(booked, as_of, YEAR).groupby(BY)["amount"].sum()
    year, heads = lately(sold, as_of, YEAR), lately(pay, as_of, YEAR)
    parts = []
    for one in activities:
        done = heads.groupby("entity")["heads"].sum() if one.per == "people" else _of(one, year).groupby("entity")[one.per].sum()
        own = cost.xs(one.account, level="account") if one.account in cost.index.get_level_values("account") else cost.iloc[:0]
        rate = (own / done.where(done > 0)).dropna() if len(own) else own
        parts.append(pd.DataFrame({"entity": rate.index.get_level_values("entity"), "account": one.account, "value": rate.to_numpy()}))
    table = pd.concat([pd.DataFrame({"entity": [], "account": [], "value": []}), *parts], ignore_index=True)
    return measured(RATE, table.astype({"entity": object, "account": object, "value": float}), basis_of(year))


def activity_costs(
    activities: Sequence[Activity], sales: Sales, pay: Pay, drivers: Drivers, periods: pd.DatetimeIndex
) -> dict[tuple[str, str], np.ndarray]:
    """By company and account what the planned activity costs, periods × draws; only where a rate is known or said."""
    found = {}
    for one in activities:
        cells, base = (pay.cells, pay.people) if one.per == "people" else (sales.cells, getattr(sales, one.per))
        kept = np.ones(len(cells), bool) if one.per == "people" or not one.channels else cells["channel"].isin(one.channels).to_numpy()
        known = _told(drivers, one.account)
        for entity in sorted(set(cells.loc[kept, "entity"]) if None in known else set(cells.loc[kept, "entity"]) & known):
            rate = drivers.values_of(RATE, pd.DataFrame({"entity": [entity], "account": [one.account]}), periods)[0]
            done = base[kept & (cells["entity"] == entity).to_numpy()].sum(axis=0)
            found[entity, one.account] = done[: len(periods)] * rate
    return found


def _of(activity: Activity, sold: pd.DataFrame) -> pd.DataFrame:
    return sold[sold["channel"].isin(activity.channels)] if activity.channels else sold


def _told(drivers: Drivers, account: str) -> set[str | None]:
    """The companies whose rate for an account is measured or said; None among them where it is said of all."""
    driver = drivers[RATE]
    said = {entry.where.get("entity") for entry in (*driver.entries, *driver.case) if entry.where.get("account") in (account, None)}
    table = driver.measured
    return said | (set() if table is None else set(table.loc[table["account"] == account, "entity"]))


# ------------------------------------------------------------------------------------------------- cut, added, requested


def with_requests(
    rows: pd.DataFrame, amounts: np.ndarray, drivers: Drivers, homes: Mapping[str, str], periods: pd.DatetimeIndex
) -> tuple[pd.DataFrame, np.ndarray]:
    """What goes on, changed by `running_change`, with `extra_cost` on top, and `cost_request` instead where and from when somebody
    requests: CELL, and amounts in the account's direction. Cells of which only a driver speaks are new ones.

    `rows`: CELL; `homes`: the company of each cost centre. RequestError where an amount names no department or no account.
    """
    named = _named(drivers, homes)
    new = named.merge(rows[CELL], on=CELL, how="left", indicator=True).query("_merge == 'left_only'")[CELL]
    cells = pd.concat([rows[CELL], new], ignore_index=True)
    none = np.zeros((len(new), *amounts.shape[1:]))
    change, extra, instead = (drivers.values_of(name, cells, periods) for name in (CHANGE, EXTRA, REQUEST))
    whole = np.concatenate([amounts, none]) * (1 + change) + extra
    return cells, np.where(_is_said(drivers, cells, periods), instead, whole)


def _named(drivers: Drivers, homes: Mapping[str, str]) -> pd.DataFrame:
    """The cells that amounts are said of."""
    found, problems = [], []
    for name in (EXTRA, REQUEST):
        if drivers[name].formula:
            problems.append(Problem("a formula of no department or account", f"driver {name}", drivers[name].formula, "values"))
        for entry in (*drivers[name].entries, *drivers[name].case):
            centre, account = entry.where.get("cost_centre"), entry.where.get("account")
            if centre is None or account is None or centre not in homes:
                problems.append(Problem("an amount of no department or account", name, entry.about, "a known cost_centre and an account"))
            else:
                found.append((homes[centre], account, centre))
    if problems:
        raise RequestError("drivers", at_most(problems))
    return pd.DataFrame(found, columns=CELL, dtype=object).drop_duplicates(ignore_index=True)


def _is_said(drivers: Drivers, cells: pd.DataFrame, periods: pd.DatetimeIndex) -> np.ndarray:
    """Where and when anybody requests anything."""
    driver = drivers[REQUEST]
    ones = {name: tuple(replace(entry, value=1.0, change="value") for entry in getattr(driver, name)) for name in ("entries", "case")}
    return Drivers([replace(driver, **ones)]).values_of(REQUEST, cells, periods) > 0
