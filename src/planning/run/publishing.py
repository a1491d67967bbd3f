"""A run given to the book, once; runs that a killed command left unpublished; and the lock that ends a version's life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from planning.core.errors import ConflictError, LockedError, RequestError, RunError
from planning.core.people import Person
from planning.inputs.aside import fresh_room, move_into_place, sweep
from planning.inputs.params import Home
from planning.inputs.snapshots import content_hash
from planning.inputs.sources import digits_by_account
from planning.run.manifest import write_manifest
from planning.run.register import Run, company_outputs, read_run, runs
from planning.run.requests import company_of
from planning.run.summaries import index_folder


def publish(home: Home, done: Run, book: Any) -> None:
    """A run's plan tables given to the book, once: keyed by the run's id, so that repeating it changes nothing.

    Where the book refuses (the version is locked, or a person changed it since) the run stays, marked as refused: RunError.
    """
    if book.published(done.id):
        return
    about, company = done.manifest, company_of(home, done.manifest["company"])
    try:
        book.publish(
            run_id=done.id, company=company.code, notebook=about["notebook"], headline=about["headline"], snapshot=about["snapshot"],
            tables=[version_table(done.folder, version) for version in about["publish"]], who="engine", digits=digits_by_account(company),
        )  # fmt: skip
    except (ConflictError, LockedError) as refused:
        write_manifest(done.folder, about | {"status": "refused", "refused": str(refused)})
        reason = f"the book refused the run: {refused}"
        said = f"{about['notebook']} {about['case']}: {reason}\n  the run stands, unpublished, in {done.folder}"
        raise RunError(said, done.folder, " ".join(reason.split()), "refused") from refused


def stands(book: Any, done: Run) -> bool:
    """Whether the versions that a run published still are as it left them, or as a person changed or handed them in since.

    False where another run has published one since. A run that is not published yet is about to be: True.
    """
    if not book.published(done.id):
        return True
    for name in done.manifest["publish"]:
        scenario, version, _ = version_table(done.folder, name)
        found = book.version(done.manifest["company"], scenario, version)
        if found.status == "open" and found.run_id != done.id:
            return False
    return True


def version_table(folder: Path, version: str) -> tuple[str, str, pd.DataFrame]:
    """What a run publishes as one version: scenario, version and its plan table. RunError where it is empty."""
    table = pd.read_parquet(folder / "tables" / f"publish_{version}.parquet")
    if table.empty:
        raise RunError(f"nothing to publish as {version}: its table has no rows", kind="checks")
    return table["scenario"].iat[0], version, table


def finish(home: Home, company: str, book: Any) -> list[str]:
    """Clear what killed processes left aside, and publish every run that was moved but not published; returns their ids."""
    for place in (index_folder(home, company), *company_outputs(home, company).glob("*")):
        sweep(place)
    finished = []
    for done in list(_unpublished(home, company, book)):
        with suppress(RunError):  # refused: marked so, and no concern of the next command
            publish(home, done, book)
            finished.append(done.id)
    return finished


def _unpublished(home: Home, company: str, book: Any) -> Iterator[Run]:
    """A company's finished runs that the book doesn't know, oldest first."""
    published = set(book.runs(company)["run_id"])
    for summary in reversed(runs(home, company)):
        if summary["status"] == "done" and summary["run"] not in published:
            with suppress(RequestError):  # pruned meanwhile
                yield read_run(Path(summary["folder"]))


def lock(
    home: Home, book: Any, company: str, scenario: str, version: str, who: str, people: Mapping[str, Person], reason: str
) -> str:
    """An approved version locked for ever: its cells written as Parquet under the hash of their content, the hash kept in the book.

    RequestError where they may not or it isn't approved, LockedError while findings of the snapshot it stands on are open,
    ConflictError when it moved on meanwhile. Returns the hash.
    """
    book.check_lock(company, scenario, version, who, people, reason)
    cells, revision = book.read(company, scenario, version)
    digest = content_hash({"cells": cells})
    folder = company_outputs(home, company) / "locked"
    written = fresh_room(folder)
    cells.to_parquet(written / "cells.parquet", index=False)
    write_manifest(written, {"company": company, "scenario": scenario, "version": version, "revision": revision, "content": digest})
    move_into_place(written, folder / digest)  # first the copy: without the book's entry it is never read
    book.lock_version(company, scenario, version, who, people, reason, revision, digest)
    return digest
