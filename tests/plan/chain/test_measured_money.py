"""Rates of tax and interest, measured in the books."""

import pandas as pd
import pytest

from planning.plan.chain.measured_money import interest_rate, tax_rate

AS_OF = pd.Timestamp("2025-03-01")


def of(*rows):
    table = pd.DataFrame(rows, columns=["entity", "period", "amount"])
    return table.assign(period=pd.to_datetime(table["period"]))


def by_entity(driver):
    return driver.measured.set_index("entity")["value"].to_dict()


def test_profit_is_taxed_as_it_was_in_the_last_year():
    profit = of(("A", "2024-02", 900.0), ("A", "2024-09", 60.0), ("A", "2025-03", 40.0), ("A", "2025-04", 900.0))
    assert by_entity(tax_rate(profit, of(("A", "2025-03", 25.0)), ["A"], AS_OF)) == {"A": 0.25}


def test_who_earned_nothing_is_taxed_like_the_middle_one_of_the_others():
    profit = of(("A", "2025-01", 100.0), ("B", "2025-01", 100.0), ("C", "2025-01", 100.0), ("LOSS", "2025-01", -5.0))
    tax = of(("A", "2025-01", 10.0), ("B", "2025-01", 20.0), ("C", "2025-01", 400.0), ("LOSS", "2025-01", 3.0))
    rates = by_entity(tax_rate(profit, tax, ["A", "B", "C", "LOSS", "NEW"], AS_OF))
    assert rates == {"A": 0.1, "B": 0.2, "C": 1.0, "LOSS": 0.2, "NEW": 0.2}
    assert by_entity(tax_rate(of(("LOSS", "2025-01", -5.0)), of(), ["LOSS"], AS_OF)) == {}


def test_interest_is_a_year_s_on_what_stood():
    stood = of(("A", "2025-02", 200.0), ("A", "2025-03", 100.0), ("B", "2025-03", 0.0))
    interest = of(("A", "2025-02", 2.0), ("A", "2025-03", 1.0), ("B", "2025-03", 4.0))
    assert by_entity(interest_rate("loan_rate", interest, stood, ["A", "B", "C"], AS_OF)) == {"A": pytest.approx(0.12), "B": 0.0, "C": 0.0}
