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
from planning.plan.chain.annual import plan_company
from planning.plan.chain.basis import find_basis
from planning.plan.chain.exchange import planned_rates
from planning.plan.chain.group_goods import group_stock
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.measured import MONTHLY_RETURNS, MONTHLY_SALES
from planning.plan.chain.money import by_entity
from planning.plan.chain.sources import Asked, Sources
from planning.plan.chain.wire import group_of, lay_out, wire, with_shares
from planning.plan.chain.year_cash import year_cash

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
    books = (taken.rows, taken.cost_centres, taken.entities, taken.event("rates"))
    sources = Sources(sales, returns, *tables, *books, taken.event("proposals"), taken.event("project_flows"), taken.ownership)
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


def test_the_cash_of_the_year_is_what_the_books_move_without_new_loans(basis, planned, how):
    _, plan, open_at = planned
    wiring, worth = how[0], basis.sources.worth()
    opening, closing = year_cash(plan, open_at, worth, wiring, basis.asked)
    leaves = [leaf for node in wiring.accounts.cash for leaf in wiring.tree.leaves(node)]
    moved = by_entity(plan.ledger, plan.entities, leaves)[:, :, 0].sum(axis=1) @ worth.reindex(plan.entities)
    drawn = plan.funding.drawn[:, :, 0].sum(axis=1) @ worth.reindex(plan.entities)
    assert closing == pytest.approx(opening + moved - drawn, abs=1.0) and opening > 0


def consolidated(planned, basis, company, how):
    """The group's statements of a plan."""
    made, plan, open_at = planned
    wiring, layout, said = how
    said = of_this_size(said, open_at)
    opening = opening_balances(with_shares(natural(open_at, how), said, company.entities), layout)
    rates = planned_rates(made.drivers, company.entities, basis.sources.known(AS_OF).rates, basis.asked.horizon.periods)
    stocks = group_stock(made.trade, basis.sources.products, wiring, made.drivers, basis.asked.horizon)
    return consolidate(plan.ledger, opening, group_of(said, company.entities, company.ownership, layout, "CNY"), rates, layout, stocks)


def test_the_group_consolidates_and_its_own_profit_in_stock_is_out(planned, basis, company, how):
    made, layout = planned[0], how[1]
    assert {*group_stock(made.trade, basis.sources.products, how[0], made.drivers, basis.asked.horizon).rows["seller"]} == {"MFG"}
    whole = consolidated(planned, basis, company, how)
    assert [check for check in check_consolidation(whole, layout) if not check.passed] == []
    year = yearly(whole.consolidated.income, layout.calendar)
    outside = {f"60010{number}{part}" for number in range(1, 7) for part in "123"}
    assert sum(year.at(account=f"60010{number}4").sum() for number in range(1, 7)) == pytest.approx(0)
    assert sum(year.at(account=code).sum() for code in outside) > 0


def test_a_dearer_currency_moves_what_is_delivered_for_it_and_the_group_still_ties(basis, planned, company, how):
    dearer = basis.drivers.with_case({"exchange_rate": [Entry(0.95, {"currency": "HKD"}, pd.Timestamp("2022-06-01"))]})
    made = plan_company(basis, dearer, how[0])
    before, after = profit(planned, how), profit(made, how)
    assert after["MFG"] > before["MFG"] + 1000  # the same dollars are worth more
    assert all(after[who] == before[who] for who in ("NORTH", "SOUTH", "ONLINE", "HOLD"))
    whole = consolidated(made, basis, company, how)
    assert [check for check in check_consolidation(whole, how[1]) if not check.passed] == []


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


def test_a_project_becomes_an_asset_when_its_money_is_spent_and_is_written_off_from_the_month_after(planned):
    """J0003 of the holding, 52,000: 20,800 were spent by February 2022 at 10,400 a month, so the rest is by May; over 60 months 866.67 more
    a month from June."""
    events = planned[0].events
    [at] = np.flatnonzero(events["projects"].rows["project"] == "J0003")
    assert events["projects"].measures["spent"][at, :4, 0].tolist() == pytest.approx([10400, 10400, 10400, 0])
    assert events["projects"].measures["completed"][at, :4, 0].tolist() == pytest.approx([0, 0, 52000, 0])
    lost = events["depreciation"]
    of_sponsor = ((lost.rows["cost_centre"] == "D106") & (lost.rows["asset"] == "160104")).to_numpy()
    monthly = lost.measures["amount"][of_sponsor, :, 0].sum(axis=0)
    assert monthly[3] - monthly[2] == pytest.approx(52000 / 60, rel=0.02)
    assert np.ptp(monthly[3:]) < 1500  # nothing but what capex adds


def test_a_project_that_is_ready_later_moves_depreciation_and_what_follows_from_it_and_nothing_else(basis, planned, how):
    later = basis.drivers.with_case({"ready_delay": [Entry(3.0, {"project": "J0003"})]})
    made = plan_company(basis, later, how[0])
    moved = by_event(made[1].ledger) - by_event(planned[1].ledger)
    assert set(moved.index[moved.abs().sum(axis=1) > 0].get_level_values("event")) == {"projects", "depreciation"}
    lost = moved.xs("depreciation", level="event")
    assert lost.loc["660215"].round(2).tolist()[:7] == [0, 0, 0, -866.67, -866.67, -866.67, 0]
    before, after = profit(planned, how), profit(made, how)
    assert after["HOLD"] - before["HOLD"] == pytest.approx(2600, abs=0.03)  # the holding earns nothing that is taxed
    assert all(after[who] == before[who] for who in ("NORTH", "SOUTH", "ONLINE", "MFG"))


def by_event(ledger):
    """What is posted by event and account, in each month."""
    return ledger.lines[["event", "account"]].join(pd.DataFrame(ledger.units[:, :, 0])).groupby(["event", "account"]).sum()


def test_a_dividend_moves_cash_to_owners_and_the_group_still_ties(basis, planned, company, how):
    """The works earned something in 2021; six tenths of half of it are the holding's."""
    paying = basis.drivers.with_case({"payout": [Entry(0.5, {"entity": "MFG"})]})
    made = plan_company(basis, paying, how[0])
    lines, units = made[1].ledger.lines, made[1].ledger.units[:, :, 0]
    of = lambda **where: units[np.logical_and.reduce([lines[name] == word for name, word in where.items()])].sum(axis=0)  # noqa: E731
    declared = of(entity="MFG", account="410402", event="dividends")
    income = -of(entity="HOLD", account="611102", partner="MFG")
    assert np.flatnonzero(declared).tolist() == [3] and declared[3] > 1000  # June
    assert income[3] == pytest.approx(0.6 * declared[3], abs=0.01)
    assert of(entity="MFG", account="2232", event="payments")[4] == pytest.approx(declared[3])  # July
    before, after = profit(planned, how), profit(made, how)
    assert after["HOLD"] - before["HOLD"] == pytest.approx(income.sum(), rel=0.02)  # and interest
    whole = consolidated(made, basis, company, how)
    assert [check for check in check_consolidation(whole, how[1]) if not check.passed] == []
    year = yearly(whole.consolidated.income, how[1].calendar)
    assert year.at(account="611102").sum() == pytest.approx(0)
    missed = whole.differences
    assert not missed.amounts[missed.rows["name"].isin(["dividends", "cash"]) & (missed.rows["entity"] == "HOLD")].any()


def test_the_reserve_is_a_tenth_of_the_years_profit_where_the_law_asks_it(planned, how):
    """Of what was earned before the plan (on 4103) and in it."""
    ledger, open_at = planned[1].ledger, planned[2]
    begun = -open_at[open_at["account"] == "4103"].groupby("entity")["amount"].sum()
    net = begun.add(pd.Series(profit(planned, how)), fill_value=0.0)
    aside = ledger.of(ledger.lines["account"] == "4101")
    assert dict(zip(aside.lines["entity"], -aside.units.sum(axis=(1, 2)), strict=True)) == {
        who: pytest.approx(0.1 * earned, abs=0.01) for who, earned in net.items() if earned > 0 and who != "SOUTH"
    }


def test_running_costs_carry_input_tax_and_incomes_output_tax(planned):
    running = planned[0].events["running"]
    abroad = (running.rows["entity"] == "SOUTH").to_numpy()
    taxed = lambda code, name: running.measures[name][(running.rows["account"] == code).to_numpy() & ~abroad].sum()  # noqa: E731
    assert taxed("660208", "input") == pytest.approx(0.06 * taxed("660208", "debit")) and taxed("660208", "debit") > 0
    assert taxed("605102", "output") == pytest.approx(-0.13 * taxed("605102", "debit")) and taxed("605102", "input") == 0
    assert taxed("660206", "input") == 0  # travel: not to be deducted
    assert not running.measures["input"][abroad].any() and running.measures["debit"][abroad].any()


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
