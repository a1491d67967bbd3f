"""A mangled copy of each kind of source: one list that says what, where, got and expected; nothing is stored, the newest snapshot stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from mangling import KINDS, cell, filled, mangle, named, only, swapped, without_rows

from planning.core.errors import RequestError
from planning.inputs.intake import take_in
from planning.inputs.snapshots import latest

PARAMS = Path(__file__).parents[2] / "params"
AMOUNT = {
    "ledger": "debit", "order_lines": "net", "orders": "quantity", "budget": "1月", "projections": "amount", "headcount": "1月",
    "customers": "monthly_charge", "rates": "average", "inventory": "数量",
}  # fmt: skip
CODE = {
    "ledger": "voucher", "order_lines": "product", "orders": "customer", "budget": "科目编码", "projections": "department",
    "headcount": "department", "customers": "customer", "inventory": "存货编码", "rates": "currency",
}  # fmt: skip
DATE = {"ledger": "date", "order_lines": "date", "orders": "date", "projections": "month", "inventory": "日期", "rates": "month"}
PLACE = {
    "ledger": "ledger, sqlite:///{}/erp.sqlite", "order_lines": "order_lines, row 2", "orders": "orders, row 2",
    "budget": "budget, row 2021_final.xlsx D101 4 1月", "projections": "projections, row 2",
    "headcount": "headcount, row headcount.xlsx 2021 2 1月", "customers": "customers, row 2", "inventory": "inventory, row 2",
    "rates": "rates, row 2",
}  # fmt: skip
"""Where the first row of each is said to stand."""
OURS = {"数量": "quantity", "存货编码": "item", "日期": "date"}


@pytest.fixture(scope="session")
def snapshots(group_company, group, tmp_path_factory) -> Path:
    """A sound load of all of it."""
    folder = tmp_path_factory.mktemp("outputs") / "sample" / "snapshots"
    take_in(group_company, folder, group)
    return folder


@pytest.fixture
def files(group, tmp_path) -> Path:
    """The files, for a test to mangle."""
    return shutil.copytree(group, tmp_path / "files")


@pytest.fixture
def refused(files, group_company, snapshots):
    """The problems for which these sources are refused, having seen that nothing stored has changed; `{}` stands for the folder."""

    def refused(*names: str) -> list[str]:
        before = stored(snapshots)
        with pytest.raises(RequestError) as wrong:
            take_in(only(group_company, *names), snapshots, files)
        assert wrong.value.exit_code == 2 and stored(snapshots) == before
        return [str(problem).replace(str(files), "{}") for problem in wrong.value.problems]

    return refused


@pytest.fixture
def found(files, group_company, tmp_path):
    """The findings of these sources, which are stored with them: (control, kind, where, status)."""

    def found(*names: str) -> list[tuple]:
        taken = take_in(only(group_company, *names), tmp_path / "snapshots", files)
        assert taken.new and latest(tmp_path / "snapshots") == taken.snapshot
        return list(taken.findings[["control", "kind", "where", "status"]].itertuples(index=False, name=None))

    return found


def stored(snapshots: Path) -> list[tuple]:
    """Everything below the snapshots, with its time, and what the newest is."""
    return [latest(snapshots), *((str(path), path.stat().st_mtime_ns) for path in sorted(snapshots.rglob("*")))]


def wrong(name: str, column: str, wanted: str, got: str) -> str:
    """What is said of a value in the first row."""
    return f"{PLACE[name]}: wrong {OURS.get(column, column)}, expected {wanted}, got {got!r}"


def cut(path: Path) -> None:
    """The first two thirds of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 - 7])


# Whole files

CUT = {
    "ledger": "ledger, sqlite:///{}/erp.sqlite: can't be queried, got database disk image is malformed",
    "order_lines": "{}/shop/order_lines_2021.parquet: can't be read, got Parquet magic bytes not found in footer",
    "orders": "{}/shop/order_lines_2021.parquet: can't be read, got Parquet magic bytes not found in footer",
    "budget": "{}/budget/2021_final.xlsx: can't be read, got File is not a zip file",
    "projections": "{}/budget/projections.csv, row 332: wrong number of values, expected 6, got 5",
    "headcount": "{}/hr/headcount.xlsx: can't be read, got File is not a zip file",
    "customers": "{}/crm/customers.csv, row 333: wrong number of values, expected 10, got 2",
    "inventory": "{}/warehouse/inventory.csv: can't be read, got unexpected end of data",
    "rates": "{}/treasury/rates.csv, row 9: wrong number of values, expected 4, got 3",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_truncated_file_is_told(files, refused, name):
    cut(files / KINDS[name].file)
    (problem,) = refused(name)
    assert problem.startswith(CUT[name])


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_file_is_told(files, refused, name):
    (files / KINDS[name].file).write_bytes(b"")
    said = {".csv": "empty file", ".xlsx": "File is not a zip file", ".parquet": "file size is 0 bytes", ".sqlite": "no table ledger"}
    (problem,) = refused(name)
    assert KINDS[name].file in problem and said[Path(KINDS[name].file).suffix] in problem


@pytest.mark.parametrize("name", KINDS)
def test_a_header_without_rows_is_told(files, refused, name):
    mangle(files, name, without_rows)
    assert refused(name) == [f"{name}: no rows, expected at least one"]


@pytest.mark.parametrize("name", KINDS)
def test_a_folder_where_a_file_should_be_and_no_file_at_all_are_told(files, refused, name):
    path = files / KINDS[name].file
    path.unlink()
    (gone,) = refused(name)
    path.mkdir()
    (folder,) = refused(name)
    pattern = "*" in gone
    assert "missing file, expected this file" in gone and ", got nothing; it is read for source" in gone
    assert folder == gone if pattern else folder == gone.replace("got nothing", "got a folder without such files")


ENCODED = {
    "projections": ("utf-16", "{}/budget/projections.csv, line 1: can't be read, expected text in utf-8, got byte 0xff; say encoding: utf"),
    "customers": ("gb18030", "{}/crm/customers.csv, line 1: can't be read, expected text in utf-8, got byte 0x84; say encoding: gb18030"),
    "inventory": ("utf-8", "{}/warehouse/inventory.csv: can't be read, expected text in gb18030, got text in utf-8; leave encoding out"),
    "rates": ("utf-16", "{}/treasury/rates.csv, line 1: can't be read, expected text in utf-8, got byte 0xff; say encoding: utf-16"),
}


@pytest.mark.parametrize(("name", "encoding", "said"), [(name, *how) for name, how in ENCODED.items()])
def test_a_file_in_another_encoding_is_told_with_its_line_and_byte(files, refused, name, encoding, said):
    path = files / KINDS[name].file
    text = path.read_text("utf-8" if name == "customers" else KINDS[name].encoding)  # the mark that it begins with is a character too
    path.write_text(text, encoding)
    (problem,) = refused(name)
    assert problem.startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ledger", "ledger: wrong voucher, expected texts, got 'utf-8' codec can't decode byte 0xff in position 0"),
        ("order_lines", "{}/shop/order_lines_2021.parquet: can't be read, got 'utf-8' codec can't decode byte 0xff in position 0"),
    ],
)
def test_bytes_that_are_no_text_are_told(files, refused, name, said):
    mangle(files, name, filled(CODE[name], b"\xff\xfe"))
    (problem,) = refused(name)
    assert problem.startswith(said)


# Columns


@pytest.mark.parametrize("name", KINDS)
def test_a_missing_column_is_told(files, refused, name):
    mangle(files, name, named(AMOUNT[name], "elsewhere"))
    (problem,) = refused(name)
    assert f": missing column {AMOUNT[name]}" in problem and (name in problem or Path(KINDS[name].file).name in problem)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "ledger"])
def test_a_header_that_stands_there_twice_is_told(files, refused, name):
    mangle(files, name, named(CODE[name], AMOUNT[name]))
    (problem,) = refused(name)
    assert f": column {AMOUNT[name]} stands there twice, expected each column once" in problem and Path(KINDS[name].file).name in problem


SWAPPED = {
    "ledger": ("account", "debit", "ledger, sqlite:///{}/erp.sqlite: wrong debit, expected a number, got rows without one: 5,212"),
    "order_lines": ("product", "quantity", "order_lines, row 2: wrong quantity, expected a number, got 'blender_plus'"),
    "orders": ("customer", "net", "orders, row 2: wrong amount, expected a number, got 'B0000256'"),
    "headcount": ("department", "1月", "headcount, row headcount.xlsx 2021 2 1月: wrong amount, expected a number, got 'D101'"),
    "customers": ("customer", "monthly_charge", "customers, row 2: wrong monthly_charge, expected a number, got 'C0000001'"),
    "inventory": ("存货编码", "数量", "inventory, row 2: wrong quantity, expected a number, got 'board'"),
    "rates": ("currency", "average", "rates, row 2: wrong average, expected a number, got 'HKD'"),
}


@pytest.mark.parametrize(("name", "one", "other", "said"), [(name, *how) for name, how in SWAPPED.items()])
def test_swapped_columns_are_told_with_the_first_rows(files, refused, name, one, other, said):
    mangle(files, name, swapped(one, other))
    problems = refused(name)
    assert problems[0] == said and len(problems) <= 21


@pytest.mark.parametrize(("name", "code"), [("projections", "account"), ("budget", "科目编码")])
def test_codes_of_accounts_that_are_amounts_are_stored_and_stand_on_the_unmapped_line(files, found, name, code):
    """Both columns hold digits: every code is unknown, which is a finding to decide on."""
    mangle(files, name, swapped(code, AMOUNT[name]))
    assert ("unmapped", "open") in {(kind, status) for _, kind, _, status in found(name)}


# Values


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("text", ["many", "nan", "-inf", "#DIV/0!", "1.234,50", "(5)"])
def test_a_text_in_an_amount_is_told(files, refused, name, text):
    mangle(files, name, cell(AMOUNT[name], text))
    wanted = "a number"
    column = {"budget": "amount", "headcount": "amount"}.get(name, AMOUNT[name])
    if name == "ledger":
        assert refused(name) == [f"{PLACE[name]}: wrong debit, expected a number, got rows without one: 1"]
    else:
        assert refused(name) == [wrong(name, column, wanted, text)]


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("ledger", "inventory")])
def test_thousands_set_apart_where_nobody_said_so_are_told(files, refused, name):
    mangle(files, name, cell(AMOUNT[name], "1,234.50"))
    assert refused(name) == [wrong(name, "amount" if name in ("budget", "headcount") else AMOUNT[name], "a number", "1,234.50")]


@pytest.mark.parametrize("name", ["order_lines", "orders", "customers", "inventory", "rates"])
def test_a_number_beyond_all_bounds_is_told(files, refused, name):
    mangle(files, name, cell(AMOUNT[name], "1e400"))
    (problem,) = refused(name)
    assert problem == f"{PLACE[name]}: wrong {OURS.get(AMOUNT[name], AMOUNT[name])}, expected a finite number, got 1e400"


def test_an_infinite_number_of_a_parquet_file_is_told(files, refused):
    mangle(files, "order_lines", cell("net", float("inf")))
    assert refused("order_lines") == ["order_lines, row 2: wrong net, expected a finite number, got inf"]


@pytest.mark.parametrize("name", ["budget", "projections", "headcount"])
def test_an_amount_too_large_to_be_exact_is_told(files, refused, name):
    mangle(files, name, cell(AMOUNT[name], "99999999999999999999"))
    (problem,) = refused(name)
    assert problem.startswith(name) and "too large to be exact, expected less than 2,251,799,813,685,248 of the smallest unit" in problem


@pytest.mark.parametrize("name", DATE)
@pytest.mark.parametrize("day", ["2021年3月31日", "31.01.2021"])
def test_days_written_in_another_way_are_told(files, refused, name, day):
    mangle(files, name, cell(DATE[name], day))
    (problem,) = refused(name)
    assert problem.startswith(f"{name}, row 2") and "expected a date such as 2021-03-31" in problem and problem.endswith(f"got {day!r}")


@pytest.mark.parametrize("name", DATE)
@pytest.mark.parametrize("day", ["1999-01-31", "2041-01-01", "2021-02-30"])
def test_days_that_there_are_not_and_periods_outside_the_calendar_are_told(files, refused, name, day):
    mangle(files, name, cell(DATE[name], day))
    (problem,) = refused(name)
    assert problem.startswith(f"{name}, row ") and problem.endswith(f"got {day!r}")
    assert ": period outside the calendar, expected a " in problem


@pytest.mark.parametrize(
    ("name", "column", "said"),
    [
        ("order_lines", "quantity", "order_lines, row 2: wrong quantity, expected at least 0, got -5"),
        ("orders", "quantity", "orders, row 2: wrong quantity, expected at least 0, got -5"),
        ("customers", "tenure", "customers, row 2: wrong tenure, expected at least 0, got -5"),
        ("customers", "monthly_charge", "customers, row 2: wrong monthly_charge, expected more than 0, got -5"),
        ("rates", "closing", "rates, row 2: wrong closing, expected more than 0, got -5"),
    ],
)
def test_a_negative_quantity_is_told(files, refused, name, column, said):
    mangle(files, name, cell(column, -5))
    assert refused(name) == [said]


# Codes


@pytest.mark.parametrize("name", [name for name in KINDS if name != "orders"])
@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_nothing_in_a_key_is_told(files, refused, name, nothing):
    mangle(files, name, cell(CODE[name], nothing))
    problems = refused(name)
    column = {"order_lines": "product", "inventory": "item"}.get(name, CODE[name])
    assert all(f"wrong {column}, expected a value, got ''" in problem for problem in problems) and len(problems) in (1, 12)


def test_an_order_without_customer_is_told(files, group_company, snapshots):
    mangle(files, "orders", cell("customer", None))
    company = only(group_company, "orders")
    every = company.file.model_copy(update={"tables": {"orders": company.file.tables["orders"].model_copy(update={"where": {}})}})
    before = stored(snapshots)
    with pytest.raises(RequestError, match="orders, row 2: wrong customer, expected a value, got ''"):
        take_in(replace(company, file=every), snapshots, files)
    assert stored(snapshots) == before


@pytest.mark.parametrize("nothing", ["", None])
def test_orders_without_customer_are_none_where_the_company_leaves_them_out(files, found, nothing):
    mangle(files, "orders", cell("customer", nothing))
    assert found("orders") == []


def test_an_unknown_entity_is_told_with_those_there_are(files, refused):
    mangle(files, "ledger", cell("entity", "MARS"))
    (problem,) = refused("ledger")
    assert problem.startswith("ledger, row ") and "unknown entity, expected one of HOLD, MFG" in problem and problem.endswith("got 'MARS'")


@pytest.mark.parametrize(
    ("name", "column", "where"),
    [
        ("ledger", "account", "account = nobody's"),
        ("projections", "department", "department = nobody's"),
        ("headcount", "department", "department = nobody's"),
        ("budget", "科目编码", "科目编码 = nobody's"),
    ],
)
def test_an_unknown_code_is_stored_on_the_unmapped_line_and_waits_for_a_decision(files, found, name, column, where):
    mangle(files, name, cell(column, "nobody's"))
    assert (name, "unmapped", where, "open") in found(name)


def test_a_currency_without_rate_is_told_with_the_months_that_lack_it(files, refused):
    mangle(files, "rates", filled("currency", "USD"))
    assert refused("ledger", "rates") == ["rates: no rate for HKD, expected average and closing of 2021-01"]


# A cell that would fill the memory

GIANT = int(os.environ.get("PLANNING_TEST_GIANT") or 200_000_000)
"""Its characters: 200 MB; `make soak` takes 2 GB where a file can hold that (no SQLite database can)."""
MEMORY = 100
"""Megabytes that looking at it may take."""
READ = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mangling import only
from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
company = only(read_company(Path(sys.argv[2])), sys.argv[3])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    take_in(company, Path(sys.argv[4]), Path(sys.argv[5]))
except RequestError as wrong:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, wrong)
"""


def giant(files: Path, name: str) -> None:
    """A cell of GIANT characters."""
    path = files / KINDS[name].file
    match path.suffix:
        case ".csv":
            with path.open("ab") as file:
                file.write(b"x" * GIANT + b",1\n")
        case ".xlsx":
            in_workbook(path, b"<t>D101</t>", b"<t>" + b"x" * (3 * GIANT // 2) + b"</t>")
        case _:
            mangle(files, name, cell(CODE[name], "x" * GIANT))


def in_workbook(path: Path, text: bytes, other: bytes) -> None:
    """Another text in a workbook's list of texts, longer than a program for workbooks would write."""
    with zipfile.ZipFile(path) as parts:
        read = {part: parts.read(part) for part in parts.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        for part, content in read.items():
            parts.writestr(part, content.replace(text, other))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ledger", "can't be queried, got string or blob too big"),
        ("order_lines", "texts too long in product, expected cells of fewer than 16,777,216 characters"),
        ("customers", "line too long, expected fewer than 16,777,216 characters"),
        ("inventory", "line too long, expected fewer than 16,777,216 characters"),
        ("headcount", "too large to be read, expected at most 268,435,456, got 3"),
    ],
)
def test_a_giant_cell_is_refused_before_it_fills_the_memory(files, tmp_path, name, said):
    giant(files, name)
    words = [str(Path(__file__).parent), str(PARAMS / "sample"), name, str(tmp_path / "snapshots"), str(files)]
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", READ, *words], capture_output=True, text=True, check=True)
    megabytes, _, problems = done.stdout.partition(" ")
    assert said in problems and KINDS[name].file in problems and int(megabytes) < MEMORY
    assert latest(tmp_path / "snapshots") is None and not list((tmp_path / "snapshots").glob("*"))


# All at once, through the command


@pytest.fixture
def planning(files, snapshots, monkeypatch):
    """`planning intake sample` in a process of its own, reading the mangled files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    environment |= {"PLANNING_HOME": str(PARAMS.parent), "PLANNING_OUTPUTS": str(snapshots.parents[1])}
    words = [sys.executable, "-W", "ignore", "-m", "planning.cli", "intake", "sample", "--data", str(files)]
    return lambda: subprocess.run(words, capture_output=True, text=True, env=environment, check=False)


def test_a_fault_in_every_file_is_told_in_one_list_and_exits_with_2(files, planning, snapshots):
    """The ledger's is told twice: the movements of cash are read from it too."""
    for name in KINDS:
        if name != "orders":
            mangle(files, name, cell(AMOUNT[name], "many"))
    before = stored(snapshots)
    done = planning()
    said = done.stdout + done.stderr
    assert done.returncode == 2 and "Traceback" not in said and "sources of sample: 9 problems" in said and stored(snapshots) == before
    for name in set(KINDS) - {"orders", "ledger"}:
        assert f"  {PLACE[name]}: wrong " in said


def test_cut_files_exit_with_2_and_the_mended_ones_are_taken_in(files, group, planning, snapshots):
    for kind in KINDS.values():
        cut(files / kind.file) if (files / kind.file).read_bytes() == (group / kind.file).read_bytes() else None
    before = stored(snapshots)
    done = planning()
    assert done.returncode == 2 and "Traceback" not in done.stderr and stored(snapshots) == before
    shutil.rmtree(files)
    shutil.copytree(group, files)
    assert planning().returncode == 1 and stored(snapshots) == before  # the same content: the same snapshot, and its open findings
