"""The loop of each company as it stands after its batch: the intake, the runs, and what broke, with the gravest exit code."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from planning.batch.batching import GOOD, Batching
from planning.batch.jobs import Standing
from planning.core.checks import open_findings
from planning.core.errors import PlanningError, RequestError
from planning.inputs.intake import Intake
from planning.run import register


@dataclass
class Looped:
    """What became of one company: its intake (None where that broke, or was not asked for), its runs, and what broke."""

    company: str
    intake: Intake | None = None
    finished: list[str] = field(default_factory=list)
    runs: list[register.Run] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    exit_code: int = 0
    words: dict[str, str] = field(default_factory=dict)
    """What tells a run, by its id, from others of its notebook and case."""


def looped(batching: Batching) -> list[Looped]:
    """Each company of a batch that has ended."""
    companies = dict.fromkeys([*batching.asked.intake, *(one.job.company for one in batching.jobs)])
    found = {company: Looped(company, finished=batching.finished.get(company, [])) for company in companies}
    for company, taken in batching.intakes.items():
        _note_intake(found[company], taken)
    for one in batching.jobs:
        _note_run(found[one.job.company], one)
    return list(found.values())


def _note_intake(about: Looped, taken: Intake | PlanningError) -> None:
    if isinstance(taken, PlanningError):
        about.broken.append(str(taken))
        about.exit_code = max(about.exit_code, taken.exit_code)
    else:
        about.intake = taken
        about.exit_code = max(about.exit_code, 1 if len(open_findings(taken.findings)) else 0)


def _note_run(about: Looped, one: Standing) -> None:
    if one.state in GOOD:
        with suppress(RequestError):  # pruned meanwhile
            about.runs.append(register.read_run(Path(one.folder)))
            about.words[one.run] = own_words(one)
        return
    about.exit_code = max(about.exit_code, 1)
    if one.state == "failed" or (one.state == "skipped" and about.intake):
        kept = f"\n  kept in {one.folder}" if one.folder else ""
        about.broken.append(f"{say_job(one)}: {one.reason}{kept}")


def say_job(one: Standing) -> str:
    """A job by its notebook, its case and what else tells it from others."""
    return " ".join(filter(None, (one.job.notebook, one.job.case, own_words(one))))


def own_words(one: Standing) -> str:
    """What tells a job from others of its notebook and case: the run's name in the file, where it is another, and the grid's values."""
    job = one.job
    name = job.run.removeprefix(f"{job.company} ")
    grid = job.name.removeprefix(job.run).replace(f" case={job.case}", "").replace(f" company={job.company}", "").strip()
    return " ".join(filter(None, ("" if name == job.notebook else name, grid)))
