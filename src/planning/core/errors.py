"""The errors people see.

PlanningError            something went wrong; exit code 1
├── RequestError         the request was wrong: a list of problems, nothing was changed; exit code 2
├── ConflictError        somebody else changed the same cells, or moved the version on, since they were read
├── LockedError          a version that is locked or under approval was to be changed, or can't be locked yet
└── RunError             a notebook failed; the run is kept apart with its traceback
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, what was got, what was expected, what to do next."""

    what: str
    where: str = ""
    got: str = ""
    expected: str = ""
    next: str = ""

    def __str__(self) -> str:
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.got:
            parts.append(f"got {self.got}")
        said = ", ".join(parts)
        if self.next:
            said += f"; {self.next}"
        return f"{self.where}: {said}" if self.where else said


class PlanningError(Exception):
    """Anything this project raises on purpose."""

    exit_code = 1


class RequestError(PlanningError):
    """The request was wrong; carries every problem found, and promises that nothing was changed."""

    exit_code = 2

    def __init__(self, subject: str, problems: Iterable[Problem]):
        self.subject = subject
        self.problems = list(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.subject}: {count} problem{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


class ConflictError(PlanningError):
    """Somebody else changed the same cells, or moved the version on (`said`), since they were read; nothing was saved."""

    def __init__(self, subject: str, problems: Iterable[Problem], said: str = ""):
        self.subject = subject
        self.problems = list(problems)
        shown = [f"  {problem}" for problem in self.problems[:10]]
        more = len(self.problems) - len(shown)
        if more > 0:
            shown.append(f"  … and {more} more")
        super().__init__("\n".join([f"{subject}: {said or f'{len(self.problems)} cells in conflict'}", *shown]))


class LockedError(PlanningError):
    """A locked version never changes, one under approval stands still; one with open findings can't be locked."""


class RunError(PlanningError):
    """A notebook failed. `folder`: the path that keeps the run and its traceback, none where nothing is kept; `reason`: why, in a line.

    `kind`: "broken" (running it again may help), "checks" (its checks failed) or "refused" (by the book).
    """

    def __init__(self, said: str, folder: object = None, reason: str = "", kind: str = "broken"):
        self.folder, self.reason, self.kind = folder, reason or said, kind
        super().__init__(said)


def at_most(problems: list[Problem], most: int = 20, of: int = 0) -> list[Problem]:
    """The first problems of one kind, and a last one that counts the rest; `of` how many there are when not all are given."""
    more = max(of, len(problems)) - most
    return problems if more <= 0 else [*problems[:most], Problem(f"{more:,} more of the same kind")]


def did_you_mean(word: str, known: Iterable[str], most: int = 12) -> str:
    """The nearest known name as a question, or the known names (the first few of many) when nothing is near."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    more = f", … ({len(known) - most} more)" if len(known) > most else ""
    return f"known: {', '.join(known[:most])}{more}" if known else ""
