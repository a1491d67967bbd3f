"""Tables summed where they lie: only the sums travel, and they are what the rows would have given."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from urllib.parse import quote_plus
from uuid import uuid4

import duckdb
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


@pytest.fixture(params=["sqlite", "sqlite of texts", "postgresql", "postgresql of texts", "duckdb", "duckdb of texts"])
def books(request, toyland):
    """Toyland's ledger as a table of postings, day by day; `of texts`: days as texts, as some systems keep them."""
    kind = request.param.split()[0]
    url = request.getfixturevalue("server") if kind == "postgresql" else f"{kind}:///{toyland.root}/books.db"
    fill(url, sqlalchemy.Text() if request.param.endswith("texts") else sqlalchemy.Date())
    ask_for(toyland, url)
    return toyland


def fill(url, day):
    """A new table of postings."""
    amount = sqlalchemy.Float() if url.startswith("sqlite") else sqlalchemy.Numeric(18, 2)
    text = sqlalchemy.Text
    columns = [("shop", text()), ("line", text()), ("day", day), ("amount", amount), ("state", text()), ("note", text())]
    table = sqlalchemy.Table("postings", sqlalchemy.MetaData(), *(sqlalchemy.Column(name, kind) for name, kind in columns))
    rows = [f"('{shop}', '{line}', '{when}', {paid}, '{state}', 'n{n}')" for n, (shop, line, when, paid, state) in enumerate(LINES)]
    for statement in (str(sqlalchemy.schema.CreateTable(table)), f"insert into postings values {', '.join(rows)}"):
        change(url, statement)


def ask_for(toyland, url):
    """The ledger read from that table, drafts left out."""
    kept = {key: value for key, value in toyland.ledger.items() if key != "file"}
    toyland.settings["sources"]["ledger"] = kept | {
        "url": url, "table": "postings", "where": {"state": ["a", "b"]}, "period": {"date": "day"}, "key": ["shop", "line", "day"],
    }  # fmt: skip


def change(url, statement):
    """The books changed by their owner."""
    if url.startswith("duckdb"):
        with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
            connection.execute(statement)
        return
    with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).begin() as connection:
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
    change(books.ledger["url"], "update postings set amount = null where note in ('n0', 'n5')")
    (problem,) = books.refused()
    assert "wrong amount, expected a number, got rows without one: 1" in problem


def test_a_missing_code_is_refused_as_in_a_file(books):
    change(books.ledger["url"], "update postings set shop = null where note = 'n3'")
    assert any("wrong shop, expected a value, got ''" in problem for problem in books.refused())


def test_a_column_or_table_that_is_not_there_is_told_with_the_nearest(books):
    books.ledger["cost_centre"] = {"column": "shopp"}
    assert any("missing column shopp; did you mean shop?" in problem for problem in books.refused())
    books.ledger["table"] = "posting"
    assert any("no table posting; did you mean postings?" in problem for problem in books.refused())


def test_rows_without_a_state_are_not_of_the_state_that_is_left_out(books):
    change(books.ledger["url"], "update postings set state = null where state = 'b'")
    books.ledger["where"] = {"state": {"not": "draft"}}
    assert figures(books.load()) == SUMS


def test_nothing_is_an_empty_text_as_in_a_file(books):
    change(books.ledger["url"], "update postings set state = null where state = 'draft'")
    books.ledger["where"] = {"state": {"not": ""}}
    assert figures(books.load()) == SUMS
    books.ledger["where"] = {"state": ""}
    assert figures(books.load()) == {("01", "toys", "2021-02"): 1000.0}


def test_a_column_of_texts_is_no_measure(books):
    books.ledger["measures"] = ["note"]
    books.ledger["account"]["by"] = ["line"]
    (problem,) = books.refused()
    assert "wrong note, expected a number, got" in problem


def test_a_value_that_a_column_can_not_have_is_told_and_chooses_nothing(books):
    books.ledger["where"] = {"amount": "many"}
    assert any("can't be queried" in problem for problem in books.refused())


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
    change(toyland.ledger["url"], "update postings set amount = 'many' where note = 'n0'")
    assert any("rows without one: 1" in problem for problem in toyland.refused())


def test_a_large_answer_comes_in_parts(books):
    books.write()
    ledger = read_company(books.folder).file.sources["ledger"]
    assert [len(part) for part in query_parts(ledger, "ledger", most=3)] == [3, 1]


def test_a_file_is_read_and_never_changed(books):
    url = books.ledger["url"]
    books.ledger.pop("table"), books.ledger.pop("where")
    books.read_from(url, "delete from postings")
    assert "can't be queried" in books.refused()[0]
    books.ledger["query"] = "select * from postings"
    assert books.take_in().read["ledger"] == len(LINES)


@pytest.mark.parametrize("password", ["a+b", "p@ss:word", "100%/#", "blank here"])
def test_a_password_of_any_characters_opens_its_database_and_is_never_shown(toyland, server, password):
    role = f"reader_{uuid4().hex[:8]}"
    change(server, f"create role {role} login password '{password}'")
    change(server, f"grant {role} to current_user; create table postings (shop text); grant select on postings to {role}")
    url = sqlalchemy.make_url(server).set(username=role, password=password).render_as_string(hide_password=False)
    try:
        ask_for(toyland, url)
        said = "\n".join(toyland.refused())
        assert "missing column line" in said and f"{role}:***@" in said and password not in said and quote_plus(password) not in said
    finally:
        change(server, f"drop owned by {role}; drop role {role}")


def test_only_who_asks_a_database_imports_ibis():
    asked = "import sys, planning.cli, planning.inputs.intake; print('ibis' in sys.modules, 'duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "False False\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"query": "select 1"}, "sources.ledger: give either table or query"),
        ({"table": None}, "sources.ledger: a database needs a table or a query"),
    ],
)
def test_a_wrong_description_is_told(toyland, given, expected):
    ask_for(toyland, "sqlite:///books.db")
    toyland.ledger.update(given)
    assert any(expected in problem for problem in toyland.refused())
