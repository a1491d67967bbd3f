"""Intake: sources → rows, tie-out, findings → an immutable snapshot."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from planning.core.errors import RequestError
from planning.core.tables import contract_problems, plan_schema
from planning.inputs.aside import fresh_room
from planning.inputs.company import Company
from planning.inputs.event_findings import asked_of
from planning.inputs.event_tables import read_events
from planning.inputs.reconcile import reconcile
from planning.inputs.snapshots import newest, save_snapshot
from planning.inputs.sources import Load, read_sources
from planning.inputs.stored_tables import StoredTable
from planning.inputs.translated import translated_rows


@dataclass(frozen=True)
class Intake:
    """What a load gave: the snapshot's id, whether it is new, rows read and stored, events by table, and the findings."""

    snapshot: str
    new: bool
    read: dict[str, int]
    rows: int
    controls: int
    events: dict[str, int]
    findings: pd.DataFrame


def take_in(company: Company, folder: Path, data: Path | None = None, step: Callable[[str], None] = lambda said: None) -> Intake:
    """A company's sources read, mapped, validated, tied out and stored below `folder`; `step` is told what happens.

    RequestError with every structural problem; nothing is stored then. Findings never stop a load.
    """
    data = _made_up(company, folder.parent / "sources", step) if data is None else data
    with _room(folder) as room:
        return _take_in(company, folder, data, step, room)


def _made_up(company: Company, folder: Path, step: Callable[[str], None]) -> Path | None:
    """The folder with the made-up group's files, where it is theirs that the company reads; None for every other company."""
    wanted = company.file.data.sample
    if wanted is None:
        return None
    from planning.inputs.sample.generate import made_once  # only who reads it waits for it
    from planning.inputs.sample.settings import build_settings

    return made_once(folder, build_settings(wanted.scale, wanted.seed, wanted.rates), step)


def _take_in(company: Company, folder: Path, data: Path | None, step: Callable[[str], None], room: Callable[[], Path]) -> Intake:
    step("reading the sources")
    load, (events, read, odd) = _read_all(company, folder, data, room)
    step("tying out the control totals")
    further, untranslated = _further(load, events, company)
    reconciled, findings = reconcile(replace(load, findings=[*load.findings, *odd, *untranslated]), company, events)
    rows = load.rows.drop(columns="source")
    problems = contract_problems(rows, plan_schema(tuple(company.file.dimensions), sourced=True), "the mapped rows")
    if problems:
        raise RequestError(f"sources of {company.code}", problems)
    step("storing the snapshot")
    tables = {"rows": load.rows, "controls": load.controls, "findings": findings} | reconciled | further
    tables |= {"accounts": company.accounts, "cost_centres": company.cost_centres, "entities": company.entities}
    read = load.read | read
    about = {"read": read, "data": str(data) if data else "company's own", "event_findings": {"asked": asked_of(events), "found": odd}}
    name, new = save_snapshot(company.code, tables | events, folder, about)
    counts = {event: table.rows for event, table in events.items()}
    return Intake(name, new, read, len(load.rows), len(load.controls), counts, findings)


@contextmanager
def _room(folder: Path) -> Iterator[Callable[[], Path]]:
    """A room aside for event tables, made when it is first asked for; what the snapshot doesn't take is gone afterwards."""
    made = []

    def room() -> Path:
        if not made:
            made.append(fresh_room(folder))
        return made[0]

    try:
        yield room
    finally:
        for place in made:
            shutil.rmtree(place, ignore_errors=True)


def _further(load: Load, events: dict[str, StoredTable], company: Company) -> tuple[dict[str, pd.DataFrame], list[dict]]:
    """The tables that only some companies have: who owns whom, and foreign entities' figures in the company's currency."""
    owned = {"ownership": company.ownership} if company.ownership is not None else {}
    if "rates" not in events or load.rows.empty:
        return owned, []
    table, found = translated_rows(load.rows, events["rates"].frame(), company)
    return owned | {"translated": table}, found


def _read_all(company: Company, folder: Path, data: Path | None, room: Callable[[], Path]) -> tuple[Load, tuple]:
    """The sources and the event tables; RequestError with the problems of both."""
    problems, parts = [], []
    for read in (lambda: read_sources(company, data, folder.parent / "loads"), lambda: read_events(company, room, data, newest(folder))):
        try:
            parts.append(read())
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(f"sources of {company.code}", problems)
    return parts[0], parts[1]
