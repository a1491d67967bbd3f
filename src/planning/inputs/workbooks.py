"""Sources as people keep them: many files whose names say something, workbooks with a sheet a department, months across.

A source's file may be a pattern such as "budget/{fiscal_year}_{version}.xlsx": every file that fits is read, and what stands in
the braces is a column. A workbook's sheets are read under their header's row; the sheet's name is the column `sheet`. Months that
lie across become rows, with the columns `month` and `amount`. Cells merged downwards hold for all their rows. What has no figure
(headings, notes, blank rows, empty months) is left out and counted.
"""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.inputs.company import Company
from planning.inputs.company_file import AllBut, Other, Source
from planning.inputs.csv_files import twice
from planning.inputs.findings import finding
from planning.inputs.notation import plain_source
from planning.inputs.reading import find_files, listed_texts, read_text, readable, refuse_giant_workbook

BRACES = re.compile(r"\\{(\w+)\\}")


def read_source(source: Source, name: str, company: Company, data: Path | None) -> tuple[pd.DataFrame, list[dict]]:
    """A source as text, one row a row or, where months lie across, a month; and what was left out.

    RequestError with what is wrong with each file or sheet.
    """
    if not (source.named_by_file or source.sheets or source.header > 1 or source.months):
        return read_text(source, name, company, data), []
    parts, problems = [], []
    rows_where = {column: only for column, only in source.where.items() if column not in source.named_by_file}
    by_rows = source.model_copy(update={"where": rows_where})
    for path in files_of(source, name, company, data):
        try:
            parts += _tables(path, by_rows, name, company, data) if _wants(path, source) else []
        except RequestError as wrong:
            problems += wrong.problems
    problems += [problem for part in parts for problem in _missing_months(part, source)]
    if not parts and not problems:
        problems = [Problem("no file fits where", name, expected=", ".join(source.where))]
    if problems:
        raise RequestError(name, at_most(problems))
    wide = pd.concat(parts).fillna("")
    text, found = _by_month(wide, source, name) if source.months else _with_figures(wide, source.figures, source, name)
    return plain_source(text, source), found


def files_of(source: Source, name: str, company: Company, data: Path | None) -> list[Path]:
    """The files that a source is read from. RequestError where there are none."""
    return find_files(source.model_copy(update={"file": re.sub(r"{\w+}", "*", source.file or "")}), name, company, data)


def _tables(path: Path, source: Source, name: str, company: Company, data: Path | None) -> list[pd.DataFrame]:
    """The tables of one file, each with the columns that the file's and the sheet's names say."""
    if path.suffix == ".xlsx":
        tables = _sheets(path, source, name)
    else:
        text = read_text(source.model_copy(update={"file": str(path)}), name, company, data)
        tables = [text.set_axis([f"{path.name} {line}" for line in text.index])]
    said = _said_by(path, source.file)
    taken = [column for column in said for table in tables if column in table]
    if taken:
        raise RequestError(
            name, [Problem(f"column {column} stands in the file and in its name", str(path)) for column in dict.fromkeys(taken)]
        )
    return [table.assign(**said) for table in tables]


def _wants(path: Path, source: Source) -> bool:
    """Whether a file is read, by what its name says."""
    said = _said_by(path, source.file or "")
    rules = [(said[column], only) for column, only in source.where.items() if column in said]
    return all((text in listed_texts(only)) != isinstance(only, Other) for text, only in rules)


def _said_by(path: Path, pattern: str) -> dict[str, str]:
    """What a file's name says: the texts in the place of the pattern's braces."""
    fitting = BRACES.sub(r"(?P<\1>[^/]+?)", re.escape(pattern)).replace(r"\*", "[^/]*")
    found = re.search(f"(?:^|/){fitting}$", path.as_posix())
    return found.groupdict() if found else {}


def _sheets(path: Path, source: Source, name: str) -> list[pd.DataFrame]:
    try:
        refuse_giant_workbook(path)
        book = openpyxl.load_workbook(path, data_only=True)
    except RequestError:
        raise
    except Exception as broken:  # openpyxl passes on whatever its parts raise
        raise RequestError(name, [Problem("can't be read", str(path), " ".join(str(broken).split())[:200])]) from None
    named = _wanted(book.sheetnames, source, path, name)
    return [_sheet(book[sheet], source, f"{path.name} {sheet}").assign(**({"sheet": sheet} if source.sheets else {})) for sheet in named]


def _wanted(there: list[str], source: Source, path: Path, name: str) -> list[str]:
    if source.sheets == "all":
        return there
    if isinstance(source.sheets, AllBut):
        return [sheet for sheet in there if sheet not in source.sheets.named]
    named = source.sheets or [source.sheet or there[0]]
    missing = [sheet for sheet in named if sheet not in there]
    if missing:
        raise RequestError(name, [Problem(f"no sheet {sheet}", str(path), expected=f"one of {', '.join(there)}") for sheet in missing])
    return named


def _sheet(sheet, source: Source, where: str) -> pd.DataFrame:
    """The table under a sheet's header as text, one row a row of the sheet."""
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for merged in sheet.merged_cells.ranges:
        for row in range(merged.min_row, min(merged.max_row, len(rows))):
            rows[row][merged.min_col - 1] = rows[merged.min_row - 1][merged.min_col - 1]
    header = ["" if cell is None else str(cell).strip() for cell in rows[source.header - 1]] if len(rows) >= source.header else []
    problems = twice(header, where)
    if not any(header):
        problems.append(Problem("no header", f"{where}, row {source.header}", expected="the names of the columns"))
    if problems:
        raise RequestError(where, problems)
    body = rows[source.header :]
    cells = {column: pd.Series([row[at] for row in body], dtype=object, name=column) for at, column in enumerate(header) if column}
    columns = {column: readable(values, where) for column, values in cells.items()}
    return pd.DataFrame(columns, index=[f"{where} {number}" for number in range(source.header + 1, len(rows) + 1)])


def _missing_months(part: pd.DataFrame, source: Source) -> list[Problem]:
    where = " ".join(str(part.index[0]).split(" ")[:-1]) if len(part) else ""
    return [Problem(f"missing column {column}", where) for column in source.months if column not in part]


def _with_figures(text: pd.DataFrame, figures: list[str], source: Source, name: str) -> tuple[pd.DataFrame, list[dict]]:
    """The rows that have a figure at all, and the finding about the others."""
    there = [column for column in figures if column in text]
    empty = (text[there] == "").all(axis=1) if there else pd.Series(False, index=text.index)
    return text[~empty], _left_out(text[empty].drop(columns=["sheet", *source.named_by_file], errors="ignore"), name)


def _left_out(rows: pd.DataFrame, name: str) -> list[dict]:
    """Headings, notes and blank rows: how many, and the first that says something."""
    if rows.empty:
        return []
    told = [(line, next(text for text in row if text)) for line, *row in rows.itertuples(name=None) if any(row)]
    first = f"; the first that says something: {told[0][0]}, {told[0][1][:60]!r}" if told else ""
    said = f"{len(rows):,} rows without a figure are left out, {len(rows) - len(told):,} of them blank{first}"
    return [finding(name, "left_out", "rows without a figure", said, rows=len(rows), status="within")]


def _by_month(wide: pd.DataFrame, source: Source, name: str) -> tuple[pd.DataFrame, list[dict]]:
    """Months across as rows; a month without a figure has none, which is not 0."""
    kept, found = _with_figures(wide, list(source.months), source, name)
    fixed = [column for column in kept if column not in source.months]
    parts = [
        kept[fixed].assign(month=str(number), amount=kept[column]).set_axis([f"{line} {column}" for line in kept.index])
        for column, number in source.months.items()
    ]
    long = pd.concat(parts)
    empty = long["amount"] == ""
    said = f"{int(empty.sum()):,} months have no figure beside others that have"
    if empty.any():
        found = [*found, finding(name, "left_out", "months without a figure", said, rows=int(empty.sum()), status="within")]
    return long[~empty], found
