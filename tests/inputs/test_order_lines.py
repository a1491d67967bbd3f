"""Tables beyond the memory: read a piece at a time, only where something has changed, and asked without being loaded."""

from __future__ import annotations

import shutil
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from toyland import findings

from planning.core.errors import RequestError
from planning.core.events import EVENTS
from planning.inputs import event_findings, event_tables, intake, reading, snapshots
from planning.inputs.snapshots import content_hash, read_snapshot
from planning.inputs.stored_tables import StoredTable

LINES = """\
order,line,date,channel,customer,product,quantity,net,payment_date
{year}1,1,{year}-01-05,shop,ann,ball,1,9.99,{year}-01-05
{year}1,2,{year}-01-05,shop,ann,kite,2,20,{year}-01-05
{year}2,1,{year}-02-07,online,bo,ball,1,8.5,{year}-02-20
"""
YEARS = ("2021", "2022", "2023")


@pytest.fixture
def shop(toyland):
    """Toyland with three years of order lines, a file each."""
    used = LINES.splitlines()[0].split(",")
    toyland.settings["tables"] = {"order_lines": {"file": "shop/lines_*.csv", "columns": {name: name for name in used}}}
    for year in YEARS:
        toyland.file(f"data/shop/lines_{year}.csv", LINES.format(year=year))
    return toyland


@pytest.fixture
def files_read(monkeypatch):
    """The names of the files that were read, and not taken over."""
    read = []

    def watched(path, *others):
        read.append(path.name)
        return reading.read_pieces(path, *others)

    monkeypatch.setattr(event_tables, "read_pieces", watched)
    return read


# Pieces


@pytest.mark.parametrize("most", [1, 2, 1000])
def test_however_it_is_cut_a_table_is_the_same(shop, monkeypatch, most):
    whole = shop.take_in()
    monkeypatch.setattr(event_tables, "READING", "again")
    monkeypatch.setattr(event_tables, "read_pieces", in_pieces_of(most))
    assert shop.take_in().snapshot == whole.snapshot and whole.events == {"order_lines": 9} and whole.read["order_lines"] == 9


def in_pieces_of(most):
    def read_pieces(path, *others):
        for piece in reading.read_pieces(path, *others):
            for first in range(0, len(piece.lines), most):
                yield reading.Piece(piece.columns.slice(first, most), piece.lines[first : first + most], [])

    return read_pieces


@pytest.mark.parametrize("ranked", [0, 1000], ids=["digests", "ranks"])
def test_neither_files_nor_the_order_of_rows_change_the_name_and_a_value_does(shop, monkeypatch, ranked):
    monkeypatch.setattr(snapshots, "RANKED", ranked)
    first = shop.take_in().snapshot
    lines = [line for year in YEARS for line in LINES.format(year=year).splitlines()[1:]]
    for year in YEARS:
        shop.file(f"data/shop/lines_{year}.csv", None)
    shop.file("data/shop/lines_all.csv", "\n".join([LINES.splitlines()[0], *lines[::-1]]) + "\n")
    assert shop.take_in().snapshot == first
    shop.file("data/shop/lines_all.csv", "\n".join([LINES.splitlines()[0], *lines]).replace("8.5", "8.51") + "\n")
    assert shop.take_in().snapshot != first


def test_a_large_table_that_is_read_back_has_the_name_it_was_saved_under(shop, monkeypatch):
    monkeypatch.setattr(snapshots, "RANKED", 0)
    taken = shop.load()
    assert content_hash({**taken.tables, **taken.tables.stored}) == taken.id


def test_a_typed_file_gives_the_same_snapshot_as_a_text(shop):
    expected = shop.take_in().snapshot
    for year in YEARS:
        table = pd.read_csv(shop.folder / "data" / "shop" / f"lines_{year}.csv", dtype={"order": int, "line": "int8"})
        table = table.astype({"channel": "category", "quantity": "float64", "customer": "string"})
        table["date"] = pd.to_datetime(table["date"]).dt.date
        table["payment_date"] = pd.to_datetime(table["payment_date"]).astype("datetime64[ms]")
        table["net"] = table["net"].map(lambda net: Decimal(str(net)))
        shop.file(f"data/shop/lines_{year}.csv", None)
        table.to_parquet(shop.root / "lines.parquet", index=False)
        shop.file(f"data/shop/lines_{year}.parquet", (shop.root / "lines.parquet").read_bytes())
    shop.settings["tables"]["order_lines"]["file"] = "shop"
    assert shop.take_in().snapshot == expected


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("order", None, "row lines.parquet:3: wrong order, expected a value, got ''"),
        ("net", np.nan, "row lines.parquet:3: wrong net, expected a number, got ''"),
        ("net", np.inf, "row lines.parquet:3: wrong net, expected a finite number, got inf"),
        ("quantity", -1, "row lines.parquet:3: wrong quantity, expected at least 0, got -1"),
        ("date", pd.NaT, "row lines.parquet:3: wrong date, expected a date such as 2021-03-31, got ''"),
        ("date", pd.Timestamp("1999-12-31"), "row lines.parquet:3, date: period outside the calendar"),
        ("date", pd.Timestamp("2021-01-31", tz="Asia/Shanghai"), ""),
    ],
)  # fmt: skip
def test_a_bad_value_of_a_typed_file_is_told_with_its_row(shop, column, value, expected):
    table = pd.read_csv(pd.io.common.StringIO(LINES.format(year=2021)), dtype={"order": str})
    table["date"] = pd.to_datetime(table["date"])
    if getattr(value, "tzinfo", None):
        table["date"] = table["date"].dt.tz_localize("Asia/Shanghai")
    table.loc[1, column] = value
    table.to_parquet(shop.root / "lines.parquet", index=False)
    shop.file("data/shop/lines.parquet", (shop.root / "lines.parquet").read_bytes())
    shop.settings["tables"]["order_lines"]["file"] = "shop/lin*"
    if expected:
        assert any(expected in problem for problem in shop.refused()), shop.refused()
    else:
        assert pd.Timestamp("2021-01-31") in shop.load().event("order_lines")["date"].tolist()


def test_the_problems_of_every_file_are_told_and_counted(shop):
    bad = "".join(f"x{row},1,2021-01-05,shop,ann,ball,-1,1,\n" for row in range(30))
    shop.file("data/shop/lines_2021.csv", LINES.format(year=2021) + bad)
    shop.file("data/shop/lines_2023.csv", LINES.format(year=2023).replace("8.5", "much"))
    problems = shop.refused()
    assert len(problems) == 21 and problems[-1] == "  11 more of the same kind"


def test_lines_that_do_not_fit_are_told_with_the_rest(shop):
    shop.file("data/shop/lines_2022.csv", LINES.format(year=2022) + "1,2\n,1,2022-01-05,shop,ann,ball,1,1,\n")
    said = "\n".join(shop.refused())
    assert "row 5: wrong number of values, expected 9, got 2" in said and "row lines_2022.csv:6: wrong order" in said


def test_an_empty_file_among_others_is_an_empty_part_and_none_with_rows_is_a_problem(shop):
    shop.file("data/shop/lines_2022.csv", LINES.splitlines()[0] + "\n")
    assert shop.take_in().events == {"order_lines": 6}
    for year in YEARS:
        shop.file(f"data/shop/lines_{year}.csv", LINES.splitlines()[0] + "\n")
    assert shop.refused() == ["  order_lines: no rows, expected at least one"]


def test_a_table_may_come_from_several_systems_each_described_by_itself(shop, files_read):
    dealers = {
        "file": "dealers.csv", "columns": {"order": "no", "line": "pos", "date": "day", "product": "item", "quantity": "pcs", "net": "sum"},
        "each": [{"set": {"channel": "dealer"}, "columns": {}}], "dates": "%Y/%m/%d",
    }  # fmt: skip
    shop.settings["tables"]["order_lines"]["also"] = [dealers]
    shop.file("data/dealers.csv", "no,pos,day,item,pcs,sum\nD1,1,2021/5/3,ball,100,700\n")
    lines = shop.load().event("order_lines")
    assert len(lines) == 10 and lines["channel"].value_counts().to_dict() == {"shop": 6, "online": 3, "dealer": 1}
    files_read.clear()
    shop.file("data/dealers.csv", "no,pos,day,item,pcs,sum\nD1,1,2021/5/3,ball,100,many\n")
    assert shop.refused() == ["  order_lines, row dealers.csv:2: wrong net, expected a number, got 'many'"]
    assert files_read == ["dealers.csv"]
    dealers["columns"]["nett"] = dealers["columns"].pop("net")
    said = "\n".join(shop.refused())
    assert "unknown column, got nett; did you mean net?" in said and "missing column net" in said
    dealers["labels"] = {"dealer": ["Dealer", "经销商"]}
    assert any("also says where more rows lie" in problem for problem in shop.refused())


def test_a_file_cut_short_is_told(shop):
    pd.DataFrame({name: ["1"] for name in LINES.splitlines()[0].split(",")}).to_parquet(shop.root / "cut.parquet")
    shop.file("data/shop/lines_2024.parquet", (shop.root / "cut.parquet").read_bytes()[:-20])
    shop.settings["tables"]["order_lines"]["file"] = "shop"
    assert any("lines_2024.parquet: can't be read" in problem for problem in shop.refused())


def test_a_column_that_can_not_be_held_is_told(shop, monkeypatch):
    """As a cell of two gigabytes can't."""

    def overflow(*_):
        raise pa.ArrowCapacityError("array cannot contain more than 2147483646 bytes")

    monkeypatch.setattr(event_tables, "read_column", overflow)
    assert "lines_2021.csv: can't be read, got array cannot contain more than 2147483646 bytes" in "\n".join(shop.refused())


def test_a_cell_that_is_too_long_is_told(shop):
    shop.file("data/shop/lines_2021.csv", LINES.format(year=2021).replace("kite", "k" * 200_000))
    assert any("lines_2021.csv: can't be read, got field larger than field limit (131072)" in problem for problem in shop.refused())


# Only what has changed


def test_what_has_not_changed_is_not_read_again(shop, files_read):
    first = shop.take_in()
    assert files_read == [f"lines_{year}.csv" for year in YEARS]
    files_read.clear()
    again = shop.take_in()
    assert files_read == [] and again.snapshot == first.snapshot and again.read == first.read and not again.new


def test_of_a_changed_year_that_year_is_read(shop, files_read):
    first = shop.load()
    files_read.clear()
    shop.file("data/shop/lines_2022.csv", LINES.format(year=2022).replace("8.5", "8.6"))
    second = shop.load()
    assert files_read == ["lines_2022.csv"] and second.id != first.id
    assert second.query("SELECT sum(net) AS net FROM order_lines")["net"].round(2).tolist() == [115.57]
    files = zip(first.tables.stored["order_lines"].files, second.tables.stored["order_lines"].files, strict=True)
    assert [old.samefile(new) for old, new in files] == [True, False, True]


def test_a_further_year_and_one_that_is_gone_change_nothing_of_the_others(shop, files_read):
    shop.take_in()
    files_read.clear()
    shop.file("data/shop/lines_2020.csv", LINES.format(year=2020))
    shop.file("data/shop/lines_2023.csv", None)
    assert shop.take_in().events == {"order_lines": 9} and files_read == ["lines_2020.csv"]
    assert sorted(shop.load().event("order_lines")["date"].dt.year.unique()) == [2020, 2021, 2022]


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: settings["tables"]["order_lines"]["columns"].pop("channel"),
        lambda settings: settings["tables"]["order_lines"].update(values={"channel": {"shop": "store"}}),
        lambda settings: settings["tables"]["order_lines"].update(thousands=","),
        lambda settings: settings["calendar"].update(end="2025-12"),
    ],
)
def test_a_part_made_under_another_description_is_never_served(shop, files_read, change):
    shop.take_in()
    files_read.clear()
    change(shop.settings)
    shop.take_in()
    assert len(files_read) == 3


def test_a_changed_contract_is_another_description(shop, files_read, monkeypatch):
    shop.take_in()
    files_read.clear()
    monkeypatch.setitem(EVENTS, "order_lines", {**EVENTS["order_lines"], "category": EVENTS["order_lines"]["product"]})
    shop.settings["tables"]["order_lines"]["columns"]["category"] = "product"
    assert shop.load().event("order_lines")["category"].notna().all() and len(files_read) == 3


def test_words_alone_are_no_other_description(shop, files_read):
    shop.take_in()
    files_read.clear()
    shop.settings["tables"]["order_lines"]["labels"] = {"shop": ["Shop", "门店"]}
    shop.take_in()
    assert files_read == []


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"PAR1"), lambda path: path.write_bytes(b"")])
def test_a_part_that_is_gone_or_cut_is_read_again(shop, files_read, damage):
    stored = shop.load().tables.stored["order_lines"]
    files_read.clear()
    damage(stored.files[1])
    shop.settings["reporting_lag_days"] = 11
    shop.file("data/shop/lines_2021.csv", LINES.format(year=2021).replace("8.5", "8.6"))
    assert len(shop.load().event("order_lines")) == 9 and files_read == ["lines_2021.csv", "lines_2022.csv"]


def test_a_snapshot_stands_when_the_one_its_parts_came_from_is_removed(shop):
    first = shop.take_in().snapshot
    shop.file("data/shop/lines_2022.csv", LINES.format(year=2022).replace("8.5", "8.6"))
    second = shop.take_in().snapshot
    shutil.rmtree(shop.snapshots / first)
    assert len(read_snapshot("toyland", shop.snapshots, second).event("order_lines")) == 9


def test_what_breaks_off_leaves_what_was_stored_as_it_was(shop, monkeypatch):
    shop.take_in()
    before = shop.stored()
    shop.file("data/shop/lines_2022.csv", LINES.format(year=2022).replace("8.5", "8.6"))

    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(intake, "save_snapshot", broken)
    with pytest.raises(KeyboardInterrupt):
        shop.take_in()
    assert shop.stored() == before


def test_findings_are_asked_for_again_only_where_a_table_or_a_question_has_changed(shop, monkeypatch):
    twice = LINES.format(year=2021) + "20211,1,2021-01-05,shop,ann,ball,1,9.99,2021-01-05\n"
    shop.file("data/shop/lines_2021.csv", twice)
    asked = []
    monkeypatch.setattr(event_tables, "event_findings", lambda tables: asked.append(1) or event_findings.event_findings(tables))
    first = shop.take_in()
    second = shop.take_in()
    assert findings(second) == findings(first) == [("order_lines", "duplicate", "20211 · 1", "open")] and len(asked) == 1
    shop.file("data/shop/lines_2022.csv", LINES.format(year=2022) + LINES.format(year=2022).splitlines()[1] + "\n")
    assert len(findings(shop.take_in())) == 2 and len(asked) == 2
    monkeypatch.setattr(event_findings, "RULES", "2")
    assert len(findings(shop.take_in())) == 2 and len(asked) == 3


# Questions


def test_a_question_is_answered_without_loading_a_table(shop, monkeypatch):
    taken = shop.load()

    def loaded(*_):
        raise AssertionError("loaded")

    monkeypatch.setattr(StoredTable, "frame", loaded)
    assert len(taken.rows) and taken.tree
    answer = taken.query("SELECT channel, sum(net) AS net FROM order_lines GROUP BY channel ORDER BY channel")
    assert answer["channel"].tolist() == ["online", "shop"] and answer["net"].round(2).tolist() == [25.5, 89.97]
    joined = taken.query("SELECT count(*) AS lines FROM rows JOIN accounts ON rows.account = accounts.code")
    assert joined["lines"].tolist() == [len(taken.rows)]
    with pytest.raises(AssertionError):
        taken.event("order_lines")


def test_a_question_reads_the_snapshot_and_nothing_else(shop):
    taken = shop.load()
    secret = shop.root / "secret.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(secret)
    for question in (f"SELECT * FROM read_parquet('{secret}')", "SELECT * FROM nowhere", "SET enable_external_access = true", "not sql"):
        with pytest.raises(RequestError, match="can't be answered"):
            taken.query(question)


def test_tables_of_a_snapshot_can_be_joined_by_others_without_being_read(shop):
    taken = shop.load()
    joined = taken.tables | {"further": pd.DataFrame({"a": [1]})}
    assert joined["further"]["a"].tolist() == [1] and "order_lines" in joined and len(joined) == len(taken.tables) + 1
    with pytest.raises(KeyError):
        taken.tables["further"]


def test_a_snapshot_from_before_tables_had_parts_is_read(shop):
    taken = shop.load()
    lines = taken.event("order_lines")
    folder = shop.snapshots / taken.id
    shutil.rmtree(folder / "order_lines")
    lines.to_parquet(folder / "order_lines.parquet", index=False)
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"events"', '"other"'))
    pd.testing.assert_frame_equal(read_snapshot("toyland", shop.snapshots).event("order_lines"), lines)


# Findings


def test_lines_that_stand_twice_lack_a_customer_or_name_nobody_are_findings_and_all_count(shop):
    columns = {name: name for name in ("order", "line", "date", "quantity", "net")}
    shop.settings["tables"]["returns"] = {"file": "returns.csv", "columns": columns}
    back = "20211,1,2021-01-09,1,9.99\n20219,1,2021-01-09,1,9.99\n20219,2,2021-01-09,1,1\n"
    shop.file("data/returns.csv", ",".join(columns) + "\n" + back)
    twice = LINES.format(year=2021) + "20211,1,2021-01-05,shop,,ball,1,9.99,2021-01-05\n"
    shop.file("data/shop/lines_2021.csv", twice)
    taken = shop.take_in()
    assert findings(taken) == [
        ("order_lines", "duplicate", "20211 · 1", "open"),
        ("order_lines", "missing", "customer", "open"),
        ("returns", "orphan", "order · line in order_lines", "open"),
    ]
    assert taken.events == {"order_lines": 10, "returns": 3}
    assert taken.findings["said"].iloc[2] == "2 rows name 2 that order_lines does not have: 20219 · 1, 20219 · 2"


def test_keys_beyond_a_thousand_are_told_together(shop, monkeypatch):
    monkeypatch.setattr(event_findings, "SINGLY", 1)
    shop.file("data/shop/lines_2021.csv", LINES.format(year=2021) + "".join(LINES.format(year=2021).splitlines(keepends=True)[1:]))
    taken = shop.take_in()
    assert [where for _, _, where, _ in findings(taken)] == ["20211 · 1", "further keys"]
    assert taken.findings["said"].iloc[1] == "2 more keys have 4 rows; all of them count"
