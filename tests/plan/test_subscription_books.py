"""What serving subscribers costs, read from the books of a group that keeps two currencies."""

import pandas as pd
import pytest
from ledgers import booked, books, closed_on, rate

from planning.core.periods import month
from planning.plan.subscription_books import serving_costs

CLOSED = month("2023-06")
YEAR = pd.date_range("2022-07-01", "2023-06-01", freq="MS")
SHARES = pd.DataFrame({"cost_centre": ["D1", "D2"], "account": ["6001", "6002"], "booked": [6000.0, 4000.0]})
MAKE, SELL = ("works", "make", "wages", "none"), ("shop", "sell", "wages", "none")


def serving(accounts, when=None):
    table = serving_costs(books(), accounts, SHARES, CLOSED, when or closed_on(CLOSED))
    return table.set_index(["cost_centre", "account"])


def test_costs_of_the_last_twelve_closed_months_are_shares_of_the_revenue():
    found = serving(["wages"])
    assert list(found.index) == [("make", "wages"), ("sell", "wages")]
    assert found.at[("make", "wages"), "booked"] == pytest.approx(sum(booked(MAKE, period) for period in YEAR))
    assert found.at[("sell", "wages"), "booked"] == pytest.approx(sum(booked(SELL, period) * rate(period) for period in YEAR), rel=1e-4)
    assert found["share"].to_numpy() == pytest.approx(found["booked"].to_numpy() / 10_000)


def test_accounts_below_a_named_one_count_each_in_its_cell():
    assert set(serving(["spent"]).index.get_level_values("account")) >= {"wages", "rent"}
    assert serving(["spent"]).at[("sell", "rent"), "booked"] > 0


def test_what_is_known_later_counts_not_yet():
    before = serving(["wages"], closed_on(CLOSED) - pd.Timedelta(days=1))
    assert before.at[("make", "wages"), "booked"] < serving(["wages"]).at[("make", "wages"), "booked"]


def test_nothing_is_served_where_no_account_is_named():
    assert serving([]).empty and list(serving([]).columns) == ["booked", "share"]
