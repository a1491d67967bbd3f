"""Subscribers in a planned year: what the plan loses with them, what offers keep, what is left to be won; steps of the profit's bridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from planning.core.periods import FiscalCalendar, month_end, months_after, months_between
from planning.model.drivers import Drivers
from planning.plan.books import Books
from planning.plan.chain.sources import Asked
from planning.plan.losses import ALL, SEED, Remember, losses_of
from planning.plan.reforecast import HORIZON
from planning.plan.retention import Retention, check_terms, offers_ahead, read_offers, with_retention, without_offers
from planning.plan.subscriber_history import CONTRACTS, Tables
from planning.plan.subscription_books import Subscriptions, serving_costs, shares_of


@dataclass(frozen=True)
class Customers:
    """Subscribers as a budget year sees them. `accounts`: those of their revenue; `lost`: what the year earns less than the running one
    since some of those who pay in it leave, missing where too few left to tell; `shares`: booked_shares; `serving`: serving_costs;
    `offers`: to keep some of them, or none; `booked_on`: the account of what these cost."""

    accounts: tuple[str, ...]
    lost: float
    shares: pd.DataFrame
    serving: pd.DataFrame
    offers: Retention | None = None
    booked_on: str = ""

    @property
    def kept(self) -> float:
        """What offers keep in the months up to the end of the budget year."""
        return 0.0 if self.offers is None else float(self.offers.months["kept"].sum())

    @property
    def margin(self) -> float:
        """What the books keep of each unit charged, after tax and what serving costs: a share, of the last twelve closed months."""
        return float((self.shares["booked"].sum() - self.serving["booked"].sum()) / self.shares.groupby("account")["charges"].first().sum())

    @property
    def served(self) -> float:
        """What serving those kept costs in the months up to the end of the budget year."""
        return self.kept * float(self.serving["share"].sum())

    def planned(self, given: Drivers) -> Drivers:
        """The drivers with what offers cost and keep, and what that costs to serve."""
        return given if self.offers is None else with_retention(given, self.offers, self.booked_on, self.serving)



def find_customers(
    tables: Tables, told: Subscriptions, books: Books, asked: Asked, terms: Mapping[str, float], level: float, remember: Remember
) -> Customers:
    """What is lost by the end of a budget year, and the offers of its first open month. `tables`: of contracts and what subscribers did;
    `terms`: of the offers (retention.TERMS), none where empty.

    RequestError where the terms make no sense, or contracts and books can't be read together.
    """
    closed, accounts, calendar = asked.as_of, told.accounts, asked.calendar
    as_of, last = month_end(closed), calendar.last(asked.fiscal_year)
    first = max(calendar.first(asked.fiscal_year), months_after(closed, 1))
    ahead = max(HORIZON, months_between(closed, last))
    shares = shares_of(tables, accounts, books, books.roles["revenue"], closed, asked.when)
    serving = serving_costs(books, told.serving, shares, closed, asked.when)
    losses = losses_of(tables, accounts, shares, closed, ahead, level, asked.workers, remember)
    lost = lost_by_year(tables, accounts, shares, losses, as_of, calendar, asked.fiscal_year)
    offers = None
    if terms:
        check_terms(terms, told.offers)
        begins = months_between(closed, first) - 1
        make = partial(offers_ahead, tables, accounts, shares, as_of, begins, terms, level, SEED, asked.workers)
        key = {"offers": dict(terms), "of": dict(accounts), "as_of": closed, "begins": begins, "level": level}
        made = read_offers(remember(key, make), as_of, first, terms)
        offers = replace(made, months=made.months[made.months["period"].between(first, last)])
    return Customers(tuple(dict.fromkeys(accounts.values())), lost, shares, serving, offers, told.offers)


def case_without(customers: Customers | None) -> dict[str, dict]:
    """The plan without offers as a case of a run's parameters, by name; none where there are no offers."""
    if customers is None or customers.offers is None:
        return {}
    return {"without_offers": without_offers(customers.offers, customers.booked_on, customers.serving)}


def lost_by_year(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, losses: pd.DataFrame, as_of: pd.Timestamp, calendar: FiscalCalendar,
    fiscal_year: int,
) -> float:  # fmt: skip
    """What a budget year earns less than the one before it since subscribers leave: what those gone by `as_of` still paid in the running
    year, and what those here are expected to take away in the budget year beyond what they take in the running one's open months.

    Example: somebody who paid 10 a month in January and February and left takes 20; one who pays 10 and leaves for certain at the end of
    October takes 20 of the running year and 120 of the next: 100.
    """
    if losses.empty:
        return float("nan")
    contracts = tables[CONTRACTS]
    worth = contracts["price"] * contracts["plan"].map(accounts).map(shares.groupby("account")["share"].sum())
    start = calendar.first(fiscal_year - 1)
    closed = [month_end(period) for period in pd.date_range(start, as_of, freq="MS")]
    there = lambda day: (contracts["start"] <= day) & ~(contracts["end"] <= day)  # noqa: E731
    here = set(contracts.loc[there(as_of), "subscriber"])
    gone = ~contracts["subscriber"].isin(here)
    paid = sum(float(worth[gone & there(day)].sum()) for day in closed)
    now = losses[(losses["day"] == as_of) & (losses["account"] == ALL)]
    periods = pd.DatetimeIndex([months_after(as_of.replace(day=1), int(month)) for month in now["month"]])
    years, lost = np.asarray(calendar.fiscal_year(periods)), now["lost"].to_numpy(float)
    return paid + float(lost[years == fiscal_year].sum() - lost[years == fiscal_year - 1].sum())


def customer_steps(customers: Customers | None, change: float) -> dict[str, float]:
    """The steps of the bridge from one year's profit to the next: lost, kept by offers and won, which is what is left of the `change` of
    their revenue, those won in the running year for a whole year included. None where nothing is known of subscribers."""
    if customers is None or np.isnan(customers.lost):
        return {}
    steps = {"customers_lost": -customers.lost, "customers_kept": customers.kept}
    return steps | {"customers_won": change - sum(steps.values())}
