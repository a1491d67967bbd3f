"""Cells and figures as lines: every decimal there is, none that isn't, and a sign where it says something."""

import pandas as pd
import pytest

from planning.view.cell_lines import aligned, amount, cell_words, signed


@pytest.mark.parametrize(
    "said, shown",
    [(0.0, "0"), (-0.0, "0"), (5.0, "5"), (1000.1, "1,000.1"), (-1234567.89, "-1,234,567.89"), (100.0, "100"), (0.000001, "0.000001"),
     (22517998136852.47, "22,517,998,136,852.47"), (1e16, "10,000,000,000,000,000"), (float("nan"), "–"), (3, "3")],
)  # fmt: skip
def test_an_amount_is_shown_with_all_its_decimals_and_no_more(said, shown):
    assert amount(said) == shown


def test_only_a_rise_gets_a_sign_of_its_own():
    assert [signed(said) for said in (1.5, -1.5, 0.0, float("nan"))] == ["+1.5", "-1.5", "0", "–"]


def test_a_cell_is_named_without_what_nearly_all_share():
    row = {"case": "base", "entity": "home", "cost_centre": "north", "account": "toys", "layer": "booked", "partner": "", "movement": "",
           "product": "", "channel": "", "store": "s1", "project": "", "grain": "month", "period": pd.Timestamp("2026-03-01")}  # fmt: skip
    assert cell_words(row) == "home · north · toys · s1 · 2026-03"
    other = row | {"case": "low", "grain": "year", "layer": "accrual"}
    assert cell_words(other) == "low · home · north · toys · accrual · s1 · year · 2026-03"


def test_columns_stand_below_each_other():
    assert aligned([("a", "1", "22"), ("long", "333", "4")]) == ["  a       1  22", "  long  333   4"]
