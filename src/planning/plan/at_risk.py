"""Revenue at risk: what today's subscribers bring if all stay, what leaves with those who go, what new ones must bring.

A charge of a contract is worth the share of it that was booked as revenue in the last closed year, by department and account: prices hold
tax, and some are never paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.periods import month_end, months_after
from planning.plan.books import Books
from planning.plan.cells import line_rows
from planning.plan.losses import ALL, Remember, losses_of
from planning.plan.reforecast import HORIZON, Reforecast
from planning.plan.subscriber_history import Tables
from planning.plan.subscription_books import CELL, shares_of

APART = 0.05
"""How far a month's booked share of the charges may lie from the year's."""


@dataclass(frozen=True)
class AtRisk:
    """Revenue of contracts ahead, in the books' currency.

    `shares`: see booked_shares. `months`: period, CELL (or ALL), there (what those here would bring that month, all staying), lost
    (expected, with those gone by then), its band lower, low, middle, high, upper; forecast (what the reforecast expects of the cell), won
    (what new subscribers must bring for it). `tried`: the same told a year before, with came (what was lost).
    """

    as_of: pd.Timestamp
    shares: pd.DataFrame
    months: pd.DataFrame
    tried: pd.DataFrame


def revenue_at_risk(
    tables: Tables, accounts: Mapping[str, str], books: Books, side: Reforecast, closed: pd.Timestamp, when: pd.Timestamp, level: float,
    workers: int, remember: Remember,
) -> AtRisk:  # fmt: skip
    """What of a reforecast's revenue is at risk with subscribers, as known at `when`. `tables`: of contracts and what subscribers did;
    `accounts`: the revenue account of each plan; `remember`: how what takes long is computed but once."""
    as_of, shares = month_end(closed), shares_of(tables, accounts, books, side.account, closed, when)
    losses = losses_of(tables, accounts, shares, closed, HORIZON, level, workers, remember)
    ahead = side.lines.loc[side.lines["scenario"] == "forecast", ["account", "period", "amount"]]
    return build_at_risk(losses, shares, line_rows(ahead, books.rows, books.tree, side.account, closed, when), as_of)


def build_at_risk(losses: pd.DataFrame, shares: pd.DataFrame, cells: pd.DataFrame, as_of: pd.Timestamp) -> AtRisk:
    """Beside what is expected of the same cells. `cells`: CELL, period, amount ahead, of a reforecast, in the company's currency."""
    if losses.empty:
        return AtRisk(as_of, shares, losses, losses)
    now = losses[losses["day"] == as_of].drop(columns=["day", "came"])
    table = now.assign(period=[months_after(as_of.replace(day=1), int(month)) for month in now["month"]])
    ahead = cells.merge(shares[CELL], on=CELL)
    ahead = pd.concat([ahead.assign(cost_centre=ALL, account=ALL), ahead]).groupby([*CELL, "period"])["amount"].sum().rename("forecast")
    table = table.merge(ahead.reset_index(), on=[*CELL, "period"], how="left", validate="one_to_one")
    table["forecast"] = table["forecast"].fillna(0.0)
    table["won"] = table["forecast"] - (table["there"] - table["lost"])
    return AtRisk(as_of, shares, table, losses[losses["came"].notna()].reset_index(drop=True))


def total(found: AtRisk) -> pd.DataFrame:
    """The months of all accounts together."""
    return found.months[found.months["account"] == ALL].reset_index(drop=True)


def check_at_risk(found: AtRisk | None) -> list[Check]:
    """What must hold: the books follow the contracts, accounts add up to what is told of all; nothing where there are no contracts."""
    if found is None:
        return []
    apart = float((found.shares[["least", "most"]].div(found.shares["share"], axis=0) - 1).abs().max(axis=None))
    parts, whole = (found.months.loc[(found.months["account"] == ALL) == is_all, "lost"].sum() for is_all in (False, True))
    return [
        Check("revenue at risk: what is booked follows the contracts", apart <= APART, f"{apart:.3f} ≤ {APART}"),
        check_close("revenue at risk: accounts add up", float(parts), float(whole), 0.01),
    ]


def at_risk_tables(found: AtRisk | None) -> dict[str, pd.DataFrame]:
    """The tables of a run, by name; none where there are no contracts."""
    return {} if found is None else {"at_risk": found.months, "at_risk_tried": found.tried, "at_risk_shares": found.shares}
