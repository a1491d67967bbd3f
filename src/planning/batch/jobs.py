"""The jobs of a batch, checked before anything runs: each one's parameters settled, with everything that is wrong in one list."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.inputs.batches import Batch, Job, companies, expand
from planning.inputs.company import Company, read_company
from planning.inputs.company_file import UNMAPPED_COST_CENTRE
from planning.inputs.params import Home, notebook_path, read_case, read_declarations
from planning.inputs.snapshots import latest
from planning.run.requests import Request, fit

RUN_TO_COME = "20000101T000000000000Z-00000000"
"""Stands in a parameter for the id of a run that is yet to be."""


@dataclass
class Standing:
    """How a job stands: waiting, running, or how it ended (done, unchanged, failed, skipped); its latest run, and where that lies."""

    job: Job
    asked: Request
    state: str = "waiting"
    run: str = ""
    attempt: int = 0
    reason: str = ""
    folder: str = ""
    same_id: bool = False
    cell: int = 0
    since: float = 0.0
    until: float = float("inf")

    @property
    def about(self) -> dict[str, Any]:
        """What every event of a job says of it."""
        return {"job": self.job.name, "notebook": self.job.notebook, "company": self.job.company, "case": self.job.case}


@dataclass(frozen=True)
class Asked:
    """All that a batch is asked to do: its jobs, the companies taken in first, the snapshots others' runs are pinned to, and options."""

    subject: str
    texts: dict[str, str]
    about: dict[str, str]
    jobs: list[Standing]
    intake: tuple[str, ...]
    snapshots: dict[str, str]
    parallel: int
    deadline: float | None = None
    force: bool = False
    data: Path | None = None
    notify: dict[str, Any] | None = None


def ask(
    home: Home, batch: Batch, parallel: int | None = None, deadline: float | None = None, force: bool = False, data: Path | None = None
) -> Asked:
    """A batch with everything checked, and options over the file's own. RequestError with all that is wrong."""
    jobs = settle_jobs(home, batch)
    check_snapshots(home, batch, jobs)
    return Asked(
        subject=batch.subject, texts=batch.texts, about=batch.about, jobs=jobs, intake=batch.intake,
        snapshots=newest_snapshots(home, batch), parallel=parallel or batch.parallel or cores(), deadline=deadline or batch.deadline,
        force=force, data=data, notify=batch.notify.model_dump() if batch.notify else None,
    )  # fmt: skip


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def kept(asked: Asked) -> dict[str, Any]:
    """What was asked, as a record keeps it."""
    plain = {one.name: getattr(asked, one.name) for one in fields(asked)}
    jobs = [asdict(one.job) | {"params": one.asked.params} for one in asked.jobs]
    return plain | {"jobs": jobs, "data": str(asked.data) if asked.data else None}


def restored(kept: dict[str, Any], **options: Any) -> Asked:
    """What was asked, from a record, with other options now. RequestError where it isn't one of ours."""
    known = {one.name for one in fields(Asked)}
    try:
        plain = {name: value for name, value in kept.items() if name in known}
        jobs = [_restored(dict(one)) for one in kept["jobs"]]
        data = Path(kept["data"]) if kept["data"] else None
        plain |= {"jobs": jobs, "data": data, "intake": tuple(kept["intake"])}
        return Asked(**plain | {name: value for name, value in options.items() if value})
    except (TypeError, ValueError, KeyError, AttributeError) as broken:
        said = Problem("damaged", "batch.json", str(broken), "what was written when the batch began")
        raise RequestError("batch", [said]) from None


def settle_jobs(home: Home, batch: Batch) -> list[Standing]:
    """Every job of a batch, its parameters settled. RequestError with all that is wrong with any of them."""
    described = _described(home, batch)
    return _all_settled(home, batch.subject, expand(batch, lambda company, dimension: _codes(home, batch, described[company], dimension)))


def _described(home: Home, batch: Batch) -> dict[str, Company]:
    known, found, problems = [path.parent.name for path in home.params.glob("*/company.yaml")], {}, []
    for company in companies(batch):
        if company not in known:
            problems.append(Problem("no such company", company, next=did_you_mean(company, known)))
            continue
        try:
            found[company] = read_company(home.company(company))
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(batch.subject, at_most(problems))
    return found


def _codes(home: Home, batch: Batch, company: Company, dimension: str) -> list[str]:
    """The codes of a dimension's lowest level: of the company's files where the batch takes them in, else of its newest snapshot."""
    folder = home.snapshots(company.code)
    newest = None if company.code in batch.intake else latest(folder)
    table = pd.read_parquet(folder / newest / f"{dimension}.parquet") if newest else getattr(company, dimension)
    inner = set(table["parent"].dropna())
    return [code for code in table["code"] if code not in inner and code != UNMAPPED_COST_CENTRE]


def _all_settled(home: Home, subject: str, jobs: list[Job]) -> list[Standing]:
    declared = cache(lambda notebook: read_declarations(notebook_path(home, notebook)))
    values = cache(lambda company, notebook, case: read_case(home, company, notebook, case) if case else {})
    settled, problems = [], {}
    for job in jobs:
        try:
            given = values(job.company, job.notebook, job.case) | job.values | dict.fromkeys(job.needs, RUN_TO_COME)
            settled.append(Standing(job, fit(home, job.notebook, job.company, job.case, declared(job.notebook), given)))
        except RequestError as wrong:
            for problem in wrong.problems:  # the same one of each job of a grid is said once
                problems.setdefault((job.run, str(problem)), replace(problem, where=f"{job.name}, {problem.where}".strip(", ")))
    if problems:
        raise RequestError(subject, at_most(list(problems.values())))
    return settled


def newest_snapshots(home: Home, batch: Batch) -> dict[str, str]:
    """The snapshots that jobs are pinned to: of each company that the batch doesn't take in, the newest."""
    return {company: latest(home.snapshots(company)) or "" for company in companies(batch) if company not in batch.intake}


def check_snapshots(home: Home, batch: Batch, jobs: list[Standing]) -> None:
    """RequestError where runs need a snapshot that isn't there, and that the batch doesn't make either."""
    lacking = [company for company, snapshot in newest_snapshots(home, batch).items() if not snapshot]
    wanted = {one.asked.company for one in jobs if one.asked.params.get("snapshot") == ""}
    said = [Problem("no snapshot yet", company, next=f"run planning intake {company}, or name it in intake") for company in lacking]
    if problems := [problem for problem in said if problem.where in wanted]:
        raise RequestError(batch.subject, problems)


def _restored(kept: dict[str, Any]) -> Standing:
    params = kept.pop("params")
    job = Job(**kept | {"after": tuple(kept["after"])})
    return Standing(job, Request(job.notebook, job.company, job.case, params))


def check_again(home: Home, subject: str, standings: list[Standing]) -> None:
    """Whether jobs of a record still fit what the notebooks declare now. RequestError where they don't."""
    declared, problems = cache(lambda notebook: read_declarations(notebook_path(home, notebook))), {}
    for one in standings:
        asked = one.asked
        try:
            fit(home, asked.notebook, asked.company, asked.case, declared(asked.notebook), asked.params)
        except RequestError as wrong:
            problems |= {(one.job.run, str(problem)): problem for problem in wrong.problems}
    if problems:
        raise RequestError(subject, at_most(list(problems.values())))


def pinned(standing: Standing, snapshots: dict[str, str], runs: dict[str, str]) -> Request:
    """A job's wish with its snapshot named, and the runs it needs by their ids."""
    asked = standing.asked
    params = asked.params | {parameter: runs[name] for parameter, name in standing.job.needs.items()}
    if params.get("snapshot") == "":
        params["snapshot"] = snapshots[asked.company]
    return replace(asked, params=params)
