"""A year of the made-up group: every amount is reached from its events, and the statements tie, month by month."""

import pandas as pd
import pytest

from planning.inputs.sample.ledger import unbalanced, unreached
from planning.inputs.sample.postings import CASH, RULES
from planning.inputs.sample.settings import INNOCENT, build_settings
from planning.inputs.sample.structure import catalogue
from planning.inputs.sample.world import World

FLOWS = {
    "sales", "goods", "people", "taxes", "other", "assets", "investments", "capital", "loans drawn", "loans repaid", "interest", "leases",
    "internal", "other receipts", "dividends", "dividends received",
}  # fmt: skip


@pytest.fixture(scope="module", params=[7, 8], ids=["seed 7", "an innocent world"])
def months(request):
    """A year of a small group."""
    rates = {"months": 12, "size.stores": 6, "size.buyers": 100, "size.subscribers": 60, "size.dealers": 3}
    return list(World(build_settings("tiny", request.param, rates | (INNOCENT if request.param == 8 else {}))).months())


def test_every_voucher_balances_and_every_line_is_reached_from_its_events(months):
    for each in months:
        events = {name: table for name, table in each.events.items() if name != "inventory"}
        assert unbalanced(each.lines).empty and unreached(each.lines, events, RULES).empty


def test_every_line_is_on_an_account_of_the_chart_and_every_department_is_known(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    chart = catalogue("accounts")
    leaves = set(chart["code"]) - set(chart["parent"])
    assert set(lines["account"]) <= leaves and set(lines["cost_centre"]) <= {"", *catalogue("departments")["code"]}


def test_the_balance_sheet_balances_and_the_years_profit_is_carried_to_equity(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    lines["net"] = lines["debit"] - lines["credit"]
    assert lines.groupby("entity")["net"].sum().eq(0).all()
    assert lines[lines["account"].str.match("6|4103")].groupby(["entity", "account"])["net"].sum().eq(0).all()
    assert lines[lines["account"].str.match("5")].assign(top=lines["account"].str[:4]).groupby(["entity", "top"])["net"].sum().eq(0).all()
    earned = lines[lines["account"].str.startswith("6") & ~lines["voucher"].str.endswith("-close")].groupby("entity")["net"].sum()
    carried = lines[lines["account"].str.match("410[14]")].groupby("entity")["net"].sum()
    assert carried.equals(earned.rename("net"))
    reserve = -lines[lines["account"] == "4101"].groupby("entity")["net"].sum()
    assert (reserve == (-earned[-earned > 0].drop("SOUTH", errors="ignore") * 0.1).round()).all()


def test_every_movement_of_cash_is_a_line_of_the_cash_flow_statement_and_what_is_internal_nets_to_nothing(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    cash = lines[lines["account"].str.startswith(CASH)].assign(net=lambda table: table["debit"] - table["credit"])
    assert set(cash["movement"]) <= FLOWS and cash.loc[cash["movement"] == "internal", "net"].sum() == 0


def test_the_ledgers_stock_is_what_lies_in_the_warehouses(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True).assign(net=lambda table: table["debit"] - table["credit"])
    booked = lines[lines["account"].str.match("140[35]")].groupby("entity")["net"].sum()
    counted = months[-1].events["inventory"].groupby("entity")["value"].sum()
    assert booked.to_dict() == counted.to_dict()


def test_what_is_owed_within_the_group_is_owed_on_both_sides(months):
    """The southern stores owe dollars: the plant claims what these are worth at the month's closing rate."""
    lines = pd.concat([each.lines for each in months], ignore_index=True).assign(net=lambda table: table["debit"] - table["credit"])
    claims = lines[lines["account"] == "112202"].groupby("partner")["net"].sum()
    debts = lines[lines["account"] == "220204"].groupby("entity")["net"].sum()
    assert claims["NORTH"] == -debts["NORTH"] > 0 and claims["ONLINE"] == -debts["ONLINE"]
    assert claims["SOUTH"] == round(-debts["SOUTH"] * months[-1].events["exchange"]["rate"].iloc[0]) > 0


def test_the_same_seed_makes_the_same_group(months):
    settings = build_settings("tiny", 7, {"months": 12, "size.stores": 6, "size.buyers": 100, "size.subscribers": 60, "size.dealers": 3})
    first, again = (next(World(settings).months()) for _ in range(2))
    pd.testing.assert_frame_equal(first.lines, again.lines)
    assert all(first.events[name].equals(again.events[name]) for name in first.events)
