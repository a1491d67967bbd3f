"""Books: a ledger read as a city's reports are, and a city's reports left alone."""

import ledgers
import pytest
import worlds
from ledgers import CALENDAR, books

from planning.core.errors import RequestError
from planning.core.periods import month
from planning.plan.books import COSTS, REPORTED, open_books
from planning.plan.known import final_actuals

READ = books()


def by_month(account, read=READ):
    return final_actuals(read.rows, read.tree, account).groupby("period")["amount"].sum()


def test_revenue_less_costs_is_the_result_in_every_month():
    assert READ.roles["spending"] == COSTS and READ.tree.problems() == []
    gap = by_month("sales") - by_month(COSTS) - by_month("net")
    assert gap.abs().max() < 0.01 and by_month("sales").gt(0).all() and by_month(COSTS).gt(0).all()
    assert READ.tree.children(COSTS) == ["cost", "spent"], "the level between gives way"


def test_an_income_among_the_costs_lowers_them():
    weights = READ.tree.paths[READ.tree.paths["ancestor"] == COSTS].set_index("account")["weight"]
    assert weights.to_dict() == {"goods": 1, "inside_cost": 1, "wages": 1, "rent": 1, "interest": -1}


def test_a_company_that_names_its_spending_keeps_its_chart():
    read = books(roles={"revenue": "sales", "spending": "spent"})
    assert read.roles["spending"] == "spent" and "gross" in read.tree and COSTS not in read.tree


def test_missing_roles_are_told_together():
    with pytest.raises(RequestError) as wrong:
        books(roles={"balance": "cash"})
    assert [problem.where for problem in wrong.value.problems] == ["roles.revenue", "roles.result"]
    with pytest.raises(RequestError, match="not below the result"):
        books(roles={"revenue": "sales", "result": "spent"})


def test_the_adopted_version_of_a_budget_takes_the_place_of_what_was_asked_for():
    budget = READ.rows[(READ.rows["scenario"] == "budget") & (READ.rows["grain"] == "month")]
    assert budget["version"].str.endswith("final").all() and set(READ.budgeted) == {"inside_cost", "wages", "rent"}


def test_departments_are_read_as_they_booked_and_the_group_without_its_own_dealings():
    assert (READ.rows["layer"] == "elimination").any() and not (READ.own_rows["layer"] == "elimination").any()


def test_what_a_company_lacks_is_known():
    bare = books(of=ledgers.tables(ledgers.actuals()))
    assert (bare.has_budget, bare.has_projections, READ.has_budget, READ.has_projections) == (False, False, True, True)
    assert bare.budgeted == [] and not (bare.rows["account"] == REPORTED).any()


def test_a_city_with_reports_of_its_own_is_read_as_it_is():
    city = worlds.town()
    roles = {"revenue": "receipts", "spending": "payments", "balance": "cash", "budget": "obligations", "reported": "told"}
    tables = {"rows": city.rows, "accounts": worlds.chart().accounts.reset_index(drop=True)}
    read = open_books(tables, worlds.CALENDAR, roles, "USD", month("2015-03"))
    assert read.rows is city.rows and read.own_rows is city.rows and read.budgeted == worlds.CLASSES and not read.is_ledger
    with pytest.raises(RequestError, match=r"roles\.balance"):
        open_books(tables, CALENDAR, {role: code for role, code in roles.items() if role != "balance"}, "USD", month("2015-03"))
