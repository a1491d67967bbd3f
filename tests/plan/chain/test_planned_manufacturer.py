"""A manufacturer's plan from its ledger and orders alone, without purchases, production or pay: it ties, and is near what came."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Entry, driver_problems
from planning.core.translation import monthly_rates
from planning.inputs.company import read_company
from planning.inputs.drivers import read_drivers
from planning.inputs.intake import take_in
from planning.inputs.snapshots import read_snapshot
from planning.inputs.wiring import read_wiring
from planning.model.consolidation import check_consolidation, consolidate
from planning.model.drivers import Drivers
from planning.model.statements import yearly
from planning.plan.chain.basis import find_basis
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.orders import in_own_currency, orders_beside_books
from planning.plan.chain.running import running_history
from planning.plan.chain.sources import Asked
from planning.plan.chain.whole import check_whole, find_sources, how_planned, plan_whole

pytestmark = pytest.mark.needs_data
PARAMS = Path(__file__).resolve().parents[3] / "params" / "adventureworks"
FIRST, SECOND = pd.Timestamp("2012-08-01"), pd.Timestamp("2013-08-01")
LAST = pd.Timestamp("2013-11-01")
US = ["central", "northeast", "northwest", "southeast", "southwest"]


@pytest.fixture(scope="module")
def company():
    return read_company(PARAMS)


@pytest.fixture(scope="module")
def taken(company, data, tmp_path_factory):
    room = tmp_path_factory.mktemp("manufacturer")
    return read_snapshot("adventureworks", room, take_in(company, room, data / "adventureworks_dw").snapshot)


@pytest.fixture(scope="module")
def how(company, taken):
    wired = read_wiring(company, taken.tree)
    return how_planned(wired, taken, company.sides, company.ownership, company.calendar, company.file.currency)


@pytest.fixture(scope="module")
def sources(taken):
    return find_sources(taken.tables, taken.event, taken.query)


@pytest.fixture(scope="module")
def plan_from(company, sources, how):
    """The plan of the fiscal year after a month, from what was known then."""

    def planned(as_of, of=sources):
        asked = Asked(as_of, company.known_by(as_of), as_of.year + 1, company.calendar, "seasonal_naive")
        basis = find_basis(of, asked, Drivers(read_drivers(company)), how.wiring)
        return basis, plan_whole(basis, basis.drivers, how)

    return planned


@pytest.fixture(scope="module")
def first(plan_from):
    return plan_from(FIRST)


@pytest.fixture(scope="module")
def second(plan_from):
    return plan_from(SECOND)


@pytest.fixture(scope="module")
def came(taken):
    """What came in some months on a line of the statement, by company."""

    def of(account, periods):
        weight = taken.tree.paths.query("ancestor == @account")[["account", "weight"]]
        rows = taken.rows[(taken.rows["scenario"] == "actual") & taken.rows["period"].isin(periods)].merge(weight, on="account")
        return (rows["amount"] * rows["weight"]).groupby(rows["entity"]).sum()

    return of


def line(whole, account, months):
    income = whole.statements.income
    return pd.Series({code: income.at(entity=code, account=account)[:months, 0].sum() for code in whole.plan.entities})


def test_its_drivers_are_as_the_chain_knows_them(company):
    assert driver_problems(read_drivers(company), MEANINGS) == []


@pytest.mark.parametrize("year", ["first", "second"])
def test_the_books_balance_the_statements_tie_and_the_group_adds_up(year, how, request):
    assert [check for check in check_whole(request.getfixturevalue(year)[1], how) if not check.passed] == []


def test_companies_that_kept_no_books_when_the_plan_was_made_are_not_in_it(first, second):
    assert set(first[1].plan.entities) == {*US, "canada", "france", "germany"}
    assert set(second[1].plan.entities) - set(first[1].plan.entities) == {"australia"}


def test_the_plan_of_the_next_year_is_near_what_came_in_companies_that_were_there_for_longer(first, came):
    """Fifteen months that the plan didn't see. Organisations that grew up in them are far off, and are not asked."""
    older = ["canada", "central", "northeast", "southeast", "southwest"]
    months = first[0].asked.horizon.periods
    assert len(months) == 15 and months[-1] == LAST
    for account, off in (("trade_sales", 0.25), ("operating_expenses", 0.3)):
        ratio = line(first[1], account, 15)[older] / came(account, months)[older]
        assert ratio.between(1 - off, 1 + off).all(), ratio


def test_three_months_ahead_all_companies_together_are_near_what_came(second, came):
    months = [period for period in second[0].asked.horizon.periods if period <= LAST]
    for account in ("trade_sales", "cost_of_sales", "operating_expenses"):
        ratio = line(second[1], account, len(months)).sum() / came(account, months).sum()
        assert 0.8 < ratio < 1.25, (account, ratio)


def test_what_is_owed_stays_near_what_it_was(second, came):
    """A year and more on: receivables and payables of the plan beside those of the last month that is known."""
    for account in ("trade_receivables", "accounts_payable", "accrued_salaries"):
        sheet = second[1].statements.sheet
        ends = sum(sheet.at(entity=code, account=account)[-1, 0] for code in second[1].plan.entities)
        assert 0.6 < ends / came(account, [LAST]).sum() < 1.7, account


def test_a_plan_knows_nothing_of_what_came_later(plan_from, sources, first, company):
    """Everything after the closed month is doubled: nothing moves."""
    rows, sold, rates, when = sources.rows, sources.sold, sources.rates, company.known_by(FIRST)
    last = FIRST + pd.offsets.MonthEnd(0)
    later = replace(
        sources, rows=rows.assign(amount=rows["amount"].where(rows["known"] <= when, rows["amount"] * 2)),
        sold=sold.assign(net=sold["net"].where(sold["period"] <= FIRST, sold["net"] * 2)),
        rates=rates.assign(closing=rates["closing"].where(rates["date"] <= last, rates["closing"] * 2)),
    )  # fmt: skip
    again = plan_from(FIRST, later)[1].plan.ledger
    assert again.lines.equals(first[1].plan.ledger.lines) and np.array_equal(again.amounts, first[1].plan.ledger.amounts)


def test_the_same_plan_can_be_made_again_from_the_sources_of_a_basis(plan_from, first):
    again = plan_from(FIRST, first[0].found)[1].plan.ledger
    assert np.array_equal(again.amounts, first[1].plan.ledger.amounts)


def test_orders_and_books_agree_as_far_as_they_do(taken, sources, how, company):
    """Resellers' orders are most of what is booked; orders of the internet and of the United Kingdom are booked nowhere."""
    own = in_own_currency(sources.sold, "USD", sources.entities, sources.rates)
    booked = running_history(taken.rows, ["trade_sales"], LAST, pd.Timestamp("2030-01-01"))
    table = orders_beside_books(own, booked, how.wiring.orders, company.calendar)
    year = table[table["year"] == 2013].set_index("entity")
    share = year["ordered"] / year["booked"]
    assert share.drop("europe").between(0.55, 1.05).all() and share[["australia", "canada", "france", "germany"]].between(0.8, 0.9).all()
    assert year.loc["europe", ["booked", "ordered"]].tolist() == [0, 0] and year.loc["europe", "elsewhere"] > 5e6
    assert year.loc["australia", "elsewhere"] > 2 * year.loc["australia", "booked"]


def test_goods_come_in_when_they_are_sold_and_the_books_stock_stays(second):
    lines, amounts = second[1].plan.ledger.lines, second[1].plan.ledger.amounts
    stock = amounts[(lines["account"] == "finished_goods").to_numpy()]
    assert abs(stock.sum(axis=0)).max() <= 100 and (stock > 0).any()  # cents that purchases and sales were rounded by
    traffic = second[1].operations.trade.traffic
    assert np.allclose(traffic.flows.stock.closing, 0) and set(traffic.sales.cells["channel"]) == {"reseller"}
    assert set(traffic.sales.cells["category"]) == {"accessories", "bikes", "clothing", "components"}


def test_the_share_of_those_without_control_and_the_associate_s_profit_are_told(second):
    """A quarter of Germany's profit; a minority's in Canada, France and Australia."""
    _, whole = second
    year = yearly(whole.group.consolidated.income, second[0].asked.calendar)
    assert year.at(account="associate_income")[-1, 0] != 0
    assert "germany" not in set(whole.group.columns.income.rows.query("layer == 'booked'")["entity"])
    minority = whole.group.profit.amounts[(whole.group.profit.rows["share"] == "minority").to_numpy()].sum()
    assert minority > 0


def test_rates_that_move_make_a_difference_of_translation_and_everything_ties(first, how, taken):
    """At the rates that came: closing rates of each month, and its average."""
    whole = first[1]
    rates = monthly_rates(taken.event("rates"))
    group = consolidate(whole.plan.ledger, whole.statements.opening, how.group, rates, how.layout)
    assert [check for check in check_consolidation(group, how.layout) if not check.passed] == []
    assert abs(group.consolidated.sheet.at(account="translation_difference")[-1, 0]) > 1000
    held = whole.group.consolidated.sheet.at(account="translation_difference")
    assert abs(held).max() < 1  # nothing but cents where rates are held


# ------------------------------------------------------------------------------------------------------------------- cases


def test_a_case_without_differences_equals_its_base(first, how):
    basis, whole = first
    again = plan_whole(basis, basis.drivers.with_case({}), how)
    assert again.plan.ledger.lines.equals(whole.plan.ledger.lines)
    assert np.array_equal(again.plan.ledger.amounts, whole.plan.ledger.amounts)


def test_dearer_goods_in_one_company_cost_its_profit_and_nobody_elses(first, how):
    basis, whole = first
    dearer = basis.drivers.with_case({"purchase_price_change": [Entry(0.1, {"entity": "canada"}, pd.Timestamp("2013-01-01"))]})
    after, before = (line(each, "net_income", 15) for each in (plan_whole(basis, dearer, how), whole))
    assert after["canada"] < before["canada"] - 1000
    assert after.drop("canada").equals(before.drop("canada"))


def test_a_tenth_more_sold_is_a_tenth_more_of_what_orders_tell_and_no_more_of_the_rest(first, how):
    basis, whole = first
    more = plan_whole(basis, basis.drivers.with_case({"volume_change": [Entry(0.1)]}), how)
    told = whole.operations.trade.traffic.sales.net.sum()
    rise = line(more, "trade_sales", 15).sum() - line(whole, "trade_sales", 15).sum()
    assert rise == pytest.approx(0.1 * told, abs=50)
    assert line(more, "operating_expenses", 15).equals(line(whole, "operating_expenses", 15))
