"""What runs on: the table that is forecast, and what one month in a year is."""

import numpy as np
import pandas as pd

from planning.plan.chain.running import forecast_running, running_table

AS_OF = pd.Timestamp("2025-09-01")
MONTHS = pd.date_range("2024-01-01", AS_OF, freq="MS")


def booked(entity, account, months, amount):
    return pd.DataFrame({"entity": entity, "account": account, "cost_centre": "D1", "period": months, "amount": amount})


HISTORY = pd.concat([
    booked("works", "rent", MONTHS, 100.0),
    booked("works", "bonus", MONTHS[[14]], -1200.0),  # March 2025, the first there ever was
    booked("works", "courses", MONTHS[9:], 50.0),  # new, and regular since
    booked("shop", "rent", MONTHS[12:], 10.0),
    booked("shop", "grant", MONTHS[[13]], 60.0),
], ignore_index=True)  # fmt: skip


def months_of(table, entity, account):
    own = table[(table["entity"] == entity) & (table["account"] == account)]
    return own["period"].min(), len(own), own["amount"].sum()


def test_what_moves_seldom_was_quiet_before_and_what_is_new_and_regular_was_not_there():
    table = running_table(HISTORY, AS_OF)
    assert months_of(table, "works", "bonus") == (MONTHS[0], 21, -1200)
    assert months_of(table, "works", "courses") == (MONTHS[9], 12, 600)
    assert months_of(table, "shop", "grant") == (MONTHS[12], 9, 60)  # its company keeps no books before


def test_what_came_once_a_year_is_not_expected_every_month():
    """Seven months that begin with the only booking would be taken for a line that is mostly there."""
    ahead = forecast_running(HISTORY, AS_OF, 12, "standard").rows
    year = ahead[ahead["account"] == "bonus"]["amount"].sum()
    assert -2400 < year <= 0 and np.isfinite(year)
