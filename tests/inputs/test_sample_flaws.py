"""What sources show wrongly: every flaw is on the list, vouchers still balance, and without flaws the copy is the truth."""

import numpy as np
import pandas as pd
import pytest

from planning.core.periods import month
from planning.inputs.sample.flaws import CLOSING, VARIANCES, bank_shown, ledger_shown, orders_shown, swapped
from planning.inputs.sample.ledger import unbalanced
from planning.inputs.sample.settings import INNOCENT, build_settings
from planning.inputs.sample.structure import catalogue
from planning.inputs.sample.world import World

SMALL = {"months": 12, "size.stores": 4, "size.buyers": 100, "size.subscribers": 20, "size.dealers": 2}
CALM = {name: 0 for name in INNOCENT if name.startswith("flaws.")}
JANUARY = month("2021-01")


@pytest.fixture(scope="module")
def lived():
    return next(World(build_settings("tiny", 7, SMALL)).months())


@pytest.fixture(scope="module")
def leaves():
    chart = catalogue("accounts")
    return chart.loc[~chart["code"].isin(chart["parent"]), "code"]


def flawed(rates):
    return build_settings("tiny", 7, SMALL | CALM | rates)


def orders(lived):
    slips = lived.events["slips"].assign(customer="", payment_date=lived.events["slips"]["date"])
    return pd.concat([slips, lived.events["online_orders"].rename(columns={"buyer": "customer"})], ignore_index=True)


def before_the_close(lines):
    """The lines that are booked before the month is closed."""
    return lines[~lines["voucher"].str.endswith((VARIANCES, CLOSING))].reset_index(drop=True)


def test_without_flaws_what_is_shown_is_the_truth(lived, leaves):
    shown, flaws = ledger_shown(lived.lines, flawed({}), JANUARY, leaves)
    pd.testing.assert_frame_equal(shown.drop(columns="booked_on"), lived.lines)
    assert flaws.empty and (shown["booked_on"] == shown["date"]).all()
    for look, table in ((orders_shown, orders(lived)), (bank_shown, pd.DataFrame({"reference": ["a", "b"], "amount": [1, 2]}))):
        shown, flaws = look(table, flawed({}), JANUARY)
        pd.testing.assert_frame_equal(shown, table)
        assert flaws.empty


def test_every_wrong_entry_is_listed_with_its_truth_and_vouchers_balance(lived, leaves):
    whole, flaws = ledger_shown(lived.lines, flawed({"flaws.errors": 0.3}), JANUARY, leaves)
    assert unbalanced(whole).empty
    shown, true = before_the_close(whole), before_the_close(lived.lines)
    changed = (shown[["debit", "account"]] != true[["debit", "account"]]).any(axis=1)
    assert changed.sum() == len(flaws) > 30 and set(flaws["column"]) == {"debit", "account"} and unbalanced(shown).empty
    wrong = flaws[flaws["column"] == "debit"]
    assert wrong["truth"].tolist() == true["debit"][shown["debit"] != true["debit"]].astype(str).tolist()
    assert set(shown["account"]) <= set(leaves)


def test_digits_are_swapped_once():
    assert (swapped(1234), swapped(1123), swapped(7777), swapped(5)) == (2134, 1213, 7777, 5)


def test_a_restated_months_expenses_are_right_once_what_was_booked_later_is_added(lived, leaves):
    shown, flaws = ledger_shown(lived.lines, flawed({"flaws.restated": 1}), JANUARY, leaves)
    later = shown[shown["booked_on"] > "2021-01-31"]
    expenses = lived.lines[(lived.lines["source"] == "expenses") & (lived.lines["measure"] != "vat")]
    keys = ["voucher", "account", "cost_centre", "measure"]
    seen = shown[(shown["source"] == "expenses") & (shown["measure"] != "vat")].groupby(keys)[["debit", "credit"]].sum()
    pd.testing.assert_frame_equal(seen, expenses.groupby(keys)[["debit", "credit"]].sum())
    assert unbalanced(later).empty
    first = shown[shown["booked_on"] <= "2021-01-31"]
    assert len(before_the_close(first)) == len(before_the_close(lived.lines)) and unbalanced(first).empty and len(flaws) > 200
    ratio = (flaws["shown"].astype(float) / flaws["truth"].astype(float)).median()
    assert ratio == pytest.approx(1, abs=0.05) and later["booked_on"].nunique() == 1


@pytest.mark.parametrize("rate", ["errors", "restated", "duplicates", "unmapped"])
def test_the_months_result_is_carried_to_equity_as_the_accounts_show_it(lived, leaves, rate):
    settings = flawed({f"flaws.{rate}": 0.9, "flaws.unmapped_month": "2021-01"})
    shown, flaws = ledger_shown(lived.lines, settings, JANUARY, leaves)
    left = (shown["debit"] - shown["credit"])[shown["account"].str.match("6|5101")].groupby([shown["entity"], shown["booked_on"]]).sum()
    assert len(flaws) and left.groupby(level=0).sum().eq(0).all()


def test_lines_that_stand_twice_are_listed(lived, leaves):
    shown, flaws = ledger_shown(lived.lines, flawed({"flaws.duplicates": 0.2}), JANUARY, leaves)
    assert len(before_the_close(shown)) - len(before_the_close(lived.lines)) == 2 * len(flaws) > 0 and unbalanced(shown).empty
    told, twice = orders_shown(orders(lived), flawed({"flaws.duplicates": 0.2}), JANUARY)
    assert sorted(told["order"][told.duplicated()]) == sorted(twice["key"]) and len(twice) > 100


def test_lines_without_customer_or_payment_are_listed(lived):
    true = orders(lived)
    shown, flaws = orders_shown(true, flawed({"flaws.unmatched": 0.3}), JANUARY)
    nobody, unpaid = (flaws[flaws["column"] == column] for column in ("customer", "payment_date"))
    assert len(nobody) == (shown["customer"] != true["customer"]).sum() > 0 and nobody["truth"].str.startswith("B").all()
    assert len(unpaid) == shown["payment_date"].isna().sum() > 100
    bank, lost = bank_shown(pd.DataFrame({"reference": [f"V{at}" for at in range(100)]}), flawed({"flaws.unmatched": 0.3}), JANUARY)
    assert lost["truth"].tolist() == [f"V{at}" for at in np.flatnonzero(bank["reference"] == "")]


def test_a_code_that_no_chart_knows_is_there_for_two_months(lived, leaves):
    rates = flawed({"flaws.unmapped": 1, "flaws.unmapped_month": "2021-01"})
    for period, there in (("2020-12", False), ("2021-01", True), ("2021-02", True), ("2021-03", False)):
        shown, flaws = ledger_shown(lived.lines, rates, month(period), leaves)
        assert bool(set(shown["account"]) - set(leaves)) == there == (not flaws.empty)
    assert not (shown["account"] == "660199").any() and "660199" not in set(leaves)
