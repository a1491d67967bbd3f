"""The stocks that a plan begins with: what each company keeps, where it comes from, how much lies there and what it is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import months_after
from planning.model.chain.goods import BOUGHT, MADE, Items
from planning.plan.chain.measured import YEAR, lately

ITEM = ["entity", "item"]


def find_items(
    purchases: pd.DataFrame,
    production: pd.DataFrame,
    inventory: pd.DataFrame,
    bills: pd.DataFrame,
    entities: list[str],
    as_of: pd.Timestamp,
) -> Items:
    """What was made, bought or kept in the last year, with what lies there at the end of the last closed month.

    `purchases`, `production`, `inventory`, `bills` (bill_of_materials): event tables; `entities`: the group's, which deliver where they
    are the supplier. Of several sources the one that brought the most; what was made is made. What lies there below nothing counts
    as nothing. What came from the group cost it what the same item is worth there: `at_cost` in the taker's money is that share of the
    price paid.
    """
    rows = _sources(purchases, production, inventory, entities, as_of)
    now = inventory[inventory["date"].dt.to_period("M").dt.to_timestamp() == as_of].groupby(ITEM)[["quantity", "value"]].sum()
    known = rows[ITEM].merge(now.reset_index(), on=ITEM, how="left").fillna({"quantity": 0.0, "value": 0.0})
    units, worth = (known[name].clip(lower=0.0).to_numpy("float64") for name in ("quantity", "value"))
    worth = np.where(units > 0, worth, 0.0)
    made = bills[bills["product"].isin(rows.loc[rows["source"] == MADE, "item"])].reset_index(drop=True)
    return Items(rows, made, units, worth, worth)


def with_group_cost(items: Items, share: np.ndarray) -> Items:
    """The items with what they cost the group: `share`, of each item's worth; 1 where it came from outside."""
    return Items(items.rows, items.bills, items.units, items.worth, items.worth * share)


def group_cost_share(items: Items, purchases: pd.DataFrame, rates: pd.Series, as_of: pd.Timestamp) -> np.ndarray:
    """Of what the group's companies paid each other, the share that the goods cost it: the giver's average worth of a piece over the price
    lately paid, in one currency. `rates`: by entity, what a unit of its currency is worth in the group's. 1 where it can't be told."""
    paid = lately(purchases.assign(period=_months(purchases["date"])), as_of, YEAR).groupby(ITEM)[["amount", "quantity"]].sum()
    price = (paid["amount"] / paid["quantity"].where(paid["quantity"] > 0)).reindex(pd.MultiIndex.from_frame(items.rows[ITEM])).to_numpy()
    each = np.divide(items.worth, items.units, out=np.full(len(items.worth), np.nan), where=items.units > 0)
    within = ~items.rows["source"].isin([MADE, BOUGHT]).to_numpy()
    giver = np.where(within, items.places(items.rows["source"], items.rows["item"]), 0)
    worth = rates.reindex(items.rows["entity"]).to_numpy("float64")
    share = each[giver] * worth[giver] / (price * worth)
    return np.where(within & np.isfinite(share), np.clip(share, 0.0, 1.0), 1.0)


def past_stock(items: Items, purchases: pd.DataFrame, production: pd.DataFrame, inventory: pd.DataFrame) -> pd.DataFrame:
    """What lay in stock at each month's end and went out in it, units: entity, item, period, closing, out; from the second month on."""
    lay = inventory.assign(period=_months(inventory["date"])).groupby([*ITEM, "period"])["quantity"].sum()
    came = _came(purchases, production).groupby([*ITEM, "period"])["quantity"].sum().reindex(lay.index, fill_value=0.0)
    table = lay.rename("closing").reset_index().sort_values([*ITEM, "period"]).assign(came=came.to_numpy())
    before = table.groupby(ITEM)["closing"].shift()
    follows = table.groupby(ITEM)["period"].shift() == table["period"] - pd.DateOffset(months=1)
    table["out"] = (before + table["came"] - table["closing"]).where(follows)
    kept = table.merge(items.rows[ITEM], on=ITEM)
    return kept.dropna(subset=["out"]).drop(columns="came").reset_index(drop=True)


def _sources(
    purchases: pd.DataFrame, production: pd.DataFrame, inventory: pd.DataFrame, entities: list[str], as_of: pd.Timestamp
) -> pd.DataFrame:
    """entity, item, source of all that moved or lay there in the last year."""
    came = lately(_came(purchases, production), as_of, YEAR)
    came["source"] = came["source"].where(came["source"].isin([*entities, MADE]), BOUGHT)
    sums = came.groupby([*ITEM, "source"], as_index=False)["quantity"].sum()
    sums["rank"] = sums["quantity"].where(sums["source"] != MADE, np.inf)
    most = sums.sort_values([*ITEM, "rank", "source"]).drop_duplicates(ITEM, keep="last")[[*ITEM, "source"]]
    kept = inventory[inventory["date"] > months_after(as_of, -YEAR) + pd.offsets.MonthEnd(0)][ITEM].drop_duplicates()
    every = kept.merge(most, on=ITEM, how="outer").fillna({"source": BOUGHT})
    return every.sort_values(ITEM, ignore_index=True)


def _came(purchases: pd.DataFrame, production: pd.DataFrame) -> pd.DataFrame:
    """What came in: entity, item, source, period, quantity."""
    bought = purchases.rename(columns={"supplier": "source"})[[*ITEM, "source", "date", "quantity"]]
    made = production.rename(columns={"product": "item"}).assign(source=MADE)[[*ITEM, "source", "date", "quantity"]]
    both = pd.concat([bought.fillna({"source": BOUGHT}), made], ignore_index=True)
    return both.assign(period=_months(both["date"]))


def _months(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.to_timestamp().astype("datetime64[ns]")
