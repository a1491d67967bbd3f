"""The way of a version to approval: each step a change of status and an entry in the journal, in one transaction.

The journal is the only record of who did what; each step holds the hash of the cells it was taken on, so that what was
submitted, approved and locked can be proved to be the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, and_, or_, select

from planning.book import schema
from planning.book.cells import Cells, read_cells
from planning.book.doors import refusal
from planning.book.findings import read_findings
from planning.book.holds import HELD, RELEASED
from planning.book.journal import write_entry
from planning.book.rights import ROUTE, People, Standing, check_right, stage_of, waits_for
from planning.book.versions import Found, Name, Version, all_versions, change_version, check_findings, check_moved, check_not_locked
from planning.core.checks import open_findings
from planning.core.errors import ConflictError, PlanningError, Problem

KINDS = {"submit": "submitted", "approve": "approved", "return": "returned", "lock": "locked"}
"""By act, the journal's word for it; nobody else writes entries of these kinds."""

WAITING = (
    "scenario", "version", "status", "revision", "since", "last_act", "last_who", "last_reason", "step", "role", "waits_for",
    "open_findings",
)  # fmt: skip
"""The columns of the table of what waits for whom."""


class Step(NamedTuple):
    """What somebody wants done with a version: the act, by whom and why, and which revision and status they saw (None: whichever)."""

    act: str
    who: str
    reason: str
    revision: int | None = None
    seen: str | None = None


def take_step(connection: Connection, found: Found, step: Step, people: People, **details) -> Version:
    """One step of a version, held by the caller, with its journal entry; `details` go into the entry and the version.

    RequestError where they may not, ConflictError where the version isn't as they saw it, LockedError once it is locked and
    while findings keep it from being locked, PlanningError where its cells aren't those that were submitted.
    """
    role = check_step(connection, found, step, people)
    content = content_digest(read_cells(connection, found.id, found.said.revision))
    if step.act in ("approve", "lock"):
        _check_content(connection, found, content)
    moved = change_version(connection, found, step.who, status=stage_of(step.act, found.said.status).leads_to, **details)
    detail = {"revision": moved.revision, "from": found.said.status, "role": role, "reason": step.reason, "content": content} | details
    write_entry(connection, found.name.company, step.who, KINDS[step.act], found.name.subject, detail)
    return moved


def check_step(connection: Connection, found: Found, step: Step, people: People) -> str:
    """The role in which the step would be taken; the errors of `take_step`, but for the cells themselves."""
    check_not_locked(found)
    check_seen(found, step)
    role = check_right(people, step.who, step.act, read_standing(connection, found, people))
    if step.act == "lock":
        check_findings(connection, found)
    return role


def check_seen(found: Found, step: Step) -> None:
    """ConflictError where the version has another revision or status than the one that was seen."""
    if step.revision is not None:
        check_moved(found, step.revision)
    if step.seen not in (None, found.said.status):
        by = f"{found.said.status} by {found.said.changed_by} at {found.said.changed_at}"
        moved = Problem("moved on since", found.name.subject, by, step.seen, "look again")
        raise ConflictError(str(found.name), [moved], "the version moved on")


def content_digest(cells: Cells) -> str:
    """SHA-256 of cells in their canonical order: codes, periods, exact amounts; the same on every database."""
    lines = cells.lines[list(schema.LINE)].to_numpy(dtype=object).tolist()
    digest = hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode())
    for numbers in (cells.line, cells.period, cells.amount, cells.scale):
        digest.update(np.ascontiguousarray(numbers, dtype="<i8").tobytes())
    return digest.hexdigest()


def _check_content(connection: Connection, found: Found, content: str) -> None:
    tells = journal_status(connection, found.name)
    if found.said.status != tells:
        said = f"{found.said.status}, but the journal says {tells}: something else than planning wrote into the book"
        raise PlanningError(f"{found.name}: {said}; nothing was changed; return it, and submit it again")
    submitted = submitted_content(connection, found.name)
    if content != submitted:
        said = "its cells are not those that were submitted: something else than planning wrote into the book"
        raise PlanningError(f"{found.name}: {said}; nothing was changed; return it, and look at its cells before it is submitted again")


def submitted_content(connection: Connection, name: Name) -> str | None:
    """The hash of the cells as last submitted; None where nothing was since the last return, or before there were approvals."""
    rounds = this_round(connection, name)
    return next((json.loads(row.detail).get("content") for row in rounds if row.kind == "submitted"), None)


# What the journal says of a version


def this_round(connection: Connection, name: Name) -> list[Row]:
    """The steps of a version since it was last returned, oldest first: number, who, kind, detail."""
    entry = schema.journal.c
    rows = select(entry.number, entry.who, entry.kind, entry.detail)
    rows = rows.where(entry.company == name.company, entry.subject == name.subject, entry.kind.in_(KINDS.values()))
    steps = connection.execute(rows.order_by(entry.number)).all()
    returned = [place for place, row in enumerate(steps, start=1) if row.kind == "returned"]
    return steps[returned[-1] if returned else 0 :]


def journal_status(connection: Connection, name: Name) -> str:
    """The status that the journal's steps lead to."""
    status = "open"
    for step in this_round(connection, name):
        status = {"submitted": "submitted", "locked": "locked"}.get(step.kind) or ROUTE.get(status, ROUTE["approved"]).leads_to
    return status


def read_standing(connection: Connection, found: Found, people: People) -> Standing:
    """What a version's rights depend on, read from its cells and the journal."""
    steps = this_round(connection, found.name)
    by = {kind: frozenset(row.who for row in steps if row.kind == kind) for kind in ("submitted", "approved")}
    centres = _cost_centres(connection, found.id) if found.said.status == "open" else frozenset()
    changed = _savers(connection, found.name) | _publishers(connection, found.name, people)
    return Standing(str(found.name), found.said.status, centres, by["submitted"], by["approved"], changed)


def _cost_centres(connection: Connection, version_id: int) -> frozenset[str]:
    cell, line = schema.cell.c, schema.line.c
    used = select(line.cost_centre).distinct().join_from(schema.cell, schema.line, line.id == cell.line_id)
    return frozenset(connection.scalars(used.where(cell.version_id == version_id, cell.until == schema.LATEST)))


def _savers(connection: Connection, name: Name) -> frozenset[str]:
    entry = schema.journal.c
    wanted = and_(entry.company == name.company, entry.subject == name.subject, entry.kind == "saved")
    return frozenset(connection.scalars(select(entry.who).distinct().where(wanted)))


def _publishers(connection: Connection, name: Name, people: People) -> frozenset[str]:
    """The people (not the engine, which is nobody) who published other cells into a version under their own name."""
    entry = schema.journal.c
    wanted = and_(entry.company == name.company, entry.kind == "published", entry.who.in_(list(people)))
    rows = connection.execute(select(entry.who, entry.detail).where(wanted))
    written = {"version": name.subject}.items()
    return frozenset(who for who, detail in rows if any(written <= one.items() and one["cells"] for one in json.loads(detail)["versions"]))


# What waits for whom


def status_table(connection: Connection, company: str, people: People) -> pd.DataFrame:
    """A company's versions, oldest first, a row each: WAITING.

    `since`: when it got its status. `last_…`: the last thing done to it, by whom and why. `step`, `role`, `waits_for`: what
    comes next, the role it waits for, and the list of those who may. `open_findings`: those that would keep it from being locked.
    """
    rows = [_status_row(connection, found, people) for found in all_versions(connection, company)]
    table = pd.DataFrame(rows, columns=list(WAITING))
    return table.astype({"revision": "int64", "open_findings": "int64"})


def _status_row(connection: Connection, found: Found, people: People) -> dict:
    said = found.said
    role, waiting = waits_for(people, read_standing(connection, found, people))
    kind, who, detail = _last_entry(connection, found)
    since = said.changed_at if said.status != "open" else _opened_at(connection, found)
    stage = ROUTE.get(said.status)
    return {
        "scenario": said.scenario, "version": said.version, "status": said.status, "revision": said.revision, "since": since,
        "last_act": kind, "last_who": who, "last_reason": detail.get("reason", detail.get("comment", "")),
        "step": stage.act if stage else "", "role": role, "waits_for": waiting,
        "open_findings": len(open_findings(read_findings(connection, said.company, said.snapshot))),
    }  # fmt: skip


def _last_entry(connection: Connection, found: Found) -> tuple[str, str, dict]:
    """The last entry about a version, or about the run that last published it: kind, who, detail."""
    entry, said = schema.journal.c, found.said
    about = or_(entry.subject == found.name.subject, and_(entry.kind == "published", entry.subject == said.run_id))
    rows = select(entry.kind, entry.who, entry.detail).where(entry.company == said.company, about)
    row = connection.execute(rows.order_by(entry.number.desc()).limit(1)).first()
    return (row.kind, row.who, json.loads(row.detail)) if row else ("created", said.created_by, {})


def _opened_at(connection: Connection, found: Found) -> str:
    """When a version was last returned, or made."""
    entry = schema.journal.c
    wanted = and_(entry.company == found.name.company, entry.subject == found.name.subject, entry.kind == "returned")
    return connection.scalar(select(entry.at).where(wanted).order_by(entry.number.desc()).limit(1)) or found.said.created_at


# Proof


def version_problems(connection: Connection, company: str) -> list[Problem]:
    """Versions whose status is not where the journal's steps lead, and those whose cells are not those that were submitted."""
    return [problem for found in all_versions(connection, company) for problem in _version_problems(connection, found)]


def _version_problems(connection: Connection, found: Found) -> list[Problem]:
    tells, problems = journal_status(connection, found.name), []
    if found.said.status != tells:
        problems.append(Problem("its status is not what the journal says", str(found.name), found.said.status, tells))
    submitted = submitted_content(connection, found.name) if found.said.status != "open" else None
    stands = content_digest(read_cells(connection, found.id, found.said.revision)) if submitted else None
    if stands != submitted:
        problems.append(Problem("its cells are not those that were submitted", str(found.name), stands, submitted))
    return problems


def check_kind(kind: str) -> None:
    """RequestError for an entry that only a step of a version may write."""
    if kind in (*KINDS.values(), HELD, RELEASED, "saved", "published"):
        raise refusal("an entry of this kind is written by the step itself", "kind", kind, "another word")
