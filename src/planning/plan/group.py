"""A group's figures as one company's: in one currency, without what its companies sold to each other.

Nothing is overwritten: what is taken out stands in rows of its own, layer `elimination`, which add up with the booked ones.
"""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.errors import Problem, RequestError
from planning.core.money import round_cents

NO_DEALINGS = pd.DataFrame({"account": [], "period": pd.DatetimeIndex([]), "amount": [], "matched": []})
"""What a group sold to itself, by account and month: amount, and how much of it was taken off costs too."""


def in_one_currency(
    rows: pd.DataFrame, translated: pd.DataFrame | None, entities: pd.DataFrame, tree: AccountTree, currency: str, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Sourced rows in the group's currency, and what a unit of each other currency was worth by entity in the last closed month.

    Actuals of entities that keep another currency are those that intake translated. Their plans, and what was
    booked before a correction, are taken at the average rate that their own month's actuals were translated at, and months after
    `as_of` at that of `as_of`: a later rate isn't known yet.
    RequestError where such an entity has rows and nothing was translated.
    """
    kept = entities.set_index("code")["currency"]
    foreign = rows["entity"].map(kept) != currency
    if not foreign.any():
        return rows, {}
    if translated is None:
        got = ", ".join(sorted(rows.loc[foreign, "entity"].unique()))
        wrong = Problem(f"books in another currency than {currency}", "snapshot", got, "a table of rates", "then run planning intake")
        raise RequestError("entities", [wrong])
    own, ours = rows[foreign], translated[translated["account"].isin(rows["account"].unique())].drop(columns="currency")
    rates = _average_rates(own, ours, tree)
    cells = [column for column in own.columns if column not in ("known", "source", "amount")]
    corrected = own.sort_values("known", kind="stable").duplicated(cells, keep="last").reindex(own.index)
    plans = own[(own["scenario"] != "actual") | corrected]
    day = plans["period"].clip(upper=as_of)
    amount = plans["amount"] * _rate_at(rates, plans["entity"], day)
    told = plans.assign(amount=amount)[amount.notna()]
    told = told.assign(amount=round_cents(told["amount"]), source=told["source"].where(told["scenario"] != "actual", "translated"))
    actual = ours[ours["scenario"] == "actual"].assign(source="translated")
    last = rates[rates["period"] <= as_of].sort_values("period").drop_duplicates("entity", keep="last")
    return pd.concat([rows[~foreign], actual, told], ignore_index=True), last.set_index("entity")["rate"].to_dict()


def _average_rates(own: pd.DataFrame, ours: pd.DataFrame, tree: AccountTree) -> pd.DataFrame:
    """entity, period, rate: what flows of a month were translated at."""
    flows = tree.accounts.index[tree.accounts["aggregation"] == "flow"]
    sums = []
    for table in (own, ours):
        used = table[(table["scenario"] == "actual") & table["account"].isin(flows)]
        keys = [column for column in used.columns if column not in ("known", "source", "amount")]
        newest = used.sort_values("known", kind="stable").drop_duplicates(keys, keep="last")
        sums.append(newest["amount"].abs().groupby([newest["entity"], newest["period"]]).sum())
    rate = (sums[1] / sums[0].where(sums[0] > 0)).dropna().rename("rate").reset_index()
    return rate.sort_values(["period", "entity"], ignore_index=True)


def _rate_at(rates: pd.DataFrame, entity: pd.Series, day: pd.Series) -> pd.Series:
    """Each row's entity's rate of that month, or the last one before it; missing where there is none."""
    asked = pd.DataFrame({"entity": entity, "period": day, "place": range(len(entity))}).sort_values("period", kind="stable")
    found = pd.merge_asof(asked, rates, on="period", by="entity").sort_values("place")
    return pd.Series(found["rate"].to_numpy(), index=entity.index)


def eliminated_rows(
    rows: pd.DataFrame, tree: AccountTree, entities: pd.DataFrame, revenue: str, spending: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that take the group's sales to itself out of revenue, and as much out of costs; and NO_DEALINGS' columns of them.

    A sale within the group is a row of revenue whose partner is another company of the group; a plan without partners is one where
    all actual rows of its account are. The buyer's costs hold the seller's price, so the same amount comes off the costs, on
    the seller's own accounts of such sales, in their proportion; profit on goods that still lie in stock isn't taken out.
    Where rows have no partner nothing is known to be within the group.
    """
    if "partner" not in rows.columns:
        return rows.iloc[:0], NO_DEALINGS.copy()
    inside = rows["partner"].isin(entities["code"]) & (rows["partner"] != rows["entity"])
    sold = _within(rows, inside, tree.leaves(revenue))
    if sold.empty:
        return rows.iloc[:0], NO_DEALINGS.copy()
    cost = _within(rows, inside, tree.leaves(spending))
    keys = ["scenario", "version", "entity", "period"]
    sales = sold.groupby(keys)["amount"].sum()
    spent = cost.groupby(keys)["amount"].transform("sum")
    factor = pd.Series(sales.reindex(pd.MultiIndex.from_frame(cost[keys])).to_numpy(), index=cost.index) / spent.where(spent != 0)
    matched = cost.assign(amount=round_cents((cost["amount"] * factor).fillna(0.0)))
    away = pd.concat([sold, matched[matched["amount"] != 0]]).assign(layer="elimination")
    return away.assign(amount=-away["amount"]), _dealings(sold, matched)


def _within(rows: pd.DataFrame, inside: pd.Series, accounts: list[str]) -> pd.DataFrame:
    used = rows[rows["account"].isin(accounts)]
    actual = used[used["scenario"] == "actual"]
    share = inside[actual.index].groupby(actual["account"]).all()
    return used[inside[used.index] | ((used["scenario"] != "actual") & used["account"].map(share).fillna(False).astype(bool))]


def _dealings(sold: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    tables = [table[table["scenario"] == "actual"] for table in (sold, matched)]
    sums = [table.groupby(["account", "period"])["amount"].sum() for table in tables]
    by_month = tables[1].groupby("period")["amount"].sum()
    found = sums[0].reset_index()
    share = found["amount"] / found.groupby("period")["amount"].transform("sum")
    return found.assign(matched=share * found["period"].map(by_month).fillna(0.0))
