"""The book: versions and their cells, published runs, findings, and the journal of all of it.

Every change is one transaction with its journal entry. A save is a revision of an open version and names the revision it
was made from; two edits of one cell are a conflict, never last wins. A version that was submitted stands still until it is
returned; a locked one never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, func, select

from planning.book import journal, schema
from planning.book.cells import (
    Cells,
    Digits,
    Merge,
    apply_changes,
    drop_staged,
    exact_table,
    insert_new,
    plan_table,
    read_cells,
    read_conflicts,
    stage_changes,
    store_lines,
    sum_cells,
    write_first,
)
from planning.book.doors import check_json, check_names, check_plans, check_reason, check_texts, refusal
from planning.book.findings import finding_rows, read_findings, replace_findings
from planning.book.holds import check_hold, standing_holds, write_hold, write_release
from planning.book.opening import open_engine, reading, shown, writing
from planning.book.rights import People, check_person
from planning.book.versions import (
    Found,
    Name,
    Version,
    add_version,
    change_version,
    check_moved,
    check_open,
    check_revision,
    find_version,
    version_columns,
)
from planning.book.workflow import Step, check_kind, check_step, status_table, take_step, version_problems
from planning.core.errors import ConflictError, Problem, RequestError, did_you_mean


class Saved(NamedTuple):
    """What a save did: the version's revision now, and how many cells changed (0: all was the same already)."""

    revision: int
    changed: int


def open_book(place: str | Path) -> Book:
    """The book at a path (SQLite) or a `postgresql://` URL; made or brought up to date where needed.

    Raises RequestError, having changed nothing, where the place doesn't answer or was written by a newer planning.
    """
    return Book(open_engine(place))


class Book:
    """The state of all companies. Safe for many processes and threads; each call is a transaction of its own."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def __repr__(self) -> str:
        return f"Book({shown(self._engine.url)!r})"

    # Versions

    def create_version(
        self, company: str, scenario: str, version: str, who: str, snapshot: str = "", comment: str = ""
    ) -> Version:
        """A new, empty, open version. `snapshot`: what it is drawn from; locking waits for that snapshot's open findings."""
        check_names(who=who)
        check_texts(snapshot=snapshot, comment=comment)
        name = Name(company, scenario, version)
        with writing(self._engine) as connection:
            if not add_version(connection, name, who, snapshot):
                raise refusal("the version exists", str(name), next="name another, or save to this one")
            detail = {"snapshot": snapshot, "comment": comment}
            journal.write_entry(connection, company, who, "created", name.subject, detail)
            return find_version(connection, name).said

    def version(self, company: str, scenario: str, version: str) -> Version:
        """One version; RequestError where there is none."""
        with reading(self._engine) as connection:
            return find_version(connection, Name(company, scenario, version)).said

    def versions(self, company: str | None = None) -> pd.DataFrame:
        """All versions, a row each, oldest first; one company's or all."""
        return self._listing(select(*version_columns()).order_by(schema.version.c.id), schema.version, company)

    # Approval

    def submit_version(
        self, company: str, scenario: str, version: str, who: str, people: People, reason: str, revision: int | None = None
    ) -> Version:
        """Hand a version in: its cells stand still, and it waits for finance. By an owner of all its cost centres, or finance.

        `revision`: the one that was seen, None for whichever it is. Every step raises RequestError where somebody may not
        take it or gives no reason, ConflictError where the version isn't as it was seen, LockedError once it is locked.
        """
        return self._step(Name(company, scenario, version), Step("submit", who, reason, revision), people)

    def approve_version(
        self, company: str, scenario: str, version: str, who: str, people: People, reason: str, revision: int | None = None,
        seen: str | None = None,
    ) -> Version:  # fmt: skip
        """Approve what was submitted: for finance, then by somebody else for the committee; nobody approves their own.

        `seen`: the status at which it was seen, so that of two who approve it at once the second doesn't approve the next stage.
        """
        return self._step(Name(company, scenario, version), Step("approve", who, reason, revision, seen), people)

    def return_version(
        self, company: str, scenario: str, version: str, who: str, people: People, reason: str, revision: int | None = None,
        seen: str | None = None,
    ) -> Version:  # fmt: skip
        """Give a version back to be changed: open again, its approvals void. By finance or the committee, until it is locked."""
        return self._step(Name(company, scenario, version), Step("return", who, reason, revision, seen), people)

    def lock_version(
        self, company: str, scenario: str, version: str, who: str, people: People, reason: str, revision: int, digest: str
    ) -> Version:
        """Lock an approved version for good. `digest`: the hash of its snapshot, which was written from this `revision`.

        Raises LockedError while findings of the version's snapshot are open. Locking again with the same digest changes nothing.
        """
        check_names(digest=digest)
        return self._step(Name(company, scenario, version), Step("lock", who, reason, revision), people, digest=digest)

    def check_lock(self, company: str, scenario: str, version: str, who: str, people: People, reason: str) -> None:
        """Whether they could lock the version now: the errors of `lock_version`; none where it is locked already."""
        check_reason(reason)
        name = Name(company, scenario, version)
        with reading(self._engine) as connection:
            found = find_version(connection, name)
            check_person(people, who, str(name))
            if found.said.status != "locked":
                check_step(connection, found, Step("lock", who, reason), people)

    def _step(self, name: Name, step: Step, people: People, **details: str) -> Version:
        check_names(who=step.who)
        check_reason(step.reason)
        with writing(self._engine) as connection:
            found = find_version(connection, name, hold=True)
            check_person(people, step.who, str(name))
            if details and (found.said.status, found.said.digest) == ("locked", details["digest"]):
                return found.said
            return take_step(connection, found, step, people, **details)

    def waiting(self, company: str, people: People) -> pd.DataFrame:
        """What waits for whom: a company's versions, oldest first, a row each.

        Columns: scenario, version, status, revision, since, last_act, last_who, last_reason, step (submit, approve, lock, or ''),
        role and waits_for (list of codes: who may take the step, without those who may not approve their own), open_findings.
        """
        with reading(self._engine) as connection:
            return status_table(connection, company, people)

    # Cells

    def save(
        self,
        company: str,
        scenario: str,
        version: str,
        cells: pd.DataFrame,
        base_revision: int,
        who: str,
        digits: Digits,
        comment: str = "",
        mode: str = "patch",
        rehearse: bool = False,
        verb: dict | None = None,
        unmoved: bool = False,
    ) -> Saved:
        """Save a plan table as a new revision; mode `patch` changes and adds cells, `replace` also removes those not given.

        `base_revision`: the revision the cells were made from. A cell that equals it was not touched, and keeps what others
        made of it since. A touched cell that was changed since to something else, by whomever, raises ConflictError, and
        nothing is saved. The same content again is no new revision. `digits`: decimal places, for all or by account;
        amounts are rounded half to even. `rehearse`: the same errors and the same answer, but nothing is written.
        `verb`: what made the cells, in words for the journal. `unmoved`: they rest on more than themselves, such as a total that
        they come to: ConflictError where the version has moved on from its base at all.
        """
        check_names(who=who)
        check_texts(comment=comment)
        check_json(verb, "verb")
        if mode not in ("patch", "replace"):
            raise refusal("unknown mode", f"{scenario}/{version}", repr(mode), "patch or replace")
        [checked] = check_plans([(scenario, version, cells)], digits)
        name = Name(company, scenario, version)
        with writing(self._engine) as connection:
            found = find_version(connection, name, hold=True)
            check_open(found)
            (check_moved if unmoved else check_revision)(found, base_revision)
            [line_id] = _line_ids(connection, company, [checked])
            changed = _merge(connection, found, checked, line_id, Merge(int(base_revision), whole=mode == "replace"))
            if rehearse:
                connection.rollback()
            if rehearse or not changed:
                return Saved(found.said.revision + bool(changed), changed)
            revision = change_version(connection, found, who, revision=found.said.revision + 1).revision
            detail = {
                "revision": revision,
                "base_revision": int(base_revision),
                "mode": mode,
                "cells": changed,
                "comment": comment,
            } | ({"verb": verb} if verb else {})
            journal.write_entry(connection, company, who, "saved", name.subject, detail)
            return Saved(revision, changed)

    def hold(self, company: str, scenario: str, version: str, hold: str, where: str, who: str, reason: str) -> bool:
        """Keep planning verbs from a range of an open version's cells, under a name; False where it is held so already.

        `where`: the range as people say it, read again whenever a verb is used. RequestError where another hold has the name,
        LockedError where the version stands still.
        """
        check_hold(hold, where, who, reason)
        with writing(self._engine) as connection:
            return write_hold(connection, self._open(connection, company, scenario, version), hold, where, who, reason)

    def release(self, company: str, scenario: str, version: str, hold: str, who: str, reason: str) -> None:
        """Let verbs change what a hold kept from them. RequestError where there is none of this name, LockedError as for `hold`."""
        check_hold(hold, "", who, reason)
        with writing(self._engine) as connection:
            write_release(connection, self._open(connection, company, scenario, version), hold, who, reason)

    def holds(self, company: str, scenario: str, version: str) -> pd.DataFrame:
        """A version's holds, in the order of their names: hold, where (the range as it was said), who, at, reason."""
        with reading(self._engine) as connection:
            return standing_holds(connection, find_version(connection, Name(company, scenario, version)).name)

    def _open(self, connection: Connection, company: str, scenario: str, version: str) -> Found:
        found = find_version(connection, Name(company, scenario, version), hold=True)
        check_open(found)
        return found

    def read(
        self,
        company: str,
        scenario: str,
        version: str,
        revision: int | None = None,
        dimensions: tuple[str, ...] | None = None,
    ) -> tuple[pd.DataFrame, int]:
        """A version's plan table in canonical order, and its revision.

        `revision`: an earlier one, default the latest. `dimensions`: the optional ones to show, default those in use.
        Amounts are the floats nearest to the exact ones; saving them again changes nothing.
        """
        cells, revision = self._at_revision(Name(company, scenario, version), revision, read_cells)
        return plan_table(cells, scenario, version, dimensions), revision

    def read_exact(self, company: str, scenario: str, version: str, revision: int | None = None) -> tuple[pd.DataFrame, int]:
        """A version's cells with all codes, period, amount in whole smallest units and scale; and its revision."""
        cells, revision = self._at_revision(Name(company, scenario, version), revision, read_cells)
        return exact_table(cells), revision

    def totals(self, company: str, scenario: str, version: str, by: list[str], revision: int | None = None) -> pd.DataFrame:
        """Exact sums by any of the key's columns from case to period: `by` + amount, a Decimal in units.

        Where there are no rows there is no total. Amounts of different units are the caller's to keep apart.
        """
        known = (*schema.LINE, "period")
        unknown = [
            Problem("unknown column", "by", str(name), next=did_you_mean(str(name), known)) for name in by if name not in known
        ]
        if unknown:
            raise RequestError("totals", unknown)
        return self._at_revision(Name(company, scenario, version), revision, sum_cells, list(by))[0]

    def _at_revision(self, name: Name, revision: int | None, read: Callable, *details) -> tuple[Any, int]:
        with reading(self._engine) as connection:
            found = find_version(connection, name)
            revision = found.said.revision if revision is None else revision
            check_revision(found, revision)
            return read(connection, found.id, int(revision), *details), int(revision)

    # Runs

    def publish(
        self,
        run_id: str,
        company: str,
        notebook: str,
        headline: Any,
        tables: list[tuple[str, str, pd.DataFrame]],
        snapshot: str,
        who: str,
        digits: Digits,
    ) -> bool:
        """Register a finished run and make its tables (scenario, version, plan table) the content of their versions.

        All in one transaction, once for each run id: False, and nothing done, where the run is published already. Missing
        versions are made. Raises ConflictError where the run would undo what a person changed since a run last published
        the version, and LockedError where it would change one that is locked or under approval; where it says the same,
        that version is left as it is. `headline`: anything that JSON holds.
        """
        check_names(run_id=run_id, company=company, notebook=notebook, who=who)
        check_texts(snapshot=snapshot)
        check_json(headline, "headline")
        tables = sorted(tables, key=lambda table: table[:2])  # every process holds its versions in the same order
        checked = check_plans(tables, digits)
        with writing(self._engine) as connection:
            if not _register(connection, run_id, company, notebook, headline, snapshot, who):
                return False
            targets = [_target(connection, Name(company, scenario, version), who, snapshot) for scenario, version, _ in tables]
            line_ids = _line_ids(connection, company, checked)
            versions = [
                _publish_version(connection, found, cells, line_id, run_id, snapshot, who)
                for found, cells, line_id in zip(targets, checked, line_ids, strict=True)
            ]
            detail = {"notebook": notebook, "snapshot": snapshot, "versions": versions}
            journal.write_entry(connection, company, who, "published", run_id, detail)
            return True

    def published(self, run_id: str) -> bool:
        """Whether the run is in the register."""
        with reading(self._engine) as connection:
            return connection.scalar(select(schema.run.c.run_id).where(schema.run.c.run_id == run_id)) is not None

    def runs(self, company: str | None = None) -> pd.DataFrame:
        """The register of published runs, a row each, oldest first; one company's or all."""
        return self._listing(select(schema.run).order_by(schema.run.c.published_at, schema.run.c.run_id), schema.run, company)

    # Findings

    def store_findings(self, company: str, snapshot: str, findings: pd.DataFrame, who: str = "intake") -> bool:
        """Keep a snapshot's findings (FINDING_COLUMNS); False where they are the same as before.

        Decisions stand in company.yaml, so one snapshot may come again with findings decided since: these replace the earlier.
        """
        check_names(company=company, snapshot=snapshot, who=who)
        rows = finding_rows(findings)
        with writing(self._engine) as connection:
            journal.wait_for_turn(connection, company)
            if not replace_findings(connection, company, snapshot, rows):
                return False
            detail = {"findings": len(rows), "open": sum(row["status"] == "open" for row in rows)}
            journal.write_entry(connection, company, who, "findings", snapshot, detail)
            return True

    def findings(self, company: str, snapshot: str) -> pd.DataFrame:
        """A snapshot's findings, a row each, in the order they were stored; none where it has none."""
        with reading(self._engine) as connection:
            return read_findings(connection, company, snapshot)

    # Journal

    def record(self, company: str, who: str, kind: str, subject: str, detail: dict) -> journal.Head:
        """Write an entry of another room into the journal; never one of a save or of a step of a version."""
        check_names(company=company, who=who, kind=kind, subject=subject)
        check_kind(kind)
        check_json(detail, "detail")
        with writing(self._engine) as connection:
            return journal.write_entry(connection, company, who, kind, subject, detail)

    def journal(self, company: str) -> pd.DataFrame:
        """All entries of a company, oldest first: number, at, who, kind, subject, detail (a dict), previous, hash."""
        with reading(self._engine) as connection:
            return journal.read_entries(connection, company)

    def journal_head(self, company: str) -> journal.Head:
        """The last entry's number and hash, to be kept elsewhere, such as in a run's manifest."""
        with reading(self._engine) as connection:
            return journal.read_head(connection, company)

    def verify_journal(self, company: str, head: journal.Head | None = None) -> list[Problem]:
        """What is wrong with a company's journal: entries changed, missing or slipped in; an empty list when it is whole.

        A journal whose last entries were cut off looks whole, unless `head`, kept elsewhere, says otherwise.
        """
        with reading(self._engine) as connection:
            return journal.check_entries(connection, company, head)

    def verify_versions(self, company: str) -> list[Problem]:
        """Versions whose status is not what the journal says, or whose cells are not those that were submitted; none where all is well.

        The hash of the cells stands in the journal's entries; a version locked before there were approvals has none there.
        """
        with reading(self._engine) as connection:
            return version_problems(connection, company)

    def _listing(self, rows, table, company: str | None) -> pd.DataFrame:
        rows = rows if company is None else rows.where(table.c.company == company)
        with reading(self._engine) as connection:
            return pd.DataFrame(connection.execute(rows).all(), columns=list(rows.selected_columns.keys()))


def _line_ids(connection: Connection, company: str, tables: list[Cells]) -> list[np.ndarray]:
    """The line id of every cell of every table."""
    if not tables:
        return []
    ids = store_lines(connection, company, pd.concat([cells.lines for cells in tables], ignore_index=True))
    parts = np.split(ids, np.cumsum([len(cells.lines) for cells in tables])[:-1])
    return [part[cells.line] for part, cells in zip(parts, tables, strict=True)]


def _check_same(connection: Connection, found: Found, cells: Cells, line_id: np.ndarray) -> None:
    """The LockedError of a version that stands still, where these cells are not the very same."""
    stage_changes(connection, found.id, cells, line_id, Merge(found.said.revision, whole=True, strict=True))
    others = connection.scalar(select(func.count()).select_from(schema.change))
    drop_staged(connection)
    if others:
        check_open(found, others)


def _merge(connection: Connection, found: Found, cells: Cells, line_id: np.ndarray, how: Merge) -> int:
    """Bring cells into a version as its next revision; gives the number changed, or raises ConflictError."""
    if found.said.revision == 0:
        return write_first(connection, found.id, cells, line_id)
    stage_changes(connection, found.id, cells, line_id, how)
    conflicts = read_conflicts(connection, found.name.subject)
    if conflicts:
        raise ConflictError(str(found.name), conflicts)
    changed = apply_changes(connection, found.id, found.said.revision + 1)
    drop_staged(connection)
    return changed


def _register(connection: Connection, run_id: str, company: str, notebook: str, headline: Any, snapshot: str, who: str) -> bool:
    """Add the run; False where it is there already. A second process with the same run waits here for the first."""
    row = {"run_id": run_id, "company": company, "notebook": notebook, "status": "published", "snapshot": snapshot}
    row |= {"headline": headline, "published_at": journal.utc_now(), "published_by": who}
    added = insert_new(connection, schema.run).values(row).returning(schema.run.c.run_id)
    if connection.execute(added).first():
        return True
    owner = connection.scalar(select(schema.run.c.company).where(schema.run.c.run_id == run_id))
    if owner != company:
        raise refusal("the run is another company's", run_id, company, owner)
    return False


def _target(connection: Connection, name: Name, who: str, snapshot: str) -> Found:
    """The version that a run publishes, made where missing, and held."""
    add_version(connection, name, who, snapshot)
    return find_version(connection, name, hold=True)


def _publish_version(
    connection: Connection, found: Found, cells: Cells, line_id: np.ndarray, run_id: str, snapshot: str, who: str
) -> dict:
    if found.said.status != "open":
        _check_same(connection, found, cells, line_id)
        return {"version": found.name.subject, "revision": found.said.revision, "cells": 0, "status": found.said.status}
    changed = _merge(connection, found, cells, line_id, Merge(found.said.published, whole=True, strict=True))
    revision = found.said.revision + bool(changed)
    change_version(connection, found, who, revision=revision, published=revision, run_id=run_id, snapshot=snapshot)
    return {"version": found.name.subject, "revision": revision, "cells": changed}
