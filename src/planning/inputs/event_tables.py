"""Event tables: read a piece at a time, checked against their contract, typed, and written as they are read.

Nothing is dropped, and nothing larger than a piece is ever in memory. A file that was read before, in the same way, is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from planning.core.errors import Problem, RequestError, at_most
from planning.core.events import EVENTS, EventColumn
from planning.core.periods import month_end
from planning.inputs.company import Company
from planning.inputs.company_file import Attribute, EventSource
from planning.inputs.company_file import Part as WidePart
from planning.inputs.event_columns import TOLD, TYPES, Wanted, read_column
from planning.inputs.event_findings import asked_of, event_findings
from planning.inputs.reading import Piece, find_files, query_pieces, read_pieces, trusts
from planning.inputs.stored_tables import Before, Part, StoredTable, mark_of, take_over, write_part

NOTHING = Before()
READING = "1"
"""Raised when files are read differently: parts read before are then read again."""


def read_events(
    company: Company, room: Callable[[], Path], data: Path | None = None, before: Before = NOTHING
) -> tuple[dict[str, StoredTable], dict[str, int], list[dict]]:
    """Every event table of a company, by name; the lines read from each source; and the findings.

    The tables are written below the folder that `room` makes; parts and findings of `before`, the newest snapshot, are taken over
    where nothing has changed. Raises one RequestError with every structural problem of every table.
    """
    tables, problems = {}, []
    for name, source in company.file.tables.items():
        try:
            tables[name] = _read(name, source, company, room, data, before.tables.get(name))
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(f"tables of {company.code}", problems)
    found = before.findings if before.asked == asked_of(tables) else event_findings(tables)
    return tables, {name: table.read for name, table in tables.items()}, found


@dataclass
class _Wrong:
    """What is wrong with a table, whichever file it stands in: the first problems, and how many there are."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def note(self, problems: list[Problem], count: int) -> None:
        """Problems found, the first of so many: the first twenty of a table are told, the others counted."""
        self.problems += problems[: max(TOLD - len(self.problems), 0)]
        self.count += count


def _read(
    name: str, source: EventSource, company: Company, room: Callable[[], Path], data: Path | None, before: StoredTable | None
) -> StoredTable:
    wrong, outside = _Wrong(), []
    for one in (source, *source.also):
        paths = [None] if one.url is not None else find_files(one, name, company, data)
        reading = _Reading(name, one, company, len(paths) > 1 or bool(source.also), trusts(one, company, data), wrong)
        outside += [(path, reading) for path in paths]
    folder = room() / name
    folder.mkdir()
    parts = []
    for number, (path, reading) in enumerate(outside):
        try:
            parts.append(_part(path, number, reading, folder, before))
        except RequestError as unread:
            wrong.note(unread.problems, len(unread.problems))
        except (pa.ArrowException, ValueError) as broken:  # a text that is none
            wrong.note([Problem("can't be read", str(path or name), " ".join(str(broken).split())[:200])], 1)
    if not wrong.count and not sum(part.rows for part in parts):
        wrong.note([Problem("no rows", name, expected="at least one")], 1)
    if wrong.count:
        raise RequestError(name, at_most(wrong.problems, TOLD, wrong.count))
    return StoredTable(name, folder, tuple(reading.schema.names), tuple(parts))


def _part(path: Path | None, number: int, reading: _Reading, folder: Path, before: StoredTable | None) -> Part:
    """One file as a part: taken over from the newest snapshot, or read. A database is always asked."""
    if path is None:
        pieces = query_pieces(reading.source, reading.name, reading.asked)
        return write_part(folder, number, "", reading.schema, reading.typed(pieces, "the query"))
    mark = mark_of(path, reading.described)
    known = next((part for part in before.parts if part.mark == mark), None) if before else None
    taken = take_over(known, before.folder, folder, number) if known else None
    if taken:
        return taken
    pieces = read_pieces(path, reading.source, reading.name, reading.asked, reading.trusted)
    return write_part(folder, number, mark, reading.schema, reading.typed(pieces, path.name))


@dataclass(frozen=True)
class _Reading:
    """The reading of one source: what is asked of each file (of `several`, a problem names it), and what is wanted of each column."""

    name: str
    source: EventSource
    company: Company
    several: bool
    trusted: bool
    wrong: _Wrong

    @cached_property
    def asked(self) -> list[str]:
        """The columns of the file that company.yaml names."""
        parts = [column for part in self.source.each for column in part.columns.values()]
        return list(dict.fromkeys([*self.source.columns.values(), *parts, *(what.column for what in self.source.attributes.values())]))

    @cached_property
    def wanted(self) -> dict[str, Wanted]:
        """What each column of ours must hold."""
        calendar = self.company.calendar
        span = calendar.start, month_end(calendar.end)
        meaning = self.source.values
        columns = {ours: Wanted(rule, self.source, span, meaning.get(ours, {})) for ours, rule in EVENTS[self.name].items()}
        return columns | {code: _attribute(what, self.source, span, meaning.get(code, {})) for code, what in self.source.attributes.items()}

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of the stored table with their types."""
        return pa.schema([(column, TYPES[wanted.rule.kind]) for column, wanted in self.wanted.items()])

    @cached_property
    def described(self) -> str:
        """All that decides how a file is read, but the file: a part made under another description is none of this table's."""
        source = self.source.model_dump(mode="json", exclude={"file", "data", "labels", "also"})
        wanted = {column: [repr(wanted.rule), str(wanted.span)] for column, wanted in self.wanted.items()}
        return json.dumps([READING, self.name, source, wanted], sort_keys=True, ensure_ascii=False)

    def typed(self, pieces: Iterator[Piece], file: str) -> Iterator[tuple[pa.Table, int]]:
        """Sound pieces as typed tables with their number of lines; what is wrong is remembered, and reading goes on to find the rest."""
        for piece in pieces:
            self.wrong.note(piece.problems, len(piece.problems))
            before = self.wrong.count
            for part in self.source.each or [None]:
                table = self._table(piece, part, f"{file}:" if self.several else "")
                if self.wrong.count == before:
                    yield table, len(piece.lines) if part in (None, *self.source.each[:1]) else 0

    def _table(self, piece: Piece, part: WidePart | None, file: str) -> pa.Table:
        """Our columns of a piece: all of it, or what one part of a wide table takes."""
        columns = {}
        for ours, wanted in self.wanted.items():
            columns[ours], faults = read_column(self._values(piece, part, ours), wanted)
            for fault in faults:
                where = f"{self.name}, row {file}{{}}" + (f", {ours}" if fault.what else "")
                what, told = fault.what or f"wrong {ours}", fault.first
                self.wrong.note([Problem(what, where.format(piece.lines[row]), text, fault.wanted) for row, text in told], fault.count)
        table = pa.table(columns, schema=self.schema)
        spans = _span_problems(table, self.name) if not self.wrong.count else {}
        where = f"{self.name}, row {file}{{}}"
        self.wrong.note([replace(problem, where=where.format(piece.lines[row])) for row, problem in spans.items()], len(spans))
        return table

    def _values(self, piece: Piece, part: WidePart | None, ours: str) -> pa.ChunkedArray:
        """A column as it lies outside: the file's, what the part says by itself, or nothing where nobody gives it."""
        theirs = self.source.columns | {code: what.column for code, what in self.source.attributes.items()} | (part.columns if part else {})
        said = part.set.get(ours) if part else None
        if said is not None or ours not in theirs:
            return pa.chunked_array([pa.repeat(pa.scalar(said, pa.string()), len(piece.lines))])
        return piece.columns[theirs[ours]]


def _attribute(what: Attribute, source: EventSource, span: tuple, meaning: dict[str, str]) -> Wanted:
    """A further column of customers: one of its named values, or a number."""
    if what.values:
        return Wanted(EventColumn(choices=tuple(what.values)), source, span, meaning)
    return Wanted(EventColumn("number"), source, span, meaning, "a number, or name its values in company.yaml")


def _span_problems(table: pa.Table, name: str) -> dict[int, Problem]:
    """By row: spans that don't hold their amount, and scales without length."""
    if name == "cash_flows":
        lower, amount, upper = (table[column].to_numpy() for column in ("lower", "amount", "upper"))
        wrong = (np.isnan(lower) != np.isnan(upper)) | (lower > amount) | (upper < amount)
        wanted = "lower ≤ amount ≤ upper, or neither of the two"
        spans = {row: f"{lower[row]:g} … {amount[row]:g} … {upper[row]:g}" for row in np.flatnonzero(wrong)}
        return {row: Problem("wrong span", got=span, expected=wanted) for row, span in spans.items()}
    if name == "indicators":
        floor, ceiling = table["floor"].to_numpy(), table["ceiling"].to_numpy()
        same = np.flatnonzero(floor == ceiling)
        return {row: Problem("wrong ceiling", got=f"{ceiling[row]:g}", expected="another than floor") for row in same}
    return {}
