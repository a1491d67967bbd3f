"""Revenue at risk: what today's subscribers bring if all stay, what leaves with those who go, what new ones must bring.

A charge of a contract is worth the share of it that was booked as revenue in the last closed year, by department and account: prices hold
tax, and some are never paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError
from planning.core.periods import month_end, month_range, months_after
from planning.model.backtest import closed_months
from planning.model.leaving import Leaving
from planning.plan.books import Books
from planning.plan.cells import line_rows
from planning.plan.contract_worlds import YEAR, Tried, draw_losses, spread
from planning.plan.known import monthly_actuals
from planning.plan.reforecast import HORIZON, Reforecast
from planning.plan.subscriber_history import CONTRACTS, Tables, check_contracts, known_on, months_left
from planning.plan.subscriber_odds import fit_until, months_before

Remember = Callable[[dict, Callable[[], pd.DataFrame]], pd.DataFrame]
"""What takes long, computed but once for a key."""
CELL = ["cost_centre", "account"]
ALL = ""
"""Department and account of the rows that hold all together."""
SEED = 1
"""From which the worlds of leavers are drawn."""
LOSSES = ["day", "month", *CELL, "there", "lost", "lower", "low", "middle", "high", "upper", "came"]
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


# --------------------------------------------------------------------------------------------------------- what is booked


def booked_shares(actuals: pd.DataFrame, contracts: pd.DataFrame, accounts: Mapping[str, str], as_of: pd.Timestamp) -> pd.DataFrame:
    """By CELL over the last twelve closed months: charges (of the account's contracts in force), booked, share, least, most (a month's).

    `actuals`: CELL, period, amount; `accounts`: the revenue account of each plan. RequestError for plans without one, and where
    nothing was charged or booked.
    """
    unknown = sorted(set(contracts["plan"]) - set(accounts))
    if unknown:
        raise RequestError("subscriptions", [Problem("no account for a plan", "subscriptions.accounts", name) for name in unknown])
    periods = month_range(months_after(as_of.replace(day=1), 1 - YEAR), YEAR)
    account = contracts["plan"].map(accounts)
    charges = pd.DataFrame({period: _in_force(contracts, month_end(period)).groupby(account).sum() for period in periods}).T
    booked = actuals[actuals["account"].isin(charges) & actuals["period"].isin(periods)]
    booked = booked.pivot_table(index="period", columns=CELL, values="amount", aggfunc="sum").reindex(periods).fillna(0.0)
    sums = booked.sum().groupby("account").sum().reindex(charges.columns, fill_value=0.0)
    silent = [code for code in charges if charges[code].sum() <= 0 or sums[code] <= 0]
    if silent:
        said = f"charges {charges[silent[0]].sum():,.0f}, booked {sums[silent[0]]:,.0f}"
        raise RequestError("subscriptions", [Problem("no revenue of a plan's account", f"account {silent[0]}", said, "both above 0")])
    of_cell = charges[booked.columns.get_level_values("account")].set_axis(booked.columns, axis=1)
    monthly, table = booked / of_cell, pd.DataFrame({"charges": of_cell.sum(), "booked": booked.sum()})
    return table.assign(share=table["booked"] / table["charges"], least=monthly.min(), most=monthly.max()).reset_index()


def _in_force(contracts: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """What each contract charges a month at the end of a day, nothing where it isn't in force."""
    return contracts["price"].where((contracts["start"] <= day) & ~(contracts["end"] <= day), 0.0)


# ------------------------------------------------------------------------------------------------------------- what leaves


def losses_ahead(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, as_of: pd.Timestamp, ahead: int, level: float, seed: int,
    workers: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """What leaves with subscribers in the `ahead` months after `as_of`, a month end, and what was told of it a year before.

    day (told at), month (1, 2, …), CELL (or ALL), there, lost, lower, low, middle, high, upper; came (what was lost by then; missing
    where nobody knows yet). No rows where too few left, or stayed, to tell anything. RequestError where contracts contradict each other.
    """
    check_contracts(tables[CONTRACTS])
    now, before, first = (_told(tables, months_before(as_of, YEAR * years), seed, workers) for years in range(3))
    told = [(one, past) for one, past in ((now, before), (before, first)) if now and one]
    tell = lambda one, past: _losses(one, _tried(tables, past), tables, accounts, shares, as_of, ahead, level, seed)  # noqa: E731
    return pd.concat([tell(one, past) for one, past in told], ignore_index=True)[LOSSES] if told else pd.DataFrame(columns=LOSSES)


@dataclass(frozen=True)
class _Told:
    day: pd.Timestamp
    known: pd.DataFrame
    leaving: Leaving


def _told(tables: Tables, day: pd.Timestamp, seed: int, workers: int) -> _Told | None:
    """What is known on a day and learnt from the days before; None where too little is."""
    try:
        return _Told(day, known_on(tables, day), fit_until(tables, day, seed, workers))
    except RequestError:
        return None


def tried_odds(tables: Tables, as_of: pd.Timestamp, seed: int, workers: int = 1) -> Tried | None:
    """The odds of a year told a year before, beside who left in it; None where too little was known then."""
    return _tried(tables, _told(tables, months_before(as_of, YEAR), seed, workers))


def _tried(tables: Tables, told: _Told | None) -> Tried | None:
    if told is None:
        return None
    left = months_left(tables[CONTRACTS], told.known.index, told.day, months_before(told.day, -YEAR)).notna().to_numpy()
    odds = told.leaving.odds(told.known, YEAR)
    return Tried(YEAR, odds, left) if left.any() and not left.all() else None


def _losses(told: _Told, tried: Tried | None, tables: Tables, accounts, shares, as_of, ahead, level, seed) -> pd.DataFrame:
    known, account = told.known, told.known["plan"].map(accounts)
    worth = [(account == row.account).to_numpy() * row.share for row in shares.itertuples()]
    charges = known["price"].to_numpy(float)[:, None] * np.column_stack([*worth, sum(worth)])
    stays = told.leaving.stays(known, np.arange(1, ahead + 1))
    drawn = draw_losses(stays, charges, tried, np.random.default_rng(seed))
    left = months_left(tables[CONTRACTS], known.index, told.day, as_of).to_numpy()
    months = np.arange(1, ahead + 1)
    is_over = [months_before(told.day, -int(month)) <= as_of for month in months]
    came = np.where(is_over, charges.T @ (left[:, None] <= months), np.nan)
    cells = {"there": np.repeat(charges.sum(axis=0)[:, None], ahead, axis=1), "lost": charges.T @ (1 - stays), **spread(drawn, level)}
    rows = pd.concat([shares[CELL], pd.DataFrame([[ALL, ALL]], columns=CELL)]).merge(pd.DataFrame({"month": months}), how="cross")
    return rows.assign(**{name: values.ravel() for name, values in (cells | {"came": came}).items()}, day=told.day)


# ---------------------------------------------------------------------------------------------------------- in the plan


def shares_of(
    tables: Tables, accounts: Mapping[str, str], books: Books, revenue: str, closed: pd.Timestamp, when: pd.Timestamp
) -> pd.DataFrame:
    """`booked_shares` of a company's books as known at `when`. `revenue`: the account of all revenue."""
    sums = monthly_actuals(books.rows, books.tree, revenue)
    actuals = closed_months(sums, closed, when, by=("cost_centre", "leaf")).rename(columns={"leaf": "account"})
    return booked_shares(actuals, tables[CONTRACTS], accounts, month_end(closed))


def losses_of(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, closed: pd.Timestamp, ahead: int, level: float, workers: int,
    remember: Remember,
) -> pd.DataFrame:  # fmt: skip
    """`losses_ahead`, computed but once."""
    key = {"at risk": dict(accounts), "as_of": closed, "ahead": ahead, "level": level}
    return remember(key, partial(losses_ahead, tables, accounts, shares, month_end(closed), ahead, level, SEED, workers))


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
