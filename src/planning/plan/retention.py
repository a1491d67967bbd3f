"""The retention budget: offers to those subscribers for whom one pays, as drivers of a plan: what they cost, what revenue they keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.drivers import Driver, Entry
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.periods import month_text, months_after
from planning.model.drivers import Drivers
from planning.model.uplift import Uplift
from planning.plan.chain.activities import EXTRA
from planning.plan.contract_worlds import draw_worlds, ends
from planning.plan.experiment import Terms, known_offer, net_gains, read_experiment, there_at, with_offer
from planning.plan.losses import tried_odds
from planning.plan.subscriber_history import Tables, known_on
from planning.plan.subscriber_odds import fit_until
from planning.plan.subscription_books import CELL

TERMS = ("offer_cost", "margin", "discount_rate", "save_rate", "months_ahead")
"""What a run says of the offers."""
DRIVER = Driver(EXTRA, "currency", "Extra cost", "额外费用")
CONSTANT = ["offers", "cost", "gain", "lower", "upper", "odds", "told", "kept_share", "error", "day"]


@dataclass(frozen=True)
class Retention:
    """Offers made in the month `first`. `months`: period, CELL, kept (revenue a month that they keep, expected). `outcome`: offers
    (expected: those still there), cost, gain (discounted, after the cost, of all months that count), its band lower and upper, odds (of a
    gain), told (whether an experiment tells what they do, in `day`; kept_share and error: what it told), else save_rate is assumed; margin:
    of charges, as assumed for the gain."""

    first: pd.Timestamp
    months: pd.DataFrame
    outcome: pd.Series
    save_rate: float
    margin: float


def check_terms(wanted: Mapping[str, float], booked_on: str) -> None:
    """RequestError for terms that are missing, unknown or make no sense, and where no account is told to book their cost on."""
    problems = [] if booked_on else [Problem("no account for what offers cost", "subscriptions.offers", next="name it in company.yaml")]
    problems += [Problem("unknown term", "retention", name, next=did_you_mean(name, TERMS)) for name in wanted if name not in TERMS]
    problems += [Problem(f"{name} is missing", "retention", expected="a number") for name in TERMS if name not in wanted]
    wrong = [name for name in TERMS if name in wanted and not (isinstance(wanted[name], int | float) and wanted[name] >= 0)]
    problems += [Problem("no term of an offer", f"retention.{name}", repr(wanted[name]), "a number from 0") for name in wrong]
    if problems:
        raise RequestError("retention", problems)


def offers_ahead(
    tables: Tables, accounts: Mapping[str, str], shares: pd.DataFrame, as_of: pd.Timestamp, begins: int, wanted: Mapping[str, float],
    level: float, seed: int, workers: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Offers made `begins` months after `as_of`, a month end, to those for whom one is expected to pay: month (1, 2, …), CELL, kept; and
    in each row CONSTANT, see Retention.

    `shares`: at_risk.booked_shares; `wanted`: by TERMS. RequestError where too little is known of subscribers, or of an experiment.
    """
    ahead = begins + int(wanted["months_ahead"])
    terms = Terms(wanted["offer_cost"], wanted["margin"], wanted["discount_rate"], ahead=ahead, begins=begins)
    known = known_on(tables, as_of)
    stays = fit_until(tables, as_of, seed, workers).stays(known, np.arange(1, terms.ahead + 1))
    experiment = read_experiment(tables, as_of, seed, workers)
    offer = known_offer(experiment, wanted["save_rate"])
    gain = net_gains(stays, offer, known["price"].to_numpy(float), terms)["gain"]
    listed = np.flatnonzero(gain > 0)[np.argsort(-gain[gain > 0].to_numpy(), kind="stable")]
    known, stays = known.iloc[listed], stays[listed]
    price, there = known["price"].to_numpy(float), there_at(stays, terms)
    tried = tried_odds(tables, as_of, seed, workers)
    worlds = draw_worlds(stays, price, len(price), offer, terms, tried, np.random.default_rng(seed))
    drawn = worlds.gains[:, -1]
    lower, upper = ends(drawn, level)
    told = isinstance(offer, Uplift)
    outcome = [there.sum(), there.sum() * terms.offer_cost, gain[listed].sum(), lower, upper, (drawn > 0).mean() if len(listed) else np.nan,
               told, offer.mean if told else np.nan, offer.error if told else np.nan, experiment.day if told else pd.NaT]  # fmt: skip
    kept = (with_offer(stays, offer, terms)[3] - stays) * price[:, None]
    account, months = known["plan"].map(accounts).to_numpy(), np.arange(1, terms.ahead + 1)
    parts = [pd.DataFrame({"month": months, "cost_centre": row.cost_centre, "account": row.account,
                           "kept": row.share * kept[account == row.account].sum(axis=0)}) for row in shares.itertuples()]  # fmt: skip
    return pd.concat(parts, ignore_index=True).assign(**dict(zip(CONSTANT, outcome, strict=True)))


def read_offers(table: pd.DataFrame, as_of: pd.Timestamp, first: pd.Timestamp, wanted: Mapping[str, float]) -> Retention:
    """What `offers_ahead` gave for these terms, by month."""
    periods = [months_after(as_of.replace(day=1), int(month)) for month in table["month"]]
    months = table.assign(period=periods)[["period", *CELL, "kept"]]
    return Retention(first, months, table[CONSTANT].iloc[0], wanted["save_rate"], wanted["margin"])


def with_retention(given: Drivers, offers: Retention, account: str, serving: pd.DataFrame) -> Drivers:
    """The drivers of a company with the offers' cost, on `account`, the revenue they keep, and what serving those kept costs, cell by
    cell. `serving`: subscription_books.serving_costs."""
    driver = given.get(EXTRA, DRIVER)
    added = replace(driver, entries=(*driver.entries, *_entries(offers, account, serving)))
    return Drivers([*(one for name, one in given.items() if name != EXTRA), added])


def without_offers(offers: Retention, account: str, serving: pd.DataFrame) -> dict:
    """The plan without the offers, as a case of a run's parameters."""
    none = [{"value": 0.0, **entry.where, "from": month_text(entry.first)} for entry in _entries(offers, account, serving)]
    return {"label": ["Without retention offers", "不提供挽留优惠"], "drivers": {EXTRA: none}}


def _entries(offers: Retention, account: str, serving: pd.DataFrame) -> list[Entry]:
    """What the offers cost in their month, in the department that has most of the revenue, what they keep in each month and what that
    costs to serve."""
    told = offers.outcome["told"]
    source = f"experiment of {month_text(offers.outcome['day'])}" if told else f"assumed: {offers.save_rate:.0%} kept; no experiment tells"
    source_zh = f"{month_text(offers.outcome['day'])}随机试验" if told else f"假设：留住 {offers.save_rate:.0%}，无试验依据"
    home = offers.months.groupby("cost_centre")["kept"].sum().idxmax()
    cost = {"cost_centre": home, "account": account}
    said = {"source": source, "source_zh": source_zh}
    paid = Entry(round(float(offers.outcome["cost"]), 2), cost, offers.first, **said)
    entries = [paid, Entry(0.0, cost, months_after(offers.first, 1), **said)]
    for row in offers.months.itertuples():
        entries.append(Entry(round(row.kept, 2), {"cost_centre": row.cost_centre, "account": row.account}, row.period, **said))
    kept, of_books = offers.months.groupby("period")["kept"].sum(), {"source": "books of twelve months", "source_zh": "近十二个月账面"}
    for row in serving.itertuples():
        cell = {"cost_centre": row.cost_centre, "account": row.account}
        entries += [Entry(round(row.share * revenue, 2), cell, period, **of_books) for period, revenue in kept.items()]
    return entries
