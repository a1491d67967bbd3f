"""Plan tables as the book takes them."""

import pandas as pd
import pytest

from planning.core.periods import month
from planning.core.tables import KEY, contract_problems, plan_schema
from planning.plan.cells import plan_rows

MONTHLY = pd.DataFrame(
    [("b", "staff", month("2021-08"), 2.005), ("a", "staff", month("2021-07"), 1.0), ("a", "staff", month("2021-08"), -0.125)],
    columns=["cost_centre", "account", "period", "amount"],
)


def test_rows_get_the_full_key_in_order_and_cents():
    rows = plan_rows(MONTHLY, "2021_draft", "town")
    assert contract_problems(rows, plan_schema(), "cells") == [] and list(rows.columns) == [*KEY, "amount"]
    assert rows[["cost_centre", "amount"]].values.tolist() == [["a", 1.0], ["a", -0.12], ["b", 2.0]], "half to even"
    assert set(rows["scenario"]) == {"budget"} and set(rows["case"]) == {"base"} and set(rows["layer"]) == {"booked"}


def test_the_order_of_rows_means_nothing_and_a_missing_amount_is_refused():
    shuffled = plan_rows(MONTHLY.iloc[::-1], "v", "town", "forecast", "low")
    pd.testing.assert_frame_equal(shuffled, plan_rows(MONTHLY, "v", "town", "forecast", "low"))
    with pytest.raises(ValueError, match="missing"):
        plan_rows(MONTHLY.assign(amount=[1.0, float("nan"), 1.0]), "v", "town")
