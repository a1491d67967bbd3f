"""The made-up group taken in: its statements tie as its sources show them, what is wrong there is found, its truth is never opened."""

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from planning.core.accounts import roll_up
from planning.core.tables import as_known
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.structure import catalogue
from planning.inputs.snapshots import read_snapshot

YEAR = {"months": 12, "flaws.duplicates": 0.002, "flaws.restated": 0.3}
EVER = pd.Timestamp("2200-01-01")
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" and "truth" in str(args[0]) else None)


@pytest.fixture(scope="module")
def company():
    """The group's params as they stand in the repository."""
    return read_company(Path(__file__).parents[2] / "params" / "sample")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("group") / "files"
    write_sample(folder, build_settings("tiny", 7, YEAR))
    return folder


@pytest.fixture(scope="module")
def taken(company, files, tmp_path_factory):
    """The year taken in, its snapshot, and the files of the truth that were opened meanwhile."""
    before, folder = len(opened), tmp_path_factory.mktemp("taken") / "snapshots"
    intake = take_in(company, folder, files)
    return intake, read_snapshot("sample", folder), opened[before:]


@pytest.fixture(scope="module")
def actual(taken):
    """The actual rows as finally known."""
    _, snapshot, _ = taken
    return as_known(snapshot.rows[snapshot.rows["scenario"] == "actual"].drop(columns="source"), EVER)


def node(rows, tree, code):
    """A node of the chart by entity and month."""
    totals = roll_up(rows, tree, ["entity", "period"])
    return totals[totals["account"] == code].set_index(["entity", "period"])["amount"]


def test_every_balance_sheet_balances_to_the_cent_as_its_sources_show_it(actual, taken):
    tree = taken[1].tree
    apart = node(actual, tree, "assets") - node(actual, tree, "liabilities_equity")
    assert len(apart) == 60 and apart.abs().max() < 0.005


def test_foreign_books_balance_in_the_groups_currency_too(taken):
    snapshot = taken[1]
    rows = snapshot.tables["translated"].drop(columns="currency")
    apart = node(rows, snapshot.tree, "assets") - node(rows, snapshot.tree, "liabilities_equity")
    assert len(apart) == 12 and apart.abs().max() < 0.005


def test_the_cash_flow_statement_is_the_change_in_cash(actual, taken):
    tree = taken[1].tree
    cash = sum(node(actual, tree, code).reindex(node(actual, tree, "1002").index).fillna(0) for code in ("1001", "1002", "1012"))
    change = cash.groupby(level=0).diff().fillna(cash)
    assert (change - node(actual, tree, "cash_change").reindex(change.index).fillna(0)).abs().max() < 0.005


def test_the_years_profit_is_the_change_in_equity_less_what_owners_paid_in(actual, taken):
    tree = taken[1].tree
    profit = node(actual, tree, "net_profit").groupby("entity").sum()
    december = pd.Timestamp("2021-12-01")
    paid_in = node(actual, tree, "4001").xs(december, level="period")
    equity = node(actual, tree, "equity").xs(december, level="period")
    assert (equity - paid_in - profit).abs().max() < 0.005


def test_lines_that_the_shop_system_sent_twice_are_found_every_one(taken, files):
    flaws = pd.read_parquet(files / "truth" / "flaws.parquet")
    planted = flaws[(flaws["kind"] == "duplicate") & (flaws["table"] == "order_lines")]
    found = taken[0].findings
    told = found[(found["control"] == "order_lines") & (found["kind"] == "duplicate")]
    assert set(told["where"].str.split(" · ").str[0]) == set(planted["key"]) and len(planted) > 20


def test_expenses_that_were_booked_twice_are_found_every_one_and_no_other(taken, files):
    flaws = pd.read_parquet(files / "truth" / "flaws.parquet")
    planted = flaws.loc[(flaws["kind"] == "duplicate") & (flaws["table"] == "ledger"), "key"]
    found = taken[0].findings
    told = found.loc[(found["control"] == "ledger") & (found["kind"] == "alike"), "where"].str.split(" · ")
    assert set(told.str[1:5].str.join("|")) == set(planted) and len(planted) > 5


def test_sales_that_the_ledger_does_not_have_are_told_by_month_with_their_owner(taken):
    compared = taken[1].tables["reconciliations"]
    apart = compared[compared["difference"].abs() > 0.005]
    assert 0 < len(apart) < len(compared) / 2 and (apart["difference"] > 0).all()


def test_a_restated_month_is_known_twice_and_its_second_figures_only_later(taken):
    rows = taken[1].rows
    ledger = rows[rows["source"] == "ledger"]
    cell = [column for column in ledger.columns if column not in ("known", "amount")]
    again = ledger[ledger.duplicated(cell, keep=False) & ledger["account"].str.startswith("6602")]
    known = again.groupby(cell)["known"].agg(["min", "max"])
    assert len(known) > 50 and (known["max"] > known["min"]).all()
    first, last = (as_known(ledger.drop(columns="source"), when) for when in (known["min"].max(), EVER))
    assert len(first) and len(last) and not first.merge(last, on=cell[:-1] if "source" in cell else cell).empty


def test_nothing_opens_the_truth_and_without_it_everything_is_the_same(company, files, taken, tmp_path):
    intake, _, opened_meanwhile = taken
    assert opened_meanwhile == []
    shutil.copytree(files, tmp_path / "files", ignore=shutil.ignore_patterns("truth"))
    assert take_in(company, tmp_path / "snapshots", tmp_path / "files").snapshot == intake.snapshot


def test_the_params_hold_the_groups_own_chart_departments_and_entities(company):
    chart = company.accounts.assign(parent=company.accounts["parent"].fillna(""))
    own = catalogue("accounts")
    of_the_plan = chart["code"] == "CF16"  # what exchange does to cash: no voucher of the group books it, its consolidated plan shows it
    assert of_the_plan.sum() == 1
    chart = chart[~of_the_plan].reset_index(drop=True)
    assert chart[["code", "parent", "label_en", "label_zh", "kind"]].equals(own[["code", "parent", "label_en", "label_zh", "kind"]])
    assert set(catalogue("departments")["code"]) == set(company.cost_centres["code"]) - {"unassigned", "unmapped"}
    assert set(catalogue("entities")["code"]) == set(company.entities["code"])
