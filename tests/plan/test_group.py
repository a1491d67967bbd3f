"""A group as one company: one currency, and what its companies sold to each other taken out where it can be seen."""

import ledgers
import pandas as pd
import pytest
from ledgers import CALENDAR, ROLES, actuals, booked, books, rate

from planning.core.errors import RequestError
from planning.core.periods import month
from planning.plan.books import open_books
from planning.plan.known import final_actuals, people_forecast

READ = books()
MAY = month("2023-05")


def of_month(account, period=MAY, read=READ):
    table = final_actuals(read.rows, read.tree, account)
    return table.loc[table["period"] == period, "amount"].sum()


def amount(cell, period=MAY):
    return booked(cell, period) * (rate(period) if cell[0] == "shop" else 1)


def test_dollars_and_euros_are_never_added_up():
    outside = sum(amount(cell) for cell in ledgers.BOOKED if cell[2] == "outside")
    assert of_month("sales") == pytest.approx(outside, abs=0.01), "translated, and without what the works sold to the shop"
    assert READ.rates == {"shop": pytest.approx(3.0)}


def test_books_in_another_currency_that_nothing_was_translated_from_are_refused():
    with pytest.raises(RequestError, match=r"another currency than USD.*shop"):
        open_books({name: table for name, table in ledgers.tables().items() if name != "translated"}, CALENDAR, ROLES, "USD", MAY)


def test_a_plan_is_translated_at_its_months_rate_and_at_the_last_known_one_where_that_is_still_open():
    before = books("2022-12")
    for read, worth in ((before, 2.0), (READ, 3.0)):
        planned = read.rows[(read.rows["scenario"] == "budget") & (read.rows["account"] == "rent")].set_index("period")["amount"]
        cell = ("shop", "sell", "rent", "none")
        assert planned[month("2023-08")] == pytest.approx(0.99 * booked(cell, month("2023-08")) * worth, abs=0.03)
        assert planned[month("2021-08")] == pytest.approx(0.99 * booked(cell, month("2021-08")) * 2.0, abs=0.03)


def test_sales_within_the_group_are_taken_out_of_revenue_and_as_much_out_of_costs():
    away = READ.rows[(READ.rows["layer"] == "elimination") & (READ.rows["scenario"] == "actual") & (READ.rows["period"] == MAY)]
    inside = amount(("works", "works", "inside", "shop"))
    assert away.set_index("account")["amount"].to_dict() == pytest.approx({"inside": -inside, "inside_cost": -inside})
    profit = sum(amount(cell) * {"outside": 1, "inside": 1, "interest": 1}.get(cell[2], -1) for cell in ledgers.BOOKED)
    assert of_month("net") == pytest.approx(profit, abs=0.01), "the group's profit is what its companies made"
    last = READ.dealings[READ.dealings["period"] == MAY]
    assert last["amount"].sum() == last["matched"].sum() == pytest.approx(inside)


def test_a_plan_that_names_no_partner_is_read_like_its_account():
    away = READ.rows[(READ.rows["layer"] == "elimination") & (READ.rows["scenario"] == "budget") & (READ.rows["period"] == MAY)]
    assert set(away["account"]) == {"inside", "inside_cost"} and away["amount"].lt(0).all()


def test_without_partners_nothing_is_known_to_be_within_the_group():
    plain = {**ledgers.tables(), "rows": ledgers.tables()["rows"].drop(columns="partner")}
    plain["translated"] = ledgers.translated(plain["rows"])
    read = books(of=plain)
    assert read.dealings.empty and not (read.rows["layer"] == "elimination").any()


def test_a_company_in_one_currency_is_read_as_it_is():
    works = actuals().query("entity == 'works'")
    read = books(of={**ledgers.tables(works), "translated": None})
    assert read.rates == {} and of_month("wages", read=read) == amount(("works", "make", "wages", "none"))
    pd.testing.assert_frame_equal(read.rows[read.rows["layer"] == "booked"].query("grain == 'month'").reset_index(drop=True)[works.columns],
                                  works.reset_index(drop=True))  # fmt: skip


def test_what_people_project_to_sell_within_the_group_is_taken_out_of_their_forecast_once():
    cells = [("works", "works", "outside", "none"), ("works", "works", "inside", "none"), ("shop", "shop", "outside", "none")]
    real = {cell[:3]: cell for cell in ledgers.BOOKED}
    june, july = month("2023-06"), month("2023-07")
    projected = ledgers.rows_of(cells, [july], "forecast", lambda _: "2023_q2", lambda _: ledgers.closed_on(june), "projections",
                              lambda cell, period: booked(real[cell[:3]], period))  # fmt: skip
    read = books(of=ledgers.tables(actuals(), projected))
    ahead = people_forecast(read.rows, read.tree, read.roles["revenue"], june, ledgers.closed_on(june))
    sold = booked(real[("works", "works", "outside")], july) + booked(real[("shop", "shop", "outside")], july) * rate(june)
    assert ahead["amount"].sum() == pytest.approx(sold, abs=0.05)
