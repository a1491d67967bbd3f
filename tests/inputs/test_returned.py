"""Reading a workbook that came back: what was typed is read, and whatever a file holds, it is read or refused, never a traceback."""

import random
import zipfile
from datetime import date, time, timedelta

import openpyxl
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.workbook_form import CODES, HEAD, KEYS_SHEET, Key, Stamp, written_keys
from planning.inputs.returned import MOST_BYTES, MOST_COLUMNS, read_returned

MONTHS = ["2026-01", "2026-02", "2026-03"]


def line(account, **more):
    return {"case": "base", "entity": "home", "cost_centre": "north", "account": account, "layer": "booked"} | more


def write(path, rows, heads=("code", *MONTHS), accounts=("toys", "rent")):
    """A workbook of one sheet in our form, written by hand: rows of (mark, code, amounts …)."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "north"
    for row in [("codes", *heads), (HEAD, "Code", *MONTHS), *rows]:
        page.append(row)
    keys = book.create_sheet(KEYS_SHEET)
    stamp = Stamp("acme", "budget", "v1", 1, "nora", "Read me", {"north": MONTHS})
    for text in written_keys(stamp, [Key(f"r{n}", "north", line(account)) for n, account in enumerate(accounts, start=1)]):
        keys.append([text])
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path):
    rows = [("r1", "toys", 1, 2.5, None), ("r2", "rent", -3, 0, 1e9), ("total", "all", "=C3+C4", None, None)]
    return write(tmp_path / "north.xlsx", rows)


def amounts(path):
    cells = read_returned(path).cells
    return {(row.account, f"{row.period:%Y-%m}"): row.amount for row in cells.itertuples() if pd.notna(row.amount)}


def problems(path):
    with pytest.raises(RequestError) as wrong:
        read_returned(path)
    return [str(problem) for problem in wrong.value.problems]


def test_what_was_typed_is_read_with_its_codes_and_its_cell(path):
    returned = read_returned(path)
    assert returned.stamp.version == "v1" and len(returned.cells) == 6
    assert amounts(path) == {("toys", "2026-01"): 1, ("toys", "2026-02"): 2.5, ("rent", "2026-01"): -3, ("rent", "2026-02"): 0,
                             ("rent", "2026-03"): 1e9}  # fmt: skip
    assert returned.cells.iloc[1][["where", "layer"]].tolist() == ["north.xlsx, north!D3", "booked"]


@pytest.mark.parametrize(
    "typed, said",
    [("12", "a text, expected a number, got '12'"), ("", None), (False, "a truth value"), (date(2026, 1, 1), "a date or time"),
     (time(12), "a date or time"), (timedelta(days=2), "a date or time"), ("#DIV/0!", "an error value"), ("一百", "a text"),
     ("=A1", "a formula without")],
)  # fmt: skip
def test_only_numbers_are_figures(tmp_path, typed, said):
    path = write(tmp_path / "a.xlsx", [("r1", "toys", typed, 1, 2), ("r2", "rent", 1, 2, 3)])
    if said is None:
        assert ("toys", "2026-01") not in amounts(path)
    else:
        [problem] = problems(path)
        assert problem.startswith("a.xlsx, north!C3: ") and said in problem


def test_a_column_twice_and_two_rows_of_codes_are_refused(tmp_path):
    rows = [("r1", "toys", 1, 2, 3, 4), ("r2", "rent", 1, 2, 3, 4)]
    twice = write(tmp_path / "a.xlsx", rows, ("code", *MONTHS, "2026-01"))
    assert "a column twice, expected each column once, got 2026-01" in problems(twice)[0]
    assert "its hidden marks are gone" in problems(write(tmp_path / "b.xlsx", [(CODES, "code", *MONTHS), *rows]))[0]


def test_too_many_columns_are_refused(tmp_path):
    path = write(tmp_path / "a.xlsx", [("r1", "toys", 1, 2, 3, *[None] * MOST_COLUMNS, 4), ("r2", "rent", 1, 2, 3)])
    assert f"more than 20,000 rows or {MOST_COLUMNS} columns" in problems(path)[0]


def test_what_a_sheet_claims_of_its_size_is_not_believed(path):
    contents = unpacked(path)
    sheet = contents["xl/worksheets/sheet1.xml"].replace(b'<dimension ref="A1:E5"', b'<dimension ref="A1:XFD1048576"')
    assert sheet != contents["xl/worksheets/sheet1.xml"]
    before = amounts(path)
    assert amounts(packed(path, contents | {"xl/worksheets/sheet1.xml": sheet})) == before


def test_a_file_just_over_the_limit_is_refused_unread(tmp_path):
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "too large to be a workbook of ours" in problems(tmp_path / "a.xlsx")[0]


def unpacked(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, contents):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def spoilt(content, dice):
    """Content with a byte changed, a piece doubled or a piece cut out."""
    at, length = dice.randrange(len(content)), dice.randrange(1, 60)
    piece = content[at : at + length]
    middle, rest = dice.choice([(bytes([dice.randrange(256)]), content[at + 1 :]), (piece, content[at:]), (b"", content[at + length :])])
    return content[:at] + middle + rest


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_file_is_read_or_refused_and_never_breaks_the_reader(path, tmp_path, seed):
    dice, whole, told = random.Random(seed), path.read_bytes(), {"read": 0, "refused": 0}
    contents = unpacked(path)
    for number in range(60):
        torn = tmp_path / f"torn{number}.xlsx"
        name = dice.choice(sorted(contents))
        if number % 2:
            torn.write_bytes(spoilt(whole, dice))
        else:
            packed(torn, contents | {name: spoilt(contents[name], dice)})
        try:
            read_returned(torn)
            told["read"] += 1
        except RequestError as wrong:
            assert wrong.problems
            told["refused"] += 1
    assert told["refused"] > 20
