"""The loop: for each company intake, then every run its loop.yaml names; what breaks is said and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planning.core.checks import open_findings
from planning.core.errors import PlanningError, Problem, RequestError
from planning.inputs.company import read_company
from planning.inputs.intake import Intake, take_in
from planning.inputs.params import Home, read_loop
from planning.run import engine, execution, publishing, register, requests

Say = Callable[[str, float], None]
"""Told what is being done, and which part of the loop is done (0 to 1)."""


@dataclass
class Looped:
    """What became of one company: its intake (None where that broke), its runs, and what broke, with the gravest exit code."""

    company: str
    intake: Intake | None = None
    finished: list[str] = field(default_factory=list)
    runs: list[register.Run] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    exit_code: int = 0

    def breaks(self, wrong: PlanningError) -> None:
        """Note an error; the loop goes on."""
        self.broken.append(str(wrong))
        self.exit_code = max(self.exit_code, wrong.exit_code)


def settled(home: Home, companies: Sequence[str] = ()) -> dict[str, list[requests.Request]]:
    """Every run of every company's loop (none named: all that have one), checked before anything starts.

    RequestError with what is wrong with any.
    """
    known = sorted(path.parent.name for path in home.params.glob("*/loop.yaml"))
    wanted, problems = {}, []
    for company in companies or known:
        try:
            wanted[company] = requests.settle_all(home, company, read_loop(home, company))
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(", ".join(companies or known), problems)
    if not wanted:
        raise RequestError("loop", [Problem("no company has a loop", str(home.params), expected="params/<company>/loop.yaml")])
    return wanted


def run_loop(home: Home, wanted: dict[str, list[requests.Request]], book: Any, say: Say, data: Path | None = None) -> list[Looped]:
    """Intake and runs of each company in turn; a broken run or intake stops nothing but itself and what needs it."""
    total, done, results = sum(len(asked) + 1 for asked in wanted.values()), 0, []
    for company, asked_for in wanted.items():
        looped = Looped(company, finished=publishing.finish(home, company, book))
        results.append(looped)
        say(f"{company} intake", done / total)
        looped.intake = _taken(home, looped, book, data)
        done += 1
        for asked in asked_for if looped.intake else ():
            try:
                looped.runs.append(engine.run(home, requests.pinned(home, asked), book, _step(say, company, done, total)))
            except PlanningError as wrong:
                looped.breaks(wrong)
            done += 1
        done += 0 if looped.intake else len(asked_for)
    say("done", 1.0)
    return results


def _taken(home: Home, looped: Looped, book: Any, data: Path | None) -> Intake | None:
    try:
        taken = take_in(read_company(home.company(looped.company)), home.snapshots(looped.company), data)
        book.store_findings(looped.company, taken.snapshot, taken.findings)
        looped.exit_code = 1 if len(open_findings(taken.findings)) else 0
        return taken
    except PlanningError as wrong:
        looped.breaks(wrong)
        return None


def _step(say: Say, company: str, done: int, total: int) -> execution.Step:
    def step(said: str, cell: int, cells: int) -> None:
        say(f"{company} {said}", (done + cell / cells) / total)

    return step
