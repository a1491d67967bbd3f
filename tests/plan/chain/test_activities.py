"""Costs that follow what is done, and those that are cut, added or requested anew."""

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Entry
from planning.core.errors import RequestError
from planning.model.chain.people import Pay
from planning.model.chain.sales import Sales
from planning.model.drivers import Drivers
from planning.plan.chain.activities import Activity, activity_costs, activity_rate, with_requests
from planning.plan.chain.meanings import neutral

AS_OF = pd.Timestamp("2025-12-01")
YEAR = pd.date_range("2025-01-01", AS_OF, freq="MS")
AHEAD = pd.date_range("2026-01-01", periods=3, freq="MS")
FEES, PARCELS, TRAVEL = Activity("fees", "net", ("online",)), Activity("parcels", "units", ("online",)), Activity("travel", "people")
ALL = (FEES, PARCELS, TRAVEL)
SOLD = pd.concat([
    pd.DataFrame({"entity": "web", "channel": channel, "period": YEAR, "net": net, "units": units})
    for channel, net, units in (("online", 400.0, 20.0), ("shop", 1000.0, 5.0))
], ignore_index=True)  # fmt: skip
PAID = pd.DataFrame({"entity": "web", "period": YEAR, "heads": 10.0})
BOOKED = pd.concat([
    pd.DataFrame({"entity": "web", "account": account, "cost_centre": "D1", "period": YEAR, "amount": amount})
    for account, amount in (("fees", 20.0), ("parcels", 30.0), ("travel", 50.0))
], ignore_index=True)  # fmt: skip


def flat(*rows):
    return np.repeat(np.array(rows, dtype=float)[:, None, None], len(AHEAD), axis=1)


CELLS = pd.DataFrame({"entity": ["web", "web"], "channel": ["online", "shop"]})
NONE = flat(0, 0)
SALES = Sales(CELLS, flat(40, 5), NONE, NONE, flat(800, 1000), NONE, NONE)
STAFF = pd.DataFrame({"entity": ["web"], "cost_centre": ["D1"]})
PAY = Pay(STAFF, flat(12), *(flat(0) for _ in range(4)))


@pytest.fixture(scope="module")
def drivers():
    return Drivers().with_measured([*neutral(), activity_rate(BOOKED, SOLD, PAID, ALL, AS_OF)])


def test_a_rate_is_what_a_unit_cost_in_the_last_year(drivers):
    rates = drivers["activity_rate"].measured.set_index("account")["value"]
    assert rates.to_dict() == pytest.approx({"fees": 0.05, "parcels": 1.5, "travel": 5.0})


def test_costs_follow_what_is_done_and_nothing_else(drivers):
    """Online sales double, the shop's stay: commissions and parcels double, and twelve people travel for ten."""
    costs = activity_costs(ALL, SALES, PAY, drivers, AHEAD)
    assert {key: values[:, 0].tolist() for key, values in costs.items()} == {
        ("web", "fees"): [40] * 3, ("web", "parcels"): [60] * 3, ("web", "travel"): [60] * 3,
    }  # fmt: skip


def test_a_rate_that_somebody_says_goes_before_the_measured_one(drivers):
    dearer = drivers.with_case({"activity_rate": [Entry(0.08, {"account": "fees"}, AHEAD[1])]})
    assert activity_costs([FEES], SALES, PAY, dearer, AHEAD)["web", "fees"][:, 0].tolist() == pytest.approx([40, 64, 64])


def test_what_was_never_booked_has_no_rate_and_runs_on_as_it_did(drivers):
    silent = Drivers().with_measured([*neutral(), activity_rate(BOOKED.iloc[:0], SOLD, PAID, ALL, AS_OF)])
    assert activity_costs(ALL, SALES, PAY, silent, AHEAD) == {}


# ------------------------------------------------------------------------------------------------- cut, added, requested

ROWS = pd.DataFrame({"entity": ["web", "web"], "account": ["travel", "rent"], "cost_centre": ["D1", "D1"]})
HOMES = {"D1": "web", "D2": "web"}


def changed(drivers, **case):
    cells, amounts = with_requests(ROWS, flat(50, 10), drivers.with_case(case), HOMES, AHEAD)
    return {(row.account, row.cost_centre): amounts[place, :, 0].tolist() for place, row in enumerate(cells.itertuples())}


def test_nothing_said_changes_nothing(drivers):
    assert changed(drivers) == {("travel", "D1"): [50] * 3, ("rent", "D1"): [10] * 3}


def test_a_cut_is_a_share_of_what_goes_on(drivers):
    assert changed(drivers, running_change=[Entry(-0.1, {"account": "travel"}, AHEAD[1])])["travel", "D1"] == [50, 45, 45]


def test_a_campaign_costs_on_top_while_it_runs_also_where_nothing_was_booked(drivers):
    where = {"account": "adverts", "cost_centre": "D2"}
    found = changed(drivers, extra_cost=[Entry(30.0, where, AHEAD[1]), Entry(0.0, where, AHEAD[2])])
    assert found["adverts", "D2"] == [0, 30, 0] and found["travel", "D1"] == [50] * 3


def test_a_request_stands_instead_of_what_went_on_from_its_month_also_where_it_is_nothing(drivers):
    where = {"account": "travel", "cost_centre": "D1"}
    assert changed(drivers, cost_request=[Entry(20.0, where, AHEAD[1])])["travel", "D1"] == [50, 20, 20]
    assert changed(drivers, cost_request=[Entry(0.0, where)])["travel", "D1"] == [0] * 3


@pytest.mark.parametrize("name", ["extra_cost", "cost_request"])
def test_an_amount_can_be_drawn(drivers, name):
    said = drivers.with_case({name: [Entry(30.0, {"account": "adverts", "cost_centre": "D2"})]})
    unsure = said.shifted({(name, -1): np.array([0.0, 10.0])})
    cells, amounts = with_requests(ROWS, flat(50, 10), unsure, HOMES, AHEAD)
    assert amounts[-1].tolist() == [[30, 40]] * 3 and amounts[0].tolist() == [[50, 50]] * 3 and cells["cost_centre"].iloc[-1] == "D2"


@pytest.mark.parametrize("where", [{"account": "travel"}, {"cost_centre": "D1"}, {"account": "travel", "cost_centre": "D9"}])
def test_an_amount_of_nobody_is_refused_with_its_name(drivers, where):
    with pytest.raises(RequestError, match="an amount of no department or account"):
        changed(drivers, cost_request=[Entry(20.0, where)])
