"""Subscribers in a planned year: what they take when they leave, what offers keep, and the steps of the profit's bridge."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sample_tables import contract_tables

from planning.core.drivers import Driver, Entry
from planning.core.errors import RequestError
from planning.core.periods import FiscalCalendar, month, month_end
from planning.model.drivers import Drivers
from planning.plan.chain.meanings import neutral
from planning.plan.customers import Customers, case_without, customer_steps, lost_by_year
from planning.plan.losses import ALL
from planning.plan.retention import TERMS, check_terms, offers_ahead, read_offers, with_retention, without_offers
from planning.plan.subscription_books import booked_shares

pytestmark = pytest.mark.usefixtures("few_rows")
CALENDAR = FiscalCalendar(1, month("2020-12"), month("2040-12"))
AS_OF = pd.Timestamp("2025-09-30")
ACCOUNTS = {"basic": "5001", "family": "5002", "care": "5003"}
ASKED = {"offer_cost": 30.0, "margin": 0.6, "save_rate": 0.3, "discount_rate": 0.08, "months_ahead": 36}
CELLS = pd.DataFrame({"cost_centre": "D1", "account": list(ACCOUNTS.values())})
SHARES = CELLS.assign(share=0.9)
FIRST = month("2026-01")


@pytest.fixture(scope="module")
def tables():
    """Six in ten of all subscribers are in the experiment, and its effect is plain."""
    return contract_tables(11, customers__offer_share=0.6, customers__offer_effect=-1.0, customers__offer_spread=0.2)


@pytest.fixture(scope="module")
def made(tables):
    return offers_ahead(tables, ACCOUNTS, SHARES, AS_OF, 3, ASKED, 0.8, 1)


@pytest.fixture(scope="module")
def offers(made):
    return read_offers(made, AS_OF, FIRST, ASKED)


BOOKED = CELLS.assign(charges=[100.0, 100.0, 200.0], booked=[90.0, 90.0, 180.0], share=0.9)
SERVING = pd.DataFrame({"cost_centre": ["D7", "D8"], "account": ["6401", "6402"], "booked": [36.0, 54.0], "share": [0.1, 0.15]})


def customers(lost, offers=None, booked_on=""):
    return Customers(tuple(ACCOUNTS.values()), lost, BOOKED, SERVING, offers, booked_on)


# what leaves


def contract(start, end=None, price=10.0, who="A"):
    return {"subscriber": who, "plan": "basic", "price": price, "start": pd.Timestamp(start), "end": pd.Timestamp(end) if end else pd.NaT}


def told(lost):
    """What is expected to be lost in each of the 15 months ahead."""
    return pd.DataFrame({"day": AS_OF, "month": range(1, 16), "account": ALL, "lost": np.asarray(lost, float)})


SHARE = pd.DataFrame({"cost_centre": ["D1"], "account": ["5001"], "share": [1.0]})


def test_who_left_takes_what_was_paid_in_the_running_year():
    contracts = pd.DataFrame([contract("2024-01-01", "2025-03-01"), contract("2024-01-01", who="B")])
    found = lost_by_year({"contracts": contracts}, {"basic": "5001"}, SHARE, told([0] * 15), AS_OF, CALENDAR, 2026)
    assert found == pytest.approx(20.0), "January and February"
    back = pd.concat([contracts, pd.DataFrame([contract("2025-06-01")])])
    again = lost_by_year({"contracts": back}, {"basic": "5001"}, SHARE, told([0] * 15), AS_OF, CALENDAR, 2026)
    assert again == pytest.approx(0.0), "who came back is here"


def test_who_is_expected_to_leave_takes_a_whole_year_less_what_is_already_lost_in_this_one():
    contracts = pd.DataFrame([contract("2024-01-01")])
    lost = [0, 10, 10, *[10] * 12]  # gone at the end of October: 20 of this year, 120 of the next
    assert lost_by_year({"contracts": contracts}, {"basic": "5001"}, SHARE, told(lost), AS_OF, CALENDAR, 2026) == pytest.approx(100.0)


def test_the_steps_add_up_to_the_change():
    steps = customer_steps(customers(100.0), 30.0)
    assert steps == {"customers_lost": -100.0, "customers_kept": 0.0, "customers_won": 130.0}
    assert customer_steps(None, 30.0) == {} and customer_steps(customers(float("nan")), 30.0) == {}


# offers


def test_offers_are_made_to_those_still_there_and_keep_nobody_before(made, tables):
    kept = made.groupby("month")["kept"].sum()
    assert (kept.loc[1:3] == 0).all() and (kept.loc[4:] > 0).all() and kept.loc[4] < kept.loc[12]
    row = made.iloc[0]
    assert row["told"] and row["kept_share"] > 0 and row["day"] == pd.Timestamp("2024-03-31")
    here = tables["contracts"][lambda table: (table["start"] <= AS_OF) & ~(table["end"] <= AS_OF)]
    assert 0 < row["offers"] < len(here) and row["cost"] == pytest.approx(30.0 * row["offers"])
    assert row["lower"] < row["gain"] < row["upper"] and 0 <= row["odds"] <= 1


def test_the_gain_is_the_margin_of_what_is_kept_less_the_cost(made):
    months = made.groupby("month")["kept"].sum() / 0.9
    worth = 1.08 ** (-months.index.to_numpy() / 12)
    cost = made["cost"].iloc[0] * 1.08 ** (-3 / 12)
    assert made["gain"].iloc[0] == pytest.approx(0.6 * months @ worth - cost)


def test_dear_offers_are_made_to_nobody(tables):
    none = offers_ahead(tables, ACCOUNTS, SHARES, AS_OF, 3, ASKED | {"offer_cost": 9000.0}, 0.8, 1)
    assert none["offers"].iloc[0] == 0 and (none["kept"] == 0).all() and np.isnan(none["odds"].iloc[0])


def test_without_an_experiment_what_an_offer_does_is_assumed(tables):
    alone = {name: table for name, table in tables.items() if name != "offers"}
    found = read_offers(offers_ahead(alone, ACCOUNTS, SHARES, AS_OF, 3, ASKED, 0.8, 1), AS_OF, FIRST, ASKED)
    assert not found.outcome["told"]
    entries = with_retention(Drivers([]), found, "6001", SERVING.iloc[:0])["extra_cost"].entries
    assert {entry.source for entry in entries} == {"assumed: 30% kept; no experiment tells"}


def test_drivers_carry_the_cost_and_what_is_kept(offers):
    other = Entry(5.0, {"cost_centre": "D9", "account": "7"})
    given = Drivers([Driver("extra_cost", "currency", "Extra", "额外", "Sales", entries=(other,))])
    driver = with_retention(given, offers, "6001", SERVING)["extra_cost"]
    assert driver.owner == "Sales" and driver.entries[0].value == 5.0
    periods = pd.DatetimeIndex(pd.date_range("2025-10-01", "2026-12-01", freq="MS"))
    cells = pd.DataFrame({"entity": "E", "cost_centre": ["D1", "D1", "D7", "D8"], "account": ["6001", "5001", "6401", "6402"]})
    planned = Drivers([driver]).with_measured(neutral())
    cost, kept, cloud, content = planned.values_of("extra_cost", cells, periods)[:, :, 0]
    assert cost.sum() == pytest.approx(offers.outcome["cost"], abs=0.01) and cost[3] == cost.sum()
    wanted = offers.months[offers.months["account"] == "5001"].set_index("period")["kept"].reindex(periods)
    assert kept == pytest.approx(wanted.to_numpy(), abs=0.01)
    revenue = offers.months.groupby("period")["kept"].sum().reindex(periods).to_numpy()
    assert cloud == pytest.approx(0.1 * revenue, abs=0.01) and content == pytest.approx(0.15 * revenue, abs=0.01)


def test_what_serving_costs_is_a_share_of_the_revenue_and_leaves_a_margin(offers):
    found = customers(0.0, offers, "6001")
    assert found.served == pytest.approx(0.25 * found.kept) and found.margin == pytest.approx((360 - 90) / 400)
    assert replace(found, serving=SERVING.iloc[:0]).margin == pytest.approx(0.9) and customers(0.0).served == 0.0


def test_the_case_without_offers_takes_them_all_out(offers):
    case = without_offers(offers, "6001", SERVING)
    assert all(entry["value"] == 0 for entry in case["drivers"]["extra_cost"])
    assert len(case["drivers"]["extra_cost"]) == len(with_retention(Drivers([]), offers, "6001", SERVING)["extra_cost"].entries)
    assert case_without(customers(0.0)) == {} and case_without(None) == {}
    assert set(case_without(customers(0.0, offers, "6001"))) == {"without_offers"}


@pytest.mark.parametrize(
    ("terms", "account", "said"),
    [
        ({name: 1 for name in TERMS if name != "margin"}, "1", "margin is missing"),
        (ASKED | {"offer_costs": 3}, "1", "unknown term.*offer_cost"),
        (ASKED | {"margin": "much"}, "1", "no term of an offer.*much"),
        (ASKED | {"margin": -1}, "1", "no term of an offer.*-1"),
        (ASKED, "", "no account for what offers cost"),
    ],
)
def test_terms_that_make_no_sense_are_named(terms, account, said):
    with pytest.raises(RequestError, match=f"(?s){said}"):
        check_terms(terms, account)


def test_an_account_that_holds_a_plan_in_two_departments_is_shared_out():
    contracts = pd.DataFrame([contract("2024-01-01")])
    periods = pd.date_range("2024-10-01", AS_OF, freq="MS")
    rows = [(centre, "5001", period, amount) for period in periods for centre, amount in (("D1", 6), ("D2", 3))]
    booked = pd.DataFrame(rows, columns=["cost_centre", "account", "period", "amount"])
    shares = booked_shares(booked, contracts, {"basic": "5001"}, month_end(AS_OF))
    assert shares["share"].tolist() == pytest.approx([0.6, 0.3])
