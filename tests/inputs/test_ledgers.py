"""A ledger of postings: debit and credit, balances, entities and partners by row, codes that hold for a while, vouchers."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from toyland import findings

from planning.core.tables import as_known

ACCOUNTS = """\
code,parent,label_en,label_zh,kind,weight,effect,better,aggregation,unit,scale
sheet,,Balance sheet,资产负债表,balance,1,0,neutral,stock,USD,2
assets,sheet,Assets,资产,balance,1,0,neutral,stock,USD,2
cash,assets,Cash,现金,balance,1,0,neutral,stock,USD,2
claims,assets,Claims,往来应收,balance,1,0,neutral,stock,USD,2
wear,assets,Depreciation,折旧,balance,-1,0,neutral,stock,USD,2
funding,sheet,Funding,资金来源,balance,-1,0,neutral,stock,USD,2
capital,funding,Capital,资本,balance,1,0,neutral,stock,USD,2
retained,funding,Retained,留存,balance,1,0,neutral,stock,USD,2
translation,funding,Translation,折算差额,balance,1,0,neutral,stock,USD,2
profit,,Profit,利润,result,1,1,up,flow,USD,2
sales,profit,Sales,销售,revenue,1,1,up,flow,USD,2
wages,profit,Wages,工资,expense,-1,-1,down,flow,USD,2
unmapped_account,profit,Unmapped,未映射,result,1,1,up,flow,USD,2
"""

ENTITIES = """\
code,parent,label_en,label_zh,currency
hq,,Toyland,玩具国,USD
away,hq,Away,海外,EUR
"""

HEADER = "unit,voucher,date,booked,account,shop,partner,kind,debit,credit,source"
LEDGER = f"""\
{HEADER}
HQ,1,2021-01-05,2021-01-06,cash,,,,100,,
HQ,1,2021-01-05,2021-01-06,capital,,,,,100,
HQ,2,2021-01-20,2021-01-21,cash,,,,40.5,,till
HQ,2,2021-01-20,2021-01-21,sales,01,,,,40.5,till
HQ,3,2021-03-02,2021-03-03,wages,02,,,30,0,
HQ,3,2021-03-02,2021-03-03,cash,,,,,30,
HQ,4,2021-03-31,2021-04-02,wear,,,,,5,
HQ,4,2021-03-31,2021-04-02,wages,01,,,5,,
AW,1,2021-02-01,2021-02-02,claims,,hq,,10,,
AW,1,2021-02-01,2021-02-02,sales,01,hq,,,10,
"""

SOURCE = {
    "file": "ledger.csv", "key": ["unit", "voucher", "account"], "balances": "cumulate",
    "posted": {"debit": "debit", "credit": "credit", "voucher": ["unit", "voucher"], "owner": "Ann"},
    "entity": {"column": "unit", "map": {"HQ": "hq", "AW": "away"}},
    "dimensions": {"partner": {"column": "partner"}},
    "cost_centre": {"column": "shop", "none": "01"},
    "account": {"by": ["account"], "same": True, "unmapped": "unmapped_account"},
    "scenario": "actual", "grain": "month", "period": {"date": "date"}, "known": {"after": "period_end", "days": 10},
}  # fmt: skip


@pytest.fixture
def books(toyland):
    """Toyland with a ledger of postings instead of monthly amounts, for two entities."""
    for name, text in {"accounts.csv": ACCOUNTS, "entities.csv": ENTITIES, "data/ledger.csv": LEDGER, "data/budget.csv": None}.items():
        toyland.file(name, text)
    toyland.settings |= {
        "sources": {"ledger": copy.deepcopy(SOURCE)},
        "sides": {"debit": ["assets"], "credit": ["funding"]},
        "dimensions": ["partner"],
        "roles": {},
        "tolerances": {},
    }
    return toyland


def booked(books, entity="hq") -> dict[tuple[str, str], float]:
    rows = books.load().rows.query("entity == @entity")
    sums = rows.groupby(["account", rows["period"].dt.strftime("%Y-%m")])["amount"].sum()
    return sums.to_dict()


# --- debit and credit


def test_amounts_stand_in_their_accounts_natural_direction(books):
    amounts = booked(books)
    assert (amounts["sales", "2021-01"], amounts["wages", "2021-03"], amounts["capital", "2021-01"]) == (40.5, 35.0, 100.0)
    assert amounts["wear", "2021-03"] == 5.0


def test_one_signed_column_says_the_same(books):
    two = booked(books)
    lines = [line.split(",") for line in books.files["data/ledger.csv"].splitlines()[1:]]
    signed = [[*line[:8], str(float(line[8] or 0) - float(line[9] or 0)), "", line[10]] for line in lines]
    books.file("data/ledger.csv", "\n".join([HEADER.replace("debit,credit", "net,x"), *(",".join(line) for line in signed)]) + "\n")
    books.ledger["posted"] = {"amount": "net"}
    assert booked(books) == two


def test_an_account_without_a_side_is_refused(books):
    books.settings["sides"] = {"debit": ["assets"]}
    assert books.refused()[0] == (
        "  company.yaml, sources.ledger.posted: no side for capital, expected an account above it, or itself, in sides"
    )


def test_text_in_a_debit_is_refused_and_nothing_is_0(books):
    books.line("HQ,9,2021-03-02,2021-03-03,cash,,,,lots,,")
    assert books.refused() == ["  ledger, row 12: wrong debit, expected a number or nothing, got 'lots'"]


def test_a_ledger_in_a_database_is_summed_where_it_lies_and_says_the_same(books):
    from_file = booked(books)
    lines = [line.split(",") for line in LEDGER.splitlines()]
    with closing(sqlite3.connect(books.root / "erp.sqlite")) as erp, erp:
        erp.execute(f"CREATE TABLE journal ({', '.join(lines[0])})")
        numbers = [[*line[:8], *(float(text) if text else None for text in line[8:10]), line[10]] for line in lines[1:]]
        erp.executemany(f"INSERT INTO journal VALUES ({', '.join('?' * 11)})", numbers)
    there = {"url": f"sqlite:///{books.root / 'erp.sqlite'}", "table": "journal"}
    books.settings["sources"]["ledger"] = {key: value for key, value in books.ledger.items() if key != "file"} | there
    assert booked(books) == from_file and books.take_in().findings.empty


# --- balances


def test_postings_add_up_to_balances_in_every_month_to_the_last(books):
    amounts = booked(books)
    assert [amounts["cash", month] for month in ("2021-01", "2021-02", "2021-03")] == [140.5, 140.5, 110.5]
    assert ("sales", "2021-02") not in amounts


def test_the_sheet_adds_up_to_the_profit_that_is_not_closed_yet(books):
    amounts = booked(books)
    assets = amounts["cash", "2021-03"] - amounts["wear", "2021-03"]
    assert assets - amounts["capital", "2021-03"] == amounts["sales", "2021-01"] - amounts["wages", "2021-03"]


def test_given_balances_are_taken_as_they_are(books):
    books.ledger["balances"] = "given"
    assert booked(books)["cash", "2021-03"] == -30.0


def test_closing_entries_reach_balances_and_leave_flows_alone(books):
    books.ledger["posted"]["closing"] = {"kind": "close"}
    books.line("HQ,5,2021-03-31,2021-04-02,sales,01,,close,40.5,,")
    books.line("HQ,5,2021-03-31,2021-04-02,retained,,,close,,40.5,")
    amounts = booked(books)
    assert amounts["sales", "2021-01"] == 40.5 and ("sales", "2021-03") not in amounts and amounts["retained", "2021-03"] == 40.5
    assert findings(books.take_in()) == [("ledger", "left_out", "closing entries", "within")]


# --- entity and partner by row


def test_each_row_lands_on_its_entity_and_partner(books):
    rows = books.load().rows.query("entity == 'away'")
    assert set(rows["partner"]) == {"hq"} and set(books.load().rows.query("entity == 'hq'")["partner"]) == {"none"}


def test_an_unknown_entity_is_refused_for_its_rows_could_stand_nowhere(books):
    books.line("ZZ,9,2021-03-02,2021-03-03,cash,,,,1,,")
    assert books.refused() == ["  ledger, row 12: unknown unit, expected one of HQ, AW, got 'ZZ'"]


def test_without_a_map_the_column_holds_our_own_codes(books):
    books.file("data/ledger.csv", books.files["data/ledger.csv"].replace("\nHQ,", "\nhq,").replace("\nAW,", "\naway,"))
    books.ledger["entity"] = {"column": "unit"}
    assert booked(books, "away")["claims", "2021-02"] == 10.0


def test_a_partner_that_is_no_entity_is_an_orphan(books):
    books.line("HQ,9,2021-03-02,2021-03-03,cash,,mars,,1,,")
    books.line("HQ,9,2021-03-02,2021-03-03,sales,01,mars,,,1,")
    assert findings(books.take_in()) == [("ledger", "orphan", "partner = mars", "open")]


def test_a_dimension_must_be_declared(books):
    books.settings["dimensions"] = []
    assert books.refused() == ["  company.yaml, sources.ledger: undeclared dimension, got partner; dimensions: [partner]"]


# --- codes for a while

MAP = """\
code,account,from,until,reason
cash,cash,,,
capital,capital,,,
sales,sales,,2021-01,until the new chart
sales,unmapped_account,2021-03,,
wages,wages,,,
wear,wear,,,
claims,claims,,,
"""


def mapped(books, text=MAP):
    books.ledger["account"] = {"by": ["account"], "file": "account_map.csv", "unmapped": "unmapped_account"}
    books.file("account_map.csv", text)
    return books


def test_a_code_means_what_its_month_says_and_nothing_outside_its_spans(books):
    taken = mapped(books).take_in()
    assert findings(taken) == [("ledger", "unmapped", "account = sales", "open")]  # February, for the other entity
    assert booked(books)["sales", "2021-01"] == 40.5 and booked(books, "away")["unmapped_account", "2021-02"] == 10.0


def test_spans_that_overlap_are_refused(books):
    assert mapped(books, MAP.replace("2021-03,,", "2021-01,,")).refused() == [
        "  account_map.csv, row 5: spans overlap, expected one meaning a month, got sales"
    ]


def test_a_map_to_an_account_that_is_not_there_is_refused(books):
    assert "unknown code, got wags; did you mean wages?" in mapped(books, MAP.replace(",wages,", ",wags,")).refused()[0]


def test_a_department_that_moved_is_mapped_by_month_and_others_are_our_own(books):
    books.ledger["cost_centre"] = {"column": "shop", "none": "01", "file": "shop_map.csv"}
    books.file("shop_map.csv", "code,cost_centre,from,until,reason\n02,01,2021-03,,the shops were merged\n")
    assert set(books.load().rows["cost_centre"]) == {"01"}


# --- vouchers and rows left out


def test_a_voucher_that_does_not_balance_is_found_with_its_size_and_owner(books):
    books.line("HQ,7,2021-03-02,2021-03-03,cash,,,,12.25,,")
    found = books.take_in().findings
    assert found[["kind", "where", "size", "owner", "status"]].values.tolist() == [["unbalanced", "HQ · 7", 12.25, "Ann", "open"]]


def test_vouchers_that_name_events_of_which_there_are_none_are_orphans(books):
    books.ledger["posted"]["events"] = {"column": "source", "date": "date", "tables": {"till": "orders"}}
    columns = {name: name for name in ("customer", "date", "quantity", "amount")}
    books.settings["tables"] = {"orders": {"file": "orders.csv", "columns": columns}}
    books.file("data/orders.csv", "customer,date,quantity,amount\nx,2021-01-20,1,40.5\n")
    assert books.take_in().findings.empty
    books.file("data/orders.csv", "customer,date,quantity,amount\nx,2021-01-21,1,40.5\n")
    found = books.take_in().findings
    assert found[["kind", "where", "size", "rows", "owner"]].values.tolist() == [["orphan", "orders hq 2021-01", 40.5, 1, "Ann"]]


def test_a_posting_that_stands_there_twice_in_every_column_is_said_to(books):
    books.line("HQ,2,2021-01-20,2021-01-21,cash,,,,40.5,,till")
    found = books.take_in().findings.query("kind == 'duplicate'").iloc[0]
    assert found["said"] == "2 rows are the same in every column; all of them count" and found["size"] == 40.5


def test_rows_left_out_are_counted_with_their_reason(books):
    books.line("HQ,8,1999-01-01,2021-03-03,cash,,,old,1,,")
    books.ledger["left_out"] = [{"when": {"kind": "old"}, "reason": "carried over by the old system"}]
    found = books.take_in().findings
    assert found[["kind", "where", "rows", "status", "reason"]].values.tolist() == [
        ["left_out", "kind = old", 1, "accepted", "carried over by the old system"]
    ]


# --- vintages


def test_a_restated_ledger_reads_as_it_was_known(books):
    books.ledger["known"] = {"column": "booked"}
    books.line("HQ,6,2021-01-31,2021-05-02,cash,,,,7,,")
    books.line("HQ,6,2021-01-31,2021-05-02,sales,01,,,,7,")
    rows = books.load().rows.query("entity == 'hq'").drop(columns="source")

    def cash(day, month):
        known = as_known(rows, pd.Timestamp(day)).query("account == 'cash'").set_index("period")["amount"]
        return known.get(pd.Timestamp(f"{month}-01"))

    assert cash("2021-01-30", "2021-01") is None and cash("2021-04-30", "2021-01") == 140.5
    assert cash("2021-05-02", "2021-01") == 147.5 and cash("2021-05-02", "2021-03") == 117.5


def test_a_day_that_is_none_is_refused(books):
    books.ledger["known"] = {"column": "booked"}
    books.line("HQ,6,2021-01-31,soon,cash,,,,7,,")
    assert books.refused() == ["  ledger, row 12, booked: not a date, expected such as 2021-03-31, got 'soon'"]


# --- other currencies


def rates(books, text="2021-02-28,EUR,2,3\n2021-03-31,EUR,2,4\n"):
    books.settings["tables"] = {"rates": {"file": "rates.csv", "columns": {c: c for c in ("date", "currency", "average", "closing")}}}
    books.settings |= {"roles": {"translation_difference": "translation"}, "historical": ["capital"]}
    books.file("data/rates.csv", "date,currency,average,closing\n" + text)
    return books


def test_a_foreign_entity_is_translated_beside_its_own_figures(books):
    snapshot = rates(books).load()
    found = snapshot.translated.groupby(["account", snapshot.translated["period"].dt.strftime("%Y-%m")])["amount"].sum()
    assert (found["sales", "2021-02"], found["claims", "2021-02"], found["claims", "2021-03"]) == (20.0, 30.0, 40.0)
    assert found["translation", "2021-02"] == 10.0 and found["translation", "2021-03"] == 20.0
    assert set(snapshot.translated["entity"]) == {"away"} and set(snapshot.translated["currency"]) == {"USD"}


def test_a_currency_without_a_rate_is_refused_with_its_months(books):
    assert rates(books, "2021-02-28,GBP,2,3\n").refused() == ["  rates: no rate for EUR, expected average and closing of 2021-02, 2021-03"]


def test_a_plan_without_rates_is_a_finding_for_planned_rates_are_a_driver(books):
    rates(books, "2021-02-28,EUR,2,3\n").ledger["scenario"] = "budget"
    assert findings(books.take_in()) == [("rates", "missing", "budget EUR 2021-03 to 2021-03", "open")]
    assert set(books.load().translated["period"]) == {pd.Timestamp("2021-02-01")}


def test_a_translation_needs_an_account_for_its_difference(books):
    rates(books).settings["roles"] = {}
    assert "no roles.translation_difference" in books.refused()[0]


# --- business against ledger


ORDERS = "x,2021-01-02,1,30\ny,2021-01-30,1,11\nx,2021-02-01,2,10\nz,2021-03-01,1,5\n"


def reconciled(books, tolerance):
    columns = {name: name for name in ("customer", "date", "quantity", "amount")}
    books.settings["tables"] = {"orders": {"file": "orders.csv", "columns": columns}}
    books.file("data/orders.csv", "customer,date,quantity,amount\n" + ORDERS)
    sides = {"left": {"table": "orders", "measure": "amount"}, "right": {"account": "sales"}}
    books.settings["reconciliations"] = {"orders_booked": {**sides, "tolerance": tolerance, "owner": "Cy"}}
    return books


def test_orders_are_compared_with_the_ledger_month_by_month(books):
    found = reconciled(books, {"amount": 0.1}).take_in().findings
    assert found[["control", "kind", "where", "size", "owner", "status"]].values.tolist() == [
        ["orders_booked", "total", "2021-01", 0.5, "Cy", "open"]
    ]
    assert found["said"].iloc[0] == "orders.amount 41.00 against sales 40.50, difference 0.50"


def test_a_share_is_a_tolerance_too_and_the_whole_comparison_is_kept(books):
    reconciled(books, {"rate": 0.02})
    assert books.take_in().findings.empty
    table = books.load().reconciliations
    assert table["keys"].tolist() == ["2021-01", "2021-02", "2021-03"] and table["difference"].tolist() == [0.5, 0.0, 5.0]
    assert table["covered"].tolist() == [True, True, False] and table["tolerance"].tolist() == [0.81, 0.2, 0.0]


def test_months_of_one_side_are_found_where_the_rule_covers_all(books):
    reconciled(books, {"rate": 0.02}).settings["reconciliations"]["orders_booked"]["covering"] = "all"
    assert findings(books.take_in()) == [("orders_booked", "orphan", "2021-03", "open")]


def test_a_rule_may_look_at_some_rows_only(books):
    reconciled(books, {}).settings["reconciliations"]["orders_booked"]["left"]["where"] = {"customer": ["x", "z"]}
    assert books.take_in().findings["size"].tolist() == [10.5]


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ({"account": "salez"}, "reconciliations.orders_booked: unknown account, got salez; did you mean sales?"),
        ({"table": "orders"}, "reconciliations.orders_booked.left: give an account, or a table and its measure"),
        ({"table": "returns", "measure": "net"}, "reconciliations.orders_booked: unknown table, got returns"),
        ({"table": "orders", "measure": "customer"}, "reconciliations.orders_booked: not a number"),
        ({"table": "orders", "measure": "amount", "where": {"shop": "1"}}, "reconciliations.orders_booked: unknown column, got shop"),
    ],
)
def test_a_rule_about_what_is_not_there_is_refused(books, side, expected):
    reconciled(books, {}).settings["reconciliations"]["orders_booked"]["left"] = side
    assert any(expected in line for line in books.refused())
