"""Pay: people × pay, contributions between the city's floor and cap."""

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Driver, Entry
from planning.model.chain.people import DRIVERS, contribution_base, plan_pay
from planning.model.drivers import Drivers

MONTHS = pd.date_range("2026-01-01", periods=3, freq="MS")
CELLS = pd.DataFrame({"entity": "MFG", "cost_centre": ["D201", "D209"], "position": ["worker", "engineer"], "city": ["wuxi", "hongkong"]})


def drivers(**given):
    neutral = dict.fromkeys(DRIVERS, 0.0) | {"people": 10.0, "pay": 5000.0, "social_cap": 30000.0}
    entries = {name: value if isinstance(value, list) else [Entry(value)] for name, value in (neutral | given).items()}
    return Drivers(Driver(name, "", entries=tuple(of)) for name, of in entries.items())


def test_wages_are_people_times_pay_from_the_dates_on_which_they_start_and_rise():
    given = drivers(people=[Entry(10), Entry(12, {"position": "worker"}, MONTHS[1])], pay_rise=[Entry(0.0), Entry(0.1, first=MONTHS[2])])
    wages = plan_pay(CELLS, given, MONTHS).wages[:, :, 0]
    assert wages.tolist() == [[50000, 60000, pytest.approx(66000)], [50000, 50000, pytest.approx(55000)]]


def test_contributions_are_on_pay_between_floor_and_cap():
    """3,000 under a floor of 4,000, 40,000 over a cap of 30,000: 20 % of 4,000 and of 30,000 for each of 10 people."""
    pay = [Entry(3000, {"position": "worker"}), Entry(40000, {"position": "engineer"})]
    given = drivers(pay=pay, social_floor=4000.0, social_rate=0.2, housing_rate=0.1)
    found = plan_pay(CELLS, given, MONTHS)
    assert found.social[:, 0, 0].tolist() == [8000, 60000] and found.housing[:, 0, 0].tolist() == [4000, 30000]


def test_rules_are_those_of_the_city():
    given = drivers(social_rate=[Entry(0.25, {"city": "wuxi"}), Entry(0.05, {"city": "hongkong"})])
    assert plan_pay(CELLS, given, MONTHS).social[:, 0, 0].tolist() == [12500, 2500]


def test_a_bonus_is_earned_month_by_month_and_all_costs_add_up():
    found = plan_pay(CELLS, drivers(bonus=0.1, social_rate=0.2), MONTHS)
    assert found.bonus[0, 0, 0] == 5000 and found.cost[0, 0, 0] == 50000 + 5000 + 10000


def test_nothing_is_due_for_nobody():
    assert contribution_base(np.array([0.0, 10.0]), np.array([5.0, 20.0]), np.array([9.0, 15.0])).tolist() == [0, 20]
