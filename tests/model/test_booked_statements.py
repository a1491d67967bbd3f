"""The statements of a made-up group's own postings are its own balance sheets, to the cent."""

import pandas as pd
import pytest
import sample_layout

from planning.core.money import to_minor
from planning.model.statements import appropriate, build_statements, check_statements, plan_rows

HOW = sample_layout.layout()
NOTHING = pd.DataFrame({"entity": [], "account": [], "partner": [], "movement": [], "amount": pd.Series(dtype="int64")})
RESERVED = dict.fromkeys(["HOLD", "MFG", "NORTH", "ONLINE"], 0.1)


@pytest.fixture(scope="module")
def booked() -> pd.DataFrame:
    return sample_layout.booked()


@pytest.fixture(scope="module")
def made(booked):
    open_books = sample_layout.ledger(booked[~sample_layout.closes(booked)])
    return build_statements(appropriate(open_books, NOTHING, HOW, RESERVED, "4101", "410403"), NOTHING, HOW)


def test_the_sheets_are_those_of_the_closed_books_account_by_account(booked, made):
    own = booked[~booked["account"].str.startswith(("5", "6"))].pivot_table("net", ["entity", "account"], "period", "sum", fill_value=0)
    own = own.cumsum(axis=1)
    rows = plan_rows(made.sheet)
    ours = rows[~rows["account"].map(HOW.tree.is_total)].pivot(index=["entity", "account"], columns="period", values="amount")
    ours = ours.mul(ours.index.get_level_values("account").map(HOW.sides), axis=0)
    both = own.reindex(ours.index, fill_value=0)
    assert set(own.index) <= set(ours.index) and len(own) > 100
    assert (to_minor(ours.to_numpy().ravel(), 2) == both.to_numpy().ravel()).all()


def test_everything_ties_but_the_payables_that_are_not_told_apart(made):
    checks = {check.name: check for check in check_statements(made, HOW)}
    assert [name for name, check in checks.items() if not check.passed] == ["direct_equals_indirect"]
    gaps = made.unreconciled
    assert not gaps.amounts.sum(axis=0).any() and not gaps.at(section="CF16").any()


def test_the_year_end_empties_the_years_result(made):
    december = list(made.sheet.periods).index(pd.Timestamp("2021-12-01"))
    assert made.sheet.at(account="4103")[december, 0] == 0 and made.sheet.at(account="4101")[december, 0] == 111_604.33
