"""Month-end balances from postings."""

import numpy as np
import pandas as pd
import pytest

from planning.core.balances import month_end_balances, sums_as_known
from planning.core.periods import month, month_end, month_range
from planning.core.tables import as_known


def closes(first, last, days=10):
    months = month_range(month(first), (month(last).year - month(first).year) * 12 + month(last).month - month(first).month + 1)
    return pd.Series(month_end(months) + pd.Timedelta(days=days), index=months)


def postings(*rows):
    table = pd.DataFrame(rows, columns=["account", "period", "known", "amount"])
    return table.assign(period=pd.to_datetime(table["period"] + "-01"), known=pd.to_datetime(table["known"]))


def said(balances):
    return [
        (f"{row.account} {row.period:%Y-%m}", f"{row.known:%Y-%m-%d}", row.amount)
        for row in balances.sort_values(["account", "period", "known"]).itertuples()
    ]


def test_a_balance_stands_in_every_month_from_the_first_posting_to_the_last_month():
    balances = month_end_balances(
        postings(("cash", "2021-01", "2021-02-10", 100.0), ("cash", "2021-03", "2021-04-10", -30.0)), closes("2021-01", "2021-04")
    )
    assert said(balances) == [
        ("cash 2021-01", "2021-02-10", 100.0),
        ("cash 2021-02", "2021-03-10", 100.0),
        ("cash 2021-03", "2021-04-10", 70.0),
        ("cash 2021-04", "2021-05-10", 70.0),
    ]


def test_no_balance_stands_before_the_first_posting_and_one_of_nothing_is_said():
    balances = month_end_balances(
        postings(("loan", "2021-02", "2021-03-10", 5.0), ("loan", "2021-03", "2021-04-10", -5.0)), closes("2021-01", "2021-03")
    )
    assert said(balances) == [("loan 2021-02", "2021-03-10", 5.0), ("loan 2021-03", "2021-04-10", 0.0)]


def test_a_late_posting_restates_each_balance_from_its_month_on_and_leaves_what_was_known():
    late = postings(("cash", "2021-01", "2021-01-20", 100.0), ("cash", "2021-01", "2021-03-20", 7.0))
    assert said(month_end_balances(late, closes("2021-01", "2021-03", days=0))) == [
        ("cash 2021-01", "2021-01-31", 100.0),
        ("cash 2021-01", "2021-03-20", 107.0),
        ("cash 2021-02", "2021-02-28", 100.0),
        ("cash 2021-02", "2021-03-20", 107.0),
        ("cash 2021-03", "2021-03-31", 107.0),
    ]


def test_a_posting_that_is_known_after_the_last_close_is_in_no_first_balance():
    late = postings(("cash", "2021-01", "2021-12-01", 7.0))
    assert said(month_end_balances(late, closes("2021-01", "2021-02"))) == [
        ("cash 2021-01", "2021-12-01", 7.0),
        ("cash 2021-02", "2021-12-01", 7.0),
    ]


@pytest.mark.parametrize("seed", range(10))
def test_what_is_known_on_a_day_is_the_sum_of_what_was_posted_and_known_by_then(seed):
    dice = np.random.default_rng(seed)
    rows = []
    for _ in range(12):
        period = pd.Timestamp(2021, int(dice.integers(1, 7)), 1)
        day = period + pd.Timedelta(days=int(dice.integers(0, 200)))
        rows.append((f"a{dice.integers(2)}", f"{period:%Y-%m}", f"{day:%Y-%m-%d}", float(dice.integers(-50, 50))))
    table, ends = postings(*rows), closes("2021-01", "2021-06")
    balances = month_end_balances(table, ends)
    for day in pd.date_range("2021-02-01", "2021-12-31", freq="17D"):
        for row in as_known(balances, day).itertuples():
            there = table[(table["account"] == row.account) & (table["period"] <= row.period) & (table["known"] <= day)]
            wanted = there[there["known"] <= max(row.known, ends[row.period])]["amount"].sum()
            assert row.amount == wanted == there["amount"].sum()


@pytest.mark.parametrize("seed", range(3))
def test_the_last_balance_is_the_sum_of_all_postings_in_whatever_order(seed):
    rows = [("cash", f"2021-0{m}", f"2021-0{m}-15", float(m * 11 - 30)) for m in (1, 2, 2, 5)]
    table = postings(*rows).sample(frac=1, random_state=seed)
    last = month_end_balances(table, closes("2021-01", "2021-06")).sort_values("period").iloc[-1]
    assert last["amount"] == sum(row[3] for row in rows)


def test_what_is_booked_later_is_added_to_what_was_known_before():
    known = pd.to_datetime(["2021-02-10", "2021-04-10", "2021-02-10"])
    cells = {"account": ["a", "a", "b"], "period": pd.Timestamp("2021-01-01")}
    postings = pd.DataFrame({**cells, "known": known, "amount": [100.0, -30.0, 5.0]})
    assert sums_as_known(postings)["amount"].tolist() == [100.0, 70.0, 5.0]
