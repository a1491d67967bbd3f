"""Rates measured in the books: what debt and deposits bore lately, and what profit was taxed at."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from planning.core.drivers import Driver
from planning.core.periods import month_text, months_after
from planning.plan.chain.meanings import measured
from planning.plan.chain.measured import YEAR, lately

MONTHS = 12


def tax_rate(profit: pd.DataFrame, tax: pd.DataFrame, entities: Collection[str], as_of: pd.Timestamp) -> Driver:
    """income_tax by entity: the last year's tax over its profit before tax, between 0 and 1.

    `profit`, `tax`: entity, period, amount (profit above 0). A company that earned nothing is taxed like the middle one of the others;
    nothing is said where none earned anything.
    """
    earned, taken = (lately(table, as_of, YEAR).groupby("entity")["amount"].sum().astype("float64") for table in (profit, tax))
    rate = (taken.reindex(earned.index, fill_value=0.0) / earned.where(earned > 0)).clip(0.0, 1.0).dropna()
    every = rate.reindex(sorted(entities)).fillna(rate.median()).dropna()
    return measured("income_tax", _table(every), f"tax over profit, {_year(as_of)}")


def interest_rate(name: str, interest: pd.DataFrame, stood: pd.DataFrame, entities: Collection[str], as_of: pd.Timestamp) -> Driver:
    """loan_rate or deposit_rate by entity: the last year's interest over what stood at the same months' ends, a year; between 0 and 1.

    `interest`, `stood`: entity, period, amount. 0 where nothing stood. Example: 2 in each month on 200 is 0.12.
    """
    bore, lay = (lately(table, as_of, YEAR).groupby(["entity", "period"])["amount"].sum() for table in (interest, stood))
    both = pd.DataFrame({"lay": lay}).assign(bore=bore.reindex(lay.index, fill_value=0.0)).groupby(level="entity").sum()
    rate = (MONTHS * both["bore"] / both["lay"].where(both["lay"] > 0)).clip(0.0, 1.0).reindex(sorted(entities)).fillna(0.0)
    return measured(name, _table(rate), f"interest over month-end balances, {_year(as_of)}")


def _table(rates: pd.Series) -> pd.DataFrame:
    return rates.rename_axis("entity").rename("value").reset_index()


def _year(as_of: pd.Timestamp) -> str:
    return f"{month_text(months_after(as_of, 1 - YEAR))} to {month_text(as_of)}"
