"""Planned rates: a month's closing is said or stays what it was, its average lies between two closings, none is made up."""

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Driver, Entry
from planning.core.errors import RequestError
from planning.model.drivers import Drivers
from planning.plan.chain.exchange import average_worth, exchange_rate, planned_rates

MONTHS = pd.date_range("2025-10-01", periods=3, freq="MS")
ENTITIES = pd.DataFrame({"code": ["A", "B", "C"], "currency": ["CNY", "HKD", "CNY"]})
KNOWN = pd.DataFrame({
    "date": pd.to_datetime(["2025-09-01", "2025-08-01"]), "currency": "HKD", "average": [0.91, 0.93], "closing": [0.90, 0.92],
})  # fmt: skip
NOTHING = KNOWN.iloc[:0]


def drivers(*entries, known=KNOWN):
    return Drivers([Driver("exchange_rate", "company currency", entries=entries)]).with_measured([exchange_rate(known)])


def test_where_nothing_is_said_the_last_closing_stays_and_is_named_as_the_basis():
    told = drivers()
    found = planned_rates(told, ENTITIES, KNOWN, MONTHS)
    assert found["closing"].tolist() == found["average"].tolist() == [0.9] * 4 and found["currency"].unique() == ["HKD"]
    assert found["period"].tolist() == [pd.Timestamp("2025-09-01"), *MONTHS]
    assert told["exchange_rate"].basis == "last closing of 2025-09"


def test_a_months_average_lies_between_two_closings():
    """0.90 in September and October, 0.94 from November on: November averages 0.92, December 0.94."""
    found = planned_rates(drivers(Entry(0.94, {"currency": "HKD"}, MONTHS[1])), ENTITIES, KNOWN, MONTHS)
    assert found["closing"].tolist() == [0.9, 0.9, 0.94, 0.94]
    assert found["average"].tolist() == pytest.approx([0.9, 0.9, 0.92, 0.94])


def test_a_currency_that_only_a_driver_knows_begins_at_its_first_rate():
    found = planned_rates(drivers(Entry(0.8, {"currency": "HKD"}), known=NOTHING), ENTITIES, NOTHING, MONTHS)
    assert found["average"].tolist() == [0.8] * 4


def test_a_missing_rate_is_one_clear_error():
    with pytest.raises(RequestError, match="currencies without a rate"):
        planned_rates(drivers(), ENTITIES.assign(currency=["CNY", "HKD", "EUR"]), KNOWN, MONTHS)
    late = drivers(Entry(0.8, {"currency": "HKD"}, MONTHS[1]), known=NOTHING)
    with pytest.raises(RequestError, match="none in 2025-10 for currency HKD") as refused:
        planned_rates(late, ENTITIES, NOTHING, MONTHS)
    assert len(refused.value.problems) == 1


def test_a_company_with_one_currency_needs_no_rate():
    alone = ENTITIES.assign(currency="CNY")
    assert planned_rates(drivers(known=NOTHING), alone, NOTHING, MONTHS).empty
    assert average_worth(drivers(known=NOTHING), alone, NOTHING, MONTHS).tolist() == np.ones((3, 3, 1)).tolist()


def test_drawn_rates_are_drawn_from_the_first_month_on():
    drawn = drivers(Entry(0.9, {"currency": "HKD"})).shifted({("exchange_rate", 0): np.array([-0.1, 0.0, 0.1])})
    found = planned_rates(drawn, ENTITIES, KNOWN, MONTHS).set_index(["period", "draw"])
    assert found.loc[pd.Timestamp("2025-09-01"), "closing"].tolist() == [0.9] * 3
    assert found.loc[MONTHS[0], "average"].tolist() == pytest.approx([0.85, 0.9, 0.95])
    assert average_worth(drawn, ENTITIES, KNOWN, MONTHS)[1, 1].tolist() == pytest.approx([0.8, 0.9, 1.0])
