"""The same tables as CSV, Parquet, Excel, SQLite or PostgreSQL are the same rows."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sqlalchemy
from toyland import LEDGER, figures, findings, table


@pytest.fixture
def content(toyland) -> str:
    """The snapshot of the CSV files."""
    return toyland.take_in().snapshot


def replace_ledger(toyland, name: str, write) -> None:
    """The ledger as another kind of file in the CSV's place."""
    write(toyland.root / name)
    toyland.file("data/ledger.csv", None)
    toyland.file(f"data/{name}", (toyland.root / name).read_bytes())


def test_parquet_gives_the_same_snapshot(toyland, content):
    replace_ledger(toyland, "ledger.parquet", lambda path: table(LEDGER).to_parquet(path, index=False))
    assert toyland.take_in().snapshot == content


def test_parquet_with_its_key_as_an_index_gives_the_same_snapshot(toyland, content):
    replace_ledger(toyland, "ledger.parquet", lambda path: table(LEDGER).set_index(["shop", "line"]).to_parquet(path))
    assert toyland.take_in().snapshot == content


def test_parquet_of_decimals_categories_and_nullable_numbers_gives_the_same_snapshot(toyland, content):
    typed = table(LEDGER).astype({"line": "category", "year": "Int64", "month": "float64"})
    typed["amount"] = typed["amount"].map(lambda amount: Decimal(str(amount)))
    replace_ledger(toyland, "ledger.parquet", lambda path: typed.to_parquet(path))
    assert toyland.take_in().snapshot == content


def test_excel_gives_the_same_snapshot(toyland, content):
    replace_ledger(toyland, "ledger.xlsx", lambda path: table(LEDGER).to_excel(path, index=False))
    assert toyland.take_in().snapshot == content


def test_excel_with_a_named_sheet_gives_the_same_snapshot(toyland, content):
    def write(path):
        with pd.ExcelWriter(path) as book:
            pd.DataFrame({"note": ["not this one"]}).to_excel(book, sheet_name="Readme", index=False)
            table(LEDGER).to_excel(book, sheet_name="Ledger", index=False)

    toyland.ledger["sheet"] = "Ledger"
    replace_ledger(toyland, "ledger.xlsx", write)
    assert toyland.take_in().snapshot == content
    toyland.ledger["sheet"] = "Nowhere"
    assert "can't be read" in toyland.refused()[0]


def test_a_code_that_looks_like_nothing_stays_a_code(toyland):
    """NA is Namibia, None a surname; a cell that is really empty is nothing."""
    typed = table(LEDGER).assign(line=["NA", "None", "nan", "null", "N/A", "n/a", "NULL", "Toys"])
    replace_ledger(toyland, "ledger.xlsx", lambda path: typed.to_excel(path, index=False))
    found = {where for _, kind, where, _ in findings(toyland.take_in()) if kind == "unmapped"}
    assert found == {f"line = {code}" for code in ("NA", "None", "nan", "null", "N/A", "n/a", "NULL")}


def test_an_empty_or_failed_cell_of_a_workbook_is_a_missing_value(toyland):
    typed = table(LEDGER)
    typed.loc[[3, 4], "line"] = [None, "#N/A"]  # the second is what a failed lookup leaves, when openpyxl writes it
    replace_ledger(toyland, "ledger.xlsx", lambda path: typed.to_excel(path, index=False, engine="openpyxl"))
    assert toyland.refused() == [f"  ledger, row {row}: wrong line, expected a value, got ''" for row in (5, 6)]


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_missing_and_infinite_amounts_of_a_typed_file_are_refused_with_their_row(toyland, kind):
    typed = table(LEDGER)
    typed.loc[[0, 2], "amount"] = [np.nan, np.inf]
    write = typed.to_parquet if kind == "parquet" else lambda path: typed.to_excel(path, index=False)
    replace_ledger(toyland, f"ledger.{kind}", write)
    problems = toyland.refused()
    assert len(problems) == 2 and "row 2: wrong amount" in problems[0] and "row 4: wrong amount" in problems[1]


def test_a_column_twice_in_a_workbook_is_refused(toyland):
    typed = table(LEDGER)
    typed.insert(0, "amount", 1, allow_duplicates=True)
    replace_ledger(toyland, "ledger.xlsx", lambda path: typed.to_excel(path, index=False))
    assert "column amount stands there twice" in toyland.refused()[0]


def test_numeric_codes_with_gaps_in_their_column_stay_whole(toyland):
    toyland.ledger["cost_centre"] = {"code": "01"}
    toyland.ledger["key"] = ["line", "year", "month"]
    toyland.ledger["account"] |= {"by": ["line"], "map": {"7": "toys"}}
    rows = pd.DataFrame({"line": [7, 7], "year": [2021, 2021], "month": [1, 2], "amount": [1.0, 2.0], "note": [35, None]}, dtype=object)
    replace_ledger(toyland, "ledger.parquet", lambda path: rows.astype({"line": "Int64", "note": "Int64"}).to_parquet(path))
    assert figures(toyland.load()) == {("01", "toys", "2021-01"): 1.0, ("01", "toys", "2021-02"): 2.0}


# --- databases


def store(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    amounts = table(LEDGER).assign(amount=lambda t: t["amount"].map(lambda amount: Decimal(str(amount))))
    amounts.to_sql("ledger", engine, index=False, dtype={"amount": sqlalchemy.Numeric(18, 2)})
    engine.dispose()


def test_sqlite_gives_the_same_snapshot(toyland, content):
    store(f"sqlite:///{toyland.root}/books.db")
    toyland.read_from(f"sqlite:///{toyland.root}/books.db", "select * from ledger")
    assert toyland.take_in().snapshot == content


def test_postgresql_gives_the_same_snapshot(toyland, content, server):
    store(server)
    toyland.read_from(server, "select * from ledger")
    assert toyland.take_in().snapshot == content


def test_postgresql_may_be_named_by_a_variable_of_the_environment(toyland, content, server, monkeypatch):
    store(server)
    monkeypatch.setenv("TOYLAND_BOOKS", server)
    toyland.read_from("$TOYLAND_BOOKS", "select shop, line, year, month, amount from ledger")
    assert toyland.take_in().snapshot == content


def test_a_query_that_writes_changes_nothing(toyland):
    url = f"sqlite:///{toyland.root}/books.db"
    store(url)
    toyland.read_from(url, "delete from ledger")
    toyland.refused()
    with sqlalchemy.create_engine(url).connect() as connection:
        assert connection.execute(sqlalchemy.text("select count(*) from ledger")).scalar() == 8


def test_a_query_with_one_column_twice_is_refused(toyland):
    store(f"sqlite:///{toyland.root}/books.db")
    toyland.read_from(f"sqlite:///{toyland.root}/books.db", "select *, 0 as amount from ledger")
    assert "column amount stands there twice" in toyland.refused()[0]


def test_a_query_without_rows_is_refused(toyland):
    store(f"sqlite:///{toyland.root}/books.db")
    toyland.read_from(f"sqlite:///{toyland.root}/books.db", "select * from ledger where shop = 'x'")
    assert toyland.refused() == ["  ledger: no rows, expected at least one"]


def test_nothing_in_a_key_of_a_database_is_refused(toyland):
    store(f"sqlite:///{toyland.root}/books.db")
    toyland.read_from(f"sqlite:///{toyland.root}/books.db", "select nullif(shop, '02') shop, line, year, month, amount from ledger")
    assert len(toyland.refused()) == 3
