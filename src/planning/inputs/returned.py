"""A department's workbook as it comes back: what was typed, matched by the hidden marks and not by place; values only.

Nothing of the file is executed or followed. It is looked at from the outside first: a file too large, encrypted, cut off, with
macros or with links to other files is refused before anything of it is read as a workbook.
"""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter

from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import month
from planning.core.workbook_form import CODES, HEAD, KEYS_SHEET, TOTAL, Key, Stamp, as_cell, read_keys

MOST_BYTES = 10_000_000
"""Of a file; the workbooks we write have some ten thousands."""
MOST_UNPACKED = 40_000_000
"""Of its parts together, unpacked."""
MOST_ROWS, MOST_COLUMNS = 20_000, 200
"""Of a sheet."""
OLD = b"\xd0\xcf\x11\xe0"
"""How an encrypted workbook begins, and one of before 2007."""
SAVE = "open it in a spreadsheet program and save it as .xlsx"
REFUSED_PARTS = {
    "vbaproject.bin": ("macros", "save it as .xlsx without macros"),
    "/externallinks/": ("links to other files", "put figures in the place of formulas that look into other files"),
    "/embeddings/": ("embedded files", "take them out"),
    "/activex/": ("controls", "take them out"),
    "/macrosheets/": ("macros", "save it as .xlsx without macros"),
    "/connections.xml": ("data connections", "take them out"),
}
"""What the name of a part tells of it, in small letters."""


class Returned(NamedTuple):
    """A workbook as it came back: its stamp, and a row a month of each line.

    Columns of `cells`: where (file, sheet and cell), the line's codes, period, amount (NaN where blank).
    """

    stamp: Stamp
    cells: pd.DataFrame


def read_returned(path: Path) -> Returned:
    """What was typed into a workbook of ours. RequestError with every problem of the file; it is never changed."""
    _refuse_from_outside(path)
    try:
        pages, others = _pages(path)
    except _TooLarge as large:
        raise _refusal(path, str(large)) from None
    except Exception as broken:  # openpyxl passes on whatever its parts raise
        raise _refusal(path, "can't be read as a workbook", " ".join(str(broken).split())[:200], next=SAVE) from None
    stamp, keys = _keys(path, pages)
    problems = _sheet_problems(path, [*pages, *others], stamp)
    rows: list[dict[str, Any]] = []
    for name in (name for name in stamp.sheets if name in pages):
        sheet = _Sheet(f"{path.name}, {name}", stamp.sheets[name], [key for key in keys if key.sheet == name])
        rows += sheet.read(*pages[name])
        problems += sheet.problems
    if problems:
        raise RequestError(str(path), at_most(problems))
    return Returned(stamp, pd.DataFrame(rows).astype({"amount": float}) if rows else pd.DataFrame())


def _refusal(path: Path, what: str, got: str = "", expected: str = "", next: str = "") -> RequestError:
    return RequestError(str(path), [Problem(what, path.name, got, expected, next)])


# From the outside


def _refuse_from_outside(path: Path) -> None:
    """RequestError for what is no workbook of ours, by its size, its first bytes and the names of its parts."""
    if not path.is_file():
        raise _refusal(path, "no such file")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise _refusal(path, "too large to be a workbook of ours", f"{size:,} bytes", f"at most {MOST_BYTES:,}")
    with path.open("rb") as file:
        first = file.read(4)
    if first == OLD:
        raise _refusal(path, "encrypted, or of an old kind", next=f"take its password off, or {SAVE}")
    if not first.startswith(b"PK"):
        raise _refusal(path, "no workbook", expected="an .xlsx file", next=SAVE)
    try:
        with zipfile.ZipFile(path) as parts:
            problems = list(_part_problems(parts, path.name))
    except Exception as broken:  # zipfile passes on whatever its decompressors raise
        raise _refusal(path, "damaged or cut off", str(broken)[:200], next="copy it again") from None
    if problems:
        raise RequestError(str(path), problems)


def _part_problems(parts: zipfile.ZipFile, where: str) -> Iterator[Problem]:
    """What the parts are called and come to; then, where that is in order, whether each is whole and free of declarations."""
    there = parts.infolist()
    size = sum(part.file_size for part in there)
    if size > MOST_UNPACKED:
        yield Problem("too large to be a workbook of ours", where, f"{size:,} bytes unpacked", f"at most {MOST_UNPACKED:,}")
        return
    names = [f"/{part.filename.lower()}" for part in there]
    found = {what: advice for sign, (what, advice) in REFUSED_PARTS.items() if any(sign in name for name in names)}
    texts = {part.filename.lower(): parts.read(part) for part in there}
    if b"macroenabled" in texts.get("[content_types].xml", b"").lower():
        found.setdefault("macros", "save it as .xlsx without macros")
    yield from (Problem(what, where, expected="none", next=advice) for what, advice in found.items())
    if any(b"<!DOCTYPE" in text or b"<!ENTITY" in text for text in texts.values()):
        yield Problem("declarations that no spreadsheet program writes", where, next=SAVE)


# Pages


class _TooLarge(Exception):
    """A sheet has more rows or columns than ours have."""


class _Cell(NamedTuple):
    value: Any
    kind: str


_NONE = _Cell(None, "n")


def _pages(path: Path) -> tuple[dict[str, tuple[list[list[_Cell]], list[list[_Cell]]]], list[str]]:
    """Each sheet's cells, as results and as formulas; and the names of what is no sheet of cells, such as a chart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl can't keep is of no matter: nothing is written back
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(path, read_only=True)
        try:
            pages = {page.title: (_page(page), _page(formulas[page.title])) for page in values.worksheets}
        finally:
            values.close()
            formulas.close()
    return pages, [name for name in values.sheetnames if name not in pages]


def _page(page: Any) -> list[list[_Cell]]:
    """A sheet's cells as they lie; what it claims of its size isn't believed."""
    page.reset_dimensions()
    rows: list[list[_Cell]] = []
    for cells in page.iter_rows():
        if len(rows) >= MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise _TooLarge(f"sheet {page.title} has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns")
        rows.append([_Cell(cell.value, cell.data_type) if cell.value is not None else _NONE for cell in cells])
    return rows


def _keys(path: Path, pages: dict) -> tuple[Stamp, list[Key]]:
    if KEYS_SHEET not in pages:
        raise _refusal(path, "no workbook that planning wrote", "no hidden keys", next="draw one: planning workbook")
    texts = [row[0].value for row in pages[KEYS_SHEET][0] if row]
    try:
        return read_keys(texts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as wrong:
        said = str(wrong) if str(wrong).startswith("it ") else "it is not as planning wrote it"
        raise _refusal(path, "its hidden keys can't be trusted", said, next="draw a new workbook: planning workbook") from None


def _sheet_problems(path: Path, there: list[str], stamp: Stamp) -> list[Problem]:
    """Sheets that are gone and sheets that came; a renamed one is both."""
    ours = {*stamp.sheets, stamp.cover, KEYS_SHEET}
    gone = [name for name in stamp.sheets if name not in there]
    extra = [name for name in there if name not in ours]
    problems = [Problem("a sheet is missing", path.name, expected=repr(name), next="give it its name back") for name in gone]
    return problems + [Problem("a sheet that planning didn't write", path.name, repr(name), next="take it out") for name in extra]


class _Sheet:
    """Reads one sheet: finds its columns by the hidden codes and its rows by the hidden marks, wherever they are."""

    def __init__(self, where: str, months: list[str], keys: list[Key]):
        self.where, self.months, self.keys = where, months, {key.id: key for key in keys}
        self.problems: list[Problem] = []

    def read(self, values: list[list[_Cell]], formulas: list[list[_Cell]]) -> list[dict[str, Any]]:
        """What was typed, a row a line and month."""
        marks = [row[0].value if row else None for row in values]
        heads = [at for at, mark in enumerate(marks) if mark == CODES]
        if len(heads) != 1:
            self._wrong("its hidden marks are gone", next="fill in a workbook as it was drawn, without moving its first column")
            return []
        columns = self._columns(values[heads[0]])
        body = range(heads[0] + 1, len(values))
        self._refuse_strangers(values, body, columns)
        places = self._places(marks, body, values)
        if self.problems:
            return []
        found = []
        for id, at in places.items():
            self._check_codes(self.keys[id], values[at], columns, at)
            found += [self._typed(self.keys[id], text, at, columns[text], values[at], formulas) for text in self.months]
        return found

    def _wrong(self, what: str, at: int | None = None, column: int | None = None, **said: str) -> None:
        cell = "" if at is None else f" row {at + 1}" if column is None else f"!{get_column_letter(column + 1)}{at + 1}"
        self.problems.append(Problem(what, f"{self.where}{cell}", **said))

    def _columns(self, codes: list[_Cell]) -> dict[str, int]:
        """The place of each column by its code."""
        found: dict[str, int] = {}
        for place, cell in enumerate(codes[1:], start=1):
            if cell.value is not None and str(cell.value) in found:
                self._wrong("a column twice", got=str(cell.value), expected="each column once")
            elif cell.value is not None:
                found[str(cell.value)] = place
        for missing in [code for code in ("code", *self.months) if code not in found]:
            self._wrong("a column is missing", expected=missing, next="draw a new workbook: planning workbook")
        return found

    def _refuse_strangers(self, values: list[list[_Cell]], body: range, columns: dict[str, int]) -> None:
        """What stands in columns that have no code: nobody would read it."""
        known = {0, *columns.values()}
        strange = {place for at in body for place, cell in enumerate(values[at]) if place not in known and _says(cell)}
        for place in sorted(strange):
            self._wrong(f"a column that planning didn't write: {get_column_letter(place + 1)}", next="take it out")

    def _places(self, marks: list[Any], body: range, values: list[list[_Cell]]) -> dict[str, int]:
        """The row of each line."""
        found: dict[str, int] = {}
        for at in body:
            mark = None if marks[at] is None else str(marks[at])
            if mark in self.keys and mark in found:
                self._wrong("a row twice", at, got=self.keys[mark].codes["account"], expected="each row once")
            elif mark in self.keys:
                found[mark] = at
            elif mark not in (HEAD, TOTAL) and any(_says(cell) for cell in values[at]):
                self._wrong("a row that planning didn't write", at, next="take it out: a new line is added by finance")
        for key in self.keys.values():
            if key.id not in found:
                self._wrong("a row is missing", expected=key.codes["account"], next="put it back, or draw a new workbook")
        return found

    def _check_codes(self, key: Key, row: list[_Cell], columns: dict[str, int], at: int) -> None:
        """That a row still carries its own codes: else rows were sorted or moved without their hidden mark."""
        shown = {"code": "account"} | {name: name for name in key.codes if name in columns}
        for column, name in shown.items():
            said = _at(row, columns[column]).value
            got, expected = as_cell("" if said is None else str(said)), as_cell(key.codes[name])
            if got != expected:
                moved = "rows were moved without their hidden first column: undo that, or draw a new workbook"
                self._wrong(f"another {name} than this row's", at, columns[column], got=repr(got), expected=repr(expected), next=moved)

    def _typed(self, key: Key, text: str, at: int, column: int, row: list[_Cell], formulas: list[list[_Cell]]) -> dict[str, Any]:
        cell, typed = _at(row, column), _at(formulas[at] if at < len(formulas) else [], column)
        amount = math.nan
        if cell.value is None:
            if typed.kind == "f":
                self._wrong("a formula without a result", at, column, got=str(typed.value)[:80], next=SAVE)
        elif isinstance(cell.value, bool) or not isinstance(cell.value, (int, float)) or cell.value != cell.value:
            self._wrong(_kind(cell), at, column, got=repr(cell.value)[:80], expected="a number")
        else:
            amount = _float(cell.value)
        where = f"{self.where}!{get_column_letter(column + 1)}{at + 1}"
        return {"where": where, **key.codes, "period": month(text), "amount": amount}


def _says(cell: _Cell) -> bool:
    return cell.value is not None and str(cell.value).strip() != ""


def _at(row: list[_Cell], column: int) -> _Cell:
    return row[column] if column < len(row) else _NONE


def _float(value: float) -> float:
    """Whole numbers beyond floats are infinite; the plan refuses them as too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _kind(cell: _Cell) -> str:
    """What stands there instead of a number."""
    if cell.kind == "e":
        return "an error value"
    if isinstance(cell.value, bool):
        return "a truth value"
    return "a date or time" if isinstance(cell.value, (date, datetime, time, timedelta)) else "a text"
