"""Volumes: what would be sold at today's prices, forecast by category in each channel and store."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import months_after
from planning.model.forecast import Forecast, tried_forecast
from planning.plan.chain.measured import RECENT, lately

PLACE = ["entity", "channel", "store", "category"]
"""What a volume is forecast for."""


def volume_history(sold: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Pieces by PLACE and period up to the last closed month, of places that sold something in the last months: a closed store has no
    future. Months without a sale between others are 0."""
    known = sold[sold["period"] <= as_of].groupby([*PLACE, "period"], as_index=False)["units"].sum().rename(columns={"units": "amount"})
    alive = lately(known, as_of, RECENT).loc[lambda table: table["amount"] > 0, PLACE].drop_duplicates()
    wide = known.merge(alive, on=PLACE).pivot(index=PLACE, columns="period", values="amount")
    months = pd.date_range(known["period"].min(), as_of, freq="MS")
    filled = wide.reindex(columns=months)
    filled = filled.where(filled.notna() | ~filled.notna().cummax(axis=1), 0.0)  # before the first sale nothing is known
    return filled.rename_axis(columns="period").stack().rename("amount").reset_index()


def forecast_volumes(
    history: pd.DataFrame, horizon: int, method: str, workers: int = 1, country: str | None = None
) -> Forecast:
    """The volumes of the months ahead, each place by the one door, with its trial."""
    return tried_forecast(history, horizon, method, PLACE, workers, country=country)


def volume_table(
    forecast: Forecast, as_of: pd.Timestamp, horizon: int, missed: np.ndarray | None = None
) -> tuple[pd.DataFrame, np.ndarray, pd.DatetimeIndex]:
    """The forecast as cells (PLACE), pieces (cells × periods × 1, never below 0) and periods. `missed`: pieces by which it misses, cells
    in this order × periods × draws."""
    periods = pd.date_range(months_after(as_of, 1), periods=horizon, freq="MS")
    wide = forecast.rows.pivot(index=PLACE, columns="period", values="amount").reindex(columns=periods)
    pieces = wide.to_numpy("float64")[:, :, None] + (0.0 if missed is None else missed)
    return wide.index.to_frame(index=False), np.maximum(pieces, 0.0), periods
