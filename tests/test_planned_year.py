"""A made-up group's year planned in cases, as tables and as people read it: everything ties, and a case differs in what it says."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.tables import departments
from planning.inputs.company import read_company
from planning.inputs.drivers import case_of, read_drivers
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.snapshots import read_snapshot
from planning.inputs.wiring import read_wiring
from planning.model.drivers import Drivers
from planning.plan import executive, pack, plan_trial, planned_year
from planning.plan.books import open_books
from planning.plan.budget_odds import year_odds
from planning.plan.chain.sources import Asked
from planning.plan.chain.whole import find_sources, how_planned
from planning.plan.profit_bridge import profit_bridge
from planning.view import odds_report, plan_report
from planning.view.reader import build_reader

PARAMS = Path(__file__).resolve().parents[1] / "params" / "sample"
SMALL = {"months": 24, "size.stores": 4, "size.buyers": 200, "size.subscribers": 60, "size.dealers": 3}
AS_OF = pd.Timestamp("2022-09-01")
LATER = {"store": "S999", "like": "S001", "ramp": [0.5, 1.0]}
CASES = {
    "base": {},
    "same": {"label": ["The same", "相同"]},
    "dearer": {"drivers": {"purchase_price_change": [{"add": 0.1, "entity": "MFG", "from": "2023-01"}]}},
    "store": {"label": ["New store", "新开门店"], "launches": [LATER | {"from": "2023-03"}]},
    "late": {"launches": [LATER | {"from": "2023-06"}]},
}


@pytest.fixture(scope="module")
def company():
    return read_company(PARAMS)


@pytest.fixture(scope="module")
def taken(company, tmp_path_factory):
    root = tmp_path_factory.mktemp("year")
    write_sample(root / "files", build_settings("tiny", 7, SMALL))
    return read_snapshot("sample", root / "snapshots", take_in(company, root / "snapshots", root / "files").snapshot)


@pytest.fixture(scope="module")
def plan(company, taken):
    """Plans the year in some cases. The group's shares are as large as this small one's books hold them."""
    wired = read_wiring(company, taken.tree)
    held = taken.rows[(taken.rows["account"] == "151101") & (taken.rows["period"] == AS_OF)]["amount"].sum()
    shares, cost = wired.file.group.shares, sum(wired.file.group.shares.values())
    parts = {who: round(share / cost * held, 2) for who, share in shares.items()}
    parts["MFG"] = round(parts["MFG"] + held - sum(parts.values()), 2)
    group = wired.file.group.model_copy(update={"shares": parts})
    wired = replace(wired, file=wired.file.model_copy(update={"group": group}))
    how = how_planned(wired, taken, company.sides, company.ownership, company.calendar, "CNY")
    asked = Asked(AS_OF, company.known_by(AS_OF), 2023, company.calendar, "seasonal_naive")
    sources = find_sources(taken.tables, taken.event, taken.query)

    def plan(cases):
        named = [case_of(*case) for case in cases.items()]
        given = Drivers(read_drivers(company))
        return planned_year.plan_year(sources, asked, given, how, taken.tables, "revenue", "CNY", named)

    return plan


@pytest.fixture(scope="module")
def year(plan):
    return plan(CASES)


def of(table, line, column):
    return float(table.loc[table["line"] == line, column].iloc[0])


def test_the_year_ties_in_every_case(year):
    checks = planned_year.check_planned(year)
    assert [check for check in checks if not check.passed] == [] and len(checks) >= 20


def test_the_pack_holds_months_the_year_to_date_and_four_views(year):
    table = pack.pack_table(year.pack, 3)
    income = year.pack.months[year.pack.months["view"] == "draft"]
    assert of(table, "revenue", "year_draft") == pytest.approx(income.loc[income["line"] == "revenue", "amount"].sum())
    assert of(table, "revenue", "month_draft") < of(table, "revenue", "to_date_draft") < of(table, "revenue", "year_draft")
    booked = [of(table, "revenue", f"year_{view}") for view in ("forecast", "prior")]
    assert all(0.5 < amount / of(table, "revenue", "year_draft") < 2 for amount in booked)
    assert np.isnan(of(table, "net_profit", "year_budget"))  # nobody budgeted taxes
    assert of(table, "6001", "year_budget") > 0 and "6801" in year.pack.unbudgeted


def test_the_running_year_is_closed_months_as_booked_and_open_ones_as_planned(year):
    actual = year.past[(year.past["scenario"] == "actual") & year.past["account"].str.startswith("6001")]
    closed = actual[actual["period"].between("2022-01-01", AS_OF)]
    months = year.pack.months[(year.pack.months["view"] == "forecast") & (year.pack.months["line"] == "6001")]
    by_month = months.set_index("number")["amount"]
    assert by_month.loc[1:9].sum() == pytest.approx(closed["amount"].sum(), abs=0.05) and (by_month.loc[10:12] > 0).all()


def test_the_profit_bridge_closes_and_names_what_changed(year):
    steps = profit_bridge(year.pack, year.basis, year.whole, year.how, "revenue").set_index("step")["amount"]
    assert steps["end"] == pytest.approx(round(year.pack.of("net_profit", "draft"), 2))
    assert steps["start"] + steps.drop(["start", "end"]).sum() == pytest.approx(steps["end"], abs=0.005)
    assert {"price", "unit_cost"} <= set(steps.index) and "volume" not in steps.index  # the last twelve months' pieces again


def test_statements_of_companies_and_eliminations_make_the_group(year):
    table = pack.by_company(year.whole, year.how, year.basis)
    assert of(table, "revenue", "elimination") < 0 < of(table, "revenue", "group")
    sheet = pack.sheet_table(year.whole, year.how, year.basis)
    ends = [column for column in sheet.columns if isinstance(column, pd.Timestamp)]
    assert len(ends) == 5 and all(of(sheet, "assets", end) == pytest.approx(of(sheet, "liabilities_equity", end), abs=1) for end in ends)
    assert of(sheet, "1602", ends[-1]) < 0  # what is written off is taken off
    cash, profit = pack.cash_table(year.whole, year.how, year.basis), pack.reconciled_cash(year.whole, year.how, year.basis)
    assert of(cash, "operating_cash", "year") == pytest.approx(of(profit, "operating_cash", "year"), abs=1)
    lines = cash[~cash["is_total"]]
    assert lines["year"].sum() == pytest.approx(of(cash, "cash_change", "year"), abs=1)  # what is paid stands below 0
    assert profit["line"].iloc[0] == "profit"


def test_a_case_without_differences_is_the_plan(year):
    table = planned_year.cases_table(year)
    pd.testing.assert_series_equal(table["same"], table["base"], check_names=False)
    assert planned_year.case_cells(year, "same").empty


def test_dearer_materials_cost_profit_and_cash_and_are_named_cell_by_cell(year):
    table = planned_year.cases_table(year).set_index("code")
    assert table.at["net_profit", "dearer"] < table.at["net_profit", "base"] and table.at["cash", "dearer"] < table.at["cash", "base"]
    cells = planned_year.case_cells(year, "dearer")
    assert set(cells["entity"]) == {"MFG"} and cells["change"].abs().is_monotonic_decreasing
    assert (cells["case"] - cells["base"]).round(2).equals(cells["change"])


def test_a_store_that_opens_later_sells_less_than_one_that_opens_in_time(year):
    revenue = planned_year.cases_table(year).set_index("code").loc["revenue"]
    assert revenue["base"] < revenue["late"] < revenue["store"]


def test_what_departments_spend_is_the_ledgers(year):
    table = executive.by_department(year.whole, year.how, year.basis)
    assert set(table["number"]) == set(range(1, 13)) and {"D101", "D301"} <= set(table["cost_centre"])
    lines = year.whole.plan.ledger.lines
    own = ((lines["cost_centre"] == "D101") & lines["account"].str.startswith("66")).to_numpy()
    chosen = year.basis.asked.horizon.years == 2023
    assert table.loc[table["cost_centre"] == "D101", "amount"].sum() == pytest.approx(
        year.whole.plan.ledger.units[own][:, chosen].sum(), abs=0.05
    )


def test_versions_of_a_budget_stand_in_the_order_in_which_they_came(year):
    table = executive.versions_table(year.past, year.basis, year.how, year.pack.lines)
    assert table["version"].unique().tolist() == ["2022_request", "2022_negotiated", "2022_final"]
    assert set(table["fiscal_year"]) == {2022}


def test_what_is_published_is_the_statements(year):
    rows = planned_year.published_plan(year, "2023_draft")
    assert set(rows["period"].dt.year) == {2023} and not rows.duplicated(["entity", "cost_centre", "account", "period"]).any()
    income = year.whole.statements.income
    at = ((income.rows["entity"] == "NORTH") & (income.rows["account"] == "6001011")).to_numpy()
    stated = income.units[at][:, year.basis.asked.horizon.years == 2023].sum()
    told = rows[(rows["entity"] == "NORTH") & (rows["account"] == "6001011")]
    assert told["amount"].sum() == pytest.approx(stated, abs=0.02) and stated > 0


def test_what_cost_centres_plan_is_the_companies_profit_in_the_groups_currency(year):
    rows, tree = planned_year.centre_rows(year), year.how.layout.tree
    weight = {account: pack.weight_in(tree, account, "net_profit") for account in rows["account"].unique()}
    table = pack.by_company(year.whole, year.how, year.basis).set_index("line")
    booked = table.loc["net_profit", year.whole.plan.entities].sum()
    assert (rows["amount"] * rows["account"].map(weight)).sum() == pytest.approx(booked, abs=5.0)


def test_what_is_borrowed_is_no_cash_of_the_plans_own(year):
    key = year.key_figures.set_index("code")
    opening, closing = planned_year.cash_of(year)
    assert opening == pytest.approx(key.at["cash", "forecast"], abs=1.0)
    borrowed = key.at["debt", "draft"] - key.at["debt", "forecast"]
    assert borrowed > 0 and closing <= key.at["cash", "draft"] - borrowed + 1.0


def test_one_closed_budget_tells_no_odds_and_the_approver_reads_why(year, company, taken, reader):
    books = open_books(taken.tables, company.calendar, company.file.roles, "CNY", AS_OF)
    units = departments(taken.cost_centres)
    told = year_odds(books, company.calendar, units, 10, company.known_by(AS_OF), planned_year.centre_rows(year))
    assert told[0]["odds"].isna().all() and told[1].years == []
    said = shown(odds_report.show_odds(told, reader))
    assert {"en": "two are needed", "zh": "两"}[reader.lang] in said and odds_report.show_odds(None, reader) == []


def test_an_assumption_that_makes_no_sense_is_refused_with_its_name(plan):
    with pytest.raises(RequestError, match="pay_raise") as wrong:
        plan({"base": {"drivers": {"pay_raise": [{"add": 0.1}]}}})
    assert "pay_rise" in str(wrong.value)
    with pytest.raises(RequestError, match="out of range"):
        plan({"base": {}, "wrong": {"drivers": {"list_price": [{"value": -1.0}]}}})


def test_no_earlier_year_is_no_trial(year, company):
    assert plan_trial.earlier_plans(year.basis, company.known_by) == []
    tried = plan_trial.tried_plans([], year.basis, Drivers(), year.how, year.past)
    assert tried.empty and list(tried.columns) == ["fiscal_year", "line", "planned", "adopted", "came"]


# ------------------------------------------------------------------------------------------------------------ as it is read


@pytest.fixture(params=["en", "zh"])
def reader(request, year, company, taken):
    words = company.file.model_dump()
    return build_reader(request.param, "thousand", "CNY", year.how.layout.tree, taken.cost_centres, company.calendar, words, True)


WORDS = {
    "en": ["Balance sheet", "Cash flow", "Volume", "New store", "Income tax"],
    "zh": ["资产负债表", "现金流量表", "销量", "新开门店", "所得税"],
}


def shown(parts):
    """What is shown, as text: HTML, and of charts what stands for them."""
    return " ".join(getattr(part, "alt", None) or str(part) for part in parts)


def test_everything_is_shown_in_the_readers_language(year, reader, taken):
    named = dict(zip(taken.entities["code"], taken.entities[f"label_{reader.lang}"], strict=True))
    tried = pd.DataFrame({"fiscal_year": [2022], "line": ["revenue"], "planned": [1e6], "adopted": [np.nan], "came": [1.1e6]})
    text = shown([
        plan_report.say_headline(year, reader), *plan_report.say_method(year, reader), plan_report.say_trial(year, reader, tried),
        *plan_report.first_page(year, reader, 3), *plan_report.statements(year, reader, named), *plan_report.reasons(year, reader, tried),
        *plan_report.show_what_if(year, reader, named),
    ])  # fmt: skip
    assert not re.search(r"\bnan\b|None|Timestamp|plan_[a-z]+", text)
    assert [word for word in WORDS[reader.lang] if word not in text] == []
    if reader.lang == "zh":
        told = re.sub(r"<[^>]+>|S\d{3}|FY\d+|CNY|[A-Z]{3,}|\d{4}_\w+", " ", text)
        english = set(re.findall(r"[A-Za-z]{4,}", told)) - {"planning", "sample", "base", "dearer", "late"}
        assert english == set()


def test_what_is_said_alike_of_many_accounts_is_one_row(year, reader):
    table = str(plan_report.show_drivers(year, reader)[0])
    said = [driver for driver in year.basis.drivers["running_tax"].entries if driver.source == "invoices of services"]
    assert len(said) > 40 and table.count(f">{said[0].source if reader.lang == 'en' else said[0].source_zh}<") == 1
    assert (f"and {len(said) - 1} more" if reader.lang == "en" else f"另 {len(said) - 1} 项") in table


def test_what_was_measured_says_on_what_in_chinese_too(year):
    measured = [driver.basis for driver in year.basis.drivers.values() if driver.measured is not None]
    bases = {basis for basis in measured if not basis.startswith("nothing said")}
    told = {plan_report.said_basis(basis, "zh") for basis in bases}
    assert len(bases) >= 10 and not [basis for basis in told if re.search("[a-z]{2}", basis)]


def test_without_a_plan_nothing_is_shown_and_the_reader_is_told_why(year, reader):
    shown = [plan_report.first_page(None, reader, 3), plan_report.statements(None, reader, {}), plan_report.show_what_if(None, reader, {})]
    assert shown == [[], [], []]
    assert "docs/drivers.md" in plan_report.say_method(None, reader)[0]
    assert plan_report.say_trial(None, reader, pd.DataFrame()) is None
