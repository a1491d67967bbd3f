"""The made-up group's plan, from its files to consolidated statements: it ties, and a case moves what it says and no more."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Driver, Entry, driver_problems
from planning.core.errors import RequestError
from planning.core.sides import natural_sides
from planning.inputs.company import read_company
from planning.inputs.drivers import read_drivers
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.snapshots import read_snapshot
from planning.inputs.wiring import read_wiring
from planning.model.consolidation import check_consolidation, consolidate
from planning.model.drivers import Drivers
from planning.model.ledger import check_ledger
from planning.model.statements import build_statements, check_statements, opening_balances, yearly
from planning.plan.chain.annual import Asked, Sources, find_basis, plan_company
from planning.plan.chain.group_goods import group_stock
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.measured import MONTHLY_RETURNS, MONTHLY_SALES
from planning.plan.chain.wire import group_of, lay_out, wire, with_shares

PARAMS = Path(__file__).resolve().parents[3] / "params" / "sample"
SMALL = {"months": 24, "size.stores": 4, "size.buyers": 200, "size.subscribers": 60, "size.dealers": 3}
AS_OF = pd.Timestamp("2022-02-01")
TABLES = ("purchases", "production", "inventory", "bill_of_materials", "products", "stores", "pay", "leases")


@pytest.fixture(scope="module")
def company():
    return read_company(PARAMS)


@pytest.fixture(scope="module")
def taken(company, tmp_path_factory):
    root = tmp_path_factory.mktemp("planned")
    write_sample(root / "files", build_settings("tiny", 7, SMALL))
    return read_snapshot("sample", root / "snapshots", take_in(company, root / "snapshots", root / "files").snapshot)


@pytest.fixture(scope="module")
def how(company, taken):
    """Wiring, layout and what the files say."""
    read = read_wiring(company, taken.tree)
    sides = natural_sides(taken.accounts, company.file.sides.debit, company.file.sides.credit)
    said = read.file.model_dump()
    wiring = wire(said, read.file.other_sides, read.rules, read.settlements, taken.tree, sides)
    return wiring, lay_out(said, read.sections, wiring, company.calendar), said


@pytest.fixture(scope="module")
def basis(company, taken, how):
    sales, returns = (taken.query(sql).astype({"period": "datetime64[ns]"}) for sql in (MONTHLY_SALES, MONTHLY_RETURNS))
    tables = (taken.event(name) for name in TABLES)
    sources = Sources(sales, returns, *tables, taken.rows, taken.cost_centres, taken.entities, taken.event("rates"))
    asked = Asked(AS_OF, company.known_by(AS_OF), 2022, company.calendar, "seasonal_naive")
    return find_basis(sources, asked, Drivers(read_drivers(company)), how[0])


@pytest.fixture(scope="module")
def planned(basis, how):
    return plan_company(basis, basis.drivers, how[0])


@pytest.fixture(scope="module")
def statements(planned, how):
    _, plan, open_at = planned
    return build_statements(plan.ledger, opening_balances(natural(open_at, how), how[1]), how[1])


def natural(open_at, how):
    wiring, layout, _ = how
    kept = open_at[open_at["account"].isin(layout.leaves(layout.assets, layout.claims))]
    return kept.assign(amount=(kept["amount"] * kept["account"].map(wiring.sides)).round(2))


def of_this_size(said, open_at):
    """The group's shares as this small one's books hold them: in the same proportion."""
    shares = said["group"]["shares"]
    held = open_at.loc[open_at["account"] == said["group"]["accounts"]["investments"], "amount"].sum()
    parts = {who: round(cost / sum(shares.values()) * held, 2) for who, cost in shares.items()}
    parts["MFG"] += round(held - sum(parts.values()), 2)
    return {**said, "group": {**said["group"], "shares": parts}}


def profit(made, how):
    """Net profit of the year by entity, from the ledger."""
    _, plan, open_at = made
    income = build_statements(plan.ledger, opening_balances(natural(open_at, how), how[1]), how[1]).income
    year = yearly(income, how[1].calendar)
    return {entity: year.at(entity=entity, account="net_profit")[-1, 0] for entity in plan.entities}


def test_the_drivers_of_the_group_are_as_the_chain_knows_them(company):
    assert driver_problems(read_drivers(company), MEANINGS) == []


def test_the_planned_books_balance_and_the_three_statements_tie(planned, statements, how):
    assert check_ledger(planned[1].ledger).passed
    assert [check for check in check_statements(statements, how[1]) if not check.passed] == []


def test_the_plan_is_near_what_came(basis, planned):
    """Ten months that the plan didn't see: what was sold, by company."""
    sold = basis.sources.sold
    came = sold[sold["period"].isin(basis.asked.horizon.periods)]
    months = came["period"].nunique()
    assert months == 10
    sales = planned[0].trade.traffic.sales
    ours = pd.Series(sales.net[:, :months, 0].sum(axis=1)).groupby(sales.cells["entity"]).sum()
    ratio = ours / came.groupby("entity")["net"].sum()
    assert ratio.between(0.75, 1.33).all(), ratio


def test_the_group_consolidates_and_its_own_profit_in_stock_is_out(planned, basis, company, how):
    made, plan, open_at = planned
    wiring, layout, said = how
    said = of_this_size(said, open_at)
    opening = opening_balances(with_shares(natural(open_at, how), said, company.entities), layout)
    rates = pd.DataFrame({"period": [AS_OF, *basis.asked.horizon.periods], "currency": "HKD", "average": 0.86, "closing": 0.86})
    stocks = group_stock(made.trade, basis.sources.products, wiring, made.drivers, basis.asked.horizon)
    assert set(stocks.rows["seller"]) == {"MFG"} and set(stocks.rows["buyer"]) == {"NORTH", "ONLINE", "SOUTH"}
    group = group_of(said, company.entities, company.ownership, layout, "CNY")
    whole = consolidate(plan.ledger, opening, group, rates, layout, stocks)
    assert [check for check in check_consolidation(whole, layout) if not check.passed] == []
    year = yearly(whole.consolidated.income, layout.calendar)
    outside = {f"60010{number}{part}" for number in range(1, 7) for part in "123"}
    assert sum(year.at(account=f"60010{number}4").sum() for number in range(1, 7)) == pytest.approx(0)
    assert sum(year.at(account=code).sum() for code in outside) > 0


def test_shares_that_the_books_do_not_hold_are_refused(planned, company, how):
    said = {**how[2], "group": {**how[2]["group"], "shares": {"MFG": 1.0}}}
    with pytest.raises(RequestError, match="shares that are not those of the books"):
        with_shares(natural(planned[2], how), said, company.entities)


# ------------------------------------------------------------------------------------------------------------------- cases


def test_a_case_without_differences_equals_its_base(basis, planned, how):
    again = plan_company(basis, basis.drivers.with_case({}), how[0])
    assert again[1].ledger.lines.equals(planned[1].ledger.lines)
    assert (again[1].ledger.amounts == planned[1].ledger.amounts).all()


def test_dearer_materials_cost_profit_at_the_works_and_cash_and_nothing_elsewhere(basis, planned, how):
    dearer = basis.drivers.with_case({"purchase_price_change": [Entry(0.1, {"entity": "MFG"}, pd.Timestamp("2022-05-01"))]})
    made = plan_company(basis, dearer, how[0])
    before, after = profit(planned, how), profit(made, how)
    assert after["MFG"] < before["MFG"] - 1000
    assert all(after[who] == before[who] for who in ("NORTH", "SOUTH", "ONLINE", "HOLD"))
    at = made[1].entities.index("MFG")
    cash = [result[1].funding.cash[at] - result[1].funding.debt[at] for result in (made, planned)]
    assert cash[0][-1] < cash[1][-1] and np.array_equal(cash[0][:2], cash[1][:2])  # nothing before May


def test_a_store_that_sells_less_makes_the_works_make_less(basis, planned, how):
    less = basis.drivers.with_case({"volume_change": [Entry(-0.5, {"entity": "NORTH"})]})
    made = plan_company(basis, less, how[0])
    produced = lambda result: result[0].trade.traffic.flows.stock.came[result[0].trade.traffic.items.made].sum()  # noqa: E731
    assert produced(made) < produced(planned)


def test_a_driver_drawn_is_drawn_through_to_the_last_statement(basis, how):
    given = Drivers([replace(driver, entries=(Entry(0.0),)) if driver.name == "price_change" else driver for driver in
                     [*basis.drivers.values()]]) if "price_change" in basis.drivers else basis.drivers  # fmt: skip
    drawn = given.shifted({("price_change", 0): np.array([-0.05, 0.0, 0.05])})
    _, plan, open_at = plan_company(basis, drawn, how[0])
    assert plan.ledger.draws == 3 and check_ledger(plan.ledger).passed
    made = build_statements(plan.ledger, opening_balances(natural(open_at, how), how[1]), how[1])
    assert [check for check in check_statements(made, how[1]) if not check.passed] == []
    result = yearly(made.income, how[1].calendar).at(entity="NORTH", account="net_profit")[-1]
    assert result[0] < result[1] < result[2]


def test_an_assumption_that_makes_no_sense_is_refused():
    wrong = Driver("purchase_price", "currency", entries=(Entry(-3.0, {"product": "steel"}),))
    assert "out of range" in str(driver_problems([wrong], MEANINGS)[0])
