"""Tables summed where they lie: only the sums travel, and they are what the rows would have given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy
from toyland import figures

from planning.inputs.company import read_company
from planning.inputs.databases import query_parts

LINES = [
    ("01", "Toys", date(2021, 1, 5), "70.10", "a"),
    ("01", "Toys", date(2021, 1, 31), "0.40", "a"),
    ("01", "Games", date(2021, 1, 7), "29.50", "a"),
    ("02", "Toys", date(2021, 1, 7), "10.00", "a"),
    ("01", "Toys", date(2021, 2, 28), "71.25", "b"),
    ("01", "Toys", date(2021, 2, 1), "1000.00", "draft"),
]
SUMS = {
    ("01", "toys", "2021-01"): 70.5, ("01", "games", "2021-01"): 29.5, ("02", "toys", "2021-01"): 10.0, ("01", "toys", "2021-02"): 71.25,
}  # fmt: skip


@pytest.fixture(params=["sqlite", "sqlite of texts", "postgresql", "postgresql of texts"])
def books(request, toyland):
    """Toyland's ledger as a table of postings, day by day; `of texts`: days as texts, as some systems keep them."""
    postgres = request.param.startswith("postgresql")
    url = request.getfixturevalue("server") if postgres else f"sqlite:///{toyland.root}/books.db"
    fill(url, sqlalchemy.Text() if request.param.endswith("texts") else sqlalchemy.Date())
    ask_for(toyland, url)
    return toyland


def fill(url, day):
    """A new table of postings."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    amount = sqlalchemy.Numeric(18, 2) if engine.dialect.name == "postgresql" else sqlalchemy.Float()
    text = sqlalchemy.Text
    columns = [("shop", text()), ("line", text()), ("day", day), ("amount", amount), ("state", text()), ("note", text())]
    table = sqlalchemy.Table("postings", sqlalchemy.MetaData(), *(sqlalchemy.Column(name, kind) for name, kind in columns))
    table.create(engine)
    said = date.isoformat if isinstance(day, sqlalchemy.Text) else lambda when: when
    rows = [
        {"shop": shop, "line": line, "day": said(when), "amount": Decimal(paid), "state": state, "note": f"n{number}"}
        for number, (shop, line, when, paid, state) in enumerate(LINES)
    ]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)


def ask_for(toyland, url):
    """The ledger read from that table, drafts left out."""
    kept = {key: value for key, value in toyland.ledger.items() if key != "file"}
    toyland.settings["sources"]["ledger"] = kept | {
        "url": url, "table": "postings", "where": {"state": ["a", "b"]}, "period": {"date": "day"}, "key": ["shop", "line", "day"],
    }  # fmt: skip


def change(toyland, statement):
    """The books changed by their owner."""
    engine = sqlalchemy.create_engine(toyland.ledger["url"], poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement))


def test_the_sums_of_a_table_are_the_sums_of_its_rows_and_only_they_travel(books):
    taken = books.take_in()
    assert taken.read["ledger"] == 4 and figures(books.load()) == SUMS


def test_a_table_gives_the_same_snapshot_as_a_query_for_its_rows(books):
    summed = books.take_in().snapshot
    books.ledger.pop("table"), books.ledger.pop("where")
    books.ledger["query"] = "select shop, line, day, amount from postings where state <> 'draft'"
    assert books.load().id == summed and books.take_in().read["ledger"] == 5


def test_figures_that_are_not_monthly_keep_their_days(books):
    books.ledger["grain"] = {"column": "state", "map": {"a": "month", "b": "month"}}
    assert books.take_in().read["ledger"] == 5


def test_a_missing_amount_is_refused_and_not_summed_as_nothing(books):
    change(books, "update postings set amount = null where note in ('n0', 'n5')")
    (problem,) = books.refused()
    assert "wrong amount, expected a number, got rows without one: 1" in problem


def test_a_missing_code_is_refused_as_in_a_file(books):
    change(books, "update postings set shop = null where note = 'n3'")
    assert any("wrong shop, expected a value, got ''" in problem for problem in books.refused())


def test_a_column_or_table_that_is_not_there_is_told_with_the_nearest(books):
    books.ledger["cost_centre"] = {"column": "shopp"}
    assert any("missing column shopp; did you mean shop?" in problem for problem in books.refused())
    books.ledger["table"] = "posting"
    assert any("no table posting; did you mean postings?" in problem for problem in books.refused())


def test_rows_that_no_condition_fits_are_none(books):
    books.ledger["where"] = {"state": "closed"}
    assert books.refused() == ["  ledger: no rows, expected at least one"]


def test_an_event_table_is_asked_for_the_columns_in_use_and_summed_by_nobody(books):
    books.settings["tables"] = {
        "orders": {
            "url": books.ledger["url"], "table": "postings", "where": {"shop": "01"}, "values": {"quantity": {"Toys": "1", "Games": "2"}},
            "columns": {"customer": "note", "date": "day", "quantity": "line", "amount": "amount"},
        },
    }  # fmt: skip
    orders = books.load().event("orders").sort_values("customer")
    assert orders["customer"].tolist() == ["n0", "n1", "n2", "n4", "n5"] and orders["amount"].tolist() == [70.1, 0.4, 29.5, 71.25, 1000.0]
    assert orders["quantity"].tolist() == [1.0, 1.0, 2.0, 1.0, 1.0]


def test_a_text_among_the_amounts_of_sqlite_is_refused_and_not_summed_as_nothing(toyland):
    fill(f"sqlite:///{toyland.root}/books.db", sqlalchemy.Text())
    ask_for(toyland, f"sqlite:///{toyland.root}/books.db")
    change(toyland, "update postings set amount = 'many' where note = 'n0'")
    assert any("rows without one: 1" in problem for problem in toyland.refused())


def test_a_large_answer_comes_in_parts(toyland):
    fill(f"sqlite:///{toyland.root}/books.db", sqlalchemy.Text())
    ask_for(toyland, f"sqlite:///{toyland.root}/books.db")
    toyland.write()
    ledger = read_company(toyland.folder).file.sources["ledger"]
    assert [len(part) for part in query_parts(ledger, "ledger", most=3)] == [3, 1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"query": "select 1"}, "sources.ledger: give either table or query"),
        ({"table": None}, "sources.ledger: a url needs a table or a query"),
    ],
)
def test_a_wrong_description_is_told(toyland, given, expected):
    ask_for(toyland, "sqlite:///books.db")
    toyland.ledger.update(given)
    assert any(expected in problem for problem in toyland.refused())
