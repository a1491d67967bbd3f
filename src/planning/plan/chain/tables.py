"""The event tables of a snapshot as a plan takes them: one that a company doesn't keep is there without rows, here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd

from planning.core.events import no_events
from planning.plan.chain.measured import MONTHLY_RETURNS, MONTHLY_SALES

RETURNED = {"period": "datetime64[ns]", "entity": "object", "channel": "object", "category": "object", "product": "object",
            "units": "float64", "net": "float64"}  # fmt: skip
SAID_NOWHERE = "none"
"""The category, or the store, that nobody names."""
AMOUNTS = ["units", "gross", "net", "vat", "cost"]
Event = Callable[[str], pd.DataFrame]


def find_table(name: str, kept: Collection[str], event: Event) -> pd.DataFrame:
    """An event table; without rows where it isn't among those kept. Rows that name no company, where others could, are left out."""
    table = event(name) if name in kept else no_events(name)
    return table[table["entity"].notna()].reset_index(drop=True) if "entity" in table.columns else table


def find_sold(ask: Event, products: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    """MONTHLY_SALES with the category that the list of products says where the order's line says none; and without stores where the
    company keeps no list of its own: those that are named then are its customers'."""
    sold = ask(MONTHLY_SALES).astype({"period": "datetime64[ns]"})
    category = sold["category"].fillna(sold["product"].map(products.set_index("product")["category"])).fillna(SAID_NOWHERE)
    store = sold["store"].fillna(SAID_NOWHERE) if len(stores) else SAID_NOWHERE
    named = sold.assign(category=category, store=store)
    return named.groupby([column for column in named.columns if column not in AMOUNTS], as_index=False)[AMOUNTS].sum()


def find_returned(ask: Event, kept: Collection[str]) -> pd.DataFrame:
    """MONTHLY_RETURNS; without rows where returns aren't kept."""
    if "returns" not in kept:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RETURNED.items()})
    return ask(MONTHLY_RETURNS).astype({"period": "datetime64[ns]"})
