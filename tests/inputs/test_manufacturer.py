"""The bicycle manufacturer's own files: three currencies, a year's budget, orders beside the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from planning.core.accounts import roll_up
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.snapshots import read_snapshot

COMPANY = Path(__file__).parents[2] / "params" / "adventureworks"


@pytest.fixture(scope="session")
def manufacturer():
    return read_company(COMPANY)


def test_its_params_are_sound_without_its_data(manufacturer):
    assert len(manufacturer.accounts) == 128 and set(manufacturer.entities["currency"]) == {"USD", "CAD", "EUR", "AUD"}


def test_who_owns_whom_is_read(manufacturer):
    owned = manufacturer.ownership.set_index("entity")
    assert owned.at["canada", "owned"] == 0.75 and owned.at["germany", "owned"] == 0.25 and owned.at["germany", "method"] == "equity"


@pytest.fixture(scope="session")
def taken(manufacturer, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("manufacturer") / "snapshots"
    taken = take_in(manufacturer, folder, data)
    return taken, read_snapshot("adventureworks", folder, taken.snapshot)


def totals(rows, manufacturer, account, by=("entity", "period")):
    table = roll_up(rows, manufacturer.tree, list(by))
    return table[table["account"] == account].set_index(list(by))["amount"]


@pytest.mark.needs_data
def test_every_row_is_read_and_no_code_is_unmapped(taken):
    intake, _ = taken
    assert intake.read["ledger"] == 39_409 and "unmapped" not in set(intake.findings["kind"])


@pytest.mark.needs_data
def test_every_organisations_sheet_balances_every_month_in_its_own_currency(taken, manufacturer):
    rows = taken[1].rows.query("scenario == 'actual'")
    sheets = totals(rows, manufacturer, "balance_sheet")
    assert len(sheets) == 276 and sheets.abs().max() < 0.005


@pytest.mark.needs_data
def test_and_still_to_the_cent_once_translated(taken, manufacturer):
    rows = taken[1].translated.query("scenario == 'actual'")
    sheets = totals(rows, manufacturer, "balance_sheet")
    assert len(sheets) == 96 and sheets.abs().max() < 0.005
    assert rows.query("account == 'translation_difference'")["amount"].abs().max() > 1000  # rates did move


@pytest.mark.needs_data
def test_months_are_the_meant_ones_and_the_stray_closing_entries_are_said(taken):
    intake, snapshot = taken
    months = snapshot.rows.query("source == 'ledger'")["period"]
    assert (f"{months.min():%Y-%m}", f"{months.max():%Y-%m}", months.nunique()) == ("2010-12", "2013-11", 36)
    stray = intake.findings.query("where == 'Month = 2013-12, ScenarioKey = 1'").iloc[0]
    assert (stray["rows"], stray["status"]) == (33, "accepted")


@pytest.mark.needs_data
def test_the_budget_is_one_fiscal_year_of_28_accounts(taken):
    budget = taken[1].rows.query("scenario == 'budget'")
    assert set(budget["version"]) == {"2011"} and budget["account"].nunique() == 28
    assert f"{budget['period'].min():%Y-%m}" == "2010-12" and f"{budget['period'].max():%Y-%m}" == "2011-11"
    assert budget["known"].max() < budget["period"].min()


@pytest.mark.needs_data
def test_ledger_against_orders_is_reported_by_month_and_waits_for_a_decision(taken):
    intake, snapshot = taken
    compared = snapshot.reconciliations.query("covered")
    assert len(compared) == 36 and round(compared["right"].sum() / 1e6, 1) == 103.8 and round(compared["left"].sum() / 1e6, 1) == 107.9
    found = intake.findings.query("control == 'trade_sales'")
    assert len(found) == 34 and set(found["status"]) == {"open"} and set(found["owner"]) == {"Controller"}


@pytest.mark.needs_data
def test_nothing_else_waits_for_a_decision(taken):
    assert set(taken[0].findings.query("status == 'open'")["control"]) == {"trade_sales"}


@pytest.mark.needs_data
def test_orders_of_both_channels_are_the_known_totals(taken):
    sums = taken[1].query("SELECT channel, sum(net) AS net FROM order_lines GROUP BY channel").set_index("channel")["net"]
    assert sums.round(2).to_dict() == {"internet": 29_358_677.22, "reseller": 80_450_596.98}


@pytest.mark.needs_data
def test_everybody_who_ordered_on_the_internet_is_known_and_described(taken):
    buyers, lines = taken[1].event("buyers"), taken[1].event("order_lines")
    internet = lines[lines["channel"] == "internet"]
    first = internet.groupby("customer")["date"].min()
    assert set(internet["customer"]) == set(buyers["customer"]) and len(buyers) == 18_484
    assert (first.reindex(buyers["customer"]).to_numpy() == buyers["since"].to_numpy()).mean() > 0.99
    assert set(buyers["education"]) == {"Partial High School", "High School", "Partial College", "Bachelors", "Graduate Degree"}
    assert buyers["yearly_income"].between(10_000, 170_000).all()
    assert not (taken[0].findings["kind"] == "orphan").any()


@pytest.mark.needs_data
def test_stock_quotas_survey_and_calls_are_there_too(taken):
    counts = taken[0].events
    assert {name: counts[name] for name in ("inventory", "quotas", "survey", "calls")} == {
        "inventory": 776_286, "quotas": 163, "survey": 2_727, "calls": 120,
    }  # fmt: skip


@pytest.mark.needs_data
def test_orders_of_internet_buyers_are_the_lines_of_their_channel(taken):
    orders, lines = taken[1].event("orders"), taken[1].event("order_lines")
    internet = lines[lines["channel"] == "internet"]
    assert len(orders) == len(internet) == 60_398 and orders["customer"].nunique() == 18_484
    assert orders["amount"].sum() == pytest.approx(internet["net"].sum()) == pytest.approx(29_358_677.22)
    margin = 1 - internet["cost"].sum() / internet["net"].sum()
    assert margin == pytest.approx(0.41, abs=0.005), "as churn_prediction takes it"
