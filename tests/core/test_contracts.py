from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.tables import accounts_schema, as_known, contract_problems, departments, plan_key, plan_schema, sum_postings

CELL = {
    "scenario": "actual", "version": "actual", "case": "base", "entity": "hq", "cost_centre": "north", "account": "toys",
    "layer": "booked", "grain": "month", "period": pd.Timestamp("2021-01-01"), "amount": 1.0,
}  # fmt: skip


def plan(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame([CELL | change for change in changes])


def said(table: pd.DataFrame, **kwargs) -> list[str]:
    return [str(problem) for problem in contract_problems(table, plan_schema(**kwargs), "t")]


def test_a_sound_plan_table_has_no_problems():
    assert said(plan({}, {"account": "games"})) == []


def test_the_two_rows_of_a_duplicate_key_are_named_once_each():
    key = "actual · actual · base · hq · north · toys · booked · month · 2021-01-01 00:00:00"
    assert said(plan({}, {"amount": 2.0})) == [f"t, row {n}: duplicate key, expected each key once, got {key}" for n in (0, 1)]


def test_every_missing_column_is_named_even_beside_duplicates():
    missing = said(plan({}, {}).drop(columns=["account", "entity"]))
    assert [line for line in missing if "missing column" in line] == ["t: missing column entity", "t: missing column account"]


def test_an_unknown_column_is_refused():
    assert said(plan({"known": CELL["period"]})) == ["t: unknown column known"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scenario": "what-if"}, "wrong scenario, expected one of actual, budget, forecast, target, got 'what-if'"),
        ({"layer": "x"}, "wrong layer, expected one of booked, accrual, adjustment, top_side, elimination, allocation, got 'x'"),
        ({"account": ""}, "wrong account, expected text, got ''"),
        ({"account": 7}, "wrong account, expected text, got 7"),
        ({"period": pd.Timestamp("2021-01-02")}, "wrong period, expected the first day of a month"),
        ({"amount": np.inf}, "wrong amount, expected a finite number, got inf"),
        ({"amount": np.nan}, "t, row 0, amount: nothing where a value is needed"),
        ({"version": None}, "t, row 0, version: nothing where a value is needed"),
    ],
)
def test_a_wrong_value_is_said_with_what_was_expected(change, expected):
    problems = said(plan(change))
    assert len(problems) == 1 and expected in problems[0]


def test_text_in_an_amount_is_one_problem_a_row_and_no_echo():
    assert said(plan({"amount": "many"})) == ["t, row 0: wrong amount, expected dtype('float64'), got 'many'"]


def test_every_wrong_row_is_found_in_one_pass():
    table = plan({}, {}, {"account": None, "entity": None}, {"scenario": "x"})
    assert len(said(table)) == 5


def test_problems_beyond_twenty_are_counted():
    problems = said(plan(*({"scenario": f"x{n}"} for n in range(25))))
    assert len(problems) == 21 and problems[-1] == "5 more of the same kind"


def test_declared_dimensions_and_known_are_part_of_the_key():
    assert plan_key(("product",))[-3:] == ["product", "grain", "period"]
    twice = plan({"product": "a", "known": CELL["period"]}, {"product": "b", "known": CELL["period"]})
    assert said(twice, dimensions=("product",), sourced=True) == []


def test_numbers_in_messages_are_plain():
    accounts = pd.DataFrame([{
        "code": "a", "parent": None, "label_en": "A", "label_zh": "A", "kind": "revenue", "weight": 2.0, "effect": 1,
        "better": "up", "aggregation": "flow", "unit": "USD", "scale": 2,
    }])  # fmt: skip
    assert [str(p) for p in contract_problems(accounts, accounts_schema(), "t")] == [
        "t, row 0: wrong weight, expected one of -1.0, 0.0, 1.0, got 2.0"
    ]


# --- what was known when


def sourced(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Rows as (account, known, amount)."""
    return plan(*({"account": account, "known": pd.Timestamp(known), "amount": amount} for account, known, amount in rows))


def test_of_each_cell_the_last_row_published_by_then_is_known():
    told = sourced(("toys", "2021-02-15", 7.0), ("toys", "2021-05-15", 8.0), ("games", "2021-05-15", 9.0))
    assert as_known(told, pd.Timestamp("2021-03-01"))["amount"].tolist() == [7.0]
    assert as_known(told, pd.Timestamp("2021-05-15"))["amount"].tolist() == [8.0, 9.0]
    assert as_known(told, pd.Timestamp("2020-01-01")).empty


days = st.integers(0, 20).map(lambda n: f"2021-01-{n + 1:02d}")
vintages = st.lists(
    st.tuples(st.sampled_from(["toys", "games", "rent"]), days, st.floats(-1e6, 1e6)), max_size=20, unique_by=lambda r: r[:2]
)


@given(vintages, days, st.randoms(), st.floats(-1e6, 1e6))
def test_shuffling_and_altering_what_was_published_later_changes_nothing(drawn, when, random, noise):
    day = pd.Timestamp(when)
    past = [row for row in drawn if pd.Timestamp(row[1]) <= day]
    future = [(account, known, amount + noise) for account, known, amount in drawn if pd.Timestamp(known) > day]
    mixed = random.sample(past + future, len(drawn))
    honest = {row.account: row.amount for row in as_known(sourced(*past), day).itertuples()} if past else {}
    told = as_known(sourced(*mixed), day) if mixed else pd.DataFrame(columns=["account", "amount"])
    assert {row.account: row.amount for row in told.itertuples()} == honest


def test_postings_on_one_key_are_added_and_gaps_in_a_key_are_kept():
    posted = sum_postings(plan({}, {"amount": 2.0}, {"account": None, "amount": 4.0}))
    assert posted["amount"].tolist() == [3.0, 4.0]


def test_a_cost_centre_belongs_to_its_topmost_parent():
    centres = pd.DataFrame({"code": ["north", "shop", "till", "south"], "parent": [None, "north", "shop", None]})
    assert departments(centres) == {"north": "north", "shop": "north", "till": "north", "south": "south"}
