"""Plan tables as the book takes them."""

import pandas as pd
import pytest
from ledgers import books, closed_on

from planning.core.periods import month
from planning.core.tables import KEY, contract_problems, plan_schema
from planning.plan.cells import CELL, line_rows, plan_rows, shared_out
from planning.plan.known import final_actuals

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


USUAL = pd.DataFrame(
    [("sales", "e", "c", "booked", "shop", 60.0), ("sales", "e", "d", "booked", "web", 40.0), ("tax", "e", "c", "booked", "tax", 0.0)],
    columns=["account", *CELL, "amount"],
)


def shared(amount, usual=USUAL, line="sales"):
    lines = pd.DataFrame([(line, month("2021-08"), amount)], columns=["account", "period", "amount"])
    return shared_out(lines, usual).set_index("leaf")["amount"].to_dict()


def test_a_line_is_shared_out_as_usual_to_the_cent():
    assert shared(110.0) == {"shop": 66.0, "web": 44.0} and shared(0.01) == {"shop": 0.01, "web": 0.0}
    assert shared(5.0, line="tax") == {"tax": 5.0}, "nothing is usual there"


def test_cells_of_opposite_sign_keep_theirs():
    assert shared(30.0, USUAL.assign(amount=[60.0, -40.0, 0.0])) == {"shop": 66.0, "web": -36.0}
    assert shared(0.0, USUAL.assign(amount=[50.0, -50.0, 0.0])) == {"shop": 50.0, "web": -50.0}


def test_lines_become_cells_of_the_chart_in_their_own_direction_and_currency():
    """What is forecast in dollars the shop books in euros; sales within the group stand beside what takes them out."""
    read, day = books("2022-12"), closed_on(month("2022-12"))
    lines = final_actuals(read.rows, read.tree, "sales")
    lines = lines[lines["period"] == month("2022-11")]
    cells = line_rows(lines, read.rows, read.tree, "sales", month("2022-12"), day, read.rates)
    worth = cells["amount"] * cells["entity"].map(read.rates).fillna(1.0)
    assert worth.sum() == pytest.approx(lines["amount"].sum(), abs=0.02)
    inside = cells[cells["account"] == "inside"].set_index("layer")["amount"]
    assert inside["booked"] == -inside["elimination"] > 0
    assert contract_problems(plan_rows(cells, "v", scenario="forecast"), plan_schema(), "cells") == []
