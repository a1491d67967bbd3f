"""Who may do what with a version on its way open → submitted → reviewed → approved → locked.

Pure: people, and what the book says of a version, are handed in. Nobody approves their own: not who submitted it, not who
ever changed a cell of it, not who gave the earlier approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.people import Person

People = Mapping[str, Person]


class Stage(NamedTuple):
    """One step of the route: the act, the status it leads to, and the roles that may do it, the one it waits for first."""

    act: str
    leads_to: str
    roles: tuple[str, ...]


ROUTE = {
    "open": Stage("submit", "submitted", ("owner", "finance")),
    "submitted": Stage("approve", "reviewed", ("finance",)),
    "reviewed": Stage("approve", "approved", ("committee",)),
    "approved": Stage("lock", "locked", ("finance", "committee")),
}
"""By status, the step that comes next."""

FROZEN = ("submitted", "reviewed", "approved")
"""The statuses in which a version's cells stand still without being locked."""

BACK = Stage("return", "open", ("finance", "committee"))
"""The step back, from any frozen status."""

ADVICE = {
    "open": "submit it first",
    "submitted": "it waits for finance to approve it",
    "reviewed": "it waits for the committee to approve it",
    "approved": "lock it, or return it",
    "locked": "a locked version never changes",
}
"""By status, what to do instead of what can't be done now."""

MOST_SHOWN = 8
"""Codes named in one problem."""


class Standing(NamedTuple):
    """What rights depend on: a version's status, its cost centres while it is open, and whose hands it went through.

    `submitted_by` and `approved_by`: since it was last returned. `changed_by`: everybody who ever changed a cell of it.
    """

    subject: str
    status: str
    cost_centres: frozenset[str] = frozenset()
    submitted_by: frozenset[str] = frozenset()
    approved_by: frozenset[str] = frozenset()
    changed_by: frozenset[str] = frozenset()


def stage_of(act: str, status: str) -> Stage | None:
    """The step that an act is at this status; None where it is none."""
    stage = BACK if act == "return" and status in FROZEN else ROUTE.get(status)
    return stage if stage and stage.act == act else None


def check_person(people: People, who: str, subject: str) -> Person:
    """The person of this code; RequestError with the nearest one where there is none."""
    if who not in people:
        raise RequestError(subject, [Problem("unknown person", "who", repr(who), "a code of people.yaml", did_you_mean(str(who), people))])
    return people[who]


def check_right(people: People, who: str, act: str, standing: Standing) -> str:
    """The role in which somebody acts on a version. RequestError with all that stands in the way, and who may."""
    person = check_person(people, who, standing.subject)
    stage = stage_of(act, standing.status)
    if stage is None:
        expected = " or ".join(status for status in ROUTE if stage_of(act, status))
        wrong = Problem(f"can't {act} it now", "status", standing.status, expected, ADVICE[standing.status])
        raise RequestError(standing.subject, [wrong])
    problems = obstacles(person, stage, standing)
    if problems:
        able = ", ".join(code for code, one in people.items() if not obstacles(one, stage, standing))
        advice = f"may {act} it: {able or 'nobody'}"
        raise RequestError(standing.subject, [replace(problem, next=problem.next or advice) for problem in problems])
    return acting_role(person, stage, standing)


def acting_role(person: Person, stage: Stage, standing: Standing) -> str:
    """The role in which a person would take a step; '' where none of theirs allows it."""
    held = (role for role in stage.roles if role in person.roles)
    return next((role for role in held if role != "owner" or person.owns_every(standing.cost_centres)), "")


def obstacles(person: Person, stage: Stage, standing: Standing) -> list[Problem]:
    """What keeps a person from taking a step: no cells to submit, no role for it, or it is their own."""
    if stage.act == "submit" and not standing.cost_centres:
        return [Problem("has no cells to submit", "cells", "none", "some", "fill it first")]
    found = [] if acting_role(person, stage, standing) else [_no_role(person, stage, standing)]
    if stage.act == "approve":
        found += [Problem("nobody approves their own", person.code, deed, "somebody else") for deed in _deeds(person.code, standing)]
    return found


def _no_role(person: Person, stage: Stage, standing: Standing) -> Problem:
    if "owner" in person.roles and "owner" in stage.roles:
        others = listed(standing.cost_centres - person.owns)
        return Problem("holds cost centres of others", person.code, others, f"only {listed(person.owns)}")
    return Problem(f"may not {stage.act} it", person.code, " and ".join(person.roles), " or ".join(stage.roles))


def _deeds(code: str, standing: Standing) -> list[str]:
    """What somebody had to do with a version that they would approve."""
    deeds = {
        "one who submitted it": standing.submitted_by,
        "one who changed its cells": standing.changed_by,
        "one who approved it before": standing.approved_by,
    }
    return [deed for deed, whose in deeds.items() if code in whose]


def listed(codes: frozenset[str]) -> str:
    """Codes in order, the first few of many."""
    shown = sorted(codes)[:MOST_SHOWN]
    more = len(codes) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def waits_for(people: People, standing: Standing) -> tuple[str, list[str]]:
    """The role that the next step waits for, and the codes of those who may take it in that role.

    The role is the step's first one that somebody can act in. ('', []) once locked; a role and nobody where no one may.
    """
    stage = ROUTE.get(standing.status)
    if stage is None:
        return "", []
    able = {code: acting_role(one, stage, standing) for code, one in people.items() if not obstacles(one, stage, standing)}
    role = next((role for role in stage.roles if role in able.values()), stage.roles[0])
    return role, [code for code, held in able.items() if held == role]
