"""The journal: who did what, in order, never changed.

Entries are numbered within a company, and each holds the hash of the one before. A changed, removed or inserted entry
breaks the chain. An end cut off does not: compare with a head kept elsewhere, such as in a run's manifest.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, insert, select, text

from planning.book.schema import journal
from planning.core.errors import Problem

START = "0" * 64
"""What the first entry holds in place of a hash before it."""

_LOCK = 20170701  # any number, the same in every process; marks this use of PostgreSQL's advisory locks


class Head(NamedTuple):
    """The last entry of a company's journal: its number and hash; 0 and zeros when there is none."""

    number: int
    hash: str


def utc_now() -> str:
    """The time in UTC, ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def write_entry(connection: Connection, company: str, who: str, kind: str, subject: str, detail: dict) -> Head:
    """Append one entry inside the caller's transaction, as its last step: the company's next writer waits until it ends."""
    wait_for_turn(connection, company)
    last = read_head(connection, company)
    written = json.dumps(detail, sort_keys=True, ensure_ascii=False, allow_nan=False)
    entry = {"company": company, "number": last.number + 1, "at": utc_now(), "who": who, "kind": kind, "subject": subject}
    entry |= {"detail": written, "previous": last.hash}
    entry["hash"] = entry_hash(entry)
    connection.execute(insert(journal), entry)
    return Head(entry["number"], entry["hash"])


def wait_for_turn(connection: Connection, company: str) -> None:
    """Hold the company's journal until the transaction ends; on SQLite a writer holds the whole book anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:company))"), {"lock": _LOCK, "company": company})


def entry_hash(entry: dict) -> str:
    """SHA-256 of all an entry says, the hash of the entry before included."""
    said = [entry[column.name] for column in journal.columns if column.name != "hash"]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def read_head(connection: Connection, company: str) -> Head:
    """The last entry's number and hash."""
    last = select(journal.c.number, journal.c.hash).where(journal.c.company == company)
    row = connection.execute(last.order_by(journal.c.number.desc()).limit(1)).first()
    return Head(*row) if row else Head(0, START)


def read_entries(connection: Connection, company: str) -> pd.DataFrame:
    """All entries of a company, oldest first: number, at, who, kind, subject, detail (a dict), previous, hash."""
    rows = connection.execute(select(journal).where(journal.c.company == company).order_by(journal.c.number))
    table = pd.DataFrame(rows.mappings().all(), columns=[column.name for column in journal.columns])
    return table.assign(detail=[json.loads(detail) for detail in table["detail"]])


def check_entries(connection: Connection, company: str, head: Head | None = None) -> list[Problem]:
    """What is wrong with a company's journal; an empty list when it is unbroken and contains `head`."""
    rows = connection.execute(select(journal).where(journal.c.company == company).order_by(journal.c.number)).mappings()
    problems, previous, hashes = [], START, {0: START}
    for number, row in enumerate(rows, start=1):
        where = f"journal of {company}, entry {row['number']}"
        if row["number"] != number:
            problems.append(Problem("an entry is missing", where, expected=f"entry {number}"))
            break
        if row["previous"] != previous:
            problems.append(Problem("does not follow the entry before", where, row["previous"], previous))
        if row["hash"] != entry_hash(dict(row)):
            problems.append(Problem("was changed after it was written", where, entry_hash(dict(row)), row["hash"]))
        previous = hashes[number] = row["hash"]
    if head and not problems and hashes.get(head.number) != head.hash:
        expected = f"entry {head.number}, {head.hash}"
        problems.append(Problem("does not hold the head kept elsewhere", f"journal of {company}", expected=expected))
    return problems
