"""What a strategy takes from the books: requests from the draft, the neutral view from history, and the money; a ledger's and a city's."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from test_budget import CASH_LINES, CLASSES, KNOWN, REVENUE, SPENDING, WORLD
from test_ledger_plans import drafted

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import month, month_range
from planning.model.backtest import closed_months
from planning.plan import budget
from planning.plan.books import Books
from planning.plan.known import monthly_actuals, yearly
from planning.plan.strategy import asked_cells, build_strategy, check_strategy, leaves_below, neutral_cells, plan_money

YEAR = month_range(month("2022-10"), 12)
"""The last twelve closed months, which the seasonal naive repeats."""


def neutral(following=()):
    made, basis, _, spending, _ = drafted()
    return neutral_cells(basis, made, spending, pd.DataFrame(), following, "seasonal_naive")


def happened(basis, spending, without=()):
    actuals = monthly_actuals(basis.rows, basis.tree, spending.account)
    actuals = actuals[~actuals["leaf"].isin(set(without))]
    lines = closed_months(actuals, basis.as_of, basis.when, ("cost_centre",))
    return lines[lines["period"].isin(YEAR)].groupby("cost_centre")["amount"].sum()


def test_a_ledgers_neutral_view_goes_on_with_each_cost_centres_own_months():
    _, basis, _, spending, _ = drafted()
    view = neutral().set_index("cost_centre")
    expected = happened(basis, spending)
    assert view["amount"].to_dict() == pytest.approx(expected[expected != 0].to_dict(), abs=0.02)
    assert (view["lower"] <= view["amount"]).all() and (view["upper"] >= view["amount"]).all()


def test_what_follows_from_sales_is_in_neither_request_nor_neutral_view_but_in_the_money():
    _, basis, revenue, spending, draft = drafted()
    following = leaves_below(basis, ["wages"])
    assert following == {"wages"}
    asked = asked_cells(draft, "amount", following)
    assert "wages" not in set(asked["account"])
    money = plan_money(basis, revenue, spending, draft, following, (1.0, np.nan))
    base = draft.loc[draft["account"] == "wages", "base"].sum()
    assert money.running_following == pytest.approx(base) and money.following > 0
    view, expected = neutral(following).set_index("cost_centre")["amount"], happened(basis, spending, following)
    assert view.to_dict() == pytest.approx(expected[view.index].to_dict(), abs=0.02)
    with pytest.raises(RequestError, match="unknown account"):
        leaves_below(basis, ["wagse"])


def test_requests_are_the_draft_to_the_cent():
    _, _, _, _, draft = drafted()
    for column in ("amount", "base"):
        assert to_minor(asked_cells(draft, column)["amount"], 2).sum() == to_minor([draft[column].sum()], 2)[0]


def test_a_ledgers_strategy_holds_together():
    _, basis, revenue, spending, draft = drafted()
    money = plan_money(basis, revenue, spending, draft, (), (1.0, np.nan))
    requests, running = (asked_cells(draft, column) for column in ("amount", "base"))
    made = build_strategy(requests, neutral(), running, money, {"growth": 0.02}, basis.department, basis.calendar.first(2024))
    assert all(check.passed for check in check_strategy(made)) and made.frame.total > 0
    assert set(made.units["unit"]) <= set(basis.department.values())


@cache
def town():
    books = Books(WORLD.rows, KNOWN.tree, {"reported": "told"}, CLASSES)
    draft = budget.bottom_up(KNOWN, CLASSES, "told")
    classes = budget.by_class(KNOWN, SPENDING, draft, CASH_LINES, CLASSES)
    return books, draft, classes


def test_a_citys_neutral_view_is_the_forecast_of_its_classes_shared_by_the_last_years():
    books, _, classes = town()
    view = neutral_cells(KNOWN, books, SPENDING, classes, (), "seasonal_naive")
    told = classes.set_index("account")["top_down"].dropna()
    assert view.groupby("account")["amount"].sum()[told.index].to_dict() == pytest.approx(told.to_dict(), abs=0.03)
    assert set(view["cost_centre"]) == {"a", "a1", "b"} and view["lower"].isna().all(), "too few past years for a band"


def test_a_class_that_the_cash_lines_do_not_tell_goes_on_as_the_others_grow():
    books, _, classes = town()
    silent = classes.assign(top_down=classes["top_down"].where(classes["account"] != "supplies"))
    view = neutral_cells(KNOWN, books, SPENDING, silent, (), "seasonal_naive").groupby("account")["amount"].sum()
    past = yearly(KNOWN.rows, KNOWN.calendar, "actual", CLASSES, KNOWN.when)
    last = past[past["fiscal_year"] == past["fiscal_year"].max()].groupby("account")["amount"].sum()
    assert view["supplies"] / last["supplies"] == pytest.approx(view["staff"] / last["staff"], rel=1e-6)


def test_the_band_of_the_cash_lines_is_the_band_of_a_city():
    books, _, classes = town()
    year = pd.Series({"amount": 100.0, "lower": 90.0, "upper": 120.0})
    wide = budget.TopDown(SPENDING.account, SPENDING.lines, SPENDING.running, year, SPENDING.errors, False)
    view = neutral_cells(KNOWN, books, wide, classes, (), "seasonal_naive")
    assert (view["lower"] / view["amount"]).to_numpy() == pytest.approx(0.9, abs=1e-4)
    assert (view["upper"] / view["amount"]).to_numpy() == pytest.approx(1.2, abs=1e-4)


def test_the_money_of_a_city_has_its_receipts_and_its_cash():
    _, draft, _ = town()
    money = plan_money(KNOWN, REVENUE, SPENDING, draft, (), (0.95, 1234.5))
    assert (money.revenue, money.opening, money.paid_share, money.following) == (REVENUE.lines["amount"].sum(), 1234.5, 0.95, 0.0)
