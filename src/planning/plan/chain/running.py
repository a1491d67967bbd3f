"""Running costs and incomes: what no driver moves goes on as the engine sees it, by account, in the departments that have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.model.forecast import Forecast, tried_forecast
from planning.model.ledger import Events
from planning.plan.chain.measured import YEAR, lately

BY = ["entity", "account"]
CELL = [*BY, "cost_centre"]
SELDOM = 0.5
"""Of its months since the first, in how many an account moves at most that isn't booked regularly."""
Other = tuple[str, str]
"""The other side of what is booked: an account, and the movement of it."""


def running_history(rows: pd.DataFrame, accounts: Collection[str], as_of: pd.Timestamp, when: pd.Timestamp) -> pd.DataFrame:
    """What was booked on some accounts by month, as known: CELL, period, amount; in each account's direction and its entity's currency."""
    used = rows[(rows["scenario"] == "actual") & (rows["grain"] == "month") & rows["account"].isin(set(accounts))]
    used = used[(used["known"] <= when) & (used["period"] <= as_of)].sort_values("known", kind="stable")
    keys = [column for column in used.columns if column not in ("known", "source", "amount")]
    newest = used.drop_duplicates(keys, keep="last")
    return newest.groupby([*CELL, "period"], as_index=False)["amount"].sum()


def forecast_running(
    history: pd.DataFrame, as_of: pd.Timestamp, horizon: int, method: str, workers: int = 1, country: str | None = None
) -> Forecast:
    """The accounts of each company that moved lately, forecast by the one door."""
    return tried_forecast(running_table(history, as_of), horizon, method, BY, workers, country=country)


def running_table(history: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What is forecast: BY, period, amount of the accounts of each company that moved lately. A month between others is 0 without rows;
    and so is one before the first of an account that moves seldom, in SELDOM of its months at most: it was quiet then, too."""
    sums = history.groupby([*BY, "period"], as_index=False)["amount"].sum()
    alive = lately(sums, as_of, YEAR).loc[lambda table: table["amount"] != 0, BY].drop_duplicates()
    wide = sums.merge(alive, on=BY).pivot(index=BY, columns="period", values="amount")
    filled = wide.reindex(columns=pd.date_range(sums["period"].min(), as_of, freq="MS"))
    since, moved = filled.notna().cummax(axis=1), (filled.fillna(0.0) != 0).sum(axis=1)
    begun = since.groupby(level="entity").transform("max").astype(bool)
    quiet = begun & (moved <= since.sum(axis=1) * SELDOM).to_numpy()[:, None]
    filled = filled.where(filled.notna() | ~(since | quiet), 0.0)
    return filled.rename_axis(columns="period").stack().rename("amount").reset_index()


def running_events(
    forecast: Forecast, history: pd.DataFrame, as_of: pd.Timestamp, periods: pd.DatetimeIndex,
    missed: np.ndarray | None = None, told: Mapping[tuple[str, str], np.ndarray] | None = None,
) -> Events:  # fmt: skip
    """What runs on, by CELL: amount, in the account's direction.

    A company's account is shared out to its departments as they booked on it in the last year, or lately where a year says nothing.
    `missed`: what the forecast misses by, BY sorted × periods × draws; `told`: by company and account what is known to come instead.
    """
    share = _shares(history, as_of)
    wide = forecast.rows.pivot(index=BY, columns="period", values="amount").reindex(columns=periods)
    whole = wide.to_numpy("float64")[:, :, None] + (0.0 if missed is None else missed)
    for key, known in (told or {}).items():
        if key in wide.index:
            whole = np.broadcast_to(whole, np.broadcast_shapes(whole.shape, (1, *known.shape))).copy()
            whole[wide.index.get_loc(key)] = known
    cells = share.merge(wide.index.to_frame(index=False).assign(place=np.arange(len(wide))), on=BY)
    amounts = whole[cells["place"].to_numpy()] * cells["share"].to_numpy()[:, None, None]
    return Events(cells[CELL].reset_index(drop=True), {"amount": amounts})


def _shares(history: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """CELL and share: of each company's account, that of each department; by what they booked, whichever its sign."""
    year = lately(history, as_of, YEAR).assign(amount=lambda table: table["amount"].abs())
    sums = year.groupby(CELL)["amount"].sum()
    whole = sums.groupby(level=BY).transform("sum")
    return (sums / whole).where(whole > 0).dropna().rename("share").reset_index()


def settles_by_account(tree: AccountTree, accounts: Collection[str], said: Mapping[str, Other]) -> dict[str, Other]:
    """For each account the one on the other side of what is booked on it: what is said of it, or of the nearest account above it."""
    above = tree.accounts["parent"].to_dict()
    found = {}
    for account in accounts:
        code = account
        while code not in said and isinstance(above.get(code), str):
            code = above[code]
        if code in said:
            found[account] = said[code]
    return found
