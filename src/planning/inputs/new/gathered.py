"""The figures of a family of tables by account, month, department and entity, summed as they are read: memory stays bounded."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet
from pyarrow import compute

from planning.core.periods import year_in, year_spanned
from planning.inputs.new.columns import month_of_day, numbers
from planning.inputs.new.families import Family
from planning.inputs.new.look import Table, quoted, sheet_pieces
from planning.inputs.new.words import month_in, month_named

PIECE = 200_000
MOST_ROWS = 5_000_000
"""Rows of one table that are summed; of a longer one the first."""
CODES = ("account", "account_name", "department", "entity", "scenario", "direction", "currency")
SIDES = ["opening", "opening_debit", "opening_credit", "debit", "credit", "closing", "closing_debit", "closing_credit", "amount"]
TIMES = ("period", "date", "fiscal_year", "fiscal_month")


def gather(folder: Path, family: Family) -> pd.DataFrame:
    """Sums by file, account, account_name, department, entity, scenario, direction and month of each column of figures; line counts too.

    A column that the family hasn't is empty (texts) or missing (figures). `month` is 2024-01, empty where it can't be told.
    """
    sums, waiting = [], []
    for table in family.tables:
        for piece in _pieces(folder, table, _wanted(family), family):
            waiting.append(_tidy(piece, family, table))
            if sum(map(len, waiting)) >= PIECE:
                sums, waiting = [*sums, _summed(waiting, family)], []
    if waiting:
        sums.append(_summed(waiting, family))
    keys = ["file", *CODES, "month"]
    together = pd.concat(sums, ignore_index=True) if sums else pd.DataFrame(columns=[*keys, *SIDES, "lines"])
    return together.groupby(keys, as_index=False, sort=False).sum(min_count=1)


def _wanted(family: Family) -> list[str]:
    parts = family.parts
    named = [parts[role] for role in (*CODES, *SIDES, *TIMES) if role in parts] + family.months + [family.line] * bool(family.line)
    named += [family.marks[0]] * bool(family.marks[0])
    return list(dict.fromkeys([*named, *([parts["net"]] if "net" in parts and "amount" not in parts else [])]))


def rows_of(folder: Path, family: Family, columns: list[str]) -> Iterator[tuple[pd.DataFrame, pd.Series | list[str] | str]]:
    """These columns of all the family's tables as text, a piece at a time, with the month of each row."""
    times = [family.parts[role] for role in TIMES if role in family.parts]
    for table in family.tables:
        for piece in _pieces(folder, table, list(dict.fromkeys([*columns, *times])), family):
            yield piece, _months(piece, family, table)


def _pieces(folder: Path, table: Table, columns: list[str], family: Family) -> Iterator[pd.DataFrame]:
    """These columns of a table as text, a piece at a time."""
    if table.form == "database":
        yield from _database(folder / table.file, table, columns, family)
        return
    if table.complete:
        yield table.sample[columns]
        return
    read = 0
    for piece in {"csv": _csv, "parquet": _parquet, "workbook": _sheet}[table.form](folder / table.file, table, columns):
        yield piece
        read += len(piece)
        if read >= MOST_ROWS:
            return


def _csv(path: Path, table: Table, columns: list[str]) -> Iterator[pd.DataFrame]:
    encoding = "utf-8-sig" if table.encoding == "utf-8" else table.encoding
    read = pd.read_csv(
        path, sep=table.delimiter, dtype=str, keep_default_na=False, encoding=encoding, encoding_errors="replace", chunksize=PIECE,
        skiprows=table.heading - 1, usecols=lambda name: name.strip() in columns, on_bad_lines="skip",
    )  # fmt: skip
    for piece in read:
        yield piece.rename(columns=str.strip)[columns]


def _sheet(path: Path, table: Table, columns: list[str]) -> Iterator[pd.DataFrame]:
    yield from sheet_pieces(path, table, columns, PIECE)


def _parquet(path: Path, table: Table, columns: list[str]) -> Iterator[pd.DataFrame]:
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(PIECE, columns=columns):
            texts = [compute.fill_null(compute.cast(batch[column], pyarrow.string()), "") for column in columns]
            yield pd.DataFrame({column: text.to_pandas() for column, text in zip(columns, texts, strict=True)})


def _database(path: Path, table: Table, columns: list[str], family: Family) -> Iterator[pd.DataFrame]:
    """A database's rows; entries that carry the result to equity are left out but for what they bring there."""
    said = ", ".join(f"coalesce(cast({quoted(column)} as text), '') as {quoted(column)}" for column in columns)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        asked = f"select {said} from {quoted(table.sheet)}{_movements(table, family)}"
        yield from pd.read_sql_query(asked, base, chunksize=PIECE, dtype=object)
    base.close()


def closing_vouchers(table: Table, family: Family) -> str:
    """The query for the vouchers that carry the result to equity."""
    voucher, account = quoted(family.parts["voucher"]), quoted(family.parts["account"])
    return f"select {voucher} from {quoted(table.sheet)} where {account} = '{family.closing}'"


def _movements(table: Table, family: Family) -> str:
    if not family.closing:
        return ""
    voucher, account = quoted(family.parts["voucher"]), quoted(family.parts["account"])
    return f" where {voucher} not in ({closing_vouchers(table, family)}) or {account} = '{family.closing}'"


def _tidy(piece: pd.DataFrame, family: Family, table: Table) -> pd.DataFrame:
    """The piece with our names; months across become rows."""
    parts = family.parts
    if family.marks[0]:
        piece = piece[~piece[family.marks[0]].isin(family.marks[1]) | (piece[parts["account"]] == family.closing)]
    tidy = pd.DataFrame({code: piece[parts[code]] if code in parts else "" for code in CODES}, index=piece.index)
    tidy["account"] = piece[family.line] if family.line else ""
    tidy["file"] = table.file
    if family.sheet_says == "department" and "department" not in parts:
        tidy["department"] = table.sheet
    if family.months:
        return pd.concat([tidy.assign(year=year_of(table) or 0), piece[family.months]], axis=1)
    for side in SIDES:
        source = parts.get(side) or (parts.get("net") if side == "amount" else None)
        tidy[side] = numbers(piece[source]) if source else float("nan")
    tidy["month"] = _months(piece, family, table)
    return tidy


def _months_down(wide: pd.DataFrame, family: Family) -> pd.DataFrame:
    """Months across as rows; without a year their month can't be told."""
    rows = []
    for name in family.months:
        number, said = month_named(name), month_in(name)
        month = [said or (f"{year}-{number:02}" if year else "") for year in wide["year"]]
        rows.append(wide[["file", *CODES]].assign(month=month, amount=numbers(wide[name])))
    return pd.concat(rows, ignore_index=True).reindex(columns=["file", *CODES, "month", *SIDES])


def year_of(table: Table) -> int | None:
    """The year that a table's sheet, file or title names."""
    return year_in(_year_text(table))


def _year_text(table: Table) -> str:
    return next((said for said in (table.sheet, Path(table.file).stem, *table.above) if year_in(said)), "")


def month_of(table: Table) -> str:
    """The month that a table's sheet, file or title names; a sheet's month with the file's year; empty where none does."""
    said = next((month for text in (table.sheet, Path(table.file).stem, *table.above) if (month := month_in(text))), "")
    alone = month_named(table.sheet.strip()) if table.sheet else None
    return said or (f"{year_of(table)}-{alone:02}" if alone and year_of(table) else "")


def names_years(family: Family) -> bool:
    """Whether a column, the file or the sheet names a fiscal year in which a month is counted, so that its name decides the months."""
    numbered = "period" in family.parts and family.columns[family.parts["period"]].kind == "number"
    counted = numbered or family.has("fiscal_year", "fiscal_month")
    across = bool(family.months) and not any(month_in(name) for name in family.months)
    dated = family.has_any("period", "date") and not counted
    return across or ((counted or "fiscal_year" in family.parts) and not dated and not family.months)


def in_fiscal_years(sums: pd.DataFrame, family: Family, first_month: int, begin: bool) -> pd.DataFrame:
    """Gathered figures with the months of the fiscal years that files name, where years don't begin in January.

    Months across, and months beside their number in the year, are calendar months; a number alone counts from the year's first.
    `begin`: the files name a year by the calendar year in which it begins.
    """
    counted = "period" in family.parts and family.columns[family.parts["period"]].kind == "number"
    if first_month == 1 or not names_years(family) or not (family.months or counted):
        return sums
    kind = "across" if family.months else "both" if family.has("fiscal_year", "fiscal_month") else "number"
    moved = {said: _in_fiscal_year(said, kind, first_month, begin) for said in sums["month"].unique() if said}
    return sums.assign(month=sums["month"].replace(moved))


def _in_fiscal_year(said: str, kind: str, first_month: int, begin: bool) -> str:
    year, number = int(said[:4]) + begin, int(said[5:])
    if kind == "number":
        number = (first_month + number - 2) % 12 + 1
    return f"{year - (kind != 'both' and number >= first_month)}-{number:02}"


def years_told_once(family: Family) -> list[str]:
    """The fiscal years that a family names by one calendar year, as in FY2025 and unlike 2024-25."""
    if "fiscal_year" in family.parts:
        texts: set[str] = {text for table in family.tables for text in table.sample[family.parts["fiscal_year"]].unique() if text}
    else:
        texts = {_year_text(table) for table in family.tables} - {""}
    return sorted(text for text in texts if not year_spanned(text))


def _months(piece: pd.DataFrame, family: Family, table: Table) -> pd.Series | str:
    parts = family.parts
    if "period" in parts and family.columns[parts["period"]].kind in ("day", "month"):
        return month_texts(piece[parts["period"]], family.columns[parts["period"]].dates)
    if "date" in parts:
        return month_texts(piece[parts["date"]], family.columns[parts["date"]].dates)
    if "fiscal_year" in parts and "period" in parts:
        month = numbers(piece[parts["period"]])
        if "fiscal_month" in parts:
            return _months_of_fiscal_year(piece, parts, month)
        return [
            f"{int(year)}-{int(number):02}" if year > 0 and 1 <= number <= 12 else ""
            for year, number in zip(_years(piece[parts["fiscal_year"]]), month, strict=True)
        ]
    if "period" in parts and year_of(table):
        return [f"{year_of(table)}-{int(number):02}" if 1 <= number <= 12 else "" for number in numbers(piece[parts["period"]])]
    return month_of(table)


def _years(texts: pd.Series) -> pd.Series:
    return texts.map({text: year_in(text) for text in texts.unique()}).astype(float)


def _months_of_fiscal_year(piece: pd.DataFrame, parts: dict[str, str], month: pd.Series) -> list[str]:
    """Calendar months of a fiscal year named by the year in which it ends: one numbered above its fiscal month lies a year before."""
    year = _years(piece[parts["fiscal_year"]]) - (month > numbers(piece[parts["fiscal_month"]]))
    return [f"{int(of)}-{int(number):02}" if of > 0 and 1 <= number <= 12 else "" for of, number in zip(year, month, strict=True)]


def month_texts(texts: pd.Series, form: str = "") -> pd.Series:
    """The months of days or months written in this form, as 2024-01; of other texts what they say by themselves, else an empty one."""
    said = {text: month_of_day(text, form) or _month_said(text) for text in texts.unique()}
    return texts.map(said)


def _month_said(text: str) -> str:
    return text[:7] if re.match(r"\d{4}-\d{2}", text) else month_in(text) or ""


def _summed(parts: list[pd.DataFrame], family: Family) -> pd.DataFrame:
    tidy = pd.concat(parts, ignore_index=True)
    tidy = _months_down(tidy, family) if family.months else tidy
    keys = ["file", *CODES, "month"]
    return tidy.assign(lines=1).groupby(keys, as_index=False, sort=False)[[*SIDES, "lines"]].sum(min_count=1)
