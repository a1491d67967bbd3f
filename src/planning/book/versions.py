"""Versions: a company's named issue of a scenario, with a status on its way from open to locked, at a revision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, select, update

from planning.book import schema
from planning.book.cells import insert_new
from planning.book.doors import check_names, refusal
from planning.book.findings import read_findings
from planning.book.journal import utc_now
from planning.core.checks import open_findings
from planning.core.errors import ConflictError, LockedError, Problem, did_you_mean
from planning.core.tables import SCENARIOS


class Name(NamedTuple):
    """What a version is called."""

    company: str
    scenario: str
    version: str

    @property
    def subject(self) -> str:
        """As the journal writes it: "budget/2027_v1"."""
        return f"{self.scenario}/{self.version}"

    def __str__(self) -> str:
        return f"{self.company}, {self.subject}"


class Version(NamedTuple):
    """What the book says of a version, apart from its cells.

    `published`: the revision that a run last published, 0 when none has. `digest`: the hash of its snapshot once locked.
    """

    company: str
    scenario: str
    version: str
    status: str
    revision: int
    published: int
    snapshot: str
    run_id: str
    digest: str
    created_at: str
    created_by: str
    changed_at: str
    changed_by: str


class Found(NamedTuple):
    """A version's place in the tables, its name, and what the book says of it."""

    id: int
    name: Name
    said: Version


def version_columns() -> list:
    """The columns of a Version."""
    return [schema.version.c[name] for name in Version._fields]


def all_versions(connection: Connection, company: str) -> list[Found]:
    """A company's versions, oldest first."""
    rows = connection.execute(select(schema.version.c.id, *version_columns()).where(schema.version.c.company == company))
    return [Found(row[0], Name(*row[1:4]), Version(*row[1:])) for row in sorted(rows)]


def find_version(connection: Connection, name: Name, hold: bool = False) -> Found:
    """A version; `hold`: until the transaction ends no other save of it comes between. RequestError where there is none."""
    check_names(**name._asdict())
    table = schema.version
    wanted = select(table.c.id, *version_columns()).where(table.c.company == name.company)
    one = wanted.where(table.c.scenario == name.scenario, table.c.version == name.version)
    row = connection.execute(one.with_for_update() if hold else one).first()
    if row is None:
        known = [f"{other.scenario}/{other.version}" for other in connection.execute(wanted)]
        raise refusal("unknown version", str(name), next=did_you_mean(name.subject, known))
    return Found(row[0], name, Version(*row[1:]))


def add_version(connection: Connection, name: Name, who: str, snapshot: str) -> bool:
    """A new, empty, open version; False where it is there already."""
    check_names(**name._asdict())
    if name.scenario not in SCENARIOS:
        raise refusal("unknown scenario", str(name), name.scenario, f"one of {', '.join(SCENARIOS)}")
    now = utc_now()
    new = Version(*name, "open", 0, 0, snapshot, "", "", now, who, now, who)
    added = insert_new(connection, schema.version).values(new._asdict()).returning(schema.version.c.id)
    return connection.execute(added).first() is not None


def change_version(connection: Connection, found: Found, who: str, **values) -> Version:
    """Write what is new about a version, with the time and the name."""
    values |= {"changed_at": utc_now(), "changed_by": who}
    connection.execute(update(schema.version).where(schema.version.c.id == found.id).values(values))
    return found.said._replace(**values)


def check_not_locked(found: Found) -> None:
    """LockedError where the version is locked."""
    if found.said.status == "locked":
        raise LockedError(f"{stands(found)}; nothing was changed; save to another version")


def check_open(found: Found, differing: int = 0) -> None:
    """LockedError where the version is locked or under approval, so that its cells stand still; `differing`: those that wouldn't."""
    if found.said.status != "open":
        cells = f", and {differing:,} cells would change" if differing else ""
        instead = "save to another version" if found.said.status == "locked" else "return it first to change it"
        raise LockedError(f"{stands(found)}{cells}; nothing was changed; {instead}")


def stands(found: Found) -> str:
    """A version with its status, since when and by whom: "acme, budget/v1: locked by cfo at …"."""
    return f"{found.name}: {found.said.status} by {found.said.changed_by} at {found.said.changed_at}"


def check_revision(found: Found, revision: int) -> None:
    """RequestError where the version never had this revision."""
    whole = isinstance(revision, int | np.integer) and not isinstance(revision, bool)
    if not whole or not 0 <= revision <= found.said.revision:
        raise refusal("no such revision", str(found.name), repr(revision), f"0 to {found.said.revision}", "read it again")


def check_moved(found: Found, revision: int) -> None:
    """ConflictError where the version moved on from this revision, RequestError where it never had it."""
    check_revision(found, revision)
    if found.said.revision != revision:
        now = f"revision {found.said.revision}"
        moved = Problem("changed since", found.name.subject, now, f"revision {revision}", "read it again")
        raise ConflictError(str(found.name), [moved], "the version moved on")


def check_findings(connection: Connection, found: Found) -> None:
    """LockedError while findings of the version's snapshot are open."""
    waiting = open_findings(read_findings(connection, found.name.company, found.said.snapshot))
    if len(waiting):
        said = [f"  {row.control}, {row.kind}, {row.where}: {row.said}" for row in waiting.itertuples()]
        head = f"{found.name}: {len(waiting)} open findings of snapshot {found.said.snapshot} wait for a decision"
        after = "  decide them and take the sources in again; then return the version, run its notebook again and submit it"
        raise LockedError("\n".join([head, *said, after]))
